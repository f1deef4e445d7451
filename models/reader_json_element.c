/* One unit of a JSON dump as elements: json-c parses, json_form.h says what
 * names and values mean (MF-C20, C21). */
#include "models/reader_json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "models/bson.h"
#include "models/json_form.h"
#include "base/crypto.h"
#include "base/json.h"

typedef struct decoder {
    nf_arena *arena;
    nf_buffer name; /* room for one */
    nf_error *err;
} decoder;

static nf_status decode_element(decoder *d, nf_property *out,
                                json_object *object, int depth);
static nf_status decode_value(decoder *d, nf_property *out,
                              const nf_meta_property *meta, json_object *value,
                              int depth);

static nf_status bad(const decoder *d, const char *what, const char *name)
{
    return nf_error_set(d->err, NF_INPUT, "bad_model",
                        "damaged model data: %s \"%s\"", what, name);
}

/* The text in `d->name` in the arena; for what the table knows no copy. */
static const char *kept_name(decoder *d, const char *known)
{
    const char *text = nf_buffer_string(&d->name);

    if (known && text && strcmp(known, text) == 0)
        return known;
    return text ? nf_arena_strdup(d->arena, text) : NULL;
}

/* ---- scalars ------------------------------------------------------------- */

static nf_status set_text(const decoder *d, nf_property *out, const char *text,
                          size_t length)
{
    const char *copy = nf_arena_strndup(d->arena, text, length);

    out->kind = NF_PROPERTY_STRING;
    out->as.string.text = copy;
    out->as.string.length = length;
    return copy ? NF_OK : nf_error_nomem(d->err);
}

/* Base64 with padding and nothing else; *fits tells. */
static nf_status set_binary(const decoder *d, nf_property *out,
                            const char *text, size_t length, bool *fits)
{
    uint8_t *bytes;
    int size;

    *fits = length % 4 == 0 && length <= INT_MAX / 4;
    if (!*fits)
        return NF_OK;
    bytes = nf_arena_alloc(d->arena, length / 4 * 3 + 1);
    if (!bytes)
        return nf_error_nomem(d->err);
    size = nf_crypto()->EVP_DecodeBlock(bytes, (const unsigned char *)text,
                                        (int)length);
    *fits = size == (int)(length / 4 * 3);
    if (!*fits)
        return NF_OK;
    for (size_t i = length; i > 0 && i > length - 2 && text[i - 1] == '='; i--)
        size--;
    out->kind = NF_PROPERTY_BINARY;
    out->as.binary.bytes = bytes;
    out->as.binary.length = (size_t)size;
    return NF_OK;
}

static bool set_datetime(nf_property *out, const char *text)
{
    char *end;
    long long value;

    errno = 0;
    value = strtoll(text, &end, 10);
    if (end == text || *end || errno)
        return false;
    out->kind = NF_PROPERTY_DATETIME;
    out->as.integer = value;
    return true;
}

static bool set_guid(nf_property *out, const char *text)
{
    out->kind = NF_PROPERTY_GUID;
    return nf_guid_parse(&out->as.guid, text);
}

/* A string as the kind that the table expects; else a string. */
static nf_status decode_string(const decoder *d, nf_property *out,
                               const nf_meta_property *meta, json_object *value)
{
    const char *text = json_object_get_string(value);
    size_t length = (size_t)json_object_get_string_len(value);
    bool fits = false;
    nf_status status = NF_OK;

    switch (nf_json_string_kind(meta)) {
    case NF_PROPERTY_GUID:
        fits = set_guid(out, text);
        break;
    case NF_PROPERTY_DATETIME:
        fits = set_datetime(out, text);
        break;
    case NF_PROPERTY_BINARY:
        status = set_binary(d, out, text, length, &fits);
        break;
    default:
        break;
    }
    return fits || status ? status : set_text(d, out, text, length);
}

static void decode_integer(nf_property *out, const nf_meta_property *meta,
                           json_object *value)
{
    out->kind = nf_json_integer_kind(meta);
    if (out->kind == NF_PROPERTY_DOUBLE)
        out->as.real = (double)json_object_get_int64(value);
    else
        out->as.integer = json_object_get_int64(value);
}

