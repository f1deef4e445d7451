/* Opening a server and handing requests to those who answer them (synchronize
 * W27.5, W50). */
#include "interpreter/flow.h"
#include "server/internal.h"

#include "interpreter/functions.h"
#include "sync/document.h"

#include <stdio.h>
#include <stdlib.h>

enum { LOG_LINE_MAX = 1024, BUSY_RETRY_MS = 1000 };

void nf_server_log(nf_server *server, const char *level, const char *format,
                   ...)
{
    char line[LOG_LINE_MAX];
    va_list args;

    if (!server->options.log)
        return;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    server->options.log(server->options.user, level, line);
}

int64_t nf_server_now(const nf_server *server)
{
    return server->options.clock.now(server->options.clock.user);
}

nf_status nf_server_random(nf_server *server, void *bytes, size_t size,
                           nf_error *err)
{
    if (!nf_random_bytes(server->options.random, bytes, size))
        return nf_error_set(err, NF_FAILED, "SYNC_SERVER",
                            "the system gives no random numbers");
    return NF_OK;
}

nf_database *nf_server_database(nf_server *server)
{
    return server->database;
}

nf_status nf_server_new_id(nf_server *server, const nf_entity *entity,
                           int64_t *id, nf_error *err)
{
    return nf_database_new_id(server->database, entity, id, err);
}

/* ---- small helpers on rows --------------------------------------------- */

nf_status nf_server_defaults(nf_value **out, const nf_entity *entity,
                             int64_t now, nf_error *err)
{
    nf_status status;

    *out = nf_alloc_array(entity->member_count + 1, sizeof **out);
    if (!*out)
        return nf_error_nomem(err);
    status = nf_entity_defaults(*out, entity, now, err);
    if (status != NF_OK) {
        nf_members_free(*out, entity->member_count);
        *out = NULL;
    }
    return status;
}

void nf_values_set(nf_value *values, const nf_entity *entity,
                   const char *member, nf_value value)
{
    const nf_member *m = nf_entity_find_member(entity, member);
    if (!m) {
        nf_value_release(&value);
        return;
    }
    nf_value_release(&values[m->index]);
    values[m->index] = value;
}

bool nf_values_set_text(nf_value *values, const nf_entity *entity,
                        const char *member, const char *text)
{
    nf_value value;
    if (!nf_value_text(&value, text, strlen(text)))
        return false;
    nf_values_set(values, entity, member, value);
    return true;
}

nf_status nf_server_find_row(nf_server *server, int64_t *id,
                             const nf_entity *entity, const char *attribute,
                             const char *text, nf_error *err)
{
    nf_database *db = server->database;
    const nf_member *member = nf_entity_find_member(entity, attribute);
    const char *table = nf_database_table(db, entity);
    const char *column =
        member ? nf_database_column(db, entity, member->index) : NULL;
    char sql[1024];
    nf_statement *statement;
    bool row = false;
    nf_status status;

    *id = 0;
    if (!table || !column)
        return NF_OK;
    snprintf(sql, sizeof sql, "SELECT id FROM %s WHERE %s = ? ORDER BY id",
             table, column);
    statement = nf_database_statement(db, sql, err);
    if (!statement)
        return NF_FAILED;
    nf_bind_text(statement, 1, text);
    status = nf_database_step(db, statement, &row, err);
    if (row)
        *id = nf_column_int(statement, 0);
    nf_database_done(db, statement);
    return status;
}

/* ---- opening ------------------------------------------------------------- */

/* What a device knows this server by (S15): stays with the database. */
static nf_status make_address(nf_server *server, nf_error *err)
{
    char *stored = NULL, text[NF_SYNC_ID_TEXT];
    uint8_t bytes[16];
    nf_status status =
        nf_database_get_meta(server->database, "server_id", &stored, NULL, err);

    if (status != NF_OK)
        return status;
    if (!stored) {
        status = nf_server_random(server, bytes, sizeof bytes, err);
        if (status == NF_OK) {
            nf_hex(text, bytes, sizeof bytes);
            status = nf_database_set_meta(server->database, "server_id", text,
                                          strlen(text), err);
        }
    }
    if (status == NF_OK) {
        server->address = stored ? nf_strdup(stored) : nf_strdup(text);
        if (!server->address)
            status = nf_error_nomem(err);
    }
    nf_free(stored);
    return status;
}

