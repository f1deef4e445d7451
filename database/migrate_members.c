/* Members of entities as columns and as tables of reference sets (migrate.c).
 */
#include "database/migration.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

static bool is_contents(const nf_attribute *attribute)
{
    return attribute->type == NF_ATTRIBUTE_BINARY &&
           !strcmp(attribute->name, "Contents") && attribute->entity->is_file;
}

static nf_storage attribute_storage(const nf_database *database,
                                    const nf_attribute *attribute)
{
    bool device = database->side == NF_DATABASE_DEVICE;

    if (is_contents(attribute) ||
        (device && attribute->type == NF_ATTRIBUTE_HASHED) ||
        (!device && attribute->calculated))
        return NF_STORED_NOT;
    return NF_STORED_COLUMN;
}

nf_storage nf_migration_storage(const nf_database *database,
                                const nf_member *member)
{
    const nf_association *association = member->association;

    if (member->attribute)
        return attribute_storage(database, member->attribute);
    if (association->child->kind != NF_ENTITY_PERSISTABLE)
        return NF_STORED_NOT;
    if (association->set)
        return member->child_end ? NF_STORED_CHILD_SET : NF_STORED_SET;
    return member->child_end ? NF_STORED_CHILD : NF_STORED_COLUMN;
}

static int64_t member_kind(const nf_member *member)
{
    if (member->attribute)
        return member->attribute->type;
    if (member->association->set)
        return KIND_SET;
    return member->association->owner_both ? KIND_ONE_TO_ONE : KIND_REFERENCE;
}

/* Integer → Long and AutoNumber ↔ Long keep their values as they are, String
 * and HashedString too; one-to-one and Reference differ in an index only. */
static bool kinds_fit(int64_t from, int64_t to)
{
    if (from == to)
        return true;
    if (to == NF_ATTRIBUTE_LONG)
        return from == NF_ATTRIBUTE_INTEGER || from == NF_ATTRIBUTE_AUTONUMBER;
    if (to == NF_ATTRIBUTE_AUTONUMBER)
        return from == NF_ATTRIBUTE_LONG;
    if (to == NF_ATTRIBUTE_STRING)
        return from == NF_ATTRIBUTE_ENUMERATION;
    return (from == KIND_REFERENCE && to == KIND_ONE_TO_ONE) ||
           (from == KIND_ONE_TO_ONE && to == KIND_REFERENCE);
}

static const char *column_type(const migration *m, const nf_member *member)
{
    const nf_dialect *dialect = &m->database->driver->dialect;

    if (member->association)
        return dialect->integer;
    switch (member->attribute->type) {
    case NF_ATTRIBUTE_STRING:
    case NF_ATTRIBUTE_ENUMERATION:
    case NF_ATTRIBUTE_HASHED:
        return dialect->text;
    case NF_ATTRIBUTE_DECIMAL:
        return dialect->decimal;
    case NF_ATTRIBUTE_BINARY:
        return dialect->bytes;
    case NF_ATTRIBUTE_BOOLEAN: {
        const char *text = member->attribute->default_value;

        return text && !strcmp(text, "true") ? dialect->boolean_true
                                             : dialect->boolean_false;
    }
    default:
        return dialect->integer;
    }
}

static nf_status record_member(migration *m, const nf_layout *layout,
                               const nf_member *member, const char *column)
{
    nf_statement *statement;
    nf_guid guid;
    nf_status status;
    bool row;

    m->changes++;
    if (!m->apply)
        return NF_OK;
    nf_member_storage_guid(member, &guid);
    statement = nf_database_statement(
        m->database,
        "INSERT INTO _mx_member(guid, entity, name, column_name, kind, "
        "length) VALUES(?, ?, ?, ?, ?, ?) ON CONFLICT(guid, entity) DO UPDATE "
        "SET name = excluded.name, column_name = excluded.column_name, kind = "
        "excluded.kind, length = excluded.length",
        m->err);
    if (!statement)
        return NF_FAILED;
    nf_bind_bytes(statement, 1, guid.bytes, 16);
    nf_bind_int(statement, 2, layout->number);
    nf_bind_text(statement, 3, member->name);
    nf_bind_text(statement, 4, column);
    nf_bind_int(statement, 5, member_kind(member));
    nf_bind_int(statement, 6,
                member->attribute ? member->attribute->length : 0);
    status = nf_database_step(m->database, statement, &row, m->err);
    nf_database_done(m->database, statement);
    return status;
}

