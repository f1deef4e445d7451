/* The server's database as a store of objects (objects/store.h): plain rows,
 * with what the server itself writes into them. Handlers and rules come before
 * and after (events.c). */
#include "server/world.h"

#include "database/row_objects.h"
#include "server/internal.h"
#include "server/siblings.h"

static nf_server_store *store_of(nf_store *store)
{
    return (nf_server_store *)store;
}

static nf_database *database_of(nf_store *store)
{
    return store_of(store)->database;
}

/* D18: who calculates a value when somebody reads must not change what is
 * read. */
static nf_status refuse_writing(nf_error *err)
{
    return nf_error_set(err, NF_FAILED, "db_error",
                        "the microflow of a calculated attribute can't commit "
                        "or delete objects");
}

/* ---- reading ---------------------------------------------------------------
 */

static nf_status retrieve(nf_store *store, nf_list *out, nf_objects *objects,
                          const nf_retrieval *retrieval, nf_error *err)
{
    nf_selection selection = {.retrieval = *retrieval};
    size_t before = nf_list_count(out);
    nf_status status = retrieval->restricted
                           ? nf_restricted_retrieve(store_of(store), out,
                                                    objects, retrieval, err)
                           : nf_rows_retrieve(database_of(store), out, objects,
                                              &selection, err);

    if (status == NF_OK)
        nf_siblings_note(&store_of(store)->siblings, database_of(store), out,
                         before);
    return status == NF_OK ? nf_calculate_all(store_of(store), out, before, err)
                           : status;
}

static nf_status fetch(nf_store *store, nf_object **out, nf_objects *objects,
                       const nf_entity *entity, int64_t id, nf_error *err)
{
    nf_status status = nf_siblings_fetch(store_of(store)->siblings,
                                         database_of(store), entity, id, err);

    *out = NULL;
    if (status == NF_OK)
        status =
            nf_rows_fetch(database_of(store), out, objects, entity, id, err);
    if (status == NF_OK && *out)
        status = nf_calculate(store_of(store), *out, err);
    if (status != NF_OK) {
        nf_object_release(*out);
        *out = NULL;
    }
    return status;
}

static nf_status referring(nf_store *store, nf_list *out, nf_objects *objects,
                           const nf_association *association, int64_t child,
                           nf_error *err)
{
    nf_status status = nf_siblings_referring(
        store_of(store)->siblings, database_of(store), association, child, err);

    return status == NF_OK ? nf_rows_referring(database_of(store), out, objects,
                                               association, child, err)
                           : status;
}

/* ---- system members and numbers (D16, D30, D31) ---------------------------
 */

#define CHANGED    "changedDate"
#define CHANGED_BY "System.changedBy"

static nf_status write_member(nf_object *object, const char *name,
                              nf_value value, nf_error *err)
{
    const nf_member *member = nf_entity_find_member(object->entity, name);

    return member ? nf_object_write(object, member->index, value, err) : NF_OK;
}

nf_status nf_server_touch(nf_server_store *store, nf_object *object,
                          nf_error *err)
{
    nf_status status = NF_OK;

    if (!object->entity->stamped)
        return NF_OK;
    status = write_member(object, CHANGED,
                          nf_datetime(nf_server_now(store->server)), err);
    return status == NF_OK
               ? write_member(
                     object, CHANGED_BY,
                     store->user ? nf_id_value(store->user) : nf_empty(), err)
               : status;
}

static nf_status number(nf_server_store *store, nf_object *object,
                        nf_error *err)
{
    nf_status status = NF_OK;

    for (size_t i = 0; status == NF_OK && i < object->entity->member_count;
         i++) {
        const nf_attribute *attribute = object->entity->members[i].attribute;
        int64_t next;

        if (!attribute || attribute->type != NF_ATTRIBUTE_AUTONUMBER)
            continue;
        status = nf_database_next_number(store->server->database, attribute,
                                         &next, err);
        if (status == NF_OK)
            status = nf_object_write(object, i, nf_integer(next), err);
    }
    return status;
}

nf_status nf_server_born(nf_server_store *store, nf_object *object,
                         nf_error *err)
{
    nf_status status = NF_OK;

    if (store->read_only || object->entity->kind != NF_ENTITY_PERSISTABLE)
        return NF_OK;
    status = number(store, object, err);
    if (status == NF_OK && object->entity->stamped)
        status = write_member(object, "createdDate",
                              nf_datetime(nf_server_now(store->server)), err);
    if (status == NF_OK && object->entity->stamped && store->user)
        status =
            write_member(object, "System.owner", nf_id_value(store->user), err);
    return status == NF_OK ? nf_server_touch(store, object, err) : status;
}

