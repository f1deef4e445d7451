/* UTF-8 helpers and a growing text buffer with a maximum. */
#ifndef NF_BASE_TEXT_H
#define NF_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The largest length <= `size` at which `text` may be cut without splitting
 * a character; `text` holds at least `size` bytes. */
size_t nf_utf8_cut(const char *text, size_t size);
/* Takes out what is no character, such as half of one at the end of an
 * excerpt: what is left is well-formed. */
void nf_utf8_mend(char *text);
/* Whether the bytes are well-formed UTF-8 (no surrogates, no overlong forms).
 */
bool nf_utf8_valid(const char *text, size_t length);
/* Reads one character at *position (< length, valid UTF-8) and moves on. */
uint32_t nf_utf8_next(const char *text, size_t length, size_t *position);
/* Writes `code` to `out` (4 bytes of room); returns the bytes written. */
size_t nf_utf8_put(char *out, uint32_t code);
/* The value of a hexadecimal digit; -1: it is none. */
int nf_hex_digit(char c);

/* A buffer that grows up to a maximum. After a failure (memory,
 * maximum) `failed` stays set, appends do nothing, and `data` is still freed
 * by nf_buffer_dispose. `data` is NUL-terminated once anything was appended. */
typedef struct nf_buffer {
    char *data;
    size_t length;
    size_t capacity; /* at most maximum + 1; `length` after a failure */
    size_t maximum;
    bool failed;
    bool full;     /* it failed because of `maximum` */
    bool borrowed; /* `data` is the caller's memory */
} nf_buffer;

enum { NF_BUFFER_MAX = 1 << 30 }; /* when nothing smaller is known */

void nf_buffer_init(nf_buffer *buffer, size_t maximum);
/* The same, but texts that fit `memory` (usually on the stack) need no
 * allocation. `memory` outlives the buffer. */
void nf_buffer_init_on(nf_buffer *buffer, void *memory, size_t size,
                       size_t maximum);
void nf_buffer_dispose(nf_buffer *buffer);
void nf_buffer_clear(nf_buffer *buffer); /* keeps memory, clears `failed` */
void nf_buffer_add(nf_buffer *buffer, const void *bytes, size_t length);
void nf_buffer_text(nf_buffer *buffer, const char *text);
/* Makes the text `more` bytes longer; where to write them, NULL after a
 * failure. */
char *nf_buffer_extend_slowly(nf_buffer *buffer, size_t more);
static inline char *nf_buffer_extend(nf_buffer *buffer, size_t more)
{
    char *to;

    if (more >= buffer->capacity - buffer->length)
        return nf_buffer_extend_slowly(buffer, more);
    to = buffer->data + buffer->length;
    buffer->length += more;
    to[more] = '\0';
    return to;
}
static inline void nf_buffer_char(nf_buffer *buffer, char c)
{
    char *to = nf_buffer_extend(buffer, 1);

    if (to)
        *to = c;
}
/* The decimal digits of a number, with its sign, at the end of `room`; where
 * they begin. No NUL. */
enum { NF_INTEGER_ROOM = 20 };
char *nf_integer_text(char room[NF_INTEGER_ROOM], int64_t value,
                      size_t *length);
/* Appends them, zeros before them up to `width` characters with the sign
 * (as "%0*lld"). */
void nf_buffer_integer(nf_buffer *buffer, int64_t value, int width);
void nf_buffer_format(nf_buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Appends what a terminal may show of a text: control characters are written as
 * escapes, line breaks only for `one_line`. */
void nf_buffer_shown(nf_buffer *buffer, const char *text, bool one_line);
/* The text, "" if nothing was appended; NULL after a failure. Borrowed. */
const char *nf_buffer_string(const nf_buffer *buffer);
/* Hands the memory over (nf_free); NULL after a failure. */
char *nf_buffer_take(nf_buffer *buffer);

#endif
