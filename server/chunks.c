/* See chunks.h. A blob is its pieces by where they start; it ends where the
 * last one does. */
#include "server/chunks.h"

#include "base/memory.h"
#include "database/statement.h"

enum { PIECE = 256 << 10 };

struct nf_chunks {
    nf_database *database;
};

nf_status nf_chunks_open(nf_chunks **out, const nf_database *database,
                         nf_error *err)
{
    nf_database_options options = {.model = nf_database_model(database),
                                   .path = nf_database_address(database),
                                   .side = NF_DATABASE_SERVER,
                                   .bare = true};
    nf_chunks *chunks = nf_alloc(sizeof *chunks);
    nf_status status;

    *out = NULL;
    if (!chunks)
        return nf_error_nomem(err);
    status = nf_database_open(&chunks->database, &options, err);
    if (status != NF_OK) {
        nf_chunks_close(chunks);
        return status;
    }
    *out = chunks;
    return NF_OK;
}

void nf_chunks_close(nf_chunks *chunks)
{
    if (!chunks)
        return;
    nf_database_close(chunks->database);
    nf_free(chunks);
}

/* With a name as its first parameter; NULL with an error. */
static nf_statement *prepare(nf_chunks *chunks, const char *sql,
                             const char *name, nf_error *err)
{
    nf_statement *statement = nf_database_statement(chunks->database, sql, err);

    if (statement)
        nf_bind_text(statement, 1, name);
    return statement;
}

static nf_status failed(const nf_error *err)
{
    return nf_no_statement(err);
}

static nf_status run(nf_chunks *chunks, nf_statement *statement, nf_error *err)
{
    bool row;
    nf_status status;

    if (!statement)
        return failed(err);
    status = nf_database_step(chunks->database, statement, &row, err);
    nf_database_done(chunks->database, statement);
    return status;
}

nf_status nf_chunks_size(nf_chunks *chunks, const char *name, int64_t *size,
                         nf_error *err)
{
    nf_statement *statement =
        prepare(chunks,
                "SELECT start + octet_length(data) FROM _mx_chunk WHERE name "
                "= ? ORDER BY start DESC LIMIT 1",
                name, err);
    bool row = false;
    nf_status status;

    *size = -1;
    if (!statement)
        return failed(err);
    status = nf_database_step(chunks->database, statement, &row, err);
    if (row)
        *size = nf_column_int(statement, 0);
    nf_database_done(chunks->database, statement);
    return status;
}

/* ---- writing ------------------------------------------------------------- */

/* Only at the end, whoever else appends: two who have seen the same end write
 * the same key. An empty piece, which an empty blob has, gives way. */
static nf_status append_piece(nf_chunks *chunks, const char *name,
                              int64_t offset, const void *bytes, size_t size,
                              nf_error *err)
{
    nf_statement *statement = prepare(
        chunks,
        "INSERT INTO _mx_chunk(name, start, data) SELECT ?1, ?2, ?3 WHERE "
        "coalesce((SELECT start + octet_length(data) FROM _mx_chunk WHERE "
        "name = ?1 ORDER BY start DESC LIMIT 1), 0) = ?2 ON CONFLICT(name, "
        "start) DO UPDATE SET data = excluded.data WHERE "
        "octet_length(_mx_chunk.data) = 0",
        name, err);
    nf_status status;

    if (statement) {
        nf_bind_int(statement, 2, offset);
        nf_bind_bytes(statement, 3, size ? bytes : "", size);
    }
    status = run(chunks, statement, err);
    if (status == NF_OK && nf_database_changes(chunks->database) != 1)
        status = nf_error_set(err, NF_FAILED, "wrong_offset",
                              "the offset is not the end");
    return status;
}

nf_status nf_chunks_append(nf_chunks *chunks, const char *name, int64_t offset,
                           const void *bytes, size_t size, nf_error *err)
{
    const char *at = bytes;
    nf_status status;

    if (size <= PIECE)
        return append_piece(chunks, name, offset, bytes, size, err);
    status = nf_database_begin(chunks->database, err);
    if (status != NF_OK)
        return status;
    while (status == NF_OK && size > 0) {
        size_t piece = size < PIECE ? size : PIECE;

        status = append_piece(chunks, name, offset, at, piece, err);
        at += piece;
        offset += (int64_t)piece;
        size -= piece;
    }
    return nf_database_conclude(chunks->database, status, err);
}

