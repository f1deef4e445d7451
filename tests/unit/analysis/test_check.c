/* `check`: counts, problems and their places, excluded documents, model checks
 * of synchronize 2.3. */
#include "helper_check.h"

#define EXAMPLE NF_SOURCE_DIR "/examples/field-service/app.xml"

static void test_example_is_clean(void **state)
{
    size_t errors = 9;
    struct json_object *root = helper_check_path(EXAMPLE, &errors);
    (void)state;
    if (errors)
        fail_msg("%s", json_object_to_json_string(root));
    assert_int_equal(helper_number(root, "modules", NULL), 1);
    assert_int_equal(helper_number(root, "nanoflows", NULL), 11);
    assert_int_equal(helper_number(root, "compiled", "nanoflows"), 11);
    assert_int_equal(
        helper_number(root, "activities", "Microflows$SynchronizeAction"), 8);
    assert_int_equal(helper_number(root, "expressions", "parsed"),
                     helper_number(root, "expressions", "total"));
    assert_int_equal(helper_number(root, "xpaths", "parsed"),
                     helper_number(root, "xpaths", "total"));
    /* the AutoNumber of a new order comes from the server */
    helper_assert_text(helper_problem(root, "SYNC_SERVER_VALUE"), "document",
                       "FieldService.ACT_ReportProblem");
    json_object_put(root);
}

/* activities F43: found when compiled, with its place. */
static void test_faulty_expression(void **state)
{
    size_t errors = 0;
    struct json_object *root =
        helper_check_units("",
                           FLOW("Good", "",
                                ACTION("type=\"CreateVariableAction\" "
                                       "VariableName=\"A\" "
                                       "VariableType=\"IntegerType\" "
                                       "InitialValue=\"1 + 1\""))
                               FLOW("Bad", "",
                                    ACTION("type=\"CreateVariableAction\" "
                                           "VariableName=\"A\" "
                                           "VariableType=\"IntegerType\" "
                                           "InitialValue=\"1 + \"")),
                           &errors);
    (void)state;
    assert_int_equal(errors, 1);
    assert_int_equal(helper_number(root, "nanoflows", NULL), 2);
    assert_int_equal(helper_number(root, "compiled", "nanoflows"), 1);
    assert_int_equal(helper_number(root, "expressions", "total"), 2);
    assert_int_equal(helper_number(root, "expressions", "parsed"), 1);
    struct json_object *found =
        json_object_array_get_idx(helper_get(root, "problems", NULL), 0);
    for (size_t i = 0;
         i < json_object_array_length(helper_get(root, "problems", NULL));
         i++) {
        found =
            json_object_array_get_idx(helper_get(root, "problems", NULL), i);
        if (!strcmp(json_object_get_string(helper_get(found, "severity", NULL)),
                    "error"))
            break;
    }
    helper_assert_text(found, "document", "M.Bad");
    json_object_put(root);
}

/* An activity that the interpreter does not know is counted by its type. */
static void test_unsupported_activity(void **state)
{
    size_t errors = 0;
    struct json_object *root = helper_check_units(
        "", FLOW("F", "", ACTION("type=\"CallWebServiceAction\"")), &errors);
    (void)state;
    assert_int_equal(
        helper_number(root, "unsupported", "Microflows$CallWebServiceAction"),
        1);
    assert_int_equal(helper_number(root, "compiled", "nanoflows"), 0);
    json_object_put(root);
}

/* Excluded documents are listed, neither compiled nor counted. */
static void test_excluded(void **state)
{
    size_t errors = 9;
    struct json_object *root = helper_check_units(
        "",
        FLOW("Old", "Excluded=\"true\"",
             ACTION("type=\"CreateVariableAction\" VariableName=\"A\" "
                    "VariableType=\"IntegerType\" InitialValue=\"(\"")),
        &errors);
    (void)state;
    assert_int_equal(errors, 0);
    assert_int_equal(helper_number(root, "nanoflows", NULL), 0);
    assert_int_equal(helper_number(root, "expressions", "total"), 0);
    struct json_object *excluded = helper_get(root, "excluded", NULL);
    assert_int_equal(json_object_array_length(excluded), 1);
    assert_string_equal(
        json_object_get_string(json_object_array_get_idx(excluded, 0)),
        "M.Old");
    json_object_put(root);
}

/* synchronize 2.3: a Never entity associated with one of another mode. */
static void test_never_with_another_mode(void **state)
{
    size_t errors = 0;
    struct json_object *root = helper_check_units(
        PROFILE(CONFIG("M.A", "Never") CONFIG("M.B", "All")),
        TWO_ENTITIES("<Association Name=\"A_B\" ParentPointer=\"A\" "
                     "ChildPointer=\"B\"/>"),
        &errors);
    (void)state;
    assert_int_equal(errors, 1);
    helper_assert_text(helper_problem(root, "SYNC_CONFIGURATION"), "document",
                       "M.A_B");
    json_object_put(root);
}

/* design 10.3: delete behaviour of offline entities. */
static void test_delete_behavior_offline(void **state)
{
    size_t errors = 0;
    struct json_object *root = helper_check_units(
        PROFILE(CONFIG("M.A", "All") CONFIG("M.B", "All")),
        TWO_ENTITIES("<Association Name=\"A_B\" ParentPointer=\"A\" "
                     "ChildPointer=\"B\" Type=\"ReferenceSet\">"
                     "<DeleteBehavior "
                     "ChildDeleteBehavior=\"DeleteMeAndReferences\"/>"
                     "</Association>"),
        &errors);
    (void)state;
    assert_int_equal(errors, 1);
    helper_assert_text(helper_problem(root, "DELETE_BEHAVIOR_OFFLINE"),
                       "severity", "error");
    helper_assert_text(helper_problem(root, "SYNC_REFERENCE_SET"), "severity",
                       "warning");
    json_object_put(root);
}

