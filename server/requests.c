/* The requests on a sync resource: create, body, commit, state, result, ack,
 * abort (synchronize W27.5, W28, W41). Each starts from what the database
 * says, and each may be repeated. A resource of another user or device does
 * not exist for the session (W21). */
#include "server/unit.h"
#include "server/view.h"

#include <stdio.h>

enum { APPLYING_MS = 500 };

/* What a request works on. */
typedef struct exchange {
    nf_server *server;
    nf_server_session *session;
    const nf_sync_request *request;
    nf_sync_response *response;
    nf_server_run run;
    int64_t offset; /* bytes of the upload that are there */
} exchange;

static nf_status unknown(exchange *x, nf_error *err)
{
    return nf_refuse(x->response, 404, "not_found", "unknown id", err);
}

/* Loads the resource and how much of it is there. */
static nf_status load(exchange *x, const nf_sync_id *id, nf_error *err)
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

/* Whether the result can be read. *size is -1 while it is being written. */
static nf_status has_result(exchange *x, bool *out, int64_t *size,
                            nf_error *err)
{
    nf_blob_name name = nf_blob_name_result(&x->run.id);
    nf_staged staged = {0};
    nf_status status = nf_staged_get(x->server, &name, &staged, err);

    *size = -1;
    *out = nf_result_find(x->server, &x->run.id) != NULL;
    if (*out)
        return status;
    *out = staged.exists && staged.complete &&
           staged.expires >= nf_server_now(x->server);
    if (status == NF_OK && *out)
        status = nf_blob_size(x->server->blobs, &name, size, err);
    *out = *out && *size >= 0;
    return status;
}

static nf_status reply_state(exchange *x, int code, nf_error *err)
{
    const nf_server_run *run = &x->run;
    const char *state = nf_run_state_name(run->state);
    bson_t reply = BSON_INITIALIZER;
    bool ready = false;
    int64_t size = -1;
    nf_status status = NF_OK;

    if (run->state == NF_RUN_APPLIED) {
        status = has_result(x, &ready, &size, err);
        if (ready)
            state = "ready";
    }
    BSON_APPEND_UTF8(&reply, "state", state);
    if (run->state == NF_RUN_OPEN || run->state == NF_RUN_STAGED) {
        BSON_APPEND_INT64(&reply, "offset", x->offset);
        BSON_APPEND_INT64(&reply, "maxChunk", NF_SYNC_CHUNK_MAX);
    }
    if (ready) {
        if (size >= 0)
            BSON_APPEND_INT64(&reply, "resultLen", size);
        BSON_APPEND_INT64(&reply, "seq", run->sequence);
    }
    if (status == NF_OK)
        status = nf_reply(x->response, code, &reply, err);
    bson_destroy(&reply);
    return status;
}

/* ---- create -------------------------------------------------------------- */

/* The document of a create request as a resource. False if it is malformed. */
static bool read_create(exchange *x, const bson_t *body, nf_server_run *out)
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
static nf_status refuse_busy(exchange *x, const nf_sync_id *id, nf_error *err)
{
    bson_t reply = BSON_INITIALIZER;
    nf_status status;

    BSON_APPEND_UTF8(&reply, "code", "SYNC_BUSY");
    BSON_APPEND_UTF8(&reply, "text", "another synchronization is unfinished");
    BSON_APPEND_UTF8(&reply, "retry", "same");
    BSON_APPEND_BINARY(&reply, "id", BSON_SUBTYPE_BINARY, id->bytes,
                       sizeof id->bytes);
    status = nf_reply(x->response, 409, &reply, err);
    bson_destroy(&reply);
    return status;
}

/* Of the views that the device was ever offered it holds those that it names
 * (W44). */
static nf_status keep_views(exchange *x, const nf_server_run *run,
                            nf_error *err)
{
    bson_t request, views;
    bool named = nf_document_open(&request, run->request, run->request_size) &&
                 nf_document_part(&request, "views", &views);

    return nf_views_keep(x->server, run->device, named ? &views : NULL, err);
}

