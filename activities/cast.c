/* Cast object (activities O54): the object of the object type decision under
 * a name of its specialized type. */
#include "activities/activities.h"
#include "activities/support.h"

typedef struct cast {
    nf_bound_variable input, output;
} cast;

static nf_status bind(nf_binder *binder, const nf_element *action, void **out)
{
    cast *bound = nf_bind_alloc(binder, sizeof *bound);
    const nf_entity *entity;

    if (!bound)
        return NF_NOMEM;
    bound->input = nf_bind_type_case(binder, &entity);
    bound->output = nf_bind_output(
        binder, nf_element_string(action, "VariableName", ""),
        (nf_type){.kind = NF_KIND_OBJECT,
                  .entity = entity ? entity : bound->input.type.entity});
    *out = bound;
    return NF_OK;
}

static nf_status execute(nf_call *call, const void *data, void **state,
                         nf_error *err)
{
    const cast *bound = data;
    const nf_entity *entity = bound->output.type.entity;
    const nf_value *value;
    nf_status status = nf_call_require(call, &bound->input, &value, err);

    (void)state;
    if (status)
        return status;
    if (value->kind == NF_KIND_OBJECT && entity &&
        !nf_entity_is(value->as.object->entity, entity))
        return nf_error_set(err, NF_FAILED, "type_mismatch",
                            "An object of \"%s\" can't be cast to \"%s\"",
                            value->as.object->entity->qualified,
                            entity->qualified);
    nf_call_set(call, &bound->output, nf_value_copy(value));
    return NF_OK;
}

const nf_activity nf_activity_cast = {
    .type = "Microflows$CastAction",
    .caption = "Cast object",
    .flags = NF_ACTIVITY_NANOFLOW | NF_ACTIVITY_MICROFLOW,
    .bind = bind,
    .execute = execute,
};
