/* The options of a session, checked and copied: who, where, against which
 * server, with which clock, random numbers and limits. */
#include "library/session.h"

#include "interpreter/bindings.h"
#include "library/limits.h"
#include "library/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static nf_status usage(nf_error *err, const char *message, const char *found)
{
    return nf_error_set(err, NF_USAGE, "bad_option", message, found);
}

static const char *copy(nf_session *s, const char *text, bool *failed)
{
    char *copied = text ? nf_arena_strdup(s->arena, text) : NULL;
    *failed |= text && !copied;
    return copied;
}

static const char *const *copy_all(nf_session *s, const char *const *texts,
                                   size_t count, bool *failed)
{
    const char **copied = nf_arena_array(s->arena, count + 1, sizeof *copied);
    *failed |= !copied;
    for (size_t i = 0; copied && i < count; i++)
        copied[i] = copy(s, texts[i], failed);
    return copied;
}

/* The first line of a file, without its end. */
static nf_status read_password(nf_session *s, const char *path, nf_error *err)
{
    char line[1024];
    FILE *file = fopen(path, "rb");
    if (!file)
        return nf_error_set(err, NF_INPUT, "unreadable",
                            "the password file \"%s\" can't be read: %s", path,
                            strerror(errno));
    size_t length = fread(line, 1, sizeof line - 1, file);
    bool bad = ferror(file) != 0;
    fclose(file);
    line[length] = '\0';
    line[strcspn(line, "\r\n")] = '\0';
    if (bad || strlen(line) == sizeof line - 1)
        return nf_error_set(err, NF_INPUT, "unreadable",
                            "the password file \"%s\" can't be read", path);
    s->password = nf_arena_strdup(s->arena, line);
    return s->password ? NF_OK : nf_error_nomem(err);
}

