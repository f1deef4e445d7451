/* A head of a request as text, for tests and fuzzing of http_request.h:
 * "METHOD PATH" and a line per header, "NAME: VALUE". */
#ifndef NF_TESTS_HELPER_HEAD_H
#define NF_TESTS_HELPER_HEAD_H

#include "server/http_request.h"

enum { HELPER_HEADERS = 64 };

typedef struct helper_head {
    char text[32 << 10];
    char *method, *path;
    char *names[HELPER_HEADERS], *values[HELPER_HEADERS];
    size_t count;
} helper_head;

/* Splits the text; never fails. */
void helper_head_read(helper_head *head, const char *text, size_t size);
/* What the front end makes of it. */
void helper_head_map(helper_head *head, nf_http_request *out,
                     nf_http_refusal *refusal);

#endif