static nf_status move(nf_chunks *chunks, const char *from, const char *to,
                      nf_error *err)
{
    nf_statement *statement;
    nf_status status = nf_chunks_remove(chunks, to, err);

    if (status != NF_OK)
        return status;
    statement = prepare(
        chunks, "UPDATE _mx_chunk SET name = ?2 WHERE name = ?1", from, err);
    if (statement)
        nf_bind_text(statement, 2, to);
    status = run(chunks, statement, err);
    if (status == NF_OK && nf_database_changes(chunks->database) == 0)
        status =
            nf_error_set(err, NF_FAILED, "storage", "there is no '%s'", from);
    return status;
}

nf_status nf_chunks_rename(nf_chunks *chunks, const char *from, const char *to,
                           nf_error *err)
{
    nf_error problem = {0};
    nf_status ended, status = nf_database_begin(chunks->database, err);

    if (status != NF_OK)
        return status;
    status = move(chunks, from, to, &problem);
    ended = nf_database_end(chunks->database, status == NF_OK, err);
    if (status == NF_OK)
        return ended;
    /* Somebody else has put the same bytes there: contents have the name of
     * their digest. */
    if (!strcmp(problem.detail, "constraint"))
        return nf_chunks_remove(chunks, from, err);
    return nf_error_pass(&problem, err);
}

nf_status nf_chunks_remove(nf_chunks *chunks, const char *name, nf_error *err)
{
    return run(
        chunks,
        prepare(chunks, "DELETE FROM _mx_chunk WHERE name = ?", name, err),
        err);
}

/* ---- reading ------------------------------------------------------------- */

/* The part of each piece that lies between two offsets. */
static const char parts[] =
    "SELECT greatest(start, ?2), substr(data, (greatest(?2 - start, 0) + "
    "1)::int, greatest(least(?3 - start, octet_length(data)) - greatest(?2 - "
    "start, 0), 0)::int) FROM _mx_chunk WHERE name = ?1 AND start >= "
    "coalesce((SELECT max(start) FROM _mx_chunk WHERE name = ?1 AND start <= "
    "?2), 0) AND start < ?3 ORDER BY start";

nf_status nf_chunks_read(nf_chunks *chunks, const char *name, int64_t offset,
                         void *bytes, size_t *size, nf_error *err)
{
    nf_statement *statement = prepare(chunks, parts, name, err);
    size_t wanted = *size, done = 0;
    bool row = true;
    nf_status status = NF_OK;

    *size = 0;
    if (!statement)
        return failed(err);
    nf_bind_int(statement, 2, offset);
    nf_bind_int(statement, 3, offset + (int64_t)wanted);
    if (wanted > 16 * (size_t)PIECE)
        nf_statement_many(statement);
    while (status == NF_OK &&
           (status = nf_database_step(chunks->database, statement, &row,
                                      err)) == NF_OK &&
           row) {
        size_t part = nf_column_size(statement, 1);

        if (nf_column_int(statement, 0) != offset + (int64_t)done ||
            part > wanted - done)
            break; /* a gap: what is before it counts */
        if (part)
            memcpy((char *)bytes + done, nf_column_bytes(statement, 1), part);
        done += part;
    }
    nf_database_done(chunks->database, statement);
    *size = done;
    return status;
}

nf_status nf_chunks_each(nf_chunks *chunks, nf_blob_visit each, void *user,
                         nf_error *err)
{
    nf_statement *statement = nf_database_statement(
        chunks->database, "SELECT DISTINCT name FROM _mx_chunk", err);
    bool row = true;
    nf_status status = NF_OK;

    if (!statement)
        return failed(err);
    nf_statement_many(statement);
    while (status == NF_OK &&
           (status = nf_database_step(chunks->database, statement, &row,
                                      err)) == NF_OK &&
           row) {
        const char *text = nf_column_text(statement, 0);
        nf_blob_name name = {0};

        if (text && strlen(text) < sizeof name.text) {
            memcpy(name.text, text, strlen(text) + 1);
            status = each(user, &name, err);
        }
    }
    nf_database_done(chunks->database, statement);
    return status;
}
