/* A host with a loop of its own, with nothing but nanoflow.h: synchronizations
 * that go on between flows, are cancelled, or wait for a server that does not
 * answer (synchronize S16, S142, S143, S145, A104, A112, A113, A115, A116,
 * A118; activities H7, Y4, Y6, Y11). */
#include "check.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define BUSY                                                                   \
    "Performing simultaneous synchronizations is not supported. Please try "   \
    "again after the current synchronization is completed."

/* What the progress callback does when a phase is met. */
typedef struct host {
    nf_session *session;
    const char *phase; /* NULL: nothing */
    void (*then)(struct host *host);
    int met;
    char phases[256];   /* in the order in which they came */
    int started, ended; /* events */
    long counted;       /* by `then` */
} host;

static void on_progress(void *user, const char *phase, int64_t done,
                        int64_t total)
{
    host *h = user;
    size_t used = strlen(h->phases);
    check(done >= 0 && (total == 0 || done <= total), "progress", NULL);
    if (!strstr(h->phases, phase))
        snprintf(h->phases + used, sizeof h->phases - used, "%s ", phase);
    if (h->phase && strcmp(h->phase, phase) == 0) {
        h->phase = NULL;
        h->met++;
        h->then(h);
    }
}

static nf_status on_event(void *user, nf_session *session, const char *name,
                          const char *json, nf_error *err)
{
    host *h = user;
    (void)session;
    (void)json;
    (void)err;
    h->started += strcmp(name, "syncStarted") == 0;
    h->ended += strcmp(name, "synchronize") == 0;
    return NF_OK;
}

static nf_session *open_session(const nf_app *app, host *h, const char *server,
                                const char *setting, nf_error *err)
{
    nf_session_options options = NF_SESSION_OPTIONS_INIT;
    nf_session *session = NULL;
    options.server = server;
    options.user = "anna";
    options.initial_sync = "never";
    options.progress = on_progress;
    options.event = on_event;
    options.host = h;
    options.settings = &setting;
    options.setting_count = setting ? 1 : 0;
    check(nf_session_new(&session, app, &options, err) == NF_OK, "session",
          err);
    memset(h, 0, sizeof *h);
    h->session = session;
    return session;
}

static nf_object *new_order(nf_session *session, const char *name,
                            nf_error *err)
{
    nf_object *order = NULL;
    nf_value *text = nf_value_new_string(name, strlen(name));
    check(nf_session_create(&order, session, "Dev.Order", err) == NF_OK &&
              nf_object_change(order, "Name", text, err) == NF_OK &&
              nf_session_commit(session, &order, 1, err) == NF_OK,
          "an order", err);
    nf_value_free(text);
    return order;
}

static nf_status commit_in_flow(nf_session *session, nf_object *order,
                                nf_error *err)
{
    nf_value *value = nf_value_new_object(order);
    nf_argument argument = {"It", value};
    nf_error_reset(err);
    nf_status status =
        nf_session_call(NULL, session, "Dev.CommitOnly", &argument, 1, err);
    nf_value_free(value);
    return status;
}

static nf_status finish(char **report, nf_session *session, nf_error *err)
{
    nf_status status;
    nf_error_reset(err);
    do
        status = nf_session_sync_step(report, session, 20, err);
    while (status == NF_PENDING);
    return status;
}

/* A112, A113; activities T199, T204: between start and end flows run, and are
 * refused what would disturb the run. */
