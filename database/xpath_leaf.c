/* Leaves of constraints (xpath_sql.c): values at the end of paths, and what is
 * asked of them. */
#include "database/xpath_emit.h"

#include <stdio.h>

/* ---- values at the end of paths ------------------------------------------ */

static const char *place_alias(const leaf *l, const nf_xnode *path)
{
    size_t i;

    for (i = 0; i < l->arrived; i++)
        if (l->places[i].path == path)
            return l->places[i].alias;
    return l->alias;
}

static void emit_id(emitter *e, const leaf *l, const nf_xnode *path)
{
    size_t i;

    for (i = 0; i < l->arrived; i++)
        if (l->places[i].path == path) {
            nf_emit_text(e, l->places[i].id);
            return;
        }
    nf_buffer_format(&e->sql->text, "%s.id", l->alias);
}

static void emit_attribute(emitter *e, const leaf *l, const nf_xnode *path)
{
    const char *column = nf_database_column(e->scope->database, path->target,
                                            path->attribute->index);

    if (!column)
        nf_emit_text(e, "NULL");
    else
        nf_buffer_format(&e->sql->text, "%s.%s", place_alias(l, path), column);
}

static bool emit_value(emitter *e, const leaf *l, const nf_xnode *node);

static bool emit_text_value(emitter *e, const char *string)
{
    nf_value value;

    if (!nf_value_text(&value, string, strlen(string))) {
        nf_error_nomem(e->scope->err);
        return false;
    }
    nf_sql_value(e->sql, value, false);
    return true;
}

static bool emit_date_part(emitter *e, const leaf *l, const nf_xnode *node)
{
    const nf_environment *environment = e->scope->environment;
    const char *zone = node->zone_name;

    if (!zone)
        zone = environment && environment->zone
                   ? nf_timezone_name(environment->zone)
                   : "UTC";
    nf_emit_text(e, "mx_datepart(");
    if (!emit_text_value(e, node->part))
        return false;
    nf_emit_text(e, ", ");
    if (!emit_value(e, l, node->arguments[0]))
        return false;
    nf_emit_text(e, ", ");
    if (!emit_text_value(e, zone))
        return false;
    nf_emit_text(e, ")");
    return true;
}

static bool emit_search(emitter *e, const leaf *l, const nf_xnode *node)
{
    static const char *const names[] = {[NF_XF_CONTAINS] = "(mx_contains(",
                                        [NF_XF_STARTS] = "(mx_starts(",
                                        [NF_XF_ENDS] = "(mx_ends("};
    nf_value value;

    nf_emit_text(e, names[node->function]);
    if (!emit_value(e, l, node->arguments[0]))
        return false;
    nf_emit_text(e, ", ");
    if (!nf_emit_constant(e, node->arguments[1], &value))
        return false;
    if (value.kind != NF_KIND_STRING) { /* empty is the empty text (Q91) */
        nf_value_release(&value);
        if (!emit_text_value(e, ""))
            return false;
    } else {
        nf_sql_value(e->sql, value, false);
    }
    nf_emit_text(e, ") IS TRUE)");
    return true;
}

static bool is_calculation(const nf_xnode *node)
{
    return node->kind == NF_X_ARITHMETIC || node->kind == NF_X_NEGATE;
}

/* The program of mx_dec_op. */
static void emit_program(emitter *e, const nf_xnode *node)
{
    static const char *const operators[] = {"+", "-", "*", "/"};

    if (!is_calculation(node)) {
        nf_emit_text(e, "#");
        return;
    }
    emit_program(e, node->left);
    if (node->kind == NF_X_NEGATE) {
        nf_emit_text(e, "~");
        return;
    }
    emit_program(e, node->right);
    nf_emit_text(e, operators[node->op - NF_XOP_ADD]);
}

static bool emit_operands(emitter *e, const leaf *l, const nf_xnode *node)
{
    if (is_calculation(node))
        return emit_operands(e, l, node->left) &&
               (node->kind == NF_X_NEGATE || emit_operands(e, l, node->right));
    nf_emit_text(e, ", ");
    return emit_value(e, l, node);
}

