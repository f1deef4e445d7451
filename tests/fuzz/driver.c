/* Runs a fuzz target without libFuzzer: every seed as it is, then seeded
 * mutations of the seeds for a bounded time. The mutations are the same in
 * every run; only how many fit into the time differs. By hand: FUZZ_SECONDS
 * prolongs it and takes the bound off the mutations, SEED chooses others, and
 * FUZZ_KEEP names a file that has the last input. */
#include "fuzz.h"

#include <time.h>

enum {
    MILLISECONDS = 500,
    MAX_INPUT = 1 << 20,
    MUTATIONS = 4000,
    MAX_SEEDS = 64
};

static uint32_t state = 12345;

static long long number(const char *name, long long otherwise)
{
    const char *text = getenv(name);

    return text && *text ? strtoll(text, NULL, 10) : otherwise;
}

static long long elapsed(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static uint32_t random_number(uint32_t below)
{
    state = state * 1664525u + 1013904223u;
    return below ? (state >> 8) % below : 0;
}

static size_t mutate(uint8_t *bytes, size_t size)
{
    uint32_t count = 1 + random_number(4);

    for (uint32_t i = 0; i < count && size; i++) {
        uint32_t at = random_number((uint32_t)size);

        switch (random_number(4)) {
        case 0:
            bytes[at] ^= (uint8_t)(1u << random_number(8));
            break;
        case 1:
            bytes[at] = (uint8_t)random_number(256);
            break;
        case 2:
            size = at; /* cut */
            break;
        default:
            memmove(bytes + at, bytes + at / 2, size - at);
            break;
        }
    }
    return size;
}

static size_t load(const char *path, uint8_t *bytes)
{
    FILE *file = fopen(path, "rb");
    size_t size = file ? fread(bytes, 1, MAX_INPUT, file) : 0;

    if (file)
        fclose(file);
    return size;
}

static size_t seed_count(void)
{
    size_t count = 0;

    while (count < MAX_SEEDS && fuzz_seeds[count])
        count++;
    return count;
}

/* Copies seed `index` (built-in ones first, then files). */
static size_t take_seed(size_t index, char **files, uint8_t *bytes)
{
    size_t built_in = seed_count(), size;

    if (index >= built_in)
        return load(files[index - built_in], bytes);
    size = fuzz_seed_sizes[index] ? fuzz_seed_sizes[index]
                                  : strlen(fuzz_seeds[index]);
    if (size > MAX_INPUT)
        size = MAX_INPUT;
    memcpy(bytes, fuzz_seeds[index], size);
    return size;
}

static void run(const uint8_t *bytes, size_t size)
{
    const char *keep = getenv("FUZZ_KEEP");
    FILE *file = keep ? fopen(keep, "wb") : NULL;

    if (file) {
        fwrite(bytes, 1, size, file);
        fclose(file);
    }
    LLVMFuzzerTestOneInput(bytes, size);
}

int main(int argc, char **argv)
{
    uint8_t *bytes = malloc(MAX_INPUT);
    size_t count = seed_count() + (size_t)(argc - 1), runs = 0;
    long long seconds = number("FUZZ_SECONDS", 0), end;

    if (!bytes)
        return 1;
    state = (uint32_t)number("SEED", state);
    run(bytes, 0);
    for (size_t i = 0; i < count; i++)
        run(bytes, take_seed(i, argv + 1, bytes));
    end = elapsed() + (seconds ? seconds * 1000 : MILLISECONDS);
    for (; count && (seconds || runs < MUTATIONS) && elapsed() < end; runs++) {
        size_t size = take_seed(runs % count, argv + 1, bytes);

        run(bytes, mutate(bytes, size));
    }
    printf("%zu seeds, %zu mutations\n", count, runs);
    free(bytes);
    return 0;
}
