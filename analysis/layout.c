/* The layered layout: a depth-first search finds which edges go back and an
 * order in which all others go forward; layers are longest ways in that order;
 * then chains take lanes. What branches off late is placed first and thus
 * nearest to its chain, so that earlier branches go around it. */
#include "analysis/layout_internal.h"

#include <string.h>

enum { LANE_WINDOW = 64 };

typedef nf_layout_lane lane;
typedef nf_layout_work work;

static bool prepare(work *w)
{
    size_t n = w->node_count, m = w->edge_count;
    w->first = nf_arena_array(w->arena, n + 2, sizeof *w->first);
    w->order = nf_arena_array(w->arena, n + 1, sizeof *w->order);
    w->layer = nf_arena_array(w->arena, n + 1, sizeof *w->layer);
    w->in_lane = nf_arena_array(w->arena, n + 1, sizeof *w->in_lane);
    w->back = nf_arena_array(w->arena, m + 1, sizeof *w->back);
    w->way = nf_arena_array(w->arena, m + 1, sizeof *w->way);
    w->pending = nf_arena_array(w->arena, m + 1, sizeof *w->pending);
    w->lanes = nf_arena_array(w->arena, n + m + 1, sizeof *w->lanes);
    if (!w->first || !w->order || !w->layer || !w->in_lane || !w->back ||
        !w->way || !w->pending || !w->lanes)
        return false;
    for (size_t i = 0; i < m; i++)
        w->first[w->edges[i].from + 1]++;
    for (size_t i = 0; i < n; i++) {
        w->first[i + 1] += w->first[i];
        w->in_lane[i] = NONE;
    }
    return true;
}

/* ---- layers ------------------------------------------------------------ */

/* From `start`: marks edges that close a cycle, and writes what is left
 * behind to the end of `order`. */
static void search(work *w, size_t start, uint8_t *state, size_t *next,
                   size_t *stack, size_t *left)
{
    enum { UNSEEN, OPEN, CLOSED };
    size_t depth = 0;
    stack[depth++] = start;
    state[start] = OPEN;
    next[start] = w->first[start];
    while (depth) {
        size_t at = stack[depth - 1];
        if (next[at] == w->first[at + 1]) {
            state[at] = CLOSED;
            w->order[--*left] = at;
            depth--;
            continue;
        }
        size_t edge = next[at]++, to = w->edges[edge].to;
        w->back[edge] = state[to] == OPEN;
        if (state[to] == UNSEEN) {
            state[to] = OPEN;
            next[to] = w->first[to];
            stack[depth++] = to;
        }
    }
}

static bool find_layers(work *w)
{
    size_t n = w->node_count, left = n;
    uint8_t *state = nf_arena_array(w->arena, n + 1, sizeof *state);
    size_t *next = nf_arena_array(w->arena, n + 1, sizeof *next);
    size_t *stack = nf_arena_array(w->arena, n + 1, sizeof *stack);
    bool *entered = nf_arena_array(w->arena, n + 1, sizeof *entered);
    if (!state || !next || !stack || !entered)
        return false;
    for (size_t i = 0; i < w->edge_count; i++)
        entered[w->edges[i].to] = true;
    for (size_t i = n; i-- > 0;)
        if (!entered[i] && !state[i])
            search(w, i, state, next, stack, &left);
    for (size_t i = n; i-- > 0;)
        if (!state[i])
            search(w, i, state, next, stack, &left);
    for (size_t i = 0; i < n; i++) {
        size_t at = w->order[i];
        for (size_t e = w->first[at]; e < w->first[at + 1]; e++) {
            size_t to = w->edges[e].to;
            if (!w->back[e] && w->layer[to] <= w->layer[at])
                w->layer[to] = w->layer[at] + 1;
        }
    }
    return true;
}

/* ---- lanes ------------------------------------------------------------- */

