/* Memory that runs out while a script asks its session: every so many
 * allocations one fails, nanoflow's and those of the libraries below it. The
 * call then ends with an error or with what it gives at other times, never with
 * something else, and the next one works.
 *
 * scripts MODEL [STEP]; STEP 0 (1/2 else) takes every allocation. */
#include "failing.h"
#include "nanoflow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char script[] =
    "const o = await data.create({ entity: 'T.Item' }); o.set('Name', 'x');"
    "localStorage.setItem('k', 'v'); localStorage.setItem('k2', 'w');"
    "localStorage.removeItem('k2');"
    "const f = await data.getByGuids({ guids: [o.getGuid(), o.getGuid()] });"
    "console.log('said'); o.set('T.Item_Self', o);"
    "return [o.get('Name'), o.getAttributes().length, f[1] === o,"
    " localStorage.getItem('k'), localStorage.length,"
    " mx.parser.formatValue(1.5, 'decimal'), o.get('T.Item_Self') ==="
    " o.getGuid(), even(2)].join();";
static const char expected[] = "x,9,true,v,1,1.5,true,true";

typedef struct world {
    nf_session *session;
    nf_value *argument;
    nf_error *err;
} world;

static void stop(const char *what, const char *found)
{
    fprintf(stderr, "%s: %s\n", what, found);
    exit(1);
}

/* Whether it gave what it gives at other times. */
static bool call(world *w)
{
    const nf_argument argument = {"Script", w->argument};
    nf_value *result = NULL;
    nf_status status = nf_session_call(&result, w->session, "Script.Item",
                                       &argument, 1, w->err);
    char *text = status ? NULL : nf_value_print(result);

    failing_stop();
    if (!status && !text)
        text = nf_value_print(result);
    if (!status && (!text || strcmp(text, expected) != 0))
        stop("a wrong result", text ? text : "none");
    if (status && !*nf_error_text(w->err, NF_ERROR_MESSAGE))
        stop("an error", "without a message");
    nf_text_free(text);
    nf_value_free(result);
    return status == NF_OK;
}

static long sweep(world *w, failing_whose whose, long divisor)
{
    long tries = 0;

    for (long n = 1;; n += divisor ? 1 + n / divisor : 1, tries++) {
        bool happened;

        failing_start(whose, n);
        call(w);
        happened = failing_happened();
        if (!call(w))
            stop("the call after it", nf_error_text(w->err, NF_ERROR_MESSAGE));
        if (!happened)
            return tries;
    }
}

int main(int argc, char **argv)
{
    nf_session_options options = NF_SESSION_OPTIONS_INIT;
    world w = {.err = nf_error_new()};
    nf_app *app = NULL;
    long divisor = argc > 2 ? atol(argv[2]) : 2, ours, libraries;

    failing_prepare();
    if (argc < 2 || nf_app_open(&app, argv[1], w.err) != NF_OK)
        stop("the app", nf_error_text(w.err, NF_ERROR_MESSAGE));
    options.now = "2026-03-18T10:20:30Z";
    if (nf_session_new(&w.session, app, &options, w.err) != NF_OK)
        stop("the session", nf_error_text(w.err, NF_ERROR_MESSAGE));
    w.argument = nf_value_new_string(script, sizeof script - 1);
    if (!call(&w))
        stop("the script", nf_error_text(w.err, NF_ERROR_MESSAGE));
    ours = sweep(&w, FAILING_OURS, divisor);
    libraries = sweep(&w, FAILING_LIBRARIES, divisor);
    printf("%ld allocations of nanoflow failed, %ld of libraries\n", ours,
           libraries);
    nf_value_free(w.argument);
    nf_session_free(w.session);
    nf_app_close(app);
    nf_error_free(w.err);
    return ours > 5 && libraries > 5 ? 0 : 1;
}
