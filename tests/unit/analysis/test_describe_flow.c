/* Flows as text, from elements made here: structure without labels, jumps
 * where the graph is none, and graphs that no editor would draw. */
#include "analysis/describe.h"
#include "analysis/drawing.h"
#include "helper_drawing.h"

static const nf_document document = {
    .type = "Microflows$Nanoflow", .name = "Flow", .qualified = "M.Flow"};

static char *describe(drawing *d)
{
    nf_buffer out;
    nf_error err = {0};
    nf_buffer_init(&out, NF_BUFFER_MAX);
    assert_int_equal(
        nf_describe_flow(&out, NULL, &document, document_element(d), &err),
        NF_OK);
    char *text = nf_buffer_take(&out);
    assert_non_null(text);
    return text;
}

static void assert_described(drawing *d, const char *expected)
{
    char *text = describe(d);
    assert_string_equal(text, expected);
    nf_free(text);
    nf_arena_free(d->arena);
}

/* Branches that meet after their split need no label. */
static void test_structure_without_labels(void **state)
{
    drawing d;
    (void)state;
    draw_begin(&d);
    object(&d, 1, "Microflows$StartEvent", none);
    object(&d, 2, "Microflows$ExclusiveSplit", condition(&d, "$A"));
    activity(&d, 3, "Yes");
    activity(&d, 4, "No");
    object(&d, 5, "Microflows$ExclusiveMerge", none);
    object(&d, 6, "Microflows$EndEvent", text_property("ReturnValue", "$A"));
    flow(&d, 1, 2, NULL, false);
    flow(&d, 2, 4, "false", false);
    flow(&d, 2, 3, "true", false);
    flow(&d, 3, 5, NULL, false);
    flow(&d, 4, 5, NULL, false);
    flow(&d, 5, 6, NULL, false);
    assert_described(&d, "nanoflow M.Flow ()\n"
                         "  decide: $A\n"
                         "    true:\n"
                         "      set $Yes = 1\n"
                         "    false:\n"
                         "      set $No = 1\n"
                         "  return $A\n");
}

/* Inner and outer branches that all meet at one place. */
static void test_nested_splits_meet_once(void **state)
{
    drawing d;
    (void)state;
    draw_begin(&d);
    object(&d, 1, "Microflows$StartEvent", none);
    object(&d, 2, "Microflows$ExclusiveSplit", condition(&d, "$A"));
    object(&d, 3, "Microflows$ExclusiveSplit", condition(&d, "$B"));
    activity(&d, 4, "Inner");
    object(&d, 5, "Microflows$EndEvent", none);
    flow(&d, 1, 2, NULL, false);
    flow(&d, 2, 3, "true", false);
    flow(&d, 2, 5, "false", false);
    flow(&d, 3, 4, "true", false);
    flow(&d, 3, 5, "false", false);
    flow(&d, 4, 5, NULL, false);
    assert_described(&d, "nanoflow M.Flow ()\n"
                         "  decide: $A\n"
                         "    true:\n"
                         "      decide: $B\n"
                         "        true:\n"
                         "          set $Inner = 1\n"
                         "        false:\n"
                         "    false:\n"
                         "  end\n");
}

/* Cases of an enumeration that go to one place share a branch. */
static void test_shared_cases(void **state)
{
    drawing d;
    (void)state;
    draw_begin(&d);
    object(&d, 1, "Microflows$StartEvent", none);
    object(&d, 2, "Microflows$ExclusiveSplit", condition(&d, "$E"));
    activity(&d, 3, "One");
    object(&d, 4, "Microflows$EndEvent", none);
    object(&d, 5, "Microflows$EndEvent", none);
    flow(&d, 1, 2, NULL, false);
    flow(&d, 2, 3, "Red", false);
    flow(&d, 2, 4, "Green", false);
    flow(&d, 2, 4, "(empty)", false);
    flow(&d, 3, 5, NULL, false);
    assert_described(&d, "nanoflow M.Flow ()\n"
                         "  decide: $E\n"
                         "    Red:\n"
                         "      set $One = 1\n"
                         "      end\n"
                         "    Green, (empty):\n"
                         "      end\n");
}