/* In operators of SQL; on numbers that neither overflow nor lose digits. */
static bool emit_numeric(emitter *e, const leaf *l, const nf_xnode *node)
{
    static const char *const signs[] = {" + ", " - ", " * ", ", "};
    bool divides = node->op == NF_XOP_DIVIDE;

    if (!is_calculation(node)) {
        nf_emit_text(e, "CAST(");
        if (!emit_value(e, l, node))
            return false;
        nf_emit_text(e, " AS numeric)");
        return true;
    }
    if (node->kind == NF_X_NEGATE) {
        nf_emit_text(e, "(- ");
        if (!emit_numeric(e, l, node->left))
            return false;
    } else {
        nf_emit_text(e, divides ? "mx_divide(" : "(");
        if (!emit_numeric(e, l, node->left))
            return false;
        nf_emit_text(e, signs[node->op - NF_XOP_ADD]);
        if (!emit_numeric(e, l, node->right))
            return false;
    }
    nf_emit_text(e, ")");
    return true;
}

static bool emit_arithmetic(emitter *e, const leaf *l, const nf_xnode *node)
{
    if (nf_emit_dialect(e)->numeric)
        return emit_numeric(e, l, node);
    nf_emit_text(e, "mx_dec_op('");
    emit_program(e, node);
    nf_emit_text(e, "'");
    if (!emit_operands(e, l, node))
        return false;
    nf_emit_text(e, ")");
    return true;
}

bool nf_emit_is_not(const nf_xnode *node)
{
    return node->kind == NF_X_CALL && node->function == NF_XF_NOT;
}

/* A condition about the context row that is an operand: `(a or b) = true()`. */
static bool is_inner_condition(const nf_xnode *node)
{
    return node->kind == NF_X_AND || node->kind == NF_X_OR ||
           node->kind == NF_X_COMPARE || nf_emit_is_not(node);
}

/* As 0 or 1: a condition is never unknown (Q50). */
static bool emit_truth(emitter *e, const leaf *l, const nf_xnode *node)
{
    mark at = nf_emit_save(e);
    nf_sql_truth truth;

    nf_emit_text(e, "((");
    e->sql->depth += OPEN_NOT;
    truth = nf_emit_condition(e, node, l->alias, l->entity);
    e->sql->depth -= OPEN_NOT;
    if (truth == NF_SQL_TEXT) {
        nf_emit_text(e, ") IS TRUE)");
        return true;
    }
    nf_emit_restore(e, at);
    nf_emit_text(e, nf_emit_dialect(e)->truth[truth == NF_SQL_TRUE]);
    return truth != NF_SQL_FAILED;
}

static bool emit_value(emitter *e, const leaf *l, const nf_xnode *node)
{
    nf_value value;

    if (is_inner_condition(node))
        return emit_truth(e, l, node);
    switch (node->kind) {
    case NF_X_PATH:
        if (node->attribute)
            emit_attribute(e, l, node);
        else
            emit_id(e, l, node);
        return true;
    case NF_X_ARITHMETIC:
    case NF_X_NEGATE:
        return emit_arithmetic(e, l, node);
    case NF_X_CALL:
        if (node->function == NF_XF_DATE)
            return emit_date_part(e, l, node);
        if (node->function == NF_XF_LENGTH) {
            nf_emit_text(e, "length(");
            if (!emit_value(e, l, node->arguments[0]))
                return false;
            nf_emit_text(e, ")");
            return true;
        }
        return emit_search(e, l, node);
    default:
        if (!nf_emit_constant(e, node, &value))
            return false;
        nf_sql_value(e->sql, value, false);
        return true;
    }
}

/* ---- comparisons --------------------------------------------------------- */

static const char *const operators[] = {" = ",  " <> ", " < ",
                                        " <= ", " > ",  " >= "};

static bool is_attribute(const nf_xnode *node)
{
    return node->kind == NF_X_PATH && node->attribute;
}

