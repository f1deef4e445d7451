/* Objects that only the server has, for nanoflows (synchronize S73, W58): asked
 * for by calls like those of microflows, and held by memory alone. A reply is
 * read completely before any of it shows. */
#include "sync/client_call.h"

#include "sync/document.h"

/* Members that a reply marks, once for all objects that have the same. Objects
 * refer to them as long as they are in memory. */
typedef struct nf_online_rights {
    struct nf_online_rights *next;
    const nf_entity *entity;
    uint64_t *read_only, *inaccessible;
} nf_online_rights;

const char *nf_objects_call_path(const nf_sync_flow_call *call)
{
    static const char *const names[] = {
        [NF_ONLINE_CREATE] = "create",     [NF_ONLINE_COMMIT] = "commit",
        [NF_ONLINE_ROLLBACK] = "rollback", [NF_ONLINE_DELETE] = "delete",
        [NF_ONLINE_RETRIEVE] = "retrieve",
    };

    return names[call->operation];
}

static void forget_incoming(nf_sync_flow_call *call)
{
    for (size_t i = 0; i < call->incoming_count; i++) {
        nf_online_incoming *in = &call->incoming[i];

        nf_members_free(in->values, in->entity->member_count);
        nf_free(in->given);
        nf_free(in->read_only);
        nf_free(in->inaccessible);
    }
    nf_free(call->incoming);
    call->incoming = NULL;
    call->incoming_count = call->incoming_capacity = 0;
}

void nf_objects_call_dispose(nf_sync_flow_call *call)
{
    for (size_t i = 0; i < call->sent_count; i++)
        nf_object_release(call->sent[i]);
    nf_free(call->sent);
    forget_incoming(call);
}

void nf_online_rights_free(nf_sync_client *client)
{
    nf_online_rights *rights, *next;

    for (rights = client->online_rights; rights; rights = next) {
        next = rights->next;
        nf_free(rights->read_only);
        nf_free(rights->inaccessible);
        nf_free(rights);
    }
}

/* ---- the request -----------------------------------------------------------
 */

/* A new object with all that it has, another one with what was changed. */
static nf_status write_object(nf_buffer *to, uint32_t index,
                              const nf_object *object, nf_error *err)
{
    const nf_entity *entity = object->entity;
    bool fresh = object->state == NF_OBJECT_NEW, ok = true;
    char buffer[16];
    const char *key;
    size_t document, members;

    bson_uint32_to_string(index, &key, buffer, sizeof buffer);
    document = nf_put_document(to, key);
    nf_put_text(to, "t", entity->qualified, strlen(entity->qualified));
    nf_put_int64(to, "id", object->id);
    nf_put_bool(to, "new", fresh);
    members = nf_put_document(to, "m");
    for (size_t i = 0; ok && i < entity->member_count; i++) {
        const nf_member *member = &entity->members[i];

        if ((fresh || nf_object_member_changed(object, i)) &&
            !nf_member_is_managed(member) && !member->child_end)
            ok = nf_member_write(to, member, &object->members[i]) || to->failed;
    }
    nf_put_end(to, members);
    nf_put_end(to, document);
    return ok ? NF_OK : nf_sync_error("SYNC_LIMIT", err);
}

static nf_status write_objects(nf_sync_flow_call *call,
                               const nf_online_request *request, nf_error *err)
{
    size_t array = nf_put_array(&call->body, "objects");
    nf_status status = NF_OK;

    call->sent = nf_alloc_array(request->count + 1, sizeof *call->sent);
    if (!call->sent)
        return nf_error_nomem(err);
    for (size_t i = 0; status == NF_OK && i < request->count; i++) {
        nf_object *object = request->objects[i];

        if (object->removed || object->state == NF_OBJECT_DELETED ||
            object->chosen)
            continue;
        object->chosen = true; /* each once */
        status =
            write_object(&call->body, (uint32_t)call->sent_count, object, err);
        call->sent[call->sent_count++] = nf_object_retain(object);
        call->entity = object->entity;
    }
    for (size_t i = 0; i < call->sent_count; i++)
        call->sent[i]->chosen = false;
    nf_put_end(&call->body, array);
    return status;
}

/* A persistable object goes by its id: the server has it, or it is nothing
 * there. Lists are nothing that a retrieve reads. */
