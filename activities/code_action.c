/* What calls of JavaScript and of Java actions share (activities C20, §12.1 …
 * §12.3): arguments and result are bound here; whoever runs the action answers
 * through the host's table. */
#include "activities/code_action.h"

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
        {"Microflows$EntityTypeJavaActionParameterValue", "Entity"},
        {"Microflows$MicroflowJavaActionParameterValue", "Microflow"},
        {"Microflows$ImportMappingJavaActionParameterValue", "ImportMapping"},
        {"Microflows$ExportMappingJavaActionParameterValue", "ExportMapping"},
        {"Nanoflows$NanoflowParameterValue", "Nanoflow"},
        {"Microflows$MicroflowParameterValue", "Microflow"},
        {"Microflows$ImportMappingParameterValue", "ImportMapping"},
        {"Microflows$ExportMappingParameterValue", "ExportMapping"},
        {"Microflows$CustomBlobDocumentCodeActionParameterValue",
         "CustomDocument"},
    };
    bool typed = parameter->type.kind != NF_KIND_UNKNOWN;

    /* What belongs to Java actions in its name is of Mendix before 7.21; before
     * 6.7 the mapping itself has the expression. */
    if (nf_element_is(value, "Microflows$BasicCodeActionParameterValue") ||
        nf_element_is(value, "Microflows$BasicJavaActionParameterValue") ||
        nf_element_is(value, "Microflows$JavaActionParameterMapping")) {
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

/* The value of a mapping: the two kinds of call keep it under other names. */
static const nf_element *value_of(const nf_element *mapping)
{
    const nf_element *value = nf_element_part(mapping, "ParameterValue");

    if (!value)
        value = nf_element_part(mapping, "Value");
    return !value && nf_element_string(mapping, "Argument", NULL) ? mapping
                                                                  : value;
}

bool nf_code_action_bind(nf_binder *binder, nf_host_call *bound,
                         nf_flow_kind kind, const char *qualified,
                         const nf_element *action, const char *output)
{
    size_t mappings = nf_element_count(action, "ParameterMappings");
    uint32_t *order;

    if (!nf_host_call_bind(binder, bound, kind, qualified, mappings))
        return false;
    if (!bound->flow)
        return true;
    order = (uint32_t *)(uintptr_t)bound->order;
    for (size_t i = 0; i < mappings; i++) {
        const nf_element *mapping =
            nf_element_item(action, "ParameterMappings", i);
        int index = nf_host_call_parameter(binder, bound, mapping);

        if (index < 0)
            continue;
        bind_value(binder, &bound->arguments[index],
                   &bound->flow->parameters[index], value_of(mapping));
        order[bound->order_count++] = (uint32_t)index;
    }
    nf_host_call_output(binder, bound, action, output,
                        result_type(binder, bound));
    return true;
}
