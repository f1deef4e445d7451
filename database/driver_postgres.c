/* PostgreSQL (docs/postgresql.md): the store of servers of one or several
 * processes. Who writes locks the one row of _mx_store first, so that all
 * transactions that write come one after the other as in SQLite; whoever only
 * reads waits for nobody. */
#include "database/postgres.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    BUSY_MS = 5000,
    VERSION_NEEDED = 130000,
    OPENING_LOCK = 0x4e466442, /* "NFdB" */
    KEY_BYTES = 2600,          /* of an index; a page holds three */
};

/* ---- errors -------------------------------------------------------------- */

static bool is_class(const struct nf_postgres *p, const char *prefix)
{
    return strncmp(p->state, prefix, strlen(prefix)) == 0;
}

/* Locks that took too long, and transactions that were in each other's way; a
 * server that stops or starts. */
static bool is_busy(const struct nf_postgres *p)
{
    return !*p->state || is_class(p, "55P03") || is_class(p, "40") ||
           is_class(p, "57") || is_class(p, "08");
}

nf_status nf_postgres_error(nf_database *database, const char *doing,
                            nf_error *err)
{
    const struct nf_postgres *p = database->postgres;

    if (is_class(p, "57014")) { /* at the deadline, or at statement_timeout */
        nf_error_set(err, NF_FAILED, "budget_exceeded",
                     "a query took longer than it may");
        nf_error_detail(err, "timeout");
        return NF_FAILED;
    }
    nf_error_set(err, NF_FAILED,
                 is_class(p, "53100") ? "disk_full" : "db_error",
                 "cannot %s: %s", doing, p->message);
    if (is_busy(p))
        nf_error_detail(err, "busy");
    else if (p->late)
        nf_error_detail(err, "late");
    else if (is_class(p, "22") || is_class(p, "23"))
        nf_error_detail(err, "constraint");
    return NF_FAILED;
}

nf_status nf_postgres_failed(nf_database *database, const PGresult *result,
                             const char *doing, nf_error *err)
{
    struct nf_postgres *p = database->postgres;
    const char *state =
        result ? nf_libpq()->PQresultErrorField(result, PG_DIAG_SQLSTATE)
               : NULL;
    const char *message =
        result ? nf_libpq()->PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY)
               : NULL;

    if (!message)
        message = nf_libpq()->PQerrorMessage(p->connection);
    snprintf(p->state, sizeof p->state, "%s", state ? state : "");
    snprintf(p->message, sizeof p->message, "%.*s", (int)strcspn(message, "\n"),
             message);
    return nf_postgres_error(database, doing, err);
}

nf_status nf_postgres_late(nf_database *database, nf_error *err)
{
    return nf_postgres_error(database, "write the database", err);
}

static const char *why_too_deep(nf_database *database)
{
    return is_class(database->postgres, "54") ? database->postgres->message
                                              : NULL;
}

/* ---- connecting ---------------------------------------------------------- */

static void ignore_notice(void *user, const char *message)
{
    (void)user;
    (void)message;
}

/* The address without its password, for messages. NULL: no memory. */
static char *shown_address(const char *address)
{
    const char *host = strstr(address, "://"), *at, *colon;
    nf_buffer out;
    char *text;

    nf_buffer_init(&out, NF_BUFFER_MAX);
    host = host ? host + 3 : address;
    at = host + strcspn(host, "@/?");
    colon = host + strcspn(host, ":@/?");
    if (*at == '@' && *colon == ':') {
        nf_buffer_add(&out, address, (size_t)(colon - address));
        host = at;
    } else {
        nf_buffer_add(&out, address, (size_t)(host - address));
    }
    /* Options may name it, too. */
    nf_buffer_add(&out, host, strcspn(host, "?"));
    text = nf_buffer_take(&out);
    nf_buffer_dispose(&out);
    return text;
}

static nf_status set_up_session(nf_database *database, nf_error *err)
{
    char sql[400];

    /* A cursor here is read to its end; few statements here are worth
     * compiling. */
    snprintf(sql, sizeof sql,
             "SET client_encoding = 'UTF8'; SET lock_timeout = %d; SET "
             "cursor_tuple_fraction = 1; SET jit = off; SET TimeZone = 'UTC'; "
             "SET standard_conforming_strings = on; SET client_min_messages "
             "= error",
             database->postgres->busy_ms);
    return nf_postgres_execute(database, sql, err);
}

