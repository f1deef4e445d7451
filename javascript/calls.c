/* See internal.h: calls of actions, from their arguments to their results. */
#include "javascript/internal.h"
#include "javascript/needs.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

void nf_js_call_free(nf_js_call *call)
{
    json_object_put(call->settled);
    nf_free(call);
}

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

    nf_js_add_text(json, "file", file);
    for (size_t i = 0; i < flow->parameter_count; i++)
        json_object_array_add(names,
                              json_object_new_string(flow->parameters[i].name));
    json_object_object_add(json, "names", names);
}

/* What is said behind the engine's words. */
static const char *hint(const char *text)
{
    return nf_js_misses_device(text)
               ? " (a page or a device has that; here a function of the host "
                 "or a mock can answer for the action)"
               : "";
}

nf_status nf_js_cannot_run(const nf_flow *action, const char *why,
                           nf_error *err)
{
    return nf_error_set(err, NF_FAILED, "js_unavailable",
                        "The JavaScript action \"%s\" can't run here: %s%s",
                        action->qualified, why, hint(why));
}

/* An action that was made for another platform runs (activities J7); that is
 * told the first time. */
static nf_status look_at_platform(nf_javascript *js, const nf_flow *action,
                                  nf_error *err)
{
    const nf_document *document;
    const nf_element *element;
    const char *platform;
    nf_error own = {0};
    char text[512];

    if (!js->seen)
        js->seen = nf_map_new();
    if (!js->seen)
        return nf_error_nomem(err);
    if (nf_map_get(js->seen, action->qualified))
        return NF_OK;
    if (!nf_map_set(js->seen, action->qualified, js))
        return nf_error_nomem(err);
    document = nf_model_find_document(js->world->environment.model,
                                      "JavaScriptActions$JavaScriptAction",
                                      action->qualified);
    element = document ? nf_document_element(document, &own) : NULL;
    platform = element ? nf_element_string(element, "Platform", "All") : "All";
    if (own.status == NF_NOMEM)
        return nf_error_pass(&own, err);
    if (strcmp(platform, "All") == 0 ||
        strcasecmp(platform, js->options.platform) == 0)
        return NF_OK;
    snprintf(text, sizeof text,
             "The JavaScript action \"%.200s\" is for the platform %.20s only, "
             "and runs in a profile for %s",
             action->qualified, platform,
             strcmp(js->options.platform, "native") == 0 ? "phones" : "pages");
    nf_js_warn(js, text);
    return NF_OK;
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
        return nf_js_cannot_run(action,
                                "no host answers for it, and it has no source "
                                "beside the app",
                                err);
    status = file ? NF_OK : look_at_platform(js, action, err);
    if (status)
        return status;
    status = nf_js_start(js, &own);
    if (status && strcmp(own.code, "js_unavailable") == 0)
        return nf_js_cannot_run(action, own.message, err);
    return status ? nf_error_pass(&own, err) : NF_OK;
}

nf_status nf_js_call_begin(nf_javascript *js, nf_js_call **out,
                           const char *file, const nf_flow *action,
                           const nf_value *arguments, nf_error *err)
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
    call->started = nf_js_now(js);
    call->elapsed = nf_clock_elapsed();
    call->next = js->calls;
    js->calls = *out = call;
    json = nf_js_message(js, "call");
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
    return nf_js_transmit(js, json, err);
}

nf_status nf_js_thrown(const char *text, nf_error *err)
{
    return nf_error_set(err, NF_FAILED, "js_exception", "%s%s", text,
                        hint(text));
}

nf_status nf_js_call_result(nf_javascript *js, const nf_js_call *call,
                            const nf_type *expected, nf_value *result,
                            nf_error *err)
{
    char what[NF_ERROR_NAME_SIZE];
    json_object *thrown = nf_js_part(call->settled, "thrown");
    json_object *missing = nf_js_part(call->settled, "unavailable");

    if (nf_error_is_set(&call->failure))
        return nf_error_pass(&call->failure, err);
    if (thrown)
        return nf_js_thrown(json_object_get_string(thrown), err);
    if (missing)
        return nf_js_cannot_run(call->action, json_object_get_string(missing),
                                err);
    snprintf(what, sizeof what, "\"%s\"", call->action->qualified);
    return nf_js_value_from(js, nf_js_part(call->settled, "value"), expected,
                            "js_bad_result", what, result, err);
}
