/* See visit.h. */
#include "interpreter/visit.h"

#include "interpreter/execution.h"

#include <string.h>

struct nf_visit {
    nf_execution *execution;
    const nf_place *place;
    const nf_instruction *instruction; /* ACTIVITY or RAISE */
};

static const nf_place *find_place(const nf_program *program,
                                  const nf_guid *element)
{
    for (size_t i = 0; i < program->place_count; i++) {
        const nf_node *node = program->places[i].node;

        if (node && node->action &&
            !memcmp(&node->element->id, element, sizeof *element))
            return &program->places[i];
    }
    return NULL;
}

bool nf_program_has_action(const nf_program *program, const nf_guid *element,
                           const char *type)
{
    const nf_place *place = find_place(program, element);

    return place && nf_element_is(place->node->action, type);
}

/* What the place does: its activity, or the error that it raises instead. */
static const nf_instruction *find_instruction(const nf_program *program,
                                              const nf_place *place)
{
    size_t end = program->code.count;

    if (place + 1 < program->places + program->place_count)
        end = place[1].start;
    for (size_t i = place->start; i < end; i++) {
        uint8_t op = program->code.items[i].op;

        if (op == NF_OP_ACTIVITY || op == NF_OP_RAISE)
            return &program->code.items[i];
    }
    return NULL;
}

nf_status nf_visit_new(nf_visit **out, nf_world *world,
                       const nf_program *program, const nf_guid *element,
                       nf_error *err)
{
    const nf_place *place = find_place(program, element);
    const nf_instruction *instruction =
        place ? find_instruction(program, place) : NULL;
    nf_visit *visit;

    *out = NULL;
    if (!instruction)
        return NF_OK;
    visit = nf_alloc(sizeof *visit);
    if (!visit)
        return nf_error_nomem(err);
    visit->place = place;
    visit->instruction = instruction;
    visit->execution = nf_execution_new(world);
    if (visit->execution)
        visit->execution->frame = nf_frame_new(program);
    if (!visit->execution || !visit->execution->frame) {
        nf_visit_free(visit);
        return nf_error_nomem(err);
    }
    visit->execution->nested = true;
    visit->execution->finished = true; /* nothing goes on from here */
    *out = visit;
    return NF_OK;
}

void nf_visit_free(nf_visit *visit)
{
    if (!visit)
        return;
    nf_execution_free(visit->execution);
    nf_free(visit);
}

const nf_element *nf_visit_action(const nf_visit *visit)
{
    return visit->place->node->action;
}

/* The slot of a variable; -1: there is none. Two branches may each have one of
 * a name; they share what they say of it. */
static int32_t find_slot(const nf_visit *visit, const char *name)
{
    const nf_program *program = visit->execution->frame->program;

    for (size_t i = 0; name[0] && i < program->variable_count; i++)
        if (!strcmp(program->variables[i].name, name))
            return (int32_t)i;
    return -1;
}

bool nf_visit_variable(const nf_visit *visit, const char *name, nf_type *type)
{
    int32_t slot = find_slot(visit, name);

    if (slot >= 0)
        *type = visit->execution->frame->program->variables[slot].type;
    return slot >= 0;
}

nf_status nf_visit_set(nf_visit *visit, const char *name, nf_value value,
                       nf_error *err)
{
    nf_frame *frame = visit->execution->frame;
    int32_t slot = find_slot(visit, name);
    nf_value fitted = nf_empty();
    nf_status status = NF_OK;

    if (slot < 0) {
        nf_value_release(&value);
        return NF_OK;
    }
    if (value.kind != NF_KIND_EMPTY)
        status = nf_value_convert(&fitted, &value,
                                  &frame->program->variables[slot].type, err);
    if (status != NF_OK)
        return status;
    if (frame->registers[slot].kind != NF_KIND_UNSET)
        nf_value_release(&frame->registers[slot]);
    frame->registers[slot] = fitted;
    return NF_OK;
}

static nf_status raise_known(const nf_raise *raise, nf_error *err)
{
    nf_error_set(err, NF_FAILED, raise->code, "%s", raise->message);
    nf_error_detail(err, raise->detail);
    return NF_FAILED;
}

nf_status nf_visit_run(nf_visit *visit, nf_error *err)
{
    nf_execution *x = visit->execution;
    const nf_program *program = x->frame->program;
    const nf_instruction *i = visit->instruction;
    const nf_activity_site *site;
    nf_call call = {.execution = x, .frame = x->frame};
    void *state = NULL;
    nf_status status;

    if (i->op == NF_OP_RAISE)
        return raise_known(&program->raises[i->a], err);
    site = &program->activities[i->a];
    call.caption = site->caption;
    x->frame->pc = (uint32_t)(i - program->code.items) + 1;
    status = site->activity->execute(&call, site->bound, &state, err);
    if (status == NF_PENDING) {
        if (site->activity->cancel)
            site->activity->cancel(state);
        return nf_error_set(err, NF_FAILED, "host_error",
                            "the activity waits, which a server can't");
    }
    if (status == NF_OK && (call.too_long || call.mismatch))
        return nf_error_set(err, NF_FAILED, "type_mismatch",
                            "The result does not fit the variable");
    return status;
}

const nf_value *nf_visit_get(const nf_visit *visit, const char *name)
{
    static const nf_value empty = {.kind = NF_KIND_EMPTY};
    const nf_frame *frame = visit->execution->frame;
    int32_t slot = find_slot(visit, name);

    return slot >= 0 && frame->registers[slot].kind != NF_KIND_UNSET
               ? &frame->registers[slot]
               : &empty;
}
