/* The upload: contents of files first, then the body in chunks (synchronize
 * S33, S34, W31). */
#include "sync/client.h"
#include "sync/document.h"

enum {
    REWINDS_MAX = 4, /* of one run */
    POLL_MS = 200    /* while the server applies */
};

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
    if (!(client->dry ? nf_random_fresh : nf_random_bytes)(
            client->options.random, client->id.bytes, 16))
        return nf_error_set(err, NF_FAILED, "SYNC_LOCAL_STORAGE",
                            "the system gives no random numbers");
    status = nf_client_write_body(client, &problem);
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
    nf_buffer *body = &client->call.body;
    nf_error problem = {0};
    nf_status status = NF_OK;

    nf_sync_call_begin(&client->call, NF_SYNC_POST, "/sync/v1/syncs");
    if (client->kind == NF_SYNC_RUN_ALL)
        status = nf_client_local(nf_client_append_views(client, body, &problem),
                                 &problem, err);
    if (status != NF_OK)
        return status;
    nf_put_binary(body, "id", client->id.bytes, 16);
    nf_put_string(body, "mode",
                  client->kind == NF_SYNC_RUN_ALL ? "all" : "selective");
    nf_put_int64(body, "len", nf_spool_size(client->body));
    nf_put_binary(body, "sha", client->body_sha, sizeof client->body_sha);
    nf_put_string(body, "enc", client->packed ? "gzip" : "identity");
    client->asked = true;
    return NF_OK;
}

/* The bytes of one request, where they are or read into `chunk`. */
static nf_status body_bytes(nf_sync_client *client, int64_t offset,
                            const void **bytes, size_t *size, nf_error *err)
{
    nf_status status;

    *bytes = nf_spool_view(client->body, offset, size);
    if (*bytes)
        return NF_OK;
    status = need_chunk(client, err);
    if (status == NF_OK)
        status = nf_spool_read(client->body, offset, client->chunk, size, err);
    *bytes = client->chunk;
    return status;
}

static nf_status ask_body(nf_sync_client *client, int64_t offset, nf_error *err)
{
    size_t size = NF_SYNC_CHUNK;
    const void *bytes;
    nf_status status = body_bytes(client, offset, &bytes, &size, err);

    if (status != NF_OK)
        return status;
    ask_sync(client, NF_SYNC_PATCH, "/body");
    nf_sync_call_bytes(&client->call, bytes, size, offset,
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
