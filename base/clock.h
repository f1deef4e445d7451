/* The clock and the random numbers of a session are injected (design §10.7):
 * nothing else in the library may ask the machine for either, but for
 * nf_clock_elapsed. */
#ifndef NF_BASE_CLOCK_H
#define NF_BASE_CLOCK_H

#include "nanoflow.h"

/* The machine's clock. */
nf_clock nf_clock_system(void);
/* A host's clock, which always has a `wait`. */
nf_clock nf_clock_of_host(const nf_clock *given);
/* Whether it moves only while somebody waits. */
bool nf_clock_is_still(const nf_clock *clock);
/* The milliseconds that it is ahead of the machine's. */
int64_t nf_clock_ahead(const nf_clock *clock);
/* A clock that stands still at *now and that `wait` moves on. `now` belongs to
 * the caller and outlives the clock. */
nf_clock nf_clock_fixed(int64_t *now);

/* Milliseconds of real time since some moment, for time-outs and durations
 * alone: these count also while a session's clock stands still. */
int64_t nf_clock_elapsed(void);

/* Random bytes: from the system or a host, or with a seed a reproducible
 * stream. */
typedef struct nf_random {
    nf_random_source source; /* fill NULL: the system */
    bool seeded;             /* then the source is not asked */
    uint64_t state;
    size_t left; /* of the pool: bytes that the system gave, not used yet */
    uint8_t pool[1024];
} nf_random;
/* `random` is filled: zero, or with a source, which serves what must be fresh.
 */
void nf_random_seed(nf_random *random, uint64_t seed);
/* False if the system or the host gives none. */
bool nf_random_bytes(nf_random *random, void *bytes, size_t count);
/* The same for what must never come again, not even with the same seed. */
bool nf_random_fresh(nf_random *random, void *bytes, size_t count);

#endif
