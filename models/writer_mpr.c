/* .mpr files of both format versions (model-format 1.1, 1.2, MF-X17): keys in
 * the order of MF-E5, hashes (MF-C8), one row per unit. */
#include "models/writer.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "models/bson.h"
#include "models/container.h"

enum { PATH_SIZE = 4096, HASH_SIZE = 2 * SHA256_DIGEST_LENGTH };

typedef struct mpr_writer {
    const nf_container *container;
    const char *path;
    char folder[PATH_SIZE]; /* v2: mprcontents */
    int version;
    sqlite3 *db;
    sqlite3_stmt *insert;
    nf_error *err;
} mpr_writer;

static nf_status database_failed(const mpr_writer *w)
{
    return nf_error_set(w->err, NF_INPUT, "write_failed",
                        "\"%s\" can't be written: %s", w->path,
                        sqlite3_errmsg(w->db));
}

static nf_status run(const mpr_writer *w, const char *sql)
{
    return sqlite3_exec(w->db, sql, NULL, NULL, NULL) ? database_failed(w)
                                                      : NF_OK;
}

static nf_status create_tables(mpr_writer *w)
{
    nf_status status = run(
        w, w->version == 1
               ? "CREATE TABLE _MetaData(_ProductVersion TEXT, _BuildVersion "
                 "TEXT, _SchemaHash TEXT);"
                 "CREATE TABLE Unit(UnitID BLOB PRIMARY KEY, ContainerID BLOB,"
                 " ContainmentName TEXT, TreeConflict LONG, ContentsHash TEXT,"
                 " ContentsConflicts TEXT, Contents BLOB)"
               : "CREATE TABLE _MetaData(_FormatVersion INTEGER,"
                 " _ProductVersion TEXT, _BuildVersion TEXT, _SchemaHash TEXT);"
                 "CREATE TABLE _Transaction(LastTransactionID TEXT);"
                 "CREATE TABLE Unit(UnitID BLOB PRIMARY KEY, ContainerID BLOB,"
                 " ContainmentName TEXT, TreeConflict LONG, ContentsHash TEXT,"
                 " ContentsConflicts TEXT)");

    if (!status &&
        sqlite3_prepare_v2(w->db,
                           w->version == 1
                               ? "INSERT INTO Unit VALUES(?, ?, ?, 0, ?, '', ?)"
                               : "INSERT INTO Unit VALUES(?, ?, ?, 0, ?, '')",
                           -1, &w->insert, NULL))
        status = database_failed(w);
    return status;
}

static nf_status write_metadata(mpr_writer *w)
{
    const nf_container *c = w->container;
    sqlite3_stmt *statement = NULL;
    const char *sql = w->version == 1
                          ? "INSERT INTO _MetaData VALUES(?, ?, ?)"
                          : "INSERT INTO _MetaData VALUES(2, ?, ?, ?)";
    int code = sqlite3_prepare_v2(w->db, sql, -1, &statement, NULL);

    if (!code) {
        sqlite3_bind_text(statement, 1, c->version_text, -1, SQLITE_STATIC);
        sqlite3_bind_text(statement, 2, *c->build ? c->build : c->version_text,
                          -1, SQLITE_STATIC);
        sqlite3_bind_text(statement, 3, c->schema_hash, -1, SQLITE_STATIC);
        code =
            sqlite3_step(statement) == SQLITE_DONE ? SQLITE_OK : SQLITE_ERROR;
    }
    sqlite3_finalize(statement);
    if (code)
        return database_failed(w);
    if (w->version == 1 || !*c->transaction)
        return NF_OK;
    code = sqlite3_prepare_v2(w->db, "INSERT INTO _Transaction VALUES(?)", -1,
                              &statement, NULL);
    if (!code) {
        sqlite3_bind_text(statement, 1, c->transaction, -1, SQLITE_STATIC);
        code =
            sqlite3_step(statement) == SQLITE_DONE ? SQLITE_OK : SQLITE_ERROR;
    }
    sqlite3_finalize(statement);
    return code ? database_failed(w) : NF_OK;
}

static nf_status make_folder(const mpr_writer *w, const char *path)
{
    if (mkdir(path, 0777) && errno != EEXIST)
        return nf_error_set(w->err, NF_INPUT, "write_failed",
                            "folder \"%s\" can't be made: %s", path,
                            strerror(errno));
    return NF_OK;
}

static nf_status write_bytes(const mpr_writer *w, const char *path,
                             const void *bytes, size_t length)
{
    FILE *file = fopen(path, "wb");
    bool good = file && fwrite(bytes, 1, length, file) == length;

    if (file && fclose(file))
        good = false;
    if (!good)
        return nf_error_set(w->err, NF_INPUT, "write_failed",
                            "\"%s\" can't be written: %s", path,
                            strerror(errno));
    return NF_OK;
}