/* ---- objects that are no elements ---------------------------------------- */

static bool is_pair(json_object *object, const char *a, const char *b)
{
    json_object *x, *y;

    return json_object_object_length(object) == 2 &&
           json_object_object_get_ex(object, a, &x) &&
           json_object_object_get_ex(object, b, &y) &&
           json_object_is_type(x, json_type_int) &&
           json_object_is_type(y, json_type_int);
}

/* Points and sizes (MF-E8, MF-C20). */
static nf_status decode_pair(const decoder *d, nf_property *out,
                             json_object *object, const char *a, const char *b)
{
    char text[64];
    int length = snprintf(
        text, sizeof text, "%lld;%lld",
        (long long)json_object_get_int64(json_object_object_get(object, a)),
        (long long)json_object_get_int64(json_object_object_get(object, b)));

    return set_text(d, out, text, (size_t)length);
}

static nf_status decode_list(decoder *d, nf_property *out, int marker,
                             json_object *array, int depth)
{
    size_t count = json_object_array_length(array);
    nf_property *items = nf_arena_array(d->arena, count, sizeof *items);
    nf_status status = NF_OK;

    if (!items)
        return nf_error_nomem(d->err);
    for (size_t i = 0; i < count && !status; i++) {
        items[i].name = "";
        status = decode_value(d, &items[i], NULL,
                              json_object_array_get_idx(array, i), depth + 1);
    }
    out->kind = NF_PROPERTY_LIST;
    out->as.list.items = items;
    out->as.list.count = count;
    out->as.list.marker = marker;
    return status;
}

static nf_status exact_list(decoder *d, nf_property *out, json_object *object,
                            int depth)
{
    json_object *marker = json_object_object_get(object, "$list");
    json_object *items = json_object_object_get(object, "items");

    if (!json_object_is_type(marker, json_type_int) ||
        !json_object_is_type(items, json_type_array))
        return bad(d, "no list with a marker:", "$list");
    return decode_list(d, out, json_object_get_int(marker), items, depth);
}

static nf_status exact_number(const decoder *d, nf_property *out,
                              nf_property_kind kind, json_object *value,
                              const char *name)
{
    if (!json_object_is_type(value, json_type_int))
        return bad(d, "no whole number:", name);
    out->kind = kind;
    out->as.integer = json_object_get_int64(value);
    if (kind == NF_PROPERTY_INT32 &&
        out->as.integer != (int32_t)out->as.integer)
        return bad(d, "no number of 32 bits:", name);
    return NF_OK;
}

static nf_status exact_text(const decoder *d, nf_property *out,
                            const char *name, json_object *value)
{
    const char *text = json_object_get_string(value);
    size_t length;
    bool fits = true;
    char *end;

    if (!json_object_is_type(value, json_type_string))
        return bad(d, "no text:", name);
    length = (size_t)json_object_get_string_len(value);
    if (strcmp(name, "$string") == 0)
        return set_text(d, out, text, length);
    if (strcmp(name, "$binary") == 0) {
        nf_status status = set_binary(d, out, text, length, &fits);

        if (status)
            return status;
    } else if (strcmp(name, "$guid") == 0) {
        fits = set_guid(out, text);
    } else {
        out->kind = NF_PROPERTY_DOUBLE;
        out->as.real = strtod(text, &end);
        fits = end != text && !*end;
    }
    return fits ? NF_OK : bad(d, "a value that does not fit", name);
}

/* A value as BSON: what Mendix does not store. */
static nf_status exact_raw(const decoder *d, nf_property *out,
                           json_object *value)
{
    const char *name = out->name;
    const char *text = json_object_get_string(value);
    bool fits = false;
    nf_status status;

    if (!json_object_is_type(value, json_type_string))
        return bad(d, "no text:", "$raw");
    status = set_binary(d, out, text, (size_t)json_object_get_string_len(value),
                        &fits);
    if (status)
        return status;
    if (!fits)
        return bad(d, "a value that does not fit", "$raw");
    status = nf_bson_decode_value(out, d->arena, out->as.binary.bytes,
                                  out->as.binary.length, d->err);
    out->name = name;
    return status;
}

