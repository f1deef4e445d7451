/* The identity map: creating, loading and finding objects, and the links of
 * uncommitted references (see space.h). */
#include "objects/space.h"

#include "base/memory.h"
#include "objects/store.h"

#include <stdlib.h>
#include <string.h>

/* ---- the space ----------------------------------------------------------- */

nf_objects *nf_objects_new(const nf_model *model, nf_store *store)
{
    nf_objects *objects = nf_alloc(sizeof *objects);

    if (!objects)
        return NULL;
    objects->model = model;
    objects->store = store;
    objects->copying = store && store->copies;
    objects->map = nf_idmap_new();
    objects->referring = nf_idmap_new();
    if (!objects->map || !objects->referring) {
        nf_idmap_free(objects->map);
        nf_idmap_free(objects->referring);
        nf_free(objects);
        return NULL;
    }
    return objects;
}

static void destroy(nf_object *object)
{
    size_t count = object->entity->member_count;

    nf_object_drop_links(object);
    if (object->space && object->copy)
        nf_object_unchain(object);
    else if (object->space)
        nf_idmap_remove_value(object->space->map, object->id, object);
    for (size_t i = 0; i < count; i++)
        nf_value_release(&object->members[i]);
    nf_members_free(object->base, count);
    nf_free(object);
}

/* What others still hold lives on without a map until they give it back. */
static void part(nf_object *object)
{
    object->space = NULL;
    if (object->held) {
        object->held = false;
        object->references--;
    }
    if (!object->references)
        destroy(object);
}

/* Those of the map that are copies are also among these. */
static void part_all(nf_objects *objects)
{
    size_t cursor = 0;
    int64_t id;
    void *value;

    while (nf_idmap_next(objects->map, &cursor, &id, &value))
        nf_object_drop_links(value);
    for (nf_object *copy = objects->copies; copy;
         copy = nf_object_neighbours(copy)->next)
        nf_object_drop_links(copy);
    cursor = 0;
    while (nf_idmap_next(objects->map, &cursor, &id, &value))
        if (!((nf_object *)value)->copy)
            part(value);
    for (nf_object *copy; (copy = objects->copies);) {
        objects->copies = nf_object_neighbours(copy)->next;
        part(copy);
    }
}

void nf_objects_free(nf_objects *objects)
{
    if (!objects)
        return;
    nf_objects_abandon(objects);
    nf_object_release(objects->kept);
    objects->closing = true;
    part_all(objects);
    for (size_t i = 0; i < objects->default_count; i++)
        nf_members_free(objects->defaults[i],
                        nf_model_entity(objects->model, i)->member_count);
    nf_free(objects->defaults);
    nf_idmap_free(objects->map);
    nf_idmap_free(objects->referring);
    nf_idmap_free(objects->gone);
    nf_journal_free(objects->journal);
    nf_free(objects);
}

const nf_model *nf_objects_model(const nf_objects *objects)
{
    return objects->model;
}

uint64_t nf_objects_epoch(const nf_objects *objects)
{
    return objects ? objects->epoch : 0;
}

/* An object in memory only that refers to others can still be reached from
 * them, so it stays until the sweep decides (domain D86). That also keeps a
 * long chain from being freed recursively. */
void nf_object_release(nf_object *object)
{
    if (!object || --object->references)
        return;
    if (object->space && !object->space->closing && object->links &&
        nf_object_is_memory_only(object)) {
        object->held = true;
        object->references = 1;
        return;
    }
    destroy(object);
}

/* ---- links -------------------------------------------------------------- */

nf_link *nf_objects_links_to(const nf_objects *objects, int64_t id)
{
    return nf_idmap_get(objects->referring, id);
}

static void unlink_one(nf_objects *objects, nf_link *link)
{
    nf_object *target = link->target;

    if (link->next_of)
        link->next_of->previous_of = link->previous_of;
    if (link->previous_of)
        link->previous_of->next_of = link->next_of;
    else if (link->next_of)
        nf_idmap_set(objects->referring, link->id, link->next_of);
    else
        nf_idmap_remove(objects->referring, link->id);
    nf_free(link);
    nf_object_release(target);
}

/* Takes the links of one member (or all, SIZE_MAX) off the owner's list. */
static void drop_links(nf_object *object, size_t member)
{
    nf_link **at = &object->links, *dropped = NULL, *link;

    while ((link = *at)) {
        if (member != SIZE_MAX && link->member != member) {
            at = &link->next;
            continue;
        }
        *at = link->next;
        link->next = dropped;
        dropped = link;
    }
    while ((link = dropped)) {
        dropped = link->next;
        unlink_one(object->space, link);
    }
}

void nf_object_drop_links(nf_object *object)
{
    if (object->links && object->space)
        drop_links(object, SIZE_MAX);
}

