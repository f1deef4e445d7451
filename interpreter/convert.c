/* Values made to fit the type of what they are assigned to (F16, V11). */
#include "interpreter/instructions.h"

static bool list_fits(nf_list *list, const nf_entity *entity)
{
    size_t count;

    if (!entity || (list->entity && nf_entity_is(list->entity, entity)))
        return true;
    count = nf_list_count(list);
    for (size_t i = 0; i < count; i++)
        if (!nf_entity_is(list->items[i]->entity, entity))
            return false;
    return true;
}

static bool value_fits(const nf_value *value, const nf_type *type)
{
    if (type->kind == NF_KIND_UNKNOWN)
        return true;
    if (value->kind != type->kind)
        return false;
    if (type->kind == NF_KIND_OBJECT)
        return !type->entity ||
               nf_entity_is(value->as.object->entity, type->entity);
    if (type->kind == NF_KIND_LIST)
        return list_fits(value->as.list, type->entity);
    return true;
}

static __attribute__((noinline, cold)) nf_status
mismatch(const nf_value *value, const nf_type *type, nf_error *err)
{
    bool object = value->kind == NF_KIND_OBJECT;
    char text[256];

    return nf_error_set(err, NF_FAILED, "type_mismatch",
                        "A value of type %s%s does not fit; %s is needed",
                        object ? "object of "
                               : nf_kind_name((nf_kind)value->kind),
                        object ? value->as.object->entity->qualified : "",
                        nf_type_text(type, text, sizeof text));
}

nf_status nf_value_convert(nf_value *out, nf_value *value, const nf_type *type,
                           nf_error *err)
{
    nf_value v = nf_value_load(value);

    *value = *out = nf_empty();
    if (v.kind == NF_KIND_EMPTY) {
        if (type->kind != NF_KIND_BOOLEAN)
            return NF_OK;
        return nf_error_set(err, NF_FAILED, "empty_value",
                            "A Boolean can't be empty");
    }
    if (v.kind == NF_KIND_INTEGER && type->kind == NF_KIND_DECIMAL) {
        *out = nf_decimal_take(nf_decimal_from_int(v.as.integer));
        return NF_OK;
    }
    if (value_fits(&v, type)) {
        *out = v;
        return NF_OK;
    }
    mismatch(&v, type, err);
    nf_value_release(&v);
    return NF_FAILED;
}

nf_status nf_execute_convert(nf_execution *x, nf_frame *frame,
                             const nf_instruction *i, nf_error *err)
{
    const nf_type *type = &frame->program->types[i->c];
    nf_value *from = &frame->registers[i->b], out;
    nf_status status;

    (void)x;
    if (nf_kind_fits(from->kind, type)) {
        out = nf_value_load(from);
        from->kind = NF_KIND_EMPTY;
        nf_register_put(&frame->registers[i->a], out);
        return NF_OK;
    }
    status = nf_value_convert(&out, from, type, err);
    if (status == NF_OK)
        nf_register_put(&frame->registers[i->a], nf_value_load(&out));
    return status;
}
