/* What a source needs while it runs, as far as its tokens show: what it takes
 * from a page or a device, and nothing here can give (document,
 * navigator.geolocation and the like), and the modules that it asks for. */
#ifndef NF_JAVASCRIPT_NEEDS_H
#define NF_JAVASCRIPT_NEEDS_H

#include "base/error.h"

#include <stdbool.h>

typedef enum nf_js_need {
    NF_JS_NEED_DEVICE, /* "navigator.camera" */
    NF_JS_NEED_MODULE, /* of require("…") and import("…") */
} nf_js_need;

/* Tells every place by the name that stands there, in their order. What the
 * source only asks the type of, and names that it declares or imports itself,
 * are not told. Errors: as nf_js_tokens. */
nf_status nf_js_find_needs(const char *source, size_t length,
                           void (*tell)(void *user, nf_js_need need,
                                        const char *name),
                           void *user, nf_error *err);

/* Whether the text is what the engine says of a source that took such a thing
 * of a page or a device. */
bool nf_js_misses_device(const char *text);

#endif
