/* What the parts of the .mpr reader share. Internal to models/. */
#ifndef NF_MODELS_READER_MPR_H
#define NF_MODELS_READER_MPR_H

#include <sqlite3.h>
#include <time.h>

#include "models/bson.h"
#include "models/container.h"

/* The largest unit: its bytes; these and its elements. */
enum { NF_MPR_MAX_UNIT = 64 << 20, NF_MPR_MAX_TREE = 96 << 20 };

/* The database of a container: while the index is read; in version 1 until
 * the container closes, since contents are read when first needed. Between two
 * reads no transaction is open, so that others can save (MF-P14). */
struct nf_mpr {
    sqlite3 *db;
    sqlite3_stmt *contents; /* of the unit with an id */
    time_t until; /* when the thread has worked too long on the present
                     statements; 0: they have only begun */
    bool stopped; /* they were ended for that, or for memory */
    sqlite3_int64 memory; /* SQLite's when it was opened, its growth limited */
};

/* NF_INPUT, or NF_NOMEM, for what the database said last. */
nf_status nf_mpr_failed(const nf_container *container, sqlite3 *db,
                        nf_error *err);
/* Sets type, name and `excluded` of a unit. */
nf_status nf_mpr_take_head(nf_container *container, nf_unit *unit,
                           const nf_bson_source *source, nf_error *err);
/* Version 2: the same for all units, from their files. A missing file is a
 * warning (MF-C7); none at all an error. */
nf_status nf_mpr_index_files(nf_container *container, nf_error *err);

#endif