/* synchronize S107: a file entity is not Never; and access rules are constraints like others. */
static void test_file_and_access_rule(void **state)
{
    size_t errors = 0;
    struct json_object *root = helper_check_units(
        PROFILE(CONFIG("M.F", "Never")),
        "<ModuleSecurity><ModuleRoles><ModuleRole Name=\"R\"/></ModuleRoles>"
        "</ModuleSecurity>"
        "<DomainModel><Entities><Entity id=\"F\" Name=\"F\">"
        "<MaybeGeneralization type=\"Generalization\" "
        "Generalization=\"System.FileDocument\"/>"
        "<AccessRules><AccessRule AllowedModuleRoles=\"M.R\" "
        "XPathConstraint=\"[Nowhere = 1]\"/></AccessRules>"
        "</Entity></Entities></DomainModel>\n",
        &errors);
    (void)state;
    assert_int_equal(errors, 2);
    helper_assert_text(helper_problem(root, "SYNC_CONFIGURATION"), "document",
                       "M.F");
    assert_int_equal(helper_number(root, "xpaths", "total"), 1);
    assert_int_equal(helper_number(root, "xpaths", "parsed"), 1);
    json_object_put(root);
}

/* synchronize S4: an app without an offline profile. */
static void test_no_offline_profile(void **state)
{
    size_t errors = 9;
    struct json_object *root = helper_check_units(
        "", FLOW("F", "", ACTION("type=\"SynchronizeAction\" Type=\"All\"")),
        &errors);
    (void)state;
    assert_int_equal(errors, 0);
    helper_assert_text(helper_problem(root, "SYNC_NOT_OFFLINE"), "document",
                       "M.F");
    json_object_put(root);
}

/* V3 for many variables at once: those of the way that may be left out have no
 * value behind it, the others do. */
static void test_many_variables(void **state)
{
    enum { COUNT = 150 };
    size_t size = COUNT * 1200, length, errors = 9;
    char *units = malloc(size);
    struct json_object *root;

    (void)state;
    assert_non_null(units);
    length = (size_t)snprintf(
        units, size,
        "<Nanoflow Name=\"F\"><ObjectCollection><Objects>"
        "<MicroflowParameter Name=\"Flag\" VariableType=\"BooleanType\"/>"
        "<StartEvent id=\"s\"/><EndEvent id=\"e\"/><ExclusiveSplit id=\"d\">"
        "<SplitCondition type=\"ExpressionSplitCondition\" "
        "Expression=\"$Flag\"/></ExclusiveSplit><ExclusiveMerge id=\"m\"/>");
    for (int i = 0; i < COUNT; i++)
        for (int k = 0; k < 3; k++)
            length += (size_t)snprintf(
                units + length, size - length,
                "<ActionActivity id=\"%c%d\"><Action "
                "type=\"CreateVariableAction\" VariableName=\"%c%d\" "
                "VariableType=\"IntegerType\" InitialValue=\"%s%d\"/>"
                "</ActionActivity>",
                "abc"[k], i, "abc"[k], i,
                k < 2   ? "1"
                : i % 2 ? "$a"
                        : "$b",
                i);
    length += (size_t)snprintf(
        units + length, size - length,
        "</Objects></ObjectCollection><Flows><flow from=\"s\" to=\"a0\"/>"
        "<flow from=\"a%d\" to=\"d\"/><flow from=\"d\" to=\"b0\" "
        "case=\"true\"/><flow from=\"d\" to=\"m\" case=\"false\"/>"
        "<flow from=\"b%d\" to=\"m\"/><flow from=\"m\" to=\"c0\"/>"
        "<flow from=\"c%d\" to=\"e\"/>",
        COUNT - 1, COUNT - 1, COUNT - 1);
    for (int i = 1; i < COUNT; i++)
        for (int k = 0; k < 3; k++)
            length += (size_t)snprintf(units + length, size - length,
                                       "<flow from=\"%c%d\" to=\"%c%d\"/>",
                                       "abc"[k], i - 1, "abc"[k], i);
    snprintf(units + length, size - length, "</Flows></Nanoflow>");
    root = helper_check_units("", units, &errors);
    assert_int_equal(errors, COUNT / 2); /* each even `c` reads a `b` */
    helper_assert_text(helper_problem(root, "unset_variable"), "document",
                       "M.F");
    json_object_put(root);
    free(units);
}

static void test_text(void **state)
{
    nf_app *app = NULL;
    char *text = NULL;
    (void)state;
    assert_int_equal(nf_app_open(&app, EXAMPLE, NULL), NF_OK);
    assert_int_equal(nf_app_check(&text, NULL, app, false, NULL), NF_OK);
    assert_non_null(strstr(text, "\n11 nanoflows, 11 without an error\n"));
    assert_non_null(strstr(text, "\n0 errors, "));
    nf_text_free(text);
    nf_app_close(app);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_example_is_clean),
        cmocka_unit_test(test_faulty_expression),
        cmocka_unit_test(test_unsupported_activity),
        cmocka_unit_test(test_excluded),
        cmocka_unit_test(test_never_with_another_mode),
        cmocka_unit_test(test_delete_behavior_offline),
        cmocka_unit_test(test_file_and_access_rule),
        cmocka_unit_test(test_no_offline_profile),
        cmocka_unit_test(test_many_variables),
        cmocka_unit_test(test_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
