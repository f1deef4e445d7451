/* The virtual machine: one loop for flows and for the expressions of their
 * activities. It executes what only decides, copies and computes with integers;
 * fast cases are decided by the kinds in the registers with one test. All other
 * instructions are functions (instructions.h):
 *
 *   operations.c   values of other values     convert.c     values that must
 * fit conditions.c   branches, slow cases       choices.c     decisions of many
 * cases loops.c        rounds                     visits.c      activities
 *   calls.c        entering, leaving flows    frames.c      their registers
 *   unwind.c       errors, who handles them   savepoints.c  what is undone then
 *   probe.c        who looks on
 *
 * Nothing here recurses. */
#include "interpreter/instructions.h"
#include "interpreter/operands.h"
#include "interpreter/probe.h"
#include "interpreter/remainder.h"

#define LIKELY(x) __builtin_expect(!!(x), 1)

/* Not a failure: a probe was reached. The loop's other ways are then as fast as
 * without probes (tests/bench HOOKS). */
#define PROBED ((nf_status)100)

/* NEXT and GO end an instruction; a value whose address is taken lives in its
 * block, so that `i`, `steps`, `base` and `r` can stay in the processor's
 * registers. */
#define NEXT goto next
#define GO(to)                                                                 \
    do {                                                                       \
        i = base + (to);                                                       \
        goto dispatch;                                                         \
    } while (0)
#define CHECKED(call)                                                          \
    do {                                                                       \
        status = (call);                                                       \
        if (status)                                                            \
            goto failed;                                                       \
    } while (0)
/* Before what may look at the execution, or leave the frame. */
#define SAVE                                                                   \
    do {                                                                       \
        x->steps = steps;                                                      \
        frame->pc = (uint32_t)(i + 1 - base);                                  \
    } while (0)

/* ---- families of cases --------------------------------------------------- */

#define ORDERINGS(X)                                                           \
    X(LT, <, NF_LESS)                                                          \
    X(LE, <=, NF_LESS_EQUAL)                                                   \
    X(GT, >, NF_GREATER)                                                       \
    X(GE, >=, NF_GREATER_EQUAL)
#define COMPARISONS(X)                                                         \
    X(EQ, ==, NF_EQUAL)                                                        \
    X(NE, !=, NF_NOT_EQUAL)                                                    \
    ORDERINGS(X)

/* Branches when `a op right`; anything but integers is compared slowly. */
#define COMPARE(fits, op, right, value, number)                                \
    do {                                                                       \
        bool result;                                                           \
                                                                               \
        if (LIKELY(fits)) {                                                    \
            if (r[i->a].as.integer op(right))                                  \
                GO(i->c);                                                      \
            NEXT;                                                              \
        }                                                                      \
        CHECKED(nf_condition_compare(x, frame, i->a, value, number, &result,   \
                                     err));                                    \
        if (result)                                                            \
            GO(i->c);                                                          \
        NEXT;                                                                  \
    } while (0)

#define COMPARE_RR(name, op, number)                                           \
    case NF_OP_BR_##name##_RR:                                                 \
        COMPARE((r[i->a].kind & r[i->b].kind) == NF_KIND_INTEGER, op,          \
                r[i->b].as.integer, nf_operand(frame, i->b, err), number);

#define COMPARE_RI(name, op, number)                                           \
    case NF_OP_BR_##name##_RI: {                                               \
        nf_value right = nf_integer((int16_t)i->b);                            \
                                                                               \
        COMPARE(r[i->a].kind == NF_KIND_INTEGER, op, (int16_t)i->b, &right,    \
                number);                                                       \
    }

#define COMPARE_RK(name, op, number)                                           \
    case NF_OP_BR_##name##_RK: {                                               \
        const nf_value *right = &program->constants[i->b];                     \
                                                                               \
        COMPARE(r[i->a].kind == NF_KIND_INTEGER, op, right->as.integer, right, \
                number);                                                       \
    }

