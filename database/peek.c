/* A look into a file without opening it as an app's database: for what an
 * earlier version of the app left in it. */
#include "base/memory.h"
#include "database/database.h"

#include <sqlite3.h>

static char *read_text(sqlite3 *handle, const char *key)
{
    static const char sql[] = "SELECT value FROM _mx_meta WHERE key = ?";
    sqlite3_stmt *statement = NULL;
    char *text = NULL;

    if (sqlite3_prepare_v2(handle, sql, -1, &statement, NULL) != SQLITE_OK)
        return NULL;
    sqlite3_bind_text(statement, 1, key, -1, SQLITE_STATIC);
    if (sqlite3_step(statement) == SQLITE_ROW) {
        const void *bytes = sqlite3_column_blob(statement, 0);
        int size = sqlite3_column_bytes(statement, 0);

        text = nf_strndup(bytes ? bytes : "", (size_t)size);
    }
    sqlite3_finalize(statement);
    return text;
}

nf_status nf_database_peek_meta(char **out, const char *path, const char *key,
                                nf_error *err)
{
    sqlite3 *handle = NULL;
    int code = sqlite3_open_v2(path, &handle, SQLITE_OPEN_READWRITE, NULL);

    *out = NULL;
    if (code == SQLITE_NOMEM) {
        sqlite3_close(handle);
        return nf_error_nomem(err);
    }
    if (code == SQLITE_OK)
        *out = read_text(handle, key);
    sqlite3_close(handle);
    return NF_OK;
}
