/* Databases and unit files that would do harm. */
#include <sqlite3.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hostile.h"

/* ---- BSON by hand ----------------------------------------------------------
 */

typedef struct bytes {
    unsigned char *data;
    size_t length, capacity;
} bytes;

static void put(bytes *b, const void *from, size_t length)
{
    while (b->length + length > b->capacity) {
        b->capacity = b->capacity ? 2 * b->capacity : 4096;
        b->data = realloc(b->data, b->capacity);
        if (!b->data)
            hostile_give_up("memory");
    }
    memcpy(b->data + b->length, from, length);
    b->length += length;
}

static void put_int(bytes *b, uint32_t value)
{
    const unsigned char little[] = {
        (unsigned char)value, (unsigned char)(value >> 8),
        (unsigned char)(value >> 16), (unsigned char)(value >> 24)};

    put(b, little, sizeof little);
}

static void put_key(bytes *b, int type, const char *key)
{
    put(b, &(unsigned char){(unsigned char)type}, 1);
    put(b, key, strlen(key) + 1);
}

static void put_text(bytes *b, const char *key, const char *text)
{
    put_key(b, 2, key);
    put_int(b, (uint32_t)strlen(text) + 1);
    put(b, text, strlen(text) + 1);
}

static void set_length(bytes *b, size_t start)
{
    uint32_t length = (uint32_t)(b->length - start);

    for (size_t i = 0; i < 4; i++)
        b->data[start + i] = (unsigned char)(length >> (8 * i));
}

/* The beginning of a unit: length (not set), $ID, $Type and Name. */
static void begin(bytes *b, int id, const char *type, const char *name)
{
    unsigned char guid[16] = {0};

    guid[15] = (unsigned char)id;
    put_int(b, 0);
    put_key(b, 5, "$ID");
    put_int(b, 16);
    put(b, "\0", 1);
    put(b, guid, 16);
    put_text(b, "$Type", type);
    if (name)
        put_text(b, "Name", name);
}

static void end(bytes *b)
{
    put(b, "\0", 1);
    set_length(b, 0);
}

/* ---- databases --------------------------------------------------------------
 */

static const char TABLES[] =
    "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;"
    "CREATE TABLE _MetaData(_ProductVersion TEXT, _BuildVersion TEXT,"
    " _SchemaHash TEXT); INSERT INTO _MetaData VALUES('10.0.0','','');";
static const char UNIT[] =
    "CREATE TABLE Unit(UnitID BLOB, ContainerID BLOB, ContainmentName TEXT,"
    " TreeConflict LONG, ContentsHash TEXT, ContentsConflicts TEXT,"
    " Contents BLOB);";

static void sql(sqlite3 *db, const char *text)
{
    char *message = NULL;

    if (sqlite3_exec(db, text, NULL, NULL, &message)) {
        fprintf(stderr, "%s\n", message ? message : "sql");
        hostile_give_up("a database can't be made");
    }
}

static sqlite3 *create(const char *path, const char *unit)
{
    sqlite3 *db;

    if (sqlite3_open(path, &db))
        hostile_give_up(path);
    sql(db, TABLES);
    sql(db, unit);
    return db;
}

static void row(sqlite3 *db, int id, int container, const char *containment,
                const bytes *contents)
{
    unsigned char guid[16] = {0}, parent[16] = {0};
    sqlite3_stmt *statement;

    guid[15] = (unsigned char)id;
    parent[15] = (unsigned char)container;
    if (sqlite3_prepare_v2(db,
                           "INSERT INTO Unit(UnitID, ContainerID,"
                           " ContainmentName, TreeConflict, ContentsHash,"
                           " ContentsConflicts, Contents)"
                           " VALUES(?, ?, ?, 0, '', '', ?)",
                           -1, &statement, NULL))
        hostile_give_up(sqlite3_errmsg(db));
    sqlite3_bind_blob(statement, 1, guid, 16, SQLITE_STATIC);
    sqlite3_bind_blob(statement, 2, parent, 16, SQLITE_STATIC);
    sqlite3_bind_text(statement, 3, containment, -1, SQLITE_STATIC);
    sqlite3_bind_blob(statement, 4, contents->data, (int)contents->length,
                      SQLITE_STATIC);
    if (sqlite3_step(statement) != SQLITE_DONE)
        hostile_give_up(sqlite3_errmsg(db));
    sqlite3_finalize(statement);
}

