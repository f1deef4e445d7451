/* Constraints as SQL (xpath §13). Paths become uncorrelated IN chains where
 * the end of the path is compared with something constant, and nested EXISTS
 * where two parts of the row or two paths meet (Q172), or one EXISTS of all
 * rows of a path where that would nest too deep. Values are bound, never
 * spliced (Q120); what needs no row is folded away before (Q121, Q174).
 *
 * Truth is two-valued (Q50): a positive leaf may be NULL, which excludes the
 * row as false does; `not` and `!=` are written with IS NOT. */
#include "database/xpath_emit.h"

#include <stdio.h>

bool nf_emit_constant(const emitter *e, const nf_xnode *node, nf_value *out)
{
    return nf_xpath_constant(e->scope, e->variables, node, out);
}

mark nf_emit_save(const emitter *e)
{
    return (mark){e->sql->text.length, e->sql->named.length, e->sql->count};
}

static void shorten(nf_buffer *buffer, size_t length)
{
    if (buffer->length <= length)
        return;
    buffer->length = length;
    buffer->data[length] = '\0';
}

void nf_emit_restore(emitter *e, mark at)
{
    nf_sql *sql = e->sql;

    shorten(&sql->text, at.length);
    shorten(&sql->named, at.named);
    while (sql->count > at.count)
        nf_value_release(&sql->values[--sql->count].value);
}

void nf_emit_text(emitter *e, const char *sql)
{
    nf_buffer_text(&e->sql->text, sql);
}

const nf_dialect *nf_emit_dialect(const emitter *e)
{
    return &e->scope->database->driver->dialect;
}

/* ---- what is deep ---------------------------------------------------------
 */

void nf_emit_alias(emitter *e, char alias[ALIAS_SIZE])
{
    snprintf(alias, ALIAS_SIZE, "t%d", ++e->sql->alias);
}

/* From here to leave_aside a condition about a row of `entity`, which depends
 * on nothing else, is written as a selection with a name. */
void nf_emit_go_aside(emitter *e, aside *a, const nf_entity *entity)
{
    nf_sql *sql = e->sql;

    a->at = nf_emit_save(e);
    a->text = sql->text;
    a->depth = sql->depth;
    nf_emit_alias(e, a->alias);
    nf_buffer_init(&sql->text, 16u << 20);
    sql->depth = OPEN_NAMED;
    nf_buffer_format(&sql->text, "SELECT %s.id FROM %s %s WHERE ", a->alias,
                     nf_database_table(e->scope->database, entity), a->alias);
}

/* Leaves the condition "is one of the selected" for the row `alias`. */
nf_sql_truth nf_emit_leave_aside(emitter *e, aside *a, const char *alias,
                                 nf_sql_truth truth)
{
    nf_sql *sql = e->sql;
    nf_buffer selection = sql->text;

    sql->text = a->text;
    sql->depth = a->depth;
    if (truth != NF_SQL_TEXT) {
        nf_emit_restore(e, a->at);
    } else {
        nf_buffer_format(&sql->named, "%sn%d(id) AS (%s)",
                         sql->named.length ? ", " : "", ++sql->names,
                         nf_buffer_string(&selection));
        sql->text.failed = sql->text.failed || selection.failed;
        nf_buffer_format(&sql->text, nf_emit_dialect(e)->in_named, alias,
                         sql->names);
    }
    nf_buffer_dispose(&selection);
    return truth;
}

/* ---- conditions ---------------------------------------------------------- */

static nf_sql_truth negate(emitter *e, const nf_xnode *node, const char *alias,
                           const nf_entity *entity)
{
    mark at = nf_emit_save(e);
    nf_sql_truth truth;

    if (nf_emit_is_not(
            node)) /* not(not(c)): where c is unknown, both are no match */
        return nf_emit_condition(e, node->arguments[0], alias, entity);
    nf_emit_text(e, "((");
    e->sql->depth += OPEN_NOT;
    truth = nf_emit_condition(e, node, alias, entity);
    e->sql->depth -= OPEN_NOT;
    if (truth == NF_SQL_TEXT) {
        nf_emit_text(e, ") IS NOT TRUE)");
        return truth;
    }
    nf_emit_restore(e, at);
    if (truth == NF_SQL_FAILED)
        return truth;
    return truth == NF_SQL_TRUE ? NF_SQL_FALSE : NF_SQL_TRUE;
}

