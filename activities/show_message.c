/* Show message (activities U1 … U5). The flow does not wait for the user. */
#include "activities/activities.h"
#include "activities/support.h"

typedef struct show_message {
    nf_bound_template text;
    const char *type;
    bool blocking;
} show_message;

static nf_status bind(nf_binder *binder, const nf_element *action, void **out)
{
    show_message *bound = nf_bind_alloc(binder, sizeof *bound);

    if (!bound)
        return NF_NOMEM;
    bound->text = nf_bind_template(binder, nf_element_part(action, "Template"));
    bound->type = nf_element_string(action, "Type", "Information");
    bound->blocking = nf_element_bool(action, "Blocking", true);
    *out = bound;
    return NF_OK;
}

static nf_status execute(nf_call *call, const void *data, void **state,
                         nf_error *err)
{
    const show_message *bound = data;
    struct json_object *payload;
    nf_string *text;
    nf_status status = nf_call_template(call, &bound->text, &text, err);

    (void)state;
    if (status)
        return status;
    payload = nf_payload_new();
    nf_payload_text(payload, "type", bound->type);
    nf_payload_string(payload, "text", text);
    nf_payload_bool(payload, "blocking", bound->blocking);
    nf_string_release(text);
    return nf_world_event(nf_call_world(call), "showMessage", payload, err);
}

const nf_activity nf_activity_show_message = {
    .type = "Microflows$ShowMessageAction",
    .caption = "Show message",
    .flags = NF_ACTIVITY_NANOFLOW | NF_ACTIVITY_MICROFLOW,
    .bind = bind,
    .execute = execute,
};
