/* Statements of PostgreSQL. One is executed by its text the first time and
 * prepared when it comes again. Its rows are held as a whole, since a
 * connection does one thing at a time and rows are read while others are
 * written; where they may be many (nf_statement_many) a cursor gives them in
 * pieces of about a megabyte. Values travel in binary. */
#include "database/postgres.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { FETCH_FIRST = 50, FETCH_MAX = 5000, FETCH_BYTES = 1 << 20 };

/* ---- values that are bound ----------------------------------------------- */

/* What is bound before the type was known, or was NULL, has the type that is
 * learned now. */
static bool set(nf_postgres_statement *s, int index, Oid type,
                const void *value, size_t size, bool binary)
{
    if (index < 1 || index > s->count || size > INT32_MAX / 2)
        return false;
    index--;
    if (type && s->types[index] != type) {
        s->types[index] = type;
        s->retyped = true;
    }
    s->values[index] = value;
    s->lengths[index] = (int)size;
    s->formats[index] = binary;
    return true;
}

static bool bind_null(nf_statement *statement, int index)
{
    return set(statement->postgres, index, 0, NULL, 0, true);
}

static bool bind_int(nf_statement *statement, int index, int64_t value)
{
    nf_postgres_statement *s = statement->postgres;
    uint8_t *to;
    int i;

    if (index < 1 || index > s->count)
        return false;
    to = s->small[index - 1];
    for (i = 0; i < 8; i++)
        to[i] = (uint8_t)((uint64_t)value >> (56 - 8 * i));
    return set(s, index, NF_PG_INT8, to, 8, true);
}

static bool bind_boolean(nf_statement *statement, int index, bool value)
{
    nf_postgres_statement *s = statement->postgres;

    if (index < 1 || index > s->count)
        return false;
    s->small[index - 1][0] = value;
    return set(s, index, NF_PG_BOOL, s->small[index - 1], 1, true);
}

static bool bind_string(nf_statement *statement, int index, const char *text,
                        size_t length)
{
    return !memchr(text, '\0', length) && nf_utf8_valid(text, length) &&
           set(statement->postgres, index, NF_PG_TEXT, text, length, true);
}

static bool bind_bytes(nf_statement *statement, int index, const void *bytes,
                       size_t size)
{
    return set(statement->postgres, index, NF_PG_BYTES, bytes, size, true);
}

/* A copy that the statement owns. NULL: no memory. */
static const char *keep(nf_postgres_statement *s, int index, const void *bytes,
                        size_t size)
{
    char *copy =
        index >= 1 && index <= s->count ? nf_strndup(bytes, size) : NULL;

    if (copy) {
        nf_free(s->copies[index - 1]);
        s->copies[index - 1] = copy;
    }
    return copy;
}

static bool bind_copy(nf_statement *statement, int index, const void *bytes,
                      size_t size)
{
    const char *copy = keep(statement->postgres, index, bytes, size);

    return copy &&
           set(statement->postgres, index, NF_PG_BYTES, copy, size, true);
}

static bool bind_number(nf_statement *statement, int index, const char *text,
                        size_t length)
{
    const char *copy = keep(statement->postgres, index, text, length);

    return copy &&
           set(statement->postgres, index, NF_PG_NUMERIC, copy, length, false);
}

static int parameter_count(const nf_statement *statement)
{
    return statement->postgres->count;
}

/* ---- columns ------------------------------------------------------------- */

static int column_count(const nf_statement *statement)
{
    const PGresult *result = statement->postgres->result;

    return result ? nf_libpq()->PQnfields(result) : 0;
}

static const uint8_t *cell(const nf_statement *statement, int column, int *size)
{
    const nf_postgres_statement *s = statement->postgres;

    *size = 0;
    if (!s->result || nf_libpq()->PQgetisnull(s->result, s->row, column))
        return NULL;
    *size = nf_libpq()->PQgetlength(s->result, s->row, column);
    return (const uint8_t *)nf_libpq()->PQgetvalue(s->result, s->row, column);
}

