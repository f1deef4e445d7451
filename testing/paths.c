/* Which files hold tests: those that are named, and all below a folder. */
#include "testing/file.h"

#include "base/text.h"

#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A file that two arguments name runs once. */
static nf_status add(nf_test_paths *paths, const char *path, nf_error *err)
{
    if (strncmp(path, "./", 2) == 0) /* no machine looks for a file by that */
        path += 2;
    for (size_t i = 0; i < paths->count; i++)
        if (strcmp(paths->items[i], path) == 0)
            return NF_OK;
    char **items =
        nf_grow(paths->items, paths->count, &paths->capacity, sizeof *items);
    char *copy = nf_strdup(path);
    if (items)
        paths->items = items;
    if (!items || !copy) {
        nf_free(copy);
        return nf_error_nomem(err);
    }
    items[paths->count++] = copy;
    return NF_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static nf_status add_folder(nf_test_paths *paths, char *path, nf_error *err)
{
    char *const roots[] = {path, NULL};
    FTS *tree =
        fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, NULL);
    FTSENT *entry;
    size_t first = paths->count;
    nf_status status = NF_OK;
    if (!tree)
        return nf_error_nomem(err);
    while (status == NF_OK && (entry = fts_read(tree)))
        if (entry->fts_info == FTS_D && entry->fts_level > 0 &&
            entry->fts_name[0] == '.')
            fts_set(tree, entry, FTS_SKIP); /* .git and its kind (E12) */
        else if (entry->fts_info == FTS_F && nf_test_is_file(entry->fts_path))
            status = add(paths, entry->fts_path, err);
    fts_close(tree);
    if (paths->count > first)
        qsort(paths->items + first, paths->count - first, sizeof *paths->items,
              by_name);
    return status;
}

nf_status nf_test_paths_find(nf_test_paths *paths, const char *path,
                             nf_error *err)
{
    struct stat info;
    if (stat(path, &info) != 0)
        return nf_error_set(err, NF_INPUT, "unreadable",
                            "the tests \"%s\" can't be read: %s", path,
                            strerror(errno));
    if (!S_ISDIR(info.st_mode) && !nf_test_is_file(path))
        return nf_error_set(err, NF_INPUT, "unreadable",
                            "\"%s\" is no test file: its name ends with "
                            ".test.mdl or .test.md",
                            path);
    if (!S_ISDIR(info.st_mode))
        return add(paths, path, err);
    char *copy = nf_strdup(path);
    size_t length = copy ? strlen(copy) : 0;
    while (length > 1 && copy[length - 1] == '/')
        copy[--length] = '\0';
    nf_status status =
        copy ? add_folder(paths, copy, err) : nf_error_nomem(err);
    nf_free(copy);
    return status;
}

void nf_test_paths_free(nf_test_paths *paths)
{
    for (size_t i = 0; i < paths->count; i++)
        nf_free(paths->items[i]);
    nf_free(paths->items);
    *paths = (nf_test_paths){0};
}