static void free_links(nf_link *links)
{
    nf_link *next;

    for (; links; links = next) {
        next = links->next;
        nf_object_release(links->target);
        nf_free(links);
    }
}

static bool build_link(nf_link **list, nf_object *owner, size_t member,
                       int64_t id)
{
    nf_link *link = nf_alloc(sizeof *link);

    if (!link)
        return false;
    link->owner = owner;
    link->member = member;
    link->id = id;
    if (id < 0) {
        link->target = nf_idmap_get(owner->space->map, id);
        if (link->target)
            nf_object_retain(link->target);
    }
    link->next = *list;
    *list = link;
    return true;
}

static bool build_links(nf_link **list, nf_object *owner, size_t member,
                        const nf_value *value)
{
    size_t count = 0, i;
    const int64_t *ids = nf_ids_of(value, &count);

    if (value->kind == NF_KIND_ID)
        return build_link(list, owner, member, value->as.integer);
    for (i = 0; i < count; i++)
        if (!build_link(list, owner, member, ids[i]))
            return false;
    return true;
}

/* Adds a built link to both lists. */
static bool attach(nf_link *link)
{
    nf_object *owner = link->owner;
    nf_link *first = nf_idmap_get(owner->space->referring, link->id);

    if (!nf_idmap_set(owner->space->referring, link->id, link))
        return false;
    link->previous_of = NULL;
    link->next_of = first;
    if (first)
        first->previous_of = link;
    link->next = owner->links;
    owner->links = link;
    return true;
}

/* What the store has of a persistable object, the store finds. */
static bool has_links(const nf_object *object, size_t member)
{
    return nf_object_is_memory_only(object) ||
           nf_object_member_changed(object, member);
}

void nf_object_relink(nf_object *object)
{
    nf_link *links = NULL, *next;
    size_t i;

    if (!object->space)
        return;
    for (i = 0; i < object->entity->member_count; i++)
        if (object->entity->members[i].association && has_links(object, i) &&
            !build_links(&links, object, i, &object->members[i]))
            break; /* out of memory: only the way back is lost */
    nf_object_drop_links(object);
    for (; links; links = next) {
        next = links->next;
        if (!attach(links)) {
            nf_object_release(links->target);
            nf_free(links);
        }
    }
}

/* ---- writing members ---------------------------------------------------- */

static bool any_changed(const nf_object *object)
{
    size_t words = (object->entity->member_count + 63) / 64, i;

    if (object->changed)
        for (i = 0; i < words; i++)
            if (object->changed[i])
                return true;
    return false;
}

/* A copy is in the map as long as it is held. */
void nf_object_hold(nf_object *object, bool wanted)
{
    if (object->held == wanted)
        return;
    object->held = wanted;
    if (!wanted && object->copy)
        nf_idmap_remove_value(object->space->map, object->id, object);
    if (wanted)
        object->references++;
    else
        nf_object_release(object);
}

/* The map holds persistable objects with uncommitted work (O1): copies from
 * when they were changed (track). */
void nf_object_update_state(nf_object *object)
{
    if (object->state == NF_OBJECT_UNCHANGED ||
        object->state == NF_OBJECT_CHANGED)
        object->state =
            any_changed(object) ? NF_OBJECT_CHANGED : NF_OBJECT_UNCHANGED;
    if (!nf_object_is_memory_only(object))
        nf_object_hold(object, (object->state == NF_OBJECT_NEW ||
                                object->state == NF_OBJECT_CHANGED) &&
                                   (!object->copy || object->held));
}

static bool ensure_base(nf_object *object)
{
    if (object->base)
        return true;
    object->base = nf_object_base_new(object->entity);
    object->changed =
        object->base ? nf_object_base_set(object->entity, object->base) : NULL;
    return object->base != NULL;
}

static void set_changed(nf_object *object, size_t index, bool changed)
{
    uint64_t bit = (uint64_t)1 << (index % 64);

    if (changed)
        object->changed[index / 64] |= bit;
    else
        object->changed[index / 64] &= ~bit;
}

static bool is_changed(const nf_object *object, size_t index)
{
    return object->changed && (object->changed[index / 64] >> (index % 64) & 1);
}

/* Puts the new value in place; the old one becomes the base, or goes. */
static void put_value(nf_object *object, size_t index, nf_value value)
{
    nf_value old = object->members[index];

    object->members[index] = value;
    if (object->state == NF_OBJECT_NEW) {
        nf_value_release(&old);
        return;
    }
    if (!is_changed(object, index)) {
        object->base[index] = old;
        set_changed(object, index, true);
        return;
    }
    nf_value_release(&old);
    if (nf_value_equal(&object->base[index], &object->members[index])) {
        nf_value_release(&object->base[index]);
        set_changed(object, index, false);
    }
}

