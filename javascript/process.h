/* The process that runs a session's JavaScript, seen from the session: start,
 * one message after the other, end. It is the program nanoflow-javascript,
 * which alone knows the engine; its memory and the time that it takes without
 * a question are bounded, and it is ended when it keeps to neither. */
#ifndef NF_JAVASCRIPT_PROCESS_H
#define NF_JAVASCRIPT_PROCESS_H

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"

typedef struct nf_js_process nf_js_process;

typedef struct nf_js_process_options {
    const char *program;              /* NULL: where it is installed */
    const char *time_zone, *language; /* NULL: UTC, en */
    uint32_t memory_mib;
    /* Answers a question: JSON in, JSON into *answer, or an error, whose
     * message the script gets. NF_NOMEM and NF_CANCELLED end the process. */
    nf_status (*ask)(void *user, const char *name, const char *question,
                     nf_buffer *answer, nf_error *err);
    bool (*cancelled)(void *user);
    void *user;
} nf_js_process_options;

/* Where the program is: what the environment variable NANOFLOW_JAVASCRIPT
 * says, beside the running program or library, or in its folder of libexec;
 * false: nowhere. */
bool nf_js_program(char *path, size_t size);

/* Errors: NF_FAILED js_unavailable. Owner: caller. Options are copied, their
 * texts are needed only here. */
nf_status nf_js_process_start(nf_js_process **out,
                              const nf_js_process_options *options,
                              nf_error *err);
/* A process that runs already, at the other end of a socket, which is taken
 * over, also on failure: for who plays the process. Errors: NF_NOMEM. */
nf_status nf_js_process_over(nf_js_process **out, int socket,
                             const nf_js_process_options *options,
                             nf_error *err);
/* Sends a message and answers questions until it is done. *reply (JSON, NUL
 * behind it) belongs to the process until the next message. Once it failed the
 * process has ended. Errors: NF_FAILED js_timeout (it computes for more than
 * `milliseconds`), js_exception with detail JS_MEMORY or JS_CRASHED;
 * NF_CANCELLED. */
nf_status nf_js_process_run(nf_js_process *process, const char *message,
                            size_t length, int64_t milliseconds,
                            const char **reply, nf_error *err);
void nf_js_process_end(nf_js_process *process);

#endif
