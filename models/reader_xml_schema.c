/* The two RELAX NG schemas, embedded at build time (MF-X15, MF-X16). The
 * reader's own checks run first, because libxml2's messages name only the
 * outermost element, and because reading a schema takes longer than all the
 * rest. They compare names, types and values with the table that the schemas
 * are made from; where they let something pass that a schema might not, the
 * reader has doubts, and the schemas are the last word. */
#include <stdio.h>
#include <string.h>

#include "models/reader_xml.h"
#include "models/schema.h"

#include "models/generic_rng.h"
#include "models/strict_rng.h"
#include "models/libxml.h"

/* NMTOKEN, but for what is not ASCII. */
static bool is_word(const nf_xml_attr *attribute)
{
    if (!*attribute->value)
        return false;
    for (const char *c = attribute->value; *c; c++)
        if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
              (*c >= '0' && *c <= '9') || strchr("._-:", *c)))
            return false;
    return true;
}

static bool is_among(const char *name, const char *const *known)
{
    for (; *known; known++)
        if (strcmp(*known, name) == 0)
            return true;
    return false;
}

bool nf_xml_is_plain(const nf_xml_node *node, const char *const *known,
                     bool model)
{
    static const char *const words[] = {"id", "from", "to", NULL};

    for (const nf_xml_attr *a = node->properties; a; a = a->next) {
        const char *name = a->name;

        if (a->space)
            return false;
        if (model && ((*name >= 'A' && *name <= 'Z') || *name == '_'))
            continue;
        if (!is_among(name, known) || (is_among(name, words) && !is_word(a)))
            return false;
    }
    return true;
}

typedef struct schema_error {
    char message[256];
    long line;
} schema_error;

/* Lines beyond 65535 have no place in a node of libxml2, so each knows its own.
 */
static long line_of(const void *where, long line)
{
    const xmlNode *node = where;

    while (node && !node->_private)
        node = node->parent;
    return node ? (long)(intptr_t)node->_private : line;
}

static void keep_first(void *user, xmlErrorPtr error)
{
    schema_error *first = user;

    if (first->message[0] || !error || !error->message)
        return;
    snprintf(first->message, sizeof first->message, "%s", error->message);
    first->message[strcspn(first->message, "\n")] = '\0';
    first->line = line_of(error->node, error->line);
}

static void ignore(void *user, const char *format, ...)
{
    (void)user;
    (void)format;
}

const char *nf_model_schema(bool strict, size_t *length)
{
    const unsigned char *text = strict ? nf_strict_rng : nf_generic_rng;

    if (length)
        *length = (strict ? sizeof nf_strict_rng : sizeof nf_generic_rng) - 1;
    return (const char *)text;
}

static xmlRelaxNGPtr load_schema(bool strict, schema_error *first)
{
    size_t length;
    const char *text = nf_model_schema(strict, &length);
    xmlRelaxNGParserCtxtPtr context =
        nf_libxml()->xmlRelaxNGNewMemParserCtxt(text, (int)length);
    xmlRelaxNGPtr schema = NULL;

    if (!context)
        return NULL;
    nf_libxml()->xmlRelaxNGSetParserErrors(context, ignore, ignore, NULL);
    nf_libxml()->xmlRelaxNGSetParserStructuredErrors(context, keep_first,
                                                     first);
    schema = nf_libxml()->xmlRelaxNGParse(context);
    nf_libxml()->xmlRelaxNGFreeParserCtxt(context);
    return schema;
}

/* ---- the tree as libxml2 has it ------------------------------------------ */

static xmlNs *space_of(xmlNode *node, const char *space, size_t number)
{
    char prefix[24];

    snprintf(prefix, sizeof prefix, "n%zu", number);
    return nf_libxml()->xmlNewNs(node, BAD_CAST space, BAD_CAST prefix);
}