static bool is_decimal_column(const nf_xnode *node)
{
    return is_attribute(node) &&
           node->attribute->attribute->type == NF_ATTRIBUTE_DECIMAL;
}

/* Whether a number can stand beside a Decimal column in its stored form. */
static bool packs(const nf_database *database, const nf_value *value)
{
    nf_decimal decimal = nf_value_decimal(value);
    uint8_t bytes[16];

    return decimal.scale <= database->decimal_scale &&
           nf_decimal_pack(bytes, database->decimal_size,
                           database->decimal_scale, &decimal);
}

typedef struct side {
    const nf_xnode *node;
    bool fixed; /* `value` is the operand */
    nf_value value;
} side;

/* Numbers that SQLite compares by itself: both integers, or both stored
 * decimals. Else mx_dec_cmp does (Q71). */
static bool native_numbers(const nf_database *database, const side *a,
                           const side *b, bool *packed)
{
    bool whole_a = a->fixed ? a->value.kind == NF_KIND_INTEGER
                            : a->node->type.kind == NF_KIND_INTEGER;
    bool whole_b = b->fixed ? b->value.kind == NF_KIND_INTEGER
                            : b->node->type.kind == NF_KIND_INTEGER;

    *packed = false;
    if (whole_a && whole_b)
        return true;
    *packed = true;
    if (is_decimal_column(a->node) && is_decimal_column(b->node))
        return true;
    if (is_decimal_column(a->node) && b->fixed && nf_value_is_number(&b->value))
        return packs(database, &b->value);
    if (is_decimal_column(b->node) && a->fixed && nf_value_is_number(&a->value))
        return packs(database, &a->value);
    return false;
}

static bool emit_side(emitter *e, const leaf *l, const side *s, bool packed)
{
    if (!s->fixed)
        return emit_value(e, l, s->node);
    nf_sql_value(e->sql, nf_value_copy(&s->value), packed);
    return true;
}

static bool numeric_side(const side *s)
{
    return s->fixed ? nf_value_is_number(&s->value)
                    : s->node->type.kind == NF_KIND_INTEGER ||
                          s->node->type.kind == NF_KIND_DECIMAL;
}

static bool is_string(const side *s)
{
    return s->fixed ? s->value.kind == NF_KIND_STRING
                    : s->node->type.kind == NF_KIND_STRING;
}

/* a != b of attributes is not(a = b) (Q54); elsewhere empty gives false. */
static bool emit_pair(emitter *e, const leaf *l, nf_xop op, const side *a,
                      const side *b)
{
    bool packed = false, by_function = false, closed;

    closed =
        op == NF_XOP_NE && (is_attribute(a->node) || is_attribute(b->node));
    if (numeric_side(a) && numeric_side(b) && !nf_emit_dialect(e)->numeric)
        by_function = !native_numbers(e->scope->database, a, b, &packed);
    packed = packed && !by_function;
    nf_emit_text(e, "(");
    if (by_function)
        nf_emit_text(e, "mx_dec_cmp(");
    if (!emit_side(e, l, a, packed))
        return false;
    nf_emit_text(e, by_function ? ", " : operators[closed ? NF_XOP_EQ : op]);
    if (!emit_side(e, l, b, packed))
        return false;
    if (by_function)
        nf_buffer_format(&e->sql->text, ")%s0",
                         operators[closed ? NF_XOP_EQ : op]);
    if (e->scope->database->collated && op >= NF_XOP_LT && is_string(a) &&
        is_string(b))
        nf_buffer_format(&e->sql->text, " COLLATE %s",
                         nf_emit_dialect(e)->collation); /* Q153 */
    nf_emit_text(e, closed ? ") IS NOT TRUE" : ")");
    return true;
}

/* One operand is empty at run time: an emptiness test (Q51, Q53). */
static nf_sql_truth emit_emptiness(emitter *e, const leaf *l, nf_xop op,
                                   const nf_xnode *other)
{
    if (op != NF_XOP_EQ && op != NF_XOP_NE)
        return NF_SQL_FALSE;
    if (!emit_value(e, l, other))
        return NF_SQL_FAILED;
    nf_emit_text(e, op == NF_XOP_EQ ? " IS NULL" : " IS NOT NULL");
    return NF_SQL_TEXT;
}

