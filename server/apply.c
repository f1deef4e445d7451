/* Applying an upload unit (synchronize §6, §12): one transaction, a savepoint
 * per object, rights and stored values as they were before the unit (D95).
 * An infrastructure failure undoes everything; what concerns one object
 * rejects only that object. Event handlers would run around write_entry: see
 * the warning of nf_server_open. */
#include "server/internal.h"

#include <stdio.h>

/* ---- knowledge about ids --------------------------------------------------
 */

nf_status nf_server_was_deleted(nf_server *server, int64_t id, bool *out,
                                nf_error *err)
{
    int64_t number;
    return nf_sql_number(server, &number, out, err,
                         "SELECT 1 FROM _mx_tombstone WHERE object = ?", "i",
                         id);
}

nf_status nf_server_add_tombstone(nf_server *server, const nf_entity *entity,
                                  int64_t id, nf_error *err)
{
    return nf_sql_run(server, err,
                      "INSERT OR REPLACE INTO _mx_tombstone VALUES(?,?,?)",
                      "iti", id, entity->qualified, nf_server_now(server));
}

static nf_status is_applied(nf_unit *unit, const nf_sync_id *mid, bool *out,
                            nf_error *err)
{
    int64_t number;
    return nf_sql_number(unit->server, &number, out, err,
                         "SELECT 1 FROM _mx_applied_change WHERE mid = ?", "b",
                         (const void *)mid->bytes, sizeof mid->bytes);
}

nf_status nf_unit_note_applied(nf_unit *unit, const nf_entry *entry,
                               nf_error *err)
{
    return nf_sql_run(
        unit->server, err,
        "INSERT OR IGNORE INTO _mx_applied_change VALUES(?,?,?,?)", "biii",
        (const void *)entry->mid.bytes, sizeof entry->mid.bytes, entry->id,
        unit->session->device, unit->sequence);
}

static nf_status note_created(nf_unit *unit, const nf_entry *entry,
                              nf_error *err)
{
    return nf_sql_run(
        unit->server, err, "INSERT OR IGNORE INTO _mx_created_id VALUES(?,?,?)",
        "iti", entry->id, entry->entity->qualified, unit->session->device);
}

/* ---- loading (S40, S41) ---------------------------------------------------
 */

typedef struct load_state {
    nf_record *row;
    const nf_access *access;
    nf_object_rights *rights;
} load_state;

static nf_status take_row(void *user, nf_record *record, nf_error *err)
{
    load_state *load = user;
    nf_status status =
        nf_access_rights(load->rights, load->access, record->tests, false, err);
    if (status != NF_OK)
        return status;
    *load->row = *record;
    record->members = NULL;
    return NF_OK;
}

nf_status nf_server_load(nf_server *server, nf_server_session *session,
                         const nf_entity *entity, int64_t id, nf_record *row,
                         nf_object_rights *rights, nf_error *err)
{
    const nf_entity *actual = NULL;
    load_state load = {.row = row, .rights = rights};
    nf_selection selection = {.exact = true, .id = id};
    nf_status status =
        nf_database_entity_of(server->database, id, &actual, err);

    *row = (nf_record){0};
    *rights = (nf_object_rights){0};
    if (status != NF_OK || !actual || (entity && !nf_entity_is(actual, entity)))
        return status;
    load.access = nf_access_of(server, session, actual, err);
    if (!load.access)
        return NF_FAILED;
    selection.retrieval = (nf_retrieval){
        .entity = actual, .environment = &session->environment, .limit = -1};
    selection.tests = load.access->tests;
    selection.test_count = load.access->test_count;
    return nf_record_query(server->database, &selection, take_row, &load, err);
}

