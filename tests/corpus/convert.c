/* `convert` loses nothing (model-format MF-X14, MF-X17): app -> XML -> .mpr ->
 * XML gives the same XML, and the .mpr the same rows and the same bytes of
 * every unit as the app has, read here with sqlite3 alone. Through JSON comes
 * the same XML, and from that the same JSON. */
#include "corpus/corpus.h"

#include <libxml/parser.h>
#include <libxml/relaxng.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct bytes {
    unsigned char *data;
    size_t length;
} bytes;

static bool read_file(bytes *out, const char *path)
{
    FILE *file = fopen(path, "rb");
    long size = -1;

    *out = (bytes){NULL, 0};
    if (file && fseek(file, 0, SEEK_END) == 0)
        size = ftell(file);
    if (size >= 0 && fseek(file, 0, SEEK_SET) == 0)
        out->data = malloc((size_t)size + 1);
    if (out->data)
        out->length = fread(out->data, 1, (size_t)size, file);
    if (file)
        fclose(file);
    return out->data && out->length == (size_t)size;
}

static bool same_files(const char *a, const char *b)
{
    bytes x, y;
    bool same = read_file(&x, a);
    same = read_file(&y, b) && same && x.length == y.length &&
           memcmp(x.data, y.data, x.length) == 0;
    free(x.data);
    free(y.data);
    return same;
}

/* ---- rows ---------------------------------------------------------------- */

static sqlite3 *open_rows(sqlite3_stmt **rows, bool *inside, const char *path)
{
    char uri[4200];
    sqlite3 *db = NULL;
    snprintf(uri, sizeof uri, "file:%s?mode=ro&immutable=1", path);
    *rows = NULL;
    if (sqlite3_open_v2(uri, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL))
        return db;
    *inside =
        sqlite3_prepare_v2(db,
                           "select UnitID, ContainerID, ContainmentName, "
                           "TreeConflict, ContentsHash, ContentsConflicts, "
                           "Contents from Unit order by UnitID",
                           -1, rows, NULL) == SQLITE_OK;
    if (!*inside)
        sqlite3_prepare_v2(db,
                           "select UnitID, ContainerID, ContainmentName, "
                           "TreeConflict, ContentsHash, ContentsConflicts "
                           "from Unit order by UnitID",
                           -1, rows, NULL);
    return db;
}

static bool unit_file(bytes *out, const char *mpr, const unsigned char *id)
{
    char path[4200];
    const char *slash = strrchr(mpr, '/');
    snprintf(path, sizeof path,
             "%.*s/mprcontents/%02x/%02x/"
             "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
             "%02x%02x%02x%02x%02x%02x.mxunit",
             slash ? (int)(slash - mpr) : 1, slash ? mpr : ".", id[3], id[2],
             id[3], id[2], id[1], id[0], id[5], id[4], id[7], id[6], id[8],
             id[9], id[10], id[11], id[12], id[13], id[14], id[15]);
    return read_file(out, path);
}

/* The contents of the row's unit: borrowed from the row, or owned. */
static bool contents(bytes *out, sqlite3_stmt *row, bool inside,
                     const char *mpr)
{
    if (!inside)
        return unit_file(out, mpr, sqlite3_column_blob(row, 0));
    out->length = (size_t)sqlite3_column_bytes(row, 6);
    out->data = malloc(out->length + 1);
    if (out->data && out->length)
        memcpy(out->data, sqlite3_column_blob(row, 6), out->length);
    return out->data && out->length;
}

static bool same_columns(sqlite3_stmt *a, sqlite3_stmt *b)
{
    for (int i = 0; i < 6; i++) {
        int size = sqlite3_column_bytes(a, i);
        if (size != sqlite3_column_bytes(b, i) ||
            (size && memcmp(sqlite3_column_blob(a, i),
                            sqlite3_column_blob(b, i), (size_t)size)))
            return false;
    }
    return true;
}

/* Both tables walked together; rows of `from` without contents are absent in
 * `to`. Returns the number of units that differ, and counts all. */