nf_status nf_postgres_revive(nf_database *database, nf_error *err)
{
    struct nf_postgres *p = database->postgres;
    const nf_libpq_functions *pq = nf_libpq();
    nf_status status;

    if (pq->PQstatus(p->connection) == CONNECTION_OK || database->depth)
        return NF_OK;
    nf_postgres_settle(database);
    nf_postgres_forget(database);
    pq->PQreset(p->connection);
    p->sessions++;
    p->late = false;
    if (pq->PQstatus(p->connection) != CONNECTION_OK)
        return nf_postgres_failed(database, NULL, "connect", err);
    status = set_up_session(database, err);
    return status || !*p->collate
               ? status
               : nf_postgres_execute(database, p->collate, err);
}

static nf_status check_server(nf_database *database, nf_error *err)
{
    const struct nf_postgres *p = database->postgres;
    const char *encoding =
        nf_libpq()->PQparameterStatus(p->connection, "server_encoding");

    if (nf_libpq()->PQserverVersion(p->connection) < VERSION_NEEDED)
        return nf_error_set(err, NF_INPUT, "db_error",
                            "\"%s\" is served by a PostgreSQL older than 13",
                            database->path);
    if (!encoding || strcmp(encoding, "UTF8") != 0)
        return nf_error_set(err, NF_INPUT, "db_error",
                            "the database \"%s\" has the encoding %s; make "
                            "one with UTF8",
                            database->path, encoding ? encoding : "?");
    return NF_OK;
}

static nf_status connect_to(nf_database *database, nf_error *err)
{
    struct nf_postgres *p = database->postgres;
    const nf_libpq_functions *pq = nf_libpq();
    const char *names[] = {"dbname", "fallback_application_name",
                           "connect_timeout", NULL};
    const char *values[] = {p->address, "nanoflow", "15", NULL};
    const char *message;

    p->connection = pq->PQconnectdbParams(names, values, 1);
    if (!p->connection)
        return nf_error_nomem(err);
    if (pq->PQstatus(p->connection) != CONNECTION_OK) {
        message = pq->PQerrorMessage(p->connection);
        return nf_error_set(err, NF_INPUT, "db_error",
                            "the database \"%s\" cannot be opened: %.*s",
                            database->path, (int)strcspn(message, "\n"),
                            message);
    }
    pq->PQsetNoticeProcessor(p->connection, ignore_notice, NULL);
    return check_server(database, err);
}

static nf_status open_postgres(nf_database *database,
                               const nf_database_options *options,
                               nf_error *err)
{
    struct nf_postgres *p;
    char *shown = shown_address(options->path);
    nf_status status;

    if (!shown)
        return nf_error_nomem(err);
    nf_free(database->path);
    database->path = shown;
    if (!nf_libpq_load())
        return nf_error_set(err, NF_INPUT, "db_error",
                            "\"%s\" needs the library libpq.so.5, which this "
                            "system does not have",
                            database->path);
    p = database->postgres = nf_alloc(sizeof *p);
    if (!p)
        return nf_error_nomem(err);
    p->address = nf_strdup(options->path);
    if (!p->address)
        return nf_error_nomem(err);
    p->bare = options->bare;
    p->busy_ms = options->busy_ms > 0    ? options->busy_ms
                 : options->busy_ms == 0 ? BUSY_MS
                                         : 1;
    status = connect_to(database, err);
    return status ? status : set_up_session(database, err);
}

/* What the connection keeps goes with it. */
static void leave(nf_database *database)
{
    if (database->postgres)
        database->postgres->sessions++;
}

static void close_postgres(nf_database *database)
{
    struct nf_postgres *p = database->postgres;

    if (!p)
        return;
    if (p->connection) {
        nf_postgres_settle(database);
        nf_postgres_forget(database);
        nf_libpq()->PQfinish(p->connection);
    }
    nf_free(p->sent);
    nf_free(p->address);
    nf_free(p);
    database->postgres = NULL;
}