static bool column_null(const nf_statement *statement, int column)
{
    int size;

    return !cell(statement, column, &size);
}

static int64_t big_endian(const uint8_t *bytes, int size)
{
    /* The sign is that of the first byte. */
    uint64_t value = size > 0 && bytes[0] & 0x80 ? UINT64_MAX : 0;

    for (int i = 0; i < size; i++)
        value = value << 8 | bytes[i];
    return (int64_t)value;
}

/* The binary form of numeric: count, weight of the first, sign and scale, then
 * that many digits to the base 10000. */
static char *number_text(const uint8_t *bytes, int size)
{
    int count, weight, sign, scale, digit, at;
    nf_buffer out;
    char *text;

    if (size < 8)
        return NULL;
    count = (int)big_endian(bytes, 2);
    weight = (int)big_endian(bytes + 2, 2);
    sign = bytes[4];
    scale = bytes[6] << 8 | bytes[7];
    if (size < 8 + 2 * count || sign > 0x40)
        return NULL; /* NaN, infinite */
    nf_buffer_init(&out, NF_BUFFER_MAX);
    if (sign)
        nf_buffer_char(&out, '-');
    for (at = 0; at <= weight || at == 0; at++) {
        digit = at <= weight && at < count
                    ? (int)big_endian(bytes + 8 + 2 * at, 2)
                    : 0;
        nf_buffer_format(&out, at ? "%04d" : "%d", digit);
    }
    for (at = 0; at < scale; at++) {
        int place = weight + 1 + at / 4; /* of the group of four */
        static const int powers[] = {1000, 100, 10, 1};

        digit = place >= 0 && place < count
                    ? (int)big_endian(bytes + 8 + 2 * place, 2)
                    : 0;
        nf_buffer_format(&out, at ? "%d" : ".%d", digit / powers[at % 4] % 10);
    }
    text = nf_buffer_take(&out);
    nf_buffer_dispose(&out);
    return text;
}

static Oid type_of(const nf_statement *statement, int column)
{
    return nf_libpq()->PQftype(statement->postgres->result, column);
}

static const char *column_text(const nf_statement *statement, int column)
{
    nf_postgres_statement *s = statement->postgres;
    int size;
    const uint8_t *bytes = cell(statement, column, &size);

    if (!bytes || type_of(statement, column) != NF_PG_NUMERIC)
        return (const char *)bytes; /* libpq adds a zero byte */
    nf_free(s->number);
    s->number = number_text(bytes, size);
    return s->number;
}

static int64_t column_int(const nf_statement *statement, int column)
{
    int size;
    const uint8_t *bytes = cell(statement, column, &size);
    const char *text;

    if (!bytes)
        return 0;
    switch (type_of(statement, column)) {
    case NF_PG_BOOL:
        return size == 1 && *bytes;
    case NF_PG_NUMERIC: /* a sum of integers */
        text = column_text(statement, column);
        return text ? strtoll(text, NULL, 10) : 0;
    case NF_PG_TEXT:
        return strtoll((const char *)bytes, NULL, 10);
    default:
        return size <= 8 ? big_endian(bytes, size) : 0;
    }
}

static const void *column_bytes(const nf_statement *statement, int column)
{
    int size;

    return cell(statement, column, &size);
}

static size_t column_size(const nf_statement *statement, int column)
{
    int size;

    (void)cell(statement, column, &size);
    return (size_t)size;
}

/* ---- life ---------------------------------------------------------------- */

static bool begins(const char *sql, const char *word)
{
    return strncmp(sql, word, strlen(word)) == 0;
}

