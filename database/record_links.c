/* Links: what of a record is not in its own row. Reference sets have tables of
 * their own, a child end is the column of another row. */
#include "database/schema.h"

#include "base/memory.h"

#include <stdio.h>

static nf_status run(nf_database *database, const char *sql,
                     const int64_t values[3], bool apart, nf_error *err)
{
    nf_statement *statement = nf_database_statement(database, sql, err);
    int i, count;
    nf_status status;
    bool row;

    if (!statement)
        return nf_no_statement(err);
    count = nf_parameter_count(statement);
    for (i = 0; i < count && i < 3; i++)
        nf_bind_int(statement, i + 1, values[i]);
    if (apart)
        nf_statement_apart(statement);
    status = nf_database_step(database, statement, &row, err);
    nf_database_done(database, statement);
    return status;
}

nf_status nf_database_run_ids(nf_database *database, const char *sql, int64_t a,
                              int64_t b, int64_t c, nf_error *err)
{
    return run(database, sql, (const int64_t[]){a, b, c}, true, err);
}

/* What the server adds to an UPDATE of rows, for run_versioned. */
static const char *set_version(const nf_database *database)
{
    return database->side == NF_DATABASE_SERVER ? ", _version = ?3" : "";
}

/* Runs a change of rows with two ids, whose third parameter is their version.
 */
static nf_status run_versioned(nf_database *database, const char *sql,
                               int64_t a, int64_t b, nf_error *err)
{
    int64_t version;
    nf_status status = nf_database_row_version(database, &version, err);

    return status ? status
                  : nf_database_run_ids(database, sql, a, b, version, err);
}

/* Gives the owners of links to `child` in a set a new version: links are
 * members of their owners (S89). `told`: the database knows who they are
 * (nf_database_wrote). */
static nf_status touch_owners(nf_database *database,
                              const nf_association *association, int64_t child,
                              bool told, nf_error *err)
{
    const char *table = association->parent
                            ? nf_database_table(database, association->parent)
                            : NULL;
    int64_t version;
    char sql[2048];
    nf_status status;

    if (database->side != NF_DATABASE_SERVER || !table)
        return NF_OK;
    snprintf(sql, sizeof sql,
             "UPDATE %s SET _version = ?3 WHERE id IN (SELECT parent FROM %s "
             "WHERE child = ?1)",
             table, nf_database_set_table(database, association));
    status = nf_database_row_version(database, &version, err);
    return status ? status
                  : run(database, sql, (const int64_t[]){child, 0, version},
                        told, err);
}

/* The table and column that hold a Reference, from its owner's side. */
static bool reference_place(const nf_database *database,
                            const nf_association *association,
                            const char **table, const char **column)
{
    const nf_member *member =
        association->parent
            ? nf_entity_end(association->parent, association, false)
            : NULL;

    *table = *column = NULL;
    if (!member)
        return false;
    *table = nf_database_table(database, association->parent);
    *column = nf_database_column(database, association->parent, member->index);
    return *table && *column;
}

/* One-to-one: nobody else may keep the link to `child` (D44). */
static nf_status release_rivals(nf_database *database, const char *table,
                                const char *column, int64_t child,
                                int64_t owner, nf_error *err)
{
    char sql[2048];

    snprintf(sql, sizeof sql,
             "UPDATE %s SET %s = NULL%s WHERE %s = ?1 AND id <> ?2", table,
             column, set_version(database), column);
    nf_database_wrote(database, child);
    return run_versioned(database, sql, child, owner, err);
}

static nf_status write_child_end(nf_database *database, const nf_member *member,
                                 int64_t id, const nf_value *value,
                                 nf_error *err)
{
    const char *table, *column;
    int64_t owner = value->kind == NF_KIND_ID ? value->as.integer : 0;
    char sql[2048];
    nf_status status;

    if (!reference_place(database, member->association, &table, &column))
        return NF_OK;
    status = release_rivals(database, table, column, id, owner, err);
    if (status || !owner)
        return status;
    snprintf(sql, sizeof sql, "UPDATE %s SET %s = ?1%s WHERE id = ?2", table,
             column, set_version(database));
    nf_database_wrote(database, owner);
    return run_versioned(database, sql, id, owner, err);
}

