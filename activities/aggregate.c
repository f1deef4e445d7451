/* Aggregate list (activities §7.5): always over the members of the list in
 * memory, with their current values (L21). */
#include "activities/activities.h"
#include "activities/support.h"

#include "interpreter/operators.h"

#include <string.h>

typedef enum aggregate_function {
    AGGREGATE_COUNT,
    AGGREGATE_SUM,
    AGGREGATE_AVERAGE,
    AGGREGATE_MINIMUM,
    AGGREGATE_MAXIMUM,
    AGGREGATE_ALL,
    AGGREGATE_ANY,
    AGGREGATE_REDUCE,
    AGGREGATE_FUNCTIONS
} aggregate_function;

static const char *const names[AGGREGATE_FUNCTIONS] = {
    "Count", "Sum", "Average", "Minimum", "Maximum", "All", "Any", "Reduce"};

typedef struct aggregate {
    aggregate_function function;
    nf_bound_variable input, output, current, result;
    const nf_member *member; /* or the expression */
    nf_bound_expression expression, initial;
} aggregate;

/* ---- bind ---------------------------------------------------------------- */

static nf_type bind_reduce(nf_binder *binder, aggregate *bound,
                           const nf_element *action, const char *text,
                           const nf_type *object)
{
    nf_type type = nf_model_data_type(
        nf_bind_model(binder), nf_element_part(action, "ReduceReturnDataType"));

    bound->initial = nf_bind_expression(
        binder, nf_element_string(action, "ReduceInitialValueExpression", ""),
        &type, "Initial value");
    bound->current = nf_bind_push(binder, "currentObject", *object);
    bound->result = nf_bind_push(binder, "currentResult", type);
    bound->expression = nf_bind_expression(binder, text, &type, "Expression");
    nf_bind_pop(binder);
    nf_bind_pop(binder);
    return type;
}

static nf_type bind_value(nf_binder *binder, aggregate *bound,
                          const nf_element *action)
{
    const char *attribute = nf_element_string(action, "Attribute", "");
    const char *text = nf_element_string(action, "Expression", "");
    const nf_entity *entity = bound->input.type.entity;
    nf_type object = {.kind = NF_KIND_OBJECT, .entity = entity};

    if (bound->function == AGGREGATE_REDUCE)
        return bind_reduce(binder, bound, action, text, &object);
    if (nf_element_bool(action, "UseExpression", false) ||
        bound->function >= AGGREGATE_ALL) {
        bound->current = nf_bind_push(binder, "currentObject", object);
        bound->expression =
            nf_bind_expression(binder, text, NULL, "Expression");
        nf_bind_pop(binder);
        return bound->expression.type;
    }
    bound->member = entity ? nf_entity_find_member(entity, attribute) : NULL;
    if (!bound->member || !bound->member->attribute) {
        if (entity)
            nf_bind_missing(binder, attribute,
                            "The entity \"%s\" has no attribute \"%s\"",
                            entity->qualified, attribute);
        return (nf_type){.kind = NF_KIND_UNKNOWN};
    }
    return bound->member->type;
}

static nf_type result_type(nf_binder *binder, const aggregate *bound,
                           nf_type value)
{
    bool number =
        value.kind == NF_KIND_INTEGER || value.kind == NF_KIND_DECIMAL;

    if (value.kind == NF_KIND_UNKNOWN)
        return value;
    switch (bound->function) {
    case AGGREGATE_SUM:
    case AGGREGATE_AVERAGE:
        if (!number)
            nf_bind_error(binder, "type_mismatch", "",
                          "Only numbers have a sum or an average");
        if (bound->function == AGGREGATE_AVERAGE)
            value.kind = NF_KIND_DECIMAL;
        return value;
    case AGGREGATE_MINIMUM:
    case AGGREGATE_MAXIMUM:
        if (!number && value.kind != NF_KIND_DATETIME)
            nf_bind_error(binder, "type_mismatch", "",
                          "Only numbers and dates have a minimum or a maximum");
        return value;
    case AGGREGATE_ALL:
    case AGGREGATE_ANY:
        if (value.kind != NF_KIND_BOOLEAN && value.kind != NF_KIND_EMPTY)
            nf_bind_error(binder, "type_mismatch", "",
                          "The expression must give a Boolean");
        return (nf_type){.kind = NF_KIND_BOOLEAN};
    default:
        return value;
    }
}

static nf_status bind(nf_binder *binder, const nf_element *action, void **out)
{
    const char *name = nf_element_string(action, "AggregateFunction", "Count");
    aggregate *bound = nf_bind_alloc(binder, sizeof *bound);
    nf_type type = {.kind = NF_KIND_INTEGER};

    if (!bound)
        return NF_NOMEM;
    bound->current.slot = bound->result.slot = -1;
    while (bound->function < AGGREGATE_FUNCTIONS &&
           strcmp(names[bound->function], name) != 0)
        bound->function++;
    if (bound->function == AGGREGATE_FUNCTIONS) {
        nf_bind_unsupported(binder, "The aggregate \"%s\" is not supported",
                            name);
        return NF_OK;
    }
    bound->input = nf_bind_variable(
        binder, nf_element_string(action, "AggregateVariableName", ""),
        NF_KIND_LIST);
    if (bound->function != AGGREGATE_COUNT)
        type = result_type(binder, bound, bind_value(binder, bound, action));
    bound->output = nf_bind_output(
        binder, nf_element_string(action, "VariableName", ""), type);
    *out = bound;
    return NF_OK;
}

