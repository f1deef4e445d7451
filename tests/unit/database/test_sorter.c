/* Texts in order, also more of them than the sorter's cache holds. */
#include "database/sorter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* By key bytewise, then by id, then as they were added. */
static void orders(void **state)
{
    static const struct {
        const char *key;
        int64_t id;
        const char *text;
    } given[] = {{"b", 1, "5"},  {"a", 2, "3"},   {"B", INT64_MAX, "1"},
                 {"a", -1, "2"}, {"\xC3\xA9", 0, "6"}, {"a", 2, "4"}};
    nf_sorter *sorter;
    nf_error err = {0};
    char found[8] = "";

    (void)state;
    assert_int_equal(nf_sorter_new(&sorter, &err), NF_OK);
    for (size_t i = 0; i < sizeof given / sizeof *given; i++)
        assert_int_equal(nf_sorter_add(sorter, given[i].key, given[i].id,
                                       given[i].text, 1, &err),
                         NF_OK);
    for (;;) {
        const char *key, *text;
        int64_t id;

        assert_int_equal(nf_sorter_next(sorter, &key, &id, &text, &err), NF_OK);
        if (!key)
            break;
        strncat(found, text, 1);
    }
    assert_string_equal(found, "123456");
    nf_sorter_free(sorter);
}

static void spills(void **state)
{
    enum { COUNT = 20000, SIZE = 1000 };
    char text[SIZE + 1];
    nf_sorter *sorter;
    nf_error err = {0};
    const char *key, *found;
    int64_t id;

    (void)state;
    assert_int_equal(nf_sorter_new(&sorter, &err), NF_OK);
    memset(text, 'x', SIZE);
    for (int i = 0; i < COUNT; i++) {
        int64_t place = (int64_t)i * 7919 % COUNT;

        snprintf(text, 8, "%06d", (int)place);
        text[6] = 'x';
        assert_int_equal(
            nf_sorter_add(sorter, "k", place, text, SIZE, &err), NF_OK);
    }
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(nf_sorter_next(sorter, &key, &id, &found, &err),
                         NF_OK);
        assert_string_equal(key, "k");
        assert_int_equal(id, i);
        assert_int_equal(strlen(found), SIZE);
        assert_int_equal(strtol(found, NULL, 10), i);
    }
    assert_int_equal(nf_sorter_next(sorter, &key, &id, &found, &err), NF_OK);
    assert_null(key);
    nf_sorter_free(sorter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders),
        cmocka_unit_test(spills),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
