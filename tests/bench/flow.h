/* What benches that run nanoflows through the public header share. */
#ifndef BENCH_FLOW_H
#define BENCH_FLOW_H

#include "nanoflow.h"

typedef struct bench_flow {
    const char *workload;
    nf_error *err;
    nf_app *app;
    nf_session *session;
} bench_flow;

/* A session on a database file; false after a message. */
bool bench_open(bench_flow *bench, const char *workload, const char *model,
                const char *database);
/* Calls a nanoflow with one argument, and tells how long it took; false after
 * a message. *result: nf_value_free. */
bool bench_call(bench_flow *bench, nf_value **result, double *seconds,
                const char *flow, const char *name, const nf_value *value);
void bench_close(bench_flow *bench);
double bench_seconds(void);

#endif
