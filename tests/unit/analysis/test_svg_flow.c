/* Pictures of flows: what XML tools read, where connectors end, texts of
 * hostile models, flows without coordinates, marks. */
#include "analysis/svg.h"
#include "helper_drawing.h"

#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>
#include <stdlib.h>

static const nf_document document = {
    .type = "Microflows$Nanoflow", .name = "Flow", .qualified = "M.Flow"};

static char *paint(drawing *d, const nf_marks *marks)
{
    nf_buffer out;
    nf_error err = {0};
    nf_buffer_init(&out, NF_BUFFER_MAX);
    assert_int_equal(
        nf_svg_flow(&out, NULL, &document, document_element(d), marks, &err),
        NF_OK);
    char *text = nf_buffer_take(&out);
    assert_non_null(text);
    return text;
}

static xmlDocPtr parse(const char *text)
{
    xmlDocPtr xml = xmlReadMemory(text, (int)strlen(text), "picture.svg", NULL,
                                  XML_PARSE_NONET | XML_PARSE_HUGE);
    assert_non_null(xml);
    return xml;
}

/* How many nodes an XPath finds; names have no namespace prefix. */
static int count(xmlDocPtr xml, const char *xpath)
{
    xmlXPathContextPtr context = xmlXPathNewContext(xml);
    assert_non_null(context);
    assert_int_equal(xmlXPathRegisterNs(context, BAD_CAST "s",
                                        BAD_CAST "http://www.w3.org/2000/svg"),
                     0);
    xmlXPathObjectPtr found = xmlXPathEvalExpression(BAD_CAST xpath, context);
    assert_non_null(found);
    int nodes = found->nodesetval ? found->nodesetval->nodeNr : 0;
    xmlXPathFreeObject(found);
    xmlXPathFreeContext(context);
    return nodes;
}

static char *text_of(xmlDocPtr xml, const char *xpath)
{
    xmlXPathContextPtr context = xmlXPathNewContext(xml);
    xmlXPathRegisterNs(context, BAD_CAST "s",
                       BAD_CAST "http://www.w3.org/2000/svg");
    xmlXPathObjectPtr found = xmlXPathEvalExpression(BAD_CAST xpath, context);
    assert_non_null(found);
    xmlChar *text = xmlXPathCastToString(found);
    char *copy = nf_strdup((char *)text);
    xmlFree(text);
    xmlXPathFreeObject(found);
    xmlXPathFreeContext(context);
    return copy;
}

static void assert_text(xmlDocPtr xml, const char *xpath, const char *expected)
{
    char *text = text_of(xml, xpath);
    assert_string_equal(text, expected);
    nf_free(text);
}

/* model-format MF-E8: stored middles, sizes, connection indexes, vectors. */
static void test_stored_coordinates(void **state)
{
    drawing d;
    (void)state;
    draw_begin(&d);
    object_at(&d, 1, "Microflows$StartEvent", "100;200", "20;20", none);
    object_at(&d, 2, "Microflows$ActionActivity", "250;200", "120;60",
              set_action(&d, "A"));
    object_at(&d, 3, "Microflows$EndEvent", "400;300", "20;20",
              text_property("ReturnValue", "$A"));
    flow(&d, 1, 2, NULL, false);
    flow(&d, 2, 3, NULL, false);
    char *svg = paint(&d, NULL);
    xmlDocPtr xml = parse(svg);
    assert_int_equal(count(xml, "//s:rect[@class='box' and @x='190' and "
                                "@y='170' and @width='120' and @height='60']"),
                     1);
    assert_int_equal(count(xml, "//s:circle[@cx='400' and @cy='300']"), 1);
    /* nothing is said of the ends: the sides that face each other */
    assert_int_equal(
        count(xml, "//s:path[@d='M110 200C140 200 160 200 190 200']"), 1);
    assert_int_equal(count(xml, "//s:polygon[@points='190.0,200.0 181.0,204.0 "
                                "181.0,196.0']"),
                     1);
    assert_text(xml, "string(//s:g[@class='node end']/s:text)", "$A");
    xmlFreeDoc(xml);
    nf_free(svg);
    draw_end(&d);
}

static const char hostile[] =
    "</text><script>alert(1)</script> & \"q\" \x1b[2J\x01 "
    "\xe2\x80\xae"
    "abc \xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d \xff\xfe]]>";

static nf_property message(drawing *d, const char *text)
{
    return part_property(
        "Action", element(d, "Microflows$LogMessageAction",
                          part_property("MessageTemplate",
                                        element(d, "Microflows$StringTemplate",
                                                text_property("Text", text),
                                                none, none, none)),
                          none, none, none));
}

