/* See http_connections.h. Two queues, each in the order in which its members
 * came into it: who rests between requests, and who is in one. */
#include "server/http_connections.h"

#include "base/memory.h"

enum { SWEEP_MS = 1000 };

typedef struct queue {
    nf_http_connection *first, *last;
} queue;

struct nf_http_connection {
    nf_http_connection *before, *after;
    queue *in;
    int socket;
    int64_t since; /* in this queue */
    int64_t end;   /* when the rest of the request must be there; INT64_MAX */
    bool hung_up;
};

struct nf_http_connections {
    queue resting, asking;
    int most, count, hung_up;
    int64_t idle_ms, next_sweep;
    void (*hang_up)(int socket);
    bool (*is_over)(int socket);
};

nf_http_connections *nf_http_connections_new(int most, int idle_s,
                                             void (*hang_up)(int socket),
                                             bool (*is_over)(int socket))
{
    nf_http_connections *all = nf_alloc(sizeof *all);

    if (!all)
        return NULL;
    all->most = most;
    all->idle_ms = (int64_t)idle_s * 1000;
    all->hang_up = hang_up;
    all->is_over = is_over;
    return all;
}

static void leave(nf_http_connection *c)
{
    queue *q = c->in;

    *(c->before ? &c->before->after : &q->first) = c->after;
    *(c->after ? &c->after->before : &q->last) = c->before;
    c->before = c->after = NULL;
    c->in = NULL;
}

static void enter(queue *q, nf_http_connection *c, int64_t now)
{
    c->in = q;
    c->since = now;
    c->before = q->last;
    *(q->last ? &q->last->after : &q->first) = c;
    q->last = c;
}

void nf_http_connections_free(nf_http_connections *all)
{
    if (!all)
        return;
    while (all->resting.first)
        nf_http_connections_remove(all, all->resting.first);
    while (all->asking.first)
        nf_http_connections_remove(all, all->asking.first);
    nf_free(all);
}

static void hang_up(nf_http_connections *all, nf_http_connection *c)
{
    if (c->hung_up)
        return;
    c->hung_up = true;
    all->hung_up++;
    all->hang_up(c->socket);
}

static nf_http_connection *first_up(const queue *q)
{
    nf_http_connection *c = q->first;

    while (c && c->hung_up)
        c = c->after;
    return c;
}

/* Who rests goes first, the longest one; else the one whose request takes
 * longest, if it had some time. The others are told to come again. */
static void make_room(nf_http_connections *all, int64_t now)
{
    nf_http_connection *c = first_up(&all->resting);

    if (all->count - all->hung_up < all->most)
        return;
    if (!c) {
        c = first_up(&all->asking);
        if (c && now - c->since < NF_HTTP_UNPRESSED_MS)
            c = NULL;
    }
    if (c)
        hang_up(all, c);
}

nf_http_connection *nf_http_connections_add(nf_http_connections *all,
                                            int socket, int64_t now)
{
    nf_http_connection *c = nf_alloc(sizeof *c);

    if (!c)
        return NULL;
    make_room(all, now);
    c->socket = socket;
    c->end = INT64_MAX;
    enter(&all->resting, c, now);
    all->count++;
    return c;
}

void nf_http_connections_remove(nf_http_connections *all, nf_http_connection *c)
{
    leave(c);
    all->count--;
    all->hung_up -= c->hung_up;
    nf_free(c);
}

void nf_http_connection_asks(nf_http_connections *all, nf_http_connection *c,
                             int64_t body, int64_t now)
{
    leave(c);
    enter(&all->asking, c, now);
    c->end = now + all->idle_ms + body * 1000 / NF_HTTP_PACE;
}

void nf_http_connection_has_asked(nf_http_connection *c)
{
    c->end = INT64_MAX;
}

void nf_http_connection_rests(nf_http_connections *all, nf_http_connection *c,
                              int64_t now)
{
    leave(c);
    c->end = INT64_MAX;
    enter(&all->resting, c, now);
}

int nf_http_connections_sweep(nf_http_connections *all, int64_t now)
{
    if (all->count == 0)
        return -1;
    if (now < all->next_sweep)
        return (int)(all->next_sweep - now);
    all->next_sweep = now + SWEEP_MS;
    for (nf_http_connection *c = all->resting.first;
         c && now - c->since >= all->idle_ms; c = c->after)
        hang_up(all, c);
    for (nf_http_connection *c = all->asking.first; c; c = c->after)
        if (c->end != INT64_MAX && (now >= c->end || all->is_over(c->socket)))
            hang_up(all, c);
    return SWEEP_MS;
}

int nf_http_connections_count(const nf_http_connections *all)
{
    return all->count - all->hung_up;
}
