/* Create object (activities O8 … O15). The variable is assigned before the
 * items, so that their expressions can use the new object (O10) and it stays
 * when one of them fails (X12). */
#include "activities/activities.h"
#include "activities/support.h"

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
    bound->output = nf_bind_output(
        binder, nf_element_string(action, "VariableName", ""),
        (nf_type){.kind = NF_KIND_OBJECT, .entity = bound->entity});
    bound->changes = nf_member_changes_bind(binder, bound->entity, action);
    bound->commit = nf_bind_commit_mode(action);
    *out = bound;
    return bound->changes ? NF_OK : NF_NOMEM;
}

static nf_status execute(nf_call *call, const void *data, void **state,
                         nf_error *err)
{
    const create_object *bound = data;
    nf_world *world = nf_call_world(call);
    nf_object *object = NULL;
    nf_status status = nf_access_create(call, bound->entity, err);

    (void)state;
    if (!status)
        status = nf_require_local(call, bound->entity, err);
    if (!status)
        status = nf_require_makeable(call, bound->entity, err);
    if (!status)
        status = nf_create_object(call, &object, bound->entity, err);
    if (status)
        return status;
    if (!object) { /* O14: a handler refused without an error */
        nf_call_set(call, &bound->output, nf_empty());
        return NF_OK;
    }
    nf_call_set(call, &bound->output, nf_object_take(nf_object_retain(object)));
    status = nf_member_changes_apply(call, bound->changes, object, false, err);
    if (!status && bound->commit != NF_COMMIT_NO)
        status = nf_commit_objects(call, &object, 1, bound->commit, err);
    else if (!status)
        status = nf_event_objects(world, "objectsChanged", &object, 1, err);
    nf_object_release(object);
    return status;
}

const nf_activity nf_activity_create_object = {
    .type = "Microflows$CreateChangeAction",
    .caption = "Create object",
    .flags = NF_ACTIVITY_NANOFLOW | NF_ACTIVITY_MICROFLOW,
    .bind = bind,
    .execute = execute,
};