/* { "$int32": 1 } and the like: the value in so many words. */
static nf_status decode_exact(decoder *d, nf_property *out, json_object *object,
                              const char *name, json_object *value, int depth)
{
    static const char *const texts[] = {"$string", "$binary", "$guid",
                                        "$double"};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (strcmp(name, texts[i]) == 0)
            return exact_text(d, out, name, value);
    if (strcmp(name, "$raw") == 0)
        return exact_raw(d, out, value);
    if (strcmp(name, "$list") == 0)
        return exact_list(d, out, object, depth);
    if (strcmp(name, "$int32") == 0)
        return exact_number(d, out, NF_PROPERTY_INT32, value, name);
    if (strcmp(name, "$int64") == 0)
        return exact_number(d, out, NF_PROPERTY_INT64, value, name);
    if (strcmp(name, "$datetime") == 0)
        return exact_number(d, out, NF_PROPERTY_DATETIME, value, name);
    return bad(d, "an unknown kind of value", name);
}

static nf_status decode_object(decoder *d, nf_property *out,
                               json_object *object, int depth)
{
    json_object_iter iter;

    if (depth >= NF_JSON_DEPTH)
        return bad(d, "nested too deeply:", "{");
    if (json_object_object_get_ex(object, "$ID", NULL) ||
        json_object_object_get_ex(object, "$Type", NULL))
        return decode_element(d, out, object, depth);
    if (is_pair(object, "x", "y"))
        return decode_pair(d, out, object, "x", "y");
    if (is_pair(object, "width", "height"))
        return decode_pair(d, out, object, "width", "height");
    json_object_object_foreachC(object, iter)
    {
        if (iter.key[0] == '$' && iter.key[1] != '=' &&
            strcmp(iter.key, "$QualifiedName") != 0)
            return decode_exact(d, out, object, iter.key, iter.val, depth);
    }
    return decode_element(d, out, object, depth);
}

static nf_status decode_value(decoder *d, nf_property *out,
                              const nf_meta_property *meta, json_object *value,
                              int depth)
{
    switch (json_object_get_type(value)) {
    case json_type_null:
        out->kind = NF_PROPERTY_NULL;
        return NF_OK;
    case json_type_boolean:
        out->kind = NF_PROPERTY_BOOLEAN;
        out->as.boolean = json_object_get_boolean(value);
        return NF_OK;
    case json_type_double:
        out->kind = NF_PROPERTY_DOUBLE;
        out->as.real = json_object_get_double(value);
        return NF_OK;
    case json_type_int:
        decode_integer(out, meta, value);
        return NF_OK;
    case json_type_string:
        return decode_string(d, out, meta, value);
    case json_type_object:
        return decode_object(d, out, value, depth);
    case json_type_array:
        break;
    }
    if (depth >= NF_JSON_DEPTH)
        return bad(d, "nested too deeply:", "[");
    return decode_list(
        d, out,
        nf_json_marker(
            meta, json_object_array_length(value) > 0 &&
                      json_object_is_type(json_object_array_get_idx(value, 0),
                                          json_type_string)),
        value, depth);
}

/* ---- elements ------------------------------------------------------------ */

static nf_status read_head(decoder *d, nf_element *element,
                           const nf_meta_type **meta, json_object *object)
{
    json_object *id = json_object_object_get(object, "$ID");
    json_object *type = json_object_object_get(object, "$Type");

    *meta = NULL;
    element->type = "";
    if (id && (!json_object_is_type(id, json_type_string) ||
               !nf_guid_parse(&element->id, json_object_get_string(id))))
        return bad(d, "an id that is no GUID:", json_object_get_string(id));
    if (!type)
        return NF_OK;
    if (!json_object_is_type(type, json_type_string))
        return bad(d, "a type that is no text:", json_object_get_string(type));
    nf_buffer_clear(&d->name);
    *meta = nf_json_stored_type(&d->name, json_object_get_string(type));
    element->type = kept_name(d, *meta ? (*meta)->name : NULL);
    return element->type ? NF_OK : nf_error_nomem(d->err);
}

