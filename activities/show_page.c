/* Show page (activities U6 … U10). The page is the host's: its parameters are
 * evaluated here, its data sources are not. */
#include "activities/activities.h"
#include "activities/pages.h"

#include <string.h>

typedef struct page_parameter {
    const char *name;
    nf_bound_expression value;
} page_parameter;

typedef struct show_page {
    const char *page;
    page_parameter *parameters;
    size_t count;
    nf_bound_variable object; /* before 9.18: the one object of the page */
    bool has_title;
    nf_bound_template title; /* before 8.12 a text without parameters */
    nf_bound_expression pages;
} show_page;

static bool bind_parameters(nf_binder *binder, show_page *bound,
                            const nf_element *settings)
{
    size_t count = nf_element_count(settings, "ParameterMappings");

    bound->parameters =
        nf_bind_alloc(binder, (count + 1) * sizeof *bound->parameters);
    if (!bound->parameters)
        return false;
    for (size_t i = 0; i < count; i++) {
        const nf_element *mapping =
            nf_element_item(settings, "ParameterMappings", i);
        const char *name = nf_element_string(mapping, "Parameter", "");
        const char *dot = strrchr(name, '.');
        page_parameter *parameter = &bound->parameters[bound->count++];

        parameter->name = dot ? dot + 1 : name;
        parameter->value = nf_bind_expression(
            binder, nf_element_string(mapping, "Argument", ""), NULL,
            parameter->name);
    }
    return true;
}

static void bind_title(nf_binder *binder, show_page *bound,
                       const nf_element *settings)
{
    const nf_element *title = nf_element_part(settings, "TitleOverride");
    const nf_element *text = nf_element_part(settings, "FormTitle");

    if (title)
        bound->title = nf_bind_template(binder, title);
    else if (text && nf_model_text(nf_bind_model(binder), text, NULL)[0])
        bound->title.texts = text;
    bound->has_title = title || bound->title.texts;
}

static nf_status bind(nf_binder *binder, const nf_element *action, void **out)
{
    const nf_element *settings = nf_element_part(action, "FormSettings");
    const char *object = nf_element_string(action, "FormObjectVariable", "");
    show_page *bound = nf_bind_alloc(binder, sizeof *bound);

    if (!bound)
        return NF_NOMEM;
    bound->page = nf_element_string(settings, "Form", "");
    bound->object.slot = -1;
    if (!nf_model_find_document(nf_bind_model(binder), "Forms$Page",
                                bound->page))
        nf_bind_missing(binder, bound->page, "There is no page \"%s\"",
                        bound->page);
    if (!bind_parameters(binder, bound, settings))
        return NF_NOMEM;
    if (!bound->count && object[0])
        bound->object = nf_bind_variable(binder, object, NF_KIND_OBJECT);
    bind_title(binder, bound, settings);
    bound->pages = nf_pages_bind(binder, action);
    *out = bound;
    return NF_OK;
}

static nf_status add_parameters(nf_call *call, const show_page *bound,
                                struct json_object *payload, nf_error *err)
{
    struct json_object *parameters = nf_payload_new();
    nf_status status = NF_OK;

    for (size_t i = 0; !status && i < bound->count; i++) {
        nf_value value;

        status =
            nf_call_evaluate(call, &bound->parameters[i].value, &value, err);
        if (!status)
            nf_payload_value(parameters, bound->parameters[i].name, &value);
        nf_value_release(&value);
    }
    if (bound->object.slot >= 0)
        nf_payload_value(parameters, bound->object.name,
                         nf_call_get(call, &bound->object));
    nf_payload_part(payload, "parameters", parameters);
    return status;
}

static nf_status add_title(nf_call *call, const show_page *bound,
                           struct json_object *payload, nf_error *err)
{
    nf_string *title;
    nf_status status;

    if (!bound->has_title)
        return NF_OK;
    status = nf_call_template(call, &bound->title, &title, err);
    if (status)
        return status;
    nf_payload_string(payload, "title", title);
    nf_string_release(title);
    return NF_OK;
}

static nf_status execute(nf_call *call, const void *data, void **state,
                         nf_error *err)
{
    const show_page *bound = data;
    struct json_object *payload = nf_payload_new();
    int64_t pages = 0;
    nf_status status;

    (void)state;
    nf_payload_text(payload, "page", bound->page);
    status = add_parameters(call, bound, payload, err);
    if (!status)
        status = add_title(call, bound, payload, err);
    if (!status)
        status = nf_pages_evaluate(call, &bound->pages, 0, &pages, err);
    if (status) {
        nf_payload_drop(payload);
        return status;
    }
    nf_payload_pages(payload, "closePages", pages);
    return nf_world_event(nf_call_world(call), "showPage", payload, err);
}

const nf_activity nf_activity_show_page = {
    .type = "Microflows$ShowFormAction",
    .caption = "Show page",
    .flags = NF_ACTIVITY_NANOFLOW | NF_ACTIVITY_MICROFLOW,
    .bind = bind,
    .execute = execute,
};
