/* Every function of nanoflow.h with memory that runs out: in each case every
 * allocation of the library fails once, the first ones one by one and then some
 * of the rest. The answer is an error and never a crash; what was made is freed
 * (under the address sanitizer and valgrind: nothing leaks); and a session goes
 * on afterwards. covered.sh looks whether a case calls each function.
 *
 *   functions FOLDER [TRIES [CASE]] */
#include "functions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- allocations that fail ----------------------------------------------- */

/* A test program has one thread and may have state of its own. */
static long countdown; /* 0: none fails */
static bool fired;

static bool fails(void)
{
    if (countdown == 0 || --countdown > 0)
        return false;
    fired = true;
    return true;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return fails() ? NULL : __real_realloc(old, size);
}

/* ---- the world ----------------------------------------------------------- */

static const char *present = "";
static long present_try;

void world_fail(const char *file, int line, const char *what)
{
    fprintf(stderr, "%s, allocation %ld: %s:%d: %s\n", present, present_try,
            file, line, what);
    exit(1);
}

const char *world_path(world *w, const char *folder, const char *name)
{
    int length = snprintf(w->path, sizeof w->path, "%s/%s", folder, name);
    HOLDS(length > 0 && (size_t)length < sizeof w->path);
    return w->path;
}

static void write_file(world *w, const char *name, const char *text)
{
    FILE *file = fopen(world_path(w, w->work, name), "wb");
    HOLDS(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

static void prepare(world *w)
{
    nf_session_options options = NF_SESSION_OPTIONS_INIT;
    nf_session *server = NULL;
    char database[4200], start[4200];
    w->err = nf_error_new();
    HOLDS(w->err);
    HOLDS(nf_app_open(&w->app, world_path(w, w->folder, "model.xml"), w->err) ==
          NF_OK);
    write_file(w, "answers", "microflow Sweep.Nothing returns 1\n");
    write_file(w, "one.test.mdl",
               "/**\n * @test counts\n * @expect $Count >= 0\n */\n"
               "$Count = call nanoflow Sweep.SyncOrders();\n/\n");
    snprintf(database, sizeof database, "%s",
             world_path(w, w->work, "sweep-server.db"));
    snprintf(start, sizeof start, "%s",
             world_path(w, w->folder, "start.jsonl"));
    options.side = NF_SIDE_SERVER;
    options.server_database = database;
    HOLDS(nf_session_new(&server, w->app, &options, w->err) == NF_OK);
    HOLDS(nf_session_import(NULL, server, start, w->err) == NF_OK);
    nf_session_free(server);
}

static void open_app(world *w)
{
    if (nf_app_open(&w->fresh_app, world_path(w, w->folder, "model.xml"),
                    w->err) != NF_OK)
        world_fail(__FILE__, __LINE__, nf_error_text(w->err, NF_ERROR_MESSAGE));
}

static void open_session(world *w)
{
    nf_session_options options = NF_SESSION_OPTIONS_INIT;
    options.server = "local::memory:";
    options.user = "anna";
    options.initial_sync = "never";
    options.now = "2026-03-18T10:20:30Z";
    options.seeded = true;
    if (nf_session_new(&w->session, w->fresh_app, &options, w->err) != NF_OK)
        world_fail(__FILE__, __LINE__, nf_error_text(w->err, NF_ERROR_MESSAGE));
}

static void clear(world *w)
{
    nf_run_free(w->run);
    nf_debug_free(w->debug);
    nf_value_free(w->value);
    nf_value_free(w->other_value);
    nf_list_free(w->list);
    if (w->object)
        nf_object_free(w->object);
    nf_text_free(w->text);
    nf_text_free(w->other_text);
    nf_serve_free(w->serve);
    nf_session_free(w->other_session);
    nf_app_close(w->other_app);
    nf_error_free(w->made);
    w->run = NULL;
    w->debug = NULL;
    w->value = w->other_value = NULL;
    w->list = NULL;
    w->object = NULL;
    w->text = w->other_text = NULL;
    w->serve = NULL;
    w->other_session = NULL;
    w->other_app = NULL;
    w->made = NULL;
    nf_error_reset(w->err);
}

/* ---- trying -------------------------------------------------------------- */

static long statuses[16];

/* The session can still be used. */
static void check_session(world *w)
{
    if (nf_session_create(&w->object, w->session, "Sweep.Customer", w->err) !=
            NF_OK ||
        nf_session_rollback(w->session, w->object, w->err) != NF_OK)
        world_fail(__FILE__, __LINE__, nf_error_text(w->err, NF_ERROR_MESSAGE));
    clear(w);
}

/* False when no allocation was left to fail. */
static bool attempt(world *w, const memory_case *c, long n)
{
    present_try = n;
    if (c->needs >= FRESH_APP)
        open_app(w);
    if (c->needs == SESSION)
        open_session(w);
    fired = false;
    countdown = n;
    nf_status status = c->run(w);
    countdown = 0;
    if (status != NF_OK && !fired)
        world_fail(c->name, 0, nf_error_text(w->err, NF_ERROR_MESSAGE));
    if (status != NF_OK && status != NF_NOMEM &&
        nf_error_status(w->err) == NF_OK)
        world_fail(c->name, 0, "no error was set");
    statuses[status]++;
    if (status != NF_OK && status != NF_NOMEM && getenv("SHOW"))
        printf("  %ld: %d %s\n", n, (int)status,
               nf_error_text(w->err, NF_ERROR_MESSAGE));
    clear(w);
    if (w->session && status != NF_OK)
        check_session(w);
    nf_session_free(w->session);
    nf_app_close(w->fresh_app);
    w->session = NULL;
    w->fresh_app = NULL;
    return fired;
}

static void torture(world *w, const memory_case *c, long tries)
{
    long n = 1, done = 0, step = 1;
    memset(statuses, 0, sizeof statuses);
    present = c->name;
    if (c->needs == SLOW) /* whole runs with files */
        tries = tries / 10 + 2;
    while (attempt(w, c, n)) {
        done++;
        if (done >= tries / 2)
            step = 1 + done * done / (tries * 2) + n / tries +
                   (c->needs == SLOW ? n / 2 : 0);
        n += step;
    }
    printf("%s: %ld of about %ld allocations failed: %ld errors, %ld without "
           "harm, %ld other errors\n",
           c->name, done, n, statuses[NF_NOMEM], statuses[NF_OK] - 1,
           done - statuses[NF_NOMEM] - statuses[NF_OK] + 1);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    static const memory_case *const groups[] = {app_cases, session_cases,
                                                data_cases, debug_cases};
    char folder[] = "/tmp/nf-functions-XXXXXX", command[64];
    world w = {0};
    long tries = argc > 2 ? strtol(argv[2], NULL, 10) : 100;
    if (argc < 2 || !mkdtemp(folder))
        return 2;
    w.folder = argv[1];
    w.work = folder;
    prepare(&w);
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
        for (const memory_case *c = groups[i]; c->name; c++)
            if (argc < 4 || strcmp(argv[3], c->name) == 0)
                torture(&w, c, tries);
    nf_app_close(w.app);
    nf_error_free(w.err);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command) == 0 ? 0 : 1;
}
