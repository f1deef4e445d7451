/* List operations (activities §7.3): the result is always new (L1), elements
 * are the same if they are the same object (L2), an empty variable counts as
 * an empty list. */
#include "activities/activities.h"
#include "activities/list_sort.h"
#include "activities/support.h"

#include "base/map.h"
#include "interpreter/operators.h"

#include <string.h>

typedef enum operation_kind {
    OPERATION_UNION,
    OPERATION_INTERSECT,
    OPERATION_SUBTRACT,
    OPERATION_CONTAINS,
    OPERATION_EQUALS,
    OPERATION_HEAD,
    OPERATION_TAIL,
    OPERATION_SORT,
    OPERATION_FIND,
    OPERATION_FILTER,
    OPERATION_FIND_EXPRESSION,
    OPERATION_FILTER_EXPRESSION,
    OPERATION_RANGE,
    OPERATION_COUNT
} operation_kind;

static const char *const types[OPERATION_COUNT] = {
    "Microflows$Union",
    "Microflows$Intersect",
    "Microflows$Subtract",
    "Microflows$Contains",
    "Microflows$ListEquals",
    "Microflows$Head",
    "Microflows$Tail",
    "Microflows$Sort",
    "Microflows$Find",
    "Microflows$Filter",
    "Microflows$FindByExpression",
    "Microflows$FilterByExpression",
    "Microflows$ListRange",
};

typedef struct list_operation {
    operation_kind kind;
    nf_bound_variable input, second, output, current;
    const nf_member *member;
    nf_bound_expression expression;
    nf_bound_range range;
    nf_sort_key *keys;
    size_t key_count;
} list_operation;

/* ---- bind ---------------------------------------------------------------- */

static void bind_second(nf_binder *binder, list_operation *bound,
                        const nf_element *operation)
{
    bound->second = nf_bind_objects(
        binder, nf_element_string(operation, "SecondListOrObjectName", ""));
}

static void bind_member(nf_binder *binder, list_operation *bound,
                        const nf_element *operation)
{
    const nf_entity *entity = bound->input.type.entity;
    const char *name = nf_element_string(operation, "Attribute", "");
    nf_type type;

    if (!name[0])
        name = nf_element_string(operation, "Association", "");
    bound->member = entity ? nf_entity_find_member(entity, name) : NULL;
    if (!bound->member) {
        if (entity)
            nf_bind_missing(binder, name,
                            "The entity \"%s\" has no member \"%s\"",
                            entity->qualified, name);
        return;
    }
    type = bound->member->type;
    if (type.kind == NF_KIND_LIST)
        type.kind = NF_KIND_OBJECT; /* a set contains the object (L4) */
    if (type.kind == NF_KIND_BOOLEAN)
        bound->expression = nf_bind_expression(
            binder, nf_element_string(operation, "Expression", ""), NULL,
            "Value");
    else
        bound->expression = nf_bind_expression(
            binder, nf_element_string(operation, "Expression", ""), &type,
            "Value");
}

static void bind_expression(nf_binder *binder, list_operation *bound,
                            const nf_element *operation)
{
    const nf_type *type = &bound->expression.type;

    bound->current = nf_bind_push(
        binder, "currentObject",
        (nf_type){.kind = NF_KIND_OBJECT, .entity = bound->input.type.entity});
    bound->expression = nf_bind_expression(
        binder, nf_element_string(operation, "Expression", ""), NULL,
        "Expression");
    nf_bind_pop(binder);
    if (bound->expression.present && type->kind != NF_KIND_BOOLEAN &&
        type->kind != NF_KIND_EMPTY && type->kind != NF_KIND_UNKNOWN)
        nf_bind_error(binder, "type_mismatch", "",
                      "The expression must give a Boolean");
}

