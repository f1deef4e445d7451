/* Bookkeeping of synchronizations on the device (domain D132 … D134): what the
 * server told about objects, member rights, the pending record, views, touched
 * ids and history. */
#include "base/memory.h"
#include "database/device_internal.h"

enum { HISTORY_MAX = 200 };

/* ---- rights -------------------------------------------------------------- */

static nf_status pack_rights(nf_buffer *out, const nf_entity *entity,
                             const uint64_t *set, nf_error *err)
{
    nf_buffer_init(out, NF_BUFFER_MAX);
    return set ? nf_member_set_pack(out, entity, set, err) : NF_OK;
}

static void bind_bytes(nf_statement *statement, int index, const nf_buffer *b)
{
    nf_bind_bytes(statement, index, b->length ? b->data : "", b->length);
}

static nf_status find_class(nf_device *device, int64_t entity,
                            const nf_buffer *inaccessible,
                            const nf_buffer *readonly, int64_t *out,
                            nf_error *err)
{
    nf_statement *statement = nf_database_statement(
        device->database,
        "SELECT class FROM _mx_right_class WHERE entity = ? AND inaccessible "
        "= ? AND readonly = ?",
        err);
    nf_status status;
    bool row;

    if (!statement)
        return nf_no_statement(err);
    nf_bind_int(statement, 1, entity);
    bind_bytes(statement, 2, inaccessible);
    bind_bytes(statement, 3, readonly);
    status = nf_database_step(device->database, statement, &row, err);
    if (!status && row)
        *out = nf_column_int(statement, 0);
    nf_database_done(device->database, statement);
    return status;
}

static nf_status add_class(nf_device *device, int64_t entity,
                           const nf_buffer *inaccessible,
                           const nf_buffer *readonly, int64_t *out,
                           nf_error *err)
{
    nf_statement *statement = nf_database_statement(
        device->database,
        "INSERT INTO _mx_right_class(entity, inaccessible, readonly) "
        "VALUES(?, ?, ?)",
        err);
    nf_status status;
    bool row;

    if (!statement)
        return nf_no_statement(err);
    nf_bind_int(statement, 1, entity);
    bind_bytes(statement, 2, inaccessible);
    bind_bytes(statement, 3, readonly);
    status = nf_database_step(device->database, statement, &row, err);
    nf_database_done(device->database, statement);
    *out = sqlite3_last_insert_rowid(device->database->handle);
    device->has_rights = true;
    return status;
}

/* Objects come one after the other with the same rights. An apply that is
 * undone takes its classes along. */
static bool same_rights(const nf_last_rights *last, const nf_entity *entity,
                        const uint64_t *inaccessible, const uint64_t *readonly)
{
    return last->entity == entity && entity->member_count <= 64 &&
           (inaccessible ? *inaccessible : 0) == last->inaccessible &&
           (readonly ? *readonly : 0) == last->readonly;
}

static void keep_rights(nf_device *device, const nf_entity *entity,
                        const uint64_t *inaccessible, const uint64_t *readonly,
                        int64_t number)
{
    device->last_rights =
        (nf_last_rights){.entity = entity,
                         .inaccessible = inaccessible ? *inaccessible : 0,
                         .readonly = readonly ? *readonly : 0,
                         .number = number};
}

nf_status nf_right_class_intern(nf_device *device, const nf_entity *entity,
                                const uint64_t *inaccessible,
                                const uint64_t *readonly, int64_t *out,
                                nf_error *err)
{
    int64_t number = nf_database_entity_number(device->database, entity);
    nf_buffer a, b;
    nf_status status;

    *out = 0;
    if (!inaccessible && !readonly)
        return NF_OK;
    if (same_rights(&device->last_rights, entity, inaccessible, readonly)) {
        *out = device->last_rights.number;
        return NF_OK;
    }
    status = pack_rights(&a, entity, inaccessible, err);
    nf_buffer_init(&b, NF_BUFFER_MAX);
    if (!status)
        status = pack_rights(&b, entity, readonly, err);
    if (!status && (a.length || b.length)) {
        status = find_class(device, number, &a, &b, out, err);
        if (!status && !*out)
            status = add_class(device, number, &a, &b, out, err);
    }
    nf_buffer_dispose(&a);
    nf_buffer_dispose(&b);
    if (!status)
        keep_rights(device, entity, inaccessible, readonly, *out);
    return status;
}

