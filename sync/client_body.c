/* The body of an upload, which is written once (synchronize S29, S35, W26,
 * W29). */
#include "sync/client.h"
#include "sync/codec_row.h"
#include "sync/document.h"

#include <stdlib.h>

/* ---- records ------------------------------------------------------------- */

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
static nf_status append_members(nf_buffer *record, nf_rows *rows,
                                const nf_row *row, const nf_change *change,
                                const nf_server_copy *copy, bool merge,
                                bool *ok, nf_error *err)
{
    /* A commit without changes carries no members (S35). */
    bool with_members = change->kind == NF_CHANGE_NEW || any_changed(change);
    size_t members = nf_put_document(record, "m");
    nf_status status = NF_OK;

    for (size_t i = 0; status == NF_OK && *ok && with_members &&
                       i < row->entity->member_count;
         i++) {
        const nf_member *member = &row->entity->members[i];
        if (travels(row->entity, member, change, copy, merge))
            status = nf_row_member_write(record, rows, member, ok, err);
    }
    nf_put_end(record, members);
    return status;
}

/* Contents that the server does not have yet (S101). */
static nf_status append_file(nf_sync_client *client, nf_buffer *record,
                             const nf_row *row, nf_error *err)
{
    nf_database *db = nf_client_database(client);
    nf_content content = {0};
    nf_client_file *file;
    int64_t length;
    size_t none = 0, part;
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
    part = nf_put_document(record, "f");
    nf_put_binary(record, "sha256", content.hash, NF_SHA256_SIZE);
    nf_put_int64(record, "size", file->size);
    nf_put_end(record, part);
    return NF_OK;
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
    nf_buffer record;
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
    nf_buffer *record = &u->record;
    bool fits = true;
    nf_row row;
    nf_status status = find_row(u, entry, &row, err);

    if (status == NF_OK)
        status = append_members(record, u->rows, &row, change, copy,
                                client->options.merge, &fits, err);
    if (status != NF_OK)
        return status;
    if (fits && change->kind == NF_CHANGE_CHANGED && change->changed)
        fits = nf_names_put(record, "c", row.entity, change->changed);
    if (fits && copy->hash_size == 16)
        nf_put_binary(record, "h", copy->hash, 16);
    return fits ? append_file(client, record, &row, err)
                : nf_sync_error("SYNC_LIMIT", err);
}

static nf_status write_record(uploader *u, nf_client_entry *entry,
                              const nf_change *change,
                              const nf_server_copy *copy, nf_error *err)
{
    static const char *const kinds[] = {"ref", "new", "chg", "del"};
    nf_change_kind kind = entry->old ? NF_CHANGE_NONE : entry->frozen.kind;
    nf_buffer *record = &u->record;
    nf_status status = NF_OK;

    nf_put_start(record);
    nf_put_string(record, "k", kinds[kind]);
    nf_put_string(record, "t", entry->entity->qualified);
    nf_put_int64(record, "id", entry->frozen.id);
    if (kind != NF_CHANGE_NONE)
        nf_put_binary(record, "mid", entry->frozen.mid, NF_MID_SIZE);
    if (kind == NF_CHANGE_NEW || kind == NF_CHANGE_CHANGED)
        status = fill_object(u, entry, change, copy, err);
    if (status == NF_OK)
        status = nf_stream_put(&u->writer, record, err);
    entry->bytes = (uint32_t)record->length;
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
    nf_buffer *record = &u->record;

    nf_put_start(record);
    nf_put_string(record, "k", "head");
    nf_put_int32(record, "v", NF_SYNC_VERSION);
    nf_put_binary(record, "id", client->id.bytes, sizeof client->id.bytes);
    nf_put_string(record, "mode",
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
nf_status nf_client_write_body(nf_sync_client *client, nf_error *err)
{
    nf_database *db = nf_client_database(client);
    uploader u = {.client = client};
    nf_status ended, status = nf_database_begin(db, err);

    if (status != NF_OK)
        return status;
    nf_buffer_init(&u.record, NF_SYNC_DOCUMENT_MAX);
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
    nf_buffer_dispose(&u.record);
    ended = nf_database_end(db, false, err);
    return status ? status : ended;
}
