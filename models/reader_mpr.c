/* The .mpr reader (model-format 1.1, 1.2): a SQLite index of units, their
 * BSON inside (v1) or in files beside it (v2).
 *
 * The file is never changed, and nothing appears beside it: it is opened
 * read-only; where SQLite would need to write (a WAL file without its log, a
 * journal left by a crash) it is opened as immutable. Everything is read in
 * one transaction, and the connection is closed at once, so that Studio Pro
 * can save while the model is open here (MF-P14). v1 contents therefore stay
 * in memory; v2 files are read when first needed. */
#include "models/container.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "models/bson.h"

enum {
    BUSY_MILLISECONDS = 2000,
    PROGRESS_STEPS = 100000, /* between two calls of `too_long` */
    PROGRESS_LIMIT = 20000,  /* calls: far beyond any real index */
    MAX_UNIT_SIZE = 1 << 30,
    PATH_SIZE = 4096
};

typedef struct mpr_reader {
    nf_container *container;
    sqlite3 *db;
    bool has_contents; /* v1, MF-C1 */
    bool has_conflicts;
    size_t damaged;
    int progress;
    nf_error *err;
} mpr_reader;

static nf_status bad_database(const mpr_reader *r)
{
    int code = sqlite3_errcode(r->db) & 0xff;

    if (code == SQLITE_NOMEM)
        return nf_error_nomem(r->err);
    if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
        return nf_error_set(r->err, NF_INPUT, "busy",
                            "\"%s\" is being saved by another program; try "
                            "again",
                            r->container->path);
    return nf_error_set(r->err, NF_INPUT, "bad_model", "\"%s\" is damaged: %s",
                        r->container->path, sqlite3_errmsg(r->db));
}

