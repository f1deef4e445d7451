/* See javascript.h. A call is a message to the process; what it waits for is
 * done here in turn: flows that scripts called, timers that are due. When
 * nothing of that is left and the call has no answer, it will never have one
 * (activities J21). */
#include "javascript/javascript.h"

#include "javascript/flows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SWEEP_AT = 512, /* objects that scripts know */
    SLICE_MS =
        50, /* of what goes on without a call, before its host is asked */
};

static int64_t now(const nf_javascript *js)
{
    const nf_clock *clock = &js->world->environment.clock;

    return clock->now(clock->user);
}

nf_javascript *nf_javascript_new(const nf_javascript_options *options)
{
    nf_javascript *js = nf_alloc(sizeof *js);

    if (!js)
        return NULL;
    js->options = *options;
    js->world = options->world;
    js->sweep_at = SWEEP_AT;
    return js;
}

static void free_call(nf_js_call *call)
{
    json_object_put(call->settled);
    nf_free(call);
}

/* The flow that runs at this moment is left to who runs it. */
static void end_flows(nf_javascript *js)
{
    nf_js_flow **at = &js->flows;

    while (*at) {
        nf_js_flow *flow = *at;

        if (flow == js->current) {
            flow->orphaned = true;
            at = &flow->next;
            continue;
        }
        *at = flow->next;
        nf_js_flow_free(js, flow);
    }
}

/* Scripts end, and with them what they had begun and what they knew. Calls that
 * wait learn why. */
static void end_scripts(nf_javascript *js, const nf_error *why)
{
    nf_js_process_end(js->process);
    js->process = NULL;
    js->has_timer = false;
    js->wrappers = 0;
    js->sweep_at = SWEEP_AT;
    nf_free(js->rejection);
    js->rejection = NULL;
    for (nf_js_call *call = js->calls; call; call = call->next) {
        if (call->done)
            continue;
        call->done = true;
        call->failure = *why;
    }
    end_flows(js);
    nf_js_release_all(js);
}

void nf_javascript_free(nf_javascript *js)
{
    const nf_error none = {0};

    if (!js)
        return;
    end_scripts(js, &none);
    while (js->calls) {
        nf_js_call *call = js->calls;

        js->calls = call->next;
        free_call(call);
    }
    nf_js_sources_close(js->sources);
    json_object_put(js->storage);
    nf_free(js);
}

/* ---- messages ------------------------------------------------------------ */

static json_object *message(const nf_javascript *js, const char *what)
{
    json_object *json = json_object_new_object();

    if (!json)
        return NULL;
    json_object_object_add(json, "what", json_object_new_string(what));
    json_object_object_add(json, "now", json_object_new_int64(now(js)));
    json_object_object_add(json, "still",
                           json_object_new_boolean(js->options.still));
    json_object_object_add(
        json, "ahead",
        json_object_new_int64(nf_clock_ahead(&js->world->environment.clock)));
    return json;
}

static void settle(nf_javascript *js, json_object *settled)
{
    int64_t id = json_object_get_int64(nf_js_part(settled, "id"));

    for (nf_js_call *call = js->calls; call; call = call->next) {
        if (call->id != id || call->done)
            continue;
        call->done = true;
        call->settled = json_object_get(settled);
    }
}

/* What scripts did to the objects of the language can keep the shim from
 * answering: then nothing it says is worth anything. */
static nf_status spoiled(nf_error *err)
{
    nf_error_set(err, NF_FAILED, "js_exception",
                 "JavaScript can't go on: a script has changed what the "
                 "language itself needs");
    nf_error_detail(err, "JS_CRASHED");
    return NF_FAILED;
}

