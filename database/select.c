/* Queries: a selection as one SELECT, its rows as records. */
#include "database/select.h"

#include "base/memory.h"

#include <stdio.h>
#include <time.h>

enum {
    CONDITION_DEPTH_MAX = 64,
    ONWARD_IDS = 256 /* that one search passes over at most */
};

nf_status nf_select_failed(const nf_select *q)
{
    nf_error *err = q->scope.err;

    if (nf_error_is_set(err))
        return err->status;
    return nf_error_nomem(err);
}

static int64_t instant(const nf_environment *environment)
{
    if (environment && environment->clock.now)
        return environment->clock.now(environment->clock.user);
    return 0;
}

/* ---- conditions ---------------------------------------------------------- */

static nf_sql_truth emit_condition(nf_select *q, const nf_condition *condition,
                                   int depth);

static void cut(nf_sql *sql, size_t length, size_t count)
{
    if (sql->text.length > length) {
        sql->text.length = length;
        sql->text.data[length] = '\0';
    }
    while (sql->count > count)
        nf_value_release(&sql->values[--sql->count].value);
}

static nf_sql_truth emit_items(nf_select *q, const nf_condition *condition,
                               int depth)
{
    bool both = condition->kind == NF_CONDITION_AND, any = false;
    size_t start = q->sql.text.length, values = q->sql.count, i;

    nf_buffer_char(&q->sql.text, '(');
    for (i = 0; i < condition->count; i++) {
        size_t length = q->sql.text.length, count = q->sql.count;
        nf_sql_truth truth;

        if (any)
            nf_buffer_text(&q->sql.text, both ? " AND " : " OR ");
        truth = emit_condition(q, condition->items[i], depth + 1);
        if (truth == NF_SQL_FAILED ||
            truth == (both ? NF_SQL_FALSE : NF_SQL_TRUE)) {
            cut(&q->sql, start, values);
            return truth;
        }
        if (truth == NF_SQL_TEXT)
            any = true;
        else
            cut(&q->sql, length, count);
    }
    if (!any) {
        cut(&q->sql, start, values);
        return both ? NF_SQL_TRUE : NF_SQL_FALSE;
    }
    nf_buffer_char(&q->sql.text, ')');
    return NF_SQL_TEXT;
}

static nf_sql_truth emit_condition(nf_select *q, const nf_condition *condition,
                                   int depth)
{
    if (depth > CONDITION_DEPTH_MAX)
        return NF_SQL_FAILED;
    switch (condition->kind) {
    case NF_CONDITION_TRUE:
        return NF_SQL_TRUE;
    case NF_CONDITION_FALSE:
        return NF_SQL_FALSE;
    case NF_CONDITION_XPATH:
        return condition->xpath
                   ? nf_xpath_sql(&q->sql, &q->scope, condition->xpath,
                                  condition->variables, "o")
                   : NF_SQL_TRUE;
    default:
        return emit_items(q, condition, depth);
    }
}

/* ---- sorting ------------------------------------------------------------- */

/* The ids that a hop from objects of `entity` leads to, from the ids that
 * `inner` selects. */
static bool sort_hop(nf_select *q, nf_buffer *out, const char *inner,
                     const nf_entity *entity, const nf_member *member)
{
    const nf_association *association = member->association;
    const nf_entity *parent = /* System.owner and changedBy: of any entity */
        association->parent ? association->parent : entity;
    const nf_member *owner;
    const char *table, *column;

    if (association->set) {
        table = nf_database_set_table(q->database, association);
        if (!table)
            return false;
        nf_buffer_format(out, "SELECT %s FROM %s WHERE %s IN (%s)",
                         member->child_end ? "parent" : "child", table,
                         member->child_end ? "child" : "parent", inner);
        return true;
    }
    owner = nf_entity_end(parent, association, false);
    table = nf_database_table(q->database, parent);
    column =
        owner ? nf_database_column(q->database, parent, owner->index) : NULL;
    if (!table || !column)
        return false;
    if (member->child_end)
        nf_buffer_format(out, "SELECT id FROM %s WHERE %s IN (%s)", table,
                         column, inner);
    else
        nf_buffer_format(out, "SELECT %s FROM %s WHERE id IN (%s)", column,
                         table, inner);
    return true;
}

