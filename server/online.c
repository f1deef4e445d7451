/* Objects that nanoflows have on the server only: of entities with mode Online,
 * and non-persistable ones that only the server can make (synchronize S73, W58;
 * domain D82). Handlers, validation and access apply as for a microflow of the
 * user. A retrieve names its activity: what is asked comes from this side's
 * model. */
#include "interpreter/visit.h"
#include "server/online.h"
#include "sync/document.h"

static nf_online_call *call_of(nf_server_call *base)
{
    return (nf_online_call *)base;
}

static nf_status forget_made(nf_online_call *c, nf_error *err)
{
    nf_status status = NF_OK;

    for (size_t i = 0; status == NF_OK && i < c->objects->count; i++)
        status = nf_database_write(
            c->base.server->database, err,
            "DELETE FROM _mx_made WHERE id = ? AND device = ?", "ii",
            c->objects->items[i]->id, c->base.session->device);
    return status;
}

static nf_status answer_objects(nf_online_call *c, nf_list *objects,
                                nf_error *err)
{
    return nf_push_write(&c->base.answer, "records", c->base.server,
                         c->base.session, &c->base.id, objects, err);
}

/* ---- commit, rollback, delete ----------------------------------------------
 */

static void answer_done(nf_online_call *c, bool done)
{
    nf_put_bool(&c->base.answer, "done", done);
}

static nf_status commit(nf_online_call *c, nf_error *err)
{
    bool go_on = false;
    nf_status status = nf_online_read_objects(c, true, err);

    if (status == NF_OK)
        status = nf_events_commit(nf_online_world(c), c->objects->items,
                                  c->objects->count, true, &go_on, err);
    if (status == NF_OK && go_on)
        status = forget_made(c, err);
    if (status != NF_OK)
        return status;
    answer_done(c, go_on);
    return go_on ? answer_objects(c, c->objects, err) : NF_OK;
}

static nf_status roll_back(nf_online_call *c, nf_error *err)
{
    bool done = true;
    nf_status status = nf_online_read_objects(c, true, err);

    for (size_t i = 0; status == NF_OK && i < c->objects->count; i++) {
        nf_object *object = c->objects->items[i];

        status = nf_server_rules.rollback(nf_online_world(c), object, err);
        done = done && object->state != NF_OBJECT_CHANGED &&
               object->state != NF_OBJECT_NEW;
    }
    if (status == NF_OK && done)
        status = forget_made(c, err);
    if (status == NF_OK)
        answer_done(c, done);
    return status;
}

static nf_status delete_objects(nf_online_call *c, nf_error *err)
{
    bool go_on = false;
    nf_status status = nf_online_read_objects(c, false, err);

    for (size_t i = 0; status == NF_OK && i < c->objects->count; i++) {
        nf_object *object = c->objects->items[i];

        if (object->state != NF_OBJECT_NEW)
            status = nf_online_require(c, object->entity, object,
                                       NF_ACCESS_DELETE, NULL, "delete", err);
    }
    if (status == NF_OK)
        status = nf_events_remove(nf_online_world(c), c->objects->items,
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
static nf_status read_stored(nf_online_call *c, nf_value *out,
                             const nf_entity *entity, int64_t id, nf_error *err)
{
    nf_object *object = NULL;
    bool visible = false;
    nf_status status =
        nf_objects_get(&object, nf_online_world(c)->objects, entity, id, err);

    if (status == NF_OK && object)
        status =
            nf_restricted_allows(nf_online_world(c), object->entity, object,
                                 NF_ACCESS_READ, NULL, &visible, err);
    if (status == NF_OK && visible)
        *out = nf_object_take(nf_object_retain(object));
    nf_object_release(object);
    return status;
}

static nf_status read_variable(nf_online_call *c, nf_visit *visit,
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

static nf_status read_variables(nf_online_call *c, nf_visit *visit,
                                nf_error *err)
{
    bson_t objects, variables;
    bson_iter_t iter;
    nf_status status;

    if (!nf_document_part(&c->base.request, "objects", &objects) ||
        !nf_document_part(&c->base.request, "vars", &variables) ||
        !bson_iter_init(&iter, &variables))
        return nf_online_malformed(err);
    status = nf_shared_objects_read(c->base.shared, &objects, err);
    if (status == NF_OK)
        status = nf_shared_objects_take(c->base.shared, err);
    while (status == NF_OK && bson_iter_next(&iter))
        status = read_variable(c, visit, &iter, err);
    return status;
}

static nf_status answer_found(nf_online_call *c, const nf_value *value,
                              nf_error *err)
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

static nf_status retrieve(nf_online_call *c, nf_error *err)
{
    nf_visit *visit = NULL;
    nf_status status =
        nf_visit_new(&visit, nf_online_world(c), c->program, &c->activity, err);

    if (status == NF_OK && !visit)
        status = nf_online_malformed(err);
    nf_online_world(c)->for_device = true;
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
static nf_status find_activity(nf_online_call *c,
                               const nf_sync_request *request, bool *found,
                               nf_error *err)
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
    nf_status (*run)(nf_online_call *c, nf_error *err);
} operations[] = {
    {"create", "Creating an object", nf_online_create},
    {"commit", "Committing objects", commit},
    {"rollback", "Rolling objects back", roll_back},
    {"delete", "Deleting objects", delete_objects},
    {"retrieve", "Retrieving objects", retrieve},
};
enum { OPERATIONS = sizeof operations / sizeof *operations };

static nf_status work(nf_server_call *base, nf_error *err)
{
    nf_online_call *c = call_of(base);
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
    nf_online_call c = {.base = {.server = server,
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
