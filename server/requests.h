/* Inside of server/: a request on a sync resource. requests.c hands it to
 * request_upload.c, request_commit.c or request_result.c. */
#ifndef NF_SERVER_REQUESTS_H
#define NF_SERVER_REQUESTS_H

#include "server/unit.h"

/* What a request works on. */
typedef struct nf_exchange {
    nf_server *server;
    nf_server_session *session;
    const nf_sync_request *request;
    nf_sync_response *response;
    nf_server_run run;
    int64_t offset;      /* bytes of the upload that are there */
    nf_blob_name result; /* that can be read */
} nf_exchange;

/* Loads the resource and how much of it is there. */
nf_status nf_exchange_load(nf_exchange *x, const nf_sync_id *id, nf_error *err);
/* Whether a result can be read, and which: a complete one, whoever wrote it,
 * before one that is being written here; *size is -1 then. */
nf_status nf_exchange_has_result(nf_exchange *x, bool *out, int64_t *size,
                                 nf_error *err);
/* Replies what state the resource is in. */
nf_status nf_exchange_state(nf_exchange *x, int code, nf_error *err);

/* request_upload.c. The end of an upload: staged if its bytes are what was
 * announced, else *right is false and they are dropped. */
nf_status nf_exchange_settle(nf_exchange *x, bool *right, nf_error *err);
nf_status nf_exchange_create(nf_exchange *x, nf_error *err);
nf_status nf_exchange_body(nf_exchange *x, nf_error *err);

/* request_commit.c */
nf_status nf_exchange_commit(nf_exchange *x, nf_error *err);
nf_status nf_exchange_plan(nf_exchange *x, nf_error *err);

/* request_result.c */
nf_status nf_exchange_result(nf_exchange *x, nf_error *err);
nf_status nf_exchange_plan_result(nf_exchange *x, nf_error *err);

#endif
