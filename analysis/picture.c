/* Shapes and connectors of a flow. Objects of a loop have coordinates relative
 * to the upper left corner of the loop. Connection points are the middles of
 * the four sides; the control points of a curve are stored as vectors from its
 * ends. */
#include "analysis/picture.h"
#include "analysis/picture_internal.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define NONE SIZE_MAX

static const struct {
    const char *stored, *name;
    int width, height; /* where the model has none */
} kinds[] = {
    [NF_SHAPE_START] = {"Microflows$StartEvent", "start", 20, 20},
    [NF_SHAPE_END] = {"Microflows$EndEvent", "end", 20, 20},
    [NF_SHAPE_ERROR_END] = {"Microflows$ErrorEvent", "error-end", 20, 20},
    [NF_SHAPE_BREAK] = {"Microflows$BreakEvent", "break", 20, 20},
    [NF_SHAPE_CONTINUE] = {"Microflows$ContinueEvent", "continue", 20, 20},
    [NF_SHAPE_ACTIVITY] = {"Microflows$ActionActivity", "activity", 120, 60},
    [NF_SHAPE_DECISION] = {"Microflows$ExclusiveSplit", "decision", 90, 60},
    [NF_SHAPE_TYPE_DECISION] = {"Microflows$InheritanceSplit", "type-decision",
                                90, 60},
    [NF_SHAPE_MERGE] = {"Microflows$ExclusiveMerge", "merge", 40, 40},
    [NF_SHAPE_LOOP] = {"Microflows$LoopedActivity", "loop", 160, 90},
    [NF_SHAPE_OTHER] = {"", "unknown", 120, 60},
    [NF_SHAPE_ANNOTATION] = {"Microflows$Annotation", "annotation", 200, 50},
    [NF_SHAPE_PARAMETER] = {"Microflows$MicroflowParameter", "parameter", 30,
                            30},
};
enum { KIND_COUNT = sizeof kinds / sizeof *kinds };

nf_shape_kind nf_shape_kind_of(const nf_element *element)
{
    for (size_t i = 0; i < KIND_COUNT; i++)
        if (nf_element_is(element, kinds[i].stored))
            return (nf_shape_kind)i;
    return nf_element_is(element, "Microflows$MicroflowParameterObject")
               ? NF_SHAPE_PARAMETER
               : NF_SHAPE_OTHER;
}

const char *nf_shape_name(nf_shape_kind kind)
{
    return kinds[kind].name;
}

/* ---- stored coordinates ------------------------------------------------ */

static bool read_number(int *out, const char **text)
{
    enum { LIMIT = 1000000 };
    char *stop = NULL;
    long value = strtol(*text, &stop, 10);
    if (stop == *text)
        return false;
    *out = value > LIMIT ? LIMIT : value < -LIMIT ? -LIMIT : (int)value;
    *text = stop;
    return true;
}

bool nf_point_read(nf_point *out, const char *text)
{
    *out = (nf_point){0, 0};
    nf_point read;
    if (!read_number(&read.x, &text) || *text++ != ';' ||
        !read_number(&read.y, &text) || *text)
        return false;
    *out = read;
    return true;
}

nf_point nf_shape_side(const nf_shape *s, nf_port side)
{
    switch (side) {
    case NF_PORT_TOP:
        return (nf_point){s->x, s->y - s->height / 2};
    case NF_PORT_RIGHT:
        return (nf_point){s->x + s->width / 2, s->y};
    case NF_PORT_BOTTOM:
        return (nf_point){s->x, s->y + s->height / 2};
    case NF_PORT_LEFT:
    case NF_PORT_COUNT:
        break;
    }
    return (nf_point){s->x - s->width / 2, s->y};
}

static void read_size(nf_shape *s)
{
    enum { LARGEST = 20000, SMALLEST = 8 };
    nf_point size;
    nf_point_read(&size, nf_element_string(s->element, "Size", ""));
    if (size.x < SMALLEST || size.y < SMALLEST) {
        size.x = kinds[s->kind].width;
        size.y = kinds[s->kind].height;
    }
    s->width = size.x < LARGEST ? size.x : LARGEST;
    s->height = size.y < LARGEST ? size.y : LARGEST;
}

