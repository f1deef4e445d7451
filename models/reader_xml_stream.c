/* Reads an XML document unit by unit: a tree is built of it, but as soon as the
 * own content of a unit is complete, at its `units` or its end, the content
 * becomes elements and leaves the tree. What stays is the way from the root to
 * the present unit, so memory follows the largest unit, not the file. That
 * remainder is also what the schemas see when a unit gave reason for doubts. */
#include <string.h>

#include "models/reader_xml.h"
#include "models/xml_parse.h"

/* How much the schemas are asked, and how deep units stand. */
enum {
    MAX_DOUBTFUL = 4 << 20, /* the schemas take quadratic time … */
    MAX_ASKED = 64 << 20,   /* … in KiB squared, for the whole app */
    MAX_LEVELS = 2 * NF_XML_NESTED_UNITS + 8
};

typedef enum level_kind { LEVEL_UNIT, LEVEL_UNITS, LEVEL_INCLUDE } level_kind;

/* An element above or beside the content of units. */
typedef struct level {
    level_kind kind;
    nf_xml_node *node;
    nf_xml_place place; /* of a unit: where it stands; else of its units */
    size_t cost;        /* of the tree before it */
    bool taken;         /* a unit's content has been */
} level;

typedef struct stream {
    nf_xml_reader *r;
    nf_xml_source *source;
    nf_xml_document *document;
    nf_xml_parser parser;
    level levels[MAX_LEVELS];
    size_t depth;  /* of levels */
    size_t inside; /* how deep in the content of the present level */
} stream;

/* ---- content ------------------------------------------------------------- */

static nf_status validate(stream *s)
{
    nf_xml_reader *r = s->r;

    /* A complete document is checked by the reader alone: it accepts no more
     * than the generic schema, which libxml2 takes seconds for. So is one that
     * gave no reason for doubts. */
    if (r->trusted || r->complete || !r->doubts)
        return NF_OK;
    r->doubts = false;
    r->asked += (r->cost >> 10) * (r->cost >> 10);
    if (r->cost > MAX_DOUBTFUL || r->asked > MAX_ASKED)
        return nf_xml_fail_here(&s->parser,
                                "too much has to be compared with the schemas: "
                                "leave out what is not usual, or use an .mpr");
    return nf_xml_validate(r, s->parser.root);
}

static nf_status take_content(stream *s, level *unit)
{
    nf_xml_place inside;
    nf_status status =
        nf_xml_read_unit(s->r, unit->node, &unit->place, &inside);

    unit->taken = true;
    unit->place = inside;
    return status ? status : validate(s);
}

/* The unit has been read; `units` is the last of its children. */
static void drop_content(stream *s, level *unit, const nf_xml_node *units)
{
    while (unit->node->children != units)
        nf_xml_remove(unit->node->children);
    s->r->cost = unit->cost + NF_XML_ELEMENT_COST;
    for (const nf_xml_attr *a = unit->node->properties; a; a = a->next)
        s->r->cost += NF_XML_ATTRIBUTE_COST + strlen(a->value);
}

/* ---- beginnings ---------------------------------------------------------- */

static bool is_include(const nf_xml_node *node)
{
    return node->space && strcmp(node->name, "include") == 0 &&
           strcmp(node->space, NF_XINCLUDE_NAMESPACE) == 0;
}

static nf_status push(stream *s, level_kind kind, nf_xml_node *node,
                      const nf_xml_place *place, size_t cost)
{
    if (s->depth >= MAX_LEVELS)
        return nf_xml_fail(s->r, node, "units are nested too deeply");
    s->levels[s->depth++] =
        (level){.kind = kind, .node = node, .place = *place, .cost = cost};
    return NF_OK;
}

