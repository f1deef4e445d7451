/* W3: what the nanoflow of w3.xml does with its objects, and what both sides
 * must come to. */
#ifndef BENCH_W3_WORKLOAD_H
#define BENCH_W3_WORKLOAD_H

#include <stdio.h>
#include <time.h>

enum { W3_OBJECTS = 100000, W3_ROWS = 16659, W3_CENTS = 85382550 };

static inline double w3_seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static inline void w3_report(const char *label, double seconds)
{
    printf("W3 %s %d %.4f %.0f\n", label, W3_OBJECTS, seconds,
           W3_OBJECTS / seconds);
}

#endif
