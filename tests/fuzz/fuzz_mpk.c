/* Fuzz target: any file as a package (models/reader_mpk.c, package.c). */
#include "fuzz.h"
#include "open_app.h"

const char *const fuzz_seeds[] = {"PK\3\4", NULL};
const size_t fuzz_seed_sizes[] = {0, 0};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_open_app(data, size);
    return 0;
}
