/* Lines of a data file, some ahead: a server on PostgreSQL answers the
 * questions of many lines together. Everything is judged line by line all the
 * same. */
#include "library/data_file.h"

#include "library/json.h"

#include <json-c/json.h>

enum {
    STRETCH = NF_IMPORT_STRETCH,
    STRETCH_BYTES = 1 << 20 /* of the file; the last line may be longer */
};

typedef struct stretch {
    nf_data_line lines[STRETCH];
    size_t count;
    bool more;        /* lines behind these, as far as is known */
    nf_status status; /* of reading what comes behind these */
    nf_error problem;
} stretch;

static void read_stretch(stretch *out, const nf_data_pass *pass, size_t most)
{
    const nf_model *model = pass->session->model;
    off_t start = most > 1 ? ftello(pass->file->stream) : 0;

    out->count = 0;
    nf_error_clear(&out->problem);
    do {
        out->status = nf_data_next(&out->lines[out->count], &out->more,
                                   pass->file, model, &out->problem);
        if (out->status != NF_OK || !out->more)
            return;
    } while (++out->count < most &&
             ftello(pass->file->stream) - start < STRETCH_BYTES);
}

static nf_status take_stretch(const nf_data_pass *pass, const stretch *in,
                              nf_error *err)
{
    nf_database *database = nf_session_database(pass->session);
    nf_status status = NF_OK;

    if (nf_database_is_piped(database)) {
        nf_database_pipeline(database, true);
        status = pass->ahead(pass->session, in->lines, in->count, err);
    }
    for (size_t i = 0; status == NF_OK && i < in->count; i++)
        status = pass->line(pass->user, pass->session, pass->file,
                            &in->lines[i], err);
    return status;
}

nf_status nf_data_walk(const nf_data_pass *pass, nf_error *err)
{
    bool piped = nf_database_is_piped(nf_session_database(pass->session));
    stretch *lines = nf_alloc(sizeof *lines);
    nf_status status = lines ? NF_OK : nf_error_nomem(err);
    bool more = lines != NULL;

    while (status == NF_OK && more) {
        read_stretch(lines, pass, piped ? STRETCH : 1);
        status = take_stretch(pass, lines, err);
        for (size_t i = 0; i < lines->count; i++)
            nf_data_line_dispose(&lines->lines[i]);
        if (status == NF_OK && lines->status != NF_OK)
            status = nf_error_pass(&lines->problem, err);
        more = lines->more;
    }
    nf_free(lines);
    return status;
}

/* ---- names --------------------------------------------------------------- */

static nf_status is_unnamed(bool *out, nf_database *database,
                            const nf_data_line *line, nf_error *err)
{
    int64_t id = 0;
    nf_status status = NF_OK;

    *out = line->name && !line->is_guid;
    if (*out)
        status = nf_database_find_name(database, line->name, &id, NULL, err);
    *out = *out && id == 0;
    return status;
}

/* The names that objects of one entity will get, from a line on. */
static nf_status expect_assigned(nf_database *database,
                                 const nf_data_line *lines, const bool *unnamed,
                                 size_t from, size_t count, nf_error *err)
{
    const nf_entity *entity = lines[from].entity;
    size_t wanted = 0;

    for (size_t i = 0; i < from; i++)
        if (unnamed[i] && lines[i].entity == entity)
            return NF_OK; /* those have been counted */
    for (size_t i = from; i < count; i++)
        wanted += unnamed[i] && lines[i].entity == entity;
    return nf_database_expect_assigned(database, entity, wanted, err);
}

nf_status nf_data_expect_names(nf_session *session, const nf_data_line *lines,
                               size_t count, nf_error *err)
{
    nf_database *database = nf_session_database(session);
    bool unnamed[STRETCH];
    nf_status status = NF_OK;

    for (size_t i = 0; status == NF_OK && i < count; i++)
        if (lines[i].name && !lines[i].is_guid)
            status = nf_database_expect_name(database, lines[i].name, err);
    for (size_t i = 0; status == NF_OK && i < count; i++)
        status = is_unnamed(&unnamed[i], database, &lines[i], err);
    for (size_t i = 0; status == NF_OK && i < count; i++)
        if (unnamed[i])
            status = expect_assigned(database, lines, unnamed, i, count, err);
    return status;
}

/* ---- rows ---------------------------------------------------------------- */

static nf_status expect_reference(nf_database *database, json_object *json,
                                  nf_error *err)
{
    int64_t guid;
    const char *name = json_object_is_type(json, json_type_string)
                           ? json_object_get_string(json)
                           : NULL;

    return name && !nf_guid_read(&guid, name)
               ? nf_database_expect_name(database, name, err)
               : NF_OK;
}

static nf_status expect_references(nf_database *database,
                                   const nf_data_line *line, nf_error *err)
{
    nf_status status = NF_OK;

    json_object_object_foreach(line->json, key, value)
    {
        const nf_member *member = nf_entity_find_member(line->entity, key);
        size_t count = json_object_is_type(value, json_type_array)
                           ? json_object_array_length(value)
                           : 0;

        if (!member || !member->association)
            continue;
        if (status == NF_OK)
            status = expect_reference(database, value, err);
        for (size_t i = 0; status == NF_OK && i < count; i++)
            status = expect_reference(database,
                                      json_object_array_get_idx(value, i), err);
    }
    return status;
}

static nf_status find_row(nf_server_row *row, nf_session *session,
                          const nf_data_line *line, nf_error *err)
{
    row->entity = line->entity;
    row->id = line->guid;
    row->deleted = json_object_object_get(line->json, "$state") != NULL;
    return line->is_guid ? NF_OK
                         : nf_database_find_name(nf_session_database(session),
                                                 line->id, &row->id, NULL, err);
}

nf_status nf_data_expect_rows(nf_session *session, const nf_data_line *lines,
                              size_t count, nf_error *err)
{
    nf_database *database = nf_session_database(session);
    nf_server_row rows[STRETCH] = {0};
    nf_status status = NF_OK;

    for (size_t i = 0; status == NF_OK && i < count; i++) {
        if (!lines[i].is_guid)
            status = nf_database_expect_name(database, lines[i].id, err);
        if (status == NF_OK)
            status = expect_references(database, &lines[i], err);
    }
    for (size_t i = 0; status == NF_OK && i < count; i++)
        status = find_row(&rows[i], session, &lines[i], err);
    return status == NF_OK
               ? nf_server_import_expect(session->server, rows, count, err)
               : status;
}