static void unit(sqlite3 *db, int id, int container, const char *containment,
                 const char *type, const char *name)
{
    bytes b = {0};

    begin(&b, id, type, name);
    end(&b);
    row(db, id, container, containment, &b);
    free(b.data);
}

/* A project and a module M. */
static void skeleton(sqlite3 *db)
{
    unit(db, 1, 1, "", "Projects$Project", NULL);
    unit(db, 2, 1, "Modules", "Projects$ModuleImpl", "M");
}

static sqlite3 *small_app(const char *path)
{
    sqlite3 *db = create(path, UNIT);

    skeleton(db);
    return db;
}

/* The nanoflow M.N with contents that are already there. */
static void app_with(const char *path, bytes *contents)
{
    sqlite3 *db = small_app(path);

    row(db, 3, 2, "Documents", contents);
    sqlite3_close(db);
    free(contents->data);
}

static void no_model(const char *path)
{
    sqlite3 *db;

    if (sqlite3_open(path, &db))
        hostile_give_up(path);
    sql(db, "CREATE TABLE t(a)");
    sqlite3_close(db);
}

static void endless_view(const char *path)
{
    sqlite3 *db = create(path, "CREATE VIEW Unit AS WITH RECURSIVE c(n) AS"
                               " (SELECT 1 UNION ALL SELECT n + 1 FROM c)"
                               " SELECT n AS UnitID FROM c");

    sqlite3_close(db);
}

static void virtual_table(const char *path)
{
    sqlite3 *db = create(path, "CREATE VIRTUAL TABLE Unit USING fts5(UnitID)");

    sqlite3_close(db);
}

/* Each row computes for hours when it is read. */
static void computed_column(const char *path)
{
    sqlite3 *db = small_app(path);

    sql(db, "PRAGMA writable_schema=ON; UPDATE sqlite_master SET sql = "
            "'CREATE TABLE Unit(UnitID BLOB, ContainerID BLOB, x TEXT,"
            " TreeConflict LONG, ContentsHash TEXT, ContentsConflicts TEXT,"
            " Contents BLOB, ContainmentName AS (instr(zeroblob(60000000),"
            " zeroblob(30000000) || ''x'')))' WHERE name = 'Unit'");
    sqlite3_close(db);
}

/* SQLite reads the whole schema before it answers anything. */
static void many_tables(const char *path)
{
    sqlite3 *db = small_app(path);

    sql(db, "PRAGMA writable_schema=ON; BEGIN; WITH RECURSIVE c(n) AS (SELECT 1"
            " UNION ALL SELECT n + 1 FROM c LIMIT 200000) INSERT INTO"
            " sqlite_master SELECT 'table', 't' || n, 't' || n, 2,"
            " 'CREATE TABLE t' || n || '(a INTEGER)' FROM c; COMMIT");
    sqlite3_close(db);
}

static void million_units(const char *path)
{
    sqlite3 *db = small_app(path);

    sql(db, "BEGIN; WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1"
            " FROM c LIMIT 1000000) INSERT INTO Unit SELECT randomblob(16),"
            " (SELECT UnitID FROM Unit LIMIT 1 OFFSET 1), 'Documents', 0, '',"
            " '', (SELECT Contents FROM Unit LIMIT 1) FROM c; COMMIT");
    sqlite3_close(db);
}

