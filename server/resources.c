/* Sync resources as rows of _mx_sync_history (synchronize W27.1, W50, W53):
 * what a device started, how far it is, and what became of it. Nothing about
 * them is in memory, so they outlive the process and another one on the same
 * database can go on. The bytes of an upload are a blob; how many there are
 * is read from it, never from the row (W40). */
#include "server/internal.h"

#include <stdio.h>

static const char *const state_names[] = {
    [NF_RUN_OPEN] = "open",       [NF_RUN_STAGED] = "staged",
    [NF_RUN_APPLIED] = "applied", [NF_RUN_ACKED] = "acked",
    [NF_RUN_ABORTED] = "aborted", [NF_RUN_FAILED] = "failed",
};

const char *nf_run_state_name(nf_run_state state)
{
    return state_names[state];
}

static nf_run_state state_of(const char *name)
{
    for (size_t i = 0; name && i < sizeof state_names / sizeof *state_names;
         i++) {
        if (!strcmp(name, state_names[i]))
            return (nf_run_state)i;
    }
    return NF_RUN_FAILED;
}

void nf_run_dispose(nf_server_run *run)
{
    nf_free(run->request);
    *run = (nf_server_run){0};
}

static bool take_blob(uint8_t **out, size_t *size, nf_statement *row,
                      int column)
{
    const void *bytes = nf_column_bytes(row, column);

    *size = nf_column_size(row, column);
    *out = NULL;
    if (*size == 0)
        return true;
    *out = nf_alloc(*size);
    if (*out)
        memcpy(*out, bytes, *size);
    return *out != NULL;
}

static bool read_row(nf_server_run *out, nf_statement *row)
{
    const char *encoding = nf_column_text(row, 5);
    const char *mode = nf_column_text(row, 3);

    out->device = nf_column_int(row, 0);
    out->user = nf_column_int(row, 1);
    out->state = state_of(nf_column_text(row, 2));
    snprintf(out->mode, sizeof out->mode, "%s", mode ? mode : "");
    out->full = !strcmp(out->mode, "all");
    out->length = nf_column_int(row, 4);
    out->gzip = encoding && !strcmp(encoding, "gzip");
    if (nf_column_size(row, 6) == NF_SHA256_SIZE)
        memcpy(out->sha, nf_column_bytes(row, 6), NF_SHA256_SIZE);
    out->touched = nf_column_int(row, 8);
    out->sequence = nf_column_int(row, 9);
    return take_blob(&out->request, &out->request_size, row, 7);
}

/* A upload that did not go on ends after its lifetime, whether it has been
 * collected or not. */
static bool has_ended(const nf_server *server, const nf_server_run *run)
{
    return (run->state == NF_RUN_OPEN || run->state == NF_RUN_STAGED) &&
           nf_server_now(server) - run->touched > NF_STAGED_MS;
}

nf_status nf_run_load(nf_server *server, const nf_server_session *session,
                      const nf_sync_id *id, nf_server_run *out, nf_error *err)
{
    nf_statement *row;
    bool found, ok;
    nf_status status = nf_database_query(
        server->database, &row, &found, err,
        "SELECT device, user, state, mode, body_length, enc, body_sha, "
        "request, touched, seq FROM _mx_sync_history WHERE sync_id = "
        "?",
        "b", (const void *)id->bytes, sizeof id->bytes);

    *out = (nf_server_run){.id = *id};
    if (status != NF_OK || !found)
        return status;
    ok = read_row(out, row);
    nf_database_done(server->database, row);
    if (!ok) {
        nf_run_dispose(out);
        return nf_error_nomem(err);
    }
    out->exists = !has_ended(server, out);
    /* W21: nobody else's, not even whether it is there. */
    out->foreign = out->user != session->user || out->device != session->device;
    return NF_OK;
}

nf_status nf_run_busy(nf_server *server, const nf_server_session *session,
                      nf_sync_id *id, bool *busy, nf_error *err)
{
    nf_statement *row;
    nf_status status = nf_database_query(
        server->database, &row, busy, err,
        "SELECT sync_id FROM _mx_sync_history WHERE device = ?1 AND user = ?2 "
        "AND (state = 'applied' OR (state IN ('open', 'staged') AND touched "
        ">= ?3))",
        "iii", session->device, session->user,
        nf_server_now(server) - NF_STAGED_MS);

    if (*busy && nf_column_size(row, 0) == sizeof id->bytes)
        memcpy(id->bytes, nf_column_bytes(row, 0), sizeof id->bytes);
    nf_database_done(server->database, row);
    return status;
}

