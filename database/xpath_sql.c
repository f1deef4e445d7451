/* Constraints as SQL (xpath §13). Paths become uncorrelated IN chains where
 * the end of the path is compared with something constant, and nested EXISTS
 * where two parts of the row or two paths meet (Q172). Values are bound, never
 * spliced (Q120); what needs no row is folded away before (Q121, Q174).
 *
 * Truth is two-valued (Q50): a positive leaf may be NULL, which excludes the
 * row as false does; `not` and `!=` are written with IS NOT. */
#include "database/xpath_tree.h"

#include <stdio.h>

enum {
    PATHS_MAX = 16,
    ALIAS_SIZE = 16,
    PLACE_SIZE = 1024,
    /* What SQLite's parser has open: what each form adds, where a part of a
     * constraint gets a name of its own, and what can't be cut any more. */
    OPEN_JOIN = 3,
    OPEN_NOT = 2,
    OPEN_COLUMN = 11,
    OPEN_SET = 21,
    OPEN_NAMED = 16,
    OPEN_DEEP = 40,
    OPEN_MAX = 82
};

typedef struct emitter {
    nf_sql *sql;
    const nf_sql_scope *scope;
    const nf_value *variables;
} emitter;

/* Where a path has arrived. */
typedef struct place {
    const nf_xnode *path;
    char alias[ALIAS_SIZE];
    char id[PLACE_SIZE];
} place;

/* A leaf condition and the paths in it, arrived at one after the other. */
typedef struct leaf {
    const nf_xnode *node;
    const char *alias; /* of the context row */
    const nf_entity *entity;
    const nf_xnode *paths[PATHS_MAX];
    size_t path_count;
    bool own; /* the context row takes part */
    bool exists;
    place places[PATHS_MAX];
    size_t arrived;
} leaf;

typedef nf_sql_truth (*arrive)(emitter *e, const place *at, leaf *l);

static bool constant(const emitter *e, const nf_xnode *node, nf_value *out)
{
    return nf_xpath_constant(e->scope, e->variables, node, out);
}

static nf_sql_truth emit_condition(emitter *e, const nf_xnode *node,
                                   const char *alias, const nf_entity *entity);

typedef struct mark {
    size_t length, named, count;
} mark;

static mark save(const emitter *e)
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

static void restore(emitter *e, mark at)
{
    nf_sql *sql = e->sql;

    shorten(&sql->text, at.length);
    shorten(&sql->named, at.named);
    while (sql->count > at.count)
        nf_value_release(&sql->values[--sql->count].value);
}

static void text(emitter *e, const char *sql)
{
    nf_buffer_text(&e->sql->text, sql);
}

static const nf_dialect *dialect(const emitter *e)
{
    return &e->scope->database->driver->dialect;
}

/* ---- what is deep ---------------------------------------------------------
 */

typedef struct aside {
    nf_buffer text;
    int depth;
    mark at;
    char alias[ALIAS_SIZE]; /* of the row that the named selection is about */
} aside;

static void next_alias(emitter *e, char alias[ALIAS_SIZE])
{
    snprintf(alias, ALIAS_SIZE, "t%d", ++e->sql->alias);
}

/* From here to leave_aside a condition about a row of `entity`, which depends
 * on nothing else, is written as a selection with a name. */
static void go_aside(emitter *e, aside *a, const nf_entity *entity)
{
    nf_sql *sql = e->sql;

    a->at = save(e);
    a->text = sql->text;
    a->depth = sql->depth;
    next_alias(e, a->alias);
    nf_buffer_init(&sql->text, 16u << 20);
    sql->depth = OPEN_NAMED;
    nf_buffer_format(&sql->text, "SELECT %s.id FROM %s %s WHERE ", a->alias,
                     nf_database_table(e->scope->database, entity), a->alias);
}

