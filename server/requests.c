/* The sync resource: create, body, commit, result, ack (synchronize W27.5,
 * W28, W41); contents of files in both directions (§13, W35, W36). A resource
 * of another user does not exist for the session (W21). */
#include "server/internal.h"

#include <stdio.h>

enum { BODY_MAX = 256 << 20 };

static nf_server_run *find_run(nf_server *server, const nf_sync_id *id,
                               const nf_server_session *session)
{
    for (size_t i = 0; i < server->run_count; i++) {
        nf_server_run *run = server->runs[i];
        if (!memcmp(&run->id, id, sizeof *id) && run->user == session->user &&
            run->device == session->device)
            return run;
    }
    return NULL;
}

static void drop_run(nf_server *server, nf_server_run *run)
{
    for (size_t i = 0; i < server->run_count; i++) {
        if (server->runs[i] == run) {
            server->runs[i] = server->runs[--server->run_count];
            nf_server_run_free(run);
            return;
        }
    }
}

/* What the database remembers of a sync id (S37). *outcome: nf_free. */
static nf_status find_history(nf_server *server, const nf_sync_id *id,
                              const nf_server_session *session, char state[16],
                              uint8_t **outcome, size_t *size, nf_error *err)
{
    sqlite3_stmt *statement =
        nf_database_statement(server->database,
                              "SELECT state, outcome FROM _mx_sync_history"
                              " WHERE sync_id = ? AND user = ?",
                              err);
    bool row = false;
    nf_status status;

    state[0] = '\0';
    *outcome = NULL;
    *size = 0;
    if (!statement)
        return NF_FAILED;
    sqlite3_bind_blob(statement, 1, id->bytes, 16, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 2, session->user);
    status = nf_database_step(server->database, statement, &row, err);
    if (row) {
        snprintf(state, 16, "%s",
                 (const char *)sqlite3_column_text(statement, 0));
        *size = (size_t)sqlite3_column_bytes(statement, 1);
        *outcome = nf_alloc(*size + 1);
        if (!*outcome)
            status = nf_error_nomem(err);
        else if (*size > 0)
            memcpy(*outcome, sqlite3_column_blob(statement, 1), *size);
    }
    nf_database_done(server->database, statement);
    return status;
}

static nf_status reply_state(nf_sync_response *response, int code,
                             const char *state, const nf_server_run *run,
                             nf_error *err)
{
    bson_t reply = BSON_INITIALIZER;
    nf_status status;

    BSON_APPEND_UTF8(&reply, "state", state);
    if (run) {
        BSON_APPEND_INT64(&reply, "offset", nf_spool_size(run->body));
        BSON_APPEND_INT64(&reply, "maxChunk", NF_SYNC_CHUNK_MAX);
        if (run->state == NF_RUN_READY)
            BSON_APPEND_INT64(&reply, "resultLen", nf_spool_size(run->result));
    }
    status = nf_reply(response, code, &reply, err);
    bson_destroy(&reply);
    return status;
}

static const char *run_state_name(const nf_server_run *run)
{
    static const char *const names[] = {"open", "staged", "ready"};
    return names[run->state];
}

/* ---- create -------------------------------------------------------------- */

static nf_status new_run(nf_server *server, const nf_server_session *session,
                         nf_server_run **out, nf_error *err)
{
    nf_server_run **grown = nf_grow(server->runs, server->run_count,
                                    &server->run_capacity, sizeof *grown);
    nf_server_run *run = grown ? nf_alloc(sizeof *run) : NULL;

    *out = NULL;
    if (grown)
        server->runs = grown;
    if (!run)
        return nf_error_nomem(err);
    run->body = nf_spool_new();
    run->result = nf_spool_new();
    if (!run->body || !run->result) {
        nf_server_run_free(run);
        return nf_error_nomem(err);
    }
    run->user = session->user;
    run->device = session->device;
    server->runs[server->run_count++] = run;
    *out = run;
    return NF_OK;
}

static nf_status handle_create(nf_server *server, nf_server_session *session,
                               const nf_sync_request *request,
                               nf_sync_response *response, nf_error *err)
{
    bson_t body;
    nf_sync_id id;
    uint8_t sha[NF_SHA256_SIZE], *outcome = NULL;
    size_t size;
    char state[16];
    nf_server_run *run;
    int64_t length;
    nf_status status;

    if (!nf_document_open(&body, request->body, request->body_length) ||
        !nf_document_binary(&body, "id", id.bytes, 16) ||
        !nf_document_binary(&body, "sha", sha, sizeof sha) ||
        (length = nf_document_int(&body, "len", -1)) < 0)
        return nf_refuse(response, 400, "SYNC_PROTOCOL", "malformed", err);
    if (length > BODY_MAX)
        return nf_refuse(response, 413, "SYNC_LIMIT", "body too large", err);
    status = find_history(server, &id, session, state, &outcome, &size, err);
    nf_free(outcome);
    if (status != NF_OK)
        return status;
    run = find_run(server, &id, session);
    if (run && (run->length != length || memcmp(run->sha, sha, sizeof sha)))
        return nf_refuse(response, 422, "SYNC_PROTOCOL",
                         "the id is in use with other values", err);
    if (!run && state[0]) /* applied or fenced before */
        return reply_state(response, 409, state, NULL, err);
    if (!run) {
        /* W28: a device has one at a time; an older one that it no longer
         * asks for ends here, it was resolved before. */
        for (size_t i = server->run_count; i-- > 0;) {
            if (server->runs[i]->device == session->device)
                drop_run(server, server->runs[i]);
        }
        status = new_run(server, session, &run, err);
        if (status != NF_OK)
            return status;
        run->id = id;
        run->length = length;
        run->full = !strcmp(nf_document_text(&body, "mode", ""), "all");
        memcpy(run->sha, sha, sizeof sha);
    }
    return reply_state(response, 201, run_state_name(run), run, err);
}

