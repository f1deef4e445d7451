/* See libpq.h. */
#include "database/libpq.h"

#include "base/dynamic.h"

#include <pthread.h>

static nf_libpq_functions functions;
static void *library;
static bool pipelines;
static pthread_once_t once = PTHREAD_ONCE_INIT;

#define SYMBOL(name) {#name, &functions.name},

static void load(void)
{
    const nf_symbol symbols[] = {NF_LIBPQ_FUNCTIONS(SYMBOL)};

    library = nf_dynamic_load("libpq.so.5", symbols,
                              sizeof symbols / sizeof *symbols);
#ifdef LIBPQ_HAS_PIPELINING
    const nf_symbol more[] = {NF_LIBPQ_PIPELINE(SYMBOL)};

    pipelines = library &&
                nf_dynamic_load("libpq.so.5", more, sizeof more / sizeof *more);
#endif
}

bool nf_libpq_load(void)
{
    pthread_once(&once, load);
    return library != NULL;
}

const nf_libpq_functions *nf_libpq(void)
{
    return &functions;
}

bool nf_libpq_pipelines(void)
{
    return pipelines;
}
