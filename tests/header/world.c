/* A host with a clock and random numbers of its own: all that a session takes
 * from the world comes from there (design §10.7). And $currentUser, which
 * nanoflows get on demand (expressions S43). */
#include "check.h"

#include <poll.h>

enum { HOUR = 3600 * 1000 };

typedef struct world {
    int64_t now, waited;
    uint64_t state; /* of the random numbers */
    size_t drawn;
    bool dry;
} world;

static int64_t tell_time(void *user)
{
    return ((world *)user)->now;
}

static void pass_time(void *user, int64_t milliseconds)
{
    world *w = user;
    w->now += milliseconds;
    w->waited += milliseconds;
}

static bool draw(void *user, void *bytes, size_t size)
{
    world *w = user;
    for (size_t i = 0; i < size; i++) {
        w->state =
            w->state * UINT64_C(6364136223846793005) + 1442695040888963407;
        ((uint8_t *)bytes)[i] = (uint8_t)(w->state >> 56);
    }
    w->drawn += size;
    return !w->dry;
}

static nf_session *open_in(const nf_app *app, world *w, bool still,
                           const char *server, const char *faults,
                           nf_error *err)
{
    nf_clock clock = {tell_time, still ? pass_time : NULL, w};
    nf_random_source random = {draw, w};
    nf_session_options options = NF_SESSION_OPTIONS_INIT;
    nf_session *session = NULL;
    options.clock = &clock;
    options.random = &random;
    options.server = server;
    options.faults = faults;
    options.user = "anna";
    options.current_user = true;
    options.initial_sync = "never";
    check(nf_session_new(&session, app, &options, err) == NF_OK, "a session",
          err);
    return session;
}

static bool synchronize(nf_session *session, nf_error *err)
{
    return nf_session_synchronize(NULL, session, NF_SYNCHRONIZE_ALL, NULL, 0,
                                  false, err) == NF_OK;
}

static int64_t date_of(nf_object *object, const char *member, nf_error *err)
{
    nf_value *value = NULL;
    int64_t date = -1;
    check(nf_object_member(&value, object, member, err) == NF_OK &&
              nf_value_as_datetime(&date, value),
          member, err);
    nf_value_free(value);
    return date;
}

/* 2026-03-18T10:20:30Z */
static const int64_t start = INT64_C(1773829230000);

/* Expressions, and the server that writes the dates of changes. */
static void dates(const nf_app *app)
{
    world w = {.now = start};
    nf_error *err = nf_error_new();
    nf_session *s = open_in(app, &w, true, "local::memory:", NULL, err);
    nf_object *note = NULL;
    nf_value *text = nf_value_new_string("changed", 7);

    check(answers(s, "World.Now", "2026-03-18T10:20:30.000Z", err), "now", err);
    w.now += HOUR;
    check(answers(s, "World.Now", "2026-03-18T11:20:30.000Z", err), "later",
          err);
    check(nf_session_create(&note, s, "World.Note", err) == NF_OK &&
              nf_session_commit(s, &note, 1, err) == NF_OK &&
              synchronize(s, err),
          "a note", err);
    check(date_of(note, "createdDate", err) == start + HOUR, "created", err);
    w.now += HOUR;
    check(nf_object_change(note, "Text", text, err) == NF_OK &&
              nf_session_commit(s, &note, 1, err) == NF_OK &&
              synchronize(s, err),
          "a change", err);
    check(date_of(note, "createdDate", err) == start + HOUR, "created", err);
    check(date_of(note, "changedDate", err) == start + 2 * HOUR, "changed",
          err);
    nf_value_free(text);
    nf_object_free(note);
    nf_session_free(s);
    nf_error_free(err);
}

/* A commit that changes nothing travels, too, and does no harm (synchronize
 * S43; design §10.5). */
static void nothing_new(const nf_app *app)
{
    world w = {.now = start};
    nf_error *err = nf_error_new();
    nf_session *s = open_in(app, &w, true, "local::memory:", NULL, err);
    nf_object *note = NULL;
    char *report = NULL;

    check(nf_session_create(&note, s, "World.Note", err) == NF_OK &&
              nf_session_commit(s, &note, 1, err) == NF_OK &&
              synchronize(s, err),
          "a note", err);
    check(nf_object_change(note, "Text", NULL, err) == NF_OK &&
              nf_session_commit(s, &note, 1, err) == NF_OK &&
              nf_session_synchronize(&report, s, NF_SYNCHRONIZE_ALL, NULL, 0,
                                     false, err) == NF_OK &&
              strstr(report, "\"uploaded\":1,"),
          "once more", err);
    nf_text_free(report);
    nf_object_free(note);
    nf_session_free(s);
    nf_error_free(err);
}

