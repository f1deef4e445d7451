/* Rows of a layout. Layers are broken into rows where it costs least: an edge
 * that goes on in another row is hard to follow, so a row ends where one chain
 * alone goes on, if there is such a place. Each row has the lanes that are used
 * in it. An edge to another row leaves its row along its lane, which is free
 * behind it, goes down beside the row and back between rows, on a track of its
 * own, and comes in from the left; one that goes back, the other way round. */
#include "analysis/layout_internal.h"

#include <stdlib.h>

enum {
    LINE_LANE = 12,  /* a lane that has lines alone */
    TRACK = 10,      /* between lines beside and between rows */
    BESIDE = 26,     /* from a row to the first line beside it */
    BELOW = 30,      /* from a row to the first line below it: names */
    ASIDE = 14,      /* from a column to a line beside it */
    ABOVE_ROW = 46,  /* from the last of them to the next row: captions */
    OVER = 10,       /* percent that a row may be wider */
    OVER_COST = 60,  /* of each, compared with … */
    ROW_COST = 1000, /* … a row, and … */
    LINE_COST = 1500 /* … each line but one that goes on in another row */
};

typedef nf_layout_work work;

/* A lane in a row. */
typedef struct used_lane {
    size_t row, lane;
    int height, y;
} used_lane;

/* Where a node stands. */
typedef struct spot {
    size_t layer, lane;
} spot;

typedef struct row {
    size_t first, end; /* layers */
    int right;         /* of its nodes */
    size_t lines;      /* that go on from the row before, or to it */
    int between;       /* where the first of them is, above the row */
} row;

typedef struct rows {
    work *w;
    size_t layer_count;
    int *widths, *middles; /* by layer */
    size_t *row_of;        /* by layer */
    row *items;
    size_t count;
    used_lane *used;
    size_t used_count;
    spot *spots;       /* sorted */
    size_t *arrival;   /* by node: the lane of lines from rows above; NONE */
    size_t neighbours; /* the most lines from one row to the next */
} rows;

/* ---- where rows end ------------------------------------------------------ */

/* By layer: how many edges go from it or those before to those behind. */
static bool count_crossings(const rows *r, size_t *crossings)
{
    const work *w = r->w;
    int64_t *change =
        nf_arena_array(w->arena, r->layer_count + 1, sizeof *change);
    int64_t sum = 0;

    if (!change)
        return false;
    for (size_t i = 0; i < w->edge_count; i++) {
        size_t from = w->layer[w->edges[i].from], to = w->layer[w->edges[i].to];

        change[from < to ? from : to]++;
        change[from < to ? to : from]--;
    }
    for (size_t i = 0; i < r->layer_count; i++) {
        sum += change[i];
        crossings[i] = (size_t)sum;
    }
    return true;
}

static int64_t cost_of(const rows *r, int width, size_t end,
                       const size_t *crossings)
{
    int64_t space = r->w->space->width;
    int64_t percent = (space - width) * 100 / space, cost = ROW_COST;

    if (percent < 0)
        cost += -percent * OVER_COST;
    else if (end < r->layer_count)
        cost += percent * percent / 10;
    if (end < r->layer_count && crossings[end - 1] > 1)
        cost += LINE_COST * ((int64_t)crossings[end - 1] - 1);
    return cost;
}

/* The cheapest way to break layers 0 … end, for each end: where its last row
 * begins. NULL when out of memory. */
static size_t *find_breaks(const rows *r)
{
    size_t n = r->layer_count;
    nf_arena *arena = r->w->arena;
    int64_t *cost = nf_arena_array(arena, n + 1, sizeof *cost);
    size_t *from = nf_arena_array(arena, n + 1, sizeof *from);
    size_t *crossings = nf_arena_array(arena, n + 1, sizeof *crossings);

    if (!cost || !from || !crossings || !count_crossings(r, crossings))
        return NULL;
    int limit = r->w->space->width / 100 * (100 + OVER);
    for (size_t end = 1; end <= n && limit; end++) {
        int width = 0;

        cost[end] = INT64_MAX;
        for (size_t begin = end; begin-- > 0;) {
            width += r->widths[begin];
            if (begin + 1 < end && width > limit)
                break;
            int64_t sum = cost[begin] + cost_of(r, width, end, crossings);
            if (sum < cost[end]) {
                cost[end] = sum;
                from[end] = begin;
            }
            width += r->w->space->column;
        }
    }
    return from;
}

