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

nf_status nf_migration_refuse(migration *m, const char *what, const char *name)
{
    return nf_error_set(m->err, NF_INPUT, "model_changed",
                        "the database \"%s\" was made by another version of "
                        "the app, in which %s \"%s\" was different; use a new "
                        "database and synchronize",
                        m->database->path, what, name);
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
    return nf_migration_run(
        m, nf_arena_format(m->arena,
                           "ALTER TABLE %s ADD COLUMN _type %s NOT NULL "
                           "DEFAULT %lld",
                           root->quoted, m->database->driver->dialect.integer,
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
    const char *there = NULL;
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
    if (!status)
        status = nf_migration_look_up(m, m->typed, known->table, &there);
    if (!status && layout->typed && !there)
        return add_type_column(m, layout);
    /* A hierarchy that lost its last specialization keeps its column. */
    layout->typed = layout->typed || there;
    return status;
}

static nf_status add_entity(migration *m, const nf_entity *entity)
{
    nf_layout *layout = &m->database->layouts[entity->number];
    const known_entity *known = nf_migration_find_entity(m, entity);
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
            return nf_migration_refuse(m, "the generalization of",
                                       entity->qualified);
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
        return nf_migration_refuse(m, "the setting", "DecimalScale");
    return status;
}

/* Which of the known entities and members the model still has. */
static void mark_seen(migration *m, const nf_entity *const *entities,
                      size_t count)
{
    size_t i, j;

    for (i = 0; i < count; i++) {
        const nf_entity *entity = entities[i];
        known_entity *known = nf_migration_find_entity(m, entity);

        if (!known)
            continue;
        known->seen = true;
        for (j = entity->own_member_start; j < entity->member_count; j++) {
            nf_storage storage =
                nf_migration_storage(m->database, &entity->members[j]);
            known_member *member;

            if (storage != NF_STORED_COLUMN && storage != NF_STORED_SET)
                continue;
            member =
                nf_migration_find_member(m, &entity->members[j], known->number);
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
    nf_status status = nf_migration_load_entities(m);

    if (!status)
        status = nf_migration_load_members(m);
    if (!status)
        status = nf_migration_load_catalogue(m);
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

            status = nf_migration_add_members(m, entities[i], 0);
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
        nf_migration_count_indexes(m);
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
                   .member_index = nf_map_new(),
                   .typed = nf_map_new(),
                   .stands = nf_map_new()};
    nf_status status = NF_OK;

    nf_schema_close(database);
    if (!m.arena || !m.member_index || !m.typed || !m.stands)
        status = nf_error_nomem(err);
    if (!status)
        status = pass(&m);
    *changes = m.changes;
    nf_map_free(m.member_index);
    nf_map_free(m.typed);
    nf_map_free(m.stands);
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
    nf_status status = NF_OK;

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
    return nf_database_conclude(database, status, err);
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
