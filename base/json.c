/* See json.h. */
#include "base/json.h"

#include "base/memory.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdint.h>
#include <string.h>

#undef json_object_new_object
#undef json_object_new_array
#undef json_object_object_add
#undef json_object_array_add

/* How often something could not be made on this thread, from 1. */
static _Thread_local uintptr_t failures = 1;

json_object *nf_json_made(json_object *json)
{
    if (!json)
        failures++;
    return json;
}

void nf_json_lacks(void)
{
    failures++;
}

/* ---- when a document was begun ------------------------------------------- */

/* 0: not known, since it was read and not made. */
static uintptr_t begun(json_object *json)
{
    return (uintptr_t)json_object_get_userdata(json);
}

static json_object *begin(json_object *json)
{
    if (nf_json_made(json))
        json_object_set_userdata(json, (void *)failures, NULL);
    return json;
}

json_object *nf_json_make_object(void)
{
    return begin(json_object_new_object());
}

json_object *nf_json_make_array(void)
{
    return begin(json_object_new_array());
}

static bool is_nested(json_object *json)
{
    return json_object_is_type(json, json_type_object) ||
           json_object_is_type(json, json_type_array);
}

/* A document is as old as its oldest part. */
static void inherit(json_object *parent, json_object *child)
{
    uintptr_t age = is_nested(child) ? begun(child) : 0;

    if (age && (!begun(parent) || age < begun(parent)))
        json_object_set_userdata(parent, (void *)age, NULL);
}

int nf_json_add_member(json_object *object, const char *key, json_object *child)
{
    if (object && json_object_object_add(object, key, child) == 0) {
        inherit(object, child);
        return 0;
    }
    nf_json_lacks();
    json_object_put(child);
    return -1;
}

int nf_json_add_item(json_object *array, json_object *child)
{
    if (array && json_object_array_add(array, child) == 0) {
        inherit(array, child);
        return 0;
    }
    nf_json_lacks();
    json_object_put(child);
    return -1;
}

/* ---- printing ------------------------------------------------------------ */

/* `level` is how far lines are indented. */
static void print(nf_buffer *out, json_object *json, nf_json_form form,
                  int level);

static void print_text(nf_buffer *out, const char *text, size_t length)
{
    static const char marks[] = "\"\\\b\f\n\r\t";
    static const char names[] = "\"\\bfnrt";
    size_t plain = 0;

    nf_buffer_char(out, '"');
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        const char *mark = c ? strchr(marks, c) : NULL;

        if (c >= ' ' && !mark)
            continue;
        nf_buffer_add(out, text + plain, i - plain);
        plain = i + 1;
        if (mark)
            nf_buffer_format(out, "\\%c", names[mark - marks]);
        else
            nf_buffer_format(out, "\\u%04x", c);
    }
    nf_buffer_add(out, text + plain, length - plain);
    nf_buffer_char(out, '"');
}

static void new_line(nf_buffer *out, nf_json_form form, int level)
{
    if (form == NF_JSON_LINE)
        return;
    nf_buffer_char(out, '\n');
    for (int i = 0; i < level; i++)
        nf_buffer_add(out, "  ", 2);
}

/* Before what closes an object or array. */
static void end(nf_buffer *out, nf_json_form form, int level, bool some)
{
    if (some)
        new_line(out, form, level);
    else if (form == NF_JSON_SPACED)
        nf_buffer_char(out, ' ');
}

static void print_object(nf_buffer *out, json_object *json, nf_json_form form,
                         int level)
{
    bool some = false;

    nf_buffer_char(out, '{');
    json_object_object_foreach(json, key, value)
    {
        if (some)
            nf_buffer_char(out, ',');
        some = true;
        new_line(out, form, level + 1);
        print_text(out, key, strlen(key));
        nf_buffer_text(out, form == NF_JSON_SPACED ? ": " : ":");
        print(out, value, form, level + 1);
    }
    end(out, form, level, some);
    nf_buffer_char(out, '}');
}

static void print_array(nf_buffer *out, json_object *json, nf_json_form form,
                        int level)
{
    size_t count = json_object_array_length(json);

    nf_buffer_char(out, '[');
    for (size_t i = 0; i < count; i++) {
        if (i)
            nf_buffer_char(out, ',');
        new_line(out, form, level + 1);
        print(out, json_object_array_get_idx(json, i), form, level + 1);
    }
    end(out, form, level, count > 0);
    nf_buffer_char(out, ']');
}

static void print(nf_buffer *out, json_object *json, nf_json_form form,
                  int level)
{
    const char *number;

    switch (json_object_get_type(json)) {
    case json_type_null:
        nf_buffer_text(out, "null");
        break;
    case json_type_boolean:
        nf_buffer_text(out, json_object_get_boolean(json) ? "true" : "false");
        break;
    case json_type_int:
        nf_buffer_integer(out, json_object_get_int64(json), 0);
        break;
    case json_type_string:
        print_text(out, json_object_get_string(json),
                   (size_t)json_object_get_string_len(json));
        break;
    case json_type_object:
        print_object(out, json, form, level);
        break;
    case json_type_array:
        print_array(out, json, form, level);
        break;
    case json_type_double: /* as it was written, where that is known */
        number = json_object_to_json_string(json);
        nf_buffer_text(out, number ? number : "");
        out->failed = out->failed || !number;
        break;
    }
}

char *nf_json_text_of(json_object *json, nf_json_form form)
{
    nf_buffer out;
    char *text = NULL;

    if (!json || (is_nested(json) && begun(json) && begun(json) != failures))
        return NULL;
    nf_buffer_init(&out, NF_BUFFER_MAX);
    print(&out, json, form, 0);
    text = nf_buffer_take(&out);
    nf_buffer_dispose(&out);
    return text;
}
