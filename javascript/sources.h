/* The JavaScript beside an app: the folder `javascriptsource` next to its
 * file, or inside its package. Nothing outside of it can be read. */
#ifndef NF_JAVASCRIPT_SOURCES_H
#define NF_JAVASCRIPT_SOURCES_H

#include "base/error.h"
#include "base/memory.h"

typedef struct nf_js_sources nf_js_sources;

/* `app`: the path that the model was opened from. An app without sources is
 * none of the errors. Owner: caller. */
nf_status nf_js_sources_open(nf_js_sources **out, const char *app,
                             nf_error *err);
void nf_js_sources_close(nf_js_sources *sources);

/* A file beside them, which then has its path as its name (it stays where it
 * is; what stands beside it can't be read). */
nf_status nf_js_sources_allow(nf_js_sources *sources, const char *file,
                              nf_error *err);

/* Whether there are any. */
bool nf_js_sources_any(nf_js_sources *sources);

/* A file by its path inside, `/` between folders ("module/actions/Name.js").
 * *text NULL without an error: there is none. Owner of *text, NUL-terminated:
 * caller (nf_free). Errors: NF_INPUT (unreadable, larger than 16 MiB). */
nf_status nf_js_sources_read(nf_js_sources *sources, const char *path,
                             char **text, size_t *length, nf_error *err);

#endif
