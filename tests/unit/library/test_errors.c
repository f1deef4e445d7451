/* library/errors.c: errors as hosts read them, on one line. */
#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void prints(const nf_error *err, const char *expected)
{
    char *text = nf_error_print(err);
    assert_string_equal(text, expected);
    nf_text_free(text);
}

/* expressions S79: a long expression is cut around the place, at characters. */
static void test_long_expressions_are_cut(void **state)
{
    char text[2001];
    nf_error err = {.position = 1000};
    (void)state;
    for (size_t i = 0; i < 2000; i += 2)
        memcpy(text + i, "\u00e9", 2);
    memcpy(text + 1000, "1/0", 3);
    text[1003] = ' ';
    nf_error_of_expression(&err, text, 2000);
    assert_true(strlen(err.expression) < 256);
    assert_true(nf_utf8_valid(err.expression, strlen(err.expression)));
    assert_non_null(strstr(err.expression, "\u00e91/0 \u00e9"));
    assert_true(strncmp(err.expression, "\u2026", 3) == 0);
    /* A position that is not in it says nothing. */
    err = (nf_error){.position = 7};
    nf_error_of_expression(&err, "1", 1);
    assert_string_equal(err.expression, "");
}

static void test_print_says_where(void **state)
{
    nf_error *err = nf_error_new();
    (void)state;
    prints(err, "");
    prints(NULL, "");
    nf_error_set(err, NF_FAILED, "expression_error", "division by\nzero");
    nf_error_detail(err, "E-DIV0");
    nf_error_in(err, "M.Flow", "Do it", "id");
    nf_error_at_position(err, 3);
    prints(err, "division by zero (in M.Flow, \"Do it\", at 3) [E-DIV0]");
    assert_string_equal(nf_error_text(err, NF_ERROR_CODE), "expression_error");
    assert_string_equal(nf_error_text(err, NF_ERROR_DOCUMENT), "M.Flow");
    assert_int_equal(nf_error_number(err, NF_ERROR_POSITION), 3);
    assert_int_equal(nf_error_number(err, NF_ERROR_OFFSET), -1);
    nf_error_of_expression(err, "7 +\tx", 6);
    prints(err, "division by zero (in M.Flow, \"Do it\", at 3 of 7 + x) "
                "[E-DIV0]");
    assert_string_equal(nf_error_text(err, NF_ERROR_EXPRESSION), "7 +\tx");
    nf_error_reset(err);
    assert_string_equal(nf_error_text(err, NF_ERROR_EXPRESSION), "");
    assert_int_equal(nf_error_status(err), NF_OK);
    nf_error_set(err, NF_INPUT, "bad_data", "no entity");
    nf_error_at_line(err, "a.jsonl", 2);
    prints(err, "a.jsonl:2: no entity [bad_data]");
    assert_int_equal(nf_error_number(err, NF_ERROR_LINE), 2);
    nf_error_free(err);
}

static void test_callbacks_fail_with_a_message(void **state)
{
    nf_error *err = nf_error_new();
    (void)state;
    assert_int_equal(nf_error_fail(err, "no camera"), NF_FAILED);
    assert_string_equal(nf_error_text(err, NF_ERROR_CODE), "host_error");
    assert_string_equal(nf_error_text(err, NF_ERROR_MESSAGE), "no camera");
    assert_int_equal(nf_error_fail(err, "again"), NF_FAILED);
    assert_string_equal(nf_error_text(err, NF_ERROR_MESSAGE), "no camera");
    nf_error_free(err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_print_says_where),
        cmocka_unit_test(test_long_expressions_are_cut),
        cmocka_unit_test(test_callbacks_fail_with_a_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
