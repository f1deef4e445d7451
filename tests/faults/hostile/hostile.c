/* Runs the program on every hostile file (hostile_*.c) with `list`, `check` and
 * `run`, and measures. One case alone, with each: faults_hostile NANOFLOW NAME.
 * Under a sanitizer memory is not that of the program and not compared. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <sys/time.h>
#include <unistd.h>

#include "hostile.h"

enum { EVERY = -1 /* command, not the one whose turn it is */ };
/* Seconds of a processor: others may be at work on the machine, too. */
enum { MAX_MEMORY = 256 << 10 /* KiB */, MAX_SECONDS = 10, MAX_CPU = 40 };

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
static const bool sanitized = true;
#else
static const bool sanitized = false;
#endif

_Noreturn void hostile_give_up(const char *what)
{
    fprintf(stderr, "failed: %s: %s\n", what, strerror(errno));
    exit(2);
}

FILE *hostile_create(const char *path)
{
    FILE *file = fopen(path, "wb");

    if (!file)
        hostile_give_up(path);
    return file;
}

void hostile_close(FILE *file)
{
    if (fclose(file))
        hostile_give_up("a file can't be written");
}

void hostile_repeat(FILE *file, const char *text, size_t count)
{
    while (count--)
        if (fputs(text, file) < 0)
            hostile_give_up("a file can't be written");
}

/* ---- one run ------------------------------------------------------------- */

typedef struct outcome {
    int code; /* -1: it did not end by itself */
    double seconds;
    long memory; /* KiB */
    char message[4096];
} outcome;

static _Noreturn void become(const char *program, const char *command,
                             const char *path, int out)
{
    int null = open("/dev/null", O_RDWR);

    dup2(null, 0);
    dup2(null, 1);
    dup2(out, 2);
    setrlimit(RLIMIT_CPU, &(struct rlimit){MAX_CPU, MAX_CPU});
    execl(program, program, command, path,
          strcmp(command, "run") == 0 ? "M.N" : (char *)NULL, (char *)NULL);
    _exit(127);
}

static double seconds(const struct timeval *time)
{
    return (double)time->tv_sec + (double)time->tv_usec / 1e6;
}

static void run(outcome *o, const char *program, const char *command,
                const char *path)
{
    FILE *out = tmpfile();
    struct rusage usage;
    size_t length;
    pid_t child;
    int status;

    if (!out)
        hostile_give_up("a temporary file");
    child = fork();
    if (child < 0)
        hostile_give_up("fork");
    if (child == 0)
        become(program, command, path, fileno(out));
    if (wait4(child, &status, 0, &usage) < 0)
        hostile_give_up("wait4");
    rewind(out);
    length = fread(o->message, 1, sizeof o->message - 1, out);
    o->message[length] = '\0';
    fclose(out);
    o->code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    o->memory = usage.ru_maxrss;
    o->seconds = seconds(&usage.ru_utime) + seconds(&usage.ru_stime);
}

static const char *judge(const outcome *o, const hostile_case *c,
                         const char *command)
{
    const char *line = strchr(o->message, '\n');
    bool is_run = strcmp(command, "run") == 0;

    if (o->seconds > (sanitized ? MAX_CPU : MAX_SECONDS))
        return "it takes too long";
    if (o->memory > MAX_MEMORY && !sanitized)
        return "it takes too much memory";
    if (c->inside && !is_run && (o->code == 0 || o->code == 1))
        return NULL;
    if (o->code != 3)
        return "the exit code is not 3";
    if (!line || line[1])
        return "the error is not one line";
    if ((is_run || !c->inside) && !strstr(o->message, c->says))
        return "the error says something else";
    return NULL;
}

/* ---- all of them ----------------------------------------------------------
 */

static int remove_one(const char *path, const struct stat *info, int flag,
                      struct FTW *walk)
{
    (void)info, (void)flag, (void)walk;
    return remove(path);
}

/* What is refused when it is opened is refused alike by each command: they take
 * turns. */
static bool try_case(const hostile_case *c, const char *program, int turn)
{
    static const char *const commands[] = {"list", "check", "run"};
    const char *place = getenv("TMPDIR");
    char folder[200], path[256];
    bool good = true;

    snprintf(folder, sizeof folder, "%s/nf_hostile_XXXXXX",
             place && strlen(place) < 150 ? place : "/tmp");
    if (!mkdtemp(folder))
        hostile_give_up("a temporary folder");
    snprintf(path, sizeof path, "%s/app%s", folder, c->ending);
    c->make(path);
    for (int i = 0; i < 3; i++) {
        outcome o;
        const char *wrong;

        if (!c->inside && turn != EVERY && turn % 3 != i)
            continue;
        run(&o, program, commands[i], path);
        wrong = judge(&o, c, commands[i]);
        printf("%-28s %-5s %d %5.2f s %4ld MiB  %.100s\n", c->name, commands[i],
               o.code, o.seconds, o.memory >> 10, o.message);
        if (wrong)
            printf("failed: %s: %s (expected \"%s\")\n%s\n", c->name, wrong,
                   c->says, o.message);
        good = good && !wrong;
    }
    nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return good;
}

int main(int argc, char **argv)
{
    const hostile_case *const lists[] = {hostile_mpr, hostile_text,
                                         hostile_mpk};
    int cases = 0, failed = 0;

    if (argc < 2)
        return 2;
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        for (const hostile_case *c = lists[i]; c->name; c++) {
            if (argc > 2 && strcmp(argv[2], c->name) != 0)
                continue;
            cases++;
            failed += !try_case(c, argv[1], argc > 2 ? EVERY : cases);
        }
    printf("%d hostile files, %d failed\n", cases, failed);
    return failed || !cases;
}
