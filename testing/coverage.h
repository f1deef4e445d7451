/* What of an app's flows tests have run: objects, sequence flows, outcomes of
 * decisions, error handling flows, and loops that ran no, one and many times;
 * each with the number of tests. Flows are those that ran, and all nanoflows of
 * the modules in which one did. What nothing leads to and what is switched off
 * does not count.
 *
 * One coverage serves one session at a time; several are merged. */
#ifndef NF_TESTING_COVERAGE_H
#define NF_TESTING_COVERAGE_H

#include "library/watch.h"

typedef struct nf_coverage nf_coverage;

typedef struct nf_covered {
    size_t ran, total;
} nf_covered;

/* Of a flow, or of all. */
typedef struct nf_coverage_sum {
    nf_covered elements; /* activities, decisions, loops, events */
    nf_covered flows;    /* sequence flows, error handling flows left out */
    nf_covered outcomes; /* those of them that leave decisions */
    nf_covered handlers; /* error handling flows */
    nf_covered loops;    /* three for each: no, one, many rounds */
} nf_coverage_sum;

/* One thing that can run. */
typedef struct nf_coverage_point {
    const nf_element *element; /* of the object or sequence flow */
    const char *what; /* "activity", "outcome" …: the word of the text form */
    const char *text; /* "decide 'Open?': true" */
    size_t tests;     /* that ran it */
} nf_coverage_point;

/* A flow with its points in stored order. */
typedef struct nf_coverage_flow {
    const nf_flow *flow;
    nf_coverage_sum sum;
    nf_coverage_point *points;
    size_t point_count, point_capacity;
    size_t tests; /* that ran the flow */
} nf_coverage_flow;

nf_status nf_coverage_new(nf_coverage **out, const nf_app *app, unsigned allow,
                          nf_error *err);
void nf_coverage_free(nf_coverage *coverage);
/* The programs that sessions run from while it is measured
 * (nf_session_look); they end with the coverage. */
nf_programs *nf_coverage_programs(nf_coverage *coverage);
/* A test has ended: what ran since the last call counts as its own, of the
 * flows with these qualified names only (count 0: of all). */
nf_status nf_coverage_collect(nf_coverage *coverage, const char *const *only,
                              size_t count, nf_error *err);
/* Adds what another one of the same app has collected. */
nf_status nf_coverage_merge(nf_coverage *into, const nf_coverage *from,
                            nf_error *err);

/* The flows, by name, once all has been collected; borrowed. */
nf_status nf_coverage_flows(const nf_coverage_flow **out, size_t *count,
                            nf_coverage *coverage, nf_error *err);
nf_coverage_sum nf_coverage_total(const nf_coverage_flow *flows, size_t count);
/* All five together, in percent from 0 to 100; nothing to run is all of it. */
double nf_coverage_percent(const nf_coverage_sum *sum);

/* ---- coverage_report.c --------------------------------------------------- */

/* A table by flow, and what did not run. */
void nf_coverage_print(nf_buffer *out, const nf_coverage_flow *flows,
                       size_t count);
/* Makes the folder, if need be, for what is to be written there when the tests
 * have run. Errors: NF_INPUT (it can't be). */
nf_status nf_coverage_folder(const char *folder, nf_error *err);
/* Writes into the folder: coverage.txt, coverage.json,
 * cobertura.xml, index.html, and for each flow its text and its picture with
 * what ran and what did not. Errors: NF_INPUT (can't be written), NF_NOMEM. */
nf_status nf_coverage_write(const nf_coverage_flow *flows, size_t count,
                            const nf_app *app, const char *folder,
                            nf_error *err);

#endif
