/* .mpr files of both format versions (model-format 1.1, 1.2, MF-X17): keys in
 * the order of MF-E5, hashes (MF-C8), one row per unit. Everything is written
 * beside its place first and moved there at the end (writer_mpr_folder.c). */
#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "models/bson.h"
#include "models/writer_mpr.h"
#include "base/crypto.h"
#include "base/digest.h"

enum { HASH_SIZE = 2 * NF_DIGEST_SIZE };

typedef struct mpr_writer {
    const nf_container *container;
    nf_mpr_place place;
    nf_write_head head;
    sqlite3 *db;
    sqlite3_stmt *insert;
    nf_buffer bytes; /* of the unit being written */
    nf_error *err;
} mpr_writer;

static nf_status database_failed(const mpr_writer *w)
{
    return nf_error_set(w->err, NF_INPUT, "write_failed",
                        "\"%s\" can't be written: %s", w->place.path,
                        sqlite3_errmsg(w->db));
}

static nf_status run(const mpr_writer *w, const char *sql)
{
    return sqlite3_exec(w->db, sql, NULL, NULL, NULL) ? database_failed(w)
                                                      : NF_OK;
}

static nf_status create_tables(mpr_writer *w)
{
    bool first = w->head.version == 1;
    nf_status status = run(
        w, first ? "CREATE TABLE _MetaData(_ProductVersion TEXT, _BuildVersion "
                   "TEXT, _SchemaHash TEXT);"
                   "CREATE TABLE Unit(UnitID BLOB PRIMARY KEY NOT NULL,"
                   " ContainerID BLOB, ContainmentName TEXT, TreeConflict LONG,"
                   " ContentsHash TEXT, ContentsConflicts TEXT, Contents BLOB)"
                 : "CREATE TABLE _MetaData(_FormatVersion INTEGER,"
                   " _ProductVersion TEXT, _BuildVersion TEXT, _SchemaHash "
                   "TEXT);"
                   "CREATE TABLE _Transaction(LastTransactionID TEXT);"
                   "CREATE TABLE Unit(UnitID BLOB PRIMARY KEY NOT NULL,"
                   " ContainerID BLOB, ContainmentName TEXT, TreeConflict LONG,"
                   " ContentsHash TEXT, ContentsConflicts TEXT)");

    if (!status && sqlite3_prepare_v2(
                       w->db,
                       first ? "INSERT INTO Unit VALUES(?, ?, ?, 0, ?, '', ?)"
                             : "INSERT INTO Unit VALUES(?, ?, ?, 0, ?, '')",
                       -1, &w->insert, NULL))
        status = database_failed(w);
    return status;
}

/* One row of texts, bound in order. */
static nf_status insert_row(const mpr_writer *w, const char *sql,
                            const char *const *texts, int count)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(w->db, sql, -1, &statement, NULL);

    for (int i = 0; i < count && !code; i++)
        code = sqlite3_bind_text(statement, i + 1, texts[i], -1, SQLITE_STATIC);
    if (!code)
        code =
            sqlite3_step(statement) == SQLITE_DONE ? SQLITE_OK : SQLITE_ERROR;
    sqlite3_finalize(statement);
    return code ? database_failed(w) : NF_OK;
}

static nf_status write_metadata(const mpr_writer *w)
{
    const nf_write_head *h = &w->head;
    const char *const texts[] = {h->mendix, h->build, h->schema_hash};
    nf_status status =
        insert_row(w,
                   h->version == 1 ? "INSERT INTO _MetaData VALUES(?, ?, ?)"
                                   : "INSERT INTO _MetaData VALUES(2, ?, ?, ?)",
                   texts, 3);

    if (status || h->version == 1)
        return status;
    return insert_row(w, "INSERT INTO _Transaction VALUES(?)", &h->transaction,
                      1);
}

