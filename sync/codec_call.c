/* Objects of calls as both sides know them, and how they are written; see
 * codec_call.h. */
#include "sync/codec_call_internal.h"

#include "base/memory.h"
#include "sync/document.h"

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

nf_status nf_shared_may_travel(const nf_shared_objects *shared,
                               const nf_object *object, const nf_member *member,
                               bool write, bool *out, nf_error *err)
{
    *out = true;
    return shared->guard ? shared->guard(shared->guard_user, object, member,
                                         write, out, err)
                         : NF_OK;
}

void nf_shared_forget_values(nf_shared_item *item)
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
        nf_shared_forget_values(&shared->items[i]);
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

nf_shared_item *nf_shared_find(const nf_shared_objects *shared,
                               const nf_idmap *map, int64_t id)
{
    size_t index = (size_t)(uintptr_t)nf_idmap_get(map, id);

    return index ? &shared->items[index - 1] : NULL;
}

/* Takes over the reference, also on failure. */
nf_shared_item *nf_shared_add(nf_shared_objects *shared, int64_t wire,
                              nf_object *object, nf_error *err)
{
    nf_shared_item *items =
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
    *items = (nf_shared_item){.wire = wire, .object = object};
    return items;
}

/* ---- writing ---------------------------------------------------------------
 */

__attribute__((format(printf, 3, 4))) static nf_status
refuse(const nf_shared_objects *shared, nf_error *err, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    nf_error_setv(err, NF_FAILED,
                  shared->caller ? "bad_microflow_argument"
                                 : "microflow_failed",
                  format, args);
    va_end(args);
    return NF_FAILED;
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
    nf_shared_item *item = nf_shared_find(shared, shared->by_own, object->id);
    size_t *queue;

    if (object->entity->kind != NF_ENTITY_NON_PERSISTABLE)
        return refuse(shared, err,
                      "an object of \"%.500s\" is persistable: an offline app "
                      "and its server exchange such objects by synchronizing",
                      object->entity->qualified);
    if (!item)
        item = nf_shared_add(shared, new_wire(shared, object),
                             nf_object_retain(object), err);
    if (!item)
        return NF_NOMEM;
    *out = item->wire;
    if (item->queued)
        return NF_OK;
    if (shared->queued >= NF_CALL_OBJECTS_MAX)
        return refuse(shared, err, "the call has too many objects");
    queue = nf_grow(shared->queue, shared->queued, &shared->queue_capacity,
                    sizeof *queue);
    if (!queue)
        return nf_error_nomem(err);
    shared->queue = queue;
    queue[shared->queued++] = (size_t)(item - shared->items);
    item->queued = true;
    return NF_OK;
}

bool nf_shared_is_there(const nf_object *object)
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

        if (!nf_shared_is_there(list->items[i]))
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

    if (!nf_shared_is_there(object))
        nf_put_null(to, name);
    else
        status = wire_of(shared, object, &wire, err);
    if (wire)
        nf_put_int64(to, name, wire);
    return status;
}

nf_member nf_shared_as_member(nf_attribute *attribute, const char *name,
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
    return to->full ? refuse(shared, err, "the call has too much data")
                    : nf_error_nomem(err);
}

nf_status nf_shared_value_write(nf_shared_objects *shared, nf_buffer *to,
                                const char *name, const nf_type *type,
                                const nf_value *value, nf_error *err)
{
    nf_attribute attribute;
    nf_member member = nf_shared_as_member(&attribute, name, type);
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
        if (!object || !nf_shared_is_there(object))
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

        status =
            nf_shared_may_travel(shared, object, member, false, &travels, err);
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
        const nf_shared_item *item = &shared->items[shared->queue[i]];
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

nf_object *nf_shared_object(const nf_shared_objects *shared, size_t index)
{
    return index < shared->count ? shared->items[index].object : NULL;
}
