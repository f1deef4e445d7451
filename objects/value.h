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
nf_value nf_decimal_take(nf_decimal decimal);
/* The decimal inside, borrowed; an INTEGER is widened. */
nf_decimal nf_value_decimal(const nf_value *value);
/* New STRING value; false when out of memory. */
bool nf_value_text(nf_value *out, const char *text, size_t length);

void nf_value_release_payload(nf_value *value); /* counted kinds */
void nf_value_retain_payload(const nf_value *value);
static inline bool nf_value_counted(const nf_value *v)
{
    return v->kind == NF_KIND_STRING || v->kind == NF_KIND_ENUMERATION ||
           v->kind == NF_KIND_BINARY || v->kind == NF_KIND_OBJECT ||
           v->kind == NF_KIND_LIST || v->kind == NF_KIND_IDS ||
           (v->kind == NF_KIND_DECIMAL && v->big);
}
static inline void nf_value_release(nf_value *v)
{
    if (nf_value_counted(v))
        nf_value_release_payload(v);
    v->kind = NF_KIND_EMPTY;
}
static inline nf_value nf_value_copy(const nf_value *v)
{
    if (nf_value_counted(v))
        nf_value_retain_payload(v);
    return *v;
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
