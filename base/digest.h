/* Digests of bytes that are at hand. */
#ifndef NF_BASE_DIGEST_H
#define NF_BASE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NF_DIGEST_SIZE = 32, NF_DIGEST_SHA1_SIZE = 20 };

/* SHA-256. false: out of memory. */
bool nf_digest(uint8_t out[NF_DIGEST_SIZE], const void *bytes, size_t size);
/* The same where there are few and none is long: up to some ten KiB without
 * libcrypto, whose loading and first digest take milliseconds. */
bool nf_digest_once(uint8_t out[NF_DIGEST_SIZE], const void *bytes,
                    size_t size);
/* SHA-1 of a short text after a prefix: for names, not for secrets. */
void nf_digest_sha1(uint8_t out[NF_DIGEST_SHA1_SIZE], const void *prefix,
                    size_t prefix_size, const char *text);

#endif