static void large_row(const char *path)
{
    sqlite3 *db = small_app(path);
    bytes b = {0};

    begin(&b, 3, "Microflows$Nanoflow", "N");
    put_key(&b, 5, "Image");
    put_int(&b, 80 << 20);
    put(&b, "\0", 1);
    for (int i = 0; i < 80; i++) {
        static const unsigned char block[1 << 20];

        put(&b, block, sizeof block);
    }
    end(&b);
    row(db, 3, 2, "Documents", &b);
    sqlite3_close(db);
    free(b.data);
}

static void cyclic(const char *path)
{
    sqlite3 *db = small_app(path);

    unit(db, 4, 5, "Folders", "Projects$Folder", "A");
    unit(db, 5, 4, "Folders", "Projects$Folder", "B");
    sqlite3_close(db);
}

static void duplicate_ids(const char *path)
{
    sqlite3 *db = small_app(path);

    unit(db, 2, 1, "Modules", "Projects$ModuleImpl", "O");
    sqlite3_close(db);
}

static void duplicate_modules(const char *path)
{
    sqlite3 *db = small_app(path);

    unit(db, 4, 1, "Modules", "Projects$ModuleImpl", "M");
    sqlite3_close(db);
}

static void two_projects(const char *path)
{
    sqlite3 *db = small_app(path);

    unit(db, 4, 4, "", "Projects$Project", NULL);
    sqlite3_close(db);
}

static void no_project(const char *path)
{
    sqlite3 *db = create(path, UNIT);

    unit(db, 2, 1, "Modules", "Projects$ModuleImpl", "M");
    sqlite3_close(db);
}

/* ---- unit contents ----------------------------------------------------------
 */

static void deep(const char *path)
{
    bytes b = {0};
    enum { DEPTH = 100000 };

    begin(&b, 3, "Microflows$Nanoflow", "N");
    for (uint32_t i = 0; i < DEPTH; i++) { /* 8 bytes each, 1 at its end */
        put_key(&b, 3, "a");
        put_int(&b, 5 + (DEPTH - 1 - i) * 8);
    }
    for (int i = 0; i < DEPTH; i++)
        put(&b, "\0", 1);
    end(&b);
    app_with(path, &b);
}

static void wrong_length(const char *path)
{
    bytes b = {0};

    begin(&b, 3, "Microflows$Nanoflow", "N");
    end(&b);
    b.data[0] += 100;
    app_with(path, &b);
}

static void wrong_inner_length(const char *path)
{
    bytes b = {0};

    begin(&b, 3, "Microflows$Nanoflow", "N");
    put_key(&b, 2, "Text");
    put_int(&b, 0x7fffffff);
    put(&b, "x", 2);
    end(&b);
    app_with(path, &b);
}

static void bad_utf8_name(const char *path)
{
    bytes b = {0};

    begin(&b, 3, "Microflows$Nanoflow", "N\xff");
    end(&b);
    app_with(path, &b);
}

static void bad_utf8_text(const char *path)
{
    bytes b = {0};

    begin(&b, 3, "Microflows$Nanoflow", "N");
    put_text(&b, "Documentation", "\xed\xa0\x80");
    end(&b);
    app_with(path, &b);
}

/* Few bytes that become a large tree. */
static void many_lists(const char *path)
{
    bytes b = {0};
    size_t start;

    begin(&b, 3, "Microflows$Nanoflow", "N");
    put_key(&b, 4, "Flows");
    start = b.length;
    put_int(&b, 0);
    for (int i = 0; i < 6000000; i++) {
        put_key(&b, 4, "0");
        put_int(&b, 5);
        put(&b, "\0", 1);
    }
    put(&b, "\0", 1);
    set_length(&b, start);
    end(&b);
    app_with(path, &b);
}

/* ---- version 2 --------------------------------------------------------------
 */

