/* A value: 16 bytes, a kind and a payload. Strings, large decimals, lists and
 * objects are counted; a copy takes a reference (nf_value_copy), the end of a
 * value gives it back (nf_value_release). Values belong to one session and so
 * to one thread; the constants of compiled flows are immortal and may be
 * shared by all. */
#ifndef NF_OBJECTS_VALUE_H
#define NF_OBJECTS_VALUE_H

#include "base/decimal.h"
#include "base/error.h"
#include "models/type.h"

#include <string.h>

/* Immutable text, UTF-8, NUL-terminated (it may contain NUL too). Also the
 * bytes of a Binary. */
typedef struct nf_string {
    uint32_t references; /* NF_IMMORTAL: not counted */
    uint32_t flags;      /* NF_STRING_… */
    size_t length;       /* bytes */
    size_t utf16_length; /* valid with NF_STRING_MEASURED */
    char text[];
} nf_string;

enum {
    NF_STRING_MEASURED = 1, /* utf16_length is valid */
    NF_STRING_ASCII = 2,    /* valid with MEASURED: positions are bytes */
};
#define NF_IMMORTAL UINT32_MAX

/* The longest string (bytes) that the library makes. */
enum { NF_STRING_MAX = 256 * 1024 * 1024 };

/* Association members as objects hold them, never in a variable: the id of the
 * target of a reference, and the ids of a reference set (packed int64_t,
 * ascending, in the bytes of a string). The numbers follow those of nf_kind. */
enum { NF_KIND_ID = 32, NF_KIND_IDS = 33 };

struct nf_value {
    uint8_t kind; /* nf_kind, or NF_KIND_ID, NF_KIND_IDS in members */
    uint8_t big;  /* DECIMAL: payload is `bignum` */
    uint16_t unused;
    int32_t scale; /* DECIMAL: value = integer / 10^scale */
    union {
        bool boolean;
        int64_t integer;   /* INTEGER, DATETIME, DECIMAL, ID */
        nf_string *string; /* STRING, ENUMERATION (the key), BINARY, IDS */
        nf_bignum *bignum;
        nf_object *object;
        nf_list *list;
    } as;
};

/* New text with one reference; NULL when out of memory or too long. */
nf_string *nf_string_new(const char *text, size_t length);
/* Room for `length` bytes, to be filled by the caller before anyone else sees
 * it. */
nf_string *nf_string_alloc(size_t length);
/* The same for text that is known to be ASCII, and so measured. */
nf_string *nf_string_alloc_ascii(size_t length);
void nf_string_free(nf_string *string); /* at zero references */
static inline nf_string *nf_string_retain(nf_string *s)
{
    if (s->references != NF_IMMORTAL)
        s->references++;
    return s;
}
static inline void nf_string_release(nf_string *s)
{
    if (s && s->references != NF_IMMORTAL && --s->references == 0)
        nf_string_free(s);
}
/* Length in UTF-16 code units (expressions §5); measured once. */
size_t nf_string_utf16_length(nf_string *string);
bool nf_string_equal(const nf_string *a, const nf_string *b);

