/* Bytes of the server that are not rows (design §10.10): uploads and results
 * on their way, and contents of files. Beside a database file they are files
 * of a private folder, `DATABASE-files`; for a database in memory they are in
 * memory while small; a database that several processes share has them in rows
 * (chunks.h). Bytes are appended at the end and never changed in
 * place, so whoever reads sees a prefix of the whole.
 *
 * Names are made by nf_blob_name_*; a name is never a path. What ends when is
 * in the table _mx_staged: see staging.c. */
#ifndef NF_SERVER_BLOBS_H
#define NF_SERVER_BLOBS_H

#include "base/error.h"
#include "base/fault.h"
#include "sync/codec.h"

typedef struct nf_blobs nf_blobs;

typedef struct nf_blob_name {
    char text[112];
} nf_blob_name;
/* The upload of a sync resource; a result of it, of which there may be several,
 * each with a tag, or its plan (`tag` NULL); a content that a user is sending; a
 * complete content, which several objects and users may name. */
nf_blob_name nf_blob_name_body(const nf_sync_id *id);
nf_blob_name nf_blob_name_result(const nf_sync_id *id, const uint8_t tag[16]);
nf_blob_name nf_blob_name_part(const uint8_t sha[NF_SHA256_SIZE], int64_t user);
nf_blob_name nf_blob_name_content(const uint8_t sha[NF_SHA256_SIZE]);

/* `database` is its path, or ":memory:". Each change of the bytes is a write of
 * the server in the plan `faults` (borrowed; NULL: none). Errors: NF_INPUT,
 * NF_NOMEM. */
nf_status nf_blobs_open(nf_blobs **out, const char *database, nf_faults *faults,
                        nf_error *err);
/* Rows of a database that several processes share; outlived by it. */
typedef struct nf_database nf_database;
nf_status nf_blobs_open_shared(nf_blobs **out, const nf_database *database,
                               nf_faults *faults, nf_error *err);
void nf_blobs_close(nf_blobs *blobs); /* NULL is fine */
/* Whether nobody else uses these blobs at this moment, in this process or
 * another. False where that can't be known. */
bool nf_blobs_alone(nf_blobs *blobs);

/* All below: NF_NOMEM, or NF_FAILED with the code `disk_full` when there is no
 * room and `storage` otherwise. */

/* Its length; -1: there is none. */
nf_status nf_blob_size(nf_blobs *blobs, const nf_blob_name *name, int64_t *size,
                       nf_error *err);
/* Appends; the first append (offset 0) makes it. `offset` must be its length:
 * NF_FAILED with `wrong_offset` else, and nothing is written. */
nf_status nf_blob_append(nf_blobs *blobs, const nf_blob_name *name,
                         int64_t offset, const void *bytes, size_t size,
                         nf_error *err);
/* Up to *size bytes at an offset; *size 0 at the end, and where there is no
 * such blob. */
nf_status nf_blob_read(nf_blobs *blobs, const nf_blob_name *name,
                       int64_t offset, void *bytes, size_t *size,
                       nf_error *err);
/* SHA-256 of the whole; of nothing if there is none. */
nf_status nf_blob_digest(nf_blobs *blobs, const nf_blob_name *name,
                         uint8_t digest[NF_SHA256_SIZE], nf_error *err);
/* Makes `from` become `to`, in place of a `to` that is there, on the disk when
 * it returns. */
nf_status nf_blob_rename(nf_blobs *blobs, const nf_blob_name *from,
                         const nf_blob_name *to, nf_error *err);
/* No error if there is none. */
nf_status nf_blob_remove(nf_blobs *blobs, const nf_blob_name *name,
                         nf_error *err);
/* Calls `each` for all, in no order; it may remove the one it is called with.
 */
typedef nf_status (*nf_blob_visit)(void *user, const nf_blob_name *name,
                                   nf_error *err);
nf_status nf_blobs_each(nf_blobs *blobs, nf_blob_visit each, void *user,
                        nf_error *err);

/* A blob as the source of nf_stream_open. */
typedef struct nf_blob_reader {
    nf_blobs *blobs;
    nf_blob_name name;
} nf_blob_reader;
nf_status nf_blob_source(void *reader, int64_t offset, void *bytes,
                         size_t *size, nf_error *err);

/* Small pieces gathered into larger appends, as the sink of nf_stream_start.
 * `buffer` is initialized by the caller, who flushes at the end. */
typedef struct nf_blob_writer {
    nf_blobs *blobs;
    nf_blob_name name;
    int64_t offset; /* of what is written */
    nf_buffer buffer;
} nf_blob_writer;
nf_status nf_blob_sink(void *writer, const void *bytes, size_t size,
                       nf_error *err);
nf_status nf_blob_flush(nf_blob_writer *writer, nf_error *err);

#endif
