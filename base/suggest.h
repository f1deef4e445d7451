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
/* "; did you mean 'x'?" or "". Returns `text`. */
const char *nf_suggestion_text(const nf_suggestion *suggestion,
                               const char *sigil, char *text, size_t size);

#endif
