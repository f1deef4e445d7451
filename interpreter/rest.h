/* Requests of Call REST service, and who answers them (activities §11.6). */
#ifndef NF_INTERPRETER_REST_H
#define NF_INTERPRETER_REST_H

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"

typedef struct nf_rest_header {
    char *name, *value; /* owned by who owns the headers */
} nf_rest_header;

typedef struct nf_rest_request {
    const char *method, *url;
    const nf_rest_header *headers;
    size_t header_count;
    const char *user, *password; /* Basic; NULL none */
    const char *body;            /* NULL none */
    size_t body_size;
    int64_t timeout_ms;      /* 0: none */
    bool direct;             /* not through the proxy of the machine */
    const char *unsendable;  /* what of it only a mock can stand for; NULL */
    volatile int *cancelled; /* of the world; may be NULL */
} nf_rest_request;

typedef struct nf_rest_response {
    int status;
    char version[16], reason[128];
    nf_rest_header *headers;
    size_t header_count, header_capacity;
    nf_buffer body; /* initialized by the caller, with its limit */
} nf_rest_response;

void nf_rest_response_dispose(nf_rest_response *response);
/* Adds a header; false: out of memory. */
bool nf_rest_response_header(nf_rest_response *response, const char *name,
                             size_t name_size, const char *value,
                             size_t value_size);

/* Answers a request: NF_OK with any status, NF_FAILED network_error, NF_USAGE:
 * nobody answers for it. */
typedef nf_status (*nf_rest_fn)(void *user, const nf_rest_request *request,
                                nf_rest_response *response, nf_error *err);

#endif
