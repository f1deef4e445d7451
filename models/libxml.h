/* The functions of libxml2 that nanoflow calls, loaded with the first app or
 * file in XML: a Mendix project has none. As base/icu.h.
 *
 *     nf_libxml()->xmlFreeDoc(document) */
#ifndef NF_MODELS_LIBXML_H
#define NF_MODELS_LIBXML_H

#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/relaxng.h>
#include <libxml/tree.h>

#define NF_LIBXML_FUNCTIONS(F)                                                 \
    F(xmlCtxtGetLastError)                                                     \
    F(xmlCtxtReadIO)                                                           \
    F(xmlCtxtReadMemory)                                                       \
    F(xmlDictSetLimit)                                                         \
    F(xmlDocGetRootElement)                                                    \
    F(xmlFreeDoc)                                                              \
    F(xmlFreeNode)                                                             \
    F(xmlFreeParserCtxt)                                                       \
    F(xmlGetLineNo)                                                            \
    F(xmlGetNoNsProp)                                                          \
    F(xmlHasNsProp)                                                            \
    F(xmlInitParser)                                                           \
    F(xmlNewParserCtxt)                                                        \
    F(xmlNodeGetContent)                                                       \
    F(xmlRelaxNGFree)                                                          \
    F(xmlRelaxNGFreeParserCtxt)                                                \
    F(xmlRelaxNGFreeValidCtxt)                                                 \
    F(xmlRelaxNGNewMemParserCtxt)                                              \
    F(xmlRelaxNGNewValidCtxt)                                                  \
    F(xmlRelaxNGParse)                                                         \
    F(xmlRelaxNGSetParserErrors)                                               \
    F(xmlRelaxNGSetParserStructuredErrors)                                     \
    F(xmlRelaxNGSetValidErrors)                                                \
    F(xmlRelaxNGSetValidStructuredErrors)                                      \
    F(xmlRelaxNGValidateDoc)                                                   \
    F(xmlSAX2CDataBlock)                                                       \
    F(xmlSAX2Characters)                                                       \
    F(xmlSAX2EndElementNs)                                                     \
    F(xmlSAX2StartDocument)                                                    \
    F(xmlSAX2StartElementNs)                                                   \
    F(xmlStopParser)                                                           \
    F(xmlUnlinkNode)                                                           \
    F(xmlValidateNCName)

#define NF_LIBXML_FIELD(name) __typeof__(name) *name;
typedef struct nf_libxml_functions {
    NF_LIBXML_FUNCTIONS(NF_LIBXML_FIELD)
    xmlFreeFunc *free; /* xmlFree, a variable */
} nf_libxml_functions;
#undef NF_LIBXML_FIELD

/* Never NULL: without the library the process ends (nf_dynamic_need). Any
 * thread. */
const nf_libxml_functions *nf_libxml(void);
/* xmlFree; NULL is fine. */
void nf_libxml_free(xmlChar *text);

#endif
