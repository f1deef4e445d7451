/* Rows as objects of an identity map: what stores without a change log share
 * (the server's, and one that only reads). */
#ifndef NF_DATABASE_ROW_OBJECTS_H
#define NF_DATABASE_ROW_OBJECTS_H

#include "database/record.h"

/* As the functions of nf_store_ops with these names. */
nf_status nf_rows_retrieve(nf_database *database, nf_list *out,
                           nf_objects *objects, const nf_selection *selection,
                           nf_error *err);
nf_status nf_rows_fetch(nf_database *database, nf_object **out,
                        nf_objects *objects, const nf_entity *entity,
                        int64_t id, nf_error *err);
nf_status nf_rows_referring(nf_database *database, nf_list *out,
                            nf_objects *objects,
                            const nf_association *association, int64_t child,
                            nf_error *err);

#endif
