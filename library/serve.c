/* A server behind HTTP for the public interface: reads its options, opens the
 * server's core and the front end, and writes its log. */
#include "base/memory.h"
#include "interpreter/bindings.h"
#include "base/json.h"
#include "library/app.h"
#include "library/json.h"
#include "library/options.h"
#include "library/serve_limits.h"
#include "library/session.h"
#include "server/http.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PEM_MAX = 1 << 20, STEP_MS = 60 * 1000 };

struct nf_serve {
    nf_serve_options options;
    nf_clock clock;
    int64_t fixed_now;
    nf_random random;
    nf_faults *faults;  /* NULL: nothing is to go wrong */
    size_t faults_told; /* in the log */
    nf_http_limits limits;
    nf_server *server;
    nf_http *http;
};

/* ---- the log ---------------------------------------------------------------
 */

static const char *const levels[] = {"error", "warning", "info", "trace"};

static int rank(const char *level)
{
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        if (!strcmp(levels[i], level))
            return (int)i;
    }
    return 0;
}

/* The fields of a line that is made of them alone, `name=value …` (W56). */
static void add_fields(json_object *line, const char *text)
{
    char name[64], value[256];
    int length;

    while (sscanf(text, " %63[a-z]=%255[^ ]%n", name, value, &length) == 2) {
        bool number = value[strspn(value, "0123456789")] == '\0';
        if (number && strlen(value) < 16)
            json_object_object_add(line, name,
                                   json_object_new_int64(atoll(value)));
        else
            nf_json_text(line, name, value);
        text += length;
    }
}

static char *json_line(const char *time, const char *level, const char *text)
{
    json_object *line = json_object_new_object();
    char *printed;

    nf_json_text(line, "time", time);
    nf_json_text(line, "level", level);
    nf_json_text(line, "text", text);
    if (!strncmp(text, "sync=", 5))
        add_fields(line, text);
    printed = nf_json_text_of(line, NF_JSON_LINE);
    json_object_put(line);
    return printed;
}

static void write_log(void *user, const char *level, const char *text)
{
    nf_serve *serve = user;
    char time[32], plain[2048];
    char *line = NULL;
    size_t length;

    if (!serve->options.log || rank(level) > serve->options.log_level)
        return;
    nf_instant_format(serve->clock.now(serve->clock.user), time);
    if (serve->options.log_json) {
        line = json_line(time, level, text);
        if (!line)
            return;
        serve->options.log(serve->options.host, line, strlen(line));
        serve->options.log(serve->options.host, "\n", 1);
        nf_free(line);
        return;
    }
    length =
        (size_t)snprintf(plain, sizeof plain, "%s %s %s\n", time, level, text);
    if (length >= sizeof plain)
        length = sizeof plain - 1;
    /* One line, whatever a client called itself. */
    for (size_t i = 0; i + 1 < length; i++) {
        if ((unsigned char)plain[i] < ' ' || plain[i] == 127)
            plain[i] = '?';
    }
    plain[length - 1] = '\n';
    serve->options.log(serve->options.host, plain, length);
}

/* ---- opening ---------------------------------------------------------------
 */

/* The text of a PEM file; nf_free. */
static nf_status read_pem(char **out, const char *path, nf_error *err)
{
    FILE *file = path ? fopen(path, "rb") : NULL;
    size_t length = 0;
    bool bad;

    *out = NULL;
    if (!path)
        return NF_OK;
    if (file)
        *out = nf_alloc(PEM_MAX + 1);
    if (*out)
        length = fread(*out, 1, PEM_MAX + 1, file);
    bad = !file || ferror(file) || length > PEM_MAX;
    if (file)
        fclose(file);
    if (file && !*out)
        return nf_error_nomem(err);
    if (!bad) {
        (*out)[length] = '\0';
        return NF_OK;
    }
    nf_free(*out);
    *out = NULL;
    return nf_error_set(err, NF_INPUT, "unreadable", "\"%s\" can't be read: %s",
                        path,
                        length > PEM_MAX ? "it is too large" : strerror(errno));
}

static nf_status open_http(nf_serve *serve, nf_error *err)
{
    const nf_serve_options *o = &serve->options;
    char *certificate = NULL, *key = NULL;
    nf_status status;

    if (!o->tls_certificate != !o->tls_key)
        return nf_error_set(err, NF_USAGE, "bad_option",
                            "a certificate and its key are given together");
    status = read_pem(&certificate, o->tls_certificate, err);
    if (status == NF_OK)
        status = read_pem(&key, o->tls_key, err);
    if (status == NF_OK) {
        nf_http_options http = {
            .server = serve->server,
            .listen = o->listen ? o->listen : "127.0.0.1:8080",
            .certificate = certificate,
            .key = key,
            .limits = serve->limits,
            .faults = serve->faults,
            .log = write_log,
            .user = serve,
        };
        status = nf_http_new(&serve->http, &http, err);
    }
    if (key)
        memset(key, 0, strlen(key));
    nf_free(key);
    nf_free(certificate);
    return status;
}

