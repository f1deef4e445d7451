/* Arguments as text (`--arg`, design §5), by the type of the parameter. */
#include "library/session.h"

#include "base/json.h"
#include "library/json.h"

nf_status nf_session_read_id(nf_session *s, const char *text,
                             const nf_entity *entity, int64_t *id,
                             nf_error *err)
{
    const nf_entity *found = NULL;
    nf_status status = NF_OK;
    *id = 0;
    if (nf_guid_read(id, text))
        return NF_OK;
    status =
        nf_database_find_name(nf_session_database(s), text, id, &found, err);
    if (status != NF_OK)
        return status;
    if (!*id)
        return nf_error_set(err, NF_USAGE, "not_found",
                            "no object has the name \"%s\"", text);
    if (entity && found && !nf_entity_is(found, entity)) {
        *id = 0;
        return nf_error_set(err, NF_USAGE, "not_found",
                            "\"%s\" is an object of %s, not of %s", text,
                            found->qualified, entity->qualified);
    }
    return NF_OK;
}

static nf_status get_object(nf_object **out, nf_session *s,
                            const nf_entity *entity, const char *text,
                            nf_error *err)
{
    int64_t id;
    *out = NULL;
    nf_status status = nf_session_read_id(s, text, entity, &id, err);
    if (status == NF_OK)
        status = nf_objects_get(out, s->objects, entity, id, err);
    if (status == NF_OK && !*out)
        return nf_error_set(err, NF_USAGE, "not_found",
                            "the database has no object \"%s\" of %s", text,
                            entity->qualified);
    return status;
}

/* ---- XPath ------------------------------------------------------------- */

/* "//Module.Entity[…]": the entity, and where its constraint starts. */
static nf_status split_xpath(const nf_entity **entity, const char **constraint,
                             const nf_session *s, const char *text,
                             nf_error *err)
{
    char name[256];
    const char *start = text + 2;
    size_t length = strcspn(start, "[ \t\r\n");
    if (length >= sizeof name)
        length = sizeof name - 1;
    memcpy(name, start, length);
    name[length] = '\0';
    *entity = nf_model_find_entity(s->model, name);
    *constraint = start + length;
    if (*entity)
        return NF_OK;
    return nf_no_entity(s->model, name, NF_USAGE, "not_found", err);
}

static nf_status query(nf_list **out, nf_session *s, const nf_entity *expected,
                       const char *text, nf_error *err)
{
    const nf_entity *entity;
    const char *constraint;
    nf_xpath *xpath = NULL;
    *out = NULL;
    nf_status status = split_xpath(&entity, &constraint, s, text, err);
    if (status != NF_OK)
        return status;
    if (!nf_entity_is(entity, expected))
        return nf_error_set(err, NF_USAGE, "bad_argument",
                            "the parameter takes objects of %s, not of %s",
                            expected->qualified, entity->qualified);
    status = nf_xpath_compile(&xpath, s->model, entity, constraint,
                              NF_XPATH_EXTENDED, NULL, NULL, err);
    if (status == NF_FAILED && err)
        err->status = NF_USAGE;
    if (status != NF_OK)
        return status == NF_FAILED ? NF_USAGE : status;
    nf_retrieval retrieval = {.entity = entity,
                              .constraint = xpath,
                              .environment = &s->world.environment,
                              .limit = -1};
    *out = nf_list_new(expected);
    status = *out ? s->world.store->ops->retrieve(s->world.store, *out,
                                                  s->objects, &retrieval, err)
                  : nf_error_nomem(err);
    nf_xpath_free(xpath);
    if (status != NF_OK && *out) {
        nf_list_release(*out);
        *out = NULL;
    }
    return status;
}

static nf_status query_one(nf_object **out, nf_session *s,
                           const nf_entity *entity, const char *text,
                           nf_error *err)
{
    nf_list *list;
    *out = NULL;
    nf_status status = query(&list, s, entity, text, err);
    if (status != NF_OK)
        return status;
    size_t count = nf_list_count(list);
    if (count == 1)
        *out = nf_object_retain(list->items[0]);
    nf_list_release(list);
    if (count == 1)
        return NF_OK;
    return nf_error_set(err, NF_USAGE, "not_found",
                        "%s matches %zu objects; it must match one", text,
                        count);
}

/* ---- JSON objects ------------------------------------------------------ */

