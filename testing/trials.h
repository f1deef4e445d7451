/* Inside of `test`: a case that is tried many times, with values that are made
 * up (@forall) and with everything that can go wrong on the way (@fault sweep).
 */
#ifndef NF_TESTING_TRIALS_H
#define NF_TESTING_TRIALS_H

#include "base/fault.h"
#include "testing/result.h"

enum { NF_TEST_POINTS = 96 };

/* How often a point of faults was reached before the body, and after it. */
typedef struct nf_test_reached {
    const char *point;
    nf_fault_class kind;
    int64_t before, after;
} nf_test_reached;

/* One run of a case: what is decided from outside, and what was seen. */
typedef struct nf_test_trial {
    const char *const *names, *const *cells; /* variables and their values */
    size_t cell_count;
    /* A fault of a sweep, whose number counts from the body on; "" none; NULL:
     * the plan of the test. */
    const char *plan;
    bool sweeps;                             /* the plan is one of a sweep */
    nf_test_reached reached[NF_TEST_POINTS]; /* on the devices */
    size_t reached_count;
} nf_test_trial;

#endif