/* What has ended, at every start and once an hour. */
static nf_status collect(nf_server *server, nf_error *err)
{
    nf_status status = nf_devices_collect(server, err);

    server->next_collect = nf_server_now(server) + NF_TOUCH_STEP_MS;
    if (status == NF_OK)
        status = nf_sessions_collect(server, err);
    if (status == NF_OK)
        status = nf_runs_collect(server, err);
    if (status == NF_OK)
        status = nf_history_collect(server, err);
    if (status == NF_OK)
        status = nf_calls_collect(server, err);
    if (status == NF_OK)
        status = nf_online_collect(server, err);
    return status == NF_OK ? nf_staged_collect(server, err) : status;
}

static nf_status prepare(nf_server *server, nf_error *err)
{
    nf_status status = nf_database_begin(server->database, err);

    if (status != NF_OK)
        return status;
    status = make_address(server, err);
    if (status == NF_OK)
        status = nf_server_mirror_roles(server, err);
    if (status == NF_OK)
        status = nf_calls_prepare(server, err);
    if (status == NF_OK)
        status = nf_online_prepare(server, err);
    if (status == NF_OK)
        status = collect(server, err);
    return nf_database_conclude(server->database, status, err);
}

nf_status nf_server_open(nf_server **out, const nf_server_options *options,
                         nf_error *err)
{
    nf_server *server = nf_alloc(sizeof *server);
    nf_database_options database = {.model = options->model,
                                    .path = options->database,
                                    .side = NF_DATABASE_SERVER,
                                    .random = options->random,
                                    .faults = options->faults,
                                    .templates = options->templates,
                                    .busy_ms = options->busy_ms};
    nf_status status;

    *out = NULL;
    if (!server)
        return nf_error_nomem(err);
    server->options = *options;
    status = nf_database_open(&server->database, &database, err);
    if (status == NF_OK)
        status = nf_database_is_shared(server->database)
                     ? nf_blobs_open_shared(&server->blobs, server->database,
                                            options->faults, err)
                     : nf_blobs_open(&server->blobs,
                                     nf_database_path(server->database),
                                     options->faults, err);
    if (status == NF_OK)
        status = prepare(server, err);
    if (status != NF_OK) {
        nf_server_close(server);
        return status;
    }
    *out = server;
    return NF_OK;
}

void nf_server_close(nf_server *server)
{
    if (!server)
        return;
    nf_results_drop(server, NULL);
    for (size_t i = 0; i < server->session_count; i++)
        nf_server_session_free(server, server->sessions[i]);
    nf_programs_free(server->programs);
    nf_function_cache_free(server->functions);
    nf_free(server->sessions);
    nf_free(server->results);
    nf_database_close(server->reader);
    nf_free(server->touched);
    nf_free(server->address);
    nf_arrival_drop(&server->arrival);
    nf_blobs_close(server->blobs);
    nf_database_close(server->database);
    nf_free(server);
}

/* ---- requests ------------------------------------------------------------ */

nf_status nf_reply(nf_sync_response *response, int status)
{
    response->status = status;
    nf_buffer_clear(&response->body);
    return NF_OK;
}

nf_buffer *nf_reply_begin(nf_sync_response *response)
{
    nf_put_start(&response->body);
    return &response->body;
}

nf_status nf_reply_end(nf_sync_response *response, int status, nf_error *err)
{
    response->status = status;
    nf_put_end(&response->body, 0);
    return response->body.failed ? nf_error_nomem(err) : NF_OK;
}

/* What the device may do about it (W38). */
static const char *retry_of(int status)
{
    switch (status) {
    case 401:
        return "auth";
    case 409:
    case 410:
        return "same";
    case 400:
    case 404:
    case 422:
        return "new";
    case 429:
    case 500:
    case 503:
    case 507:
        return "later";
    default:
        return "no";
    }
}

nf_status nf_refuse(nf_sync_response *response, int status, const char *code,
                    const char *text, nf_error *err)
{
    nf_buffer *reply = nf_reply_begin(response);

    nf_put_string(reply, "code", code);
    nf_put_string(reply, "text", text);
    nf_put_string(reply, "retry", retry_of(status));
    if (response->retry_after_ms > 0)
        nf_put_int64(reply, "retryAfterMs", response->retry_after_ms);
    return nf_reply_end(response, status, err);
}

int64_t nf_server_staged_bytes(const nf_server *server)
{
    int64_t bytes = server->options.staged_bytes;
    return bytes > 0 ? bytes : NF_STAGED_BYTES_MAX;
}