static int64_t first_id(const nf_app *app, uint64_t seed, char **dice,
                        nf_error *err)
{
    world w = {.now = start, .state = seed};
    nf_session *s = open_in(app, &w, true, "local::memory:", NULL, err);
    nf_object *note = NULL;
    nf_value *thrown = NULL;
    check(nf_session_create(&note, s, "World.Note", err) == NF_OK &&
              nf_session_commit(s, &note, 1, err) == NF_OK &&
              synchronize(s, err),
          "a note is synchronized", err);
    check(nf_session_call(&thrown, s, "World.Dice", NULL, 0, err) == NF_OK &&
              (*dice = nf_value_print(thrown)) != NULL,
          "a dice", err);
    check(w.drawn > 32, "it was asked", err);
    int64_t id = nf_object_id(note);
    nf_value_free(thrown);
    nf_object_free(note);
    nf_session_free(s);
    return id;
}

/* The same numbers, the same ids; other numbers, others. */
static void chance(const nf_app *app)
{
    nf_error *err = nf_error_new();
    char *one = NULL, *same = NULL, *other = NULL;
    int64_t id = first_id(app, 7, &one, err);

    check(first_id(app, 7, &same, err) == id && is(one, same),
          "the same numbers", err);
    check(first_id(app, 8, &other, err) != id && !is(one, other),
          "other numbers", err);
    nf_text_free(one);
    nf_text_free(same);
    nf_text_free(other);

    world w = {.now = start, .dry = false};
    nf_session *s = open_in(app, &w, true, NULL, NULL, err);
    w.dry = true;
    check(nf_session_call(NULL, s, "World.Dice", NULL, 0, err) == NF_FAILED &&
              is(nf_error_text(err, NF_ERROR_DETAIL), "E-RANGE"),
          "a host that has none", err);
    nf_session_free(s);
    nf_error_free(err);
}

/* A seed and a time in text go before; what lacks a function is refused. */
static void precedence(const nf_app *app)
{
    world w = {.now = start};
    nf_error *err = nf_error_new();
    nf_clock clock = {tell_time, pass_time, &w};
    nf_random_source random = {draw, &w};
    nf_session_options options = NF_SESSION_OPTIONS_INIT;
    nf_session *s = NULL;

    options.clock = &clock;
    options.random = &random;
    options.now = "2020-01-01T00:00:00Z";
    options.seeded = true;
    check(nf_session_new(&s, app, &options, err) == NF_OK &&
              answers(s, "World.Now", "2020-01-01T00:00:00.000Z", err),
          "the time of the options", err);
    check(w.drawn == 0, "nothing was drawn", err);
    nf_session_free(s);
    clock.now = NULL;
    check(nf_session_new(&s, app, &options, err) == NF_USAGE && !s &&
              has_code(err, "bad_option"),
          "a clock without now", err);
    nf_error_free(err);
}

/* The attempts of a synchronization are some time apart, on the clock that the
 * host moves (synchronize S147). */
static void attempts(const nf_app *app)
{
    world w = {.now = start};
    nf_error *err = nf_error_new();
    nf_session *s =
        open_in(app, &w, true, "local::memory:", "after-create=cut", err);

    check(synchronize(s, err) && nf_session_faults(s, NULL) == 1,
          "another attempt", err);
    check(w.waited > 0 && w.now == start + w.waited, "it waited", err);
    nf_session_free(s);
    nf_error_free(err);
}

static void user(const nf_app *app)
{
    world w = {.now = start};
    nf_error *err = nf_error_new();
    nf_session *s = open_in(app, &w, true, "local::memory:", NULL, err);
    nf_session *strict = NULL;

    check(answers(s, "World.MyKind", "none", err), "not here yet", err);
    check(synchronize(s, err), "synchronize", err);
    check(answers(s, "World.Me", "anna true", err) &&
              answers(s, "World.MyKind", "account", err),
          "the user", err);
    check(nf_session_new(&strict, app, NULL, err) == NF_OK &&
              nf_session_call(NULL, strict, "World.Me", NULL, 0, err) ==
                  NF_FAILED &&
              is(nf_error_text(err, NF_ERROR_DETAIL), "E-NAME"),
          "as the client has it", err);
    nf_session_free(strict);
    nf_session_free(s);
    nf_error_reset(err);
    char *text = NULL;
    size_t errors = 0;
    check(nf_app_check(&text, &errors, app, false, err) == NF_OK &&
              errors == 3 && strstr(text, "not available in nanoflows"),
          "what check says", err);
    nf_text_free(text);
    nf_error_free(err);
}

