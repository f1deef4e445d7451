/* Whether an instruction branches, of all that the machine's loop has no fast
 * path for: what is empty, unset, not an integer or of an unknown type. */
#include "interpreter/instructions.h"
#include "interpreter/operands.h"

#define SLOW __attribute__((noinline, cold))

SLOW nf_status nf_condition_compare(nf_execution *x, nf_frame *frame,
                                    unsigned left, const nf_value *right,
                                    nf_comparison comparison, bool *result,
                                    nf_error *err)
{
    const nf_value *a = nf_operand(frame, left, err);
    nf_value out = nf_empty();
    nf_status status;

    if (!a || !right)
        return NF_FAILED;
    status = nf_operator_compare(&x->evaluation, &out, comparison,
                                 NF_COMPARE_INTEGER, a, right, err);
    *result = status == NF_OK && out.as.boolean;
    return status;
}

SLOW nf_status nf_condition_remainder(nf_execution *x, nf_frame *frame,
                                      const nf_instruction *i, bool *equal,
                                      nf_error *err)
{
    const nf_value *a = nf_operand(frame, i->a, err);
    nf_value divisor = nf_integer(i->b >> 8), out = nf_empty();
    nf_status status;

    if (!a)
        return NF_FAILED;
    status = nf_operator_modulo(&x->evaluation, &out, a, &divisor, err);
    *equal = status == NF_OK && out.kind == NF_KIND_INTEGER &&
             out.as.integer == (i->b & 255);
    return status;
}

SLOW nf_status nf_condition_holds(nf_frame *frame, const nf_instruction *i,
                                  bool *result, nf_error *err)
{
    const nf_value *value = nf_operand(frame, i->a, err);

    if (!value)
        return NF_FAILED;
    if (value->kind == NF_KIND_EMPTY && i->b)
        return nf_error_set(err, NF_FAILED, "empty_condition",
                            "The condition is empty; it must be true or false");
    return nf_operator_condition(result, value, err);
}
