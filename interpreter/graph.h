/* A flow as a graph: the objects of the flow and of its loop bodies joined by
 * its sequence flows (activities F1 … F8, F36; model-format MF-F1 … MF-F8).
 * Built in the arena of the program that is being compiled; borrows from the
 * flow's element. */
#ifndef NF_INTERPRETER_GRAPH_H
#define NF_INTERPRETER_GRAPH_H

#include "base/error.h"
#include "base/memory.h"
#include "models/element.h"

typedef enum nf_node_kind {
    NF_NODE_START,
    NF_NODE_END,
    NF_NODE_ERROR_END,
    NF_NODE_BREAK,
    NF_NODE_CONTINUE,
    NF_NODE_MERGE,
    NF_NODE_ACTIVITY,
    NF_NODE_SPLIT,      /* decision */
    NF_NODE_TYPE_SPLIT, /* object type decision */
    NF_NODE_LOOP,
    NF_NODE_UNKNOWN /* a stored type that is none of these */
} nf_node_kind;

typedef struct nf_node nf_node;

/* A normal sequence flow. Without cases it is the only way on. */
typedef struct nf_edge {
    nf_node *to;
    const char *const *cases; /* values of the case; any selects it (F18) */
    size_t case_count;
    size_t flow; /* the sequence flow, among those of the graph */
} nf_edge;

struct nf_node {
    nf_node_kind kind;
    const nf_element *element;
    const nf_element *action; /* ACTIVITY; NULL if it is not configured */
    bool disabled;            /* F8 */
    nf_node *loop;            /* the loop whose body holds it; NULL top level */
    nf_edge *edges;           /* normal flows */
    size_t edge_count, edge_capacity;
    nf_node *error;    /* destination of the error flow, or NULL */
    size_t error_flow; /* … which is this one */
    size_t arrival;    /* the last flow that arrives, if any does */
    size_t incoming;   /* flows that arrive, error flows included */
    size_t index;      /* in the graph's nodes */
    nf_node *body;     /* LOOP: where an iteration starts; NULL: no body */
    const char *fault; /* why it can't run: bad_flow when reached; or NULL */
    bool forever;      /* LOOP: its condition is always true */
    /* The compiler's. */
    uint32_t order; /* position in reverse postorder + 1; 0 not reached */
    uint32_t pc;
    uint32_t resume, head; /* after an error with handling Continue: behind
                              the object; LOOP: the next iteration */
    int32_t mark;          /* slot of its savepoint; 0 none */
    bool visiting;
};

/* What is wrong with the graph: of a node, or (NULL) of the flow. */
typedef struct nf_graph_fault {
    const nf_node *node;
    const char *message;
} nf_graph_fault;

/* A sequence flow: a normal one, or an error flow. */
typedef struct nf_graph_flow {
    const nf_element *element;
    const nf_node *from, *to;
    bool error;
} nf_graph_flow;

typedef struct nf_graph {
    nf_node **nodes; /* all, in stored order */
    size_t count;
    nf_graph_flow *flows; /* those between nodes, in stored order */
    size_t flow_count;
    nf_node *start; /* the first one; NULL: there is none */
    const nf_graph_fault *faults;
    size_t fault_count, fault_capacity;
    const char *broken; /* why the flow can't be called (F43), or NULL */
} nf_graph;

/* Collects all faults. `broken` is set if there is no start event or there are
 * several (F2), a flow crosses the border of a loop (F36), or two objects have
 * one id; the graph is then what is left without that. Fails with bad_flow
 * where nothing can be told: too many objects, loops nested too deeply. */
nf_status nf_graph_build(nf_graph *graph, nf_arena *arena,
                         const nf_element *flow, nf_error *err);
/* What a person calls the node: its caption if it was given one, else what it
 * stands for. Borrowed from the element or the arena. */
const char *nf_node_caption(const nf_node *node);
/* The next node that does something: merges pass the token on (F3). A ring of
 * merges gives one of its merges. */
nf_node *nf_node_through_merges(nf_node *node, const nf_graph *graph);
/* The index-th object that may come after a node, the error flow, a loop's
 * body and, at the end of a body, its loop included; NULL at the end. */
nf_node *nf_node_successor(const nf_node *node, size_t index);
/* Marks, by index, a node and what can be reached from it; past an object that
 * is in `closed` (may be NULL) only by its error flow. False is out of
 * memory. */
bool nf_graph_reach(const nf_graph *graph, const nf_node *from,
                    const bool *closed, bool *reached);

#endif
