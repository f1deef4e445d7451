/* `nanoflow test`: runs test files against an app. */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool read_percent(double *out, const char *text)
{
    char *end = NULL;
    *out = 0;
    if (!text)
        return true;
    *out = strtod(text, &end);
    return end != text && !*end && *out >= 0 && *out <= 100;
}

static bool read_options(nf_test_options *out, const cli_options *options)
{
    int64_t jobs = 0, retries = 0, slowest = 0;
    *out = (nf_test_options)NF_TEST_OPTIONS_INIT;
    if (!cli_number(&jobs, "jobs", options->jobs) ||
        !cli_number(&retries, "retry", options->retry) ||
        !cli_number(&slowest, "slowest", options->slowest))
        return false;
    if (jobs < 0 || retries < 0 || slowest < 0 || (options->jobs && !jobs)) {
        cli_error("--jobs, --retry and --slowest take a positive number");
        return false;
    }
    out->filter = options->filter;
    out->tags = options->tags;
    out->junit = options->junit;
    out->html = options->html;
    out->github = options->github;
    out->slowest = (size_t)slowest;
    if (cli_progress_begin(options->quiet))
        out->progress = cli_progress;
    out->require_assertions = options->require_assertions;
    out->list = options->list;
    out->discover = options->discover;
    out->update_snapshots = options->update_snapshots;
    out->strict = options->strict;
    out->portable = options->mxcli_strict;
    out->jobs = (size_t)jobs;
    out->retries = (size_t)retries;
    out->color = cli_has_colors(options->color, STDOUT_FILENO);
    out->form = options->tap ? "tap" : options->json ? "json" : NULL;
    out->no_steps = options->no_steps;
    if (options->coverage_set)
        out->coverage = options->coverage ? options->coverage : "";
    if (read_percent(&out->min_coverage, options->min_coverage))
        return true;
    cli_error("--min-coverage is a number from 0 to 100");
    return false;
}

/* Two options that both say what standard output has; NULL: none. */
static const char *clash_of(const cli_options *o)
{
    return o->tap && o->json        ? "--tap and --json"
           : o->tap && o->github    ? "--tap and --github"
           : o->json && o->github   ? "--json and --github"
           : o->list && o->tap      ? "--list and --tap"
           : o->skeleton && o->json ? "--skeleton, which is a text, and --json"
                                    : NULL;
}

/* Results come where a bar may stand. */
static bool write_results(void *user, const char *text, size_t length)
{
    cli_progress_end();
    return cli_write(user, text, length);
}

int cli_test_run(const cli_options *options, nf_error *err)
{
    nf_session_options session;
    nf_test_options tests;
    nf_test_summary summary = {0};
    nf_app *app = NULL;
    char *found = NULL;
    if (!options->positional_count && !options->skeleton && !options->discover)
        return cli_usage("test needs test files or folders");
    const char *clash = clash_of(options);
    if (clash)
        return cli_usage("%s can't be given together", clash);
    if (cli_is_sweep(options) && strcmp(options->fault, "sweep") != 0 &&
        strncmp(options->fault, "sweep=", 6) != 0)
        return cli_usage("a sweep of tests is --fault sweep, or --fault "
                         "sweep=PLAN");
    if (!cli_session_options(&session, options) ||
        !read_options(&tests, options))
        return CLI_WRONG;
    if (!options->app)
        found = nf_tests_app(options->positional, options->positional_count);
    const char *path = options->app ? options->app : found;
    nf_status status = NF_OK;
    if (!path && options->skeleton)
        return cli_usage("--app says which app the flow is in");
    if (path)
        status = cli_open(&app, path, options->verbose, err);
    if (status == NF_OK && options->skeleton)
        status = nf_test_skeleton(app, options->skeleton, cli_write, NULL, err);
    else if (status == NF_OK)
        status = nf_tests(&summary, app, options->positional,
                          options->positional_count, &session, &tests,
                          write_results, NULL, err);
    cli_progress_end();
    nf_app_close(app);
    nf_text_free(found);
    if (status != NF_OK)
        return cli_fail(status, err);
    if (summary.too_little)
        fprintf(stderr, "coverage: %.1f %% is less than %.1f %%\n",
                summary.coverage, tests.min_coverage);
    return cli_finish(summary.failed || summary.errors || summary.too_little
                          ? CLI_NO
                          : CLI_OK);
}
