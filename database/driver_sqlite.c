/* SQLite: files of a device and of a server that is one process, and databases
 * in memory. */
#include "base/memory.h"
#include "database/schema.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    APPLICATION_ID = 0x4e466442, /* "NFdB" */
    CACHE_KIB = 16384,
    STREAM_CACHE_KIB = 4096,
    /* Of the log, with tidy_later: worth a quiet moment; too many to wait. */
    QUIET_LOG_PAGES = 1000,
    LONG_LOG_PAGES = 16000,
};

static bool is_in_memory(const nf_database *database)
{
    return strcmp(database->path, ":memory:") == 0;
}

/* ---- errors -------------------------------------------------------------- */

static nf_status error(nf_database *database, const char *doing, nf_error *err)
{
    int code = sqlite3_errcode(database->handle);

    if (code == SQLITE_NOMEM)
        return nf_error_nomem(err);
    if (code == SQLITE_BUSY || code == SQLITE_LOCKED) {
        nf_error_set(err, NF_FAILED, "db_error",
                     "cannot %s: the database \"%s\" is in use by another "
                     "process; try again",
                     doing, database->path);
        nf_error_detail(err, "busy");
        return NF_FAILED;
    }
    if (code == SQLITE_INTERRUPT) {
        nf_error_set(err, NF_FAILED, "budget_exceeded",
                     "a query took longer than it may");
        nf_error_detail(err, "timeout");
        return NF_FAILED;
    }
    nf_error_set(err, NF_FAILED, "db_error", "cannot %s: %s", doing,
                 sqlite3_errmsg(database->handle));
    if ((code & 0xff) == SQLITE_CONSTRAINT) /* the values are to blame */
        nf_error_detail(err, "constraint");
    return NF_FAILED;
}

/* SQLite asks it every so many steps of its machine. */
static int is_late(void *user)
{
    const nf_database *database = user;

    return database->stoppable && nf_clock_elapsed() >= database->deadline;
}

static void set_deadline(nf_database *database)
{
    enum { STEPS = 20000 };

    database->stoppable = false;
    if (!database->handle)
        return;
    sqlite3_progress_handler(database->handle, database->deadline ? STEPS : 0,
                             database->deadline ? is_late : NULL, database);
    sqlite3_busy_timeout(database->handle,
                         nf_database_patience(database, true));
}

static nf_status input_error(nf_database *database, nf_error *err)
{
    int code = sqlite3_errcode(database->handle);

    if (code == SQLITE_NOMEM)
        return nf_error_nomem(err);
    if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
        return nf_error_set(err, NF_INPUT, "db_error",
                            "the database \"%s\" is in use by another process;"
                            " try again",
                            database->path);
    return nf_error_set(err, NF_INPUT, "db_error",
                        "\"%s\" cannot be opened as a database: %s",
                        database->path, sqlite3_errmsg(database->handle));
}

/* ---- settings ------------------------------------------------------------ */

/* Settings of the connection need no tables. */
static nf_status set_up(nf_database *database, const char *sql, nf_error *err)
{
    if (sqlite3_exec(database->handle, sql, NULL, NULL, NULL) == SQLITE_OK)
        return NF_OK;
    return nf_database_error(database, "run a statement", err);
}

static nf_status set_cache(nf_database *database, int kib, nf_error *err)
{
    char sql[48];

    snprintf(sql, sizeof sql, "PRAGMA cache_size=-%d", kib);
    return set_up(database, sql, err);
}

