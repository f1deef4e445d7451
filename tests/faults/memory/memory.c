/* Memory that runs out: every allocation of the library, one after the other,
 * fails once while an app is opened, a session is made, a nanoflow works and
 * synchronizes, and a synchronization runs; so do those of the libraries.
 * Each time the answer is an error and not a crash, nothing leaks (under the
 * address sanitizer), the device's database holds a state between two commits,
 * and the next run completes (synchronize S130).
 *
 * memory FOLDER [TRIES]; the folder has the app and its data. */
#include "failing.h"
#include "nanoflow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_SIZE = 512, SERVER_SIZE = PATH_SIZE + 8 };

/* ---- files --------------------------------------------------------------- */

static const char *source;
static char work[PATH_SIZE];

static void stop(const char *what, const nf_error *err)
{
    fprintf(stderr, "%s: %s\n", what,
            err ? nf_error_text(err, NF_ERROR_MESSAGE) : "");
    exit(1);
}

static void shell(const char *format, const char *a, const char *b)
{
    char command[3 * PATH_SIZE];
    snprintf(command, sizeof command, format, a, b);
    if (system(command) != 0)
        stop(command, NULL);
}

static char *path(char room[PATH_SIZE], const char *folder, const char *name)
{
    if (snprintf(room, PATH_SIZE, "%s/%s", folder, name) >= PATH_SIZE)
        stop(name, NULL);
    return room;
}

/* ---- the world ----------------------------------------------------------- */

typedef struct world {
    nf_app *app;
    nf_session *session;
    nf_error *err;
    char device[PATH_SIZE], server[SERVER_SIZE], model[PATH_SIZE];
} world;

static nf_status open_app(world *w)
{
    return nf_app_open(&w->app, path(w->model, source, "model.xml"), w->err);
}

static nf_status open_side(world *w, nf_side side)
{
    char place[PATH_SIZE];
    nf_session_options o = NF_SESSION_OPTIONS_INIT;
    o.side = side;
    o.database = path(w->device, work, "now/device.db");
    snprintf(w->server, sizeof w->server, "local:%s",
             path(place, work, "now/server.db"));
    o.server = w->server;
    o.user = "anna";
    o.device = "phone";
    o.initial_sync = "never";
    o.now = "2026-03-18T10:20:30Z";
    o.seeded = true;
    o.seed = 5;
    return nf_session_new(&w->session, w->app, &o, w->err);
}

static nf_status open_session(world *w)
{
    return open_side(w, NF_SIDE_DEVICE);
}

static nf_status work_in_flow(world *w)
{
    return nf_session_call(NULL, w->session, "Sweep.Work", NULL, 0, w->err);
}

static nf_status synchronize(world *w)
{
    return nf_session_synchronize(NULL, w->session, NF_SYNCHRONIZE_ALL, NULL, 0,
                                  false, w->err);
}

static void close_world(world *w)
{
    nf_session_free(w->session);
    nf_app_close(w->app);
    nf_error_reset(w->err);
    w->session = NULL;
    w->app = NULL;
}

static void import(world *w, nf_side side, const char *name)
{
    char file[PATH_SIZE];
    if (open_app(w) != NF_OK || open_side(w, side) != NF_OK ||
        nf_session_import(NULL, w->session, path(file, source, name), w->err) !=
            NF_OK)
        stop(name, w->err);
    close_world(w);
}

