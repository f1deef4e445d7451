/* One new or changed object of a unit (synchronize S42 … S46): rights, values,
 * references, contents, rules, and the row. Each failure rejects this object
 * and nothing else. */
#include "server/unit.h"

/* ---- members (S42) --------------------------------------------------------
 */

/* Whether a member that the user may not write was meant to be written: for a
 * new object any value but the default; else what the device says it changed.
 * An object that the device created before is sent whole, with values as the
 * server gave them. */
static bool is_touched(const nf_entry *entry, const nf_entry_data *data,
                       const nf_record *row, const nf_value *defaults, size_t i)
{
    const nf_value *value = &data->values[i];

    if (entry->was_new)
        return !nf_value_equal(value, &defaults[i]) &&
               !nf_value_equal(value, &row->members[i]);
    if (entry->kind == NF_WIRE_NEW)
        return !nf_value_equal(value, &defaults[i]);
    return nf_bits_has(data->changed, i);
}

/* The members that count: sent, not managed by the server, and writable. Others
 * are ignored (A159) or reject. */
static void check_members(nf_unit *unit, nf_entry *entry,
                          const nf_entry_data *data, const nf_record *row,
                          const nf_value *defaults, uint64_t *mask)
{
    const nf_entity *entity = entry->entity;
    /* S114: what the device did not change keeps the server's value. */
    bool only_changed = unit->server->options.merge_changed_members &&
                        entry->kind == NF_WIRE_CHANGE && !entry->was_new;

    for (size_t i = 0; i < entity->member_count; i++) {
        const nf_member *member = &entity->members[i];
        if (!nf_bits_has(data->given, i) || nf_member_is_managed(member) ||
            (only_changed && !nf_bits_has(data->changed, i)))
            continue;
        if (nf_bits_has(entry->rights->write, i))
            nf_bits_add(mask, i);
        else if (is_touched(entry, data, row, defaults, i))
            nf_entry_reject(unit, entry, "OBJ_MEMBER_ACCESS",
                            "the user may not write '%s'", member->name);
    }
}

/* ---- contents (S45) -------------------------------------------------------
 */

nf_status nf_unit_has_file(nf_unit *unit, const nf_wire *record, bool *out,
                           nf_error *err)
{
    nf_blob_name part =
        nf_blob_name_part(record->file.sha256, unit->session->user);
    nf_staged staged = {0};
    nf_status status = NF_OK;

    *out = unit->run->dry && record->has_file; /* not sent for a plan */
    if (record->has_file && !*out)
        status = nf_staged_get(unit->server, &part, &staged, err);
    /* The declared size is the device's word; that of the contents counts. */
    if (staged.exists && staged.complete)
        *out = staged.length == record->file.size;
    return status;
}

static nf_status link_file(nf_unit *unit, nf_entry *entry,
                           const nf_wire *record, nf_value *values,
                           uint64_t *mask, nf_error *err)
{
    bool staged = false;
    nf_status status;

    if (!record->has_file)
        return NF_OK;
    status = nf_unit_has_file(unit, record, &staged, err);
    if (status != NF_OK)
        return status;
    if (!staged || !entry->entity->is_file) {
        nf_entry_reject(unit, entry, "OBJ_FILE_MISSING",
                        "the contents of the file are not on the server");
        return NF_OK;
    }
    return nf_server_link_file(unit->server, entry->entity, entry->id,
                               record->file.sha256, record->file.size, values,
                               mask, err);
}

/* ---- the row --------------------------------------------------------------
 */

/* A database error that the values of this object cause rejects it; any other
 * fails the unit (S39). */
static nf_status judge_error(nf_unit *unit, nf_entry *entry, nf_error *problem,
                             nf_error *err)
{
    int code =
        sqlite3_errcode(nf_database_handle(unit->server->database)) & 0xff;

    if (problem->status == NF_NOMEM)
        return nf_error_nomem(err);
    if (!strcmp(problem->code, "value_out_of_range"))
        nf_entry_reject(unit, entry, "OBJ_VALUE", "%s", problem->message);
    else if (code == SQLITE_CONSTRAINT)
        nf_entry_reject(unit, entry, "OBJ_UNIQUE",
                        "another object has the same unique value");
    else
        return nf_error_pass(problem, err);
    return NF_OK;
}

static bool any_bit(const uint64_t *mask, size_t count)
{
    for (size_t i = 0; i < nf_bits_words(count); i++) {
        if (mask[i])
            return true;
    }
    return false;
}

