/* Objects of calls as they are read: all of them are checked, and only then
 * taken; see codec_call.h. */
#include "sync/codec_call_internal.h"

#include "base/memory.h"
#include "sync/document.h"

__attribute__((format(printf, 2, 3))) static nf_status
wrong(nf_error *err, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    nf_error_setv(err, NF_FAILED, "SYNC_PROTOCOL", format, args);
    va_end(args);
    return NF_FAILED;
}

static const nf_entity *entity_of(const nf_shared_objects *shared,
                                  const char *name)
{
    const nf_model *model = nf_objects_model(shared->objects);
    const nf_entity *entity = nf_model_find_entity(model, name);

    return entity && entity->kind == NF_ENTITY_NON_PERSISTABLE ? entity : NULL;
}

/* The first of two passes: which objects there are. */
static nf_status announce(nf_shared_objects *shared, const bson_t *document,
                          nf_error *err)
{
    const char *name = nf_document_text(document, "t", "");
    int64_t wire = nf_document_int(document, "id", 0);
    const nf_entity *entity = entity_of(shared, name);
    nf_shared_item *item = nf_shared_find(shared, shared->by_wire, wire);
    nf_object *object;
    nf_status status;

    if (!entity)
        return wrong(err, "\"%.500s\" is no non-persistable entity", name);
    if (wire >= 0)
        return wrong(err, "an object of \"%.500s\" has no id of its kind",
                     name);
    if (item && item->object->entity != entity)
        return wrong(err, "an object is suddenly one of \"%.500s\"", name);
    if (item && item->values)
        return wrong(err, "an object of \"%.500s\" occurs twice", name);
    if (!item) {
        status = nf_objects_create(&object, shared->objects, entity,
                                   shared->now, err);
        if (status != NF_OK)
            return status;
        item = nf_shared_add(shared, wire, object, err);
        if (!item)
            return NF_NOMEM;
    }
    item->values = nf_alloc_array(entity->member_count + 1, sizeof(nf_value));
    item->given = nf_alloc_array(nf_bits_words(entity->member_count) + 1,
                                 sizeof(uint64_t));
    return item->values && item->given ? NF_OK : nf_error_nomem(err);
}

static nf_status read_id(nf_shared_objects *shared, const nf_member *member,
                         const bson_iter_t *iter, nf_shared_item **out,
                         nf_error *err)
{
    const nf_entity *wanted = member->type.entity;
    int64_t wire = BSON_ITER_HOLDS_INT64(iter) ? bson_iter_int64(iter) : 0;

    *out = nf_shared_find(shared, shared->by_wire, wire);
    if (!*out)
        return wrong(err, "\"%.500s\" names an object that is not there",
                     member->name);
    if (wanted && !nf_entity_is((*out)->object->entity, wanted))
        return wrong(err, "\"%.500s\" names an object of another entity",
                     member->name);
    return NF_OK;
}

/* *out: OBJECT, or a LIST; owned by the caller also after a failure. */
static nf_status read_references(nf_shared_objects *shared, nf_value *out,
                                 const nf_member *member,
                                 const bson_iter_t *iter, nf_error *err)
{
    bson_iter_t item;
    nf_shared_item *found;
    nf_list *list;
    nf_status status = NF_OK;

    if (member->type.kind != NF_KIND_LIST) {
        status = read_id(shared, member, iter, &found, err);
        if (status == NF_OK)
            *out = nf_object_take(nf_object_retain(found->object));
        return status;
    }
    if (!BSON_ITER_HOLDS_ARRAY(iter) || !bson_iter_recurse(iter, &item))
        return wrong(err, "\"%.500s\" is no list", member->name);
    list = nf_list_new(member->type.entity);
    if (!list)
        return nf_error_nomem(err);
    *out = nf_list_take(list);
    while (status == NF_OK && bson_iter_next(&item)) {
        status = read_id(shared, member, &item, &found, err);
        if (status == NF_OK && !nf_list_append(list, found->object))
            status = nf_error_nomem(err);
    }
    return status;
}

/* What the kind of a value does not say. */
static nf_status check_range(const nf_member *member, const nf_value *value,
                             const nf_enumeration *enumeration, int64_t length,
                             nf_error *err)
{
    if (member->attribute->type == NF_ATTRIBUTE_INTEGER &&
        value->as.integer != (int32_t)value->as.integer)
        return wrong(err, "the number of \"%.500s\" is too large",
                     member->name);
    if (value->kind == NF_KIND_STRING && length > 0 &&
        nf_string_utf16_length(value->as.string) > (size_t)length)
        return wrong(err, "the text of \"%.500s\" is too long", member->name);
    if (value->kind == NF_KIND_ENUMERATION && enumeration &&
        !nf_enumeration_find(enumeration, value->as.string->text))
        return wrong(err, "\"%.500s\" has a value that its enumeration lacks",
                     member->name);
    return NF_OK;
}

static nf_status read_plain(nf_value *out, const nf_member *member,
                            const nf_enumeration *enumeration,
                            const bson_iter_t *iter, nf_error *err)
{
    nf_error problem = {0};
    nf_status status = nf_attribute_read(out, member, iter, &problem);

    if (status == NF_NOMEM)
        return nf_error_nomem(err);
    if (status != NF_OK)
        return wrong(err, "the value of \"%.500s\" is not of its type",
                     member->name);
    return check_range(member, out, enumeration, member->attribute->length,
                       err);
}

