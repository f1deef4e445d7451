/* Decimal digits of coefficients. Those of many digits are taken apart and put
 * together by halves, with powers 10^(SOME_DIGITS * 2^i): GMP's own functions
 * do the same in memory that they can't be denied. */
#include "base/decimal_internal.h"
#include "base/memory.h"

#include <string.h>

enum { SOME_DIGITS = 8 * NF_LIMB_DIGITS, LEVELS = 8 };

typedef struct powers {
    mp_limb_t *limbs[LEVELS];
    mp_size_t sizes[LEVELS];
    int count;
} powers;

/* Limbs for a number of so many digits: the powers take those of two, and what
 * the halves leave those of three. */
static mp_size_t memory_for(size_t digits)
{
    return 6 * (mp_size_t)(digits / NF_LIMB_DIGITS) + 64;
}

/* The powers of fewer than `digits` digits; where the free limbs begin. */
static mp_limb_t *make_powers(powers *out, mp_limb_t *memory, size_t digits)
{
    mp_size_t first = nf_power_limbs(SOME_DIGITS);

    out->count = 0;
    for (size_t power = SOME_DIGITS; power < digits && out->count < LEVELS;
         power *= 2) {
        int i = out->count++;
        mp_size_t size = i ? 2 * out->sizes[i - 1] : 2 * first;

        out->limbs[i] = memory;
        if (i > 0)
            mpn_sqr(memory, out->limbs[i - 1], out->sizes[i - 1]);
        out->sizes[i] = i ? size - (memory[size - 1] == 0)
                          : nf_power_put(memory, memory + first, SOME_DIGITS);
        memory += size;
    }
    return memory;
}

/* ---- writing ----------------------------------------------------------------
 */

/* Exactly `count` digits of the number in `limbs`, which is less than
 * 10^count and is destroyed. */
static void put_digits(char *to, size_t count, mp_limb_t *limbs, mp_size_t size)
{
    while (count > 0) {
        size_t digits = count < NF_LIMB_DIGITS ? count : NF_LIMB_DIGITS;
        mp_limb_t chunk =
            size ? mpn_divrem_1(limbs, 0, limbs, size, NF_LIMB_POWER) : 0;

        size -= size > 0 && limbs[size - 1] == 0;
        for (count -= digits; digits-- > 0; chunk /= 10)
            to[count + digits] = (char)('0' + chunk % 10);
    }
}

/* put_digits by halves; `level` is that of the largest power that is below. */
static void split_digits(char *to, size_t count, mp_limb_t *limbs,
                         mp_size_t size, const powers *by, int level,
                         mp_limb_t *memory)
{
    mp_size_t divisor;
    size_t low;

    if (level < 0) {
        put_digits(to, count, limbs, size);
        return;
    }
    low = (size_t)SOME_DIGITS << level;
    divisor = by->sizes[level];
    if (low >= count || size < divisor) {
        size_t zeros = count > low ? count - low : 0;

        memset(to, '0', zeros);
        split_digits(to + zeros, count - zeros, limbs, size, by, level - 1,
                     memory);
        return;
    }
    mpn_tdiv_qr(memory + divisor, memory, 0, limbs, size, by->limbs[level],
                divisor);
    split_digits(to + count - low, low, memory, divisor, by, level - 1,
                 memory + size + 1);
    split_digits(to, count - low, memory + divisor, size - divisor + 1, by,
                 level - 1, memory + size + 1);
}

void nf_digits_put(char *to, size_t count, const nf_operand *x)
{
    mp_limb_t limbs[NF_BIG_LIMBS], *memory = NULL, *rest;
    powers by;

    mpn_copyi(limbs, x->limbs, x->size);
    if (count > SOME_DIGITS)
        memory = nf_alloc_raw((size_t)memory_for(count) * sizeof *memory);
    if (!memory) { /* it takes longer without */
        put_digits(to, count, limbs, x->size);
        return;
    }
    rest = make_powers(&by, memory, count);
    split_digits(to, count, limbs, x->size, &by, by.count - 1, rest);
    nf_free(memory);
}

/* ---- reading ----------------------------------------------------------------
 */

/* The number of the next `count` digits, a point among them passed over; the
 * limbs that it has. */
static mp_size_t read_digits(const char **at, size_t count, mp_limb_t *to)
{
    mp_size_t size = 0;

    while (count > 0) {
        size_t digits = count < NF_LIMB_DIGITS ? count : NF_LIMB_DIGITS;
        mp_limb_t chunk = 0, unit = 1, carry;

        for (count -= digits; digits > 0; ++*at)
            if (**at != '.') {
                chunk = chunk * 10 + (mp_limb_t)(**at - '0');
                unit *= 10;
                digits--;
            }
        carry = size ? mpn_mul_1(to, to, size, unit) : 0;
        /* A product leaves room: both carries go into one limb. */
        carry += size ? mpn_add_1(to, to, size, chunk) : chunk;
        if (carry)
            to[size++] = carry;
    }
    return size;
}

/* The same by halves. `to` and `memory` have memory_for(count) limbs. */
static mp_size_t join_digits(const char **at, size_t count, mp_limb_t *to,
                             const powers *by, int level, mp_limb_t *memory)
{
    size_t low = level < 0 ? 0 : (size_t)SOME_DIGITS << level;
    mp_size_t size, less;

    if (level < 0)
        return read_digits(at, count, to);
    if (low >= count)
        return join_digits(at, count, to, by, level - 1, memory);
    size = join_digits(at, count - low, memory, by, level - 1, to);
    if (size > by->sizes[level])
        mpn_mul(to, memory, size, by->limbs[level], by->sizes[level]);
    else if (size > 0)
        mpn_mul(to, by->limbs[level], by->sizes[level], memory, size);
    size += size ? by->sizes[level] : 0;
    size -= size && to[size - 1] == 0;
    less = join_digits(at, low, memory, by, level - 1,
                       memory + low / NF_LIMB_DIGITS + 2);
    if (size == 0)
        mpn_copyi(to, memory, less);
    else if (less > 0 && mpn_add(to, to, size, memory, less))
        to[size++] = 1;
    return size ? size : less;
}

bool nf_digits_read(nf_work *out, const char *text, size_t count)
{
    mp_limb_t *memory, *rest;
    powers by;

    if (count <= 4 * SOME_DIGITS) {
        if (!nf_work_open(out, (mp_size_t)(count / NF_LIMB_DIGITS) + 2))
            return false;
        out->size = read_digits(&text, count, out->limbs);
        return true;
    }
    memory = nf_alloc_raw(2 * (size_t)memory_for(count) * sizeof *memory);
    if (!memory || !nf_work_open(out, memory_for(count))) {
        nf_free(memory);
        return false;
    }
    rest = make_powers(&by, memory, count);
    out->size = join_digits(&text, count, out->limbs, &by, by.count - 1, rest);
    nf_free(memory);
    return true;
}