static nf_status load_new(nf_unit *unit, nf_entry *entry, nf_error *err)
{
    int64_t device = 0;
    bool created = false;
    const nf_entity *actual = NULL;
    const nf_access *access;
    nf_status status = nf_sql_number(
        unit->server, &device, &created, err,
        "SELECT device FROM _mx_created_id WHERE object = ?", "i", entry->id);

    if (status == NF_OK)
        status = nf_database_entity_of(unit->server->database, entry->id,
                                       &actual, err);
    if (status != NF_OK)
        return status;
    if (created && (device == unit->session->device || device == 0)) {
        if (!actual) { /* created before, deleted since (S40) */
            nf_entry_reject(entry, "OBJ_GONE", "the object no longer exists");
            return NF_OK;
        }
        /* D115: another change of an object that this device made. */
        entry->kind = NF_WIRE_CHANGE;
        for (size_t i = 0; i < entry->entity->member_count; i++) {
            if (nf_bits_has(entry->given, i))
                nf_bits_add(entry->changed, i);
        }
        return nf_server_load(unit->server, unit->session, entry->entity,
                              entry->id, &entry->row, &entry->rights, err);
    }
    if (actual || created) { /* W22 */
        nf_entry_reject(entry, "OBJ_VALUE", "the id is in use");
        return NF_OK;
    }
    access = nf_access_of(unit->server, unit->session, entry->entity, err);
    if (!access)
        return NF_FAILED;
    if (!access->create)
        nf_entry_reject(entry, "OBJ_CREATE_DENIED",
                        "the user may not create '%s'",
                        entry->entity->qualified);
    return nf_access_rights(&entry->rights, access, 0, true, err);
}

static nf_status check_mode(nf_unit *unit, nf_entry *entry, nf_error *err)
{
    nf_offline_config config;
    bool included;
    nf_status status =
        nf_server_offline(unit->server, unit->session->profile, entry->entity,
                          &included, &config, err);
    /* S55: of the modes only Online refuses. */
    if (status == NF_OK && config.mode == NF_SYNC_ONLINE &&
        !config.compatibility)
        nf_entry_reject(entry, "OBJ_ONLINE", "'%s' is an online entity",
                        entry->entity->qualified);
    return status;
}

static nf_status load_entry(nf_unit *unit, nf_entry *entry, nf_error *err)
{
    bool duplicate = false;
    nf_status status = NF_OK;

    if (entry->kind == NF_WIRE_REFRESH) {
        entry->decided = true;
        return NF_OK;
    }
    if (entry->decided)
        return NF_OK;
    status = is_applied(unit, &entry->mid, &duplicate, err);
    if (status == NF_OK && duplicate) {
        entry->decided = true;
        entry->state = NF_OUTCOME_DUPLICATE;
        return NF_OK;
    }
    if (status == NF_OK)
        status = check_mode(unit, entry, err);
    if (status != NF_OK || entry->decided)
        return status;
    if (entry->kind == NF_WIRE_NEW)
        return load_new(unit, entry, err);
    status = nf_server_load(unit->server, unit->session, entry->entity,
                            entry->id, &entry->row, &entry->rights, err);
    if (status != NF_OK || entry->kind == NF_WIRE_DELETE)
        return status;
    if (!entry->row.entity)
        nf_entry_reject(entry, "OBJ_GONE", "the object no longer exists");
    else if (!entry->rights.visible)
        nf_entry_reject(entry, "OBJ_NO_ACCESS",
                        "the user may not read the object");
    return NF_OK;
}

/* ---- one object ------------------------------------------------------------
 */

/* Members that count for this object: sent, not managed by the server, and
 * writable; others are ignored or reject (S42). */
static nf_status check_members(nf_unit *unit, nf_entry *entry, uint64_t *mask,
                               const nf_value *defaults)
{
    const nf_entity *entity = entry->entity;

    (void)unit;
    for (size_t i = 0; i < entity->member_count; i++) {
        const nf_member *member = &entity->members[i];
        bool touched;
        if (!nf_bits_has(entry->given, i) || nf_member_is_managed(member))
            continue;
        if (nf_bits_has(entry->rights.write, i)) {
            nf_bits_add(mask, i);
            continue;
        }
        touched = entry->kind == NF_WIRE_NEW
                      ? !nf_value_equal(&entry->values[i], &defaults[i])
                      : nf_bits_has(entry->changed, i);
        if (touched)
            nf_entry_reject(entry, "OBJ_MEMBER_ACCESS",
                            "the user may not write '%s'", member->name);
    }
    return NF_OK;
}