static const char *address(const nf_database *database)
{
    return database->postgres->address;
}

/* ---- statements ---------------------------------------------------------- */

static bool run(nf_database *database, const char *sql, PGresult **out)
{
    *out = nf_libpq()->PQexec(database->postgres->connection, sql);
    return nf_postgres_is_good(*out);
}

nf_status nf_postgres_execute(nf_database *database, const char *sql,
                              nf_error *err)
{
    PGresult *result;
    nf_status status = NF_OK;

    nf_postgres_settle(database);
    if (database->postgres->late)
        return nf_postgres_late(database, err);
    if (!run(database, sql, &result))
        status = nf_postgres_failed(database, result, "run a statement", err);
    nf_libpq()->PQclear(result);
    return status;
}

static nf_status execute(nf_database *database, const char *sql, nf_error *err)
{
    nf_status status = nf_postgres_revive(database, err);

    return status ? status : nf_postgres_execute(database, sql, err);
}

static nf_status create(nf_database *database, const char *sql, nf_error *err)
{
    int count;
    char *text = nf_postgres_text(sql, &count, true);
    nf_status status =
        text ? execute(database, text, err) : nf_error_nomem(err);

    nf_free(text);
    return status;
}

/* Of savepoints. What was asked ahead of one may not be true behind it. */
static nf_status control(nf_database *database, const char *sql, nf_error *err)
{
    const struct nf_postgres *p = database->postgres;

    if (p->late)
        return nf_postgres_late(database, err);
    if (strncmp(sql, "ROLLBACK", 8) == 0)
        nf_postgres_forget(database);
    return p->piped ? nf_postgres_send_text(database, sql, err)
                    : nf_postgres_execute(database, sql, err);
}

/* ---- transactions -------------------------------------------------------- */

/* Before the tables are there two processes may want to make them. */
static const char opening[] =
    "SELECT pg_advisory_xact_lock(1313235522); DO $$BEGIN IF "
    "to_regclass('_mx_store') IS NOT NULL THEN PERFORM 1 FROM _mx_store FOR "
    "UPDATE; END IF; END$$";

static const char *lock_of(const struct nf_postgres *p)
{
    if (p->bare)
        return "";
    return p->ready ? "SELECT 1 FROM _mx_store FOR UPDATE" : opening;
}

static nf_status begin(nf_database *database, bool alone, nf_error *err)
{
    struct nf_postgres *p = database->postgres;
    char sql[400];
    PGresult *result;
    nf_status status = nf_postgres_revive(database, err);

    if (status)
        return status;
    /* Each statement sees what others have committed before it; after the lock
     * nobody else writes what matters. */
    snprintf(sql, sizeof sql, "BEGIN ISOLATION LEVEL READ COMMITTED; %s%s",
             database->durable ? "" : "SET LOCAL synchronous_commit = off; ",
             alone ? lock_of(p) : "");
    if (!run(database, sql, &result) &&
        nf_libpq()->PQstatus(p->connection) != CONNECTION_OK) {
        nf_libpq()->PQclear(result); /* it was lost while nothing happened */
        status = nf_postgres_revive(database, err);
        if (status)
            return status;
        run(database, sql, &result);
    }
    if (nf_libpq()->PQtransactionStatus(p->connection) != PQTRANS_INTRANS) {
        status = nf_postgres_failed(database, result, "begin to write", err);
        (void)nf_postgres_execute(database, "ROLLBACK", NULL);
    }
    nf_libpq()->PQclear(result);
    return status;
}

/* The moment is that of the first read. */
static nf_status begin_reading(nf_database *database, nf_error *err)
{
    return execute(database,
                   "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT 1 "
                   "FROM _mx_store",
                   err);
}

/* Where something is on its way, there is one. */
static bool in_transaction(nf_database *database)
{
    PGTransactionStatusType status =
        nf_libpq()->PQtransactionStatus(database->postgres->connection);

    return status == PQTRANS_INTRANS || status == PQTRANS_INERROR ||
           status == PQTRANS_ACTIVE;
}

/* A COMMIT of a transaction that has failed undoes it without an error. */
static nf_status settled(nf_database *database, nf_error *err)
{
    nf_postgres_settle(database);
    return database->postgres->late ? nf_postgres_late(database, err) : NF_OK;
}

