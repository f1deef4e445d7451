/* See crypto.h. The library is loaded once per process, as if it were linked.
 */
#include "base/crypto.h"

#include "base/dynamic.h"

#include <pthread.h>

static nf_crypto_functions functions;
static pthread_once_t once = PTHREAD_ONCE_INIT;

#define TEXT(name)       #name
#define FILE_OF(version) "libcrypto.so." TEXT(version)
#define SYMBOL(name)     {TEXT(name), &functions.name},

static void load(void)
{
    const nf_symbol symbols[] = {NF_CRYPTO_FUNCTIONS(SYMBOL)};

    nf_dynamic_need(FILE_OF(OPENSSL_SHLIB_VERSION), symbols,
                    sizeof symbols / sizeof *symbols);
}

const nf_crypto_functions *nf_crypto(void)
{
    pthread_once(&once, load);
    return &functions;
}

void nf_crypto_free(EVP_MD_CTX *context)
{
    if (context)
        nf_crypto()->EVP_MD_CTX_free(context);
}
