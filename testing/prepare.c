/* Sessions and databases of a test (E45): a server in this process that all of
 * its devices share, everything in memory. What ends and begins anew within a
 * test has its database in a file of the test's own. */
#include "testing/case.h"

#include "base/suggest.h"
#include "interpreter/bindings.h"
#include "library/sweep.h"
#include "testing/look.h"

#include <fts.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- files --------------------------------------------------------------- */

static nf_status make_folder(test_run *run, nf_error *err)
{
    const char *base = getenv("TMPDIR");
    char *folder = nf_arena_format(run->arena, "%s/nanoflow-test-XXXXXX",
                                   base && *base ? base : "/tmp");
    if (run->folder)
        return NF_OK;
    if (!folder)
        return nf_error_nomem(err);
    if (!mkdtemp(folder))
        return nf_error_set(err, NF_INPUT, "unwritable",
                            "no folder for a test can be made: \"%s\"", folder);
    run->folder = folder;
    return NF_OK;
}

static void remove_folder(const char *folder)
{
    char *const roots[] = {(char *)(uintptr_t)folder, NULL};
    FTS *tree =
        folder ? fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL) : NULL;
    FTSENT *entry;
    while (tree && (entry = fts_read(tree)))
        if (entry->fts_info == FTS_DP)
            rmdir(entry->fts_accpath);
        else if (entry->fts_info != FTS_D)
            unlink(entry->fts_accpath);
    if (tree)
        fts_close(tree);
}

/* The database of a user on a device (synchronize S15). */
static const char *database_of(test_device *d, const char *user)
{
    const char *name = user ? user : "";
    char text[161];
    size_t used = 0;
    for (; *name && used + 3 < sizeof text; name++, used += 2)
        snprintf(text + used, 3, "%02x", (unsigned char)*name);
    text[used] = '\0';
    return nf_arena_format(d->run->arena, "%s/%s-%s.db", d->run->folder,
                           *d->name ? d->name : "device", text);
}

/* ---- sessions ------------------------------------------------------------ */

static bool is_elsewhere(const test_run *run)
{
    return run->options.server && strncmp(run->options.server, "http", 4) == 0;
}

/* Everything that waits for real time or the disk is left out: the clock stands
 * still, and a crash is played in process. */
static nf_status set_clock(test_run *run, nf_error *err)
{
    const nf_session_options *o = &run->options;
    nf_timezone *zone = nf_timezone_open(o->time_zone ? o->time_zone : "UTC");
    nf_clock clock = nf_clock_system();
    bool ok = true;
    run->now = clock.now(clock.user);
    if (o->now)
        ok = nf_instant_parse(&run->now, o->now, strlen(o->now), zone);
    nf_timezone_close(zone);
    if (ok && !__builtin_add_overflow(run->now, run->advance, &run->now))
        return NF_OK;
    return nf_error_set(err, NF_INPUT, "bad_test",
                        "\"%s\" is no time: use a form such as "
                        "2026-03-18T10:20:30Z",
                        o->now ? o->now : "");
}

static nf_status new_faults(nf_faults **out, const char *plan, nf_error *err)
{
    nf_status status = nf_faults_new(out, plan, err);
    if (status == NF_OK)
        nf_faults_crash_in_process(*out);
    return status;
}

static nf_status open_on_server(test_run *run, const nf_session_options *o,
                                const nf_session_parts *parts, nf_error *err)
{
    nf_status status =
        nf_session_new_with(&run->server, run->app, o, parts, err);
    return status == NF_OK ? test_look_at(run, run->server, err) : status;
}

/* `@server FILE` (E41): a copy, so that tests don't meet in it (E45). */
static nf_status copy_server(const char **out, test_run *run, nf_error *err)
{
    nf_status status = make_folder(run, err);
    if (status != NF_OK)
        return status;
    *out = nf_arena_format(run->arena, "%s/@server.db", run->folder);
    return *out ? sweep_copy_database(run->server_file, *out, err)
                : nf_error_nomem(err);
}

static nf_status open_server(test_run *run, nf_error *err)
{
    nf_session_options o = run->options;
    nf_clock clock = nf_clock_fixed(&run->now);
    nf_session_parts parts = {.clock = &clock, .templates = run->templates};
    bool none = run->options.server && strcmp(run->options.server, "none") == 0;
    if (none || is_elsewhere(run))
        return NF_OK;
    nf_status status = new_faults(&run->server_faults, "", err);
    parts.faults = run->server_faults;
    o.side = NF_SIDE_SERVER;
    o.server = NULL;
    o.server_database = ":memory:";
    o.faults = o.user = o.profile = o.trace = o.mocks = NULL;
    o.roles = NULL;
    o.role_count = 0;
    o.host = run;
    if (status == NF_OK && run->server_file)
        status = copy_server(&o.server_database, run, err);
    return status == NF_OK ? open_on_server(run, &o, &parts, err) : status;
}

