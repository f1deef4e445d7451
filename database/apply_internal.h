/* Inside of an apply (device.h): what apply.c and apply_batch.c share. */
#ifndef NF_DATABASE_APPLY_INTERNAL_H
#define NF_DATABASE_APPLY_INTERNAL_H

#include "database/device_internal.h"

enum { NF_APPLY_ROWS = 64 }; /* that are written together */

/* Fresh: the server's copy of an object that was inserted. */
typedef struct nf_copy_row {
    int64_t id, entity, rights;
    uint8_t hash[NF_SERVER_HASH_MAX];
    size_t hash_size;
} nf_copy_row;

/* An upload that the server took as it was. */
typedef struct nf_accepted_row {
    int64_t id;
    const nf_frozen *frozen; /* NULL: it was not sent */
    bool settled;            /* its change was the one that was sent */
    bool stays;              /* there is a newer one */
    uint8_t hash[NF_SERVER_HASH_MAX];
    size_t hash_size;
} nf_accepted_row;

/* A stretch of the change log that is what was sent and is to be deleted. */
typedef struct nf_settled {
    int64_t first, last;
    bool any;
    bool open; /* nothing that stays lies behind it so far */
} nf_settled;

struct nf_apply {
    nf_device *device;
    nf_objects *objects;
    nf_delta *delta; /* NULL without objects */
    nf_frozen *frozen;
    size_t frozen_count;
    nf_idmap *by_id;
    const nf_entity *section; /* told completely; see nf_apply_section */
    bool begun, fresh;
    /* What is still to be written: nf_apply_flush. */
    nf_copy_row fresh_rows[NF_APPLY_ROWS];
    size_t fresh_count;
    nf_accepted_row accepted[NF_APPLY_ROWS]; /* of one entity, by id */
    const nf_entity *accepted_entity;
    size_t accepted_count;
    nf_settled settled;
    char *fresh_sql, *hash_sql, *touch_sql; /* for full batches */
};

/* The local change of an object, and whether it is newer than what was sent.
 * *change: nf_change_dispose. */
nf_status nf_apply_local_change(nf_apply *apply, int64_t id, nf_change *change,
                                bool *newer, nf_error *err);
/* An error of the database while a fresh device stores: what the server sent
 * twice is SYNC_PROTOCOL. */
nf_status nf_apply_judge(nf_status status, nf_error *problem, nf_error *err);
/* Writes what waits; whoever looks at changes or server copies calls it. */
nf_status nf_apply_flush(nf_apply *apply, nf_error *err);

#endif
