/* A host with several calls under way, with nothing but nanoflow.h: who is
 * cancelled, when each has taken too long, what becomes of tokens, and options
 * of an older or a newer header (activities F10, F11). */
#include "check.h"

#include <poll.h>
#include <stddef.h>
#include <stdlib.h>

typedef struct desk {
    nf_run *stepped; /* by the callback, if it is not NULL */
    nf_status nested;
    bool open;  /* answers are given */
    bool leave; /* … and the token is left */
    int made, freed;
} desk;

static nf_status answer(void *user, nf_session *session, const char *kind,
                        const char *name, const nf_argument *arguments,
                        size_t count, void **token, nf_value **result,
                        nf_error *err)
{
    desk *d = user;
    (void)session, (void)kind, (void)name, (void)count, (void)err;
    if (d->stepped)
        d->nested = nf_run_step(d->stepped, NULL);
    if (!*token) {
        *token = malloc(1);
        d->made++;
    }
    if (!d->open)
        return NF_PENDING;
    if (!d->leave) {
        free(*token);
        d->freed++;
        *token = NULL;
    }
    *result = nf_value_clone(arguments[0].value);
    return *result ? NF_OK : NF_NOMEM;
}

static void forget(void *user, nf_session *session, void *token)
{
    desk *d = user;
    (void)session;
    free(token);
    d->freed++;
}

static nf_session *open_session(const nf_app *app, desk *d, double timeout,
                                nf_error *err)
{
    nf_session_options options = NF_SESSION_OPTIONS_INIT;
    nf_session *session = NULL;
    memset(d, 0, sizeof *d);
    options.call = answer;
    options.forget = forget;
    options.host = d;
    options.timeout = timeout;
    check(nf_session_new(&session, app, &options, err) == NF_OK, "a session",
          err);
    return session;
}

/* A call that waits for the host. */
static nf_run *ask(nf_session *s, nf_error *err)
{
    static const char *const arguments[] = {"Key=k"};
    nf_run *run = NULL;
    nf_error_reset(err);
    check(nf_run_start_text(&run, s, "Main.Ask", arguments, 1, err) == NF_OK &&
              nf_run_step(run, err) == NF_PENDING,
          "a call that waits", err);
    return run;
}

static bool ends(nf_run *run, nf_status status, const char *code, nf_error *err)
{
    nf_error_reset(err);
    return nf_run_step(run, err) == status && has_code(err, code);
}

/* A call that the host answers at once. */
static bool works(nf_session *s, desk *d, nf_error *err)
{
    static const char *const arguments[] = {"Key=k"};
    nf_run *run = NULL;
    bool open = d->open;
    d->open = true;
    nf_error_reset(err);
    bool ok =
        nf_run_start_text(&run, s, "Main.Ask", arguments, 1, err) == NF_OK &&
        nf_run_step(run, err) == NF_OK && nf_run_step(run, err) == NF_OK &&
        is_text(nf_run_result(run), "k/k");
    nf_run_free(run);
    d->open = open;
    return ok;
}

/* F11: who is under way is cancelled, all of them, and nobody else. */
static void cancel(const nf_app *app)
{
    desk d;
    nf_error *err = nf_error_new();
    nf_session *s = open_session(app, &d, 0, err);
    nf_session_cancel(s);
    check(works(s, &d, err), "nothing was under way", err);
    nf_run *first = ask(s, err), *second = ask(s, err);
    nf_session_cancel(s);
    check(ends(first, NF_CANCELLED, "cancelled", err), "the first", err);
    check(ends(second, NF_CANCELLED, "cancelled", err), "the second", err);
    check(ends(first, NF_CANCELLED, "cancelled", err), "the same again", err);
    check(works(s, &d, err), "what starts afterwards", err);
    nf_session_cancel(s);
    check(works(s, &d, err), "runs that have ended are not under way", err);
    nf_run_free(second);
    nf_run_free(first);
    nf_run *third = ask(s, err);
    nf_session_cancel(s);
    nf_run_free(third); /* was under way, and is not any more */
    check(works(s, &d, err), "a run that was given up", err);
    nf_session_free(s);
    check(d.made > 0 && d.made == d.freed, "tokens of cancelled calls", NULL);
    nf_error_free(err);
}

