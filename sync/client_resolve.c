/* The pending record (synchronize S22, S23, S36). It stands in the device's
 * database from before the first byte of an upload until the final
 * transaction of a run. A run that finds one asks the server what became of
 * it: applied, then its outcome is taken over; else the id is fenced. */
#include "sync/client.h"

#include <stdio.h>

/* ---- the record ---------------------------------------------------------- */

static bool append_entry(bson_t *to, uint32_t index,
                         const nf_client_entry *entry)
{
    char buffer[16];
    const char *key;
    bson_t item;

    bson_uint32_to_string(index, &key, buffer, sizeof buffer);
    return bson_append_document_begin(to, key, -1, &item) &&
           BSON_APPEND_INT64(&item, "id", entry->frozen.id) &&
           BSON_APPEND_INT32(&item, "k", (int32_t)entry->frozen.kind) &&
           BSON_APPEND_UTF8(&item, "t", entry->entity->qualified) &&
           BSON_APPEND_BINARY(&item, "mid", BSON_SUBTYPE_BINARY,
                              entry->frozen.mid, NF_MID_SIZE) &&
           BSON_APPEND_INT32(&item, "s", (int32_t)entry->state) &&
           BSON_APPEND_UTF8(&item, "code", entry->code) &&
           BSON_APPEND_UTF8(&item, "text", entry->text) &&
           bson_append_document_end(to, &item);
}

/* The entries that are (`decided`) or are not answered yet. */
static bool encode_entries(const nf_sync_client *client, bool decided,
                           bson_t *out)
{
    uint32_t index = 0;
    bool ok = true;

    bson_init(out);
    for (size_t i = 0; ok && i < client->entry_count; i++) {
        const nf_client_entry *entry = &client->entries[i];
        if (entry->decided == decided && entry->frozen.kind != NF_CHANGE_NONE)
            ok = append_entry(out, index++, entry);
    }
    return ok;
}

nf_status nf_client_save_pending(nf_sync_client *client, nf_error *err)
{
    nf_pending pending = {.exists = true, .mode = (int64_t)client->kind};
    nf_error problem = {0};
    bson_t frozen, outcome;
    nf_status status = NF_OK;
    bool ok = encode_entries(client, false, &frozen);

    ok = encode_entries(client, true, &outcome) && ok;
    if (!ok)
        status = nf_error_nomem(err);
    memcpy(pending.sync_id, client->id.bytes, 16);
    pending.frozen = (uint8_t *)bson_get_data(&frozen);
    pending.frozen_size = frozen.len;
    pending.outcome = (uint8_t *)bson_get_data(&outcome);
    pending.outcome_size = outcome.len;
    if (status == NF_OK)
        status = nf_fault_reach(client->options.faults, "before-pending", err);
    if (status == NF_OK)
        status = nf_client_local(
            nf_device_set_pending(client->options.device, &pending, &problem),
            &problem, err);
    if (status == NF_OK)
        status = nf_fault_reach(client->options.faults, "after-pending", err);
    bson_destroy(&frozen);
    bson_destroy(&outcome);
    client->has_pending = client->has_pending || status == NF_OK;
    return status;
}

static nf_status drop_pending(nf_sync_client *client, nf_error *err)
{
    nf_pending none = {0};
    nf_error problem = {0};
    nf_status status =
        nf_device_set_pending(client->options.device, &none, &problem);

    client->has_pending = false;
    return nf_client_local(status, &problem, err);
}

/* ---- outcomes taken over ------------------------------------------------- */

/* An entry of the earlier run becomes one of this run, with its outcome, if
 * the same change is still what the device holds. */
static nf_status adopt(nf_sync_client *client, int64_t id,
                       const nf_entity *entity, const uint8_t *mid,
                       nf_outcome_state state, const char *code,
                       const char *text, nf_error *err)
{
    nf_client_entry *entry = nf_client_find(client, id);
    nf_change change = {0};
    nf_error problem = {0};
    nf_status status =
        nf_device_change(&change, client->options.device, id, &problem);

    if (status != NF_OK || change.kind == NF_CHANGE_NONE ||
        memcmp(change.mid, mid, NF_MID_SIZE) != 0) {
        nf_change_dispose(&change);
        return nf_client_local(status, &problem, err);
    }
    if (!entry) {
        entry = nf_client_add(client, id, entity, err);
        if (entry) {
            entry->frozen.kind = change.kind;
            memcpy(entry->frozen.mid, change.mid, NF_MID_SIZE);
        }
    }
    nf_change_dispose(&change);
    if (!entry)
        return NF_NOMEM;
    entry->old = entry->decided = true;
    entry->state = state;
    snprintf(entry->code, sizeof entry->code, "%s", code);
    snprintf(entry->text, sizeof entry->text, "%s", text);
    return NF_OK;
}

