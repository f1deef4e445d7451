/* Spaces of copies (domain D81; object.h): which of the copies of one id the
 * map tracks, and the chain by which the space finds those that it does not. */
#include "objects/space.h"

void nf_object_chain(nf_object *copy)
{
    nf_object *first = copy->space->copies;

    nf_object_neighbours(copy)->next = first;
    if (first)
        nf_object_neighbours(first)->previous = copy;
    copy->space->copies = copy;
}

void nf_object_unchain(nf_object *copy)
{
    nf_neighbours *between = nf_object_neighbours(copy);

    if (between->next)
        nf_object_neighbours(between->next)->previous = between->previous;
    if (between->previous)
        nf_object_neighbours(between->previous)->next = between->next;
    else
        copy->space->copies = between->next;
}

bool nf_object_set_tracked(nf_object *copy, bool tracked)
{
    nf_idmap *map = copy->space->map;
    nf_object *other = nf_idmap_get(map, copy->id);

    if (other && (other != copy || !tracked))
        nf_object_hold(other, false);
    if (!tracked || other == copy)
        return true;
    if (!nf_idmap_set(map, copy->id, copy))
        return false;
    nf_object_hold(copy, true);
    return true;
}

nf_status nf_object_note_change(nf_object *object, nf_error *err)
{
    nf_objects *objects = object->space;

    if (!object->copy || object->held || !objects ||
        nf_idmap_get(objects->map, object->id) ||
        (objects->gone && nf_idmap_get(objects->gone, object->id)))
        return NF_OK;
    if (!nf_idmap_set(objects->map, object->id, object))
        return nf_error_nomem(err);
    nf_object_hold(object, true);
    return NF_OK;
}

bool nf_object_lost_row(const nf_object *object)
{
    const nf_objects *objects = object->space;

    return object->copy && object->state == NF_OBJECT_CHANGED && objects &&
           objects->gone && nf_idmap_get(objects->gone, object->id);
}

/* ---- one-to-one ----------------------------------------------------------
 */

/* Whether a tracked copy has another value than its row in this member, and in
 * no other. */
static bool differs_in(const nf_object *copy, const nf_member *member)
{
    if (!copy->copy || copy->state != NF_OBJECT_CHANGED ||
        !nf_object_member_changed(copy, member->index))
        return false;
    for (size_t i = 0; i < copy->entity->member_count; i++)
        if (i != member->index && nf_object_member_changed(copy, i))
            return false;
    return true;
}

/* The copy of `id` if its link is `link`, which is stored, and all that was
 * changed. Where it can't be noted it stays as it is. */
static void settle_end(nf_object *object, const nf_member *near, int64_t id,
                       int64_t link)
{
    nf_object *copy = id ? nf_idmap_get(object->space->map, id) : NULL;
    const nf_member *far =
        copy ? nf_entity_end(copy->entity, near->association, !near->child_end)
             : NULL;
    const nf_value *value = far ? &copy->members[far->index] : NULL;

    if (!far || copy == object || !differs_in(copy, far) ||
        (value->kind == NF_KIND_ID ? value->as.integer : 0) != link)
        return;
    if (nf_object_note(copy, NULL) == NF_OK)
        nf_object_settle(copy);
}

void nf_object_settle_partners(nf_object *object)
{
    if (!object->copy || !object->space || object->state != NF_OBJECT_CHANGED)
        return;
    for (size_t i = 0; i < object->entity->member_count; i++) {
        const nf_member *member = &object->entity->members[i];
        const nf_value *now = &object->members[i];
        const nf_value *before = object->base ? &object->base[i] : NULL;

        if (!member->association || !member->association->owner_both ||
            member->association->set || !nf_object_member_changed(object, i))
            continue;
        if (now->kind == NF_KIND_ID)
            settle_end(object, member, now->as.integer, object->id);
        if (before && before->kind == NF_KIND_ID)
            settle_end(object, member, before->as.integer, 0);
    }
}

void nf_object_written(const nf_object *object)
{
    nf_objects *objects = object->space;
    nf_object *kept = objects ? objects->kept : NULL;

    if (!kept || kept == object || kept->id != object->id)
        return;
    objects->kept = NULL;
    nf_object_release(kept);
}

nf_status nf_objects_get_kept(nf_object **out, nf_objects *objects,
                              const nf_entity *entity, int64_t id,
                              nf_error *err)
{
    nf_object *kept = objects->kept;
    nf_status status;

    if (kept &&
        (kept->id != id || kept->removed || kept->state == NF_OBJECT_DELETED)) {
        objects->kept = NULL;
        nf_object_release(kept);
    } else if (kept && !nf_idmap_get(objects->map, id)) {
        *out = nf_object_retain(kept);
        return NF_OK;
    }
    status = nf_objects_get(out, objects, entity, id, err);
    if (status == NF_OK && *out && !objects->kept)
        objects->kept = nf_object_retain(*out);
    return status;
}
