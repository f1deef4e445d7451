/* Frames: the registers of one invocation of a flow, and what is in them when
 * it begins. */
#include "interpreter/execution.h"

nf_frame *nf_frame_new(const nf_program *program)
{
    nf_frame *frame = nf_alloc(sizeof *frame + (size_t)program->register_count *
                                                   sizeof(nf_value));

    if (!frame)
        return NULL;
    frame->program = program;
    for (size_t i = 0; i < program->variable_count; i++)
        if (!program->variables[i].predefined)
            frame->registers[i].kind = NF_KIND_UNSET;
    return frame;
}

void nf_frame_free(nf_frame *frame)
{
    if (!frame)
        return;
    for (uint32_t i = 0; i < frame->program->register_count; i++)
        if (frame->registers[i].kind != NF_KIND_UNSET)
            nf_value_release(&frame->registers[i]);
    nf_free(frame->caught);
    nf_free(frame);
}

nf_status nf_frame_predefined(nf_execution *x, nf_frame *frame, nf_error *err)
{
    nf_world *world = x->world;
    int64_t user = world->environment.user_id;
    int32_t slot = frame->program->current_user;
    nf_object *object = NULL;
    nf_status status;

    if (slot < 0 || !world->objects || !user)
        return NF_OK;
    status = nf_objects_get_kept(
        &object, world->objects,
        nf_model_find_entity(world->model, "System.User"), user, err);
    if (!status && object)
        nf_register_put(&frame->registers[slot], nf_object_take(object));
    return status;
}

nf_status nf_frame_defaults(nf_execution *x, nf_frame *frame, const bool *given,
                            nf_error *err)
{
    const nf_program *program = frame->program;

    for (size_t i = 0; i < program->flow->parameter_count; i++) {
        const nf_bound_expression *bound = &program->defaults[i];
        const nf_raise *fault = program->default_faults[i];
        nf_value *slot = &frame->registers[program->first_parameter + i];
        nf_status status;

        if (given[i] || !bound->present)
            continue;
        if (fault) {
            nf_error_set(err, NF_FAILED, fault->code,
                         "The parameter \"%s\": %s",
                         program->flow->parameters[i].name, fault->message);
            nf_error_detail(err, fault->detail);
            return NF_FAILED;
        }
        status = nf_machine_evaluate(x, frame, bound->entry, slot, err);
        if (status)
            return status;
    }
    return NF_OK;
}

nf_status nf_frame_parameters(nf_frame *frame, const nf_value *arguments,
                              const bool *given, bool *have, nf_error *err)
{
    const nf_flow *flow = frame->program->flow;

    for (size_t i = 0; i < flow->parameter_count; i++) {
        const nf_parameter *parameter = &flow->parameters[i];
        nf_value *slot = &frame->registers[frame->program->first_parameter + i];
        nf_value copy;
        nf_status status;

        have[i] = !given || given[i];
        *slot = nf_empty();
        if (!have[i] && parameter->required)
            return nf_error_set(err, NF_FAILED, "missing_argument",
                                "The parameter \"%s\" of \"%s\" needs an "
                                "argument",
                                parameter->name, flow->qualified);
        if (!have[i])
            continue;
        copy = nf_value_copy(&arguments[i]);
        status = nf_value_convert(slot, &copy, &parameter->type, err);
        if (status) {
            *slot = nf_empty();
            return status;
        }
    }
    return NF_OK;
}
