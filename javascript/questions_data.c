/* Questions about objects at rest: mx.data (activities 12.4). */
#include "javascript/internal.h"

#include "activities/device_access.h"
#include "activities/support.h"

static nf_status tell(nf_javascript *js, nf_object *object, json_object **out,
                      nf_error *err)
{
    const nf_value value = nf_object_take(object);

    return nf_js_value_to(js, &value, out) ? NF_OK : nf_error_nomem(err);
}

static const char *text_of(json_object *question)
{
    return json_object_is_type(question, json_type_string)
               ? json_object_get_string(question)
               : "";
}

static nf_status find_entity(nf_javascript *js, const char *name,
                             const nf_entity **out, nf_error *err)
{
    *out = nf_model_find_entity(js->world->model, name);
    return *out ? NF_OK
                : nf_error_set(err, NF_FAILED, "not_found",
                               "there is no entity \"%.200s\"", name);
}

/* What only the server has or makes is not in a script's reach: its questions
 * are answered at once. */
static nf_status require_here(const nf_world *world, const nf_entity *entity,
                              nf_error *err)
{
    bool stored = entity->kind == NF_ENTITY_PERSISTABLE;
    nf_status status = nf_device_require_local(world, entity, err);

    if (status)
        return status;
    if (stored ? world->profile &&
                     nf_profile_config(world->profile, entity).mode ==
                         NF_SYNC_ONLINE
               : nf_device_needs_server(world, entity))
        return nf_error_set(err, NF_FAILED, "network_error",
                            "Objects of \"%s\" are the server's, which "
                            "JavaScript can't reach",
                            entity->qualified);
    return NF_OK;
}

/* entity (activities O8, O9) */
static nf_status ask_create(nf_javascript *js, json_object *question,
                            json_object **out, nf_error *err)
{
    nf_world *world = js->world;
    const nf_clock *clock = &world->environment.clock;
    const nf_entity *entity = NULL;
    nf_object *object = NULL;
    nf_status status = find_entity(js, text_of(question), &entity, err);

    if (!status)
        status = nf_device_may_create(world, entity, err);
    if (!status)
        status = require_here(world, entity, err);
    if (!status)
        status = nf_objects_create(&object, world->objects, entity,
                                   clock->now(clock->user), err);
    if (!status)
        status = nf_event_objects(world, "objectsChanged", &object, 1, err);
    if (!status)
        status = tell(js, object, out, err);
    nf_object_release(object);
    return status;
}

/* Where an object at rest may be when only its id is known. */
static nf_status search(nf_javascript *js, int64_t id, nf_object **out,
                        nf_error *err)
{
    const nf_model *model = js->world->model;
    nf_status status = NF_OK;

    *out = nf_objects_find(js->world->objects, id);
    if (*out) {
        nf_object_retain(*out);
        return NF_OK;
    }
    for (size_t i = 0;
         id > 0 && !status && !*out && i < nf_model_entity_count(model); i++) {
        const nf_entity *entity = nf_model_entity(model, i);

        if (entity->kind == NF_ENTITY_PERSISTABLE && !entity->generalization)
            status = nf_objects_get(out, js->world->objects, entity, id, err);
    }
    return status;
}

/* [id, …]: those that are there. */
static nf_status ask_fetch(nf_javascript *js, json_object *question,
                           json_object **out, nf_error *err)
{
    json_object *item;
    nf_status status = NF_OK;

    *out = json_object_new_array();
    for (size_t i = 0; !status && (item = nf_js_item(question, i)); i++) {
        nf_object *object = NULL;
        json_object *json = NULL;
        int64_t id;

        if (!nf_js_read_id(item, &id))
            continue;
        status = search(js, id, &object, err);
        if (!status && object && object->state != NF_OBJECT_DELETED &&
            !object->removed)
            status = tell(js, object, &json, err);
        if (json)
            json_object_array_add(*out, json);
        nf_object_release(object);
    }
    return status;
}

/* ---- retrieving ---------------------------------------------------------- */

enum { SORTS_MAX = 8 };

typedef struct search_for {
    nf_retrieval retrieval;
    nf_xpath *constraint;
    nf_sort sorts[SORTS_MAX];
    const nf_member *members[SORTS_MAX];
} search_for;

