/* What a synchronization did, told to memory (design §3.4): everything that
 * needs memory happens while the delta is built, applying only moves. */
#include "base/memory.h"
#include "objects/space.h"

typedef struct delta_item {
    const nf_entity *entity;
    int64_t id;
    nf_value *members; /* NULL: nothing in memory to refresh */
    const uint64_t *unwritable, *inaccessible;
    bool removed;
} delta_item;

struct nf_delta {
    nf_objects *objects;
    delta_item *items;
    size_t count, capacity;
};

nf_delta *nf_delta_new(nf_objects *objects)
{
    nf_delta *delta = nf_alloc(sizeof *delta);

    if (delta)
        delta->objects = objects;
    return delta;
}

void nf_delta_free(nf_delta *delta)
{
    size_t i;

    if (!delta)
        return;
    for (i = 0; i < delta->count; i++)
        nf_members_free(delta->items[i].members,
                        delta->items[i].entity->member_count);
    nf_free(delta->items);
    nf_free(delta);
}

static delta_item *add_item(nf_delta *delta, const nf_entity *entity,
                            int64_t id)
{
    delta_item *items =
        nf_grow(delta->items, delta->count, &delta->capacity, sizeof *items);

    if (!items)
        return NULL;
    delta->items = items;
    items[delta->count] = (delta_item){.entity = entity, .id = id};
    return &items[delta->count++];
}

bool nf_delta_refresh(nf_delta *delta, const nf_entity *entity, int64_t id,
                      nf_value *members, const uint64_t *unwritable,
                      const uint64_t *inaccessible)
{
    delta_item *item = add_item(delta, entity, id);

    if (item && nf_objects_find(delta->objects, id)) {
        item->members = members;
        item->unwritable = unwritable;
        item->inaccessible = inaccessible;
    } else {
        nf_members_free(members, entity->member_count);
    }
    return item != NULL;
}

bool nf_delta_remove(nf_delta *delta, const nf_entity *entity, int64_t id)
{
    delta_item *item = add_item(delta, entity, id);

    if (item)
        item->removed = true;
    return item != NULL;
}

size_t nf_delta_count(const nf_delta *delta)
{
    return delta->count;
}

void nf_delta_item(const nf_delta *delta, size_t index,
                   const nf_entity **entity, int64_t *id, bool *removed)
{
    *entity = delta->items[index].entity;
    *id = delta->items[index].id;
    *removed = delta->items[index].removed;
}

static void refresh(nf_object *object, delta_item *item)
{
    size_t i;

    if (object->entity != item->entity || object->state == NF_OBJECT_NEW)
        return;
    nf_object_retain(object);
    for (i = 0; i < item->entity->member_count; i++) {
        nf_object_rebase(object, i, item->members[i]);
        item->members[i] = nf_empty();
    }
    object->unwritable = item->unwritable;
    object->inaccessible = item->inaccessible;
    nf_object_update_state(object);
    nf_object_release(object);
}

void nf_objects_reconcile(nf_objects *objects, nf_delta *delta)
{
    bool removed = false;
    size_t i;

    for (i = 0; i < delta->count; i++) {
        delta_item *item = &delta->items[i];
        nf_object *object = nf_objects_find(objects, item->id);

        if (!object)
            continue;
        if (item->members)
            refresh(object, item);
        if (!item->removed)
            continue;
        /* Members that refer to it keep the id and read empty, since neither
         * the map nor the store finds it: clearing them would need memory. */
        object->removed = removed = true;
        nf_object_leave(object, false);
    }
    if (removed)
        objects->epoch++;
}
