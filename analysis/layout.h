/* A layered layout for graphs without coordinates: columns from left to
 * right by the longest way from a beginning, lanes from top to bottom. A chain
 * of nodes keeps its lane; what branches off gets a lane below, so that lines
 * need not cross nodes. */
#ifndef NF_ANALYSIS_LAYOUT_H
#define NF_ANALYSIS_LAYOUT_H

#include "base/error.h"
#include "base/memory.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct nf_layout_node {
    int width, height; /* in: pixels */
    int x, y;          /* out: the middle; the layout begins at 0;0 */
} nf_layout_node;

typedef enum nf_layout_way {
    NF_WAY_STRAIGHT, /* out at the right, in at the left */
    NF_WAY_BRANCH,   /* out at the bottom, in at the left */
    NF_WAY_JOIN,     /* out at the right, in at the side that faces it */
    NF_WAY_AROUND,   /* out at the bottom, along `y`, in at that side */
} nf_layout_way;

typedef struct nf_layout_edge {
    size_t from, to;   /* in: indexes of nodes */
    nf_layout_way way; /* out */
    int y;             /* out: AROUND */
} nf_layout_edge;

typedef struct nf_layout_gaps {
    int column, lane; /* pixels between neighbours */
} nf_layout_gaps;

/* Places the nodes. Edges are sorted by their origin, those of one node in the
 * order in which they should branch off: the first one goes straight on.
 * Cycles and edges from a node to itself are fine. Time grows with nodes +
 * edges (lanes are searched in a window of fixed size). Errors: NF_NOMEM. */
nf_status nf_layout(nf_arena *arena, nf_layout_node *nodes, size_t node_count,
                    nf_layout_edge *edges, size_t edge_count,
                    nf_layout_gaps gaps, nf_error *err);

#endif
