/* Contents of file objects: bytes by their digest in `_mx_blob`, and in
 * `_mx_file` what each object has (domain D132). Bytes are never changed in
 * place, so a reader of the old ones is safe. */
#include "database/schema.h"

#include "base/memory.h"
#include "base/digest.h"

nf_status nf_database_put_bytes(nf_database *database, const void *bytes,
                                size_t size, uint8_t hash[NF_CONTENT_HASH_SIZE],
                                nf_error *err)
{
    nf_statement *statement = nf_database_statement(
        database,
        "INSERT INTO _mx_blob(hash, data) VALUES(?, ?) ON CONFLICT DO NOTHING",
        err);
    nf_status status;
    bool row;

    if (!statement)
        return nf_no_statement(err);
    if (!nf_digest(hash, bytes, size)) {
        nf_database_done(database, statement);
        return nf_error_nomem(err);
    }
    nf_bind_bytes(statement, 1, hash, NF_CONTENT_HASH_SIZE);
    if (!nf_bind_bytes(statement, 2, size ? bytes : "", size))
        status = nf_database_error(database, "store contents", err);
    else
        status = nf_database_step(database, statement, &row, err);
    nf_database_done(database, statement);
    return status;
}

nf_status nf_database_get_bytes(nf_database *database,
                                const uint8_t hash[NF_CONTENT_HASH_SIZE],
                                uint8_t **out, size_t *size, nf_error *err)
{
    nf_statement *statement = nf_database_statement(
        database, "SELECT data FROM _mx_blob WHERE hash = ?", err);
    nf_status status;
    bool row;

    *out = NULL;
    *size = 0;
    if (!statement)
        return nf_no_statement(err);
    nf_bind_bytes(statement, 1, hash, NF_CONTENT_HASH_SIZE);
    status = nf_database_step(database, statement, &row, err);
    if (!status && row) {
        const void *bytes = nf_column_bytes(statement, 0);
        size_t length = nf_column_size(statement, 0);

        *out = (uint8_t *)nf_strndup(bytes ? bytes : "", length);
        if (*out)
            *size = length;
        else
            status = nf_error_nomem(err);
    }
    nf_database_done(database, statement);
    return status;
}

static nf_status find_blob(nf_database *database,
                           const uint8_t hash[NF_CONTENT_HASH_SIZE],
                           int64_t *rowid, bool *found, nf_error *err)
{
    nf_statement *statement = nf_database_statement(
        database, "SELECT rowid FROM _mx_blob WHERE hash = ?", err);
    nf_status status;

    *found = false;
    if (!statement)
        return nf_no_statement(err);
    nf_bind_bytes(statement, 1, hash, NF_CONTENT_HASH_SIZE);
    status = nf_database_step(database, statement, found, err);
    if (!status && *found)
        *rowid = nf_column_int(statement, 0);
    nf_database_done(database, statement);
    return status;
}

nf_status nf_database_read_bytes(nf_database *database,
                                 const uint8_t hash[NF_CONTENT_HASH_SIZE],
                                 int64_t offset, void *bytes, size_t *size,
                                 int64_t *total, nf_error *err)
{
    sqlite3_blob *blob = NULL;
    int64_t rowid = 0, length = -1;
    bool found;
    nf_status status = find_blob(database, hash, &rowid, &found, err);

    if (!status && found &&
        sqlite3_blob_open(database->handle, "main", "_mx_blob", "data", rowid,
                          0, &blob) != SQLITE_OK)
        status = nf_database_error(database, "read contents", err);
    if (blob)
        length = sqlite3_blob_bytes(blob);
    if (status || offset < 0 || offset >= length)
        *size = 0;
    else if ((int64_t)*size > length - offset)
        *size = (size_t)(length - offset);
    if (*size &&
        sqlite3_blob_read(blob, bytes, (int)*size, (int)offset) != SQLITE_OK)
        status = nf_database_error(database, "read contents", err);
    sqlite3_blob_close(blob);
    if (total)
        *total = length;
    return status;
}

nf_status nf_database_has_bytes(nf_database *database,
                                const uint8_t hash[NF_CONTENT_HASH_SIZE],
                                bool *out, nf_error *err)
{
    nf_statement *statement = nf_database_statement(
        database, "SELECT 1 FROM _mx_blob WHERE hash = ?", err);
    nf_status status;

    *out = false;
    if (!statement)
        return nf_no_statement(err);
    nf_bind_bytes(statement, 1, hash, NF_CONTENT_HASH_SIZE);
    status = nf_database_step(database, statement, out, err);
    nf_database_done(database, statement);
    return status;
}

