/* Members of objects: reading, setting, adding to and removing from reference
 * sets (activities §6.2 … §6.3), with both ends of owner-Both associations
 * kept equal (domain D44, D45). */
#include "objects/object.h"

#include "base/memory.h"
#include "objects/space.h"

const char *nf_object_state_name(nf_object_state state)
{
    switch (state) {
    case NF_OBJECT_NEW:
        return "new";
    case NF_OBJECT_UNCHANGED:
        return "committed";
    case NF_OBJECT_CHANGED:
        return "changed";
    case NF_OBJECT_DELETED:
        return "deleted";
    }
    return "unknown";
}

nf_status nf_object_check_usable(const nf_object *object, nf_error *err)
{
    return object->state != NF_OBJECT_DELETED && object->space
               ? NF_OK
               : nf_object_deleted(object, err);
}

nf_status nf_object_deleted(const nf_object *object, nf_error *err)
{
    return nf_error_set(err, NF_FAILED, "deleted_object",
                        "The object of \"%s\" has been deleted",
                        object->entity->qualified);
}

bool nf_object_member_changed(const nf_object *object, size_t index)
{
    if (object->state == NF_OBJECT_NEW)
        return true;
    return object->changed && (object->changed[index / 64] >> (index % 64) & 1);
}

/* The entity at the other end of a member. */
static const nf_entity *other_end(const nf_member *member)
{
    return member->child_end ? member->association->parent
                             : member->association->child;
}

static nf_status get_reference(nf_value *out, nf_object *object,
                               const nf_member *member, int64_t id,
                               nf_error *err)
{
    nf_object *target;
    nf_status status =
        nf_objects_get(&target, object->space, other_end(member), id, err);

    if (!status && target)
        *out = nf_object_take(target);
    return status;
}

static nf_status get_set(nf_value *out, nf_object *object,
                         const nf_member *member, nf_error *err)
{
    nf_list *list = nf_list_new(other_end(member));
    nf_string *held = NULL;
    nf_status status = list ? NF_OK : nf_error_nomem(err);
    size_t count = 0, i;
    const int64_t *ids = nf_ids_of(&object->members[member->index], &count);

    if (count) /* loading may replace the value while it is read */
        held = nf_string_retain(object->members[member->index].as.string);
    for (i = 0; !status && i < count; i++) {
        nf_object *target;

        status =
            nf_objects_get(&target, object->space, list->entity, ids[i], err);
        if (!status && target && !nf_list_append(list, target))
            status = nf_error_nomem(err);
        nf_object_release(target);
    }
    nf_string_release(held);
    if (status)
        nf_list_release(list);
    else
        *out = nf_list_take(list);
    return status;
}

nf_status nf_object_get(nf_value *out, nf_object *object,
                        const nf_member *member, nf_error *err)
{
    const nf_value *value = &object->members[member->index];
    nf_status status;

    *out = nf_empty();
    status = object->leaving ? NF_OK : nf_object_check_usable(object, err);
    if (status)
        return status;
    if (member->attribute) {
        *out = nf_value_copy(value);
        return NF_OK;
    }
    if (member->association->set)
        return get_set(out, object, member, err);
    if (value->kind != NF_KIND_ID)
        return NF_OK;
    return get_reference(out, object, member, value->as.integer, err);
}

/* ---- setting ------------------------------------------------------------ */

static nf_status mismatch(const nf_member *member, nf_error *err)
{
    return nf_error_set(err, NF_FAILED, "type_mismatch",
                        "the value does not fit the type of \"%s\"",
                        member->name);
}

static nf_status convert_number(nf_value *out, const nf_member *member,
                                const nf_value *value, nf_error *err)
{
    nf_attribute_type type = member->attribute->type;

    if (type == NF_ATTRIBUTE_DECIMAL && value->kind == NF_KIND_INTEGER) {
        *out = nf_decimal_take(nf_decimal_from_int(value->as.integer));
        return NF_OK;
    }
    if (type == NF_ATTRIBUTE_INTEGER && value->kind == NF_KIND_INTEGER &&
        (value->as.integer < INT32_MIN || value->as.integer > INT32_MAX))
        return nf_error_set(err, NF_FAILED, "value_out_of_range",
                            "%lld does not fit the Integer \"%s\"",
                            (long long)value->as.integer, member->name);
    if (value->kind != (uint8_t)nf_attribute_kind(member->attribute))
        return mismatch(member, err);
    *out = nf_value_copy(value);
    return NF_OK;
}

/* The value as the attribute holds it (D11, D19). */
static nf_status convert_attribute(nf_value *out, const nf_member *member,
                                   const nf_value *value, nf_error *err)
{
    *out = nf_empty();
    if (value->kind != NF_KIND_EMPTY)
        return convert_number(out, member, value, err);
    if (member->attribute->type == NF_ATTRIBUTE_BOOLEAN)
        return nf_error_set(err, NF_FAILED, "empty_value",
                            "the Boolean \"%s\" cannot be empty", member->name);
    return NF_OK;
}

