/* Makes the seeds that are binary: an .mpr and a unit of it, from an XML app.
 * make_seed APP.xml OUT.mpr OUT.bson */
#include <stdio.h>
#include <unistd.h>

#include "models/bson.h"
#include "models/model.h"
#include "models/writer.h"

static int write_unit(const nf_model *model, const char *path)
{
    const nf_element *element = nf_document_element(
        nf_model_document(model, nf_model_document_count(model) - 1), NULL);
    FILE *file = fopen(path, "wb");
    nf_buffer bytes;
    int result = 1;

    nf_buffer_init(&bytes, NF_BUFFER_MAX);
    if (element && file) {
        nf_bson_encode(&bytes, element);
        result = bytes.failed ||
                 fwrite(bytes.data, 1, bytes.length, file) != bytes.length;
    }
    if (file && fclose(file))
        result = 1;
    nf_buffer_dispose(&bytes);
    return result;
}

int main(int argc, char **argv)
{
    nf_error err = {0};
    nf_model *model;
    int result = 1;

    if (argc != 4)
        return 2;
    if (nf_model_open(&model, argv[1], &err) == NF_OK) {
        unlink(argv[2]);
        result = nf_model_write_mpr(model, argv[2], 1, &err) != NF_OK ||
                 write_unit(model, argv[3]);
        nf_model_close(model);
    }
    if (err.status)
        fprintf(stderr, "%s\n", err.message);
    return result;
}