/* Enters the next round unless the comparison at c, which leaves the loop, is
 * true or not between integers. */
#define BACK(fits, op, right)                                                  \
    do {                                                                       \
        if (!LIKELY(steps < x->check_at && (fits) &&                           \
                    !(r[i->a].as.integer op(right))))                          \
            goto back;                                                         \
        i = base + i->c;                                                       \
        steps += i->steps;                                                     \
        NEXT;                                                                  \
    } while (0)

#define BACK_RR(name, op, number)                                              \
    case NF_OP_BACK_##name##_RR:                                               \
        BACK((r[i->a].kind & r[i->b].kind) == NF_KIND_INTEGER, op,             \
             r[i->b].as.integer);

#define BACK_RI(name, op, number)                                              \
    case NF_OP_BACK_##name##_RI:                                               \
        BACK(r[i->a].kind == NF_KIND_INTEGER, op, (int16_t)i->b);

#define BACK_RK(name, op, number)                                              \
    case NF_OP_BACK_##name##_RK:                                               \
        BACK(r[i->a].kind == NF_KIND_INTEGER, op,                              \
             program->constants[i->b].as.integer);

#define BRANCH(name, sense)                                                    \
    case NF_OP_BR_##name:                                                      \
        if (LIKELY(r[i->a].kind == NF_KIND_BOOLEAN)) {                         \
            if (r[i->a].as.boolean == (sense))                                 \
                GO(i->c);                                                      \
        } else {                                                               \
            bool result;                                                       \
                                                                               \
            CHECKED(nf_condition_holds(frame, i, &result, err));               \
            if (result == (sense))                                             \
                GO(i->c);                                                      \
        }                                                                      \
        NEXT;

#define BRANCH_MODULO(name, sense)                                             \
    case NF_OP_BR_MOD_##name:                                                  \
        if (LIKELY(r[i->a].kind == NF_KIND_INTEGER)) {                         \
            if (nf_has_remainder(r[i->a].as.integer, i->b >> 8, i->b & 255) == \
                (sense))                                                       \
                GO(i->c);                                                      \
        } else {                                                               \
            bool result;                                                       \
                                                                               \
            CHECKED(nf_condition_remainder(x, frame, i, &result, err));        \
            if (result == (sense))                                             \
                GO(i->c);                                                      \
        }                                                                      \
        NEXT;

#define ARITHMETIC_RR(name, builtin, node)                                     \
    case NF_OP_##name##_RR: {                                                  \
        const nf_value *a = &r[i->b], *b = &r[i->c];                           \
        int64_t result;                                                        \
                                                                               \
        if (LIKELY((a->kind & b->kind) == NF_KIND_INTEGER &&                   \
                   !builtin(a->as.integer, b->as.integer, &result))) {         \
            r[i->a] = nf_integer(result);                                      \
            NEXT;                                                              \
        }                                                                      \
        CHECKED(nf_execute_arithmetic(x, frame, i, node, err));                \
        NEXT;                                                                  \
    }

#define ARITHMETIC_RI(name, builtin, node)                                     \
    case NF_OP_##name##_RI: {                                                  \
        const nf_value *a = &r[i->b];                                          \
        int64_t result;                                                        \
                                                                               \
        if (LIKELY(                                                            \
                a->kind == NF_KIND_INTEGER &&                                  \
                !builtin(a->as.integer, (int64_t)(int16_t)i->c, &result))) {   \
            r[i->a] = nf_integer(result);                                      \
            NEXT;                                                              \
        }                                                                      \
        CHECKED(nf_execute_arithmetic_number(x, frame, i, node, err));         \
        NEXT;                                                                  \
    }

/* Kinds are single bits or combinations: INTEGER (2) and EMPTY (0) or UNSET
 * (64) are all that an Integer register holds, so `a & b == 2` says that both
 * are integers. */
