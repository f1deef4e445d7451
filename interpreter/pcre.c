/* See pcre.h. The libraries are loaded once per process, as if they were
 * linked. */
#include "interpreter/pcre.h"

#include "base/dynamic.h"

#include <pthread.h>
#include <stdatomic.h>

static nf_pcre_bytes bytes;
static nf_pcre_units units;
static pthread_once_t once_bytes = PTHREAD_ONCE_INIT;
static pthread_once_t once_units = PTHREAD_ONCE_INIT;
static atomic_bool loaded_bytes, loaded_units;

#define TEXT(name)  #name
#define BYTES(name) {TEXT(name), &bytes.name},
#define UNITS(name) {TEXT(name), &units.name},

static void load_bytes(void)
{
    const nf_symbol symbols[] = {NF_PCRE_BYTES(BYTES)};

    nf_dynamic_need("libpcre2-8.so.0", symbols,
                    sizeof symbols / sizeof *symbols);
    atomic_store(&loaded_bytes, true);
}

static void load_units(void)
{
    const nf_symbol symbols[] = {NF_PCRE_UNITS(UNITS)};

    nf_dynamic_need("libpcre2-16.so.0", symbols,
                    sizeof symbols / sizeof *symbols);
    atomic_store(&loaded_units, true);
}

const nf_pcre_bytes *nf_pcre(void)
{
    pthread_once(&once_bytes, load_bytes);
    return &bytes;
}

const nf_pcre_units *nf_pcre_wide(void)
{
    pthread_once(&once_units, load_units);
    return &units;
}

bool nf_pcre_room(bool wide)
{
    return atomic_load(wide ? &loaded_units : &loaded_bytes) ||
           nf_dynamic_room(2 << 20);
}