static bool find_rows(rows *r)
{
    const size_t *from = find_breaks(r);
    size_t n = r->layer_count, count = 0;

    r->row_of = nf_arena_array(r->w->arena, n + 1, sizeof *r->row_of);
    if (!from || !r->row_of)
        return false;
    for (size_t end = n; end > 0; end = from[end])
        count++;
    r->items = nf_arena_array(r->w->arena, count + 1, sizeof *r->items);
    if (!r->items)
        return false;
    r->count = count;
    for (size_t end = n; end > 0; end = from[end]) {
        count--;
        r->items[count] = (row){.first = from[end], .end = end};
        for (size_t i = from[end]; i < end; i++)
            r->row_of[i] = count;
    }
    return true;
}

/* ---- columns ------------------------------------------------------------- */

static bool find_widths(rows *r)
{
    const work *w = r->w;

    for (size_t i = 0; i < w->node_count; i++)
        if (w->layer[i] >= r->layer_count)
            r->layer_count = w->layer[i] + 1;
    r->widths = nf_arena_array(w->arena, r->layer_count + 1, sizeof(int));
    r->middles = nf_arena_array(w->arena, r->layer_count + 1, sizeof(int));
    if (!r->widths || !r->middles)
        return false;
    for (size_t i = 0; i < w->node_count; i++)
        if (w->nodes[i].width > r->widths[w->layer[i]])
            r->widths[w->layer[i]] = w->nodes[i].width;
    return true;
}

static void place_columns(rows *r)
{
    const work *w = r->w;

    for (size_t i = 0; i < r->count; i++) {
        int x = 0;

        for (size_t k = r->items[i].first; k < r->items[i].end; k++) {
            r->middles[k] = x + r->widths[k] / 2;
            r->items[i].right = x + r->widths[k];
            x += r->widths[k] + w->space->column;
        }
    }
    for (size_t i = 0; i < w->node_count; i++) {
        w->nodes[i].x = r->middles[w->layer[i]];
        w->nodes[i].row = r->row_of[w->layer[i]];
    }
}

/* ---- lanes --------------------------------------------------------------- */

static int compare_used(const void *a, const void *b)
{
    const used_lane *x = a, *y = b;

    if (x->row != y->row)
        return x->row < y->row ? -1 : 1;
    return x->lane < y->lane ? -1 : x->lane > y->lane;
}

/* The lane in which an edge goes when it goes straight on: that of the chain
 * that it is of, or its own. */
static size_t lane_of(const work *w, size_t edge)
{
    const nf_layout_edge *e = &w->edges[edge];

    switch (e->way) {
    case NF_WAY_AROUND:
        return w->way[edge];
    case NF_WAY_BRANCH:
        return w->in_lane[e->to];
    case NF_WAY_STRAIGHT:
    case NF_WAY_JOIN:
        break;
    }
    return w->in_lane[e->from];
}

static bool goes_down(const work *w, size_t edge)
{
    const nf_layout_edge *e = &w->edges[edge];

    return w->nodes[e->from].row < w->nodes[e->to].row;
}

/* The lane in which it comes to its target: those from rows above that have
 * lanes of their own share one. */
static size_t arrival_of(const rows *r, size_t edge)
{
    const nf_layout_edge *e = &r->w->edges[edge];

    return e->way == NF_WAY_AROUND && goes_down(r->w, edge)
               ? r->arrival[e->to]
               : lane_of(r->w, edge);
}

/* Which edges go to other rows, and how those arrive. */
static bool find_arrivals(rows *r)
{
    const work *w = r->w;

    r->arrival =
        nf_arena_array(w->arena, w->node_count + 1, sizeof *r->arrival);
    if (!r->arrival)
        return false;
    for (size_t i = 0; i < w->node_count; i++)
        r->arrival[i] = NONE;
    for (size_t i = 0; i < w->edge_count; i++) {
        nf_layout_edge *e = &w->edges[i];

        e->wraps = w->nodes[e->from].row != w->nodes[e->to].row;
        if (e->way == NF_WAY_AROUND && goes_down(w, i) &&
            r->arrival[e->to] == NONE)
            r->arrival[e->to] = lane_of(w, i);
    }
    return true;
}

