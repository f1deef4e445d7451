/* Prepared statements, kept by their text and bounded. A statement that is in
 * use when it is asked for again is prepared once more for that use. */
#include "base/memory.h"
#include "database/schema.h"

#include <string.h>

enum { STATEMENTS_MAX = 256 };

static void finalize(nf_database *database, nf_statement *statement)
{
    database->driver->finalize(statement);
    nf_free(statement);
}

void nf_statements_free(nf_database *database)
{
    nf_statement *statement;

    while ((statement = database->first_statement)) {
        database->first_statement = statement->next;
        finalize(database, statement);
    }
    nf_map_free(database->statements);
    database->statements = NULL;
    database->statement_count = 0;
    memset(database->recent, 0, sizeof database->recent);
}

/* Makes room when the cache is full: all that is not in use goes. The map is
 * built again, since its keys live in the statements. */
static bool trim(nf_database *database)
{
    nf_statement **at = &database->first_statement, *statement;

    if (database->statements && database->statement_count < STATEMENTS_MAX)
        return true;
    memset(database->recent, 0, sizeof database->recent);
    nf_map_free(database->statements);
    database->statements = nf_map_new();
    if (!database->statements)
        return false;
    while ((statement = *at)) {
        if (statement->busy) {
            if (!nf_map_set(database->statements, statement->text, statement))
                return false;
            at = &statement->next;
            continue;
        }
        *at = statement->next;
        finalize(database, statement);
        database->statement_count--;
    }
    return true;
}

/* One that is in use; NULL with an error. */
static nf_statement *prepare(nf_database *database, const char *sql,
                             bool cached, nf_error *err)
{
    size_t length = strlen(sql);
    nf_statement *statement = nf_alloc(sizeof *statement + length + 1);

    if (!statement) {
        nf_error_nomem(err);
        return NULL;
    }
    memcpy(statement->text, sql, length);
    statement->busy = true;
    statement->cached = cached;
    if (database->driver->prepare(database, statement, err) != NF_OK) {
        nf_free(statement);
        return NULL;
    }
    return statement;
}

/* Most statements are asked for by the same place in the code as before. */
static nf_statement *find(nf_database *database, const char *sql)
{
    size_t place = (uintptr_t)sql / 8 % NF_RECENT_STATEMENTS;
    nf_statement *cached = database->recent[place];

    if (cached && strcmp(cached->text, sql) == 0)
        return cached;
    cached =
        database->statements ? nf_map_get(database->statements, sql) : NULL;
    if (cached)
        database->recent[place] = cached;
    return cached;
}

nf_statement *nf_database_statement(nf_database *database, const char *sql,
                                    nf_error *err)
{
    nf_statement *statement;

    if (database->planned && nf_database_make(database, err) != NF_OK)
        return NULL;
    statement = find(database, sql);
    if (statement && statement->busy)
        return prepare(database, sql, false, err);
    if (statement) {
        statement->busy = true;
        return statement;
    }
    if (!trim(database)) {
        nf_error_nomem(err);
        return NULL;
    }
    statement = prepare(database, sql, true, err);
    if (!statement)
        return NULL;
    if (!nf_map_set(database->statements, statement->text, statement)) {
        nf_error_nomem(err);
        finalize(database, statement);
        return NULL;
    }
    statement->next = database->first_statement;
    database->first_statement = statement;
    database->statement_count++;
    return statement;
}

void nf_database_done(nf_database *database, nf_statement *statement)
{
    if (!statement)
        return;
    if (!statement->cached) { /* a second one */
        finalize(database, statement);
        return;
    }
    statement->busy = statement->apart = statement->finds = false;
    statement->lacks = false;
    if (statement->sqlite) {
        sqlite3_reset(statement->sqlite);
        sqlite3_clear_bindings(statement->sqlite);
    } else {
        database->driver->clear(statement);
    }
}

nf_status nf_database_execute(nf_database *database, const char *sql,
                              nf_error *err)
{
    nf_status status =
        database->planned ? nf_database_make(database, err) : NF_OK;

    if (!status && database->unmade > 0)
        status = nf_database_make_savepoints(database, err);
    return status ? status : database->driver->execute(database, sql, err);
}

nf_status nf_database_create(nf_database *database, const char *sql,
                             nf_error *err)
{
    nf_status status =
        database->planned ? nf_database_make(database, err) : NF_OK;

    if (!status && database->unmade > 0)
        status = nf_database_make_savepoints(database, err);
    return status ? status : database->driver->create(database, sql, err);
}

nf_status nf_database_run(nf_database *database, const char *sql, nf_error *err)
{
    nf_statement *statement = nf_database_statement(database, sql, err);
    nf_status status;
    bool row;

    if (!statement)
        return nf_no_statement(err);
    status = nf_database_step(database, statement, &row, err);
    nf_database_done(database, statement);
    return status;
}

nf_status nf_database_step(nf_database *database, nf_statement *statement,
                           bool *row, nf_error *err)
{
    int result;

    *row = false;
    if (statement->lacks)
        return nf_error_set(err, NF_FAILED, "db_error",
                            "a value cannot be stored: it is too long, or no "
                            "text");
    if (!statement->sqlite)
        return database->driver->step(database, statement, row, err);
    if (database->unmade > 0 && !sqlite3_stmt_readonly(statement->sqlite)) {
        nf_status status = nf_database_make_savepoints(database, err);

        if (status)
            return status;
    }
    if (database->deadline)
        database->stoppable = sqlite3_stmt_readonly(statement->sqlite) != 0;
    result = sqlite3_step(statement->sqlite);
    database->stoppable = false;
    *row = result == SQLITE_ROW;
    if (result == SQLITE_ROW || result == SQLITE_DONE)
        return NF_OK;
    return nf_database_error(database, "read or write the database", err);
}

nf_status nf_database_expect(nf_database *database, nf_statement *statement,
                             nf_error *err)
{
    return database->piped && !statement->lacks
               ? database->driver->expect(database, statement, err)
               : NF_OK;
}

nf_status nf_database_expect_done(nf_database *database,
                                  nf_statement *statement, nf_error *err)
{
    nf_status status = statement ? nf_database_expect(database, statement, err)
                                 : nf_no_statement(err);

    nf_database_done(database, statement);
    return status;
}

int64_t nf_database_changes(nf_database *database)
{
    return database->driver->changes(database);
}

nf_status nf_database_error(nf_database *database, const char *doing,
                            nf_error *err)
{
    return database->driver->error(database, doing, err);
}