/* Leaves the condition "is one of the selected" for the row `alias`. */
static nf_sql_truth leave_aside(emitter *e, aside *a, const char *alias,
                                nf_sql_truth truth)
{
    nf_sql *sql = e->sql;
    nf_buffer selection = sql->text;

    sql->text = a->text;
    sql->depth = a->depth;
    if (truth != NF_SQL_TEXT) {
        restore(e, a->at);
    } else {
        nf_buffer_format(&sql->named, "%sn%d(id) AS (%s)",
                         sql->named.length ? ", " : "", ++sql->names,
                         nf_buffer_string(&selection));
        sql->text.failed = sql->text.failed || selection.failed;
        nf_buffer_format(&sql->text, dialect(e)->in_named, alias, sql->names);
    }
    nf_buffer_dispose(&selection);
    return truth;
}

/* ---- following paths ----------------------------------------------------- */

/* " AND …" for the type of an entity, where its table holds others. */
static void and_type(emitter *e, const nf_entity *entity, const char *alias)
{
    nf_layout *layout = nf_layout_of(e->scope->database, entity);
    mark at = save(e);

    if (!layout)
        return;
    text(e, " AND ");
    if (!nf_layout_type_filter(&e->sql->text, layout, alias, false))
        restore(e, at);
}

static nf_sql_truth reach(emitter *e, const char *alias, const nf_xnode *path,
                          size_t hop, arrive next, leaf *l);

/* What follows a hop; far inside as a selection with a name, unless another
 * part of the comparison is about rows around it. */
static nf_sql_truth go_on(emitter *e, const nf_xnode *path, size_t hop,
                          const char *alias, arrive next, leaf *l)
{
    nf_sql_truth truth;
    aside a;

    if (l->exists || e->sql->depth <= OPEN_DEEP || hop + 1 == path->hop_count)
        return reach(e, alias, path, hop + 1, next, l);
    go_aside(e, &a, path->hops[hop].entity);
    truth = reach(e, a.alias, path, hop + 1, next, l);
    return leave_aside(e, &a, alias, truth);
}

/* The rest of the WHERE of a hop: nested constraints, then what follows. */
static nf_sql_truth rest_of_hop(emitter *e, const nf_xnode *path, size_t hop,
                                const char *alias, arrive next, leaf *l)
{
    const nf_xnode *nested = path->hops[hop].nested;
    nf_sql_truth truth;
    mark at;

    if (nested) {
        at = save(e);
        text(e, " AND ");
        truth = emit_condition(e, nested, alias, path->hops[hop].entity);
        if (truth == NF_SQL_FALSE || truth == NF_SQL_FAILED)
            return truth;
        if (truth == NF_SQL_TRUE)
            restore(e, at);
    }
    at = save(e);
    text(e, " AND ");
    truth = go_on(e, path, hop, alias, next, l);
    if (truth == NF_SQL_TRUE) {
        restore(e, at);
        truth = NF_SQL_TEXT;
    }
    return truth;
}

static nf_sql_truth at_end(emitter *e, const nf_xnode *path, const char *alias,
                           const char *id, arrive next, leaf *l)
{
    place at = {.path = path};

    snprintf(at.alias, sizeof at.alias, "%s", alias);
    snprintf(at.id, sizeof at.id, "%s", id);
    return next(e, &at, l);
}

/* A hop that ends at the association of a reference set or an inverse
 * Reference: rows of `table`, whose `near` is ours. */
