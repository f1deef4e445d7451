/* Selections that are asked: their rows as records, and what asks for one
 * object, a number, a plan. */
#include "database/select.h"

#include "base/memory.h"

static nf_status read_members(nf_select *q, nf_statement *statement,
                              nf_record *record, const int *map, nf_error *err)
{
    const nf_entity *entity = record->entity;
    nf_layout *layout = nf_layout_of(q->database, entity);
    nf_status status = NF_OK;
    size_t i;

    record->members =
        nf_alloc_array(entity->member_count, sizeof *record->members);
    if (!record->members)
        return nf_error_nomem(err);
    for (i = 0; !status && i < entity->member_count; i++)
        if (map[i] >= 0)
            status =
                nf_value_column(&record->members[i], q->database, statement,
                                map[i], &entity->members[i], err);
    if (!status && layout->linked)
        status = nf_record_read_links(q->database, layout, record->id,
                                      record->members, err);
    return status;
}

/* Which object the row is, and its tests. */
nf_status nf_select_head(nf_select *q, nf_statement *statement, nf_row *row,
                         nf_error *err)
{
    size_t tests = q->selection->test_count, i;
    int first = nf_column_count(statement) - (int)tests;

    *row = (nf_row){.id = nf_column_int(statement, 0)};
    row->entity =
        q->layout->root->typed
            ? nf_database_entity(q->database, nf_column_int(statement, 1))
            : q->layout->entity;
    if (!row->entity)
        return nf_error_set(err, NF_FAILED, "db_error",
                            "the row %lld has an unknown entity",
                            (long long)row->id);
    for (i = 0; i < tests && i < NF_SELECTION_TESTS_MAX; i++)
        if (nf_column_int(statement, first + (int)i))
            row->tests |= (uint64_t)1 << i;
    if (nf_database_get_side(q->database) == NF_DATABASE_SERVER)
        row->version = nf_column_int(statement, 2);
    return NF_OK;
}

/* Links and what is known of contents are in other tables: those of the rows
 * that have been fetched are asked for together. *ahead: rows that are covered,
 * the present one included. */
nf_status nf_select_expect_page(const nf_select *q,
                                const nf_statement *statement, size_t *ahead,
                                nf_error *err)
{
    enum { PAGE = 64 };
    bool is_file = q->layout->entity->is_file;
    bool piped = q->database->piped;
    int64_t ids[PAGE];
    nf_status status = NF_OK;

    if (statement->sqlite || !statement->many || q->selection->ids_only ||
        (!q->layout->linked && !is_file))
        return NF_OK;
    if (*ahead > 0)
        --*ahead;
    if (*ahead > 0)
        return NF_OK;
    if (piped)
        nf_database_pipeline(q->database, true);
    else if (!nf_database_foresee(q->database, true))
        return NF_OK;
    *ahead = nf_statement_peek(statement, ids, PAGE);
    for (size_t i = 0; !status && i < *ahead; i++) {
        status = nf_record_expect_links(q->database, q->layout, ids[i], err);
        if (!status && is_file)
            status = nf_database_expect_content(q->database, ids[i], err);
    }
    if (!piped)
        nf_database_foresee(q->database, false);
    return status;
}

static nf_status read_row(nf_select *q, nf_statement *statement,
                          nf_record *record, nf_error *err)
{
    nf_row row;
    nf_status status = nf_select_head(q, statement, &row, err);

    *record = (nf_record){.entity = row.entity,
                          .id = row.id,
                          .tests = row.tests,
                          .version = row.version};
    if (status || q->selection->ids_only)
        return status;
    return read_members(q, statement, record,
                        q->layout->plan->maps[record->entity->number], err);
}

/* More rows than memory should hold. */
bool nf_select_is_many(const nf_selection *selection)
{
    enum { FEW = 100 };
    int64_t limit = selection->retrieval.limit;

    return !selection->id && (limit < 0 || limit > FEW);
}

static nf_status too_deep(const char *why, nf_error *err)
{
    nf_error_clear(err);
    return nf_xpath_error("SYNTAX", "", 0, err,
                          "the constraint is too deep for the database: %s",
                          why);
}

/* The statement with its values. What SQLite can't compile, though the text is
 * ours, is too deep for it. */
static nf_status start(nf_statement **out, nf_select *q, nf_error *err)
{
    const char *why;

    *out =
        nf_database_statement(q->database, nf_buffer_string(&q->sql.text), err);
    if (*out) {
        if (nf_select_is_many(q->selection))
            nf_statement_many(*out);
        return nf_sql_bind(q->database, &q->sql, *out, err);
    }
    why = q->database->driver->why_too_deep(q->database);
    if (!why ||
        !(q->selection->retrieval.constraint || q->selection->condition))
        return nf_select_failed(q);
    return too_deep(why, err);
}

/* A database whose tables are not made has no rows; they are not made for this,
 * unless the query is long enough for SQLite to call it too deep. */
