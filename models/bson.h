/* BSON documents as elements and back (model-format part 2). */
#ifndef NF_MODELS_BSON_H
#define NF_MODELS_BSON_H

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "models/element.h"

/* What the index of units needs of a unit. */
typedef struct nf_bson_head {
    nf_guid id;
    bool excluded;
    char type[256]; /* "" if there is none */
    char name[1024];
} nf_bson_head;

/* Where the bytes of a document are. */
typedef struct nf_bson_source nf_bson_source;
struct nf_bson_source {
    /* Puts `size` bytes from `offset` on into `out`, fewer only at the end.
     * How many; -1 with an error (NF_INPUT). */
    long (*read)(const nf_bson_source *source, void *out, size_t size,
                 size_t offset, nf_error *err);
};

/* A source of bytes in memory, which it borrows: of `source`'s functions. */
typedef struct nf_bson_memory {
    nf_bson_source source;
    const uint8_t *bytes;
    size_t length;
} nf_bson_memory;
nf_bson_memory nf_bson_memory_of(const uint8_t *bytes, size_t length);

/* Reads the top-level keys of one unit as far as needed, and no more than the
 * windows around them: what it skips is not looked at, and damage there shows
 * only when the unit is decoded. Errors: NF_INPUT, code "bad_model" with the
 * byte offset. Any thread. */
nf_status nf_bson_head_read(nf_bson_head *out, const nf_bson_source *source,
                            nf_error *err);

/* Decodes one unit. The tree lives in `arena` and borrows `bytes`, which must
 * live as long. What Mendix does not store (other BSON types and subtypes,
 * nested documents without `$ID` or `$Type`) becomes NF_PROPERTY_RAW and is
 * counted in *unknown (MF-E7). Errors: NF_INPUT "bad_model" with the byte
 * offset, also for a key that is given twice and a unit without `$ID` or
 * `$Type`; NF_NOMEM. */
nf_status nf_bson_decode(const nf_element **out, nf_arena *arena,
                         const uint8_t *bytes, size_t length, size_t *unknown,
                         nf_error *err);

/* Appends the element as one BSON document: keys in the order of MF-E5,
 * markers as stored. Check buffer->failed afterwards. */
void nf_bson_encode(nf_buffer *out, const nf_element *element);

/* One value as BSON: its type, an empty key and the value. Check
 * buffer->failed afterwards. */
void nf_bson_encode_value(nf_buffer *out, const nf_property *value);
/* The other way; a name is not set. `bytes` are copied. Errors as
 * nf_bson_decode. */
nf_status nf_bson_decode_value(nf_property *out, nf_arena *arena,
                               const uint8_t *bytes, size_t length,
                               nf_error *err);

#endif
