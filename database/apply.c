/* The one transaction that applies a synchronization (synchronize §16). Each
 * object has at most one local change; whether it is the one that was sent
 * (its mid is the frozen one) decides between the server's copy and the local
 * work (S117). */
#include "base/memory.h"
#include "database/apply_internal.h"

void nf_apply_cancel(nf_apply *apply)
{
    if (!apply)
        return;
    if (apply->fresh)
        (void)nf_database_execute(apply->device->database,
                                  "PRAGMA cache_size=-16384", NULL);
    if (apply->begun) {
        apply->device->last_rights = (nf_last_rights){0};
        nf_database_end(apply->device->database, false, NULL);
        nf_database_set_durable(apply->device->database, false, NULL);
    }
    nf_delta_free(apply->delta);
    nf_idmap_free(apply->by_id);
    nf_free(apply->fresh_sql);
    nf_free(apply->hash_sql);
    nf_free(apply->touch_sql);
    nf_free(apply->frozen);
    nf_free(apply);
}

static bool prepare(nf_apply *apply, const nf_frozen *frozen, size_t count)
{
    size_t i;

    apply->by_id = nf_idmap_new();
    apply->frozen = nf_alloc_array(count, sizeof *apply->frozen);
    if (apply->objects)
        apply->delta = nf_delta_new(apply->objects);
    if (!apply->by_id || !apply->frozen || (apply->objects && !apply->delta))
        return false;
    for (i = 0; i < count; i++) {
        apply->frozen[i] = frozen[i];
        if (!nf_idmap_set(apply->by_id, frozen[i].id, &apply->frozen[i]))
            return false;
    }
    apply->frozen_count = count;
    return true;
}

nf_status nf_apply_begin(nf_apply **out, nf_device *device, nf_objects *objects,
                         const nf_frozen *frozen, size_t count, nf_error *err)
{
    nf_apply *apply = nf_alloc(sizeof *apply);
    nf_status status;

    *out = NULL;
    if (!apply)
        return nf_error_nomem(err);
    apply->device = device;
    apply->objects = objects;
    status = prepare(apply, frozen, count) ? NF_OK : nf_error_nomem(err);
    if (!status) /* the final transaction is durable (W52) */
        status = nf_database_set_durable(device->database, true, err);
    if (!status)
        status = nf_database_begin(device->database, err);
    apply->begun = status == NF_OK;
    if (!status)
        status = nf_device_is_fresh(device, &apply->fresh, err);
    /* Rows come by id, at the end of each table: what is in the cache is
     * hardly needed again, and memory does not grow with the download. */
    if (!status && apply->fresh)
        status = nf_database_execute(device->database,
                                     "PRAGMA cache_size=-3072", err);
    if (status) {
        nf_apply_cancel(apply);
        return status;
    }
    *out = apply;
    return NF_OK;
}

bool nf_apply_is_fresh(const nf_apply *apply)
{
    return apply->fresh;
}

/* ---- a device that has nothing yet --------------------------------------- */

/* Nothing is looked up: no row, no local change, no object in memory. */
static nf_status insert_fresh(nf_apply *apply, const nf_entity *entity,
                              int64_t id, nf_value *members, const void *hash,
                              size_t hash_size, int64_t rights, nf_error *err)
{
    nf_copy_row *copy = &apply->fresh_rows[apply->fresh_count++];
    nf_error problem;
    nf_status status;

    nf_error_clear(&problem);
    copy->id = id;
    copy->entity = nf_database_entity_number(apply->device->database, entity);
    copy->rights = rights;
    copy->hash_size = hash_size <= NF_SERVER_HASH_MAX ? hash_size : 0;
    if (copy->hash_size)
        memcpy(copy->hash, hash, copy->hash_size);
    for (size_t i = 0; i < entity->member_count; i++)
        if (entity->members[i].child_end)
            nf_value_release(&members[i]);
    status = nf_record_insert(apply->device->database, entity, id, members,
                              &problem);
    status = nf_apply_judge(status, &problem, err);
    return !status && apply->fresh_count == NF_APPLY_ROWS
               ? nf_apply_flush(apply, err)
               : status;
}

