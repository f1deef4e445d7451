/* Lists of objects. A list learns lazily that objects left the device: the
 * space counts removals in an epoch, and a list whose epoch is older drops its
 * tombstones at its next use (design §3.4), so a synchronization never
 * searches through frames. */
#include "objects/object.h"

#include "base/map.h"
#include "base/memory.h"

#include <string.h>

enum { INDEXED_FROM = 16 };

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

/* What left a list. */
static void let_go(nf_object *object)
{
    object->listed--;
    nf_object_release(object);
}

/* It is made again when it is asked for again. */
static void drop_index(nf_list *list)
{
    nf_idmap_free(list->index);
    list->index = NULL;
}

void nf_list_clear(nf_list *list)
{
    size_t count = list->count;

    drop_index(list);
    /* Releasing may end other lists through members, never this one; still
     * the list is empty before the first object goes. */
    list->count = 0;
    while (count)
        let_go(list->items[--count]);
}

static void drop_removed(nf_list *list)
{
    size_t kept = 0, i;

    drop_index(list);
    for (i = 0; i < list->count; i++) {
        if (list->items[i]->removed)
            let_go(list->items[i]);
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
    object->listed++;
    if (list->index && !nf_idmap_set(list->index, object->id, object))
        drop_index(list);
    return true;
}

static bool build_index(nf_list *list)
{
    nf_idmap *index = nf_idmap_new();

    for (size_t i = 0; index && i < list->count; i++)
        if (!nf_idmap_set(index, list->items[i]->id, list->items[i])) {
            nf_idmap_free(index);
            index = NULL;
        }
    list->index = index;
    return index != NULL;
}

nf_object *nf_list_find(nf_list *list, int64_t id)
{
    size_t count = nf_list_count(list), i;

    if (count >= INDEXED_FROM && (list->index || build_index(list)))
        return nf_idmap_get(list->index, id);
    for (i = 0; i < count; i++)
        if (list->items[i]->id == id)
            return list->items[i];
    return NULL;
}

bool nf_list_contains(nf_list *list, const nf_object *object)
{
    return (object->listed || object->copy) &&
           nf_list_find(list, object->id) != NULL;
}

void nf_list_remove_first(nf_list *list, const nf_object *object)
{
    size_t count = nf_list_count(list), i = 0;
    nf_object *removed;

    while (i < count && list->items[i]->id != object->id)
        i++;
    if (i == count)
        return;
    removed = list->items[i];
    drop_index(list);
    memmove(&list->items[i], &list->items[i + 1],
            (count - i - 1) * sizeof *list->items);
    list->count--;
    let_go(removed);
}

void nf_list_remove(nf_list *list, const nf_object *object)
{
    size_t count = nf_list_count(list), kept = 0, i;
    int64_t id = object->id; /* it may go with its last entry */

    drop_index(list);
    for (i = 0; i < count; i++) {
        if (list->items[i]->id == id)
            let_go(list->items[i]);
        else
            list->items[kept++] = list->items[i];
    }
    list->count = kept;
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
