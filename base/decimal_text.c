/* Decimals as text, as floating point, and as stored bytes (expressions S34;
 * domain D124). */
#include "base/decimal_internal.h"
#include "base/memory.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- text --------------------------------------------------------------- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Reads e[+-]digits at `at`, to the end. */
static bool parse_exponent(long *out, const char *text, size_t at,
                           size_t length)
{
    bool negative = false;
    long value = 0;

    if (text[at] != 'e' && text[at] != 'E')
        return false;
    at++;
    if (at < length && (text[at] == '+' || text[at] == '-'))
        negative = text[at++] == '-';
    if (at == length)
        return false;
    for (; at < length; at++) {
        if (!is_digit(text[at]))
            return false;
        if (value < 1000000)
            value = value * 10 + (text[at] - '0');
    }
    *out = negative ? -value : value;
    return true;
}

/* Digits are in text[start … end), perhaps with one point among them. */
static bool parse_large(nf_decimal *out, const char *text, size_t start,
                        size_t end, bool negative, long scale)
{
    char *digits = nf_alloc(end - start + 1);
    size_t count = 0, i;
    mpz_t z;

    if (!digits)
        return nf_decimal_fail(out);
    for (i = start; i < end; i++)
        if (text[i] != '.')
            digits[count++] = text[i];
    digits[count] = '\0';
    mpz_init_set_str(z, digits, 10);
    nf_free(digits);
    if (negative)
        mpz_neg(z, z);
    return nf_decimal_set_mpz(out, z, scale);
}

bool nf_decimal_parse(nf_decimal *out, const char *text, size_t length,
                      bool exponent)
{
    size_t at = 0, start, digits = 0, end;
    long scale = 0, power = 0;
    int64_t small = 0;
    bool negative = length > 0 && text[0] == '-';
    bool point = false;

    *out = (nf_decimal){0};
    start = at = negative;
    for (; at < length; at++) {
        if (text[at] == '.' && !point) {
            point = true;
            continue;
        }
        if (!is_digit(text[at]))
            break;
        if (digits++ < NF_POWERS - 1)
            small = small * 10 + (text[at] - '0');
        scale += point;
    }
    end = at;
    if (digits == 0 || (point && scale == 0))
        return false;
    if (at < length && (!exponent || !parse_exponent(&power, text, at, length)))
        return false;
    if (digits > NF_DECIMAL_MAX_DIGITS)
        return false;
    scale -= power;
    if (digits <= NF_POWERS - 1 && scale >= 0 && scale <= NF_DECIMAL_MAX_SCALE)
        return nf_decimal_set_small(out, negative ? -small : small,
                                    (int32_t)scale);
    if (digits <= NF_POWERS - 1 && small == 0)
        return true;
    if (scale < -NF_DECIMAL_MAX_DIGITS || scale > 2 * NF_DECIMAL_MAX_DIGITS)
        return false;
    return parse_large(out, text, start, end, negative, scale);
}

/* Puts the digits of a coefficient with its point; `digits` without sign. */
static size_t put_number(const char *digits, bool negative, int32_t scale,
                         char *text, size_t size)
{
    size_t count = strlen(digits), fraction = (size_t)scale, zeros = 0;
    size_t whole, length, at = 0, i;

    if (count <= fraction)
        zeros = fraction - count + 1;
    whole = count + zeros - fraction;
    length = negative + count + zeros + (fraction > 0);
#define PUT(c)                                                                 \
    do {                                                                       \
        if (at + 1 < size)                                                     \
            text[at] = (c);                                                    \
        at++;                                                                  \
    } while (0)
    if (negative)
        PUT('-');
    for (i = 0; i < count + zeros; i++) {
        if (i == whole)
            PUT('.');
        PUT(i < zeros ? '0' : digits[i - zeros]);
    }
#undef PUT
    if (size > 0)
        text[length < size ? length : size - 1] = '\0';
    return length;
}

