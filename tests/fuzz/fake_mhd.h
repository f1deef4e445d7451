/* libmicrohttpd without sockets: what server/http_exchange.c and http_reply.c
 * ask of it, for a request that is a head as text and a body in pieces. */
#ifndef FUZZ_FAKE_MHD_H
#define FUZZ_FAKE_MHD_H

#include "server/http_internal.h"

#include "../unit/server/helper_head.h"

/* One request on a connection of its own. Everything is borrowed. */
typedef struct fake_request {
    helper_head *head;
    const char
        *session;  /* Authorization is that of it; NULL: as the head says */
    bool declared; /* Content-Length is that of the body, whatever the head says
                    */
    const uint8_t *body;
    size_t size;
    size_t piece;   /* of body and reply; 0: as large as can be */
    bool cut_body;  /* the client goes away in the middle of the body */
    bool cut_reply; /* … of the reply */
} fake_request;

/* What the client sees of the reply. */
typedef struct fake_reply {
    int status; /* 0: the connection was closed without one */
    size_t size;
    bool broken; /* its body was given up */
    /* Where its head, as lines that end with CR LF, and its body go; of the
     * caller, NULL: nowhere. */
    nf_buffer *head, *body;
} fake_reply;

void fake_mhd(nf_mhd *mhd);
/* The whole exchange, as libmicrohttpd drives it. Aborts where the server asks
 * of the library what that refuses. */
void fake_exchange(fake_reply *out, nf_http *http, const fake_request *request);

#endif