/* `and` and `or`: `stop` is the truth that decides alone. */
static nf_sql_truth join(emitter *e, const nf_xnode *node, const char *alias,
                         const nf_entity *entity)
{
    bool both = node->kind == NF_X_AND;
    nf_sql_truth stop = both ? NF_SQL_FALSE : NF_SQL_TRUE, left, right;
    mark start = nf_emit_save(e), after;

    nf_emit_text(e, "(");
    e->sql->depth += OPEN_JOIN;
    left = nf_emit_condition(e, node->left, alias, entity);
    if (left != NF_SQL_TEXT) {
        nf_emit_restore(e, start);
        e->sql->depth -= OPEN_JOIN;
        if (left == stop || left == NF_SQL_FAILED)
            return left;
        return nf_emit_condition(e, node->right, alias, entity);
    }
    after = nf_emit_save(e);
    nf_emit_text(e, both ? " AND " : " OR ");
    right = nf_emit_condition(e, node->right, alias, entity);
    e->sql->depth -= OPEN_JOIN;
    if (right == stop || right == NF_SQL_FAILED) {
        nf_emit_restore(e, start);
        return right;
    }
    if (right != NF_SQL_TEXT)
        nf_emit_restore(e, after);
    nf_emit_text(e, ")");
    return NF_SQL_TEXT;
}

/* The object variable of `A = $none`, if that is what it is at run time. */
static bool is_missing_object(emitter *e, const nf_xnode *node, bool *failed)
{
    nf_value value;
    bool missing;

    if (!nf_xpath_is_constant(node) || node->type.kind == NF_KIND_BOOLEAN)
        return false;
    *failed = !nf_emit_constant(e, node, &value);
    missing = !*failed && value.kind == NF_KIND_EMPTY;
    nf_value_release(&value);
    return missing;
}

/* Links or an id against an empty object (Q37, Q58). */
static nf_sql_truth missing_object(emitter *e, const nf_xnode *node,
                                   const nf_xnode *path, const char *alias,
                                   const nf_entity *entity)
{
    if (path->is_id && !path->hop_count)
        return node->op == NF_XOP_NE ? NF_SQL_TRUE : NF_SQL_FALSE;
    if (node->op == NF_XOP_NE)
        return nf_emit_atom(e, path, alias, entity);
    return path->is_id ? NF_SQL_FALSE : negate(e, path, alias, entity);
}

static nf_sql_truth emit_compare(emitter *e, const nf_xnode *node,
                                 const char *alias, const nf_entity *entity)
{
    const nf_xnode *left = node->left, *right = node->right;
    bool failed = false;

    if (left->kind == NF_X_PATH && left->type.kind == NF_KIND_OBJECT &&
        is_missing_object(e, right, &failed))
        return missing_object(e, node, left, alias, entity);
    if (!failed && right->kind == NF_X_PATH &&
        right->type.kind == NF_KIND_OBJECT &&
        is_missing_object(e, left, &failed))
        return missing_object(e, node, right, alias, entity);
    return failed ? NF_SQL_FAILED : nf_emit_atom(e, node, alias, entity);
}

static nf_sql_truth bare_constant(emitter *e, const nf_xnode *node)
{
    nf_value value;
    bool holding;

    if (!nf_emit_constant(e, node, &value))
        return NF_SQL_FAILED;
    holding = value.kind == NF_KIND_BOOLEAN && value.as.boolean;
    nf_value_release(&value);
    return holding ? NF_SQL_TRUE : NF_SQL_FALSE;
}

static nf_sql_truth emit_here(emitter *e, const nf_xnode *node,
                              const char *alias, const nf_entity *entity)
{
    switch (node->kind) {
    case NF_X_AND:
    case NF_X_OR:
        return join(e, node, alias, entity);
    case NF_X_COMPARE:
        return emit_compare(e, node, alias, entity);
    case NF_X_CALL:
        if (nf_emit_is_not(node))
            return negate(e, node->arguments[0], alias, entity);
        return nf_emit_atom(e, node, alias, entity);
    case NF_X_PATH:
        return nf_emit_atom(e, node, alias, entity);
    default:
        return bare_constant(e, node);
    }
}

nf_sql_truth nf_emit_condition(emitter *e, const nf_xnode *node,
                               const char *alias, const nf_entity *entity)
{
    nf_sql_truth truth;
    aside a;

    if (e->sql->depth <= OPEN_DEEP || nf_xpath_is_constant(node))
        return emit_here(e, node, alias, entity);
    nf_emit_go_aside(e, &a, entity);
    truth = emit_here(e, node, a.alias, entity);
    return nf_emit_leave_aside(e, &a, alias, truth);
}

nf_sql_truth nf_xpath_sql(nf_sql *sql, const nf_sql_scope *scope,
                          const nf_xpath *xpath, const nf_value *variables,
                          const char *alias)
{
    emitter e = {.sql = sql, .scope = scope, .variables = variables};

    return nf_emit_condition(&e, xpath->root, alias, xpath->entity);
}
