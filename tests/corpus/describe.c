/* Everything that real apps hold can be described, in every form. */
#include "corpus/corpus.h"
#include "unit/analysis/helper_describe_all.h"

#include <stdio.h>

int corpus_describe(const corpus_files *files)
{
    int failures = 0;
    size_t count = 0;
    for (size_t i = 0; i < files->count; i++) {
        nf_app *app = NULL;
        nf_error *err = nf_error_new();
        if (nf_app_open(&app, files->paths[i], err) == NF_OK) {
            failures += helper_describe_all(app, &count);
        } else {
            printf("%s: %s\n", files->paths[i],
                   nf_error_text(err, NF_ERROR_MESSAGE));
            failures++;
        }
        nf_app_close(app);
        nf_error_free(err);
    }
    printf("%zu descriptions, %d wrong\n", count, failures);
    return failures;
}
