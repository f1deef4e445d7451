/* Exact decimals (expressions S34 … S39; domain D12): arithmetic, comparison
 * and conversion. */
#include "base/decimal_internal.h"

#include <stdlib.h>

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

/* Two coefficients for one scale: those of the numbers, one of them scaled in
 * memory of its own. */
typedef struct pair {
    nf_operand a, b;
    nf_work scaled;
    long scale;
} pair;

static bool align(pair *out, const nf_decimal *a, const nf_decimal *b)
{
    nf_operand *less = a->scale < b->scale ? &out->a : &out->b;
    bool negative;

    nf_operand_of(&out->a, a);
    nf_operand_of(&out->b, b);
    out->scale = a->scale > b->scale ? a->scale : b->scale;
    out->scaled.limbs = NULL;
    if (a->scale == b->scale)
        return true;
    negative = less->negative;
    if (!nf_work_scale(&out->scaled, less, labs((long)a->scale - b->scale)))
        return false;
    nf_operand_work(less, &out->scaled);
    less->negative = negative;
    return true;
}

static bool add_magnitudes(nf_work *out, const nf_operand *x,
                           const nf_operand *y)
{
    const nf_operand *more = x->size < y->size ? y : x;
    const nf_operand *less = x->size < y->size ? x : y;

    if (!nf_work_open(out, more->size + 1))
        return false;
    if (less->size > 0)
        out->limbs[more->size] = mpn_add(out->limbs, more->limbs, more->size,
                                         less->limbs, less->size);
    else
        mpn_copyi(out->limbs, more->limbs, more->size);
    nf_work_trim(out, more->size + (less->size > 0));
    out->negative = x->negative;
    return true;
}

static bool subtract_magnitudes(nf_work *out, const nf_operand *x,
                                const nf_operand *y)
{
    bool swap = nf_operand_compare(x, y) < 0;
    const nf_operand *more = swap ? y : x, *less = swap ? x : y;

    if (!nf_work_open(out, more->size))
        return false;
    if (less->size > 0)
        mpn_sub(out->limbs, more->limbs, more->size, less->limbs, less->size);
    else
        mpn_copyi(out->limbs, more->limbs, more->size);
    nf_work_trim(out, more->size);
    out->negative = more->negative;
    return true;
}

/* a + b, or a - b. */
static bool add_large(nf_decimal *out, const nf_decimal *a, const nf_decimal *b,
                      bool subtract)
{
    pair of;
    nf_work sum;
    bool ok = align(&of, a, b);

    if (ok) {
        of.b.negative = of.b.negative != subtract;
        ok = of.a.negative == of.b.negative
                 ? add_magnitudes(&sum, &of.a, &of.b)
                 : subtract_magnitudes(&sum, &of.a, &of.b);
    }
    nf_work_close(&of.scaled);
    return ok ? nf_decimal_set_work(out, &sum, of.scale) : nf_decimal_fail(out);
}

bool nf_decimal_add(nf_decimal *out, const nf_decimal *a, const nf_decimal *b)
{
    int64_t x, y, sum;
    int32_t scale;

    if (align_small(&x, &y, &scale, a, b) &&
        !__builtin_add_overflow(x, y, &sum))
        return nf_decimal_set_small(out, sum, scale);
    return add_large(out, a, b, false);
}

bool nf_decimal_subtract(nf_decimal *out, const nf_decimal *a,
                         const nf_decimal *b)
{
    int64_t x, y, difference;
    int32_t scale;

    if (align_small(&x, &y, &scale, a, b) &&
        !__builtin_sub_overflow(x, y, &difference))
        return nf_decimal_set_small(out, difference, scale);
    return add_large(out, a, b, true);
}

