/* UTF-8 and text buffers. */
#include "base/text.h"
#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

size_t nf_utf8_cut(const char *text, size_t size)
{
    size_t cut = size;

    while (cut > 0 && size - cut < 4 &&
           ((unsigned char)text[cut] & 0xC0) == 0x80)
        cut--;
    return cut;
}

/* The length of the well-formed character at `s`, 0 if there is none. */
static size_t character_length(const unsigned char *s, size_t left)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = s[0] < 0x80           ? 1
                    : (s[0] >> 5) == 0x6  ? 2
                    : (s[0] >> 4) == 0xE  ? 3
                    : (s[0] >> 3) == 0x1E ? 4
                                          : 0;
    uint32_t code;

    if (!length || length > left)
        return 0;
    if (length == 1)
        return 1;
    code = s[0] & (0x7Fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((s[i] & 0xC0) != 0x80)
            return 0;
        code = code << 6 | (s[i] & 0x3F);
    }
    if (code < least[length] || code > 0x10FFFF ||
        (code >= 0xD800 && code <= 0xDFFF))
        return 0;
    return length;
}

void nf_utf8_mend(char *text)
{
    size_t length = strlen(text), kept = 0;

    for (size_t i = 0; i < length;) {
        size_t step =
            character_length((const unsigned char *)text + i, length - i);

        memmove(text + kept, text + i, step);
        kept += step;
        i += step ? step : 1;
    }
    text[kept] = '\0';
}

/* How many bytes from the start are ASCII, as far as eight at a time tell. */
static size_t ascii_length(const char *text, size_t length)
{
    size_t i = 0;
    uint64_t word;

    while (i + sizeof word <= length) {
        memcpy(&word, text + i, sizeof word);
        if (word & UINT64_C(0x8080808080808080))
            break;
        i += sizeof word;
    }
    return i;
}

bool nf_utf8_valid(const char *text, size_t length)
{
    size_t i = ascii_length(text, length);

    while (i < length) {
        size_t step;

        if (!((unsigned char)text[i] & 0x80)) {
            i++;
            continue;
        }
        step = character_length((const unsigned char *)text + i, length - i);
        if (!step)
            return false;
        i += step;
        i += ascii_length(text + i, length - i);
    }
    return true;
}

uint32_t nf_utf8_next(const char *text, size_t length, size_t *position)
{
    const unsigned char *s = (const unsigned char *)text + *position;
    size_t step = character_length(s, length - *position);
    uint32_t code;

    if (step <= 1) {
        *position += 1;
        return step ? s[0] : 0xFFFD;
    }
    code = s[0] & (0x7Fu >> step);
    for (size_t i = 1; i < step; i++)
        code = code << 6 | (s[i] & 0x3F);
    *position += step;
    return code;
}

size_t nf_utf8_put(char *out, uint32_t code)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xC0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3F));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xE0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3F));
        out[2] = (char)(0x80 | (code & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3F));
    out[2] = (char)(0x80 | (code >> 6 & 0x3F));
    out[3] = (char)(0x80 | (code & 0x3F));
    return 4;
}

int nf_hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

void nf_buffer_init(nf_buffer *buffer, size_t maximum)
{
    memset(buffer, 0, sizeof *buffer);
    buffer->maximum = maximum;
}

void nf_buffer_init_on(nf_buffer *buffer, void *memory, size_t size,
                       size_t maximum)
{
    *buffer = (nf_buffer){.data = memory,
                          .capacity = size > maximum ? maximum + 1 : size,
                          .maximum = maximum,
                          .borrowed = true};
    buffer->data[0] = '\0';
}

void nf_buffer_dispose(nf_buffer *buffer)
{
    if (!buffer->borrowed)
        nf_free(buffer->data);
    nf_buffer_init(buffer, buffer->maximum);
}

void nf_buffer_clear(nf_buffer *buffer)
{
    buffer->length = 0;
    buffer->failed = buffer->full = false;
    if (buffer->data)
        buffer->data[0] = '\0';
}

