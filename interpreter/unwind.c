/* Errors of a running call (activities §5): what they say of their place, who
 * handles them, and what $latestError then is. A nanoflow's error changes
 * nothing; a microflow undoes to a savepoint first (savepoints.c). */
#include "interpreter/instructions.h"

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

void nf_error_trace_callers(nf_error *err, const nf_frame *frame)
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
    nf_error_trace_callers(&whole, frame);
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

    if (!frame->caught)
        frame->caught = nf_alloc(sizeof *frame->caught);
    if (!frame->caught)
        return false;
    if (frame->program->engine == NF_ENGINE_CLIENT
            ? !nf_value_text(&latest, err->message, strlen(err->message))
            : error_object(&latest, x, frame, err) != NF_OK)
        return false;
    *frame->caught = *err;
    nf_register_put(&frame->registers[NF_SLOT_LATEST_ERROR], latest);
    return true;
}

/* ---- instructions that fail ----------------------------------------------
 */

/* An error event (X21): the error that this flow has caught, for its caller. */
nf_status nf_execute_reraise(nf_execution *x, nf_frame *frame,
                             const nf_instruction *i, nf_error *err)
{
    (void)i;
    if (frame->caught) {
        *err = *frame->caught;
        x->reraised = true;
        return err->status;
    }
    return nf_error_set(err, NF_FAILED, "bad_flow",
                        "An error event was reached without an error");
}

nf_status nf_execute_raise(nf_execution *x, nf_frame *frame,
                           const nf_instruction *i, nf_error *err)
{
    const nf_raise *raise = &frame->program->raises[i->a];

    (void)x;
    nf_error_set(err, NF_FAILED, raise->code, "%s", raise->message);
    nf_error_detail(err, raise->detail);
    nf_error_at_position(err, raise->position);
    if (raise->text)
        nf_error_of_expression(err, raise->text, strlen(raise->text));
    return NF_FAILED;
}

/* The place of an error in the expression of its instruction. */
static void locate(const nf_program *program, const nf_source *source,
                   nf_error *err)
{
    const char *text;

    if (source->position < 0)
        return;
    nf_error_at_position(err, source->position);
    text = source->text < program->text_count ? program->texts[source->text]
                                              : NULL;
    if (text && err && err->position == source->position)
        nf_error_of_expression(err, text, strlen(text));
}

SLOW nf_status nf_execution_failed(const nf_program *program,
                                   const nf_source *source, nf_status status,
                                   nf_error *err)
{
    if (status == NF_USAGE || status == NF_INPUT || status == NF_PENDING)
        status = NF_FAILED; /* an error of a lower layer ends here */
    if (nf_error_is_set(err))
        err->status = status;
    else
        nf_error_set(err, status, "host_error",
                     "The activity failed without a message");
    locate(program, source, err);
    return status;
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
    if (nf_execution_undo(x, frame, place, &failure) != NF_OK) {
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
