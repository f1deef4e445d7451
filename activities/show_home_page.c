/* Show home page (activities U14): an activity of microflows. */
#include "activities/activities.h"
#include "activities/support.h"

static nf_status bind(nf_binder *binder, const nf_element *action, void **out)
{
    (void)binder;
    (void)action;
    *out = NULL;
    return NF_OK;
}

static nf_status execute(nf_call *call, const void *data, void **state,
                         nf_error *err)
{
    (void)data;
    (void)state;
    return nf_world_event(nf_call_world(call), "showHomePage", nf_payload_new(),
                          err);
}

const nf_activity nf_activity_show_home_page = {
    .type = "Microflows$ShowHomePageAction",
    .caption = "Show home page",
    .flags = NF_ACTIVITY_MICROFLOW,
    .bind = bind,
    .execute = execute,
};
