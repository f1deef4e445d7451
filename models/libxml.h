/* The functions of libxml2 that nanoflow calls, loaded with the first file that
 * has to be compared with the schemas (models/reader_xml_schema.c) and with the
 * first name beyond ASCII that is written. As base/icu.h.
 *
 *     nf_libxml()->xmlFreeDoc(document) */
#ifndef NF_MODELS_LIBXML_H
#define NF_MODELS_LIBXML_H

#include <libxml/relaxng.h>
#include <libxml/tree.h>

#include <stdbool.h>

#define NF_LIBXML_FUNCTIONS(F)                                                 \
    F(xmlAddChild)                                                             \
    F(xmlDocSetRootElement)                                                    \
    F(xmlFreeDoc)                                                              \
    F(xmlNewCDataBlock)                                                        \
    F(xmlNewDoc)                                                               \
    F(xmlNewDocNode)                                                           \
    F(xmlNewDocText)                                                           \
    F(xmlNewNs)                                                                \
    F(xmlNewNsProp)                                                            \
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
    F(xmlValidateNCName)

#define NF_LIBXML_FIELD(name) __typeof__(name) *name;
typedef struct nf_libxml_functions {
    NF_LIBXML_FUNCTIONS(NF_LIBXML_FIELD)
} nf_libxml_functions;
#undef NF_LIBXML_FIELD

/* Never NULL: without the library the process ends (nf_dynamic_need). Any
 * thread. */
const nf_libxml_functions *nf_libxml(void);
/* Whether it is loaded or can be: false, there is no memory (nf_dynamic_room).
 * Before its first function that could answer that. */
bool nf_libxml_room(void);
#endif