static nf_status write_variables(nf_sync_flow_call *call,
                                 const nf_online_request *request,
                                 nf_error *err)
{
    nf_buffer *to = &call->body;
    size_t part = nf_put_document(to, "vars");
    nf_status status = NF_OK;

    for (size_t i = 0; status == NF_OK && i < request->variable_count; i++) {
        const nf_online_variable *variable = &request->variables[i];
        const nf_value *value = variable->value;

        if (value->kind == NF_KIND_LIST)
            continue;
        if (value->kind == NF_KIND_OBJECT &&
            value->as.object->entity->kind == NF_ENTITY_PERSISTABLE)
            nf_put_int64(to, variable->name, value->as.object->id);
        else
            status = nf_shared_value_write(call->shared, to, variable->name,
                                           &variable->type, value, err);
    }
    nf_put_end(to, part);
    return status == NF_OK
               ? nf_shared_objects_write(call->shared, to, "objects", err)
               : status;
}

static nf_status write_request(nf_sync_flow_call *call,
                               const nf_online_request *request, nf_error *err)
{
    nf_buffer *to = &call->body;
    size_t document = nf_put_begin(to);
    char text[NF_GUID_TEXT_SIZE];
    nf_status status = NF_OK;

    nf_put_binary(to, "call", call->id.bytes, sizeof call->id.bytes);
    nf_put_binary(to, "model",
                  nf_model_fingerprint(call->client->options.model),
                  NF_SHA256_SIZE);
    if (request->operation == NF_ONLINE_CREATE) {
        nf_put_text(to, "t", request->entity->qualified,
                    strlen(request->entity->qualified));
    } else if (request->operation == NF_ONLINE_RETRIEVE) {
        nf_guid_text(request->activity, text);
        nf_put_text(to, "flow", request->flow, strlen(request->flow));
        nf_put_text(to, "activity", text, strlen(text));
        status = write_variables(call, request, err);
    } else {
        status = write_objects(call, request, err);
    }
    nf_put_end(to, document);
    if (status == NF_OK && to->failed)
        status =
            to->full ? nf_sync_error("SYNC_LIMIT", err) : nf_error_nomem(err);
    return status;
}

nf_status nf_sync_objects_call(nf_sync_flow_call **out, nf_sync_client *client,
                               const nf_online_request *request, nf_error *err)
{
    nf_status status = nf_sync_call_new(out, client, err);

    if (status != NF_OK)
        return status;
    (*out)->operation = request->operation;
    (*out)->entity = request->entity;
    status = write_request(*out, request, err);
    if (status != NF_OK) {
        nf_sync_call_flow_free(*out);
        *out = NULL;
    }
    return status;
}

/* ---- the reply -------------------------------------------------------------
 */

static bool was_sent(const nf_sync_flow_call *call, const nf_wire *record,
                     const nf_entity *entity)
{
    for (size_t i = 0; i < call->sent_count; i++)
        if (call->sent[i]->id == record->id && call->sent[i]->entity == entity)
            return true;
    return false;
}

/* Whether it answers what was asked. */
static bool is_expected(const nf_sync_flow_call *call, const nf_wire *record,
                        const nf_entity *entity)
{
    if (!entity || entity->kind != NF_ENTITY_PERSISTABLE || record->id <= 0)
        return false;
    if (call->operation == NF_ONLINE_RETRIEVE)
        return nf_entity_is(entity, call->entity);
    if (call->operation == NF_ONLINE_CREATE)
        return entity == call->entity &&
               !nf_objects_find(call->client->options.objects, record->id);
    return was_sent(call, record, entity);
}

static nf_status copy_bits(uint64_t **out, const uint64_t *bits,
                           const nf_entity *entity, nf_error *err)
{
    *out = nf_member_set_new(entity);
    if (!*out)
        return nf_error_nomem(err);
    memcpy(*out, bits, nf_bits_words(entity->member_count) * sizeof **out);
    return NF_OK;
}

static nf_status keep(nf_sync_flow_call *call, nf_incoming *object, int64_t id,
                      nf_error *err)
{
    nf_online_incoming *items =
        nf_grow(call->incoming, call->incoming_count, &call->incoming_capacity,
                sizeof *items);
    const nf_entity *entity = object->entity;
    nf_online_incoming *in;
    nf_status status;

    if (!items)
        return nf_error_nomem(err);
    call->incoming = items;
    in = &items[call->incoming_count++];
    *in = (nf_online_incoming){.entity = entity, .id = id};
    status =
        nf_members_copy(&in->values, object->values, entity->member_count, err);
    if (status == NF_OK)
        status = copy_bits(&in->given, object->given, entity, err);
    if (status == NF_OK)
        status = copy_bits(&in->read_only, object->read_only, entity, err);
    if (status == NF_OK)
        status =
            copy_bits(&in->inaccessible, object->inaccessible, entity, err);
    return status;
}

