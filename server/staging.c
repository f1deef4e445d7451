/* What the server keeps for a while (synchronize §27.9, S100, W53): rows of
 * _mx_staged say whose a blob is and until when it stays. Lifetimes run on the
 * server's clock. Complete contents are kept as long as an object or a row of
 * _mx_staged names them. */
#include "server/internal.h"

#include <stdio.h>

nf_status nf_staged_get(nf_server *server, const nf_blob_name *name,
                        nf_staged *out, nf_error *err)
{
    nf_statement *row;
    nf_status status;

    *out = (nf_staged){0};
    status = nf_database_query(server->database, &row, &out->exists, err,
                               "SELECT user, length, complete, expires FROM "
                               "_mx_staged WHERE name = ?",
                               "t", name->text);
    if (out->exists) {
        out->user = nf_column_int(row, 0);
        out->length = nf_column_int(row, 1);
        out->complete = nf_column_int(row, 2) != 0;
        out->expires = nf_column_int(row, 3);
    }
    nf_database_done(server->database, row);
    return status;
}

/* ---- results -------------------------------------------------------------
 */

/* The names of a resource's results lie between these. */
static void result_names(char from[112], char to[112], const nf_sync_id *id)
{
    nf_blob_name name = nf_blob_name_result(id, NULL);

    snprintf(from, 112, "%.100s-", name.text);
    snprintf(to, 112, "%.100s.", name.text);
}

nf_status nf_staged_result(nf_server *server, const nf_sync_id *id,
                           nf_blob_name *name, nf_staged *out, nf_error *err)
{
    char from[112], to[112];
    nf_statement *row;
    nf_status status;

    *out = (nf_staged){0};
    result_names(from, to, id);
    status =
        nf_database_query(server->database, &row, &out->exists, err,
                          "SELECT user, complete, expires, name FROM "
                          "_mx_staged WHERE name > ? AND name < ? ORDER BY "
                          "complete DESC, expires DESC LIMIT 1",
                          "tt", from, to);
    if (out->exists) {
        out->user = nf_column_int(row, 0);
        out->complete = nf_column_int(row, 1) != 0;
        out->expires = nf_column_int(row, 2);
        snprintf(name->text, sizeof name->text, "%s", nf_column_text(row, 3));
    }
    nf_database_done(server->database, row);
    return status;
}

nf_status nf_staged_drop_results(nf_server *server, const nf_sync_id *id,
                                 nf_error *err)
{
    nf_blob_name name;
    nf_staged staged;
    nf_status status = nf_staged_result(server, id, &name, &staged, err);

    while (status == NF_OK && staged.exists) {
        status = nf_staged_drop(server, &name, err);
        if (status == NF_OK)
            status = nf_staged_result(server, id, &name, &staged, err);
    }
    return status;
}

/* ---- one blob ------------------------------------------------------------
 */

nf_status nf_staged_put(nf_server *server, const nf_blob_name *name,
                        const nf_staged *staged, nf_error *err)
{
    return nf_database_write(
        server->database, err,
        "INSERT INTO _mx_staged(name, user, length, complete, "
        "expires) VALUES(?,?,?,?,?) ON CONFLICT(name) DO UPDATE "
        "SET user = excluded.user, length = excluded.length, "
        "complete = excluded.complete, expires = "
        "excluded.expires",
        "tiiii", name->text, staged->user, staged->length,
        (int64_t)staged->complete, staged->expires);
}

nf_status nf_staged_touch(nf_server *server, const nf_blob_name *name,
                          const nf_staged *staged, nf_error *err)
{
    nf_staged later = *staged;

    later.expires = nf_server_now(server) + NF_STAGED_MS;
    /* Not a transaction for every chunk. */
    if (later.expires - staged->expires < NF_TOUCH_STEP_MS)
        return NF_OK;
    return nf_staged_put(server, name, &later, err);
}

