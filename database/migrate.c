/* From the model to tables, at every open (domain D120 … D127, D136): every
 * entity and member of the model is looked up by its storage guid in what the
 * file records. What is missing is created, what has another name is renamed,
 * what the model no longer has is dropped, and what cannot be changed in place
 * is refused. A first pass only counts, so a file that fits is not written;
 * the second runs in one transaction. */
#include "database/migration.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

nf_status nf_migration_run(migration *m, const char *sql)
{
    if (!sql)
        return nf_error_nomem(m->err);
    m->changes++;
    return m->apply ? nf_database_execute(m->database, sql, m->err) : NF_OK;
}

static nf_status refuse(migration *m, const char *what, const char *name)
{
    return nf_error_set(m->err, NF_INPUT, "model_changed",
                        "the database \"%s\" was made by another version of "
                        "the app, in which %s \"%s\" was different; use a new "
                        "database and synchronize",
                        m->database->path, what, name);
}

/* ---- what the file records ----------------------------------------------- */

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

static nf_status load_entities(migration *m)
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

static nf_status load_members(migration *m)
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
static known_entity *find_entity(migration *m, const nf_entity *entity)
{
    nf_guid guid;

    if (m->fresh)
        return NULL;
    nf_entity_storage_guid(entity, &guid);
    return nf_migration_entity(m, &guid);
}

