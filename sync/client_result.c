/* Receiving the result (synchronize §27.7, W33). It is set aside until all of
 * it is there and right, and applied then; or, where a device has nothing yet,
 * applied while it arrives, in a transaction that ends only if all was
 * right. */
#include "sync/client.h"

#include <stdio.h>

enum { RESULT_MAX_GIB = 4 };

/* ---- receiving ----------------------------------------------------------- */

static int64_t have(const nf_sync_client *client)
{
    return client->applier ? client->arrived : nf_spool_size(client->result);
}

static void ask_rest(nf_sync_client *client, const nf_sync_id *id)
{
    char text[NF_SYNC_ID_TEXT];

    nf_hex(text, id->bytes, 16);
    nf_sync_call_begin(&client->call, NF_SYNC_GET, "/sync/v1/syncs/%s/%s", text,
                       client->dry ? "plan" : "result");
    nf_sync_call_rest(&client->call, have(client),
                      client->result_tag[0] ? client->result_tag : NULL);
    client->asked = true;
}

/* Whether the bytes go on where those we have end. A reply that starts anew is
 * another result of the same run (A149): what we have of the first is void. */
static nf_status fits_result(nf_sync_client *client, nf_error *err)
{
    const nf_sync_response *response = &client->call.response;
    int64_t end = response->offset + (int64_t)response->body.length;
    nf_error problem = {0};
    nf_status status = NF_OK;

    if (response->status == 200 && response->offset == 0 && have(client) > 0) {
        nf_client_stop_applying(client);
        nf_client_drop_files(client);
        status = nf_client_local(nf_spool_clear(client->result, &problem),
                                 &problem, err);
    }
    if (status != NF_OK)
        return status;
    if (response->offset != have(client) ||
        (response->body.length == 0 && response->total != end) ||
        (response->total >= 0 && response->total < end))
        return nf_sync_error("SYNC_PROTOCOL", err);
    if (response->total > (int64_t)RESULT_MAX_GIB << 30 ||
        end > (int64_t)RESULT_MAX_GIB << 30)
        return nf_sync_error("SYNC_LIMIT", err);
    memcpy(client->result_tag, response->etag, sizeof client->result_tag);
    return NF_OK;
}

/* The result has ended on the server: another commit makes one. */
static nf_status commit_again(nf_sync_client *client, nf_client_state state,
                              nf_error *err)
{
    nf_error problem = {0};
    nf_status status;

    client->result_tag[0] = '\0';
    nf_client_stop_applying(client);
    nf_client_drop_files(client);
    status = nf_client_local(nf_spool_clear(client->result, &problem), &problem,
                             err);
    return status == NF_OK ? nf_client_rewind(client, state, err) : status;
}

/* ---- believing it -------------------------------------------------------- */

/* A damaged result is fetched once more, from its start (W33). What a
 * difference and the device disagree about is no damage. */
static nf_status again_or_fail(nf_sync_client *client, nf_error *err)
{
    nf_error problem = {0};

    if (client->fetched_again || client->disagreed || client->flow)
        return nf_sync_error("SYNC_PROTOCOL", err);
    client->fetched_again = true;
    nf_client_stop_applying(client);
    nf_client_drop_files(client);
    for (size_t i = 0; i < client->entry_count; i++) {
        nf_client_entry *entry = &client->entries[i];
        if (entry->old)
            continue;
        entry->decided = entry->answered = entry->same = false;
        entry->reason = NULL;
    }
    client->downloaded.count = client->uploaded.count = 0;
    client->removed.count = client->rejected.count = 0;
    client->result_tag[0] = '\0';
    nf_client_go(client, NF_CLIENT_RESULT);
    return nf_client_local(nf_spool_clear(client->result, &problem), &problem,
                           err);
}

static bool is_damage(const nf_error *problem)
{
    return !strcmp(problem->code, "SYNC_PROTOCOL") ||
           !strcmp(problem->code, "SYNC_LIMIT");
}

/* After the last record: contents, or the end. */
static nf_status believe(nf_sync_client *client, nf_error *err)
{
    nf_status status = NF_OK;

    /* S36: from here on a crash must not upload again. */
    if (client->has_pending && client->file_count > 0)
        status = nf_client_save_pending(client, err);
    nf_client_go(client, client->file_count > 0 && !client->dry
                             ? NF_CLIENT_FILE_FETCH
                             : NF_CLIENT_APPLY);
    return status;
}