static inline nf_value nf_empty(void)
{
    return (nf_value){.kind = NF_KIND_EMPTY};
}
static inline nf_value nf_boolean(bool b)
{
    return (nf_value){.kind = NF_KIND_BOOLEAN, .as.boolean = b};
}
static inline nf_value nf_integer(int64_t i)
{
    return (nf_value){.kind = NF_KIND_INTEGER, .as.integer = i};
}
static inline nf_value nf_datetime(int64_t milliseconds)
{
    return (nf_value){.kind = NF_KIND_DATETIME, .as.integer = milliseconds};
}
static inline nf_value nf_id_value(int64_t id)
{
    return (nf_value){.kind = NF_KIND_ID, .as.integer = id};
}
/* These take over the reference. */
static inline nf_value nf_string_take(nf_string *s)
{
    return (nf_value){.kind = NF_KIND_STRING, .as.string = s};
}
static inline nf_value nf_enumeration_take(nf_string *key)
{
    return (nf_value){.kind = NF_KIND_ENUMERATION, .as.string = key};
}
static inline nf_value nf_object_take(nf_object *object)
{
    return (nf_value){.kind = NF_KIND_OBJECT, .as.object = object};
}
static inline nf_value nf_list_take(nf_list *list)
{
    return (nf_value){.kind = NF_KIND_LIST, .as.list = list};
}
static inline nf_value nf_decimal_take(nf_decimal decimal)
{
    nf_value value = {
        .kind = NF_KIND_DECIMAL, .big = decimal.is_big, .scale = decimal.scale};

    if (decimal.is_big)
        value.as.bignum = decimal.as.big;
    else
        value.as.integer = decimal.as.small;
    return value;
}
/* The decimal inside, borrowed; an INTEGER is widened. */
static inline nf_decimal nf_value_decimal(const nf_value *value)
{
    bool decimal = value->kind == NF_KIND_DECIMAL;
    nf_decimal result = {.scale = decimal ? value->scale : 0,
                         .is_big = decimal && value->big};

    if (result.is_big)
        result.as.big = value->as.bignum;
    else
        result.as.small = value->as.integer;
    return result;
}
/* New STRING value; false when out of memory. */
bool nf_value_text(nf_value *out, const char *text, size_t length);

/* Counted kinds; the most frequent, texts, are handled here. */
void nf_value_release_payload(nf_value *value);
void nf_value_retain_payload(const nf_value *value);
/* Whether the payload is counted: one bit per kind (`big` is false beside
 * DECIMAL; the 64 of an unset register becomes that of EMPTY). */
static inline bool nf_value_counted(const nf_value *v)
{
    const uint64_t kinds =
        UINT64_C(1) << NF_KIND_STRING | UINT64_C(1) << NF_KIND_ENUMERATION |
        UINT64_C(1) << NF_KIND_BINARY | UINT64_C(1) << NF_KIND_OBJECT |
        UINT64_C(1) << NF_KIND_LIST | UINT64_C(1) << NF_KIND_IDS;

    return ((kinds >> (v->kind & 63)) | v->big) & 1;
}
static inline void nf_value_release(nf_value *v)
{
    if (v->kind == NF_KIND_STRING || v->kind == NF_KIND_ENUMERATION)
        nf_string_release(v->as.string);
    else if (nf_value_counted(v))
        nf_value_release_payload(v);
    v->kind = NF_KIND_EMPTY;
}
/* The same value, without a reference of its own. Read in two halves, as values
 * are written: a processor that reads 16 bytes at once waits until both halves
 * have left its store buffer. */
static inline nf_value nf_value_load(const nf_value *v)
{
    uint64_t head, payload;
    nf_value value;

    memcpy(&head, v, sizeof head);
    memcpy(&payload, &v->as, sizeof payload);
#ifdef __GNUC__
    __asm__("" : "+r"(head), "+r"(payload)); /* keeps the halves apart */
#endif
    memcpy(&value, &head, sizeof head);
    memcpy(&value.as, &payload, sizeof payload);
    return value;
}
static inline nf_value nf_value_copy(const nf_value *v)
{
    if (v->kind == NF_KIND_STRING || v->kind == NF_KIND_ENUMERATION)
        nf_string_retain(v->as.string);
    else if (nf_value_counted(v))
        nf_value_retain_payload(v);
    return nf_value_load(v);
}
/* Replaces *to by a copy of *from. */
static inline void nf_value_assign(nf_value *to, const nf_value *from)
{
    nf_value copy = nf_value_copy(from);
    nf_value_release(to);
    *to = copy;
}
/* Same kind and same value (numbers by value, texts by bytes, objects by
 * identity); EMPTY equals EMPTY only. */
bool nf_value_equal(const nf_value *a, const nf_value *b);

#endif
