/* How much one session, one address and all together may ask of an HTTP server
 * (synchronize §27.9). It is about load alone: what is counted here may be
 * forgotten at any time, and each process counts for itself. */
#ifndef NF_SERVER_HTTP_LIMITS_H
#define NF_SERVER_HTTP_LIMITS_H

#include "base/error.h"

typedef struct nf_http_limits {
    int connections;    /* all together; over it 503 */
    int requests;       /* of one session at a time; over it 429 */
    int rate;           /* requests per second of one session, or of one address
                           without a session; over it 429 */
    int burst;          /* so many may come at once */
    int64_t bodies;     /* bytes of bodies on their way; over it 503 */
    int64_t own_bodies; /* of one user, and of one address without a session;
                           over it 429 */
    int idle_s;         /* without a byte: closed */
    int stop_s;         /* requests under way may take so long when it stops */
} nf_http_limits;

/* Those of §27.9, and what the machine can bear. */
nf_http_limits nf_http_default_limits(void);

typedef struct nf_http_load nf_http_load;

nf_http_load *nf_http_load_new(const nf_http_limits *limits); /* NULL: memory */
void nf_http_load_free(nf_http_load *load);
/* How many connections there are. */
void nf_http_load_connections(nf_http_load *load, int count);
/* Who asks for what. */
typedef struct nf_http_asker {
    const char *who; /* a session's token, or an address, behind which many may
                        stand */
    bool session;
    bool sign_in; /* counted apart: no flood of others keeps a device out */
    int64_t user; /* of the session; 0: none */
    int64_t body; /* bytes */
} nf_http_asker;

/* Admits a request: 0, or the status to refuse it with, after which *wait_ms
 * says when to come again. `now` in milliseconds, any origin. Everything
 * admitted is ended. */
int nf_http_load_begin(nf_http_load *load, const nf_http_asker *asker,
                       int64_t now, int *wait_ms);
void nf_http_load_end(nf_http_load *load, const nf_http_asker *asker);

#endif