/* One target of an association: its id, or nothing if it was removed. */
static nf_status target_id(int64_t *id, bool *present, const nf_member *member,
                           const nf_object *target, nf_error *err)
{
    nf_status status;

    *present = false;
    if (target->removed)
        return NF_OK;
    status = nf_object_check_usable(target, err);
    if (status)
        return status;
    if (other_end(member) && !nf_entity_is(target->entity, other_end(member)))
        return mismatch(member, err);
    *id = target->id;
    *present = true;
    return NF_OK;
}

/* The ids of an OBJECT, LIST or EMPTY. *out: nf_free. */
static nf_status target_ids(int64_t **out, size_t *count,
                            const nf_member *member, const nf_value *value,
                            nf_error *err)
{
    nf_object *const *items = NULL;
    nf_object *one;
    size_t total = 0, i;
    bool present;
    nf_status status = NF_OK;

    *count = 0;
    *out = NULL;
    if (value->kind == NF_KIND_OBJECT) {
        one = value->as.object;
        items = &one;
        total = 1;
    } else if (value->kind == NF_KIND_LIST) {
        total = nf_list_count(value->as.list);
        items = value->as.list->items;
    } else if (value->kind != NF_KIND_EMPTY) {
        return mismatch(member, err);
    }
    *out = nf_alloc_array(total, sizeof **out);
    if (!*out)
        return nf_error_nomem(err);
    for (i = 0; !status && i < total; i++) {
        status = target_id(&(*out)[*count], &present, member, items[i], err);
        if (!status && present)
            ++*count;
    }
    if (status) {
        nf_free(*out);
        *out = NULL;
    }
    return status;
}

/* Writes one end of an owner-Both Reference, if that object can be found. */
static nf_status write_partner(nf_objects *objects, const nf_member *near,
                               int64_t id, nf_value value, nf_error *err)
{
    nf_object *partner;
    const nf_member *far;
    nf_status status =
        nf_objects_get(&partner, objects, other_end(near), id, err);

    if (status || !partner)
        return status;
    far = nf_entity_end(partner->entity, near->association, !near->child_end);
    if (far)
        status = nf_object_write(partner, far->index, value, err);
    nf_object_release(partner);
    return status;
}

/* The partner that `object` has at `member`, 0 for none. */
static int64_t partner_of(const nf_object *object, const nf_member *member)
{
    const nf_value *value = &object->members[member->index];

    return value->kind == NF_KIND_ID ? value->as.integer : 0;
}

/* D44: the old partners of both lose their link, the new ones get theirs. */
static nf_status set_one_to_one(nf_object *object, const nf_member *member,
                                nf_object *target, nf_error *err)
{
    nf_objects *objects = object->space;
    int64_t old = partner_of(object, member), rival = 0;
    const nf_member *far = NULL;
    nf_status status = NF_OK;

    if (target) {
        far = nf_entity_end(target->entity, member->association,
                            !member->child_end);
        rival = far ? partner_of(target, far) : 0;
        if (old == target->id && rival == object->id)
            return NF_OK;
    }
    if (old)
        status = write_partner(objects, member, old, nf_empty(), err);
    if (!status && rival && rival != object->id) {
        nf_object *other;

        status =
            nf_objects_get(&other, objects, object->entity->root, rival, err);
        if (!status && other) {
            const nf_member *near = nf_entity_end(
                other->entity, member->association, member->child_end);

            if (near)
                status = nf_object_write(other, near->index, nf_empty(), err);
            nf_object_release(other);
        }
    }
    if (!status && far)
        status =
            nf_object_write(target, far->index, nf_id_value(object->id), err);
    if (!status)
        status =
            nf_object_write(object, member->index,
                            target ? nf_id_value(target->id) : nf_empty(), err);
    return status;
}

static nf_status set_reference(nf_object *object, const nf_member *member,
                               const nf_value *value, nf_error *err)
{
    nf_object *target = NULL;
    int64_t id;
    bool present;
    nf_status status;

    if (value->kind == NF_KIND_OBJECT) {
        status = target_id(&id, &present, member, value->as.object, err);
        if (status)
            return status;
        target = present ? value->as.object : NULL;
    } else if (value->kind != NF_KIND_EMPTY) {
        return mismatch(member, err);
    }
    if (member->association->owner_both)
        return set_one_to_one(object, member, target, err);
    return nf_object_write(object, member->index,
                           target ? nf_id_value(target->id) : nf_empty(), err);
}

