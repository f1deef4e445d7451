/* Reads an XML document unit by unit: libxml2 builds its tree as ever, but as
 * soon as the own content of a unit is complete, at its `units` or its end, the
 * content becomes elements and leaves the tree. What stays is the way from the
 * root to the present unit, so memory follows the largest unit, not the file.
 * That remainder is also what the schemas see when a unit gave reason for
 * doubts. */
#include <string.h>
#include <strings.h>

#include "models/reader_xml.h"

/* What a tree takes, roughly, and how much of it there may be at once. */
enum {
    MAX_TREE = 64 << 20,
    MAX_DOUBTFUL = 4 << 20, /* the schemas take quadratic time … */
    MAX_ASKED = 64 << 20,   /* … in KiB squared, for the whole app */
    ELEMENT_COST = 200,
    ATTRIBUTE_COST = 250,
    MAX_TREE_DEPTH = 1024,
    MAX_NAMES = 8 << 20, /* bytes of different names in one file */
    MAX_LEVELS = 2 * NF_XML_NESTED_UNITS + 8
};

typedef enum level_kind { LEVEL_UNIT, LEVEL_UNITS, LEVEL_INCLUDE } level_kind;

/* An element above or beside the content of units. */
typedef struct level {
    level_kind kind;
    xmlNode *node;
    nf_xml_place place; /* of a unit: where it stands; else of its units */
    size_t cost;        /* of the tree before it */
    bool taken;         /* a unit's content has been */
} level;

typedef struct stream {
    nf_xml_reader *r;
    nf_xml_source *source;
    nf_xml_document *document;
    xmlParserCtxtPtr context;
    level levels[MAX_LEVELS];
    size_t depth;  /* of levels */
    size_t inside; /* how deep in the content of the present level */
    nf_status status;
} stream;

static stream *of(void *user)
{
    xmlParserCtxtPtr context = user;

    return context->_private;
}

static void stop(stream *s, nf_status status)
{
    s->status = status;
    if (status)
        nf_libxml()->xmlStopParser(s->context);
}

/* An error at the place where the parser is. */
static nf_status fail_here(const stream *s, const char *what)
{
    nf_error_set(s->r->err, NF_INPUT, "bad_model", "%s", what);
    nf_error_at_line(s->r->err, s->r->file,
                     s->context->input ? s->context->input->line : 0);
    return NF_INPUT;
}

static bool charge(stream *s, size_t cost)
{
    s->r->cost += cost;
    if (s->r->cost > MAX_TREE)
        stop(s, fail_here(s, "a unit is too large: its XML would need more "
                             "than 64 MiB in memory; use an .mpr"));
    return !s->status;
}

/* ---- content ------------------------------------------------------------- */

static nf_status validate(stream *s, xmlDoc *document)
{
    nf_xml_reader *r = s->r;
    nf_status status;

    /* A complete document is checked by the reader alone: it accepts no more
     * than the generic schema, which libxml2 takes seconds for. So is one that
     * gave no reason for doubts. */
    if (r->trusted || r->complete || !r->doubts)
        return NF_OK;
    r->doubts = false;
    r->asked += (r->cost >> 10) * (r->cost >> 10);
    if (r->cost > MAX_DOUBTFUL || r->asked > MAX_ASKED)
        return fail_here(s, "too much has to be compared with the schemas: "
                            "leave out what is not usual, or use an .mpr");
    status = nf_xml_validate(r, document, false);
    return status ? status : nf_xml_validate(r, document, true);
}

static nf_status take_content(stream *s, level *unit)
{
    nf_xml_place inside;
    nf_status status =
        nf_xml_read_unit(s->r, unit->node, &unit->place, &inside);

    unit->taken = true;
    unit->place = inside;
    return status ? status : validate(s, s->context->myDoc);
}

