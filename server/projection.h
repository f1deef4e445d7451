/* Projections: what one user may see of one object, as the record `obj`
 * (synchronize S58, W26, W27.7). A projector serves one entity in one result.
 */
#ifndef NF_SERVER_PROJECTION_H
#define NF_SERVER_PROJECTION_H

#include "server/view.h"

/* The rights that follow from one set of answers to the tests of an access. */
typedef struct nf_projection_class {
    uint64_t tests;
    nf_object_rights rights;
    nf_buffer read_only, unreadable; /* names: elements of arrays */
    uint64_t seed[2];                /* of `h` */
} nf_projection_class;

typedef struct nf_projector {
    nf_database *database; /* of the result's snapshot */
    const nf_entity *entity;
    const nf_access *access;
    nf_projection_class *classes;
    size_t count, capacity, last;
    /* calculated attributes */
    nf_server *server;
    nf_server_session *session;
    const nf_environment *environment;
    struct nf_calculator *calculator; /* NULL: not needed yet */
} nf_projector;

/* `environment` (borrowed) is that of calculated attributes. */
nf_status nf_projector_init(nf_projector *out, nf_server *server,
                            nf_server_session *session, nf_database *database,
                            const nf_environment *environment,
                            const nf_entity *entity, nf_error *err);
void nf_projector_dispose(nf_projector *projector); /* {0} is fine */
/* The class of a row; NULL with an error. Borrowed until the next call. */
const nf_projection_class *nf_projector_class(nf_projector *projector,
                                              uint64_t tests, nf_error *err);
/* Whether `h` needs more than the row's head: the contents of the record. */
bool nf_projection_computed(const nf_projector *projector,
                            const nf_projection_class *class);
/* `h` of a row that is not computed: changes whenever the projection may have
 * changed (design §10.6). */
void nf_projection_hash(uint8_t h[NF_VIEW_HASH],
                        const nf_projection_class *class, const nf_row *row);
/* The present row of `rows` as a record, of which the caller ends the document
 * (nf_stream_put); `h` is set. */
nf_status nf_projection_write(nf_buffer *record, uint8_t h[NF_VIEW_HASH],
                              nf_projector *projector,
                              const nf_projection_class *class, nf_rows *rows,
                              const nf_row *row, nf_error *err);

#endif
