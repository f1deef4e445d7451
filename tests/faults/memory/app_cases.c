/* Cases without a session: errors, apps, flows, explanations, expressions,
 * values, a server, sweeps and tests. */
#include "functions.h"

#include <stdio.h>
#include <string.h>

static nf_status errors(world *w)
{
    HOLDS(strcmp(nf_library_version(), NF_VERSION) == 0);
    HOLDS(nf_library_version_number() == NF_VERSION_NUMBER);
    HOLDS(strcmp(nf_status_text(NF_NOMEM), "out of memory") == 0);
    GIVES(w->made = nf_error_new());
    HOLDS(nf_error_fail(w->made, "a reason") == NF_FAILED);
    HOLDS(nf_error_status(w->made) == NF_FAILED);
    HOLDS(strcmp(nf_error_text(w->made, NF_ERROR_MESSAGE), "a reason") == 0);
    HOLDS(nf_error_number(w->made, NF_ERROR_LINE) == 0);
    GIVES(w->text = nf_error_print(w->made));
    HOLDS(strstr(w->text, "a reason"));
    nf_error_reset(w->made);
    HOLDS(nf_error_status(w->made) == NF_OK);
    nf_error_free(w->made);
    w->made = NULL;
    return NF_OK;
}

static nf_status open_app(world *w)
{
    TRY(nf_app_open(&w->other_app, world_path(w, w->folder, "model.xml"),
                    w->err));
    if (nf_app_warning_count(w->other_app))
        world_fail(__FILE__, __LINE__, nf_app_warning(w->other_app, 0));
    nf_app_close(w->other_app);
    w->other_app = NULL;
    return NF_OK;
}

static nf_status open_index(world *w)
{
    TRY(nf_app_open_index(&w->other_app, world_path(w, w->folder, "model.xml"),
                          w->err));
    TRY(nf_app_list(&w->text, w->other_app, "nanoflow", NULL, false, w->err));
    HOLDS(strstr(w->text, "Sweep.Work\n"));
    return nf_app_list(&w->other_text, w->other_app, NULL, NULL, true, w->err);
}

static nf_status look_at_flows(world *w)
{
    const nf_flow *flow = NULL;
    nf_declaration value;
    TRY(nf_app_open(&w->other_app, world_path(w, w->folder, "model.xml"),
                    w->err));
    TRY(nf_app_flow(&flow, w->other_app, "Sweep.Work", w->err));
    HOLDS(strcmp(nf_flow_name(flow), "Sweep.Work") == 0);
    HOLDS(strcmp(nf_flow_kind_text(flow), "nanoflow") == 0);
    HOLDS(!nf_flow_parameter(&value, flow, 0));
    nf_flow_result(&value, flow);
    HOLDS(strcmp(value.kind, "Integer") == 0);
    return NF_OK;
}

static nf_status look_at_types(world *w)
{
    const nf_entity *entity = NULL;
    const nf_enumeration *enumeration = NULL;
    nf_declaration member;
    TRY(nf_app_open_index(&w->other_app, world_path(w, w->folder, "model.xml"),
                          w->err));
    TRY(nf_app_entity(&entity, w->other_app, "Sweep.Customer", w->err));
    HOLDS(strcmp(nf_entity_name(entity), "Sweep.Customer") == 0);
    HOLDS(*nf_entity_generalization(entity) == '\0');
    HOLDS(nf_entity_is_persistable(entity));
    HOLDS(nf_entity_member(&member, entity, 0));
    TRY(nf_app_enumeration(&enumeration, w->other_app, "System.DeviceType",
                           w->err));
    HOLDS(nf_enumeration_key(enumeration, 0));
    HOLDS(nf_enumeration_caption(w->other_app, enumeration, 0, "en_US"));
    return NF_OK;
}

static nf_status describe_app(world *w)
{
    return nf_app_describe(&w->text, w->fresh_app, "Sweep.Work", "json",
                           w->err);
}

