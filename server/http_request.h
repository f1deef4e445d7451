/* HTTP requests as requests of the protocol (synchronize W14 … W17, W38,
 * §27.9), without sockets: what a head of a request asks for, or why it is
 * refused. Hostile input arrives here first. */
#ifndef NF_SERVER_HTTP_REQUEST_H
#define NF_SERVER_HTTP_REQUEST_H

#include "sync/transport.h"

enum {
    NF_HTTP_HEAD_MAX = 16 << 10, /* bytes of the head (§27.9) */
    NF_HTTP_PATH_MAX = 512,
    NF_HTTP_TOKEN_MAX = 128,
    NF_HTTP_NAME_MAX = 128, /* Sync-Device, Sync-App, Sync-Request */
    NF_HTTP_SIGN_IN_MAX = 64 << 10,
    NF_HTTP_WAIT_MAX = 60, /* seconds of Prefer: wait */
};

/* A head as the HTTP library read it; borrowed. */
typedef struct nf_http_head {
    const char *method;
    const char *path; /* as sent, without decoding */
    bool has_query;
    size_t size; /* bytes of the whole head */
    /* The first value of a header, NULL: not there. */
    const char *(*header)(void *user, const char *name);
    void *user;
} nf_http_head;

/* What is wrong with a request, in the words of W38. */
typedef struct nf_http_refusal {
    int status; /* 0: nothing */
    const char *code, *text;
    const char *allow; /* of 405: the methods */
} nf_http_refusal;

/* A request of the protocol. The texts of `request` lie in this structure, so
 * it stays where it is. */
typedef struct nf_http_request {
    nf_sync_request request; /* without its body */
    bool health;             /* GET /health rather than a sync resource */
    bool closed;             /* to those without a session */
    bool content;            /* GET of a result or file, in ranges */
    bool ranged;             /* and it asks for one */
    bool gzip;               /* of a result, compressed (W42) */
    int64_t body_length;     /* as declared; 0 none */
    char path[NF_HTTP_PATH_MAX];
    char session[NF_HTTP_TOKEN_MAX];
    char etag[NF_SYNC_ETAG];
    char device[NF_HTTP_NAME_MAX], app[NF_HTTP_NAME_MAX], id[NF_HTTP_NAME_MAX];
} nf_http_request;

/* All that the server answers: a path, `*` for one part of it, and its methods
 * as in an Allow header. False: there is no such index. */
bool nf_http_resource(size_t index, const char **pattern, const char **methods,
                      bool *open);

/* Reads a head. *refusal is all zero if it is fine; *out is filled as far as it
 * could be read, its id at least for logs. */
void nf_http_read_head(nf_http_request *out, nf_http_refusal *refusal,
                       const nf_http_head *head);

#endif
