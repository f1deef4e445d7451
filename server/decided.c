/* Changes that were decided, by their ids (synchronize S24): each is applied
 * once, however often and under whatever run it is sent. A unit claims the ids
 * of all its changes before it looks at any object; those that it does not get
 * were decided before. So a unit of new changes asks about none of them. */
#include "server/unit.h"

#include <stdlib.h>

enum { CLAIMED_ROWS = 64 }; /* in one statement */

/* Ids of changes are random: in their order neighbours share pages. */
static int by_mid(const void *a, const void *b)
{
    const nf_entry *x = *(const nf_entry *const *)a;
    const nf_entry *y = *(const nf_entry *const *)b;
    int order = memcmp(&x->mid, &y->mid, sizeof x->mid);

    return order ? order : (x > y) - (x < y);
}

static void bind_row(nf_statement *statement, int at, const nf_unit *unit,
                     const nf_entry *entry)
{
    nf_bind_bytes(statement, at + 1, entry->mid.bytes,
                      sizeof entry->mid.bytes);
    nf_bind_int(statement, at + 2, entry->id);
    nf_bind_int(statement, at + 3, unit->session->device);
    nf_bind_int(statement, at + 4, unit->sequence);
}

/* "INSERT …" of so many rows; *out: nf_buffer_dispose. */
static const char *insert_sql(nf_buffer *out, size_t rows)
{
    nf_buffer_init(out, NF_BUFFER_MAX);
    nf_buffer_text(out, "INSERT INTO _mx_applied_change(mid, object, device, "
                        "seq) VALUES");
    for (size_t i = 0; i < rows; i++)
        nf_buffer_text(out, i ? ",(?,?,?,?)" : "(?,?,?,?)");
    nf_buffer_text(out, " ON CONFLICT DO NOTHING");
    return nf_buffer_string(out);
}

/* Inserts `count` entries `rows` at a time; *claimed counts those that are new.
 */
static nf_status insert_rows(nf_unit *unit, const nf_entry *const *entries,
                             size_t count, size_t rows, size_t *claimed,
                             nf_error *err)
{
    nf_database *db = unit->server->database;
    nf_statement *statement;
    nf_buffer sql;
    const char *text = insert_sql(&sql, rows);
    nf_status status = NF_OK;
    bool row;

    if (!text) {
        nf_buffer_dispose(&sql);
        return nf_error_nomem(err);
    }
    statement = nf_database_statement(db, text, err);
    nf_buffer_dispose(&sql);
    if (!statement)
        return err && err->status ? err->status : NF_FAILED;
    for (size_t i = 0; status == NF_OK && i < count; i += rows) {
        for (size_t k = 0; k < rows; k++)
            bind_row(statement, (int)k * 4, unit, entries[i + k]);
        status = nf_database_step(db, statement, &row, err);
        *claimed += (size_t)nf_database_changes(db);
        nf_statement_reset(statement);
    }
    nf_database_done(db, statement);
    return status;
}

/* A rejected change is rejected again, without another record of it (S162). */
static nf_status find_decided(nf_unit *unit, nf_entry *entry, nf_error *err)
{
    nf_statement *row;
    const char *code;
    bool found;
    nf_status status = nf_sql_query(
        unit->server, &row, &found, err,
        "SELECT code FROM _mx_applied_change WHERE mid = ? AND seq <> ?", "bi",
        (const void *)entry->mid.bytes, sizeof entry->mid.bytes,
        unit->sequence);

    if (status != NF_OK || !found)
        return status;
    code =  nf_column_text(row, 0);
    entry->repeated = true;
    if (!code) {
        nf_entry_accept(entry, NF_OUTCOME_DUPLICATE);
    } else {
        entry->decided = false; /* whatever reading it found */
        nf_entry_reject(unit, entry, nf_unit_text(unit, code),
                        "the change was refused before");
    }
    nf_database_done(unit->server->database, row);
    return NF_OK;
}

nf_status nf_unit_claim(nf_unit *unit, nf_error *err)
{
    const nf_entry **entries = nf_alloc_array(unit->count + 1, sizeof *entries);
    size_t count = 0, many, claimed = 0;
    nf_status status;

    if (!entries)
        return nf_error_nomem(err);
    for (size_t i = 0; i < unit->count; i++) {
        if (unit->entries[i].kind != NF_WIRE_REFRESH)
            entries[count++] = &unit->entries[i];
    }
    qsort(entries, count, sizeof *entries, by_mid);
    many = count - count % CLAIMED_ROWS;
    status = insert_rows(unit, entries, many, CLAIMED_ROWS, &claimed, err);
    if (status == NF_OK)
        status = insert_rows(unit, entries + many, count - many, 1, &claimed,
                             err);
    nf_free(entries);
    unit->all_claimed = claimed == count;
    for (size_t i = 0;
         status == NF_OK && !unit->all_claimed && i < unit->count; i++) {
        if (unit->entries[i].kind != NF_WIRE_REFRESH)
            status = find_decided(unit, &unit->entries[i], err);
    }
    return status;
}

/* The code of a change that this unit claimed. */
static nf_status set_code(nf_unit *unit, const nf_entry *entry,
                          const char *code, nf_error *err)
{
    return nf_sql_run(unit->server, err,
                      "UPDATE _mx_applied_change SET code = ?1 WHERE mid = ?2 "
                      "AND seq = ?3",
                      "tbi", code, (const void *)entry->mid.bytes,
                      sizeof entry->mid.bytes, unit->sequence);
}

nf_status nf_unit_note_decided(nf_unit *unit, nf_error *err)
{
    nf_status status = NF_OK;

    for (size_t i = 0; status == NF_OK && i < unit->count; i++) {
        const nf_entry *entry = &unit->entries[i];
        size_t claimed = 0;
        if (entry->repeated || entry->state != NF_OUTCOME_REJECTED)
            continue;
        if (entry->kind == NF_WIRE_REFRESH)
            status = insert_rows(unit, &entry, 1, 1, &claimed, err);
        if (status == NF_OK)
            status = set_code(unit, entry, entry->code, err);
    }
    /* Of two changes with one id in a unit the accepted one counts. */
    for (size_t i = 0;
         status == NF_OK && !unit->all_claimed && i < unit->count; i++) {
        const nf_entry *entry = &unit->entries[i];
        if (!entry->repeated && entry->kind != NF_WIRE_REFRESH &&
            entry->state != NF_OUTCOME_REJECTED)
            status = set_code(unit, entry, NULL, err);
    }
    return status;
}