static nf_status begin_root(stream *s, nf_xml_node *node, size_t cost)
{
    nf_xml_document *d = s->document;
    bool is_app = strcmp(node->name, "app") == 0;
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
        nf_xml_stop(&s->parser, NF_OK);
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

static nf_status begin_in_unit(stream *s, level *unit, nf_xml_node *node,
                               size_t cost)
{
    bool units = nf_xml_is_ours(node) && strcmp(node->name, "units") == 0;
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

static nf_status begin(stream *s, nf_xml_node *node, size_t cost)
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
                               node->name, NF_XML_NAMESPACE);
        return push(s, LEVEL_UNIT, node, &top->place, cost);
    default:
        s->inside = 1;
        return NF_OK;
    }
}

static void start_element(void *user, nf_xml_node *node, size_t before)
{
    stream *s = user;
    nf_status status;

    if (s->inside) {
        s->inside++;
        return;
    }
    status = begin(s, node, before);
    if (status)
        nf_xml_stop(&s->parser, status);
}

/* ---- texts and ends ------------------------------------------------------ */

static bool is_blank(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!strchr(" \t\r\n", text[i]) || !text[i])
            return false;
    return true;
}

/* Between units there is white space only, which is not kept. */
static bool is_content(void *user, const char *text, size_t length)
{
    stream *s = user;
    const level *top = s->depth ? &s->levels[s->depth - 1] : NULL;

    if (s->inside || !top || top->kind == LEVEL_INCLUDE ||
        (top->kind == LEVEL_UNIT && !top->taken))
        return true;
    if (!is_blank(text, length))
        nf_xml_stop(&s->parser,
                    nf_xml_fail_here(&s->parser,
                                     top->kind == LEVEL_UNIT
                                         ? "text where elements are expected"
                                         : "text where units are expected"));
    return false;
}

static nf_status end_level(stream *s, level *l)
{
    nf_status status = NF_OK;

    if (l->kind == LEVEL_UNIT && !l->taken)
        status = take_content(s, l);
    if (l->kind == LEVEL_INCLUDE) {
        nf_xml_doubt_include(s->r, l->node);
        status = validate(s); /* the included file has doubts of its own */
        if (!status)
            status = nf_xml_read_include(s->r, l->node, &l->place);
    }
    return status;
}

static bool end_element(void *user, nf_xml_node *node)
{
    stream *s = user;
    nf_status status;
    level *l;

    if (s->inside) {
        s->inside--;
        return false;
    }
    l = &s->levels[s->depth - 1];
    status = end_level(s, l);
    if (status) {
        nf_xml_stop(&s->parser, status);
        return false;
    }
    s->depth--;
    if (!s->depth || l->kind == LEVEL_UNITS)
        return false; /* the root stays for the last doubts */
    nf_xml_remove(node);
    s->r->cost = l->cost;
    return true;
}

/* ---- a document ---------------------------------------------------------- */

static long read_more(void *user, char *out, size_t size)
{
    return nf_xml_source_read(((stream *)user)->source, out, size);
}

static size_t waiting(void *user)
{
    return nf_xml_source_waiting(((stream *)user)->source);
}

static nf_status run(stream *s)
{
    nf_status status = nf_xml_parser_run(&s->parser);

    if (s->source->status)
        status = s->source->status;
    if (!status && !s->document->passed)
        status = validate(s);
    nf_xml_remove(s->parser.root);
    return status;
}

nf_status nf_xml_read_document(nf_xml_reader *r, nf_xml_source *source,
                               nf_xml_document *document)
{
    static const nf_xml_handlers handlers = {.start = start_element,
                                             .text = is_content,
                                             .end = end_element,
                                             .read = read_more,
                                             .waiting = waiting};
    size_t cost = r->cost;
    stream *s = nf_alloc(sizeof *s);
    nf_status status;

    if (!s)
        return nf_error_nomem(r->err);
    s->r = r;
    s->source = source;
    s->document = document;
    s->parser = (nf_xml_parser){.handlers = &handlers,
                                .user = s,
                                .file = r->file,
                                .err = r->err,
                                .cost = &r->cost};
    status = run(s);
    nf_free(s);
    r->cost = cost;
    return status;
}
