/* Inside of `test`: a run of a suite, for suite.c and jobs.c. */
#ifndef NF_TESTING_RUNNER_H
#define NF_TESTING_RUNNER_H

#include "testing/look.h"
#include "testing/report.h"
#include "testing/suite.h"

enum { REPORTERS_MAX = 8 };

typedef struct runner {
    const nf_app *app;
    const nf_session_options *session;
    const nf_test_options *options;
    nf_test_summary *summary;
    nf_test_reporter reporters[REPORTERS_MAX];
    size_t reporter_count;
    nf_test_looker looker;   /* of the thread that tells; others are merged */
    nf_templates *templates; /* of the databases of all tests (E45) */
    double milliseconds;
} runner;

/* ---- suite.c ------------------------------------------------------------- */

/* What looks on at the tests of one thread; its coverage is the caller's. */
nf_status test_runner_look(nf_test_looker *out, const runner *r, nf_error *err);
/* Counts and tells a result, and frees it. */
nf_status test_runner_finish(runner *r, test_item *item, nf_error *err);

/* ---- trials.c ------------------------------------------------------------ */

/* One try of an item: its case runs once, or as often as @forall and @fault
 * sweep want. */
void test_trials(const runner *r, const nf_test_looker *looker,
                 test_item *item);

/* ---- retrace.c ----------------------------------------------------------- */

/* Gives the result of a test that failed its last steps, if they are wanted and
 * were not told while it ran. */
void test_runner_retrace(const runner *r, const nf_test_looker *looker,
                         test_item *item);

/* ---- jobs.c -------------------------------------------------------------- */

/* Runs all items and tells their results in order. */
nf_status test_runner_run(runner *r, test_suite *suite, nf_error *err);

#endif
