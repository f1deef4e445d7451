/* The store of a device: retrieving objects, and committing and deleting them
 * with the change log in one local transaction (domain D71, D75, D53). */
#include "database/device.h"

#include "base/memory.h"
#include "database/device_internal.h"
#include "database/xpath.h"

static nf_device *device_of(nf_store *store)
{
    return (nf_device *)store;
}

/* ---- reading ------------------------------------------------------------- */

static nf_status set_rights(nf_device *device, nf_object *object, nf_error *err)
{
    nf_server_copy copy;
    nf_status status;

    if (!device->has_rights)
        return NF_OK;
    status =
        nf_device_server_copy(&copy, device, object->entity, object->id, err);
    if (!status) {
        object->unwritable = copy.readonly;
        object->inaccessible = copy.inaccessible;
    }
    return status;
}

static nf_status load_record(nf_device *device, nf_object **out,
                             nf_objects *objects, nf_record *record,
                             nf_error *err)
{
    nf_value *members = record->members;
    nf_status status;

    record->members = NULL;
    status =
        nf_objects_load(out, objects, record->entity, record->id, members, err);
    if (!status && *out)
        status = set_rights(device, *out, err);
    if (status && *out) {
        nf_object_release(*out);
        *out = NULL;
    }
    return status;
}

typedef struct gathering {
    nf_device *device;
    nf_objects *objects;
    nf_list *list;
} gathering;

static nf_status gather(void *user, nf_record *record, nf_error *err)
{
    gathering *g = user;
    nf_object *object;
    nf_status status = load_record(g->device, &object, g->objects, record, err);

    if (!status && object && !nf_list_append(g->list, object))
        status = nf_error_nomem(err);
    nf_object_release(object);
    return status;
}

static nf_status retrieve(nf_store *store, nf_list *out, nf_objects *objects,
                          const nf_retrieval *retrieval, nf_error *err)
{
    nf_device *device = device_of(store);
    nf_selection selection = {.retrieval = *retrieval};
    gathering g = {.device = device, .objects = objects, .list = out};

    return nf_record_query(device->database, &selection, gather, &g, err);
}

static nf_status fetch(nf_store *store, nf_object **out, nf_objects *objects,
                       const nf_entity *entity, int64_t id, nf_error *err)
{
    nf_device *device = device_of(store);
    nf_record record;
    nf_status status;

    *out = NULL;
    status = nf_record_read(&record, device->database, entity, id, err);
    if (!status && record.entity)
        status = load_record(device, out, objects, &record, err);
    nf_record_dispose(&record);
    return status;
}

static nf_status referring(nf_store *store, nf_list *out, nf_objects *objects,
                           const nf_association *association, int64_t child,
                           nf_error *err)
{
    nf_device *device = device_of(store);
    nf_selection selection = {
        .retrieval = {.entity = association->parent, .limit = -1},
        .referring = association,
        .child = child};
    gathering g = {.device = device, .objects = objects, .list = out};

    if (!association->parent)
        return NF_OK;
    return nf_record_query(device->database, &selection, gather, &g, err);
}

/* ---- committing ---------------------------------------------------------- */

static nf_status check_locked(const nf_device *device, nf_object *const *items,
                              size_t count, nf_error *err)
{
    size_t i;

    for (i = 0; device->locked && i < count; i++)
        if (nf_idmap_get(device->locked, items[i]->id))
            return nf_error_set(err, NF_FAILED, "COMMIT_LOCKED",
                                "The object is being synchronized");
    return NF_OK;
}

/* The member at the owner's end of an owner-Both association changes with the
 * child's: that row is what the server will be told (synchronize S89). */
static nf_status mark_owner(nf_device *device, const nf_member *child_end,
                            int64_t owner, nf_error *err)
{
    const nf_association *association = child_end->association;
    nf_record record;
    const nf_member *member;
    uint64_t *set;
    nf_status status = nf_record_read(&record, device->database,
                                      association->parent, owner, err);

    if (status || !record.entity)
        return status;
    member = nf_entity_end(record.entity, association, false);
    set = nf_member_set_new(record.entity);
    if (!set)
        status = nf_error_nomem(err);
    else if (member) {
        nf_member_set_add(set, member->index);
        status = nf_change_mark(device, record.entity, owner, set,
                                record.members, err);
    }
    nf_free(set);
    nf_record_dispose(&record);
    return status;
}

