/* Work on threads of its own: so many at once and no more (synchronize W19). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "server/workers.h"

#include <poll.h>
#include <pthread.h>

enum { JOBS = 10, THREADS = 2 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int running, most, done;
static bool held;

/* Each waits until it is let go. */
static void work(void *job)
{
    pthread_mutex_lock(&lock);
    running++;
    most = running > most ? running : most;
    pthread_cond_broadcast(&changed);
    while (held)
        pthread_cond_wait(&changed, &lock);
    running--;
    done++;
    ++*(int *)job;
    pthread_mutex_unlock(&lock);
}

static void hold(bool on)
{
    pthread_mutex_lock(&lock);
    held = on;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

static int setup(void **state)
{
    (void)state;
    running = most = done = 0;
    held = true;
    return 0;
}

static void test_two_at_once(void **state)
{
    nf_workers *w = nf_workers_new(THREADS, JOBS, work);
    int jobs[JOBS + THREADS + 1] = {0}, taken = 0, given = 0;

    (void)state;
    assert_non_null(w);
    for (; given < THREADS; given++)
        assert_true(nf_workers_give(w, &jobs[given]));
    pthread_mutex_lock(&lock);
    while (running < THREADS)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
    for (; given < JOBS + THREADS; given++)
        assert_true(nf_workers_give(w, &jobs[given]));
    assert_false(nf_workers_give(w, &jobs[given])); /* too many wait */
    assert_null(nf_workers_take(w));
    hold(false);
    while (taken < given) {
        struct pollfd fd = {.fd = nf_workers_fd(w), .events = POLLIN};
        assert_int_equal(poll(&fd, 1, 60000), 1);
        while (nf_workers_take(w))
            taken++;
    }
    for (int i = 0; i < given; i++)
        assert_int_equal(jobs[i], 1);
    assert_int_equal(most, THREADS);
    nf_workers_free(w);
}

/* What waits when it ends is given back as it is. */
static void test_stop(void **state)
{
    nf_workers *w = nf_workers_new(1, JOBS, work);
    int jobs[3] = {0}, taken = 0;

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_true(nf_workers_give(w, &jobs[i]));
    hold(false);
    nf_workers_stop(w);
    assert_false(nf_workers_give(w, &jobs[0]));
    while (nf_workers_take(w))
        taken++;
    assert_int_equal(taken, 3);
    assert_int_equal(jobs[0] + jobs[1] + jobs[2], done);
    nf_workers_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_two_at_once, setup),
        cmocka_unit_test_setup(test_stop, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
