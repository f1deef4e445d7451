/* What a fuzz target shares with the driver that replays seeds as a test. A
 * target defines LLVMFuzzerTestOneInput and its built-in seeds (ended by
 * NULL); files named on the command line are seeds too. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern const char *const fuzz_seeds[];
extern const size_t fuzz_seed_sizes[]; /* 0: strlen of the seed */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
