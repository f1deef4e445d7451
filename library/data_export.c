/* `data export` (design §5): the rows of one side as a data file, by entity
 * and guid. */
#include "library/data_file.h"

#include "base/json.h"
#include "library/base64.h"
#include "library/json.h"
#include "library/options.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

/* ---- one line ---------------------------------------------------------- */

/* Contents as a file of the export's folder, named by its guid. */
static json_object *contents_in_file(const nf_data_writer *w,
                                     const nf_data_shown *shown, nf_error *err)
{
    char digits[NF_GUID_DIGITS], name[4096], path[4096 + 2];
    nf_guid_digits(shown->id, digits);
    int length = snprintf(name, sizeof name, "%s/%s", w->directory, digits);
    bool ok = length > 0 && (size_t)length < sizeof name &&
              (mkdir(w->directory, 0777) == 0 || errno == EEXIST);
    FILE *file = ok ? fopen(name, "wb") : NULL;
    ok = file && fwrite(shown->contents, 1, shown->contents_size, file) ==
                     shown->contents_size;
    if (file)
        ok = fclose(file) == 0 && ok;
    if (!ok) {
        nf_error_set(err, NF_INPUT, "unreadable", "\"%s\" can't be written: %s",
                     name, strerror(errno));
        return NULL;
    }
    char *absolute = realpath(name, NULL);
    snprintf(path, sizeof path, "@%s", absolute ? absolute : name);
    free(absolute);
    return json_object_new_string(path);
}

static nf_status add_contents(json_object *line, const nf_data_writer *w,
                              const nf_data_shown *shown, nf_error *err)
{
    json_object *json = NULL;
    if (!shown->contents)
        return NF_OK;
    if (w->directory) {
        json = contents_in_file(w, shown, err);
    } else {
        char *text = nf_base64_encode(shown->contents, shown->contents_size);
        json = text ? json_object_new_string(text) : NULL;
        nf_free(text);
        if (!json)
            nf_error_nomem(err);
    }
    if (!json)
        return err ? err->status : NF_INPUT;
    json_object_object_add(line, "$contents", json);
    return NF_OK;
}

static nf_status add_name(json_object *line, const nf_data_writer *w,
                          const nf_data_shown *shown, nf_error *err)
{
    char *name = NULL;
    if (!w->names)
        return NF_OK;
    nf_status status = nf_database_name_of(nf_session_database(w->session),
                                           shown->id, &name, err);
    if (status == NF_OK && name)
        nf_json_text(line, "$name", name);
    nf_free(name);
    return status;
}

nf_status nf_data_write(const nf_data_writer *w, const nf_data_shown *shown,
                        nf_error *err)
{
    json_object *line = json_object_new_object();
    nf_json_text(line, "entity", shown->entity->qualified);
    nf_json_guid(line, "id", shown->id);
    nf_status status =
        line ? add_name(line, w, shown, err) : nf_error_nomem(err);
    if (status == NF_OK && shown->state)
        nf_json_text(line, "$state", shown->state);
    if (status == NF_OK && shown->members &&
        !nf_json_members(line, shown->entity, shown->members, false))
        status = nf_error_nomem(err);
    if (status == NF_OK)
        status = add_contents(line, w, shown, err);
    char *text = status == NF_OK ? nf_json_text_of(line, NF_JSON_LINE) : NULL;
    if (status == NF_OK && !text)
        status = nf_error_nomem(err);
    if (status == NF_OK &&
        (!w->write(w->user, text, strlen(text)) || !w->write(w->user, "\n", 1)))
        status = nf_error_set(err, NF_INPUT, "unwritable",
                              "the output can't be written");
    nf_free(text);
    json_object_put(line);
    return status;
}

/* ---- which entities ---------------------------------------------------- */

static bool is_exported(const nf_entity *entity, bool system)
{
    return entity->kind == NF_ENTITY_PERSISTABLE &&
           (system || !entity->module->system ||
            strcmp(entity->qualified, "System.SynchronizationError") == 0);
}

static int by_name(const void *a, const void *b)
{
    const nf_entity *x = *(const nf_entity *const *)a;
    const nf_entity *y = *(const nf_entity *const *)b;
    return strcmp(x->qualified, y->qualified);
}

typedef struct exporter {
    nf_session *session;
    bool system;
    nf_data_visit each;
    void *user;
} exporter;

/* ---- the device -------------------------------------------------------- */