static nf_status mark_owners(nf_device *device, const nf_member *member,
                             const nf_value *before, const nf_value *after,
                             nf_error *err)
{
    const nf_value *values[] = {before, after};
    nf_status status = NF_OK;
    size_t v, i, count;

    for (v = 0; v < 2; v++) {
        const nf_value *value = values[v], *other = values[1 - v];
        const int64_t *ids;

        if (!value)
            continue;
        ids = nf_ids_of(value, &count);
        for (i = 0; !status && i < count; i++)
            if (!other || !nf_ids_has(other, ids[i]))
                status = mark_owner(device, member, ids[i], err);
        if (!status && value->kind == NF_KIND_ID &&
            (!other || !nf_value_equal(value, other)))
            status = mark_owner(device, member, value->as.integer, err);
    }
    return status;
}

static nf_status mark_other_ends(nf_device *device, const nf_object *object,
                                 const nf_value *before, nf_error *err)
{
    nf_status status = NF_OK;
    size_t i;

    for (i = 0; !status && i < object->entity->member_count; i++) {
        const nf_member *member = &object->entity->members[i];

        if (member->association && member->child_end &&
            nf_object_member_changed(object, i))
            status = mark_owners(device, member, before ? &before[i] : NULL,
                                 &object->members[i], err);
    }
    return status;
}

static nf_status commit_new(nf_device *device, const nf_object *object,
                            nf_value *members, nf_error *err)
{
    nf_status status = mark_other_ends(device, object, NULL, err);

    if (!status)
        status = nf_record_insert(device->database, object->entity, object->id,
                                  members, err);
    return status ? status
                  : nf_change_add_new(device, object->entity, object->id, err);
}

static nf_status commit_changed(nf_device *device, const nf_object *object,
                                nf_value *members, nf_error *err)
{
    nf_record before;
    uint64_t *own = NULL;
    size_t i;
    nf_status status = nf_record_read(&before, device->database, object->entity,
                                      object->id, err);

    if (status)
        return status;
    if (!before.entity)
        return nf_error_set(err, NF_FAILED, "deleted_object",
                            "the object of \"%s\" is no longer stored",
                            object->entity->qualified);
    own = nf_member_set_new(object->entity);
    if (!own)
        status = nf_error_nomem(err);
    for (i = 0; own && i < object->entity->member_count; i++)
        if (nf_object_member_changed(object, i) &&
            !object->entity->members[i].child_end)
            nf_member_set_add(own, i);
    if (!status)
        status = mark_other_ends(device, object, before.members, err);
    if (!status)
        status = nf_change_mark(device, object->entity, object->id, own,
                                before.members, err);
    if (!status && object->changed)
        status = nf_record_update(device->database, object->entity, object->id,
                                  members, object->changed, NULL, err);
    nf_free(own);
    nf_record_dispose(&before);
    return status;
}

static bool has_long_decimal(const nf_device *device, const nf_object *object)
{
    for (size_t i = 0; i < object->entity->member_count; i++)
        if (object->members[i].kind == NF_KIND_DECIMAL &&
            object->members[i].scale > device->database->decimal_scale)
            return true;
    return false;
}

/* Objects that are committed, with the values as they are stored where storing
 * rounds them. */
typedef struct committing {
    nf_device *device;
    nf_object *const *items;
    size_t count;
    nf_value **rounded; /* NULL: of none */
} committing;

/* A copy of the members that may be rounded. */
static nf_status copy_for_rounding(committing *c, size_t index, nf_error *err)
{
    const nf_object *object = c->items[index];

    if (!c->rounded)
        c->rounded = nf_alloc_array(c->count, sizeof *c->rounded);
    if (!c->rounded)
        return nf_error_nomem(err);
    return nf_members_copy(&c->rounded[index], object->members,
                           object->entity->member_count, err);
}

