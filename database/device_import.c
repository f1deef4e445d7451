/* Data files on the device (design §5): rows as already synchronized, new,
 * changed or deleted, and back. */
#include "base/memory.h"
#include "database/device_internal.h"

/* The row as it will be: the existing one, or defaults, under the mask. */
static nf_status merged(nf_value **out, bool *exists, nf_record *before,
                        nf_device *device, const nf_entity *entity, int64_t id,
                        const nf_value *members, const uint64_t *mask,
                        nf_error *err)
{
    nf_status status =
        nf_record_read(before, device->database, entity, id, err);
    size_t i;

    *out = NULL;
    *exists = before->entity != NULL;
    if (status)
        return status;
    if (*exists && before->entity != entity)
        return nf_error_set(err, NF_INPUT, "db_error",
                            "the object %lld is of \"%s\", not of \"%s\"",
                            (long long)id, before->entity->qualified,
                            entity->qualified);
    if (*exists) {
        status =
            nf_members_copy(out, before->members, entity->member_count, err);
    } else {
        *out = nf_alloc_array(entity->member_count, sizeof **out);
        status = *out ? nf_entity_defaults(*out, entity, 0, err)
                      : nf_error_nomem(err);
    }
    for (i = 0; !status && members && i < entity->member_count; i++)
        if (nf_member_set_has(mask, i))
            nf_value_assign(&(*out)[i], &members[i]);
    return status;
}

static nf_status write_row(nf_device *device, const nf_entity *entity,
                           int64_t id, nf_value *members, const uint64_t *mask,
                           bool exists, nf_error *err)
{
    return exists
               ? nf_record_update(device->database, entity, id, members, mask,
                                  NULL, err)
               : nf_record_insert(device->database, entity, id, members, err);
}

/* What the change log has of the object. Work on an object that is marked as
 * deleted is refused: there is no row that it could change, and a row beside
 * the mark would outlive the deletion. */
static nf_status present_kind(nf_change_kind *out, nf_device *device,
                              int64_t id, nf_import_state state, nf_error *err)
{
    nf_change change;
    nf_status status = nf_device_change(&change, device, id, err);

    if (status)
        return status;
    *out = change.kind;
    nf_change_dispose(&change);
    if (*out == NF_CHANGE_DELETED && state != NF_IMPORT_SYNCHRONIZED)
        return nf_error_set(err, NF_INPUT, "db_error",
                            "the object %lld is deleted on this device",
                            (long long)id);
    return NF_OK;
}

static nf_status import_row(nf_device *device, const nf_entity *entity,
                            int64_t id, const nf_value *members,
                            const uint64_t *mask, nf_import_state state,
                            nf_error *err)
{
    nf_change mark = {.id = id, .entity = entity, .kind = NF_CHANGE_NEW};
    nf_record before = {0};
    nf_value *row = NULL;
    nf_change_kind kind = NF_CHANGE_NONE;
    bool exists;
    nf_status status =
        merged(&row, &exists, &before, device, entity, id, members, mask, err);

    if (!status)
        status = present_kind(&kind, device, id, state, err);
    /* A change of what was made here stays unknown to the server. */
    if (!status && (state == NF_IMPORT_SYNCHRONIZED ||
                    (state == NF_IMPORT_CHANGED && kind != NF_CHANGE_NEW)))
        status = nf_object_row_set(device, entity, id, NULL, 0, 0, err);
    if (!status)
        status = nf_device_touch(device, entity, id, err);
    if (!status && state == NF_IMPORT_CHANGED)
        status = nf_change_mark(device, entity, id, mask, before.members, err);
    else if (!status && state == NF_IMPORT_NEW)
        status = nf_change_write(device, &mark, err);
    else if (!status)
        status = nf_change_remove(device, id, err);
    if (!status)
        status = write_row(device, entity, id, row, mask, exists, err);
    nf_members_free(row, entity->member_count);
    nf_record_dispose(&before);
    return status;
}

