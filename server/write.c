/* One new or changed object of a unit (synchronize S42 … S46): rights, values,
 * references, contents, rules, and the row. Each failure rejects this object
 * and nothing else. */
#include "server/write.h"

/* ---- members (S42) --------------------------------------------------------
 */

bool nf_change_asks_defaults(const nf_change *c)
{
    return c->entry->was_new || c->entry->kind == NF_WIRE_NEW;
}

/* Whether a member that the user may not write was meant to be written: for a
 * new object any value but the default; else what the device says it changed.
 * An object that the device created before is sent whole, with values as the
 * server gave them. */
static nf_status is_touched(const nf_change *c, size_t i, bool *out,
                            nf_error *err)
{
    const nf_value *value = &c->data->values[i];
    bool same = false;
    nf_status status = NF_OK;

    if (!nf_change_asks_defaults(c)) {
        *out = nf_bits_has(c->data->changed, i);
        return NF_OK;
    }
    *out = !nf_value_equal(value, &c->values[i]); /* the default */
    if (*out && c->entry->was_new)
        status = nf_rows_same(c->before, i, value, &same, err);
    *out = *out && !same;
    return status;
}

/* Whether a member that was sent counts. S114: what the device did not change
 * keeps the server's value. */
static bool counts(const nf_change *c, size_t i)
{
    const nf_entry *entry = c->entry;
    bool only_changed = c->unit->server->options.merge_changed_members &&
                        entry->kind == NF_WIRE_CHANGE && !entry->was_new;

    return nf_bits_has(c->data->given, i) &&
           !nf_member_is_managed(&entry->entity->members[i]) &&
           (!only_changed || nf_bits_has(c->data->changed, i));
}

void nf_change_choose(nf_change *c)
{
    for (size_t i = 0; i < c->entry->entity->member_count; i++)
        if (counts(c, i) && nf_bits_has(c->entry->rights->write, i) &&
            nf_access_may_give(c->unit->server, c->unit->session,
                               &c->entry->entity->members[i],
                               &c->data->values[i]))
            nf_bits_add(c->mask, i);
}

/* Members that may not be written are ignored (A159) or reject. */
nf_status nf_change_check_members(nf_change *c, nf_error *err)
{
    nf_entry *entry = c->entry;
    const nf_entity *entity = entry->entity;
    nf_status status = NF_OK;

    nf_change_choose(c);
    for (size_t i = 0; status == NF_OK && i < entity->member_count; i++) {
        bool touched = false;
        if (!counts(c, i) || nf_bits_has(c->mask, i))
            continue;
        status = is_touched(c, i, &touched, err);
        if (touched)
            nf_entry_reject(c->unit, entry, "OBJ_MEMBER_ACCESS",
                            "the user may not write '%s'",
                            entity->members[i].name);
    }
    return status;
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

nf_status nf_change_link_file(nf_change *c, nf_error *err)
{
    nf_unit *unit = c->unit;
    nf_entry *entry = c->entry;
    const nf_wire *record = &c->data->record;
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
                               record->file.sha256, record->file.size,
                               c->values, c->mask, err);
}

/* ---- the row --------------------------------------------------------------
 */

