/* models/reader_json*.c and json_scan.c: values in every kind (MF-C20, C21,
 * docs/model-json.md), and files that are damaged in many ways. */
#include "helper_models.h"

#include "models/container.h"

#define ID(n)   "00000000-0000-4000-8000-0000000000" #n
#define PROJECT "{\"$ID\":\"" ID(01) "\",\"$Type\":\"Projects$Project\"}"
#define HEAD    "{\"mendix\":\"10.0.0\",\"units\":[" PROJECT
#define THING(text)                                                            \
    HEAD ",{\"$ID\":\"" ID(02) "\",\"$Type\":\"Acme$Thing\","                  \
                               "\"$ContainerID\":\"" ID(01) "\"," text "}]}"

static nf_model *open_json(void **state, const char *text)
{
    char path[HELPER_PATH];

    helper_write(state, path, "app.json", text, strlen(text));
    return helper_open(path);
}

static const nf_element *thing(const nf_model *model)
{
    for (size_t i = 0; i < nf_model_document_count(model); i++)
        if (strcmp(nf_model_document(model, i)->type, "Acme$Thing") == 0)
            return nf_document_element(nf_model_document(model, i), NULL);
    return NULL;
}

static const nf_property *get(const nf_model *model, const char *name,
                              nf_property_kind kind)
{
    const nf_property *p = nf_element_get(thing(model), name);

    assert_non_null(p);
    assert_int_equal(p->kind, kind);
    return p;
}

static void plain_values_by_their_form(void **state)
{
    nf_model *model = open_json(
        state, THING("\"a\":null,\"b\":true,\"c\":9007199254740993,"
                     "\"d\":1.5,\"e\":\"t\\u0000x\",\"f\":{\"x\":-1,\"y\":2},"
                     "\"g\":{\"width\":3,\"height\":4},\"h\":[\"s\"],"
                     "\"i\":[],\"_Key\":1,\"$=lower\":2,\"$Note\":3"));
    const nf_property *p;

    get(model, "A", NF_PROPERTY_NULL);
    assert_true(get(model, "B", NF_PROPERTY_BOOLEAN)->as.boolean);
    assert_true(get(model, "C", NF_PROPERTY_INT64)->as.integer ==
                9007199254740993);
    assert_true(get(model, "D", NF_PROPERTY_DOUBLE)->as.real == 1.5);
    p = get(model, "E", NF_PROPERTY_STRING);
    assert_int_equal(p->as.string.length, 3);
    assert_memory_equal(p->as.string.text, "t\0x", 4);
    assert_string_equal(get(model, "F", NF_PROPERTY_STRING)->as.string.text,
                        "-1;2");
    assert_string_equal(get(model, "G", NF_PROPERTY_STRING)->as.string.text,
                        "3;4");
    assert_int_equal(get(model, "H", NF_PROPERTY_LIST)->as.list.marker, 1);
    assert_int_equal(get(model, "I", NF_PROPERTY_LIST)->as.list.marker, 3);
    get(model, "_Key", NF_PROPERTY_INT64);
    get(model, "lower", NF_PROPERTY_INT64);
    assert_null(nf_element_get(thing(model), "$Note"));
    nf_model_close(model);
}