static void test_hostile_texts(void **state)
{
    enum { LONG = 1 << 20 };
    drawing d;
    (void)state;
    char *text = nf_alloc(LONG + 1);
    assert_non_null(text);
    memset(text, 'x', LONG);
    draw_begin(&d);
    object_at(&d, 1, "Microflows$StartEvent", "0;0", "20;20", none);
    object_at(&d, 2, "Microflows$ActionActivity", "100;0", "120;60",
              message(&d, hostile));
    object_at(&d, 3, "Microflows$ActionActivity", "300;0", "120;60",
              message(&d, text));
    object_at(&d, 4, "Microflows$Annotation", "300;100", "120;60",
              text_property("Caption", text));
    object_at(&d, 5, "Microflows$ExclusiveSplit", "500;0", "90;60",
              text_property("Caption", hostile));
    object_at(&d, 6, "Microflows$<\"&>", "99999999999999999999;-7", "1;x",
              text_property("Caption", hostile));
    flow(&d, 1, 2, hostile, true);
    flow(&d, 2, 3, hostile, false);
    flow(&d, 3, 5, hostile, false);
    char *svg = paint(&d, NULL);
    assert_true(strlen(svg) < 40000);
    xmlDocPtr xml = parse(svg);
    assert_int_equal(count(xml, "//s:script"), 0);
    assert_int_equal(count(xml, "//s:g[contains(@class,'node')]"), 6);
    assert_null(strstr(svg, "\xe2\x80\xae"));
    assert_null(strstr(svg, "\x1b"));
    xmlFreeDoc(xml);
    nf_free(svg);
    nf_free(text);
    draw_end(&d);
}

/* Elements that share an id, as no editor writes them. */
static void test_ids_are_unique(void **state)
{
    drawing d;
    (void)state;
    draw_begin(&d);
    object_at(&d, 1, "Microflows$StartEvent", "0;0", "20;20", none);
    object_at(&d, 1, "Microflows$EndEvent", "100;0", "20;20", none);
    object_at(&d, 1, "Microflows$EndEvent", "200;0", "20;20", none);
    flow(&d, 1, 1, NULL, false);
    char *svg = paint(&d, NULL);
    xmlDocPtr xml = parse(svg);
    assert_int_equal(count(xml, "//s:g[@id]"), 4);
    assert_int_equal(count(xml, "//s:g[@id = preceding::s:g/@id]"), 0);
    xmlFreeDoc(xml);
    nf_free(svg);
    draw_end(&d);
}

/* A split whose branches meet, without coordinates: no two boxes overlap. */
static void test_layout(void **state)
{
    drawing d;
    nf_picture picture;
    nf_error err = {0};
    (void)state;
    draw_begin(&d);
    object(&d, 1, "Microflows$StartEvent", none);
    object(&d, 2, "Microflows$ExclusiveSplit", condition(&d, "$A"));
    activity(&d, 3, "Yes");
    activity(&d, 4, "No");
    object(&d, 5, "Microflows$ExclusiveMerge", none);
    object(&d, 6, "Microflows$EndEvent", none);
    object(&d, 7, "Microflows$Annotation", text_property("Caption", "Why"));
    object(&d, 8, "Microflows$MicroflowParameter", text_property("Name", "A"));
    flow(&d, 1, 2, NULL, false);
    flow(&d, 2, 3, "true", false);
    flow(&d, 2, 4, "false", false);
    flow(&d, 3, 5, NULL, false);
    flow(&d, 4, 5, NULL, false);
    flow(&d, 5, 6, NULL, false);
    flow(&d, 5, 2, NULL, false);
    assert_int_equal(
        nf_picture_build(&picture, d.arena, document_element(&d), &err), NF_OK);
    assert_true(picture.laid_out);
    assert_int_equal(picture.shape_count, 8);
    for (size_t i = 0; i < picture.shape_count; i++)
        for (size_t j = 0; j < i; j++) {
            const nf_shape *a = &picture.shapes[i], *b = &picture.shapes[j];
            assert_true(2 * abs(a->x - b->x) >= a->width + b->width ||
                        2 * abs(a->y - b->y) >= a->height + b->height);
        }
    /* the true branch goes straight on, the other one below it */
    assert_int_equal(picture.shapes[1].y, picture.shapes[2].y);
    assert_true(picture.shapes[3].y > picture.shapes[2].y);
    assert_int_equal(picture.shapes[4].y, picture.shapes[2].y);
    draw_end(&d);
}

/* A branch that comes down meets nothing on its way: here the first branch is
 * longer than the way to the second one. */
static void test_branches_do_not_cross_objects(void **state)
{
    drawing d;
    nf_picture picture;
    nf_error err = {0};
    (void)state;
    draw_begin(&d);
    object(&d, 1, "Microflows$StartEvent", none);
    object(&d, 2, "Microflows$ExclusiveSplit", condition(&d, "$A"));
    activity(&d, 3, "B");
    object(&d, 4, "Microflows$EndEvent", none);
    object(&d, 5, "Microflows$EndEvent", none);
    object(&d, 6, "Microflows$ErrorEvent", none);
    flow(&d, 1, 2, NULL, false);
    flow(&d, 2, 3, "true", false);
    flow(&d, 2, 5, "false", false);
    flow(&d, 3, 4, NULL, false);
    flow(&d, 3, 6, NULL, true);
    assert_int_equal(
        nf_picture_build(&picture, d.arena, document_element(&d), &err), NF_OK);
    /* the error flow of B goes down at its column, where no end may stand
     * in the lane that it passes or takes */
    const nf_shape *b = &picture.shapes[2], *end = &picture.shapes[4],
                   *fault = &picture.shapes[5];
    assert_int_equal(end->x, b->x);
    assert_true(end->y > fault->y);
    draw_end(&d);
}

