/* The app of W6: as large as a real one, the same for a seed. Its flows are
 * sound, so that `check` goes through all of them; pages and images are the
 * bulk of its bytes, as in real apps. */
#ifndef NF_BENCH_W6_APP_H
#define NF_BENCH_W6_APP_H

#include <stdint.h>

#include "base/text.h"
#include "models/container.h"

enum {
    W6_UNITS = 2469,
    W6_MODULES = 60,
    W6_NANOFLOWS = 10, /* per module */
    W6_MICROFLOWS = 5,
    W6_JAVASCRIPT_ACTIONS = 2,
    W6_ENUMERATIONS = 2,
    W6_CONSTANTS = 2
};

typedef struct w6_random {
    uint64_t state;
} w6_random;
/* 0 … limit - 1. */
unsigned w6_pick(w6_random *random, unsigned limit);

/* The app but for pages and images, as an XML model. */
void w6_write_app(nf_buffer *out, w6_random *random);
/* A module's flows. */
void w6_write_flows(nf_buffer *out, w6_random *random, const char *module);
/* Adds pages, snippets, layouts and images to the modules, so that there are
 * W6_UNITS units. */
nf_status w6_add_pages(nf_container *app, w6_random *random, nf_error *err);

#endif
