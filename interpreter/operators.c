/* Operators over values (expressions §6). The small cases (two Integers, two
 * inline Decimals) run without a call into GMP and without an allocation. */
#include "interpreter/operators.h"

#include "base/text.h"
#include "interpreter/functions.h"
#include "interpreter/numbers.h"

#include <stdarg.h>

#include <stdio.h>
#include <string.h>

nf_status nf_expression_error(nf_error *err, const char *detail,
                              const char *format, ...)
{
    bool fresh = err && !nf_error_is_set(err);
    va_list args;

    va_start(args, format);
    nf_error_setv(err, NF_FAILED, "expression_error", format, args);
    va_end(args);
    if (fresh)
        nf_error_detail(err, detail);
    return NF_FAILED;
}

int64_t nf_evaluator_now(nf_evaluator *e)
{
    const nf_clock *clock = &e->environment->clock;

    if (!e->has_now) {
        nf_clock machine = nf_clock_system();

        if (!clock->now)
            clock = &machine;
        e->now = clock->now(clock->user);
        e->has_now = true;
    }
    return e->now;
}

/* ---- arithmetic --------------------------------------------------------- */

static bool is_number(const nf_value *v)
{
    return v->kind == NF_KIND_INTEGER || v->kind == NF_KIND_DECIMAL;
}

static bool is_text(const nf_value *v)
{
    return v->kind == NF_KIND_STRING;
}

/* What an operator says to operands that it does not take (S28 … S40). */
static nf_status refuse(const char *name, const nf_value *a, const nf_value *b,
                        nf_error *err)
{
    const nf_value *culprit = is_number(a) && b ? b : a;

    if (a->kind == NF_KIND_EMPTY || (b && b->kind == NF_KIND_EMPTY))
        return nf_expression_error(err, "E-EMPTY",
                                   "Operator %s not supported for an empty "
                                   "value",
                                   name);
    return nf_expression_error(err, "E-TYPE",
                               "Operator %s not supported for %s", name,
                               nf_kind_name((nf_kind)culprit->kind));
}

static nf_status overflow(nf_error *err)
{
    return nf_expression_error(err, "E-OVERFLOW", "Integer overflow");
}

static nf_status too_large(nf_error *err)
{
    return nf_expression_error(err, "E-OVERFLOW",
                               "Decimal result needs more than %d digits",
                               NF_DECIMAL_MAX_DIGITS);
}

typedef bool (*decimal_operation)(nf_decimal *, const nf_decimal *,
                                  const nf_decimal *);

static nf_status decimal_result(nf_value *out, decimal_operation operation,
                                const nf_value *a, const nf_value *b,
                                nf_error *err)
{
    nf_decimal x = nf_value_decimal(a), y = nf_value_decimal(b), z;

    if (!operation(&z, &x, &y))
        return too_large(err);
    *out = nf_decimal_take(z);
    return NF_OK;
}

nf_status nf_operator_add(nf_evaluator *e, nf_value *out, const nf_value *a,
                          const nf_value *b, nf_error *err)
{
    int64_t sum;

    *out = nf_empty();
    if (a->kind == NF_KIND_INTEGER && b->kind == NF_KIND_INTEGER) {
        if (__builtin_add_overflow(a->as.integer, b->as.integer, &sum))
            return overflow(err);
        *out = nf_integer(sum);
        return NF_OK;
    }
    if (is_text(a) || is_text(b))
        return nf_operator_concat(e, out, a, b, err);
    if (!is_number(a) || !is_number(b))
        return refuse("+", a, b, err);
    return decimal_result(out, nf_decimal_add, a, b, err);
}

