/* Entering and leaving flows that flows call (activities C1 … C10): the
 * machine goes on with another frame. */
#include "interpreter/execution.h"

#include "interpreter/probe.h"

static nf_status find_target(nf_execution *x, nf_flow_call *call,
                             const nf_program **out, nf_error *err)
{
    nf_status status;

    *out = atomic_load_explicit(&call->target, memory_order_acquire);
    if (*out)
        return NF_OK;
    if (!x->world->programs)
        return nf_error_set(err, NF_FAILED, "not_found",
                            "The flow \"%s\" can't be called here",
                            call->qualified);
    status = nf_programs_get(out, x->world->programs, call->kind,
                             call->qualified, err);
    if (status == NF_OK)
        atomic_store_explicit(&call->target, *out, memory_order_release);
    return status == NF_USAGE ? NF_FAILED : status;
}

static nf_status pass_arguments(nf_frame *callee, nf_frame *caller,
                                const nf_flow_call *call, nf_error *err)
{
    const nf_flow *flow = callee->program->flow;
    nf_value *to = callee->registers;

    for (size_t i = 0; i < flow->parameter_count; i++) {
        nf_value *from = &caller->registers[call->arguments + i];
        uint32_t slot = callee->program->first_parameter + (uint32_t)i;

        to[slot] = call->given[i] ? *from : nf_empty();
        if (call->given[i])
            *from = nf_empty();
        if (to[slot].kind == NF_KIND_LIST && flow->kind == NF_FLOW_NANOFLOW &&
            !flow->list_by_reference) { /* C5, C6 */
            nf_list *copy = nf_list_copy(to[slot].as.list);

            if (!copy)
                return nf_error_nomem(err);
            nf_register_put(&to[slot], nf_list_take(copy));
        }
    }
    return NF_OK;
}

/* The host answers in place of the flow; the machine goes on behind the call.
 * NF_USAGE: it does not. */
static nf_status intercept(nf_execution *x, nf_frame *caller,
                           const nf_flow_call *call, const nf_flow *flow,
                           nf_error *err)
{
    nf_value result = nf_empty(), fitted = nf_empty();
    nf_value *arguments = &caller->registers[call->arguments];
    nf_status status = x->world->host.intercept(x->world->host.user, flow,
                                                arguments, &result, err);

    if (status)
        return status;
    if (call->output < 0 || result.kind == NF_KIND_EMPTY)
        fitted = result;
    else
        status = nf_value_convert(&fitted, &result, &flow->result, err);
    if (status) {
        nf_value_release(&result);
        return NF_FAILED;
    }
    for (size_t i = 0; i < flow->parameter_count; i++) {
        nf_value_release(&arguments[i]);
        arguments[i] = nf_empty();
    }
    if (call->output >= 0)
        nf_register_put(&caller->registers[call->output], fitted);
    else
        nf_value_release(&fitted);
    return NF_OK;
}

nf_status nf_execution_enter(nf_execution *x, nf_frame *caller,
                             nf_flow_call *call, nf_error *err)
{
    uint32_t limit = x->world->environment.limits.depth
                         ? x->world->environment.limits.depth
                         : NF_LIMIT_DEPTH;
    const nf_program *target;
    nf_status status;
    nf_frame *frame;

    if (x->depth >= limit)
        return nf_error_set(err, NF_FAILED, "recursion_limit",
                            "Flow calls are nested more than %u deep", limit);
    status = find_target(x, call, &target, err);
    if (status)
        return status;
    if (x->world->host.intercept) {
        status = intercept(x, caller, call, target->flow, err);
        if (status != NF_USAGE)
            return status;
    }
    frame = nf_frame_new(target);
    if (!frame)
        return nf_error_nomem(err);
    status = pass_arguments(frame, caller, call, err);
    if (!status)
        status = nf_frame_predefined(x, frame, err);
    if (!status)
        status = nf_frame_defaults(x, frame, call->given, err);
    if (status) {
        nf_frame_free(frame);
        return status;
    }
    frame->caller = caller;
    frame->call = call;
    x->frame = frame;
    x->depth++;
    if (nf_observed(x->world))
        nf_probe_enter(x);
    return NF_OK;
}

void nf_execution_leave(nf_execution *x, nf_value value)
{
    nf_frame *frame = x->frame;
    nf_frame *caller = frame->caller;

    if (nf_observed(x->world))
        nf_probe_leave(x, &value);
    x->depth--;
    if (!caller) {
        nf_register_put(&x->result, value);
        x->finished = true;
        return;
    }
    if (frame->call->output >= 0)
        nf_register_put(&caller->registers[frame->call->output], value);
    else
        nf_value_release(&value);
    x->frame = caller;
    nf_frame_free(frame);
}
