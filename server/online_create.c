/* Objects of the server that a device asks for: made with their handlers, and
 * remembered until they are committed (synchronize W58; domain D82). */
#include "server/online.h"
#include "sync/document.h"

/* What handlers gave a new object is the server's word, so it is kept here
 * until the device commits the object; ids that were not given are refused. */
nf_status nf_online_prepare(nf_server *server, nf_error *err)
{
    return nf_database_create(
        server->database,
        "CREATE TABLE IF NOT EXISTS _mx_made(id INTEGER PRIMARY KEY, device "
        "INTEGER NOT NULL, record BLOB NOT NULL, created INTEGER NOT NULL) "
        "STRICT",
        err);
}

nf_status nf_online_collect(nf_server *server, nf_error *err)
{
    return nf_database_write(server->database, err,
                             "DELETE FROM _mx_made WHERE created < ?", "i",
                             nf_server_now(server) - 7 * NF_DAY_MS);
}

static nf_status keep_made(nf_online_call *c, const nf_object *object,
                           const nf_buffer *members, nf_error *err)
{
    nf_server *server = c->base.server;

    return nf_database_write(
        server->database, err,
        "INSERT INTO _mx_made(id, device, record, created) VALUES(?,?,?,?)",
        "iibi", object->id, c->base.session->device,
        (const void *)members->data, members->length, nf_server_now(server));
}

nf_status nf_online_denied(nf_error *err, const char *verb,
                           const nf_entity *entity)
{
    return nf_error_set(err, NF_FAILED, "access_denied",
                        "The user may not %s objects of \"%s\"", verb,
                        entity->qualified);
}

nf_status nf_online_require(nf_online_call *c, const nf_entity *entity,
                            const nf_object *object, nf_access_kind kind,
                            const nf_member *member, const char *verb,
                            nf_error *err)
{
    bool allowed = false;
    nf_status status = nf_restricted_allows(nf_online_world(c), entity, object,
                                            kind, member, &allowed, err);

    return status == NF_OK && !allowed ? nf_online_denied(err, verb, entity)
                                       : status;
}

static void write_names(nf_buffer *to, const char *key, const nf_entity *entity,
                        const nf_object_rights *rights, bool unreadable)
{
    size_t array = nf_put_array(to, key);
    uint32_t count = 0;

    for (size_t i = 0; i < entity->member_count; i++) {
        const nf_member *member = &entity->members[i];
        bool read = nf_bits_has(rights->read, i);
        char buffer[16];
        const char *index;

        if (member->child_end ||
            (unreadable ? read : !read || nf_bits_has(rights->write, i)))
            continue;
        bson_uint32_to_string(count++, &index, buffer, sizeof buffer);
        nf_put_text(to, index, member->name, strlen(member->name));
    }
    nf_put_end(to, array);
}

/* `rights` NULL: all members. */
static bool write_members(nf_buffer *to, const nf_object *object,
                          const nf_object_rights *rights)
{
    const nf_entity *entity = object->entity;
    bool ok = true;

    for (size_t i = 0; ok && i < entity->member_count; i++)
        if (!entity->members[i].child_end &&
            (!rights || nf_bits_has(rights->read, i)))
            ok = nf_member_write(to, &entity->members[i], &object->members[i]);
    return ok || to->failed;
}

/* As an `obj` record (W27.7); it has no version yet. */
static nf_status write_made(nf_online_call *c, const nf_object *object,
                            nf_error *err)
{
    static const uint8_t no_version[16];
    nf_buffer *to = &c->base.answer;
    const nf_entity *entity = object->entity;
    nf_object_rights rights;
    size_t made, members;
    const nf_access *access =
        nf_access_of(c->base.server, c->base.session, entity, err);
    nf_status status =
        access ? nf_access_rights(&rights, access, 0, true, err) : NF_FAILED;

    if (status != NF_OK)
        return status;
    made = nf_put_document(to, "made");
    nf_put_text(to, "k", "obj", 3);
    nf_put_text(to, "t", entity->qualified, strlen(entity->qualified));
    nf_put_int64(to, "id", object->id);
    members = nf_put_document(to, "m");
    if (!write_members(to, object, &rights))
        status = nf_error_set(err, NF_FAILED, "microflow_failed",
                              "a value of the new object is too long");
    nf_put_end(to, members);
    write_names(to, "ro", entity, &rights, false);
    write_names(to, "na", entity, &rights, true);
    nf_put_binary(to, "h", no_version, sizeof no_version);
    nf_put_end(to, made);
    nf_object_rights_dispose(&rights);
    return status;
}

static nf_status answer_made(nf_online_call *c, nf_object *object,
                             nf_error *err)
{
    const nf_type type = {.kind = NF_KIND_OBJECT, .entity = object->entity};
    const nf_value value = {.kind = NF_KIND_OBJECT, .as.object = object};
    nf_buffer *to = &c->base.answer, members;
    nf_status status;
    size_t document;

    if (object->entity->kind == NF_ENTITY_NON_PERSISTABLE) {
        status = nf_shared_value_write(c->base.shared, to, "result", &type,
                                       &value, err);
        return status == NF_OK
                   ? nf_shared_objects_write(c->base.shared, to, "objects", err)
                   : status;
    }
    status = write_made(c, object, err);
    nf_buffer_init(&members, NF_SYNC_DOCUMENT_MAX);
    document = nf_put_begin(&members);
    write_members(&members, object, NULL);
    nf_put_end(&members, document);
    if (status == NF_OK)
        status = members.failed ? nf_error_nomem(err)
                                : keep_made(c, object, &members, err);
    nf_buffer_dispose(&members);
    return status;
}

nf_status nf_online_create(nf_online_call *c, nf_error *err)
{
    const char *name = nf_document_text(&c->base.request, "t", "");
    const nf_entity *entity =
        nf_model_find_entity(c->base.server->options.model, name);
    nf_object *object = NULL;
    bool go_on = true;
    nf_status status;

    if (!entity || (entity->kind != NF_ENTITY_PERSISTABLE &&
                    entity->kind != NF_ENTITY_NON_PERSISTABLE))
        return nf_error_set(err, NF_FAILED, "microflow_failed",
                            "The server can't create objects of \"%.200s\"",
                            name);
    status = nf_online_require(c, entity, NULL, NF_ACCESS_CREATE, NULL,
                               "create", err);
    if (status == NF_OK)
        status = nf_events_create(nf_online_world(c), &object, entity, 0,
                                  &go_on, err);
    if (status == NF_OK && object)
        status = answer_made(c, object, err);
    nf_object_release(object);
    return status;
}
