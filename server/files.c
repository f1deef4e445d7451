/* Contents of file documents on their way (synchronize §13, W35 … W37). An
 * upload is staged under its digest and owned by its user until data that
 * names it is applied; a download is checked against the access to its object
 * at every request. Names of files are data, never paths. */
#include "server/internal.h"

#include <stdio.h>
#include <stdlib.h>

enum { CONTENT_MAX = INT32_MAX }; /* 2 GiB, §27.9 */

static nf_status is_staged(nf_server *server, nf_server_session *session,
                           const uint8_t *sha, bool *out, nf_error *err)
{
    sqlite3_stmt *statement = nf_database_statement(
        server->database,
        "SELECT 1 FROM _mx_staged WHERE hash = ? AND user = ?", err);
    nf_status status;

    *out = false;
    if (!statement)
        return NF_FAILED;
    sqlite3_bind_blob(statement, 1, sha, NF_SHA256_SIZE, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 2, session->user);
    status = nf_database_step(server->database, statement, out, err);
    nf_database_done(server->database, statement);
    return status;
}

static nf_status add_staged(nf_server *server, nf_server_session *session,
                            nf_error *err)
{
    nf_database *db = server->database;
    sqlite3_stmt *statement = nf_database_statement(
        db, "INSERT OR REPLACE INTO _mx_staged VALUES(?,?,?)", err);
    bool row;
    nf_status status;

    if (!statement)
        return NF_FAILED;
    sqlite3_bind_blob(statement, 1, session->blob_sha, NF_SHA256_SIZE,
                      SQLITE_STATIC);
    sqlite3_bind_int64(statement, 2, session->user);
    sqlite3_bind_int64(statement, 3, nf_server_now(server));
    status = nf_database_step(db, statement, &row, err);
    nf_database_done(db, statement);
    return status;
}

static nf_status store_blob(nf_server *server, nf_server_session *session,
                            bool *right, nf_error *err)
{
    uint8_t hash[NF_CONTENT_HASH_SIZE];
    size_t size = (size_t)session->blob_length;
    char *bytes = nf_alloc(size + 1);
    nf_status status;

    *right = false;
    if (!bytes)
        return nf_error_nomem(err);
    status = nf_spool_read(session->blob, 0, bytes, &size, err);
    if (status == NF_OK && nf_sha256(hash, bytes, size) &&
        !memcmp(hash, session->blob_sha, sizeof hash)) {
        *right = true;
        status = nf_database_begin(server->database, err);
        if (status == NF_OK) {
            status =
                nf_database_put_bytes(server->database, bytes, size, hash, err);
            if (status == NF_OK)
                status = add_staged(server, session, err);
            if (nf_database_end(server->database, status == NF_OK, err) !=
                    NF_OK &&
                status == NF_OK)
                status = NF_FAILED;
        }
    }
    nf_free(bytes);
    return status;
}

static nf_status start_blob(nf_server_session *session, const uint8_t *sha,
                            const nf_sync_request *request, nf_error *err)
{
    if (!session->blob)
        session->blob = nf_spool_new();
    if (!session->blob)
        return nf_error_nomem(err);
    memcpy(session->blob_sha, sha, NF_SHA256_SIZE);
    session->blob_length = request->length;
    return nf_spool_clear(session->blob, err);
}

static nf_status append_blob(nf_server *server, nf_server_session *session,
                             const uint8_t *sha, const nf_sync_request *request,
                             nf_sync_response *response, nf_error *err)
{
    bool known =
             session->blob && !memcmp(session->blob_sha, sha, NF_SHA256_SIZE),
         right = true;
    nf_status status = NF_OK;

    if (!known || request->offset == 0) {
        if (request->offset != 0 || request->length < 0 ||
            request->length > CONTENT_MAX) {
            response->offset = 0;
            return nf_refuse(response, request->offset ? 409 : 413,
                             "SYNC_LIMIT", "wrong offset or length", err);
        }
        status = start_blob(session, sha, request, err);
    }
    if (status != NF_OK)
        return status;
    response->offset = nf_spool_size(session->blob);
    if (request->offset != response->offset)
        return nf_refuse(response, 409, "SYNC_PROTOCOL", "wrong offset", err);
    if (request->body_length > NF_SYNC_CHUNK_MAX ||
        (int64_t)request->body_length > session->blob_length - response->offset)
        return nf_refuse(response, 413, "SYNC_LIMIT", "too long", err);
    status =
        nf_spool_write(session->blob, request->body, request->body_length, err);
    response->offset = nf_spool_size(session->blob);
    if (status == NF_OK && response->offset == session->blob_length) {
        status = store_blob(server, session, &right, err);
        if (status == NF_OK)
            status = nf_spool_clear(session->blob, err);
        session->blob_length = -1;
        memset(session->blob_sha, 0, NF_SHA256_SIZE);
    }
    if (status == NF_OK && !right)
        return nf_refuse(response, 400, "SYNC_PROTOCOL", "wrong digest", err);
    return status == NF_OK ? nf_reply(response, 204, NULL, err) : status;
}

