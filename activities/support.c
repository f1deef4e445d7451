/* Shared by the activities; see support.h. */
#include "activities/support.h"

#include "activities/device_access.h"

#include "base/json.h"
#include "interpreter/bindings.h"
#include "sync/codec.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- payloads ------------------------------------------------------------ */

struct json_object *nf_payload_new(void)
{
    return json_object_new_object();
}

void nf_payload_part(struct json_object *payload, const char *key,
                     struct json_object *part)
{
    if (payload)
        json_object_object_add(payload, key, part);
    else
        json_object_put(part);
}

void nf_payload_text(struct json_object *payload, const char *key,
                     const char *text)
{
    nf_payload_part(payload, key, json_object_new_string(text ? text : ""));
}

static struct json_object *json_string(const nf_string *text)
{
    size_t length = text->length;

    if (length > INT32_MAX - 1)
        length = nf_utf8_cut(text->text, INT32_MAX - 1);
    return json_object_new_string_len(text->text, (int)length);
}

void nf_payload_string(struct json_object *payload, const char *key,
                       const nf_string *text)
{
    nf_payload_part(payload, key, json_string(text));
}

void nf_payload_int(struct json_object *payload, const char *key, int64_t n)
{
    nf_payload_part(payload, key, json_object_new_int64(n));
}

void nf_payload_bool(struct json_object *payload, const char *key, bool b)
{
    nf_payload_part(payload, key, json_object_new_boolean(b));
}

static struct json_object *json_id(int64_t id)
{
    char text[32];

    snprintf(text, sizeof text, "%" PRIu64, (uint64_t)id);
    return json_object_new_string(text);
}

void nf_payload_id(struct json_object *payload, const char *key, int64_t id)
{
    nf_payload_part(payload, key, json_id(id));
}

static struct json_object *json_decimal(const nf_value *value)
{
    nf_decimal decimal = nf_value_decimal(value);
    size_t length = nf_decimal_format(&decimal, NULL, 0);
    char *text = nf_alloc(length + 1);
    struct json_object *json;

    if (!text)
        return NULL;
    nf_decimal_format(&decimal, text, length + 1);
    json = json_object_new_string(text);
    nf_free(text);
    return json;
}

static struct json_object *json_list(nf_list *list)
{
    struct json_object *array = json_object_new_array();
    size_t count = nf_list_count(list);

    for (size_t i = 0; array && i < count; i++)
        json_object_array_add(array, json_id(list->items[i]->id));
    return array;
}

static struct json_object *json_value(const nf_value *value)
{
    const int64_t exact = INT64_C(1) << 53;
    char text[32];

    switch ((nf_kind)value->kind) {
    case NF_KIND_BOOLEAN:
        return json_object_new_boolean(value->as.boolean);
    case NF_KIND_INTEGER:
        if (value->as.integer > -exact && value->as.integer < exact)
            return json_object_new_int64(value->as.integer);
        return json_id(value->as.integer);
    case NF_KIND_DECIMAL:
        return json_decimal(value);
    case NF_KIND_STRING:
    case NF_KIND_ENUMERATION:
        return json_string(value->as.string);
    case NF_KIND_DATETIME:
        nf_instant_format(value->as.integer, text);
        return json_object_new_string(text);
    case NF_KIND_OBJECT:
        return json_id(value->as.object->id);
    case NF_KIND_LIST:
        return json_list(value->as.list);
    default:
        return NULL; /* null */
    }
}

void nf_payload_value(struct json_object *payload, const char *key,
                      const nf_value *value)
{
    nf_payload_part(payload, key, json_value(value));
}

void nf_payload_drop(struct json_object *payload)
{
    json_object_put(payload);
}

/* ---- events -------------------------------------------------------------- */

static bool is_first_of_entity(nf_object *const *items, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (items[i]->entity == items[index]->entity)
            return false;
    return true;
}

nf_status nf_event_objects(nf_world *world, const char *name,
                           nf_object *const *items, size_t count, nf_error *err)
{
    const nf_entity *last = NULL;

    for (size_t i = 0; nf_world_listens(world) && i < count; i++) {
        struct json_object *payload, *ids;

        if (items[i]->entity == last || !is_first_of_entity(items, i))
            continue;
        last = items[i]->entity;
        payload = nf_payload_new();
        ids = json_object_new_array();
        for (size_t k = i; ids && k < count; k++)
            if (items[k]->entity == last)
                json_object_array_add(ids, json_id(items[k]->id));
        nf_payload_text(payload, "entity", last->qualified);
        nf_payload_part(payload, "ids", ids);
        if (nf_world_event(world, name, payload, NULL) == NF_NOMEM)
            return nf_error_nomem(err);
    }
    return NF_OK;
}

