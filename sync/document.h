/* Writing documents element by element into bytes, of which nanoflow sends no
 * others: libbson's append functions end the process when they get no memory,
 * and cost several times as much, which is most of what a record of an upload
 * or of a result costs. Reading, which needs no memory, stays libbson's. A
 * failure shows in the buffer (memory, its maximum) and makes what follows do
 * nothing. */
#ifndef NF_SYNC_DOCUMENT_H
#define NF_SYNC_DOCUMENT_H

#include "base/text.h"

#include <stdint.h>

/* A document, or one as an element of another; what they return goes to
 * nf_put_end. */
size_t nf_put_begin(nf_buffer *to);
/* Forgets what the buffer has and begins a document at its start. */
void nf_put_start(nf_buffer *to);
size_t nf_put_document(nf_buffer *to, const char *key);
size_t nf_put_array(nf_buffer *to, const char *key);
void nf_put_end(nf_buffer *to, size_t begun);

void nf_put_null(nf_buffer *to, const char *key);
void nf_put_bool(nf_buffer *to, const char *key, bool value);
void nf_put_int32(nf_buffer *to, const char *key, int32_t value);
void nf_put_int64(nf_buffer *to, const char *key, int64_t value);
void nf_put_date(nf_buffer *to, const char *key, int64_t milliseconds);
void nf_put_text(nf_buffer *to, const char *key, const char *text, size_t size);
void nf_put_string(nf_buffer *to, const char *key, const char *text);
void nf_put_binary(nf_buffer *to, const char *key, const void *bytes,
                   size_t size);
/* The same, but the caller writes the bytes: where to, NULL after a failure. */
uint8_t *nf_put_room(nf_buffer *to, const char *key, size_t size);

#endif
