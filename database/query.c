/* Statements on tables of our own, in one line each. */
#include "database/schema.h"

#include <assert.h>
#include <stdarg.h>

/* The statement with its values. */
static nf_status prepare(nf_statement **out, nf_database *database,
                         nf_error *err, const char *sql, const char *types,
                         va_list args)
{
    nf_statement *statement = nf_database_statement(database, sql, err);
    const char *text;
    const void *bytes;
    int at = 0;

    for (; statement && *types; types++) {
        at++;
        switch (*types) {
        case 'i':
            nf_bind_int(statement, at, va_arg(args, int64_t));
            break;
        case 't':
            text = va_arg(args, const char *);
            nf_bind_text(statement, at, text);
            break;
        case 'b':
            bytes = va_arg(args, const void *);
            nf_bind_bytes(statement, at, bytes, va_arg(args, size_t));
            break;
        default:
            assert(!"a letter of nf_database_query");
            break;
        }
    }
    *out = statement;
    if (!statement)
        return nf_no_statement(err);
    return NF_OK; /* what could not be bound is told by the step */
}

static nf_status query(nf_database *database, nf_statement **out, bool *row,
                       nf_error *err, const char *sql, const char *types,
                       va_list args)
{
    nf_status status = prepare(out, database, err, sql, types, args);

    *row = false;
    if (status != NF_OK)
        return status;
    status = nf_database_step(database, *out, row, err);
    if (status != NF_OK || !*row) {
        nf_database_done(database, *out);
        *out = NULL;
    }
    return status;
}

nf_status nf_database_query(nf_database *database, nf_statement **out,
                            bool *row, nf_error *err, const char *sql,
                            const char *types, ...)
{
    va_list args;
    nf_status status;

    va_start(args, types);
    status = query(database, out, row, err, sql, types, args);
    va_end(args);
    return status;
}

nf_status nf_database_query_number(nf_database *database, int64_t *out,
                                   bool *found, nf_error *err, const char *sql,
                                   const char *types, ...)
{
    va_list args;
    nf_statement *statement;
    nf_status status;

    *out = 0;
    va_start(args, types);
    status = query(database, &statement, found, err, sql, types, args);
    va_end(args);
    if (statement) {
        *out = nf_column_int(statement, 0);
        nf_database_done(database, statement);
    }
    return status;
}

nf_status nf_database_write(nf_database *database, nf_error *err,
                            const char *sql, const char *types, ...)
{
    va_list args;
    nf_statement *statement;
    bool row;
    nf_status status;

    va_start(args, types);
    status = prepare(&statement, database, err, sql, types, args);
    va_end(args);
    if (status != NF_OK)
        return status;
    nf_statement_apart(statement);
    status = nf_database_step(database, statement, &row, err);
    nf_database_done(database, statement);
    return status;
}

nf_status nf_database_expect_query(nf_database *database, nf_error *err,
                                   const char *sql, const char *types, ...)
{
    va_list args;
    nf_statement *statement;
    nf_status status;

    va_start(args, types);
    status = prepare(&statement, database, err, sql, types, args);
    va_end(args);
    if (status != NF_OK)
        return status;
    status = nf_database_expect(database, statement, err);
    nf_database_done(database, statement);
    return status;
}
