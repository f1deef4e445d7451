/* `check`: the model checks of synchronize 2.3, one by one, with their codes.
 */
#include "helper_check.h"

static void expect(const char *navigation, const char *units, const char *code,
                   const char *severity, const char *document)
{
    size_t errors = 0;
    struct json_object *root = helper_check_units(navigation, units, &errors);
    struct json_object *found = helper_problem(root, code);
    helper_assert_text(found, "severity", severity);
    helper_assert_text(found, "document", document);
    json_object_put(root);
}

static void expect_none(const char *navigation, const char *units,
                        const char *code)
{
    size_t errors = 0;
    struct json_object *root = helper_check_units(navigation, units, &errors);
    if (helper_has_problem(root, code))
        fail_msg("%s", json_object_to_json_string(root));
    json_object_put(root);
}

#define MICROFLOW(name, body)                                                  \
    "<Microflow Name=\"" name                                                  \
    "\"><ObjectCollection><Objects><StartEvent id=\"s\"/>" body                \
    "<EndEvent id=\"e\"/></Objects></ObjectCollection><Flows>"                 \
    "<flow from=\"s\" to=\"a\"/><flow from=\"a\" to=\"e\"/></Flows>"           \
    "</Microflow>\n"
#define OFFLINE PROFILE(CONFIG("M.A", "All") CONFIG("M.B", "All"))
#define A_TO_B                                                                 \
    "<Association Name=\"A_B\" ParentPointer=\"A\" ChildPointer=\"B\"/>"

/* Activities of the device in a microflow, and the other way round. */
static void test_places(void **state)
{
    static const char *const device[] = {
        MICROFLOW("F", ACTION("type=\"SynchronizeAction\" Type=\"All\"")),
        MICROFLOW("F", ACTION("type=\"CancelSynchronizationAction\"")),
        MICROFLOW("F", ACTION("type=\"ClearFromClientAction\" "
                              "Entity=\"M.A\"")),
    };
    (void)state;
    for (size_t i = 0; i < sizeof device / sizeof *device; i++) {
        char units[4096];
        snprintf(units, sizeof units, "%s%s", TWO_ENTITIES(""), device[i]);
        expect(OFFLINE, units, "unsupported_activity", "error", "M.F");
    }
    expect(OFFLINE,
           TWO_ENTITIES("") FLOW("F", "",
                                 ACTION("type=\"PushToClientAction\" "
                                        "DataVariableName=\"X\"")),
           "unsupported_activity", "error", "M.F");
}

/* Never beside another mode: A8, a generalization, an entity that is not
 * offline at all. */
static void test_never(void **state)
{
    (void)state;
    expect(PROFILE(CONFIG("M.A", "Never") CONFIG("M.B", "All")),
           TWO_ENTITIES(A_TO_B), "SYNC_CONFIGURATION", "error", "M.A_B");
    expect(PROFILE(CONFIG("M.A", "Never")), TWO_ENTITIES(A_TO_B),
           "SYNC_CONFIGURATION", "error", "M.A_B");
    expect(PROFILE(CONFIG("M.B", "Never")),
           "<DomainModel><Entities><Entity id=\"A\" Name=\"A\"/>"
           "<Entity id=\"B\" Name=\"B\"><MaybeGeneralization "
           "type=\"Generalization\" Generalization=\"M.A\"/></Entity>"
           "</Entities></DomainModel>\n",
           "SYNC_CONFIGURATION", "error", "M.B");
    expect_none(PROFILE(CONFIG("M.A", "Never") CONFIG("M.B", "Never")),
                TWO_ENTITIES(A_TO_B), "SYNC_CONFIGURATION");
}

#define RETRIEVE(entity, constraint)                                           \
    "<ActionActivity id=\"a\"><Action type=\"RetrieveAction\" "                \
    "ResultVariableName=\"L\"><RetrieveSource "                                \
    "type=\"DatabaseRetrieveSource\" Entity=\"" entity                         \
    "\" XpathConstraint=\"" constraint "\"/></Action></ActionActivity>"

