/* What the device knows of the server's copy of each object: entity, `h`,
 * rights (`_mx_object`, domain D130). */
#include "database/device_internal.h"

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
    nf_statement *statement;
    bool row;
    nf_status status = nf_database_query(
        device->database, &statement, &row, err,
        "SELECT server_hash, rights FROM _mx_object WHERE id = ?", "i", id);

    *out = (nf_server_copy){0};
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

nf_status nf_device_is_fresh(nf_device *device, bool *out, nf_error *err)
{
    int64_t one;
    bool found;
    nf_status status = nf_database_query_number(
        device->database, &one, &found, err,
        "SELECT 1 WHERE EXISTS(SELECT 1 FROM _mx_object) OR EXISTS(SELECT 1 "
        "FROM _mx_change) OR EXISTS(SELECT 1 FROM _mx_view)",
        "");

    *out = !status && !found;
    return status;
}

nf_status nf_device_known_entity(nf_device *device, int64_t id,
                                 const nf_entity **out, nf_error *err)
{
    nf_database *database = device->database;
    int64_t number;
    bool found;
    nf_status status = nf_database_query_number(
        database, &number, &found, err,
        "SELECT entity FROM _mx_object WHERE id = ?", "i", id);

    if (!status && !found)
        status = nf_database_query_number(
            database, &number, &found, err,
            "SELECT entity FROM _mx_change WHERE id = ?", "i", id);
    *out = !status && found ? nf_database_entity(database, number) : NULL;
    return status;
}

nf_status nf_object_row_set(nf_device *device, const nf_entity *entity,
                            int64_t id, const void *hash, size_t hash_size,
                            int64_t rights, nf_error *err)
{
    bool good = hash_size && hash_size <= NF_SERVER_HASH_MAX;

    return nf_database_write(
        device->database, err,
        "INSERT OR REPLACE INTO _mx_object(id, entity, server_hash, rights) "
        "VALUES(?, ?, ?, nullif(?, 0))",
        "iibi", id, nf_database_entity_number(device->database, entity),
        good ? hash : NULL, good ? hash_size : 0, rights);
}

nf_status nf_object_row_remove(nf_device *device, int64_t id, nf_error *err)
{
    return nf_database_write(device->database, err,
                             "DELETE FROM _mx_object WHERE id = ?", "i", id);
}

nf_status nf_object_row_forget(nf_device *device, const nf_entity *entity,
                               int64_t id, nf_error *err)
{
    nf_status status = nf_device_touch(device, entity, id, err);

    return status ? status
                  : nf_database_write(device->database, err,
                                      "UPDATE _mx_object SET server_hash = "
                                      "NULL WHERE id = ?",
                                      "i", id);
}
