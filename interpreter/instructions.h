/* What the machine's loop (machine.c) leaves to functions; private to
 * interpreter/. None of them changes what is executed next but where it says
 * so, and none enters or leaves a flow. */
#ifndef NF_INTERPRETER_INSTRUCTIONS_H
#define NF_INTERPRETER_INSTRUCTIONS_H

#include "interpreter/execution.h"

/* Instructions of which the loop knows nothing but the function. */
#define NF_EXECUTED(X)                                                         \
    X(MOVE, nf_execute_move) /* operations.c */                                \
    X(NEGATE, nf_execute_negate)                                               \
    X(BEGIN, nf_execute_begin)                                                 \
    X(JOIN, nf_execute_join)                                                   \
    X(MEMBER, nf_execute_member)                                               \
    X(FUNCTION, nf_execute_function)                                           \
    X(TOKEN, nf_execute_token)                                                 \
    X(CONSTANT, nf_execute_constant)                                           \
    X(CONVERT, nf_execute_convert)       /* convert.c */                       \
    X(LOOP_START, nf_execute_loop_start) /* loops.c */                         \
    X(LOOP_END, nf_execute_loop_end)                                           \
    X(MARK, nf_execute_mark) /* savepoints.c */                                \
    X(SETTLE, nf_execute_settle)                                               \
    X(RERAISE, nf_execute_reraise) /* unwind.c */                              \
    X(RAISE, nf_execute_raise)

typedef nf_status nf_instruction_fn(nf_execution *x, nf_frame *frame,
                                    const nf_instruction *i, nf_error *err);
#define X(name, function) nf_instruction_fn function;
NF_EXECUTED(X)
#undef X

/* operations.c: `a = b op c` for all that is not two integers; with a tree
 * node, with an opcode's own operator (a nf_expr_op), and with a number for c.
 */
nf_instruction_fn nf_execute_operate;
nf_status nf_execute_arithmetic(nf_execution *x, nf_frame *frame,
                                const nf_instruction *i, unsigned op,
                                nf_error *err);
nf_status nf_execute_arithmetic_number(nf_execution *x, nf_frame *frame,
                                       const nf_instruction *i, unsigned op,
                                       nf_error *err);

/* conditions.c: whether to branch, of all that is not integers or a Boolean.
 * `right` is NULL if it could not be read. */
nf_status nf_condition_compare(nf_execution *x, nf_frame *frame, unsigned left,
                               const nf_value *right, nf_comparison comparison,
                               bool *result, nf_error *err);
nf_status nf_condition_remainder(nf_execution *x, nf_frame *frame,
                                 const nf_instruction *i, bool *equal,
                                 nf_error *err);
nf_status nf_condition_holds(nf_frame *frame, const nf_instruction *i,
                             bool *result, nf_error *err);

/* choices.c: SWITCH and TYPE_SWITCH; frame->pc is where it goes on. */
nf_instruction_fn nf_execute_switch;
nf_instruction_fn nf_execute_type_switch;

/* loops.c: begins the next round; false when there is none. */
bool nf_loop_next(nf_frame *frame, const nf_loop_site *site);

/* visits.c: executes an activity or goes on with one that waited. NF_PENDING:
 * it waits, and is to be visited again. */
nf_status nf_execution_visit(nf_execution *x, nf_frame *frame,
                             unsigned activity, nf_error *err);

#endif