/* S74: a constraint must not step over to an online entity; the reference
 * itself may be compared. */
static void test_border(void **state)
{
    (void)state;
    expect(PROFILE(CONFIG("M.A", "All") CONFIG("M.B", "Online")),
           TWO_ENTITIES(A_TO_B)
               FLOW("F", "", RETRIEVE("M.A", "[M.A_B / M.B/id = 1]")),
           "SYNC_XPATH_BORDER", "error", "M.F");
    expect_none(PROFILE(CONFIG("M.A", "All") CONFIG("M.B", "Online")),
                TWO_ENTITIES(A_TO_B)
                    FLOW("F", "", RETRIEVE("M.A", "[M.A_B = empty]")),
                "SYNC_XPATH_BORDER");
    expect_none(OFFLINE,
                TWO_ENTITIES(A_TO_B)
                    FLOW("F", "", RETRIEVE("M.A", "[M.A_B/M.B]")),
                "SYNC_XPATH_BORDER");
}

#define TREE                                                                   \
    "<DomainModel><Entities><Entity id=\"A\" Name=\"A\"/>"                     \
    "<Entity id=\"B\" Name=\"B\"><MaybeGeneralization "                        \
    "type=\"Generalization\" Generalization=\"M.A\"/></Entity>"                \
    "</Entities></DomainModel>\n"

/* S75, S10; domain D23: but for files, whose common entity nobody uses. */
static void test_hierarchy(void **state)
{
    (void)state;
    expect(PROFILE(CONFIG("M.A", "All") CONFIG("M.B", "Online")),
           TREE FLOW("F", "", RETRIEVE("M.A", "")), "SYNC_MIXED_HIERARCHY",
           "error", "M.F");
    expect_none(PROFILE(CONFIG("M.A", "All") CONFIG("M.B", "Online")),
                TREE FLOW("F", "", RETRIEVE("M.B", "")),
                "SYNC_MIXED_HIERARCHY");
    expect(OFFLINE, TREE, "SYNC_HIERARCHY", "warning", "M.A");
    expect_none(
        OFFLINE,
        "<DomainModel><Entities><Entity id=\"A\" Name=\"A\">"
        "<MaybeGeneralization type=\"Generalization\" "
        "Generalization=\"System.FileDocument\"/></Entity><Entity id=\"B\" "
        "Name=\"B\"><MaybeGeneralization type=\"Generalization\" "
        "Generalization=\"System.Image\"/></Entity></Entities></DomainModel>\n",
        "SYNC_HIERARCHY");
}

#define CREATE(entity, variable, items)                                        \
    "<ActionActivity id=\"c" variable                                          \
    "\"><Action type=\"CreateChangeAction\" Entity=\"" entity                  \
    "\" VariableName=\"" variable "\"><Items>" items                           \
    "</Items></Action></ActionActivity>"
#define THREE(name, rest, one, two, three)                                     \
    "<Nanoflow Name=\"" name "\" " rest                                        \
    "><ObjectCollection><Objects><StartEvent id=\"s\"/>" one two three         \
    "<EndEvent id=\"e\"/></Objects></ObjectCollection><Flows>"                 \
    "<flow from=\"s\" to=\"cX\"/><flow from=\"cX\" to=\"cY\"/>"                \
    "<flow from=\"cY\" to=\"a\"/><flow from=\"a\" to=\"e\"/></Flows>"          \
    "</Nanoflow>\n"
#define REFERS "<ChangeActionItem Association=\"M.A_B\" Value=\"$X\"/>"
#define SELECT(names)                                                          \
    ACTION(                                                                    \
        "type=\"SynchronizeAction\" Type=\"Specific\" VariableNames=\"" names  \
        "\"")