static void between(const nf_app *app)
{
    host h;
    char *report = NULL;
    int64_t waiting = 0;
    nf_error *err = nf_error_new();
    nf_session *s = open_session(app, &h, "local::memory:", NULL, err);
    nf_object *frozen = new_order(s, "frozen", err), *fresh;

    check(!nf_session_is_syncing(s), "nothing runs", err);
    check(nf_session_sync_step(NULL, s, 0, err) == NF_USAGE, "no start", err);
    nf_error_reset(err);
    check(nf_session_sync_start(s, NF_SYNCHRONIZE_ALL, NULL, 0, err) == NF_OK &&
              nf_session_is_syncing(s) && h.started == 1,
          "start", err);
    check(nf_session_sync_start(s, NF_SYNCHRONIZE_UNSYNCHRONIZED, NULL, 0,
                                err) == NF_FAILED &&
              has_code(err, "SYNC_BUSY") &&
              strcmp(nf_error_text(err, NF_ERROR_MESSAGE), BUSY) == 0,
          "a second one", err);
    nf_error_reset(err);
    check(nf_session_synchronize(NULL, s, NF_SYNCHRONIZE_ALL, NULL, 0, false,
                                 err) == NF_FAILED &&
              has_code(err, "SYNC_BUSY"),
          "a third one", err);
    check(answers(s, "Dev.SyncCaught", "caught: " BUSY, err), "a flow's", err);
    nf_error_reset(err);
    check(nf_session_call(NULL, s, "Dev.ClearOrders", NULL, 0, err) ==
                  NF_FAILED &&
              has_code(err, "SYNC_BUSY"),
          "Clear from device", err);
    check(commit_in_flow(s, frozen, err) == NF_FAILED &&
              has_code(err, "COMMIT_LOCKED"),
          "a frozen order", err);
    fresh = new_order(s, "fresh", err);
    check(finish(&report, s, err) == NF_OK && report &&
              strstr(report, "\"mode\":\"all\"") &&
              strstr(report, "\"uploaded\":1,"),
          "the end", err);
    check(!nf_session_is_syncing(s) && h.ended >= 1, "the events", err);
    check(nf_session_unsynchronized(&waiting, s, err) == NF_OK && waiting == 1,
          "the fresh one waits", err);
    check(commit_in_flow(s, frozen, err) == NF_OK, "unlocked", err);
    nf_text_free(report);
    nf_object_free(fresh);
    nf_object_free(frozen);
    nf_session_free(s);
    nf_error_free(err);
}

/* A114: the host lets later changes win. */
static void rebase(const nf_app *app)
{
    host h;
    int64_t waiting = 0;
    nf_error *err = nf_error_new();
    nf_session *s =
        open_session(app, &h, "local::memory:", "sync.concurrent=rebase", err);
    nf_object *order = new_order(s, "first", err);

    check(nf_session_sync_start(s, NF_SYNCHRONIZE_SELECTED, &order, 1, err) ==
              NF_OK,
          "start", err);
    check(commit_in_flow(s, order, err) == NF_OK, "a later commit", err);
    check(finish(NULL, s, err) == NF_OK, "the end", err);
    /* nothing had been sent yet, so the later one is what was frozen */
    check(nf_session_unsynchronized(&waiting, s, err) == NF_OK && waiting == 0,
          "all of it was sent", err);
    nf_object_free(order);
    nf_session_free(s);
    nf_error_free(err);
}

static void cancel_now(host *h)
{
    nf_session_sync_cancel(h->session);
}

static void count_now(host *h)
{
    nf_error *err = nf_error_new();
    nf_value *result = NULL;
    check(nf_session_call(&result, h->session, "Dev.CountOrders", NULL, 0,
                          err) == NF_OK,
          "counting", err);
    int64_t count = -1;
    nf_value_as_integer(&count, result);
    h->counted = (long)count;
    nf_value_free(result);
    nf_error_free(err);
}

static void expect_cancelled(nf_session *s, host *h, const char *phase,
                             nf_error *err)
{
    h->phase = phase;
    h->then = cancel_now;
    h->met = 0;
    check(nf_session_sync_start(s, NF_SYNCHRONIZE_ALL, NULL, 0, err) == NF_OK,
          "start", err);
    check(finish(NULL, s, err) == NF_FAILED &&
              has_code(err, "SYNC_CANCELLED") && h->met == 1,
          phase, err);
    nf_error_reset(err);
}

/* A116, A118, T205: cancelled where it still can be, else not. */
static void cancel(const nf_app *app)
{
    host h;
    int64_t waiting = 0;
    nf_error *err = nf_error_new();
    nf_session *s = open_session(app, &h, "local::memory:", NULL, err);
    nf_object *order = new_order(s, "one", err);

    nf_session_sync_cancel(s); /* nothing runs: nothing happens */
    check(answers(s, "Dev.CancelNothing", "nothing", err), "nothing", err);
    expect_cancelled(s, &h, "data-up", err);
    check(nf_session_unsynchronized(&waiting, s, err) == NF_OK && waiting == 1,
          "still to be sent", err);
    expect_cancelled(s, &h, "data-down", err);
    h.phase = "finishing";
    h.then = cancel_now;
    check(nf_session_sync_start(s, NF_SYNCHRONIZE_ALL, NULL, 0, err) == NF_OK &&
              finish(NULL, s, err) == NF_OK && h.met == 2,
          "too late", err);
    check(nf_session_unsynchronized(&waiting, s, err) == NF_OK && waiting == 0,
          "sent", err);
    nf_object_free(order);
    nf_session_free(s);
    nf_error_free(err);
}

