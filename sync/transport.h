/* How messages of a synchronization reach a server (synchronize §27, W49).
 *
 * The protocol is a series of requests with replies, whatever carries them:
 * HTTP, the server in the same process, or a wrapper around either that
 * injects faults. So a transport is one non-blocking exchange; sync/calls.h
 * builds the requests of W27.5 (session, create, body, commit, result, ack …)
 * on it, and nothing above knows which transport it talks to.
 *
 * A transport has at most one exchange under way; the caller repeats the same
 * call with the same request until the answer is not NF_PENDING. */
#ifndef NF_SYNC_TRANSPORT_H
#define NF_SYNC_TRANSPORT_H

#include "base/clock.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/text.h"

enum {
    NF_SYNC_VERSION = 1,           /* header Sync-Version, W15 */
    NF_SYNC_CHUNK = 1 << 20,       /* bytes per PATCH and GET window */
    NF_SYNC_CHUNK_MAX = 4 << 20,   /* §27.9 */
    NF_SYNC_MESSAGE_MAX = 8 << 20, /* a body that is one document */
};

typedef enum nf_sync_method {
    NF_SYNC_GET,
    NF_SYNC_HEAD,
    NF_SYNC_POST,
    NF_SYNC_PATCH,
    NF_SYNC_DELETE
} nf_sync_method;

/* One request. Everything is borrowed until the exchange has ended. The
 * headers of the protocol (W15, W16, W27.5, W42) are fields. */
typedef struct nf_sync_request {
    nf_sync_method method;
    const char *path;    /* "/sync/v1/…", without a query */
    const char *session; /* Authorization: Bearer; NULL none */
    int64_t offset;      /* PATCH: Upload-Offset; GET: start of the Range;
                            -1 none */
    int64_t length;      /* PATCH: Upload-Length (the whole); GET: bytes wanted,
                            -1 all from `offset` on; -1 none */
    const void *body;    /* a BSON document, or the bytes of a PATCH */
    size_t body_length;
    bool bytes;  /* application/octet-stream rather than BSON */
    bool pieces; /* GET: the reply's body may come in pieces, see `more` */
    int wait_ms; /* Prefer: wait; how long the server may hold the reply of a
                    commit; 0 not at all */
    const char *etag;   /* If-Range: what `offset` is an offset of; NULL none */
    const char *device; /* Sync-Device; NULL none */
    const char *app;    /* Sync-App; NULL none */
    const char *id;     /* Sync-Request: random, logged on both sides */
    const char *peer; /* set by the HTTP front end only: the address that asks,
                         for limits and logs */
    const struct nf_sign_in_hash *hash; /* set by the HTTP front end only: the
                                           password, compared before; NULL */
    bool local;       /* set by the in-process transport only: who asks is
                         the host itself, so no password is needed */
} nf_sync_request;

enum { NF_SYNC_ETAG = 72 }; /* with its end */

/* The detail of a SYNC_NETWORK of which is known that the server was there, and
 * sent nothing for too long (S146) or ended the connection. */
#define NF_SYNC_STALLED "stalled"

/* The reply. `body` is initialized and disposed by the caller of exchange. */
typedef struct nf_sync_response {
    int status;     /* as HTTP's */
    int64_t offset; /* Upload-Offset, or where `body` starts in what was asked
                       for (Content-Range); -1 */
    int64_t total;  /* Upload-Length, or the total of Content-Range; -1 none, or
                       not known yet: the result is still being written. The
                       end is told by a total that equals the bytes there are,
                       possibly with an empty body. */
    int64_t retry_after_ms; /* 0 none */
    bool more;              /* `body` is a piece of a body that goes on */
    bool bytes; /* the body is application/octet-stream rather than BSON */
    char etag[NF_SYNC_ETAG]; /* of a result or file; "" none */
    nf_buffer body;
} nf_sync_response;

/* As it is before a reply; the body keeps its memory. */
static inline void nf_sync_response_clear(nf_sync_response *response)
{
    response->status = 0;
    response->offset = response->total = -1;
    response->retry_after_ms = 0;
    response->more = response->bytes = false;
    response->etag[0] = '\0';
    nf_buffer_clear(&response->body);
}

