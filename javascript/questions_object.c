/* Questions about objects that a script holds: MxObject (activities 12.4). */
#include "javascript/internal.h"

#include "activities/device_access.h"
#include "interpreter/operators.h"

typedef struct place {
    nf_object *object;
    const nf_member *member;
} place;

/* [id, member, …] */
static nf_status find(nf_javascript *js, json_object *question, place *out,
                      nf_error *err)
{
    const char *name = nf_js_item_text(question, 1);
    nf_status status =
        nf_js_object(js, nf_js_item(question, 0), &out->object, err);

    if (status)
        return status;
    out->member = nf_entity_find_member(out->object->entity, name);
    if (out->member)
        return NF_OK;
    return nf_error_set(err, NF_FAILED, "not_found",
                        "\"%s\" has no attribute or association \"%.200s\"",
                        out->object->entity->qualified, name);
}

static nf_status answer_value(nf_javascript *js, const nf_value *value,
                              json_object **out, nf_error *err)
{
    return nf_js_value_to(js, value, out) ? NF_OK : nf_error_nomem(err);
}

/* References are ids to a script: ["s", id] and ["l", [id, …]]. */
static json_object *ids_to(const nf_value *stored)
{
    json_object *value, *array;
    const int64_t *ids;
    size_t count;

    if (stored->kind == NF_KIND_EMPTY)
        return NULL;
    value = json_object_new_array();
    if (stored->kind == NF_KIND_ID) {
        json_object_array_add(value, json_object_new_string("s"));
        json_object_array_add(value, nf_js_id(stored->as.integer));
        return value;
    }
    ids = nf_ids_of(stored, &count);
    array = json_object_new_array();
    for (size_t i = 0; i < count; i++)
        json_object_array_add(array, nf_js_id(ids[i]));
    json_object_array_add(value, json_object_new_string("l"));
    json_object_array_add(value, array);
    return value;
}

static json_object *no_ids(void)
{
    json_object *value = json_object_new_array();

    json_object_array_add(value, json_object_new_string("l"));
    json_object_array_add(value, json_object_new_array());
    return value;
}

/* A value as it is stored. */
static nf_status tell(nf_javascript *js, const nf_member *member,
                      const nf_value *stored, json_object **out, nf_error *err)
{
    const nf_attribute *attribute = member->attribute;
    nf_value value = nf_value_load(stored);

    if (member->association) {
        *out =
            stored->kind == NF_KIND_EMPTY && member->type.kind == NF_KIND_LIST
                ? no_ids()
                : ids_to(stored);
        return NF_OK;
    }
    if (value.kind == NF_KIND_DATETIME && !attribute->localize &&
        !attribute->system) /* expressions S26 */
        value.as.integer =
            nf_timezone_to_utc(js->world->environment.zone, value.as.integer);
    return answer_value(js, &value, out, err);
}

static nf_status usable(const nf_object *object, nf_error *err)
{
    return object->state == NF_OBJECT_DELETED
               ? nf_error_set(err, NF_FAILED, "deleted_object",
                              "The object of \"%s\" has been deleted",
                              object->entity->qualified)
               : NF_OK;
}

static nf_status ask_get(nf_javascript *js, json_object *question,
                         json_object **out, nf_error *err)
{
    place p;
    nf_status status = find(js, question, &p, err);

    if (!status)
        status = usable(p.object, err);
    return status ? status
                  : tell(js, p.member, &p.object->members[p.member->index], out,
                         err);
}

static nf_status ask_original(nf_javascript *js, json_object *question,
                              json_object **out, nf_error *err)
{
    place p;
    nf_status status = find(js, question, &p, err);
    const nf_value *values;

    if (status)
        return status;
    values = p.object->base ? p.object->base : p.object->members;
    return tell(js, p.member, &values[p.member->index], out, err);
}

