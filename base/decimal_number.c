/* Counted coefficients, and the results of everything that computes. Those that
 * fit 64 bits never allocate; larger ones are immutable counted blocks of GMP
 * limbs, so that a block can be copied into an arena and shared by threads.
 * GMP itself ends the process when memory is out; the limits on digits keep
 * its requests small. */
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

int nf_decimal_count_digits(const mpz_t z)
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

void nf_decimal_multiply_power(mpz_t z, long power)
{
    mpz_t ten;

    if (power < NF_POWERS) {
        mpz_mul_ui(z, z, (unsigned long)nf_power_of_ten[power]);
        return;
    }
    mpz_init(ten);
    mpz_ui_pow_ui(ten, 10, (unsigned long)power);
    mpz_mul(z, z, ten);
    mpz_clear(ten);
}

bool nf_decimal_set_mpz(nf_decimal *out, mpz_t z, long scale)
{
    nf_bignum *big;
    size_t limbs;
    bool fits = true;

    if (scale < 0) {
        fits = -scale <= NF_DECIMAL_MAX_DIGITS;
        if (fits)
            nf_decimal_multiply_power(z, -scale);
        scale = 0;
    }
    strip_zeros(z, &scale);
    if (!fits || scale > NF_DECIMAL_MAX_SCALE ||
        mpz_sizeinbase(z, 10) > NF_DECIMAL_MAX_DIGITS + 1) {
        mpz_clear(z);
        return nf_decimal_fail(out);
    }
    if (mpz_fits_slong_p(z)) {
        int64_t small = mpz_get_si(z);

        mpz_clear(z);
        return nf_decimal_set_small(out, small, (int32_t)scale);
    }
    limbs = mpz_size(z);
    big = nf_alloc(sizeof *big + limbs * sizeof(mp_limb_t));
    if (!big) {
        mpz_clear(z);
        return nf_decimal_fail(out);
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
    mpz_t z;

    if (rest <= (nf_uwide)INT64_MAX && scale >= 0 && scale <= INT32_MAX) {
        int64_t small = (int64_t)rest;

        return nf_decimal_set_small(out, negative ? -small : small,
                                    (int32_t)scale);
    }
    mpz_init_set_ui(z, (unsigned long)(rest >> 64));
    mpz_mul_2exp(z, z, 64);
    mpz_add_ui(z, z, (unsigned long)rest);
    if (negative)
        mpz_neg(z, z);
    return nf_decimal_set_mpz(out, z, scale);
}

void nf_decimal_load(mpz_t z, const nf_decimal *decimal)
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

nf_uwide nf_decimal_magnitude(nf_wide value)
{
    return value < 0 ? -(nf_uwide)value : (nf_uwide)value;
}
