/* Opening a database, and its metadata. The driver knows the layout
 * that it has; `_mx_meta` says its app and side. */
#include "database/database.h"

#include "base/memory.h"
#include "database/schema.h"
#include "database/template.h"

#include <stdio.h>
#include <stdlib.h>

enum { LAYOUT_VERSION = 3, BUSY_MS = 5000 };

/* ---- metadata ------------------------------------------------------------ */

nf_status nf_database_get_meta(nf_database *database, const char *key,
                               char **out, size_t *size, nf_error *err)
{
    nf_statement *statement;
    nf_status status;
    bool row;

    *out = NULL;
    if (size)
        *size = 0;
    statement = nf_database_statement(
        database, "SELECT value FROM _mx_meta WHERE key = ?", err);
    if (!statement)
        return nf_no_statement(err);
    nf_bind_text(statement, 1, key);
    status = nf_database_step(database, statement, &row, err);
    if (!status && row) {
        const void *bytes = nf_column_bytes(statement, 0);
        size_t length = nf_column_size(statement, 0);

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
    nf_statement *statement = nf_database_statement(
        database,
        value ? "INSERT INTO _mx_meta(key, value) VALUES(?, ?) ON "
                "CONFLICT(key) DO UPDATE SET value = excluded.value"
              : "DELETE FROM _mx_meta WHERE key = ?",
        err);
    nf_status status;
    bool row;

    if (!statement)
        return nf_no_statement(err);
    nf_bind_text(statement, 1, key);
    if (value)
        nf_bind_bytes(statement, 2, value, size);
    nf_statement_apart(statement);
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

static bool is_in_memory(const nf_database *database)
{
    return strcmp(database->path, ":memory:") == 0;
}

static bool in_model(const nf_model *model, const void *guid, size_t size)
{
    size_t count = nf_model_entity_count(model), i;
    nf_guid own;

    for (i = 0; i < count && size == sizeof own.bytes; i++) {
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
    nf_statement *statement = nf_database_statement(
        database, "SELECT guid FROM _mx_entity WHERE name NOT LIKE 'System.%'",
        err);
    nf_status status = statement ? NF_OK : NF_FAILED;
    bool row = true, known = false;
    size_t count = 0;

    while (!status && !known &&
           !(status = nf_database_step(database, statement, &row, err)) &&
           row) {
        known = in_model(database->model, nf_column_bytes(statement, 0),
                         nf_column_size(statement, 0));
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
    nf_status status = database->driver->mark(database, LAYOUT_VERSION, err);

    if (!status)
        status = nf_database_create(database, nf_common_tables, err);
    if (!status)
        status = nf_database_create(
            database, device ? nf_device_tables : nf_server_tables, err);
    if (!status && database->driver->dialect.more_tables)
        status = nf_database_create(database,
                                    database->driver->dialect.more_tables, err);
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

/* Whether the database is empty (*fresh) or ours. */
static nf_status identify(nf_database *database, bool *fresh, nf_error *err)
{
    int64_t layout = 0;
    nf_status status =
        database->driver->identify(database, fresh, &layout, err);

    if (status || *fresh)
        return status;
    if (layout < LAYOUT_VERSION)
        return nf_error_set(err, NF_INPUT, "db_error",
                            "the database \"%s\" has layout %lld of an older "
                            "nanoflow, which this one (layout %d) does not "
                            "read; name another file",
                            database->path, (long long)layout,
                            (int)LAYOUT_VERSION);
    if (layout > LAYOUT_VERSION)
        return nf_error_set(err, NF_INPUT, "db_error",
                            "the database \"%s\" has layout %lld, newer than "
                            "%d; use a newer nanoflow",
                            database->path, (long long)layout,
                            (int)LAYOUT_VERSION);
    return check_identity(database, err);
}

static nf_status open_schema(nf_database *database, bool fresh, nf_error *err)
{
    nf_status status;

    if (!fresh) {
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
    return nf_database_conclude(database, status, err);
}

/* Most runs in memory never look at the database, and making the tables of a
 * large app takes longer than all else: they are made with the first statement
 * then. What is known to fail, or to be counted by a plan of faults, is not put
 * off; a plan does not count copies of a template. */
static nf_status open_in_memory(nf_database *database, nf_error *err)
{
    nf_status status = draw_device_number(database, err);

    if (!status)
        status = nf_schema_plan(database, err);
    if (status)
        return status;
    database->planned = true;
    return (database->faults && !database->templates) ||
                   !nf_schema_is_plain(database)
               ? nf_database_make(database, err)
               : NF_OK;
}

/* The template's number of the device is that of nobody. */
static nf_status make_from_template(nf_database *database, nf_error *err)
{
    nf_status status = nf_template_copy(database, err);

    return status ? status
                  : nf_database_set_number(database, "device_number",
                                           database->device_number, err);
}

nf_status nf_database_make(nf_database *database, nf_error *err)
{
    nf_status status;

    database->planned = false;
    if (database->templates) {
        status = make_from_template(database, err);
        database->planned = status != NF_OK;
        return status;
    }
    status = nf_database_begin(database, err);
    if (!status) {
        status = create_layout(database, err);
        if (!status)
            status = nf_schema_make(database, err);
        status = nf_database_conclude(database, status, err);
    }
    database->planned = status != NF_OK;
    return status;
}

const nf_driver *nf_database_driver_of(const char *path, nf_error *err)
{
    static const char *const schemes[] = {"postgresql://", "postgres://"};

    for (size_t i = 0; path && i < 2; i++) {
        if (strncmp(path, schemes[i], strlen(schemes[i])) != 0)
            continue;
#ifdef NF_POSTGRES
        (void)err;
        return &nf_postgres_driver;
#else
        nf_error_set(err, NF_INPUT, "db_error",
                     "this nanoflow was built without PostgreSQL");
        return NULL;
#endif
    }
    return &nf_sqlite_driver;
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

nf_status nf_database_open(nf_database **out,
                           const nf_database_options *options, nf_error *err)
{
    nf_error local = {0};
    nf_database *database = nf_alloc(sizeof *database);
    bool fresh = true;
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
    database->templates = options->templates;
    database->busy_ms = options->busy_ms;
    database->decimal_scale = nf_model_settings(options->model)->decimal_scale;
    if (database->decimal_scale < 8)
        database->decimal_scale = 8;
    database->decimal_size = database->decimal_scale > 8 ? 16 : 12;
    database->path = nf_strdup(options->path ? options->path : ":memory:");
    database->driver = nf_database_driver_of(database->path, err);
    status = !database->path    ? nf_error_nomem(err)
             : database->driver ? database->driver->open(database, options, err)
                                : NF_INPUT;
    if (status || options->bare) {
        *out = status ? NULL : database;
        if (status)
            nf_database_close(database);
        return as_input(status, err);
    }
    /* Before anything is written to a file that is not ours. */
    if (!is_in_memory(database))
        status = identify(database, &fresh, err);
    if (!status)
        status = database->driver->configure(database, err);
    if (!status)
        status = is_in_memory(database) ? open_in_memory(database, err)
                                        : open_schema(database, fresh, err);
    if (!status)
        database->driver->opened(database);
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
    if (database->driver && database->driver->leave)
        database->driver->leave(database);
    nf_statements_free(database);
    nf_schema_close(database);
    if (database->driver)
        database->driver->close(database);
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

const char *nf_database_address(const nf_database *database)
{
    return database->driver->address(database);
}

int nf_database_patience(const nf_database *database, bool until_deadline)
{
    int most = database->busy_ms ? database->busy_ms : BUSY_MS;
    int64_t left = most;

    if (until_deadline && database->deadline)
        left = database->deadline - nf_clock_elapsed();
    return left < 1 || most < 1 ? 1 : left < most ? (int)left : most;
}

void nf_database_deadline(nf_database *database, int64_t deadline)
{
    database->deadline = deadline;
    if (database->driver->set_deadline)
        database->driver->set_deadline(database);
}

bool nf_database_is_shared(const nf_database *database)
{
    return database->postgres != NULL;
}

