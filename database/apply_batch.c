/* What an apply writes for many objects alike, a batch at a time: server copies
 * of a first download, and uploads that the server took as they were. A
 * statement fails as a whole with its apply, so it needs no journal of its own
 * (OR FAIL). */
#include "base/memory.h"
#include "database/apply_internal.h"

/* `head`, `row` so many times, `tail`. NULL: out of memory. Owner: caller. */
static char *rows_text(const char *head, const char *row, size_t count,
                       const char *tail)
{
    nf_buffer sql;
    char *text;

    nf_buffer_init(&sql, NF_BUFFER_MAX);
    nf_buffer_text(&sql, head);
    for (size_t i = 0; i < count; i++) {
        if (i)
            nf_buffer_char(&sql, ',');
        nf_buffer_text(&sql, row);
    }
    nf_buffer_text(&sql, tail);
    text = nf_buffer_take(&sql);
    nf_buffer_dispose(&sql);
    return text;
}

/* The statement for `count` rows: the text for a full batch is kept in *full,
 * other rows come one by one. */
static nf_status rows_statement(nf_statement **out, nf_apply *apply,
                                char **full, const char *head, const char *row,
                                size_t count, const char *tail, nf_error *err)
{
    nf_database *database = apply->device->database;
    char *text = count == NF_APPLY_ROWS ? *full : NULL;

    *out = NULL;
    if (!text)
        text = rows_text(head, row, count, tail);
    if (!text)
        return nf_error_nomem(err);
    if (count == NF_APPLY_ROWS)
        *full = text;
    *out = nf_database_statement(database, text, err);
    if (count != NF_APPLY_ROWS)
        nf_free(text);
    return *out ? NF_OK : nf_no_statement(err);
}

static void bind_hash(nf_statement *statement, int at, const uint8_t *hash,
                      size_t size)
{
    if (size)
        nf_bind_bytes(statement, at, hash, size);
    else
        nf_bind_null(statement, at);
}

static nf_status run(nf_apply *apply, nf_statement *statement, nf_error *err)
{
    bool row;
    nf_status status =
        nf_database_step(apply->device->database, statement, &row, err);

    nf_database_done(apply->device->database, statement);
    return status;
}

/* ---- a device that has nothing yet --------------------------------------- */

/* Rows that the server sent twice violate a key: nothing else can. */
nf_status nf_apply_judge(nf_status status, nf_error *problem, nf_error *err)
{
    if (status == NF_FAILED && !strcmp(problem->detail, "constraint"))
        return nf_error_set(err, NF_FAILED, "SYNC_PROTOCOL",
                            "the server sent an object twice (SYNC_PROTOCOL)");
    if (status && err && !nf_error_is_set(err))
        *err = *problem;
    return status;
}

static nf_status write_copies(nf_apply *apply, const nf_copy_row *rows,
                              size_t count, nf_error *err)
{
    nf_statement *statement;
    nf_status status = rows_statement(
        &statement, apply, &apply->fresh_sql,
        "INSERT OR FAIL INTO _mx_object(id, entity, server_hash, rights) "
        "VALUES",
        "(?,?,?,?)", count, "", err);

    for (size_t i = 0; !status && i < count; i++) {
        int at = (int)i * 4;

        nf_bind_int(statement, at + 1, rows[i].id);
        nf_bind_int(statement, at + 2, rows[i].entity);
        bind_hash(statement, at + 3, rows[i].hash, rows[i].hash_size);
        if (rows[i].rights)
            nf_bind_int(statement, at + 4, rows[i].rights);
    }
    return status ? status : run(apply, statement, err);
}

static nf_status flush_copies(nf_apply *apply, nf_error *err)
{
    size_t count = apply->fresh_count;
    size_t step = count == NF_APPLY_ROWS ? count : 1;
    nf_error problem = {0};
    nf_status status = NF_OK;

    apply->fresh_count = 0;
    for (size_t i = 0; !status && i < count; i += step)
        status = write_copies(apply, apply->fresh_rows + i, step, &problem);
    return nf_apply_judge(status, &problem, err);
}

/* ---- uploads that were accepted ------------------------------------------ */

static bool is_sent(const nf_accepted_row *row, const void *mid, size_t size)
{
    return row->frozen && row->frozen->kind != NF_CHANGE_NONE &&
           size == NF_MID_SIZE && !memcmp(row->frozen->mid, mid, NF_MID_SIZE);
}

/* Whether nothing else is in the change log: then it is emptied, which looks
 * at no row. */