static nf_status import_deleted(nf_device *device, const nf_entity *entity,
                                int64_t id, nf_error *err)
{
    nf_change mark = {.id = id, .entity = entity, .kind = NF_CHANGE_DELETED};
    bool exists;
    nf_status status =
        nf_record_exists(device->database, entity, id, &exists, err);

    if (!status && exists)
        return nf_device_delete_row(device, entity, id, err);
    if (!status)
        status = nf_object_row_set(device, entity, id, NULL, 0, 0, err);
    if (!status)
        status = nf_device_touch(device, entity, id, err);
    return status ? status : nf_change_write(device, &mark, err);
}

nf_status nf_device_import(nf_device *device, const nf_entity *entity,
                           int64_t id, const nf_value *members,
                           const uint64_t *mask, nf_import_state state,
                           nf_error *err)
{
    nf_status status;

    if (id <= 0)
        return nf_error_set(err, NF_INPUT, "db_error",
                            "%lld is no positive guid", (long long)id);
    status = nf_database_begin(device->database, err);
    if (status)
        return status;
    status = state == NF_IMPORT_DELETED
                 ? import_deleted(device, entity, id, err)
                 : import_row(device, entity, id, members, mask, state, err);
    return nf_database_conclude(device->database, status, err);
}

/* ---- export -------------------------------------------------------------- */

typedef struct exporting {
    nf_device *device;
    const nf_entity *entity;
    nf_export_visit each;
    void *user;
    nf_statement *deleted; /* deletion marks, by id */
    int64_t next;          /* the next of them; 0: there are no more */
} exporting;

static nf_status next_deleted(exporting *x, nf_error *err)
{
    bool row;
    nf_status status =
        nf_database_step(x->device->database, x->deleted, &row, err);

    x->next = !status && row ? nf_column_int(x->deleted, 0) : 0;
    return status;
}

static nf_status find_deleted(exporting *x, nf_error *err)
{
    nf_database *database = x->device->database;

    x->deleted = nf_database_statement(
        database,
        "SELECT id FROM _mx_change WHERE kind = ? AND entity = ? ORDER BY id",
        err);
    if (!x->deleted)
        return nf_no_statement(err);
    nf_bind_int(x->deleted, 1, NF_CHANGE_DELETED);
    nf_bind_int(x->deleted, 2, nf_database_entity_number(database, x->entity));
    return next_deleted(x, err);
}

/* Deletion marks below `id` come first. */
static nf_status export_deleted(exporting *x, int64_t id, nf_error *err)
{
    nf_status status = NF_OK;

    while (!status && x->next && x->next < id) {
        nf_record record = {.entity = x->entity, .id = x->next};

        status = x->each(x->user, &record, NF_IMPORT_DELETED, err);
        if (!status)
            status = next_deleted(x, err);
    }
    return status;
}

static nf_status export_record(void *user, nf_record *record, nf_error *err)
{
    exporting *x = user;
    nf_import_state state = NF_IMPORT_SYNCHRONIZED;
    nf_change change;
    nf_status status = export_deleted(x, record->id, err);

    if (!status)
        status = nf_device_change(&change, x->device, record->id, err);
    if (status)
        return status;
    if (change.kind == NF_CHANGE_NEW)
        state = NF_IMPORT_NEW;
    else if (change.kind == NF_CHANGE_CHANGED)
        state = NF_IMPORT_CHANGED;
    nf_change_dispose(&change);
    return x->each(x->user, record, state, err);
}

nf_status nf_device_export(nf_device *device, const nf_entity *entity,
                           nf_export_visit each, void *user, nf_error *err)
{
    nf_selection all = {.retrieval = {.entity = entity, .limit = -1},
                        .exact = true};
    exporting x = {
        .device = device, .entity = entity, .each = each, .user = user};
    nf_status status = find_deleted(&x, err);

    if (!status)
        status =
            nf_record_query(device->database, &all, export_record, &x, err);
    if (!status)
        status = export_deleted(&x, INT64_MAX, err);
    nf_database_done(device->database, x.deleted);
    return status;
}
