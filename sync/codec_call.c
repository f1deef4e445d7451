/* See codec_call.h. */
#include "sync/codec_call.h"

#include "base/map.h"
#include "base/memory.h"
#include "sync/document.h"

#include <stdlib.h>

typedef struct call_object {
    int64_t wire;      /* the id under which it travels */
    nf_object *object; /* held */
    bool queued;       /* to be written */
    nf_value *values;  /* read, not taken yet; references as wire ids */
    uint64_t *given;
} call_object;

struct nf_shared_objects {
    nf_objects *objects;
    bool caller;
    int64_t now;
    call_object *items;
    size_t count, capacity;
    nf_idmap *by_wire, *by_own; /* index + 1 in `items` */
    size_t *queue;              /* what is written, in this order */
    size_t queued, queue_capacity;
    int64_t next;          /* for what is new on the side that answers */
    nf_shared_guard guard; /* NULL: all members travel */
    void *guard_user;
};

nf_shared_objects *nf_shared_objects_new(nf_objects *objects, bool caller,
                                         int64_t now)
{
    nf_shared_objects *shared = nf_alloc(sizeof *shared);

    if (!shared)
        return NULL;
    shared->objects = objects;
    shared->caller = caller;
    shared->now = now;
    shared->next = INT64_MIN;
    shared->by_wire = nf_idmap_new();
    shared->by_own = nf_idmap_new();
    if (shared->by_wire && shared->by_own)
        return shared;
    nf_shared_objects_free(shared);
    return NULL;
}

void nf_shared_objects_guard(nf_shared_objects *shared, nf_shared_guard guard,
                             void *user)
{
    shared->guard = guard;
    shared->guard_user = user;
}

static nf_status may_travel(const nf_shared_objects *shared,
                            const nf_object *object, const nf_member *member,
                            bool write, bool *out, nf_error *err)
{
    *out = true;
    return shared->guard ? shared->guard(shared->guard_user, object, member,
                                         write, out, err)
                         : NF_OK;
}

static void forget_values(call_object *item)
{
    nf_members_free(item->values, item->object->entity->member_count);
    nf_free(item->given);
    item->values = NULL;
    item->given = NULL;
}

void nf_shared_objects_free(nf_shared_objects *shared)
{
    if (!shared)
        return;
    for (size_t i = 0; i < shared->count; i++) {
        forget_values(&shared->items[i]);
        nf_object_release(shared->items[i].object);
    }
    nf_free(shared->items);
    nf_free(shared->queue);
    nf_idmap_free(shared->by_wire);
    nf_idmap_free(shared->by_own);
    nf_free(shared);
}

/* ---- which objects ---------------------------------------------------------
 */

static call_object *find(const nf_shared_objects *shared, const nf_idmap *map,
                         int64_t id)
{
    size_t index = (size_t)(uintptr_t)nf_idmap_get(map, id);

    return index ? &shared->items[index - 1] : NULL;
}

/* Takes over the reference, also on failure. */
static call_object *add(nf_shared_objects *shared, int64_t wire,
                        nf_object *object, nf_error *err)
{
    call_object *items =
        nf_grow(shared->items, shared->count, &shared->capacity, sizeof *items);

    if (items)
        shared->items = items;
    if (!items ||
        !nf_idmap_set(shared->by_wire, wire,
                      (void *)(uintptr_t)(shared->count + 1)) ||
        !nf_idmap_set(shared->by_own, object->id,
                      (void *)(uintptr_t)(shared->count + 1))) {
        nf_object_release(object);
        nf_error_nomem(err);
        return NULL;
    }
    items += shared->count++;
    *items = (call_object){.wire = wire, .object = object};
    return items;
}

/* ---- writing ---------------------------------------------------------------
 */

static nf_status refuse(const nf_shared_objects *shared, nf_error *err,
                        const char *format, const char *name)
{
    char text[600];

    snprintf(text, sizeof text, format, name);
    return nf_error_set(err, NF_FAILED,
                        shared->caller ? "bad_microflow_argument"
                                       : "microflow_failed",
                        "%s", text);
}

static int64_t new_wire(nf_shared_objects *shared, const nf_object *object)
{
    if (shared->caller)
        return object->id;
    do
        shared->next++;
    while (nf_idmap_get(shared->by_wire, shared->next));
    return shared->next;
}

/* The id of an object that travels; what it holds is written later. */
static nf_status wire_of(nf_shared_objects *shared, nf_object *object,
                         int64_t *out, nf_error *err)
{
    call_object *item = find(shared, shared->by_own, object->id);
    size_t *queue;

    if (object->entity->kind != NF_ENTITY_NON_PERSISTABLE)
        return refuse(shared, err,
                      "an object of \"%.500s\" is persistable: an offline app "
                      "and its server exchange such objects by synchronizing",
                      object->entity->qualified);
    if (!item)
        item = add(shared, new_wire(shared, object), nf_object_retain(object),
                   err);
    if (!item)
        return NF_NOMEM;
    *out = item->wire;
    if (item->queued)
        return NF_OK;
    if (shared->queued >= NF_CALL_OBJECTS_MAX)
        return refuse(shared, err, "the call has too many objects%.1s", "");
    queue = nf_grow(shared->queue, shared->queued, &shared->queue_capacity,
                    sizeof *queue);
    if (!queue)
        return nf_error_nomem(err);
    shared->queue = queue;
    queue[shared->queued++] = (size_t)(item - shared->items);
    item->queued = true;
    return NF_OK;
}

