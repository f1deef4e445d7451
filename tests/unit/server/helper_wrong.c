/* See helper_wrong.h. */
#include "helper_wrong.h"

#include <stdio.h>
#include <string.h>

enum { LEVELS = 3 };

static void put_nothing(bson_t *to, const char *key)
{
    (void)to;
    (void)key;
}

static void put_null(bson_t *to, const char *key)
{
    BSON_APPEND_NULL(to, key);
}

static void put_bool(bson_t *to, const char *key)
{
    BSON_APPEND_BOOL(to, key, true);
}

static void put_minus(bson_t *to, const char *key)
{
    BSON_APPEND_INT64(to, key, -1);
}

static void put_huge(bson_t *to, const char *key)
{
    BSON_APPEND_INT64(to, key, INT64_MAX);
}

static void put_fraction(bson_t *to, const char *key)
{
    BSON_APPEND_DOUBLE(to, key, 1e300);
}

static void put_empty(bson_t *to, const char *key)
{
    BSON_APPEND_UTF8(to, key, "");
}

static void put_text(bson_t *to, const char *key)
{
    BSON_APPEND_UTF8(to, key, "../../%s\n");
}

static void put_long(bson_t *to, const char *key)
{
    static char text[10001];
    memset(text, 'x', sizeof text - 1);
    BSON_APPEND_UTF8(to, key, text);
}

static void put_bytes(bson_t *to, const char *key)
{
    static const uint8_t bytes[17] = {1};
    BSON_APPEND_BINARY(to, key, BSON_SUBTYPE_BINARY, bytes, sizeof bytes);
}

static void put_no_bytes(bson_t *to, const char *key)
{
    static const uint8_t none = 0;
    BSON_APPEND_BINARY(to, key, BSON_SUBTYPE_BINARY, &none, 0);
}

static void put_document(bson_t *to, const char *key)
{
    bson_t part;
    BSON_APPEND_DOCUMENT_BEGIN(to, key, &part);
    BSON_APPEND_INT64(&part, "id", -1);
    bson_append_document_end(to, &part);
}

static void put_array(bson_t *to, const char *key)
{
    bson_t part;
    BSON_APPEND_ARRAY_BEGIN(to, key, &part);
    BSON_APPEND_NULL(&part, "0");
    bson_append_array_end(to, &part);
}

static const struct {
    const char *name;
    void (*put)(bson_t *to, const char *key);
} ways[] = {
    {"left out", put_nothing},   {"null", put_null},
    {"a Boolean", put_bool},     {"-1", put_minus},
    {"huge", put_huge},          {"a fraction", put_fraction},
    {"an empty text", put_empty}, {"a text", put_text},
    {"a long text", put_long},   {"17 bytes", put_bytes},
    {"no bytes", put_no_bytes},  {"a document", put_document},
    {"an array", put_array},
};

size_t helper_wrong_count(void)
{
    return sizeof ways / sizeof *ways;
}

const char *helper_wrong_name(size_t way)
{
    return ways[way].name;
}

static bool is_nested(const bson_iter_t *iter, int level)
{
    return level < LEVELS &&
           (BSON_ITER_HOLDS_DOCUMENT(iter) || BSON_ITER_HOLDS_ARRAY(iter));
}

static void open_nested(bson_iter_t *out, const bson_iter_t *iter)
{
    if (!bson_iter_recurse(iter, out))
        memset(out, 0, sizeof *out);
}

static size_t count_fields(bson_iter_t *iter, int level)
{
    size_t count = 0;

    while (bson_iter_next(iter)) {
        bson_iter_t inner;
        count++;
        if (!is_nested(iter, level))
            continue;
        open_nested(&inner, iter);
        count += count_fields(&inner, level + 1);
    }
    return count;
}

size_t helper_field_count(const bson_t *document)
{
    bson_iter_t iter;
    return bson_iter_init(&iter, document) ? count_fields(&iter, 1) : 0;
}

typedef struct wrong {
    size_t left; /* fields before the one that is meant */
    size_t way;
    bool done;
    char *name;
} wrong;

static void copy_fields(bson_t *to, bson_iter_t *iter, wrong *w, int level)
{
    while (bson_iter_next(iter)) {
        const char *key = bson_iter_key(iter);
        bson_iter_t inner;
        bson_t part;

        if (!w->done && w->left == 0) {
            w->done = true;
            snprintf(w->name, 64, "%s", key);
            ways[w->way].put(to, key);
            continue;
        }
        if (!w->done)
            w->left--;
        if (w->done || !is_nested(iter, level)) {
            bson_append_iter(to, key, -1, iter);
            continue;
        }
        open_nested(&inner, iter);
        if (BSON_ITER_HOLDS_ARRAY(iter)) {
            BSON_APPEND_ARRAY_BEGIN(to, key, &part);
            copy_fields(&part, &inner, w, level + 1);
            bson_append_array_end(to, &part);
        } else {
            BSON_APPEND_DOCUMENT_BEGIN(to, key, &part);
            copy_fields(&part, &inner, w, level + 1);
            bson_append_document_end(to, &part);
        }
    }
}

bson_t *helper_wrong(const bson_t *document, size_t field, size_t way,
                     char name[64])
{
    bson_t *out = bson_new();
    wrong w = {.left = field, .way = way, .name = name};
    bson_iter_t iter;

    name[0] = '\0';
    if (bson_iter_init(&iter, document))
        copy_fields(out, &iter, &w, 1);
    return out;
}
