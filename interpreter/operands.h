/* Reading registers as expressions see them; private to interpreter/. */
#ifndef NF_INTERPRETER_OPERANDS_H
#define NF_INTERPRETER_OPERANDS_H

#include "interpreter/execution.h"

/* NF_FAILED: the variable has no value yet (V3). */
__attribute__((noinline, cold)) nf_status
nf_operand_unset(const nf_program *program, unsigned number, nf_error *err);

/* The value of a register, borrowed; a removed object is empty. NULL: the
 * variable has none, and `err` says so. */
static inline const nf_value *nf_operand(const nf_frame *frame, unsigned number,
                                         nf_error *err)
{
    static const nf_value empty = {.kind = NF_KIND_EMPTY};
    const nf_value *value = &frame->registers[number];

    if (value->kind == NF_KIND_OBJECT && value->as.object->removed)
        return &empty;
    if (value->kind == NF_KIND_UNSET) {
        nf_operand_unset(frame->program, number, err);
        return NULL;
    }
    return value;
}

#endif