static nf_sql_truth end_hop(emitter *e, const nf_xnode *path, const char *from,
                            const char *table, const char *near,
                            const char *far, const nf_entity *type, arrive next,
                            leaf *l)
{
    char alias[ALIAS_SIZE], id[PLACE_SIZE];
    nf_sql_truth truth;
    mark at;

    next_alias(e, alias);
    snprintf(id, sizeof id, "%s.%s", alias, far);
    if (l->exists)
        nf_buffer_format(&e->sql->text,
                         "EXISTS(SELECT 1 FROM %s %s WHERE %s.%s = %s.id",
                         table, alias, alias, near, from);
    else
        nf_buffer_format(&e->sql->text,
                         "%s.id IN (SELECT %s.%s FROM %s %s WHERE %s.%s IS NOT "
                         "NULL",
                         from, alias, near, table, alias, alias, near);
    if (type)
        and_type(e, type, alias);
    at = save(e);
    text(e, " AND ");
    e->sql->depth += OPEN_COLUMN;
    truth = at_end(e, path, alias, id, next, l);
    e->sql->depth -= OPEN_COLUMN;
    if (truth == NF_SQL_TRUE) {
        restore(e, at);
        truth = NF_SQL_TEXT;
    }
    text(e, ")");
    return truth;
}

/* A hop on to an entity by a column: ours (forward) or theirs (inverse). */
static nf_sql_truth column_hop(emitter *e, const nf_xnode *path, size_t hop,
                               const char *from, const char *ours,
                               const char *theirs, arrive next, leaf *l)
{
    const nf_xhop *h = &path->hops[hop];
    const char *table = nf_database_table(e->scope->database, h->entity);
    char alias[ALIAS_SIZE];
    nf_sql_truth truth;

    next_alias(e, alias);
    if (l->exists)
        nf_buffer_format(&e->sql->text,
                         "EXISTS(SELECT 1 FROM %s %s WHERE %s.%s = %s.%s",
                         table, alias, alias, theirs, from, ours);
    else
        nf_buffer_format(&e->sql->text,
                         "%s.%s IN (SELECT %s.%s FROM %s %s WHERE %s.%s IS NOT "
                         "NULL",
                         from, ours, alias, theirs, table, alias, alias,
                         theirs);
    and_type(e, h->entity, alias);
    e->sql->depth += OPEN_COLUMN;
    truth = rest_of_hop(e, path, hop, alias, next, l);
    e->sql->depth -= OPEN_COLUMN;
    text(e, ")");
    return truth;
}

static nf_sql_truth set_hop(emitter *e, const nf_xnode *path, size_t hop,
                            const char *from, arrive next, leaf *l)
{
    const nf_xhop *h = &path->hops[hop];
    const char *set = nf_database_set_table(e->scope->database, h->association);
    const char *near = h->inverse ? "child" : "parent";
    const char *far = h->inverse ? "parent" : "child";
    const char *table;
    char link[ALIAS_SIZE], alias[ALIAS_SIZE];
    nf_sql_truth truth;

    if (!set)
        return NF_SQL_FALSE;
    if (!h->entity)
        return end_hop(e, path, from, set, near, far, NULL, next, l);
    table = nf_database_table(e->scope->database, h->entity);
    next_alias(e, link);
    next_alias(e, alias);
    if (l->exists)
        nf_buffer_format(&e->sql->text,
                         "EXISTS(SELECT 1 FROM %s %s JOIN %s %s ON %s.id = "
                         "%s.%s WHERE %s.%s = %s.id",
                         set, link, table, alias, alias, link, far, link, near,
                         from);
    else
        nf_buffer_format(&e->sql->text,
                         "%s.id IN (SELECT %s.%s FROM %s %s WHERE %s.%s IN "
                         "(SELECT %s.id FROM %s %s WHERE %s",
                         from, link, near, set, link, link, far, alias, table,
                         alias, dialect(e)->truth[1]);
    and_type(e, h->entity, alias);
    e->sql->depth += l->exists ? OPEN_COLUMN : OPEN_SET;
    truth = rest_of_hop(e, path, hop, alias, next, l);
    e->sql->depth -= l->exists ? OPEN_COLUMN : OPEN_SET;
    text(e, l->exists ? ")" : "))");
    return truth;
}

