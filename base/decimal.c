/* Exact decimals (expressions S34 … S39; domain D12, D124). Coefficients that
 * fit 64 bits never allocate; larger ones are immutable counted blocks of GMP
 * limbs, so that a block can be copied into an arena and shared by threads.
 * Every result is normalized by one of two functions, set_small and set_mpz.
 * GMP itself ends the process when memory is out; the limits on digits keep
 * its requests small. */
#include "base/decimal.h"
#include "base/memory.h"

#include <gmp.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__extension__ typedef __int128 wide;
__extension__ typedef unsigned __int128 uwide;

#define IMMORTAL UINT32_MAX

struct nf_bignum {
    uint32_t references; /* IMMORTAL: not counted */
    int32_t size;        /* limbs; negative for negative numbers, as in GMP */
    mp_limb_t limbs[];
};

enum { POWERS = 19 };
static const int64_t power_of_ten[POWERS] = {1LL,
                                             10LL,
                                             100LL,
                                             1000LL,
                                             10000LL,
                                             100000LL,
                                             1000000LL,
                                             10000000LL,
                                             100000000LL,
                                             1000000000LL,
                                             10000000000LL,
                                             100000000000LL,
                                             1000000000000LL,
                                             10000000000000LL,
                                             100000000000000LL,
                                             1000000000000000LL,
                                             10000000000000000LL,
                                             100000000000000000LL,
                                             1000000000000000000LL};

/* ---- counted numbers ---------------------------------------------------- */

void nf_bignum_retain(nf_bignum *big)
{
    if (big->references != IMMORTAL)
        big->references++;
}

void nf_bignum_release(nf_bignum *big)
{
    if (big && big->references != IMMORTAL && --big->references == 0)
        nf_free(big);
}

void nf_bignum_immortalize(nf_bignum *big)
{
    big->references = IMMORTAL;
}

size_t nf_bignum_bytes(const nf_bignum *big)
{
    return sizeof *big + (size_t)abs(big->size) * sizeof(mp_limb_t);
}

nf_bignum *nf_bignum_place(void *memory, const nf_bignum *big)
{
    nf_bignum *copy = memory;

    memcpy(copy, big, nf_bignum_bytes(big));
    copy->references = IMMORTAL;
    return copy;
}

/* ---- making results ----------------------------------------------------- */

static bool fail(nf_decimal *out)
{
    *out = (nf_decimal){0};
    return false;
}

static bool set_small(nf_decimal *out, int64_t coefficient, int32_t scale)
{
    if (coefficient == 0)
        scale = 0;
    while (scale > 0 && coefficient % 10 == 0) {
        coefficient /= 10;
        scale--;
    }
    out->scale = scale;
    out->is_big = false;
    out->as.small = coefficient;
    return scale <= NF_DECIMAL_MAX_SCALE ? true : fail(out);
}

static int count_digits(const mpz_t z)
{
    size_t digits = mpz_sizeinbase(z, 10);
    mpz_t limit;

    if (mpz_sgn(z) == 0)
        return 1;
    mpz_init(limit); /* sizeinbase may be one too large */
    mpz_ui_pow_ui(limit, 10, digits - 1);
    if (mpz_cmpabs(z, limit) < 0)
        digits--;
    mpz_clear(limit);
    return digits > INT32_MAX ? INT32_MAX : (int)digits;
}

static void strip_zeros(mpz_t z, long *scale)
{
    enum { CHUNK = 16 };
    const unsigned long chunk = 10000000000000000UL;

    if (mpz_sgn(z) == 0) {
        *scale = 0;
        return;
    }
    while (*scale >= CHUNK && mpz_divisible_ui_p(z, chunk)) {
        mpz_divexact_ui(z, z, chunk);
        *scale -= CHUNK;
    }
    while (*scale > 0 && mpz_divisible_ui_p(z, 10)) {
        mpz_divexact_ui(z, z, 10);
        (*scale)--;
    }
}