/* Adds or removes `id` in the set at the other end (D45). */
static nf_status mirror(nf_object *object, const nf_member *member,
                        int64_t other, bool add, nf_error *err)
{
    nf_object *partner;
    const nf_member *far;
    const int64_t *ids;
    int64_t *wanted;
    size_t count, kept = 0, i;
    nf_value value;
    nf_status status =
        nf_objects_get(&partner, object->space, other_end(member), other, err);

    if (status || !partner)
        return status;
    far =
        nf_entity_end(partner->entity, member->association, !member->child_end);
    ids = far ? nf_ids_of(&partner->members[far->index], &count) : NULL;
    count = ids ? count : 0;
    wanted = nf_alloc_array(count + 1, sizeof *wanted);
    for (i = 0; wanted && i < count; i++)
        if (ids[i] != object->id)
            wanted[kept++] = ids[i];
    if (wanted && add)
        wanted[kept++] = object->id;
    if (!wanted || !nf_ids_value(&value, wanted, kept))
        status = nf_error_nomem(err);
    else if (far)
        status = nf_object_write(partner, far->index, value, err);
    nf_free(wanted);
    nf_object_release(partner);
    return status;
}

/* Writes the set and, with owner Both, what changed at the other ends. */
static nf_status write_set(nf_object *object, const nf_member *member,
                           const int64_t *ids, size_t count, nf_error *err)
{
    nf_value old = nf_value_copy(&object->members[member->index]), value;
    nf_status status = NF_OK;
    size_t old_count, i;
    const int64_t *old_ids = nf_ids_of(&old, &old_count);

    if (!nf_ids_value(&value, ids, count)) {
        nf_value_release(&old);
        return nf_error_nomem(err);
    }
    if (member->association->owner_both) {
        for (i = 0; !status && i < count; i++)
            if (!nf_ids_has(&old, ids[i]))
                status = mirror(object, member, ids[i], true, err);
        for (i = 0; !status && i < old_count; i++)
            if (!nf_ids_has(&value, old_ids[i]))
                status = mirror(object, member, old_ids[i], false, err);
    }
    if (!status)
        status = nf_object_write(object, member->index, value, err);
    else
        nf_value_release(&value);
    nf_value_release(&old);
    return status;
}

static nf_status set_member(nf_object *object, const nf_member *member,
                            const nf_value *value, nf_error *err)
{
    nf_status status;
    nf_value converted;
    int64_t *ids;
    size_t count;

    if (member->attribute) {
        status = convert_attribute(&converted, member, value, err);
        if (!status)
            status = nf_object_write(object, member->index, converted, err);
        return status;
    }
    if (!member->association->set)
        return set_reference(object, member, value, err);
    status = target_ids(&ids, &count, member, value, err);
    if (!status)
        status = write_set(object, member, ids, count, err);
    nf_free(ids);
    return status;
}

nf_status nf_object_set(nf_object *object, const nf_member *member,
                        const nf_value *value, nf_error *err)
{
    nf_status status = nf_object_check_usable(object, err);

    if (!status)
        status = set_member(object, member, value, err);
    if (!status)
        nf_objects_tell(object->space, object, NF_EFFECT_CHANGED, member);
    return status;
}

nf_status nf_object_show_calculated(nf_object *object, const nf_member *member,
                                    const nf_value *value, nf_error *err)
{
    nf_value converted;
    nf_status status = convert_attribute(&converted, member, value, err);

    if (status)
        return status;
    nf_value_release(&object->members[member->index]);
    object->members[member->index] = converted;
    return NF_OK;
}

/* Adds or removes members of a set (O20): absent and present ones do no
 * harm. */
static nf_status change_set(nf_object *object, const nf_member *member,
                            const nf_value *value, bool add, nf_error *err)
{
    nf_status status = nf_object_check_usable(object, err);
    int64_t *ids = NULL, *wanted;
    const int64_t *old;
    size_t count, old_count, kept = 0, i;
    nf_value given;

    if (!status && (!member->association || !member->association->set))
        status = mismatch(member, err);
    if (!status)
        status = target_ids(&ids, &count, member, value, err);
    if (status)
        return status;
    old = nf_ids_of(&object->members[member->index], &old_count);
    wanted = nf_alloc_array(count + old_count, sizeof *wanted);
    if (!wanted || !nf_ids_value(&given, ids, count)) {
        nf_free(wanted);
        nf_free(ids);
        return nf_error_nomem(err);
    }
    for (i = 0; i < old_count; i++)
        if (add || !nf_ids_has(&given, old[i]))
            wanted[kept++] = old[i];
    for (i = 0; add && i < count; i++)
        wanted[kept++] = ids[i];
    status = write_set(object, member, wanted, kept, err);
    nf_value_release(&given);
    nf_free(wanted);
    nf_free(ids);
    return status;
}

nf_status nf_object_add(nf_object *object, const nf_member *member,
                        const nf_value *value, nf_error *err)
{
    return change_set(object, member, value, true, err);
}

nf_status nf_object_remove(nf_object *object, const nf_member *member,
                           const nf_value *value, nf_error *err)
{
    return change_set(object, member, value, false, err);
}