static nf_sql_truth one_hop(emitter *e, const char *alias, const nf_xnode *path,
                            size_t hop, arrive next, leaf *l)
{
    const nf_xhop *h = &path->hops[hop];
    const nf_member *member = nf_entity_end(h->owner, h->association, false);
    const char *column, *table;
    char id[PLACE_SIZE];

    if (h->association->set)
        return set_hop(e, path, hop, alias, next, l);
    column =
        member ? nf_database_column(e->scope->database, h->owner, member->index)
               : NULL;
    table = nf_database_table(e->scope->database, h->owner);
    if (!column || !table ||
        (h->entity && !nf_database_table(e->scope->database, h->entity)))
        return NF_SQL_FALSE; /* nothing of it is stored */
    if (!h->inverse) {
        if (h->entity)
            return column_hop(e, path, hop, alias, column, "id", next, l);
        snprintf(id, sizeof id, "%s.%s", alias, column);
        return at_end(e, path, alias, id, next, l);
    }
    if (h->entity)
        return column_hop(e, path, hop, alias, "id", column, next, l);
    return end_hop(e, path, alias, table, column, "id", NULL, next, l);
}

static nf_sql_truth reach(emitter *e, const char *alias, const nf_xnode *path,
                          size_t hop, arrive next, leaf *l)
{
    char id[PLACE_SIZE];
    nf_sql_truth truth;
    mark at = save(e);

    if (hop == path->hop_count) {
        snprintf(id, sizeof id, "%s.id", alias);
        return at_end(e, path, alias, id, next, l);
    }
    if (e->sql->depth > OPEN_MAX) {
        nf_xpath_error("SYNTAX", "", path->position, e->scope->err,
                       "the paths of this comparison are too long");
        return NF_SQL_FAILED;
    }
    truth = one_hop(e, alias, path, hop, next, l);
    if (truth == NF_SQL_FALSE)
        restore(e, at);
    return truth;
}

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
            text(e, l->places[i].id);
            return;
        }
    nf_buffer_format(&e->sql->text, "%s.id", l->alias);
}

static void emit_attribute(emitter *e, const leaf *l, const nf_xnode *path)
{
    const char *column = nf_database_column(e->scope->database, path->target,
                                            path->attribute->index);

    if (!column)
        text(e, "NULL");
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
    text(e, "mx_datepart(");
    if (!emit_text_value(e, node->part))
        return false;
    text(e, ", ");
    if (!emit_value(e, l, node->arguments[0]))
        return false;
    text(e, ", ");
    if (!emit_text_value(e, zone))
        return false;
    text(e, ")");
    return true;
}

static bool emit_search(emitter *e, const leaf *l, const nf_xnode *node)
{
    static const char *const names[] = {"", "(mx_contains(", "(mx_starts(",
                                        "(mx_ends("};
    nf_value value;

    text(e, names[node->function]);
    if (!emit_value(e, l, node->arguments[0]))
        return false;
    text(e, ", ");
    if (!constant(e, node->arguments[1], &value))
        return false;
    if (value.kind != NF_KIND_STRING) { /* empty is the empty text (Q91) */
        nf_value_release(&value);
        if (!emit_text_value(e, ""))
            return false;
    } else {
        nf_sql_value(e->sql, value, false);
    }
    text(e, ") IS TRUE)");
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
        text(e, "#");
        return;
    }
    emit_program(e, node->left);
    if (node->kind == NF_X_NEGATE) {
        text(e, "~");
        return;
    }
    emit_program(e, node->right);
    text(e, operators[node->op - NF_XOP_ADD]);
}

static bool emit_operands(emitter *e, const leaf *l, const nf_xnode *node)
{
    if (is_calculation(node))
        return emit_operands(e, l, node->left) &&
               (node->kind == NF_X_NEGATE || emit_operands(e, l, node->right));
    text(e, ", ");
    return emit_value(e, l, node);
}

