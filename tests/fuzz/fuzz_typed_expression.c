/* Well-typed random expressions, each evaluated by the machine and by a walk
 * over its tree: every byte is a choice of the generator, the first one the
 * engine. A difference, or an expression that does not type-check, is a
 * crash. */
#include "fuzz.h"

#include "helper_random_expression.h"

const char *const fuzz_seeds[] = {
    "c\x03\x04\x07\x02\x05\x11\x09\x04\x23\x02\x03\x05\x08\x01\x02\x04\x09",
    "s\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12",
    "cabcdefghijklmnopqrstuvwxyzzyxwvutsrqponmlkjihgfedcbaabcdefghijklmn",
    "s\x04\x04\x13\x04\x05\x1d\x04\x22\x02\x04\x31\x04\x07\x03\x02\x02\x04\x06",
    "c\x02\x03\x02\x04\x09\x04\x02\x05\x02\x03\x02\x04\x09\x04\x02\x05\x02\x03",
    NULL,
};
const size_t fuzz_seed_sizes[] = {0, 0, 0, 0, 0};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    nf_engine engine =
        size && data[0] & 1 ? NF_ENGINE_CLIENT : NF_ENGINE_SERVER;
    nf_buffer report;
    bool valued;

    nf_buffer_init(&report, NF_BUFFER_MAX);
    if (!random_evaluations_agree(&report, &valued, engine, data + (size > 0),
                                  size - (size > 0))) {
        fprintf(stderr, "%s\n", nf_buffer_string(&report));
        abort();
    }
    nf_buffer_dispose(&report);
    return 0;
}