nf_status nf_apply_section(nf_apply *apply, const nf_entity *entity,
                           nf_error *err)
{
    nf_status status = nf_apply_flush(apply, err);

    apply->section = entity;
    if (status)
        return status;
    return entity ? nf_device_clear_touched(apply->device, entity, err) : NF_OK;
}

/* The server copy of an object changes outside a full synchronization: the
 * confirmed view no longer says what the device has (W45). */
static nf_status note_touched(nf_apply *apply, const nf_entity *entity,
                              int64_t id, nf_error *err)
{
    return apply->section == entity
               ? NF_OK
               : nf_device_touch(apply->device, entity, id, err);
}

nf_status nf_apply_local_change(nf_apply *apply, int64_t id, nf_change *change,
                                bool *newer, nf_error *err)
{
    const nf_frozen *frozen = nf_idmap_get(apply->by_id, id);
    nf_status status = nf_apply_flush(apply, err);

    *change = (nf_change){.id = id};
    *newer = false;
    if (!status)
        status = nf_device_change(change, apply->device, id, err);
    if (status || change->kind == NF_CHANGE_NONE)
        return status;
    *newer = !frozen || frozen->kind == NF_CHANGE_NONE ||
             memcmp(frozen->mid, change->mid, NF_MID_SIZE) != 0;
    return NF_OK;
}

static nf_status note_refreshed(nf_apply *apply, const nf_entity *entity,
                                int64_t id, nf_error *err)
{
    nf_server_copy copy = {0};
    nf_record record = {0};
    nf_status status = NF_OK;
    bool noted;

    if (!apply->delta)
        return NF_OK;
    if (nf_objects_find(apply->objects, id)) {
        status =
            nf_record_read(&record, apply->device->database, entity, id, err);
        if (!status)
            status =
                nf_device_server_copy(&copy, apply->device, entity, id, err);
    }
    if (status) {
        nf_record_dispose(&record);
        return status;
    }
    noted = nf_delta_refresh(apply->delta, entity, id, record.members,
                             copy.readonly, copy.inaccessible);
    return noted ? NF_OK : nf_error_nomem(err);
}

/* A newer local change over a new base: what is not locally changed takes the
 * server's value (S117). A new object that the server has accepted meanwhile
 * is a changed one from here on. */
static nf_status rebase(nf_apply *apply, nf_change *change, nf_value *members,
                        nf_error *err)
{
    const nf_entity *entity = change->entity;
    nf_record row;
    size_t i;
    nf_status status =
        nf_record_read(&row, apply->device->database, entity, change->id, err);

    if (status || !row.entity)
        return status;
    if (change->kind == NF_CHANGE_NEW) {
        change->kind = NF_CHANGE_CHANGED;
        change->changed = nf_member_set_new(entity);
        change->base =
            nf_alloc_array(entity->member_count, sizeof *change->base);
        if (!change->changed || !change->base)
            status = nf_error_nomem(err);
        for (i = 0; !status && i < entity->member_count; i++)
            if (!entity->members[i].child_end &&
                !nf_value_equal(&row.members[i], &members[i]))
                nf_member_set_add(change->changed, i);
    }
    for (i = 0; !status && i < entity->member_count; i++)
        if (nf_member_set_has(change->changed, i)) {
            nf_value_assign(&change->base[i], &members[i]);
            nf_value_assign(&members[i], &row.members[i]);
        }
    nf_record_dispose(&row);
    return status ? status : nf_change_rewrite(apply->device, change, err);
}

