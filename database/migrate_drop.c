/* Indexes, and what the model no longer has (domain D126, D136): nothing that
 * is not synchronized may be lost by either (D138). */
#include "database/migration.h"

#include <stdio.h>

/* ---- indexes ------------------------------------------------------------- */

static nf_status reference_indexes(migration *m, const nf_layout *layout)
{
    size_t i;
    nf_status status = NF_OK;

    for (i = layout->entity->own_member_start;
         !status && i < layout->entity->member_count; i++) {
        const nf_column *column = &layout->columns[i];
        char *name, *quoted;

        if (!layout->entity->members[i].association ||
            column->storage != NF_STORED_COLUMN)
            continue;
        name = nf_arena_format(m->arena, "ix:%s.%s", layout->root->table,
                               column->name);
        quoted = name ? nf_sql_quote(name) : NULL;
        status = nf_migration_run(
            m, quoted
                   ? nf_arena_format(m->arena,
                                     "CREATE INDEX IF NOT EXISTS %s ON %s(%s) "
                                     "WHERE %s IS NOT NULL",
                                     quoted, layout->root->quoted,
                                     column->quoted, column->quoted)
                   : NULL);
        nf_free(quoted);
    }
    return status;
}

/* The model's own indexes (D126); on the device those meant for it. */
static nf_status model_indexes(migration *m, const nf_layout *layout)
{
    size_t i, p;
    nf_status status = NF_OK;

    for (i = 0; !status && i < layout->entity->index_count; i++) {
        const nf_index *index = &layout->entity->indexes[i];
        char *name = nf_arena_format(m->arena, "mx:%s.%zu",
                                     layout->entity->qualified, i);
        char *quoted = name ? nf_sql_quote(name) : NULL;
        nf_buffer sql;
        bool first = true;

        if (m->database->side == NF_DATABASE_DEVICE &&
            !index->include_offline) {
            nf_free(quoted);
            continue;
        }
        nf_buffer_init(&sql, NF_BUFFER_MAX);
        nf_buffer_format(&sql, "CREATE INDEX %s ON %s(", quoted ? quoted : "",
                         layout->root->quoted);
        for (p = 0; p < index->count; p++) {
            const char *column =
                index->parts[p].member
                    ? layout->columns[index->parts[p].member->index].quoted
                    : NULL;

            if (!column)
                continue;
            nf_buffer_format(&sql, "%s%s%s", first ? "" : ", ", column,
                             index->parts[p].ascending ? "" : " DESC");
            first = false;
        }
        nf_buffer_text(&sql, ")");
        if (!first)
            status =
                nf_migration_run(m, quoted ? nf_buffer_string(&sql) : NULL);
        nf_buffer_dispose(&sql);
        nf_free(quoted);
    }
    return status;
}

/* Indexes are made anew whenever anything else changes: they hold no data
 * that could be lost. */
nf_status nf_migration_drop_indexes(migration *m)
{
    nf_status status = NF_OK;
    bool row = true;

    while (!status && m->apply && !m->fresh) {
        sqlite3_stmt *statement = nf_database_statement(
            m->database,
            "SELECT name FROM sqlite_schema WHERE type = 'index' AND name "
            "LIKE 'mx:%' LIMIT 1",
            m->err);
        char *quoted = NULL;

        if (!statement)
            return NF_FAILED;
        status = nf_database_step(m->database, statement, &row, m->err);
        if (!status && row)
            quoted =
                nf_sql_quote((const char *)sqlite3_column_text(statement, 0));
        nf_database_done(m->database, statement);
        if (status || !row)
            break;
        status = nf_migration_run(
            m,
            quoted ? nf_arena_format(m->arena, "DROP INDEX %s", quoted) : NULL);
        nf_free(quoted);
    }
    return status;
}

/* ---- what the model no longer has ---------------------------------------- */