/* "//Module.Entity[…]" */
static nf_status read_xpath(nf_javascript *js, search_for *s, const char *text,
                            nf_error *err)
{
    const nf_xpath_compiler *compiler = js->options.xpath;
    size_t length;
    char name[512];
    nf_status status;

    text += strspn(text, " \t\r\n");
    length = strncmp(text, "//", 2) == 0 ? strcspn(text + 2, "[ \t\r\n/") : 0;
    if (!length || length >= sizeof name)
        return nf_error_set(err, NF_FAILED, "xpath_error",
                            "an XPath begins with //Module.Entity, not with "
                            "\"%.40s\"",
                            text);
    memcpy(name, text + 2, length);
    name[length] = '\0';
    status = find_entity(js, name, &s->retrieval.entity, err);
    if (!status)
        status = require_here(js->world, s->retrieval.entity, err);
    if (status)
        return status;
    return compiler->compile(&s->constraint, js->world->model,
                             s->retrieval.entity, text + 2 + length,
                             NF_XPATH_EXTENDED, NULL, NULL, err);
}

/* [[attribute, "asc" or "desc"], …] */
static nf_status read_sorts(search_for *s, json_object *sorts, nf_error *err)
{
    json_object *item;

    for (size_t i = 0; (item = nf_js_item(sorts, i)) && i < SORTS_MAX; i++) {
        s->members[i] = nf_entity_find_member(s->retrieval.entity,
                                              nf_js_item_text(item, 0));
        if (!s->members[i] || !s->members[i]->attribute)
            return nf_error_set(err, NF_FAILED, "xpath_error",
                                "\"%s\" can't be sorted by \"%.200s\"",
                                s->retrieval.entity->qualified,
                                nf_js_item_text(item, 0));
        s->sorts[i] = (nf_sort){
            .path = &s->members[i],
            .length = 1,
            .descending = strcmp(nf_js_item_text(item, 1), "desc") == 0};
        s->retrieval.sort_count = i + 1;
    }
    s->retrieval.sorts = s->sorts;
    return NF_OK;
}

static int64_t number_of(json_object *question, const char *key,
                         int64_t otherwise)
{
    json_object *value = nf_js_part(question, key);

    return value ? json_object_get_int64(value) : otherwise;
}

static nf_status run_search(nf_javascript *js, const search_for *s,
                            json_object **out, nf_error *err)
{
    nf_store *store = js->world->store;
    nf_list *list = nf_list_new(s->retrieval.entity);
    nf_status status =
        list ? store->ops->retrieve(store, list, js->world->objects,
                                    &s->retrieval, err)
             : nf_error_nomem(err);

    if (!status) {
        size_t count = nf_list_count(list);

        *out = json_object_new_array();
        for (size_t i = 0; !status && i < count; i++) {
            json_object *json = NULL;

            status = tell(js, list->items[i], &json, err);
            if (!status)
                json_object_array_add(*out, json);
        }
    }
    if (list)
        nf_list_release(list);
    return status;
}

/* {xpath, offset, amount, sort} */
static nf_status ask_find(nf_javascript *js, json_object *question,
                          json_object **out, nf_error *err)
{
    search_for s = {.retrieval = {.environment = &js->world->environment,
                                  .offset = number_of(question, "offset", 0),
                                  .limit = number_of(question, "amount", -1)}};
    nf_status status = read_xpath(js, &s, nf_js_text(question, "xpath"), err);

    if (!status)
        status = read_sorts(&s, nf_js_part(question, "sort"), err);
    s.retrieval.constraint = s.constraint;
    if (s.retrieval.offset < 0)
        s.retrieval.offset = 0;
    if (!status)
        status = run_search(js, &s, out, err);
    if (s.constraint)
        js->options.xpath->free(s.constraint);
    return status;
}

/* ---- changing ------------------------------------------------------------ */

typedef struct objects {
    nf_object **items;
    size_t count;
} objects;

static nf_status take_objects(nf_javascript *js, json_object *question,
                              objects *out, nf_error *err)
{
    size_t count = json_object_is_type(question, json_type_array)
                       ? json_object_array_length(question)
                       : 0;
    nf_status status = NF_OK;

    *out = (objects){nf_alloc_array(count + 1, sizeof *out->items), 0};
    if (!out->items)
        return nf_error_nomem(err);
    while (!status && out->count < count) {
        nf_object *object;

        status =
            nf_js_object(js, nf_js_item(question, out->count), &object, err);
        if (!status)
            out->items[out->count++] = nf_object_retain(object);
    }
    return status;
}

static void drop_objects(objects *o)
{
    for (size_t i = 0; i < o->count; i++)
        nf_object_release(o->items[i]);
    nf_free(o->items);
}

