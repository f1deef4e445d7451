/* Number functions and parsing of numbers (expressions §9.2, S59 … S61). */
#include "interpreter/functions_all.h"

#include "base/icu.h"
#include "interpreter/numbers.h"

#include <math.h>
#include <string.h>

static bool any_empty(const nf_value *a, int count)
{
    int i;

    for (i = 0; i < count; i++)
        if (a[i].kind == NF_KIND_EMPTY)
            return true;
    return false;
}

static nf_status too_large(nf_error *err)
{
    return nf_expression_error(err, "E-OVERFLOW",
                               "Decimal result needs more than %d digits",
                               NF_DECIMAL_MAX_DIGITS);
}

static nf_status give(nf_value *out, bool ok, nf_decimal decimal, nf_error *err)
{
    if (!ok)
        return too_large(err);
    *out = nf_decimal_take(decimal);
    return NF_OK;
}

/* A whole decimal as Integer; takes it over. */
static nf_status give_integer(nf_value *out, bool ok, nf_decimal decimal,
                              nf_error *err)
{
    int64_t integer;
    bool fits = ok && nf_decimal_to_int(&integer, &decimal);

    nf_decimal_release(&decimal);
    if (!fits)
        return nf_expression_error(err, "E-OVERFLOW", "Integer overflow");
    *out = nf_integer(integer);
    return NF_OK;
}

NF_IMPLEMENTATION(nf_call_extreme)
{
    bool maximum = site->function->variant == NF_MAX, dates = false;
    bool decimal = false;
    int best = 0, i;

    if (any_empty(a, count))
        return nf_function_refuse(e, "E-EMPTY", a, count, site, err);
    for (i = 0; i < count; i++) {
        dates = dates || a[i].kind == NF_KIND_DATETIME;
        decimal = decimal || a[i].kind == NF_KIND_DECIMAL;
    }
    for (i = 0; i < count; i++) {
        if (dates && a[i].kind != NF_KIND_DATETIME)
            return nf_expression_error(err, "E-TYPE",
                                       "%s() mixes numbers and dates",
                                       site->function->name);
        if (i > 0 && (nf_operator_order(&a[i], &a[best]) > 0) == maximum &&
            nf_operator_order(&a[i], &a[best]) != 0)
            best = i;
    }
    if (decimal && a[best].kind == NF_KIND_INTEGER)
        *out = nf_decimal_take(nf_decimal_from_int(a[best].as.integer));
    else
        *out = nf_value_copy(&a[best]);
    return NF_OK;
}

NF_IMPLEMENTATION(nf_call_round)
{
    nf_decimal x, z;
    int64_t precision = 0;
    bool ok;

    if (any_empty(a, count))
        return nf_function_refuse(e, "E-EMPTY", a, count, site, err);
    if (count > 1)
        precision = a[1].as.integer;
    if (precision == 0 && a[0].kind == NF_KIND_INTEGER) {
        *out = a[0];
        return NF_OK;
    }
    if (precision > NF_DECIMAL_MAX_SCALE)
        precision = NF_DECIMAL_MAX_SCALE;
    if (precision < -4 * NF_DECIMAL_MAX_DIGITS)
        precision = -4 * NF_DECIMAL_MAX_DIGITS;
    x = nf_value_decimal(&a[0]);
    ok = nf_decimal_round(&z, &x, (int)precision, e->environment->rounding);
    return precision == 0 ? give_integer(out, ok, z, err)
                          : give(out, ok, z, err);
}

static nf_status absolute(nf_evaluator *e, nf_value *out, const nf_value *a,
                          nf_error *err)
{
    nf_decimal x = nf_value_decimal(a);

    if (nf_decimal_sign(&x) < 0)
        return nf_operator_negate(e, out, a, err);
    *out = nf_value_copy(a);
    return NF_OK;
}

static nf_status square_root(nf_evaluator *e, nf_value *out, const nf_value *a,
                             const nf_call_site *site, nf_error *err)
{
    nf_decimal x = nf_value_decimal(a), z;
    int scale = NF_CLIENT_SCALE;
    bool ok;

    if (nf_decimal_sign(&x) < 0)
        return nf_function_refuse(e, "E-RANGE", a, 1, site, err);
    if (e->environment->engine == NF_ENGINE_SERVER) {
        /* The root's leading digit stands at half the exponent. */
        int exponent = nf_decimal_exponent(&x);

        scale = NF_SERVER_DIGITS - 1 -
                (exponent >= 0 ? exponent / 2 : (exponent - 1) / 2);
    }
    ok = nf_decimal_sqrt(&z, &x, scale, e->environment->rounding);
    return give(out, ok, z, err);
}

