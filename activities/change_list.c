/* Change list (activities L9 … L16): works on the list itself, so that every
 * variable that holds it sees the change (V8). */
#include "activities/activities.h"
#include "activities/support.h"

#include <string.h>

typedef enum list_change {
    LIST_ADD,
    LIST_REMOVE,
    LIST_SET,
    LIST_CLEAR
} list_change;

typedef struct change_list {
    nf_bound_variable input;
    list_change change;
    nf_bound_expression value;
} change_list;

static bool bind_change(change_list *bound, const char *type)
{
    static const char *const names[] = {"Add", "Remove", "Set", "Clear"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i], type) == 0) {
            bound->change = (list_change)i;
            return true;
        }
    }
    return false;
}

static void bind_value(nf_binder *binder, change_list *bound, const char *text)
{
    const nf_entity *entity = bound->input.type.entity;
    const nf_type *type = &bound->value.type;

    bound->value = nf_bind_expression(binder, text, NULL, "Value");
    if (!bound->value.present || type->kind == NF_KIND_EMPTY ||
        type->kind == NF_KIND_UNKNOWN)
        return;
    if (type->kind != NF_KIND_OBJECT && type->kind != NF_KIND_LIST)
        nf_bind_error(binder, "type_mismatch", "",
                      "Only objects and lists can be added to or removed from "
                      "a list");
    else if (bound->change != LIST_REMOVE && entity && type->entity &&
             !nf_entity_is(type->entity, entity))
        nf_bind_error(binder, "type_mismatch", "",
                      "An object of \"%s\" can't be in a list of \"%s\"",
                      type->entity->qualified, entity->qualified);
}

static nf_status bind(nf_binder *binder, const nf_element *action, void **out)
{
    const char *type = nf_element_string(action, "Type", "Add");
    change_list *bound = nf_bind_alloc(binder, sizeof *bound);

    if (!bound)
        return NF_NOMEM;
    bound->input = nf_bind_variable(
        binder, nf_element_string(action, "ChangeVariableName", ""),
        NF_KIND_LIST);
    if (!bind_change(bound, type))
        nf_bind_error(binder, "bad_flow", "",
                      "\"%s\" is no kind of list change", type);
    else if (bound->change != LIST_CLEAR)
        bind_value(binder, bound, nf_element_string(action, "Value", ""));
    *out = bound;
    return NF_OK;
}

static nf_status add(nf_call *call, nf_list *list, nf_object *const *items,
                     size_t count, const nf_entity *entity, nf_error *err)
{
    size_t most = nf_list_limit(&nf_call_world(call)->environment);
    bool unique = nf_call_engine(call) == NF_ENGINE_CLIENT; /* L10 */

    for (size_t i = 0; i < count; i++) {
        if (entity && !nf_entity_is(items[i]->entity, entity))
            return nf_error_set(err, NF_FAILED, "type_mismatch",
                                "An object of \"%s\" can't be in a list of "
                                "\"%s\"",
                                items[i]->entity->qualified, entity->qualified);
        if (unique && nf_list_contains(list, items[i]))
            continue;
        if (nf_list_count(list) >= most)
            return nf_list_too_long(most, err);
        if (!nf_list_append(list, items[i]))
            return nf_error_nomem(err);
    }
    return NF_OK;
}

/* The list to change; a variable that is empty gets a new one first (L14). */
static nf_status target(nf_call *call, const nf_bound_variable *input,
                        nf_list **out, nf_error *err)
{
    const nf_value *value;
    nf_status status = nf_call_require(call, input, &value, err);
    nf_list *list;

    if (status)
        return status;
    if (value->kind != NF_KIND_LIST) {
        list = nf_list_new(input->type.entity);
        if (!list)
            return nf_error_nomem(err);
        nf_call_set(call, input, nf_list_take(list));
        value = nf_call_get(call, input);
    }
    *out = nf_list_retain(value->as.list);
    return NF_OK;
}

/* `value` is the activity's own: a list of its own where it may be the list
 * that changes (L12). */
static nf_status apply(nf_call *call, const change_list *bound, nf_list *list,
                       const nf_value *value, nf_error *err)
{
    nf_object *const *items;
    size_t count = nf_call_objects(value, &items);

    if (bound->change == LIST_REMOVE) {
        for (size_t i = 0; i < count; i++) /* L11 */
            nf_list_remove_first(list, items[i]);
        return NF_OK;
    }
    if (bound->change == LIST_SET)
        nf_list_clear(list);
    return add(call, list, items, count, bound->input.type.entity, err);
}

static nf_status execute(nf_call *call, const void *data, void **state,
                         nf_error *err)
{
    const change_list *bound = data;
    nf_value value = nf_empty();
    nf_list *list = NULL;
    nf_status status = nf_call_evaluate(call, &bound->value, &value, err);

    (void)state;
    if (!status)
        status = target(call, &bound->input, &list, err);
    if (!status && value.kind == NF_KIND_LIST && value.as.list == list) {
        nf_list *copy = nf_list_copy(list);

        nf_value_release(&value);
        if (copy)
            value = nf_list_take(copy);
        else
            status = nf_error_nomem(err);
    }
    if (!status && bound->change == LIST_CLEAR)
        nf_list_clear(list);
    else if (!status)
        status = apply(call, bound, list, &value, err);
    nf_value_release(&value);
    nf_list_release(list);
    return status;
}

const nf_activity nf_activity_change_list = {
    .type = "Microflows$ChangeListAction",
    .caption = "Change list",
    .flags = NF_ACTIVITY_NANOFLOW | NF_ACTIVITY_MICROFLOW,
    .bind = bind,
    .execute = execute,
};