nf_status test_on_server(nf_session **out, test_run *run, nf_error *err)
{
    nf_session_options o = run->options;
    nf_clock clock = nf_clock_fixed(&run->now);
    *out = NULL;
    if (!run->server)
        return nf_error_set(err, NF_INPUT, "bad_test",
                            "this test has no server of its own");
    nf_session_parts parts = {.clock = &clock,
                              .faults = run->server_faults,
                              .server = run->server->server};
    o.side = NF_SIDE_SERVER;
    o.server = NULL;
    o.faults = o.user = o.trace = o.profile = o.mocks = NULL;
    o.roles = NULL;
    o.role_count = 0;
    o.host = run;
    return nf_session_new_with(out, run->app, &o, &parts, err);
}

/* Nobody would be enforced to anything whom nobody knows. */
static nf_status unknown_user(const test_run *run, const char *user,
                              nf_error *err)
{
    const nf_security *security = nf_model_security(run->app->model);
    nf_suggestion near = {.name = user};
    char hint[NF_ERROR_NAME_SIZE];
    for (size_t i = 0; i < security->demo_user_count; i++)
        nf_suggest(&near, security->demo_users[i].name);
    return nf_error_set(
        err, NF_INPUT, "bad_test",
        "there is no user \"%s\": it takes a demo user of the app, or one of the server's data%s",
        user, nf_suggestion_text(&near, "", hint, sizeof hint));
}

static nf_status open_device(test_device *d, nf_error *err)
{
    test_run *run = d->run;
    nf_session_options o = run->options;
    nf_clock clock = nf_clock_fixed(&run->now);
    nf_session_parts parts = {.clock = &clock,
                              .faults = d->faults,
                              .server =
                                  run->server ? run->server->server : NULL,
                              .switched = true,
                              .templates = run->templates};
    o.database = d->file;
    o.device = *d->name ? d->name : o.device ? o.device : "test";
    o.faults = o.mocks = NULL;
    if (d->user) { /* with a database, and so a device, of the user's own */
        o.user = d->user;
        o.device = nf_arena_format(run->arena, "%s of %s", o.device, d->user);
    }
    if (!is_elsewhere(run))
        o.server = NULL;
    o.host = d;
    /* What a file puts on the device is what it has; a first synchronization
     * would take away what the server does not know. */
    if (run->on_device && !o.initial_sync)
        o.initial_sync = "never";
    nf_status status =
        nf_session_new_with(&d->session, run->app, &o, &parts, err);
    if (status == NF_OK && o.user && !d->session->module_roles && run->server)
        status = unknown_user(run, o.user, err);
    if (status == NF_OK)
        status = test_look_at(run, d->session, err);
    if (status != NF_OK)
        return status;
    d->session->offline = run->offline;
    return test_watch(d, err);
}

static nf_status prepare_device(test_run *run, const char *name, nf_error *err)
{
    test_device *d = &run->devices[run->device_count++];
    *d = (test_device){.run = run, .name = name};
    nf_buffer_init(&d->phases, 4096);
    nf_status status = new_faults(&d->faults, run->plan ? run->plan : "", err);
    if (status == NF_OK && run->keeps_files) {
        status = make_folder(run, err);
        if (status == NF_OK && !(d->file = database_of(d, run->options.user)))
            status = nf_error_nomem(err);
    }
    return status == NF_OK ? open_device(d, err) : status;
}

test_device *test_find_device(test_run *run, const char *name)
{
    for (size_t i = 0; i < run->device_count; i++)
        if (!*name || strcmp(run->devices[i].name, name) == 0)
            return &run->devices[i];
    return NULL;
}

/* ---- data ---------------------------------------------------------------- */

static bool load(test_run *run, const nf_test_tags *tags, nf_session *session,
                 bool to_server)
{
    for (size_t i = 0; i < tags->count; i++) {
        const nf_test_tag *tag = &tags->items[i];
        bool device, server;
        nf_error err = {0};
        if (strcmp(tag->name, "data") != 0)
            continue;
        const char *file = test_data_file(tag->value, &device, &server);
        if ((to_server ? server : device) &&
            nf_session_import(NULL, session, test_path(run, file), &err) !=
                NF_OK) {
            nf_test_break(run->result, "data", tag->line, "the data", &err);
            return false;
        }
        if (to_server && server && !session) {
            nf_test_fail(run->result, NF_TEST_ERROR, "data", tag->line,
                         "this test has no server of its own");
            return false;
        }
    }
    return true;
}

