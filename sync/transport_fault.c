/* A transport that breaks another one's exchanges (see transport.h). It sees
 * what passes between device and server and nothing else, so the same plan
 * works over HTTP and in process. */
#include "sync/fault_kind.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    STALL_MS = 60 * 1000, /* S146: then a silent transfer counts as cut */
    HELD_WAIT_MS = 100,   /* for the reply to a request that came late */
    HELD_ROUNDS = 300,
};

/* Follows the borders of the records of a stream: each begins with its own
 * length, four bytes that may be split. */
typedef struct edge_finder {
    int64_t next; /* where the next record begins */
    uint8_t length[4];
} edge_finder;

/* A request that arrives after the next one. */
typedef struct held_request {
    bool held;
    nf_sync_request request;
    char path[192], session[128];
    nf_buffer body;
} held_request;

typedef struct faulty_transport {
    nf_sync_transport base;
    nf_sync_transport *inner;
    nf_faults *faults;
    edge_finder body_edges, result_edges;
    held_request held;
    nf_buffer body;         /* of a request that was changed */
    nf_sync_response other; /* a reply that nobody gets */
    /* the exchange under way */
    bool active;
    const nf_fault_kind *kind;
    nf_sync_request request;
    bool again;  /* deliver twice: the first reply is not the one */
    bool lose;   /* the reply is lost */
    bool broken; /* the rest of a reply in pieces is lost */
} faulty_transport;

/* ---- borders of records -------------------------------------------------- */

static void find_edges(faulty_transport *t, edge_finder *edges,
                       const char *point, const char *bytes, int64_t from,
                       int64_t to)
{
    if (from == 0)
        edges->next = 0;
    for (int64_t at = from; at < to; at++) {
        if (at < edges->next)
            at = edges->next < to ? edges->next : to;
        if (at >= to)
            break;
        if (at == edges->next)
            nf_fault_edge(t->faults, point, at);
        edges->length[at - edges->next] = (uint8_t)bytes[at - from];
        if (at - edges->next == 3) {
            uint32_t length = (uint32_t)edges->length[0] |
                              (uint32_t)edges->length[1] << 8 |
                              (uint32_t)edges->length[2] << 16 |
                              (uint32_t)edges->length[3] << 24;
            if (length < 5) /* no stream of records after all */
                edges->next = INT64_MAX;
            else
                edges->next += length;
        }
    }
}

/* ---- the request --------------------------------------------------------- */

static int64_t first_byte(const nf_sync_request *request)
{
    return request->offset > 0 ? request->offset : 0;
}

/* The same request with a body of its own, `length` bytes of it. */
static bool own_body(faulty_transport *t, size_t length)
{
    nf_buffer_clear(&t->body);
    nf_buffer_add(&t->body, t->request.body, length);
    t->request.body = t->body.data ? t->body.data : "";
    t->request.body_length = t->body.length;
    return !t->body.failed;
}

static bool flip(faulty_transport *t, size_t at)
{
    if (t->request.body_length == 0)
        return true;
    if (!own_body(t, t->request.body_length))
        return false;
    t->body.data[at < t->body.length ? at : t->body.length - 1] ^= 0x10;
    return true;
}

static bool hold(faulty_transport *t)
{
    held_request *held = &t->held;

    held->request = t->request;
    snprintf(held->path, sizeof held->path, "%s", t->request.path);
    snprintf(held->session, sizeof held->session, "%s",
             t->request.session ? t->request.session : "");
    nf_buffer_clear(&held->body);
    nf_buffer_add(&held->body, t->request.body, t->request.body_length);
    held->request.path = held->path;
    held->request.session = t->request.session ? held->session : NULL;
    held->request.body = t->request.body ? held->body.data : NULL;
    held->request.id = held->request.etag = NULL; /* not ours to keep */
    held->request.pieces = false;
    held->held = !held->body.failed;
    return held->held;
}