static nf_status set_reference(nf_object *object, const nf_member *member,
                               nf_session *s, json_object *json, nf_error *err)
{
    const nf_entity *target = member->type.entity;
    bool many = member->type.kind == NF_KIND_LIST;
    size_t count = json_object_is_type(json, json_type_array)
                       ? json_object_array_length(json)
                       : 1;
    nf_value value = nf_empty();
    nf_list *list = many ? nf_list_new(target) : NULL;
    nf_status status = many && !list ? nf_error_nomem(err) : NF_OK;
    if (!many && count != 1)
        return nf_error_set(err, NF_USAGE, "bad_argument",
                            "\"%s\" holds one object", member->name);
    for (size_t i = 0; status == NF_OK && json && i < count; i++) {
        json_object *item = json_object_is_type(json, json_type_array)
                                ? json_object_array_get_idx(json, i)
                                : json;
        nf_object *found = NULL;
        status = get_object(&found, s, target,
                            item ? json_object_get_string(item) : "", err);
        if (status == NF_OK && many && !nf_list_append(list, found))
            status = nf_error_nomem(err);
        if (status == NF_OK && !many)
            value = nf_object_take(nf_object_retain(found));
        nf_object_release(found);
    }
    if (many && list)
        value = nf_list_take(list);
    if (status == NF_OK)
        status = nf_object_set(object, member, &value, err);
    nf_value_release(&value);
    return status;
}

static nf_status set_member(nf_object *object, const char *name, nf_session *s,
                            json_object *json, nf_error *err)
{
    nf_value value = nf_empty();
    const nf_member *member = nf_entity_find_member(object->entity, name);
    if (!member)
        return nf_error_set(err, NF_USAGE, "bad_argument",
                            "entity %s has no member \"%s\"",
                            object->entity->qualified, name);
    if (member->association)
        return set_reference(object, member, s, json, err);
    nf_error local = {0};
    nf_status status = nf_json_read_attribute(&value, json, member->attribute,
                                              s->zone, &local);
    if (status == NF_INPUT)
        return nf_error_set(err, NF_USAGE, "bad_argument", "member \"%s\": %s",
                            name, local.message);
    if (status == NF_OK)
        status = nf_object_set(object, member, &value, err);
    nf_value_release(&value);
    return status;
}

static nf_status object_from_json(nf_object **out, nf_session *s,
                                  const nf_entity *expected, json_object *json,
                                  nf_error *err)
{
    json_object *named = NULL;
    const nf_entity *entity = expected;
    *out = NULL;
    if (json_object_object_get_ex(json, "$entity", &named))
        entity = nf_model_find_entity(s->model, json_object_get_string(named));
    if (!entity || !nf_entity_is(entity, expected))
        return nf_error_set(err, NF_USAGE, "bad_argument",
                            "\"$entity\" must be %s or a specialization",
                            expected->qualified);
    if (entity->kind != NF_ENTITY_NON_PERSISTABLE)
        return nf_error_set(err, NF_USAGE, "bad_argument",
                            "%s is persistable: give a guid, a name or an "
                            "XPath",
                            entity->qualified);
    nf_object *object = NULL;
    nf_status status = nf_objects_create(&object, s->objects, entity,
                                         s->clock.now(s->clock.user), err);
    if (status == NF_OK) {
        json_object_object_foreach(json, key, value)
        {
            if (status == NF_OK && *key != '$')
                status = set_member(object, key, s, value, err);
        }
    }
    if (status == NF_OK)
        *out = object;
    else
        nf_object_release(object);
    return status;
}

static nf_status parse_json(json_object **out, const char *text, nf_error *err)
{
    size_t length = strlen(text);
    nf_json_text_read read;
    nf_status status = nf_json_parse(&read, text, length, 64, 0, err);
    if (status != NF_OK)
        return status;
    bool whole = read.json && !read.problem && read.end == length;
    bool repeats = whole && nf_json_repeats(read.json, text, length);
    *out = whole && !repeats ? read.json : NULL;
    if (*out)
        return NF_OK;
    json_object_put(read.json);
    if (repeats)
        return nf_error_set(err, NF_USAGE, "bad_argument",
                            "a member is given twice");
    return nf_error_set(err, NF_USAGE, "bad_argument",
                        "the argument is no well-formed JSON");
}

/* ---- objects and lists ------------------------------------------------- */

