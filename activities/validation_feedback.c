/* Validation feedback (activities U15 … U19): an event; the flow goes on. */
#include "activities/activities.h"
#include "activities/support.h"

typedef struct validation_feedback {
    nf_bound_variable input;
    const char *member;
    nf_bound_template text;
} validation_feedback;

/* An attribute, or an association from either end: nothing is set. */
static const char *bind_member(nf_binder *binder, const nf_entity *entity,
                               const char *name)
{
    const nf_association *association =
        nf_model_find_association(nf_bind_model(binder), name);
    const nf_member *member;

    if (association && entity && association->child &&
        nf_entity_is(entity, association->child))
        return association->qualified;
    member = nf_bind_member(binder, entity, name);
    return member ? member->name : NULL;
}

static nf_status bind(nf_binder *binder, const nf_element *action, void **out)
{
    const char *name = nf_element_string(action, "Attribute", "");
    validation_feedback *bound = nf_bind_alloc(binder, sizeof *bound);

    if (!bound)
        return NF_NOMEM;
    if (!name[0])
        name = nf_element_string(action, "Association", "");
    bound->input = nf_bind_variable(
        binder, nf_element_string(action, "ValidationVariableName", ""),
        NF_KIND_OBJECT);
    bound->member = bind_member(binder, bound->input.type.entity, name);
    bound->text =
        nf_bind_template(binder, nf_element_part(action, "FeedbackTemplate"));
    *out = bound;
    return NF_OK;
}

static nf_status execute(nf_call *call, const void *data, void **state,
                         nf_error *err)
{
    const validation_feedback *bound = data;
    struct json_object *payload;
    nf_string *text;
    nf_object *object;
    nf_status status = nf_require_object(call, &bound->input, &object, err);

    (void)state;
    if (!status)
        status = nf_call_template(call, &bound->text, &text, err);
    if (status)
        return status;
    payload = nf_payload_new();
    nf_payload_id(payload, "object", object->id);
    nf_payload_text(payload, "entity", object->entity->qualified);
    nf_payload_text(payload, "member", bound->member);
    nf_payload_string(payload, "text", text);
    nf_string_release(text);
    return nf_world_event(nf_call_world(call), "validationFeedback", payload,
                          err);
}

const nf_activity nf_activity_validation_feedback = {
    .type = "Microflows$ValidationFeedbackAction",
    .caption = "Validation feedback",
    .flags = NF_ACTIVITY_NANOFLOW | NF_ACTIVITY_MICROFLOW,
    .bind = bind,
    .execute = execute,
};
