/* Structure of messages (synchronize W15, W23). Every byte comes from the
 * other side: lengths, types, texts and depth are checked before anything is
 * looked at. */
#include "sync/codec.h"
#include "base/digest.h"

void nf_hex(char *text, const uint8_t *bytes, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    text[2 * size] = '\0';
}

bool nf_unhex(uint8_t *bytes, size_t size, const char *text)
{
    if (strlen(text) != 2 * size)
        return false;
    for (size_t i = 0; i < size; i++) {
        int high = nf_hex_digit(text[2 * i]), low = nf_hex_digit(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

bool nf_sha256(uint8_t digest[NF_SHA256_SIZE], const void *bytes, size_t size)
{
    return nf_digest(digest, bytes, size);
}

/* ---- documents --------------------------------------------------------- */

static bool document_check(const uint8_t *bytes, size_t size, int depth);

bool nf_element_valid(const bson_iter_t *iter, int depth)
{
    const char *key = bson_iter_key(iter);
    const uint8_t *data = NULL;
    uint32_t length = 0;

    if (!nf_utf8_valid(key, strlen(key)))
        return false;
    switch (bson_iter_type(iter)) {
    case BSON_TYPE_UTF8: {
        const char *text = bson_iter_utf8(iter, &length);
        return text && nf_utf8_valid(text, length);
    }
    case BSON_TYPE_DOCUMENT:
        bson_iter_document(iter, &length, &data);
        return data && document_check(data, length, depth + 1);
    case BSON_TYPE_ARRAY:
        bson_iter_array(iter, &length, &data);
        return data && document_check(data, length, depth + 1);
    case BSON_TYPE_BINARY:
    case BSON_TYPE_BOOL:
    case BSON_TYPE_DATE_TIME:
    case BSON_TYPE_NULL:
    case BSON_TYPE_INT32:
    case BSON_TYPE_INT64:
        return true;
    default:
        return false;
    }
}

/* ---- inside of elements ---------------------------------------------------
 * Every byte that arrives is passed here once, before anything is read with
 * libbson, which does not look at what lies inside of a document. */

static size_t get_32(const uint8_t *at)
{
    return (size_t)at[0] | (size_t)at[1] << 8 | (size_t)at[2] << 16 |
           (size_t)at[3] << 24;
}

static bool text_check(const uint8_t *at, size_t left, size_t *used)
{
    size_t length = left >= 5 ? get_32(at) : 0;

    if (length == 0 || length > left - 4 || at[4 + length - 1] != '\0')
        return false;
    *used = 4 + length;
    return nf_utf8_valid((const char *)at + 4, length - 1);
}

static bool binary_check(const uint8_t *at, size_t left, size_t *used)
{
    size_t length = left >= 5 ? get_32(at) : 0;

    if (left < 5 || length > left - 5)
        return false;
    *used = 5 + length;
    /* The old subtype has its length once more. */
    return at[4] != BSON_SUBTYPE_BINARY_DEPRECATED ||
           (length >= 4 && get_32(at + 5) == length - 4);
}

/* A value of `type` in the `left` bytes from `at` on. */
static bool value_check(uint8_t type, const uint8_t *at, size_t left, int depth,
                        size_t *used)
{
    switch (type) {
    case BSON_TYPE_UTF8:
        return text_check(at, left, used);
    case BSON_TYPE_BINARY:
        return binary_check(at, left, used);
    case BSON_TYPE_DOCUMENT:
    case BSON_TYPE_ARRAY:
        *used = left >= 5 ? get_32(at) : 0;
        return *used >= 5 && *used <= left &&
               document_check(at, *used, depth + 1);
    case BSON_TYPE_BOOL:
        *used = 1;
        return left >= 1 && at[0] <= 1;
    case BSON_TYPE_NULL:
        *used = 0;
        return true;
    case BSON_TYPE_INT32:
        *used = 4;
        return left >= 4;
    case BSON_TYPE_DATE_TIME:
    case BSON_TYPE_INT64:
        *used = 8;
        return left >= 8;
    default:
        return false;
    }
}

static bool document_check(const uint8_t *bytes, size_t size, int depth)
{
    const uint8_t *at = bytes + 4, *end, *key;
    size_t used = 0;
    uint8_t type;

    if (depth > NF_SYNC_DEPTH_MAX || size < 5 || get_32(bytes) != size)
        return false;
    end = bytes + size - 1;
    while (at < end) {
        type = *at;
        key = at + 1;
        at = memchr(key, '\0', (size_t)(end - key));
        if (!at || !nf_utf8_valid((const char *)key, (size_t)(at - key)))
            return false;
        at++;
        if (!value_check(type, at, (size_t)(end - at), depth, &used))
            return false;
        at += used;
    }
    return at == end && *end == '\0';
}

bool nf_document_valid(const uint8_t *bytes, size_t size)
{
    return size <= NF_SYNC_DOCUMENT_MAX && document_check(bytes, size, 1);
}

bool nf_document_open(bson_t *out, const void *bytes, size_t size)
{
    return bytes && nf_document_valid(bytes, size) &&
           bson_init_static(out, bytes, size);
}

const char *nf_document_text(const bson_t *document, const char *key,
                             const char *fallback)
{
    bson_iter_t iter;
    if (bson_iter_init_find(&iter, document, key) &&
        BSON_ITER_HOLDS_UTF8(&iter)) {
        uint32_t length = 0;
        const char *text = bson_iter_utf8(&iter, &length);
        /* Names with a NUL inside would be cut by every later use. */
        return text && strlen(text) == length ? text : fallback;
    }
    return fallback;
}

int64_t nf_document_int(const bson_t *document, const char *key,
                        int64_t fallback)
{
    bson_iter_t iter;
    if (bson_iter_init_find(&iter, document, key) &&
        (BSON_ITER_HOLDS_INT64(&iter) || BSON_ITER_HOLDS_INT32(&iter)))
        return bson_iter_as_int64(&iter);
    return fallback;
}

bool nf_document_bool(const bson_t *document, const char *key, bool fallback)
{
    bson_iter_t iter;
    if (bson_iter_init_find(&iter, document, key) &&
        BSON_ITER_HOLDS_BOOL(&iter))
        return bson_iter_bool(&iter);
    return fallback;
}

bool nf_document_binary(const bson_t *document, const char *key, uint8_t *bytes,
                        size_t size)
{
    bson_iter_t iter;
    uint32_t length = 0;
    const uint8_t *data = NULL;
    bson_subtype_t subtype;

    if (!bson_iter_init_find(&iter, document, key) ||
        !BSON_ITER_HOLDS_BINARY(&iter))
        return false;
    bson_iter_binary(&iter, &subtype, &length, &data);
    if (!data || length != size)
        return false;
    memcpy(bytes, data, size);
    return true;
}

bool nf_document_part(const bson_t *document, const char *key, bson_t *out)
{
    bson_iter_t iter;
    uint32_t length = 0;
    const uint8_t *data = NULL;

    if (!bson_iter_init_find(&iter, document, key))
        return false;
    if (BSON_ITER_HOLDS_DOCUMENT(&iter))
        bson_iter_document(&iter, &length, &data);
    else if (BSON_ITER_HOLDS_ARRAY(&iter))
        bson_iter_array(&iter, &length, &data);
    return data && bson_init_static(out, data, length);
}
