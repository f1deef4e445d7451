/* Synchronize to device (activities Y12; synchronize S150 … S156): an activity
 * of microflows, whose objects travel with the reply of the call. This server
 * does not answer calls of microflows yet, so it binds, which finds what is
 * wrong in the model, and says that it can't run. */
#include "activities/activities.h"
#include "activities/selection.h"
#include "activities/support.h"

static nf_status bind(nf_binder *binder, const nf_element *action, void **out)
{
    nf_bound_variable variable = nf_bind_objects(
        binder, nf_element_string(action, "DataVariableName", ""));

    *out = NULL;
    if (variable.slot >= 0 && nf_bind_offline_entity(binder, variable.type.entity))
        nf_bind_unsupported(binder, "Synchronize to device is not run by this "
                                    "version of the server");
    return NF_OK;
}

static nf_status execute(nf_call *call, const void *data, void **state,
                         nf_error *err)
{
    (void)call;
    (void)data;
    (void)state;
    return nf_error_set(err, NF_FAILED, "unsupported_activity",
                        "Synchronize to device is not run by this version of "
                        "the server");
}

const nf_activity nf_activity_synchronize_to_device = {
    .type = "Microflows$PushToClientAction",
    .caption = "Synchronize to device",
    .flags = NF_ACTIVITY_MICROFLOW,
    .bind = bind,
    .execute = execute,
};
