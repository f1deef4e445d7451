/* Checking a parsed tree: names, types, folding (expressions §5 … §9, S79). */
#ifndef NF_INTERPRETER_CHECKER_H
#define NF_INTERPRETER_CHECKER_H

#include "base/suggest.h"
#include "interpreter/expression.h"

typedef struct nf_checker {
    const nf_scope *scope;
    nf_arena *arena;
    nf_error *err; /* the first */
    bool foreign;  /* the next problem is unsupported */
    bool failed;   /* something is wrong: nothing is computed any more */
    nf_environment environment; /* for folding: no more than the engine */
    nf_evaluator evaluator;
} nf_checker;

/* Types the tree at *node and replaces *node where it folds. */
nf_status nf_check(nf_checker *checker, nf_expr **node);

/* One node each, operands already checked. */
nf_status nf_check_variable(nf_checker *checker, nf_expr *node);
nf_status nf_check_member(nf_checker *checker, nf_expr **node);
nf_status nf_check_constant(nf_checker *checker, nf_expr *node);
nf_status nf_check_token(nf_checker *checker, nf_expr *node);
nf_status nf_check_enumeration(nf_checker *checker, nf_expr *node);
nf_status nf_check_call(nf_checker *checker, nf_expr *node);

/* Tells a problem; returns NF_FAILED. */
nf_status nf_check_failed(nf_checker *checker, const nf_error *error,
                          bool unsupported);
/* What follows is about something that may be newer than the built-in System:
 * not wrong, but unsupported. For the next problem alone. */
void nf_check_foreign(nf_checker *checker);
/* An error at a node; returns NF_FAILED. */
nf_status nf_check_error(nf_checker *checker, const nf_expr *node,
                         const char *detail, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
