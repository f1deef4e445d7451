/* Names and descriptions, on the example app: flows, entities with access and
 * synchronization, enumerations, constants, associations, modules; JSON. */
#include "analysis/describe.h"

#include <json-c/json.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
/* after the four above */
#include <cmocka.h>

#define APP NF_SOURCE_DIR "/examples/field-service/app.xml"

static int open_app(void **state)
{
    nf_model *model = NULL;
    nf_error err = {0};
    if (nf_model_open(&model, APP, &err) != NF_OK) {
        print_error("%s\n", err.message);
        return -1;
    }
    *state = model;
    return 0;
}

static int close_app(void **state)
{
    nf_model_close(*state);
    return 0;
}

static char *describe(void **state, const char *name)
{
    nf_buffer out;
    nf_named named;
    nf_error err = {0};
    nf_buffer_init(&out, NF_BUFFER_MAX);
    assert_int_equal(nf_named_find(&named, *state, name, &err), NF_OK);
    assert_int_equal(nf_describe(&out, *state, &named, &err), NF_OK);
    char *text = nf_buffer_take(&out);
    assert_non_null(text);
    return text;
}

static void assert_described(void **state, const char *name,
                             const char *expected)
{
    char *text = describe(state, name);
    assert_string_equal(text, expected);
    nf_free(text);
}

static void test_flow(void **state)
{
    assert_described(
        state, "FieldService.ACT_TakeWorkOrder",
        "nanoflow FieldService.ACT_TakeWorkOrder ($WorkOrder: "
        "FieldService.WorkOrder, $Technician: FieldService.Technician) -> "
        "Boolean\n"
        "  roles: FieldService.Technician\n"
        "  decide 'Which status?': $WorkOrder/Status\n"
        "    Open:\n"
        "      'Take it': change $WorkOrder, commit\n"
        "        Status = FieldService.OrderStatus.Taken\n"
        "        FieldService.WorkOrder_Technician = $Technician\n"
        "      show information message \"{1} takes '{2}'\"\n"
        "        {1} = $Technician/Name\n"
        "        {2} = $WorkOrder/Title\n"
        "      return true\n"
        "    Taken, Done, (empty):\n"
        "      show warning message \"This order is not open any more\"\n"
        "      return false\n");
}

static void test_error_handler(void **state)
{
    assert_described(
        state, "nanoflow:FieldService.ACT_SendChanges",
        "nanoflow FieldService.ACT_SendChanges () -> Boolean\n"
        "  roles: FieldService.Technician\n"
        "  synchronize unsynchronized objects\n"
        "    on error:\n"
        "      log warning \"Synchronize failed: {1}\"\n"
        "        {1} = $latestError\n"
        "      show warning message \"No connection. Your work is safe on "
        "this phone and will be sent later.\"\n"
        "      return false\n"
        "  return true\n");
}

static void test_entity(void **state)
{
    assert_described(state, "FieldService.Account",
                     "entity FieldService.Account\n"
                     "  Name: String(100)\n"
                     "  Phone: String(30)\n"
                     "  Restricted: Boolean = false\n"
                     "  access rules:\n"
                     "    FieldService.Office, create, delete\n"
                     "      members: read and write\n"
                     "    FieldService.Technician\n"
                     "      where [Restricted = false()]\n"
                     "      members: read and write\n"
                     "      Restricted: read\n"
                     "  synchronization in NativePhone: all objects\n");
}

static void test_specialization(void **state)
{
    char *text = describe(state, "FieldService.Photo");
    assert_non_null(
        strstr(text, "entity FieldService.Photo, a System.Image\n"));
    assert_non_null(strstr(text, "  FieldService.Photo_WorkOrder -> "
                                 "FieldService.WorkOrder\n"));
    assert_non_null(strstr(text, " inherited members\n"));
    nf_free(text);
}

static void test_small_documents(void **state)
{
    assert_described(state, "FieldService.Priority",
                     "enumeration FieldService.Priority\n"
                     "  Low: \"Can wait\"\n"
                     "  Normal\n"
                     "  Urgent\n");
    assert_described(state, "FieldService.MinutesPerHour",
                     "constant FieldService.MinutesPerHour: Integer = 60, "
                     "exposed to the client\n");
    assert_described(state, "association:FieldService.Technician_User",
                     "association FieldService.Technician_User: "
                     "FieldService.Technician -> System.User, reference\n");
}

