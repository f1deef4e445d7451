/* The wall time of a whole process, from before it starts to after it ended,
 * and its peak of memory:
 *   bench_time WORKLOAD LABEL COUNT PROGRAM [ARGUMENT]...
 * prints `WORKLOAD LABEL COUNT SECONDS RATE peak=KB`. What the program prints
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

int main(int argc, char **argv)
{
    posix_spawn_file_actions_t actions;
    struct rusage usage;
    double started, seconds;
    int status, code;
    pid_t child;

    if (argc < 5) {
        fprintf(stderr, "use: bench_time WORKLOAD LABEL COUNT PROGRAM …\n");
        return 2;
    }
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    started = now();
    code = posix_spawnp(&child, argv[4], &actions, NULL, argv + 4, environ);
    if (code || wait4(child, &status, 0, &usage) != child) {
        fprintf(stderr, "bench_time: %s can't be run: %s\n", argv[4],
                strerror(code));
        return 1;
    }
    seconds = now() - started;
    posix_spawn_file_actions_destroy(&actions);
    if (!WIFEXITED(status) || WEXITSTATUS(status)) {
        fprintf(stderr, "bench_time: %s failed\n", argv[4]);
        return 1;
    }
    printf("%s %s %s %.4f %.0f peak=%ldKB\n", argv[1], argv[2], argv[3],
           seconds, atof(argv[3]) / seconds, usage.ru_maxrss);
    return 0;
}
