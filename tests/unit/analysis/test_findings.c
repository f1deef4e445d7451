/* Small apps with one fault each, and exactly what `check` says of it:
 * severity, code, document, element and position, and nothing else; and sound
 * apps of which it says nothing. */
#include "helper_check.h"

#define DOMAIN                                                                 \
    "<DomainModel><Entities>"                                                  \
    "<Entity id=\"A\" Name=\"A\"><Attributes>"                                 \
    "<Attribute Name=\"Name\" NewType=\"StringAttributeType\"/>"               \
    "<Attribute Name=\"N\" NewType=\"IntegerAttributeType\"/>"                 \
    "<Attribute Name=\"D\" NewType=\"DecimalAttributeType\"/>"                 \
    "<Attribute Name=\"Flag\" NewType=\"BooleanAttributeType\"/>"              \
    "<Attribute Name=\"When\" NewType=\"DateTimeAttributeType\"/>"             \
    "<Attribute Name=\"Kind\"><NewType type=\"EnumerationAttributeType\" "     \
    "Enumeration=\"M.Kind\"/></Attribute></Attributes></Entity>"               \
    "<Entity id=\"B\" Name=\"B\"><Attributes>"                                 \
    "<Attribute Name=\"Title\" NewType=\"StringAttributeType\"/>"              \
    "</Attributes></Entity>"                                                   \
    "<Entity id=\"S\" Name=\"S\"><MaybeGeneralization type=\"Generalization\"" \
    " Generalization=\"M.A\"/></Entity>"                                       \
    "<Entity id=\"V\" Name=\"V\"><MaybeGeneralization "                        \
    "type=\"NoGeneralization\" Persistable=\"false\"/></Entity>"               \
    "</Entities><Associations>"                                                \
    "<Association Name=\"A_B\" ParentPointer=\"A\" ChildPointer=\"B\"/>"       \
    "</Associations></DomainModel>\n"                                          \
    "<Enumeration Name=\"Kind\"><Values><EnumerationValue Name=\"One\"/>"      \
    "<EnumerationValue Name=\"Two\"/></Values></Enumeration>\n"
#define OFFLINE PROFILE(CONFIG("M.A", "All") CONFIG("M.B", "All"))

#define DOCUMENT(kind, rest, objects, flows)                                   \
    "<" kind " Name=\"F\" " rest "><ObjectCollection><Objects>"                \
    "<MicroflowParameter Name=\"a\"><VariableType type=\"ObjectType\" "        \
    "Entity=\"M.A\"/></MicroflowParameter>"                                    \
    "<MicroflowParameter Name=\"n\" VariableType=\"IntegerType\"/>" objects    \
    "</Objects></ObjectCollection><Flows>" flows "</Flows></" kind ">\n"
#define START         "<StartEvent id=\"s\"/>"
#define END           "<EndEvent id=\"e\"/>"
#define WAY(from, to) "<flow from=\"" from "\" to=\"" to "\"/>"
#define CASE(from, to, value)                                                  \
    "<flow from=\"" from "\" to=\"" to "\" case=\"" value "\"/>"
#define NODE(id, action)                                                       \
    "<ActionActivity id=\"" id "\" Caption=\"" id "\">" action                 \
    "</ActionActivity>"
#define VARIABLE(name, type, value)                                            \
    "<Action type=\"CreateVariableAction\" VariableName=\"" name               \
    "\" VariableType=\"" type "\" InitialValue=\"" value "\"/>"
#define RETRIEVE(name, entity, constraint)                                     \
    "<Action type=\"RetrieveAction\" ResultVariableName=\"" name               \
    "\"><RetrieveSource type=\"DatabaseRetrieveSource\" Entity=\"" entity      \
    "\" XpathConstraint=\"" constraint "\"/></Action>"
#define CHANGE(variable, items)                                                \
    "<Action type=\"ChangeAction\" ChangeVariableName=\"" variable             \
    "\"><Items>" items "</Items></Action>"
#define ITEM(attribute, value)                                                 \
    "<ChangeActionItem Attribute=\"" attribute "\" Value=\"" value "\"/>"