/* A115: a retrieve sees all of the old state, then all of the new one. */
static void look_inside(const nf_app *app)
{
    host h;
    nf_error *err = nf_error_new();
    nf_session *s = open_session(app, &h, "local::memory:", NULL, err);
    nf_object *order = new_order(s, "one", err);

    h.phase = "finishing";
    h.then = count_now;
    check(nf_session_synchronize(NULL, s, NF_SYNCHRONIZE_ALL, NULL, 0, false,
                                 err) == NF_OK,
          "synchronize", err);
    check(h.met == 1 && h.counted == 1, "the old state", err);
    check(strstr(h.phases, "data-up applying data-down finishing") != NULL,
          h.phases, err);
    nf_object_free(order);
    nf_session_free(s);
    nf_error_free(err);
}

/* A104: what is not synchronized when a user signs out is told and kept. */
static void sign_out(const nf_app *app)
{
    host h;
    int64_t waiting = 0;
    nf_error *err = nf_error_new();
    nf_session *s = open_session(app, &h, "local::memory:", NULL, err);
    nf_object *orders[3];

    check(nf_session_synchronize(NULL, s, NF_SYNCHRONIZE_ALL, NULL, 0, false,
                                 err) == NF_OK,
          "synchronize", err);
    for (int i = 0; i < 3; i++)
        orders[i] = new_order(s, "kept", err);
    check(nf_session_sign_out(&waiting, s, err) == NF_OK && waiting == 3,
          "sign out", err);
    check(nf_session_synchronize(NULL, s, NF_SYNCHRONIZE_ALL, NULL, 0, false,
                                 err) == NF_OK &&
              nf_session_unsynchronized(&waiting, s, err) == NF_OK &&
              waiting == 0,
          "after the next sign-in", err);
    for (int i = 0; i < 3; i++)
        nf_object_free(orders[i]);
    nf_session_free(s);
    nf_error_free(err);
}

/* ---- a server that takes connections and does not answer ---------------- */

static int silent_server(char address[64])
{
    struct sockaddr_in place = {.sin_family = AF_INET};
    socklen_t size = sizeof place;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener, (struct sockaddr *)&place, sizeof place) != 0 ||
        listen(listener, 8) != 0 ||
        getsockname(listener, (struct sockaddr *)&place, &size) != 0)
        check(false, "a socket", NULL);
    snprintf(address, 64, "http://127.0.0.1:%d", ntohs(place.sin_port));
    return listener;
}

/* A flow that waits in Synchronize; others of the session go on, see that it is
 * busy, and stop it (T199, T205; Y4, Y11). */
static void waiting_flow(const nf_app *app)
{
    host h;
    char address[64];
    int listener = silent_server(address);
    nf_error *err = nf_error_new();
    nf_session *s = open_session(app, &h, address, NULL, err);
    nf_run *run = NULL;

    check(nf_run_start(&run, s, "Dev.SyncAll", NULL, 0, err) == NF_OK &&
              nf_run_step(run, err) == NF_PENDING && nf_session_is_syncing(s),
          "a flow that waits", err);
    check(answers(s, "Dev.SyncCaught", "caught: " BUSY, err), "busy", err);
    check(nf_run_step(run, err) == NF_PENDING, "it still waits", err);
    check(answers(s, "Dev.CancelNothing", "nothing", err), "cancel", err);
    check(nf_run_step(run, err) == NF_FAILED && has_code(err, "SYNC_CANCELLED"),
          "cancelled", err);
    nf_run_free(run);
    run = NULL;
    nf_error_reset(err);
    /* A flow that is given up leaves nothing that runs. */
    check(nf_run_start(&run, s, "Dev.SyncAll", NULL, 0, err) == NF_OK &&
              nf_run_step(run, err) == NF_PENDING,
          "another one", err);
    nf_run_free(run);
    check(!nf_session_is_syncing(s), "given up", err);
    nf_session_free(s);
    nf_error_free(err);
    close(listener);
}

