/* A plain evaluator over the checked tree: the reference that the machine is
 * compared with, and the engine of the conformance rows. */
#ifndef NF_TESTS_HELPER_TREE_EVAL_H
#define NF_TESTS_HELPER_TREE_EVAL_H

#include "interpreter/bindings.h"

/* *out is owned by the caller; slots are indexes into the bindings. */
nf_status tree_evaluate(nf_evaluator *e, const nf_bindings *bindings,
                        const nf_expr *node, nf_value *out, nf_error *err);
/* Compiles and evaluates; the answer as `eval --batch` prints it is appended
 * to `out`. Cells are still escaped. */
void tree_answer(nf_buffer *out, const char *bindings, const char *expression,
                 nf_engine engine);

#endif
