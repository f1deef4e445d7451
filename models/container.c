/* Containers: detection, the list of units, lazy loading, warnings. */
#include "models/container.h"

#include "base/memory.h"
#include "base/text.h"
#include "models/reader_mpk.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_WARNINGS = 1000, MAX_UNIT_DEPTH = 64, MAX_CANDIDATES = 4096 };

/* Recursive: loading a unit, which holds the lock, may warn. */
static bool init_lock(pthread_mutex_t *lock)
{
    pthread_mutexattr_t attributes;
    bool made;

    if (pthread_mutexattr_init(&attributes))
        return false;
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    made = pthread_mutex_init(lock, &attributes) == 0;
    pthread_mutexattr_destroy(&attributes);
    return made;
}

nf_container *nf_container_new(const char *path, nf_error *err)
{
    nf_container *container = nf_alloc(sizeof *container);

    if (!container) {
        nf_error_nomem(err);
        return NULL;
    }
    if (!init_lock(&container->lock)) {
        nf_free(container);
        nf_error_nomem(err);
        return NULL;
    }
    container->file = -1;
    container->arena = nf_arena_new();
    if (container->arena)
        container->path = nf_arena_strdup(container->arena, path);
    if (!container->path) {
        nf_container_close(container);
        nf_error_nomem(err);
        return NULL;
    }
    container->version_text = container->build = "";
    container->schema_hash = container->transaction = "";
    return container;
}

void nf_container_close(nf_container *container)
{
    if (!container)
        return;
    nf_mpr_close(container);
    for (size_t i = 0; i < container->count; i++)
        nf_arena_free(container->units[i]->arena);
    for (size_t i = 0; i < container->warning_count; i++)
        nf_free(container->warnings[i]);
    nf_free(container->warnings);
    nf_free(container->units);
    if (container->file >= 0)
        close(container->file);
    nf_package_close(container->package);
    nf_free(container->image);
    nf_arena_free(container->arena);
    pthread_mutex_destroy(&container->lock);
    nf_free(container);
}

nf_unit *nf_container_add(nf_container *container, nf_error *err)
{
    nf_unit **units = nf_grow(container->units, container->count,
                              &container->capacity, sizeof(nf_unit *));
    nf_unit *unit;

    if (!units) {
        nf_error_nomem(err);
        return NULL;
    }
    container->units = units;
    if (container->count >= NF_MAX_UNITS) {
        nf_error_set(err, NF_INPUT, "bad_model",
                     "\"%s\" has more than %d units", container->path,
                     NF_MAX_UNITS);
        return NULL;
    }
    unit = nf_arena_alloc(container->arena, sizeof *unit);
    if (!unit) {
        nf_error_nomem(err);
        return NULL;
    }
    unit->type = unit->name = unit->hash = unit->containment = "";
    units[container->count++] = unit;
    return unit;
}

static void add_warning(nf_container *container, char *text)
{
    char **warnings =
        container->warning_count < MAX_WARNINGS
            ? nf_grow(container->warnings, container->warning_count,
                      &container->warning_capacity, sizeof(char *))
            : NULL;

    if (!warnings) {
        nf_free(text);
        return;
    }
    container->warnings = warnings;
    warnings[container->warning_count++] = text;
}

/* Warnings are the one part of a container that grows after opening; the
 * lock makes that safe behind the const interface. */
static nf_container *writable(const nf_container *container)
{
    return (nf_container *)(uintptr_t)container;
}

static void warn_locked(nf_container *container, const char *format,
                        va_list args)
{
    char text[1024];

    vsnprintf(text, sizeof text, format, args);
    text[nf_utf8_cut(text, strlen(text))] = '\0';
    add_warning(container, nf_strdup(text));
}

void nf_container_warn(const nf_container *container, const char *format, ...)
{
    nf_container *self = writable(container);
    va_list args;

    NF_IN_MEMORY(NULL);
    va_start(args, format);
    pthread_mutex_lock(&self->lock);
    warn_locked(self, format, args);
    pthread_mutex_unlock(&self->lock);
    va_end(args);
}

