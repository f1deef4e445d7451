/* The requests on a sync resource: create, body, commit, state, result, ack,
 * abort (synchronize W27.5, W28, W41). Each starts from what the database
 * says, and each may be repeated. A resource of another user or device does
 * not exist for the session (W21). */
#include "server/requests.h"
#include "server/view.h"
#include "sync/document.h"

static nf_status unknown(nf_exchange *x, nf_error *err)
{
    return nf_refuse(x->response, 404, "not_found", "unknown id", err);
}

/* Loads the resource and how much of it is there. */
nf_status nf_exchange_load(nf_exchange *x, const nf_sync_id *id, nf_error *err)
{
    nf_blob_name body = nf_blob_name_body(id);
    nf_status status = nf_run_load(x->server, x->session, id, &x->run, err);

    x->offset = x->run.length;
    if (status == NF_OK && x->run.exists && x->run.state == NF_RUN_OPEN)
        status = nf_blob_size(x->server->blobs, &body, &x->offset, err);
    if (x->offset < 0)
        x->offset = 0;
    return status;
}

/* Whether the result that is written here is still there: another process that
 * began one removes those of others. */
static nf_status has_bytes(nf_exchange *x, bool *out, nf_error *err)
{
    int64_t size;
    nf_status status = nf_blob_size(x->server->blobs, &x->result, &size, err);

    *out = status == NF_OK && size >= 0;
    if (!*out)
        nf_result_drop(x->server, &x->run.id);
    return status;
}

nf_status nf_exchange_has_result(nf_exchange *x, bool *out, int64_t *size,
                                 nf_error *err)
{
    const nf_result *writing = nf_result_find(x->server, &x->run.id);
    nf_staged staged = {0};
    nf_status status =
        nf_staged_result(x->server, &x->run.id, &x->result, &staged, err);

    *size = -1;
    *out = status == NF_OK && staged.exists && staged.complete &&
           staged.expires >= nf_server_now(x->server);
    if (*out)
        status = nf_blob_size(x->server->blobs, &x->result, size, err);
    *out = *out && *size >= 0;
    if (*out)
        nf_result_drop(x->server, &x->run.id);
    if (status != NF_OK || *out || !writing)
        return status;
    x->result = *nf_result_blob(writing);
    return has_bytes(x, out, err);
}

nf_status nf_exchange_state(nf_exchange *x, int code, nf_error *err)
{
    const nf_server_run *run = &x->run;
    const char *state = nf_run_state_name(run->state);
    nf_buffer *reply;
    bool ready = false;
    int64_t size = -1;
    nf_status status = NF_OK;

    if (run->state == NF_RUN_APPLIED) {
        status = nf_exchange_has_result(x, &ready, &size, err);
        if (ready)
            state = "ready";
    }
    if (status != NF_OK)
        return status;
    reply = nf_reply_begin(x->response);
    nf_put_string(reply, "state", state);
    if (run->state == NF_RUN_OPEN || run->state == NF_RUN_STAGED) {
        nf_put_int64(reply, "offset", x->offset);
        nf_put_int64(reply, "maxChunk", NF_SYNC_CHUNK_MAX);
    }
    if (ready) {
        if (size >= 0)
            nf_put_int64(reply, "resultLen", size);
        nf_put_int64(reply, "seq", run->sequence);
    }
    return nf_reply_end(x->response, code, err);
}

/* ---- ack, abort, state --------------------------------------------------- */

/* The device has what it needs: the result goes, its outcome stays. */
static nf_status handle_ack(nf_exchange *x, nf_error *err)
{
    bson_t body;
    bool stored =
        nf_document_open(&body, x->request->body, x->request->body_length) &&
        nf_document_bool(&body, "stored", false);
    nf_status status = NF_OK;

    if (x->run.state != NF_RUN_APPLIED && x->run.state != NF_RUN_ACKED)
        return nf_exchange_state(x, 409, err);
    nf_result_drop(x->server, &x->run.id);
    if (x->run.full)
        status =
            nf_views_settle(x->server, x->run.device, &x->run.id, stored, err);
    if (status == NF_OK && x->run.state == NF_RUN_APPLIED)
        status = nf_run_move(x->server, &x->run, NF_RUN_ACKED, err);
    if (status == NF_OK)
        status = nf_staged_drop_results(x->server, &x->run.id, err);
    return status == NF_OK ? nf_reply(x->response, 204) : status;
}

/* Fences an id, known or not: nothing that arrives later under it is applied
 * (S23, A130). */
