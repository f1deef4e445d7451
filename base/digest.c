/* See digest.h. libmd is small and here anyway, libcrypto faster by far. */
#include "base/digest.h"

#include "base/crypto.h"

#include <sha1.h>
#include <sha2.h>
#include <string.h>

enum { SHORT = 64 * 1024 };

bool nf_digest(uint8_t out[NF_DIGEST_SIZE], const void *bytes, size_t size)
{
    const nf_crypto_functions *crypto;

    if (!nf_crypto_room())
        return false;
    crypto = nf_crypto();
    return crypto->EVP_Digest(size ? bytes : "", size, out, NULL,
                              crypto->EVP_sha256(), NULL) == 1;
}

bool nf_digest_once(uint8_t out[NF_DIGEST_SIZE], const void *bytes, size_t size)
{
    SHA2_CTX context;

    if (size > SHORT)
        return nf_digest(out, bytes, size);
    SHA256Init(&context);
    if (size)
        SHA256Update(&context, bytes, size);
    SHA256Final(out, &context);
    return true;
}

void nf_digest_sha1(uint8_t out[NF_DIGEST_SHA1_SIZE], const void *prefix,
                    size_t prefix_size, const char *text)
{
    SHA1_CTX context;

    SHA1Init(&context);
    SHA1Update(&context, prefix, prefix_size);
    SHA1Update(&context, (const uint8_t *)text, strlen(text));
    SHA1Final(out, &context);
}
