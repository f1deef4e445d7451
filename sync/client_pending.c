/* The pending record (synchronize S22, S36). It stands in the device's database
 * from before the first byte of an upload until the final transaction of a
 * run, and holds what was frozen and, once it is known, what the server
 * decided. Entries are packed one after the other in the order of their ids:
 * there may be a million. */
#include "sync/client.h"

static const char magic[4] = {'N', 'F', 'P', '1'};

/* What stands in front of the text of a refusal. Files do not travel between
 * machines of different byte order. */
typedef struct packed_entry {
    int64_t id;
    uint8_t mid[NF_MID_SIZE];
    uint32_t entity; /* by its number in this database */
    uint8_t kind, state;
    uint16_t reason;
} packed_entry;

/* ---- writing ------------------------------------------------------------- */

static void pack_entry(nf_buffer *out, const nf_sync_client *client,
                       const nf_client_entry *entry)
{
    size_t reason = entry->reason ? strlen(entry->reason) : 0;
    packed_entry packed = {
        .id = entry->frozen.id,
        .entity = (uint32_t)nf_database_entity_number(
            nf_client_database(client), entry->entity),
        .kind = (uint8_t)entry->frozen.kind,
        .state = entry->state,
        .reason = (uint16_t)reason,
    };

    memcpy(packed.mid, entry->frozen.mid, NF_MID_SIZE);
    nf_buffer_add(out, &packed, sizeof packed);
    nf_buffer_add(out, entry->reason, reason);
}

/* The entries that are (`decided`) or are not answered yet. */
static nf_status pack_entries(nf_buffer *out, const nf_sync_client *client,
                              bool decided, nf_error *err)
{
    nf_buffer_init(out, NF_BUFFER_MAX);
    nf_buffer_add(out, magic, sizeof magic);
    for (size_t i = 0; i < client->entry_count; i++) {
        const nf_client_entry *entry = &client->entries[i];
        if (entry->decided == decided && entry->frozen.kind != NF_CHANGE_NONE)
            pack_entry(out, client, entry);
    }
    return out->failed ? nf_error_nomem(err) : NF_OK;
}

nf_status nf_client_save_pending(nf_sync_client *client, nf_error *err)
{
    nf_pending pending = {.exists = true, .mode = (int64_t)client->kind};
    nf_error problem = {0};
    nf_buffer frozen, outcome;
    nf_status status = pack_entries(&frozen, client, false, err);

    if (status == NF_OK)
        status = pack_entries(&outcome, client, true, err);
    else
        nf_buffer_init(&outcome, NF_BUFFER_MAX);
    memcpy(pending.sync_id, client->id.bytes, 16);
    pending.frozen = (uint8_t *)frozen.data;
    pending.frozen_size = frozen.length;
    pending.outcome = (uint8_t *)outcome.data;
    pending.outcome_size = outcome.length;
    if (status == NF_OK)
        status = nf_fault_reach(client->options.faults, "before-pending", err);
    if (status == NF_OK)
        status = nf_client_local(
            nf_device_set_pending(client->options.device, &pending, &problem),
            &problem, err);
    if (status == NF_OK)
        status = nf_fault_reach(client->options.faults, "after-pending", err);
    nf_buffer_dispose(&frozen);
    nf_buffer_dispose(&outcome);
    client->has_pending = client->has_pending || status == NF_OK;
    return status;
}

nf_status nf_client_drop_pending(nf_sync_client *client, nf_error *err)
{
    nf_pending none = {0};
    nf_error problem = {0};
    nf_status status =
        nf_device_set_pending(client->options.device, &none, &problem);

    client->has_pending = false;
    return nf_client_local(status, &problem, err);
}

/* ---- reading ------------------------------------------------------------- */

/* The entry at *at and its reason; false at the end, or where the rest is no
 * entry. */
static bool next_entry(const uint8_t *bytes, size_t size, size_t *at,
                       packed_entry *entry, const char **reason)
{
    if (size - *at < sizeof *entry)
        return false;
    memcpy(entry, bytes + *at, sizeof *entry);
    if (size - *at - sizeof *entry < entry->reason)
        return false;
    *reason = (const char *)bytes + *at + sizeof *entry;
    *at += sizeof *entry + entry->reason;
    return true;
}

/* An entry of the earlier run becomes one of this run, with its outcome, if
 * the same change is still what the device holds. */
