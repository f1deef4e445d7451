/* Writing and reading single rows. A row holds attributes and References of
 * its own side; the rest of a record (sets, child ends) is read and written in
 * the tables that hold it. */
#include "database/schema.h"

#include "base/memory.h"

#include <stdio.h>

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
        status = nf_links_write(database, layout, id, members, NULL, true, err);
    if (!status)
        status = nf_database_row_version(database, &version, err);
    if (status)
        return status;
    statement = nf_database_statement(database, sql, err);
    if (!statement)
        return nf_no_statement(err);
    nf_bind_int(statement, index++, id);
    if (version)
        nf_bind_int(statement, index++, version);
    for (i = 0; !status && i < entity->member_count; i++)
        if (layout->columns[i].storage == NF_STORED_COLUMN)
            status = nf_value_bind(database, statement, index++,
                                   &entity->members[i], &members[i], err);
    nf_statement_apart(statement);
    nf_database_wrote(database, id);
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
        return sql ? nf_no_statement(err) : nf_error_nomem(err);
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
    nf_database_wrote(database, id);
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
        status =
            nf_links_write(database, layout, id, members, mask, false, err);
    if (!status && any)
        status = update_row(database, layout, id, members, mask, sql, err);
    if (!status && found)
        *found = !alone || nf_database_changes(database) > 0;
    return status;
}

nf_status nf_record_expect_update(nf_database *database,
                                  const nf_entity *entity, int64_t id,
                                  nf_error *err)
{
    const nf_layout *layout =
        database->piped ? nf_layout_of(database, entity) : NULL;

    return layout && !is_one_row(layout, NULL)
               ? nf_record_expect_exists(database, entity, id, err)
               : NF_OK;
}

nf_status nf_record_delete(nf_database *database, const nf_entity *entity,
                           int64_t id, bool *found, nf_error *err)
{
    nf_layout *layout = stored_layout(database, entity, err);
    char sql[1024];
    int64_t version; /* of the deletion: no row has it */
    nf_status status;

    if (found)
        *found = false;
    if (!layout)
        return NF_FAILED;
    snprintf(sql, sizeof sql, "DELETE FROM %s WHERE id = ?",
             layout->root->quoted);
    status = nf_database_row_version(database, &version, err);
    nf_database_wrote(database, id);
    if (!status)
        status = nf_database_run_ids(database, sql, id, 0, 0, err);
    if (!status && found)
        *found = nf_database_changes(database) > 0;
    return status ? status : nf_links_drop(database, layout, id, err);
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
        return nf_no_statement(err);
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

    if (!layout)
        return NF_OK;
    if (!sql)
        return nf_error_nomem(err);
    statement = nf_database_statement(database, sql, err);
    if (statement)
        nf_bind_int(statement, 1, id);
    return nf_database_expect_done(database, statement, err);
}