static nf_sql_truth emit_comparison(emitter *e, const leaf *l)
{
    const nf_xnode *node = l->node;
    side a = {.node = node->left, .fixed = nf_xpath_is_constant(node->left)};
    side b = {.node = node->right, .fixed = nf_xpath_is_constant(node->right)};
    nf_sql_truth truth = NF_SQL_TEXT;

    if ((a.fixed && !nf_emit_constant(e, a.node, &a.value)) ||
        (b.fixed && !nf_emit_constant(e, b.node, &b.value)))
        truth = NF_SQL_FAILED;
    else if (a.fixed && b.fixed)
        truth = nf_xpath_fold(node->op, &a.value, &b.value);
    else if (a.fixed && a.value.kind == NF_KIND_EMPTY)
        truth = emit_emptiness(e, l, node->op, b.node);
    else if (b.fixed && b.value.kind == NF_KIND_EMPTY)
        truth = emit_emptiness(e, l, node->op, a.node);
    else if (!emit_pair(e, l, node->op, &a, &b))
        truth = NF_SQL_FAILED;
    nf_value_release(&a.value);
    nf_value_release(&b.value);
    return truth;
}

/* All paths of the leaf have arrived. */
static nf_sql_truth emit_leaf(emitter *e, const leaf *l)
{
    const nf_xnode *node = l->node;

    if (node->kind == NF_X_COMPARE)
        return emit_comparison(e, l);
    if (!emit_value(e, l, node))
        return NF_SQL_FAILED;
    if (node->kind == NF_X_PATH && !node->attribute)
        nf_emit_text(e, " IS NOT NULL");
    return NF_SQL_TEXT;
}

static nf_sql_truth emit_arrived(emitter *e, const place *at, leaf *l)
{
    nf_sql_truth truth;

    l->places[l->arrived++] = *at;
    if (l->arrived < l->path_count)
        truth = nf_emit_reach(e, l->alias, l->paths[l->arrived], 0,
                              emit_arrived, l);
    else
        truth = emit_leaf(e, l);
    l->arrived--;
    return truth;
}

static void collect(leaf *l, const nf_xnode *node)
{
    size_t i;

    if (!node)
        return;
    if (is_inner_condition(node)) {
        l->own = true;
        return;
    }
    switch (node->kind) {
    case NF_X_PATH:
        if (!node->hop_count)
            l->own = true;
        else if (l->path_count < PATHS_MAX)
            l->paths[l->path_count++] = node;
        break;
    case NF_X_ARITHMETIC:
    case NF_X_NEGATE:
        collect(l, node->left);
        collect(l, node->right);
        break;
    case NF_X_CALL:
        for (i = 0; i < node->argument_count && i < 3; i++)
            collect(l, node->arguments[i]);
        break;
    default:
        break;
    }
}

nf_sql_truth nf_emit_atom(emitter *e, const nf_xnode *node, const char *alias,
                          const nf_entity *entity)
{
    leaf *l = nf_alloc(sizeof *l); /* large, and conditions nest */
    nf_sql_truth truth;

    if (!l) {
        nf_error_nomem(e->scope->err);
        return NF_SQL_FAILED;
    }
    l->node = node;
    l->alias = alias;
    l->entity = entity;
    if (node->kind == NF_X_COMPARE) {
        collect(l, node->left);
        collect(l, node->right);
    } else {
        collect(l, node);
    }
    if (l->path_count == PATHS_MAX) {
        nf_xpath_error("SYNTAX", "", node->position, e->scope->err,
                       "a comparison has more than %d paths", PATHS_MAX - 1);
        truth = NF_SQL_FAILED;
    } else if (l->path_count) {
        l->exists = l->own || l->path_count > 1;
        truth = nf_emit_reach(e, alias, l->paths[0], 0, emit_arrived, l);
    } else {
        truth = emit_leaf(e, l);
    }
    nf_free(l);
    return truth;
}
