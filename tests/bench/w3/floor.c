/* The least that W3 costs with SQLite: objects are structs, statements are
 * prepared once, one transaction; no change log. */
#include "workload.h"

#include <sqlite3.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct item {
    int64_t id, code, cents, created;
    const char *status;
    char *name;
    int active;
} item;

static sqlite3 *database;

static void need(int ok)
{
    if (ok)
        return;
    fprintf(stderr, "W3 floor: %s\n",
            database ? sqlite3_errmsg(database) : "out of memory");
    exit(1);
}

static void execute(const char *sql)
{
    need(sqlite3_exec(database, sql, NULL, NULL, NULL) == SQLITE_OK);
}

static sqlite3_stmt *prepare(const char *sql)
{
    sqlite3_stmt *statement;

    need(sqlite3_prepare_v2(database, sql, -1, &statement, NULL) == SQLITE_OK);
    return statement;
}

static void open_database(const char *path)
{
    need(sqlite3_open(path, &database) == SQLITE_OK);
    execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
            "CREATE TABLE Item(id INTEGER PRIMARY KEY, Name TEXT, Code INTEGER,"
            " Price TEXT, Active INTEGER, Created INTEGER, Status TEXT);"
            "CREATE INDEX ItemStatus ON Item(Status)");
}

static item *create(void)
{
    static const char *const statuses[] = {"Open", "Closed", "Pending"};
    item *items = malloc(W3_OBJECTS * sizeof *items);

    need(items != NULL);
    for (int i = 0; i < W3_OBJECTS; i++) {
        char name[16];

        snprintf(name, sizeof name, "Item %06d",
                 (int)((int64_t)i * 7919 % W3_OBJECTS));
        items[i] = (item){.id = INT64_C(1) << 48 | i,
                          .name = strdup(name),
                          .code = i,
                          .cents = i % 10007,
                          .active = i % 2 == 0,
                          .created = INT64_C(1700000000000) + i * 1000,
                          .status = statuses[i % 3]};
        need(items[i].name != NULL);
    }
    return items;
}

static void change(item *items)
{
    for (int i = 0; i < W3_OBJECTS; i++) {
        items[i].code = (int64_t)i * 7919 % W3_OBJECTS;
        items[i].cents += 125;
    }
}

static void insert(sqlite3_stmt *statement, const item *object)
{
    char price[24];
    int length = snprintf(price, sizeof price, "%lld.%02lld",
                          (long long)object->cents / 100,
                          (long long)object->cents % 100);

    sqlite3_bind_int64(statement, 1, object->id);
    sqlite3_bind_text(statement, 2, object->name, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 3, object->code);
    sqlite3_bind_text(statement, 4, price, length, SQLITE_STATIC);
    sqlite3_bind_int(statement, 5, object->active);
    sqlite3_bind_int64(statement, 6, object->created);
    sqlite3_bind_text(statement, 7, object->status, -1, SQLITE_STATIC);
    need(sqlite3_step(statement) == SQLITE_DONE);
    sqlite3_reset(statement);
}

static void commit(const item *items)
{
    sqlite3_stmt *statement =
        prepare("INSERT INTO Item VALUES(?, ?, ?, ?, ?, ?, ?)");

    execute("BEGIN");
    for (int i = 0; i < W3_OBJECTS; i++)
        insert(statement, &items[i]);
    sqlite3_finalize(statement);
    execute("COMMIT");
}

static int64_t cents(const char *text)
{
    int64_t value = 0;

    for (; *text; text++)
        if (*text != '.')
            value = value * 10 + (*text - '0');
    return value;
}

static void read_row(item *object, sqlite3_stmt *statement)
{
    object->id = sqlite3_column_int64(statement, 0);
    object->name = strdup((const char *)sqlite3_column_text(statement, 1));
    object->code = sqlite3_column_int64(statement, 2);
    object->cents = cents((const char *)sqlite3_column_text(statement, 3));
    object->active = sqlite3_column_int(statement, 4);
    object->created = sqlite3_column_int64(statement, 5);
    object->status =
        strcmp((const char *)sqlite3_column_text(statement, 6), "Open") == 0
            ? "Open"
            : "";
}

/* All rows become objects before they are counted. */
static void retrieve(int *count, int64_t *sum)
{
    sqlite3_stmt *statement =
        prepare("SELECT id, Name, Code, Price, Active, Created, Status FROM "
                "Item WHERE Status = ? AND Code >= ? ORDER BY Name");
    item *rows = malloc(W3_OBJECTS * sizeof *rows);

    need(rows != NULL);
    *count = 0;
    *sum = 0;
    sqlite3_bind_text(statement, 1, "Open", -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 2, 50000);
    while (sqlite3_step(statement) == SQLITE_ROW)
        read_row(&rows[(*count)++], statement);
    sqlite3_finalize(statement);
    for (int i = 0; i < *count; i++)
        *sum += rows[i].cents;
}

int main(int argc, char **argv)
{
    double started;
    int64_t sum;
    item *items;
    int count;

    if (argc != 2) {
        fprintf(stderr, "usage: floor DATABASE\n");
        return 2;
    }
    open_database(argv[1]);
    started = w3_seconds();
    items = create();
    change(items);
    commit(items);
    retrieve(&count, &sum);
    w3_report("floor", w3_seconds() - started);
    sqlite3_close(database);
    if (count == W3_ROWS && sum == W3_CENTS)
        return 0;
    fprintf(stderr, "W3 floor: %d rows, %lld cents\n", count, (long long)sum);
    return 1;
}
