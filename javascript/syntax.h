/* Whether sources are JavaScript: the engine reads them and runs nothing. */
#ifndef NF_JAVASCRIPT_SYNTAX_H
#define NF_JAVASCRIPT_SYNTAX_H

#include "javascript/rewrite.h"

typedef struct nf_js_syntax nf_js_syntax;

/* Starts the engine's process. Owner of *out: caller (nf_js_syntax_close).
 * Errors: js_unavailable where it is not installed. */
nf_status nf_js_syntax_open(nf_js_syntax **out, nf_error *err);
void nf_js_syntax_close(nf_js_syntax *syntax);
/* Errors: NF_INPUT bad_source, whose message has path and line; those of
 * nf_js_process_run, after which nothing more can be asked. */
nf_status nf_js_syntax_check(nf_js_syntax *syntax, const char *path,
                             const nf_js_source *source, nf_error *err);

#endif