static nf_status commit(nf_database *database, nf_error *err)
{
    nf_status status = settled(database, err);

    if (status)
        return status;
    if (nf_libpq()->PQtransactionStatus(database->postgres->connection) !=
        PQTRANS_INTRANS)
        return nf_error_set(err, NF_FAILED, "db_error",
                            "the transaction was undone after an error");
    return nf_postgres_execute(database, "COMMIT", err);
}

/* Statements that were to be prepared behind the one that failed were not. */
static void undo(nf_database *database)
{
    struct nf_postgres *p = database->postgres;
    bool late;

    nf_postgres_settle(database);
    nf_postgres_forget(database);
    late = p->late;
    p->late = false;
    if (in_transaction(database))
        (void)nf_postgres_execute(database, "ROLLBACK", NULL);
    if (!late)
        return;
    (void)nf_postgres_execute(database, "DEALLOCATE ALL", NULL);
    p->sessions++;
}

/* Part of the next transaction. */
static nf_status set_durable(nf_database *database, bool durable, nf_error *err)
{
    (void)database;
    (void)durable;
    (void)err;
    return NF_OK;
}

static void stream(nf_database *database, bool begins)
{
    (void)database;
    (void)begins;
}

static nf_status many_savepoints(nf_database *database, bool begins,
                                 nf_error *err)
{
    (void)database;
    (void)begins;
    (void)err;
    return NF_OK;
}

/* ---- who it is ----------------------------------------------------------- */

/* Runs a statement with up to two texts; *out: its first column, nf_free; NULL
 * without a row. */
static nf_status ask(nf_database *database, const char *sql, const char *a,
                     const char *b, char **out, nf_error *err)
{
    nf_statement *statement = nf_database_statement(database, sql, err);
    nf_status status;
    bool row = false;

    *out = NULL;
    if (!statement)
        return err && err->status ? err->status : NF_FAILED;
    if (a)
        nf_bind_text(statement, 1, a);
    if (b)
        nf_bind_text(statement, 2, b);
    status = nf_database_step(database, statement, &row, err);
    if (!status && row && !nf_column_null(statement, 0)) {
        *out = nf_strdup(nf_column_text(statement, 0));
        if (!*out)
            status = nf_error_nomem(err);
    }
    nf_database_done(database, statement);
    return status;
}

static nf_status ask_number(nf_database *database, const char *sql,
                            int64_t *out, nf_error *err)
{
    char *text;
    nf_status status = ask(database, sql, NULL, NULL, &text, err);

    *out = text ? strtoll(text, NULL, 10) : -1;
    nf_free(text);
    return status;
}

static nf_status identify(nf_database *database, bool *fresh, int64_t *layout,
                          nf_error *err)
{
    char *ours = NULL;
    int64_t tables = 0;
    nf_status status;

    *fresh = false;
    status = ask(database,
                 "SELECT to_regclass(quote_ident(current_schema()) || "
                 "'._mx_store')::text",
                 NULL, NULL, &ours, err);
    nf_free(ours);
    if (!status && ours)
        return ask_number(database, "SELECT layout::text FROM _mx_store",
                          layout, err);
    if (!status)
        status = ask_number(database,
                            "SELECT count(*)::text FROM pg_class WHERE "
                            "relkind IN ('r', 'p') AND relnamespace = "
                            "current_schema()::regnamespace",
                            &tables, err);
    if (status)
        return status;
    *fresh = tables == 0;
    return *fresh ? NF_OK
                  : nf_error_set(err, NF_INPUT, "db_error",
                                 "\"%s\" has tables of another program; name "
                                 "another database, or a schema by "
                                 "?options=-csearch_path%%3DNAME",
                                 database->path);
}

static nf_status configure(nf_database *database, nf_error *err)
{
    (void)err;
    database->durable = true;
    return NF_OK;
}

