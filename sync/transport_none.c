/* No server at all: every exchange fails as an unreachable one does, so a
 * device without a server is like one without a network (synchronize S25). */
#include "sync/transport.h"

#include "base/memory.h"

static nf_status exchange(nf_sync_transport *transport,
                          const nf_sync_request *request,
                          nf_sync_response *response, int timeout_ms,
                          nf_error *err)
{
    (void)transport;
    (void)request;
    (void)response;
    (void)timeout_ms;
    return nf_error_set(err, NF_FAILED, "SYNC_NETWORK",
                        "The server could not be reached (SYNC_NETWORK)");
}

static void cancel(nf_sync_transport *transport)
{
    (void)transport;
}

static void free_transport(nf_sync_transport *transport)
{
    nf_free(transport);
}

nf_status nf_sync_none_new(nf_sync_transport **out, nf_error *err)
{
    static const nf_sync_transport_ops ops = {exchange, cancel, free_transport, NULL};

    *out = nf_alloc(sizeof **out);
    if (!*out)
        return nf_error_nomem(err);
    (*out)->ops = &ops;
    (*out)->address = "";
    return NF_OK;
}
