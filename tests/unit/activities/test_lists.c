/* Lists, aggregates, messages and calls to the host, on objects in memory
 * (activities §7.3 … §7.5, §9, §12; scenarios T22 … T25, T122 … T156). */
#include "../interpreter/helper_flows.h"

#include "activities/activities.h"

#define NUMBER "IntegerType"
#define TEXT "StringType"
#define LISTOF(name)                                                           \
    "<MicroflowParameter Name='" name                                          \
    "'><VariableType type='ListType' Entity='T.Note'/></MicroflowParameter>"
#define OBJECT(name)                                                           \
    "<MicroflowParameter Name='" name                                          \
    "'><VariableType type='ObjectType' Entity='T.Note'/></MicroflowParameter>"
#define NEW(id, name, items)                                                   \
    "<ActionActivity id='" id "'><Action type='CreateChangeAction' "           \
    "Entity='T.Note' VariableName='" name "'><Items>" items                    \
    "</Items></Action></ActionActivity>"
#define ITEM(attribute, value)                                                 \
    "<ChangeActionItem Attribute='T.Note." attribute "' Value=\"" value "\"/>"
#define ADD(id, list, value)                                                   \
    ACT(id, "type='ChangeListAction' Type='Add' ChangeVariableName='" list     \
            "' Value='" value "'")
#define LIST(id, name)                                                         \
    ACT(id, "type='CreateListAction' Entity='T.Note' VariableName='" name "'")
#define OPERATION(id, output, operation)                                       \
    "<ActionActivity id='" id                                                  \
    "'><Action type='ListOperationsAction' ResultVariableName='" output        \
    "'><NewOperation " operation "</NewOperation></Action></ActionActivity>"
#define AGGREGATE(id, output, list, function, rest)                            \
    ACT(id, "type='AggregateAction' VariableName='" output                     \
            "' AggregateVariableName='" list "' AggregateFunction='" function  \
            "' " rest)
#define FOREACH(id, list, iterator, objects)                                   \
    "<LoopedActivity id='" id "'><LoopSource type='IterableList' "             \
    "ListVariableName='" list "' VariableName='" iterator                      \
    "'/><ObjectCollection><Objects>" objects                                   \
    "</Objects></ObjectCollection></LoopedActivity>"
/* Joins the names of a list, which tells its members and their order. */
#define JOIN(id, output, list)                                                 \
    "<ActionActivity id='" id "'><Action type='AggregateAction' "              \
    "AggregateFunction='Reduce' AggregateVariableName='" list                  \
    "' VariableName='" output                                                  \
    "' ReduceInitialValueExpression=\"''\" "                                   \
    "Expression='$currentResult + $currentObject/Name'>"                       \
    "<ReduceReturnDataType type='StringType'/></Action></ActionActivity>"

/* Three notes a, b, c (N 1, empty, 4) in $L, then what follows. */
#define NOTES                                                                  \
    START LIST("L0", "L")                                                      \
    NEW("A0", "A", ITEM("Name", "'a'") ITEM("N", "1"))                         \
    NEW("B0", "B", ITEM("Name", "'b'"))                                        \
    NEW("C0", "C",                                                             \
        ITEM("Name", "'c'") ITEM("N", "4") ITEM("Done", "true"))               \
    ADD("A1", "L", "$A") ADD("B1", "L", "$B") ADD("C1", "L", "$C")
#define NOTES_TO(next)                                                         \
    GO("start", "L0") GO("L0", "A0") GO("A0", "B0") GO("B0", "C0")             \
    GO("C0", "A1") GO("A1", "B1") GO("B1", "C1") GO("C1", next)