static bool is_there(const nf_object *object)
{
    return !object->removed && object->state != NF_OBJECT_DELETED;
}

static nf_status write_list(nf_shared_objects *shared, nf_buffer *to,
                            const char *name, nf_list *list, nf_error *err)
{
    size_t count = nf_list_count(list), array = nf_put_array(to, name);
    nf_status status = NF_OK;
    uint32_t written = 0;

    for (size_t i = 0; status == NF_OK && i < count; i++) {
        char buffer[16];
        const char *key;
        int64_t wire;

        if (!is_there(list->items[i]))
            continue;
        status = wire_of(shared, list->items[i], &wire, err);
        bson_uint32_to_string(written++, &key, buffer, sizeof buffer);
        if (status == NF_OK)
            nf_put_int64(to, key, wire);
    }
    nf_put_end(to, array);
    return status;
}

static nf_status write_object(nf_shared_objects *shared, nf_buffer *to,
                              const char *name, nf_object *object,
                              nf_error *err)
{
    int64_t wire = 0;
    nf_status status = NF_OK;

    if (!is_there(object))
        nf_put_null(to, name);
    else
        status = wire_of(shared, object, &wire, err);
    if (wire)
        nf_put_int64(to, name, wire);
    return status;
}

/* A parameter as if it were a member. */
static nf_member as_member(nf_attribute *attribute, const char *name,
                           const nf_type *type)
{
    static const nf_attribute_type types[] = {
        [NF_KIND_BOOLEAN] = NF_ATTRIBUTE_BOOLEAN,
        [NF_KIND_INTEGER] = NF_ATTRIBUTE_LONG,
        [NF_KIND_DECIMAL] = NF_ATTRIBUTE_DECIMAL,
        [NF_KIND_STRING] = NF_ATTRIBUTE_STRING,
        [NF_KIND_DATETIME] = NF_ATTRIBUTE_DATETIME,
        [NF_KIND_ENUMERATION] = NF_ATTRIBUTE_ENUMERATION,
    };

    *attribute = (nf_attribute){.name = name};
    if (type->kind < sizeof types / sizeof *types)
        attribute->type = types[type->kind];
    return (nf_member){.name = name, .attribute = attribute, .type = *type};
}

static nf_status full(nf_buffer *to, nf_shared_objects *shared, nf_error *err)
{
    if (!to->failed)
        return NF_OK;
    return to->full ? refuse(shared, err, "the call has too much data%.1s", "")
                    : nf_error_nomem(err);
}

nf_status nf_shared_value_write(nf_shared_objects *shared, nf_buffer *to,
                                const char *name, const nf_type *type,
                                const nf_value *value, nf_error *err)
{
    nf_attribute attribute;
    nf_member member = as_member(&attribute, name, type);
    nf_status status = NF_OK;

    if (value->kind == NF_KIND_OBJECT)
        status = write_object(shared, to, name, value->as.object, err);
    else if (value->kind == NF_KIND_LIST)
        status = write_list(shared, to, name, value->as.list, err);
    else if (!nf_member_write(to, &member, value) && !to->failed)
        status =
            refuse(shared, err, "the value of \"%.500s\" is too long", name);
    return status == NF_OK ? full(to, shared, err) : status;
}

/* The objects behind the ids of a reference; what has gone is left out. */
static nf_status write_reference(nf_shared_objects *shared, nf_buffer *to,
                                 const nf_member *member, const nf_value *value,
                                 nf_error *err)
{
    bool set = member->type.kind == NF_KIND_LIST;
    size_t count = value->kind == NF_KIND_ID ? 1 : 0;
    const int64_t *ids = count ? &value->as.integer : nf_ids_of(value, &count);
    size_t array = set ? nf_put_array(to, member->name) : 0;
    uint32_t written = 0;
    nf_status status = NF_OK;

    for (size_t i = 0; status == NF_OK && i < count; i++) {
        nf_object *object = nf_objects_find(shared->objects, ids[i]);
        char buffer[16];
        const char *key = member->name;
        int64_t wire;

        if (ids[i] > 0 && !object)
            status =
                refuse(shared, err, "\"%.500s\" refers to a persistable object",
                       member->name);
        if (!object || !is_there(object))
            continue;
        status = wire_of(shared, object, &wire, err);
        if (set)
            bson_uint32_to_string(written, &key, buffer, sizeof buffer);
        if (status == NF_OK)
            nf_put_int64(to, key, wire);
        written++;
    }
    if (set)
        nf_put_end(to, array);
    else if (!written)
        nf_put_null(to, member->name);
    return status;
}