static bool surely_empty(const nf_select *q)
{
    return q->nothing ||
           (q->database->planned &&
            q->sql.text.length < (size_t)sqlite3_limit(q->database->handle,
                                                       SQLITE_LIMIT_EXPR_DEPTH,
                                                       -1));
}

nf_status nf_record_query(nf_database *database, const nf_selection *selection,
                          nf_record_visit each, void *user, nf_error *err)
{
    nf_error local;
    nf_select q;
    nf_statement *statement = NULL;
    size_t ahead = 0;
    nf_status status;
    bool row = true;

    if (!err) {
        nf_error_clear(&local);
        err = &local;
    }
    status = nf_select_build(&q, database, selection, NULL, err);
    if (!status && !surely_empty(&q))
        status = start(&statement, &q, err);
    while (!status && statement &&
           !(status = nf_database_step(database, statement, &row, err)) &&
           row) {
        nf_record record = {0};

        status = nf_select_expect_page(&q, statement, &ahead, err);
        if (!status)
            status = read_row(&q, statement, &record, err);
        if (!status)
            status = each(user, &record, err);
        nf_record_dispose(&record);
    }
    /* PostgreSQL compiles with the first step. */
    if (status == NF_FAILED && statement && !statement->sqlite &&
        database->driver->why_too_deep(database))
        status = too_deep(database->driver->why_too_deep(database), err);
    nf_database_done(database, statement);
    nf_sql_dispose(&q.sql);
    return status;
}

nf_status nf_record_expect(nf_database *database, const nf_selection *selection,
                           nf_error *err)
{
    nf_statement *statement = NULL;
    nf_select q;
    nf_status status;

    if (!database->piped)
        return NF_OK;
    status = nf_select_build(&q, database, selection, NULL, err);
    if (!status && !q.nothing)
        status = start(&statement, &q, err);
    if (!status && statement) {
        if (selection->retrieval.constraint)
            nf_statement_finds(statement);
        status = nf_database_expect(database, statement, err);
    }
    nf_database_done(database, statement);
    nf_sql_dispose(&q.sql);
    return status;
}

/* ---- small questions ----------------------------------------------------- */

static nf_status keep_record(void *user, nf_record *record, nf_error *err)
{
    nf_record *out = user;

    (void)err;
    *out = *record;
    record->members = NULL;
    return NF_OK;
}

static nf_selection one_object(const nf_entity *entity, int64_t id)
{
    return (nf_selection){
        .id = id, .retrieval.entity = entity, .retrieval.limit = -1};
}

nf_status nf_record_read(nf_record *out, nf_database *database,
                         const nf_entity *entity, int64_t id, nf_error *err)
{
    nf_selection selection;
    nf_status status = NF_OK;

    *out = (nf_record){0};
    if (!entity)
        status = nf_database_entity_of(database, id, &entity, err);
    if (status || !entity || !id)
        return status;
    selection = one_object(entity, id);
    status = nf_record_query(database, &selection, keep_record, out, err);
    if (status)
        nf_record_dispose(out);
    return status;
}

nf_status nf_record_expect_read(nf_database *database, const nf_entity *entity,
                                int64_t id, nf_error *err)
{
    nf_selection selection = one_object(entity, id);
    const nf_layout *layout =
        database->piped ? nf_layout_of(database, entity) : NULL;
    nf_status status =
        layout ? nf_record_expect_links(database, layout, id, err) : NF_OK;

    return status ? status : nf_record_expect(database, &selection, err);
}

static nf_status count_record(void *user, nf_record *record, nf_error *err)
{
    (void)record;
    (void)err;
    ++*(int64_t *)user;
    return NF_OK;
}

nf_status nf_record_count(nf_database *database, const nf_selection *selection,
                          int64_t *out, nf_error *err)
{
    nf_selection ids = *selection;

    *out = 0;
    ids.ids_only = true;
    ids.test_count = 0;
    ids.retrieval.sort_count = 0;
    return nf_record_query(database, &ids, count_record, out, err);
}

nf_status nf_record_explain(nf_database *database,
                            const nf_selection *selection, char **out,
                            nf_error *err)
{
    nf_buffer text;
    nf_statement *statement;
    nf_select q;
    nf_status status;

    *out = NULL;
    nf_buffer_init(&text, NF_BUFFER_MAX);
    status = nf_select_build(&q, database, selection, NULL, err);
    if (!status && q.nothing) {
        nf_buffer_text(&text, "no row can match\n");
    } else if (!status) {
        status = start(&statement, &q, err);
        if (!status)
            status = database->driver->explain(database, statement, &text, err);
        nf_database_done(database, statement);
    }
    nf_sql_dispose(&q.sql);
    if (!status && !(*out = nf_buffer_take(&text)))
        status = nf_error_nomem(err);
    nf_buffer_dispose(&text);
    return status;
}
