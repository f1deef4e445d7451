/* `data diff`: a data file beside the rows of one side. The file's lines are
 * brought to the form that export writes and sorted as it sorts; then both pass
 * by in step, so that memory follows neither. Names and states do not count,
 * and a deletion is no object. Names that only this file declares get their
 * guids in a transaction that is taken back. */
#include "library/data_file.h"

#include "database/sorter.h"

#include <string.h>

typedef struct comparison {
    nf_session *session;
    nf_sorter *lines; /* of the file */
    /* The line that waits for its row; entity NULL: there are no more. */
    const char *entity, *text;
    int64_t id;
    nf_buffer shown; /* the object that is being looked at */
    nf_write_fn write;
    void *user;
    size_t differences;
} comparison;

static nf_status show(comparison *c, const char *sign, const char *line,
                      nf_error *err)
{
    c->differences++;
    if (c->write(c->user, sign, strlen(sign)) &&
        c->write(c->user, line, strlen(line)) && c->write(c->user, "\n", 1))
        return NF_OK;
    return nf_error_set(err, NF_INPUT, "unwritable",
                        "the output can't be written");
}

/* An nf_write_fn: keeps the one line that a writer makes. */
static bool keep(void *user, const char *text, size_t length)
{
    nf_buffer *line = user;
    if (length != 1 || *text != '\n')
        nf_buffer_add(line, text, length);
    return !line->failed;
}

/* Leaves the object's line in c->shown. */
static nf_status print(comparison *c, const nf_data_shown *shown, nf_error *err)
{
    nf_data_writer writer = {
        .session = c->session, .write = keep, .user = &c->shown};
    nf_buffer_clear(&c->shown);
    return nf_data_write(&writer, shown, err);
}

/* ---- the file ---------------------------------------------------------- */

static nf_status add_row(comparison *c, const nf_data_row *row, nf_error *err)
{
    nf_data_shown shown = {.entity = row->entity,
                           .id = row->id,
                           .members = row->members,
                           .contents = row->contents,
                           .contents_size = row->contents_size};
    nf_status status = print(c, &shown, err);
    if (status != NF_OK)
        return status;
    return nf_sorter_add(c->lines, row->entity->qualified, row->id,
                         c->shown.data, c->shown.length, err);
}

static nf_status read_rows(comparison *c, nf_data_file *file, nf_error *err)
{
    nf_data_line line;
    bool more;
    nf_status status;
    while ((status = nf_data_next(&line, &more, file, c->session->model,
                                  err)) == NF_OK &&
           more) {
        nf_data_row row;
        status = nf_data_row_read(&row, c->session, file, &line, err);
        if (status == NF_OK) {
            if (!row.state || strcmp(row.state, "deleted") != 0)
                status = add_row(c, &row, err);
            nf_data_row_dispose(&row);
        }
        nf_data_line_dispose(&line);
        if (status != NF_OK)
            break;
    }
    return status;
}

static nf_status read_file(comparison *c, const char *path, nf_error *err)
{
    nf_data_file file;
    nf_database *database = nf_session_database(c->session);
    nf_status status = nf_data_open(&file, path, err);
    if (status == NF_OK)
        status = nf_database_begin(database, err);
    if (status == NF_OK) {
        status = nf_data_assign_names(c->session, &file, err);
        nf_data_rewind(&file);
        if (status == NF_OK)
            status = read_rows(c, &file, err);
        nf_database_end(database, false, NULL);
    }
    nf_data_close(&file);
    return status;
}

/* ---- beside the rows --------------------------------------------------- */

static nf_status next_line(comparison *c, nf_error *err)
{
    return nf_sorter_next(c->lines, &c->entity, &c->id, &c->text, err);
}

/* Below 0: the waiting line comes before this object. */
static int compare(const comparison *c, const char *entity, int64_t id)
{
    int order = c->entity ? strcmp(c->entity, entity) : 1;
    return order ? order : (c->id > id) - (c->id < id);
}

/* An nf_data_visit: one object of the database. */
static nf_status meet(void *user, const nf_data_shown *row, nf_error *err)
{
    comparison *c = user;
    nf_data_shown shown = *row;
    nf_status status = NF_OK;
    int order;
    if (row->state && strcmp(row->state, "deleted") == 0)
        return NF_OK;
    shown.state = NULL;
    while (status == NF_OK &&
           (order = compare(c, row->entity->qualified, row->id)) < 0) {
        status = show(c, "- ", c->text, err);
        if (status == NF_OK)
            status = next_line(c, err);
    }
    if (status == NF_OK)
        status = print(c, &shown, err);
    if (status != NF_OK || (order == 0 && strcmp(c->text, c->shown.data) == 0))
        return status == NF_OK ? next_line(c, err) : status;
    if (order == 0)
        status = show(c, "- ", c->text, err);
    if (status == NF_OK)
        status = show(c, "+ ", c->shown.data, err);
    return status == NF_OK && order == 0 ? next_line(c, err) : status;
}

static nf_status meet_rows(comparison *c, const nf_export_options *options,
                           nf_error *err)
{
    nf_status status = next_line(c, err);
    if (status == NF_OK)
        status = nf_data_each(c->session, options, meet, c, err);
    while (status == NF_OK && c->entity) {
        status = show(c, "- ", c->text, err);
        if (status == NF_OK)
            status = next_line(c, err);
    }
    return status;
}

nf_status nf_session_diff(size_t *differences, nf_session *session,
                          const char *path, const nf_export_options *options,
                          nf_write_fn write, void *user, nf_error *err)
{
    NF_IN_SESSION(session);
    comparison c = {.session = session, .write = write, .user = user};
    nf_database *database = nf_session_database(session);
    nf_export_options known;
    *differences = 0;
    nf_status status = nf_data_options(&known, options, err);
    if (status == NF_OK)
        status = nf_sorter_new(&c.lines, err);
    nf_buffer_init(&c.shown, NF_BUFFER_MAX);
    nf_database_stream(database, true);
    if (status == NF_OK)
        status = read_file(&c, path, err);
    if (status == NF_OK)
        status = meet_rows(&c, &known, err);
    nf_database_stream(database, false);
    *differences = c.differences;
    nf_buffer_dispose(&c.shown);
    nf_sorter_free(c.lines);
    return status;
}