static nf_status delayed(faulty_transport *t, const nf_fault *fault,
                         nf_error *err)
{
    nf_fault stall = *fault;
    if (stall.argument < STALL_MS) {
        nf_fault_delay(t->faults, fault);
        return NF_OK;
    }
    stall.argument = STALL_MS;
    nf_fault_delay(t->faults, &stall);
    (void)nf_fault_cut(err);
    nf_error_detail(err, NF_SYNC_STALLED);
    return NF_FAILED;
}

static nf_status status_reply(nf_sync_response *response, const nf_fault *fault)
{
    nf_sync_response_clear(response);
    response->status = (int)fault->argument;
    response->retry_after_ms = fault->wait;
    return NF_OK;
}

/* A fault before the request leaves. *ended: the exchange is over with the
 * status that is returned. */
static nf_status before(faulty_transport *t, const nf_fault *fault,
                        nf_sync_response *response, bool *ended, nf_error *err)
{
    nf_status status = NF_OK;

    switch (fault->action) {
    case NF_FAULT_DELAY:
        status = delayed(t, fault, err);
        *ended = status != NF_OK;
        return status;
    case NF_FAULT_DUPLICATE:
        t->again = true;
        return NF_OK;
    case NF_FAULT_CORRUPT:
        return flip(t, t->request.body_length / 2) ? NF_OK
                                                   : nf_error_nomem(err);
    case NF_FAULT_TRUNCATE:
        return own_body(t, t->request.body_length / 2) ? NF_OK
                                                       : nf_error_nomem(err);
    case NF_FAULT_STATUS:
        *ended = true;
        return status_reply(response, fault);
    case NF_FAULT_REORDER:
        *ended = true;
        return hold(t) ? nf_fault_cut(err) : nf_error_nomem(err);
    case NF_FAULT_CRASH:
        nf_fault_crash(t->faults);
        break;
    default:
        break;
    }
    *ended = true;
    return nf_fault_cut(err);
}

/* A fault among the bytes of the request. What is cut has arrived up to that
 * byte: a server keeps the beginning of a transfer and nothing of a document
 * (§27.11). */
static nf_status amid(faulty_transport *t, const nf_fault *fault, int64_t from,
                      bool *ended, nf_error *err)
{
    size_t at = (size_t)(fault->at - from);
    nf_status status = NF_OK;

    switch (fault->action) {
    case NF_FAULT_DELAY:
        status = delayed(t, fault, err);
        *ended = status != NF_OK;
        return status;
    case NF_FAULT_CORRUPT:
        return flip(t, at) ? NF_OK : nf_error_nomem(err);
    case NF_FAULT_CRASH:
    case NF_FAULT_CUT:
        if (at >= t->request.body_length ||
            (t->request.bytes && own_body(t, at))) {
            t->lose = true;
            if (fault->action == NF_FAULT_CUT)
                return NF_OK;
        }
        if (fault->action == NF_FAULT_CRASH)
            nf_fault_crash(t->faults);
        *ended = true;
        return t->body.failed ? nf_error_nomem(err) : nf_fault_cut(err);
    default:
        return own_body(t, at) ? NF_OK : nf_error_nomem(err);
    }
}

static nf_status begin(faulty_transport *t, const nf_sync_request *request,
                       nf_sync_response *response, bool *ended, nf_error *err)
{
    int64_t from = first_byte(request);
    int64_t to = from + (int64_t)request->body_length;
    nf_status status = NF_OK;
    nf_fault fault;

    t->active = true;
    t->kind = nf_fault_kind_of(request);
    t->request = *request;
    t->again = t->lose = t->broken = false;
    (void)nf_fault_due(&fault, t->faults, "clock", 0, 0);
    (void)nf_fault_due(&fault, nf_faults_of_server(t->faults), "server-clock",
                       0, 0);
    if (t->kind->stream && t->kind->up && request->body_length)
        find_edges(t, &t->body_edges, t->kind->up, request->body, from, to);
    if (nf_fault_due(&fault, t->faults, t->kind->before, 0, 0))
        status = before(t, &fault, response, ended, err);
    if (status == NF_OK && !*ended && t->kind->up &&
        nf_fault_due(&fault, t->faults, t->kind->up, from, to))
        status = amid(t, &fault, from, ended, err);
    return status;
}

