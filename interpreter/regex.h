/* Regular expressions in the language of the engine (expressions S56 … S58):
 * JavaScript's on the client, Java's on the server. */
#ifndef NF_INTERPRETER_REGEX_H
#define NF_INTERPRETER_REGEX_H

#include "base/text.h"
#include "interpreter/operators.h"

typedef struct nf_regex nf_regex;

/* Compiles, or takes from the evaluator's cache. `whole` wants the whole text
 * to match (isMatch). Errors: E-REGEX. Give back with nf_regex_done. */
nf_status nf_regex_get(nf_regex **out, nf_evaluator *e,
                       const nf_string *pattern, bool whole, nf_error *err);
void nf_regex_done(nf_evaluator *e, nf_regex *regex);
void nf_regex_free(nf_regex *regex);

/* Errors: E-REGEX when it takes longer than the environment's limit. */
nf_status nf_regex_matches(bool *out, nf_evaluator *e, nf_regex *regex,
                           const nf_string *text, nf_error *err);
/* Appends `text` with every match (or the first) replaced literally. */
nf_status nf_regex_replace(nf_buffer *out, nf_evaluator *e, nf_regex *regex,
                           const nf_string *text, const nf_string *replacement,
                           bool all, nf_error *err);

#endif
