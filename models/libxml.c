/* See libxml.h. The library is loaded once per process, as if it were linked.
 */
#include "models/libxml.h"

#include "base/dynamic.h"

#include <pthread.h>
#include <stdatomic.h>

#if LIBXML_VERSION < 21400
static const char file[] = "libxml2.so.2";
#else
static const char file[] = "libxml2.so.16";
#endif

static nf_libxml_functions functions;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static atomic_bool loaded;

#define TEXT(name)   #name
#define SYMBOL(name) {TEXT(name), &functions.name},

static void load(void)
{
    const nf_symbol symbols[] = {NF_LIBXML_FUNCTIONS(SYMBOL)};

    nf_dynamic_need(file, symbols, sizeof symbols / sizeof *symbols);
    atomic_store(&loaded, true);
}

const nf_libxml_functions *nf_libxml(void)
{
    pthread_once(&once, load);
    return &functions;
}

bool nf_libxml_room(void)
{
    return atomic_load(&loaded) || nf_dynamic_room(48 << 20);
}