static void test_module(void **state)
{
    char *text = describe(state, "module:FieldService");
    assert_non_null(strstr(text, "module FieldService\n"));
    assert_non_null(strstr(text, "\n  entity Memo\n"));
    assert_non_null(strstr(text, "\n  nanoflow SUB_Refresh\n"));
    nf_free(text);
}

static void assert_not_found(void **state, const char *name,
                             const char *message)
{
    nf_named named;
    nf_error err = {0};
    assert_int_equal(nf_named_find(&named, *state, name, &err), NF_USAGE);
    assert_string_equal(err.message, message);
}

static void test_suggestions(void **state)
{
    assert_not_found(state, "FieldService.ACT_TakeWorkOrdr",
                     "'FieldService.ACT_TakeWorkOrdr' is not in this app; did "
                     "you mean 'FieldService.ACT_TakeWorkOrder'?");
    assert_not_found(state, "memo",
                     "'memo' is not in this app; did you mean "
                     "'FieldService.Memo'?");
    assert_not_found(state, "entity:FieldService.acount",
                     "'entity:FieldService.acount' is not in this app; did "
                     "you mean 'FieldService.Account'?");
    assert_not_found(state, "x",
                     "'x' is not in this app; 'nanoflow list' shows what is");
    assert_not_found(state, "flow:FieldService.Memo",
                     "'flow' is no type; use module, folder, nanoflow, "
                     "microflow, rule, entity, association, enumeration, "
                     "constant, page, javascriptaction, javaaction or a "
                     "stored type such as Forms$Layout");
}

static void test_unknown_names(void **state)
{
    static const char *const names[] = {"FieldService.Nothing",
                                        "",
                                        ":",
                                        "entity:",
                                        "entity:FieldService.X",
                                        "nonsense:FieldService.Account",
                                        "microflow:FieldService.SUB_Refresh"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        nf_named named;
        nf_error err = {0};
        assert_int_equal(nf_named_find(&named, *state, names[i], &err),
                         NF_USAGE);
        assert_string_equal(err.code, "not_found");
    }
}

/* Every document of the app gives valid JSON that says its stored type. */
static void test_json(void **state)
{
    const nf_model *model = *state;
    size_t seen = 0;
    for (size_t i = 0; i < nf_model_document_count(model); i++) {
        const nf_document *document = nf_model_document(model, i);
        nf_error err = {0};
        nf_buffer out;
        nf_named named = {.document = document,
                          .element = nf_document_element(document, &err)};
        assert_non_null(named.element);
        nf_buffer_init(&out, NF_BUFFER_MAX);
        assert_int_equal(nf_describe_json(&out, model, &named, &err), NF_OK);
        struct json_object *root = json_tokener_parse(nf_buffer_string(&out));
        struct json_object *stored = NULL, *type = NULL;
        assert_non_null(root);
        assert_true(json_object_object_get_ex(root, "stored", &stored));
        assert_true(json_object_object_get_ex(stored, "$Type", &type));
        assert_string_equal(json_object_get_string(type), document->type);
        json_object_put(root);
        nf_buffer_dispose(&out);
        seen++;
    }
    assert_true(seen > 10);
}

static void test_json_of_an_entity(void **state)
{
    nf_named named;
    nf_error err = {0};
    assert_int_equal(
        nf_named_find(&named, *state, "entity:FieldService.Memo", &err), NF_OK);
    assert_non_null(named.entity);
    assert_non_null(named.element);
    assert_string_equal(nf_element_string(named.element, "Name", ""), "Memo");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flow),
        cmocka_unit_test(test_error_handler),
        cmocka_unit_test(test_entity),
        cmocka_unit_test(test_specialization),
        cmocka_unit_test(test_small_documents),
        cmocka_unit_test(test_module),
        cmocka_unit_test(test_suggestions),
        cmocka_unit_test(test_unknown_names),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_json_of_an_entity),
    };
    return cmocka_run_group_tests(tests, open_app, close_app);
}
