/* See http_limits.h. Who asks is a hash with a secret of this process in a
 * table of fixed size, so nobody can fill memory by changing names. */
#include "server/http_limits.h"

#include "base/clock.h"
#include "base/memory.h"

#include <stdio.h>
#include <string.h>

enum { SLOTS = 4096, WAYS = 8 };
#define SIGN_IN_HASH UINT64_C(0x9e3779b97f4a7c15)

typedef struct slot {
    uint64_t who; /* 0: free */
    int under_way;
    double left; /* requests that may still come now */
    int64_t at;  /* when `left` was true */
    int64_t bodies;
} slot;

struct nf_http_load {
    nf_http_limits limits;
    uint64_t secret;
    int connections;
    int64_t bodies;
    slot slots[SLOTS];
};

nf_http_limits nf_http_default_limits(void)
{
    return (nf_http_limits){.connections = 1000,
                            .requests = 8,
                            .rate = 500,
                            .burst = 5000,
                            .bodies = INT64_C(256) << 20,
                            .own_bodies = INT64_C(64) << 20,
                            .idle_s = 30,
                            .stop_s = 10};
}

nf_http_load *nf_http_load_new(const nf_http_limits *limits)
{
    nf_http_load *load = nf_alloc(sizeof *load);

    if (!load)
        return NULL;
    load->limits = *limits;
    (void)nf_random_bytes(NULL, &load->secret, sizeof load->secret);
    return load;
}

void nf_http_load_free(nf_http_load *load)
{
    nf_free(load);
}

void nf_http_load_connections(nf_http_load *load, int count)
{
    load->connections = count;
}

/* FNV-1a from a secret start; spread once more, for its low bits pick a slot.
 */
static uint64_t hash(const nf_http_load *load, const char *who)
{
    uint64_t h = load->secret ^ UINT64_C(0xcbf29ce484222325);

    for (; *who; who++)
        h = (h ^ (unsigned char)*who) * UINT64_C(0x100000001b3);
    h ^= h >> 33;
    h *= UINT64_C(0xff51afd7ed558ccd);
    h ^= h >> 33;
    return h ? h : 1;
}

static uint64_t asker_hash(const nf_http_load *load, const nf_http_asker *asker)
{
    return hash(load, asker->who) ^ (asker->sign_in ? SIGN_IN_HASH : 0);
}

/* The slot of `who`; with `make` one that nobody uses, or that was quiet for
 * longest. NULL: none. */
static slot *find(nf_http_load *load, uint64_t who, bool make)
{
    slot *oldest = NULL;

    for (size_t i = 0; i < WAYS; i++) {
        slot *s = &load->slots[(who + i) % SLOTS];
        if (s->who == who)
            return s;
        if (s->under_way == 0 && s->bodies == 0 &&
            (!oldest || (oldest->who && (!s->who || s->at < oldest->at))))
            oldest = s;
    }
    if (!make || !oldest)
        return NULL;
    *oldest = (slot){.who = who, .left = load->limits.burst};
    return oldest;
}

static void refill(const nf_http_load *load, slot *s, int64_t now)
{
    if (s->at && now > s->at)
        s->left += (double)(now - s->at) * load->limits.rate / 1000;
    if (s->left > load->limits.burst)
        s->left = load->limits.burst;
    s->at = now;
}

/* Whose bodies are counted together: a user on all devices, or an address. */
static slot *find_owner(nf_http_load *load, const nf_http_asker *asker,
                        bool make)
{
    char name[32];

    if (asker->user == 0)
        return find(load, hash(load, asker->who), make);
    snprintf(name, sizeof name, "user %lld", (long long)asker->user);
    return find(load, hash(load, name), make);
}

int nf_http_load_begin(nf_http_load *load, const nf_http_asker *asker,
                       int64_t now, int *wait_ms)
{
    const nf_http_limits *limits = &load->limits;
    slot *s = find(load, asker_hash(load, asker), true);
    slot *owner = NULL;

    *wait_ms = 1000;
    if (load->connections > limits->connections ||
        asker->body > limits->bodies - load->bodies)
        return 503;
    if (s) {
        refill(load, s, now);
        if ((asker->session && s->under_way >= limits->requests) || s->left < 1)
            return 429;
        s->left -= 1;
        s->under_way++;
    }
    if (asker->body > 0)
        owner = find_owner(load, asker, true);
    if (owner && asker->body > limits->own_bodies - owner->bodies) {
        if (s)
            s->under_way--;
        return 429;
    }
    if (owner)
        owner->bodies += asker->body;
    load->bodies += asker->body;
    return 0;
}

void nf_http_load_end(nf_http_load *load, const nf_http_asker *asker)
{
    slot *s = find(load, asker_hash(load, asker), false);
    slot *owner = asker->body > 0 ? find_owner(load, asker, false) : NULL;

    if (s && s->under_way > 0)
        s->under_way--;
    if (owner)
        owner->bodies -=
            asker->body < owner->bodies ? asker->body : owner->bodies;
    load->bodies -= asker->body;
}