#define SPLIT(id, expression)                                                  \
    "<ExclusiveSplit id=\"" id "\" Caption=\"" id "\"><SplitCondition "        \
    "type=\"ExpressionSplitCondition\" Expression=\"" expression               \
    "\"/></ExclusiveSplit>"
#define MERGE(id) "<ExclusiveMerge id=\"" id "\"/>"
/* A nanoflow, or microflow, of one activity. */
#define ONE(action)                                                            \
    DOMAIN DOCUMENT("Nanoflow", "", START NODE("x", action) END,               \
                    WAY("s", "x") WAY("x", "e"))
#define ONE_M(action)                                                          \
    DOMAIN DOCUMENT("Microflow", "", START NODE("x", action) END,              \
                    WAY("s", "x") WAY("x", "e"))
#define FLOW_OF(objects, flows) DOMAIN DOCUMENT("Nanoflow", "", objects, flows)

/* An entity with this inside, and a microflow W (M.E) -> String. */
#define ENTITY(parts)                                                          \
    "<DomainModel><Entities><Entity Name=\"E\">" parts                         \
    "</Entity></Entities></DomainModel><Microflow Name=\"W\" "                 \
    "MicroflowReturnType=\"StringType\"><ObjectCollection><Objects>"           \
    "<MicroflowParameter Name=\"o\"><VariableType type=\"ObjectType\" "        \
    "Entity=\"M.E\"/></MicroflowParameter>" START                              \
    "<EndEvent id=\"e\" ReturnValue=\"'a'\"/></Objects></ObjectCollection>"    \
    "<Flows>" WAY("s", "e") "</Flows></Microflow>\n"
#define CREATE(entity)                                                         \
    "<Action type=\"CreateChangeAction\" Entity=\"" entity                     \
    "\" VariableName=\"made\"/>"
/* A flow F<id> of one activity. */
#define ACTING(kind, node, id)                                                 \
    "<" kind " Name=\"F" id "\"><ObjectCollection><Objects>" START node END    \
    "</Objects></ObjectCollection><Flows>" WAY("s", id)                        \
        WAY(id, "e") "</Flows></" kind ">\n"
#define HANDLER(rest) ENTITY("<Events><EntityEvent " rest "/></Events>")
#define ATTRIBUTE(type, value)                                                 \
    ENTITY("<Attributes><Attribute Name=\"X\">" type value                     \
           "</Attribute></Attributes>")
#define DEFAULT(type, value)                                                   \
    ATTRIBUTE("<NewType type=\"" type "AttributeType\"/>",                     \
              "<Value DefaultValue=\"" value "\"/>")