static void multiply_power(mpz_t z, long power)
{
    mpz_t ten;

    if (power < POWERS) {
        mpz_mul_ui(z, z, (unsigned long)power_of_ten[power]);
        return;
    }
    mpz_init(ten);
    mpz_ui_pow_ui(ten, 10, (unsigned long)power);
    mpz_mul(z, z, ten);
    mpz_clear(ten);
}

/* *out = z / 10^scale, normalized; clears z. */
static bool set_mpz(nf_decimal *out, mpz_t z, long scale)
{
    nf_bignum *big;
    size_t limbs;
    bool fits = true;

    if (scale < 0) {
        fits = -scale <= NF_DECIMAL_MAX_DIGITS;
        if (fits)
            multiply_power(z, -scale);
        scale = 0;
    }
    strip_zeros(z, &scale);
    if (!fits || scale > NF_DECIMAL_MAX_SCALE ||
        mpz_sizeinbase(z, 10) > NF_DECIMAL_MAX_DIGITS + 1) {
        mpz_clear(z);
        return fail(out);
    }
    if (mpz_fits_slong_p(z)) {
        int64_t small = mpz_get_si(z);

        mpz_clear(z);
        return set_small(out, small, (int32_t)scale);
    }
    limbs = mpz_size(z);
    big = nf_alloc(sizeof *big + limbs * sizeof(mp_limb_t));
    if (!big) {
        mpz_clear(z);
        return fail(out);
    }
    big->references = 1;
    big->size = mpz_sgn(z) < 0 ? -(int32_t)limbs : (int32_t)limbs;
    memcpy(big->limbs, mpz_limbs_read(z), limbs * sizeof(mp_limb_t));
    mpz_clear(z);
    out->scale = (int32_t)scale;
    out->is_big = true;
    out->as.big = big;
    return true;
}

/* Fewer zeros at the end, in large steps first: quotients have many. */
static uwide strip_wide(uwide value, long *scale)
{
    for (int step = 16; value && step > 0; step /= 2)
        while (*scale >= step) {
            uint64_t unit = (uint64_t)power_of_ten[step];

            if (value <= UINT64_MAX ? (uint64_t)value % unit != 0
                                    : value % unit != 0)
                break;
            value = value <= UINT64_MAX ? (uint64_t)value / unit : value / unit;
            *scale -= step;
        }
    return value;
}

static bool set_wide(nf_decimal *out, wide value, long scale)
{
    bool negative = value < 0;
    uwide rest = strip_wide(negative ? -(uwide)value : (uwide)value, &scale);
    mpz_t z;

    if (rest <= (uwide)INT64_MAX && scale >= 0 && scale <= INT32_MAX) {
        int64_t small = (int64_t)rest;

        return set_small(out, negative ? -small : small, (int32_t)scale);
    }
    mpz_init_set_ui(z, (unsigned long)(rest >> 64));
    mpz_mul_2exp(z, z, 64);
    mpz_add_ui(z, z, (unsigned long)rest);
    if (negative)
        mpz_neg(z, z);
    return set_mpz(out, z, scale);
}

/* Initializes z with the coefficient. */
static void load(mpz_t z, const nf_decimal *decimal)
{
    mpz_t view;

    if (!decimal->is_big) {
        mpz_init_set_si(z, decimal->as.small);
        return;
    }
    mpz_init_set(
        z, mpz_roinit_n(view, decimal->as.big->limbs, decimal->as.big->size));
}

nf_decimal nf_decimal_from_int(int64_t value)
{
    return (nf_decimal){.as.small = value};
}

void nf_decimal_release(nf_decimal *decimal)
{
    if (decimal->is_big)
        nf_bignum_release(decimal->as.big);
    *decimal = (nf_decimal){0};
}

