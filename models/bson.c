/* BSON documents as elements: libbson walks, we check depth, UTF-8 and sizes
 * (MF-E1, E5 … E7, E10, E11). Names and strings are not copied: they stay in
 * the bytes of the unit. */
#include "models/bson.h"

#include <bson/bson.h>
#include <string.h>
#include <strings.h>

/* That are collected at once: more than any unit has (40 bytes each). */
enum { MAX_VALUES = 1 << 20 };

typedef struct decoder {
    nf_arena *arena;
    const uint8_t *start; /* of the unit, for offsets in messages */
    size_t unknown;
    nf_property *stack;
    size_t used, capacity;
    nf_error *err;
} decoder;

static nf_status damaged(nf_error *err, long long offset, const char *what)
{
    nf_status status = nf_error_set(err, NF_INPUT, "bad_model",
                                    "damaged model data: %s", what);

    nf_error_at_offset(err, NULL, offset);
    return status;
}

static bool open_document(bson_t *document, const uint8_t *bytes, size_t length)
{
    return length <= INT32_MAX && bson_init_static(document, bytes, length);
}

static nf_status decode_document(decoder *d, nf_element **out, bool *whole,
                                 bson_iter_t *iter, int depth);

static long long offset_of(const decoder *d, const bson_iter_t *iter)
{
    return (iter->raw - d->start) + (long long)iter->off;
}

/* Values are collected on a stack, since their number is not stored, and
 * copied when their document ends. */
static nf_status push(decoder *d, const nf_property *property)
{
    nf_property *stack =
        d->used < MAX_VALUES
            ? nf_grow(d->stack, d->used, &d->capacity, sizeof *stack)
            : NULL;

    if (d->used >= MAX_VALUES)
        return nf_error_set(d->err, NF_INPUT, "bad_model",
                            "damaged model data: more than %d values in a row",
                            MAX_VALUES);
    if (!stack)
        return nf_error_nomem(d->err);
    d->stack = stack;
    stack[d->used++] = *property;
    return NF_OK;
}

/* What was pushed since `base`, in the arena. */
static nf_status pop(decoder *d, nf_property **out, size_t *count, size_t base)
{
    *count = d->used - base;
    *out = nf_arena_array(d->arena, *count, sizeof **out);
    if (!*out)
        return nf_error_nomem(d->err);
    if (*count)
        memcpy(*out, d->stack + base, *count * sizeof **out);
    d->used = base;
    return NF_OK;
}

static nf_status decode_value(decoder *d, nf_property *out, bson_iter_t *iter,
                              int depth);

/* MF-E6: the first item, if it is a whole number; 0 says "no marker" here and
 * is an item. */
static bool is_marker(const bson_iter_t *iter)
{
    if (BSON_ITER_HOLDS_INT32(iter))
        return bson_iter_int32(iter) != 0;
    return BSON_ITER_HOLDS_INT64(iter) && bson_iter_int64(iter) > 0 &&
           bson_iter_int64(iter) <= 3;
}

/* Keeps a value as it is: from behind its key to the next one. */
static void decode_raw(decoder *d, nf_property *out, const bson_iter_t *iter)
{
    const char *key = bson_iter_key(iter);
    const uint8_t *start = (const uint8_t *)key + strlen(key) + 1;

    d->unknown++;
    out->kind = NF_PROPERTY_RAW;
    out->as.raw.type = bson_iter_type(iter);
    out->as.raw.bytes = start;
    out->as.raw.length = (size_t)(iter->raw + iter->next_off - start);
}

static nf_status decode_list(decoder *d, nf_property *out, bson_iter_t *iter,
                             int depth)
{
    bson_iter_t child;
    size_t base = d->used;
    nf_property *items = NULL;
    nf_status status = NF_OK;

    out->kind = NF_PROPERTY_LIST;
    if (depth >= NF_ELEMENT_DEPTH)
        return damaged(d->err, offset_of(d, iter), "nested too deeply");
    if (!bson_iter_recurse(iter, &child))
        return damaged(d->err, offset_of(d, iter), "a broken list");
    for (bool first = true; !status && bson_iter_next(&child); first = false) {
        nf_property item = {.name = ""};

        if (first && is_marker(&child)) {
            out->as.list.marker = (int)bson_iter_as_int64(&child);
            continue;
        }
        status = decode_value(d, &item, &child, depth + 1);
        if (!status)
            status = push(d, &item);
    }
    if (!status && child.err_off)
        status = damaged(d->err, offset_of(d, iter), "a broken list");
    if (!status)
        status = pop(d, &items, &out->as.list.count, base);
    out->as.list.items = items;
    return status;
}