static const char app_xml[] = APP_HEAD
    "<Enumeration Name='Kind'><Values><EnumerationValue Name='A' Caption='a'/>"
    "</Values></Enumeration>"
    "<DomainModel><Entities><Entity id='Note' Name='Note'>"
    "<MaybeGeneralization type='NoGeneralization' Persistable='false'/>"
    "<Attributes><Attribute Name='Name' NewType='StringAttributeType'/>"
    "<Attribute Name='N' NewType='IntegerAttributeType'/>"
    "<Attribute Name='Done' NewType='BooleanAttributeType'/></Attributes>"
    "</Entity></Entities></DomainModel>"
    "<Page Name='Home'/>"
    "<JavaScriptAction Name='Sum'><Parameters>"
    "<JavaScriptActionParameter Name='a'><ParameterType "
    "type='BasicParameterType' Type='IntegerType'/></JavaScriptActionParameter>"
    "<JavaScriptActionParameter Name='b'><ParameterType "
    "type='BasicParameterType' Type='IntegerType'/></JavaScriptActionParameter>"
    "</Parameters><JavaReturnType type='IntegerType'/></JavaScriptAction>"
    FLOW("Loop", TEXT,
         NOTES VAR("s", "s", TEXT, "''")
         FOREACH("for", "L", "X",
                 ACT("r", "type='ChangeListAction' Type='Remove' "
                          "ChangeVariableName='L' Value='$X'")
                 SET("t", "s", "$s + $X/Name + $currentIndex"))
         AGGREGATE("n", "Left", "L", "Count", "") END("e", "$s + '|' + $Left"),
         NOTES_TO("s") GO("s", "for") GO("r", "t") GO("for", "n") GO("n", "e"))
    FLOW("LoopEmpty", NUMBER,
         START LISTOF("P") VAR("s", "s", NUMBER, "0")
         FOREACH("for", "P", "X", SET("t", "s", "$s + 1")) END("e", "$s"),
         GO("start", "s") GO("s", "for") GO("for", "e"))
    FLOW("Twice", TEXT,
         NOTES ADD("again", "L", "$A") JOIN("j", "S", "L") END("e", "$S"),
         NOTES_TO("again") GO("again", "j") GO("j", "e"))
    FLOW("Union", TEXT,
         NOTES LIST("m", "M") ADD("mc", "M", "$C")
         OPERATION("t", "T", "type='Tail' ListName='L'>")
         OPERATION("u", "U",
                   "type='Union' ListName='M' SecondListOrObjectName='L'>")
         OPERATION("i", "I",
                   "type='Intersect' ListName='L' SecondListOrObjectName='T'>")
         OPERATION("d", "D",
                   "type='Subtract' ListName='L' SecondListOrObjectName='B'>")
         JOIN("ju", "SU", "U") JOIN("ji", "SI", "I") JOIN("jd", "SD", "D")
         JOIN("jl", "SL", "L")
         END("e", "$SU + ' ' + $SI + ' ' + $SD + ' ' + $SL"),
         NOTES_TO("m") GO("m", "mc") GO("mc", "t") GO("t", "u") GO("u", "i")
         GO("i", "d") GO("d", "ju") GO("ju", "ji") GO("ji", "jd")
         GO("jd", "jl") GO("jl", "e"))
    FLOW("Find", TEXT,
         NOTES
         OPERATION("f", "F", "type='FilterByExpression' ListName='L' "
                   "Expression='$currentObject/N != empty'>")
         OPERATION("g", "G", "type='Find' ListName='L' "
                   "Attribute='T.Note.Done' Expression='true'>")
         OPERATION("h", "H", "type='FindByExpression' ListName='L' "
                   "Expression=\"$currentObject/Name = 'b'\">")
         OPERATION("r", "R", "type='ListRange' ListName='L'><CustomRange "
                   "LimitExpression='1' OffsetExpression='1'/>")
         OPERATION("c", "Has",
                   "type='Contains' ListName='F' SecondListOrObjectName='B'>")
         JOIN("jf", "SF", "F") JOIN("jr", "SR", "R")
         END("e", "$SF + ' ' + $G/Name + ' ' + $H/Name + ' ' + $SR + ' ' + "
                  "toString($Has)"),
         NOTES_TO("f") GO("f", "g") GO("g", "h") GO("h", "r") GO("r", "c")
         GO("c", "jf") GO("jf", "jr") GO("jr", "e"))
    FLOW("Sort", TEXT,
         NOTES NEW("x", "X", ITEM("Name", "'B'")) ADD("lx", "L", "$X")
         NEW("y", "Y", "") ADD("ly", "L", "$Y")
         OPERATION("s", "S", "type='Sort' ListName='L'><Sortings><Sortings>"
                   "<RetrieveSorting SortOrder='Descending'>"
                   "<AttributeRef Attribute='T.Note.Name'/></RetrieveSorting>"
                   "</Sortings></Sortings>")
         JOIN("j", "J", "S")
         OPERATION("z", "Z", "type='Sort' ListName='L'><Sortings><Sortings>"
                   "<RetrieveSorting SortOrder='Ascending'>"
                   "<AttributeRef Attribute='T.Note.Name'/></RetrieveSorting>"
                   "</Sortings></Sortings>")
         JOIN("k", "K", "Z") END("e", "$J + ' ' + $K"),
         NOTES_TO("x") GO("x", "lx") GO("lx", "y") GO("y", "ly") GO("ly", "s")
         GO("s", "j") GO("j", "z") GO("z", "k") GO("k", "e"))
    FLOW("Aggregates", TEXT,
         NOTES AGGREGATE("n", "Count", "L", "Count", "")
         AGGREGATE("s", "Sum", "L", "Sum", "Attribute='T.Note.N'")
         AGGREGATE("v", "Avg", "L", "Average", "Attribute='T.Note.N'")
         AGGREGATE("i", "Min", "L", "Minimum", "Attribute='T.Note.N'")
         AGGREGATE("x", "Max", "L", "Maximum", "Attribute='T.Note.N'")
         AGGREGATE("y", "Any", "L", "Any", "UseExpression='true' "
                   "Expression='$currentObject/Done'")
         AGGREGATE("z", "All", "L", "All", "UseExpression='true' "
                   "Expression='$currentObject/Done'")
         END("e", "$Count + ' ' + $Sum + ' ' + $Avg + ' ' + $Min + ' ' + $Max"
                  " + ' ' + toString($Any) + ' ' + toString($All)"),
         NOTES_TO("n") GO("n", "s") GO("s", "v") GO("v", "i") GO("i", "x")
         GO("x", "y") GO("y", "z") GO("z", "e"))
    FLOW("Tells", "VoidType",
         START NEW("a", "A", ITEM("Name", "'x'"))
         "<ActionActivity id='m'><Action type='ShowMessageAction' "
         "Type='Warning' Blocking='false'><Template><Text><Items><Translation "
         "LanguageCode='en_US' Text='Hello {1} {2} {{1}'/></Items></Text>"
         "<Parameters><TemplateParameter Expression='$A/Name'/></Parameters>"
         "</Template></Action></ActionActivity>"
         "<ActionActivity id='l'><Action type='LogMessageAction' Level='Error'>"
         "<MessageTemplate Text='n={1}'><Parameters><TemplateParameter "
         "Expression='1 + 1'/></Parameters></MessageTemplate></Action>"
         "</ActionActivity>"
         "<ActionActivity id='v'><Action type='ValidationFeedbackAction' "
         "ValidationVariableName='A' Attribute='T.Note.Name'>"
         "<FeedbackTemplate/></Action></ActionActivity>"
         "<ActionActivity id='p'><Action type='ShowFormAction'>"
         "<FormSettings Form='T.Home'><ParameterMappings>"
         "<PageParameterMapping Parameter='T.Home.Note' Argument='$A'/>"
         "</ParameterMappings></FormSettings></Action></ActionActivity>"
         ACT("c", "type='CloseFormAction' NumberOfPagesToClose='2147483647'")
         "<EndEvent id='e'/>",
         GO("start", "a") GO("a", "m") GO("m", "l") GO("l", "v") GO("v", "p")
         GO("p", "c") GO("c", "e"))
    FLOW("Refused", TEXT,
         START NEW("n", "N", "")
         "<ActionActivity id='m'><Action type='ShowMessageAction'>"
         "<Template/></Action></ActionActivity>"
         ACT("c", "type='CloseFormAction'")
         "<ActionActivity id='v'><Action type='ValidationFeedbackAction' "
         "ValidationVariableName='N' Attribute='T.Note.Name'>"
         "<FeedbackTemplate/></Action></ActionActivity>"
         "<ActionActivity id='l'><Action type='LogMessageAction'>"
         "<MessageTemplate Text='told'/></Action></ActionActivity>"
         "<ActionActivity id='p'><Action type='ShowFormAction'>"
         "<FormSettings Form='T.Home'/></Action></ActionActivity>"
         "<EndEvent id='e' ReturnValue=\"'shown'\"/>"
         "<EndEvent id='h' ReturnValue='$latestError'/>",
         GO("start", "n") GO("n", "m") GO("m", "c") CATCH("m", "c")
         GO("c", "v") CATCH("c", "v") GO("v", "l") CATCH("v", "l") GO("l", "p")
         GO("p", "e") CATCH("p", "h"))
    FLOW("EmptyObject", "VoidType",
         START OBJECT("P")
         ACT("x", "type='ChangeAction' ChangeVariableName='P'")
         "<EndEvent id='e'/>", GO("start", "x") GO("x", "e"))
    FLOW("CallSum", NUMBER,
         START "<ActionActivity id='j'><Action "
         "type='JavaScriptActionCallAction' JavaScriptAction='T.Sum' "
         "OutputVariableName='R'><ParameterMappings>"
         "<JavaScriptActionParameterMapping Parameter='T.Sum.b'>"
         "<ParameterValue type='BasicCodeActionParameterValue' Argument='2'/>"
         "</JavaScriptActionParameterMapping>"
         "<JavaScriptActionParameterMapping Parameter='T.Sum.a'>"
         "<ParameterValue type='BasicCodeActionParameterValue' Argument='40'/>"
         "</JavaScriptActionParameterMapping></ParameterMappings></Action>"
         "</ActionActivity>" END("e", "$R"),
         GO("start", "j") GO("j", "e"))
    FLOW("SyncAll", TEXT,
         START ACT("s", "type='SynchronizeAction' Type='All'")
         END("e", "'done'") END("f", "$latestError"),
         GO("start", "s") GO("s", "e") CATCH("s", "f"))
    APP_TAIL;

