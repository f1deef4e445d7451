/* base/map.c: growth, replacement, and removal from long probe runs. */
#include "base/map.h"
#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

static void finds_what_was_set(void **state)
{
    enum { N = 1000 };
    static char keys[N][8];
    nf_map *map = nf_map_new();

    (void)state;
    for (int i = 0; i < N; i++) {
        snprintf(keys[i], sizeof keys[i], "k%d", i);
        assert_true(nf_map_set(map, keys[i], keys[i]));
    }
    assert_int_equal(nf_map_count(map), N);
    for (int i = 0; i < N; i++)
        assert_ptr_equal(nf_map_get(map, keys[i]), keys[i]);
    assert_null(nf_map_get(map, "k1000"));
    assert_ptr_equal(nf_map_get_n(map, "k12345", 3), keys[12]);
    assert_true(nf_map_set(map, "k7", map));
    assert_ptr_equal(nf_map_get(map, "k7"), map);
    assert_int_equal(nf_map_count(map), N);
    nf_map_free(map);
}

static void keeps_the_rest_when_ids_go(void **state)
{
    enum { N = 2000 };
    static int values[N];
    nf_idmap *map = nf_idmap_new();

    (void)state;
    for (int64_t i = 0; i < N; i++)
        assert_true(nf_idmap_set(map, i * 4096, &values[i]));
    for (int64_t i = 0; i < N; i += 3)
        nf_idmap_remove(map, i * 4096);
    for (int64_t i = 0; i < N; i++)
        assert_ptr_equal(nf_idmap_get(map, i * 4096),
                         i % 3 == 0 ? NULL : &values[i]);
    assert_int_equal(nf_idmap_count(map), N - (N + 2) / 3);
    nf_idmap_remove(map, -5);
    nf_idmap_free(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_was_set),
        cmocka_unit_test(keeps_the_rest_when_ids_go),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