static nf_status mark(nf_database *database, int64_t layout, nf_error *err)
{
    char sql[200];
    char *functions = nf_postgres_functions();
    nf_status status = NF_NOMEM;

    snprintf(sql, sizeof sql,
             "CREATE TABLE _mx_store(layout bigint NOT NULL); INSERT INTO "
             "_mx_store VALUES(%lld)",
             (long long)layout);
    if (functions)
        status = nf_postgres_execute(database, sql, err);
    else
        nf_error_nomem(err);
    if (!status)
        status = nf_postgres_execute(database, functions, err);
    nf_free(functions);
    return status;
}

/* A server's blobs (server/blobs.h); and names in the order of their making. */
static const char more_tables[] =
    "CREATE TABLE _mx_chunk(name TEXT NOT NULL, start INTEGER NOT NULL, data "
    "BLOB NOT NULL, PRIMARY KEY(name, start));"
    "ALTER TABLE _mx_chunk ALTER data SET STORAGE EXTERNAL;"
    "ALTER TABLE _mx_name ADD COLUMN rowid bigserial";

static void opened(nf_database *database)
{
    database->postgres->ready = true;
}

/* ---- the catalogue ------------------------------------------------------- */

/* Whether a statement with a stored name and a text has a row. */
static nf_status has_row(nf_database *database, const char *sql,
                         const char *name, const char *text, bool *out,
                         nf_error *err)
{
    char *stored = nf_postgres_name(name), *found = NULL;
    nf_status status = stored ? ask(database, sql, stored, text, &found, err)
                              : nf_error_nomem(err);

    *out = found != NULL;
    nf_free(found);
    nf_free(stored);
    return status;
}

static nf_status has_column(nf_database *database, const char *table,
                            const char *column, bool *out, nf_error *err)
{
    return has_row(database,
                   "SELECT attname::text FROM pg_attribute WHERE attrelid = "
                   "to_regclass(quote_ident(?)) AND attname = ? AND NOT "
                   "attisdropped",
                   table, column, out, err);
}

/* The text that made an index is kept as its comment. */
static nf_status has_index(nf_database *database, const char *name,
                           const char *text, bool *out, nf_error *err)
{
    return has_row(database,
                   "SELECT 'yes'::text WHERE obj_description(to_regclass("
                   "quote_ident(?))::oid, 'pg_class') = ?",
                   name, text, out, err);
}

static nf_status note_index(nf_database *database, const char *name,
                            const char *text, nf_error *err)
{
    char *quoted = nf_sql_name(database, name), *sql = NULL;
    nf_buffer out;
    nf_status status;

    nf_buffer_init(&out, NF_BUFFER_MAX);
    nf_buffer_format(&out, "COMMENT ON INDEX %s IS '", quoted ? quoted : "");
    for (; *text; text++)
        nf_buffer_add(&out, *text == '\'' ? "''" : text, *text == '\'' ? 2 : 1);
    nf_buffer_char(&out, '\'');
    sql = quoted ? nf_buffer_take(&out) : NULL;
    status = sql ? execute(database, sql, err) : nf_error_nomem(err);
    nf_buffer_dispose(&out);
    nf_free(sql);
    nf_free(quoted);
    return status;
}

static nf_status count_indexes(nf_database *database, int64_t *out,
                               nf_error *err)
{
    return ask_number(database,
                      "SELECT count(*)::text FROM pg_class WHERE relnamespace "
                      "= current_schema()::regnamespace AND relkind = 'i' AND "
                      "relname LIKE 'mx:%'",
                      out, err);
}

static nf_status an_index(nf_database *database, bool references, char **out,
                          nf_error *err)
{
    return ask(
        database,
        references
            ? "SELECT indexname::text FROM pg_indexes WHERE schemaname = "
              "current_schema() AND (indexname LIKE 'mx:%' OR (indexname LIKE "
              "'ix:%' AND indexdef LIKE '% WHERE %')) LIMIT 1"
            : "SELECT relname::text FROM pg_class WHERE relnamespace = "
              "current_schema()::regnamespace AND relkind = 'i' AND relname "
              "LIKE 'mx:%' LIMIT 1",
        NULL, NULL, out, err);
}

