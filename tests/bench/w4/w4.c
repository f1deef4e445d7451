/* W4 and W5 through the public header: a device on a fresh database downloads
 * everything, or changes objects and uploads them. Opening the app, making the
 * tables and changing the objects is not measured; signing in is part of a
 * download, while an upload is of a device that has signed in. */
#include "workload.h"

#include "flow.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static bool failed(bench_flow *bench, const char *what)
{
    char *text = nf_error_print(bench->err);

    fprintf(stderr, "%s: %s: %s\n", bench->workload, what, text ? text : "");
    nf_text_free(text);
    return false;
}

static bool open_session(bench_flow *bench, const char *model,
                         const char *database, const char *server)
{
    nf_session_options options = NF_SESSION_OPTIONS_INIT;

    options.database = database;
    options.server = server;
    options.user = W4_USER;
    options.password = W4_PASSWORD;
    options.initial_sync = "never";
    options.sync_counts_only = true;
    return nf_app_open(&bench->app, model, bench->err) == NF_OK &&
           nf_session_new(&bench->session, bench->app, &options, bench->err) ==
               NF_OK;
}

/* The number after "key": in a report. */
static long number(const char *report, const char *key)
{
    char pattern[32];
    const char *at = report ? strstr(report, "\"statistics\"") : NULL;

    snprintf(pattern, sizeof pattern, "\"%s\":", key);
    at = at ? strstr(at, pattern) : NULL;
    return at ? strtol(at + strlen(pattern), NULL, 10) : -1;
}

static bool synchronize(bench_flow *bench, const char *label,
                        nf_synchronize_mode mode, long expected,
                        const char *counted)
{
    char *report = NULL;
    double started = bench_seconds(), seconds;
    struct rusage usage;
    long count;

    if (nf_session_synchronize(&report, bench->session, mode, NULL, 0, false,
                               bench->err) != NF_OK)
        return failed(bench, "the synchronization failed");
    seconds = bench_seconds() - started;
    count = number(report, counted);
    getrusage(RUSAGE_SELF, &usage);
    printf("%s %s %ld %.4f %.0f bytes=%ld rss=%ld\n", bench->workload, label,
           count, seconds, (double)count / seconds,
           number(report, "bytesSent") + number(report, "bytesReceived"),
           usage.ru_maxrss);
    nf_text_free(report);
    if (count == expected || expected < 0)
        return true;
    fprintf(stderr, "%s: %ld objects, expected %ld\n", bench->workload, count,
            expected);
    return false;
}

/* One item is synchronized: with nothing to send no server would be asked. What
 * stays of it is the session and its connection. */
static bool sign_in(bench_flow *bench)
{
    nf_value *code = nf_value_new_integer(0), *item = NULL;
    nf_object *object;
    double seconds;
    bool ok =
        code && bench_call(bench, &item, &seconds, "Bench.Pick", "Code", code);

    object = ok ? nf_value_as_object(item) : NULL;
    ok = ok &&
         (nf_session_synchronize(NULL, bench->session, NF_SYNCHRONIZE_SELECTED,
                                 &object, 1, false, bench->err) == NF_OK ||
          failed(bench, "can't sign in"));
    nf_value_free(code);
    nf_value_free(item);
    return ok;
}

static bool change(bench_flow *bench, long count)
{
    nf_value *value = nf_value_new_integer(count), *result = NULL;
    double seconds;
    bool ok = value && bench_call(bench, &result, &seconds, "Bench.Change",
                                  "Count", value);

    nf_value_free(value);
    nf_value_free(result);
    return ok;
}

int main(int argc, char **argv)
{
    bench_flow bench = {.err = nf_error_new()};
    bool upload = argc == 6 && strcmp(argv[1], "upload") == 0;
    long count = argc == 6 ? strtol(argv[5], NULL, 10) : 0;
    bool ok;

    if (argc != 6) {
        fprintf(stderr, "usage: w4 download|upload|again MODEL DATABASE SERVER "
                        "COUNT\n");
        return 2;
    }
    bench.workload = upload                          ? "W5"
                     : strcmp(argv[1], "again") == 0 ? "INCREMENTAL"
                                                     : "W4";
    ok = open_session(&bench, argv[2], argv[3], argv[4]) ||
         failed(&bench, "can't open a session");
    if (upload)
        ok = ok && sign_in(&bench) && change(&bench, count) &&
             synchronize(&bench, "nanoflow", NF_SYNCHRONIZE_UNSYNCHRONIZED,
                         count, "uploaded");
    else
        ok = ok && synchronize(&bench, "nanoflow", NF_SYNCHRONIZE_ALL, count,
                               "downloaded");
    bench_close(&bench);
    return !ok;
}
