/* JSON of a flow, an entity, an association and a module: the keys that
 * docs/describe.md promises. */
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

static json_object *describe(void **state, const char *name)
{
    nf_buffer out;
    nf_named named;
    nf_error err = {0};
    nf_buffer_init(&out, NF_BUFFER_MAX);
    assert_int_equal(nf_named_find(&named, *state, name, &err), NF_OK);
    assert_int_equal(nf_describe_json(&out, *state, &named, &err), NF_OK);
    json_object *json = json_tokener_parse(nf_buffer_string(&out));
    assert_non_null(json);
    nf_buffer_dispose(&out);
    return json;
}

static json_object *get(json_object *object, const char *key)
{
    json_object *value = NULL;
    assert_true(json_object_object_get_ex(object, key, &value));
    return value;
}

static void assert_text(json_object *object, const char *key,
                        const char *expected)
{
    assert_string_equal(json_object_get_string(get(object, key)), expected);
}

/* The first item of a list whose `key` is `value`. */
static json_object *item(json_object *list, const char *key, const char *value)
{
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        json_object *candidate = json_object_array_get_idx(list, i), *found;
        if (json_object_object_get_ex(candidate, key, &found) &&
            !strcmp(json_object_get_string(found), value))
            return candidate;
    }
    fail_msg("no item with %s = %s", key, value);
    return NULL;
}

static void test_flow(void **state)
{
    json_object *json = describe(state, "FieldService.ACT_TakeWorkOrder");
    assert_text(json, "kind", "nanoflow");
    assert_text(json, "name", "FieldService.ACT_TakeWorkOrder");
    assert_text(json, "result", "Boolean");
    assert_text(item(get(json, "parameters"), "name", "Technician"), "type",
                "FieldService.Technician");
    json_object *objects = get(json, "objects"), *flows = get(json, "flows");
    json_object *start = item(objects, "kind", "start");
    assert_text(json, "start", json_object_get_string(get(start, "id")));
    json_object *change = item(objects, "action", "Change");
    assert_text(change, "caption", "Take it");
    assert_text(change, "text",
                "'Take it': change $WorkOrder, commit\n"
                "  Status = FieldService.OrderStatus.Taken\n"
                "  FieldService.WorkOrder_Technician = $Technician");
    assert_true(json_object_get_boolean(get(change, "reached")));
    assert_null(get(change, "in"));
    assert_text(get(change, "stored"), "$Type", "Microflows$ActionActivity");
    json_object *in =
        item(flows, "to", json_object_get_string(get(change, "id")));
    assert_text(item(objects, "id", json_object_get_string(get(in, "from"))),
                "kind", "decision");
    json_object *cases = get(in, "cases");
    assert_int_equal(json_object_array_length(cases), 1);
    assert_string_equal(
        json_object_get_string(json_object_array_get_idx(cases, 0)), "Open");
    assert_false(json_object_get_boolean(get(in, "error")));
    assert_false(json_object_object_get_ex(get(json, "stored"), "Flows", NULL));
    json_object_put(json);
}

static void test_entity(void **state)
{
    json_object *json = describe(state, "entity:FieldService.WorkOrder");
    assert_text(json, "persistence", "persistable");
    json_object *status = item(get(json, "attributes"), "name", "Status");
    assert_text(status, "type", "Enumeration");
    assert_text(status, "enumeration", "FieldService.OrderStatus");
    assert_true(json_object_array_length(get(json, "accessRules")) > 0);
    assert_text(get(json, "stored"), "Name", "WorkOrder");
    json_object_put(json);
    json = describe(state, "association:FieldService.Technician_User");
    assert_text(json, "parent", "FieldService.Technician");
    assert_text(json, "child", "System.User");
    assert_text(json, "multiplicity", "*-1");
    assert_text(json, "onDeleteChild", "keep");
    json_object_put(json);
}

static void test_small_documents(void **state)
{
    json_object *json = describe(state, "FieldService.Priority");
    assert_text(item(get(json, "values"), "name", "Low"), "caption",
                "Can wait");
    json_object_put(json);
    json = describe(state, "FieldService.MinutesPerHour");
    assert_text(json, "type", "Integer");
    assert_text(json, "default", "60");
    json_object_put(json);
    json = describe(state, "FieldService");
    assert_text(json, "kind", "module");
    item(get(json, "documents"), "name", "FieldService.SUB_Refresh");
    item(get(json, "entities"), "name", "FieldService.Memo");
    item(get(json, "associations"), "name", "FieldService.Technician_User");
    json_object_put(json);
}

/* What the built-in module declares has no stored element. */
static void test_system(void **state)
{
    json_object *json = describe(state, "System.User");
    assert_text(json, "kind", "entity");
    assert_text(json, "name", "System.User");
    json_object_put(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flow),
        cmocka_unit_test(test_entity),
        cmocka_unit_test(test_small_documents),
        cmocka_unit_test(test_system),
    };
    return cmocka_run_group_tests(tests, open_app, close_app);
}
