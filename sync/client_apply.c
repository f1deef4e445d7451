/* The final transaction (synchronize S19, S59, S60, S116 … S119): everything
 * was received and checked, and now takes effect at once, in the database and
 * in memory. What was committed locally after the freeze is newer and stays
 * (S117): the device's apply compares the changes' ids. */
#include "sync/client.h"
#include "sync/document.h"

#include <stdio.h>

struct nf_applier {
    nf_sync_client *client;
    nf_apply *apply;
    const nf_entity *section;
    nf_section_kind kind;
    nf_copies copies; /* snapshot: what the device holds */
    nf_incoming object;
};

typedef nf_applier applier;

static bool is_rejected(const nf_client_entry *entry)
{
    return entry->state == NF_OUTCOME_REJECTED ||
           entry->state == NF_OUTCOME_GONE;
}

/* ---- outcomes ------------------------------------------------------------ */

/* Why an object stands in its list: the refusal, or what went, with what the
 * server cleared in it. */
static void outcome_reason(char reason[340], const nf_client_entry *entry)
{
    static const char *const kinds[] = {"refresh", "new", "changed", "deleted"};
    const char *more = entry->reason ? entry->reason : "";

    if (is_rejected(entry))
        snprintf(reason, 340, "%s", more);
    else
        snprintf(reason, 340, "%s%s%s", kinds[entry->frozen.kind],
                 *more ? ", " : "", more);
}

static nf_status apply_outcome(applier *a, nf_client_entry *entry,
                               nf_error *err)
{
    nf_sync_client *client = a->client;
    nf_item_list *list =
        is_rejected(entry) ? &client->rejected : &client->uploaded;
    char reason[340];

    if (entry->frozen.kind == NF_CHANGE_NONE)
        return NF_OK;
    outcome_reason(reason, entry);
    if (!nf_client_item(client, list, entry->entity, entry->frozen.id, reason,
                        is_rejected(entry) ? 0 : entry->bytes))
        return nf_error_nomem(err);
    if (entry->same) {
        entry->stored = true;
        return nf_apply_accept(a->apply, entry->entity, entry->frozen.id,
                               entry->hash, sizeof entry->hash, err);
    }
    if (entry->frozen.kind != NF_CHANGE_DELETED)
        return NF_OK;
    entry->stored = true; /* nothing more to do without a single object */
    if (entry->state == NF_OUTCOME_REJECTED)
        return nf_apply_restore(a->apply, entry->entity, entry->frozen.id, err);
    return nf_apply_accept(a->apply, entry->entity, entry->frozen.id, NULL, 0,
                           err);
}

/* ---- objects ------------------------------------------------------------- */

static nf_status remove_object(applier *a, const nf_entity *entity, int64_t id,
                               nf_error *err)
{
    nf_client_entry *entry = nf_client_find(a->client, id);

    if (entry)
        entry->removed = true;
    return nf_apply_remove(a->apply, entity, id, NULL, err);
}

static nf_status store_content(applier *a, const nf_wire *record, nf_error *err)
{
    nf_content content = {.exists = true, .state = NF_CONTENT_MISSING};

    if (record->has_file) {
        content.has_hash = true;
        content.size = record->file.size;
        content.state = NF_CONTENT_PRESENT;
        memcpy(content.hash, record->file.sha256, NF_SHA256_SIZE);
        snprintf(content.server_version, sizeof content.server_version, "%s",
                 record->file.version);
    }
    return nf_database_set_content(nf_client_database(a->client), record->id,
                                   &content, err);
}

/* Whether the device had a copy of the object; only for the list. */
static nf_status had_copy(bool *out, applier *a, const nf_entity *entity,
                          int64_t id, nf_error *err)
{
    nf_server_copy copy = {0};
    nf_status status = NF_OK;

    if (!a->client->no_items && !nf_apply_is_fresh(a->apply))
        status = nf_device_server_copy(&copy, a->client->options.device, entity,
                                       id, err);
    *out = copy.known;
    return status;
}

static bool note_stored(applier *a, const nf_wire *record,
                        const nf_entity *entity, nf_client_entry *entry,
                        bool known)
{
    nf_sync_client *client = a->client;

    if (entry) {
        entry->stored = true;
        entry->removed = false;
    }
    return nf_client_item(client, &client->downloaded, entity, record->id,
                          entry   ? "as the server holds it after the upload"
                          : known ? "changed on the server"
                                  : "new on the server",
                          record->bytes +
                              (record->has_file ? record->file.size : 0));
}