nf_decimal nf_decimal_copy(const nf_decimal *decimal)
{
    if (decimal->is_big)
        nf_bignum_retain(decimal->as.big);
    return *decimal;
}

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
        return fail(out);
    for (i = start; i < end; i++)
        if (text[i] != '.')
            digits[count++] = text[i];
    digits[count] = '\0';
    mpz_init_set_str(z, digits, 10);
    nf_free(digits);
    if (negative)
        mpz_neg(z, z);
    return set_mpz(out, z, scale);
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
        if (digits++ < POWERS - 1)
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
    if (digits <= POWERS - 1 && scale >= 0 && scale <= NF_DECIMAL_MAX_SCALE)
        return set_small(out, negative ? -small : small, (int32_t)scale);
    if (digits <= POWERS - 1 && small == 0)
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

        snprintf(small, sizeof small, "%llu", (unsigned long long)rest);
        return put_number(small, value < 0, decimal->scale, text, size);
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

/* ---- arithmetic --------------------------------------------------------- */

/* Brings two small coefficients to the larger scale; false on overflow. */
static bool align_small(int64_t *x, int64_t *y, int32_t *scale,
                        const nf_decimal *a, const nf_decimal *b)
{
    int32_t difference;

    if (a->is_big || b->is_big)
        return false;
    *x = a->as.small;
    *y = b->as.small;
    *scale = a->scale > b->scale ? a->scale : b->scale;
    difference = a->scale - b->scale;
    if (difference == 0)
        return true;
    if (difference >= POWERS || difference <= -POWERS)
        return false;
    return difference > 0
               ? !__builtin_mul_overflow(*y, power_of_ten[difference], y)
               : !__builtin_mul_overflow(*x, power_of_ten[-difference], x);
}

static long align(mpz_t x, mpz_t y, const nf_decimal *a, const nf_decimal *b)
{
    load(x, a);
    load(y, b);
    if (a->scale < b->scale)
        multiply_power(x, b->scale - a->scale);
    if (b->scale < a->scale)
        multiply_power(y, a->scale - b->scale);
    return a->scale > b->scale ? a->scale : b->scale;
}

bool nf_decimal_add(nf_decimal *out, const nf_decimal *a, const nf_decimal *b)
{
    int64_t x, y, sum;
    int32_t scale;
    long common;
    mpz_t p, q;

    if (align_small(&x, &y, &scale, a, b) &&
        !__builtin_add_overflow(x, y, &sum))
        return set_small(out, sum, scale);
    common = align(p, q, a, b);
    mpz_add(p, p, q);
    mpz_clear(q);
    return set_mpz(out, p, common);
}

bool nf_decimal_subtract(nf_decimal *out, const nf_decimal *a,
                         const nf_decimal *b)
{
    int64_t x, y, difference;
    int32_t scale;
    long common;
    mpz_t p, q;

    if (align_small(&x, &y, &scale, a, b) &&
        !__builtin_sub_overflow(x, y, &difference))
        return set_small(out, difference, scale);
    common = align(p, q, a, b);
    mpz_sub(p, p, q);
    mpz_clear(q);
    return set_mpz(out, p, common);
}

bool nf_decimal_multiply(nf_decimal *out, const nf_decimal *a,
                         const nf_decimal *b)
{
    int64_t product;
    mpz_t p, q;

    if (!a->is_big && !b->is_big) {
        if (!__builtin_mul_overflow(a->as.small, b->as.small, &product))
            return set_small(out, product, a->scale + b->scale);
        return set_wide(out, (wide)a->as.small * b->as.small,
                        (long)a->scale + b->scale);
    }
    load(p, a);
    load(q, b);
    mpz_mul(p, p, q);
    mpz_clear(q);
    return set_mpz(out, p, (long)a->scale + b->scale);
}

/* How a truncated quotient changes: -1, 0 or 1. `half` is the sign of
 * 2*|remainder| - |divisor|; `sign` that of the exact quotient. */
static int rounding_step(nf_rounding rounding, int sign, int half, bool exact,
                         bool odd)
{
    if (exact)
        return 0;
    switch (rounding) {
    case NF_ROUND_HALF_UP:
        return half >= 0 ? sign : 0;
    case NF_ROUND_HALF_EVEN:
        return half > 0 || (half == 0 && odd) ? sign : 0;
    case NF_ROUND_FLOOR:
        return sign < 0 ? -1 : 0;
    case NF_ROUND_CEILING:
        return sign > 0 ? 1 : 0;
    case NF_ROUND_DOWN:
        break;
    }
    return 0;
}