static nf_status decode_part(decoder *d, nf_property *out, bson_iter_t *iter,
                             int depth)
{
    bson_iter_t child;
    nf_element *element;
    bool whole = false;
    nf_status status;

    out->kind = NF_PROPERTY_ELEMENT;
    if (depth >= NF_ELEMENT_DEPTH)
        return damaged(d->err, offset_of(d, iter), "nested too deeply");
    if (!bson_iter_recurse(iter, &child))
        return damaged(d->err, offset_of(d, iter), "a broken part");
    status = decode_document(d, &element, &whole, &child, depth + 1);
    if (status)
        return status;
    out->as.element = element;
    if (!whole)
        decode_raw(d, out, iter);
    return NF_OK;
}

static nf_status decode_text(decoder *d, nf_property *out, bson_iter_t *iter)
{
    uint32_t length;
    const char *text = bson_iter_utf8(iter, &length);

    if (!nf_utf8_valid(text, length))
        return damaged(d->err, offset_of(d, iter), "a text is not UTF-8");
    out->kind = NF_PROPERTY_STRING;
    out->as.string.text = text;
    out->as.string.length = length;
    return NF_OK;
}

static void decode_binary(decoder *d, nf_property *out, bson_iter_t *iter)
{
    const uint8_t *bytes;
    uint32_t length;
    bson_subtype_t subtype;

    bson_iter_binary(iter, &subtype, &length, &bytes);
    if (subtype != BSON_SUBTYPE_BINARY) {
        decode_raw(d, out, iter);
        return;
    }
    if (length == sizeof out->as.guid.bytes) {
        out->kind = NF_PROPERTY_GUID;
        memcpy(out->as.guid.bytes, bytes, length);
        return;
    }
    out->kind = NF_PROPERTY_BINARY;
    out->as.binary.bytes = bytes;
    out->as.binary.length = length;
}

static nf_status decode_value(decoder *d, nf_property *out, bson_iter_t *iter,
                              int depth)
{
    switch (bson_iter_type(iter)) {
    case BSON_TYPE_UTF8:
        return decode_text(d, out, iter);
    case BSON_TYPE_BOOL:
        out->kind = NF_PROPERTY_BOOLEAN;
        out->as.boolean = bson_iter_bool(iter);
        break;
    case BSON_TYPE_INT32:
        out->kind = NF_PROPERTY_INT32;
        out->as.integer = bson_iter_int32(iter);
        break;
    case BSON_TYPE_INT64:
        out->kind = NF_PROPERTY_INT64;
        out->as.integer = bson_iter_int64(iter);
        break;
    case BSON_TYPE_DOUBLE:
        out->kind = NF_PROPERTY_DOUBLE;
        out->as.real = bson_iter_double(iter);
        break;
    case BSON_TYPE_DATE_TIME:
        out->kind = NF_PROPERTY_DATETIME;
        out->as.integer = bson_iter_date_time(iter);
        break;
    case BSON_TYPE_BINARY:
        decode_binary(d, out, iter);
        break;
    case BSON_TYPE_DOCUMENT:
        return decode_part(d, out, iter, depth);
    case BSON_TYPE_ARRAY:
        return decode_list(d, out, iter, depth);
    default:
        decode_raw(d, out, iter);
        break;
    case BSON_TYPE_NULL:
        out->kind = NF_PROPERTY_NULL;
        break;
    }
    return NF_OK;
}

/* One key: `$ID` and `$Type` go into the element, the rest is a property. */
static nf_status decode_key(decoder *d, bson_iter_t *iter, int depth)
{
    const char *key = bson_iter_key(iter);
    nf_property property = {.name = key};
    nf_status status;

    if (!nf_utf8_valid(key, strlen(key)))
        return damaged(d->err, offset_of(d, iter), "a key is not UTF-8");
    status = decode_value(d, &property, iter, depth);
    return status ? status : push(d, &property);
}

