/* Between picture.c and picture_layout.c. */
#ifndef NF_ANALYSIS_PICTURE_INTERNAL_H
#define NF_ANALYSIS_PICTURE_INTERNAL_H

#include "analysis/layout.h"
#include "analysis/picture.h"

/* Gives every shape a place and every connector a way. Errors: NF_NOMEM. */
nf_status nf_picture_lay_out(nf_picture *p, nf_arena *arena, nf_error *err);
/* Draws one connector the way that a layout found, which is absolute. */
void nf_connector_route(nf_picture *p, nf_connector *c,
                        const nf_layout_edge *line);

#endif
