/* Texts of JSON, read by json-c (json.h). */
#include "base/dynamic.h"
#include "base/json.h"

#include <string.h>
#include <strings.h>

/* What json-c takes at most for a byte of what it reads: "{}," becomes a table
 * of some 800. And for a byte of what it has read: a name may have begun there,
 * and a table that is full is made anew, twice as large. */
enum { PIECE = 4096, OF_A_BYTE = 400, OF_A_BYTE_BEFORE = 32 };

/* It ends between two characters, since each piece is checked as UTF-8. */
static size_t piece_of(const char *text, size_t length)
{
    size_t size = length < PIECE ? length : PIECE;

    while (size < length && size > PIECE / 2 &&
           ((unsigned char)text[size] & 0xC0) == 0x80)
        size--;
    return size;
}

static bool is_null(const char *text, size_t length)
{
    static const char word[] = "null";
    const size_t size = sizeof word - 1;

    while (length && strchr(" \t\r\n", *text))
        text++, length--;
    return length >= size && strncasecmp(text, word, size) == 0;
}

/* False: there is no memory. */
static bool feed(json_tokener *tokener, nf_json_text_read *read,
                 const char *text, size_t length)
{
    size_t at = 0, size;

    do {
        size = piece_of(text + at, length - at);
        if (!nf_dynamic_room(at * OF_A_BYTE_BEFORE + size * OF_A_BYTE))
            return false;
        read->json = json_tokener_parse_ex(tokener, text + at, (int)size);
        read->end = at + json_tokener_get_parse_end(tokener);
        at += size;
    } while (json_tokener_get_error(tokener) == json_tokener_continue &&
             at < length);
    return true;
}

nf_status nf_json_parse(nf_json_text_read *out, const char *text, size_t length,
                        int depth, int flags, nf_error *err)
{
    json_tokener *tokener =
        length <= NF_JSON_TEXT_MAX ? json_tokener_new_ex(depth) : NULL;
    enum json_tokener_error problem;
    bool fed;

    *out = (nf_json_text_read){0};
    if (!tokener)
        return nf_error_nomem(err);
    json_tokener_set_flags(tokener, flags);
    fed = feed(tokener, out, text, length);
    problem = json_tokener_get_error(tokener);
    json_tokener_free(tokener);
    if (!fed)
        return nf_error_nomem(err);
    out->unfinished = problem == json_tokener_continue;
    if (out->unfinished)
        out->problem = "it has no end";
    else if (problem != json_tokener_success)
        out->problem = json_tokener_error_desc(problem);
    else if (!out->json && !is_null(text, length))
        return nf_error_nomem(err);
    return NF_OK;
}
