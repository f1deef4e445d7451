/* Texts in order, more of them than memory should hold: they go through a
 * private temporary file that vanishes with its sorter. */
#ifndef NF_DATABASE_SORTER_H
#define NF_DATABASE_SORTER_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

typedef struct nf_sorter nf_sorter;

nf_status nf_sorter_new(nf_sorter **out, nf_error *err);
void nf_sorter_free(nf_sorter *sorter);
/* All texts are added before the first is read. They are copied. Error
 * db_error, for example when there is no room for the temporary file. */
nf_status nf_sorter_add(nf_sorter *sorter, const char *key, int64_t id,
                        const char *text, size_t length, nf_error *err);
/* The next one: by key (bytewise), then by id, then as added. *key NULL at the
 * end; both texts are the sorter's and valid until the next call. */
nf_status nf_sorter_next(nf_sorter *sorter, const char **key, int64_t *id,
                         const char **text, nf_error *err);

#endif
