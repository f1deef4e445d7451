/* The end of what counting cannot end: objects in memory only that the map
 * kept because they refer to others, and cycles (domain D86, design §10.14).
 * An object stays if somebody outside holds it, if a persistable object refers
 * to it, if it refers to the user or the session, or if one that stays refers
 * to it. */
#include "base/memory.h"
#include "objects/space.h"

/* Users and sessions may be known by their ids alone. */
static bool leads_to_session(const nf_objects *objects, const nf_link *link)
{
    const nf_member *member = &link->owner->entity->members[link->member];
    const nf_entity *target = member->child_end ? member->association->parent
                                                : member->association->child;
    const nf_entity *user = nf_model_find_entity(objects->model, "System.User");
    const nf_entity *session =
        nf_model_find_entity(objects->model, "System.Session");

    return target && ((user && nf_entity_is(target, user)) ||
                      (session && nf_entity_is(target, session)));
}

/* The objects in memory only. *out: nf_free; NULL when out of memory. */
static nf_object **collect(nf_objects *objects, size_t *count)
{
    nf_object **items =
        nf_alloc_array(nf_idmap_count(objects->map), sizeof *items);
    size_t cursor = 0;
    int64_t id;
    void *value;

    *count = 0;
    while (items && nf_idmap_next(objects->map, &cursor, &id, &value)) {
        nf_object *object = value;

        if (!nf_object_is_memory_only(object))
            continue;
        object->internal = object->held ? 1 : 0;
        object->marked = false;
        items[(*count)++] = object;
    }
    return items;
}

static void count_internal(nf_object *const *items, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        const nf_link *link;

        for (link = items[i]->links; link; link = link->next)
            if (link->target)
                link->target->internal++;
    }
}

static bool is_root(const nf_objects *objects, const nf_object *object)
{
    const nf_link *link;

    if (object->references > object->internal)
        return true;
    for (link = object->links; link; link = link->next)
        if (link->id >= 0 && leads_to_session(objects, link))
            return true;
    return false;
}

/* Marks what is reachable; `stack` has room for every object. */
static void mark(nf_objects *objects, nf_object *const *items, size_t count,
                 nf_object **stack)
{
    size_t depth = 0, i;

    for (i = 0; i < count; i++)
        if (is_root(objects, items[i])) {
            items[i]->marked = true;
            stack[depth++] = items[i];
        }
    while (depth) {
        const nf_link *link = stack[--depth]->links;

        for (; link; link = link->next)
            if (link->target && !link->target->marked) {
                link->target->marked = true;
                stack[depth++] = link->target;
            }
    }
}

void nf_objects_sweep(nf_objects *objects)
{
    size_t count, dead = 0, i;
    nf_object **items = collect(objects, &count);
    nf_object **stack = count ? nf_alloc_array(count, sizeof *stack) : NULL;

    if (items && stack) {
        count_internal(items, count);
        mark(objects, items, count, stack);
        for (i = 0; i < count; i++)
            if (!items[i]->marked)
                items[dead++] = nf_object_retain(items[i]);
        for (i = 0; i < dead; i++)
            nf_object_drop_links(items[i]);
        for (i = 0; i < dead; i++) {
            if (items[i]->held) {
                items[i]->held = false;
                nf_object_release(items[i]);
            }
            nf_object_release(items[i]);
        }
    }
    nf_free(stack);
    nf_free(items);
}