static nf_status insert_unit(const mpr_writer *w, const nf_unit *unit)
{
    unsigned char digest[NF_DIGEST_SIZE], hash[HASH_SIZE];
    int code;

    if (!nf_digest(digest, w->bytes.data, w->bytes.length))
        return nf_error_nomem(w->err);
    nf_crypto()->EVP_EncodeBlock(hash, digest, sizeof digest);
    sqlite3_reset(w->insert);
    code = sqlite3_bind_blob(w->insert, 1, unit->id.bytes, 16, SQLITE_STATIC);
    if (!code)
        code = sqlite3_bind_blob(w->insert, 2, unit->container_id.bytes, 16,
                                 SQLITE_STATIC);
    if (!code)
        code = sqlite3_bind_text(w->insert, 3, unit->containment, -1,
                                 SQLITE_STATIC);
    if (!code)
        code = sqlite3_bind_text(w->insert, 4, (const char *)hash, -1,
                                 SQLITE_TRANSIENT);
    if (!code && w->head.version == 1)
        code = sqlite3_bind_blob64(w->insert, 5, w->bytes.data, w->bytes.length,
                                   SQLITE_STATIC);
    if (!code)
        code =
            sqlite3_step(w->insert) == SQLITE_DONE ? SQLITE_OK : SQLITE_ERROR;
    sqlite3_reset(w->insert);
    return code ? database_failed(w) : NF_OK;
}

static nf_status write_unit(mpr_writer *w, const nf_unit *unit)
{
    const nf_element *element = nf_unit_element(w->container, unit, w->err);
    nf_status status;

    if (!element)
        return w->err->status;
    if (!*element->type)
        return nf_write_no_type(unit, w->err);
    nf_buffer_clear(&w->bytes);
    nf_bson_encode(&w->bytes, element);
    if (w->bytes.failed)
        return nf_error_nomem(w->err);
    status = insert_unit(w, unit);
    if (!status && w->head.version == 2)
        status = nf_mpr_place_unit(&w->place, &unit->id, &w->bytes, w->err);
    return status;
}

static int compare_ids(const void *a, const void *b)
{
    const nf_unit *x = *(const nf_unit *const *)a;
    const nf_unit *y = *(const nf_unit *const *)b;

    return memcmp(x->id.bytes, y->id.bytes, sizeof x->id.bytes);
}

/* In the order of their ids, so that the same app gives the same file. */
static nf_status write_units(mpr_writer *w)
{
    const nf_container *c = w->container;
    const nf_unit **sorted = nf_alloc_array(c->count, sizeof *sorted);
    nf_status status = NF_OK;

    if (!sorted)
        return nf_error_nomem(w->err);
    for (size_t i = 0; i < c->count; i++)
        sorted[i] = c->units[i];
    qsort(sorted, c->count, sizeof *sorted, compare_ids);
    nf_buffer_init(&w->bytes, NF_BUFFER_MAX);
    for (size_t i = 0; i < c->count && !status; i++)
        if (!sorted[i]->missing)
            status = write_unit(w, sorted[i]);
    nf_buffer_dispose(&w->bytes);
    nf_free(sorted);
    return status;
}

static nf_status write_database(mpr_writer *w)
{
    nf_status status = NF_OK;

    if (sqlite3_open_v2(w->place.new_path, &w->db,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL))
        status = w->db ? database_failed(w) : nf_error_nomem(w->err);
    if (!status)
        status = create_tables(w);
    if (!status)
        status = run(w, "BEGIN");
    if (!status)
        status = write_metadata(w);
    if (!status)
        status = write_units(w);
    if (!status)
        status = run(w, "COMMIT");
    sqlite3_finalize(w->insert);
    sqlite3_close(w->db);
    return status;
}

nf_status nf_model_write_mpr(const nf_model *model, const char *path,
                             int version, nf_error *err)
{
    nf_error own = {0};
    mpr_writer w = {.container = nf_model_container(model),
                    .err = err ? err : &own};
    nf_status status;

    if (version < 0 || version > 2)
        return nf_error_set(err, NF_USAGE, "usage",
                            "there is no .mpr version %d, only 1 and 2",
                            version);
    nf_write_head_of(&w.head, w.container, version);
    status = nf_mpr_place_begin(&w.place, path, w.head.version, w.err);
    if (!status)
        status = write_database(&w);
    return nf_mpr_place_end(&w.place, status, w.err);
}