/* Outcomes are taken when they are checked; they come first. */
static bool is_taken(const nf_wire *record)
{
    return record->kind == NF_WIRE_HEAD || record->kind == NF_WIRE_OUTCOME ||
           record->kind == NF_WIRE_OPTIONAL;
}

static nf_status check_stream(nf_sync_client *client, nf_error *err)
{
    nf_checker *check = nf_checker_new(client, false);
    nf_stream_reader reader;
    nf_wire record;
    bool more = true;
    nf_status status = nf_stream_open(&reader, nf_spool_source, client->result,
                                      nf_spool_size(client->result), err);

    if (!check)
        status = nf_error_nomem(err);
    client->apply_from = nf_spool_size(client->result);
    while (status == NF_OK && more) {
        int64_t at = nf_stream_offset(&reader);
        status = nf_stream_next(&reader, &record, &more, err);
        if (status == NF_OK && more)
            status = nf_checker_record(check, &record, err);
        if (more && at < client->apply_from && !is_taken(&record))
            client->apply_from = at;
    }
    if (status == NF_OK)
        status = nf_checker_end(check, err);
    nf_stream_close(&reader);
    nf_checker_free(check);
    return status;
}

nf_status nf_client_check(nf_sync_client *client, int timeout_ms, nf_error *err)
{
    nf_database *db = nf_client_database(client);
    nf_error problem = {0};
    nf_status status = nf_database_begin(db, &problem);

    (void)timeout_ms;
    nf_client_drop_files(client);
    if (status != NF_OK)
        return nf_client_local(status, &problem, err);
    /* One transaction for many looks; what is written is a view that goes. */
    status = check_stream(client, &problem);
    (void)nf_database_end(db, true, NULL);
    if (status == NF_OK)
        return believe(client, err);
    return is_damage(&problem) ? again_or_fail(client, err)
                               : nf_client_local(status, &problem, err);
}

/* ---- while it arrives (design §10.4) ------------------------------------- */

/* Whether nothing local has to be protected: then what comes is applied as it
 * comes, in the one transaction that also ends the run. */
static nf_status start_applying(nf_sync_client *client, nf_error *err)
{
    bool fresh = false;
    nf_status status = NF_OK;

    if (client->kind == NF_SYNC_RUN_ALL && client->alone && !client->decided &&
        !client->dry && client->entry_count == 0 && !client->has_pending)
        status = nf_device_is_fresh(client->options.device, &fresh, err);
    client->decided = true;
    if (status != NF_OK || !fresh)
        return status;
    status = nf_stream_open_pushed(&client->reader, err);
    client->check = nf_checker_new(client, true);
    if (status == NF_OK && !client->check)
        status = nf_error_nomem(err);
    if (status == NF_OK)
        status = nf_applier_new(&client->applier, client, err);
    if (status != NF_OK)
        nf_client_stop_applying(client);
    return status;
}

void nf_client_stop_applying(nf_sync_client *client)
{
    nf_stream_close(&client->reader);
    nf_checker_free(client->check);
    nf_applier_free(client->applier);
    client->check = NULL;
    client->applier = NULL;
    client->decided = false;
    client->arrived = 0;
}

static nf_status take_records(nf_sync_client *client, nf_error *err)
{
    nf_wire record;
    bool more = true;
    nf_status status = NF_OK;

    while (status == NF_OK && more) {
        status = nf_stream_next(&client->reader, &record, &more, err);
        if (status == NF_OK && more)
            status = nf_checker_record(client->check, &record, err);
        if (status == NF_OK && more)
            status = nf_applier_record(client->applier, &record,
                                       nf_checker_object(client->check), err);
    }
    return status == NF_PENDING ? NF_OK : status;
}

/* Takes bytes of the result: into the database, or aside until all are there.
 */
static nf_status take_bytes(nf_sync_client *client, const void *bytes,
                            size_t size, nf_error *err)
{
    nf_status status;

    if (!client->applier)
        return nf_spool_write(client->result, bytes, size, err);
    client->arrived += (int64_t)size;
    status = nf_stream_push(&client->reader, bytes, size, err);
    return status == NF_OK ? take_records(client, err) : status;
}

