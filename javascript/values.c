/* Values between session and script (activities 12.2, 12.3). On the way they
 * are null (undefined), or [letter, content]: see shim/values.js. */
#include "javascript/internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- ids and known objects ----------------------------------------------- */

json_object *nf_js_id(int64_t id)
{
    char text[32];

    snprintf(text, sizeof text, "%" PRIu64, (uint64_t)id);
    return json_object_new_string(text);
}

bool nf_js_read_id(json_object *json, int64_t *out)
{
    const char *text = json_object_is_type(json, json_type_string)
                           ? json_object_get_string(json)
                           : "";
    char *end;
    unsigned long long value;

    errno = 0;
    value = strtoull(text, &end, 10);
    *out = (int64_t)value;
    return *text >= '0' && *text <= '9' && !*end && !errno;
}

bool nf_js_hold(nf_javascript *js, nf_object *object)
{
    nf_object *known = nf_idmap_get(js->handles, object->id);

    if (known == object)
        return true;
    if (!nf_idmap_set(js->handles, object->id, object))
        return false;
    nf_object_retain(object);
    nf_object_release(known); /* it had left, and came back as another */
    return true;
}

void nf_js_release_all(nf_javascript *js)
{
    size_t cursor = 0;
    int64_t id;
    void *object;

    while (js->handles && nf_idmap_next(js->handles, &cursor, &id, &object))
        nf_object_release(object);
    nf_idmap_free(js->handles);
    js->handles = NULL;
}

nf_status nf_js_object(nf_javascript *js, json_object *id, nf_object **out,
                       nf_error *err)
{
    int64_t number = 0;

    *out =
        nf_js_read_id(id, &number) ? nf_idmap_get(js->handles, number) : NULL;
    if (*out && !(*out)->removed)
        return NF_OK;
    *out = NULL;
    return nf_error_set(err, NF_FAILED, "not_found",
                        "the object is not there any more");
}

/* ---- to the script ------------------------------------------------------- */

static json_object *tagged(const char *letter, json_object *content)
{
    json_object *array = content ? json_object_new_array() : NULL;

    if (!array) {
        json_object_put(content);
        return NULL;
    }
    json_object_array_add(array, json_object_new_string(letter));
    json_object_array_add(array, content);
    return array;
}

static json_object *number_text(const nf_value *value)
{
    nf_decimal decimal = nf_value_decimal(value);
    size_t length = nf_decimal_format(&decimal, NULL, 0);
    char *text = nf_alloc(length + 1);
    json_object *json = NULL;

    if (text && nf_decimal_format(&decimal, text, length + 1) == length)
        json = json_object_new_string_len(text, (int)length);
    nf_free(text);
    return json;
}

static json_object *object_to(nf_javascript *js, nf_object *object)
{
    json_object *json = tagged("o", nf_js_id(object->id));

    if (!json || !nf_js_hold(js, object)) {
        json_object_put(json);
        return NULL;
    }
    json_object_array_add(json,
                          json_object_new_string(object->entity->qualified));
    return json;
}

static json_object *list_to(nf_javascript *js, nf_list *list)
{
    size_t count = nf_list_count(list);
    json_object *array = json_object_new_array();

    for (size_t i = 0; array && i < count; i++) {
        json_object *item = object_to(js, list->items[i]);

        if (!item || json_object_array_add(array, item) != 0) {
            json_object_put(array);
            return NULL;
        }
    }
    return tagged("l", array);
}

static json_object *text_to(const nf_string *text)
{
    return text->length <= INT32_MAX
               ? tagged("s", json_object_new_string_len(text->text,
                                                        (int)text->length))
               : NULL;
}

static json_object *made(nf_javascript *js, const nf_value *value)
{
    switch (value->kind) {
    case NF_KIND_BOOLEAN:
        return tagged("b", json_object_new_boolean(value->as.boolean));
    case NF_KIND_INTEGER:
    case NF_KIND_DECIMAL:
        return tagged("n", number_text(value));
    case NF_KIND_STRING:
    case NF_KIND_ENUMERATION:
        return text_to(value->as.string);
    case NF_KIND_DATETIME:
        return tagged("d", json_object_new_int64(value->as.integer));
    case NF_KIND_OBJECT:
        return object_to(js, value->as.object);
    case NF_KIND_LIST:
        return list_to(js, value->as.list);
    default:
        return NULL;
    }
}

