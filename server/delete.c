/* Deletions of an upload, and delete behaviours (synchronize §11, domain §6).
 * The device is told the same for an absent object and for one that the user
 * may not read (S86, S165). */
#include "server/flows.h"
#include "server/unit.h"

#include <stdio.h>

enum { CASCADE_MAX = 100000 };

/* The objects that one deletion takes with it. */
typedef struct deletion {
    nf_server *server;
    nf_deleted *items;
    size_t count, capacity;
    nf_idmap *marked;
    nf_delete_block *blocked;
} deletion;

static nf_status mark(deletion *d, int64_t id, nf_error *err)
{
    const nf_entity *entity = NULL;
    void *grown;
    nf_status status;

    if (nf_idmap_get(d->marked, id))
        return NF_OK;
    status = nf_database_entity_of(d->server->database, id, &entity, err);
    if (status != NF_OK || !entity)
        return status;
    if (d->count == CASCADE_MAX)
        return nf_error_set(err, NF_FAILED, "SYNC_LIMIT",
                            "a deletion takes more than %d objects with it",
                            CASCADE_MAX);
    grown = nf_grow(d->items, d->count, &d->capacity, sizeof *d->items);
    if (!grown)
        return nf_error_nomem(err);
    d->items = grown;
    d->items[d->count].entity = entity;
    d->items[d->count++].id = id;
    return nf_idmap_set(d->marked, id, d) ? NF_OK : nf_error_nomem(err);
}

/* The objects at the other end of an association. */
static nf_status others(deletion *d, const nf_association *association,
                        const nf_entity *entity, int64_t id, bool as_parent,
                        int64_t **out, size_t *count, nf_error *err)
{
    nf_record row = {0};
    const nf_member *member;
    nf_status status;

    *out = NULL;
    *count = 0;
    if (!as_parent)
        return nf_record_referring(d->server->database, association, id, out,
                                   count, err);
    member = nf_entity_end(entity, association, false);
    if (!member)
        return NF_OK;
    status = nf_record_read(&row, d->server->database, entity, id, err);
    if (status == NF_OK && row.entity) {
        const nf_value *value = &row.members[member->index];
        size_t n = 0;
        int64_t single = value->kind == NF_KIND_ID ? value->as.integer : 0;
        const int64_t *ids =
            value->kind == NF_KIND_ID ? &single : nf_ids_of(value, &n);
        if (value->kind == NF_KIND_ID)
            n = single ? 1 : 0;
        *out = nf_alloc_array(n + 1, sizeof **out);
        if (!*out)
            status = nf_error_nomem(err);
        else if (n > 0)
            memcpy(*out, ids, n * sizeof *ids);
        *count = n;
    }
    nf_record_dispose(&row);
    return status;
}

/* Asks ahead of what entity they are. */
static nf_status expect_entities(const deletion *d, const int64_t *ids,
                                 size_t count, nf_error *err)
{
    nf_status status = NF_OK;

    for (size_t i = 0; status == NF_OK && i < count; i++)
        if (!nf_idmap_get(d->marked, ids[i]))
            status =
                nf_database_expect_entity_of(d->server->database, ids[i], err);
    return status;
}

static nf_status visit_end(deletion *d, size_t item,
                           const nf_association *association, bool as_parent,
                           bool preventing, nf_error *err)
{
    const nf_entity *entity = d->items[item].entity;
    nf_delete_behavior behavior =
        as_parent ? association->parent_delete : association->child_delete;
    int64_t *ids = NULL;
    size_t count = 0;
    nf_status status;

    if (behavior != (preventing ? NF_DELETE_PREVENT : NF_DELETE_CASCADE))
        return NF_OK;
    status = others(d, association, entity, d->items[item].id, as_parent, &ids,
                    &count, err);
    if (status == NF_OK && !preventing)
        status = expect_entities(d, ids, count, err);
    for (size_t i = 0; status == NF_OK && i < count; i++) {
        if (!preventing)
            status = mark(d, ids[i], err);
        else if (!nf_idmap_get(d->marked, ids[i]) && !d->blocked->association)
            *d->blocked = (nf_delete_block){association, as_parent};
    }
    nf_free(ids);
    return status;
}

