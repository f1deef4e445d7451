/* See icu.h. The library is loaded once per process, as if it were linked. */
#include "base/icu.h"

#include "base/dynamic.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

static nf_icu_functions functions;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static atomic_bool loaded;

#define TEXT(name)   #name
#define SYMBOL(name) {TEXT(name), &functions.name},

static void load(void)
{
    const nf_symbol symbols[] = {NF_ICU_FUNCTIONS(SYMBOL)};

    /* It needs libicuuc, which has the rest of them. */
    nf_dynamic_need("libicui18n.so." U_ICU_VERSION_SHORT, symbols,
                    sizeof symbols / sizeof *symbols);
    atomic_store(&loaded, true);
}

const nf_icu_functions *nf_icu(void)
{
    pthread_once(&once, load);
    return &functions;
}

bool nf_icu_room(size_t more)
{
    enum { LIBRARY = 44 << 20 }; /* with its tables and those it needs */
    size_t need = NF_ICU_ROOM + (atomic_load(&loaded) ? 0 : LIBRARY);

    return more < SIZE_MAX - need && nf_dynamic_room(need + more);
}

/* A set of characters or a property is a table of its own; everything else
 * takes some bytes. */
size_t nf_icu_regex_room(const char *pattern, size_t length)
{
    enum { OF_A_SET = 32 << 10, OF_A_BYTE = 256 };
    size_t sets = 0;

    for (size_t i = 0; i < length; i++)
        sets += pattern[i] == '[' || pattern[i] == '\\';
    return sets * OF_A_SET + length * OF_A_BYTE;
}
