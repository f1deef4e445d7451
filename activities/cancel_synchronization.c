/* Cancel synchronization (activities Y11; synchronize S145): asks the one that
 * runs to stop. It never fails, and does nothing where none runs. */
#include "activities/activities.h"

#include "sync/sync.h"

static nf_status bind(nf_binder *binder, const nf_element *action, void **out)
{
    (void)binder;
    (void)action;
    *out = NULL;
    return NF_OK;
}

static nf_status execute(nf_call *call, const void *data, void **state,
                         nf_error *err)
{
    nf_world *world = nf_call_world(call);

    (void)data;
    (void)state;
    (void)err;
    if (world->sync)
        nf_sync_cancel(world->sync);
    return NF_OK;
}

const nf_activity nf_activity_cancel_synchronization = {
    .type = "Microflows$CancelSynchronizationAction",
    .caption = "Cancel synchronization",
    .flags = NF_ACTIVITY_NANOFLOW,
    .bind = bind,
    .execute = execute,
};
