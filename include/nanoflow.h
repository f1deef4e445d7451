/* nanoflow: an interpreter for Mendix nanoflows. The one public header. */
#ifndef NANOFLOW_H
#define NANOFLOW_H

#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a call came to. The numbers of the first four are the exit codes of
 * the program. */
typedef enum nf_status {
    NF_OK = 0,        /* it worked */
    NF_FAILED = 1,    /* it ran and the answer is no: an error of the flow */
    NF_USAGE = 2,     /* the caller named what does not exist */
    NF_INPUT = 3,     /* an input can't be read, opened or reached */
    NF_NOMEM = 4,     /* out of memory */
    NF_CANCELLED = 5, /* the caller asked to stop */
    NF_PENDING = 6,   /* not finished yet: call again */
} nf_status;

typedef struct nf_error nf_error;
typedef struct nf_app nf_app;
typedef struct nf_session nf_session;
typedef struct nf_value nf_value;
typedef struct nf_object nf_object;
typedef struct nf_list nf_list;

#ifdef __cplusplus
}
#endif

#endif