/* Takes `$ID` and `$Type`, which sort first, out of the properties; whether
 * both are there, as an element has them (MF-E5). */
static bool take_head(nf_element *element, nf_property *properties)
{
    size_t head = 0;
    bool id, type;

    id = element->count > 0 && strcmp(properties[0].name, "$ID") == 0 &&
         properties[0].kind == NF_PROPERTY_GUID;
    if (id)
        element->id = properties[head++].as.guid;
    type = head < element->count &&
           strcmp(properties[head].name, "$Type") == 0 &&
           properties[head].kind == NF_PROPERTY_STRING;
    if (type)
        element->type = properties[head++].as.string.text;
    element->properties = properties + head;
    element->count -= head;
    return id && type && *element->type;
}

static nf_status decode_document(decoder *d, nf_element **out, bool *whole,
                                 bson_iter_t *iter, int depth)
{
    nf_element *element = nf_arena_alloc(d->arena, sizeof *element);
    nf_property *properties = NULL;
    size_t base = d->used;
    nf_status status = NF_OK;

    *out = NULL;
    if (!element)
        return nf_error_nomem(d->err);
    element->type = "";
    while (!status && bson_iter_next(iter))
        status = decode_key(d, iter, depth);
    if (!status && iter->err_off)
        status = damaged(d->err, offset_of(d, iter), "broken BSON");
    if (!status)
        status = pop(d, &properties, &element->count, base);
    if (status)
        return status;
    if (nf_properties_sort(properties, element->count))
        return damaged(d->err, offset_of(d, iter), "a key is given twice");
    *whole = take_head(element, properties);
    *out = element;
    return NF_OK;
}

nf_status nf_bson_decode(const nf_element **out, nf_arena *arena,
                         const uint8_t *bytes, size_t length, size_t *unknown,
                         nf_error *err)
{
    decoder d = {.arena = arena, .start = bytes, .err = err};
    bson_t document;
    bson_iter_t iter;
    nf_element *element = NULL;
    bool whole = false;
    nf_status status;

    *out = NULL;
    if (!open_document(&document, bytes, length) ||
        !bson_iter_init(&iter, &document))
        return damaged(err, 0, "its length does not fit its contents");
    status = decode_document(&d, &element, &whole, &iter, 0);
    if (!status && !whole)
        status = damaged(err, 0, "a unit needs $ID and $Type");
    nf_free(d.stack);
    *unknown = d.unknown;
    *out = status ? NULL : element;
    return status;
}

/* ---- encoding ----------------------------------------------------------- */

static void put_int(nf_buffer *out, uint64_t value, int size)
{
    uint8_t bytes[8];

    for (int i = 0; i < size; i++)
        bytes[i] = (uint8_t)(value >> (8 * i));
    nf_buffer_add(out, bytes, (size_t)size);
}

static void patch_length(nf_buffer *out, size_t start)
{
    uint32_t length = (uint32_t)(out->length - start);

    if (out->failed)
        return;
    for (size_t i = 0; i < 4; i++)
        out->data[start + i] = (char)(length >> (8 * i));
}

static void put_key(nf_buffer *out, int type, const char *key)
{
    nf_buffer_char(out, (char)type);
    nf_buffer_add(out, key, strlen(key) + 1);
}

static void put_text(nf_buffer *out, const char *text, size_t length)
{
    put_int(out, length + 1, 4);
    nf_buffer_add(out, text, length);
    nf_buffer_char(out, '\0');
}

static void put_binary(nf_buffer *out, const uint8_t *bytes, size_t length)
{
    put_int(out, length, 4);
    nf_buffer_char(out, 0);
    nf_buffer_add(out, bytes, length);
}

static void put_property(nf_buffer *out, const char *key,
                         const nf_property *property);

static void put_list(nf_buffer *out, const nf_property *property)
{
    size_t start = out->length, at = 0;
    char key[24];

    put_int(out, 0, 4);
    if (property->as.list.marker) {
        put_key(out, BSON_TYPE_INT32, "0");
        put_int(out, (uint64_t)property->as.list.marker, 4);
        at = 1;
    }
    for (size_t i = 0; i < property->as.list.count; i++, at++) {
        snprintf(key, sizeof key, "%zu", at);
        put_property(out, key, &property->as.list.items[i]);
    }
    nf_buffer_char(out, 0);
    patch_length(out, start);
}

