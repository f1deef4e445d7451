/* Commits, deletions, creations and rollbacks of flows on the server
 * (activities M4 … M17; domain §8): which objects take part, their event
 * handlers, validation rules and delete behaviours. The rows are the store's
 * (world.c). */
#include "interpreter/nested.h"
#include "server/internal.h"
#include "server/world.h"

#include <stdio.h>

static nf_server_store *store_of(const nf_world *world)
{
    return (nf_server_store *)world->store;
}

/* ---- a set of objects ------------------------------------------------------
 */

enum { FEW = 8 };

/* Objects, each once and held, in the order in which they came. Most are one
 * or two, thousands of times: few need no memory of their own. */
typedef struct group {
    nf_object **items; /* `few`, until there are more */
    size_t count, capacity;
    bool copies;   /* of one id may be in it, each once (D81) */
    nf_idmap *ids; /* NULL: few */
    nf_object *few[FEW];
} group;

static void group_dispose(group *g)
{
    for (size_t i = 0; i < g->count; i++)
        nf_object_release(g->items[i]);
    if (g->items != g->few)
        nf_free(g->items);
    nf_idmap_free(g->ids);
}

static const nf_object *group_find(const group *g, int64_t id)
{
    if (g->ids)
        return nf_idmap_get(g->ids, id);
    for (size_t i = 0; i < g->count; i++)
        if (g->items[i]->id == id)
            return g->items[i];
    return NULL;
}

static bool group_has(const group *g, const nf_object *object)
{
    const nf_object *found = group_find(g, object->id);

    if (!found || found == object || !g->copies)
        return found != NULL;
    for (size_t i = 0; i < g->count; i++)
        if (g->items[i] == object)
            return true;
    return false;
}

/* From `few` to memory of its own, with an index. */
static bool group_spread(group *g)
{
    nf_object **items = nf_alloc_array(2 * FEW, sizeof *items);

    g->ids = nf_idmap_new();
    for (size_t i = 0; g->ids && i < FEW; i++)
        if (!nf_idmap_set(g->ids, g->few[i]->id, g->few[i])) {
            nf_idmap_free(g->ids);
            g->ids = NULL;
        }
    if (!items || !g->ids) {
        nf_free(items);
        nf_idmap_free(g->ids);
        g->ids = NULL;
        return false;
    }
    memcpy(items, g->few, sizeof g->few);
    g->items = items;
    g->capacity = 2 * FEW;
    return true;
}

/* Room for one more. */
static bool group_grow(group *g)
{
    nf_object **items;

    if (!g->ids && g->count < FEW) {
        g->items = g->few;
        return true;
    }
    if (!g->ids && !group_spread(g))
        return false;
    items = nf_grow(g->items, g->count, &g->capacity, sizeof *items);
    if (items)
        g->items = items;
    return items != NULL;
}

static nf_status group_add(group *g, nf_object *object, nf_error *err)
{
    if (object->state == NF_OBJECT_DELETED || object->removed ||
        group_has(g, object))
        return NF_OK;
    if (!group_grow(g) || (g->ids && !nf_idmap_set(g->ids, object->id, object)))
        return nf_error_nomem(err);
    g->items[g->count++] = nf_object_retain(object);
    return NF_OK;
}

static nf_status group_fill(group *g, nf_object *const *items, size_t count,
                            nf_error *err)
{
    nf_status status = NF_OK;

    for (size_t i = 0; status == NF_OK && i < count; i++)
        status = group_add(g, items[i], err);
    return status;
}

/* ---- handlers --------------------------------------------------------------
 */

/* The moments of event handlers, as the model names them. */
typedef struct moment {
    const char *event;
    bool before;
} moment;

bool nf_entity_handles(const nf_entity *entity, const char *event)
{
    for (; entity; entity = entity->generalization)
        for (size_t i = 0; i < entity->event_handler_count; i++)
            if (!event || strcmp(entity->event_handlers[i].event, event) == 0)
                return true;
    return false;
}

static nf_status refused(const nf_event_handler *handler, nf_error *err)
{
    return nf_error_set(err, NF_FAILED, "validation_failed",
                        "The event handler \"%s\" (before %s) returned false",
                        handler->microflow, handler->event);
}

/* M6, M17: the result of a handler before the event decides. */
static nf_status run_handler(nf_world *world, const nf_event_handler *handler,
                             nf_object *object, bool *go_on, nf_error *err)
{
    nf_value argument = object && handler->pass_object
                            ? nf_object_take(nf_object_retain(object))
                            : nf_empty();
    size_t count = argument.kind == NF_KIND_OBJECT ? 1 : 0;
    nf_value result = nf_empty();
    nf_status status = nf_nested_run(&result, world, NF_FLOW_MICROFLOW,
                                     handler->microflow, &argument, count, err);

    if (status == NF_OK && handler->before && result.kind == NF_KIND_BOOLEAN &&
        !result.as.boolean) {
        *go_on = false;
        if (handler->error_on_false)
            status = refused(handler, err);
    }
    nf_value_release(&result);
    nf_value_release(&argument);
    return status;
}

