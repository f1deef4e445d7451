/* One line of a data file as a row: members by name, references by guid or
 * name, contents as base64 or from a file beside the data file. */
#include "library/data_file.h"

#include "library/base64.h"
#include "library/json.h"

#include <errno.h>
#include <json-c/json.h>

static nf_status read_reference(int64_t *id, nf_session *s,
                                const nf_member *member, json_object *json,
                                nf_error *err)
{
    nf_error local = {0};
    *id = 0;
    if (!json_object_is_type(json, json_type_string) &&
        !json_object_is_type(json, json_type_int))
        return nf_error_set(err, NF_INPUT, "bad_value",
                            "a reference is a guid or a name");
    nf_status status = nf_session_read_id(s, json_object_get_string(json),
                                          member->type.entity, id, &local);
    if (status == NF_OK && *id <= 0)
        return nf_error_set(err, NF_INPUT, "bad_value", "\"%s\" is no guid",
                            json_object_get_string(json));
    if (status == NF_OK)
        return NF_OK;
    return nf_error_set(err, status == NF_USAGE ? NF_INPUT : status,
                        "bad_value", "%s", local.message);
}

static nf_status read_set(nf_value *out, nf_session *s, const nf_member *member,
                          json_object *json, nf_error *err)
{
    if (!json_object_is_type(json, json_type_array))
        return nf_error_set(err, NF_INPUT, "bad_value",
                            "a reference set is an array of guids or names");
    size_t count = json_object_array_length(json);
    int64_t *ids = nf_alloc_array(count + 1, sizeof *ids);
    nf_status status = ids ? NF_OK : nf_error_nomem(err);
    for (size_t i = 0; status == NF_OK && i < count; i++)
        status = read_reference(&ids[i], s, member,
                                json_object_array_get_idx(json, i), err);
    if (status == NF_OK && count && !nf_ids_value(out, ids, count))
        status = nf_error_nomem(err);
    nf_free(ids);
    return status;
}

static nf_status read_member(nf_data_row *row, nf_session *s, const char *name,
                             json_object *json, nf_error *err)
{
    int64_t id;
    nf_status status = NF_OK;
    const nf_member *member = nf_entity_find_member(row->entity, name);
    if (!member)
        return nf_error_set(err, NF_INPUT, "bad_data",
                            "entity %s has no member \"%s\"",
                            row->entity->qualified, name);
    nf_value *value = &row->members[member->index];
    nf_value_release(value);
    if (member->attribute) {
        status = nf_json_read_attribute(value, json, member->attribute, s->zone,
                                        err);
    } else if (json && member->type.kind == NF_KIND_LIST) {
        status = read_set(value, s, member, json, err);
    } else if (json) {
        status = read_reference(&id, s, member, json, err);
        if (status == NF_OK)
            *value = nf_id_value(id);
    }
    nf_member_set_add(row->given, member->index);
    return status;
}

/* ---- contents ---------------------------------------------------------- */

/* A path relative to the data file. */
static char *beside(const char *file, const char *path)
{
    const char *slash = strrchr(file, '/');
    nf_buffer out;
    nf_buffer_init(&out, 65536);
    if (*path != '/' && slash)
        nf_buffer_add(&out, file, (size_t)(slash - file) + 1);
    nf_buffer_text(&out, path);
    char *joined = nf_buffer_take(&out);
    nf_buffer_dispose(&out);
    return joined;
}

static nf_status read_stream(nf_data_row *row, FILE *file, const char *path,
                             nf_error *err)
{
    char block[65536];
    size_t length;
    nf_buffer bytes;
    nf_buffer_init(&bytes, NF_DATA_CONTENTS_MAX);
    while ((length = fread(block, 1, sizeof block, file)) > 0)
        nf_buffer_add(&bytes, block, length);
    if (ferror(file) || bytes.failed) {
        nf_buffer_dispose(&bytes);
        return nf_error_set(err, NF_INPUT, "unreadable",
                            "\"%s\" can't be read, or is larger than %d bytes",
                            path, NF_DATA_CONTENTS_MAX);
    }
    row->contents_size = bytes.length;
    row->contents =
        (uint8_t *)(bytes.length ? nf_buffer_take(&bytes) : nf_strdup(""));
    nf_buffer_dispose(&bytes);
    return row->contents ? NF_OK : nf_error_nomem(err);
}

static nf_status read_contents_file(nf_data_row *row, const char *data_path,
                                    const char *name, nf_error *err)
{
    char *path = beside(data_path, name);
    FILE *file = path ? fopen(path, "rb") : NULL;
    nf_status status;
    if (!path)
        status = nf_error_nomem(err);
    else if (!file)
        status =
            nf_error_set(err, NF_INPUT, "unreadable",
                         "\"%s\" can't be read: %s", path, strerror(errno));
    else
        status = read_stream(row, file, path, err);
    if (file)
        fclose(file);
    nf_free(path);
    return status;
}

