/* Lists of objects. A list learns lazily that objects left the device: the
 * space counts removals in an epoch, and a list whose epoch is older drops its
 * tombstones at its next use (design §3.4), so a synchronization never
 * searches through frames. */
#include "objects/object.h"

#include "base/memory.h"

nf_list *nf_list_new(const nf_entity *entity)
{
    nf_list *list = nf_alloc(sizeof *list);

    if (!list)
        return NULL;
    list->references = 1;
    list->entity = entity;
    return list;
}

void nf_list_release(nf_list *list)
{
    if (!list || --list->references)
        return;
    nf_list_clear(list);
    nf_free(list->items);
    nf_free(list);
}

void nf_list_clear(nf_list *list)
{
    size_t count = list->count;

    /* Releasing may end other lists through members, never this one; still
     * the list is empty before the first object goes. */
    list->count = 0;
    while (count)
        nf_object_release(list->items[--count]);
}

static void drop_removed(nf_list *list)
{
    size_t kept = 0, i;

    for (i = 0; i < list->count; i++) {
        if (list->items[i]->removed)
            nf_object_release(list->items[i]);
        else
            list->items[kept++] = list->items[i];
    }
    list->count = kept;
}

size_t nf_list_count(nf_list *list)
{
    uint64_t epoch;

    if (!list->space)
        return 0;
    epoch = nf_objects_epoch(list->space);
    if (list->epoch != epoch) {
        drop_removed(list);
        list->epoch = epoch;
    }
    return list->count;
}

bool nf_list_append(nf_list *list, nf_object *object)
{
    nf_object **items;

    if (!list->space) {
        list->space = object->space;
        list->epoch = nf_objects_epoch(object->space);
        if (object->removed)
            list->epoch--; /* dropped at the next use */
    } else if (object->removed) {
        return true;
    }
    items = nf_grow(list->items, list->count, &list->capacity, sizeof *items);
    if (!items)
        return false;
    list->items = items;
    list->items[list->count++] = nf_object_retain(object);
    return true;
}

bool nf_list_contains(nf_list *list, const nf_object *object)
{
    size_t count = nf_list_count(list), i;

    for (i = 0; i < count; i++)
        if (list->items[i] == object)
            return true;
    return false;
}

void nf_list_remove(nf_list *list, const nf_object *object)
{
    size_t count = nf_list_count(list), kept = 0, dropped = 0, i;

    for (i = 0; i < count; i++) {
        if (list->items[i] == object)
            dropped++;
        else
            list->items[kept++] = list->items[i];
    }
    list->count = kept;
    while (dropped--)
        nf_object_release((nf_object *)object);
}

nf_list *nf_list_copy(nf_list *list)
{
    nf_list *copy = nf_list_new(list->entity);
    size_t count = nf_list_count(list), i;

    if (!copy)
        return NULL;
    for (i = 0; i < count; i++)
        if (!nf_list_append(copy, list->items[i])) {
            nf_list_release(copy);
            return NULL;
        }
    return copy;
}
