/* What the http files share, and fuzz targets that stand for the library
 * (tests/fuzz/fake_mhd.h). Nothing else includes it. */
#ifndef NF_SERVER_HTTP_INTERNAL_H
#define NF_SERVER_HTTP_INTERNAL_H

#include "base/clock.h"
#include "base/memory.h"
#include "server/http.h"
#include "server/http_connections.h"
#include "server/http_mhd.h"
#include "server/http_pack.h"
#include "server/http_request.h"

#include <stdatomic.h>

enum { NF_HTTP_PEER = 64, NF_HTTP_WINDOW = NF_SYNC_CHUNK };

struct nf_http {
    nf_http_options options;
    nf_mhd mhd;
    struct MHD_Daemon *daemon;
    int socket, wake; /* -1: none */
    char *address;
    nf_http_load *load;
    nf_http_connections *connections;
    nf_http_sizes *sizes; /* of encoded results */
    struct nf_workers *workers; /* http_hash.c; NULL: not needed yet */
    size_t under_way;     /* exchanges */
    atomic_bool stop;     /* asked for */
    bool stopping;
    int64_t stop_at;   /* nf_clock_elapsed */
    int64_t asked_at;  /* the same; when somebody last wanted something */
    char problem[256]; /* the last line of libmicrohttpd */
};

/* One request and its reply, from its head to its last byte. Counted: by the
 * connection, and by a reply that is made while it is sent. */
typedef struct nf_http_exchange {
    nf_http *http;
    int uses;
    nf_http_request asked;
    nf_http_refusal refusal;
    int retry_ms; /* of 429 and 503 */
    char method[16];
    char peer[NF_HTTP_PEER];
    nf_http_asker asker;            /* who NULL: not admitted */
    nf_http_connection *connection; /* NULL: unknown */
    nf_buffer body;
    bool answered, streams;
    bool hashed; /* http_hash.c had a look at it */
    nf_sign_in_hash hash;
    int64_t began; /* nf_clock_elapsed */
    int status;
    int64_t sent;
    /* A body that is made while it is sent: the window at `window_at` of a
     * whole of which the reply begins at `base`. */
    nf_buffer window;
    int64_t base, window_at, total; /* -1: not known yet */
    char etag[NF_SYNC_ETAG];
    ssize_t (*read)(void *user, uint64_t position, char *to, size_t room);
    bool broken;       /* the rest of the reply is lost, by plan */
    nf_http_pack pack; /* of a compressed one; offsets above but `base` are then
                          those of plain bytes */
} nf_http_exchange;

void nf_http_log(nf_http *http, const char *level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void nf_http_exchange_release(nf_http_exchange *x);
/* Asks the server; the request's body is that of the exchange. */
nf_status nf_http_ask(nf_http_exchange *x, nf_sync_response *response,
                      nf_error *err);

/* http_exchange.c: the callbacks of libmicrohttpd; `user` is the nf_http. */
enum MHD_Result nf_http_on_request(void *user,
                                   struct MHD_Connection *connection,
                                   const char *url, const char *method,
                                   const char *version, const char *bytes,
                                   size_t *size, void **exchange);
void nf_http_on_completed(void *user, struct MHD_Connection *connection,
                          void **exchange, enum MHD_RequestTerminationCode how);
void nf_http_on_connection(void *user, struct MHD_Connection *connection,
                           void **context,
                           enum MHD_ConnectionNotificationCode what);

/* http_hash.c: whether the request is suspended until its password is compared;
 * it is asked for again then. */
bool nf_http_hash_begin(nf_http_exchange *x, struct MHD_Connection *connection);
/* Resumes those whose passwords are. */
void nf_http_hash_finish(nf_http *http);
void nf_http_hash_stop(nf_http *http);
int nf_http_hash_fd(const nf_http *http); /* to wait for; -1: nothing */

/* http_reply.c: queue a reply. */
enum MHD_Result nf_http_refuse(nf_http_exchange *x,
                               struct MHD_Connection *connection);
enum MHD_Result nf_http_reply(nf_http_exchange *x,
                              struct MHD_Connection *connection,
                              nf_sync_response *response);
enum MHD_Result nf_http_reply_health(nf_http_exchange *x,
                                     struct MHD_Connection *connection,
                                     bool well);

#endif