static nf_status read_class(nf_device *device, const nf_entity *entity,
                            int64_t number, nf_right_class *class,
                            nf_error *err)
{
    nf_statement *statement = nf_database_statement(
        device->database,
        "SELECT inaccessible, readonly FROM _mx_right_class WHERE class = ?",
        err);
    uint64_t **sets[] = {&class->inaccessible, &class->readonly};
    nf_status status;
    bool row;
    int i;

    if (!statement)
        return nf_no_statement(err);
    nf_bind_int(statement, 1, number);
    status = nf_database_step(device->database, statement, &row, err);
    for (i = 0; !status && row && i < 2; i++) {
        size_t size = nf_column_size(statement, i);

        if (size)
            status = nf_member_set_unpack(sets[i], entity,
                                          nf_column_bytes(statement, i),
                                          (size_t)size, err);
    }
    nf_database_done(device->database, statement);
    return status;
}

/* Sets are kept until the device ends: objects in memory borrow them. */
nf_status nf_right_class_find(nf_device *device, const nf_entity *entity,
                              int64_t number, const nf_right_class **out,
                              nf_error *err)
{
    nf_right_class *class;
    nf_status status;

    *out = NULL;
    for (class = device->classes; class; class = class->next)
        if (class->number == number) {
            *out = class;
            return NF_OK;
        }
    class = nf_alloc(sizeof *class);
    if (!class)
        return nf_error_nomem(err);
    class->number = number;
    class->next = device->classes;
    device->classes = class;
    status = read_class(device, entity, number, class, err);
    *out = class;
    return status;
}

/* ---- server copies ------------------------------------------------------- */

nf_status nf_server_copy_read(nf_server_copy *out, nf_device *device,
                              const nf_entity *entity, nf_statement *statement,
                              int column, nf_error *err)
{
    size_t size = nf_column_size(statement, column);
    int64_t rights = nf_column_int(statement, column + 1);
    const nf_right_class *class;
    nf_status status;

    *out = (nf_server_copy){.known = true};
    if (size > 0 && size <= NF_SERVER_HASH_MAX) {
        memcpy(out->hash, nf_column_bytes(statement, column), (size_t)size);
        out->hash_size = (size_t)size;
    }
    if (!rights)
        return NF_OK;
    status = nf_right_class_find(device, entity, rights, &class, err);
    if (!status && class) {
        out->inaccessible = class->inaccessible;
        out->readonly = class->readonly;
    }
    return status;
}

nf_status nf_device_server_copy(nf_server_copy *out, nf_device *device,
                                const nf_entity *entity, int64_t id,
                                nf_error *err)
{
    nf_statement *statement = nf_database_statement(
        device->database,
        "SELECT server_hash, rights FROM _mx_object WHERE id = ?", err);
    nf_status status;
    bool row;

    *out = (nf_server_copy){0};
    if (!statement)
        return nf_no_statement(err);
    nf_bind_int(statement, 1, id);
    status = nf_database_step(device->database, statement, &row, err);
    if (!status && row)
        status = nf_server_copy_read(out, device, entity, statement, 0, err);
    nf_database_done(device->database, statement);
    return status;
}

void nf_copies_start(nf_copies *copies, nf_device *device,
                     const nf_entity *entity)
{
    copies->device = device;
    copies->entity = entity;
    copies->after = 0;
    copies->count = copies->at = 0;
    copies->ended = false;
}

static nf_status read_page(nf_copies *copies, nf_error *err)
{
    nf_database *database = copies->device->database;
    nf_statement *statement = nf_database_statement(
        database,
        "SELECT id, server_hash FROM _mx_object WHERE entity = ? AND id > ? "
        "ORDER BY id LIMIT ?",
        err);
    nf_status status = statement ? NF_OK : nf_no_statement(err);
    bool row = true;

    copies->count = copies->at = 0;
    if (status)
        return status;
    nf_bind_int(statement, 1,
                nf_database_entity_number(database, copies->entity));
    nf_bind_int(statement, 2, copies->after);
    nf_bind_int(statement, 3, NF_COPIES_PAGE);
    while (!(status = nf_database_step(database, statement, &row, err)) &&
           row && copies->count < NF_COPIES_PAGE) {
        nf_copy_item *item = &copies->items[copies->count++];

        item->id = copies->after = nf_column_int(statement, 0);
        item->has_hash = nf_column_size(statement, 1) == sizeof item->hash;
        if (item->has_hash)
            memcpy(item->hash, nf_column_bytes(statement, 1),
                   sizeof item->hash);
    }
    nf_database_done(database, statement);
    copies->ended = copies->count < NF_COPIES_PAGE;
    return status;
}