/* The unit has been read; `units` is the last of its children. */
static void drop_content(stream *s, level *unit, const xmlNode *units)
{
    for (xmlNode *n = unit->node->children, *next; n && n != units; n = next) {
        next = n->next;
        nf_libxml()->xmlUnlinkNode(n);
        nf_libxml()->xmlFreeNode(n);
    }
    s->r->cost = unit->cost + ELEMENT_COST;
    for (const xmlAttr *a = unit->node->properties; a; a = a->next)
        s->r->cost +=
            ATTRIBUTE_COST + (a->children && a->children->content
                                  ? strlen((const char *)a->children->content)
                                  : 0);
}

/* ---- beginnings ---------------------------------------------------------- */

static bool is_include(const xmlNode *node)
{
    return node->ns && strcmp((const char *)node->name, "include") == 0 &&
           strcmp((const char *)node->ns->href, NF_XINCLUDE_NAMESPACE) == 0;
}

static nf_status push(stream *s, level_kind kind, xmlNode *node,
                      const nf_xml_place *place, size_t cost)
{
    if (s->depth >= MAX_LEVELS)
        return nf_xml_fail(s->r, node, "units are nested too deeply");
    s->levels[s->depth++] =
        (level){.kind = kind, .node = node, .place = *place, .cost = cost};
    return NF_OK;
}

static nf_status begin_root(stream *s, xmlNode *node, size_t cost)
{
    nf_xml_document *d = s->document;
    bool is_app = strcmp((const char *)node->name, "app") == 0;
    nf_status status;

    if (d->where) {
        if (!nf_xml_is_ours(node))
            return nf_xml_fail(s->r, node,
                               "an included file needs a unit of "
                               "namespace %s as its root",
                               NF_XML_NAMESPACE);
        return push(s, LEVEL_UNIT, node, d->where, cost);
    }
    if (d->pass_others && !is_app) {
        d->passed = true;
        nf_libxml()->xmlStopParser(s->context);
        return NF_OK;
    }
    if (!is_app || !nf_xml_is_ours(node))
        return nf_xml_fail(s->r, node,
                           "not a model: expected the root element app of "
                           "namespace %s",
                           NF_XML_NAMESPACE);
    status = nf_xml_read_app(s->r, node, d->first);
    return status ? status
                  : push(s, LEVEL_UNITS, node,
                         &(nf_xml_place){.path = "/Projects$Project:",
                                         .module = ""},
                         cost);
}

static nf_status begin_in_unit(stream *s, level *unit, xmlNode *node,
                               size_t cost)
{
    bool units =
        nf_xml_is_ours(node) && strcmp((const char *)node->name, "units") == 0;
    nf_status status;

    if (unit->taken)
        return nf_xml_fail(s->r, node,
                           units ? "a second \"units\""
                                 : "\"units\" must stand last");
    if (!units) {
        s->inside = 1;
        return NF_OK;
    }
    s->r->doubts = s->r->doubts || node->properties;
    status = take_content(s, unit);
    if (status)
        return status;
    drop_content(s, unit, node);
    return push(s, LEVEL_UNITS, node, &unit->place, cost);
}

static nf_status begin(stream *s, xmlNode *node, size_t cost)
{
    level *top = s->depth ? &s->levels[s->depth - 1] : NULL;

    if (!top)
        return begin_root(s, node, cost);
    switch (top->kind) {
    case LEVEL_UNIT:
        return begin_in_unit(s, top, node, cost);
    case LEVEL_UNITS:
        if (is_include(node))
            return push(s, LEVEL_INCLUDE, node, &top->place, cost);
        if (!nf_xml_is_ours(node))
            return nf_xml_fail(s->r, node, "\"%s\" is not of namespace %s",
                               (const char *)node->name, NF_XML_NAMESPACE);
        return push(s, LEVEL_UNIT, node, &top->place, cost);
    default:
        s->inside = 1;
        return NF_OK;
    }
}