static const struct {
    const char *title, *navigation, *units, *expected;
} rows[] = {
    /* ---- what entities name (domain D17, D18, D55, D60; M17) ---- */
    {"a handler that is missing", "",
     HANDLER("Moment=\"Before\" Type=\"Commit\" Microflow=\"M.Gone\""),
     "error not_found M.E before Commit -1\n"},
    {"a handler that answers with a text", "",
     HANDLER("Moment=\"Before\" Type=\"Delete\" Microflow=\"M.W\""),
     "error type_mismatch M.E before Delete -1\n"},
    {"what a handler behind an event answers does not matter", "",
     HANDLER("Moment=\"After\" Type=\"Commit\" Microflow=\"M.W\""), ""},
    {"a handler that is not given what it needs", "",
     HANDLER("Moment=\"After\" Type=\"RollBack\" Microflow=\"M.W\" "
             "SendInputParameter=\"false\""),
     "error missing_argument M.E after RollBack -1\n"},
    {"nothing is there before a creation", "",
     HANDLER("Moment=\"Before\" Type=\"Create\" Microflow=\"M.W\""),
     "error missing_argument M.E before Create -1\n"
     "error type_mismatch M.E before Create -1\n"},
    {"calculated by what is missing", "",
     ATTRIBUTE("<NewType type=\"IntegerAttributeType\"/>",
               "<Value type=\"CalculatedValue\" Microflow=\"M.Gone\"/>"),
     "error not_found M.E X -1\n"},
    {"calculated as another type", "",
     ATTRIBUTE("<NewType type=\"IntegerAttributeType\"/>",
               "<Value type=\"CalculatedValue\" Microflow=\"M.W\"/>"),
     "error type_mismatch M.E X -1\n"},
    {"calculated", "",
     ATTRIBUTE("<NewType type=\"StringAttributeType\"/>",
               "<Value type=\"CalculatedValue\" Microflow=\"M.W\"/>"),
     ""},
    {"a rule without its expression", "",
     ENTITY("<Attributes><Attribute Name=\"X\" "
            "NewType=\"StringAttributeType\"/></Attributes><ValidationRules>"
            "<ValidationRule Attribute=\"M.E.X\"><RuleInfo "
            "type=\"RegExRuleInfo\" RegExIdentifier=\"M.Gone\"/>"
            "</ValidationRule></ValidationRules>"),
     "error not_found M.E X -1\n"},
    /* domain D3; on the server objects of external entities are made to be
     * sent */
    {"views on a device", "",
     ENTITY("<Source type=\"OqlViewEntitySource\"/>")
         ACTING("Nanoflow", NODE("x", CREATE("M.E")), "x")
             ACTING("Nanoflow", NODE("y", RETRIEVE("l", "M.E", "")), "y"),
     "unsupported unsupported_activity M.Fx x -1\n"
     "unsupported unsupported_activity M.Fy y -1\n"},
    {"objects of views on the server", "",
     ENTITY("<Source type=\"OqlViewEntitySource\"/>")
         ACTING("Microflow", NODE("x", CREATE("M.E")), "x"),
     ""},
    {"a number as default", "", DEFAULT("Integer", "many"),
     "warning default_value M.E X -1\n"},
    {"a default out of range", "", DEFAULT("Integer", "3000000000"),
     "warning default_value M.E X -1\n"},
    {"a Boolean default", "", DEFAULT("Boolean", "maybe"),
     "warning default_value M.E X -1\n"},
    {"a token as default", "", DEFAULT("DateTime", "[%BeginOfCurrentDay%]"),
     "warning default_value M.E X -1\n"},
    {"a time of no clock as default", "",
     DEFAULT("DateTime", "2026-03-18 24:00:00"),
     "warning default_value M.E X -1\n"},
    {"a time as default", "", DEFAULT("DateTime", "2026-03-18 23:59:59"), ""},
    {"the token that may be one", "",
     DEFAULT("DateTime", "[%CurrentDateTime%]"), ""},
    {"defaults that fit", "", DEFAULT("Decimal", "1.5"), ""},
    /* ---- names (F43, S42 … S53) ---- */
    {"unknown variable", "", ONE(VARIABLE("x1", "IntegerType", "1 + $m")),
     "error E-NAME M.F x 4\n"},
    {"two unknown names", "",
     ONE(VARIABLE("x1", "StringType", "$m + $a/Nme + $q")),
     "error E-NAME M.F x 0\nerror E-NAME M.F x 8\nerror E-NAME M.F x 14\n"},
    {"unknown entity", "",
     ONE("<Action type=\"CreateChangeAction\" Entity=\"M.Q\" "
         "VariableName=\"q\"/>"),
     "error not_found M.F x -1\n"},
    {"unknown attribute", "", ONE(CHANGE("a", ITEM("M.A.Nme", "'x'"))),
     "error not_found M.F x -1\n"},
    {"two faulty members", "",
     ONE(CHANGE("a", ITEM("M.A.N", "'x'") ITEM("M.A.Flag", "1"))),
     "error E-TYPE M.F x 0\nerror E-TYPE M.F x 0\n"},
    {"unknown association", "",
     ONE("<Action type=\"RetrieveAction\" ResultVariableName=\"b\">"
         "<RetrieveSource type=\"AssociationRetrieveSource\" "
         "StartVariableName=\"a\" AssociationId=\"M.A_C\"/></Action>"),
     "error not_found M.F x -1\n"},
    {"unknown enumeration value", "",
     ONE(CHANGE("a", ITEM("M.A.Kind", "M.Kind.Three"))),
     "error E-NAME M.F x 0\n"},
    {"unknown nanoflow", "",
     ONE("<Action type=\"NanoflowCallAction\" OutputVariableName=\"r\">"
         "<NanoflowCall Nanoflow=\"M.Gone\"/></Action>"),
     "error not_found M.F x -1\n"},
    {"unknown page", "",
     ONE("<Action type=\"ShowFormAction\"><FormSettings Form=\"M.P\"/>"
         "</Action>"),
     "error not_found M.F x -1\n"},
    {"what a faulty activity makes is known", "",
     FLOW_OF(START NODE("x", "<Action type=\"NanoflowCallAction\" "
                             "OutputVariableName=\"r\"><NanoflowCall "
                             "Nanoflow=\"M.Gone\"/></Action>")
                 NODE("y", VARIABLE("z", "StringType", "$r")) END,
             WAY("s", "x") WAY("x", "y") WAY("y", "e")),
     "error not_found M.F x -1\n"},
    /* ---- types (S23 … S38, S54, S79) ---- */
    {"wrong operand", "", ONE(VARIABLE("x1", "StringType", "'a' + true")),
     "error E-TYPE M.F x 4\n"},
    {"two wrong arguments", "",
     ONE(VARIABLE("x1", "BooleanType", "contains(1, true)")),
     "error E-TYPE M.F x 9\nerror E-TYPE M.F x 12\n"},
    {"wrong type of a whole", "", ONE(VARIABLE("x1", "IntegerType", "5 div 2")),
     "error E-TYPE M.F x 2\n"},
    {"grammar", "", ONE(VARIABLE("x1", "IntegerType", "1 +")),
     "error E-SYNTAX M.F x 3\n"},
    {"no such function", "", ONE(VARIABLE("x1", "StringType", "upper('a')")),
     "error E-FUNC M.F x 0\n"},
    {"function of the client", "",
     ONE_M(VARIABLE("x1", "BooleanType", "isSynced($a)")),
     "error E-FUNC M.F x 0\n"},
    {"arguments", "", ONE(VARIABLE("x1", "StringType", "trim()")),
     "error E-ARITY M.F x 0\n"},
    {"variable of the server", "",
     ONE(VARIABLE("x1", "StringType", "$currentUser/Name")),
     "error E-NAME M.F x 0\n"},
    {"list in place of an object", "",
     FLOW_OF(START NODE("x", RETRIEVE("l", "M.A", ""))
                 NODE("y", CHANGE("l", "")) END,
             WAY("s", "x") WAY("x", "y") WAY("y", "e")),
     "error type_mismatch M.F y -1\n"},
    /* ---- the graph (F2 … F8, F36) ---- */
    {"no start", "", FLOW_OF(END, ""), "error bad_flow M.F  -1\n"},
    {"two starts, and what follows is judged", "",
     FLOW_OF(START "<StartEvent id=\"t\"/>" NODE(
                 "x", VARIABLE("y", "StringType", "1")) END,
             WAY("s", "x") WAY("x", "e")),
     "error bad_flow M.F StartEvent -1\n"
     "warning unreachable M.F StartEvent -1\nerror E-TYPE M.F x 0\n"},
    {"two ways out", "",
     FLOW_OF(START NODE("x", VARIABLE("y", "StringType", "'a'")) END
             "<EndEvent id=\"f\"/>",
             WAY("s", "x") WAY("x", "e") WAY("x", "f")),
     "error bad_flow M.F x -1\n"},
    {"no end event", "",
     FLOW_OF(START NODE("x", VARIABLE("y", "StringType", "'a'")),
             WAY("s", "x")),
     "error dangling_path M.F x -1\n"},
    {"unreachable", "",
     FLOW_OF(START NODE("x", VARIABLE("y", "StringType", "1")) END,
             WAY("s", "e")),
     "warning unreachable M.F x -1\n"},
    {"break outside a loop", "",
     FLOW_OF(START "<BreakEvent id=\"b\"/>", WAY("s", "b")),
     "error bad_flow M.F BreakEvent -1\n"},
    {"a ring by hand", "",
     FLOW_OF(START MERGE("m") NODE("x", VARIABLE("y", "StringType", "'a'")),
             WAY("s", "m") WAY("m", "x") WAY("x", "m")),
     "warning endless_loop M.F ExclusiveMerge -1\n"},
    {"a loop without exit", "",
     FLOW_OF(
         START
         "<LoopedActivity id=\"l\"><LoopSource "
         "type=\"WhileLoopCondition\" WhileExpression=\"true\"/>"
         "<ObjectCollection><Objects>" NODE(
             "x",
             VARIABLE(
                 "y",
                 "StringType",
                 "'a'")) "</Objects></ObjectCollection></LoopedActivity>" END,
         WAY("s", "l") WAY("l", "e")),
     "warning endless_loop M.F LoopedActivity -1\n"},
    /* ---- decisions (F17 … F23) ---- */
    {"no way for false", "",
     FLOW_OF(START SPLIT("x", "$a/Flag") END,
             WAY("s", "x") CASE("x", "e", "true")),
     "error no_case M.F x -1\n"},
    {"missing and unknown values", "",
     FLOW_OF(START SPLIT("x", "$a/Kind") END "<EndEvent id=\"f\"/>",
             WAY("s", "x") CASE("x", "e", "One") CASE("x", "f", "Three")),
     "error no_case M.F x -1\nerror no_case M.F x -1\n"
     "error unknown_case M.F x -1\n"},
    {"no condition", "",
     FLOW_OF(START SPLIT("x", "") END "<EndEvent id=\"f\"/>",
             WAY("s", "x") CASE("x", "e", "true") CASE("x", "f", "false")),
     "error empty_condition M.F x -1\n"},
    {"a number", "",
     FLOW_OF(START SPLIT("x", "$n") END, WAY("s", "x") CASE("x", "e", "true")),
     "error type_mismatch M.F x 0\n"},
    /* ---- scopes (V2, V3) ---- */
    {"a value on one way only", "",
     FLOW_OF(START SPLIT("d", "$a/Flag")
                 NODE("x", VARIABLE("y", "StringType", "'a'")) MERGE("m")
                     NODE("z", VARIABLE("w", "StringType", "$y")) END,
             WAY("s", "d") CASE("d", "x", "true") CASE("d", "m", "false")
                 WAY("x", "m") WAY("m", "z") WAY("z", "e")),
     "error unset_variable M.F z -1\n"},
    {"one name twice", "",
     FLOW_OF(START NODE("x", VARIABLE("y", "StringType", "'a'"))
                 NODE("z", VARIABLE("y", "StringType", "'b'")) END,
             WAY("s", "x") WAY("x", "z") WAY("z", "e")),
     "error duplicate_variable M.F z -1\n"},
    {"the name of a parameter", "", ONE(VARIABLE("n", "IntegerType", "1")),
     "error duplicate_variable M.F x -1\n"},
    {"branches may share a name", "",
     FLOW_OF(START SPLIT("d", "$a/Flag")
                 NODE("x", VARIABLE("y", "StringType", "'a'"))
                     NODE("z", VARIABLE("y", "IntegerType", "1"))
                         NODE("u", VARIABLE("v", "IntegerType", "$y")) END
             "<EndEvent id=\"f\"/>",
             WAY("s", "d") CASE("d", "x", "true") CASE("d", "z", "false")
                 WAY("z", "u") WAY("x", "e") WAY("u", "f")),
     ""},
    /* ---- what a kind of flow may have (1.1, synchronize 2.3) ---- */
    {"Synchronize in a microflow", "",
     ONE_M("<Action type=\"SynchronizeAction\" Type=\"All\"/>"),
     "error unsupported_activity M.F x -1\n"},
    {"to the device in a nanoflow", "",
     ONE("<Action type=\"PushToClientAction\" DataVariableName=\"a\"/>"),
     "error unsupported_activity M.F x -1\n"},
    {"a nanoflow called by a microflow", "",
     ONE_M("<Action type=\"NanoflowCallAction\"><NanoflowCall "
           "Nanoflow=\"M.F\"/></Action>"),
     "error unsupported_activity M.F x -1\n"},
    {"an activity of microflows in a nanoflow", "",
     ONE("<Action type=\"RestCallAction\"/>"),
     "error unsupported_activity M.F x -1\n"},
    {"an activity that can't run, and its output", "",
     FLOW_OF(START NODE("x", "<Action type=\"GetWorkflowsAction\" "
                             "OutputVariableName=\"r\"/>")
                 NODE("y", VARIABLE("z", "StringType", "$r/Any")) END,
             WAY("s", "x") WAY("x", "y") WAY("y", "e")),
     "error unsupported_activity M.F x -1\n"},
    {"a name left over from what is not stored", "",
     DOMAIN DOCUMENT("Microflow", "",
                     START NODE("x", "<Action type=\"ImportXmlAction\">"
                                     "<ResultHandling Bind=\"false\" "
                                     "ResultVariableName=\"r\"><VariableType "
                                     "type=\"StringType\"/></ResultHandling>"
                                     "</Action>")
                         NODE("y", VARIABLE("r", "IntegerType", "1")) END,
                     WAY("s", "x") WAY("x", "y") WAY("y", "e")),
     "warning unsupported_activity M.F x -1\n"},
    {"what an activity of the host has made", "",
     DOMAIN DOCUMENT("Microflow", "",
                     START NODE("x", "<Action type=\"GetWorkflowsAction\" "
                                     "OutputVariableName=\"r\"/>")
                         NODE("y", VARIABLE("r", "IntegerType", "1")) END,
                     WAY("s", "x") WAY("x", "y") WAY("y", "e")),
     "warning unsupported_activity M.F x -1\nerror type_mismatch M.F y -1\n"},
    {"a call for a task queue", "",
     ONE_M("<Action type=\"MicroflowCallAction\"><MicroflowCall "
           "Microflow=\"M.F\"><QueueSettings "
           "Queue=\"M.Later\"/></MicroflowCall></Action>"),
     "error missing_argument M.F x -1\nwarning task_queue M.F x -1\n"},
    {"a Java action for a task queue", "",
     ONE_M("<Action type=\"JavaActionCallAction\" JavaAction=\"M.J\">"
           "<QueueSettings Queue=\"M.Later\"/>"
           "</Action>"),
     "error not_found M.F x -1\nwarning task_queue M.F x -1\n"},
    {"a queue of the form that no version uses", "",
     ONE_M("<Action type=\"MicroflowCallAction\"><MicroflowCall "
           "Microflow=\"M.F\" Queue=\"M.Later\"/></Action>"),
     "error missing_argument M.F x -1\n"},
    {"a System that is newer", "",
     ONE_M(VARIABLE("x1", "StringType", "$currentUser/Nickname")),
     "unsupported E-NAME M.F x 13\n"},
    {"Synchronize of what is not stored", OFFLINE,
     FLOW_OF(START NODE("x", "<Action type=\"CreateChangeAction\" "
                             "Entity=\"M.V\" VariableName=\"v\"/>")
                 NODE("y", "<Action type=\"SynchronizeAction\" "
                           "Type=\"Specific\" VariableNames=\"v\"/>") END,
             WAY("s", "x") WAY("x", "y") WAY("y", "e")),
     "error SYNC_ENTITY M.F y -1\n"},
    {"Synchronize of an online entity", PROFILE(CONFIG("M.A", "Online")),
     ONE("<Action type=\"SynchronizeAction\" Type=\"Specific\" "
         "VariableNames=\"a\"/>"),
     "error SYNC_ENTITY M.F x -1\n"},
    {"Clear of what is not stored", OFFLINE,
     ONE("<Action type=\"ClearFromClientAction\" Entity=\"M.V\"/>"),
     "error SYNC_ENTITY M.F x -1\n"},
    {"a reference that dangles", OFFLINE,
     FLOW_OF(START NODE("x", "<Action type=\"CreateChangeAction\" "
                             "Entity=\"M.B\" VariableName=\"b\" "
                             "Commit=\"Yes\"/>")
                 NODE("y", "<Action type=\"ChangeAction\" "
                           "ChangeVariableName=\"a\" Commit=\"Yes\"><Items>"
                           "<ChangeActionItem Association=\"M.A_B\" "
                           "Value=\"$b\"/></Items></Action>")
                     NODE("z", "<Action type=\"SynchronizeAction\" "
                               "Type=\"Specific\" VariableNames=\"a\"/>") END,
             WAY("s", "x") WAY("x", "y") WAY("y", "z") WAY("z", "e")),
     "warning SYNC_DANGLING M.F z -1\n"},
    /* ---- constraints (Q131, Q160) ---- */
    {"grammar of a constraint", "", ONE(RETRIEVE("l", "M.A", "[Name = ]")),
     "error SYNTAX M.F x 8\n"},
    {"unknown member", "", ONE(RETRIEVE("l", "M.A", "[Nme = 'a']")),
     "error UNKNOWN_MEMBER M.F x 1\n"},
    {"unknown key", "", ONE(RETRIEVE("l", "M.A", "[Kind = 'Three']")),
     "error TYPE M.F x 8\n"},
    {"associations in a nanoflow", "",
     ONE(RETRIEVE("l", "M.A", "[M.A_B/M.B/Title = 'a']")),
     "error OFFLINE_ASSOCIATION_PATH M.F x 7\n"},
    {"the same in a microflow", "",
     ONE_M(RETRIEVE("l", "M.A", "[M.A_B/M.B/Title = 'a']")), ""},
    {"date functions in a nanoflow", "",
     ONE(RETRIEVE("l", "M.A", "[year-from-dateTime(When) = 2024]")),
     "error OFFLINE_DATE_FUNCTION M.F x 1\n"},
    {"calculating with tokens in a nanoflow", "",
     ONE(RETRIEVE("l", "M.A",
                  "[When &gt; '[%CurrentDateTime%] - [%DayLength%]']")),
     "error OFFLINE_TOKEN_ARITHMETIC M.F x 8\n"},
    {"nothing stored to retrieve", "", ONE(RETRIEVE("l", "M.V", "")),
     "error entity_not_available M.F x -1\n"},
    /* ---- sound ---- */
    {"a sound flow", OFFLINE,
     FLOW_OF(
         START NODE("x", RETRIEVE("l", "M.A", "[Name = 'a' and N &gt;= $n]"))
             SPLIT("d", "$a/Kind") END MERGE("m")
                 NODE("y", CHANGE("a", ITEM("M.A.D", "$n")
                                           ITEM("M.A.Flag", "true"))),
         WAY("s", "x") WAY("x", "d") CASE("d", "m", "One") CASE("d", "m", "Two")
             CASE("d", "m", "(empty)") WAY("m", "y") WAY("y", "e")),
     ""},
};

