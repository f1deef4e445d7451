/* Bookkeeping of synchronizations on the device (domain D132 … D134): the
 * pending record, views, touched ids and history. */
#include "base/memory.h"
#include "database/device_internal.h"

enum { HISTORY_MAX = 200 };

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
    nf_statement *statement;
    bool row;
    nf_status status = nf_database_query(
        device->database, &statement, &row, err,
        "SELECT sync_id, mode, state, frozen, outcome FROM _mx_pending LIMIT 1",
        "");

    *out = (nf_pending){0};
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
    nf_status status =
        nf_database_write(device->database, err, "DELETE FROM _mx_pending", "");

    if (status || !pending->exists)
        return status;
    return nf_database_write(
        device->database, err,
        "INSERT INTO _mx_pending(sync_id, mode, state, frozen, outcome) "
        "VALUES(?, ?, ?, ?, ?)",
        "biibb", pending->sync_id, (size_t)16, pending->mode, pending->state,
        pending->frozen, pending->frozen_size, pending->outcome,
        pending->outcome_size);
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
    nf_statement *statement;
    bool row;
    nf_status status =
        nf_database_query(device->database, &statement, &row, err,
                          "SELECT token FROM _mx_view WHERE entity = ?", "i",
                          nf_database_entity_number(device->database, entity));

    *out = NULL;
    *size = 0;
    if (!status && row && !column_bytes(out, size, statement, 0))
        status = nf_error_nomem(err);
    nf_database_done(device->database, statement);
    return status;
}

nf_status nf_device_set_view(nf_device *device, const nf_entity *entity,
                             const void *token, size_t size, nf_error *err)
{
    int64_t number = nf_database_entity_number(device->database, entity);
    nf_status status;

    if (size)
        return nf_database_write(
            device->database, err,
            "INSERT OR REPLACE INTO _mx_view(entity, token) VALUES(?, ?)", "ib",
            number, token, size);
    status =
        nf_database_write(device->database, err,
                          "DELETE FROM _mx_view WHERE entity = ?", "i", number);
    /* Without a view nothing needs to be noted. */
    return status ? status : nf_device_clear_touched(device, entity, err);
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
    return nf_database_write(
        device->database, err,
        "INSERT OR IGNORE INTO _mx_touched(entity, id) SELECT entity, ?2 FROM "
        "_mx_view WHERE entity = ?1",
        "ii", nf_database_entity_number(device->database, entity), id);
}

nf_status nf_device_clear_touched(nf_device *device, const nf_entity *entity,
                                  nf_error *err)
{
    return nf_database_write(
        device->database, err, "DELETE FROM _mx_touched WHERE entity = ?", "i",
        nf_database_entity_number(device->database, entity));
}

/* ---- history ------------------------------------------------------------- */

nf_status nf_device_add_history(nf_device *device, const nf_sync_record *record,
                                nf_error *err)
{
    nf_status status = nf_database_write(
        device->database, err,
        "INSERT INTO _mx_sync(sync_id, started, finished, mode, result, "
        "uploaded, downloaded, rejected) VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
        "biiitiii", record->sync_id, (size_t)16, record->started,
        record->finished, record->mode, record->result ? record->result : "",
        record->uploaded, record->downloaded, record->rejected);

    if (!status) /* one successful run of each mode always stays (S132) */
        status = nf_database_write(
            device->database, err,
            "DELETE FROM _mx_sync WHERE run <= (SELECT max(run) FROM _mx_sync)"
            " - ? AND run NOT IN (SELECT max(run) FROM _mx_sync WHERE result ="
            " '' GROUP BY mode)",
            "i", (int64_t)HISTORY_MAX);
    return status;
}

nf_status nf_device_completed_syncs(nf_device *device, int64_t mode,
                                    int64_t *out, nf_error *err)
{
    bool found;

    return nf_database_query_number(
        device->database, out, &found, err,
        "SELECT count(*) FROM _mx_sync WHERE mode = ? AND result = ''", "i",
        mode);
}
