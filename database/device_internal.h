/* Inside of database/: what the files of the device share. */
#ifndef NF_DATABASE_DEVICE_INTERNAL_H
#define NF_DATABASE_DEVICE_INTERNAL_H

#include "base/map.h"
#include "database/device.h"
#include "database/schema.h"

typedef struct nf_right_class {
    struct nf_right_class *next;
    int64_t number;
    uint64_t *inaccessible, *readonly;
} nf_right_class;

/* Records of objects that a commit has inserted: written together. */
enum { NF_CHANGE_BATCH = 32 };
typedef struct nf_change_batch {
    size_t count;
    nf_change items[NF_CHANGE_BATCH];
    char *sql; /* for a full one */
} nf_change_batch;

/* The class that was interned last; entity NULL: none. */
typedef struct nf_last_rights {
    const nf_entity *entity;
    uint64_t inaccessible, readonly;
    int64_t number;
} nf_last_rights;

struct nf_device {
    nf_store store; /* first: the store's functions get a pointer to it */
    nf_database *database;
    const nf_profile *profile;
    nf_idmap *locked;
    nf_right_class *classes;
    bool has_rights;
    nf_last_rights last_rights;
    nf_random random;
    uint8_t mid[NF_MID_SIZE]; /* of the last change, without its count */
    uint32_t mid_count;       /* of the next one; 0: draw first */
    /* Reserved numbers of changes (change.c). */
    int64_t next_lseq, last_lseq, data_version;
    uint64_t transaction, undone;
    nf_change_batch batch; /* empty outside a commit */
};

/* Keeps a record with a new mid and lseq (D130); kind NONE removes it. */
nf_status nf_change_write(nf_device *device, const nf_change *change,
                          nf_error *err);
/* The same with the mid and lseq that it has. */
nf_status nf_change_rewrite(nf_device *device, const nf_change *change,
                            nf_error *err);
/* The record of an object that was inserted; written with the next ones, or
 * with nf_change_flush. Reading and writing other records flushes first. */
nf_status nf_change_add_new(nf_device *device, const nf_entity *entity,
                            int64_t id, nf_error *err);
nf_status nf_change_flush(nf_device *device, nf_error *err);
void nf_change_forget(nf_device *device); /* the commit failed */
nf_status nf_change_remove(nf_device *device, int64_t id, nf_error *err);
/* Of a row that begins with id, entity, kind, mid, lseq: who, what and when,
 * without which members. */
nf_status nf_change_read_head(nf_change *out, nf_device *device,
                              nf_statement *statement, nf_error *err);
/* The server's copy, from two columns: server_hash and rights. */
nf_status nf_server_copy_read(nf_server_copy *out, nf_device *device,
                              const nf_entity *entity, nf_statement *statement,
                              int column, nf_error *err);
/* Marks members of a stored object as changed; their base comes from `row`
 * (the values before) where they were not changed yet. */
nf_status nf_change_mark(nf_device *device, const nf_entity *entity, int64_t id,
                         const uint64_t *members, const nf_value *row,
                         nf_error *err);
/* Deletes a stored object with its bookkeeping, as the device's user does. */
nf_status nf_device_delete_row(nf_device *device, const nf_entity *entity,
                               int64_t id, nf_error *err);
nf_status nf_object_row_set(nf_device *device, const nf_entity *entity,
                            int64_t id, const void *hash, size_t hash_size,
                            int64_t rights, nf_error *err);
nf_status nf_object_row_remove(nf_device *device, int64_t id, nf_error *err);
/* What the device has of an object is no longer what the server told: it comes
 * again with the next full synchronization (W45). */
nf_status nf_object_row_forget(nf_device *device, const nf_entity *entity,
                               int64_t id, nf_error *err);
nf_status nf_right_class_intern(nf_device *device, const nf_entity *entity,
                                const uint64_t *inaccessible,
                                const uint64_t *readonly, int64_t *out,
                                nf_error *err);
nf_status nf_right_class_find(nf_device *device, const nf_entity *entity,
                              int64_t number, const nf_right_class **out,
                              nf_error *err);
/* The store's function of that name (device_clear.c). */
nf_status nf_device_clear(nf_store *store, nf_objects *objects,
                          const nf_entity *entity, nf_object *const *items,
                          size_t count,
                          void (*tell)(void *user, const nf_delta *delta),
                          void *user, nf_error *err);
/* Sets of members as concatenated storage guids. */
nf_status nf_member_set_pack(nf_buffer *out, const nf_entity *entity,
                             const uint64_t *set, nf_error *err);
nf_status nf_member_set_unpack(uint64_t **out, const nf_entity *entity,
                               const void *bytes, size_t size, nf_error *err);

#endif
