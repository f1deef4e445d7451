/* See javascript.h. A call is a message to the process (talk.c), what it waits
 * for is done in turn (turns.c), and its answer is a value (calls.c). */
#include "javascript/internal.h"

nf_javascript *nf_javascript_new(const nf_javascript_options *options)
{
    nf_javascript *js = nf_alloc(sizeof *js);

    if (!js)
        return NULL;
    js->options = *options;
    js->world = options->world;
    js->sweep_at = NF_JS_SWEEP_AT;
    return js;
}

void nf_javascript_free(nf_javascript *js)
{
    const nf_error none = {0};

    if (!js)
        return;
    nf_js_end_scripts(js, &none);
    while (js->calls) {
        nf_js_call *call = js->calls;

        js->calls = call->next;
        nf_js_call_free(call);
    }
    nf_js_sources_close(js->sources);
    json_object_put(js->storage);
    nf_map_free(js->seen);
    nf_free(js);
}

/* Objects that no script holds any more are given back now and then. */
static nf_status sweep(nf_javascript *js, nf_error *err)
{
    nf_status status;

    if (!js->process || js->wrappers < js->sweep_at)
        return NF_OK;
    status = nf_js_transmit(js, nf_js_message(js, "sweep"), err);
    js->sweep_at =
        js->wrappers * 2 > NF_JS_SWEEP_AT ? js->wrappers * 2 : NF_JS_SWEEP_AT;
    return status;
}

nf_status nf_javascript_call(nf_javascript *js, const nf_flow *action,
                             const nf_value *arguments, const nf_type *expected,
                             void **token, nf_value *result, nf_error *err)
{
    return nf_javascript_run(js, NULL, action, arguments, expected, token,
                             result, err);
}

nf_status nf_javascript_run(nf_javascript *js, const char *file,
                            const nf_flow *action, const nf_value *arguments,
                            const nf_type *expected, void **token,
                            nf_value *result, nf_error *err)
{
    nf_js_call *call = *token;
    nf_error own = {0};
    nf_status status = NF_OK;

    if (!call && js->busy)
        return nf_js_cannot_run(action,
                                "the host handles an event of JavaScript", err);
    if (!call) {
        status = nf_js_call_begin(js, &call, file, action, arguments, &own);
        *token = call;
    }
    if (!status && !js->pumping && !call->done && !js->reloaded)
        status = nf_js_pump(js, call, &own);
    if (js->reloaded)
        status = nf_error_set(err, NF_CANCELLED, "reloaded",
                              "The page is loaded anew");
    else if (status == NF_NOMEM || status == NF_CANCELLED || !call)
        nf_error_pass(&own, err);
    else if (!call->done)
        status = NF_PENDING;
    else
        status = nf_js_call_result(js, call, expected, result, err);
    if (status == NF_PENDING) {
        if (js->current)
            js->current->waits = true;
        return status;
    }
    nf_javascript_forget(js, call);
    *token = NULL;
    if (!status && !js->pumping && !js->busy)
        sweep(js, NULL); /* what ended the process shows with the next call */
    return status;
}

bool nf_javascript_is_call(const nf_javascript *js, const void *token)
{
    for (const nf_js_call *call = js ? js->calls : NULL; call;
         call = call->next)
        if (call == token)
            return true;
    return false;
}

void nf_javascript_forget(nf_javascript *js, void *token)
{
    for (nf_js_call **at = &js->calls; *at; at = &(*at)->next) {
        nf_js_call *call = *at;

        if (call != token)
            continue;
        *at = call->next;
        nf_js_call_free(call);
        return;
    }
}

/* ---- what is left when calls have ended -----------------------------------
 */

nf_status nf_javascript_go_on(nf_javascript *js, nf_error *err)
{
    nf_status status;

    if (!js->process || js->pumping || js->busy)
        return NF_OK;
    status = nf_js_pump(js, NULL, err);
    if (status)
        return status;
    return js->process && (js->has_timer || js->flows) ? NF_PENDING : NF_OK;
}

nf_status nf_javascript_advance(nf_javascript *js, int64_t until, nf_error *err)
{
    const nf_clock *clock = &js->world->environment.clock;
    int64_t begun = nf_clock_elapsed();
    nf_status status = NF_OK;

    if (js->pumping || js->busy)
        return NF_OK;
    js->bounded = true;
    js->bound = until;
    while (!status && js->process && js->has_timer && js->timer <= until) {
        status = nf_js_pump(js, NULL, err);
        if (!status && nf_clock_elapsed() - begun > js->options.milliseconds)
            status = nf_error_set(err, NF_FAILED, "js_timeout",
                                  "Timers of JavaScript come to no end");
    }
    js->bounded = false;
    if (!status && until > nf_js_now(js))
        clock->wait(clock->user, until - nf_js_now(js));
    return status;
}

bool nf_javascript_due(const nf_javascript *js, int64_t *out)
{
    *out = js && js->has_timer ? js->timer : INT64_MAX;
    return js && js->has_timer;
}

int nf_javascript_next(const nf_javascript *js)
{
    int64_t wait;

    if (!js || !js->has_timer)
        return -1;
    if (js->options.still) /* it moves by itself */
        return 0;
    wait = js->timer - nf_js_now(js);
    return wait < 0 ? 0 : wait > INT32_MAX ? INT32_MAX : (int)wait;
}

void nf_javascript_reloaded(nf_javascript *js)
{
    nf_error reason = {0};

    if (!js->reloaded)
        return;
    js->reloaded = false;
    nf_error_set(&reason, NF_CANCELLED, "reloaded", "The page is loaded anew");
    nf_js_end_scripts(js, &reason);
}