static nf_status no_memory(nf_value *value, nf_link *links, nf_error *err)
{
    nf_value_release(value);
    free_links(links);
    return nf_error_nomem(err);
}

nf_status nf_object_write(nf_object *object, size_t index, nf_value value,
                          nf_error *err)
{
    bool link = object->entity->members[index].association && object->space;
    nf_link *links = NULL, *next;

    if (nf_value_equal(&object->members[index], &value)) {
        nf_value_release(&value);
        return NF_OK;
    }
    if ((object->state != NF_OBJECT_NEW && !ensure_base(object)) ||
        (link && !build_links(&links, object, index, &value)))
        return no_memory(&value, links, err);
    if (nf_object_note(object, err) != NF_OK ||
        nf_object_note_change(object, err) != NF_OK)
        return no_memory(&value, links, err);
    nf_object_retain(object); /* dropping links may end what held it */
    if (link)
        drop_links(object, index);
    put_value(object, index, value);
    if (!nf_object_is_memory_only(object) && object->state != NF_OBJECT_NEW &&
        !is_changed(object, index)) {
        free_links(links); /* back to what the store has */
        links = NULL;
    }
    for (; links; links = next) {
        next = links->next;
        if (!attach(links)) { /* only the way back is lost */
            nf_object_release(links->target);
            nf_free(links);
        }
    }
    nf_object_update_state(object);
    nf_object_release(object);
    return NF_OK;
}

void nf_object_settle(nf_object *object)
{
    size_t count = object->entity->member_count;

    nf_members_free(object->base, count);
    object->base = NULL;
    object->changed = NULL;
    object->state = NF_OBJECT_UNCHANGED;
    if (nf_object_is_memory_only(object))
        return;
    nf_object_retain(object);
    nf_object_drop_links(object);
    nf_object_update_state(object);
    nf_object_release(object);
}

void nf_object_rebase(nf_object *object, size_t index, nf_value value)
{
    if (!is_changed(object, index)) {
        nf_value_release(&object->members[index]);
        object->members[index] = value;
        return;
    }
    nf_value_release(&object->base[index]);
    object->base[index] = value;
    if (nf_value_equal(&object->base[index], &object->members[index])) {
        nf_value_release(&object->base[index]);
        set_changed(object, index, false);
        if (object->links && !nf_object_is_memory_only(object))
            drop_links(object, index);
    }
}

/* Members of others that refer to what leaves become empty. */
static void clear_links_to(nf_object *object)
{
    nf_link *link;
    size_t count, kept, i;

    while ((link = nf_objects_links_to(object->space, object->id))) {
        nf_object *owner = nf_object_retain(link->owner);
        nf_value value = nf_empty();
        const int64_t *ids = nf_ids_of(&owner->members[link->member], &count);
        int64_t *rest = count ? nf_alloc_array(count, sizeof *rest) : NULL;
        size_t member = link->member;

        for (i = kept = 0; rest && i < count; i++)
            if (ids[i] != object->id)
                rest[kept++] = ids[i];
        if (rest && !nf_ids_value(&value, rest, kept))
            value = nf_empty();
        nf_free(rest);
        if (nf_object_write(owner, member, value, NULL) != NF_OK ||
            nf_objects_links_to(object->space, object->id) == link) {
            nf_object_release(owner);
            return; /* out of memory: a reference to nothing reads empty */
        }
        nf_object_release(owner);
    }
}

void nf_object_leave(nf_object *object, bool clear)
{
    nf_object_retain(object);
    if (clear && object->space)
        clear_links_to(object);
    if (object->space)
        nf_idmap_remove_value(object->space->map, object->id, object);
    nf_object_drop_links(object);
    nf_object_hold(object, false);
    nf_object_release(object);
}

/* ---- creating and loading ----------------------------------------------- */

/* A bare object with one reference for the caller; its members are empty. It is
 * in the map, but for a copy that is not new. */
static nf_status add_object(nf_object **out, nf_objects *objects,
                            const nf_entity *entity, int64_t id,
                            nf_object_state state, nf_error *err)
{
    bool copy = objects->copying && id >= 0;
    nf_object *object = nf_alloc(
        sizeof *object + entity->member_count * sizeof *object->members +
        (copy ? sizeof(nf_neighbours) : 0));

    *out = NULL;
    if (!object || ((!copy || state == NF_OBJECT_NEW) &&
                    !nf_idmap_set(objects->map, id, object))) {
        nf_free(object);
        return nf_error_nomem(err);
    }
    object->references = 1;
    object->id = id;
    object->entity = entity;
    object->space = objects;
    object->copy = copy;
    object->state = (uint8_t)state;
    object->sequence = ++objects->sequence;
    if (copy)
        nf_object_chain(object);
    nf_object_hold(object,
                   state == NF_OBJECT_NEW && !nf_object_is_memory_only(object));
    *out = object;
    return NF_OK;
}

