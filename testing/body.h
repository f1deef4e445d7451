/* The body of a test as nanoflows (test E14, E44): statements become the
 * activities that a modeller would have drawn, so that the interpreter runs
 * them like any other flow. What only tests have (`go offline`, `expect` …)
 * becomes activities of testing/activities.c. A body is one flow, or several
 * where it restarts the app, changes the user or goes on with another device.
 */
#ifndef NF_TESTING_BODY_H
#define NF_TESTING_BODY_H

#include "models/model.h"
#include "testing/made.h"

typedef enum nf_test_part_kind {
    NF_TEST_RUN,
    NF_TEST_RESTART,
    NF_TEST_SIGN_IN,
    NF_TEST_SIGN_OUT
} nf_test_part_kind;

typedef struct nf_test_part {
    nf_test_part_kind kind;
    const char *device;     /* of `on NAME { … }`; "": the only one */
    const nf_element *flow; /* RUN */
    const char *user;       /* SIGN_IN */
    long line;
} nf_test_part;

typedef struct nf_test_parts {
    nf_test_part *items; /* in the arena */
    size_t count, capacity;
    bool of_device; /* it has what only a device can do */
} nf_test_parts;

/* An assertion that is tried after every statement. */
typedef struct nf_test_invariant {
    const char *expression;
    long line;
} nf_test_invariant;

typedef struct nf_test_source {
    const nf_model *model;
    const char *body;   /* begins at `line` of its file */
    const char *before; /* statements in front of it, on every device; "" */
    long line;
    int language;  /* of the file's header (E3) */
    bool portable; /* statements of E14 only */
    const nf_test_invariant *invariants;
    size_t invariant_count;
} nf_test_source;

/* Errors: NF_FAILED bad_test with the line (err->line) for what is malformed
 * and for statements that are not supported, which are named. What *out holds
 * lives in the arena. */
nf_status nf_test_body(nf_test_parts *out, nf_arena *arena,
                       const nf_test_source *source, nf_error *err);
/* A nanoflow that tries one assertion of the kind (a tag's name): each
 * `count($list)` in it is an aggregate of its own (E6), `<>` is `!=`, and the
 * built-in variables of E42 are looked up ($sync, $queue, $ui, $log, $calls).
 */
nf_status nf_test_assertion(const nf_element **out, nf_arena *arena,
                            const char *kind, const char *expression, long line,
                            nf_error *err);

/* Types of the activities that only bodies of tests have. */
/* Variable, Value; Operation: of a list, instead, if that is what it is */
#define NF_TEST_SET     "Test$SetAction"
#define NF_TEST_THROW   "Test$ThrowAction"   /* Value */
#define NF_TEST_NETWORK "Test$NetworkAction" /* Online */
#define NF_TEST_ADVANCE "Test$AdvanceAction" /* Value, Milliseconds of one */
#define NF_TEST_STOP    "Test$StopAction"    /* the test ends with this flow */
/* Kind, Expression, Text, Line; Shown and Terms: what a failure shows */
#define NF_TEST_EXPECT "Test$ExpectAction"
#define NF_TEST_LOOK   "Test$LookAction" /* What, VariableName */

/* The type of a built-in variable by its name without `$` ("sync/uploaded");
 * UNKNOWN: there is none. */
nf_kind nf_test_built_in(const char *name);

#endif