/* What one handler of a commit deletes is nothing for the next (S47). */
static bool is_over(const nf_object *object, moment when)
{
    return object && object->state == NF_OBJECT_DELETED &&
           strcmp(when.event, "Delete") != 0;
}

static nf_status run_level(nf_world *world, const nf_entity *level, moment when,
                           nf_object *object, bool *go_on, nf_error *err)
{
    nf_status status = NF_OK;

    for (size_t i = 0; status == NF_OK && *go_on && !is_over(object, when) &&
                       i < level->event_handler_count;
         i++) {
        const nf_event_handler *handler = &level->event_handlers[i];

        if (handler->before == when.before &&
            strcmp(handler->event, when.event) == 0)
            status = run_handler(world, handler, object, go_on, err);
    }
    return status;
}

/* M5: those of the generalization first. */
static nf_status run_handlers(nf_world *world, const nf_entity *entity,
                              moment when, nf_object *object, bool *go_on,
                              nf_error *err)
{
    const nf_entity *chain[64];
    size_t depth = 0;
    nf_status status = NF_OK;

    *go_on = true;
    for (; entity && depth < 64; entity = entity->generalization)
        chain[depth++] = entity;
    while (status == NF_OK && *go_on && depth-- > 0)
        status = run_level(world, chain[depth], when, object, go_on, err);
    return status;
}

nf_status nf_events_run(nf_world *world, const nf_entity *entity,
                        const char *event, bool before, nf_object *object,
                        bool *go_on, nf_error *err)
{
    return run_handlers(world, entity, (moment){event, before}, object, go_on,
                        err);
}

/* For a list, one handler that says no stops the whole (D65). */
static nf_status run_all(nf_world *world, const group *g, moment when,
                         bool *go_on, nf_error *err)
{
    nf_status status = NF_OK;

    *go_on = true;
    for (size_t i = 0; status == NF_OK && *go_on && i < g->count; i++)
        if (!when.before || g->items[i]->state != NF_OBJECT_DELETED)
            status = run_handlers(world, g->items[i]->entity, when, g->items[i],
                                  go_on, err);
    return status;
}

/* ---- commit ----------------------------------------------------------------
 */

static nf_status add_target(group *g, nf_world *world, int64_t id,
                            nf_error *err)
{
    nf_object *target = nf_objects_find(world->objects, id);

    if (!target || target->state != NF_OBJECT_NEW ||
        nf_object_is_memory_only(target))
        return NF_OK;
    return group_add(g, target, err);
}

/* M4: new objects that these own references to, and those of these. */
static nf_status add_referred(group *g, nf_world *world, nf_error *err)
{
    nf_status status = NF_OK;

    for (size_t i = 0; status == NF_OK && i < g->count; i++) {
        const nf_object *object = g->items[i];

        for (size_t m = 0; status == NF_OK && m < object->entity->member_count;
             m++) {
            const nf_member *member = &object->entity->members[m];
            const nf_value *value = &object->members[m];
            size_t count = 0;
            const int64_t *ids;

            if (!member->association || member->child_end)
                continue;
            ids = nf_ids_of(value, &count);
            if (value->kind == NF_KIND_ID)
                status = add_target(g, world, value->as.integer, err);
            for (size_t k = 0; status == NF_OK && k < count; k++)
                status = add_target(g, world, ids[k], err);
        }
    }
    return status;
}

static bool is_in(const void *user, int64_t id)
{
    return group_find(user, id) != NULL;
}

/* Adds what was found; the messages of one object stand together. */
static void collect(nf_buffer *text, nf_checked *checked)
{
    if (checked->code) {
        if (text->length > 0)
            nf_buffer_text(text, "; ");
        nf_buffer_text(text, nf_checked_text(checked));
    }
    nf_buffer_dispose(&checked->text);
}

static nf_checked checked_of(const nf_world *world, const group *g)
{
    return (nf_checked){.server = store_of(world)->server,
                        .environment = &world->environment,
                        .together = g->count > 1 ? is_in : NULL,
                        .user = g};
}

static nf_status check_one(nf_world *world, const group *g, nf_object *object,
                           nf_buffer *text, nf_error *err)
{
    nf_checked checked = checked_of(world, g);
    nf_status status;

    checked.entity = object->entity;
    checked.id = object->id;
    checked.values = object->members;
    status = nf_check_object(&checked, err);
    if (status == NF_OK && object->entity->kind == NF_ENTITY_PERSISTABLE)
        nf_check_lengths(&checked, object);
    collect(text, &checked);
    return status;
}

