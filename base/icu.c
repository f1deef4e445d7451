/* See icu.h. The library is loaded once per process, as if it were linked. */
#include "base/icu.h"

#include "base/dynamic.h"

#include <pthread.h>

static nf_icu_functions functions;
static pthread_once_t once = PTHREAD_ONCE_INIT;

#define TEXT(name)   #name
#define SYMBOL(name) {TEXT(name), &functions.name},

static void load(void)
{
    const nf_symbol symbols[] = {NF_ICU_FUNCTIONS(SYMBOL)};

    /* It needs libicuuc, which has the rest of them. */
    nf_dynamic_need("libicui18n.so." U_ICU_VERSION_SHORT, symbols,
                    sizeof symbols / sizeof *symbols);
}

const nf_icu_functions *nf_icu(void)
{
    pthread_once(&once, load);
    return &functions;
}
