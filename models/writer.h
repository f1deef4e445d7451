/* Writers: the complete XML form (model-format MF-X2 … X12), JSON (MF-C19 … C21)
 * and .mpr files. */
#ifndef NF_MODELS_WRITER_H
#define NF_MODELS_WRITER_H

#include "base/error.h"
#include "base/text.h"
#include "models/model.h"

/* Writes every unit of the app, known or not, as one complete XML document;
 * reading it back gives the same element trees. Units whose contents are
 * missing are left out (they were warnings at opening). The file appears
 * whole or not at all (temporary file, rename). Passwords of the model are
 * written as they are stored (MF-S1). Errors: NF_INPUT if a unit can't be
 * read, holds what XML can't name, or the file can't be written; NF_NOMEM.
 * Any thread. */
nf_status nf_model_write_xml(const nf_model *model, const char *path,
                             nf_error *err);

/* The same as JSON: what `mx dump-mpr` writes, and what is needed beside that
 * to read the same element trees again (docs/model-json.md). */
nf_status nf_model_write_json(const nf_model *model, const char *path,
                              nf_error *err);

/* The part of the app on which a device's database depends (modules, domain
 * models, enumerations, navigation, settings, security), as such a document.
 * *out: NUL-terminated, nf_free. Errors as above. */
nf_status nf_model_write_offline_xml(const nf_model *model, char **out,
                                     size_t *size, nf_error *err);

/* Appends one element in the complete form, for people (`describe --format
 * xml`). NF_NOMEM when the buffer is full; NF_INPUT for names that XML can't
 * hold. */
nf_status nf_element_write_xml(const nf_element *element, nf_buffer *out);

/* Writes the app as an .mpr of format version 1 or 2, or 0: that of its
 * source, 2 where it has none (MF-X17). Version 2 also fills the folder
 * mprcontents beside it. An .mpr of that name is replaced, with its folder; a
 * folder mprcontents of another app is not touched: NF_INPUT. Both appear
 * whole or not at all. Errors: NF_INPUT, NF_USAGE (another version), NF_NOMEM.
 * Any thread. */
nf_status nf_model_write_mpr(const nf_model *model, const char *path,
                             int version, nf_error *err);

#endif
