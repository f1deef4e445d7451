/* `nanoflow run`: one call of a flow. Without --json the result goes to
 * standard output, and what a user would have seen to standard error. */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

/* The rank of a level of logs (activities U21); -1: none. */
static int rank_of(const char *level, size_t length)
{
    static const char *const levels[] = {"Trace",   "Debug", "Info",
                                         "Warning", "Error", "Critical"};
    for (int i = 0; i < (int)(sizeof levels / sizeof *levels); i++)
        if (strlen(levels[i]) == length && !memcmp(levels[i], level, length))
            return i;
    return -1;
}

/* Whether --log-level wants the line of an event to be printed. */
static bool is_wanted(const cli_options *options, const char *event,
                      const char *line)
{
    const char *level = options->log_level;
    if (!level || strcmp(event, "log") != 0 || strncmp(line, "log ", 4) != 0)
        return true;
    return rank_of(line + 4, strcspn(line + 4, " ")) >=
           rank_of(level, strlen(level));
}

/* Events as they happen, for people. */
static nf_status show_event(void *user, nf_session *session, const char *name,
                            const char *json, nf_error *err)
{
    const cli_options *options = user;
    (void)session;
    (void)err;
    if (options->json || options->quiet)
        return NF_OK;
    char *line = nf_event_print(name, json, options->verbose);
    if (line && *line && is_wanted(options, name, line)) {
        cli_progress_end();
        fprintf(stderr, "%s\n", line);
    }
    nf_text_free(line);
    return NF_OK;
}

static int print_result(nf_run *run, nf_status status,
                        const cli_options *options, nf_error *err)
{
    if (options->json) {
        cli_print(nf_run_report(run, status == NF_OK ? NULL : err,
                                options->variables));
    } else if (status == NF_OK && nf_run_result(run)) {
        cli_print(nf_value_print(nf_run_result(run)));
    }
    if (!options->json && options->variables)
        cli_print(nf_run_variables(run));
    return status == NF_OK ? cli_finish(CLI_OK) : cli_fail(status, err);
}

int cli_run_run(const cli_options *options, nf_error *err)
{
    cli_session s;
    nf_run *run = NULL;
    if (options->log_level &&
        rank_of(options->log_level, strlen(options->log_level)) < 0)
        return cli_usage("--log-level is Trace, Debug, Info, Warning, Error or "
                         "Critical, not \"%s\"",
                         options->log_level);
    if (cli_is_sweep(options)) {
        nf_sweep_options sweep = NF_SWEEP_OPTIONS_INIT;
        sweep.flow = options->positional[1];
        sweep.arguments = options->args.items;
        sweep.argument_count = options->args.count;
        sweep.flow_changes = true;
        return cli_sweep(options, &sweep, err);
    }
    int code = cli_session_open(&s, options, show_event, (void *)options, err);
    if (code != CLI_OK)
        return code;
    nf_status status =
        nf_run_start_text(&run, s.session, options->positional[1],
                          options->args.items, options->args.count, err);
    if (status != NF_OK) {
        code = cli_fail(status, err);
    } else {
        if (cli_interrupted()) /* before there was a call to stop */
            nf_session_cancel(s.session);
        while ((status = nf_run_step(run, err)) == NF_PENDING)
            nf_session_wait(s.session, -1);
        while (status == NF_OK &&
               nf_session_background(s.session, NULL) == NF_PENDING)
            nf_session_wait(s.session, -1);
        code = print_result(run, status, options, err);
    }
    const char *unused;
    for (size_t i = 0;
         !options->quiet && (unused = nf_session_unused_mock(s.session, i));
         i++)
        cli_warning("this mock was not used: %s", unused);
    nf_run_free(run);
    cli_tell_faults(&s, options);
    cli_session_close(&s);
    return code;
}
