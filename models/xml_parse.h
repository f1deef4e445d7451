/* Reads XML into a tree with expat, without document type, entities of its own
 * and network. Whoever reads may take a look at each element as it begins and
 * ends, and drop what was seen. Internal to models/. */
#ifndef NF_MODELS_XML_PARSE_H
#define NF_MODELS_XML_PARSE_H

#include "base/error.h"
#include "models/xml_tree.h"

typedef struct nf_xml_parser nf_xml_parser;

/* What a reader looks at; each may be NULL. Each may call nf_xml_stop. */
typedef struct nf_xml_handlers {
    /* An element began and is part of the tree, which cost `before` without
     * it. */
    void (*start)(void *user, nf_xml_node *node, size_t before);
    /* Whether a text is kept. */
    bool (*text)(void *user, const char *text, size_t length);
    /* An element ended; the handler may remove it, and then says true. */
    bool (*end)(void *user, nf_xml_node *node);
    /* Up to `size` bytes; 0 at the end, -1 to end with NF_INPUT and the
     * reader's own error. */
    long (*read)(void *user, char *out, size_t size);
    /* How much of a tag, comment or CDATA section was read without its end. */
    size_t (*waiting)(void *user);
} nf_xml_handlers;

struct nf_xml_parser {
    /* Set by the caller: */
    const nf_xml_handlers *handlers;
    void *user;
    const char *file; /* for messages */
    nf_error *err;
    size_t *cost; /* of trees, in bytes, roughly; see NF_XML_ELEMENT_COST */

    /* For the caller to read: */
    struct XML_ParserStruct *expat;
    nf_xml_node *root; /* the caller's to remove */
    nf_status status;
    /* Internal: */
    nf_xml_node *top;
    size_t depth;
    bool cdata; /* inside such a section */
    bool begun, stopped, bad_encoding;
};

/* What a tree takes, roughly. */
enum { NF_XML_ELEMENT_COST = 200, NF_XML_ATTRIBUTE_COST = 250 };

/* Reads to the end. `root` is to be removed whatever happens. Errors: NF_INPUT
 * "bad_model" with the line; NF_NOMEM; what a handler stopped with. NF_OK also
 * after nf_xml_stop(parser, NF_OK). */
nf_status nf_xml_parser_run(nf_xml_parser *parser);
/* For handlers: nothing more is read. With NF_OK there is no error. */
void nf_xml_stop(nf_xml_parser *parser, nf_status status);
/* NF_INPUT "bad_model" at the line that is being read. */
nf_status nf_xml_fail_here(const nf_xml_parser *parser, const char *what);

#endif