nf_status nf_operator_subtract(nf_evaluator *e, nf_value *out,
                               const nf_value *a, const nf_value *b,
                               nf_error *err)
{
    int64_t difference;

    (void)e;
    *out = nf_empty();
    if (a->kind == NF_KIND_INTEGER && b->kind == NF_KIND_INTEGER) {
        if (__builtin_sub_overflow(a->as.integer, b->as.integer, &difference))
            return overflow(err);
        *out = nf_integer(difference);
        return NF_OK;
    }
    if (!is_number(a) || !is_number(b))
        return refuse("-", a, b, err);
    return decimal_result(out, nf_decimal_subtract, a, b, err);
}

nf_status nf_operator_multiply(nf_evaluator *e, nf_value *out,
                               const nf_value *a, const nf_value *b,
                               nf_error *err)
{
    int64_t product;

    (void)e;
    *out = nf_empty();
    if (a->kind == NF_KIND_INTEGER && b->kind == NF_KIND_INTEGER) {
        if (__builtin_mul_overflow(a->as.integer, b->as.integer, &product))
            return overflow(err);
        *out = nf_integer(product);
        return NF_OK;
    }
    if (!is_number(a) || !is_number(b))
        return refuse("*", a, b, err);
    return decimal_result(out, nf_decimal_multiply, a, b, err);
}

bool nf_quotient(const nf_environment *environment, nf_decimal *out,
                 const nf_decimal *a, const nf_decimal *b)
{
    if (environment->engine == NF_ENGINE_SERVER)
        return nf_decimal_divide_significant(out, a, b, NF_SERVER_DIGITS,
                                             environment->rounding);
    return nf_decimal_divide(out, a, b, NF_CLIENT_SCALE, environment->rounding);
}

nf_status nf_operator_divide(nf_evaluator *e, nf_value *out, const nf_value *a,
                             const nf_value *b, nf_error *err)
{
    nf_decimal x, y, z;

    *out = nf_empty();
    if (!is_number(a) || !is_number(b))
        return refuse("div", a, b, err);
    x = nf_value_decimal(a);
    y = nf_value_decimal(b);
    if (nf_decimal_sign(&y) == 0)
        return nf_expression_error(err, "E-DIV0", "Division by zero");
    if (!nf_quotient(e->environment, &z, &x, &y))
        return too_large(err);
    *out = nf_decimal_take(z);
    return NF_OK;
}

nf_status nf_operator_modulo(nf_evaluator *e, nf_value *out, const nf_value *a,
                             const nf_value *b, nf_error *err)
{
    nf_decimal y;

    (void)e;
    *out = nf_empty();
    if (!is_number(a) || !is_number(b))
        return refuse("mod", a, b, err);
    y = nf_value_decimal(b);
    if (nf_decimal_sign(&y) == 0)
        return nf_expression_error(err, "E-DIV0", "Division by zero");
    if (a->kind == NF_KIND_INTEGER && b->kind == NF_KIND_INTEGER) {
        /* -2^63 mod -1 traps the processor. */
        *out =
            nf_integer(b->as.integer == -1 ? 0 : a->as.integer % b->as.integer);
        return NF_OK;
    }
    return decimal_result(out, nf_decimal_remainder, a, b, err);
}

nf_status nf_operator_negate(nf_evaluator *e, nf_value *out, const nf_value *a,
                             nf_error *err)
{
    nf_decimal x, z;

    (void)e;
    *out = nf_empty();
    if (!is_number(a))
        return refuse("-", a, NULL, err);
    if (a->kind == NF_KIND_INTEGER) {
        if (a->as.integer == INT64_MIN)
            return overflow(err);
        *out = nf_integer(-a->as.integer);
        return NF_OK;
    }
    x = nf_value_decimal(a);
    if (!nf_decimal_negate(&z, &x))
        return too_large(err);
    *out = nf_decimal_take(z);
    return NF_OK;
}

/* ---- text --------------------------------------------------------------- */

/* The part a value adds to a concatenation: borrowed text, or number text in
 * `small`; larger numbers in *owned. */
typedef struct text_part {
    const char *text;
    size_t length;
    nf_string *owned;
    char small[NF_INTEGER_ROOM];
} text_part;