static nf_status write_unit_file(const mpr_writer *w, const nf_unit *unit,
                                 const nf_buffer *bytes)
{
    char id[NF_GUID_TEXT_SIZE], path[PATH_SIZE + 64];
    nf_status status;

    nf_guid_text(&unit->id, id);
    snprintf(path, sizeof path, "%s/%.2s", w->folder, id);
    status = make_folder(w, path);
    if (status)
        return status;
    snprintf(path, sizeof path, "%s/%.2s/%.2s", w->folder, id, id + 2);
    status = make_folder(w, path);
    if (status)
        return status;
    snprintf(path, sizeof path, "%s/%.2s/%.2s/%s.mxunit", w->folder, id, id + 2,
             id);
    return write_bytes(w, path, bytes->data, bytes->length);
}

static nf_status insert_unit(const mpr_writer *w, const nf_unit *unit,
                             const nf_buffer *bytes)
{
    unsigned char digest[SHA256_DIGEST_LENGTH], hash[HASH_SIZE];
    int code;

    SHA256((const unsigned char *)bytes->data, bytes->length, digest);
    EVP_EncodeBlock(hash, digest, sizeof digest);
    sqlite3_reset(w->insert);
    sqlite3_bind_blob(w->insert, 1, unit->id.bytes, 16, SQLITE_STATIC);
    sqlite3_bind_blob(w->insert, 2, unit->container_id.bytes, 16,
                      SQLITE_STATIC);
    sqlite3_bind_text(w->insert, 3, unit->containment, -1, SQLITE_STATIC);
    sqlite3_bind_text(w->insert, 4, (const char *)hash, -1, SQLITE_TRANSIENT);
    if (w->version == 1)
        sqlite3_bind_blob64(w->insert, 5, bytes->data, bytes->length,
                            SQLITE_STATIC);
    code = sqlite3_step(w->insert);
    sqlite3_reset(w->insert);
    return code == SQLITE_DONE ? NF_OK : database_failed(w);
}

static nf_status write_unit(const mpr_writer *w, const nf_unit *unit)
{
    const nf_element *element = nf_unit_element(w->container, unit, w->err);
    nf_buffer bytes;
    nf_status status;

    if (!element)
        return w->err->status;
    nf_buffer_init(&bytes, NF_BUFFER_MAX);
    nf_bson_encode(&bytes, element);
    status =
        bytes.failed ? nf_error_nomem(w->err) : insert_unit(w, unit, &bytes);
    if (!status && w->version == 2)
        status = write_unit_file(w, unit, &bytes);
    nf_buffer_dispose(&bytes);
    return status;
}

/* mprcontents with the name of its .mpr (MF-C6). */
static nf_status prepare_folder(mpr_writer *w)
{
    const char *slash = strrchr(w->path, '/');
    const char *name = slash ? slash + 1 : w->path;
    char path[PATH_SIZE + 64];
    nf_status status;

    if (snprintf(w->folder, sizeof w->folder, "%.*smprcontents",
                 (int)(name - w->path), w->path) >= (int)sizeof w->folder)
        return nf_error_set(w->err, NF_INPUT, "write_failed",
                            "the path \"%s\" is too long", w->path);
    status = make_folder(w, w->folder);
    if (status)
        return status;
    snprintf(path, sizeof path, "%s/mprname", w->folder);
    return write_bytes(w, path, name, strlen(name));
}

static nf_status write_all(mpr_writer *w)
{
    nf_status status = create_tables(w);

    if (!status)
        status = run(w, "BEGIN");
    if (!status)
        status = write_metadata(w);
    if (!status && w->version == 2)
        status = prepare_folder(w);
    for (size_t i = 0; i < w->container->count && !status; i++)
        if (!w->container->units[i]->missing)
            status = write_unit(w, w->container->units[i]);
    return status ? status : run(w, "COMMIT");
}

nf_status nf_model_write_mpr(const nf_model *model, const char *path,
                             int version, nf_error *err)
{
    nf_error own = {0};
    mpr_writer w = {.container = nf_model_container(model),
                    .path = path,
                    .version = version,
                    .err = err ? err : &own};
    struct stat info;
    nf_status status;

    if (version != 1 && version != 2)
        return nf_error_set(err, NF_USAGE, "usage",
                            "there is no .mpr version %d, only 1 and 2",
                            version);
    if (stat(path, &info) == 0)
        return nf_error_set(err, NF_INPUT, "write_failed",
                            "\"%s\" exists already", path);
    if (sqlite3_open_v2(path, &w.db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                        NULL))
        status = w.db ? database_failed(&w) : nf_error_nomem(w.err);
    else
        status = write_all(&w);
    sqlite3_finalize(w.insert);
    sqlite3_close(w.db);
    if (status)
        unlink(path);
    return status;
}
