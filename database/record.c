/* Writing and reading single rows. A row holds attributes and References of
 * its own side; the rest of a record (sets, child ends) is read and written in
 * the tables that hold it. */
#include "database/schema.h"

#include "base/memory.h"

#include <stdio.h>

static nf_status no_statement(nf_error *err)
{
    return err && err->status ? err->status : NF_FAILED;
}

void nf_record_dispose(nf_record *record)
{
    if (record->members && record->entity)
        nf_members_free(record->members, record->entity->member_count);
    record->members = NULL;
}

nf_status nf_members_copy(nf_value **out, const nf_value *members, size_t count,
                          nf_error *err)
{
    size_t i;

    *out = nf_alloc_array(count, sizeof **out);
    if (!*out)
        return nf_error_nomem(err);
    for (i = 0; i < count; i++)
        (*out)[i] = nf_value_copy(&members[i]);
    return NF_OK;
}

uint64_t *nf_member_set_new(const nf_entity *entity)
{
    return nf_alloc_array((entity->member_count + 63) / 64 + 1,
                          sizeof(uint64_t));
}

/* ---- values and columns ---------------------------------------------------
 */

/* D12: at most 20 digits before the point, once rounded. Small ones have less.
 */
static bool in_range(const nf_database *database, const nf_decimal *value)
{
    nf_decimal rounded;
    int integer, fraction;

    if (!value->is_big)
        return true;
    if (!nf_decimal_round(&rounded, value, database->decimal_scale,
                          NF_ROUND_HALF_EVEN))
        return false;
    nf_decimal_digits(&rounded, &integer, &fraction);
    nf_decimal_release(&rounded);
    return integer <= 20;
}

static nf_status bind_decimal(nf_database *database, nf_statement *statement,
                              int index, const nf_member *member,
                              const nf_value *value, nf_error *err)
{
    nf_decimal decimal = nf_value_decimal(value);
    bool kept = index < NF_BOUND_DECIMALS;
    uint8_t local[16], *bytes = kept ? database->decimals[index] : local;

    if (database->driver->dialect.numeric && in_range(database, &decimal))
        return nf_decimal_bind(statement, index, &decimal, err);
    if (!in_range(database, &decimal) ||
        !nf_decimal_pack(bytes, database->decimal_size, database->decimal_scale,
                         &decimal))
        return nf_error_set(err, NF_FAILED, "value_out_of_range",
                            "the value of \"%s\" has more than 20 digits "
                            "before the point",
                            member->name);
    if (!(kept ? nf_bind_bytes(statement, index, bytes, database->decimal_size)
               : nf_bind_copy(statement, index, bytes, database->decimal_size)))
        return nf_error_nomem(err);
    return NF_OK;
}

nf_status nf_value_bind(nf_database *database, nf_statement *statement,
                        int index, const nf_member *member,
                        const nf_value *value, nf_error *err)
{
    bool decimal =
        member->attribute && member->attribute->type == NF_ATTRIBUTE_DECIMAL;
    bool boolean =
        member->attribute && member->attribute->type == NF_ATTRIBUTE_BOOLEAN;
    bool bound;

    switch (value->kind) {
    case NF_KIND_EMPTY:
        bound = boolean ? nf_bind_boolean(statement, index, false)
                        : nf_bind_null(statement, index);
        break;
    case NF_KIND_BOOLEAN:
        bound = nf_bind_boolean(statement, index, value->as.boolean);
        break;
    case NF_KIND_INTEGER:
    case NF_KIND_DATETIME:
    case NF_KIND_ID:
        if (decimal)
            return bind_decimal(database, statement, index, member, value, err);
        bound = nf_bind_int(statement, index, value->as.integer);
        break;
    case NF_KIND_DECIMAL:
        return bind_decimal(database, statement, index, member, value, err);
    case NF_KIND_STRING:
    case NF_KIND_ENUMERATION:
        bound = nf_bind_string(statement, index, value->as.string->text,
                               value->as.string->length);
        break;
    case NF_KIND_BINARY:
        bound = nf_bind_bytes(statement, index, value->as.string->text,
                              value->as.string->length);
        break;
    default:
        bound = false;
        break;
    }
    return bound ? NF_OK
                 : nf_error_set(err, NF_FAILED, "value_out_of_range",
                                "\"%s\" has a value that the database cannot "
                                "store",
                                member->name);
}