static nf_status check_app(world *w)
{
    size_t errors = 0;
    TRY(nf_app_check(&w->text, &errors, w->fresh_app, true, w->err));
    HOLDS(errors == 0);
    return NF_OK;
}

static nf_status convert_to_xml(world *w)
{
    return nf_app_convert(w->fresh_app, world_path(w, w->work, "made.xml"), 0,
                          w->err);
}

static nf_status convert_to_mpr(world *w)
{
    return nf_app_convert(w->fresh_app, world_path(w, w->work, "made.mpr"), 1,
                          w->err);
}

static nf_status convert_to_json(world *w)
{
    return nf_app_convert(w->fresh_app, world_path(w, w->work, "made.json"), 0,
                          w->err);
}

static nf_status explain(world *w)
{
    HOLDS(*nf_schema_text(true));
    HOLDS(nf_limit_name(0, NULL) && nf_setting_name(0, NULL));
    TRY(nf_explain(&w->text, "bad_flow", NULL, w->err));
    TRY(nf_explain(&w->other_text, NULL, "markdown", w->err));
    nf_text_free(w->text);
    GIVES(w->text = nf_event_print(
              "showMessage", "{\"type\":\"Error\",\"message\":\"m\"}", true));
    nf_text_free(w->other_text);
    GIVES(w->other_text = nf_event_text("{\"type\":{\"a\":[1]}}", "type.a"));
    HOLDS(strcmp(w->other_text, "[1]") == 0);
    return NF_OK;
}

static nf_status evaluate(world *w)
{
    static const char *const variables[] = {"n=Integer:41"};
    nf_evaluation evaluation = {.size = sizeof evaluation,
                                .app = w->app,
                                .variables = variables,
                                .variable_count = 1};
    TRY(nf_evaluate(&w->text, "toUpperCase('a') + toString($n + 1)",
                    &evaluation, w->err));
    HOLDS(strcmp(w->text, "A42") == 0);
    nf_text_free(w->text);
    w->text = NULL;
    evaluation.json = true;
    TRY(nf_evaluate(
        &w->text,
        "formatDateTime(dateTime(2020, 2), 'd MMMM yyyy') + length('é')",
        &evaluation, w->err));
    nf_text_free(w->text);
    w->text = NULL;
    TRY(nf_evaluate_typed(&w->text, &w->other_text, "$n * 2.5", &evaluation,
                          w->err));
    HOLDS(strcmp(w->text, "Decimal") == 0);
    nf_text_free(w->text);
    w->text = nf_evaluation_names(&evaluation);
    GIVES(w->text);
    nf_text_free(w->text);
    w->text = NULL;
    TRY(nf_evaluate_line(&w->text, "$m=Integer:2\t$m + 1", &evaluation,
                         w->err));
    return NF_OK;
}

static nf_status values(world *w)
{
    nf_value **made[] = {&w->value, &w->other_value};
    const char *text;
    size_t length;
    int64_t number;
    double real;
    bool truth;
    GIVES(w->value = nf_value_new_string("text", 4));
    HOLDS(nf_value_as_string(&text, &length, w->value) && length == 4);
    GIVES(w->text = nf_value_to_json(w->value));
    GIVES(w->other_text = nf_value_print(w->value));
    GIVES(w->other_value = nf_value_clone(w->value));
    for (int kind = 0; kind < 6; kind++) {
        nf_value *value = kind == 0   ? nf_value_new_empty()
                          : kind == 1 ? nf_value_new_boolean(true)
                          : kind == 2 ? nf_value_new_integer(7)
                          : kind == 3 ? nf_value_new_datetime(8)
                          : kind == 4
                              ? nf_value_new_decimal("12345678901234567890.5")
                              : nf_value_new_enumeration("Key");
        GIVES(value);
        nf_value_free(*made[kind % 2]);
        *made[kind % 2] = value;
        HOLDS(nf_value_is_empty(value) == (kind == 0));
        HOLDS(nf_value_as_boolean(&truth, value) == (kind == 1));
        HOLDS(nf_value_as_integer(&number, value) == (kind == 2));
        HOLDS(nf_value_as_number(&real, value) == (kind == 2 || kind == 4));
        HOLDS(nf_value_as_datetime(&number, value) == (kind == 3));
        HOLDS(!nf_value_as_object(value) && !nf_value_as_list(value));
        HOLDS(*nf_value_kind_name(value));
        nf_text_free(w->text);
        GIVES(w->text = nf_value_print(value));
    }
    return NF_OK;
}