/* The first lane from `from` on that is free between two layers; takes it. */
static size_t take_lane(work *w, size_t from, size_t first, size_t last)
{
    size_t stop = from + LANE_WINDOW, found = w->lane_count;
    for (size_t i = from; i < w->lane_count && i < stop; i++) {
        const lane *l = &w->lanes[i];
        if (last < l->first || first > l->last) {
            found = i;
            break;
        }
    }
    lane *l = &w->lanes[found];
    if (found == w->lane_count) {
        w->lane_count++;
        *l = (lane){first, last};
        return found;
    }
    if (first < l->first)
        l->first = first;
    if (last > l->last)
        l->last = last;
    return found;
}

/* The edge on which the chain goes on from a node; NONE. */
static size_t next_of_chain(const work *w, size_t at)
{
    size_t e = w->first[at];
    if (e == w->first[at + 1] || w->back[e] ||
        w->in_lane[w->edges[e].to] != NONE)
        return NONE;
    return e;
}

/* Places a node and those that it leads straight to. The lane is kept free
 * from `first` on, where the branch comes down, up to where the last of them
 * joins another chain. */
static void place_chain(work *w, size_t start, size_t first, size_t from_lane)
{
    size_t at = start, e;
    while ((e = next_of_chain(w, at)) != NONE)
        at = w->edges[e].to;
    size_t last = w->layer[at], end = at;
    e = w->first[at];
    if (e < w->first[at + 1] && !w->back[e])
        last = w->layer[w->edges[e].to];
    size_t number = take_lane(w, from_lane, first, last);
    for (at = start;; at = w->edges[w->first[at]].to) {
        w->in_lane[at] = number;
        if (at == end)
            break;
    }
    for (at = start;; at = w->edges[w->first[at]].to) {
        bool leads_on = at != end || (w->first[at] < w->first[at + 1] &&
                                      !w->back[w->first[at]]);
        if (leads_on) {
            w->edges[w->first[at]].way =
                w->in_lane[w->edges[w->first[at]].to] == number
                    ? NF_WAY_STRAIGHT
                    : NF_WAY_JOIN;
        }
        for (e = w->first[at + 1]; e > w->first[at] + leads_on; e--)
            w->pending[w->pending_count++] = e - 1;
        if (at == end)
            break;
    }
}

static void place_edge(work *w, size_t edge)
{
    nf_layout_edge *e = &w->edges[edge];
    size_t below = w->in_lane[e->from] + 1, from = w->layer[e->from],
           to = w->layer[e->to];
    if (w->in_lane[e->to] == NONE && w->back[edge])
        place_chain(w, e->to, to, below); /* which begins by itself */
    if (w->in_lane[e->to] == NONE) {
        place_chain(w, e->to, from, below);
        e->way = NF_WAY_BRANCH;
        return;
    }
    e->way = NF_WAY_AROUND;
    w->way[edge] =
        take_lane(w, below, from < to ? from : to, from < to ? to : from);
}

static void place_all(work *w)
{
    for (size_t i = 0; i < w->node_count; i++) {
        size_t root = w->order[i];
        if (w->in_lane[root] != NONE)
            continue;
        place_chain(w, root, w->layer[root], w->lane_count);
        while (w->pending_count)
            place_edge(w, w->pending[--w->pending_count]);
    }
}

/* ---- all --------------------------------------------------------------- */

nf_status nf_layout(nf_arena *arena, nf_layout_node *nodes, size_t node_count,
                    nf_layout_edge *edges, size_t edge_count,
                    const nf_layout_space *space, nf_error *err)
{
    work w = {.arena = arena,
              .space = space,
              .nodes = nodes,
              .edges = edges,
              .node_count = node_count,
              .edge_count = edge_count};
    if (!prepare(&w) || !find_layers(&w))
        return nf_error_nomem(err);
    place_all(&w);
    return nf_layout_place_rows(&w) ? NF_OK : nf_error_nomem(err);
}
