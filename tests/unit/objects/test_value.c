/* Values, their counts and the ids of reference sets. */
#include "objects/object.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* expressions §5: lengths are UTF-16 units. */
static void lengths(void **state)
{
    nf_string *text = nf_string_new("a\xC3\xA9\xF0\x9F\x98\x80", 7);

    (void)state;
    assert_int_equal(nf_string_utf16_length(text), 4);
    assert_false(text->flags & NF_STRING_ASCII);
    nf_string_release(text);
    text = nf_string_new("abc", 3);
    assert_int_equal(nf_string_utf16_length(text), 3);
    assert_true(text->flags & NF_STRING_ASCII);
    nf_string_release(text);
}

static void equality(void **state)
{
    nf_value a, b, copy;

    (void)state;
    assert_true(nf_value_text(&a, "x", 1));
    assert_true(nf_value_text(&b, "x", 1));
    assert_true(nf_value_equal(&a, &b));
    copy = nf_value_copy(&a);
    assert_int_equal(a.as.string->references, 2);
    nf_value_release(&copy);
    nf_value_release(&b);
    b = nf_integer(1);
    assert_false(nf_value_equal(&a, &b));
    nf_value_release(&a);
    assert_int_equal(a.kind, NF_KIND_EMPTY);
}

static void ids(void **state)
{
    const int64_t given[] = {9, 3, 9, 5};
    const int64_t *sorted;
    nf_value value;
    size_t count;

    (void)state;
    assert_true(nf_ids_value(&value, given, 4));
    sorted = nf_ids_of(&value, &count);
    assert_int_equal(count, 3);
    assert_int_equal(sorted[0], 3);
    assert_int_equal(sorted[2], 9);
    assert_true(nf_ids_has(&value, 5));
    assert_false(nf_ids_has(&value, 4));
    nf_value_release(&value);
    assert_true(nf_ids_value(&value, NULL, 0));
    assert_int_equal(value.kind, NF_KIND_EMPTY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lengths),
        cmocka_unit_test(equality),
        cmocka_unit_test(ids),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
