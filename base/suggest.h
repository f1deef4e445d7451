/* "Did you mean …?" for names that are misspelt. */
#ifndef NF_BASE_SUGGEST_H
#define NF_BASE_SUGGEST_H

#include <stddef.h>

/* The best spelling among names seen so far (expressions S15). */
typedef struct nf_suggestion {
    const char *name; /* what was written */
    const char *best; /* NULL: nothing is near */
    int distance;
} nf_suggestion;
void nf_suggest(nf_suggestion *suggestion, const char *candidate);
/* The same of a qualified name, which may be written without its module; the
 * suggestion begins with a distance of 1. */
void nf_suggest_qualified(nf_suggestion *suggestion, const char *qualified);
/* "; did you mean 'x'?" or "". Returns `text`. */
const char *nf_suggestion_text(const nf_suggestion *suggestion,
                               const char *sigil, char *text, size_t size);

#endif