static nf_status insert_run(exchange *x, nf_server_run *wanted, nf_error *err)
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
    return status == NF_OK ? reply_state(x, 201, err) : status;
}

static nf_status create(exchange *x, nf_server_run *wanted, nf_error *err)
{
    nf_sync_id other;
    bool busy = false;
    int64_t staged = 0;
    nf_status status = load(x, &wanted->id, err);

    if (status != NF_OK)
        return status;
    if (x->run.exists && x->run.state == NF_RUN_ABORTED && !x->run.foreign)
        return reply_state(x, 409, err); /* fenced (S37) */
    if (x->run.exists &&
        (x->run.foreign || !same_values(&x->run, wanted))) /* A129 */
        return nf_refuse(x->response, 422, "SYNC_PROTOCOL",
                         "the id is in use with other values", err);
    if (x->run.exists)
        return reply_state(x, 200, err);
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

static nf_status handle_create(exchange *x, nf_error *err)
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
    if (nf_database_end(x->server->database, status == NF_OK, err) != NF_OK &&
        status == NF_OK)
        status = NF_FAILED;
    return status;
}

/* ---- body ---------------------------------------------------------------- */

/* All bytes are there: the upload is staged if they are what was announced;
 * else they are dropped. Done again where a crash came in between. */
static nf_status settle(exchange *x, bool *right, nf_error *err)
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

static nf_status append(exchange *x, nf_error *err)
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
    status = settle(x, &right, err);
    x->response->offset = x->offset;
    if (status == NF_OK && !right)
        return nf_refuse(x->response, 400, "SYNC_PROTOCOL", "wrong digest",
                         err);
    return status == NF_OK ? nf_reply(x->response, 204, NULL, err) : status;
}

static nf_status handle_body(exchange *x, nf_error *err)
{
    const nf_sync_request *request = x->request;

    if (request->method != NF_SYNC_HEAD && request->method != NF_SYNC_PATCH)
        return nf_refuse(x->response, 405, "SYNC_PROTOCOL", "not supported",
                         err);
    if (x->run.state == NF_RUN_ABORTED || x->run.state == NF_RUN_FAILED)
        return reply_state(x, 409, err);
    x->response->offset = x->offset;
    x->response->total = x->run.length;
    if (request->method == NF_SYNC_HEAD)
        return nf_reply(x->response, 200, NULL, err);
    if (request->offset != x->offset || x->run.state != NF_RUN_OPEN)
        return nf_refuse(x->response, 409, "SYNC_PROTOCOL", "wrong offset",
                         err);
    if (request->body_length > NF_SYNC_CHUNK_MAX ||
        (int64_t)request->body_length > x->run.length - x->offset)
        return nf_refuse(x->response, 413, "SYNC_LIMIT", "too long", err);
    return append(x, err);
}

/* ---- commit -------------------------------------------------------------- */

static bool is_code(const nf_error *problem, const char *code)
{
    return !strcmp(problem->code, code);
}

/* What the upload itself causes ends the resource: repeating it would end the
 * same way. Everything else may go better the next time. */
static nf_status fail_run(exchange *x, nf_unit *unit, nf_error *err)
{
    nf_blob_name body = nf_blob_name_body(&x->run.id);
    nf_status status = nf_database_begin(x->server->database, err);

    if (status != NF_OK)
        return status;
    status = nf_run_move(x->server, &x->run, NF_RUN_FAILED, err);
    if (status == NF_OK)
        status = nf_unit_record_failure(unit, err);
    if (status == NF_OK)
        status = nf_staged_drop(x->server, &body, err);
    if (nf_database_end(x->server->database, status == NF_OK, err) != NF_OK &&
        status == NF_OK)
        status = NF_FAILED;
    return status;
}