/* The contents of a file can't be had (S103). */
static nf_status leave_out(applier *a, const nf_entity *entity, int64_t id,
                           nf_error *err)
{
    nf_status status = remove_object(a, entity, id, err);

    return status == NF_OK
               ? nf_device_touch(a->client->options.device, entity, id, err)
               : status;
}

static nf_status store_object(applier *a, const nf_wire *record,
                              nf_incoming *object, nf_error *err)
{
    nf_sync_client *client = a->client;
    const nf_entity *entity = object->entity;
    nf_client_entry *entry = nf_client_find(client, record->id);
    bool known;
    nf_status status;

    if (nf_idmap_get(client->skipped, record->id)) /* S103 */
        return leave_out(a, entity, record->id, err);
    status = had_copy(&known, a, entity, record->id, err);
    if (status == NF_OK)
        status = nf_apply_store(a->apply, entity, record->id, object->values,
                                record->hash, 16, object->inaccessible,
                                object->read_only, err);
    if (status == NF_OK && entity->is_file)
        status = store_content(a, record, err);
    return status == NF_OK && !note_stored(a, record, entity, entry, known)
               ? nf_error_nomem(err)
               : status;
}

/* Local objects of a snapshot's section with ids below `id` are not in it:
 * they leave the device (S59). */
static nf_status remove_below(applier *a, int64_t id, nf_error *err)
{
    const nf_copy_item *item;
    nf_status status = nf_copies_peek(&a->copies, &item, err);

    while (status == NF_OK && item && item->id < id) {
        int64_t missing = item->id;
        nf_copies_pass(&a->copies);
        status = remove_object(a, a->section, missing, err);
        if (status == NF_OK)
            status = nf_copies_peek(&a->copies, &item, err);
    }
    return status;
}

/* Whether the device holds this very projection already, and nobody asked for
 * the object: then there is nothing to write, and nothing came down. */
static nf_status is_unchanged(bool *out, applier *a, const nf_wire *record,
                              nf_error *err)
{
    const nf_copy_item *item;
    nf_status status;

    *out = false;
    if (!a->section || a->kind != NF_SECTION_SNAPSHOT ||
        nf_apply_is_fresh(a->apply))
        return NF_OK;
    status = remove_below(a, record->id, err);
    if (status == NF_OK)
        status = nf_copies_peek(&a->copies, &item, err);
    if (status != NF_OK || !item || item->id != record->id)
        return status;
    *out = item->has_hash && !memcmp(item->hash, record->hash, 16) &&
           !nf_client_find(a->client, record->id) &&
           !nf_idmap_get(a->client->skipped, record->id);
    nf_copies_pass(&a->copies);
    return NF_OK;
}

/* `object` NULL: not decoded yet. */
static nf_status apply_object(applier *a, const nf_wire *record,
                              nf_incoming *object, nf_error *err)
{
    nf_sync_client *client = a->client;
    nf_client_entry *entry = nf_client_find(client, record->id);
    bool unchanged;
    nf_status status = is_unchanged(&unchanged, a, record, err);

    if (a->section && entry)
        entry->seen = true;
    if (status != NF_OK || unchanged)
        return status;
    if (!object) {
        object = &a->object;
        status = nf_incoming_read(
            object, nf_model_find_entity(client->options.model, record->entity),
            record, err);
    }
    return status == NF_OK ? store_object(a, record, object, err) : status;
}

/* ---- sections ------------------------------------------------------------ */

/* Uploaded objects of the section that are not visible afterwards: new ones
 * that were rejected or may not be read, changed ones outside the constraint
 * (S59, S60). */
static nf_status settle_section(applier *a, nf_error *err)
{
    nf_sync_client *client = a->client;
    nf_status status = NF_OK;

    for (size_t i = 0; status == NF_OK && i < client->entry_count; i++) {
        nf_client_entry *entry = &client->entries[i];
        if (entry->entity != a->section || entry->removed ||
            entry->frozen.kind == NF_CHANGE_DELETED || entry->seen)
            continue;
        status = remove_object(a, a->section, entry->frozen.id, err);
    }
    return status;
}

static nf_status end_section(applier *a, nf_error *err)
{
    nf_status status = NF_OK;

    if (!a->section)
        return NF_OK;
    if (a->kind == NF_SECTION_SNAPSHOT) {
        if (!nf_apply_is_fresh(a->apply))
            status = remove_below(a, INT64_MAX, err);
        if (status == NF_OK)
            status = settle_section(a, err);
    }
    a->section = NULL;
    return status == NF_OK ? nf_apply_section(a->apply, NULL, err) : status;
}