static nf_status text_of(nf_evaluator *e, text_part *part, const nf_value *v,
                         nf_error *err)
{
    nf_status status;

    part->owned = NULL;
    part->length = 0;
    part->text = part->small;
    switch (v->kind) {
    case NF_KIND_EMPTY:
        return NF_OK;
    case NF_KIND_STRING:
        part->text = v->as.string->text;
        part->length = v->as.string->length;
        return NF_OK;
    case NF_KIND_INTEGER:
        part->text = nf_integer_text(part->small, v->as.integer, &part->length);
        return NF_OK;
    case NF_KIND_DECIMAL:
        status = nf_operator_to_text(e, &part->owned, v, err);
        if (status != NF_OK)
            return status;
        part->text = part->owned->text;
        part->length = part->owned->length;
        return NF_OK;
    default:
        return refuse("+", v, NULL, err);
    }
}

static nf_status join(nf_value *out, const text_part *parts, size_t count,
                      size_t limit, nf_error *err)
{
    size_t length = 0;
    nf_string *string;
    char *to;

    for (size_t i = 0; i < count; i++)
        length += parts[i].length; /* each is at most NF_STRING_MAX */
    if (length > limit)
        return nf_text_too_long(limit, err);
    string = nf_string_alloc(length);
    if (!string)
        return nf_error_nomem(err);
    to = string->text;
    for (size_t i = 0; i < count; i++) {
        memcpy(to, parts[i].text, parts[i].length);
        to += parts[i].length;
    }
    *out = nf_string_take(string);
    return NF_OK;
}

nf_status nf_operator_join(nf_evaluator *e, nf_value *out,
                           const nf_value *const *values, size_t count,
                           nf_error *err)
{
    text_part parts[NF_JOIN_MAX];
    nf_status status = NF_OK;
    size_t i;

    *out = nf_empty();
    for (i = 0; i < count && status == NF_OK; i++)
        status = text_of(e, &parts[i], values[i], err);
    if (status == NF_OK)
        status = join(out, parts, count, nf_text_limit(e->environment), err);
    while (i > 0)
        nf_string_release(parts[--i].owned);
    return status;
}

nf_status nf_operator_concat(nf_evaluator *e, nf_value *out, const nf_value *a,
                             const nf_value *b, nf_error *err)
{
    const nf_value *const values[] = {a, b};

    return nf_operator_join(e, out, values, 2, err);
}

/* ---- comparison --------------------------------------------------------- */

/* By UTF-16 code unit: UTF-8 bytes order the same way, except that characters
 * above U+FFFF (surrogates) come before U+E000 … U+FFFF. */
static int order_text(const nf_string *a, const nf_string *b)
{
    size_t shorter = a->length < b->length ? a->length : b->length, i;

    for (i = 0; i < shorter; i++) {
        unsigned char x = (unsigned char)a->text[i];
        unsigned char y = (unsigned char)b->text[i];

        if (x == y)
            continue;
        if (x >= 0xEE && y >= 0xEE && (x >= 0xF0) != (y >= 0xF0))
            return x >= 0xF0 ? -1 : 1;
        return x < y ? -1 : 1;
    }
    return (a->length > b->length) - (a->length < b->length);
}

int nf_operator_order(const nf_value *a, const nf_value *b)
{
    if (a->kind == NF_KIND_STRING || a->kind == NF_KIND_ENUMERATION)
        return order_text(a->as.string, b->as.string);
    if (a->kind == NF_KIND_DECIMAL || b->kind == NF_KIND_DECIMAL) {
        nf_decimal x = nf_value_decimal(a), y = nf_value_decimal(b);

        return nf_decimal_compare(&x, &y);
    }
    if (a->kind == NF_KIND_BOOLEAN)
        return (int)a->as.boolean - (int)b->as.boolean;
    return (a->as.integer > b->as.integer) - (a->as.integer < b->as.integer);
}

