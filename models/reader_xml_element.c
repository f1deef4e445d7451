/* One XML element as a model element: attributes and child elements become
 * properties (MF-X3, X5 … X9), short forms are expanded, and what is unknown
 * in a hand-written document is an error with file and line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/suggest.h"
#include "models/reader_xml.h"

/* ---- lists of properties ----------------------------------------------------
 */

nf_property *nf_xml_add(const nf_xml_unit *unit, nf_property_list *list,
                        const char *name)
{
    nf_property *items =
        nf_grow(list->items, list->count, &list->capacity, sizeof(nf_property));

    if (!items) {
        nf_error_nomem(unit->reader->err);
        return NULL;
    }
    list->items = items;
    memset(&items[list->count], 0, sizeof *items);
    items[list->count].name = name;
    return &items[list->count++];
}

bool nf_xml_has(const nf_property_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i].name, name) == 0)
            return true;
    return false;
}

nf_status nf_xml_finish(const nf_xml_unit *unit, const nf_element **out,
                        const nf_guid *id, const char *type,
                        nf_property_list *list, const nf_xml_node *node)
{
    nf_arena *arena = unit->reader->arena;
    nf_element *element = nf_arena_alloc(arena, sizeof *element);
    nf_property *properties =
        nf_arena_array(arena, list->count, sizeof *properties);

    *out = NULL;
    if (!element || !properties || unit->place.failed || unit->called.failed) {
        nf_free(list->items);
        return nf_error_nomem(unit->reader->err);
    }
    if (list->count) {
        memcpy(properties, list->items, list->count * sizeof *properties);
        nf_properties_sort(properties, list->count);
    }
    element->id = *id;
    element->type = type;
    element->properties = properties;
    element->count = list->count;
    element->file = unit->reader->file;
    element->line = node->line;
    nf_free(list->items);
    memset(list, 0, sizeof *list);
    *out = element;
    return NF_OK;
}

/* ---- one element --------------------------------------------------------- */

typedef struct element_reader {
    nf_xml_unit *unit;
    const nf_xml_node *node;
    const char *type;
    const nf_meta_type *meta;
    nf_property_list list;
    const char *types; /* "Prop=kind …" or NULL (MF-X6) */
    int depth;
} element_reader;

static bool is_model_name(const char *name)
{
    return (*name >= 'A' && *name <= 'Z') || *name == '_';
}

/* The kind that `types` gives to a property; NULL. `buffer` holds it. */
static const char *stated_kind(const element_reader *e, const char *name,
                               char buffer[16])
{
    size_t length = strlen(name);

    for (const char *at = e->types; at && *at;) {
        size_t word;

        at += strspn(at, " \t\r\n");
        word = strcspn(at, " \t\r\n");
        if (word > length && strncmp(at, name, length) == 0 &&
            at[length] == '=') {
            snprintf(buffer, 16, "%.*s", (int)(word - length - 1),
                     at + length + 1);
            return buffer;
        }
        at += word;
    }
    return NULL;
}

static nf_property *new_property(element_reader *e, const nf_xml_node *node,
                                 const char *name)
{
    const char *copy = nf_arena_strdup(e->unit->reader->arena, name);

    if (!copy) {
        nf_error_nomem(e->unit->reader->err);
        return NULL;
    }
    if (nf_xml_has(&e->list, name)) {
        nf_xml_fail(e->unit->reader, node, "\"%s\" is given twice", name);
        return NULL;
    }
    return nf_xml_add(e->unit, &e->list, copy);
}

static nf_status failed(const element_reader *e)
{
    const nf_error *err = e->unit->reader->err;

    return nf_error_is_set(err) ? err->status : NF_NOMEM;
}

/* A name that no property has; near it is one in another spelling, or with
 * this name in the SDK. */
