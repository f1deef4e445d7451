/* The grammar of expressions (expressions §4): text to an unchecked tree. */
#ifndef NF_INTERPRETER_PARSER_H
#define NF_INTERPRETER_PARSER_H

#include "interpreter/expression.h"

/* In an unchecked tree VARIABLE, CONSTANT, TOKEN and CALL have only as.name,
 * MEMBER as.member.name; an enumeration value is a LITERAL of this mode with
 * as.name. Types are unset. */
enum { NF_PARSED_ENUMERATION = 1 };

/* *out is NULL for blank text. Errors: E-LEX, E-SYNTAX, E-OVERFLOW (a number
 * too large), each with a position; NF_NOMEM. */
nf_status nf_expression_parse(nf_expr **out, nf_arena *arena, const char *text,
                              size_t length, nf_error *err);

/* A new node, zeroed; NULL when out of memory. For the checker too. */
nf_expr *nf_expr_new(nf_arena *arena, nf_expr_op op, size_t position,
                     size_t length, uint32_t operands);
/* `value` made immortal inside the arena; the value is released. EMPTY with
 * false when out of memory. */
bool nf_expr_intern(nf_value *out, nf_arena *arena, nf_value *value);

#endif
