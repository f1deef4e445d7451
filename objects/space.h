/* Inside of the identity map: shared by the files of objects/, nobody else. */
#ifndef NF_OBJECTS_SPACE_H
#define NF_OBJECTS_SPACE_H

#include "base/map.h"
#include "base/memory.h"
#include "objects/object.h"

/* One uncommitted (or non-persistable) reference from a member to an id. Links
 * stand in the list of their owner and in the list of those that refer to the
 * same id, so that what refers to an object is found without a search and the
 * end of an owner costs only its own links. A target in memory only is
 * counted. */
typedef struct nf_link nf_link;
struct nf_link {
    nf_link *next;                  /* of the owner */
    nf_link *previous_of, *next_of; /* of the id */
    nf_object *owner;
    nf_object *target; /* counted; NULL unless memory only */
    int64_t id;
    size_t member;
};

typedef struct nf_journal nf_journal; /* journal.c */

struct nf_objects {
    const nf_model *model;
    nf_journal *journal; /* NULL: there was never a mark */
    nf_store *store;
    nf_idmap *map;       /* id → nf_object */
    nf_idmap *referring; /* id → first nf_link */
    nf_value **defaults; /* by entity->number; NULL: not asked for yet */
    size_t default_count;
    uint64_t epoch, sequence;
    int64_t memory_ids;
    bool closing;
    bool copying;      /* D81 */
    nf_object *copies; /* all there are, chained; NULL: none */
    nf_idmap *gone;    /* ids of rows that were deleted; NULL: none */
    nf_object *kept; /* nf_objects_get_kept; NULL: not asked for, or written */
    nf_object_effect_fn listener; /* NULL: nobody */
    void *listener_user;
};

static inline void nf_objects_tell(const nf_objects *objects, nf_object *object,
                                   nf_object_effect effect,
                                   const nf_member *member)
{
    if (objects->listener)
        objects->listener(objects->listener_user, object, effect, member);
}

/* The default values of an entity, borrowed until the next call; NULL: out of
 * memory. */
const nf_value *nf_objects_defaults(nf_objects *objects,
                                    const nf_entity *entity, int64_t now);

/* A base without values, and its set of changed members: one block. NULL: out
 * of memory. Owner: caller; nf_members_free. */
static inline nf_value *nf_object_base_new(const nf_entity *entity)
{
    size_t words = (entity->member_count + 63) / 64;

    return nf_alloc(entity->member_count * sizeof(nf_value) +
                    words * sizeof(uint64_t));
}
static inline uint64_t *nf_object_base_set(const nf_entity *entity,
                                           nf_value *base)
{
    return (uint64_t *)(void *)(base + entity->member_count);
}

/* The neighbours of a copy in the chain of its space. */
typedef struct nf_neighbours {
    nf_object *previous, *next;
} nf_neighbours;
static inline nf_neighbours *nf_object_neighbours(nf_object *copy)
{
    return (nf_neighbours *)(void *)(copy->members +
                                     copy->entity->member_count);
}

/* Whether the map has it: others of its id may be there. */
static inline bool nf_object_is_tracked(const nf_object *object)
{
    return !object->copy || object->held;
}
/* A copy joins or leaves the chain of its space. */
void nf_object_chain(nf_object *copy);
void nf_object_unchain(nf_object *copy);
/* Whether the map has a reference of its own. A copy that it lets go leaves it.
 */
void nf_object_hold(nf_object *object, bool wanted);
/* Before a member changes: a copy is tracked from then on, if no other of its
 * id is. */
nf_status nf_object_note_change(nf_object *object, nf_error *err);
/* copies.c: the link of a one-to-one association is stored with whoever of its
 * ends is committed (D44). Before a copy that was stored is settled: the other
 * ends, if nothing else of them was changed, are as their rows, so they are not
 * what the next retrieve has to show (D81). */
void nf_object_settle_partners(nf_object *object);
/* Whether the map has this copy, or none of its id, from now on: false when out
 * of memory, and then it has none. */
bool nf_object_set_tracked(nf_object *copy, bool tracked);
/* A copy with changes whose row was deleted by way of another. */
bool nf_object_lost_row(const nf_object *object);
/* Its row was written or deleted, or that was undone: what is kept of it
 * otherwise is old. */
void nf_object_written(const nf_object *object);
/* Makes the object clean: base and changed bits go, links of persistable ones
 * too. Cannot fail. */
void nf_object_settle(nf_object *object);
/* Takes it out of the map as deleted or removed; references of others to it
 * in uncommitted members are cleared if `clear`. */
void nf_object_leave(nf_object *object, bool clear);
void nf_object_drop_links(nf_object *object);
/* Its links, made anew from its members. */
void nf_object_relink(nf_object *object);
void nf_journal_free(nf_journal *journal);
nf_status nf_journal_note(nf_object *object, nf_error *err);
nf_status nf_journal_note_created(nf_object *object, nf_error *err);
/* To be called before an object changes: what it is now can come back. */
static inline nf_status nf_object_note(nf_object *object, nf_error *err)
{
    if (!object->space || !object->space->journal ||
        object->noted >= nf_objects_marks(object->space))
        return NF_OK;
    return nf_journal_note(object, err);
}
nf_link *nf_objects_links_to(const nf_objects *objects, int64_t id);
/* The error deleted_object … */
nf_status nf_object_deleted(const nf_object *object, nf_error *err);
/* … or NF_OK. */
nf_status nf_object_check_usable(const nf_object *object, nf_error *err);
/* A new committed value under the uncommitted one, if any. Takes it over. */
void nf_object_rebase(nf_object *object, size_t index, nf_value value);
void nf_object_update_state(nf_object *object);

#endif
