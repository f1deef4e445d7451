/* Runs of tests (test E12, E13, E46): every test and row, told to the
 * reporters in the order of the files. */
#include "testing/runner.h"

#include "library/options.h"

#include <errno.h>
#include <locale.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- reporters ----------------------------------------------------------- */

/* A report that can't be written is told before the tests run. */
static nf_status check_reports(const nf_test_options *o, nf_error *err)
{
    nf_status status = o->junit ? nf_report_check(o->junit, err) : NF_OK;
    if (status == NF_OK && o->html)
        status = nf_report_check(o->html, err);
    if (status == NF_OK && o->coverage && *o->coverage)
        status = nf_coverage_folder(o->coverage, err);
    return status;
}

static nf_status open_reporters(runner *r, nf_write_fn write, void *user,
                                nf_error *err)
{
    const nf_test_options *o = r->options;
    nf_test_reporter *first = &r->reporters[r->reporter_count++];
    const char *form = o->form ? o->form : "console";
    nf_status status =
        strcmp(form, "tap") == 0 ? nf_report_tap(first, write, user, err)
        : strcmp(form, "json") == 0
            ? nf_report_json(first, write, user, err)
            : nf_report_console(first, write, user, o->color, o->slowest, err);
    if (status == NF_OK && o->junit)
        status =
            nf_report_junit(&r->reporters[r->reporter_count++], o->junit, err);
    if (status == NF_OK && o->html)
        status = nf_report_html(&r->reporters[r->reporter_count++], o->html,
                                r->app->model, err);
    if (status == NF_OK && o->github)
        status = nf_report_github(&r->reporters[r->reporter_count++], write,
                                  user, err);
    return status;
}

static void close_reporters(runner *r)
{
    for (size_t i = 0; i < r->reporter_count; i++)
        if (r->reporters[i].free)
            r->reporters[i].free(r->reporters[i].user);
}

static nf_status tell_started(runner *r, const char *path, nf_error *err)
{
    nf_status status = NF_OK;
    for (size_t i = 0; status == NF_OK && i < r->reporter_count; i++)
        if (r->reporters[i].started)
            status = r->reporters[i].started(r->reporters[i].user, path, err);
    return status;
}

static nf_status tell_test(runner *r, const nf_test_result *result,
                           nf_error *err)
{
    nf_status status = NF_OK;
    for (size_t i = 0; status == NF_OK && i < r->reporter_count; i++)
        if (r->reporters[i].finished_test)
            status = r->reporters[i].finished_test(r->reporters[i].user, result,
                                                   err);
    return status;
}

static nf_status tell_run(runner *r, nf_error *err)
{
    nf_status status = NF_OK;
    for (size_t i = 0; status == NF_OK && i < r->reporter_count; i++)
        if (r->reporters[i].finished_run)
            status = r->reporters[i].finished_run(
                r->reporters[i].user, r->summary, r->milliseconds, err);
    return status;
}

/* ---- looking on ---------------------------------------------------------- */

nf_status test_runner_look(nf_test_looker *out, const runner *r, nf_error *err)
{
    const nf_test_options *o = r->options;
    nf_status status;
    *out = (nf_test_looker){0};
    if (!o->coverage && o->min_coverage <= 0 && o->no_steps)
        return NF_OK;
    out->steps = r->session->trace; /* else see retrace.c */
    status = nf_coverage_new(&out->coverage, r->app,
                             nf_options_allow(r->session), err);
    if (status == NF_OK && out->steps)
        nf_programs_watch(nf_coverage_programs(out->coverage), NF_WATCH_STEPS);
    return status;
}

/* The table goes where the results of people go: not between those of a
 * machine.
 */
static nf_status print_coverage(const runner *r, const nf_coverage_flow *flows,
                                size_t count, nf_write_fn write, void *user,
                                nf_error *err)
{
    nf_buffer out;
    bool ok;
    if (r->options->form && strcmp(r->options->form, "console") != 0)
        return NF_OK;
    nf_buffer_init(&out, NF_BUFFER_MAX);
    nf_buffer_char(&out, '\n');
    nf_coverage_print(&out, flows, count);
    ok = !out.failed && write(user, out.data, out.length);
    nf_buffer_dispose(&out);
    return ok ? NF_OK
              : nf_error_set(err, NF_INPUT, "unwritable",
                             "the coverage can't be written");
}

