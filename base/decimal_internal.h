/* What the files of decimals share: how a large coefficient is kept, numbers
 * for one computation, and the functions through which every result goes, so
 * that it is normalized. */
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

enum {
    NF_POWERS = 19,
    NF_LIMB_DIGITS = 19, /* 10^19 is the largest power in a limb */
    /* The limbs of a coefficient, which has at most one digit more than
     * NF_DECIMAL_MAX_DIGITS, and one to spare. */
    NF_BIG_LIMBS = NF_DECIMAL_MAX_DIGITS * 3322L / 64000 + 3,
};
#define NF_LIMB_POWER UINT64_C(10000000000000000000)
extern const int64_t nf_power_of_ten[NF_POWERS];

_Static_assert(GMP_NUMB_BITS == 64, "limbs of 64 bits, all of them used");

/* ---- numbers for one computation (decimal_limbs.c) ------------------------
 */

/* A coefficient that is read. Not to be copied: `limbs` may be `one`. */
typedef struct nf_operand {
    const mp_limb_t *limbs;
    mp_size_t size; /* 0: zero */
    bool negative;
    mp_limb_t one;
} nf_operand;
void nf_operand_of(nf_operand *out, const nf_decimal *decimal);

/* A number that is computed, in memory of its own. Not to be copied. */
enum { NF_WORK_SPACE = 16 };
typedef struct nf_work {
    mp_limb_t *limbs; /* NULL: not open */
    mp_size_t size;   /* without zeros at the top */
    bool negative;
    mp_limb_t space[NF_WORK_SPACE];
} nf_work;
/* Room for so many limbs; false when out of memory, and then closed. */
bool nf_work_open(nf_work *work, mp_size_t limbs);
void nf_work_close(nf_work *work);
/* Takes zeros at the top off. */
void nf_work_trim(nf_work *work, mp_size_t size);

/* Each opens `out`, and closes it when it fails for want of memory. */
bool nf_work_scale(nf_work *out, const nf_operand *x, long power); /* *10^p */
bool nf_work_multiply(nf_work *out, const nf_operand *x, const nf_operand *y);
bool nf_work_power(nf_work *out, const nf_operand *x, unsigned long exponent);
/* Magnitudes: the quotient has room for one limb more than it needs. */
bool nf_work_divide(nf_work *quotient, nf_work *rest, const nf_operand *n,
                    const nf_operand *d);
bool nf_work_root(nf_work *out, bool *exact, const nf_operand *x);
/* |x| - |y|, as a sign. */
int nf_operand_compare(const nf_operand *x, const nf_operand *y);
/* The number as an operand, which borrows it. */
void nf_operand_work(nf_operand *out, const nf_work *work);

/* 10^power into `to`; it and `other` have nf_power_limbs(power) limbs. The
 * limbs that it has. */
mp_size_t nf_power_limbs(long power);
mp_size_t nf_power_put(mp_limb_t *to, mp_limb_t *other, long power);
/* The decimal digits of a coefficient. */
int nf_count_digits(const nf_operand *x);

/* Writes exactly `count` digits of a coefficient that has no more
 * (decimal_digits.c). Needs no memory; with some it is quicker. */
void nf_digits_put(char *to, size_t count, const nf_operand *x);
/* Opens `out` with the number of the next `count` digits; a point among them is
 * passed over. False when out of memory. */
bool nf_digits_read(nf_work *out, const char *text, size_t count);

/* ---- results --------------------------------------------------------------
 */

/* Each gives false, and 0, where the result is too large or memory is out. */
bool nf_decimal_fail(nf_decimal *out);
bool nf_decimal_set_small(nf_decimal *out, int64_t coefficient, int32_t scale);
bool nf_decimal_set_wide(nf_decimal *out, nf_wide value, long scale);
/* *out = work / 10^scale; closes it. */
bool nf_decimal_set_work(nf_decimal *out, nf_work *work, long scale);

nf_uwide nf_decimal_magnitude(nf_wide value);
int nf_decimal_coefficient_digits(const nf_decimal *a);

#endif
