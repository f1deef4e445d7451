/* The change log of a device (domain D130): records in `_mx_change` and how
 * their blobs are written. Members are named by storage guid, so that a record
 * outlives a change of the model. */
#include "base/memory.h"
#include "database/device_internal.h"

enum { GUID = 16, LSEQ_BLOCK = 1000 };

void nf_change_dispose(nf_change *change)
{
    nf_free(change->changed);
    if (change->base && change->entity)
        nf_members_free(change->base, change->entity->member_count);
    nf_free(change->cleared);
    *change = (nf_change){0};
}

/* ---- blobs ------------------------------------------------------------------
 */

nf_status nf_member_set_pack(nf_buffer *out, const nf_entity *entity,
                             const uint64_t *set, nf_error *err)
{
    size_t i;

    for (i = 0; i < entity->member_count; i++)
        if (nf_member_set_has(set, i)) {
            nf_guid guid;

            nf_member_storage_guid(&entity->members[i], &guid);
            nf_buffer_add(out, guid.bytes, GUID);
        }
    return out->failed ? nf_error_nomem(err) : NF_OK;
}

static const nf_member *member_by_guid(const nf_entity *entity,
                                       const uint8_t *bytes)
{
    size_t i;

    for (i = 0; i < entity->member_count; i++) {
        nf_guid guid;

        nf_member_storage_guid(&entity->members[i], &guid);
        if (!memcmp(guid.bytes, bytes, GUID))
            return &entity->members[i];
    }
    return NULL;
}

nf_status nf_member_set_unpack(uint64_t **out, const nf_entity *entity,
                               const void *bytes, size_t size, nf_error *err)
{
    const uint8_t *at = bytes;
    size_t i;

    *out = nf_member_set_new(entity);
    if (!*out)
        return nf_error_nomem(err);
    for (i = 0; i + GUID <= size; i += GUID) {
        const nf_member *member = member_by_guid(entity, at + i);

        if (member)
            nf_member_set_add(*out, member->index);
    }
    return NF_OK;
}

static void pack_value(nf_buffer *out, const nf_value *value)
{
    const void *bytes = NULL;
    uint32_t size = 0;
    uint8_t kind = value->kind;
    char *text = NULL;

    switch (value->kind) {
    case NF_KIND_BOOLEAN:
        bytes = &value->as.boolean;
        size = 1;
        break;
    case NF_KIND_INTEGER:
    case NF_KIND_DATETIME:
    case NF_KIND_ID:
        bytes = &value->as.integer;
        size = 8;
        break;
    case NF_KIND_DECIMAL: {
        nf_decimal decimal = nf_value_decimal(value);

        size = (uint32_t)nf_decimal_format(&decimal, NULL, 0);
        bytes = text = nf_alloc(size + 1u);
        if (text)
            nf_decimal_format(&decimal, text, size + 1u);
        else
            out->failed = true;
        break;
    }
    case NF_KIND_STRING:
    case NF_KIND_ENUMERATION:
    case NF_KIND_BINARY:
    case NF_KIND_IDS:
        bytes = value->as.string->text;
        size = (uint32_t)value->as.string->length;
        break;
    default:
        break;
    }
    nf_buffer_add(out, &kind, 1);
    nf_buffer_add(out, &size, sizeof size);
    if (bytes)
        nf_buffer_add(out, bytes, size);
    nf_free(text);
}

static nf_status unpack_value(nf_value *out, uint8_t kind, const uint8_t *bytes,
                              uint32_t size, nf_error *err)
{
    nf_decimal decimal;

    *out = nf_empty();
    switch (kind) {
    case NF_KIND_BOOLEAN:
        *out = nf_boolean(size == 1 && *bytes);
        return NF_OK;
    case NF_KIND_INTEGER:
    case NF_KIND_DATETIME:
    case NF_KIND_ID:
        if (size == 8) {
            memcpy(&out->as.integer, bytes, 8);
            out->kind = kind;
        }
        return NF_OK;
    case NF_KIND_DECIMAL:
        if (nf_decimal_parse(&decimal, (const char *)bytes, size, false))
            *out = nf_decimal_take(decimal);
        return NF_OK;
    case NF_KIND_STRING:
    case NF_KIND_ENUMERATION:
    case NF_KIND_BINARY:
    case NF_KIND_IDS:
        if (!nf_value_text(out, (const char *)bytes, size))
            return nf_error_nomem(err);
        out->kind = kind;
        return NF_OK;
    default:
        return NF_OK;
    }
}

