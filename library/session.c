/* Opening a session: options are checked and copied, then the world is put
 * together from below: clock and random, the databases, the user, the
 * environment of expressions, the server. */
#include "library/session.h"

#include "base/json.h"
#include "interpreter/bindings.h"
#include "interpreter/functions.h"
#include "library/json.h"
#include "library/limits.h"
#include "library/watch.h"

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

/* "en_US" or "nl": letters, and a region after an underscore. */
static bool is_language(const char *text)
{
    size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz"
                                 "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
    return length >= 2 && length <= 32 && text[length] == '\0';
}

static nf_status read_place(nf_session *s, const nf_session_options *o,
                            nf_error *err)
{
    bool failed = false;
    const char *zone = o->time_zone ? o->time_zone : "UTC";
    s->zone = nf_timezone_open(zone);
    if (!s->zone)
        return usage(err,
                     "unknown time zone \"%s\": use a name such as "
                     "Europe/Amsterdam",
                     zone);
    if (o->language && !is_language(o->language))
        return usage(err, "\"%s\" is no language: use a code such as en_US",
                     o->language);
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

static uint64_t mix(uint64_t seed, const char *text)
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
        nf_random_seed(&s->device_random, mix(o->seed, s->device_name));
        nf_random_seed(&s->server_random, mix(o->seed, "server"));
    }
    return NF_OK;
}

/* Sessions with one seed on one database must not draw the same ids of changes
 * and synchronizations again, nor those of another device: the server would
 * take the second ones for repetitions of the first. So each goes on in a
 * stream of its own, and a series of commands is still repeatable. A device in
 * memory begins anew each time: it counts with the server in this process. */
