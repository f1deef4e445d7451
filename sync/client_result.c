/* Receiving the result and believing it only when all of it is right
 * (synchronize W33): everything is checked before the device's database is
 * touched, so that applying can fail only for reasons of the device. */
#include "sync/client.h"

#include <stdio.h>

enum { RESULT_MAX_GIB = 4 };

/* ---- receiving ----------------------------------------------------------- */

static void ask_rest(nf_sync_client *client, const nf_sync_id *id)
{
    char text[NF_SYNC_ID_TEXT];

    nf_hex(text, id->bytes, 16);
    nf_sync_call_begin(&client->call, NF_SYNC_GET, "/sync/v1/syncs/%s/result",
                       text);
    nf_sync_call_rest(&client->call, nf_spool_size(client->result),
                      client->result_tag[0] ? client->result_tag : NULL);
    client->asked = true;
}

/* Whether the bytes go on where those we have end. A reply that starts anew is
 * another result of the same run (A149): what we have of the first is void. */
static nf_status fits_result(nf_sync_client *client, nf_error *err)
{
    const nf_sync_response *response = &client->call.response;
    int64_t have = nf_spool_size(client->result);
    nf_error problem = {0};
    nf_status status = NF_OK;

    if (response->status == 200 && response->offset == 0 && have > 0) {
        status = nf_client_local(nf_spool_clear(client->result, &problem),
                                 &problem, err);
        have = 0;
    }
    if (status != NF_OK)
        return status;
    if (response->offset != have ||
        (response->body.length == 0 && response->total != have) ||
        (response->total >= 0 &&
         response->total < have + (int64_t)response->body.length))
        return nf_sync_error("SYNC_PROTOCOL", err);
    if (response->total > (int64_t)RESULT_MAX_GIB << 30 ||
        have + (int64_t)response->body.length > (int64_t)RESULT_MAX_GIB << 30)
        return nf_sync_error("SYNC_LIMIT", err);
    memcpy(client->result_tag, response->etag, sizeof client->result_tag);
    return NF_OK;
}

nf_status nf_client_read_result(nf_sync_client *client, int timeout_ms,
                                nf_client_state next, const nf_sync_id *id,
                                nf_error *err)
{
    const nf_sync_response *response = &client->call.response;
    int64_t have;
    nf_error problem = {0};
    nf_status status;

    if (!client->asked)
        ask_rest(client, id);
    status = nf_sync_call_step(&client->call, timeout_ms, err);
    if (status != NF_OK)
        return status;
    if (response->status == 410 || response->status == 409 ||
        response->status == 404) { /* it has ended: another commit makes one */
        client->result_tag[0] = '\0';
        status = nf_spool_clear(client->result, err);
        return status != NF_OK
                   ? status
                   : nf_client_rewind(client,
                                      next == NF_CLIENT_CHECK
                                          ? NF_CLIENT_COMMIT
                                          : NF_CLIENT_OLD_COMMIT,
                                      err);
    }
    if (response->status != 206 && response->status != 200)
        return nf_sync_call_refused(&client->call, err);
    status = fits_result(client, err);
    if (status != NF_OK)
        return status;
    status = nf_client_local(nf_spool_write(client->result, response->body.data,
                                            response->body.length, &problem),
                             &problem, err);
    if (status != NF_OK)
        return status;
    have = nf_spool_size(client->result);
    nf_client_progress(client, "data-down", have,
                       response->total > 0 ? response->total : 0);
    client->asked = response->more;
    if (!response->more && have == response->total)
        nf_client_go(client, next);
    return NF_OK;
}

nf_status nf_client_result(nf_sync_client *client, int timeout_ms,
                           nf_error *err)
{
    return nf_client_read_result(client, timeout_ms, NF_CLIENT_CHECK,
                                 &client->id, err);
}

/* ---- checking ------------------------------------------------------------ */

typedef struct checker {
    nf_sync_client *client;
    bool head;
    const nf_entity *section; /* NULL: before the first */
    nf_section_kind kind;
    bool closed; /* its sum was seen */
    int64_t count;
    uint8_t sum[16];
    nf_idmap *seen; /* ids of the section */
    const char *last_section;
} checker;

static nf_status wrong(const char *what, nf_error *err)
{
    (void)what;
    return nf_sync_error("SYNC_PROTOCOL", err);
}

