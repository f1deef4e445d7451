/* Prepared statements, kept by their text and bounded. A statement that is in
 * use when it is asked for again is prepared once more for that use. */
#include "base/memory.h"
#include "database/schema.h"

#include <string.h>

enum { STATEMENTS_MAX = 256 };

struct nf_cached_statement {
    nf_cached_statement *next;
    nf_cached_statement *next_busy; /* in use: the latest first */
    sqlite3_stmt *statement;
    bool busy;
    char text[];
};

void nf_statements_free(nf_database *database)
{
    nf_cached_statement *statement;

    while ((statement = database->first_statement)) {
        database->first_statement = statement->next;
        sqlite3_finalize(statement->statement);
        nf_free(statement);
    }
    nf_map_free(database->statements);
    database->statements = NULL;
    database->statement_count = 0;
    database->busy = NULL;
    memset(database->recent, 0, sizeof database->recent);
}

/* Makes room when the cache is full: all that is not in use goes. The map is
 * built again, since its keys live in the statements. */
static bool trim(nf_database *database)
{
    nf_cached_statement **at = &database->first_statement, *statement;

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
        sqlite3_finalize(statement->statement);
        nf_free(statement);
        database->statement_count--;
    }
    return true;
}

static sqlite3_stmt *prepare(nf_database *database, const char *sql,
                             unsigned flags, nf_error *err)
{
    sqlite3_stmt *statement = NULL;

    if (sqlite3_prepare_v3(database->handle, sql, -1, flags, &statement,
                           NULL) != SQLITE_OK)
        nf_database_error(database, "prepare a statement", err);
    return statement;
}

/* Most statements are asked for by the same place in the code as before. */
static nf_cached_statement *find(nf_database *database, const char *sql)
{
    size_t place = (uintptr_t)sql / 8 % NF_RECENT_STATEMENTS;
    nf_cached_statement *cached = database->recent[place];

    if (cached && strcmp(cached->text, sql) == 0)
        return cached;
    cached =
        database->statements ? nf_map_get(database->statements, sql) : NULL;
    if (cached)
        database->recent[place] = cached;
    return cached;
}

static sqlite3_stmt *take(nf_database *database, nf_cached_statement *cached)
{
    cached->busy = true;
    cached->next_busy = database->busy;
    database->busy = cached;
    return cached->statement;
}

sqlite3_stmt *nf_database_statement(nf_database *database, const char *sql,
                                    nf_error *err)
{
    nf_cached_statement *cached;
    size_t length;

    if (database->planned && nf_database_make(database, err) != NF_OK)
        return NULL;
    cached = find(database, sql);
    if (cached)
        return cached->busy ? prepare(database, sql, 0, err)
                            : take(database, cached);
    length = strlen(sql);
    cached = trim(database) ? nf_alloc(sizeof *cached + length + 1) : NULL;
    if (!cached) {
        nf_error_nomem(err);
        return NULL;
    }
    memcpy(cached->text, sql, length);
    cached->statement = prepare(database, sql, SQLITE_PREPARE_PERSISTENT, err);
    if (!cached->statement ||
        !nf_map_set(database->statements, cached->text, cached)) {
        if (cached->statement)
            nf_error_nomem(err);
        sqlite3_finalize(cached->statement);
        nf_free(cached);
        return NULL;
    }
    cached->next = database->first_statement;
    database->first_statement = cached;
    database->statement_count++;
    return take(database, cached);
}

void nf_database_done(nf_database *database, sqlite3_stmt *statement)
{
    nf_cached_statement **at = &database->busy, *cached;

    if (!statement)
        return;
    while ((cached = *at) && cached->statement != statement)
        at = &cached->next_busy;
    if (!cached) { /* a second one */
        sqlite3_finalize(statement);
        return;
    }
    *at = cached->next_busy;
    cached->busy = false;
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
}

nf_status nf_database_execute(nf_database *database, const char *sql,
                              nf_error *err)
{
    nf_status status =
        database->planned ? nf_database_make(database, err) : NF_OK;

    if (status)
        return status;
    if (sqlite3_exec(database->handle, sql, NULL, NULL, NULL) == SQLITE_OK)
        return NF_OK;
    return nf_database_error(database, "run a statement", err);
}

nf_status nf_database_run(nf_database *database, const char *sql, nf_error *err)
{
    sqlite3_stmt *statement = nf_database_statement(database, sql, err);
    nf_status status;
    bool row;

    if (!statement)
        return err && err->status ? err->status : NF_FAILED;
    status = nf_database_step(database, statement, &row, err);
    nf_database_done(database, statement);
    return status;
}

nf_status nf_database_step(nf_database *database, sqlite3_stmt *statement,
                           bool *row, nf_error *err)
{
    int result = sqlite3_step(statement);

    *row = result == SQLITE_ROW;
    if (result == SQLITE_ROW || result == SQLITE_DONE)
        return NF_OK;
    return nf_database_error(database, "read or write the database", err);
}
