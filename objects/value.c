/* Values and their counted payloads. The life of a payload is its count; what
 * is NF_IMMORTAL (constants of compiled flows) is never counted, so threads
 * may share it. */
#include "objects/value.h"

#include "base/memory.h"
#include "base/text.h"
#include "objects/object.h"

nf_string *nf_string_alloc(size_t length)
{
    nf_string *string;

    if (length > NF_STRING_MAX)
        return NULL;
    string = nf_alloc_raw(sizeof *string + length + 1);
    if (!string)
        return NULL;
    *string = (nf_string){.references = 1, .length = length};
    string->text[length] = '\0';
    return string;
}

nf_string *nf_string_alloc_ascii(size_t length)
{
    nf_string *string = nf_string_alloc(length);

    if (string) {
        string->flags = NF_STRING_MEASURED | NF_STRING_ASCII;
        string->utf16_length = length;
    }
    return string;
}

nf_string *nf_string_new(const char *text, size_t length)
{
    nf_string *string = nf_string_alloc(length);

    if (string && length)
        memcpy(string->text, text, length);
    return string;
}

void nf_string_free(nf_string *string)
{
    nf_free(string);
}

/* Eight bytes at a time: most texts are ASCII. */
static bool is_ascii(const char *text, size_t length)
{
    uint64_t word, high = UINT64_C(0x8080808080808080), all = 0;
    size_t i;

    for (i = 0; i + sizeof word <= length; i += sizeof word) {
        memcpy(&word, text + i, sizeof word);
        all |= word;
    }
    for (; i < length; i++)
        all |= (unsigned char)text[i];
    return !(all & high);
}

/* Every character outside the basic plane (four bytes) takes two units; a
 * continuation byte takes none. */
static size_t count_utf16(const char *text, size_t length)
{
    size_t units = 0, i;

    for (i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];

        if ((c & 0xC0) != 0x80)
            units += c >= 0xF0 ? 2 : 1;
    }
    return units;
}

size_t nf_string_utf16_length(nf_string *string)
{
    bool ascii;
    size_t units;

    if (string->flags & NF_STRING_MEASURED)
        return string->utf16_length;
    ascii = is_ascii(string->text, string->length);
    units = ascii ? string->length : count_utf16(string->text, string->length);
    if (string->references == NF_IMMORTAL)
        return units; /* shared between threads: nothing may be written */
    string->utf16_length = units;
    string->flags |= NF_STRING_MEASURED | (ascii ? NF_STRING_ASCII : 0);
    return units;
}

bool nf_string_equal(const nf_string *a, const nf_string *b)
{
    return a == b ||
           (a->length == b->length && !memcmp(a->text, b->text, a->length));
}

bool nf_value_text(nf_value *out, const char *text, size_t length)
{
    nf_string *string = nf_string_new(text, length);

    *out = nf_empty();
    if (!string)
        return false;
    *out = nf_string_take(string);
    return true;
}

void nf_value_release_payload(nf_value *value)
{
    switch (value->kind) {
    case NF_KIND_STRING:
    case NF_KIND_ENUMERATION:
    case NF_KIND_BINARY:
    case NF_KIND_IDS:
        nf_string_release(value->as.string);
        break;
    case NF_KIND_DECIMAL:
        nf_bignum_release(value->as.bignum);
        break;
    case NF_KIND_OBJECT:
        nf_object_release(value->as.object);
        break;
    case NF_KIND_LIST:
        nf_list_release(value->as.list);
        break;
    default:
        break;
    }
}

void nf_value_retain_payload(const nf_value *value)
{
    switch (value->kind) {
    case NF_KIND_STRING:
    case NF_KIND_ENUMERATION:
    case NF_KIND_BINARY:
    case NF_KIND_IDS:
        nf_string_retain(value->as.string);
        break;
    case NF_KIND_DECIMAL:
        nf_bignum_retain(value->as.bignum);
        break;
    case NF_KIND_OBJECT:
        nf_object_retain(value->as.object);
        break;
    case NF_KIND_LIST:
        nf_list_retain(value->as.list);
        break;
    default:
        break;
    }
}

static bool decimals_equal(const nf_value *a, const nf_value *b)
{
    nf_decimal left, right;

    if (!a->big && !b->big) /* normalized: equal values look the same */
        return a->scale == b->scale && a->as.integer == b->as.integer;
    if (a->big != b->big)
        return false;
    left = nf_value_decimal(a);
    right = nf_value_decimal(b);
    return nf_decimal_compare(&left, &right) == 0;
}

bool nf_value_equal(const nf_value *a, const nf_value *b)
{
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case NF_KIND_EMPTY:
        return true;
    case NF_KIND_BOOLEAN:
        return a->as.boolean == b->as.boolean;
    case NF_KIND_INTEGER:
    case NF_KIND_DATETIME:
    case NF_KIND_ID:
        return a->as.integer == b->as.integer;
    case NF_KIND_DECIMAL:
        return decimals_equal(a, b);
    case NF_KIND_STRING:
    case NF_KIND_ENUMERATION:
    case NF_KIND_BINARY:
    case NF_KIND_IDS:
        return nf_string_equal(a->as.string, b->as.string);
    case NF_KIND_OBJECT:
        return a->as.object == b->as.object ||
               a->as.object->id == b->as.object->id; /* copies: L2 */
    case NF_KIND_LIST:
        return a->as.list == b->as.list;
    default:
        return false;
    }
}
