/* The built-in module System: models/system.xml, turned into units when
 * nanoflow was built (generate/pack.c) and decoded when first needed. */
#include "models/bson.h"
#include "models/container.h"

typedef struct builtin_unit {
    nf_guid id, container_id;
    const char *containment, *type, *name;
    const uint8_t *contents;
    size_t length;
} builtin_unit;

#include "models/system_units.h"

enum { COUNT = sizeof builtin_units / sizeof *builtin_units };

static const builtin_unit *find(const nf_guid *id)
{
    for (size_t i = 0; i < COUNT; i++)
        if (nf_guid_equal(&builtin_units[i].id, id))
            return &builtin_units[i];
    return NULL;
}

static nf_status load(const nf_container *container, nf_unit *unit,
                      nf_error *err)
{
    const builtin_unit *stored = find(&unit->id);
    nf_arena *arena = nf_arena_new();
    const nf_element *element = NULL;
    size_t unknown;
    nf_status status;

    (void)container;
    if (!arena || !stored) {
        nf_arena_free(arena);
        return nf_error_nomem(err);
    }
    status = nf_bson_decode(&element, arena, stored->contents, stored->length,
                            &unknown, err);
    if (status) {
        nf_arena_free(arena);
        return status;
    }
    unit->arena = arena;
    atomic_store_explicit(&unit->element, element, memory_order_release);
    return NF_OK;
}

static nf_status add_units(nf_container *container, nf_error *err)
{
    for (size_t i = 0; i < COUNT; i++) {
        nf_unit *unit = nf_container_add(container, err);

        if (!unit)
            return NF_NOMEM;
        unit->id = builtin_units[i].id;
        unit->container_id = builtin_units[i].container_id;
        unit->containment = builtin_units[i].containment;
        unit->type = builtin_units[i].type;
        unit->name = builtin_units[i].name;
    }
    return nf_container_link(container, err);
}

nf_status nf_container_open_builtin(nf_container **out, nf_error *err)
{
    nf_container *container = nf_container_new("System", err);
    nf_status status;

    *out = NULL;
    if (!container)
        return NF_NOMEM;
    container->load = load;
    status = add_units(container, err);
    if (status) {
        nf_container_close(container);
        return status;
    }
    *out = container;
    return NF_OK;
}