void nf_append_limits(const nf_server *server, nf_buffer *to)
{
    size_t part = nf_put_document(to, "limits");
    const struct {
        const char *name;
        int64_t value;
    } limits[] = {
        {"chunk", NF_SYNC_CHUNK_MAX},
        {"body", NF_BODY_MAX},
        {"decoded", NF_DECODED_MAX},
        {"records", NF_SYNC_RECORDS_MAX},
        {"document", NF_SYNC_DOCUMENT_MAX},
        {"depth", NF_SYNC_DEPTH_MAX},
        {"string", NF_SYNC_STRING_MAX},
        {"content", NF_CONTENT_MAX},
        {"staged", nf_server_staged_bytes(server)},
    };
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        nf_put_int64(to, limits[i].name, limits[i].value);
    nf_put_end(to, part);
}

static nf_status handle_info(nf_server *server, nf_sync_response *response,
                             nf_error *err)
{
    nf_buffer *reply = nf_reply_begin(response);

    nf_put_int32(reply, "version", NF_SYNC_VERSION);
    nf_put_date(reply, "time", nf_server_now(server));
    nf_put_string(reply, "app", nf_model_app_id(server->options.model));
    nf_put_int64(reply, "chunk", NF_SYNC_CHUNK_MAX);
    nf_append_limits(server, reply);
    return nf_reply_end(response, 200, err);
}

static bool starts(const char *path, const char *prefix)
{
    return !strncmp(path, prefix, strlen(prefix));
}

static nf_status dispatch(nf_server *server, const nf_sync_request *request,
                          nf_sync_response *response, nf_error *err)
{
    const char *path = request->path;
    nf_server_session *session;
    nf_status status;

    if (!strcmp(path, "/sync/v1/info"))
        return handle_info(server, response, err);
    if (!strcmp(path, "/sync/v1/session") && request->method == NF_SYNC_POST)
        return nf_server_sign_in(server, request, response, err);
    status = nf_server_find_session(server, request->session, &session, err);
    if (status != NF_OK)
        return status;
    if (!session)
        return nf_refuse(response, 401, "SYNC_AUTH", "no session", err);
    if (!strcmp(path, "/sync/v1/session") && request->method == NF_SYNC_DELETE)
        return nf_server_sign_out(server, session, response, err);
    if (starts(path, "/sync/v1/syncs"))
        return nf_handle_syncs(server, session, request, response, err);
    if (starts(path, "/sync/v1/blobs/"))
        return nf_handle_blob(server, session, request, response, err);
    if (starts(path, "/sync/v1/files/"))
        return nf_handle_file(server, session, request, response, err);
    if (starts(path, "/sync/v1/microflows/") && request->method == NF_SYNC_POST)
        return nf_handle_microflow(server, session, request, response, err);
    if (starts(path, "/sync/v1/objects/") && request->method == NF_SYNC_POST)
        return nf_handle_objects(server, session, request, response, err);
    return nf_refuse(response, 404, "not_found", "no such resource", err);
}

/* Failing to clean up must not fail a request. */
static void collect_now_and_then(nf_server *server)
{
    nf_error problem = {0};
    nf_status status;

    nf_results_expire(server);
    if (nf_server_now(server) < server->next_collect)
        return;
    status = nf_database_begin(server->database, &problem);
    if (status == NF_OK) {
        status = collect(server, &problem);
        status = nf_database_conclude(server->database, status, &problem);
    }
    if (status != NF_OK)
        nf_server_log(server, "warning", "cleaning up: %s", problem.message);
}

/* ---- what a request may use -----------------------------------------------
 */

int64_t nf_server_flow_deadline(const nf_server *server)
{
    int64_t deadline = nf_clock_elapsed() + nf_server_call_ms(server);

    return server->deadline && server->deadline < deadline ? server->deadline
                                                           : deadline;
}

nf_status nf_server_in_time(const nf_server *server, nf_error *err)
{
    if (!server->deadline || nf_clock_elapsed() < server->deadline)
        return NF_OK;
    nf_error_set(err, NF_FAILED, "SYNC_LIMIT",
                 "the request takes longer than it may");
    nf_error_detail(err, "timeout");
    return NF_FAILED;
}

bool nf_server_was_refused_memory(nf_server *server, nf_status status)
{
    if (status != NF_NOMEM || !server->memory ||
        !nf_memory_was_refused(server->memory))
        return false;
    nf_memory_limit(server->memory, 0);
    return true;
}