static int open_app(void **state)
{
    *state = helper_open(app_xml, nf_activities, NULL);
    return 0;
}

static int close_app(void **state)
{
    helper_close(*state);
    return 0;
}

/* T22 … T25; F25 … F28: the snapshot is what is iterated. */
static void iterates_a_snapshot(void **state)
{
    nf_value empty = nf_empty(), out;

    assert_text(*state, "Loop", "a0b1c2|0");
    assert_int_equal(helper_run(*state, "LoopEmpty", &empty, &out), NF_OK);
    assert_int_equal(out.as.integer, 0);
}

/* T122, T125, T133 … T135; L1, L2, L10. */
static void combines_lists(void **state)
{
    assert_text(*state, "Twice", "abc");
    assert_text(*state, "Union", "cab bc ac abc");
}

/* T123, T128 … T132; L4, L5. */
static void finds_and_filters(void **state)
{
    assert_text(*state, "Find", "ac c b b false");
}

/* T126; L3: case folded, ties by code point, empty first. */
static void sorts(void **state)
{
    assert_text(*state, "Sort", "cbBa aBbc");
}

/* T140, T141, T142; L17 … L20. */
static void aggregates(void **state)
{
    assert_text(*state, "Aggregates", "3 5 2.5 1 4 true false");
}

