/* What devices ask for and must happen once, however often the request comes
 * (synchronize W48, W58): it runs in a transaction with its answer, which is
 * the device's until its next call, for a day at most. */
#ifndef NF_SERVER_CALL_H
#define NF_SERVER_CALL_H

#include "server/flows.h"
#include "server/internal.h"
#include "sync/codec_call.h"

typedef struct nf_server_call nf_server_call;
struct nf_server_call {
    nf_server *server;
    nf_server_session *session;
    const char *what; /* for the log and for people: microflow "M.F" */
    /* Does it in `flows` and writes the document of the reply; what it did is
     * undone if it fails. */
    nf_status (*work)(nf_server_call *call, nf_error *err);
    /* Kinds of errors that the device is told as they are. */
    const char *const *told;
    size_t told_count;
    /* ---- for `work` ---- */
    nf_sync_id id;
    bson_t request;
    nf_server_flows *flows;
    nf_shared_objects *shared;
    nf_buffer answer;
};

/* Answers from what is stored, or does it. A request without an id is refused
 * with 400. */
nf_status nf_server_call_once(nf_server_call *call,
                              const nf_sync_request *request,
                              nf_sync_response *response, nf_error *err);

#endif
