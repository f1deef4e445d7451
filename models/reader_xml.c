/* The XML reader: documents, includes and the tree of units (MF-X1 … X4,
 * X13). Elements are read by reader_xml_element.c. Everything lives in the
 * container's arena; the libxml2 tree is freed after its document. */
#include "models/reader_xml.h"
#include "models/libxml.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_FILE_SIZE = 1 << 30, MAX_INCLUDES = 16, MAX_NESTED_UNITS = 64 };

nf_status nf_xml_fail(const nf_xml_reader *reader, const xmlNode *node,
                      const char *format, ...)
{
    va_list args;

    va_start(args, format);
    nf_error_setv(reader->err, NF_INPUT, "bad_model", format, args);
    va_end(args);
    nf_error_at_line(
        reader->err, reader->file,
        node ? nf_libxml()->xmlGetLineNo((xmlNode *)(uintptr_t)node) : 0);
    return NF_INPUT;
}

const char *nf_xml_attribute(const nf_xml_reader *reader, const xmlNode *node,
                             const char *name)
{
    xmlChar *value = nf_libxml()->xmlGetNoNsProp(node, BAD_CAST name);
    const char *copy =
        value ? nf_arena_strdup(reader->arena, (const char *)value) : NULL;

    nf_libxml_free(value);
    return copy;
}

bool nf_xml_is_ours(const xmlNode *node)
{
    return node->ns &&
           strcmp((const char *)node->ns->href, NF_XML_NAMESPACE) == 0;
}

static bool is_include(const xmlNode *node)
{
    return node->ns && strcmp((const char *)node->name, "include") == 0 &&
           strcmp((const char *)node->ns->href, NF_XINCLUDE_NAMESPACE) == 0;
}

/* ---- parsing ------------------------------------------------------------- */

/* What the tree of a document takes, roughly: it has to fit into memory. */
enum {
    MAX_TREE = 1 << 30,
    ELEMENT_COST = 200,
    ATTRIBUTE_COST = 250,
    MAX_ATTRIBUTES = 4096 /* of an element: libxml2 compares each with each */
};

typedef struct parse_guard {
    size_t cost;
    bool doctype;
} parse_guard;

/* A document type would bring entities: refused before they are read. */
static void refuse_doctype(void *user, const xmlChar *name,
                           const xmlChar *external, const xmlChar *system)
{
    xmlParserCtxtPtr context = user;
    parse_guard *guard = context->_private;

    (void)name;
    (void)external;
    (void)system;
    guard->doctype = true;
    nf_libxml()->xmlStopParser(context);
}

static void count_element(void *user, const xmlChar *name,
                          const xmlChar *prefix, const xmlChar *uri, int spaces,
                          const xmlChar **space_list, int count, int defaulted,
                          const xmlChar **attributes)
{
    xmlParserCtxtPtr context = user;
    parse_guard *guard = context->_private;

    guard->cost += ELEMENT_COST + (size_t)count * ATTRIBUTE_COST;
    if (guard->cost > MAX_TREE)
        nf_libxml()->xmlStopParser(context);
    else
        nf_libxml()->xmlSAX2StartElementNs(user, name, prefix, uri, spaces,
                                           space_list, count, defaulted,
                                           attributes);
}

/* Where a tag, a comment or the like that begins at `at` ends. `*attributes`
 * counts the `=` outside of values. */
