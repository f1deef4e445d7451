/* What looking on at flows tells: coverage of objects, sequence flows, error
 * handlers and loops, and steps (interpreter/observe.h; test E41 `--coverage`,
 * activities H3). */
#include "helper_flows.h"

#define NUMBER "IntegerType"

static const char app_xml[] = APP_HEAD
    /* Both branches meet in a merge; one falls through into it. */
    FLOW("Branches", NUMBER,
         PARAM("N", NUMBER) START VAR("v", "r", NUMBER, "0")
             SPLIT("d", "$N &gt; 0 and $N &lt; 100") SET("yes", "r", "1")
                 SET("no", "r", "2") "<ExclusiveMerge id='m'/>" END("e", "$r"),
         GO("start", "v") GO("v", "d") WHEN("d", "yes", "true")
             WHEN("d", "no", "false") GO("yes", "m") GO("no", "m") GO("m", "e"))
        FLOW(
            "Rounds", NUMBER,
            PARAM("N", NUMBER) PARAM("Stop", NUMBER)
                START VAR("i", "i", NUMBER, "0") WHILE(
                    "w", "$i &lt; $N",
                    SET("n", "i", "$i + 1") SPLIT(
                        "s",
                        "$i = $Stop") "<BreakEvent id='b'/><ContinueEvent id='c'/>")
                    END("e", "$i"),
            GO("start", "i") GO("i", "w") GO("w", "e") GO("n", "s")
                WHEN("s", "b", "true") WHEN("s", "c", "false"))
            FLOW("Handles", NUMBER,
                 PARAM("N", NUMBER) START VAR("v", "r", NUMBER,
                                              "floor(10 div $N)")
                     END("e", "$r") "<ExclusiveMerge id='m'/>" END("f", "-1"),
                 GO("start", "v") GO("v", "e") CATCH("v", "m") GO("m", "f"))
                FLOW("Fails", NUMBER,
                     PARAM("N", NUMBER) START VAR("i", "i", NUMBER, "0")
                         WHILE("w", "true",
                               SET("n", "i", "$i + 1")
                                   SET("x", "i", "$i + floor(0 div ($N - $i))"))
                             END("e", "$i"),
                     GO("start", "i") GO("i", "w") GO("w", "e") GO("n", "x"))
                    FLOW(
                        "ByHand", NUMBER,
                        PARAM("N", NUMBER) START VAR(
                            "i", "i", NUMBER,
                            "0") "<ExclusiveMerge id='head'/>" SPLIT("more",
                                                                     "$i &lt; $N")
                            SET("next", "i", "$i + 1") END("e", "$i"),
                        GO("start", "i") GO("i", "head") GO("head", "more")
                            WHEN("more", "next", "true")
                                WHEN("more", "e", "false") GO("next", "head"))
                        APP_TAIL;

static int open_app(void **state)
{
    helper_watch = NF_WATCH_COVERAGE;
    *state = helper_open(app_xml, NULL, NULL);
    return 0;
}

static int open_stepped(void **state)
{
    helper_watch = NF_WATCH_STEPS;
    *state = helper_open(app_xml, NULL, NULL);
    return 0;
}

static int close_app(void **state)
{
    helper_close(*state);
    return 0;
}

static void run(helper_app *app, const char *flow, int64_t n, int64_t stop)
{
    nf_value arguments[] = {nf_integer(n), nf_integer(stop)};

    helper_run(app, flow, arguments, NULL);
}

/* "id id … | from-to from-to …" of what ran, in stored order. */
static const char *ran(helper_app *app, const char *flow)
{
    static char text[1024];
    nf_ran r = nf_program_ran(helper_program(app, flow));
    size_t used = 0;

    for (size_t i = 0; i < r.graph->count; i++)
        if (r.nodes[i] && r.graph->nodes[i]->kind != NF_NODE_START)
            used += (size_t)snprintf(text + used, sizeof text - used, "%s ",
                                     nf_node_caption(r.graph->nodes[i]));
    used += (size_t)snprintf(text + used, sizeof text - used, "|");
    for (size_t i = 0; i < r.graph->flow_count; i++)
        if (r.flows[i])
            used +=
                (size_t)snprintf(text + used, sizeof text - used, " %zu", i);
    return text;
}

