/* Decimals of many digits against GMP's integers (expressions S34 … S39), and
 * what they do without memory: GMP is asked for none, and where there is none
 * of nanoflow's own a result fails, is right, or needs none. */
#include "base/decimal.h"
#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <gmp.h>
#include <stdlib.h>
#include <string.h>

/* ---- what GMP asks for ----------------------------------------------------
 */

static bool watched; /* while decimals compute */

static void *gmp_allocate(size_t size)
{
    assert_false(watched);
    return malloc(size);
}

static void *gmp_reallocate(void *old, size_t before, size_t size)
{
    (void)before;
    assert_false(watched);
    return realloc(old, size);
}

static void gmp_free(void *memory, size_t size)
{
    (void)size;
    free(memory);
}

#define WATCHED(call) (watched = true, ok = (call), watched = false)

/* ---- random numbers -------------------------------------------------------
 */

static uint64_t state = 20260401;

static uint32_t below(uint32_t limit)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 32) % limit;
}

static char text[NF_DECIMAL_MAX_DIGITS + 8];

/* Of at most `most` digits; some with many zeros or nines. */
static nf_decimal draw(uint32_t most)
{
    uint32_t digits = 1 + below(most), point = below(digits + 1), kind;
    size_t length = 0;
    nf_decimal d;

    if (digits - point > NF_DECIMAL_MAX_SCALE)
        point = digits - NF_DECIMAL_MAX_SCALE;
    kind = below(6);
    if (below(2))
        text[length++] = '-';
    for (uint32_t i = 0; i < digits; i++) {
        if (i == point)
            text[length++] = '.';
        text[length++] = kind == 0   ? '9'
                         : kind == 1 ? (char)(i == 0 ? '1' : '0')
                         : kind == 2 && i > digits / 2
                             ? '0'
                             : (char)('0' + below(10));
    }
    watched = true;
    assert_true(nf_decimal_parse(&d, text, length, false));
    watched = false;
    return d;
}

/* ---- the oracle ------------------------------------------------------------
 */

/* coefficient / 10^scale */
typedef struct fraction {
    mpz_t z;
    long scale;
} fraction;

static void take(fraction *out, const nf_decimal *d)
{
    nf_decimal whole = *d;

    whole.scale = 0;
    watched = true;
    assert_in_range(nf_decimal_format(&whole, text, sizeof text), 1,
                    sizeof text - 1);
    watched = false;
    assert_int_equal(mpz_init_set_str(out->z, text, 10), 0);
    out->scale = d->scale;
}

static void shift(mpz_t z, long power)
{
    mpz_t ten;

    mpz_init(ten);
    mpz_ui_pow_ui(ten, 10, (unsigned long)power);
    mpz_mul(z, z, ten);
    mpz_clear(ten);
}

static void align(fraction *a, fraction *b)
{
    fraction *less = a->scale < b->scale ? a : b;
    long scale = a->scale < b->scale ? b->scale : a->scale;

    shift(less->z, scale - less->scale);
    a->scale = b->scale = scale;
}

/* Whether the number is z / 10^scale, or why it need not be: too large. */
static void is(bool ok, nf_decimal *d, const mpz_t z, long scale)
{
    fraction have, want = {.scale = scale};

    mpz_init_set(want.z, z);
    if (ok) {
        take(&have, d);
        align(&have, &want);
        assert_int_equal(mpz_cmp(have.z, want.z), 0);
        mpz_clear(have.z);
    } else {
        assert_true(d->scale == 0 && !d->is_big && d->as.small == 0);
        while (want.scale > 0 && mpz_divisible_ui_p(want.z, 10)) {
            mpz_divexact_ui(want.z, want.z, 10);
            want.scale--;
        }
        assert_true(want.scale > NF_DECIMAL_MAX_SCALE ||
                    mpz_sizeinbase(want.z, 10) > NF_DECIMAL_MAX_DIGITS);
    }
    nf_decimal_release(d);
    mpz_clear(want.z);
}

