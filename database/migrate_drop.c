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
            column->storage != NF_STORED_COLUMN || !m->apply)
            continue;
        name = nf_arena_format(m->arena, "ix:%s.%s", layout->root->table,
                               column->name);
        quoted = name ? nf_sql_name(m->database, name) : NULL;
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

/* Whether an index can hold this member as well; *room 0: without a limit.
 * Texts without a length are left out: a long one could not be written. */
static bool fits(const nf_member *member, int *room)
{
    const nf_attribute *attribute = member->attribute;
    int64_t size = 16;

    if (*room == 0)
        return true;
    if (attribute && attribute->type == NF_ATTRIBUTE_BINARY)
        return false;
    if (attribute && attribute->type == NF_ATTRIBUTE_DECIMAL)
        size = 32;
    if (attribute && (attribute->type == NF_ATTRIBUTE_STRING ||
                      attribute->type == NF_ATTRIBUTE_HASHED))
        size = attribute->length > 0 ? 4 * (int64_t)attribute->length + 4
                                     : INT32_MAX;
    if (size >= *room)
        return false;
    *room -= (int)size;
    return true;
}

/* "CREATE INDEX …" of a model's index; NULL without columns, or out of memory
 * with *failed. Owner: the arena. */
static char *index_text(migration *m, const nf_layout *layout,
                        const nf_index *index, const char *name, bool *failed)
{
    char *quoted = nf_sql_name(m->database, name), *text = NULL;
    int room = m->database->driver->dialect.key_bytes;
    bool first = true;
    nf_buffer sql;
    size_t p;

    nf_buffer_init(&sql, NF_BUFFER_MAX);
    nf_buffer_format(&sql, "CREATE INDEX %s ON %s(", quoted ? quoted : "",
                     layout->root->quoted);
    for (p = 0; p < index->count; p++) {
        const char *column =
            index->parts[p].member
                ? layout->columns[index->parts[p].member->index].quoted
                : NULL;

        if (!column || !fits(index->parts[p].member, &room))
            continue;
        nf_buffer_format(&sql, "%s%s%s", first ? "" : ", ", column,
                         index->parts[p].ascending ? "" : " DESC");
        first = false;
    }
    nf_buffer_text(&sql, ")");
    if (!first && quoted && nf_buffer_string(&sql))
        text = nf_arena_strdup(m->arena, nf_buffer_string(&sql));
    *failed = !quoted || (!first && !text);
    nf_buffer_dispose(&sql);
    nf_free(quoted);
    return text;
}

/* An index that the model asks for. Where indexes are only looked for, one that
 * stands is no change. */
static nf_status stand_index(migration *m, const nf_layout *layout,
                             const nf_index *index, const char *name)
{
    const nf_driver *driver = m->database->driver;
    const char *stands = NULL;
    bool failed = !name, same;
    char *text = name ? index_text(m, layout, index, name, &failed) : NULL;
    nf_status status = NF_OK;

    if (failed)
        return nf_error_nomem(m->err);
    if (!text)
        return NF_OK;
    m->indexes++;
    if (!m->apply)
        status = nf_migration_look_up(m, m->stands, name, &stands);
    same = stands && !strcmp(stands, text);
    if (!status && !same)
        status = nf_migration_run(m, text);
    if (!status && m->apply && driver->note_index)
        status = driver->note_index(m->database, name, text, m->err);
    return status;
}

/* Whether the entity has an index that begins with this member. */
static bool begins_an_index(const nf_entity *entity, const nf_member *member)
{
    for (size_t i = 0; i < entity->index_count; i++)
        if (entity->indexes[i].count > 0 &&
            entity->indexes[i].parts[0].member == member)
            return true;
    return false;
}

/* The model's own indexes (D126); on the device those meant for it. On the
 * server, where unique rules are checked, one for each of these: not a UNIQUE
 * one, since a rule may be younger than rows that violate it. */
static nf_status model_indexes(migration *m, const nf_layout *layout)
{
    const nf_entity *entity = layout->entity;
    bool device = m->database->side == NF_DATABASE_DEVICE;
    size_t i;
    nf_status status = NF_OK;

    for (i = 0; !status && i < entity->index_count; i++)
        if (!device || entity->indexes[i].include_offline)
            status = stand_index(
                m, layout, &entity->indexes[i],
                nf_arena_format(m->arena, "mx:%s.%zu", entity->qualified, i));
    for (i = 0; !status && !device && i < entity->validation_rule_count; i++) {
        const nf_validation_rule *rule = &entity->validation_rules[i];
        nf_index_part part = {.member = rule->member, .ascending = true};
        nf_index index = {.parts = &part, .count = 1};

        if (rule->kind == NF_RULE_UNIQUE && rule->member &&
            rule->member->attribute && !begins_an_index(entity, rule->member))
            status = stand_index(m, layout, &index,
                                 nf_arena_format(m->arena, "mx:%s.unique.%s",
                                                 entity->qualified,
                                                 rule->member->name));
    }
    return status;
}

/* The file has an index that the model does not know any more. */
void nf_migration_count_indexes(migration *m)
{
    if (nf_map_count(m->stands) != m->indexes)
        m->changes++;
}