static nf_status check_outcome(checker *check, const nf_wire *record,
                               nf_error *err)
{
    nf_client_entry *entry = nf_client_find(check->client, record->id);

    if (!entry || entry->frozen.kind == NF_CHANGE_NONE || entry->old ||
        entry->decided || check->section)
        return wrong("an outcome of nothing that was sent", err);
    entry->decided = true;
    entry->state = record->state;
    if (record->has_hash) { /* what was sent is what the server has */
        if (entry->frozen.kind == NF_CHANGE_DELETED ||
            (record->state != NF_OUTCOME_CREATED &&
             record->state != NF_OUTCOME_UPDATED))
            return wrong("an outcome has a hash that says nothing", err);
        entry->same = entry->answered = true;
        memcpy(entry->hash, record->hash, sizeof entry->hash);
    }
    if (!nf_client_refuse(check->client, entry, record->code, record->text))
        return nf_error_nomem(err);
    return NF_OK;
}

/* An id that the device knows keeps its entity. */
static nf_status check_identity(checker *check, const nf_wire *record,
                                const nf_entity *entity, nf_error *err)
{
    const nf_entity *known = NULL;
    nf_client_entry *entry = nf_client_find(check->client, record->id);
    nf_error problem = {0};
    nf_status status = nf_database_entity_of(nf_client_database(check->client),
                                             record->id, &known, &problem);

    if (status != NF_OK)
        return nf_client_local(status, &problem, err);
    if ((known && known != entity) || (entry && entry->entity != entity))
        return wrong("an object changed its entity", err);
    return NF_OK;
}

static nf_status check_members(const nf_wire *record, const nf_entity *entity,
                               nf_error *err)
{
    nf_value *values = nf_alloc_array(entity->member_count + 1, sizeof *values);
    uint64_t *bits = nf_member_set_new(entity);
    nf_error problem = {0};
    nf_status status = NF_OK;

    if (!values || !bits)
        status = nf_error_nomem(err);
    if (status == NF_OK)
        status =
            nf_members_read(values, bits, entity, &record->members, &problem);
    if (status == NF_OK)
        status = nf_names_read(bits, entity, &record->read_only, &problem);
    if (status == NF_OK)
        status = nf_names_read(bits, entity, &record->inaccessible, &problem);
    nf_members_free(values, entity->member_count);
    nf_free(bits);
    if (status == NF_FAILED)
        return wrong(problem.message, err);
    return status;
}

