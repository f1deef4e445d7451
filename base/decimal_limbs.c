/* Numbers for one computation: limbs in memory of ours, on which the functions
 * of GMP's lowest layer work. Its integers (mpz) would allocate by themselves
 * and end the process when memory is out; the lowest layer needs scratch only,
 * which it takes from the stack up to 0x7f00 bytes a piece, 4064 limbs, and
 * from the heap beyond. So that it never comes to that, no number here has more
 * than 50 002 digits, 2600 limbs (decimal.c), and a division makes at most
 * QUOTIENT_LIMBS of its quotient at a time: what multiplying (at most twice the
 * limbs of the product), dividing (four times those of the divisor) and taking
 * roots ask for is then less. mpn_get_str and mpn_set_str take from the heap in
 * any case where a number is long; decimal_text.c does without them. */
#include "base/decimal_internal.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

enum { QUOTIENT_LIMBS = 512 };

/* ---- memory ----------------------------------------------------------------
 */

bool nf_work_open(nf_work *work, mp_size_t limbs)
{
    work->size = 0;
    work->negative = false;
    work->limbs = limbs <= NF_WORK_SPACE
                      ? work->space
                      : nf_alloc_raw((size_t)limbs * sizeof *work->limbs);
    return work->limbs != NULL;
}

void nf_work_close(nf_work *work)
{
    if (work->limbs != work->space)
        nf_free(work->limbs);
    work->limbs = NULL;
}

void nf_work_trim(nf_work *work, mp_size_t size)
{
    while (size > 0 && work->limbs[size - 1] == 0)
        size--;
    work->size = size;
}

void nf_operand_of(nf_operand *out, const nf_decimal *decimal)
{
    if (decimal->is_big) {
        out->limbs = decimal->as.big->limbs;
        out->size = abs(decimal->as.big->size);
        out->negative = decimal->as.big->size < 0;
        return;
    }
    out->negative = decimal->as.small < 0;
    out->one = out->negative ? -(uint64_t)decimal->as.small
                             : (uint64_t)decimal->as.small;
    out->limbs = &out->one;
    out->size = out->one != 0;
}

void nf_operand_work(nf_operand *out, const nf_work *work)
{
    out->limbs = work->limbs;
    out->size = work->size;
    out->negative = work->negative;
}

int nf_operand_compare(const nf_operand *x, const nf_operand *y)
{
    if (x->size != y->size)
        return x->size < y->size ? -1 : 1;
    return x->size ? mpn_cmp(x->limbs, y->limbs, x->size) : 0;
}

/* ---- powers of ten ---------------------------------------------------------
 */

mp_size_t nf_power_limbs(long power)
{
    return power * 3322 / 64000 + 3; /* 3.322 bits a digit */
}

/* Squares of the power of five before, and the twos at the end. */
mp_size_t nf_power_put(mp_limb_t *to, mp_limb_t *other, long power)
{
    enum { IN_A_LIMB = 27 }; /* 5^27 */
    mp_limb_t *at = to, carry = 0;
    mp_size_t size = 1, low = power / GMP_NUMB_BITS;
    unsigned bits = (unsigned)(power % GMP_NUMB_BITS);
    int left = 0;

    while (power >> left > IN_A_LIMB)
        left++;
    at[0] = 1;
    for (long i = power >> left; i > 0; i--)
        at[0] *= 5;
    while (left-- > 0) {
        mp_limb_t *square = at == to ? other : to;

        mpn_sqr(square, at, size);
        size = 2 * size - (square[2 * size - 1] == 0);
        at = square;
        carry = power >> left & 1 ? mpn_mul_1(at, at, size, 5) : 0;
        if (carry)
            at[size++] = carry;
    }
    carry = bits ? mpn_lshift(to + low, at, size, bits) : 0;
    if (!bits)
        memmove(to + low, at, (size_t)size * sizeof *at);
    memset(to, 0, (size_t)low * sizeof *to);
    size += low;
    if (carry)
        to[size++] = carry;
    return size;
}

static bool is_below_power(const nf_operand *x, size_t power)
{
    mp_limb_t ten[NF_BIG_LIMBS], other[NF_BIG_LIMBS];
    nf_operand least = {.limbs = ten};

    least.size = nf_power_put(ten, other, (long)power);
    return nf_operand_compare(x, &least) < 0;
}

int nf_count_digits(const nf_operand *x)
{
    size_t digits, bits;

    if (x->size == 0)
        return 1;
    digits = mpn_sizeinbase(x->limbs, x->size, 10); /* or one too many */
    bits = mpn_sizeinbase(x->limbs, x->size, 2);
    if ((bits - 1) * 30102 / 100000 + 1 == digits)
        return (int)digits;
    return (int)digits - is_below_power(x, digits - 1);
}

/* ---- arithmetic ------------------------------------------------------------
 */

static void multiply_limb(nf_work *work, mp_limb_t factor)
{
    mp_limb_t carry = mpn_mul_1(work->limbs, work->limbs, work->size, factor);

    if (carry)
        work->limbs[work->size++] = carry;
}

static bool scale_little(nf_work *out, const nf_operand *x, long power)
{
    if (!nf_work_open(out, x->size + power / NF_LIMB_DIGITS + 1))
        return false;
    mpn_copyi(out->limbs, x->limbs, x->size);
    out->size = x->size;
    for (; power >= NF_LIMB_DIGITS; power -= NF_LIMB_DIGITS)
        multiply_limb(out, NF_LIMB_POWER);
    if (power > 0)
        multiply_limb(out, (mp_limb_t)nf_power_of_ten[power]);
    return true;
}