/* n = round(n / d); clears d. */
static void divide_rounded(mpz_t n, mpz_t d, nf_rounding rounding)
{
    int sign = mpz_sgn(n) * mpz_sgn(d), step, half;
    mpz_t r;

    mpz_init(r);
    mpz_tdiv_qr(n, r, n, d);
    mpz_mul_2exp(r, r, 1);
    half = mpz_cmpabs(r, d);
    step =
        rounding_step(rounding, sign, half, mpz_sgn(r) == 0, mpz_odd_p(n) != 0);
    if (step > 0)
        mpz_add_ui(n, n, 1);
    else if (step < 0)
        mpz_sub_ui(n, n, 1);
    mpz_clear(r);
    mpz_clear(d);
}

static uwide magnitude(wide value)
{
    return value < 0 ? -(uwide)value : (uwide)value;
}

/* Both small and the widened numerator within 128 bits. */
static bool divide_small(nf_decimal *out, const nf_decimal *a,
                         const nf_decimal *b, int scale, long power,
                         nf_rounding rounding, bool *done)
{
    wide n = a->as.small, d = b->as.small, q, r;
    int half, sign;

    *done = false;
    if (power < 0 || power > 2 * (POWERS - 1) || scale < 0)
        return false;
    for (; power >= POWERS; power -= POWERS - 1)
        if (__builtin_mul_overflow(n, (wide)power_of_ten[POWERS - 1], &n))
            return false;
    if (__builtin_mul_overflow(n, (wide)power_of_ten[power], &n))
        return false;
    *done = true;
    q = n / d;
    r = n % d;
    sign = (n < 0) == (d < 0) ? 1 : -1;
    half = magnitude(r) * 2 > magnitude(d)    ? 1
           : magnitude(r) * 2 == magnitude(d) ? 0
                                              : -1;
    q += rounding_step(rounding, sign, half, r == 0, q % 2 != 0);
    return set_wide(out, q, scale);
}

bool nf_decimal_divide(nf_decimal *out, const nf_decimal *a,
                       const nf_decimal *b, int scale, nf_rounding rounding)
{
    long power = (long)scale + b->scale - a->scale;
    mpz_t n, d;

    *out = (nf_decimal){0};
    if (nf_decimal_sign(b) == 0 || power > 4L * NF_DECIMAL_MAX_DIGITS ||
        power < -4L * NF_DECIMAL_MAX_DIGITS)
        return false;
    if (!a->is_big && !b->is_big) {
        bool done, ok;

        ok = divide_small(out, a, b, scale, power, rounding, &done);
        if (done)
            return ok;
    }
    load(n, a);
    load(d, b);
    if (power >= 0)
        multiply_power(n, power);
    else
        multiply_power(d, -power);
    divide_rounded(n, d, rounding);
    return set_mpz(out, n, scale);
}

static int coefficient_digits(const nf_decimal *a)
{
    int digits;
    mpz_t z;

    if (!a->is_big) {
        uint64_t rest =
            a->as.small < 0 ? -(uint64_t)a->as.small : (uint64_t)a->as.small;

        for (digits = 1; rest >= 10; digits++)
            rest /= 10;
        return digits;
    }
    load(z, a);
    digits = count_digits(z);
    mpz_clear(z);
    return digits;
}

int nf_decimal_exponent(const nf_decimal *a)
{
    return coefficient_digits(a) - 1 - a->scale;
}

