/* The vocabulary of the JSON form (model-format 1.4, docs/model-json.md): how
 * names and values of a dump correspond to stored ones. The reader applies
 * these rules; a writer asks them whether a plain form would be read back. */
#ifndef NF_MODELS_JSON_FORM_H
#define NF_MODELS_JSON_FORM_H

#include "base/text.h"
#include "models/element.h"
#include "models/metamodel.h"

/* The stored type that a JSON `$Type` means, appended to `out`. Returns its
 * row of the table, NULL for an unknown type. */
const nf_meta_type *nf_json_stored_type(nf_buffer *out, const char *name);
/* The stored property that a JSON key of an element of `type` (may be NULL)
 * means, appended to `out`. Returns its row, NULL for an unknown property. */
const nf_meta_property *nf_json_stored_property(nf_buffer *out,
                                                const nf_meta_type *type,
                                                const char *key);
/* The other way, appended to `out`: the SDK name if it would be read back,
 * else another form that is. */
void nf_json_type_name(nf_buffer *out, const char *stored);
void nf_json_property_name(nf_buffer *out, const nf_meta_type *type,
                           const char *stored);

/* What a JSON string or a number without fraction means for a property. */
nf_property_kind nf_json_string_kind(const nf_meta_property *meta);
nf_property_kind nf_json_integer_kind(const nf_meta_property *meta);
/* The marker of an array for a property (MF-E6). */
int nf_json_marker(const nf_meta_property *meta, bool first_is_string);

/* `text` with its first letter in the other case, appended (ASCII only). */
void nf_json_capital(nf_buffer *out, const char *text);
void nf_json_small(nf_buffer *out, const char *text);

/* Deepest brackets of a unit: each element or list is one. */
enum { NF_JSON_DEPTH = NF_ELEMENT_DEPTH };

#endif
