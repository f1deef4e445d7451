/* Flows that scripts call (activities J22 … J25): each is a call of its own,
 * which begins when the script has returned, so a flow may call scripts. */
#include "javascript/internal.h"

#include "interpreter/execution.h"
#include "javascript/flows.h"

static void free_values(nf_value *values, size_t count)
{
    for (size_t i = 0; values && i < count; i++)
        nf_value_release(&values[i]);
    nf_free(values);
}

void nf_js_flow_free(nf_javascript *js, nf_js_flow *flow)
{
    const nf_host *host = &js->world->host;

    if (!flow)
        return;
    if (flow->execution)
        nf_execution_free(flow->execution);
    if (flow->token && host->forget)
        host->forget(host->user, flow->token);
    free_values(flow->arguments, flow->flow ? flow->flow->parameter_count : 0);
    nf_free(flow->present);
    nf_free(flow);
}

/* Unknown keys are ignored, missing ones are empty or the default (J22). */
static nf_status read_arguments(nf_javascript *js, const nf_flow *flow,
                                json_object *given, nf_value *values,
                                bool *present, nf_error *err)
{
    nf_status status = NF_OK;

    for (size_t i = 0; !status && i < flow->parameter_count; i++) {
        const nf_parameter *parameter = &flow->parameters[i];
        json_object *value = nf_js_part(given, parameter->name);

        present[i] = value || !*parameter->default_value;
        status = nf_js_value_from(js, value, &parameter->type, "type_mismatch",
                                  parameter->name, &values[i], err);
    }
    return status;
}

static nf_status take_arguments(nf_javascript *js, nf_js_flow *flow,
                                json_object *given, nf_error *err)
{
    size_t count = flow->flow->parameter_count;

    flow->arguments = nf_alloc_array(count + 1, sizeof *flow->arguments);
    flow->present = nf_alloc_array(count + 1, sizeof *flow->present);
    return flow->arguments && flow->present
               ? read_arguments(js, flow->flow, given, flow->arguments,
                                flow->present, err)
               : nf_error_nomem(err);
}

/* A name that is no flow is the script's error. */
static nf_status find(nf_javascript *js, json_object *question, nf_js_flow *out,
                      nf_error *err)
{
    const char *name = nf_js_text(question, "name");
    nf_status status;

    if (strcmp(nf_js_text(question, "kind"), "microflow") == 0) {
        status = nf_model_flow(&out->flow, js->world->model, NF_FLOW_MICROFLOW,
                               name, err);
    } else {
        status = nf_programs_get(&out->program, js->world->programs,
                                 NF_FLOW_NANOFLOW, name, err);
        if (!status)
            out->flow = nf_program_flow(out->program);
    }
    return status == NF_NOMEM || !status ? status : NF_FAILED;
}

nf_status nf_js_start_flow(nf_javascript *js, json_object *question,
                           json_object **out, nf_error *err)
{
    nf_js_flow *flow = nf_alloc(sizeof *flow), **last = &js->flows;
    nf_status status =
        flow ? find(js, question, flow, err) : nf_error_nomem(err);

    (void)out;
    if (!status)
        status =
            take_arguments(js, flow, nf_js_part(question, "arguments"), err);
    if (status) {
        nf_js_flow_free(js, flow);
        return status;
    }
    flow->id = json_object_get_int64(nf_js_part(question, "id"));
    while (*last)
        last = &(*last)->next;
    *last = flow;
    return NF_OK;
}

static nf_status call_microflow(nf_javascript *js, nf_js_flow *flow,
                                nf_value *result, nf_error *err)
{
    const nf_host *host = &js->world->host;
    const nf_flow *f = flow->flow;
    nf_status status = NF_USAGE;

    if (host->call)
        status = host->call(host->user, f->kind, f->qualified, f->parameters,
                            flow->arguments, f->parameter_count, &flow->token,
                            result, err);
    if (status != NF_PENDING)
        flow->token = NULL;
    if (status != NF_USAGE)
        return status;
    nf_error_clear(err);
    return nf_error_set(err, NF_FAILED, "network_error",
                        "The microflow \"%s\" can't be called: the server "
                        "can't be reached",
                        f->qualified);
}

/* NF_USAGE: neither the host nor a mock answers in place of the nanoflow. */
static nf_status intercept(nf_javascript *js, nf_js_flow *flow,
                           nf_value *result, nf_error *err)
{
    const nf_host *host = &js->world->host;
    nf_value given = nf_empty();
    nf_status status = host->intercept
                           ? host->intercept(host->user, flow->flow,
                                             flow->arguments, &given, err)
                           : NF_USAGE;

    if (status)
        return status;
    if (given.kind == NF_KIND_EMPTY)
        return NF_OK;
    status = nf_value_convert(result, &given, &flow->flow->result, err);
    if (!status)
        return NF_OK;
    nf_value_release(&given);
    return NF_FAILED;
}

static nf_status begin(nf_javascript *js, nf_js_flow *flow, nf_error *err)
{
    return nf_execution_start(&flow->execution, js->world, flow->program,
                              flow->arguments, flow->present, err);
}

nf_status nf_js_flow_run(nf_javascript *js, nf_js_flow *flow, nf_value *result,
                         nf_error *err)
{
    nf_status status = NF_OK;

    *result = nf_empty();
    flow->waits = false;
    if (!flow->program)
        return call_microflow(js, flow, result, err);
    js->current = flow;
    if (!flow->execution) {
        status = intercept(js, flow, result, err);
        if (status == NF_USAGE) {
            nf_error_clear(err);
            status = begin(js, flow, err);
        }
    }
    if (!status && flow->execution)
        status = nf_execution_run(flow->execution, err);
    js->current = NULL;
    if (!status && flow->execution)
        *result = nf_value_copy(nf_execution_result(flow->execution));
    return status;
}
