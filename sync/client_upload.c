/* The upload: contents of files first, then one body that is written once and
 * sent in chunks (synchronize S33 … S35, W26, W29, W31). */
#include "sync/client.h"

#include <stdio.h>

/* ---- the body ------------------------------------------------------------ */

/* Which members of an object travel (S35). */
static bool travels(const nf_entity *entity, const nf_member *member,
                    const nf_change *change, const nf_server_copy *copy)
{
    if (nf_member_is_managed(member))
        return false;
    if (member->attribute && member->attribute->type == NF_ATTRIBUTE_BINARY &&
        entity->is_file)
        return false; /* contents go their own way (S99) */
    if (member->association && member->child_end &&
        nf_entity_end(entity, member->association, false))
        return false; /* same name as the parent's end */
    if (change->kind == NF_CHANGE_NEW)
        return true;
    return !nf_bits_has(copy->inaccessible, member->index) &&
           !nf_bits_has(copy->readonly, member->index);
}

static bool any_changed(const nf_change *change)
{
    for (size_t i = 0;
         change->changed && i < nf_bits_words(change->entity->member_count);
         i++) {
        if (change->changed[i])
            return true;
    }
    return false;
}

static bool append_members(bson_t *record, const nf_record *row,
                           const nf_change *change, const nf_server_copy *copy,
                           bool with_members)
{
    bson_t members;
    bool ok = bson_append_document_begin(record, "m", 1, &members);

    for (size_t i = 0; ok && with_members && i < row->entity->member_count;
         i++) {
        const nf_member *member = &row->entity->members[i];
        if (travels(row->entity, member, change, copy))
            ok = nf_member_write(&members, member, &row->members[i]);
    }
    return ok && bson_append_document_end(record, &members);
}

/* Contents that the server does not have yet (S101). */
static nf_status append_file(nf_sync_client *client, bson_t *record,
                             const nf_record *row, nf_error *err)
{
    nf_database *db = nf_client_database(client);
    nf_content content = {0};
    nf_client_file *file;
    bson_t part;
    size_t size = 0;
    nf_status status;

    if (!row->entity->is_file)
        return NF_OK;
    status = nf_database_get_content(db, row->id, &content, err);
    if (status != NF_OK || !content.has_hash ||
        content.state != NF_CONTENT_UNSENT)
        return status;
    file = nf_client_add_file(client, err);
    if (!file)
        return NF_NOMEM;
    file->entity = row->entity;
    file->id = row->id;
    memcpy(file->sha, content.hash, NF_SHA256_SIZE);
    status = nf_database_get_bytes(db, content.hash, &file->bytes, &size, err);
    if (status != NF_OK)
        return status;
    if (!file->bytes) { /* lost on this device: the metadata still go */
        client->file_count--;
        return NF_OK;
    }
    file->size = (int64_t)size;
    BSON_APPEND_DOCUMENT_BEGIN(record, "f", &part);
    BSON_APPEND_BINARY(&part, "sha256", BSON_SUBTYPE_BINARY, content.hash,
                       NF_SHA256_SIZE);
    BSON_APPEND_INT64(&part, "size", file->size);
    return bson_append_document_end(record, &part) ? NF_OK
                                                   : nf_error_nomem(err);
}

static nf_status fill_object(nf_sync_client *client, bson_t *record,
                             const nf_client_entry *entry, nf_error *err)
{
    nf_device *device = client->options.device;
    nf_change change = {0};
    nf_server_copy copy = {0};
    nf_record row = {0};
    bool with_members, fits = true;
    nf_status status = nf_device_change(&change, device, entry->frozen.id, err);

    if (status == NF_OK)
        status = nf_device_server_copy(&copy, device, entry->entity,
                                       entry->frozen.id, err);
    if (status == NF_OK)
        status = nf_record_read(&row, nf_client_database(client), entry->entity,
                                entry->frozen.id, err);
    if (status == NF_OK && (!row.entity || change.kind == NF_CHANGE_NONE))
        status = nf_error_set(err, NF_FAILED, "db_error",
                              "a changed object has no row");
    if (status == NF_OK) {
        /* A commit without changes carries no members (S35). */
        with_members = change.kind == NF_CHANGE_NEW || any_changed(&change);
        fits = append_members(record, &row, &change, &copy, with_members);
        if (fits && change.kind == NF_CHANGE_CHANGED && change.changed)
            fits = nf_names_write(record, "c", row.entity, change.changed);
        if (fits && copy.hash_size == 16)
            BSON_APPEND_BINARY(record, "h", BSON_SUBTYPE_BINARY, copy.hash, 16);
        status = fits ? append_file(client, record, &row, err)
                      : nf_sync_error("SYNC_LIMIT", err);
    }
    nf_change_dispose(&change);
    nf_record_dispose(&row);
    return status;
}