nf_status nf_handle_blob(nf_server *server, nf_server_session *session,
                         const nf_sync_request *request,
                         nf_sync_response *response, nf_error *err)
{
    uint8_t sha[NF_SHA256_SIZE];
    bool staged = false;
    nf_status status;

    if (!nf_unhex(sha, sizeof sha, request->path + strlen("/sync/v1/blobs/")))
        return nf_refuse(response, 404, "not_found", "no such resource", err);
    if (request->method == NF_SYNC_PATCH)
        return append_blob(server, session, sha, request, response, err);
    status = is_staged(server, session, sha, &staged, err);
    if (status != NF_OK)
        return status;
    if (staged) {
        response->offset = response->total = 0;
        return nf_reply(response, 200, NULL, err);
    }
    response->offset = 0;
    if (session->blob && !memcmp(session->blob_sha, sha, sizeof sha))
        response->offset = nf_spool_size(session->blob);
    return nf_reply(response, 404, NULL, err);
}

/* ---- download ------------------------------------------------------------ */

static nf_status send_window(nf_server *server, const nf_content *content,
                             const nf_sync_request *request,
                             nf_sync_response *response, nf_error *err)
{
    int64_t length = request->length < 0 ? NF_SYNC_CHUNK : request->length;
    uint8_t *bytes = NULL;
    size_t size = 0, count;
    nf_status status = nf_database_get_bytes(server->database, content->hash,
                                             &bytes, &size, err);

    if (status != NF_OK)
        return status;
    if (!bytes) /* S103: missing on the server */
        return nf_refuse(response, 404, "not_found", "no contents", err);
    if (request->offset < 0 || request->offset > (int64_t)size ||
        length == 0 || length > NF_SYNC_CHUNK_MAX) {
        nf_free(bytes);
        return nf_refuse(response, 400, "SYNC_PROTOCOL", "bad range", err);
    }
    count = size - (size_t)request->offset;
    if (count > (size_t)length)
        count = (size_t)length;
    response->status = 206;
    response->bytes = true;
    response->offset = request->offset;
    response->total = (int64_t)size;
    nf_buffer_add(&response->body, bytes + request->offset, count);
    nf_free(bytes);
    return response->body.failed ? nf_error_nomem(err) : NF_OK;
}

nf_status nf_handle_file(nf_server *server, nf_server_session *session,
                         const nf_sync_request *request,
                         nf_sync_response *response, nf_error *err)
{
    const char *path = request->path + strlen("/sync/v1/files/");
    char *end = NULL;
    long long id = strtoll(path, &end, 10);
    nf_record row;
    nf_object_rights rights;
    nf_content content = {0};
    bool readable;
    nf_status status;

    if (end == path || *end != '/' || id <= 0)
        return nf_refuse(response, 404, "not_found", "no such resource", err);
    status = nf_server_load(server, session, NULL, id, &row, &rights, err);
    readable = row.entity && row.entity->is_file && rights.visible;
    nf_record_dispose(&row);
    nf_object_rights_dispose(&rights);
    if (status == NF_OK && readable)
        status = nf_database_get_content(server->database, id, &content, err);
    if (status != NF_OK)
        return status;
    if (!readable || !content.has_hash ||
        strcmp(content.server_version, end + 1) != 0)
        return nf_refuse(response, 404, "not_found", "no contents", err);
    return send_window(server, &content, request, response, err);
}