static size_t tag_end(const char *text, size_t length, size_t at,
                      size_t *attributes)
{
    char quote = '\0';

    for (; at < length; at++) {
        char c = text[at];

        if (quote) {
            quote = c == quote ? '\0' : quote;
        } else if (c == '>') {
            break;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else {
            *attributes += c == '=';
        }
    }
    return at;
}

static size_t skip_to(const char *text, size_t length, size_t at,
                      const char *end)
{
    const char *found = memmem(text + at, length - at, end, strlen(end));

    return found ? (size_t)(found - text) + strlen(end) : length;
}

static nf_status check_attributes(const nf_xml_reader *r, const char *text,
                                  size_t length)
{
    for (size_t at = 0; at < length;) {
        const char *tag = memchr(text + at, '<', length - at);
        size_t attributes = 0;

        if (!tag)
            break;
        at = (size_t)(tag - text);
        if (length - at > 4 && memcmp(tag, "<!--", 4) == 0)
            at = skip_to(text, length, at, "-->");
        else if (length - at > 9 && memcmp(tag, "<![CDATA[", 9) == 0)
            at = skip_to(text, length, at, "]]>");
        else if (length - at > 2 && tag[1] == '?')
            at = skip_to(text, length, at, "?>");
        else
            at = tag_end(text, length, at + 1, &attributes);
        if (attributes > MAX_ATTRIBUTES)
            return nf_xml_fail(r, NULL,
                               "an element has more than %d attributes",
                               MAX_ATTRIBUTES);
    }
    return NF_OK;
}

static nf_status parse_failed(const nf_xml_reader *r, xmlParserCtxtPtr context)
{
    const xmlError *last = nf_libxml()->xmlCtxtGetLastError(context);
    const parse_guard *guard = context->_private;
    char message[256];

    if (guard->cost > MAX_TREE)
        return nf_xml_fail(r, NULL,
                           "it is too large: it would need more than %d MiB "
                           "in memory; use an .mpr",
                           MAX_TREE >> 20);
    if (guard->doctype)
        return nf_xml_fail(r, NULL, "a document type (DOCTYPE) is not allowed");
    if (last && last->code == XML_ERR_NO_MEMORY)
        return nf_error_nomem(r->err);
    snprintf(message, sizeof message, "%s",
             last && last->message ? last->message : "it is not complete");
    message[strcspn(message, "\n")] = '\0';
    nf_error_set(r->err, NF_INPUT, "bad_model", "not well-formed XML: %s",
                 message);
    nf_error_at_line(r->err, r->file, last ? last->line : 0);
    return NF_INPUT;
}

static nf_status parse(const nf_xml_reader *r, xmlDoc **document,
                       const char *text, size_t length)
{
    parse_guard guard = {.cost = length};
    xmlParserCtxtPtr context;
    nf_status status = NF_OK;

    *document = NULL;
    if (length > INT_MAX)
        return nf_xml_fail(r, NULL, "the file is too large");
    if (!r->trusted)
        status = check_attributes(r, text, length);
    if (status)
        return status;
    nf_libxml()->xmlInitParser();
    context = nf_libxml()->xmlNewParserCtxt();
    if (!context)
        return nf_error_nomem(r->err);
    context->_private = &guard;
    context->sax->internalSubset = refuse_doctype;
    context->sax->startElementNs = count_element;
    *document = nf_libxml()->xmlCtxtReadMemory(
        context, text, (int)length, r->file, NULL,
        XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
            XML_PARSE_HUGE | XML_PARSE_BIG_LINES | XML_PARSE_COMPACT);
    if (*document && (guard.doctype || guard.cost > MAX_TREE)) {
        nf_libxml()->xmlFreeDoc(*document);
        *document = NULL;
    }
    if (!*document)
        status = parse_failed(r, context);
    nf_libxml()->xmlFreeParserCtxt(context);
    return status;
}

nf_status nf_xml_parse(xmlDoc **out, const char *text, size_t length,
                       const char *name, nf_error *err)
{
    nf_xml_reader r = {.file = name, .err = err};

    return parse(&r, out, text, length);
}

static nf_status read_file(const nf_xml_reader *r, char **text, size_t *length,
                           const char *path)
{
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat info;
    size_t at = 0;

    *text = NULL;
    *length = 0;
    if (file < 0 || fstat(file, &info) || !S_ISREG(info.st_mode) ||
        info.st_size > MAX_FILE_SIZE) {
        int code = file < 0 ? errno : EINVAL;

        if (file >= 0)
            close(file);
        return nf_error_set(r->err, NF_INPUT, "not_found",
                            "\"%s\" can't be read: %s", path, strerror(code));
    }
    *length = (size_t)info.st_size;
    *text = nf_alloc(*length + 1);
    while (*text && at < *length) {
        ssize_t got = read(file, *text + at, *length - at);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        at += (size_t)got;
    }
    close(file);
    if (!*text)
        return nf_error_nomem(r->err);
    *length = at;
    return NF_OK;
}

static nf_status read_document(nf_xml_reader *r, xmlDoc **document,
                               const char *path)
{
    char *text = NULL;
    size_t length = 0;
    nf_status status;

    *document = NULL;
    r->file = nf_arena_strdup(r->arena, path);
    if (!r->file)
        return nf_error_nomem(r->err);
    status = read_file(r, &text, &length, path);
    if (!status)
        status = parse(r, document, text, length);
    nf_free(text);
    return status;
}

/* ---- units --------------------------------------------------------------- */

typedef struct place {
    const nf_unit *parent; /* NULL: directly under <app> */
    const char *path;
    const char *module;
    int depth;
} place;

static nf_status read_units(nf_xml_reader *r, const xmlNode *node,
                            const place *where);

/* Collects the `id`s of the unit's own elements, not of its units. */
static nf_status collect_labels(nf_xml_unit *unit, const xmlNode *node,
                                int depth)
{
    for (const xmlNode *n = node->children; n; n = n->next) {
        const char *id;
        nf_status status;

        if (n->type != XML_ELEMENT_NODE ||
            (depth == 0 && strcmp((const char *)n->name, "units") == 0))
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

static nf_status unit_type(const nf_xml_reader *r, const xmlNode *node,
                           const char **type, const nf_meta_type **meta)
{
    static const char *const none[1];
    const char *allowed[128];
    nf_xml_unit unit = {.reader = (nf_xml_reader *)(uintptr_t)r};
    size_t count = 0;

    for (size_t i = 0; i < nf_meta_type_count() && count < 128; i++)
        if (nf_meta_type_at(i)->unit)
            allowed[count++] = nf_meta_type_at(i)->name;
    return nf_xml_type(&unit, node, (const char *)node->name,
                       count ? allowed : none, count, type, meta);
}

/* Which units may stand in which (2.4); checked in hand-written documents. */
static nf_status check_place(const nf_xml_reader *r, const xmlNode *node,
                             const place *where, const char *type)
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

/* The project unit, made when the document does not give one (MF-X4). */
static nf_status need_project(nf_xml_reader *r)
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
                              const xmlNode *node, const nf_meta_type *meta,
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
    nf_map_free(unit->labels);
    nf_buffer_dispose(&unit->place);
    nf_buffer_dispose(&unit->called);
    return status;
}

/* The name of a unit before its content is read: an attribute or a child. */
static const char *unit_name(const nf_xml_reader *r, const xmlNode *node)
{
    const char *name = nf_xml_attribute(r, node, "Name");

    for (const xmlNode *n = node->children; !name && n; n = n->next)
        if (n->type == XML_ELEMENT_NODE &&
            strcmp((const char *)n->name, "Name") == 0) {
            xmlChar *content = nf_libxml()->xmlNodeGetContent(n);

            name = content ? nf_arena_strdup(r->arena, (const char *)content)
                           : NULL;
            nf_libxml_free(content);
        }
    return name ? name : "";
}

static nf_status read_nested(nf_xml_reader *r, const xmlNode *node,
                             const place *where)
{
    bool found = false;

    for (const xmlNode *n = node->children; n; n = n->next) {
        nf_status status;

        if (n->type != XML_ELEMENT_NODE || !nf_xml_is_ours(n))
            continue;
        if (found && strcmp((const char *)n->name, "units") != 0)
            return nf_xml_fail(r, n, "\"units\" must stand last");
        if (strcmp((const char *)n->name, "units") != 0)
            continue;
        if (found)
            return nf_xml_fail(r, n, "a second \"units\"");
        found = true;
        r->doubts = r->doubts || n->properties;
        status = read_units(r, n, where);
        if (status)
            return status;
    }
    return NF_OK;
}

static nf_status add_read_unit(nf_xml_reader *r, const xmlNode *node,
                               const nf_element *element, const place *where,
                               place *inside)
{
    const char *containment = nf_xml_attribute(r, node, "containment");
    bool is_project = strcmp(element->type, "Projects$Project") == 0;
    const nf_unit *parent = where->parent;
    nf_unit *unit;

    if (is_project && r->project)
        return nf_xml_fail(r, node, "the project is given twice");
    if (!is_project && !parent) {
        nf_status status = need_project(r);

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

static nf_status read_unit(nf_xml_reader *r, const xmlNode *node,
                           const place *where)
{
    nf_xml_unit unit = {.reader = r};
    place inside = {.depth = where->depth + 1, .module = where->module};
    const char *name = unit_name(r, node), *called = name;
    const nf_element *element = NULL;
    const nf_meta_type *meta;
    nf_status status = unit_type(r, node, &unit.type, &meta);

    if (!status)
        status = check_place(r, node, where, unit.type);
    if (status)
        return status;
    if (where->depth >= MAX_NESTED_UNITS)
        return nf_xml_fail(r, node, "units are nested deeper than %d",
                           MAX_NESTED_UNITS);
    if (nf_libxml()->xmlHasNsProp((xmlNode *)(uintptr_t)node, BAD_CAST "type",
                                  NULL))
        r->doubts = true;
    unit.path = nf_arena_format(
        r->arena, "%s/%s:%s",
        strcmp(unit.type, "Projects$Project") == 0 ? "" : where->path,
        unit.type, name);
    if (strcmp(unit.type, "Projects$ModuleImpl") == 0)
        inside.module = name;
    else if (*where->module)
        called = *name ? nf_arena_format(r->arena, "%s.%s", where->module, name)
                       : where->module;
    if (!unit.path || !called)
        return nf_error_nomem(r->err);
    inside.path = unit.path;
    status = read_content(&unit, &element, node, meta, called);
    if (!status)
        status = add_read_unit(r, node, element, where, &inside);
    return status ? status : read_nested(r, node, &inside);
}

/* ---- includes ------------------------------------------------------------ */

/* Only a relative path below the main file's folder, symbolic links resolved
 * (MF-X13). */
static nf_status include_path(const nf_xml_reader *r, const xmlNode *node,
                              char resolved[PATH_MAX])
{
    const char *href = nf_xml_attribute(r, node, "href");
    const char *slash = strrchr(r->file, '/');
    char joined[PATH_MAX];
    size_t folder = r->folder ? strlen(r->folder) : 0;

    if (!href || !*href)
        return nf_xml_fail(r, node, "xi:include needs href");
    if (!r->folder || *href == '/' || strstr(href, "..") ||
        strpbrk(href, ":#?\\"))
        return nf_xml_fail(r, node,
                           "xi:include \"%s\" must be a relative path below "
                           "the folder of the main file",
                           href);
    if (snprintf(joined, sizeof joined, "%.*s%s",
                 slash ? (int)(slash - r->file) + 1 : 0, r->file,
                 href) >= (int)sizeof joined)
        return nf_xml_fail(r, node, "the path \"%s\" is too long", href);
    if (!realpath(joined, resolved))
        return nf_xml_fail(r, node, "xi:include \"%s\": %s", href,
                           strerror(errno));
    if (strncmp(resolved, r->folder, folder) != 0 || resolved[folder] != '/')
        return nf_xml_fail(r, node,
                           "xi:include \"%s\" leads out of the folder of the "
                           "main file",
                           href);
    return NF_OK;
}

static nf_status validate(nf_xml_reader *r, xmlDoc *document)
{
    nf_status status;

    /* A complete document is checked by the reader alone: it accepts no more
     * than the generic schema, which libxml2 takes seconds for. So is one that
     * gave no reason for doubts. */
    if (r->trusted || r->complete || !r->doubts)
        return NF_OK;
    status = nf_xml_validate(r, document, false);
    if (!status)
        status = nf_xml_validate(r, document, true);
    return status;
}

static nf_status read_include(nf_xml_reader *r, const xmlNode *node,
                              const place *where)
{
    static const char *const known[] = {"href", NULL};
    const char *outer = r->file;
    char path[PATH_MAX];
    xmlDoc *document;
    const xmlNode *root;
    nf_status status = include_path(r, node, path);

    if (status)
        return status;
    if (node->children || !nf_xml_is_plain(node, known, false))
        r->doubts = true;
    if (r->includes >= MAX_INCLUDES)
        return nf_xml_fail(r, node,
                           "xi:include goes in a circle or deeper "
                           "than %d",
                           MAX_INCLUDES);
    r->includes++;
    status = read_document(r, &document, path);
    if (!status) {
        root = nf_libxml()->xmlDocGetRootElement(document);
        status = root && nf_xml_is_ours(root)
                     ? read_unit(r, root, where)
                     : nf_xml_fail(r, root,
                                   "an included file needs a unit of "
                                   "namespace %s as its root",
                                   NF_XML_NAMESPACE);
    }
    if (!status)
        status = validate(r, document);
    nf_libxml()->xmlFreeDoc(document);
    r->includes--;
    r->file = outer;
    return status;
}

static nf_status read_units(nf_xml_reader *r, const xmlNode *node,
                            const place *where)
{
    nf_status status = NF_OK;

    for (const xmlNode *n = node->children; n && !status; n = n->next) {
        if (n->type == XML_TEXT_NODE && n->content &&
            n->content[strspn((const char *)n->content, " \t\r\n")])
            return nf_xml_fail(r, n, "text where units are expected");
        if (n->type != XML_ELEMENT_NODE)
            continue;
        if (is_include(n))
            status = read_include(r, n, where);
        else if (!nf_xml_is_ours(n))
            status = nf_xml_fail(r, n, "\"%s\" is not of namespace %s",
                                 (const char *)n->name, NF_XML_NAMESPACE);
        else
            status = read_unit(r, n, where);
    }
    return status;
}

/* ---- app documents ------------------------------------------------------- */

static nf_status agree(const nf_xml_reader *r, const xmlNode *root,
                       const char *name, const char *fallback,
                       const char **value, bool first)
{
    const char *text = nf_xml_attribute(r, root, name);

    if (!text)
        text = fallback;
    if (first)
        *value = text;
    else if (strcmp(*value, text) != 0)
        return nf_xml_fail(r, root,
                           "the files of one app must agree: %s is \"%s\" here "
                           "and \"%s\" before",
                           name, text, *value);
    return NF_OK;
}

static nf_status read_mpr_version(const nf_xml_reader *r, const xmlNode *root,
                                  bool first)
{
    const char *before = r->container->mpr == 1   ? "1"
                         : r->container->mpr == 2 ? "2"
                                                  : "";
    nf_status status = agree(r, root, "mpr", "", &before, first);

    if (status)
        return status;
    if (*before && strcmp(before, "1") != 0 && strcmp(before, "2") != 0)
        return nf_xml_fail(r, root, "mpr is 1 or 2, not \"%s\"", before);
    r->container->mpr = *before ? *before - '0' : 0;
    return NF_OK;
}

static nf_status read_app(nf_xml_reader *r, const xmlNode *root, bool first)
{
    static const char *const known[] = {"format",   "mendix",     "mpr",
                                        "build",    "schemaHash", "transaction",
                                        "language", "complete"};
    nf_container *c = r->container;
    static const char *const plain[] = {"format", "mendix", "language", NULL};
    const char *format = nf_xml_attribute(r, root, "format");
    const char *complete = r->complete ? "true" : "false";
    nf_status status;

    if (!nf_xml_is_plain(root, plain, false))
        r->doubts = true;
    for (const xmlAttr *a = root->properties; a; a = a->next) {
        bool found = a->ns != NULL;

        for (size_t i = 0; i < sizeof known / sizeof *known; i++)
            found = found || strcmp((const char *)a->name, known[i]) == 0;
        if (!found)
            return nf_xml_fail(r, root, "unknown attribute \"%s\" of app",
                               (const char *)a->name);
    }
    if (!format || strcmp(format, "1") != 0)
        return nf_xml_fail(r, root, "app needs format=\"1\"");
    status = agree(r, root, "mendix", "", &c->version_text, first);
    if (!status)
        status = agree(r, root, "language", "en_US", &c->language, first);
    if (!status)
        status = agree(r, root, "complete", "false", &complete, first);
    if (!status)
        status = agree(r, root, "build", "", &c->build, first);
    if (!status)
        status = agree(r, root, "schemaHash", "", &c->schema_hash, first);
    if (!status)
        status = agree(r, root, "transaction", "", &c->transaction, first);
    if (!status)
        status = read_mpr_version(r, root, first);
    if (status)
        return status;
    if (!nf_version_parse(&c->version, c->version_text))
        return nf_xml_fail(r, root,
                           "app needs mendix, the product version, "
                           "for example mendix=\"10.24.0\"");
    r->complete = strcmp(complete, "true") == 0 || strcmp(complete, "1") == 0;
    if (!r->complete && strcmp(complete, "false") && strcmp(complete, "0"))
        return nf_xml_fail(r, root, "complete is true or false, not \"%s\"",
                           complete);
    r->language = c->language;
    r->version = (unsigned)(c->version.major * 10000 + c->version.minor * 100 +
                            c->version.patch);
    return NF_OK;
}

static bool is_app(const xmlNode *root)
{
    return root && strcmp((const char *)root->name, "app") == 0;
}

static nf_status read_app_document(nf_xml_reader *r, xmlDoc *document,
                                   bool first)
{
    const xmlNode *root = nf_libxml()->xmlDocGetRootElement(document);
    place top = {.parent = NULL, .path = "/Projects$Project:", .module = ""};
    nf_status status;

    if (!is_app(root) || !nf_xml_is_ours(root))
        return nf_xml_fail(r, root,
                           "not a model: expected the root element app of "
                           "namespace %s",
                           NF_XML_NAMESPACE);
    status = read_app(r, root, first);
    if (!status)
        status = read_units(r, root, &top);
    if (!status)
        status = need_project(r);
    return status ? status : validate(r, document);
}

static void init_reader(nf_xml_reader *r, nf_container *container,
                        nf_error *err)
{
    memset(r, 0, sizeof *r);
    r->container = container;
    r->arena = container->arena;
    r->file = container->path;
    r->language = "en_US";
    r->err = err;
    container->format = 0;
}

static nf_status find_folder(nf_xml_reader *r, const char *file)
{
    char copy[PATH_MAX], resolved[PATH_MAX];
    char *slash;

    if (snprintf(copy, sizeof copy, "%s", file) >= (int)sizeof copy)
        return nf_error_set(r->err, NF_INPUT, "not_found",
                            "the path \"%s\" is too long", file);
    slash = strrchr(copy, '/');
    if (slash)
        slash[slash == copy] = '\0';
    if (!realpath(slash ? copy : ".", resolved))
        return nf_error_set(r->err, NF_INPUT, "not_found",
                            "\"%s\" can't be read: %s", file, strerror(errno));
    if (strcmp(resolved, "/") == 0)
        resolved[0] = '\0';
    r->folder = nf_arena_strdup(r->arena, resolved);
    return r->folder ? NF_OK : nf_error_nomem(r->err);
}

nf_status nf_xml_read(nf_container *container, const char *const *files,
                      size_t count, nf_error *err)
{
    nf_error own = {0};
    nf_xml_reader r;
    bool first = true;
    nf_status status;

    init_reader(&r, container, err ? err : &own);
    status = find_folder(&r, files[0]);
    for (size_t i = 0; i < count && !status; i++) {
        xmlDoc *document;

        status = read_document(&r, &document, files[i]);
        if (status)
            break;
        /* In a folder other XML files are passed over (MF-C13). */
        if (count == 1 || is_app(nf_libxml()->xmlDocGetRootElement(document))) {
            status = read_app_document(&r, document, first);
            first = false;
        }
        nf_libxml()->xmlFreeDoc(document);
    }
    nf_xml_forget_schemas(&r);
    if (!status && first)
        status = nf_error_set(err, NF_INPUT, "not_a_model",
                              "folder \"%s\" holds no model: no .mpr and no "
                              "XML file with the root app",
                              container->path);
    return status;
}

nf_status nf_xml_read_text(nf_container *container, const char *text,
                           size_t length, const char *name, nf_error *err)
{
    nf_error own = {0};
    nf_xml_reader r;
    xmlDoc *document;
    nf_status status;

    init_reader(&r, container, err ? err : &own);
    r.file = name;
    r.trusted = true;
    status = parse(&r, &document, text, length);
    if (!status)
        status = read_app_document(&r, document, true);
    nf_libxml()->xmlFreeDoc(document);
    return status;
}