static nf_status write_members(nf_shared_objects *shared, nf_buffer *to,
                               const nf_object *object, nf_error *err)
{
    const nf_entity *entity = object->entity;
    size_t members = nf_put_document(to, "m");
    nf_status status = NF_OK;

    for (size_t i = 0; status == NF_OK && i < entity->member_count; i++) {
        const nf_member *member = &entity->members[i];
        const nf_value *value = &object->members[i];
        bool travels;

        status = may_travel(shared, object, member, false, &travels, err);
        if (status != NF_OK || !travels)
            continue;
        if (member->association && !member->child_end)
            status = write_reference(shared, to, member, value, err);
        else if (member->attribute && !nf_member_write(to, member, value) &&
                 !to->failed)
            status = refuse(shared, err, "the value of \"%.500s\" is too long",
                            member->name);
    }
    nf_put_end(to, members);
    return status;
}

nf_status nf_shared_objects_write(nf_shared_objects *shared, nf_buffer *to,
                                  const char *name, nf_error *err)
{
    size_t array = nf_put_array(to, name);
    nf_status status = NF_OK;

    /* The queue grows while it is worked off: no recursion, whatever refers to
     * whatever. */
    for (size_t i = 0; status == NF_OK && i < shared->queued; i++) {
        const call_object *item = &shared->items[shared->queue[i]];
        nf_object *object = item->object;
        char buffer[16];
        const char *key;
        size_t document;

        bson_uint32_to_string((uint32_t)i, &key, buffer, sizeof buffer);
        document = nf_put_document(to, key);
        nf_put_text(to, "t", object->entity->qualified,
                    strlen(object->entity->qualified));
        nf_put_int64(to, "id", item->wire);
        status = write_members(shared, to, object, err);
        nf_put_end(to, document);
        if (status == NF_OK)
            status = full(to, shared, err);
    }
    nf_put_end(to, array);
    for (size_t i = 0; i < shared->queued; i++)
        shared->items[shared->queue[i]].queued = false;
    shared->queued = 0;
    return status == NF_OK ? full(to, shared, err) : status;
}

/* ---- reading ---------------------------------------------------------------
 */

static nf_status wrong(nf_error *err, const char *format, const char *name)
{
    char text[600];

    snprintf(text, sizeof text, format, name);
    return nf_error_set(err, NF_FAILED, "SYNC_PROTOCOL", "%s", text);
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
    call_object *item = find(shared, shared->by_wire, wire);
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
        item = add(shared, wire, object, err);
        if (!item)
            return NF_NOMEM;
    }
    item->values = nf_alloc_array(entity->member_count + 1, sizeof(nf_value));
    item->given = nf_alloc_array(nf_bits_words(entity->member_count) + 1,
                                 sizeof(uint64_t));
    return item->values && item->given ? NF_OK : nf_error_nomem(err);
}

static nf_status read_id(nf_shared_objects *shared, const nf_member *member,
                         const bson_iter_t *iter, call_object **out,
                         nf_error *err)
{
    const nf_entity *wanted = member->type.entity;
    int64_t wire = BSON_ITER_HOLDS_INT64(iter) ? bson_iter_int64(iter) : 0;

    *out = find(shared, shared->by_wire, wire);
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
    call_object *found;
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

static nf_status read_member(nf_shared_objects *shared, call_object *item,
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
    call_object *item =
        find(shared, shared->by_wire, nf_document_int(document, "id", 0));
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
        return wrong(err, "the objects are no list%.1s", "");
    while (status == NF_OK && bson_iter_next(&iter)) {
        const uint8_t *bytes;
        uint32_t size;
        bson_t document;

        if (++count > NF_CALL_OBJECTS_MAX)
            return wrong(err, "the call has too many objects%.1s", "");
        if (!BSON_ITER_HOLDS_DOCUMENT(&iter))
            return wrong(err, "an object is no document%.1s", "");
        bson_iter_document(&iter, &size, &bytes);
        if (!bson_init_static(&document, bytes, size))
            return wrong(err, "an object is no document%.1s", "");
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
    nf_member member = as_member(&attribute, name, type);
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

/* ---- taking ----------------------------------------------------------------
 */

static nf_status take_member(call_object *item, const nf_member *member,
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

static nf_status take_one(nf_shared_objects *shared, call_object *item,
                          nf_error *err)
{
    nf_object *object = item->object;
    nf_status status = NF_OK;

    for (size_t i = 0; status == NF_OK && i < object->entity->member_count;
         i++) {
        const nf_member *member = &object->entity->members[i];
        bool travels = nf_bits_has(item->given, i);

        if (travels)
            status = may_travel(shared, object, member, true, &travels, err);
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
        call_object *item = &shared->items[i];

        if (!item->values)
            continue;
        if (is_there(item->object))
            status = take_one(shared, item, err);
        forget_values(item);
    }
    return status;
}

nf_object *nf_shared_object(const nf_shared_objects *shared, size_t index)
{
    return index < shared->count ? shared->items[index].object : NULL;
}
