/* The functions of expat that nanoflow calls, loaded with the first app or file
 * in XML: a Mendix project has none. As base/icu.h. Apps are read by expat
 * because libxml2 brings ICU and the library of C++ along, which takes longer
 * than reading most apps; only schemas are libxml2's (models/libxml.h). */
#ifndef NF_MODELS_EXPAT_H
#define NF_MODELS_EXPAT_H

#include <expat.h>

#include <stdbool.h>

#define NF_EXPAT_FUNCTIONS(F)                                                  \
    F(XML_ErrorString)                                                         \
    F(XML_GetBuffer)                                                           \
    F(XML_GetCurrentByteCount)                                                 \
    F(XML_GetCurrentLineNumber)                                                \
    F(XML_GetErrorCode)                                                        \
    F(XML_GetInputContext)                                                     \
    F(XML_ParseBuffer)                                                         \
    F(XML_ParserCreate_MM)                                                     \
    F(XML_ParserFree)                                                          \
    F(XML_SetCdataSectionHandler)                                              \
    F(XML_SetCharacterDataHandler)                                             \
    F(XML_SetEncoding)                                                         \
    F(XML_SetElementHandler)                                                   \
    F(XML_SetStartDoctypeDeclHandler)                                          \
    F(XML_SetUnknownEncodingHandler)                                           \
    F(XML_SetUserData)                                                         \
    F(XML_SetXmlDeclHandler)                                                   \
    F(XML_StopParser)

#define NF_EXPAT_FIELD(name) __typeof__(name) *name;
typedef struct nf_expat_functions {
    NF_EXPAT_FUNCTIONS(NF_EXPAT_FIELD)
} nf_expat_functions;
#undef NF_EXPAT_FIELD

/* Never NULL: without the library the process ends (nf_dynamic_need). Any
 * thread. */
const nf_expat_functions *nf_expat(void);
/* Whether it is loaded or can be: false, there is no memory (nf_dynamic_room).
 * Before its first function that could answer that. */
bool nf_expat_room(void);

#endif