bool nf_decimal_divide_significant(nf_decimal *out, const nf_decimal *a,
                                   const nf_decimal *b, int digits,
                                   nf_rounding rounding)
{
    int exponent;
    nf_decimal first;

    *out = (nf_decimal){0};
    if (nf_decimal_sign(a) == 0)
        return nf_decimal_sign(b) != 0;
    /* The quotient's leading digit stands at this power of ten or, if a's
     * digits are smaller than b's, one below. */
    exponent = nf_decimal_exponent(a) - nf_decimal_exponent(b);
    if (!nf_decimal_divide(&first, a, b, digits - exponent, NF_ROUND_DOWN))
        return false;
    exponent = nf_decimal_exponent(&first);
    nf_decimal_release(&first);
    return nf_decimal_divide(out, a, b, digits - 1 - exponent, rounding);
}

bool nf_decimal_remainder(nf_decimal *out, const nf_decimal *a,
                          const nf_decimal *b)
{
    int64_t x, y;
    int32_t scale;
    long common;
    mpz_t p, q;

    *out = (nf_decimal){0};
    if (nf_decimal_sign(b) == 0)
        return false;
    if (align_small(&x, &y, &scale, a, b))
        return set_small(out, y == -1 ? 0 : x % y, scale);
    common = align(p, q, a, b);
    mpz_tdiv_r(p, p, q);
    mpz_clear(q);
    return set_mpz(out, p, common);
}

bool nf_decimal_negate(nf_decimal *out, const nf_decimal *a)
{
    mpz_t z;

    if (!a->is_big && a->as.small != INT64_MIN)
        return set_small(out, -a->as.small, a->scale);
    load(z, a);
    mpz_neg(z, z);
    return set_mpz(out, z, a->scale);
}

/* The same for a small coefficient that loses `digits` digits (1 … 18). */
static bool round_small(nf_decimal *out, const nf_decimal *a, int digits,
                        nf_rounding rounding)
{
    int64_t unit = power_of_ten[digits], number = a->as.small;
    int64_t quotient = number / unit, rest = number % unit;
    int64_t twice = rest < 0 ? -2 * rest : 2 * rest;

    quotient += rounding_step(rounding, number < 0 ? -1 : 1,
                              (twice > unit) - (twice < unit), rest == 0,
                              quotient % 2 != 0);
    return set_small(out, quotient, a->scale - digits);
}

bool nf_decimal_round(nf_decimal *out, const nf_decimal *a, int scale,
                      nf_rounding rounding)
{
    nf_decimal one = nf_decimal_from_int(1);
    int sign;

    if (a->scale <= scale) {
        *out = nf_decimal_copy(a);
        return true;
    }
    if (!a->is_big && scale >= 0 && a->scale - scale < POWERS)
        return round_small(out, a, a->scale - scale, rounding);
    sign = nf_decimal_sign(a);
    /* Far beyond the leading digit: nothing but an outward step remains. */
    if (scale < -NF_DECIMAL_MAX_DIGITS &&
        rounding_step(rounding, sign, -1, sign == 0, false) == 0) {
        *out = (nf_decimal){0};
        return true;
    }
    return nf_decimal_divide(out, a, &one, scale, rounding);
}

bool nf_decimal_power(nf_decimal *out, const nf_decimal *base, int64_t exponent,
                      int scale, nf_rounding rounding)
{
    uint64_t n = exponent < 0 ? -(uint64_t)exponent : (uint64_t)exponent;
    int digits = coefficient_digits(base);
    nf_decimal one = nf_decimal_from_int(1), power;
    bool unit = !base->is_big && base->scale == 0 && base->as.small >= -1 &&
                base->as.small <= 1;
    bool ok;
    mpz_t z;

    *out = (nf_decimal){0};
    if (unit)
        n = n == 0 ? 0 : 2 - n % 2;
    if (n > NF_DECIMAL_MAX_DIGITS * 4 ||
        (int64_t)n * (digits - 1) > NF_DECIMAL_MAX_DIGITS ||
        (int64_t)n * base->scale > NF_DECIMAL_MAX_SCALE)
        return false;
    load(z, base);
    mpz_pow_ui(z, z, (unsigned long)n);
    if (!set_mpz(&power, z, (long)(base->scale * (int64_t)n)))
        return false;
    if (exponent >= 0) {
        *out = power;
        return true;
    }
    ok = nf_decimal_sign(&power) != 0 &&
         nf_decimal_divide(out, &one, &power, scale, rounding);
    nf_decimal_release(&power);
    return ok;
}