/* Nothing unsynchronized may be lost (D138). */
static nf_status check_no_changes(migration *m)
{
    sqlite3_stmt *statement;
    nf_status status;
    bool row = false;

    if (m->database->side != NF_DATABASE_DEVICE)
        return NF_OK;
    statement = nf_database_statement(
        m->database, "SELECT 1 FROM _mx_change LIMIT 1", m->err);
    if (!statement)
        return NF_FAILED;
    status = nf_database_step(m->database, statement, &row, m->err);
    nf_database_done(m->database, statement);
    if (!status && row)
        status = nf_error_set(
            m->err, NF_INPUT, "db_error",
            "the database \"%s\" has changes that are not synchronized, and "
            "the app no longer has all that they need; synchronize them with "
            "the earlier version of the app first",
            m->database->path);
    return status;
}

/* The table that still holds what an entity had; NULL: it goes as a whole. */
static const nf_layout *root_layout(migration *m, const known_entity *known)
{
    const known_entity *root =
        known ? nf_migration_entity(m, &known->root) : NULL;

    return root && root->seen ? nf_idmap_get(m->database->numbers, root->number)
                              : NULL;
}

static const known_entity *entity_by_number(const migration *m, int64_t number)
{
    size_t i;

    for (i = 0; i < m->entity_count; i++)
        if (m->entities[i].number == number)
            return &m->entities[i];
    return NULL;
}

static nf_status forget_member(migration *m, const known_member *known)
{
    char guid[33];
    size_t i;

    for (i = 0; i < 16; i++)
        snprintf(guid + 2 * i, 3, "%02x", known->guid.bytes[i]);
    return nf_migration_run(
        m, nf_arena_format(m->arena,
                           "DELETE FROM _mx_member WHERE entity = %lld "
                           "AND guid = x'%s'",
                           (long long)known->entity, guid));
}

static nf_status drop_members(migration *m)
{
    nf_status status = NF_OK;
    size_t i;

    for (i = 0; !status && i < m->member_count; i++) {
        const known_member *known = &m->members[i];
        const nf_layout *layout =
            root_layout(m, entity_by_number(m, known->entity));
        char *column, *index, *quoted_index;

        if (known->seen)
            continue;
        status = check_no_changes(m);
        column = nf_sql_quote(known->column);
        index = layout ? nf_arena_format(m->arena, "ix:%s.%s",
                                         layout->root->table, known->column)
                       : NULL;
        quoted_index = index ? nf_sql_quote(index) : NULL;
        if (!status && known->kind == KIND_SET)
            status = nf_migration_run(
                m, column ? nf_arena_format(m->arena, "DROP TABLE %s", column)
                          : NULL);
        else if (!status && layout)
            status = nf_migration_run(
                m, column && quoted_index
                       ? nf_arena_format(
                             m->arena,
                             "DROP INDEX IF EXISTS %s; ALTER TABLE %s "
                             "DROP COLUMN %s",
                             quoted_index, layout->root->quoted, column)
                       : NULL);
        if (!status)
            status = forget_member(m, known);
        nf_free(column);
        nf_free(quoted_index);
    }
    return status;
}

static nf_status drop_entities(migration *m)
{
    nf_status status = NF_OK;
    size_t i;

    for (i = 0; !status && i < m->entity_count; i++) {
        const known_entity *known = &m->entities[i];
        const nf_layout *root;
        char *table;

        if (known->seen)
            continue;
        status = check_no_changes(m);
        table = nf_sql_quote(known->table);
        if (!status && nf_guid_equal(&known->guid, &known->root))
            status = nf_migration_run(
                m, table ? nf_arena_format(m->arena, "DROP TABLE IF EXISTS %s",
                                           table)
                         : NULL);
        else if (!status && (root = root_layout(m, known)))
            status = nf_migration_run(
                m, nf_arena_format(m->arena,
                                   "DELETE FROM %s WHERE _type = "
                                   "%lld",
                                   root->quoted, (long long)known->number));
        nf_free(table);
        if (!status)
            status = nf_migration_run(
                m, nf_arena_format(m->arena,
                                   "DELETE FROM _mx_entity WHERE number = %lld",
                                   (long long)known->number));
    }
    return status;
}

nf_status nf_migration_indexes(migration *m, const nf_layout *layout)
{
    nf_status status = reference_indexes(m, layout);

    return status ? status : model_indexes(m, layout);
}

nf_status nf_migration_drop(migration *m)
{
    nf_status status = drop_members(m);

    return status ? status : drop_entities(m);
}