static nf_status fence(nf_exchange *x, nf_error *err)
{
    nf_blob_name name = nf_blob_name_body(&x->run.id);
    nf_status status;

    if (x->run.exists && x->run.foreign)
        return unknown(x, err);
    if (x->run.exists &&
        (x->run.state == NF_RUN_APPLIED || x->run.state == NF_RUN_ACKED))
        return nf_exchange_state(x, 409, err);
    if (!x->run.exists) {
        x->run = (nf_server_run){.id = x->run.id,
                                 .user = x->session->user,
                                 .device = x->session->device,
                                 .state = NF_RUN_ABORTED};
        status = nf_run_insert(x->server, &x->run, err);
    } else {
        status = nf_run_move(x->server, &x->run, NF_RUN_ABORTED, err);
        if (status == NF_OK)
            status = nf_staged_drop(x->server, &name, err);
        if (status == NF_OK)
            status = nf_plan_drop(x->server, &x->run.id, err);
    }
    return status == NF_OK ? nf_exchange_state(x, 200, err) : status;
}

static nf_status handle_abort(nf_exchange *x, const nf_sync_id *id,
                              nf_error *err)
{
    nf_status status = nf_database_begin(x->server->database, err);

    if (status != NF_OK)
        return status;
    nf_run_dispose(&x->run); /* as it is now that nobody else may change it */
    status = nf_exchange_load(x, id, err);
    if (status == NF_OK)
        status = fence(x, err);
    return nf_database_conclude(x->server->database, status, err);
}

/* ---- dispatch ------------------------------------------------------------ */

static nf_status handle_one(nf_exchange *x, const nf_sync_id *id,
                            const char *rest, nf_error *err)
{
    nf_sync_method method = x->request->method;
    nf_status status;

    if (!*rest && method == NF_SYNC_DELETE)
        return handle_abort(x, id, err);
    status = nf_exchange_load(x, id, err);
    if (status != NF_OK)
        return status;
    if (!x->run.exists || x->run.foreign)
        return unknown(x, err);
    if (!*rest && method == NF_SYNC_GET)
        return nf_exchange_state(x, 200, err);
    if (!strcmp(rest, "/body"))
        return nf_exchange_body(x, err);
    if (!strcmp(rest, "/commit") && method == NF_SYNC_POST)
        return nf_exchange_commit(x, err);
    if (!strcmp(rest, "/result") && method == NF_SYNC_GET)
        return nf_exchange_result(x, err);
    if (!strcmp(rest, "/plan") && method == NF_SYNC_POST)
        return nf_exchange_plan(x, err);
    if (!strcmp(rest, "/plan") && method == NF_SYNC_GET)
        return nf_exchange_plan_result(x, err);
    if (!strcmp(rest, "/ack") && method == NF_SYNC_POST)
        return handle_ack(x, err);
    return nf_refuse(x->response, 404, "not_found", "no such resource", err);
}

/* Whether a crash of the machine may undo what the request does (W52): the
 * device then finds a state that it has met before and goes on from there. What
 * it relies on, the outcome of a unit, is written by apply.c; a fence holds for
 * ever. */
static bool may_be_undone(const nf_sync_request *request)
{
    return request->method != NF_SYNC_DELETE;
}

static nf_status handle_syncs(nf_server *server, nf_server_session *session,
                              const nf_sync_request *request,
                              nf_sync_response *response, nf_error *err)
{
    const char *path = request->path + strlen("/sync/v1/syncs");
    nf_exchange x = {.server = server,
                     .session = session,
                     .request = request,
                     .response = response};
    char text[NF_SYNC_ID_TEXT];
    nf_sync_id id;
    nf_status status;

    if (!*path && request->method == NF_SYNC_POST) {
        status = nf_exchange_create(&x, err);
        nf_run_dispose(&x.run);
        return status;
    }
    if (*path != '/' || strlen(path) < NF_SYNC_ID_TEXT)
        return nf_refuse(response, 404, "not_found", "no such resource", err);
    memcpy(text, path + 1, NF_SYNC_ID_TEXT - 1);
    text[NF_SYNC_ID_TEXT - 1] = '\0';
    if (!nf_unhex(id.bytes, sizeof id.bytes, text))
        return nf_refuse(response, 404, "not_found", "no such resource", err);
    status = handle_one(&x, &id, path + NF_SYNC_ID_TEXT, err);
    nf_run_dispose(&x.run);
    return status;
}

nf_status nf_handle_syncs(nf_server *server, nf_server_session *session,
                          const nf_sync_request *request,
                          nf_sync_response *response, nf_error *err)
{
    nf_database *db = server->database;
    nf_status back,
        status = nf_database_set_durable(db, !may_be_undone(request), err);

    if (status == NF_OK)
        status = handle_syncs(server, session, request, response, err);
    back = nf_database_set_durable(db, true, status == NF_OK ? err : NULL);
    return status == NF_OK ? back : status;
}