static nf_status is_whole_log(nf_apply *apply, bool *out, nf_error *err)
{
    nf_database *database = apply->device->database;
    nf_statement *statement = nf_database_statement(
        database,
        "SELECT 1 WHERE EXISTS(SELECT 1 FROM _mx_change WHERE id < ?) OR "
        "EXISTS(SELECT 1 FROM _mx_change WHERE id > ?)",
        err);
    nf_status status;
    bool row;

    *out = false;
    if (!statement)
        return nf_no_statement(err);
    nf_bind_int(statement, 1, apply->settled.first);
    nf_bind_int(statement, 2, apply->settled.last);
    status = nf_database_step(database, statement, &row, err);
    nf_database_done(database, statement);
    *out = !status && !row;
    return status;
}

/* Deletes the stretch of the change log that was found to be what was sent. */
static nf_status delete_settled(nf_apply *apply, nf_error *err)
{
    bool whole = false;
    nf_status status = NF_OK;

    if (!apply->settled.any)
        return NF_OK;
    status = is_whole_log(apply, &whole, err);
    if (!status)
        status = whole ? nf_database_run(apply->device->database,
                                         "DELETE FROM _mx_change", err)
                       : nf_database_write(
                             apply->device->database, err,
                             "DELETE FROM _mx_change WHERE id BETWEEN ? AND ?",
                             "ii", apply->settled.first, apply->settled.last);
    apply->settled.any = false;
    return status;
}

/* `id` is the next one in the change log; what was sent and lies side by side
 * is one stretch. */
static nf_status settle(nf_apply *apply, nf_accepted_row *row, int64_t id,
                        nf_error *err)
{
    nf_settled *settled = &apply->settled;

    if (!row) { /* another change, which stays */
        settled->open = false;
        return NF_OK;
    }
    row->settled = true;
    if (settled->any && !settled->open) {
        nf_status status = delete_settled(apply, err);
        if (status)
            return status;
    }
    if (!settled->any)
        settled->first = id;
    settled->last = id;
    settled->any = settled->open = true;
    return NF_OK;
}

/* Finds the stretches of the change log that are what was sent and nothing
 * else. The last one stays open for what follows. */
static nf_status find_sent(nf_apply *apply, nf_error *err)
{
    nf_database *database = apply->device->database;
    nf_accepted_row *row = apply->accepted, *end = row + apply->accepted_count;
    nf_statement *statement = nf_database_statement(
        database,
        "SELECT id, mid FROM _mx_change WHERE id BETWEEN ? AND ? ORDER BY id",
        err);
    nf_status status = statement ? NF_OK : nf_no_statement(err);
    bool more = true;

    if (statement) {
        nf_bind_int(statement, 1,
                    apply->settled.any ? apply->settled.last + 1 : row->id);
        nf_bind_int(statement, 2, end[-1].id);
    }
    while (!status &&
           !(status = nf_database_step(database, statement, &more, err)) &&
           more) {
        int64_t id = nf_column_int(statement, 0);
        bool sent;

        while (row < end && row->id < id)
            row++;
        sent = row < end && row->id == id &&
               is_sent(row, nf_column_bytes(statement, 1),
                       nf_column_size(statement, 1));
        status = settle(apply, sent ? row : NULL, id, err);
    }
    nf_database_done(database, statement);
    return status;
}

/* A local change of an accepted object that is not the one that was sent: a
 * newer one stays over what the server has now. */
static nf_status keep_newer(nf_apply *apply, nf_accepted_row *row,
                            nf_error *err)
{
    nf_change change;
    nf_status status =
        nf_apply_local_change(apply, row->id, &change, &row->stays, err);

    if (!status && row->stays && change.kind == NF_CHANGE_NEW) {
        /* What was sent is not kept: everything counts as changed since. */
        change.kind = NF_CHANGE_CHANGED;
        change.changed = nf_member_set_new(change.entity);
        if (!change.changed)
            status = nf_error_nomem(err);
        for (size_t i = 0; !status && i < change.entity->member_count; i++)
            if (!change.entity->members[i].child_end)
                nf_member_set_add(change.changed, i);
        if (!status)
            status = nf_change_rewrite(apply->device, &change, err);
    }
    nf_change_dispose(&change);
    return status;
}

static nf_status settle_changes(nf_apply *apply, size_t count, nf_error *err)
{
    nf_status status = find_sent(apply, err);

    apply->accepted_count = 0; /* keep_newer asks for a flush */
    for (size_t i = 0; !status && i < count; i++)
        if (!apply->accepted[i].settled)
            status = keep_newer(apply, &apply->accepted[i], err);
    return status;
}

static nf_status has_view(nf_apply *apply, const nf_entity *entity, bool *out,
                          nf_error *err)
{
    uint8_t *token;
    size_t size;
    nf_status status =
        nf_device_get_view(apply->device, entity, &token, &size, err);

    *out = token != NULL;
    nf_free(token);
    return status;
}