/* What an uploaded reference points to (S92 … S95). */
typedef enum target_state {
    TARGET_FINE,
    TARGET_CLEAR,
    TARGET_DANGLING
} target_state;

static nf_status check_target(nf_unit *unit, const nf_member *member,
                              int64_t id, target_state *out, nf_error *err)
{
    const nf_entry *other = nf_unit_find(unit, id);
    const nf_entity *entity = member->child_end ? member->association->parent
                                                : member->association->child;
    bool found = false;
    nf_status status =
        nf_record_exists(unit->server->database, entity, id, &found, err);

    *out = TARGET_FINE;
    if (status != NF_OK || found)
        return status;
    if (other && other->kind == NF_WIRE_NEW) {
        if (other->decided && other->state == NF_OUTCOME_REJECTED)
            *out = TARGET_CLEAR;
        return NF_OK; /* of this unit, perhaps later (cycles) */
    }
    status = nf_server_was_deleted(unit->server, id, &found, err);
    *out = found ? TARGET_CLEAR : TARGET_DANGLING;
    return status;
}

static nf_status check_reference(nf_unit *unit, nf_entry *entry, size_t index,
                                 nf_error *err)
{
    const nf_member *member = &entry->entity->members[index];
    nf_value *value = &entry->values[index];
    size_t count = 0, kept = 0;
    int64_t single = value->kind == NF_KIND_ID ? value->as.integer : 0;
    const int64_t *ids =
        value->kind == NF_KIND_ID ? &single : nf_ids_of(value, &count);
    int64_t *keep;
    nf_status status = NF_OK;

    if (value->kind == NF_KIND_ID)
        count = 1;
    if (count == 0)
        return NF_OK;
    keep = nf_alloc_array(count, sizeof *keep);
    if (!keep)
        return nf_error_nomem(err);
    for (size_t i = 0; status == NF_OK && i < count; i++) {
        target_state target = TARGET_FINE;
        int64_t id;
        memcpy(&id, (const char *)ids + i * sizeof id, sizeof id);
        status = check_target(unit, member, id, &target, err);
        if (target == TARGET_DANGLING)
            nf_entry_reject(entry, "OBJ_DANGLING",
                            "'%s' of '%s' refers to %lld, which is unknown",
                            member->name, entry->entity->qualified,
                            (long long)id);
        else if (target == TARGET_FINE)
            keep[kept++] = id;
    }
    if (status == NF_OK && kept < count && !entry->decided) {
        nf_bits_add(entry->cleared, index);
        nf_value_release(value);
        if (kept > 0 && !nf_ids_value(value, keep, kept))
            status = nf_error_nomem(err);
    }
    nf_free(keep);
    return status;
}

static nf_status check_references(nf_unit *unit, nf_entry *entry,
                                  const uint64_t *mask, nf_error *err)
{
    nf_status status = NF_OK;
    for (size_t i = 0;
         status == NF_OK && !entry->decided && i < entry->entity->member_count;
         i++) {
        if (entry->entity->members[i].association && nf_bits_has(mask, i))
            status = check_reference(unit, entry, i, err);
    }
    return status;
}

nf_status nf_unit_has_file(nf_unit *unit, const nf_entry *entry, bool *out,
                           nf_error *err)
{
    nf_blob_name part = nf_blob_name_part(entry->file_sha, unit->session->user);
    nf_staged staged = {0};
    nf_status status = NF_OK;

    *out = false;
    if (entry->has_file)
        status = nf_staged_get(unit->server, &part, &staged, err);
    /* The declared size is the device's word; that of the contents counts. */
    if (staged.exists && staged.complete)
        *out = staged.length == entry->file_size;
    return status;
}