typedef nf_status (*item_fn)(nf_sync_client *client, const bson_t *item,
                             void *user, nf_error *err);

static nf_status each_item(nf_sync_client *client, const uint8_t *bytes,
                           size_t size, item_fn each, void *user, nf_error *err)
{
    bson_t document, item;
    bson_iter_t iter;
    nf_status status = NF_OK;

    if (!bytes || size == 0)
        return NF_OK;
    if (!bson_init_static(&document, bytes, size) ||
        !bson_iter_init(&iter, &document))
        return nf_sync_error("SYNC_LOCAL_STORAGE", err);
    while (status == NF_OK && bson_iter_next(&iter)) {
        uint32_t length = 0;
        const uint8_t *data = NULL;
        if (BSON_ITER_HOLDS_DOCUMENT(&iter))
            bson_iter_document(&iter, &length, &data);
        if (data && bson_init_static(&item, data, length))
            status = each(client, &item, user, err);
    }
    return status;
}

static nf_status adopt_stored(nf_sync_client *client, const bson_t *item,
                              void *user, nf_error *err)
{
    uint8_t mid[NF_MID_SIZE];
    const nf_entity *entity = nf_model_find_entity(
        client->options.model, nf_document_text(item, "t", ""));

    (void)user;
    if (!entity || !nf_document_binary(item, "mid", mid, sizeof mid))
        return NF_OK;
    return adopt(client, nf_document_int(item, "id", 0), entity, mid,
                 (nf_outcome_state)nf_document_int(item, "s", 0),
                 nf_document_text(item, "code", ""),
                 nf_document_text(item, "text", ""), err);
}

/* Pairs an `out` record with the change that was sent. */
static nf_status adopt_answer(nf_sync_client *client, const bson_t *item,
                              void *user, nf_error *err)
{
    const nf_wire *record = user;
    uint8_t mid[NF_MID_SIZE];
    const nf_entity *entity = nf_model_find_entity(
        client->options.model, nf_document_text(item, "t", ""));

    if (nf_document_int(item, "id", 0) != record->id || !entity ||
        !nf_document_binary(item, "mid", mid, sizeof mid))
        return NF_OK;
    return adopt(client, record->id, entity, mid, record->state, record->code,
                 record->text, err);
}

static nf_status adopt_result(nf_sync_client *client, const nf_pending *pending,
                              nf_error *err)
{
    nf_stream_reader reader;
    nf_wire record;
    bool more = true;
    nf_status status = nf_stream_open(&reader, nf_spool_source, client->result,
                                      nf_spool_size(client->result), err);

    while (status == NF_OK && more) {
        status = nf_stream_next(&reader, &record, &more, err);
        if (status == NF_OK && more && record.kind == NF_WIRE_OUTCOME)
            status = each_item(client, pending->frozen, pending->frozen_size,
                               adopt_answer, &record, err);
    }
    nf_stream_close(&reader);
    if (status != NF_OK && err && strncmp(err->code, "SYNC_LOCAL", 10) != 0) {
        nf_error_clear(err);
        status = nf_sync_error("SYNC_PROTOCOL", err);
    }
    return status;
}

/* ---- steps --------------------------------------------------------------- */

static nf_status load_pending(nf_sync_client *client, nf_error *err)
{
    nf_pending pending = {0};
    nf_error problem = {0};
    nf_status status =
        nf_device_get_pending(&pending, client->options.device, &problem);

    client->has_pending = status == NF_OK && pending.exists;
    memcpy(client->old_id.bytes, pending.sync_id, 16);
    status = nf_client_local(status, &problem, err);
    if (status == NF_OK && pending.exists)
        status = each_item(client, pending.outcome, pending.outcome_size,
                           adopt_stored, NULL, err);
    nf_pending_dispose(&pending);
    return status;
}

