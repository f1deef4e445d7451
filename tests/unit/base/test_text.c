/* Texts: what is well-formed UTF-8. */
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Characters of one to four bytes, and what only looks like some. */
static const struct {
    const char *text;
    bool valid;
} cases[] = {
    {"", true},
    {"e", true},
    {"\xC3\xA9", true},
    {"\xE2\x82\xAC", true},
    {"\xF0\x9F\x98\x80", true},
    {"\x80", false},
    {"\xC3", false},
    {"\xC0\xAF", false},
    {"\xED\xA0\x80", false},
    {"\xE2\x82", false},
    {"\xF4\x90\x80\x80", false},
    {"\xFF", false},
};

/* Wherever it stands among ASCII, which is looked at eight bytes at a time. */
static void valid_anywhere(void **state)
{
    char text[64];

    (void)state;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        size_t size = strlen(cases[c].text);
        for (size_t before = 0; before < 20; before++) {
            for (size_t after = 0; after < 20; after++) {
                memset(text, 'x', sizeof text);
                memcpy(text + before, cases[c].text, size);
                assert_int_equal(nf_utf8_valid(text, before + size + after),
                                 cases[c].valid);
            }
        }
    }
}

/* A NUL is a character; a second damaged one behind a good one is found. */
static void valid_bytes(void **state)
{
    (void)state;
    assert_true(nf_utf8_valid("a\0b", 3));
    assert_false(nf_utf8_valid("\xC3\xA9xxxxxxxx\xC3", 11));
    assert_true(nf_utf8_valid("\xC3\xA9xxxxxxxx\xC3\xA9", 12));
}

static void hex_digits(void **state)
{
    (void)state;
    for (int c = 0; c < 256; c++) {
        char digit = (char)c, *end, text[] = {digit, '\0'};
        long value = strtol(text, &end, 16);
        bool one = digit && !strchr(" \t\n\v\f\r+-", digit) && !*end;

        assert_int_equal(nf_hex_digit(digit), one ? value : -1);
    }
}

/* What is no character goes, the rest stays in its place. */
static void mended(void **state)
{
    char text[64];

    (void)state;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        snprintf(text, sizeof text, "a%sb\xC3", cases[c].text);
        nf_utf8_mend(text);
        assert_true(nf_utf8_valid(text, strlen(text)));
        assert_int_equal(text[0], 'a');
        assert_int_equal(text[strlen(text) - 1], 'b');
        if (cases[c].valid)
            assert_int_equal(strlen(text), strlen(cases[c].text) + 2);
    }
}

/* What steers a terminal is shown as an escape, in one line or in several. */
static void shown(void **state)
{
    static const char text[] = "a\x1b[1m\tb\x7f\nc\r\xc2\x9b\xc2\xa0\xc3\xa9";
    nf_buffer out;

    (void)state;
    nf_buffer_init(&out, NF_BUFFER_MAX);
    nf_buffer_shown(&out, text, true);
    assert_string_equal(nf_buffer_string(&out),
                        "a\\x1b[1m\tb\\x7f\\nc\\x0d\\x9b\xc2\xa0\xc3\xa9");
    nf_buffer_clear(&out);
    nf_buffer_shown(&out, text, false);
    assert_string_equal(nf_buffer_string(&out),
                        "a\\x1b[1m\tb\\x7f\nc\\x0d\\x9b\xc2\xa0\xc3\xa9");
    nf_buffer_clear(&out);
    nf_buffer_shown(&out, "\xc2", true);
    assert_string_equal(nf_buffer_string(&out), "\xc2");
    nf_buffer_dispose(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(valid_anywhere), cmocka_unit_test(valid_bytes),
        cmocka_unit_test(hex_digits),     cmocka_unit_test(mended),
        cmocka_unit_test(shown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
