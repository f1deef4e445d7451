/* See document.h. */
#include "sync/document.h"

#include <bson/bson.h>

static void put_32(char *to, uint32_t value)
{
    value = BSON_UINT32_TO_LE(value);
    memcpy(to, &value, sizeof value);
}

/* An element without its value, for which there is room; NULL after a
 * failure. */
static char *put_head(nf_buffer *to, bson_type_t type, const char *key,
                      size_t room)
{
    size_t length = strlen(key) + 1;
    char *at = nf_buffer_extend(to, 1 + length + room);

    if (!at)
        return NULL;
    *at = (char)type;
    memcpy(at + 1, key, length);
    return at + 1 + length;
}

size_t nf_put_begin(nf_buffer *to)
{
    size_t begun = to->length;

    (void)nf_buffer_extend(to, 4); /* the length, once it is known */
    return begun;
}

void nf_put_start(nf_buffer *to)
{
    nf_buffer_clear(to);
    (void)nf_put_begin(to);
}

size_t nf_put_document(nf_buffer *to, const char *key)
{
    (void)put_head(to, BSON_TYPE_DOCUMENT, key, 4);
    return to->length - 4;
}

size_t nf_put_array(nf_buffer *to, const char *key)
{
    (void)put_head(to, BSON_TYPE_ARRAY, key, 4);
    return to->length - 4;
}

void nf_put_end(nf_buffer *to, size_t begun)
{
    nf_buffer_char(to, '\0');
    if (!to->failed)
        put_32(to->data + begun, (uint32_t)(to->length - begun));
}

void nf_put_null(nf_buffer *to, const char *key)
{
    (void)put_head(to, BSON_TYPE_NULL, key, 0);
}

void nf_put_bool(nf_buffer *to, const char *key, bool value)
{
    char *at = put_head(to, BSON_TYPE_BOOL, key, 1);

    if (at)
        *at = value;
}

void nf_put_int32(nf_buffer *to, const char *key, int32_t value)
{
    char *at = put_head(to, BSON_TYPE_INT32, key, 4);

    if (at)
        put_32(at, (uint32_t)value);
}

static void put_64(nf_buffer *to, bson_type_t type, const char *key,
                   int64_t value)
{
    char *at = put_head(to, type, key, 8);
    uint64_t bits = BSON_UINT64_TO_LE((uint64_t)value);

    if (at)
        memcpy(at, &bits, sizeof bits);
}

void nf_put_int64(nf_buffer *to, const char *key, int64_t value)
{
    put_64(to, BSON_TYPE_INT64, key, value);
}

void nf_put_date(nf_buffer *to, const char *key, int64_t milliseconds)
{
    put_64(to, BSON_TYPE_DATE_TIME, key, milliseconds);
}

void nf_put_text(nf_buffer *to, const char *key, const char *text, size_t size)
{
    char *at = put_head(to, BSON_TYPE_UTF8, key, 4 + size + 1);

    if (!at)
        return;
    put_32(at, (uint32_t)size + 1);
    memcpy(at + 4, text, size);
    at[4 + size] = '\0';
}

void nf_put_string(nf_buffer *to, const char *key, const char *text)
{
    nf_put_text(to, key, text, strlen(text));
}

uint8_t *nf_put_room(nf_buffer *to, const char *key, size_t size)
{
    char *at = put_head(to, BSON_TYPE_BINARY, key, 4 + 1 + size);

    if (!at)
        return NULL;
    put_32(at, (uint32_t)size);
    at[4] = BSON_SUBTYPE_BINARY;
    return (uint8_t *)at + 5;
}

void nf_put_binary(nf_buffer *to, const char *key, const void *bytes,
                   size_t size)
{
    uint8_t *at = nf_put_room(to, key, size);

    if (at && size)
        memcpy(at, bytes, size);
}
