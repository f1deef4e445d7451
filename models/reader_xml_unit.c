/* The XML reader: the units of a document, each read when its own content is
 * complete (MF-X1 … X4). Elements are read by reader_xml_element.c. */
#include "models/reader_xml.h"

#include <stdio.h>
#include <string.h>

/* Collects the `id`s of the unit's own elements, not of its units. */
static nf_status collect_labels(nf_xml_unit *unit, const nf_xml_node *node,
                                int depth)
{
    for (const nf_xml_node *n = node->children; n; n = n->next) {
        const char *id;
        nf_status status;

        if (n->kind != NF_XML_ELEMENT ||
            (depth == 0 && strcmp(n->name, "units") == 0))
            continue;
        id = nf_xml_attribute(unit->reader, n, "id");
        if (id && nf_map_get(unit->labels, id))
            return nf_xml_fail(unit->reader, n, "id \"%s\" is given twice", id);
        if (id && !nf_map_set(unit->labels, id, (void *)(uintptr_t)n))
            return nf_error_nomem(unit->reader->err);
        if (depth >= 2 * NF_ELEMENT_DEPTH)
            return nf_xml_fail(unit->reader, n, "nested too deeply");
        status = collect_labels(unit, n, depth + 1);
        if (status)
            return status;
    }
    return NF_OK;
}

static nf_status unit_type(const nf_xml_reader *r, const nf_xml_node *node,
                           const char **type, const nf_meta_type **meta)
{
    static const char *const none[1];
    const char *allowed[128];
    nf_xml_unit unit = {.reader = (nf_xml_reader *)(uintptr_t)r};
    size_t count = 0;

    for (size_t i = 0; i < nf_meta_type_count() && count < 128; i++)
        if (nf_meta_type_at(i)->unit)
            allowed[count++] = nf_meta_type_at(i)->name;
    return nf_xml_type(&unit, node, node->name, count ? allowed : none, count,
                       type, meta);
}

/* Which units may stand in which (2.4); checked in hand-written documents. */
static nf_status check_place(const nf_xml_reader *r, const nf_xml_node *node,
                             const nf_xml_place *where, const char *type)
{
    const char *containment = nf_meta_containment(type);
    bool project = strcmp(containment, "Modules") == 0 ||
                   strncmp(containment, "Project", 7) == 0 ||
                   strcmp(containment, "GuidMappings") == 0;
    bool under_project = !where->parent || !where->parent->parent;
    bool folder =
        where->parent && strcmp(where->parent->type, "Projects$Folder") == 0;
    bool document = strcmp(containment, "Documents") == 0 ||
                    strcmp(containment, "Folders") == 0;

    if (r->complete || strcmp(type, "Projects$Project") == 0)
        return NF_OK;
    if (under_project != project || (folder && !document))
        return nf_xml_fail(r, node, "%s may not stand here: %s", type,
                           project ? "it belongs directly under app"
                           : document
                               ? "it belongs into the units of a module "
                                 "or folder"
                               : "it belongs into the units of a module");
    return NF_OK;
}

static nf_unit *new_unit(const nf_xml_reader *r, const nf_element *element,
                         const nf_unit *parent)
{
    nf_unit *unit = nf_container_add(r->container, r->err);

    if (!unit)
        return NULL; /* with an error */
    unit->id = element->id;
    unit->container_id = parent ? parent->id : element->id;
    unit->parent = parent;
    unit->type = element->type;
    unit->name = nf_element_string(element, "Name", "");
    unit->excluded = nf_element_bool(element, "Excluded", false);
    unit->containment = nf_meta_containment(element->type);
    atomic_store_explicit(&unit->element, element, memory_order_release);
    return unit;
}

nf_status nf_xml_need_project(nf_xml_reader *r)
{
    nf_element *element;
    nf_unit *unit;

    if (r->project)
        return NF_OK;
    element = nf_arena_alloc(r->arena, sizeof *element);
    if (!element)
        return nf_error_nomem(r->err);
    nf_xml_derive(&element->id, "/Projects$Project:");
    element->type = "Projects$Project";
    unit = new_unit(r, element, NULL);
    r->project = unit;
    return unit ? NF_OK : r->err->status;
}

static nf_status read_content(nf_xml_unit *unit, const nf_element **element,
                              const nf_xml_node *node, const nf_meta_type *meta,
                              const char *called)
{
    nf_status status;

    nf_buffer_init(&unit->place, NF_BUFFER_MAX);
    nf_buffer_init(&unit->called, NF_BUFFER_MAX);
    nf_buffer_text(&unit->place, unit->path);
    nf_buffer_text(&unit->called, called);
    unit->labels = nf_map_new();
    status = unit->labels ? NF_OK : nf_error_nomem(unit->reader->err);
    /* Complete documents have no labels, and a model may repeat an id. */
    if (!status && !unit->reader->complete)
        status = collect_labels(unit, node, 0);
    if (!status)
        status = nf_xml_element(unit, element, node, unit->type, meta, 0);
    if (unit->place.failed || unit->called.failed) /* ids are made of them */
        nf_arena_fail(unit->reader->arena);
    nf_map_free(unit->labels);
    nf_buffer_dispose(&unit->place);
    nf_buffer_dispose(&unit->called);
    return status;
}

