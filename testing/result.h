/* What a run of tests found, as data. The runner (suite.c, case.c) makes it and
 * knows no format; reporters (report.h) show it and know no session. Everything
 * that a result points to lives in its arena, or longer. */
#ifndef NF_TESTING_RESULT_H
#define NF_TESTING_RESULT_H

#include "base/error.h"
#include "base/memory.h"

struct json_object;

typedef enum nf_test_state {
    NF_TEST_PASS,
    NF_TEST_FAIL,
    NF_TEST_ERROR,
    NF_TEST_SKIP,
    NF_TEST_FLAKY, /* it passed, but not at the first try */
    NF_TEST_STATES
} nf_test_state;

/* One activity that ran, in the order in which they ran. */
typedef struct nf_test_step {
    const char *document;    /* qualified name of the flow; "" the body */
    const char *activity;    /* caption */
    const char *activity_id; /* guid as text */
    long line;               /* of the test file, in the body; else 0 */
} nf_test_step;

/* A variable when a flow failed, or when the body had ended. */
typedef struct nf_test_variable {
    const char *document; /* qualified name of the flow; "" the body */
    const char *name, *value;
} nf_test_variable;

/* One thing that did not hold (FAIL), or could not be tried (ERROR). */
typedef struct nf_test_failure {
    nf_test_state state;
    long line;        /* of the test file; 0: unknown */
    const char *kind; /* the tag or statement: "expect", "verify", "body" … */
    const char *message;           /* all of it in words, with the line */
    const char *expression;        /* what was asserted, as written; NULL */
    const char *expected, *actual; /* NULL: not known as values */
    /* A flow that failed: code, the failing activity, and its callers, each
     * line "flow, activity" from the inside out. NULL: no flow did. */
    const char *code, *document, *activity, *activity_id, *callers;
} nf_test_failure;

typedef struct nf_test_result {
    nf_arena *arena;
    const char *file;  /* path */
    const char *name;  /* of the test, with its row */
    const char *test;  /* without the row */
    const char *row;   /* of @each, as written; NULL */
    size_t row_number; /* from 1; 0: no row */
    const char *tags;  /* words of @tags; "" */
    long line;         /* where the test begins */
    nf_test_state state;
    const char *skipped; /* why; NULL */
    nf_test_failure *failures;
    size_t failure_count, failure_capacity;
    const char **warnings;
    size_t warning_count, warning_capacity;
    /* The path through the flows: the last steps before it ended; the very last
     * one is where it failed, if it did. Empty unless they were recorded. */
    nf_test_step *steps;
    size_t step_count;
    /* Of the flows that run when one failed, the innermost first, or of the
     * body. Recorded with the steps. */
    nf_test_variable *variables;
    size_t variable_count;
    /* What a user would have seen before it failed, an array as in `run
     * --json`; NULL. The result holds it. */
    struct json_object *events;
    size_t assertions;
    double milliseconds;
    size_t tries; /* 1, or more with retries */
} nf_test_result;

/* A worse state stays. All text is copied. What does not fit into memory is
 * lost, but not the state. The failure is returned so that more can be said of
 * it (NULL: out of memory); it moves with the next one. */
nf_test_failure *nf_test_fail(nf_test_result *result, nf_test_state state,
                              const char *kind, long line, const char *format,
                              ...) __attribute__((format(printf, 5, 6)));
/* The same for an error of `what` (NULL: nothing is said of it), with the place
 * in the flows. */
nf_test_failure *nf_test_break(nf_test_result *result, const char *kind,
                               long line, const char *what,
                               const nf_error *err);
void nf_test_warn(nf_test_result *result, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The messages of all failures, or why it was skipped: lines. In the arena. */
const char *nf_test_text(const nf_test_result *result);
/* A result that can take failures. Errors: NF_NOMEM. */
nf_status nf_test_result_init(nf_test_result *result, nf_error *err);
void nf_test_result_dispose(nf_test_result *result);

#endif
