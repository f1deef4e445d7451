/* The upload: contents of files first, then one body that is written once and
 * sent in chunks (synchronize S33 … S35, W26, W29, W31). */
#include "sync/client.h"
#include "sync/codec_row.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    REWINDS_MAX = 4, /* of one run */
    POLL_MS = 200    /* while the server applies */
};

/* ---- the body ------------------------------------------------------------ */

/* Which members of an object travel (S35). */
static bool travels(const nf_entity *entity, const nf_member *member,
                    const nf_change *change, const nf_server_copy *copy,
                    bool merge)
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
    if (merge && !nf_bits_has(change->changed, member->index))
        return false; /* S114: the others stay as the server has them */
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

/* *ok false: too long for a record. */
static nf_status append_members(bson_t *record, nf_rows *rows,
                                const nf_row *row, const nf_change *change,
                                const nf_server_copy *copy, bool merge,
                                bool *ok, nf_error *err)
{
    /* A commit without changes carries no members (S35). */
    bool with_members = change->kind == NF_CHANGE_NEW || any_changed(change);
    nf_status status = NF_OK;
    bson_t members;

    *ok = bson_append_document_begin(record, "m", 1, &members);
    if (!*ok)
        return NF_OK;
    for (size_t i = 0; status == NF_OK && *ok && with_members &&
                       i < row->entity->member_count;
         i++) {
        const nf_member *member = &row->entity->members[i];
        if (travels(row->entity, member, change, copy, merge))
            status = nf_row_member_write(&members, rows, member, ok, err);
    }
    *ok = bson_append_document_end(record, &members) && *ok;
    return status;
}

/* Contents that the server does not have yet (S101). */
static nf_status append_file(nf_sync_client *client, bson_t *record,
                             const nf_row *row, nf_error *err)
{
    nf_database *db = nf_client_database(client);
    nf_content content = {0};
    nf_client_file *file;
    int64_t length;
    size_t none = 0;
    bson_t part;
    nf_status status;

    if (!row->entity->is_file)
        return NF_OK;
    status = nf_database_get_content(db, row->id, &content, err);
    if (status != NF_OK || !content.has_hash ||
        content.state != NF_CONTENT_UNSENT)
        return status;
    status =
        nf_database_read_bytes(db, content.hash, 0, NULL, &none, &length, err);
    if (status != NF_OK || length < 0)
        return status; /* lost on this device: the metadata still go */
    file = nf_client_add_file(client, err);
    if (!file)
        return NF_NOMEM;
    file->entity = row->entity;
    file->id = row->id;
    file->size = length;
    memcpy(file->sha, content.hash, NF_SHA256_SIZE);
    BSON_APPEND_DOCUMENT_BEGIN(record, "f", &part);
    BSON_APPEND_BINARY(&part, "sha256", BSON_SUBTYPE_BINARY, content.hash,
                       NF_SHA256_SIZE);
    BSON_APPEND_INT64(&part, "size", file->size);
    return bson_append_document_end(record, &part) ? NF_OK
                                                   : nf_error_nomem(err);
}

/* Until the body is written nothing has been sent, so what is frozen is the
 * change as it is now: with sync.concurrent = rebase it may be a later one
 * than when the run started. */
static void refreeze(nf_client_entry *entry, const nf_change *change)
{
    if (memcmp(entry->frozen.mid, change->mid, NF_MID_SIZE) != 0)
        entry->old = entry->decided = false; /* that outcome is of another */
    entry->frozen.kind = change->kind;
    memcpy(entry->frozen.mid, change->mid, NF_MID_SIZE);
}

/* What is being written: objects of one entity come one after the other, so
 * their rows are looked up by one statement. */
typedef struct uploader {
    nf_sync_client *client;
    nf_sent *changes;
    nf_stream_writer writer;
    const nf_entity *entity; /* of rows; NULL: none open */
    nf_rows *rows;
    bson_t record;
} uploader;

/* The row of an object; borrowed until the next one. */
static nf_status find_row(uploader *u, const nf_client_entry *entry,
                          nf_row *row, nf_error *err)
{
    nf_selection selection = {
        .id = entry->frozen.id, .onward = true, .retrieval.limit = -1};
    nf_status status = NF_OK;
    bool more = false;

    if (u->entity == entry->entity) {
        nf_rows_seek(u->rows, entry->frozen.id);
    } else {
        nf_rows_close(u->rows);
        u->rows = NULL;
        u->entity = NULL;
        selection.retrieval.entity = entry->entity;
        status = nf_rows_open(&u->rows, nf_client_database(u->client),
                              &selection, err);
        if (status == NF_OK)
            u->entity = entry->entity;
    }
    if (status == NF_OK)
        status = nf_rows_next(u->rows, row, &more, err);
    return status == NF_OK && !more
               ? nf_error_set(err, NF_FAILED, "db_error",
                              "a changed object has no row")
               : status;
}