/* What was left out (S103) is in the view and not on the device: the server is
 * told, so that it comes as soon as it can be had. */
static nf_status touch_skipped(applier *a, nf_error *err)
{
    const nf_sync_client *client = a->client;
    nf_status status = NF_OK;

    for (size_t i = 0; status == NF_OK && i < client->file_count; i++)
        if (client->files[i].entity == a->section &&
            nf_idmap_get(client->skipped, client->files[i].id))
            status = nf_device_touch(client->options.device, a->section,
                                     client->files[i].id, err);
    return status;
}

/* The view is confirmed by this transaction (W44). */
static nf_status apply_sum(applier *a, const nf_wire *record, nf_error *err)
{
    nf_status status = nf_device_set_view(
        a->client->options.device, a->section, record->token.bytes,
        record->has_token ? sizeof record->token.bytes : 0, err);

    if (status == NF_OK)
        status = touch_skipped(a, err);
    return status == NF_OK ? end_section(a, err) : status;
}

/* The host is told of an entity that stays as it is though this device's model
 * asks for it (S168, A111). */
static bool note_kept(applier *a)
{
    nf_sync_client *client = a->client;
    nf_sync_mode mode = nf_client_mode(client, a->section);

    return a->kind != NF_SECTION_KEEP ||
           (mode != NF_SYNC_ALL && mode != NF_SYNC_CONSTRAINED) ||
           nf_client_item(client, &client->kept, a->section, 0,
                          "the app of the server does not give it to devices "
                          "any more; what is there stays as it is",
                          0);
}

static nf_status start_section(applier *a, const nf_wire *record, nf_error *err)
{
    nf_sync_client *client = a->client;
    nf_status status = end_section(a, err);

    if (status != NF_OK)
        return status;
    a->section = nf_model_find_entity(client->options.model, record->entity);
    a->kind = record->section;
    nf_copies_start(&a->copies, client->options.device, a->section);
    if (!note_kept(a))
        return nf_error_nomem(err);
    if (a->kind == NF_SECTION_SNAPSHOT || a->kind == NF_SECTION_DELTA)
        return nf_apply_section(a->apply, a->section, err);
    status =
        nf_device_set_view(client->options.device, a->section, NULL, 0, err);
    if (status != NF_OK || a->kind != NF_SECTION_CLEAR)
        return status;
    for (size_t i = 0; i < client->entry_count; i++) {
        if (client->entries[i].entity == a->section)
            client->entries[i].removed = true;
    }
    return nf_apply_clear(a->apply, a->section, err);
}

nf_status nf_applier_record(nf_applier *a, const nf_wire *record,
                            nf_incoming *object, nf_error *err)
{
    const nf_client_entry *entry;

    switch (record->kind) {
    case NF_WIRE_OBJECT:
        return apply_object(a, record, object, err);
    case NF_WIRE_GONE:
        entry = nf_client_find(a->client, record->id);
        /* The device never had it. */
        if (!entry->entity)
            return NF_OK;
        return remove_object(a, entry->entity, record->id, err);
    case NF_WIRE_ENTITY:
        return start_section(a, record, err);
    case NF_WIRE_REMOVE:
        return remove_object(a, a->section, record->id, err);
    case NF_WIRE_SUM:
        return apply_sum(a, record, err);
    default:
        return NF_OK;
    }
}

/* Accepted uploads of entities that a full synchronization does not download
 * become clean with the values they have; rejected new ones of which nothing
 * came leave (S60). */
static nf_status settle_rest(applier *a, nf_error *err)
{
    nf_sync_client *client = a->client;
    nf_status status = NF_OK;

    for (size_t i = 0; status == NF_OK && i < client->entry_count; i++) {
        nf_client_entry *entry = &client->entries[i];
        if (entry->stored || entry->removed ||
            entry->frozen.kind == NF_CHANGE_NONE)
            continue;
        if (is_rejected(entry))
            status = remove_object(a, entry->entity, entry->frozen.id, err);
        else
            status = nf_apply_accept(a->apply, entry->entity, entry->frozen.id,
                                     entry->hash, entry->same ? 16 : 0, err);
    }
    return status;
}

/* ---- the transaction ----------------------------------------------------- */

static nf_status apply_stream(applier *a, nf_error *err)
{
    nf_sync_client *client = a->client;
    int64_t size = nf_spool_size(client->result);
    nf_stream_reader reader;
    nf_wire record;
    bool more = client->apply_from < size;
    nf_status status = NF_OK;

    nf_stream_open_again(&reader, nf_spool_source, client->result, size,
                         client->apply_from);
    while (status == NF_OK && more) {
        status = nf_stream_next(&reader, &record, &more, err);
        if (status == NF_OK && more)
            status = nf_applier_record(a, &record, NULL, err);
    }
    nf_stream_close(&reader);
    return status;
}

