/* Exact decimals (expressions S34 … S39; domain D12): arithmetic, comparison
 * and conversion. */
#include "base/decimal_internal.h"

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
    if (difference >= NF_POWERS || difference <= -NF_POWERS)
        return false;
    return difference > 0
               ? !__builtin_mul_overflow(*y, nf_power_of_ten[difference], y)
               : !__builtin_mul_overflow(*x, nf_power_of_ten[-difference], x);
}

static long align(mpz_t x, mpz_t y, const nf_decimal *a, const nf_decimal *b)
{
    nf_decimal_load(x, a);
    nf_decimal_load(y, b);
    if (a->scale < b->scale)
        nf_decimal_multiply_power(x, b->scale - a->scale);
    if (b->scale < a->scale)
        nf_decimal_multiply_power(y, a->scale - b->scale);
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
        return nf_decimal_set_small(out, sum, scale);
    common = align(p, q, a, b);
    mpz_add(p, p, q);
    mpz_clear(q);
    return nf_decimal_set_mpz(out, p, common);
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
        return nf_decimal_set_small(out, difference, scale);
    common = align(p, q, a, b);
    mpz_sub(p, p, q);
    mpz_clear(q);
    return nf_decimal_set_mpz(out, p, common);
}

bool nf_decimal_multiply(nf_decimal *out, const nf_decimal *a,
                         const nf_decimal *b)
{
    int64_t product;
    mpz_t p, q;

    if (!a->is_big && !b->is_big) {
        if (!__builtin_mul_overflow(a->as.small, b->as.small, &product))
            return nf_decimal_set_small(out, product, a->scale + b->scale);
        return nf_decimal_set_wide(out, (nf_wide)a->as.small * b->as.small,
                                   (long)a->scale + b->scale);
    }
    nf_decimal_load(p, a);
    nf_decimal_load(q, b);
    mpz_mul(p, p, q);
    mpz_clear(q);
    return nf_decimal_set_mpz(out, p, (long)a->scale + b->scale);
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

/* Both small and the widened numerator within 128 bits. */
static bool divide_small(nf_decimal *out, const nf_decimal *a,
                         const nf_decimal *b, int scale, long power,
                         nf_rounding rounding, bool *done)
{
    nf_wide n = a->as.small, d = b->as.small, q, r;
    int half, sign;

    *done = false;
    if (power < 0 || power > 2 * (NF_POWERS - 1) || scale < 0)
        return false;
    for (; power >= NF_POWERS; power -= NF_POWERS - 1)
        if (__builtin_mul_overflow(n, (nf_wide)nf_power_of_ten[NF_POWERS - 1],
                                   &n))
            return false;
    if (__builtin_mul_overflow(n, (nf_wide)nf_power_of_ten[power], &n))
        return false;
    *done = true;
    q = n / d;
    r = n % d;
    sign = (n < 0) == (d < 0) ? 1 : -1;
    half = nf_decimal_magnitude(r) * 2 > nf_decimal_magnitude(d)    ? 1
           : nf_decimal_magnitude(r) * 2 == nf_decimal_magnitude(d) ? 0
                                                                    : -1;
    q += rounding_step(rounding, sign, half, r == 0, q % 2 != 0);
    return nf_decimal_set_wide(out, q, scale);
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
    nf_decimal_load(n, a);
    nf_decimal_load(d, b);
    if (power >= 0)
        nf_decimal_multiply_power(n, power);
    else
        nf_decimal_multiply_power(d, -power);
    divide_rounded(n, d, rounding);
    return nf_decimal_set_mpz(out, n, scale);
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
    nf_decimal_load(z, a);
    digits = nf_decimal_count_digits(z);
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
        return nf_decimal_set_small(out, y == -1 ? 0 : x % y, scale);
    common = align(p, q, a, b);
    mpz_tdiv_r(p, p, q);
    mpz_clear(q);
    return nf_decimal_set_mpz(out, p, common);
}

bool nf_decimal_negate(nf_decimal *out, const nf_decimal *a)
{
    mpz_t z;

    if (!a->is_big && a->as.small != INT64_MIN)
        return nf_decimal_set_small(out, -a->as.small, a->scale);
    nf_decimal_load(z, a);
    mpz_neg(z, z);
    return nf_decimal_set_mpz(out, z, a->scale);
}

/* The same for a small coefficient that loses `digits` digits (1 … 18). */
static bool round_small(nf_decimal *out, const nf_decimal *a, int digits,
                        nf_rounding rounding)
{
    int64_t unit = nf_power_of_ten[digits], number = a->as.small;
    int64_t quotient = number / unit, rest = number % unit;
    int64_t twice = rest < 0 ? -2 * rest : 2 * rest;

    quotient += rounding_step(rounding, number < 0 ? -1 : 1,
                              (twice > unit) - (twice < unit), rest == 0,
                              quotient % 2 != 0);
    return nf_decimal_set_small(out, quotient, a->scale - digits);
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
    if (!a->is_big && scale >= 0 && a->scale - scale < NF_POWERS)
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
    nf_decimal_load(z, base);
    mpz_pow_ui(z, z, (unsigned long)n);
    if (!nf_decimal_set_mpz(&power, z, (long)(base->scale * (int64_t)n)))
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
    nf_decimal_load(z, a);
    nf_decimal_multiply_power(z, 2 * inner - a->scale);
    mpz_init(rest);
    mpz_sqrtrem(z, rest, z);
    inexact = mpz_sgn(rest) != 0;
    mpz_clear(rest);
    /* One sticky digit stands for everything behind the truncated root. */
    mpz_mul_ui(z, z, 10);
    if (inexact)
        mpz_add_ui(z, z, 1);
    if (!nf_decimal_set_mpz(&root, z, inner + 1))
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

void nf_decimal_digits(const nf_decimal *a, int *integer, int *fraction)
{
    int digits = coefficient_digits(a) - a->scale;

    *integer = digits < 1 ? 1 : digits;
    *fraction = a->scale;
}
