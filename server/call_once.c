/* See call.h. */
#include "server/call.h"

#include "sync/document.h"

/* ---- stored answers --------------------------------------------------------
 */

nf_status nf_calls_prepare(nf_server *server, nf_error *err)
{
    return nf_database_create(
        server->database,
        "CREATE TABLE IF NOT EXISTS _mx_call(device INTEGER PRIMARY KEY, call "
        "BLOB NOT NULL, answer BLOB NOT NULL, created INTEGER NOT NULL) STRICT",
        err);
}

nf_status nf_calls_collect(nf_server *server, nf_error *err)
{
    return nf_database_write(server->database, err,
                             "DELETE FROM _mx_call WHERE created < ?", "i",
                             nf_server_now(server) - NF_DAY_MS);
}

static nf_status find_answer(nf_server_call *c, bool *found, nf_error *err)
{
    nf_statement *row;
    nf_status status = nf_database_query(
        c->server->database, &row, found, err,
        "SELECT answer FROM _mx_call WHERE device = ? AND call = ?", "ib",
        c->session->device, c->id.bytes, sizeof c->id.bytes);

    if (status != NF_OK || !*found)
        return status;
    nf_buffer_clear(&c->answer);
    nf_buffer_add(&c->answer, nf_column_bytes(row, 0), nf_column_size(row, 0));
    nf_database_done(c->server->database, row);
    return c->answer.failed ? nf_error_nomem(err) : NF_OK;
}

static nf_status store_answer(nf_server_call *c, nf_error *err)
{
    return nf_database_write(
        c->server->database, err,
        "INSERT INTO _mx_call(device, call, answer, created) VALUES(?,?,?,?) "
        "ON CONFLICT(device) DO UPDATE SET call = excluded.call, answer = "
        "excluded.answer, created = excluded.created",
        "ibbi", c->session->device, c->id.bytes, sizeof c->id.bytes,
        (const void *)c->answer.data, c->answer.length,
        nf_server_now(c->server));
}

/* ---- answers ---------------------------------------------------------------
 */

static bool is_told(const nf_server_call *c, const nf_error *problem)
{
    for (size_t i = 0; i < c->told_count; i++)
        if (!strcmp(c->told[i], problem->code))
            return true;
    return false;
}

/* C18: details stay in the log, unless the server is to tell them. */
static nf_status answer_error(nf_server_call *c, const nf_error *problem,
                              nf_error *err)
{
    bool late = !strcmp(problem->detail, "timeout"); /* C15 */
    bool large = nf_server_was_refused_memory(c->server, problem->status);
    bool told = late || is_told(c, problem);
    const char *code = late   ? "network_error"
                       : told ? problem->code
                              : "microflow_failed";
    char text[NF_ERROR_MESSAGE_SIZE];
    size_t document, error;

    nf_server_log(c->server, "error", "%s: %s: %s", c->what, problem->code,
                  problem->message);
    if (late)
        snprintf(text, sizeof text, "%s took too long on the server", c->what);
    else if (large)
        snprintf(text, sizeof text, "%s needs too much memory on the server",
                 c->what);
    else if (told || c->server->options.tell_failures)
        snprintf(text, sizeof text, "%s", problem->message);
    else
        snprintf(text, sizeof text, "%s failed on the server", c->what);
    nf_buffer_clear(&c->answer);
    document = nf_put_begin(&c->answer);
    error = nf_put_document(&c->answer, "error");
    nf_put_text(&c->answer, "code", code, strlen(code));
    nf_put_text(&c->answer, "text", text, strlen(text));
    nf_put_end(&c->answer, error);
    nf_put_end(&c->answer, document);
    return c->answer.failed ? nf_error_nomem(err) : NF_OK;
}

/* D97, S164: as nf_shared_guard. */
static nf_status guard(void *world, const nf_object *object,
                       const nf_member *member, bool write, bool *out,
                       nf_error *err)
{
    return nf_restricted_allows(world, object->entity, object,
                                write ? NF_ACCESS_WRITE : NF_ACCESS_READ,
                                member, out, err);
}

