/* `nanoflow sync`: a synchronization without a flow. */
#include "cli/cli.h"

#include <string.h>

static bool read_mode(nf_synchronize_mode *out, const char *mode)
{
    if (!mode || strcmp(mode, "all") == 0)
        *out = NF_SYNCHRONIZE_ALL;
    else if (strcmp(mode, "unsynchronized") == 0)
        *out = NF_SYNCHRONIZE_UNSYNCHRONIZED;
    else
        return false;
    return true;
}

int cli_sync_run(const cli_options *options, nf_error *err)
{
    cli_session s;
    char *report = NULL;
    nf_synchronize_mode mode;
    if (!read_mode(&mode, options->mode))
        return cli_usage("--mode is all or unsynchronized, not \"%s\"",
                         options->mode);
    if (cli_is_sweep(options)) {
        nf_sweep_options sweep = NF_SWEEP_OPTIONS_INIT;
        sweep.mode = mode;
        return cli_sweep(options, &sweep, err);
    }
    int code = cli_session_open(&s, options, NULL, NULL, err);
    if (code != CLI_OK)
        return code;
    nf_status status = nf_session_synchronize(&report, s.session, mode, NULL, 0,
                                              options->dry_run, err);
    if (report && !options->json) {
        char *text = nf_sync_report_print(report, options->explain);
        nf_text_free(report);
        report = text;
    }
    if (report && (options->json || options->explain || !options->quiet))
        cli_print(report);
    else
        nf_text_free(report);
    code = status == NF_OK ? cli_finish(CLI_OK) : cli_fail(status, err);
    cli_tell_faults(&s, options);
    cli_session_close(&s);
    return code;
}