nf_status nf_postgres_prepare(nf_database *database, nf_statement *statement,
                              nf_error *err)
{
    nf_postgres_statement *s = nf_alloc(sizeof *s);
    size_t count;

    statement->calls = &nf_postgres_calls;
    statement->postgres = s;
    if (!s)
        return nf_error_nomem(err);
    s->database = database;
    s->text = nf_postgres_text(statement->text, &s->count, false);
    s->rows =
        begins(statement->text, "SELECT") || begins(statement->text, "WITH");
    count = (size_t)s->count + 1;
    s->types = nf_alloc_array(count, sizeof *s->types);
    s->values = nf_alloc_array(count, sizeof *s->values);
    s->lengths = nf_alloc_array(count, sizeof *s->lengths);
    s->formats = nf_alloc_array(count, sizeof *s->formats);
    s->small = nf_alloc_array(count, sizeof *s->small);
    s->copies = nf_alloc_array(count, sizeof *s->copies);
    if (s->text && s->types && s->values && s->lengths && s->formats &&
        s->small && s->copies)
        return NF_OK;
    nf_postgres_finalize(statement);
    return nf_error_nomem(err);
}

static void run_named(nf_postgres_statement *s, const char *format,
                      unsigned name)
{
    char sql[64];

    snprintf(sql, sizeof sql, format, name);
    (void)nf_postgres_execute(s->database, sql, NULL);
}

/* A failed transaction closes its cursors itself and takes no statement. */
static void close_result(nf_postgres_statement *s)
{
    const struct nf_postgres *p = s->database->postgres;

    nf_libpq()->PQclear(s->result);
    s->result = NULL;
    s->row = 0;
    if (s->cursor && s->session == p->sessions &&
        nf_libpq()->PQtransactionStatus(p->connection) != PQTRANS_INERROR)
        run_named(s, "CLOSE c%u", s->cursor);
    s->cursor = 0;
}

void nf_postgres_unprepare(nf_postgres_statement *s)
{
    const struct nf_postgres *p = s->database->postgres;

    if (s->name && s->session == p->sessions &&
        nf_libpq()->PQtransactionStatus(p->connection) != PQTRANS_INERROR)
        run_named(s, "DEALLOCATE s%u", s->name);
    s->name = 0;
    s->retyped = false;
}

void nf_postgres_finalize(nf_statement *statement)
{
    nf_postgres_statement *s = statement->postgres;

    if (!s)
        return;
    close_result(s);
    nf_postgres_unprepare(s);
    for (int i = 0; s->copies && i < s->count; i++)
        nf_free(s->copies[i]);
    nf_free(s->copies);
    nf_free(s->text);
    nf_free(s->types);
    nf_free(s->values);
    nf_free(s->lengths);
    nf_free(s->formats);
    nf_free(s->small);
    nf_free(s->number);
    nf_free(s);
    statement->postgres = NULL;
}

static void reset(nf_statement *statement)
{
    close_result(statement->postgres);
}

void nf_postgres_clear(nf_statement *statement)
{
    nf_postgres_statement *s = statement->postgres;

    close_result(s);
    statement->many = false;
    for (int i = 0; i < s->count; i++) {
        s->values[i] = NULL;
        nf_free(s->copies[i]);
        s->copies[i] = NULL;
    }
}

/* ---- execution ----------------------------------------------------------- */

/* Queries that read end at the deadline; what writes is short. */
static bool has_to_end(const nf_postgres_statement *s)
{
    return s->rows && s->database->deadline;
}

static PGresult *by_text(nf_postgres_statement *s, const char *text)
{
    const nf_libpq_functions *pq = nf_libpq();
    PGconn *connection = s->database->postgres->connection;

    if (!has_to_end(s))
        return pq->PQexecParams(connection, text, s->count, s->types, s->values,
                                s->lengths, s->formats, 1);
    return nf_postgres_await(s->database,
                             pq->PQsendQueryParams(connection, text, s->count,
                                                   s->types, s->values,
                                                   s->lengths, s->formats, 1));
}

