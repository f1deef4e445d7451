/* What is kept and said about a run (synchronize S163, W56): one row of
 * System.SynchronizationHistory and one line of the log, of counts and times
 * and never of data. */
#include "server/unit.h"

#include <stdio.h>

#define HISTORY_MS (365 * NF_DAY_MS)

typedef struct counts {
    size_t created, changed, deleted, refreshed; /* as they were sent */
    size_t accepted, rejected, duplicate;
} counts;

static counts count_entries(const nf_unit *unit)
{
    counts c = {0};

    for (size_t i = 0; i < unit->count; i++) {
        const nf_entry *entry = &unit->entries[i];
        if (entry->kind == NF_WIRE_REFRESH) {
            c.refreshed++;
            continue;
        }
        if (entry->kind == NF_WIRE_NEW || entry->was_new)
            c.created++;
        else if (entry->kind == NF_WIRE_DELETE)
            c.deleted++;
        else
            c.changed++;
        if (entry->state == NF_OUTCOME_REJECTED)
            c.rejected++;
        else if (entry->state == NF_OUTCOME_DUPLICATE)
            c.duplicate++;
        else
            c.accepted++;
    }
    return c;
}

/* ---- history --------------------------------------------------------------
 */

static const nf_entity *history_entity(const nf_server *server)
{
    const nf_entity *entity = nf_model_find_entity(
        server->options.model, "System.SynchronizationHistory");
    return entity && nf_database_table(server->database, entity) ? entity
                                                                 : NULL;
}

static nf_status insert_history(nf_unit *unit, size_t objects, size_t errors,
                                nf_error *err)
{
    nf_server *server = unit->server;
    const nf_entity *entity = history_entity(server);
    int64_t now = nf_server_now(server), id = 0;
    nf_value *values = NULL;
    nf_status status;

    if (!entity)
        return NF_OK;
    status = nf_server_defaults(&values, entity, now, err);
    if (status == NF_OK)
        status = nf_database_new_id(server->database, entity, &id, err);
    if (status == NF_OK &&
        !nf_values_set_text(values, entity, "SyncMode", unit->run->mode))
        status = nf_error_nomem(err);
    if (status == NF_OK) {
        nf_values_set(values, entity, "StartTime", nf_datetime(now));
        nf_values_set(values, entity, "Duration",
                      nf_integer(nf_clock_elapsed() - unit->started));
        nf_values_set(values, entity, "ObjectCount",
                      nf_integer((int64_t)objects));
        nf_values_set(values, entity, "ErrorCount",
                      nf_integer((int64_t)errors));
        if (unit->session->user)
            nf_values_set(values, entity, "System.SynchronizationHistory_User",
                          nf_id_value(unit->session->user));
        nf_stamp(server, entity, values, NULL, unit->session->user, true);
        status = nf_record_insert(server->database, entity, id, values, err);
    }
    nf_members_free(values, entity->member_count);
    return status;
}

nf_status nf_unit_record_history(nf_unit *unit, nf_error *err)
{
    counts c = count_entries(unit);
    return insert_history(unit, unit->count, c.rejected, err);
}

nf_status nf_unit_record_failure(nf_unit *unit, nf_error *err)
{
    return insert_history(unit, 0, 1, err);
}

nf_status nf_history_collect(nf_server *server, nf_error *err)
{
    const nf_entity *entity = history_entity(server);
    const nf_member *member =
        entity ? nf_entity_find_member(entity, "StartTime") : NULL;
    int64_t id = 1;
    bool found = true;
    char sql[512];
    nf_status status = NF_OK;

    if (!member)
        return NF_OK;
    snprintf(sql, sizeof sql, "SELECT id FROM %s WHERE %s < ? LIMIT 1",
             nf_database_table(server->database, entity),
             nf_database_column(server->database, entity, member->index));
    while (status == NF_OK && found) {
        status =
            nf_database_query_number(server->database, &id, &found, err, sql,
                                     "i", nf_server_now(server) - HISTORY_MS);
        if (status == NF_OK && found)
            status = nf_record_delete(server->database, entity, id, NULL, err);
    }
    return status;
}

/* ---- the log --------------------------------------------------------------
 */

void nf_unit_log(const nf_unit *unit, const char *result)
{
    char id[NF_SYNC_ID_TEXT];
    counts c = count_entries(unit);

    nf_hex(id, unit->run->id.bytes, sizeof unit->run->id.bytes);
    nf_server_log(unit->server, "info",
                  "sync=%s device=%lld user=%lld mode=%s result=%s new=%zu "
                  "changed=%zu deleted=%zu refreshed=%zu accepted=%zu "
                  "rejected=%zu duplicate=%zu bytes=%lld decoded=%lld ms=%lld",
                  id, (long long)unit->session->device,
                  (long long)unit->session->user, unit->run->mode, result,
                  c.created, c.changed, c.deleted, c.refreshed, c.accepted,
                  c.rejected, c.duplicate, (long long)unit->run->length,
                  (long long)unit->body.size,
                  (long long)(nf_clock_elapsed() - unit->started));
}
