/* The head of a unit: its id, type, name and whether it is excluded, read
 * without what stands between. Keys of a unit are in alphabetical order
 * (MF-E5), so a name follows the widgets of a page; those are skipped by their
 * stored sizes, and only the window around a wanted key is read. Nothing relies
 * on the order: the search goes on to the end until all four keys were met. */
#include "models/bson.h"

#include <bson/bson.h>
#include <string.h>

enum {
    WINDOW = 4096,
    NEXT = 512, /* what follows a skipped value: keys with small values */
    MAX_KEY = 1023,
    GUID_VALUE = 21 /* length, subtype, 16 bytes */
};

typedef struct scanner {
    const nf_bson_source *source;
    size_t start, end; /* what the window holds of the document */
    size_t length;     /* of the document */
    nf_error *err;
    uint8_t window[WINDOW];
} scanner;

static nf_status damaged(const scanner *s, size_t offset, const char *what)
{
    nf_status status = nf_error_set(s->err, NF_INPUT, "bad_model",
                                    "damaged model data: %s", what);

    nf_error_at_offset(s->err, NULL, (long long)offset);
    return status;
}

static uint32_t number(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 |
           (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

/* Puts at least `least` bytes from `offset` on into the window, `most` if the
 * document has them. */
static nf_status fill(scanner *s, size_t offset, size_t least, size_t most)
{
    long got = s->source->read(s->source, s->window, most, offset, s->err);

    if (got < 0)
        return NF_INPUT;
    s->start = offset;
    s->end = offset + (size_t)got;
    if ((size_t)got < least)
        return damaged(s, s->end, "it ends early");
    return NF_OK;
}

/* `size` bytes at `offset` of the document in *bytes. */
static nf_status look(scanner *s, const uint8_t **bytes, size_t offset,
                      size_t size)
{
    nf_status status = NF_OK;
    size_t rest, most = size > NEXT ? size : NEXT;

    if (offset > s->length || size > s->length - offset)
        return damaged(s, offset, "a value is larger than its document");
    rest = s->length - offset;
    if (offset < s->start || offset + size > s->end)
        status = fill(s, offset, size, most < rest ? most : rest);
    *bytes = s->window + (offset - s->start);
    return status;
}

/* Reads the length that the document begins with. A file that ends within the
 * first window has to have it. */
static nf_status open_document(scanner *s)
{
    nf_status status = fill(s, 0, 5, WINDOW);

    if (status)
        return status;
    s->length = number(s->window);
    if (s->length < 5 || s->length > INT32_MAX ||
        (s->end < WINDOW ? s->length != s->end : s->length < s->end))
        return damaged(s, 0, "its length does not fit its contents");
    return NF_OK;
}

/* The text that ends with NUL at `offset`; *length without it. */
static nf_status look_text(scanner *s, const char **text, size_t *length,
                           size_t offset)
{
    const uint8_t *bytes = NULL, *end;
    nf_status status = look(s, &bytes, offset, 1);

    if (status)
        return status;
    end = memchr(bytes, 0, s->end - offset);
    if (!end) {
        size_t rest = s->length - offset;

        status = look(s, &bytes, offset, rest > MAX_KEY ? MAX_KEY + 1 : rest);
        if (status)
            return status;
        end = memchr(bytes, 0, s->end - offset);
    }
    if (!end)
        return damaged(s, offset, "a key without an end");
    *text = (const char *)bytes;
    *length = (size_t)(end - bytes);
    return NF_OK;
}

/* The size of a value whose size is stored in its first four bytes. */
static nf_status sized(scanner *s, size_t *size, size_t offset, size_t more)
{
    const uint8_t *bytes = NULL;
    nf_status status = look(s, &bytes, offset, 4);

    *size = status ? 0 : number(bytes) + more;
    return status;
}

static nf_status regex_size(scanner *s, size_t *size, size_t offset)
{
    const char *text;
    size_t pattern, options = 0;
    nf_status status = look_text(s, &text, &pattern, offset);

    if (!status)
        status = look_text(s, &text, &options, offset + pattern + 1);
    *size = status ? 0 : pattern + options + 2;
    return status;
}

static nf_status value_size(scanner *s, size_t *size, int type, size_t offset)
{
    *size = 0;
    switch (type) {
    case BSON_TYPE_UTF8:
    case BSON_TYPE_CODE:
    case BSON_TYPE_SYMBOL:
        return sized(s, size, offset, 4);
    case BSON_TYPE_DOCUMENT:
    case BSON_TYPE_ARRAY:
    case BSON_TYPE_CODEWSCOPE:
        return sized(s, size, offset, 0);
    case BSON_TYPE_BINARY:
        return sized(s, size, offset, 5);
    case BSON_TYPE_DBPOINTER:
        return sized(s, size, offset, 4 + 12);
    case BSON_TYPE_REGEX:
        return regex_size(s, size, offset);
    case BSON_TYPE_BOOL:
        *size = 1;
        return NF_OK;
    case BSON_TYPE_INT32:
        *size = 4;
        return NF_OK;
    case BSON_TYPE_DOUBLE:
    case BSON_TYPE_DATE_TIME:
    case BSON_TYPE_TIMESTAMP:
    case BSON_TYPE_INT64:
        *size = 8;
        return NF_OK;
    case BSON_TYPE_OID:
        *size = 12;
        return NF_OK;
    case BSON_TYPE_DECIMAL128:
        *size = 16;
        return NF_OK;
    case BSON_TYPE_NULL:
    case BSON_TYPE_UNDEFINED:
    case BSON_TYPE_MINKEY:
    case BSON_TYPE_MAXKEY:
        return NF_OK;
    default:
        return damaged(s, offset, "a value of an unknown kind");
    }
}

static nf_status take_text(scanner *s, char *out, size_t room, size_t offset,
                           size_t size)
{
    const uint8_t *bytes = NULL;
    size_t length = size - 5; /* without its own length and NUL */
    nf_status status;

    if (size < 5 || length >= room)
        return damaged(s, offset, "a name is too long");
    status = look(s, &bytes, offset + 4, length + 1);
    if (status)
        return status;
    if (bytes[length] || !nf_utf8_valid((const char *)bytes, length))
        return damaged(s, offset, "a name is not UTF-8");
    memcpy(out, bytes, length + 1);
    return NF_OK;
}

enum { HAS_ID = 1, HAS_TYPE = 2, HAS_NAME = 4, HAS_EXCLUDED = 8, HAS_ALL = 15 };

/* Which of the wanted keys this is; 0: none. */
static int wanted(int type, const char *key)
{
    switch (type) {
    case BSON_TYPE_BINARY:
        return strcmp(key, "$ID") == 0 ? HAS_ID : 0;
    case BSON_TYPE_UTF8:
        return strcmp(key, "$Type") == 0  ? HAS_TYPE
               : strcmp(key, "Name") == 0 ? HAS_NAME
                                          : 0;
    case BSON_TYPE_BOOL:
        return strcmp(key, "Excluded") == 0 ? HAS_EXCLUDED : 0;
    default:
        return 0;
    }
}

static nf_status take(scanner *s, nf_bson_head *out, int what, size_t offset,
                      size_t size)
{
    const uint8_t *bytes = NULL;
    nf_status status;

    if (what == HAS_TYPE)
        return take_text(s, out->type, sizeof out->type, offset, size);
    if (what == HAS_NAME)
        return take_text(s, out->name, sizeof out->name, offset, size);
    if (what == HAS_ID && size != GUID_VALUE)
        return NF_OK;
    status = look(s, &bytes, offset, size);
    if (!status && what == HAS_ID)
        memcpy(out->id.bytes, bytes + 5, sizeof out->id.bytes);
    if (!status && what == HAS_EXCLUDED)
        out->excluded = *bytes != 0;
    return status;
}

/* One key with its value at *offset, and moves on. */
static nf_status read_key(scanner *s, nf_bson_head *out, int *found,
                          size_t *offset)
{
    const uint8_t *bytes = NULL;
    const char *key = NULL;
    size_t length = 0, size = 0;
    nf_status status = look(s, &bytes, *offset, 1);
    int type = status ? 0 : *bytes, what;

    if (!status)
        status = look_text(s, &key, &length, *offset + 1);
    if (status)
        return status;
    what = wanted(type, key);
    *offset += length + 2;
    status = value_size(s, &size, type, *offset);
    if (!status && what)
        status = take(s, out, what, *offset, size);
    if (!status && size >= s->length - *offset)
        status = damaged(s, *offset, "a value is larger than its document");
    *found |= what;
    *offset += size;
    return status;
}

nf_status nf_bson_head_read(nf_bson_head *out, const nf_bson_source *source,
                            nf_error *err)
{
    scanner s;
    size_t offset = 4;
    int found = 0;
    nf_status status;

    s.source = source;
    s.start = s.end = s.length = 0;
    s.err = err;
    memset(&out->id, 0, sizeof out->id);
    out->type[0] = out->name[0] = '\0';
    out->excluded = false;
    status = open_document(&s);
    while (!status && found != HAS_ALL && offset + 1 < s.length)
        status = read_key(&s, out, &found, &offset);
    return status;
}

/* ---- sources ------------------------------------------------------------- */

static long read_memory(const nf_bson_source *source, void *out, size_t size,
                        size_t offset, nf_error *err)
{
    const nf_bson_memory *memory = (const nf_bson_memory *)source;
    size_t rest = offset < memory->length ? memory->length - offset : 0;

    (void)err;
    if (size > rest)
        size = rest;
    if (size)
        memcpy(out, memory->bytes + offset, size);
    return (long)size;
}

nf_bson_memory nf_bson_memory_of(const uint8_t *bytes, size_t length)
{
    return (nf_bson_memory){{read_memory}, bytes, length};
}
