/* A host program with nothing but nanoflow.h: two sessions on two threads over
 * one app (design §6), a call of JavaScript that the host answers later, and a
 * cancel from another thread (activities F11, T76). Run under the thread
 * sanitizer it shows that an open app may be shared. */
#include "check.h"

#include <pthread.h>
#include <time.h>

enum { ROUNDS = 50, THREADS = 2, WAITS = 3 };

/* ---- two threads ------------------------------------------------------- */

typedef struct worker {
    const nf_app *app;
    pthread_t thread;
    int number;
} worker;

static void greet(nf_session *session, int number, nf_error *err)
{
    char name[32], expected[48];
    nf_value *result = NULL;
    int length = snprintf(name, sizeof name, "thread %d", number);
    nf_value *value = nf_value_new_string(name, (size_t)length);
    nf_argument argument = {"Name", value};
    snprintf(expected, sizeof expected, "Hello, %s", name);
    check(nf_session_call(&result, session, "Main.Greet", &argument, 1, err) ==
                  NF_OK &&
              is_text(result, expected),
          "Greet", err);
    nf_value_free(result);
    nf_value_free(value);
}

static void divide(nf_session *session, nf_error *err)
{
    nf_value *result = NULL;
    nf_value *one = nf_value_new_integer(1), *zero = nf_value_new_integer(0);
    nf_argument arguments[] = {{"A", one}, {"B", zero}};
    check(nf_session_call(&result, session, "Main.Divide", arguments, 2, err) ==
                  NF_FAILED &&
              !result &&
              strcmp(nf_error_text(err, NF_ERROR_CODE), "expression_error") ==
                  0,
          "Divide", err);
    nf_error_reset(err);
    nf_value_free(one);
    nf_value_free(zero);
}

static void store(nf_session *session, int round, nf_error *err)
{
    nf_object *object = NULL;
    nf_value *title = nf_value_new_string("stored", 6), *read = NULL;
    bool ok = nf_session_create(&object, session, "Main.Item", err) == NF_OK &&
              nf_object_change(object, "Title", title, err) == NF_OK &&
              nf_session_commit(session, &object, 1, err) == NF_OK &&
              nf_object_member(&read, object, "Title", err) == NF_OK &&
              is_text(read, "stored") &&
              strcmp(nf_object_state_text(object), "committed") == 0;
    check(ok, round ? "storing again" : "storing", err);
    nf_value_free(read);
    nf_value_free(title);
    nf_object_free(object);
}

static void *work(void *user)
{
    const worker *w = user;
    nf_error *err = nf_error_new();
    nf_session *session = NULL;
    nf_session_options options = NF_SESSION_OPTIONS_INIT;
    options.server = "local::memory:";
    options.device = w->number ? "second" : "first";
    check(nf_session_new(&session, w->app, &options, err) == NF_OK, "session",
          err);
    for (int round = 0; session && round < ROUNDS; round++) {
        greet(session, w->number, err);
        divide(session, err);
        store(session, round, err);
    }
    char *report = NULL;
    check(session &&
              nf_session_synchronize(&report, session, NF_SYNCHRONIZE_ALL, NULL,
                                     0, false, err) == NF_OK,
          "synchronize", err);
    nf_text_free(report);
    nf_session_free(session);
    nf_error_free(err);
    return NULL;
}

static void share_app(const nf_app *app)
{
    worker workers[THREADS];
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (worker){.app = app, .number = i};
        if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0)
            check(false, "a thread", NULL);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(workers[i].thread, NULL);
}

/* ---- cancel ------------------------------------------------------------ */

static void *cancel_soon(void *user)
{
    const struct timespec soon = {.tv_nsec = 20 * 1000 * 1000};
    nanosleep(&soon, NULL);
    nf_session_cancel(user);
    return NULL;
}

