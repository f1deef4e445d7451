/* `list` prints exactly what is in the container (design §5, Names). */
#include "corpus/corpus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const types[] = {
    "module", "nanoflow",         "microflow", "rule",
    "entity", "association",      "constant",  "enumeration",
    "page",   "javascriptaction", "javaaction"};

static size_t line_count(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += *text == '\n';
    return count;
}

/* The first line where two texts differ. */
static void print_difference(const char *expected, const char *found)
{
    const char *a = expected, *b = found;
    while (*expected && *expected == *found) {
        bool line_ends = *expected == '\n';
        expected++;
        found++;
        if (line_ends) {
            a = expected;
            b = found;
        }
    }
    printf("  expected: %.*s\n  found:    %.*s\n", (int)strcspn(a, "\n"), a,
           (int)strcspn(b, "\n"), b);
}

static int list_type(const nf_app *app, const char *path, const char *type)
{
    char *found = NULL;
    char *expected = corpus_count(path, type);
    nf_error *err = nf_error_new();
    int failures = 1;
    if (!expected)
        printf("%s: the independent count failed\n", path);
    else if (nf_app_list(&found, app, type, NULL, false, err) != NF_OK)
        printf("%s: list --type %s: %s\n", path, type,
               nf_error_text(err, NF_ERROR_MESSAGE));
    else if (strcmp(expected, found) != 0) {
        printf("%s: list --type %s: %zu lines, expected %zu\n", path, type,
               line_count(found), line_count(expected));
        print_difference(expected, found);
    } else
        failures = 0;
    free(expected);
    nf_text_free(found);
    nf_error_free(err);
    return failures;
}

int corpus_list(const corpus_files *files)
{
    int failures = 0;
    for (size_t i = 0; i < files->count; i++) {
        nf_app *app = NULL;
        nf_error *err = nf_error_new();
        if (nf_app_open(&app, files->paths[i], err) != NF_OK) {
            printf("%s: %s\n", files->paths[i],
                   nf_error_text(err, NF_ERROR_MESSAGE));
            failures++;
        }
        for (size_t j = 0; app && j < sizeof types / sizeof *types; j++)
            failures += list_type(app, files->paths[i], types[j]);
        nf_app_close(app);
        nf_error_free(err);
    }
    printf("%zu apps listed, %d differences\n", files->count, failures);
    return failures;
}
