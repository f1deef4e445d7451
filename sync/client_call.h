/* A call of a microflow, inside of the device's side. */
#ifndef NF_SYNC_CLIENT_CALL_H
#define NF_SYNC_CLIENT_CALL_H

#include "sync/client.h"
#include "sync/codec_call.h"

struct nf_sync_flow_call {
    nf_sync_client *client;
    nf_sync_flow_call *next; /* of the client's */
    const nf_flow *flow;
    nf_sync_id id;
    nf_shared_objects *shared;
    nf_buffer body, reply;
    bool begun; /* its run is, or has been, under way */
    nf_value result;
    /* Objects of the server instead of a microflow (`flow` NULL). */
    nf_online_operation operation;
    const nf_entity *entity;
    nf_object **sent; /* held */
    size_t sent_count;
    bool done;
    struct nf_online_incoming *incoming;
    size_t incoming_count, incoming_capacity;
};

/* An object as the server has it. */
typedef struct nf_online_incoming {
    const nf_entity *entity;
    int64_t id;
    nf_value *values;
    uint64_t *given, *read_only, *inaccessible;
} nf_online_incoming;

/* client_objects.c: the path of such a request; the reply, all of it before any
 * of it shows; what it does to objects in memory; what is freed with the call.
 */
const char *nf_objects_call_path(const nf_sync_flow_call *call);
nf_status nf_objects_call_read(nf_sync_flow_call *call, const bson_t *reply,
                               nf_error *err);
nf_status nf_objects_call_take(nf_sync_flow_call *call, nf_error *err);
void nf_objects_call_dispose(nf_sync_flow_call *call);
void nf_online_rights_free(nf_sync_client *client);
/* What both kinds begin with, its id included. Freed by nf_sync_call_flow_free.
 */
nf_status nf_sync_call_new(nf_sync_flow_call **out, nf_sync_client *client,
                           nf_error *err);

/* client_overlay.c: `over` of a reply. Checks all of it, once what was pushed
 * is noted; then, when that is applied, changes the objects in memory. */
nf_status nf_overlays_check(nf_sync_client *client, const bson_t *reply,
                            nf_error *err);
nf_status nf_overlays_take(nf_sync_client *client, const bson_t *reply,
                           nf_error *err);

#endif
