/* The body of a test as a nanoflow (test E14, E44): statements become the
 * activities that a modeller would have drawn, so that the interpreter runs
 * them like any other flow. */
#ifndef NF_TESTING_BODY_H
#define NF_TESTING_BODY_H

#include "testing/made.h"
#include "models/model.h"

/* Reads `body`, which begins at `line` of its file. Errors: NF_FAILED bad_test
 * with the line (err->line) for what is malformed and for statements that are
 * not supported, which are named. `*out` lives in the arena. `language` is that
 * of the file's header (E3). */
nf_status nf_test_body(const nf_element **out, nf_arena *arena,
                       const nf_model *model, const char *body, long line,
                       int language, nf_error *err);
/* A nanoflow that only returns the value of an expression; each `count($list)`
 * in it is an aggregate of its own (E6), `<>` is `!=`. */
nf_status nf_test_expression(const nf_element **out, nf_arena *arena,
                             const char *expression, long line, nf_error *err);

#endif