static nf_status adopt(nf_sync_client *client, const packed_entry *packed,
                       nf_outcome_state state, const char *reason,
                       size_t length, nf_error *err)
{
    const nf_entity *entity =
        nf_database_entity(nf_client_database(client), packed->entity);
    nf_client_entry *entry = nf_client_find(client, packed->id);
    nf_change change = {0};
    nf_error problem = {0};
    nf_status status =
        nf_device_change(&change, client->options.device, packed->id, &problem);
    nf_change_kind kind = change.kind;
    bool same = status == NF_OK && kind != NF_CHANGE_NONE && entity &&
                memcmp(change.mid, packed->mid, NF_MID_SIZE) == 0;

    nf_change_dispose(&change);
    if (!same)
        return nf_client_local(status, &problem, err);
    if (!entry)
        entry = nf_client_add(client, packed->id, entity, err);
    if (!entry)
        return NF_NOMEM;
    entry->frozen.kind = kind;
    memcpy(entry->frozen.mid, packed->mid, NF_MID_SIZE);
    entry->old = entry->decided = true;
    entry->state = (uint8_t)state;
    entry->reason =
        length ? nf_arena_strndup(client->texts, reason, length) : NULL;
    return length && !entry->reason ? nf_error_nomem(err) : NF_OK;
}

static bool is_ours(const uint8_t *bytes, size_t size)
{
    return size >= sizeof magic && memcmp(bytes, magic, sizeof magic) == 0;
}

static nf_status adopt_stored(nf_sync_client *client, const nf_pending *pending,
                              nf_error *err)
{
    packed_entry packed;
    const char *reason;
    size_t at = sizeof magic;
    nf_status status = NF_OK;

    if (!is_ours(pending->frozen, pending->frozen_size) ||
        !is_ours(pending->outcome, pending->outcome_size))
        return nf_sync_error("SYNC_LOCAL_STORAGE", err);
    while (status == NF_OK &&
           next_entry(pending->outcome, pending->outcome_size, &at, &packed,
                      &reason))
        status = adopt(client, &packed, (nf_outcome_state)packed.state, reason,
                       packed.reason, err);
    nf_client_sort(client);
    return status;
}

nf_status nf_client_load_pending(nf_sync_client *client, nf_error *err)
{
    nf_pending pending = {0};
    nf_error problem = {0};
    nf_status status =
        nf_device_get_pending(&pending, client->options.device, &problem);

    client->has_pending = status == NF_OK && pending.exists;
    memcpy(client->old_id.bytes, pending.sync_id, 16);
    status = nf_client_local(status, &problem, err);
    if (status == NF_OK && pending.exists)
        status = adopt_stored(client, &pending, err);
    client->old_known = status == NF_OK && pending.frozen_size == sizeof magic;
    nf_pending_dispose(&pending);
    return status;
}

/* ---- outcomes that the server still tells -------------------------------- */

/* The frozen entry with this id: they are in order, and none of them has a
 * reason, so each has the same size. */
static bool find_frozen(const nf_pending *pending, int64_t id,
                        packed_entry *out)
{
    const uint8_t *first = pending->frozen + sizeof magic;
    size_t low = 0, high = (pending->frozen_size - sizeof magic) / sizeof *out;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        memcpy(out, first + middle * sizeof *out, sizeof *out);
        if (out->id == id)
            return true;
        if (out->id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

static nf_status adopt_answer(nf_sync_client *client, const nf_pending *pending,
                              const nf_wire *record, nf_error *err)
{
    packed_entry packed;
    char reason[320];
    nf_status status;

    if (record->kind != NF_WIRE_OUTCOME ||
        !find_frozen(pending, record->id, &packed))
        return NF_OK;
    status = nf_client_reason(
        reason, record,
        nf_database_entity(nf_client_database(client), packed.entity), err);
    return status == NF_OK ? adopt(client, &packed, record->state, reason,
                                   strlen(reason), err)
                           : status;
}

static nf_status adopt_stream(nf_sync_client *client, const nf_pending *pending,
                              nf_error *err)
{
    nf_stream_reader reader;
    nf_wire record;
    bool more = true;
    nf_status status = nf_stream_open(&reader, nf_spool_source, client->result,
                                      nf_spool_size(client->result), err);

    while (status == NF_OK && more) {
        status = nf_stream_next(&reader, &record, &more, err);
        if (status == NF_OK && more)
            status = adopt_answer(client, pending, &record, err);
    }
    nf_stream_close(&reader);
    nf_client_sort(client);
    return status;
}

nf_status nf_client_adopt_result(nf_sync_client *client, nf_error *err)
{
    nf_pending pending = {0};
    nf_error problem = {0};
    nf_status status = nf_client_local(
        nf_device_get_pending(&pending, client->options.device, &problem),
        &problem, err);

    if (status == NF_OK && !is_ours(pending.frozen, pending.frozen_size))
        status = nf_sync_error("SYNC_LOCAL_STORAGE", err);
    else if (status == NF_OK)
        status = adopt_stream(client, &pending, &problem);
    nf_pending_dispose(&pending);
    if (status == NF_NOMEM)
        return nf_error_nomem(err);
    if (status != NF_OK && err && !nf_error_is_set(err))
        nf_sync_error(!strcmp(problem.code, "SYNC_LOCAL_STORAGE")
                          ? "SYNC_LOCAL_STORAGE"
                          : "SYNC_PROTOCOL",
                      err);
    return status;
}
