/* The .mpr reader (model-format 1.1, 1.2): a SQLite index of units, their
 * BSON inside (v1) or in files beside it (v2).
 *
 * The file is never changed, and nothing appears beside it: it is opened
 * read-only; where SQLite would need to write (a WAL file without its log, a
 * journal left by a crash) it is opened as immutable. The index is read in one
 * transaction, which ends at once, so that Studio Pro can save while the model
 * is open here (MF-P14). Contents are read when first needed, by
 * reader_mpr_unit.c. */
#include "models/reader_mpr.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/text.h"
#include "models/metamodel.h"

enum {
    BUSY_MILLISECONDS = 2000,
    PROGRESS_STEPS = 1000,         /* between two calls of `too_long` */
    PROGRESS_SECONDS = 3,          /* of work: far beyond any real index */
    MAX_SQLITE_MEMORY = 128 << 20, /* more than a schema or a page cache */
    PATH_SIZE = 4096
};

typedef struct mpr_reader {
    nf_container *container;
    struct nf_mpr *mpr;
    bool has_contents; /* v1, MF-C1 */
    bool has_conflicts;
    sqlite3_blob *blob; /* v1: of the present row */
    nf_error *err;
} mpr_reader;

nf_status nf_mpr_failed(const nf_container *container, sqlite3 *db,
                        nf_error *err)
{
    int code = sqlite3_errcode(db) & 0xff;

    if (code == SQLITE_NOMEM)
        return nf_error_nomem(err);
    if (code == SQLITE_INTERRUPT)
        return nf_error_set(err, NF_INPUT, "bad_model",
                            "\"%s\" takes too long to read, or too much "
                            "memory, for a Mendix model",
                            container->path);
    if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
        return nf_error_set(err, NF_INPUT, "busy",
                            "\"%s\" is being saved by another program; try "
                            "again",
                            container->path);
    return nf_error_set(err, NF_INPUT, "bad_model", "\"%s\" is damaged: %s",
                        container->path, sqlite3_errmsg(db));
}

static nf_status bad_database(const mpr_reader *r)
{
    return nf_mpr_failed(r->container, r->mpr->db, r->err);
}

/* Work is measured by the processor's time: the schema of a hostile file has
 * few steps that take long. */
static int too_long(void *user)
{
    struct nf_mpr *mpr = user;
    struct timespec now;

    if (!mpr->until && clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) == 0)
        mpr->until = now.tv_sec + PROGRESS_SECONDS + 1;
    mpr->stopped = (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) == 0 &&
                    now.tv_sec >= mpr->until) ||
                   sqlite3_memory_used() - mpr->memory > MAX_SQLITE_MEMORY;
    return mpr->stopped;
}

/* ---- opening the database --------------------------------------------------
 */

static void add_uri(nf_buffer *uri, const char *path)
{
    for (; *path; path++) {
        unsigned char c = (unsigned char)*path;

        if (c == '%' || c == '?' || c == '#' || c <= ' ' || c >= 0x7f)
            nf_buffer_format(uri, "%%%02X", c);
        else
            nf_buffer_char(uri, (char)c);
    }
}

static bool beside(const char *path, const char *suffix)
{
    char name[PATH_SIZE];
    struct stat info;

    return snprintf(name, sizeof name, "%s%s", path, suffix) <
               (int)sizeof name &&
           stat(name, &info) == 0 && info.st_size > 0;
}

/* Bytes 18 and 19 of a SQLite file are 2 for a write-ahead log. */
static bool needs_immutable(const char *path)
{
    unsigned char header[20] = {0};
    FILE *file = fopen(path, "rb");
    size_t length = 0;

    if (file) {
        length = fread(header, 1, sizeof header, file);
        fclose(file);
    }
    return length == sizeof header && (header[18] == 2 || header[19] == 2) &&
           !(beside(path, "-wal") && beside(path, "-shm"));
}

/* The .mpr of a package is in memory. */
static int open_image(mpr_reader *r)
{
    nf_container *c = r->container;
    int code =
        sqlite3_open_v2(":memory:", &r->mpr->db,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);

    return code ? code
                : sqlite3_deserialize(r->mpr->db, "main", c->image,
                                      (sqlite3_int64)c->image_length,
                                      (sqlite3_int64)c->image_length,
                                      SQLITE_DESERIALIZE_READONLY);
}

static int open_file(mpr_reader *r, bool immutable)
{
    nf_buffer uri;
    char *text;
    int code;

    nf_buffer_init(&uri, NF_BUFFER_MAX);
    nf_buffer_text(&uri, "file:");
    add_uri(&uri, r->container->path);
    nf_buffer_text(&uri, immutable ? "?immutable=1" : "?mode=ro");
    text = nf_buffer_take(&uri);
    if (!text) {
        nf_buffer_dispose(&uri);
        return SQLITE_NOMEM;
    }
    code = sqlite3_open_v2(
        text, &r->mpr->db,
        SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL);
    nf_free(text);
    return code;
}