/* Staged contents become the object's (S45). */
static nf_status link_file(nf_unit *unit, nf_entry *entry, nf_value *values,
                           uint64_t *mask, nf_error *err)
{
    bool staged = false;
    nf_status status;

    if (!entry->has_file)
        return NF_OK;
    status = nf_unit_has_file(unit, entry, &staged, err);
    if (status != NF_OK)
        return status;
    if (!staged || !entry->entity->is_file) {
        nf_entry_reject(entry, "OBJ_FILE_MISSING",
                        "the contents of the file are not on the server");
        return NF_OK;
    }
    return nf_server_link_file(unit->server, entry->entity, entry->id,
                               entry->file_sha, entry->file_size, values, mask,
                               err);
}

/* A database error that the values of this object cause rejects it; any other
 * fails the unit (S39). */
static nf_status judge_error(nf_unit *unit, nf_entry *entry, nf_error *problem,
                             nf_error *err)
{
    int code =
        sqlite3_errcode(nf_database_handle(unit->server->database)) & 0xff;

    if (!strcmp(problem->code, "value_out_of_range"))
        nf_entry_reject(entry, "OBJ_VALUE", "%s", problem->message);
    else if (code == SQLITE_CONSTRAINT)
        nf_entry_reject(entry, "OBJ_UNIQUE",
                        "another object has the same unique value");
    else {
        if (err && !nf_error_is_set(err))
            *err = *problem;
        return problem->status;
    }
    nf_error_clear(problem);
    return NF_OK;
}

static nf_status write_row(nf_unit *unit, nf_entry *entry, nf_value *values,
                           uint64_t *mask, nf_error *err)
{
    nf_server *server = unit->server;
    bool found = false, touched = false, created = !entry->row.entity;
    nf_error problem = {0};
    nf_status status = link_file(unit, entry, values, mask, err);

    for (size_t i = 0; i < nf_bits_words(entry->entity->member_count); i++)
        touched = touched || mask[i];
    if (status != NF_OK || entry->decided)
        return status;
    if (created || touched)
        nf_stamp(server, entry->entity, values, mask, unit->session->user,
                 created);
    if (created)
        status = nf_number(server, entry->entity, values, NULL, err);
    if (status != NF_OK)
        return status;
    if (created)
        status = nf_record_insert(server->database, entry->entity, entry->id,
                                  values, &problem);
    else if (touched)
        status = nf_record_update(server->database, entry->row.entity,
                                  entry->id, values, mask, &found, &problem);
    if (status != NF_OK)
        return status == NF_NOMEM ? nf_error_nomem(err)
                                  : judge_error(unit, entry, &problem, err);
    status = nf_server_user_written(server, entry->entity, entry->id, values,
                                    mask, err);
    if (status == NF_OK)
        status = nf_unit_note_applied(unit, entry, err);
    if (status == NF_OK && created)
        status = note_created(unit, entry, err);
    return status;
}

/* Values as they would be stored: those before, or defaults, under what was
 * sent. The uploaded entity may be a generalization's name only if the row is
 * of it too; rows keep their own entity. */
static nf_status merged_values(nf_unit *unit, nf_entry *entry,
                               nf_value **values, uint64_t *mask, nf_error *err)
{
    const nf_entity *entity = entry->entity;
    nf_value *defaults = NULL;
    nf_status status =
        nf_server_defaults(&defaults, entity, nf_server_now(unit->server), err);

    *values = NULL;
    if (status != NF_OK)
        return status;
    check_members(unit, entry, mask, defaults);
    status = check_references(unit, entry, mask, err);
    if (entry->row.entity && status == NF_OK) {
        for (size_t i = 0; i < entity->member_count; i++)
            nf_value_assign(&defaults[i], &entry->row.members[i]);
    }
    for (size_t i = 0; i < entity->member_count; i++) {
        if (nf_bits_has(mask, i))
            nf_value_assign(&defaults[i], &entry->values[i]);
    }
    *values = defaults;
    return status;
}

