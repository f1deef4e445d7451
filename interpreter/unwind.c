/* Errors of a running call: who handles them, what is undone before that, and
 * how a call as a whole ends (activities §5). A nanoflow's error changes
 * nothing; a microflow undoes to a savepoint first. */
#include "interpreter/execution.h"

#include "interpreter/probe.h"

#include <stdio.h>
#include <string.h>

#define SLOW __attribute__((noinline, cold))

const nf_place *nf_program_place(const nf_program *program, uint32_t pc)
{
    size_t low = 0, high = program->place_count;

    while (low < high) { /* first place behind pc */
        size_t middle = low + (high - low) / 2;

        if (program->places[middle].start <= pc)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? &program->places[low - 1] : NULL;
}

/* ---- savepoints ------------------------------------------------------------
 */

static int64_t mark_in(const nf_frame *frame, int32_t slot)
{
    const nf_value *value = &frame->registers[slot];

    return slot > 0 && value->kind == NF_KIND_INTEGER ? value->as.integer : 0;
}

nf_status nf_execution_settle(nf_execution *x, nf_frame *frame, unsigned slot,
                              nf_error *err)
{
    int64_t mark = mark_in(frame, (int32_t)slot);

    frame->registers[slot] = nf_integer(0);
    return mark ? nf_objects_settle(x->world->objects, mark, true, err) : NF_OK;
}

nf_status nf_execution_mark(nf_execution *x, nf_frame *frame, unsigned slot,
                            nf_error *err)
{
    nf_status status = nf_execution_settle(x, frame, slot, err);
    int64_t mark = 0;

    if (!status && x->mark)
        status = nf_objects_mark(x->world->objects, &mark, err);
    if (!status)
        frame->registers[slot] = nf_integer(mark);
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
static nf_status undo(nf_execution *x, nf_frame *frame, const nf_place *place,
                      nf_error *err)
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

/* ---- $latestError ----------------------------------------------------------
 */

static void add_trace(nf_error *err, const char *flow, const char *caption)
{
    size_t used = strlen(err->trace);

    if (used < sizeof err->trace)
        snprintf(err->trace + used, sizeof err->trace - used, "%s%s, %s",
                 used ? "\n" : "", flow, caption);
}

static void set_text(nf_object *error, const char *name, const char *text)
{
    const nf_member *member = nf_entity_find_member(error->entity, name);
    nf_value value;

    if (!member || !nf_value_text(&value, text, strlen(text)))
        return;
    nf_object_set(error, member, &value, NULL);
    nf_value_release(&value);
}

/* X22: what is known of the flows that ended, then those that have not. */
static void trace_callers(nf_error *err, const nf_frame *frame)
{
    for (; frame->caller; frame = frame->caller) {
        const nf_frame *caller = frame->caller;
        const nf_place *place =
            nf_program_place(caller->program, caller->pc - 1);

        add_trace(err, caller->program->flow->qualified,
                  place ? place->caption : "");
    }
}

static nf_status error_object(nf_value *out, nf_execution *x,
                              const nf_frame *frame, const nf_error *err)
{
    const nf_entity *entity =
        nf_model_find_entity(x->world->model, "System.Error");
    nf_error whole = *err;
    nf_object *object = NULL;
    char type[64];
    nf_status status = NF_OK;

    *out = nf_empty();
    if (entity && x->world->objects)
        status = nf_objects_create(&object, x->world->objects, entity, 0, NULL);
    if (!object)
        return status;
    trace_callers(&whole, frame);
    snprintf(type, sizeof type, "nanoflow.%s", err->code);
    set_text(object, "ErrorType", type);
    set_text(object, "Message", err->message);
    set_text(object, "Stacktrace", whole.trace);
    *out = nf_object_take(object);
    return NF_OK;
}

static bool set_latest(nf_execution *x, nf_frame *frame, const nf_error *err)
{
    nf_value latest;

    if (frame->program->engine == NF_ENGINE_CLIENT) {
        if (!nf_value_text(&latest, err->message, strlen(err->message)))
            return false;
    } else {
        if (!frame->caught)
            frame->caught = nf_alloc(sizeof *frame->caught);
        if (!frame->caught || error_object(&latest, x, frame, err) != NF_OK)
            return false;
        *frame->caught = *err;
    }
    nf_register_put(&frame->registers[NF_SLOT_LATEST_ERROR], latest);
    return true;
}

nf_status nf_execution_reraise(nf_execution *x, const nf_frame *frame,
                               nf_error *err)
{
    if (frame->caught) {
        *err = *frame->caught;
        x->reraised = true;
        return err->status;
    }
    return nf_error_set(err, NF_FAILED, "bad_flow",
                        "An error event was reached without an error");
}

/* ---- unwinding -------------------------------------------------------------
 */

bool nf_error_is_catchable(const nf_error *err)
{
    return err->status != NF_NOMEM && err->status != NF_CANCELLED &&
           strcmp(err->code, "budget_exceeded") != 0 &&
           strcmp(err->code, "cancelled") != 0;
}

/* An error while undoing takes the place of the first. */
static bool handle(nf_execution *x, nf_frame *frame, const nf_place *place)
{
    nf_error failure = {0};

    if (!place || place->handler == NF_NO_HANDLER)
        return false;
    if (undo(x, frame, place, &failure) != NF_OK) {
        x->error = failure;
        return false;
    }
    if (!set_latest(x, frame, &x->error) ||
        !nf_execution_show_response(x, frame))
        return false;
    nf_probe_handle(x, place);
    frame->pc = place->handler;
    nf_error_clear(&x->error);
    return true;
}

static void describe(nf_error *err, const nf_frame *frame,
                     const nf_place *place)
{
    char id[NF_GUID_TEXT_SIZE] = "";

    if (place)
        nf_guid_text(&place->node->element->id, id);
    nf_error_in(err, frame->program->flow->qualified,
                place ? place->caption : "", id);
}

SLOW nf_status nf_execution_unwind(nf_execution *x, uint32_t pc)
{
    nf_error *err = &x->error;
    bool innermost = true, passed = x->reraised;

    x->reraised = false;
    for (;;) {
        nf_frame *frame = x->frame;
        const nf_place *place = nf_program_place(frame->program, pc);

        if (innermost)
            describe(err, frame, place);
        if (!passed)
            add_trace(err, frame->program->flow->qualified,
                      place ? place->caption : "");
        nf_probe_fail(x, pc, err);
        innermost = false;
        if (!passed && nf_error_is_catchable(err) && handle(x, frame, place))
            return NF_OK;
        passed = false;
        nf_execution_forget_response(x); /* M24: it lives in its microflow */
        if (nf_observed(x->world))
            nf_probe_abandon(x, err);
        if (!frame->caller)
            return err->status;
        x->frame = frame->caller;
        x->depth--;
        nf_frame_free(frame);
        pc = x->frame->pc - 1;
    }
}
