/* Messages between a session and the process that runs its JavaScript: one
 * byte that says what it is, the length, the bytes. Both ends include this;
 * it knows nothing of either. */
#ifndef NF_JAVASCRIPT_FRAME_H
#define NF_JAVASCRIPT_FRAME_H

#include <stdint.h>

enum {
    NF_JS_HEAD = 5,   /* kind, then the length in the machine's order */
    NF_JS_SOCKET = 3, /* the descriptor that the process talks over */
    NF_JS_MESSAGE_MAX = 256 * 1024 * 1024,
};

typedef enum nf_js_kind {
    /* To the process. */
    NF_JS_RUN = 'r',    /* JSON: call the shim, answered by DONE */
    NF_JS_ANSWER = 'a', /* JSON: what was asked for */
    NF_JS_REFUSE = 'f', /* text: why not, thrown as an Error */
    /* From it. */
    NF_JS_READY = 'y',  /* the shim is there */
    NF_JS_ASK = 'q',    /* name, NUL, JSON */
    NF_JS_DONE = 'd',   /* JSON: what was settled, and what it waits for */
    NF_JS_BROKEN = 'x', /* text: the process can't go on */
} nf_js_kind;

#endif
