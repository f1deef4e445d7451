/* Reading only: everything that would write answers with an error. */
#include "library/reading_store.h"

#include "base/memory.h"

typedef struct filler {
    nf_list *list;
    nf_objects *objects;
} filler;

static nf_status append_record(void *user, nf_record *record, nf_error *err)
{
    filler *f = user;
    nf_object *object = NULL;
    nf_value *members = record->members;
    record->members = NULL;
    nf_status status = nf_objects_load(&object, f->objects, record->entity,
                                       record->id, members, err);
    if (status != NF_OK)
        return status;
    bool ok = nf_list_append(f->list, object);
    nf_object_release(object);
    return ok ? NF_OK : nf_error_nomem(err);
}

static nf_database *database_of(nf_store *store)
{
    return ((nf_reading_store *)store)->database;
}

static nf_status retrieve(nf_store *store, nf_list *out, nf_objects *objects,
                          const nf_retrieval *retrieval, nf_error *err)
{
    filler f = {out, objects};
    nf_selection selection = {.retrieval = *retrieval};
    return nf_record_query(database_of(store), &selection, append_record, &f,
                           err);
}

static nf_status fetch(nf_store *store, nf_object **out, nf_objects *objects,
                       const nf_entity *entity, int64_t id, nf_error *err)
{
    nf_record record = {0};
    *out = NULL;
    nf_status status =
        nf_record_read(&record, database_of(store), entity, id, err);
    if (status == NF_OK && record.entity) {
        nf_value *members = record.members;
        record.members = NULL;
        status = nf_objects_load(out, objects, record.entity, id, members, err);
    }
    nf_record_dispose(&record);
    return status;
}

static nf_status referring(nf_store *store, nf_list *out, nf_objects *objects,
                           const nf_association *association, int64_t child,
                           nf_error *err)
{
    int64_t *ids = NULL;
    size_t count = 0;
    nf_status status = nf_record_referring(database_of(store), association,
                                           child, &ids, &count, err);
    for (size_t i = 0; status == NF_OK && i < count; i++) {
        nf_object *object = NULL;
        status =
            fetch(store, &object, objects, association->parent, ids[i], err);
        if (status == NF_OK && object && !nf_list_append(out, object))
            status = nf_error_nomem(err);
        nf_object_release(object);
    }
    nf_free(ids);
    return status;
}

static nf_status refuse(nf_error *err)
{
    return nf_error_set(err, NF_FAILED, "db_error",
                        "this database is open for reading only");
}

static nf_status write_objects(nf_store *store, nf_object *const *items,
                               size_t count, nf_error *err)
{
    (void)store, (void)items, (void)count;
    return refuse(err);
}

static nf_status new_id(nf_store *store, const nf_entity *entity, int64_t *out,
                        nf_error *err)
{
    (void)store, (void)entity;
    *out = 0;
    return refuse(err);
}

static nf_status begin(nf_store *store, nf_error *err)
{
    (void)store;
    return refuse(err);
}

static nf_status release(nf_store *store, bool keep, nf_error *err)
{
    (void)store, (void)keep;
    return refuse(err);
}

void nf_reading_init(nf_reading_store *store, nf_database *database)
{
    static const nf_store_ops ops = {
        .retrieve = retrieve,
        .fetch = fetch,
        .referring = referring,
        .commit = write_objects,
        .remove = write_objects,
        .new_id = new_id,
        .begin = begin,
        .savepoint = begin,
        .release = release,
    };
    store->base.ops = &ops;
    store->database = database;
}
