/* Between describe_action.c and describe_object.c. */
#ifndef NF_ANALYSIS_DESCRIBE_ACTION_H
#define NF_ANALYSIS_DESCRIBE_ACTION_H

#include "analysis/describe.h"

typedef struct nf_teller {
    nf_lines *lines;
    const nf_model *model;
    size_t indent; /* of the object's own line */
} nf_teller;

/* "  name = value" below the object's line; a blank value is shown as what it
 * is. */
void nf_tell_detail(const nf_teller *t, const char *name, const char *sign,
                    const char *value);
/* One detail for each of the call's parameter mappings. */
void nf_tell_arguments(const nf_teller *t, const nf_element *call);
/* Ends the line that was begun in `out` with what an activity does, and writes
 * its details. */
void nf_tell_action(const nf_teller *t, const nf_element *activity,
                    nf_buffer *out);

#endif
