/* Commit, delete and rollback (domain D70, D71, D83; activities §6.4 … §6.6):
 * one step of the store, and memory follows only after it succeeded. */
#include "base/map.h"
#include "base/memory.h"
#include "objects/space.h"
#include "objects/store.h"

/* The usable objects among `items`, each once; persistable ones first. */
typedef struct chosen {
    nf_object **items;
    size_t stored, count;
} chosen;

static bool skip(nf_idmap *seen, const nf_object *object)
{
    return object->state == NF_OBJECT_DELETED || object->removed ||
           !object->space || nf_idmap_get(seen, object->id);
}

static bool choose_kind(chosen *set, nf_idmap *seen, nf_object *const *items,
                        size_t count, bool memory_only)
{
    size_t i;

    for (i = 0; i < count; i++) {
        if (nf_object_is_memory_only(items[i]) != memory_only ||
            skip(seen, items[i]))
            continue;
        if (!nf_idmap_set(seen, items[i]->id, items[i]))
            return false;
        set->items[set->count++] = nf_object_retain(items[i]);
    }
    return true;
}

static void forget(chosen *set)
{
    while (set->count)
        nf_object_release(set->items[--set->count]);
    nf_free(set->items);
}

static nf_status choose(chosen *set, nf_object *const *items, size_t count,
                        nf_error *err)
{
    nf_idmap *seen;
    bool fine;

    *set = (chosen){0};
    if (count == 1 && !items[0]->removed) {
        nf_status status = nf_object_check_usable(items[0], err);

        if (status)
            return status;
    }
    seen = nf_idmap_new();
    set->items = nf_alloc_array(count, sizeof *set->items);
    fine = seen && set->items && choose_kind(set, seen, items, count, false);
    set->stored = set->count;
    fine = fine && choose_kind(set, seen, items, count, true);
    nf_idmap_free(seen);
    if (fine)
        return NF_OK;
    forget(set);
    return nf_error_nomem(err);
}

nf_status nf_objects_commit(nf_objects *objects, nf_object *const *items,
                            size_t count, nf_error *err)
{
    chosen set;
    nf_status status = choose(&set, items, count, err);
    size_t i;

    if (status)
        return status;
    if (set.stored && objects->store)
        status = objects->store->ops->commit(objects->store, set.items,
                                             set.stored, err);
    for (i = 0; !status && i < set.count; i++)
        nf_object_settle(set.items[i]);
    forget(&set);
    return status;
}

nf_status nf_objects_delete(nf_objects *objects, nf_object *const *items,
                            size_t count, nf_error *err)
{
    chosen set;
    nf_status status = choose(&set, items, count, err);
    size_t i;

    if (status)
        return status;
    if (set.stored && objects->store)
        status = objects->store->ops->remove(objects->store, set.items,
                                             set.stored, err);
    for (i = 0; !status && i < set.count; i++) {
        set.items[i]->state = NF_OBJECT_DELETED;
        nf_object_leave(set.items[i], true);
    }
    forget(&set);
    return status;
}

nf_status nf_object_rollback(nf_object *object, nf_error *err)
{
    nf_status status = nf_object_check_usable(object, err);
    size_t i;

    if (status || object->state == NF_OBJECT_UNCHANGED)
        return status;
    nf_object_retain(object);
    if (object->state == NF_OBJECT_NEW) {
        object->state = NF_OBJECT_DELETED;
        nf_object_leave(object, true);
        nf_object_release(object);
        return NF_OK;
    }
    for (i = 0; i < object->entity->member_count; i++)
        if (nf_object_member_changed(object, i)) {
            nf_value_release(&object->members[i]);
            object->members[i] = object->base[i];
            object->base[i] = nf_empty();
        }
    if (nf_object_is_memory_only(object))
        nf_object_relink(object);
    nf_object_settle(object);
    nf_object_release(object);
    return NF_OK;
}