/* ICU's collations have the names of its locales. */
static nf_status collate(nf_database *database, const char *locale,
                         nf_error *err)
{
    struct nf_postgres *p = database->postgres;
    char name[80], *found = NULL;
    size_t i;
    nf_status status;

    snprintf(name, sizeof name, "%.60s-x-icu", locale);
    for (i = 0; name[i]; i++) {
        if (name[i] == '_')
            name[i] = '-';
        else if (name[i] == '"' || name[i] == '\\')
            name[i] = '?';
    }
    status = ask(database,
                 "SELECT collname::text FROM pg_collation WHERE collname = ?",
                 name, NULL, &found, err);
    if (!status && !found)
        status = nf_error_set(err, NF_USAGE, "bad_option",
                              "the database has no collation for the locale "
                              "\"%s\"",
                              locale);
    nf_free(found);
    if (status)
        return status;
    /* Its own name here, in this session only. */
    snprintf(p->collate, sizeof p->collate,
             "CREATE COLLATION pg_temp." NF_COLLATION " FROM \"%s\"", name);
    return nf_postgres_execute(database, p->collate, err);
}

static nf_status explain(nf_database *database, nf_statement *statement,
                         nf_buffer *out, nf_error *err)
{
    const nf_postgres_statement *s = statement->postgres;
    const nf_libpq_functions *pq = nf_libpq();
    nf_buffer sql;
    PGresult *result = NULL;
    nf_status status = NF_OK;

    nf_postgres_settle(database);
    nf_buffer_format(out, "%s\n", s->text);
    nf_buffer_init(&sql, NF_BUFFER_MAX);
    nf_buffer_format(&sql, "EXPLAIN %s", s->text);
    if (nf_buffer_string(&sql))
        result = pq->PQexecParams(database->postgres->connection,
                                  nf_buffer_string(&sql), s->count, s->types,
                                  s->values, s->lengths, s->formats, 0);
    if (pq->PQresultStatus(result) != PGRES_TUPLES_OK)
        status = nf_postgres_failed(database, result, "explain", err);
    for (int i = 0; !status && i < pq->PQntuples(result); i++)
        nf_buffer_format(out, "%s\n", pq->PQgetvalue(result, i, 0));
    pq->PQclear(result);
    nf_buffer_dispose(&sql);
    return status;
}

static const char *const reserved[] = {"tableoid", "xmin", "cmin", "xmax",
                                       "cmax",     "ctid", NULL};

const nf_driver nf_postgres_driver = {
    .dialect = {.integer = "bigint",
                .text = "text COLLATE \"C\"",
                .bytes = "bytea",
                .decimal = "numeric",
                .boolean_false = "boolean NOT NULL DEFAULT FALSE",
                .boolean_true = "boolean NOT NULL DEFAULT TRUE",
                .table_end = "",
                .keyed_table_end = "",
                .truth = {"FALSE", "TRUE"},
                .least_boolean = "bool_and",
                .no_limit = "ALL",
                .in_named = "%s.id IN (SELECT id FROM n%d)",
                .more_tables = more_tables,
                .collation = "pg_temp." NF_COLLATION,
                .reserved = reserved,
                .numeric = true,
                .key_bytes = KEY_BYTES},
    .open = open_postgres,
    .leave = leave,
    .close = close_postgres,
    .address = address,
    .identify = identify,
    .configure = configure,
    .mark = mark,
    .opened = opened,
    .name = nf_postgres_name,
    .create = create,
    .execute = execute,
    .control = control,
    .prepare = nf_postgres_prepare,
    .finalize = nf_postgres_finalize,
    .clear = nf_postgres_clear,
    .step = nf_postgres_step,
    .pipeline = nf_postgres_pipeline,
    .settled = settled,
    .wrote = nf_postgres_wrote,
    .expect = nf_postgres_expect,
    .changes = nf_postgres_changes,
    .error = nf_postgres_error,
    .why_too_deep = why_too_deep,
    .begin = begin,
    .begin_reading = begin_reading,
    .commit = commit,
    .undo = undo,
    .in_transaction = in_transaction,
    .set_durable = set_durable,
    .stream = stream,
    .many_savepoints = many_savepoints,
    .has_column = has_column,
    .has_index = has_index,
    .note_index = note_index,
    .count_indexes = count_indexes,
    .an_index = an_index,
    .collate = collate,
    .explain = explain,
};
