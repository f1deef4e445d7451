/* Activities: those of the machine itself, and all others, which are bound. */
#include "interpreter/compile.h"

#include <stdio.h>
#include <string.h>

/* One of the machine's that this kind of flow may have has been found before.
 */
static const nf_activity *find_activity(const nf_binder *b, const char *type)
{
    const nf_activity *own;

    for (size_t i = 0; b->activities && b->activities[i]; i++)
        if (strcmp(b->activities[i]->type, type) == 0)
            return b->activities[i];
    for (size_t i = 0; (own = nf_machine_activity(i)); i++)
        if (strcmp(own->type, type) == 0)
            return own;
    return NULL;
}

static void emit_activity(nf_binder *b, const nf_activity *activity,
                          const void *bound)
{
    nf_program *p = b->program;
    nf_activity_site *items;

    items = nf_table_grow(b, p->activities, p->activity_count,
                          &p->activity_capacity, sizeof *items);
    if (!items)
        return;
    p->activities = items;
    items[p->activity_count] =
        (nf_activity_site){activity, bound, nf_node_caption(b->node)};
    nf_emit(b, NF_OP_ACTIVITY, (unsigned)p->activity_count++, 0, 0, -1);
}

/* Binds before anything of the activity is emitted: its expressions go to the
 * other code. */
static void bind_activity(nf_binder *b, const nf_element *action)
{
    const nf_activity *activity = find_activity(b, action->type);
    unsigned needed = b->program->engine == NF_ENGINE_CLIENT
                          ? NF_ACTIVITY_NANOFLOW
                          : NF_ACTIVITY_MICROFLOW;
    unsigned steps = b->steps;
    void *bound = NULL;
    nf_status status;

    if (!activity) {
        nf_compile_unsupported(b, action);
        return;
    }
    if (!(activity->flags & needed)) {
        char message[512];

        snprintf(message, sizeof message,
                 "The activity \"%s\" is not available in %s",
                 activity->caption,
                 needed == NF_ACTIVITY_NANOFLOW ? "nanoflows" : "microflows");
        nf_report(b, NF_SEVERITY_ERROR, (activity->flags & NF_ACTIVITY_HOST),
                  "unsupported_activity", "", -1, message);
        nf_compile_unavailable(b, action);
        return;
    }
    b->code = &b->program->expressions;
    b->steps = 0;
    status = activity->bind(b, action, &bound);
    b->steps = steps;
    b->code = &b->program->code;
    if (status == NF_NOMEM)
        nf_binder_fail(b, NULL);
    else if (status && !b->raise)
        nf_report(b, NF_SEVERITY_ERROR, false, "bad_flow", "", -1,
                  "The activity can't be bound");
    if (!b->raise)
        emit_activity(b, activity, bound);
}

static void call_nanoflow(nf_binder *b, const nf_element *action)
{
    nf_compile_flow_call(b, NF_FLOW_NANOFLOW, action);
}

static void call_microflow(nf_binder *b, const nf_element *action)
{
    nf_compile_flow_call(b, NF_FLOW_MICROFLOW, action);
}

/* What the machine does itself. */
typedef struct own_activity {
    nf_activity row; /* without bind and execute */
    void (*compile)(nf_binder *b, const nf_element *action);
} own_activity;

enum { EITHER = NF_ACTIVITY_NANOFLOW | NF_ACTIVITY_MICROFLOW };

static const own_activity own_activities[] = {
    {{.type = "Microflows$CreateVariableAction",
      .caption = "Create variable",
      .flags = EITHER},
     nf_compile_create_variable},
    {{.type = "Microflows$ChangeVariableAction",
      .caption = "Change variable",
      .flags = EITHER},
     nf_compile_change_variable},
    {{.type = "Microflows$NanoflowCallAction",
      .caption = "Call nanoflow",
      .flags = NF_ACTIVITY_NANOFLOW},
     call_nanoflow},
    {{.type = "Microflows$MicroflowCallAction",
      .caption = "Call microflow",
      .flags = NF_ACTIVITY_MICROFLOW},
     call_microflow},
};
enum { OWN_ACTIVITIES = sizeof own_activities / sizeof *own_activities };

const nf_activity *nf_machine_activity(size_t index)
{
    return index < OWN_ACTIVITIES ? &own_activities[index].row : NULL;
}

static const own_activity *find_own(const nf_binder *b, const char *type)
{
    unsigned needed = b->program->engine == NF_ENGINE_CLIENT
                          ? NF_ACTIVITY_NANOFLOW
                          : NF_ACTIVITY_MICROFLOW;
    for (size_t i = 0; i < OWN_ACTIVITIES; i++)
        if ((own_activities[i].row.flags & needed) &&
            strcmp(own_activities[i].row.type, type) == 0)
            return &own_activities[i];
    return NULL;
}

void nf_compile_action(nf_binder *b)
{
    const nf_element *action = b->node->action;
    const own_activity *own;

    if (!action) {
        nf_report(b, NF_SEVERITY_ERROR, false, "unsupported_activity", "", -1,
                  "The activity has no action");
    } else if ((own = find_own(b, action->type))) {
        own->compile(b, action);
    } else {
        bind_activity(b, action);
    }
    if (b->raise) {
        nf_emit_raise(b, b->raise);
        if (action)
            nf_compile_outputs(b, action);
    }
    nf_gen_end(b);
}
