/* W1 through the interpreter's own interface: opens the model, compiles the
 * flow, runs it once to warm up and once to measure. Prints one line
 * `W1 nanoflow n seconds rate`. With `coverage` it is asked what runs, each
 * time anew. */
#include "interpreter/observe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double processor_seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int fail(const char *what, const nf_error *err)
{
    fprintf(stderr, "W1: %s: %s\n", what, err->message);
    return 1;
}

static int run(nf_world *world, const nf_program *program, int64_t n,
               double *seconds)
{
    nf_value argument = nf_integer(n);
    nf_execution *execution;
    nf_error err;
    double started;
    int64_t thirds = n / 3;

    nf_error_clear(&err);
    if (nf_execution_start(&execution, world, program, &argument, NULL, &err))
        return fail("can't start", &err);
    started = processor_seconds();
    if (nf_execution_run(execution, &err)) {
        nf_execution_free(execution);
        return fail("failed", &err);
    }
    *seconds = processor_seconds() - started;
    if (nf_execution_result(execution)->as.integer !=
        3 * thirds * (thirds + 1) / 2) {
        fprintf(stderr, "W1: wrong sum\n");
        nf_execution_free(execution);
        return 1;
    }
    nf_execution_free(execution);
    return 0;
}

int main(int argc, char **argv)
{
    int64_t n = argc > 2 ? atoll(argv[2]) : 5000000;
    nf_world world = {.environment.limits.steps = UINT64_MAX / 2};
    const nf_program *program;
    nf_programs *programs;
    nf_model *model;
    nf_error err;
    double seconds = 0;
    int status;

    nf_error_clear(&err);
    if (argc < 2) {
        fprintf(stderr, "usage: w1 MODEL [N [coverage]]\n");
        return 2;
    }
    if (nf_model_open(&model, argv[1], &err))
        return fail("can't open the model", &err);
    world.model = model;
    world.environment.model = model;
    programs = nf_programs_new(model, NULL, NULL, 0);
    world.programs = programs;
    if (programs && argc > 3 && strcmp(argv[3], "coverage") == 0)
        nf_programs_watch(programs, NF_WATCH_COVERAGE);
    if (!programs ||
        nf_programs_get(&program, programs, NF_FLOW_NANOFLOW, "Bench.W1", &err))
        return fail("can't compile", &err);
    if (getenv("NF_DUMP")) {
        nf_buffer text;

        nf_buffer_init(&text, NF_BUFFER_MAX);
        if (!nf_program_dump(program, &text))
            fputs(nf_buffer_string(&text), stderr);
        nf_buffer_dispose(&text);
    }
    status = run(&world, program, n / 10, &seconds);
    nf_program_forget(program);
    if (!status)
        status = run(&world, program, n, &seconds);
    if (!status)
        printf("W1 nanoflow %lld %.4f %.0f\n", (long long)n, seconds,
               (double)(2 * n + n / 3) / seconds);
    nf_programs_free(programs);
    nf_model_close(model);
    return status;
}