static nf_statement *ask_content(nf_database *database, int64_t id,
                                 nf_error *err)
{
    nf_statement *statement = nf_database_statement(
        database,
        "SELECT local_hash, size, server_version, state FROM _mx_file WHERE "
        "id = ?",
        err);

    if (statement)
        nf_bind_int(statement, 1, id);
    return statement;
}

nf_status nf_database_expect_content(nf_database *database, int64_t id,
                                     nf_error *err)
{
    return database->piped ? nf_database_expect_done(
                                 database, ask_content(database, id, err), err)
                           : NF_OK;
}

nf_status nf_database_get_content(nf_database *database, int64_t id,
                                  nf_content *out, nf_error *err)
{
    nf_statement *statement = ask_content(database, id, err);
    nf_status status;
    bool row;

    *out = (nf_content){.size = -1};
    if (!statement)
        return nf_no_statement(err);
    status = nf_database_step(database, statement, &row, err);
    if (!status && row) {
        const char *version = nf_column_text(statement, 2);

        out->exists = true;
        if (nf_column_size(statement, 0) == NF_CONTENT_HASH_SIZE) {
            out->has_hash = true;
            memcpy(out->hash, nf_column_bytes(statement, 0),
                   NF_CONTENT_HASH_SIZE);
        }
        out->size = nf_column_int(statement, 1);
        if (version && strlen(version) < sizeof out->server_version)
            memcpy(out->server_version, version, strlen(version) + 1);
        out->state = (nf_content_state)nf_column_int(statement, 3);
    }
    nf_database_done(database, statement);
    return status;
}

nf_status nf_database_set_content(nf_database *database, int64_t id,
                                  const nf_content *content, nf_error *err)
{
    nf_statement *statement = nf_database_statement(
        database,
        "INSERT INTO _mx_file(id, local_hash, size, server_version, state) "
        "VALUES(?, ?, ?, ?, ?) ON CONFLICT(id) DO UPDATE SET local_hash = "
        "excluded.local_hash, size = excluded.size, server_version = "
        "excluded.server_version, state = excluded.state",
        err);
    nf_status status;
    bool row;

    if (!statement)
        return nf_no_statement(err);
    nf_bind_int(statement, 1, id);
    if (content->has_hash)
        nf_bind_bytes(statement, 2, content->hash, NF_CONTENT_HASH_SIZE);
    nf_bind_int(statement, 3, content->size);
    if (*content->server_version)
        nf_bind_text(statement, 4, content->server_version);
    nf_bind_int(statement, 5, content->state);
    nf_statement_apart(statement);
    nf_database_wrote(database, id);
    status = nf_database_step(database, statement, &row, err);
    nf_database_done(database, statement);
    return status;
}

nf_status nf_database_drop_content(nf_database *database, int64_t id,
                                   nf_error *err)
{
    nf_statement *statement = nf_database_statement(
        database, "DELETE FROM _mx_file WHERE id = ?", err);
    nf_status status;
    bool row;

    if (!statement)
        return nf_no_statement(err);
    nf_bind_int(statement, 1, id);
    nf_statement_apart(statement);
    nf_database_wrote(database, id);
    status = nf_database_step(database, statement, &row, err);
    nf_database_done(database, statement);
    return status;
}

nf_status nf_database_collect_bytes(nf_database *database, const char *keep_sql,
                                    nf_error *err)
{
    nf_buffer sql;
    nf_status status;

    nf_buffer_init(&sql, NF_BUFFER_MAX);
    nf_buffer_text(&sql, "DELETE FROM _mx_blob WHERE hash NOT IN (SELECT "
                         "local_hash FROM _mx_file WHERE local_hash IS NOT "
                         "NULL");
    if (keep_sql)
        nf_buffer_format(&sql, " UNION %s", keep_sql);
    nf_buffer_char(&sql, ')');
    status = nf_buffer_string(&sql)
                 ? nf_database_execute(database, nf_buffer_string(&sql), err)
                 : nf_error_nomem(err);
    nf_buffer_dispose(&sql);
    return status;
}
