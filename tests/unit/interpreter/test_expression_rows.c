/* The rows of rows.tsv (columns of expressions §14) in both engines. A
 * different file may be named on the command line. */
#include "helper_tree_eval.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *path =
    NF_SOURCE_DIR "/tests/scenarios/program/expressions/rows.tsv";

static void expect(nf_buffer *out, const char *type, const char *value)
{
    nf_buffer plain;

    if (!strcmp(type, "Error")) {
        nf_buffer_format(out, "Error\t%s", value);
        return;
    }
    nf_buffer_init(&plain, NF_BUFFER_MAX);
    nf_cell_decode(&plain, value, strlen(value));
    nf_buffer_format(out, "%s\t", type);
    nf_cell_encode(out, nf_buffer_string(&plain), plain.length);
    nf_buffer_dispose(&plain);
}

static int check_row(char **cells, nf_engine engine)
{
    nf_buffer got, wanted;
    int failed;

    nf_buffer_init(&got, NF_BUFFER_MAX);
    nf_buffer_init(&wanted, NF_BUFFER_MAX);
    expect(&wanted, cells[2], cells[3]);
    tree_answer(&got, cells[6], cells[1], engine);
    nf_buffer_char(&got, '\0');
    failed = !strcmp(cells[2], "Error")
                 ? strncmp(got.data, wanted.data, wanted.length) != 0
                 : strcmp(got.data, wanted.data) != 0;
    if (failed)
        fprintf(stderr, "%s (%s) %s\n  wanted %s\n  got    %s\n", cells[0],
                engine == NF_ENGINE_CLIENT ? "client" : "server", cells[1],
                wanted.data, got.data);
    nf_buffer_dispose(&got);
    nf_buffer_dispose(&wanted);
    return failed;
}

static int check_line(char *line)
{
    char *cells[8];
    int i, failed = 0;

    line[strcspn(line, "\n")] = '\0';
    for (i = 0; i < 8; i++) {
        cells[i] = strsep(&line, "\t");
        assert_non_null(cells[i]);
    }
    if (strcmp(cells[7], "server") != 0)
        failed += check_row(cells, NF_ENGINE_CLIENT);
    if (strcmp(cells[7], "client") != 0)
        failed += check_row(cells, NF_ENGINE_SERVER);
    return failed;
}

static void rows_hold(void **state)
{
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t size = 0;
    int failed = 0, count = 0;

    (void)state;
    assert_non_null(file);
    while (getline(&line, &size, file) > 0)
        if (count++ > 0)
            failed += check_line(line);
    free(line);
    fclose(file);
    assert_true(count > 100);
    assert_int_equal(failed, 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rows_hold)};

    if (argc > 1)
        path = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
