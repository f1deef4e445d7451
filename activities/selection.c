/* See selection.h. */
#include "activities/selection.h"

#include "activities/support.h"

#include "base/memory.h"

/* A program serves every profile: only what is online in all of the offline
 * ones can be told now; the rest when it runs. */
static bool is_online_everywhere(const nf_model *model, const nf_entity *entity)
{
    bool online = false;

    for (size_t i = 0; i < nf_model_profile_count(model); i++) {
        const nf_profile *profile = nf_model_profile(model, i);

        if (!profile->offline)
            continue;
        if (nf_profile_config(profile, entity).mode != NF_SYNC_ONLINE)
            return false;
        online = true;
    }
    return online;
}

bool nf_bind_offline_entity(nf_binder *binder, const nf_entity *entity)
{
    if (!entity || (entity->kind == NF_ENTITY_PERSISTABLE &&
                    !is_online_everywhere(nf_bind_model(binder), entity)))
        return true;
    nf_bind_error(binder, "SYNC_ENTITY", "",
                  "Objects of %s cannot be synchronized (SYNC_ENTITY)",
                  entity->qualified);
    return false;
}

bool nf_bind_selection(nf_binder *binder, const nf_element *action,
                       nf_selection_variables *out)
{
    size_t count = nf_element_count(action, "VariableNames");

    out->count = 0;
    out->items = nf_bind_alloc(binder, (count + 1) * sizeof *out->items);
    if (!out->items)
        return false;
    for (size_t i = 0; i < count; i++) {
        nf_bound_variable variable = nf_bind_objects(
            binder, nf_element_item_string(action, "VariableNames", i));

        if (variable.slot < 0)
            continue;
        nf_bind_offline_entity(binder, variable.type.entity);
        out->items[out->count++] = variable;
    }
    return true;
}

static nf_status add_objects(const nf_value *value, nf_object ***out,
                             size_t *count, size_t *capacity, nf_error *err)
{
    nf_object *const *items;
    size_t members = nf_call_objects(value, &items);

    for (size_t i = 0; i < members; i++) {
        nf_object **grown;

        if (items[i]->state == NF_OBJECT_DELETED)
            continue;
        grown = nf_grow(*out, *count, capacity, sizeof *grown);
        if (!grown)
            return nf_error_nomem(err);
        *out = grown;
        grown[(*count)++] = items[i];
    }
    return NF_OK;
}

nf_status nf_call_selection(nf_call *call,
                            const nf_selection_variables *variables,
                            nf_object ***out, size_t *count, nf_error *err)
{
    size_t capacity = 0;
    nf_status status = NF_OK;

    *out = NULL;
    *count = 0;
    for (size_t i = 0; !status && i < variables->count; i++) {
        const nf_value *value;

        status = nf_call_require(call, &variables->items[i], &value, err);
        if (!status)
            status = add_objects(value, out, count, &capacity, err);
    }
    if (status) {
        nf_free(*out);
        *out = NULL;
        *count = 0;
    }
    return status;
}
