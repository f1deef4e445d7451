/* Microflows that nanoflows call (synchronize W48; activities §8.3): the
 * arguments become objects of this side, the microflow runs in a transaction,
 * and its answer is kept in the same transaction, so that a call that is
 * repeated because the reply was lost gets it again and runs once (A151). */
#include "activities/activities.h"
#include "interpreter/flow.h"
#include "server/flows.h"
#include "server/internal.h"
#include "server/push.h"
#include "sync/codec_call.h"
#include "sync/document.h"

typedef struct call {
    nf_server *server;
    nf_server_session *session;
    const nf_flow *flow;
    nf_sync_id id;
    bson_t arguments, objects;
    nf_server_flows *flows;
    nf_shared_objects *shared;
    nf_buffer answer; /* the document of the reply */
} call;

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
    return nf_sql_run(server, err, "DELETE FROM _mx_call WHERE created < ?",
                      "i", nf_server_now(server) - NF_DAY_MS);
}

static nf_status find_answer(call *c, bool *found, nf_error *err)
{
    nf_statement *row;
    nf_status status = nf_sql_query(
        c->server, &row, found, err,
        "SELECT answer FROM _mx_call WHERE device = ? AND call = ?", "ib",
        c->session->device, c->id.bytes, sizeof c->id.bytes);

    if (status != NF_OK || !*found)
        return status;
    nf_buffer_clear(&c->answer);
    nf_buffer_add(&c->answer, nf_column_bytes(row, 0),
                  nf_column_size(row, 0));
    nf_database_done(c->server->database, row);
    return c->answer.failed ? nf_error_nomem(err) : NF_OK;
}

static nf_status store_answer(call *c, nf_error *err)
{
    return nf_sql_run(
        c->server, err,
        "INSERT INTO _mx_call(device, call, answer, created) VALUES(?,?,?,?) "
        "ON CONFLICT(device) DO UPDATE SET call = excluded.call, answer = "
        "excluded.answer, created = excluded.created",
        "ibbi", c->session->device, c->id.bytes, sizeof c->id.bytes,
        (const void *)c->answer.data, c->answer.length,
        nf_server_now(c->server));
}

/* ---- answers ---------------------------------------------------------------
 */

/* C18: details stay in the log, unless the server is to tell them. */
static nf_status answer_error(call *c, const nf_error *problem, nf_error *err)
{
    bool invalid = !strcmp(problem->code, "validation_failed");
    const char *code = invalid ? "validation_failed" : "microflow_failed";
    char text[NF_ERROR_MESSAGE_SIZE];
    size_t document, error;

    nf_server_log(c->server, "error", "microflow %s: %s: %s",
                  c->flow->qualified, problem->code, problem->message);
    if (invalid || c->server->options.tell_failures)
        snprintf(text, sizeof text, "%s", problem->message);
    else
        snprintf(text, sizeof text, "The microflow \"%s\" failed on the server",
                 c->flow->qualified);
    nf_buffer_clear(&c->answer);
    document = nf_put_begin(&c->answer);
    error = nf_put_document(&c->answer, "error");
    nf_put_text(&c->answer, "code", code, strlen(code));
    nf_put_text(&c->answer, "text", text, strlen(text));
    nf_put_end(&c->answer, error);
    nf_put_end(&c->answer, document);
    return c->answer.failed ? nf_error_nomem(err) : NF_OK;
}

static nf_status answer_result(call *c, const nf_value *result, nf_error *err)
{
    nf_buffer *to = &c->answer;
    size_t document;
    nf_status status = NF_OK;

    nf_buffer_clear(to);
    document = nf_put_begin(to);
    if (c->flow->result.kind != NF_KIND_VOID)
        status = nf_shared_value_write(c->shared, to, "result",
                                       &c->flow->result, result, err);
    if (status == NF_OK)
        status = nf_shared_objects_write(c->shared, to, "objects", err);
    if (status == NF_OK)
        status = nf_push_write(to, "push", c->server, c->session, &c->id,
                               c->flows->world.pushed, err);
    nf_put_end(to, document);
    if (status == NF_OK && to->failed)
        status = to->full
                     ? nf_error_set(err, NF_FAILED, "microflow_failed",
                                    "\"%s\" answers with more than %d bytes",
                                    c->flow->qualified, NF_SYNC_MESSAGE_MAX)
                     : nf_error_nomem(err);
    return status;
}

