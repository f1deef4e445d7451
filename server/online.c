/* Objects that nanoflows have on the server only: of entities with mode Online,
 * and non-persistable ones that only the server can make (synchronize S73, W58;
 * domain D82). Handlers, validation and access apply as for a microflow of the
 * user. A retrieve names its activity: what is asked comes from this side's
 * model. */
#include "interpreter/visit.h"
#include "server/call.h"
#include "server/push.h"
#include "sync/document.h"

typedef struct call {
    nf_server_call base;
    const nf_program *program; /* retrieve */
    nf_guid activity;
    nf_list *objects; /* what the request sends */
} call;

static call *call_of(nf_server_call *base)
{
    return (call *)base;
}

static nf_world *world_of(call *c)
{
    return &c->base.flows->world;
}

/* ---- objects that were made and not committed yet --------------------------
 */

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

static nf_status keep_made(call *c, const nf_object *object,
                           const nf_buffer *members, nf_error *err)
{
    nf_server *server = c->base.server;

    return nf_database_write(
        server->database, err,
        "INSERT INTO _mx_made(id, device, record, created) VALUES(?,?,?,?)",
        "iibi", object->id, c->base.session->device,
        (const void *)members->data, members->length, nf_server_now(server));
}

static nf_status forget_made(call *c, nf_error *err)
{
    nf_status status = NF_OK;

    for (size_t i = 0; status == NF_OK && i < c->objects->count; i++)
        status = nf_database_write(
            c->base.server->database, err,
            "DELETE FROM _mx_made WHERE id = ? AND device = ?", "ii",
            c->objects->items[i]->id, c->base.session->device);
    return status;
}

/* ---- create ----------------------------------------------------------------
 */

static nf_status denied(nf_error *err, const char *verb,
                        const nf_entity *entity)
{
    return nf_error_set(err, NF_FAILED, "access_denied",
                        "The user may not %s objects of \"%s\"", verb,
                        entity->qualified);
}

static nf_status require(call *c, const nf_entity *entity,
                         const nf_object *object, nf_access_kind kind,
                         const nf_member *member, const char *verb,
                         nf_error *err)
{
    bool allowed = false;
    nf_status status = nf_restricted_allows(world_of(c), entity, object, kind,
                                            member, &allowed, err);

    return status == NF_OK && !allowed ? denied(err, verb, entity) : status;
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
static nf_status write_made(call *c, const nf_object *object, nf_error *err)
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

static nf_status answer_made(call *c, nf_object *object, nf_error *err)
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

static nf_status create(call *c, nf_error *err)
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
    status = require(c, entity, NULL, NF_ACCESS_CREATE, NULL, "create", err);
    if (status == NF_OK)
        status = nf_events_create(world_of(c), &object, entity, 0, &go_on, err);
    if (status == NF_OK && object)
        status = answer_made(c, object, err);
    nf_object_release(object);
    return status;
}

/* ---- objects of a request --------------------------------------------------
 */

static nf_status gone(nf_error *err, const nf_entity *entity)
{
    return nf_error_set(err, NF_FAILED, "deleted_object",
                        "The object of \"%s\" no longer exists",
                        entity->qualified);
}

static nf_status malformed(nf_error *err)
{
    return nf_error_set(err, NF_FAILED, "microflow_failed",
                        "the request is malformed");
}

/* With what its handlers gave it. */
static nf_status load_made(call *c, nf_object **out, const nf_entity *entity,
                           int64_t id, nf_error *err)
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
                : malformed(err);
        nf_database_done(c->base.server->database, row);
    }
    if (status == NF_OK)
        status =
            nf_objects_create_with_id(out, world_of(c)->objects, entity, id,
                                      nf_server_now(c->base.server), err);
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

