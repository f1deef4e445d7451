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

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool nf_unhex(uint8_t *bytes, size_t size, const char *text)
{
    if (strlen(text) != 2 * size)
        return false;
    for (size_t i = 0; i < size; i++) {
        int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);
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

static bool document_check(const uint8_t *bytes, size_t size, int depth)
{
    bson_t document;
    bson_iter_t iter;

    if (depth > NF_SYNC_DEPTH_MAX || size < 5 ||
        !bson_init_static(&document, bytes, size) ||
        !bson_iter_init(&iter, &document))
        return false;
    while (bson_iter_next(&iter)) {
        if (!nf_element_valid(&iter, depth))
            return false;
    }
    /* The iterator stops both at the end and at a damaged element; the end is
     * the document's last byte. */
    return iter.err_off == 0 && iter.off == size - 1;
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