static int too_long(void *user)
{
    mpr_reader *r = user;

    return ++r->progress > PROGRESS_LIMIT;
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

static nf_status open_database(mpr_reader *r, bool immutable)
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
        return nf_error_nomem(r->err);
    }
    code = sqlite3_open_v2(
        text, &r->db,
        SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL);
    nf_free(text);
    if (code)
        return r->db ? bad_database(r) : nf_error_nomem(r->err);
    sqlite3_busy_timeout(r->db, BUSY_MILLISECONDS);
    sqlite3_limit(r->db, SQLITE_LIMIT_LENGTH, MAX_UNIT_SIZE);
    sqlite3_db_config(r->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(r->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_progress_handler(r->db, PROGRESS_STEPS, too_long, r);
    if (sqlite3_exec(r->db, "PRAGMA cell_size_check=ON; BEGIN", NULL, NULL,
                     NULL))
        return bad_database(r);
    return NF_OK;
}

/* ---- reading the index ------------------------------------------------------
 */

static sqlite3_stmt *prepare(const mpr_reader *r, const char *sql)
{
    sqlite3_stmt *statement = NULL;

    if (sqlite3_prepare_v2(r->db, sql, -1, &statement, NULL))
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

static nf_status read_columns(mpr_reader *r)
{
    sqlite3_stmt *statement = prepare(r, "PRAGMA table_info(Unit)");
    int code;

    if (!statement)
        return bad_database(r);
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        const char *name = column_text(r, statement, 1);

        if (strcmp(name, "Contents") == 0)
            r->has_contents = true;
        if (strcmp(name, "ContentsConflicts") == 0)
            r->has_conflicts = true;
    }
    sqlite3_finalize(statement);
    return code == SQLITE_DONE ? NF_OK : bad_database(r);
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

static nf_status take_head(mpr_reader *r, nf_unit *unit, const uint8_t *bytes,
                           size_t length)
{
    nf_bson_head head;
    nf_status status = nf_bson_head_read(&head, bytes, length, r->err);

    if (status)
        return status;
    unit->type = nf_arena_strdup(r->container->arena, head.type);
    unit->name = nf_arena_strdup(r->container->arena, head.name);
    unit->excluded = head.excluded;
    return unit->type && unit->name ? NF_OK : nf_error_nomem(r->err);
}

static nf_status read_contents(mpr_reader *r, nf_unit *unit,
                               sqlite3_stmt *statement, int column)
{
    const void *bytes = sqlite3_column_blob(statement, column);
    int length = sqlite3_column_bytes(statement, column);
    char id[NF_GUID_TEXT_SIZE];
    uint8_t *copy;
    nf_status status;

    nf_guid_text(&unit->id, id);
    if (!bytes || length <= 0) {
        nf_container_warn(r->container, "unit %s (%s) has no contents", id,
                          unit->containment);
        unit->missing = true;
        return NF_OK;
    }
    copy = nf_arena_alloc(r->container->arena, (size_t)length);
    if (!copy)
        return nf_error_nomem(r->err);
    memcpy(copy, bytes, (size_t)length);
    unit->bytes = copy;
    unit->length = (size_t)length;
    status = take_head(r, unit, copy, unit->length);
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
    return r->has_contents ? read_contents(r, unit, statement, 6) : NF_OK;
}

static nf_status read_units(mpr_reader *r)
{
    char sql[256];
    sqlite3_stmt *statement;
    nf_status status = NF_OK;
    int code = SQLITE_DONE;

    snprintf(sql, sizeof sql,
             "SELECT UnitID, ContainerID, ContainmentName, ContentsHash, "
             "TreeConflict, %s%s FROM Unit ORDER BY UnitID",
             r->has_conflicts ? "ContentsConflicts" : "''",
             r->has_contents ? ", Contents" : "");
    statement = prepare(r, sql);
    if (!statement)
        return bad_database(r);
    while (!status && (code = sqlite3_step(statement)) == SQLITE_ROW)
        status = read_row(r, statement);
    if (!status && code != SQLITE_DONE)
        status = bad_database(r);
    sqlite3_finalize(statement);
    return status;
}

static nf_status read_index(mpr_reader *r, bool immutable)
{
    nf_status status = open_database(r, immutable);

    if (!status)
        status = check_tables(r);
    if (!status)
        status = read_columns(r);
    if (!status)
        status = read_metadata(r);
    if (!status)
        read_transaction(r);
    if (!status)
        status = read_units(r);
    return status;
}

/* ---- unit files (v2) ----------------------------------------------------- */

static bool unit_path(char *path, const nf_container *container,
                      const nf_unit *unit)
{
    char id[NF_GUID_TEXT_SIZE];

    nf_guid_text(&unit->id, id);
    return snprintf(path, PATH_SIZE, "%s/%.2s/%.2s/%s.mxunit",
                    container->folder, id, id + 2, id) < PATH_SIZE;
}

static nf_status read_all(int file, uint8_t *bytes, size_t size,
                          const char *path, nf_error *err)
{
    size_t at = 0;

    while (at < size) {
        ssize_t got = read(file, bytes + at, size - at);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return nf_error_set(
                err, NF_INPUT, "bad_model", "\"%s\" can't be read: %s", path,
                got ? strerror(errno) : "it became shorter meanwhile");
        at += (size_t)got;
    }
    return NF_OK;
}

/* Reads a whole unit file into `arena`. *missing tells a file that is not
 * there (status NF_OK, no bytes). */
static nf_status read_unit_file(uint8_t **bytes, size_t *length, bool *missing,
                                const char *path, nf_arena *arena,
                                nf_error *err)
{
    /* O_NONBLOCK: a named pipe in place of the file must not hang us. */
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat info;
    nf_status status;

    *bytes = NULL;
    *length = 0;
    *missing = file < 0 && (errno == ENOENT || errno == ENOTDIR);
    if (*missing)
        return NF_OK;
    if (file < 0)
        return nf_error_set(err, NF_INPUT, "bad_model",
                            "\"%s\" can't be read: %s", path, strerror(errno));
    if (fstat(file, &info) || !S_ISREG(info.st_mode) ||
        info.st_size > MAX_UNIT_SIZE) {
        close(file);
        return nf_error_set(err, NF_INPUT, "bad_model",
                            "\"%s\" is no file of at most %d bytes", path,
                            MAX_UNIT_SIZE);
    }
    *length = (size_t)info.st_size;
    *bytes = nf_arena_alloc(arena, *length);
    status = *bytes ? read_all(file, *bytes, *length, path, err)
                    : nf_error_nomem(err);
    close(file);
    return status;
}

static nf_status index_file(mpr_reader *r, nf_unit *unit, const char *path,
                            nf_error *err)
{
    nf_arena *arena = nf_arena_new();
    nf_error *outer = r->err;
    uint8_t *bytes;
    size_t length;
    nf_status status;

    if (!arena)
        return nf_error_nomem(err);
    status = read_unit_file(&bytes, &length, &unit->missing, path, arena, err);
    if (!status && !unit->missing) {
        r->err = err;
        status = take_head(r, unit, bytes, length);
        r->err = outer;
        if (status == NF_INPUT)
            nf_error_at_line(err, path, 0);
    }
    nf_arena_free(arena);
    return status;
}

static nf_status index_files(mpr_reader *r)
{
    nf_container *c = r->container;
    size_t missing = 0;
    char path[PATH_SIZE], id[NF_GUID_TEXT_SIZE],
        container_id[NF_GUID_TEXT_SIZE];

    for (size_t i = 0; i < c->count; i++) {
        nf_unit *unit = c->units[i];
        nf_error first = {0};
        nf_status status;

        if (!unit_path(path, c, unit))
            return nf_error_set(r->err, NF_INPUT, "bad_model",
                                "the path of \"%s\" is too long", c->path);
        status = index_file(r, unit, path, &first);
        if (status == NF_INPUT) /* perhaps it was just being saved */
            status = index_file(r, unit, path, r->err);
        if (status == NF_NOMEM)
            return nf_error_nomem(r->err);
        if (status)
            return status;
        if (!unit->missing)
            continue;
        missing++;
        nf_guid_text(&unit->id, id);
        nf_guid_text(&unit->container_id, container_id);
        nf_container_warn(c,
                          "unit %s (%s of %s) is left out: its file is not "
                          "in mprcontents",
                          id, unit->containment, container_id);
    }
    if (c->count && missing == c->count)
        return nf_error_set(r->err, NF_INPUT, "bad_model",
                            "none of the %zu unit files of \"%s\" is in its "
                            "folder mprcontents",
                            missing, c->path);
    return NF_OK;
}

static nf_status find_folder(mpr_reader *r)
{
    nf_container *c = r->container;
    const char *slash = strrchr(c->path, '/');
    int directory = slash ? (int)(slash - c->path) : 1;
    struct stat info;

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

static nf_status attempt(mpr_reader *r, bool immutable, nf_error *err)
{
    nf_status status;

    r->container->count = 0;
    r->err = err;
    r->progress = 0;
    r->has_contents = r->has_conflicts = false;
    status = read_index(r, immutable);
    sqlite3_close(r->db);
    r->db = NULL;
    return status;
}

nf_status nf_mpr_read(nf_container *container, nf_error *err)
{
    mpr_reader r = {.container = container};
    bool immutable = needs_immutable(container->path);
    nf_error first = {0};
    nf_status status = attempt(&r, immutable, &first);

    /* Once more: after "busy" as before (MF-P14), otherwise as immutable, for
     * a folder or a state in which SQLite would have to write. */
    if (status == NF_INPUT && !immutable && strcmp(first.code, "not_a_model")) {
        nf_error second = {0};

        status = attempt(&r, strcmp(first.code, "busy") != 0, &second);
        first = status == NF_INPUT ? first : second;
    }
    if (status) {
        if (err && !nf_error_is_set(err))
            *err = first;
        return status;
    }
    container->load = nf_mpr_load;
    r.err = err;
    if (container->format == 2) {
        status = find_folder(&r);
        if (!status)
            status = index_files(&r);
    }
    return status ? status : nf_container_link(container, err);
}

/* Whether the bytes have the stored hash (MF-C8); an absent hash fits. */
static bool hash_fits(const nf_unit *unit, const uint8_t *bytes, size_t length)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    unsigned char text[2 * SHA256_DIGEST_LENGTH];

    if (!*unit->hash)
        return true;
    SHA256(bytes, length, digest);
    EVP_EncodeBlock(text, digest, sizeof digest);
    return strcmp((const char *)text, unit->hash) == 0;
}

static nf_status unit_bytes(const nf_container *container, const nf_unit *unit,
                            const uint8_t **bytes, size_t *length,
                            nf_arena *arena, nf_error *err)
{
    char path[PATH_SIZE], id[NF_GUID_TEXT_SIZE];
    bool missing = unit->missing;
    uint8_t *read = NULL;
    nf_status status = NF_OK;

    nf_guid_text(&unit->id, id);
    *bytes = unit->bytes;
    *length = unit->length;
    if (container->format == 2 && !missing) {
        if (!unit_path(path, container, unit))
            return nf_error_set(err, NF_INPUT, "bad_model",
                                "the path of \"%s\" is too long",
                                container->path);
        status = read_unit_file(&read, length, &missing, path, arena, err);
        *bytes = read;
    }
    if (!status && (missing || !*bytes))
        status = nf_error_set(err, NF_INPUT, "bad_model",
                              "unit %s of \"%s\" has no contents", id,
                              container->path);
    return status;
}

nf_status nf_mpr_load(const nf_container *container, nf_unit *unit,
                      nf_error *err)
{
    nf_arena *arena = nf_arena_new();
    char id[NF_GUID_TEXT_SIZE];
    const nf_element *element = NULL;
    const uint8_t *bytes;
    size_t length, unknown = 0;
    nf_status status;

    if (!arena)
        return nf_error_nomem(err);
    nf_guid_text(&unit->id, id);
    status = unit_bytes(container, unit, &bytes, &length, arena, err);
    if (!status && container->format == 2 && !hash_fits(unit, bytes, length))
        status = unit_bytes(container, unit, &bytes, &length, arena, err);
    if (!status && !hash_fits(unit, bytes, length))
        nf_container_warn(container,
                          "unit %s (%s \"%s\") was changed outside Studio Pro: "
                          "its hash does not fit",
                          id, unit->type, unit->name);
    if (!status)
        status = nf_bson_decode(&element, arena, bytes, length, &unknown, err);
    if (status) {
        nf_error_at_line(err, id, 0);
        nf_arena_free(arena);
        return status;
    }
    if (unknown)
        nf_container_warn(container,
                          "unit %s (%s) has %zu values of an unknown kind, "
                          "read as empty",
                          id, unit->type, unknown);
    if (!nf_guid_equal(&element->id, &unit->id))
        nf_container_warn(container, "unit %s (%s) holds another id", id,
                          unit->type);
    unit->arena = arena;
    atomic_store_explicit(&unit->element, element, memory_order_release);
    return NF_OK;
}
