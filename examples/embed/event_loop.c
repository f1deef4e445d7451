/* A host with an event loop of its own: it synchronizes in the background and,
 * meanwhile, runs a nanoflow again and again by a timer. Nothing here blocks
 * but poll, which waits for all of it at once.
 *
 *     event_loop APP SERVER USER PASSWORD FLOW [NAME=VALUE]...
 *
 * A loop that watches other things as well adds their descriptors to `polled`
 * and takes the least of all time-outs. */
#define _POSIX_C_SOURCE 200809L
#include <nanoflow.h>

#include <poll.h>
#include <stdio.h>
#include <time.h>

enum { WATCHES = 4, TICK_MS = 20 };

typedef struct host {
    nf_session *session;
    char **flow; /* its name, and what it is given */
    size_t argument_count;
    nf_run *run; /* the call under way, or NULL */
    long long next_tick;
    int turns;
    bool synchronizing;
} host;

static long long now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static void on_progress(void *user, const char *phase, int64_t done,
                        int64_t total)
{
    (void)user, (void)total;
    if (done == 0)
        printf("progress: %s\n", phase);
}

static nf_status report(nf_status status, const char *what, nf_error *err)
{
    char *text = nf_error_print(err);
    if (status != NF_OK)
        fprintf(stderr, "%s: %s\n", what, text ? text : "out of memory");
    nf_text_free(text);
    return status;
}

/* Starts the flow if the timer says so, and goes on with one that waits. */
static nf_status turn_flow(host *h, nf_error *err)
{
    nf_status status = NF_OK;
    if (!h->run && now_ms() >= h->next_tick) {
        h->next_tick = now_ms() + TICK_MS;
        status = nf_run_start_text(&h->run, h->session, h->flow[0],
                                   (const char *const *)(h->flow + 1),
                                   h->argument_count, err);
    }
    if (status != NF_OK || !h->run)
        return status;
    status = nf_run_step(h->run, err);
    if (status == NF_PENDING)
        return NF_OK;
    if (status == NF_OK) {
        nf_list *list = nf_value_as_list(nf_run_result(h->run));
        printf("%s the synchronization: %zu objects\n",
               h->synchronizing ? "during" : "after",
               list ? nf_list_length(list) : 0);
    }
    nf_run_free(h->run);
    h->run = NULL;
    return status;
}

static nf_status turn_synchronization(host *h, nf_error *err)
{
    char *json = NULL, *text;
    nf_status status = nf_session_sync_step(&json, h->session, 0, err);
    if (status == NF_PENDING)
        return NF_OK;
    h->synchronizing = false;
    h->next_tick = now_ms(); /* show the new state at once */
    text = json ? nf_sync_report_print(json, false) : NULL;
    printf("%s", text ? text : "");
    nf_text_free(text);
    nf_text_free(json);
    return status;
}

/* Waits for what the session waits for, and for the timer. */
static void wait_for_something(host *h)
{
    nf_watch watches[WATCHES];
    struct pollfd polled[WATCHES];
    int timeout;
    long long tick = h->next_tick - now_ms();
    size_t count = nf_session_watch(h->session, watches, WATCHES, &timeout);
    for (size_t i = 0; i < count; i++) {
        polled[i].fd = watches[i].fd;
        polled[i].events = (short)((watches[i].readable ? POLLIN : 0) |
                                   (watches[i].writable ? POLLOUT : 0));
    }
    if (timeout < 0 || timeout > tick)
        timeout = tick > 0 ? (int)tick : 0;
    poll(polled, count, timeout);
    h->turns++;
}

static nf_status loop(host *h, nf_error *err)
{
    nf_status status =
        nf_session_sync_start(h->session, NF_SYNCHRONIZE_ALL, NULL, 0, err);
    h->synchronizing = status == NF_OK;
    h->next_tick = now_ms();
    while (status == NF_OK && h->synchronizing) {
        status = turn_flow(h, err);
        if (status == NF_OK)
            status = turn_synchronization(h, err);
        if (status == NF_OK && h->synchronizing)
            wait_for_something(h);
    }
    while (status == NF_OK && h->run) /* a call that was still under way */
        status = turn_flow(h, err);
    return status == NF_OK ? turn_flow(h, err) : status;
}

int main(int argc, char **argv)
{
    nf_session_options options = NF_SESSION_OPTIONS_INIT;
    nf_error *err = nf_error_new();
    nf_app *app = NULL;
    host h = {0};
    nf_status status;
    if (argc < 6) {
        fprintf(stderr, "usage: event_loop APP SERVER USER PASSWORD FLOW "
                        "[NAME=VALUE]...\n");
        return NF_USAGE;
    }
    options.server = argv[2];
    options.user = argv[3];
    options.password = argv[4];
    options.initial_sync = "never"; /* the loop does it, in the background */
    options.progress = on_progress;
    h.flow = argv + 5;
    h.argument_count = (size_t)argc - 6;
    status = nf_app_open(&app, argv[1], err);
    if (status == NF_OK)
        status = nf_session_new(&h.session, app, &options, err);
    if (status == NF_OK)
        status = loop(&h, err);
    report(status, argv[0], err);
    if (status == NF_OK)
        printf("%d turns of the loop\n", h.turns);
    nf_run_free(h.run);
    nf_session_free(h.session);
    nf_app_close(app);
    nf_error_free(err);
    return (int)status;
}
