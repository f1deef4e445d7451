/* See internal.h: messages to the process of the scripts, its start and its
 * end. */
#include "javascript/flows.h"
#include "javascript/internal.h"

#include <string.h>

int64_t nf_js_now(const nf_javascript *js)
{
    const nf_clock *clock = &js->world->environment.clock;

    return clock->now(clock->user);
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
void nf_js_end_scripts(nf_javascript *js, const nf_error *why)
{
    nf_js_process_end(js->process);
    js->process = NULL;
    js->has_timer = false;
    js->wrappers = 0;
    js->sweep_at = NF_JS_SWEEP_AT;
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

/* ---- messages ------------------------------------------------------------ */

json_object *nf_js_message(const nf_javascript *js, const char *what)
{
    json_object *json = json_object_new_object();

    if (!json)
        return NULL;
    json_object_object_add(json, "what", json_object_new_string(what));
    json_object_object_add(json, "now", json_object_new_int64(nf_js_now(js)));
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
nf_status nf_js_transmit(nf_javascript *js, json_object *json, nf_error *err)
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
        nf_js_end_scripts(js, &own);
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

void nf_js_add_text(json_object *to, const char *key, const char *text)
{
    json_object_object_add(to, key, text ? json_object_new_string(text) : NULL);
}

static json_object *introduction(nf_javascript *js)
{
    const nf_javascript_options *o = &js->options;
    json_object *json = nf_js_message(js, "start");
    json_object *session = json_object_new_object();
    uint32_t seed = 0;

    if (o->seeded)
        nf_random_bytes(&js->world->random, &seed, sizeof seed);
    nf_js_add_text(session, "user", o->user);
    json_object_object_add(session, "userId",
                           nf_js_id(js->world->environment.user_id));
    json_object_object_add(session, "roles", roles(o));
    nf_js_add_text(session, "language", o->language);
    nf_js_add_text(session, "timeZone", o->time_zone);
    nf_js_add_text(session, "server", o->server);
    nf_js_add_text(session, "platform", o->platform);
    json_object_object_add(session, "online",
                           json_object_new_boolean(o->online));
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

nf_status nf_js_start(nf_javascript *js, nf_error *err)
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
    return status ? status : nf_js_transmit(js, introduction(js), err);
}