/* ---- writing ---------------------------------------------------------------
 */

/* What the row gets: values of its own, since the object keeps what it has if
 * the store fails. They and the set of those that are written lie in the
 * store's room, which one row after the other uses. */
typedef struct row {
    const nf_entity *entity;
    nf_value *values;
    uint64_t *mask;
} row;

static void row_dispose(row *r)
{
    for (size_t i = 0; r->values && i < r->entity->member_count; i++)
        nf_value_release(&r->values[i]);
}

static bool make_room(nf_server_store *store, size_t size)
{
    if (size <= store->room_size)
        return true;
    nf_free(store->room);
    store->room = nf_alloc_raw(size);
    store->room_size = store->room ? size : 0;
    return store->room != NULL;
}

static nf_status row_of(row *out, nf_server_store *store,
                        const nf_object *object, nf_error *err)
{
    const nf_entity *entity = object->entity;
    size_t count = entity->member_count, words = nf_bits_words(count) + 1;

    *out = (row){.entity = entity};
    if (!make_room(store,
                   count * sizeof *out->values + words * sizeof *out->mask))
        return nf_error_nomem(err);
    out->values = store->room;
    out->mask = (uint64_t *)(void *)(out->values + count);
    memset(out->mask, 0, words * sizeof *out->mask);
    for (size_t i = 0; i < count; i++) {
        out->values[i] = nf_value_copy(&object->members[i]);
        if (nf_object_member_changed(object, i))
            nf_bits_add(out->mask, i);
    }
    return NF_OK;
}

/* Objects of flows have their system members since they were created and
 * whenever they were touched. What a device has sent was not touched, nor was
 * the other end of an association that was set. */
static void stamp(nf_server_store *store, const row *r, bool created)
{
    const nf_member *changed =
        r->entity->stamped ? nf_entity_find_member(r->entity, CHANGED) : NULL;
    const nf_member *by = r->entity->stamped
                              ? nf_entity_find_member(r->entity, CHANGED_BY)
                              : NULL;

    if (created || (changed && nf_bits_has(r->mask, changed->index)) ||
        (by && nf_bits_has(r->mask, by->index)))
        nf_stamp_version(r->entity, r->values, r->mask, created);
    else
        nf_stamp(store->server, r->entity, r->values, r->mask, store->user,
                 false);
}

static nf_status write_row(nf_server_store *store, nf_object *object, row *r,
                           nf_error *err)
{
    nf_server *server = store->server;
    bool created = object->state == NF_OBJECT_NEW;
    nf_status status =
        nf_server_hash_secrets(server, r->entity, r->values, r->mask, err);

    if (status != NF_OK)
        return status;
    stamp(store, r, created);
    status = created ? nf_record_insert(server->database, r->entity, object->id,
                                        r->values, err)
                     : nf_record_update(server->database, r->entity, object->id,
                                        r->values, r->mask, NULL, err);
    if (status == NF_OK)
        status = nf_server_user_written(server, r->entity, object->id,
                                        r->values, r->mask, err);
    return status;
}

/* The object shows what the server wrote: versions, dates, rounded decimals. */
static nf_status show(nf_object *object, row *r, nf_error *err)
{
    nf_status status = NF_OK;

    for (size_t i = 0; status == NF_OK && i < r->entity->member_count; i++)
        if (nf_bits_has(r->mask, i) &&
            !nf_value_equal(&object->members[i], &r->values[i]))
            status =
                nf_object_write(object, i, nf_value_copy(&r->values[i]), err);
    return status;
}

static nf_status commit_one(nf_server_store *store, nf_object *object,
                            nf_error *err)
{
    row r;
    nf_status status;

    /* D70. What a device has sent makes a new version in any case. */
    if (object->state == NF_OBJECT_UNCHANGED && !store->guarded)
        return NF_OK;
    status = row_of(&r, store, object, err);

    if (status == NF_OK && object->state == NF_OBJECT_NEW)
        status = nf_restricted_created(store, object, err);
    if (status == NF_OK)
        status = write_row(store, object, &r, err);
    if (status == NF_OK)
        status = show(object, &r, err);
    row_dispose(&r);
    store->writes++;
    return status;
}

/* A pipeline forgets what was read ahead, so it has to spare some waiting. */
enum { TOGETHER = 4 };

