/* Between layout.c, which finds layers and lanes, and layout_rows.c, which
 * breaks them into rows and finds pixels. */
#ifndef NF_ANALYSIS_LAYOUT_INTERNAL_H
#define NF_ANALYSIS_LAYOUT_INTERNAL_H

#include "analysis/layout.h"

#include <stdint.h>

#define NONE SIZE_MAX

typedef struct nf_layout_lane {
    size_t first, last; /* layers that are taken */
} nf_layout_lane;

typedef struct nf_layout_work {
    nf_arena *arena;
    const nf_layout_space *space;
    nf_layout_node *nodes;
    nf_layout_edge *edges;
    size_t node_count, edge_count;
    size_t *first;   /* by node: its first edge; one more at the end */
    size_t *order;   /* nodes, so that forward edges go forward */
    size_t *layer;   /* by node */
    size_t *in_lane; /* by node; NONE: not placed yet */
    bool *back;      /* by edge: closes a cycle */
    size_t *way;     /* by edge: the lane of AROUND */
    size_t *pending; /* edges whose targets wait for a place */
    size_t pending_count;
    nf_layout_lane *lanes;
    size_t lane_count;
} nf_layout_work;

/* Nodes have layers and lanes, edges their ways: finds rows, places, and the
 * lines of edges. False when out of memory. */
bool nf_layout_place_rows(nf_layout_work *work);

#endif
