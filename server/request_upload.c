/* Requests on a sync resource before it is committed: its creation, and the
 * bytes of its upload as they come (synchronize W27.5, W28, W41). */
#include "server/requests.h"
#include "server/view.h"
#include "sync/document.h"

#include <stdio.h>

/* The document of a create request as a resource. False if it is malformed. */
static bool read_create(nf_exchange *x, const bson_t *body, nf_server_run *out)
{
    const char *mode = nf_document_text(body, "mode", "");
    const char *encoding = nf_document_text(body, "enc", "identity");
    static const char *const modes[] = {"all", "selective", "unsynchronized",
                                        "selected"};
    size_t i = 0;

    *out = (nf_server_run){.user = x->session->user,
                           .device = x->session->device,
                           .state = NF_RUN_OPEN};
    while (i < sizeof modes / sizeof *modes && strcmp(mode, modes[i]) != 0)
        i++;
    if (i == sizeof modes / sizeof *modes)
        return false;
    snprintf(out->mode, sizeof out->mode, "%s", mode);
    out->full = i == 0;
    out->gzip = !strcmp(encoding, "gzip");
    out->length = nf_document_int(body, "len", -1);
    return (out->gzip || !strcmp(encoding, "identity")) && out->length > 0 &&
           nf_document_binary(body, "id", out->id.bytes, sizeof out->id) &&
           nf_document_binary(body, "sha", out->sha, sizeof out->sha);
}

static bool same_values(const nf_server_run *a, const nf_server_run *b)
{
    return a->length == b->length && a->gzip == b->gzip &&
           !strcmp(a->mode, b->mode) && !memcmp(a->sha, b->sha, sizeof a->sha);
}

/* W28: names the resource that the device has to end first. */
static nf_status refuse_busy(nf_exchange *x, const nf_sync_id *id,
                             nf_error *err)
{
    nf_buffer *reply = nf_reply_begin(x->response);

    nf_put_string(reply, "code", "SYNC_BUSY");
    nf_put_string(reply, "text", "another synchronization is unfinished");
    nf_put_string(reply, "retry", "same");
    nf_put_binary(reply, "id", id->bytes, sizeof id->bytes);
    return nf_reply_end(x->response, 409, err);
}

/* Of the views that the device was ever offered it holds those that it names
 * (W44). */
static nf_status keep_views(nf_exchange *x, const nf_server_run *run,
                            nf_error *err)
{
    bson_t request, views;
    bool named = nf_document_open(&request, run->request, run->request_size) &&
                 nf_document_part(&request, "views", &views);

    return nf_views_keep(x->server, run->device, named ? &views : NULL, err);
}

static nf_status insert_run(nf_exchange *x, nf_server_run *wanted,
                            nf_error *err)
{
    nf_status status;

    wanted->request = nf_alloc(x->request->body_length + 1);
    if (!wanted->request)
        return nf_error_nomem(err);
    memcpy(wanted->request, x->request->body, x->request->body_length);
    wanted->request_size = x->request->body_length;
    status = nf_run_insert(x->server, wanted, err);
    if (status == NF_OK && wanted->full)
        status = keep_views(x, wanted, err);
    nf_run_dispose(&x->run); /* perhaps one that has ended */
    x->run = *wanted;
    x->run.exists = true;
    x->offset = 0;
    return status == NF_OK ? nf_exchange_state(x, 201, err) : status;
}

static nf_status create(nf_exchange *x, nf_server_run *wanted, nf_error *err)
{
    nf_sync_id other;
    bool busy = false;
    int64_t staged = 0;
    nf_status status = nf_exchange_load(x, &wanted->id, err);

    if (status != NF_OK)
        return status;
    if (x->run.exists && x->run.state == NF_RUN_ABORTED && !x->run.foreign)
        return nf_exchange_state(x, 409, err); /* fenced (S37) */
    if (x->run.exists &&
        (x->run.foreign || !same_values(&x->run, wanted))) /* A129 */
        return nf_refuse(x->response, 422, "SYNC_PROTOCOL",
                         "the id is in use with other values", err);
    if (x->run.exists)
        return nf_exchange_state(x, 200, err);
    status = nf_run_busy(x->server, x->session, &other, &busy, err);
    if (status == NF_OK && busy)
        return refuse_busy(x, &other, err);
    if (status == NF_OK)
        status = nf_staged_total(x->server, x->session->user, &staged, err);
    if (status != NF_OK)
        return status;
    if (staged + wanted->length > nf_server_staged_bytes(x->server))
        return nf_refuse(x->response, 507, "SYNC_LIMIT",
                         "too much is waiting to be synchronized", err);
    return insert_run(x, wanted, err);
}

