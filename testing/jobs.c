/* Runs the items of a suite, one after the other or several at once. */
#include "testing/runner.h"

#include <pthread.h>
#include <unistd.h>

enum { JOBS_MAX = 64 };

/* One try of an item. */
static void try_item(const runner *r, const nf_test_looker *looker,
                     test_item *item)
{
    nf_test_result *result = &item->result;
    test_trials(r, looker, item);
    if (result->state == NF_TEST_PASS && !result->assertions &&
        r->options->require_assertions) /* E13 */
        nf_test_fail(result, NF_TEST_ERROR, "assertions", 0,
                     "the test asserts nothing");
}

/* E46: a test that passes when it is tried again is FLAKY. What went wrong the
 * first time stays in its result. */
static void run_item(const runner *r, const nf_test_looker *looker,
                     test_item *item)
{
    nf_test_result *result = &item->result;
    if (item->decided)
        return;
    result->tries = 1;
    try_item(r, looker, item);
    while ((result->state == NF_TEST_FAIL || result->state == NF_TEST_ERROR) &&
           result->tries <= r->options->retries) {
        nf_test_state first = result->state;
        size_t known = result->failure_count;
        result->state = NF_TEST_PASS;
        result->tries++;
        result->assertions = 0;
        try_item(r, looker, item);
        if (result->state == NF_TEST_PASS) {
            result->state = NF_TEST_FLAKY;
        } else { /* the failures of the last try are as good as the first */
            result->failure_count = known;
            result->state = first;
        }
    }
    test_runner_retrace(r, looker, item);
}

/* ---- several at once (E45) ----------------------------------------------- */

/* Workers take the items in order; whoever tells of them waits for each. */
typedef struct crew {
    runner *runner;
    test_suite *suite;
    size_t next; /* item to take */
    size_t done; /* items that have finished */
    bool stop;
    nf_error problem; /* of a worker */
    pthread_mutex_t lock;
    pthread_cond_t finished;
} crew;

static bool runs_alone(const test_item *item)
{
    return !item->decided &&
           (nf_test_tag_find(&item->test->tags, "sequential") ||
            nf_test_tag_find(&item->file->header, "sequential"));
}

static test_item *take_item(crew *c)
{
    test_item *item = NULL;
    pthread_mutex_lock(&c->lock);
    while (!item && !c->stop && c->next < c->suite->count) {
        item = &c->suite->items[c->next++];
        if (runs_alone(item))
            item = NULL;
    }
    pthread_mutex_unlock(&c->lock);
    return item;
}

/* What a worker saw goes to what all saw. */
static void give_coverage(crew *c, nf_test_looker *looker)
{
    pthread_mutex_lock(&c->lock);
    if (looker->coverage && c->runner->looker.coverage)
        nf_coverage_merge(c->runner->looker.coverage, looker->coverage,
                          &c->problem);
    pthread_mutex_unlock(&c->lock);
    nf_coverage_free(looker->coverage);
}

static void *work(void *argument)
{
    crew *c = argument;
    nf_test_looker looker;
    nf_error err = {0};
    if (test_runner_look(&looker, c->runner, &err) != NF_OK)
        looker = (nf_test_looker){0}; /* its tests run unseen */
    for (test_item *item; (item = take_item(c));) {
        run_item(c->runner, &looker, item);
        pthread_mutex_lock(&c->lock);
        item->finished = true;
        c->done++;
        pthread_cond_broadcast(&c->finished);
        pthread_mutex_unlock(&c->lock);
    }
    give_coverage(c, &looker);
    pthread_mutex_lock(&c->lock);
    if (nf_error_is_set(&err) && !nf_error_is_set(&c->problem))
        c->problem = err;
    pthread_mutex_unlock(&c->lock);
    return NULL;
}

static void tell_progress(const runner *r, const test_suite *suite, size_t done)
{
    const nf_test_options *o = r->options;
    if (o->progress)
        o->progress(o->progress_user, "tests", (int64_t)done,
                    (int64_t)suite->count);
}

/* Tells how many have finished while it waits for one. */
static void wait_for(crew *c, const test_item *item)
{
    pthread_mutex_lock(&c->lock);
    while (!item->finished) {
        size_t done = c->done;
        pthread_mutex_unlock(&c->lock);
        tell_progress(c->runner, c->suite, done);
        pthread_mutex_lock(&c->lock);
        if (!item->finished && done == c->done)
            pthread_cond_wait(&c->finished, &c->lock);
    }
    pthread_mutex_unlock(&c->lock);
}

/* Those with @sequential run when the workers have ended, one by one: results
 * are told in the order of the files all the same. */
static nf_status run_parallel(runner *r, test_suite *suite, size_t jobs,
                              nf_error *err)
{
    crew c = {.runner = r, .suite = suite};
    pthread_t threads[JOBS_MAX];
    size_t started = 0, alone = 0;
    nf_status status = NF_OK;
    pthread_mutex_init(&c.lock, NULL);
    pthread_cond_init(&c.finished, NULL);
    for (size_t i = 0; i < suite->count; i++)
        alone += runs_alone(&suite->items[i]);
    while (started < jobs &&
           pthread_create(&threads[started], NULL, work, &c) == 0)
        started++;
    if (!started)
        work(&c);
    for (size_t i = 0; !alone && status == NF_OK && i < suite->count; i++) {
        wait_for(&c, &suite->items[i]);
        status = test_runner_finish(r, &suite->items[i], err);
    }
    pthread_mutex_lock(&c.lock);
    c.stop = status != NF_OK;
    pthread_mutex_unlock(&c.lock);
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    for (size_t i = 0; alone && status == NF_OK && i < suite->count; i++) {
        if (runs_alone(&suite->items[i]))
            run_item(r, &r->looker, &suite->items[i]);
        status = test_runner_finish(r, &suite->items[i], err);
        tell_progress(r, suite, i + 1);
    }
    if (status == NF_OK)
        status = nf_error_pass(&c.problem, err);
    pthread_cond_destroy(&c.finished);
    pthread_mutex_destroy(&c.lock);
    return status;
}

nf_status test_runner_run(runner *r, test_suite *suite, nf_error *err)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    size_t jobs = r->options->jobs ? r->options->jobs
                  : processors > 0 ? (size_t)processors
                                   : 1;
    nf_status status = NF_OK;
    jobs = jobs < suite->count ? jobs : suite->count;
    if (jobs > 1)
        return run_parallel(r, suite, jobs < JOBS_MAX ? jobs : JOBS_MAX, err);
    for (size_t i = 0; status == NF_OK && i < suite->count; i++) {
        run_item(r, &r->looker, &suite->items[i]);
        status = test_runner_finish(r, &suite->items[i], err);
        tell_progress(r, suite, i + 1);
    }
    return status;
}