static nf_status touch_rows(nf_apply *apply, size_t from, size_t count,
                            nf_error *err)
{
    int64_t entity = nf_database_entity_number(apply->device->database,
                                               apply->accepted_entity);
    nf_statement *statement;
    nf_status status =
        rows_statement(&statement, apply, &apply->touch_sql,
                       "INSERT OR IGNORE INTO _mx_touched(entity, id) VALUES",
                       "(?,?)", count, "", err);

    for (size_t i = 0; !status && i < count; i++) {
        nf_bind_int(statement, 2 * (int)i + 1, entity);
        nf_bind_int(statement, 2 * (int)i + 2, apply->accepted[from + i].id);
    }
    return status ? status : run(apply, statement, err);
}

static nf_status touch_accepted(nf_apply *apply, size_t count, nf_error *err)
{
    size_t step = count == NF_APPLY_ROWS ? count : 1;
    bool viewed = false;
    nf_status status = NF_OK;

    if (apply->section != apply->accepted_entity)
        status = has_view(apply, apply->accepted_entity, &viewed, err);
    for (size_t i = 0; !status && viewed && i < count; i += step)
        status = touch_rows(apply, i, step, err);
    return status;
}

/* An object that was new until now has no rights yet; others keep theirs. */
static nf_status write_hashes(nf_apply *apply, size_t from, size_t count,
                              nf_error *err)
{
    int64_t entity = nf_database_entity_number(apply->device->database,
                                               apply->accepted_entity);
    nf_statement *statement;
    nf_status status = rows_statement(
        &statement, apply, &apply->hash_sql,
        "INSERT OR FAIL INTO _mx_object(id, entity, server_hash) VALUES",
        "(?,?,?)", count,
        " ON CONFLICT(id) DO UPDATE SET server_hash = excluded.server_hash",
        err);

    for (size_t i = 0; !status && i < count; i++) {
        const nf_accepted_row *row = &apply->accepted[from + i];
        int at = 3 * (int)i;

        nf_bind_int(statement, at + 1, row->id);
        nf_bind_int(statement, at + 2, entity);
        bind_hash(statement, at + 3, row->hash, row->hash_size);
    }
    return status ? status : run(apply, statement, err);
}

static bool is_deletion(const nf_accepted_row *row)
{
    return row->frozen && row->frozen->kind == NF_CHANGE_DELETED;
}

static nf_status write_accepted(nf_apply *apply, size_t count, nf_error *err)
{
    bool alike = count == NF_APPLY_ROWS;
    nf_status status = NF_OK;

    for (size_t i = 0; alike && i < count; i++)
        alike = !is_deletion(&apply->accepted[i]);
    if (alike)
        return write_hashes(apply, 0, count, err);
    for (size_t i = 0; !status && i < count; i++) {
        const nf_accepted_row *row = &apply->accepted[i];

        if (!is_deletion(row))
            status = write_hashes(apply, i, 1, err);
        else if (!row->stays)
            status = nf_object_row_remove(apply->device, row->id, err);
    }
    return status;
}

static nf_status flush_accepted(nf_apply *apply, nf_error *err)
{
    size_t count = apply->accepted_count;
    nf_status status;

    if (!count)
        return NF_OK;
    status = nf_change_flush(apply->device, err);
    if (!status)
        status = settle_changes(apply, count, err);
    if (!status)
        status = touch_accepted(apply, count, err);
    return status ? status : write_accepted(apply, count, err);
}

nf_status nf_apply_accept(nf_apply *apply, const nf_entity *entity, int64_t id,
                          const void *hash, size_t hash_size, nf_error *err)
{
    size_t count = apply->accepted_count;
    nf_accepted_row *row;
    nf_status status = NF_OK;

    if (count && (apply->accepted_entity != entity ||
                  apply->accepted[count - 1].id >= id))
        status = nf_apply_flush(apply, err);
    else if (count == NF_APPLY_ROWS)
        status = flush_accepted(apply, err);
    if (status)
        return status;
    row = &apply->accepted[apply->accepted_count++];
    *row =
        (nf_accepted_row){.id = id, .frozen = nf_idmap_get(apply->by_id, id)};
    row->hash_size = hash_size <= NF_SERVER_HASH_MAX ? hash_size : 0;
    if (row->hash_size)
        memcpy(row->hash, hash, row->hash_size);
    apply->accepted_entity = entity;
    return NF_OK;
}

nf_status nf_apply_flush(nf_apply *apply, nf_error *err)
{
    nf_status status = flush_accepted(apply, err);

    if (!status)
        status = delete_settled(apply, err);
    return status ? status : flush_copies(apply, err);
}
