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
};

/* client_overlay.c: `over` of a reply. Checks all of it, once what was pushed
 * is noted; then, when that is applied, changes the objects in memory. */
nf_status nf_overlays_check(nf_sync_client *client, const bson_t *reply,
                            nf_error *err);
nf_status nf_overlays_take(nf_sync_client *client, const bson_t *reply,
                           nf_error *err);

#endif