static nf_status apply(nf_javascript *js, const char *reply, nf_error *err)
{
    json_object *json, *settled, *next, *item;
    const char *rejection;
    nf_status status = nf_js_parse(&json, reply, err);

    if (status)
        return status;
    settled = nf_js_part(json, "settled");
    next = nf_js_part(json, "next");
    rejection = nf_js_text(json, "rejection");
    if (!json_object_is_type(settled, json_type_array)) {
        json_object_put(json);
        return spoiled(err);
    }
    for (size_t i = 0; (item = nf_js_item(settled, i)); i++)
        settle(js, item);
    js->has_timer = next != NULL;
    js->timer = next ? json_object_get_int64(next) : 0;
    js->wrappers = (size_t)json_object_get_int64(nf_js_part(json, "wrappers"));
    if (*rejection) {
        nf_free(js->rejection);
        js->rejection = nf_strdup(rejection);
    }
    json_object_put(json);
    return NF_OK;
}

/* For how long the process may compute now. */
static int64_t allowance(const nf_javascript *js)
{
    int64_t deadline = js->world->environment.limits.deadline;
    int64_t most = js->options.milliseconds;
    int64_t left = deadline ? deadline - nf_clock_elapsed() : most;

    return left < most ? (left > 0 ? left : 0) : most;
}

/* Takes over the message. An error has ended the process. */
static nf_status transmit(nf_javascript *js, json_object *json, nf_error *err)
{
    const char *reply = NULL;
    nf_error own = {0};
    char *text = nf_json_text_of(json, NF_JSON_LINE);
    nf_status status = text ? NF_OK : nf_error_nomem(&own);

    js->moved = true;
    js->busy = true;
    if (!status)
        status = nf_js_process_run(js->process, text, strlen(text),
                                   allowance(js), &reply, &own);
    js->busy = false;
    nf_free(text);
    json_object_put(json);
    if (!status)
        status = apply(js, reply, &own);
    if (status) {
        end_scripts(js, &own);
        nf_error_pass(&own, err);
    }
    return status;
}

/* ---- start --------------------------------------------------------------- */

static json_object *roles(const nf_javascript_options *o)
{
    json_object *array = json_object_new_array();

    for (size_t i = 0; i < o->role_count; i++)
        json_object_array_add(array, json_object_new_string(o->roles[i]));
    return array;
}

static void add_text(json_object *to, const char *key, const char *text)
{
    json_object_object_add(to, key, text ? json_object_new_string(text) : NULL);
}

static json_object *introduction(nf_javascript *js)
{
    const nf_javascript_options *o = &js->options;
    json_object *json = message(js, "start");
    json_object *session = json_object_new_object();
    uint32_t seed = 0;

    if (o->seeded)
        nf_random_bytes(&js->world->random, &seed, sizeof seed);
    add_text(session, "user", o->user);
    json_object_object_add(session, "userId",
                           nf_js_id(js->world->environment.user_id));
    json_object_object_add(session, "roles", roles(o));
    add_text(session, "language", o->language);
    add_text(session, "timeZone", o->time_zone);
    add_text(session, "server", o->server);
    add_text(session, "platform", o->platform);
    json_object_object_add(session, "online",
                           json_object_new_boolean(js->world->sync != NULL));
    json_object_object_add(session, "strict",
                           json_object_new_boolean(o->strict));
    json_object_object_add(session, "seed", json_object_new_int64(seed));
    json_object_object_add(json, "session", session);
    return json;
}

static bool is_cancelled(void *user)
{
    const nf_javascript *js = user;

    return js->world->cancelled &&
           __atomic_load_n(js->world->cancelled, __ATOMIC_RELAXED);
}

static nf_status start_process(nf_javascript *js, nf_error *err)
{
    const nf_js_process_options options = {
        .time_zone = js->options.time_zone,
        .language = js->options.language,
        .memory_mib = js->options.memory_mib,
        .ask = nf_js_ask,
        .cancelled = is_cancelled,
        .user = js,
    };
    nf_status status;

    if (js->process)
        return NF_OK;
    if (!js->handles)
        js->handles = nf_idmap_new();
    if (!js->handles)
        return nf_error_nomem(err);
    status = nf_js_process_start(&js->process, &options, err);
    return status ? status : transmit(js, introduction(js), err);
}

