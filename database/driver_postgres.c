/* PostgreSQL (docs/postgresql.md): the store of servers of one or several
 * processes. Who writes locks the one row of _mx_store first, so that all
 * transactions that write come one after the other as in SQLite; whoever only
 * reads waits for nobody. */
#include "database/postgres.h"

#include <stdio.h>

enum { KEY_BYTES = 2600 /* of an index; a page holds three */ };

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

    nf_postgres_forget(database); /* it may change anything */
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
    char sql[400], patience[48];
    PGresult *result;
    nf_status status = nf_postgres_revive(database, err);

    if (status)
        return status;
    p->unforeseen = false;
    /* Each statement sees what others have committed before it; after the lock
     * nobody else writes what matters. */
    snprintf(sql, sizeof sql, "BEGIN ISOLATION LEVEL READ COMMITTED; %s%s%s",
             database->durable ? "" : "SET LOCAL synchronous_commit = off; ",
             nf_postgres_shorter_lock(database, patience),
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
    nf_postgres_forget(database);
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

static bool recover(nf_database *database, const char *sql)
{
    struct nf_postgres *p = database->postgres;

    nf_postgres_settle(database);
    nf_postgres_forget(database);
    if (!p->late || nf_libpq()->PQtransactionStatus(p->connection) !=
                        PQTRANS_INERROR)
        return false;
    p->late = false;
    p->sessions++;
    if (nf_postgres_execute(database, sql, NULL) == NF_OK &&
        nf_postgres_execute(database, "DEALLOCATE ALL", NULL) == NF_OK)
        return true;
    p->late = true;
    return false;
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

/* ---- the rest ------------------------------------------------------------ */

static nf_status configure(nf_database *database, nf_error *err)
{
    (void)err;
    database->durable = true;
    return NF_OK;
}

static void opened(nf_database *database)
{
    database->postgres->ready = true;
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
                .more_tables = nf_postgres_tables,
                .collation = "pg_temp." NF_COLLATION,
                .reserved = reserved,
                .typed_tables =
                    "SELECT c.relname::text" NF_POSTGRES_TABLES
                    "JOIN pg_attribute a ON a.attrelid = c.oid WHERE "
                    "a.attname = '_type' AND NOT a.attisdropped",
                .indexes =
                    "SELECT relname::text, obj_description(oid, 'pg_class') "
                    "FROM pg_class WHERE relnamespace = "
                    "current_schema()::regnamespace AND relkind = 'i' AND "
                    "relname LIKE 'mx:%'",
                .an_index = {"SELECT indexname::text FROM pg_indexes WHERE "
                             "schemaname = current_schema() AND indexname "
                             "LIKE 'mx:%' LIMIT 1",
                             "SELECT indexname::text FROM pg_indexes WHERE "
                             "schemaname = current_schema() AND (indexname "
                             "LIKE 'mx:%' OR (indexname LIKE 'ix:%' AND "
                             "indexdef LIKE '% WHERE %')) LIMIT 1"},
                .numeric = true,
                .key_bytes = KEY_BYTES},
    .open = nf_postgres_open,
    .leave = nf_postgres_leave,
    .close = nf_postgres_close,
    .address = nf_postgres_address,
    .identify = nf_postgres_identify,
    .configure = configure,
    .mark = nf_postgres_mark,
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
    .foresee = nf_postgres_foresee,
    .settled = settled,
    .recover = recover,
    .wrote = nf_postgres_wrote,
    .expect = nf_postgres_expect,
    .changes = nf_postgres_changes,
    .error = nf_postgres_error,
    .why_too_deep = nf_postgres_why_too_deep,
    .begin = begin,
    .begin_reading = begin_reading,
    .commit = commit,
    .undo = undo,
    .in_transaction = in_transaction,
    .set_durable = set_durable,
    .stream = stream,
    .many_savepoints = many_savepoints,
    .note_index = nf_postgres_note_index,
    .collate = nf_postgres_collate,
    .explain = explain,
};