/* The server does not tell a deleted object from one that is out of reach. */
static const char *why_removed(nf_sync_client *client, const nf_entity *entity,
                               int64_t id)
{
    nf_offline_config config =
        nf_profile_config(client->options.profile, entity);
    const nf_client_entry *entry = nf_client_find(client, id);

    if (nf_idmap_get(client->skipped, id))
        return "the contents of the file are not on the server";
    if (entry && is_rejected(entry))
        return "the server refused its changes";
    if (client->kind == NF_SYNC_RUN_ALL && config.mode == NF_SYNC_NONE)
        return "mode Nothing (clear data): a full synchronization removes it";
    if (client->kind == NF_SYNC_RUN_ALL && config.mode == NF_SYNC_CONSTRAINED)
        return "deleted on the server, or outside of the user's access, or it "
               "does not match the constraint of the entity";
    return "deleted on the server, or outside of the user's access";
}

/* An object is told once: what is left out because of its contents has left
 * the device if it was there, and never came if it was not (S103). */
static bool is_told(applier *a, int64_t id)
{
    nf_sync_client *client = a->client;

    if (!nf_idmap_get(client->skipped, id))
        return false;
    if (nf_apply_is_fresh(a->apply))
        return true;
    nf_client_drop_item(client, &client->left_out, id);
    return false;
}

static nf_status collect_removed(applier *a, nf_error *err)
{
    nf_sync_client *client = a->client;
    const nf_delta *delta = nf_apply_delta(a->apply);

    if (!delta)
        return NF_OK;
    for (size_t i = 0; i < nf_delta_count(delta); i++) {
        const nf_entity *entity;
        int64_t id;
        bool removed;
        nf_delta_item(delta, i, &entity, &id, &removed);
        if (removed && !is_told(a, id) &&
            !nf_client_item(client, &client->removed, entity, id,
                            why_removed(client, entity, id), 0))
            return nf_error_nomem(err);
    }
    return NF_OK;
}

static nf_status note_run(nf_sync_client *client, nf_error *err)
{
    const nf_clock *clock = &client->options.clock;
    nf_pending none = {0};
    nf_sync_record record = {.started = client->started,
                             .finished = clock->now(clock->user),
                             .mode = (int64_t)client->kind,
                             .result = "",
                             .uploaded = (int64_t)client->uploaded.count,
                             .downloaded = (int64_t)client->downloaded.count,
                             .rejected = (int64_t)client->rejected.count};
    nf_status status = NF_OK;

    if (client->flow) /* no synchronization */
        return NF_OK;
    memcpy(record.sync_id, client->id.bytes, 16);
    if (client->has_pending)
        status = nf_device_set_pending(client->options.device, &none, err);
    if (status == NF_OK)
        status = nf_device_add_history(client->options.device, &record, err);
    return status;
}

/* sync.keep-rejected (O2): what is not frozen counts as a later change, which
 * survives everything. */
static bool is_kept(const nf_sync_client *client, const nf_client_entry *entry)
{
    return client->options.keep_rejected && is_rejected(entry) &&
           entry->frozen.kind == NF_CHANGE_NEW;
}

/* S154: what a microflow sends takes the place of what was committed here,
 * whatever that is. */
static nf_status overwrite(nf_sync_client *client, nf_frozen *frozen,
                           nf_error *err)
{
    nf_change change = {0};
    nf_status status =
        nf_device_change(&change, client->options.device, frozen->id, err);

    if (status != NF_OK)
        return status;
    frozen->kind = change.kind;
    memcpy(frozen->mid, change.mid, sizeof frozen->mid);
    nf_change_dispose(&change);
    return NF_OK;
}

static nf_status begin_apply(applier *a, nf_error *err)
{
    nf_sync_client *client = a->client;
    nf_frozen *frozen = nf_alloc_array(client->entry_count + 1, sizeof *frozen);
    size_t count = 0;
    nf_status status = NF_OK;

    if (!frozen)
        return nf_error_nomem(err);
    for (size_t i = 0; status == NF_OK && i < client->entry_count; i++) {
        nf_client_entry *entry = &client->entries[i];
        entry->stored = entry->removed = entry->seen = false;
        if (is_kept(client, entry))
            continue;
        frozen[count] = entry->frozen;
        if (client->flow)
            status = overwrite(client, &frozen[count], err);
        count++;
    }
    if (status == NF_OK)
        status = nf_apply_begin(&a->apply, client->options.device,
                                client->options.objects, frozen, count, err);
    nf_free(frozen);
    return status;
}

