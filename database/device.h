/* The database of a device: objects at rest with their change log (domain
 * §12.4, synchronize §3), and the one transaction that applies what a
 * synchronization brought (synchronize §16). It fills in objects/store.h.
 *
 * States of a stored object: N (change NEW), C (no change record), D (change
 * CHANGED), X (change DELETED, no row); U has neither row nor record. */
#ifndef NF_DATABASE_DEVICE_H
#define NF_DATABASE_DEVICE_H

#include "database/database.h"
#include "database/record.h"
#include "objects/object.h"
#include "objects/store.h"

typedef struct nf_device nf_device;

/* Takes over the database (side DEVICE), also on failure. `profile` NULL:
 * synchronize S4's assumed profile. Owner: caller. */
nf_status nf_device_new(nf_device **out, nf_database *database,
                        const nf_profile *profile, nf_error *err);
void nf_device_free(nf_device *device); /* closes the database */
nf_store *nf_device_store(nf_device *device);
nf_database *nf_device_database(nf_device *device);

/* ---- the change log ------------------------------------------------------ */

enum { NF_MID_SIZE = 16, NF_SERVER_HASH_MAX = 64 };

typedef enum nf_change_kind {
    NF_CHANGE_NONE = 0, /* clean, or unknown */
    NF_CHANGE_NEW = 1,
    NF_CHANGE_CHANGED = 2,
    NF_CHANGE_DELETED = 3
} nf_change_kind;

typedef struct nf_cleared_link {
    const nf_association *association;
    int64_t owner;
} nf_cleared_link;

typedef struct nf_change {
    int64_t id;
    const nf_entity *entity; /* NULL: kind NONE */
    nf_change_kind kind;
    uint8_t mid[NF_MID_SIZE];
    int64_t lseq;
    uint64_t *changed; /* CHANGED: members since the last server copy (S13) */
    nf_value *base;    /* CHANGED: their values in that copy; else EMPTY */
    nf_cleared_link *cleared; /* DELETED */
    size_t cleared_count;
} nf_change;
void nf_change_dispose(nf_change *change);

/* The record of one object; kind NONE if there is none. */
nf_status nf_device_change(nf_change *out, nf_device *device, int64_t id,
                           nf_error *err);
/* All records by id, without members and cleared links. The callee borrows. */
typedef nf_status (*nf_change_visit)(void *user, const nf_change *change,
                                     nf_error *err);
nf_status nf_device_each_change(nf_device *device, nf_change_visit each,
                                void *user, nf_error *err);
nf_status nf_device_change_count(nf_device *device, int64_t *out,
                                 nf_error *err);

/* What the server told about an object (`_mx_object`). */
typedef struct nf_server_copy {
    bool known; /* the server knows the object: states C and D */
    uint8_t hash[NF_SERVER_HASH_MAX];
    size_t hash_size;             /* 0: none yet (imports) */
    const uint64_t *inaccessible; /* member sets, borrowed from the device; */
    const uint64_t *readonly;     /* NULL: none (D133) */
} nf_server_copy;
nf_status nf_device_server_copy(nf_server_copy *out, nf_device *device,
                                const nf_entity *entity, int64_t id,
                                nf_error *err);
/* Changes as they are sent, without what the objects were before, and with the
 * server's copies. Found fast where ids ascend; nobody writes to the change log
 * meanwhile. */
typedef struct nf_sent nf_sent;
nf_status nf_sent_open(nf_sent **out, nf_device *device, nf_error *err);
void nf_sent_close(nf_sent *sent); /* NULL is fine */
/* Borrowed until the next call; kind NONE: there is no change. */
nf_status nf_sent_find(nf_sent *sent, int64_t id, const nf_change **change,
                       const nf_server_copy **copy, nf_error *err);
/* A walk over the server copies of exactly this entity, by id. Rows with lower
 * ids than the present one may be written meanwhile. */
typedef struct nf_copy_item {
    int64_t id;
    bool has_hash;
    uint8_t hash[16];
} nf_copy_item;
enum { NF_COPIES_PAGE = 128 };
typedef struct nf_copies {
    nf_device *device;
    const nf_entity *entity;
    int64_t after; /* the last id that was read */
    nf_copy_item items[NF_COPIES_PAGE];
    size_t count, at;
    bool ended;
} nf_copies;
void nf_copies_start(nf_copies *copies, nf_device *device,
                     const nf_entity *entity);
