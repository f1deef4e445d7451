/* Ids, names and number sequences (domain D110 … D113, D16, design §5). Ids
 * come from counters that are reserved in blocks, which grow while they are
 * used up; the end of a block is kept in memory too, so that a transaction that
 * is undone never makes one be issued twice. An import may have used an id of a
 * block: only then each is looked up before it is given out. */
#include "database/schema.h"

#include "base/memory.h"

#include <stdio.h>

enum {
    FIRST_BLOCK = 100,
    LAST_BLOCK = 25600,
    RANDOM_BITS = 7,
    DEVICE_SHIFT = 27,
};
#define OFFLINE_BIT ((int64_t)1 << 47)
#define NAMED_BIT   ((int64_t)1 << 46)
#define DEVICE_LAST (((int64_t)1 << DEVICE_SHIFT) - 1)

/* The statement that asks whether the hierarchy of the entity has a row with
 * this id. */
static nf_statement *ask_id(nf_database *database, const nf_layout *layout,
                            int64_t id, nf_error *err)
{
    nf_statement *statement;
    char sql[640];

    snprintf(sql, sizeof sql, "SELECT 1 FROM %s WHERE id = ?",
             layout->root->quoted);
    statement = nf_database_statement(database, sql, err);
    if (statement)
        nf_bind_int(statement, 1, id);
    return statement;
}

static nf_status id_exists(nf_database *database, const nf_layout *layout,
                           int64_t id, bool *out, nf_error *err)
{
    nf_statement *statement = ask_id(database, layout, id, err);
    nf_status status;

    if (!statement)
        return nf_no_statement(err);
    status = nf_database_step(database, statement, out, err);
    nf_database_done(database, statement);
    return status;
}

/* The first id of those that have a sequence number; the server's have random
 * bits below it. */
static int64_t id_of_sequence(const nf_database *database,
                              const nf_layout *layout, int64_t sequence)
{
    int64_t id = layout->short_id << NF_SHORT_SHIFT;

    if (database->side == NF_DATABASE_DEVICE)
        return id | OFFLINE_BIT | database->device_number << DEVICE_SHIFT |
               sequence;
    return id | sequence << RANDOM_BITS;
}

static bool is_in_block(const nf_database *database, const nf_layout *layout,
                        int64_t id)
{
    return layout->next_id < layout->last_id &&
           id >= id_of_sequence(database, layout, layout->next_id) &&
           id < id_of_sequence(database, layout, layout->last_id);
}

void nf_layout_note_id(const nf_database *database, nf_layout *layout,
                       int64_t id)
{
    if (is_in_block(database, layout, id))
        layout->crowded = true;
}

/* Whether rows of the hierarchy have ids of the block. */
static nf_status look_for_rows(nf_database *database, nf_layout *layout,
                               nf_error *err)
{
    nf_statement *statement;
    nf_status status;
    char sql[640];

    snprintf(sql, sizeof sql,
             "SELECT 1 FROM %s WHERE id >= ? AND id < ? LIMIT 1",
             layout->root->quoted);
    statement = nf_database_statement(database, sql, err);
    if (!statement)
        return nf_no_statement(err);
    nf_bind_int(statement, 1,
                id_of_sequence(database, layout, layout->next_id));
    nf_bind_int(statement, 2,
                id_of_sequence(database, layout, layout->last_id));
    status = nf_database_step(database, statement, &layout->crowded, err);
    nf_database_done(database, statement);
    return status;
}

/* The next block of the entity's counter in `_mx_meta`. */
static nf_status reserve(nf_database *database, nf_layout *layout,
                         nf_error *err)
{
    char key[48];
    int64_t stored, block = layout->block ? layout->block * 2 : FIRST_BLOCK;
    nf_status status;

    if (block > LAST_BLOCK)
        block = LAST_BLOCK;
    snprintf(key, sizeof key, "counter:%lld:%lld", (long long)layout->short_id,
             database->side == NF_DATABASE_DEVICE
                 ? (long long)database->device_number
                 : -1LL);
    status = nf_database_begin(database, err);
    if (status)
        return status;
    status = nf_database_get_number(database, key, 1, &stored, err);
    if (!status && stored < layout->last_id)
        stored = layout->last_id;
    if (!status)
        status = nf_database_set_number(database, key, stored + block, err);
    status = nf_database_conclude(database, status, err);
    if (status)
        return status;
    layout->next_id = stored;
    layout->last_id = stored + block;
    layout->block = block;
    return look_for_rows(database, layout, err);
}

static nf_status make_id(nf_database *database, const nf_layout *layout,
                         int64_t sequence, int64_t *out, nf_error *err)
{
    uint8_t low = 0;

    if (database->side == NF_DATABASE_DEVICE && sequence > DEVICE_LAST)
        return nf_error_set(err, NF_FAILED, "db_error",
                            "the device has made more than %lld objects of "
                            "\"%s\"",
                            (long long)DEVICE_LAST, layout->entity->qualified);
    if (database->side == NF_DATABASE_SERVER && database->random &&
        !nf_random_bytes(database->random, &low, 1))
        return nf_error_set(err, NF_FAILED, "db_error",
                            "the system gives no random numbers");
    *out = id_of_sequence(database, layout, sequence) | (low & 127);
    return NF_OK;
}