/* In operators of SQL; on numbers that neither overflow nor lose digits. */
static bool emit_numeric(emitter *e, const leaf *l, const nf_xnode *node)
{
    static const char *const signs[] = {" + ", " - ", " * ", ", "};
    bool divides = node->op == NF_XOP_DIVIDE;

    if (!is_calculation(node)) {
        text(e, "CAST(");
        if (!emit_value(e, l, node))
            return false;
        text(e, " AS numeric)");
        return true;
    }
    if (node->kind == NF_X_NEGATE) {
        text(e, "(- ");
        if (!emit_numeric(e, l, node->left))
            return false;
    } else {
        text(e, divides ? "mx_divide(" : "(");
        if (!emit_numeric(e, l, node->left))
            return false;
        text(e, signs[node->op - NF_XOP_ADD]);
        if (!emit_numeric(e, l, node->right))
            return false;
    }
    text(e, ")");
    return true;
}

static bool emit_arithmetic(emitter *e, const leaf *l, const nf_xnode *node)
{
    if (dialect(e)->numeric)
        return emit_numeric(e, l, node);
    text(e, "mx_dec_op('");
    emit_program(e, node);
    text(e, "'");
    if (!emit_operands(e, l, node))
        return false;
    text(e, ")");
    return true;
}

static bool is_not(const nf_xnode *node)
{
    return node->kind == NF_X_CALL && node->function == NF_XF_NOT;
}

/* A condition about the context row that is an operand: `(a or b) = true()`. */
static bool is_inner_condition(const nf_xnode *node)
{
    return node->kind == NF_X_AND || node->kind == NF_X_OR ||
           node->kind == NF_X_COMPARE || is_not(node);
}

/* As 0 or 1: a condition is never unknown (Q50). */
static bool emit_truth(emitter *e, const leaf *l, const nf_xnode *node)
{
    mark at = save(e);
    nf_sql_truth truth;

    text(e, "((");
    e->sql->depth += OPEN_NOT;
    truth = emit_condition(e, node, l->alias, l->entity);
    e->sql->depth -= OPEN_NOT;
    if (truth == NF_SQL_TEXT) {
        text(e, ") IS TRUE)");
        return true;
    }
    restore(e, at);
    text(e, dialect(e)->truth[truth == NF_SQL_TRUE]);
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
            text(e, "length(");
            if (!emit_value(e, l, node->arguments[0]))
                return false;
            text(e, ")");
            return true;
        }
        return emit_search(e, l, node);
    default:
        if (!constant(e, node, &value))
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
    if (numeric_side(a) && numeric_side(b) && !dialect(e)->numeric)
        by_function = !native_numbers(e->scope->database, a, b, &packed);
    packed = packed && !by_function;
    text(e, "(");
    if (by_function)
        text(e, "mx_dec_cmp(");
    if (!emit_side(e, l, a, packed))
        return false;
    text(e, by_function ? ", " : operators[closed ? NF_XOP_EQ : op]);
    if (!emit_side(e, l, b, packed))
        return false;
    if (by_function)
        nf_buffer_format(&e->sql->text, ")%s0",
                         operators[closed ? NF_XOP_EQ : op]);
    if (e->scope->database->collated && op >= NF_XOP_LT && is_string(a) &&
        is_string(b))
        nf_buffer_format(&e->sql->text, " COLLATE %s",
                         dialect(e)->collation); /* Q153 */
    text(e, closed ? ") IS NOT TRUE" : ")");
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
    text(e, op == NF_XOP_EQ ? " IS NULL" : " IS NOT NULL");
    return NF_SQL_TEXT;
}

static nf_sql_truth emit_comparison(emitter *e, const leaf *l)
{
    const nf_xnode *node = l->node;
    side a = {.node = node->left, .fixed = nf_xpath_is_constant(node->left)};
    side b = {.node = node->right, .fixed = nf_xpath_is_constant(node->right)};
    nf_sql_truth truth = NF_SQL_TEXT;

    if ((a.fixed && !constant(e, a.node, &a.value)) ||
        (b.fixed && !constant(e, b.node, &b.value)))
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
        text(e, " IS NOT NULL");
    return NF_SQL_TEXT;
}