/* ---- what scripts wait for ------------------------------------------------
 */

/* What a flow gave, or why it failed (J23, J24). */
static nf_status tell_flow(nf_javascript *js, const nf_js_flow *flow,
                           const nf_value *result, const nf_error *problem,
                           nf_error *err)
{
    json_object *json = message(js, "flow"), *value = NULL;

    json_object_object_add(json, "id", json_object_new_int64(flow->id));
    if (nf_error_is_set(problem))
        add_text(json, "problem", problem->message);
    else if (!nf_js_value_to(js, result, &value))
        nf_error_nomem(err);
    json_object_object_add(json, "value", value);
    return transmit(js, json, err);
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
        nf_error_set(&call->failure, NF_FAILED, "js_exception", "%s",
                     js->rejection);
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
        if (call->done || (now(js) - call->started < limit &&
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
    if (until > now(js))
        clock->wait(clock->user, until - now(js));
    js->moved = true;
}

static nf_status step(nf_javascript *js, nf_error *err)
{
    nf_status status;

    js->moved = false;
    status = run_flows(js, err);
    if (!status && js->process && js->has_timer && js->timer <= now(js))
        status = transmit(js, message(js, "tick"), err);
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
static nf_status pump(nf_javascript *js, const nf_js_call *call, nf_error *err)
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

/* ---- calls --------------------------------------------------------------- */

static nf_status add_arguments(nf_javascript *js, json_object *json,
                               const nf_flow *action, const nf_value *values,
                               nf_error *err)
{
    json_object *array = json_object_new_array();

    json_object_object_add(json, "arguments", array);
    for (size_t i = 0; i < action->parameter_count; i++) {
        const char *special = action->parameters[i].special;
        json_object *value = NULL;

        if (values[i].kind == NF_KIND_STRING &&
            (strcmp(special, "nanoflow") == 0 ||
             strcmp(special, "microflow") == 0)) {
            value = json_object_new_array();
            json_object_array_add(value, json_object_new_string("f"));
            json_object_array_add(value, json_object_new_string(special));
            json_object_array_add(
                value, json_object_new_string(values[i].as.string->text));
        } else if (!nf_js_value_to(js, &values[i], &value)) {
            return nf_error_nomem(err);
        }
        json_object_array_add(array, value);
    }
    return NF_OK;
}

/* A file in place of the action's source, and how its arguments are called. */
static void add_file(json_object *json, const char *file, const nf_flow *flow)
{
    json_object *names = json_object_new_array();

    add_text(json, "file", file);
    for (size_t i = 0; i < flow->parameter_count; i++)
        json_object_array_add(names,
                              json_object_new_string(flow->parameters[i].name));
    json_object_object_add(json, "names", names);
}

static nf_status cannot_run(const nf_flow *action, const char *why,
                            nf_error *err)
{
    return nf_error_set(err, NF_FAILED, "js_unavailable",
                        "The JavaScript action \"%s\" can't run here: %s",
                        action->qualified, why);
}

/* What is missing shows before a process is started for it. */
static nf_status prepare(nf_javascript *js, const nf_flow *action,
                         const char *file, nf_error *err)
{
    bool found = file != NULL;
    nf_error own = {0};
    nf_status status =
        found ? nf_js_open_file(js, file, err)
              : nf_js_has_source(js, action->qualified, &found, err);

    if (status)
        return status == NF_NOMEM ? status : NF_FAILED;
    if (!found)
        return cannot_run(action,
                          "no host answers for it, and it has no source "
                          "beside the app",
                          err);
    status = start_process(js, &own);
    if (status && strcmp(own.code, "js_unavailable") == 0)
        return cannot_run(action, own.message, err);
    return status ? nf_error_pass(&own, err) : NF_OK;
}

static nf_status begin(nf_javascript *js, nf_js_call **out, const char *file,
                       const nf_flow *action, const nf_value *arguments,
                       nf_error *err)
{
    nf_status status = prepare(js, action, file, err);
    nf_js_call *call = status ? NULL : nf_alloc(sizeof *call);
    json_object *json;

    if (status)
        return status;
    if (!call)
        return nf_error_nomem(err);
    if (!js->calls) { /* what was rejected before is not about this one */
        nf_free(js->rejection);
        js->rejection = NULL;
    }
    call->id = ++js->last_call;
    call->action = action;
    call->started = now(js);
    call->elapsed = nf_clock_elapsed();
    call->next = js->calls;
    js->calls = *out = call;
    json = message(js, "call");
    json_object_object_add(json, "id", json_object_new_int64(call->id));
    json_object_object_add(json, "name",
                           json_object_new_string(action->qualified));
    if (file)
        add_file(json, file, action);
    status = add_arguments(js, json, action, arguments, err);
    if (status) {
        json_object_put(json);
        return status;
    }
    return transmit(js, json, err);
}

static nf_status answer(nf_javascript *js, const nf_js_call *call,
                        const nf_type *expected, nf_value *result,
                        nf_error *err)
{
    char what[NF_ERROR_NAME_SIZE];
    json_object *thrown = nf_js_part(call->settled, "thrown");
    json_object *missing = nf_js_part(call->settled, "unavailable");

    if (nf_error_is_set(&call->failure))
        return nf_error_pass(&call->failure, err);
    if (thrown)
        return nf_error_set(err, NF_FAILED, "js_exception", "%s",
                            json_object_get_string(thrown));
    if (missing)
        return cannot_run(call->action, json_object_get_string(missing), err);
    snprintf(what, sizeof what, "\"%s\"", call->action->qualified);
    return nf_js_value_from(js, nf_js_part(call->settled, "value"), expected,
                            "js_bad_result", what, result, err);
}

/* Objects that no script holds any more are given back now and then. */
static nf_status sweep(nf_javascript *js, nf_error *err)
{
    nf_status status;

    if (!js->process || js->wrappers < js->sweep_at)
        return NF_OK;
    status = transmit(js, message(js, "sweep"), err);
    js->sweep_at = js->wrappers * 2 > SWEEP_AT ? js->wrappers * 2 : SWEEP_AT;
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
        return cannot_run(action, "the host handles an event of JavaScript",
                          err);
    if (!call) {
        status = begin(js, &call, file, action, arguments, &own);
        *token = call;
    }
    if (!status && !js->pumping && !call->done && !js->reloaded)
        status = pump(js, call, &own);
    if (js->reloaded)
        status = nf_error_set(err, NF_CANCELLED, "reloaded",
                              "The page is loaded anew");
    else if (status == NF_NOMEM || status == NF_CANCELLED || !call)
        nf_error_pass(&own, err);
    else if (!call->done)
        status = NF_PENDING;
    else
        status = answer(js, call, expected, result, err);
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
        free_call(call);
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
    status = pump(js, NULL, err);
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
        status = pump(js, NULL, err);
        if (!status && nf_clock_elapsed() - begun > js->options.milliseconds)
            status = nf_error_set(err, NF_FAILED, "js_timeout",
                                  "Timers of JavaScript come to no end");
    }
    js->bounded = false;
    if (!status && until > now(js))
        clock->wait(clock->user, until - now(js));
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
    wait = js->timer - now(js);
    return wait < 0 ? 0 : wait > INT32_MAX ? INT32_MAX : (int)wait;
}

void nf_javascript_reloaded(nf_javascript *js)
{
    nf_error reason = {0};

    if (!js->reloaded)
        return;
    js->reloaded = false;
    nf_error_set(&reason, NF_CANCELLED, "reloaded", "The page is loaded anew");
    end_scripts(js, &reason);
}