static void start_element(void *user, const xmlChar *name,
                          const xmlChar *prefix, const xmlChar *uri, int spaces,
                          const xmlChar **space_list, int count, int defaulted,
                          const xmlChar **attributes)
{
    stream *s = of(user);
    size_t before = s->r->cost;
    size_t cost = ELEMENT_COST + (size_t)(count + spaces) * ATTRIBUTE_COST;
    xmlNode *above = s->context->node, *node;

    for (int i = 0; i < count; i++)
        cost += (size_t)(attributes[5 * i + 4] - attributes[5 * i + 3]);
    if (s->status || s->document->passed || !charge(s, cost))
        return;
    if (s->context->nodeNr > MAX_TREE_DEPTH) {
        stop(s, fail_here(s, "nested too deeply"));
        return;
    }
    nf_libxml()->xmlSAX2StartElementNs(user, name, prefix, uri, spaces,
                                       space_list, count, defaulted,
                                       attributes);
    node = s->context->node;
    if (!node || node == above) { /* no memory */
        stop(s, nf_error_nomem(s->r->err));
        return;
    }
    nf_xml_set_line(node, s->context->input->line);
    if (s->inside)
        s->inside++;
    else
        stop(s, begin(s, node, before));
}

/* ---- texts and ends ------------------------------------------------------ */

static bool is_blank(const xmlChar *text, int length)
{
    for (int i = 0; i < length; i++)
        if (!strchr(" \t\r\n", text[i]) || !text[i])
            return false;
    return true;
}

/* Between units there is white space only, which is not kept. */
static bool is_content(stream *s, const xmlChar *text, int length)
{
    const level *top = s->depth ? &s->levels[s->depth - 1] : NULL;

    if (s->status || s->document->passed)
        return false;
    if (s->inside || !top || top->kind == LEVEL_INCLUDE ||
        (top->kind == LEVEL_UNIT && !top->taken))
        return charge(s, 2 * (size_t)length);
    if (!is_blank(text, length))
        stop(s, fail_here(s, top->kind == LEVEL_UNIT
                                 ? "text where elements are expected"
                                 : "text where units are expected"));
    return false;
}

static void characters(void *user, const xmlChar *text, int length)
{
    if (is_content(of(user), text, length))
        nf_libxml()->xmlSAX2Characters(user, text, length);
}

static void cdata(void *user, const xmlChar *text, int length)
{
    stream *s = of(user);

    if (is_content(s, text, length) && charge(s, ELEMENT_COST))
        nf_libxml()->xmlSAX2CDataBlock(user, text, length);
}

static nf_status end_level(stream *s, level *l)
{
    nf_status status = NF_OK;

    if (l->kind == LEVEL_UNIT && !l->taken)
        status = take_content(s, l);
    if (l->kind == LEVEL_INCLUDE) {
        nf_xml_doubt_include(s->r, l->node);
        status = validate(
            s, s->context->myDoc); /* the included file has doubts of its own */
        if (!status)
            status = nf_xml_read_include(s->r, l->node, &l->place);
    }
    return status;
}

static void end_element(void *user, const xmlChar *name, const xmlChar *prefix,
                        const xmlChar *uri)
{
    stream *s = of(user);
    xmlNode *node = s->context->node;
    level *l;

    if (s->status || s->document->passed || !node)
        return;
    if (s->inside) {
        s->inside--;
        nf_libxml()->xmlSAX2EndElementNs(user, name, prefix, uri);
        return;
    }
    l = &s->levels[s->depth - 1];
    stop(s, end_level(s, l));
    if (s->status)
        return;
    s->depth--;
    nf_libxml()->xmlSAX2EndElementNs(user, name, prefix, uri);
    if (!s->depth)
        return; /* the root stays for the last doubts */
    if (l->kind != LEVEL_UNITS) {
        nf_libxml()->xmlUnlinkNode(node);
        nf_libxml()->xmlFreeNode(node);
        s->r->cost = l->cost;
    }
}

/* ---- a document ---------------------------------------------------------- */