static void ask_old(nf_sync_client *client, nf_sync_method method,
                    const char *rest)
{
    char id[NF_SYNC_ID_TEXT];

    nf_hex(id, client->old_id.bytes, 16);
    nf_sync_call_begin(&client->call, method, "/sync/v1/syncs/%s%s", id, rest);
    client->asked = true;
}

nf_status nf_client_resolve(nf_sync_client *client, int timeout_ms,
                            nf_error *err)
{
    bson_t reply;
    const char *state;
    nf_status status;

    if (!client->asked) {
        status = load_pending(client, err);
        if (status != NF_OK)
            return status;
        if (!client->has_pending) {
            nf_client_go(client, NF_CLIENT_PREPARE);
            return NF_OK;
        }
        ask_old(client, NF_SYNC_GET, "");
    }
    status = nf_sync_call_step(&client->call, timeout_ms, err);
    if (status != NF_OK)
        return status;
    if (nf_sync_call_status(&client->call) == 404) {
        nf_client_go(client, NF_CLIENT_FENCE);
        return NF_OK;
    }
    if (nf_sync_call_status(&client->call) != 200)
        return nf_sync_call_refused(&client->call, err);
    status = nf_sync_call_reply(&client->call, &reply, err);
    if (status != NF_OK)
        return status;
    state = nf_document_text(&reply, "state", "");
    nf_client_go(client, !strcmp(state, "applied") || !strcmp(state, "ready")
                             ? NF_CLIENT_OLD_COMMIT
                             : NF_CLIENT_FENCE);
    return NF_OK;
}

nf_status nf_client_fence(nf_sync_client *client, int timeout_ms, nf_error *err)
{
    nf_status status;

    if (!client->asked)
        ask_old(client, NF_SYNC_DELETE, "");
    status = nf_sync_call_step(&client->call, timeout_ms, err);
    if (status != NF_OK)
        return status;
    if (nf_sync_call_status(&client->call) == 409) { /* applied after all */
        nf_client_go(client, NF_CLIENT_OLD_COMMIT);
        return NF_OK;
    }
    if (nf_sync_call_status(&client->call) != 200)
        return nf_sync_call_refused(&client->call, err);
    nf_client_go(client, NF_CLIENT_PREPARE);
    return drop_pending(client, err);
}

nf_status nf_client_old_commit(nf_sync_client *client, int timeout_ms,
                               nf_error *err)
{
    nf_status status;

    if (!client->asked)
        ask_old(client, NF_SYNC_POST, "/commit");
    status = nf_sync_call_step(&client->call, timeout_ms, err);
    if (status != NF_OK)
        return status;
    if (nf_sync_call_status(&client->call) != 200)
        return nf_sync_call_refused(&client->call, err);
    status = nf_spool_clear(client->result, err);
    nf_client_go(client, NF_CLIENT_OLD_RESULT);
    return status;
}

nf_status nf_client_old_result(nf_sync_client *client, int timeout_ms,
                               nf_error *err)
{
    nf_pending pending = {0};
    nf_error problem = {0};
    nf_status status = nf_client_read_result(
        client, timeout_ms, NF_CLIENT_OLD_ACK, &client->old_id, err);

    if (status != NF_OK || client->state != NF_CLIENT_OLD_ACK)
        return status;
    status = nf_client_local(
        nf_device_get_pending(&pending, client->options.device, &problem),
        &problem, err);
    if (status == NF_OK)
        status = adopt_result(client, &pending, err);
    nf_pending_dispose(&pending);
    if (status == NF_OK)
        status = nf_spool_clear(client->result, err);
    return status;
}

/* The outcome is noted, the result was not stored (W28). A lost ack is no
 * error: the server ends the run when the next one is created. */
nf_status nf_client_old_ack(nf_sync_client *client, int timeout_ms,
                            nf_error *err)
{
    nf_error problem = {0};
    nf_status status;

    (void)err;
    if (!client->asked) {
        ask_old(client, NF_SYNC_POST, "/ack");
        BSON_APPEND_BOOL(&client->call.body, "stored", false);
    }
    status = nf_sync_call_step(&client->call, timeout_ms, &problem);
    if (status == NF_PENDING)
        return NF_PENDING;
    nf_client_go(client, NF_CLIENT_PREPARE);
    return NF_OK;
}
