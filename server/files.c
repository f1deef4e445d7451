/* Contents of file documents on their way (synchronize §13, W35 … W37). An
 * upload is kept under its digest and its user, byte by byte where it stopped,
 * until data that names it is applied or its lifetime ends; a download is
 * checked against the access to its object at every request. Names of files
 * are data, never paths. */
#include "server/internal.h"

#include <stdlib.h>

/* The first chunk: there must be room for the whole before any of it is
 * taken (W7). */
static nf_status start_content(nf_server *server, nf_server_session *session,
                               const nf_blob_name *part,
                               const nf_sync_request *request,
                               nf_staged *staged, nf_sync_response *response,
                               bool *refused, nf_error *err)
{
    int64_t used = 0;
    nf_status status;

    *refused = true;
    response->offset = 0;
    if (request->length < 0)
        return nf_refuse(response, 400, "SYNC_PROTOCOL",
                         "the length is missing", err);
    if (request->length > NF_CONTENT_MAX)
        return nf_refuse(response, 413, "SYNC_LIMIT", "too long", err);
    if (request->offset != 0)
        return nf_refuse(response, 409, "SYNC_PROTOCOL", "wrong offset", err);
    status = nf_staged_total(server, session->user, &used, err);
    if (status != NF_OK)
        return status;
    if (used + request->length > nf_server_staged_bytes(server))
        return nf_refuse(response, 507, "SYNC_LIMIT",
                         "too much is waiting to be synchronized", err);
    *refused = false;
    *staged = (nf_staged){.exists = true,
                          .user = session->user,
                          .length = request->length,
                          .expires = nf_server_now(server) + NF_STAGED_MS};
    status = nf_blob_remove(server->blobs, part, err);
    return status == NF_OK ? nf_staged_put(server, part, staged, err) : status;
}

static nf_status move_content(nf_server *server, const nf_blob_name *part,
                              const nf_blob_name *content, nf_staged *staged,
                              nf_error *err)
{
    nf_status status = nf_blob_rename(server->blobs, part, content, err);

    staged->complete = true;
    staged->expires = nf_server_now(server) + NF_STAGED_MS;
    return status == NF_OK ? nf_staged_put(server, part, staged, err) : status;
}

/* All bytes are there: they become complete contents if they are what their
 * name says. */
static nf_status finish_content(nf_server *server, const uint8_t *sha,
                                const nf_blob_name *part, nf_staged *staged,
                                bool *right, nf_error *err)
{
    uint8_t digest[NF_SHA256_SIZE];
    nf_blob_name content = nf_blob_name_content(sha);
    nf_status status = nf_blob_digest(server->blobs, part, digest, err);

    *right = status == NF_OK && !memcmp(digest, sha, sizeof digest);
    if (status == NF_OK)
        status = nf_database_begin(server->database, err);
    if (status != NF_OK)
        return status;
    status = nf_staged_get(server, part, staged, err);
    *right = *right && staged->exists;
    if (status == NF_OK && staged->complete)
        *right = true; /* another process has: what was read here has gone */
    else if (status == NF_OK && !*right)
        status = nf_staged_drop(server, part, err);
    else if (status == NF_OK)
        status = move_content(server, part, &content, staged, err);
    return nf_database_conclude(server->database, status, err);
}

static nf_status append_content(nf_server *server, nf_server_session *session,
                                const uint8_t *sha,
                                const nf_sync_request *request,
                                nf_sync_response *response, nf_error *err)
{
    nf_blob_name part = nf_blob_name_part(sha, session->user);
    nf_staged staged;
    int64_t size = -1;
    bool refused = false, right = true;
    nf_status status = nf_staged_get(server, &part, &staged, err);

    if (status == NF_OK)
        status = nf_blob_size(server->blobs, &part, &size, err);
    if (status == NF_OK && !staged.exists)
        status = start_content(server, session, &part, request, &staged,
                               response, &refused, err);
    if (status != NF_OK || refused)
        return status;
    response->total = staged.length;
    response->offset = staged.complete ? staged.length : size < 0 ? 0 : size;
    if (staged.complete || request->offset != response->offset)
        return nf_refuse(response, 409, "SYNC_PROTOCOL", "wrong offset", err);
    if (request->body_length > NF_SYNC_CHUNK_MAX ||
        (int64_t)request->body_length > staged.length - response->offset)
        return nf_refuse(response, 413, "SYNC_LIMIT", "too long", err);
    status = nf_blob_append(server->blobs, &part, response->offset,
                            request->body, request->body_length, err);
    if (status == NF_OK)
        status = nf_staged_touch(server, &part, &staged, err);
    if (status != NF_OK)
        return status;
    response->offset += (int64_t)request->body_length;
    if (response->offset == staged.length)
        status = finish_content(server, sha, &part, &staged, &right, err);
    if (status == NF_OK && !right) {
        response->offset = 0;
        return nf_refuse(response, 400, "SYNC_PROTOCOL", "wrong digest", err);
    }
    return status == NF_OK ? nf_reply(response, 204) : status;
}

