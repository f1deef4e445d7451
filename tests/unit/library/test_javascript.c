/* JavaScript actions and a host (activities §12, §13): who answers, what the
 * host is asked, and how it ends what a script does. */
#include "nanoflow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

typedef struct host {
    bool answers; /* for the action, instead of its source */
    bool cancels; /* when a script logs something */
    bool calls;   /* an action of its own then */
    bool fetches; /* gives scripts a network */
    const char *confirms;
    size_t asked;
    char code[64];    /* of the call that it made */
    char sent[512];   /* headers and body of the last fetch */
    size_t sent_size; /* of the body */
} host;

static void keep_sent(host *h, const nf_argument *arguments, size_t count)
{
    const char *headers, *body;
    size_t length;

    assert_int_equal(count, 4);
    assert_string_equal(arguments[2].name, "headers");
    assert_true(strcmp(arguments[3].name, "body") == 0 ||
                strcmp(arguments[3].name, "base64") == 0);
    assert_true(nf_value_as_string(&headers, &length, arguments[2].value));
    assert_true(nf_value_as_string(&body, &length, arguments[3].value));
    snprintf(h->sent, sizeof h->sent, "%s %s%s", headers,
             strcmp(arguments[3].name, "body") == 0 ? "" : "base64:", body);
    h->sent_size = length;
}

static nf_status on_call(void *user, nf_session *session, const char *kind,
                         const char *name, const nf_argument *arguments,
                         size_t count, void **token, nf_value **result,
                         nf_error *err)
{
    host *h = user;

    (void)session;
    (void)token;
    (void)err;
    h->asked++;
    if (strcmp(kind, "request") == 0 && h->confirms) {
        const char *text;
        size_t length;

        assert_string_equal(name, "confirm");
        assert_int_equal(count, 4);
        assert_string_equal(arguments[1].name, "question");
        assert_true(nf_value_as_string(&text, &length, arguments[1].value));
        assert_string_equal(text, "Sure?");
        *result = nf_value_new_boolean(strcmp(h->confirms, "yes") == 0);
        return NF_OK;
    }
    if (strcmp(kind, "request") == 0 && strcmp(name, "fetch") == 0 &&
        h->fetches) {
        const char *answer = "{\"status\": 201, \"headers\": {\"A\": \"b\"}, "
                             "\"body\": \"{\\\"c\\\": 1}\"}";

        keep_sent(h, arguments, count);
        *result = nf_value_new_string(answer, strlen(answer));
        return NF_OK;
    }
    if (!h->answers)
        return NF_USAGE;
    *result = nf_value_new_string("the host", 8);
    return NF_OK;
}

static nf_status call(char **out, nf_session *session, const char *flow,
                      const char *script, nf_error *err)
{
    nf_value *text =
        script ? nf_value_new_string(script, strlen(script)) : NULL;
    const nf_argument argument = {"Script", text};
    nf_value *result = NULL;
    nf_status status =
        nf_session_call(&result, session, flow, &argument, script ? 1 : 0, err);

    *out = result ? nf_value_print(result) : NULL;
    nf_value_free(result);
    nf_value_free(text);
    return status;
}

static nf_status on_event(void *user, nf_session *session, const char *name,
                          const char *json, nf_error *err)
{
    host *h = user;

    (void)json;
    (void)err;
    if (strcmp(name, "log") != 0)
        return NF_OK;
    if (h->cancels)
        nf_session_cancel(session);
    if (h->calls) {
        nf_error *own = nf_error_new();
        char *text = NULL;

        h->calls = false;
        assert_int_equal(call(&text, session, "Js.AsText", "1", own),
                         NF_FAILED);
        strcpy(h->code, nf_error_text(own, NF_ERROR_CODE));
        nf_error_free(own);
    }
    return NF_OK;
}

typedef struct fixture {
    nf_app *app;
    nf_session *session;
    nf_error *err;
    host host;
} fixture;

static void open_with(fixture *f, nf_session_options options)
{
    *f = (fixture){.err = nf_error_new()};
    options.event = on_event;
    options.call = on_call;
    options.host = &f->host;
    assert_int_equal(nf_app_open(&f->app,
                                 NF_SOURCE_DIR
                                 "/tests/scenarios/activities/model.xml",
                                 f->err),
                     NF_OK);
    assert_int_equal(nf_session_new(&f->session, f->app, &options, f->err),
                     NF_OK);
}

static void open_fixture(fixture *f, const char *now)
{
    nf_session_options options = NF_SESSION_OPTIONS_INIT;

    options.now = now;
    open_with(f, options);
}

static void close_fixture(fixture *f)
{
    nf_session_free(f->session);
    nf_app_close(f->app);
    nf_error_free(f->err);
}

static void answers(fixture *f, const char *flow, const char *script,
                    const char *expected)
{
    char *text = NULL;

    if (call(&text, f->session, flow, script, f->err) != NF_OK)
        fail_msg("%s", nf_error_text(f->err, NF_ERROR_MESSAGE));
    assert_string_equal(text, expected);
    nf_text_free(text);
}

/* activities 16.9 T171: the host comes first; what it leaves the source does.
 */
