/* The rows of a selection one by one, without objects: what a member holds is
 * looked at where it is stored. */
#include "database/select.h"

#include "base/memory.h"

enum { ONWARD_ROWS = 8 }; /* cheaper to pass over than to search */

struct nf_rows {
    nf_database *database;
    nf_selection selection;
    nf_select q;
    nf_statement *statement;
    const int *map; /* of the present row */
    const nf_layout *layout;
    int64_t id;     /* of the present row; 0: none */
    int64_t wanted; /* onward */
    size_t ahead;   /* rows whose links were asked for */
};

nf_status nf_rows_open(nf_rows **out, nf_database *database,
                       const nf_selection *selection, nf_error *err)
{
    nf_rows *rows = nf_alloc(sizeof *rows);
    nf_status status;

    *out = NULL;
    if (!rows)
        return nf_error_nomem(err);
    rows->database = database;
    rows->selection = *selection;
    rows->selection.onward = selection->onward && database->driver->live_rows;
    rows->wanted = selection->id;
    status = nf_select_build(&rows->q, database, &rows->selection, NULL, err);
    if (!status && !rows->q.nothing) {
        rows->statement = nf_database_statement(
            database, nf_buffer_string(&rows->q.sql.text), err);
        status = rows->statement
                     ? nf_sql_bind(database, &rows->q.sql, rows->statement, err)
                     : nf_select_failed(&rows->q);
        if (!status && nf_select_is_many(selection))
            nf_statement_many(rows->statement);
    }
    rows->q.scope.err = NULL; /* the caller's, of this call only */
    if (status) {
        nf_rows_close(rows);
        return status;
    }
    *out = rows;
    return NF_OK;
}

void nf_rows_close(nf_rows *rows)
{
    if (!rows)
        return;
    nf_database_done(rows->database, rows->statement);
    nf_sql_dispose(&rows->q.sql);
    nf_free(rows);
}

static void search(nf_rows *rows, int64_t id)
{
    nf_statement_reset(rows->statement);
    nf_bind_int(rows->statement, rows->q.id_index, id);
    if (rows->selection.onward)
        nf_bind_int(rows->statement, rows->q.id_index + 1,
                    nf_select_onward_end(id));
    rows->id = 0;
}

void nf_rows_seek(nf_rows *rows, int64_t id)
{
    if (!rows->statement)
        return;
    rows->wanted = id;
    if (!rows->selection.onward || !rows->id || rows->id >= id)
        search(rows, id);
}

nf_status nf_rows_expect(nf_rows *rows, int64_t id, nf_error *err)
{
    nf_status status = NF_OK;

    if (!rows->statement || !rows->database->piped)
        return NF_OK;
    search(rows, id);
    rows->map = NULL;
    if (!rows->selection.ids_only)
        status =
            nf_record_expect_links(rows->database, rows->q.layout, id, err);
    return status ? status
                  : nf_database_expect(rows->database, rows->statement, err);
}

/* The row that is wanted is often the next one or a near one. */
static nf_status step_onward(nf_rows *rows, bool *more, nf_error *err)
{
    int passed = 0;

    for (;;) {
        bool searched = rows->id == 0;
        nf_status status =
            nf_database_step(rows->database, rows->statement, more, err);

        if (status)
            return status;
        rows->id = *more ? nf_column_int(rows->statement, 0) : 0;
        if (rows->id == rows->wanted)
            return NF_OK;
        if (searched || rows->id > rows->wanted) {
            *more = false; /* there is none */
            rows->id = 0;
            return NF_OK;
        }
        if (!*more || ++passed == ONWARD_ROWS)
            search(rows, rows->wanted);
    }
}

void nf_rows_rest(nf_rows *rows)
{
    if (rows->statement)
        nf_statement_reset(rows->statement);
    rows->map = NULL;
}

nf_status nf_rows_next(nf_rows *rows, nf_row *row, bool *more, nf_error *err)
{
    nf_status status;

    *more = false;
    if (!rows->statement)
        return NF_OK;
    status = rows->selection.onward
                 ? step_onward(rows, more, err)
                 : nf_database_step(rows->database, rows->statement, more, err);
    if (!status && *more)
        status =
            nf_select_expect_page(&rows->q, rows->statement, &rows->ahead, err);
    if (status || !*more)
        return status;
    status = nf_select_head(&rows->q, rows->statement, row, err);
    if (status)
        return status;
    rows->id = row->id;
    rows->layout = nf_layout_of(rows->database, row->entity);
    rows->map = rows->selection.ids_only
                    ? NULL
                    : rows->q.layout->plan->maps[row->entity->number];
    return NF_OK;
}

bool nf_rows_bytes(const nf_rows *rows, size_t member, const char **bytes,
                   size_t *size)
{
    int column = rows->map ? rows->map[member] : -1;

    if (column < 0 || nf_column_null(rows->statement, column))
        return false;
    *bytes = nf_column_bytes(rows->statement, column);
    *size = nf_column_size(rows->statement, column);
    if (!*bytes)
        *bytes = "";
    return true;
}

nf_status nf_rows_value(nf_rows *rows, size_t member, nf_value *out,
                        nf_error *err)
{
    *out = nf_empty();
    if (!rows->map)
        return NF_OK;
    if (rows->map[member] >= 0)
        return nf_value_column(out, rows->database, rows->statement,
                               rows->map[member],
                               &rows->layout->entity->members[member], err);
    return nf_record_read_link(rows->database, rows->layout, member, rows->id,
                               out, err);
}

nf_status nf_rows_same(nf_rows *rows, size_t member, const nf_value *value,
                       bool *out, nf_error *err)
{
    const char *bytes = NULL;
    size_t size = 0;
    nf_value stored;
    nf_status status;

    if (rows->map && rows->map[member] >= 0 &&
        (value->kind == NF_KIND_STRING || value->kind == NF_KIND_ENUMERATION)) {
        *out = nf_rows_bytes(rows, member, &bytes, &size) &&
               size == value->as.string->length &&
               memcmp(bytes, value->as.string->text, size) == 0;
        return NF_OK;
    }
    status = nf_rows_value(rows, member, &stored, err);
    *out = !status && nf_value_equal(&stored, value);
    nf_value_release(&stored);
    return status;
}
