/* Layouts: where the members of each entity are stored, and the SQL text that
 * follows from it. Built once at open (migrate.c), read-only afterwards except
 * for texts and plans that are made when first needed. */
#include "database/schema.h"

#include "base/memory.h"
#include "base/digest.h"

#include <stdio.h>

char *nf_sql_name(const nf_database *database, const char *name)
{
    char *stored = database->driver->name(name);
    size_t length = stored ? strlen(stored) : 0, i, at = 0;
    char *quoted = stored ? nf_alloc(2 * length + 3) : NULL;

    if (!quoted) {
        nf_free(stored);
        return NULL;
    }
    quoted[at++] = '"';
    for (i = 0; i < length; i++) {
        if (stored[i] == '"')
            quoted[at++] = '"';
        quoted[at++] = stored[i];
    }
    quoted[at] = '"';
    nf_free(stored);
    return quoted;
}

/* Models written by hand may have no guid: their names are then their
 * identity. */
static void storage_guid(nf_guid *out, const nf_guid *guid, const char *scope,
                         const char *name)
{
    unsigned char digest[NF_DIGEST_SIZE];
    char text[1024];

    if (guid && !nf_guid_is_zero(guid)) {
        *out = *guid;
        return;
    }
    snprintf(text, sizeof text, "%s/%s", scope, name);
    (void)nf_digest_once(digest, text, strlen(text)); /* short */
    memcpy(out->bytes, digest, sizeof out->bytes);
}

void nf_entity_storage_guid(const nf_entity *entity, nf_guid *out)
{
    storage_guid(out, &entity->guid, "entity", entity->qualified);
}

void nf_association_storage_guid(const nf_association *association,
                                 nf_guid *out)
{
    storage_guid(out, &association->guid, "association",
                 association->qualified);
}

void nf_member_storage_guid(const nf_member *member, nf_guid *out)
{
    size_t i;

    if (member->attribute) {
        storage_guid(out, &member->attribute->guid, "attribute",
                     member->attribute->qualified);
        return;
    }
    nf_association_storage_guid(member->association, out);
    if (member->child_end) /* the two ends are two members */
        for (i = 0; i < sizeof out->bytes; i++)
            out->bytes[i] ^= 0xff;
}

nf_layout *nf_layout_of(const nf_database *database, const nf_entity *entity)
{
    if (!entity || entity->number >= database->layout_count)
        return NULL;
    return database->layouts[entity->number].number
               ? &database->layouts[entity->number]
               : NULL;
}

const char *nf_database_table(const nf_database *database,
                              const nf_entity *entity)
{
    const nf_layout *layout = nf_layout_of(database, entity);

    return layout ? layout->root->quoted : NULL;
}

const char *nf_database_column(const nf_database *database,
                               const nf_entity *entity, size_t member_index)
{
    const nf_layout *layout = nf_layout_of(database, entity);

    if (!layout || member_index >= entity->member_count)
        return NULL;
    return layout->columns[member_index].quoted;
}

const char *nf_database_set_table(const nf_database *database,
                                  const nf_association *association)
{
    const nf_set_table *set =
        nf_map_get(database->set_by_name, association->qualified);

    return set ? set->quoted : NULL;
}

int64_t nf_database_entity_number(const nf_database *database,
                                  const nf_entity *entity)
{
    const nf_layout *layout = nf_layout_of(database, entity);

    return layout ? layout->number : 0;
}

const nf_entity *nf_database_entity(const nf_database *database, int64_t number)
{
    const nf_layout *layout = nf_idmap_get(database->numbers, number);

    return layout ? layout->entity : NULL;
}

bool nf_layout_type_filter(nf_buffer *sql, const nf_layout *layout,
                           const char *alias, bool exact)
{
    if (!layout->root->typed || (layout->root == layout && !exact))
        return false;
    if (exact)
        nf_buffer_format(sql, "%s._type = %lld", alias,
                         (long long)layout->number);
    else
        nf_buffer_format(sql, "%s._type IN %s", alias, layout->types);
    return true;
}

/* ---- read plans ---------------------------------------------------------- */

