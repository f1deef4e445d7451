/* Delete object(s) (activities O43 … O53). Afterwards the variable is empty,
 * or a new empty list (O49). */
#include "activities/activities.h"
#include "activities/online.h"

#include <stdio.h>

typedef struct delete_objects {
    nf_bound_variable input;
} delete_objects;

static nf_status bind(nf_binder *binder, const nf_element *action, void **out)
{
    delete_objects *bound = nf_bind_alloc(binder, sizeof *bound);
    const nf_entity *entity;

    if (!bound)
        return NF_NOMEM;
    bound->input = nf_bind_objects(
        binder, nf_element_string(action, "DeleteVariableName", ""));
    entity = bound->input.type.entity;
    if (entity && entity->kind == NF_ENTITY_NON_PERSISTABLE &&
        nf_bind_engine(binder) == NF_ENGINE_CLIENT)
        nf_bind_error(binder, "unsupported_activity", "DELETE_NPE_OFFLINE",
                      "Objects of the non-persistable entity \"%s\" can't be "
                      "deleted in an offline nanoflow",
                      entity->qualified);
    *out = bound;
    return NF_OK;
}

static nf_status check(nf_call *call, const nf_object *object, nf_error *err)
{
    nf_status status;

    if (object->entity->kind == NF_ENTITY_NON_PERSISTABLE &&
        nf_call_engine(call) == NF_ENGINE_CLIENT) {
        nf_error_set(err, NF_FAILED, "unsupported_activity",
                     "Objects of the non-persistable entity \"%s\" can't be "
                     "deleted in an offline nanoflow",
                     object->entity->qualified);
        nf_error_detail(err, "DELETE_NPE_OFFLINE");
        return NF_FAILED;
    }
    status = nf_access_remove(call, object, err);
    return status ? status : nf_require_local(call, object->entity, err);
}

/* The objects that are still there, each once and held. */
static nf_status collect(nf_call *call, const nf_value *value, nf_object ***out,
                         size_t *count, nf_error *err)
{
    nf_object *const *items;
    size_t total = nf_call_objects(value, &items), n = 0;
    nf_object **kept = nf_alloc_array(total + 1, sizeof *kept);
    nf_status status = kept ? NF_OK : nf_error_nomem(err);

    if (!status && value->kind == NF_KIND_OBJECT && total &&
        items[0]->state == NF_OBJECT_DELETED)
        status = nf_error_deleted(err, items[0]);
    for (size_t i = 0; !status && i < total; i++) {
        if (items[i]->state == NF_OBJECT_DELETED || items[i]->chosen)
            continue;
        status = check(call, items[i], err);
        if (status)
            continue;
        items[i]->chosen = true;
        kept[n++] = nf_object_retain(items[i]);
    }
    for (size_t i = 0; i < n; i++)
        kept[i]->chosen = false;
    *out = kept;
    *count = n;
    return status;
}

/* Whether the model wants more than that associated objects are kept. */
static bool has_delete_behavior(const nf_model *model, const nf_entity *entity)
{
    size_t count = nf_model_association_count(model);

    for (size_t i = 0; i < count; i++) {
        const nf_association *a = nf_model_association(model, i);

        if ((a->parent_delete != NF_DELETE_KEEP && a->parent &&
             nf_entity_is(entity, a->parent)) ||
            (a->child_delete != NF_DELETE_KEEP && a->child &&
             nf_entity_is(entity, a->child)))
            return true;
    }
    return false;
}

/* O44: on the device they are kept all the same. */
static void warn_of_behavior(nf_call *call, nf_object *const *items,
                             size_t count)
{
    const nf_entity *last = NULL;
    char text[512];

    for (size_t i = 0; i < count; i++) {
        const nf_entity *entity = items[i]->entity;

        if (entity == last || nf_call_engine(call) != NF_ENGINE_CLIENT)
            continue;
        last = entity;
        if (!has_delete_behavior(nf_call_world(call)->environment.model,
                                 entity))
            continue;
        snprintf(text, sizeof text,
                 "What is associated with the deleted objects of \"%s\" is "
                 "kept: the device knows no other delete behaviour",
                 entity->qualified);
        nf_event_warning(call, text);
        return;
    }
}

/* O49, where something was deleted: a handler may have skipped it (D65). */
static nf_status clear_variable(nf_call *call, const nf_bound_variable *input,
                                nf_error *err)
{
    nf_list *list;

    if (input->type.kind != NF_KIND_LIST) {
        nf_call_set(call, input, nf_empty());
        return NF_OK;
    }
    list = nf_list_new(input->type.entity);
    if (!list)
        return nf_error_nomem(err);
    nf_call_set(call, input, nf_list_take(list));
    return NF_OK;
}

static nf_status remove_objects(nf_call *call, nf_object *const *items,
                                size_t count, nf_sync_flow_call **waits,
                                nf_error *err)
{
    const nf_online_request request = {
        .operation = NF_ONLINE_DELETE, .objects = items, .count = count};
    bool online = false;
    nf_value done;
    nf_status status = nf_all_online(call, items, count, &online, err);

    if (status)
        return status;
    return online ? nf_online_ask(call, &request, waits, &done, err)
                  : nf_remove_objects(call, items, count, err);
}

static nf_status act(nf_call *call, const void *data, nf_sync_flow_call **waits,
                     nf_error *err)
{
    const delete_objects *bound = data;
    nf_world *world = nf_call_world(call);
    nf_object **items = NULL;
    nf_object *const *listed;
    const nf_value *value;
    size_t count = 0;
    bool gone;
    nf_status status = nf_call_require(call, &bound->input, &value, err);

    if (status)
        return status;
    if (value->kind == NF_KIND_EMPTY)
        return nf_nothing_to(call, "delete", &bound->input, err);
    if (!nf_call_objects(value, &listed)) /* an empty list (O50) */
        status = nf_nothing_to(call, "delete", &bound->input, err);
    if (!status)
        status = collect(call, value, &items, &count, err);
    if (!status && count)
        status = remove_objects(call, items, count, waits, err);
    gone = !count || items[0]->state == NF_OBJECT_DELETED || items[0]->removed;
    if (!status && gone)
        status = clear_variable(call, &bound->input, err);
    if (!status && gone && count)
        status = nf_event_objects(world, "objectsDeleted", items, count, err);
    if (!status && gone)
        warn_of_behavior(call, items, count);
    for (size_t i = 0; i < count; i++)
        nf_object_release(items[i]);
    nf_free(items);
    return status;
}

static nf_status execute(nf_call *call, const void *data, void **state,
                         nf_error *err)
{
    return nf_online_execute(act, call, data, state, err);
}

const nf_activity nf_activity_delete = {
    .type = "Microflows$DeleteAction",
    .caption = "Delete object(s)",
    .flags = NF_ACTIVITY_NANOFLOW | NF_ACTIVITY_MICROFLOW,
    .bind = bind,
    .execute = execute,
    .cancel = nf_online_cancel,
};