static void exact_values_by_their_kind(void **state)
{
    nf_model *model = open_json(
        state,
        THING(
            "\"a\":{\"$string\":\"1;2\"},\"b\":{\"$int32\":-7},"
            "\"c\":{\"$int64\":7},\"d\":{\"$double\":\"1\"},"
            "\"e\":{\"$datetime\":-5},\"f\":{\"$guid\":\"" ID(
                0f) "\"},"
                    "\"g\":{\"$binary\":\"AAEC\"},\"h\":{\"$binary\":\"\"},"
                    "\"i\":{\"$list\":2,\"items\":[{\"$int32\":1}]},"
                    "\"j\":{\"$binary\":\"/w==\"},\"k\":{\"$double\":\"inf\"}"));
    const nf_property *p;

    assert_string_equal(get(model, "A", NF_PROPERTY_STRING)->as.string.text,
                        "1;2");
    assert_true(get(model, "B", NF_PROPERTY_INT32)->as.integer == -7);
    assert_true(get(model, "C", NF_PROPERTY_INT64)->as.integer == 7);
    assert_true(get(model, "D", NF_PROPERTY_DOUBLE)->as.real == 1);
    assert_true(get(model, "E", NF_PROPERTY_DATETIME)->as.integer == -5);
    assert_int_equal(get(model, "F", NF_PROPERTY_GUID)->as.guid.bytes[15], 15);
    p = get(model, "G", NF_PROPERTY_BINARY);
    assert_int_equal(p->as.binary.length, 3);
    assert_memory_equal(p->as.binary.bytes, "\0\1\2", 3);
    assert_int_equal(get(model, "H", NF_PROPERTY_BINARY)->as.binary.length, 0);
    p = get(model, "I", NF_PROPERTY_LIST);
    assert_int_equal(p->as.list.marker, 2);
    assert_int_equal(p->as.list.items[0].kind, NF_PROPERTY_INT32);
    p = get(model, "J", NF_PROPERTY_BINARY);
    assert_int_equal(p->as.binary.length, 1);
    assert_int_equal(p->as.binary.bytes[0], 0xff);
    assert_true(get(model, "K", NF_PROPERTY_DOUBLE)->as.real > 1e308);
    nf_model_close(model);
}

/* MF-E5: whatever the order of the file. */
static void properties_are_in_the_order_of_storage(void **state)
{
    nf_model *model = open_json(state, THING("\"b\":1,\"A\":2,\"c\":3"));
    const nf_element *element = thing(model);

    assert_int_equal(element->count, 3);
    assert_string_equal(element->properties[0].name, "A");
    assert_string_equal(element->properties[1].name, "B");
    assert_string_equal(element->properties[2].name, "C");
    nf_model_close(model);
}

/* Refused when opened, with the place. */
static void refuse(void **state, const char *text, const char *message)
{
    char path[HELPER_PATH];
    nf_error err = {0};
    nf_model *model;

    helper_write(state, path, "bad.json", text, strlen(text));
    assert_int_equal(nf_model_open(&model, path, &err), NF_INPUT);
    assert_null(model);
    if (!strstr(err.message, message))
        fail_msg("\"%s\" lacks \"%s\"", err.message, message);
}

static void refuses_what_is_no_dump(void **state)
{
    refuse(state, "{}", "no \"units\"");
    refuse(state, "{\"a\":1,\"b\":[{}]}", "no \"units\"");
    refuse(state, "{\"units\":[]", "\"}\" is expected");
    refuse(state, "{\"units\":{}}", "is no list");
    refuse(state, "{\"units\":[1]}", "a unit is expected");
    refuse(state, "{\"units\":[{}]}", "no $ID");
    refuse(state, "{\"units\":[{\"$ID\":\"x\"}]}", "is no GUID");
    refuse(state, "{\"units\":[{\"$ID\":\"\\ud8\"}]}", "no valid text");
    refuse(state, "{\"units\":[{\"name\":\"\xff\"}]}", "no valid text");
    refuse(state, "{\"units\":[{\"a\":[}", "closes nothing");
    refuse(state, "{\"units\":[{\"a\":]}", "closes nothing");
    refuse(state, "{\"units\":[{\"a\" 1}]}", "\":\" is expected");
    refuse(state, "{\"units\":[{\"a\":?}]}", "no JSON value");
    refuse(state, "{\"units\":[{\"a\":\"\n\"}]}", "control character");
    refuse(state, HEAD "]} x", "after the end");
    refuse(state, HEAD "],\"units\":[]}", "a second");
    refuse(state, HEAD "," PROJECT "]}", "given twice");
    refuse(state, "{\"mendix\":\"x\",\"units\":[" PROJECT "]}",
           "no valid Mendix version");
    refuse(state,
           HEAD ",{\"$ID\":\"" ID(02) "\",\"$Type\":\"Projects$Project\"}]}",
           "more than one project");
}

/* What is wrong inside a unit is an error of that unit, with the place. */
static void wrong(void **state, const char *text, const char *message)
{
    nf_model *model = open_json(state, text);
    nf_error err = {0};
    size_t last = nf_model_document_count(model) - 1;

    assert_null(nf_document_element(nf_model_document(model, last), &err));
    assert_int_equal(err.status, NF_INPUT);
    if (!strstr(err.message, message))
        fail_msg("\"%s\" lacks \"%s\"", err.message, message);
    assert_true(err.offset > 0);
    assert_true(*err.file);
    nf_model_close(model);
}

