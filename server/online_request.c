/* The objects that a request sends: loaded or as they were made, with what the
 * user may change of them (synchronize W58). */
#include "server/online.h"
#include "sync/document.h"

static nf_status gone(nf_error *err, const nf_entity *entity)
{
    return nf_error_set(err, NF_FAILED, "deleted_object",
                        "The object of \"%s\" no longer exists",
                        entity->qualified);
}

nf_status nf_online_malformed(nf_error *err)
{
    return nf_error_set(err, NF_FAILED, "microflow_failed",
                        "the request is malformed");
}

/* With what its handlers gave it. */
static nf_status load_made(nf_online_call *c, nf_object **out,
                           const nf_entity *entity, int64_t id, nf_error *err)
{
    nf_statement *row;
    bool found = false;
    nf_value *values = nf_alloc_array(entity->member_count + 1, sizeof *values);
    uint64_t *given = nf_member_set_new(entity);
    nf_status status =
        values && given
            ? nf_database_query(
                  c->base.server->database, &row, &found, err,
                  "SELECT record FROM _mx_made WHERE id = ? AND device = ?",
                  "ii", id, c->base.session->device)
            : nf_error_nomem(err);
    bson_t members;

    if (status == NF_OK && !found)
        status = gone(err, entity);
    if (found) {
        status =
            nf_document_open(&members, nf_column_bytes(row, 0),
                             nf_column_size(row, 0))
                ? nf_known_members_read(values, given, entity, &members, err)
                : nf_online_malformed(err);
        nf_database_done(c->base.server->database, row);
    }
    if (status == NF_OK)
        status =
            nf_objects_create_with_id(out, nf_online_world(c)->objects, entity,
                                      id, nf_server_now(c->base.server), err);
    for (size_t i = 0; status == NF_OK && i < entity->member_count; i++) {
        nf_value value = values[i];

        if (!nf_bits_has(given, i))
            continue;
        values[i] = nf_empty();
        status = nf_object_write(*out, i, value, err);
    }
    nf_members_free(values, entity->member_count);
    nf_free(given);
    return status;
}

static nf_status load_object(nf_online_call *c, const bson_t *record,
                             nf_error *err)
{
    const nf_entity *entity = nf_model_find_entity(
        c->base.server->options.model, nf_document_text(record, "t", ""));
    int64_t id = nf_document_int(record, "id", 0);
    nf_object *object = NULL;
    bool visible = true;
    nf_status status;

    if (!entity || entity->kind != NF_ENTITY_PERSISTABLE || id <= 0)
        return nf_online_malformed(err);
    if (nf_document_bool(record, "new", false)) {
        status = load_made(c, &object, entity, id, err);
    } else {
        status = nf_objects_get(&object, nf_online_world(c)->objects, entity,
                                id, err);
        if (status == NF_OK && object)
            status = nf_restricted_allows(nf_online_world(c), entity, object,
                                          NF_ACCESS_READ, NULL, &visible, err);
        if (status == NF_OK && (!object || !visible))
            status = gone(err, entity);
    }
    if (status == NF_OK && nf_list_contains(c->objects, object))
        status = nf_online_malformed(err);
    if (status == NF_OK && !nf_list_append(c->objects, object))
        status = nf_error_nomem(err);
    nf_object_release(object);
    return status;
}

/* The object that a reference names: of the same request, or stored. */
static nf_status find_target(nf_online_call *c, nf_list *targets,
                             const nf_member *member, int64_t id, nf_error *err)
{
    nf_object *target = nf_list_find(c->objects, id);
    nf_status status = NF_OK;

    if (target && nf_entity_is(target->entity, member->type.entity))
        nf_object_retain(target);
    else
        status = nf_objects_get(&target, nf_online_world(c)->objects,
                                member->type.entity, id, err);
    if (status == NF_OK && !target)
        status = nf_error_set(err, NF_FAILED, "validation_failed",
                              "\"%s\" refers to an object that the server does "
                              "not have",
                              member->name);
    if (status == NF_OK && !nf_list_append(targets, target))
        status = nf_error_nomem(err);
    nf_object_release(target);
    return status;
}

