/* Packages that would do harm; the unit tests of models/ have more of them. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "hostile.h"

static zip_t *create(const char *path)
{
    int code;
    zip_t *zip = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &code);

    if (!zip)
        hostile_give_up(path);
    return zip;
}

static void add(zip_t *zip, const char *name, const void *bytes, size_t length)
{
    if (zip_file_add(zip, name, zip_source_buffer(zip, bytes, length, 0), 0) <
        0)
        hostile_give_up(name);
}

static void finish(zip_t *zip)
{
    if (zip_close(zip))
        hostile_give_up(zip_strerror(zip));
}

static void bomb(const char *path)
{
    size_t size = 1 << 30;
    unsigned char *zeros = calloc(1, size);
    zip_t *zip = create(path);

    if (!zeros)
        hostile_give_up("memory");
    add(zip, "app.mpr", zeros, size);
    zip_set_file_compression(zip, 0, ZIP_CM_DEFLATE,
                             1); /* as small, but soon */
    finish(zip);
    free(zeros);
}

static void leads_out(const char *path)
{
    zip_t *zip = create(path);

    add(zip, "../../app.mpr", "x", 1);
    finish(zip);
}

static void many_files(const char *path)
{
    zip_t *zip = create(path);
    char name[32];

    for (int i = 0; i < 60000; i++) {
        snprintf(name, sizeof name, "f/%d", i);
        add(zip, name, "x", 1);
        zip_set_file_compression(zip, (zip_uint64_t)i, ZIP_CM_STORE, 0);
    }
    finish(zip);
}

/* The list of files claims nearly 4 GiB. */
static void long_list(const char *path)
{
    unsigned char bytes[26] = {'P', 'K', 3, 4, 'P', 'K', 5, 6};
    FILE *file = hostile_create(path);

    memset(bytes + 12, 0xff, 8);
    if (fwrite(bytes, 1, sizeof bytes, file) != sizeof bytes)
        hostile_give_up(path);
    hostile_close(file);
}

static void database_of_zeros(const char *path)
{
    size_t size = 90 << 20;
    unsigned char *bytes = calloc(1, size);
    zip_t *zip = create(path);

    if (!bytes)
        hostile_give_up("memory");
    memcpy(bytes, "SQLite format 3", 16);
    add(zip, "app.mpr", bytes, size);
    zip_set_file_compression(zip, 0, ZIP_CM_STORE, 0);
    finish(zip);
    free(bytes);
}

const hostile_case hostile_mpk[] = {
    {"mpk bomb", ".mpk", bomb, "more than 96 MiB", false},
    {"mpk leads out", ".mpk", leads_out, "leads out", false},
    {"mpk many files", ".mpk", many_files, "neither package.xml", false},
    {"mpk long list", ".mpk", long_list, "too long", false},
    {"mpk database of zeros", ".mpk", database_of_zeros, "damaged", false},
    {0}};