bool nf_js_value_to(nf_javascript *js, const nf_value *value, json_object **out)
{
    bool none = value->kind == NF_KIND_EMPTY || value->kind == NF_KIND_BINARY ||
                (value->kind == NF_KIND_OBJECT && value->as.object->removed);

    *out = none ? NULL : made(js, value);
    return none || *out;
}

/* ---- from the script ----------------------------------------------------- */

typedef struct reading {
    nf_javascript *js;
    const nf_type *type;
    const char *bad, *what;
    nf_error *err;
} reading;

static char letter_of(json_object *value)
{
    json_object *letter = nf_js_item(value, 0);

    return json_object_is_type(letter, json_type_string)
               ? json_object_get_string(letter)[0]
               : '\0';
}

static nf_status misfit(const reading *r, json_object *value)
{
    static const struct {
        char letter;
        const char *name;
    } kinds[] = {{'s', "a text"},    {'b', "a boolean"}, {'n', "a number"},
                 {'d', "a date"},    {'o', "an object"}, {'l', "an array"},
                 {'f', "a function"}};
    char letter = letter_of(value);
    const char *found = "something else";

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].letter == letter)
            found = kinds[i].name;
    if (letter == 'x')
        found = nf_js_item_text(value, 1);
    if (letter == 's' || letter == 'n' || letter == 'b')
        return nf_error_set(r->err, NF_FAILED, r->bad,
                            "%s gave %s, \"%.100s\", where %s is expected",
                            r->what, found,
                            json_object_get_string(nf_js_item(value, 1)),
                            nf_kind_name(r->type->kind));
    return nf_error_set(r->err, NF_FAILED, r->bad,
                        "%s gave %s where %s is expected", r->what, found,
                        nf_kind_name(r->type->kind));
}

static nf_status take_text(const reading *r, json_object *content,
                           nf_value *out)
{
    const char *text = json_object_get_string(content);

    return nf_value_text(out, text,
                         json_object_is_type(content, json_type_string)
                             ? (size_t)json_object_get_string_len(content)
                             : strlen(text))
               ? NF_OK
               : nf_error_nomem(r->err);
}

static nf_status to_text(const reading *r, json_object *value, nf_value *out)
{
    json_object *content = nf_js_item(value, 1);

    if (!strchr("snb", letter_of(value)) || !content)
        return misfit(r, value);
    return take_text(r, content, out);
}

static nf_status to_number(const reading *r, json_object *value, nf_value *out)
{
    const char *text = nf_js_item_text(value, 1);
    nf_decimal decimal;
    int64_t whole;
    bool fits = true;

    if (!strchr("sn", letter_of(value)) ||
        !nf_decimal_parse(&decimal, text, strlen(text), true))
        return misfit(r, value);
    if (r->type->kind == NF_KIND_DECIMAL) {
        *out = nf_decimal_take(decimal);
        return NF_OK;
    }
    fits = nf_decimal_to_int(&whole, &decimal);
    nf_decimal_release(&decimal);
    if (!fits)
        return misfit(r, value);
    *out = nf_integer(whole);
    return NF_OK;
}

static nf_status to_date(const reading *r, json_object *value, nf_value *out)
{
    const nf_type whole = {.kind = NF_KIND_INTEGER};
    const reading as_number = {r->js, &whole, r->bad, r->what, r->err};
    json_object *content = nf_js_item(value, 1);
    nf_status status;

    if (letter_of(value) == 'd' && content) {
        *out = nf_datetime(json_object_get_int64(content));
        return NF_OK;
    }
    if (letter_of(value) != 'n')
        return misfit(r, value);
    status = to_number(&as_number, value, out);
    if (!status)
        *out = nf_datetime(out->as.integer);
    return status;
}