/* M7, D55: of all objects before one is written. Unique comes last (D56). */
static nf_status check_all(nf_world *world, const group *g, nf_error *err)
{
    nf_buffer text;
    nf_status status = NF_OK;

    nf_buffer_init(&text, 900);
    for (size_t i = 0; status == NF_OK && i < g->count; i++)
        if (g->items[i]->state != NF_OBJECT_DELETED)
            status = check_one(world, g, g->items[i], &text, err);
    if (status == NF_OK && g->count > 1 && text.length == 0) {
        nf_checked checked = checked_of(world, g);

        status = nf_check_unique_together(&checked, g->items, g->count, err);
        collect(&text, &checked);
    }
    if (status == NF_OK && text.length > 0)
        status = nf_error_set(err, NF_FAILED, "validation_failed", "%s",
                              text.failed ? "Validation rules are violated"
                                          : nf_buffer_string(&text));
    nf_buffer_dispose(&text);
    return status;
}

/* Who was chosen is committed on its own account from now on; who comes along
 * only because of them is remembered, if anybody asks (D73). */
static nf_status note_auto_committed(nf_world *world, const group *all,
                                     size_t chosen, nf_error *err)
{
    nf_idmap *noted = store_of(world)->auto_committed;

    for (size_t i = 0; noted && i < all->count; i++) {
        const nf_object *object = all->items[i];

        if (i < chosen)
            nf_idmap_remove(noted, object->id);
        else if (!nf_idmap_set(noted, object->id,
                               (void *)(uintptr_t)object->entity))
            return nf_error_nomem(err);
    }
    return NF_OK;
}

nf_status nf_events_write(nf_world *world, nf_object *const *items,
                          size_t count, nf_error *err)
{
    group all = {.copies = true};
    size_t chosen;
    nf_status status = group_fill(&all, items, count, err);

    chosen = all.count;
    if (status == NF_OK)
        status = add_referred(&all, world, err);
    if (status == NF_OK && all.count)
        status = nf_objects_commit(world->objects, all.items, all.count, err);
    if (status == NF_OK)
        status = note_auto_committed(world, &all, chosen, err);
    group_dispose(&all);
    return status;
}

/* All of it or nothing (D63, D73). Who only comes along is not judged (D56). */
static nf_status write_all(nf_world *world, const group *chosen, nf_error *err)
{
    nf_status status = check_all(world, chosen, err);

    return status == NF_OK && chosen->count
               ? nf_events_write(world, chosen->items, chosen->count, err)
               : status;
}

nf_status nf_events_commit(nf_world *world, nf_object *const *items,
                           size_t count, bool events, bool *go_on,
                           nf_error *err)
{
    group chosen = {.copies = true};
    nf_status status = group_fill(&chosen, items, count, err);

    *go_on = true;
    if (status == NF_OK && events)
        status = run_all(world, &chosen, (moment){"Commit", true}, go_on, err);
    if (status == NF_OK && *go_on)
        status = write_all(world, &chosen, err);
    if (status == NF_OK && *go_on && events)
        status = run_all(world, &chosen, (moment){"Commit", false}, go_on, err);
    group_dispose(&chosen);
    return status;
}

static nf_status commit(nf_world *world, nf_object *const *items, size_t count,
                        bool events, nf_error *err)
{
    bool go_on;

    return nf_events_commit(world, items, count, events, &go_on, err);
}

/* ---- deletion --------------------------------------------------------------
 */

static nf_status blocked(const nf_world *world, const nf_deletion *deletion,
                         nf_error *err)
{
    char text[900];

    nf_delete_block_text(store_of(world)->server, &deletion->blocked,
                         world->environment.language, text, sizeof text);
    nf_error_set(err, NF_FAILED, "validation_failed", "%s", text);
    nf_error_detail(err, "delete_prevented");
    return NF_FAILED;
}

/* The stored objects that go with these (D51). */
static nf_status add_behaviors(group *all, nf_world *world, nf_error *err)
{
    int64_t *ids = nf_alloc_array(all->count + 1, sizeof *ids);
    nf_deletion deletion = {0};
    size_t count = 0;
    nf_status status = ids ? NF_OK : nf_error_nomem(err);

    for (size_t i = 0; status == NF_OK && i < all->count; i++)
        if (all->items[i]->state != NF_OBJECT_NEW &&
            !nf_object_is_memory_only(all->items[i]))
            ids[count++] = all->items[i]->id;
    if (status == NF_OK)
        status = nf_server_deletion(store_of(world)->server, &deletion, ids,
                                    count, err);
    if (status == NF_OK && deletion.blocked.association)
        status = blocked(world, &deletion, err);
    for (size_t i = 0; status == NF_OK && i < deletion.count; i++) {
        nf_object *object = NULL;

        status =
            nf_objects_get(&object, world->objects, deletion.items[i].entity,
                           deletion.items[i].id, err);
        if (status == NF_OK && object)
            status = group_add(all, object, err);
        nf_object_release(object);
    }
    nf_deletion_dispose(&deletion);
    nf_free(ids);
    return status;
}

