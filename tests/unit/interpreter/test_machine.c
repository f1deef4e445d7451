/* Flows on the machine: control flow, variables, calls and errors of nanoflows
 * (activities §3, §4, §5.1, §8.1; scenarios T1 … T76). */
#include "helper_flows.h"

#define NUMBER "IntegerType"
#define TEXT "StringType"

static const char app_xml[] = APP_HEAD
    "<Enumeration Name='Kind'><Values><EnumerationValue Name='A' Caption='a'/>"
    "<EnumerationValue Name='B' Caption='b'/>"
    "<EnumerationValue Name='C' Caption='c'/></Values></Enumeration>"
    /* T1, T2 */
    FLOW("Nothing", "VoidType", START "<EndEvent id='e'/>", GO("start", "e"))
    FLOW("Join", TEXT, START END("e", "'a' + 'b'&#10;"), GO("start", "e"))
    /* T5: two branches that meet; stored backwards */
    FLOW("Branches", TEXT,
         END("e", "$s + '!'") "<ExclusiveMerge id='m'/>"
         SET("no", "s", "'no'") SET("yes", "s", "'yes'")
         SPLIT("d", "$Flag") VAR("v", "s", TEXT, "''") PARAM("Flag", "BooleanType")
         START,
         GO("m", "e") GO("no", "m") GO("yes", "m") WHEN("d", "no", "false")
         WHEN("d", "yes", "true") GO("v", "d") GO("start", "v"))
    /* T8, T10: enumeration decision; one flow for two values, none for C */
    "<Nanoflow Name='Kinds' MicroflowReturnType='StringType'>"
    "<ObjectCollection><Objects>" START
    "<MicroflowParameter Name='Kind'><VariableType type='EnumerationType' "
    "Enumeration='T.Kind'/></MicroflowParameter>"
    SPLIT("d", "$Kind") END("ab", "'ab'") END("none", "'none'")
    "</Objects></ObjectCollection><Flows>" GO("start", "d")
    "<SequenceFlow OriginPointer='d' DestinationPointer='ab'><CaseValues>"
    "<EnumerationCase Value='A'/><EnumerationCase Value='B'/></CaseValues>"
    "</SequenceFlow>" WHEN("d", "none", "(empty)") "</Flows></Nanoflow>"
    /* T11: a loop by hand */
    FLOW("ByHand", NUMBER,
         START VAR("i", "i", NUMBER, "0") "<ExclusiveMerge id='m'/>"
         SPLIT("d", "$i &lt; 3") VAR("x", "x", NUMBER, "$i * 10")
         SET("n", "i", "$i + 1") END("e", "$x + $i"),
         GO("start", "i") GO("i", "m") GO("m", "d") WHEN("d", "x", "true")
         GO("x", "n") GO("n", "m") WHEN("d", "e", "false"))
    /* T12 */
    FLOW("Endless", "VoidType",
         START VAR("i", "i", NUMBER, "0") "<ExclusiveMerge id='m'/>"
         SET("n", "i", "$i + 1") "<EndEvent id='e'/>",
         GO("start", "i") GO("i", "m") GO("m", "n") GO("n", "m")
         CATCH("n", "e"))
    FLOW("Ring", "VoidType",
         START "<ExclusiveMerge id='a'/><ExclusiveMerge id='b'/>",
         GO("start", "a") GO("a", "b") GO("b", "a"))
    /* T13 … T16 */
    FLOW("Island", NUMBER,
         START END("e", "1")
         "<ActionActivity id='x' Disabled='true'><Action "
         "type='CreateVariableAction' VariableName='x' "
         "VariableType='IntegerType' InitialValue='$$nonsense'/>"
         "</ActionActivity>",
         GO("start", "e"))
    FLOW("Disabled", NUMBER,
         START "<ActionActivity id='x' Disabled='true'><Action "
         "type='CreateVariableAction' VariableName='x' "
         "VariableType='IntegerType' InitialValue='1 div 0'/>"
         "</ActionActivity>" END("e", "1") END("f", "2"),
         GO("start", "x") GO("x", "e") CATCH("x", "f"))
    FLOW("Dangling", "VoidType", START VAR("v", "v", NUMBER, "1"),
         GO("start", "v"))
    /* T26 … T33 */
    FLOW("While", NUMBER,
         START VAR("n", "n", NUMBER, "0")
         WHILE("w", "$currentIndex &lt; 3", SET("a", "n", "$n + 10"))
         END("e", "$n"),
         GO("start", "n") GO("n", "w") GO("w", "e"))
    FLOW("Continue", NUMBER,
         START VAR("n", "n", NUMBER, "0")
         WHILE("w", "$currentIndex &lt; 5",
               SPLIT("odd", "$currentIndex mod 2 = 1") "<ContinueEvent id='c'/>"
               SET("a", "n", "$n + 1"))
         END("e", "$n"),
         GO("start", "n") GO("n", "w") GO("w", "e") WHEN("odd", "c", "true")
         WHEN("odd", "a", "false"))
    FLOW("Nested", TEXT,
         START VAR("s", "s", TEXT, "''")
         WHILE("o", "$currentIndex &lt; 2",
               SET("b", "s", "$s + $currentIndex")
               WHILE("i", "true",
                     SPLIT("d", "$currentIndex = 2") "<BreakEvent id='x'/>"
                     SET("a", "s", "$s + 'i' + $currentIndex"))
               SET("z", "s", "$s + 'o' + $currentIndex"))
         END("e", "$s"),
         GO("start", "s") GO("s", "o") GO("o", "e") GO("b", "i") GO("i", "z")
         WHEN("d", "x", "true") WHEN("d", "a", "false"))
    FLOW("Unset", NUMBER,
         START VAR("n", "n", NUMBER, "0")
         WHILE("w", "$currentIndex &lt; 2",
               SPLIT("d", "$currentIndex = 0") VAR("x", "x", NUMBER, "5")
               "<ExclusiveMerge id='m'/>" SET("a", "n", "$n + $x"))
         END("e", "$n"),
         GO("start", "n") GO("n", "w") GO("w", "e") WHEN("d", "x", "true")
         WHEN("d", "m", "false") GO("x", "m") GO("m", "a"))
    /* Calls */
    FLOW("Callee", NUMBER,
         START PARAM("A", NUMBER)
         "<MicroflowParameter Name='B' VariableType='IntegerType' "
         "IsRequired='false' DefaultValue='5'/>"
         SET("s", "A", "$A + 1") END("e", "$A * 10 + $B"),
         GO("start", "s") GO("s", "e"))
