/* Flows as text, from elements made here: structure without labels, jumps
 * where the graph is none, and graphs that no editor would draw. */
#include "analysis/describe.h"
#include "analysis/drawing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
/* after the four above */
#include <cmocka.h>

enum { OBJECTS_MAX = 50001 };

typedef struct drawing {
    nf_arena *arena;
    nf_property *objects, *flows;
    size_t object_count, flow_count;
} drawing;

static void draw_begin(drawing *d)
{
    *d = (drawing){.arena = nf_arena_new()};
    assert_non_null(d->arena);
    d->objects = nf_arena_array(d->arena, OBJECTS_MAX, sizeof *d->objects);
    d->flows = nf_arena_array(d->arena, 2 * OBJECTS_MAX, sizeof *d->flows);
    assert_non_null(d->objects);
    assert_non_null(d->flows);
}

static nf_guid guid_of(size_t number)
{
    nf_guid guid = {{1}};
    memcpy(guid.bytes + 1, &number, sizeof number);
    return guid;
}

static nf_property text_property(const char *name, const char *text)
{
    nf_property p = {.name = name, .kind = NF_PROPERTY_STRING};
    p.as.string.text = text;
    p.as.string.length = strlen(text);
    return p;
}

static nf_property guid_property(const char *name, size_t number)
{
    nf_property p = {.name = name, .kind = NF_PROPERTY_GUID};
    p.as.guid = guid_of(number);
    return p;
}

static nf_property part_property(const char *name, const nf_element *element)
{
    nf_property p = {.name = name, .kind = NF_PROPERTY_ELEMENT};
    p.as.element = element;
    return p;
}

static nf_property list_property(const char *name, const nf_property *items,
                                 size_t count)
{
    nf_property p = {.name = name, .kind = NF_PROPERTY_LIST};
    p.as.list.items = items;
    p.as.list.count = count;
    p.as.list.marker = 3;
    return p;
}

static nf_element *element(drawing *d, const char *type, nf_property a,
                           nf_property b, nf_property c, nf_property e)
{
    nf_property *properties = nf_arena_array(d->arena, 4, sizeof *properties);
    nf_element *made = nf_arena_alloc(d->arena, sizeof *made);
    assert_non_null(properties);
    assert_non_null(made);
    nf_property given[] = {a, b, c, e};
    size_t count = 0;
    for (size_t i = 0; i < 4; i++)
        if (given[i].name)
            properties[count++] = given[i];
    *made =
        (nf_element){.type = type, .properties = properties, .count = count};
    return made;
}

static const nf_property none;

/* An object with one text property; its number is its id. */
static nf_element *add(drawing *d, nf_property *list, size_t *count,
                       size_t number, const char *type, nf_property a)
{
    nf_element *made = element(d, type, a, none, none, none);
    made->id = guid_of(number);
    list[(*count)++] = part_property("", made);
    return made;
}

static void object(drawing *d, size_t number, const char *type, nf_property a)
{
    add(d, d->objects, &d->object_count, number, type, a);
}

/* An activity that sets a variable: its line is "set $<name> = 1". */
static nf_property set_action(drawing *d, const char *name)
{
    return part_property("Action",
                         element(d, "Microflows$ChangeVariableAction",
                                 text_property("ChangeVariableName", name),
                                 text_property("Value", "1"), none, none));
}

static void activity(drawing *d, size_t number, const char *name)
{
    object(d, number, "Microflows$ActionActivity", set_action(d, name));
}

static nf_property condition(drawing *d, const char *expression)
{
    return part_property("SplitCondition",
                         element(d, "Microflows$ExpressionSplitCondition",
                                 text_property("Expression", expression), none,
                                 none, none));
}

static void flow(drawing *d, size_t from, size_t to, const char *value,
                 bool error)
{
    nf_property cases = none, handler = none;
    if (value) {
        nf_property *items = nf_arena_array(d->arena, 1, sizeof *items);
        assert_non_null(items);
        items[0] = part_property("", element(d, "Microflows$EnumerationCase",
                                             text_property("Value", value),
                                             none, none, none));
        cases = list_property("CaseValues", items, 1);
    }
    if (error) {
        handler = (nf_property){.name = "IsErrorHandler",
                                .kind = NF_PROPERTY_BOOLEAN};
        handler.as.boolean = true;
    }
    nf_element *made = element(
        d, "Microflows$SequenceFlow", guid_property("OriginPointer", from),
        guid_property("DestinationPointer", to), cases, handler);
    d->flows[d->flow_count++] = part_property("", made);
}

static const nf_element *document_element(drawing *d)
{
    nf_element *collection =
        element(d, "Microflows$MicroflowObjectCollection",
                list_property("Objects", d->objects, d->object_count), none,
                none, none);
    return element(d, "Microflows$Nanoflow",
                   part_property("ObjectCollection", collection),
                   list_property("Flows", d->flows, d->flow_count), none, none);
}

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
