/* One SQLite transaction per object: its row and the row of its change. */
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static sqlite3 *database;

static void need(int ok)
{
    if (ok)
        return;
    fprintf(stderr, "COMMIT floor: %s\n",
            database ? sqlite3_errmsg(database) : "no database");
    exit(1);
}

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static sqlite3_stmt *prepare(const char *sql)
{
    sqlite3_stmt *statement;

    need(sqlite3_prepare_v2(database, sql, -1, &statement, NULL) == SQLITE_OK);
    return statement;
}

static void run(sqlite3_stmt *statement)
{
    need(sqlite3_step(statement) == SQLITE_DONE);
    sqlite3_reset(statement);
}

static void commit(sqlite3_stmt *const *statements, int number)
{
    static const unsigned char mid[16] = {1, 2, 3};
    int64_t id = INT64_C(1) << 48 | number;
    char name[32];

    snprintf(name, sizeof name, "Item %d", number);
    run(statements[0]);
    sqlite3_bind_int64(statements[1], 1, id);
    sqlite3_bind_text(statements[1], 2, name, -1, SQLITE_STATIC);
    sqlite3_bind_int(statements[1], 3, number);
    run(statements[1]);
    sqlite3_bind_int64(statements[2], 1, id);
    sqlite3_bind_blob(statements[2], 2, mid, sizeof mid, SQLITE_STATIC);
    sqlite3_bind_int(statements[2], 3, number);
    run(statements[2]);
    run(statements[3]);
}

int main(int argc, char **argv)
{
    int count = argc > 2 ? atoi(argv[2]) : 0;
    sqlite3_stmt *statements[4];
    double started;

    if (count <= 0) {
        fprintf(stderr, "usage: floor DATABASE COUNT\n");
        return 2;
    }
    need(sqlite3_open(argv[1], &database) == SQLITE_OK);
    need(sqlite3_exec(database,
                      "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
                      "CREATE TABLE Item(id INTEGER PRIMARY KEY, Name TEXT, "
                      "Code INTEGER, Active INTEGER);"
                      "CREATE TABLE Change(id INTEGER PRIMARY KEY, entity "
                      "INTEGER, kind INTEGER, mid BLOB, number INTEGER)",
                      NULL, NULL, NULL) == SQLITE_OK);
    statements[0] = prepare("BEGIN IMMEDIATE");
    statements[1] = prepare("INSERT INTO Item VALUES(?, ?, ?, 0)");
    statements[2] = prepare("INSERT INTO Change VALUES(?, 1, 1, ?, ?)");
    statements[3] = prepare("COMMIT");
    started = seconds();
    for (int i = 0; i < count; i++)
        commit(statements, i);
    started = seconds() - started;
    printf("COMMIT sqlite %d %.4f %.0f\n", count, started, count / started);
    for (int i = 0; i < 4; i++)
        sqlite3_finalize(statements[i]);
    sqlite3_close(database);
    return 0;
}