#define CALL(id, output, mappings)                                             \
    "<ActionActivity id='" id "'><Action type='NanoflowCallAction' "           \
    "OutputVariableName='" output "'><NanoflowCall Nanoflow='T.Callee'>"       \
    "<ParameterMappings>" mappings                                             \
    "</ParameterMappings></NanoflowCall></Action></ActionActivity>"
#define MAP(name, value)                                                       \
    "<NanoflowCallParameterMapping Parameter='T.Callee." name                  \
    "' Argument='" value "'/>"
    FLOW("Caller", NUMBER,
         START VAR("v", "v", NUMBER, "1") CALL("c1", "r1", MAP("A", "$v"))
         CALL("c2", "r2", MAP("B", "7") MAP("A", "$v"))
         CALL("c3", "r3", MAP("B", " ") MAP("A", "$v"))
         END("e", "$v + $r1 * 1000000 + $r2 * 1000 + $r3 * 10"),
         GO("start", "v") GO("v", "c1") GO("c1", "c2") GO("c2", "c3")
         GO("c3", "e"))
    FLOW("Missing", NUMBER, START CALL("c", "r", MAP("B", "1")) END("e", "$r"),
         GO("start", "c") GO("c", "e"))
    FLOW("BadArgument", NUMBER,
         START CALL("c", "r", MAP("A", "1") MAP("B", "1 mod 0")) END("e", "$r")
         END("f", "-1"),
         GO("start", "c") GO("c", "e") CATCH("c", "f"))
    FLOW("Down", NUMBER,
         START PARAM("N", NUMBER) SPLIT("d", "$N = 0") END("z", "0")
         "<ActionActivity id='c'><Action type='NanoflowCallAction' "
         "OutputVariableName='R'><NanoflowCall Nanoflow='T.Down'>"
         "<ParameterMappings><NanoflowCallParameterMapping "
         "Parameter='T.Down.N' Argument='$N - 1'/></ParameterMappings>"
         "</NanoflowCall></Action></ActionActivity>" END("e", "$R + 1"),
         GO("start", "d") WHEN("d", "z", "true") WHEN("d", "c", "false")
         GO("c", "e"))
    /* Errors */
    FLOW("Fails", NUMBER, START VAR("x", "x", NUMBER, "1 mod 0") END("e", "$x"),
         GO("start", "x") GO("x", "e"))
    FLOW("Rejoin", TEXT,
         START PARAM("N", NUMBER) VAR("v", "x", NUMBER, "0")
         SET("x", "x", "1 mod $N") "<ExclusiveMerge id='m'/>"
         END("e", "if $latestError = empty then 'fine' + $x else "
                  "'caught ' + $latestError"),
         GO("start", "v") GO("v", "x") GO("x", "m") CATCH("x", "m") GO("m", "e"))