static nf_status show_device_row(void *user, nf_record *record,
                                 nf_import_state state, nf_error *err)
{
    static const char *const states[] = {
        [NF_IMPORT_SYNCHRONIZED] = NULL,
        [NF_IMPORT_NEW] = "new",
        [NF_IMPORT_CHANGED] = "changed",
        [NF_IMPORT_DELETED] = "deleted",
    };
    const exporter *e = user;
    nf_database *database = nf_device_database(e->session->device);
    nf_content content = {0};
    uint8_t *bytes = NULL;
    nf_data_shown shown = {
        .entity = record->entity,
        .id = record->id,
        .members = state == NF_IMPORT_DELETED ? NULL : record->members,
        .state = states[state],
    };
    nf_status status = NF_OK;
    if (record->entity->is_file && state != NF_IMPORT_DELETED)
        status = nf_database_get_content(database, record->id, &content, err);
    if (status == NF_OK && content.exists && content.has_hash)
        status = nf_database_get_bytes(database, content.hash, &bytes,
                                       &shown.contents_size, err);
    shown.contents = bytes;
    if (status == NF_OK)
        status = e->each(e->user, &shown, err);
    nf_free(bytes);
    return status;
}

static nf_status each_on_device(exporter *e, nf_error *err)
{
    nf_session *s = e->session;
    size_t count = nf_model_entity_count(s->model);
    const nf_entity **sorted = nf_alloc_array(count + 1, sizeof *sorted);
    nf_status status = sorted ? NF_OK : nf_error_nomem(err);
    for (size_t i = 0; sorted && i < count; i++)
        sorted[i] = nf_model_entity(s->model, i);
    if (sorted && count)
        qsort(sorted, count, sizeof *sorted, by_name);
    for (size_t i = 0; status == NF_OK && i < count; i++)
        if (is_exported(sorted[i], e->system))
            status =
                nf_device_export(s->device, sorted[i], show_device_row, e, err);
    nf_free(sorted);
    return status;
}

/* ---- the server -------------------------------------------------------- */

static nf_status show_server_row(void *user, const nf_server_exported *row,
                                 nf_error *err)
{
    const exporter *e = user;
    nf_data_shown shown = {
        .entity = row->entity,
        .id = row->id,
        .members = row->members,
        .contents = row->contents,
        .contents_size = row->contents_size,
    };
    if (!is_exported(row->entity, e->system))
        return NF_OK;
    return e->each(e->user, &shown, err);
}

/* ---- either side ------------------------------------------------------- */

/* All rows are of one moment, whatever another process commits meanwhile. */
static nf_status each_of_snapshot(exporter *e, nf_error *err)
{
    nf_session *s = e->session;
    nf_database *database = nf_session_database(s);
    nf_status status = nf_database_freeze(database, err);
    if (status != NF_OK)
        return status;
    status = s->side == NF_SIDE_SERVER
                 ? nf_server_export(s->server, show_server_row, e, err)
                 : each_on_device(e, err);
    nf_database_thaw(database);
    return status;
}

nf_status nf_data_options(nf_export_options *out,
                          const nf_export_options *given, nf_error *err)
{
    static const nf_export_options defaults = NF_EXPORT_OPTIONS_INIT;
    return nf_options_read(out, sizeof *out, given ? given : &defaults,
                           "options of an export", err);
}

nf_status nf_data_each(nf_session *session, const nf_export_options *options,
                       nf_data_visit each, void *user, nf_error *err)
{
    exporter e = {.session = session,
                  .system = options && options->system,
                  .each = each,
                  .user = user};
    const char *as = options ? options->as : NULL;
    nf_database *database = nf_session_database(session);
    if (as && session->side != NF_SIDE_SERVER)
        return nf_error_set(err, NF_USAGE, "bad_option",
                            "--as shows the server's data: give --on server");
    nf_database_stream(database, true);
    nf_status status =
        as ? nf_server_export_as(session->server, as, session->roles,
                                 session->role_count, session->profile_name,
                                 show_server_row, &e, err)
           : each_of_snapshot(&e, err);
    nf_database_stream(database, false);
    return status;
}

static nf_status write_shown(void *user, const nf_data_shown *shown,
                             nf_error *err)
{
    return nf_data_write(user, shown, err);
}

nf_status nf_session_export(nf_session *session,
                            const nf_export_options *options, nf_write_fn write,
                            void *user, nf_error *err)
{
    NF_IN_SESSION(session);
    nf_export_options known;
    nf_data_writer writer = {
        .session = session, .write = write, .user = user, .names = true};
    nf_status status = nf_data_options(&known, options, err);
    writer.directory = known.directory;
    return status == NF_OK
               ? nf_data_each(session, &known, write_shown, &writer, err)
               : status;
}