static known_member *find_member(migration *m, const nf_member *member,
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

/* ---- entities ------------------------------------------------------------ */

static nf_status record_entity(migration *m, const nf_layout *layout)
{
    nf_statement *statement;
    nf_guid guid, root;
    nf_status status;
    bool row;

    m->changes++;
    if (!m->apply)
        return NF_OK;
    nf_entity_storage_guid(layout->entity, &guid);
    nf_entity_storage_guid(layout->entity->root, &root);
    statement = nf_database_statement(
        m->database,
        "INSERT INTO _mx_entity(number, guid, name, root, table_name, "
        "short_id) VALUES(?, ?, ?, ?, ?, ?) ON CONFLICT(number) DO UPDATE SET "
        "guid = excluded.guid, name = excluded.name, root = excluded.root, "
        "table_name = excluded.table_name, short_id = excluded.short_id",
        m->err);
    if (!statement)
        return NF_FAILED;
    nf_bind_int(statement, 1, layout->number);
    nf_bind_bytes(statement, 2, guid.bytes, 16);
    nf_bind_text(statement, 3, layout->entity->qualified);
    nf_bind_bytes(statement, 4, root.bytes, 16);
    nf_bind_text(statement, 5, layout->entity->root->qualified);
    nf_bind_int(statement, 6, layout->short_id);
    status = nf_database_step(m->database, statement, &row, m->err);
    nf_database_done(m->database, statement);
    return status;
}

/* A table whose hierarchy gets its first specialization gets a type column
 * (design §10.1). */
static nf_status add_type_column(migration *m, nf_layout *root)
{
    const nf_driver *driver = m->database->driver;
    bool there = false;
    nf_status status = NF_OK;

    if (!root->typed || m->fresh)
        return NF_OK;
    status =
        driver->has_column(m->database, root->table, "_type", &there, m->err);
    if (status || there)
        return status;
    return nf_migration_run(
        m, nf_arena_format(m->arena,
                           "ALTER TABLE %s ADD COLUMN _type %s NOT NULL "
                           "DEFAULT %lld",
                           root->quoted, driver->dialect.integer,
                           (long long)root->number));
}

/* A new table is made in one statement, once its columns are known. */
static nf_status create_table(migration *m, nf_layout *root)
{
    nf_status status;

    nf_buffer_format(&root->creating, ")%s",
                     m->database->driver->dialect.table_end);
    status = nf_migration_run(m, nf_buffer_string(&root->creating));
    nf_buffer_dispose(&root->creating);
    root->is_new = false;
    return status;
}

static void begin_table(migration *m, nf_layout *root)
{
    const char *type = m->database->driver->dialect.integer;
    bool server = m->database->side == NF_DATABASE_SERVER;

    root->is_new = true;
    nf_buffer_init(&root->creating, NF_BUFFER_MAX);
    nf_buffer_format(&root->creating, "CREATE TABLE %s(id %s PRIMARY KEY",
                     root->quoted, type);
    if (root->typed)
        nf_buffer_format(&root->creating, ", _type %s NOT NULL", type);
    if (server)
        nf_buffer_format(&root->creating, ", _version %s NOT NULL", type);
}

static nf_status root_table(migration *m, nf_layout *layout,
                            const known_entity *known)
{
    const nf_entity *entity = layout->entity;
    bool renamed = known && strcmp(known->table, entity->qualified) != 0;
    char *old;
    nf_status status = NF_OK;

    layout->table = nf_strdup(entity->qualified);
    layout->quoted = nf_sql_name(m->database, entity->qualified);
    layout->typed = entity->specialization_count > 0;
    if (!layout->table || !layout->quoted)
        return nf_error_nomem(m->err);
    if (!known) {
        begin_table(m, layout);
        return NF_OK;
    }
    if (renamed) {
        m->renamed = true;
        old = nf_sql_name(m->database, known->table);
        status = nf_migration_run(
            m, old ? nf_arena_format(m->arena, "ALTER TABLE %s RENAME TO %s",
                                     old, layout->quoted)
                   : NULL);
        nf_free(old);
    }
    /* A hierarchy that lost its last specialization keeps its column. */
    if (!status && !layout->typed)
        status = m->database->driver->has_column(
            m->database, known->table, "_type", &layout->typed, m->err);
    return status ? status : add_type_column(m, layout);
}

static nf_status add_entity(migration *m, const nf_entity *entity)
{
    nf_layout *layout = &m->database->layouts[entity->number];
    const known_entity *known = find_entity(m, entity);
    nf_guid root;
    nf_status status;

    layout->root = &m->database->layouts[entity->root->number];
    layout->number = known ? known->number : ++m->last_number;
    layout->short_id = known ? known->short_id : ++m->last_short;
    if (layout->short_id > SHORT_ID_MAX)
        return nf_error_set(m->err, NF_INPUT, "db_error",
                            "the app has more than %d entities",
                            (int)SHORT_ID_MAX);
    if (strlen(entity->qualified) > NAME_MAX_BYTES)
        return nf_error_set(m->err, NF_INPUT, "db_error",
                            "the name \"%.40s…\" is longer than %d bytes",
                            entity->qualified, (int)NAME_MAX_BYTES);
    if (known) {
        nf_entity_storage_guid(entity->root, &root);
        if (!nf_guid_equal(&known->root, &root))
            return refuse(m, "the generalization of", entity->qualified);
    }
    if (!nf_idmap_set(m->database->numbers, layout->number, layout))
        return nf_error_nomem(m->err);
    if (entity->root == entity) {
        status = root_table(m, layout, known);
        if (status)
            return status;
    }
    if (!known || strcmp(known->name, entity->qualified) != 0 ||
        (entity->root == entity &&
         strcmp(known->table, entity->qualified) != 0))
        return record_entity(m, layout);
    return NF_OK;
}

/* ---- members ------------------------------------------------------------- */

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

static nf_storage member_storage(const nf_database *database,
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

    column->storage = member_storage(m->database, member);
    if (strlen(member->name) > NAME_MAX_BYTES)
        return nf_error_set(m->err, NF_INPUT, "db_error",
                            "the name \"%.40s…\" is longer than %d bytes",
                            member->name, (int)NAME_MAX_BYTES);
    if (column->storage != NF_STORED_COLUMN && column->storage != NF_STORED_NOT)
        layout->linked = true;
    if (column->storage != NF_STORED_COLUMN && column->storage != NF_STORED_SET)
        return NF_OK;
    known = find_member(m, member, layout->number);
    if (known && !kinds_fit(known->kind, member_kind(member)))
        return refuse(m, "the type of", member->name);
    return column->storage == NF_STORED_SET
               ? add_set(m, layout, member, known)
               : add_column(m, layout, member, known);
}

static nf_status add_members(migration *m, const nf_entity *entity, int depth)
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
        status = add_members(m, entity->specializations[i], depth + 1);
    return status;
}

/* ---- the passes ---------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
    return strcmp((*(const nf_entity *const *)a)->qualified,
                  (*(const nf_entity *const *)b)->qualified);
}

/* The persistable entities by name: a fresh database numbers them so (D111).
 * *out: arena. */
static nf_status sorted_entities(migration *m, const nf_entity ***out,
                                 size_t *count)
{
    const nf_model *model = m->database->model;
    size_t total = nf_model_entity_count(model), i;

    *count = 0;
    *out = nf_arena_array(m->arena, total, sizeof **out);
    if (!*out)
        return nf_error_nomem(m->err);
    for (i = 0; i < total; i++)
        if (nf_model_entity(model, i)->kind == NF_ENTITY_PERSISTABLE)
            (*out)[(*count)++] = nf_model_entity(model, i);
    qsort(*out, *count, sizeof **out, by_name);
    return NF_OK;
}

