/* UTF-8 helpers and a growing text buffer with a maximum. */
#ifndef NF_BASE_TEXT_H
#define NF_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The largest length <= `size` at which `text` may be cut without splitting
 * a character; `text` holds at least `size` bytes. */
size_t nf_utf8_cut(const char *text, size_t size);
/* Whether the bytes are well-formed UTF-8 (no surrogates, no overlong forms). */
bool nf_utf8_valid(const char *text, size_t length);
/* Reads one character at *position (< length, valid UTF-8) and moves on. */
uint32_t nf_utf8_next(const char *text, size_t length, size_t *position);
/* Writes `code` to `out` (4 bytes of room); returns the bytes written. */
size_t nf_utf8_put(char *out, uint32_t code);

/* A buffer that grows up to a maximum (style H23). After a failure (memory,
 * maximum) `failed` stays set, appends do nothing, and `data` is still freed
 * by nf_buffer_dispose. `data` is NUL-terminated once anything was appended. */
typedef struct nf_buffer {
    char *data;
    size_t length;
    size_t capacity;
    size_t maximum;
    bool failed;
} nf_buffer;

enum { NF_BUFFER_MAX = 1 << 30 }; /* when nothing smaller is known */

void nf_buffer_init(nf_buffer *buffer, size_t maximum);
void nf_buffer_dispose(nf_buffer *buffer);
void nf_buffer_clear(nf_buffer *buffer); /* keeps memory, clears `failed` */
void nf_buffer_add(nf_buffer *buffer, const void *bytes, size_t length);
void nf_buffer_text(nf_buffer *buffer, const char *text);
void nf_buffer_char(nf_buffer *buffer, char c);
void nf_buffer_format(nf_buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The text, "" if nothing was appended; NULL after a failure. Borrowed. */
const char *nf_buffer_string(const nf_buffer *buffer);
/* Hands the memory over (nf_free); NULL after a failure. */
char *nf_buffer_take(nf_buffer *buffer);

#endif
