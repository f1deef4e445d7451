/* What uploaded references point to (synchronize S43, S92 … S95). */
#include "server/unit.h"

typedef enum target_state {
    TARGET_FINE,
    TARGET_CLEAR,
    TARGET_DANGLING
} target_state;

static const nf_entity *far_entity(const nf_member *member)
{
    return member->child_end ? member->association->parent
                             : member->association->child;
}

/* Objects that come one after the other often refer to the same one. */
static bool is_known(const nf_unit *unit, const nf_entity *entity, int64_t id)
{
    return unit->known_target == id && unit->known_entity == entity &&
           !unit->as_objects;
}

/* What this unit has written is there until handlers or deletions come. */
static bool is_written(const nf_unit *unit, const nf_entry *other,
                       const nf_entity *entity)
{
    return other && other->decided && !unit->as_objects && !unit->deleting &&
           (other->state == NF_OUTCOME_CREATED ||
            other->state == NF_OUTCOME_UPDATED) &&
           !other->repeated && other->entity &&
           nf_entity_is(other->entity, entity);
}

static nf_status check_target(nf_unit *unit, const nf_member *member,
                              int64_t id, target_state *out, nf_error *err)
{
    const nf_entry *other = nf_unit_find(unit, id);
    const nf_entity *entity = far_entity(member);
    bool found = false;
    nf_status status;

    *out = TARGET_FINE;
    if (is_known(unit, entity, id) || is_written(unit, other, entity))
        return NF_OK;
    status = nf_record_exists(unit->server->database, entity, id, &found, err);
    if (status == NF_OK && found) {
        unit->known_target = id;
        unit->known_entity = entity;
    }
    if (status != NF_OK || found)
        return status;
    if (other && other->kind == NF_WIRE_NEW && other->entity &&
        nf_entity_is(other->entity, entity)) {
        if (other->decided && other->state == NF_OUTCOME_REJECTED)
            *out = TARGET_CLEAR;
        return NF_OK; /* of this unit, perhaps later (cycles) */
    }
    status = nf_server_was_deleted(unit->server, id, &found, err);
    *out = found ? TARGET_CLEAR : TARGET_DANGLING;
    return status;
}

static nf_status check_reference(nf_unit *unit, nf_entry *entry,
                                 nf_entry_data *data, size_t index,
                                 nf_error *err)
{
    const nf_member *member = &entry->entity->members[index];
    nf_value *value = &data->values[index];
    size_t count = 0, kept = 0;
    int64_t single = value->kind == NF_KIND_ID ? value->as.integer : 0;
    const int64_t *ids =
        value->kind == NF_KIND_ID ? &single : nf_ids_of(value, &count);
    int64_t *keep;
    nf_status status = NF_OK;

    if (value->kind == NF_KIND_ID)
        count = 1;
    if (count == 0)
        return NF_OK;
    keep = nf_alloc_array(count, sizeof *keep);
    if (!keep)
        return nf_error_nomem(err);
    for (size_t i = 0; status == NF_OK && i < count; i++) {
        target_state target = TARGET_FINE;
        int64_t id;
        memcpy(&id, (const char *)ids + i * sizeof id, sizeof id);
        status = check_target(unit, member, id, &target, err);
        if (target == TARGET_DANGLING)
            nf_entry_reject(unit, entry, "OBJ_DANGLING",
                            "'%s' of '%s' refers to %lld, which is unknown",
                            member->name, entry->entity->qualified,
                            (long long)id);
        else if (target == TARGET_FINE)
            keep[kept++] = id;
    }
    if (status == NF_OK && kept < count && !entry->decided) {
        status = nf_entry_clear(unit, entry, index, err);
        nf_value_release(value);
        *value = nf_empty();
        if (status == NF_OK && kept > 0 && !nf_ids_value(value, keep, kept))
            status = nf_error_nomem(err);
    }
    nf_free(keep);
    return status;
}

/* Objects of this unit are looked for when it is their turn: they may be
 * written until then. */
static nf_status expect_targets(nf_unit *unit, const nf_member *member,
                                const nf_value *value, int64_t *last,
                                nf_error *err)
{
    size_t count = value->kind == NF_KIND_ID ? 1 : 0;
    int64_t id = count ? value->as.integer : 0;
    const int64_t *ids = count ? &id : nf_ids_of(value, &count);
    nf_status status = NF_OK;

    for (size_t i = 0; status == NF_OK && i < count; i++) {
        memcpy(&id, (const char *)ids + i * sizeof id, sizeof id);
        if (!nf_unit_find(unit, id) && id != *last &&
            !is_known(unit, far_entity(member), id))
            status = nf_record_expect_exists(unit->server->database,
                                             far_entity(member), id, err);
        *last = id;
    }
    return status;
}

nf_status nf_unit_expect_references(nf_unit *unit, const nf_entry *entry,
                                    const nf_entry_data *data, nf_error *err)
{
    const nf_entity *entity = entry->entity;
    int64_t last = 0;
    nf_status status = NF_OK;

    for (size_t i = 0; status == NF_OK && i < entity->member_count; i++)
        if (entity->members[i].association && nf_bits_has(data->given, i))
            status = expect_targets(unit, &entity->members[i], &data->values[i],
                                    &last, err);
    return status;
}

nf_status nf_unit_check_references(nf_unit *unit, nf_entry *entry,
                                   nf_entry_data *data, const uint64_t *mask,
                                   nf_error *err)
{
    nf_status status = NF_OK;

    for (size_t i = 0;
         status == NF_OK && !entry->decided && i < entry->entity->member_count;
         i++) {
        if (entry->entity->members[i].association && nf_bits_has(mask, i))
            status = check_reference(unit, entry, data, i, err);
    }
    return status;
}

static nf_status note_cleared(void *user, const nf_association *association,
                              int64_t owner, nf_error *err)
{
    nf_unit *unit = user;
    nf_entry *entry = nf_unit_find(unit, owner);
    nf_status status = NF_OK;

    for (size_t i = 0; status == NF_OK && entry && entry->entity &&
                       i < entry->entity->member_count;
         i++) {
        if (entry->entity->members[i].association == association)
            status = nf_entry_clear(unit, entry, i, err);
    }
    return status;
}

nf_status nf_unit_clear_references(nf_unit *unit, const nf_entity *entity,
                                   int64_t id, nf_error *err)
{
    return nf_record_clear_references(unit->server->database, entity, id,
                                      note_cleared, unit, err);
}

nf_status nf_unit_clear_rejected(nf_unit *unit, nf_error *err)
{
    nf_status status = NF_OK;

    for (size_t i = 0; status == NF_OK && i < unit->count; i++) {
        nf_entry *entry = &unit->entries[i];
        /* An id that is in use is somebody's object. */
        if (entry->kind == NF_WIRE_NEW && entry->entity && !entry->actual &&
            entry->state == NF_OUTCOME_REJECTED)
            status =
                nf_unit_clear_references(unit, entry->entity, entry->id, err);
    }
    return status;
}
