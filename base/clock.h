/* The clock and the random numbers of a session are injected (design §10.7):
 * nothing else in the library may ask the machine for either, but for
 * nf_clock_elapsed. */
#ifndef NF_BASE_CLOCK_H
#define NF_BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct nf_clock {
    /* Milliseconds since 1970-01-01T00:00Z. */
    int64_t (*now)(void *user);
    /* Lets time pass: sleeps, or moves a clock that stands still. */
    void (*wait)(void *user, int64_t milliseconds);
    void *user;
} nf_clock;

/* The machine's clock. */
nf_clock nf_clock_system(void);
/* A clock that stands still at *now and that `wait` moves on. `now` belongs to
 * the caller and outlives the clock. */
nf_clock nf_clock_fixed(int64_t *now);

/* Milliseconds of real time since some moment, for time-outs and durations
 * alone: these count also while a session's clock stands still. */
int64_t nf_clock_elapsed(void);

/* Random bytes: from the system, or with a seed a reproducible stream. */
typedef struct nf_random {
    bool seeded;
    uint64_t state;
    size_t left; /* of the pool: bytes that the system gave, not used yet */
    uint8_t pool[1024];
} nf_random;
void nf_random_seed(nf_random *random, uint64_t seed);
/* False if the system gives none. */
bool nf_random_bytes(nf_random *random, void *bytes, size_t count);

#endif