nf_status nf_objects_create_with_id(nf_object **out, nf_objects *objects,
                                    const nf_entity *entity, int64_t id,
                                    int64_t now, nf_error *err)
{
    const nf_value *defaults;
    nf_status status;

    *out = NULL;
    if (nf_idmap_get(objects->map, id))
        return nf_error_set(err, NF_FAILED, "db_error",
                            "an object with id %lld exists", (long long)id);
    defaults = nf_objects_defaults(objects, entity, now);
    if (!defaults)
        return nf_error_nomem(err);
    status = add_object(out, objects, entity, id, NF_OBJECT_NEW, err);
    if (!status && nf_objects_marks(objects) &&
        (status = nf_journal_note_created(*out, err)) != NF_OK) {
        (*out)->state = NF_OBJECT_DELETED;
        nf_object_leave(*out, false);
        nf_object_release(*out);
        *out = NULL;
    }
    for (size_t i = 0; !status && i < entity->member_count; i++)
        (*out)->members[i] = nf_value_copy(&defaults[i]);
    if (!status)
        nf_objects_tell(objects, *out, NF_EFFECT_CREATED, NULL);
    return status;
}

void nf_objects_listen(nf_objects *objects, nf_object_effect_fn listener,
                       void *user)
{
    objects->listener = listener;
    objects->listener_user = user;
}

nf_status nf_objects_create(nf_object **out, nf_objects *objects,
                            const nf_entity *entity, int64_t now, nf_error *err)
{
    nf_status status;
    int64_t id;

    *out = NULL;
    if (entity->kind == NF_ENTITY_PERSISTABLE && objects->store) {
        status = objects->store->ops->new_id(objects->store, entity, &id, err);
        if (status)
            return status;
    } else {
        id = INT64_MIN + ++objects->memory_ids; /* D114 */
    }
    return nf_objects_create_with_id(out, objects, entity, id, now, err);
}

nf_object *nf_objects_find(const nf_objects *objects, int64_t id)
{
    return nf_idmap_get(objects->map, id);
}

nf_status nf_objects_load(nf_object **out, nf_objects *objects,
                          const nf_entity *entity, int64_t id,
                          nf_value *members, nf_error *err)
{
    nf_object *object =
        objects->copying ? NULL : nf_idmap_get(objects->map, id);
    size_t i;

    *out = NULL;
    if (!object) {
        nf_status status =
            add_object(out, objects, entity, id, NF_OBJECT_UNCHANGED, err);

        if (status) {
            nf_members_free(members, entity->member_count);
            return status;
        }
        memcpy((*out)->members, members,
               entity->member_count * sizeof *members);
        nf_free(members);
        return NF_OK;
    }
    if (object->entity != entity || object->state == NF_OBJECT_NEW) {
        nf_members_free(members, entity->member_count);
        if (object->entity == entity)
            *out = nf_object_retain(object);
        return NF_OK;
    }
    *out = nf_object_retain(object);
    for (i = 0; i < entity->member_count; i++)
        nf_object_rebase(object, i, members[i]);
    nf_free(members);
    nf_object_update_state(object);
    return NF_OK;
}

nf_status nf_objects_get(nf_object **out, nf_objects *objects,
                         const nf_entity *entity, int64_t id, nf_error *err)
{
    nf_object *object = nf_idmap_get(objects->map, id);

    *out = NULL;
    if (object) {
        if (!entity || nf_entity_is(object->entity, entity))
            *out = nf_object_retain(object);
        return NF_OK;
    }
    if (id < 0 || !objects->store || !entity)
        return NF_OK;
    return objects->store->ops->fetch(objects->store, out, objects, entity, id,
                                      err);
}

static bool is_uncommitted(const nf_object *object)
{
    return object->state == NF_OBJECT_NEW || object->state == NF_OBJECT_CHANGED;
}

static int by_creation(const void *a, const void *b)
{
    const nf_object *left = *(nf_object *const *)a;
    const nf_object *right = *(nf_object *const *)b;

    return (left->sequence > right->sequence) -
           (left->sequence < right->sequence);
}

void nf_objects_each_uncommitted(const nf_objects *objects,
                                 void (*each)(void *user, nf_object *object),
                                 void *user)
{
    nf_object **items =
        nf_alloc_array(nf_idmap_count(objects->map), sizeof *items);
    size_t cursor = 0, count = 0, i;
    int64_t id;
    void *value;

    while (items && nf_idmap_next(objects->map, &cursor, &id, &value))
        if (is_uncommitted(value))
            items[count++] = nf_object_retain(value);
    if (count)
        qsort(items, count, sizeof *items, by_creation);
    for (i = 0; i < count; i++) {
        each(user, items[i]);
        nf_object_release(items[i]);
    }
    nf_free(items);
}
