/* What only the server can do for a nanoflow: objects of entities with mode
 * Online, and creations that need it (synchronize S73, domain D82). */
#ifndef NF_ACTIVITIES_ONLINE_H
#define NF_ACTIVITIES_ONLINE_H

#include "activities/support.h"
#include "sync/sync.h"

/* Whether a nanoflow's profile keeps objects of the entity on the server. */
bool nf_is_online(nf_call *call, const nf_entity *entity);
/* Whether only the server can make such a non-persistable object: its creation
 * runs microflows, or the user may see values that he may not set. */
bool nf_is_made_by_server(nf_call *call, const nf_entity *entity);

/* Asks the server, as an activity's execute: NF_PENDING with *waits set, or the
 * end with *waits NULL and *result (the caller's). `request` counts at the
 * first call only. network_error if it can't be reached. */
nf_status nf_online_ask(nf_call *call, const nf_online_request *request,
                        nf_sync_flow_call **waits, nf_value *result,
                        nf_error *err);
/* What an activity does that may ask the server: nf_activity.execute with the
 * call that it waits for instead of a state of its own. */
typedef nf_status nf_online_act(nf_call *call, const void *data,
                                nf_sync_flow_call **waits, nf_error *err);
/* As nf_activity.execute: one step of `act`; *state is what still waits. */
nf_status nf_online_execute(nf_online_act *act, nf_call *call, const void *data,
                            void **state, nf_error *err);
/* As nf_activity.cancel, of activities whose state is such a call. */
void nf_online_cancel(void *state);

/* nf_commit_objects for whatever entity. *waits as above. */
nf_status nf_online_commit(nf_call *call, nf_object *const *items, size_t count,
                           nf_commit_mode mode, nf_sync_flow_call **waits,
                           nf_error *err);
/* Whether all of some objects are Online; entity_not_available if some are and
 * some are not: no activity can do both as one step. */
nf_status nf_all_online(nf_call *call, nf_object *const *items, size_t count,
                        bool *out, nf_error *err);

#endif