nf_status nf_applier_new(nf_applier **out, nf_sync_client *client,
                         nf_error *err)
{
    applier *a = nf_alloc(sizeof *a);
    nf_status status;

    *out = NULL;
    if (!a)
        return nf_error_nomem(err);
    a->client = client;
    status = nf_fault_reach(client->options.faults, "before-final-tx", err);
    if (status == NF_OK)
        status = begin_apply(a, err);
    for (size_t i = 0; status == NF_OK && i < client->entry_count; i++)
        status = apply_outcome(a, &client->entries[i], err);
    if (status != NF_OK) {
        nf_applier_free(a);
        return status;
    }
    *out = a;
    return NF_OK;
}

/* What was stored while it arrived and whose contents could not be had then
 * (S103). */
static nf_status settle_skipped(applier *a, nf_error *err)
{
    nf_sync_client *client = a->client;
    nf_status status = NF_OK;

    for (size_t i = 0; status == NF_OK && i < client->file_count; i++) {
        const nf_client_file *file = &client->files[i];
        if (!nf_idmap_get(client->skipped, file->id))
            continue;
        status = leave_out(a, file->entity, file->id, err);
        if (nf_apply_is_fresh(a->apply)) /* it had come before its contents */
            nf_client_drop_item(client, &client->downloaded, file->id);
    }
    return status;
}

static nf_status commit_apply(applier *a, nf_error *err)
{
    nf_sync_client *client = a->client;
    nf_apply *apply = a->apply;
    nf_status status = end_section(a, err);

    if (status == NF_OK)
        status = settle_skipped(a, err);
    if (status == NF_OK)
        status = settle_rest(a, err);
    if (status == NF_OK)
        status = collect_removed(a, err);
    if (status == NF_OK)
        status = note_run(client, err);
    if (status == NF_OK)
        status = nf_fault_reach(client->options.faults, "in-final-tx", err);
    if (status != NF_OK || client->dry)
        return status; /* a plan is undone with the applier */
    a->apply = NULL;
    return nf_apply_commit(apply, err);
}

void nf_applier_free(nf_applier *a)
{
    if (!a)
        return;
    nf_apply_cancel(a->apply);
    nf_incoming_dispose(&a->object);
    nf_free(a);
}

nf_status nf_client_apply(nf_sync_client *client, int timeout_ms, nf_error *err)
{
    nf_error problem = {0};
    nf_status status = NF_OK;

    (void)timeout_ms;
    nf_client_progress(client, "finishing", 0, 0);
    if (!client->applier) {
        status = nf_applier_new(&client->applier, client, &problem);
        if (status == NF_OK)
            status = apply_stream(client->applier, &problem);
    }
    if (status == NF_OK)
        status = commit_apply(client->applier, &problem);
    nf_applier_free(client->applier);
    client->applier = NULL;
    if (status != NF_OK) {
        client->uploaded.count = client->downloaded.count = 0;
        client->removed.count = client->rejected.count = 0;
        return nf_client_local(status, &problem, err);
    }
    if (client->dry) {
        nf_client_go(client, NF_CLIENT_CANCEL);
        return NF_OK;
    }
    client->has_pending = false;
    (void)nf_fault_reach(client->options.faults, "after-final-tx", NULL);
    /* Contents that no row names any more (S105); a failure only costs
     * space. */
    (void)nf_database_collect_bytes(nf_client_database(client), NULL, NULL);
    nf_client_go(client, client->flow ? NF_CLIENT_END : NF_CLIENT_ACK);
    return NF_OK;
}

/* A lost ack is no error (§27.11): the run is complete on this side. */
nf_status nf_client_ack(nf_sync_client *client, int timeout_ms, nf_error *err)
{
    nf_error problem = {0};
    char id[NF_SYNC_ID_TEXT];

    (void)err;
    if (!client->asked) {
        nf_hex(id, client->id.bytes, 16);
        nf_sync_call_begin(&client->call, NF_SYNC_POST, "/sync/v1/syncs/%s/ack",
                           id);
        nf_put_bool(&client->call.body, "stored", true);
        client->asked = true;
    }
    if (nf_sync_call_step(&client->call, timeout_ms, &problem) == NF_PENDING)
        return NF_PENDING;
    nf_client_go(client, NF_CLIENT_END);
    return NF_OK;
}