nf_status nf_copies_peek(nf_copies *copies, const nf_copy_item **out,
                         nf_error *err)
{
    nf_status status = NF_OK;

    if (copies->at == copies->count && !copies->ended)
        status = read_page(copies, err);
    *out = !status && copies->at < copies->count ? &copies->items[copies->at]
                                                 : NULL;
    return status;
}

void nf_copies_pass(nf_copies *copies)
{
    copies->at++;
}

nf_status nf_copies_find(nf_copies *copies, int64_t id,
                         const nf_copy_item **out, nf_error *err)
{
    const nf_copy_item *item;
    nf_status status;

    *out = NULL;
    while (!(status = nf_copies_peek(copies, &item, err)) && item &&
           item->id <= id) {
        nf_copies_pass(copies);
        if (item->id == id) {
            *out = item;
            return NF_OK;
        }
    }
    return status;
}

nf_status nf_device_copy_sum(nf_device *device, const nf_entity *entity,
                             int64_t *count, uint8_t sum[16], nf_error *err)
{
    nf_statement *statement = nf_database_statement(
        device->database, "SELECT server_hash FROM _mx_object WHERE entity = ?",
        err);
    nf_status status = statement ? NF_OK : nf_no_statement(err);
    bool row = true;

    *count = 0;
    memset(sum, 0, 16);
    if (status)
        return status;
    nf_bind_int(statement, 1,
                nf_database_entity_number(device->database, entity));
    while (
        !(status = nf_database_step(device->database, statement, &row, err)) &&
        row) {
        const uint8_t *hash = nf_column_bytes(statement, 0);

        if (nf_column_size(statement, 0) != 16)
            continue;
        ++*count;
        for (int i = 0; i < 16; i++)
            sum[i] ^= hash[i];
    }
    nf_database_done(device->database, statement);
    return status;
}

static nf_status find_entity(nf_device *device, const char *sql, int64_t id,
                             const nf_entity **out, nf_error *err)
{
    nf_statement *statement = nf_database_statement(device->database, sql, err);
    nf_status status;
    bool row;

    if (!statement)
        return nf_no_statement(err);
    nf_bind_int(statement, 1, id);
    status = nf_database_step(device->database, statement, &row, err);
    if (!status && row)
        *out =
            nf_database_entity(device->database, nf_column_int(statement, 0));
    nf_database_done(device->database, statement);
    return status;
}

nf_status nf_device_is_fresh(nf_device *device, bool *out, nf_error *err)
{
    nf_statement *statement = nf_database_statement(
        device->database,
        "SELECT 1 WHERE EXISTS(SELECT 1 FROM _mx_object) OR EXISTS(SELECT 1 "
        "FROM _mx_change) OR EXISTS(SELECT 1 FROM _mx_view)",
        err);
    nf_status status;
    bool row;

    *out = false;
    if (!statement)
        return nf_no_statement(err);
    status = nf_database_step(device->database, statement, &row, err);
    nf_database_done(device->database, statement);
    *out = !status && !row;
    return status;
}

nf_status nf_device_known_entity(nf_device *device, int64_t id,
                                 const nf_entity **out, nf_error *err)
{
    nf_status status;

    *out = NULL;
    status = find_entity(device, "SELECT entity FROM _mx_object WHERE id = ?",
                         id, out, err);
    if (!status && !*out)
        status = find_entity(
            device, "SELECT entity FROM _mx_change WHERE id = ?", id, out, err);
    return status;
}

nf_status nf_object_row_set(nf_device *device, const nf_entity *entity,
                            int64_t id, const void *hash, size_t hash_size,
                            int64_t rights, nf_error *err)
{
    nf_statement *statement = nf_database_statement(
        device->database,
        "INSERT OR REPLACE INTO _mx_object(id, entity, server_hash, rights) "
        "VALUES(?, ?, ?, ?)",
        err);
    nf_status status;
    bool row;

    if (!statement)
        return nf_no_statement(err);
    nf_bind_int(statement, 1, id);
    nf_bind_int(statement, 2,
                nf_database_entity_number(device->database, entity));
    if (hash_size && hash_size <= NF_SERVER_HASH_MAX)
        nf_bind_bytes(statement, 3, hash, (int)hash_size);
    if (rights)
        nf_bind_int(statement, 4, rights);
    status = nf_database_step(device->database, statement, &row, err);
    nf_database_done(device->database, statement);
    return status;
}

nf_status nf_object_row_remove(nf_device *device, int64_t id, nf_error *err)
{
    return nf_device_run(device, "DELETE FROM _mx_object WHERE id = ?", id, 0,
                         0, err);
}