static nf_status open_database(mpr_reader *r, bool immutable)
{
    int code = r->container->image ? open_image(r) : open_file(r, immutable);
    sqlite3 *db = r->mpr->db;

    if (code)
        return db ? bad_database(r) : nf_error_nomem(r->err);
    sqlite3_busy_timeout(db, BUSY_MILLISECONDS);
    sqlite3_limit(db, SQLITE_LIMIT_LENGTH, NF_MPR_MAX_UNIT);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    r->mpr->memory = sqlite3_memory_used();
    sqlite3_progress_handler(db, PROGRESS_STEPS, too_long, r->mpr);
    if (sqlite3_exec(db, "PRAGMA cell_size_check=ON; BEGIN", NULL, NULL, NULL))
        return bad_database(r);
    return NF_OK;
}

/* ---- reading the index ------------------------------------------------------
 */

static sqlite3_stmt *prepare(const mpr_reader *r, const char *sql)
{
    sqlite3_stmt *statement = NULL;

    if (sqlite3_prepare_v2(r->mpr->db, sql, -1, &statement, NULL))
        return NULL;
    return statement;
}

static const char *column_text(mpr_reader *r, sqlite3_stmt *statement,
                               int column)
{
    const unsigned char *text = sqlite3_column_text(statement, column);
    size_t length = (size_t)sqlite3_column_bytes(statement, column);
    const char *copy;

    if (!text || !nf_utf8_valid((const char *)text, length))
        return "";
    copy = nf_arena_strndup(r->container->arena, (const char *)text, length);
    return copy ? copy : "";
}

/* Real tables only: a view could run for ever. */
static nf_status check_tables(mpr_reader *r)
{
    sqlite3_stmt *statement =
        prepare(r, "SELECT name FROM sqlite_master WHERE type = 'table' AND "
                   "rootpage > 0 AND name IN ('Unit', '_MetaData')");
    int found = 0, code;

    if (!statement)
        return bad_database(r);
    while ((code = sqlite3_step(statement)) == SQLITE_ROW)
        found++;
    sqlite3_finalize(statement);
    if (code != SQLITE_DONE)
        return bad_database(r);
    if (found < 2)
        return nf_error_set(r->err, NF_INPUT, "not_a_model",
                            "\"%s\" is a database but no Mendix model: it has "
                            "no tables Unit and _MetaData",
                            r->container->path);
    return NF_OK;
}

/* A computed column could run for ever inside one function. */
static nf_status refuse_computed(mpr_reader *r, const char *table)
{
    return nf_error_set(r->err, NF_INPUT, "bad_model",
                        "\"%s\" is no Mendix model: its table %s has a "
                        "computed column",
                        r->container->path, table);
}

static nf_status read_columns(mpr_reader *r, const char *table)
{
    char sql[64];
    sqlite3_stmt *statement;
    bool computed = false, is_unit = strcmp(table, "Unit") == 0;
    int code;

    snprintf(sql, sizeof sql, "PRAGMA table_xinfo(%s)", table);
    statement = prepare(r, sql);
    if (!statement)
        return bad_database(r);
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        const char *name = column_text(r, statement, 1);

        if (is_unit && strcmp(name, "Contents") == 0)
            r->has_contents = true;
        if (is_unit && strcmp(name, "ContentsConflicts") == 0)
            r->has_conflicts = true;
        computed = computed || sqlite3_column_int(statement, 6) != 0;
    }
    sqlite3_finalize(statement);
    if (code != SQLITE_DONE)
        return bad_database(r);
    return computed ? refuse_computed(r, table) : NF_OK;
}

static nf_status read_metadata(mpr_reader *r)
{
    sqlite3_stmt *statement = prepare(r, "SELECT * FROM _MetaData LIMIT 1");
    nf_container *c = r->container;
    int code, format = 1;

    if (!statement)
        return bad_database(r);
    code = sqlite3_step(statement);
    for (int i = 0; code == SQLITE_ROW && i < sqlite3_column_count(statement);
         i++) {
        const char *name = sqlite3_column_name(statement, i);

        if (!name)
            continue;
        if (strcmp(name, "_FormatVersion") == 0)
            format = sqlite3_column_int(statement, i);
        else if (strcmp(name, "_ProductVersion") == 0 ||
                 strcmp(name, "MendixVersion") == 0)
            c->version_text = column_text(r, statement, i);
        else if (strcmp(name, "_BuildVersion") == 0)
            c->build = column_text(r, statement, i);
        else if (strcmp(name, "_SchemaHash") == 0)
            c->schema_hash = column_text(r, statement, i);
    }
    sqlite3_finalize(statement);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        return bad_database(r);
    c->format = r->has_contents ? 1 : 2;
    if (format > 2)
        return nf_error_set(r->err, NF_INPUT, "unsupported_format",
                            "\"%s\" has format version %d; versions 1 and 2 "
                            "are supported",
                            c->path, format);
    if (!nf_version_parse(&c->version, c->version_text))
        return nf_error_set(r->err, NF_INPUT, "bad_model",
                            "\"%s\" does not say its Mendix version", c->path);
    return NF_OK;
}