static nf_status ask_commit(nf_javascript *js, json_object *question,
                            json_object **out, nf_error *err)
{
    objects o;
    nf_status status = take_objects(js, question, &o, err);

    (void)out;
    if (!status && o.count)
        status = nf_objects_commit(js->world->objects, o.items, o.count, err);
    if (!status)
        status = nf_event_objects(js->world, "objectsChanged", o.items, o.count,
                                  err);
    drop_objects(&o);
    return status;
}

static nf_status ask_remove(nf_javascript *js, json_object *question,
                            json_object **out, nf_error *err)
{
    objects o;
    nf_status status = take_objects(js, question, &o, err);

    (void)out;
    for (size_t i = 0; !status && i < o.count; i++)
        status = nf_device_may_remove(js->world, o.items[i]->entity, err);
    if (!status && o.count)
        status = nf_objects_delete(js->world->objects, o.items, o.count, err);
    if (!status)
        status = nf_event_objects(js->world, "objectsDeleted", o.items, o.count,
                                  err);
    drop_objects(&o);
    return status;
}

static nf_status ask_rollback(nf_javascript *js, json_object *question,
                              json_object **out, nf_error *err)
{
    objects o;
    nf_status status = take_objects(js, question, &o, err);

    (void)out;
    for (size_t i = 0; !status && i < o.count; i++)
        status = nf_object_rollback(o.items[i], err);
    if (!status)
        status = nf_event_objects(js->world, "objectsChanged", o.items, o.count,
                                  err);
    drop_objects(&o);
    return status;
}

/* ---- files ----------------------------------------------------------------
 */

static nf_status set_member(nf_object *object, const char *name, nf_value value,
                            nf_error *err)
{
    const nf_member *member = nf_entity_find_member(object->entity, name);
    nf_status status = member ? nf_object_set(object, member, &value, err)
                              : nf_error_set(err, NF_FAILED, "not_found",
                                             "\"%s\" has no attribute \"%s\"",
                                             object->entity->qualified, name);

    nf_value_release(&value);
    return status;
}

static nf_status describe_file(nf_object *object, const char *name,
                               int64_t size, nf_error *err)
{
    nf_value text;
    nf_status status = nf_value_text(&text, name, strlen(name))
                           ? set_member(object, "Name", text, err)
                           : nf_error_nomem(err);

    if (!status)
        status = set_member(object, "HasContents", nf_boolean(true), err);
    if (!status)
        status = set_member(object, "Size", nf_integer(size), err);
    return status;
}

/* [id, name, Base64]: mx.data.saveDocument commits the object, with the change
 * of what describes its file (domain D150). */
static nf_status ask_save(nf_javascript *js, json_object *question,
                          json_object **out, nf_error *err)
{
    json_object *bytes = nf_js_item(question, 2);
    nf_object *object = NULL;
    int64_t size = 0;
    nf_status status = nf_js_object(js, nf_js_item(question, 0), &object, err);

    (void)out;
    if (!status && (!object->entity->is_file ||
                    object->entity->kind != NF_ENTITY_PERSISTABLE))
        status = nf_error_set(err, NF_FAILED, "type_mismatch",
                              "\"%s\" is no file document",
                              object->entity->qualified);
    if (status)
        return status;
    nf_object_retain(object);
    status = nf_objects_commit(js->world->objects, &object, 1, err);
    if (!status)
        status = js->options.save(
            js->options.user_data, object->id, nf_js_item_text(question, 2),
            (size_t)json_object_get_string_len(bytes), &size, err);
    if (!status)
        status = describe_file(object, nf_js_item_text(question, 1), size, err);
    if (!status)
        status = nf_objects_commit(js->world->objects, &object, 1, err);
    if (!status)
        status = nf_event_objects(js->world, "objectsChanged", &object, 1, err);
    nf_object_release(object);
    return status;
}

/* id: the contents of the object's file as Base64; null. */
static nf_status ask_contents(nf_javascript *js, json_object *question,
                              json_object **out, nf_error *err)
{
    int64_t id;
    char *base64 = NULL;
    nf_status status =
        nf_js_read_id(question, &id)
            ? js->options.contents(js->options.user_data, id, &base64, err)
            : NF_OK;

    if (base64) {
        *out = json_object_new_string(base64);
        status = *out ? NF_OK : nf_error_nomem(err);
    }
    nf_free(base64);
    return status;
}

const nf_js_question nf_js_data_questions[] = {{"create", ask_create},
                                               {"fetch", ask_fetch},
                                               {"find", ask_find},
                                               {"commit", ask_commit},
                                               {"remove", ask_remove},
                                               {"rollback", ask_rollback},
                                               {"save", ask_save},
                                               {"contents", ask_contents},
                                               {NULL, NULL}};