NF_IMPLEMENTATION(nf_call_number)
{
    nf_decimal x, z;
    bool ok;

    if (any_empty(a, count))
        return nf_function_refuse(e, "E-EMPTY", a, count, site, err);
    switch (site->function->variant) {
    case NF_ABS:
        return absolute(e, out, &a[0], err);
    case NF_SQRT:
        return square_root(e, out, &a[0], site, err);
    default:
        x = nf_value_decimal(&a[0]);
        ok = nf_decimal_round(&z, &x, 0,
                              site->function->variant == NF_FLOOR
                                  ? NF_ROUND_FLOOR
                                  : NF_ROUND_CEILING);
        return give_integer(out, ok, z, err);
    }
}

static nf_status double_power(nf_evaluator *e, nf_value *out, const nf_value *a,
                              const nf_call_site *site, nf_error *err)
{
    nf_decimal x = nf_value_decimal(&a[0]), y = nf_value_decimal(&a[1]), z;
    double result = pow(nf_decimal_to_double(&x), nf_decimal_to_double(&y));

    if (!isfinite(result))
        return nf_function_refuse(e, "E-RANGE", a, 2, site, err);
    return give(out, nf_decimal_from_double(&z, result), z, err);
}

NF_IMPLEMENTATION(nf_call_pow)
{
    const nf_environment *environment = e->environment;
    nf_decimal one = nf_decimal_from_int(1), x, y, z, power;
    int64_t exponent;
    bool ok;

    if (any_empty(a, count))
        return nf_function_refuse(e, "E-EMPTY", a, count, site, err);
    x = nf_value_decimal(&a[0]);
    y = nf_value_decimal(&a[1]);
    if (!nf_decimal_to_int(&exponent, &y)) {
        if (nf_decimal_is_whole(&y))
            return too_large(err);
        return double_power(e, out, a, site, err);
    }
    if (exponent >= 0) {
        ok = nf_decimal_power(&z, &x, exponent, 0, environment->rounding);
        return give(out, ok, z, err);
    }
    if (nf_decimal_sign(&x) == 0)
        return nf_expression_error(err, "E-DIV0", "Division by zero");
    if (exponent == INT64_MIN)
        return too_large(err);
    if (!nf_decimal_power(&power, &x, -exponent, 0, environment->rounding))
        return too_large(err);
    ok = nf_quotient(environment, &z, &one, &power);
    nf_decimal_release(&power);
    return give(out, ok, z, err);
}

NF_IMPLEMENTATION(nf_call_random)
{
    uint64_t bits;
    nf_decimal z;

    (void)a, (void)count, (void)site;
    if (!nf_random_bytes(e->random, &bits, sizeof bits))
        return nf_expression_error(err, "E-RANGE",
                                   "The system gives no random numbers");
    /* 53 bits: every double of [0, 1) in equal steps. */
    return give(out, nf_decimal_from_double(&z, (double)(bits >> 11) * 0x1p-53),
                z, err);
}

/* ---- parsing ------------------------------------------------------------ */

/* S59, S60: the given default as `kind`, or E-PARSE. */
static nf_status unparsable(nf_value *out, const nf_value *a, int count,
                            int fallback, nf_kind kind, nf_error *err)
{
    const char *text = a[0].kind == NF_KIND_STRING ? a[0].as.string->text : "";

    if (count <= fallback)
        return nf_expression_error(err, "E-PARSE", "Not parsable to %s: %.200s",
                                   nf_kind_name(kind), text);
    if (kind == NF_KIND_DECIMAL && a[fallback].kind == NF_KIND_INTEGER)
        *out = nf_decimal_take(nf_decimal_from_int(a[fallback].as.integer));
    else
        *out = nf_value_copy(&a[fallback]);
    return NF_OK;
}

