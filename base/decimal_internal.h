/* What the files of decimals share: how a large coefficient is kept, and the
 * functions through which every result goes, so that it is normalized. */
#ifndef NF_BASE_DECIMAL_INTERNAL_H
#define NF_BASE_DECIMAL_INTERNAL_H

#include "base/decimal.h"

#include <gmp.h>

__extension__ typedef __int128 nf_wide;
__extension__ typedef unsigned __int128 nf_uwide;

struct nf_bignum {
    uint32_t references; /* UINT32_MAX: not counted */
    int32_t size;        /* limbs; negative for negative numbers, as in GMP */
    mp_limb_t limbs[];
};

enum { NF_POWERS = 19 };
extern const int64_t nf_power_of_ten[NF_POWERS];

/* Each gives false, and 0, where the result is too large or memory is out. */
bool nf_decimal_fail(nf_decimal *out);
bool nf_decimal_set_small(nf_decimal *out, int64_t coefficient, int32_t scale);
bool nf_decimal_set_wide(nf_decimal *out, nf_wide value, long scale);
/* *out = z / 10^scale; clears z. */
bool nf_decimal_set_mpz(nf_decimal *out, mpz_t z, long scale);

/* Initializes z with the coefficient. */
void nf_decimal_load(mpz_t z, const nf_decimal *decimal);
/* z *= 10^power. */
void nf_decimal_multiply_power(mpz_t z, long power);
int nf_decimal_count_digits(const mpz_t z);
nf_uwide nf_decimal_magnitude(nf_wide value);

#endif
