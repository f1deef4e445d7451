/* Rollback object (activities O36 … O42). */
#include "activities/activities.h"
#include "activities/online.h"

typedef struct rollback {
    nf_bound_variable input;
} rollback;

static nf_status bind(nf_binder *binder, const nf_element *action, void **out)
{
    rollback *bound = nf_bind_alloc(binder, sizeof *bound);

    if (!bound)
        return NF_NOMEM;
    bound->input = nf_bind_variable(
        binder, nf_element_string(action, "RollbackVariableName", ""),
        NF_KIND_OBJECT);
    *out = bound;
    return NF_OK;
}

static nf_status roll_back(nf_call *call, nf_object *object,
                           nf_sync_flow_call **waits, nf_error *err)
{
    const nf_online_request request = {
        .operation = NF_ONLINE_ROLLBACK, .objects = &object, .count = 1};
    nf_value done;

    return nf_is_online(call, object->entity)
               ? nf_online_ask(call, &request, waits, &done, err)
               : nf_rollback_object(call, object, err);
}

static nf_status act(nf_call *call, const void *data, nf_sync_flow_call **waits,
                     nf_error *err)
{
    const rollback *bound = data;
    nf_object *object;
    nf_status status = nf_require_object(call, &bound->input, &object, err);

    if (status)
        return status;
    nf_object_retain(object);
    status = roll_back(call, object, waits, err);
    if (!status)
        status = nf_event_objects(nf_call_world(call), "objectsChanged",
                                  &object, 1, err);
    nf_object_release(object);
    return status;
}

static nf_status execute(nf_call *call, const void *data, void **state,
                         nf_error *err)
{
    return nf_online_execute(act, call, data, state, err);
}

const nf_activity nf_activity_rollback = {
    .type = "Microflows$RollbackAction",
    .caption = "Rollback object",
    .flags = NF_ACTIVITY_NANOFLOW | NF_ACTIVITY_MICROFLOW,
    .bind = bind,
    .execute = execute,
    .cancel = nf_online_cancel,
};
