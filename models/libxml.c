/* See libxml.h. The library is loaded once per process, as if it were linked.
 */
#include "models/libxml.h"

#include "base/dynamic.h"

#include <pthread.h>

#if LIBXML_VERSION < 21400
static const char file[] = "libxml2.so.2";
#else
static const char file[] = "libxml2.so.16";
#endif

static nf_libxml_functions functions;
static pthread_once_t once = PTHREAD_ONCE_INIT;

#define TEXT(name)   #name
#define SYMBOL(name) {TEXT(name), &functions.name},

static void load(void)
{
    const nf_symbol symbols[] = {NF_LIBXML_FUNCTIONS(SYMBOL)};

    nf_dynamic_need(file, symbols, sizeof symbols / sizeof *symbols);
}

const nf_libxml_functions *nf_libxml(void)
{
    pthread_once(&once, load);
    return &functions;
}