static nf_status read_member(nf_shared_objects *shared, nf_shared_item *item,
                             const bson_iter_t *iter, nf_error *err)
{
    const char *name = bson_iter_key(iter);
    const nf_member *member = nf_entity_find_member(item->object->entity, name);
    nf_value *value;

    if (!member || member->child_end || strcmp(member->name, name) != 0)
        return wrong(err, "there is no member \"%.500s\"", name);
    if (nf_bits_has(item->given, member->index))
        return wrong(err, "the member \"%.500s\" occurs twice", name);
    nf_bits_add(item->given, member->index);
    value = &item->values[member->index];
    if (BSON_ITER_HOLDS_NULL(iter))
        return member->type.kind == NF_KIND_BOOLEAN
                   ? wrong(err, "\"%.500s\" can't be empty", name)
                   : NF_OK;
    return member->association
               ? read_references(shared, value, member, iter, err)
               : read_plain(value, member, member->attribute->enumeration, iter,
                            err);
}

static nf_status read_one(nf_shared_objects *shared, const bson_t *document,
                          nf_error *err)
{
    nf_shared_item *item = nf_shared_find(shared, shared->by_wire,
                                          nf_document_int(document, "id", 0));
    bson_t members;
    bson_iter_t iter;
    nf_status status = NF_OK;

    if (!nf_document_part(document, "m", &members) ||
        !bson_iter_init(&iter, &members))
        return wrong(err, "an object of \"%.500s\" has no members",
                     item->object->entity->qualified);
    while (status == NF_OK && bson_iter_next(&iter))
        status = read_member(shared, item, &iter, err);
    return status;
}

static nf_status each(nf_shared_objects *shared, const bson_t *array,
                      nf_status (*one)(nf_shared_objects *shared,
                                       const bson_t *document, nf_error *err),
                      nf_error *err)
{
    bson_iter_t iter;
    size_t count = 0;
    nf_status status = NF_OK;

    if (!bson_iter_init(&iter, array))
        return wrong(err, "the objects are no list");
    while (status == NF_OK && bson_iter_next(&iter)) {
        const uint8_t *bytes;
        uint32_t size;
        bson_t document;

        if (++count > NF_CALL_OBJECTS_MAX)
            return wrong(err, "the call has too many objects");
        if (!BSON_ITER_HOLDS_DOCUMENT(&iter))
            return wrong(err, "an object is no document");
        bson_iter_document(&iter, &size, &bytes);
        if (!bson_init_static(&document, bytes, size))
            return wrong(err, "an object is no document");
        status = one(shared, &document, err);
    }
    return status;
}

nf_status nf_shared_objects_read(nf_shared_objects *shared, const bson_t *array,
                                 nf_error *err)
{
    nf_status status = each(shared, array, announce, err);

    return status == NF_OK ? each(shared, array, read_one, err) : status;
}

nf_status nf_shared_value_read(nf_shared_objects *shared, nf_value *out,
                               const char *name, const nf_type *type,
                               const bson_iter_t *element, nf_error *err)
{
    nf_attribute attribute;
    nf_member member = nf_shared_as_member(&attribute, name, type);
    nf_status status = NF_OK;

    *out = nf_empty();
    if (BSON_ITER_HOLDS_NULL(element))
        return type->kind == NF_KIND_BOOLEAN
                   ? wrong(err, "\"%.500s\" can't be empty", name)
                   : NF_OK;
    if (type->kind == NF_KIND_OBJECT || type->kind == NF_KIND_LIST)
        status = read_references(shared, out, &member, element, err);
    else if (attribute.type || type->kind == NF_KIND_STRING)
        status = read_plain(out, &member, type->enumeration, element, err);
    else
        status = wrong(err, "\"%.500s\" has no type that can be sent", name);
    if (status != NF_OK)
        nf_value_release(out);
    return status;
}

static nf_status take_member(nf_shared_item *item, const nf_member *member,
                             nf_error *err)
{
    nf_value *value = &item->values[member->index], given = *value;
    const nf_value none = nf_empty();

    if (member->association)
        return nf_object_set(item->object, member,
                             value->kind == NF_KIND_EMPTY ? &none : value, err);
    *value = nf_empty();
    return nf_object_write(item->object, member->index, given, err);
}

static nf_status take_one(nf_shared_objects *shared, nf_shared_item *item,
                          nf_error *err)
{
    nf_object *object = item->object;
    nf_status status = NF_OK;

    for (size_t i = 0; status == NF_OK && i < object->entity->member_count;
         i++) {
        const nf_member *member = &object->entity->members[i];
        bool travels = nf_bits_has(item->given, i);

        if (travels)
            status = nf_shared_may_travel(shared, object, member, true,
                                          &travels, err);
        if (status == NF_OK && travels)
            status = take_member(item, member, err);
    }
    if (status == NF_OK && object->state == NF_OBJECT_CHANGED)
        status = nf_objects_commit(shared->objects, &object, 1, err);
    return status;
}

nf_status nf_shared_objects_take(nf_shared_objects *shared, nf_error *err)
{
    nf_status status = NF_OK;

    for (size_t i = 0; status == NF_OK && i < shared->count; i++) {
        nf_shared_item *item = &shared->items[i];

        if (!item->values)
            continue;
        if (nf_shared_is_there(item->object))
            status = take_one(shared, item, err);
        nf_shared_forget_values(item);
    }
    return status;
}
