/* Well-typed random expressions. Every choice is a byte of the input; when they
 * are used up the first, smallest choice is taken, so every input ends, and a
 * fuzzer that changes bytes changes expressions. */
#ifndef NF_TESTS_HELPER_RANDOM_EXPRESSION_H
#define NF_TESTS_HELPER_RANDOM_EXPRESSION_H

#include "interpreter/bindings.h"

/* The bindings whose names the expressions use. */
extern const char random_bindings[];

/* Appends an expression that parses and type-checks in `engine`; of any
 * type. */
void random_expression(nf_buffer *out, nf_engine engine, const uint8_t *bytes,
                       size_t length);

/* Makes one from bytes and evaluates it twice, by the machine and by the tree
 * evaluator. `report` gets the expression and, where they differ or it does not
 * type-check, what each gave: false then. *valued: it gave a value. */
bool random_evaluations_agree(nf_buffer *report, bool *valued, nf_engine engine,
                              const uint8_t *bytes, size_t length);

#endif
