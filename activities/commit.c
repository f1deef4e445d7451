/* Commit object(s) (activities O28 … O35): one step of the store (O31). */
#include "activities/activities.h"
#include "activities/online.h"

typedef struct commit {
    nf_bound_variable input;
    nf_commit_mode mode;
} commit;

static nf_status bind(nf_binder *binder, const nf_element *action, void **out)
{
    commit *bound = nf_bind_alloc(binder, sizeof *bound);

    if (!bound)
        return NF_NOMEM;
    bound->input = nf_bind_objects(
        binder, nf_element_string(action, "CommitVariableName", ""));
    bound->mode = nf_element_bool(action, "WithEvents", true)
                      ? NF_COMMIT_YES
                      : NF_COMMIT_WITHOUT_EVENTS;
    *out = bound;
    return NF_OK;
}

static nf_status act(nf_call *call, const void *data, nf_sync_flow_call **waits,
                     nf_error *err)
{
    const commit *bound = data;
    const nf_value *value;
    nf_object *const *items;
    size_t count;
    nf_status status = nf_call_require(call, &bound->input, &value, err);

    if (status)
        return status;
    if (value->kind == NF_KIND_EMPTY)
        return nf_nothing_to(call, "commit", &bound->input, err);
    count = nf_call_objects(value, &items);
    if (value->kind == NF_KIND_OBJECT && count &&
        items[0]->state == NF_OBJECT_DELETED)
        return nf_error_deleted(err, items[0]);
    return nf_online_commit(call, items, count, bound->mode, waits, err);
}

static nf_status execute(nf_call *call, const void *data, void **state,
                         nf_error *err)
{
    return nf_online_execute(act, call, data, state, err);
}

const nf_activity nf_activity_commit = {
    .type = "Microflows$CommitAction",
    .caption = "Commit object(s)",
    .flags = NF_ACTIVITY_NANOFLOW | NF_ACTIVITY_MICROFLOW,
    .bind = bind,
    .execute = execute,
    .cancel = nf_online_cancel,
};
