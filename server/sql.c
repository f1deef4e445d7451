/* Statements on the server's own tables, in one line each. */
#include "server/internal.h"

#include <stdarg.h>

/* The statement with its values. */
static nf_status prepare(nf_statement **out, nf_server *server, nf_error *err,
                         const char *sql, const char *types, va_list args)
{
    nf_statement *statement = nf_database_statement(server->database, sql, err);
    const char *text;
    const void *bytes;
    int at = 0;
    bool bound = true;

    for (; statement && *types && bound; types++) {
        at++;
        switch (*types) {
        case 'i':
            bound = nf_bind_int(statement, at, va_arg(args, int64_t));
            break;
        case 't':
            text = va_arg(args, const char *);
            bound = nf_bind_text(statement, at, text);
            break;
        case 'b':
            bytes = va_arg(args, const void *);
            bound = nf_bind_bytes(statement, at, bytes, va_arg(args, size_t));
            break;
        default:
            bound = false;
            break;
        }
    }
    *out = statement;
    if (!statement)
        return err && err->status == NF_NOMEM ? NF_NOMEM : NF_FAILED;
    if (bound)
        return NF_OK;
    nf_database_done(server->database, statement);
    *out = NULL;
    return nf_error_set(err, NF_FAILED, "db_error", "a value cannot be stored");
}

static nf_status query(nf_server *server, nf_statement **out, bool *row,
                       nf_error *err, const char *sql, const char *types,
                       va_list args)
{
    nf_status status = prepare(out, server, err, sql, types, args);

    *row = false;
    if (status != NF_OK)
        return status;
    status = nf_database_step(server->database, *out, row, err);
    if (status != NF_OK || !*row) {
        nf_database_done(server->database, *out);
        *out = NULL;
    }
    return status;
}

nf_status nf_sql_query(nf_server *server, nf_statement **out, bool *row,
                       nf_error *err, const char *sql, const char *types, ...)
{
    va_list args;
    nf_status status;

    va_start(args, types);
    status = query(server, out, row, err, sql, types, args);
    va_end(args);
    return status;
}

nf_status nf_sql_number(nf_server *server, int64_t *out, bool *found,
                        nf_error *err, const char *sql, const char *types, ...)
{
    va_list args;
    nf_statement *statement;
    nf_status status;

    *out = 0;
    va_start(args, types);
    status = query(server, &statement, found, err, sql, types, args);
    va_end(args);
    if (statement) {
        *out = nf_column_int(statement, 0);
        nf_database_done(server->database, statement);
    }
    return status;
}

nf_status nf_sql_run(nf_server *server, nf_error *err, const char *sql,
                     const char *types, ...)
{
    va_list args;
    nf_statement *statement;
    bool row;
    nf_status status;

    va_start(args, types);
    status = prepare(&statement, server, err, sql, types, args);
    va_end(args);
    if (status != NF_OK)
        return status;
    nf_statement_apart(statement);
    status = nf_database_step(server->database, statement, &row, err);
    nf_database_done(server->database, statement);
    return status;
}

nf_status nf_sql_expect(nf_server *server, nf_error *err, const char *sql,
                        const char *types, ...)
{
    va_list args;
    nf_statement *statement;
    nf_status status;

    va_start(args, types);
    status = prepare(&statement, server, err, sql, types, args);
    va_end(args);
    if (status != NF_OK)
        return status;
    status = nf_database_expect(server->database, statement, err);
    nf_database_done(server->database, statement);
    return status;
}