/* Q154: the (least) value of the objects at the end of the path. */
static bool sort_path(nf_select *q, const nf_sort *sort)
{
    const nf_attribute *attribute = sort->path[sort->length - 1]->attribute;
    const char *table = nf_database_table(q->database, attribute->entity);
    const nf_member *member =
        nf_entity_find_member(attribute->entity, attribute->name);
    const char *column =
        member
            ? nf_database_column(q->database, attribute->entity, member->index)
            : NULL;
    const nf_entity *entity = q->selection->retrieval.entity;
    nf_buffer inner, outer;
    bool good = table && column;
    size_t i;

    nf_buffer_init(&inner, NF_BUFFER_MAX);
    nf_buffer_text(&inner, "o.id");
    for (i = 0; good && i + 1 < sort->length; i++) {
        nf_buffer_init(&outer, NF_BUFFER_MAX);
        good = sort->path[i]->association &&
               sort_hop(q, &outer, nf_buffer_string(&inner), entity,
                        sort->path[i]);
        entity = sort->path[i]->type.entity;
        nf_buffer_dispose(&inner);
        inner = outer;
    }
    if (good)
        nf_buffer_format(&q->sql.text,
                         "(SELECT %s(%s) FROM %s WHERE id IN (%s))",
                         attribute->type == NF_ATTRIBUTE_BOOLEAN
                             ? q->database->driver->dialect.least_boolean
                             : "MIN",
                         column, table, nf_buffer_string(&inner));
    nf_buffer_dispose(&inner);
    return good;
}

static bool emit_sort(nf_select *q, const nf_sort *sort)
{
    const nf_member *last = sort->length ? sort->path[sort->length - 1] : NULL;
    const char *column;

    if (!last || !last->attribute || last->attribute->calculated ||
        last->attribute->type == NF_ATTRIBUTE_BINARY) {
        nf_xpath_error("NOT_SORTABLE", "", 0, q->scope.err,
                       "\"%s\" is no attribute to sort by",
                       last ? last->name : "");
        return false;
    }
    if (sort->length > 1) {
        if (!sort_path(q, sort))
            return false;
    } else {
        column = nf_database_column(q->database, q->selection->retrieval.entity,
                                    last->index);
        nf_buffer_format(&q->sql.text, "%s%s", column ? "o." : "NULL",
                         column ? column : "");
    }
    if (q->database->collated && last->attribute->type == NF_ATTRIBUTE_STRING)
        nf_buffer_format(&q->sql.text, " COLLATE %s",
                         q->database->driver->dialect.collation); /* Q153 */
    nf_buffer_text(&q->sql.text, sort->descending ? " DESC" : " ASC");
    if (nf_database_empty_is_large(q->database)) /* Q152 */
        nf_buffer_text(&q->sql.text,
                       sort->descending ? " NULLS FIRST" : " NULLS LAST");
    nf_buffer_text(&q->sql.text, ", ");
    return true;
}

/* ---- the statement ------------------------------------------------------- */

static bool and_truth(nf_select *q, nf_sql_truth truth, size_t length,
                      size_t count)
{
    if (truth == NF_SQL_FAILED)
        return false;
    if (truth == NF_SQL_FALSE)
        q->nothing = true;
    if (truth != NF_SQL_TEXT)
        cut(&q->sql, length, count);
    return true;
}