static nf_status tell_coverage(runner *r, nf_write_fn write, void *user,
                               nf_error *err)
{
    const nf_test_options *o = r->options;
    const nf_coverage_flow *flows;
    nf_coverage_sum total;
    nf_status status;
    size_t count;
    if (!o->coverage && o->min_coverage <= 0)
        return NF_OK;
    status = nf_coverage_flows(&flows, &count, r->looker.coverage, err);
    if (status == NF_OK)
        status = print_coverage(r, flows, count, write, user, err);
    if (status == NF_OK && o->coverage && *o->coverage)
        status = nf_coverage_write(flows, count, r->app, o->coverage, err);
    if (status != NF_OK)
        return status;
    total = nf_coverage_total(flows, count);
    r->summary->coverage = nf_coverage_percent(&total);
    r->summary->too_little = r->summary->coverage < o->min_coverage;
    return NF_OK;
}

/* ---- tests --------------------------------------------------------------- */

static void count(runner *r, const nf_test_result *result)
{
    nf_test_summary *sum = r->summary;
    r->milliseconds += result->milliseconds;
    switch (result->state) {
    case NF_TEST_PASS:
        sum->passed++;
        sum->vacuous += !result->assertions;
        break;
    case NF_TEST_FLAKY:
        sum->passed++;
        sum->flaky++;
        break;
    case NF_TEST_FAIL:
        sum->failed++;
        break;
    case NF_TEST_ERROR:
        sum->errors++;
        break;
    default:
        sum->skipped++;
        break;
    }
}

nf_status test_runner_finish(runner *r, test_item *item, nf_error *err)
{
    count(r, &item->result);
    nf_status status = tell_test(r, &item->result, err);
    nf_test_result_dispose(&item->result);
    return status;
}

static nf_status list_item(const nf_test_result *result, nf_write_fn write,
                           void *user, nf_error *err)
{
    nf_buffer line;
    nf_buffer_init(&line, NF_BUFFER_MAX);
    if (result->state == NF_TEST_ERROR)
        nf_buffer_format(&line, "ERROR %s: %s\n", result->file,
                         nf_test_text(result));
    else
        nf_buffer_format(&line, "%s:%ld\t%s\n", result->file, result->line,
                         result->name);
    return nf_report_flush(&line, write, user, err);
}

/* E12: what would run, and what could not be read. */
static nf_status list_items(runner *r, const test_suite *suite,
                            nf_write_fn write, void *user, nf_error *err)
{
    const char *form = r->options->form;
    bool json = form && strcmp(form, "json") == 0;
    nf_status status = NF_OK;
    for (size_t i = 0; status == NF_OK && i < suite->count; i++) {
        const nf_test_result *result = &suite->items[i].result;
        r->summary->errors += result->state == NF_TEST_ERROR;
        status = json ? nf_report_json_listed(result, write, user, err)
                      : list_item(result, write, user, err);
    }
    return status;
}

static nf_status check_options(const nf_session_options *session, nf_error *err)
{
    bool local = session->server && strncmp(session->server, "local:", 6) == 0;
    if (session->database || session->server_database ||
        (local && strcmp(session->server, "local::memory:") != 0))
        return nf_error_set(err, NF_USAGE, "bad_option",
                            "each test has databases of its own: @data loads "
                            "what it needs");
    if (session->side != NF_SIDE_DEVICE)
        return nf_error_set(err, NF_USAGE, "bad_option",
                            "tests run on the device; @on server in a test "
                            "runs its body on the server");
    return NF_OK;
}

/* What would be wrong in every test is told once, before them. */
static nf_status check_files(const nf_session_options *session, nf_error *err)
{
    const char *plan = session->faults, *mocks = session->mocks;
    nf_faults *faults = NULL;
    nf_status status = NF_OK;
    if (plan && !nf_test_is_sweep(plan))
        status = nf_faults_new(&faults, plan, err);
    nf_faults_free(faults);
    if (status != NF_OK || !mocks)
        return status;
    char *path = nf_strndup(mocks, strcspn(mocks, "#"));
    if (!path)
        return nf_error_nomem(err);
    if (access(path, R_OK) != 0)
        status = nf_error_set(err, NF_INPUT, "unreadable",
                              "the mocks \"%s\" can't be read: %s", path,
                              strerror(errno));
    nf_free(path);
    return status;
}

