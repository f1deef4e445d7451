/* The wall time of a whole process, from before it starts to after it ended,
 * and its peak of memory:
 *   bench_time [-n TIMES] WORKLOAD LABEL COUNT PROGRAM [ARGUMENT]...
 * prints `WORKLOAD LABEL COUNT SECONDS RATE peak=KB`, of several times the
 * median. What the program prints
 * is thrown away; it must succeed. */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Starts it once and waits for its end; its seconds, or less than 0. */
static double once(char **command, long *peak)
{
    posix_spawn_file_actions_t actions;
    struct rusage usage;
    double started, seconds;
    int status, code;
    pid_t child;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    started = now();
    code = posix_spawnp(&child, *command, &actions, NULL, command, environ);
    if (code || wait4(child, &status, 0, &usage) != child) {
        fprintf(stderr, "bench_time: %s can't be run: %s\n", *command,
                strerror(code));
        return -1;
    }
    seconds = now() - started;
    posix_spawn_file_actions_destroy(&actions);
    if (!WIFEXITED(status) || WEXITSTATUS(status)) {
        fprintf(stderr, "bench_time: %s failed\n", *command);
        return -1;
    }
    *peak = usage.ru_maxrss;
    return seconds;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    enum { MOST = 1000 };
    double seconds[MOST];
    long peak = 0, times = 1;

    if (argc > 2 && strcmp(argv[1], "-n") == 0) {
        times = strtol(argv[2], NULL, 10);
        argv += 2;
        argc -= 2;
    }
    if (argc < 5 || times < 1 || times > MOST) {
        fprintf(stderr,
                "use: bench_time [-n TIMES] WORKLOAD LABEL COUNT PROGRAM …\n");
        return 2;
    }
    for (long i = 0; i < times; i++)
        if ((seconds[i] = once(argv + 4, &peak)) < 0)
            return 1;
    qsort(seconds, (size_t)times, sizeof *seconds, by_size);
    printf("%s %s %s %.5f %.0f peak=%ldKB\n", argv[1], argv[2], argv[3],
           seconds[times / 2], atof(argv[3]) / seconds[times / 2], peak);
    return 0;
}
