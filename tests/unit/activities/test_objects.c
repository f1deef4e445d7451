/* Objects in the device's database (activities §6, §7.1, §7.2; scenarios T77 …
 * T121). */
#include "../interpreter/helper_flows.h"

#include "activities/activities.h"
#include "database/device.h"
#include "database/xpath.h"

#define NUMBER "IntegerType"
#define CREATE(id, name, commit, items)                                        \
    "<ActionActivity id='" id "'><Action type='CreateChangeAction' "           \
    "Entity='T.Item' VariableName='" name "' Commit='" commit "'><Items>"      \
    items "</Items></Action></ActionActivity>"
#define CHANGE(id, name, commit, items)                                        \
    "<ActionActivity id='" id "'><Action type='ChangeAction' "                 \
    "ChangeVariableName='" name "' Commit='" commit "'><Items>" items          \
    "</Items></Action></ActionActivity>"
#define ITEM(attribute, value)                                                 \
    "<ChangeActionItem Attribute='T.Item." attribute "' Value=\"" value "\"/>"
#define LINK(value)                                                            \
    "<ChangeActionItem Association='T.Item_Item' Value=\"" value "\"/>"
#define RETRIEVE(id, name, constraint, range)                                  \
    "<ActionActivity id='" id "'><Action type='RetrieveAction' "               \
    "ResultVariableName='" name "'><RetrieveSource "                           \
    "type='DatabaseRetrieveSource' Entity='T.Item' XpathConstraint=\""         \
    constraint "\">" range "<NewSortings><Sortings><RetrieveSorting "          \
    "SortOrder='Descending'><AttributeRef Attribute='T.Item.Qty'/>"            \
    "</RetrieveSorting></Sortings></NewSortings></RetrieveSource></Action>"    \
    "</ActionActivity>"
#define FIRST "<Range type='ConstantRange' SingleObject='true'/>"
#define ALL "<Range type='ConstantRange'/>"
#define COUNT(id, output, list)                                                \
    ACT(id, "type='AggregateAction' VariableName='" output                     \
            "' AggregateVariableName='" list "'")

static const char app_xml[] = APP_HEAD
    "<DomainModel><Entities><Entity id='Item' Name='Item'><Attributes>"
    "<Attribute Name='Name' NewType='StringAttributeType'/>"
    "<Attribute Name='Qty' NewType='IntegerAttributeType'>"
    "<Value DefaultValue='1'/></Attribute></Attributes></Entity></Entities>"
    "<Associations><Association Name='Item_Item' ParentPointer='Item' "
    "ChildPointer='Item'/></Associations></DomainModel>"
    FLOW("Defaults", "StringType",
         START CREATE("c", "I", "No",
                      ITEM("Qty", "5") ITEM("Name", "toString($I/Qty)"))
         RETRIEVE("r", "L", "", ALL) COUNT("n", "N", "L")
         END("e", "$I/Name + ' ' + toString(isNew($I)) + ' ' + $N"),
         GO("start", "c") GO("c", "r") GO("r", "n") GO("n", "e"))
    FLOW("Stored", "StringType",
         START CREATE("c", "I", "Yes", ITEM("Name", "'old'"))
         CHANGE("h", "I", "No", ITEM("Name", "'new'"))
         RETRIEVE("r", "F", "[Name = 'old']", FIRST)
         RETRIEVE("s", "G", "[Name = 'new']", FIRST)
         END("e", "$F/Name + ' ' + toString($G = empty) + ' ' + "
                  "toString($F = $I)"),
         GO("start", "c") GO("c", "h") GO("h", "r") GO("r", "s") GO("s", "e"))
    FLOW("Rollback", "StringType",
         START CREATE("c", "I", "Yes", ITEM("Name", "'old'"))
         CHANGE("h", "I", "No", ITEM("Name", "'new'"))
         ACT("b", "type='RollbackAction' RollbackVariableName='I'")
         END("e", "$I/Name"),
         GO("start", "c") GO("c", "h") GO("h", "b") GO("b", "e"))
    FLOW("Delete", "StringType",
         START VAR("q", "q", NUMBER, "77")
         CREATE("c", "I", "Yes", ITEM("Qty", "$q"))
         RETRIEVE("r", "L", "[Qty = $q]", ALL) COUNT("n", "N", "L")
         ACT("d", "type='DeleteAction' DeleteVariableName='I'")
         RETRIEVE("s", "M", "[Qty = $q]", ALL) COUNT("m", "O", "M")
         END("e", "$N + ' ' + $O + ' ' + toString($I = empty)"),
         GO("start", "q") GO("q", "c") GO("c", "r") GO("r", "n") GO("n", "d")
         GO("d", "s") GO("s", "m") GO("m", "e"))
    FLOW("Range", "StringType",
         START CREATE("a", "A", "Yes", ITEM("Qty", "301"))
         CREATE("b", "B", "Yes", ITEM("Qty", "302"))
         CREATE("c", "C", "Yes", ITEM("Qty", "303"))
         RETRIEVE("f", "F", "[Qty &gt; 300]", FIRST)
         RETRIEVE("r", "L", "[Qty &gt; 300]",
                  "<Range type='CustomRange' LimitExpression='1' "
                  "OffsetExpression='1'/>")
         "<ActionActivity id='h'><Action type='ListOperationsAction' "
         "ResultVariableName='H'><NewOperation type='Head' ListName='L'/>"
         "</Action></ActionActivity>" END("e", "$F/Qty + ' ' + $H/Qty"),
         GO("start", "a") GO("a", "b") GO("b", "c") GO("c", "f") GO("f", "r")
         GO("r", "h") GO("h", "e"))
    FLOW("Associated", "StringType",
         START CREATE("a", "A", "No", ITEM("Name", "'a'"))
         CREATE("b", "B", "No", ITEM("Name", "'b'") LINK("$A"))
         "<ActionActivity id='r'><Action type='RetrieveAction' "
         "ResultVariableName='R'><RetrieveSource "
         "type='AssociationRetrieveSource' StartVariableName='B' "
         "AssociationId='T.Item_Item'/></Action></ActionActivity>"
         "<ActionActivity id='s'><Action type='RetrieveAction' "
         "ResultVariableName='S'><RetrieveSource "
         "type='AssociationRetrieveSource' StartVariableName='A' "
         "AssociationId='T.Item_Item'/></Action></ActionActivity>"
         END("e", "$R/Name + toString($S = empty)"),
         GO("start", "a") GO("a", "b") GO("b", "r") GO("r", "s") GO("s", "e"))
    FLOW("BadXPath", NUMBER,
         START RETRIEVE("r", "L", "[Nope = 1]", ALL) END("e", "0")
         END("f", "1"),
         GO("start", "r") GO("r", "e") CATCH("r", "f"))
    APP_TAIL;

