/* The two RELAX NG schemas, embedded at build time (MF-X15, MF-X16). The
 * reader's own checks run first, because libxml2's messages name only the
 * outermost element, and because reading a schema takes longer than all the
 * rest. They compare names, types and values with the table that the schemas
 * are made from; where they let something pass that a schema might not, the
 * reader has doubts, and the schemas are the last word. */
#include <string.h>

#include "models/reader_xml.h"
#include "models/schema.h"

#include "models/generic_rng.h"
#include "models/strict_rng.h"
#include "models/libxml.h"

/* NMTOKEN, but for what is not ASCII. */
static bool is_word(const xmlAttr *attribute)
{
    const xmlNode *text = attribute->children;

    if (!text || text->next || !text->content || !*text->content)
        return false;
    for (const xmlChar *c = text->content; *c; c++)
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

bool nf_xml_is_plain(const xmlNode *node, const char *const *known, bool model)
{
    static const char *const words[] = {"id", "from", "to", NULL};

    for (const xmlAttr *a = node->properties; a; a = a->next) {
        const char *name = (const char *)a->name;

        if (a->ns)
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

static void keep_first(void *user, xmlErrorPtr error)
{
    schema_error *first = user;

    if (first->message[0] || !error || !error->message)
        return;
    snprintf(first->message, sizeof first->message, "%s", error->message);
    first->message[strcspn(first->message, "\n")] = '\0';
    first->line = error->line;
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

nf_status nf_xml_validate(nf_xml_reader *reader, xmlDoc *document, bool strict)
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

void nf_xml_forget_schemas(nf_xml_reader *reader)
{
    for (size_t i = 0; i < 2; i++)
        nf_libxml()->xmlRelaxNGFree(reader->schemas[i]);
}