nf_status nf_exchange_create(nf_exchange *x, nf_error *err)
{
    const nf_profile *profile = x->session->profile;
    nf_server_run wanted;
    const char *name;
    bson_t body;
    nf_status status;

    if (!nf_document_open(&body, x->request->body, x->request->body_length) ||
        !read_create(x, &body, &wanted))
        return nf_refuse(x->response, 400, "SYNC_PROTOCOL", "malformed", err);
    if (wanted.length > NF_BODY_MAX)
        return nf_refuse(x->response, 413, "SYNC_LIMIT", "body too large", err);
    name = nf_document_text(&body, "profile", NULL);
    if (name && (!profile || strcmp(name, profile->name) != 0)) /* A158 */
        return nf_refuse(x->response, 403, "SYNC_ENTITY",
                         "the session is for another profile", err);
    status = nf_database_begin(x->server->database, err);
    if (status != NF_OK)
        return status;
    status = create(x, &wanted, err);
    return nf_database_conclude(x->server->database, status, err);
}

/* All bytes are there: the upload is staged if they are what was announced;
 * else they are dropped. Done again where a crash came in between. */
nf_status nf_exchange_settle(nf_exchange *x, bool *right, nf_error *err)
{
    nf_blob_name name = nf_blob_name_body(&x->run.id);
    uint8_t sha[NF_SHA256_SIZE];
    nf_status status;

    *right = true;
    if (x->run.state != NF_RUN_OPEN || x->offset != x->run.length)
        return NF_OK;
    if (!nf_arrival_end(&x->server->arrival, &x->run.id, x->offset, sha)) {
        status = nf_blob_digest(x->server->blobs, &name, sha, err);
        if (status != NF_OK)
            return status;
    }
    *right = !memcmp(sha, x->run.sha, sizeof sha);
    if (*right)
        return nf_run_move(x->server, &x->run, NF_RUN_STAGED, err);
    x->offset = 0;
    nf_arrival_drop(&x->server->arrival);
    return nf_blob_remove(x->server->blobs, &name, err);
}

static nf_status append(nf_exchange *x, nf_error *err)
{
    nf_blob_name name = nf_blob_name_body(&x->run.id);
    bool right = true;
    nf_status status =
        nf_blob_append(x->server->blobs, &name, x->offset, x->request->body,
                       x->request->body_length, err);

    if (status == NF_OK)
        status = nf_run_touch(x->server, &x->run, err);
    if (status != NF_OK)
        return status;
    nf_arrival_add(&x->server->arrival, &x->run.id, x->offset, x->request->body,
                   x->request->body_length);
    x->offset += (int64_t)x->request->body_length;
    status = nf_exchange_settle(x, &right, err);
    x->response->offset = x->offset;
    if (status == NF_OK && !right)
        return nf_refuse(x->response, 400, "SYNC_PROTOCOL", "wrong digest",
                         err);
    return status == NF_OK ? nf_reply(x->response, 204) : status;
}

nf_status nf_exchange_body(nf_exchange *x, nf_error *err)
{
    const nf_sync_request *request = x->request;

    if (request->method != NF_SYNC_HEAD && request->method != NF_SYNC_PATCH)
        return nf_refuse(x->response, 405, "SYNC_PROTOCOL", "not supported",
                         err);
    if (x->run.state == NF_RUN_ABORTED || x->run.state == NF_RUN_FAILED)
        return nf_exchange_state(x, 409, err);
    x->response->offset = x->offset;
    x->response->total = x->run.length;
    if (request->method == NF_SYNC_HEAD)
        return nf_reply(x->response, 200);
    if (request->offset != x->offset || x->run.state != NF_RUN_OPEN)
        return nf_refuse(x->response, 409, "SYNC_PROTOCOL", "wrong offset",
                         err);
    if (request->body_length > NF_SYNC_CHUNK_MAX ||
        (int64_t)request->body_length > x->run.length - x->offset)
        return nf_refuse(x->response, 413, "SYNC_LIMIT", "too long", err);
    return append(x, err);
}
