/* The sync entity set of a profile (synchronize S9, S10): the entities that
 * it configures and those that a nanoflow of the model touches. A nanoflow
 * touches an entity if a text in it names the entity, one of its attributes or
 * an association at one of its ends; that covers activities, types,
 * expressions and XPath alike and at worst includes an entity too many. */
#include "server/internal.h"

#include <ctype.h>

static void touch(nf_server *server, const nf_entity *entity)
{
    server->touched[entity->number] = 1;
}

/* A token "A.B", perhaps "A.B.C": an entity, an association, an attribute. */
static void touch_name(nf_server *server, const char *text, size_t length)
{
    const nf_model *model = server->options.model;
    const nf_entity *entity;
    const nf_association *association;
    char name[256];
    const char *first = memchr(text, '.', length), *second;

    if (!first || length >= sizeof name)
        return;
    second = memchr(first + 1, '.', (size_t)(text + length - first - 1));
    memcpy(name, text, length);
    name[second ? (size_t)(second - text) : length] = '\0';
    entity = nf_model_find_entity(model, name);
    if (entity) {
        touch(server, entity);
        return;
    }
    association = nf_model_find_association(model, name);
    if (association && association->parent && association->child) {
        touch(server, association->parent);
        touch(server, association->child);
    }
}

static bool is_name_char(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '.';
}

static void touch_text(nf_server *server, const char *text, size_t length)
{
    size_t start = 0;

    for (size_t i = 0; i <= length; i++) {
        if (i < length && is_name_char(text[i]))
            continue;
        if (i > start)
            touch_name(server, text + start, i - start);
        start = i + 1;
    }
}

enum { DEPTH_MAX = 64 };

static void touch_element(nf_server *server, const nf_element *element,
                          int depth);

static void touch_property(nf_server *server, const nf_property *property,
                           int depth)
{
    switch (property->kind) {
    case NF_PROPERTY_STRING:
        touch_text(server, property->as.string.text,
                   property->as.string.length);
        break;
    case NF_PROPERTY_ELEMENT:
        touch_element(server, property->as.element, depth + 1);
        break;
    case NF_PROPERTY_LIST:
        for (size_t i = 0; i < property->as.list.count; i++)
            touch_property(server, &property->as.list.items[i], depth + 1);
        break;
    default:
        break;
    }
}

static void touch_element(nf_server *server, const nf_element *element,
                          int depth)
{
    if (!element || depth > DEPTH_MAX)
        return;
    for (size_t i = 0; i < element->count; i++)
        touch_property(server, &element->properties[i], depth);
}

/* Looks through the nanoflows once. An unreadable one touches nothing: its
 * error is reported when it is called or checked. */
static nf_status find_touched(nf_server *server, nf_error *err)
{
    const nf_model *model = server->options.model;

    if (server->touched)
        return NF_OK;
    server->touched = nf_alloc_array(nf_model_entity_count(model) + 1, 1);
    if (!server->touched)
        return nf_error_nomem(err);
    for (size_t i = 0; i < nf_model_document_count(model); i++) {
        const nf_document *document = nf_model_document(model, i);
        if (document->excluded ||
            strcmp(document->type, nf_flow_kind_type(NF_FLOW_NANOFLOW)) != 0)
            continue;
        touch_element(server, nf_document_element(document, NULL), 0);
    }
    return NF_OK;
}

/* Entities of System that may be offline without being configured. */
static bool is_offline_system(const nf_entity *entity)
{
    static const char *const names[] = {"User",     "UserRole",     "Language",
                                        "TimeZone", "FileDocument", "Image"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!strcmp(entity->name, names[i]))
            return true;
    }
    return false;
}

nf_status nf_server_offline(nf_server *server, const nf_profile *profile,
                            const nf_entity *entity, bool *included,
                            nf_offline_config *config, nf_error *err)
{
    nf_status status;

    *included = false;
    *config = nf_profile_config(profile, entity);
    if (entity->kind != NF_ENTITY_PERSISTABLE ||
        !nf_database_table(server->database, entity))
        return NF_OK;
    if (!profile) { /* S4: every persistable entity */
        *included = !entity->module->system || is_offline_system(entity);
        return NF_OK;
    }
    if (nf_profile_configures(profile, entity)) {
        *included = true;
        return NF_OK;
    }
    if (server->options.configured_only && !entity->module->system)
        return NF_OK;
    /* S161: the error entity only if it is configured. */
    if (entity->module->system && !is_offline_system(entity))
        return NF_OK;
    status = find_touched(server, err);
    for (const nf_entity *e = entity; status == NF_OK && e;
         e = e->generalization)
        *included = *included || server->touched[e->number];
    return status;
}
