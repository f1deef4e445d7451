/* What scripts can import although it is no file: the modules of the client
 * and of the shim, and their names, for those who look at sources. What they do
 * is in shim/. */
#ifndef NF_JAVASCRIPT_PROVIDED_H
#define NF_JAVASCRIPT_PROVIDED_H

#include <stdbool.h>
#include <stddef.h>

typedef struct nf_js_provided {
    const char *module;
    const char *const *names; /* ends with NULL; "default" is always there;
                                 NULL: a library, whatever it has */
} nf_js_provided;

/* The modules; the last one has no name. */
extern const nf_js_provided nf_js_provided_modules[];
/* What apps for phones have of react-native; using what else it has fails. */
extern const nf_js_provided nf_js_provided_phone;
/* NULL: none of this name. */
const nf_js_provided *nf_js_provided_find(const char *module);
/* Whether it can be imported from there; "*" can. */
bool nf_js_provides(const nf_js_provided *provided, const char *name);

#endif
