/* What a run of the client waits for, for hosts with a loop of their own: the
 * transport's descriptors, or the time of the next attempt (S147). */
#include "sync/client.h"

#include <poll.h>

enum { WATCHES = 16, LONGEST_MS = 60 * 1000 };

static int64_t until_attempt(const nf_sync_call *call)
{
    int64_t left = call->wait_until - call->clock.now(call->clock.user);
    return left > 0 ? left : 0;
}

size_t nf_sync_watch(const nf_sync_client *client, nf_watch *watches,
                     size_t room, int *timeout_ms)
{
    const nf_sync_call *call = &client->call;
    nf_sync_transport *transport = client->transport;

    *timeout_ms = -1;
    if (!nf_sync_running(client))
        return 0;
    *timeout_ms = 0;
    if (!call->active)
        return 0;
    if (call->wait_until) {
        int64_t left = until_attempt(call);

        *timeout_ms = left < LONGEST_MS ? (int)left : LONGEST_MS;
        return 0;
    }
    if (!transport->ops->watch)
        return 0;
    return transport->ops->watch(transport, watches, room, timeout_ms);
}

void nf_sync_wait(nf_sync_client *client, int timeout_ms)
{
    struct pollfd descriptors[WATCHES];
    nf_watch watches[WATCHES];
    int longest;
    size_t count = nf_sync_watch(client, watches, WATCHES, &longest);

    if (longest >= 0 && longest < timeout_ms)
        timeout_ms = longest;
    if (timeout_ms <= 0)
        return;
    if (client->call.active && client->call.wait_until) {
        client->call.clock.wait(client->call.clock.user, timeout_ms);
        return;
    }
    for (size_t i = 0; i < count; i++)
        descriptors[i] = (struct pollfd){
            .fd = watches[i].fd,
            .events = (short)((watches[i].readable ? POLLIN : 0) |
                              (watches[i].writable ? POLLOUT : 0))};
    (void)poll(descriptors, count, timeout_ms);
}