nf_status nf_database_new_id(nf_database *database, const nf_entity *entity,
                             int64_t *out, nf_error *err)
{
    nf_layout *layout = nf_layout_of(database, entity);
    bool taken = true;
    nf_status status = NF_OK;

    *out = 0;
    if (!layout)
        return nf_error_set(err, NF_FAILED, "db_error",
                            "objects of \"%s\" are not stored",
                            entity->qualified);
    while (!status && taken) {
        if (layout->next_id >= layout->last_id)
            status = reserve(database, layout, err);
        if (!status)
            status = make_id(database, layout, layout->next_id++, out, err);
        taken = layout->crowded;
        if (!status && taken)
            status = id_exists(database, layout, *out, &taken, err);
    }
    return status;
}

int64_t nf_database_device_number(const nf_database *database)
{
    return database->device_number;
}

nf_status nf_database_set_device_number(nf_database *database, int64_t number,
                                        nf_error *err)
{
    nf_status status;
    size_t i;

    if (number < 0 || number >= (int64_t)1 << 20)
        return nf_error_set(err, NF_FAILED, "db_error",
                            "%lld is no device number", (long long)number);
    if (number == database->device_number)
        return NF_OK;
    status = nf_database_set_number(database, "device_number", number, err);
    if (status)
        return status;
    database->device_number = number;
    for (i = 0; i < database->layout_count; i++) /* counters per number */
        database->layouts[i].next_id = database->layouts[i].last_id = 0;
    return NF_OK;
}

/* ---- names --------------------------------------------------------------- */

static nf_statement *ask_name(nf_database *database, const char *name,
                              nf_error *err)
{
    nf_statement *statement = nf_database_statement(
        database, "SELECT id, entity FROM _mx_name WHERE name = ?", err);

    if (statement)
        nf_bind_text(statement, 1, name);
    return statement;
}

nf_status nf_database_find_name(nf_database *database, const char *name,
                                int64_t *out, const nf_entity **entity,
                                nf_error *err)
{
    nf_statement *statement = ask_name(database, name, err);
    nf_status status;
    bool row;

    *out = 0;
    if (entity)
        *entity = NULL;
    if (!statement)
        return nf_no_statement(err);
    status = nf_database_step(database, statement, &row, err);
    if (!status && row) {
        *out = nf_column_int(statement, 0);
        if (entity)
            *entity = nf_database_entity(database, nf_column_int(statement, 1));
    }
    nf_database_done(database, statement);
    return status;
}

nf_status nf_database_expect_name(nf_database *database, const char *name,
                                  nf_error *err)
{
    nf_statement *statement =
        database->piped ? ask_name(database, name, err) : NULL;

    if (!database->piped)
        return NF_OK;
    if (statement)
        nf_statement_finds(statement);
    return nf_database_expect_done(database, statement, err);
}

nf_status nf_database_set_name(nf_database *database, const nf_entity *entity,
                               const char *name, int64_t id, nf_error *err)
{
    nf_statement *statement = nf_database_statement(
        database,
        "INSERT INTO _mx_name(name, id, entity) VALUES(?, ?, ?) ON "
        "CONFLICT(name) DO UPDATE SET id = excluded.id, entity = "
        "excluded.entity",
        err);
    nf_status status;
    bool row;

    if (!statement)
        return nf_no_statement(err);
    nf_bind_text(statement, 1, name);
    nf_bind_int(statement, 2, id);
    nf_bind_int(statement, 3, nf_database_entity_number(database, entity));
    nf_statement_apart(statement);
    status = nf_database_step(database, statement, &row, err);
    nf_database_done(database, statement);
    return status;
}

/* The counter of names of an entity, which nobody else changes while this
 * transaction lasts. */
static nf_status next_named(nf_database *database, nf_layout *layout,
                            int64_t *next, nf_error *err)
{
    char key[40];

    *next = layout->named_next;
    if (database->depth > 0 &&
        layout->named_transaction == database->transactions &&
        layout->named_undone == database->undone)
        return NF_OK;
    snprintf(key, sizeof key, "named:%lld", (long long)layout->short_id);
    return nf_database_get_number(database, key, 1, next, err);
}

static nf_status store_named(nf_database *database, nf_layout *layout,
                             int64_t next, nf_error *err)
{
    char key[40];
    nf_status status;

    snprintf(key, sizeof key, "named:%lld", (long long)layout->short_id);
    status = nf_database_set_number(database, key, next, err);
    layout->named_next = next;
    layout->named_transaction = status ? 0 : database->transactions;
    layout->named_undone = database->undone;
    return status;
}

static int64_t named_id(const nf_layout *layout, int64_t number)
{
    return layout->short_id << NF_SHORT_SHIFT | NAMED_BIT |
           number << RANDOM_BITS;
}

