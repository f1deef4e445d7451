/* Elements as XML on their way into a buffer. Internal to models/. */
#ifndef NF_MODELS_WRITER_XML_H
#define NF_MODELS_WRITER_XML_H

#include "models/metamodel.h"
#include "models/writer_internal.h"

typedef struct nf_xml_writer {
    nf_buffer *out;
    FILE *file;      /* where full buffers go, or NULL */
    int failed_file; /* errno of a failed write */
    bool failed;     /* no memory */
    bool bad_name;   /* XML can't hold a name of the model */
    char name[128];  /* which one */
} nf_xml_writer;

void nf_xml_write_escaped(nf_buffer *out, const char *text, size_t length,
                          bool attribute);
/* A new line, and blanks. */
void nf_xml_write_indent(nf_buffer *out, int depth);
/* The dollar of a type is written as a dot. */
void nf_xml_write_type(nf_xml_writer *w, const char *type);
void nf_xml_write_id(nf_xml_writer *w, const nf_element *element);
void nf_xml_write_end(nf_xml_writer *w, const char *tag);
/* Attributes, children and the end of an element whose start `<tag id=…` is
 * written; leaves it open for its units where `open` is given. */
void nf_xml_write_rest(nf_xml_writer *w, const nf_element *element,
                       const char *tag, int depth, bool *open);
/* Whether XML can hold the element's own names; a property belongs to the model
 * by its first letter (MF-X1). */
bool nf_xml_is_nameable(const nf_element *element);

#endif
