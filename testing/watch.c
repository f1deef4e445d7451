/* Between a session and its host: what flows call and what a user would see,
 * for mocks and assertions (E42, E43). */
#include "testing/case.h"

#include <json-c/json.h>
#include <string.h>

/* ---- calls --------------------------------------------------------------- */

const char *test_value_text(nf_arena *arena, const nf_value *value)
{
    if (value->kind == NF_KIND_OBJECT)
        return nf_arena_format(arena, "%s %lld",
                               value->as.object->entity->qualified,
                               (long long)value->as.object->id);
    if (value->kind == NF_KIND_EMPTY)
        return "empty";
    char *text = nf_value_print(value);
    const char *quote = value->kind == NF_KIND_STRING ? "'" : "";
    const char *copy =
        text ? nf_arena_format(arena, "%s%s%s", quote, text, quote) : NULL;
    nf_free(text);
    return copy;
}

/* Lost when out of memory: then the assertion over it fails. */
static void record(test_run *run, const char *name,
                   const nf_parameter *parameters, const nf_value *arguments,
                   size_t count)
{
    if (!run->records)
        return;
    test_called *calls = nf_grow(run->calls, run->call_count,
                                 &run->call_capacity, sizeof *calls);
    test_argument *all = nf_arena_array(run->arena, count + 1, sizeof *all);
    const char *copy = nf_arena_strdup(run->arena, name);
    if (calls)
        run->calls = calls;
    if (!calls || !all || !copy)
        return;
    for (size_t i = 0; i < count; i++) {
        all[i].name = nf_arena_strdup(run->arena, parameters[i].name);
        all[i].value = test_value_text(run->arena, &arguments[i]);
        if (!all[i].name || !all[i].value)
            return;
    }
    calls[run->call_count++] = (test_called){copy, all, count};
}

/* E41, `@unmocked stub`: nothing, of the right type. */
static nf_status stub(nf_value *result, const nf_flow *flow)
{
    if (flow->result.kind == NF_KIND_BOOLEAN)
        *result = nf_boolean(false);
    return NF_OK;
}

static nf_status on_call(void *user, nf_flow_kind kind, const char *qualified,
                         const nf_parameter *parameters,
                         const nf_value *arguments, size_t count, void **token,
                         nf_value *result, nf_error *err)
{
    nf_session *session = user;
    test_device *d = session->host;
    const nf_flow *flow = NULL;
    if (!*token)
        record(d->run, qualified, parameters, arguments, count);
    nf_status status = nf_session_answer(user, kind, qualified, parameters,
                                         arguments, count, token, result, err);
    if (status != NF_USAGE || d->run->unmocked != TEST_STUB)
        return status;
    nf_error_clear(err);
    status = nf_model_flow(&flow, session->model, kind, qualified, err);
    return status == NF_OK ? stub(result, flow) : status;
}

static nf_status on_flow(void *user, const nf_flow *flow,
                         const nf_value *arguments, nf_value *result,
                         nf_error *err)
{
    nf_session *session = user;
    test_device *d = session->host;
    record(d->run, flow->qualified, flow->parameters, arguments,
           flow->parameter_count);
    return nf_session_intercept(user, flow, arguments, result, err);
}

/* ---- events -------------------------------------------------------------- */

const char *test_payload(struct json_object *payload, const char *key)
{
    json_object *value = NULL;
    if (!json_object_object_get_ex(payload, key, &value) || !value)
        return "";
    return json_object_get_string(value);
}

/* Each phase of the last synchronization once, in order. */
static void add_phase(test_device *d, const char *phase)
{
    const char *known = nf_buffer_string(&d->phases);
    size_t length = strlen(phase), end = d->phases.length;
    if (known && end >= length && strcmp(known + end - length, phase) == 0 &&
        (end == length || known[end - length - 1] == ' '))
        return;
    nf_buffer_format(&d->phases, "%s%s", end ? " " : "", phase);
}

static nf_status on_event(void *user, const char *name,
                          struct json_object *payload, nf_error *err)
{
    nf_session *session = user;
    test_device *d = session->host;
    nf_status status = NF_USAGE;
    if (strcmp(name, "syncStarted") == 0)
        nf_buffer_clear(&d->phases);
    else if (strcmp(name, "syncProgress") == 0)
        add_phase(d, test_payload(payload, "phase"));
    else if (strcmp(name, "showPage") == 0)
        status =
            nf_session_show(session, true, test_payload(payload, "page"), err);
    else if (strcmp(name, "showMessage") == 0)
        status =
            nf_session_show(session, false, test_payload(payload, "text"), err);
    nf_status told = d->forward(user, name, payload, err);
    return status == NF_USAGE ? told : status;
}

nf_status test_watch(test_device *d, nf_error *err)
{
    nf_host *host = &d->session->world.host;
    (void)err;
    d->forward = host->event;
    host->deaf = false; /* of the phases of synchronizations */
    host->event = on_event;
    host->call = on_call;
    host->intercept = on_flow;
    return NF_OK;
}
