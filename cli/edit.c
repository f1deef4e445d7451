/* See edit.h. */
#include "cli/edit.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static bool find(void *library, const char *name, void *slot)
{
    void *symbol = dlsym(library, name);

    memcpy(slot, &symbol, sizeof symbol); /* C has no cast */
    return symbol != NULL;
}

const cli_edit_functions *cli_edit(void)
{
    static cli_edit_functions functions; /* of the process, like the library */
    static bool complete;
    void *library;

    if (complete)
        return &functions;
    library = dlopen("libedit.so.2", RTLD_LAZY | RTLD_LOCAL);
    complete = library != NULL;
#define FIND(name) complete = complete && find(library, #name, &functions.name);
    CLI_EDIT_FUNCTIONS(FIND)
#undef FIND
    return complete ? &functions : NULL;
}