static void read_transaction(mpr_reader *r)
{
    sqlite3_stmt *statement =
        prepare(r, "SELECT LastTransactionID FROM _Transaction LIMIT 1");

    if (statement && sqlite3_step(statement) == SQLITE_ROW)
        r->container->transaction = column_text(r, statement, 0);
    sqlite3_finalize(statement); /* the table is informative (1.2) */
}

static bool column_guid(nf_guid *out, sqlite3_stmt *statement, int column)
{
    const void *bytes = sqlite3_column_blob(statement, column);

    if (!bytes || sqlite3_column_bytes(statement, column) != 16)
        return false;
    memcpy(out->bytes, bytes, sizeof out->bytes);
    return true;
}

/* Types are few, and the table's own texts where it knows them. */
static const char *type_text(nf_arena *arena, const char *type)
{
    const nf_meta_type *known = nf_meta_find_stored_type(type);

    return known ? known->name : nf_arena_strdup(arena, type);
}

nf_status nf_mpr_take_head(nf_container *container, nf_unit *unit,
                           const nf_bson_source *source, nf_error *err)
{
    nf_bson_head head;
    nf_status status = nf_bson_head_read(&head, source, err);

    if (status)
        return status;
    unit->type = type_text(container->arena, head.type);
    unit->name = nf_arena_strdup(container->arena, head.name);
    unit->excluded = head.excluded;
    return unit->type && unit->name ? NF_OK : nf_error_nomem(err);
}

typedef struct blob_source {
    nf_bson_source source;
    const mpr_reader *reader;
    size_t length;
} blob_source;

static long read_blob(const nf_bson_source *source, void *out, size_t size,
                      size_t offset, nf_error *err)
{
    const blob_source *blob = (const blob_source *)source;
    const mpr_reader *r = blob->reader;
    size_t rest = offset < blob->length ? blob->length - offset : 0;

    if (size > rest)
        size = rest;
    if (size && sqlite3_blob_read(r->blob, out, (int)size, (int)offset)) {
        nf_mpr_failed(r->container, r->mpr->db, err);
        return -1;
    }
    return (long)size;
}

/* Moves the blob to a row's contents; false if they are no bytes. */
static bool open_blob(mpr_reader *r, sqlite3_int64 row)
{
    if (r->blob && sqlite3_blob_reopen(r->blob, row) == SQLITE_OK)
        return true;
    sqlite3_blob_close(r->blob);
    r->blob = NULL;
    return sqlite3_blob_open(r->mpr->db, "main", "Unit", "Contents", row, 0,
                             &r->blob) == SQLITE_OK;
}

/* Version 1: the head of a row's contents, without reading the rest. */
static nf_status index_contents(mpr_reader *r, nf_unit *unit, sqlite3_int64 row)
{
    blob_source blob = {.source = {read_blob}, .reader = r};
    char id[NF_GUID_TEXT_SIZE];
    nf_status status;

    if (open_blob(r, row))
        blob.length = (size_t)sqlite3_blob_bytes(r->blob);
    else if ((sqlite3_errcode(r->mpr->db) & 0xff) != SQLITE_ERROR)
        return bad_database(r);
    if (!blob.length) {
        nf_guid_text(&unit->id, id);
        nf_container_warn(r->container, "unit %s (%s) has no contents", id,
                          unit->containment);
        unit->missing = true;
        return NF_OK;
    }
    status = nf_mpr_take_head(r->container, unit, &blob.source, r->err);
    if (status == NF_INPUT)
        nf_error_at_line(r->err, r->container->path, 0);
    return status;
}

static nf_status read_row(mpr_reader *r, sqlite3_stmt *statement)
{
    nf_unit *unit = nf_container_add(r->container, r->err);

    if (!unit)
        return r->err->status;
    if (!column_guid(&unit->id, statement, 0) ||
        !column_guid(&unit->container_id, statement, 1))
        return nf_error_set(r->err, NF_INPUT, "bad_model",
                            "\"%s\" is damaged: a unit has no valid id",
                            r->container->path);
    unit->containment = column_text(r, statement, 2);
    unit->hash = column_text(r, statement, 3);
    unit->conflict = sqlite3_column_int(statement, 4) != 0 ||
                     sqlite3_column_bytes(statement, 5) > 0;
    return r->has_contents
               ? index_contents(r, unit, sqlite3_column_int64(statement, 6))
               : NF_OK;
}

