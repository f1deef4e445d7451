/* A host whose nanoflows call microflows while a synchronization of the same
 * session is under way, with nothing but nanoflow.h (synchronize S156;
 * activities C15). */
#include "check.h"

static nf_status to_end(nf_run *run, nf_error *err)
{
    nf_status status;
    do
        status = nf_run_step(run, err);
    while (status == NF_PENDING);
    return status;
}

/* The call waits for the synchronization, whoever goes on with it; what would
 * wait for ever is an error. */
static void waits(nf_session *s, nf_error *err)
{
    nf_run *run = NULL, *given_up = NULL;
    nf_status status;

    check(nf_session_sync_start(s, NF_SYNCHRONIZE_ALL, NULL, 0, err) == NF_OK,
          "a synchronization", err);
    check(nf_run_start(&run, s, "C.GetsBack", NULL, 0, err) == NF_OK, "a run",
          err);
    check(nf_run_start(&given_up, s, "C.CallsOnce", NULL, 0, err) == NF_OK,
          "another", err);
    for (int i = 0; i < 3; i++) {
        check(nf_run_step(run, err) == NF_PENDING, "it waits", err);
        check(nf_run_step(given_up, err) == NF_PENDING, "that too", err);
    }
    nf_run_free(given_up);
    check(nf_session_call(NULL, s, "C.GetsBack", NULL, 0, err) == NF_FAILED &&
              has_code(err, "SYNC_BUSY"),
          "who can't wait", err);
    nf_error_reset(err);
    do
        status = nf_session_sync_step(NULL, s, 20, err);
    while (status == NF_PENDING);
    check(status == NF_OK, "the synchronization ends", err);
    check(to_end(run, err) == NF_OK &&
              is_text(nf_run_result(run), "a! 3 same empty"),
          "the call goes on", err);
    nf_run_free(run);
}

/* Nothing of the call that was given up is in the way. */
static void goes_on(nf_session *s, nf_error *err)
{
    nf_run *run = NULL;

    check(nf_session_synchronize(NULL, s, NF_SYNCHRONIZE_ALL, NULL, 0, false,
                                 err) == NF_OK,
          "another synchronization", err);
    check(nf_run_start(&run, s, "C.CallsOnce", NULL, 0, err) == NF_OK &&
              to_end(run, err) == NF_OK &&
              is_text(nf_run_result(run), "done 1"),
          "it ran once", err);
    nf_run_free(run);
}

static void test(const nf_app *app)
{
    nf_error *err = nf_error_new();
    nf_session_options options = NF_SESSION_OPTIONS_INIT;
    nf_session *session = NULL;

    options.server = "local::memory:";
    options.user = "anna";
    options.initial_sync = "never";
    check(nf_session_new(&session, app, &options, err) == NF_OK, "session",
          err);
    if (session) {
        waits(session, err);
        goes_on(session, err);
    }
    nf_session_free(session);
    nf_error_free(err);
}

int main(int argc, char **argv)
{
    return on_app(argc, argv, test);
}
