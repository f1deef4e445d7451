/* See workers.h. */
#include "server/workers.h"

#include "base/memory.h"

#include <pthread.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { THREADS_MAX = 16 };

struct nf_workers {
    void (*work)(void *job);
    pthread_mutex_t lock;
    pthread_cond_t given;
    pthread_t threads[THREADS_MAX];
    int thread_count;
    bool stopping;
    int fd;
    /* Rings: what waits, and what is finished; both have room for all. */
    void **waiting, **finished;
    int room, first_waiting, waiting_count, first_finished, finished_count;
    int most_waiting, under_way;
};

static void put(void **ring, int room, int first, int *count, void *job)
{
    ring[(first + (*count)++) % room] = job;
}

static void *take(void **ring, int room, int *first, int *count)
{
    void *job = *count > 0 ? ring[*first] : NULL;

    if (job) {
        *first = (*first + 1) % room;
        (*count)--;
    }
    return job;
}

/* Under the lock. */
static void finish(nf_workers *w, void *job)
{
    uint64_t one = 1;

    put(w->finished, w->room, w->first_finished, &w->finished_count, job);
    /* A full counter is readable as well. */
    if (write(w->fd, &one, sizeof one) < 0)
        return;
}

static void *run(void *user)
{
    nf_workers *w = user;

    pthread_mutex_lock(&w->lock);
    while (!w->stopping) {
        void *job =
            take(w->waiting, w->room, &w->first_waiting, &w->waiting_count);

        if (!job) {
            pthread_cond_wait(&w->given, &w->lock);
            continue;
        }
        w->under_way++;
        pthread_mutex_unlock(&w->lock);
        w->work(job);
        pthread_mutex_lock(&w->lock);
        w->under_way--;
        finish(w, job);
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

nf_workers *nf_workers_new(int threads, int waiting, void (*work)(void *job))
{
    nf_workers *w = nf_alloc(sizeof *w);

    if (!w)
        return NULL;
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->given, NULL);
    w->work = work;
    w->most_waiting = waiting;
    w->room = 2 * (waiting + threads) + 1;
    w->waiting = nf_alloc_array((size_t)w->room, sizeof *w->waiting);
    w->finished = nf_alloc_array((size_t)w->room, sizeof *w->finished);
    w->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    while (w->waiting && w->finished && w->fd >= 0 &&
           w->thread_count < threads && w->thread_count < THREADS_MAX &&
           pthread_create(&w->threads[w->thread_count], NULL, run, w) == 0)
        w->thread_count++;
    if (w->thread_count > 0)
        return w;
    nf_workers_free(w);
    return NULL;
}

bool nf_workers_give(nf_workers *w, void *job)
{
    bool taken;

    pthread_mutex_lock(&w->lock);
    /* What is finished and was not taken counts, too: it needs its place. */
    taken = !w->stopping && w->waiting_count < w->most_waiting &&
            w->waiting_count + w->under_way + w->finished_count < w->room;
    if (taken) {
        put(w->waiting, w->room, w->first_waiting, &w->waiting_count, job);
        pthread_cond_signal(&w->given);
    }
    pthread_mutex_unlock(&w->lock);
    return taken;
}

void *nf_workers_take(nf_workers *w)
{
    uint64_t count;
    void *job;

    pthread_mutex_lock(&w->lock);
    job = take(w->finished, w->room, &w->first_finished, &w->finished_count);
    if (!job && read(w->fd, &count, sizeof count) < 0)
        count = 0; /* nothing was to be read */
    pthread_mutex_unlock(&w->lock);
    return job;
}

int nf_workers_fd(const nf_workers *w)
{
    return w->fd;
}

void nf_workers_stop(nf_workers *w)
{
    void *job;

    pthread_mutex_lock(&w->lock);
    w->stopping = true;
    pthread_cond_broadcast(&w->given);
    pthread_mutex_unlock(&w->lock);
    for (int i = 0; i < w->thread_count; i++)
        pthread_join(w->threads[i], NULL);
    w->thread_count = 0;
    while (
        (job = take(w->waiting, w->room, &w->first_waiting, &w->waiting_count)))
        finish(w, job);
}

void nf_workers_free(nf_workers *w)
{
    if (!w)
        return;
    nf_workers_stop(w);
    if (w->fd >= 0)
        close(w->fd);
    nf_free(w->waiting);
    nf_free(w->finished);
    pthread_cond_destroy(&w->given);
    pthread_mutex_destroy(&w->lock);
    nf_free(w);
}
