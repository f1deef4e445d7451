/* Packages (MF-C14 … C18). Internal to models/. */
#ifndef NF_MODELS_READER_MPK_H
#define NF_MODELS_READER_MPK_H

#include "models/container.h"
#include "models/package.h"

/* Finds the project of a package and reads its index; its units come from
 * memory (v1) or from the package (v2). */
nf_status nf_mpk_read(nf_container *container, nf_error *err);

#endif