static nf_status refuse_commit(exchange *x, const nf_error *problem,
                               nf_error *err)
{
    bool malformed = is_code(problem, "SYNC_PROTOCOL");

    if (!malformed && !is_code(problem, "SYNC_LIMIT"))
        return nf_error_pass(problem, err);
    nf_server_log(x->server, "warning", "a synchronization was refused: %s",
                  problem->message);
    return malformed
               ? nf_refuse(x->response, 400, "SYNC_PROTOCOL", "malformed", err)
               : nf_refuse(x->response, 413, "SYNC_LIMIT", "too much", err);
}

/* Another process applies: asking again is not a failure (W41). */
static nf_status reply_applying(exchange *x, nf_error *err)
{
    bson_t reply = BSON_INITIALIZER;
    nf_status status;

    BSON_APPEND_UTF8(&reply, "state", "applying");
    BSON_APPEND_INT64(&reply, "retryAfterMs", APPLYING_MS);
    status = nf_reply(x->response, 202, &reply, err);
    x->response->retry_after_ms = APPLYING_MS;
    bson_destroy(&reply);
    return status;
}

static nf_status restore_unit(exchange *x, nf_unit *unit, nf_error *err)
{
    uint8_t *outcome;
    size_t size;
    nf_status status =
        nf_run_load_outcome(x->server, &x->run, &outcome, &size, err);

    unit->sequence = x->run.sequence;
    if (status == NF_OK)
        status = nf_unit_restore(unit, outcome, size, err);
    nf_free(outcome);
    return status;
}

/* What took more time or memory than a request may is refused as too much. */
static nf_status judge_limits(nf_server *server, nf_status status,
                              nf_error *problem)
{
    bool late = !strcmp(problem->detail, "timeout");

    if (status == NF_OK ||
        (!late && !nf_server_was_refused_memory(server, status)))
        return status;
    nf_error_clear(problem);
    return nf_error_set(problem, NF_FAILED, "SYNC_LIMIT",
                        "the upload needs more %s than a request may use",
                        late ? "time" : "memory");
}

/* The upload is checked, applied and its outcome stored, or nothing is; or it
 * was applied before, and the result has ended or was lost: that is made from
 * the stored outcome, never from the upload (S37, W53). */
static nf_status apply_unit(exchange *x, nf_unit *unit, nf_error *problem,
                            nf_error *err)
{
    nf_status status;

    if (x->run.state != NF_RUN_STAGED)
        return restore_unit(x, unit, problem);
    status = nf_unit_read(unit, problem);
    if (status == NF_OK)
        status = nf_unit_apply(unit, problem);
    status = judge_limits(x->server, status, problem);
    nf_unit_log(unit, status == NF_OK ? "applied" : problem->code);
    if (status == NF_FAILED && x->run.state == NF_RUN_STAGED &&
        (is_code(problem, "SYNC_PROTOCOL") || is_code(problem, "SYNC_LIMIT")) &&
        fail_run(x, unit, err) == NF_NOMEM)
        return NF_NOMEM;
    return status;
}

static nf_status run_unit(exchange *x, nf_error *problem, nf_error *err)
{
    nf_blob_name body = nf_blob_name_body(&x->run.id);
    nf_unit unit = {.server = x->server,
                    .session = x->session,
                    .run = &x->run,
                    .started = nf_clock_elapsed()};
    nf_status status = apply_unit(x, &unit, problem, err);

    if (status == NF_OK)
        status = nf_result_begin(&unit, problem);
    if (status == NF_OK) /* the result was the last to look at it */
        status = nf_staged_drop(x->server, &body, problem);
    nf_unit_dispose(&unit);
    return status;
}

