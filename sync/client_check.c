/* Believing a result only where all of it is right (synchronize W33): each
 * record is checked before anything is done with it, the whole at its end. So
 * what is applied can fail only for reasons of the device. */
#include "sync/client.h"

#include <stdio.h>

enum { PAGE = 256 };

struct nf_checker {
    nf_sync_client *client;
    bool fresh; /* the device has nothing yet: nothing to compare with */
    bool head;
    const nf_entity *section; /* NULL: before the first */
    nf_section_kind kind;
    bool closed; /* its sum was seen */
    int64_t last_id;
    /* The server copies that the device will hold, and what they combine to. */
    int64_t count;
    uint8_t sum[16];
    nf_incoming object;
    nf_copies copies; /* snapshot: those it holds now */
};

static nf_status wrong(const char *what, nf_error *err)
{
    (void)what; /* for whoever looks with a debugger: users get one text */
    return nf_sync_error("SYNC_PROTOCOL", err);
}

nf_checker *nf_checker_new(nf_sync_client *client, bool fresh)
{
    nf_checker *check = nf_alloc(sizeof *check);

    if (check) {
        check->client = client;
        check->fresh = fresh;
    }
    return check;
}

void nf_checker_free(nf_checker *check)
{
    if (!check)
        return;
    nf_incoming_dispose(&check->object);
    nf_free(check);
}

/* ---- outcomes ------------------------------------------------------------ */

static nf_status check_outcome(nf_checker *check, const nf_wire *record,
                               nf_error *err)
{
    nf_client_entry *entry = nf_client_find(check->client, record->id);
    bool stored = record->state == NF_OUTCOME_CREATED ||
                  record->state == NF_OUTCOME_UPDATED;

    if (!entry || entry->frozen.kind == NF_CHANGE_NONE || entry->old ||
        entry->decided || check->section)
        return wrong("an outcome of nothing that was sent", err);
    if (record->has_hash &&
        (entry->frozen.kind == NF_CHANGE_DELETED || !stored))
        return wrong("an outcome has a hash that says nothing", err);
    entry->decided = true;
    entry->state = record->state;
    if (record->has_hash) { /* what was sent is what the server has */
        entry->same = entry->answered = true;
        memcpy(entry->hash, record->hash, sizeof entry->hash);
    }
    return nf_client_explain(check->client, entry, record, err);
}

/* ---- sums ---------------------------------------------------------------- */

static void mix(nf_checker *check, const uint8_t hash[16], int64_t by)
{
    check->count += by;
    for (size_t i = 0; i < 16; i++)
        check->sum[i] ^= hash[i];
}

/* Takes the copy out of the sum that the device has of an object: the one it
 * was told about in this result, or the stored one. */
static nf_status unmix(nf_checker *check, int64_t id, nf_error *err)
{
    const nf_client_entry *entry = nf_client_find(check->client, id);
    nf_server_copy copy = {0};
    nf_error problem;
    nf_status status;

    nf_error_clear(&problem);
    if (entry && entry->same) {
        mix(check, entry->hash, -1);
        return NF_OK;
    }
    status = nf_device_server_copy(&copy, check->client->options.device,
                                   check->section, id, &problem);
    if (status == NF_OK && copy.hash_size == 16)
        mix(check, copy.hash, -1);
    return nf_client_local(status, &problem, err);
}

/* A delta starts from what the device has, with the copies that the outcomes
 * gave it. */
static nf_status sum_before(nf_checker *check, nf_error *err)
{
    nf_sync_client *client = check->client;
    nf_error problem = {0};
    nf_status status = nf_client_local(
        nf_device_copy_sum(client->options.device, check->section,
                           &check->count, check->sum, &problem),
        &problem, err);

    for (size_t i = 0; status == NF_OK && i < client->entry_count; i++) {
        nf_client_entry *entry = &client->entries[i];
        if (entry->entity != check->section || !entry->same)
            continue;
        entry->same = false;
        status = unmix(check, entry->frozen.id, err);
        entry->same = true;
        mix(check, entry->hash, 1);
    }
    return status;
}

/* ---- objects ------------------------------------------------------------- */

/* An id that the device knows keeps its entity. A fresh device finds out when
 * it stores. */
static nf_status check_identity(nf_checker *check, int64_t id,
                                const nf_entity *entity, nf_error *err)
{
    nf_client_entry *entry = nf_client_find(check->client, id);
    const nf_entity *known = NULL;
    nf_error problem;
    nf_status status;

    nf_error_clear(&problem);
    if (entry && entry->entity != entity)
        return wrong("an object changed its entity", err);
    if (check->fresh)
        return NF_OK;
    status =
        nf_client_local(nf_device_known_entity(check->client->options.device,
                                               id, &known, &problem),
                        &problem, err);
    return status == NF_OK && known && known != entity
               ? wrong("an object changed its entity", err)
               : status;
}