static void put_property(nf_buffer *out, const char *key,
                         const nf_property *property)
{
    uint64_t bits;

    switch (property->kind) {
    case NF_PROPERTY_NULL:
        put_key(out, BSON_TYPE_NULL, key);
        break;
    case NF_PROPERTY_STRING:
        put_key(out, BSON_TYPE_UTF8, key);
        put_text(out, property->as.string.text, property->as.string.length);
        break;
    case NF_PROPERTY_BOOLEAN:
        put_key(out, BSON_TYPE_BOOL, key);
        nf_buffer_char(out, property->as.boolean);
        break;
    case NF_PROPERTY_INT32:
        put_key(out, BSON_TYPE_INT32, key);
        put_int(out, (uint64_t)property->as.integer, 4);
        break;
    case NF_PROPERTY_INT64:
        put_key(out, BSON_TYPE_INT64, key);
        put_int(out, (uint64_t)property->as.integer, 8);
        break;
    case NF_PROPERTY_DATETIME:
        put_key(out, BSON_TYPE_DATE_TIME, key);
        put_int(out, (uint64_t)property->as.integer, 8);
        break;
    case NF_PROPERTY_DOUBLE:
        put_key(out, BSON_TYPE_DOUBLE, key);
        memcpy(&bits, &property->as.real, sizeof bits);
        put_int(out, bits, 8);
        break;
    case NF_PROPERTY_GUID:
        put_key(out, BSON_TYPE_BINARY, key);
        put_binary(out, property->as.guid.bytes,
                   sizeof property->as.guid.bytes);
        break;
    case NF_PROPERTY_BINARY:
        put_key(out, BSON_TYPE_BINARY, key);
        put_binary(out, property->as.binary.bytes, property->as.binary.length);
        break;
    case NF_PROPERTY_ELEMENT:
        put_key(out, BSON_TYPE_DOCUMENT, key);
        nf_bson_encode(out, property->as.element);
        break;
    case NF_PROPERTY_LIST:
        put_key(out, BSON_TYPE_ARRAY, key);
        put_list(out, property);
        break;
    case NF_PROPERTY_RAW:
        put_key(out, property->as.raw.type, key);
        nf_buffer_add(out, property->as.raw.bytes, property->as.raw.length);
        break;
    }
}

void nf_bson_encode(nf_buffer *out, const nf_element *element)
{
    size_t start = out->length;

    put_int(out, 0, 4);
    put_key(out, BSON_TYPE_BINARY, "$ID");
    put_binary(out, element->id.bytes, sizeof element->id.bytes);
    put_key(out, BSON_TYPE_UTF8, "$Type");
    put_text(out, element->type, strlen(element->type));
    for (size_t i = 0; i < element->count; i++)
        put_property(out, element->properties[i].name, &element->properties[i]);
    nf_buffer_char(out, 0);
    patch_length(out, start);
}

/* ---- single values ------------------------------------------------------ */

void nf_bson_encode_value(nf_buffer *out, const nf_property *value)
{
    put_property(out, "", value);
}

nf_status nf_bson_decode_value(nf_property *out, nf_arena *arena,
                               const uint8_t *bytes, size_t length,
                               nf_error *err)
{
    size_t size = length + 5; /* a document around it */
    uint8_t *copy = nf_arena_alloc(arena, size);
    decoder d = {.arena = arena, .start = copy, .err = err};
    bson_t document;
    bson_iter_t iter, rest;
    nf_status status;

    if (!copy)
        return nf_error_nomem(err);
    for (size_t i = 0; i < 4; i++)
        copy[i] = (uint8_t)(size >> (8 * i));
    memcpy(copy + 4, bytes, length);
    if (length < 2 || bytes[1] || !open_document(&document, copy, size) ||
        !bson_iter_init(&iter, &document) || !bson_iter_next(&iter))
        return damaged(err, 0, "broken BSON");
    rest = iter;
    if (bson_iter_next(&rest) || rest.err_off)
        return damaged(err, 0, "broken BSON");
    status = decode_value(&d, out, &iter, 0);
    nf_free(d.stack);
    return status;
}
