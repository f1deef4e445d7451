/* The public interface on a small app: calls, values, objects, callbacks, the
 * report (activities H1 … H5, C9; domain D98). */
#include "nanoflow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define APP NF_SOURCE_DIR "/tests/scenarios/program/model.xml"

typedef struct fixture {
    nf_app *app;
    nf_session *session;
    nf_error *err;
    int events;
    char last[64];
} fixture;

static nf_status on_event(void *user, nf_session *session, const char *name,
                          const char *json, nf_error *err)
{
    fixture *f = user;
    (void)session;
    (void)json;
    f->events++;
    snprintf(f->last, sizeof f->last, "%s", name);
    return strcmp(name, "showMessage") == 0 && f->events > 1
               ? nf_error_fail(err, "no screen")
               : NF_OK;
}

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    nf_session_options options = NF_SESSION_OPTIONS_INIT;
    options.now = "2026-03-18T10:20:30Z";
    options.seeded = true;
    options.event = on_event;
    options.host = f;
    f->err = nf_error_new();
    assert_int_equal(nf_app_open(&f->app, APP, f->err), NF_OK);
    assert_int_equal(nf_session_new(&f->session, f->app, &options, f->err),
                     NF_OK);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    nf_session_free(f->session);
    nf_app_close(f->app);
    nf_error_free(f->err);
    free(f);
    return 0;
}

static void test_call_by_name(void **state)
{
    fixture *f = *state;
    nf_value *result = NULL;
    nf_value *name = nf_value_new_string("you", 3);
    nf_argument argument = {"Name", name};
    assert_int_equal(nf_session_call(&result, f->session, "Main.Greet",
                                     &argument, 1, f->err),
                     NF_OK);
    char *text = nf_value_print(result);
    assert_string_equal(text, "Hello, you");
    nf_text_free(text);
    nf_value_free(result);

    argument.name = "Nobody";
    assert_int_equal(nf_session_call(&result, f->session, "Main.Greet",
                                     &argument, 1, f->err),
                     NF_USAGE);
    assert_null(result);
    nf_error_reset(f->err);
    assert_int_equal(
        nf_session_call(&result, f->session, "Main.Greet", NULL, 0, f->err),
        NF_USAGE);
    assert_string_equal(nf_error_text(f->err, NF_ERROR_CODE),
                        "missing_argument");
    nf_error_reset(f->err);
    nf_value *number = nf_value_new_integer(1);
    argument = (nf_argument){"Name", number};
    assert_int_equal(nf_session_call(&result, f->session, "Main.Greet",
                                     &argument, 1, f->err),
                     NF_USAGE);
    nf_value_free(number);
    nf_value_free(name);
}

static void test_events_reach_the_host_and_its_error_the_flow(void **state)
{
    fixture *f = *state;
    nf_run *run = NULL;
    const char *const arguments[] = {"A=7", "B=2"};
    assert_int_equal(nf_run_start_text(&run, f->session, "Main.Divide",
                                       arguments, 2, f->err),
                     NF_OK);
    assert_int_equal(nf_run_step(run, f->err), NF_OK);
    assert_int_equal(f->events, 1);
    assert_string_equal(f->last, "showMessage");
    char *report = nf_run_report(run, NULL, true);
    assert_non_null(strstr(report, "\"value\":\"3.5\""));
    assert_non_null(strstr(report, "\"event\":\"showMessage\""));
    nf_text_free(report);
    nf_run_free(run);

    assert_int_equal(nf_run_start_text(&run, f->session, "Main.Divide",
                                       arguments, 2, f->err),
                     NF_OK);
    assert_int_equal(nf_run_step(run, f->err), NF_FAILED);
    assert_string_equal(nf_error_text(f->err, NF_ERROR_CODE), "host_error");
    nf_run_free(run);
}