static nf_status column_text(nf_value *out, nf_statement *statement, int column,
                             nf_kind kind, nf_error *err)
{
    const char *text = nf_column_bytes(statement, column);
    size_t length = nf_column_size(statement, column);

    if (!nf_value_text(out, text ? text : "", length))
        return nf_error_nomem(err);
    out->kind = (uint8_t)kind;
    return NF_OK;
}

static nf_status column_decimal(nf_value *out, nf_database *database,
                                nf_statement *statement, int column,
                                nf_error *err)
{
    const uint8_t *bytes = nf_column_bytes(statement, column);
    const char *text;
    nf_decimal decimal;

    if (database->driver->dialect.numeric) {
        text = nf_column_text(statement, column);
        if (!text || !nf_decimal_parse(&decimal, text, strlen(text), false))
            return nf_error_nomem(err);
        *out = nf_decimal_take(decimal);
        return NF_OK;
    }
    if (nf_column_size(statement, column) != database->decimal_size ||
        !nf_decimal_unpack(&decimal, bytes, database->decimal_size,
                           database->decimal_scale))
        return nf_error_set(err, NF_FAILED, "db_error",
                            "the database holds a damaged decimal");
    *out = nf_decimal_take(decimal);
    return NF_OK;
}

nf_status nf_value_column(nf_value *out, nf_database *database,
                          nf_statement *statement, int column,
                          const nf_member *member, nf_error *err)
{
    *out = nf_empty();
    if (nf_column_null(statement, column))
        return NF_OK;
    if (member->association) {
        *out = nf_id_value(nf_column_int(statement, column));
        return NF_OK;
    }
    switch (member->attribute->type) {
    case NF_ATTRIBUTE_BOOLEAN:
        *out = nf_boolean(nf_column_int(statement, column) != 0);
        return NF_OK;
    case NF_ATTRIBUTE_INTEGER:
    case NF_ATTRIBUTE_LONG:
    case NF_ATTRIBUTE_AUTONUMBER:
        *out = nf_integer(nf_column_int(statement, column));
        return NF_OK;
    case NF_ATTRIBUTE_DATETIME:
        *out = nf_datetime(nf_column_int(statement, column));
        return NF_OK;
    case NF_ATTRIBUTE_DECIMAL:
        return column_decimal(out, database, statement, column, err);
    case NF_ATTRIBUTE_STRING:
    case NF_ATTRIBUTE_HASHED:
        return column_text(out, statement, column, NF_KIND_STRING, err);
    case NF_ATTRIBUTE_ENUMERATION:
        return column_text(out, statement, column, NF_KIND_ENUMERATION, err);
    case NF_ATTRIBUTE_BINARY:
        return column_text(out, statement, column, NF_KIND_BINARY, err);
    }
    return NF_OK;
}

/* Rounds decimals to the stored scale, so that memory shows what is stored
 * (D12). */
static nf_status round_decimals(nf_database *database, const nf_entity *entity,
                                nf_value *members, nf_error *err)
{
    size_t i;

    for (i = 0; i < entity->member_count; i++) {
        nf_decimal decimal, rounded;

        if (members[i].kind != NF_KIND_DECIMAL ||
            members[i].scale <= database->decimal_scale)
            continue;
        decimal = nf_value_decimal(&members[i]);
        if (!nf_decimal_round(&rounded, &decimal, database->decimal_scale,
                              NF_ROUND_HALF_EVEN))
            return nf_error_nomem(err);
        nf_value_release(&members[i]);
        members[i] = nf_decimal_take(rounded);
    }
    return NF_OK;
}

/* ---- links -----------------------------------------------------------------
 */

