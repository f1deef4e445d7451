/* See dynamic.h. */
#include "base/dynamic.h"

#include <dlfcn.h>
#include <string.h>

void *nf_dynamic_load(const char *file, const nf_symbol *symbols, size_t count)
{
    void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);

    for (size_t i = 0; library && i < count; i++) {
        void *symbol = dlsym(library, symbols[i].name);

        if (!symbol) {
            dlclose(library);
            return NULL;
        }
        memcpy(symbols[i].slot, &symbol, sizeof symbol); /* C has no cast */
    }
    return library;
}