static nf_status put_entry(nf_sync_client *client, nf_stream_writer *writer,
                           nf_client_entry *entry, nf_error *err)
{
    static const char *const kinds[] = {"ref", "new", "chg", "del"};
    nf_change_kind kind = entry->old ? NF_CHANGE_NONE : entry->frozen.kind;
    bson_t record = BSON_INITIALIZER;
    nf_status status = NF_OK;

    BSON_APPEND_UTF8(&record, "k", kinds[kind]);
    BSON_APPEND_UTF8(&record, "t", entry->entity->qualified);
    BSON_APPEND_INT64(&record, "id", entry->frozen.id);
    if (kind != NF_CHANGE_NONE)
        BSON_APPEND_BINARY(&record, "mid", BSON_SUBTYPE_BINARY,
                           entry->frozen.mid, NF_MID_SIZE);
    if (kind == NF_CHANGE_NEW || kind == NF_CHANGE_CHANGED)
        status = fill_object(client, &record, entry, err);
    if (status == NF_OK)
        status = nf_stream_put(writer, &record, err);
    entry->bytes = record.len;
    bson_destroy(&record);
    return status;
}

static nf_status put_head(nf_sync_client *client, nf_stream_writer *writer,
                          nf_error *err)
{
    bson_t record = BSON_INITIALIZER;
    nf_status status;

    BSON_APPEND_UTF8(&record, "k", "head");
    BSON_APPEND_INT32(&record, "v", NF_SYNC_VERSION);
    BSON_APPEND_BINARY(&record, "id", BSON_SUBTYPE_BINARY, client->id.bytes,
                       16);
    BSON_APPEND_UTF8(&record, "mode",
                     client->kind == NF_SYNC_RUN_ALL ? "all" : "selective");
    status = nf_stream_put(writer, &record, err);
    bson_destroy(&record);
    return status;
}

static nf_status write_body(nf_sync_client *client, nf_error *err)
{
    nf_stream_writer writer = {0};
    nf_status status =
        nf_stream_start(&writer, nf_spool_sink, client->body, err);

    if (status == NF_OK)
        status = put_head(client, &writer, err);
    for (size_t i = 0; status == NF_OK && i < client->entry_count; i++) {
        nf_client_entry *entry = &client->entries[i];
        /* An accepted deletion of an earlier run has nothing to ask for. */
        if (entry->old && entry->frozen.kind == NF_CHANGE_DELETED &&
            entry->state != NF_OUTCOME_REJECTED)
            continue;
        status = put_entry(client, &writer, entry, err);
    }
    if (status == NF_OK)
        status = nf_stream_finish(&writer, err);
    nf_stream_dispose(&writer);
    return status;
}

static bool sends_changes(const nf_sync_client *client)
{
    for (size_t i = 0; i < client->entry_count; i++) {
        if (client->entries[i].frozen.kind != NF_CHANGE_NONE)
            return true;
    }
    return false;
}

nf_status nf_client_prepare(nf_sync_client *client, int timeout_ms,
                            nf_error *err)
{
    nf_error problem = {0};
    nf_status status = NF_OK;

    (void)timeout_ms;
    if (!nf_random_bytes(client->options.random, client->id.bytes, 16))
        return nf_error_set(err, NF_FAILED, "SYNC_LOCAL_STORAGE",
                            "the system gives no random numbers");
    status = write_body(client, &problem);
    if (status != NF_OK)
        return nf_client_local(status, &problem, err);
    /* S22: before the first byte is sent. */
    if (sends_changes(client) || client->has_pending)
        status = nf_client_save_pending(client, err);
    nf_client_go(client, client->file_count > 0 ? NF_CLIENT_FILE_STATE
                                                : NF_CLIENT_CREATE);
    return status;
}