static nf_status write_set(nf_database *database, const nf_member *member,
                           int64_t id, const nf_value *value, nf_error *err)
{
    const char *table = nf_database_set_table(database, member->association);
    const char *near = member->child_end ? "child" : "parent";
    const char *far = member->child_end ? "parent" : "child";
    size_t count, i;
    const int64_t *ids = nf_ids_of(value, &count);
    char sql[1024];
    nf_status status;

    if (!table)
        return NF_OK;
    if (member->child_end) {
        status = touch_owners(database, member->association, id, false, err);
        if (status)
            return status;
    }
    nf_database_wrote(database, id);
    snprintf(sql, sizeof sql, "DELETE FROM %s WHERE %s = ?", table, near);
    status = nf_database_run_ids(database, sql, id, 0, 0, err);
    snprintf(sql, sizeof sql,
             "INSERT INTO %s(%s, %s) VALUES(?, ?) ON CONFLICT DO NOTHING",
             table, near, far);
    for (i = 0; !status && i < count; i++)
        status = nf_database_run_ids(database, sql, id, ids[i], 0, err);
    if (!status && member->child_end && count)
        status = touch_owners(database, member->association, id, false, err);
    return status;
}

nf_status nf_links_write(nf_database *database, const nf_layout *layout,
                         int64_t id, const nf_value *members,
                         const uint64_t *mask, bool insert, nf_error *err)
{
    size_t i;
    nf_status status = NF_OK;

    for (i = 0; !status && i < layout->entity->member_count; i++) {
        const nf_member *member = &layout->entity->members[i];

        if (!member->association || (mask && !nf_member_set_has(mask, i)) ||
            (insert && members[i].kind == NF_KIND_EMPTY))
            continue;
        switch (layout->columns[i].storage) {
        case NF_STORED_COLUMN:
            if (member->association->owner_both &&
                members[i].kind == NF_KIND_ID)
                status = release_rivals(database, layout->root->quoted,
                                        layout->columns[i].quoted,
                                        members[i].as.integer, id, err);
            break;
        case NF_STORED_SET:
        case NF_STORED_CHILD_SET:
            status = write_set(database, member, id, &members[i], err);
            break;
        case NF_STORED_CHILD:
            status = write_child_end(database, member, id, &members[i], err);
            break;
        case NF_STORED_NOT:
            break;
        }
    }
    return status;
}

nf_status nf_links_drop(nf_database *database, const nf_layout *layout,
                        int64_t id, nf_error *err)
{
    const nf_value none = nf_empty();
    nf_status status = NF_OK;
    size_t i;

    for (i = 0; !status && i < layout->entity->member_count; i++)
        if (layout->columns[i].storage == NF_STORED_SET)
            status = write_set(database, &layout->entity->members[i], id, &none,
                               err);
    return status;
}

static nf_status read_ids(nf_database *database, const char *sql, int64_t id,
                          int64_t **out, size_t *count, nf_error *err)
{
    nf_statement *statement = nf_database_statement(database, sql, err);
    size_t capacity = 0;
    nf_status status = NF_OK;
    bool row = true;

    *out = NULL;
    *count = 0;
    if (!statement)
        return nf_no_statement(err);
    nf_bind_int(statement, 1, id);
    while (!status &&
           !(status = nf_database_step(database, statement, &row, err)) &&
           row) {
        int64_t *grown = nf_grow(*out, *count, &capacity, sizeof **out);

        if (!grown) {
            status = nf_error_nomem(err);
            break;
        }
        *out = grown;
        grown[(*count)++] = nf_column_int(statement, 0);
    }
    nf_database_done(database, statement);
    if (status) {
        nf_free(*out);
        *out = NULL;
        *count = 0;
    }
    return status;
}

