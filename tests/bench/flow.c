/* See flow.h. */
#include "flow.h"

#include <stdio.h>
#include <time.h>

double bench_seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool fail(const bench_flow *bench, const char *what)
{
    char *text = nf_error_print(bench->err);

    fprintf(stderr, "%s: %s: %s\n", bench->workload, what, text ? text : "");
    nf_text_free(text);
    return false;
}

bool bench_open(bench_flow *bench, const char *workload, const char *model,
                const char *database)
{
    nf_session_options options = NF_SESSION_OPTIONS_INIT;

    *bench = (bench_flow){.workload = workload, .err = nf_error_new()};
    options.database = database;
    if (nf_app_open(&bench->app, model, bench->err))
        return fail(bench, "can't open the model");
    if (nf_session_new(&bench->session, bench->app, &options, bench->err))
        return fail(bench, "can't open the database");
    return true;
}

bool bench_call(bench_flow *bench, nf_value **result, double *seconds,
                const char *flow, const char *name, const nf_value *value)
{
    nf_argument argument = {name, value};
    double started = bench_seconds();
    nf_status status = nf_session_call(result, bench->session, flow, &argument,
                                       1, bench->err);

    *seconds = bench_seconds() - started;
    return status == NF_OK || fail(bench, flow);
}

void bench_close(bench_flow *bench)
{
    nf_session_free(bench->session);
    nf_app_close(bench->app);
    nf_error_free(bench->err);
}