/* ---- running ---------------------------------------------------------------
 */

static nf_status open_flows(nf_server_call *c, nf_error *err)
{
    const nf_server *server = c->server;
    nf_status status =
        nf_server_flows_open(&c->flows, c->server, c->session, err);
    nf_world *world;

    if (status != NF_OK)
        return status;
    world = &c->flows->world;
    world->environment.limits.deadline = nf_server_flow_deadline(server);
    world->pushed = nf_list_new(NULL);
    c->shared =
        nf_shared_objects_new(world->objects, false, nf_server_now(server));
    if (!world->pushed || !c->shared)
        return nf_error_nomem(err);
    nf_shared_objects_guard(c->shared, guard, world);
    return NF_OK;
}

static void close_flows(nf_server_call *c)
{
    nf_shared_objects_free(c->shared);
    c->shared = NULL;
    if (c->flows && c->flows->world.pushed) {
        nf_list_release(c->flows->world.pushed);
        c->flows->world.pushed = NULL;
    }
    nf_server_flows_close(c->flows);
    c->flows = NULL;
}

static nf_status run(nf_server_call *c, nf_error *err)
{
    nf_status status = open_flows(c, err);

    if (status == NF_OK)
        status = c->work(c, err);
    if (status == NF_OK && c->answer.failed)
        status = c->answer.full
                     ? nf_error_set(err, NF_FAILED, "microflow_failed",
                                    "%s answers with more than %d bytes",
                                    c->what, NF_SYNC_MESSAGE_MAX)
                     : nf_error_nomem(err);
    close_flows(c);
    return status;
}

/* What is no fault of the microflow: the device asks again. */
static bool is_ours(const nf_server_call *c, nf_status status,
                    const nf_error *problem)
{
    return (status == NF_NOMEM &&
            !nf_server_was_refused_memory(c->server, status)) ||
           !strcmp(problem->detail, "busy") ||
           !strcmp(problem->code, "disk_full");
}

/* All that it did, or nothing; either way with its answer. */
static nf_status run_and_answer(nf_server_call *c, nf_error *err)
{
    nf_database *database = c->server->database;
    nf_error problem = {0};
    nf_status status = nf_database_begin(database, err);

    if (status != NF_OK)
        return status;
    status = run(c, &problem);
    status = nf_database_conclude(database, status,
                                  status == NF_OK ? &problem : NULL);
    if (status != NF_OK && is_ours(c, status, &problem))
        return status == NF_NOMEM ? nf_error_nomem(err)
                                  : nf_error_pass(&problem, err);
    if (status != NF_OK)
        status = answer_error(c, &problem, err);
    return status == NF_OK ? store_answer(c, err) : status;
}

/* ---- requests --------------------------------------------------------------
 */

static nf_status answer(nf_server_call *c, nf_sync_response *response,
                        nf_error *err)
{
    nf_database *database = c->server->database;
    bool found = false;
    nf_status status = nf_database_begin(database, err);

    if (status != NF_OK)
        return status;
    status = find_answer(c, &found, err);
    if (status == NF_OK && !found)
        status = run_and_answer(c, err);
    status =
        nf_database_conclude(database, status, status == NF_OK ? err : NULL);
    if (status != NF_OK)
        return status;
    response->status = 200;
    nf_buffer_clear(&response->body);
    nf_buffer_add(&response->body, c->answer.data, c->answer.length);
    return response->body.failed ? nf_error_nomem(err) : NF_OK;
}

nf_status nf_server_call_once(nf_server_call *c, const nf_sync_request *request,
                              nf_sync_response *response, nf_error *err)
{
    nf_status status;

    if (!nf_document_open(&c->request, request->body, request->body_length) ||
        !nf_document_binary(&c->request, "call", c->id.bytes,
                            sizeof c->id.bytes))
        return nf_refuse(response, 400, "SYNC_PROTOCOL", "no call", err);
    nf_buffer_init(&c->answer, NF_SYNC_MESSAGE_MAX);
    status = answer(c, response, err);
    nf_buffer_dispose(&c->answer);
    return status;
}
