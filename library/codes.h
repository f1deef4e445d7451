/* The codes of findings and errors, and what they mean: one table from which
 * `explain` and docs/findings.md come. */
#ifndef NF_LIBRARY_CODES_H
#define NF_LIBRARY_CODES_H

#include <stddef.h>

typedef struct nf_code_text {
    const char *code;
    const char *meaning; /* one sentence or two */
    const char *example; /* one line of a model, an expression or a command */
    const char *remedy;
} nf_code_text;

typedef struct nf_code_family {
    const char *title;
    const char *about; /* where these codes are seen */
    const nf_code_text *codes;
    size_t count;
} nf_code_family;

extern const nf_code_family nf_codes_flows, nf_codes_expressions,
    nf_codes_constraints, nf_codes_offline, nf_codes_synchronize,
    nf_codes_objects, nf_codes_program;

#endif