/* Whether a column name is used in the hierarchy; case does not count. */
static bool column_taken(const nf_database *database, const nf_entity *entity,
                         const char *name, int depth)
{
    const nf_layout *layout = &database->layouts[entity->number];
    size_t i;

    const char *const *reserved = database->driver->dialect.reserved;

    if (!strcasecmp(name, "id") || !strcasecmp(name, "_type") ||
        !strcasecmp(name, "_version"))
        return true;
    for (; reserved && *reserved; reserved++)
        if (!strcmp(name, *reserved))
            return true;
    for (i = entity->own_member_start;
         layout->columns && i < entity->member_count; i++)
        if (layout->columns[i].name &&
            !strcasecmp(layout->columns[i].name, name))
            return true;
    for (i = 0; depth < 64 && i < entity->specialization_count; i++)
        if (column_taken(database, entity->specializations[i], name, depth + 1))
            return true;
    return false;
}

static char *choose_column(migration *m, const nf_layout *layout,
                           const nf_member *member)
{
    const nf_entity *root = layout->entity->root;
    const char *name = member->name;
    int i;

    if (!column_taken(m->database, root, name, 0))
        return nf_strdup(name);
    name =
        nf_arena_format(m->arena, "%s.%s", layout->entity->name, member->name);
    for (i = 2; name && column_taken(m->database, root, name, 0); i++)
        name = nf_arena_format(m->arena, "%s.%s %d", layout->entity->qualified,
                               member->name, i);
    return name ? nf_strdup(name) : NULL;
}

/* Existing rows get the default (D136); for Boolean the column has it. */
static nf_status fill_default(migration *m, const nf_layout *layout,
                              const nf_member *member, const char *quoted)
{
    nf_value *defaults;
    nf_statement *statement = NULL;
    nf_buffer sql;
    nf_status status;
    bool row;

    if (!m->apply || m->fresh || !member->attribute ||
        member->attribute->type == NF_ATTRIBUTE_BOOLEAN)
        return NF_OK;
    defaults = nf_alloc_array(layout->entity->member_count, sizeof *defaults);
    if (!defaults)
        return nf_error_nomem(m->err);
    nf_buffer_init(&sql, NF_BUFFER_MAX);
    status = nf_entity_defaults(defaults, layout->entity, 0, m->err);
    if (!status && defaults[member->index].kind != NF_KIND_EMPTY) {
        nf_buffer_format(&sql, "UPDATE %s AS o SET %s = ?",
                         layout->root->quoted, quoted);
        if (nf_buffer_string(&sql))
            statement = nf_database_statement(m->database,
                                              nf_buffer_string(&sql), m->err);
        status = statement ? nf_value_bind(m->database, statement, 1, member,
                                           &defaults[member->index], m->err)
                           : nf_error_nomem(m->err);
        if (!status)
            status = nf_database_step(m->database, statement, &row, m->err);
        nf_database_done(m->database, statement);
    }
    nf_buffer_dispose(&sql);
    nf_members_free(defaults, layout->entity->member_count);
    return status;
}

static nf_status add_column(migration *m, nf_layout *layout,
                            const nf_member *member, known_member *known)
{
    nf_column *column = &layout->columns[member->index];
    const char *root = layout->root->quoted;
    nf_status status;

    column->owned = true;
    if (known && !strcmp(known->name, member->name)) {
        column->name = nf_strdup(known->column);
    } else {
        column->name = choose_column(m, layout, member);
    }
    column->quoted =
        column->name ? nf_sql_name(m->database, column->name) : NULL;
    if (!column->quoted)
        return nf_error_nomem(m->err);
    if (known && known->kind == member_kind(member) &&
        !strcmp(known->name, member->name))
        return NF_OK;
    if (!known && layout->root->is_new) {
        nf_buffer_format(
            &m->database->layouts[layout->entity->root->number].creating,
            ", %s %s", column->quoted, column_type(m, member));
        status = NF_OK;
    } else if (!known) {
        status = nf_migration_run(
            m, nf_arena_format(m->arena, "ALTER TABLE %s ADD COLUMN %s %s",
                               root, column->quoted, column_type(m, member)));
        if (!status)
            status = fill_default(m, layout, member, column->quoted);
    } else if (strcmp(known->column, column->name) != 0) {
        char *old = nf_sql_name(m->database, known->column);

        m->renamed = true;
        status = nf_migration_run(
            m, old ? nf_arena_format(m->arena, "ALTER TABLE %s RENAME %s TO %s",
                                     root, old, column->quoted)
                   : NULL);
        nf_free(old);
    } else {
        status = NF_OK;
    }
    return status ? status : record_member(m, layout, member, column->name);
}

