/* The functions of libcrypto that nanoflow calls, loaded with the first of
 * them. As icu.h; nobody else includes a header of OpenSSL. Short texts need
 * none of it (digest.h).
 *
 *     nf_crypto()->EVP_DigestUpdate(context, bytes, size) */
#ifndef NF_BASE_CRYPTO_H
#define NF_BASE_CRYPTO_H

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <stdbool.h>

#define NF_CRYPTO_FUNCTIONS(F)                                                 \
    F(CRYPTO_memcmp)                                                           \
    F(OPENSSL_cleanse)                                                         \
    F(EVP_DecodeBlock)                                                         \
    F(EVP_Digest)                                                              \
    F(EVP_DigestFinal_ex)                                                      \
    F(EVP_DigestInit_ex)                                                       \
    F(EVP_DigestUpdate)                                                        \
    F(EVP_EncodeBlock)                                                         \
    F(EVP_MD_CTX_copy_ex)                                                      \
    F(EVP_MD_CTX_free)                                                         \
    F(EVP_MD_CTX_new)                                                          \
    F(EVP_PBE_scrypt)                                                          \
    F(EVP_sha1)                                                                \
    F(EVP_sha256)                                                              \
    F(EVP_sha384)                                                              \
    F(EVP_sha512)

#define NF_CRYPTO_FIELD(name) __typeof__(name) *name;
typedef struct nf_crypto_functions {
    NF_CRYPTO_FUNCTIONS(NF_CRYPTO_FIELD)
} nf_crypto_functions;
#undef NF_CRYPTO_FIELD

/* Never NULL: without the library the process ends (nf_dynamic_need). Any
 * thread. */
const nf_crypto_functions *nf_crypto(void);
/* Whether it is loaded or can be: false, there is no memory (nf_dynamic_room).
 * Before its first function that could answer that. */
bool nf_crypto_room(void);
/* EVP_MD_CTX_new; NULL when out of memory, also for the library. */
EVP_MD_CTX *nf_crypto_digest(void);
/* EVP_MD_CTX_free; NULL is fine, and loads nothing. */
void nf_crypto_free(EVP_MD_CTX *context);

#endif
