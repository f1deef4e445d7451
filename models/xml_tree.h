/* A tree of XML: elements with attributes, texts and CDATA sections; comments
 * and instructions are left out. Names are without prefix, beside the URI of
 * their namespace. Internal to models/. */
#ifndef NF_MODELS_XML_TREE_H
#define NF_MODELS_XML_TREE_H

#include <stdbool.h>
#include <stddef.h>

/* Between namespace and name, as expat gives them: no URI holds one. */
#define NF_XML_SEPARATOR '\n'

typedef struct nf_xml_attr {
    const char *name;
    const char *space; /* NULL: none */
    const char *value;
    struct nf_xml_attr *next;
} nf_xml_attr;

typedef enum nf_xml_kind {
    NF_XML_ELEMENT,
    NF_XML_TEXT,
    NF_XML_CDATA
} nf_xml_kind;

typedef struct nf_xml_node {
    nf_xml_kind kind;
    long line;               /* where its first tag or its text is */
    const char *name;        /* of an element */
    const char *space;       /* NULL: none */
    nf_xml_attr *properties; /* in their order */
    char *content;           /* of a text */
    size_t length, capacity;
    struct nf_xml_node *parent, *children, *last, *next;
} nf_xml_node;

/* An element at the end of `parent` (NULL: a root) with names as "space\nname"
 * and attributes as name, value, name, value, NULL. Copies everything. NULL
 * without memory. */
nf_xml_node *nf_xml_add_element(nf_xml_node *parent, const char *name,
                                const char *const *attributes, long line);
/* Appends to the text or CDATA section that `parent` ends with, or to a new
 * one. False without memory. */
bool nf_xml_add_text(nf_xml_node *parent, nf_xml_kind kind, const char *text,
                     size_t length, long line);
/* Takes `node`, which may be NULL, out of its parent and frees it with all
 * below it. Siblings before it are passed, so it is quick for the first. */
void nf_xml_remove(nf_xml_node *node);
/* An attribute without namespace; NULL if there is none. */
const char *nf_xml_property(const nf_xml_node *node, const char *name);

#endif