static nf_status visit_item(deletion *d, size_t item, bool preventing,
                            nf_error *err)
{
    const nf_model *model = d->server->options.model;
    nf_status status = NF_OK;

    for (size_t i = 0; status == NF_OK && i < nf_model_association_count(model);
         i++) {
        const nf_association *a = nf_model_association(model, i);
        const nf_entity *entity = d->items[item].entity;
        if (a->system || !a->parent || !a->child)
            continue;
        if (nf_entity_is(entity, a->parent) &&
            nf_database_table(d->server->database, a->child))
            status = visit_end(d, item, a, true, preventing, err);
        if (status == NF_OK && nf_entity_is(entity, a->child) &&
            nf_database_table(d->server->database, a->parent))
            status = visit_end(d, item, a, false, preventing, err);
    }
    return status;
}

/* As visit_item, and nf_record_clear_references, which both look at who refers
 * to it. */
static nf_status expect_ends(nf_server *server, const nf_entity *entity,
                             int64_t id, nf_error *err)
{
    const nf_model *model = server->options.model;
    bool reads = false;
    nf_status status = NF_OK;

    for (size_t i = 0; status == NF_OK && i < nf_model_association_count(model);
         i++) {
        const nf_association *a = nf_model_association(model, i);

        if (!a->parent || !a->child)
            continue;
        if (nf_entity_is(entity, a->child))
            status = nf_record_expect_referring(server->database, a, id, err);
        reads = reads || (nf_entity_is(entity, a->parent) &&
                          a->parent_delete != NF_DELETE_KEEP);
    }
    return status == NF_OK && reads
               ? nf_record_expect_read(server->database, entity, id, err)
               : status;
}

nf_status nf_server_expect_deletion(nf_server *server, const nf_entity *entity,
                                    int64_t id, nf_error *err)
{
    nf_status status = nf_database_expect_entity_of(server->database, id, err);

    if (status == NF_OK && nf_entity_handles(entity, "Delete"))
        status = nf_record_expect_read(server->database, entity, id, err);
    return status == NF_OK ? expect_ends(server, entity, id, err) : status;
}

static nf_status expect_items(const deletion *d, size_t from, nf_error *err)
{
    nf_status status = NF_OK;

    for (size_t i = from; status == NF_OK && i < d->count; i++)
        status =
            expect_ends(d->server, d->items[i].entity, d->items[i].id, err);
    return status;
}

static nf_status visit_all(deletion *d, nf_error *err)
{
    bool piped = nf_database_is_piped(d->server->database);
    size_t foreseen = d->count; /* the caller may have asked ahead for these */
    nf_status status = NF_OK;

    for (size_t i = 0; status == NF_OK && i < d->count; i++) {
        if (piped && i == foreseen) {
            status = expect_items(d, i, err);
            foreseen = d->count;
        }
        if (status == NF_OK)
            status = visit_item(d, i, false, err);
    }
    return status;
}

nf_status nf_server_remove_row(nf_server *server, const nf_entity *entity,
                               int64_t id, nf_error *err)
{
    nf_database *db = server->database;
    const nf_entity *user =
        nf_model_find_entity(server->options.model, "System.User");
    nf_status status =
        nf_record_clear_references(db, entity, id, NULL, NULL, err);

    if (status == NF_OK)
        status = nf_record_delete(db, entity, id, NULL, err);
    if (status == NF_OK && entity->is_file)
        status = nf_database_drop_content(db, id, err);
    if (status == NF_OK)
        status = nf_server_add_tombstone(server, entity, id, err);
    if (status == NF_OK && user && nf_entity_is(entity, user))
        status = nf_server_revoke(server, id, err); /* S135 */
    return status;
}

nf_status nf_server_deletion(nf_server *server, nf_deletion *out,
                             const int64_t *ids, size_t count, nf_error *err)
{
    deletion d = {
        .server = server, .marked = nf_idmap_new(), .blocked = &out->blocked};
    nf_status status = d.marked ? NF_OK : nf_error_nomem(err);

    *out = (nf_deletion){0};
    for (size_t i = 0; status == NF_OK && i < count; i++)
        status = mark(&d, ids[i], err);
    if (status == NF_OK)
        status = visit_all(&d, err);
    for (size_t i = 0; status == NF_OK && i < d.count; i++)
        status = visit_item(&d, i, true, err);
    out->items = d.items;
    out->count = d.count;
    nf_idmap_free(d.marked);
    return status;
}

void nf_deletion_dispose(nf_deletion *d)
{
    nf_free(d->items);
}

static nf_status remove_rows(nf_server *server, const nf_deletion *d,
                             nf_error *err)
{
    nf_status status = NF_OK;

    for (size_t i = 0; status == NF_OK && i < d->count; i++)
        status = nf_server_remove_row(server, d->items[i].entity,
                                      d->items[i].id, err);
    return status;
}

