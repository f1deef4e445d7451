/* Fuzz target: any file as an .mpr (models/reader_mpr.c and the model built on
 * it). */
#include "fuzz.h"
#include "open_app.h"

const char *const fuzz_seeds[] = {"SQLite format 3", NULL};
const size_t fuzz_seed_sizes[] = {16, 0};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_open_app(data, size);
    return 0;
}
