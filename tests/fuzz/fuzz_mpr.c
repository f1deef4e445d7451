/* Fuzz target: any file as an .mpr, all of its documents read
 * (models/reader_mpr.c and the model built on it). Needs a file: a name in
 * the temporary folder, by process. */
#include "fuzz.h"

#include "models/model.h"

const char *const fuzz_seeds[] = {"SQLite format 3", NULL};
const size_t fuzz_seed_sizes[] = {16, 0};

static void read_documents(const nf_model *model)
{
    for (size_t i = 0; i < nf_model_document_count(model); i++)
        nf_document_element(nf_model_document(model, i), NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    nf_error err = {0};
    nf_model *model;
    FILE *file;

    snprintf(path, sizeof path, "/tmp/nf_fuzz_%ld.mpr", (long)getpid());
    file = fopen(path, "wb");
    if (!file)
        return 0;
    fwrite(data, 1, size, file);
    fclose(file);
    if (nf_model_open(&model, path, &err) == NF_OK) {
        read_documents(model);
        nf_model_close(model);
    } else if (!nf_error_is_set(&err)) {
        abort();
    }
    unlink(path);
    return 0;
}