static bool load_all(test_run *run, nf_session *session, bool server)
{
    return load(run, &run->file->header, session, server) &&
           load(run, &run->test->tags, session, server);
}

/* ---- mocks (E43) --------------------------------------------------------- */

/* A line, or a file of cases, of which the one with the test's name is meant.
 * What it answers for must be there: else it would never be asked. */
static nf_status add_mock(test_run *run, const char *mock, nf_error *err)
{
    size_t first = nf_mocks_count(run->mocks);
    nf_status status =
        nf_mocks_is_json(mock)
            ? nf_mocks_read(run->mocks, test_path(run, mock), run->test->name,
                            err)
            : nf_mocks_add(run->mocks, mock, run->file->path, err);
    return status == NF_OK
               ? nf_mocks_check(run->mocks, first, run->app->model, err)
               : status;
}

static bool add_mocks(test_run *run, const nf_test_tags *tags)
{
    for (size_t i = 0; i < tags->count; i++) {
        nf_error err = {0};
        if (strcmp(tags->items[i].name, "mock") == 0 &&
            add_mock(run, tags->items[i].value, &err) != NF_OK) {
            nf_test_break(run->result, "mock", tags->items[i].line, NULL, &err);
            return false;
        }
    }
    return true;
}

/* The test's come first, then the header's, then the file's of --mock. All
 * sessions of the test share them, so that outcomes go on in turn. */
static bool set_mocks(test_run *run)
{
    nf_error err = {0};
    nf_session *first = run->devices[0].session;
    const char *file = run->options.mocks;
    run->mocks = nf_mocks_new(&first->world.environment);
    if (!run->mocks) {
        nf_error_nomem(&err);
        nf_test_break(run->result, "mock", 0, NULL, &err);
        return false;
    }
    if (!add_mocks(run, &run->test->tags) ||
        !add_mocks(run, &run->file->header))
        return false;
    if (file &&
        nf_mocks_read(run->mocks, file, run->test->name, &err) != NF_OK) {
        nf_test_break(run->result, "mock", 0, NULL, &err);
        return false;
    }
    for (size_t i = 0; i < run->device_count; i++)
        run->devices[i].session->mocks = run->mocks;
    if (run->server)
        run->server->mocks = run->mocks;
    return true;
}

static bool is_own(const test_run *run, const char *mock)
{
    for (size_t i = 0; i < run->test->tags.count; i++)
        if (strcmp(run->test->tags.items[i].name, "mock") == 0 &&
            strcmp(run->test->tags.items[i].value, mock) == 0)
            return true;
    return false;
}

/* Those of the header are for some of the tests only. */
void test_unused_mocks(test_run *run)
{
    const char *mock;
    for (size_t i = 0; (mock = nf_mocks_unused(run->mocks, i)); i++) {
        if (!is_own(run, mock))
            continue;
        if (run->how->strict)
            nf_test_fail(run->result, NF_TEST_ERROR, "mock", 0,
                         "this mock was not used: %s", mock);
        else
            nf_test_warn(run->result, "this mock was not used: %s", mock);
    }
}

/* ---- all ----------------------------------------------------------------- */

static bool open_all(test_run *run, nf_error *err)
{
    size_t count = run->device_count;
    nf_status status = set_clock(run, err);
    if (status == NF_OK)
        status = open_server(run, err);
    if (status != NF_OK || !load_all(run, run->server, true))
        return false;
    run->device_count = 0;
    for (size_t i = 0; status == NF_OK && i < (count ? count : 1); i++)
        status = prepare_device(run, count ? run->device_names[i] : "", err);
    return status == NF_OK;
}

/* The line of the tag whose value an error of the options names; 0: of none. */
static long blame(const test_run *run, const nf_error *err)
{
    const nf_test_tags *all[] = {&run->test->tags, &run->file->header};
    const char *start = strchr(err->message, '"');
    const char *end = start ? strchr(start + 1, '"') : NULL;
    const char *named =
        end ? nf_arena_strndup(run->arena, start + 1, (size_t)(end - start - 1))
            : NULL;
    for (size_t k = 0; named && *named && k < 2; k++)
        for (size_t i = 0; i < all[k]->count; i++)
            if (strcmp(all[k]->items[i].name, "test") != 0 &&
                strstr(all[k]->items[i].value, named))
                return all[k]->items[i].line;
    return 0;
}

