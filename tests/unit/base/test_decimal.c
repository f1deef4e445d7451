/* Decimals: parsing, arithmetic and rounding at the border between inline and
 * large numbers (expressions S34 … S39, domain D124). */
#include "base/decimal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

static nf_decimal number(const char *text)
{
    nf_decimal d;

    assert_true(nf_decimal_parse(&d, text, strlen(text), true));
    return d;
}

static void check(nf_decimal *d, const char *expected)
{
    char text[400];

    nf_decimal_format(d, text, sizeof text);
    assert_string_equal(text, expected);
    assert_int_equal(nf_decimal_format(d, NULL, 0), strlen(expected));
    nf_decimal_release(d);
}

static void parses_and_prints(void **state)
{
    static const char *const good[][2] = {
        {"0", "0"},
        {"-0.0", "0"},
        {"1.50", "1.5"},
        {".5", "0.5"},
        {"-.05", "-0.05"},
        {"1e3", "1000"},
        {"1.5e-3", "0.0015"},
        {"9223372036854775807", "9223372036854775807"},
        {"-9223372036854775808", "-9223372036854775808"},
        {"9223372036854775808", "9223372036854775808"},
        {"12345678901234567890123.4567", "12345678901234567890123.4567"},
        {"1e30", "1000000000000000000000000000000"},
        {"0e99999", "0"},
    };
    static const char *const bad[] = {"",     "-",   ".",       "1.",   "+1",
                                      " 1",   "1 ",  "1,5",     "e5",   "1e",
                                      "0x1A", "1e+", "1e99999", "1.2.3"};
    nf_decimal d;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof good / sizeof *good; i++) {
        d = number(good[i][0]);
        check(&d, good[i][1]);
    }
    for (i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(nf_decimal_parse(&d, bad[i], strlen(bad[i]), true));
    assert_false(nf_decimal_parse(&d, "1e3", 3, false));
}

typedef bool (*binary)(nf_decimal *, const nf_decimal *, const nf_decimal *);

static void computes(binary f, const char *x, const char *y, const char *result)
{
    nf_decimal a = number(x), b = number(y), c;

    assert_true(f(&c, &a, &b));
    check(&c, result);
    nf_decimal_release(&a);
    nf_decimal_release(&b);
}

static void arithmetic_is_exact(void **state)
{
    (void)state;
    computes(nf_decimal_add, "0.1", "0.2", "0.3");
    computes(nf_decimal_add, "9223372036854775807", "1", "9223372036854775808");
    computes(nf_decimal_subtract, "9223372036854775808", "1",
             "9223372036854775807");
    computes(nf_decimal_subtract, "1e-30", "1",
             "-0.999999999999999999999999999999");
    computes(nf_decimal_multiply, "2.5", "4", "10");
    computes(nf_decimal_multiply, "-9223372036854775808",
             "-9223372036854775808", "85070591730234615865843651857942052864");
    computes(nf_decimal_multiply, "12345678901234567890", "0.1",
             "1234567890123456789");
    computes(nf_decimal_remainder, "-7", "3", "-1");
    computes(nf_decimal_remainder, "5.5", "2", "1.5");
    computes(nf_decimal_remainder, "-9223372036854775808", "-1", "0");
    computes(nf_decimal_remainder, "1e30", "7", "1");
}

static void quotient(const char *x, const char *y, int scale, nf_rounding r,
                     const char *result)
{
    nf_decimal a = number(x), b = number(y), c;

    assert_true(nf_decimal_divide(&c, &a, &b, scale, r));
    check(&c, result);
    nf_decimal_release(&a);
    nf_decimal_release(&b);
}

static void division_rounds(void **state)
{
    nf_decimal a = number("1"), b = number("3"), c, zero = {0};

    (void)state;
    quotient("1", "6", 20, NF_ROUND_HALF_UP, "0.16666666666666666667");
    quotient("-2", "3", 20, NF_ROUND_HALF_UP, "-0.66666666666666666667");
    quotient("1", "8", 2, NF_ROUND_HALF_UP, "0.13");
    quotient("1", "8", 2, NF_ROUND_HALF_EVEN, "0.12");
    quotient("-1", "8", 2, NF_ROUND_FLOOR, "-0.13");
    quotient("-1", "8", 2, NF_ROUND_CEILING, "-0.12");
    quotient("1e40", "3e39", 3, NF_ROUND_HALF_UP, "3.333");
    assert_true(
        nf_decimal_divide_significant(&c, &a, &b, 38, NF_ROUND_HALF_UP));
    check(&c, "0.33333333333333333333333333333333333333");
    assert_true(
        nf_decimal_divide_significant(&c, &b, &a, 38, NF_ROUND_HALF_UP));
    check(&c, "3");
    assert_false(nf_decimal_divide(&c, &a, &zero, 20, NF_ROUND_HALF_UP));
}