/* T145, T147, T148, T150, T151, T154; U2 … U21. */
static void tells_the_host(void **state)
{
    helper_app *app = *state;
    const char *events;

    assert_int_equal(helper_run(app, "Tells", NULL, NULL), NF_OK);
    events = nf_buffer_string(&app->events);
    assert_non_null(strstr(events, "objectsChanged {\"entity\":\"T.Note\""));
    assert_non_null(
        strstr(events, "showMessage {\"type\":\"Warning\",\"text\":\"Hello x "
                       "{2} {1}\",\"blocking\":false}"));
    assert_non_null(strstr(events, "log {\"level\":\"Error\",\"node\":"
                                   "\"Nanoflow\",\"text\":\"n=2\","
                                   "\"flow\":\"T.Tells\""));
    assert_non_null(strstr(events, "\"member\":\"Name\",\"text\":\"\"}"));
    assert_non_null(strstr(events, "showPage {\"page\":\"T.Home\","
                                   "\"parameters\":{\"Note\":\""));
    assert_non_null(strstr(events, "closePage {\"count\":\"all\"}"));
}

/* A host that refuses everything, and notes what. */
static nf_status refuse(void *user, const char *name,
                        struct json_object *payload, nf_error *err)
{
    helper_app *app = user;

    (void)payload;
    nf_buffer_format(&app->events, "%s ", name);
    return nf_error_set(err, NF_FAILED, "host_error", "no %s", name);
}