const nf_element *nf_unit_element(const nf_container *container,
                                  const nf_unit *unit, nf_error *err)
{
    nf_container *self = writable(container);
    nf_unit *target = (nf_unit *)(uintptr_t)unit;
    const nf_element *element =
        atomic_load_explicit(&target->element, memory_order_acquire);

    if (element)
        return element;
    NF_IN_MEMORY(NULL); /* the unit outlives the session that asks first */
    pthread_mutex_lock(&self->lock);
    element = atomic_load_explicit(&target->element, memory_order_relaxed);
    if (!element && container->load(container, target, err) == NF_OK)
        element = atomic_load_explicit(&target->element, memory_order_relaxed);
    pthread_mutex_unlock(&self->lock);
    return element;
}

bool nf_version_parse(nf_version *out, const char *text)
{
    memset(out, 0, sizeof *out);
    return sscanf(text, "%4d.%4d.%4d", &out->major, &out->minor, &out->patch) >=
               1 &&
           out->major >= 0 && out->minor >= 0 && out->patch >= 0;
}

/* ---- the unit tree --------------------------------------------------------
 */

static int compare_ids(const void *a, const void *b)
{
    const nf_unit *x = *(nf_unit *const *)a, *y = *(nf_unit *const *)b;

    return memcmp(x->id.bytes, y->id.bytes, sizeof x->id.bytes);
}

static int compare_id(const void *key, const void *item)
{
    const nf_unit *unit = *(nf_unit *const *)item;

    return memcmp(key, unit->id.bytes, sizeof unit->id.bytes);
}

static nf_status check_depth(const nf_container *container, nf_error *err)
{
    for (size_t i = 0; i < container->count; i++) {
        int depth = 0;

        for (const nf_unit *up = container->units[i]; up; up = up->parent)
            if (++depth > MAX_UNIT_DEPTH)
                return nf_error_set(err, NF_INPUT, "bad_model",
                                    "the folders of \"%s\" are nested in a "
                                    "circle or deeper than %d",
                                    container->path, MAX_UNIT_DEPTH);
    }
    return NF_OK;
}

static nf_status find_parents(nf_container *container, nf_unit **sorted,
                              nf_error *err)
{
    const nf_unit *root = NULL;

    for (size_t i = 0; i < container->count; i++) {
        nf_unit *unit = container->units[i];
        nf_unit **found;
        char id[NF_GUID_TEXT_SIZE];

        if (i && nf_guid_equal(&sorted[i]->id, &sorted[i - 1]->id)) {
            nf_guid_text(&sorted[i]->id, id);
            return nf_error_set(err, NF_INPUT, "bad_model",
                                "unit %s (%s \"%s\") is given twice in "
                                "\"%s\"",
                                id, sorted[i]->type, sorted[i]->name,
                                container->path);
        }
        if (nf_guid_equal(&unit->id, &unit->container_id)) {
            if (root)
                return nf_error_set(err, NF_INPUT, "bad_model",
                                    "\"%s\" has more than one project",
                                    container->path);
            root = unit;
            continue;
        }
        found = bsearch(unit->container_id.bytes, sorted, container->count,
                        sizeof *sorted, compare_id);
        if (!found) {
            nf_guid_text(&unit->id, id);
            nf_container_warn(container,
                              "unit %s (%s) is left out: its container is not "
                              "in the model",
                              id, unit->type);
            unit->missing = true;
            continue;
        }
        unit->parent = *found;
    }
    if (!root)
        return nf_error_set(err, NF_INPUT, "bad_model", "\"%s\" has no project",
                            container->path);
    return check_depth(container, err);
}

nf_status nf_container_link(nf_container *container, nf_error *err)
{
    nf_unit **sorted = nf_alloc_array(container->count, sizeof *sorted);
    nf_status status;

    if (!sorted)
        return nf_error_nomem(err);
    if (container->count)
        memcpy(sorted, container->units, container->count * sizeof *sorted);
    qsort(sorted, container->count, sizeof *sorted, compare_ids);
    status = find_parents(container, sorted, err);
    nf_free(sorted);
    return status;
}

/* ---- detection (MF-C13) ---------------------------------------------------
 */

static bool has_ending(const char *name, const char *ending)
{
    size_t length = strlen(name), tail = strlen(ending);

    return length > tail && strcasecmp(name + length - tail, ending) == 0;
}

typedef struct candidates {
    char **paths;
    size_t count, capacity;
} candidates;

static void candidates_dispose(candidates *list)
{
    for (size_t i = 0; i < list->count; i++)
        nf_free(list->paths[i]);
    nf_free(list->paths);
}