/* Objects at the parent's end of an association. */
static void emit_referring(nf_select *q)
{
    const nf_association *association = q->selection->referring;
    const nf_member *member =
        nf_entity_end(association->parent, association, false);
    const char *set = nf_database_set_table(q->database, association);
    const char *column =
        member ? nf_database_column(q->database, association->parent,
                                    member->index)
               : NULL;

    if (association->set && set)
        nf_buffer_format(
            &q->sql.text,
            " AND o.id IN (SELECT parent FROM %s WHERE child = ", set);
    else if (column)
        nf_buffer_format(&q->sql.text, " AND o.%s = ", column);
    else
        q->nothing = true;
    if (q->nothing)
        return;
    nf_sql_value(&q->sql, nf_id_value(q->selection->child), false);
    if (association->set)
        nf_buffer_char(&q->sql.text, ')');
}

int64_t nf_select_onward_end(int64_t id)
{
    return id < INT64_MAX - ONWARD_IDS ? id + ONWARD_IDS : INT64_MAX;
}

static bool emit_where(nf_select *q)
{
    const nf_selection *selection = q->selection;
    const nf_retrieval *retrieval = &selection->retrieval;
    nf_buffer *text = &q->sql.text;
    size_t length, count;

    nf_buffer_format(text, " WHERE %s", q->database->driver->dialect.truth[1]);
    length = text->length;
    nf_buffer_text(text, " AND ");
    if (!nf_layout_type_filter(text, q->layout, "o", selection->exact))
        cut(&q->sql, length, q->sql.count);
    if (selection->id) {
        nf_buffer_text(text,
                       selection->onward ? " AND o.id >= " : " AND o.id = ");
        nf_sql_value(&q->sql, nf_id_value(selection->id), false);
        q->id_index = (int)q->sql.count;
    }
    if (selection->id && selection->onward) {
        nf_buffer_text(text, " AND o.id <= ");
        nf_sql_value(&q->sql, nf_id_value(nf_select_onward_end(selection->id)),
                     false);
    }
    if (selection->after) {
        nf_buffer_text(text, " AND o.id > ");
        nf_sql_value(&q->sql, nf_id_value(selection->after), false);
    }
    if (selection->referring)
        emit_referring(q);
    if (retrieval->constraint) {
        length = text->length;
        count = q->sql.count;
        nf_buffer_text(text, " AND ");
        if (!and_truth(q,
                       nf_xpath_sql(&q->sql, &q->scope, retrieval->constraint,
                                    retrieval->variables, "o"),
                       length, count))
            return false;
    }
    if (selection->condition && !q->nothing) {
        length = text->length;
        count = q->sql.count;
        nf_buffer_text(text, " AND ");
        if (!and_truth(q, emit_condition(q, selection->condition, 0), length,
                       count))
            return false;
    }
    return true;
}

/* Each test is a result column of its own, in front of the others. */
static bool emit_tests(nf_select *q)
{
    size_t i;

    for (i = 0; i < q->selection->test_count; i++) {
        size_t length = q->sql.text.length, count = q->sql.count;
        nf_sql_truth truth;

        nf_buffer_text(&q->sql.text, ", (");
        truth = emit_condition(q, q->selection->tests[i], 0);
        if (truth == NF_SQL_FAILED)
            return false;
        if (truth == NF_SQL_TEXT) {
            nf_buffer_char(&q->sql.text, ')');
            continue;
        }
        cut(&q->sql, length, count);
        nf_buffer_text(&q->sql.text, truth == NF_SQL_TRUE ? ", 1" : ", 0");
    }
    return true;
}

static bool emit_order(nf_select *q)
{
    const nf_retrieval *retrieval = &q->selection->retrieval;
    size_t i;

    nf_buffer_text(&q->sql.text, " ORDER BY ");
    for (i = 0; i < retrieval->sort_count; i++)
        if (!emit_sort(q, &retrieval->sorts[i]))
            return false;
    nf_buffer_text(&q->sql.text, "o.id ASC");
    if (retrieval->limit >= 0 || retrieval->offset > 0) {
        nf_buffer_text(&q->sql.text, " LIMIT ");
        if (retrieval->limit < 0)
            nf_buffer_text(&q->sql.text, q->database->driver->dialect.no_limit);
        else if (retrieval->limit <= 2) /* questions about one or others */
            nf_buffer_format(&q->sql.text, "%d", (int)retrieval->limit);
        else
            nf_sql_value(&q->sql, nf_integer(retrieval->limit), false);
        if (retrieval->offset > 0) {
            nf_buffer_text(&q->sql.text, " OFFSET ");
            nf_sql_value(&q->sql, nf_integer(retrieval->offset), false);
        }
    }
    return true;
}