/* Notes contents that have to be fetched (S102). */
static nf_status check_file(nf_checker *check, const nf_wire *record,
                            const nf_entity *entity, nf_error *err)
{
    nf_sync_client *client = check->client;
    nf_error problem;
    nf_client_file *file;
    bool there = false;
    nf_status status;

    nf_error_clear(&problem);
    if (!record->has_file)
        return NF_OK;
    if (!entity->is_file || strlen(record->file.version) > 64)
        return wrong("contents of an object that is no file", err);
    status = nf_client_local(nf_database_has_bytes(nf_client_database(client),
                                                   record->file.sha256, &there,
                                                   &problem),
                             &problem, err);
    if (status != NF_OK || there)
        return status;
    file = nf_client_add_file(client, err);
    if (!file)
        return NF_NOMEM;
    file->entity = entity;
    file->id = record->id;
    file->size = record->file.size;
    memcpy(file->sha, record->file.sha256, NF_SHA256_SIZE);
    snprintf(file->version, sizeof file->version, "%s", record->file.version);
    return NF_OK;
}

/* Ids of a section ascend, so each occurs once. */
static nf_status check_order(nf_checker *check, int64_t id, nf_error *err)
{
    if (id <= check->last_id)
        return wrong("an object is out of order or occurs twice", err);
    check->last_id = id;
    return NF_OK;
}

static bool is_open(const nf_checker *check)
{
    return check->section && !check->closed &&
           (check->kind == NF_SECTION_SNAPSHOT ||
            check->kind == NF_SECTION_DELTA);
}

static nf_status check_in_section(nf_checker *check, const nf_wire *record,
                                  const nf_entity *entity, nf_error *err)
{
    const nf_copy_item *held = NULL;
    nf_error problem;
    nf_status status;

    nf_error_clear(&problem);
    if (check->section != entity || !is_open(check))
        return wrong("an object in a foreign section", err);
    status = check_order(check, record->id, err);
    if (status == NF_OK && check->kind == NF_SECTION_DELTA) {
        status = unmix(check, record->id, err);
    } else if (status == NF_OK && !check->fresh) {
        status = nf_client_local(
            nf_copies_find(&check->copies, record->id, &held, &problem),
            &problem, err);
    }
    if (status != NF_OK)
        return status;
    mix(check, record->hash, 1);
    return held ? NF_OK : check_identity(check, record->id, entity, err);
}

static nf_status check_single(nf_checker *check, const nf_wire *record,
                              const nf_entity *entity, nf_error *err)
{
    nf_client_entry *entry = nf_client_find(check->client, record->id);

    if (!entry || entry->answered) /* A154 */
        return wrong("an object that was not asked for", err);
    entry->answered = true;
    return check_identity(check, record->id, entity, err);
}

static nf_status check_object(nf_checker *check, const nf_wire *record,
                              nf_error *err)
{
    nf_sync_client *client = check->client;
    const nf_entity *entity = check->object.entity;
    nf_error problem;
    nf_status status;

    nf_error_clear(&problem);
    if (!entity || strcmp(entity->qualified, record->entity) != 0)
        entity = nf_model_find_entity(client->options.model, record->entity);
    if (!entity || entity->kind != NF_ENTITY_PERSISTABLE ||
        !nf_database_table(nf_client_database(client), entity))
        return wrong("an object of an unknown entity", err);
    status = check->section ? check_in_section(check, record, entity, err)
                            : check_single(check, record, entity, err);
    if (status != NF_OK)
        return status;
    status = nf_incoming_read(&check->object, entity, record, &problem);
    if (status == NF_FAILED)
        return wrong(problem.message, err);
    if (status != NF_OK)
        return nf_error_nomem(err);
    return check_file(check, record, entity, err);
}

static nf_status check_gone(nf_checker *check, const nf_wire *record,
                            nf_error *err)
{
    nf_client_entry *entry = nf_client_find(check->client, record->id);

    if (!entry || entry->answered || check->section)
        return wrong("an object that was not asked for is gone", err);
    entry->answered = true;
    return NF_OK;
}

static nf_status check_removal(nf_checker *check, const nf_wire *record,
                               nf_error *err)
{
    nf_status status;

    if (!is_open(check) || check->kind != NF_SECTION_DELTA)
        return wrong("a removal outside of a difference", err);
    status = check_order(check, record->id, err);
    if (status == NF_OK)
        status = check_identity(check, record->id, check->section, err);
    return status == NF_OK ? unmix(check, record->id, err) : status;
}

/* ---- sections ------------------------------------------------------------ */

