/* Names and kinds of the JSON form (MF-C20, C21, MF-L1). SDK names come first
 * here, unlike in the XML form: a dump consists of them, and where the stored
 * name of one type is the SDK name of another, the dump means the latter. */
#include "models/json_form.h"

#include <string.h>

static bool is_small(char c)
{
    return c >= 'a' && c <= 'z';
}

void nf_json_capital(nf_buffer *out, const char *text)
{
    if (is_small(*text)) {
        nf_buffer_char(out, (char)(*text - 'a' + 'A'));
        text++;
    }
    nf_buffer_text(out, text);
}

void nf_json_small(nf_buffer *out, const char *text)
{
    if (*text >= 'A' && *text <= 'Z') {
        nf_buffer_char(out, (char)(*text - 'A' + 'a'));
        text++;
    }
    nf_buffer_text(out, text);
}

/* ---- from JSON ------------------------------------------------------------
 */

const nf_meta_type *nf_json_stored_type(nf_buffer *out, const char *name)
{
    const nf_meta_type *type = NULL;
    size_t start = out->length;

    if (strncmp(name, "$=", 2) == 0) {
        nf_buffer_text(out, name + 2);
    } else if ((type = nf_meta_find_sdk_type(name))) {
        nf_buffer_text(out, type->name);
        return type;
    } else if (strncmp(name, "Pages$", 6) == 0) { /* 3.1 */
        nf_buffer_text(out, "Forms$");
        nf_buffer_text(out, name + 6);
    } else {
        nf_buffer_text(out, name);
    }
    return out->failed || out->length == start
               ? NULL
               : nf_meta_find_stored_type(out->data + start);
}

static const nf_meta_property *
sdk_property(nf_buffer *out, const nf_meta_type *type, const char *key)
{
    const nf_meta_property *by_case = NULL;

    for (size_t i = 0; type && i < type->count; i++) {
        const nf_meta_property *p = &type->properties[i];

        if (strcmp(p->sdk, key) == 0) {
            nf_buffer_text(out, p->name);
            return p;
        }
        if (p->name[0] == key[0] - 'a' + 'A' &&
            strcmp(p->name + 1, key + 1) == 0)
            by_case = p;
    }
    nf_json_capital(out, key);
    return by_case;
}

const nf_meta_property *nf_json_stored_property(nf_buffer *out,
                                                const nf_meta_type *type,
                                                const char *key)
{
    if (strncmp(key, "$=", 2) == 0)
        key += 2;
    else if (is_small(*key))
        return sdk_property(out, type, key);
    nf_buffer_text(out, key);
    return nf_meta_find_property(type, key);
}

nf_property_kind nf_json_string_kind(const nf_meta_property *meta)
{
    switch (meta ? meta->kind : NF_META_STRING) {
    case NF_META_GUID:
    case NF_META_POINTER:
        return NF_PROPERTY_GUID;
    case NF_META_BINARY:
        return NF_PROPERTY_BINARY;
    case NF_META_DATETIME:
        return NF_PROPERTY_DATETIME;
    default:
        return NF_PROPERTY_STRING;
    }
}

nf_property_kind nf_json_integer_kind(const nf_meta_property *meta)
{
    return meta && meta->kind == NF_META_DOUBLE ? NF_PROPERTY_DOUBLE
                                                : NF_PROPERTY_INT64;
}

int nf_json_marker(const nf_meta_property *meta, bool first_is_string)
{
    if (meta && (meta->kind == NF_META_LIST || meta->kind == NF_META_STRINGS))
        return meta->marker;
    return first_is_string ? 1 : 3;
}

/* ---- to JSON ------------------------------------------------------------- */

/* Whether reading `name` gives `stored`. */
static bool type_comes_back(const char *name, const char *stored)
{
    char memory[256];
    nf_buffer read;
    bool same;

    nf_buffer_init_on(&read, memory, sizeof memory, NF_BUFFER_MAX);
    nf_json_stored_type(&read, name);
    same = !read.failed && strcmp(nf_buffer_string(&read), stored) == 0;
    nf_buffer_dispose(&read);
    return same;
}

void nf_json_type_name(nf_buffer *out, const char *stored)
{
    const nf_meta_type *type = nf_meta_find_type(stored);
    size_t start = out->length;

    if (type && strcmp(type->name, stored) == 0 && *type->sdk &&
        type_comes_back(type->sdk, stored)) {
        nf_buffer_text(out, type->sdk);
        return;
    }
    if (strncmp(stored, "Forms$", 6) == 0) {
        nf_buffer_text(out, "Pages$");
        nf_buffer_text(out, stored + 6);
        if (out->failed || type_comes_back(out->data + start, stored))
            return;
        out->length = start;
        out->data[start] = '\0';
    }
    if (strncmp(stored, "$=", 2) == 0 || !type_comes_back(stored, stored))
        nf_buffer_text(out, "$=");
    nf_buffer_text(out, stored);
}

static bool property_comes_back(const nf_meta_type *type, const char *key,
                                const char *stored)
{
    char memory[256];
    nf_buffer read;
    bool same;

    nf_buffer_init_on(&read, memory, sizeof memory, NF_BUFFER_MAX);
    nf_json_stored_property(&read, type, key);
    same = !read.failed && strcmp(nf_buffer_string(&read), stored) == 0;
    nf_buffer_dispose(&read);
    return same;
}

void nf_json_property_name(nf_buffer *out, const nf_meta_type *type,
                           const char *stored)
{
    const nf_meta_property *meta = nf_meta_find_property(type, stored);
    size_t start = out->length;

    if (!*stored) { /* an empty key tells nothing */
        nf_buffer_text(out, "$=");
        return;
    }
    if (meta && is_small(meta->sdk[0]) &&
        property_comes_back(type, meta->sdk, stored)) {
        nf_buffer_text(out, meta->sdk);
        return;
    }
    nf_json_small(out, stored);
    if (out->failed || (is_small(out->data[start]) &&
                        property_comes_back(type, out->data + start, stored)))
        return;
    out->length = start;
    out->data[start] = '\0';
    if (*stored == '$' || is_small(*stored))
        nf_buffer_text(out, "$=");
    nf_buffer_text(out, stored);
}
