/* BSON documents as elements and back (model-format part 2). */
#ifndef NF_MODELS_BSON_H
#define NF_MODELS_BSON_H

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "models/element.h"

/* What the index of units needs, read without descending into parts. */
typedef struct nf_bson_head {
    nf_guid id;
    const char *type; /* "" if there is none; borrowed from the bytes */
    const char *name;
    bool excluded;
} nf_bson_head;

/* Reads the top-level keys of one unit. Errors: NF_INPUT, code "bad_model"
 * with the byte offset, when the bytes are no BSON document of that length.
 * Any thread. */
nf_status nf_bson_head_read(nf_bson_head *out, const uint8_t *bytes,
                            size_t length, nf_error *err);

/* Decodes one unit. The tree lives in `arena` and borrows `bytes`, which must
 * live as long. Values of a BSON type that Mendix does not use become null
 * and are counted in *unknown (MF-E7). Errors: NF_INPUT "bad_model" with the
 * byte offset; NF_NOMEM. */
nf_status nf_bson_decode(const nf_element **out, nf_arena *arena,
                         const uint8_t *bytes, size_t length, size_t *unknown,
                         nf_error *err);

/* Appends the element as one BSON document: keys in the order of MF-E5,
 * markers as stored. Check buffer->failed afterwards. */
void nf_bson_encode(nf_buffer *out, const nf_element *element);

#endif