/* activities X4: a handler that goes back to try again, and F6. */
static void test_error_handler_that_tries_again(void **state)
{
    drawing d;
    (void)state;
    draw_begin(&d);
    object(&d, 1, "Microflows$StartEvent", none);
    object(&d, 2, "Microflows$ExclusiveMerge", none);
    activity(&d, 3, "Try");
    activity(&d, 4, "Wait");
    object(&d, 5, "Microflows$EndEvent", none);
    flow(&d, 1, 2, NULL, false);
    flow(&d, 2, 3, NULL, false);
    flow(&d, 3, 5, NULL, false);
    flow(&d, 3, 4, NULL, true);
    flow(&d, 4, 2, NULL, false);
    assert_described(&d, "nanoflow M.Flow ()\n"
                         "  M1:\n"
                         "  set $Try = 1\n"
                         "    on error:\n"
                         "      set $Wait = 1\n"
                         "      back to M1\n"
                         "  end\n");
}

/* A handler that rejoins further down jumps to a label. */
static void test_error_handler_that_rejoins(void **state)
{
    drawing d;
    (void)state;
    draw_begin(&d);
    object(&d, 1, "Microflows$StartEvent", none);
    activity(&d, 2, "Try");
    activity(&d, 3, "Handle");
    activity(&d, 4, "Normal");
    object(&d, 5, "Microflows$ExclusiveMerge", none);
    object(&d, 6, "Microflows$EndEvent", none);
    flow(&d, 1, 2, NULL, false);
    flow(&d, 2, 4, NULL, false);
    flow(&d, 2, 3, NULL, true);
    flow(&d, 3, 5, NULL, false);
    flow(&d, 4, 5, NULL, false);
    flow(&d, 5, 6, NULL, false);
    assert_described(&d, "nanoflow M.Flow ()\n"
                         "  set $Try = 1\n"
                         "    on error:\n"
                         "      set $Handle = 1\n"
                         "      go on at M1\n"
                         "  set $Normal = 1\n"
                         "  M1:\n"
                         "  end\n");
}

/* activities F26, F31: the body stands inside its loop. */
static void test_loop(void **state)
{
    drawing d;
    (void)state;
    draw_begin(&d);
    nf_property *body = nf_arena_array(d.arena, 4, sizeof *body);
    size_t count = 0;
    assert_non_null(body);
    object(&d, 1, "Microflows$StartEvent", none);
    add(&d, body, &count, 10, "Microflows$ActionActivity",
        set_action(&d, "Last"));
    add(&d, body, &count, 11, "Microflows$ExclusiveSplit",
        condition(&d, "$Item/Done"));
    add(&d, body, &count, 12, "Microflows$ContinueEvent", none);
    nf_element *source = element(
        &d, "Microflows$IterableList", text_property("VariableName", "Item"),
        text_property("ListVariableName", "Items"), none, none);
    nf_element *loop = element(
        &d, "Microflows$LoopedActivity", part_property("LoopSource", source),
        part_property("ObjectCollection",
                      element(&d, "Microflows$MicroflowObjectCollection",
                              list_property("Objects", body, count), none, none,
                              none)),
        none, none);
    loop->id = guid_of(2);
    d.objects[d.object_count++] = part_property("", loop);
    object(&d, 3, "Microflows$EndEvent", none);
    flow(&d, 1, 2, NULL, false);
    flow(&d, 2, 3, NULL, false);
    flow(&d, 11, 12, "true", false);
    flow(&d, 11, 10, "false", false);
    assert_described(&d, "nanoflow M.Flow ()\n"
                         "  for each $Item in $Items\n"
                         "    decide: $Item/Done\n"
                         "      true:\n"
                         "        continue\n"
                         "      false:\n"
                         "        set $Last = 1\n"
                         "  end\n");
}

