/* The requests of the protocol (synchronize W27.5), one at a time, over any
 * transport. A call is set up by one of the begin functions and then stepped
 * until it is no longer pending. Transfers that are cut are repeated with the
 * waits of S147, on the injected clock (design §10.7). */
#ifndef NF_SYNC_CALLS_H
#define NF_SYNC_CALLS_H

#include "base/clock.h"
#include "sync/codec.h"
#include "sync/sync.h"
#include "sync/transport.h"

enum {
    NF_SYNC_RETRIES = 3,
    NF_SYNC_WAIT_MS = 25 * 1000, /* how long a server may hold a commit */
};

typedef struct nf_sync_call {
    nf_sync_transport *transport;
    nf_clock clock;
    nf_random *random;
    char session[128]; /* bearer token; "" none */
    bool retry;        /* false: a cut is final at once */
    bool patient; /* … but not a server that is there and slow, or too busy */
    /* the request under way */
    nf_sync_request request;
    char path[640];          /* with the name of a microflow */
    char id[33];             /* of the request, hexadecimal (W16) */
    char etag[NF_SYNC_ETAG]; /* of the body that comes in pieces */
    /* What every request says of its sender (W16). */
    const char *app; /* borrowed; NULL none */
    char device[24]; /* the device's number; "" none */
    nf_buffer body;  /* a document; see nf_sync_call_begin */
    bool body_ended;
    nf_sync_response response;
    bool active;
    int attempts;       /* without progress */
    int retries;        /* how many are allowed; NF_SYNC_RETRIES */
    int64_t wait_until; /* 0: not waiting */
    int64_t sent, received;
} nf_sync_call;

void nf_sync_call_init(nf_sync_call *call, nf_sync_transport *transport,
                       nf_clock clock, nf_random *random);
void nf_sync_call_dispose(nf_sync_call *call);

/* Starts a request; ends one that is under way. `format` is the path. The
 * document in call->body, which this begins and the first step ends, is sent
 * where a method has a body. */
void nf_sync_call_begin(nf_sync_call *call, nf_sync_method method,
                        const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Sends these bytes as the document instead of call->body; borrowed until the
 * call has ended. */
void nf_sync_call_document(nf_sync_call *call, const void *bytes, size_t size);
/* PATCH of bytes at an offset of a whole; the bytes are borrowed until the
 * call has ended. */
void nf_sync_call_bytes(nf_sync_call *call, const void *bytes, size_t size,
                        int64_t offset, int64_t total);
/* GET of a window. */
void nf_sync_call_window(nf_sync_call *call, int64_t offset, int64_t size);
/* GET of all from an offset on, in pieces: a step that returns NF_OK with
 * call->response.more has the next one, and the step after it goes on. A cut
 * goes on where the last piece ended. `etag` (borrowed, NULL none) is what the
 * offset belongs to: a reply that starts at 0 instead is about another
 * content. */
void nf_sync_call_rest(nf_sync_call *call, int64_t offset, const char *etag);

/* Contents of a file are tried a second time, not more (S33, S147); for the
 * request that was begun. */
void nf_sync_call_try_twice(nf_sync_call *call);

/* Asks the same once more after a wait, which is no retry: the server works
 * on it. */
void nf_sync_call_again(nf_sync_call *call, int64_t wait_ms);

/* Goes on: NF_PENDING, NF_OK with a reply of any status below 500 save 429,
 * or an error of §17: SYNC_NETWORK after the retries, SYNC_SERVER. */
nf_status nf_sync_call_step(nf_sync_call *call, int timeout_ms, nf_error *err);
int nf_sync_call_status(const nf_sync_call *call);
/* The reply as a document; SYNC_PROTOCOL if it is none. Borrowed. */
nf_status nf_sync_call_reply(const nf_sync_call *call, bson_t *out,
                             nf_error *err);
/* The error of a reply that is not the expected one (W38): maps the status to
 * the codes of §17. Always returns a status other than NF_OK. */
nf_status nf_sync_call_refused(const nf_sync_call *call, nf_error *err);

#endif
