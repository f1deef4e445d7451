/* Labels: breaking, cutting, and what must not reach a picture. */
#include "analysis/label.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
/* after the four above */
#include <cmocka.h>

static int make(void **state)
{
    *state = nf_arena_new();
    return *state ? 0 : -1;
}

static int drop(void **state)
{
    nf_arena_free(*state);
    return 0;
}

static void test_breaks_at_words(void **state)
{
    nf_label label =
        nf_label_wrap(*state, "Retrieve  open\n orders ", 10, 70, 3, false);
    assert_int_equal(label.count, 2);
    assert_string_equal(label.lines[0], "Retrieve open");
    assert_string_equal(label.lines[1], "orders");
    assert_false(label.cut);
    assert_true(label.width <= 71);
}

static void test_breaks_inside_long_names(void **state)
{
    nf_label label =
        nf_label_wrap(*state, "ACT_OrderLine_SaveAndClose", 10, 90, 3, false);
    assert_int_equal(label.count, 2);
    assert_string_equal(label.lines[0], "ACT_OrderLine_");
    assert_string_equal(label.lines[1], "SaveAndClose");
}

static void test_cuts_with_an_ellipsis(void **state)
{
    nf_label label = nf_label_wrap(*state, "one two three four five six seven",
                                   10, 50, 2, false);
    assert_int_equal(label.count, 2);
    assert_true(label.cut);
    size_t length = strlen(label.lines[1]);
    assert_string_equal(label.lines[1] + length - 3, "\xe2\x80\xa6");
    for (size_t i = 0; i < 2; i++)
        assert_true(
            nf_label_width(label.lines[i], strlen(label.lines[i]), 10) <= 51);
    assert_string_equal(nf_label_line(*state, "no room at all", 10, 30),
                        "no r\xe2\x80\xa6");
}

static void test_keeps_line_ends(void **state)
{
    nf_label label = nf_label_wrap(*state, "a\r\n\r\nb\n", 10, 50, 9, true);
    assert_int_equal(label.count, 3);
    assert_string_equal(label.lines[0], "a");
    assert_string_equal(label.lines[1], "");
    assert_string_equal(label.lines[2], "b");
    label = nf_label_wrap(*state, " \n\t ", 10, 50, 9, false);
    assert_int_equal(label.count, 0);
}

static void test_cleans(void **state)
{
    /* escapes, marks of direction, bytes that are no UTF-8 */
    assert_string_equal(nf_label_line(*state,
                                      "a\x1b"
                                      "b\xe2\x80\xae"
                                      "c\xff",
                                      10, 200),
                        "a\xef\xbf\xbd"
                        "bc\xef\xbf\xbd");
    nf_buffer out;
    nf_buffer_init(&out, NF_BUFFER_MAX);
    nf_label_xml(&out, "<a b=\"c\">&\x01\r\n\xed\xa0\x80", 100);
    assert_string_equal(nf_buffer_string(&out),
                        "&lt;a b=&quot;c&quot;&gt;&amp;\xef\xbf\xbd\n"
                        "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    nf_buffer_clear(&out);
    nf_label_xml(&out, "ab\xc3\xa9", 3);
    assert_string_equal(nf_buffer_string(&out), "ab\xe2\x80\xa6");
    nf_buffer_dispose(&out);
}

/* A width in which nothing fits still ends. */
static void test_no_room(void **state)
{
    nf_label label =
        nf_label_wrap(*state, "\xe4\xb8\xad\xe6\x96\x87", 10, 1, 40, false);
    assert_int_equal(label.count, 2);
    label = nf_label_wrap(*state, "abc", 10, -5, 1, false);
    assert_int_equal(label.count, 1);
    assert_true(label.cut);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_breaks_at_words),
        cmocka_unit_test(test_breaks_inside_long_names),
        cmocka_unit_test(test_cuts_with_an_ellipsis),
        cmocka_unit_test(test_keeps_line_ends),
        cmocka_unit_test(test_cleans),
        cmocka_unit_test(test_no_room),
    };
    return cmocka_run_group_tests(tests, make, drop);
}
