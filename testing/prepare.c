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
const char *test_database_of(test_device *d, const char *user)
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
    nf_timezone *zone;
    nf_status status =
        nf_timezone_open(&zone, o->time_zone ? o->time_zone : "UTC");
    nf_clock clock = nf_clock_system();
    bool ok = true;
    if (status == NF_NOMEM)
        return nf_error_nomem(err);
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

nf_status test_new_faults(nf_faults **out, const char *plan, nf_error *err)
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

/* `@server FILE` (E41) is copied, so that tests don't meet in it (E45). */
static nf_status place_server(const char **out, test_run *run, nf_error *err)
{
    nf_status status = make_folder(run, err);
    if (status != NF_OK)
        return status;
    *out = nf_arena_format(run->arena, "%s/@server.db", run->folder);
    if (!*out)
        return nf_error_nomem(err);
    return run->server_file ? sweep_copy_database(run->server_file, *out, err)
                            : NF_OK;
}

static nf_status open_server(test_run *run, nf_error *err)
{
    nf_session_options o = run->options;
    nf_clock clock = nf_clock_fixed(&run->now);
    nf_session_parts parts = {.clock = &clock, .templates = run->templates};
    bool none = run->options.server && strcmp(run->options.server, "none") == 0;
    if (none || is_elsewhere(run))
        return NF_OK;
    nf_status status = test_new_faults(&run->server_faults, "", err);
    parts.unrestricted = run->unrestricted;
    parts.faults = run->server_faults;
    o.side = NF_SIDE_SERVER;
    o.server = NULL;
    o.server_database = ":memory:";
    o.faults = o.user = o.profile = o.trace = o.mocks = NULL;
    o.roles = NULL;
    o.role_count = 0;
    o.host = run;
    if (status == NF_OK && (run->server_file || run->server_on_disk))
        status = place_server(&o.server_database, run, err);
    return status == NF_OK ? open_on_server(run, &o, &parts, err) : status;
}

static nf_status session_on_server(nf_session **out, test_run *run, void *host,
                                   nf_error *err)
{
    nf_session_options o = run->options;
    nf_clock clock = nf_clock_fixed(&run->now);
    *out = NULL;
    if (!run->server)
        return nf_error_set(err, NF_INPUT, "bad_test",
                            "this test has no server of its own");
    nf_session_parts parts = {.clock = &clock,
                              .faults = run->server_faults,
                              .unrestricted = run->unrestricted,
                              .server = run->server->server};
    o.side = NF_SIDE_SERVER;
    o.server = NULL;
    o.faults = o.user = o.trace = o.profile = o.mocks = NULL;
    o.roles = NULL;
    o.role_count = 0;
    o.host = host;
    return nf_session_new_with(out, run->app, &o, &parts, err);
}