static bool is_key(const nf_value *v)
{
    return v->kind == NF_KIND_STRING || v->kind == NF_KIND_ENUMERATION;
}

static bool is_void(const nf_value *v)
{
    return v->kind == NF_KIND_EMPTY ||
           (v->kind == NF_KIND_LIST && nf_list_count(v->as.list) == 0) ||
           (v->kind == NF_KIND_OBJECT && v->as.object->removed);
}

static bool same_category(const nf_value *a, const nf_value *b)
{
    return a->kind == b->kind || (is_number(a) && is_number(b)) ||
           (is_key(a) && is_key(b));
}

static bool equal_values(const nf_value *a, const nf_value *b)
{
    if (is_number(a) && is_number(b))
        return nf_operator_order(a, b) == 0;
    if (is_key(a) && is_key(b))
        return nf_string_equal(a->as.string, b->as.string);
    return nf_value_equal(a, b);
}

static bool is_blank(const nf_value *v)
{
    return v->kind == NF_KIND_STRING && v->as.string->length == 0;
}

static nf_status compare_equal(bool *out, nf_compare_mode mode,
                               const nf_value *a, const nf_value *b,
                               nf_error *err)
{
    bool left = is_void(a), right = is_void(b);

    if (mode == NF_COMPARE_BLANK && (left || right)) {
        left = left || is_blank(a);
        right = right || is_blank(b);
    }
    if (left || right) {
        *out = left && right;
        return NF_OK;
    }
    if (!same_category(a, b))
        return nf_expression_error(
            err, "E-TYPE", "Operator = cannot compare %s with %s",
            nf_kind_name((nf_kind)a->kind), nf_kind_name((nf_kind)b->kind));
    *out = mode != NF_COMPARE_DIFFERENT && equal_values(a, b);
    return NF_OK;
}

nf_status nf_operator_compare(nf_evaluator *e, nf_value *out,
                              nf_comparison comparison, nf_compare_mode mode,
                              const nf_value *a, const nf_value *b,
                              nf_error *err)
{
    static const char *const names[] = {"=", "!=", "<", "<=", ">", ">="};
    bool equal = false;
    int order;

    (void)e;
    *out = nf_empty();
    if (comparison == NF_EQUAL || comparison == NF_NOT_EQUAL) {
        nf_status status = compare_equal(&equal, mode, a, b, err);

        if (status == NF_OK)
            *out = nf_boolean(equal == (comparison == NF_EQUAL));
        return status;
    }
    /* Names no operator: a branch may ask the opposite question. */
    if (a->kind == NF_KIND_EMPTY || b->kind == NF_KIND_EMPTY)
        return nf_expression_error(err, "E-EMPTY",
                                   "An empty value can't be compared by <, <=, "
                                   "> or >=");
    if (!(is_number(a) && is_number(b)) && !(is_text(a) && is_text(b)) &&
        !(a->kind == NF_KIND_DATETIME && b->kind == NF_KIND_DATETIME))
        return refuse(names[comparison], a, b, err);
    order = nf_operator_order(a, b);
    *out = nf_boolean(comparison == NF_LESS         ? order < 0
                      : comparison == NF_LESS_EQUAL ? order <= 0
                      : comparison == NF_GREATER    ? order > 0
                                                    : order >= 0);
    return NF_OK;
}

nf_status nf_operator_condition(bool *out, const nf_value *value, nf_error *err)
{
    *out = false;
    if (value->kind == NF_KIND_EMPTY)
        return nf_expression_error(err, "E-EMPTY",
                                   "A Boolean is needed but the value is "
                                   "empty");
    if (value->kind != NF_KIND_BOOLEAN)
        return nf_expression_error(err, "E-TYPE",
                                   "A Boolean is needed but the value is of "
                                   "type %s",
                                   nf_kind_name((nf_kind)value->kind));
    *out = value->as.boolean;
    return NF_OK;
}
