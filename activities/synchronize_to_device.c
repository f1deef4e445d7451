/* Synchronize to device (activities Y12; synchronize S150 … S156): an activity
 * of microflows, whose objects travel with the reply of the call. Which of
 * them, and in which state, is decided when the call has ended. */
#include "activities/activities.h"
#include "activities/selection.h"
#include "activities/support.h"

static nf_status bind(nf_binder *binder, const nf_element *action, void **out)
{
    nf_bound_variable *variable = nf_bind_alloc(binder, sizeof *variable);

    if (!variable)
        return NF_NOMEM;
    *variable = nf_bind_objects(
        binder, nf_element_string(action, "DataVariableName", ""));
    if (variable->slot >= 0)
        nf_bind_offline_entity(binder, variable->type.entity);
    *out = variable;
    return NF_OK;
}

/* In an event handler, or where no device waits for the reply: nothing. */
static nf_status execute(nf_call *call, const void *data, void **state,
                         nf_error *err)
{
    const nf_world *world = nf_call_world(call);
    const nf_value *value;
    nf_object *const *items;
    nf_status status = nf_call_require(call, data, &value, err);
    size_t count = status ? 0 : nf_call_objects(value, &items);

    (void)state;
    for (size_t i = 0; world->pushed && !world->nested && i < count; i++)
        if (!nf_list_contains(world->pushed, items[i]) &&
            !nf_list_append(world->pushed, items[i]))
            return nf_error_nomem(err);
    return status;
}

const nf_activity nf_activity_synchronize_to_device = {
    .type = "Microflows$PushToClientAction",
    .caption = "Synchronize to device",
    .flags = NF_ACTIVITY_MICROFLOW,
    .bind = bind,
    .execute = execute,
};