/* F10: each call has its own time, which others do not lengthen; and who waits
 * for nothing is not woken. */
static void take_long(const nf_app *app)
{
    desk d;
    int timeout = 0, turns = 0;
    nf_error *err = nf_error_new();
    nf_session *s = open_session(app, &d, 0.4, err);
    nf_run *first = ask(s, err), *second = NULL;
    while (nf_run_step(first, err) == NF_PENDING && turns++ < 1000) {
        nf_session_watch(s, NULL, 0, &timeout);
        check(timeout >= 0 && timeout <= 400, "the time that is left", NULL);
        nf_run_free(second);
        second = ask(s, err);
        poll(NULL, 0, timeout > 20 ? 20 : timeout);
    }
    check(turns < 1000 && ends(first, NF_FAILED, "budget_exceeded", err) &&
              is(nf_error_text(err, NF_ERROR_DETAIL), "timeout"),
          "the first", err);
    nf_error_reset(err);
    check(nf_run_step(second, err) == NF_PENDING, "the second", err);
    nf_run_free(second);
    nf_session_watch(s, NULL, 0, &timeout);
    check(timeout == -1, "nothing is left to wait for", NULL);
    nf_run_free(first);
    nf_session_free(s);
    check(d.made == d.freed, "tokens of calls that took too long", NULL);
    nf_error_free(err);
}

static void give_back(const nf_app *app)
{
    desk d;
    nf_error *err = nf_error_new();
    nf_session *s = open_session(app, &d, 0, err);
    d.leave = true;
    check(works(s, &d, err) && d.made == 2 && d.freed == 2,
          "tokens that the host leaves", err);
    nf_run *run = ask(s, err);
    d.stepped = run;
    d.nested = NF_OK;
    nf_error_reset(err);
    check(nf_run_step(run, err) == NF_PENDING && d.nested == NF_USAGE,
          "a callback steps its own run", err);
    d.stepped = NULL;
    nf_run_free(run);
    check(d.made == 3 && d.freed == 3, "the token of a run given up", err);
    nf_session_free(s);
    nf_error_free(err);
}

/* What the host's header did not know is not read; what the library does not
 * know must not be set. */
static void grow(const nf_app *app)
{
    enum { OLD = offsetof(nf_session_options, forget), NEWER = 64 };
    nf_error *err = nf_error_new();
    nf_session *session = NULL;
    nf_session_options options = NF_SESSION_OPTIONS_INIT;
    struct {
        nf_session_options known;
        unsigned char unknown[NEWER];
    } newer;
    char *old = malloc(OLD); /* not a byte more */
    options.size = OLD;
    options.language = "nl_NL";
    if (old)
        memcpy(old, &options, OLD);
    check(old && nf_session_new(&session, app,
                                (const nf_session_options *)(void *)old,
                                err) == NF_OK,
          "options of an older header", err);
    nf_session_free(session);
    free(old);
    memset(&newer, 0, sizeof newer);
    newer.known.size = sizeof newer;
    check(nf_session_new(&session, app, &newer.known, err) == NF_OK,
          "options of a newer header", err);
    nf_session_free(session);
    newer.unknown[NEWER - 1] = 1;
    check(nf_session_new(&session, app, &newer.known, err) == NF_USAGE &&
              !session && has_code(err, "bad_option"),
          "options that are not known", err);
    nf_error_reset(err);
    memset(&options, 0, sizeof options);
    check(nf_session_new(&session, app, &options, err) == NF_USAGE,
          "options without a size", err);
    nf_error_free(err);
}

static void test(const nf_app *app)
{
    cancel(app);
    take_long(app);
    give_back(app);
    grow(app);
}

int main(int argc, char **argv)
{
    return on_app(argc, argv, test);
}
