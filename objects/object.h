/* Objects and the identity map of a session (domain §9, activities §6).
 *
 * The map holds at most one object per id (O2). Every holder counts: a
 * variable, a list, the host. The map itself holds persistable objects that
 * are new or changed (O1), so uncommitted work survives; unchanged ones leave
 * the map with their last holder. Non-persistable objects are also counted by
 * the association members that refer to them; cycles go in nf_objects_sweep.
 *
 * In a space of copies (nf_store.copies, D81: the requests of a server) each
 * row that is read makes an object of its own, and several may have one id. The
 * map then tracks: it has new and non-persistable objects, and of those that
 * are changed the one that was changed first, until it is committed or rolled
 * back. What is asked for by id or by association is what is tracked, else a
 * fresh copy. Copies of one id are one object to comparisons and lists.
 *
 * Removal by a synchronization makes the object a tombstone: `removed` is set,
 * variables read it as empty, lists drop it at their next use (design §3.4).
 * One thread at a time. */
#ifndef NF_OBJECTS_OBJECT_H
#define NF_OBJECTS_OBJECT_H

#include "models/model.h"
#include "objects/value.h"

typedef struct nf_objects nf_objects;
typedef struct nf_store nf_store;

typedef enum nf_object_state { /* domain D70 */
                               NF_OBJECT_NEW,
                               NF_OBJECT_UNCHANGED, /* printed "committed" */
                               NF_OBJECT_CHANGED,
                               NF_OBJECT_DELETED
} nf_object_state;
const char *nf_object_state_name(nf_object_state state); /* activities §6.1 */

struct nf_object {
    uint32_t references;
    uint32_t listed;    /* entries of lists that are this object */
    uint8_t state;      /* nf_object_state */
    bool removed : 1;   /* tombstone: left the device in a synchronization */
    bool held : 1;      /* the map has a reference of its own */
    bool chosen : 1;    /* by the commit or delete under way */
    bool marked : 1;    /* the sweep's own mark */
    bool leaving : 1;   /* deleted, but may be read: by handlers behind that */
    bool elsewhere : 1; /* its row is another store's: commit and delete leave
                           this one alone (synchronize S73) */
    bool copy : 1;      /* in a space of copies, and has a row or gets one */
    uint16_t noted;    /* the mark that keeps what it was (journal.c); 0 none */
    uint32_t internal; /* the sweep's own count */
    int64_t id;
    const nf_entity *entity;
    nf_objects *space;
    nf_value *base;    /* last committed values; NULL while equal */
    uint64_t *changed; /* bit set: uncommitted members; behind those values */
    const uint64_t *unwritable;   /* members the server marked read-only … */
    const uint64_t *inaccessible; /* … or unreadable; NULL none; the store's */
    uint64_t sequence;            /* order of creation in the session */
    struct nf_link *links;        /* what it refers to by uncommitted members */
    nf_value members[]; /* by member index; associations as ID or IDS; behind
                           those of a copy stand its neighbours (space.h) */
};
/* Whether it lives in memory only (D114): its id has the sign bit. */
static inline bool nf_object_is_memory_only(const nf_object *object)
{
    return object->id < 0;
}

/* `store` answers for objects that are not in memory; borrowed. */
nf_objects *nf_objects_new(const nf_model *model, nf_store *store);
void nf_objects_free(nf_objects *objects);
const nf_model *nf_objects_model(const nf_objects *objects);

/* What became of an object: told after it succeeded, a commit while the object
 * still knows which members changed. */
typedef enum nf_object_effect {
    NF_EFFECT_CREATED,
    NF_EFFECT_COMMITTED,
    NF_EFFECT_DELETED,
    NF_EFFECT_ROLLED_BACK,
    NF_EFFECT_CHANGED /* a member was set */
} nf_object_effect;
/* `member`: of CHANGED; else NULL. */
typedef void (*nf_object_effect_fn)(void *user, nf_object *object,
                                    nf_object_effect effect,
                                    const nf_member *member);
void nf_objects_listen(nf_objects *objects, nf_object_effect_fn listener,
                       void *user);
/* Grows with every removal by a synchronization (see nf_list). */
uint64_t nf_objects_epoch(const nf_objects *objects);

static inline nf_object *nf_object_retain(nf_object *object)
{
    object->references++;
    return object;
}
void nf_object_release(nf_object *object); /* NULL is fine */

/* A new object with defaults (O8, O9) and a new id. Owner: caller. Errors of
 * the store, NF_NOMEM. `now` serves [%CurrentDateTime%]. */
nf_status nf_objects_create(nf_object **out, nf_objects *objects,
                            const nf_entity *entity, int64_t now,
                            nf_error *err);
