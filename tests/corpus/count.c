/* An independent reading of a container: which documents, entities and
 * associations does it hold? Uses sqlite3 and libbson and nothing of the
 * library that is under test (model-format MF-C1, MF-C5, MF-E2, MF-E19). */
#include "corpus/corpus.h"

#include <bson/bson.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct unit {
    unsigned char id[16], container[16];
    bson_t *content; /* NULL: its file is absent */
} unit;

typedef struct app {
    unit *units;
    size_t count;
    char **lines;
    size_t line_count;
    bool failed;
} app;

static char *string_of(const bson_t *document, const char *key)
{
    bson_iter_t iter;
    if (bson_iter_init_find(&iter, document, key) &&
        BSON_ITER_HOLDS_UTF8(&iter))
        return strdup(bson_iter_utf8(&iter, NULL));
    return strdup("");
}

static bool is_true(const bson_t *document, const char *key)
{
    bson_iter_t iter;
    return bson_iter_init_find(&iter, document, key) &&
           BSON_ITER_HOLDS_BOOL(&iter) && bson_iter_bool(&iter);
}

static bool has_type(const bson_t *document, const char *type)
{
    char *found = string_of(document, "$Type");
    bool same = found && !strcmp(found, type);
    free(found);
    return same;
}

/* ---- units -------------------------------------------------------------- */

static bson_t *read_unit_file(const char *mpr, const unsigned char *id)
{
    char path[4096];
    const char *slash = strrchr(mpr, '/');
    int folder = slash ? (int)(slash - mpr) : 1;
    snprintf(path, sizeof path,
             "%.*s/mprcontents/%02x/%02x/"
             "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
             "%02x%02x%02x%02x%02x%02x.mxunit",
             folder, slash ? mpr : ".", id[3], id[2], id[3], id[2], id[1],
             id[0], id[5], id[4], id[7], id[6], id[8], id[9], id[10], id[11],
             id[12], id[13], id[14], id[15]);
    bson_error_t error;
    bson_reader_t *reader = bson_reader_new_from_file(path, &error);
    if (!reader)
        return NULL;
    const bson_t *document = bson_reader_read(reader, NULL);
    bson_t *copy = document ? bson_copy(document) : NULL;
    bson_reader_destroy(reader);
    return copy;
}

static void add_unit(app *a, const char *mpr, sqlite3_stmt *row, bool inside)
{
    unit *units = realloc(a->units, (a->count + 1) * sizeof *units);
    if (!units || sqlite3_column_bytes(row, 0) != 16 ||
        sqlite3_column_bytes(row, 1) != 16) {
        a->failed = true;
        return;
    }
    a->units = units;
    unit *u = &units[a->count++];
    memcpy(u->id, sqlite3_column_blob(row, 0), 16);
    memcpy(u->container, sqlite3_column_blob(row, 1), 16);
    if (inside)
        u->content = bson_new_from_data(sqlite3_column_blob(row, 2),
                                        (size_t)sqlite3_column_bytes(row, 2));
    else
        u->content = read_unit_file(mpr, u->id);
}

static bool read_units(app *a, const char *path)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    char uri[4200];
    snprintf(uri, sizeof uri, "file:%s?mode=ro&immutable=1", path);
    bool opened =
        sqlite3_open_v2(uri, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI,
                        NULL) == SQLITE_OK;
    bool inside =
        opened &&
        sqlite3_prepare_v2(db, "select UnitID, ContainerID, Contents from Unit",
                           -1, &statement, NULL) == SQLITE_OK;
    if (opened && !inside)
        opened = sqlite3_prepare_v2(db, "select UnitID, ContainerID from Unit",
                                    -1, &statement, NULL) == SQLITE_OK;
    while (opened && !a->failed && sqlite3_step(statement) == SQLITE_ROW)
        add_unit(a, path, statement, inside);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return opened && !a->failed;
}

static const unit *find_unit(const app *a, const unsigned char *id)
{
    for (size_t i = 0; i < a->count; i++)
        if (!memcmp(a->units[i].id, id, 16))
            return &a->units[i];
    return NULL;
}