nf_status nf_object_row_forget(nf_device *device, const nf_entity *entity,
                               int64_t id, nf_error *err)
{
    nf_status status = nf_device_touch(device, entity, id, err);

    return status ? status
                  : nf_device_run(device,
                                  "UPDATE _mx_object SET server_hash = NULL "
                                  "WHERE id = ?",
                                  id, 0, 0, err);
}

/* ---- the pending record -------------------------------------------------- */

void nf_pending_dispose(nf_pending *pending)
{
    nf_free(pending->frozen);
    nf_free(pending->outcome);
    *pending = (nf_pending){0};
}

static bool column_bytes(uint8_t **out, size_t *size, nf_statement *statement,
                         int column)
{
    const void *bytes = nf_column_bytes(statement, column);

    *size = nf_column_size(statement, column);
    *out = NULL;
    if (!bytes)
        return true;
    *out = (uint8_t *)nf_strndup(bytes, *size);
    return *out != NULL;
}

nf_status nf_device_get_pending(nf_pending *out, nf_device *device,
                                nf_error *err)
{
    nf_statement *statement = nf_database_statement(
        device->database,
        "SELECT sync_id, mode, state, frozen, outcome FROM _mx_pending LIMIT 1",
        err);
    nf_status status;
    bool row;

    *out = (nf_pending){0};
    if (!statement)
        return nf_no_statement(err);
    status = nf_database_step(device->database, statement, &row, err);
    if (!status && row) {
        out->exists = true;
        if (nf_column_size(statement, 0) == 16)
            memcpy(out->sync_id, nf_column_bytes(statement, 0), 16);
        out->mode = nf_column_int(statement, 1);
        out->state = nf_column_int(statement, 2);
        if (!column_bytes(&out->frozen, &out->frozen_size, statement, 3) ||
            !column_bytes(&out->outcome, &out->outcome_size, statement, 4)) {
            nf_pending_dispose(out);
            status = nf_error_nomem(err);
        }
    }
    nf_database_done(device->database, statement);
    return status;
}

static nf_status write_pending(nf_device *device, const nf_pending *pending,
                               nf_error *err)
{
    nf_statement *statement;
    nf_status status =
        nf_device_run(device, "DELETE FROM _mx_pending", 0, 0, 0, err);
    bool row;

    if (status || !pending->exists)
        return status;
    statement = nf_database_statement(
        device->database,
        "INSERT INTO _mx_pending(sync_id, mode, state, frozen, outcome) "
        "VALUES(?, ?, ?, ?, ?)",
        err);
    if (!statement)
        return nf_no_statement(err);
    nf_bind_bytes(statement, 1, pending->sync_id, 16);
    nf_bind_int(statement, 2, pending->mode);
    nf_bind_int(statement, 3, pending->state);
    if (pending->frozen)
        nf_bind_bytes(statement, 4, pending->frozen, pending->frozen_size);
    if (pending->outcome)
        nf_bind_bytes(statement, 5, pending->outcome, pending->outcome_size);
    status = nf_database_step(device->database, statement, &row, err);
    nf_database_done(device->database, statement);
    return status;
}

nf_status nf_device_set_pending(nf_device *device, const nf_pending *pending,
                                nf_error *err)
{
    bool outer = nf_database_depth(device->database) == 0;
    nf_status status = NF_OK;

    if (outer)
        status = nf_database_set_durable(device->database, true, err);
    if (!status)
        status = nf_database_begin(device->database, err);
    if (status)
        return status;
    status = write_pending(device, pending, err);
    status = nf_database_conclude(device->database, status, err);
    if (outer && !status)
        status = nf_database_set_durable(device->database, false, err);
    return status;
}

/* ---- views and touched ids ----------------------------------------------- */

nf_status nf_device_get_view(nf_device *device, const nf_entity *entity,
                             uint8_t **out, size_t *size, nf_error *err)
{
    nf_statement *statement = nf_database_statement(
        device->database, "SELECT token FROM _mx_view WHERE entity = ?", err);
    nf_status status;
    bool row;

    *out = NULL;
    *size = 0;
    if (!statement)
        return nf_no_statement(err);
    nf_bind_int(statement, 1,
                nf_database_entity_number(device->database, entity));
    status = nf_database_step(device->database, statement, &row, err);
    if (!status && row && !column_bytes(out, size, statement, 0))
        status = nf_error_nomem(err);
    nf_database_done(device->database, statement);
    return status;
}

