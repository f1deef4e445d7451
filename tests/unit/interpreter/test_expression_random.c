/* A property: what is compiled and run by the machine gives what a plain walk
 * over the tree gives, value or error with its place, for well-typed random
 * expressions (expressions S5, S27, S79). SEED=n starts elsewhere. */
#include "helper_random_expression.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

enum { EXPRESSIONS = 4000, LONGEST = 400 };

static uint32_t state_of_random = 1;

static uint32_t next_number(void)
{
    state_of_random = state_of_random * 1664525u + 1013904223u;
    return state_of_random >> 8;
}

static void machine_and_tree_agree(void **state)
{
    uint8_t bytes[LONGEST];
    int failed = 0, values = 0;

    (void)state;
    for (int i = 0; i < EXPRESSIONS && failed < 5; i++) {
        size_t length = 1 + next_number() % LONGEST;
        nf_engine engine = i % 2 ? NF_ENGINE_SERVER : NF_ENGINE_CLIENT;
        nf_buffer report;
        bool valued;

        for (size_t at = 0; at < length; at++)
            bytes[at] = (uint8_t)next_number();
        nf_buffer_init(&report, NF_BUFFER_MAX);
        if (!random_evaluations_agree(&report, &valued, engine, bytes,
                                      length)) {
            failed++;
            fprintf(stderr, "expression %d (%s): %s\n", i,
                    engine == NF_ENGINE_CLIENT ? "client" : "server",
                    nf_buffer_string(&report));
        }
        values += valued;
        nf_buffer_dispose(&report);
    }
    assert_int_equal(failed, 0);
    assert_true(values > EXPRESSIONS / 2); /* not only errors */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(machine_and_tree_agree),
    };
    const char *seed = getenv("SEED");

    if (seed)
        state_of_random = (uint32_t)strtoul(seed, NULL, 10);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
