/* Starting, running and ending a call; the error record's last touches (X5,
 * X25) and the trace (H3, when the session asks for it). */
#include "interpreter/execution.h"

#include "base/json.h"
#include "interpreter/probe.h"

#include <string.h>

enum { FEW = 16 }; /* parameters, of most flows */

/* The one that ended last, or another one: handlers run one after the other,
 * thousands of times. */
static nf_execution *take_execution(nf_world *world)
{
    nf_execution *x = world->spare;

    world->spare = NULL;
    if (!x)
        return nf_alloc(sizeof *x);
    memset(x, 0, offsetof(nf_execution, error));
    return x;
}

nf_execution *nf_execution_new(nf_world *world)
{
    nf_execution *x = take_execution(world);

    if (!x)
        return NULL;
    x->world = world;
    x->step_limit = world->environment.limits.steps
                        ? world->environment.limits.steps
                        : NF_LIMIT_STEPS;
    x->evaluation = (nf_evaluator){
        .environment = &world->environment,
        .objects = world->objects,
        .random = &world->random,
        .cache = world->cache,
        .restrict_member =
            world->rules && world->rules->allows ? nf_execution_restrict : NULL,
        .user = x,
    };
    nf_error_clear(&x->error);
    return x;
}

nf_status nf_execution_start(nf_execution **out, nf_world *world,
                             const nf_program *program,
                             const nf_value *arguments, const bool *given,
                             nf_error *err)
{
    size_t count = program->flow->parameter_count;
    nf_execution *x = nf_execution_new(world);
    bool few[FEW];
    bool *have = count <= FEW ? few : nf_alloc_array(count, sizeof *have);
    nf_status status;

    *out = NULL;
    if (!x || !have) {
        nf_free(x);
        if (have != few)
            nf_free(have);
        return nf_error_nomem(err);
    }
    x->frame = nf_frame_new(program);
    x->depth = 1;
    status = x->frame
                 ? nf_frame_parameters(x->frame, arguments, given, have, err)
                 : nf_error_nomem(err);
    if (!status && world->rules && program->engine == NF_ENGINE_SERVER)
        status = nf_objects_mark(world->objects, &x->mark, err); /* X16, M18 */
    if (!status)
        status = nf_frame_predefined(x, x->frame, err);
    if (!status)
        status = nf_frame_defaults(x, x->frame, have, err);
    if (have != few)
        nf_free(have);
    if (status) {
        nf_error_in(err, program->flow->qualified, NULL, NULL);
        nf_execution_free(x);
        return status;
    }
    if (nf_observed(world))
        nf_probe_enter(x);
    x->started = true;
    *out = x;
    return NF_OK;
}

/* X5: the host hears of it once. */
static void report_unhandled(nf_execution *x)
{
    struct json_object *payload = json_object_new_object();
    const nf_error *e = &x->error;

    if (!payload)
        return;
    json_object_object_add(payload, "code", json_object_new_string(e->code));
    if (e->detail[0])
        json_object_object_add(payload, "detail",
                               json_object_new_string(e->detail));
    json_object_object_add(payload, "message",
                           json_object_new_string(e->message));
    json_object_object_add(payload, "document",
                           json_object_new_string(e->document));
    json_object_object_add(payload, "activity",
                           json_object_new_string(e->activity));
    json_object_object_add(payload, "activityId",
                           json_object_new_string(e->activity_id));
    nf_world_event(x->world, "unhandledError", payload, NULL);
}

void nf_execution_warn_dangling(nf_execution *x)
{
    static const char text[] =
        "The path ends without an end event (dangling_path)";
    const char *const members[][2] = {
        {"level", "Warning"},
        {"node", "Interpreter"},
        {"text", text},
        {"flow", x->frame->program->flow->qualified},
    };
    struct json_object *payload = json_object_new_object();

    if (!payload)
        return;
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        json_object_object_add(payload, members[i][0],
                               json_object_new_string(members[i][1]));
    nf_world_event(x->world, "log", payload, NULL);
}