/* A document type would bring entities: refused before they are read. */
static void refuse_doctype(void *user, const xmlChar *name,
                           const xmlChar *external, const xmlChar *system)
{
    stream *s = of(user);

    (void)name;
    (void)external;
    (void)system;
    if (!s->status)
        stop(s, nf_xml_fail(s->r, NULL,
                            "a document type (DOCTYPE) is not allowed"));
}

/* Markup is looked for in the bytes, before libxml2 changes them. */
static void start_document(void *user)
{
    static const char *const known[] = {"UTF-8", "UTF8", "US-ASCII", "ASCII"};
    stream *s = of(user);
    const xmlChar *names[] = {s->context->encoding,
                              s->context->input ? s->context->input->encoding
                                                : NULL};

    for (size_t i = 0; i < 2; i++) {
        const char *name = (const char *)names[i];
        bool good = !name || strncasecmp(name, "ISO-8859-", 9) == 0 ||
                    strncasecmp(name, "windows-125", 11) == 0;

        for (size_t k = 0; k < sizeof known / sizeof *known && !good; k++)
            good = strcasecmp(name, known[k]) == 0;
        if (!good && !s->status)
            stop(s, fail_here(s, "its encoding is not UTF-8"));
    }
    nf_libxml()->xmlDictSetLimit(s->context->dict, MAX_NAMES);
    if (!s->status)
        nf_libxml()->xmlSAX2StartDocument(user);
}

static int read_more(void *user, char *out, int size)
{
    stream *s = user;

    if (s->status || s->document->passed || !s->context->wellFormed)
        return 0;
    return (int)nf_xml_source_read(s->source, out, (size_t)size);
}

static nf_status not_well_formed(const stream *s)
{
    const xmlError *last = nf_libxml()->xmlCtxtGetLastError(s->context);
    char message[256];

    if (last && last->code == XML_ERR_NO_MEMORY)
        return nf_error_nomem(s->r->err);
    snprintf(message, sizeof message, "%s",
             last && last->message ? last->message : "it is not complete");
    message[strcspn(message, "\n")] = '\0';
    nf_error_set(s->r->err, NF_INPUT, "bad_model", "not well-formed XML: %s",
                 message);
    nf_error_at_line(s->r->err, s->r->file, last ? last->line : 0);
    return NF_INPUT;
}

static void set_handlers(xmlSAXHandler *sax)
{
    sax->internalSubset = refuse_doctype;
    sax->startDocument = start_document;
    sax->startElementNs = start_element;
    sax->endElementNs = end_element;
    sax->characters = sax->ignorableWhitespace = characters;
    sax->cdataBlock = cdata;
    sax->comment = NULL;
    sax->processingInstruction = NULL;
}

static nf_status run(stream *s)
{
    bool complete;
    xmlDoc *document;
    nf_status status;

    set_handlers(s->context->sax);
    s->context->_private = s;
    document = nf_libxml()->xmlCtxtReadIO(
        s->context, read_more, NULL, s, s->r->file, NULL,
        XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
            XML_PARSE_HUGE | XML_PARSE_BIG_LINES | XML_PARSE_COMPACT);
    complete = document && s->context->wellFormed;
    status = s->status ? s->status : s->source->status;
    if (!status && !s->document->passed)
        status = complete ? validate(s, document) : not_well_formed(s);
    nf_libxml()->xmlFreeDoc(document);
    return status;
}

nf_status nf_xml_read_document(nf_xml_reader *r, nf_xml_source *source,
                               nf_xml_document *document)
{
    size_t cost = r->cost;
    stream *s = nf_alloc(sizeof *s);
    nf_status status = NF_OK;

    nf_libxml()->xmlInitParser();
    if (s)
        s->context = nf_libxml()->xmlNewParserCtxt();
    if (s && s->context) {
        s->r = r;
        s->source = source;
        s->document = document;
        status = run(s);
    } else {
        status = nf_error_nomem(r->err);
    }
    if (s)
        nf_libxml()->xmlFreeParserCtxt(s->context);
    nf_free(s);
    r->cost = cost;
    return status;
}