/* A crash may have come between the last byte and its check: made up for, or a
 * device would be told that all is there and its object refused for lack of
 * contents. */
static nf_status settle_content(nf_server *server, const uint8_t *sha,
                                const nf_blob_name *part, nf_staged *staged,
                                int64_t size, nf_error *err)
{
    bool right = true;
    nf_status status = NF_OK;

    if (staged->exists && !staged->complete && size == staged->length)
        status = finish_content(server, sha, part, staged, &right, err);
    if (!right)
        *staged = (nf_staged){0};
    return status;
}

nf_status nf_handle_blob(nf_server *server, nf_server_session *session,
                         const nf_sync_request *request,
                         nf_sync_response *response, nf_error *err)
{
    uint8_t sha[NF_SHA256_SIZE];
    nf_blob_name part;
    nf_staged staged;
    int64_t size = -1;
    nf_status status;

    if (!nf_unhex(sha, sizeof sha, request->path + strlen("/sync/v1/blobs/")))
        return nf_refuse(response, 404, "not_found", "no such resource", err);
    if (request->method == NF_SYNC_PATCH)
        return append_content(server, session, sha, request, response, err);
    if (request->method != NF_SYNC_HEAD)
        return nf_refuse(response, 405, "SYNC_PROTOCOL", "not supported", err);
    part = nf_blob_name_part(sha, session->user);
    status = nf_staged_get(server, &part, &staged, err);
    if (status == NF_OK)
        status = nf_blob_size(server->blobs, &part, &size, err);
    if (status == NF_OK)
        status = settle_content(server, sha, &part, &staged, size, err);
    if (status != NF_OK)
        return status;
    response->offset = 0;
    if (!staged.exists)
        return nf_reply(response, 404);
    response->offset = staged.complete ? staged.length : size < 0 ? 0 : size;
    response->total = staged.length;
    return nf_reply(response, 200);
}

/* ---- download ------------------------------------------------------------ */

static nf_status send_window(nf_server *server, const nf_content *content,
                             const nf_sync_request *request,
                             nf_sync_response *response, nf_error *err)
{
    int64_t length = request->length < 0 ? NF_SYNC_CHUNK : request->length;
    nf_blob_name name = nf_blob_name_content(content->hash);
    int64_t total = -1;
    size_t count = (size_t)length;
    uint8_t *bytes;
    nf_status status = nf_blob_size(server->blobs, &name, &total, err);

    if (status != NF_OK)
        return status;
    if (total < 0) /* S103: missing on the server */
        return nf_refuse(response, 404, "not_found", "no contents", err);
    if (request->offset < 0 || request->offset > total || length == 0 ||
        length > NF_SYNC_CHUNK_MAX)
        return nf_refuse(response, 400, "SYNC_PROTOCOL", "bad range", err);
    bytes = nf_alloc(count);
    if (!bytes)
        return nf_error_nomem(err);
    status =
        nf_blob_read(server->blobs, &name, request->offset, bytes, &count, err);
    response->status = 206;
    response->bytes = true;
    response->offset = request->offset;
    response->total = total;
    if (status == NF_OK)
        nf_buffer_add(&response->body, bytes, count);
    nf_free(bytes);
    if (status == NF_OK && response->body.failed)
        status = nf_error_nomem(err);
    return status;
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

    if (request->method != NF_SYNC_GET)
        return nf_refuse(response, 405, "SYNC_PROTOCOL", "not supported", err);
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