static nf_status pack_base(nf_buffer *out, const nf_change *change,
                           nf_error *err)
{
    size_t i;

    for (i = 0; change->base && i < change->entity->member_count; i++)
        if (nf_member_set_has(change->changed, i)) {
            nf_guid guid;

            nf_member_storage_guid(&change->entity->members[i], &guid);
            nf_buffer_add(out, guid.bytes, GUID);
            pack_value(out, &change->base[i]);
        }
    return out->failed ? nf_error_nomem(err) : NF_OK;
}

static nf_status unpack_base(nf_change *change, const uint8_t *bytes,
                             size_t size, nf_error *err)
{
    size_t at = 0;
    nf_status status = NF_OK;

    change->base =
        nf_alloc_array(change->entity->member_count, sizeof *change->base);
    if (!change->base)
        return nf_error_nomem(err);
    while (!status && at + GUID + 5 <= size) {
        const nf_member *member = member_by_guid(change->entity, bytes + at);
        uint8_t kind = bytes[at + GUID];
        uint32_t length;

        memcpy(&length, bytes + at + GUID + 1, sizeof length);
        at += GUID + 5;
        if (length > size - at)
            break;
        if (member)
            status = unpack_value(&change->base[member->index], kind,
                                  bytes + at, length, err);
        at += length;
    }
    return status;
}

static nf_status pack_cleared(nf_buffer *out, const nf_change *change,
                              nf_error *err)
{
    size_t i;

    for (i = 0; i < change->cleared_count; i++) {
        nf_guid guid;

        nf_association_storage_guid(change->cleared[i].association, &guid);
        nf_buffer_add(out, guid.bytes, GUID);
        nf_buffer_add(out, &change->cleared[i].owner, 8);
    }
    return out->failed ? nf_error_nomem(err) : NF_OK;
}

static const nf_association *association_by_guid(const nf_model *model,
                                                 const uint8_t *bytes)
{
    size_t count = nf_model_association_count(model), i;

    for (i = 0; i < count; i++) {
        nf_guid guid;

        nf_association_storage_guid(nf_model_association(model, i), &guid);
        if (!memcmp(guid.bytes, bytes, GUID))
            return nf_model_association(model, i);
    }
    return NULL;
}

static nf_status unpack_cleared(nf_change *change, const nf_model *model,
                                const uint8_t *bytes, size_t size,
                                nf_error *err)
{
    size_t at;

    change->cleared =
        nf_alloc_array(size / (GUID + 8) + 1, sizeof *change->cleared);
    if (!change->cleared)
        return nf_error_nomem(err);
    for (at = 0; at + GUID + 8 <= size; at += GUID + 8) {
        nf_cleared_link *link = &change->cleared[change->cleared_count];

        link->association = association_by_guid(model, bytes + at);
        memcpy(&link->owner, bytes + at + GUID, 8);
        if (link->association)
            change->cleared_count++;
    }
    return NF_OK;
}

/* ---- reading ----------------------------------------------------------------
 */

#define CHANGE_COLUMNS "id, entity, kind, mid, lseq, changed, base, cleared"

nf_status nf_change_read_head(nf_change *out, nf_device *device,
                              nf_statement *statement, nf_error *err)
{
    *out = (nf_change){.id = nf_column_int(statement, 0)};
    out->entity =
        nf_database_entity(device->database, nf_column_int(statement, 1));
    out->kind = (nf_change_kind)nf_column_int(statement, 2);
    if (!out->entity)
        return nf_error_set(err, NF_FAILED, "db_error",
                            "the change log names an unknown entity");
    if (nf_column_size(statement, 3) == NF_MID_SIZE)
        memcpy(out->mid, nf_column_bytes(statement, 3), NF_MID_SIZE);
    out->lseq = nf_column_int(statement, 4);
    return NF_OK;
}

