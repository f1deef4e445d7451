/* The tests that took longest. */
#ifndef NF_TESTING_SLOWEST_H
#define NF_TESTING_SLOWEST_H

#include "testing/result.h"

enum { TEST_SLOWEST_MAX = 100 };

typedef struct test_slow {
    char *name, *file; /* own */
    long line;
    double milliseconds;
} test_slow;

/* All zero but `most` is none yet. */
typedef struct test_slowest {
    size_t most; /* that are kept: 1 … TEST_SLOWEST_MAX; 0: none are noted */
    test_slow items[TEST_SLOWEST_MAX]; /* the slowest first */
    size_t count;
} test_slowest;

/* Errors: NF_NOMEM. */
nf_status test_slowest_note(test_slowest *slowest, const nf_test_result *result,
                            nf_error *err);
void test_slowest_dispose(test_slowest *slowest);

#endif
