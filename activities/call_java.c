/* Call Java action (activities C20, C21): the host has a function for it, or a
 * mock answers. */
#include "activities/activities.h"
#include "activities/code_action.h"

static nf_status bind(nf_binder *binder, const nf_element *action, void **out)
{
    nf_host_call *bound = nf_bind_alloc(binder, sizeof *bound);

    if (!bound ||
        !nf_code_action_bind(binder, bound, NF_FLOW_JAVA_ACTION,
                             nf_element_string(action, "JavaAction", ""),
                             action, "ResultVariableName"))
        return NF_NOMEM;
    bound->unanswered = "unsupported_activity";
    bound->bad_result = "type_mismatch";
    *out = bound;
    return NF_OK;
}

static nf_status execute(nf_call *call, const void *data, void **state,
                         nf_error *err)
{
    return nf_host_call_execute(call, data, NULL, state, err);
}

const nf_activity nf_activity_call_java = {
    .type = "Microflows$JavaActionCallAction",
    .caption = "Call Java action",
    .flags = NF_ACTIVITY_MICROFLOW,
    .bind = bind,
    .execute = execute,
    .cancel = nf_host_call_cancel,
};