/* ---- one row ------------------------------------------------------------- */

static const char *text_of(struct json_object *problem, const char *key)
{
    return json_object_get_string(helper_get(problem, key, NULL));
}

static void add_problem(struct json_object *problem, char *out, size_t size)
{
    struct json_object *position = NULL;
    size_t length = strlen(out);
    long at = -1;
    if (json_object_object_get_ex(problem, "position", &position) && position)
        at = (long)json_object_get_int64(position);
    if (strcmp(text_of(problem, "severity"), "note") == 0)
        return;
    assert_int_equal(strlen(text_of(problem, "elementId")), 36);
    assert_true(strlen(text_of(problem, "message")) > 10);
    snprintf(out + length, size - length, "%s %s %s %s %ld\n",
             text_of(problem, "severity"), text_of(problem, "code"),
             text_of(problem, "document"), text_of(problem, "element"), at);
}

static bool check_row(size_t index)
{
    char found[2000] = "";
    struct json_object *root =
        helper_check_units(rows[index].navigation, rows[index].units, NULL);
    struct json_object *problems = helper_get(root, "problems", NULL);
    for (size_t i = 0; i < json_object_array_length(problems); i++)
        add_problem(json_object_array_get_idx(problems, i), found,
                    sizeof found);
    if (strcmp(found, rows[index].expected) != 0) {
        printf("%s: expected\n%sfound\n%s%s\n", rows[index].title,
               rows[index].expected, found,
               json_object_to_json_string(problems));
        json_object_put(root);
        return false;
    }
    json_object_put(root);
    return true;
}

static void test_rows(void **state)
{
    size_t wrong = 0;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        wrong += !check_row(i);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
