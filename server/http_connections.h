/* The connections of an HTTP server, so that those who hold many and say little
 * can't keep others out (synchronize §27.9): a head has its time, and so has a
 * body, by its length; and where there are too many connections, those go first
 * that have been quiet for longest. Without sockets but for hanging up. */
#ifndef NF_SERVER_HTTP_CONNECTIONS_H
#define NF_SERVER_HTTP_CONNECTIONS_H

#include <stdbool.h>
#include <stdint.h>

enum {
    NF_HTTP_PACE = 4 << 10,           /* bytes of a body per second, at least */
    NF_HTTP_UNPRESSED_MS = 10 * 1000, /* for a request, however many wait */
};

typedef struct nf_http_connection nf_http_connection;
typedef struct nf_http_connections nf_http_connections;

/* `hang_up` ends a socket; its connection is removed some time after that.
 * `is_over`: its peer will send nothing any more. */
nf_http_connections *nf_http_connections_new(int most, int idle_s,
                                             void (*hang_up)(int socket),
                                             bool (*is_over)(int socket));
void nf_http_connections_free(nf_http_connections *all); /* NULL is fine */

/* A new one at `now` (milliseconds), which may cost another one its place.
 * NULL: out of memory. Belongs to `all`. */
nf_http_connection *nf_http_connections_add(nf_http_connections *all,
                                            int socket, int64_t now);
void nf_http_connections_remove(nf_http_connections *all,
                                nf_http_connection *connection);
/* The head of a request is there, and a body of so many bytes follows. */
void nf_http_connection_asks(nf_http_connections *all,
                             nf_http_connection *connection, int64_t body,
                             int64_t now);
/* All of the request is there: the reply takes what time it takes. */
void nf_http_connection_has_asked(nf_http_connection *connection);
/* The reply is sent. */
void nf_http_connection_rests(nf_http_connections *all,
                              nf_http_connection *connection, int64_t now);
/* Hangs up on those whose time is over, or whose request will never be whole
 * (libmicrohttpd may miss that, and a server that stops would wait); how long
 * until the next look, -1: there is nobody. */
int nf_http_connections_sweep(nf_http_connections *all, int64_t now);
int nf_http_connections_count(const nf_http_connections *all);

#endif
