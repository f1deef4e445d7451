/* The frozen set: what one run sends and asks for (synchronize S28 … S30). It
 * is decided from the local database alone, so uncommitted objects and
 * changes are never part of it (S17). */
#include "sync/client.h"

/* Says in the outcome why an object takes no part in the run. */
static nf_status leave_out(nf_sync_client *client, const nf_entity *entity,
                           int64_t id, const char *reason, nf_error *err)
{
    return nf_client_item(client, &client->left_out, entity, id, reason, 0)
               ? NF_OK
               : nf_error_nomem(err);
}

static nf_status add_change(void *user, const nf_change *change, nf_error *err)
{
    nf_sync_client *client = user;
    nf_client_entry *entry;
    nf_sync_mode mode = nf_client_mode(client, change->entity);

    /* Never: only when it is selected (S29). */
    if (mode == NF_SYNC_NEVER || mode == NF_SYNC_ONLINE)
        return leave_out(client, change->entity, change->id,
                         mode == NF_SYNC_NEVER
                             ? "mode Never: only when it is selected"
                             : "mode Online: not stored on the device",
                         err);
    entry = nf_client_add(client, change->id, change->entity, err);
    if (!entry)
        return NF_NOMEM;
    entry->frozen.kind = change->kind;
    entry->lseq = change->lseq;
    memcpy(entry->frozen.mid, change->mid, NF_MID_SIZE);
    return NF_OK;
}

static nf_status check_entity(nf_sync_client *client, const nf_entity *entity,
                              nf_error *err)
{
    if (entity->kind == NF_ENTITY_PERSISTABLE &&
        nf_client_mode(client, entity) != NF_SYNC_ONLINE)
        return NF_OK;
    return nf_error_set(err, NF_FAILED, "SYNC_ENTITY",
                        "Objects of %s cannot be synchronized (SYNC_ENTITY)",
                        entity->qualified);
}

static nf_status add_selected(nf_sync_client *client, const nf_object *object,
                              nf_error *err)
{
    nf_device *device = client->options.device;
    nf_change change = {0};
    nf_server_copy copy = {0};
    nf_client_entry *entry;
    nf_status status = check_entity(client, object->entity, err);

    if (status != NF_OK || object->removed ||
        object->state == NF_OBJECT_DELETED)
        return status;
    status = nf_device_change(&change, device, object->id, err);
    if (status == NF_OK && change.kind == NF_CHANGE_NONE)
        status = nf_device_server_copy(&copy, device, object->entity,
                                       object->id, err);
    if (status != NF_OK || change.kind == NF_CHANGE_DELETED ||
        (change.kind == NF_CHANGE_NONE && !copy.known)) {
        if (status == NF_OK)
            status = leave_out(client, object->entity, object->id,
                               change.kind == NF_CHANGE_DELETED
                                   ? "deleted: deletions are not selected"
                                   : "new and not committed",
                               err);
        nf_change_dispose(&change);
        return status;
    }
    entry = nf_client_add(client, object->id, object->entity, err);
    if (entry) {
        entry->frozen.kind = change.kind;
        entry->lseq = change.kind == NF_CHANGE_NONE ? INT64_MAX : change.lseq;
        memcpy(entry->frozen.mid, change.mid, NF_MID_SIZE);
    }
    nf_change_dispose(&change);
    return entry ? NF_OK : NF_NOMEM;
}

/* S143: what is being synchronized stays as it is until the run ends, unless
 * the host lets later changes win (sync.concurrent = rebase). */
static nf_status lock_entries(nf_sync_client *client, nf_error *err)
{
    int64_t *ids;
    nf_status status;

    if (client->options.rebase || client->dry)
        return NF_OK;
    ids = nf_alloc_array(client->entry_count + 1, sizeof *ids);
    if (!ids)
        return nf_error_nomem(err);
    for (size_t i = 0; i < client->entry_count; i++)
        ids[i] = client->entries[i].frozen.id;
    status =
        nf_device_lock(client->options.device, ids, client->entry_count, err);
    nf_free(ids);
    return status;
}

/* What is in memory alone takes no part (S17), and the outcome says so. */
typedef struct memory_search {
    nf_sync_client *client;
    bool failed;
} memory_search;

static void add_uncommitted(void *user, nf_object *object)
{
    memory_search *search = user;
    nf_sync_client *client = search->client;
    bool is_new = object->state == NF_OBJECT_NEW;

    if (search->failed || object->entity->kind != NF_ENTITY_PERSISTABLE ||
        (!is_new && nf_client_find(client, object->id)))
        return; /* or its committed row is sent */
    search->failed =
        leave_out(client, object->entity, object->id,
                  is_new ? "new and not committed"
                         : "its changes are not committed",
                  NULL) != NF_OK;
}

static nf_status leave_uncommitted(nf_sync_client *client, nf_error *err)
{
    memory_search search = {.client = client};

    if (client->options.objects)
        nf_objects_each_uncommitted(client->options.objects, add_uncommitted,
                                    &search);
    return search.failed ? nf_error_nomem(err) : NF_OK;
}

nf_status nf_client_freeze(nf_sync_client *client, nf_object *const *objects,
                           size_t count, nf_error *err)
{
    nf_status status = NF_OK;

    if (client->kind != NF_SYNC_RUN_SELECTED)
        status = nf_device_each_change(client->options.device, add_change,
                                       client, err);
    else
        for (size_t i = 0; status == NF_OK && i < count; i++)
            status = add_selected(client, objects[i], err);
    if (status != NF_OK)
        return status;
    nf_client_sort(client); /* an object counts once (S78) */
    if (client->kind != NF_SYNC_RUN_SELECTED)
        status = leave_uncommitted(client, err);
    return status == NF_OK ? lock_entries(client, err) : status;
}
