/* A ZIP file as a set of named files, for packages (MF-C14 … C18). What a
 * hostile one could do is refused when it is opened: names that lead out of
 * it, names given twice, too many files, encryption; reading bounds sizes and
 * ratios. libzip does the rest; it is loaded with the first package. Not for
 * several threads at once. */
#ifndef NF_MODELS_PACKAGE_H
#define NF_MODELS_PACKAGE_H

#include "base/error.h"
#include "base/memory.h"

#include <stdint.h>

typedef struct nf_package nf_package;

/* Errors: NF_INPUT "bad_model", "unsupported_format" (libzip can't be
 * loaded); NF_NOMEM. `path` outlives it. */
nf_status nf_package_open(nf_package **out, const char *path, nf_error *err);
void nf_package_close(nf_package *package);

/* The files, with `/` between folders; folders themselves end with it. */
size_t nf_package_count(const nf_package *package);
const char *nf_package_name(const nf_package *package, size_t index);
bool nf_package_has(const nf_package *package, const char *name);
/* What it says to have when unpacked; 0 if it is not there. */
uint64_t nf_package_size(const nf_package *package, const char *name);

/* Reads a whole file of at most `limit` bytes into `arena`, or with NULL into
 * memory for nf_free. Errors: NF_INPUT "bad_model" with the name. */
nf_status nf_package_read(nf_package *package, const char *name, size_t limit,
                          nf_arena *arena, uint8_t **bytes, size_t *length,
                          nf_error *err);

#endif
