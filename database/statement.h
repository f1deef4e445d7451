/* Prepared statements: values bound to numbered parameters
 * from 1, columns read from 0. What is bound is borrowed until the statement is
 * bound anew or given back; what is read until the next step. */
#ifndef NF_DATABASE_STATEMENT_H
#define NF_DATABASE_STATEMENT_H

#include "database/database.h"

#include <sqlite3.h>

/* Owned by the cache of its database (statement.c). SQLite's functions are
 * called where they stand: they are short, and there are millions of calls. */
struct nf_statement {
    sqlite3_stmt *sqlite;
    nf_statement *next;
    bool busy, cached;
    char text[];
};

/* All that bind: false when out of memory, or for a value that is too long.
 */
static inline bool nf_bind_int(nf_statement *statement, int index,
                               int64_t value)
{
    return sqlite3_bind_int64(statement->sqlite, index, value) == SQLITE_OK;
}

static inline bool nf_bind_boolean(nf_statement *statement, int index,
                                   bool value)
{
    return sqlite3_bind_int(statement->sqlite, index, value) == SQLITE_OK;
}

static inline bool nf_bind_null(nf_statement *statement, int index)
{
    return sqlite3_bind_null(statement->sqlite, index) == SQLITE_OK;
}

static inline bool nf_bind_string(nf_statement *statement, int index,
                                  const char *text, size_t length)
{
    return sqlite3_bind_text64(statement->sqlite, index, text, length,
                               SQLITE_STATIC, SQLITE_UTF8) == SQLITE_OK;
}

/* NUL-terminated; NULL is NULL. */
static inline bool nf_bind_text(nf_statement *statement, int index,
                                const char *text)
{
    return sqlite3_bind_text(statement->sqlite, index, text, -1,
                             SQLITE_STATIC) == SQLITE_OK;
}

/* Copied; small. */
static inline bool nf_bind_copy(nf_statement *statement, int index,
                                const void *bytes, size_t size)
{
    return sqlite3_bind_blob64(statement->sqlite, index, bytes, size,
                               SQLITE_TRANSIENT) == SQLITE_OK;
}

/* A decimal as digits, copied. */
static inline bool nf_bind_number(nf_statement *statement, int index,
                                  const char *text, size_t length)
{
    return sqlite3_bind_text64(statement->sqlite, index, text, length,
                               SQLITE_TRANSIENT, SQLITE_UTF8) == SQLITE_OK;
}

/* NULL is NULL. */
static inline bool nf_bind_bytes(nf_statement *statement, int index,
                                 const void *bytes, size_t size)
{
    return sqlite3_bind_blob64(statement->sqlite, index, bytes, size,
                               SQLITE_STATIC) == SQLITE_OK;
}

static inline int nf_parameter_count(const nf_statement *statement)
{
    return sqlite3_bind_parameter_count(statement->sqlite);
}

static inline int nf_column_count(const nf_statement *statement)
{
    return sqlite3_column_count(statement->sqlite);
}

static inline bool nf_column_null(const nf_statement *statement, int column)
{
    return sqlite3_column_type(statement->sqlite, column) == SQLITE_NULL;
}

/* Integers and Booleans; 0 for NULL. */
static inline int64_t nf_column_int(const nf_statement *statement, int column)
{
    return sqlite3_column_int64(statement->sqlite, column);
}

/* NUL-terminated; NULL for NULL. */
static inline const char *nf_column_text(const nf_statement *statement,
                                         int column)
{
    return (const char *)sqlite3_column_text(statement->sqlite, column);
}

/* Of text as well; may be NULL where the size is 0. */
static inline const void *nf_column_bytes(const nf_statement *statement,
                                          int column)
{
    return sqlite3_column_blob(statement->sqlite, column);
}

static inline size_t nf_column_size(const nf_statement *statement, int column)
{
    return (size_t)sqlite3_column_bytes(statement->sqlite, column);
}

/* Back before the first row; what is bound stays. */
static inline void nf_statement_reset(nf_statement *statement)
{
    sqlite3_reset(statement->sqlite);
}

#endif
