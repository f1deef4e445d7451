/* Accounts: limits, and accounts within accounts. */
#include "base/error.h"
#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* What an account refuses is told once, with its limit; what was allocated is
 * given back to it wherever that happens. */
static void limits(void **state)
{
    nf_memory *memory = nf_memory_new(NULL);
    nf_error err = {0};
    void *block;

    (void)state;
    assert_non_null(memory);
    nf_memory_limit(memory, 1000);
    {
        NF_IN_MEMORY(memory);
        block = nf_alloc(500);
        assert_non_null(block);
        assert_null(nf_alloc(500));
        assert_int_equal(nf_error_nomem(&err), NF_NOMEM);
        assert_string_equal(err.detail, "memory_limit");
        assert_int_equal(nf_memory_take_refusal(), 0);
    }
    assert_true(nf_memory_was_refused(memory));
    nf_free(block);
    assert_int_equal(nf_memory_used(memory, NULL), 0);
    nf_memory_close(memory);
}

/* 600 bytes in an account of 1000 within one of 4000. */
static void *fill(nf_memory *inner)
{
    void *kept;
    NF_IN_MEMORY(inner);

    kept = nf_alloc(600);
    assert_non_null(kept);
    assert_null(nf_alloc(600));
    assert_int_equal(nf_memory_take_refusal(), 1000);
    nf_memory_limit(inner, 0);
    assert_null(nf_alloc(3500));
    assert_int_equal(nf_memory_take_refusal(), 4000);
    return kept;
}

/* An inner account counts in the outer one, and each has its limit; what lives
 * longer than the inner one keeps counting in the outer. */
static void within(void **state)
{
    nf_memory *outer = nf_memory_new(NULL), *inner;
    void *kept = NULL;

    (void)state;
    assert_non_null(outer);
    nf_memory_limit(outer, 4000);
    {
        NF_IN_MEMORY(outer);
        inner = nf_memory_new_within();
        assert_non_null(inner);
        nf_memory_limit(inner, 1000);
        kept = fill(inner);
        nf_memory_close(inner);
        assert_true(nf_memory_used(outer, NULL) >= 600);
        kept = nf_realloc_array(kept, 1, 900); /* still of the inner one */
        assert_non_null(kept);
    }
    assert_true(nf_memory_used(outer, NULL) >= 900);
    nf_free(kept);
    assert_int_equal(nf_memory_used(outer, NULL), 0);
    nf_memory_close(outer);
}

/* Without one around it, it is one as any other. */
static void alone(void **state)
{
    nf_memory *memory = nf_memory_new_within();
    void *block;

    (void)state;
    assert_non_null(memory);
    {
        NF_IN_MEMORY(memory);
        block = nf_alloc(16);
    }
    assert_non_null(block);
    nf_memory_close(memory);
    nf_free(block);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits),
        cmocka_unit_test(within),
        cmocka_unit_test(alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