/* The handlers of what was chosen, then those of what goes with it: M15. */
static nf_status prepare_deletion(nf_world *world, const group *chosen,
                                  group *all, bool *go_on, nf_error *err)
{
    const moment before = {"Delete", true};
    group others = {0};
    nf_status status = run_all(world, chosen, before, go_on, err);

    if (status == NF_OK && *go_on)
        status = group_fill(all, chosen->items, chosen->count, err);
    if (status == NF_OK && *go_on)
        status = add_behaviors(all, world, err);
    for (size_t i = 0; status == NF_OK && i < all->count; i++)
        if (!group_has(chosen, all->items[i]))
            status = group_add(&others, all->items[i], err);
    if (status == NF_OK && *go_on)
        status = run_all(world, &others, before, go_on, err);
    group_dispose(&others);
    return status;
}

/* M17: the handlers behind the deletion may still read what goes. */
static nf_status tell_gone(nf_world *world, const group *gone, nf_error *err)
{
    bool go_on;
    nf_status status;

    for (size_t i = 0; i < gone->count; i++)
        gone->items[i]->leaving = true;
    status = run_all(world, gone, (moment){"Delete", false}, &go_on, err);
    for (size_t i = 0; i < gone->count; i++)
        gone->items[i]->leaving = false;
    return status;
}

nf_status nf_events_remove(nf_world *world, nf_object *const *items,
                           size_t count, bool *go_on, nf_error *err)
{
    group chosen = {0}, all = {0};
    nf_status status = group_fill(&chosen, items, count, err);

    *go_on = true;
    if (status == NF_OK && chosen.count)
        status = prepare_deletion(world, &chosen, &all, go_on, err);
    if (status == NF_OK && *go_on && all.count)
        status = nf_objects_delete(world->objects, all.items, all.count, err);
    if (status == NF_OK && *go_on)
        status = tell_gone(world, &all, err);
    group_dispose(&all);
    group_dispose(&chosen);
    return status;
}

static nf_status remove_objects(nf_world *world, nf_object *const *items,
                                size_t count, nf_error *err)
{
    bool go_on;

    return nf_events_remove(world, items, count, &go_on, err);
}

/* ---- creation and rollback -------------------------------------------------
 */

nf_status nf_events_create(nf_world *world, nf_object **out,
                           const nf_entity *entity, int64_t id, bool *go_on,
                           nf_error *err)
{
    const nf_clock *clock = &world->environment.clock;
    int64_t now = clock->now ? clock->now(clock->user) : 0;
    nf_status status =
        run_handlers(world, entity, (moment){"Create", true}, NULL, go_on, err);

    *out = NULL;
    if (status != NF_OK || !*go_on)
        return status;
    status = id ? nf_objects_create_with_id(out, world->objects, entity, id,
                                            now, err)
                : nf_objects_create(out, world->objects, entity, now, err);
    if (status == NF_OK)
        status = nf_server_born(store_of(world), *out, err);
    if (status == NF_OK)
        status = nf_calculate(store_of(world), *out, err);
    if (status == NF_OK)
        status = run_handlers(world, entity, (moment){"Create", false}, *out,
                              go_on, err);
    if (status != NF_OK) {
        nf_object_release(*out);
        *out = NULL;
    }
    return status;
}

static nf_status create(nf_world *world, nf_object **out,
                        const nf_entity *entity, nf_error *err)
{
    bool go_on;

    return nf_events_create(world, out, entity, 0, &go_on, err);
}

static nf_status rollback(nf_world *world, nf_object *object, nf_error *err)
{
    bool go_on = true;
    nf_status status = run_handlers(
        world, object->entity, (moment){"RollBack", true}, object, &go_on, err);

    if (status != NF_OK || !go_on)
        return status;
    status = nf_object_rollback(object, err);
    if (status == NF_OK && object->state != NF_OBJECT_DELETED)
        status = run_handlers(world, object->entity,
                              (moment){"RollBack", false}, object, &go_on, err);
    return status;
}

static nf_status touched(nf_world *world, nf_object *object, nf_error *err)
{
    return nf_server_touch(store_of(world), object, err);
}

const nf_object_rules nf_server_rules = {
    .create = create,
    .commit = commit,
    .remove = remove_objects,
    .rollback = rollback,
    .touched = touched,
    .allows = nf_restricted_allows,
};
