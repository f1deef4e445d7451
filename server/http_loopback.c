/* Device and server in one process with HTTP between them, on one thread: while
 * the client waits, the server works. So what passes over sockets repeats, and
 * a plan of faults sees both sides (synchronize W49). */
#include "base/memory.h"
#include "server/http.h"
#include "server/internal.h"

enum { STEP_MS = 1 };

typedef struct loopback {
    nf_sync_transport base;
    nf_sync_transport *client;
    nf_http *http;
} loopback;

static nf_status loopback_exchange(nf_sync_transport *transport,
                                   const nf_sync_request *request,
                                   nf_sync_response *response, int timeout_ms,
                                   nf_error *err)
{
    loopback *l = (loopback *)transport;
    int64_t end = nf_clock_elapsed() + timeout_ms;
    nf_status status;

    do {
        status = l->client->ops->exchange(l->client, request, response, 0, err);
        if (status == NF_PENDING &&
            nf_http_step(l->http, STEP_MS, err) != NF_PENDING) {
            l->client->ops->cancel(l->client);
            return nf_fault_cut(err);
        }
    } while (status == NF_PENDING && nf_clock_elapsed() < end);
    return status;
}

static void loopback_cancel(nf_sync_transport *transport)
{
    loopback *l = (loopback *)transport;
    l->client->ops->cancel(l->client);
}

static void loopback_free(nf_sync_transport *transport)
{
    loopback *l = (loopback *)transport;
    nf_sync_transport_free(l->client);
    nf_http_free(l->http);
    nf_free(l);
}

static const nf_sync_transport_ops loopback_ops = {
    loopback_exchange, loopback_cancel, loopback_free, NULL};

static nf_status connect_both(loopback *l, nf_server *server, nf_clock clock,
                              nf_error *err)
{
    nf_http_options serving = {.server = server,
                               .listen = "127.0.0.1:0",
                               .limits = nf_http_default_limits()};
    nf_sync_http_options asking = {.clock = clock};
    nf_status status = nf_http_new(&l->http, &serving, err);

    if (status != NF_OK)
        return status;
    asking.address = nf_http_address(l->http);
    status = nf_sync_http_new(&l->client, &asking, err);
    if (status != NF_OK)
        return status;
    l->base.ops = &loopback_ops;
    l->base.address = server->address; /* the port is another each time */
    l->base.remote = true;
    l->base.packs = l->client->packs;
    return NF_OK;
}

nf_status nf_http_loopback(nf_sync_transport **out, nf_server *server,
                           nf_clock clock, nf_error *err)
{
    loopback *l = nf_alloc(sizeof *l);
    nf_status status;

    *out = NULL;
    if (!l)
        return nf_error_nomem(err);
    status = connect_both(l, server, clock, err);
    if (status != NF_OK) {
        loopback_free(&l->base);
        return status;
    }
    *out = &l->base;
    return NF_OK;
}