nf_status test_on_server(nf_session **out, test_run *run, nf_error *err)
{
    return session_on_server(out, run, run, err);
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

nf_status test_open_device(test_device *d, nf_error *err)
{
    test_run *run = d->run;
    nf_session_options o = run->options;
    nf_clock clock = nf_clock_fixed(&run->now);
    nf_session_parts parts = {.clock = &clock,
                              .faults = d->faults,
                              .server =
                                  run->server ? run->server->server : NULL,
                              .unrestricted = run->unrestricted,
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

/* A body that runs on the server does so in the place of a device. */
static nf_status open_in_place(test_device *d, nf_error *err)
{
    nf_status status = session_on_server(&d->session, d->run, d, err);
    if (status == NF_OK)
        status = test_look_at(d->run, d->session, err);
    return status == NF_OK ? test_watch(d, err) : status;
}

static nf_status prepare_device(test_run *run, const char *name, nf_error *err)
{
    test_device *d = &run->devices[run->device_count++];
    *d = (test_device){.run = run, .name = name};
    nf_buffer_init(&d->phases, 4096);
    nf_status status = test_new_faults(&d->faults, "", err);
    if (status == NF_OK)
        nf_faults_set_server(d->faults, run->server_faults);
    if (status == NF_OK && run->side == TEST_SIDE_SERVER)
        return open_in_place(d, err);
    if (status == NF_OK && run->keeps_files) {
        status = make_folder(run, err);
        if (status == NF_OK &&
            !(d->file = test_database_of(d, run->options.user)))
            status = nf_error_nomem(err);
    }
    return status == NF_OK ? test_open_device(d, err) : status;
}

test_device *test_find_device(test_run *run, const char *name)
{
    for (size_t i = 0; i < run->device_count; i++)
        if (!*name || strcmp(run->devices[i].name, name) == 0)
            return &run->devices[i];
    return NULL;
}

/* ---- all ----------------------------------------------------------------- */

static bool open_all(test_run *run, nf_error *err)
{
    size_t count = run->device_count;
    nf_status status = set_clock(run, err);
    if (status == NF_OK)
        status = open_server(run, err);
    if (status != NF_OK || !test_load_data(run, run->server, true))
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

/* Where the body runs. What any runner of the format could run, with tags and
 * statements of E1 … E14 alone, runs where they run it: on the server. */
static bool choose_side(test_run *run)
{
    nf_test_parts parts = {0};
    nf_test_source source = {.model = run->app->model,
                             .body = run->test->body,
                             .before = "",
                             .line = run->test->body_line,
                             .language = run->file->language};
    nf_error ignored = {0};
    bool open = run->side == TEST_SIDE_OPEN;
    bool own = !run->options.server && !run->options.user &&
               !run->options.role_count && !run->options.profile;
    if (run->side == TEST_SIDE_DEVICE ||
        (open && !(own && test_is_portable(run)))) {
        run->side = TEST_SIDE_DEVICE;
        return true;
    }
    bool read = nf_test_body(&parts, run->arena, &source, &ignored) == NF_OK;
    nf_error_clear(&ignored);
    run->side = open && (!read || parts.of_device) ? TEST_SIDE_DEVICE
                                                   : TEST_SIDE_SERVER;
    if (run->side == TEST_SIDE_DEVICE || !parts.of_device)
        return true;
    nf_test_fail(run->result, NF_TEST_ERROR, "on", run->test->body_line,
                 "the body has what only a device can do, and runs on the "
                 "server");
    return false;
}

bool test_prepare(test_run *run)
{
    nf_error err = {0};
    const char *body = run->test->body;
    run->plan = run->options.faults;
    run->keeps_files = strcasestr(body, "restart") || strcasestr(body, "sign");
    if (nf_test_is_sweep(run->plan))
        run->plan = "";
    if (!test_tags(run) || !choose_side(run))
        return false;
    if (run->trial->plan) /* it begins with the body */
        run->plan = "";
    if (test_divide_faults(run, &err) != NF_OK) {
        nf_test_break(run->result, "fault", blame(run, &err), NULL, &err);
        return false;
    }
    run->keeps_files |= run->trial->plan && strstr(run->trial->plan, "crash");
    if (!open_all(run, &err)) {
        if (nf_error_is_set(&err))
            nf_test_break(run->result, "session", blame(run, &err), NULL, &err);
        return false;
    }
    if (!test_set_mocks(run))
        return false;
    for (size_t i = 0; i < run->device_count; i++)
        if (!test_load_data(run, run->devices[i].session, false))
            return false;
    return true;
}

/* What was seen stays with the result, of all devices in their order. */
static void keep_events(test_run *run)
{
    json_object *all = json_object_new_array();
    for (size_t i = 0; all && i < run->device_count; i++) {
        const test_device *d = &run->devices[i];
        json_object *events =
            d->run && d->session ? d->session->events : d->events;
        size_t count = events ? json_object_array_length(events) : 0;
        for (size_t k = 0; k < count; k++) {
            json_object *event =
                json_object_get(json_object_array_get_idx(events, k));
            if (json_object_array_add(all, event) != 0)
                json_object_put(event);
        }
    }
    json_object_put(run->result->events);
    run->result->events = all;
}

void test_clean(test_run *run)
{
    test_look_end(run);
    keep_events(run);
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