/* Memory for a text of `length` bytes. */
static bool grow(nf_buffer *buffer, size_t length)
{
    size_t capacity = buffer->capacity > 32 ? buffer->capacity : 32;
    char *grown;

    while (capacity <= length)
        capacity *= 2;
    if (capacity > buffer->maximum)
        capacity = buffer->maximum + 1;
    grown =
        nf_realloc_array(buffer->borrowed ? NULL : buffer->data, capacity, 1);
    if (!grown)
        return false;
    if (buffer->borrowed)
        memcpy(grown, buffer->data, buffer->length + 1);
    buffer->borrowed = false;
    buffer->data = grown;
    buffer->capacity = capacity;
    return true;
}

char *nf_buffer_extend_slowly(nf_buffer *buffer, size_t more)
{
    if (buffer->failed)
        return NULL;
    buffer->full =
        more > buffer->maximum || buffer->length > buffer->maximum - more;
    if (buffer->full || !grow(buffer, buffer->length + more)) {
        buffer->failed = true;
        buffer->capacity = buffer->length;
        return NULL;
    }
    return nf_buffer_extend(buffer, more);
}

void nf_buffer_add(nf_buffer *buffer, const void *bytes, size_t length)
{
    char *to = nf_buffer_extend(buffer, length);

    if (to && length)
        memcpy(to, bytes, length);
}

void nf_buffer_text(nf_buffer *buffer, const char *text)
{
    nf_buffer_add(buffer, text, strlen(text));
}

char *nf_integer_text(char room[NF_INTEGER_ROOM], int64_t value, size_t *length)
{
    static const char pairs[] = "00010203040506070809101112131415161718192021"
                                "22232425262728293031323334353637383940414243"
                                "44454647484950515253545556575859606162636465"
                                "66676869707172737475767778798081828384858687"
                                "888990919293949596979899";
    uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
    char *at = room + NF_INTEGER_ROOM;

    for (; rest >= 10; rest /= 100) {
        at -= 2;
        memcpy(at, pairs + rest % 100 * 2, 2);
    }
    if (rest || at == room + NF_INTEGER_ROOM)
        *--at = (char)('0' + rest);
    if (value < 0)
        *--at = '-';
    *length = (size_t)(room + NF_INTEGER_ROOM - at);
    return at;
}

void nf_buffer_integer(nf_buffer *buffer, int64_t value, int width)
{
    char room[NF_INTEGER_ROOM], *to;
    bool negative = value < 0;
    size_t length, zeros = 0;
    const char *digits = nf_integer_text(room, value, &length);

    if (width > 0 && (size_t)width > length)
        zeros = (size_t)width - length;
    to = nf_buffer_extend(buffer, zeros + length);
    if (!to)
        return;
    if (negative)
        *to++ = '-';
    memset(to, '0', zeros);
    memcpy(to + zeros, digits + negative, length - negative);
}

void nf_buffer_format(nf_buffer *buffer, const char *format, ...)
{
    va_list args;
    char *to;
    int length;

    va_start(args, format);
    length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    to = length < 0 ? NULL : nf_buffer_extend(buffer, (size_t)length);
    if (!to)
        return;
    va_start(args, format);
    vsnprintf(to, (size_t)length + 1, format, args);
    va_end(args);
}

void nf_buffer_shown(nf_buffer *buffer, const char *text, bool one_line)
{
    for (const char *p = text; *p; p++) {
        unsigned char c = (unsigned char)*p, next = (unsigned char)p[1];

        if (c == 0xc2 && next >= 0x80 && next < 0xa0) { /* C1 in UTF-8 */
            nf_buffer_format(buffer, "\\x%02x", next);
            p++;
        } else if (c == '\n' && one_line) {
            nf_buffer_text(buffer, "\\n");
        } else if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f) {
            nf_buffer_format(buffer, "\\x%02x", c);
        } else {
            nf_buffer_char(buffer, (char)c);
        }
    }
}

const char *nf_buffer_string(const nf_buffer *buffer)
{
    if (buffer->failed)
        return NULL;
    return buffer->data ? buffer->data : "";
}

char *nf_buffer_take(nf_buffer *buffer)
{
    char *text = NULL;

    if (!buffer->failed)
        text = buffer->data && !buffer->borrowed
                   ? buffer->data
                   : nf_strndup(nf_buffer_string(buffer), buffer->length);
    if (text == buffer->data)
        buffer->data = NULL;
    nf_buffer_dispose(buffer);
    return text;
}
