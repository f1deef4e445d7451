/* Requests in the words of a plan of faults (docs/faults.md): for the transport
 * that breaks them on the device and for the server behind HTTP. */
#ifndef NF_SYNC_FAULT_KIND_H
#define NF_SYNC_FAULT_KIND_H

#include "sync/transport.h"

typedef struct nf_fault_kind {
    const char *before, *after;
    const char *up, *down; /* bytes of request and reply; NULL none */
    bool stream;           /* a series of records passes */
} nf_fault_kind;

/* Never NULL. Static. */
const nf_fault_kind *nf_fault_kind_of(const nf_sync_request *request);

#endif