static unsigned loops(helper_app *app, const char *flow)
{
    nf_ran r = nf_program_ran(helper_program(app, flow));
    unsigned all = 0;

    for (size_t i = 0; i < r.graph->count; i++)
        all |= r.loops[i];
    return all;
}

static void forget(helper_app *app, const char *flow)
{
    nf_program_forget(helper_program(app, flow));
}

static void tells_branches(void **state)
{
    helper_app *app = *state;

    run(app, "Branches", 5, 0);
    assert_string_equal(ran(app, "Branches"),
                        "CreateVariableAction ExclusiveSplit "
                        "ChangeVariableAction ExclusiveMerge EndEvent | "
                        "0 1 2 4 6");
    forget(app, "Branches");
    assert_string_equal(ran(app, "Branches"), "|");
    run(app, "Branches", 0, 0);
    assert_non_null(strstr(ran(app, "Branches"), "| 0 1 3 5 6"));
    run(app, "Branches", 200, 0);
    assert_non_null(strstr(ran(app, "Branches"), "| 0 1 3 5 6"));
    run(app, "Branches", 7, 0);
    assert_non_null(strstr(ran(app, "Branches"), "| 0 1 2 3 4 5 6"));
    forget(app, "Branches");
}

static void tells_loops(void **state)
{
    helper_app *app = *state;

    run(app, "Rounds", 0, -1);
    assert_int_equal(loops(app, "Rounds"), NF_LOOP_ZERO);
    assert_non_null(strstr(ran(app, "Rounds"), "| 0 1 2"));
    forget(app, "Rounds");
    run(app, "Rounds", 1, -1);
    assert_int_equal(loops(app, "Rounds"), NF_LOOP_ONE);
    run(app, "Rounds", 2, -1);
    assert_int_equal(loops(app, "Rounds"), NF_LOOP_ONE | NF_LOOP_MANY);
    forget(app, "Rounds");
    run(app, "Rounds", 9, 1); /* a break ends the first round */
    assert_int_equal(loops(app, "Rounds"), NF_LOOP_ONE);
    run(app, "Rounds", 9, 2);
    assert_int_equal(loops(app, "Rounds"), NF_LOOP_ONE | NF_LOOP_MANY);
    forget(app, "Rounds");
}

static void tells_error_handlers(void **state)
{
    helper_app *app = *state;

    run(app, "Handles", 2, 0);
    assert_string_equal(ran(app, "Handles"),
                        "CreateVariableAction EndEvent | 0 1");
    run(app, "Handles", 0, 0);
    assert_string_equal(ran(app, "Handles"),
                        "CreateVariableAction EndEvent ExclusiveMerge "
                        "EndEvent | 0 1 2 3");
    forget(app, "Handles");
    run(app, "Fails", 1, 0); /* an error ends the loop in its first round */
    assert_int_equal(loops(app, "Fails"), NF_LOOP_ONE);
    forget(app, "Fails");
    run(app, "Fails", 3, 0);
    assert_int_equal(loops(app, "Fails"), NF_LOOP_MANY);
    forget(app, "Fails");
}

/* A jump that compares at once passes over nothing. */
static void tells_loops_by_hand(void **state)
{
    helper_app *app = *state;

    run(app, "ByHand", 3, 0);
    assert_non_null(strstr(ran(app, "ByHand"), "| 0 1 2 3 4 5"));
    forget(app, "ByHand");
    run(app, "ByHand", 0, 0);
    assert_non_null(strstr(ran(app, "ByHand"), "| 0 1 2 4"));
    forget(app, "ByHand");
}

/* ---- steps --------------------------------------------------------------- */

typedef struct seen {
    nf_buffer text;
    size_t stop_at, steps; /* suspends at this step, once */
} seen;

static nf_status begin(void *user, nf_execution *x, nf_error *err)
{
    seen *s = user;

    (void)err;
    if (s->stop_at && ++s->steps == s->stop_at)
        return NF_PENDING;
    nf_buffer_format(&s->text, "%s ",
                     nf_node_caption(nf_frame_node(nf_execution_frame(x, 0))));
    return NF_OK;
}

