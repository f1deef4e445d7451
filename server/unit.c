/* One upload unit: its records are checked completely before the database is
 * touched (synchronize S38); afterwards they are read again one by one. */
#include "server/unit.h"

#include <stdio.h>

void nf_unit_dispose(nf_unit *unit)
{
    for (size_t i = 0; i < unit->class_count; i++) {
        nf_object_rights_dispose(unit->classes[i].rights);
        nf_free(unit->classes[i].rights);
    }
    nf_body_close(&unit->body);
    nf_free(unit->classes);
    nf_free(unit->entries);
    nf_idmap_free(unit->by_id);
    nf_arena_free(unit->texts);
    *unit = (nf_unit){0};
}

nf_entry *nf_unit_find(const nf_unit *unit, int64_t id)
{
    uintptr_t index = (uintptr_t)nf_idmap_get(unit->by_id, id);
    return index ? &unit->entries[index - 1] : NULL;
}

const char *nf_unit_text(nf_unit *unit, const char *text)
{
    const char *copy = *text ? nf_arena_strdup(unit->texts, text) : "";
    return copy ? copy : "";
}

nf_entry *nf_unit_add(nf_unit *unit, int64_t id, nf_error *err)
{
    nf_entry *grown;

    if (!unit->by_id)
        unit->by_id = nf_idmap_new();
    if (!unit->texts)
        unit->texts = nf_arena_new();
    grown = unit->by_id && unit->texts ? nf_grow(unit->entries, unit->count,
                                                 &unit->capacity, sizeof *grown)
                                       : NULL;
    if (grown)
        unit->entries = grown;
    if (!grown ||
        !nf_idmap_set(unit->by_id, id, (void *)(uintptr_t)(unit->count + 1))) {
        nf_error_nomem(err);
        return NULL;
    }
    grown[unit->count] =
        (nf_entry){.id = id, .offset = -1, .code = "", .text = ""};
    return &grown[unit->count++];
}

void nf_entry_reject(nf_unit *unit, nf_entry *entry, const char *code,
                     const char *format, ...)
{
    char text[512];
    va_list args;

    if (entry->decided)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    /* A cut in the middle of a character would be an invalid text. */
    text[nf_utf8_cut(text, strlen(text))] = '\0';
    entry->decided = true;
    entry->state = NF_OUTCOME_REJECTED;
    entry->code = code;
    entry->text = nf_unit_text(unit, text);
}

void nf_entry_accept(nf_entry *entry, nf_outcome_state state)
{
    entry->decided = true;
    entry->state = state;
    entry->code = entry->text = "";
}

nf_status nf_entry_clear(nf_unit *unit, nf_entry *entry, size_t member,
                         nf_error *err)
{
    const nf_entity *entity = entry->entity;

    if (!entry->cleared)
        entry->cleared =
            nf_arena_array(unit->texts, nf_bits_words(entity->member_count) + 1,
                           sizeof *entry->cleared);
    if (!entry->cleared)
        return nf_error_nomem(err);
    nf_bits_add(entry->cleared, member);
    nf_server_log(
        unit->server, "warning", "a reference was cleared: '%s' of %s %lld",
        entity->members[member].name, entity->qualified, (long long)entry->id);
    return NF_OK;
}

/* ---- the first reading ----------------------------------------------------
 */

static nf_status index_entry(nf_unit *unit, const nf_wire *record,
                             int64_t offset, nf_error *err)
{
    const nf_model *model = unit->server->options.model;
    nf_entry *entry;

    if (unit->by_id && nf_unit_find(unit, record->id))
        return nf_error_set(err, NF_FAILED, "SYNC_PROTOCOL",
                            "an object occurs twice");
    if (unit->count == NF_SYNC_RECORDS_MAX)
        return nf_error_set(err, NF_FAILED, "SYNC_LIMIT",
                            "more than %d records", NF_SYNC_RECORDS_MAX);
    entry = nf_unit_add(unit, record->id, err);
    if (!entry)
        return NF_NOMEM;
    entry->offset = offset;
    entry->kind = record->kind;
    unit->new_count += record->kind == NF_WIRE_NEW;
    entry->mid = record->mid;
    entry->has_base = record->has_hash;
    memcpy(entry->base, record->hash, sizeof entry->base);
    entry->entity = nf_model_find_entity(model, record->entity);
    if (entry->entity &&
        !nf_database_table(unit->server->database, entry->entity))
        entry->entity = NULL;
    if (entry->entity) {
        entry->entity_name = entry->entity->qualified;
        return NF_OK;
    }
    entry->entity_name = nf_unit_text(unit, record->entity);
    nf_entry_reject(unit, entry, "OBJ_UNKNOWN_ENTITY",
                    "the entity '%.300s' cannot be synchronized",
                    entry->entity_name);
    return NF_OK;
}

static nf_status index_record(nf_unit *unit, const nf_wire *record,
                              int64_t offset, nf_error *err)
{
    if ((offset == 0) != (record->kind == NF_WIRE_HEAD))
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
        return index_entry(unit, record, offset, err);
    case NF_WIRE_OPTIONAL:
        return NF_OK;
    default:
        return nf_error_set(err, NF_FAILED, "SYNC_PROTOCOL",
                            "a record does not belong in an upload");
    }
}

nf_status nf_unit_read(nf_unit *unit, nf_error *err)
{
    nf_stream_reader reader;
    nf_wire record;
    int64_t offset = 0;
    bool more = true;
    nf_status status = nf_body_open(&unit->body, unit->server, unit->run, err);

    if (status != NF_OK)
        return status;
    status = nf_stream_open(&reader, nf_body_source, &unit->body,
                            unit->body.size, err);
    while (status == NF_OK && more) {
        status = nf_stream_next(&reader, &record, &more, err);
        if (status == NF_OK && more)
            status = index_record(unit, &record, offset, err);
        offset += record.bytes;
    }
    nf_stream_close(&reader);
    return status;
}

/* ---- one entry again ------------------------------------------------------
 */

/* The codes that decoding members gives, as literals. */
static const char *member_code(const nf_error *problem)
{
    return !strcmp(problem->code, "OBJ_UNKNOWN_MEMBER") ? "OBJ_UNKNOWN_MEMBER"
                                                        : "OBJ_VALUE";
}

nf_status nf_entry_read(nf_unit *unit, nf_entry *entry, nf_entry_data *out,
                        nf_error *err)
{
    const nf_entity *entity = entry->entity;
    nf_error problem = {0};
    nf_status status;

    *out = (nf_entry_data){0};
    status = nf_body_record(&unit->body, entry->offset, &out->record, err);
    if (status != NF_OK || !entity)
        return status;
    out->count = entity->member_count;
    out->values = nf_alloc_array(out->count + 1, sizeof *out->values);
    out->given = nf_member_set_new(entity);
    out->changed = nf_member_set_new(entity);
    if (!out->values || !out->given || !out->changed)
        return nf_error_nomem(err);
    if (!out->record.has_members)
        return NF_OK;
    status = nf_members_read(out->values, out->given, entity,
                             &out->record.members, &problem);
    if (status == NF_OK)
        status =
            nf_names_read(out->changed, entity, &out->record.changed, &problem);
    if (status == NF_NOMEM)
        return nf_error_nomem(err);
    if (status != NF_OK)
        nf_entry_reject(unit, entry, member_code(&problem), "%s",
                        problem.message);
    return NF_OK;
}

void nf_entry_data_dispose(nf_entry_data *data)
{
    nf_members_free(data->values, data->count);
    nf_free(data->given);
    nf_free(data->changed);
    *data = (nf_entry_data){0};
}