static PGresult *by_name(nf_postgres_statement *s)
{
    const nf_libpq_functions *pq = nf_libpq();
    PGconn *connection = s->database->postgres->connection;
    char name[24];

    snprintf(name, sizeof name, "s%u", s->name);
    if (!has_to_end(s))
        return pq->PQexecPrepared(connection, name, s->count, s->values,
                                  s->lengths, s->formats, 1);
    return nf_postgres_await(s->database,
                             pq->PQsendQueryPrepared(connection, name, s->count,
                                                     s->values, s->lengths,
                                                     s->formats, 1));
}

bool nf_postgres_is_good(const PGresult *result)
{
    ExecStatusType status = nf_libpq()->PQresultStatus(result);

    return status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
}

/* Gives it a name on the present connection; NULL or what went wrong. */
static PGresult *give_name(nf_postgres_statement *s)
{
    struct nf_postgres *p = s->database->postgres;
    char name[24];
    PGresult *result;

    nf_postgres_unprepare(s);
    s->name = ++p->names;
    s->session = p->sessions;
    snprintf(name, sizeof name, "s%u", s->name);
    result =
        nf_libpq()->PQprepare(p->connection, name, s->text, s->count, s->types);
    if (nf_postgres_is_good(result)) {
        nf_libpq()->PQclear(result);
        return NULL;
    }
    s->name = 0;
    return result;
}

static PGresult *execute_once(nf_statement *statement)
{
    nf_postgres_statement *s = statement->postgres;
    PGresult *result;

    if (s->name && s->session != s->database->postgres->sessions)
        s->name = 0;
    if (!statement->cached || !s->used)
        return by_text(s, s->text);
    if (!s->name || s->retyped) {
        result = give_name(s);
        if (result)
            return result;
    }
    return by_name(s);
}

/* Opens a cursor; outside a transaction the server keeps the rows (WITH HOLD).
 */
static PGresult *declare(nf_postgres_statement *s)
{
    struct nf_postgres *p = s->database->postgres;
    bool inside =
        nf_libpq()->PQtransactionStatus(p->connection) == PQTRANS_INTRANS;
    nf_buffer text;
    PGresult *result = NULL;

    nf_postgres_unprepare(s); /* a cursor is another statement */
    s->cursor = ++p->names;
    s->session = p->sessions;
    s->fetch = FETCH_FIRST;
    nf_buffer_init(&text, NF_BUFFER_MAX);
    nf_buffer_format(&text, "DECLARE c%u NO SCROLL CURSOR %sFOR %s", s->cursor,
                     inside ? "" : "WITH HOLD ", s->text);
    if (nf_buffer_string(&text))
        result = by_text(s, nf_buffer_string(&text));
    nf_buffer_dispose(&text);
    if (!nf_postgres_is_good(result))
        s->cursor = 0;
    return result;
}

static nf_status fetch(nf_postgres_statement *s, nf_error *err)
{
    const nf_libpq_functions *pq = nf_libpq();
    char sql[64];

    nf_postgres_settle(s->database);
    if (s->database->postgres->late)
        return nf_postgres_late(s->database, err);
    if (s->result) { /* the next piece is about as large as it should be */
        double size = (double)pq->PQresultMemorySize(s->result) / s->fetch;
        double wanted = size > 0 ? FETCH_BYTES / size : FETCH_MAX;

        s->fetch = wanted < 1           ? 1
                   : wanted > FETCH_MAX ? FETCH_MAX
                                        : (int)wanted;
    }
    pq->PQclear(s->result);
    snprintf(sql, sizeof sql, "FETCH %d FROM c%u", s->fetch, s->cursor);
    s->result = nf_postgres_await(
        s->database, pq->PQsendQueryParams(s->database->postgres->connection,
                                           sql, 0, NULL, NULL, NULL, NULL, 1));
    s->row = 0;
    if (!nf_postgres_is_good(s->result))
        return nf_postgres_failed(s->database, s->result, "read the database",
                                  err);
    return NF_OK;
}