static nf_status fill_object(uploader *u, const nf_client_entry *entry,
                             const nf_change *change,
                             const nf_server_copy *copy, nf_error *err)
{
    nf_sync_client *client = u->client;
    bson_t *record = &u->record;
    bool fits = true;
    nf_row row;
    nf_status status = find_row(u, entry, &row, err);

    if (status == NF_OK)
        status = append_members(record, u->rows, &row, change, copy,
                                client->options.merge, &fits, err);
    if (status != NF_OK)
        return status;
    if (fits && change->kind == NF_CHANGE_CHANGED && change->changed)
        fits = nf_names_write(record, "c", row.entity, change->changed);
    if (fits && copy->hash_size == 16)
        BSON_APPEND_BINARY(record, "h", BSON_SUBTYPE_BINARY, copy->hash, 16);
    return fits ? append_file(client, record, &row, err)
                : nf_sync_error("SYNC_LIMIT", err);
}

static nf_status write_record(uploader *u, nf_client_entry *entry,
                              const nf_change *change,
                              const nf_server_copy *copy, nf_error *err)
{
    static const char *const kinds[] = {"ref", "new", "chg", "del"};
    nf_change_kind kind = entry->old ? NF_CHANGE_NONE : entry->frozen.kind;
    bson_t *record = &u->record;
    nf_status status = NF_OK;

    bson_reinit(record);
    BSON_APPEND_UTF8(record, "k", kinds[kind]);
    BSON_APPEND_UTF8(record, "t", entry->entity->qualified);
    BSON_APPEND_INT64(record, "id", entry->frozen.id);
    if (kind != NF_CHANGE_NONE)
        BSON_APPEND_BINARY(record, "mid", BSON_SUBTYPE_BINARY,
                           entry->frozen.mid, NF_MID_SIZE);
    if (kind == NF_CHANGE_NEW || kind == NF_CHANGE_CHANGED)
        status = fill_object(u, entry, change, copy, err);
    if (status == NF_OK)
        status = nf_stream_put(&u->writer, record, err);
    entry->bytes = record->len;
    return status;
}

/* Whether an outcome of an earlier run leaves nothing to ask for: an accepted
 * deletion, and in a full run, by the rules of the mode (S23, S60), an accepted
 * change of an entity that keeps what the device has. */
static bool is_settled(const nf_sync_client *client,
                       const nf_client_entry *entry)
{
    if (!entry->old || entry->state == NF_OUTCOME_REJECTED)
        return false;
    if (entry->frozen.kind == NF_CHANGE_DELETED)
        return true;
    return client->kind == NF_SYNC_RUN_ALL && entry->state != NF_OUTCOME_GONE &&
           nf_client_mode(client, entry->entity) == NF_SYNC_NONE_PRESERVE;
}

/* *gone: there is nothing left to send or to ask for. */
static nf_status put_entry(uploader *u, nf_client_entry *entry, bool *gone,
                           nf_error *err)
{
    nf_sync_client *client = u->client;
    const nf_change *change;
    const nf_server_copy *copy;
    nf_status status =
        nf_sent_find(u->changes, entry->frozen.id, &change, &copy, err);

    *gone = false;
    if (status == NF_OK && (change->kind != NF_CHANGE_NONE ||
                            entry->frozen.kind != NF_CHANGE_NONE))
        refreeze(entry, change);
    if (status == NF_OK) {
        /* Deletions are never part of a selection (S29). */
        *gone = entry->frozen.kind == NF_CHANGE_DELETED &&
                client->kind == NF_SYNC_RUN_SELECTED && !entry->old;
        if (!*gone && !is_settled(client, entry))
            status = write_record(u, entry, change, copy, err);
    }
    return status;
}

