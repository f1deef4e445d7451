/* One expression over bindings, outside any flow: `eval`. It is compiled to
 * instructions and run by the machine like an expression of an activity, so
 * what holds here holds in flows. */
#ifndef NF_INTERPRETER_EVALUATE_H
#define NF_INTERPRETER_EVALUATE_H

#include "interpreter/bindings.h"

typedef struct nf_evaluated nf_evaluated; /* see observe.h */

/* Compiles and evaluates `text`. `cache` may be NULL. Blank text is the empty
 * value. The bindings outlive the result. Errors: NF_FAILED expression_error
 * with detail and position; NF_NOMEM. Owner of *out: caller. */
nf_status nf_bindings_evaluate(nf_evaluated **out, const nf_bindings *bindings,
                               nf_function_cache *cache, const char *text,
                               size_t length, nf_error *err);
/* Borrowed: strings may live as long as the result only. */
const nf_value *nf_evaluated_value(const nf_evaluated *evaluated);
/* The evaluator it ran with, to print the value by the engine's rules. */
nf_evaluator *nf_evaluated_evaluator(nf_evaluated *evaluated);
void nf_evaluated_free(nf_evaluated *evaluated); /* NULL is fine */

#endif
