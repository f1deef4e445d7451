/* Fuzz target: any bytes as one BSON unit (models/bson.c). What decodes must
 * encode and decode again to the same tree. */
#include "fuzz.h"

#include "models/bson.h"

const char *const fuzz_seeds[] = {NULL};
const size_t fuzz_seed_sizes[] = {0};

static void check_again(const nf_element *element)
{
    nf_arena *arena = nf_arena_new();
    const nf_element *again;
    nf_buffer bytes;
    size_t unknown;

    nf_buffer_init(&bytes, NF_BUFFER_MAX);
    nf_bson_encode(&bytes, element);
    if (arena && !bytes.failed &&
        nf_bson_decode(&again, arena, (const uint8_t *)bytes.data, bytes.length,
                       &unknown, NULL))
        abort();
    nf_arena_free(arena);
    nf_buffer_dispose(&bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    nf_arena *arena = nf_arena_new();
    /* a copy, so that sanitizers see reads past the end */
    uint8_t *copy = malloc(size ? size : 1);
    const nf_element *element;
    nf_bson_memory memory;
    nf_bson_head head;
    size_t unknown;

    if (arena && copy) {
        if (size)
            memcpy(copy, data, size);
        memory = nf_bson_memory_of(copy, size);
        nf_bson_head_read(&head, &memory.source, NULL);
        if (nf_bson_decode(&element, arena, copy, size, &unknown, NULL) ==
            NF_OK)
            check_again(element);
    }
    nf_arena_free(arena);
    free(copy);
    return 0;
}