static nf_status candidates_add(candidates *list, const char *folder,
                                const char *name, nf_error *err)
{
    size_t size = strlen(folder) + strlen(name) + 2;
    char **paths =
        nf_grow(list->paths, list->count, &list->capacity, sizeof(char *));
    char *path;

    if (!paths)
        return nf_error_nomem(err);
    list->paths = paths;
    path = nf_alloc(size);
    if (!path)
        return nf_error_nomem(err);
    snprintf(path, size, "%s/%s", folder, name);
    paths[list->count++] = path;
    return NF_OK;
}

static int compare_paths(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static nf_status list_folder(candidates *list, const char *folder,
                             const char *ending, nf_error *err)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;
    nf_status status = NF_OK;

    if (!dir)
        return nf_error_set(err, NF_INPUT, "not_found",
                            "folder \"%s\" can't be read: %s", folder,
                            strerror(errno));
    while (!status && (entry = readdir(dir))) {
        if (entry->d_name[0] == '.' || !has_ending(entry->d_name, ending))
            continue;
        if (list->count == MAX_CANDIDATES)
            status = nf_error_set(err, NF_INPUT, "bad_model",
                                  "folder \"%s\" holds more than %d %s files",
                                  folder, MAX_CANDIDATES, ending);
        else
            status = candidates_add(list, folder, entry->d_name, err);
    }
    closedir(dir);
    if (list->count > 1)
        qsort(list->paths, list->count, sizeof *list->paths, compare_paths);
    return status;
}

/* The .mpr that mprcontents/mprname names (MF-C6); NULL. */
static const char *named_mpr(const candidates *list, const char *folder)
{
    char path[4096], name[1024];
    size_t length;
    FILE *file;

    if (snprintf(path, sizeof path, "%s/mprcontents/mprname", folder) >=
        (int)sizeof path)
        return NULL;
    file = fopen(path, "rb");
    if (!file)
        return NULL;
    length = fread(name, 1, sizeof name - 1, file);
    fclose(file);
    name[length] = '\0';
    name[strcspn(name, "\r\n")] = '\0';
    for (size_t i = 0; i < list->count; i++) {
        const char *slash = strrchr(list->paths[i], '/');

        if (slash && strcmp(slash + 1, name) == 0)
            return list->paths[i];
    }
    return NULL;
}

/* Every other container is one file and has a function that reads it. */
static nf_status open_with(nf_container **out, const char *path,
                           nf_status (*read)(nf_container *, nf_error *),
                           nf_error *err)
{
    nf_container *container = nf_container_new(path, err);
    nf_status status;

    if (!container)
        return NF_NOMEM;
    status = read(container, err);
    if (status) {
        nf_container_close(container);
        return status;
    }
    *out = container;
    return NF_OK;
}

static nf_status open_xml(nf_container **out, const char *path,
                          const char *const *files, size_t count, nf_error *err)
{
    nf_container *container = nf_container_new(path, err);
    nf_status status;

    if (!container)
        return NF_NOMEM;
    status = nf_xml_read(container, files, count, err);
    if (!status)
        status = nf_container_link(container, err);
    if (status) {
        nf_container_close(container);
        return status;
    }
    *out = container;
    return NF_OK;
}

nf_status nf_container_open_xml(nf_container **out, const char *text,
                                size_t length, const char *name, nf_error *err)
{
    nf_container *container = nf_container_new(name, err);
    nf_status status;

    *out = NULL;
    if (!container)
        return NF_NOMEM;
    status = nf_xml_read_text(container, text, length, name, err);
    if (!status)
        status = nf_container_link(container, err);
    if (status) {
        nf_container_close(container);
        return status;
    }
    *out = container;
    return NF_OK;
}

static nf_status several_mprs(const candidates *list, const char *folder,
                              nf_error *err)
{
    char names[512];
    size_t used = 0;

    names[0] = '\0';
    for (size_t i = 0; i < list->count && used + 1 < sizeof names; i++) {
        const char *slash = strrchr(list->paths[i], '/');
        int more = snprintf(names + used, sizeof names - used, "%s\"%s\"",
                            i ? ", " : "", slash + 1);

        used += more > 0 ? (size_t)more : 0;
    }
    return nf_error_set(err, NF_INPUT, "bad_model",
                        "folder \"%s\" holds several models, name one: %s",
                        folder, names);
}

static bool is_yaml(const char *path)
{
    const char *dot = strrchr(path, '.');

    return dot &&
           (strcasecmp(dot, ".yaml") == 0 || strcasecmp(dot, ".yml") == 0);
}