static bool add_types(nf_database *database, nf_buffer *text,
                      const nf_entity *entity, int depth)
{
    size_t i;

    nf_buffer_format(text, "%s%lld", text->length > 1 ? "," : "",
                     (long long)database->layouts[entity->number].number);
    for (i = 0; depth < 64 && i < entity->specialization_count; i++)
        add_types(database, text, entity->specializations[i], depth + 1);
    return true;
}

static nf_status type_lists(migration *m, const nf_entity *const *entities,
                            size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        nf_layout *layout = &m->database->layouts[entities[i]->number];
        nf_buffer text;

        nf_buffer_init(&text, NF_BUFFER_MAX);
        nf_buffer_char(&text, '(');
        add_types(m->database, &text, entities[i], 0);
        nf_buffer_char(&text, ')');
        layout->types = nf_buffer_take(&text);
        nf_buffer_dispose(&text);
        if (!layout->types)
            return nf_error_nomem(m->err);
    }
    return NF_OK;
}

static nf_status allocate(migration *m)
{
    nf_database *database = m->database;
    const nf_model *model = database->model;
    size_t i;

    database->layout_count = nf_model_entity_count(model);
    database->layouts =
        nf_alloc_array(database->layout_count, sizeof *database->layouts);
    database->sets = nf_alloc_array(nf_model_association_count(model) + 1,
                                    sizeof *database->sets);
    database->numbers = nf_idmap_new();
    database->set_by_name = nf_map_new();
    if (!database->layouts || !database->sets || !database->numbers ||
        !database->set_by_name) {
        database->layout_count = database->layouts ? database->layout_count : 0;
        return nf_error_nomem(m->err);
    }
    for (i = 0; i < database->layout_count; i++)
        database->layouts[i].entity = nf_model_entity(model, i);
    return NF_OK;
}

static nf_status check_scale(migration *m)
{
    int64_t scale;
    nf_status status =
        nf_database_get_number(m->database, "decimal_scale",
                               m->database->decimal_scale, &scale, m->err);

    if (!status && scale != m->database->decimal_scale)
        return refuse(m, "the setting", "DecimalScale");
    return status;
}

/* Which of the known entities and members the model still has. */
static void mark_seen(migration *m, const nf_entity *const *entities,
                      size_t count)
{
    size_t i, j;

    for (i = 0; i < count; i++) {
        const nf_entity *entity = entities[i];
        known_entity *known = find_entity(m, entity);

        if (!known)
            continue;
        known->seen = true;
        for (j = entity->own_member_start; j < entity->member_count; j++) {
            nf_storage storage =
                member_storage(m->database, &entity->members[j]);
            known_member *member;

            if (storage != NF_STORED_COLUMN && storage != NF_STORED_SET)
                continue;
            member = find_member(m, &entity->members[j], known->number);
            if (member)
                member->seen = true;
        }
    }
}

/* What an older file has, less what goes: its names may be those of what
 * comes. */
static nf_status load(migration *m, const nf_entity *const *entities,
                      size_t count)
{
    nf_status status = load_entities(m);

    if (!status)
        status = load_members(m);
    if (!status)
        status = check_scale(m);
    if (status)
        return status;
    mark_seen(m, entities, count);
    status = nf_migration_drop_indexes(m);
    return status ? status : nf_migration_drop(m);
}

static nf_status pass(migration *m)
{
    const nf_entity **entities = NULL;
    size_t count = 0, i;
    nf_status status = allocate(m);

    if (!status)
        status = sorted_entities(m, &entities, &count);
    if (!status && !m->fresh)
        status = load(m, entities, count);
    for (i = 0; !status && i < count; i++)
        if (entities[i]->root == entities[i]) /* tables before their types */
            m->database->layouts[entities[i]->number].root =
                &m->database->layouts[entities[i]->number];
    for (i = 0; !status && i < count; i++)
        status = add_entity(m, entities[i]);
    if (!status)
        status = type_lists(m, entities, count);
    for (i = 0; !status && i < count; i++)
        if (entities[i]->root == entities[i]) {
            nf_layout *root = &m->database->layouts[entities[i]->number];

            status = add_members(m, entities[i], 0);
            if (!status && root->is_new)
                status = create_table(m, root);
        }
    if (!status && m->renamed)
        status = nf_migration_drop_indexes(m);
    /* Without another change they are compared with what the file has. */
    for (i = 0; !status && (m->apply || !(m->changes || m->fresh)) && i < count;
         i++) {
        const nf_layout *layout = &m->database->layouts[entities[i]->number];

        status = nf_migration_indexes(m, layout);
    }
    if (!status && !m->apply && !m->changes && !m->fresh)
        status = nf_migration_count_indexes(m);
    return status;
}

