/* Inside of `test`: made-up values of @forall (test E41). */
#ifndef NF_TESTING_FORALL_H
#define NF_TESTING_FORALL_H

#include "base/clock.h"
#include "models/model.h"
#include "testing/file.h"

enum { NF_FORALL_MAX = 8 };

typedef enum nf_forall_kind {
    NF_FORALL_INTEGER,
    NF_FORALL_DECIMAL, /* in hundredths */
    NF_FORALL_BOOLEAN,
    NF_FORALL_STRING, /* its length */
    NF_FORALL_ENUMERATION,
    NF_FORALL_ONE_OF
} nf_forall_kind;

/* A variable: every value of it is a number from low to high; less is simpler.
 */
typedef struct nf_forall {
    const char *name;
    nf_forall_kind kind;
    int64_t low, high;
    const nf_enumeration *enumeration;
    const char *const *literals; /* of ONE_OF */
    long line;
} nf_forall;

typedef struct nf_forall_value {
    int64_t number;
    uint64_t salt; /* of a text's characters */
} nf_forall_value;

/* Reads `$name in KIND`; what it holds lives in the arena. Errors: NF_INPUT
 * bad_test, NF_NOMEM. */
nf_status nf_forall_read(nf_forall *out, nf_arena *arena, const nf_model *model,
                         const nf_test_tag *tag, nf_error *err);
void nf_forall_draw(nf_forall_value *out, const nf_forall *f, nf_random *dice);
/* As a literal of a row of @each, in the arena; NULL: out of memory. */
const char *nf_forall_text(const nf_forall *f, const nf_forall_value *value,
                           nf_arena *arena);

#endif