static int64_t or_default(int64_t value, int64_t otherwise)
{
    return value > 0 ? value : otherwise;
}

static void begin_request(nf_server *server)
{
    const nf_server_options *options = &server->options;

    server->deadline =
        nf_clock_elapsed() + or_default(options->request_ms, NF_REQUEST_MS);
    server->rest_ms = or_default(options->rest_ms, NF_REST_MS);
    nf_database_deadline(server->database, server->deadline);
}

static void end_request(nf_server *server)
{
    server->deadline = 0;
    nf_database_deadline(server->database, 0);
}

/* What a request allocates counts together; what is kept of it (programs,
 * sessions, results that are being read) no longer when it has ended. */
static nf_status dispatch_counted(nf_server *server,
                                  const nf_sync_request *request,
                                  nf_sync_response *response, bool *over,
                                  nf_error *err)
{
    nf_memory *memory = nf_memory_new_within();
    nf_status status;

    if (!memory)
        return nf_error_nomem(err);
    nf_memory_limit(memory, (size_t)or_default(server->options.request_bytes,
                                               NF_REQUEST_BYTES));
    {
        NF_IN_MEMORY(memory);
        server->memory = memory;
        status = dispatch(server, request, response, err);
        *over = nf_server_was_refused_memory(server, status);
    }
    server->memory = NULL;
    nf_memory_limit(memory, 0);
    nf_memory_close(memory);
    return status;
}

/* Where it can be told what was too much, the code below has done so. */
static nf_status refuse_too_much(nf_server *server,
                                 const nf_sync_request *request,
                                 nf_sync_response *response,
                                 const nf_error *problem, nf_error *err)
{
    nf_server_log(server, "warning", "%s: %s", request->path, problem->message);
    return nf_refuse(response, 413, "SYNC_LIMIT", "too much", err);
}

nf_status nf_server_handle(nf_server *server, const nf_sync_request *request,
                           nf_sync_response *response, nf_error *err)
{
    nf_error problem = {0};
    bool over = false;
    nf_status status;

    nf_sync_response_clear(response);
    response->status = 500;
    collect_now_and_then(server);
    begin_request(server);
    status = dispatch_counted(server, request, response, &over, &problem);
    end_request(server);
    if (status == NF_OK)
        return NF_OK;
    if (over || !strcmp(problem.detail, "timeout"))
        return refuse_too_much(server, request, response, &problem, err);
    if (status == NF_NOMEM)
        return nf_error_nomem(err);
    /* Another process on this database was slow, or faster. */
    if (!strcmp(problem.detail, "busy") ||
        !strcmp(problem.code, "state_moved") ||
        !strcmp(problem.code, "wrong_offset")) {
        response->retry_after_ms = BUSY_RETRY_MS;
        return nf_refuse(response, 503, "SYNC_SERVER", "the server is busy",
                         err);
    }
    /* S129: details stay in the server's log. */
    nf_server_log(server, "error", "%s: %s", request->path, problem.message);
    if (!strcmp(problem.code, "disk_full")) /* A133 */
        return nf_refuse(response, 507, "SYNC_SERVER", "the server has no room",
                         err);
    return nf_refuse(response, 500, "SYNC_SERVER", "the server failed", err);
}

/* ---- in process ---------------------------------------------------------- */

typedef struct local_transport {
    nf_sync_transport base;
    nf_server *server;
} local_transport;

static nf_status local_exchange(nf_sync_transport *transport,
                                const nf_sync_request *request,
                                nf_sync_response *response, int timeout_ms,
                                nf_error *err)
{
    local_transport *local = (local_transport *)transport;
    nf_sync_request own = *request;

    (void)timeout_ms;
    own.local = true;
    return nf_server_handle(local->server, &own, response, err);
}

static void local_cancel(nf_sync_transport *transport)
{
    (void)transport; /* an exchange never stays under way */
}

static void local_free(nf_sync_transport *transport)
{
    nf_free(transport);
}

static const nf_sync_transport_ops local_ops = {local_exchange, local_cancel,
                                                local_free, NULL};

nf_status nf_server_transport(nf_sync_transport **out, nf_server *server,
                              nf_error *err)
{
    local_transport *local = nf_alloc(sizeof *local);

    *out = NULL;
    if (!local)
        return nf_error_nomem(err);
    local->base.ops = &local_ops;
    local->base.address = server->address;
    local->server = server;
    *out = &local->base;
    return NF_OK;
}