/* ---- over HTTP --------------------------------------------------------- */

static void *serve(void *user)
{
    nf_serve_run(user, NULL);
    return NULL;
}

/* What waits on the thread's own poll. */
static void wait_for(nf_session *session)
{
    nf_watch watches[4];
    struct pollfd polled[4];
    int timeout;
    size_t count = nf_session_watch(session, watches, 4, &timeout);
    for (size_t i = 0; i < count; i++) {
        polled[i] = (struct pollfd){.fd = watches[i].fd};
        if (watches[i].readable)
            polled[i].events |= POLLIN;
        if (watches[i].writable)
            polled[i].events |= POLLOUT;
    }
    poll(polled, (nfds_t)count, timeout);
}

typedef struct device {
    const nf_app *app;
    const char *server, *user;
    bool cancels; /* its first synchronization, while data come */
    int turns;    /* steps that found nothing to do and came back at once */
    pthread_t thread;
} device;

static nf_status to_end(device *d, nf_session *session, nf_error *err)
{
    nf_status status =
        nf_session_sync_start(session, NF_SYNCHRONIZE_ALL, NULL, 0, err);
    check(status == NF_OK, "start", err);
    while ((status = nf_session_sync_step(NULL, session, 0, err)) ==
           NF_PENDING) {
        d->turns++;
        check(nf_session_is_syncing(session), "it runs", err);
        wait_for(session);
    }
    return status;
}

/* A device with a loop of its own, which never waits in a step. */
static void *synchronize(void *user)
{
    device *d = user;
    host h = {.phase = d->cancels ? "data-down" : NULL, .then = cancel_now};
    nf_session_options options = NF_SESSION_OPTIONS_INIT;
    nf_error *err = nf_error_new();
    int64_t waiting = -1;

    options.server = d->server;
    options.user = d->user;
    options.password = "demo";
    options.initial_sync = "never";
    options.progress = on_progress;
    options.host = &h;
    check(nf_session_new(&h.session, d->app, &options, err) == NF_OK,
          "a device", err);
    nf_object *order = new_order(h.session, d->user, err);
    if (d->cancels) {
        check(to_end(d, h.session, err) == NF_FAILED &&
                  has_code(err, "SYNC_CANCELLED"),
              "cancelled", err);
        nf_error_reset(err);
    }
    check(to_end(d, h.session, err) == NF_OK &&
              nf_session_unsynchronized(&waiting, h.session, err) == NF_OK &&
              waiting == 0,
          "the loop", err);
    nf_object_free(order);
    nf_session_free(h.session);
    nf_error_free(err);
    return NULL;
}

/* Two devices on two threads, and the server on a third. */
static void loops(const nf_app *app)
{
    pthread_t thread;
    nf_serve *server = NULL;
    nf_serve_options options = NF_SERVE_OPTIONS_INIT;
    nf_error *err = nf_error_new();
    nf_status status;

    options.listen = "127.0.0.1:0";
    options.demo_users = true;
    status = nf_serve_open(&server, app, &options, err);
    if (status != NF_OK) { /* NF_USAGE: a build without it */
        check(status == NF_USAGE, "a server", err);
        nf_error_free(err);
        return;
    }
    check(pthread_create(&thread, NULL, serve, server) == 0, "a thread", err);
    device devices[] = {{.app = app, .user = "anna"},
                        {.app = app, .user = "bert", .cancels = true}};
    for (int i = 0; i < 2; i++) {
        devices[i].server = nf_serve_address(server);
        check(pthread_create(&devices[i].thread, NULL, synchronize,
                             &devices[i]) == 0,
              "a thread", err);
    }
    for (int i = 0; i < 2; i++)
        pthread_join(devices[i].thread, NULL);
    /* one alone may find each reply there already */
    check(devices[0].turns + devices[1].turns > 0, "no step waits", err);
    nf_serve_stop(server);
    pthread_join(thread, NULL);
    nf_serve_free(server);
    nf_error_free(err);
}

static void test(const nf_app *app)
{
    between(app);
    rebase(app);
    cancel(app);
    look_inside(app);
    sign_out(app);
    waiting_flow(app);
    loops(app);
}

int main(int argc, char **argv)
{
    return on_app(argc, argv, test);
}
