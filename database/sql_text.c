/* SQL text with its numbered parameters, and the comparison of what needs no
 * row at all (xpath Q121, Q174). Values are owned by the text until it is
 * disposed of; a text that grew too large is failed and never runs. */
#include "database/xpath_tree.h"

/* ---- text and parameters ------------------------------------------------- */

void nf_sql_init(nf_sql *sql)
{
    *sql = (nf_sql){0};
    nf_buffer_init(&sql->text, 16u << 20);
    nf_buffer_init(&sql->named, 16u << 20);
}

void nf_sql_finish(nf_sql *sql)
{
    nf_buffer whole;

    if (!sql->named.length)
        return;
    nf_buffer_init(&whole, 32u << 20);
    nf_buffer_format(&whole, "WITH %s %s", nf_buffer_string(&sql->named),
                     nf_buffer_string(&sql->text));
    whole.failed = whole.failed || sql->named.failed || sql->text.failed;
    nf_buffer_dispose(&sql->text);
    sql->text = whole;
}

void nf_sql_dispose(nf_sql *sql)
{
    nf_buffer_dispose(&sql->text);
    nf_buffer_dispose(&sql->named);
    while (sql->count)
        nf_value_release(&sql->values[--sql->count].value);
    nf_free(sql->values);
    sql->values = NULL;
}

void nf_sql_value(nf_sql *sql, nf_value value, bool packed)
{
    struct nf_sql_value *grown = NULL;

    if (sql->count < NF_SQL_VALUES_MAX)
        grown = nf_grow(sql->values, sql->count, &sql->capacity,
                        sizeof *sql->values);
    if (!grown) {
        nf_value_release(&value);
        sql->text.failed = true;
        return;
    }
    sql->values = grown;
    grown[sql->count].value = value;
    grown[sql->count++].packed = packed;
    nf_buffer_format(&sql->text, "?%zu", sql->count);
}

nf_status nf_decimal_bind(nf_statement *statement, int index,
                          const nf_decimal *decimal, nf_error *err)
{
    size_t length = nf_decimal_format(decimal, NULL, 0);
    char *text = nf_alloc(length + 1);
    bool bound;

    if (!text)
        return nf_error_nomem(err);
    nf_decimal_format(decimal, text, length + 1);
    bound = nf_bind_number(statement, index, text, length);
    nf_free(text);
    return bound ? NF_OK : nf_error_nomem(err);
}

static nf_status bind_number(nf_database *database, nf_statement *statement,
                             int index, const nf_value *value, bool packed,
                             nf_error *err)
{
    nf_decimal decimal = nf_value_decimal(value);
    uint8_t bytes[16];

    if (!packed)
        return nf_decimal_bind(statement, index, &decimal, err);
    return nf_decimal_pack(bytes, database->decimal_size,
                           database->decimal_scale, &decimal) &&
                   nf_bind_copy(statement, index, bytes, database->decimal_size)
               ? NF_OK
               : nf_error_nomem(err);
}

static nf_status bind_value(nf_database *database, nf_statement *statement,
                            int index, const struct nf_sql_value *item,
                            nf_error *err)
{
    const nf_value *value = &item->value;
    bool bound;

    switch (value->kind) {
    case NF_KIND_BOOLEAN:
        bound = nf_bind_boolean(statement, index, value->as.boolean);
        break;
    case NF_KIND_DECIMAL:
        return bind_number(database, statement, index, value, item->packed,
                           err);
    case NF_KIND_INTEGER:
        if (item->packed)
            return bind_number(database, statement, index, value, true, err);
        bound = nf_bind_int(statement, index, value->as.integer);
        break;
    case NF_KIND_DATETIME:
    case NF_KIND_ID:
        bound = nf_bind_int(statement, index, value->as.integer);
        break;
    case NF_KIND_STRING:
    case NF_KIND_ENUMERATION:
        bound = nf_bind_string(statement, index, value->as.string->text,
                               value->as.string->length);
        break;
    default:
        bound = nf_bind_null(statement, index);
        break;
    }
    return bound ? NF_OK
                 : nf_error_set(err, NF_FAILED, "xpath_error",
                                "the constraint has a value that the database "
                                "cannot hold");
}

nf_status nf_sql_bind(nf_database *database, const nf_sql *sql,
                      nf_statement *statement, nf_error *err)
{
    nf_status status = NF_OK;
    size_t i;

    for (i = 0; !status && i < sql->count; i++)
        status =
            bind_value(database, statement, (int)i + 1, &sql->values[i], err);
    return status;
}

static int compare_text(const nf_string *a, const nf_string *b)
{
    size_t shorter = a->length < b->length ? a->length : b->length;
    int order = memcmp(a->text, b->text, shorter);

    if (order)
        return order;
    return (a->length > b->length) - (a->length < b->length);
}

static int compare_values(const nf_value *a, const nf_value *b)
{
    if (nf_value_is_number(a) && nf_value_is_number(b)) {
        nf_decimal left = nf_value_decimal(a), right = nf_value_decimal(b);

        return nf_decimal_compare(&left, &right);
    }
    if ((a->kind == NF_KIND_STRING || a->kind == NF_KIND_ENUMERATION) &&
        (b->kind == NF_KIND_STRING || b->kind == NF_KIND_ENUMERATION))
        return compare_text(a->as.string, b->as.string);
    if (a->kind == NF_KIND_BOOLEAN)
        return a->as.boolean - b->as.boolean;
    return (a->as.integer > b->as.integer) - (a->as.integer < b->as.integer);
}

static bool holds(nf_xop op, int order)
{
    switch (op) {
    case NF_XOP_EQ:
        return order == 0;
    case NF_XOP_NE:
        return order != 0;
    case NF_XOP_LT:
        return order < 0;
    case NF_XOP_LE:
        return order <= 0;
    case NF_XOP_GT:
        return order > 0;
    default:
        return order >= 0;
    }
}

/* Neither operand needs a row (Q121). */
nf_sql_truth nf_xpath_fold(nf_xop op, const nf_value *a, const nf_value *b)
{
    bool no_a = a->kind == NF_KIND_EMPTY, no_b = b->kind == NF_KIND_EMPTY;

    if (no_a || no_b) {
        if (op == NF_XOP_EQ)
            return no_a && no_b ? NF_SQL_TRUE : NF_SQL_FALSE;
        if (op == NF_XOP_NE)
            return no_a && no_b ? NF_SQL_FALSE : NF_SQL_TRUE;
        return NF_SQL_FALSE;
    }
    return holds(op, compare_values(a, b)) ? NF_SQL_TRUE : NF_SQL_FALSE;
}
