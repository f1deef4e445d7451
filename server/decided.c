/* Changes that were decided, by their ids (synchronize S24): each is applied
 * once, however often and under whatever run it is sent. A unit claims the ids
 * of all its changes before it looks at any object; those that it does not get
 * were decided before.
 *
 * Devices count on from a random number (database/change.c), so an upload is a
 * few runs of ids. A row of _mx_applied_change is such a run: twelve bytes that
 * its ids share, and the first and the last of their counts. No two rows of
 * the same origin overlap. Any other ids are runs of one. */
#include "server/unit.h"

#include <stdlib.h>

enum { ORIGIN = 12 };

/* A stretch of a unit's changes, in the order of their ids. */
typedef struct mid_run {
    nf_entry *const *entries;
    size_t count;
} mid_run;

static int by_mid(const void *a, const void *b)
{
    const nf_entry *x = *(const nf_entry *const *)a;
    const nf_entry *y = *(const nf_entry *const *)b;
    int order = memcmp(&x->mid, &y->mid, sizeof x->mid);

    return order ? order : (x > y) - (x < y);
}

static bool in_order(nf_entry *const *entries, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (by_mid(&entries[i - 1], &entries[i]) > 0)
            return false;
    }
    return true;
}

static int64_t count_of(const nf_entry *entry)
{
    int64_t count = 0;

    for (size_t i = ORIGIN; i < sizeof entry->mid.bytes; i++)
        count = count << 8 | entry->mid.bytes[i];
    return count;
}

/* Whether `b` belongs to the run that ends with `a`: it is the next one, or the
 * same once more. */
static bool follows(const nf_entry *a, const nf_entry *b)
{
    return memcmp(a->mid.bytes, b->mid.bytes, ORIGIN) == 0 &&
           count_of(b) - count_of(a) <= 1;
}

/* ---- rows ------------------------------------------------------------------
 */

static nf_status insert_run(nf_unit *unit, const nf_entry *first,
                            const nf_entry *last, nf_error *err)
{
    return nf_database_write(
        unit->server->database, err,
        "INSERT INTO _mx_applied_change(origin, first, last, "
        "device, seq) VALUES(?,?,?,?,?)",
        "biiii", (const void *)first->mid.bytes, (size_t)ORIGIN,
        count_of(first), count_of(last), unit->session->device, unit->sequence);
}

/* Whether an id between those of `first` and `last` was decided: the last row
 * that begins before the end says it, since rows do not overlap. */
static nf_status any_decided(nf_unit *unit, const nf_entry *first,
                             const nf_entry *last, bool *out, nf_error *err)
{
    int64_t end = 0;
    bool found = false;
    nf_status status = nf_database_query_number(
        unit->server->database, &end, &found, err,
        "SELECT last FROM _mx_applied_change WHERE origin = ? AND first <= ? "
        "ORDER BY first DESC LIMIT 1",
        "bi", (const void *)first->mid.bytes, (size_t)ORIGIN, count_of(last));

    *out = status == NF_OK && found && end >= count_of(first);
    return status;
}

/* A rejected change is rejected again, without another record of it (S162). */
static nf_status take_decision(nf_unit *unit, nf_entry *entry, nf_error *err)
{
    nf_statement *row;
    const char *code;
    bool found;
    nf_status status = nf_database_query(
        unit->server->database, &row, &found, err,
        "SELECT code FROM _mx_refused_change WHERE mid = ?", "b",
        (const void *)entry->mid.bytes, sizeof entry->mid.bytes);

    if (status != NF_OK)
        return status;
    entry->repeated = true;
    if (!found) {
        nf_entry_accept(entry, NF_OUTCOME_DUPLICATE);
        return NF_OK;
    }
    code = nf_column_text(row, 0);
    entry->decided = false; /* whatever reading it found */
    nf_entry_reject(unit, entry, nf_unit_text(unit, code ? code : ""),
                    "the change was refused before");
    nf_database_done(unit->server->database, row);
    return NF_OK;
}

/* ---- claiming --------------------------------------------------------------
 */