/* ---- the reply ----------------------------------------------------------- */

/* What was held back arrives now; nobody waits for its reply. */
static void deliver_held(faulty_transport *t)
{
    nf_error problem = {0};
    nf_status status = NF_PENDING;

    if (!t->held.held)
        return;
    t->held.held = false;
    for (int i = 0; status == NF_PENDING && i < HELD_ROUNDS; i++)
        status = t->inner->ops->exchange(t->inner, &t->held.request, &t->other,
                                         HELD_WAIT_MS, &problem);
    if (status == NF_PENDING)
        t->inner->ops->cancel(t->inner);
}

/* Ends the body after `length` bytes. */
static void shorten(nf_sync_response *response, size_t length)
{
    if (length >= response->body.length)
        return;
    response->body.length = length;
    if (response->body.data)
        response->body.data[length] = '\0';
}

static int64_t reply_start(const nf_sync_response *response)
{
    return response->offset > 0 ? response->offset : 0;
}

static void truncate_reply(faulty_transport *t, nf_sync_response *response,
                           size_t length)
{
    shorten(response, length);
    if (response->total >= 0)
        response->total =
            reply_start(response) + (int64_t)response->body.length;
    if (response->more)
        t->inner->ops->cancel(t->inner);
    response->more = false;
}

/* The connection ends after `at` bytes of what came: they are the caller's if
 * it takes pieces. */
static nf_status break_off(faulty_transport *t, size_t at,
                           nf_sync_response *response, nf_error *err)
{
    if (response->more)
        t->inner->ops->cancel(t->inner);
    if (!t->request.pieces || at == 0 || response->status >= 300)
        return nf_fault_cut(err);
    shorten(response, at);
    response->more = t->broken = true;
    return NF_OK;
}

static nf_status spoil(faulty_transport *t, const nf_fault *fault, size_t at,
                       nf_sync_response *response, nf_error *err)
{
    switch (fault->action) {
    case NF_FAULT_DELAY:
        return delayed(t, fault, err);
    case NF_FAULT_CORRUPT:
        if (response->body.length)
            response->body
                .data[at < response->body.length ? at
                                                 : response->body.length - 1] ^=
                0x10;
        return NF_OK;
    case NF_FAULT_TRUNCATE:
        truncate_reply(t, response, at);
        return NF_OK;
    case NF_FAULT_STATUS:
        return status_reply(response, fault);
    case NF_FAULT_CRASH:
        nf_fault_crash(t->faults);
        return nf_fault_cut(err);
    default:
        return break_off(t, at, response, err);
    }
}

/* The bytes of a reply, or of a piece of it. */
static nf_status amid_reply(faulty_transport *t, nf_sync_response *response,
                            nf_error *err)
{
    int64_t from = t->kind->up ? 0 : reply_start(response);
    int64_t to = from + (int64_t)response->body.length;
    nf_fault fault;

    if (to == from)
        return NF_OK;
    if (t->kind->stream && !t->kind->up && response->status < 300)
        find_edges(t, &t->result_edges, t->kind->down, response->body.data,
                   from, to);
    if (!nf_fault_due(&fault, t->faults, t->kind->down, from, to))
        return NF_OK;
    return spoil(t, &fault, (size_t)(fault.at - from), response, err);
}

/* The reply is there: what the plan makes of it. */
static nf_status after(faulty_transport *t, nf_sync_response *response,
                       nf_error *err)
{
    nf_status status = amid_reply(t, response, err);
    nf_fault fault;

    if (status != NF_OK || response->more ||
        !nf_fault_due(&fault, t->faults, t->kind->after, 0, 0))
        return status;
    switch (fault.action) {
    case NF_FAULT_DUPLICATE:
        if (hold(t))
            deliver_held(t);
        return NF_OK;
    case NF_FAULT_REORDER:
        return hold(t) ? nf_fault_cut(err) : nf_error_nomem(err);
    case NF_FAULT_CUT:
        return nf_fault_cut(err);
    default:
        return spoil(t, &fault, response->body.length / 2, response, err);
    }
}