/* The present one; NULL at the end. Borrowed until it is passed. */
nf_status nf_copies_peek(nf_copies *copies, const nf_copy_item **out,
                         nf_error *err);
void nf_copies_pass(nf_copies *copies);
/* Passes those with lower ids, and the one with this id, which is *out; NULL
 * if there is none. */
nf_status nf_copies_find(nf_copies *copies, int64_t id,
                         const nf_copy_item **out, nf_error *err);
/* How many of them have a hash, and these combined by exclusive or (W33). */
nf_status nf_device_copy_sum(nf_device *device, const nf_entity *entity,
                             int64_t *count, uint8_t sum[16], nf_error *err);
/* Whether the device holds no objects at all, committed ones and marks of
 * deletions included, and no views: nothing would be lost or compared. */
nf_status nf_device_is_fresh(nf_device *device, bool *out, nf_error *err);
/* The entity of an object that the server knows or that was made here; NULL:
 * neither. */
nf_status nf_device_known_entity(nf_device *device, int64_t id,
                                 const nf_entity **out, nf_error *err);

/* Commits and deletes of these objects fail with COMMIT_LOCKED until
 * unlocked (S143). */
nf_status nf_device_lock(nf_device *device, const int64_t *ids, size_t count,
                         nf_error *err);
void nf_device_unlock(nf_device *device);

/* ---- bookkeeping of synchronizations ------------------------------------- */

/* The unfinished synchronization (S22, S36): at most one. Blobs are the
 * client's own format. */
typedef struct nf_pending {
    bool exists;
    uint8_t sync_id[16];
    int64_t mode, state;
    uint8_t *frozen, *outcome; /* nf_pending_dispose */
    size_t frozen_size, outcome_size;
} nf_pending;
void nf_pending_dispose(nf_pending *pending);
nf_status nf_device_get_pending(nf_pending *out, nf_device *device,
                                nf_error *err);
/* Replaces the record, durably (W52); exists = false removes it. Inside an
 * apply it belongs to its transaction. */
nf_status nf_device_set_pending(nf_device *device, const nf_pending *pending,
                                nf_error *err);

/* Confirmed view of an entity (W30): *out nf_free, NULL none. */
nf_status nf_device_get_view(nf_device *device, const nf_entity *entity,
                             uint8_t **out, size_t *size, nf_error *err);
/* size 0 removes. */
nf_status nf_device_set_view(nf_device *device, const nf_entity *entity,
                             const void *token, size_t size, nf_error *err);
/* Ids whose server copy changed outside a full synchronization since the view
 * was confirmed (W45), by id; *out nf_free. An entity without a view has
 * none. Only the first `limit` of them. */
nf_status nf_device_get_touched(nf_device *device, const nf_entity *entity,
                                size_t limit, int64_t **out, size_t *count,
                                nf_error *err);
nf_status nf_device_touch(nf_device *device, const nf_entity *entity,
                          int64_t id, nf_error *err);
nf_status nf_device_clear_touched(nf_device *device, const nf_entity *entity,
                                  nf_error *err);

typedef struct nf_sync_record { /* `_mx_sync`, a bounded history */
    uint8_t sync_id[16];
    int64_t started, finished, mode; /* milliseconds */
    const char *result;              /* "" or a code */
    int64_t uploaded, downloaded, rejected;
} nf_sync_record;
nf_status nf_device_add_history(nf_device *device, const nf_sync_record *record,
                                nf_error *err);
/* The number of completed runs in `mode` with result "" (S132). */
nf_status nf_device_completed_syncs(nf_device *device, int64_t mode,
                                    int64_t *out, nf_error *err);

/* ---- applying a synchronization ------------------------------------------ */

typedef struct nf_apply nf_apply;

/* An entry of the frozen set: what was sent, as it was then (S22, S29). */
typedef struct nf_frozen {
    int64_t id;
    nf_change_kind kind; /* NONE: a refresh of a clean object */
    uint8_t mid[NF_MID_SIZE];
} nf_frozen;

