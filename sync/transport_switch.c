/* A connection that can be taken away: while it is off, every exchange fails as
 * that of a device without a network does (synchronize S25). */
#include "sync/transport.h"

#include "base/memory.h"

typedef struct switched_transport {
    nf_sync_transport base;
    nf_sync_transport *inner;
    const bool *offline;
} switched_transport;

static void cancel(nf_sync_transport *transport)
{
    nf_sync_transport *inner = ((switched_transport *)transport)->inner;
    inner->ops->cancel(inner);
}

static nf_status exchange(nf_sync_transport *transport,
                          const nf_sync_request *request,
                          nf_sync_response *response, int timeout_ms,
                          nf_error *err)
{
    switched_transport *t = (switched_transport *)transport;
    if (!*t->offline) {
        nf_status status = t->inner->ops->exchange(t->inner, request, response,
                                                   timeout_ms, err);
        t->base.address = t->inner->address;
        return status;
    }
    cancel(transport); /* what was under way when it went */
    return nf_error_set(err, NF_FAILED, "SYNC_NETWORK",
                        "The server could not be reached (SYNC_NETWORK)");
}

static size_t watch(nf_sync_transport *transport, nf_watch *watches,
                    size_t room, int *timeout_ms)
{
    nf_sync_transport *inner = ((switched_transport *)transport)->inner;
    *timeout_ms = 0;
    return inner->ops->watch
               ? inner->ops->watch(inner, watches, room, timeout_ms)
               : 0;
}

static void free_transport(nf_sync_transport *transport)
{
    nf_sync_transport_free(((switched_transport *)transport)->inner);
    nf_free(transport);
}

nf_status nf_sync_switched_new(nf_sync_transport **out,
                               nf_sync_transport *inner, const bool *offline,
                               nf_error *err)
{
    static const nf_sync_transport_ops ops = {exchange, cancel, free_transport,
                                              watch};
    switched_transport *t = nf_alloc(sizeof *t);

    *out = NULL;
    if (!t) {
        nf_sync_transport_free(inner);
        return nf_error_nomem(err);
    }
    t->base.ops = &ops;
    t->base.address = inner->address;
    t->base.remote = inner->remote;
    t->base.packs = inner->packs;
    t->inner = inner;
    t->offline = offline;
    *out = &t->base;
    return NF_OK;
}
