/* Libraries that are loaded later: what a missing one looks like. */
#include "base/dynamic.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Needs a symbol of a library in a process of its own; what that says on
 * standard error and its exit status. */
static int need(const char *file, const char *symbol, char *said, size_t size)
{
    int ends[2], status = 0;
    ssize_t length;
    pid_t child;

    assert_int_equal(pipe(ends), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        void *slot = NULL;
        const nf_symbol wanted = {symbol, &slot};

        dup2(ends[1], STDERR_FILENO);
        nf_dynamic_need(file, &wanted, 1);
        _exit(slot ? 0 : 1);
    }
    close(ends[1]);
    length = read(ends[0], said, size - 1);
    said[length > 0 ? length : 0] = '\0';
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void missing(void **state)
{
    char said[400];

    (void)state;
    assert_int_equal(need("libm.so.6", "cos", said, sizeof said), 0);
    assert_string_equal(said, "");
    assert_int_equal(need("libnanoflow-none.so.1", "f", said, sizeof said),
                     127);
    assert_non_null(strstr(said, "libnanoflow-none.so.1"));
    assert_int_equal(need("libm.so.6", "no_such_function", said, sizeof said),
                     127);
    assert_non_null(strstr(said, "no_such_function"));
}

static void refused(void **state)
{
    void *slot = NULL;
    const nf_symbol wanted = {"no_such_function", &slot};

    (void)state;
    assert_null(nf_dynamic_load("libnanoflow-none.so.1", &wanted, 1));
    assert_null(nf_dynamic_load("libm.so.6", &wanted, 1));
    assert_null(slot);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(missing),
        cmocka_unit_test(refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