static nf_status no_property(const element_reader *e, const nf_xml_node *node,
                             const char *name)
{
    nf_suggestion near = {.name = name};
    char text[160];

    for (size_t i = 0; e->meta && i < e->meta->count; i++) {
        const nf_meta_property *p = &e->meta->properties[i];

        nf_suggest(&near, p->name);
        if (strcasecmp(p->sdk, name) == 0 && strcmp(p->name, name) != 0) {
            near.best = p->name;
            near.distance = 0;
        }
    }
    return nf_xml_fail(e->unit->reader, node, "\"%s\" is no property of %s%s",
                       name, e->type,
                       nf_suggestion_text(&near, "", text, sizeof text));
}

static nf_status find_meta(const element_reader *e, const nf_xml_node *node,
                           const char *name, const nf_meta_property **meta)
{
    *meta = nf_meta_find_property(e->meta, name);
    if (!*meta && !e->unit->reader->complete)
        return no_property(e, node, name);
    return NF_OK;
}

/* The short forms of a part as an attribute. */
static nf_status part_attribute(element_reader *e, nf_property *out,
                                const nf_meta_property *meta, const char *text)
{
    const nf_element *part = NULL;
    const nf_meta_type *type_meta;
    const char *type;
    nf_status status;

    if (meta->allowed_count == 1 &&
        strcmp(meta->allowed[0], "Texts$Text") == 0) {
        status = nf_xml_text_part(e->unit, &part, meta->name, text, e->node,
                                  e->depth + 1);
    } else {
        status = nf_xml_type(e->unit, e->node, text, meta->allowed,
                             meta->allowed_count, &type, &type_meta);
        if (!status)
            status = nf_xml_default_part(e->unit, &part, meta->name, type,
                                         e->node, e->depth + 1);
    }
    out->kind = NF_PROPERTY_ELEMENT;
    out->as.element = part;
    return status;
}

static nf_status read_attribute(element_reader *e, const char *name,
                                const char *text)
{
    const nf_meta_property *meta;
    nf_property value = {0}, *property;
    char buffer[16];
    const char *kind = stated_kind(e, name, buffer);
    bool short_form = !kind && !e->unit->reader->complete;
    nf_status status = find_meta(e, e->node, name, &meta);

    if (status)
        return status;
    if (short_form && meta->kind == NF_META_PART)
        status = part_attribute(e, &value, meta, text);
    else if (short_form && meta->kind == NF_META_STRINGS)
        status = nf_xml_words(e->unit, &value, text, meta->marker);
    else if (short_form && meta->kind == NF_META_LIST)
        status = nf_xml_fail(e->unit->reader, e->node,
                             "\"%s\" is a list, write it as an element", name);
    else
        status = nf_xml_scalar(e->unit, &value, meta, kind, text, e->node);
    if (status)
        return status;
    property = new_property(e, e->node, name);
    if (!property)
        return failed(e);
    value.name = property->name;
    *property = value;
    return NF_OK;
}

