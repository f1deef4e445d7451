/* Undoing in memory (activities X16 … X24, M19): before an object changes, the
 * innermost mark keeps what it was. An object is kept once per mark, so work
 * without marks, or twice on one object, costs nothing. */
#include "base/memory.h"
#include "objects/space.h"
#include "objects/store.h"

#include <string.h>

typedef struct nf_kept {
    nf_object *object; /* held */
    nf_value *members; /* NULL: it was created behind the mark */
    nf_value *base;    /* as nf_object's; NULL: none */
    nf_object_state state;
    bool tracked;   /* a copy that the map had */
    uint16_t noted; /* the mark that had kept it before; 0 none */
} nf_kept;

typedef struct open_mark {
    int64_t serial;
    size_t start; /* its first item */
} open_mark;

struct nf_journal {
    nf_kept *items;
    size_t count, capacity;
    open_mark *marks;
    size_t mark_count, mark_capacity;
    int64_t serial; /* of the last one; never used twice */
};

void nf_journal_free(nf_journal *journal)
{
    if (!journal)
        return;
    nf_free(journal->items);
    nf_free(journal->marks);
    nf_free(journal);
}

/* ---- keeping --------------------------------------------------------------
 */

static void dispose(nf_kept *kept)
{
    size_t count = kept->object->entity->member_count;

    nf_members_free(kept->members, count);
    nf_members_free(kept->base, count);
    nf_object_release(kept->object);
}

static void copy_members(nf_value *copy, const nf_value *members, size_t count)
{
    for (size_t i = 0; i < count; i++)
        copy[i] = nf_value_copy(&members[i]);
}

static bool copy_into(nf_kept *kept, const nf_object *object)
{
    const nf_entity *entity = object->entity;
    size_t count = entity->member_count;

    kept->members = nf_alloc_array(count, sizeof *kept->members);
    if (!kept->members)
        return false;
    copy_members(kept->members, object->members, count);
    if (!object->base)
        return true;
    kept->base = nf_object_base_new(entity);
    if (!kept->base)
        return false;
    copy_members(kept->base, object->base, count);
    memcpy(nf_object_base_set(entity, kept->base), object->changed,
           (count + 63) / 64 * sizeof *object->changed);
    return true;
}

static nf_status keep(nf_object *object, bool created, nf_error *err)
{
    nf_journal *journal = object->space->journal;
    nf_kept kept = {.object = object,
                    .state = (nf_object_state)object->state,
                    .tracked = object->held,
                    .noted = object->noted};
    nf_kept *items = nf_grow(journal->items, journal->count, &journal->capacity,
                             sizeof *items);

    if (!items)
        return nf_error_nomem(err);
    journal->items = items;
    nf_object_retain(object);
    if (!created && !copy_into(&kept, object)) {
        dispose(&kept);
        return nf_error_nomem(err);
    }
    items[journal->count++] = kept;
    object->noted = (uint16_t)journal->mark_count;
    return NF_OK;
}

nf_status nf_journal_note(nf_object *object, nf_error *err)
{
    return keep(object, false, err);
}

nf_status nf_journal_note_created(nf_object *object, nf_error *err)
{
    return keep(object, true, err);
}

/* ---- undoing --------------------------------------------------------------
 */

/* Members as they were; what referred to others does so again. */
static void put_back(nf_object *object, nf_kept *kept)
{
    size_t count = object->entity->member_count;

    for (size_t i = 0; i < count; i++) {
        nf_value_release(&object->members[i]);
        object->members[i] = kept->members[i];
        kept->members[i] = nf_empty();
    }
    nf_members_free(object->base, count);
    object->base = kept->base;
    object->changed =
        kept->base ? nf_object_base_set(object->entity, kept->base) : NULL;
    kept->base = NULL;
    object->state = (uint8_t)kept->state;
}

/* What the map has of its id again; false when out of memory. */
static bool find_again(nf_objects *objects, nf_object *object,
                       const nf_kept *kept)
{
    if (!object->copy)
        return nf_objects_find(objects, object->id) == object ||
               nf_idmap_set(objects->map, object->id, object);
    if (objects->gone)
        nf_idmap_remove_value(objects->gone, object->id, object);
    return (!kept->tracked && !object->held) ||
           nf_object_set_tracked(object, kept->tracked);
}

