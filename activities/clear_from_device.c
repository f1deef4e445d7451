/* Clear from device (activities Y13; synchronize S157): objects leave the
 * device with what was not synchronized of them, without telling the server.
 * An entity with its specializations or, since 11.14, chosen objects (O18). */
#include "activities/activities.h"
#include "activities/selection.h"
#include "activities/support.h"

#include "base/json.h"
#include "base/memory.h"
#include "sync/sync.h"

#include <stdio.h>

typedef struct clear_from_device {
    const nf_entity *entity; /* NULL: the objects of the variables */
    nf_selection_variables selection;
} clear_from_device;

static nf_status bind(nf_binder *binder, const nf_element *action, void **out)
{
    clear_from_device *bound = nf_bind_alloc(binder, sizeof *bound);

    if (!bound)
        return NF_NOMEM;
    *out = bound;
    if (nf_element_count(action, "VariableNames") > 0)
        return nf_bind_selection(binder, action, &bound->selection) ? NF_OK
                                                                    : NF_NOMEM;
    bound->entity = nf_bind_entity(binder, action, "Entity");
    nf_bind_offline_entity(binder, bound->entity);
    return NF_OK;
}

/* Objects of an entity with mode Online have no rows to clear (2.3). */
static nf_status check_entity(const nf_world *world, const nf_entity *entity,
                              nf_error *err)
{
    if (entity->kind == NF_ENTITY_PERSISTABLE &&
        nf_profile_config(world->profile, entity).mode != NF_SYNC_ONLINE)
        return NF_OK;
    return nf_error_set(err, NF_FAILED, "SYNC_ENTITY",
                        "Objects of %s cannot be synchronized (SYNC_ENTITY)",
                        entity->qualified);
}

static nf_status check_world(nf_world *world, nf_error *err)
{
    if (world->profile && !world->profile->offline)
        return nf_sync_error("SYNC_NOT_OFFLINE", err);
    if (world->sync && nf_sync_running(world->sync))
        return nf_sync_error("SYNC_BUSY", err);
    return NF_OK;
}

/* One event per entity, with the ids of one entity in a row (H6). */
static void tell_removed(void *user, const nf_delta *delta)
{
    nf_world *world = user;
    size_t count = delta ? nf_delta_count(delta) : 0, i = 0;

    while (i < count && nf_world_listens(world)) {
        const nf_entity *entity, *next;
        struct json_object *payload = nf_payload_new();
        struct json_object *ids = json_object_new_array();
        int64_t id;
        bool removed;

        nf_delta_item(delta, i, &entity, &id, &removed);
        for (next = entity; next == entity;) {
            char text[32];

            snprintf(text, sizeof text, "%lld", (long long)id);
            json_object_array_add(ids, json_object_new_string(text));
            next = NULL;
            if (++i < count)
                nf_delta_item(delta, i, &next, &id, &removed);
        }
        nf_payload_text(payload, "entity", entity->qualified);
        nf_payload_part(payload, "ids", ids);
        nf_world_event(world, "objectsDeleted", payload, NULL);
    }
}

static nf_status clear_selected(nf_call *call, const clear_from_device *bound,
                                nf_error *err)
{
    nf_world *world = nf_call_world(call);
    nf_object **objects;
    size_t count;
    nf_status status =
        nf_call_selection(call, &bound->selection, &objects, &count, err);

    for (size_t i = 0; !status && i < count; i++)
        status = check_entity(world, objects[i]->entity, err);
    if (!status && count)
        status = world->store->ops->clear(world->store, world->objects, NULL,
                                          objects, count, tell_removed, world,
                                          err);
    nf_free(objects);
    return status;
}

static nf_status execute(nf_call *call, const void *data, void **state,
                         nf_error *err)
{
    const clear_from_device *bound = data;
    nf_world *world = nf_call_world(call);
    nf_status status = check_world(world, err);

    (void)state;
    if (status)
        return status;
    if (!world->store->ops->clear)
        return nf_error_set(err, NF_FAILED, "unsupported_activity",
                            "There is no device to clear here");
    if (!bound->entity)
        return clear_selected(call, bound, err);
    status = check_entity(world, bound->entity, err);
    if (!status)
        status = world->store->ops->clear(world->store, world->objects,
                                          bound->entity, NULL, 0, tell_removed,
                                          world, err);
    return status;
}

const nf_activity nf_activity_clear_from_device = {
    .type = "Microflows$ClearFromClientAction",
    .caption = "Clear from device",
    .flags = NF_ACTIVITY_NANOFLOW,
    .bind = bind,
    .execute = execute,
};