static nf_status write_entry(nf_unit *unit, nf_entry *entry, nf_error *err)
{
    const nf_entity *entity = entry->entity;
    nf_value *values = NULL;
    uint64_t *mask = nf_member_set_new(entity);
    nf_status status = mask ? NF_OK : nf_error_nomem(err);

    if (entry->row.entity && entry->row.entity != entity) {
        nf_entry_reject(entry, "OBJ_VALUE", "the object is no '%s'",
                        entity->qualified);
    } else if (status == NF_OK) {
        status = merged_values(unit, entry, &values, mask, err);
        if (status == NF_OK && !entry->decided)
            nf_check_values(entry, entity, values, mask);
        if (status == NF_OK && !entry->decided)
            status = nf_check_rules(unit, entry, entity, values, err);
        if (status == NF_OK && !entry->decided)
            status = write_row(unit, entry, values, mask, err);
    }
    if (status == NF_OK && !entry->decided) {
        entry->decided = true;
        entry->state =
            entry->row.entity ? NF_OUTCOME_UPDATED : NF_OUTCOME_CREATED;
    }
    nf_members_free(values, entity->member_count);
    nf_free(mask);
    return status;
}

static nf_status apply_entry(nf_unit *unit, nf_entry *entry, nf_error *err)
{
    nf_status status = nf_database_begin(unit->server->database, err);
    bool keep;

    if (status != NF_OK)
        return status;
    if (entry->kind == NF_WIRE_DELETE)
        status = nf_unit_delete(unit, entry, err);
    else
        status = write_entry(unit, entry, err);
    keep = status == NF_OK && entry->state != NF_OUTCOME_REJECTED;
    if (nf_database_end(unit->server->database, keep, err) != NF_OK &&
        status == NF_OK)
        status = NF_FAILED;
    return status;
}

/* ---- order (S44, S48, S49) --------------------------------------------------
 */

static nf_status commit_entry(nf_unit *unit, nf_entry *entry, int depth,
                              nf_error *err);

/* Referenced new objects first; a cycle is broken where it was entered. Deep
 * chains fall back to local order: the order only decides what handlers see. */
static nf_status commit_targets(nf_unit *unit, nf_entry *entry, int depth,
                                nf_error *err)
{
    nf_status status = NF_OK;

    for (size_t i = 0;
         depth < 256 && status == NF_OK && i < entry->entity->member_count;
         i++) {
        const nf_value *value = &entry->values[i];
        size_t count = 0;
        int64_t id = value->kind == NF_KIND_ID ? value->as.integer : 0;
        const int64_t *ids =
            value->kind == NF_KIND_IDS ? nf_ids_of(value, &count) : &id;
        if (value->kind == NF_KIND_ID)
            count = 1;
        for (size_t k = 0; status == NF_OK && k < count; k++) {
            nf_entry *other = nf_unit_find(unit, ids[k]);
            if (other && other->kind == NF_WIRE_NEW && !other->mark)
                status = commit_entry(unit, other, depth + 1, err);
        }
    }
    return status;
}

static nf_status commit_entry(nf_unit *unit, nf_entry *entry, int depth,
                              nf_error *err)
{
    nf_status status = NF_OK;

    if (entry->mark)
        return NF_OK;
    entry->mark = 1;
    if (entry->decided || entry->kind == NF_WIRE_DELETE)
        return NF_OK;
    status = commit_targets(unit, entry, depth, err);
    if (status == NF_OK)
        status = apply_entry(unit, entry, err);
    if (status == NF_OK && entry->state == NF_OUTCOME_REJECTED &&
        !strcmp(entry->code, "OBJ_UNIQUE")) {
        entry->later = true; /* S48 */
        entry->decided = false;
    }
    return status;
}

static nf_status note_cleared(void *user, const nf_association *association,
                              int64_t owner, nf_error *err)
{
    nf_unit *unit = user;
    nf_entry *entry = nf_unit_find(unit, owner);

    (void)err;
    for (size_t i = 0; entry && entry->entity && entry->cleared &&
                       i < entry->entity->member_count;
         i++) {
        if (entry->entity->members[i].association == association)
            nf_bits_add(entry->cleared, i);
    }
    return NF_OK;
}

