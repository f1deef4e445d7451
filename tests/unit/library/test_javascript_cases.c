/* What scripts of JavaScript actions give, from the files *.cases: the head of
 * javascript.cases says how. One process runs all cases of a part. */
#include "nanoflow.h"

#include "javascript/provided.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { TEXT_MAX = 8192 };

typedef struct reader {
    nf_app *app;
    nf_session *session;
    char part[256], flow[256], script[TEXT_MAX];
    size_t script_length;
    int cases, wrong;
} reader;

static void begin_part(reader *r, const char *name)
{
    nf_session_options options = NF_SESSION_OPTIONS_INIT;
    nf_error *err = nf_error_new();

    snprintf(r->part, sizeof r->part, "%s", name);
    nf_session_free(r->session);
    r->session = NULL;
    options.now = "2026-03-18T10:20:30Z";
    options.seed = 7;
    options.seeded = true;
    if (nf_session_new(&r->session, r->app, &options, err) != NF_OK)
        fail_msg("%s", nf_error_text(err, NF_ERROR_MESSAGE));
    nf_error_free(err);
}

static void differs(reader *r, const char *expected, const char *found)
{
    print_error("%s: %s\n%s\n  expected %s\n  found    %s\n", r->part, r->flow,
                r->script, expected, found ? found : "nothing");
    r->wrong++;
}

/* "= result", or "! code text of the message" */
static void check(reader *r, const char *line)
{
    nf_error *err = nf_error_new();
    nf_value *text = nf_value_new_string(r->script, r->script_length);
    nf_value *result = NULL;
    const nf_argument argument = {"Script", text};
    nf_status status = nf_session_call(&result, r->session, r->flow, &argument,
                                       r->script_length > 0, err);
    char *printed = result ? nf_value_print(result) : NULL;

    r->cases++;
    if (*line == '=') {
        const char *found =
            status ? nf_error_text(err, NF_ERROR_MESSAGE) : printed;

        if (status || !printed || strcmp(printed, line + 2) != 0)
            differs(r, line, found);
    } else {
        const char *code = status ? nf_error_text(err, NF_ERROR_CODE) : "OK";
        const char *why = status ? nf_error_text(err, NF_ERROR_MESSAGE) : "";
        size_t length = strcspn(line + 2, " ");
        const char *part = line + 2 + length;

        if (strlen(code) != length || strncmp(code, line + 2, length) != 0)
            differs(r, line, status ? code : printed);
        else if (!strstr(why, *part ? part + 1 : ""))
            differs(r, line, why);
    }
    nf_text_free(printed);
    nf_value_free(result);
    nf_value_free(text);
    nf_error_free(err);
    r->flow[0] = '\0';
    r->script_length = 0;
}

static void take_line(reader *r, const char *line)
{
    size_t length = strlen(line);

    if (strncmp(line, "# ", 2) == 0) {
        begin_part(r, line + 2);
    } else if (strncmp(line, "= ", 2) == 0 || strncmp(line, "! ", 2) == 0) {
        check(r, line);
    } else if (!length || *line == '%') {
        return;
    } else if (!r->flow[0]) {
        snprintf(r->flow, sizeof r->flow, "%s", line);
    } else {
        assert_true(r->script_length + length + 2 < sizeof r->script);
        if (r->script_length)
            r->script[r->script_length++] = '\n';
        memcpy(r->script + r->script_length, line, length + 1);
        r->script_length += length;
    }
}

static void run_cases(const char *name, int least)
{
    reader r = {0};
    char path[512];
    nf_error *err = nf_error_new();
    FILE *file;
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length;

    snprintf(path, sizeof path, NF_SOURCE_DIR "/tests/unit/library/%s", name);
    file = fopen(path, "r");
    assert_non_null(file);
    assert_int_equal(
        nf_app_open(&r.app,
                    NF_SOURCE_DIR "/tests/scenarios/activities/model.xml", err),
        NF_OK);
    while ((length = getline(&line, &capacity, file)) > 0) {
        line[strcspn(line, "\n")] = '\0';
        take_line(&r, line);
    }
    free(line);
    fclose(file);
    nf_session_free(r.session);
    nf_app_close(r.app);
    nf_error_free(err);
    assert_true(r.cases >= least);
    assert_int_equal(r.wrong, 0);
}

static void test_cases(void **state)
{
    (void)state;
    run_cases("javascript.cases", 150);
}

/* activities 12.6, 12.7 */
static void test_published(void **state)
{
    (void)state;
    run_cases("published.cases", 21);
}

/* What those who check sources take for provided is what scripts find. */
static void test_provided(void **state)
{
    reader r = {0};
    nf_error *err = nf_error_new();

    (void)state;
    assert_int_equal(
        nf_app_open(&r.app,
                    NF_SOURCE_DIR "/tests/scenarios/activities/model.xml", err),
        NF_OK);
    begin_part(&r, "provided modules");
    for (const nf_js_provided *p = nf_js_provided_modules; p->module; p++) {
        char line[TEXT_MAX] = "= ";

        for (size_t i = 0; p->names && p->names[i]; i++) {
            assert_true(nf_js_provides(p, p->names[i]));
            strcat(strcat(line, i ? "," : ""), p->names[i]);
        }
        assert_true(nf_js_provides(p, "default") && nf_js_provides(p, "*"));
        assert_int_equal(nf_js_provides(p, "noSuchName"), !p->names);
        snprintf(r.flow, sizeof r.flow, "Script.Item");
        r.script_length = (size_t)snprintf(
            r.script, sizeof r.script,
            "const m = await import(\"%s\"); return %s ? "
            "Object.keys(m).filter((k) => k !== \"default\").sort().join() "
            ": \"\";",
            p->module, p->names ? "true" : "false");
        check(&r, line);
    }
    assert_ptr_equal(nf_js_provided_find("mx-api/data")->names[0],
                     nf_js_provided_modules[3].names[0]);
    assert_null(nf_js_provided_find("mx-api/other"));
    nf_session_free(r.session);
    nf_app_close(r.app);
    nf_error_free(err);
    assert_int_equal(r.wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_cases),
                                       cmocka_unit_test(test_published),
                                       cmocka_unit_test(test_provided)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
