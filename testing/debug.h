/* The stepper, for its files. */
#ifndef NF_TESTING_DEBUG_H
#define NF_TESTING_DEBUG_H

#include "library/session.h"

typedef struct breakpoint {
    size_t number;
    const char *flow; /* qualified; the model's */
    const nf_element *element;
    char *where, *condition; /* as given; condition NULL: none */
} breakpoint;

struct nf_debug {
    nf_session *session;
    nf_observer observer;
    nf_debug_fn stopped;
    void *user;
    breakpoint *breakpoints;
    size_t count, capacity, last_number;
    nf_debug_how how;
    size_t depth;      /* invocations that run, of all executions */
    size_t stop_depth; /* OVER, OUT: where it stops at the latest */
    bool begun;
    bool told; /* of the error that ends invocations */
    volatile int interrupted;
    /* while it has stopped */
    nf_execution *x;
    const nf_error *error;
    size_t level;
};

/* The invocation that is looked at; NULL: no flow runs. */
const nf_frame *nf_debug_frame(const nf_debug *debug);
/* The qualified name of its flow. */
const char *nf_debug_flow(const nf_frame *frame);
/* What was written, as text; NULL when out of memory. Disposes of `out`. */
char *nf_debug_take(nf_buffer *out);

#endif
