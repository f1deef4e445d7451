/* What the next entries of a unit will look at, asked for together where the
 * database answers that in one go (nf_database_expect). Nothing depends on it
 * but time: what was not foreseen is asked when its turn comes. */
#include "server/unit.h"

/* Whether its values say what else will be looked at. */
static bool is_worth_reading(const nf_entity *entity)
{
    for (size_t i = 0; i < entity->member_count; i++)
        if (entity->members[i].association)
            return true;
    return nf_entity_has_unique(entity);
}

static nf_status expect_by_values(nf_unit *unit, nf_entry *entry, nf_error *err)
{
    nf_entry_data data;
    nf_status status;

    if (!is_worth_reading(entry->entity))
        return NF_OK;
    status = nf_entry_read(unit, entry, &data, err);
    if (status == NF_OK && !entry->decided)
        status = nf_unit_expect_references(unit, entry, &data, err);
    if (status == NF_OK && !entry->decided)
        status = nf_check_expect(unit, entry, &data, err);
    nf_entry_data_keep(entry, &data);
    return status;
}

static nf_status expect_change(nf_unit *unit, nf_entry *entry, nf_error *err)
{
    nf_status status = NF_OK;

    if (entry->decided || entry->marked ||
        (entry->kind != NF_WIRE_NEW && entry->kind != NF_WIRE_CHANGE))
        return NF_OK;
    if (entry->kind == NF_WIRE_CHANGE)
        status = nf_record_expect_update(unit->server->database, entry->entity,
                                         entry->id, err);
    return status == NF_OK ? expect_by_values(unit, entry, err) : status;
}

/* Where a stretch that begins at `from` ends; 0: nothing is asked ahead. */
static size_t begin_stretch(nf_unit *unit, size_t from)
{
    size_t to = from + NF_UNIT_STRETCH;

    if (from % NF_UNIT_STRETCH > 0 ||
        !nf_database_is_piped(unit->server->database))
        return 0;
    nf_database_pipeline(unit->server->database, true);
    return to < unit->count ? to : unit->count;
}

nf_status nf_unit_expect_rows(nf_unit *unit, size_t from, nf_error *err)
{
    size_t to = begin_stretch(unit, from);

    return to > 0 ? nf_unit_expect_unseen(unit, from, to, err) : NF_OK;
}

nf_status nf_unit_expect_changes(nf_unit *unit, size_t from, nf_error *err)
{
    size_t to = begin_stretch(unit, from);
    nf_status status =
        to > 0 ? nf_unit_expect_unseen(unit, from, to, err) : NF_OK;

    for (size_t i = from; status == NF_OK && i < to; i++)
        status = expect_change(unit, &unit->entries[i], err);
    return status;
}

nf_status nf_unit_expect_deletions(nf_unit *unit, size_t from, nf_error *err)
{
    size_t to = begin_stretch(unit, from);
    nf_status status = NF_OK;

    for (size_t i = from; status == NF_OK && i < to; i++) {
        const nf_entry *entry = &unit->entries[i];

        if (!entry->decided && entry->kind == NF_WIRE_DELETE && entry->actual &&
            entry->rights->visible && entry->rights->removable)
            status = nf_server_expect_deletion(unit->server, entry->actual,
                                               entry->id, err);
    }
    return status;
}