static nf_status commit_one(committing *c, size_t index, nf_error *err)
{
    nf_object *object = c->items[index];
    nf_value *members = object->members;

    if (has_long_decimal(c->device, object)) {
        nf_status status = copy_for_rounding(c, index, err);

        if (status)
            return status;
        members = c->rounded[index];
    }
    return object->state == NF_OBJECT_NEW
               ? commit_new(c->device, object, members, err)
               : commit_changed(c->device, object, members, err);
}

/* Decimals show what was stored (D12). */
static void take_rounded(nf_object *object, const nf_value *members)
{
    size_t i;

    for (i = 0; members && i < object->entity->member_count; i++)
        if (members[i].kind == NF_KIND_DECIMAL)
            nf_value_assign(&object->members[i], &members[i]);
}

static void finish(committing *c, bool stored)
{
    for (size_t i = 0; c->rounded && i < c->count; i++) {
        if (stored)
            take_rounded(c->items[i], c->rounded[i]);
        nf_members_free(c->rounded[i], c->items[i]->entity->member_count);
    }
    nf_free(c->rounded);
}

static nf_status commit(nf_store *store, nf_object *const *items, size_t count,
                        nf_error *err)
{
    nf_device *device = device_of(store);
    committing c = {.device = device, .items = items, .count = count};
    nf_status status = check_locked(device, items, count, err);

    if (!status)
        status = nf_database_begin(device->database, err);
    if (status)
        return status;
    for (size_t i = 0; !status && i < count; i++)
        status = commit_one(&c, i, err);
    if (!status)
        status = nf_change_flush(device, err);
    nf_change_forget(device);
    status = nf_database_conclude(device->database, status, err);
    finish(&c, status == NF_OK);
    return status;
}

/* ---- deleting ------------------------------------------------------------ */

typedef struct clearing {
    nf_device *device;
    nf_cleared_link *links;
    size_t count, capacity;
} clearing;

static nf_status remember_cleared(void *user, const nf_association *association,
                                  int64_t owner, nf_error *err)
{
    clearing *c = user;
    nf_cleared_link *links =
        nf_grow(c->links, c->count, &c->capacity, sizeof *links);
    const nf_entity *entity;
    nf_status status;

    if (!links)
        return nf_error_nomem(err);
    c->links = links;
    links[c->count++] = (nf_cleared_link){association, owner};
    status = nf_database_entity_of(c->device->database, owner, &entity, err);
    if (status || !entity)
        return status;
    return nf_object_row_forget(c->device, entity, owner, err);
}

static nf_status mark_deleted(nf_device *device, const nf_entity *entity,
                              int64_t id, clearing *c, nf_error *err)
{
    nf_change mark = {.id = id,
                      .entity = entity,
                      .kind = NF_CHANGE_DELETED,
                      .cleared = c->links,
                      .cleared_count = c->count};
    nf_status status = nf_device_touch(device, entity, id, err);

    if (!status)
        status = nf_change_write(device, &mark, err);
    return status;
}

/* Whether the server may know an object that is new here: while a run is not
 * settled (S22) it may have been sent, and a deletion that leaves no mark
 * would be undone by the next download. The server takes the deletion of what
 * it has not got as done (S86). */
static nf_status may_be_known(bool *out, nf_device *device, nf_change_kind kind,
                              nf_error *err)
{
    nf_pending pending = {0};
    nf_status status = NF_OK;

    *out = kind != NF_CHANGE_NEW;
    if (!*out)
        status = nf_device_get_pending(&pending, device, err);
    *out = *out || pending.exists;
    nf_pending_dispose(&pending);
    return status;
}

nf_status nf_device_delete_row(nf_device *device, const nf_entity *entity,
                               int64_t id, nf_error *err)
{
    clearing c = {.device = device};
    bool never =
        nf_profile_config(device->profile, entity).mode == NF_SYNC_NEVER;
    bool found, known = false;
    nf_change change;
    nf_status status = nf_device_change(&change, device, id, err);
    nf_change_kind kind = change.kind;

    nf_change_dispose(&change);
    if (!status)
        status = may_be_known(&known, device, kind, err);
    if (!status)
        status = nf_record_clear_references(device->database, entity, id,
                                            remember_cleared, &c, err);
    if (!status)
        status = nf_record_delete(device->database, entity, id, &found, err);
    if (!status)
        status = nf_database_drop_content(device->database, id, err);
    /* U and N leave nothing (S82); so do entities in mode Never (S85). */
    if (!status && found && known && !never)
        status = mark_deleted(device, entity, id, &c, err);
    else if (!status && found) {
        status = nf_change_remove(device, id, err);
        if (!status)
            status = nf_object_row_remove(device, id, err);
    }
    nf_free(c.links);
    return status;
}