/* Of a selection without members: as a read plan begins. */
static const char *id_columns(const nf_select *q)
{
    if (nf_database_get_side(q->database) == NF_DATABASE_SERVER)
        return q->layout->root->typed ? "o.id, o._type, o._version"
                                      : "o.id, 0, o._version";
    return q->layout->root->typed ? "o.id, o._type" : "o.id, 0";
}

nf_status nf_select_build(nf_select *q, nf_database *database,
                          const nf_selection *selection, const char *columns,
                          nf_error *err)
{
    const nf_retrieval *retrieval = &selection->retrieval;

    q->database = database;
    q->selection = selection;
    q->nothing = false;
    nf_sql_init(&q->sql);
    q->scope = (nf_sql_scope){
        .database = database,
        .environment = retrieval->environment,
        .current_object = retrieval->current_object,
        .now = instant(retrieval->environment),
        .err = err,
    };
    q->layout = nf_layout_of(database, retrieval->entity);
    if (!q->layout) {
        q->nothing = true;
        return NF_OK;
    }
    if (!columns && !selection->ids_only) {
        const nf_read_plan *plan = nf_layout_plan(database, q->layout, err);

        if (!plan)
            return nf_select_failed(q);
        columns = plan->columns;
    } else if (!columns) {
        columns = id_columns(q);
    }
    nf_buffer_format(&q->sql.text, "SELECT %s", columns);
    if (!emit_tests(q))
        return nf_select_failed(q);
    nf_buffer_format(&q->sql.text, " FROM %s o", q->layout->root->quoted);
    if (!emit_where(q))
        return nf_select_failed(q);
    if (!q->nothing && !emit_order(q))
        return nf_select_failed(q);
    nf_sql_finish(&q->sql);
    if (!nf_buffer_string(&q->sql.text) && !q->sql.text.full)
        return nf_error_nomem(err);
    if (!nf_buffer_string(&q->sql.text))
        return nf_error_set(err, NF_FAILED, "xpath_error",
                            "the constraint is too large for a query");
    return NF_OK;
}

/* ---- rows ---------------------------------------------------------------- */

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
    int64_t ids[PAGE];
    nf_status status = NF_OK;

    if (!q->database->piped || !statement->many || q->selection->ids_only ||
        (!q->layout->linked && !is_file))
        return NF_OK;
    if (*ahead > 0)
        --*ahead;
    if (*ahead > 0)
        return NF_OK;
    nf_database_pipeline(q->database, true);
    *ahead = nf_statement_peek(statement, ids, PAGE);
    for (size_t i = 0; !status && i < *ahead; i++) {
        status = nf_record_expect_links(q->database, q->layout, ids[i], err);
        if (!status && is_file)
            status = nf_database_expect_content(q->database, ids[i], err);
    }
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

nf_status nf_record_matches(nf_database *database, const nf_entity *entity,
                            int64_t id, const nf_condition *condition,
                            const nf_environment *environment, bool *out,
                            nf_error *err)
{
    nf_selection selection = {
        .id = id,
        .ids_only = true,
        .condition = condition,
        .retrieval = {.entity = entity,
                      .environment = environment,
                      .limit = -1},
    };
    int64_t count = 0;
    nf_status status;

    *out = false;
    if (!id)
        return NF_OK;
    status = nf_record_query(database, &selection, count_record, &count, err);
    *out = count > 0;
    return status;
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
