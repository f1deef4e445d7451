/* What a flow will probably read next: who retrieves a list and follows an
 * association of one of its objects, then of the next, is passing over the
 * list. From the second object on what belongs to the following ones is asked
 * ahead, for more of them each time (nf_database_foresee). Nothing depends on
 * it but time. */
#ifndef NF_SERVER_SIBLINGS_H
#define NF_SERVER_SIBLINGS_H

#include "database/database.h"
#include "objects/object.h"

typedef struct nf_siblings nf_siblings;

/* The objects of a list from `from` on are the latest that were retrieved; what
 * is known of earlier ones goes. *siblings is made when it is needed; without
 * memory nothing is foreseen. */
void nf_siblings_note(nf_siblings **siblings, const nf_database *database,
                      nf_list *list, size_t from);
/* The object `id` of `entity`, to which one of them refers, is about to be
 * read. */
nf_status nf_siblings_fetch(nf_siblings *siblings, nf_database *database,
                            const nf_entity *entity, int64_t id, nf_error *err);
/* So are the objects that refer to `child`. */
nf_status nf_siblings_referring(nf_siblings *siblings, nf_database *database,
                                const nf_association *association,
                                int64_t child, nf_error *err);
void nf_siblings_free(nf_siblings *siblings); /* NULL is fine */

#endif
