/* Arguments and results of microflow calls (synchronize W48; activities C12,
 * C13). Values travel as W24 says, an object as its id, a list as an array of
 * ids; what the non-persistable objects hold goes beside them, with every
 * object that they refer to.
 *
 * Objects that live in memory only have ids of their own on each side. The
 * caller sends its ids; who answers makes objects of its own for them and
 * keeps to the caller's ids, and gives ids that the caller has not sent to
 * what is new. Both sides use this one codec. */
#ifndef NF_SYNC_CODEC_CALL_H
#define NF_SYNC_CODEC_CALL_H

#include "objects/object.h"
#include "sync/codec.h"

enum { NF_CALL_OBJECTS_MAX = 100000 };

/* The objects that both sides of one call know. */
typedef struct nf_shared_objects nf_shared_objects;

/* `objects` (borrowed) is where they live; `now` serves defaults of new ones.
 * NULL: out of memory. */
nf_shared_objects *nf_shared_objects_new(nf_objects *objects, bool caller,
                                         int64_t now);
void nf_shared_objects_free(nf_shared_objects *shared); /* NULL is fine */

/* Which members travel; the server's rules (domain D97). A member that may not
 * be read is left out of what is written, and one that may not be written is
 * passed over in what is read. */
typedef nf_status (*nf_shared_guard)(void *user, const nf_object *object,
                                     const nf_member *member, bool write,
                                     bool *out, nf_error *err);
void nf_shared_objects_guard(nf_shared_objects *shared, nf_shared_guard guard,
                             void *user);

/* Appends a value to the open document. Errors: NF_FAILED with code
 * bad_microflow_argument (the caller) or microflow_failed: a persistable
 * object, one that is deleted, too many objects, too long a text. */
nf_status nf_shared_value_write(nf_shared_objects *shared, nf_buffer *to,
                                const char *name, const nf_type *type,
                                const nf_value *value, nf_error *err);
/* Appends what was written by id, and all that it refers to, as an array. */
nf_status nf_shared_objects_write(nf_shared_objects *shared, nf_buffer *to,
                                  const char *name, nf_error *err);

/* Reads such an array: checks all of it and makes the objects that are new;
 * known ones stay as they are. Errors: SYNC_PROTOCOL, with what is wrong. */
nf_status nf_shared_objects_read(nf_shared_objects *shared, const bson_t *array,
                                 nf_error *err);
/* The value of an element, of which the objects were read. *out is empty after
 * a failure. Errors: SYNC_PROTOCOL. */
nf_status nf_shared_value_read(nf_shared_objects *shared, nf_value *out,
                               const char *name, const nf_type *type,
                               const bson_iter_t *element, nf_error *err);
/* Gives the objects the values that were read: new ones, and known ones, whose
 * rollback points they become (C13). Fails for want of memory only. */
nf_status nf_shared_objects_take(nf_shared_objects *shared, nf_error *err);
/* Those that travel, one after the other (borrowed); NULL behind the last. */
nf_object *nf_shared_object(const nf_shared_objects *shared, size_t index);

#endif