/* The same with a given id (imports, downloads in memory). */
nf_status nf_objects_create_with_id(nf_object **out, nf_objects *objects,
                                    const nf_entity *entity, int64_t id,
                                    int64_t now, nf_error *err);
/* The instance in memory, borrowed; NULL. Of copies: the one that is tracked.
 */
nf_object *nf_objects_find(const nf_objects *objects, int64_t id);
/* For stores: the instance for a row just read, with uncommitted changes kept
 * on top (D80); among copies one of its own (D81). Takes over the values
 * (entity->member_count of them), also on failure. *out NULL without an error:
 * the object was deleted in memory. Owner of the result: caller. */
nf_status nf_objects_load(nf_object **out, nf_objects *objects,
                          const nf_entity *entity, int64_t id,
                          nf_value *members, nf_error *err);
/* By id: memory, else store. `entity` is the object's or a generalization.
 * *out NULL if there is none (or it is deleted or removed). Owner: caller. */
nf_status nf_objects_get(nf_object **out, nf_objects *objects,
                         const nf_entity *entity, int64_t id, nf_error *err);
/* The same for the one object that every flow may ask for, the current user:
 * kept until it is written, so that it is not read each time. */
nf_status nf_objects_get_kept(nf_object **out, nf_objects *objects,
                              const nf_entity *entity, int64_t id,
                              nf_error *err);

/* Member values as expressions see them: attributes as they are; a reference
 * as OBJECT or EMPTY (target gone: EMPTY); a reference set as a new LIST.
 * Error deleted_object if the object is deleted (O5). */
nf_status nf_object_get(nf_value *out, nf_object *object,
                        const nf_member *member, nf_error *err);
/* Sets a member in memory (O18 … O21): values of the member's type (Integer
 * widens to Decimal), OBJECT or EMPTY for references, LIST, OBJECT or EMPTY
 * for sets. One-to-one and owner Both are kept consistent (D44, D45). Errors:
 * deleted_object, type_mismatch, empty_value, value_out_of_range. Access is
 * the caller's business. */
nf_status nf_object_set(nf_object *object, const nf_member *member,
                        const nf_value *value, nf_error *err);
/* Gives an attribute a value that is no change: one that was calculated (D18).
 * Converts as nf_object_set; errors type_mismatch, value_out_of_range. */
nf_status nf_object_show_calculated(nf_object *object, const nf_member *member,
                                    const nf_value *value, nf_error *err);
/* Adds to or removes from a reference set (O20). */
nf_status nf_object_add(nf_object *object, const nf_member *member,
                        const nf_value *value, nf_error *err);
nf_status nf_object_remove(nf_object *object, const nf_member *member,
                           const nf_value *value, nf_error *err);
/* For stores: a member's value as it is stored (ID, IDS), without conversions
 * and without the other end. Keeps base, changed bits and state exact. Takes
 * over the value, also on failure (then nothing changed). */
nf_status nf_object_write(nf_object *object, size_t index, nf_value value,
                          nf_error *err);
bool nf_object_member_changed(const nf_object *object, size_t member_index);

/* Retrieve by association from either end (D43): memory wins over the store.
 * From the owner of a Reference or either end of a one-to-one: OBJECT or
 * EMPTY; else a LIST. `reverse` asks for the child's view of a self-reference
 * (D47); elsewhere the end follows from the object's entity. */
nf_status nf_object_associated(nf_value *out, nf_object *object,
                               const nf_association *association, bool reverse,
                               nf_error *err);

/* Commit, delete, rollback of one or more objects as one step of the store
 * (D71, D53, D83); states in memory change only after the store succeeded.
 * Non-persistable objects get a new rollback point. Among several objects,
 * duplicates count once and deleted or removed ones are skipped; a single
 * deleted object is the error deleted_object (O5). Copies of one id are all
 * committed, each with what was changed in it. A deletion leaves other copies
 * as they are, but what was changed in them can't be committed any more: that
 * is the error deleted_object, too. */
nf_status nf_objects_commit(nf_objects *objects, nf_object *const *items,
                            size_t count, nf_error *err);
nf_status nf_objects_delete(nf_objects *objects, nf_object *const *items,
                            size_t count, nf_error *err);
nf_status nf_object_rollback(nf_object *object, nf_error *err);

/* Undoing, as flows of a server do it (activities X16 … X24, M19). A mark is a
 * savepoint of the store and of what is in memory: states and members of
 * objects, not which variables and lists hold them. Marks nest; *mark > 0 names
 * one as long as the objects live. What was created behind a mark that is
 * undone is deleted. */