static nf_status carry(faulty_transport *t, nf_sync_response *response,
                       int timeout_ms, nf_error *err)
{
    nf_status status;

    if (t->again) {
        status = t->inner->ops->exchange(t->inner, &t->request, &t->other,
                                         timeout_ms, NULL);
        if (status == NF_PENDING)
            return NF_PENDING;
        t->again = false;
    }
    status = t->inner->ops->exchange(t->inner, &t->request, response,
                                     timeout_ms, err);
    if (status == NF_PENDING)
        return NF_PENDING;
    if (nf_faults_crashed(t->faults) || nf_faults_take_cut(t->faults) ||
        t->lose)
        return nf_fault_cut(err);
    if (status != NF_OK)
        return status;
    if (!response->more)
        deliver_held(t);
    return after(t, response, err);
}

static nf_status faulty_exchange(nf_sync_transport *transport,
                                 const nf_sync_request *request,
                                 nf_sync_response *response, int timeout_ms,
                                 nf_error *err)
{
    faulty_transport *t = (faulty_transport *)transport;
    bool ended = false;
    nf_status status = NF_OK;

    if (nf_faults_crashed(t->faults))
        return nf_fault_cut(err);
    if (!t->active)
        status = begin(t, request, response, &ended, err);
    else if (t->broken)
        status = nf_fault_cut(err);
    if (status == NF_OK && !ended)
        status = carry(t, response, timeout_ms, err);
    t->active =
        status == NF_PENDING || (status == NF_OK && !ended && response->more);
    t->base.address = t->inner->address;
    t->base.remote = t->inner->remote;
    return status;
}

static void faulty_cancel(nf_sync_transport *transport)
{
    faulty_transport *t = (faulty_transport *)transport;
    if (t->active && !t->broken)
        t->inner->ops->cancel(t->inner);
    t->active = false;
}

static void faulty_free(nf_sync_transport *transport)
{
    faulty_transport *t = (faulty_transport *)transport;
    nf_sync_transport_free(t->inner);
    nf_buffer_dispose(&t->body);
    nf_buffer_dispose(&t->held.body);
    nf_buffer_dispose(&t->other.body);
    nf_free(t);
}

static size_t faulty_watch(nf_sync_transport *transport, nf_watch *watches,
                           size_t room, int *timeout_ms)
{
    faulty_transport *t = (faulty_transport *)transport;
    *timeout_ms = 0;
    return t->active && !t->broken && t->inner->ops->watch
               ? t->inner->ops->watch(t->inner, watches, room, timeout_ms)
               : 0;
}

static const nf_sync_transport_ops faulty_ops = {faulty_exchange, faulty_cancel,
                                                 faulty_free, faulty_watch};

nf_status nf_sync_faulty_new(nf_sync_transport **out, nf_sync_transport *inner,
                             nf_faults *faults, nf_error *err)
{
    faulty_transport *t = nf_alloc(sizeof *t);

    *out = NULL;
    if (!t) {
        nf_sync_transport_free(inner);
        return nf_error_nomem(err);
    }
    nf_buffer_init(&t->body, NF_SYNC_MESSAGE_MAX);
    nf_buffer_init(&t->held.body, NF_SYNC_MESSAGE_MAX);
    nf_buffer_init(&t->other.body, NF_SYNC_MESSAGE_MAX);
    t->base.ops = &faulty_ops;
    t->base.address = inner->address;
    t->base.remote = inner->remote;
    t->base.packs = inner->packs;
    t->inner = inner;
    t->faults = faults;
    *out = &t->base;
    return NF_OK;
}
