/* Base64 (RFC 4648 §4), for file contents in data files. */
#ifndef NF_LIBRARY_BASE64_H
#define NF_LIBRARY_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Text with padding and NUL; nf_free. NULL when out of memory. */
char *nf_base64_encode(const void *bytes, size_t size);
/* *out: nf_free. False for text that is no base64 (*out NULL) or when out of
 * memory. White space between characters is skipped. */
bool nf_base64_decode(uint8_t **out, size_t *size, const char *text,
                      size_t length);

#endif