static bool same(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

/* `--server` and `--server-db` as one path or address. */
static nf_status read_server(nf_session *s, const nf_session_options *o,
                             nf_error *err)
{
    const char *server = same(o->server, "none") ? NULL : o->server;
    const char *file = o->server_database;
    bool failed = false;
    if (server && (strncmp(server, "http://", 7) == 0 ||
                   strncmp(server, "https://", 8) == 0)) {
        s->server_url = copy(s, server, &failed);
    } else if (server && strncmp(server, "local:", 6) == 0) {
        const char *local = server + 6;
        if (!*local)
            return usage(err,
                         "\"%s\" names no file: write local:FILE or "
                         "local::memory:",
                         server);
        if (file && strcmp(file, local) != 0)
            return usage(err,
                         "--server %s and --server-db name different "
                         "databases",
                         server);
        file = local;
    } else if (server) {
        return usage(err,
                     "the server is http(s)://…, local:FILE, "
                     "local::memory: or none, not \"%s\"",
                     server);
    }
    s->server_path = copy(s, file, &failed);
    return failed ? nf_error_nomem(err) : NF_OK;
}

/* How a server elsewhere is known (synchronize W13). */
static nf_status read_trust(nf_session *s, const nf_session_options *o,
                            nf_error *err)
{
    bool failed = false;
    if (o->server_key && strncmp(o->server_key, "sha256//", 8) != 0)
        return usage(err, "a server's key is \"sha256//BASE64\", not \"%s\"",
                     o->server_key);
    if (o->ca_file && access(o->ca_file, R_OK) != 0)
        return nf_error_set(err, NF_INPUT, "unreadable",
                            "the authorities \"%s\" can't be read: %s",
                            o->ca_file, strerror(errno));
    if (!o->compress || same(o->compress, "auto"))
        s->pack = NF_SYNC_PACK_AUTO;
    else if (same(o->compress, "always"))
        s->pack = NF_SYNC_PACK_ALWAYS;
    else if (same(o->compress, "never"))
        s->pack = NF_SYNC_PACK_NEVER;
    else
        return usage(err, "compress is auto, always or never, not \"%s\"",
                     o->compress);
    s->ca_file = copy(s, o->ca_file, &failed);
    s->server_key = copy(s, o->server_key, &failed);
    s->proxy = copy(s, o->proxy, &failed);
    return failed ? nf_error_nomem(err) : NF_OK;
}

static nf_status read_initial(nf_session *s, const char *text, nf_error *err)
{
    if (!text || strcmp(text, "auto") == 0)
        s->initial = NF_INITIAL_AUTO;
    else if (strcmp(text, "never") == 0)
        s->initial = NF_INITIAL_NEVER;
    else if (strcmp(text, "require") == 0)
        s->initial = NF_INITIAL_REQUIRE;
    else
        return usage(err,
                     "the initial synchronization is auto, never or "
                     "require, not \"%s\"",
                     text);
    return NF_OK;
}

static nf_status read_place(nf_session *s, const nf_session_options *o,
                            nf_error *err)
{
    bool failed = false;
    const char *zone = o->time_zone ? o->time_zone : "UTC";
    nf_status status = nf_timezone_open(&s->zone, zone);
    if (status == NF_NOMEM)
        return nf_error_nomem(err);
    if (status != NF_OK)
        return usage(err,
                     "unknown time zone \"%s\": use a name such as "
                     "Europe/Amsterdam",
                     zone);
    status = o->language ? nf_check_language(o->language, err) : NF_OK;
    if (status != NF_OK)
        return status;
    if (o->language && !nf_model_has_language(s->model, o->language))
        nf_session_warn(s,
                        "the app has no texts in %s, only in its own "
                        "languages: %s is used for them",
                        o->language,
                        nf_model_settings(s->model)->default_language);
    s->time_zone = copy(s, zone, &failed);
    s->language =
        copy(s,
             o->language ? o->language
                         : nf_model_settings(s->model)->default_language,
             &failed);
    return failed ? nf_error_nomem(err) : NF_OK;
}

/* The plan waits on the clock that is there, and device and server see that
 * clock through it. */
static nf_status read_faults(nf_session *s, const char *plan, nf_error *err)
{
    nf_status status = NF_OK;
    if (!s->faults && plan) {
        status = nf_faults_new(&s->faults, plan, err);
        s->owns_faults = status == NF_OK;
    }
    if (s->faults) {
        nf_faults_set_clock(s->faults, s->clock);
        s->clock = nf_faults_clock(s->faults, false);
    }
    return status;
}

uint64_t nf_session_mix_seed(uint64_t seed, const char *text)
{
    uint64_t hash = seed ^ UINT64_C(14695981039346656037);
    for (; *text; text++)
        hash = (hash ^ (uint8_t)*text) * UINT64_C(1099511628211);
    return hash;
}

/* The device's number is drawn from seed and name, so that two devices differ
 * (design §5). */
static nf_status read_world(nf_session *s, const nf_session_options *o,
                            nf_error *err)
{
    bool given = s->clock.now != NULL; /* by nf_session_parts */
    if ((o->clock && !o->clock->now) || (o->random && !o->random->fill))
        return usage(err, "%s",
                     "a clock or random numbers of the host lack "
                     "their function");
    if (!given)
        s->clock = o->clock ? nf_clock_of_host(o->clock) : nf_clock_system();
    if (o->now && !given) {
        if (!nf_instant_parse(&s->fixed_now, o->now, strlen(o->now), s->zone))
            return usage(err,
                         "\"%s\" is no time: use a form such as "
                         "2026-03-18T10:20:30Z",
                         o->now);
        s->clock = nf_clock_fixed(&s->fixed_now);
    }
    s->seeded = o->seeded;
    s->seed = o->seed;
    if (o->random)
        s->random.source = s->device_random.source = s->server_random.source =
            *o->random;
    if (o->seeded) {
        nf_random_seed(&s->random, o->seed);
        nf_random_seed(&s->device_random,
                       nf_session_mix_seed(o->seed, s->device_name));
        nf_random_seed(&s->server_random,
                       nf_session_mix_seed(o->seed, "server"));
    }
    return NF_OK;
}

unsigned nf_options_allow(const nf_session_options *o)
{
    return (o->all_constants ? NF_ALLOW_ALL_CONSTANTS : 0U) |
           (o->current_user ? NF_ALLOW_CURRENT_USER : 0U);
}

static nf_status read_profile(nf_session *s, const char *name, nf_error *err)
{
    const nf_profile *profile = nf_model_find_profile(s->model, name);
    if (name && !profile)
        return usage(err, "the app has no navigation profile \"%s\"", name);
    s->profile_name = profile ? profile->name : NULL;
    s->world.profile = profile;
    return NF_OK;
}

static int milliseconds(double seconds)
{
    if (seconds < 0)
        return -1;
    return seconds > 1e6 ? 1000000000 : (int)(seconds * 1000 + 0.5);
}

nf_status nf_session_read_options(nf_session *s, const nf_session_options *o,
                                  nf_error *err)
{
    bool failed = false;
    nf_status status = NF_OK;
    s->side = o->side;
    s->timeout = o->timeout;
    s->world.configured_only = o->configured_only;
    s->allow = nf_options_allow(o);
    s->database_wait_ms = milliseconds(o->database_wait);
    s->event = o->event;
    s->call = o->call;
    s->forget = o->forget;
    s->progress = o->progress;
    s->host = o->host;
    s->user = copy(s, o->user, &failed);
    s->password = copy(s, o->password, &failed);
    s->database_path = copy(s, o->database, &failed);
    s->device_name = copy(s,
                          o->device     ? o->device
                          : o->database ? o->database
                                        : ":memory:",
                          &failed);
    if (o->role_count) {
        s->roles = copy_all(s, o->roles, o->role_count, &failed);
        s->role_count = o->role_count;
    }
    if (failed)
        return nf_error_nomem(err);
    if (!o->password && o->password_file)
        status = read_password(s, o->password_file, err);
    if (status == NF_OK)
        status = read_server(s, o, err);
    if (status == NF_OK)
        status = read_trust(s, o, err);
    if (status == NF_OK)
        status = read_initial(s, o->initial_sync, err);
    s->sync_counts_only = o->sync_counts_only;
    if (status == NF_OK)
        status = nf_settings_read(&s->settings, o->settings, o->setting_count,
                                  false, err);
    if (status == NF_OK)
        status = nf_limits_read(&s->world.environment.limits, o->limits,
                                o->limit_count, err);
    if (status == NF_OK)
        status = read_place(s, o, err);
    if (status == NF_OK)
        status = read_world(s, o, err);
    if (status == NF_OK)
        status = read_faults(s, o->faults, err);
    if (status == NF_OK)
        status = read_profile(s, o->profile, err);
    return status;
}