/* Notes contents that have to be fetched (S102). */
static nf_status check_file(checker *check, const nf_wire *record,
                            const nf_entity *entity, nf_error *err)
{
    nf_sync_client *client = check->client;
    nf_error problem = {0};
    nf_client_file *file;
    bool there = false;
    nf_status status;

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

static nf_status check_place(checker *check, const nf_wire *record,
                             const nf_entity *entity, nf_error *err)
{
    nf_client_entry *entry = nf_client_find(check->client, record->id);

    if (check->section) {
        if (check->section != entity || check->closed ||
            (check->kind != NF_SECTION_SNAPSHOT &&
             check->kind != NF_SECTION_DELTA))
            return wrong("an object in a foreign section", err);
        if (nf_idmap_get(check->seen, record->id))
            return wrong("an object occurs twice", err);
        if (!nf_idmap_set(check->seen, record->id, check))
            return nf_error_nomem(err);
        check->count++;
        for (size_t i = 0; i < 16; i++)
            check->sum[i] ^= record->hash[i];
        return NF_OK;
    }
    if (!entry || entry->answered) /* A154 */
        return wrong("an object that was not asked for", err);
    entry->answered = true;
    return NF_OK;
}

static nf_status check_object(checker *check, const nf_wire *record,
                              nf_error *err)
{
    nf_sync_client *client = check->client;
    const nf_entity *entity =
        nf_model_find_entity(client->options.model, record->entity);
    nf_status status;

    if (!entity || entity->kind != NF_ENTITY_PERSISTABLE ||
        !nf_database_table(nf_client_database(client), entity))
        return wrong("an object of an unknown entity", err);
    status = check_place(check, record, entity, err);
    if (status == NF_OK)
        status = check_identity(check, record, entity, err);
    if (status == NF_OK)
        status = check_members(record, entity, err);
    if (status == NF_OK)
        status = check_file(check, record, entity, err);
    return status;
}

static nf_status check_gone(checker *check, const nf_wire *record,
                            nf_error *err)
{
    nf_client_entry *entry = nf_client_find(check->client, record->id);

    if (!entry || entry->answered || check->section)
        return wrong("an object that was not asked for is gone", err);
    entry->answered = true;
    return NF_OK;
}

static bool open_section(const checker *check)
{
    return check->section && !check->closed &&
           (check->kind == NF_SECTION_SNAPSHOT ||
            check->kind == NF_SECTION_DELTA);
}

static nf_status check_section(checker *check, const nf_wire *record,
                               nf_error *err)
{
    nf_sync_client *client = check->client;
    const nf_entity *entity =
        nf_model_find_entity(client->options.model, record->entity);
    nf_sync_mode mode;

    if (client->kind != NF_SYNC_RUN_ALL || !entity || open_section(check) ||
        !nf_database_table(nf_client_database(client), entity) ||
        (check->section &&
         strcmp(check->section->qualified, entity->qualified) >= 0))
        return wrong("a section that was not asked for", err);
    mode = nf_client_mode(client, entity);
    /* The device's own model decides what may be replaced or cleared; to keep
     * what is there is always allowed (S111, A154). */
    if ((record->section <= NF_SECTION_DELTA && mode != NF_SYNC_ALL &&
         mode != NF_SYNC_CONSTRAINED) ||
        (record->section == NF_SECTION_CLEAR && mode != NF_SYNC_NONE))
        return wrong("a section against the device's model", err);
    check->section = entity;
    check->kind = record->section;
    check->closed = false;
    check->count = 0;
    memset(check->sum, 0, sizeof check->sum);
    nf_idmap_free(check->seen);
    check->seen = nf_idmap_new();
    return check->seen ? NF_OK : nf_error_nomem(err);
}

static nf_status check_sum(checker *check, const nf_wire *record, nf_error *err)
{
    if (!open_section(check) ||
        strcmp(check->section->qualified, record->entity) != 0)
        return wrong("a sum of no section", err);
    if (check->kind == NF_SECTION_SNAPSHOT &&
        (record->count != check->count || !record->has_hash ||
         memcmp(record->hash, check->sum, 16) != 0))
        return wrong("the sum of a section is wrong", err);
    check->closed = true;
    return NF_OK;
}

static nf_status check_record(checker *check, const nf_wire *record,
                              nf_error *err)
{
    if (check->head != (record->kind != NF_WIRE_HEAD))
        return wrong("the head is missing or occurs twice", err);
    switch (record->kind) {
    case NF_WIRE_HEAD:
        check->head = true;
        if (record->version != NF_SYNC_VERSION ||
            memcmp(&record->sync, &check->client->id, sizeof record->sync))
            return wrong("the result of another synchronization", err);
        return NF_OK;
    case NF_WIRE_OUTCOME:
        return check_outcome(check, record, err);
    case NF_WIRE_OBJECT:
        return check_object(check, record, err);
    case NF_WIRE_GONE:
        return check_gone(check, record, err);
    case NF_WIRE_ENTITY:
        return check_section(check, record, err);
    case NF_WIRE_REMOVE:
        if (!open_section(check) || check->kind != NF_SECTION_DELTA)
            return wrong("a removal outside a section", err);
        return NF_OK;
    case NF_WIRE_SUM:
        return check_sum(check, record, err);
    case NF_WIRE_OPTIONAL:
        return NF_OK;
    default:
        return wrong("a record does not belong in a result", err);
    }
}

static nf_status check_answers(const checker *check, nf_error *err)
{
    const nf_sync_client *client = check->client;

    if (!check->head || open_section(check))
        return wrong("the result is incomplete", err);
    for (size_t i = 0; i < client->entry_count; i++) {
        const nf_client_entry *entry = &client->entries[i];
        bool upload = entry->frozen.kind != NF_CHANGE_NONE;
        bool refresh = entry->frozen.kind == NF_CHANGE_NONE;
        if (upload && !entry->decided)
            return wrong("an outcome is missing", err);
        if (refresh && !entry->answered)
            return wrong("a refreshed object is missing", err);
        if (upload && client->kind != NF_SYNC_RUN_ALL && !entry->answered &&
            entry->frozen.kind != NF_CHANGE_DELETED)
            return wrong("an uploaded object is missing", err);
    }
    return NF_OK;
}

nf_status nf_client_check(nf_sync_client *client, int timeout_ms, nf_error *err)
{
    checker check = {.client = client};
    nf_stream_reader reader;
    nf_wire record;
    bool more = true;
    nf_status status = nf_stream_open(&reader, nf_spool_source, client->result,
                                      nf_spool_size(client->result), err);

    (void)timeout_ms;
    nf_client_drop_files(client);
    while (status == NF_OK && more) {
        nf_error problem = {0};
        status = nf_stream_next(&reader, &record, &more, &problem);
        if (status != NF_OK)
            status = status == NF_NOMEM ? nf_error_nomem(err)
                                        : nf_sync_error("SYNC_PROTOCOL", err);
        else if (more)
            status = check_record(&check, &record, err);
    }
    if (status == NF_OK)
        status = check_answers(&check, err);
    nf_stream_close(&reader);
    nf_idmap_free(check.seen);
    if (status != NF_OK)
        return status;
    /* S36: from here on a crash must not upload again. */
    if (client->has_pending && client->file_count > 0)
        status = nf_client_save_pending(client, err);
    nf_client_go(client, client->file_count > 0 ? NF_CLIENT_FILE_FETCH
                                                : NF_CLIENT_APPLY);
    return status;
}

/* ---- contents of files (S102, S103) -------------------------------------- */

static void ask_file(nf_sync_client *client)
{
    const nf_client_file *file = &client->files[client->file_at];

    nf_sync_call_begin(&client->call, NF_SYNC_GET, "/sync/v1/files/%lld/%s",
                       (long long)file->id, file->version);
    nf_sync_call_try_twice(&client->call);
    nf_sync_call_window(&client->call, nf_spool_size(client->file_spool),
                        NF_SYNC_CHUNK);
    client->asked = true;
}

static nf_status next_file(nf_sync_client *client, nf_error *err)
{
    nf_status status = nf_spool_clear(client->file_spool, err);

    client->file_at++;
    nf_client_progress(client, "files-down", (int64_t)client->file_at,
                       (int64_t)client->file_count);
    nf_client_go(client, client->file_at < client->file_count
                             ? NF_CLIENT_FILE_FETCH
                             : NF_CLIENT_APPLY);
    return status;
}

/* Contents that can't be had leave the object out of this device until they
 * can (S103). */
static nf_status skip_file(nf_sync_client *client, nf_error *err)
{
    const nf_client_file *file = &client->files[client->file_at];

    if (!nf_idmap_set(client->skipped, file->id, client) ||
        !nf_client_item(client, &client->left_out, file->entity, file->id,
                        "the contents of the file are not on the server", 0))
        return nf_error_nomem(err);
    return next_file(client, err);
}

static nf_status store_file(nf_sync_client *client, nf_error *err)
{
    nf_client_file *file = &client->files[client->file_at];
    size_t size = (size_t)nf_spool_size(client->file_spool);
    uint8_t hash[NF_CONTENT_HASH_SIZE];
    char *bytes = nf_alloc(size + 1);
    nf_error problem = {0};
    bool right;
    nf_status status;

    if (!bytes)
        return nf_error_nomem(err);
    status = nf_spool_read(client->file_spool, 0, bytes, &size, &problem);
    right = status == NF_OK && (int64_t)size == file->size &&
            nf_sha256(hash, bytes, size) &&
            !memcmp(hash, file->sha, sizeof hash);
    if (right)
        status = nf_database_put_bytes(nf_client_database(client), bytes, size,
                                       hash, &problem);
    nf_free(bytes);
    if (status != NF_OK)
        return nf_client_local(status, &problem, err);
    if (right) {
        client->outcome.files_received++;
        return next_file(client, err);
    }
    if (file->again)
        return skip_file(client, err);
    file->again = true;
    client->asked = false;
    return nf_spool_clear(client->file_spool, err);
}

nf_status nf_client_file_fetch(nf_sync_client *client, int timeout_ms,
                               nf_error *err)
{
    const nf_client_file *file = &client->files[client->file_at];
    const nf_sync_response *response = &client->call.response;
    nf_error problem = {0};
    nf_status status;

    if (!client->asked)
        ask_file(client);
    status = nf_sync_call_step(&client->call, timeout_ms, &problem);
    if (status == NF_PENDING)
        return NF_PENDING;
    if (status == NF_NOMEM)
        return nf_error_nomem(err);
    if (status != NF_OK && strcmp(problem.code, "SYNC_NETWORK") != 0)
        return skip_file(client, err);
    if (status != NF_OK)
        return nf_error_set(err, NF_FAILED, "SYNC_FILE_DOWNLOAD",
                            "Downloading the file of %s (%lld) failed "
                            "(SYNC_FILE_DOWNLOAD)",
                            file->entity->qualified, (long long)file->id);
    client->asked = false;
    if ((response->status != 206 && response->status != 200) ||
        response->total != file->size)
        return skip_file(client, err);
    status =
        nf_client_local(nf_spool_write(client->file_spool, response->body.data,
                                       response->body.length, &problem),
                        &problem, err);
    if (status != NF_OK)
        return status;
    if (nf_spool_size(client->file_spool) >= file->size ||
        response->body.length == 0)
        return store_file(client, err);
    return NF_OK;
}
