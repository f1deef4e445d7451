/* `data import` (design §5): a whole file in one transaction, or nothing. On
 * the device rows are as if already synchronized unless they say "$state"; on
 * the server they are a change by another user. */
#include "library/data_file.h"

#include <json-c/json.h>

/* ---- names ------------------------------------------------------------- */

/* The stored user or user role that a line means by its Name; 0: none. */
static nf_status find_by_name(int64_t *id, nf_session *s,
                              const nf_data_line *line, nf_error *err)
{
    static const char *const named[] = {"System.User", "System.UserRole"};
    json_object *name = NULL;
    *id = 0;
    if (!json_object_object_get_ex(line->json, "Name", &name) ||
        !json_object_is_type(name, json_type_string))
        return NF_OK;
    for (size_t i = 0; i < sizeof named / sizeof *named; i++) {
        const nf_entity *entity = nf_model_find_entity(s->model, named[i]);
        if (entity && nf_entity_is(line->entity, entity))
            return nf_session_find_named(s, named[i],
                                         json_object_get_string(name), id, err);
    }
    return NF_OK;
}

/* A new object on the device gets an id as the device gives it: it must not
 * meet an object of the server that this device has never seen. */
static nf_status assign_id(nf_session *s, const nf_data_line *line,
                           nf_error *err)
{
    nf_database *database = nf_session_database(s);
    json_object *state = json_object_object_get(line->json, "$state");
    int64_t id;
    if (s->side != NF_SIDE_DEVICE ||
        !json_object_is_type(state, json_type_string) ||
        strcmp(json_object_get_string(state), "new") != 0)
        return nf_database_assign_name(database, line->entity, line->name, &id,
                                       err);
    nf_status status = nf_database_new_id(database, line->entity, &id, err);
    if (status == NF_OK)
        status =
            nf_database_set_name(database, line->entity, line->name, id, err);
    return status;
}

static nf_status assign_name(nf_session *s, const nf_data_line *line,
                             nf_error *err)
{
    int64_t id = 0;
    const nf_entity *entity = NULL;
    nf_database *database = nf_session_database(s);
    if (!line->name)
        return NF_OK;
    if (line->is_guid)
        return nf_database_set_name(database, line->entity, line->name,
                                    line->guid, err);
    nf_status status =
        nf_database_find_name(database, line->name, &id, &entity, err);
    if (status != NF_OK)
        return status;
    if (id && entity && entity != line->entity &&
        !nf_entity_is(entity, line->entity))
        return nf_error_set(err, NF_INPUT, "bad_data",
                            "the name \"%s\" belongs to an object of %s",
                            line->name, entity->qualified);
    if (id)
        return NF_OK;
    status = find_by_name(&id, s, line, err);
    if (status == NF_OK && id)
        return nf_database_set_name(database, line->entity, line->name, id,
                                    err);
    return status == NF_OK ? assign_id(s, line, err) : status;
}

static nf_status name_line(void *user, nf_session *s, nf_data_file *file,
                           const nf_data_line *line, nf_error *err)
{
    (void)user;
    nf_status status = assign_name(s, line, err);
    if (status != NF_OK)
        nf_error_at_line(err, file->path, line->number);
    return status;
}

nf_status nf_data_assign_names(nf_session *s, nf_data_file *file, nf_error *err)
{
    const nf_data_pass pass = {.session = s,
                               .file = file,
                               .ahead = nf_data_expect_names,
                               .line = name_line};
    return nf_data_walk(&pass, err);
}

/* ---- rows -------------------------------------------------------------- */

static bool give_if_absent(nf_data_row *row, const char *name, nf_value value)
{
    const nf_member *member = nf_entity_find_member(row->entity, name);
    if (!member || nf_member_set_has(row->given, member->index)) {
        nf_value_release(&value);
        return false;
    }
    row->members[member->index] = value;
    nf_member_set_add(row->given, member->index);
    return true;
}

/* domain D150: HasContents and Size follow the contents. */
static nf_status store_contents(nf_session *s, nf_data_row *row, bool unsent,
                                nf_error *err)
{
    nf_database *database = nf_device_database(s->device);
    nf_content content = {0};
    if (!row->contents)
        return nf_database_drop_content(database, row->id, err);
    nf_status status = nf_database_put_bytes(
        database, row->contents, row->contents_size, content.hash, err);
    content.exists = content.has_hash = true;
    content.size = (int64_t)row->contents_size;
    content.state = unsent ? NF_CONTENT_UNSENT : NF_CONTENT_PRESENT;
    if (status == NF_OK)
        status = nf_database_set_content(database, row->id, &content, err);
    return status;
}

static nf_import_state device_state(const nf_data_row *row)
{
    if (!row->state)
        return NF_IMPORT_SYNCHRONIZED;
    if (strcmp(row->state, "new") == 0)
        return NF_IMPORT_NEW;
    return strcmp(row->state, "changed") == 0 ? NF_IMPORT_CHANGED
                                              : NF_IMPORT_DELETED;
}

