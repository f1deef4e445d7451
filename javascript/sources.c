/* See sources.h. */
#include "javascript/sources.h"

#include "models/package.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER "javascriptsource"
enum { SOURCE_MAX = 16 * 1024 * 1024 };

struct nf_js_sources {
    nf_arena *arena;
    const char *root;    /* the folder, resolved; NULL: none */
    nf_package *package; /* NULL: none */
    const char **allowed; /* files elsewhere */
    size_t allowed_count, allowed_capacity;
};

static bool ends_with(const char *text, const char *ending)
{
    size_t length = strlen(text), size = strlen(ending);

    return length >= size && strcasecmp(text + length - size, ending) == 0;
}

static nf_status find_root(nf_js_sources *s, const char *app, nf_error *err)
{
    char path[PATH_MAX], resolved[PATH_MAX];
    const char *slash = strrchr(app, '/');
    struct stat info;
    int length;

    if (stat(app, &info) == 0 && S_ISDIR(info.st_mode))
        length = snprintf(path, sizeof path, "%s/" FOLDER, app);
    else
        length = snprintf(path, sizeof path, "%.*s" FOLDER,
                          slash ? (int)(slash + 1 - app) : 0, app);
    if (length < 0 || (size_t)length >= sizeof path ||
        !realpath(path, resolved))
        return NF_OK;
    s->root = nf_arena_strdup(s->arena, resolved);
    return s->root ? NF_OK : nf_error_nomem(err);
}

nf_status nf_js_sources_open(nf_js_sources **out, const char *app,
                             nf_error *err)
{
    nf_js_sources *s = nf_alloc(sizeof *s);
    const char *kept = NULL;
    nf_status status = NF_OK;

    *out = NULL;
    if (s)
        s->arena = nf_arena_new();
    if (s && s->arena)
        kept = nf_arena_strdup(s->arena, app);
    if (!kept)
        status = nf_error_nomem(err);
    else if (ends_with(app, ".mpk"))
        status = nf_package_open(&s->package, kept, err);
    else
        status = find_root(s, app, err);
    if (status) {
        nf_js_sources_close(s);
        return status;
    }
    *out = s;
    return NF_OK;
}

void nf_js_sources_close(nf_js_sources *s)
{
    if (!s)
        return;
    nf_package_close(s->package);
    nf_free((void *)s->allowed);
    nf_arena_free(s->arena);
    nf_free(s);
}

bool nf_js_sources_any(nf_js_sources *s)
{
    size_t prefix = strlen(FOLDER "/");

    for (size_t i = 0; s->package && i < nf_package_count(s->package); i++)
        if (strncmp(nf_package_name(s->package, i), FOLDER "/", prefix) == 0)
            return true;
    return s->root != NULL;
}

/* ---- reading ------------------------------------------------------------- */

/* No way out, and nothing that a path could mean besides names. */
static bool is_inside(const char *path)
{
    const char *part = path;

    if (!*path || *path == '/' || strchr(path, '\\'))
        return false;
    for (; part; part = strchr(part, '/')) {
        part += *part == '/';
        if (strncmp(part, "..", 2) == 0 && (part[2] == '/' || !part[2]))
            return false;
    }
    return true;
}

static nf_status too_large(const char *path, nf_error *err)
{
    return nf_error_set(err, NF_INPUT, "bad_source",
                        "\"%s\" is larger than %d bytes", path, SOURCE_MAX);
}

static nf_status read_open(int file, const char *path, char **text,
                           size_t *length, nf_error *err)
{
    struct stat info;
    size_t size, at = 0;

    if (fstat(file, &info) != 0 || !S_ISREG(info.st_mode))
        return NF_OK;
    if (info.st_size > SOURCE_MAX)
        return too_large(path, err);
    size = (size_t)info.st_size;
    *text = nf_alloc_raw(size + 1);
    if (!*text)
        return nf_error_nomem(err);
    while (at < size) {
        ssize_t count = read(file, *text + at, size - at);

        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            break;
        at += (size_t)count;
    }
    (*text)[at] = '\0';
    *length = at;
    return NF_OK;
}

/* A link that leads out of the folder counts as not there. */
static nf_status read_file(const nf_js_sources *s, const char *path,
                           char **text, size_t *length, nf_error *err)
{
    char full[PATH_MAX], resolved[PATH_MAX];
    size_t root = strlen(s->root);
    int count = snprintf(full, sizeof full, "%s/%s", s->root, path), file;
    nf_status status;

    if (count < 0 || (size_t)count >= sizeof full ||
        !realpath(full, resolved) || strncmp(resolved, s->root, root) != 0 ||
        resolved[root] != '/')
        return NF_OK;
    file = open(resolved, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (file < 0)
        return nf_error_set(err, NF_INPUT, "unreadable",
                            "\"%s\" can't be read: %s", resolved,
                            strerror(errno));
    status = read_open(file, path, text, length, err);
    close(file);
    return status;
}

static nf_status read_packed(nf_js_sources *s, const char *path, char **text,
                             size_t *length, nf_error *err)
{
    char full[PATH_MAX];
    uint8_t *bytes = NULL;
    nf_status status;
    char *grown;

    if ((size_t)snprintf(full, sizeof full, FOLDER "/%s", path) >=
            sizeof full ||
        !nf_package_has(s->package, full))
        return NF_OK;
    status = nf_package_read(s->package, full, SOURCE_MAX, NULL, &bytes, length,
                             err);
    if (status)
        return status;
    grown = nf_realloc_array(bytes, *length + 1, 1);
    if (!grown) {
        nf_free(bytes);
        return nf_error_nomem(err);
    }
    grown[*length] = '\0';
    *text = grown;
    return NF_OK;
}

static bool is_allowed(const nf_js_sources *s, const char *file)
{
    for (size_t i = 0; i < s->allowed_count; i++)
        if (strcmp(s->allowed[i], file) == 0)
            return true;
    return false;
}

nf_status nf_js_sources_allow(nf_js_sources *s, const char *file, nf_error *err)
{
    const char **items, *copy;

    if (is_allowed(s, file))
        return NF_OK;
    items = nf_grow((void *)s->allowed, s->allowed_count, &s->allowed_capacity,
                    sizeof *items);
    copy = nf_arena_strdup(s->arena, file);
    if (items)
        s->allowed = items;
    if (!items || !copy)
        return nf_error_nomem(err);
    items[s->allowed_count++] = copy;
    return NF_OK;
}

static nf_status read_allowed(const char *path, char **text, size_t *length,
                              nf_error *err)
{
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    nf_status status;

    if (file < 0)
        return nf_error_set(err, NF_INPUT, "unreadable",
                            "\"%s\" can't be read: %s", path, strerror(errno));
    status = read_open(file, path, text, length, err);
    close(file);
    return status;
}

nf_status nf_js_sources_read(nf_js_sources *s, const char *path, char **text,
                             size_t *length, nf_error *err)
{
    *text = NULL;
    *length = 0;
    if (is_allowed(s, path))
        return read_allowed(path, text, length, err);
    if (!is_inside(path))
        return NF_OK;
    if (s->package)
        return read_packed(s, path, text, length, err);
    return s->root ? read_file(s, path, text, length, err) : NF_OK;
}