bool test_prepare(test_run *run)
{
    nf_error err = {0};
    const char *body = run->test->body;
    run->plan = run->options.faults;
    run->keeps_files = strcasestr(body, "restart") || strcasestr(body, "sign");
    if (nf_test_is_sweep(run->plan))
        run->plan = "";
    if (!test_tags(run))
        return false;
    if (run->trial->plan) /* it begins with the body */
        run->plan = "";
    run->keeps_files |= run->trial->plan && strstr(run->trial->plan, "crash");
    if (!open_all(run, &err)) {
        if (nf_error_is_set(&err))
            nf_test_break(run->result, "session", blame(run, &err), NULL, &err);
        return false;
    }
    if (!set_mocks(run))
        return false;
    for (size_t i = 0; i < run->device_count; i++)
        if (!load_all(run, run->devices[i].session, false))
            return false;
    return true;
}

void test_clean(test_run *run)
{
    test_look_end(run);
    for (size_t i = 0; i < run->device_count; i++) {
        test_device *d = &run->devices[i];
        if (!d->run)
            continue; /* it was only named */
        for (size_t k = 0; k < d->count; k++)
            nf_value_release(&d->values[k].value);
        if (d->session)
            d->session->mocks = NULL;
        nf_session_free(d->session);
        nf_faults_free(d->faults);
        nf_buffer_dispose(&d->phases);
        json_object_put(d->events);
        d->events = NULL;
    }
    nf_free(run->calls);
    run->calls = NULL;
    if (run->server)
        run->server->mocks = NULL;
    nf_session_free(run->server);
    nf_mocks_free(run->mocks); /* after the objects, which hold its texts */
    nf_faults_free(run->server_faults);
    remove_folder(run->folder);
}

/* ---- endings (E44) ------------------------------------------------------- */

/* Values of a session that ends: objects are remembered by their ids. */
typedef struct stored_value {
    const nf_entity *entity;
    int64_t id;
} stored_value;

static bool store_values(test_device *d, stored_value *stored)
{
    for (size_t i = 0; i < d->count; i++) {
        nf_value *v = &d->values[i].value;
        stored[i] = (stored_value){0};
        if (v->kind == NF_KIND_OBJECT)
            stored[i] = (stored_value){v->as.object->entity, v->as.object->id};
        if (v->kind == NF_KIND_OBJECT || v->kind == NF_KIND_LIST) {
            nf_value_release(v);
            *v = nf_empty();
        }
    }
    return true;
}

static nf_status find_values(test_device *d, const stored_value *stored,
                             nf_error *err)
{
    nf_status status = NF_OK;
    for (size_t i = 0; status == NF_OK && i < d->count; i++) {
        nf_object *object = NULL;
        if (!stored[i].entity || stored[i].id <= 0)
            continue;
        status = nf_objects_get(&object, d->session->objects, stored[i].entity,
                                stored[i].id, err);
        if (status == NF_OK && object)
            d->values[i].value = nf_object_take(object);
    }
    return status;
}

static void end_session(test_device *d)
{
    struct json_object *events = d->session->events;
    d->session->events = NULL;
    d->session->mocks = NULL;
    d->events = events; /* what was seen stays seen */
    d->offline = d->session->offline;
    nf_session_free(d->session);
    d->session = NULL;
}

nf_status test_restart_device(test_device *d, const char *user, nf_error *err)
{
    stored_value stored[TEST_VARIABLES];
    bool other = user && (!d->user || strcmp(user, d->user) != 0);
    if (d->session) {
        store_values(d, stored);
        end_session(d);
    } else {
        memset(stored, 0, sizeof stored);
    }
    if (user)
        d->user = user;
    if (other && !(d->file = database_of(d, user)))
        return nf_error_nomem(err);
    if (other)
        memset(stored, 0, sizeof stored); /* S15: none of another user's */
    nf_status status = open_device(d, err);
    if (status != NF_OK)
        return status;
    d->session->offline = d->offline;
    d->session->mocks = d->run->mocks;
    d->session->events = d->events;
    d->events = NULL;
    status = nf_session_initial_sync(d->session, err);
    return status == NF_OK ? find_values(d, stored, err) : status;
}

nf_status test_recover_device(test_device *d, nf_error *err)
{
    nf_faults *crashed = d->faults, *calm;
    nf_faults_clear(d->faults);
    if (!d->session || !nf_faults_crashed(d->faults))
        return NF_OK;
    nf_status status = new_faults(&calm, "", err);
    if (status != NF_OK)
        return status;
    d->faults = calm;
    status = test_restart_device(d, NULL, err);
    nf_faults_free(crashed); /* the session that held it has ended */
    return status;
}

nf_status test_sign_out_device(test_device *d, nf_error *err)
{
    stored_value stored[TEST_VARIABLES];
    int64_t unsynchronized;
    if (!d->session)
        return nf_error_set(err, NF_FAILED, "bad_test", "nobody is signed in");
    nf_status status = nf_session_sign_out(&unsynchronized, d->session, err);
    if (status != NF_OK)
        return status;
    store_values(d, stored);
    end_session(d);
    return NF_OK;
}
