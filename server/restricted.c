/* Microflows that apply entity access (activities M2, domain §10): what their
 * user may see and do. Rules with constraints are judged on what is stored; for
 * an object that is not, all constraints hold (D95). */
#include "database/row_objects.h"
#include "server/internal.h"
#include "server/world.h"

/* The rights that were found stay for the request, whatever becomes of the
 * object in it (D95). */
static nf_status keep(nf_server_store *store, int64_t id,
                      const nf_object_rights *found, nf_error *err)
{
    nf_object_rights *kept = nf_alloc(sizeof *kept);

    if (!store->rights)
        store->rights = nf_idmap_new();
    if (kept && store->rights && nf_idmap_set(store->rights, id, kept)) {
        *kept = *found;
        return NF_OK;
    }
    nf_free(kept);
    return nf_error_nomem(err);
}

void nf_restricted_dispose(nf_server_store *store)
{
    size_t cursor = 0;
    int64_t id;
    void *value;

    while (store->rights &&
           nf_idmap_next(store->rights, &cursor, &id, &value)) {
        nf_object_rights_dispose(value);
        nf_free(value);
    }
    nf_idmap_free(store->rights);
    nf_idmap_free(store->created);
    store->rights = store->created = NULL;
}

nf_status nf_restricted_created(nf_server_store *store, const nf_object *object,
                                nf_error *err)
{
    if (!store->session)
        return NF_OK;
    if (!store->created)
        store->created = nf_idmap_new();
    return store->created && nf_idmap_set(store->created, object->id, store)
               ? NF_OK
               : nf_error_nomem(err);
}

/* For an object of which no row was there before, all constraints hold. */
static bool is_fresh(const nf_server_store *store, const nf_object *object)
{
    return object->state == NF_OBJECT_NEW ||
           object->entity->kind != NF_ENTITY_PERSISTABLE ||
           (store->created && nf_idmap_get(store->created, object->id));
}

static nf_status find_rights(nf_server_store *store, const nf_object *object,
                             nf_object_rights *out, nf_error *err)
{
    const nf_access *access;
    nf_record row;
    nf_status status;

    *out = (nf_object_rights){0};
    if (!is_fresh(store, object)) {
        status = nf_server_load(store->server, store->session, object->entity,
                                object->id, &row, out, err);
        nf_record_dispose(&row);
        return status;
    }
    access = nf_access_of(store->server, store->session, object->entity, err);
    return access ? nf_access_rights(out, access, 0, true, err) : NF_FAILED;
}

/* *out is borrowed from the store. */
static nf_status rights_of(nf_server_store *store, const nf_object *object,
                           const nf_object_rights **out, nf_error *err)
{
    nf_object_rights found;
    nf_status status;

    *out = store->rights ? nf_idmap_get(store->rights, object->id) : NULL;
    if (*out)
        return NF_OK;
    status = find_rights(store, object, &found, err);
    if (status == NF_OK)
        status = keep(store, object->id, &found, err);
    if (status == NF_OK)
        *out = nf_idmap_get(store->rights, object->id);
    else
        nf_object_rights_dispose(&found);
    return status;
}

/* No rules are made for what System keeps in memory: errors, responses
 * (activities X23). */
static bool is_unjudged(const nf_entity *entity)
{
    return entity->module->system && entity->kind != NF_ENTITY_PERSISTABLE;
}

static bool may_read(const nf_object_rights *rights, const nf_object *object,
                     const nf_member *member)
{
    if (member)
        return rights->read && nf_bits_has(rights->read, member->index);
    return rights->visible || object->state == NF_OBJECT_NEW ||
           object->entity->kind != NF_ENTITY_PERSISTABLE;
}

nf_status nf_restricted_allows(nf_world *world, const nf_entity *entity,
                               const nf_object *object, nf_access_kind kind,
                               const nf_member *member, bool *out,
                               nf_error *err)
{
    nf_server_store *store = (nf_server_store *)world->store;
    const nf_object_rights *rights;
    nf_status status;

    *out = !store->session || is_unjudged(entity); /* nobody to judge by */
    if (*out)
        return NF_OK;
    if (kind == NF_ACCESS_CREATE) {
        const nf_access *access =
            nf_access_of(store->server, store->session, entity, err);

        *out = access && access->create;
        return access ? NF_OK : NF_FAILED;
    }
    status = rights_of(store, object, &rights, err);
    if (status != NF_OK)
        return status;
    if (kind == NF_ACCESS_READ)
        *out = may_read(rights, object, member);
    else if (kind == NF_ACCESS_WRITE)
        *out = rights->write && nf_bits_has(rights->write, member->index) &&
               nf_access_may_give(store->server, store->session, member,
                                  &object->members[member->index]);
    else
        *out = rights->removable;
    return NF_OK;
}

static bool has_specializations(const nf_model *model, const nf_entity *entity)
{
    for (size_t i = 0; i < nf_model_entity_count(model); i++)
        if (nf_model_entity(model, i)->generalization == entity)
            return true;
    return false;
}

/* Each specialization has rules of its own: what they allow is told object by
 * object, and only then counted. */
static nf_status choose(nf_server_store *store, nf_list *out, nf_list *all,
                        const nf_retrieval *retrieval, nf_error *err)
{
    int64_t seen = 0;
    nf_status status = NF_OK;

    for (size_t i = 0; status == NF_OK && i < nf_list_count(all); i++) {
        const nf_object_rights *rights;

        status = rights_of(store, all->items[i], &rights, err);
        if (status != NF_OK)
            return status;
        if (!rights->visible || seen++ < retrieval->offset)
            continue;
        if (retrieval->limit >= 0 &&
            seen - retrieval->offset > retrieval->limit)
            return NF_OK;
        if (!nf_list_append(out, all->items[i]))
            status = nf_error_nomem(err);
    }
    return status;
}

nf_status nf_restricted_retrieve(nf_server_store *store, nf_list *out,
                                 nf_objects *objects,
                                 const nf_retrieval *retrieval, nf_error *err)
{
    nf_server *server = store->server;
    nf_selection selection = {.retrieval = *retrieval};
    const nf_access *access;
    nf_status status;
    nf_list *all;

    if (!store->session)
        return nf_rows_retrieve(store->database, out, objects, &selection, err);
    if (!has_specializations(server->options.model, retrieval->entity)) {
        access = nf_access_of(server, store->session, retrieval->entity, err);
        if (!access)
            return NF_FAILED;
        selection.condition = &access->visible;
        return nf_rows_retrieve(store->database, out, objects, &selection, err);
    }
    all = nf_list_new(retrieval->entity);
    if (!all)
        return nf_error_nomem(err);
    selection.retrieval.offset = 0;
    selection.retrieval.limit = -1;
    status = nf_rows_retrieve(store->database, all, objects, &selection, err);
    if (status == NF_OK)
        status = choose(store, out, all, retrieval, err);
    nf_list_release(all);
    return status;
}