/* ---- body ---------------------------------------------------------------- */

static nf_status handle_body(nf_server_run *run, const nf_sync_request *request,
                             nf_sync_response *response, nf_error *err)
{
    uint8_t sha[NF_SHA256_SIZE];
    nf_status status = NF_OK;

    response->offset = nf_spool_size(run->body);
    response->total = run->length;
    if (request->method == NF_SYNC_HEAD)
        return nf_reply(response, 200, NULL, err);
    if (request->offset != response->offset)
        return nf_refuse(response, 409, "SYNC_PROTOCOL", "wrong offset", err);
    if (request->body_length > NF_SYNC_CHUNK_MAX ||
        (int64_t)request->body_length > run->length - response->offset)
        return nf_refuse(response, 413, "SYNC_LIMIT", "too long", err);
    status =
        nf_spool_write(run->body, request->body, request->body_length, err);
    if (status != NF_OK)
        return status;
    response->offset = nf_spool_size(run->body);
    if (response->offset == run->length) {
        status = nf_spool_digest(run->body, sha, err);
        if (status == NF_OK && memcmp(sha, run->sha, sizeof sha) != 0) {
            status = nf_spool_clear(run->body, err);
            response->offset = 0;
            return status != NF_OK ? status
                                   : nf_refuse(response, 400, "SYNC_PROTOCOL",
                                               "wrong digest", err);
        }
        if (run->state == NF_RUN_OPEN)
            run->state = NF_RUN_STAGED;
    }
    return status == NF_OK ? nf_reply(response, 204, NULL, err) : status;
}

/* ---- commit -------------------------------------------------------------- */

static nf_status run_unit(nf_server *server, nf_server_session *session,
                          nf_server_run *run, const uint8_t *outcome,
                          size_t size, nf_error *err)
{
    nf_unit unit = {.server = server, .session = session, .run = run};
    nf_status status;

    if (outcome) {
        status = nf_unit_restore(&unit, outcome, size, err);
    } else {
        status = nf_unit_read(&unit, err);
        if (status == NF_OK)
            status = nf_unit_apply(&unit, err);
    }
    if (status == NF_OK)
        status = nf_spool_clear(run->result, err);
    if (status == NF_OK)
        status = nf_result_write(&unit, err);
    if (status == NF_OK)
        run->state = NF_RUN_READY;
    nf_unit_dispose(&unit);
    return status;
}

static nf_status handle_commit(nf_server *server, nf_server_session *session,
                               nf_server_run *run, nf_sync_response *response,
                               nf_error *err)
{
    nf_error problem = {0};
    uint8_t *outcome = NULL;
    size_t size = 0;
    char state[16];
    nf_status status;

    if (run->state == NF_RUN_READY)
        return reply_state(response, 200, "ready", run, err);
    status =
        find_history(server, &run->id, session, state, &outcome, &size, err);
    if (status != NF_OK)
        return status;
    if (run->state == NF_RUN_OPEN && !state[0])
        return reply_state(response, 409, "open", run, err);
    /* Applied before the spool was lost: the stored outcome, never again the
     * upload (S37, W53). */
    status = run_unit(server, session, run, state[0] ? outcome : NULL, size,
                      &problem);
    nf_free(outcome);
    if (status == NF_OK)
        return reply_state(response, 200, "ready", run, err);
    nf_server_log(server, "error", "synchronization failed: %s",
                  problem.message);
    if (!strcmp(problem.code, "SYNC_PROTOCOL"))
        return nf_refuse(response, 400, "SYNC_PROTOCOL", "malformed", err);
    if (!strcmp(problem.code, "SYNC_LIMIT"))
        return nf_refuse(response, 413, "SYNC_LIMIT", "too much", err);
    return nf_refuse(response, 500, "SYNC_SERVER", "failed", err);
}

/* ---- result, ack, abort, state ------------------------------------------- */

