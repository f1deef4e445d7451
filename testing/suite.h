/* Inside of `test`: what is to run. All files are read before the first test
 * runs; each test, or each row of one, is an item with a result of its own. */
#ifndef NF_TESTING_SUITE_H
#define NF_TESTING_SUITE_H

#include "testing/case.h"

typedef struct test_item {
    const nf_test_file
        *file; /* NULL: it could not be read; the result says so */
    const nf_test_case *test;
    const char *const *names, *const *cells; /* of a row of @each */
    size_t cell_count;
    nf_test_result result;
    bool decided;  /* the result is there without a run */
    bool finished; /* told by the thread that ran it */
} test_item;

typedef struct test_suite {
    nf_test_file **files; /* those that could be read */
    size_t file_count, file_capacity;
    test_item *items;
    size_t count, capacity;
    size_t seen; /* tests and broken files, also those that were left out */
} test_suite;

/* Reads all files below the paths and lists what is to run of them. Errors:
 * NF_INPUT (a path that can't be read), NF_NOMEM. */
nf_status test_suite_read(test_suite *suite, const nf_app *app,
                          const char *const *paths, size_t path_count,
                          const nf_test_options *options, nf_error *err);
/* discover.c: the flows of the app that are tests, as a file; NULL: none. */
nf_status test_suite_discover(nf_test_file **out, const nf_app *app,
                              nf_error *err);
void test_suite_dispose(test_suite *suite);

#endif
