/* Inside of the HTTP transport: shared by transport_http.c, http_ask.c and
 * http_answer.c, nobody else. */
#ifndef NF_SYNC_HTTP_CLIENT_H
#define NF_SYNC_HTTP_CLIENT_H

#include "base/memory.h"
#include "sync/gzip.h"
#include "sync/http_curl.h"
#include "sync/transport.h"

enum {
    NF_HTTP_ADDRESS_MAX = 1024,
    NF_HTTP_PIECE = 256 << 10,     /* is worth handing over */
    NF_HTTP_PIECE_MAX = 512 << 10, /* bytes that wait for the caller */
};

#define NF_HTTP_BSON  "application/vnd.nanoflow.sync+bson"
#define NF_HTTP_BYTES "application/octet-stream"

/* What is known of an encoded result: where it can be gone on with (W42). */
typedef struct nf_http_mark {
    char path[192];
    char tag[NF_SYNC_ETAG]; /* as the server wrote it */
    int64_t encoded, decoded;
} nf_http_mark;

/* The reply that arrives. */
typedef struct nf_http_answer {
    bool ours, typed; /* Sync-Version and Content-Type are there */
    bool gzip, paused;
    bool asked_gzip, resumed; /* it was asked for encoded, from `from` on */
    nf_http_mark from;
    int version;
    int64_t range_at, range_total; /* Content-Range; -1 */
    int64_t next;    /* offset of the next piece; -1: none handed over */
    int64_t skip;    /* decoded bytes that the caller has */
    nf_buffer coded; /* encoded bytes that arrived */
    size_t used;     /* of them decoded */
    nf_gunzip *gunzip;
    int64_t base_encoded, base_decoded; /* where it began */
} nf_http_answer;

typedef struct nf_http_client {
    nf_sync_transport base;
    nf_sync_http_options options;
    char *address; /* without a trailing slash */
    char *ca_file, *pin, *proxy;
    nf_curl curl;
    CURL *easy;
    CURLM *multi;
    struct curl_slist *headers;
    char problem[CURL_ERROR_SIZE];
    bool checked; /* info was answered by a nanoflow server */
    /* the exchange under way */
    bool active, connected;
    bool done; /* all has arrived, with `result` */
    CURLcode result;
    nf_sync_request request;
    nf_sync_response *response;
    nf_http_answer answer;
    nf_http_mark mark;
    int64_t sent, received;
    int64_t seen_moved, seen_clock, seen_real; /* the last progress */
    int limit_ms;
    nf_sync_response info; /* reply of the check */
} nf_http_client;

/* http_ask.c: sets up everything of the request under way. False: out of
 * memory, or a value that is no header's. */
bool nf_http_client_ask(nf_http_client *http);

/* http_answer.c */
void nf_http_client_answer_reset(nf_http_client *http);
void nf_http_client_answer_dispose(nf_http_client *http);
size_t nf_http_client_receive_header(char *line, size_t size, size_t count,
                                     void *http);
size_t nf_http_client_receive_body(char *bytes, size_t size, size_t count,
                                   void *http);
long nf_http_client_status(const nf_http_client *http);
/* Whether the reply may be read at all (W39). */
bool nf_http_client_is_ours(const nf_http_client *http);
/* Decodes what has arrived, up to a piece. Errors: SYNC_LIMIT, SYNC_PROTOCOL.
 */
nf_status nf_http_client_decode(nf_http_client *http, nf_error *err);
/* Whether encoded bytes wait to be decoded. */
bool nf_http_client_has_coded(const nf_http_client *http);
bool nf_http_client_has_piece(const nf_http_client *http);
/* The piece in the response's body becomes the caller's. */
void nf_http_client_hand_over(nf_http_client *http);
/* Takes back what the caller has read, and lets the rest come. */
void nf_http_client_next_piece(nf_http_client *http);
/* The end of the reply. Errors: SYNC_NETWORK if an encoded body ends early. */
nf_status nf_http_client_complete(nf_http_client *http, nf_error *err);

#endif
