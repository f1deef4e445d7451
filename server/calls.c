/* Microflows that nanoflows call (synchronize W48; activities §8.3): the
 * arguments become objects of this side, and the microflow runs once (A151). */
#include "activities/activities.h"
#include "interpreter/flow.h"
#include "server/call.h"
#include "server/push.h"
#include "sync/document.h"

typedef struct call {
    nf_server_call base;
    const nf_flow *flow;
    bson_t arguments, objects;
} call;

static call *call_of(nf_server_call *base)
{
    return (call *)base;
}

static nf_status answer_result(call *c, const nf_value *result, nf_error *err)
{
    nf_buffer *to = &c->base.answer;
    size_t document;
    nf_status status = NF_OK;

    nf_buffer_clear(to);
    document = nf_put_begin(to);
    if (c->flow->result.kind != NF_KIND_VOID)
        status = nf_shared_value_write(c->base.shared, to, "result",
                                       &c->flow->result, result, err);
    if (status == NF_OK)
        status = nf_shared_objects_write(c->base.shared, to, "objects", err);
    if (status == NF_OK)
        status = nf_push_write(to, "push", c->base.server, c->base.session,
                               &c->base.id, c->base.flows->world.pushed, err);
    nf_put_end(to, document);
    return status;
}

/* C14: the device may have another version of the app. */
static nf_status other_parameters(const call *c, const char *name,
                                  nf_error *err)
{
    return nf_error_set(err, NF_FAILED, "microflow_failed",
                        "\"%s\" on the server has other parameters than the "
                        "app of the device says (\"%.200s\")",
                        c->flow->qualified, name);
}

/* Domain D18: what a device sends of calculated attributes does not count. */
static nf_status calculate(call *c, nf_error *err)
{
    nf_object *object;
    nf_status status = NF_OK;

    for (size_t i = 0; status == NF_OK &&
                       (object = nf_shared_object(c->base.shared, i)) != NULL;
         i++)
        status = nf_calculate_or_log(&c->base.flows->store, object, err);
    return status;
}

static nf_status read_arguments(call *c, nf_value *values, bool *given,
                                nf_error *err)
{
    bson_iter_t iter;
    nf_status status = nf_shared_objects_read(c->base.shared, &c->objects, err);

    if (status == NF_OK)
        status = nf_shared_objects_take(c->base.shared, err);
    if (status == NF_OK)
        status = calculate(c, err);
    if (status == NF_OK && !bson_iter_init(&iter, &c->arguments))
        return nf_error_nomem(err);
    while (status == NF_OK && bson_iter_next(&iter)) {
        const char *name = bson_iter_key(&iter);
        const nf_parameter *p = nf_flow_find_parameter(c->flow, name);
        size_t at = p ? (size_t)(p - c->flow->parameters) : 0;

        if (!p || given[at])
            return other_parameters(c, name, err);
        given[at] = true;
        status = nf_shared_value_read(c->base.shared, &values[at], name,
                                      &p->type, &iter, err);
    }
    for (size_t i = 0; status == NF_OK && i < c->flow->parameter_count; i++)
        if (!given[i] && c->flow->parameters[i].required)
            return other_parameters(c, c->flow->parameters[i].name, err);
    return status;
}

static nf_status execute(call *c, const nf_value *values, const bool *given,
                         nf_error *err)
{
    nf_world *world = &c->base.flows->world;
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

static nf_status work(nf_server_call *base, nf_error *err)
{
    call *c = call_of(base);
    size_t count = c->flow->parameter_count;
    nf_value *values = nf_alloc_array(count + 1, sizeof *values);
    bool *given = nf_alloc_array(count + 1, sizeof *given);
    nf_status status = values && given ? NF_OK : nf_error_nomem(err);

    if (status == NF_OK)
        status = read_arguments(c, values, given, err);
    if (status == NF_OK)
        status = execute(c, values, given, err);
    nf_members_free(values, count);
    nf_free(given);
    return status;
}

/* ---- requests --------------------------------------------------------------
 */

/* C17. Most microflows of an app are for other microflows only and have no
 * roles: no device may call those. */
static bool may_call(const nf_server *server, const nf_server_session *session,
                     const nf_flow *flow)
{
    const nf_security *security = nf_model_security(server->options.model);

    if (security->level == NF_SECURITY_OFF || server->options.unrestricted)
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
    nf_status status = nf_model_flow(&c->flow, c->base.server->options.model,
                                     NF_FLOW_MICROFLOW, name, &problem);

    if (status == NF_OK && !may_call(c->base.server, c->base.session, c->flow))
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
           nf_document_part(&body, "args", &c->arguments) &&
           nf_document_part(&body, "objects", &c->objects);
}

nf_status nf_handle_microflow(nf_server *server, nf_server_session *session,
                              const nf_sync_request *request,
                              nf_sync_response *response, nf_error *err)
{
    static const char *const told[] = {"validation_failed"};
    call c = {.base = {.server = server,
                       .session = session,
                       .work = work,
                       .told = told,
                       .told_count = 1}};
    char what[600];
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
    snprintf(what, sizeof what, "The microflow \"%s\"", c.flow->qualified);
    c.base.what = what;
    return nf_server_call_once(&c.base, request, response, err);
}
