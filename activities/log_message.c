/* Log message (activities U20 … U24). */
#include "activities/activities.h"
#include "activities/support.h"

typedef struct log_message {
    const char *level;
    nf_bound_template text;
    nf_bound_expression node;
    bool stack_trace;
} log_message;

static nf_status bind(nf_binder *binder, const nf_element *action, void **out)
{
    const nf_type string = {.kind = NF_KIND_STRING};
    log_message *bound = nf_bind_alloc(binder, sizeof *bound);

    if (!bound)
        return NF_NOMEM;
    bound->level = nf_element_string(action, "Level", "Info");
    bound->text =
        nf_bind_template(binder, nf_element_part(action, "MessageTemplate"));
    bound->node = nf_bind_expression(
        binder, nf_element_string(action, "Node", ""), &string, "Node");
    bound->stack_trace =
        nf_element_bool(action, "IncludeLatestStackTrace", false);
    *out = bound;
    return NF_OK;
}

static void add_node(nf_call *call, struct json_object *payload,
                     const nf_value *node)
{
    if (node->kind == NF_KIND_STRING)
        nf_payload_string(payload, "node", node->as.string);
    else
        nf_payload_text(payload, "node",
                        nf_call_engine(call) == NF_ENGINE_CLIENT ? "Nanoflow"
                                                                 : "Microflow");
}

/* U22: the latest error and its stack, a line for each flow. */
static void add_text(nf_call *call, const log_message *bound,
                     struct json_object *payload, const nf_string *text)
{
    nf_error latest;
    nf_buffer buffer;

    if (!bound->stack_trace || !nf_call_latest_error(call, &latest)) {
        nf_payload_string(payload, "text", text);
        return;
    }
    nf_buffer_init(&buffer, NF_BUFFER_MAX);
    nf_buffer_add(&buffer, text->text, text->length);
    nf_buffer_format(&buffer, "\n%s\n%s", latest.message, latest.trace);
    nf_payload_text(payload, "text", nf_buffer_string(&buffer));
    nf_buffer_dispose(&buffer);
}

static nf_status execute(nf_call *call, const void *data, void **state,
                         nf_error *err)
{
    const log_message *bound = data;
    struct json_object *payload;
    nf_string *text = NULL;
    nf_value node;
    nf_status status = nf_call_evaluate(call, &bound->node, &node, err);

    (void)state;
    if (!status)
        status = nf_call_template(call, &bound->text, &text, err);
    if (!status) {
        payload = nf_payload_new();
        nf_payload_text(payload, "level", bound->level);
        add_node(call, payload, &node);
        add_text(call, bound, payload, text);
        nf_payload_text(payload, "flow", nf_call_flow(call));
        nf_payload_text(payload, "activity", nf_call_caption(call));
        if (nf_world_event(nf_call_world(call), "log", payload, NULL) ==
            NF_NOMEM)
            status = nf_error_nomem(err);
    }
    nf_string_release(text);
    nf_value_release(&node);
    return status;
}

const nf_activity nf_activity_log_message = {
    .type = "Microflows$LogMessageAction",
    .caption = "Log message",
    .flags = NF_ACTIVITY_NANOFLOW | NF_ACTIVITY_MICROFLOW,
    .bind = bind,
    .execute = execute,
};
