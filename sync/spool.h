/* A body on its way: bytes that are written once from front to back and then
 * read at any offset (synchronize W31, W34). Small ones stay in memory, large
 * ones go to an unnamed temporary file, so memory does not depend on the
 * amount of data (W9). One thread at a time. */
#ifndef NF_SYNC_SPOOL_H
#define NF_SYNC_SPOOL_H

#include "base/error.h"
#include "base/fault.h"

typedef struct nf_spool nf_spool;

nf_spool *nf_spool_new(void); /* NULL: out of memory */
void nf_spool_free(nf_spool *spool);
/* Each write meets `point` of a plan, which outlives the spool. */
void nf_spool_set_faults(nf_spool *spool, nf_faults *faults, const char *point);
int64_t nf_spool_size(const nf_spool *spool);
/* Appends. Errors: SYNC_LOCAL_STORAGE when the disk is full. */
nf_status nf_spool_write(nf_spool *spool, const void *bytes, size_t size,
                         nf_error *err);
/* Reads up to *size bytes at an offset; *size is 0 at the end. */
nf_status nf_spool_read(nf_spool *spool, int64_t offset, void *bytes,
                        size_t *size, nf_error *err);
/* The same bytes where they are, until something is written or forgotten; NULL
 * if they are in a file. */
const void *nf_spool_view(const nf_spool *spool, int64_t offset, size_t *size);
/* Forgets everything written. */
nf_status nf_spool_clear(nf_spool *spool, nf_error *err);
/* SHA-256 of the whole. */
nf_status nf_spool_digest(nf_spool *spool, uint8_t digest[32], nf_error *err);

/* The two above in the shape of nf_stream_sink and nf_stream_source. */
nf_status nf_spool_sink(void *spool, const void *bytes, size_t size,
                        nf_error *err);
nf_status nf_spool_source(void *spool, int64_t offset, void *bytes,
                          size_t *size, nf_error *err);

#endif