static nf_status read_contents(nf_data_row *row, const nf_data_file *file,
                               json_object *json, nf_error *err)
{
    if (!row->entity->is_file)
        return nf_error_set(err, NF_INPUT, "bad_data",
                            "%s is no file document and has no contents",
                            row->entity->qualified);
    row->has_contents = true;
    if (!json)
        return NF_OK;
    if (!json_object_is_type(json, json_type_string))
        return nf_error_set(err, NF_INPUT, "bad_value",
                            "contents are base64 or \"@path\"");
    const char *text = json_object_get_string(json);
    size_t length = (size_t)json_object_get_string_len(json);
    if (*text == '@')
        return read_contents_file(row, file->path, text + 1, err);
    if (nf_base64_decode(&row->contents, &row->contents_size, text, length))
        return NF_OK;
    return nf_error_set(err, NF_INPUT, "bad_value",
                        "the contents are no base64");
}

/* ---- the row ----------------------------------------------------------- */

static nf_status read_state(nf_data_row *row, const nf_session *s,
                            json_object *json, nf_error *err)
{
    bool device = s->side == NF_SIDE_DEVICE;
    row->state = json_object_is_type(json, json_type_string)
                     ? json_object_get_string(json)
                     : "";
    if (strcmp(row->state, "deleted") == 0 ||
        (device && (strcmp(row->state, "new") == 0 ||
                    strcmp(row->state, "changed") == 0)))
        return NF_OK;
    return nf_error_set(
        err, NF_INPUT, "bad_value",
        device ? "\"$state\" is new, changed or deleted"
               : "on the server \"$state\" can only be \"deleted\"");
}

static nf_status read_property(nf_data_row *row, nf_session *s,
                               const nf_data_file *file, const char *key,
                               json_object *value, nf_error *err)
{
    if (strcmp(key, "entity") == 0 || strcmp(key, "id") == 0 ||
        strcmp(key, "$name") == 0)
        return NF_OK;
    if (strcmp(key, "$state") == 0)
        return read_state(row, s, value, err);
    if (strcmp(key, "$contents") == 0)
        return read_contents(row, file, value, err);
    return read_member(row, s, key, value, err);
}

/* What a server has, and so what a device has from it, is no longer than the
 * model allows; the work of a device may be (domain D13). */
static nf_status check_lengths(const nf_data_row *row, nf_error *err)
{
    for (size_t i = 0; !row->state && i < row->entity->member_count; i++) {
        const nf_attribute *attribute = row->entity->members[i].attribute;
        const nf_value *value = &row->members[i];
        if (!attribute || attribute->length <= 0 ||
            attribute->type != NF_ATTRIBUTE_STRING ||
            value->kind != NF_KIND_STRING)
            continue;
        size_t count = nf_string_utf16_length(value->as.string);
        if (count > (size_t)attribute->length)
            return nf_error_set(err, NF_INPUT, "bad_value",
                                "member \"%s\": the text has %zu characters, "
                                "at most %lld are allowed",
                                attribute->name, count,
                                (long long)attribute->length);
    }
    return NF_OK;
}

static nf_status find_id(nf_data_row *row, nf_session *s,
                         const nf_data_line *line, nf_error *err)
{
    nf_database *database = nf_session_database(s);
    const nf_entity *entity = NULL;
    row->id = line->guid;
    if (!line->is_guid)
        return nf_database_find_name(database, line->id, &row->id, &entity,
                                     err);
    nf_status status =
        nf_database_entity_of(database, line->guid, &entity, err);
    if (status == NF_OK && entity && entity != line->entity)
        return nf_error_set(err, NF_INPUT, "bad_data",
                            "the object %s exists and is one of %s", line->id,
                            entity->qualified);
    return status;
}

nf_status nf_data_row_read(nf_data_row *out, nf_session *s,
                           const nf_data_file *file, const nf_data_line *line,
                           nf_error *err)
{
    memset(out, 0, sizeof *out);
    out->entity = line->entity;
    out->members =
        nf_alloc_array(line->entity->member_count + 1, sizeof *out->members);
    out->given = nf_member_set_new(line->entity);
    nf_status status = out->members && out->given ? find_id(out, s, line, err)
                                                  : nf_error_nomem(err);
    if (status == NF_OK) {
        json_object_object_foreach(line->json, key, value)
        {
            nf_error local = {0};
            if (status != NF_OK)
                break;
            status = read_property(out, s, file, key, value, &local);
            if (status != NF_OK)
                nf_error_set(err, status, local.code, "member \"%s\": %s", key,
                             local.message);
        }
    }
    if (status == NF_OK)
        status = check_lengths(out, err);
    if (status != NF_OK) {
        nf_error_at_line(err, file->path, line->number);
        nf_data_row_dispose(out);
    }
    return status;
}

void nf_data_row_dispose(nf_data_row *row)
{
    if (row->members)
        nf_members_free(row->members, row->entity->member_count);
    nf_free(row->given);
    nf_free(row->contents);
    memset(row, 0, sizeof *row);
}