/* ---- running ---------------------------------------------------------------
 */

/* C14: the device may have another version of the app. */
static nf_status other_parameters(const call *c, const char *name,
                                  nf_error *err)
{
    return nf_error_set(err, NF_FAILED, "microflow_failed",
                        "\"%s\" on the server has other parameters than the "
                        "app of the device says (\"%.200s\")",
                        c->flow->qualified, name);
}

static nf_status read_arguments(call *c, nf_value *values, bool *given,
                                nf_error *err)
{
    bson_iter_t iter;
    nf_status status = nf_shared_objects_read(c->shared, &c->objects, err);

    if (status == NF_OK)
        status = nf_shared_objects_take(c->shared, err);
    if (status == NF_OK && !bson_iter_init(&iter, &c->arguments))
        return nf_error_nomem(err);
    while (status == NF_OK && bson_iter_next(&iter)) {
        const char *name = bson_iter_key(&iter);
        const nf_parameter *p = nf_flow_find_parameter(c->flow, name);
        size_t at = p ? (size_t)(p - c->flow->parameters) : 0;

        if (!p || given[at])
            return other_parameters(c, name, err);
        given[at] = true;
        status = nf_shared_value_read(c->shared, &values[at], name, &p->type,
                                      &iter, err);
    }
    for (size_t i = 0; status == NF_OK && i < c->flow->parameter_count; i++)
        if (!given[i] && c->flow->parameters[i].required)
            return other_parameters(c, c->flow->parameters[i].name, err);
    return status;
}

static nf_status execute(call *c, const nf_value *values, const bool *given,
                         nf_error *err)
{
    nf_world *world = &c->flows->world;
    const nf_program *program = NULL;
    nf_execution *execution = NULL;
    nf_status status = nf_programs_get(
        &program, world->programs, NF_FLOW_MICROFLOW, c->flow->qualified, err);

    if (status == NF_OK)
        status =
            nf_execution_start(&execution, world, program, values, given, err);
    if (status == NF_OK)
        status = nf_execution_run(execution, err);
    if (status == NF_PENDING)
        status = nf_error_set(err, NF_FAILED, "host_error",
                              "\"%s\" waits for the host, which a server can't",
                              c->flow->qualified);
    if (status == NF_OK)
        status = answer_result(c, nf_execution_result(execution), err);
    nf_execution_free(execution);
    return status == NF_USAGE ? NF_FAILED : status;
}

static nf_status open_flows(call *c, nf_error *err)
{
    const nf_server *server = c->server;
    nf_status status =
        nf_server_flows_open(&c->flows, c->server, c->session, err);
    nf_world *world;
    int64_t limit = server->options.call_ms;

    if (status != NF_OK)
        return status;
    world = &c->flows->world;
    world->environment.limits.deadline =
        nf_clock_elapsed() + (limit > 0 ? limit : NF_CALL_MS);
    world->pushed = nf_list_new(NULL);
    c->shared =
        nf_shared_objects_new(world->objects, false, nf_server_now(server));
    return world->pushed && c->shared ? NF_OK : nf_error_nomem(err);
}

static void close_flows(call *c)
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

static nf_status run(call *c, nf_error *err)
{
    size_t count = c->flow->parameter_count;
    nf_value *values = nf_alloc_array(count + 1, sizeof *values);
    bool *given = nf_alloc_array(count + 1, sizeof *given);
    nf_status status =
        values && given ? open_flows(c, err) : nf_error_nomem(err);

    if (status == NF_OK)
        status = read_arguments(c, values, given, err);
    if (status == NF_OK)
        status = execute(c, values, given, err);
    nf_members_free(values, count);
    nf_free(given);
    close_flows(c);
    return status;
}