static void says_what_is_wrong_in_a_unit(void **state)
{
    wrong(state, THING("\"a\":tru"), "not well-formed");
    wrong(state, THING("\"a\":01"), "not well-formed");
    wrong(state, THING("\"a\":[1 2]"), "not well-formed");
    wrong(state, THING("\"a\":\"\xc3(\""), "not well-formed");
    wrong(state, THING("\"a\":{\"$int32\":4294967296}"), "32 bits");
    wrong(state, THING("\"a\":{\"$binary\":\"A\"}"), "does not fit");
    wrong(state, THING("\"a\":{\"$guid\":\"A\"}"), "does not fit");
    wrong(state, THING("\"a\":{\"$what\":1}"), "unknown kind");
    wrong(state, THING("\"a\":{\"$list\":1}"), "no list");
    wrong(state, THING("\"a\":1,\"A\":2"), "given twice");
    wrong(state, THING("\"a\":{\"$ID\":\"1\"}"), "no GUID");
    wrong(state, THING("\"a\":{\"$Type\":1}"), "no text");
}

static void nesting_has_a_limit(void **state)
{
    static char text[4096];

    for (int depth = 100; depth <= 400; depth += 300) {
        size_t at = (size_t)snprintf(
            text, sizeof text,
            HEAD
            ",{\"$ID\":\"" ID(02) "\",\"$Type\":\"Acme$Thing\","
                                  "\"$ContainerID\":\"" ID(01) "\",\"a\":");

        memset(text + at, '[', (size_t)depth);
        memset(text + at + depth, ']', (size_t)depth);
        strcpy(text + at + 2 * depth, "}]}");
        if (depth == 100) {
            nf_model *model = open_json(state, text);

            assert_non_null(thing(model));
            nf_model_close(model);
        } else {
            refuse(state, text, "nested deeper than 200");
        }
    }
}

/* A file cut anywhere is refused, and nothing is read past its end. */
static void every_cut_is_refused(void **state)
{
    static const char text[] =
        THING("\"name\":\"n\",\"a\":[1,{\"$QualifiedName\":\"M.X\"}]");
    char path[HELPER_PATH];

    for (size_t length = 1; length < sizeof text - 1; length++) {
        nf_error err = {0};
        nf_model *model;

        helper_write(state, path, "cut.json", text, length);
        assert_int_equal(nf_model_open(&model, path, &err), NF_INPUT);
        assert_true(*err.message);
    }
}

/* A unit whose container is not there (docs/model-json.md). */
static void modules_are_made_from_names(void **state)
{
    nf_model *model = open_json(
        state,
        "{\"units\":[{\"$ID\":\"" ID(
            02) "\",\"$Type\":"
                "\"Enumerations$Enumeration\",\"$ContainerID\":\"" ID(
                    09) "\","
                        "\"$QualifiedName\":\"Shop.Color\",\"name\":\"Color\"},"
                        "{\"$ID\":\"" ID(03) "\",\"$Type\":\"Acme$Lost\"}]}");

    assert_non_null(nf_model_find_enumeration(model, "Shop.Color"));
    assert_int_equal(nf_model_warning_count(model), 2); /* lost; version */
    nf_model_close(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(plain_values_by_their_form,
                                        helper_setup, helper_teardown),
        cmocka_unit_test_setup_teardown(exact_values_by_their_kind,
                                        helper_setup, helper_teardown),
        cmocka_unit_test_setup_teardown(properties_are_in_the_order_of_storage,
                                        helper_setup, helper_teardown),
        cmocka_unit_test_setup_teardown(refuses_what_is_no_dump, helper_setup,
                                        helper_teardown),
        cmocka_unit_test_setup_teardown(says_what_is_wrong_in_a_unit,
                                        helper_setup, helper_teardown),
        cmocka_unit_test_setup_teardown(nesting_has_a_limit, helper_setup,
                                        helper_teardown),
        cmocka_unit_test_setup_teardown(every_cut_is_refused, helper_setup,
                                        helper_teardown),
        cmocka_unit_test_setup_teardown(modules_are_made_from_names,
                                        helper_setup, helper_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
