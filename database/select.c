/* A selection as one SELECT: columns, conditions, order. */
#include "database/select.h"

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
        if (!nf_select_sort(q, &retrieval->sorts[i]))
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