#define CALL_FAILS(id)                                                         \
    "<ActionActivity id='" id "'><Action type='NanoflowCallAction'>"           \
    "<NanoflowCall Nanoflow='T.Fails'/></Action></ActionActivity>"
    FLOW("Catches", TEXT,
         START CALL_FAILS("c") END("e", "'no error'")
         END("f", "$latestError"),
         GO("start", "c") GO("c", "e") CATCH("c", "f"))
    FLOW("Passes", TEXT, START CALL_FAILS("c") END("e", "'no error'"),
         GO("start", "c") GO("c", "e"))
    FLOW("FailsTwice", TEXT,
         START VAR("x", "x", NUMBER, "1 mod 0") VAR("y", "y", NUMBER, "2 + y")
         END("e", "''"),
         GO("start", "x") GO("x", "e") CATCH("x", "y") GO("y", "e"))
    FLOW("Keeps", "BooleanType",
         START VAR("b", "b", "BooleanType", "true") VAR("n", "n", NUMBER, "empty")
         SET("s", "b", "if $n = empty then $c else false")
         END("e", "$b") END("f", "$b"),
         GO("start", "b") GO("b", "n") GO("n", "s") GO("s", "e")
         CATCH("s", "f"))
    FLOW("NoType", NUMBER, START END("e", "'text'"), GO("start", "e"))
    FLOW("Unsupported", NUMBER,
         START ACT("u", "type='DownloadFileAction'") END("e", "1") END("f", "2"),
         GO("start", "u") GO("u", "e") CATCH("u", "f"))
    FLOW("NoStart", "VoidType", "<EndEvent id='e'/>", "")
    FLOW("TwoStarts", "VoidType",
         START "<StartEvent id='s2'/><EndEvent id='e'/>",
         GO("start", "e") GO("s2", "e"))
    FLOW("Crossing", "VoidType",
         START WHILE("w", "false", SET("a", "x", "1")) "<EndEvent id='e'/>",
         GO("start", "w") GO("w", "a"))
    FLOW("Overflow", NUMBER,
         START VAR("x", "x", NUMBER, "9223372036854775807")
         SET("y", "x", "$x + 1") END("e", "$x"),
         GO("start", "x") GO("x", "y") GO("y", "e"))
    FLOW("EmptyPlus", NUMBER,
         START VAR("x", "x", NUMBER, "empty") SET("y", "x", "$x + 1")
         END("e", "$x"),
         GO("start", "x") GO("x", "y") GO("y", "e"))
    APP_TAIL;

static int open_app(void **state)
{
    *state = helper_open(app_xml, NULL, NULL);
    return 0;
}

static int close_app(void **state)
{
    helper_close(*state);
    return 0;
}