static void rounded(const char *x, int scale, nf_rounding r, const char *result)
{
    nf_decimal a = number(x), c;

    assert_true(nf_decimal_round(&c, &a, scale, r));
    check(&c, result);
    nf_decimal_release(&a);
}

static void rounds(void **state)
{
    (void)state;
    rounded("1.005", 2, NF_ROUND_HALF_UP, "1.01");
    rounded("88.725", 2, NF_ROUND_HALF_EVEN, "88.72");
    rounded("-22.5", 0, NF_ROUND_HALF_EVEN, "-22");
    rounded("1234.5", -2, NF_ROUND_HALF_UP, "1200");
    rounded("-0.1", 0, NF_ROUND_FLOOR, "-1");
    rounded("-0.9", 0, NF_ROUND_CEILING, "0");
    rounded("5", -1000000, NF_ROUND_HALF_UP, "0");
    rounded("99999999999999999999.95", 1, NF_ROUND_HALF_UP,
            "100000000000000000000");
}

static void powers_and_roots(void **state)
{
    nf_decimal base = number("2"), ten = number("10"), c;
    nf_decimal minus = number("-1"), three = number("3");

    (void)state;
    assert_true(nf_decimal_power(&c, &base, -1, 20, NF_ROUND_HALF_UP));
    check(&c, "0.5");
    assert_true(nf_decimal_power(&c, &ten, 30, 20, NF_ROUND_HALF_UP));
    check(&c, "1000000000000000000000000000000");
    assert_true(nf_decimal_power(&c, &minus, INT64_MIN, 20, NF_ROUND_DOWN));
    check(&c, "1");
    assert_false(nf_decimal_power(&c, &base, INT64_MAX, 20, NF_ROUND_DOWN));
    assert_true(nf_decimal_sqrt(&c, &three, 20, NF_ROUND_HALF_UP));
    check(&c, "1.73205080756887729353");
    assert_false(nf_decimal_sqrt(&c, &minus, 20, NF_ROUND_HALF_UP));
}

static void doubles(void **state)
{
    nf_decimal c;

    (void)state;
    assert_true(nf_decimal_from_double(&c, 1.4142135623730951));
    check(&c, "1.4142135623730951");
    assert_true(nf_decimal_from_double(&c, 1e-7));
    assert_true(nf_decimal_to_double(&c) == 1e-7);
    check(&c, "0.0000001");
}

/* D124: the packed form sorts as the numbers do. */
static void packs_in_order(void **state)
{
    static const char *const sorted[] = {"-99999999999999999999.99999999",
                                         "-1",
                                         "-0.00000001",
                                         "0",
                                         "0.00000001",
                                         "1.5",
                                         "12345678901234567890.12345678"};
    uint8_t last[12] = {0}, bytes[12];
    nf_decimal a, c;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof sorted / sizeof *sorted; i++) {
        a = number(sorted[i]);
        assert_true(nf_decimal_pack(bytes, sizeof bytes, 8, &a));
        assert_true(memcmp(last, bytes, sizeof bytes) < 0);
        memcpy(last, bytes, sizeof bytes);
        assert_true(nf_decimal_unpack(&c, bytes, sizeof bytes, 8));
        check(&c, sorted[i]);
        nf_decimal_release(&a);
    }
    a = number("1e30");
    assert_false(nf_decimal_pack(bytes, sizeof bytes, 8, &a));
    nf_decimal_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_and_prints),
        cmocka_unit_test(arithmetic_is_exact),
        cmocka_unit_test(division_rounds),
        cmocka_unit_test(rounds),
        cmocka_unit_test(powers_and_roots),
        cmocka_unit_test(doubles),
        cmocka_unit_test(packs_in_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
