/* The apps below a folder, two levels deep: folders of .mpr files, and project
 * folders. */
#include "corpus/corpus.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool ends_with(const char *text, const char *end)
{
    size_t a = strlen(text), b = strlen(end);
    return a >= b && !strcmp(text + a - b, end);
}

static bool add(corpus_files *files, const char *folder, const char *name)
{
    size_t size = strlen(folder) + strlen(name) + 2;
    char *path = malloc(size);
    char **paths =
        realloc(files->paths, (files->count + 1) * sizeof *files->paths);
    if (paths)
        files->paths = paths;
    if (!paths || !path) {
        free(path);
        return false;
    }
    snprintf(path, size, "%s/%s", folder, name);
    files->paths[files->count++] = path;
    return true;
}

static bool scan(corpus_files *files, const char *folder, int depth)
{
    DIR *directory = opendir(folder);
    bool worked = true;
    if (!directory)
        return depth > 0; /* a plain file */
    for (struct dirent *entry; worked && (entry = readdir(directory));) {
        char path[4096];
        if (entry->d_name[0] == '.' || !strcmp(entry->d_name, "mprcontents"))
            continue;
        if (ends_with(entry->d_name, ".mpr"))
            worked = add(files, folder, entry->d_name);
        else if (depth < 2 && snprintf(path, sizeof path, "%s/%s", folder,
                                       entry->d_name) < (int)sizeof path)
            worked = scan(files, path, depth + 1);
    }
    closedir(directory);
    return worked;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

bool corpus_files_find(corpus_files *files, const char *folder)
{
    *files = (corpus_files){NULL, 0};
    if (!scan(files, folder, 0))
        return false;
    if (files->count)
        qsort(files->paths, files->count, sizeof *files->paths, compare);
    return true;
}

void corpus_files_free(corpus_files *files)
{
    for (size_t i = 0; i < files->count; i++)
        free(files->paths[i]);
    free(files->paths);
    *files = (corpus_files){NULL, 0};
}
