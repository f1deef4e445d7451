/* Limits as text: of a session and of an evaluation. */
#ifndef NF_LIBRARY_LIMITS_H
#define NF_LIBRARY_LIMITS_H

#include "nanoflow.h"
#include "objects/environment.h"

/* Reads "NAME=NUMBER" texts into *out; what is not named stays. Errors:
 * NF_USAGE. */
nf_status nf_limits_read(nf_limits *out, const char *const *texts, size_t count,
                         nf_error *err);

#endif
