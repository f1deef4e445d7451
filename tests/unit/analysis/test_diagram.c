/* Mermaid and DOT: small flows and domain models word for word, and texts that
 * would be syntax if they were not quoted. */
#include "analysis/describe.h"
#include "analysis/diagram.h"
#include "analysis/svg.h"
#include "helper_drawing.h"

#include <libxml/parser.h>

#define APP NF_SOURCE_DIR "/examples/field-service/app.xml"

static const nf_document document = {
    .type = "Microflows$Nanoflow", .name = "Flow", .qualified = "M.Flow"};

/* A loop with an error flow in it. */
static void draw(drawing *d)
{
    draw_begin(d);
    nf_property *body = nf_arena_array(d->arena, 3, sizeof *body);
    size_t bodies = 0;
    assert_non_null(body);
    object(d, 1, "Microflows$StartEvent", none);
    add(d, body, &bodies, 10, "Microflows$ActionActivity", set_action(d, "A"));
    add(d, body, &bodies, 11, "Microflows$BreakEvent", none);
    nf_element *loop =
        element(d, "Microflows$LoopedActivity",
                part_property("LoopSource",
                              element(d, "Microflows$IterableList",
                                      text_property("VariableName", "X"),
                                      text_property("ListVariableName", "L"),
                                      none, none)),
                part_property("ObjectCollection",
                              element(d, "Microflows$MicroflowObjectCollection",
                                      list_property("Objects", body, bodies),
                                      none, none, none)),
                none, none);
    loop->id = guid_of(2);
    d->objects[d->object_count++] = part_property("", loop);
    object(d, 3, "Microflows$EndEvent", text_property("ReturnValue", "$A"));
    flow(d, 1, 2, NULL, false);
    flow(d, 2, 3, NULL, false);
    flow(d, 10, 11, NULL, true);
}

static void assert_text(nf_buffer *out, const char *expected)
{
    const char *text = nf_buffer_string(out);
    assert_non_null(text);
    assert_string_equal(text, expected);
    nf_buffer_dispose(out);
}

#define CLASSES                                                                \
    "  classDef begin fill:#d8f0dd,stroke:#2c8a4b,color:#1d2733\n"             \
    "  classDef finish fill:#fbdcdc,stroke:#c62f2f,color:#1d2733\n"            \
    "  classDef fault fill:#c62f2f,stroke:#8f1d1d,color:#fff\n"                \
    "  classDef decision fill:#fff4e3,stroke:#c9801c,color:#1d2733\n"          \
    "  classDef note fill:#fff8d6,stroke:#d9c56b,color:#1d2733\n"              \
    "  classDef parameter fill:#e3eefc,stroke:#1f5fbf,color:#1d2733\n"

static void test_mermaid_flow(void **state)
{
    drawing d;
    nf_buffer out;
    nf_error err = {0};
    (void)state;
    draw(&d);
    nf_buffer_init(&out, NF_BUFFER_MAX);
    assert_int_equal(nf_mermaid_flow(&out, NULL, document_element(&d), &err),
                     NF_OK);
    assert_text(&out, "flowchart LR\n"
                      "  n0((\"start\")):::begin\n"
                      "  subgraph n1[\"For each $X in $L\"]\n"
                      "    direction LR\n"
                      "    n3(\"Change $A\")\n"
                      "    n4([\"break\"])\n"
                      "  end\n"
                      "  n2([\"return $A\"]):::finish\n"
                      "  n0 --> n1\n"
                      "  n1 --> n2\n"
                      "  n3 -. \"on error\" .-> n4\n" CLASSES);
    draw_end(&d);
}

static void test_dot_flow(void **state)
{
    drawing d;
    nf_buffer out;
    nf_error err = {0};
    (void)state;
    draw(&d);
    nf_buffer_init(&out, NF_BUFFER_MAX);
    assert_int_equal(
        nf_dot_flow(&out, NULL, &document, document_element(&d), &err), NF_OK);
    const char *text = nf_buffer_string(&out);
    assert_non_null(
        strstr(text, "  subgraph cluster_1 { style=rounded; color=\"#8996a3\"; "
                     "n1; n3; n4; }\n"));
    assert_non_null(strstr(text, "  n3 [label=\"Change $A\"];\n"));
    assert_non_null(strstr(text, "  n1 -> n3 [style=dotted];\n"));
    assert_non_null(strstr(
        text, "  n3 -> n4 [color=\"#c62f2f\", label=\"on error\"];\n}\n"));
    nf_buffer_dispose(&out);
    draw_end(&d);
}