nf_status nf_run_insert(nf_server *server, const nf_server_run *run,
                        nf_error *err)
{
    nf_blob_name body = nf_blob_name_body(&run->id);
    nf_staged staged = {.user = run->user,
                        .length = run->length,
                        .expires = nf_server_now(server) + NF_STAGED_MS};
    int64_t now = nf_server_now(server);
    nf_status status = nf_staged_drop(server, &body, err);

    if (status == NF_OK && run->state == NF_RUN_OPEN)
        status = nf_staged_put(server, &body, &staged, err);
    if (status != NF_OK)
        return status;
    /* One that had ended may come back under its id. */
    return nf_database_write(
        server->database, err,
        "INSERT INTO _mx_sync_history(sync_id, device, user, state, mode, "
        "body_length, body_sha, enc, request, created, touched) "
        "VALUES(?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT(sync_id) DO UPDATE SET "
        "device = excluded.device, user = excluded.user, state = "
        "excluded.state, mode = excluded.mode, body_length = "
        "excluded.body_length, body_sha = excluded.body_sha, enc = "
        "excluded.enc, request = excluded.request, created = "
        "excluded.created, touched = excluded.touched, acked "
        "= NULL, seq = NULL",
        "biittibtbii", (const void *)run->id.bytes, sizeof run->id.bytes,
        run->device, run->user, nf_run_state_name(run->state), run->mode,
        run->length, (const void *)run->sha, sizeof run->sha,
        run->gzip ? "gzip" : "identity", (const void *)run->request,
        run->request_size, now, now);
}

nf_status nf_run_touch(nf_server *server, nf_server_run *run, nf_error *err)
{
    int64_t now = nf_server_now(server);

    if (now - run->touched < NF_TOUCH_STEP_MS)
        return NF_OK;
    run->touched = now;
    return nf_database_write(
        server->database, err,
        "UPDATE _mx_sync_history SET touched = ? WHERE sync_id "
        "= ?",
        "ib", now, (const void *)run->id.bytes, sizeof run->id.bytes);
}

nf_status nf_run_move(nf_server *server, nf_server_run *run, nf_run_state state,
                      nf_error *err)
{
    int64_t now = nf_server_now(server);
    bool changed;
    nf_status status = nf_database_write(
        server->database, err,
        "UPDATE _mx_sync_history SET state = ?1, touched = ?2, acked = CASE "
        "?1 WHEN 'acked' THEN ?2 ELSE acked END WHERE sync_id = ?3 AND state "
        "= ?4",
        "tibt", nf_run_state_name(state), now, (const void *)run->id.bytes,
        sizeof run->id.bytes, nf_run_state_name(run->state));

    changed = nf_database_changes(server->database) == 1;
    if (status == NF_OK && changed)
        run->state = state;
    else if (status == NF_OK)
        status = nf_error_set(err, NF_FAILED, "state_moved",
                              "the synchronization has moved on meanwhile");
    return status;
}

nf_status nf_run_store_outcome(nf_server *server, nf_server_run *run,
                               const void *outcome, size_t size, nf_error *err)
{
    nf_status status = nf_database_write(
        server->database, err,
        "INSERT INTO _mx_outcome(sync_id, outcome) VALUES(?,?)", "bb",
        (const void *)run->id.bytes, sizeof run->id.bytes, outcome, size);

    return status == NF_OK
               ? nf_database_write(
                     server->database, err,
                     "UPDATE _mx_sync_history SET seq = ? WHERE sync_id = ?",
                     "ib", run->sequence, (const void *)run->id.bytes,
                     sizeof run->id.bytes)
               : status;
}

nf_status nf_run_load_outcome(nf_server *server, const nf_server_run *run,
                              uint8_t **out, size_t *size, nf_error *err)
{
    nf_statement *row;
    bool found, ok;
    nf_status status = nf_database_query(
        server->database, &row, &found, err,
        "SELECT outcome FROM _mx_outcome WHERE sync_id = ?", "b",
        (const void *)run->id.bytes, sizeof run->id.bytes);

    *out = NULL;
    *size = 0;
    if (status != NF_OK || !found)
        return status;
    ok = take_blob(out, size, row, 0);
    nf_database_done(server->database, row);
    return ok ? NF_OK : nf_error_nomem(err);
}

/* ---- what has ended (§27.9) ---------------------------------------------- */

/* Ids, mids and outcomes stay 90 days after the ack; without an ack as long as
 * their device. A fence or a failure had no effect to remember: the same 90
 * days from its last use. */
nf_status nf_runs_collect(nf_server *server, nf_error *err)
{
    static const char *const statements[] = {
        "DELETE FROM _mx_refused_change WHERE seq IN (SELECT seq FROM "
        "_mx_sync_history WHERE state = 'acked' AND acked < ?1)",
        "DELETE FROM _mx_applied_change WHERE seq IN (SELECT seq FROM "
        "_mx_sync_history WHERE state = 'acked' AND acked < ?1)",
        "DELETE FROM _mx_outcome WHERE sync_id IN (SELECT sync_id FROM "
        "_mx_sync_history WHERE state = 'acked' AND acked < ?1)",
        "DELETE FROM _mx_sync_history WHERE (state = 'acked' AND acked < ?1) "
        "OR (state IN ('aborted', 'failed') AND touched < ?1)",
    };
    int64_t now = nf_server_now(server);
    nf_status status = NF_OK;

    for (size_t i = 0;
         status == NF_OK && i < sizeof statements / sizeof *statements; i++)
        status = nf_database_write(server->database, err, statements[i], "i",
                                   now - NF_REMEMBER_MS);
    if (status == NF_OK)
        status =
            nf_database_write(server->database, err,
                              "DELETE FROM _mx_sync_history WHERE state IN "
                              "('open', 'staged') AND touched < ?",
                              "i", now - NF_STAGED_MS);
    return status;
}
