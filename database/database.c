/* Opening a database file, transactions and metadata.
 *
 * The file says who it is: application_id marks it as ours, user_version its
 * layout, `_mx_meta` its app and side. */
#include "database/database.h"

#include "base/memory.h"
#include "database/schema.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    APPLICATION_ID = 0x4e466442, /* "NFdB" */
    LAYOUT_VERSION = 2,
    BUSY_MS = 5000,
    CACHE_KIB = 16384,
    STREAM_CACHE_KIB = 4096,
    /* Of the log, with tidy_later: worth a quiet moment; too many to wait. */
    QUIET_LOG_PAGES = 1000,
    LONG_LOG_PAGES = 16000,
};

/* ---- errors -------------------------------------------------------------- */

nf_status nf_database_error(nf_database *database, const char *doing,
                            nf_error *err)
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
    nf_error_set(err, NF_FAILED, "db_error", "cannot %s: %s", doing,
                 sqlite3_errmsg(database->handle));
    if ((code & 0xff) == SQLITE_CONSTRAINT) /* the values are to blame */
        nf_error_detail(err, "constraint");
    return NF_FAILED;
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

/* ---- transactions -------------------------------------------------------- */

nf_status nf_database_begin(nf_database *database, nf_error *err)
{
    char sql[40];
    nf_status status;

    if (database->depth == 0) {
        database->broken = false;
        database->transactions++;
        status = nf_database_run(database, "BEGIN IMMEDIATE", err);
    } else {
        snprintf(sql, sizeof sql, "SAVEPOINT nf%d", database->depth);
        status = nf_database_run(database, sql, err);
    }
    if (!status)
        database->depth++;
    return status;
}

static void undo_all(nf_database *database)
{
    database->undone++;
    if (!sqlite3_get_autocommit(database->handle))
        sqlite3_exec(database->handle, "ROLLBACK", NULL, NULL, NULL);
}

/* What is committed is committed, whatever the plan says after. */
static nf_status commit(nf_database *database, nf_error *err)
{
    bool server = database->side == NF_DATABASE_SERVER;
    nf_status status = nf_fault_reach(
        database->faults,
        server ? "before-server-commit" : "before-device-commit", err);

    if (!status)
        status = nf_database_run(database, "COMMIT", err);
    if (!status)
        (void)nf_fault_reach(
            database->faults,
            server ? "after-server-commit" : "after-device-commit", NULL);
    return status;
}

nf_status nf_database_end(nf_database *database, bool keep, nf_error *err)
{
    char sql[40];
    nf_status status = NF_OK;

    if (database->depth == 0)
        return NF_OK;
    database->depth--;
    if (sqlite3_get_autocommit(database->handle))
        database->broken = true; /* SQLite has undone everything itself */
    if (database->depth == 0) {
        if (keep && !database->broken) {
            status = commit(database, err);
            if (status)
                undo_all(database);
            return status;
        }
        undo_all(database);
        return keep ? nf_error_set(err, NF_FAILED, "db_error",
                                   "the transaction was undone after an error")
                    : NF_OK;
    }
    if (database->broken)
        return keep ? nf_error_set(err, NF_FAILED, "db_error",
                                   "the transaction was undone after an error")
                    : NF_OK;
    if (!keep) {
        database->undone++;
        snprintf(sql, sizeof sql, "ROLLBACK TO nf%d", database->depth);
        status = nf_database_run(database, sql, err);
    }
    snprintf(sql, sizeof sql, "RELEASE nf%d", database->depth);
    if (!status)
        status = nf_database_run(database, sql, err);
    if (status)
        database->broken = true;
    return status;
}

int nf_database_depth(const nf_database *database)
{
    return database->depth;
}

nf_status nf_database_freeze(nf_database *database, nf_error *err)
{
    if (database->depth)
        return NF_OK;
    return nf_database_run(database, "BEGIN", err);
}

void nf_database_thaw(nf_database *database)
{
    if (!database->depth && !sqlite3_get_autocommit(database->handle))
        nf_database_run(database, "ROLLBACK", NULL);
}

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

void nf_database_stream(nf_database *database, bool begin)
{
    /* A size that can't be set costs memory or time, never the result. */
    if (begin && database->streams++ == 0)
        set_cache(database, STREAM_CACHE_KIB, NULL);
    else if (!begin && --database->streams == 0)
        set_cache(database, CACHE_KIB, NULL);
}

