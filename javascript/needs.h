/* What a source takes from a page or a device, and nothing here can give:
 * document, navigator.geolocation and the like, as far as its tokens show. */
#ifndef NF_JAVASCRIPT_NEEDS_H
#define NF_JAVASCRIPT_NEEDS_H

#include "base/error.h"

/* Tells every place by the name that stands there ("navigator.camera"), in
 * their order. What the source only asks the type of, and names that it
 * declares or imports itself, are not told. Errors: as nf_js_tokens. */
nf_status nf_js_find_needs(const char *source, size_t length,
                           void (*tell)(void *user, const char *name),
                           void *user, nf_error *err);

#endif