static void test_host_first(void **state)
{
    fixture f;

    (void)state;
    open_fixture(&f, NULL);
    f.host.answers = true;
    answers(&f, "Js.AsText", "'the source'", "the host");
    f.host.answers = false;
    answers(&f, "Js.AsText", "'the source'", "the source");
    assert_int_equal(f.host.asked, 2);
    close_fixture(&f);
}

/* activities 16.9 T186 */
static void test_confirm(void **state)
{
    fixture f;

    (void)state;
    open_fixture(&f, NULL);
    f.host.confirms = "no";
    answers(&f, "Script.Asks", NULL, "false");
    f.host.confirms = "yes";
    answers(&f, "Script.Asks", NULL, "true");
    close_fixture(&f);
}

/* No network but what the host gives. */
static void test_fetch(void **state)
{
    static const char script[] =
        "try { const r = await fetch('https://a/', {method: 'post', body: "
        "'x'}); return [r.status, r.ok, r.headers.get('a'), (await "
        "r.json()).c].join(); } catch (e) { return 'refused'; }";
    static const char form[] =
        "const f = new FormData(); f.append('a', 1); f.append('f', new "
        "Blob(['text'], { type: 'text/x' }), 'n\".txt'); return "
        "String((await fetch('https://a/', { method: 'POST', body: f "
        "})).status);";
    static const char old[] =
        "const seen = [], x = new XMLHttpRequest(); x.onreadystatechange = () "
        "=> seen.push(x.readyState); x.responseType = 'json'; x.open('post', "
        "'rest/a?b'); x.setRequestHeader('X-Csrf-Token', 't'); const ended = "
        "new Promise((done) => x.addEventListener('loadend', done)); x.onload "
        "= () => seen.push('load'); x.onerror = () => seen.push('error'); "
        "x.send('y'); seen.push('sent'); await ended; return [seen, x.status, "
        "x.response?.c, x.getResponseHeader('a'), x.responseURL].join();";
    fixture f;

    (void)state;
    open_fixture(&f, NULL);
    answers(&f, "Js.AsText", old, "1,sent,4,error,0,,,");
    answers(&f, "Js.AsText", script, "refused");
    f.host.fetches = true;
    answers(&f, "Js.AsText", script, "201,true,b,1");
    assert_string_equal(f.host.sent,
                        "{\"content-type\":\"text/plain;charset=UTF-8\"} x");
    answers(&f, "Js.AsText", old,
            "1,sent,2,3,4,load,201,1,b,http://localhost/rest/a?b");
    assert_string_equal(f.host.sent,
                        "{\"content-type\":\"text/plain;charset=UTF-8\","
                        "\"x-csrf-token\":\"t\"} y");
    answers(&f, "Js.AsText",
            "const x = new XMLHttpRequest(); x.open('GET', 'https://a/', "
            "false); x.send(); return x.responseText + x.DONE + "
            "x.getAllResponseHeaders();",
            "{\"c\": 1}4a: b\r\n");
    answers(&f, "Js.AsText", form, "201");
    assert_non_null(strstr(f.host.sent, "multipart/form-data; boundary=----"));
    assert_non_null(
        strstr(f.host.sent, "form-data; name=\"a\"\r\n\r\n1\r\n--"));
    assert_non_null(strstr(f.host.sent,
                           "name=\"f\"; filename=\"n%22.txt\"\r\nContent-Type: "
                           "text/x\r\n\r\ntext\r\n--"));
    /* Bytes that are no text, and a text that ends nowhere before its end. */
    answers(&f, "Js.AsText",
            "const r = await fetch('https://a/', { method: 'POST', body: new "
            "Blob([Uint8Array.of(0xC3, 0, 0xFF)], { type: 'image/x' }) }); "
            "return String(r.status);",
            "201");
    assert_string_equal(f.host.sent,
                        "{\"content-type\":\"image/x\"} base64:wwD/");
    answers(&f, "Js.AsText",
            "const r = await fetch('https://a/', { method: 'POST', body: "
            "'a\\0b' }); return String(r.status);",
            "201");
    assert_int_equal(f.host.sent_size, 3);
    close_fixture(&f);
}

/* One process serves all calls of a session: modules remember (J18). */
static void test_modules_remember(void **state)
{
    fixture f;

    (void)state;
    open_fixture(&f, NULL);
    answers(&f, "Js.AsText", "globalThis.count = 1; return 'set';", "set");
    answers(&f, "Js.AsText", "String(globalThis.count)", "1");
    close_fixture(&f);
}

/* A wait is one for the host's loop, which learns its end; a run that is given
 * up leaves nothing. */
static void test_steps(void **state)
{
    fixture f;
    nf_run *run = NULL;
    nf_watch watches[4];
    int timeout = 0;

    (void)state;
    open_fixture(&f, NULL);
    assert_int_equal(
        nf_run_start(&run, f.session, "Script.Waits", NULL, 0, f.err), NF_OK);
    assert_int_equal(nf_run_step(run, f.err), NF_PENDING);
    assert_int_equal(nf_run_step(run, f.err), NF_PENDING);
    assert_int_equal(nf_session_watch(f.session, watches, 4, &timeout), 0);
    assert_in_range(timeout, 0, 1000);
    nf_run_free(run);
    answers(&f, "Js.AsText", "'goes on'", "goes on");
    close_fixture(&f);
}

