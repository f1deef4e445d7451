/* Inside of mocks: what their files share. */
#ifndef NF_LIBRARY_MOCKS_INTERNAL_H
#define NF_LIBRARY_MOCKS_INTERNAL_H

#include "library/mocks.h"

#include "interpreter/evaluate.h"

typedef struct nf_mock_pattern {
    const char *name;        /* of the parameter */
    nf_evaluated *evaluated; /* NULL: any */
} nf_mock_pattern;

typedef struct nf_mock_outcome {
    bool throws, passes;
    const char *script;      /* the file of `calls`; NULL */
    int code;                /* of a reply to a request */
    nf_evaluated *evaluated; /* NULL: nothing is returned */
} nf_mock_outcome;

typedef enum nf_mock_kind {
    NF_MOCK_FLOW,
    NF_MOCK_REQUEST,
    NF_MOCK_PAGE,
    NF_MOCK_MESSAGE,
    NF_MOCK_CONFIRM
} nf_mock_kind;

typedef struct nf_mock {
    const char *text; /* the line */
    nf_mock_kind what;
    nf_flow_kind kind;  /* of a flow */
    const char *name;   /* of flow or page; of a request, message or question
                           the pattern of its address or text */
    const char *method; /* of a request */
    nf_mock_pattern *patterns;
    size_t pattern_count, pattern_capacity;
    nf_mock_outcome *outcomes;
    size_t outcome_count, outcome_capacity;
    size_t calls;
} nf_mock;

struct nf_mocks {
    nf_arena *arena;
    nf_bindings *bindings;
    nf_mock *items;
    size_t count, capacity;
};

/* A new mock of `mocks`, which holds it; NULL: out of memory. */
nf_mock *nf_mocks_append(nf_mocks *mocks);
/* A new outcome; NULL: out of memory. */
nf_mock_outcome *nf_mock_append(nf_mock *mock);
/* The outcome is what a script says: the file `name`, from the folder of the
 * file `from` (NULL: as it is). Errors: bad_mock. */
nf_status nf_mock_calls(const nf_mocks *mocks, nf_mock_outcome *outcome,
                        const char *from, const char *name, nf_error *err);

/* ---- mocks_read.c -------------------------------------------------------- */

/* What a mock answers for, with its arguments, as text ("microflow M.F (A =
 * 1)"): the first part of a line. */
nf_status nf_mocks_target(nf_mocks *mocks, nf_mock *mock, const char *text,
                          nf_error *err);

/* ---- mocks_json.c -------------------------------------------------------- */

/* As nf_mocks_read. */
nf_status nf_mocks_read_json(nf_mocks *mocks, const char *path,
                             const char *likely, nf_error *err);

#endif