/* The question for a member that is not in the row itself; false: there is
 * none. */
static bool write_link(char *sql, size_t size, const nf_database *database,
                       const nf_layout *layout, size_t index)
{
    const nf_member *member = &layout->entity->members[index];
    const char *table, *column;

    switch (layout->columns[index].storage) {
    case NF_STORED_SET:
    case NF_STORED_CHILD_SET:
        table = nf_database_set_table(database, member->association);
        snprintf(sql, size, "SELECT %s FROM %s WHERE %s = ?",
                 member->child_end ? "parent" : "child", table,
                 member->child_end ? "child" : "parent");
        return true;
    case NF_STORED_CHILD:
        if (!reference_place(database, member->association, &table, &column))
            return false;
        snprintf(sql, size,
                 "SELECT id FROM %s WHERE %s = ? ORDER BY id LIMIT 1", table,
                 column);
        return true;
    default:
        return false;
    }
}

nf_status nf_record_read_link(nf_database *database, const nf_layout *layout,
                              size_t index, int64_t id, nf_value *out,
                              nf_error *err)
{
    char sql[2048];
    int64_t *ids;
    size_t count;
    nf_status status;

    if (!write_link(sql, sizeof sql, database, layout, index))
        return NF_OK;
    status = read_ids(database, sql, id, &ids, &count, err);
    if (status)
        return status;
    if (layout->columns[index].storage == NF_STORED_CHILD)
        *out = count ? nf_id_value(ids[0]) : nf_empty();
    else if (!nf_ids_value(out, ids, count))
        status = nf_error_nomem(err);
    nf_free(ids);
    return status;
}

/* Asks ahead which rows hold an id. */
static nf_status expect_ids(nf_database *database, const char *sql, int64_t id,
                            nf_error *err)
{
    nf_statement *statement = nf_database_statement(database, sql, err);

    if (statement) {
        nf_bind_int(statement, 1, id);
        nf_statement_finds(statement);
    }
    return nf_database_expect_done(database, statement, err);
}

nf_status nf_record_expect_links(nf_database *database, const nf_layout *layout,
                                 int64_t id, nf_error *err)
{
    nf_status status = NF_OK;
    char sql[2048];
    size_t i;

    for (i = 0; database->piped && layout->linked && !status &&
                i < layout->entity->member_count;
         i++)
        if (write_link(sql, sizeof sql, database, layout, i))
            status = expect_ids(database, sql, id, err);
    return status;
}

nf_status nf_record_read_links(nf_database *database, const nf_layout *layout,
                               int64_t id, nf_value *members, nf_error *err)
{
    nf_status status = NF_OK;
    size_t i;

    for (i = 0; !status && i < layout->entity->member_count; i++)
        status = nf_record_read_link(database, layout, i, id, &members[i], err);
    return status;
}

/* ---- references of others ------------------------------------------------ */

/* Whether such objects can be stored at all. */
static bool write_referring(char *sql, size_t size, const nf_database *database,
                            const nf_association *association)
{
    const char *table, *column;

    if (association->set) {
        table = nf_database_set_table(database, association);
        if (table)
            snprintf(sql, size,
                     "SELECT parent FROM %s WHERE child = ? ORDER BY parent",
                     table);
        return table != NULL;
    }
    if (!reference_place(database, association, &table, &column))
        return false;
    snprintf(sql, size, "SELECT id FROM %s WHERE %s = ? ORDER BY id", table,
             column);
    return true;
}

nf_status nf_record_referring(nf_database *database,
                              const nf_association *association, int64_t child,
                              int64_t **out, size_t *count, nf_error *err)
{
    char sql[2048];

    *out = NULL;
    *count = 0;
    return write_referring(sql, sizeof sql, database, association)
               ? read_ids(database, sql, child, out, count, err)
               : NF_OK;
}