typedef struct fixture {
    helper_app *app;
    nf_device *device;
} fixture;

static int open_app(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    nf_database_options options = {0};
    nf_database *database;
    nf_error err;

    nf_error_clear(&err);
    f->app = helper_open(app_xml, nf_activities, &nf_xpath_sql_compiler);
    options.model = f->app->model;
    options.side = NF_DATABASE_DEVICE;
    if (nf_database_open(&database, &options, &err) ||
        nf_device_new(&f->device, database, NULL, &err))
        fail_msg("%s", err.message);
    nf_objects_free(f->app->world.objects);
    f->app->world.store = nf_device_store(f->device);
    f->app->world.objects =
        nf_objects_new(f->app->model, f->app->world.store);
    *state = f;
    return 0;
}

static int close_app(void **state)
{
    fixture *f = *state;

    nf_objects_free(f->app->world.objects);
    f->app->world.objects = NULL;
    nf_device_free(f->device);
    helper_close(f->app);
    free(f);
    return 0;
}

/* T77, T78; O8 … O10, R12. */
static void creates_in_memory(void **state)
{
    fixture *f = *state;

    assert_text(f->app, "Defaults", "5 true 0");
}

/* T79, T82, T83, T120; R6, R12. */
static void sees_what_is_stored(void **state)
{
    fixture *f = *state;

    assert_text(f->app, "Stored", "new true true");
    assert_int_equal(helper_count(f->app, "objectsChanged"), 1);
    assert_int_equal(helper_count(f->app, "membersChanged"), 1);
}

/* T97; O36. */
static void rolls_back(void **state)
{
    fixture *f = *state;

    assert_text(f->app, "Rollback", "old");
}

/* T100, T102; O46, O49. */
static void deletes(void **state)
{
    fixture *f = *state;

    assert_text(f->app, "Delete", "1 0 true");
    assert_int_equal(helper_count(f->app, "objectsDeleted"), 1);
}

/* T115, T117; R13, R14, R16. */
static void takes_a_range(void **state)
{
    fixture *f = *state;

    assert_text(f->app, "Range", "303 302");
}

/* T114; R1 … R4, P6. */
static void follows_associations(void **state)
{
    fixture *f = *state;

    assert_text(f->app, "Associated", "atrue");
}

/* F43, xpath Q6: raised at the activity, catchable there. */
static void raises_faulty_constraints(void **state)
{
    fixture *f = *state;
    const nf_program *program;

    assert_integer(f->app, "BadXPath", 1);
    program = helper_program(f->app, "BadXPath");
    assert_string_equal(nf_program_finding(program, 0)->code, "xpath_error");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(creates_in_memory),
        cmocka_unit_test(sees_what_is_stored),
        cmocka_unit_test(rolls_back),
        cmocka_unit_test(deletes),
        cmocka_unit_test(takes_a_range),
        cmocka_unit_test(follows_associations),
        cmocka_unit_test(raises_faulty_constraints),
    };

    return cmocka_run_group_tests(tests, open_app, close_app);
}
