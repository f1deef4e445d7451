/* Values as hosts see them: one heap cell around the value of 16 bytes that
 * the machine copies (objects/value.h). */
#include "library/json.h"

#include "base/json.h"
#include "base/memory.h"

#include <json-c/json.h>

static nf_value *boxed(nf_value value)
{
    nf_value *box = nf_alloc(sizeof *box);
    if (box)
        *box = value;
    else
        nf_value_release(&value);
    return box;
}

nf_value *nf_value_new_empty(void)
{
    return boxed(nf_empty());
}

nf_value *nf_value_new_boolean(bool value)
{
    return boxed(nf_boolean(value));
}

nf_value *nf_value_new_integer(int64_t value)
{
    return boxed(nf_integer(value));
}

nf_value *nf_value_new_decimal(const char *text)
{
    nf_decimal decimal;
    if (!nf_decimal_parse(&decimal, text, strlen(text), true))
        return NULL;
    return boxed(nf_decimal_take(decimal));
}

nf_value *nf_value_new_string(const char *text, size_t length)
{
    nf_value value;
    return nf_value_text(&value, text, length) ? boxed(value) : NULL;
}

nf_value *nf_value_new_datetime(int64_t milliseconds)
{
    return boxed(nf_datetime(milliseconds));
}

nf_value *nf_value_new_enumeration(const char *key)
{
    nf_string *text = nf_string_new(key, strlen(key));
    return text ? boxed(nf_enumeration_take(text)) : NULL;
}

nf_value *nf_value_new_object(nf_object *object)
{
    return boxed(nf_object_take(nf_object_retain(object)));
}

nf_value *nf_value_new_list(nf_list *list)
{
    return boxed(nf_list_take(nf_list_retain(list)));
}

nf_value *nf_value_clone(const nf_value *value)
{
    return boxed(value ? nf_value_copy(value) : nf_empty());
}

void nf_value_free(nf_value *value)
{
    if (!value)
        return;
    nf_value_release(value);
    nf_free(value);
}

const char *nf_value_kind_name(const nf_value *value)
{
    return nf_value_is_empty(value) ? "Empty" : nf_kind_name(value->kind);
}

bool nf_value_is_empty(const nf_value *value)
{
    return !value || value->kind == NF_KIND_EMPTY ||
           (value->kind == NF_KIND_OBJECT && value->as.object->removed);
}

bool nf_value_as_boolean(bool *out, const nf_value *value)
{
    bool fits = value && value->kind == NF_KIND_BOOLEAN;
    *out = fits && value->as.boolean;
    return fits;
}

bool nf_value_as_integer(int64_t *out, const nf_value *value)
{
    bool fits = value && value->kind == NF_KIND_INTEGER;
    *out = fits ? value->as.integer : 0;
    return fits;
}

bool nf_value_as_datetime(int64_t *milliseconds, const nf_value *value)
{
    bool fits = value && value->kind == NF_KIND_DATETIME;
    *milliseconds = fits ? value->as.integer : 0;
    return fits;
}

bool nf_value_as_number(double *out, const nf_value *value)
{
    bool fits = value && (value->kind == NF_KIND_DECIMAL ||
                          value->kind == NF_KIND_INTEGER);
    *out = 0;
    if (fits) {
        const nf_decimal decimal = nf_value_decimal(value);
        *out = nf_decimal_to_double(&decimal);
    }
    return fits;
}

bool nf_value_as_string(const char **text, size_t *length,
                        const nf_value *value)
{
    bool fits = value && (value->kind == NF_KIND_STRING ||
                          value->kind == NF_KIND_ENUMERATION);
    *text = fits ? value->as.string->text : NULL;
    if (length)
        *length = fits ? value->as.string->length : 0;
    return fits;
}

nf_object *nf_value_as_object(const nf_value *value)
{
    return nf_value_is_empty(value) || value->kind != NF_KIND_OBJECT
               ? NULL
               : value->as.object;
}

nf_list *nf_value_as_list(const nf_value *value)
{
    return value && value->kind == NF_KIND_LIST ? value->as.list : NULL;
}

char *nf_value_to_json(const nf_value *value)
{
    if (nf_value_is_empty(value))
        return nf_strdup("null");
    json_object *json = nf_json_value(value);
    char *text = nf_json_text_of(json, NF_JSON_LINE);
    json_object_put(json);
    return text;
}

char *nf_value_print(const nf_value *value)
{
    json_object *json;
    if (nf_value_is_empty(value))
        return nf_strdup("");
    if (value->kind == NF_KIND_STRING || value->kind == NF_KIND_ENUMERATION)
        return nf_strndup(value->as.string->text, value->as.string->length);
    json = nf_json_value(value);
    bool text = json_object_is_type(json, json_type_string);
    bool nested = value->kind == NF_KIND_OBJECT || value->kind == NF_KIND_LIST;
    char *printed =
        text ? nf_strdup(json_object_get_string(json))
             : nf_json_text_of(json, nested ? NF_JSON_PRETTY : NF_JSON_LINE);
    json_object_put(json);
    return printed;
}