static nf_status import_on_device(nf_session *s, nf_data_row *row,
                                  nf_error *err)
{
    nf_import_state state = device_state(row);
    const nf_profile *profile = s->world.profile;
    if (profile &&
        nf_profile_config(profile, row->entity).mode == NF_SYNC_ONLINE)
        return nf_error_set(err, NF_INPUT, "bad_data",
                            "objects of %s are never on a device, since its "
                            "mode is Online: import them with --on server",
                            row->entity->qualified);
    if (row->has_contents) {
        give_if_absent(row, "HasContents", nf_boolean(row->contents != NULL));
        give_if_absent(row, "Size", nf_integer((int64_t)row->contents_size));
    }
    nf_status status = nf_device_import(s->device, row->entity, row->id,
                                        row->members, row->given, state, err);
    if (status == NF_OK && row->has_contents && state != NF_IMPORT_DELETED)
        status = store_contents(s, row, state != NF_IMPORT_SYNCHRONIZED, err);
    return status;
}

static nf_status import_on_server(nf_session *s, nf_data_row *row,
                                  nf_error *err)
{
    nf_server_row server_row = {
        .entity = row->entity,
        .id = row->id,
        .members = row->members,
        .given = row->given,
        .deleted = row->state != NULL,
        .contents = row->has_contents ? row->contents : NULL,
        .contents_size = row->contents_size,
    };
    return nf_server_import_row(s->server, &server_row, err);
}

/* What the database refuses is an input that can't be used. */
static nf_status as_input(nf_status status, nf_error *err)
{
    if (status == NF_FAILED && err)
        err->status = NF_INPUT;
    return status == NF_FAILED ? NF_INPUT : status;
}

static nf_status import_row(nf_session *s, nf_data_file *file,
                            const nf_data_line *line, nf_error *err)
{
    nf_data_row row;
    nf_status status = nf_data_row_read(&row, s, file, line, err);
    if (status != NF_OK)
        return status;
    status = s->side == NF_SIDE_DEVICE ? import_on_device(s, &row, err)
                                       : import_on_server(s, &row, err);
    nf_data_row_dispose(&row);
    return status;
}

static nf_status import_line(void *user, nf_session *s, nf_data_file *file,
                             const nf_data_line *line, nf_error *err)
{
    size_t *count = user;
    nf_status status = import_row(s, file, line, err);
    /* Failures of the database about one row are faults of that line. */
    if (status != NF_OK) {
        nf_error_at_line(err, file->path, line->number);
        return as_input(status, err);
    }
    if (nf_session_is_cancelled(s))
        return nf_error_set(err, NF_CANCELLED, "cancelled",
                            "the import was cancelled");
    (*count)++;
    return NF_OK;
}

static nf_status import_rows(size_t *count, nf_session *s, nf_data_file *file,
                             nf_error *err)
{
    const nf_data_pass pass = {.session = s,
                               .file = file,
                               .ahead = nf_data_expect_rows,
                               .line = import_line,
                               .user = count};
    nf_data_rewind(file);
    return nf_data_walk(&pass, err);
}

static nf_status begin(nf_session *s, bool careful, nf_error *err)
{
    return s->side == NF_SIDE_DEVICE
               ? nf_database_begin(nf_device_database(s->device), err)
               : nf_server_import_begin(s->server, careful, err);
}

static nf_status end(nf_session *s, bool keep, nf_error *err)
{
    return s->side == NF_SIDE_DEVICE
               ? nf_database_end(nf_device_database(s->device), keep, err)
               : nf_server_import_end(s->server, keep, err);
}

static nf_status import_once(size_t *count, nf_session *s, nf_data_file *file,
                             bool careful, nf_error *err)
{
    nf_status status = as_input(begin(s, careful, err), err);
    *count = 0;
    if (status != NF_OK)
        return status;
    status = nf_data_assign_names(s, file, err);
    if (status == NF_OK)
        status = import_rows(count, s, file, err);
    nf_status ended = end(s, status == NF_OK, status == NF_OK ? err : NULL);
    return status == NF_OK ? as_input(ended, err) : status;
}

/* What the database tells late is found again, with the line it belongs to. */
static nf_status import_file(size_t *count, nf_session *s, nf_data_file *file,
                             nf_error *err)
{
    nf_error problem = {0};
    nf_status status = import_once(count, s, file, false, &problem);
    if (status == NF_OK || strcmp(problem.detail, "late") != 0)
        return status == NF_OK ? status : nf_error_pass(&problem, err);
    nf_data_rewind(file);
    return import_once(count, s, file, true, err);
}

nf_status nf_session_import(size_t *count, nf_session *session,
                            const char *path, nf_error *err)
{
    NF_IN_SESSION(session);
    nf_data_file file;
    size_t imported = 0;
    if (count)
        *count = 0;
    nf_database_stream(nf_session_database(session), true);
    nf_session_enter(session);
    nf_status status = nf_data_open(&file, path, err);
    if (status == NF_OK)
        status = import_file(&imported, session, &file, err);
    nf_data_close(&file);
    nf_session_leave(session);
    nf_database_stream(nf_session_database(session), false);
    if (status == NF_OK && count)
        *count = imported;
    return status;
}