/* T1, T2, T5; F2 … F13. */
static void follows_sequence_flows(void **state)
{
    helper_app *app = *state;
    nf_value flag = nf_boolean(true), out;

    assert_int_equal(helper_run(app, "Nothing", NULL, &out), NF_OK);
    assert_int_equal(out.kind, NF_KIND_EMPTY);
    assert_text(app, "Join", "ab");
    assert_int_equal(helper_run(app, "Branches", &flag, &out), NF_OK);
    assert_string_equal(out.as.string->text, "yes!");
    nf_value_release(&out);
    flag = nf_boolean(false);
    assert_int_equal(helper_run(app, "Branches", &flag, &out), NF_OK);
    assert_string_equal(out.as.string->text, "no!");
    nf_value_release(&out);
}

/* T7, T8, T10; F18, F19. */
static void decides_by_enumeration(void **state)
{
    helper_app *app = *state;
    static const struct {
        const char *key, *result;
    } cases[] = {{"A", "ab"}, {"B", "ab"}, {NULL, "none"}, {"C", NULL}};

    for (size_t i = 0; i < 4; i++) {
        nf_value kind = nf_empty(), out;
        nf_status status;

        if (cases[i].key)
            kind = nf_enumeration_take(nf_string_new(cases[i].key, 1));
        status = helper_run(app, "Kinds", &kind, &out);
        if (cases[i].result) {
            assert_int_equal(status, NF_OK);
            assert_string_equal(out.as.string->text, cases[i].result);
        } else {
            assert_string_equal(app->error.code, "no_case");
            assert_non_null(strstr(app->error.message, "\"C\""));
        }
        nf_value_release(&out);
        nf_value_release(&kind);
    }
}

/* T11 … T16; F5 … F10. */
static void walks_odd_graphs(void **state)
{
    helper_app *app = *state;

    assert_integer(app, "ByHand", 23);
    app->world.environment.limits.steps = 1000;
    assert_fails(app, "Endless", "budget_exceeded");
    assert_true(app->steps <= 1002);
    assert_fails(app, "Ring", "budget_exceeded");
    app->world.environment.limits.steps = 0;
    assert_integer(app, "Island", 1);
    assert_integer(app, "Disabled", 1);
    assert_int_equal(helper_run(app, "Dangling", NULL, NULL), NF_OK);
    assert_string_equal(
        nf_program_finding(helper_program(app, "Dangling"), 0)->code,
        "dangling_path");
}

/* T26 … T34; F29 … F32. */
static void loops(void **state)
{
    helper_app *app = *state;

    assert_integer(app, "While", 30);
    assert_integer(app, "Continue", 3);
    assert_text(app, "Nested", "0i0i1o01i0i1o1");
    assert_fails(app, "Unset", "unset_variable");
}

/* T40, T41, T43, T51 … T53; C1, C2, C7, F38, F39. */
static void calls_nanoflows(void **state)
{
    helper_app *app = *state;
    nf_value n = nf_integer(100), out;

    assert_integer(app, "Caller", 1 + 25 * 1000000 + 27 * 1000 + 25 * 10);
    assert_fails(app, "Missing", "missing_argument");
    assert_integer(app, "BadArgument", -1);
    assert_int_equal(helper_run(app, "Down", &n, &out), NF_OK);
    assert_int_equal(out.as.integer, 100);
    n = nf_integer(-1);
    assert_int_equal(helper_run(app, "Down", &n, &out), NF_FAILED);
    assert_string_equal(app->error.code, "recursion_limit");
    app->world.environment.limits.depth = 50;
    n = nf_integer(50);
    assert_int_equal(helper_run(app, "Down", &n, &out), NF_FAILED);
    assert_string_equal(app->error.code, "recursion_limit");
    app->world.environment.limits.depth = 0;
}