/* ---- execute ------------------------------------------------------------- */

static nf_status value_of(nf_call *call, const aggregate *bound,
                          nf_object *item, nf_value *out, nf_error *err)
{
    nf_value object = nf_object_take(item); /* borrowed */

    if (bound->member)
        return nf_operator_member(nf_call_evaluator(call), out, &object,
                                  bound->member, bound->member->name, err);
    nf_call_set(call, &bound->current, nf_object_take(nf_object_retain(item)));
    return nf_call_evaluate(call, &bound->expression, out, err);
}

/* Takes one value into the result; *done ends it early (L19). */
static nf_status take(nf_call *call, const aggregate *bound, nf_value *result,
                      nf_value *value, bool *done, nf_error *err)
{
    nf_value sum;
    nf_status status;
    bool truth;
    int order;

    switch (bound->function) {
    case AGGREGATE_SUM:
    case AGGREGATE_AVERAGE:
        status =
            nf_operator_add(nf_call_evaluator(call), &sum, result, value, err);
        if (status)
            return status;
        nf_value_release(result);
        *result = sum;
        return NF_OK;
    case AGGREGATE_MINIMUM:
    case AGGREGATE_MAXIMUM:
        order = result->kind == NF_KIND_EMPTY
                    ? 0
                    : nf_operator_order(value, result);
        if (result->kind == NF_KIND_EMPTY ||
            (bound->function == AGGREGATE_MINIMUM ? order < 0 : order > 0))
            nf_value_assign(result, value);
        return NF_OK;
    case AGGREGATE_ALL:
    case AGGREGATE_ANY:
        truth = value->kind == NF_KIND_BOOLEAN && value->as.boolean;
        if (truth == (bound->function == AGGREGATE_ANY)) {
            *result = nf_boolean(truth);
            *done = true;
        }
        return NF_OK;
    default: /* REDUCE */
        nf_value_assign(result, value);
        return NF_OK;
    }
}

static nf_status first_result(nf_call *call, const aggregate *bound,
                              nf_value *result, nf_error *err)
{
    *result = nf_empty();
    switch (bound->function) {
    case AGGREGATE_SUM:
    case AGGREGATE_AVERAGE:
        *result = nf_integer(0);
        return NF_OK;
    case AGGREGATE_ALL:
    case AGGREGATE_ANY:
        *result = nf_boolean(bound->function == AGGREGATE_ALL);
        return NF_OK;
    case AGGREGATE_REDUCE:
        return nf_call_evaluate(call, &bound->initial, result, err);
    default:
        return NF_OK;
    }
}

static nf_status average(nf_call *call, nf_value *result, size_t count,
                         nf_error *err)
{
    nf_value number = nf_integer((int64_t)count), quotient;
    nf_status status;

    if (!count) {
        nf_value_release(result);
        return NF_OK;
    }
    status = nf_operator_divide(nf_call_evaluator(call), &quotient, result,
                                &number, err);
    nf_value_release(result);
    *result = quotient;
    return status;
}

static nf_status run(nf_call *call, const aggregate *bound,
                     nf_object *const *items, size_t count, nf_value *result,
                     nf_error *err)
{
    bool skips = bound->function >= AGGREGATE_SUM &&
                 bound->function <= AGGREGATE_MAXIMUM;
    nf_status status = first_result(call, bound, result, err);
    size_t used = 0;
    bool done = false;

    for (size_t i = 0; !status && !done && i < count; i++) {
        nf_value value = nf_empty();

        if (bound->function == AGGREGATE_REDUCE)
            nf_call_set(call, &bound->result, nf_value_copy(result));
        status = value_of(call, bound, items[i], &value, err);
        if (!status && (!skips || value.kind != NF_KIND_EMPTY)) {
            used++;
            status = take(call, bound, result, &value, &done, err);
        }
        nf_value_release(&value);
    }
    nf_call_set(call, &bound->current, nf_empty());
    nf_call_set(call, &bound->result, nf_empty());
    if (!status && bound->function == AGGREGATE_AVERAGE)
        status = average(call, result, used, err);
    return status;
}

static nf_status execute(nf_call *call, const void *data, void **state,
                         nf_error *err)
{
    const aggregate *bound = data;
    const nf_value *input;
    nf_value list, result = nf_empty();
    nf_object *const *items;
    size_t count;
    nf_status status = nf_call_require(call, &bound->input, &input, err);

    (void)state;
    if (status)
        return status;
    list = nf_value_copy(input);
    count = nf_call_objects(&list, &items);
    if (bound->function == AGGREGATE_COUNT)
        result = nf_integer((int64_t)count);
    else
        status = run(call, bound, items, count, &result, err);
    if (status)
        nf_value_release(&result);
    else
        nf_call_set(call, &bound->output, result);
    nf_value_release(&list);
    return status;
}

const nf_activity nf_activity_aggregate = {
    .type = "Microflows$AggregateAction",
    .caption = "Aggregate list",
    .flags = NF_ACTIVITY_NANOFLOW | NF_ACTIVITY_MICROFLOW,
    .bind = bind,
    .execute = execute,
};