/* ---- one loop ------------------------------------------------------------ */

typedef struct loop {
    struct pollfd polled[8];
    size_t count;
    int timeout;
} loop;

static void add(loop *l, const nf_watch *watches, size_t count, int timeout)
{
    for (size_t i = 0; i < count; i++)
        l->polled[l->count++] = (struct pollfd){
            .fd = watches[i].fd,
            .events = (short)((watches[i].readable ? POLLIN : 0) |
                              (watches[i].writable ? POLLOUT : 0))};
    if (timeout >= 0 && (l->timeout < 0 || timeout < l->timeout))
        l->timeout = timeout;
}

static void wait_for_both(nf_serve *server, nf_session *device)
{
    loop l = {.timeout = -1};
    nf_watch watches[4];
    int timeout;
    size_t count = nf_serve_watch(server, watches, 4, &timeout);
    check(count > 0, "a server waits for something", NULL);
    add(&l, watches, count, timeout);
    count = nf_session_watch(device, watches, 4, &timeout);
    add(&l, watches, count, timeout);
    poll(l.polled, l.count, l.timeout);
}

static nf_serve *open_server(const nf_app *app, world *w, nf_error *err)
{
    nf_serve_options options = NF_SERVE_OPTIONS_INIT;
    nf_clock clock = {tell_time, NULL, w};
    nf_random_source random = {draw, w};
    nf_serve *server = NULL;
    options.listen = "127.0.0.1:0";
    options.demo_users = true;
    options.clock = &clock;
    options.random = &random;
    nf_status status = nf_serve_open(&server, app, &options, err);
    check(status == NF_OK || has_code(err, "unsupported"), "a server", err);
    return server;
}

/* A server and a device of it in one loop of one thread, each with a clock of
 * its own. The user's object is known as soon as the user has signed in. */
static void loop_of_both(const nf_app *app)
{
    world there = {.now = start + HOUR, .state = 1}, here = {.now = start};
    nf_error *err = nf_error_new();
    nf_serve *server = open_server(app, &there, err);
    nf_session *device = NULL;
    nf_session_options options = NF_SESSION_OPTIONS_INIT;
    nf_clock clock = {tell_time, NULL, &here};
    nf_status status, serving = NF_PENDING;
    int steps = 0;

    if (!server) {
        nf_error_free(err);
        return;
    }
    options.server = nf_serve_address(server);
    options.user = "anna";
    options.password = "demo";
    options.current_user = true;
    options.initial_sync = "never";
    options.clock = &clock;
    check(nf_session_new(&device, app, &options, err) == NF_OK &&
              nf_session_sync_start(device, NF_SYNCHRONIZE_ALL, NULL, 0, err) ==
                  NF_OK,
          "a device", err);
    while ((status = nf_session_sync_step(NULL, device, 0, err)) ==
               NF_PENDING &&
           serving == NF_PENDING && steps++ < 10000) {
        wait_for_both(server, device);
        serving = nf_serve_step(server, 0, err);
    }
    check(status == NF_OK && serving == NF_PENDING && there.drawn > 0,
          "they have synchronized", err);
    check(answers(device, "World.Me", "anna true", err), "the user", err);
    check(answers(device, "World.Now", "2026-03-18T10:20:30.000Z", err),
          "the device's time", err);
    nf_serve_stop(server);
    for (steps = 0; serving == NF_PENDING && steps < 1000; steps++)
        serving = nf_serve_step(server, 20, err);
    check(serving == NF_OK, "it has stopped", err);
    nf_session_free(device);
    nf_serve_free(server);
    nf_error_free(err);
}

static void test(const nf_app *app)
{
    dates(app);
    nothing_new(app);
    chance(app);
    precedence(app);
    attempts(app);
    user(app);
    loop_of_both(app);
}

int main(int argc, char **argv)
{
    return on_app(argc, argv, test);
}