static nf_status check_section(nf_checker *check, const nf_wire *record,
                               nf_error *err)
{
    nf_sync_client *client = check->client;
    const nf_entity *entity =
        nf_model_find_entity(client->options.model, record->entity);
    nf_sync_mode mode;

    if (client->kind != NF_SYNC_RUN_ALL || !entity || is_open(check) ||
        !nf_client_downloads(client, entity) ||
        (check->section &&
         strcmp(check->section->qualified, entity->qualified) >= 0))
        return wrong("a section that was not asked for", err);
    mode = nf_client_mode(client, entity);
    /* The device's own model decides what may be replaced or cleared; to keep
     * what is there is always allowed (S111, A154). */
    if ((record->section <= NF_SECTION_DELTA && mode != NF_SYNC_ALL &&
         mode != NF_SYNC_CONSTRAINED) ||
        (record->section == NF_SECTION_CLEAR && mode != NF_SYNC_NONE) ||
        (record->section == NF_SECTION_DELTA && check->fresh))
        return wrong("a section against the device's model", err);
    check->section = entity;
    check->kind = record->section;
    check->closed = false;
    check->last_id = check->count = 0;
    memset(check->sum, 0, sizeof check->sum);
    nf_copies_start(&check->copies, client->options.device, entity);
    return check->kind == NF_SECTION_DELTA ? sum_before(check, err) : NF_OK;
}

/* Where a difference does not lead to what the server says, the device and the
 * server disagree about what it had: the view goes, and the next
 * synchronization brings the whole (design §10.6). */
static nf_status forget_view(nf_checker *check, nf_error *err)
{
    nf_error problem = {0};
    nf_status status = nf_device_set_view(check->client->options.device,
                                          check->section, NULL, 0, &problem);

    check->client->disagreed = true;
    return status == NF_OK ? wrong("the sum of a difference is wrong", err)
                           : nf_client_local(status, &problem, err);
}

static nf_status check_sum(nf_checker *check, const nf_wire *record,
                           nf_error *err)
{
    if (!is_open(check) ||
        strcmp(check->section->qualified, record->entity) != 0 ||
        !record->has_hash)
        return wrong("a sum of no section", err);
    check->closed = true;
    if (record->count == check->count &&
        !memcmp(record->hash, check->sum, sizeof check->sum))
        return NF_OK;
    return check->kind == NF_SECTION_DELTA
               ? forget_view(check, err)
               : wrong("the sum of a section is wrong", err);
}

/* ---- the whole ----------------------------------------------------------- */

static nf_status check_head(nf_checker *check, const nf_wire *record,
                            nf_error *err)
{
    const nf_sync_client *client = check->client;
    const char *mode = client->kind == NF_SYNC_RUN_ALL ? "all" : "selective";

    check->head = true;
    if (record->version != NF_SYNC_VERSION ||
        memcmp(&record->sync, &client->id, sizeof record->sync) != 0 ||
        strcmp(record->mode, mode) != 0)
        return wrong("the result of another synchronization", err);
    return NF_OK;
}

nf_status nf_checker_record(nf_checker *check, const nf_wire *record,
                            nf_error *err)
{
    if (check->head != (record->kind != NF_WIRE_HEAD))
        return wrong("the head is missing or occurs twice", err);
    switch (record->kind) {
    case NF_WIRE_HEAD:
        return check_head(check, record, err);
    case NF_WIRE_OUTCOME:
        return check_outcome(check, record, err);
    case NF_WIRE_OBJECT:
        return check_object(check, record, err);
    case NF_WIRE_GONE:
        return check_gone(check, record, err);
    case NF_WIRE_ENTITY:
        return check_section(check, record, err);
    case NF_WIRE_REMOVE:
        return check_removal(check, record, err);
    case NF_WIRE_SUM:
        return check_sum(check, record, err);
    case NF_WIRE_OPTIONAL:
        return NF_OK;
    default:
        return wrong("a record does not belong in a result", err);
    }
}

nf_incoming *nf_checker_object(nf_checker *check)
{
    return &check->object;
}

nf_status nf_checker_end(nf_checker *check, nf_error *err)
{
    const nf_sync_client *client = check->client;

    if (!check->head || is_open(check))
        return wrong("the result is incomplete", err);
    for (size_t i = 0; i < client->entry_count; i++) {
        const nf_client_entry *entry = &client->entries[i];
        bool upload = entry->frozen.kind != NF_CHANGE_NONE;
        if (upload && !entry->decided)
            return wrong("an outcome is missing", err);
        if (!upload && !entry->answered)
            return wrong("a refreshed object is missing", err);
        if (upload && client->kind != NF_SYNC_RUN_ALL && !entry->answered &&
            entry->frozen.kind != NF_CHANGE_DELETED)
            return wrong("an uploaded object is missing", err);
    }
    return NF_OK;
}
