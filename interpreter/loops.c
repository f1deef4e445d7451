/* Loops over a list and while loops (F26 … F32): hidden variables hold the
 * items that there were at the beginning, the position among them and
 * $currentIndex. Both kinds begin before the first round (LOOP_START) and come
 * to LOOP_NEXT before each. */
#include "interpreter/instructions.h"
#include "interpreter/operands.h"

nf_status nf_execute_loop_start(nf_execution *x, nf_frame *frame,
                                const nf_instruction *i, nf_error *err)
{
    const nf_loop_site *site = &frame->program->loops[i->a];
    nf_value *registers = frame->registers;
    const nf_value *list;
    nf_list *copy = NULL;

    (void)x;
    registers[site->index] = nf_integer(-1);
    if (site->is_while)
        return NF_OK;
    list = nf_operand(frame, site->list, err);
    if (!list)
        return NF_FAILED;
    if (list->kind == NF_KIND_LIST) {
        copy = nf_list_copy(list->as.list);
        if (!copy)
            return nf_error_nomem(err);
    }
    nf_register_put(&registers[site->snapshot],
                    copy ? nf_list_take(copy) : nf_empty());
    nf_register_put(&registers[site->position], nf_integer(0));
    return NF_OK;
}

/* The next round; false when there is none. The snapshot's items are read as
 * they were: entries that a synchronization removed are skipped (F27, Y7). */
bool nf_loop_next(nf_frame *frame, const nf_loop_site *site)
{
    nf_value *registers = frame->registers;
    nf_object *object = NULL;

    registers[site->index].as.integer++;
    for (unsigned i = 0; i < site->count; i++)
        nf_register_put(&registers[site->first + i],
                        (nf_value){.kind = NF_KIND_UNSET});
    if (site->is_while)
        return true;
    if (registers[site->snapshot].kind == NF_KIND_LIST) {
        const nf_list *list = registers[site->snapshot].as.list;
        int64_t *at = &registers[site->position].as.integer;

        while (!object && (size_t)*at < list->count) {
            nf_object *item = list->items[(*at)++];

            if (!item->removed)
                object = item;
        }
    }
    if (!object)
        return false;
    nf_register_put(&registers[site->iterator],
                    nf_object_take(nf_object_retain(object)));
    return true;
}

nf_status nf_execute_loop_end(nf_execution *x, nf_frame *frame,
                              const nf_instruction *i, nf_error *err)
{
    const nf_loop_site *site = &frame->program->loops[i->a];

    (void)x;
    (void)err;
    if (site->is_while)
        return NF_OK;
    nf_register_put(&frame->registers[site->snapshot], nf_empty());
    nf_register_put(&frame->registers[site->iterator],
                    (nf_value){.kind = NF_KIND_UNSET});
    return NF_OK;
}
