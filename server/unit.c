/* One upload unit: decoded completely before the database is touched
 * (synchronize S38), and its outcome as it is stored (S52). */
#include "server/internal.h"
#include "sync/gzip.h"

#include <stdio.h>

/* Of an upload that comes compressed (§27.9). */
#define NF_DECODED_BODY_MAX (INT64_C(1) << 30)

static void entry_dispose(nf_entry *entry)
{
    size_t count = entry->entity ? entry->entity->member_count : 0;

    nf_members_free(entry->values, count);
    nf_free(entry->given);
    nf_free(entry->changed);
    nf_free(entry->cleared);
    nf_free(entry->entity_name);
    if (entry->members)
        bson_destroy(entry->members);
    if (entry->changed_names)
        bson_destroy(entry->changed_names);
    nf_record_dispose(&entry->row);
    nf_object_rights_dispose(&entry->rights);
}

void nf_unit_dispose(nf_unit *unit)
{
    for (size_t i = 0; i < unit->count; i++)
        entry_dispose(&unit->entries[i]);
    nf_free(unit->entries);
    nf_idmap_free(unit->by_id);
    *unit = (nf_unit){0};
}

nf_entry *nf_unit_find(const nf_unit *unit, int64_t id)
{
    uintptr_t index = (uintptr_t)nf_idmap_get(unit->by_id, id);
    return index ? &unit->entries[index - 1] : NULL;
}

void nf_entry_reject(nf_entry *entry, const char *code, const char *format, ...)
{
    va_list args;

    if (entry->decided)
        return;
    entry->decided = true;
    entry->state = NF_OUTCOME_REJECTED;
    snprintf(entry->code, sizeof entry->code, "%s", code);
    va_start(args, format);
    vsnprintf(entry->text, sizeof entry->text, format, args);
    va_end(args);
    /* A cut in the middle of a character would be an invalid text. */
    entry->text[nf_utf8_cut(entry->text, strlen(entry->text))] = '\0';
}

/* ---- decoding ------------------------------------------------------------ */

static nf_entry *add_entry(nf_unit *unit, nf_error *err)
{
    nf_entry *grown =
        nf_grow(unit->entries, unit->count, &unit->capacity, sizeof *grown);
    if (!grown) {
        nf_error_nomem(err);
        return NULL;
    }
    unit->entries = grown;
    memset(&unit->entries[unit->count], 0, sizeof *grown);
    return &unit->entries[unit->count++];
}

static nf_status decode_members(nf_entry *entry, const nf_wire *record,
                                nf_error *err)
{
    const nf_entity *entity = entry->entity;
    nf_error problem = {0};
    nf_status status;

    entry->values =
        nf_alloc_array(entity->member_count + 1, sizeof *entry->values);
    entry->given = nf_member_set_new(entity);
    entry->changed = nf_member_set_new(entity);
    entry->cleared = nf_member_set_new(entity);
    if (!entry->values || !entry->given || !entry->changed || !entry->cleared)
        return nf_error_nomem(err);
    if (!record->has_members)
        return NF_OK;
    status = nf_members_read(entry->values, entry->given, entity,
                             &record->members, &problem);
    if (status == NF_OK)
        status =
            nf_names_read(entry->changed, entity, &record->changed, &problem);
    if (status == NF_NOMEM)
        return nf_error_nomem(err);
    if (status != NF_OK)
        nf_entry_reject(entry, problem.code, "%s", problem.message);
    return NF_OK;
}