/* MF-C23: the export of mxlint has neither sequence flows nor types of actions.
 */
static nf_status refuse_yaml(const char *path, nf_error *err)
{
    return nf_error_set(err, NF_INPUT, "not_a_model",
                        "\"%s\" is YAML of a model, which leaves out what runs "
                        "a flow: open the .mpr that it was made from",
                        path);
}

static nf_status no_model(const char *folder, nf_error *err)
{
    candidates list = {0};
    nf_status status = list_folder(&list, folder, ".yaml", err);
    bool yaml = list.count > 0;

    candidates_dispose(&list);
    if (status)
        return status;
    return yaml ? refuse_yaml(folder, err)
                : nf_error_set(err, NF_INPUT, "not_a_model",
                               "folder \"%s\" holds no model: expected a .mpr "
                               "or .xml file",
                               folder);
}

static nf_status open_folder(nf_container **out, const char *folder,
                             nf_error *err)
{
    candidates list = {0};
    nf_status status = list_folder(&list, folder, ".mpr", err);

    if (!status && list.count) {
        const char *path =
            list.count == 1 ? list.paths[0] : named_mpr(&list, folder);

        status = path ? open_with(out, path, nf_mpr_read, err)
                      : several_mprs(&list, folder, err);
        candidates_dispose(&list);
        return status;
    }
    if (!status)
        status = list_folder(&list, folder, ".xml", err);
    if (!status && !list.count)
        status = no_model(folder, err);
    if (!status)
        status = open_xml(out, folder, (const char *const *)list.paths,
                          list.count, err);
    candidates_dispose(&list);
    return status;
}

/* Reads the first bytes; a NUL ends them. */
static nf_status read_start(const char *path, char *start, size_t size,
                            size_t *length, nf_error *err)
{
    FILE *file = fopen(path, "rb");

    *length = 0;
    if (!file)
        return nf_error_set(err, NF_INPUT, "not_found",
                            "\"%s\" can't be opened: %s", path,
                            strerror(errno));
    *length = fread(start, 1, size - 1, file);
    start[*length] = '\0';
    if (ferror(file)) {
        fclose(file);
        return nf_error_set(err, NF_INPUT, "not_found",
                            "\"%s\" can't be read: %s", path, strerror(errno));
    }
    fclose(file);
    return NF_OK;
}

static nf_status open_file(nf_container **out, const char *path, nf_error *err)
{
    char start[4096];
    const char *text = start;
    size_t length;
    nf_status status = read_start(path, start, sizeof start, &length, err);

    if (status)
        return status;
    if (length == 0)
        return nf_error_set(err, NF_INPUT, "not_a_model", "\"%s\" is empty",
                            path);
    if (length >= 4 && (memcmp(start, "PK\3\4", 4) == 0 ||
                        memcmp(start, "PK\5\6", 4) == 0)) /* empty */
        return open_with(out, path, nf_mpk_read, err);
    if (length >= 16 && memcmp(start, "SQLite format 3", 16) == 0)
        return open_with(out, path, nf_mpr_read, err);
    if (memcmp(start, "\xEF\xBB\xBF", 3) == 0)
        text += 3;
    text += strspn(text, " \t\r\n");
    if (*text == '<' || memcmp(start, "\xFF\xFE", 2) == 0 ||
        memcmp(start, "\xFE\xFF", 2) == 0)
        return open_xml(out, path, &path, 1, err);
    if (*text == '{')
        return open_with(out, path, nf_json_read, err);
    if (is_yaml(path))
        return refuse_yaml(path, err);
    return nf_error_set(err, NF_INPUT, "not_a_model",
                        "\"%s\" is not a model: expected a .mpr file, a "
                        "project folder, a package (.mpk), an XML model or "
                        "the JSON of mx dump-mpr",
                        path);
}

nf_status nf_container_open(nf_container **out, const char *path, nf_error *err)
{
    struct stat info;

    *out = NULL;
    if (stat(path, &info))
        return nf_error_set(err, NF_INPUT, "not_found",
                            "\"%s\" can't be opened: %s", path,
                            strerror(errno));
    if (S_ISDIR(info.st_mode))
        return open_folder(out, path, err);
    if (!S_ISREG(info.st_mode))
        return nf_error_set(err, NF_INPUT, "not_a_model",
                            "\"%s\" is neither a file nor a folder", path);
    return open_file(out, path, err);
}