static void add_shape(nf_picture *p, const nf_element *element, size_t parent)
{
    nf_shape *s = &p->shapes[p->shape_count++];
    nf_point middle;
    *s = (nf_shape){.element = element,
                    .kind = nf_shape_kind_of(element),
                    .parent = parent};
    read_size(s);
    nf_point_read(&middle,
                  nf_element_string(element, "RelativeMiddlePoint", ""));
    s->x = middle.x;
    s->y = middle.y;
    if (parent != NONE) { /* loops stand before what is in them */
        const nf_shape *loop = &p->shapes[parent];
        s->x += loop->x - loop->width / 2;
        s->y += loop->y - loop->height / 2;
    }
}

static bool is_beside(const nf_element *object)
{
    nf_shape_kind kind = nf_shape_kind_of(object);
    return object &&
           (kind == NF_SHAPE_ANNOTATION || kind == NF_SHAPE_PARAMETER);
}

/* Parameters and annotations of a collection. */
static void add_beside(nf_picture *p, const nf_element *owner, size_t parent)
{
    const nf_element *collection = nf_element_part(owner, "ObjectCollection");
    size_t count = nf_element_count(collection, "Objects");
    for (size_t i = 0; i < count; i++) {
        const nf_element *object = nf_element_item(collection, "Objects", i);
        if (is_beside(object))
            add_shape(p, object, parent);
    }
}

static size_t count_beside(const nf_element *owner)
{
    const nf_element *collection = nf_element_part(owner, "ObjectCollection");
    size_t count = nf_element_count(collection, "Objects"), found = 0;
    for (size_t i = 0; i < count; i++)
        found += is_beside(nf_element_item(collection, "Objects", i));
    return found;
}

static nf_status add_shapes(nf_picture *p, nf_arena *arena,
                            const nf_element *flow, nf_error *err)
{
    size_t nodes = p->graph.node_count, beside = count_beside(flow);
    for (size_t i = 0; i < nodes; i++)
        beside += count_beside(p->graph.nodes[i].element);
    if (beside > NF_DRAWING_MAX_NODES)
        return nf_error_set(err, NF_FAILED, "bad_flow",
                            "The flow has more than %d annotations",
                            NF_DRAWING_MAX_NODES);
    p->shapes = nf_arena_array(arena, nodes + beside + 1, sizeof *p->shapes);
    if (!p->shapes)
        return nf_error_nomem(err);
    for (size_t i = 0; i < nodes; i++)
        add_shape(p, p->graph.nodes[i].element, p->graph.nodes[i].parent);
    add_beside(p, flow, NONE);
    for (size_t i = 0; i < nodes; i++)
        add_beside(p, p->graph.nodes[i].element, i);
    return NF_OK;
}

static int compare_middles(const void *a, const void *b)
{
    const nf_shape *x = *(const nf_shape *const *)a,
                   *y = *(const nf_shape *const *)b;
    if (x->parent != y->parent)
        return x->parent < y->parent ? -1 : 1;
    if (x->x != y->x)
        return x->x < y->x ? -1 : 1;
    return x->y < y->y ? -1 : x->y > y->y;
}

/* Whether objects stand on top of each other: nobody has placed them. */
static bool has_no_places(const nf_picture *p, nf_arena *arena, bool *out)
{
    size_t count = p->graph.node_count;
    const nf_shape **sorted = nf_arena_array(arena, count + 1, sizeof *sorted);
    if (!sorted)
        return false;
    for (size_t i = 0; i < count; i++)
        sorted[i] = &p->shapes[i];
    qsort(sorted, count, sizeof *sorted, compare_middles);
    *out = false;
    for (size_t i = 1; i < count; i++)
        *out = *out || !compare_middles(&sorted[i - 1], &sorted[i]);
    return true;
}

/* ---- connectors -------------------------------------------------------- */

typedef struct place {
    nf_guid guid;
    size_t shape;
} place;

