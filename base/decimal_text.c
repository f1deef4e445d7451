/* Decimals as text, as floating point, and as stored bytes (expressions S34;
 * domain D124). */
#include "base/decimal_internal.h"
#include "base/memory.h"

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

bool nf_decimal_parse(nf_decimal *out, const char *text, size_t length,
                      bool exponent)
{
    size_t at = 0, start, digits = 0;
    long scale = 0, power = 0;
    int64_t small = 0;
    bool negative = length > 0 && text[0] == '-';
    bool point = false;
    nf_work work;

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
    if (!nf_digits_read(&work, text + start, digits))
        return false;
    work.negative = negative;
    return nf_decimal_set_work(out, &work, scale);
}

/* Moves the digits at the end of `text` to their places around the point. */
static void place_point(char *text, size_t digits, size_t fraction,
                        size_t length)
{
    size_t whole = digits > fraction ? digits - fraction : 0;
    size_t zeros = digits > fraction ? 0 : fraction - digits;
    char *from = text + length - digits;

    if (fraction == 0)
        return;
    memmove(text, from, whole);
    if (whole == 0) {
        *text = '0';
        memset(text + 2, '0', zeros);
        whole = 1;
    }
    text[whole] = '.';
}

size_t nf_decimal_format(const nf_decimal *decimal, char *text, size_t size)
{
    nf_operand x;
    size_t digits, fraction = (size_t)decimal->scale, length;

    nf_operand_of(&x, decimal);
    digits = (size_t)nf_decimal_coefficient_digits(decimal);
    length = x.negative + (fraction >= digits ? fraction + 1 : digits) +
             (fraction > 0);
    if (size <= length) {
        if (size > 0)
            *text = '\0';
        return length;
    }
    text[length] = '\0';
    nf_digits_put(text + length - digits, digits, &x);
    if (x.negative)
        *text = '-';
    place_point(text + x.negative, digits, fraction, length - x.negative);
    return length;
}

/* ---- floating point, by way of text ------------------------------------- */

/* All digits, and the scale as an exponent: without the host's point, and
 * without memory. */
double nf_decimal_to_double(const nf_decimal *a)
{
    char text[NF_DECIMAL_MAX_DIGITS + 32];
    nf_decimal coefficient = *a; /* borrowed */
    size_t length;

    coefficient.scale = 0;
    length = nf_decimal_format(&coefficient, text, sizeof text);
    snprintf(text + length, sizeof text - length, "e-%d", (int)a->scale);
    return strtod(text, NULL);
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

/* |number| * 10^power in 128 bits. */
static bool wide_magnitude(nf_uwide *out, const nf_decimal *number, int power)
{
    nf_operand x;

    nf_operand_of(&x, number);
    if (x.size > 2)
        return false;
    *out = x.size > 1 ? (nf_uwide)x.limbs[1] << 64 : 0;
    *out |= x.size > 0 ? x.limbs[0] : 0;
    for (; power > 0 && *out; power--)
        if (__builtin_mul_overflow(*out, (nf_uwide)10, out))
            return false;
    return true;
}

bool nf_decimal_pack(uint8_t *bytes, size_t size, int scale,
                     const nf_decimal *a)
{
    const nf_uwide bias = (nf_uwide)1 << (8 * size - 1);
    nf_decimal shifted;
    nf_uwide magnitude;
    bool fits, negative;

    memset(bytes, 0, size);
    if (size > 16 || size < 2 ||
        !nf_decimal_round(&shifted, a, scale, NF_ROUND_HALF_EVEN))
        return false;
    negative = nf_decimal_sign(&shifted) < 0;
    fits = wide_magnitude(&magnitude, &shifted, scale - shifted.scale) &&
           magnitude < bias;
    nf_decimal_release(&shifted);
    if (fits)
        put_bytes(bytes, size, negative ? bias - magnitude : bias + magnitude);
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
