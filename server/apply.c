/* Applying an upload unit (synchronize §6): one transaction, a savepoint for
 * each object that takes more than one statement, rights as they were before
 * the unit (D95). An infrastructure failure undoes everything; what concerns
 * one object rejects only that object. */
#include "server/unit.h"

enum { CHAIN_MAX = 256 };

/* ---- one entry ------------------------------------------------------------
 */

static nf_status delete_in_savepoint(nf_unit *unit, nf_entry *entry,
                                     nf_error *err)
{
    nf_database *db = unit->server->database;
    nf_status ended, status = nf_database_begin(db, err);
    bool keep;

    if (status != NF_OK)
        return status;
    status = nf_unit_delete(unit, entry, err);
    keep = status == NF_OK && entry->state != NF_OUTCOME_REJECTED;
    ended = nf_database_end(db, keep, err);
    return status == NF_OK ? ended : status;
}

static nf_status apply_entry(nf_unit *unit, nf_entry *entry, nf_error *err)
{
    nf_entry_data data = {0};
    nf_status status;

    if (entry->kind == NF_WIRE_DELETE)
        return delete_in_savepoint(unit, entry, err);
    status = nf_entry_read(unit, entry, &data, err);
    if (status == NF_OK && !entry->decided)
        status = unit->as_objects ? nf_unit_commit(unit, entry, &data, err)
                                  : nf_unit_write(unit, entry, &data, err);
    nf_entry_data_dispose(&data);
    return status;
}

/* ---- order (S44, S48, S49) ------------------------------------------------
 */

/* The new objects that an entry refers to and that are not committed yet. */
static nf_status find_targets(nf_unit *unit, nf_entry *entry, int64_t **out,
                              size_t *count, nf_error *err)
{
    nf_entry_data data;
    size_t capacity = 0;
    nf_status status = nf_entry_read(unit, entry, &data, err);

    *out = NULL;
    *count = 0;
    for (size_t i = 0; status == NF_OK && i < data.count; i++) {
        const nf_value *value = &data.values[i];
        size_t ids_count = 0;
        int64_t id = value->kind == NF_KIND_ID ? value->as.integer : 0;
        const int64_t *ids =
            value->kind == NF_KIND_IDS ? nf_ids_of(value, &ids_count) : &id;
        if (value->kind == NF_KIND_ID)
            ids_count = 1;
        for (size_t k = 0; status == NF_OK && k < ids_count; k++) {
            const nf_entry *other;
            int64_t *grown;
            memcpy(&id, (const char *)ids + k * sizeof id, sizeof id);
            other = nf_unit_find(unit, id);
            if (!other || other->kind != NF_WIRE_NEW || other->marked)
                continue;
            grown = nf_grow(*out, *count, &capacity, sizeof *grown);
            if (!grown)
                status = nf_error_nomem(err);
            else
                (*out = grown)[(*count)++] = id;
        }
    }
    nf_entry_data_dispose(&data);
    return status;
}

static nf_status commit_entry(nf_unit *unit, nf_entry *entry, int depth,
                              nf_error *err);

/* Whether the record is worth reading for that. */
static bool may_have_targets(const nf_unit *unit, const nf_entry *entry)
{
    for (size_t i = 0; unit->new_count > 0 && i < entry->entity->member_count;
         i++) {
        if (entry->entity->members[i].association)
            return true;
    }
    return false;
}

/* Referenced new objects first; a cycle is broken where it was entered. Long
 * chains fall back to local order: the order decides what handlers see, not
 * what is stored. */
static nf_status commit_targets(nf_unit *unit, nf_entry *entry, int depth,
                                nf_error *err)
{
    int64_t *targets = NULL;
    size_t count = 0;
    nf_status status = NF_OK;

    if (depth < CHAIN_MAX && may_have_targets(unit, entry))
        status = find_targets(unit, entry, &targets, &count, err);
    for (size_t i = 0; status == NF_OK && i < count; i++)
        status =
            commit_entry(unit, nf_unit_find(unit, targets[i]), depth + 1, err);
    nf_free(targets);
    return status;
}

static nf_status commit_entry(nf_unit *unit, nf_entry *entry, int depth,
                              nf_error *err)
{
    nf_status status = NF_OK;

    if (entry->marked)
        return NF_OK;
    status = nf_server_in_time(unit->server, err);
    if (status != NF_OK)
        return status;
    entry->marked = true;
    if (entry->decided || entry->kind == NF_WIRE_DELETE)
        return NF_OK;
    status = commit_targets(unit, entry, depth, err);
    if (status == NF_OK && !entry->decided)
        status = apply_entry(unit, entry, err);
    if (status == NF_OK && entry->state == NF_OUTCOME_REJECTED &&
        !strcmp(entry->code, "OBJ_UNIQUE")) {
        entry->later = true; /* S48 */
        entry->decided = false;
        entry->state = NF_OUTCOME_CREATED;
        entry->code = entry->text = "";
    }
    return status;
}

static nf_status commit_entries(nf_unit *unit, nf_error *err)
{
    nf_status status = NF_OK;

    for (size_t i = 0; status == NF_OK && i < unit->count; i++) {
        status = nf_unit_expect_changes(unit, i, err);
        if (status == NF_OK)
            status = commit_entry(unit, &unit->entries[i], 0, err);
    }
    unit->known_target = 0;
    unit->deleting = true;
    return status;
}

