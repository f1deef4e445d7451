/* What a microflow can undo (activities X16 … X20, M18): savepoints of the
 * objects, whose numbers are in hidden variables. Nanoflows have none, and
 * nothing is undone. */
#include "interpreter/instructions.h"

static int64_t mark_in(const nf_frame *frame, int32_t slot)
{
    const nf_value *value = &frame->registers[slot];

    return slot > 0 && value->kind == NF_KIND_INTEGER ? value->as.integer : 0;
}

static nf_status settle(nf_execution *x, nf_frame *frame, unsigned slot,
                        nf_error *err)
{
    int64_t mark = mark_in(frame, (int32_t)slot);

    frame->registers[slot] = nf_integer(0);
    return mark ? nf_objects_settle(x->world->objects, mark, true, err) : NF_OK;
}

nf_status nf_execute_settle(nf_execution *x, nf_frame *frame,
                            const nf_instruction *i, nf_error *err)
{
    return settle(x, frame, i->a, err);
}

/* The savepoint before an object (X16), in place of the one before the last. */
nf_status nf_execute_mark(nf_execution *x, nf_frame *frame,
                          const nf_instruction *i, nf_error *err)
{
    nf_status status = settle(x, frame, i->a, err);
    int64_t mark = 0;

    if (!status && x->mark)
        status = nf_objects_mark(x->world->objects, &mark, err);
    if (!status)
        frame->registers[i->a] = nf_integer(mark);
    return status;
}

/* X18: back to the start, and on from there. */
static nf_status restart(nf_execution *x, nf_error *err)
{
    nf_objects *objects = x->world->objects;
    nf_status status = nf_objects_settle(objects, x->mark, false, err);

    return status ? status : nf_objects_mark(objects, &x->mark, err);
}

/* X19: to the savepoint before the object. If that is gone since a handler
 * inside undid everything, all since then is the object's doing. */
nf_status nf_execution_undo(nf_execution *x, const nf_frame *frame,
                            const nf_place *place, nf_error *err)
{
    nf_objects *objects = x->world->objects;
    int64_t mark = mark_in(frame, place->mark);

    if (!x->mark || place->undoing == NF_UNDO_NOTHING ||
        (place->undoing == NF_UNDO_MARK && place->mark <= 0))
        return NF_OK;
    if (place->undoing == NF_UNDO_MARK && nf_objects_marked(objects, mark))
        return nf_objects_settle(objects, mark, false, err);
    return restart(x, err);
}

nf_status nf_execution_conclude(nf_execution *x, nf_status status,
                                nf_error *err)
{
    nf_status ended;

    if (!x->mark)
        return status;
    ended = nf_objects_settle(x->world->objects, x->mark, !status,
                              status ? NULL : err);
    x->mark = 0;
    return status ? status : ended;
}
