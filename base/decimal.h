/* Exact decimals: coefficient / 10^scale. Coefficients that fit 64 bits are
 * inline; larger ones are counted GMP integers. Always normalized: no
 * trailing zero digit while scale > 0, and big only when 64 bits do not do. */
#ifndef NF_BASE_DECIMAL_H
#define NF_BASE_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct nf_bignum nf_bignum; /* counted, immutable */

typedef struct nf_decimal {
    int32_t scale; /* >= 0, <= NF_DECIMAL_MAX_SCALE */
    bool is_big;
    union {
        int64_t small;
        nf_bignum *big;
    } as;
} nf_decimal;

enum {
    NF_DECIMAL_MAX_SCALE = 10000,  /* digits after the point */
    NF_DECIMAL_MAX_DIGITS = 20000, /* digits in all */
};

typedef enum nf_rounding {
    NF_ROUND_HALF_UP, /* half away from zero */
    NF_ROUND_HALF_EVEN,
    NF_ROUND_FLOOR,
    NF_ROUND_CEILING,
    NF_ROUND_DOWN /* toward zero */
} nf_rounding;

/* Results are owned by the caller (nf_decimal_release). Functions give false
 * when out of memory or over a limit above; outputs are then zero. Inputs are
 * borrowed. */
nf_decimal nf_decimal_from_int(int64_t value);
void nf_decimal_release(nf_decimal *decimal);
nf_decimal nf_decimal_copy(const nf_decimal *decimal);
void nf_bignum_retain(nf_bignum *big);
void nf_bignum_release(nf_bignum *big);
void nf_bignum_immortalize(nf_bignum *big); /* for shared constants */
/* Frees what nf_bignum_immortalize made uncounted, by its only owner. */
void nf_bignum_free(nf_bignum *big);
/* An immortal copy in `memory`, which has nf_bignum_bytes(big) bytes: for
 * constants that end with an arena. */
size_t nf_bignum_bytes(const nf_bignum *big);
nf_bignum *nf_bignum_place(void *memory, const nf_bignum *big);

/* Optional '-', digits with an optional fraction (or '.' and digits), and
 * with `exponent` also e[+-]digits; nothing else, no blanks. */
bool nf_decimal_parse(nf_decimal *out, const char *text, size_t length,
                      bool exponent);
/* Plain notation without superfluous zeros: "-12.5", "0". Returns the length
 * (without NUL); writes it with NUL if it fits in `size` bytes, else nothing
 * but NUL. Call with size 0 to measure. Needs no memory. */
size_t nf_decimal_format(const nf_decimal *decimal, char *text, size_t size);

bool nf_decimal_add(nf_decimal *out, const nf_decimal *a, const nf_decimal *b);
bool nf_decimal_subtract(nf_decimal *out, const nf_decimal *a,
                         const nf_decimal *b);
bool nf_decimal_multiply(nf_decimal *out, const nf_decimal *a,
                         const nf_decimal *b);
/* Quotient rounded to `scale` digits after the point; b is not zero. */
bool nf_decimal_divide(nf_decimal *out, const nf_decimal *a,
                       const nf_decimal *b, int scale, nf_rounding rounding);
/* Quotient rounded to `digits` significant digits; b is not zero. */
bool nf_decimal_divide_significant(nf_decimal *out, const nf_decimal *a,
                                   const nf_decimal *b, int digits,
                                   nf_rounding rounding);
/* Remainder of truncated division, sign of a; b is not zero. */
bool nf_decimal_remainder(nf_decimal *out, const nf_decimal *a,
                          const nf_decimal *b);
bool nf_decimal_negate(nf_decimal *out, const nf_decimal *a);
/* To `scale` digits after the point (may be negative: tens, hundreds …). */
bool nf_decimal_round(nf_decimal *out, const nf_decimal *a, int scale,
                      nf_rounding rounding);
bool nf_decimal_power(nf_decimal *out, const nf_decimal *base, int64_t exponent,
                      int scale, nf_rounding rounding);
bool nf_decimal_sqrt(nf_decimal *out, const nf_decimal *a, int scale,
                     nf_rounding rounding);
int nf_decimal_compare(const nf_decimal *a, const nf_decimal *b);
int nf_decimal_sign(const nf_decimal *a);
bool nf_decimal_is_whole(const nf_decimal *a);
/* False if not whole or outside 64 bits. */
bool nf_decimal_to_int(int64_t *out, const nf_decimal *a);
double nf_decimal_to_double(const nf_decimal *a);
bool nf_decimal_from_double(nf_decimal *out, double value); /* shortest text */
/* The power of ten of the leading digit: 2 for 123.4, -3 for 0.00123. */
int nf_decimal_exponent(const nf_decimal *a);
/* Digits before and after the point. */
void nf_decimal_digits(const nf_decimal *a, int *integer, int *fraction);

/* The sortable stored form (domain D124): round(x * 10^scale) + 2^(8*size-1),
 * big-endian in `size` bytes (12 for scale 8, 16 above). False if it does not
 * fit. */
bool nf_decimal_pack(uint8_t *bytes, size_t size, int scale,
                     const nf_decimal *a);
bool nf_decimal_unpack(nf_decimal *out, const uint8_t *bytes, size_t size,
                       int scale);

#endif
