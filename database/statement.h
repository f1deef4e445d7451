/* Prepared statements of either driver: values bound to numbered parameters
 * from 1, columns read from 0. What is bound is borrowed until the statement is
 * bound anew or given back; what is read until the next step. */
#ifndef NF_DATABASE_STATEMENT_H
#define NF_DATABASE_STATEMENT_H

#include "database/database.h"

#include <sqlite3.h>

/* The same of another driver than SQLite's; as the functions below. */
typedef struct nf_statement_calls {
    bool (*bind_int)(nf_statement *statement, int index, int64_t value);
    bool (*bind_boolean)(nf_statement *statement, int index, bool value);
    bool (*bind_string)(nf_statement *statement, int index, const char *text,
                        size_t length);
    bool (*bind_bytes)(nf_statement *statement, int index, const void *bytes,
                       size_t size);
    bool (*bind_copy)(nf_statement *statement, int index, const void *bytes,
                      size_t size);
    bool (*bind_number)(nf_statement *statement, int index, const char *text,
                        size_t length);
    bool (*bind_null)(nf_statement *statement, int index);
    int (*parameter_count)(const nf_statement *statement);
    int (*column_count)(const nf_statement *statement);
    bool (*column_null)(const nf_statement *statement, int column);
    int64_t (*column_int)(const nf_statement *statement, int column);
    const char *(*column_text)(const nf_statement *statement, int column);
    const void *(*column_bytes)(const nf_statement *statement, int column);
    size_t (*column_size)(const nf_statement *statement, int column);
    void (*reset)(nf_statement *statement);
    size_t (*peek)(const nf_statement *statement, int64_t *ids, size_t most);
} nf_statement_calls;

/* Owned by the cache of its database (statement.c). SQLite's functions are
 * called where they stand: they are short, and there are millions of calls. */
struct nf_statement {
    sqlite3_stmt *sqlite; /* NULL: a statement of another driver */
    const nf_statement_calls *calls;
    struct nf_postgres_statement *postgres;
    nf_statement *next;
    bool busy, cached;
    bool many;  /* rows are fetched as they are read */
    bool apart; /* nf_statement_apart */
    bool finds; /* nf_statement_finds */
    bool lacks; /* a value could not be bound: the next step says so */
    char text[];
};

static inline bool nf_statement_took(nf_statement *statement, bool bound)
{
    if (!bound)
        statement->lacks = true;
    return bound;
}

/* All that bind: false when out of memory, or for a value that is too long or,
 * in PostgreSQL, for text that is no UTF-8 or has a zero byte. Whoever does not
 * look is told by the next step: nothing runs without its values. */
static inline bool nf_bind_int(nf_statement *statement, int index,
                               int64_t value)
{
    return nf_statement_took(
        statement,
        statement->sqlite
            ? sqlite3_bind_int64(statement->sqlite, index, value) == SQLITE_OK
            : statement->calls->bind_int(statement, index, value));
}

static inline bool nf_bind_boolean(nf_statement *statement, int index,
                                   bool value)
{
    return nf_statement_took(
        statement,
        statement->sqlite
            ? sqlite3_bind_int(statement->sqlite, index, value) == SQLITE_OK
            : statement->calls->bind_boolean(statement, index, value));
}

static inline bool nf_bind_null(nf_statement *statement, int index)
{
    return nf_statement_took(
        statement,
        statement->sqlite
            ? sqlite3_bind_null(statement->sqlite, index) == SQLITE_OK
            : statement->calls->bind_null(statement, index));
}

static inline bool nf_bind_string(nf_statement *statement, int index,
                                  const char *text, size_t length)
{
    return nf_statement_took(
        statement,
        statement->sqlite
            ? sqlite3_bind_text64(statement->sqlite, index, text, length,
                                  SQLITE_STATIC, SQLITE_UTF8) == SQLITE_OK
            : statement->calls->bind_string(statement, index, text, length));
}

/* NUL-terminated; NULL is NULL. */
static inline bool nf_bind_text(nf_statement *statement, int index,
                                const char *text)
{
    if (statement->sqlite)
        return nf_statement_took(
            statement, sqlite3_bind_text(statement->sqlite, index, text, -1,
                                         SQLITE_STATIC) == SQLITE_OK);
    return nf_statement_took(
        statement, text ? statement->calls->bind_string(statement, index, text,
                                                        strlen(text))
                        : statement->calls->bind_null(statement, index));
}

/* Copied; small. */
static inline bool nf_bind_copy(nf_statement *statement, int index,
                                const void *bytes, size_t size)
{
    return nf_statement_took(
        statement,
        statement->sqlite
            ? sqlite3_bind_blob64(statement->sqlite, index, bytes, size,
                                  SQLITE_TRANSIENT) == SQLITE_OK
            : statement->calls->bind_copy(statement, index, bytes, size));
}

