/* The server's database as a store of objects (objects/store.h): plain rows,
 * with what the server itself writes into them. Handlers and rules come before
 * and after (events.c). */
#include "server/world.h"

#include "database/row_objects.h"
#include "server/internal.h"

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

    return status == NF_OK ? nf_calculate_all(store_of(store), out, before, err)
                           : status;
}

static nf_status fetch(nf_store *store, nf_object **out, nf_objects *objects,
                       const nf_entity *entity, int64_t id, nf_error *err)
{
    nf_status status =
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
    size_t before = nf_list_count(out);
    nf_status status = nf_rows_referring(database_of(store), out, objects,
                                         association, child, err);

    return status == NF_OK ? nf_calculate_all(store_of(store), out, before, err)
                           : status;
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

static nf_status write_row(nf_server_store *store, nf_object *object, row *r,
                           nf_error *err)
{
    nf_server *server = store->server;
    bool created = object->state == NF_OBJECT_NEW;
    nf_status status =
        nf_server_hash_secrets(server, r->entity, r->values, r->mask, err);

    if (status == NF_OK && created)
        status = nf_number(server, r->entity, r->values, NULL, err);
    if (status != NF_OK)
        return status;
    nf_stamp(server, r->entity, r->values, r->mask, store->user, created);
    status = created ? nf_record_insert(server->database, r->entity, object->id,
                                        r->values, err)
                     : nf_record_update(server->database, r->entity, object->id,
                                        r->values, r->mask, NULL, err);
    if (status == NF_OK)
        status = nf_server_user_written(server, r->entity, object->id,
                                        r->values, r->mask, err);
    return status;
}

/* The object shows what the server wrote: dates, numbers, rounded decimals. */
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
    nf_status status = row_of(&r, store, object, err);

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

static nf_status in_transaction(
    nf_server_store *store, nf_object *const *items, size_t count,
    nf_status (*one)(nf_server_store *store, nf_object *object, nf_error *err),
    nf_error *err)
{
    nf_database *database = store->server->database;
    nf_status status = NF_OK, ended = NF_OK;

    if (store->read_only)
        return refuse_writing(err);
    if (!store->guarded)
        status = nf_database_begin(database, err);
    if (status != NF_OK)
        return status;
    for (size_t i = 0; status == NF_OK && i < count; i++)
        status = one(store, items[i], err);
    if (!store->guarded)
        ended = nf_database_end(database, status == NF_OK, err);
    return status != NF_OK ? status : ended;
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

    *store = (nf_server_store){.base.ops = &ops,
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
    nf_idmap_free(store->auto_committed);
    store->auto_committed = NULL;
    nf_free(store->room);
    store->room = NULL;
    nf_restricted_dispose(store);
}