static bool bind_keys(nf_binder *binder, list_operation *bound,
                      const nf_element *operation)
{
    const nf_element *list = nf_element_part(operation, "Sortings");
    const nf_entity *entity = bound->input.type.entity;
    size_t count = nf_element_count(list, "Sortings");

    bound->keys = nf_bind_alloc(binder, (count + 1) * sizeof *bound->keys);
    if (!bound->keys)
        return false;
    for (size_t i = 0; entity && i < count; i++) {
        const nf_element *item = nf_element_item(list, "Sortings", i);
        const nf_element *reference = nf_element_part(item, "AttributeRef");
        const char *name =
            reference ? nf_element_string(reference, "Attribute", "")
                      : nf_element_string(item, "AttributePath", ""); /* 7.11 */
        const nf_member *member = nf_entity_find_member(entity, name);

        if (!member || !member->attribute) {
            nf_bind_missing(binder, name,
                            "The entity \"%s\" has no attribute \"%s\" to "
                            "sort by",
                            entity->qualified, name);
            continue;
        }
        bound->keys[bound->key_count++] = (nf_sort_key){
            member, strcmp(nf_element_string(item, "SortOrder", "Ascending"),
                           "Descending") == 0};
    }
    return true;
}

static bool bind_operands(nf_binder *binder, list_operation *bound,
                          const nf_element *operation)
{
    switch (bound->kind) {
    case OPERATION_UNION:
    case OPERATION_INTERSECT:
    case OPERATION_SUBTRACT:
    case OPERATION_CONTAINS:
    case OPERATION_EQUALS:
        bind_second(binder, bound, operation);
        break;
    case OPERATION_SORT:
        return bind_keys(binder, bound, operation);
    case OPERATION_FIND:
    case OPERATION_FILTER:
        bind_member(binder, bound, operation);
        break;
    case OPERATION_FIND_EXPRESSION:
    case OPERATION_FILTER_EXPRESSION:
        bind_expression(binder, bound, operation);
        break;
    case OPERATION_RANGE:
        bound->range =
            nf_range_bind(binder, nf_element_part(operation, "CustomRange"));
        break;
    default:
        break;
    }
    return true;
}

static nf_type result_type(const list_operation *bound)
{
    nf_type type = {.kind = NF_KIND_LIST, .entity = bound->input.type.entity};

    if (bound->kind == OPERATION_CONTAINS || bound->kind == OPERATION_EQUALS)
        return (nf_type){.kind = NF_KIND_BOOLEAN};
    if (bound->kind == OPERATION_HEAD || bound->kind == OPERATION_FIND ||
        bound->kind == OPERATION_FIND_EXPRESSION)
        type.kind = NF_KIND_OBJECT;
    return type;
}

static nf_status bind(nf_binder *binder, const nf_element *action, void **out)
{
    const nf_element *operation = nf_element_part(action, "NewOperation");
    list_operation *bound = nf_bind_alloc(binder, sizeof *bound);

    if (!bound)
        return NF_NOMEM;
    bound->second.slot = bound->current.slot = -1;
    while (bound->kind < OPERATION_COUNT &&
           !nf_element_is(operation, types[bound->kind]))
        bound->kind++;
    if (bound->kind == OPERATION_COUNT) {
        nf_bind_unsupported(binder,
                            "The list operation \"%s\" is not supported",
                            operation ? operation->type : "(none)");
        return NF_OK;
    }
    bound->input = nf_bind_variable(
        binder, nf_element_string(operation, "ListName", ""), NF_KIND_LIST);
    if (!bind_operands(binder, bound, operation))
        return NF_NOMEM;
    bound->output = nf_bind_output(
        binder, nf_element_string(action, "ResultVariableName", ""),
        result_type(bound));
    *out = bound;
    return NF_OK;
}

/* ---- execute ------------------------------------------------------------- */

/* The operands of one run. */
typedef struct operands {
    nf_object *const *first, *const *second;
    size_t first_count, second_count;
} operands;

static bool in_set(const nf_idmap *set, const nf_object *object) /* L2 */
{
    return nf_idmap_get(set, object->id) != NULL;
}

static bool put_in_set(nf_idmap *set, nf_object *object)
{
    return nf_idmap_set(set, object->id, object);
}

static nf_idmap *set_of(nf_object *const *items, size_t count)
{
    nf_idmap *set = nf_idmap_new();

    for (size_t i = 0; set && i < count; i++) {
        if (!put_in_set(set, items[i])) {
            nf_idmap_free(set);
            return NULL;
        }
    }
    return set;
}

