/* The temporary file is a database without a name: SQLite makes it when the
 * cache is full, readable by nobody else, and removes it at once. */
#include "database/sorter.h"

#include "base/memory.h"

#include <sqlite3.h>

struct nf_sorter {
    sqlite3 *handle;
    sqlite3_stmt *add, *next;
};

static const char schema[] = "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;"
                             "PRAGMA temp_store=FILE; PRAGMA cache_size=-2048;"
                             "CREATE TABLE line(key TEXT, id INTEGER, text "
                             "TEXT) STRICT; BEGIN";

static nf_status failed(nf_sorter *sorter, nf_error *err)
{
    if (sqlite3_errcode(sorter->handle) == SQLITE_NOMEM)
        return nf_error_nomem(err);
    return nf_error_set(err, NF_FAILED, "db_error",
                        "a temporary file can't be used: %s",
                        sqlite3_errmsg(sorter->handle));
}

nf_status nf_sorter_new(nf_sorter **out, nf_error *err)
{
    nf_sorter *sorter = nf_alloc(sizeof *sorter);
    nf_status status = NF_OK;

    *out = NULL;
    if (!sorter)
        return nf_error_nomem(err);
    if (sqlite3_open_v2("", &sorter->handle,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
                            SQLITE_OPEN_NOMUTEX,
                        NULL) != SQLITE_OK ||
        sqlite3_exec(sorter->handle, schema, NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(sorter->handle, "INSERT INTO line VALUES(?, ?, ?)",
                           -1, &sorter->add, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(sorter->handle,
                           "SELECT key, id, text FROM line ORDER BY key, id, "
                           "rowid",
                           -1, &sorter->next, NULL) != SQLITE_OK)
        status = sorter->handle ? failed(sorter, err) : nf_error_nomem(err);
    if (status == NF_OK)
        *out = sorter;
    else
        nf_sorter_free(sorter);
    return status;
}

void nf_sorter_free(nf_sorter *sorter)
{
    if (!sorter)
        return;
    sqlite3_finalize(sorter->add);
    sqlite3_finalize(sorter->next);
    sqlite3_close(sorter->handle);
    nf_free(sorter);
}

nf_status nf_sorter_add(nf_sorter *sorter, const char *key, int64_t id,
                        const char *text, size_t length, nf_error *err)
{
    int result;

    sqlite3_bind_text(sorter->add, 1, key, -1, SQLITE_STATIC);
    sqlite3_bind_int64(sorter->add, 2, id);
    sqlite3_bind_text64(sorter->add, 3, text, length, SQLITE_STATIC,
                        SQLITE_UTF8);
    result = sqlite3_step(sorter->add);
    sqlite3_reset(sorter->add);
    return result == SQLITE_DONE ? NF_OK : failed(sorter, err);
}

nf_status nf_sorter_next(nf_sorter *sorter, const char **key, int64_t *id,
                         const char **text, nf_error *err)
{
    int result = sqlite3_step(sorter->next);

    *key = *text = NULL;
    if (result == SQLITE_DONE)
        return NF_OK;
    if (result != SQLITE_ROW)
        return failed(sorter, err);
    *key = (const char *)sqlite3_column_text(sorter->next, 0);
    *id = sqlite3_column_int64(sorter->next, 1);
    *text = (const char *)sqlite3_column_text(sorter->next, 2);
    return *key && *text ? NF_OK : nf_error_nomem(err);
}
