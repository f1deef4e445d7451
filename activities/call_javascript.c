/* Call JavaScript action (activities §12). */
#include "activities/activities.h"
#include "activities/code_action.h"

static nf_status bind(nf_binder *binder, const nf_element *action, void **out)
{
    nf_host_call *bound = nf_bind_alloc(binder, sizeof *bound);

    if (!bound ||
        !nf_code_action_bind(binder, bound, NF_FLOW_JAVASCRIPT_ACTION,
                             nf_element_string(action, "JavaScriptAction", ""),
                             action, "OutputVariableName"))
        return NF_NOMEM;
    bound->unanswered = "js_unavailable";
    bound->bad_result = "js_bad_result";
    *out = bound;
    return NF_OK;
}

static nf_status execute(nf_call *call, const void *data, void **state,
                         nf_error *err)
{
    return nf_host_call_execute(call, data, NULL, state, err);
}

const nf_activity nf_activity_call_javascript = {
    .type = "Microflows$JavaScriptActionCallAction",
    .caption = "Call JavaScript action",
    .flags = NF_ACTIVITY_NANOFLOW,
    .bind = bind,
    .execute = execute,
    .cancel = nf_host_call_cancel,
};
