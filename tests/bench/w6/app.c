/* Writes the app of W6, as .mpr of version 2 and of version 1:
 *   bench_w6_app FOLDER [SEED]
 * makes FOLDER/v2/W6.mpr with mprcontents, and FOLDER/v1/W6.mpr. */
#include "app.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "models/writer.h"

enum { PATH_SIZE = 4096, DEFAULT_SEED = 6 };

/* SplitMix64. */
unsigned w6_pick(w6_random *random, unsigned limit)
{
    uint64_t bits = random->state += 0x9E3779B97F4A7C15u;

    bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9u;
    bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EBu;
    return (unsigned)((bits ^ (bits >> 31)) % limit);
}

static nf_status write_text(const char *path, const nf_buffer *text,
                            nf_error *err)
{
    FILE *file = text->failed ? NULL : fopen(path, "wb");
    bool good = file && fwrite(text->data, 1, text->length, file) ==
                            text->length;

    if (file && fclose(file))
        good = false;
    return good ? NF_OK
                : nf_error_set(err, NF_INPUT, "write_failed",
                               "\"%s\" can't be written", path);
}

/* The models layer reads and writes; pages come in between, since the XML
 * form has no names for what is in them. */
static nf_status write_models(const char *folder, w6_random *random,
                              nf_error *err)
{
    char path[PATH_SIZE];
    nf_model *model = NULL;
    nf_status status;

    snprintf(path, sizeof path, "%s/app.xml", folder);
    status = nf_model_open(&model, path, err);
    unlink(path);
    if (!status)
        status = w6_add_pages(
            (nf_container *)(uintptr_t)nf_model_container(model), random, err);
    for (int version = 1; version <= 2 && !status; version++) {
        snprintf(path, sizeof path, "%s/v%d", folder, version);
        mkdir(path, 0777);
        snprintf(path, sizeof path, "%s/v%d/W6.mpr", folder, version);
        status = nf_model_write_mpr(model, path, version, err);
    }
    nf_model_close(model);
    return status;
}

int main(int argc, char **argv)
{
    w6_random random = {.state = DEFAULT_SEED};
    nf_error err = {0};
    char path[PATH_SIZE];
    nf_buffer text;
    nf_status status;

    if (argc < 2 || argc > 3) {
        fprintf(stderr, "use: bench_w6_app FOLDER [SEED]\n");
        return 2;
    }
    if (argc == 3)
        random.state = strtoull(argv[2], NULL, 10);
    mkdir(argv[1], 0777);
    snprintf(path, sizeof path, "%s/app.xml", argv[1]);
    nf_buffer_init(&text, NF_BUFFER_MAX);
    w6_write_app(&text, &random);
    status = write_text(path, &text, &err);
    nf_buffer_dispose(&text);
    if (!status)
        status = write_models(argv[1], &random, &err);
    if (status)
        fprintf(stderr, "bench_w6_app: %s (%s:%ld)\n", err.message, err.file,
                err.line);
    return status ? 1 : 0;
}