static nf_status decode_entry(nf_unit *unit, const nf_wire *record,
                              nf_error *err)
{
    const nf_model *model = unit->server->options.model;
    nf_entry *entry;

    if (nf_unit_find(unit, record->id))
        return nf_error_set(err, NF_FAILED, "SYNC_PROTOCOL",
                            "an object occurs twice");
    entry = add_entry(unit, err);
    if (!entry ||
        !nf_idmap_set(unit->by_id, record->id, (void *)(uintptr_t)unit->count))
        return nf_error_nomem(err);
    entry->kind = record->kind;
    entry->id = record->id;
    entry->mid = record->mid;
    entry->entity_name = nf_strdup(record->entity);
    entry->entity = nf_model_find_entity(model, record->entity);
    if (record->has_members)
        entry->members = bson_copy(&record->members);
    entry->changed_names = bson_copy(&record->changed);
    entry->has_base = record->has_hash;
    memcpy(entry->base, record->hash, sizeof entry->base);
    entry->has_file = record->has_file;
    memcpy(entry->file_sha, record->file.sha256, NF_SHA256_SIZE);
    entry->file_size = record->file.size;
    if (!entry->entity_name || !entry->changed_names)
        return nf_error_nomem(err);
    if (entry->entity &&
        !nf_database_table(unit->server->database, entry->entity))
        entry->entity = NULL;
    if (!entry->entity) {
        nf_entry_reject(entry, "OBJ_UNKNOWN_ENTITY",
                        "the entity '%s' cannot be synchronized",
                        entry->entity_name);
        return NF_OK;
    }
    return decode_members(entry, record, err);
}

static nf_status decode_record(nf_unit *unit, const nf_wire *record, bool first,
                               nf_error *err)
{
    if (first != (record->kind == NF_WIRE_HEAD))
        return nf_error_set(err, NF_FAILED, "SYNC_PROTOCOL",
                            "the head of the upload is missing");
    switch (record->kind) {
    case NF_WIRE_HEAD:
        if (record->version != NF_SYNC_VERSION ||
            memcmp(&record->sync, &unit->run->id, sizeof record->sync) != 0)
            return nf_error_set(err, NF_FAILED, "SYNC_PROTOCOL",
                                "the upload is of another synchronization");
        return NF_OK;
    case NF_WIRE_NEW:
    case NF_WIRE_CHANGE:
    case NF_WIRE_DELETE:
    case NF_WIRE_REFRESH:
        return decode_entry(unit, record, err);
    case NF_WIRE_OPTIONAL:
        return NF_OK;
    default:
        return nf_error_set(err, NF_FAILED, "SYNC_PROTOCOL",
                            "a record does not belong in an upload");
    }
}

/* The decoded body in *spool if it came compressed (W42); else *spool is NULL.
 * *length is that of what is to be read. */
static nf_status decode_body(nf_unit *unit, nf_blob_reader *body,
                             nf_spool **spool, int64_t *length, nf_error *err)
{
    *spool = NULL;
    *length = unit->run->length;
    if (!unit->run->gzip)
        return NF_OK;
    *spool = nf_spool_new();
    if (!*spool)
        return nf_error_nomem(err);
    return nf_gunzip_all(nf_blob_source, body, unit->run->length, nf_spool_sink,
                         *spool, NF_DECODED_BODY_MAX, length, err);
}

nf_status nf_unit_read(nf_unit *unit, nf_error *err)
{
    nf_blob_reader body = {unit->server->blobs,
                           nf_blob_name_body(&unit->run->id)};
    nf_spool *spool = NULL;
    int64_t length;
    nf_stream_reader reader;
    nf_wire record;
    bool more = true, first = true;
    nf_status status;

    unit->by_id = nf_idmap_new();
    if (!unit->by_id)
        return nf_error_nomem(err);
    status = decode_body(unit, &body, &spool, &length, err);
    if (status != NF_OK) {
        nf_spool_free(spool);
        return status;
    }
    status = nf_stream_open(&reader, spool ? nf_spool_source : nf_blob_source,
                            spool ? (void *)spool : &body, length, err);
    while (status == NF_OK && more) {
        status = nf_stream_next(&reader, &record, &more, err);
        if (status == NF_OK && more) {
            if (unit->count > NF_SYNC_RECORDS_MAX)
                status = nf_error_set(err, NF_FAILED, "SYNC_LIMIT",
                                      "too many records");
            else
                status = decode_record(unit, &record, first, err);
            first = false;
        }
    }
    nf_stream_close(&reader);
    nf_spool_free(spool);
    return status;
}