static void adds_and_multiplies(const nf_decimal *a, const nf_decimal *b)
{
    fraction x, y;
    nf_decimal c;
    mpz_t z;
    bool ok;

    mpz_init(z);
    take(&x, a);
    take(&y, b);
    mpz_mul(z, x.z, y.z);
    WATCHED(nf_decimal_multiply(&c, a, b));
    is(ok, &c, z, x.scale + y.scale);
    align(&x, &y);
    mpz_add(z, x.z, y.z);
    WATCHED(nf_decimal_add(&c, a, b));
    is(ok, &c, z, x.scale);
    mpz_sub(z, x.z, y.z);
    WATCHED(nf_decimal_subtract(&c, a, b));
    is(ok, &c, z, x.scale);
    watched = true;
    assert_int_equal(nf_decimal_compare(a, b), mpz_sgn(z));
    assert_int_equal(nf_decimal_compare(b, a), -mpz_sgn(z));
    watched = false;
    if (mpz_sgn(y.z)) {
        mpz_tdiv_r(z, x.z, y.z);
        WATCHED(nf_decimal_remainder(&c, a, b));
        is(ok, &c, z, x.scale);
    }
    mpz_clears(z, x.z, y.z, NULL);
}

/* The quotient half away from zero: floor((2|n| + d) / 2d), with its sign. */
static void divides(const nf_decimal *a, const nf_decimal *b, int scale)
{
    fraction x, y;
    nf_decimal c;
    int sign;
    bool ok;

    take(&x, a);
    take(&y, b);
    align(&x, &y);
    sign = mpz_sgn(x.z) * mpz_sgn(y.z);
    if (mpz_sgn(y.z)) {
        mpz_abs(x.z, x.z);
        mpz_abs(y.z, y.z);
        shift(x.z, scale);
        mpz_mul_2exp(x.z, x.z, 1);
        mpz_add(x.z, x.z, y.z);
        mpz_mul_2exp(y.z, y.z, 1);
        mpz_fdiv_q(x.z, x.z, y.z);
        if (sign < 0)
            mpz_neg(x.z, x.z);
        WATCHED(nf_decimal_divide(&c, a, b, scale, NF_ROUND_HALF_UP));
        is(ok, &c, x.z, scale);
    }
    mpz_clears(x.z, y.z, NULL);
}

static void takes_roots(const nf_decimal *a, int scale)
{
    fraction x;
    nf_decimal c;
    bool ok;

    take(&x, a);
    if (mpz_sgn(x.z) >= 0) {
        shift(x.z, 2L * scale + x.scale % 2);
        mpz_sqrt(x.z, x.z);
        WATCHED(nf_decimal_sqrt(&c, a, (int)(scale + (x.scale + 1) / 2),
                                NF_ROUND_DOWN));
        is(ok, &c, x.z, scale + (x.scale + 1) / 2);
    }
    mpz_clear(x.z);
}

static void raises(const nf_decimal *a, unsigned long exponent)
{
    fraction x;
    nf_decimal c;
    bool ok;

    take(&x, a);
    mpz_pow_ui(x.z, x.z, exponent);
    WATCHED(nf_decimal_power(&c, a, (int64_t)exponent, 0, NF_ROUND_DOWN));
    is(ok, &c, x.z, x.scale * (long)exponent);
    mpz_clear(x.z);
}

static void equals_integers_of_gmp(void **unused)
{
    static const struct {
        uint32_t digits;
        int rounds;
    } sizes[] = {{45, 600}, {600, 60}, {6000, 6}, {NF_DECIMAL_MAX_DIGITS, 6}};

    (void)unused;
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (int i = 0; i < sizes[s].rounds; i++) {
            nf_decimal a = draw(sizes[s].digits), b = draw(sizes[s].digits);

            adds_and_multiplies(&a, &b);
            adds_and_multiplies(&a, &a);
            divides(&a, &b, (int)below(50));
            takes_roots(&a, (int)below(50));
            if (s < 2)
                raises(&a, below(30));
            nf_decimal_release(&a);
            nf_decimal_release(&b);
        }
}