/* "ix:" and the name of a set's table, quoted; nf_free. */
static char *set_index(migration *m, const char *table)
{
    char *name = nf_arena_format(m->arena, "ix:%s", table);

    return name ? nf_sql_name(m->database, name) : NULL;
}

static nf_status rename_set(migration *m, const nf_set_table *set,
                            const known_member *known)
{
    char *old = nf_sql_name(m->database, known->column);
    char *index = set_index(m, known->column);
    nf_status status = nf_migration_run(
        m, old && index
               ? nf_arena_format(
                     m->arena,
                     "DROP INDEX IF EXISTS %s; ALTER TABLE %s RENAME TO %s",
                     index, old, set->quoted)
               : NULL);

    nf_free(old);
    nf_free(index);
    return status;
}

static nf_status index_set(migration *m, const nf_set_table *set)
{
    char *index = set_index(m, set->table);
    nf_status status = nf_migration_run(
        m, index ? nf_arena_format(m->arena,
                                   "CREATE INDEX %s ON %s(child, parent)",
                                   index, set->quoted)
                 : NULL);

    nf_free(index);
    return status;
}

static nf_status add_set(migration *m, nf_layout *layout,
                         const nf_member *member, known_member *known)
{
    const nf_association *association = member->association;
    nf_set_table *set = &m->database->sets[m->database->set_count];
    const nf_dialect *dialect = &m->database->driver->dialect;
    nf_status status = NF_OK;

    if (nf_map_get(m->database->set_by_name, association->qualified))
        return NF_OK;
    set->table = nf_strdup(association->qualified);
    set->quoted = nf_sql_name(m->database, association->qualified);
    m->database->set_count++;
    if (!set->table || !set->quoted ||
        !nf_map_set(m->database->set_by_name, association->qualified, set))
        return nf_error_nomem(m->err);
    if (known && !strcmp(known->column, set->table))
        return NF_OK;
    status = known ? rename_set(m, set, known)
                   : nf_migration_run(
                         m, nf_arena_format(
                                m->arena,
                                "CREATE TABLE %s(parent %s NOT NULL, child %s "
                                "NOT NULL, PRIMARY KEY(parent, child))%s",
                                set->quoted, dialect->integer, dialect->integer,
                                dialect->keyed_table_end));
    if (!status)
        status = index_set(m, set);
    return status ? status : record_member(m, layout, member, set->table);
}

static nf_status add_member(migration *m, nf_layout *layout,
                            const nf_member *member)
{
    nf_column *column = &layout->columns[member->index];
    known_member *known;

    column->storage = nf_migration_storage(m->database, member);
    if (strlen(member->name) > NAME_MAX_BYTES)
        return nf_error_set(m->err, NF_INPUT, "db_error",
                            "the name \"%.40s…\" is longer than %d bytes",
                            member->name, (int)NAME_MAX_BYTES);
    if (column->storage != NF_STORED_COLUMN && column->storage != NF_STORED_NOT)
        layout->linked = true;
    if (column->storage != NF_STORED_COLUMN && column->storage != NF_STORED_SET)
        return NF_OK;
    known = nf_migration_find_member(m, member, layout->number);
    if (known && !kinds_fit(known->kind, member_kind(member)))
        return nf_migration_refuse(m, "the type of", member->name);
    return column->storage == NF_STORED_SET
               ? add_set(m, layout, member, known)
               : add_column(m, layout, member, known);
}

nf_status nf_migration_add_members(migration *m, const nf_entity *entity,
                                   int depth)
{
    nf_layout *layout = &m->database->layouts[entity->number];
    size_t i;
    nf_status status = NF_OK;

    layout->columns =
        nf_alloc_array(entity->member_count, sizeof *layout->columns);
    if (!layout->columns)
        return nf_error_nomem(m->err);
    if (entity->generalization) {
        const nf_layout *above =
            &m->database->layouts[entity->generalization->number];

        layout->linked = above->linked;
        for (i = 0; i < entity->own_member_start; i++) {
            layout->columns[i] = above->columns[i];
            layout->columns[i].owned = false;
        }
    }
    for (i = entity->own_member_start; !status && i < entity->member_count; i++)
        status = add_member(m, layout, &entity->members[i]);
    for (i = 0; !status && depth < 64 && i < entity->specialization_count; i++)
        status =
            nf_migration_add_members(m, entity->specializations[i], depth + 1);
    return status;
}