/* S92: a selected object refers to a new one that stays behind. */
static void test_dangling(void **state)
{
    (void)state;
    expect(OFFLINE,
           TWO_ENTITIES(A_TO_B) THREE("F", "", CREATE("M.B", "X", ""),
                                      CREATE("M.A", "Y", REFERS), SELECT("Y")),
           "SYNC_DANGLING", "warning", "M.F");
    expect_none(OFFLINE,
                TWO_ENTITIES(A_TO_B)
                    THREE("F", "", CREATE("M.B", "X", ""),
                          CREATE("M.A", "Y", REFERS), SELECT("Y X")),
                "SYNC_DANGLING");
}

#define KINDS                                                                  \
    "<DomainModel><Entities><Entity id=\"A\" Name=\"A\"><MaybeGeneralization " \
    "type=\"NoGeneralization\" Persistable=\"false\"/></Entity>"               \
    "<Entity id=\"B\" Name=\"B\"/></Entities></DomainModel>\n"

/* S30: what is never on the device can't be selected or cleared (A42). */
static void test_entities(void **state)
{
    static const char online[] = PROFILE(CONFIG("M.B", "Online"));
    (void)state;
    expect(OFFLINE,
           KINDS THREE("F", "", CREATE("M.A", "X", ""), CREATE("M.B", "Y", ""),
                       SELECT("X")),
           "SYNC_ENTITY", "error", "M.F");
    expect(online,
           KINDS THREE("F", "", CREATE("M.A", "X", ""), CREATE("M.B", "Y", ""),
                       SELECT("Y")),
           "SYNC_ENTITY", "error", "M.F");
    expect(OFFLINE,
           KINDS FLOW("F", "",
                      ACTION("type=\"ClearFromClientAction\" Entity=\"M.A\"")),
           "SYNC_ENTITY", "error", "M.F");
    expect(online,
           KINDS FLOW("F", "",
                      ACTION("type=\"ClearFromClientAction\" Entity=\"M.B\"")),
           "SYNC_ENTITY", "error", "M.F");
    expect_none(OFFLINE,
                KINDS FLOW("F", "",
                           ACTION("type=\"ClearFromClientAction\" "
                                  "Entity=\"M.B\"")),
                "SYNC_ENTITY");
}

/* O43: a non-persistable object can't be deleted offline. */
static void test_delete_memory(void **state)
{
    (void)state;
    expect(OFFLINE,
           KINDS THREE("F", "", CREATE("M.A", "X", ""), CREATE("M.B", "Y", ""),
                       ACTION("type=\"DeleteAction\" "
                              "DeleteVariableName=\"X\"")),
           "DELETE_NPE_OFFLINE", "error", "M.F");
}

/* S166: a note, which is no warning. */
static void test_access_note(void **state)
{
    (void)state;
    expect(OFFLINE,
           "<ModuleSecurity><ModuleRoles><ModuleRole Name=\"R\"/>"
           "</ModuleRoles></ModuleSecurity>"
           "<DomainModel><Entities><Entity id=\"A\" Name=\"A\"><AccessRules>"
           "<AccessRule AllowedModuleRoles=\"M.R\" "
           "XPathConstraint=\"[id != empty]\"/></AccessRules></Entity>"
           "<Entity id=\"B\" Name=\"B\"/></Entities></DomainModel>\n",
           "SYNC_ACCESS_XPATH", "note", "M.A");
}

/* S2: a selection of nothing. */
static void test_activity(void **state)
{
    (void)state;
    expect(OFFLINE,
           TWO_ENTITIES("") FLOW(
               "F", "", ACTION("type=\"SynchronizeAction\" Type=\"Specific\"")),
           "not_found", "error", "M.F");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_never),
        cmocka_unit_test(test_border),
        cmocka_unit_test(test_hierarchy),
        cmocka_unit_test(test_dangling),
        cmocka_unit_test(test_entities),
        cmocka_unit_test(test_delete_memory),
        cmocka_unit_test(test_access_note),
        cmocka_unit_test(test_activity),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
