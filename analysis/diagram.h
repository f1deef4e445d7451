/* Flows and domain models in the languages of drawing programs: Mermaid and
 * DOT (Graphviz). These programs place everything themselves. */
#ifndef NF_ANALYSIS_DIAGRAM_H
#define NF_ANALYSIS_DIAGRAM_H

#include "analysis/domain.h"
#include "base/text.h"

/* Appends a diagram. `model` may be NULL for flows. Errors: NF_NOMEM;
 * NF_FAILED bad_flow (too many objects). Any thread. */
nf_status nf_mermaid_flow(nf_buffer *out, const nf_model *model,
                          const nf_element *flow, nf_error *err);
nf_status nf_dot_flow(nf_buffer *out, const nf_model *model,
                      const nf_document *document, const nf_element *flow,
                      nf_error *err);
/* Mermaid's class diagram, DOT's records. */
void nf_mermaid_domain(nf_buffer *out, const nf_domain *domain);
void nf_dot_domain(nf_buffer *out, const nf_domain *domain);

/* The text of a node: the caption, and what is made or returned; line ends
 * as '\n'. In the arena; "" when out of memory. */
const char *nf_diagram_text(nf_arena *arena, const nf_model *model,
                            const nf_element *object);

#endif