/* The other end of owner-Both associations comes with its owner's row. */
static nf_status store_row(nf_database *database, const nf_entity *entity,
                           int64_t id, nf_value *members, nf_error *err)
{
    uint64_t *mask = nf_member_set_new(entity);
    nf_status status;
    bool found;
    size_t i;

    if (!mask)
        return nf_error_nomem(err);
    for (i = 0; i < entity->member_count; i++) {
        if (!entity->members[i].child_end)
            nf_member_set_add(mask, i);
        else
            nf_value_release(&members[i]);
    }
    status = nf_record_update(database, entity, id, members, mask, &found, err);
    if (!status && !found)
        status = nf_record_insert(database, entity, id, members, err);
    nf_free(mask);
    return status;
}

static void clear_inaccessible(const nf_entity *entity, nf_value *members,
                               const uint64_t *inaccessible)
{
    size_t i;

    for (i = 0; i < entity->member_count; i++)
        if (nf_member_set_has(inaccessible, i))
            nf_value_release(&members[i]);
}

static nf_status store_members(nf_apply *apply, const nf_entity *entity,
                               int64_t id, nf_value *members, nf_error *err)
{
    nf_change change;
    bool newer;
    nf_status status = nf_apply_local_change(apply, id, &change, &newer, err);

    if (!status && change.kind == NF_CHANGE_DELETED && newer) {
        nf_change_dispose(&change);
        return NF_OK; /* deleted after it was sent: stays deleted */
    }
    if (!status && newer)
        status = rebase(apply, &change, members, err);
    else if (!status && change.kind != NF_CHANGE_NONE)
        status = nf_change_remove(apply->device, id, err);
    nf_change_dispose(&change);
    if (!status)
        status = store_row(apply->device->database, entity, id, members, err);
    if (!status)
        status = note_refreshed(apply, entity, id, err);
    return status;
}

nf_status nf_apply_store(nf_apply *apply, const nf_entity *entity, int64_t id,
                         nf_value *members, const void *hash, size_t hash_size,
                         const uint64_t *inaccessible, const uint64_t *readonly,
                         nf_error *err)
{
    int64_t rights;
    nf_status status = nf_right_class_intern(
        apply->device, entity, inaccessible, readonly, &rights, err);

    clear_inaccessible(entity, members, inaccessible);
    if (!status && apply->fresh)
        return insert_fresh(apply, entity, id, members, hash, hash_size, rights,
                            err);
    if (!status)
        status = nf_apply_flush(apply, err);
    if (!status)
        status = nf_object_row_set(apply->device, entity, id, hash, hash_size,
                                   rights, err);
    if (!status)
        status = note_touched(apply, entity, id, err);
    if (!status)
        status = store_members(apply, entity, id, members, err);
    return status;
}

/* *found: there was a row. */
static nf_status remove_row(nf_apply *apply, const nf_entity *entity,
                            int64_t id, bool *found, nf_error *err)
{
    nf_device *device = apply->device;
    nf_status status = nf_change_remove(device, id, err);

    *found = false;
    if (!status)
        status = note_touched(apply, entity, id, err);
    if (!status)
        status = nf_object_row_remove(device, id, err);
    if (!status)
        status = nf_record_delete(device->database, entity, id, found, err);
    if (!status)
        status = nf_database_drop_content(device->database, id, err);
    /* What was not there (any more) does not leave. */
    if (!status && *found && apply->delta &&
        !nf_delta_remove(apply->delta, entity, id))
        status = nf_error_nomem(err);
    return status;
}

nf_status nf_apply_remove(nf_apply *apply, const nf_entity *entity, int64_t id,
                          bool *kept, nf_error *err)
{
    nf_change change;
    bool newer, found;
    nf_status status = nf_apply_local_change(apply, id, &change, &newer, err);

    nf_change_dispose(&change);
    if (kept)
        *kept = newer;
    if (status)
        return status;
    /* Newer local work stays, but the server's copy under it is gone. */
    return newer ? nf_object_row_forget(apply->device, entity, id, err)
                 : remove_row(apply, entity, id, &found, err);
}