nf_status nf_database_assign_name(nf_database *database,
                                  const nf_entity *entity, const char *name,
                                  int64_t *out, nf_error *err)
{
    nf_layout *layout = nf_layout_of(database, entity);
    bool taken = true;
    int64_t next;
    nf_status status;

    *out = 0;
    if (!layout)
        return nf_error_set(err, NF_INPUT, "db_error",
                            "objects of \"%s\" are not stored",
                            entity->qualified);
    status = next_named(database, layout, &next, err);
    while (!status && taken) {
        *out = named_id(layout, next++);
        status = id_exists(database, layout, *out, &taken, err);
    }
    if (!status)
        status = store_named(database, layout, next, err);
    if (!status)
        status = nf_database_set_name(database, entity, name, *out, err);
    return status;
}

nf_status nf_database_expect_assigned(nf_database *database,
                                      const nf_entity *entity, size_t count,
                                      nf_error *err)
{
    nf_layout *layout = database->piped ? nf_layout_of(database, entity) : NULL;
    int64_t next;
    nf_status status =
        layout ? next_named(database, layout, &next, err) : NF_OK;

    for (size_t i = 0; layout && !status && i < count; i++)
        status = nf_database_expect_done(
            database,
            ask_id(database, layout, named_id(layout, next + (int64_t)i), err),
            err);
    return status;
}

nf_status nf_database_name_of(nf_database *database, int64_t id, char **out,
                              nf_error *err)
{
    nf_statement *statement = nf_database_statement(
        database, "SELECT name FROM _mx_name WHERE id = ? ORDER BY rowid", err);
    nf_status status;
    bool row;

    *out = NULL;
    if (!statement)
        return nf_no_statement(err);
    nf_bind_int(statement, 1, id);
    status = nf_database_step(database, statement, &row, err);
    if (!status && row) {
        *out = nf_strdup(nf_column_text(statement, 0));
        if (!*out)
            status = nf_error_nomem(err);
    }
    nf_database_done(database, statement);
    return status;
}

/* ---- AutoNumber ---------------------------------------------------------- */

/* Whether this transaction has stored it last and nothing was undone since. */
static bool is_sequence_known(const nf_database *database,
                              const nf_attribute *attribute)
{
    return database->depth > 0 && database->sequence == attribute &&
           database->sequence_transaction == database->transactions &&
           database->sequence_undone == database->undone;
}

static nf_status sequence_next(nf_database *database,
                               const nf_attribute *attribute, int64_t *next,
                               nf_error *err)
{
    nf_member member = {.attribute = attribute, .name = attribute->name};
    nf_statement *statement;
    nf_guid guid;
    nf_status status;
    bool row;
    nf_decimal start;

    *next = database->sequence_next;
    if (is_sequence_known(database, attribute))
        return NF_OK;
    *next = 1;
    if (attribute->default_value &&
        nf_decimal_parse(&start, attribute->default_value,
                         strlen(attribute->default_value), false)) {
        if (!nf_decimal_to_int(next, &start))
            *next = 1;
        nf_decimal_release(&start);
    }
    nf_member_storage_guid(&member, &guid);
    statement = nf_database_statement(
        database, "SELECT next FROM _mx_sequence WHERE attribute = ?", err);
    if (!statement)
        return nf_no_statement(err);
    nf_bind_bytes(statement, 1, guid.bytes, 16);
    status = nf_database_step(database, statement, &row, err);
    if (!status && row)
        *next = nf_column_int(statement, 0);
    nf_database_done(database, statement);
    return status;
}

static nf_status sequence_store(nf_database *database,
                                const nf_attribute *attribute, int64_t next,
                                nf_error *err)
{
    nf_member member = {.attribute = attribute, .name = attribute->name};
    nf_statement *statement = nf_database_statement(
        database,
        "INSERT INTO _mx_sequence(attribute, next) VALUES(?, ?) ON "
        "CONFLICT(attribute) DO UPDATE SET next = excluded.next",
        err);
    nf_guid guid;
    nf_status status;
    bool row;

    if (!statement)
        return nf_no_statement(err);
    nf_member_storage_guid(&member, &guid);
    nf_bind_bytes(statement, 1, guid.bytes, 16);
    nf_bind_int(statement, 2, next);
    nf_statement_apart(statement);
    status = nf_database_step(database, statement, &row, err);
    nf_database_done(database, statement);
    database->sequence = status ? NULL : attribute;
    database->sequence_next = next;
    database->sequence_transaction = database->transactions;
    database->sequence_undone = database->undone;
    return status;
}

nf_status nf_database_next_number(nf_database *database,
                                  const nf_attribute *attribute, int64_t *out,
                                  nf_error *err)
{
    nf_status status = sequence_next(database, attribute, out, err);

    return status ? status : sequence_store(database, attribute, *out + 1, err);
}

nf_status nf_database_seen_number(nf_database *database,
                                  const nf_attribute *attribute, int64_t number,
                                  nf_error *err)
{
    int64_t next;
    nf_status status = sequence_next(database, attribute, &next, err);

    if (status || number < next || number == INT64_MAX)
        return status;
    return sequence_store(database, attribute, number + 1, err);
}