/* Decodes a row of CHANGE_COLUMNS. *out: nf_change_dispose. */
static nf_status read_change(nf_change *out, nf_device *device,
                             nf_statement *statement, nf_error *err)
{
    nf_status status = nf_change_read_head(out, device, statement, err);

    if (status)
        return status;
    if (out->kind == NF_CHANGE_CHANGED) {
        status = nf_member_set_unpack(&out->changed, out->entity,
                                      nf_column_bytes(statement, 5),
                                      nf_column_size(statement, 5), err);
        if (!status)
            status = unpack_base(out, nf_column_bytes(statement, 6),
                                 nf_column_size(statement, 6), err);
    } else if (out->kind == NF_CHANGE_DELETED) {
        status = unpack_cleared(out, device->database->model,
                                nf_column_bytes(statement, 7),
                                nf_column_size(statement, 7), err);
    }
    if (status)
        nf_change_dispose(out);
    return status;
}

nf_status nf_device_change(nf_change *out, nf_device *device, int64_t id,
                           nf_error *err)
{
    nf_statement *statement = nf_database_statement(
        device->database,
        "SELECT " CHANGE_COLUMNS " FROM _mx_change WHERE id = ?", err);
    nf_status status;
    bool row;

    *out = (nf_change){.id = id};
    if (!statement)
        return nf_no_statement(err);
    status = nf_change_flush(device, err);
    if (status) {
        nf_database_done(device->database, statement);
        return status;
    }
    nf_bind_int(statement, 1, id);
    status = nf_database_step(device->database, statement, &row, err);
    if (!status && row)
        status = read_change(out, device, statement, err);
    nf_database_done(device->database, statement);
    return status;
}

nf_status nf_device_each_change(nf_device *device, nf_change_visit each,
                                void *user, nf_error *err)
{
    nf_statement *statement = nf_database_statement(
        device->database,
        "SELECT id, entity, kind, mid, lseq FROM _mx_change ORDER BY id", err);
    nf_status status = statement ? NF_OK : nf_no_statement(err);
    bool row = true;

    while (
        !status &&
        !(status = nf_database_step(device->database, statement, &row, err)) &&
        row) {
        nf_change change;

        status = nf_change_read_head(&change, device, statement, err);
        if (!status)
            status = each(user, &change, err);
    }
    nf_database_done(device->database, statement);
    return status;
}

nf_status nf_device_change_count(nf_device *device, int64_t *out, nf_error *err)
{
    nf_statement *statement = nf_database_statement(
        device->database, "SELECT count(*) FROM _mx_change", err);
    nf_status status;
    bool row;

    *out = 0;
    if (!statement)
        return nf_no_statement(err);
    status = nf_database_step(device->database, statement, &row, err);
    if (!status && row)
        *out = nf_column_int(statement, 0);
    nf_database_done(device->database, statement);
    return status;
}

/* ---- writing ----------------------------------------------------------------
 */

nf_status nf_change_remove(nf_device *device, int64_t id, nf_error *err)
{
    return nf_database_write(device->database, err,
                             "DELETE FROM _mx_change WHERE id = ?", "i", id);
}

static nf_status write_record(nf_device *device, const nf_change *change,
                              const nf_buffer *changed, const nf_buffer *base,
                              const nf_buffer *cleared, nf_error *err)
{
    nf_statement *statement = nf_database_statement(
        device->database,
        "INSERT OR REPLACE INTO _mx_change(" CHANGE_COLUMNS
        ") VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
        err);
    nf_status status;
    bool row;

    if (!statement)
        return nf_no_statement(err);
    nf_bind_int(statement, 1, change->id);
    nf_bind_int(statement, 2,
                nf_database_entity_number(device->database, change->entity));
    nf_bind_int(statement, 3, change->kind);
    nf_bind_bytes(statement, 4, change->mid, NF_MID_SIZE);
    nf_bind_int(statement, 5, change->lseq);
    if (changed->length)
        nf_bind_bytes(statement, 6, changed->data, changed->length);
    if (base->length)
        nf_bind_bytes(statement, 7, base->data, base->length);
    if (cleared->length)
        nf_bind_bytes(statement, 8, cleared->data, cleared->length);
    status = nf_database_step(device->database, statement, &row, err);
    nf_database_done(device->database, statement);
    return status;
}