bool nf_decimal_multiply(nf_decimal *out, const nf_decimal *a,
                         const nf_decimal *b)
{
    int64_t product;
    nf_operand x, y;
    nf_work work;

    if (!a->is_big && !b->is_big) {
        if (!__builtin_mul_overflow(a->as.small, b->as.small, &product))
            return nf_decimal_set_small(out, product, a->scale + b->scale);
        return nf_decimal_set_wide(out, (nf_wide)a->as.small * b->as.small,
                                   (long)a->scale + b->scale);
    }
    nf_operand_of(&x, a);
    nf_operand_of(&y, b);
    return nf_work_multiply(&work, &x, &y)
               ? nf_decimal_set_work(out, &work, (long)a->scale + b->scale)
               : nf_decimal_fail(out);
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

/* *out = round(n / d). */
static bool divide_rounded(nf_work *out, const nf_operand *n,
                           const nf_operand *d, nf_rounding rounding)
{
    int sign = n->negative != d->negative ? -1 : 1, half;
    nf_operand twice;
    nf_work rest;
    bool exact;

    if (!nf_work_divide(out, &rest, n, d))
        return false;
    exact = rest.size == 0;
    if (!exact) {
        rest.limbs[rest.size] =
            mpn_lshift(rest.limbs, rest.limbs, rest.size, 1);
        nf_work_trim(&rest, rest.size + 1);
    }
    nf_operand_work(&twice, &rest);
    half = nf_operand_compare(&twice, d);
    nf_work_close(&rest);
    /* A step is always away from zero. */
    if (rounding_step(rounding, sign, half, exact,
                      out->size > 0 && out->limbs[0] & 1)) {
        out->limbs[out->size] =
            out->size ? mpn_add_1(out->limbs, out->limbs, out->size, 1) : 1;
        nf_work_trim(out, out->size + 1);
    }
    return true;
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

int nf_decimal_coefficient_digits(const nf_decimal *a)
{
    nf_operand x;
    int digits;
    uint64_t rest;

    nf_operand_of(&x, a);
    if (a->is_big)
        return nf_count_digits(&x);
    rest = x.one;
    for (digits = 1; rest >= 10; digits++)
        rest /= 10;
    return digits;
}

/* The numerator and the denominator of a quotient with `power` more digits
 * behind the point than the numbers have. */
static bool divide_large(nf_decimal *out, const nf_decimal *a,
                         const nf_decimal *b, int scale, long power,
                         nf_rounding rounding)
{
    nf_operand n, d;
    nf_work scaled, quotient;
    bool negative, ok;

    nf_operand_of(&n, a);
    nf_operand_of(&d, b);
    negative = power < 0 ? d.negative : n.negative;
    if (!nf_work_scale(&scaled, power < 0 ? &d : &n, labs(power)))
        return nf_decimal_fail(out);
    nf_operand_work(power < 0 ? &d : &n, &scaled);
    (power < 0 ? &d : &n)->negative = negative;
    ok = divide_rounded(&quotient, &n, &d, rounding);
    nf_work_close(&scaled);
    return ok ? nf_decimal_set_work(out, &quotient, scale)
              : nf_decimal_fail(out);
}

/* A quotient of less than a tenth of a unit: nothing but a step remains. */
static bool divide_tiny(nf_decimal *out, int sign, int scale,
                        nf_rounding rounding)
{
    return nf_decimal_set_wide(
        out, rounding_step(rounding, sign, -1, false, false), scale);
}

/* The digits of a coefficient, and perhaps one more. */
static long about_digits(const nf_decimal *a)
{
    nf_operand x;

    nf_operand_of(&x, a);
    return (long)mpn_sizeinbase(x.limbs, x.size, 10);
}

bool nf_decimal_divide(nf_decimal *out, const nf_decimal *a,
                       const nf_decimal *b, int scale, nf_rounding rounding)
{
    long power = (long)scale + b->scale - a->scale, digits;
    int sign = nf_decimal_sign(a) * nf_decimal_sign(b);

    *out = (nf_decimal){0};
    if (nf_decimal_sign(b) == 0)
        return false;
    if (sign == 0)
        return true;
    if (!a->is_big && !b->is_big) {
        bool done, ok;

        ok = divide_small(out, a, b, scale, power, rounding, &done);
        if (done)
            return ok;
    }
    /* Those of the quotient, and up to two more than it has. */
    digits = about_digits(a) - about_digits(b) + power + 2;
    if (digits > NF_DECIMAL_MAX_DIGITS + NF_DECIMAL_MAX_SCALE)
        return false;
    return digits < 0 ? divide_tiny(out, sign, scale, rounding)
                      : divide_large(out, a, b, scale, power, rounding);
}

int nf_decimal_exponent(const nf_decimal *a)
{
    return nf_decimal_coefficient_digits(a) - 1 - a->scale;
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
    nf_work quotient, rest;
    pair of;
    bool ok;

    *out = (nf_decimal){0};
    if (nf_decimal_sign(b) == 0)
        return false;
    if (align_small(&x, &y, &scale, a, b))
        return nf_decimal_set_small(out, y == -1 ? 0 : x % y, scale);
    ok = align(&of, a, b) && nf_work_divide(&quotient, &rest, &of.a, &of.b);
    nf_work_close(&of.scaled);
    if (!ok)
        return false;
    nf_work_close(&quotient);
    return nf_decimal_set_work(out, &rest, of.scale);
}

bool nf_decimal_negate(nf_decimal *out, const nf_decimal *a)
{
    nf_operand x;
    nf_work work;

    if (!a->is_big && a->as.small != INT64_MIN)
        return nf_decimal_set_small(out, -a->as.small, a->scale);
    nf_operand_of(&x, a);
    if (!nf_work_scale(&work, &x, 0))
        return nf_decimal_fail(out);
    work.negative = !x.negative;
    return nf_decimal_set_work(out, &work, a->scale);
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

/* Whether a power may have no more digits than there may be: a lower bound of
 * its bits against an upper bound of those. */
static bool may_fit(const nf_decimal *base, uint64_t n)
{
    const uint64_t most = (NF_DECIMAL_MAX_DIGITS + 2) * UINT64_C(3322) / 1000;
    nf_operand x;

    nf_operand_of(&x, base);
    return n <= NF_DECIMAL_MAX_DIGITS * UINT64_C(4) &&
           n * (uint64_t)base->scale <= NF_DECIMAL_MAX_SCALE &&
           (x.size == 0 ||
            n * (mpn_sizeinbase(x.limbs, x.size, 2) - 1) <= most);
}

bool nf_decimal_power(nf_decimal *out, const nf_decimal *base, int64_t exponent,
                      int scale, nf_rounding rounding)
{
    uint64_t n = exponent < 0 ? -(uint64_t)exponent : (uint64_t)exponent;
    nf_decimal one = nf_decimal_from_int(1), power;
    bool unit = !base->is_big && base->scale == 0 && base->as.small >= -1 &&
                base->as.small <= 1;
    bool ok;
    nf_operand x;
    nf_work work;

    *out = (nf_decimal){0};
    if (unit)
        n = n == 0 ? 0 : 2 - n % 2;
    nf_operand_of(&x, base);
    if (!may_fit(base, n) || !nf_work_power(&work, &x, (unsigned long)n) ||
        !nf_decimal_set_work(&power, &work, (long)(base->scale * (int64_t)n)))
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

/* The root of a * 10^power with one sticky digit, which stands for everything
 * behind the truncated root. */
static bool sticky_root(nf_decimal *out, const nf_decimal *a, long power,
                        long scale)
{
    nf_operand x;
    nf_work scaled, root, sticky;
    bool exact, ok;

    nf_operand_of(&x, a);
    if (!nf_work_scale(&scaled, &x, power))
        return nf_decimal_fail(out);
    nf_operand_work(&x, &scaled);
    ok = nf_work_root(&root, &exact, &x);
    nf_work_close(&scaled);
    if (!ok)
        return nf_decimal_fail(out);
    nf_operand_work(&x, &root);
    ok = nf_work_scale(&sticky, &x, 1);
    nf_work_close(&root);
    if (ok && !exact) /* no carry: the last digit is 0 */
        mpn_add_1(sticky.limbs, sticky.limbs, sticky.size, 1);
    return ok ? nf_decimal_set_work(out, &sticky, scale) : nf_decimal_fail(out);
}

bool nf_decimal_sqrt(nf_decimal *out, const nf_decimal *a, int scale,
                     nf_rounding rounding)
{
    long inner = (a->scale + 1) / 2;
    nf_decimal root;
    bool ok;

    *out = (nf_decimal){0};
    if (nf_decimal_sign(a) < 0 || scale > NF_DECIMAL_MAX_SCALE)
        return false;
    if (inner < scale)
        inner = scale;
    inner++;
    if (!sticky_root(&root, a, 2 * inner - a->scale, inner + 1))
        return false;
    ok = nf_decimal_round(out, &root, scale, rounding);
    nf_decimal_release(&root);
    return ok;
}

/* ---- comparison and conversion ------------------------------------------ */

/* |x| * 10^power - |y| as a sign, without any memory: bits decide, or the
 * product has hardly more limbs than y. A digit has between 3.321 and 3.322
 * bits. */
static int compare_scaled(const nf_operand *x, long power, const nf_operand *y)
{
    mp_limb_t limbs[NF_BIG_LIMBS];
    nf_operand product = {.limbs = limbs, .size = x->size};
    long have = (long)mpn_sizeinbase(x->limbs, x->size, 2);
    long need = (long)mpn_sizeinbase(y->limbs, y->size, 2);

    if (have - 1 + power * 3321 / 1000 >= need)
        return 1;
    if (have + power * 3322 / 1000 + 1 < need)
        return -1;
    mpn_copyi(limbs, x->limbs, x->size);
    while (power > 0 && product.size <= y->size) {
        long step = power < NF_LIMB_DIGITS ? power : NF_LIMB_DIGITS;
        mp_limb_t carry = mpn_mul_1(limbs, limbs, product.size,
                                    step == NF_LIMB_DIGITS
                                        ? NF_LIMB_POWER
                                        : (mp_limb_t)nf_power_of_ten[step]);

        if (carry)
            limbs[product.size++] = carry;
        power -= step;
    }
    return nf_operand_compare(&product, y);
}

int nf_decimal_compare(const nf_decimal *a, const nf_decimal *b)
{
    int64_t x, y;
    int32_t scale;
    int sign = nf_decimal_sign(a), other = nf_decimal_sign(b), order;
    nf_operand p, q;

    if (align_small(&x, &y, &scale, a, b))
        return (x > y) - (x < y);
    if (sign != other || sign == 0)
        return (sign > other) - (sign < other);
    nf_operand_of(&p, a);
    nf_operand_of(&q, b);
    order = a->scale < b->scale
                ? compare_scaled(&p, (long)b->scale - a->scale, &q)
                : -compare_scaled(&q, (long)a->scale - b->scale, &p);
    return sign * ((order > 0) - (order < 0));
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
    int digits = nf_decimal_coefficient_digits(a) - a->scale;

    *integer = digits < 1 ? 1 : digits;
    *fraction = a->scale;
}