/* Runs a statement with up to three ids as parameters. */
static nf_status run_ids(nf_database *database, const char *sql, int64_t a,
                         int64_t b, int64_t c, nf_error *err)
{
    nf_statement *statement = nf_database_statement(database, sql, err);
    const int64_t values[] = {a, b, c};
    int i, count;
    nf_status status;
    bool row;

    if (!statement)
        return no_statement(err);
    count = nf_parameter_count(statement);
    for (i = 0; i < count && i < 3; i++)
        nf_bind_int(statement, i + 1, values[i]);
    status = nf_database_step(database, statement, &row, err);
    nf_database_done(database, statement);
    return status;
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

    return status ? status : run_ids(database, sql, a, b, version, err);
}

/* Gives the owners of links to `child` in a set a new version: links are
 * members of their owners (S89). */
static nf_status touch_owners(nf_database *database,
                              const nf_association *association, int64_t child,
                              nf_error *err)
{
    const char *table = association->parent
                            ? nf_database_table(database, association->parent)
                            : NULL;
    char sql[2048];

    if (database->side != NF_DATABASE_SERVER || !table)
        return NF_OK;
    snprintf(sql, sizeof sql,
             "UPDATE %s SET _version = ?3 WHERE id IN (SELECT parent FROM %s "
             "WHERE child = ?1)",
             table, nf_database_set_table(database, association));
    return run_versioned(database, sql, child, 0, err);
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
        status = touch_owners(database, member->association, id, err);
        if (status)
            return status;
    }
    snprintf(sql, sizeof sql, "DELETE FROM %s WHERE %s = ?", table, near);
    status = run_ids(database, sql, id, 0, 0, err);
    snprintf(sql, sizeof sql,
             "INSERT INTO %s(%s, %s) VALUES(?, ?) ON CONFLICT DO NOTHING",
             table, near, far);
    for (i = 0; !status && i < count; i++)
        status = run_ids(database, sql, id, ids[i], 0, err);
    if (!status && member->child_end && count)
        status = touch_owners(database, member->association, id, err);
    return status;
}