static void prepare(world *w)
{
    snprintf(work, sizeof work, "%s/nf-memory-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (!mkdtemp(work))
        stop(work, NULL);
    shell("mkdir '%s/now'%s", work, "");
    import(w, NF_SIDE_SERVER, "start.jsonl");
    import(w, NF_SIDE_DEVICE, "start.jsonl");
    import(w, NF_SIDE_SERVER, "server.jsonl");
    import(w, NF_SIDE_DEVICE, "device.jsonl");
    shell("cd '%s' && cp -r now first%s", work, "");
}

static void reset(void)
{
    shell("cd '%s' && rm -rf now && cp -r first now%s", work, "");
}

/* ---- what must hold afterwards ------------------------------------------- */

typedef struct text {
    char *bytes;
    size_t length;
} text;

static bool collect(void *user, const char *bytes, size_t length)
{
    text *t = user;
    char *grown = realloc(t->bytes, t->length + length + 1);
    if (!grown)
        return false;
    memcpy(grown + t->length, bytes, length);
    t->bytes = grown;
    t->length += length;
    grown[t->length] = '\0';
    return true;
}

/* After a synchronization without failures the device is as the server shows
 * it: the same check as `data diff --on server --as`. */
static void check(world *w, const char *stage, long n)
{
    char held[PATH_SIZE], line[64];
    nf_export_options as = {.size = sizeof as, .as = "anna"};
    size_t differences = 0;
    text device = {0}, shown = {0};
    FILE *file = fopen(path(held, work, "held.jsonl"), "wb");

    snprintf(line, sizeof line, "%s, allocation %ld", stage, n);
    if (open_app(w) != NF_OK || open_session(w) != NF_OK ||
        synchronize(w) != NF_OK)
        stop(line, w->err);
    if (!file ||
        nf_session_export(w->session, NULL, collect, &device, w->err) != NF_OK)
        stop(line, w->err);
    /* Catalogs and drafts stay as they are; only the rest is compared. */
    for (char *at = device.bytes; at && *at; at += strcspn(at, "\n") + 1)
        if (strncmp(at, "{\"entity\":\"Sweep.Catalog\"", 25) != 0 &&
            strncmp(at, "{\"entity\":\"Sweep.Draft\"", 23) != 0)
            fprintf(file, "%.*s\n", (int)strcspn(at, "\n"), at);
    fclose(file);
    close_world(w);
    if (open_app(w) != NF_OK || open_side(w, NF_SIDE_SERVER) != NF_OK ||
        nf_session_diff(&differences, w->session, held, &as, collect, &shown,
                        w->err) != NF_OK)
        stop(line, w->err);
    if (differences) {
        fprintf(stderr, "%s:\n%s", line, shown.bytes);
        exit(1);
    }
    free(device.bytes);
    free(shown.bytes);
    close_world(w);
}

/* ---- trying -------------------------------------------------------------- */

typedef struct stage {
    const char *name;
    nf_status (*run)(world *w);
} stage;

static const stage stages[] = {
    {"opening the app", open_app},
    {"opening a session", open_session},
    {"a flow that works and synchronizes", work_in_flow},
    {"a synchronization", synchronize},
};
enum { STAGE_COUNT = sizeof stages / sizeof *stages };

/* False when no allocation was left to fail. */
static bool try(world *w, int at, failing_whose whose, long n)
{
    nf_status status = NF_OK;
    bool fired;

    reset();
    for (int i = 0; i < at; i++)
        if (stages[i].run(w) != NF_OK)
            stop(stages[i].name, w->err);
    failing_start(whose, n);
    status = stages[at].run(w);
    fired = failing_stop();
    if (status != NF_OK && !fired)
        stop(stages[at].name, w->err);
    if (status != NF_OK && nf_error_status(w->err) == NF_OK) {
        fprintf(stderr, "%s, allocation %ld: no error was set\n",
                stages[at].name, n);
        exit(1);
    }
    close_world(w);
    return fired;
}

/* The first ones, and then some of the rest. */
static void torture(world *w, int at, failing_whose whose, long tries)
{
    long n = 1, step = 1, done = 0, total = 0;

    while (try(w, at, whose, n)) {
        if (at > 0 && (done < 10 || done % 8 == 0))
            check(w, stages[at].name, n);
        done++;
        total = n;
        if (done >= tries / 2)
            step = 1 + done * done / (tries * 2) + n / tries;
        n += step;
    }
    printf("%s, %s: %ld of about %ld allocations failed\n",
           whose == FAILING_OURS ? "nanoflow" : "libraries", stages[at].name,
           done, total);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    world w = {0};
    long tries = argc > 2 ? strtol(argv[2], NULL, 10) : 60;

    if (argc < 2)
        return 2;
    source = argv[1];
    failing_prepare();
    w.err = nf_error_new();
    prepare(&w);
    for (int at = 0; at < STAGE_COUNT; at++) {
        torture(&w, at, FAILING_OURS, tries);
        torture(&w, at, FAILING_LIBRARIES, tries / 2 + 1);
    }
    shell("rm -rf '%s'%s", work, "");
    nf_error_free(w.err);
    return 0;
}
