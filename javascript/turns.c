/* See internal.h: what scripts wait for is done in turn, flows that they called
 * and timers that are due. When nothing of that is left and a call has no
 * answer, it will never have one (activities J21). */
#include "javascript/flows.h"
#include "javascript/internal.h"

enum {
    SLICE_MS = 50 /* of what goes on without a call, before its host is asked */
};

/* What a flow gave, or why it failed (J23, J24). */
static nf_status tell_flow(nf_javascript *js, const nf_js_flow *flow,
                           const nf_value *result, const nf_error *problem,
                           nf_error *err)
{
    json_object *json = nf_js_message(js, "flow"), *value = NULL;

    json_object_object_add(json, "id", json_object_new_int64(flow->id));
    if (nf_error_is_set(problem))
        nf_js_add_text(json, "problem", problem->message);
    else if (!nf_js_value_to(js, result, &value))
        nf_error_nomem(err);
    json_object_object_add(json, "value", value);
    return nf_js_transmit(js, json, err);
}

static void unlink_flow(nf_javascript *js, nf_js_flow *flow)
{
    for (nf_js_flow **at = &js->flows; *at; at = &(*at)->next) {
        if (*at != flow)
            continue;
        *at = flow->next;
        return;
    }
}

/* Runs one flow as far as it goes. NF_CANCELLED ends what is above, too. */
static nf_status run_flow(nf_javascript *js, nf_js_flow *flow, nf_error *err)
{
    nf_error problem = {0};
    nf_value result;
    nf_status status = nf_js_flow_run(js, flow, &result, &problem);

    if (status == NF_PENDING && !flow->orphaned)
        return NF_OK;
    unlink_flow(js, flow);
    if (status == NF_NOMEM || status == NF_CANCELLED)
        nf_error_pass(&problem, err);
    else if (flow->orphaned)
        status = NF_OK;
    else
        status = tell_flow(js, flow, &result, &problem, err);
    nf_value_release(&result);
    nf_js_flow_free(js, flow);
    return status;
}

/* Every flow once; those that begin meanwhile, too. What ends takes itself out
 * of the list, and everything goes when the process ends. */
static nf_status run_flows(nf_javascript *js, nf_error *err)
{
    int64_t last = -1;
    nf_status status = NF_OK;

    while (!status) {
        nf_js_flow *next = NULL;

        for (nf_js_flow *flow = js->flows; flow; flow = flow->next)
            if (flow->id > last && (!next || flow->id < next->id))
                next = flow;
        if (!next)
            break;
        last = next->id;
        status = run_flow(js, next, err);
    }
    return status;
}

/* Whether flows wait for something else than scripts. */
static bool waits_outside(const nf_javascript *js)
{
    for (const nf_js_flow *flow = js->flows; flow; flow = flow->next)
        if (!flow->waits)
            return true;
    return false;
}

static void fail(nf_javascript *js, nf_js_call *call)
{
    call->done = true;
    js->moved = true;
    if (js->rejection)
        nf_js_thrown(js->rejection, &call->failure);
    else
        nf_error_set(&call->failure, NF_FAILED, "js_timeout",
                     "The JavaScript action \"%s\" waits for something that "
                     "never comes",
                     call->action->qualified);
    nf_free(js->rejection);
    js->rejection = NULL;
}

/* When the first of the calls that wait has taken too long. */
static int64_t first_deadline(const nf_javascript *js)
{
    int64_t first = INT64_MAX;

    for (const nf_js_call *call = js->calls; call; call = call->next)
        if (!call->done && call->started + js->options.milliseconds < first)
            first = call->started + js->options.milliseconds;
    return first;
}

static void check_deadlines(nf_javascript *js)
{
    int64_t limit = js->options.milliseconds;

    for (nf_js_call *call = js->calls; call; call = call->next) {
        if (call->done || (nf_js_now(js) - call->started < limit &&
                           nf_clock_elapsed() - call->elapsed < limit))
            continue;
        call->done = true;
        js->moved = true;
        nf_error_set(&call->failure, NF_FAILED, "js_timeout",
                     "The JavaScript action \"%s\" took longer than %u "
                     "milliseconds",
                     call->action->qualified, js->options.milliseconds);
    }
}

/* A clock that stands still goes on to the next timer. */
static void pass_time(nf_javascript *js)
{
    const nf_clock *clock = &js->world->environment.clock;
    int64_t until = first_deadline(js);

    if (!js->options.still || !js->has_timer || waits_outside(js) ||
        (js->bounded && js->timer > js->bound))
        return;
    if (js->timer < until)
        until = js->timer;
    if (until > nf_js_now(js))
        clock->wait(clock->user, until - nf_js_now(js));
    js->moved = true;
}

static nf_status step(nf_javascript *js, nf_error *err)
{
    nf_status status;

    js->moved = false;
    status = run_flows(js, err);
    if (!status && js->process && js->has_timer && js->timer <= nf_js_now(js))
        status = nf_js_transmit(js, nf_js_message(js, "tick"), err);
    if (status)
        return status;
    check_deadlines(js);
    if (!js->moved)
        pass_time(js);
    if (!js->moved && !js->has_timer && !waits_outside(js)) {
        for (nf_js_call *call = js->calls; call; call = call->next) {
            if (call->done)
                continue;
            fail(js, call); /* the newest */
            break;
        }
    }
    return NF_OK;
}

/* Until `call` (NULL: everything) is done or has to wait. Everything may go on
 * without an end, as intervals do: then it is left for the next time. */
nf_status nf_js_pump(nf_javascript *js, const nf_js_call *call, nf_error *err)
{
    int64_t begun = nf_clock_elapsed();
    nf_status status = NF_OK;

    js->pumping = true;
    do
        status = step(js, err);
    while (!status && js->moved && !(call && call->done) && !js->reloaded &&
           (call || nf_clock_elapsed() - begun < SLICE_MS));
    js->pumping = false;
    return status;
}