static nf_status need_tests(const test_suite *suite, const char *path,
                            const nf_test_options *options, nf_error *err)
{
    struct stat info;
    if (suite->count)
        return NF_OK;
    if (suite->seen)
        return nf_error_set(err, NF_INPUT, "no_tests",
                            options->filter ? "no test has \"%s\" in its name"
                                            : "no test has the tags \"%s\"",
                            options->filter ? options->filter : options->tags);
    const char *hint = stat(path, &info) == 0 && S_ISDIR(info.st_mode)
                           ? ": they are in files .test.mdl or .test.md"
                           : "";
    return nf_error_set(err, NF_INPUT, "no_tests",
                        "there are no tests in \"%s\"%s", path, hint);
}

/* What a run is called by. */
static const char *first_path(const nf_app *app, const char *const *paths,
                              size_t count)
{
    return count ? paths[0] : app ? nf_model_path(app->model) : "";
}

static nf_status run_all(nf_test_summary *out, const nf_app *app,
                         const char *const *paths, size_t path_count,
                         const nf_session_options *session,
                         const nf_test_options *options, nf_write_fn write,
                         void *user, nf_error *err)
{
    nf_session_options own = *session;
    test_suite suite = {0};
    runner r = {
        .app = app, .session = &own, .options = options, .summary = out};
    if (own.server && strcmp(own.server, "local::memory:") == 0)
        own.server = NULL; /* what a test has anyway */
    nf_status status = check_options(session, err);
    if (status == NF_OK)
        status = check_files(session, err);
    if (status == NF_OK)
        status = test_suite_read(&suite, app, paths, path_count, options, err);
    if (status == NF_OK)
        status = need_tests(&suite, first_path(app, paths, path_count), options,
                            err);
    if (status == NF_OK && !app && !options->list)
        status = nf_error_set(err, NF_USAGE, "bad_option",
                              "--app, or @app of a test file, says which app "
                              "the tests are for");
    if (status == NF_OK && options->list) {
        status = list_items(&r, &suite, write, user, err);
        test_suite_dispose(&suite);
        return status;
    }
    if (status == NF_OK)
        status = check_reports(options, err);
    if (status == NF_OK)
        status = test_runner_look(&r.looker, &r, err);
    if (status == NF_OK && !(r.templates = nf_templates_new()))
        status = nf_error_nomem(err);
    if (status == NF_OK)
        status = open_reporters(&r, write, user, err);
    if (status == NF_OK)
        status = tell_started(&r, first_path(app, paths, path_count), err);
    if (status == NF_OK)
        status = test_runner_run(&r, &suite, err);
    if (status == NF_OK)
        status = tell_run(&r, err);
    if (status == NF_OK)
        status = tell_coverage(&r, write, user, err);
    close_reporters(&r);
    nf_coverage_free(r.looker.coverage);
    nf_templates_free(r.templates);
    test_suite_dispose(&suite);
    return status;
}

nf_status nf_tests(nf_test_summary *out, const nf_app *app,
                   const char *const *paths, size_t path_count,
                   const nf_session_options *session,
                   const nf_test_options *options, nf_write_fn write,
                   void *user, nf_error *err)
{
    /* Machines read the reports: numbers have a point, whatever the host. */
    locale_t plain = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
    *out = (nf_test_summary){0};
    if (!plain)
        return nf_error_nomem(err);
    locale_t outer = uselocale(plain);
    nf_session_options given;
    nf_test_options how;
    nf_status status = nf_options_read(&given, sizeof given, session,
                                       "options of a session", err);
    if (status == NF_OK)
        status =
            nf_options_read(&how, sizeof how, options, "options of tests", err);
    if (status == NF_OK)
        status = run_all(out, app, paths, path_count, &given, &how, write, user,
                         err);
    uselocale(outer);
    freelocale(plain);
    return status;
}