/* The largest there are, for which GMP would need most. */
static void the_largest_need_no_memory_of_gmp(void **unused)
{
    nf_decimal a, b, three = nf_decimal_from_int(3);
    size_t i;

    (void)unused;
    for (i = 0; i < NF_DECIMAL_MAX_DIGITS; i++)
        text[i] = (char)('1' + below(9));
    watched = true;
    assert_true(nf_decimal_parse(&a, text, i, false));
    memmove(text + i / 2 + 1, text + i / 2, i / 2);
    text[i / 2] = '.';
    text[0] = text[0] == '9' ? '1' : '9';
    assert_true(nf_decimal_parse(&b, text, i + 1, false));
    watched = false;
    adds_and_multiplies(&a, &b);
    adds_and_multiplies(&b, &a);
    divides(&a, &b, NF_DECIMAL_MAX_SCALE);
    divides(&b, &a, NF_DECIMAL_MAX_SCALE);
    divides(&a, &three, NF_DECIMAL_MAX_SCALE);
    takes_roots(&a, NF_DECIMAL_MAX_SCALE - 9);
    takes_roots(&b, NF_DECIMAL_MAX_SCALE / 2 - 9);
    raises(&three, 41900);
    nf_decimal_release(&a);
    nf_decimal_release(&b);
}

/* ---- without memory --------------------------------------------------------
 */

static int left; /* requests that are granted */

static void *scarce(void *unused, size_t size)
{
    (void)unused;
    return left-- > 0 ? malloc(size) : NULL;
}

static void give_back(void *unused, void *memory, size_t size)
{
    (void)unused;
    (void)size;
    free(memory);
}

typedef bool (*operation)(nf_decimal *out, const nf_decimal *a,
                          const nf_decimal *b);

static bool divide(nf_decimal *out, const nf_decimal *a, const nf_decimal *b)
{
    return nf_decimal_divide(out, a, b, 9000, NF_ROUND_HALF_EVEN);
}

static bool raise_it(nf_decimal *out, const nf_decimal *a, const nf_decimal *b)
{
    (void)b;
    return nf_decimal_power(out, a, -4, 40, NF_ROUND_HALF_EVEN);
}

static bool root(nf_decimal *out, const nf_decimal *a, const nf_decimal *b)
{
    (void)b;
    return nf_decimal_sqrt(out, a, 3000, NF_ROUND_HALF_EVEN);
}

static bool read_again(nf_decimal *out, const nf_decimal *a,
                       const nf_decimal *b)
{
    (void)b;
    nf_decimal_format(a, text, sizeof text);
    return nf_decimal_parse(out, text, strlen(text), false);
}

/* Fails for want of each of its requests in turn, and then gives the same. */
static void survives(operation f, const nf_decimal *a, const nf_decimal *b)
{
    nf_decimal expected, result;
    bool ok = false;

    left = 1000;
    assert_true(f(&expected, a, b));
    for (int n = 0; !ok; n++) {
        left = n;
        ok = f(&result, a, b);
        assert_true(ok || (!result.is_big && result.as.small == 0));
        assert_true(n < 1000);
    }
    assert_int_equal(nf_decimal_compare(&expected, &result), 0);
    nf_decimal_release(&expected);
    nf_decimal_release(&result);
}

static void fails_where_there_is_no_memory(void **unused)
{
    static const operation all[] = {nf_decimal_add,
                                    nf_decimal_subtract,
                                    nf_decimal_multiply,
                                    divide,
                                    nf_decimal_remainder,
                                    raise_it,
                                    root,
                                    read_again};
    const nf_allocator allocator = {.allocate = scarce, .release = give_back};
    nf_memory *memory = nf_memory_new(&allocator);
    nf_decimal a, b;

    (void)unused;
    assert_non_null(memory);
    {
        NF_IN_MEMORY(memory);
        left = 1000;
        for (int i = 0; i < 3000; i++)
            text[i] = i == 700 ? '.' : (char)('1' + below(9));
        assert_true(nf_decimal_parse(&a, text, 3000, false));
        assert_true(nf_decimal_parse(&b, text, 650, false));
        for (size_t i = 0; i < sizeof all / sizeof *all; i++)
            survives(all[i], &a, &b);
        nf_decimal_release(&a);
        nf_decimal_release(&b);
    }
    nf_memory_close(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_integers_of_gmp),
        cmocka_unit_test(the_largest_need_no_memory_of_gmp),
        cmocka_unit_test(fails_where_there_is_no_memory),
    };

    mp_set_memory_functions(gmp_allocate, gmp_reallocate, gmp_free);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