/* Columns that keep their value need no writing, nor do their indexes. What an
 * association says is also in other rows: it is always written. The row gets
 * its new version in any case. */
static nf_status update_row(nf_unit *unit, const nf_entry *entry,
                            const nf_record *row, nf_value *values,
                            const uint64_t *mask, nf_error *err)
{
    const nf_entity *entity = entry->entity;
    uint64_t *differing = nf_member_set_new(entity);
    nf_status status;

    if (!differing)
        return nf_error_nomem(err);
    for (size_t i = 0; i < entity->member_count; i++) {
        if (nf_bits_has(mask, i) &&
            (entity->members[i].association ||
             !nf_value_equal(&values[i], &row->members[i])))
            nf_bits_add(differing, i);
    }
    status = nf_record_update(unit->server->database, entity, entry->id, values,
                              differing, NULL, err);
    nf_free(differing);
    return status;
}

static nf_status store_row(nf_unit *unit, nf_entry *entry, const nf_record *row,
                           nf_value *values, uint64_t *mask, nf_error *err)
{
    nf_server *server = unit->server;
    const nf_entity *entity = entry->entity;
    bool created = !entry->actual;
    nf_error problem = {0};
    nf_status status = NF_OK;

    if (created)
        status = nf_number(server, entity, values, NULL, err);
    if (status != NF_OK)
        return status;
    if (created)
        status = nf_record_insert(server->database, entity, entry->id, values,
                                  &problem);
    else if (any_bit(mask, entity->member_count))
        status = update_row(unit, entry, row, values, mask, &problem);
    if (status != NF_OK)
        return judge_error(unit, entry, &problem, err);
    status =
        nf_server_user_written(server, entity, entry->id, values, mask, err);
    if (status == NF_OK && created)
        status = nf_unit_note_created(unit, entry, err);
    return status;
}

/* The commit of one object, in the order of S45. Event handlers belong here
 * and nowhere else: those before commit ahead of the rules, those after it
 * behind the row; calculated attributes that are stored are computed between.
 * They are microflows, which this server does not run (see nf_server_open). */
static nf_status commit_object(nf_unit *unit, nf_entry *entry,
                               const nf_entry_data *data, const nf_record *row,
                               nf_value *values, uint64_t *mask, nf_error *err)
{
    bool created = !entry->actual;
    nf_status status = link_file(unit, entry, &data->record, values, mask, err);

    if (status == NF_OK && !entry->decided)
        nf_check_values(unit, entry, values, mask);
    if (status == NF_OK && !entry->decided)
        status = nf_check_rules(unit, entry, values, err);
    if (status != NF_OK || entry->decided)
        return status;
    if (created || any_bit(mask, entry->entity->member_count))
        nf_stamp(unit->server, entry->entity, values, mask, unit->session->user,
                 created);
    return store_row(unit, entry, row, values, mask, err);
}

/* Whether an object that is refused may have written something already: only
 * where it takes more than one statement, each of which leaves nothing when it
 * fails. */
static bool takes_several(const nf_entry *entry, const nf_entry_data *data,
                          const uint64_t *mask)
{
    const nf_entity *entity = entry->entity;

    if (data->record.has_file)
        return true;
    for (size_t i = 0; i < entity->member_count; i++) {
        const nf_member *member = &entity->members[i];
        if (member->association ? nf_bits_has(mask, i)
                                : !entry->actual && member->attribute->type ==
                                                        NF_ATTRIBUTE_AUTONUMBER)
            return true;
    }
    return false;
}

/* A savepoint copies each page that is written in it, so most objects do
 * without one. */
static nf_status commit_alone(nf_unit *unit, nf_entry *entry,
                              const nf_entry_data *data, const nf_record *row,
                              nf_value *values, uint64_t *mask, nf_error *err)
{
    nf_database *db = unit->server->database;
    nf_status status;
    bool keep;

    if (!takes_several(entry, data, mask))
        return commit_object(unit, entry, data, row, values, mask, err);
    status = nf_database_begin(db, err);
    if (status != NF_OK)
        return status;
    status = commit_object(unit, entry, data, row, values, mask, err);
    keep = status == NF_OK && !entry->decided;
    if (nf_database_end(db, keep, err) != NF_OK && status == NF_OK)
        status = NF_FAILED;
    return status;
}

/* ---- an entry -------------------------------------------------------------
 */

