/* Places for a flow that has none: every collection is laid out by itself, the
 * innermost loops first, since a loop is as large as what is in it. Parameters
 * stand above the flow, annotations above the row that has what they are
 * about. */
#include "analysis/label.h"
#include "analysis/picture_internal.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define NONE SIZE_MAX

enum {
    LANE_GAP = 54, /* a variable is named below its activity */
    COLUMN_GAP = 44,
    COLUMN_GAP_MAX = 150,
    EVENT_WIDTH = 44,
    PADDING = 28, /* between the frame of a loop and its body */
    HEADER = 34,  /* what the loop goes over */
    LOOP_WIDTH = 220,
    ROW_WIDTH = 1500,
    ROW_WIDTH_LESS = 180, /* in each loop, so that it fits into a row */
    ROW_WIDTH_MIN = 600,
    NOTE_GAP = 26, /* between annotations */
    PARAMETER_X = 140,
    PARAMETER_Y = 76,
    NOTE_WIDTH = 200,
    NOTE_FONT = 11,
    NOTE_LINE = 14,
};

typedef struct plan {
    nf_picture *p;
    nf_arena *arena;
    nf_point *place;       /* by shape: in its collection */
    size_t *target;        /* by shape: what an annotation is about */
    nf_layout_edge *lines; /* by connector: in its collection */
    size_t beside;         /* shapes from here on have a place */
} plan;

/* An annotation and where it would like to stand. */
typedef struct wish {
    size_t row;
    int x;
    size_t shape;
} wish;

typedef struct collection {
    size_t owner;       /* the loop; NONE: the flow */
    size_t node, nodes; /* shapes */
    size_t beside, besides;
    size_t connector, connectors;
    int left, top, right, bottom;
    int width; /* of a row */
    /* while nodes are placed */
    plan *plan;
    const nf_layout_node *placed;
    wish *wishes; /* sorted */
    size_t wish_count;
} collection;

