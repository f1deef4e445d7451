/* Results and plans as devices read them: a window at a time, from any offset
 * (synchronize W41). */
#include "server/requests.h"

/* What tells a result from another one of the same run: the digest of its
 * first record, which says when it was made and a random number. */
static nf_status name_result(nf_exchange *x, nf_error *err)
{
    uint8_t bytes[512], sha[NF_SHA256_SIZE];
    size_t size = sizeof bytes, first = 0;
    nf_status status =
        nf_blob_read(x->server->blobs, &x->result, 0, bytes, &size, err);

    if (status == NF_OK && size >= 5)
        first = (size_t)bytes[0] | (size_t)bytes[1] << 8;
    if (status == NF_OK && first > 0 && first <= size &&
        nf_sha256(sha, bytes, first)) {
        x->response->etag[0] = '"';
        nf_hex(x->response->etag + 1, sha, 16);
        memcpy(x->response->etag + 33, "\"", 2);
    }
    return status;
}

/* A result that lacks bytes (all of the window are there, or all of its
 * `total`) is one that another process has put an end to: the device asks
 * again. */
static nf_status send_window(nf_exchange *x, int64_t offset, int64_t length,
                             int64_t total, nf_error *err)
{
    size_t size = (size_t)length;
    char *to = nf_buffer_extend(&x->response->body, size);
    int64_t left = total < 0 ? length : total - offset;
    nf_status status;

    if (!to)
        return nf_error_nomem(err);
    status = nf_blob_read(x->server->blobs, &x->result, offset, to, &size, err);
    x->response->body.length -= (size_t)length - size;
    x->response->bytes = true;
    if (status == NF_OK && (int64_t)size < (left < length ? left : length))
        status = nf_error_set(err, NF_FAILED, "state_moved",
                              "the result is written anew");
    return status;
}

static nf_status send_result(nf_exchange *x, int64_t total, nf_error *err)
{
    /* All that is left is answered in windows. */
    int64_t length =
        x->request->length < 0 ? NF_SYNC_CHUNK : x->request->length;
    int64_t offset = x->request->offset;
    nf_result *result = nf_result_find(x->server, &x->run.id);
    bool complete = true;
    nf_status status;

    if (offset < 0 || length == 0 || length > NF_SYNC_CHUNK_MAX)
        return nf_refuse(x->response, 400, "SYNC_PROTOCOL", "bad range", err);
    status = name_result(x, err);
    if (status != NF_OK)
        return status;
    x->response->status = 206;
    if (x->request->etag && strcmp(x->request->etag, x->response->etag) != 0) {
        x->response->status = 200; /* of another one: from the start */
        offset = 0;
    }
    if (result)
        status = nf_result_extend(result, offset + length, &complete, err);
    if (status == NF_OK && result && complete)
        status = nf_exchange_has_result(x, &complete, &total, err);
    x->response->offset = offset;
    x->response->total = total;
    return status == NF_OK ? send_window(x, offset, length, total, err)
                           : status;
}

nf_status nf_exchange_result(nf_exchange *x, nf_error *err)
{
    bool ready = false;
    int64_t size = 0;
    nf_status status;

    if (x->run.state != NF_RUN_APPLIED && x->run.state != NF_RUN_ACKED)
        return nf_exchange_state(x, 409, err);
    status = nf_exchange_has_result(x, &ready, &size, err);
    if (status != NF_OK)
        return status;
    if (!ready) /* A149: another commit makes a new one */
        return nf_refuse(x->response, 410, "gone",
                         "the result is no longer there", err);
    return send_result(x, size, err);
}

nf_status nf_exchange_plan_result(nf_exchange *x, nf_error *err)
{
    int64_t size;
    nf_status status;

    x->result = nf_blob_name_result(&x->run.id, NULL);
    status = nf_plan_size(x->server, &x->run.id, &size, err);
    if (status != NF_OK)
        return status;
    if (x->run.state != NF_RUN_STAGED || size < 0)
        return nf_refuse(x->response, 410, "gone", "there is no plan", err);
    return send_result(x, size, err);
}