nf_status nf_staged_drop(nf_server *server, const nf_blob_name *name,
                         nf_error *err)
{
    nf_status status = nf_database_write(
        server->database, err, "DELETE FROM _mx_staged WHERE name = ?", "t",
        name->text);
    return status == NF_OK ? nf_blob_remove(server->blobs, name, err) : status;
}

nf_status nf_staged_total(nf_server *server, int64_t user, int64_t *out,
                          nf_error *err)
{
    bool found;
    return nf_database_query_number(
        server->database, out, &found, err,
        "SELECT coalesce(sum(length), 0) FROM _mx_staged "
        "WHERE user = ?",
        "i", user);
}

/* ---- complete contents --------------------------------------------------- */

nf_status nf_server_put_content(nf_server *server, const void *bytes,
                                size_t size, uint8_t sha[NF_SHA256_SIZE],
                                nf_error *err)
{
    nf_blob_name part, content;
    int64_t there = -1;
    nf_status status;

    if (!nf_sha256(sha, bytes, size))
        return nf_error_nomem(err);
    content = nf_blob_name_content(sha);
    part = nf_blob_name_part(sha, 0); /* user 0: the server itself */
    status = nf_blob_size(server->blobs, &content, &there, err);
    if (status != NF_OK || there == (int64_t)size)
        return status;
    status = nf_blob_remove(server->blobs, &part, err);
    if (status == NF_OK)
        status = nf_blob_append(server->blobs, &part, 0, bytes, size, err);
    if (status == NF_OK)
        status = nf_blob_rename(server->blobs, &part, &content, err);
    return status;
}

nf_status nf_server_get_content(nf_server *server,
                                const uint8_t sha[NF_SHA256_SIZE],
                                uint8_t **out, size_t *size, nf_error *err)
{
    nf_blob_name name = nf_blob_name_content(sha);
    int64_t length = -1;
    nf_status status = nf_blob_size(server->blobs, &name, &length, err);

    *out = NULL;
    *size = 0;
    if (status != NF_OK || length < 0)
        return status;
    *out = nf_alloc((size_t)length + 1);
    if (!*out)
        return nf_error_nomem(err);
    *size = (size_t)length;
    return nf_blob_read(server->blobs, &name, 0, *out, size, err);
}

/* ---- what has ended ------------------------------------------------------ */

/* Whether an object, or somebody's finished upload, names these contents. */
static nf_status is_named(nf_server *server, const nf_blob_name *name,
                          bool *out, nf_error *err)
{
    uint8_t sha[NF_SHA256_SIZE];
    const char *hex = name->text + strlen("content-");
    char from[112], to[112];
    int64_t number;

    *out = true; /* not ours: leave it alone */
    if (!nf_unhex(sha, sizeof sha, hex))
        return NF_OK;
    snprintf(from, sizeof from, "part-%.64s-", hex);
    snprintf(to, sizeof to, "part-%.64s.", hex);
    return nf_database_query_number(
        server->database, &number, out, err,
        "SELECT 1 FROM _mx_file WHERE local_hash = ? UNION ALL SELECT 1 FROM "
        "_mx_staged WHERE name > ? AND name < ? AND complete <> 0 LIMIT 1",
        "btt", (const void *)sha, sizeof sha, from, to);
}

static nf_status collect_blob(void *user, const nf_blob_name *name,
                              nf_error *err)
{
    nf_server *server = user;
    nf_staged staged = {0};
    bool keep = true;
    nf_status status;

    if (!strncmp(name->text, "content-", strlen("content-")))
        status = is_named(server, name, &keep, err);
    else {
        status = nf_staged_get(server, name, &staged, err);
        keep = staged.exists;
    }
    return status == NF_OK && !keep ? nf_blob_remove(server->blobs, name, err)
                                    : status;
}

nf_status nf_staged_collect(nf_server *server, nf_error *err)
{
    nf_status status = nf_database_write(
        server->database, err, "DELETE FROM _mx_staged WHERE expires < ?", "i",
        nf_server_now(server));
    return status == NF_OK
               ? nf_blobs_each(server->blobs, collect_blob, server, err)
               : status;
}