void nf_event_warning(nf_call *call, const char *text)
{
    struct json_object *payload = nf_payload_new();

    nf_payload_text(payload, "level", "Warning");
    nf_payload_text(payload, "node", "Interpreter");
    nf_payload_text(payload, "text", text);
    nf_payload_text(payload, "flow", nf_call_flow(call));
    nf_payload_text(payload, "activity", nf_call_caption(call));
    nf_world_event(nf_call_world(call), "log", payload, NULL);
}

/* ---- access -------------------------------------------------------------- */

/* The server's word on it; true where the flow is not restricted. */
static nf_status ask_server(nf_call *call, const nf_entity *entity,
                            const nf_object *object, nf_access_kind kind,
                            const nf_member *member, bool *out, nf_error *err)
{
    nf_world *world = nf_call_world(call);

    *out = true;
    if (!nf_call_applies_access(call))
        return NF_OK;
    return world->rules->allows(world, entity, object, kind, member, out, err);
}

nf_status nf_access_read(nf_call *call, const nf_object *object,
                         const nf_member *member, bool *out, nf_error *err)
{
    return ask_server(call, object->entity, object, NF_ACCESS_READ, member, out,
                      err);
}

nf_status nf_access_create(nf_call *call, const nf_entity *entity,
                           nf_error *err)
{
    bool allowed;
    nf_status status;

    if (nf_call_engine(call) == NF_ENGINE_CLIENT)
        return nf_device_may_create(nf_call_world(call), entity, err);
    status =
        ask_server(call, entity, NULL, NF_ACCESS_CREATE, NULL, &allowed, err);
    return status || allowed ? status : nf_error_may_not_create(err, entity);
}

nf_status nf_access_remove(nf_call *call, const nf_object *object,
                           nf_error *err)
{
    const nf_entity *entity = object->entity;
    bool allowed;
    nf_status status;

    if (nf_call_engine(call) == NF_ENGINE_CLIENT)
        return nf_device_may_remove(nf_call_world(call), entity, err);
    status =
        ask_server(call, entity, object, NF_ACCESS_DELETE, NULL, &allowed, err);
    return status || allowed ? status : nf_error_may_not_remove(err, entity);
}

/* D16, D18, D30: no flow sets these; the owner it may. */
static bool is_automatic(const nf_member *member)
{
    const nf_attribute *attribute = member->attribute;

    if (!attribute)
        return member->association->system &&
               strcmp(member->association->qualified, "System.owner") != 0;
    return attribute->system || attribute->calculated ||
           attribute->type == NF_ATTRIBUTE_AUTONUMBER;
}

nf_status nf_access_write(nf_call *call, const nf_object *object,
                          const nf_member *member, nf_error *err)
{
    bool allowed;
    nf_status status;

    if (nf_call_engine(call) == NF_ENGINE_CLIENT)
        return nf_device_may_write(nf_call_world(call), object, member, err);
    if (is_automatic(member))
        return nf_error_set(err, NF_FAILED, "access_denied",
                            "\"%s\" of \"%s\" is set by the server only",
                            member->name, object->entity->qualified);
    status = ask_server(call, object->entity, object, NF_ACCESS_WRITE, member,
                        &allowed, err);
    return status || allowed ? status
                             : nf_error_may_not_write(err, object, member);
}

nf_status nf_require_local(nf_call *call, const nf_entity *entity,
                           nf_error *err)
{
    return nf_call_engine(call) == NF_ENGINE_CLIENT
               ? nf_device_require_local(nf_call_world(call), entity, err)
               : NF_OK;
}

bool nf_needs_server(nf_call *call, const nf_entity *entity)
{
    return nf_call_engine(call) == NF_ENGINE_CLIENT
               ? nf_device_needs_server(nf_call_world(call), entity)
               : false;
}

/* ---- objects ------------------------------------------------------------- */

nf_status nf_error_deleted(nf_error *err, const nf_object *object)
{
    return nf_error_set(err, NF_FAILED, "deleted_object",
                        "The object of \"%s\" has been deleted",
                        object->entity->qualified);
}

static nf_status refuse_empty(nf_error *err, const nf_bound_variable *variable)
{
    return nf_error_set(err, NF_FAILED, "empty_object",
                        "The variable \"%s\" is empty", variable->name);
}

