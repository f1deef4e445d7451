/* Tests on real apps. Each part opens what it needs through the public header
 * and prints what went wrong; the answer is the number of failures. */
#ifndef NF_TESTS_CORPUS_H
#define NF_TESTS_CORPUS_H

#include "nanoflow.h"

#include <stddef.h>

/* The .mpr files below a folder, sorted; freed with corpus_files_free. False
 * when the folder can't be read. */
typedef struct corpus_files {
    char **paths;
    size_t count;
} corpus_files;
bool corpus_files_find(corpus_files *files, const char *folder);
void corpus_files_free(corpus_files *files);

/* The lines that `list --type TYPE` has to print, counted straight from the
 * container with sqlite3 and libbson, without the library. NULL on failure.
 * Freed with free(). */
char *corpus_count(const char *path, const char *type);

int corpus_list(const corpus_files *files);
int corpus_check(const corpus_files *files);
int corpus_flows(const corpus_files *files);
int corpus_convert(const corpus_files *files);
int corpus_describe(const corpus_files *files);
int corpus_smoke(const corpus_files *files);

#endif