static nf_status read_units(mpr_reader *r)
{
    char sql[256];
    sqlite3_stmt *statement;
    nf_status status = NF_OK;
    int code = SQLITE_DONE;

    snprintf(sql, sizeof sql,
             "SELECT UnitID, ContainerID, ContainmentName, ContentsHash, "
             "TreeConflict, %s%s FROM Unit",
             r->has_conflicts ? "ContentsConflicts" : "''",
             r->has_contents ? ", rowid" : "");
    statement = prepare(r, sql);
    if (!statement)
        return bad_database(r);
    while (!status && (code = sqlite3_step(statement)) == SQLITE_ROW)
        status = read_row(r, statement);
    if (!status && code != SQLITE_DONE)
        status = bad_database(r);
    sqlite3_blob_close(r->blob);
    r->blob = NULL;
    sqlite3_finalize(statement);
    return status;
}

static nf_status read_index(mpr_reader *r, bool immutable)
{
    nf_status status = open_database(r, immutable);

    if (!status)
        status = check_tables(r);
    if (!status)
        status = read_columns(r, "Unit");
    if (!status)
        status = read_columns(r, "_MetaData");
    if (!status)
        status = read_metadata(r);
    if (!status)
        read_transaction(r);
    if (!status)
        status = read_units(r);
    return status;
}

static nf_status find_folder(mpr_reader *r)
{
    nf_container *c = r->container;
    const char *slash = strrchr(c->path, '/');
    int directory = slash ? (int)(slash - c->path) : 1;
    struct stat info;

    if (c->package)
        return NF_OK;
    c->folder = nf_arena_format(c->arena, "%.*s/mprcontents",
                                slash ? directory : 1, slash ? c->path : ".");
    if (!c->folder)
        return nf_error_nomem(r->err);
    if (stat(c->folder, &info) || !S_ISDIR(info.st_mode))
        return nf_error_set(r->err, NF_INPUT, "bad_model",
                            "\"%s\" needs the folder \"mprcontents\" beside "
                            "it, which is not there",
                            c->path);
    return NF_OK;
}

/* ---- entry points -------------------------------------------------------- */

static int compare_ids(const void *a, const void *b)
{
    const nf_unit *x = *(nf_unit *const *)a, *y = *(nf_unit *const *)b;

    return memcmp(x->id.bytes, y->id.bytes, sizeof x->id.bytes);
}

static nf_status attempt(mpr_reader *r, bool immutable, nf_error *err)
{
    nf_status status;

    r->container->count = 0;
    r->err = err;
    r->has_contents = r->has_conflicts = false;
    r->mpr->until = 0;
    status = read_index(r, immutable);
    if (!status && r->has_contents &&
        !sqlite3_exec(r->mpr->db, "COMMIT", NULL, NULL, NULL)) {
        r->container->database = r->mpr;
        return NF_OK;
    }
    sqlite3_close(r->mpr->db);
    r->mpr->db = NULL;
    return status;
}

/* Once more after "busy" as before (MF-P14), otherwise as immutable, for a
 * folder or a state in which SQLite would have to write. */
static nf_status read_database(mpr_reader *r, nf_error *err)
{
    bool immutable = r->container->image || needs_immutable(r->container->path);
    nf_error first = {0};
    nf_status status = attempt(r, immutable, &first);

    if (status == NF_INPUT && !immutable && !r->mpr->stopped &&
        strcmp(first.code, "not_a_model")) {
        nf_error second = {0};

        status = attempt(r, strcmp(first.code, "busy") != 0, &second);
        first = status == NF_INPUT ? first : second;
    }
    if (status && err && !nf_error_is_set(err))
        *err = first;
    return status;
}

nf_status nf_mpr_read(nf_container *container, nf_error *err)
{
    mpr_reader r = {.container = container};
    nf_status status;

    r.mpr = nf_arena_alloc(container->arena, sizeof *r.mpr);
    if (!r.mpr)
        return nf_error_nomem(err);
    status = read_database(&r, err);
    if (status)
        return status;
    container->load = nf_mpr_load;
    /* The same order whatever the file's. */
    if (container->count)
        qsort(container->units, container->count, sizeof *container->units,
              compare_ids);
    r.err = err;
    if (container->format == 2) {
        status = find_folder(&r);
        if (!status)
            status = nf_mpr_index_files(container, err);
    }
    return status ? status : nf_container_link(container, err);
}
