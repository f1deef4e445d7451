/* A sweep: one run, tried with every fault that can meet it (synchronize W54,
 * W57; docs/faults.md). */
#include "library/sweep.h"

#include "library/options.h"

#include "interpreter/bindings.h"

#include <stdlib.h>

static nf_status start(sweep *s, nf_error *err)
{
    nf_clock clock = nf_clock_system();
    nf_status status;

    if (s->given->now && strlen(s->given->now) < sizeof s->now)
        memcpy(s->now, s->given->now, strlen(s->given->now) + 1);
    else
        nf_instant_format(clock.now(clock.user), s->now);
    nf_random_seed(&s->dice, s->options->seed);
    status = nf_faults_new(&s->none, "", err);
    if (status != NF_OK)
        return status;
    nf_faults_crash_in_process(s->none); /* so files need not be durable */
    status = sweep_prepare(s, err);
    if (status == NF_OK)
        status = sweep_fix(s, err);
    return status == NF_OK ? sweep_baseline(s, err) : status;
}

static nf_status summary(const sweep *s, nf_write_fn write, void *user,
                         nf_error *err)
{
    char line[256];
    int length = snprintf(
        line, sizeof line,
        "%zu faults (%zu of them double): %zu failed, %zu crashed, %zu not "
        "met; %zu broken; seed %llu\n",
        s->done, s->done > s->single_count ? s->done - s->single_count : 0,
        s->failed, s->crashed, s->missed, s->broken,
        (unsigned long long)s->options->seed);

    if (write(user, line, (size_t)length))
        return NF_OK;
    return nf_error_set(err, NF_INPUT, "unwritable",
                        "the output can't be written");
}

static void dispose(sweep *s)
{
    sweep_clean(s);
    nf_faults_free(s->none);
    for (size_t i = 0; i < s->plan_count; i++)
        nf_free(s->plans[i]);
    nf_free(s->plans);
    nf_free(s->device_before);
    nf_free(s->device_after);
    nf_free(s->device_end);
    nf_free(s->server_end);
}

nf_status nf_sweep(size_t *broken, const nf_app *app,
                   const nf_session_options *session,
                   const nf_sweep_options *options, nf_write_fn write,
                   void *user, nf_error *err)
{
    nf_session_options given;
    nf_sweep_options how;
    sweep s = {.app = app, .given = &given, .options = &how};
    nf_status status = nf_options_read(&given, sizeof given, session,
                                       "options of a session", err);

    *broken = 0;
    if (status == NF_OK)
        status = nf_options_read(&how, sizeof how, options,
                                 "options of a sweep", err);
    if (status == NF_OK)
        status = start(&s, err);
    for (size_t i = 0; status == NF_OK && i < s.plan_count; i++)
        status = sweep_case(&s, i, write, user, err);
    if (status == NF_OK)
        status = summary(&s, write, user, err);
    *broken = s.broken;
    dispose(&s);
    return status;
}
