/* Every function of nanoflow.h with memory that runs out: in each case every
 * allocation of nanoflow fails once, and every one of the libraries below it,
 * the first ones one by one and then some of the rest. The answer is an error
 * and never a crash, or it is what it is otherwise: no text lacks something.
 * What was made is freed (under the address sanitizer and valgrind: nothing
 * leaks); and a session goes on afterwards. covered.sh looks whether a case
 * calls each function.
 *
 *   functions FOLDER [TRIES [CASE]] */
#include "functions.h"

#include "failing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* What a case writes when there is enough memory, where that is always the
 * same. */
typedef struct texts {
    char *text, *other_text;
} texts;

static void take_texts(texts *out, world *w)
{
    *out = (texts){w->text, w->other_text};
    w->text = w->other_text = NULL;
}

static void free_texts(texts *t)
{
    nf_text_free(t->text);
    nf_text_free(t->other_text);
    *t = (texts){NULL, NULL};
}

static bool same(const char *a, const char *b)
{
    return !a || !b ? a == b : strcmp(a, b) == 0;
}

static void compare(const texts *expected, const world *w)
{
    bool equal = same(expected->text, w->text) &&
                 same(expected->other_text, w->other_text);

    if (!equal && getenv("SHOW"))
        fprintf(stderr, "%s\n%s\n-- instead of --\n%s\n%s\n",
                w->text ? w->text : "", w->other_text ? w->other_text : "",
                expected->text ? expected->text : "",
                expected->other_text ? expected->other_text : "");
    if (!equal)
        world_fail(__FILE__, __LINE__, "another text than with memory");
}

/* The session can still be used. */
static void check_session(world *w)
{
    if (nf_session_create(&w->object, w->session, "Sweep.Customer", w->err) !=
            NF_OK ||
        nf_session_rollback(w->session, w->object, w->err) != NF_OK)
        world_fail(__FILE__, __LINE__, nf_error_text(w->err, NF_ERROR_MESSAGE));
    clear(w);
}

/* Runs a case once; whether an allocation was left to fail. */
static bool run(world *w, const memory_case *c, failing_whose whose, long n,
                nf_status *status)
{
    present_try = n;
    if (c->needs >= FRESH_APP)
        open_app(w);
    if (c->needs == SESSION)
        open_session(w);
    failing_start(whose, n);
    *status = c->run(w);
    return failing_stop();
}

static void finish(world *w, nf_status status)
{
    clear(w);
    if (w->session && status != NF_OK)
        check_session(w);
    nf_session_free(w->session);
    nf_app_close(w->fresh_app);
    w->session = NULL;
    w->fresh_app = NULL;
}

/* Nothing fails; nothing is expected where two runs do not write the same. */
static void run_well(world *w, const memory_case *c, texts *expected)
{
    texts again;
    nf_status status;

    for (int i = 0; i < 2; i++) {
        (void)run(w, c, FAILING_NONE, 0, &status);
        if (status != NF_OK)
            world_fail(c->name, 0, nf_error_text(w->err, NF_ERROR_MESSAGE));
        take_texts(i == 0 ? expected : &again, w);
        finish(w, status);
    }
    if (!same(expected->text, again.text) ||
        !same(expected->other_text, again.other_text))
        free_texts(expected);
    free_texts(&again);
}

/* False when no allocation was left to fail. */
static bool attempt(world *w, const memory_case *c, const texts *expected,
                    failing_whose whose, long n)
{
    nf_status status;
    bool fired = run(w, c, whose, n, &status);

    if (status != NF_OK && !fired)
        world_fail(c->name, 0, nf_error_text(w->err, NF_ERROR_MESSAGE));
    if (status != NF_OK && status != NF_NOMEM &&
        nf_error_status(w->err) == NF_OK)
        world_fail(c->name, 0, "no error was set");
    if (status == NF_OK && (expected->text || expected->other_text))
        compare(expected, w);
    statuses[status]++;
    if (status != NF_OK && status != NF_NOMEM && getenv("SHOW"))
        printf("  %ld: %d %s\n", n, (int)status,
               nf_error_text(w->err, NF_ERROR_MESSAGE));
    finish(w, status);
    return fired;
}

static void torture(world *w, const memory_case *c, const texts *expected,
                    failing_whose whose, long tries)
{
    long n = 1, done = 0, step = 1;

    memset(statuses, 0, sizeof statuses);
    if (c->needs == SLOW) /* whole runs with files */
        tries = tries / 10 + 2;
    while (attempt(w, c, expected, whose, n)) {
        done++;
        if (done >= tries / 2)
            step = 1 + done * done / (tries * 2) + n / tries +
                   (c->needs == SLOW ? n / 2 : 0);
        n += step;
    }
    printf("%s, %s: %ld of about %ld allocations failed: %ld errors, %ld "
           "without harm%s, %ld other errors\n",
           c->name, whose == FAILING_OURS ? "nanoflow" : "libraries", done, n,
           statuses[NF_NOMEM], statuses[NF_OK] - 1,
           expected->text || expected->other_text ? " to the text" : "",
           done - statuses[NF_NOMEM] - statuses[NF_OK] + 1);
    fflush(stdout);
}

static void try_case(world *w, const memory_case *c, long tries)
{
    texts expected = {NULL, NULL};

    present = c->name;
    run_well(w, c, &expected);
    torture(w, c, &expected, FAILING_OURS, tries);
    torture(w, c, &expected, FAILING_LIBRARIES, tries / 3 + 1);
    free_texts(&expected);
}

int main(int argc, char **argv)
{
    static const memory_case *const groups[] = {app_cases, session_cases,
                                                data_cases, debug_cases};
    char folder[32], command[64];
    world w = {0};
    long tries = argc > 2 ? strtol(argv[2], NULL, 10) : 100;

    failing_prepare();
    snprintf(folder, sizeof folder, "%s/nf-functions-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (argc < 2 || !mkdtemp(folder))
        return 2;
    w.folder = argv[1];
    w.work = folder;
    prepare(&w);
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
        for (const memory_case *c = groups[i]; c->name; c++)
            if (argc < 4 || strcmp(argv[3], c->name) == 0)
                try_case(&w, c, tries);
    nf_app_close(w.app);
    nf_error_free(w.err);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command) == 0 ? 0 : 1;
}