/* Adds the own-level columns of an entity and of everything below it. */
static bool plan_entity(nf_database *database, nf_read_plan *plan,
                        const nf_entity *entity, const int *inherited,
                        size_t inherited_count, nf_buffer *sql, int *next,
                        int depth)
{
    nf_layout *layout = nf_layout_of(database, entity);
    int *map;
    size_t i;

    if (!layout || depth > 64)
        return true;
    map = nf_alloc_array(entity->member_count, sizeof *map);
    if (!map)
        return false;
    plan->maps[entity->number] = map;
    for (i = 0; i < entity->member_count; i++) {
        if (i < inherited_count) {
            map[i] = inherited[i];
        } else if (layout->columns[i].storage == NF_STORED_COLUMN) {
            map[i] = (*next)++;
            nf_buffer_format(sql, ", o.%s", layout->columns[i].quoted);
        } else {
            map[i] = -1;
        }
    }
    for (i = 0; i < entity->specialization_count; i++)
        if (!plan_entity(database, plan, entity->specializations[i], map,
                         entity->member_count, sql, next, depth + 1))
            return false;
    return true;
}

static void free_plan(nf_read_plan *plan)
{
    size_t i;

    if (!plan)
        return;
    for (i = 0; i < plan->map_count; i++)
        nf_free(plan->maps[i]);
    nf_free(plan->maps);
    nf_free(plan->columns);
    nf_free(plan);
}

const nf_read_plan *nf_layout_plan(nf_database *database, nf_layout *layout,
                                   nf_error *err)
{
    nf_read_plan *plan;
    nf_buffer sql;
    bool server = database->side == NF_DATABASE_SERVER;
    int next = server ? 3 : 2;

    if (layout->plan)
        return layout->plan;
    nf_buffer_init(&sql, NF_BUFFER_MAX);
    plan = nf_alloc(sizeof *plan);
    if (plan)
        plan->maps = nf_alloc_array(database->layout_count, sizeof *plan->maps);
    if (!plan || !plan->maps)
        goto failed;
    plan->map_count = database->layout_count;
    if (layout->root->typed)
        nf_buffer_text(&sql, "o.id, o._type");
    else
        nf_buffer_format(&sql, "o.id, %lld", (long long)layout->number);
    if (server)
        nf_buffer_text(&sql, ", o._version");
    if (!plan_entity(database, plan, layout->entity, NULL, 0, &sql, &next, 0))
        goto failed;
    plan->columns = nf_buffer_take(&sql);
    if (!plan->columns)
        goto failed;
    layout->plan = plan;
    return plan;
failed:
    nf_buffer_dispose(&sql);
    free_plan(plan);
    nf_error_nomem(err);
    return NULL;
}

void nf_schema_close(nf_database *database)
{
    size_t i, m;

    for (i = 0; i < database->layout_count; i++) {
        nf_layout *layout = &database->layouts[i];

        for (m = 0; layout->columns && m < layout->entity->member_count; m++)
            if (layout->columns[m].owned) {
                nf_free(layout->columns[m].name);
                nf_free(layout->columns[m].quoted);
            }
        nf_free(layout->columns);
        nf_free(layout->table);
        nf_free(layout->quoted);
        nf_free(layout->types);
        nf_free(layout->insert_sql);
        nf_free(layout->exists_sql);
        nf_free(layout->update_sql);
        nf_buffer_dispose(&layout->creating);
        free_plan(layout->plan);
    }
    for (i = 0; i < database->anywhere_count; i++)
        nf_free(database->anywhere[i]);
    nf_free(database->anywhere);
    database->anywhere = NULL;
    database->anywhere_count = 0;
    nf_whose_dispose(database);
    nf_free(database->layouts);
    database->layouts = NULL;
    database->layout_count = 0;
    for (i = 0; i < database->set_count; i++) {
        nf_free(database->sets[i].table);
        nf_free(database->sets[i].quoted);
    }
    nf_free(database->sets);
    database->sets = NULL;
    database->set_count = 0;
    nf_map_free(database->set_by_name);
    database->set_by_name = NULL;
    nf_idmap_free(database->numbers);
    database->numbers = NULL;
}
