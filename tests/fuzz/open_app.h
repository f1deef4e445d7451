/* For targets whose reader needs a file: the bytes in one of the temporary
 * folder, opened as an app, all of its documents read. A refusal without a
 * message aborts. */
#ifndef FUZZ_OPEN_APP_H
#define FUZZ_OPEN_APP_H

#include <stddef.h>
#include <stdint.h>

void fuzz_open_app(const uint8_t *data, size_t size);

#endif