nf_status nf_server_delete(nf_server *server, int64_t id,
                           nf_delete_block *blocked, nf_error *err)
{
    nf_deletion d;
    nf_status status = nf_server_deletion(server, &d, &id, 1, err);

    *blocked = d.blocked;
    if (status == NF_OK && !blocked->association)
        status = remove_rows(server, &d, err);
    nf_deletion_dispose(&d);
    return status;
}

void nf_delete_block_text(nf_server *server, const nf_delete_block *blocked,
                          const char *language, char *out, size_t size)
{
    const nf_association *association = blocked->association;
    const char *message =
        nf_model_text(server->options.model,
                      blocked->as_parent ? association->parent_message
                                         : association->child_message,
                      language);

    if (message && *message)
        snprintf(out, size, "%s", message);
    else
        snprintf(out, size, "objects refer to it by '%s'",
                 association->qualified);
}

/* D51: with the message that the model has for this end. */
static void reject_blocked(nf_unit *unit, nf_entry *entry,
                           const nf_delete_block *blocked)
{
    char text[1024];

    nf_delete_block_text(unit->server, blocked,
                         unit->session->environment.language, text,
                         sizeof text);
    nf_entry_reject(unit, entry, "OBJ_DELETE_BLOCKED", "%s", text);
}

/* An object that goes with its event handlers, and those of what goes with it
 * (D67). */
static nf_status delete_with_events(nf_unit *unit, nf_entry *entry,
                                    nf_error *err)
{
    nf_object *object = NULL;
    nf_error problem;
    bool go_on = true;
    nf_world *world;
    nf_status status = nf_unit_open_flows(unit, err);

    if (status != NF_OK)
        return status;
    world = &unit->flows->world;
    status =
        nf_objects_get(&object, world->objects, entry->actual, entry->id, err);
    if (status != NF_OK || !object)
        return status;
    nf_error_clear(&problem);
    status = nf_events_remove(world, &object, 1, &go_on, &problem);
    nf_object_release(object);
    if (status == NF_OK && go_on)
        return NF_OK;
    if (strcmp(problem.detail, "delete_prevented") != 0)
        return nf_unit_refuse(unit, entry, go_on, &problem, err);
    nf_entry_reject(unit, entry, "OBJ_DELETE_BLOCKED", "%s", problem.message);
    return NF_OK;
}

/* What it did in memory is undone with its rows. */
static nf_status delete_marked(nf_unit *unit, nf_entry *entry, nf_error *err)
{
    nf_status settled, status = nf_unit_open_flows(unit, err);
    nf_objects *objects;
    int64_t mark;

    if (status != NF_OK)
        return status;
    objects = unit->flows->world.objects;
    status = nf_objects_mark(objects, &mark, err);
    if (status != NF_OK)
        return status;
    status = delete_with_events(unit, entry, err);
    settled =
        nf_objects_settle(objects, mark, status == NF_OK && !entry->decided,
                          status == NF_OK ? err : NULL);
    return status == NF_OK ? settled : status;
}

static bool handles_deletion(const nf_deletion *d)
{
    for (size_t i = 0; i < d->count; i++)
        if (nf_entity_handles(d->items[i].entity, "Delete"))
            return true;
    return false;
}

static nf_status delete_object(nf_unit *unit, nf_entry *entry, nf_error *err)
{
    nf_deletion d;
    nf_status status = nf_server_deletion(unit->server, &d, &entry->id, 1, err);
    bool events = unit->as_objects || handles_deletion(&d);

    if (status == NF_OK && events)
        status = delete_marked(unit, entry, err);
    else if (status == NF_OK && d.blocked.association)
        reject_blocked(unit, entry, &d.blocked);
    else if (status == NF_OK)
        status = remove_rows(unit->server, &d, err);
    nf_deletion_dispose(&d);
    return status;
}

nf_status nf_unit_delete(nf_unit *unit, nf_entry *entry, nf_error *err)
{
    nf_status status = NF_OK;

    if (entry->actual && !entry->rights->visible)
        nf_entry_reject(unit, entry, "OBJ_NO_ACCESS",
                        "the user may not read the object");
    else if (entry->actual && !entry->rights->removable)
        nf_entry_reject(unit, entry, "OBJ_DELETE_DENIED",
                        "the user may not delete the object");
    else if (entry->actual)
        status = delete_object(unit, entry, err);
    if (status != NF_OK || entry->decided)
        return status;
    nf_entry_accept(entry, NF_OUTCOME_DELETED);
    return NF_OK;
}
