/* See helper_flows.h. */
#include "helper_flows.h"

#include <json-c/json.h>

static int64_t read_clock(void *user)
{
    return *(int64_t *)user;
}

static void pass_time(void *user, int64_t milliseconds)
{
    *(int64_t *)user += milliseconds;
}

static nf_status record(void *user, const char *name,
                        struct json_object *payload, nf_error *err)
{
    helper_app *app = user;

    (void)err;
    nf_buffer_format(
        &app->events, "%s %s\n", name,
        json_object_to_json_string_ext(payload, JSON_C_TO_STRING_PLAIN));
    return NF_OK;
}

nf_watching helper_watch = NF_WATCH_NOTHING;

helper_app *helper_open(const char *xml, const nf_activity *const *activities,
                        const nf_xpath_compiler *xpath)
{
    char path[] = "/tmp/nf-flow-XXXXXX.xml";
    helper_app *app = calloc(1, sizeof *app);
    int file = mkstemps(path, 4);
    size_t length = strlen(xml);

    assert_non_null(app);
    assert_true(file >= 0);
    assert_int_equal(write(file, xml, length), (ssize_t)length);
    close(file);
    nf_error_clear(&app->error);
    if (nf_model_open(&app->model, path, &app->error))
        fail_msg("line %ld: %s", app->error.line, app->error.message);
    unlink(path);
    app->programs = nf_programs_new(app->model, activities, xpath, 0);
    assert_non_null(app->programs);
    nf_programs_watch(app->programs, helper_watch);
    nf_buffer_init(&app->events, NF_BUFFER_MAX);
    app->now = INT64_C(1700000000000);
    app->world.model = app->model;
    app->world.programs = app->programs;
    app->world.environment.model = app->model;
    app->world.environment.language = "en_US";
    app->world.environment.clock =
        (nf_clock){.now = read_clock, .wait = pass_time, .user = &app->now};
    app->world.host = (nf_host){.event = record, .user = app};
    app->world.cache = nf_function_cache_new();
    app->world.objects = nf_objects_new(app->model, NULL);
    assert_non_null(app->world.objects);
    return app;
}

void helper_close(helper_app *app)
{
    if (app->world.objects)
        nf_objects_free(app->world.objects); /* may hold texts of programs */
    nf_programs_free(app->programs);
    nf_function_cache_free(app->world.cache);
    nf_model_close(app->model);
    nf_buffer_dispose(&app->events);
    free(app);
}

const nf_program *helper_program(helper_app *app, const char *flow)
{
    const nf_program *program;
    char name[128];

    nf_error_clear(&app->error);
    snprintf(name, sizeof name, "T.%s", flow);
    if (nf_programs_get(&program, app->programs, NF_FLOW_NANOFLOW, name,
                        &app->error))
        return NULL;
    return program;
}

nf_status helper_run(helper_app *app, const char *flow,
                     const nf_value *arguments, nf_value *out)
{
    const nf_program *program = helper_program(app, flow);
    nf_execution *execution;
    nf_status status;

    if (out)
        *out = nf_empty();
    nf_buffer_clear(&app->events);
    if (!program)
        return app->error.status;
    status = nf_execution_start(&execution, &app->world, program, arguments,
                                NULL, &app->error);
    if (status)
        return status;
    do
        status = nf_execution_run(execution, &app->error);
    while (status == NF_PENDING);
    if (out)
        *out = nf_value_copy(nf_execution_result(execution));
    app->steps = nf_execution_steps(execution);
    nf_execution_free(execution);
    return status;
}

static void run_well(helper_app *app, const char *flow, nf_value *out)
{
    if (helper_run(app, flow, NULL, out) != NF_OK)
        fail_msg("%s: %s: %s (%s)", flow, app->error.code, app->error.message,
                 app->error.activity);
}

void assert_integer(helper_app *app, const char *flow, int64_t expected)
{
    nf_value value;

    run_well(app, flow, &value);
    assert_int_equal(value.kind, NF_KIND_INTEGER);
    assert_int_equal(value.as.integer, expected);
}

void assert_text(helper_app *app, const char *flow, const char *expected)
{
    nf_value value;

    run_well(app, flow, &value);
    assert_int_equal(value.kind, NF_KIND_STRING);
    assert_string_equal(value.as.string->text, expected);
    nf_value_release(&value);
}

void assert_fails(helper_app *app, const char *flow, const char *code)
{
    assert_int_not_equal(helper_run(app, flow, NULL, NULL), NF_OK);
    assert_string_equal(app->error.code, code);
}

int helper_count(const helper_app *app, const char *text)
{
    const char *at = nf_buffer_string(&app->events);
    int count = 0;

    while ((at = strstr(at, text)) != NULL) {
        count++;
        at += strlen(text);
    }
    return count;
}