nf_status nf_change_rewrite(nf_device *device, const nf_change *change,
                            nf_error *err)
{
    nf_buffer changed, base, cleared;
    nf_status status = NF_OK;

    nf_buffer_init(&changed, NF_BUFFER_MAX);
    nf_buffer_init(&base, NF_BUFFER_MAX);
    nf_buffer_init(&cleared, NF_BUFFER_MAX);
    if (change->kind == NF_CHANGE_CHANGED) {
        status =
            nf_member_set_pack(&changed, change->entity, change->changed, err);
        if (!status)
            status = pack_base(&base, change, err);
    } else if (change->kind == NF_CHANGE_DELETED) {
        status = pack_cleared(&cleared, change, err);
    }
    if (!status)
        status = write_record(device, change, &changed, &base, &cleared, err);
    nf_buffer_dispose(&changed);
    nf_buffer_dispose(&base);
    nf_buffer_dispose(&cleared);
    return status;
}

/* Another number than before: another process has written to the file. */
static nf_status data_version(nf_device *device, int64_t *out, nf_error *err)
{
    nf_statement *statement =
        nf_database_statement(device->database, "PRAGMA data_version", err);
    nf_status status;
    bool row;

    *out = 0;
    if (!statement)
        return nf_no_statement(err);
    status = nf_database_step(device->database, statement, &row, err);
    if (!status && row)
        *out = nf_column_int(statement, 0);
    nf_database_done(device->database, statement);
    return status;
}

static nf_status reserve_lseq(nf_device *device, nf_error *err)
{
    int64_t stored;
    nf_status status =
        nf_database_get_number(device->database, "lseq", 0, &stored, err);

    if (status)
        return status;
    if (stored < device->next_lseq) /* reserved, and undone */
        stored = device->next_lseq;
    status = nf_database_set_number(device->database, "lseq",
                                    stored + LSEQ_BLOCK, err);
    if (status)
        return status;
    device->next_lseq = stored;
    device->last_lseq = stored + LSEQ_BLOCK;
    return NF_OK;
}

/* Numbers grow with every change of the file (S11), over processes and
 * sessions too: what is reserved counts as long as nobody else has written and
 * no reservation was undone. */
static nf_status next_lseq(nf_device *device, int64_t *out, nf_error *err)
{
    const nf_database *database = device->database;
    int64_t version = device->data_version;
    nf_status status = NF_OK;

    if (device->transaction != database->transactions)
        status = data_version(device, &version, err);
    if (!status &&
        (device->next_lseq == device->last_lseq ||
         version != device->data_version || device->undone != database->undone))
        status = reserve_lseq(device, err);
    if (status)
        return status;
    device->transaction = database->transactions;
    device->undone = database->undone;
    device->data_version = version;
    *out = ++device->next_lseq;
    return NF_OK;
}

/* A new id of a change: twelve random bytes of this opening of the database,
 * then a count. So one of a copy of the file that was restored is another one
 * (synchronize S24), and those of one upload are neighbours in the server's
 * index. */
static nf_status next_mid(nf_device *device, uint8_t mid[NF_MID_SIZE],
                          nf_error *err)
{
    const size_t drawn = NF_MID_SIZE - sizeof device->mid_count;
    uint32_t count = device->mid_count;

    if (count == 0 && !nf_random_bytes(&device->random, device->mid, drawn))
        return nf_error_set(err, NF_FAILED, "db_error",
                            "the system gives no random numbers");
    device->mid_count++;
    memcpy(mid, device->mid, drawn);
    for (size_t i = NF_MID_SIZE; i-- > drawn; count >>= 8)
        mid[i] = (uint8_t)count;
    return NF_OK;
}

/* The identity of a change, and its number. */
static nf_status renew(nf_device *device, nf_change *change, nf_error *err)
{
    nf_status status = next_mid(device, change->mid, err);

    return status ? status : next_lseq(device, &change->lseq, err);
}