static nf_status put_head(uploader *u, nf_error *err)
{
    const nf_sync_client *client = u->client;
    bson_t *record = &u->record;

    BSON_APPEND_UTF8(record, "k", "head");
    BSON_APPEND_INT32(record, "v", NF_SYNC_VERSION);
    BSON_APPEND_BINARY(record, "id", BSON_SUBTYPE_BINARY, client->id.bytes, 16);
    BSON_APPEND_UTF8(record, "mode",
                     client->kind == NF_SYNC_RUN_ALL ? "all" : "selective");
    return nf_stream_put(&u->writer, record, err);
}

/* ---- the order of the records (W29) -------------------------------------- */

typedef struct place {
    int64_t lseq;
    size_t index;
} place;

static int by_sequence(const void *a, const void *b)
{
    const place *x = a, *y = b;

    if (x->lseq != y->lseq)
        return x->lseq < y->lseq ? -1 : 1;
    return x->index < y->index ? -1 : 1;
}

static bool in_sequence(const place *places, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (by_sequence(&places[i - 1], &places[i]) > 0)
            return false;
    }
    return true;
}

/* Records travel in the order of the changes, whatever the order of variables
 * (S77); refreshes come last. *out: nf_free. */
static nf_status order_entries(place **out, const nf_sync_client *client,
                               nf_error *err)
{
    place *places = nf_alloc_array(client->entry_count + 1, sizeof *places);

    if (!places)
        return nf_error_nomem(err);
    for (size_t i = 0; i < client->entry_count; i++)
        places[i] = (place){client->entries[i].lseq, i};
    if (!in_sequence(places, client->entry_count))
        qsort(places, client->entry_count, sizeof *places, by_sequence);
    *out = places;
    return NF_OK;
}

static nf_status put_entries(uploader *u, nf_error *err)
{
    nf_sync_client *client = u->client;
    place *places = NULL;
    size_t kept = 0;
    nf_status status = order_entries(&places, client, err);

    for (size_t i = 0; status == NF_OK && i < client->entry_count; i++) {
        nf_client_entry *entry = &client->entries[places[i].index];
        bool gone;
        status = put_entry(u, entry, &gone, err);
        if (gone)
            entry->entity = NULL;
    }
    nf_free(places);
    for (size_t i = 0; i < client->entry_count; i++) {
        if (client->entries[i].entity)
            client->entries[kept++] = client->entries[i];
    }
    client->entry_count = client->sorted_count = kept;
    return status;
}

/* One read of the database (S29): nobody else's change comes in between. */
static nf_status write_body(nf_sync_client *client, nf_error *err)
{
    nf_database *db = nf_client_database(client);
    uploader u = {.client = client};
    nf_status ended, status = nf_database_begin(db, err);

    if (status != NF_OK)
        return status;
    bson_init(&u.record);
    status = nf_stream_start(&u.writer, nf_spool_sink, client->body, err);
    if (status == NF_OK)
        status = nf_sent_open(&u.changes, client->options.device, err);
    if (status == NF_OK)
        status = put_head(&u, err);
    if (status == NF_OK)
        status = put_entries(&u, err);
    if (status == NF_OK)
        status = nf_stream_finish_with(&u.writer, client->body_sha, err);
    nf_stream_dispose(&u.writer);
    nf_rows_close(u.rows);
    nf_sent_close(u.changes);
    bson_destroy(&u.record);
    ended = nf_database_end(db, false, err);
    return status ? status : ended;
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
    /* A plan draws nothing from the seed: the same one may be asked for again
     * from a copy of the database, and its id was fenced the first time. */
    if (!nf_random_bytes(client->dry ? NULL : client->options.random,
                         client->id.bytes, 16))
        return nf_error_set(err, NF_FAILED, "SYNC_LOCAL_STORAGE",
                            "the system gives no random numbers");
    status = write_body(client, &problem);
    if (status == NF_OK)
        status = nf_client_pack(client, &problem);
    if (status != NF_OK)
        return nf_client_local(status, &problem, err);
    if (client->dry) {
        nf_client_go(client, client->half ? NF_CLIENT_HALF : NF_CLIENT_CREATE);
        return NF_OK;
    }
    /* S22: before the first byte is sent. */
    if (sends_changes(client) || client->has_pending)
        status = nf_client_save_pending(client, err);
    nf_client_go(client, client->file_count > 0 ? NF_CLIENT_FILE_STATE
                                                : NF_CLIENT_CREATE);
    return status;
}

/* What would be sent, as far as the device alone knows (`--dry-run` without a
 * server). */
