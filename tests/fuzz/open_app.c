/* See open_app.h. */
#include "open_app.h"

#include "fuzz.h"
#include "models/model.h"

static void read_documents(const nf_model *model)
{
    for (size_t i = 0; i < nf_model_document_count(model); i++)
        nf_document_element(nf_model_document(model, i), NULL);
}

void fuzz_open_app(const uint8_t *data, size_t size)
{
    char path[64];
    nf_error err = {0};
    nf_model *model;
    FILE *file;

    snprintf(path, sizeof path, "/tmp/nf_fuzz_%ld.app", (long)getpid());
    file = fopen(path, "wb");
    if (!file)
        return;
    fwrite(data, 1, size, file);
    fclose(file);
    if (nf_model_open(&model, path, &err) == NF_OK) {
        read_documents(model);
        nf_model_close(model);
    } else if (!nf_error_is_set(&err)) {
        abort();
    }
    unlink(path);
}