nf_status nf_change_write(nf_device *device, const nf_change *change,
                          nf_error *err)
{
    nf_change renewed = *change;
    nf_status status = nf_change_flush(device, err);

    if (!status)
        status = renew(device, &renewed, err);
    return status ? status : nf_change_rewrite(device, &renewed, err);
}

/* ---- records of new objects --------------------------------------------- */

static const char *batch_sql(nf_change_batch *batch)
{
    nf_buffer sql;

    if (batch->sql)
        return batch->sql;
    nf_buffer_init(&sql, NF_BUFFER_MAX);
    nf_buffer_text(&sql, "INSERT OR REPLACE INTO _mx_change(id, entity, kind, "
                         "mid, lseq) VALUES");
    for (int i = 0; i < NF_CHANGE_BATCH; i++)
        nf_buffer_text(&sql, i ? ",(?,?,?,?,?)" : "(?,?,?,?,?)");
    batch->sql = nf_buffer_take(&sql);
    nf_buffer_dispose(&sql);
    return batch->sql;
}

static nf_status write_batch(nf_device *device, nf_error *err)
{
    const char *sql = batch_sql(&device->batch);
    nf_statement *statement =
        sql ? nf_database_statement(device->database, sql, err) : NULL;
    nf_status status;
    bool row;

    if (!statement)
        return sql ? nf_no_statement(err) : nf_error_nomem(err);
    for (int i = 0; i < NF_CHANGE_BATCH; i++) {
        const nf_change *change = &device->batch.items[i];
        int at = 5 * i;

        nf_bind_int(statement, at + 1, change->id);
        nf_bind_int(
            statement, at + 2,
            nf_database_entity_number(device->database, change->entity));
        nf_bind_int(statement, at + 3, change->kind);
        nf_bind_bytes(statement, at + 4, change->mid, NF_MID_SIZE);
        nf_bind_int(statement, at + 5, change->lseq);
    }
    status = nf_database_step(device->database, statement, &row, err);
    nf_database_done(device->database, statement);
    return status;
}

nf_status nf_change_flush(nf_device *device, nf_error *err)
{
    nf_change_batch *batch = &device->batch;
    size_t count = batch->count;
    nf_status status = NF_OK;

    batch->count = 0;
    if (count == NF_CHANGE_BATCH)
        return write_batch(device, err);
    for (size_t i = 0; !status && i < count; i++)
        status = nf_change_rewrite(device, &batch->items[i], err);
    return status;
}

void nf_change_forget(nf_device *device)
{
    device->batch.count = 0;
}

nf_status nf_change_add_new(nf_device *device, const nf_entity *entity,
                            int64_t id, nf_error *err)
{
    nf_change_batch *batch = &device->batch;
    nf_status status =
        batch->count == NF_CHANGE_BATCH ? nf_change_flush(device, err) : NF_OK;

    if (status)
        return status;
    batch->items[batch->count] =
        (nf_change){.id = id, .entity = entity, .kind = NF_CHANGE_NEW};
    status = renew(device, &batch->items[batch->count], err);
    batch->count += status == NF_OK;
    return status;
}

nf_status nf_change_mark(nf_device *device, const nf_entity *entity, int64_t id,
                         const uint64_t *members, const nf_value *row,
                         nf_error *err)
{
    nf_change change;
    nf_status status = nf_device_change(&change, device, id, err);
    size_t i;

    if (status)
        return status;
    if (change.kind == NF_CHANGE_NONE) {
        change.entity = entity;
        change.kind = NF_CHANGE_CHANGED;
        change.changed = nf_member_set_new(entity);
        change.base = nf_alloc_array(entity->member_count, sizeof *change.base);
        if (!change.changed || !change.base)
            status = nf_error_nomem(err);
    }
    if (!status && change.kind == NF_CHANGE_CHANGED)
        for (i = 0; i < entity->member_count; i++)
            if (nf_member_set_has(members, i) &&
                !nf_member_set_has(change.changed, i)) {
                nf_member_set_add(change.changed, i);
                if (row)
                    nf_value_assign(&change.base[i], &row[i]);
            }
    if (!status)
        status = nf_change_write(device, &change, err);
    nf_change_dispose(&change);
    return status;
}