static int compare_places(const void *a, const void *b)
{
    const place *x = a, *y = b;
    int order = memcmp(&x->guid, &y->guid, sizeof x->guid);
    return order ? order : x->shape < y->shape ? -1 : x->shape > y->shape;
}

static size_t find_shape(const place *places, size_t count,
                         const nf_element *flow, const char *pointer)
{
    nf_guid guid;
    size_t low = 0, high = count;
    if (!nf_element_guid(flow, pointer, &guid))
        return NONE;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (memcmp(&places[middle].guid, &guid, sizeof guid) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && nf_guid_equal(&places[low].guid, &guid)
               ? places[low].shape
               : NONE;
}

static nf_point unit_of(nf_port side)
{
    static const nf_point units[] = {{0, -1}, {1, 0}, {0, 1}, {-1, 0}, {0, 0}};
    return units[side];
}

/* The side of `s` that faces the middle of `other`. */
static nf_port facing(const nf_shape *s, const nf_shape *other)
{
    int64_t x = other->x - s->x, y = other->y - s->y;
    int64_t wide = llabs(x) * s->height, high = llabs(y) * s->width;
    if (wide >= high)
        return x >= 0 ? NF_PORT_RIGHT : NF_PORT_LEFT;
    return y >= 0 ? NF_PORT_BOTTOM : NF_PORT_TOP;
}

/* A stored connection index and its vector; false where nothing is said. */
static bool read_end(const nf_element *flow, const char *index_name,
                     const char *vector_name, const char *old_name,
                     nf_port *side, nf_point *vector)
{
    const nf_element *line = nf_element_part(flow, "Line");
    int64_t index = nf_element_int(flow, index_name, 0);
    const char *text = nf_element_string(line, vector_name, "");
    if (!*text)
        text = nf_element_string(flow, old_name, "");
    nf_point_read(vector, text);
    *side = index > 0 && index < NF_PORT_COUNT ? (nf_port)index : NF_PORT_TOP;
    return *side != NF_PORT_TOP || vector->x || vector->y;
}

static void add_point(nf_connector *c, int x, int y)
{
    c->points[c->point_count++] = (nf_point){x, y};
}

static bool is_orthogonal(const nf_element *flow)
{
    return nf_element_is(nf_element_part(flow, "Line"),
                         "Microflows$OrthogonalPath") ||
           !strcmp(nf_element_string(flow, "LineType", ""), "Orthogonal");
}

/* One or two corners between two sides. */
static void draw_corners(nf_connector *c, nf_point a, nf_point b)
{
    bool out_flat = c->out == NF_PORT_LEFT || c->out == NF_PORT_RIGHT;
    bool in_flat = c->in == NF_PORT_LEFT || c->in == NF_PORT_RIGHT;
    add_point(c, a.x, a.y);
    if (out_flat && in_flat && a.y != b.y) {
        add_point(c, (a.x + b.x) / 2, a.y);
        add_point(c, (a.x + b.x) / 2, b.y);
    } else if (!out_flat && !in_flat && a.x != b.x) {
        add_point(c, a.x, (a.y + b.y) / 2);
        add_point(c, b.x, (a.y + b.y) / 2);
    } else if (out_flat != in_flat) {
        add_point(c, out_flat ? b.x : a.x, out_flat ? a.y : b.y);
    }
    add_point(c, b.x, b.y);
}

static void draw_stored(nf_picture *p, nf_connector *c)
{
    const nf_shape *from = &p->shapes[c->from], *to = &p->shapes[c->to];
    nf_point u, v;
    bool said =
        read_end(c->element, "OriginConnectionIndex", "OriginControlVector",
                 "OriginBezierVector", &c->out, &u);
    said = read_end(c->element, "DestinationConnectionIndex",
                    "DestinationControlVector", "DestinationBezierVector",
                    &c->in, &v) ||
           said;
    if (!said) {
        enum { HANDLE = 30 };
        c->out = facing(from, to);
        c->in = facing(to, from);
        u = unit_of(c->out);
        v = unit_of(c->in);
        u = (nf_point){u.x * HANDLE, u.y * HANDLE};
        v = (nf_point){v.x * HANDLE, v.y * HANDLE};
    }
    nf_point a = nf_shape_side(from, c->out), b = nf_shape_side(to, c->in);
    if (is_orthogonal(c->element)) {
        draw_corners(c, a, b);
        return;
    }
    c->curve = true;
    add_point(c, a.x, a.y);
    add_point(c, a.x + u.x, a.y + u.y);
    add_point(c, b.x + v.x, b.y + v.y);
    add_point(c, b.x, b.y);
}

/* From the side of an object to its lane, and back from a lane: straight, or
 * beside what is in the way. */
static void leave(nf_connector *c, nf_point a, const nf_layout_edge *line)
{
    enum { STRAIGHT_OUT = 24 };
    int x = a.x;
    if (c->out == NF_PORT_BOTTOM && c->from == c->to)
        x += STRAIGHT_OUT;
    add_point(c, x, a.y);
    if (line->out_aside) {
        x = line->out_x;
        add_point(c, x, a.y);
    }
    if (line->out_aside || c->out == NF_PORT_BOTTOM)
        add_point(c, x, line->y);
}

static void arrive(nf_connector *c, nf_point b, const nf_layout_edge *line,
                   int y)
{
    int x = line->in_aside ? line->in_x : b.x;
    if (line->in_aside || c->in != NF_PORT_LEFT)
        add_point(c, x, y);
    if (line->in_aside)
        add_point(c, x, b.y);
    add_point(c, b.x, b.y);
}

void nf_connector_route(nf_picture *p, nf_connector *c,
                        const nf_layout_edge *line)
{
    const nf_shape *from = &p->shapes[c->from], *to = &p->shapes[c->to];
    nf_layout_way way = line->way;
    int y = line->wraps ? line->y_in : line->y;
    bool down = way == NF_WAY_BRANCH || way == NF_WAY_AROUND;
    bool flat = way == NF_WAY_STRAIGHT || way == NF_WAY_BRANCH;
    c->out = down && !line->out_aside ? NF_PORT_BOTTOM : NF_PORT_RIGHT;
    c->in = flat || line->in_aside ? NF_PORT_LEFT
            : y > to->y            ? NF_PORT_BOTTOM
                                   : NF_PORT_TOP;
    c->point_count = 0;
    leave(c, nf_shape_side(from, c->out), line);
    if (line->wraps) {
        add_point(c, line->x_out, line->y_out);
        add_point(c, line->x_out, line->y_between);
        add_point(c, line->x_in, line->y_between);
        add_point(c, line->x_in, line->y_in);
    }
    arrive(c, nf_shape_side(to, c->in), line, y);
}

static void add_connector(nf_picture *p, nf_arena *arena, nf_connector c)
{
    if (c.kind == NF_CONNECTOR_FLOW)
        c.label = nf_drawing_case(arena, c.element);
    else
        c.label = "";
    p->connectors[p->connector_count++] = c;
}

/* The edges of the graph in its order, then notes. */
static bool add_connectors(nf_picture *p, nf_arena *arena,
                           const nf_element *flow)
{
    size_t flows = nf_element_count(flow, "Flows");
    place *places = nf_arena_array(arena, p->shape_count + 1, sizeof *places);
    p->connectors = nf_arena_array(arena, p->graph.edge_count + flows + 1,
                                   sizeof *p->connectors);
    if (!places || !p->connectors)
        return false;
    for (size_t i = 0; i < p->shape_count; i++)
        places[i] = (place){p->shapes[i].element->id, i};
    qsort(places, p->shape_count, sizeof *places, compare_places);
    for (size_t i = 0; i < p->graph.edge_count; i++) {
        const nf_drawing_edge *edge = &p->graph.edges[i];
        if (edge->flow)
            add_connector(p, arena,
                          (nf_connector){.element = edge->flow,
                                         .kind = edge->error
                                                     ? NF_CONNECTOR_ERROR
                                                     : NF_CONNECTOR_FLOW,
                                         .from = edge->from,
                                         .to = edge->to});
    }
    for (size_t i = 0; i < flows; i++) {
        const nf_element *item = nf_element_item(flow, "Flows", i);
        if (!nf_element_is(item, "Microflows$AnnotationFlow"))
            continue;
        size_t a = find_shape(places, p->shape_count, item, "OriginPointer"),
               b = find_shape(places, p->shape_count, item,
                              "DestinationPointer");
        if (a != NONE && b != NONE && a != b)
            add_connector(p, arena,
                          (nf_connector){.element = item,
                                         .kind = NF_CONNECTOR_NOTE,
                                         .from = a,
                                         .to = b});
    }
    return true;
}

/* ---- ids and bounds ---------------------------------------------------- */

typedef struct named {
    const nf_guid *guid;
    const char **id;
    size_t index;
} named;

static int compare_named(const void *a, const void *b)
{
    const named *x = a, *y = b;
    int order = memcmp(x->guid, y->guid, sizeof *x->guid);
    return order ? order : x->index < y->index ? -1 : x->index > y->index;
}

/* "n" and the guid of the element; elements that share one are numbered. */
static bool add_ids(nf_picture *p, nf_arena *arena)
{
    size_t count = 0;
    named *all = nf_arena_array(arena, p->shape_count + p->connector_count + 1,
                                sizeof *all);
    if (!all)
        return false;
    for (size_t i = 0; i < p->shape_count; i++, count++)
        all[count] =
            (named){&p->shapes[i].element->id, &p->shapes[i].id, count};
    for (size_t i = 0; i < p->connector_count; i++, count++)
        all[count] =
            (named){&p->connectors[i].element->id, &p->connectors[i].id, count};
    qsort(all, count, sizeof *all, compare_named);
    for (size_t i = 0, same = 0; i < count; i++) {
        char text[NF_GUID_TEXT_SIZE];
        nf_guid_text(all[i].guid, text);
        same = i && nf_guid_equal(all[i].guid, all[i - 1].guid) ? same + 1 : 0;
        *all[i].id = same ? nf_arena_format(arena, "n%s-%zu", text, same + 1)
                          : nf_arena_format(arena, "n%s", text);
        if (!*all[i].id)
            return false;
    }
    return true;
}

static void include(nf_picture *p, int x, int y)
{
    p->left = x < p->left ? x : p->left;
    p->right = x > p->right ? x : p->right;
    p->top = y < p->top ? y : p->top;
    p->bottom = y > p->bottom ? y : p->bottom;
}

static void find_bounds(nf_picture *p)
{
    p->left = p->top = INT_MAX;
    p->right = p->bottom = INT_MIN;
    if (!p->shape_count)
        p->left = p->top = p->right = p->bottom = 0;
    for (size_t i = 0; i < p->shape_count; i++) {
        const nf_shape *s = &p->shapes[i];
        include(p, s->x - s->width / 2, s->y - s->height / 2);
        include(p, s->x + s->width / 2, s->y + s->height / 2);
    }
    for (size_t i = 0; i < p->connector_count; i++)
        for (size_t j = 0; j < p->connectors[i].point_count; j++)
            include(p, p->connectors[i].points[j].x,
                    p->connectors[i].points[j].y);
}

nf_status nf_picture_build(nf_picture *out, nf_arena *arena,
                           const nf_element *flow, nf_error *err)
{
    *out = (nf_picture){0};
    nf_status status = nf_drawing_build(&out->graph, arena, flow, err);
    if (status == NF_OK)
        status = add_shapes(out, arena, flow, err);
    if (status != NF_OK)
        return status;
    if (!has_no_places(out, arena, &out->laid_out) ||
        !add_connectors(out, arena, flow) || !add_ids(out, arena))
        return nf_error_nomem(err);
    if (out->laid_out)
        status = nf_picture_lay_out(out, arena, err);
    for (size_t i = 0; i < out->connector_count; i++)
        if (!out->connectors[i].point_count)
            draw_stored(out, &out->connectors[i]);
    for (size_t i = 0; i < out->connector_count; i++) {
        const nf_connector *c = &out->connectors[i];
        if (c->kind == NF_CONNECTOR_NOTE)
            continue;
        out->shapes[c->from].used[c->out]++;
        out->shapes[c->to].used[c->in]++;
    }
    find_bounds(out);
    return status;
}
