/* UTF-8 and text buffers. */
#include "base/text.h"
#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

size_t nf_utf8_cut(const char *text, size_t size)
{
    size_t cut = size;

    while (cut > 0 && size - cut < 4 && ((unsigned char)text[cut] & 0xC0) == 0x80)
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

bool nf_utf8_valid(const char *text, size_t length)
{
    size_t i = 0;

    while (i < length) {
        size_t step = character_length((const unsigned char *)text + i,
                                       length - i);
        if (!step)
            return false;
        i += step;
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

void nf_buffer_init(nf_buffer *buffer, size_t maximum)
{
    memset(buffer, 0, sizeof *buffer);
    buffer->maximum = maximum;
}

void nf_buffer_dispose(nf_buffer *buffer)
{
    nf_free(buffer->data);
    nf_buffer_init(buffer, buffer->maximum);
}

void nf_buffer_clear(nf_buffer *buffer)
{
    buffer->length = 0;
    buffer->failed = false;
    if (buffer->data)
        buffer->data[0] = '\0';
}

/* Makes room for `more` bytes and a NUL. */
static bool reserve(nf_buffer *buffer, size_t more)
{
    size_t wanted, capacity = buffer->capacity ? buffer->capacity : 64;
    char *grown;

    if (buffer->failed)
        return false;
    if (more > buffer->maximum || buffer->length > buffer->maximum - more)
        goto failed;
    wanted = buffer->length + more + 1;
    if (wanted <= buffer->capacity)
        return true;
    while (capacity < wanted)
        capacity *= 2;
    grown = nf_realloc_array(buffer->data, capacity, 1);
    if (!grown)
        goto failed;
    buffer->data = grown;
    buffer->capacity = capacity;
    return true;
failed:
    buffer->failed = true;
    return false;
}

void nf_buffer_add(nf_buffer *buffer, const void *bytes, size_t length)
{
    if (!reserve(buffer, length))
        return;
    if (length)
        memcpy(buffer->data + buffer->length, bytes, length);
    buffer->length += length;
    buffer->data[buffer->length] = '\0';
}

void nf_buffer_text(nf_buffer *buffer, const char *text)
{
    nf_buffer_add(buffer, text, strlen(text));
}

void nf_buffer_char(nf_buffer *buffer, char c)
{
    nf_buffer_add(buffer, &c, 1);
}

void nf_buffer_format(nf_buffer *buffer, const char *format, ...)
{
    va_list args;
    int length;

    va_start(args, format);
    length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length < 0 || !reserve(buffer, (size_t)length))
        return;
    va_start(args, format);
    vsnprintf(buffer->data + buffer->length, (size_t)length + 1, format, args);
    va_end(args);
    buffer->length += (size_t)length;
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
        text = buffer->data ? buffer->data : nf_strdup("");
    if (text == buffer->data)
        buffer->data = NULL;
    nf_buffer_dispose(buffer);
    return text;
}