/* A decimal as digits, copied: a number in PostgreSQL, text in SQLite. */
static inline bool nf_bind_number(nf_statement *statement, int index,
                                  const char *text, size_t length)
{
    return nf_statement_took(
        statement,
        statement->sqlite
            ? sqlite3_bind_text64(statement->sqlite, index, text, length,
                                  SQLITE_TRANSIENT, SQLITE_UTF8) == SQLITE_OK
            : statement->calls->bind_number(statement, index, text, length));
}

/* NULL is NULL. */
static inline bool nf_bind_bytes(nf_statement *statement, int index,
                                 const void *bytes, size_t size)
{
    if (statement->sqlite)
        return nf_statement_took(
            statement, sqlite3_bind_blob64(statement->sqlite, index, bytes,
                                           size, SQLITE_STATIC) == SQLITE_OK);
    return nf_statement_took(
        statement,
        bytes ? statement->calls->bind_bytes(statement, index, bytes, size)
              : statement->calls->bind_null(statement, index));
}

static inline int nf_parameter_count(const nf_statement *statement)
{
    return statement->sqlite ? sqlite3_bind_parameter_count(statement->sqlite)
                             : statement->calls->parameter_count(statement);
}

static inline int nf_column_count(const nf_statement *statement)
{
    return statement->sqlite ? sqlite3_column_count(statement->sqlite)
                             : statement->calls->column_count(statement);
}

static inline bool nf_column_null(const nf_statement *statement, int column)
{
    return statement->sqlite
               ? sqlite3_column_type(statement->sqlite, column) == SQLITE_NULL
               : statement->calls->column_null(statement, column);
}

/* Integers and Booleans; 0 for NULL. */
static inline int64_t nf_column_int(const nf_statement *statement, int column)
{
    return statement->sqlite ? sqlite3_column_int64(statement->sqlite, column)
                             : statement->calls->column_int(statement, column);
}

/* NUL-terminated; NULL for NULL. */
static inline const char *nf_column_text(const nf_statement *statement,
                                         int column)
{
    return statement->sqlite
               ? (const char *)sqlite3_column_text(statement->sqlite, column)
               : statement->calls->column_text(statement, column);
}

/* Of text as well; may be NULL where the size is 0. */
static inline const void *nf_column_bytes(const nf_statement *statement,
                                          int column)
{
    return statement->sqlite
               ? sqlite3_column_blob(statement->sqlite, column)
               : statement->calls->column_bytes(statement, column);
}

static inline size_t nf_column_size(const nf_statement *statement, int column)
{
    return statement->sqlite
               ? (size_t)sqlite3_column_bytes(statement->sqlite, column)
               : statement->calls->column_size(statement, column);
}

/* Its rows may be too many to be held at once; before the first step. SQLite
 * never holds them. */
static inline void nf_statement_many(nf_statement *statement)
{
    statement->many = true;
}

/* What it writes is told by nf_database_wrote and by what is bound, or is
 * nothing that nf_database_expect has asked for; until it is given back. */
static inline void nf_statement_apart(nf_statement *statement)
{
    statement->apart = true;
}

/* It asks for rows by what they hold, as `= ?`, so that others may join them;
 * until it is given back. Else it asks for the row with an id. */
static inline void nf_statement_finds(nf_statement *statement)
{
    statement->finds = true;
}

/* The first columns, integers, of the present row and those behind it that have
 * been fetched already. SQLite fetches none. */
static inline size_t nf_statement_peek(const nf_statement *statement,
                                       int64_t *ids, size_t most)
{
    return statement->sqlite ? 0 : statement->calls->peek(statement, ids, most);
}

/* Back before the first row; what is bound stays. */
static inline void nf_statement_reset(nf_statement *statement)
{
    statement->lacks = false;
    if (statement->sqlite)
        sqlite3_reset(statement->sqlite);
    else
        statement->calls->reset(statement);
}

/* What came of asking for a statement that could not be had. */
static inline nf_status nf_no_statement(const nf_error *err)
{
    return err && err->status ? err->status : NF_FAILED;
}

/* ---- statements in one line (query.c) ------------------------------------ */

/* Run a statement with its values. `types` has a letter per parameter: i
 * int64_t; t text, NULL is NULL; b const void * and size_t. Cast what is not
 * exactly of that type. */

/* Runs what writes; nf_database_expect is not disturbed: nobody asks ahead for
 * what it writes. */
nf_status nf_database_write(nf_database *database, nf_error *err,
                            const char *sql, const char *types, ...);
/* Leaves the first row in *out for the caller to read and give to
 * nf_database_done; NULL without a row. */
nf_status nf_database_query(nf_database *database, nf_statement **out,
                            bool *row, nf_error *err, const char *sql,
                            const char *types, ...);
/* The first column of the first row; 0 without one. */
nf_status nf_database_query_number(nf_database *database, int64_t *out,
                                   bool *found, nf_error *err, const char *sql,
                                   const char *types, ...);
/* Asks ahead (nf_database_expect). */
nf_status nf_database_expect_query(nf_database *database, nf_error *err,
                                   const char *sql, const char *types, ...);

#endif