static void end(void *user, nf_execution *x, const nf_graph_flow *flow,
                const nf_error *error)
{
    seen *s = user;

    (void)x;
    if (error)
        nf_buffer_format(&s->text, "(%s) ", error->code);
    else if (flow && flow->from->kind == NF_NODE_SPLIT)
        nf_buffer_format(
            &s->text, "(%zu) ",
            (size_t)(flow -
                     nf_program_ran(nf_frame_program(nf_execution_frame(x, 0)))
                         .graph->flows));
}

static void leave(void *user, nf_execution *x, const nf_value *result,
                  const nf_error *error)
{
    seen *s = user;

    (void)x;
    nf_buffer_format(&s->text, "%s", error ? "failed" : result ? "left" : "?");
}

static void assert_steps(helper_app *app, const char *flow, int64_t n,
                         int64_t stop, const char *expected)
{
    seen s = {.stop_at = 0};
    nf_observer observer = {
        .begin = begin, .end = end, .leave = leave, .user = &s};

    nf_buffer_init(&s.text, NF_BUFFER_MAX);
    app->world.observer = &observer;
    run(app, flow, n, stop);
    app->world.observer = NULL;
    assert_string_equal(nf_buffer_string(&s.text), expected);
    nf_buffer_dispose(&s.text);
}

static void tells_steps(void **state)
{
    helper_app *app = *state;

    assert_steps(app, "ByHand", 2, 0,
                 "CreateVariableAction ExclusiveSplit (3) "
                 "ChangeVariableAction ExclusiveSplit (3) "
                 "ChangeVariableAction ExclusiveSplit (4) EndEvent left");
    assert_steps(app, "Handles", 0, 0,
                 "CreateVariableAction (expression_error) EndEvent left");
    assert_steps(app, "Rounds", 1, 1,
                 "CreateVariableAction LoopedActivity ChangeVariableAction "
                 "ExclusiveSplit (4) BreakEvent EndEvent left");
    assert_steps(app, "Fails", 1, 0,
                 "CreateVariableAction LoopedActivity ChangeVariableAction "
                 "ChangeVariableAction (expression_error) failed");
}

/* A step that suspends the call is asked for again, and nothing runs twice. */
static void suspends(void **state)
{
    helper_app *app = *state;
    seen s = {.stop_at = 3};
    nf_observer observer = {.begin = begin, .user = &s};
    nf_value argument = nf_integer(1);
    nf_execution *x = NULL;

    nf_buffer_init(&s.text, NF_BUFFER_MAX);
    app->world.observer = &observer;
    assert_int_equal(nf_execution_start(&x, &app->world,
                                        helper_program(app, "ByHand"),
                                        &argument, NULL, NULL),
                     NF_OK);
    assert_int_equal(nf_execution_run(x, NULL), NF_PENDING);
    assert_int_equal(nf_execution_run(x, NULL), NF_OK);
    assert_int_equal(nf_execution_result(x)->as.integer, 1);
    assert_int_equal(nf_execution_steps(x), 5);
    assert_string_equal(nf_buffer_string(&s.text),
                        "CreateVariableAction ExclusiveSplit "
                        "ChangeVariableAction ExclusiveSplit EndEvent ");
    nf_execution_free(x);
    app->world.observer = NULL;
    nf_buffer_dispose(&s.text);
}

int main(void)
{
    const struct CMUnitTest coverage[] = {
        cmocka_unit_test(tells_branches),
        cmocka_unit_test(tells_loops),
        cmocka_unit_test(tells_error_handlers),
        cmocka_unit_test(tells_loops_by_hand),
    };
    const struct CMUnitTest steps[] = {
        cmocka_unit_test(tells_steps),
        cmocka_unit_test(suspends),
    };

    return cmocka_run_group_tests(coverage, open_app, close_app) +
           cmocka_run_group_tests(coverage, open_stepped, close_app) +
           cmocka_run_group_tests(steps, open_stepped, close_app);
}