nf_status nf_nothing_to(nf_call *call, const char *what,
                        const nf_bound_variable *variable, nf_error *err)
{
    char text[80];

    if (nf_call_world(call)->strict_empty &&
        variable->type.kind != NF_KIND_LIST)
        return refuse_empty(err, variable);
    snprintf(text, sizeof text, "Nothing to %s: the variable is empty", what);
    nf_event_warning(call, text);
    return NF_OK;
}

nf_status nf_require_object(nf_call *call, const nf_bound_variable *variable,
                            nf_object **out, nf_error *err)
{
    const nf_value *value;
    nf_status status = nf_call_require(call, variable, &value, err);

    *out = NULL;
    if (status)
        return status;
    if (value->kind != NF_KIND_OBJECT)
        return refuse_empty(err, variable);
    if (value->as.object->state == NF_OBJECT_DELETED)
        return nf_error_deleted(err, value->as.object);
    *out = value->as.object;
    return NF_OK;
}

const nf_entity *nf_bind_entity(nf_binder *binder, const nf_element *element,
                                const char *property)
{
    const char *name = nf_element_string(element, property, "");
    const nf_entity *entity = nf_model_find_entity(nf_bind_model(binder), name);

    if (!entity && name[0])
        nf_bind_missing(binder, name, "There is no entity \"%s\"", name);
    else if (!entity)
        nf_bind_error(binder, "not_found", "", "No entity is chosen");
    return entity;
}

nf_bound_variable nf_bind_objects(nf_binder *binder, const char *name)
{
    nf_bound_variable bound = nf_bind_variable(binder, name, NF_KIND_UNKNOWN);

    if (bound.slot >= 0 && bound.type.kind != NF_KIND_OBJECT &&
        bound.type.kind != NF_KIND_LIST && bound.type.kind != NF_KIND_UNKNOWN)
        nf_bind_error(binder, "type_mismatch", "",
                      "The variable \"%s\" holds no object and no list", name);
    return bound;
}

/* `Module.Entity.Attribute`, or an association. */
static const nf_entity *entity_of_member(const nf_model *model,
                                         const char *name)
{
    const nf_association *association = nf_model_find_association(model, name);
    const char *dot = strrchr(name, '.');
    char entity[512];

    if (association)
        return association->parent;
    if (!dot || (size_t)(dot - name) >= sizeof entity)
        return NULL;
    memcpy(entity, name, (size_t)(dot - name));
    entity[dot - name] = '\0';
    return nf_model_find_entity(model, entity);
}

const nf_member *nf_bind_member(nf_binder *binder, const nf_entity *entity,
                                const char *name)
{
    const nf_member *member;

    if (!entity)
        entity = entity_of_member(nf_bind_model(binder), name);
    member = entity ? nf_entity_find_member(entity, name) : NULL;
    if (!member && entity)
        nf_bind_missing(binder, name, "The entity \"%s\" has no member \"%s\"",
                        entity->qualified, name);
    else if (!member)
        nf_bind_missing(binder, name, "There is no member \"%s\"", name);
    return member;
}

/* Each object once. */
nf_status nf_tell_committed(nf_call *call, nf_object *const *items,
                            size_t count, nf_error *err)
{
    nf_world *world = nf_call_world(call);
    nf_object **unique;
    nf_status status;
    size_t n = 0;

    if (!nf_world_listens(world))
        return NF_OK;
    unique = nf_alloc_array(count, sizeof *unique);
    if (!unique)
        return nf_error_nomem(err);
    for (size_t i = 0; i < count; i++)
        if (items[i]->state != NF_OBJECT_DELETED && !items[i]->chosen) {
            items[i]->chosen = true;
            unique[n++] = items[i];
        }
    for (size_t i = 0; i < n; i++)
        unique[i]->chosen = false;
    status = nf_event_objects(world, "objectsChanged", unique, n, err);
    nf_free(unique);
    return status;
}

nf_commit_mode nf_bind_commit_mode(const nf_element *action)
{
    const char *mode = nf_element_string(action, "Commit", "No");

    if (strcmp(mode, "No") == 0)
        return NF_COMMIT_NO;
    return strcmp(mode, "YesWithoutEvents") == 0 ? NF_COMMIT_WITHOUT_EVENTS
                                                 : NF_COMMIT_YES;
}

