/* Faults on purpose of a server behind HTTP; shared by the http files. Without
 * a plan all of these go on. */
#ifndef NF_SERVER_HTTP_FAULT_H
#define NF_SERVER_HTTP_FAULT_H

#include "server/http_internal.h"
#include "sync/fault_kind.h"

typedef enum nf_http_fate {
    NF_HTTP_GOES_ON,
    NF_HTTP_CLOSES, /* the connection, without a reply */
    NF_HTTP_REFUSES /* x->refusal says how */
} nf_http_fate;

/* A request has arrived, `size` more bytes of its body have, and it is
 * answered but its reply has not left. */
nf_http_fate nf_http_fault_before(nf_http_exchange *x);
nf_http_fate nf_http_fault_bytes(nf_http_exchange *x, size_t size);
nf_http_fate nf_http_fault_after(nf_http_exchange *x);
/* The bytes of a reply that x->read makes, as the plan spoils them. */
ssize_t nf_http_read_faulty(void *user, uint64_t position, char *to,
                            size_t room);

#endif
