/* A server behind HTTP that fails on purpose (docs/faults.md): what its plan
 * says about messages happens to real connections. A connection that is cut
 * closes without a reply, or in the middle of one. */
#include "server/http_fault.h"

#include "server/internal.h"

static bool is_due(nf_fault *out, const nf_http_exchange *x, const char *point,
                   int64_t from, int64_t to)
{
    return point && nf_fault_due(out, x->http->options.faults, point, from, to);
}

/* A request that is refused may have no path. */
static const nf_fault_kind *kind_of(const nf_http_exchange *x)
{
    static const nf_fault_kind none = {0};

    return x->http->options.faults && !x->refusal.status && !x->asked.health
               ? nf_fault_kind_of(&x->asked.request)
               : &none;
}

/* The request is delivered once more; nobody gets that reply. */
static void deliver(nf_http_exchange *x)
{
    nf_sync_response lost = {0};

    nf_buffer_init(&lost.body, NF_SYNC_MESSAGE_MAX);
    (void)nf_http_ask(x, &lost, NULL);
    nf_buffer_dispose(&lost.body);
}

/* What every point does alike. A request can't be held back for the next one
 * of a device, which comes by another connection: that is a cut. */
static nf_http_fate meet(nf_http_exchange *x, const nf_fault *fault)
{
    switch (fault->action) {
    case NF_FAULT_DELAY:
        nf_fault_delay(x->http->options.faults, fault);
        return NF_HTTP_GOES_ON;
    case NF_FAULT_DUPLICATE:
        deliver(x);
        return NF_HTTP_GOES_ON;
    case NF_FAULT_STATUS:
        x->refusal = (nf_http_refusal){.status = (int)fault->argument,
                                       .code = "SYNC_SERVER",
                                       .text = "a fault of the server's plan"};
        x->retry_ms = (int)(fault->wait < INT32_MAX ? fault->wait : INT32_MAX);
        return NF_HTTP_REFUSES;
    case NF_FAULT_CRASH:
        nf_fault_crash(x->http->options.faults);
        return NF_HTTP_CLOSES;
    default:
        return NF_HTTP_CLOSES;
    }
}

nf_http_fate nf_http_fault_before(nf_http_exchange *x)
{
    nf_fault fault;

    if (!is_due(&fault, x, kind_of(x)->before, 0, 0))
        return NF_HTTP_GOES_ON;
    if (fault.action == NF_FAULT_CORRUPT && x->body.length)
        x->body.data[x->body.length / 2] ^= 0x10;
    else if (fault.action == NF_FAULT_TRUNCATE)
        x->body.length /= 2;
    else
        return meet(x, &fault);
    return NF_HTTP_GOES_ON;
}

nf_http_fate nf_http_fault_bytes(nf_http_exchange *x, size_t size)
{
    int64_t offset = x->asked.request.offset;
    int64_t to = (offset > 0 ? offset : 0) + (int64_t)x->body.length;
    int64_t from = to - (int64_t)size;
    nf_fault fault;

    if (!is_due(&fault, x, kind_of(x)->up, from, to))
        return NF_HTTP_GOES_ON;
    if (fault.action != NF_FAULT_CORRUPT)
        return meet(x, &fault);
    x->body
        .data[x->body.length - (size_t)(fault.at < to ? to - fault.at : 1)] ^=
        0x10;
    return NF_HTTP_GOES_ON;
}

nf_http_fate nf_http_fault_after(nf_http_exchange *x)
{
    nf_fault fault;
    return is_due(&fault, x, kind_of(x)->after, 0, 0) ? meet(x, &fault)
                                                      : NF_HTTP_GOES_ON;
}

ssize_t nf_http_read_faulty(void *user, uint64_t position, char *to,
                            size_t room)
{
    nf_http_exchange *x = user;
    int64_t from = x->base + (int64_t)position;
    nf_fault fault;
    ssize_t size;

    if (x->broken)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    size = x->read(x, position, to, room);
    if (size <= 0 || !is_due(&fault, x, kind_of(x)->down, from, from + size))
        return size;
    if (fault.action == NF_FAULT_CORRUPT) {
        to[fault.at < from + size ? fault.at - from : size - 1] ^= 0x10;
        return size;
    }
    if (fault.action == NF_FAULT_DELAY || fault.action == NF_FAULT_CRASH)
        (void)meet(x, &fault);
    if (fault.action == NF_FAULT_DELAY)
        return size;
    x->broken = true;
    return fault.at > from ? (ssize_t)(fault.at - from)
                           : MHD_CONTENT_READER_END_WITH_ERROR;
}
