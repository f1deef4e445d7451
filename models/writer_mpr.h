/* Where an .mpr and its folder mprcontents are made and how they take their
 * place. Internal to models/. */
#ifndef NF_MODELS_WRITER_MPR_H
#define NF_MODELS_WRITER_MPR_H

#include "models/writer_internal.h"

typedef struct nf_mpr_place {
    const char *path; /* the .mpr to be */
    char *new_path;   /* where it is written */
    char *folder;     /* version 2: mprcontents beside `path` */
    char *new_folder; /* where it is filled */
    char *old_folder; /* where the one that is replaced goes */
} nf_mpr_place;

/* Chooses the names and, for version 2, makes the new folder. A folder
 * mprcontents that is already there is replaced at the end if it belongs to
 * an .mpr at `path`; one of another app is an error. */
nf_status nf_mpr_place_begin(nf_mpr_place *out, const char *path, int version,
                             nf_error *err);
/* Writes the file of one unit into the new folder (MF-C5). */
nf_status nf_mpr_place_unit(const nf_mpr_place *self, const nf_guid *id,
                            const nf_buffer *bytes, nf_error *err);
/* After success (`status` NF_OK) both take their place, or neither does;
 * otherwise what was written is removed. Returns `status` or its own
 * failure. */
nf_status nf_mpr_place_end(nf_mpr_place *self, nf_status status, nf_error *err);

#endif