static nf_status read_record(nf_sync_flow_call *call, nf_incoming *object,
                             const nf_wire *record, nf_error *err)
{
    const nf_entity *entity;
    nf_error problem = {0};
    nf_status status;

    if (record->kind == NF_WIRE_HEAD || record->kind == NF_WIRE_END ||
        record->kind == NF_WIRE_GONE || record->kind == NF_WIRE_OPTIONAL)
        return NF_OK;
    entity =
        record->kind == NF_WIRE_OBJECT
            ? nf_model_find_entity(call->client->options.model, record->entity)
            : NULL;
    if (!is_expected(call, record, entity))
        return nf_sync_error("SYNC_PROTOCOL", err);
    status = nf_incoming_read(object, entity, record, &problem);
    if (status == NF_OK)
        return keep(call, object, record->id, err);
    return status == NF_NOMEM ? nf_error_nomem(err)
                              : nf_sync_error("SYNC_PROTOCOL", err);
}

typedef struct memory {
    const uint8_t *bytes;
    size_t size;
} memory;

static nf_status from_memory(void *user, int64_t offset, void *bytes,
                             size_t *size, nf_error *err)
{
    const memory *m = user;

    (void)err;
    if (offset < 0 || (uint64_t)offset > m->size)
        offset = (int64_t)m->size;
    if (*size > m->size - (size_t)offset)
        *size = m->size - (size_t)offset;
    memcpy(bytes, m->bytes + offset, *size);
    return NF_OK;
}

static nf_status read_records(nf_sync_flow_call *call, const uint8_t *bytes,
                              uint32_t size, nf_error *err)
{
    memory source = {bytes, size};
    nf_stream_reader reader;
    nf_incoming object = {0};
    nf_wire record;
    bool more = true;
    nf_status status = nf_stream_open(&reader, from_memory, &source, size, err);

    while (status == NF_OK && more) {
        status = nf_stream_next(&reader, &record, &more, err);
        if (status == NF_OK && more)
            status = read_record(call, &object, &record, err);
    }
    nf_stream_close(&reader);
    nf_incoming_dispose(&object);
    return status;
}

/* A new object of a persistable entity: one record, without a stream. */
static nf_status read_made(nf_sync_flow_call *call, const bson_t *made,
                           nf_error *err)
{
    nf_incoming object = {0};
    nf_wire record;
    nf_status status =
        nf_wire_read(&record, bson_get_data(made), made->len, err);

    if (status == NF_OK)
        status = read_record(call, &object, &record, err);
    nf_incoming_dispose(&object);
    if (status == NF_OK && call->incoming_count != 1)
        status = nf_sync_error("SYNC_PROTOCOL", err);
    return status;
}

/* A new object of a non-persistable entity: as a microflow returns it. */
static nf_status read_shared(nf_sync_flow_call *call, const bson_t *reply,
                             const bson_iter_t *result, nf_error *err)
{
    const nf_type type = {.kind = NF_KIND_OBJECT, .entity = call->entity};
    bson_t objects;
    nf_status status;

    if (!nf_document_part(reply, "objects", &objects))
        return nf_sync_error("SYNC_PROTOCOL", err);
    status = nf_shared_objects_read(call->shared, &objects, err);
    return status == NF_OK ? nf_shared_value_read(call->shared, &call->result,
                                                  "result", &type, result, err)
                           : status;
}

nf_status nf_objects_call_read(nf_sync_flow_call *call, const bson_t *reply,
                               nf_error *err)
{
    bson_iter_t iter;
    bson_t made;
    const uint8_t *bytes;
    uint32_t size;
    bson_subtype_t subtype;

    forget_incoming(call);
    call->done = nf_document_bool(reply, "done", false);
    if (call->operation == NF_ONLINE_CREATE &&
        nf_document_part(reply, "made", &made))
        return read_made(call, &made, err);
    if (call->operation == NF_ONLINE_CREATE &&
        bson_iter_init_find(&iter, reply, "result"))
        return read_shared(call, reply, &iter, err);
    if (!bson_iter_init_find(&iter, reply, "records"))
        return NF_OK;
    if (!BSON_ITER_HOLDS_BINARY(&iter))
        return nf_sync_error("SYNC_PROTOCOL", err);
    bson_iter_binary(&iter, &subtype, &size, &bytes);
    return read_records(call, bytes, size, err);
}

/* ---- objects in memory -----------------------------------------------------
 */

/* Takes over the bits of what came. */
static const nf_online_rights *rights_of(nf_sync_client *client,
                                         nf_online_incoming *in)
{
    size_t size = nf_bits_words(in->entity->member_count) * sizeof(uint64_t);
    nf_online_rights *rights;

    for (rights = client->online_rights; rights; rights = rights->next)
        if (rights->entity == in->entity &&
            !memcmp(rights->read_only, in->read_only, size) &&
            !memcmp(rights->inaccessible, in->inaccessible, size))
            return rights;
    rights = nf_alloc(sizeof *rights);
    if (!rights)
        return NULL;
    *rights = (nf_online_rights){.next = client->online_rights,
                                 .entity = in->entity,
                                 .read_only = in->read_only,
                                 .inaccessible = in->inaccessible};
    for (size_t i = 0; i < nf_bits_words(in->entity->member_count); i++)
        rights->read_only[i] |= rights->inaccessible[i];
    in->read_only = in->inaccessible = NULL;
    client->online_rights = rights;
    return rights;
}