static bool find_used_lanes(rows *r)
{
    const work *w = r->w;
    size_t count = 0, kept = 0;

    r->used = nf_arena_array(w->arena, w->node_count + 2 * w->edge_count + 1,
                             sizeof *r->used);
    if (!r->used)
        return false;
    for (size_t i = 0; i < w->node_count; i++)
        r->used[count++] = (used_lane){
            w->nodes[i].row, w->in_lane[i],
            w->nodes[i].height > LINE_LANE ? w->nodes[i].height : LINE_LANE, 0};
    for (size_t i = 0; i < w->edge_count; i++) {
        size_t lane = lane_of(w, i);

        r->used[count++] =
            (used_lane){w->nodes[w->edges[i].from].row, lane, LINE_LANE, 0};
        r->used[count++] =
            (used_lane){w->nodes[w->edges[i].to].row, lane, LINE_LANE, 0};
    }
    qsort(r->used, count, sizeof *r->used, compare_used);
    for (size_t i = 0; i < count; i++) {
        if (kept && !compare_used(&r->used[kept - 1], &r->used[i])) {
            if (r->used[i].height > r->used[kept - 1].height)
                r->used[kept - 1].height = r->used[i].height;
            continue;
        }
        r->used[kept++] = r->used[i];
    }
    r->used_count = kept;
    return true;
}

static int y_of(const rows *r, size_t row_number, size_t lane)
{
    const used_lane key = {row_number, lane, 0, 0};
    const used_lane *found =
        bsearch(&key, r->used, r->used_count, sizeof *r->used, compare_used);

    return found ? found->y : 0;
}

/* ---- edges to other rows ------------------------------------------------- */

/* The row above which an edge passes from one row to the other. */
static size_t passes_above(size_t from, size_t to)
{
    return to > from ? to : to + 1;
}

typedef struct going_on {
    size_t edge, from, to, lane;
} going_on;

/* Rows, and in a row the upper lanes first. */
static int compare_going_on(const void *a, const void *b)
{
    const going_on *x = a, *y = b;

    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    if (x->lane != y->lane)
        return x->lane < y->lane ? -1 : 1;
    return x->edge < y->edge ? -1 : x->edge > y->edge;
}

static bool is_next(const going_on *g)
{
    return g->to == g->from + 1;
}

/* Those that leave one row for the next, list[begin … end]. The uppermost is
 * outermost at the right, lowest between the rows and innermost at the left: so
 * they do not cross each other. */
static void find_tracks_of_row(rows *r, const going_on *list, size_t begin,
                               size_t end)
{
    size_t count = 0, place = 0;

    for (size_t i = begin; i < end; i++)
        count += is_next(&list[i]);
    for (size_t i = begin; i < end; i++) {
        nf_layout_edge *e = &r->w->edges[list[i].edge];

        if (!is_next(&list[i]))
            continue;
        e->x_out = e->y_between = (int)(count - 1 - place);
        e->x_in = (int)place++;
    }
    if (count)
        r->items[list[begin].from + 1].lines = count;
    if (count > r->neighbours)
        r->neighbours = count;
}

/* All others are outside of these; those to one target share a track. */
static bool find_other_tracks(rows *r, const going_on *list, size_t count)
{
    const work *w = r->w;
    size_t *down = nf_arena_array(w->arena, w->node_count + 1, sizeof *down);
    size_t *up = nf_arena_array(w->arena, w->node_count + 1, sizeof *up);
    size_t tracks = 0;

    if (!down || !up)
        return false;
    for (size_t i = 0; i < count; i++) {
        nf_layout_edge *e = &w->edges[list[i].edge];
        size_t *first = list[i].to > list[i].from ? down : up; /* 0: none */
        row *below = &r->items[passes_above(list[i].from, list[i].to)];

        if (is_next(&list[i]))
            continue;
        if (!first[e->to]) {
            first[e->to] = list[i].edge + 1;
            e->x_out = e->x_in = -1 - (int)tracks++;
            e->y_between = (int)below->lines++;
            continue;
        }
        e->x_out = e->x_in = w->edges[first[e->to] - 1].x_in;
        e->y_between = w->edges[first[e->to] - 1].y_between;
    }
    return true;
}

/* `x_out`, `x_in` and `y_between` are numbers of tracks until rows have their
 * places; those of others are negative. */
static bool find_tracks(rows *r, const going_on *list, size_t count)
{
    for (size_t i = 0, end; i < count; i = end) {
        for (end = i; end < count && list[end].from == list[i].from;)
            end++;
        find_tracks_of_row(r, list, i, end);
    }
    return find_other_tracks(r, list, count);
}

static bool find_going_on(rows *r)
{
    const work *w = r->w;
    going_on *list = nf_arena_array(w->arena, w->edge_count + 1, sizeof *list);
    size_t count = 0;

    if (!list)
        return false;
    for (size_t i = 0; i < w->edge_count; i++) {
        const nf_layout_edge *e = &w->edges[i];
        size_t from = w->nodes[e->from].row, to = w->nodes[e->to].row;

        if (e->wraps)
            list[count++] = (going_on){i, from, to, lane_of(w, i)};
    }
    qsort(list, count, sizeof *list, compare_going_on);
    return find_tracks(r, list, count);
}

/* ---- lines that would meet nodes ----------------------------------------- */

