/* Blobs as rows of _mx_chunk in a store that several processes share (design
 * §10.10): what blobs.h says, on a connection of their own, so that a
 * transaction that is undone leaves them as it leaves files. */
#ifndef NF_SERVER_CHUNKS_H
#define NF_SERVER_CHUNKS_H

#include "database/database.h"
#include "server/blobs.h"

typedef struct nf_chunks nf_chunks;

nf_status nf_chunks_open(nf_chunks **out, const nf_database *database,
                         nf_error *err);
void nf_chunks_close(nf_chunks *chunks); /* NULL is fine */
nf_status nf_chunks_size(nf_chunks *chunks, const char *name, int64_t *size,
                         nf_error *err);
nf_status nf_chunks_append(nf_chunks *chunks, const char *name, int64_t offset,
                           const void *bytes, size_t size, nf_error *err);
nf_status nf_chunks_read(nf_chunks *chunks, const char *name, int64_t offset,
                         void *bytes, size_t *size, nf_error *err);
nf_status nf_chunks_rename(nf_chunks *chunks, const char *from, const char *to,
                           nf_error *err);
nf_status nf_chunks_remove(nf_chunks *chunks, const char *name, nf_error *err);
nf_status nf_chunks_each(nf_chunks *chunks, nf_blob_visit each, void *user,
                         nf_error *err);

#endif
