/* Call JavaScript action (activities §12.1 … §12.3): arguments and result are
 * bound here; whoever runs the action answers through the host's table. */
#include "activities/activities.h"
#include "activities/host_call.h"

#include <string.h>

static void bind_template_value(nf_binder *binder, nf_host_argument *argument,
                                const nf_element *value)
{
    const nf_element *text = nf_element_part(value, "TypedTemplate");

    if (!text)
        text = nf_element_part(value, "Template");
    argument->is_template = true;
    argument->text_template = nf_bind_template(binder, text);
}

static void bind_value(nf_binder *binder, nf_host_argument *argument,
                       const nf_parameter *parameter, const nf_element *value)
{
    static const struct {
        const char *type, *property;
    } named[] = {
        {"Microflows$EntityTypeCodeActionParameterValue", "Entity"},
        {"Nanoflows$NanoflowParameterValue", "Nanoflow"},
        {"Microflows$MicroflowParameterValue", "Microflow"},
    };
    bool typed = parameter->type.kind != NF_KIND_UNKNOWN;

    if (nf_element_is(value, "Microflows$BasicCodeActionParameterValue")) {
        argument->expression = nf_bind_expression(
            binder, nf_element_string(value, "Argument", ""),
            typed ? &parameter->type : NULL, parameter->name);
        return;
    }
    if (nf_element_is(value, "Microflows$StringTemplateParameterValue")) {
        bind_template_value(binder, argument, value);
        return;
    }
    for (size_t i = 0; i < sizeof named / sizeof *named; i++) {
        if (nf_element_is(value, named[i].type)) {
            const char *text = nf_element_string(value, named[i].property, "");

            argument->text = text[0] ? text : NULL;
            return;
        }
    }
    if (value)
        nf_bind_unsupported(binder,
                            "The parameter value \"%s\" is not "
                            "supported",
                            value->type);
}

/* A result of a type parameter is of the entity that the call chooses. */
static nf_type result_type(nf_binder *binder, const nf_host_call *bound)
{
    nf_type type = bound->flow->result;

    if ((type.kind != NF_KIND_OBJECT && type.kind != NF_KIND_LIST) ||
        type.entity)
        return type;
    for (size_t i = 0; i < bound->flow->parameter_count && !type.entity; i++)
        if (strcmp(bound->flow->parameters[i].special, "entity") == 0 &&
            bound->arguments[i].text)
            type.entity = nf_model_find_entity(nf_bind_model(binder),
                                               bound->arguments[i].text);
    for (size_t i = 0; i < bound->flow->parameter_count && !type.entity; i++) {
        const nf_parameter *parameter = &bound->flow->parameters[i];

        if ((parameter->type.kind == NF_KIND_OBJECT ||
             parameter->type.kind == NF_KIND_LIST) &&
            !parameter->type.entity)
            type.entity = bound->arguments[i].expression.type.entity;
    }
    return type;
}

static nf_status bind(nf_binder *binder, const nf_element *action, void **out)
{
    size_t mappings = nf_element_count(action, "ParameterMappings");
    nf_host_call *bound = nf_bind_alloc(binder, sizeof *bound);
    uint32_t *order;

    if (!bound ||
        !nf_host_call_bind(binder, bound, NF_FLOW_JAVASCRIPT_ACTION,
                           nf_element_string(action, "JavaScriptAction", ""),
                           mappings))
        return NF_NOMEM;
    bound->unanswered = "js_unavailable";
    bound->bad_result = "js_bad_result";
    *out = bound;
    if (!bound->flow)
        return NF_OK;
    order = (uint32_t *)(uintptr_t)bound->order;
    for (size_t i = 0; i < mappings; i++) {
        const nf_element *mapping =
            nf_element_item(action, "ParameterMappings", i);
        int index = nf_host_call_parameter(binder, bound, mapping);

        if (index < 0)
            continue;
        bind_value(binder, &bound->arguments[index],
                   &bound->flow->parameters[index],
                   nf_element_part(mapping, "ParameterValue"));
        order[bound->order_count++] = (uint32_t)index;
    }
    nf_host_call_output(binder, bound, action, "OutputVariableName",
                        result_type(binder, bound));
    return NF_OK;
}

static nf_status execute(nf_call *call, const void *data, void **state,
                         nf_error *err)
{
    return nf_host_call_execute(call, data, NULL, state, err);
}

const nf_activity nf_activity_call_javascript = {
    .type = "Microflows$JavaScriptActionCallAction",
    .caption = "Call JavaScript action",
    .flags = NF_ACTIVITY_NANOFLOW,
    .bind = bind,
    .execute = execute,
    .cancel = nf_host_call_cancel,
};