static void undo(nf_objects *objects, nf_kept *kept)
{
    nf_object *object = kept->object;

    object->noted = kept->noted;
    if (!object->space)
        return;
    if (!kept->members) { /* X24: it never was */
        object->state = NF_OBJECT_DELETED;
        nf_object_leave(object, false);
        return;
    }
    nf_object_drop_links(object);
    nf_object_written(object);
    put_back(object, kept);
    if (kept->state == NF_OBJECT_DELETED)
        return;
    if (!find_again(objects, object, kept)) {
        object->state = NF_OBJECT_DELETED; /* out of memory: nobody finds it */
        return;
    }
    nf_object_relink(object);
    nf_object_update_state(object);
}

/* What the mark below has not kept itself is now its own. */
static void pass_on(nf_journal *journal, size_t start)
{
    uint16_t below = (uint16_t)(journal->mark_count - 1);
    size_t kept = start;

    for (size_t i = start; i < journal->count; i++) {
        nf_kept *item = &journal->items[i];

        item->object->noted = below;
        if (below == 0 || item->noted == below)
            dispose(item);
        else
            journal->items[kept++] = *item;
    }
    journal->count = kept;
}

static void end_innermost(nf_objects *objects, bool keep_changes)
{
    nf_journal *journal = objects->journal;
    size_t start = journal->marks[journal->mark_count - 1].start;

    if (keep_changes)
        pass_on(journal, start);
    while (!keep_changes && journal->count > start) {
        nf_kept *item = &journal->items[--journal->count];

        undo(objects, item);
        dispose(item);
    }
    journal->mark_count--;
}

/* ---- marks ----------------------------------------------------------------
 */

static nf_status add_mark(nf_objects *objects, nf_error *err)
{
    nf_journal *journal = objects->journal;
    open_mark *marks;

    if (!journal)
        journal = objects->journal = nf_alloc(sizeof *journal);
    if (!journal)
        return nf_error_nomem(err);
    if (journal->mark_count == NF_MARKS_MAX)
        return nf_error_set(err, NF_FAILED, "recursion_limit",
                            "More than %d savepoints are open", NF_MARKS_MAX);
    marks = nf_grow(journal->marks, journal->mark_count,
                    &journal->mark_capacity, sizeof *marks);
    if (!marks)
        return nf_error_nomem(err);
    journal->marks = marks;
    marks[journal->mark_count++] =
        (open_mark){++journal->serial, journal->count};
    return NF_OK;
}

nf_status nf_objects_mark(nf_objects *objects, int64_t *mark, nf_error *err)
{
    nf_store *store = objects->store;
    nf_status status = add_mark(objects, err);

    *mark = 0;
    if (status)
        return status;
    if (store)
        status = store->ops->savepoint(store, err);
    if (status)
        end_innermost(objects, true);
    else
        *mark = objects->journal->serial;
    return status;
}

bool nf_objects_marked(const nf_objects *objects, int64_t mark)
{
    const nf_journal *journal = objects->journal;

    for (size_t i = nf_objects_marks(objects); i-- > 0;)
        if (journal->marks[i].serial <= mark)
            return journal->marks[i].serial == mark;
    return false;
}

nf_status nf_objects_settle(nf_objects *objects, int64_t mark, bool keep_all,
                            nf_error *err)
{
    nf_store *store = objects->store;
    bool open = nf_objects_marked(objects, mark), last;
    nf_status status = NF_OK;

    for (; open; open = !last) {
        bool kept = keep_all && !status;
        nf_status ended = NF_OK;

        last =
            objects->journal->marks[objects->journal->mark_count - 1].serial ==
            mark;
        if (store)
            ended = store->ops->release(store, kept, status ? NULL : err);
        if (!status)
            status = ended;
        end_innermost(objects, kept && !ended);
    }
    return status;
}

void nf_objects_abandon(nf_objects *objects)
{
    if (nf_objects_marks(objects))
        nf_objects_settle(objects, objects->journal->marks[0].serial, false,
                          NULL);
}

unsigned nf_objects_marks(const nf_objects *objects)
{
    return objects->journal ? (unsigned)objects->journal->mark_count : 0;
}
