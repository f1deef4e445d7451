/* What the hosts of this folder share. Like them it knows nothing but
 * nanoflow.h. */
#ifndef NF_TESTS_HEADER_CHECK_H
#define NF_TESTS_HEADER_CHECK_H

#include "nanoflow.h"

#include <stdio.h>
#include <string.h>

static int failures; /* of all threads */

static inline void check(bool ok, const char *what, const nf_error *err)
{
    char *text = ok ? NULL : nf_error_print(err);
    if (ok)
        return;
    fprintf(stderr, "failed: %s: %s\n", what, text ? text : "");
    nf_text_free(text);
    __atomic_add_fetch(&failures, 1, __ATOMIC_RELAXED);
}

static inline bool is(const char *text, const char *expected)
{
    return text && strcmp(text, expected) == 0;
}

static inline bool has_code(const nf_error *err, const char *code)
{
    return is(nf_error_text(err, NF_ERROR_CODE), code);
}

static inline bool is_text(const nf_value *value, const char *expected)
{
    const char *text = "";
    size_t length = 0;
    return nf_value_as_string(&text, &length, value) &&
           length == strlen(expected) && memcmp(text, expected, length) == 0;
}

/* Whether a flow without parameters returns this, as it is printed. */
static inline bool answers(nf_session *session, const char *flow,
                           const char *expected, nf_error *err)
{
    nf_value *result = NULL;
    nf_error_reset(err);
    bool ok = nf_session_call(&result, session, flow, NULL, 0, err) == NF_OK;
    char *text = ok ? nf_value_print(result) : NULL;
    ok = is(text, expected);
    if (!ok)
        fprintf(stderr, "%s answers \"%s\"\n", flow, text ? text : "");
    nf_text_free(text);
    nf_value_free(result);
    return ok;
}

/* What a host is made of: runs `test` on the app that the first argument names.
 */
static inline int on_app(int argc, char **argv, void (*test)(const nf_app *app))
{
    nf_error *err = nf_error_new();
    nf_app *app = NULL;
    check(argc >= 2 && nf_app_open(&app, argv[1], err) == NF_OK, "the app",
          err);
    if (app)
        test(app);
    nf_app_close(app);
    nf_error_free(err);
    return failures > 0;
}

#endif
