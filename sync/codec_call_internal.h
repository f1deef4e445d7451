/* Inside of the codec of calls: shared by codec_call.c (which objects, writing)
 * and codec_call_read.c. */
#ifndef NF_SYNC_CODEC_CALL_INTERNAL_H
#define NF_SYNC_CODEC_CALL_INTERNAL_H

#include "base/map.h"
#include "sync/codec_call.h"

typedef struct nf_shared_item {
    int64_t wire;      /* the id under which it travels */
    nf_object *object; /* held */
    bool queued;       /* to be written */
    nf_value *values;  /* read, not taken yet; references as wire ids */
    uint64_t *given;
} nf_shared_item;

struct nf_shared_objects {
    nf_objects *objects;
    bool caller;
    int64_t now;
    nf_shared_item *items;
    size_t count, capacity;
    nf_idmap *by_wire, *by_own; /* index + 1 in `items` */
    size_t *queue;              /* what is written, in this order */
    size_t queued, queue_capacity;
    int64_t next;          /* for what is new on the side that answers */
    nf_shared_guard guard; /* NULL: all members travel */
    void *guard_user;
};

/* NULL: there is none. */
nf_shared_item *nf_shared_find(const nf_shared_objects *shared,
                               const nf_idmap *map, int64_t id);
/* Takes over the reference, also on failure (NULL, with an error). */
nf_shared_item *nf_shared_add(nf_shared_objects *shared, int64_t wire,
                              nf_object *object, nf_error *err);
/* Asks the guard. */
nf_status nf_shared_may_travel(const nf_shared_objects *shared,
                               const nf_object *object, const nf_member *member,
                               bool write, bool *out, nf_error *err);
/* Neither deleted nor removed. */
bool nf_shared_is_there(const nf_object *object);
/* A parameter as if it were a member. */
nf_member nf_shared_as_member(nf_attribute *attribute, const char *name,
                              const nf_type *type);
void nf_shared_forget_values(nf_shared_item *item);

#endif
