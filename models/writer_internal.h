/* What the writers share. Internal to models/. */
#ifndef NF_MODELS_WRITER_INTERNAL_H
#define NF_MODELS_WRITER_INTERNAL_H

#include <stdio.h>

#include "models/container.h"
#include "models/writer.h"

/* What the app says about its container, filled up where its source says
 * nothing, so that it reads the same whatever form the app took on the way. */
typedef struct nf_write_head {
    int version; /* of the .mpr: 1 or 2 */
    const char *mendix, *build, *schema_hash;
    const char *transaction; /* "": version 1 */
    char made[NF_GUID_TEXT_SIZE];
} nf_write_head;
/* `version` 0: that of the source, 2 if it has none. Borrows from the
 * container and from *head itself. */
void nf_write_head_of(nf_write_head *head, const nf_container *container,
                      int version);

/* The root unit, NULL if it is missing. */
const nf_unit *nf_write_root(const nf_container *container);

/* A file that appears at `path` as a whole or not at all. Begin opens a
 * temporary file beside it; end closes it and, if all went well so far
 * (`status` NF_OK), renames it, else removes it. End returns `status` or its
 * own failure. */
typedef struct nf_new_file {
    FILE *file;
    const char *path;
    char *temporary;
} nf_new_file;
nf_status nf_new_file_begin(nf_new_file *out, const char *path, nf_error *err);
nf_status nf_new_file_end(nf_new_file *self, nf_status status, nf_error *err);
/* A name beside `path` for what is not finished yet; nf_free. NULL: no
 * memory. */
char *nf_temporary_name(const char *path, const char *ending);
/* NF_INPUT "write_failed": `path` can't be written, because of errno. */
nf_status nf_write_failed(const char *path, nf_error *err);
/* NF_INPUT: the unit can't be written because it has no type. */
nf_status nf_write_no_type(const nf_unit *unit, nf_error *err);

/* Large apps stream: what is in `out` goes to `file` (NULL: it stays) once it is
 * long, or, with nf_write_rest, now. *failed becomes the errno of a failed
 * write. */
void nf_write_full(nf_buffer *out, FILE *file, int *failed);
void nf_write_rest(nf_buffer *out, FILE *file, int *failed);

/* Appends Base64 with padding, in one line. */
void nf_write_base64(nf_buffer *out, const void *bytes, size_t length);

#endif
