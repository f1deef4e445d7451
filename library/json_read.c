/* Values from JSON and from text (design §5). Readers take number or string;
 * json-c keeps the text of numbers that are no 64-bit integers, so decimals
 * arrive exactly. */
#include "library/json.h"

#include "base/text.h"
#include "interpreter/bindings.h"
#include "library/base64.h"

#include <json-c/json.h>
#include <stdlib.h>

static nf_status wrong(nf_error *err, const char *expected, const char *found)
{
    char shown[64];
    size_t length = strlen(found);
    if (length >= sizeof shown)
        length = nf_utf8_cut(found, sizeof shown - 1);
    memcpy(shown, found, length);
    shown[length] = '\0';
    return nf_error_set(err, NF_INPUT, "bad_value", "expected %s, not \"%s\"",
                        expected, shown);
}

/* A whole number as text: "12" and 12, also with a plus sign. */
static bool read_integer(int64_t *out, const char *text)
{
    nf_decimal decimal;
    size_t length = strlen(text);
    if (!length || !nf_decimal_parse(&decimal, text, length, true))
        return false;
    bool ok = nf_decimal_to_int(out, &decimal);
    nf_decimal_release(&decimal);
    return ok;
}

static nf_status text_value(nf_value *out, nf_kind kind, const char *text,
                            size_t length, nf_error *err)
{
    if (!nf_value_text(out, text, length))
        return nf_error_nomem(err);
    out->kind = (uint8_t)kind;
    return NF_OK;
}

static nf_status key_value(nf_value *out, const nf_enumeration *enumeration,
                           const char *key, nf_error *err)
{
    if (enumeration && !nf_enumeration_find(enumeration, key))
        return nf_error_set(err, NF_INPUT, "bad_value",
                            "enumeration %s has no key \"%s\"",
                            enumeration->qualified, key);
    return text_value(out, NF_KIND_ENUMERATION, key, strlen(key), err);
}

static nf_status scalar(nf_value *out, const char *text, size_t length,
                        nf_type type, const nf_timezone *zone, nf_error *err)
{
    int64_t number;
    nf_decimal decimal;
    switch (type.kind) {
    case NF_KIND_BOOLEAN:
        if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
            return wrong(err, "true or false", text);
        *out = nf_boolean(*text == 't');
        return NF_OK;
    case NF_KIND_INTEGER:
        if (!read_integer(&number, text))
            return wrong(err, "a whole number of 64 bits", text);
        *out = nf_integer(number);
        return NF_OK;
    case NF_KIND_DECIMAL:
        if (!length || !nf_decimal_parse(&decimal, text, length, true))
            return wrong(err, "a decimal number", text);
        *out = nf_decimal_take(decimal);
        return NF_OK;
    case NF_KIND_DATETIME:
        if (!nf_instant_parse(&number, text, length, zone))
            return wrong(err, "a date and time such as 2026-03-18T10:20:30Z",
                         text);
        *out = nf_datetime(number);
        return NF_OK;
    case NF_KIND_ENUMERATION:
        return key_value(out, type.enumeration, text, err);
    case NF_KIND_STRING:
        return text_value(out, NF_KIND_STRING, text, length, err);
    default:
        return nf_error_set(err, NF_INPUT, "bad_value",
                            "a value of this type has no text form");
    }
}

bool nf_json_repeats(json_object *json, const char *text, size_t length)
{
    int depth = 0, keys = 0;
    bool quoted = false;
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if (c == '"')
            quoted = !quoted;
        else if (quoted)
            i += c == '\\';
        else if (c == '{' || c == '[')
            depth++;
        else if (c == '}' || c == ']')
            depth--;
        else if (c == ':' && depth == 1)
            keys++;
    }
    return json_object_is_type(json, json_type_object) &&
           keys > json_object_object_length(json);
}

nf_status nf_value_read(nf_value *out, const char *text, nf_type type,
                        const nf_timezone *zone, nf_error *err)
{
    *out = nf_empty();
    if (type.kind != NF_KIND_STRING && strcmp(text, "empty") == 0)
        return NF_OK;
    nf_status status = scalar(out, text, strlen(text), type, zone, err);
    if (status == NF_INPUT && err)
        err->status = NF_USAGE;
    return status == NF_INPUT ? NF_USAGE : status;
}

/* json-c clamps integers that do not fit; a clamped one is refused rather
 * than read as another number. */
static bool clamped(json_object *json)
{
    return json_object_is_type(json, json_type_int) &&
           (json_object_get_uint64(json) == UINT64_MAX ||
            json_object_get_int64(json) == INT64_MIN);
}

static nf_status read_bytes(nf_value *out, const char *text, size_t length,
                            nf_error *err)
{
    uint8_t *bytes;
    size_t size;
    if (!nf_base64_decode(&bytes, &size, text, length))
        return wrong(err, "base64", text);
    nf_status status =
        text_value(out, NF_KIND_BINARY, (const char *)bytes, size, err);
    nf_free(bytes);
    return status;
}

static bool json_type_fits(json_object *json, nf_kind kind)
{
    switch (json_object_get_type(json)) {
    case json_type_boolean:
        return kind == NF_KIND_BOOLEAN;
    case json_type_int:
    case json_type_double:
        return kind == NF_KIND_INTEGER || kind == NF_KIND_DECIMAL;
    case json_type_string:
        return kind != NF_KIND_BOOLEAN;
    default:
        return false;
    }
}

static const char *expected_text(nf_kind kind)
{
    switch (kind) {
    case NF_KIND_BOOLEAN:
        return "true or false";
    case NF_KIND_INTEGER:
        return "a whole number or its text";
    case NF_KIND_DECIMAL:
        return "a number or its text";
    default:
        return "a text in quotes";
    }
}

nf_status nf_json_read_attribute(nf_value *out, json_object *json,
                                 const nf_attribute *attribute,
                                 const nf_timezone *zone, nf_error *err)
{
    *out = nf_empty();
    nf_kind kind = nf_attribute_kind(attribute);
    if (!json)
        return kind == NF_KIND_BOOLEAN ? wrong(err, "true or false", "null")
                                       : NF_OK;
    const char *text = json_object_get_string(json);
    size_t length = json_object_is_type(json, json_type_string)
                        ? (size_t)json_object_get_string_len(json)
                        : strlen(text);
    if (!json_type_fits(json, kind) || clamped(json))
        return wrong(err, expected_text(kind), text);
    if (kind == NF_KIND_BINARY)
        return read_bytes(out, text, length, err);
    if (kind != NF_KIND_STRING && strlen(text) != length)
        return wrong(err, "a value without NUL", text);
    nf_type type = {kind, NULL, attribute->enumeration};
    nf_status status = scalar(out, text, length, type, zone, err);
    if (status == NF_OK && attribute->type == NF_ATTRIBUTE_INTEGER &&
        (out->as.integer > INT32_MAX || out->as.integer < INT32_MIN)) {
        *out = nf_empty();
        return wrong(err, "a whole number of 32 bits", text);
    }
    return status;
}
