/* A layered layout for graphs without coordinates: columns from left to
 * right by the longest way from a beginning, lanes from top to bottom. A chain
 * of nodes keeps its lane; what branches off gets a lane below, so that lines
 * need not cross nodes. What is wider than there is space goes on in the next
 * row, like text; it is broken where few lines have to go on. */
#ifndef NF_ANALYSIS_LAYOUT_H
#define NF_ANALYSIS_LAYOUT_H

#include "base/error.h"
#include "base/memory.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct nf_layout_node {
    int width, height; /* in: pixels */
    int x, y;          /* out: the middle; nodes begin at 0;0 */
    size_t row;        /* out */
} nf_layout_node;

typedef enum nf_layout_way {
    NF_WAY_STRAIGHT, /* out at the right, in at the left, in one lane */
    NF_WAY_BRANCH, /* out at the bottom to the target's lane, in at the left */
    NF_WAY_JOIN,   /* out at the right, in at the side that faces the lane */
    NF_WAY_AROUND, /* out at the bottom to a lane of its own, in at that side */
} nf_layout_way;

typedef struct nf_layout_edge {
    size_t from, to;   /* in: indexes of nodes */
    nf_layout_way way; /* out */
    int y;             /* out: of its lane */
    /* out: an object stands above or below the origin or the target, where the
     * line would go: it goes beside them, at this place. */
    bool out_aside, in_aside;
    int out_x, in_x;
    /* out: to another row. It leaves along `y_out` to `x_out`, goes on between
     * rows at `y_between`, and comes along `y_in` from `x_in`. */
    bool wraps;
    int y_out, x_out, y_between, x_in, y_in;
} nf_layout_edge;

/* Moves what the layout said of the lines of an edge. */
void nf_layout_edge_move(nf_layout_edge *edge, int x, int y);

typedef struct nf_layout_space {
    int column, lane; /* pixels between neighbours */
    int width; /* of a row, unless one node is wider; 0: all is one row */
    /* How much is kept free above a row, asked when `x` and `row` of all nodes
     * are known; NULL: nothing. If it is something, `begins` is told where. */
    int (*above)(void *user, size_t row);
    void (*begins)(void *user, size_t row, int y);
    void *user;
} nf_layout_space;

/* Places the nodes. Edges are sorted by their origin, those of one node in the
 * order in which they should branch off: the first one goes straight on.
 * Cycles and edges from a node to itself are fine. Time grows with nodes +
 * edges (lanes are searched in a window of fixed size). Errors: NF_NOMEM. */
nf_status nf_layout(nf_arena *arena, nf_layout_node *nodes, size_t node_count,
                    nf_layout_edge *edges, size_t edge_count,
                    const nf_layout_space *space, nf_error *err);

#endif
