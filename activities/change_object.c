/* Change object (activities O16 … O27). */
#include "activities/activities.h"
#include "activities/online.h"

typedef struct change_object {
    nf_bound_variable input;
    const nf_member_changes *changes;
    nf_commit_mode commit;
} change_object;

static nf_status bind(nf_binder *binder, const nf_element *action, void **out)
{
    change_object *bound = nf_bind_alloc(binder, sizeof *bound);

    if (!bound)
        return NF_NOMEM;
    bound->input = nf_bind_variable(
        binder, nf_element_string(action, "ChangeVariableName", ""),
        NF_KIND_OBJECT);
    bound->changes =
        nf_member_changes_bind(binder, bound->input.type.entity, action);
    bound->commit = nf_bind_commit_mode(action);
    *out = bound;
    return bound->changes ? NF_OK : NF_NOMEM;
}

static nf_status act(nf_call *call, const void *data, nf_sync_flow_call **waits,
                     nf_error *err)
{
    const change_object *bound = data;
    nf_object *object;
    nf_status status = nf_require_object(call, &bound->input, &object, err);

    if (status)
        return status;
    /* Its expressions may not outlive the object. */
    nf_object_retain(object);
    if (!*waits)
        status =
            nf_member_changes_apply(call, bound->changes, object, true, err);
    if (!status)
        status = nf_online_commit(call, &object, 1, bound->commit, waits, err);
    nf_object_release(object);
    return status;
}

static nf_status execute(nf_call *call, const void *data, void **state,
                         nf_error *err)
{
    return nf_online_execute(act, call, data, state, err);
}

const nf_activity nf_activity_change_object = {
    .type = "Microflows$ChangeAction",
    .caption = "Change object",
    .flags = NF_ACTIVITY_NANOFLOW | NF_ACTIVITY_MICROFLOW,
    .bind = bind,
    .execute = execute,
    .cancel = nf_online_cancel,
};
