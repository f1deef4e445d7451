/* The least that reading an app costs: the index of units in the .mpr, every
 * unit file beside it whole, and in each
 *   keys: the top-level keys ($Type, Name)
 *   all:  every element, to the last
 * with libbson. Prints how many nanoflows it met.
 *   bench_w6_floor FILE.mpr keys|all */
#include <bson/bson.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 4096, UNIT_SIZE = 64, ID_SIZE = 16 };

typedef struct reader {
    char folder[PATH_SIZE - UNIT_SIZE];
    bool all;
    uint8_t *bytes;
    size_t capacity;
    long units, elements, nanoflows;
} reader;

static void need(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "bench_w6_floor: %s\n", what);
    exit(1);
}

/* Where the contents of a unit are; guids are stored with their first three
 * groups in little-endian order. */
static void unit_path(const reader *r, const uint8_t *id, char path[PATH_SIZE])
{
    snprintf(path, PATH_SIZE,
             "%s/%02x/%02x/%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
             "%02x%02x%02x%02x%02x%02x.mxunit",
             r->folder, id[3], id[2], id[3], id[2], id[1], id[0], id[5], id[4],
             id[7], id[6], id[8], id[9], id[10], id[11], id[12], id[13], id[14],
             id[15]);
}

static size_t read_file(reader *r, const char *path)
{
    int file = open(path, O_RDONLY);
    struct stat info;
    size_t size;

    need(file >= 0 && fstat(file, &info) == 0, "a unit can't be opened");
    size = (size_t)info.st_size;
    if (size > r->capacity) {
        free(r->bytes);
        r->capacity = 2 * size;
        r->bytes = malloc(r->capacity);
        need(r->bytes != NULL, "no memory");
    }
    need(read(file, r->bytes, size) == (ssize_t)size, "a unit can't be read");
    close(file);
    return size;
}

static void walk(reader *r, bson_iter_t *iter)
{
    bson_iter_t part;

    while (bson_iter_next(iter)) {
        r->elements++;
        if ((BSON_ITER_HOLDS_DOCUMENT(iter) || BSON_ITER_HOLDS_ARRAY(iter)) &&
            bson_iter_recurse(iter, &part))
            walk(r, &part);
    }
}

static void look(reader *r, size_t size)
{
    bool nanoflow = false, named = false;
    bson_iter_t iter;
    bson_t document;

    need(bson_init_static(&document, r->bytes, size) &&
             bson_iter_init(&iter, &document),
         "a unit is damaged");
    if (r->all) {
        bson_iter_t whole = iter;

        walk(r, &whole);
    }
    while (bson_iter_next(&iter)) {
        if (strcmp(bson_iter_key(&iter), "$Type") == 0)
            nanoflow = strcmp(bson_iter_utf8(&iter, NULL),
                              "Microflows$Nanoflow") == 0;
        else if (strcmp(bson_iter_key(&iter), "Name") == 0)
            named = BSON_ITER_HOLDS_UTF8(&iter);
    }
    r->nanoflows += nanoflow && named;
}

int main(int argc, char **argv)
{
    char path[PATH_SIZE];
    reader r = {.units = 0};
    sqlite3_stmt *ids;
    sqlite3 *db;
    char *slash;

    need(argc == 3 && strchr(argv[1], '/'),
         "use: bench_w6_floor FOLDER/FILE.mpr keys|all");
    r.all = strcmp(argv[2], "all") == 0;
    snprintf(r.folder, sizeof r.folder - sizeof "/mprcontents", "%s", argv[1]);
    slash = strrchr(r.folder, '/');
    strcpy(slash, "/mprcontents");
    need(sqlite3_open_v2(argv[1], &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK,
         "the file can't be opened");
    need(sqlite3_prepare_v2(db, "SELECT UnitID FROM Unit", -1, &ids, NULL) ==
             SQLITE_OK,
         "the file is no model");
    while (sqlite3_step(ids) == SQLITE_ROW) {
        need(sqlite3_column_bytes(ids, 0) == ID_SIZE, "an id is damaged");
        unit_path(&r, sqlite3_column_blob(ids, 0), path);
        look(&r, read_file(&r, path));
        r.units++;
    }
    sqlite3_finalize(ids);
    sqlite3_close(db);
    printf("%ld units, %ld elements, %ld nanoflows\n", r.units, r.elements,
           r.nanoflows);
    free(r.bytes);
    return 0;
}