/* ---- contents of files (S33) --------------------------------------------- */

static nf_status file_failed(nf_sync_client *client, nf_error *problem,
                             nf_error *err)
{
    const nf_client_file *file = &client->files[client->file_at];

    if (problem->status == NF_NOMEM)
        return nf_error_nomem(err);
    return nf_error_set(err, NF_FAILED, "SYNC_FILE_UPLOAD",
                        "Uploading the file of %s (%lld) failed "
                        "(SYNC_FILE_UPLOAD)",
                        file->entity->qualified, (long long)file->id);
}

static void next_file(nf_sync_client *client)
{
    nf_client_file *file = &client->files[client->file_at++];

    nf_free(file->bytes);
    file->bytes = NULL;
    nf_client_progress(client, "files-up", (int64_t)client->file_at,
                       (int64_t)client->file_count);
    nf_client_go(client, client->file_at < client->file_count
                             ? NF_CLIENT_FILE_STATE
                             : NF_CLIENT_CREATE);
}

static void ask_blob(nf_sync_client *client, nf_sync_method method,
                     int64_t offset)
{
    const nf_client_file *file = &client->files[client->file_at];
    char sha[NF_SHA256_TEXT];
    int64_t left = file->size - offset;

    nf_hex(sha, file->sha, NF_SHA256_SIZE);
    nf_sync_call_begin(&client->call, method, "/sync/v1/blobs/%s", sha);
    if (method == NF_SYNC_PATCH)
        nf_sync_call_bytes(
            &client->call, file->bytes + offset,
            (size_t)(left < NF_SYNC_CHUNK ? left : NF_SYNC_CHUNK), offset,
            file->size);
    client->asked = true;
}

nf_status nf_client_file_state(nf_sync_client *client, int timeout_ms,
                               nf_error *err)
{
    nf_error problem = {0};
    int64_t offset;
    nf_status status;

    if (!client->asked)
        ask_blob(client, NF_SYNC_HEAD, 0);
    status = nf_sync_call_step(&client->call, timeout_ms, &problem);
    if (status == NF_PENDING)
        return NF_PENDING;
    if (status != NF_OK)
        return file_failed(client, &problem, err);
    offset = client->call.response.offset;
    if (nf_sync_call_status(&client->call) == 404)
        offset = 0;
    else if (nf_sync_call_status(&client->call) != 200)
        return nf_sync_call_refused(&client->call, err);
    else if (offset < 0 || offset >= client->files[client->file_at].size) {
        next_file(client); /* there already */
        return NF_OK;
    }
    nf_client_go(client, NF_CLIENT_FILE_SEND);
    ask_blob(client, NF_SYNC_PATCH, offset);
    return NF_OK;
}

nf_status nf_client_file_send(nf_sync_client *client, int timeout_ms,
                              nf_error *err)
{
    const nf_client_file *file = &client->files[client->file_at];
    nf_error problem = {0};
    int64_t offset;
    nf_status status = nf_sync_call_step(&client->call, timeout_ms, &problem);

    if (status == NF_PENDING)
        return NF_PENDING;
    if (status != NF_OK)
        return file_failed(client, &problem, err);
    status = NF_OK;
    offset = client->call.response.offset;
    if (nf_sync_call_status(&client->call) == 409) {
        nf_client_go(client, NF_CLIENT_FILE_STATE); /* ask where we are */
        return NF_OK;
    }
    if (nf_sync_call_status(&client->call) != 204)
        return nf_sync_call_refused(&client->call, err);
    if (offset >= file->size) {
        client->outcome.files_sent++;
        next_file(client);
    } else {
        ask_blob(client, NF_SYNC_PATCH, offset);
    }
    return status;
}

/* ---- data (S34) ---------------------------------------------------------- */

static void ask_sync(nf_sync_client *client, nf_sync_method method,
                     const char *rest)
{
    char id[NF_SYNC_ID_TEXT];

    nf_hex(id, client->id.bytes, 16);
    nf_sync_call_begin(&client->call, method, "/sync/v1/syncs/%s%s", id, rest);
    client->asked = true;
}

