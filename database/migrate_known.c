/* What an older file records of its entities and members (migrate.c). */
#include "database/migration.h"

static void column_guid(nf_guid *out, nf_statement *statement, int column)
{
    const void *bytes = nf_column_bytes(statement, column);

    memset(out, 0, sizeof *out);
    if (bytes && nf_column_size(statement, column) == 16)
        memcpy(out->bytes, bytes, 16);
}

static char *column_text(migration *m, nf_statement *statement, int column)
{
    const char *text = nf_column_text(statement, column);

    return nf_arena_strdup(m->arena, text ? text : "");
}

nf_status nf_migration_load_entities(migration *m)
{
    nf_statement *statement = nf_database_statement(
        m->database,
        "SELECT number, guid, name, root, table_name, short_id FROM "
        "_mx_entity",
        m->err);
    nf_status status = statement ? NF_OK : NF_FAILED;
    bool row = true;

    while (!status &&
           !(status = nf_database_step(m->database, statement, &row, m->err)) &&
           row) {
        known_entity *grown = nf_grow(m->entities, m->entity_count,
                                      &m->entity_capacity, sizeof *grown);
        known_entity *known;

        if (!grown) {
            status = nf_error_nomem(m->err);
            break;
        }
        m->entities = grown;
        known = &grown[m->entity_count++];
        *known = (known_entity){
            .number = nf_column_int(statement, 0),
            .name = column_text(m, statement, 2),
            .table = column_text(m, statement, 4),
            .short_id = nf_column_int(statement, 5),
        };
        column_guid(&known->guid, statement, 1);
        column_guid(&known->root, statement, 3);
        if (!known->name || !known->table)
            status = nf_error_nomem(m->err);
        if (known->number > m->last_number)
            m->last_number = known->number;
        if (known->short_id > m->last_short)
            m->last_short = known->short_id;
    }
    nf_database_done(m->database, statement);
    return status;
}

static char *member_key(migration *m, const nf_guid *guid, int64_t entity)
{
    char text[NF_GUID_TEXT_SIZE];

    nf_guid_text(guid, text);
    return nf_arena_format(m->arena, "%s/%lld", text, (long long)entity);
}

nf_status nf_migration_load_members(migration *m)
{
    nf_statement *statement = nf_database_statement(
        m->database,
        "SELECT guid, entity, name, column_name, kind FROM _mx_member", m->err);
    nf_status status = statement ? NF_OK : NF_FAILED;
    bool row = true;

    while (!status &&
           !(status = nf_database_step(m->database, statement, &row, m->err)) &&
           row) {
        known_member *grown = nf_grow(m->members, m->member_count,
                                      &m->member_capacity, sizeof *grown);
        known_member *known;
        char *key;

        if (!grown) {
            status = nf_error_nomem(m->err);
            break;
        }
        m->members = grown;
        known = &grown[m->member_count++];
        *known = (known_member){
            .entity = nf_column_int(statement, 1),
            .name = column_text(m, statement, 2),
            .column = column_text(m, statement, 3),
            .kind = nf_column_int(statement, 4),
        };
        column_guid(&known->guid, statement, 0);
        key = member_key(m, &known->guid, known->entity);
        if (!known->name || !known->column || !key ||
            !nf_map_set(m->member_index, key,
                        (void *)(uintptr_t)m->member_count))
            status = nf_error_nomem(m->err);
    }
    nf_database_done(m->database, statement);
    return status;
}

/* Names of the catalogue and what stands beside them. */
static nf_status load_names(migration *m, const char *sql, nf_map *out)
{
    nf_statement *statement = nf_database_statement(m->database, sql, m->err);
    nf_status status = statement ? NF_OK : nf_no_statement(m->err);
    bool row = true;

    while (!status &&
           !(status = nf_database_step(m->database, statement, &row, m->err)) &&
           row) {
        char *name = column_text(m, statement, 0);
        char *text = nf_column_count(statement) > 1
                         ? column_text(m, statement, 1)
                         : name;

        if (!name || !text || !nf_map_set(out, name, text))
            status = nf_error_nomem(m->err);
    }
    nf_database_done(m->database, statement);
    return status;
}

nf_status nf_migration_load_catalogue(migration *m)
{
    const nf_dialect *dialect = &m->database->driver->dialect;
    nf_status status = load_names(m, dialect->typed_tables, m->typed);

    return status ? status : load_names(m, dialect->indexes, m->stands);
}

nf_status nf_migration_look_up(migration *m, const nf_map *names,
                               const char *name, const char **out)
{
    char *kept = m->database->driver->name(name);

    *out = kept ? nf_map_get(names, kept) : NULL;
    nf_free(kept);
    return kept ? NF_OK : nf_error_nomem(m->err);
}

known_entity *nf_migration_entity(migration *m, const nf_guid *guid)
{
    size_t i;

    for (i = 0; i < m->entity_count; i++)
        if (nf_guid_equal(&m->entities[i].guid, guid))
            return &m->entities[i];
    return NULL;
}

/* The same for an entity and a member of the model. A fresh file knows none:
 * their identity, a digest where they have no guid, is not asked for. */
known_entity *nf_migration_find_entity(migration *m, const nf_entity *entity)
{
    nf_guid guid;

    if (m->fresh)
        return NULL;
    nf_entity_storage_guid(entity, &guid);
    return nf_migration_entity(m, &guid);
}

known_member *nf_migration_find_member(migration *m, const nf_member *member,
                                       int64_t entity)
{
    nf_guid guid;
    char *key;
    uintptr_t index;

    if (m->fresh)
        return NULL;
    nf_member_storage_guid(member, &guid);
    key = member_key(m, &guid, entity);
    index = key ? (uintptr_t)nf_map_get(m->member_index, key) : 0;
    return index ? &m->members[index - 1] : NULL;
}
