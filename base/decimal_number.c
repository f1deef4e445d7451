/* Counted coefficients, and the results of everything that computes. Those that
 * fit 64 bits never allocate; larger ones are immutable counted blocks of GMP
 * limbs, so that a block can be copied into an arena and shared by threads. */
#include "base/decimal_internal.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

#define IMMORTAL UINT32_MAX

const int64_t nf_power_of_ten[NF_POWERS] = {1LL,
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

void nf_bignum_free(nf_bignum *big)
{
    nf_free(big);
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

bool nf_decimal_fail(nf_decimal *out)
{
    *out = (nf_decimal){0};
    return false;
}

bool nf_decimal_set_small(nf_decimal *out, int64_t coefficient, int32_t scale)
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
    return scale <= NF_DECIMAL_MAX_SCALE ? true : nf_decimal_fail(out);
}

/* Fewer zeros at the end, in large steps first: a number has at most as many
 * as zero bits. */
static void strip_zeros(nf_work *work, long *scale)
{
    mp_bitcnt_t bits;

    if (work->size == 0) {
        *scale = 0;
        return;
    }
    bits = mpn_scan1(work->limbs, 0);
    for (unsigned step = 16; step > 0; step /= 2) {
        mp_limb_t unit = (mp_limb_t)nf_power_of_ten[step];

        while (*scale >= (long)step && bits >= step &&
               mpn_mod_1(work->limbs, work->size, unit) == 0) {
            mpn_divexact_1(work->limbs, work->limbs, work->size, unit);
            nf_work_trim(work, work->size);
            bits -= step;
            *scale -= step;
        }
    }
}

/* Digits, and perhaps one more than there are. */
static size_t about_digits(const nf_work *work)
{
    return work->size ? mpn_sizeinbase(work->limbs, work->size, 10) : 1;
}

static bool fits_small(int64_t *out, const nf_work *work)
{
    uint64_t most = (uint64_t)INT64_MAX + work->negative;

    *out = 0;
    if (work->size > 1 || (work->size == 1 && work->limbs[0] > most))
        return false;
    if (work->size == 1)
        *out = work->negative ? (int64_t)(0 - work->limbs[0])
                              : (int64_t)work->limbs[0];
    return true;
}

static bool set_big(nf_decimal *out, const nf_work *work, long scale)
{
    size_t bytes = (size_t)work->size * sizeof(mp_limb_t);
    nf_bignum *big = nf_alloc(sizeof *big + bytes);

    if (!big)
        return nf_decimal_fail(out);
    big->references = 1;
    big->size = work->negative ? -(int32_t)work->size : (int32_t)work->size;
    memcpy(big->limbs, work->limbs, bytes);
    out->scale = (int32_t)scale;
    out->is_big = true;
    out->as.big = big;
    return true;
}

/* Where the scale is negative: zeros at the end, if the digits may be so many.
 */
static bool set_shifted(nf_decimal *out, nf_work *work, long power)
{
    nf_operand number;
    nf_work shifted;
    bool ok = work->size == 0 ||
              (long)about_digits(work) + power <= NF_DECIMAL_MAX_DIGITS + 2;

    if (work->size == 0)
        power = 0;
    nf_operand_work(&number, work);
    ok = ok && nf_work_scale(&shifted, &number, power);
    nf_work_close(work);
    return ok ? nf_decimal_set_work(out, &shifted, 0) : nf_decimal_fail(out);
}

bool nf_decimal_set_work(nf_decimal *out, nf_work *work, long scale)
{
    int64_t small;
    bool ok;

    if (scale < 0)
        return set_shifted(out, work, -scale);
    strip_zeros(work, &scale);
    if (scale > NF_DECIMAL_MAX_SCALE ||
        about_digits(work) > NF_DECIMAL_MAX_DIGITS + 1)
        ok = nf_decimal_fail(out);
    else if (fits_small(&small, work))
        ok = nf_decimal_set_small(out, small, (int32_t)scale);
    else
        ok = set_big(out, work, scale);
    nf_work_close(work);
    return ok;
}

/* Fewer zeros at the end, in large steps first: quotients have many. */
static nf_uwide strip_wide(nf_uwide value, long *scale)
{
    for (int step = 16; value && step > 0; step /= 2)
        while (*scale >= step) {
            uint64_t unit = (uint64_t)nf_power_of_ten[step];

            if (value <= UINT64_MAX ? (uint64_t)value % unit != 0
                                    : value % unit != 0)
                break;
            value = value <= UINT64_MAX ? (uint64_t)value / unit : value / unit;
            *scale -= step;
        }
    return value;
}

bool nf_decimal_set_wide(nf_decimal *out, nf_wide value, long scale)
{
    bool negative = value < 0;
    nf_uwide rest =
        strip_wide(negative ? -(nf_uwide)value : (nf_uwide)value, &scale);
    nf_work work;

    if (rest <= (nf_uwide)INT64_MAX && scale >= 0 && scale <= INT32_MAX) {
        int64_t small = (int64_t)rest;

        return nf_decimal_set_small(out, negative ? -small : small,
                                    (int32_t)scale);
    }
    if (!nf_work_open(&work, 2))
        return nf_decimal_fail(out);
    work.limbs[0] = (mp_limb_t)rest;
    work.limbs[1] = (mp_limb_t)(rest >> 64);
    nf_work_trim(&work, 2);
    work.negative = negative;
    return nf_decimal_set_work(out, &work, scale);
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

nf_uwide nf_decimal_magnitude(nf_wide value)
{
    return value < 0 ? -(nf_uwide)value : (nf_uwide)value;
}