static bool is_format_attribute(const char *name)
{
    static const char *const names[] = {"id",   "type", "types",      "null",
                                        "list", "bson", "containment"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static nf_status read_attributes(element_reader *e)
{
    const nf_xml_reader *r = e->unit->reader;

    for (const nf_xml_attr *a = e->node->properties; a; a = a->next) {
        const char *name = a->name, *text;
        nf_status status;

        if (a->space)
            continue; /* another vocabulary's */
        if (!is_model_name(name)) {
            if (!is_format_attribute(name) ||
                (e->depth && strcmp(name, "containment") == 0))
                return no_property(e, e->node, name);
            continue;
        }
        text = nf_xml_attribute(r, e->node, name);
        if (!text)
            return nf_error_nomem(r->err);
        status = read_attribute(e, name, text);
        if (status)
            return status;
    }
    return NF_OK;
}

/* Properties that only `types` mentions: explicit nulls (MF-X6). */
static nf_status read_nulls(element_reader *e)
{
    for (const char *at = e->types; at && *at;) {
        size_t word;

        at += strspn(at, " \t\r\n");
        word = strcspn(at, " \t\r\n");
        if (word > 5 && strncmp(at + word - 5, "=null", 5) == 0) {
            char *name = nf_arena_strndup(e->unit->reader->arena, at, word - 5);

            if (!name)
                return nf_error_nomem(e->unit->reader->err);
            if (!nf_xml_has(&e->list, name) &&
                !nf_xml_add(e->unit, &e->list, name))
                return failed(e);
        }
        at += word;
    }
    return NF_OK;
}

/* ---- child elements ------------------------------------------------------ */

static bool is_text(const nf_xml_node *node)
{
    return node->kind != NF_XML_ELEMENT;
}

/* The text that an element holds, in the arena; NULL with an error. */
static const char *content_of(const nf_xml_reader *r, const nf_xml_node *node)
{
    size_t length = 0;
    char *text;

    for (const nf_xml_node *n = node->children; n; n = n->next) {
        if (n->kind == NF_XML_ELEMENT) {
            nf_xml_fail(r, n, "\"%s\" holds a text, not elements", node->name);
            return NULL;
        }
        if (is_text(n))
            length += n->length;
    }
    text = nf_arena_alloc_raw(r->arena, length + 1);
    if (!text) {
        nf_error_nomem(r->err);
        return NULL;
    }
    length = 0;
    for (const nf_xml_node *n = node->children; n; n = n->next)
        if (is_text(n)) {
            memcpy(text + length, n->content, n->length);
            length += n->length;
        }
    text[length] = '\0';
    return text;
}

static nf_status read_item_text(element_reader *e, nf_property *out,
                                const nf_xml_node *node)
{
    nf_xml_reader *r = e->unit->reader;
    const char *kind = nf_xml_attribute(r, node, "bson");
    const char *text = content_of(r, node);

    r->doubts = r->doubts || node->properties;
    for (const nf_xml_attr *a = node->properties; a && text; a = a->next)
        if (!a->space && strcmp(a->name, "bson") != 0)
            return nf_xml_fail(r, node, "unknown attribute \"%s\" of item",
                               a->name);
    return text ? nf_xml_scalar(e->unit, out, NULL, kind, text, node)
                : failed(e);
}

static nf_status read_item(element_reader *e, nf_property *out,
                           const nf_meta_property *meta,
                           const nf_xml_node *node, const char *property,
                           size_t index)
{
    nf_xml_reader *r = e->unit->reader;
    const char *name = node->name;
    const nf_meta_type *type_meta;
    const char *type;
    const nf_element *element = NULL;
    nf_xml_mark mark;
    nf_status status;

    out->name = "";
    if (!nf_xml_is_ours(node))
        return nf_xml_fail(r, node, "\"%s\" is not of namespace %s", name,
                           NF_XML_NAMESPACE);
    if (strcmp(name, "item") == 0)
        return read_item_text(e, out, node);
    if (nf_xml_property(node, "type"))
        r->doubts = true;
    mark = nf_xml_enter(e->unit, property, (long)index,
                        nf_xml_attribute(r, node, "Name"));
    if (strcmp(name, "flow") == 0 && meta && !r->complete &&
        nf_xml_is_allowed("Microflows$SequenceFlow", meta->allowed,
                          meta->allowed_count)) {
        status = nf_xml_flow(e->unit, &element, node, e->depth + 2);
    } else {
        status = nf_xml_type(e->unit, node, name, meta ? meta->allowed : NULL,
                             meta ? meta->allowed_count : 0, &type, &type_meta);
        if (!status)
            status = nf_xml_element(e->unit, &element, node, type, type_meta,
                                    e->depth + 2); /* the list is one, too */
    }
    nf_xml_leave(e->unit, mark);
    out->kind = NF_PROPERTY_ELEMENT;
    out->as.element = element;
    return status;
}

static nf_status check_no_text(const nf_xml_reader *r, const nf_xml_node *node)
{
    if (node->kind == NF_XML_CDATA ||
        (node->kind == NF_XML_TEXT &&
         node->content[strspn(node->content, " \t\r\n")]))
        return nf_xml_fail(r, node, "text where elements are expected");
    return NF_OK;
}

static nf_status list_marker(const element_reader *e,
                             const nf_meta_property *meta,
                             const nf_xml_node *node, int *marker)
{
    const char *text = nf_xml_attribute(e->unit->reader, node, "list");
    char *end;
    long value;

    *marker = meta ? meta->marker : 0;
    if (!text)
        return NF_OK;
    value = strtol(text, &end, 10);
    if (end == text || *end || value < INT32_MIN || value > INT32_MAX)
        return nf_xml_fail(e->unit->reader, node, "list=\"%s\" is no number",
                           text);
    *marker = (int)value;
    return NF_OK;
}

static nf_status read_list(element_reader *e, nf_property *out,
                           const nf_meta_property *meta,
                           const nf_xml_node *node)
{
    nf_xml_reader *r = e->unit->reader;
    nf_property *items;
    size_t count = 0, at = 0;
    int marker;
    nf_status status = list_marker(e, meta, node, &marker);

    r->doubts = r->doubts || node->properties;
    for (const nf_xml_node *n = node->children; n; n = n->next)
        count += n->kind == NF_XML_ELEMENT;
    items = nf_arena_array(r->arena, count, sizeof *items);
    if (!items)
        return nf_error_nomem(r->err);
    for (const nf_xml_node *n = node->children; n && !status; n = n->next) {
        if (n->kind != NF_XML_ELEMENT) {
            status = check_no_text(r, n);
            continue;
        }
        status = read_item(e, &items[at], meta, n, node->name, at);
        at++;
    }
    out->kind = NF_PROPERTY_LIST;
    out->as.list.items = items;
    out->as.list.count = count;
    out->as.list.marker = marker;
    return status;
}

static nf_status part_type(element_reader *e, const nf_meta_property *meta,
                           const nf_xml_node *node, const char **type,
                           const nf_meta_type **type_meta)
{
    const char *name = nf_xml_attribute(e->unit->reader, node, "type");

    if (name)
        return nf_xml_type(e->unit, node, name, meta ? meta->allowed : NULL,
                           meta ? meta->allowed_count : 0, type, type_meta);
    *type = meta && meta->allowed_count == 1     ? meta->allowed[0]
            : meta && strchr(meta->missing, '$') ? meta->missing
                                                 : NULL;
    if (!*type)
        return nf_xml_fail(e->unit->reader, node, "\"%s\" needs a type",
                           node->name);
    *type_meta = nf_meta_find_type(*type);
    return NF_OK;
}

static nf_status read_part(element_reader *e, nf_property *out,
                           const nf_meta_property *meta,
                           const nf_xml_node *node)
{
    const nf_meta_type *type_meta = NULL;
    const char *type = NULL;
    const nf_element *element = NULL;
    nf_status status = part_type(e, meta, node, &type, &type_meta);
    nf_xml_mark mark;

    if (status)
        return status;
    mark = nf_xml_enter(e->unit, node->name, -1, NULL);
    status =
        nf_xml_element(e->unit, &element, node, type, type_meta, e->depth + 1);
    nf_xml_leave(e->unit, mark);
    out->kind = NF_PROPERTY_ELEMENT;
    out->as.element = element;
    return status;
}

static nf_status read_text(element_reader *e, nf_property *out,
                           const nf_meta_property *meta,
                           const nf_xml_node *node)
{
    nf_xml_reader *r = e->unit->reader;
    const char *kind = nf_xml_attribute(r, node, "bson");
    const char *text = content_of(r, node);

    r->doubts = r->doubts || node->properties;
    if (!text)
        return failed(e);
    return nf_xml_scalar(e->unit, out, meta, kind, text, node);
}

static nf_status check_null(const nf_xml_reader *r, const nf_xml_node *node)
{
    const char *text = nf_xml_attribute(r, node, "null");

    if (!text || strcmp(text, "true") != 0)
        return nf_xml_fail(r, node, "null is \"true\" or left out");
    return node->children
               ? nf_xml_fail(r, node, "\"%s\" is null and holds something",
                             node->name)
               : NF_OK;
}

static nf_status child_value(element_reader *e, nf_property *out,
                             const nf_meta_property *meta,
                             const nf_xml_node *node)
{
    nf_meta_kind kind = meta ? meta->kind : NF_META_STRING;

    if (nf_xml_property(node, "null")) {
        out->kind = NF_PROPERTY_NULL;
        e->unit->reader->doubts = true;
        return check_null(e->unit->reader, node);
    }
    if (nf_xml_property(node, "list"))
        return read_list(e, out, meta, node);
    if (nf_xml_property(node, "type")) {
        if (kind != NF_META_PART)
            e->unit->reader->doubts = true;
        return read_part(e, out, meta, node);
    }
    if (nf_xml_property(node, "bson"))
        return read_text(e, out, meta, node);
    if (kind == NF_META_LIST || kind == NF_META_STRINGS)
        return read_list(e, out, meta, node);
    if (kind == NF_META_PART)
        return read_part(e, out, meta, node);
    return read_text(e, out, meta, node);
}

static nf_status read_child(element_reader *e, const nf_xml_node *node)
{
    const nf_xml_reader *r = e->unit->reader;
    const char *name = node->name;
    const nf_meta_property *meta;
    nf_property value = {0}, *property;
    nf_status status;

    if (node->kind != NF_XML_ELEMENT)
        return check_no_text(r, node);
    if (!nf_xml_is_ours(node))
        return nf_xml_fail(r, node, "\"%s\" is not of namespace %s", name,
                           NF_XML_NAMESPACE);
    if (strcmp(name, "units") == 0 && e->depth == 0)
        return NF_OK; /* units of the unit, read by themselves */
    if (!is_model_name(name))
        return nf_xml_fail(r, node, "\"%s\" is no property", name);
    status = find_meta(e, node, name, &meta);
    if (!status)
        status = child_value(e, &value, meta, node);
    if (status)
        return status;
    property = new_property(e, node, name);
    if (!property)
        return failed(e);
    value.name = property->name;
    *property = value;
    return NF_OK;
}

/* Its `id`: a GUID, a label, or derived from its place (MF-X9, MF-X10). */
static nf_status read_id(element_reader *e, nf_guid *id)
{
    const nf_xml_reader *r = e->unit->reader;
    const char *text = nf_xml_attribute(r, e->node, "id");

    if (!text) {
        nf_xml_derive(id, nf_buffer_string(&e->unit->place));
        return NF_OK;
    }
    if (nf_guid_parse(id, text))
        return NF_OK;
    if (r->complete)
        return nf_xml_fail(r, e->node, "id \"%s\" is no GUID", text);
    nf_xml_derive_label(e->unit, id, text);
    return NF_OK;
}

static nf_status read_properties(element_reader *e)
{
    nf_status status = read_attributes(e);

    if (!status)
        status = read_nulls(e);
    for (const nf_xml_node *n = e->node->children; n && !status; n = n->next)
        status = read_child(e, n);
    if (!status && !e->unit->reader->complete)
        status = nf_xml_defaults(e->unit, &e->list, e->meta, e->node, e->depth);
    return status;
}

nf_status nf_xml_element(nf_xml_unit *unit, const nf_element **out,
                         const nf_xml_node *node, const char *type,
                         const nf_meta_type *meta, int depth)
{
    element_reader e = {.unit = unit,
                        .node = node,
                        .type = type,
                        .meta = meta,
                        .types = nf_xml_attribute(unit->reader, node, "types"),
                        .depth = depth};
    static const char *const known[] = {"id", "type", NULL};
    nf_guid id;
    nf_status status;

    *out = NULL;
    if (!nf_xml_is_plain(node, known, true))
        unit->reader->doubts = true;
    if (depth >= NF_ELEMENT_DEPTH)
        return nf_xml_fail(unit->reader, node, "nested too deeply");
    status = read_id(&e, &id);
    if (!status)
        status = read_properties(&e);
    if (status) {
        nf_free(e.list.items);
        return status;
    }
    return nf_xml_finish(unit, out, &id, type, &e.list, node);
}