typedef struct nf_sync_transport nf_sync_transport;
typedef struct nf_sync_transport_ops {
    /* NF_OK: a reply of a nanoflow server is there, of whatever status. With
     * `more` (only if the request takes `pieces`) `body` holds the next piece
     * of a 200 or 206; the caller takes it and calls again with the same
     * request for the one after it. A body that breaks off after that fails
     * with SYNC_NETWORK. Without `more` the exchange has ended.
     * NF_PENDING: call again; returns after at most about `timeout_ms`.
     * NF_FAILED with code SYNC_NETWORK: cut, not reachable, or not our server
     * (W39); whether the server saw the request is then unknown (W40).
     * NF_NOMEM. */
    nf_status (*exchange)(nf_sync_transport *transport,
                          const nf_sync_request *request,
                          nf_sync_response *response, int timeout_ms,
                          nf_error *err);
    /* Gives up the exchange under way, if any. */
    void (*cancel)(nf_sync_transport *transport);
    void (*free)(nf_sync_transport *transport);
    /* What the exchange under way waits for: descriptors, of which at most
     * `room` are written, and in *timeout_ms how long it may wait for them (-1:
     * for ever; 0: exchange can go on now). NULL: it never waits. */
    size_t (*watch)(nf_sync_transport *transport, nf_watch *watches,
                    size_t room, int *timeout_ms);
} nf_sync_transport_ops;

struct nf_sync_transport {
    const nf_sync_transport_ops *ops;
    /* What identifies the server to a device's database (S15): an address, or
     * the id of a local server's database. Owned by the transport; "" unknown
     * until the first exchange. */
    const char *address;
    bool remote; /* behind a network: who signs in has to prove it */
    bool packs; /* compressing what goes through it pays (W42) */
};

static inline void nf_sync_transport_free(nf_sync_transport *transport)
{
    if (transport)
        transport->ops->free(transport);
}

/* How a device reaches an HTTP server. Strings are copied; NULL and 0 are the
 * defaults. */
typedef enum nf_sync_pack {
    NF_SYNC_PACK_AUTO, /* between machines */
    NF_SYNC_PACK_ALWAYS,
    NF_SYNC_PACK_NEVER
} nf_sync_pack;
typedef struct nf_sync_http_options {
    const char *address; /* `http://…` or `https://…` */
    nf_clock clock;      /* for the time-outs of S146 */
    const char *ca_file; /* PEM: trusted instead of the system's authorities */
    const char *pin;     /* "sha256//BASE64" of the server's public key */
    const char *proxy; /* address; NULL: none, whatever the environment says */
    nf_sync_pack pack;        /* whether bodies are compressed (W42) */
    int connect_ms, stall_ms; /* 0: 30 s, 60 s */
    /* Lines about the connection, for logs: why a certificate was refused …
     * Never credentials or data. May be NULL. */
    void (*log)(void *user, const char *level, const char *text);
    void *user;
} nf_sync_http_options;

/* A transport over HTTP (W13). libcurl is loaded when the first exchange
 * starts. Plain HTTP goes to loopback addresses only. Errors: NF_USAGE for an
 * address that is neither. */
nf_status nf_sync_http_new(nf_sync_transport **out,
                           const nf_sync_http_options *options, nf_error *err);

/* A transport around another that breaks exchanges as a plan says (W49, W54):
 * cut before the request leaves, among its bytes or those of the reply, or
 * after the server has answered; late, twice, out of order, with wrong bytes,
 * or replaced by another status. Takes `inner` over, also on failure; borrows
 * the plan, which outlives it. */
nf_status nf_sync_faulty_new(nf_sync_transport **out, nf_sync_transport *inner,
                             nf_faults *faults, nf_error *err);

/* A transport around another that can be taken away: while *offline is true,
 * exchanges are SYNC_NETWORK. Takes `inner` over, also on failure; borrows the
 * switch, which outlives it. */
nf_status nf_sync_switched_new(nf_sync_transport **out,
                               nf_sync_transport *inner, const bool *offline,
                               nf_error *err);

/* A transport to nowhere: every exchange is SYNC_NETWORK. */
nf_status nf_sync_none_new(nf_sync_transport **out, nf_error *err);

#endif
