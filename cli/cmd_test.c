/* `nanoflow test`: runs test files against an app. */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool wants_color(const char *when)
{
    if (when && strcmp(when, "auto") != 0)
        return strcmp(when, "always") == 0;
    return isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
}

static bool read_percent(double *out, const char *text)
{
    char *end = NULL;
    *out = 0;
    if (!text)
        return true;
    *out = strtod(text, &end);
    return end != text && !*end && *out >= 0 && *out <= 100;
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
    tests.form = options->tap ? "tap" : options->json ? "json" : NULL;
    tests.no_steps = options->no_steps;
    if (options->coverage_set)
        tests.coverage = options->coverage ? options->coverage : "";
    if (!read_percent(&tests.min_coverage, options->min_coverage))
        return cli_usage("--min-coverage is a number from 0 to 100");
    nf_status status = cli_open(&app, options->app, options->verbose, err);
    if (status == NF_OK)
        status = nf_tests(&summary, app, options->positional,
                          options->positional_count, &session, &tests,
                          cli_write, NULL, err);
    nf_app_close(app);
    if (status != NF_OK)
        return cli_fail(status, err);
    if (summary.too_little)
        fprintf(stderr, "coverage: %.1f %% is less than %.1f %%\n",
                summary.coverage, tests.min_coverage);
    return cli_finish(summary.failed || summary.errors || summary.too_little
                          ? CLI_NO
                          : CLI_OK);
}