/* A key, or one behind the name of its enumeration. */
static nf_status to_enumeration(const reading *r, json_object *value,
                                nf_value *out)
{
    const nf_enumeration *enumeration = r->type->enumeration;
    const char *text = nf_js_item_text(value, 1), *dot = strrchr(text, '.');
    bool named = true;
    nf_string *key;

    if (dot && enumeration)
        named =
            strlen(enumeration->qualified) == (size_t)(dot - text) &&
            strncmp(enumeration->qualified, text, (size_t)(dot - text)) == 0;
    if (dot)
        text = dot + 1;
    if (letter_of(value) != 's' || !named ||
        (enumeration && !nf_enumeration_find(enumeration, text)))
        return misfit(r, value);
    key = nf_string_new(text, strlen(text));
    if (!key)
        return nf_error_nomem(r->err);
    *out = nf_enumeration_take(key);
    return NF_OK;
}

static nf_status to_object(const reading *r, json_object *value, nf_value *out)
{
    nf_object *object;
    nf_status status;

    if (letter_of(value) != 'o')
        return misfit(r, value);
    status = nf_js_object(r->js, nf_js_item(value, 1), &object, r->err);
    if (status)
        return status;
    if (r->type->entity && !nf_entity_is(object->entity, r->type->entity))
        return nf_error_set(r->err, NF_FAILED, r->bad,
                            "%s gave an object of \"%s\" where one of \"%s\" "
                            "is expected",
                            r->what, object->entity->qualified,
                            r->type->entity->qualified);
    *out = nf_object_take(nf_object_retain(object));
    return NF_OK;
}

void nf_js_warn(nf_javascript *js, const char *text)
{
    json_object *payload = json_object_new_object();

    json_object_object_add(payload, "level", json_object_new_string("Warning"));
    json_object_object_add(payload, "node",
                           json_object_new_string("Interpreter"));
    json_object_object_add(payload, "text", json_object_new_string(text));
    nf_world_event(js->world, "log", payload, NULL);
}

static void warn_of_gap(const reading *r)
{
    char text[512];

    snprintf(text, sizeof text,
             "%s gave a list with an empty item, which is "
             "left out",
             r->what);
    nf_js_warn(r->js, text);
}

static nf_status to_list(const reading *r, json_object *value, nf_value *out)
{
    json_object *items = nf_js_item(value, 1);
    nf_list *list;
    nf_status status = NF_OK;

    if (letter_of(value) != 'l' || !json_object_is_type(items, json_type_array))
        return misfit(r, value);
    list = nf_list_new(r->type->entity);
    if (!list)
        return nf_error_nomem(r->err);
    for (size_t i = 0; !status && i < json_object_array_length(items); i++) {
        json_object *item = nf_js_item(items, i);
        nf_value object = nf_empty();

        if (!item) {
            warn_of_gap(r);
            continue;
        }
        status = to_object(r, item, &object);
        if (!status && !nf_list_append(list, object.as.object))
            status = nf_error_nomem(r->err);
        nf_value_release(&object);
    }
    if (status)
        nf_list_release(list);
    else
        *out = nf_list_take(list);
    return status;
}

static nf_status to_boolean(const reading *r, json_object *value, nf_value *out)
{
    if (letter_of(value) != 'b')
        return misfit(r, value);
    *out = nf_boolean(json_object_get_boolean(nf_js_item(value, 1)));
    return NF_OK;
}

/* A parameter of which nothing is known: what the value says itself. */
static nf_type own_type(json_object *value)
{
    switch (letter_of(value)) {
    case 'b':
        return (nf_type){.kind = NF_KIND_BOOLEAN};
    case 'n':
        return (nf_type){.kind = NF_KIND_DECIMAL};
    case 'd':
        return (nf_type){.kind = NF_KIND_DATETIME};
    case 'o':
        return (nf_type){.kind = NF_KIND_OBJECT};
    case 'l':
        return (nf_type){.kind = NF_KIND_LIST};
    default:
        return (nf_type){.kind = NF_KIND_STRING};
    }
}