static int compare_spots(const void *a, const void *b)
{
    const spot *x = a, *y = b;

    if (x->layer != y->layer)
        return x->layer < y->layer ? -1 : 1;
    return x->lane < y->lane ? -1 : x->lane > y->lane;
}

/* Whether a node of the layer is between two lanes. */
static bool is_blocked(const rows *r, size_t layer, size_t a, size_t b)
{
    const spot first = {layer, (a < b ? a : b) + 1};
    size_t low = 0, high = r->w->node_count, last = a < b ? b : a;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (compare_spots(&r->spots[middle], &first) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < r->w->node_count && r->spots[low].layer == layer &&
           r->spots[low].lane < last;
}

static bool find_blocked(rows *r)
{
    const work *w = r->w;

    r->spots = nf_arena_array(w->arena, w->node_count + 1, sizeof *r->spots);
    if (!r->spots)
        return false;
    for (size_t i = 0; i < w->node_count; i++)
        r->spots[i] = (spot){w->layer[i], w->in_lane[i]};
    qsort(r->spots, w->node_count, sizeof *r->spots, compare_spots);
    for (size_t i = 0; i < w->edge_count; i++) {
        nf_layout_edge *e = &w->edges[i];
        size_t out = w->layer[e->from], in = w->layer[e->to];

        e->out_aside = is_blocked(r, out, w->in_lane[e->from], lane_of(w, i));
        e->in_aside = is_blocked(r, in, w->in_lane[e->to], arrival_of(r, i));
        e->out_x = r->middles[out] + (r->widths[out] + 1) / 2 + ASIDE;
        e->in_x = r->middles[in] - r->widths[in] / 2 - ASIDE;
    }
    return true;
}

/* ---- pixels -------------------------------------------------------------- */

static void place_lanes(rows *r)
{
    const nf_layout_space *space = r->w->space;
    int y = 0;

    for (size_t i = 0, at = 0; i < r->count; i++) {
        row *here = &r->items[i];
        int above = space->above ? space->above(space->user, i) : 0;

        if (i > 0) {
            here->between = y - space->lane + BELOW;
            y = here->between + (int)here->lines * TRACK;
        }
        if (above)
            space->begins(space->user, i, y);
        y += above;
        if (i > 0 || above)
            y += ABOVE_ROW;
        for (; at < r->used_count && r->used[at].row == i; at++) {
            r->used[at].y = y + r->used[at].height / 2;
            y += r->used[at].height + space->lane;
        }
    }
}

static void place_edge(const rows *r, size_t edge, int right)
{
    const work *w = r->w;
    nf_layout_edge *e = &w->edges[edge];
    size_t from = w->nodes[e->from].row, to = w->nodes[e->to].row;
    size_t lane = lane_of(w, edge);
    bool forward = to > from, neighbours = to == from + 1;
    int outside = (int)r->neighbours * TRACK;

    e->y = y_of(r, from, lane);
    if (!e->wraps)
        return;
    e->y_out = e->y;
    e->y_in = y_of(r, to, arrival_of(r, edge));
    e->y_between =
        r->items[passes_above(from, to)].between + e->y_between * TRACK;
    if (neighbours) {
        e->x_out = r->items[from].right + BESIDE + e->x_out * TRACK;
        e->x_in = -BESIDE - e->x_in * TRACK;
        return;
    }
    int at_right = right + BESIDE + outside - e->x_out * TRACK;
    int at_left = -BESIDE - outside + e->x_in * TRACK;
    e->x_out = forward ? at_right : at_left;
    e->x_in = forward ? at_left : at_right;
}

void nf_layout_edge_move(nf_layout_edge *e, int x, int y)
{
    e->y += y;
    e->out_x += x;
    e->in_x += x;
    e->x_out += x;
    e->x_in += x;
    e->y_out += y;
    e->y_between += y;
    e->y_in += y;
}

bool nf_layout_place_rows(work *w)
{
    rows r = {.w = w};
    int right = 0;

    if (!find_widths(&r) || !find_rows(&r))
        return false;
    place_columns(&r);
    if (!find_arrivals(&r) || !find_used_lanes(&r) || !find_going_on(&r) ||
        !find_blocked(&r))
        return false;
    place_lanes(&r);
    for (size_t i = 0; i < w->node_count; i++)
        w->nodes[i].y = y_of(&r, w->nodes[i].row, w->in_lane[i]);
    for (size_t i = 0; i < r.count; i++)
        right = r.items[i].right > right ? r.items[i].right : right;
    for (size_t i = 0; i < w->edge_count; i++)
        place_edge(&r, i, right);
    return true;
}