/* Union, intersect and subtract, in the order of the first list. */
static bool combine(operation_kind kind, nf_list *list, const operands *o)
{
    nf_idmap *second = set_of(o->second, o->second_count);
    nf_idmap *seen = nf_idmap_new();
    bool good = second && seen;

    for (size_t i = 0; good && i < o->first_count; i++) {
        nf_object *item = o->first[i];
        bool both = in_set(second, item), again = in_set(seen, item);

        if (kind == OPERATION_SUBTRACT
                ? both
                : again || (kind == OPERATION_INTERSECT && !both))
            continue;
        good = nf_list_append(list, item) && put_in_set(seen, item);
    }
    for (size_t i = 0; good && kind == OPERATION_UNION && i < o->second_count;
         i++) {
        if (in_set(seen, o->second[i]))
            continue;
        good = nf_list_append(list, o->second[i]) &&
               put_in_set(seen, o->second[i]);
    }
    nf_idmap_free(second);
    nf_idmap_free(seen);
    return good;
}

static bool contains_all(nf_object *const *items, size_t count,
                         nf_object *const *wanted, size_t wanted_count,
                         bool *out)
{
    nf_idmap *set = set_of(items, count);

    if (!set)
        return false;
    *out = true;
    for (size_t i = 0; i < wanted_count && *out; i++)
        *out = in_set(set, wanted[i]);
    nf_idmap_free(set);
    return true;
}

static nf_status decide(const list_operation *bound, const operands *o,
                        const nf_value *second, bool *out, nf_error *err)
{
    bool good = true, back = true;

    *out = false;
    if (bound->kind == OPERATION_CONTAINS) {
        /* An empty object is in no list; an empty list in every one. */
        if (second->kind == NF_KIND_EMPTY &&
            bound->second.type.kind == NF_KIND_OBJECT)
            return NF_OK;
        good = contains_all(o->first, o->first_count, o->second,
                            o->second_count, out);
    } else if (o->first_count == o->second_count) {
        good = contains_all(o->first, o->first_count, o->second,
                            o->second_count, out) &&
               contains_all(o->second, o->second_count, o->first,
                            o->first_count, &back);
        *out = *out && back;
    }
    return good ? NF_OK : nf_error_nomem(err);
}

/* L4, V10: in the old behaviour a text without a value reads as '', and is
 * still equal to empty. */
static nf_compare_mode equality(const nf_call *call, const nf_member *member)
{
    bool old = nf_call_engine(call) == NF_ENGINE_CLIENT &&
               !nf_call_world(call)->environment.new_string_behavior;

    return old && member->attribute && member->type.kind == NF_KIND_STRING
               ? NF_COMPARE_BLANK
               : NF_COMPARE_GENERIC;
}

static nf_status member_matches(nf_call *call, const list_operation *bound,
                                nf_object *item, const nf_value *wanted,
                                bool *out, nf_error *err)
{
    nf_value object = nf_object_take(item); /* borrowed */
    nf_value value, answer = nf_empty();
    nf_status status =
        nf_operator_member(nf_call_evaluator(call), &value, &object,
                           bound->member, bound->member->name, err);

    *out = false;
    if (status)
        return status;
    if (value.kind == NF_KIND_LIST && wanted->kind == NF_KIND_OBJECT) {
        *out = nf_list_contains(value.as.list, wanted->as.object);
    } else {
        status = nf_operator_compare(nf_call_evaluator(call), &answer, NF_EQUAL,
                                     equality(call, bound->member), &value,
                                     wanted, err);
        *out = !status && answer.as.boolean;
    }
    nf_value_release(&value);
    return status;
}

static nf_status expression_matches(nf_call *call, const list_operation *bound,
                                    nf_object *item, bool *out, nf_error *err)
{
    nf_value value;
    nf_status status;

    nf_call_set(call, &bound->current, nf_object_take(nf_object_retain(item)));
    status = nf_call_evaluate(call, &bound->expression, &value, err);
    *out = value.kind == NF_KIND_BOOLEAN && value.as.boolean; /* L5 */
    nf_value_release(&value);
    return status;
}