static nf_status read_world(nf_serve *serve, nf_error *err)
{
    const nf_serve_options *o = &serve->options;
    const char *now = o->now;

    if ((o->clock && !o->clock->now) || (o->random && !o->random->fill))
        return nf_error_set(err, NF_USAGE, "bad_option",
                            "a clock or random numbers of the host lack their "
                            "function");
    if (o->random)
        serve->random.source = *o->random;
    serve->clock = o->clock ? nf_clock_of_host(o->clock) : nf_clock_system();
    if (!now)
        return NF_OK;
    if (!nf_instant_parse(&serve->fixed_now, now, strlen(now), NULL))
        return nf_error_set(err, NF_USAGE, "bad_option",
                            "\"%s\" is no time: use a form such as "
                            "2026-03-18T10:20:30Z",
                            now);
    serve->clock = nf_clock_fixed(&serve->fixed_now);
    return NF_OK;
}

static nf_status read_faults(nf_serve *serve, nf_error *err)
{
    nf_status status = NF_OK;

    if (serve->options.faults)
        status = nf_faults_new(&serve->faults, serve->options.faults, err);
    if (serve->faults) {
        nf_faults_set_clock(serve->faults, serve->clock);
        serve->clock = nf_faults_clock(serve->faults, true);
    }
    return status;
}

/* What has gone wrong by plan since the last look. */
static void tell_faults(nf_serve *serve)
{
    size_t count = nf_faults_count(serve->faults);
    char line[1024];

    if (count == serve->faults_told)
        return;
    serve->faults_told = count;
    snprintf(line, sizeof line, "faults of the plan so far: %s",
             nf_faults_text(serve->faults));
    write_log(serve, "warning", line);
}

/* Limits go to two places, all others to the settings of the database. */
static nf_status read_settings(nf_serve *serve, nf_session_settings *settings,
                               nf_server_options *options, nf_error *err)
{
    nf_status status = NF_OK;

    serve->limits = nf_http_default_limits();
    for (size_t i = 0; status == NF_OK && i < serve->options.setting_count;
         i++) {
        const char *text = serve->options.settings[i];
        status = nf_serve_is_limit(text)
                     ? nf_serve_read_limit(&serve->limits, options, text, err)
                     : nf_settings_read(settings, &text, 1, true, err);
    }
    return status;
}

static nf_status open_all(nf_serve *serve, const nf_app *app, nf_error *err)
{
    nf_session_settings settings = {0};
    nf_server_options options = {0};
    nf_status status = nf_app_complete(app, err);

    if (status == NF_OK)
        status = read_world(serve, err);
    if (status == NF_OK)
        status = read_faults(serve, err);
    if (status == NF_OK)
        status = read_settings(serve, &settings, &options, err);
    if (status != NF_OK)
        return status;
    options.model = app->model;
    options.database = serve->options.database;
    options.clock = serve->clock;
    options.random = &serve->random;
    options.faults = serve->faults;
    options.no_demo_users = !serve->options.demo_users;
    options.tell_failures = settings.tell_failures;
    options.network = settings.rest;
    options.log = write_log;
    options.user = serve;
    if (!serve->options.database)
        write_log(serve, "warning",
                  "the data are in memory: they end with this process");
    status = nf_server_open(&serve->server, &options, err);
    if (status == NF_OK)
        status = nf_settings_order(&settings, nf_server_database(serve->server),
                                   err);
    if (status == NF_OK)
        status = open_http(serve, err);
    return status;
}

nf_status nf_serve_open(nf_serve **out, const nf_app *app,
                        const nf_serve_options *options, nf_error *err)
{
    static const nf_serve_options defaults = NF_SERVE_OPTIONS_INIT;
    nf_serve *serve = nf_alloc(sizeof *serve);
    nf_status status;

    *out = NULL;
    if (!serve)
        return nf_error_nomem(err);
    status = nf_options_read(&serve->options, sizeof serve->options,
                             options ? options : &defaults,
                             "options of a server", err);
    if (status == NF_OK)
        status = open_all(serve, app, err);
    if (status != NF_OK) {
        nf_serve_free(serve);
        return status;
    }
    *out = serve;
    return NF_OK;
}

void nf_serve_free(nf_serve *serve)
{
    if (!serve)
        return;
    nf_http_free(serve->http);
    nf_server_close(serve->server);
    nf_faults_free(serve->faults); /* after the database */
    nf_free(serve);
}

const char *nf_serve_address(const nf_serve *serve)
{
    return nf_http_address(serve->http);
}

nf_status nf_serve_step(nf_serve *serve, int timeout_ms, nf_error *err)
{
    nf_status status =
        nf_http_step(serve->http, timeout_ms > 0 ? timeout_ms : 0, err);

    tell_faults(serve);
    return status;
}

size_t nf_serve_watch(nf_serve *serve, nf_watch *watches, size_t room,
                      int *timeout_ms)
{
    return nf_http_watch(serve->http, watches, room, timeout_ms);
}

nf_status nf_serve_run(nf_serve *serve, nf_error *err)
{
    nf_status status;

    do
        status = nf_serve_step(serve, STEP_MS, err);
    while (status == NF_PENDING);
    return status;
}

void nf_serve_stop(nf_serve *serve)
{
    nf_http_stop(serve->http);
}
