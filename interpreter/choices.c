/* Where a decision of several cases goes on (F19 … F22). Those of two are
 * branches of the machine's loop. */
#include "interpreter/instructions.h"
#include "interpreter/operands.h"

#include <string.h>

static __attribute__((noinline, cold)) nf_status no_case(const nf_value *value,
                                                         nf_error *err)
{
    if (value->kind == NF_KIND_EMPTY)
        return nf_error_set(err, NF_FAILED, "no_case",
                            "The decision has no sequence flow for (empty)");
    if (value->kind == NF_KIND_OBJECT)
        return nf_error_set(err, NF_FAILED, "no_case",
                            "The decision has no sequence flow for \"%s\"",
                            value->as.object->entity->qualified);
    return nf_error_set(
        err, NF_FAILED, "no_case",
        "The decision has no sequence flow for the value \"%s\"",
        value->kind == NF_KIND_ENUMERATION ? value->as.string->text : "?");
}

nf_status nf_execute_switch(nf_execution *x, nf_frame *frame,
                            const nf_instruction *i, nf_error *err)
{
    const nf_switch_site *site = &frame->program->switches[i->b];
    const nf_value *value = nf_operand(frame, i->a, err);
    const char *key = "(empty)";

    (void)x;
    if (!value)
        return NF_FAILED;
    if (value->kind == NF_KIND_ENUMERATION)
        key = value->as.string->text;
    else if (value->kind == NF_KIND_BOOLEAN) /* the type was not known */
        key = value->as.boolean ? "true" : "false";
    for (size_t k = 0; k < site->count; k++) {
        if (strcmp(site->cases[k].key, key) == 0) {
            frame->pc = site->cases[k].pc;
            return NF_OK;
        }
    }
    return no_case(value, err);
}

/* F22: the object's entity, else its nearest generalization that has a flow. */
nf_status nf_execute_type_switch(nf_execution *x, nf_frame *frame,
                                 const nf_instruction *i, nf_error *err)
{
    const nf_switch_site *site = &frame->program->switches[i->b];
    const nf_value *value = nf_operand(frame, i->a, err);
    const nf_entity *entity;

    (void)x;
    if (!value)
        return NF_FAILED;
    entity = value->kind == NF_KIND_OBJECT ? value->as.object->entity : NULL;
    do {
        for (size_t k = 0; k < site->count; k++) {
            if (entity ? site->cases[k].entity == entity
                       : !site->cases[k].key[0]) {
                frame->pc = site->cases[k].pc;
                return NF_OK;
            }
        }
        entity = entity ? entity->generalization : NULL;
    } while (entity);
    return no_case(value, err);
}
