/* Remainders of small divisors, without dividing; private to interpreter/. */
#ifndef NF_INTERPRETER_REMAINDER_H
#define NF_INTERPRETER_REMAINDER_H

#include <stdbool.h>
#include <stdint.h>

/* 2^64 / d rounded up, for d < 128: a remainder of a number below 2^32 is then
 * two multiplications (D. Lemire, O. Kaser, N. Kurz, "Faster remainder by
 * direct computation", 2019). */
#define INVERSE(d)  ((d) > 1 ? UINT64_MAX / ((d) > 1 ? (d) : 2) + 1 : 0)
#define INVERSE4(d) INVERSE(d), INVERSE(d + 1), INVERSE(d + 2), INVERSE(d + 3)
#define INVERSE16(d)                                                           \
    INVERSE4(d), INVERSE4(d + 4), INVERSE4(d + 8), INVERSE4(d + 12)
#define INVERSE64(d)                                                           \
    INVERSE16(d), INVERSE16(d + 16), INVERSE16(d + 32), INVERSE16(d + 48)
static const uint64_t nf_inverses[128] = {INVERSE64(0), INVERSE64(64)};
#undef INVERSE
#undef INVERSE4
#undef INVERSE16
#undef INVERSE64

/* Whether number % divisor == remainder; 0 < divisor < 128. */
static inline bool nf_has_remainder(int64_t number, unsigned divisor,
                                    unsigned remainder)
{
    __extension__ typedef unsigned __int128 wide;

    if (__builtin_expect((uint64_t)number <= UINT32_MAX && divisor > 1, 1)) {
        uint64_t low = nf_inverses[divisor & 127] * (uint64_t)number;

        return (unsigned)((wide)low * divisor >> 64) == remainder;
    }
    return number % (int64_t)divisor == (int64_t)remainder;
}

#endif