/* Drops a leading plus sign where the engine takes one. */
static void skip_plus(const nf_evaluator *e, const char **text, size_t *length)
{
    if (e->environment->engine == NF_ENGINE_SERVER && *length > 1 &&
        **text == '+' && (*text)[1] != '-') {
        (*text)++;
        (*length)--;
    }
}

NF_IMPLEMENTATION(nf_call_parse_integer)
{
    static const nf_type integer = {.kind = NF_KIND_INTEGER};
    const char *text;
    size_t length;

    (void)site;
    if (a[0].kind == NF_KIND_STRING) {
        text = a[0].as.string->text;
        length = a[0].as.string->length;
        skip_plus(e, &text, &length);
        if (nf_value_from_text(out, integer, text, length))
            return NF_OK;
    }
    return unparsable(out, a, count, 1, NF_KIND_INTEGER, err);
}

static nf_status parse_with_format(nf_evaluator *e, nf_value *out,
                                   const nf_value *a, int count, nf_error *err)
{
    const nf_string *format = a[1].as.string;
    nf_decimal decimal;
    bool valid = true;

    if (!nf_icu_room(0))
        return nf_error_nomem(err);

    if (a[0].kind == NF_KIND_STRING &&
        nf_decimal_parse_pattern(
            &decimal, a[0].as.string->text, a[0].as.string->length,
            format->text, format->length, e->environment->language, &valid)) {
        *out = nf_decimal_take(decimal);
        return NF_OK;
    }
    if (!valid)
        return nf_expression_error(
            err, "E-PATTERN", "Invalid number pattern '%.200s'", format->text);
    return unparsable(out, a, count, 2, NF_KIND_DECIMAL, err);
}

/* Both engines take a point without digits behind it: 5. and 5.e3. */
static bool parse_text(nf_decimal *out, const char *text, size_t length)
{
    const char *point = memchr(text, '.', length);
    size_t head = point ? (size_t)(point - text) : 0, tail;
    char shorter[NF_SHORT_TEXT];
    bool bare = head > 0 && point[-1] >= '0' && point[-1] <= '9' &&
                (head + 1 == length || (point[1] | 0x20) == 'e');

    if (!bare || length >= sizeof shorter)
        return nf_decimal_parse(out, text, length, true);
    tail = length - head - 1;
    memcpy(shorter, text, head);
    memcpy(shorter + head, point + 1, tail);
    return nf_decimal_parse(out, shorter, head + tail, true);
}

NF_IMPLEMENTATION(nf_call_parse_decimal)
{
    int fallback = count > 1 && a[1].kind == NF_KIND_STRING ? 2 : 1;
    nf_decimal decimal;
    const char *text;
    size_t length;

    (void)site;
    if (fallback == 2)
        return parse_with_format(e, out, a, count, err);
    if (a[0].kind == NF_KIND_STRING) {
        text = a[0].as.string->text;
        length = a[0].as.string->length;
        skip_plus(e, &text, &length);
        if (parse_text(&decimal, text, length)) {
            *out = nf_decimal_take(decimal);
            return NF_OK;
        }
    }
    return unparsable(out, a, count, fallback, NF_KIND_DECIMAL, err);
}

NF_IMPLEMENTATION(nf_call_format_decimal)
{
    const char *language = e->environment->language, *pattern;
    char own[128];
    char memory[NF_SHORT_TEXT];
    nf_decimal decimal;
    nf_buffer buffer;
    nf_status status = NF_OK;

    if (any_empty(a, count))
        return nf_function_refuse(e, "E-EMPTY", a, count, site, err);
    if (!nf_icu_room(0))
        return nf_error_nomem(err);
    if (count > 2)
        language = a[2].as.string->text;
    pattern = own;
    if (count > 1)
        pattern = a[1].as.string->text;
    else if (!nf_decimal_language_pattern(own, sizeof own, language))
        strcpy(own, "#,##0.###");
    decimal = nf_value_decimal(&a[0]);
    nf_result_init(&buffer, e, memory);
    if (!nf_decimal_format_pattern(&buffer, e->environment->engine, &decimal,
                                   pattern, strlen(pattern), language))
        status = nf_expression_error(
            err, "E-PATTERN", "Invalid number pattern '%.200s'", pattern);
    return nf_result_give(out, &buffer, status, err);
}