static void test_cancel(void **state)
{
    fixture f;
    char *text = NULL;

    (void)state;
    open_fixture(&f, NULL);
    f.host.cancels = true;
    assert_int_equal(call(&text, f.session, "Js.AsText",
                          "console.log('now'); for (;;);", f.err),
                     NF_CANCELLED);
    assert_null(text);
    f.host.cancels = false;
    nf_error_reset(f.err);
    answers(&f, "Js.AsText", "'anew'", "anew");
    close_fixture(&f);
}

/* The process handles one thing at a time. */
static void test_reentrance(void **state)
{
    fixture f;

    (void)state;
    open_fixture(&f, NULL);
    f.host.calls = true;
    answers(&f, "Js.AsText", "console.log('now'); return 'done';", "done");
    assert_string_equal(f.host.code, "js_unavailable");
    close_fixture(&f);
}

/* Objects that no script holds are given back: their number does not grow with
 * what passed by. */
static void test_objects_are_released(void **state)
{
    fixture f;

    (void)state;
    open_fixture(&f, NULL);
    for (int i = 0; i < 3; i++)
        answers(&f, "Js.AsText",
                "let n = 0; for (let i = 0; i < 600; i++) await new "
                "Promise((callback, error) => mx.data.create({entity: "
                "'T.Form', callback: () => { n++; callback(); }, error})); "
                "return String(n);",
                "600");
    close_fixture(&f);
}

/* Work that is left when the call has ended (J25). */
static void test_background(void **state)
{
    fixture f;

    (void)state;
    open_fixture(&f, "2026-03-18T10:20:30Z");
    assert_int_equal(nf_session_background(f.session, f.err), NF_OK);
    answers(&f, "Js.AsText",
            "setTimeout(() => { globalThis.late = 'late'; }, 5000); return "
            "String(globalThis.late);",
            "undefined");
    while (nf_session_background(f.session, f.err) == NF_PENDING)
        nf_session_wait(f.session, -1);
    answers(&f, "Js.AsText", "globalThis.late", "late");
    close_fixture(&f);
}

/* ---- a clock and random numbers of the host ------------------------------ */

static int64_t tell_time(void *user)
{
    return *(int64_t *)user;
}

static void pass_time(void *user, int64_t milliseconds)
{
    *(int64_t *)user += milliseconds;
}

static bool draw(void *user, void *bytes, size_t size)
{
    memset(bytes, *(int *)user, size);
    return true;
}

/* A timer moves a clock that stands still, and nobody waits. */
static void test_still_clock(void **state)
{
    int64_t time = INT64_C(1773829230000);
    nf_clock clock = {tell_time, pass_time, &time};
    nf_session_options options = NF_SESSION_OPTIONS_INIT;
    fixture f;

    (void)state;
    options.clock = &clock;
    open_with(&f, options);
    answers(&f, "Js.AsText",
            "await new Promise((ok) => setTimeout(ok, 30000)); return "
            "String(Date.now());",
            "1773829260000");
    assert_int_equal(time, INT64_C(1773829260000));
    close_fixture(&f);
}

/* One that runs by itself, in another year. */
static void test_running_clock(void **state)
{
    int64_t time = INT64_C(1000000000000);
    nf_clock clock = {tell_time, NULL, &time};
    nf_session_options options = NF_SESSION_OPTIONS_INIT;
    fixture f;

    (void)state;
    options.clock = &clock;
    open_with(&f, options);
    answers(&f, "Js.AsText", "String(new Date().getUTCFullYear())", "2001");
    close_fixture(&f);
}

static void roll(char out[64], int chance)
{
    nf_random_source random = {draw, &chance};
    nf_session_options options = NF_SESSION_OPTIONS_INIT;
    char *text = NULL;
    fixture f;

    options.random = &random;
    open_with(&f, options);
    if (call(&text, f.session, "Js.AsText",
             "Math.random() + ' ' + crypto.getRandomValues(new Uint8Array(1))",
             f.err) != NF_OK)
        fail_msg("%s", nf_error_text(f.err, NF_ERROR_MESSAGE));
    snprintf(out, 64, "%s", text);
    nf_text_free(text);
    close_fixture(&f);
}

static void test_random_source(void **state)
{
    char one[64], same[64], other[64];

    (void)state;
    roll(one, 5);
    roll(same, 5);
    roll(other, 6);
    assert_string_equal(one, same);
    assert_string_not_equal(one, other);
    assert_non_null(strstr(one, " 5"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_host_first),
        cmocka_unit_test(test_confirm),
        cmocka_unit_test(test_fetch),
        cmocka_unit_test(test_modules_remember),
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_reentrance),
        cmocka_unit_test(test_objects_are_released),
        cmocka_unit_test(test_background),
        cmocka_unit_test(test_still_clock),
        cmocka_unit_test(test_running_clock),
        cmocka_unit_test(test_random_source),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
