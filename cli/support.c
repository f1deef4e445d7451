/* Printing, interrupts, progress: what every command needs. */
#include "cli/cli.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A signal handler can be reached by nothing else: the session that an
 * interrupt stops. The library itself has no such state. */
static nf_session *volatile interrupted_session;
static cli_session *current; /* the same, for messages */
static volatile sig_atomic_t interrupted;

static void on_interrupt(int number)
{
    (void)number;
    if (interrupted || !interrupted_session)
        _exit(CLI_INTERRUPTED);
    interrupted = 1;
    nf_session_cancel(interrupted_session);
}

bool cli_interrupted(void)
{
    return interrupted != 0;
}

/* Why a server was not reached, which the error does not say (synchronize
 * §17): an error is one line. NULL: not known. */
static const char *reason_of(const nf_error *err)
{
    const char *reason =
        current ? nf_session_warning(current->session, current->warned) : NULL;
    if (!reason ||
        (strcmp(nf_error_text(err, NF_ERROR_CODE), "SYNC_NETWORK") != 0 &&
         strcmp(nf_error_text(err, NF_ERROR_DETAIL), "SYNC_NETWORK") != 0))
        return NULL;
    current->warned++;
    return reason;
}

int cli_fail(nf_status status, const nf_error *err)
{
    static const int codes[] = {
        [NF_OK] = CLI_OK,
        [NF_FAILED] = CLI_NO,
        [NF_USAGE] = CLI_WRONG,
        [NF_INPUT] = CLI_UNREADABLE,
        [NF_NOMEM] = CLI_UNREADABLE,
        [NF_CANCELLED] = CLI_NO,
        [NF_PENDING] = CLI_NO,
    };
    char *text = nf_error_print(err);
    cli_progress_end();
    fflush(stdout);
    if (interrupted) {
        cli_error("interrupted");
        nf_text_free(text);
        return CLI_INTERRUPTED;
    }
    const char *reason = reason_of(err);
    cli_error("%s%s%s", text && *text ? text : "out of memory",
              reason ? ": " : "", reason ? reason : "");
    nf_text_free(text);
    return codes[status];
}

nf_status cli_open(nf_app **out, const char *path, bool verbose, nf_error *err)
{
    nf_status status = nf_app_open(out, path, err);
    if (status != NF_OK || !verbose)
        return status;
    for (size_t i = 0; i < nf_app_warning_count(*out); i++)
        cli_warning("%s", nf_app_warning(*out, i));
    return NF_OK;
}

static void tell_warnings(cli_session *s)
{
    const char *warning;
    while ((warning = nf_session_warning(s->session, s->warned))) {
        cli_warning("%s", warning);
        s->warned++;
    }
}

int cli_session_open(cli_session *out, const cli_options *options,
                     nf_event_fn event, void *user, nf_error *err)
{
    nf_session_options session = NF_SESSION_OPTIONS_INIT;
    memset(out, 0, sizeof *out);
    if (!cli_session_options(&session, options))
        return CLI_WRONG;
    session.event = event;
    session.host = user;
    session.sync_counts_only =
        !event && !options->json && !options->explain && !options->trace_set;
    if (cli_progress_begin(options->quiet))
        session.progress = cli_progress;
    nf_status status =
        cli_open(&out->app, options->positional[0], options->verbose, err);
    if (status == NF_OK)
        status = nf_session_new(&out->session, out->app, &session, err);
    if (status != NF_OK) {
        int code = cli_fail(status, err);
        cli_session_close(out);
        return code;
    }
    tell_warnings(out);
    out->quiet = options->quiet;
    interrupted_session = out->session;
    current = out;
    struct sigaction action = {.sa_handler = on_interrupt};
    sigaction(SIGINT, &action, NULL);
    return CLI_OK;
}

void cli_session_close(cli_session *session)
{
    interrupted_session = NULL;
    current = NULL;
    cli_progress_end();
    if (session->session && !session->quiet)
        tell_warnings(session);
    nf_session_free(session->session);
    nf_app_close(session->app);
    memset(session, 0, sizeof *session);
}

bool cli_write(void *user, const char *text, size_t length)
{
    (void)user;
    return fwrite(text, 1, length, stdout) == length;
}

bool cli_print(char *text)
{
    size_t length = text ? strlen(text) : 0;
    cli_progress_end();
    bool ok = fwrite(text ? text : "", 1, length, stdout) == length;
    if (length && text[length - 1] != '\n')
        ok = fputc('\n', stdout) != EOF && ok;
    nf_text_free(text);
    return ok;
}

int cli_finish(int code)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    /* The reader of a pipe went away: nobody is left to be told. */
    if (errno != EPIPE)
        cli_error("standard output can't be written: %s", strerror(errno));
    return CLI_UNREADABLE;
}