nf_status nf_change_judge(nf_change *c, nf_error *problem, nf_error *err)
{
    nf_unit *unit = c->unit;

    if (problem->status == NF_NOMEM)
        return nf_error_nomem(err);
    if (!strcmp(problem->code, "value_out_of_range"))
        nf_entry_reject(unit, c->entry, "OBJ_VALUE", "%s", problem->message);
    else if (!strcmp(problem->detail, "constraint"))
        nf_entry_reject(unit, c->entry, "OBJ_UNIQUE",
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
 * association says is also in other rows: it is always written, and so is what
 * the server sets. The row gets its new version in any case. */
static nf_status update_row(nf_change *c, nf_error *err)
{
    const nf_entity *entity = c->entry->entity;

    for (size_t i = 0; i < nf_bits_words(entity->member_count); i++)
        c->differing[i] |= c->mask[i] & ~c->data->given[i];
    return nf_record_update(c->unit->server->database, entity, c->entry->id,
                            c->values, c->differing, NULL, err);
}

static nf_status store_row(nf_change *c, nf_error *err)
{
    nf_server *server = c->unit->server;
    nf_entry *entry = c->entry;
    const nf_entity *entity = entry->entity;
    bool created = !entry->actual;
    nf_error problem;
    nf_status status = NF_OK;

    nf_error_clear(&problem);
    if (created)
        status = nf_number(server, entity, c->values, NULL, err);
    if (status != NF_OK)
        return status;
    if (created)
        status = nf_record_insert(server->database, entity, entry->id,
                                  c->values, &problem);
    else if (any_bit(c->mask, entity->member_count))
        status = update_row(c, &problem);
    if (status != NF_OK)
        return nf_change_judge(c, &problem, err);
    status = nf_server_user_written(server, entity, entry->id, c->values,
                                    c->mask, err);
    if (status == NF_OK && created)
        status = nf_unit_note_created(c->unit, entry, err);
    return status;
}

/* The commit of one object, in the order of S45, in a unit without event
 * handlers. */
static nf_status commit_object(nf_change *c, nf_error *err)
{
    nf_unit *unit = c->unit;
    nf_entry *entry = c->entry;
    bool created = !entry->actual;
    nf_status status = nf_change_link_file(c, err);

    if (status == NF_OK && !entry->decided)
        nf_check_values(unit, entry, c->values, c->mask);
    if (status == NF_OK && !entry->decided)
        status = nf_check_rules(unit, entry, c->values, err);
    if (status != NF_OK || entry->decided)
        return status;
    if (created || any_bit(c->mask, entry->entity->member_count))
        nf_stamp(unit->server, entry->entity, c->values, c->mask,
                 unit->session->user, created);
    return store_row(c, err);
}

bool nf_change_takes_several(const nf_change *c)
{
    const nf_entity *entity = c->entry->entity;

    if (c->data->record.has_file)
        return true;
    for (size_t i = 0; i < entity->member_count; i++) {
        const nf_member *member = &entity->members[i];
        if (member->association
                ? nf_bits_has(c->mask, i)
                : !c->entry->actual &&
                      member->attribute->type == NF_ATTRIBUTE_AUTONUMBER)
            return true;
    }
    return false;
}

/* A savepoint copies each page that is written in it, so most objects do
 * without one where one statement that fails leaves nothing behind. */
static nf_status commit_alone(nf_change *c, nf_error *err)
{
    nf_database *db = c->unit->server->database;
    nf_status status, ended;
    bool keep;

    if (!nf_change_takes_several(c) && nf_database_begins_late(db))
        return commit_object(c, err);
    status = nf_database_begin(db, err);
    if (status != NF_OK)
        return status;
    status = commit_object(c, err);
    keep = status == NF_OK && !c->entry->decided;
    ended = nf_database_end(db, keep, err);
    return status == NF_OK ? ended : status;
}

/* ---- an entry -------------------------------------------------------------
 */

/* Whether the device knows what it did not send (design §10.5): nothing of it
 * has changed by this commit. A link that another object may take is left out
 * of such conclusions. */
static bool rest_is_same(const nf_change *c)
{
    const nf_entity *entity = c->entry->entity;

    for (size_t i = 0; c->entry->actual && i < entity->member_count; i++) {
        const nf_member *member = &entity->members[i];
        if (nf_bits_has(c->data->given, i) || member->child_end)
            continue;
        if (nf_bits_has(c->mask, i) ||
            (member->association && c->values[i].kind != NF_KIND_EMPTY))
            return false;
    }
    return c->entry->actual != NULL;
}

/* Whether what was sent is what the row has now, as long as it has this version
 * (with rest_same the row needs no comparing after the commit). Objects with
 * associations are compared: another entry may take a link. All rows that a
 * unit writes have one version, so whatever else writes rows in its
 * transaction, an event handler, has to make this false; and the row of an
 * object that was committed without a change keeps its own. */
static nf_status note_stored(nf_change *c, nf_error *err)
{
    const nf_entity *entity = c->entry->entity;
    bool same = !c->entry->actual || any_bit(c->mask, entity->member_count);

    for (size_t i = 0; same && i < entity->member_count; i++) {
        const nf_attribute *attribute = entity->members[i].attribute;
        const nf_value *value = &c->values[i];
        same = attribute && (!nf_bits_has(c->data->given, i) ||
                             (nf_value_equal(value, &c->data->values[i]) &&
                              (attribute->type != NF_ATTRIBUTE_BOOLEAN ||
                               value->kind == NF_KIND_BOOLEAN)));
    }
    c->entry->as_sent = same;
    return same ? nf_database_row_version(c->unit->server->database,
                                          &c->entry->stored, err)
                : NF_OK;
}

/* Values as they would be stored: those before, or defaults, under what was
 * sent. */
static nf_status merge(nf_change *c, nf_error *err)
{
    const nf_entity *entity = c->entry->entity;
    nf_status status = NF_OK;

    for (size_t i = 0; status == NF_OK && i < entity->member_count; i++) {
        nf_value *value = &c->values[i];
        bool same = false;
        if (!nf_bits_has(c->mask, i)) {
            if (c->before) {
                nf_value_release(value);
                status = nf_rows_value(c->before, i, value, err);
            }
            continue;
        }
        nf_value_assign(value, &c->data->values[i]);
        if (c->before && !entity->members[i].association)
            status = nf_rows_same(c->before, i, value, &same, err);
        if (!same)
            nf_bits_add(c->differing, i);
    }
    return status;
}

/* Room for the values and for two sets of members, in one block. Those of a new
 * object begin as defaults. */
nf_status nf_change_make_room(nf_change *c, nf_error *err)
{
    const nf_entity *entity = c->entry->entity;
    size_t words = nf_bits_words(entity->member_count) + 1;

    c->values = nf_alloc(entity->member_count * sizeof *c->values +
                         2 * words * sizeof *c->mask);
    if (!c->values)
        return nf_error_nomem(err);
    c->mask = (uint64_t *)(void *)(c->values + entity->member_count);
    c->differing = c->mask + words;
    return c->before && !c->entry->was_new
               ? NF_OK
               : nf_entity_defaults(c->values, entity,
                                    nf_server_now(c->unit->server), err);
}

nf_status nf_change_note(nf_change *c, nf_error *err)
{
    c->entry->rest_same = rest_is_same(c);
    return note_stored(c, err);
}

void nf_change_accept(nf_change *c)
{
    nf_entry_accept(c->entry,
                    c->entry->actual ? NF_OUTCOME_UPDATED : NF_OUTCOME_CREATED);
}

/* The next one is searched from there: writing the row in between does not
 * matter. */
void nf_change_leave_row(nf_change *c)
{
    c->before = NULL;
}

void nf_change_end(nf_change *c)
{
    nf_change_leave_row(c);
    nf_members_free(c->values, c->entry->entity->member_count);
    c->values = NULL;
}

nf_status nf_change_begin(nf_change *c, nf_error *err)
{
    nf_unit *unit = c->unit;
    nf_entry *entry = c->entry;
    nf_status status = NF_OK;

    if (entry->actual || entry->unseen)
        status = nf_unit_row(unit, entry, &c->before, err);
    if (entry->actual && entry->actual != entry->entity)
        nf_entry_reject(unit, entry, "OBJ_VALUE", "the object is no '%s'",
                        entry->entity->qualified);
    /* A deletion of this unit may have taken it along (S48). */
    else if (entry->actual && !c->before)
        nf_entry_reject(unit, entry, "OBJ_GONE", "the object no longer exists");
    return status;
}

static nf_status write_values(nf_change *c, nf_error *err)
{
    nf_entry *entry = c->entry;
    nf_status status = nf_change_check_members(c, err);

    if (status == NF_OK && !entry->decided)
        status =
            nf_unit_check_references(c->unit, entry, c->data, c->mask, err);
    if (status == NF_OK && !entry->decided)
        status = merge(c, err);
    nf_change_leave_row(c);
    if (status == NF_OK && !entry->decided)
        status = commit_alone(c, err);
    if (status == NF_OK && !entry->decided)
        status = nf_change_note(c, err);
    if (status == NF_OK && !entry->decided)
        nf_change_accept(c);
    return status;
}

nf_status nf_unit_write(nf_unit *unit, nf_entry *entry, nf_entry_data *data,
                        nf_error *err)
{
    nf_change c = {.unit = unit, .entry = entry, .data = data};
    nf_status status = nf_change_begin(&c, err);

    if (status == NF_OK && !entry->decided)
        status = nf_change_make_room(&c, err);
    if (status == NF_OK && !entry->decided)
        status = write_values(&c, err);
    nf_change_end(&c);
    return status;
}
