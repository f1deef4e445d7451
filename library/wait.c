/* Waiting, in a loop of the host or in ours. */
#include "library/session.h"

#include <time.h>

enum {
    LONGEST_MS = 50, /* between looks at the cancel flag */
    HOST_MS = 1,     /* until a function of the host is asked again */
};

int nf_session_patience(const nf_session *s, bool blocking)
{
    return blocking || nf_clock_is_still(&s->clock) ? LONGEST_MS : 0;
}

/* Milliseconds until a call of a flow has taken too long; -1: no limit. */
static int until_deadline(const nf_session *s)
{
    int64_t deadline = nf_session_deadline(s), left;

    if (!deadline)
        return -1;
    left = deadline - nf_clock_elapsed();
    return left <= 0 ? 0 : left < INT32_MAX ? (int)left : INT32_MAX;
}

size_t nf_session_watch(nf_session *s, nf_watch *watches, size_t room,
                        int *timeout_ms)
{
    int deadline = until_deadline(s);
    int timer = nf_javascript_next(s->javascript);
    size_t count = 0;

    *timeout_ms = -1;
    if (s->sync)
        count = nf_sync_watch(s->sync, watches, room, timeout_ms);
    if (timer >= 0 && (*timeout_ms < 0 || timer < *timeout_ms))
        *timeout_ms = timer;
    if (deadline >= 0 && (*timeout_ms < 0 || deadline < *timeout_ms))
        *timeout_ms = deadline;
    return count;
}

void nf_session_wait(nf_session *s, int timeout_ms)
{
    bool syncing = s->sync && nf_sync_running(s->sync);
    int most = syncing ? LONGEST_MS : HOST_MS;

    if (timeout_ms < 0 || timeout_ms > most)
        timeout_ms = most;
    if (nf_session_is_cancelled(s))
        return;
    if (syncing) {
        nf_sync_wait(s->sync, timeout_ms);
    } else {
        const struct timespec time = {0, timeout_ms * 1000000L};
        nanosleep(&time, NULL);
    }
}