/* ---- stored outcomes ------------------------------------------------------
 */

static bool outcome_entry(const nf_entry *entry, bson_t *item)
{
    bool ok = BSON_APPEND_INT32(item, "k", (int32_t)entry->kind) &&
              BSON_APPEND_UTF8(item, "t", entry->entity_name) &&
              BSON_APPEND_INT64(item, "id", entry->id) &&
              BSON_APPEND_INT32(item, "s", (int32_t)entry->state) &&
              BSON_APPEND_UTF8(item, "code", entry->code) &&
              BSON_APPEND_UTF8(item, "text", entry->text);
    if (ok && entry->entity && entry->cleared)
        ok = nf_names_write(item, "clr", entry->entity, entry->cleared);
    return ok;
}

nf_status nf_unit_outcome(nf_unit *unit, bson_t *out, nf_error *err)
{
    bool ok = true;

    bson_init(out);
    for (size_t i = 0; ok && i < unit->count; i++) {
        char buffer[16];
        const char *key;
        bson_t item;
        bson_uint32_to_string((uint32_t)i, &key, buffer, sizeof buffer);
        ok = bson_append_document_begin(out, key, -1, &item);
        ok = ok && outcome_entry(&unit->entries[i], &item);
        ok = ok && bson_append_document_end(out, &item);
    }
    return ok ? NF_OK : nf_error_nomem(err);
}

static nf_status restore_entry(nf_unit *unit, const bson_t *item, nf_error *err)
{
    nf_entry *entry = add_entry(unit, err);
    bson_t cleared;

    if (!entry)
        return NF_NOMEM;
    entry->kind = (nf_wire_kind)nf_document_int(item, "k", NF_WIRE_REFRESH);
    entry->id = nf_document_int(item, "id", 0);
    entry->state = (nf_outcome_state)nf_document_int(item, "s", 0);
    entry->decided = true;
    entry->entity_name = nf_strdup(nf_document_text(item, "t", ""));
    snprintf(entry->code, sizeof entry->code, "%s",
             nf_document_text(item, "code", ""));
    snprintf(entry->text, sizeof entry->text, "%s",
             nf_document_text(item, "text", ""));
    if (!entry->entity_name ||
        !nf_idmap_set(unit->by_id, entry->id, (void *)(uintptr_t)unit->count))
        return nf_error_nomem(err);
    entry->entity =
        nf_model_find_entity(unit->server->options.model, entry->entity_name);
    if (!entry->entity)
        return NF_OK;
    entry->cleared = nf_member_set_new(entry->entity);
    if (!entry->cleared)
        return nf_error_nomem(err);
    if (nf_document_part(item, "clr", &cleared))
        (void)nf_names_read(entry->cleared, entry->entity, &cleared, NULL);
    return NF_OK;
}

nf_status nf_unit_restore(nf_unit *unit, const uint8_t *outcome, size_t size,
                          nf_error *err)
{
    bson_t document, item;
    bson_iter_t iter;
    nf_status status = NF_OK;

    unit->by_id = nf_idmap_new();
    if (!unit->by_id)
        return nf_error_nomem(err);
    if (!bson_init_static(&document, outcome, size) ||
        !bson_iter_init(&iter, &document))
        return nf_error_set(err, NF_FAILED, "SYNC_SERVER",
                            "a stored outcome is damaged");
    while (status == NF_OK && bson_iter_next(&iter)) {
        uint32_t length = 0;
        const uint8_t *bytes = NULL;
        bson_iter_document(&iter, &length, &bytes);
        if (!bytes || !bson_init_static(&item, bytes, length))
            continue;
        status = restore_entry(unit, &item, err);
    }
    return status;
}
