/* Flows that nobody has placed: what holds for every layout, on random flows
 * with branches, ways back, error handlers, loops in loops and annotations; and
 * how long ones are broken into rows (test E48: the flow's own picture). */
#include "analysis/picture.h"
#include "helper_drawing.h"

#include <stdio.h>
#include <stdlib.h>

enum { ROW = 1500, MORE = 300 }; /* a tenth, and lines beside it */

static uint64_t seed;

static size_t below(size_t limit)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (size_t)((seed >> 33) % limit);
}

typedef struct list {
    nf_property items[64];
    size_t count;
} list;

/* ---- random flows -------------------------------------------------------- */

static size_t last_number;

static nf_property body_of(drawing *d, size_t size, size_t depth);

static void add_object(drawing *d, list *to, size_t number, size_t depth)
{
    static const char *const types[] = {
        "Microflows$ActionActivity",   "Microflows$ActionActivity",
        "Microflows$ExclusiveSplit",   "Microflows$ExclusiveMerge",
        "Microflows$InheritanceSplit", "Microflows$EndEvent"};
    nf_property body = none;
    const char *type = types[below(sizeof types / sizeof *types)];

    if (depth < 3 && below(7) == 0) {
        type = "Microflows$LoopedActivity";
        body = body_of(d, 1 + below(5), depth + 1);
    }
    add(d, to->items, &to->count, number, type, body);
}

static void about(drawing *d, size_t note, size_t number)
{
    d->flows[d->flow_count++] = part_property(
        "", element(d, "Microflows$AnnotationFlow",
                    guid_property("OriginPointer", note),
                    guid_property("DestinationPointer", number), none, none));
}

/* Objects in a chain, some with a second or third flow, back or forth. */
static void add_objects(drawing *d, list *to, size_t size, size_t depth)
{
    size_t numbers[64];

    for (size_t i = 0; i < size; i++) {
        numbers[i] = ++last_number;
        add_object(d, to, numbers[i], depth);
    }
    for (size_t i = 0; i < size; i++) {
        if (i + 1 < size && below(12))
            flow(d, numbers[i], numbers[i + 1], NULL, false);
        if (below(3) == 0)
            flow(d, numbers[i], numbers[below(size)], "true", false);
        if (below(5) == 0)
            flow(d, numbers[i], numbers[below(size)], NULL, true);
    }
    for (size_t i = 0; i < size; i++)
        if (to->count < 60 && below(9) == 0) {
            size_t note = ++last_number;

            add(d, to->items, &to->count, note, "Microflows$Annotation",
                text_property("Caption", "Why it is as it is, and not else"));
            about(d, note, numbers[i]);
        }
}

static nf_property body_of(drawing *d, size_t size, size_t depth)
{
    list *inside = nf_arena_alloc(d->arena, sizeof *inside);

    assert_non_null(inside);
    inside->count = 0;
    add_objects(d, inside, size, depth);
    return part_property(
        "ObjectCollection",
        element(d, "Microflows$MicroflowObjectCollection",
                list_property("Objects", inside->items, inside->count), none,
                none, none));
}

/* ---- what holds ---------------------------------------------------------- */

static void assert_apart(const nf_shape *a, const nf_shape *b)
{
    assert_true(2 * abs(a->x - b->x) >= a->width + b->width ||
                2 * abs(a->y - b->y) >= a->height + b->height);
}

static void assert_inside(const nf_shape *loop, nf_point at)
{
    assert_true(abs(at.x - loop->x) <= loop->width / 2 &&
                abs(at.y - loop->y) <= loop->height / 2);
}

static void assert_boxes(const nf_picture *p)
{
    for (size_t i = 0; i < p->shape_count; i++) {
        const nf_shape *a = &p->shapes[i];

        for (size_t j = 0; j < i; j++)
            if (p->shapes[j].parent == a->parent)
                assert_apart(a, &p->shapes[j]);
        if (a->parent == SIZE_MAX)
            continue;
        for (nf_port side = 0; side < NF_PORT_COUNT; side++)
            assert_inside(&p->shapes[a->parent], nf_shape_side(a, side));
    }
}

/* Whether a part of a line runs through the inside of a box. */
static bool runs_through(nf_point a, nf_point b, const nf_shape *s)
{
    int left = a.x < b.x ? a.x : b.x, right = a.x < b.x ? b.x : a.x;
    int top = a.y < b.y ? a.y : b.y, bottom = a.y < b.y ? b.y : a.y;

    return right > s->x - s->width / 2 && left < s->x + s->width / 2 &&
           bottom > s->y - s->height / 2 && top < s->y + s->height / 2;
}

static void assert_line(const nf_picture *p, const nf_connector *c)
{
    const nf_shape *from = &p->shapes[c->from], *to = &p->shapes[c->to];
    nf_point first = c->points[0], last = c->points[c->point_count - 1];
    nf_point in = nf_shape_side(to, c->in), out = nf_shape_side(from, c->out);

    assert_true(last.x == in.x && last.y == in.y);
    assert_int_equal(first.y, out.y);
    assert_true(c->from == c->to || first.x == out.x);
    for (size_t i = 1; i < c->point_count; i++) {
        nf_point a = c->points[i - 1], b = c->points[i];

        assert_true(a.x == b.x || a.y == b.y);
        if (from->parent != SIZE_MAX)
            assert_inside(&p->shapes[from->parent], b);
        for (size_t k = 0; k < p->graph.node_count; k++)
            if (p->shapes[k].parent == from->parent && k != c->from &&
                k != c->to)
                assert_false(runs_through(a, b, &p->shapes[k]));
    }
}

