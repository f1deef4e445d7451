/* See zlib.h. The library is loaded once per process, as if it were linked. */
#include "sync/zlib.h"

#include "base/dynamic.h"

#include <pthread.h>
#include <stdatomic.h>

static nf_zlib_functions functions;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static atomic_bool loaded;

#define TEXT(name)   #name
#define SYMBOL(name) {TEXT(name), &functions.name},

static void load(void)
{
    const nf_symbol symbols[] = {NF_ZLIB_FUNCTIONS(SYMBOL)};

    nf_dynamic_need("libz.so.1", symbols, sizeof symbols / sizeof *symbols);
    atomic_store(&loaded, true);
}

const nf_zlib_functions *nf_zlib(void)
{
    pthread_once(&once, load);
    return &functions;
}

bool nf_zlib_room(void)
{
    return atomic_load(&loaded) || nf_dynamic_room(2 << 20);
}
