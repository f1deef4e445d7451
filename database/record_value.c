/* Values of members as parameters and columns of statements. */
#include "database/schema.h"

#include "base/memory.h"

/* D12: at most 20 digits before the point, once rounded. Small ones have less.
 */
static bool in_range(const nf_database *database, const nf_decimal *value)
{
    nf_decimal rounded;
    int integer, fraction;

    if (!value->is_big)
        return true;
    if (!nf_decimal_round(&rounded, value, database->decimal_scale,
                          NF_ROUND_HALF_EVEN))
        return false;
    nf_decimal_digits(&rounded, &integer, &fraction);
    nf_decimal_release(&rounded);
    return integer <= 20;
}

static nf_status bind_decimal(nf_database *database, nf_statement *statement,
                              int index, const nf_member *member,
                              const nf_value *value, nf_error *err)
{
    nf_decimal decimal = nf_value_decimal(value);
    bool kept = index < NF_BOUND_DECIMALS;
    uint8_t local[16], *bytes = kept ? database->decimals[index] : local;

    if (database->driver->dialect.numeric && in_range(database, &decimal))
        return nf_decimal_bind(statement, index, &decimal, err);
    if (!in_range(database, &decimal) ||
        !nf_decimal_pack(bytes, database->decimal_size, database->decimal_scale,
                         &decimal))
        return nf_error_set(err, NF_FAILED, "value_out_of_range",
                            "the value of \"%s\" has more than 20 digits "
                            "before the point",
                            member->name);
    if (!(kept ? nf_bind_bytes(statement, index, bytes, database->decimal_size)
               : nf_bind_copy(statement, index, bytes, database->decimal_size)))
        return nf_error_nomem(err);
    return NF_OK;
}

nf_status nf_value_bind(nf_database *database, nf_statement *statement,
                        int index, const nf_member *member,
                        const nf_value *value, nf_error *err)
{
    bool decimal =
        member->attribute && member->attribute->type == NF_ATTRIBUTE_DECIMAL;
    bool boolean =
        member->attribute && member->attribute->type == NF_ATTRIBUTE_BOOLEAN;
    bool bound;

    switch (value->kind) {
    case NF_KIND_EMPTY:
        bound = boolean ? nf_bind_boolean(statement, index, false)
                        : nf_bind_null(statement, index);
        break;
    case NF_KIND_BOOLEAN:
        bound = nf_bind_boolean(statement, index, value->as.boolean);
        break;
    case NF_KIND_INTEGER:
    case NF_KIND_DATETIME:
    case NF_KIND_ID:
        if (decimal)
            return bind_decimal(database, statement, index, member, value, err);
        bound = nf_bind_int(statement, index, value->as.integer);
        break;
    case NF_KIND_DECIMAL:
        return bind_decimal(database, statement, index, member, value, err);
    case NF_KIND_STRING:
    case NF_KIND_ENUMERATION:
        bound = nf_bind_string(statement, index, value->as.string->text,
                               value->as.string->length);
        break;
    case NF_KIND_BINARY:
        bound = nf_bind_bytes(statement, index, value->as.string->text,
                              value->as.string->length);
        break;
    default:
        bound = false;
        break;
    }
    return bound ? NF_OK
                 : nf_error_set(err, NF_FAILED, "value_out_of_range",
                                "\"%s\" has a value that the database cannot "
                                "store",
                                member->name);
}

static nf_status column_text(nf_value *out, nf_statement *statement, int column,
                             nf_kind kind, nf_error *err)
{
    const char *text = nf_column_bytes(statement, column);
    size_t length = nf_column_size(statement, column);

    if (!nf_value_text(out, text ? text : "", length))
        return nf_error_nomem(err);
    out->kind = (uint8_t)kind;
    return NF_OK;
}

static nf_status column_decimal(nf_value *out, nf_database *database,
                                nf_statement *statement, int column,
                                nf_error *err)
{
    const uint8_t *bytes = nf_column_bytes(statement, column);
    const char *text;
    nf_decimal decimal;

    if (database->driver->dialect.numeric) {
        text = nf_column_text(statement, column);
        if (!text || !nf_decimal_parse(&decimal, text, strlen(text), false))
            return nf_error_nomem(err);
        *out = nf_decimal_take(decimal);
        return NF_OK;
    }
    if (nf_column_size(statement, column) != database->decimal_size ||
        !nf_decimal_unpack(&decimal, bytes, database->decimal_size,
                           database->decimal_scale))
        return nf_error_set(err, NF_FAILED, "db_error",
                            "the database holds a damaged decimal");
    *out = nf_decimal_take(decimal);
    return NF_OK;
}

nf_status nf_value_column(nf_value *out, nf_database *database,
                          nf_statement *statement, int column,
                          const nf_member *member, nf_error *err)
{
    *out = nf_empty();
    if (nf_column_null(statement, column))
        return NF_OK;
    if (member->association) {
        *out = nf_id_value(nf_column_int(statement, column));
        return NF_OK;
    }
    switch (member->attribute->type) {
    case NF_ATTRIBUTE_BOOLEAN:
        *out = nf_boolean(nf_column_int(statement, column) != 0);
        return NF_OK;
    case NF_ATTRIBUTE_INTEGER:
    case NF_ATTRIBUTE_LONG:
    case NF_ATTRIBUTE_AUTONUMBER:
        *out = nf_integer(nf_column_int(statement, column));
        return NF_OK;
    case NF_ATTRIBUTE_DATETIME:
        *out = nf_datetime(nf_column_int(statement, column));
        return NF_OK;
    case NF_ATTRIBUTE_DECIMAL:
        return column_decimal(out, database, statement, column, err);
    case NF_ATTRIBUTE_STRING:
    case NF_ATTRIBUTE_HASHED:
        return column_text(out, statement, column, NF_KIND_STRING, err);
    case NF_ATTRIBUTE_ENUMERATION:
        return column_text(out, statement, column, NF_KIND_ENUMERATION, err);
    case NF_ATTRIBUTE_BINARY:
        return column_text(out, statement, column, NF_KIND_BINARY, err);
    }
    return NF_OK;
}