/* T149; H2: requests fail with the host's text, what is only told does not. */
static void hears_the_host(void **state)
{
    helper_app *app = *state;
    const nf_host host = app->world.host;

    assert_text(app, "Refused", "shown");
    app->world.host.event = refuse;
    app->world.host.user = app;
    assert_text(app, "Refused", "no showPage");
    assert_string_equal(nf_buffer_string(&app->events),
                        "objectsChanged showMessage closePage "
                        "validationFeedback log showPage ");
    app->world.host = host;
}

/* T86; O16. */
static void refuses_empty_objects(void **state)
{
    helper_app *app = *state;
    nf_value empty = nf_empty();

    assert_int_equal(helper_run(app, "EmptyObject", &empty, NULL), NF_FAILED);
    assert_string_equal(app->error.code, "empty_object");
}

static nf_status answer(void *user, nf_flow_kind kind, const char *qualified,
                        const nf_parameter *parameters,
                        const nf_value *arguments, size_t count, void **token,
                        nf_value *result, nf_error *err)
{
    int *asked = user;

    (void)parameters;
    (void)err;
    assert_int_equal(kind, NF_FLOW_JAVASCRIPT_ACTION);
    assert_string_equal(qualified, "T.Sum");
    assert_int_equal(count, 2);
    assert_int_equal(arguments[0].as.integer, 40); /* J4, T157 */
    if (!*token) {
        *token = asked;
        *asked = 1;
        return NF_PENDING;
    }
    assert_ptr_equal(*token, asked);
    ++*asked;
    *result = nf_integer(arguments[0].as.integer + arguments[1].as.integer);
    return NF_OK;
}

/* T157, T174: suspended at a pending answer; nobody answers. */
static void asks_the_host(void **state)
{
    helper_app *app = *state;
    int asked = 0;
    void *user = app->world.host.user;

    assert_fails(app, "CallSum", "js_unavailable");
    assert_non_null(strstr(app->error.message, "T.Sum"));
    app->world.host.call = answer;
    app->world.host.user = &asked;
    app->world.host.event = NULL;
    assert_integer(app, "CallSum", 42);
    assert_int_equal(asked, 2);
    app->world.host.call = NULL;
    app->world.host.user = user;
}

/* T203, Y5: without a server. */
static void needs_a_server(void **state)
{
    assert_text(*state, "SyncAll",
                "The server could not be reached (SYNC_NETWORK)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(iterates_a_snapshot),
        cmocka_unit_test(combines_lists),
        cmocka_unit_test(finds_and_filters),
        cmocka_unit_test(sorts),
        cmocka_unit_test(aggregates),
        cmocka_unit_test(tells_the_host),
        cmocka_unit_test(hears_the_host),
        cmocka_unit_test(refuses_empty_objects),
        cmocka_unit_test(asks_the_host),
        cmocka_unit_test(needs_a_server),
    };

    return cmocka_run_group_tests(tests, open_app, close_app);
}