/* The name of the module that holds a unit; NULL: a project document. */
static char *module_of(const app *a, const unit *u)
{
    for (int depth = 0; u && depth < 100; depth++) {
        if (u->content && has_type(u->content, "Projects$ModuleImpl"))
            return string_of(u->content, "Name");
        if (!memcmp(u->id, u->container, 16))
            return NULL;
        u = find_unit(a, u->container);
    }
    return NULL;
}

/* ---- lines -------------------------------------------------------------- */

static void add_line(app *a, const char *module, const char *name,
                     bool excluded)
{
    size_t size = strlen(module) + strlen(name) + 16;
    char *line = malloc(size);
    char **lines = realloc(a->lines, (a->line_count + 1) * sizeof *lines);
    if (lines)
        a->lines = lines;
    if (!lines || !line) {
        free(line);
        a->failed = true;
        return;
    }
    snprintf(line, size, "%s%s%s%s", module, *module ? "." : "", name,
             excluded ? "\texcluded" : "");
    lines[a->line_count++] = line;
}

/* The items of a list property that are documents, by their names. */
static void add_items(app *a, const unit *u, const char *module,
                      const char *property)
{
    bson_iter_t iter, items;
    if (!bson_iter_init_find(&iter, u->content, property) ||
        !BSON_ITER_HOLDS_ARRAY(&iter) || !bson_iter_recurse(&iter, &items))
        return;
    while (bson_iter_next(&items)) {
        const uint8_t *data;
        uint32_t length;
        bson_t item;
        if (!BSON_ITER_HOLDS_DOCUMENT(&items))
            continue;
        bson_iter_document(&items, &length, &data);
        if (!bson_init_static(&item, data, length))
            continue;
        char *name = string_of(&item, "Name");
        if (name)
            add_line(a, module, name, false);
        free(name);
    }
}

static const struct {
    const char *type, *stored;
} documents[] = {
    {"nanoflow", "Microflows$Nanoflow"},
    {"microflow", "Microflows$Microflow"},
    {"rule", "Microflows$Rule"},
    {"enumeration", "Enumerations$Enumeration"},
    {"constant", "Constants$Constant"},
    {"page", "Forms$Page"},
    {"javascriptaction", "JavaScriptActions$JavaScriptAction"},
    {"javaaction", "JavaActions$JavaAction"},
};

static void count_unit(app *a, const unit *u, const char *type)
{
    if (!u->content)
        return;
    char *module = module_of(a, u);
    char *name = string_of(u->content, "Name");
    if (!module || !name) {
        free(module);
        free(name);
        return;
    }
    if (has_type(u->content, "Projects$ModuleImpl")) {
        if (!strcmp(type, "module"))
            add_line(a, "", name, false);
    } else if (has_type(u->content, "DomainModels$DomainModel")) {
        if (!strcmp(type, "entity"))
            add_items(a, u, module, "Entities");
        if (!strcmp(type, "association")) {
            add_items(a, u, module, "Associations");
            add_items(a, u, module, "CrossAssociations");
        }
    }
    for (size_t i = 0; i < sizeof documents / sizeof *documents; i++)
        if (!strcmp(type, documents[i].type) &&
            has_type(u->content, documents[i].stored))
            add_line(a, module, name, is_true(u->content, "Excluded"));
    free(module);
    free(name);
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *join(const app *a)
{
    size_t size = 1;
    for (size_t i = 0; i < a->line_count; i++)
        size += strlen(a->lines[i]) + 1;
    char *text = malloc(size), *end = text;
    for (size_t i = 0; text && i < a->line_count; i++)
        end += sprintf(end, "%s\n", a->lines[i]);
    if (text)
        *end = '\0';
    return text;
}

char *corpus_count(const char *path, const char *type)
{
    app a = {0};
    char *text = NULL;
    if (read_units(&a, path)) {
        for (size_t i = 0; i < a.count; i++)
            count_unit(&a, &a.units[i], type);
        if (a.line_count)
            qsort(a.lines, a.line_count, sizeof *a.lines, compare);
        text = a.failed ? NULL : join(&a);
    }
    for (size_t i = 0; i < a.count; i++)
        bson_destroy(a.units[i].content);
    for (size_t i = 0; i < a.line_count; i++)
        free(a.lines[i]);
    free(a.units);
    free(a.lines);
    return text;
}