/* T59 … T66, T75; X4 … X11, X25. */
static void handles_errors(void **state)
{
    helper_app *app = *state;
    nf_value n = nf_integer(2), out;

    assert_int_equal(helper_run(app, "Rejoin", &n, &out), NF_OK);
    assert_string_equal(out.as.string->text, "fine1");
    nf_value_release(&out);
    n = nf_integer(0);
    assert_int_equal(helper_run(app, "Rejoin", &n, &out), NF_OK);
    assert_memory_equal(out.as.string->text, "caught ", 7);
    assert_true(out.as.string->length > 7);
    nf_value_release(&out);
    assert_int_equal(helper_run(app, "Catches", NULL, &out), NF_OK);
    assert_string_not_equal(out.as.string->text, "no error");
    nf_value_release(&out);
    assert_fails(app, "Passes", "expression_error");
    assert_string_equal(app->error.detail, "E-DIV0");
    assert_string_equal(app->error.document, "T.Fails");
    assert_string_equal(app->error.activity, "CreateVariableAction");
    assert_string_equal(app->error.trace, "T.Fails, CreateVariableAction\n"
                                          "T.Passes, NanoflowCallAction");
    assert_int_equal(helper_count(app, "unhandledError"), 1);
    assert_fails(app, "FailsTwice", "expression_error");
    assert_string_equal(app->error.detail, "E-NAME");
    assert_fails(app, "Overflow", "expression_error");
    assert_string_equal(app->error.detail, "E-OVERFLOW");
    assert_fails(app, "EmptyPlus", "expression_error");
    assert_string_equal(app->error.detail, "E-EMPTY");
}

/* F36, F43: what is wrong is known before the flow runs. */
static void reports_findings(void **state)
{
    helper_app *app = *state;
    const nf_program *program = helper_program(app, "Unsupported");

    assert_non_null(program);
    assert_int_equal(nf_program_finding_count(program), 1);
    assert_true(nf_program_finding(program, 0)->unsupported);
    assert_string_equal(nf_program_finding(program, 0)->type,
                        "Microflows$DownloadFileAction");
    assert_integer(app, "Unsupported", 2);
    assert_int_equal(nf_program_finding_count(helper_program(app, "NoType")),
                     1);
    assert_fails(app, "NoType", "type_mismatch"); /* T4 */
    assert_null(helper_program(app, "NoStart"));
    assert_string_equal(app->error.code, "bad_flow");
    assert_null(helper_program(app, "TwoStarts"));
    assert_null(helper_program(app, "Crossing"));
    assert_string_equal(app->error.code, "bad_flow");
    assert_null(helper_program(app, "Absent"));
    assert_int_equal(app->error.status, NF_USAGE);
}

/* T76; F11: cancelled before the next element, not catchable. */
static void cancels(void **state)
{
    helper_app *app = *state;
    volatile int cancelled = 1;

    app->world.cancelled = &cancelled;
    assert_int_equal(helper_run(app, "Endless", NULL, NULL), NF_CANCELLED);
    assert_string_equal(app->error.code, "cancelled");
    app->world.cancelled = NULL;
    app->world.environment.limits.deadline = nf_clock_elapsed();
    assert_fails(app, "Endless", "budget_exceeded");
    app->world.environment.limits.deadline = 0;
}

static void lists_instructions(void **state)
{
    nf_buffer text;

    nf_buffer_init(&text, NF_BUFFER_MAX);
    assert_int_equal(nf_program_dump(helper_program(*state, "ByHand"), &text),
                     NF_OK);
    assert_non_null(strstr(nf_buffer_string(&text), "ADD_RI $i $i #1"));
    nf_buffer_dispose(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_sequence_flows),
        cmocka_unit_test(decides_by_enumeration),
        cmocka_unit_test(walks_odd_graphs),
        cmocka_unit_test(loops),
        cmocka_unit_test(calls_nanoflows),
        cmocka_unit_test(handles_errors),
        cmocka_unit_test(reports_findings),
        cmocka_unit_test(cancels),
        cmocka_unit_test(lists_instructions),
    };

    int failed = 0;

    /* Whoever looks on changes nothing. */
    for (unsigned w = NF_WATCH_NOTHING; w <= NF_WATCH_STEPS; w++) {
        helper_watch = (nf_watching)w;
        failed += cmocka_run_group_tests(tests, open_app, close_app);
    }
    return failed;
}