static nf_status continue_seed(nf_session *s, nf_database *database,
                               nf_random *random, const char *name,
                               nf_error *err)
{
    bool server = random == &s->server_random;
    int64_t count;
    if (!s->seeded)
        return NF_OK;
    nf_status status =
        nf_database_get_number(database, "seeded_sessions", 0, &count, err);
    if (status == NF_OK)
        status =
            nf_database_set_number(database, "seeded_sessions", count + 1, err);
    uint64_t step = ((uint64_t)count + 1) * UINT64_C(0x9E3779B97F4A7C15);
    uint64_t seed = s->seed ^ step ^ (server ? 0 : s->server_step);
    nf_random_seed(random, mix(seed, name));
    if (server && !s->database_path && s->side == NF_SIDE_DEVICE) {
        s->server_step = step;
        nf_random_seed(&s->device_random, mix(seed, s->device_name));
    }
    if (!server)
        nf_random_seed(&s->random, mix(mix(seed, name), "session"));
    return status;
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

static nf_status read_options(nf_session *s, const nf_session_options *o,
                              nf_error *err)
{
    bool failed = false;
    nf_status status = NF_OK;
    if (o->version != NF_SESSION_OPTIONS_VERSION)
        return nf_error_set(err, NF_USAGE, "bad_option",
                            "session options have version %u, this library "
                            "knows %d",
                            o->version, NF_SESSION_OPTIONS_VERSION);
    s->side = o->side;
    s->timeout = o->timeout;
    s->world.configured_only = o->configured_only;
    s->allow = nf_options_allow(o);
    s->database_wait_ms = milliseconds(o->database_wait);
    s->event = o->event;
    s->call = o->call;
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

static nf_status open_trace(nf_session *s, const char *path, nf_error *err)
{
    if (!path)
        return NF_OK;
    s->trace = strcmp(path, "-") == 0 ? stderr : fopen(path, "wb");
    if (s->trace)
        return NF_OK;
    return nf_error_set(err, NF_INPUT, "unreadable",
                        "the trace \"%s\" can't be written: %s", path,
                        strerror(errno));
}

static nf_status open_device(nf_session *s, nf_error *err)
{
    nf_database *database = NULL;
    nf_database_options options = {
        .model = s->model,
        .path = s->database_path,
        .side = NF_DATABASE_DEVICE,
        .random = &s->device_random,
        .faults = s->faults,
        .templates = s->templates,
        .busy_ms = s->database_wait_ms,
    };
    nf_error problem = {0};
    nf_status status = nf_database_open(&database, &options, &problem);
    if (status == NF_INPUT && nf_session_reset(s, &problem) == NF_OK)
        status = nf_database_open(&database, &options, &problem);
    if (status != NF_OK) {
        if (err && !nf_error_is_set(err))
            *err = problem;
        return status;
    }
    status = continue_seed(s, database, &s->device_random, s->device_name, err);
    if (status == NF_OK)
        status = nf_settings_order(&s->settings, database, err);
    if (status == NF_OK)
        status = nf_session_keep_model(s, database, err);
    if (status != NF_OK) {
        nf_database_close(database);
        return status;
    }
    status = nf_device_new(&s->device, database, s->world.profile, err);
    if (status != NF_OK)
        return status;
    s->world.store = nf_device_store(s->device);
    s->objects = nf_objects_new(s->model, s->world.store);
    return s->objects ? NF_OK : nf_error_nomem(err);
}

void nf_session_trace_log(nf_session *s, const char *name, const char *level,
                          const char *text)
{
    json_object *payload = json_object_new_object();
    if (!s->trace) {
        json_object_put(payload);
        return;
    }
    nf_json_text(payload, "level", level);
    nf_json_text(payload, "text", text);
    nf_world_event(&s->world, name, payload, NULL);
}

static void server_log(void *user, const char *level, const char *text)
{
    nf_session_trace_log(user, "serverLog", level, text);
}

static nf_status open_server(nf_session *s, nf_error *err)
{
    nf_server_options options = {
        .model = s->model,
        .database = same(s->server_path, ":memory:") ? NULL : s->server_path,
        .clock = s->faults ? nf_faults_clock(s->faults, true) : s->clock,
        .random = &s->server_random,
        .faults = s->faults,
        .templates = s->templates,
        .busy_ms = s->database_wait_ms,
        .configured_only = s->world.configured_only,
        .unrestricted = s->unrestricted,
        .tell_failures = s->settings.tell_failures,
        .log = server_log,
        .network = s->settings.rest,
        .call = nf_session_answer,
        .rest = nf_session_rest,
        .user = s,
    };
    if (!s->server && !s->server_path && s->side == NF_SIDE_SERVER)
        return nf_error_set(err, NF_USAGE, "bad_option",
                            "the server side needs a database: give --server "
                            "local:FILE or --server-db FILE");
    if (!s->server && !s->server_path)
        return NF_OK;
    nf_status status = NF_OK;
    if (!s->server)
        status = nf_server_open(&s->server, &options, err);
    if (status == NF_OK && !s->shares_server)
        status = continue_seed(s, nf_server_database(s->server),
                               &s->server_random, "server", err);
    if (status == NF_OK)
        status =
            nf_settings_order(&s->settings, nf_server_database(s->server), err);
    if (status != NF_OK || s->side != NF_SIDE_SERVER)
        return status;
    nf_server_store_init(&s->records, s->server, NULL, 0, &s->world);
    s->world.rules = &nf_server_rules;
    s->objects = nf_objects_new(s->model, s->world.store);
    return s->objects ? NF_OK : nf_error_nomem(err);
}

static void fill_world(nf_session *s)
{
    nf_world *world = &s->world;
    world->model = s->model;
    world->objects = s->objects;
    world->random = s->random;
    world->programs = s->app->programs[s->allow];
    world->cancelled = &s->cancelled;
    world->cache = nf_function_cache_new(); /* NULL: slower */
    world->strict_empty = s->settings.strict_empty != 0;
}

static nf_status open_session(nf_session *s, const nf_session_options *o,
                              nf_error *err)
{
    nf_status status = read_options(s, o, err);
    if (status == NF_OK)
        status = open_trace(s, o->trace, err);
    nf_session_connect_host(s);
    if (status == NF_OK) /* a device that begins anew needs it */
        status = open_server(s, err);
    if (status == NF_OK && s->side == NF_SIDE_DEVICE)
        status = open_device(s, err);
    if (status != NF_OK)
        return status;
    fill_world(s);
    if (s->trace)
        status = nf_session_begin_trace(s, err);
    if (status == NF_OK)
        status =
            nf_session_environment(s, o->constants, o->constant_count, err);
    if (status == NF_OK)
        status = nf_session_resolve_user(s, err);
    if (status == NF_OK && o->mocks)
        status = nf_mocks_open(&s->mocks, o->mocks, &s->world.environment, err);
    if (s->mocks)
        s->world.host.intercept = nf_session_intercept;
    if (status == NF_OK && s->side == NF_SIDE_DEVICE)
        status = nf_session_connect(s, err);
    return status;
}

nf_status nf_session_new(nf_session **out, const nf_app *app,
                         const nf_session_options *options, nf_error *err)
{
    static const nf_session_parts none;
    return nf_session_new_with(out, app, options, &none, err);
}

/* A session is counted if it asks for it: its host's allocator, or a limit. */
static nf_status open_memory(nf_memory **out, const nf_session_options *o,
                             nf_error *err)
{
    nf_limits limits = {0};
    nf_status status = nf_limits_read(&limits, o->limits, o->limit_count, err);
    if (status != NF_OK || (!o->allocator && !limits.memory_bytes))
        return status;
    *out = nf_memory_new(o->allocator);
    if (!*out)
        return nf_error_nomem(err);
    nf_memory_limit(*out, limits.memory_bytes);
    return NF_OK;
}

size_t nf_session_memory(const nf_session *session, size_t *peak)
{
    return nf_memory_used(session->memory, peak);
}

nf_status nf_session_new_with(nf_session **out, const nf_app *app,
                              const nf_session_options *options,
                              const nf_session_parts *parts, nf_error *err)
{
    static const nf_session_options defaults = NF_SESSION_OPTIONS_INIT;
    *out = NULL;
    if (!options)
        options = &defaults;
    nf_memory *memory = NULL;
    nf_status status = open_memory(&memory, options, err);
    if (status != NF_OK)
        return status;
    NF_IN_MEMORY(memory);
    nf_session *s = nf_alloc(sizeof *s);
    if (!s) {
        status = nf_error_nomem(err);
        nf_memory_close(memory);
        return status;
    }
    s->memory = memory;
    s->app = app;
    s->model = app->model;
    s->faults = parts->faults;
    s->templates = parts->templates;
    s->over_http = parts->over_http;
    s->switched = parts->switched;
    s->unrestricted = parts->unrestricted;
    if (parts->clock)
        s->clock = *parts->clock;
    s->server = parts->server;
    s->shares_server = parts->server != NULL;
    s->arena = nf_arena_new();
    status = nf_app_complete(app, err);
    if (status == NF_OK)
        status = s->arena ? open_session(s, options, err) : nf_error_nomem(err);
    if (status != NF_OK) {
        nf_session_free(s);
        return status;
    }
    *out = s;
    return NF_OK;
}

void nf_session_free(nf_session *s)
{
    if (!s)
        return;
    nf_memory *memory = s->memory;
    NF_IN_MEMORY(memory);
    nf_javascript_free(s->javascript);
    nf_sync_client_free(s->sync);
    for (size_t i = 0; i < s->override_count; i++)
        nf_value_release(&s->overrides[i].value);
    nf_server_store_dispose(&s->records);
    nf_world_dispose(&s->world);
    nf_objects_free(s->objects);
    nf_device_free(s->device);
    if (!s->shares_server)
        nf_server_close(s->server);
    nf_mocks_free(s->mocks); /* after the objects, which may hold its texts */
    nf_function_cache_free(s->world.cache);
    nf_timezone_close(s->zone);
    if (s->owns_faults)
        nf_faults_free(s->faults); /* after the databases */
    json_object_put(s->events);
    if (s->trace && s->trace != stderr)
        fclose(s->trace);
    nf_arena_free(s->arena);
    nf_session_end_watch(s);
    nf_free(s);
    nf_memory_close(memory);
}

size_t nf_session_faults(const nf_session *session, const char **text)
{
    if (text)
        *text = nf_faults_text(session->faults);
    return nf_faults_count(session->faults);
}

void nf_session_warn(nf_session *s, const char *format, ...)
{
    char text[1024];
    va_list args;
    const char **grown =
        nf_arena_array(s->arena, s->warning_count + 1, sizeof *grown);
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    char *copied = nf_arena_strdup(s->arena, text);
    if (!grown || !copied)
        return;
    if (s->warning_count)
        memcpy(grown, s->warnings, s->warning_count * sizeof *grown);
    grown[s->warning_count++] = copied;
    s->warnings = grown;
}

const char *nf_session_warning(const nf_session *session, size_t index)
{
    return index < session->warning_count ? session->warnings[index] : NULL;
}

const char *nf_session_unused_mock(const nf_session *session, size_t index)
{
    return session->mocks ? nf_mocks_unused(session->mocks, index) : NULL;
}

void nf_session_cancel(nf_session *session)
{
    if (session)
        __atomic_store_n(&session->cancelled, 1, __ATOMIC_RELAXED);
}

bool nf_session_is_cancelled(const nf_session *session)
{
    return __atomic_load_n(&session->cancelled, __ATOMIC_RELAXED) != 0;
}

void nf_session_cancel_done(nf_session *session)
{
    __atomic_store_n(&session->cancelled, 0, __ATOMIC_RELAXED);
}

nf_database *nf_session_database(nf_session *session)
{
    return session->side == NF_SIDE_SERVER
               ? nf_server_database(session->server)
               : nf_device_database(session->device);
}

nf_status nf_session_need_device(nf_session *session, const char *what,
                                 nf_error *err)
{
    if (session->side == NF_SIDE_DEVICE)
        return NF_OK;
    return nf_error_set(err, NF_USAGE, "bad_option",
                        "%s works on the device, not with --on server", what);
}
