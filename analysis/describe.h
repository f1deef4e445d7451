/* Descriptions of what a model holds, for people who read it in a terminal.
 * They are made from stored elements and the model alone, so they also work
 * for flows that do not compile, excluded documents and cyclic graphs. */
#ifndef NF_ANALYSIS_DESCRIBE_H
#define NF_ANALYSIS_DESCRIBE_H

#include "analysis/lines.h"
#include "analysis/names.h"
#include "models/model.h"

/* Appends the text of what nf_named_find has found. Errors: NF_NOMEM. Any
 * thread. */
nf_status nf_describe(nf_buffer *out, const nf_model *model,
                      const nf_named *named, nf_error *err);

/* The same as one JSON document, in the form of docs/describe.md. Errors:
 * NF_NOMEM; NF_FAILED bad_flow (too many objects). Any thread. */
nf_status nf_describe_json(nf_buffer *out, const nf_model *model,
                           const nf_named *named, nf_error *err);

/* The parts below are for describe*.c and their tests. */

/* A flow document: signature, then its activities in flow order. */
nf_status nf_describe_flow(nf_buffer *out, const nf_model *model,
                           const nf_document *document, const nf_element *flow,
                           nf_error *err);
/* The same with `margin` (may be NULL) before each line: `element` of a line is
 * the object that it begins. */
nf_status nf_describe_flow_with(nf_buffer *out, const nf_model *model,
                                const nf_document *document,
                                const nf_element *flow, nf_margin_fn margin,
                                void *user, nf_error *err);
/* The line of one flow object (not of a loop's body or a split's branches) and
 * the lines of its members, arguments … below it. */
void nf_describe_object(nf_lines *lines, const nf_model *model,
                        const nf_element *object, size_t indent);
/* Entities, enumerations, constants, associations. */
void nf_describe_entity(nf_lines *lines, const nf_entity *entity);
void nf_describe_enumeration(nf_lines *lines, const nf_model *model,
                             const nf_enumeration *enumeration);
void nf_describe_constant(nf_lines *lines, const nf_constant *constant);
void nf_describe_association(nf_lines *lines, const nf_model *model,
                             const nf_association *association);
/* A DataTypes$… element: "String", "Shop.Order", "list of Shop.Order". */
void nf_describe_type(nf_buffer *out, const nf_element *type);
/* That in `part` of an element, or the text that older models have. */
void nf_describe_type_of(nf_buffer *out, const nf_element *holder,
                         const char *part, const char *text);
/* "String", "AutoNumber", "Hashed string" … */
const char *nf_describe_attribute_type(nf_attribute_type type);
/* The same for a type of the model. */
void nf_describe_value_type(nf_buffer *out, const nf_type *type);

#endif