/* Begins the one transaction (S19, S116). `objects` (NULL: nobody holds
 * objects) is told at the end. A local change whose mid is not the frozen
 * one is newer and survives everything below (S117). Frozen entries are
 * copied. End with nf_apply_commit or nf_apply_cancel. */
nf_status nf_apply_begin(nf_apply **out, nf_device *device, nf_objects *objects,
                         const nf_frozen *frozen, size_t count, nf_error *err);
/* Whether the device had no objects when the apply began: what is stored is
 * then only inserted, and an id that occurs twice is SYNC_PROTOCOL. */
bool nf_apply_is_fresh(const nf_apply *apply);
/* A row from the server (accepted, refreshed, downloaded, pushed): values of
 * all members of its actual entity, which may be rounded and emptied and stay
 * the caller's. The object
 * becomes C, or stays D over a new base if there is a newer local change, or
 * stays deleted if the deletion is newer. `hash_size` 0: none. Member sets
 * may be NULL. A member that is inaccessible is stored empty. */
nf_status nf_apply_store(nf_apply *apply, const nf_entity *entity, int64_t id,
                         nf_value *members, const void *hash, size_t hash_size,
                         const uint64_t *inaccessible, const uint64_t *readonly,
                         nf_error *err);
/* From here on the server tells all there is of an entity, as a confirmed view
 * will have it: what changes is not noted as touched, and what was is
 * forgotten (W45). NULL: no more. */
nf_status nf_apply_section(nf_apply *apply, const nf_entity *entity,
                           nf_error *err);
/* The upload of the object was accepted and its server copy equals what was
 * sent (design §10.5): clean with a new hash; a deletion: the mark goes. */
nf_status nf_apply_accept(nf_apply *apply, const nf_entity *entity, int64_t id,
                          const void *hash, size_t hash_size, nf_error *err);
/* The object leaves the device (gone, no access, outside the constraint,
 * rejected new object). *kept (may be NULL): a newer local change kept it. */
nf_status nf_apply_remove(nf_apply *apply, const nf_entity *entity, int64_t id,
                          bool *kept, nf_error *err);
/* A rejected deletion (S87): the mark goes, references it cleared are set
 * again in rows without local changes; the row itself comes by
 * nf_apply_store. */
nf_status nf_apply_restore(nf_apply *apply, const nf_entity *entity, int64_t id,
                           nf_error *err);
/* The object leaves with its local change, whatever that is, and with the
 * object in memory: nobody is told (S157). */
nf_status nf_apply_discard(nf_apply *apply, const nf_entity *entity, int64_t id,
                           nf_error *err);
/* Mode None (clear data): every object of exactly this entity leaves, save
 * newer local changes. */
nf_status nf_apply_clear(nf_apply *apply, const nf_entity *entity,
                         nf_error *err);
/* What changed so far, for the host's notification (S123); borrowed, and NULL
 * without `objects`. */
const nf_delta *nf_apply_delta(const nf_apply *apply);
/* Commits and brings memory up to date, which cannot fail; on an error of the
 * database nothing has changed. Ends the apply either way. */
nf_status nf_apply_commit(nf_apply *apply, nf_error *err);
void nf_apply_cancel(nf_apply *apply); /* NULL is fine */

/* ---- data files (design §5) ---------------------------------------------- */

typedef enum nf_import_state {
    NF_IMPORT_SYNCHRONIZED, /* no $state */
    NF_IMPORT_NEW,
    NF_IMPORT_CHANGED,
    NF_IMPORT_DELETED
} nf_import_state;

/* One line: members in `mask` have the given values; an existing row keeps
 * its other members, a new row has defaults for them. CHANGED marks the
 * members of the mask over the row before it; DELETED needs no values and
 * leaves a deletion mark as a delete of a synchronized object does. */
nf_status nf_device_import(nf_device *device, const nf_entity *entity,
                           int64_t id, const nf_value *members,
                           const uint64_t *mask, nf_import_state state,
                           nf_error *err);
/* Every object of exactly this entity by id, deleted ones (without members'
 * values) included in order. */
typedef nf_status (*nf_export_visit)(void *user, nf_record *record,
                                     nf_import_state state, nf_error *err);
nf_status nf_device_export(nf_device *device, const nf_entity *entity,
                           nf_export_visit each, void *user, nf_error *err);

#endif