typedef nf_status (*store_one)(nf_server_store *store, nf_object *object,
                               nf_error *err);

/* Where the database has a pipeline: nobody waits for each of them. *again: one
 * has failed, and all are as if nothing had happened; which it is shows when
 * each is waited for. */
static nf_status all_at_once(nf_server_store *store, nf_object *const *items,
                             size_t count, store_one one, bool *again,
                             nf_error *err)
{
    nf_database *database = store->server->database;
    nf_objects *objects = store->world->objects;
    int64_t mark;
    nf_status status = nf_objects_mark(objects, &mark, err), settled;

    if (status != NF_OK)
        return status;
    nf_database_pipeline(database, true);
    for (size_t i = 0; status == NF_OK && i < count; i++)
        status = one(store, items[i], err);
    nf_database_pipeline(database, false);
    *again = nf_database_settled(database, status == NF_OK ? err : NULL) !=
             NF_OK;
    if (status == NF_OK && *again)
        status = NF_FAILED;
    settled = nf_objects_settle(objects, mark, status == NF_OK,
                                status == NF_OK ? err : NULL);
    return status == NF_OK ? settled : status;
}

static nf_status in_transaction(nf_server_store *store, nf_object *const *items,
                                size_t count, store_one one, nf_error *err)
{
    nf_database *database = store->server->database;
    nf_status status = NF_OK;
    bool again = false;

    if (store->read_only)
        return refuse_writing(err);
    if (count >= TOGETHER && !store->guarded && nf_database_pipes(database)) {
        status = all_at_once(store, items, count, one, &again, err);
        if (!again)
            return status;
        nf_error_clear(err);
    }
    status = NF_OK;
    if (!store->guarded)
        status = nf_database_begin(database, err);
    if (status != NF_OK)
        return status;
    for (size_t i = 0; status == NF_OK && i < count; i++)
        status = one(store, items[i], err);
    return store->guarded ? status
                          : nf_database_conclude(database, status, err);
}

static nf_status commit(nf_store *store, nf_object *const *items, size_t count,
                        nf_error *err)
{
    return in_transaction(store_of(store), items, count, commit_one, err);
}

/* Delete behaviours are the caller's (events.c). */
static nf_status remove_one(nf_server_store *store, nf_object *object,
                            nf_error *err)
{
    if (object->state == NF_OBJECT_NEW)
        return NF_OK; /* M15: it was never stored */
    store->writes++;
    return nf_server_remove_row(store->server, object->entity, object->id, err);
}

static nf_status remove_objects(nf_store *store, nf_object *const *items,
                                size_t count, nf_error *err)
{
    return in_transaction(store_of(store), items, count, remove_one, err);
}

static nf_status new_id(nf_store *store, const nf_entity *entity, int64_t *out,
                        nf_error *err)
{
    if (store_of(store)->read_only) { /* never a row's: any will do */
        *out = INT64_MAX - store_of(store)->passing_ids++;
        return NF_OK;
    }
    return nf_database_new_id(database_of(store), entity, out, err);
}

static nf_status begin(nf_store *store, nf_error *err)
{
    return store_of(store)->read_only
               ? NF_OK
               : nf_database_begin(database_of(store), err);
}

static nf_status release(nf_store *store, bool keep, nf_error *err)
{
    return store_of(store)->read_only
               ? NF_OK
               : nf_database_end(database_of(store), keep, err);
}

void nf_server_store_init(nf_server_store *store, nf_server *server,
                          nf_server_session *session, int64_t user,
                          nf_world *world)
{
    static const nf_store_ops ops = {
        .retrieve = retrieve,
        .fetch = fetch,
        .referring = referring,
        .commit = commit,
        .remove = remove_objects,
        .new_id = new_id,
        .begin = begin,
        .savepoint = begin,
        .release = release,
    };

    *store = (nf_server_store){.base = {.ops = &ops, .copies = true},
                               .server = server,
                               .session = session,
                               .user = user,
                               .environment = &world->environment,
                               .world = world,
                               .database = server->database};
    world->store = &store->base;
}

void nf_server_store_dispose(nf_server_store *store)
{
    nf_calculator_free(store->calculator);
    store->calculator = NULL;
    nf_siblings_free(store->siblings);
    store->siblings = NULL;
    nf_idmap_free(store->auto_committed);
    store->auto_committed = NULL;
    nf_free(store->room);
    store->room = NULL;
    nf_restricted_dispose(store);
}
