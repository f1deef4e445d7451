/* Call microflow from a nanoflow (activities C1 … C18): the host, a mock or
 * the server answers. Offline only primitives and non-persistable objects may
 * be sent (§8.3). In a microflow such a call is an instruction. */
#include "activities/activities.h"
#include "activities/host_call.h"

static nf_status bind(nf_binder *binder, const nf_element *action, void **out)
{
    const nf_element *target = nf_element_part(action, "MicroflowCall");
    size_t mappings = nf_element_count(target, "ParameterMappings");
    nf_host_call *bound = nf_bind_alloc(binder, sizeof *bound);
    uint32_t *order;

    if (!bound || !nf_host_call_bind(binder, bound, NF_FLOW_MICROFLOW,
                                     nf_element_string(target, "Microflow", ""),
                                     mappings))
        return NF_NOMEM;
    bound->unanswered = "network_error";
    bound->bad_result = "microflow_failed";
    *out = bound;
    if (!bound->flow)
        return NF_OK;
    order = (uint32_t *)(uintptr_t)bound->order;
    for (size_t i = 0; i < mappings; i++) {
        const nf_element *mapping =
            nf_element_item(target, "ParameterMappings", i);
        int index = nf_host_call_parameter(binder, bound, mapping);
        const nf_parameter *parameter;

        if (index < 0)
            continue;
        parameter = &bound->flow->parameters[index];
        bound->arguments[index].expression = nf_bind_expression(
            binder, nf_element_string(mapping, "Argument", ""),
            &parameter->type, parameter->name);
        order[bound->order_count++] = (uint32_t)index;
    }
    for (size_t i = 0; i < bound->flow->parameter_count; i++)
        if (bound->flow->parameters[i].required &&
            !bound->arguments[i].expression.present)
            nf_bind_error(binder, "missing_argument", "",
                          "The parameter \"%s\" of \"%s\" needs an argument",
                          bound->flow->parameters[i].name,
                          bound->flow->qualified);
    nf_host_call_output(binder, bound, action, "ResultVariableName",
                        bound->flow->result);
    return NF_OK;
}

/* Whether an object may be sent: not stored, and no reference to what is. */
static bool may_be_sent(const nf_object *object)
{
    if (object->entity->kind != NF_ENTITY_NON_PERSISTABLE)
        return false;
    for (size_t i = 0; i < object->entity->member_count; i++) {
        const nf_association *a = object->entity->members[i].association;
        const nf_entity *other;

        if (!a || object->members[i].kind == NF_KIND_EMPTY)
            continue;
        other = object->entity->members[i].child_end ? a->parent : a->child;
        if (other && other->kind == NF_ENTITY_PERSISTABLE)
            return false;
    }
    return true;
}

/* C12: before anything is sent. */
static nf_status check(nf_call *call, const nf_host_call *bound,
                       const nf_value *arguments, nf_error *err)
{
    (void)call;
    for (size_t i = 0; i < bound->flow->parameter_count; i++) {
        nf_object *const *items;
        size_t count = nf_call_objects(&arguments[i], &items);

        for (size_t k = 0; k < count; k++)
            if (!may_be_sent(items[k]))
                return nf_error_set(
                    err, NF_FAILED, "bad_microflow_argument",
                    "The argument \"%s\" of \"%s\" is or refers to a "
                    "persistable object; an offline app can't send it",
                    bound->flow->parameters[i].name, bound->flow->qualified);
    }
    return NF_OK;
}

static nf_status execute(nf_call *call, const void *data, void **state,
                         nf_error *err)
{
    const nf_world *world = nf_call_world(call);
    bool offline = !world->profile || world->profile->offline;

    return nf_host_call_execute(call, data, offline ? check : NULL, state, err);
}

const nf_activity nf_activity_call_microflow = {
    .type = "Microflows$MicroflowCallAction",
    .caption = "Call microflow",
    .flags = NF_ACTIVITY_NANOFLOW,
    .bind = bind,
    .execute = execute,
    .cancel = nf_host_call_cancel,
};