static nf_status load_object(call *c, const bson_t *record, nf_error *err)
{
    const nf_entity *entity = nf_model_find_entity(
        c->base.server->options.model, nf_document_text(record, "t", ""));
    int64_t id = nf_document_int(record, "id", 0);
    nf_object *object = NULL;
    bool visible = true;
    nf_status status;

    if (!entity || entity->kind != NF_ENTITY_PERSISTABLE || id <= 0)
        return malformed(err);
    if (nf_document_bool(record, "new", false)) {
        status = load_made(c, &object, entity, id, err);
    } else {
        status = nf_objects_get(&object, world_of(c)->objects, entity, id, err);
        if (status == NF_OK && object)
            status = nf_restricted_allows(world_of(c), entity, object,
                                          NF_ACCESS_READ, NULL, &visible, err);
        if (status == NF_OK && (!object || !visible))
            status = gone(err, entity);
    }
    if (status == NF_OK && nf_list_contains(c->objects, object))
        status = malformed(err);
    if (status == NF_OK && !nf_list_append(c->objects, object))
        status = nf_error_nomem(err);
    nf_object_release(object);
    return status;
}

/* The object that a reference names: stored, or of the same request. */
static nf_status find_target(call *c, nf_list *targets, const nf_member *member,
                             int64_t id, nf_error *err)
{
    nf_object *target = NULL;
    nf_status status = nf_objects_get(&target, world_of(c)->objects,
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

static nf_status set_reference(call *c, nf_object *object,
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

static nf_status set_member(call *c, nf_object *object, const nf_member *member,
                            const nf_value *value, nf_error *err)
{
    nf_status status;

    if (member->child_end ||
        nf_value_equal(&object->members[member->index], value))
        return NF_OK;
    if (nf_member_is_managed(member))
        return denied(err, "change all members of", object->entity);
    status = require(c, object->entity, object, NF_ACCESS_WRITE, member,
                     "change all members of", err);
    if (status != NF_OK)
        return status;
    status = member->association ? set_reference(c, object, member, value, err)
                                 : nf_object_set(object, member, value, err);
    return status == NF_OK ? nf_server_touch(&c->base.flows->store, object, err)
                           : status;
}

static nf_status set_members(call *c, nf_object *object, const bson_t *record,
                             nf_error *err)
{
    const nf_entity *entity = object->entity;
    nf_value *values = nf_alloc_array(entity->member_count + 1, sizeof *values);
    uint64_t *given = nf_member_set_new(entity);
    bson_t members;
    nf_status status = values && given ? NF_OK : nf_error_nomem(err);

    if (status == NF_OK && !nf_document_part(record, "m", &members))
        status = malformed(err);
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

static nf_status each_record(call *c, bool members, nf_error *err)
{
    bson_t array, record;
    bson_iter_t iter;
    size_t index = 0;
    nf_status status = NF_OK;

    if (!nf_document_part(&c->base.request, "objects", &array) ||
        !bson_iter_init(&iter, &array))
        return malformed(err);
    while (status == NF_OK && bson_iter_next(&iter)) {
        const uint8_t *bytes;
        uint32_t size;

        if (!BSON_ITER_HOLDS_DOCUMENT(&iter))
            return malformed(err);
        bson_iter_document(&iter, &size, &bytes);
        if (!bson_init_static(&record, bytes, size))
            return malformed(err);
        status = members
                     ? set_members(c, c->objects->items[index++], &record, err)
                     : load_object(c, &record, err);
    }
    return status;
}

/* All of them first: they may refer to each other. */
static nf_status read_objects(call *c, bool members, nf_error *err)
{
    nf_status status;

    c->objects = nf_list_new(NULL);
    if (!c->objects)
        return nf_error_nomem(err);
    status = each_record(c, false, err);
    return status == NF_OK && members ? each_record(c, true, err) : status;
}

static nf_status answer_objects(call *c, nf_list *objects, nf_error *err)
{
    return nf_push_write(&c->base.answer, "records", c->base.server,
                         c->base.session, &c->base.id, objects, err);
}

/* ---- commit, rollback, delete ----------------------------------------------
 */

static void answer_done(call *c, bool done)
{
    nf_put_bool(&c->base.answer, "done", done);
}

static nf_status commit(call *c, nf_error *err)
{
    bool go_on = false;
    nf_status status = read_objects(c, true, err);

    if (status == NF_OK)
        status = nf_events_commit(world_of(c), c->objects->items,
                                  c->objects->count, true, &go_on, err);
    if (status == NF_OK && go_on)
        status = forget_made(c, err);
    if (status != NF_OK)
        return status;
    answer_done(c, go_on);
    return go_on ? answer_objects(c, c->objects, err) : NF_OK;
}

static nf_status roll_back(call *c, nf_error *err)
{
    bool done = true;
    nf_status status = read_objects(c, true, err);

    for (size_t i = 0; status == NF_OK && i < c->objects->count; i++) {
        nf_object *object = c->objects->items[i];

        status = nf_server_rules.rollback(world_of(c), object, err);
        done = done && object->state != NF_OBJECT_CHANGED &&
               object->state != NF_OBJECT_NEW;
    }
    if (status == NF_OK && done)
        status = forget_made(c, err);
    if (status == NF_OK)
        answer_done(c, done);
    return status;
}

static nf_status delete_objects(call *c, nf_error *err)
{
    bool go_on = false;
    nf_status status = read_objects(c, false, err);

    for (size_t i = 0; status == NF_OK && i < c->objects->count; i++) {
        nf_object *object = c->objects->items[i];

        if (object->state != NF_OBJECT_NEW)
            status = require(c, object->entity, object, NF_ACCESS_DELETE, NULL,
                             "delete", err);
    }
    if (status == NF_OK)
        status = nf_events_remove(world_of(c), c->objects->items,
                                  c->objects->count, &go_on, err);
    if (status == NF_OK && go_on)
        status = forget_made(c, err);
    if (status == NF_OK)
        answer_done(c, go_on);
    return status;
}

/* ---- retrieve --------------------------------------------------------------
 */

/* A stored object by its id; who may not see it has none. */
static nf_status read_stored(call *c, nf_value *out, const nf_entity *entity,
                             int64_t id, nf_error *err)
{
    nf_object *object = NULL;
    bool visible = false;
    nf_status status =
        nf_objects_get(&object, world_of(c)->objects, entity, id, err);

    if (status == NF_OK && object)
        status = nf_restricted_allows(world_of(c), object->entity, object,
                                      NF_ACCESS_READ, NULL, &visible, err);
    if (status == NF_OK && visible)
        *out = nf_object_take(nf_object_retain(object));
    nf_object_release(object);
    return status;
}

static nf_status read_variable(call *c, nf_visit *visit,
                               const bson_iter_t *element, nf_error *err)
{
    const char *name = bson_iter_key(element);
    nf_value value = nf_empty();
    nf_status status;
    nf_type type;

    if (!nf_visit_variable(visit, name, &type) || type.kind == NF_KIND_LIST)
        return NF_OK;
    if (type.kind == NF_KIND_OBJECT && BSON_ITER_HOLDS_INT64(element) &&
        bson_iter_int64(element) > 0)
        status =
            read_stored(c, &value, type.entity, bson_iter_int64(element), err);
    else
        status = nf_shared_value_read(c->base.shared, &value, name, &type,
                                      element, err);
    return status == NF_OK ? nf_visit_set(visit, name, value, err) : status;
}

static nf_status read_variables(call *c, nf_visit *visit, nf_error *err)
{
    bson_t objects, variables;
    bson_iter_t iter;
    nf_status status;

    if (!nf_document_part(&c->base.request, "objects", &objects) ||
        !nf_document_part(&c->base.request, "vars", &variables) ||
        !bson_iter_init(&iter, &variables))
        return malformed(err);
    status = nf_shared_objects_read(c->base.shared, &objects, err);
    if (status == NF_OK)
        status = nf_shared_objects_take(c->base.shared, err);
    while (status == NF_OK && bson_iter_next(&iter))
        status = read_variable(c, visit, &iter, err);
    return status;
}

static nf_status answer_found(call *c, const nf_value *value, nf_error *err)
{
    nf_list *found = value->kind == NF_KIND_LIST
                         ? nf_list_retain(value->as.list)
                         : nf_list_new(NULL);
    nf_status status = found ? NF_OK : nf_error_nomem(err);

    if (status == NF_OK && value->kind == NF_KIND_OBJECT &&
        !nf_list_append(found, value->as.object))
        status = nf_error_nomem(err);
    answer_done(c, true);
    if (status == NF_OK)
        status = answer_objects(c, found, err);
    if (found)
        nf_list_release(found);
    return status;
}

static nf_status retrieve(call *c, nf_error *err)
{
    nf_visit *visit = NULL;
    nf_status status =
        nf_visit_new(&visit, world_of(c), c->program, &c->activity, err);

    if (status == NF_OK && !visit)
        status = malformed(err);
    world_of(c)->for_device = true;
    if (status == NF_OK)
        status = read_variables(c, visit, err);
    if (status == NF_OK)
        status = nf_visit_run(visit, err);
    if (status == NF_OK)
        status = answer_found(
            c,
            nf_visit_get(visit, nf_element_string(nf_visit_action(visit),
                                                  "ResultVariableName", "")),
            err);
    nf_visit_free(visit);
    return status;
}

/* Whether this model has the retrieve that a device asks for. */
static nf_status find_activity(call *c, const nf_sync_request *request,
                               bool *found, nf_error *err)
{
    nf_error problem = {0};
    bson_t body;
    nf_status status;

    *found = false;
    if (!nf_document_open(&body, request->body, request->body_length) ||
        !nf_guid_parse(&c->activity, nf_document_text(&body, "activity", "")))
        return NF_OK;
    status = nf_programs_get(&c->program, nf_server_programs(c->base.server),
                             NF_FLOW_NANOFLOW,
                             nf_document_text(&body, "flow", ""), &problem);
    if (status == NF_NOMEM)
        return nf_error_nomem(err);
    *found =
        status == NF_OK && nf_program_has_action(c->program, &c->activity,
                                                 "Microflows$RetrieveAction");
    return NF_OK;
}

/* ---- requests --------------------------------------------------------------
 */

static const struct operation {
    const char *name, *what;
    nf_status (*run)(call *c, nf_error *err);
} operations[] = {
    {"create", "Creating an object", create},
    {"commit", "Committing objects", commit},
    {"rollback", "Rolling objects back", roll_back},
    {"delete", "Deleting objects", delete_objects},
    {"retrieve", "Retrieving objects", retrieve},
};
enum { OPERATIONS = sizeof operations / sizeof *operations };

static nf_status work(nf_server_call *base, nf_error *err)
{
    call *c = call_of(base);
    nf_buffer *to = &base->answer;
    size_t document;
    nf_status status = NF_FAILED;

    nf_buffer_clear(to);
    document = nf_put_begin(to);
    for (size_t i = 0; i < OPERATIONS; i++)
        if (base->what == operations[i].what)
            status = operations[i].run(c, err);
    nf_put_end(to, document);
    if (c->objects)
        nf_list_release(c->objects);
    c->objects = NULL;
    return status;
}

nf_status nf_handle_objects(nf_server *server, nf_server_session *session,
                            const nf_sync_request *request,
                            nf_sync_response *response, nf_error *err)
{
    static const char *const told[] = {"validation_failed", "access_denied",
                                       "deleted_object", "xpath_error",
                                       "value_out_of_range"};
    const char *name = request->path + strlen("/sync/v1/objects/");
    call c = {.base = {.server = server,
                       .session = session,
                       .work = work,
                       .told = told,
                       .told_count = sizeof told / sizeof *told}};
    bool found = true;
    nf_status status = NF_OK;

    for (size_t i = 0; i < OPERATIONS; i++)
        if (!strcmp(operations[i].name, name))
            c.base.what = operations[i].what;
    if (!c.base.what)
        return nf_refuse(response, 404, "not_found", "no such resource", err);
    if (!strcmp(name, "retrieve"))
        status = find_activity(&c, request, &found, err);
    if (status != NF_OK)
        return status;
    if (!found)
        return nf_refuse(response, 412, "SYNC_MODEL",
                         "the server's app has no such activity", err);
    return nf_server_call_once(&c.base, request, response, err);
}
