/* The machine's clock, a clock that stands still, and random bytes. The seeded
 * stream is splitmix64: small, fast, the same on every machine; it is not for
 * secrets, which come from the system. */
#include "base/clock.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

static int64_t system_now(void *user)
{
    struct timespec t;

    (void)user;
    if (clock_gettime(CLOCK_REALTIME, &t) != 0)
        return 0;
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void system_wait(void *user, int64_t milliseconds)
{
    struct timespec left;

    (void)user;
    if (milliseconds <= 0)
        return;
    left.tv_sec = (time_t)(milliseconds / 1000);
    left.tv_nsec = (long)(milliseconds % 1000) * 1000000;
    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        ;
}

nf_clock nf_clock_system(void)
{
    return (nf_clock){.now = system_now, .wait = system_wait};
}

nf_clock nf_clock_of_host(const nf_clock *given)
{
    nf_clock clock = *given;

    if (!clock.wait)
        clock.wait = system_wait;
    return clock;
}

bool nf_clock_is_still(const nf_clock *clock)
{
    return clock->wait != system_wait;
}

int64_t nf_clock_ahead(const nf_clock *clock)
{
    int64_t ahead;

    if (clock->now == system_now ||
        __builtin_sub_overflow(clock->now(clock->user), system_now(NULL),
                               &ahead))
        return 0;
    return ahead;
}

static int64_t fixed_now(void *user)
{
    return *(int64_t *)user;
}

static void fixed_wait(void *user, int64_t milliseconds)
{
    int64_t *now = user;

    if (milliseconds > 0 && __builtin_add_overflow(*now, milliseconds, now))
        *now = INT64_MAX;
}

int64_t nf_clock_elapsed(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

nf_clock nf_clock_fixed(int64_t *now)
{
    return (nf_clock){.now = fixed_now, .wait = fixed_wait, .user = now};
}

void nf_random_seed(nf_random *random, uint64_t seed)
{
    random->seeded = true;
    random->state = seed;
}

static uint64_t next_number(nf_random *random)
{
    uint64_t z = random->state += UINT64_C(0x9E3779B97F4A7C15);

    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

static bool system_bytes(uint8_t *bytes, size_t count)
{
    while (count > 0) {
        ssize_t got = getrandom(bytes, count, 0);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        bytes += got;
        count -= (size_t)got;
    }
    return true;
}

/* Few bytes come from a pool: the system is slow to ask. */
static bool pool_bytes(nf_random *random, void *to, size_t count)
{
    uint8_t *from;

    if (!random || count > sizeof random->pool / 4)
        return system_bytes(to, count);
    if (count > random->left) {
        if (!system_bytes(random->pool, sizeof random->pool))
            return false;
        random->left = sizeof random->pool;
    }
    random->left -= count;
    from = random->pool + random->left;
    memcpy(to, from, count);
    memset(from, 0, count);
    return true;
}

bool nf_random_fresh(nf_random *random, void *bytes, size_t count)
{
    if (random && random->source.fill)
        return random->source.fill(random->source.user, bytes, count);
    return pool_bytes(random, bytes, count);
}

bool nf_random_bytes(nf_random *random, void *bytes, size_t count)
{
    uint8_t *to = bytes;

    if (!random || !random->seeded)
        return nf_random_fresh(random, to, count);
    while (count > 0) {
        uint64_t number = next_number(random);
        size_t part = count < 8 ? count : 8;

        memcpy(to, &number, part);
        to += part;
        count -= part;
    }
    return true;
}
