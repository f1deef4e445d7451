/* Statements on the server's own tables, in one line each. */
#include "server/internal.h"

#include <stdarg.h>

static nf_status failed(const nf_error *err)
{
    return err && err->status == NF_NOMEM ? NF_NOMEM : NF_FAILED;
}

static sqlite3_stmt *prepare(nf_server *server, nf_error *err, const char *sql,
                             const char *types, va_list args)
{
    sqlite3_stmt *statement = nf_database_statement(server->database, sql, err);
    const char *text;
    const void *bytes;
    int at = 0, result = SQLITE_OK;

    for (; statement && *types && result == SQLITE_OK; types++) {
        at++;
        switch (*types) {
        case 'i':
            result = sqlite3_bind_int64(statement, at, va_arg(args, int64_t));
            break;
        case 't':
            text = va_arg(args, const char *);
            result = sqlite3_bind_text(statement, at, text, -1, SQLITE_STATIC);
            break;
        case 'b':
            bytes = va_arg(args, const void *);
            result = sqlite3_bind_blob64(statement, at, bytes,
                                         va_arg(args, size_t), SQLITE_STATIC);
            break;
        default:
            result = SQLITE_MISUSE;
            break;
        }
    }
    if (statement && result != SQLITE_OK) {
        nf_database_done(server->database, statement);
        nf_error_set(err, result == SQLITE_NOMEM ? NF_NOMEM : NF_FAILED,
                     "db_error", "a value cannot be bound: %s",
                     sqlite3_errstr(result));
        return NULL;
    }
    return statement;
}

nf_status nf_sql_query(nf_server *server, sqlite3_stmt **out, bool *row,
                       nf_error *err, const char *sql, const char *types, ...)
{
    va_list args;
    nf_status status;

    *row = false;
    va_start(args, types);
    *out = prepare(server, err, sql, types, args);
    va_end(args);
    if (!*out)
        return failed(err);
    status = nf_database_step(server->database, *out, row, err);
    if (status != NF_OK || !*row) {
        nf_database_done(server->database, *out);
        *out = NULL;
    }
    return status;
}

nf_status nf_sql_run(nf_server *server, nf_error *err, const char *sql,
                     const char *types, ...)
{
    va_list args;
    sqlite3_stmt *statement;
    bool row;
    nf_status status;

    va_start(args, types);
    statement = prepare(server, err, sql, types, args);
    va_end(args);
    if (!statement)
        return failed(err);
    status = nf_database_step(server->database, statement, &row, err);
    nf_database_done(server->database, statement);
    return status;
}

nf_status nf_sql_number(nf_server *server, int64_t *out, bool *found,
                        nf_error *err, const char *sql, const char *types, ...)
{
    va_list args;
    sqlite3_stmt *statement;
    nf_status status;

    *out = 0;
    *found = false;
    va_start(args, types);
    statement = prepare(server, err, sql, types, args);
    va_end(args);
    if (!statement)
        return failed(err);
    status = nf_database_step(server->database, statement, found, err);
    if (*found)
        *out = sqlite3_column_int64(statement, 0);
    nf_database_done(server->database, statement);
    return status;
}