static nf_status set_durable(nf_database *database, bool durable, nf_error *err)
{
    return set_up(
        database,
        durable ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL", err);
}

static void stream(nf_database *database, bool begin)
{
    /* A size that can't be set costs memory or time, never the result. */
    set_cache(database, begin ? STREAM_CACHE_KIB : CACHE_KIB, NULL);
}

/* A savepoint that stands long goes through a temporary file each time. */
static nf_status many_savepoints(nf_database *database, bool begin,
                                 nf_error *err)
{
    return set_up(database,
                  begin ? "PRAGMA temp_store=MEMORY" : "PRAGMA temp_store=FILE",
                  err);
}

static int note_log(void *user, sqlite3 *handle, const char *name, int pages)
{
    nf_database *database = user;

    (void)handle;
    (void)name;
    database->log_pages = pages;
    if (pages >= LONG_LOG_PAGES)
        nf_database_tidy(database);
    return SQLITE_OK;
}

void nf_database_tidy_later(nf_database *database)
{
    if (database->handle)
        sqlite3_wal_hook(database->handle, note_log, database);
}

bool nf_database_is_untidy(const nf_database *database)
{
    return database->log_pages >= QUIET_LOG_PAGES;
}

void nf_database_tidy(nf_database *database)
{
    database->log_pages = 0;
    (void)sqlite3_wal_checkpoint_v2(database->handle, NULL,
                                    SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
}

/* ---- opening ------------------------------------------------------------- */

static nf_status pragma_number(nf_database *database, const char *sql,
                               int64_t *out, nf_error *err)
{
    sqlite3_stmt *statement = NULL;
    int result =
        sqlite3_prepare_v2(database->handle, sql, -1, &statement, NULL);

    *out = 0;
    if (result == SQLITE_OK) {
        result = sqlite3_step(statement);
        if (result == SQLITE_ROW)
            *out = sqlite3_column_int64(statement, 0);
    }
    sqlite3_finalize(statement);
    if (result == SQLITE_ROW || result == SQLITE_DONE)
        return NF_OK;
    sqlite3_exec(database->handle, "SELECT 1", NULL, NULL, NULL);
    return nf_error_set(err, NF_INPUT, "db_error",
                        "\"%s\" cannot be opened as a database: %s",
                        database->path, sqlite3_errstr(result));
}

/* Makes the file with mode 0600 before SQLite does with a wider one. A file
 * that is there is not opened: closing it again would end the locks that
 * another connection of this process has on it, and other processes would take
 * the database for theirs alone. */
static nf_status make_file(nf_database *database, bool must_exist,
                           nf_error *err)
{
    struct stat info;
    int file = must_exist ? -1
                          : open(database->path,
                                 O_RDWR | O_CLOEXEC | O_CREAT | O_EXCL, 0600);

    if (file >= 0) {
        close(file);
        return NF_OK;
    }
    if ((must_exist || errno == EEXIST) &&
        access(database->path, R_OK | W_OK) == 0 &&
        stat(database->path, &info) == 0) {
        if (!S_ISDIR(info.st_mode))
            return NF_OK;
        errno = EISDIR;
    }
    return nf_error_set(err, NF_INPUT, "db_error",
                        "the database \"%s\" cannot be opened: %s",
                        database->path, strerror(errno));
}

static nf_status open_handle(nf_database *database,
                             const nf_database_options *options, nf_error *err)
{
    bool memory = is_in_memory(database);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
    nf_status status;

    if (!memory) {
        status = make_file(database, options->must_exist, err);
        if (status)
            return status;
    } else {
        flags |= SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY;
    }
    if (!memory && database->faults) {
        database->vfs = nf_fault_vfs_new(database->faults,
                                         database->side == NF_DATABASE_SERVER
                                             ? "server-write"
                                             : "device-write");
        if (!database->vfs)
            return nf_error_nomem(err);
    }
    if (sqlite3_open_v2(database->path, &database->handle, flags,
                        database->vfs ? nf_fault_vfs_name(database->vfs)
                                      : NULL) != SQLITE_OK)
        return database->handle ? input_error(database, err)
                                : nf_error_nomem(err);
    sqlite3_extended_result_codes(database->handle, 0);
    sqlite3_busy_timeout(database->handle,
                         nf_database_patience(database, false));
    return NF_OK;
}

/* A file says who it is: application_id marks it as ours, user_version is its
 * layout. */
static nf_status identify(nf_database *database, bool *fresh, int64_t *layout,
                          nf_error *err)
{
    int64_t id, objects;
    nf_status status;

    *fresh = false;
    status = pragma_number(database, "SELECT count(*) FROM sqlite_schema",
                           &objects, err);
    if (!status)
        status = pragma_number(database, "PRAGMA application_id", &id, err);
    if (!status)
        status = pragma_number(database, "PRAGMA user_version", layout, err);
    if (status)
        return status;
    *fresh = objects == 0;
    if (!*fresh && id != APPLICATION_ID)
        return nf_error_set(err, NF_INPUT, "db_error",
                            "\"%s\" is a database of another program; name "
                            "another file",
                            database->path);
    return NF_OK;
}

static nf_status mark(nf_database *database, int64_t layout, nf_error *err)
{
    char sql[96];

    snprintf(sql, sizeof sql,
             "PRAGMA application_id=%d; PRAGMA user_version=%d",
             (int)APPLICATION_ID, (int)layout);
    return set_up(database, sql, err);
}

static void opened(nf_database *database)
{
    (void)database;
}

static nf_status configure(nf_database *database, nf_error *err)
{
    nf_status status = nf_functions_register(database, err);

    if (!status && !is_in_memory(database))
        status = set_up(database, "PRAGMA journal_mode=WAL", err);
    if (!status)
        status = set_up(
            database,
            /* Sorting spills to a temporary file when the cache is full;
             * the log may grow as large as the cache before it is copied. */
            "PRAGMA temp_store=FILE; PRAGMA wal_autocheckpoint=4000;"
            "PRAGMA foreign_keys=OFF; PRAGMA trusted_schema=OFF;"
            "PRAGMA secure_delete=FAST",
            err);
    if (!status)
        status = set_cache(database, CACHE_KIB, err);
    if (status)
        return status;
    database->durable = database->side == NF_DATABASE_SERVER;
    return set_durable(database, database->durable, err);
}

/* ---- statements ---------------------------------------------------------- */

static nf_status prepare(nf_database *database, nf_statement *statement,
                         nf_error *err)
{
    if (sqlite3_prepare_v3(database->handle, statement->text, -1,
                           statement->cached ? SQLITE_PREPARE_PERSISTENT : 0,
                           &statement->sqlite, NULL) == SQLITE_OK)
        return NF_OK;
    return error(database, "prepare a statement", err);
}

static void finalize(nf_statement *statement)
{
    sqlite3_finalize(statement->sqlite);
}

static int64_t changes(nf_database *database)
{
    return sqlite3_changes(database->handle);
}

/* The text is ours: what cannot be compiled is too deep. */
static const char *why_too_deep(nf_database *database)
{
    return sqlite3_errcode(database->handle) == SQLITE_ERROR
               ? sqlite3_errmsg(database->handle)
               : NULL;
}

/* ---- transactions -------------------------------------------------------- */

/* A file has one writer. */
static nf_status begin(nf_database *database, bool alone, nf_error *err)
{
    (void)alone;
    return nf_database_run(database, "BEGIN IMMEDIATE", err);
}

/* The moment is that of the first read. */
static nf_status begin_reading(nf_database *database, nf_error *err)
{
    nf_status status = nf_database_run(database, "BEGIN", err);

    return status ? status
                  : nf_database_run(database, "SELECT 1 FROM _mx_meta LIMIT 1",
                                    err);
}

static nf_status commit(nf_database *database, nf_error *err)
{
    return nf_database_run(database, "COMMIT", err);
}

static bool in_transaction(nf_database *database)
{
    return !sqlite3_get_autocommit(database->handle);
}

static void undo(nf_database *database)
{
    if (in_transaction(database))
        sqlite3_exec(database->handle, "ROLLBACK", NULL, NULL, NULL);
}

/* ---- for people ---------------------------------------------------------- */

static nf_status explain(nf_database *database, nf_statement *statement,
                         nf_buffer *out, nf_error *err)
{
    char *expanded = sqlite3_expanded_sql(statement->sqlite);
    nf_statement *plan;
    nf_buffer sql;
    nf_status status = NF_OK;
    bool row = true;

    nf_buffer_format(out, "%s\n", expanded ? expanded : "");
    sqlite3_free(expanded);
    nf_buffer_init(&sql, NF_BUFFER_MAX);
    nf_buffer_format(&sql, "EXPLAIN QUERY PLAN %s", statement->text);
    plan = nf_buffer_string(&sql)
               ? nf_database_statement(database, nf_buffer_string(&sql), err)
               : NULL;
    nf_buffer_dispose(&sql);
    if (!plan)
        return nf_error_is_set(err) ? err->status : nf_error_nomem(err);
    while (!(status = nf_database_step(database, plan, &row, err)) && row)
        nf_buffer_format(out, "%s\n", nf_column_text(plan, 3));
    nf_database_done(database, plan);
    return status;
}

static void close_handle(nf_database *database)
{
    if (database->handle)
        sqlite3_close_v2(database->handle);
    nf_fault_vfs_free(database->vfs);
}

const nf_driver nf_sqlite_driver = {
    .dialect = {.integer = "INTEGER",
                .text = "TEXT",
                .bytes = "BLOB",
                .decimal = "BLOB",
                .boolean_false = "INTEGER NOT NULL DEFAULT 0",
                .boolean_true = "INTEGER NOT NULL DEFAULT 1",
                .table_end = " STRICT",
                .keyed_table_end = " WITHOUT ROWID, STRICT",
                .truth = {"0", "1"},
                .least_boolean = "MIN",
                .no_limit = "-1",
                .in_named = "%s.id IN n%d",
                .collation = NF_COLLATION,
                .typed_tables =
                    /* only what may have the column is looked into */
                "SELECT t.name FROM sqlite_schema t JOIN "
                "pragma_table_info(t.name) c ON c.name = '_type' WHERE "
                "t.type = 'table' AND instr(t.sql, '_type') > 0",
                .indexes = "SELECT name, sql FROM sqlite_schema WHERE type = "
                           "'index' AND name LIKE 'mx:%'",
                .an_index = {"SELECT name FROM sqlite_schema WHERE type = "
                             "'index' AND name LIKE 'mx:%' LIMIT 1",
                             "SELECT name FROM sqlite_schema WHERE type = "
                             "'index' AND (name LIKE 'mx:%' OR (name LIKE "
                             "'ix:%' AND sql LIKE '% WHERE %')) LIMIT 1"}},
    .open = open_handle,
    .close = close_handle,
    .address = nf_database_path,
    .identify = identify,
    .configure = configure,
    .mark = mark,
    .opened = opened,
    .name = nf_strdup,
    .create = set_up,
    .execute = set_up,
    .control = nf_database_run,
    .lazy_savepoints = true,
    .live_rows = true,
    .prepare = prepare,
    .finalize = finalize,
    .changes = changes,
    .error = error,
    .why_too_deep = why_too_deep,
    .begin = begin,
    .begin_reading = begin_reading,
    .commit = commit,
    .undo = undo,
    .in_transaction = in_transaction,
    .set_durable = set_durable,
    .stream = stream,
    .many_savepoints = many_savepoints,
    .collate = nf_order_collate,
    .set_deadline = set_deadline,
    .explain = explain,
};
