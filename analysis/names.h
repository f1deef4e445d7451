/* What a name on the command line means (design §5, Names). */
#ifndef NF_ANALYSIS_NAMES_H
#define NF_ANALYSIS_NAMES_H

#include "models/model.h"

/* Exactly one of `module`, `entity`, `association` and `document` is set.
 * `element` is the stored element of what was named: NULL for modules and for
 * what the built-in module System declares. Everything is borrowed from the
 * model. */
typedef struct nf_named {
    const nf_module *module;
    const nf_entity *entity;
    const nf_association *association;
    const nf_document *document; /* also excluded ones */
    const nf_element *element;
} nf_named;

/* `name` is a qualified name, or TYPE:NAME where kinds share one; without a
 * type flows come first. Errors: NF_USAGE not_found; NF_INPUT (its document
 * can't be read). Any thread. */
nf_status nf_named_find(nf_named *out, const nf_model *model, const char *name,
                        nf_error *err);
/* The short name of a stored type ("nanoflow"), or the type itself. */
const char *nf_named_type(const char *stored);
/* Whether a stored type is a nanoflow, a microflow or a rule. */
bool nf_named_is_flow(const char *stored);

#endif