static nf_status serve(world *w)
{
    nf_serve_options options = NF_SERVE_OPTIONS_INIT;
    options.listen = "127.0.0.1:0";
    options.demo_users = true;
    nf_status status = nf_serve_open(&w->serve, w->app, &options, w->err);
    if (status == NF_USAGE && !w->serve &&
        strcmp(nf_error_text(w->err, NF_ERROR_CODE), "unsupported") == 0)
        return NF_OK; /* a build without it */
    TRY(status);
    HOLDS(strncmp(nf_serve_address(w->serve), "http://", 7) == 0);
    nf_watch watches[4];
    int timeout;
    HOLDS(nf_serve_watch(w->serve, watches, 4, &timeout) > 0);
    status = nf_serve_step(w->serve, 0, w->err);
    HOLDS(status != NF_OK);
    if (status != NF_PENDING)
        return status;
    nf_serve_stop(w->serve);
    TRY(nf_serve_run(w->serve, w->err));
    nf_serve_free(w->serve);
    w->serve = NULL;
    return NF_OK;
}

static bool swallow(void *user, const char *text, size_t length)
{
    (void)user, (void)text, (void)length;
    return true;
}

static nf_status sweep(world *w)
{
    char server[4200];
    size_t broken = 0;
    nf_sweep_options options = NF_SWEEP_OPTIONS_INIT;
    nf_session_options session = NF_SESSION_OPTIONS_INIT;
    snprintf(server, sizeof server, "local:%s",
             world_path(w, w->work, "sweep-server.db"));
    session.server = server;
    session.user = "anna";
    options.plan = "after-create=cut";
    TRY(nf_sweep(&broken, w->app, &session, &options, swallow, NULL, w->err));
    /* A run that had no memory is one that does not hold. */
    return broken == 0 ? NF_OK : NF_NOMEM;
}

static nf_status tests(world *w)
{
    char html[sizeof w->path];
    snprintf(html, sizeof html, "%s", world_path(w, w->work, "one.html"));
    const char *path = world_path(w, w->work, "one.test.mdl");
    nf_test_summary summary;
    nf_session_options session = NF_SESSION_OPTIONS_INIT;
    nf_test_options options = NF_TEST_OPTIONS_INIT;
    options.html = html;
    options.github = true;
    options.slowest = 1;
    w->text = nf_tests_app(&path, 1);
    HOLDS(!w->text); /* the file names none */
    TRY(nf_test_skeleton(w->app, "Sweep.SyncOrders", swallow, NULL, w->err));
    TRY(nf_tests(&summary, w->app, &path, 1, &session, &options, swallow, NULL,
                 w->err));
    /* A test that has no memory is an ERROR of that test. */
    return summary.passed == 1 ? NF_OK : NF_NOMEM;
}

const memory_case app_cases[] = {
    {"errors", errors, NOTHING},
    {"opening an app", open_app, NOTHING},
    {"opening its index", open_index, NOTHING},
    {"flows", look_at_flows, NOTHING},
    {"entities and enumerations", look_at_types, NOTHING},
    {"describing", describe_app, FRESH_APP},
    {"checking", check_app, FRESH_APP},
    {"converting to XML", convert_to_xml, FRESH_APP},
    {"converting to .mpr", convert_to_mpr, FRESH_APP},
    {"converting to JSON", convert_to_json, FRESH_APP},
    {"explaining", explain, NOTHING},
    {"expressions", evaluate, NOTHING},
    {"values", values, NOTHING},
    {"a server", serve, NOTHING},
    {"a sweep", sweep, SLOW},
    {"tests", tests, NOTHING},
    {NULL, NULL, NOTHING},
};
