/* What a source takes from a page or a device. */
#include "javascript/needs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void add(void *user, nf_js_need need, const char *name)
{
    char *all = user;

    if (*all)
        strcat(all, " ");
    if (need == NF_JS_NEED_MODULE)
        strcat(all, "@");
    strcat(all, name);
}

static void assert_needs(const char *source, const char *expected)
{
    char found[512] = "";

    assert_int_equal(nf_js_find_needs(source, strlen(source), add, found, NULL),
                     NF_OK);
    assert_string_equal(found, expected);
}

static void test_uses(void **state)
{
    (void)state;
    assert_needs("document.title", "document");
    assert_needs("export async function A(s) {\n  document.querySelector(s)\n}",
                 "document");
    assert_needs("window.document.cookie = 'a'; self.Worker",
                 "document Worker");
    assert_needs("navigator.camera.getPicture(navigator?.geolocation)",
                 "navigator.camera navigator.geolocation");
    assert_needs("`${document.title}`", "document");
    assert_needs("new MediaRecorder(), new WebSocket()",
                 "MediaRecorder WebSocket");
    assert_needs("f({ document }); g({ a: document })", "document document");
}

static void test_what_is_none(void **state)
{
    (void)state;
    assert_needs("// document\n'document' + /document/ + `document`", "");
    assert_needs("typeof document === 'undefined'", "");
    assert_needs("file.document, { document: 1 }, a?.document", "");
    assert_needs("navigator.product, navigator.userAgent, navigator", "");
    assert_needs("import { Image } from './image'; new Image()", "");
    assert_needs("import * as dojo from 'dojo'; dojo.x()", "");
    assert_needs("const { Audio = 1, b: Worker } = c; Audio(Worker)", "");
    assert_needs("function Image() {}\nclass Audio {}\nnew Image(Audio)", "");
}

/* A declaration ends where its statement does. */
static void test_declarations_end(void **state)
{
    (void)state;
    assert_needs("let a\ndocument.title", "document");
    assert_needs("const e = document.body", "document");
    assert_needs("for (const k of document.links) k()", "document");
    assert_needs("function f(x) { document.x }", "document");
}

static void test_modules(void **state)
{
    (void)state;
    assert_needs("const { Share } = require(\"react-native\").Share",
                 "@react-native");
    assert_needs("(await import('./a.js')).default", "@./a.js");
    assert_needs("require(name), a.require('b'), import.meta, require", "");
    assert_needs("import a from 'b'; require('c')", "@c");
}

/* The engine's words for it, as scripts pass them on. */
static void test_messages(void **state)
{
    static const char *const missing[] = {
        "Can't find variable: document",
        "ReferenceError: Can't find variable: WebSocket",
        "undefined is not an object (evaluating "
        "'navigator.geolocation.getCurrentPosition')",
        "undefined is not an object (evaluating 'window.document.body')",
        "navigator.vibrate is not a function. (In 'navigator.vibrate(1)', "
        "'navigator.vibrate' is undefined)",
        "undefined is not a constructor (evaluating 'new window.Audio()')"};
    static const char *const others[] = {
        "Can't find variable: documents",
        "Can't find variable: doc",
        "Can't find variable: Big",
        "no document",
        "",
        "(evaluating '",
        "undefined is not an object (evaluating 'file.document')",
        "undefined is not an object (evaluating 'navigators.a')"};

    (void)state;
    for (size_t i = 0; i < sizeof missing / sizeof *missing; i++)
        assert_true(nf_js_misses_device(missing[i]));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(nf_js_misses_device(others[i]));
}

static void test_broken_source(void **state)
{
    char found[8] = "";
    nf_error err = {0};

    (void)state;
    assert_int_equal(nf_js_find_needs("`", 1, add, found, &err), NF_INPUT);
    assert_string_equal(err.code, "bad_source");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_uses),
        cmocka_unit_test(test_what_is_none),
        cmocka_unit_test(test_declarations_end),
        cmocka_unit_test(test_modules),
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_broken_source),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