static nf_status read_object(nf_value *out, nf_session *s,
                             const nf_entity *entity, const char *text,
                             nf_error *err)
{
    nf_object *object = NULL;
    json_object *json = NULL;
    nf_status status;
    if (*text == '{') {
        status = parse_json(&json, text, err);
        if (status == NF_OK)
            status = object_from_json(&object, s, entity, json, err);
        json_object_put(json);
    } else if (strncmp(text, "//", 2) == 0) {
        status = query_one(&object, s, entity, text, err);
    } else {
        status = get_object(&object, s, entity, text, err);
    }
    if (status == NF_OK)
        *out = nf_object_take(object);
    return status;
}

static nf_status append(nf_list *list, nf_object *object, nf_error *err)
{
    bool ok = nf_list_append(list, object);
    nf_object_release(object);
    return ok ? NF_OK : nf_error_nomem(err);
}

static nf_status fill_from_json(nf_list *list, nf_session *s,
                                const nf_entity *entity, json_object *array,
                                nf_error *err)
{
    nf_status status = NF_OK;
    if (!json_object_is_type(array, json_type_array))
        return nf_error_set(err, NF_USAGE, "bad_argument",
                            "a list is a JSON array");
    for (size_t i = 0; status == NF_OK && i < json_object_array_length(array);
         i++) {
        json_object *item = json_object_array_get_idx(array, i);
        nf_object *object = NULL;
        if (json_object_is_type(item, json_type_object))
            status = object_from_json(&object, s, entity, item, err);
        else
            status = get_object(&object, s, entity,
                                item ? json_object_get_string(item) : "", err);
        if (status == NF_OK)
            status = append(list, object, err);
    }
    return status;
}

static nf_status fill_from_ids(nf_list *list, nf_session *s,
                               const nf_entity *entity, const char *text,
                               nf_error *err)
{
    nf_status status = NF_OK;
    while (status == NF_OK && *text) {
        size_t length = strcspn(text, ",");
        char *word = nf_strndup(text, length);
        nf_object *object = NULL;
        status = word ? get_object(&object, s, entity, word, err)
                      : nf_error_nomem(err);
        nf_free(word);
        if (status == NF_OK)
            status = append(list, object, err);
        text += length + (text[length] == ',');
    }
    return status;
}

static nf_status read_list(nf_value *out, nf_session *s,
                           const nf_entity *entity, const char *text,
                           nf_error *err)
{
    json_object *json = NULL;
    nf_list *list = NULL;
    nf_status status;
    if (strncmp(text, "//", 2) == 0) {
        status = query(&list, s, entity, text, err);
    } else if (!(list = nf_list_new(entity))) {
        status = nf_error_nomem(err);
    } else if (*text == '[') {
        status = parse_json(&json, text, err);
        if (status == NF_OK)
            status = fill_from_json(list, s, entity, json, err);
        json_object_put(json);
    } else {
        status = fill_from_ids(list, s, entity, text, err);
    }
    if (status == NF_OK)
        *out = nf_list_take(list);
    else if (list)
        nf_list_release(list);
    return status;
}

nf_status nf_session_read_argument(nf_value *out, nf_session *s,
                                   const nf_parameter *parameter,
                                   const char *text, nf_error *err)
{
    nf_status status;
    nf_error local = {0};
    nf_type type = parameter->type;
    *out = nf_empty();
    if (!nf_utf8_valid(text, strlen(text)))
        return nf_error_set(err, NF_USAGE, "bad_argument",
                            "argument \"%s\" is no UTF-8", parameter->name);
    if (type.kind != NF_KIND_STRING && strcmp(text, "empty") == 0)
        return NF_OK;
    if ((type.kind == NF_KIND_OBJECT || type.kind == NF_KIND_LIST) &&
        !type.entity)
        return nf_error_set(err, NF_USAGE, "bad_argument",
                            "the parameter \"%s\" has an unknown entity",
                            parameter->name);
    if (type.kind == NF_KIND_OBJECT)
        status = read_object(out, s, type.entity, text, &local);
    else if (type.kind == NF_KIND_LIST)
        status = read_list(out, s, type.entity, text, &local);
    else
        status = nf_value_read(out, text, type, s->zone, &local);
    if (status == NF_OK)
        return NF_OK;
    if (status == NF_USAGE || status == NF_FAILED) {
        nf_error_set(err, NF_USAGE, "bad_argument", "argument \"%s\": %s",
                     parameter->name, local.message);
        nf_error_at_position(err, local.position);
        return NF_USAGE;
    }
    if (err && !nf_error_is_set(err))
        *err = local;
    return status;
}