static bool set_names(xmlNode *to, const nf_xml_node *node)
{
    const xmlNode *parent = to->parent;
    size_t number = 0;

    if (node->space && parent && parent->type == XML_ELEMENT_NODE &&
        parent->ns && strcmp((const char *)parent->ns->href, node->space) == 0)
        to->ns = parent->ns;
    else if (node->space && !(to->ns = space_of(to, node->space, number++)))
        return false;
    for (const nf_xml_attr *a = node->properties; a; a = a->next) {
        xmlNs *space = a->space ? space_of(to, a->space, number++) : NULL;

        if ((a->space && !space) ||
            !nf_libxml()->xmlNewNsProp(to, space, BAD_CAST a->name,
                                       BAD_CAST a->value))
            return false;
    }
    return true;
}

/* Adds a copy of `node` alone to `to` (NULL: as the root). NULL without
 * memory. */
static xmlNode *copy_node(xmlDoc *document, xmlNode *to,
                          const nf_xml_node *node)
{
    const nf_libxml_functions *libxml = nf_libxml();
    const xmlChar *content = BAD_CAST node->content;
    xmlNode *copy =
        node->kind == NF_XML_ELEMENT
            ? libxml->xmlNewDocNode(document, NULL, BAD_CAST node->name, NULL)
        : node->kind == NF_XML_TEXT
            ? libxml->xmlNewDocText(document, content)
            : libxml->xmlNewCDataBlock(document, content, (int)node->length);

    if (!copy)
        return NULL;
    copy->_private = (void *)(intptr_t)node->line;
    if (to)
        libxml->xmlAddChild(to, copy);
    else
        libxml->xmlDocSetRootElement(document, copy);
    return node->kind != NF_XML_ELEMENT || set_names(copy, node) ? copy : NULL;
}

/* Texts of a tree that stand beside each other differ in kind, so libxml2
 * merges none. */
static bool copy_tree(xmlDoc *document, const nf_xml_node *root)
{
    const nf_xml_node *node = root;
    xmlNode *above = NULL;

    while (node) {
        xmlNode *copy = copy_node(document, above, node);

        if (!copy)
            return false;
        if (node->children) {
            above = copy;
            node = node->children;
            continue;
        }
        while (node != root && !node->next) {
            node = node->parent;
            above = above->parent;
        }
        node = node == root ? NULL : node->next;
    }
    return true;
}

static nf_status validate(nf_xml_reader *reader, xmlDoc *document, bool strict)
{
    schema_error first = {.line = 0};
    xmlRelaxNGPtr schema = reader->schemas[strict];
    xmlRelaxNGValidCtxtPtr context = NULL;
    int result = -1;

    if (!schema)
        schema = reader->schemas[strict] = load_schema(strict, &first);
    if (schema)
        context = nf_libxml()->xmlRelaxNGNewValidCtxt(schema);
    if (context) {
        nf_libxml()->xmlRelaxNGSetValidErrors(context, ignore, ignore, NULL);
        nf_libxml()->xmlRelaxNGSetValidStructuredErrors(context, keep_first,
                                                        &first);
        result = nf_libxml()->xmlRelaxNGValidateDoc(context, document);
    }
    nf_libxml()->xmlRelaxNGFreeValidCtxt(context);
    if (result == 0)
        return NF_OK;
    if (result < 0)
        return nf_error_nomem(reader->err);
    nf_error_set(reader->err, NF_INPUT, "bad_model",
                 "does not fit the %s schema: %s",
                 strict ? "strict" : "generic",
                 first.message[0] ? first.message : "no details");
    nf_error_at_line(reader->err, reader->file, first.line);
    return NF_INPUT;
}

nf_status nf_xml_validate(nf_xml_reader *reader, const nf_xml_node *root)
{
    xmlDoc *document;
    nf_status status = NF_OK;

    if (!nf_libxml_room())
        return nf_error_nomem(reader->err);
    document = nf_libxml()->xmlNewDoc(BAD_CAST "1.0");
    if (!document || !copy_tree(document, root))
        status = nf_error_nomem(reader->err);
    if (!status)
        status = validate(reader, document, false);
    if (!status)
        status = validate(reader, document, true);
    nf_libxml()->xmlFreeDoc(document);
    return status;
}

void nf_xml_forget_schemas(nf_xml_reader *reader)
{
    for (size_t i = 0; i < 2; i++)
        if (reader->schemas[i])
            nf_libxml()->xmlRelaxNGFree(reader->schemas[i]);
}