static void cancel(const nf_app *app)
{
    nf_error *err = nf_error_new();
    nf_session *session = NULL;
    nf_session_options options = NF_SESSION_OPTIONS_INIT;
    pthread_t thread;
    if (nf_session_new(&session, app, &options, err) == NF_OK &&
        pthread_create(&thread, NULL, cancel_soon, session) == 0) {
        check(nf_session_call(NULL, session, "Main.Forever", NULL, 0, err) ==
                  NF_CANCELLED,
              "cancel", err);
        pthread_join(thread, NULL);
        nf_error_reset(err);
        /* The session goes on after it. */
        greet(session, 7, err);
    } else {
        check(false, "a session to cancel", err);
    }
    nf_session_free(session);
    nf_error_free(err);
}

/* ---- an answer that comes later ---------------------------------------- */

typedef struct desk {
    int asked, answered;
} desk;

/* Asks to be called again a few times; the token stays the same. */
static nf_status answer(void *user, nf_session *session, const char *kind,
                        const char *name, const nf_argument *arguments,
                        size_t count, void **token, nf_value **result,
                        nf_error *err)
{
    desk *d = user;
    const char *text = "";
    size_t length = 0;
    (void)session;
    if (strcmp(kind, "javascriptaction") != 0 ||
        strcmp(name, "Main.Lookup") != 0)
        return NF_USAGE;
    check(count == 1 && strcmp(arguments[0].name, "Key") == 0 &&
              nf_value_as_string(&text, &length, arguments[0].value),
          "the argument", err);
    d->asked++;
    if (!*token) {
        *token = d;
        return NF_PENDING;
    }
    check(*token == d, "the token", err);
    if (d->asked < WAITS)
        return NF_PENDING;
    d->asked = 0;
    d->answered++;
    *result = nf_value_new_string(text, length);
    return *result ? NF_OK : NF_NOMEM;
}

static void answer_later(const nf_app *app)
{
    desk d = {0};
    int pending = 0;
    nf_error *err = nf_error_new();
    nf_session *session = NULL;
    nf_run *run = NULL;
    nf_value *key = nf_value_new_string("k", 1);
    nf_argument argument = {"Key", key};
    nf_session_options options = NF_SESSION_OPTIONS_INIT;
    options.call = answer;
    options.host = &d;
    nf_status status = nf_session_new(&session, app, &options, err);
    if (status == NF_OK)
        status = nf_run_start(&run, session, "Main.Ask", &argument, 1, err);
    if (status == NF_OK)
        while ((status = nf_run_step(run, err)) == NF_PENDING &&
               pending <= 2 * WAITS)
            pending++;
    check(status == NF_OK && pending == 2 * (WAITS - 1) && d.answered == 2 &&
              is_text(nf_run_result(run), "k/k"),
          "an answer that comes later", err);
    nf_run_free(run);
    run = NULL;
    /* One that nobody answers can be cancelled. */
    nf_error_reset(err);
    check(nf_run_start(&run, session, "Main.Ask", &argument, 1, err) == NF_OK &&
              nf_run_step(run, err) == NF_PENDING,
          "a call to cancel", err);
    nf_session_cancel(session);
    check(nf_run_step(run, err) == NF_CANCELLED, "cancel what waits", err);
    nf_run_free(run);
    run = NULL;
    d.asked = 0;
    /* A run that waits can be given up. */
    nf_error_reset(err);
    check(nf_run_start(&run, session, "Main.Ask", &argument, 1, err) == NF_OK &&
              nf_run_step(run, err) == NF_PENDING,
          "a call to give up", err);
    nf_run_free(run);
    nf_value_free(key);
    nf_session_free(session);
    nf_error_free(err);
}

static void test(const nf_app *app)
{
    share_app(app);
    cancel(app);
}

/* host PROGRAM-APP ASKING-APP */
int main(int argc, char **argv)
{
    on_app(argc, argv, test);
    return on_app(argc - 1, argv + 1, answer_later);
}
