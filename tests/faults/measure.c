/* measure FILE PROGRAM ARGUMENTS…: runs the program and writes what it took to
 * FILE: seconds and the most memory it held at once, in MiB. A signal to end is
 * handed on; the exit code is the program's. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile pid_t child;

static void hand_on(int number)
{
    if (child > 0)
        kill(child, number);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    struct rusage used = {0};
    double began = now();
    int status = 0;
    FILE *file;

    if (argc < 3)
        return 2;
    child = fork();
    if (child == 0) {
        execvp(argv[2], argv + 2);
        perror(argv[2]);
        _exit(127);
    }
    signal(SIGTERM, hand_on);
    signal(SIGINT, hand_on);
    while (child < 0 || wait4(child, &status, 0, &used) != child)
        if (child < 0)
            return 127;
    file = fopen(argv[1], "w");
    if (!file || fprintf(file, "%.2f %.1f\n", now() - began,
                         (double)used.ru_maxrss / 1024) < 0 ||
        fclose(file) != 0)
        return 127;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
