/* JavaScript as tokens, as far as import and export statements have to be
 * found: comments are passed over; texts, templates and regular expressions
 * are told apart from what looks like them. */
#ifndef NF_JAVASCRIPT_TOKENS_H
#define NF_JAVASCRIPT_TOKENS_H

#include "base/error.h"
#include "base/memory.h"

typedef enum nf_js_token_kind {
    NF_JS_NAME, /* identifiers and keywords */
    NF_JS_NUMBER,
    NF_JS_STRING,
    NF_JS_TEMPLATE, /* from ` or } to ${ or ` */
    NF_JS_REGEX,
    NF_JS_SIGN, /* =>, ++, -- and single characters */
    NF_JS_END
} nf_js_token_kind;

typedef struct nf_js_token {
    nf_js_token_kind kind;
    uint32_t start, end; /* bytes of the source */
    uint32_t depth;      /* brackets around it; those of a pair have one */
    bool new_line;       /* it is the first of its line */
} nf_js_token;

/* All tokens, the last one is END; owner: caller (nf_free). Errors: NF_INPUT
 * bad_source with the line: text, comment or bracket without an end, nesting
 * or source too large. */
nf_status nf_js_tokens(nf_js_token **out, size_t *count, const char *source,
                       size_t length, nf_error *err);
/* Whether it is this name or sign. */
bool nf_js_token_is(const char *source, const nf_js_token *token,
                    const char *text);
/* The line of a byte, from 1. */
long nf_js_line(const char *source, size_t at);

#endif