static nf_status delete_entries(nf_unit *unit, nf_error *err)
{
    nf_status status = NF_OK;

    for (size_t i = 0; status == NF_OK && i < unit->count; i++) {
        nf_entry *entry = &unit->entries[i];

        status = nf_unit_expect_deletions(unit, i, err);
        if (status == NF_OK && !entry->decided && entry->kind == NF_WIRE_DELETE)
            status = apply_entry(unit, entry, err);
    }
    return status;
}

static nf_status run_entries(nf_unit *unit, nf_error *err)
{
    nf_status status = nf_unit_claim(unit, err);

    if (status == NF_OK)
        status = nf_unit_load(unit, err);
    if (status == NF_OK)
        status = nf_unit_instantiate(unit, err);
    if (status == NF_OK)
        status = commit_entries(unit, err);
    if (status == NF_OK)
        status = delete_entries(unit, err);
    for (size_t i = 0; status == NF_OK && i < unit->count; i++) {
        if (unit->entries[i].later)
            status = apply_entry(unit, &unit->entries[i], err);
    }
    if (status == NF_OK)
        status = nf_unit_end_flows(unit, err);
    if (status == NF_OK)
        status = nf_unit_clear_rejected(unit, err);
    for (size_t i = 0; status == NF_OK && i < unit->count; i++) {
        nf_entry *entry = &unit->entries[i];
        if (entry->state != NF_OUTCOME_REJECTED || entry->repeated)
            continue;
        status = nf_unit_record_error(unit, entry, err);
    }
    return status == NF_OK ? nf_unit_note_decided(unit, err) : status;
}

/* ---- the transaction ------------------------------------------------------
 */

static nf_status next_sequence(nf_unit *unit, nf_error *err)
{
    nf_database *db = unit->server->database;
    nf_status status =
        nf_database_get_number(db, "sync_sequence", 0, &unit->sequence, err);

    unit->run->sequence = ++unit->sequence;
    return status == NF_OK ? nf_database_set_number(db, "sync_sequence",
                                                    unit->sequence, err)
                           : status;
}

/* Outcome and state in the transaction of the data (S52). */
static nf_status store_outcome(nf_unit *unit, nf_error *err)
{
    nf_buffer outcome;
    nf_status status = nf_unit_outcome(unit, &outcome, err);

    if (status == NF_OK)
        status = nf_run_store_outcome(unit->server, unit->run, outcome.data,
                                      outcome.length, err);
    nf_buffer_dispose(&outcome);
    return status;
}

static nf_status apply(nf_unit *unit, nf_error *err)
{
    nf_faults *faults = unit->server->options.faults;
    /* The state is what several processes agree by: only one gets a resource
     * from staged to applied. */
    nf_status status =
        nf_run_move(unit->server, unit->run, NF_RUN_APPLIED, err);

    if (status == NF_OK)
        status = next_sequence(unit, err);
    if (status == NF_OK)
        status = nf_device_sent(unit->server, unit->session->device, err);
    if (status == NF_OK)
        status = run_entries(unit, err);
    nf_unit_close_tables(unit);
    if (status == NF_OK)
        status = store_outcome(unit, err);
    if (status == NF_OK)
        status = nf_unit_record_history(unit, err);
    if (status == NF_OK)
        status = nf_database_last_version(unit->server->database,
                                          &unit->version, err);
    return status == NF_OK ? nf_fault_reach(faults, "in-apply", err) : status;
}

static nf_status apply_alone(nf_unit *unit, nf_error *err)
{
    nf_database *db = unit->server->database;
    nf_faults *faults = unit->server->options.faults;
    nf_status status = nf_fault_reach(faults, "before-apply", err);

    if (status == NF_OK)
        status = nf_database_many_savepoints(db, true, err);
    /* The reply says that it is done (S52). */
    if (status == NF_OK)
        status = nf_database_set_durable(db, true, err);
    if (status == NF_OK)
        status = nf_database_begin(db, err);
    if (status != NF_OK)
        return status;
    nf_database_pipeline(db, !unit->careful && !unit->run->dry);
    status = apply(unit, err);
    nf_database_pipeline(db, false);
    status = nf_database_conclude(db, status, err);
    (void)nf_database_set_durable(db, false, NULL);
    (void)nf_database_many_savepoints(db, false, NULL);
    if (status != NF_OK) { /* nothing was applied (S39) */
        unit->run->state = NF_RUN_STAGED;
        return status;
    }
    return nf_fault_reach(faults, "after-apply-before-reply", err);
}

/* As it was before nf_unit_read. */
static void begin_again(nf_unit *unit)
{
    nf_unit fresh = {.server = unit->server,
                     .session = unit->session,
                     .run = unit->run,
                     .started = unit->started,
                     .careful = true};

    nf_unit_dispose(unit);
    *unit = fresh;
}

nf_status nf_unit_apply(nf_unit *unit, nf_error *err)
{
    nf_error problem = {0};
    nf_status status = apply_alone(unit, &problem);

    if (status == NF_OK || strcmp(problem.detail, "late") != 0)
        return status == NF_OK ? status : nf_error_pass(&problem, err);
    nf_server_log(unit->server, "warning",
                  "an upload is applied once more, with care: %s",
                  problem.message);
    begin_again(unit);
    status = nf_unit_read(unit, err);
    return status == NF_OK ? apply_alone(unit, err) : status;
}
