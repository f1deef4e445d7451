/* Create list (activities L8). */
#include "activities/activities.h"
#include "activities/support.h"

typedef struct create_list {
    nf_bound_variable output;
} create_list;

static nf_status bind(nf_binder *binder, const nf_element *action, void **out)
{
    create_list *bound = nf_bind_alloc(binder, sizeof *bound);

    if (!bound)
        return NF_NOMEM;
    bound->output = nf_bind_output(
        binder, nf_element_string(action, "VariableName", ""),
        (nf_type){.kind = NF_KIND_LIST,
                  .entity = nf_bind_entity(binder, action, "Entity")});
    *out = bound;
    return NF_OK;
}

static nf_status execute(nf_call *call, const void *data, void **state,
                         nf_error *err)
{
    const create_list *bound = data;
    nf_list *list = nf_list_new(bound->output.type.entity);

    (void)state;
    if (!list)
        return nf_error_nomem(err);
    nf_call_set(call, &bound->output, nf_list_take(list));
    return NF_OK;
}

const nf_activity nf_activity_create_list = {
    .type = "Microflows$CreateListAction",
    .caption = "Create list",
    .flags = NF_ACTIVITY_NANOFLOW | NF_ACTIVITY_MICROFLOW,
    .bind = bind,
    .execute = execute,
};