_Static_assert(NF_KIND_INTEGER == 2 && NF_KIND_EMPTY == 0 &&
                   (NF_KIND_UNSET & 2) == 0,
               "one test for two integers");

#define REMAINDER(name, right, valid, slow)                                    \
    case NF_OP_MOD_##name:                                                     \
        if (LIKELY(valid)) {                                                   \
            r[i->a] = nf_integer(r[i->b].as.integer % (right));                \
            NEXT;                                                              \
        }                                                                      \
        CHECKED(slow(x, frame, i, NF_EXPR_MODULO, err));                       \
        NEXT;

#define EXECUTED(name, function)                                               \
    case NF_OP_##name:                                                         \
        CHECKED(function(x, frame, i, err));                                   \
        NEXT;

/* Branches, and the jumps back that are also branches. */
#define BRANCH_CASES                                                           \
    BRANCH(TRUE, true)                                                         \
    BRANCH(FALSE, false)                                                       \
    BRANCH_MODULO(EQ, true)                                                    \
    BRANCH_MODULO(NE, false)                                                   \
    COMPARISONS(COMPARE_RR)                                                    \
    COMPARISONS(COMPARE_RI)                                                    \
    ORDERINGS(COMPARE_RK)                                                      \
    COMPARISONS(BACK_RR)                                                       \
    COMPARISONS(BACK_RI)                                                       \
    ORDERINGS(BACK_RK)

#define ARITHMETIC_CASES                                                       \
    ARITHMETIC_RR(ADD, __builtin_add_overflow, NF_EXPR_ADD)                    \
    ARITHMETIC_RR(SUB, __builtin_sub_overflow, NF_EXPR_SUBTRACT)               \
    ARITHMETIC_RR(MUL, __builtin_mul_overflow, NF_EXPR_MULTIPLY)               \
    ARITHMETIC_RI(ADD, __builtin_add_overflow, NF_EXPR_ADD)                    \
    ARITHMETIC_RI(MUL, __builtin_mul_overflow, NF_EXPR_MULTIPLY)               \
    REMAINDER(RI, (int16_t)i->c, r[i->b].kind == NF_KIND_INTEGER,              \
              nf_execute_arithmetic_number)                                    \
    REMAINDER(RR, r[i->c].as.integer,                                          \
              (r[i->b].kind & r[i->c].kind) == NF_KIND_INTEGER &&              \
                  r[i->c].as.integer > 0,                                      \
              nf_execute_arithmetic)

/* ---- the loop ------------------------------------------------------------ */

/* What RETURN takes out of its register. */
static inline nf_value take(nf_value *from)
{
    nf_value value = *from;

    *from = nf_empty();
    return value;
}

/* The instruction at `pc` did not end as usual. NF_OK: x->frame goes on at its
 * pc, with a handler or behind a probe. */
static __attribute__((noinline, cold)) nf_status
interrupted(nf_execution *x, const nf_program *program, const nf_code *code,
            uint32_t pc, nf_status status, nf_error *err)
{
    if (status == PROBED) {
        x->steps -= code->items[pc].steps; /* it is executed later */
        status = nf_probe_reach(x, pc, err);
        if (status == NF_OK || status == NF_PENDING)
            return status;
    }
    status = nf_execution_failed(program, &code->sources[pc], status, err);
    if (code == &program->expressions) /* its activity fails */
        return status;
    return nf_execution_unwind(x, pc);
}

/* Executes `code`, the flow of the frame or its activities' expressions, from
 * `start` on: a flow until it ends or waits, an expression to its RESULT. */