static nf_sql_truth arrived(emitter *e, const place *at, leaf *l)
{
    nf_sql_truth truth;

    l->places[l->arrived++] = *at;
    if (l->arrived < l->path_count)
        truth = reach(e, l->alias, l->paths[l->arrived], 0, arrived, l);
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

static nf_sql_truth emit_atom(emitter *e, const nf_xnode *node,
                              const char *alias, const nf_entity *entity)
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
        truth = reach(e, alias, l->paths[0], 0, arrived, l);
    } else {
        truth = emit_leaf(e, l);
    }
    nf_free(l);
    return truth;
}

/* ---- conditions ---------------------------------------------------------- */

static nf_sql_truth negate(emitter *e, const nf_xnode *node, const char *alias,
                           const nf_entity *entity)
{
    mark at = save(e);
    nf_sql_truth truth;

    if (is_not(node)) /* not(not(c)): where c is unknown, both are no match */
        return emit_condition(e, node->arguments[0], alias, entity);
    text(e, "((");
    e->sql->depth += OPEN_NOT;
    truth = emit_condition(e, node, alias, entity);
    e->sql->depth -= OPEN_NOT;
    if (truth == NF_SQL_TEXT) {
        text(e, ") IS NOT TRUE)");
        return truth;
    }
    restore(e, at);
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
    mark start = save(e), after;

    text(e, "(");
    e->sql->depth += OPEN_JOIN;
    left = emit_condition(e, node->left, alias, entity);
    if (left != NF_SQL_TEXT) {
        restore(e, start);
        e->sql->depth -= OPEN_JOIN;
        if (left == stop || left == NF_SQL_FAILED)
            return left;
        return emit_condition(e, node->right, alias, entity);
    }
    after = save(e);
    text(e, both ? " AND " : " OR ");
    right = emit_condition(e, node->right, alias, entity);
    e->sql->depth -= OPEN_JOIN;
    if (right == stop || right == NF_SQL_FAILED) {
        restore(e, start);
        return right;
    }
    if (right != NF_SQL_TEXT)
        restore(e, after);
    text(e, ")");
    return NF_SQL_TEXT;
}

/* The object variable of `A = $none`, if that is what it is at run time. */
static bool is_missing_object(emitter *e, const nf_xnode *node, bool *failed)
{
    nf_value value;
    bool missing;

    if (!nf_xpath_is_constant(node) || node->type.kind == NF_KIND_BOOLEAN)
        return false;
    *failed = !constant(e, node, &value);
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
        return emit_atom(e, path, alias, entity);
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
    return failed ? NF_SQL_FAILED : emit_atom(e, node, alias, entity);
}

static nf_sql_truth bare_constant(emitter *e, const nf_xnode *node)
{
    nf_value value;
    bool holding;

    if (!constant(e, node, &value))
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
        if (is_not(node))
            return negate(e, node->arguments[0], alias, entity);
        return emit_atom(e, node, alias, entity);
    case NF_X_PATH:
        return emit_atom(e, node, alias, entity);
    default:
        return bare_constant(e, node);
    }
}

static nf_sql_truth emit_condition(emitter *e, const nf_xnode *node,
                                   const char *alias, const nf_entity *entity)
{
    nf_sql_truth truth;
    aside a;

    if (e->sql->depth <= OPEN_DEEP || nf_xpath_is_constant(node))
        return emit_here(e, node, alias, entity);
    go_aside(e, &a, entity);
    truth = emit_here(e, node, a.alias, entity);
    return leave_aside(e, &a, alias, truth);
}

nf_sql_truth nf_xpath_sql(nf_sql *sql, const nf_sql_scope *scope,
                          const nf_xpath *xpath, const nf_value *variables,
                          const char *alias)
{
    emitter e = {.sql = sql, .scope = scope, .variables = variables};

    return emit_condition(&e, xpath->root, alias, xpath->entity);
}
