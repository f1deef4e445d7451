/* Sweeps of synchronizations of every mode, with objects of every kind: new,
 * changed, deleted, with files, refused, gone, and all that an earlier
 * synchronization left alone (synchronize W54, W57; A120 … A126, A131 … A136,
 * A141, A144). sweep FOLDER [SCENARIO [DOUBLES [SEED [http|few|all|PLAN [ADDRESS]]]]]; the folder has
 * the app and its data, a scenario is a word of the table below or "every". With
 * "http" device and server speak over sockets; with an address of an empty schema
 * behind it the server's store is in PostgreSQL. With "http" and "few" only those of
 * the single faults are tried that are not about one byte or one write in
 * particular.
 * A plan of faults in place of these words is the only one that is tried.
 * Prints what did not hold and a summary of each sweep. */
#include "nanoflow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_SIZE = 600, SERVER_SIZE = PATH_SIZE + 8 };

static const char *source;
static char work[PATH_SIZE];
static size_t doubles = 250;
static uint64_t seed = 20260401;
static bool http, few;
static const char *plan; /* NULL: all */
static const char *address; /* NULL: a file */

static void fail(const char *what, const nf_error *err)
{
    fprintf(stderr, "%s: %s\n", what,
            err ? nf_error_text(err, NF_ERROR_MESSAGE) : "");
    exit(1);
}

static char *path(char *room, const char *folder, const char *name)
{
    if (snprintf(room, PATH_SIZE, "%s/%s", folder, name) >= PATH_SIZE)
        fail(name, NULL);
    return room;
}

static void options(nf_session_options *out, char device[PATH_SIZE],
                    char server[SERVER_SIZE])
{
    char place[PATH_SIZE];
    *out = (nf_session_options)NF_SESSION_OPTIONS_INIT;
    out->database = path(device, work, "device.db");
    snprintf(server, SERVER_SIZE, "local:%s",
             address ? address : path(place, work, "server.db"));
    out->server = server;
    out->user = "anna";
    out->password = "demo"; /* of the model; asked for over sockets */
    out->device = "phone";
    out->initial_sync = "never";
    out->now = "2026-03-18T10:20:30Z";
    out->seeded = true;
    out->seed = seed;
}

static void import(const nf_app *app, nf_side side, const char *name,
                   nf_error *err)
{
    char device[PATH_SIZE], server[SERVER_SIZE], file[PATH_SIZE];
    nf_session_options o;
    nf_session *session = NULL;
    options(&o, device, server);
    o.side = side;
    if (nf_session_new(&session, app, &o, err) != NF_OK ||
        nf_session_import(NULL, session, path(file, source, name), err) !=
            NF_OK)
        fail(name, err);
    nf_session_free(session);
}

static void synchronize(const nf_app *app, nf_error *err)
{
    char device[PATH_SIZE], server[SERVER_SIZE];
    nf_session_options o;
    nf_session *session = NULL;
    options(&o, device, server);
    if (nf_session_new(&session, app, &o, err) != NF_OK ||
        nf_session_synchronize(NULL, session, NF_SYNCHRONIZE_ALL, NULL, 0,
                               false, err) != NF_OK)
        fail("the first synchronization", err);
    nf_session_free(session);
}

static bool print_broken(void *user, const char *text, size_t length)
{
    (void)user;
    if (length > 3 && strncmp(text, "ok ", 3) != 0)
        fwrite(text, 1, length, stdout);
    return true;
}

static void remove_work(void)
{
    char command[PATH_SIZE + 16];
    snprintf(command, sizeof command, "rm -rf '%s'", work);
    if (system(command) != 0)
        fprintf(stderr, "%s is left behind\n", work);
}

typedef struct scenario {
    const char *name;
    bool known; /* synchronized before: only what differs travels */
    nf_synchronize_mode mode;
    const char *flow;
    bool changes; /* the flow does, beside synchronizing */
} scenario;

static const scenario scenarios[] = {
    {"first", false, NF_SYNCHRONIZE_ALL, NULL, false},
    {"all", true, NF_SYNCHRONIZE_ALL, NULL, false},
    {"unsynchronized", true, NF_SYNCHRONIZE_UNSYNCHRONIZED, NULL, false},
    {"selected", true, NF_SYNCHRONIZE_ALL, "Sweep.SyncOrders", false},
    {"flow", true, NF_SYNCHRONIZE_ALL, "Sweep.Work", true},
};

static size_t run(const nf_app *app, const scenario *s, nf_error *err)
{
    char device[PATH_SIZE], server[SERVER_SIZE];
    nf_session_options o;
    nf_sweep_options sweep = NF_SWEEP_OPTIONS_INIT;
    size_t broken = 0;

    snprintf(work, sizeof work, "%s/nf-sweep-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (!mkdtemp(work))
        fail(work, NULL);
    import(app, NF_SIDE_SERVER, "start.jsonl", err);
    import(app, NF_SIDE_DEVICE, "start.jsonl", err);
    if (s->known)
        synchronize(app, err);
    import(app, NF_SIDE_SERVER, "server.jsonl", err);
    import(app, NF_SIDE_DEVICE, "device.jsonl", err);
    options(&o, device, server);
    sweep.mode = s->mode;
    sweep.flow = s->flow;
    sweep.flow_changes = s->changes;
    sweep.thorough = !s->changes && !http && !few;
    sweep.over_http = http;
    sweep.doubles = s->changes ? doubles / 5 : doubles;
    sweep.seed = seed;
    sweep.plan = plan;
    printf("%s%s\n", s->name, http ? " over HTTP" : "");
    fflush(stdout);
    setenv("TMPDIR", work, 1); /* for the sweep's own files */
    if (nf_sweep(&broken, app, &o, &sweep, print_broken, NULL, err) != NF_OK)
        fail(s->name, err);
    fflush(stdout);
    remove_work();
    return broken;
}

int main(int argc, char **argv)
{
    char model[PATH_SIZE];
    nf_error *err = nf_error_new();
    nf_app *app = NULL;
    size_t broken = 0, ran = 0;

    if (argc < 2)
        return 2;
    source = argv[1];
    if (argc > 3)
        doubles = strtoul(argv[3], NULL, 10);
    if (argc > 4)
        seed = strtoull(argv[4], NULL, 10);
    http = argc > 5 && strcmp(argv[5], "http") == 0;
    few = argc > 5 && strcmp(argv[5], "few") == 0;
    plan = argc > 5 ? strchr(argv[5], '=') : NULL;
    if (plan)
        plan = argv[5];
    address = argc > 6 ? argv[6] : NULL;
    if (nf_app_open(&app, path(model, source, "model.xml"), err) != NF_OK)
        fail("the app", err);
    for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++) {
        if (argc > 2 && strcmp(argv[2], "every") != 0 &&
            strcmp(argv[2], scenarios[i].name) != 0)
            continue;
        broken += run(app, &scenarios[i], err);
        ran++;
    }
    nf_app_close(app);
    nf_error_free(err);
    return broken || !ran ? 1 : 0;
}