nf_status nf_client_half(nf_sync_client *client, int timeout_ms, nf_error *err)
{
    static const char *const reasons[] = {"refresh", "new", "changed",
                                          "deleted"};

    (void)timeout_ms;
    for (size_t i = 0; i < client->entry_count; i++) {
        const nf_client_entry *entry = &client->entries[i];
        if (!nf_client_item(client, &client->uploaded, entry->entity,
                            entry->frozen.id, reasons[entry->frozen.kind],
                            entry->bytes))
            return nf_error_nomem(err);
    }
    nf_client_go(client, NF_CLIENT_END);
    return NF_OK;
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

/* Room for the bytes of one request. */
static nf_status need_chunk(nf_sync_client *client, nf_error *err)
{
    if (!client->chunk)
        client->chunk = nf_alloc(NF_SYNC_CHUNK);
    return client->chunk ? NF_OK : nf_error_nomem(err);
}

static void next_file(nf_sync_client *client)
{
    client->file_at++;
    nf_client_progress(client, "files-up", (int64_t)client->file_at,
                       (int64_t)client->file_count);
    nf_client_go(client, client->file_at < client->file_count
                             ? NF_CLIENT_FILE_STATE
                             : NF_CLIENT_CREATE);
}

static void begin_blob(nf_sync_client *client, nf_sync_method method)
{
    char sha[NF_SHA256_TEXT];

    nf_hex(sha, client->files[client->file_at].sha, NF_SHA256_SIZE);
    nf_sync_call_begin(&client->call, method, "/sync/v1/blobs/%s", sha);
    nf_sync_call_try_twice(&client->call);
    client->asked = true;
}

static nf_status ask_blob(nf_sync_client *client, int64_t offset, nf_error *err)
{
    const nf_client_file *file = &client->files[client->file_at];
    nf_error problem = {0};
    size_t size = NF_SYNC_CHUNK;
    nf_status status = need_chunk(client, err);

    if (status != NF_OK)
        return status;
    status = nf_client_local(
        nf_database_read_bytes(nf_client_database(client), file->sha, offset,
                               client->chunk, &size, NULL, &problem),
        &problem, err);
    if (status != NF_OK)
        return status;
    begin_blob(client, NF_SYNC_PATCH);
    nf_sync_call_bytes(&client->call, client->chunk, size, offset, file->size);
    return NF_OK;
}

nf_status nf_client_file_state(nf_sync_client *client, int timeout_ms,
                               nf_error *err)
{
    nf_error problem = {0};
    int64_t offset;
    nf_status status;

    if (!client->asked)
        begin_blob(client, NF_SYNC_HEAD);
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
    return ask_blob(client, offset, err);
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
    offset = client->call.response.offset;
    if (nf_sync_call_status(&client->call) == 409) {
        nf_client_go(client, NF_CLIENT_FILE_STATE); /* ask where we are */
        return NF_OK;
    }
    if (nf_sync_call_status(&client->call) == 400) /* other bytes arrived */
        return nf_client_rewind(client, NF_CLIENT_FILE_STATE, err);
    if (nf_sync_call_status(&client->call) != 204)
        return nf_sync_call_refused(&client->call, err);
    if (offset >= file->size) {
        client->outcome.files_sent++;
        next_file(client);
        return NF_OK;
    }
    return ask_blob(client, offset, err);
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
    nf_error problem = {0};
    nf_status status = NF_OK;

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
    BSON_APPEND_BINARY(body, "sha", BSON_SUBTYPE_BINARY, client->body_sha,
                       sizeof client->body_sha);
    BSON_APPEND_UTF8(body, "enc", client->packed ? "gzip" : "identity");
    client->asked = true;
    return NF_OK;
}

static nf_status ask_body(nf_sync_client *client, int64_t offset, nf_error *err)
{
    size_t size = NF_SYNC_CHUNK;
    nf_status status = need_chunk(client, err);

    if (status != NF_OK)
        return status;
    status = nf_spool_read(client->body, offset, client->chunk, &size, err);
    if (status != NF_OK)
        return status;
    ask_sync(client, NF_SYNC_PATCH, "/body");
    nf_sync_call_bytes(&client->call, client->chunk, size, offset,
                       nf_spool_size(client->body));
    return NF_OK;
}

/* The server knows less of the run than the device: from `state` on again, a
 * few times (W38, W40). */
nf_status nf_client_rewind(nf_sync_client *client, nf_client_state state,
                           nf_error *err)
{
    if (client->rewinds++ >= REWINDS_MAX)
        return nf_sync_call_refused(&client->call, err);
    nf_client_go(client, state);
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

/* How much of the body the server has (W40). */
nf_status nf_client_body_state(nf_sync_client *client, int timeout_ms,
                               nf_error *err)
{
    int64_t size = nf_spool_size(client->body), offset;
    nf_status status;

    if (!client->asked)
        ask_sync(client, NF_SYNC_HEAD, "/body");
    status = nf_sync_call_step(&client->call, timeout_ms, err);
    if (status != NF_OK)
        return status;
    if (nf_sync_call_status(&client->call) == 404)
        return nf_client_rewind(client, NF_CLIENT_CREATE, err);
    offset = client->call.response.offset;
    if (nf_sync_call_status(&client->call) == 409) {
        nf_client_go(client, NF_CLIENT_COMMIT); /* all there, and more */
        return NF_OK;
    }
    if (nf_sync_call_status(&client->call) != 200 || offset < 0 ||
        offset > size)
        return nf_sync_call_refused(&client->call, err);
    if (offset == size) {
        nf_client_go(client, NF_CLIENT_COMMIT);
        return NF_OK;
    }
    nf_client_go(client, NF_CLIENT_BODY);
    return ask_body(client, offset, err);
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
    if (code == 404) /* its time there is over */
        return nf_client_rewind(client, NF_CLIENT_CREATE, err);
    if (code == 400) /* other bytes have arrived: all of them again */
        return nf_client_rewind(client, NF_CLIENT_BODY_STATE, err);
    if ((code != 204 && code != 409) || offset < 0 || offset > size)
        return nf_sync_call_refused(&client->call, err);
    nf_client_progress(client, "data-up", offset, size);
    if (offset < size) /* the server's offset is the truth (W40) */
        return ask_body(client, offset, err);
    nf_client_go(client, NF_CLIENT_COMMIT);
    return NF_OK;
}

/* What a server that does not apply says: bytes that it had not made durable
 * may be gone (W40). */
static nf_status not_committed(nf_sync_client *client, nf_error *err)
{
    int code = nf_sync_call_status(&client->call);
    bson_t reply;

    if (code == 404)
        return nf_client_rewind(client, NF_CLIENT_CREATE, err);
    if (code == 409 &&
        nf_sync_call_reply(&client->call, &reply, NULL) == NF_OK &&
        !strcmp(nf_document_text(&reply, "state", ""), "open"))
        return nf_client_rewind(client, NF_CLIENT_BODY_STATE, err);
    return nf_sync_call_refused(&client->call, err);
}

nf_status nf_client_commit(nf_sync_client *client, int timeout_ms,
                           nf_error *err)
{
    nf_status status;
    int code;

    if (!client->asked) {
        ask_sync(client, NF_SYNC_POST, client->dry ? "/plan" : "/commit");
        client->call.request.wait_ms = NF_SYNC_WAIT_MS;
        nf_client_progress(client, "applying", 0, 0);
    }
    status = nf_sync_call_step(&client->call, timeout_ms, err);
    if (status != NF_OK)
        return status;
    code = nf_sync_call_status(&client->call);
    if (code == 202) { /* still applying: asking is not a retry (S146) */
        nf_sync_call_again(&client->call, POLL_MS);
        return NF_PENDING;
    }
    if (code != 200)
        return not_committed(client, err);
    nf_client_go(client, NF_CLIENT_RESULT);
    return NF_OK;
}

/* ---- cancel (S145) ------------------------------------------------------- */

/* Fences the run. A server that does not answer soon is asked by the next run:
 * the pending record stays until then. */
nf_status nf_client_cancel(nf_sync_client *client, int timeout_ms,
                           nf_error *err)
{
    nf_error problem = {0};
    nf_status status;

    if (!client->asked) {
        ask_sync(client, NF_SYNC_DELETE, "");
        client->call.retries = 0;
    }
    status = nf_sync_call_step(&client->call, timeout_ms, &problem);
    if (status == NF_PENDING && nf_clock_elapsed() < client->give_up_at)
        return NF_PENDING;
    if (status == NF_OK && nf_sync_call_status(&client->call) == 200 &&
        client->has_pending)
        (void)nf_client_drop_pending(client, NULL);
    if (!client->dry)
        return nf_sync_error("SYNC_CANCELLED", err);
    nf_client_go(client, NF_CLIENT_END); /* nothing of a plan stays there */
    return NF_OK;
}
