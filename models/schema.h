/* The RELAX NG schemas of the XML form (model-format MF-X15, MF-X16). */
#ifndef NF_MODELS_SCHEMA_H
#define NF_MODELS_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

/* The strict schema, for documents written by hand, or the generic one, which
 * accepts every complete document, too. NUL-terminated, static storage; its
 * length in *length (may be NULL). Any thread. */
const char *nf_model_schema(bool strict, size_t *length);

#endif
