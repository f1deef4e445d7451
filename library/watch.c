/* Who looks on while flows of a session run: the trace of the session, and at
 * most one other, a debugger or a test that reads coverage. Programs are then
 * compiled once more, with probes, for this session alone. */
#include "library/watch.h"

#include "activities/activities.h"
#include "database/xpath.h"
#include "library/trace.h"

static nf_status on_begin(void *user, nf_execution *x, nf_error *err)
{
    nf_session *s = user;
    const nf_observer *o = s->looker;
    nf_status status = NF_OK;

    if (o && o->begin)
        status = o->begin(o->user, x, err);
    if (s->tracer && status != NF_PENDING)
        nf_trace_begin(s->tracer, x);
    return status;
}

static void on_end(void *user, nf_execution *x, const nf_graph_flow *flow,
                   const nf_error *error)
{
    nf_session *s = user;
    const nf_observer *o = s->looker;

    if (s->tracer)
        nf_trace_end(s->tracer, x, flow, error);
    if (o && o->end)
        o->end(o->user, x, flow, error);
}

static void on_enter(void *user, nf_execution *x)
{
    nf_session *s = user;
    const nf_observer *o = s->looker;

    if (s->tracer)
        nf_trace_enter(s->tracer, x);
    if (o && o->enter)
        o->enter(o->user, x);
}

static void on_leave(void *user, nf_execution *x, const nf_value *result,
                     const nf_error *error)
{
    nf_session *s = user;
    const nf_observer *o = s->looker;

    if (s->tracer)
        nf_trace_leave(s->tracer, x, result, error);
    if (o && o->leave)
        o->leave(o->user, x, result, error);
}

static void on_object(void *user, nf_object *object, nf_object_effect effect,
                      const nf_member *member)
{
    nf_session *s = user;
    const nf_observer *o = s->looker;

    if (s->tracer)
        nf_trace_object(s->tracer, object, effect, member);
    if (o && o->object)
        o->object(o->user, object, effect, member);
}

static void on_forget(void *user, nf_execution *x)
{
    nf_session *s = user;
    const nf_observer *o = s->looker;

    if (s->tracer)
        nf_trace_forget(s->tracer, x);
    if (o && o->forget)
        o->forget(o->user, x);
}

static nf_programs *new_programs(nf_session *s, nf_watching watch)
{
    nf_programs *programs = nf_programs_new(s->model, nf_activities,
                                            &nf_xpath_sql_compiler, s->allow);

    if (programs)
        nf_programs_watch(programs, watch);
    return programs;
}

static void connect(nf_session *s)
{
    bool observed = s->tracer || s->looker;

    s->observer = (nf_observer){
        .begin = on_begin,
        .end = on_end,
        .enter = on_enter,
        .leave = on_leave,
        .object = on_object,
        .forget = on_forget,
        .user = s,
    };
    s->world.observer = observed ? &s->observer : NULL;
    if (s->objects)
        nf_objects_listen(s->objects, observed ? on_object : NULL, s);
    if (s->server)
        nf_server_watch(s->server, s->watched ? s->world.programs : NULL,
                        s->world.observer);
}

nf_status nf_session_look(nf_session *s, nf_programs *programs, nf_error *err)
{
    if (!programs) {
        if (!s->own_programs)
            s->own_programs = new_programs(s, NF_WATCH_STEPS);
        programs = s->own_programs;
    }
    if (!programs)
        return nf_error_nomem(err);
    s->world.programs = programs;
    s->watched = true;
    connect(s);
    return NF_OK;
}

nf_status nf_session_observe(nf_session *s, const nf_observer *looker,
                             nf_error *err)
{
    const nf_observer *before = s->looker;
    nf_status status = NF_OK;

    s->looker = looker;
    if (looker && !s->watched)
        status = nf_session_look(s, NULL, err);
    if (status)
        s->looker = before; /* the caller frees the one that failed */
    connect(s);
    return status;
}

nf_status nf_session_begin_trace(nf_session *s, nf_error *err)
{
    s->tracer = nf_trace_new(s);
    return s->tracer ? nf_session_look(s, NULL, err) : nf_error_nomem(err);
}

void nf_session_end_watch(nf_session *s)
{
    nf_trace_free(s->tracer);
    nf_programs_free(s->own_programs);
    s->tracer = NULL;
    s->own_programs = NULL;
}