static bool is_stored(const char *key)
{
    return key[0] != '$' || key[1] == '=';
}

static nf_status read_property(decoder *d, nf_element *element,
                               nf_property *property, const nf_meta_type *type,
                               const char *key, json_object *value, int depth)
{
    const nf_meta_property *meta;

    nf_buffer_clear(&d->name);
    meta = nf_json_stored_property(&d->name, type, key);
    property->name = kept_name(d, meta ? meta->name : NULL);
    if (!property->name)
        return nf_error_nomem(d->err);
    element->count++;
    return decode_value(d, property, meta, value, depth + 1);
}

static nf_status decode_element(decoder *d, nf_property *out,
                                json_object *object, int depth)
{
    nf_element *element = nf_arena_alloc(d->arena, sizeof *element);
    size_t count = (size_t)json_object_object_length(object);
    nf_property *properties =
        nf_arena_array(d->arena, count, sizeof *properties);
    const nf_meta_type *type;
    const char *twice;
    json_object_iter iter;
    nf_status status;

    if (!element || !properties)
        return nf_error_nomem(d->err);
    out->kind = NF_PROPERTY_ELEMENT;
    out->as.element = element;
    element->properties = properties;
    status = read_head(d, element, &type, object);
    if (status)
        return status;
    json_object_object_foreachC(object, iter)
    {
        if (!is_stored(iter.key))
            continue;
        status = read_property(d, element, &properties[element->count], type,
                               iter.key, iter.val, depth);
        if (status)
            return status;
    }
    twice = nf_properties_sort(properties, element->count);
    return twice ? bad(d, "given twice:", twice) : NF_OK;
}

enum { JSON_FLAGS = JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8 };

static nf_status parse(json_object **out, const char *text, size_t length,
                       nf_error *err)
{
    nf_json_text_read read;
    nf_status status;

    *out = NULL;
    if (!nf_utf8_valid(text, length)) /* json-c takes overlong forms */
        return nf_error_set(err, NF_INPUT, "bad_model",
                            "not well-formed JSON: a text is not UTF-8");
    status =
        nf_json_parse(&read, text, length, NF_JSON_DEPTH + 2, JSON_FLAGS, err);
    *out = read.json;
    if (status || (read.json && !read.problem))
        return status;
    status =
        nf_error_set(err, NF_INPUT, "bad_model", "not well-formed JSON: %s",
                     read.problem ? read.problem : "null");
    nf_error_at_offset(err, NULL, (long long)read.end);
    return status;
}

nf_status nf_json_decode(const nf_element **out, nf_arena *arena,
                         const char *text, size_t length, nf_error *err)
{
    decoder d = {.arena = arena, .err = err};
    json_object *object;
    nf_property root = {0};
    nf_status status = parse(&object, text, length, err);

    nf_buffer_init(&d.name, NF_BUFFER_MAX);
    if (!status)
        status = json_object_is_type(object, json_type_object)
                     ? decode_element(&d, &root, object, 0)
                     : bad(&d, "a unit is no object:", "units");
    json_object_put(object);
    nf_buffer_dispose(&d.name);
    *out = status ? NULL : root.as.element;
    return status;
}

const char *nf_json_plain(nf_arena *arena, const char *text, size_t length)
{
    nf_json_text_read read;
    const char *plain = NULL;

    if (length < 2 || text[length - 1] != '"')
        return NULL;
    if (!memchr(text, '\\', length))
        return nf_utf8_valid(text, length)
                   ? nf_arena_strndup(arena, text + 1, length - 2)
                   : NULL;
    if (nf_json_parse(&read, text, length, 1, JSON_FLAGS, NULL) != NF_OK)
        return NULL;
    if (json_object_is_type(read.json, json_type_string))
        plain = nf_arena_strdup(arena, json_object_get_string(read.json));
    json_object_put(read.json);
    return plain;
}