/* *out: nf_free; NULL: there is none. */
static nf_status an_index(migration *m, char **out)
{
    nf_statement *statement = nf_database_statement(
        m->database, m->database->driver->dialect.an_index[m->renamed], m->err);
    bool row = false;
    nf_status status;

    *out = NULL;
    if (!statement)
        return nf_no_statement(m->err);
    status = nf_database_step(m->database, statement, &row, m->err);
    if (!status && row) {
        *out = nf_strdup(nf_column_text(statement, 0));
        if (!*out)
            status = nf_error_nomem(m->err);
    }
    nf_database_done(m->database, statement);
    return status;
}

/* Indexes are made anew whenever anything else changes: they hold no data
 * that could be lost. Those of references only where names have changed, since
 * theirs follow from the names. */
nf_status nf_migration_drop_indexes(migration *m)
{
    nf_status status = NF_OK;

    while (!status && m->apply && !m->fresh) {
        char *name, *quoted;

        status = an_index(m, &name);
        if (status || !name)
            break;
        quoted = nf_sql_name(m->database, name);
        nf_free(name);
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
    nf_statement *statement;
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
            m->err, NF_INPUT, "model_changed",
            "the database \"%s\" has changes that are not synchronized, and "
            "the app no longer has all that they need; synchronize them with "
            "the earlier version of the app first",
            m->database->path);
    return status;
}

/* The root whose table still holds what an entity had; NULL: the table goes as
 * a whole. Names are the file's: nothing has been renamed yet. */
static const known_entity *kept_root(migration *m, const known_entity *known)
{
    const known_entity *root =
        known ? nf_migration_entity(m, &known->root) : NULL;

    return root && root->seen ? root : NULL;
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
    nf_statement *statement;
    nf_status status;
    bool row;

    m->changes++;
    if (!m->apply)
        return NF_OK;
    statement = nf_database_statement(
        m->database, "DELETE FROM _mx_member WHERE entity = ? AND guid = ?",
        m->err);
    if (!statement)
        return NF_FAILED;
    nf_bind_int(statement, 1, known->entity);
    nf_bind_bytes(statement, 2, known->guid.bytes, 16);
    status = nf_database_step(m->database, statement, &row, m->err);
    nf_database_done(m->database, statement);
    return status;
}

static nf_status drop_members(migration *m)
{
    nf_status status = NF_OK;
    size_t i;

    for (i = 0; !status && i < m->member_count; i++) {
        const known_member *known = &m->members[i];
        const known_entity *root =
            kept_root(m, entity_by_number(m, known->entity));
        char *column, *index, *table, *quoted_index;

        if (known->seen)
            continue;
        status = check_no_changes(m);
        column = nf_sql_name(m->database, known->column);
        index = root ? nf_arena_format(m->arena, "ix:%s.%s", root->table,
                                       known->column)
                     : NULL;
        quoted_index = index ? nf_sql_name(m->database, index) : NULL;
        table = root ? nf_sql_name(m->database, root->table) : NULL;
        if (!status && known->kind == KIND_SET)
            status = nf_migration_run(
                m, column ? nf_arena_format(m->arena, "DROP TABLE %s", column)
                          : NULL);
        else if (!status && root)
            status = nf_migration_run(
                m, column && quoted_index && table
                       ? nf_arena_format(m->arena,
                                         "DROP INDEX IF EXISTS %s; ALTER TABLE "
                                         "%s DROP COLUMN %s",
                                         quoted_index, table, column)
                       : NULL);
        if (!status)
            status = forget_member(m, known);
        nf_free(column);
        nf_free(table);
        nf_free(quoted_index);
    }
    return status;
}

/* What else the file says of the objects of an entity. */
static nf_status forget_objects(migration *m, const known_entity *known)
{
    static const char *const everywhere[] = {"_mx_name", "_mx_view", NULL};
    static const char *const on_device[] = {"_mx_object", "_mx_touched",
                                            "_mx_right_class", NULL};
    bool device = m->database->side == NF_DATABASE_DEVICE;
    nf_status status = NF_OK;
    size_t i;

    for (i = 0; !status && everywhere[i]; i++)
        status = nf_migration_run(
            m, nf_arena_format(m->arena, "DELETE FROM %s WHERE entity = %lld",
                               everywhere[i], (long long)known->number));
    for (i = 0; !status && device && on_device[i]; i++)
        status = nf_migration_run(
            m, nf_arena_format(m->arena, "DELETE FROM %s WHERE entity = %lld",
                               on_device[i], (long long)known->number));
    return status;
}

static nf_status drop_entities(migration *m)
{
    nf_status status = NF_OK;
    size_t i;

    for (i = 0; !status && i < m->entity_count; i++) {
        const known_entity *known = &m->entities[i];
        const known_entity *root;
        char *table;

        if (known->seen)
            continue;
        status = check_no_changes(m);
        root = kept_root(m, known);
        table = nf_sql_name(m->database, root ? root->table : known->table);
        if (!status)
            status = forget_objects(m, known);
        if (!status && nf_guid_equal(&known->guid, &known->root))
            status = nf_migration_run(
                m, table ? nf_arena_format(m->arena, "DROP TABLE IF EXISTS %s",
                                           table)
                         : NULL);
        else if (!status && root)
            status = nf_migration_run(
                m, table ? nf_arena_format(m->arena,
                                           "DELETE FROM %s WHERE _type = %lld",
                                           table, (long long)known->number)
                         : NULL);
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