/* MF-F8: what the start does not reach is shown apart; a flow without a
 * place to go is counted. */
static void test_islands(void **state)
{
    drawing d;
    (void)state;
    draw_begin(&d);
    object(&d, 1, "Microflows$StartEvent", none);
    activity(&d, 2, "Last");
    activity(&d, 3, "Island");
    flow(&d, 1, 2, NULL, false);
    flow(&d, 3, 99, NULL, false);
    assert_described(&d, "nanoflow M.Flow ()\n"
                         "  set $Last = 1\n"
                         "  end (no sequence flow leads on)\n"
                         "  never reached from the start:\n"
                         "    set $Island = 1\n"
                         "  1 sequence flows without both ends in one place\n");
}

static void test_no_start_event(void **state)
{
    drawing d;
    (void)state;
    draw_begin(&d);
    assert_described(&d, "nanoflow M.Flow ()\n  (no start event)\n");
}

/* An activity that leads to itself, and an island that is a circle. */
static void test_circles(void **state)
{
    drawing d;
    (void)state;
    draw_begin(&d);
    object(&d, 1, "Microflows$StartEvent", none);
    activity(&d, 2, "Again");
    flow(&d, 1, 2, NULL, false);
    flow(&d, 2, 2, NULL, false);
    assert_described(&d, "nanoflow M.Flow ()\n"
                         "  M1:\n"
                         "  set $Again = 1\n"
                         "  back to M1\n");
}

/* A model cannot steer the reader's terminal. */
static void test_control_characters(void **state)
{
    drawing d;
    (void)state;
    draw_begin(&d);
    object(&d, 1, "Microflows$StartEvent", none);
    object(&d, 2, "Microflows$EndEvent",
           text_property("ReturnValue", "'a\033[2J'\n+ 'b'"));
    flow(&d, 1, 2, NULL, false);
    assert_described(&d, "nanoflow M.Flow ()\n"
                         "  return 'a\\x1b[2J'\n"
                         "      + 'b'\n");
}

/* Splits in splits, 20000 deep: time and stack stay in bounds. */
static void test_deep_graph(void **state)
{
    enum { DEPTH = 20000 };
    drawing d;
    (void)state;
    draw_begin(&d);
    object(&d, 0, "Microflows$StartEvent", none);
    flow(&d, 0, 1, NULL, false);
    for (size_t i = 1; i <= DEPTH; i++) {
        object(&d, i, "Microflows$ExclusiveSplit", condition(&d, "$A"));
        flow(&d, i, i + 1, "true", false);
        flow(&d, i, DEPTH + 1, "false", false);
    }
    object(&d, DEPTH + 1, "Microflows$EndEvent", none);
    char *text = describe(&d);
    assert_non_null(strstr(text, "\n  end\n"));
    nf_free(text);
    nf_arena_free(d.arena);
}

static void test_too_many_objects(void **state)
{
    drawing d;
    nf_drawing graph;
    nf_error err = {0};
    (void)state;
    draw_begin(&d);
    for (size_t i = 0; i <= NF_DRAWING_MAX_NODES; i++)
        object(&d, i, "Microflows$ExclusiveMerge", none);
    assert_int_equal(
        nf_drawing_build(&graph, d.arena, document_element(&d), &err),
        NF_FAILED);
    assert_string_equal(err.code, "bad_flow");
    nf_arena_free(d.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_structure_without_labels),
        cmocka_unit_test(test_nested_splits_meet_once),
        cmocka_unit_test(test_shared_cases),
        cmocka_unit_test(test_error_handler_that_tries_again),
        cmocka_unit_test(test_error_handler_that_rejoins),
        cmocka_unit_test(test_loop),
        cmocka_unit_test(test_islands),
        cmocka_unit_test(test_no_start_event),
        cmocka_unit_test(test_circles),
        cmocka_unit_test(test_control_characters),
        cmocka_unit_test(test_deep_graph),
        cmocka_unit_test(test_too_many_objects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