static nf_status end_arriving(nf_sync_client *client, nf_error *err)
{
    nf_error problem = {0};
    nf_status status;

    if (!client->applier) {
        nf_client_go(client, NF_CLIENT_CHECK);
        return NF_OK;
    }
    status = client->reader.ended ? nf_checker_end(client->check, &problem)
                                  : nf_sync_error("SYNC_PROTOCOL", &problem);
    if (status == NF_OK)
        return believe(client, err);
    return is_damage(&problem) ? again_or_fail(client, err)
                               : nf_client_local(status, &problem, err);
}

/* ---- pieces ---------------------------------------------------------------
 */

/* One more piece; *last tells whether it was the last. */
static nf_status read_piece(nf_sync_client *client, int timeout_ms,
                            const nf_sync_id *id, nf_client_state commit,
                            bool *last, nf_error *err)
{
    const nf_sync_response *response = &client->call.response;
    nf_status status;

    *last = false;
    if (!client->asked)
        ask_rest(client, id);
    status = nf_sync_call_step(&client->call, timeout_ms, err);
    if (status != NF_OK)
        return status;
    if (response->status == 410 || response->status == 409 ||
        response->status == 404)
        return commit_again(client, commit, err);
    if (response->status != 206 && response->status != 200)
        return nf_sync_call_refused(&client->call, err);
    status = fits_result(client, err);
    if (status != NF_OK)
        return status;
    client->asked = response->more;
    *last = !response->more &&
            response->total == have(client) + (int64_t)response->body.length;
    return NF_OK;
}

nf_status nf_client_read_result(nf_sync_client *client, int timeout_ms,
                                nf_client_state next, const nf_sync_id *id,
                                nf_error *err)
{
    const nf_sync_response *response = &client->call.response;
    nf_client_state state = client->state;
    nf_error problem = {0};
    bool last;
    nf_status status =
        read_piece(client, timeout_ms, id, NF_CLIENT_OLD_COMMIT, &last, err);

    if (status != NF_OK || client->state != state)
        return status;
    status = nf_client_local(nf_spool_write(client->result, response->body.data,
                                            response->body.length, &problem),
                             &problem, err);
    if (status == NF_OK && last)
        nf_client_go(client, next);
    return status;
}

nf_status nf_client_result(nf_sync_client *client, int timeout_ms,
                           nf_error *err)
{
    const nf_sync_response *response = &client->call.response;
    nf_error problem = {0};
    bool last;
    nf_status status = read_piece(client, timeout_ms, &client->id,
                                  NF_CLIENT_COMMIT, &last, err);

    if (status != NF_OK || client->state != NF_CLIENT_RESULT)
        return status;
    if (!client->decided)
        status = start_applying(client, &problem);
    if (status == NF_OK)
        status = take_bytes(client, response->body.data, response->body.length,
                            &problem);
    if (status != NF_OK)
        return is_damage(&problem) ? again_or_fail(client, err)
                                   : nf_client_local(status, &problem, err);
    nf_client_progress(client, "data-down", have(client),
                       response->total > 0 ? response->total : 0);
    return last ? end_arriving(client, err) : NF_OK;
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

/* Other bytes than were announced: they are fetched once more (S103, W36). */
static nf_status wrong_file(nf_sync_client *client, nf_error *err)
{
    nf_client_file *file = &client->files[client->file_at];

    if (file->again)
        return skip_file(client, err);
    file->again = true;
    client->asked = false;
    return nf_spool_clear(client->file_spool, err);
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
    return wrong_file(client, err);
}

/* What is not about this file ends the run: a session that has to be renewed,
 * a server that is too busy (S103). */
static bool is_about_file(int code)
{
    return code != 401 && code != 429 && code != 503;
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
        return is_about_file(response->status)
                   ? skip_file(client, err)
                   : nf_error_pass(&problem, err);
    if (status != NF_OK)
        return nf_error_set(err, NF_FAILED, "SYNC_FILE_DOWNLOAD",
                            "Downloading the file of %s (%lld) failed "
                            "(SYNC_FILE_DOWNLOAD)",
                            file->entity->qualified, (long long)file->id);
    client->asked = false;
    if (!is_about_file(response->status))
        return nf_sync_call_refused(&client->call, err);
    if (response->status != 206 && response->status != 200)
        return skip_file(client, err);
    if (response->total != file->size)
        return wrong_file(client, err);
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
