/* Runs one part of the corpus tests; exit code 77 says "skipped". */
#include "corpus/corpus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    int (*run)(const corpus_files *files);
} parts[] = {{"list", corpus_list},         {"check", corpus_check},
             {"flows", corpus_flows},       {"convert", corpus_convert},
             {"describe", corpus_describe}, {"smoke", corpus_smoke}};

int main(int argc, char **argv)
{
    enum { SKIPPED = 77 };
    const char *folder = getenv("NF_CORPUS");
    corpus_files files;
    int failures = -1;
    if (!folder || !*folder)
        folder = NF_DEFAULT_CORPUS;
    if (!corpus_files_find(&files, folder) || !files.count) {
        printf("skipped: no apps in %s (NF_CORPUS names another folder)\n",
               folder);
        corpus_files_free(&files);
        return SKIPPED;
    }
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (argc == 2 && !strcmp(argv[1], parts[i].name))
            failures = parts[i].run(&files);
    corpus_files_free(&files);
    if (failures < 0) {
        fprintf(
            stderr,
            "usage: corpus_tests list|check|flows|convert|describe|smoke\n");
        return 2;
    }
    return failures ? 1 : 0;
}
