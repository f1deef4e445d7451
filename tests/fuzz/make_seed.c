/* Makes the seeds that are binary: an .mpr, a unit of it and a package, from
 * an XML app. make_seed APP.xml OUT.mpr OUT.bson OUT.mpk */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zip.h>

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

static int write_package(const char *mpr, const char *path)
{
    static const char description[] =
        "<package xmlns=\"http://www.mendix.com/package/1.0/\">"
        "<modelerProject xmlns=\"http://www.mendix.com/modelerProject/1.0/\">"
        "<projectFile path=\"a\\app.mpr\"/></modelerProject></package>";
    int code;
    zip_t *zip = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &code);

    if (!zip)
        return 1;
    if (zip_file_add(
            zip, "package.xml",
            zip_source_buffer(zip, description, strlen(description), 0),
            0) < 0 ||
        zip_file_add(zip, "a/app.mpr", zip_source_file(zip, mpr, 0, -1), 0) < 0)
        return 1;
    return zip_close(zip) != 0;
}

int main(int argc, char **argv)
{
    nf_error err = {0};
    nf_model *model;
    int result = 1;

    if (argc != 5)
        return 2;
    if (nf_model_open(&model, argv[1], &err) == NF_OK) {
        unlink(argv[2]);
        result = nf_model_write_mpr(model, argv[2], 1, &err) != NF_OK ||
                 write_unit(model, argv[3]) || write_package(argv[2], argv[4]);
        nf_model_close(model);
    }
    if (err.status)
        fprintf(stderr, "%s\n", err.message);
    return result;
}