static void test_hostile_texts(void **state)
{
    static const char hostile[] = "1. \"]\n--> n1 %%{init}%% $$x$$ <b>&#0;\\";
    drawing d;
    nf_buffer out;
    nf_error err = {0};
    (void)state;
    draw_begin(&d);
    object(&d, 1, "Microflows$StartEvent", none);
    object(&d, 2, "Microflows$ExclusiveSplit",
           text_property("Caption", hostile));
    flow(&d, 1, 2, hostile, false);
    nf_buffer_init(&out, NF_BUFFER_MAX);
    assert_int_equal(nf_mermaid_flow(&out, NULL, document_element(&d), &err),
                     NF_OK);
    assert_non_null(strstr(
        nf_buffer_string(&out),
        "  n1{\"1#46; #34;#93;<br/>#45;#45;#62; n1 #37;#37;#123;init#125;"
        "#37;#37; #36;#36;x#36;#36; #60;b#62;#38;#35;0#59;#92;\"}"));
    nf_buffer_clear(&out);
    assert_int_equal(
        nf_dot_flow(&out, NULL, &document, document_element(&d), &err), NF_OK);
    assert_non_null(strstr(nf_buffer_string(&out),
                           "  n1 [label=\"1. \\\"]\\n--> n1 %%{init}%% $$x$$ "
                           "<b>&amp;#0;\\\\\", shape=diamond"));
    nf_buffer_dispose(&out);
    draw_end(&d);
}

/* ---- domain models ----------------------------------------------------- */

static int open_app(void **state)
{
    nf_error err = {0};
    nf_model *model = NULL;
    if (nf_model_open(&model, APP, &err) != NF_OK)
        return -1;
    *state = model;
    return 0;
}

static int close_app(void **state)
{
    nf_model_close(*state);
    return 0;
}

static void test_entity(void **state)
{
    nf_domain domain;
    nf_buffer out;
    nf_error err = {0};
    nf_arena *arena = nf_arena_new();
    const nf_entity *entity =
        nf_model_find_entity(*state, "FieldService.Photo");
    assert_non_null(entity);
    assert_int_equal(nf_domain_of_entity(&domain, arena, *state, entity, &err),
                     NF_OK);
    assert_int_equal(domain.count, 3);
    nf_buffer_init(&out, NF_BUFFER_MAX);
    nf_mermaid_domain(&out, &domain);
    assert_text(&out, "classDiagram\n"
                      "  direction LR\n"
                      "  class e0[\"Photo\"] {\n"
                      "    String Caption\n"
                      "  }\n"
                      "  class e1[\"System.Image\"] {\n"
                      "  }\n"
                      "  class e2[\"WorkOrder\"] {\n"
                      "  }\n"
                      "  e0 --|> e1\n"
                      "  e0 \"*\" --> \"1\" e2 : Photo_WorkOrder\n");
    nf_buffer_init(&out, NF_BUFFER_MAX);
    nf_dot_domain(&out, &domain);
    const char *text = nf_buffer_string(&out);
    assert_non_null(
        strstr(text, "label=\"{Photo|Caption:\\ String(200)\\l}\""));
    assert_non_null(strstr(text, "  e0 -> e1 [arrowhead=empty, "
                                 "style=dashed];\n"));
    assert_non_null(
        strstr(text, "  e0 -> e2 [label=\"Photo_WorkOrder\", taillabel=\"*\", "
                     "headlabel=\"1\"];\n"));
    nf_buffer_dispose(&out);
    nf_arena_free(arena);
}

/* Every module and entity draws, with ids that occur once. */
static void test_pictures(void **state)
{
    const nf_model *model = *state;
    for (size_t i = 0; i < nf_model_entity_count(model); i++) {
        nf_buffer out;
        nf_error err = {0};
        nf_buffer_init(&out, NF_BUFFER_MAX);
        assert_int_equal(
            nf_svg_entity(&out, model, nf_model_entity(model, i), &err), NF_OK);
        xmlDocPtr xml = xmlReadMemory(nf_buffer_string(&out), (int)out.length,
                                      "entity.svg", NULL, XML_PARSE_NONET);
        assert_non_null(xml);
        xmlFreeDoc(xml);
        nf_buffer_dispose(&out);
    }
    nf_buffer out;
    nf_error err = {0};
    nf_buffer_init(&out, NF_BUFFER_MAX);
    const nf_module *module =
        nf_model_find_entity(model, "FieldService.Photo")->module;
    assert_int_equal(nf_svg_module(&out, model, module, &err), NF_OK);
    const char *text = nf_buffer_string(&out);
    assert_non_null(strstr(text, ">WorkStep_WorkOrder</text>"));
    assert_non_null(strstr(text, "entity non-persistable"));
    assert_non_null(strstr(text, "*\xe2\x86\x92"
                                 "1 System.User</text>"));
    nf_buffer_dispose(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mermaid_flow),  cmocka_unit_test(test_dot_flow),
        cmocka_unit_test(test_hostile_texts), cmocka_unit_test(test_entity),
        cmocka_unit_test(test_pictures),
    };
    return cmocka_run_group_tests(tests, open_app, close_app);
}