static void add_text_below(nf_buffer *text, const nf_xml_node *node, int depth)
{
    for (const nf_xml_node *n = node->children; n; n = n->next)
        if (n->kind != NF_XML_ELEMENT)
            nf_buffer_add(text, n->content, n->length);
        else if (depth < NF_ELEMENT_DEPTH)
            add_text_below(text, n, depth + 1);
}

/* All text in an element, in the arena; NULL without memory. */
static const char *text_below(const nf_xml_reader *r, const nf_xml_node *node)
{
    nf_buffer text;
    const char *copy;

    nf_buffer_init(&text, NF_BUFFER_MAX);
    add_text_below(&text, node, 0);
    copy =
        text.failed ? NULL : nf_arena_strdup(r->arena, nf_buffer_string(&text));
    if (text.failed)
        nf_arena_fail(r->arena);
    nf_buffer_dispose(&text);
    return copy;
}

/* The name of a unit before its content is read: an attribute or a child. */
static const char *unit_name(const nf_xml_reader *r, const nf_xml_node *node)
{
    const char *name = nf_xml_attribute(r, node, "Name");

    for (const nf_xml_node *n = node->children; !name && n; n = n->next)
        if (n->kind == NF_XML_ELEMENT && strcmp(n->name, "Name") == 0) {
            name = text_below(r, n);
        }
    return name ? name : "";
}

static nf_status add_read_unit(nf_xml_reader *r, const nf_xml_node *node,
                               const nf_element *element,
                               const nf_xml_place *where, nf_xml_place *inside)
{
    const char *containment = nf_xml_attribute(r, node, "containment");
    bool is_project = strcmp(element->type, "Projects$Project") == 0;
    const nf_unit *parent = where->parent;
    nf_unit *unit;

    if (is_project && r->project)
        return nf_xml_fail(r, node, "the project is given twice");
    if (!is_project && !parent) {
        nf_status status = nf_xml_need_project(r);

        if (status)
            return status;
        parent = r->project;
    }
    unit = new_unit(r, element, is_project ? NULL : parent);
    if (!unit)
        return r->err->status;
    if (containment)
        unit->containment = containment;
    if (is_project)
        r->project = unit;
    inside->parent = unit;
    return NF_OK;
}

nf_status nf_xml_read_unit(nf_xml_reader *r, const nf_xml_node *node,
                           const nf_xml_place *where, nf_xml_place *inside)
{
    nf_xml_unit unit = {.reader = r};
    const char *name = unit_name(r, node), *called = name;
    const nf_element *element = NULL;
    const nf_meta_type *meta;
    nf_status status = unit_type(r, node, &unit.type, &meta);

    *inside =
        (nf_xml_place){.depth = where->depth + 1, .module = where->module};
    if (!status)
        status = check_place(r, node, where, unit.type);
    if (status)
        return status;
    if (where->depth >= NF_XML_NESTED_UNITS)
        return nf_xml_fail(r, node, "units are nested deeper than %d",
                           NF_XML_NESTED_UNITS);
    if (nf_xml_property(node, "type"))
        r->doubts = true;
    unit.path = nf_arena_format(
        r->arena, "%s/%s:%s",
        strcmp(unit.type, "Projects$Project") == 0 ? "" : where->path,
        unit.type, name);
    if (strcmp(unit.type, "Projects$ModuleImpl") == 0)
        inside->module = name;
    else if (*where->module)
        called = *name ? nf_arena_format(r->arena, "%s.%s", where->module, name)
                       : where->module;
    if (!unit.path || !called)
        return nf_error_nomem(r->err);
    inside->path = unit.path;
    status = read_content(&unit, &element, node, meta, called);
    /* Where memory is short, an attribute looks like a missing one. */
    if (!status && nf_arena_failed(r->arena))
        status = nf_error_nomem(r->err);
    return status ? status : add_read_unit(r, node, element, where, inside);
}

static bool has_unit(const nf_container *c, const char *type)
{
    for (size_t i = 0; i < c->count; i++)
        if (strcmp(c->units[i]->type, type) == 0)
            return true;
    return false;
}

nf_status nf_xml_need_language(nf_xml_reader *r)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    nf_xml_place place = {.parent = r->project,
                          .path = "/Projects$Project:",
                          .module = ""},
                 inside = {0};
    nf_xml_node *root = NULL;
    char text[512];
    nf_status status;

    if (r->complete || strcmp(r->language, "en_US") == 0 ||
        strlen(r->language) > 64 || r->language[strspn(r->language, letters)] ||
        has_unit(r->container, "Settings$ProjectSettings"))
        return NF_OK;
    snprintf(text, sizeof text,
             "<ProjectSettings xmlns=\"%s\"><Settings><LanguageSettings "
             "DefaultLanguageCode=\"%s\"/></Settings></ProjectSettings>",
             NF_XML_NAMESPACE, r->language);
    status = nf_xml_parse(&root, text, strlen(text), r->file, r->err);
    if (!status)
        status = nf_xml_read_unit(r, root, &place, &inside);
    nf_xml_remove(root);
    return status;
}
