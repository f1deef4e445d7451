/* `nanoflow serve`: a sync server for other processes and machines. */
#include "cli/cli.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SETTINGS_MAX = 64 };

/* What a signal stops: a handler can be reached by nothing else. */
static nf_serve *volatile running;
static volatile sig_atomic_t signalled;

static void on_signal(int number)
{
    if (signalled || !running)
        _exit(CLI_INTERRUPTED); /* a second one does not wait */
    signalled = number;
    nf_serve_stop(running);
}

static bool to_stderr(void *user, const char *text, size_t length)
{
    (void)user;
    return fwrite(text, 1, length, stderr) == length;
}

static void catch_signals(nf_serve *serve)
{
    struct sigaction action = {.sa_handler = on_signal};
    running = serve;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

static bool read_log(nf_serve_options *out, const cli_options *options)
{
    out->log = to_stderr;
    out->log_json = options->log && strcmp(options->log, "json") == 0;
    out->log_level = options->quiet     ? NF_SERVE_LOG_WARNINGS
                     : options->verbose ? NF_SERVE_LOG_REQUESTS
                                        : NF_SERVE_LOG_RUNS;
    return !options->log || out->log_json || strcmp(options->log, "text") == 0;
}

/* Options that were not given come from the environment, so that the address
 * of a database with its password needs no place among the arguments. */
static void read_environment(cli_options *options)
{
    const struct {
        const char *name;
        const char **option;
    } texts[] = {
        {"NANOFLOW_LISTEN", &options->listen},
        {"NANOFLOW_LOG", &options->log},
        {"NANOFLOW_SERVER_DB", &options->server_db},
        {"NANOFLOW_TLS_CERT", &options->tls_cert},
        {"NANOFLOW_TLS_KEY", &options->tls_key},
    };
    const char *demo_users = getenv("NANOFLOW_DEMO_USERS");

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char *value = getenv(texts[i].name);
        if (!*texts[i].option && value && *value)
            *texts[i].option = value;
    }
    if (demo_users && strcmp(demo_users, "true") == 0)
        options->demo_users = true;
}

/* Settings of NANOFLOW_SET, separated by spaces, then those of --set, of which
 * the last counts. */
typedef struct all_settings {
    char *copy; /* of the variable */
    const char *items[SETTINGS_MAX];
    size_t count;
} all_settings;

static bool read_settings(all_settings *out, const cli_options *options)
{
    const char *value = getenv("NANOFLOW_SET");
    char *rest = NULL, *one = NULL;

    out->copy = strdup(value ? value : "");
    if (out->copy)
        one = strtok_r(out->copy, " ", &rest);
    for (; one && out->count < SETTINGS_MAX; one = strtok_r(NULL, " ", &rest))
        out->items[out->count++] = one;
    for (size_t i = 0; i < options->settings.count && out->count < SETTINGS_MAX;
         i++)
        out->items[out->count++] = options->settings.items[i];
    return out->copy && out->count < SETTINGS_MAX;
}

static int run(const cli_options *options, const all_settings *settings,
               nf_error *err)
{
    nf_serve_options serving = NF_SERVE_OPTIONS_INIT;
    nf_serve *serve = NULL;
    nf_app *app = NULL;

    if (!read_log(&serving, options))
        return cli_usage("--log is text or json, not \"%s\"", options->log);
    serving.listen = options->listen;
    serving.database = options->server_db;
    serving.tls_certificate = options->tls_cert;
    serving.tls_key = options->tls_key;
    serving.demo_users = options->demo_users;
    serving.now = options->now;
    serving.faults = options->fault;
    serving.settings = settings->items;
    serving.setting_count = settings->count;
    nf_status status =
        cli_open(&app, options->positional[0], options->verbose, err);
    if (status == NF_OK)
        status = nf_serve_open(&serve, app, &serving, err);
    if (status == NF_OK) {
        catch_signals(serve);
        printf("listening %s\n", nf_serve_address(serve));
        fflush(stdout);
        status = nf_serve_run(serve, err);
    }
    int code = signalled == SIGINT ? CLI_INTERRUPTED : CLI_OK;
    code = status == NF_OK ? cli_finish(code) : cli_fail(status, err);
    running = NULL;
    nf_serve_free(serve);
    nf_app_close(app);
    return code;
}

int cli_serve_run(const cli_options *options, nf_error *err)
{
    cli_options all = *options;
    all_settings settings = {0};
    int code;

    read_environment(&all);
    if (read_settings(&settings, &all))
        code = run(&all, &settings, err);
    else
        code = cli_usage("there are %d settings or more", SETTINGS_MAX);
    free(settings.copy);
    return code;
}