static nf_status run_pass(nf_database *database, bool apply, bool fresh,
                          size_t *changes, nf_error *err)
{
    migration m = {.database = database,
                   .apply = apply,
                   .fresh = fresh,
                   .err = err,
                   .arena = nf_arena_new(),
                   .member_index = nf_map_new()};
    nf_status status = NF_OK;

    nf_schema_close(database);
    if (!m.arena || !m.member_index)
        status = nf_error_nomem(err);
    if (!status)
        status = pass(&m);
    *changes = m.changes;
    nf_map_free(m.member_index);
    nf_free(m.entities);
    nf_free(m.members);
    nf_arena_free(m.arena);
    return status;
}

/* What the server told was told to another model: members that this one has
 * more may have been passed over (synchronize S138). All comes again. */
static const char forget_views[] = "DELETE FROM _mx_view;"
                                   "DELETE FROM _mx_touched;"
                                   "UPDATE _mx_object SET server_hash = NULL";

nf_status nf_schema_open(nf_database *database, bool fresh, nf_error *err)
{
    size_t changes = 0;
    nf_status status = NF_OK, ended;

    if (!fresh)
        status = run_pass(database, false, false, &changes, err);
    if (status || (!fresh && !changes))
        return status;
    status = nf_database_begin(database, err);
    if (status)
        return status;
    status = run_pass(database, true, fresh, &changes, err);
    if (!status && !fresh && database->side == NF_DATABASE_DEVICE)
        status = nf_database_execute(database, forget_views, err);
    ended = nf_database_end(database, status == NF_OK, err);
    return status ? status : ended;
}

/* ---- tables that are made later ------------------------------------------ */

nf_status nf_schema_plan(nf_database *database, nf_error *err)
{
    size_t changes;

    return run_pass(database, false, true, &changes, err);
}

/* The layouts of a fresh database follow from the model alone, so those that
 * this pass builds are the planned ones once more. Others hold pointers to
 * these: they stay. */
nf_status nf_schema_make(nf_database *database, nf_error *err)
{
    nf_database planned = *database;
    size_t changes;
    nf_status status;

    database->layouts = NULL;
    database->layout_count = 0;
    database->sets = NULL;
    database->set_count = 0;
    database->set_by_name = NULL;
    database->numbers = NULL;
    status = run_pass(database, true, true, &changes, err);
    nf_schema_close(database);
    database->layouts = planned.layouts;
    database->layout_count = planned.layout_count;
    database->sets = planned.sets;
    database->set_count = planned.set_count;
    database->set_by_name = planned.set_by_name;
    database->numbers = planned.numbers;
    return status;
}

/* Adds a name of a table or index without its case. */
static bool add_name(nf_map *names, nf_arena *arena, const char *name)
{
    char *folded = nf_arena_strdup(arena, name);
    size_t i;

    for (i = 0; folded && folded[i]; i++)
        if (folded[i] >= 'A' && folded[i] <= 'Z')
            folded[i] = (char)(folded[i] - 'A' + 'a');
    return folded && !strchr(folded, ':') &&
           strncmp(folded, "sqlite_", 7) != 0 && !nf_map_get(names, folded) &&
           nf_map_set(names, folded, folded);
}

static size_t count_columns(const nf_database *database,
                            const nf_entity *entity, int depth)
{
    size_t count = entity->member_count - entity->own_member_start, i;

    for (i = 0; depth < 64 && i < entity->specialization_count; i++)
        count += count_columns(database, entity->specializations[i], depth + 1);
    return count;
}

bool nf_schema_is_plain(const nf_database *database)
{
    int limit = sqlite3_limit(database->handle, SQLITE_LIMIT_COLUMN, -1);
    nf_arena *arena = nf_arena_new();
    nf_map *names = nf_map_new();
    bool plain = arena && names;
    size_t i;

    for (i = 0; plain && i < database->layout_count; i++) {
        const nf_layout *layout = &database->layouts[i];

        plain =
            !layout->number ||
            (add_name(names, arena, layout->entity->qualified) &&
             (layout->root != layout ||
              count_columns(database, layout->entity, 0) + 3 < (size_t)limit));
    }
    for (i = 0; plain && i < database->set_count; i++)
        plain = add_name(names, arena, database->sets[i].table);
    nf_map_free(names);
    nf_arena_free(arena);
    return plain;
}
