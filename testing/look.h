/* Looking on at a test: what it covers, and its last steps for the result. */
#ifndef NF_TESTING_LOOK_H
#define NF_TESTING_LOOK_H

#include "testing/case.h"
#include "testing/coverage.h"

/* How many steps a result keeps. */
enum { NF_TEST_STEPS = 40 };

/* What a thread that runs tests has; nothing is looked at if `coverage` is
 * NULL. */
typedef struct nf_test_looker {
    nf_coverage *coverage; /* borrowed */
    bool steps;            /* its programs tell steps */
} nf_test_looker;

/* At a session of the test, until it ends. Errors: NF_NOMEM. */
nf_status test_look_at(test_run *run, nf_session *session, nf_error *err);
/* The test has ended: its result gets the steps, the coverage what ran. */
void test_look_end(test_run *run);

#endif
