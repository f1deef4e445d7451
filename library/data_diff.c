/* `data diff`: a data file beside the rows of one side. The file's lines are
 * brought to the form that export writes and kept; the rows pass by, one at a
 * time, so that memory follows the file and not the database. Names and states
 * do not count. Names that only this file declares get their guids in a
 * transaction that is taken back. */
#include "library/data_file.h"

#include "library/json.h"

#include <json-c/json.h>
#include <stdlib.h>

typedef struct expected {
    const char *entity; /* of the model */
    int64_t id;
    char *text;
    bool met;
} expected;

typedef struct comparison {
    nf_session *session;
    expected *items; /* by entity and id */
    size_t count, capacity;
    nf_buffer partial; /* the line that is being written */
    nf_write_fn write;
    void *user;
    nf_error *err;
    nf_status status;
    size_t differences;
} comparison;

static int by_object(const void *a, const void *b)
{
    const expected *x = a, *y = b;
    int order = strcmp(x->entity, y->entity);
    return order ? order : (x->id > y->id) - (x->id < y->id);
}

static nf_status show(comparison *c, const char *sign, const char *line)
{
    c->differences++;
    if (c->write(c->user, sign, strlen(sign)) &&
        c->write(c->user, line, strlen(line)) && c->write(c->user, "\n", 1))
        return NF_OK;
    return nf_error_set(c->err, NF_INPUT, "unwritable",
                        "the output can't be written");
}

static void dispose(comparison *c)
{
    for (size_t i = 0; i < c->count; i++)
        nf_free(c->items[i].text);
    nf_free(c->items);
    nf_buffer_dispose(&c->partial);
}

/* ---- the file ---------------------------------------------------------- */

/* An nf_write_fn: keeps the one line that a writer makes. */
static bool keep(void *user, const char *text, size_t length)
{
    nf_buffer *line = user;
    if (length != 1 || *text != '\n')
        nf_buffer_add(line, text, length);
    return !line->failed;
}

static nf_status add_row(comparison *c, const nf_data_row *row)
{
    nf_data_writer writer = {
        .session = c->session, .write = keep, .user = &c->partial};
    nf_data_shown shown = {.entity = row->entity,
                           .id = row->id,
                           .members = row->members,
                           .contents = row->contents,
                           .contents_size = row->contents_size};
    expected *items = nf_grow(c->items, c->count, &c->capacity, sizeof *items);
    if (!items)
        return nf_error_nomem(c->err);
    c->items = items;
    nf_buffer_clear(&c->partial);
    nf_status status = nf_data_write(&writer, &shown, c->err);
    if (status != NF_OK)
        return status;
    char *text = nf_strndup(c->partial.data, c->partial.length);
    if (!text)
        return nf_error_nomem(c->err);
    items[c->count++] =
        (expected){row->entity->qualified, row->id, text, false};
    return NF_OK;
}

static nf_status read_rows(comparison *c, nf_data_file *file)
{
    nf_data_line line;
    bool more;
    nf_status status;
    while ((status = nf_data_next(&line, &more, file, c->session->model,
                                  c->err)) == NF_OK &&
           more) {
        nf_data_row row;
        status = nf_data_row_read(&row, c->session, file, &line, c->err);
        if (status == NF_OK) {
            if (!row.state || strcmp(row.state, "deleted") != 0)
                status = add_row(c, &row);
            nf_data_row_dispose(&row);
        }
        nf_data_line_dispose(&line);
        if (status != NF_OK)
            break;
    }
    return status;
}

static nf_status read_file(comparison *c, const char *path)
{
    nf_data_file file;
    nf_database *database = nf_session_database(c->session);
    nf_status status = nf_data_open(&file, path, c->err);
    if (status == NF_OK)
        status = nf_database_begin(database, c->err);
    if (status == NF_OK) {
        status = nf_data_assign_names(c->session, &file, c->err);
        nf_data_rewind(&file);
        if (status == NF_OK)
            status = read_rows(c, &file);
        nf_database_end(database, false, NULL);
    }
    nf_data_close(&file);
    if (status == NF_OK && c->count)
        qsort(c->items, c->count, sizeof *c->items, by_object);
    return status;
}

/* ---- the rows ---------------------------------------------------------- */

static nf_status compare_line(comparison *c, json_object *json)
{
    int64_t id;
    json_object_object_del(json, "$name");
    json_object_object_del(json, "$state");
    expected key = {.entity = json_object_get_string(
                        json_object_object_get(json, "entity"))};
    const char *guid =
        json_object_get_string(json_object_object_get(json, "id"));
    char *text = nf_json_print(json, false);
    if (!text || !key.entity || !guid || !nf_guid_read(&id, guid)) {
        nf_free(text);
        return nf_error_nomem(c->err);
    }
    key.id = id;
    expected *found = c->count ? bsearch(&key, c->items, c->count,
                                         sizeof *c->items, by_object)
                               : NULL;
    nf_status status = NF_OK;
    if (found)
        found->met = true;
    if (!found || strcmp(found->text, text) != 0) {
        if (found)
            status = show(c, "- ", found->text);
        if (status == NF_OK)
            status = show(c, "+ ", text);
    }
    nf_free(text);
    return status;
}

/* An nf_write_fn: takes the export, line by line. */
static bool compare(void *user, const char *text, size_t length)
{
    comparison *c = user;
    if (length != 1 || *text != '\n') {
        nf_buffer_add(&c->partial, text, length);
        return !c->partial.failed;
    }
    json_object *json =
        json_tokener_parse(c->partial.data ? c->partial.data : "");
    c->status = json ? compare_line(c, json) : nf_error_nomem(c->err);
    json_object_put(json);
    nf_buffer_clear(&c->partial);
    return c->status == NF_OK;
}

nf_status nf_session_diff(size_t *differences, nf_session *session,
                          const char *path, const nf_export_options *options,
                          nf_write_fn write, void *user, nf_error *err)
{
    comparison c = {
        .session = session, .write = write, .user = user, .err = err};
    *differences = 0;
    nf_buffer_init(&c.partial, NF_BUFFER_MAX);
    nf_status status = read_file(&c, path);
    nf_buffer_clear(&c.partial);
    if (status == NF_OK)
        status = nf_session_export(session, options, compare, &c, err);
    if (c.status != NF_OK)
        status = c.status;
    for (size_t i = 0; status == NF_OK && i < c.count; i++)
        if (!c.items[i].met)
            status = show(&c, "- ", c.items[i].text);
    *differences = c.differences;
    dispose(&c);
    return status;
}