static nf_status tell_changed(nf_javascript *js, const place *p, nf_error *err)
{
    json_object *payload, *members;

    if (!nf_world_listens(js->world))
        return NF_OK;
    payload = json_object_new_object();
    members = json_object_new_array();
    json_object_array_add(members, json_object_new_string(p->member->name));
    json_object_object_add(payload, "object", nf_js_id(p->object->id));
    json_object_object_add(
        payload, "entity",
        json_object_new_string(p->object->entity->qualified));
    json_object_object_add(payload, "members", members);
    return nf_world_event(js->world, "membersChanged", payload, NULL) ==
                   NF_NOMEM
               ? nf_error_nomem(err)
               : NF_OK;
}

/* [id, member, value] */
static nf_status ask_set(nf_javascript *js, json_object *question,
                         json_object **out, nf_error *err)
{
    nf_value value = nf_empty();
    place p;
    nf_status status = find(js, question, &p, err);

    (void)out;
    if (!status)
        status = nf_device_may_write(js->world, p.object, p.member, err);
    if (!status)
        status = nf_js_member_from(js, nf_js_item(question, 2), p.member,
                                   &value, err);
    if (!status && value.kind == NF_KIND_DATETIME)
        value.as.integer = nf_operator_store_date(
            &js->world->environment, p.member->attribute, value.as.integer);
    if (!status)
        status = nf_object_set(p.object, p.member, &value, err);
    nf_value_release(&value);
    return status ? status : tell_changed(js, &p, err);
}

static nf_status ask_readonly(nf_javascript *js, json_object *question,
                              json_object **out, nf_error *err)
{
    nf_error refused = {0};
    place p;
    nf_status status = find(js, question, &p, err);

    if (!status)
        *out = json_object_new_boolean(nf_device_may_write(js->world, p.object,
                                                           p.member,
                                                           &refused) != NF_OK);
    return status;
}

/* id: whether it has uncommitted changes. */
static nf_status ask_changed(nf_javascript *js, json_object *question,
                             json_object **out, nf_error *err)
{
    nf_object *object;
    nf_status status = nf_js_object(js, question, &object, err);

    if (!status)
        *out = json_object_new_boolean(object->state == NF_OBJECT_NEW ||
                                       object->state == NF_OBJECT_CHANGED);
    return status;
}

/* [id, association, reverse]: [value, …], as seen from either end. */
static nf_status ask_associated(nf_javascript *js, json_object *question,
                                json_object **out, nf_error *err)
{
    const char *name = nf_js_item_text(question, 1);
    const nf_association *association =
        nf_model_find_association(js->world->model, name);
    json_object *item = NULL;
    nf_object *object;
    nf_value value = nf_empty();
    nf_status status = nf_js_object(js, nf_js_item(question, 0), &object, err);

    if (!status && !association)
        status = nf_error_set(err, NF_FAILED, "not_found",
                              "there is no association \"%.200s\"", name);
    if (!status)
        status = nf_object_associated(
            &value, object, association,
            json_object_get_boolean(nf_js_item(question, 2)), err);
    if (!status)
        status = answer_value(js, &value, &item, err);
    nf_value_release(&value);
    if (status)
        return status;
    *out = json_object_new_array();
    json_object_array_add(*out, item);
    return NF_OK;
}

/* [id, …]: no script holds them any more. */
static nf_status ask_release(nf_javascript *js, json_object *question,
                             json_object **out, nf_error *err)
{
    json_object *item;

    (void)out;
    (void)err;
    for (size_t i = 0; (item = nf_js_item(question, i)); i++) {
        int64_t id;
        nf_object *object =
            nf_js_read_id(item, &id) ? nf_idmap_get(js->handles, id) : NULL;

        if (!object)
            continue;
        nf_idmap_remove(js->handles, id);
        nf_object_release(object);
    }
    return NF_OK;
}

const nf_js_question nf_js_object_questions[] = {
    {"get", ask_get},           {"set", ask_set},
    {"original", ask_original}, {"readonly", ask_readonly},
    {"changed", ask_changed},   {"associated", ask_associated},
    {"release", ask_release},   {NULL, NULL}};