nf_status nf_apply_discard(nf_apply *apply, const nf_entity *entity, int64_t id,
                           nf_error *err)
{
    bool found;
    nf_status status = remove_row(apply, entity, id, &found, err);

    /* One that was never committed is in memory only. */
    if (!status && !found && apply->delta &&
        nf_objects_find(apply->objects, id) &&
        !nf_delta_remove(apply->delta, entity, id))
        status = nf_error_nomem(err);
    return status;
}

/* A link that a deletion had cleared, set again unless its owner was changed
 * since (S87). */
static nf_status restore_link(nf_apply *apply, const nf_cleared_link *link,
                              int64_t id, nf_error *err)
{
    nf_database *database = apply->device->database;
    const nf_member *member;
    nf_record row;
    nf_change change;
    nf_status status =
        nf_device_change(&change, apply->device, link->owner, err);
    bool untouched = change.kind == NF_CHANGE_NONE;

    nf_change_dispose(&change);
    if (status || !untouched)
        return status;
    status = nf_record_read(&row, database, link->association->parent,
                            link->owner, err);
    if (status || !row.entity)
        return status;
    member = nf_entity_end(row.entity, link->association, false);
    if (member && (link->association->set ||
                   row.members[member->index].kind == NF_KIND_EMPTY))
        status =
            nf_record_link(database, link->association, link->owner, id, err);
    if (!status && member)
        status = note_touched(apply, row.entity, link->owner, err);
    if (!status && member)
        status = note_refreshed(apply, row.entity, link->owner, err);
    nf_record_dispose(&row);
    return status;
}

nf_status nf_apply_restore(nf_apply *apply, const nf_entity *entity, int64_t id,
                           nf_error *err)
{
    nf_change change;
    bool newer;
    nf_status status = nf_apply_local_change(apply, id, &change, &newer, err);
    size_t i;

    (void)entity;
    if (!status && change.kind == NF_CHANGE_DELETED && !newer) {
        status = nf_change_remove(apply->device, id, err);
        for (i = 0; !status && i < change.cleared_count; i++)
            status = restore_link(apply, &change.cleared[i], id, err);
    }
    nf_change_dispose(&change);
    return status;
}

typedef struct id_array {
    int64_t *ids;
    size_t count, capacity;
} id_array;

static nf_status add_id(void *user, nf_record *record, nf_error *err)
{
    id_array *array = user;
    int64_t *ids =
        nf_grow(array->ids, array->count, &array->capacity, sizeof *ids);

    if (!ids)
        return nf_error_nomem(err);
    array->ids = ids;
    ids[array->count++] = record->id;
    return NF_OK;
}

nf_status nf_apply_clear(nf_apply *apply, const nf_entity *entity,
                         nf_error *err)
{
    nf_selection all = {.retrieval = {.entity = entity, .limit = -1},
                        .exact = true,
                        .ids_only = true};
    id_array array = {0};
    nf_status status =
        nf_record_query(apply->device->database, &all, add_id, &array, err);
    size_t i;

    for (i = 0; !status && i < array.count; i++)
        status = nf_apply_remove(apply, entity, array.ids[i], NULL, err);
    nf_free(array.ids);
    return status;
}

const nf_delta *nf_apply_delta(const nf_apply *apply)
{
    return apply->delta;
}

nf_status nf_apply_commit(nf_apply *apply, nf_error *err)
{
    nf_status status = nf_apply_flush(apply, err);

    if (status) {
        nf_apply_cancel(apply);
        return status;
    }
    status = nf_database_end(apply->device->database, true, err);
    apply->begun = false;
    if (!status && apply->delta)
        nf_objects_reconcile(apply->objects, apply->delta);
    nf_database_set_durable(apply->device->database, false, NULL);
    nf_apply_cancel(apply);
    return status;
}
