/* Structs of the header that a host fills in, and that may grow; and values in
 * them. */
#ifndef NF_LIBRARY_OPTIONS_H
#define NF_LIBRARY_OPTIONS_H

#include "base/error.h"

/* Copies what the host gave, which begins with its size, to `out`, which has
 * the `size` that this library knows: what the host's header did not know yet is
 * zero; what this library does not know must be. NF_USAGE: it is not, or no
 * size at all. `name` is that of the type. */
nf_status nf_options_read(void *out, size_t size, const void *given,
                          const char *name, nf_error *err);/* Whether there is such a language: "en_US", or "nl" alone. Errors: NF_USAGE
 * bad_option. */
nf_status nf_check_language(const char *code, nf_error *err);

#endif
