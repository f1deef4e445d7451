/* What a host hears of synchronizations (activities Y10, H3, H6; synchronize
 * S123, S148): of those that a flow starts and of those that the host or the
 * program starts, in one form. */
#ifndef NF_ACTIVITIES_SYNC_EVENTS_H
#define NF_ACTIVITIES_SYNC_EVENTS_H

#include "interpreter/world.h"
#include "sync/sync.h"

/* The document of `sync --json` (design §5); json_object_put; NULL when out of
 * memory. */
struct json_object *nf_sync_outcome_json(const nf_sync_outcome *outcome);

/* syncStarted. */
void nf_tell_sync_started(nf_world *world, nf_sync_kind kind);
/* syncProgress. */
void nf_tell_sync_progress(nf_world *world, const char *phase, int64_t done,
                           int64_t total);
/* objectsChanged and objectsDeleted per entity, then syncFinished, or
 * syncFailed with the error's kind and text; SYNC_PARTIAL has all of them.
 * `initial`: it is the initial one, also where it failed. */
nf_status nf_tell_sync_ended(nf_world *world, nf_sync_kind kind, bool initial,
                             const nf_error *error, nf_error *err);

#endif