static nf_status set_reference(nf_online_call *c, nf_object *object,
                               const nf_member *member, const nf_value *value,
                               nf_error *err)
{
    size_t count = value->kind == NF_KIND_ID ? 1 : 0;
    const int64_t *ids = count ? &value->as.integer : nf_ids_of(value, &count);
    nf_list *targets = nf_list_new(NULL);
    nf_value given;
    nf_status status = targets ? NF_OK : nf_error_nomem(err);

    for (size_t i = 0; status == NF_OK && i < count; i++)
        status = find_target(c, targets, member, ids[i], err);
    if (status == NF_OK) {
        if (member->association->set)
            given = nf_list_take(nf_list_retain(targets));
        else
            given = count ? nf_object_take(nf_object_retain(targets->items[0]))
                          : nf_empty();
        status = nf_object_set(object, member, &given, err);
        nf_value_release(&given);
    }
    if (targets)
        nf_list_release(targets);
    return status;
}

static nf_status set_member(nf_online_call *c, nf_object *object,
                            const nf_member *member, const nf_value *value,
                            nf_error *err)
{
    nf_status status;

    if (member->child_end ||
        nf_value_equal(&object->members[member->index], value))
        return NF_OK;
    if (nf_member_is_managed(member))
        return nf_online_denied(err, "change all members of", object->entity);
    status = nf_online_require(c, object->entity, object, NF_ACCESS_WRITE,
                               member, "change all members of", err);
    if (status != NF_OK)
        return status;
    status = member->association ? set_reference(c, object, member, value, err)
                                 : nf_object_set(object, member, value, err);
    return status == NF_OK ? nf_server_touch(&c->base.flows->store, object, err)
                           : status;
}

static nf_status set_members(nf_online_call *c, nf_object *object,
                             const bson_t *record, nf_error *err)
{
    const nf_entity *entity = object->entity;
    nf_value *values = nf_alloc_array(entity->member_count + 1, sizeof *values);
    uint64_t *given = nf_member_set_new(entity);
    bson_t members;
    nf_status status = values && given ? NF_OK : nf_error_nomem(err);

    if (status == NF_OK && !nf_document_part(record, "m", &members))
        status = nf_online_malformed(err);
    if (status == NF_OK)
        status = nf_members_read(values, given, entity, &members, err);
    for (size_t i = 0; status == NF_OK && i < entity->member_count; i++)
        if (nf_bits_has(given, i))
            status =
                set_member(c, object, &entity->members[i], &values[i], err);
    nf_members_free(values, entity->member_count);
    nf_free(given);
    return status;
}

static nf_status each_record(nf_online_call *c, bool members, nf_error *err)
{
    bson_t array, record;
    bson_iter_t iter;
    size_t index = 0;
    nf_status status = NF_OK;

    if (!nf_document_part(&c->base.request, "objects", &array) ||
        !bson_iter_init(&iter, &array))
        return nf_online_malformed(err);
    while (status == NF_OK && bson_iter_next(&iter)) {
        const uint8_t *bytes;
        uint32_t size;

        if (!BSON_ITER_HOLDS_DOCUMENT(&iter))
            return nf_online_malformed(err);
        bson_iter_document(&iter, &size, &bytes);
        if (!bson_init_static(&record, bytes, size))
            return nf_online_malformed(err);
        status = members
                     ? set_members(c, c->objects->items[index++], &record, err)
                     : load_object(c, &record, err);
    }
    return status;
}

/* All of them first: they may refer to each other. */
nf_status nf_online_read_objects(nf_online_call *c, bool members, nf_error *err)
{
    nf_status status;

    c->objects = nf_list_new(NULL);
    if (!c->objects)
        return nf_error_nomem(err);
    status = each_record(c, false, err);
    return status == NF_OK && members ? each_record(c, true, err) : status;
}
