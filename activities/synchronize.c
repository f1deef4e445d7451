/* Synchronize (activities Y1 … Y10; synchronize S1 … S4, S16, S126). The
 * activity decides which objects are meant; the engine in sync/ does the rest,
 * one step at a time, and has brought variables and lists up to date when it
 * ends (S124). */
#include "activities/activities.h"
#include "activities/selection.h"
#include "activities/sync_events.h"

#include "base/memory.h"
#include "sync/sync.h"

#include <string.h>


typedef struct synchronize {
    nf_sync_kind kind;
    nf_selection_variables selection;
} synchronize;

/* ---- bind ---------------------------------------------------------------- */

/* A selection of nothing is a mistake of the modeller. */
static bool bind_selected(nf_binder *binder, synchronize *bound,
                          const nf_element *action)
{
    if (!nf_element_count(action, "VariableNames"))
        nf_bind_error(binder, "not_found", "",
                      "No object or list is selected to be synchronized");
    return nf_bind_selection(binder, action, &bound->selection);
}

static nf_status bind(nf_binder *binder, const nf_element *action, void **out)
{
    const char *type = nf_element_string(action, "Type", "All"); /* S1 */
    synchronize *bound = nf_bind_alloc(binder, sizeof *bound);

    if (!bound)
        return NF_NOMEM;
    *out = bound;
    if (strcmp(type, "All") == 0) {
        bound->kind = NF_SYNC_RUN_ALL;
    } else if (strcmp(type, "Unsynchronized") == 0) {
        bound->kind = NF_SYNC_RUN_UNSYNCHRONIZED;
    } else if (strcmp(type, "Specific") == 0) {
        bound->kind = NF_SYNC_RUN_SELECTED;
        return bind_selected(binder, bound, action) ? NF_OK : NF_NOMEM;
    } else {
        nf_bind_error(binder, "bad_flow", "",
                      "\"%s\" is no synchronization mode", type);
    }
    return NF_OK;
}

/* ---- execute ------------------------------------------------------------- */

static nf_status check_world(const nf_world *world, nf_error *err)
{
    if (world->profile && !world->profile->offline)
        return nf_sync_error("SYNC_NOT_OFFLINE", err);
    if (!world->sync)
        return nf_sync_error("SYNC_NETWORK", err);
    return NF_OK;
}

static nf_status start(nf_call *call, const synchronize *bound, nf_error *err)
{
    nf_world *world = nf_call_world(call);
    nf_object **objects = NULL;
    size_t count = 0;
    nf_status status;

    nf_tell_sync_started(world, bound->kind);
    status = check_world(world, err);
    if (!status && bound->kind == NF_SYNC_RUN_SELECTED)
        status =
            nf_call_selection(call, &bound->selection, &objects, &count, err);
    if (!status)
        status = nf_sync_start(world->sync, bound->kind, objects, count, err);
    nf_free(objects);
    return status;
}

static nf_status execute(nf_call *call, const void *data, void **state,
                         nf_error *err)
{
    const synchronize *bound = data;
    nf_world *world = nf_call_world(call);
    nf_status status = NF_OK;

    if (!*state)
        status = start(call, bound, err);
    if (!status) {
        status = nf_sync_step(world->sync, world->patience_ms, err);
        if (status == NF_PENDING) {
            *state = world->sync;
            return NF_PENDING;
        }
    }
    *state = NULL;
    if (status && !nf_error_is_set(err))
        nf_error_set(err, NF_FAILED, "SYNC_SERVER",
                     "The server failed to synchronize (SYNC_SERVER)");
    nf_tell_sync_ended(world, bound->kind, false, status ? err : NULL, NULL);
    return status;
}

/* The flow ends while it waits: nobody goes on with the run. */
static void cancel(void *state)
{
    nf_sync_client *client = state;

    if (client)
        nf_sync_abandon(client);
}

const nf_activity nf_activity_synchronize = {
    .type = "Microflows$SynchronizeAction",
    .caption = "Synchronize",
    .flags = NF_ACTIVITY_NANOFLOW,
    .bind = bind,
    .execute = execute,
    .cancel = cancel,
};