static nf_status remove_objects(nf_store *store, nf_object *const *items,
                                size_t count, nf_error *err)
{
    nf_device *device = device_of(store);
    nf_status status = check_locked(device, items, count, err);
    size_t i;

    if (!status)
        status = nf_database_begin(device->database, err);
    if (status)
        return status;
    for (i = 0; !status && i < count; i++)
        status =
            nf_device_delete_row(device, items[i]->entity, items[i]->id, err);
    return nf_database_conclude(device->database, status, err);
}

/* ---- the table ----------------------------------------------------------- */

static nf_status new_id(nf_store *store, const nf_entity *entity, int64_t *out,
                        nf_error *err)
{
    return nf_database_new_id(device_of(store)->database, entity, out, err);
}

static nf_status begin(nf_store *store, nf_error *err)
{
    return nf_database_begin(device_of(store)->database, err);
}

static nf_status release(nf_store *store, bool keep, nf_error *err)
{
    return nf_database_end(device_of(store)->database, keep, err);
}

static const nf_store_ops device_ops = {
    .retrieve = retrieve,
    .fetch = fetch,
    .referring = referring,
    .commit = commit,
    .remove = remove_objects,
    .clear = nf_device_clear,
    .new_id = new_id,
    .begin = begin,
    .savepoint = begin,
    .release = release,
};

static nf_status any_rights(nf_device *device, nf_error *err)
{
    nf_statement *statement;
    nf_status status;

    if (device->database->planned)
        return NF_OK; /* it has no rows */
    statement = nf_database_statement(
        device->database, "SELECT 1 FROM _mx_right_class LIMIT 1", err);
    if (!statement)
        return nf_no_statement(err);
    status =
        nf_database_step(device->database, statement, &device->has_rights, err);
    nf_database_done(device->database, statement);
    return status;
}

nf_status nf_device_new(nf_device **out, nf_database *database,
                        const nf_profile *profile, nf_error *err)
{
    nf_device *device = nf_alloc(sizeof *device);
    uint64_t seed;
    nf_status status;

    *out = NULL;
    if (!device) {
        nf_database_close(database);
        return nf_error_nomem(err);
    }
    device->store.ops = &device_ops;
    device->database = database;
    device->profile = profile;
    if (database->random)
        device->random.source = database->random->source;
    if (database->random && database->random->seeded &&
        nf_random_bytes(database->random, &seed, sizeof seed))
        nf_random_seed(&device->random, seed);
    status = any_rights(device, err);
    if (status) {
        nf_device_free(device);
        return status;
    }
    *out = device;
    return NF_OK;
}

void nf_device_free(nf_device *device)
{
    nf_right_class *class;

    if (!device)
        return;
    while ((class = device->classes)) {
        device->classes = class->next;
        nf_free(class->inaccessible);
        nf_free(class->readonly);
        nf_free(class);
    }
    nf_free(device->batch.sql);
    nf_idmap_free(device->locked);
    nf_database_close(device->database);
    nf_free(device);
}

nf_store *nf_device_store(nf_device *device)
{
    return &device->store;
}

nf_database *nf_device_database(nf_device *device)
{
    return device->database;
}

nf_status nf_device_lock(nf_device *device, const int64_t *ids, size_t count,
                         nf_error *err)
{
    size_t i;

    nf_device_unlock(device);
    device->locked = nf_idmap_new();
    for (i = 0; device->locked && i < count; i++)
        if (!nf_idmap_set(device->locked, ids[i], device))
            break;
    if (device->locked && i == count)
        return NF_OK;
    nf_device_unlock(device);
    return nf_error_nomem(err);
}

void nf_device_unlock(nf_device *device)
{
    nf_idmap_free(device->locked);
    device->locked = NULL;
}
