/* The graph of a stored flow: objects and sequence flows as they stand in the
 * model, whether or not they make sense. Used by descriptions and pictures; the
 * compiler has its own. Nothing here recurses, so neither depth nor cycles of a
 * hostile model matter. */
#ifndef NF_ANALYSIS_DRAWING_H
#define NF_ANALYSIS_DRAWING_H

#include "base/error.h"
#include "base/memory.h"
#include "models/element.h"

typedef struct nf_drawing_edge {
    size_t from, to;
    const nf_element *flow; /* NULL: from a loop into its body */
    bool error;             /* an error handling flow */
    bool back;              /* closes a cycle (of what the start reaches) */
} nf_drawing_edge;

typedef struct nf_drawing_node {
    const nf_element *element;
    size_t parent; /* index of the loop around it; SIZE_MAX at the top */
    size_t first_edge, edge_count; /* outgoing: normal ones, then errors */
    size_t incoming;               /* stored sequence flows that arrive here */
    size_t arrivals;               /* edges from reached nodes */
    size_t forward;                /* of those, the ones that close no cycle */
    bool reached;                  /* from the start event */
    size_t body, body_count;       /* loops: their nodes stand together */
} nf_drawing_node;

typedef struct nf_drawing {
    nf_drawing_node *nodes; /* annotations and parameters are left out */
    size_t node_count;
    nf_drawing_edge *edges;
    size_t edge_count;
    size_t start;   /* SIZE_MAX: no start event */
    size_t ignored; /* sequence flows with an unknown end, or that leave a
                       loop (activities F36) */
} nf_drawing;

enum { NF_DRAWING_MAX_NODES = 50000 };

/* Builds the graph of a flow document in `arena`. Errors: NF_NOMEM; NF_FAILED
 * bad_flow when it has more than NF_DRAWING_MAX_NODES objects. */
nf_status nf_drawing_build(nf_drawing *out, nf_arena *arena,
                           const nf_element *flow, nf_error *err);

/* The case values of a sequence flow (MF-F7), as text: "true", "Open",
 * "(empty)"; several are joined by ", "; "" if it has none. */
const char *nf_drawing_case(nf_arena *arena, const nf_element *flow);

#endif
