/* See dynamic.h. */
#include "base/dynamic.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LIBRARY_MISSING = 127 };

static bool find(void *library, const nf_symbol *symbols, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        void *symbol = dlsym(library, symbols[i].name);

        if (!symbol)
            return false;
        memcpy(symbols[i].slot, &symbol, sizeof symbol); /* C has no cast */
    }
    return true;
}

void *nf_dynamic_load(const char *file, const nf_symbol *symbols, size_t count)
{
    void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);

    if (!library || find(library, symbols, count))
        return library;
    dlclose(library);
    return NULL;
}

void nf_dynamic_need(const char *file, const nf_symbol *symbols, size_t count)
{
    void *library = dlopen(file, RTLD_LAZY | RTLD_LOCAL);
    const char *problem;

    if (library && find(library, symbols, count))
        return;
    problem = dlerror();
    fprintf(stderr, "nanoflow: a library that is needed can't be loaded: %s\n",
            problem ? problem : file);
    _exit(LIBRARY_MISSING);
}

/* Volatile: a block that nobody uses may be left out by the compiler. */
bool nf_dynamic_room(size_t size)
{
    void *volatile room = malloc(size);
    bool there = room != NULL;

    free(room);
    return there;
}