nf_status nf_js_value_from(nf_javascript *js, json_object *value,
                           const nf_type *type, const char *bad,
                           const char *what, nf_value *out, nf_error *err)
{
    const nf_type own = own_type(value);
    const reading r = {js, type->kind == NF_KIND_UNKNOWN ? &own : type, bad,
                       what, err};

    *out = nf_empty();
    if (!value)
        return NF_OK;
    switch (r.type->kind) {
    case NF_KIND_BOOLEAN:
        return to_boolean(&r, value, out);
    case NF_KIND_INTEGER:
    case NF_KIND_DECIMAL:
        return to_number(&r, value, out);
    case NF_KIND_STRING:
        return to_text(&r, value, out);
    case NF_KIND_DATETIME:
        return to_date(&r, value, out);
    case NF_KIND_ENUMERATION:
        return to_enumeration(&r, value, out);
    case NF_KIND_OBJECT:
        return to_object(&r, value, out);
    case NF_KIND_LIST:
        return to_list(&r, value, out);
    default:
        return NF_OK; /* nothing is expected */
    }
}

/* ---- members ------------------------------------------------------------- */

/* An object by itself or by its id. */
static nf_status reference(nf_javascript *js, json_object *value,
                           const nf_member *member, nf_value *out,
                           nf_error *err)
{
    const nf_type *type = &member->type;
    const nf_type one = {.kind = NF_KIND_OBJECT, .entity = type->entity};
    nf_object *object = NULL;
    int64_t id;
    nf_status status;

    if (letter_of(value) != 's')
        return nf_js_value_from(js, value, &one, "type_mismatch", member->name,
                                out, err);
    if (!nf_js_read_id(nf_js_item(value, 1), &id) || !type->entity)
        return nf_error_set(err, NF_FAILED, "type_mismatch",
                            "\"%s\" is set to an object or its id, not to "
                            "\"%.100s\"",
                            member->name, nf_js_item_text(value, 1));
    status = nf_objects_get(&object, js->world->objects, type->entity, id, err);
    if (status)
        return status;
    if (object) /* one that is gone reads as empty, as it does in a flow */
        *out = nf_object_take(object);
    return NF_OK;
}

static nf_status references(nf_javascript *js, json_object *value,
                            const nf_member *member, nf_value *out,
                            nf_error *err)
{
    bool many = letter_of(value) == 'l';
    json_object *items = many ? nf_js_item(value, 1) : NULL;
    size_t count = many ? json_object_array_length(items) : 1;
    nf_list *list = nf_list_new(member->type.entity);
    nf_status status = list ? NF_OK : nf_error_nomem(err);

    for (size_t i = 0; !status && i < count; i++) {
        json_object *item = many ? nf_js_item(items, i) : value;
        nf_value object = nf_empty();

        if (!item)
            continue;
        status = reference(js, item, member, &object, err);
        if (!status && object.kind == NF_KIND_OBJECT &&
            !nf_list_append(list, object.as.object))
            status = nf_error_nomem(err);
        nf_value_release(&object);
    }
    if (status)
        nf_list_release(list);
    else
        *out = nf_list_take(list);
    return status;
}

nf_status nf_js_member_from(nf_javascript *js, json_object *value,
                            const nf_member *member, nf_value *out,
                            nf_error *err)
{
    *out = nf_empty();
    if (!value)
        return NF_OK;
    if (member->type.kind == NF_KIND_OBJECT) {
        /* An array of one is what the client's own code passes. */
        json_object *items =
            letter_of(value) == 'l' ? nf_js_item(value, 1) : NULL;

        if (items && json_object_array_length(items) == 0)
            return NF_OK;
        return reference(js, items ? nf_js_item(items, 0) : value, member, out,
                         err);
    }
    if (member->type.kind == NF_KIND_LIST)
        return references(js, value, member, out, err);
    return nf_js_value_from(js, value, &member->type, "type_mismatch",
                            member->name, out, err);
}
