/* A server behind HTTP (synchronize §27): it adapts libmicrohttpd to
 * nf_server_handle and holds nothing between requests but what is on its way,
 * so several processes may serve one database. Everything happens on the
 * thread that steps it. */
#ifndef NF_SERVER_HTTP_H
#define NF_SERVER_HTTP_H

#include "server/http_limits.h"
#include "server/server.h"

typedef struct nf_http nf_http;

typedef struct nf_http_options {
    nf_server *server;  /* borrowed; outlives it */
    const char *listen; /* HOST:PORT, "[::1]:8080"; port 0: any free one */
    const char *certificate, *key; /* PEM text, with its end; NULL: plain HTTP,
                                      on loopback addresses only */
    nf_http_limits limits;
    nf_faults *faults; /* what is to go wrong with messages; outlives it;
                          NULL: nothing */
    /* Lines of the log, as in nf_server_options; may be NULL. `trace` has one
     * per request. */
    void (*log)(void *user, const char *level, const char *text);
    void *user;
} nf_http_options;

/* Listens. Errors: NF_USAGE (an address that can't be understood, or plain
 * HTTP beyond loopback), NF_INPUT (an address in use, a certificate that is
 * none). */
nf_status nf_http_new(nf_http **out, const nf_http_options *options,
                      nf_error *err);
/* Ends all connections. */
void nf_http_free(nf_http *http);
/* `http://127.0.0.1:8080`, with the port that was picked. */
const char *nf_http_address(const nf_http *http);

/* Works for at most about `timeout_ms`: NF_PENDING, or NF_OK when it has
 * stopped. */
nf_status nf_http_step(nf_http *http, int timeout_ms, nf_error *err);
/* What a step would wait for, and the milliseconds after which to make one in
 * any case: nf_serve_watch. */
size_t nf_http_watch(nf_http *http, nf_watch *watches, size_t room,
                     int *timeout_ms);
/* A transport to a server of this process over HTTP on a free port: for sweeps
 * and tests. The server works while the transport is waited for, on the same
 * thread. `server` outlives it; `clock` is the client's. Errors as
 * nf_http_new. */
nf_status nf_http_loopback(nf_sync_transport **out, nf_server *server,
                           nf_clock clock, nf_error *err);
/* Asks it to stop: no new connections, requests under way are answered as long
 * as limits.stop_s allows. Any thread, and from a signal handler. */
void nf_http_stop(nf_http *http);

#endif