/* What flows on the server follow; NULL on a device. */
static const nf_object_rules *rules_of(const nf_call *call)
{
    return nf_call_engine(call) == NF_ENGINE_SERVER ? nf_call_world(call)->rules
                                                    : NULL;
}

/* D98: a microflow that applies entity access stores only what its user might
 * have changed, whoever changed it. The other end of an association follows its
 * owner. */
static nf_status may_commit(nf_call *call, const nf_object *object,
                            nf_error *err)
{
    const nf_entity *entity = object->entity;
    nf_status status = NF_OK;

    if (object->state == NF_OBJECT_NEW)
        return nf_access_create(call, entity, err);
    if (object->state != NF_OBJECT_CHANGED)
        return NF_OK;
    for (size_t i = 0; !status && i < entity->member_count; i++) {
        const nf_member *member = &entity->members[i];

        if (nf_object_member_changed(object, i) && !member->child_end &&
            !nf_member_is_managed(member))
            status = nf_access_write(call, object, member, err);
    }
    return status;
}

/* Whether the server will refuse what the device stores all the same (D13). */
static bool is_too_long(const nf_object *object, size_t i)
{
    const nf_attribute *attribute = object->entity->members[i].attribute;
    const nf_value *value = &object->members[i];

    return attribute && attribute->type == NF_ATTRIBUTE_STRING &&
           attribute->length > 0 && value->kind == NF_KIND_STRING &&
           (int64_t)value->as.string->length > attribute->length &&
           (int64_t)nf_string_utf16_length(value->as.string) >
               attribute->length;
}

static void warn_of_long_texts(nf_call *call, const nf_object *object)
{
    const nf_entity *entity = object->entity;

    for (size_t i = 0; i < entity->member_count; i++) {
        char text[512];

        if (!nf_object_member_changed(object, i) || !is_too_long(object, i))
            continue;
        snprintf(text, sizeof text,
                 "The text of \"%.200s\" of \"%.200s\" is longer than %lld "
                 "characters: the server will refuse it",
                 entity->members[i].name, entity->qualified,
                 (long long)entity->members[i].attribute->length);
        nf_event_warning(call, text);
    }
}

nf_status nf_commit_objects(nf_call *call, nf_object *const *items,
                            size_t count, nf_commit_mode mode, nf_error *err)
{
    nf_world *world = nf_call_world(call);
    const nf_object_rules *rules = rules_of(call);
    nf_status status = NF_OK;

    if (mode == NF_COMMIT_NO ||
        (count == 1 && !rules && items[0]->state == NF_OBJECT_DELETED))
        return NF_OK; /* the only one of a list */
    for (size_t i = 0; !status && nf_call_applies_access(call) && i < count;
         i++)
        status = may_commit(call, items[i], err);
    for (size_t i = 0; !status && !rules && i < count; i++)
        if (!nf_object_is_memory_only(items[i]) &&
            items[i]->state != NF_OBJECT_DELETED)
            warn_of_long_texts(call, items[i]);
    if (!status && rules)
        status = rules->commit(world, items, count, mode == NF_COMMIT_YES, err);
    else if (!status)
        status = nf_objects_commit(world->objects, items, count, err);
    return status ? status : nf_tell_committed(call, items, count, err);
}

nf_status nf_create_object(nf_call *call, nf_object **out,
                           const nf_entity *entity, nf_error *err)
{
    nf_world *world = nf_call_world(call);
    const nf_clock *clock = &world->environment.clock;
    const nf_object_rules *rules = rules_of(call);

    if (rules)
        return rules->create(world, out, entity, err);
    return nf_objects_create(out, world->objects, entity,
                             clock->now ? clock->now(clock->user) : 0, err);
}

nf_status nf_remove_objects(nf_call *call, nf_object *const *items,
                            size_t count, nf_error *err)
{
    nf_world *world = nf_call_world(call);
    const nf_object_rules *rules = rules_of(call);

    return rules ? rules->remove(world, items, count, err)
                 : nf_objects_delete(world->objects, items, count, err);
}

nf_status nf_object_touched(nf_call *call, nf_object *object, nf_error *err)
{
    const nf_object_rules *rules = rules_of(call);

    return rules && rules->touched
               ? rules->touched(nf_call_world(call), object, err)
               : NF_OK;
}

nf_status nf_rollback_object(nf_call *call, nf_object *object, nf_error *err)
{
    const nf_object_rules *rules = rules_of(call);

    return rules ? rules->rollback(nf_call_world(call), object, err)
                 : nf_object_rollback(object, err);
}