static void assert_picture(const nf_picture *p)
{
    assert_boxes(p);
    for (size_t i = 0; i < p->connector_count; i++)
        if (p->connectors[i].kind != NF_CONNECTOR_NOTE)
            assert_line(p, &p->connectors[i]);
}

static void build(nf_picture *out, drawing *d)
{
    nf_error err = {0};

    assert_int_equal(nf_picture_build(out, d->arena, document_element(d), &err),
                     NF_OK);
}

/* No two boxes overlap, what is in a loop is inside its frame, lines end at
 * the borders of boxes and run through no other one. */
static void test_random_flows(void **state)
{
    drawing d;
    nf_picture picture;

    (void)state;
    draw_begin(&d);
    for (size_t round = 0; round < 400; round++) {
        list all = {.count = 0};

        seed = round;
        last_number = d.object_count = d.flow_count = 0;
        add_objects(&d, &all, 2 + below(40), 0);
        for (size_t i = 0; i < all.count; i++)
            d.objects[d.object_count++] = all.items[i];
        build(&picture, &d);
        if (picture.laid_out)
            assert_picture(&picture);
    }
    draw_end(&d);
}

/* Forty activities one after the other: rows like text, one line from each
 * row to the next. */
static void test_rows(void **state)
{
    drawing d;
    nf_picture picture;
    size_t rows = 1;

    (void)state;
    draw_begin(&d);
    for (size_t i = 1; i <= 40; i++) {
        activity(&d, i, "v");
        if (i > 1)
            flow(&d, i - 1, i, NULL, false);
    }
    build(&picture, &d);
    assert_picture(&picture);
    assert_true(picture.right - picture.left <= ROW + MORE);
    for (size_t i = 1; i < 40; i++) {
        const nf_shape *a = &picture.shapes[i - 1], *b = &picture.shapes[i];

        if (b->y == a->y) {
            assert_true(b->x > a->x);
            continue;
        }
        rows++;
        assert_true(b->y > a->y);
        assert_int_equal(b->x, picture.shapes[0].x);
    }
    assert_int_equal(rows, 5); /* nine in each: 9 * 164 - 44 = 1432 */
    draw_end(&d);
}

/* A row ends where one line alone goes on, not inside a decision's branches,
 * even if there were space for more. */
static void test_rows_end_between_branches(void **state)
{
    drawing d;
    nf_picture picture;
    size_t decision = 0;

    (void)state;
    draw_begin(&d);
    for (size_t part = 0; part < 8; part++) {
        size_t at = part * 10 + 1; /* decision, two in either branch, merge */

        object(&d, at, "Microflows$ExclusiveSplit", condition(&d, "$A"));
        for (size_t k = 1; k <= 4; k++)
            activity(&d, at + k, "v");
        object(&d, at + 5, "Microflows$ExclusiveMerge", none);
        if (part)
            flow(&d, at - 5, at, NULL, false);
        flow(&d, at, at + 1, "true", false);
        flow(&d, at, at + 3, "false", false);
        flow(&d, at + 1, at + 2, NULL, false);
        flow(&d, at + 3, at + 4, NULL, false);
        flow(&d, at + 2, at + 5, NULL, false);
        flow(&d, at + 4, at + 5, NULL, false);
    }
    build(&picture, &d);
    assert_picture(&picture);
    assert_true(picture.right - picture.left <= ROW + MORE);
    for (size_t i = 0; i < picture.graph.node_count; i++) {
        if (picture.shapes[i].kind == NF_SHAPE_DECISION)
            decision = i;
        if (picture.shapes[i].kind == NF_SHAPE_MERGE)
            assert_int_equal(picture.shapes[i].y, picture.shapes[decision].y);
    }
    draw_end(&d);
}

/* A long body makes a loop that fits into a row; annotations and parameters
 * keep to the width, too, and an annotation stands above its row. */
static void test_width_of_loops_and_notes(void **state)
{
    drawing d;
    nf_picture picture;
    list all = {.count = 0};

    (void)state;
    draw_begin(&d);
    seed = 1;
    last_number = 200;
    add(&d, all.items, &all.count, 1, "Microflows$LoopedActivity",
        body_of(&d, 30, 3));
    for (size_t i = 2; i <= 30; i++) {
        activity(&d, i, "v");
        flow(&d, i - 1, i, NULL, false);
        object(&d, 100 + i, "Microflows$MicroflowParameter",
               text_property("Name", "P"));
    }
    d.objects[d.object_count++] = all.items[0];
    object(&d, 99, "Microflows$Annotation", text_property("Caption", "Why"));
    about(&d, 99, 30);
    build(&picture, &d);
    assert_picture(&picture);
    assert_true(picture.right - picture.left <= ROW + MORE);
    const nf_shape *last = NULL, *note = NULL;
    for (size_t i = 0; i < picture.shape_count; i++) {
        if (picture.shapes[i].parent == SIZE_MAX &&
            picture.shapes[i].kind == NF_SHAPE_ACTIVITY &&
            (!last || picture.shapes[i].y > last->y))
            last = &picture.shapes[i];
        if (picture.shapes[i].parent == SIZE_MAX &&
            picture.shapes[i].kind == NF_SHAPE_ANNOTATION)
            note = &picture.shapes[i];
    }
    assert_non_null(last);
    assert_non_null(note);
    assert_true(note->y < last->y && last->y - note->y < 200);
    draw_end(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_flows),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_rows_end_between_branches),
        cmocka_unit_test(test_width_of_loops_and_notes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