static nf_status show_rights(nf_sync_client *client, nf_object *object,
                             nf_online_incoming *in, nf_error *err)
{
    const nf_online_rights *rights;

    for (size_t i = 0; i < nf_bits_words(in->entity->member_count); i++)
        in->read_only[i] |= in->inaccessible[i]; /* as they are kept */
    rights = rights_of(client, in);
    if (!rights)
        return nf_error_nomem(err);
    object->elsewhere = true;
    object->unwritable = rights->read_only;
    object->inaccessible = rights->inaccessible;
    return NF_OK;
}

static nf_status show_values(nf_object *object, nf_online_incoming *in,
                             nf_error *err)
{
    nf_status status = NF_OK;

    for (size_t i = 0; status == NF_OK && i < in->entity->member_count; i++) {
        nf_value value = in->values[i];

        if (!nf_bits_has(in->given, i))
            continue;
        in->values[i] = nf_empty();
        status = nf_object_write(object, i, value, err);
    }
    return status;
}

static nf_status take_made(nf_sync_flow_call *call, nf_error *err)
{
    nf_sync_client *client = call->client;
    const nf_clock *clock = &client->options.clock;
    nf_online_incoming *in = call->incoming;
    nf_object *object;
    nf_status status;

    if (!call->incoming_count)
        return NF_OK; /* in memory only, or refused */
    status =
        nf_objects_create_with_id(&object, client->options.objects, in->entity,
                                  in->id, clock->now(clock->user), err);
    if (status == NF_OK)
        status = show_rights(client, object, in, err);
    if (status == NF_OK)
        status = show_values(object, in, err);
    if (status == NF_OK)
        call->result = nf_object_take(nf_object_retain(object));
    nf_object_release(object);
    return status;
}

static nf_status take_found(nf_sync_flow_call *call, nf_error *err)
{
    nf_sync_client *client = call->client;
    nf_list *list = nf_list_new(call->entity);
    nf_status status = list ? NF_OK : nf_error_nomem(err);

    for (size_t i = 0; status == NF_OK && i < call->incoming_count; i++) {
        nf_online_incoming *in = &call->incoming[i];
        nf_value *values = in->values;
        nf_object *object = NULL;

        in->values = NULL;
        status = nf_objects_load(&object, client->options.objects, in->entity,
                                 in->id, values, err);
        if (status != NF_OK || !object)
            continue; /* deleted here */
        status = show_rights(client, object, in, err);
        if (status == NF_OK && !nf_list_append(list, object))
            status = nf_error_nomem(err);
        nf_object_release(object);
    }
    if (status == NF_OK)
        call->result = nf_list_take(list);
    else
        nf_list_release(list);
    return status;
}

static nf_status take_committed(nf_sync_flow_call *call, nf_error *err)
{
    nf_objects *objects = call->client->options.objects;
    nf_status status = NF_OK;

    for (size_t i = 0; status == NF_OK && i < call->incoming_count; i++) {
        nf_online_incoming *in = &call->incoming[i];
        nf_object *object = nf_objects_find(objects, in->id);

        if (!object || object->state == NF_OBJECT_DELETED)
            continue;
        status = show_rights(call->client, object, in, err);
        if (status == NF_OK)
            status = show_values(object, in, err);
    }
    return status == NF_OK
               ? nf_objects_commit(objects, call->sent, call->sent_count, err)
               : status;
}

static nf_status take_rolled_back(nf_sync_flow_call *call, nf_error *err)
{
    nf_status status = NF_OK;

    for (size_t i = 0; status == NF_OK && i < call->sent_count; i++)
        if (call->sent[i]->state != NF_OBJECT_DELETED)
            status = nf_object_rollback(call->sent[i], err);
    return status;
}

nf_status nf_objects_call_take(nf_sync_flow_call *call, nf_error *err)
{
    if (call->operation == NF_ONLINE_CREATE)
        return take_made(call, err);
    if (call->operation == NF_ONLINE_RETRIEVE)
        return take_found(call, err);
    call->result = nf_boolean(call->done);
    if (!call->done)
        return NF_OK;
    if (call->operation == NF_ONLINE_COMMIT)
        return take_committed(call, err);
    if (call->operation == NF_ONLINE_ROLLBACK)
        return take_rolled_back(call, err);
    return nf_objects_delete(call->client->options.objects, call->sent,
                             call->sent_count, err);
}
