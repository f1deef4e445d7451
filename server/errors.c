/* What the server refused, for people: rows of System.SynchronizationError
 * (synchronize S157 … S162). They are written in the unit's transaction but
 * outside the savepoint of the object, so they survive its rollback (S51). */
#include "server/unit.h"

#include "base/json.h"
#include "base/memory.h"

#include <stdio.h>

static json_object *text_json(const bson_iter_t *iter)
{
    uint32_t length = 0;
    const char *text = bson_iter_utf8(iter, &length);
    return json_object_new_string_len(text, (int)length);
}

static json_object *date_json(int64_t ms)
{
    char text[64];
    nf_date date;

    nf_date_from_ms(&date, ms);
    snprintf(text, sizeof text, "%04lld-%02d-%02dT%02d:%02d:%02d.%03dZ",
             (long long)date.year, date.month, date.day, date.hour, date.minute,
             date.second, date.millisecond);
    return json_object_new_string(text);
}

/* Integers as numbers below 2^53, else as strings (design §5); `id` makes a
 * guid, always a string. */
static json_object *integer_json(int64_t value, bool id)
{
    char text[32];

    if (!id && value < (INT64_C(1) << 53) && value > -(INT64_C(1) << 53))
        return json_object_new_int64(value);
    snprintf(text, sizeof text, "%lld", (long long)value);
    return json_object_new_string(text);
}

static json_object *value_json(const bson_iter_t *iter, bool association);

static json_object *array_json(const bson_iter_t *iter)
{
    json_object *array = json_object_new_array();
    bson_iter_t item;

    if (!array || !bson_iter_recurse(iter, &item))
        return array;
    while (bson_iter_next(&item))
        json_object_array_add(array, value_json(&item, true));
    return array;
}

static json_object *value_json(const bson_iter_t *iter, bool association)
{
    switch (bson_iter_type(iter)) {
    case BSON_TYPE_UTF8:
        return text_json(iter);
    case BSON_TYPE_BOOL:
        return json_object_new_boolean(bson_iter_bool(iter));
    case BSON_TYPE_INT32:
    case BSON_TYPE_INT64:
        return integer_json(bson_iter_as_int64(iter), association);
    case BSON_TYPE_DATE_TIME:
        return date_json(bson_iter_date_time(iter));
    case BSON_TYPE_ARRAY:
        return array_json(iter);
    default:
        return NULL; /* null */
    }
}

/* Hashed strings never appear (S159). */
static bool is_secret(const nf_entity *entity, const char *name)
{
    const nf_member *member =
        entity ? nf_entity_find_member(entity, name) : NULL;
    return member && member->attribute &&
           member->attribute->type == NF_ATTRIBUTE_HASHED;
}

static json_object *members_json(const nf_entity *entity, const bson_t *members)
{
    json_object *out = json_object_new_object();
    bson_iter_t iter;

    if (!out || !members || !bson_iter_init(&iter, members))
        return out;
    while (bson_iter_next(&iter)) {
        const char *key = bson_iter_key(&iter);
        if (is_secret(entity, key))
            continue;
        /* Associations are named Module.Name (W25). */
        json_object_object_add(out, key,
                               value_json(&iter, strchr(key, '.') != NULL));
    }
    return out;
}

static json_object *content_json(const nf_entry *entry, const nf_wire *record)
{
    json_object *out = json_object_new_object();
    json_object *changed = json_object_new_array();
    bson_iter_t iter;
    char id[32];
    const char *kind = record->kind == NF_WIRE_DELETE ? "deleted"
                       : record->kind == NF_WIRE_NEW  ? "new"
                                                      : "changed";

    snprintf(id, sizeof id, "%lld", (long long)entry->id);
    if (bson_iter_init(&iter, &record->changed)) {
        while (bson_iter_next(&iter)) {
            if (BSON_ITER_HOLDS_UTF8(&iter))
                json_object_array_add(changed, text_json(&iter));
        }
    }
    json_object_object_add(out, "objectType",
                           json_object_new_string(entry->entity_name));
    json_object_object_add(out, "guid", json_object_new_string(id));
    json_object_object_add(out, "kind", json_object_new_string(kind));
    json_object_object_add(out, "changed", changed);
    json_object_object_add(out, "members",
                           members_json(entry->entity, record->has_members
                                                           ? &record->members
                                                           : NULL));
    return out;
}