/* Some of the run were decided before. */
static nf_status claim_each(nf_unit *unit, mid_run run, nf_error *err)
{
    const nf_entry *first = NULL, *last = NULL; /* not inserted yet */
    nf_status status = NF_OK;

    for (size_t i = 0; status == NF_OK && i < run.count; i++) {
        nf_entry *entry = run.entries[i];
        bool decided = false;

        status = any_decided(unit, entry, entry, &decided, err);
        if (status == NF_OK && decided)
            status = take_decision(unit, entry, err);
        if (status == NF_OK && last && (decided || !follows(last, entry))) {
            status = insert_run(unit, first, last, err);
            last = NULL;
        }
        if (decided)
            continue;
        first = last ? first : entry;
        last = entry;
    }
    return status == NF_OK && last ? insert_run(unit, first, last, err)
                                   : status;
}

static nf_status claim_run(nf_unit *unit, mid_run run, nf_error *err)
{
    const nf_entry *first = run.entries[0], *last = run.entries[run.count - 1];
    bool some = false;
    nf_status status = any_decided(unit, first, last, &some, err);

    if (status != NF_OK)
        return status;
    return some ? claim_each(unit, run, err)
                : insert_run(unit, first, last, err);
}

static nf_status claim_runs(nf_unit *unit, nf_entry *const *entries,
                            size_t count, nf_error *err)
{
    nf_status status = NF_OK;
    size_t length;

    for (size_t i = 0; status == NF_OK && i < count; i += length) {
        for (length = 1; i + length < count; length++) {
            const nf_entry *before = entries[i + length - 1];
            const nf_entry *entry = entries[i + length];

            if (!follows(before, entry))
                break;
            if (count_of(before) == count_of(entry))
                unit->shared_mid = true;
        }
        status = claim_run(unit, (mid_run){entries + i, length}, err);
    }
    return status;
}

nf_status nf_unit_claim(nf_unit *unit, nf_error *err)
{
    nf_entry **entries = nf_alloc_array(unit->count + 1, sizeof *entries);
    size_t count = 0;
    nf_status status;

    if (!entries)
        return nf_error_nomem(err);
    for (size_t i = 0; i < unit->count; i++) {
        if (unit->entries[i].kind != NF_WIRE_REFRESH)
            entries[count++] = &unit->entries[i];
    }
    if (!in_order(entries, count))
        qsort(entries, count, sizeof *entries, by_mid);
    status = claim_runs(unit, entries, count, err);
    nf_free(entries);
    return status;
}

/* ---- what became of them ---------------------------------------------------
 */

static nf_status note_refused(nf_unit *unit, const nf_entry *entry,
                              nf_error *err)
{
    return nf_database_write(
        unit->server->database, err,
        "INSERT INTO _mx_refused_change(mid, seq, code) "
        "VALUES(?,?,?) ON CONFLICT(mid) DO UPDATE SET code = "
        "excluded.code, seq = excluded.seq",
        "bit", (const void *)entry->mid.bytes, sizeof entry->mid.bytes,
        unit->sequence, entry->code);
}

static nf_status forget_refused(nf_unit *unit, const nf_entry *entry,
                                nf_error *err)
{
    return nf_database_write(unit->server->database, err,
                             "DELETE FROM _mx_refused_change WHERE mid = ?",
                             "b", (const void *)entry->mid.bytes,
                             sizeof entry->mid.bytes);
}

nf_status nf_unit_note_decided(nf_unit *unit, nf_error *err)
{
    nf_status status = NF_OK;

    for (size_t i = 0; status == NF_OK && i < unit->count; i++) {
        const nf_entry *entry = &unit->entries[i];
        if (!entry->repeated && entry->kind != NF_WIRE_REFRESH &&
            entry->state == NF_OUTCOME_REJECTED)
            status = note_refused(unit, entry, err);
    }
    /* Of two changes with one id in a unit the accepted one counts. */
    for (size_t i = 0; status == NF_OK && unit->shared_mid && i < unit->count;
         i++) {
        const nf_entry *entry = &unit->entries[i];
        if (!entry->repeated && entry->kind != NF_WIRE_REFRESH &&
            entry->state != NF_OUTCOME_REJECTED)
            status = forget_refused(unit, entry, err);
    }
    return status;
}