/* Writes what of the record is not in its own row. */
static nf_status write_links(nf_database *database, const nf_layout *layout,
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
        return no_statement(err);
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

/* The member of one that is not in the row itself. */
nf_status nf_record_read_link(nf_database *database, const nf_layout *layout,
                              size_t index, int64_t id, nf_value *out,
                              nf_error *err)
{
    const nf_member *member = &layout->entity->members[index];
    const char *table, *column;
    char sql[2048];
    int64_t *ids;
    size_t count;
    nf_status status;

    switch (layout->columns[index].storage) {
    case NF_STORED_SET:
    case NF_STORED_CHILD_SET:
        table = nf_database_set_table(database, member->association);
        snprintf(sql, sizeof sql, "SELECT %s FROM %s WHERE %s = ?",
                 member->child_end ? "parent" : "child", table,
                 member->child_end ? "child" : "parent");
        break;
    case NF_STORED_CHILD:
        if (!reference_place(database, member->association, &table, &column))
            return NF_OK;
        snprintf(sql, sizeof sql,
                 "SELECT id FROM %s WHERE %s = ? ORDER BY id LIMIT 1", table,
                 column);
        break;
    default:
        return NF_OK;
    }
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

nf_status nf_record_read_links(nf_database *database, const nf_layout *layout,
                               int64_t id, nf_value *members, nf_error *err)
{
    nf_status status = NF_OK;
    size_t i;

    for (i = 0; !status && i < layout->entity->member_count; i++)
        status = nf_record_read_link(database, layout, i, id, &members[i], err);
    return status;
}

/* ---- writing ------------------------------------------------------------- */

static nf_layout *stored_layout(nf_database *database, const nf_entity *entity,
                                nf_error *err)
{
    nf_layout *layout = nf_layout_of(database, entity);

    if (!layout)
        nf_error_set(err, NF_FAILED, "db_error",
                     "objects of \"%s\" are not stored", entity->qualified);
    return layout;
}

static const char *insert_sql(nf_layout *layout, bool versioned)
{
    nf_buffer sql;
    size_t i, count = 0;

    if (layout->insert_sql)
        return layout->insert_sql;
    nf_buffer_init(&sql, NF_BUFFER_MAX);
    nf_buffer_format(&sql, "INSERT INTO %s(id%s%s", layout->root->quoted,
                     versioned ? ", _version" : "",
                     layout->root->typed ? ", _type" : "");
    for (i = 0; i < layout->entity->member_count; i++)
        if (layout->columns[i].storage == NF_STORED_COLUMN) {
            nf_buffer_format(&sql, ", %s", layout->columns[i].quoted);
            count++;
        }
    nf_buffer_format(&sql, ") VALUES(?%s", versioned ? ", ?" : "");
    if (layout->root->typed)
        nf_buffer_format(&sql, ", %lld", (long long)layout->number);
    while (count--)
        nf_buffer_text(&sql, ", ?");
    nf_buffer_char(&sql, ')');
    layout->insert_sql = nf_buffer_take(&sql);
    nf_buffer_dispose(&sql);
    return layout->insert_sql;
}

nf_status nf_record_insert(nf_database *database, const nf_entity *entity,
                           int64_t id, nf_value *members, nf_error *err)
{
    nf_layout *layout = stored_layout(database, entity, err);
    const char *sql =
        layout ? insert_sql(layout, database->side == NF_DATABASE_SERVER)
               : NULL;
    nf_statement *statement;
    int64_t version = 0;
    nf_status status;
    int index = 1;
    size_t i;
    bool row;

    if (!layout)
        return NF_FAILED;
    if (!sql)
        return nf_error_nomem(err);
    status = round_decimals(database, entity, members, err);
    if (!status)
        status = write_links(database, layout, id, members, NULL, true, err);
    if (!status)
        status = nf_database_row_version(database, &version, err);
    if (status)
        return status;
    statement = nf_database_statement(database, sql, err);
    if (!statement)
        return no_statement(err);
    nf_bind_int(statement, index++, id);
    if (version)
        nf_bind_int(statement, index++, version);
    for (i = 0; !status && i < entity->member_count; i++)
        if (layout->columns[i].storage == NF_STORED_COLUMN)
            status = nf_value_bind(database, statement, index++,
                                   &entity->members[i], &members[i], err);
    nf_statement_apart(statement);
    if (!status)
        status = nf_database_step(database, statement, &row, err);
    nf_database_done(database, statement);
    if (!status)
        nf_layout_note_id(database, layout, id);
    return status;
}

/* "UPDATE … SET …" for the columns in the mask; *any false: none of them. With
 * a version there always is one: links in other tables are members, too. */
static void write_update(nf_buffer *sql, const nf_layout *layout,
                         const uint64_t *mask, bool versioned, bool *any)
{
    size_t i;

    *any = versioned;
    nf_buffer_format(sql, "UPDATE %s SET %s", layout->root->quoted,
                     versioned ? "_version = ?" : "");
    for (i = 0; i < layout->entity->member_count; i++) {
        if (layout->columns[i].storage != NF_STORED_COLUMN ||
            (mask && !nf_member_set_has(mask, i)))
            continue;
        nf_buffer_format(sql, "%s%s = ?", *any ? ", " : "",
                         layout->columns[i].quoted);
        *any = true;
    }
    nf_buffer_text(sql, " WHERE id = ?");
}

/* The text is kept until other members are written: objects of one entity come
 * one after the other, mostly with the same ones. NULL: no memory. */
static const char *update_sql(nf_layout *layout, const uint64_t *mask,
                              bool versioned, bool *any)
{
    size_t count = layout->entity->member_count;
    uint64_t bits = mask && count > 0 ? *mask : UINT64_MAX;
    nf_buffer sql;

    *any = true;
    if (layout->update_sql && count <= 64 && bits == layout->update_mask)
        return layout->update_sql;
    nf_buffer_init(&sql, NF_BUFFER_MAX);
    write_update(&sql, layout, mask, versioned, any);
    nf_free(layout->update_sql);
    layout->update_sql = *any ? nf_buffer_take(&sql) : NULL;
    layout->update_mask = bits;
    nf_buffer_dispose(&sql);
    return layout->update_sql;
}

static nf_status update_row(nf_database *database, const nf_layout *layout,
                            int64_t id, const nf_value *members,
                            const uint64_t *mask, const char *sql,
                            nf_error *err)
{
    nf_statement *statement =
        sql ? nf_database_statement(database, sql, err) : NULL;
    nf_status status = NF_OK;
    int64_t version = 0;
    int index = 1;
    size_t i;
    bool row;

    if (!statement)
        return sql ? no_statement(err) : nf_error_nomem(err);
    status = nf_database_row_version(database, &version, err);
    if (version)
        nf_bind_int(statement, index++, version);
    for (i = 0; !status && i < layout->entity->member_count; i++)
        if (layout->columns[i].storage == NF_STORED_COLUMN &&
            (!mask || nf_member_set_has(mask, i)))
            status =
                nf_value_bind(database, statement, index++,
                              &layout->entity->members[i], &members[i], err);
    nf_bind_int(statement, index, id);
    nf_statement_apart(statement);
    if (!status)
        status = nf_database_step(database, statement, &row, err);
    nf_database_done(database, statement);
    return status;
}

/* Whether the update of a row is all there is to do, and does nothing where
 * there is no such object: then nobody needs to look for it first. */
static bool is_one_row(const nf_layout *layout, const uint64_t *mask)
{
    bool alone = !layout->root->typed;

    for (size_t i = 0; alone && i < layout->entity->member_count; i++)
        alone = !layout->entity->members[i].association ||
                (mask && !nf_member_set_has(mask, i));
    return alone;
}

nf_status nf_record_update(nf_database *database, const nf_entity *entity,
                           int64_t id, nf_value *members, const uint64_t *mask,
                           bool *found, nf_error *err)
{
    nf_layout *layout = stored_layout(database, entity, err);
    bool any, alone, exists = true;
    const char *sql;
    nf_status status = NF_OK;

    if (found)
        *found = false;
    if (!layout)
        return NF_FAILED;
    sql = update_sql(layout, mask, database->side == NF_DATABASE_SERVER, &any);
    alone = any && is_one_row(layout, mask);
    if (!alone)
        status = nf_record_exists(database, entity, id, &exists, err);
    if (status || !exists)
        return status;
    status = round_decimals(database, entity, members, err);
    if (!status)
        status = write_links(database, layout, id, members, mask, false, err);
    if (!status && any)
        status = update_row(database, layout, id, members, mask, sql, err);
    if (!status && found)
        *found = !alone || nf_database_changes(database) > 0;
    return status;
}

nf_status nf_record_store(nf_database *database, const nf_entity *entity,
                          int64_t id, nf_value *members, nf_error *err)
{
    bool found;
    nf_status status =
        nf_record_update(database, entity, id, members, NULL, &found, err);

    if (status || found)
        return status;
    return nf_record_insert(database, entity, id, members, err);
}

nf_status nf_record_delete(nf_database *database, const nf_entity *entity,
                           int64_t id, bool *found, nf_error *err)
{
    nf_layout *layout = stored_layout(database, entity, err);
    char sql[1024];
    int64_t version; /* of the deletion: no row has it */
    nf_status status;
    size_t i;

    if (found)
        *found = false;
    if (!layout)
        return NF_FAILED;
    snprintf(sql, sizeof sql, "DELETE FROM %s WHERE id = ?",
             layout->root->quoted);
    status = nf_database_row_version(database, &version, err);
    if (!status)
        status = run_ids(database, sql, id, 0, 0, err);
    if (!status && found)
        *found = nf_database_changes(database) > 0;
    for (i = 0; !status && i < entity->member_count; i++) {
        const nf_value none = nf_empty();

        if (layout->columns[i].storage == NF_STORED_SET)
            status = write_set(database, &entity->members[i], id, &none, err);
    }
    return status;
}

static const char *exists_sql(nf_layout *layout)
{
    nf_buffer sql;

    if (layout->exists_sql)
        return layout->exists_sql;
    nf_buffer_init(&sql, NF_BUFFER_MAX);
    nf_buffer_format(&sql, "SELECT 1 FROM %s o WHERE o.id = ?",
                     layout->root->quoted);
    if (layout->root->typed && layout->root != layout) {
        nf_buffer_text(&sql, " AND ");
        nf_layout_type_filter(&sql, layout, "o", false);
    }
    layout->exists_sql = nf_buffer_take(&sql);
    nf_buffer_dispose(&sql);
    return layout->exists_sql;
}

nf_status nf_record_exists(nf_database *database, const nf_entity *entity,
                           int64_t id, bool *out, nf_error *err)
{
    nf_layout *layout = nf_layout_of(database, entity);
    const char *sql = layout ? exists_sql(layout) : NULL;
    nf_statement *statement;
    nf_status status;

    *out = false;
    if (!layout)
        return NF_OK;
    if (!sql)
        return nf_error_nomem(err);
    statement = nf_database_statement(database, sql, err);
    if (!statement)
        return no_statement(err);
    nf_bind_int(statement, 1, id);
    status = nf_database_step(database, statement, out, err);
    nf_database_done(database, statement);
    return status;
}

nf_status nf_record_expect_exists(nf_database *database,
                                  const nf_entity *entity, int64_t id,
                                  nf_error *err)
{
    nf_layout *layout = database->piped ? nf_layout_of(database, entity) : NULL;
    const char *sql = layout ? exists_sql(layout) : NULL;
    nf_statement *statement;
    nf_status status;

    if (!layout)
        return NF_OK;
    statement = sql ? nf_database_statement(database, sql, err) : NULL;
    if (!statement)
        return sql ? no_statement(err) : nf_error_nomem(err);
    nf_bind_int(statement, 1, id);
    status = nf_database_expect(database, statement, err);
    nf_database_done(database, statement);
    return status;
}

/* ---- references of others ------------------------------------------------ */

nf_status nf_record_referring(nf_database *database,
                              const nf_association *association, int64_t child,
                              int64_t **out, size_t *count, nf_error *err)
{
    const char *table, *column;
    char sql[2048];

    *out = NULL;
    *count = 0;
    if (association->set) {
        table = nf_database_set_table(database, association);
        if (!table)
            return NF_OK;
        snprintf(sql, sizeof sql,
                 "SELECT parent FROM %s WHERE child = ? ORDER BY parent",
                 table);
    } else {
        if (!reference_place(database, association, &table, &column))
            return NF_OK;
        snprintf(sql, sizeof sql, "SELECT id FROM %s WHERE %s = ? ORDER BY id",
                 table, column);
    }
    return read_ids(database, sql, child, out, count, err);
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

    for (i = 0; !status && each && i < count; i++)
        status = each(user, association, owners[i], err);
    nf_free(owners);
    if (status || !count)
        return status;
    if (association->set) {
        status = touch_owners(database, association, id, err);
        table = nf_database_set_table(database, association);
        snprintf(sql, sizeof sql, "DELETE FROM %s WHERE child = ?", table);
        return status ? status : run_ids(database, sql, id, 0, 0, err);
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

    if (association->set) {
        table = nf_database_set_table(database, association);
        if (!table)
            return NF_OK;
        snprintf(
            sql, sizeof sql,
            "INSERT INTO %s(parent, child) VALUES(?, ?) ON CONFLICT DO NOTHING",
            table);
        status = run_ids(database, sql, owner, child, 0, err);
        return status ? status
                      : touch_owners(database, association, child, err);
    }
    if (!reference_place(database, association, &table, &column))
        return NF_OK;
    snprintf(sql, sizeof sql, "UPDATE %s SET %s = ?1%s WHERE id = ?2", table,
             column, set_version(database));
    return run_versioned(database, sql, child, owner, err);
}
