/* Commit, delete and rollback (domain D70, D71, D83; activities §6.4 … §6.6):
 * one step of the store, and memory follows only after it succeeded. */
#include "base/memory.h"
#include "objects/space.h"
#include "objects/store.h"

/* The usable objects among `items`, each once; those of the store first. */
typedef struct chosen {
    nf_object **items;
    size_t stored, count;
    nf_object *one; /* where most commits have room enough */
} chosen;

static bool is_stored(const nf_object *object)
{
    return !nf_object_is_memory_only(object) && !object->elsewhere;
}

static void choose_kind(chosen *set, nf_object *const *items, size_t count,
                        bool stored)
{
    for (size_t i = 0; i < count; i++) {
        nf_object *object = items[i];

        if (is_stored(object) != stored || object->state == NF_OBJECT_DELETED ||
            object->removed || !object->space || object->chosen)
            continue;
        object->chosen = true;
        set->items[set->count++] = nf_object_retain(object);
    }
}

static void forget(chosen *set)
{
    while (set->count) {
        nf_object *object = set->items[--set->count];

        object->chosen = false;
        nf_object_release(object);
    }
    if (set->items != &set->one)
        nf_free(set->items);
}

static nf_status choose(chosen *set, nf_object *const *items, size_t count,
                        nf_error *err)
{
    *set = (chosen){0};
    if (count == 1 && !items[0]->removed) {
        nf_status status = nf_object_check_usable(items[0], err);

        if (status)
            return status;
    }
    set->items =
        count <= 1 ? &set->one : nf_alloc_array(count, sizeof *set->items);
    if (!set->items)
        return nf_error_nomem(err);
    choose_kind(set, items, count, true);
    set->stored = set->count;
    choose_kind(set, items, count, false);
    for (size_t i = 0; i < set->count; i++) {
        nf_status status = nf_object_note(set->items[i], err);

        if (status) {
            forget(set);
            return status;
        }
    }
    return NF_OK;
}

nf_status nf_objects_commit(nf_objects *objects, nf_object *const *items,
                            size_t count, nf_error *err)
{
    chosen set;
    nf_status status = choose(&set, items, count, err);
    size_t i;

    if (status)
        return status;
    for (i = 0; !status && i < set.stored; i++)
        if (nf_object_lost_row(set.items[i]))
            status = nf_object_deleted(set.items[i], err);
    if (!status && set.stored && objects->store)
        status = objects->store->ops->commit(objects->store, set.items,
                                             set.stored, err);
    for (i = 0; !status && i < set.count; i++) {
        nf_objects_tell(objects, set.items[i], NF_EFFECT_COMMITTED, NULL);
        nf_object_written(set.items[i]);
        if (i < set.stored)
            nf_object_settle_partners(set.items[i]);
        nf_object_settle(set.items[i]);
    }
    forget(&set);
    return status;
}

/* Of copies the row goes: no other of its id is tracked from then on, which has
 * to be known before the store deletes. */
static nf_status expect_gone(nf_objects *objects, const chosen *set,
                             nf_error *err)
{
    nf_status status = NF_OK;

    if (!objects->gone)
        objects->gone = nf_idmap_new();
    if (!objects->gone)
        return nf_error_nomem(err);
    for (size_t i = 0; !status && i < set->stored; i++) {
        nf_object *object = set->items[i];
        nf_object *other = nf_objects_find(objects, object->id);

        if (other && other != object)
            status = nf_object_note(other, err);
        if (!status && object->state != NF_OBJECT_NEW &&
            !nf_idmap_get(objects->gone, object->id) &&
            !nf_idmap_set(objects->gone, object->id, object))
            status = nf_error_nomem(err);
    }
    return status;
}

static void still_there(nf_objects *objects, const chosen *set)
{
    for (size_t i = 0; objects->gone && i < set->stored; i++)
        nf_idmap_remove_value(objects->gone, set->items[i]->id, set->items[i]);
}

static void deleted(nf_objects *objects, nf_object *object)
{
    nf_objects_tell(objects, object, NF_EFFECT_DELETED, NULL);
    nf_object_written(object);
    object->state = NF_OBJECT_DELETED;
    nf_object_leave(object, true);
    if (object->copy)
        nf_object_set_tracked(object, false);
}

nf_status nf_objects_delete(nf_objects *objects, nf_object *const *items,
                            size_t count, nf_error *err)
{
    chosen set;
    nf_status status = choose(&set, items, count, err);

    if (status)
        return status;
    if (set.stored && objects->copying)
        status = expect_gone(objects, &set, err);
    if (!status && set.stored && objects->store)
        status = objects->store->ops->remove(objects->store, set.items,
                                             set.stored, err);
    if (status)
        still_there(objects, &set);
    for (size_t i = 0; !status && i < set.count; i++)
        deleted(objects, set.items[i]);
    forget(&set);
    return status;
}

nf_status nf_object_rollback(nf_object *object, nf_error *err)
{
    nf_status status = nf_object_check_usable(object, err);
    size_t i;

    if (status || object->state == NF_OBJECT_UNCHANGED)
        return status;
    status = nf_object_note(object, err);
    if (status)
        return status;
    nf_object_retain(object);
    nf_objects_tell(object->space, object, NF_EFFECT_ROLLED_BACK, NULL);
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
