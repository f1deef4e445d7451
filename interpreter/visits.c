/* Visits of activities, and what may end a call between two of them. */
#include "interpreter/instructions.h"

/* What an activity keeps while it waits is handed to it until it has ended. */
nf_status nf_execution_visit(nf_execution *x, nf_frame *frame,
                             unsigned activity, nf_error *err)
{
    const nf_activity_site *site = &frame->program->activities[activity];
    nf_call call = {.execution = x, .frame = frame, .caption = site->caption};
    nf_status status = NF_OK;

    if (x->waiting != site) /* first visit */
        x->pending = NULL;
    status = nf_execution_check(x, err);
    if (status && x->waiting && site->activity->cancel)
        site->activity->cancel(x->pending);
    if (!status)
        status = site->activity->execute(&call, site->bound, &x->pending, err);
    x->waiting = status == NF_PENDING ? site : NULL;
    if (status == NF_OK && call.too_long)
        status = nf_list_too_long(nf_list_limit(&x->world->environment), err);
    if (status == NF_OK && call.mismatch)
        status = nf_error_set(err, NF_FAILED, "type_mismatch",
                              "The result does not fit the variable");
    if (status != NF_PENDING)
        x->pending = NULL;
    return status;
}

nf_status nf_execution_check(nf_execution *x, nf_error *err)
{
    const nf_world *world = x->world;

    x->check_at = x->steps + NF_CHECK_INTERVAL;
    if (x->check_at > x->step_limit)
        x->check_at = x->step_limit + 1;
    if (world->cancelled && __atomic_load_n(world->cancelled, __ATOMIC_RELAXED))
        return nf_error_set(err, NF_CANCELLED, "cancelled",
                            "The call was cancelled");
    if (x->steps > x->step_limit)
        return nf_error_set(err, NF_FAILED, "budget_exceeded",
                            "The call executed more than %llu elements",
                            (unsigned long long)x->step_limit);
    if (world->environment.limits.deadline &&
        nf_clock_elapsed() >= world->environment.limits.deadline) {
        nf_error_set(err, NF_FAILED, "budget_exceeded",
                     "The call took longer than it may");
        nf_error_detail(err, "timeout");
        return NF_FAILED;
    }
    return NF_OK;
}