/* The plan of faults before a change, as of a disk without room. */
static nf_status meet_write(nf_postgres_statement *s, nf_error *err)
{
    struct nf_postgres *p = s->database->postgres;
    int code = s->rows || !s->database->faults
                   ? 0
                   : nf_fault_write(s->database->faults, "server-write");

    if (!code)
        return NF_OK;
    snprintf(p->state, sizeof p->state, "%s",
             code == ENOSPC ? "53100" : "58030");
    snprintf(p->message, sizeof p->message, "%s", strerror(code));
    return nf_postgres_error(s->database, "write the database", err);
}

static nf_status start(nf_statement *statement, nf_error *err)
{
    nf_postgres_statement *s = statement->postgres;
    struct nf_postgres *p = s->database->postgres;
    bool many = statement->many && s->rows;
    nf_status status = p->late ? nf_postgres_late(s->database, err)
                               : nf_postgres_revive(s->database, err);

    if (!status)
        status = meet_write(s, err);
    if (!status && !s->rows && s->database->unmade > 0)
        status = nf_database_make_savepoints(s->database, err);
    if (status || nf_postgres_start_piped(statement, &status, err) ||
        nf_postgres_start_foreseen(statement, &status, err))
        return status;
    nf_postgres_settle(s->database);
    if (p->late)
        return nf_postgres_late(s->database, err);
    s->result = many ? declare(s) : execute_once(statement);
    /* Reading does no harm twice. */
    if (s->rows && !nf_postgres_is_good(s->result) && !s->database->depth &&
        nf_libpq()->PQstatus(p->connection) != CONNECTION_OK) {
        close_result(s);
        status = nf_postgres_revive(s->database, err);
        if (status)
            return status;
        s->result = many ? declare(s) : execute_once(statement);
    }
    s->used = true;
    if (!nf_postgres_is_good(s->result)) {
        status = nf_postgres_failed(s->database, s->result,
                                    "read or write the database", err);
        close_result(s);
        return status;
    }
    if (!s->rows)
        p->changes = strtoll(nf_libpq()->PQcmdTuples(s->result), NULL, 10);
    if (!many)
        return NF_OK;
    nf_libpq()->PQclear(s->result);
    s->result = NULL;
    return fetch(s, err);
}

nf_status nf_postgres_step(nf_database *database, nf_statement *statement,
                           bool *row, nf_error *err)
{
    nf_postgres_statement *s = statement->postgres;
    nf_status status = NF_OK;

    (void)database;
    *row = false;
    if (!s->result)
        status = start(statement, err);
    else if (++s->row >= nf_libpq()->PQntuples(s->result) && s->cursor)
        status = fetch(s, err);
    if (status)
        return status;
    *row = s->row < nf_libpq()->PQntuples(s->result);
    if (!*row)
        close_result(s); /* another step starts again, as in SQLite */
    return NF_OK;
}

static size_t peek(const nf_statement *statement, int64_t *ids, size_t most)
{
    nf_postgres_statement *s = statement->postgres;
    int present = s->row, rows = nf_libpq()->PQntuples(s->result);
    size_t count = 0;

    for (; s->row < rows && count < most; s->row++)
        ids[count++] = column_int(statement, 0);
    s->row = present;
    return count;
}

const nf_statement_calls nf_postgres_calls = {
    .bind_int = bind_int,
    .bind_boolean = bind_boolean,
    .bind_string = bind_string,
    .bind_bytes = bind_bytes,
    .bind_copy = bind_copy,
    .bind_number = bind_number,
    .bind_null = bind_null,
    .parameter_count = parameter_count,
    .column_count = column_count,
    .column_null = column_null,
    .column_int = column_int,
    .column_text = column_text,
    .column_bytes = column_bytes,
    .column_size = column_size,
    .reset = reset,
    .peek = peek,
};