static nf_status handle_commit(exchange *x, nf_error *err)
{
    nf_error problem = {0};
    bool right = true, ready = false;
    int64_t size;
    nf_status status = settle(x, &right, err);

    if (status == NF_OK && x->run.state == NF_RUN_APPLIED)
        status = has_result(x, &ready, &size, err);
    if (status != NF_OK)
        return status;
    if (ready)
        return reply_state(x, 200, err);
    if (x->run.state == NF_RUN_OPEN || x->run.state == NF_RUN_ABORTED ||
        x->run.state == NF_RUN_FAILED)
        return reply_state(x, 409, err);
    status = run_unit(x, &problem, err);
    if (status == NF_OK && x->run.state == NF_RUN_ACKED) {
        /* A device that was restored from a copy asks for what it had. */
        x->run.state = NF_RUN_APPLIED;
        status = reply_state(x, 200, err);
        x->run.state = NF_RUN_ACKED;
        return status;
    }
    if (status == NF_OK)
        return reply_state(x, 200, err);
    if (is_code(&problem, "state_moved") || is_code(&problem, "wrong_offset") ||
        !strcmp(problem.detail, "busy"))
        return reply_applying(x, err);
    return refuse_commit(x, &problem, err);
}

/* ---- result -------------------------------------------------------------- */

/* What tells a result from another one of the same run: the digest of its
 * first record, which says when it was made and a random number. */
static nf_status name_result(exchange *x, nf_error *err)
{
    nf_blob_name name = nf_blob_name_result(&x->run.id);
    uint8_t bytes[512], sha[NF_SHA256_SIZE];
    size_t size = sizeof bytes, first = 0;
    nf_status status =
        nf_blob_read(x->server->blobs, &name, 0, bytes, &size, err);

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

/* A result that was complete, of `total` bytes, and now lacks some is written
 * anew by another process: the device asks again. */
static nf_status send_window(exchange *x, int64_t offset, int64_t length,
                             int64_t total, nf_error *err)
{
    nf_blob_name name = nf_blob_name_result(&x->run.id);
    size_t size = (size_t)length;
    char *to = nf_buffer_extend(&x->response->body, size);
    int64_t left = total - offset;
    nf_status status;

    if (!to)
        return nf_error_nomem(err);
    status = nf_blob_read(x->server->blobs, &name, offset, to, &size, err);
    x->response->body.length -= (size_t)length - size;
    x->response->bytes = true;
    if (status == NF_OK && (int64_t)size < (left < length ? left : length))
        status = nf_error_set(err, NF_FAILED, "state_moved",
                              "the result is written anew");
    return status;
}

static nf_status send_result(exchange *x, int64_t total, nf_error *err)
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
        status = has_result(x, &complete, &total, err);
    x->response->offset = offset;
    x->response->total = total;
    return status == NF_OK ? send_window(x, offset, length, total, err)
                           : status;
}

static nf_status handle_result(exchange *x, nf_error *err)
{
    bool ready = false;
    int64_t size = 0;
    nf_status status;

    if (x->run.state != NF_RUN_APPLIED && x->run.state != NF_RUN_ACKED)
        return reply_state(x, 409, err);
    status = has_result(x, &ready, &size, err);
    if (status != NF_OK)
        return status;
    if (!ready) /* A149: another commit makes a new one */
        return nf_refuse(x->response, 410, "gone",
                         "the result is no longer there", err);
    return send_result(x, size, err);
}

/* ---- plan ---------------------------------------------------------------- */

static nf_status handle_plan(exchange *x, nf_error *err)
{
    nf_error problem = {0};
    bool right = true;
    nf_status status = settle(x, &right, err);

    if (status != NF_OK)
        return status;
    if (x->run.state != NF_RUN_STAGED)
        return reply_state(x, 409, err);
    status = nf_plan_make(x->server, x->session, &x->run, &problem);
    return status == NF_OK ? reply_state(x, 200, err)
                           : refuse_commit(x, &problem, err);
}

