/* libcurl without sockets, for sync/transport_http.c: requests go to whom the
 * target names, and what comes back arrives in pieces, late, or not at all. */
#ifndef FUZZ_FAKE_CURL_H
#define FUZZ_FAKE_CURL_H

#include "base/text.h"
#include "sync/http_curl.h"

/* A request as it would be written: "METHOD PATH", a line per header. */
typedef struct fake_asked {
    nf_buffer head;
    const void *body;
    size_t size;
} fake_asked;

typedef struct fake_answer {
    int status;     /* 0: the connection is cut before */
    nf_buffer head; /* lines that end with CR LF */
    nf_buffer body;
    size_t piece; /* 0: as large as can be */
    bool cut;     /* after all of that */
} fake_answer;

/* Who answers; the buffers of *out are empty, and freed by who asked. */
typedef void (*fake_answer_fn)(void *user, const fake_asked *asked,
                               fake_answer *out);

/* The functions and both handles; the same ones at each call, so one transport
 * at a time. */
void fake_curl_use(nf_curl *curl, CURL **easy, CURLM **multi,
                   fake_answer_fn answer, void *user);

#endif