static int compare_units(size_t *count, const char *from, const char *to)
{
    sqlite3_stmt *a, *b;
    bool inside_a = false, inside_b = false;
    sqlite3 *db_a = open_rows(&a, &inside_a, from);
    sqlite3 *db_b = open_rows(&b, &inside_b, to);
    int differing = a && b ? 0 : 1;
    bool format = inside_a == inside_b;

    while (!differing && sqlite3_step(a) == SQLITE_ROW) {
        bytes x, y = {NULL, 0};
        bool present = contents(&x, a, inside_a, from);
        bool same = !present || (sqlite3_step(b) == SQLITE_ROW &&
                                 contents(&y, b, inside_b, to) &&
                                 same_columns(a, b) && x.length == y.length &&
                                 memcmp(x.data, y.data, x.length) == 0);
        *count += present;
        differing += !same;
        free(x.data);
        free(y.data);
    }
    if (b && sqlite3_step(b) == SQLITE_ROW)
        differing++;
    sqlite3_finalize(a);
    sqlite3_finalize(b);
    sqlite3_close(db_a);
    sqlite3_close(db_b);
    return differing + !format;
}

/* ---- conversions --------------------------------------------------------- */

static bool convert(const char *from, const char *to)
{
    nf_app *app = NULL;
    nf_error *err = nf_error_new();
    bool worked = nf_app_open(&app, from, err) == NF_OK &&
                  nf_app_convert(app, to, 0, err) == NF_OK;
    if (!worked)
        printf("%s -> %s: %s\n", from, to,
               nf_error_text(err, NF_ERROR_MESSAGE));
    nf_app_close(app);
    nf_error_free(err);
    return worked;
}

/* MF-X15: what is written fits the generic schema. libxml2 takes seconds for
 * large files, which have nothing that small ones have not. */
static bool fits_schema(const char *path)
{
    enum { LIMIT = 4 << 20 };
    struct stat info;
    if (stat(path, &info) == 0 && info.st_size > LIMIT)
        return true;
    const char *text = nf_schema_text(true);
    xmlRelaxNGParserCtxtPtr parser =
        xmlRelaxNGNewMemParserCtxt(text, (int)strlen(text));
    xmlRelaxNGPtr schema = xmlRelaxNGParse(parser);
    xmlRelaxNGValidCtxtPtr context = xmlRelaxNGNewValidCtxt(schema);
    xmlDoc *document = xmlReadFile(path, NULL, XML_PARSE_HUGE);
    bool fits = document && xmlRelaxNGValidateDoc(context, document) == 0;
    xmlFreeDoc(document);
    xmlRelaxNGFreeValidCtxt(context);
    xmlRelaxNGFree(schema);
    xmlRelaxNGFreeParserCtxt(parser);
    return fits;
}

static void remove_all(const char *folder)
{
    char command[4200];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    if (system(command))
        printf("%s can't be removed\n", folder);
}

static bool same_through_json(const char *path, const char *folder,
                              const char *xml)
{
    char one[64], between[64], two[64];
    snprintf(one, sizeof one, "%s/1.json", folder);
    snprintf(between, sizeof between, "%s/3.xml", folder);
    snprintf(two, sizeof two, "%s/2.json", folder);
    return convert(path, one) && convert(one, between) &&
           same_files(xml, between) && convert(between, two) &&
           same_files(one, two);
}

static int convert_app(const char *path)
{
    char folder[] = "/tmp/nanoflow-convert-XXXXXX";
    char one[64], mpr[64], two[64];
    const char *slash = strrchr(path, '/');
    size_t units = 0;
    int failures = 1;
    if (!mkdtemp(folder))
        return 1;
    snprintf(one, sizeof one, "%s/1.xml", folder);
    snprintf(mpr, sizeof mpr, "%s/app.mpr", folder);
    snprintf(two, sizeof two, "%s/2.xml", folder);
    if (convert(path, one) && convert(one, mpr) && convert(mpr, two)) {
        bool same = same_files(one, two);
        bool json = same_through_json(path, folder, one);
        bool fits = fits_schema(one);
        int differing = compare_units(&units, path, mpr);
        printf("%-44s %4zu units, %d differ, XML %s%s, JSON %s\n",
               slash ? slash + 1 : path, units, differing,
               same ? "identical" : "differs",
               fits ? "" : " and does not fit the schema",
               json ? "identical" : "differs");
        failures = !same + !json + !fits + differing + !units;
    }
    remove_all(folder);
    return failures;
}

int corpus_convert(const corpus_files *files)
{
    int failures = 0;
    for (size_t i = 0; i < files->count; i++)
        failures += convert_app(files->paths[i]);
    return failures;
}