static nf_status handle_result(nf_server_run *run,
                               const nf_sync_request *request,
                               nf_sync_response *response, nf_error *err)
{
    /* All that is left is answered in windows. */
    int64_t length = request->length < 0 ? NF_SYNC_CHUNK : request->length;
    size_t size;
    char *bytes;
    nf_status status;

    if (run->state != NF_RUN_READY)
        return reply_state(response, 409, run_state_name(run), run, err);
    if (request->offset < 0 || length == 0 || length > NF_SYNC_CHUNK_MAX)
        return nf_refuse(response, 400, "SYNC_PROTOCOL", "bad range", err);
    size = (size_t)length;
    bytes = nf_alloc(size);
    if (!bytes)
        return nf_error_nomem(err);
    status = nf_spool_read(run->result, request->offset, bytes, &size, err);
    if (status == NF_OK) {
        response->status = 206;
        response->offset = request->offset;
        response->total = nf_spool_size(run->result);
        response->bytes = true;
        nf_buffer_add(&response->body, bytes, size);
        if (response->body.failed)
            status = nf_error_nomem(err);
    }
    nf_free(bytes);
    return status;
}

/* The device has what it needs; the spool goes (W27.1). Its outcome stays. */
static nf_status handle_ack(nf_server *server, nf_server_run *run,
                            nf_sync_response *response, nf_error *err)
{
    drop_run(server, run);
    return nf_reply(response, 204, NULL, err);
}

/* Fences an id: nothing that arrives later under it is applied (S23). */
static nf_status handle_abort(nf_server *server, nf_server_session *session,
                              const nf_sync_id *id, nf_sync_response *response,
                              nf_error *err)
{
    uint8_t *outcome = NULL;
    size_t size;
    char state[16];
    nf_server_run *run = find_run(server, id, session);
    nf_status status =
        find_history(server, id, session, state, &outcome, &size, err);

    nf_free(outcome);
    if (status != NF_OK)
        return status;
    if (!strcmp(state, "applied"))
        return reply_state(response, 409, "applied", NULL, err);
    status = nf_sql_run(
        server, err,
        "INSERT OR IGNORE INTO _mx_sync_history(sync_id, device, user, state,"
        " created, touched) VALUES(?,?,?,'aborted',?,?)",
        "biiii", (const void *)id->bytes, sizeof id->bytes, session->device,
        session->user, nf_server_now(server), nf_server_now(server));
    if (status != NF_OK)
        return status;
    if (run)
        drop_run(server, run);
    return reply_state(response, 200, "aborted", NULL, err);
}

/* A run that was applied and whose spool is gone comes back as one that is
 * committed again (W53). */
static nf_status revive(nf_server *server, nf_server_session *session,
                        const nf_sync_id *id, nf_server_run **run,
                        nf_error *err)
{
    nf_status status = new_run(server, session, run, err);
    if (status == NF_OK) {
        (*run)->id = *id;
        (*run)->state = NF_RUN_STAGED;
    }
    return status;
}

static nf_status handle_one(nf_server *server, nf_server_session *session,
                            const nf_sync_request *request,
                            const nf_sync_id *id, const char *rest,
                            nf_sync_response *response, nf_error *err)
{
    nf_server_run *run = find_run(server, id, session);
    uint8_t *outcome = NULL;
    size_t size;
    char state[16];
    nf_status status;

    if (request->method == NF_SYNC_DELETE)
        return handle_abort(server, session, id, response, err);
    status = find_history(server, id, session, state, &outcome, &size, err);
    nf_free(outcome);
    if (status != NF_OK)
        return status;
    if (!*rest && request->method == NF_SYNC_GET) {
        if (!run && !state[0])
            return nf_refuse(response, 404, "not_found", "unknown id", err);
        return reply_state(response, 200,
                           run && !state[0] ? run_state_name(run) : state, run,
                           err);
    }
    if (!run && !strcmp(state, "applied")) {
        status = revive(server, session, id, &run, err);
        if (status != NF_OK)
            return status;
    }
    if (!run)
        return state[0]
                   ? reply_state(response, 409, state, NULL, err)
                   : nf_refuse(response, 404, "not_found", "unknown id", err);
    if (!strcmp(rest, "/body"))
        return handle_body(run, request, response, err);
    if (!strcmp(rest, "/commit"))
        return handle_commit(server, session, run, response, err);
    if (!strcmp(rest, "/result"))
        return handle_result(run, request, response, err);
    if (!strcmp(rest, "/ack"))
        return handle_ack(server, run, response, err);
    return nf_refuse(response, 404, "not_found", "no such resource", err);
}

nf_status nf_handle_syncs(nf_server *server, nf_server_session *session,
                          const nf_sync_request *request,
                          nf_sync_response *response, nf_error *err)
{
    const char *path = request->path + strlen("/sync/v1/syncs");
    char text[NF_SYNC_ID_TEXT];
    nf_sync_id id;

    if (!*path && request->method == NF_SYNC_POST)
        return handle_create(server, session, request, response, err);
    if (*path != '/' || strlen(path) < NF_SYNC_ID_TEXT)
        return nf_refuse(response, 404, "not_found", "no such resource", err);
    memcpy(text, path + 1, NF_SYNC_ID_TEXT - 1);
    text[NF_SYNC_ID_TEXT - 1] = '\0';
    if (!nf_unhex(id.bytes, 16, text))
        return nf_refuse(response, 404, "not_found", "no such resource", err);
    return handle_one(server, session, request, &id, path + NF_SYNC_ID_TEXT,
                      response, err);
}
