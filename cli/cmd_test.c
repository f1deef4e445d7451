/* `nanoflow test`: runs test files against an app. */
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool wants_color(const char *when)
{
    if (when && strcmp(when, "auto") != 0)
        return strcmp(when, "always") == 0;
    return isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
}

int cli_test_run(const cli_options *options, nf_error *err)
{
    nf_session_options session = NF_SESSION_OPTIONS_INIT;
    nf_test_options tests = NF_TEST_OPTIONS_INIT;
    nf_test_summary summary;
    nf_app *app = NULL;
    if (!options->app)
        return cli_usage("--app says which app the tests are for");
    if (cli_is_sweep(options))
        return cli_usage("a sweep of tests is not supported; use nanoflow run "
                         "--fault sweep");
    if (!cli_session_options(&session, options))
        return CLI_WRONG;
    tests.filter = options->filter;
    tests.junit = options->junit;
    tests.require_assertions = options->require_assertions;
    tests.color = wants_color(options->color);
    nf_status status = cli_open(&app, options->app, options->verbose, err);
    if (status == NF_OK)
        status = nf_tests(&summary, app, options->positional,
                          options->positional_count, &session, &tests,
                          cli_write, NULL, err);
    nf_app_close(app);
    if (status != NF_OK)
        return cli_fail(status, err);
    return cli_finish(summary.failed || summary.errors ? CLI_NO : CLI_OK);
}