static void test_objects_by_name(void **state)
{
    fixture *f = *state;
    nf_object *object = NULL, *found = NULL;
    nf_value *value = NULL;
    nf_value *title = nf_value_new_string("T", 1);
    assert_int_equal(
        nf_session_create(&object, f->session, "Main.Item", f->err), NF_OK);
    assert_string_equal(nf_object_entity(object), "Main.Item");
    assert_string_equal(nf_object_state_text(object), "new");
    assert_int_equal(nf_object_change(object, "Title", title, f->err), NF_OK);
    assert_int_equal(nf_object_change(object, "Nobody", title, f->err),
                     NF_USAGE);
    nf_error_reset(f->err);
    assert_int_equal(nf_session_commit(f->session, &object, 1, f->err), NF_OK);
    assert_string_equal(nf_object_state_text(object), "committed");
    assert_int_equal(nf_session_find(&found, f->session, "Main.Item",
                                     nf_object_id(object), f->err),
                     NF_OK);
    assert_ptr_equal(found, object);
    assert_int_equal(nf_object_member(&value, found, "Title", f->err), NF_OK);
    const char *text;
    assert_true(nf_value_as_string(&text, NULL, value));
    assert_string_equal(text, "T");
    nf_value_free(value);
    nf_value_free(title);
    nf_object_free(found);
    assert_int_equal(nf_session_delete(f->session, &object, 1, f->err), NF_OK);
    nf_object_free(object);
    assert_int_equal(
        nf_session_create(&object, f->session, "Main.Nothing", f->err),
        NF_USAGE);
    assert_null(object);
}

static void test_roles_bound_what_may_be_called(void **state)
{
    fixture *f = *state;
    nf_session *session = NULL;
    const char *const roles[] = {"Main.Reader"};
    const char *const unknown[] = {"Main.Nobody"};
    nf_session_options options = NF_SESSION_OPTIONS_INIT;
    options.roles = roles;
    options.role_count = 1;
    assert_int_equal(nf_session_new(&session, f->app, &options, f->err), NF_OK);
    assert_int_equal(
        nf_session_call(NULL, session, "Main.Guarded", NULL, 0, f->err),
        NF_FAILED);
    assert_string_equal(nf_error_text(f->err, NF_ERROR_CODE), "access_denied");
    nf_session_free(session);
    nf_error_reset(f->err);
    options.roles = unknown;
    assert_int_equal(nf_session_new(&session, f->app, &options, f->err),
                     NF_USAGE);
    assert_null(session);
    nf_error_reset(f->err);
    options.size = 0;
    assert_int_equal(nf_session_new(&session, f->app, &options, f->err),
                     NF_USAGE);
}

/* An app of which only the index was read lists documents, and reads the rest
 * for everything else. */
static void test_an_index_becomes_an_app(void **state)
{
    fixture *f = *state;
    nf_session *session = NULL;
    nf_app *app = NULL;
    char *text = NULL, *again = NULL;

    assert_int_equal(nf_app_open_index(&app, APP, f->err), NF_OK);
    assert_int_equal(nf_app_list(&text, app, "nanoflow", NULL, false, f->err),
                     NF_OK);
    assert_non_null(strstr(text, "Main.Greet\n"));
    nf_text_free(text);
    assert_int_equal(nf_app_list(&text, app, NULL, NULL, false, f->err), NF_OK);
    assert_int_equal(nf_app_list(&again, f->app, NULL, NULL, false, f->err),
                     NF_OK);
    assert_string_equal(text, again);
    nf_text_free(text);
    nf_text_free(again);
    nf_app_close(app);
    assert_int_equal(nf_app_open_index(&app, APP, f->err), NF_OK);
    assert_int_equal(nf_session_new(&session, app, NULL, f->err), NF_OK);
    nf_session_free(session);
    nf_app_close(app);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_call_by_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_events_reach_the_host_and_its_error_the_flow, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(test_objects_by_name, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_roles_bound_what_may_be_called,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_an_index_becomes_an_app, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
