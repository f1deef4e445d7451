/* What microflows that apply entity access read (activities M2): a member that
 * the user may not read is empty, and an object that the user may not see is
 * not there. The world's rules know; who reads asks for every member, since a
 * microflow may call others that do not apply it. */
#include "interpreter/execution.h"

bool nf_execution_applies_access(const nf_execution *x, const nf_frame *frame)
{
    const nf_program *program = frame->program;

    return (x->world->for_device || (program->engine == NF_ENGINE_SERVER &&
                                     program->flow->apply_entity_access)) &&
           x->world->rules && x->world->rules->allows;
}

static nf_status keep_visible(nf_execution *x, nf_value *list, nf_error *err)
{
    nf_world *world = x->world;
    nf_list *seen = nf_list_new(list->as.list->entity);
    nf_status status = seen ? NF_OK : nf_error_nomem(err);

    for (size_t i = 0; !status && i < nf_list_count(list->as.list); i++) {
        nf_object *object = list->as.list->items[i];
        bool visible;

        status = world->rules->allows(world, object->entity, object,
                                      NF_ACCESS_READ, NULL, &visible, err);
        if (!status && visible && !nf_list_append(seen, object))
            status = nf_error_nomem(err);
    }
    if (status) {
        nf_list_release(seen);
        return status;
    }
    nf_value_release(list);
    *list = nf_list_take(seen);
    return NF_OK;
}

nf_status nf_execution_visible(nf_execution *x, nf_value *value, nf_error *err)
{
    nf_world *world = x->world;
    bool visible = true;
    nf_status status;

    if (value->kind == NF_KIND_LIST)
        return keep_visible(x, value, err);
    if (value->kind != NF_KIND_OBJECT)
        return NF_OK;
    status =
        world->rules->allows(world, value->as.object->entity, value->as.object,
                             NF_ACCESS_READ, NULL, &visible, err);
    if (!status && !visible)
        nf_value_release(value);
    return status;
}

nf_status nf_execution_restrict(void *user, nf_value *value,
                                const nf_object *object,
                                const nf_member *member, nf_error *err)
{
    nf_execution *x = user;
    nf_world *world = x->world;
    bool readable = true;
    nf_status status;

    if (!nf_execution_applies_access(x, x->frame))
        return NF_OK;
    status = world->rules->allows(world, object->entity, object, NF_ACCESS_READ,
                                  member, &readable, err);
    if (!status && readable)
        return nf_execution_visible(x, value, err);
    nf_value_release(value);
    return status;
}
