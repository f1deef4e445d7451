/* `--fault sweep`: a command's run with every fault that can meet it. */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* What follows "sweep" or "sweep-http"; NULL: it is a plan of its own. */
static const char *after_sweep(const char *text, bool *over_http)
{
    static const char word[] = "sweep", over[] = "-http";
    if (!text || strncmp(text, word, strlen(word)) != 0)
        return NULL;
    text += strlen(word);
    *over_http = strncmp(text, over, strlen(over)) == 0;
    if (*over_http)
        text += strlen(over);
    return *text == '\0' || strchr(":=", *text) ? text : NULL;
}

bool cli_is_sweep(const cli_options *options)
{
    bool over_http;
    return after_sweep(options->fault, &over_http) != NULL;
}

static bool read_sweep(nf_sweep_options *sweep, const char *text)
{
    int64_t count = 0;
    text = after_sweep(text, &sweep->over_http);
    if (*text == '=')
        sweep->plan = text + 1;
    if (*text != ':')
        return true;
    if (!cli_number(&count, "fault sweep", text + 1))
        return false;
    if (count < 0 || count > 10000000) {
        cli_error("--fault sweep takes a number of pairs, not \"%s\"",
                  text + 1);
        return false;
    }
    sweep->doubles = (size_t)count;
    return true;
}

int cli_sweep(const cli_options *options, nf_sweep_options *sweep,
              nf_error *err)
{
    nf_session_options session = NF_SESSION_OPTIONS_INIT;
    nf_app *app = NULL;
    size_t broken = 0;

    if (!read_sweep(sweep, options->fault) ||
        !cli_session_options(&session, options))
        return CLI_WRONG;
    session.faults = NULL;
    sweep->seed =
        session.seeded ? session.seed : (uint64_t)time(NULL) % 1000000;
    nf_status status =
        cli_open(&app, options->positional[0], options->verbose, err);
    if (status == NF_OK)
        status = nf_sweep(&broken, app, &session, sweep, cli_write, NULL, err);
    nf_app_close(app);
    if (status != NF_OK)
        return cli_fail(status, err);
    return cli_finish(broken ? CLI_NO : CLI_OK);
}

void cli_tell_faults(const cli_session *session, const cli_options *options)
{
    const char *text = "";
    if (!options->fault || options->quiet)
        return;
    size_t count = nf_session_faults(session->session, &text);
    cli_warning("%zu fault%s happened%s%s", count, count == 1 ? "" : "s",
                count ? ": " : "", text);
}