nf_status nf_device_set_view(nf_device *device, const nf_entity *entity,
                             const void *token, size_t size, nf_error *err)
{
    nf_statement *statement = nf_database_statement(
        device->database,
        size ? "INSERT OR REPLACE INTO _mx_view(entity, token) VALUES(?, ?)"
             : "DELETE FROM _mx_view WHERE entity = ?",
        err);
    nf_status status;
    bool row;

    if (!statement)
        return nf_no_statement(err);
    nf_bind_int(statement, 1,
                nf_database_entity_number(device->database, entity));
    if (size)
        nf_bind_bytes(statement, 2, token, size);
    status = nf_database_step(device->database, statement, &row, err);
    nf_database_done(device->database, statement);
    /* Without a view nothing needs to be noted. */
    return status || size ? status
                          : nf_device_clear_touched(device, entity, err);
}

nf_status nf_device_get_touched(nf_device *device, const nf_entity *entity,
                                size_t limit, int64_t **out, size_t *count,
                                nf_error *err)
{
    nf_statement *statement = nf_database_statement(
        device->database,
        "SELECT id FROM _mx_touched WHERE entity = ? ORDER BY id LIMIT ?", err);
    size_t capacity = 0;
    nf_status status = statement ? NF_OK : nf_no_statement(err);
    bool row = true;

    *out = NULL;
    *count = 0;
    if (statement) {
        nf_bind_int(statement, 1,
                    nf_database_entity_number(device->database, entity));
        nf_bind_int(statement, 2, (int64_t)limit);
    }
    while (
        !status &&
        !(status = nf_database_step(device->database, statement, &row, err)) &&
        row) {
        int64_t *grown = nf_grow(*out, *count, &capacity, sizeof **out);

        if (!grown) {
            status = nf_error_nomem(err);
            break;
        }
        *out = grown;
        grown[(*count)++] = nf_column_int(statement, 0);
    }
    nf_database_done(device->database, statement);
    if (status) {
        nf_free(*out);
        *out = NULL;
        *count = 0;
    }
    return status;
}

nf_status nf_device_touch(nf_device *device, const nf_entity *entity,
                          int64_t id, nf_error *err)
{
    return nf_device_run(
        device,
        "INSERT OR IGNORE INTO _mx_touched(entity, id) SELECT entity, ?2 FROM "
        "_mx_view WHERE entity = ?1",
        nf_database_entity_number(device->database, entity), id, 0, err);
}

nf_status nf_device_clear_touched(nf_device *device, const nf_entity *entity,
                                  nf_error *err)
{
    return nf_device_run(device, "DELETE FROM _mx_touched WHERE entity = ?",
                         nf_database_entity_number(device->database, entity), 0,
                         0, err);
}

/* ---- history ------------------------------------------------------------- */

nf_status nf_device_add_history(nf_device *device, const nf_sync_record *record,
                                nf_error *err)
{
    nf_statement *statement = nf_database_statement(
        device->database,
        "INSERT INTO _mx_sync(sync_id, started, finished, mode, result, "
        "uploaded, downloaded, rejected) VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
        err);
    nf_status status;
    bool row;

    if (!statement)
        return nf_no_statement(err);
    nf_bind_bytes(statement, 1, record->sync_id, 16);
    nf_bind_int(statement, 2, record->started);
    nf_bind_int(statement, 3, record->finished);
    nf_bind_int(statement, 4, record->mode);
    nf_bind_text(statement, 5, record->result ? record->result : "");
    nf_bind_int(statement, 6, record->uploaded);
    nf_bind_int(statement, 7, record->downloaded);
    nf_bind_int(statement, 8, record->rejected);
    status = nf_database_step(device->database, statement, &row, err);
    nf_database_done(device->database, statement);
    if (!status) /* one successful run of each mode always stays (S132) */
        status = nf_device_run(
            device,
            "DELETE FROM _mx_sync WHERE run <= (SELECT max(run) FROM _mx_sync)"
            " - ? AND run NOT IN (SELECT max(run) FROM _mx_sync WHERE result ="
            " '' GROUP BY mode)",
            HISTORY_MAX, 0, 0, err);
    return status;
}

nf_status nf_device_completed_syncs(nf_device *device, int64_t mode,
                                    int64_t *out, nf_error *err)
{
    nf_statement *statement = nf_database_statement(
        device->database,
        "SELECT count(*) FROM _mx_sync WHERE mode = ? AND result = ''", err);
    nf_status status;
    bool row;

    *out = 0;
    if (!statement)
        return nf_no_statement(err);
    nf_bind_int(statement, 1, mode);
    status = nf_database_step(device->database, statement, &row, err);
    if (!status && row)
        *out = nf_column_int(statement, 0);
    nf_database_done(device->database, statement);
    return status;
}