static nf_status keep_file(nf_unit *unit, const nf_wire *record, int64_t error,
                           nf_error *err)
{
    nf_server *server = unit->server;
    const nf_entity *entity = nf_model_find_entity(
        server->options.model, "System.SynchronizationErrorFile");
    nf_value *values = NULL;
    int64_t id = 0;
    bool staged = false;
    nf_status status;

    if (!entity || !record->has_file)
        return NF_OK;
    status = nf_unit_has_file(unit, record, &staged, err);
    if (status != NF_OK || !staged)
        return status;
    status = nf_server_defaults(&values, entity, nf_server_now(server), err);
    if (status == NF_OK)
        status = nf_database_new_id(server->database, entity, &id, err);
    if (status == NF_OK) {
        nf_values_set(values, entity,
                      "System.SynchronizationErrorFile_SynchronizationError",
                      nf_id_value(error));
        status = nf_server_link_file(server, entity, id, record->file.sha256,
                                     record->file.size, values, NULL, err);
    }
    if (status == NF_OK) {
        nf_stamp(server, entity, values, NULL, unit->session->user, true);
        status = nf_number(server, entity, values, NULL, err);
    }
    if (status == NF_OK)
        status = nf_record_insert(server->database, entity, id, values, err);
    nf_members_free(values, entity->member_count);
    return status;
}

static nf_status fill_error(nf_value *values, const nf_entity *entity,
                            const nf_entry *entry, const nf_wire *record,
                            nf_error *err)
{
    json_object *content = content_json(entry, record);
    char reason[640], object_id[32];
    char *json = content ? nf_json_text_of(content, NF_JSON_LINE) : NULL;
    bool ok;

    snprintf(reason, sizeof reason, "%s %s", entry->code, entry->text);
    snprintf(object_id, sizeof object_id, "%lld", (long long)entry->id);
    ok = json && nf_values_set_text(values, entity, "Reason", reason) &&
         nf_values_set_text(values, entity, "ObjectId", object_id) &&
         nf_values_set_text(values, entity, "ObjectType", entry->entity_name) &&
         nf_values_set_text(values, entity, "ObjectContent", json);
    nf_free(json);
    json_object_put(content);
    return ok ? NF_OK : nf_error_nomem(err);
}

static nf_status insert_error(nf_unit *unit, const nf_entry *entry,
                              const nf_wire *record, nf_error *err)
{
    nf_server *server = unit->server;
    const nf_entity *entity = nf_model_find_entity(
        server->options.model, "System.SynchronizationError");
    nf_value *values = NULL;
    int64_t id = 0;
    nf_status status;

    if (!entity)
        return NF_OK;
    status = nf_server_defaults(&values, entity, nf_server_now(server), err);
    if (status == NF_OK)
        status = nf_database_new_id(server->database, entity, &id, err);
    if (status == NF_OK)
        status = fill_error(values, entity, entry, record, err);
    if (status == NF_OK) {
        nf_stamp(server, entity, values, NULL, unit->session->user, true);
        status = nf_record_insert(server->database, entity, id, values, err);
    }
    if (status == NF_OK)
        status = keep_file(unit, record, id, err);
    nf_members_free(values, entity->member_count);
    return status;
}

nf_status nf_unit_record_error(nf_unit *unit, nf_entry *entry, nf_error *err)
{
    nf_wire record;
    nf_status status = nf_body_record(&unit->body, entry->offset, &record, err);

    if (status == NF_OK)
        status = insert_error(unit, entry, &record, err);
    nf_server_log(unit->server, "warning", "rejected %s %lld: %s",
                  entry->entity_name, (long long)entry->id, entry->code);
    return status;
}