/* S95: who refers to a rejected new object keeps no reference to it. */
static nf_status clear_rejected(nf_unit *unit, nf_error *err)
{
    nf_status status = NF_OK;
    for (size_t i = 0; status == NF_OK && i < unit->count; i++) {
        nf_entry *entry = &unit->entries[i];
        if (entry->kind == NF_WIRE_NEW && entry->entity &&
            entry->state == NF_OUTCOME_REJECTED &&
            strcmp(entry->code, "OBJ_VALUE") != 0 && !entry->row.entity)
            status = nf_record_clear_references(unit->server->database,
                                                entry->entity, entry->id,
                                                note_cleared, unit, err);
    }
    return status;
}

static nf_status run_entries(nf_unit *unit, nf_error *err)
{
    nf_status status = NF_OK;

    for (size_t i = 0; status == NF_OK && i < unit->count; i++)
        status = load_entry(unit, &unit->entries[i], err);
    for (size_t i = 0; status == NF_OK && i < unit->count; i++)
        status = commit_entry(unit, &unit->entries[i], 0, err);
    for (size_t i = 0; status == NF_OK && i < unit->count; i++) {
        nf_entry *entry = &unit->entries[i];
        if (!entry->decided && entry->kind == NF_WIRE_DELETE)
            status = apply_entry(unit, entry, err);
    }
    for (size_t i = 0; status == NF_OK && i < unit->count; i++) {
        nf_entry *entry = &unit->entries[i];
        if (!entry->later)
            continue;
        entry->code[0] = entry->text[0] = '\0';
        entry->state = NF_OUTCOME_CREATED;
        status = apply_entry(unit, entry, err);
    }
    if (status == NF_OK)
        status = clear_rejected(unit, err);
    for (size_t i = 0; status == NF_OK && i < unit->count; i++) {
        nf_entry *entry = &unit->entries[i];
        if (entry->state == NF_OUTCOME_REJECTED)
            status = nf_unit_record_error(unit, entry, err);
    }
    return status;
}

/* Outcome and state in the transaction of the data (S52). The state is what
 * several processes agree by: only one gets from staged to applied. */
static nf_status store_outcome(nf_unit *unit, nf_error *err)
{
    bson_t outcome;
    nf_status status = nf_unit_outcome(unit, &outcome, err);

    unit->run->sequence = unit->sequence;
    if (status == NF_OK)
        status = nf_run_store_outcome(
            unit->server, unit->run, bson_get_data(&outcome), outcome.len, err);
    bson_destroy(&outcome);
    return status;
}

nf_status nf_unit_apply(nf_unit *unit, nf_error *err)
{
    nf_database *db = unit->server->database;
    nf_faults *faults = unit->server->options.faults;
    nf_status status = nf_fault_reach(faults, "before-apply", err);

    if (status == NF_OK)
        status = nf_database_begin(db, err);
    if (status != NF_OK)
        return status;
    status = nf_run_move(unit->server, unit->run, NF_RUN_APPLIED, err);
    if (status == NF_OK)
        status = nf_database_get_number(db, "sync_sequence", 0, &unit->sequence,
                                        err);
    unit->sequence++;
    if (status == NF_OK)
        status =
            nf_database_set_number(db, "sync_sequence", unit->sequence, err);
    if (status == NF_OK)
        status = run_entries(unit, err);
    if (status == NF_OK)
        status = store_outcome(unit, err);
    if (status == NF_OK)
        status = nf_fault_reach(faults, "in-apply", err);
    if (nf_database_end(db, status == NF_OK, err) != NF_OK && status == NF_OK)
        status = NF_FAILED;
    if (status != NF_OK) { /* nothing was applied (S39) */
        unit->run->state = NF_RUN_STAGED;
        return status;
    }
    return nf_fault_reach(faults, "after-apply-before-reply", err);
}
