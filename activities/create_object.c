/* Create object (activities O8 … O15). The variable is assigned before the
 * items, so that their expressions can use the new object (O10) and it stays
 * when one of them fails (X12). */
#include "activities/activities.h"
#include "activities/online.h"

typedef struct create_object {
    const nf_entity *entity;
    nf_bound_variable output;
    const nf_member_changes *changes;
    nf_commit_mode commit;
} create_object;

static nf_status bind(nf_binder *binder, const nf_element *action, void **out)
{
    create_object *bound = nf_bind_alloc(binder, sizeof *bound);

    if (!bound)
        return NF_NOMEM;
    bound->entity = nf_bind_entity(binder, action, "Entity");
    if (bound->entity && nf_bind_engine(binder) == NF_ENGINE_CLIENT &&
        (bound->entity->kind == NF_ENTITY_EXTERNAL ||
         bound->entity->kind == NF_ENTITY_VIEW)) /* D3 */
        nf_bind_unsupported(binder,
                            "Objects of \"%s\", an external or view entity, "
                            "can't be created on a device",
                            bound->entity->qualified);
    bound->output = nf_bind_output(
        binder, nf_element_string(action, "VariableName", ""),
        (nf_type){.kind = NF_KIND_OBJECT, .entity = bound->entity});
    bound->changes = nf_member_changes_bind(binder, bound->entity, action);
    bound->commit = nf_bind_commit_mode(action);
    *out = bound;
    return bound->changes ? NF_OK : NF_NOMEM;
}

/* What is kept while the server is asked: for the object, then to commit it. */
typedef struct waiting {
    nf_sync_flow_call *waits;
    nf_object *object; /* NULL: not made yet */
} waiting;

static void cancel(void *state)
{
    waiting *w = state;

    if (!w)
        return;
    nf_sync_call_flow_free(w->waits);
    nf_object_release(w->object);
    nf_free(w);
}

/* *object NULL: a handler refused without an error (O14). */
static nf_status make(nf_call *call, const create_object *bound, waiting *w,
                      nf_error *err)
{
    const nf_online_request request = {.operation = NF_ONLINE_CREATE,
                                       .entity = bound->entity};
    nf_value made;
    nf_status status = NF_OK;

    if (!w->waits)
        status = nf_access_create(call, bound->entity, err);
    if (!status && !w->waits)
        status = nf_require_local(call, bound->entity, err);
    if (status)
        return status;
    if (!nf_is_online(call, bound->entity) &&
        !nf_is_made_by_server(call, bound->entity))
        return nf_create_object(call, &w->object, bound->entity, err);
    status = nf_online_ask(call, &request, &w->waits, &made, err);
    if (!status && made.kind == NF_KIND_OBJECT)
        w->object = made.as.object;
    return status;
}

/* In a nanoflow the object stays when what follows fails (X12), and is there
 * for the host, too. */
static nf_status tell_host(nf_call *call, const waiting *w, nf_status status,
                           nf_error *err)
{
    if (status && nf_call_engine(call) != NF_ENGINE_CLIENT)
        return status;
    if (status)
        err = NULL;
    if (nf_event_objects(nf_call_world(call), "objectsChanged", &w->object, 1,
                         err) != NF_OK &&
        !status)
        status = NF_NOMEM;
    return status;
}

static nf_status act(nf_call *call, const create_object *bound, waiting *w,
                     nf_error *err)
{
    nf_status status = NF_OK;
    bool fresh = !w->object;

    if (fresh)
        status = make(call, bound, w, err);
    if (status)
        return status;
    if (!w->object) {
        nf_call_set(call, &bound->output, nf_empty());
        return NF_OK;
    }
    if (fresh) {
        nf_call_set(call, &bound->output,
                    nf_object_take(nf_object_retain(w->object)));
        status = nf_member_changes_apply(call, bound->changes, w->object, false,
                                         err);
    }
    if (!status && bound->commit != NF_COMMIT_NO) {
        status = nf_online_commit(call, &w->object, 1, bound->commit, &w->waits,
                                  err);
        if (status == NF_OK || status == NF_PENDING)
            return status; /* the commit has told it */
    }
    return tell_host(call, w, status, err);
}

static nf_status execute(nf_call *call, const void *data, void **state,
                         nf_error *err)
{
    waiting here = {0}, *w = *state ? *state : &here;
    nf_status status = act(call, data, w, err);

    if (status == NF_PENDING && w == &here) {
        w = nf_alloc(sizeof *w);
        if (w)
            *w = here;
        else
            status = nf_error_nomem(err);
    }
    if (status == NF_PENDING) {
        *state = w;
        return status;
    }
    if (*state)
        cancel(*state);
    else
        nf_object_release(here.object);
    if (!*state && here.waits)
        nf_sync_call_flow_free(here.waits);
    *state = NULL;
    return status;
}

const nf_activity nf_activity_create_object = {
    .type = "Microflows$CreateChangeAction",
    .caption = "Create object",
    .flags = NF_ACTIVITY_NANOFLOW | NF_ACTIVITY_MICROFLOW,
    .bind = bind,
    .execute = execute,
    .cancel = cancel,
};