nf_status nf_execution_run(nf_execution *x, nf_error *err)
{
    nf_status status;

    if (!x->finished) {
        status = nf_machine_run(x);
        if (status == NF_PENDING)
            return status;
        status = nf_execution_conclude(x, status, &x->error);
        x->finished = true;
        x->status = status;
        if (status && !x->nested)
            report_unhandled(x);
        if (x->world->objects && !x->nested)
            nf_objects_sweep(x->world->objects);
    }
    if (x->status && err && !nf_error_is_set(err))
        *err = x->error;
    return x->status;
}

const nf_value *nf_execution_result(const nf_execution *execution)
{
    return &execution->result;
}

uint64_t nf_execution_steps(const nf_execution *execution)
{
    return execution->steps;
}

static const nf_frame *outermost(const nf_execution *x)
{
    const nf_frame *frame = x->frame;

    while (frame && frame->caller)
        frame = frame->caller;
    return frame;
}

/* Variables that people know: named, and assigned. */
static bool is_shown(const nf_frame *frame, size_t slot)
{
    const nf_variable *variable = &frame->program->variables[slot];

    return variable->name[0] && frame->registers[slot].kind != NF_KIND_UNSET &&
           !variable->predefined && strcmp(variable->name, "currentIndex") != 0;
}

size_t nf_execution_variable_count(const nf_execution *execution)
{
    const nf_frame *frame = outermost(execution);
    size_t count = 0;

    for (size_t i = 0; frame && i < frame->program->variable_count; i++)
        count += is_shown(frame, i);
    return count;
}

bool nf_execution_variable(const nf_execution *execution, size_t index,
                           const char **name, nf_type *type,
                           const nf_value **value)
{
    static const nf_value empty = {.kind = NF_KIND_EMPTY};
    const nf_frame *frame = outermost(execution);

    for (size_t i = 0; frame && i < frame->program->variable_count; i++) {
        const nf_value *v = &frame->registers[i];

        if (!is_shown(frame, i) || index-- > 0)
            continue;
        *name = frame->program->variables[i].name;
        *type = frame->program->variables[i].type;
        *value =
            v->kind == NF_KIND_OBJECT && v->as.object->removed ? &empty : v;
        return true;
    }
    return false;
}

/* Tells the observer of invocations that never end. */
static void forget(nf_execution *x)
{
    const nf_observer *o = x->world->observer;
    nf_error cancelled;

    nf_error_clear(&cancelled);
    nf_error_set(&cancelled, NF_CANCELLED, "cancelled",
                 "The call was cancelled");
    if (x->started && !x->finished) {
        nf_frame *innermost = x->frame;

        for (; x->frame; x->frame = x->frame->caller, x->depth--)
            nf_probe_abandon(x, &cancelled);
        x->frame = innermost;
    }
    if (o->forget)
        o->forget(o->user, x);
}

void nf_execution_free(nf_execution *execution)
{
    if (!execution)
        return;
    if (execution->waiting && execution->waiting->activity->cancel)
        execution->waiting->activity->cancel(execution->pending);
    nf_execution_conclude(execution, NF_CANCELLED, NULL);
    if (nf_observed(execution->world))
        forget(execution);
    while (execution->frame) {
        nf_frame *caller = execution->frame->caller;

        nf_frame_free(execution->frame);
        execution->frame = caller;
    }
    nf_value_release(&execution->result);
    nf_execution_forget_response(execution);
    if (execution->nested && !execution->world->spare)
        execution->world->spare = execution;
    else
        nf_free(execution);
}

/* ---- the world ----------------------------------------------------------- */

void nf_world_dispose(nf_world *world)
{
    nf_free(world->spare);
    world->spare = NULL;
}

nf_status nf_world_event(nf_world *world, const char *name,
                         struct json_object *payload, nf_error *err)
{
    nf_status status = NF_OK;

    if (!payload)
        return nf_error_nomem(err);
    if (world->host.event)
        status = world->host.event(world->host.user, name, payload, err);
    json_object_put(payload);
    if (status && status != NF_NOMEM && status != NF_CANCELLED) {
        if (!nf_error_is_set(err))
            nf_error_set(err, NF_FAILED, "host_error",
                         "The host refused the event \"%s\"", name);
        return NF_FAILED;
    }
    return status;
}
