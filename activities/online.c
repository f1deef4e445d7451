/* See online.h. */
#include "activities/online.h"

bool nf_is_online(nf_call *call, const nf_entity *entity)
{
    const nf_world *world = nf_call_world(call);

    return nf_call_engine(call) == NF_ENGINE_CLIENT && !world->for_device &&
           world->profile && entity->kind == NF_ENTITY_PERSISTABLE &&
           nf_profile_config(world->profile, entity).mode == NF_SYNC_ONLINE;
}

bool nf_is_made_by_server(nf_call *call, const nf_entity *entity)
{
    return nf_call_engine(call) == NF_ENGINE_CLIENT &&
           entity->kind == NF_ENTITY_NON_PERSISTABLE &&
           nf_needs_server(call, entity);
}

/* Without a server to ask. */
static nf_status no_server(const nf_online_request *request, nf_error *err)
{
    const nf_entity *entity =
        request->entity ? request->entity : request->objects[0]->entity;

    if (entity->kind == NF_ENTITY_PERSISTABLE)
        return nf_error_set(err, NF_FAILED, "network_error",
                            "Objects of \"%s\" are on the server only (mode "
                            "Online), and there is no server",
                            entity->qualified);
    return nf_error_set(err, NF_FAILED, "network_error",
                        "Only the server can create objects of \"%s\": it has "
                        "event handlers, or attributes that are calculated or "
                        "read-only",
                        entity->qualified);
}

/* Who waits for all of a flow would wait for ever if another flow of the
 * session has a synchronization (S156). */
static bool waits_for_ever(nf_call *call, const nf_sync_flow_call *waits)
{
    return nf_call_world(call)->patience_ms > 0 &&
           nf_sync_flow_call_waits(waits);
}

nf_status nf_online_ask(nf_call *call, const nf_online_request *request,
                        nf_sync_flow_call **waits, nf_value *result,
                        nf_error *err)
{
    nf_world *world = nf_call_world(call);
    nf_status status = NF_OK;
    nf_error problem = {0};

    *result = nf_empty();
    if (!*waits)
        status = world->sync ? nf_sync_objects_call(waits, world->sync, request,
                                                    &problem)
                             : no_server(request, &problem);
    if (status == NF_OK && waits_for_ever(call, *waits))
        status = nf_sync_error("SYNC_BUSY", &problem);
    else if (status == NF_OK)
        status = nf_sync_call_flow_step(*waits, world->patience_ms, result,
                                        &problem);
    if (status == NF_PENDING)
        return status;
    nf_sync_call_flow_free(*waits);
    *waits = NULL;
    if (status == NF_OK)
        return NF_OK;
    if (status == NF_NOMEM)
        return nf_error_nomem(err);
    if (!strcmp(problem.code, "network_error") && request->entity &&
        request->entity->kind == NF_ENTITY_NON_PERSISTABLE)
        nf_error_detail(&problem, "NPE_NEEDS_SERVER");
    return nf_error_pass(&problem, err);
}

nf_status nf_online_execute(nf_online_act *act, nf_call *call, const void *data,
                            void **state, nf_error *err)
{
    nf_sync_flow_call *waits = *state;
    nf_status status = act(call, data, &waits, err);

    if (status != NF_PENDING && waits) { /* its variable has gone meanwhile */
        nf_sync_call_flow_free(waits);
        waits = NULL;
    }
    *state = waits;
    return status;
}

void nf_online_cancel(void *state)
{
    nf_sync_call_flow_free(state);
}

nf_status nf_all_online(nf_call *call, nf_object *const *items, size_t count,
                        bool *out, nf_error *err)
{
    size_t online = 0;

    for (size_t i = 0; i < count; i++)
        online += nf_is_online(call, items[i]->entity);
    *out = online > 0;
    return online == 0 || online == count
               ? NF_OK
               : nf_error_set(err, NF_FAILED, "entity_not_available",
                              "The list has objects that are on the server "
                              "only, and others; they can't be stored in one "
                              "step");
}

nf_status nf_online_commit(nf_call *call, nf_object *const *items, size_t count,
                           nf_commit_mode mode, nf_sync_flow_call **waits,
                           nf_error *err)
{
    const nf_online_request request = {
        .operation = NF_ONLINE_COMMIT, .objects = items, .count = count};
    bool online = false;
    nf_value done;
    nf_status status = NF_OK;

    if (mode != NF_COMMIT_NO)
        status = nf_all_online(call, items, count, &online, err);
    if (status || !online)
        return status ? status
                      : nf_commit_objects(call, items, count, mode, err);
    status = nf_online_ask(call, &request, waits, &done, err);
    if (status == NF_OK && done.kind == NF_KIND_BOOLEAN && done.as.boolean)
        status = nf_tell_committed(call, items, count, err);
    return status;
}
