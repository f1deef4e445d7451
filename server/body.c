/* The bytes of an upload as records at offsets (synchronize W9, W23, W42): read
 * through one window, so that memory is one record however large the upload.
 * A compressed body is first unpacked beside it, within its limits. */
#include "server/unit.h"
#include "sync/gzip.h"

enum { WINDOW = 256 << 10 };

static nf_status malformed(const char *what, nf_error *err)
{
    return nf_error_set(err, NF_FAILED, "SYNC_PROTOCOL", "%s", what);
}

nf_status nf_body_open(nf_body *body, nf_server *server,
                       const nf_server_run *run, nf_error *err)
{
    *body = (nf_body){.blob = {server->blobs, nf_blob_name_body(&run->id)},
                      .size = run->length};
    if (!run->gzip)
        return NF_OK;
    body->plain = nf_spool_new();
    if (!body->plain)
        return nf_error_nomem(err);
    return nf_gunzip_all(nf_blob_source, &body->blob, run->length,
                         nf_spool_sink, body->plain, NF_DECODED_MAX,
                         &body->size, err);
}

void nf_body_close(nf_body *body)
{
    nf_spool_free(body->plain);
    nf_free(body->window);
    *body = (nf_body){0};
}

nf_status nf_body_source(void *user, int64_t offset, void *bytes, size_t *size,
                         nf_error *err)
{
    nf_body *body = user;

    return body->plain ? nf_spool_read(body->plain, offset, bytes, size, err)
                       : nf_blob_source(&body->blob, offset, bytes, size, err);
}

/* Makes `need` bytes from `offset` on available. */
static nf_status fill(nf_body *body, int64_t offset, size_t need, nf_error *err)
{
    size_t want = need < WINDOW ? WINDOW : need, size;
    uint8_t *grown;
    nf_status status;

    if (offset >= body->start &&
        offset + (int64_t)need <= body->start + (int64_t)body->length)
        return NF_OK;
    if (want > body->capacity) {
        grown = nf_realloc_array(body->window, want, 1);
        if (!grown)
            return nf_error_nomem(err);
        body->window = grown;
        body->capacity = want;
    }
    body->start = offset;
    body->length = 0;
    while (body->length < need) {
        size = body->capacity - body->length;
        status = nf_body_source(body, offset + (int64_t)body->length,
                                body->window + body->length, &size, err);
        if (status != NF_OK)
            return status;
        if (size == 0)
            return malformed("the upload is cut off", err);
        body->length += size;
    }
    return NF_OK;
}

nf_status nf_body_bytes(nf_body *body, int64_t offset, size_t size,
                        const uint8_t **out, nf_error *err)
{
    nf_status status = fill(body, offset, size, err);

    if (status == NF_OK)
        *out = body->window + (offset - body->start);
    return status;
}

nf_status nf_body_record(nf_body *body, int64_t offset, nf_wire *out,
                         nf_error *err)
{
    const uint8_t *at;
    size_t size;
    nf_status status = fill(body, offset, 4, err);

    if (status != NF_OK)
        return status;
    at = body->window + (offset - body->start);
    size = (size_t)at[0] | (size_t)at[1] << 8 | (size_t)at[2] << 16 |
           (size_t)at[3] << 24;
    if (size > NF_SYNC_DOCUMENT_MAX)
        return malformed("a record has an impossible length", err);
    status = fill(body, offset, size, err);
    if (status != NF_OK)
        return status;
    return nf_wire_read(out, body->window + (offset - body->start), size, err);
}