static nf_status ask_create(nf_sync_client *client, nf_error *err)
{
    bson_t *body = &client->call.body;
    uint8_t sha[NF_SHA256_SIZE];
    nf_error problem = {0};
    nf_status status = nf_spool_digest(client->body, sha, err);

    if (status != NF_OK)
        return status;
    nf_sync_call_begin(&client->call, NF_SYNC_POST, "/sync/v1/syncs");
    if (client->kind == NF_SYNC_RUN_ALL)
        status = nf_client_local(nf_client_append_views(client, body, &problem),
                                 &problem, err);
    if (status != NF_OK)
        return status;
    BSON_APPEND_BINARY(body, "id", BSON_SUBTYPE_BINARY, client->id.bytes, 16);
    BSON_APPEND_UTF8(body, "mode",
                     client->kind == NF_SYNC_RUN_ALL ? "all" : "selective");
    BSON_APPEND_INT64(body, "len", nf_spool_size(client->body));
    BSON_APPEND_BINARY(body, "sha", BSON_SUBTYPE_BINARY, sha, sizeof sha);
    BSON_APPEND_UTF8(body, "enc", "identity");
    client->asked = true;
    return NF_OK;
}

static nf_status ask_body(nf_sync_client *client, int64_t offset, nf_error *err)
{
    size_t size = NF_SYNC_CHUNK;
    nf_status status;

    nf_free(client->chunk);
    client->chunk = nf_alloc(size);
    if (!client->chunk)
        return nf_error_nomem(err);
    status = nf_spool_read(client->body, offset, client->chunk, &size, err);
    if (status != NF_OK)
        return status;
    ask_sync(client, NF_SYNC_PATCH, "/body");
    nf_sync_call_bytes(&client->call, client->chunk, size, offset,
                       nf_spool_size(client->body));
    return NF_OK;
}

nf_status nf_client_create(nf_sync_client *client, int timeout_ms,
                           nf_error *err)
{
    bson_t reply;
    nf_status status = client->asked ? NF_OK : ask_create(client, err);

    if (status == NF_OK)
        status = nf_sync_call_step(&client->call, timeout_ms, err);
    if (status != NF_OK)
        return status;
    if (nf_sync_call_status(&client->call) == 409)
        return nf_client_busy(client, err);
    if (nf_sync_call_status(&client->call) != 201 &&
        nf_sync_call_status(&client->call) != 200)
        return nf_sync_call_refused(&client->call, err);
    status = nf_sync_call_reply(&client->call, &reply, err);
    if (status != NF_OK)
        return status;
    if (strcmp(nf_document_text(&reply, "state", ""), "open") != 0) {
        nf_client_go(client, NF_CLIENT_COMMIT);
        return NF_OK;
    }
    nf_client_go(client, NF_CLIENT_BODY);
    return ask_body(client, nf_document_int(&reply, "offset", 0), err);
}

nf_status nf_client_body(nf_sync_client *client, int timeout_ms, nf_error *err)
{
    int64_t offset, size = nf_spool_size(client->body);
    int code;
    nf_status status = nf_sync_call_step(&client->call, timeout_ms, err);

    if (status != NF_OK)
        return status;
    code = nf_sync_call_status(&client->call);
    offset = client->call.response.offset;
    if ((code != 204 && code != 409) || offset < 0 || offset > size)
        return nf_sync_call_refused(&client->call, err);
    nf_client_progress(client, "data-up", offset, size);
    if (offset < size) /* the server's offset is the truth (W40) */
        return ask_body(client, offset, err);
    nf_client_go(client, NF_CLIENT_COMMIT);
    return NF_OK;
}

nf_status nf_client_commit(nf_sync_client *client, int timeout_ms,
                           nf_error *err)
{
    nf_status status;
    int code;

    if (!client->asked)
        ask_sync(client, NF_SYNC_POST, "/commit");
    nf_client_progress(client, "applying", 0, 0);
    status = nf_sync_call_step(&client->call, timeout_ms, err);
    if (status != NF_OK)
        return status;
    code = nf_sync_call_status(&client->call);
    if (code == 202) { /* still applying: asking is not a retry (S146) */
        client->call.wait_until =
            client->call.clock.now(client->call.clock.user) + 200;
        return NF_PENDING;
    }
    if (code != 200)
        return nf_sync_call_refused(&client->call, err);
    nf_client_go(client, NF_CLIENT_RESULT);
    return NF_OK;
}
