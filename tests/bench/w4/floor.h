/* What the two sides of the floor of W4 and W5 share: rows as BSON documents,
 * one after the other. */
#ifndef W4_FLOOR_H
#define W4_FLOOR_H

#include "workload.h"

#include <bson/bson.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define FLOOR_COLUMNS                                                          \
    "id, Name, Code, Price, Active, Created, Status, Description, Owner"
#define FLOOR_UPSERT                                                           \
    "INSERT INTO Item(" FLOOR_COLUMNS ") VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?) "   \
    "ON CONFLICT(id) DO UPDATE SET Name = excluded.Name, Code = "              \
    "excluded.Code, Price = excluded.Price, Active = excluded.Active, "        \
    "Created = excluded.Created, Status = excluded.Status, Description = "     \
    "excluded.Description, Owner = excluded.Owner"

static inline void floor_need(int ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "the floor of W4: %s\n", what);
    exit(1);
}

static inline void floor_execute(sqlite3 *db, const char *sql)
{
    floor_need(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK,
               sqlite3_errmsg(db));
}

static inline sqlite3_stmt *floor_prepare(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *statement = NULL;

    floor_need(sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK,
               sqlite3_errmsg(db));
    return statement;
}

/* A fresh database with the table and its index. */
static inline sqlite3 *floor_open(const char *path, const char *synchronous)
{
    char text[600];
    sqlite3 *db = NULL;

    floor_need(sqlite3_open(path, &db) == SQLITE_OK, "can't open a database");
    snprintf(text, sizeof text,
             "PRAGMA journal_mode = WAL; PRAGMA synchronous = %s;"
             "CREATE TABLE IF NOT EXISTS Item(id INTEGER PRIMARY KEY, Name "
             "TEXT, Code INTEGER, Price TEXT, Active INTEGER, Created INTEGER, "
             "Status TEXT, Description TEXT, Owner INTEGER, changed INTEGER "
             "DEFAULT 0); CREATE INDEX IF NOT EXISTS ItemStatus ON "
             "Item(Status)",
             synchronous);
    floor_execute(db, text);
    return db;
}

/* The present row of "SELECT " FLOOR_COLUMNS as a document. */
static inline void floor_write(bson_t *document, sqlite3_stmt *row)
{
    static const char *const keys[] = {"_id",    "Name",        "Code",
                                       "Price",  "Active",      "Created",
                                       "Status", "Description", "Owner"};

    for (int c = 0; c < 9; c++) {
        if (c == 0 || c == 2 || c == 8)
            bson_append_int64(document, keys[c], -1,
                              sqlite3_column_int64(row, c));
        else if (c == 4)
            bson_append_bool(document, keys[c], -1, sqlite3_column_int(row, c));
        else if (c == 5)
            bson_append_date_time(document, keys[c], -1,
                                  sqlite3_column_int64(row, c));
        else
            bson_append_utf8(document, keys[c], -1,
                             (const char *)sqlite3_column_text(row, c),
                             sqlite3_column_bytes(row, c));
    }
}

/* Documents that arrive in pieces become rows. */
typedef struct floor_sink {
    sqlite3 *db;
    sqlite3_stmt *upsert;
    uint8_t *bytes;
    size_t length, capacity;
    long count;
} floor_sink;

static inline void floor_store(floor_sink *sink, const uint8_t *bytes,
                               uint32_t length)
{
    bson_t document;
    bson_iter_t iter;
    int column = 1;

    floor_need(bson_init_static(&document, bytes, length) &&
                   bson_iter_init(&iter, &document),
               "bad bytes");
    while (bson_iter_next(&iter)) {
        uint32_t size = 0;
        const char *text;

        if (BSON_ITER_HOLDS_UTF8(&iter)) {
            text = bson_iter_utf8(&iter, &size);
            floor_need(bson_utf8_validate(text, size, false), "bad text");
            sqlite3_bind_text(sink->upsert, column++, text, (int)size,
                              SQLITE_STATIC);
        } else if (BSON_ITER_HOLDS_DATE_TIME(&iter)) {
            sqlite3_bind_int64(sink->upsert, column++,
                               bson_iter_date_time(&iter));
        } else {
            sqlite3_bind_int64(sink->upsert, column++,
                               bson_iter_as_int64(&iter));
        }
    }
    floor_need(sqlite3_step(sink->upsert) == SQLITE_DONE,
               sqlite3_errmsg(sink->db));
    sqlite3_reset(sink->upsert);
    sink->count++;
}

static inline void floor_feed(floor_sink *sink, const void *bytes, size_t size)
{
    size_t at = 0;

    if (sink->length + size > sink->capacity) {
        sink->capacity = 2 * (sink->length + size);
        sink->bytes = realloc(sink->bytes, sink->capacity);
        floor_need(sink->bytes != NULL, "out of memory");
    }
    memcpy(sink->bytes + sink->length, bytes, size);
    sink->length += size;
    while (sink->length - at >= 4) {
        uint32_t length;

        memcpy(&length, sink->bytes + at, sizeof length);
        floor_need(length >= 5, "bad bytes");
        if (sink->length - at < length)
            break;
        floor_store(sink, sink->bytes + at, length);
        at += length;
    }
    memmove(sink->bytes, sink->bytes + at, sink->length - at);
    sink->length -= at;
}

#endif