bool nf_work_scale(nf_work *out, const nf_operand *x, long power)
{
    enum { LITTLE = 8 * NF_LIMB_DIGITS };
    nf_operand ten;
    nf_work factor, other;
    bool ok;

    if (x->size == 0 || power <= LITTLE) {
        ok = scale_little(out, x, x->size ? power : 0);
        out->negative = x->negative;
        return ok;
    }
    out->limbs = other.limbs = NULL;
    ok = nf_work_open(&factor, nf_power_limbs(power)) &&
         nf_work_open(&other, nf_power_limbs(power));
    if (ok) {
        factor.size = nf_power_put(factor.limbs, other.limbs, power);
        nf_operand_work(&ten, &factor);
        ok = nf_work_multiply(out, x, &ten);
    }
    nf_work_close(&factor);
    nf_work_close(&other);
    return ok;
}

bool nf_work_multiply(nf_work *out, const nf_operand *x, const nf_operand *y)
{
    const nf_operand *more = x->size < y->size ? y : x;
    const nf_operand *less = x->size < y->size ? x : y;

    if (!nf_work_open(out, x->size + y->size))
        return false;
    if (less->size > 0)
        mpn_mul(out->limbs, more->limbs, more->size, less->limbs, less->size);
    nf_work_trim(out, less->size > 0 ? more->size + less->size : 0);
    out->negative = x->negative != y->negative;
    return true;
}

/* *result = *result * *factor by way of *spare, which changes places with it.
 */
static void multiply_into(nf_work **result, const nf_operand *factor,
                          nf_work **spare)
{
    nf_work *product = *spare, *before = *result;

    if (before->size < factor->size)
        mpn_mul(product->limbs, factor->limbs, factor->size, before->limbs,
                before->size);
    else
        mpn_mul(product->limbs, before->limbs, before->size, factor->limbs,
                factor->size);
    nf_work_trim(product, before->size + factor->size);
    *result = product;
    *spare = before;
}

bool nf_work_power(nf_work *out, const nf_operand *x, unsigned long exponent)
{
    size_t bits = x->size ? mpn_sizeinbase(x->limbs, x->size, 2) : 0;
    mp_size_t room = (mp_size_t)(bits * exponent / GMP_NUMB_BITS) + 3;
    nf_work other, *result = out, *spare = &other;
    int left = 0;

    out->limbs = other.limbs = NULL;
    if (!nf_work_open(out, room) || !nf_work_open(&other, room)) {
        nf_work_close(out);
        return false;
    }
    while (exponent >> left)
        left++;
    result->limbs[0] = 1;
    result->size = 1;
    while (left-- > 0 && result->size > 0) {
        nf_operand self;

        nf_operand_work(&self, result);
        multiply_into(&result, &self, &spare);
        if (x->size && exponent >> left & 1)
            multiply_into(&result, x, &spare);
        else if (exponent >> left & 1)
            result->size = 0;
    }
    if (result != out) {
        mpn_copyi(out->limbs, result->limbs, result->size);
        out->size = result->size;
    }
    out->negative = x->negative && exponent & 1;
    nf_work_close(&other);
    return true;
}

/* From the top, in stretches: what is left of one stands before the next. */
static bool divide_long(nf_work *quotient, nf_work *rest, const nf_operand *n,
                        const nf_operand *d)
{
    mp_size_t at = n->size - d->size;
    nf_work left;

    if (!nf_work_open(&left, n->size))
        return false;
    mpn_copyi(left.limbs, n->limbs, n->size);
    mpn_tdiv_qr(quotient->limbs + at, rest->limbs, 0, left.limbs + at, d->size,
                d->limbs, d->size);
    while (at > 0) {
        mp_size_t step = at < QUOTIENT_LIMBS ? at : QUOTIENT_LIMBS;
        mp_limb_t kept = quotient->limbs[at];

        mpn_copyi(left.limbs + at, rest->limbs, d->size);
        at -= step;
        mpn_tdiv_qr(quotient->limbs + at, rest->limbs, 0, left.limbs + at,
                    d->size + step, d->limbs, d->size);
        quotient->limbs[at + step] = kept; /* it wrote a zero there */
    }
    nf_work_close(&left);
    return true;
}

bool nf_work_divide(nf_work *quotient, nf_work *rest, const nf_operand *n,
                    const nf_operand *d)
{
    mp_size_t more = n->size < d->size ? 0 : n->size - d->size + 1;
    bool ok;

    rest->limbs = NULL;
    if (!nf_work_open(quotient, more + 1) || !nf_work_open(rest, d->size + 1)) {
        nf_work_close(quotient);
        return false;
    }
    quotient->negative = n->negative != d->negative;
    rest->negative = n->negative;
    if (more == 0) {
        mpn_copyi(rest->limbs, n->limbs, n->size);
        nf_work_trim(rest, n->size);
        return true;
    }
    ok = more <= QUOTIENT_LIMBS || divide_long(quotient, rest, n, d);
    if (more <= QUOTIENT_LIMBS)
        mpn_tdiv_qr(quotient->limbs, rest->limbs, 0, n->limbs, n->size,
                    d->limbs, d->size);
    if (!ok) {
        nf_work_close(quotient);
        nf_work_close(rest);
        return false;
    }
    nf_work_trim(quotient, more);
    nf_work_trim(rest, d->size);
    return true;
}

bool nf_work_root(nf_work *out, bool *exact, const nf_operand *x)
{
    nf_work rest;

    *exact = true;
    rest.limbs = NULL;
    if (!nf_work_open(out, x->size / 2 + 2) || !nf_work_open(&rest, x->size)) {
        nf_work_close(out);
        return false;
    }
    if (x->size > 0) {
        *exact = mpn_sqrtrem(out->limbs, rest.limbs, x->limbs, x->size) == 0;
        nf_work_trim(out, (x->size + 1) / 2);
    }
    nf_work_close(&rest);
    return true;
}
