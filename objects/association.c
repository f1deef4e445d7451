/* Retrieve by association from either end: what the store has, under what
 * memory says (domain D43, activities R1 … R8). */
#include "base/memory.h"
#include "objects/space.h"
#include "objects/store.h"

#include <stdlib.h>

/* Whether the object's member refers to `child` now. */
static bool refers(const nf_object *owner, const nf_association *association,
                   int64_t child)
{
    const nf_member *member = nf_entity_end(owner->entity, association, false);
    const nf_value *value;

    if (!member || owner->state == NF_OBJECT_DELETED || owner->removed)
        return false;
    value = &owner->members[member->index];
    if (value->kind == NF_KIND_ID)
        return value->as.integer == child;
    return nf_ids_has(value, child);
}

/* Those in the store that still refer; ordered by id as the store gives them.
 */
static nf_status stored_owners(nf_list *out, nf_object *object,
                               const nf_association *association, nf_error *err)
{
    nf_store *store = object->space->store;
    nf_list *stored;
    nf_status status;
    size_t i;

    if (!store || nf_object_is_memory_only(object))
        return NF_OK;
    if (association->parent &&
        association->parent->kind != NF_ENTITY_PERSISTABLE)
        return NF_OK;
    stored = nf_list_new(association->parent);
    if (!stored)
        return nf_error_nomem(err);
    status = store->ops->referring(store, stored, object->space, association,
                                   object->id, err);
    for (i = 0; !status && i < stored->count; i++)
        if (refers(stored->items[i], association, object->id) &&
            !nf_list_append(out, stored->items[i]))
            status = nf_error_nomem(err);
    nf_list_release(stored);
    return status;
}

static int by_creation(const void *a, const void *b)
{
    const nf_object *left = *(nf_object *const *)a;
    const nf_object *right = *(nf_object *const *)b;

    return (left->sequence > right->sequence) -
           (left->sequence < right->sequence);
}

/* Uncommitted references, in order of creation, behind the stored ones. */
static nf_status uncommitted_owners(nf_list *out, nf_object *object,
                                    const nf_association *association,
                                    nf_error *err)
{
    size_t stored = out->count;

    for (nf_link *link = nf_objects_links_to(object->space, object->id); link;
         link = link->next_of) {
        const nf_member *member = &link->owner->entity->members[link->member];

        if (member->association != association || member->child_end ||
            !nf_object_is_tracked(link->owner) ||
            !refers(link->owner, association, object->id) ||
            nf_list_contains(out, link->owner))
            continue;
        if (!nf_list_append(out, link->owner))
            return nf_error_nomem(err);
    }
    if (out->count - stored > 1)
        qsort(out->items + stored, out->count - stored, sizeof *out->items,
              by_creation);
    return NF_OK;
}

nf_status nf_object_associated(nf_value *out, nf_object *object,
                               const nf_association *association, bool reverse,
                               nf_error *err)
{
    const nf_member *member;
    nf_list *list;
    nf_status status;

    *out = nf_empty();
    status = nf_object_check_usable(object, err);
    if (status)
        return status;
    member = reverse ? NULL : nf_entity_end(object->entity, association, false);
    if (!member)
        member = nf_entity_end(object->entity, association, true);
    if (member)
        return nf_object_get(out, object, member, err);
    list = nf_list_new(association->parent);
    if (!list)
        return nf_error_nomem(err);
    status = stored_owners(list, object, association, err);
    if (!status)
        status = uncommitted_owners(list, object, association, err);
    if (status)
        nf_list_release(list);
    else
        *out = nf_list_take(list);
    return status;
}
