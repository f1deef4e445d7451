/* See crypto.h. The library is loaded once per process, as if it were linked.
 */
#include "base/crypto.h"

#include "base/dynamic.h"

#include <pthread.h>
#include <stdatomic.h>

static nf_crypto_functions functions;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static atomic_bool loaded;

#define TEXT(name)       #name
#define FILE_OF(version) "libcrypto.so." TEXT(version)
#define SYMBOL(name)     {TEXT(name), &functions.name},

static void load(void)
{
    const nf_symbol symbols[] = {NF_CRYPTO_FUNCTIONS(SYMBOL)};

    nf_dynamic_need(FILE_OF(OPENSSL_SHLIB_VERSION), symbols,
                    sizeof symbols / sizeof *symbols);
    atomic_store(&loaded, true);
}

const nf_crypto_functions *nf_crypto(void)
{
    pthread_once(&once, load);
    return &functions;
}

bool nf_crypto_room(void)
{
    return atomic_load(&loaded) || nf_dynamic_room(8 << 20);
}

EVP_MD_CTX *nf_crypto_digest(void)
{
    return nf_crypto_room() ? nf_crypto()->EVP_MD_CTX_new() : NULL;
}

void nf_crypto_free(EVP_MD_CTX *context)
{
    if (context)
        nf_crypto()->EVP_MD_CTX_free(context);
}