enum { NF_MARKS_MAX = 10000 };
nf_status nf_objects_mark(nf_objects *objects, int64_t *mark, nf_error *err);
/* Ends a mark and all inside it, and keeps or undoes what happened since. If
 * the store can't keep it, it is undone. A mark that is not open: nothing. */
nf_status nf_objects_settle(nf_objects *objects, int64_t mark, bool keep,
                            nf_error *err);
bool nf_objects_marked(const nf_objects *objects, int64_t mark); /* is open */
unsigned nf_objects_marks(const nf_objects *objects); /* how many are */
/* Undoes and ends all. */
void nf_objects_abandon(nf_objects *objects);

/* What a synchronization did to the store, told to memory (design §3.4):
 * refreshed objects are re-read under their uncommitted changes, removed ones
 * become tombstones, and references to them read empty (S122). Prepared
 * before the store's transaction commits, so that applying cannot fail. */
typedef struct nf_delta nf_delta;
nf_delta *nf_delta_new(nf_objects *objects);
void nf_delta_free(nf_delta *delta);
/* Takes over the values (NULL: only noted), also on failure; keeps them only
 * for an object in memory. Member sets as in nf_object, the store's. */
bool nf_delta_refresh(nf_delta *delta, const nf_entity *entity, int64_t id,
                      nf_value *members, const uint64_t *unwritable,
                      const uint64_t *inaccessible);
bool nf_delta_remove(nf_delta *delta, const nf_entity *entity, int64_t id);
/* Ids of what the delta holds, for the host's notification (S123). */
size_t nf_delta_count(const nf_delta *delta);
void nf_delta_item(const nf_delta *delta, size_t index,
                   const nf_entity **entity, int64_t *id, bool *removed);
void nf_objects_reconcile(nf_objects *objects, nf_delta *delta);

/* Default values of every member into `members` (room for member_count of
 * them): attributes by D17, AutoNumber 0, associations empty. `now` serves
 * [%CurrentDateTime%]. */
nf_status nf_entity_defaults(nf_value *members, const nf_entity *entity,
                             int64_t now, nf_error *err);
/* Values of `count` members released and the array freed; NULL is fine. */
void nf_members_free(nf_value *members, size_t count);
/* The member of `entity` for one end of an association; NULL. */
const nf_member *nf_entity_end(const nf_entity *entity,
                               const nf_association *association,
                               bool child_end);
/* Reference sets: ids as a value (sorted, without duplicates; EMPTY for none;
 * false when out of memory), and back (borrowed; *count 0 for EMPTY). */
bool nf_ids_value(nf_value *out, const int64_t *ids, size_t count);
const int64_t *nf_ids_of(const nf_value *value, size_t *count);
bool nf_ids_has(const nf_value *value, int64_t id);

/* Frees unreachable cycles of non-persistable objects (design §10.14); called
 * when the outermost flow has ended. */
void nf_objects_sweep(nf_objects *objects);
/* Calls `each` for every object in memory that is new or changed, in order of
 * creation. */
void nf_objects_each_uncommitted(const nf_objects *objects,
                                 void (*each)(void *user, nf_object *object),
                                 void *user);

/* ---- lists ------------------------------------------------------------- */

/* Ordered handles of objects of one entity or its specializations (V8).
 * Removed objects disappear at the next use of the list. */
struct nf_list {
    uint32_t references;
    const nf_entity *entity; /* NULL: any */
    nf_object **items;
    size_t count, capacity;
    nf_objects *space; /* for its removal epoch; NULL: no objects yet */
    uint64_t epoch;
    struct nf_idmap *index; /* its ids, once a long list was asked for one */
};
nf_list *nf_list_new(const nf_entity *entity); /* NULL: out of memory */
static inline nf_list *nf_list_retain(nf_list *list)
{
    list->references++;
    return list;
}
void nf_list_release(nf_list *list);
/* Number of members after removed ones have left. Use before `items`. */
size_t nf_list_count(nf_list *list);
bool nf_list_append(nf_list *list, nf_object *object); /* retains */
/* Elements are compared by id (L2). In constant time for long lists, which get
 * an index, and for objects in no list that are no copies. */
bool nf_list_contains(nf_list *list, const nf_object *object);
/* One with this id, borrowed; NULL. */
nf_object *nf_list_find(nf_list *list, int64_t id);
/* Removes the first occurrence. */
void nf_list_remove_first(nf_list *list, const nf_object *object);
/* Removes every occurrence. */
void nf_list_remove(nf_list *list, const nf_object *object);
void nf_list_clear(nf_list *list);
nf_list *nf_list_copy(nf_list *list);

#endif
