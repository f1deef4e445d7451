/* Look-ups in the generated metamodel table (sorted by type, MF-L1). */
#include "models/metamodel.h"

#include <stdlib.h>
#include <string.h>

#include "models/metamodel_table.h"

enum { TYPE_COUNT = sizeof meta_types / sizeof *meta_types };

size_t nf_meta_type_count(void)
{
    return TYPE_COUNT;
}

const nf_meta_type *nf_meta_type_at(size_t index)
{
    return &meta_types[index];
}

static int by_name(const void *key, const void *item)
{
    return strcmp(key, ((const nf_meta_type *)item)->name);
}

const nf_meta_type *nf_meta_find_stored_type(const char *name)
{
    return bsearch(name, meta_types, TYPE_COUNT, sizeof *meta_types, by_name);
}

const nf_meta_type *nf_meta_find_type(const char *name)
{
    const nf_meta_type *type = nf_meta_find_stored_type(name);

    for (size_t i = 0; !type && i < TYPE_COUNT; i++)
        if (strcmp(meta_types[i].sdk, name) == 0)
            type = &meta_types[i];
    return type;
}

const nf_meta_type *nf_meta_find_sdk_type(const char *name)
{
    const nf_meta_type *stored = nf_meta_find_stored_type(name);

    if (stored && strcmp(stored->sdk, name) == 0)
        return stored;
    for (size_t i = 0; i < TYPE_COUNT; i++)
        if (strcmp(meta_types[i].sdk, name) == 0)
            return &meta_types[i];
    return stored;
}

const nf_meta_property *nf_meta_find_property(const nf_meta_type *type,
                                              const char *name)
{
    if (!type)
        return NULL;
    for (size_t i = 0; i < type->count; i++)
        if (strcmp(type->properties[i].name, name) == 0)
            return &type->properties[i];
    return NULL;
}

const char *nf_meta_local_name(const char *type)
{
    const char *dollar = strchr(type, '$');

    return dollar ? dollar + 1 : type;
}

bool nf_meta_is_called(const nf_meta_type *type, const char *name, bool sdk)
{
    return strcmp(nf_meta_local_name(sdk ? type->sdk : type->name), name) == 0;
}

const char *nf_meta_containment(const char *type)
{
    const nf_meta_type *found = nf_meta_find_type(type);

    return found && found->unit ? found->containment : "Documents";
}