static void write_unit(const char *folder, int id, const bytes *b,
                       long long size)
{
    char path[512];
    FILE *file;

    snprintf(path, sizeof path, "%s/mprcontents", folder);
    mkdir(path, 0700);
    strcat(path, "/00");
    mkdir(path, 0700);
    strcat(path, "/00");
    mkdir(path, 0700);
    snprintf(path + strlen(path), 64,
             "/00000000-0000-0000-0000-0000000000%02x.mxunit", id);
    file = hostile_create(path);
    if (fwrite(b->data, 1, b->length, file) != b->length ||
        (size && ftruncate(fileno(file), size)))
        hostile_give_up(path);
    hostile_close(file);
}

/* A unit file of 500 MB: a document of that length with an image in it. */
static void large_file(const char *path)
{
    const uint32_t size = 500 << 20;
    char folder[256];
    bytes project = {0}, module = {0}, flow = {0};
    sqlite3 *db = small_app(path);

    row(db, 3, 2, "Documents", &project);
    sql(db, "ALTER TABLE Unit DROP COLUMN Contents");
    sqlite3_close(db);
    snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(path, '/') - path),
             path);
    begin(&project, 1, "Projects$Project", NULL);
    end(&project);
    write_unit(folder, 1, &project, 0);
    begin(&module, 2, "Projects$ModuleImpl", "M");
    end(&module);
    write_unit(folder, 2, &module, 0);
    begin(&flow, 3, "Microflows$Nanoflow", "N");
    put_key(&flow, 5, "Image");
    put_int(&flow, size - (uint32_t)flow.length - 6);
    flow.data[0] = (unsigned char)size;
    flow.data[1] = (unsigned char)(size >> 8);
    flow.data[2] = (unsigned char)(size >> 16);
    flow.data[3] = (unsigned char)(size >> 24);
    write_unit(folder, 3, &flow, size);
    free(project.data);
    free(module.data);
    free(flow.data);
}

static void two_models(const char *path)
{
    char name[256];

    if (mkdir(path, 0700))
        hostile_give_up(path);
    snprintf(name, sizeof name, "%s/a.mpr", path);
    no_model(name);
    snprintf(name, sizeof name, "%s/b.mpr", path);
    no_model(name);
}

static void empty_folder(const char *path)
{
    if (mkdir(path, 0700))
        hostile_give_up(path);
}

const hostile_case hostile_mpr[] = {
    {"mpr of something else", ".mpr", no_model, "no Mendix model", false},
    {"mpr endless view", ".mpr", endless_view, "no Mendix model", false},
    {"mpr virtual table", ".mpr", virtual_table, "", false},
    {"mpr computed column", ".mpr", computed_column, "", false},
    {"mpr many tables", ".mpr", many_tables, "", false},
    {"mpr million units", ".mpr", million_units, "more than 200000", false},
    {"mpr large row", ".mpr", large_row, "", true},
    {"mpr cyclic containers", ".mpr", cyclic, "in a circle", false},
    {"mpr duplicate ids", ".mpr", duplicate_ids, "given twice", false},
    {"mpr duplicate modules", ".mpr", duplicate_modules, "two modules", false},
    {"mpr two projects", ".mpr", two_projects, "more than one project", false},
    {"mpr no project", ".mpr", no_project, "no project", false},
    {"bson deep", ".mpr", deep, "too deeply", true},
    {"bson wrong length", ".mpr", wrong_length, "damaged", true},
    {"bson wrong inner length", ".mpr", wrong_inner_length, "damaged", true},
    {"bson bad utf-8 name", ".mpr", bad_utf8_name, "UTF-8", false},
    {"bson bad utf-8 text", ".mpr", bad_utf8_text, "UTF-8", true},
    {"bson million lists", ".mpr", many_lists, "", true},
    {"mpr2 unit of 500 MB", ".mpr", large_file, "", true},
    {"folder of two models", "", two_models, "several models", false},
    {"folder without a model", "", empty_folder, "holds no model", false},
    {0}};