size_t nf_decimal_format(const nf_decimal *decimal, char *text, size_t size)
{
    char small[24], *digits;
    size_t length;
    mpz_t view;

    if (!decimal->is_big) {
        int64_t value = decimal->as.small;
        uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;

        digits = small + sizeof small - 1;
        *digits = '\0';
        do
            *--digits = (char)('0' + rest % 10);
        while (rest /= 10);
        return put_number(digits, value < 0, decimal->scale, text, size);
    }
    mpz_roinit_n(view, decimal->as.big->limbs, abs(decimal->as.big->size));
    digits = nf_alloc(mpz_sizeinbase(view, 10) + 2);
    if (!digits) {
        if (size > 0)
            text[0] = '\0';
        return 0;
    }
    mpz_get_str(digits, 10, view);
    length = put_number(digits, decimal->as.big->size < 0, decimal->scale, text,
                        size);
    nf_free(digits);
    return length;
}

/* ---- floating point, by way of text ------------------------------------- */

double nf_decimal_to_double(const nf_decimal *a)
{
    size_t length = nf_decimal_format(a, NULL, 0);
    char *text = nf_alloc(length + 1), *point;
    double value;

    if (!text)
        return NAN;
    nf_decimal_format(a, text, length + 1);
    point = strchr(text, '.'); /* strtod expects the host's point */
    if (point)
        *point = localeconv()->decimal_point[0];
    value = strtod(text, NULL);
    nf_free(text);
    return value;
}

bool nf_decimal_from_double(nf_decimal *out, double value)
{
    char text[40];
    int precision;
    size_t i;

    *out = (nf_decimal){0};
    if (!isfinite(value))
        return false;
    for (precision = 15; precision <= 17; precision++) {
        snprintf(text, sizeof text, "%.*g", precision, value);
        if (strtod(text, NULL) == value)
            break;
    }
    for (i = 0; text[i]; i++)
        if (!is_digit(text[i]) && !strchr("+-eE", text[i]))
            text[i] = '.';
    return nf_decimal_parse(out, text, strlen(text), true);
}

/* ---- stored form -------------------------------------------------------- */

static void put_bytes(uint8_t *bytes, size_t size, nf_uwide value)
{
    size_t i;

    for (i = size; i-- > 0; value >>= 8)
        bytes[i] = (uint8_t)value;
}

bool nf_decimal_pack(uint8_t *bytes, size_t size, int scale,
                     const nf_decimal *a)
{
    const nf_uwide bias = (nf_uwide)1 << (8 * size - 1);
    nf_decimal shifted;
    size_t count = 0;
    bool fits;
    mpz_t z, big;

    memset(bytes, 0, size);
    if (size > 16 || size < 2 ||
        !nf_decimal_round(&shifted, a, scale, NF_ROUND_HALF_EVEN))
        return false;
    if (!shifted.is_big && scale - shifted.scale < NF_POWERS) {
        nf_wide value =
            (nf_wide)shifted.as.small * nf_power_of_ten[scale - shifted.scale];

        if (nf_decimal_magnitude(value) < bias) {
            put_bytes(bytes, size, (nf_uwide)value + bias);
            return true;
        }
        return false;
    }
    nf_decimal_load(z, &shifted);
    nf_decimal_multiply_power(z, scale - shifted.scale);
    nf_decimal_release(&shifted);
    mpz_init_set_ui(big, 1);
    mpz_mul_2exp(big, big, 8 * size - 1);
    fits = mpz_cmpabs(z, big) < 0;
    mpz_add(z, z, big);
    if (fits) {
        uint8_t raw[16];

        mpz_export(raw, &count, 1, 1, 1, 0, z);
        memcpy(bytes + size - count, raw, count);
    }
    mpz_clear(z);
    mpz_clear(big);
    return fits;
}

bool nf_decimal_unpack(nf_decimal *out, const uint8_t *bytes, size_t size,
                       int scale)
{
    nf_uwide value = 0;
    size_t i;

    *out = (nf_decimal){0};
    if (size > 16 || size < 2 || scale < 0)
        return false;
    for (i = 0; i < size; i++)
        value = value << 8 | bytes[i];
    value -= (nf_uwide)1 << (8 * size - 1); /* wraps into a signed number */
    return nf_decimal_set_wide(out, (nf_wide)value, scale);
}