/* Find and filter; find stops at the first match. */
static nf_status search(nf_call *call, const list_operation *bound,
                        nf_list *list, const operands *o, nf_error *err)
{
    bool by_expression = bound->kind == OPERATION_FIND_EXPRESSION ||
                         bound->kind == OPERATION_FILTER_EXPRESSION;
    bool one = bound->kind == OPERATION_FIND ||
               bound->kind == OPERATION_FIND_EXPRESSION;
    nf_value wanted = nf_empty();
    nf_status status = NF_OK;
    bool match;

    if (!by_expression)
        status = nf_call_evaluate(call, &bound->expression, &wanted, err);
    for (size_t i = 0; !status && i < o->first_count; i++) {
        status = by_expression
                     ? expression_matches(call, bound, o->first[i], &match, err)
                     : member_matches(call, bound, o->first[i], &wanted, &match,
                                      err);
        if (!status && match && !nf_list_append(list, o->first[i]))
            status = nf_error_nomem(err);
        if (!status && match && one)
            break;
    }
    nf_call_set(call, &bound->current, nf_empty());
    nf_value_release(&wanted);
    return status;
}

static nf_status slice(nf_call *call, const list_operation *bound,
                       nf_list *list, const operands *o, nf_error *err)
{
    int64_t limit = -1, offset = bound->kind == OPERATION_TAIL ? 1 : 0;
    nf_status status = NF_OK;

    if (bound->kind == OPERATION_RANGE)
        status = nf_range_evaluate(call, &bound->range, &limit, &offset, err);
    for (size_t i = (size_t)offset; !status && i < o->first_count && limit != 0;
         i++, limit--)
        if (!nf_list_append(list, o->first[i]))
            status = nf_error_nomem(err);
    return status;
}

static nf_status make_list(nf_call *call, const list_operation *bound,
                           const operands *o, nf_list **out, nf_error *err)
{
    const nf_entity *entity = bound->input.type.entity;
    nf_status status;

    *out = NULL;
    if (bound->kind == OPERATION_SORT)
        return nf_list_sort(call, out, o->first, o->first_count, entity,
                            bound->keys, bound->key_count, err);
    *out = nf_list_new(entity);
    if (!*out)
        return nf_error_nomem(err);
    switch (bound->kind) {
    case OPERATION_UNION:
    case OPERATION_INTERSECT:
    case OPERATION_SUBTRACT:
        status = combine(bound->kind, *out, o) ? NF_OK : nf_error_nomem(err);
        break;
    case OPERATION_TAIL:
    case OPERATION_RANGE:
        status = slice(call, bound, *out, o, err);
        break;
    case OPERATION_HEAD:
        status = o->first_count && !nf_list_append(*out, o->first[0])
                     ? nf_error_nomem(err)
                     : NF_OK;
        break;
    default:
        status = search(call, bound, *out, o, err);
        break;
    }
    return status;
}

static nf_status run(nf_call *call, const list_operation *bound,
                     const operands *o, const nf_value *second, nf_error *err)
{
    nf_list *list = NULL;
    nf_status status;
    bool answer;

    if (bound->output.type.kind == NF_KIND_BOOLEAN) {
        status = decide(bound, o, second, &answer, err);
        if (!status)
            nf_call_set(call, &bound->output, nf_boolean(answer));
        return status;
    }
    status = make_list(call, bound, o, &list, err);
    if (!status && bound->output.type.kind == NF_KIND_LIST) {
        nf_call_set(call, &bound->output, nf_list_take(list));
        return NF_OK;
    }
    if (!status)
        nf_call_set(call, &bound->output,
                    nf_list_count(list)
                        ? nf_object_take(nf_object_retain(list->items[0]))
                        : nf_empty());
    if (list)
        nf_list_release(list);
    return status;
}

static nf_status execute(nf_call *call, const void *data, void **state,
                         nf_error *err)
{
    const list_operation *bound = data;
    const nf_value *first, *other;
    nf_value list, second = nf_empty();
    operands o = {0};
    nf_status status = nf_call_require(call, &bound->input, &first, err);

    (void)state;
    if (status)
        return status;
    list = nf_value_copy(first); /* the output may be the same variable */
    if (bound->second.name) {
        status = nf_call_require(call, &bound->second, &other, err);
        if (!status)
            second = nf_value_copy(other);
    }
    o.first_count = nf_call_objects(&list, &o.first);
    o.second_count = nf_call_objects(&second, &o.second);
    if (!status)
        status = run(call, bound, &o, &second, err);
    nf_value_release(&list);
    nf_value_release(&second);
    return status;
}

const nf_activity nf_activity_list_operation = {
    .type = "Microflows$ListOperationsAction",
    .caption = "List operation",
    .flags = NF_ACTIVITY_NANOFLOW | NF_ACTIVITY_MICROFLOW,
    .bind = bind,
    .execute = execute,
};
