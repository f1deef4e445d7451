/* What the two halves of the JSON reader share. Internal to models/. */
#ifndef NF_MODELS_READER_JSON_H
#define NF_MODELS_READER_JSON_H

#include "models/container.h"

/* Reads the text of one unit (json-c's work) as an element in `arena`, which
 * copies what it needs. Errors: NF_INPUT "bad_model" with the byte offset in
 * the text; NF_NOMEM. */
nf_status nf_json_decode(const nf_element **out, nf_arena *arena,
                         const char *text, size_t length, nf_error *err);

/* One string as it stands in a file, quotes included, into `arena`; NULL if
 * it is none (or no memory). */
const char *nf_json_plain(nf_arena *arena, const char *text, size_t length);

#endif