nf_status nf_record_expect_referring(nf_database *database,
                                     const nf_association *association,
                                     int64_t child, nf_error *err)
{
    char sql[2048];

    return database->piped &&
                   write_referring(sql, sizeof sql, database, association)
               ? expect_ids(database, sql, child, err)
               : NF_OK;
}

static nf_status clear_association(nf_database *database,
                                   const nf_association *association,
                                   int64_t id, nf_reference_visit each,
                                   void *user, nf_error *err)
{
    const char *table, *column = NULL;
    int64_t *owners;
    size_t count, i;
    char sql[2048];
    nf_status status =
        nf_record_referring(database, association, id, &owners, &count, err);

    for (i = 0; !status && i < count; i++) {
        nf_database_wrote(database, owners[i]);
        if (each)
            status = each(user, association, owners[i], err);
    }
    nf_free(owners);
    if (status || !count)
        return status;
    nf_database_wrote(database, id);
    if (association->set) {
        status = touch_owners(database, association, id, true, err);
        table = nf_database_set_table(database, association);
        snprintf(sql, sizeof sql, "DELETE FROM %s WHERE child = ?", table);
        return status ? status
                      : nf_database_run_ids(database, sql, id, 0, 0, err);
    }
    reference_place(database, association, &table, &column);
    snprintf(sql, sizeof sql, "UPDATE %s SET %s = NULL%s WHERE %s = ?1", table,
             column, set_version(database), column);
    return run_versioned(database, sql, id, 0, err);
}

/* System.owner and System.changedBy belong to many entities: each table that
 * has the column. */
static nf_status clear_system(nf_database *database,
                              const nf_association *association, int64_t id,
                              nf_error *err)
{
    nf_status status = NF_OK;
    size_t i;

    for (i = 0; !status && i < database->layout_count; i++) {
        const nf_layout *layout = &database->layouts[i];
        const nf_member *member =
            layout->number && layout->root == layout
                ? nf_entity_end(layout->entity, association, false)
                : NULL;
        char sql[2048];

        if (!member || !layout->columns[member->index].quoted)
            continue;
        snprintf(sql, sizeof sql, "UPDATE %s SET %s = NULL%s WHERE %s = ?1",
                 layout->quoted, layout->columns[member->index].quoted,
                 set_version(database), layout->columns[member->index].quoted);
        nf_database_wrote(database, id);
        status = run_versioned(database, sql, id, 0, err);
    }
    return status;
}

nf_status nf_record_clear_references(nf_database *database,
                                     const nf_entity *entity, int64_t id,
                                     nf_reference_visit each, void *user,
                                     nf_error *err)
{
    const nf_model *model = database->model;
    size_t count = nf_model_association_count(model), i;
    nf_status status = NF_OK;

    for (i = 0; !status && i < count; i++) {
        const nf_association *association = nf_model_association(model, i);

        if (!association->child || !nf_entity_is(entity, association->child))
            continue;
        status =
            association->parent
                ? clear_association(database, association, id, each, user, err)
                : clear_system(database, association, id, err);
    }
    return status;
}

nf_status nf_record_link(nf_database *database,
                         const nf_association *association, int64_t owner,
                         int64_t child, nf_error *err)
{
    const char *table, *column;
    char sql[2048];
    nf_status status;

    nf_database_wrote(database, owner);
    nf_database_wrote(database, child);
    if (association->set) {
        table = nf_database_set_table(database, association);
        if (!table)
            return NF_OK;
        snprintf(
            sql, sizeof sql,
            "INSERT INTO %s(parent, child) VALUES(?, ?) ON CONFLICT DO NOTHING",
            table);
        status = nf_database_run_ids(database, sql, owner, child, 0, err);
        return status ? status
                      : touch_owners(database, association, child, false, err);
    }
    if (!reference_place(database, association, &table, &column))
        return NF_OK;
    snprintf(sql, sizeof sql, "UPDATE %s SET %s = ?1%s WHERE id = ?2", table,
             column, set_version(database));
    return run_versioned(database, sql, child, owner, err);
}
