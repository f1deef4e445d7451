/* What an entity says of others that `check` can judge by itself: microflows of
 * event handlers and calculated attributes, regular expressions of rules,
 * default values (domain D17, D18, D55, D60; activities M17). Only at an event
 * or a commit would they be missed. */
#include "analysis/check.h"
#include "base/memory.h"
#include "objects/object.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- microflows ------------------------------------------------------------
 */

/* One that an entity names: `element` of it, and what it may be given. */
typedef struct use {
    nf_check *check;
    const nf_entity *entity;
    char element[160];
    const char *microflow;
    bool pass_object;
} use;

static void fault(const use *u, const char *code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void fault(const use *u, const char *code, const char *format, ...)
{
    char message[1024];
    va_list args;

    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    nf_check_add(u->check, NF_SEVERITY_ERROR, code, u->entity->qualified,
                 u->element, -1, message);
}

static bool takes(const nf_parameter *parameter, const nf_entity *entity)
{
    return parameter->type.kind == NF_KIND_UNKNOWN ||
           (parameter->type.kind == NF_KIND_OBJECT &&
            (!parameter->type.entity ||
             nf_entity_is(entity, parameter->type.entity)));
}

static void check_parameters(const use *u, const nf_flow *flow)
{
    size_t given = u->pass_object && flow->parameter_count > 0 ? 1 : 0;

    if (given && !takes(&flow->parameters[0], u->entity))
        fault(u, "type_mismatch",
              "The parameter of \"%s\" does not take objects of \"%s\"",
              u->microflow, u->entity->qualified);
    for (size_t i = given; i < flow->parameter_count; i++)
        if (flow->parameters[i].required)
            fault(u, "missing_argument",
                  "\"%s\" has a parameter \"%s\" that nothing is given for",
                  u->microflow, flow->parameters[i].name);
}

/* NULL: it was told why. */
static const nf_flow *find_flow(const use *u)
{
    const nf_flow *flow = NULL;
    nf_error err = {.position = -1};
    nf_status status;

    if (!u->microflow[0]) {
        fault(u, "not_found", "No microflow is chosen");
        return NULL;
    }
    status = nf_model_flow(&flow, u->check->model, NF_FLOW_MICROFLOW,
                           u->microflow, &err);
    if (status == NF_NOMEM)
        u->check->failed = true;
    else if (status != NF_OK)
        nf_check_add(u->check, NF_SEVERITY_ERROR, err.code,
                     u->entity->qualified, u->element, -1, err.message);
    return status == NF_OK ? flow : NULL;
}

static void check_handler(nf_check *check, const nf_entity *entity,
                          const nf_event_handler *handler)
{
    bool creates = strcmp(handler->event, "Create") == 0;
    use u = {.check = check,
             .entity = entity,
             .microflow = handler->microflow,
             .pass_object =
                 handler->pass_object && !(handler->before && creates)};
    const nf_flow *flow;

    snprintf(u.element, sizeof u.element, "%s %.100s",
             handler->before ? "before" : "after", handler->event);
    flow = find_flow(&u);
    if (!flow)
        return;
    check_parameters(&u, flow);
    if (handler->before && flow->result.kind != NF_KIND_BOOLEAN)
        fault(&u, "type_mismatch",
              "\"%s\" must answer with a Boolean, whether to go on",
              u.microflow);
}

/* Whole numbers serve for Decimals. */
static bool fits(const nf_type *result, const nf_attribute *attribute)
{
    nf_kind kind = nf_attribute_kind(attribute);

    return result->kind == kind || result->kind == NF_KIND_UNKNOWN ||
           (kind == NF_KIND_DECIMAL && result->kind == NF_KIND_INTEGER);
}

static void check_calculated(nf_check *check, const nf_entity *entity,
                             const nf_attribute *attribute)
{
    use u = {.check = check,
             .entity = entity,
             .microflow = attribute->calculated_microflow,
             .pass_object = attribute->calculated_pass_entity};
    const nf_flow *flow;

    snprintf(u.element, sizeof u.element, "%.150s", attribute->name);
    flow = find_flow(&u);
    if (!flow)
        return;
    check_parameters(&u, flow);
    if (!fits(&flow->result, attribute))
        fault(&u, "type_mismatch",
              "\"%s\" answers with a value that \"%s\" can't have", u.microflow,
              attribute->name);
}

/* ---- default values (D17) --------------------------------------------------
 */

static bool is_default(const nf_attribute *attribute, const nf_value *value)
{
    const char *text = attribute->default_value;

    switch (attribute->type) {
    case NF_ATTRIBUTE_BOOLEAN:
        return strcmp(text, "true") == 0 || strcmp(text, "false") == 0;
    case NF_ATTRIBUTE_ENUMERATION:
        return !attribute->enumeration ||
               nf_enumeration_find(attribute->enumeration, text);
    case NF_ATTRIBUTE_INTEGER:
        return value->kind == NF_KIND_INTEGER &&
               value->as.integer >= INT32_MIN && value->as.integer <= INT32_MAX;
    default:
        return value->kind != NF_KIND_EMPTY;
    }
}

static void check_default(nf_check *check, const nf_entity *entity,
                          const nf_attribute *attribute, const nf_value *value)
{
    const char *text = attribute->default_value;

    if (text && text[0] && !is_default(attribute, value))
        nf_check_addf(check, NF_SEVERITY_WARNING, "default_value",
                      entity->qualified, attribute->name,
                      "The default value \"%.100s\" does not fit the type of "
                      "\"%s\"",
                      text, attribute->name);
}

static void check_attributes(nf_check *check, const nf_entity *entity)
{
    nf_value *values = nf_alloc_array(entity->member_count + 1, sizeof *values);

    if (!values || nf_entity_defaults(values, entity, 0, NULL) != NF_OK)
        check->failed = true;
    for (size_t i = entity->own_member_start;
         !check->failed && i < entity->member_count; i++) {
        const nf_attribute *attribute = entity->members[i].attribute;

        if (!attribute || attribute->system)
            continue;
        if (attribute->calculated)
            check_calculated(check, entity, attribute);
        else
            check_default(check, entity, attribute, &values[i]);
    }
    nf_members_free(values, entity->member_count);
}

/* ---- rules (D55) -----------------------------------------------------------
 */

static void check_pattern(nf_check *check, const nf_entity *entity,
                          const nf_validation_rule *rule)
{
    const char *name = nf_element_string(rule->info, "RegExIdentifier", "");

    if (rule->kind == NF_RULE_REGEX &&
        !nf_model_find_document(check->model,
                                "RegularExpressions$RegularExpression", name))
        nf_check_addf(check, NF_SEVERITY_ERROR, "not_found", entity->qualified,
                      rule->member ? rule->member->name : "",
                      "There is no regular expression \"%s\": the validation "
                      "rule lets everything pass",
                      name);
}

void nf_check_entity(nf_check *check, const nf_entity *entity)
{
    check->place = &entity->id;
    for (size_t i = 0; i < entity->event_handler_count; i++)
        check_handler(check, entity, &entity->event_handlers[i]);
    for (size_t i = 0; i < entity->validation_rule_count; i++)
        check_pattern(check, entity, &entity->validation_rules[i]);
    check_attributes(check, entity);
    check->place = NULL;
}