/* What is no fault of the microflow: the device asks again. */
static bool is_ours(nf_status status, const nf_error *problem)
{
    return status == NF_NOMEM || !strcmp(problem->detail, "busy") ||
           !strcmp(problem->code, "disk_full");
}

/* All that the microflow did, or nothing; either way with its answer. */
static nf_status run_and_answer(call *c, nf_error *err)
{
    nf_database *database = c->server->database;
    nf_error problem = {0};
    nf_status status = nf_database_begin(database, err), ended;

    if (status != NF_OK)
        return status;
    status = run(c, &problem);
    ended = nf_database_end(database, status == NF_OK,
                            status == NF_OK ? &problem : NULL);
    if (status == NF_OK)
        status = ended;
    if (status != NF_OK && is_ours(status, &problem))
        return status == NF_NOMEM ? nf_error_nomem(err)
                                  : nf_error_pass(&problem, err);
    if (status != NF_OK)
        status = answer_error(c, &problem, err);
    return status == NF_OK ? store_answer(c, err) : status;
}

/* ---- requests --------------------------------------------------------------
 */

/* C17. Most microflows of an app are for other microflows only and have no
 * roles: no device may call those. */
static bool may_call(const nf_server *server, const nf_server_session *session,
                     const nf_flow *flow)
{
    const nf_security *security = nf_model_security(server->options.model);

    if (security->level == NF_SECURITY_OFF)
        return true;
    for (size_t i = 0; i < security->module_role_count; i++)
        for (size_t k = 0; k < flow->allowed_role_count; k++)
            if (nf_bits_has(session->roles, i) &&
                !strcmp(security->module_roles[i], flow->allowed_roles[k]))
                return true;
    return false;
}

static nf_status find_flow(call *c, const char *name, nf_error *err)
{
    nf_error problem = {0};
    nf_status status = nf_model_flow(&c->flow, c->server->options.model,
                                     NF_FLOW_MICROFLOW, name, &problem);

    if (status == NF_OK && !may_call(c->server, c->session, c->flow))
        c->flow = NULL;
    if (status == NF_USAGE) {
        c->flow = NULL;
        return NF_OK;
    }
    return status == NF_OK ? NF_OK : nf_error_pass(&problem, err);
}

static bool read_request(call *c, const nf_sync_request *request)
{
    bson_t body;

    return nf_document_open(&body, request->body, request->body_length) &&
           nf_document_binary(&body, "call", c->id.bytes, sizeof c->id.bytes) &&
           nf_document_part(&body, "args", &c->arguments) &&
           nf_document_part(&body, "objects", &c->objects);
}

static nf_status answer(call *c, nf_sync_response *response, nf_error *err)
{
    nf_database *database = c->server->database;
    bool found = false;
    nf_status status = nf_database_begin(database, err), ended;

    if (status != NF_OK)
        return status;
    status = find_answer(c, &found, err);
    if (status == NF_OK && !found)
        status = run_and_answer(c, err);
    ended = nf_database_end(database, status == NF_OK,
                            status == NF_OK ? err : NULL);
    if (status == NF_OK)
        status = ended;
    if (status != NF_OK)
        return status;
    response->status = 200;
    nf_buffer_clear(&response->body);
    nf_buffer_add(&response->body, c->answer.data, c->answer.length);
    return response->body.failed ? nf_error_nomem(err) : NF_OK;
}

nf_status nf_handle_microflow(nf_server *server, nf_server_session *session,
                              const nf_sync_request *request,
                              nf_sync_response *response, nf_error *err)
{
    call c = {.server = server, .session = session};
    nf_status status =
        find_flow(&c, request->path + strlen("/sync/v1/microflows/"), err);

    if (status != NF_OK)
        return status;
    if (!c.flow) /* C17; which of the two is nobody's business */
        return nf_refuse(response, 404, "not_found",
                         "there is no such microflow, or the user may not call "
                         "it",
                         err);
    if (!read_request(&c, request))
        return nf_refuse(response, 400, "SYNC_PROTOCOL", "no call", err);
    nf_buffer_init(&c.answer, NF_SYNC_MESSAGE_MAX);
    status = answer(&c, response, err);
    nf_buffer_dispose(&c.answer);
    return status;
}