/* Whether the device knows what it did not send (design §10.5): nothing of it
 * has changed by this commit. A link that another object may take is left out
 * of such conclusions. */
static bool rest_is_same(const nf_entry *entry, const nf_entry_data *data,
                         const nf_record *row, const nf_value *values)
{
    const nf_entity *entity = entry->entity;

    for (size_t i = 0; row->members && i < entity->member_count; i++) {
        const nf_member *member = &entity->members[i];
        if (nf_bits_has(data->given, i) || member->child_end)
            continue;
        if (member->association && values[i].kind != NF_KIND_EMPTY)
            return false;
        if (!nf_value_equal(&values[i], &row->members[i]))
            return false;
    }
    return row->members != NULL;
}

/* Whether what was sent is what the row has now, as long as it has this version
 * (with rest_same the row needs no comparing after the commit). Objects with
 * associations are compared: another entry may take a link. */
static nf_status note_stored(nf_unit *unit, nf_entry *entry,
                             const nf_entry_data *data, const nf_value *values,
                             nf_error *err)
{
    const nf_entity *entity = entry->entity;
    bool same = true;

    for (size_t i = 0; same && i < entity->member_count; i++) {
        const nf_attribute *attribute = entity->members[i].attribute;
        same = attribute && (!nf_bits_has(data->given, i) ||
                             (nf_value_equal(&values[i], &data->values[i]) &&
                              (attribute->type != NF_ATTRIBUTE_BOOLEAN ||
                               values[i].kind == NF_KIND_BOOLEAN)));
    }
    entry->as_sent = same;
    return same ? nf_database_row_version(unit->server->database,
                                          &entry->stored, err)
                : NF_OK;
}

/* Values as they would be stored: those before, or defaults, under what was
 * sent. */
static nf_status merge(nf_unit *unit, nf_entry *entry, nf_entry_data *data,
                       const nf_record *row, nf_value *values, uint64_t *mask,
                       nf_error *err)
{
    const nf_entity *entity = entry->entity;
    nf_status status;

    check_members(unit, entry, data, row, values, mask);
    if (entry->decided)
        return NF_OK;
    status = nf_unit_check_references(unit, entry, data, mask, err);
    for (size_t i = 0; row->entity && i < entity->member_count; i++)
        nf_value_assign(&values[i], &row->members[i]);
    for (size_t i = 0; i < entity->member_count; i++) {
        if (nf_bits_has(mask, i))
            nf_value_assign(&values[i], &data->values[i]);
    }
    return status;
}

static nf_status write_values(nf_unit *unit, nf_entry *entry,
                              nf_entry_data *data, const nf_record *row,
                              nf_error *err)
{
    const nf_entity *entity = entry->entity;
    nf_value *values = NULL;
    uint64_t *mask = nf_member_set_new(entity);
    nf_status status =
        nf_server_defaults(&values, entity, nf_server_now(unit->server), err);

    if (status == NF_OK && !mask)
        status = nf_error_nomem(err);
    if (status == NF_OK)
        status = merge(unit, entry, data, row, values, mask, err);
    if (status == NF_OK && !entry->decided)
        status = commit_alone(unit, entry, data, row, values, mask, err);
    if (status == NF_OK && !entry->decided)
        status = note_stored(unit, entry, data, values, err);
    if (status == NF_OK && !entry->decided) {
        entry->rest_same = rest_is_same(entry, data, row, values);
        nf_entry_accept(entry, entry->actual ? NF_OUTCOME_UPDATED
                                             : NF_OUTCOME_CREATED);
    }
    nf_members_free(values, entity->member_count);
    nf_free(mask);
    return status;
}

nf_status nf_unit_write(nf_unit *unit, nf_entry *entry, nf_entry_data *data,
                        nf_error *err)
{
    nf_record row = {0};
    nf_status status = NF_OK;

    if (entry->actual && entry->actual != entry->entity) {
        nf_entry_reject(unit, entry, "OBJ_VALUE", "the object is no '%s'",
                        entry->entity->qualified);
        return NF_OK;
    }
    if (entry->actual)
        status = nf_record_read(&row, unit->server->database, entry->entity,
                                entry->id, err);
    /* A deletion of this unit may have taken it along (S48). */
    if (status == NF_OK && entry->actual && !row.entity)
        nf_entry_reject(unit, entry, "OBJ_GONE", "the object no longer exists");
    else if (status == NF_OK)
        status = write_values(unit, entry, data, &row, err);
    nf_record_dispose(&row);
    return status;
}