static nf_status handle_plan_result(exchange *x, nf_error *err)
{
    int64_t size;
    nf_status status = nf_plan_size(x->server, &x->run.id, &size, err);

    if (status != NF_OK)
        return status;
    if (x->run.state != NF_RUN_STAGED || size < 0)
        return nf_refuse(x->response, 410, "gone", "there is no plan", err);
    return send_result(x, size, err);
}

/* ---- ack, abort, state --------------------------------------------------- */

/* The device has what it needs: the result goes, its outcome stays. */
static nf_status handle_ack(exchange *x, nf_error *err)
{
    nf_blob_name name = nf_blob_name_result(&x->run.id);
    bson_t body;
    bool stored =
        nf_document_open(&body, x->request->body, x->request->body_length) &&
        nf_document_bool(&body, "stored", false);
    nf_status status = NF_OK;

    if (x->run.state != NF_RUN_APPLIED && x->run.state != NF_RUN_ACKED)
        return reply_state(x, 409, err);
    nf_result_drop(x->server, &x->run.id);
    if (x->run.full)
        status =
            nf_views_settle(x->server, x->run.device, &x->run.id, stored, err);
    if (status == NF_OK && x->run.state == NF_RUN_APPLIED)
        status = nf_run_move(x->server, &x->run, NF_RUN_ACKED, err);
    if (status == NF_OK)
        status = nf_staged_drop(x->server, &name, err);
    return status == NF_OK ? nf_reply(x->response, 204, NULL, err) : status;
}

/* Fences an id, known or not: nothing that arrives later under it is applied
 * (S23, A130). */
static nf_status fence(exchange *x, nf_error *err)
{
    nf_blob_name name = nf_blob_name_body(&x->run.id);
    nf_status status;

    if (x->run.exists && x->run.foreign)
        return unknown(x, err);
    if (x->run.exists &&
        (x->run.state == NF_RUN_APPLIED || x->run.state == NF_RUN_ACKED))
        return reply_state(x, 409, err);
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
    return status == NF_OK ? reply_state(x, 200, err) : status;
}

static nf_status handle_abort(exchange *x, const nf_sync_id *id, nf_error *err)
{
    nf_status status = nf_database_begin(x->server->database, err);

    if (status != NF_OK)
        return status;
    nf_run_dispose(&x->run); /* as it is now that nobody else may change it */
    status = load(x, id, err);
    if (status == NF_OK)
        status = fence(x, err);
    if (nf_database_end(x->server->database, status == NF_OK, err) != NF_OK &&
        status == NF_OK)
        status = NF_FAILED;
    return status;
}

/* ---- dispatch ------------------------------------------------------------ */

static nf_status handle_one(exchange *x, const nf_sync_id *id, const char *rest,
                            nf_error *err)
{
    nf_sync_method method = x->request->method;
    nf_status status;

    if (!*rest && method == NF_SYNC_DELETE)
        return handle_abort(x, id, err);
    status = load(x, id, err);
    if (status != NF_OK)
        return status;
    if (!x->run.exists || x->run.foreign)
        return unknown(x, err);
    if (!*rest && method == NF_SYNC_GET)
        return reply_state(x, 200, err);
    if (!strcmp(rest, "/body"))
        return handle_body(x, err);
    if (!strcmp(rest, "/commit") && method == NF_SYNC_POST)
        return handle_commit(x, err);
    if (!strcmp(rest, "/result") && method == NF_SYNC_GET)
        return handle_result(x, err);
    if (!strcmp(rest, "/plan") && method == NF_SYNC_POST)
        return handle_plan(x, err);
    if (!strcmp(rest, "/plan") && method == NF_SYNC_GET)
        return handle_plan_result(x, err);
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
    exchange x = {.server = server,
                  .session = session,
                  .request = request,
                  .response = response};
    char text[NF_SYNC_ID_TEXT];
    nf_sync_id id;
    nf_status status;

    if (!*path && request->method == NF_SYNC_POST) {
        status = handle_create(&x, err);
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