/* The first connector that leaves node `from` or a later one. */
static size_t first_connector(const nf_picture *p, size_t from)
{
    size_t low = 0, high = p->connector_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const nf_connector *c = &p->connectors[middle];
        if (c->kind != NF_CONNECTOR_NOTE && c->from < from)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int label_room(const nf_picture *p, const collection *in)
{
    int widest = COLUMN_GAP;
    for (size_t i = 0; i < in->connectors; i++) {
        const char *label = p->connectors[in->connector + i].label;
        size_t length = strnlen(label, COLUMN_GAP_MAX);
        int width = *label ? nf_label_width(label, nf_utf8_cut(label, length),
                                            NOTE_FONT) +
                                 COLUMN_GAP / 2
                           : 0;
        widest = width > widest ? width : widest;
    }
    return widest < COLUMN_GAP_MAX ? widest : COLUMN_GAP_MAX;
}

static void include(collection *in, nf_point at, int width, int height)
{
    in->left = at.x - width / 2 < in->left ? at.x - width / 2 : in->left;
    in->right = at.x + width / 2 > in->right ? at.x + width / 2 : in->right;
    in->top = at.y - height / 2 < in->top ? at.y - height / 2 : in->top;
    in->bottom =
        at.y + height / 2 > in->bottom ? at.y + height / 2 : in->bottom;
}

/* ---- annotations --------------------------------------------------------- */

static int compare_wishes(const void *a, const void *b)
{
    const wish *x = a, *y = b;
    if (x->row != y->row)
        return x->row < y->row ? -1 : 1;
    if (x->x != y->x)
        return x->x < y->x ? -1 : 1;
    return x->shape < y->shape ? -1 : x->shape > y->shape;
}

static void size_note(const plan *l, nf_shape *s)
{
    nf_label text =
        nf_label_wrap(l->arena, nf_element_string(s->element, "Caption", ""),
                      NOTE_FONT, NOTE_WIDTH - 16, NF_LABEL_LINES, true);
    s->width = NOTE_WIDTH;
    s->height = (int)(text.count ? text.count : 1) * NOTE_LINE + 16;
}

/* All annotations, by the row of what they are about. */
static void find_wishes(collection *in)
{
    const plan *l = in->plan;
    in->wish_count = 0;
    for (size_t i = 0; i < in->besides; i++) {
        size_t shape = in->beside + i, about = l->target[shape];
        bool here =
            about != NONE && about >= in->node && about < in->node + in->nodes;
        if (l->p->shapes[shape].kind != NF_SHAPE_ANNOTATION)
            continue;
        size_note(l, &l->p->shapes[shape]);
        in->wishes[in->wish_count++] = (wish){0, 0, shape};
        if (!here)
            continue;
        in->wishes[in->wish_count - 1].row = in->placed[about - in->node].row;
        in->wishes[in->wish_count - 1].x = in->placed[about - in->node].x;
    }
    qsort(in->wishes, in->wish_count, sizeof *in->wishes, compare_wishes);
}

/* Places the annotations of a row in lines that begin at 0; their height. */
static int pack_notes(collection *in, size_t row)
{
    nf_point *place = in->plan->place;
    int y = 0, height = 0, free_from = 0;
    for (size_t i = 0; i < in->wish_count; i++) {
        size_t shape = in->wishes[i].shape;
        const nf_shape *s = &in->plan->p->shapes[shape];
        int x = in->wishes[i].x, half = s->width / 2;
        if (in->wishes[i].row != row)
            continue;
        x = x < free_from + half ? free_from + half : x;
        if (x > in->width - half && height) { /* the next line */
            y += height + NOTE_GAP;
            height = 0;
            x = in->wishes[i].x < half ? half : in->wishes[i].x;
        }
        place[shape] = (nf_point){x, y + s->height / 2};
        height = s->height > height ? s->height : height;
        free_from = x + half + NOTE_GAP;
    }
    return y + height;
}

static int above_row(void *user, size_t row)
{
    collection *in = user;
    if (row == 0)
        find_wishes(in);
    return pack_notes(in, row);
}

static void notes_begin(void *user, size_t row, int y)
{
    collection *in = user;
    for (size_t i = 0; i < in->wish_count; i++) {
        size_t shape = in->wishes[i].shape;
        const nf_shape *s = &in->plan->p->shapes[shape];
        if (in->wishes[i].row != row)
            continue;
        in->plan->place[shape].y += y;
        include(in, in->plan->place[shape], s->width, s->height);
    }
}

/* ---- collections --------------------------------------------------------- */

static void include_line(collection *in, const nf_layout_edge *e)
{
    if (e->wraps) {
        include(in, (nf_point){e->x_out, e->y_out}, 0, 0);
        include(in, (nf_point){e->x_in, e->y_between}, 0, 0);
        include(in, (nf_point){e->x_in, e->y_in}, 0, 0);
    } else if (e->way == NF_WAY_AROUND && e->y > in->bottom) {
        in->bottom = e->y;
    }
}

static nf_status place_nodes(plan *l, collection *in, nf_error *err)
{
    nf_picture *p = l->p;
    nf_layout_node *nodes =
        nf_arena_array(l->arena, in->nodes + 1, sizeof *nodes);
    nf_layout_edge *edges = &l->lines[in->connector];
    in->wishes = nf_arena_array(l->arena, in->besides + 1, sizeof *in->wishes);
    if (!nodes || !in->wishes)
        return nf_error_nomem(err);
    in->placed = nodes;
    for (size_t i = 0; i < in->nodes; i++) {
        const nf_shape *s = &p->shapes[in->node + i];
        nodes[i].width = s->width > EVENT_WIDTH ? s->width : EVENT_WIDTH;
        nodes[i].height = s->height;
    }
    for (size_t i = 0; i < in->connectors; i++) {
        const nf_connector *c = &p->connectors[in->connector + i];
        edges[i].from = c->from - in->node;
        edges[i].to = c->to - in->node;
    }
    const nf_layout_space space = {.column = label_room(p, in),
                                   .lane = LANE_GAP,
                                   .width = in->width,
                                   .above = above_row,
                                   .begins = notes_begin,
                                   .user = in};
    nf_status status = nf_layout(l->arena, nodes, in->nodes, edges,
                                 in->connectors, &space, err);
    if (status != NF_OK)
        return status;
    for (size_t i = 0; i < in->nodes; i++) {
        l->place[in->node + i] = (nf_point){nodes[i].x, nodes[i].y};
        include(in, l->place[in->node + i], nodes[i].width, nodes[i].height);
    }
    for (size_t i = 0; i < in->connectors; i++)
        include_line(in, &edges[i]);
    return NF_OK;
}

/* In lines above everything that has a place. */
static void place_parameters(plan *l, collection *in)
{
    size_t count = 0, fit = (size_t)(in->width / PARAMETER_X), lines, at = 0;
    for (size_t i = 0; i < in->besides; i++)
        count += l->p->shapes[in->beside + i].kind == NF_SHAPE_PARAMETER;
    lines = (count + fit - 1) / fit;
    int top = in->top - (int)lines * PARAMETER_Y, left = in->left;
    for (size_t i = 0; i < in->besides; i++) {
        size_t shape = in->beside + i;
        if (l->p->shapes[shape].kind != NF_SHAPE_PARAMETER)
            continue;
        l->place[shape] =
            (nf_point){left + PARAMETER_X / 2 + (int)(at % fit) * PARAMETER_X,
                       top + (int)(at / fit) * PARAMETER_Y};
        include(in, l->place[shape], PARAMETER_X, PARAMETER_Y / 2);
        at++;
    }
}

/* Moves everything so that the collection begins at its padding, and gives
 * its loop the size that is needed. */
static void settle(plan *l, const collection *in)
{
    int x = PADDING - in->left, y = PADDING + HEADER - in->top;
    for (size_t i = 0; i < in->nodes; i++) {
        l->place[in->node + i].x += x;
        l->place[in->node + i].y += y;
    }
    for (size_t i = 0; i < in->besides; i++) {
        l->place[in->beside + i].x += x;
        l->place[in->beside + i].y += y;
    }
    for (size_t i = 0; i < in->connectors; i++)
        nf_layout_edge_move(&l->lines[in->connector + i], x, y);
    if (in->owner == NONE)
        return;
    nf_shape *loop = &l->p->shapes[in->owner];
    loop->width = in->right - in->left + 2 * PADDING;
    loop->height = in->bottom - in->top + 2 * PADDING + HEADER;
    if (loop->width < LOOP_WIDTH)
        loop->width = LOOP_WIDTH;
}

/* Of a collection: that of the flow, and less in each loop around it. */
static int row_width(const nf_picture *p, size_t owner)
{
    int width = ROW_WIDTH;
    for (; owner != NONE && width > ROW_WIDTH_MIN;
         owner = p->shapes[owner].parent)
        width -= ROW_WIDTH_LESS;
    return width > ROW_WIDTH_MIN ? width : ROW_WIDTH_MIN;
}

static nf_status place_collection(plan *l, size_t owner, nf_error *err)
{
    const nf_picture *p = l->p;
    collection in = {.owner = owner};
    if (owner == NONE) {
        while (in.nodes < p->graph.node_count &&
               p->graph.nodes[in.nodes].parent == NONE)
            in.nodes++;
    } else {
        in.node = p->graph.nodes[owner].body;
        in.nodes = p->graph.nodes[owner].body_count;
    }
    size_t end = l->beside;
    while (l->beside > p->graph.node_count &&
           p->shapes[l->beside - 1].parent == owner)
        l->beside--;
    in.beside = l->beside;
    in.besides = end - l->beside;
    in.connector = first_connector(p, in.node);
    in.connectors = first_connector(p, in.node + in.nodes) - in.connector;
    in.plan = l;
    in.width = row_width(p, owner);
    nf_status status = place_nodes(l, &in, err);
    if (status == NF_OK) {
        place_parameters(l, &in);
        settle(l, &in);
    }
    return status;
}

static bool has_body(const plan *l, size_t node)
{
    const nf_picture *p = l->p;
    return p->shapes[node].kind == NF_SHAPE_LOOP ||
           p->graph.nodes[node].body_count ||
           p->shapes[l->beside - 1].parent == node;
}

/* From places in collections to places in the picture: loops come before
 * what is in them. */
static void make_absolute(plan *l)
{
    nf_picture *p = l->p;
    for (size_t i = 0; i < p->shape_count; i++) {
        nf_shape *s = &p->shapes[i];
        s->x = l->place[i].x;
        s->y = l->place[i].y;
        if (s->parent == NONE)
            continue;
        const nf_shape *loop = &p->shapes[s->parent];
        s->x += loop->x - loop->width / 2;
        s->y += loop->y - loop->height / 2;
    }
    for (size_t i = 0; i < p->connector_count; i++) {
        nf_connector *c = &p->connectors[i];
        size_t parent = p->shapes[c->from].parent;
        if (c->kind == NF_CONNECTOR_NOTE)
            continue;
        if (parent != NONE) {
            const nf_shape *loop = &p->shapes[parent];
            nf_layout_edge_move(&l->lines[i], loop->x - loop->width / 2,
                                loop->y - loop->height / 2);
        }
        nf_connector_route(p, c, &l->lines[i]);
    }
}

nf_status nf_picture_lay_out(nf_picture *p, nf_arena *arena, nf_error *err)
{
    plan l = {.p = p, .arena = arena, .beside = p->shape_count};
    size_t shapes = p->shape_count + 1, connectors = p->connector_count + 1;
    nf_status status = NF_OK;
    l.place = nf_arena_array(arena, shapes, sizeof *l.place);
    l.target = nf_arena_array(arena, shapes, sizeof *l.target);
    l.lines = nf_arena_array(arena, connectors, sizeof *l.lines);
    if (!l.place || !l.target || !l.lines)
        return nf_error_nomem(err);
    for (size_t i = 0; i < shapes; i++)
        l.target[i] = NONE;
    for (size_t i = 0; i < p->connector_count; i++)
        if (p->connectors[i].kind == NF_CONNECTOR_NOTE)
            l.target[p->connectors[i].from] = p->connectors[i].to;
    for (size_t i = p->graph.node_count; i-- > 0 && status == NF_OK;)
        if (has_body(&l, i))
            status = place_collection(&l, i, err);
    if (status == NF_OK)
        status = place_collection(&l, NONE, err);
    if (status == NF_OK)
        make_absolute(&l);
    return status;
}
