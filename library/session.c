/* Opening a session: once the options are read (session_options.c), the world
 * is put together from below: clock and random, the databases, the user, the
 * environment of expressions, the server. */
#include "library/session.h"

#include "library/options.h"

#include "base/json.h"
#include "interpreter/functions.h"
#include "library/json.h"
#include "library/limits.h"
#include "library/watch.h"

#include <errno.h>
#include <stdio.h>

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
    nf_random_seed(random, nf_session_mix_seed(seed, name));
    if (server && !s->database_path && s->side == NF_SIDE_DEVICE) {
        s->server_step = step;
        nf_random_seed(&s->device_random,
                       nf_session_mix_seed(seed, s->device_name));
    }
    if (!server)
        nf_random_seed(
            &s->random,
            nf_session_mix_seed(nf_session_mix_seed(seed, name), "session"));
    return status;
}

static nf_status open_trace(nf_session *s, const char *path, nf_error *err)
{
    if (!path)
        return NF_OK;
    s->trace = strcmp(path, "-") == 0 ? stderr : fopen(path, "wb");
    if (s->trace && s->trace != stderr) /* whole lines, whatever happens */
        setvbuf(s->trace, NULL, _IOLBF, 0);
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

static bool is_in_memory(const char *path)
{
    return path && strcmp(path, ":memory:") == 0;
}

static nf_status open_server(nf_session *s, nf_error *err)
{
    nf_server_options options = {
        .model = s->model,
        .database = is_in_memory(s->server_path) ? NULL : s->server_path,
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
    nf_status status = nf_session_read_options(s, o, err);
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
    nf_session_options known;
    *out = NULL;
    nf_memory *memory = NULL;
    nf_status status =
        nf_options_read(&known, sizeof known, options ? options : &defaults,
                        "options of a session", err);
    if (status == NF_OK)
        status = open_memory(&memory, &known, err);
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
        status = s->arena ? open_session(s, &known, err) : nf_error_nomem(err);
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

static void forget_cancel(nf_session *session)
{
    __atomic_store_n(&session->cancelled, 0, __ATOMIC_RELAXED);
}

void nf_session_enter(nf_session *session)
{
    if (session->under_way++ == 0)
        forget_cancel(session); /* that meant what has ended before */
}

void nf_session_leave(nf_session *session)
{
    if (--session->under_way == 0)
        forget_cancel(session);
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
