/* One upload unit: its records are checked completely before the database is
 * touched (synchronize S38); afterwards they are read again one by one. */
#include "server/unit.h"

#include "server/flows.h"

#include <stdio.h>

void nf_unit_dispose(nf_unit *unit)
{
    for (size_t i = 0; i < unit->class_count; i++) {
        nf_object_rights_dispose(unit->classes[i].rights);
        nf_free(unit->classes[i].rights);
    }
    for (size_t i = 0; i < unit->count; i++)
        if (unit->entries[i].kept)
            nf_members_free(unit->entries[i].kept,
                            unit->entries[i].entity->member_count);
    nf_unit_close_tables(unit);
    nf_server_flows_close(unit->flows);
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

/* Where the parts of a record are that was found to be right, so that its
 * second reading is not another walk over all of it. One that names contents is
 * rare and walked again. */
static void note_parts(nf_entry *entry, const nf_wire *record)
{
    if (!record->has_members || record->has_file)
        return;
    entry->size = (uint32_t)record->bytes;
    entry->members_at =
        (uint32_t)(bson_get_data(&record->members) - record->start);
    if (record->has_changed)
        entry->changed_at =
            (uint32_t)(bson_get_data(&record->changed) - record->start);
}

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
    note_parts(entry, record);
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
    const uint8_t *digest = NULL;
    nf_stream_reader reader;
    nf_wire record;
    int64_t offset = 0;
    bool more = true;
    nf_status status = nf_body_open(&unit->body, unit->server, unit->run, err);

    if (status != NF_OK)
        return status;
    if (!unit->run->gzip)
        digest = nf_arrival_before_end(&unit->server->arrival, &unit->run->id,
                                       unit->body.size);
    if (digest)
        nf_stream_open_known(&reader, nf_body_source, &unit->body,
                             unit->body.size, digest);
    else
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

static bool open_part(bson_t *out, const uint8_t *bytes, size_t size, size_t at)
{
    size_t length;

    if (at + 4 > size)
        return false;
    length = (size_t)bytes[at] | (size_t)bytes[at + 1] << 8 |
             (size_t)bytes[at + 2] << 16 | (size_t)bytes[at + 3] << 24;
    return length <= size - at && bson_init_static(out, bytes + at, length);
}

/* The record, or those parts of it that the first reading has noted. */
static nf_status read_record(nf_unit *unit, const nf_entry *entry, nf_wire *out,
                             nf_error *err)
{
    const uint8_t *bytes;
    nf_status status;

    if (entry->size == 0)
        return nf_body_record(&unit->body, entry->offset, out, err);
    status =
        nf_body_bytes(&unit->body, entry->offset, entry->size, &bytes, err);
    if (status != NF_OK)
        return status;
    out->has_members =
        open_part(&out->members, bytes, entry->size, entry->members_at);
    out->has_changed =
        entry->changed_at > 0 &&
        open_part(&out->changed, bytes, entry->size, entry->changed_at);
    if (out->has_members && out->has_changed == (entry->changed_at > 0))
        return NF_OK;
    return nf_error_set(err, NF_FAILED, "storage",
                        "the upload is not what it was when it was checked");
}

/* The values and three sets of members are one block. */
static void take_block(nf_entry_data *data, const nf_entity *entity,
                       nf_value *block)
{
    size_t words = nf_bits_words(entity->member_count) + 1;

    data->count = entity->member_count;
    data->values = block;
    data->given = (uint64_t *)(void *)(data->values + data->count);
    data->changed = data->given + words;
    data->counting = data->changed + words;
}

static bool make_room(nf_entry_data *data, const nf_entity *entity)
{
    size_t words = nf_bits_words(entity->member_count) + 1;
    nf_value *block = nf_alloc(entity->member_count * sizeof *block +
                               3 * words * sizeof *data->given);

    if (block)
        take_block(data, entity, block);
    return block != NULL;
}

nf_status nf_entry_read(nf_unit *unit, nf_entry *entry, nf_entry_data *out,
                        nf_error *err)
{
    const nf_entity *entity = entry->entity;
    nf_error problem;
    nf_status status;

    nf_error_clear(&problem);
    *out = (nf_entry_data){0};
    if (entry->kept) {
        take_block(out, entity, entry->kept);
        out->chosen = entry->kept_chosen;
        entry->kept = NULL;
        return NF_OK;
    }
    status = read_record(unit, entry, &out->record, err);
    if (status != NF_OK || !entity)
        return status;
    if (!make_room(out, entity))
        return nf_error_nomem(err);
    if (!out->record.has_members)
        return NF_OK;
    status = nf_members_read(out->values, out->given, entity,
                             &out->record.members, &problem);
    if (status == NF_OK && out->record.has_changed)
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
    *data = (nf_entry_data){0};
}

void nf_entry_data_keep(nf_entry *entry, nf_entry_data *data)
{
    if (data->record.has_file || entry->decided || entry->kept) {
        nf_entry_data_dispose(data); /* the record says more */
        return;
    }
    entry->kept = data->values;
    entry->kept_chosen = data->chosen;
    *data = (nf_entry_data){0};
}