/* Every connector ends at the border of its shapes, whatever the layout. */
static void test_ends_at_borders(void **state)
{
    drawing d;
    nf_picture picture;
    nf_error err = {0};
    (void)state;
    draw_begin(&d);
    object(&d, 1, "Microflows$StartEvent", none);
    for (size_t i = 2; i < 40; i++) {
        activity(&d, i, "V");
        flow(&d, i - 1, i, NULL, false);
        flow(&d, i, (i * 7) % 38 + 2, NULL, false);
        flow(&d, i, (i * 3) % 38 + 2, NULL, true);
    }
    assert_int_equal(
        nf_picture_build(&picture, d.arena, document_element(&d), &err), NF_OK);
    assert_int_equal(picture.connector_count, 1 + 3 * 38 - 1);
    for (size_t i = 0; i < picture.connector_count; i++) {
        const nf_connector *c = &picture.connectors[i];
        const nf_shape *to = &picture.shapes[c->to];
        nf_point end = c->points[c->point_count - 1];
        nf_point side = nf_shape_side(to, c->in);
        assert_int_equal(end.x, side.x);
        assert_int_equal(end.y, side.y);
    }
    draw_end(&d);
}

/* model-format MF-E8: objects of a loop count from its upper left corner. */
static void test_loop_frame(void **state)
{
    drawing d;
    nf_picture picture;
    nf_error err = {0};
    (void)state;
    draw_begin(&d);
    nf_property *body = nf_arena_array(d.arena, 1, sizeof *body);
    size_t bodies = 0;
    nf_element *inner = add(&d, body, &bodies, 3, "Microflows$ActionActivity",
                            text_property("RelativeMiddlePoint", "100;80"));
    assert_non_null(inner);
    object_at(&d, 1, "Microflows$StartEvent", "0;0", "20;20", none);
    object_at(&d, 2, "Microflows$LoopedActivity", "300;200", "400;160",
              part_property("ObjectCollection",
                            element(&d, "Microflows$MicroflowObjectCollection",
                                    list_property("Objects", body, bodies),
                                    none, none, none)));
    assert_int_equal(
        nf_picture_build(&picture, d.arena, document_element(&d), &err), NF_OK);
    assert_false(picture.laid_out);
    assert_int_equal(picture.shapes[2].x, 300 - 200 + 100);
    assert_int_equal(picture.shapes[2].y, 200 - 80 + 80);
    draw_end(&d);
}

static nf_mark mark(void *context, const nf_element *element_)
{
    size_t *seen = context;
    ++*seen;
    if (nf_element_is(element_, "Microflows$StartEvent"))
        return (nf_mark){"ran", "3 times"};
    return (nf_mark){NULL, NULL};
}

static void test_marks(void **state)
{
    drawing d;
    size_t seen = 0;
    nf_marks marks = {.of = mark, .context = &seen};
    (void)state;
    draw_begin(&d);
    object_at(&d, 1, "Microflows$StartEvent", "0;0", "20;20", none);
    object_at(&d, 2, "Microflows$EndEvent", "100;0", "20;20", none);
    flow(&d, 1, 2, NULL, false);
    char *svg = paint(&d, &marks);
    xmlDocPtr xml = parse(svg);
    assert_int_equal(seen, 3);
    assert_int_equal(count(xml, "//s:g[@class='node start ran']"), 1);
    assert_text(xml, "string(//s:g[@class='node start ran']/s:title)",
                "start\n3 times");
    xmlFreeDoc(xml);
    nf_free(svg);
    draw_end(&d);
}

/* Long chains, and splits in splits: time stays in bounds. */
static void test_many_objects(void **state)
{
    enum { DEPTH = 12000 };
    drawing d;
    nf_picture picture;
    nf_error err = {0};
    (void)state;
    draw_begin(&d);
    object(&d, 0, "Microflows$StartEvent", none);
    flow(&d, 0, 1, NULL, false);
    for (size_t i = 1; i <= DEPTH; i++) {
        object(&d, i, "Microflows$ExclusiveSplit", none);
        flow(&d, i, i + 1, "true", false);
        flow(&d, i, DEPTH + 1, "false", false);
    }
    object(&d, DEPTH + 1, "Microflows$EndEvent", none);
    assert_int_equal(
        nf_picture_build(&picture, d.arena, document_element(&d), &err), NF_OK);
    /* in rows of at most fifteen, and with one line for all that say no */
    assert_true(picture.right - picture.left < 2500);
    assert_true(picture.bottom > DEPTH / 15 * 90);
    draw_end(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stored_coordinates),
        cmocka_unit_test(test_hostile_texts),
        cmocka_unit_test(test_ids_are_unique),
        cmocka_unit_test(test_layout),
        cmocka_unit_test(test_branches_do_not_cross_objects),
        cmocka_unit_test(test_ends_at_borders),
        cmocka_unit_test(test_loop_frame),
        cmocka_unit_test(test_marks),
        cmocka_unit_test(test_many_objects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
