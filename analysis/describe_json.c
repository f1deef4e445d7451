/* A stored element as JSON, two spaces per level. Readers allow elements to
 * nest 200 deep, and so does this; the stack of open containers is an array. */
#include "analysis/describe.h"

#include <string.h>

enum { DEPTH_MAX = 256 };

typedef struct open_container {
    const nf_property *items;
    size_t count, next;
    bool list;
} open_container;

static void quoted(nf_buffer *out, const char *text, size_t length)
{
    nf_buffer_char(out, '"');
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '"' || c == '\\')
            nf_buffer_format(out, "\\%c", c);
        else if (c == '\n')
            nf_buffer_text(out, "\\n");
        else if (c < 0x20 || c == 0x7f)
            nf_buffer_format(out, "\\u%04x", c);
        else
            nf_buffer_char(out, (char)c);
    }
    nf_buffer_char(out, '"');
}

static void base64(nf_buffer *out, const uint8_t *bytes, size_t length)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz0123456789+/";
    nf_buffer_char(out, '"');
    for (size_t i = 0; i < length; i += 3) {
        uint32_t group = (uint32_t)bytes[i] << 16;
        if (i + 1 < length)
            group |= (uint32_t)bytes[i + 1] << 8;
        if (i + 2 < length)
            group |= bytes[i + 2];
        for (size_t j = 0; j < 4; j++)
            nf_buffer_char(
                out, i + j > length ? '=' : digits[group >> (18 - 6 * j) & 63]);
    }
    nf_buffer_char(out, '"');
}

static void new_line(nf_buffer *out, size_t depth)
{
    nf_buffer_char(out, '\n');
    for (size_t i = 0; i < depth; i++)
        nf_buffer_text(out, "  ");
}

static void guid(nf_buffer *out, const nf_guid *value)
{
    char text[NF_GUID_TEXT_SIZE];
    nf_guid_text(value, text);
    nf_buffer_format(out, "\"%s\"", text);
}

/* Writes a plain value; containers are the caller's. */
static void plain(nf_buffer *out, const nf_property *p)
{
    switch (p->kind) {
    case NF_PROPERTY_STRING:
        quoted(out, p->as.string.text, p->as.string.length);
        return;
    case NF_PROPERTY_BOOLEAN:
        nf_buffer_text(out, p->as.boolean ? "true" : "false");
        return;
    case NF_PROPERTY_INT32:
    case NF_PROPERTY_INT64:
    case NF_PROPERTY_DATETIME:
        nf_buffer_format(out, "%lld", (long long)p->as.integer);
        return;
    case NF_PROPERTY_DOUBLE:
        if (p->as.real - p->as.real == 0) { /* JSON has no infinities */
            nf_buffer_format(out, "%.17g", p->as.real);
            return;
        }
        break;
    case NF_PROPERTY_GUID:
        guid(out, &p->as.guid);
        return;
    case NF_PROPERTY_BINARY:
        base64(out, p->as.binary.bytes, p->as.binary.length);
        return;
    case NF_PROPERTY_NULL:
    case NF_PROPERTY_ELEMENT:
    case NF_PROPERTY_LIST:
    case NF_PROPERTY_RAW:
        break;
    }
    nf_buffer_text(out, "null");
}

/* Opens an element or a list and writes what stands first in it. */
static open_container enter(nf_buffer *out, const nf_property *p, size_t depth)
{
    if (p->kind == NF_PROPERTY_LIST) {
        nf_buffer_char(out, '[');
        return (open_container){p->as.list.items, p->as.list.count, 0, true};
    }
    const nf_element *element = p->as.element;
    nf_buffer_char(out, '{');
    new_line(out, depth);
    nf_buffer_text(out, "\"$Type\": ");
    quoted(out, element->type, strlen(element->type));
    nf_buffer_char(out, ',');
    new_line(out, depth);
    nf_buffer_text(out, "\"$ID\": ");
    guid(out, &element->id);
    return (open_container){element->properties, element->count, 0, false};
}

static bool is_container(const nf_property *p)
{
    return (p->kind == NF_PROPERTY_ELEMENT && p->as.element) ||
           p->kind == NF_PROPERTY_LIST;
}

nf_status nf_describe_json(nf_buffer *out, const nf_element *element,
                           nf_error *err)
{
    open_container stack[DEPTH_MAX];
    size_t depth = 1;
    nf_property root = {.name = "", .kind = NF_PROPERTY_ELEMENT};
    root.as.element = element;
    stack[0] = enter(out, &root, 1);
    while (depth) {
        open_container *top = &stack[depth - 1];
        if (top->next == top->count) {
            depth--;
            if (top->count || !top->list)
                new_line(out, depth);
            nf_buffer_char(out, top->list ? ']' : '}');
            continue;
        }
        const nf_property *p = &top->items[top->next++];
        if (!top->list || top->next > 1)
            nf_buffer_char(out, ',');
        new_line(out, depth);
        if (!top->list) {
            quoted(out, p->name, strlen(p->name));
            nf_buffer_text(out, ": ");
        }
        if (!is_container(p))
            plain(out, p);
        else if (depth == DEPTH_MAX)
            return nf_error_set(err, NF_INPUT, "",
                                "Elements nest deeper than %d", DEPTH_MAX);
        else {
            stack[depth] = enter(out, p, depth + 1);
            depth++;
        }
    }
    nf_buffer_char(out, '\n');
    return out->failed ? nf_error_nomem(err) : NF_OK;
}