static nf_status run(nf_execution *x, nf_frame *frame, const nf_code *code,
                     uint32_t start, nf_value *out, nf_error *err)
{
    const nf_program *program = frame->program;
    const nf_instruction *base = code->items, *i = base + start;
    nf_value *r = frame->registers;
    uint64_t steps = x->steps;
    nf_status status;

    for (;;) {
    dispatch:
        steps += i->steps;
        switch ((nf_opcode)i->op) {
            BRANCH_CASES
            ARITHMETIC_CASES
            NF_EXECUTED(EXECUTED)
        case NF_OP_NOP:
            NEXT;
        case NF_OP_JUMP_BACK:
        back:
            if (LIKELY(steps < x->check_at))
                GO(i->c);
            x->steps = steps;
            CHECKED(nf_execution_check(x, err));
            GO(i->c);
        case NF_OP_JUMP:
            GO(i->c);
        case NF_OP_LOADK: /* not counted: constants are immortal */
            nf_register_put(&r[i->a], nf_value_load(&program->constants[i->b]));
            NEXT;
        case NF_OP_MOVE_PLAIN:
            if (LIKELY(r[i->b].kind != NF_KIND_UNSET)) {
                nf_register_put(&r[i->a], nf_value_load(&r[i->b]));
                NEXT;
            }
            CHECKED(nf_operand_unset(program, i->b, err));
            NEXT;
        case NF_OP_CLEAR:
            for (unsigned n = 0; n < i->b; n++)
                nf_value_release(&r[i->a + n]);
            NEXT;
        case NF_OP_OPERATE:
            CHECKED(nf_execute_operate(x, frame, i, err));
            i++; /* DATA */
            NEXT;
        case NF_OP_RESULT:
            *out = take(&r[i->a]);
            return NF_OK;
        case NF_OP_SWITCH:
            CHECKED(nf_execute_switch(x, frame, i, err));
            GO(frame->pc);
        case NF_OP_TYPE_SWITCH:
            CHECKED(nf_execute_type_switch(x, frame, i, err));
            GO(frame->pc);
        case NF_OP_LOOP_NEXT:
            if (!nf_loop_next(frame, &program->loops[i->a]))
                GO(i->c);
            NEXT;
        case NF_OP_ACTIVITY:
            SAVE;
            status = nf_execution_visit(x, frame, i->a, err);
            if (status == NF_PENDING)
                goto waits;
            CHECKED(status);
            NEXT;
        case NF_OP_CALL:
            SAVE;
            CHECKED(nf_execution_check(x, err));
            CHECKED(nf_execution_enter(x, frame, program->calls[i->a], err));
            goto other_frame;
        case NF_OP_RETURN_DANGLING:
            nf_execution_warn_dangling(x);
            /* fall through */
        case NF_OP_RETURN:
        case NF_OP_RETURN_VOID:
            x->steps = steps;
            nf_execution_leave(x, i->op == NF_OP_RETURN ? take(&r[i->a])
                                                        : nf_empty());
            if (x->finished)
                return NF_OK;
            goto other_frame;
        case NF_OP_PROBE:
#ifndef NF_NO_HOOKS
            CHECKED(PROBED);
#endif
        case NF_OP_DATA:
        case NF_OP_COUNT:
            break;
        }
        __builtin_unreachable();
    waits: /* to be visited again */
        frame->pc--;
        x->steps -= i->steps;
        return NF_PENDING;
    failed:
        x->steps = steps;
        status =
            interrupted(x, program, code, (uint32_t)(i - base), status, err);
        if (status)
            return status;
    other_frame:
        steps = x->steps;
        frame = x->frame;
        program = frame->program;
        code = &program->code;
        base = code->items;
        i = base + frame->pc;
        r = frame->registers;
        continue;
    next:
        i++;
    }
}

nf_status nf_machine_run(nf_execution *x)
{
    return run(x, x->frame, &x->frame->program->code, x->frame->pc, NULL,
               &x->error);
}

nf_status nf_machine_evaluate(nf_execution *x, nf_frame *frame, uint32_t entry,
                              nf_value *out, nf_error *err)
{
    const nf_program *program = frame->program;

    *out = nf_empty();
    return run(x, frame, &program->expressions, program->entries[entry], out,
               err);
}
