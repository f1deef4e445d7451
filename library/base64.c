/* Base64: strict about padding, since a cut data file must not pass. */
#include "library/base64.h"

#include "base/memory.h"

#include <string.h>

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *nf_base64_encode(const void *bytes, size_t size)
{
    const uint8_t *in = bytes;
    if (size > (SIZE_MAX - 8) / 4 * 3)
        return NULL;
    char *out = nf_alloc((size + 2) / 3 * 4 + 1);
    char *at = out;
    for (size_t i = 0; out && i < size; i += 3) {
        size_t left = size - i;
        uint32_t group = (uint32_t)in[i] << 16;
        group |= left > 1 ? (uint32_t)in[i + 1] << 8 : 0;
        group |= left > 2 ? in[i + 2] : 0;
        *at++ = alphabet[group >> 18];
        *at++ = alphabet[group >> 12 & 63];
        *at++ = left > 1 ? alphabet[group >> 6 & 63] : '=';
        *at++ = left > 2 ? alphabet[group & 63] : '=';
    }
    return out;
}

static int digit(char c)
{
    const char *at = c ? strchr(alphabet, c) : NULL;
    return at ? (int)(at - alphabet) : -1;
}

bool nf_base64_decode(uint8_t **out, size_t *size, const char *text,
                      size_t length)
{
    uint32_t group = 0;
    size_t digits = 0, padding = 0, written = 0;
    uint8_t *bytes = nf_alloc(length / 4 * 3 + 3);
    *out = NULL;
    *size = 0;
    for (size_t i = 0; bytes && i < length; i++) {
        if (strchr(" \t\r\n", text[i]) && text[i])
            continue;
        int value = text[i] == '=' ? 0 : digit(text[i]);
        bool pad = text[i] == '=';
        if (value < 0 || (padding && !pad) || (pad && digits % 4 < 2))
            goto cleanup;
        padding += pad;
        group = group << 6 | (uint32_t)value;
        if (++digits % 4 != 0)
            continue;
        bytes[written++] = (uint8_t)(group >> 16);
        bytes[written++] = (uint8_t)(group >> 8);
        bytes[written++] = (uint8_t)group;
        group = 0;
    }
    if (!bytes || digits % 4 != 0 || padding > 2)
        goto cleanup;
    *out = bytes;
    *size = written - padding;
    return true;

cleanup:
    nf_free(bytes);
    return false;
}