bool nf_decimal_sqrt(nf_decimal *out, const nf_decimal *a, int scale,
                     nf_rounding rounding)
{
    long inner = (a->scale + 1) / 2;
    nf_decimal root;
    bool inexact, ok;
    mpz_t z, rest;

    *out = (nf_decimal){0};
    if (nf_decimal_sign(a) < 0 || scale > NF_DECIMAL_MAX_SCALE)
        return false;
    if (inner < scale)
        inner = scale;
    inner++;
    load(z, a);
    multiply_power(z, 2 * inner - a->scale);
    mpz_init(rest);
    mpz_sqrtrem(z, rest, z);
    inexact = mpz_sgn(rest) != 0;
    mpz_clear(rest);
    /* One sticky digit stands for everything behind the truncated root. */
    mpz_mul_ui(z, z, 10);
    if (inexact)
        mpz_add_ui(z, z, 1);
    if (!set_mpz(&root, z, inner + 1))
        return false;
    ok = nf_decimal_round(out, &root, scale, rounding);
    nf_decimal_release(&root);
    return ok;
}

/* ---- comparison and conversion ------------------------------------------ */

int nf_decimal_compare(const nf_decimal *a, const nf_decimal *b)
{
    int64_t x, y;
    int32_t scale;
    int order;
    mpz_t p, q;

    if (align_small(&x, &y, &scale, a, b))
        return (x > y) - (x < y);
    align(p, q, a, b);
    order = mpz_cmp(p, q);
    mpz_clear(p);
    mpz_clear(q);
    return (order > 0) - (order < 0);
}

int nf_decimal_sign(const nf_decimal *a)
{
    if (a->is_big)
        return a->as.big->size < 0 ? -1 : 1;
    return (a->as.small > 0) - (a->as.small < 0);
}

bool nf_decimal_is_whole(const nf_decimal *a)
{
    return a->scale == 0; /* normalized */
}

bool nf_decimal_to_int(int64_t *out, const nf_decimal *a)
{
    *out = 0;
    if (a->is_big || a->scale != 0)
        return false;
    *out = a->as.small;
    return true;
}

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

void nf_decimal_digits(const nf_decimal *a, int *integer, int *fraction)
{
    int digits = coefficient_digits(a) - a->scale;

    *integer = digits < 1 ? 1 : digits;
    *fraction = a->scale;
}

/* ---- stored form -------------------------------------------------------- */

static void put_bytes(uint8_t *bytes, size_t size, uwide value)
{
    size_t i;

    for (i = size; i-- > 0; value >>= 8)
        bytes[i] = (uint8_t)value;
}

bool nf_decimal_pack(uint8_t *bytes, size_t size, int scale,
                     const nf_decimal *a)
{
    const uwide bias = (uwide)1 << (8 * size - 1);
    nf_decimal shifted;
    size_t count = 0;
    bool fits;
    mpz_t z, big;

    memset(bytes, 0, size);
    if (size > 16 || size < 2 ||
        !nf_decimal_round(&shifted, a, scale, NF_ROUND_HALF_EVEN))
        return false;
    if (!shifted.is_big && scale - shifted.scale < POWERS) {
        wide value =
            (wide)shifted.as.small * power_of_ten[scale - shifted.scale];

        if (magnitude(value) < bias) {
            put_bytes(bytes, size, (uwide)value + bias);
            return true;
        }
        return false;
    }
    load(z, &shifted);
    multiply_power(z, scale - shifted.scale);
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
    uwide value = 0;
    size_t i;

    *out = (nf_decimal){0};
    if (size > 16 || size < 2 || scale < 0)
        return false;
    for (i = 0; i < size; i++)
        value = value << 8 | bytes[i];
    value -= (uwide)1 << (8 * size - 1); /* wraps into a signed number */
    return set_wide(out, (wide)value, scale);
}
