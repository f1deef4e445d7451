/* Values in a few words, as the stepper and reports show them. */
#ifndef NF_TESTING_BRIEF_H
#define NF_TESTING_BRIEF_H

#include "base/text.h"
#include "objects/object.h"

/* Objects by entity, id and state, lists by what and how much is in them, texts
 * in quotes, nothing as `empty`. */
void nf_brief_write(nf_buffer *out, const nf_value *value);
/* The same, objects with the members that have values; at most about `max`
 * bytes, and "…" where there is more. */
void nf_brief_write_all(nf_buffer *out, const nf_value *value, size_t max);

#endif