static nf_status set_durable(nf_database *database, bool durable, nf_error *err)
{
    nf_status status = set_up(
        database,
        durable ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL", err);

    if (!status)
        database->durable = durable;
    return status;
}

nf_status nf_database_set_durable(nf_database *database, bool durable,
                                  nf_error *err)
{
    return database->depth || database->durable == durable
               ? NF_OK
               : set_durable(database, durable, err);
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

/* ---- metadata ------------------------------------------------------------ */

nf_status nf_database_get_meta(nf_database *database, const char *key,
                               char **out, size_t *size, nf_error *err)
{
    sqlite3_stmt *statement;
    nf_status status;
    bool row;

    *out = NULL;
    if (size)
        *size = 0;
    statement = nf_database_statement(
        database, "SELECT value FROM _mx_meta WHERE key = ?", err);
    if (!statement)
        return err && err->status ? err->status : NF_FAILED;
    sqlite3_bind_text(statement, 1, key, -1, SQLITE_STATIC);
    status = nf_database_step(database, statement, &row, err);
    if (!status && row) {
        const void *bytes = sqlite3_column_blob(statement, 0);
        size_t length = (size_t)sqlite3_column_bytes(statement, 0);

        *out = nf_strndup(bytes ? bytes : "", length);
        if (!*out)
            status = nf_error_nomem(err);
        else if (size)
            *size = length;
    }
    nf_database_done(database, statement);
    return status;
}

nf_status nf_database_set_meta(nf_database *database, const char *key,
                               const void *value, size_t size, nf_error *err)
{
    sqlite3_stmt *statement = nf_database_statement(
        database,
        value ? "INSERT OR REPLACE INTO _mx_meta(key, value) VALUES(?, ?)"
              : "DELETE FROM _mx_meta WHERE key = ?",
        err);
    nf_status status;
    bool row;

    if (!statement)
        return err && err->status ? err->status : NF_FAILED;
    sqlite3_bind_text(statement, 1, key, -1, SQLITE_STATIC);
    if (value)
        sqlite3_bind_blob64(statement, 2, value, size, SQLITE_STATIC);
    status = nf_database_step(database, statement, &row, err);
    nf_database_done(database, statement);
    return status;
}

nf_status nf_database_get_number(nf_database *database, const char *key,
                                 int64_t fallback, int64_t *out, nf_error *err)
{
    char *text;
    nf_status status = nf_database_get_meta(database, key, &text, NULL, err);

    *out = fallback;
    if (status)
        return status;
    if (text)
        *out = strtoll(text, NULL, 10);
    nf_free(text);
    return NF_OK;
}

nf_status nf_database_set_number(nf_database *database, const char *key,
                                 int64_t value, nf_error *err)
{
    char text[24];
    int length = snprintf(text, sizeof text, "%lld", (long long)value);

    return nf_database_set_meta(database, key, text, (size_t)length, err);
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

static bool is_in_memory(const nf_database *database)
{
    return strcmp(database->path, ":memory:") == 0;
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
                         options->busy_ms ? options->busy_ms : BUSY_MS);
    return NF_OK;
}

static bool in_model(const nf_model *model, const void *guid, int size)
{
    size_t count = nf_model_entity_count(model), i;
    nf_guid own;

    for (i = 0; i < count && size == (int)sizeof own.bytes; i++) {
        const nf_entity *entity = nf_model_entity(model, i);

        nf_entity_storage_guid(entity, &own);
        if (!entity->module->system &&
            memcmp(guid, own.bytes, sizeof own.bytes) == 0)
            return true;
    }
    return false;
}

/* Whether the file has entities of an app, but none of this one: apps written
 * in XML have no identity besides that, and to bring such a file up to date
 * would drop all that it holds. */
static nf_status all_foreign(nf_database *database, bool *out, nf_error *err)
{
    sqlite3_stmt *statement = nf_database_statement(
        database, "SELECT guid FROM _mx_entity WHERE name NOT LIKE 'System.%'",
        err);
    nf_status status = statement ? NF_OK : NF_FAILED;
    bool row = true, known = false;
    size_t count = 0;

    while (!status && !known &&
           !(status = nf_database_step(database, statement, &row, err)) &&
           row) {
        known = in_model(database->model, sqlite3_column_blob(statement, 0),
                         sqlite3_column_bytes(statement, 0));
        count++;
    }
    nf_database_done(database, statement);
    *out = count > 0 && !known;
    return status;
}

static nf_status check_identity(nf_database *database, nf_error *err)
{
    const char *app = nf_model_app_id(database->model);
    const char *side =
        database->side == NF_DATABASE_DEVICE ? "device" : "server";
    char *text = NULL;
    bool foreign = false;
    nf_status status;

    status = nf_database_get_meta(database, "app", &text, NULL, err);
    if (!status)
        status = all_foreign(database, &foreign, err);
    if (status) {
        nf_free(text);
        return status;
    }
    if (!text || foreign || (app && strcmp(text, app) != 0))
        status = nf_error_set(err, NF_INPUT, "db_error",
                              "the database \"%s\" belongs to another app; "
                              "name another file",
                              database->path);
    nf_free(text);
    if (status)
        return status;
    status = nf_database_get_meta(database, "side", &text, NULL, err);
    if (!status && (!text || strcmp(text, side) != 0))
        status = nf_error_set(err, NF_INPUT, "db_error",
                              "\"%s\" is not the database of a %s; name "
                              "another file",
                              database->path, side);
    nf_free(text);
    return status;
}

static nf_status draw_device_number(nf_database *database, nf_error *err)
{
    uint32_t number = 0;

    if (database->random) {
        if (!nf_random_bytes(database->random, &number, sizeof number))
            return nf_error_set(err, NF_FAILED, "db_error",
                                "the system gives no random numbers");
        number = (1u << 19) | (number & ((1u << 19) - 1)); /* D113 */
    }
    database->device_number = number;
    return NF_OK;
}

static nf_status create_layout(nf_database *database, nf_error *err)
{
    const char *app = nf_model_app_id(database->model);
    bool device = database->side == NF_DATABASE_DEVICE;
    char sql[96];
    nf_status status;

    snprintf(sql, sizeof sql,
             "PRAGMA application_id=%d; PRAGMA user_version=%d",
             (int)APPLICATION_ID, (int)LAYOUT_VERSION);
    status = nf_database_execute(database, sql, err);
    if (!status)
        status = nf_database_execute(database, nf_common_tables, err);
    if (!status)
        status = nf_database_execute(
            database, device ? nf_device_tables : nf_server_tables, err);
    if (!status)
        status = nf_database_set_meta(database, "app", app ? app : "",
                                      app ? strlen(app) : 0, err);
    if (!status)
        status = nf_database_set_meta(database, "side",
                                      device ? "device" : "server", 6, err);
    if (!status)
        status = nf_database_set_number(database, "decimal_scale",
                                        database->decimal_scale, err);
    if (!status)
        status = nf_database_set_number(database, "device_number",
                                        database->device_number, err);
    return status;
}

/* Whether the file is empty (*fresh) or ours. */
static nf_status identify(nf_database *database, bool *fresh, nf_error *err)
{
    int64_t id, version, objects;
    nf_status status;

    *fresh = false;
    status = pragma_number(database, "SELECT count(*) FROM sqlite_schema",
                           &objects, err);
    if (!status)
        status = pragma_number(database, "PRAGMA application_id", &id, err);
    if (!status)
        status = pragma_number(database, "PRAGMA user_version", &version, err);
    if (status)
        return status;
    *fresh = objects == 0;
    if (*fresh)
        return NF_OK;
    if (id != APPLICATION_ID)
        return nf_error_set(err, NF_INPUT, "db_error",
                            "\"%s\" is a database of another program; name "
                            "another file",
                            database->path);
    if (version < LAYOUT_VERSION)
        return nf_error_set(err, NF_INPUT, "db_error",
                            "the database \"%s\" has layout %lld of an older "
                            "nanoflow, which this one (layout %d) does not "
                            "read; name another file",
                            database->path, (long long)version,
                            (int)LAYOUT_VERSION);
    if (version > LAYOUT_VERSION)
        return nf_error_set(err, NF_INPUT, "db_error",
                            "the database \"%s\" has layout %lld, newer than "
                            "%d; use a newer nanoflow",
                            database->path, (long long)version,
                            (int)LAYOUT_VERSION);
    return check_identity(database, err);
}

static nf_status open_schema(nf_database *database, nf_error *err)
{
    bool fresh;
    nf_status status = identify(database, &fresh, err);

    if (status || !fresh) {
        if (!status)
            status = nf_database_get_number(database, "device_number", 0,
                                            &database->device_number, err);
        return status ? status : nf_schema_open(database, false, err);
    }
    status = nf_database_begin(database, err);
    if (status)
        return status;
    status = identify(database, &fresh, err); /* another may have been first */
    if (!status && fresh)
        status = draw_device_number(database, err);
    if (!status && fresh)
        status = create_layout(database, err);
    if (!status)
        status = nf_schema_open(database, fresh, err);
    return nf_database_end(database, status == NF_OK, err) ? NF_FAILED : status;
}

/* Most runs in memory never look at the database, and making the tables of a
 * large app takes longer than all else: they are made with the first statement
 * then. What is known to fail, or to be counted by a plan of faults, is not put
 * off. */
static nf_status open_in_memory(nf_database *database, nf_error *err)
{
    nf_status status = draw_device_number(database, err);

    if (!status)
        status = nf_schema_plan(database, err);
    if (status)
        return status;
    database->planned = true;
    return database->faults || !nf_schema_is_plain(database)
               ? nf_database_make(database, err)
               : NF_OK;
}

nf_status nf_database_make(nf_database *database, nf_error *err)
{
    nf_status status, ended;

    database->planned = false;
    status = nf_database_begin(database, err);
    if (!status) {
        status = create_layout(database, err);
        if (!status)
            status = nf_schema_make(database, err);
        ended = nf_database_end(database, status == NF_OK, err);
        status = status ? status : ended;
    }
    database->planned = status != NF_OK;
    return status;
}

/* A database that cannot be opened is an input that cannot be read, whatever
 * the step that found out. */
static nf_status as_input(nf_status status, nf_error *err)
{
    if (status != NF_FAILED)
        return status;
    if (err)
        err->status = NF_INPUT;
    return NF_INPUT;
}

static nf_status configure(nf_database *database, nf_error *err)
{
    nf_status status = nf_functions_register(database, err);

    if (!status && !is_in_memory(database))
        status = nf_database_execute(database, "PRAGMA journal_mode=WAL", err);
    if (!status)
        status = nf_database_execute(
            database,
            /* Sorting spills to a temporary file when the cache is full;
             * the log may grow as large as the cache before it is copied. */
            "PRAGMA temp_store=FILE; PRAGMA wal_autocheckpoint=4000;"
            "PRAGMA foreign_keys=OFF; PRAGMA trusted_schema=OFF",
            err);
    if (!status)
        status = set_cache(database, CACHE_KIB, err);
    if (!status)
        status =
            set_durable(database, database->side == NF_DATABASE_SERVER, err);
    return status;
}

nf_status nf_database_open(nf_database **out,
                           const nf_database_options *options, nf_error *err)
{
    nf_error local = {0};
    nf_database *database = nf_alloc(sizeof *database);
    int64_t objects;
    nf_status status;

    *out = NULL;
    if (!err)
        err = &local;
    if (!database)
        return nf_error_nomem(err);
    database->model = options->model;
    database->side = options->side;
    database->random = options->random;
    database->faults = options->faults;
    database->decimal_scale = nf_model_settings(options->model)->decimal_scale;
    if (database->decimal_scale < 8)
        database->decimal_scale = 8;
    database->decimal_size = database->decimal_scale > 8 ? 16 : 12;
    database->path = nf_strdup(options->path ? options->path : ":memory:");
    status = database->path ? open_handle(database, options, err)
                            : nf_error_nomem(err);
    /* Before anything is written to a file that is not ours. */
    if (!status)
        status = pragma_number(database, "SELECT count(*) FROM sqlite_schema",
                               &objects, err);
    if (!status && !is_in_memory(database)) {
        bool fresh;

        status = identify(database, &fresh, err);
    }
    if (!status)
        status = configure(database, err);
    if (!status)
        status = is_in_memory(database) ? open_in_memory(database, err)
                                        : open_schema(database, err);
    if (status) {
        nf_database_close(database);
        return as_input(status, err);
    }
    *out = database;
    return NF_OK;
}

void nf_database_close(nf_database *database)
{
    if (!database)
        return;
    nf_statements_free(database);
    nf_schema_close(database);
    if (database->handle)
        sqlite3_close_v2(database->handle);
    nf_fault_vfs_free(database->vfs);
    nf_free(database->path);
    nf_free(database);
}

const nf_model *nf_database_model(const nf_database *database)
{
    return database->model;
}

nf_database_side nf_database_get_side(const nf_database *database)
{
    return database->side;
}

const char *nf_database_path(const nf_database *database)
{
    return database->path;
}

sqlite3 *nf_database_handle(nf_database *database)
{
    if (database->planned)
        (void)nf_database_make(database, NULL);
    return database->handle;
}
