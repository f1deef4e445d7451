/* Opening an app: the container and the built-in System module become one
 * model (model.h). Look-ups are here; what is built is in build_*.c. */
#include "models/model_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

static nf_status init_model(nf_model *model, nf_error *err)
{
    model->arena = nf_arena_new();
    model->document_index = nf_map_new();
    model->excluded_index = nf_map_new();
    model->entity_index = nf_map_new();
    model->association_index = nf_map_new();
    model->enumeration_index = nf_map_new();
    model->constant_index = nf_map_new();
    if (!model->arena || !model->document_index || !model->excluded_index ||
        !model->entity_index || !model->association_index ||
        !model->enumeration_index || !model->constant_index)
        return nf_error_nomem(err);
    return NF_OK;
}

static nf_status build(nf_model *model, nf_error *err)
{
    typedef nf_status (*step)(nf_model *, nf_error *);
    static const step steps[] = {
        nf_build_settings,  nf_build_enumerations, nf_build_domain,
        nf_build_members,   nf_build_security,     nf_build_rules,
        nf_build_constants, nf_build_navigation,   nf_build_fingerprint,
    };
    nf_status status = NF_OK;

    for (size_t i = 0; i < sizeof steps / sizeof *steps && !status; i++)
        status = steps[i](model, err);
    if (!status && nf_arena_failed(model->arena)) /* it lacks something */
        status = nf_error_nomem(err);
    return status;
}

/* A failure stays: what was built before it is not built again. */
nf_status nf_model_complete(nf_model *model, nf_error *err)
{
    NF_IN_MEMORY(NULL); /* not the session's that asks first */
    nf_status status;

    pthread_mutex_lock(&model->lock);
    if (!model->built) {
        model->built = true;
        build(model, &model->failure);
    }
    status = model->failure.status;
    if (status && err)
        *err = model->failure;
    pthread_mutex_unlock(&model->lock);
    return status;
}

nf_status nf_model_open(nf_model **out, const char *path, nf_error *err)
{
    nf_status status = nf_model_open_index(out, path, err);

    if (!status)
        status = nf_model_complete(*out, err);
    if (status) {
        nf_model_close(*out);
        *out = NULL;
    }
    return status;
}

void nf_model_close(nf_model *model)
{
    if (!model)
        return;
    for (size_t i = 0; i < model->entity_count; i++) {
        nf_map_free(model->entities[i]->members);
        nf_free(model->entities[i]->children);
    }
    nf_map_free(model->document_index);
    nf_map_free(model->excluded_index);
    nf_map_free(model->entity_index);
    nf_map_free(model->association_index);
    nf_map_free(model->enumeration_index);
    nf_map_free(model->constant_index);
    nf_container_close(model->app);
    nf_container_close(model->builtin);
    nf_arena_free(model->arena);
    pthread_mutex_destroy(&model->lock);
    nf_free(model);
}

size_t nf_model_warning_count(const nf_model *model)
{
    nf_container *app = model->app;
    size_t count;

    pthread_mutex_lock(&app->lock);
    count = app->warning_count;
    pthread_mutex_unlock(&app->lock);
    return count;
}

const char *nf_model_warning(const nf_model *model, size_t index)
{
    nf_container *app = model->app;
    const char *text;

    pthread_mutex_lock(&app->lock);
    text = index < app->warning_count ? app->warnings[index] : NULL;
    pthread_mutex_unlock(&app->lock);
    return text;
}

const nf_settings *nf_model_settings(const nf_model *model)
{
    return &model->settings;
}

const char *nf_model_path(const nf_model *model)
{
    return model->app->path;
}

const char *nf_model_app_id(const nf_model *model)
{
    return model->app_id;
}

const nf_container *nf_model_container(const nf_model *model)
{
    return model->app;
}

/* ---- modules and documents ----------------------------------------------- */

size_t nf_model_module_count(const nf_model *model)
{
    return model->module_count;
}

const nf_module *nf_model_module(const nf_model *model, size_t index)
{
    return index < model->module_count ? &model->modules[index] : NULL;
}

size_t nf_model_document_count(const nf_model *model)
{
    return model->document_count;
}

const nf_document *nf_model_document(const nf_model *model, size_t index)
{
    return index < model->document_count ? &model->documents[index]->document
                                         : NULL;
}

const nf_document *nf_model_find_document(const nf_model *model,
                                          const char *type,
                                          const char *qualified)
{
    char key[1024];
    int length = snprintf(key, sizeof key, "%s %s", type, qualified);

    if (length < 0 || (size_t)length >= sizeof key)
        return NULL;
    return nf_map_get(model->document_index, key);
}

const nf_element *nf_document_element(const nf_document *document,
                                      nf_error *err)
{
    const nf_document_item *item = (const nf_document_item *)document;
    const nf_element *element =
        nf_unit_element(item->container, item->unit, err);

    if (!element && err && nf_error_is_set(err))
        nf_error_in(err, document->qualified, NULL, NULL);
    return element;
}

/* Adds one unit as a document; modules and the project are none. */
static nf_status add_document(nf_model *model, const nf_container *container,
                              const nf_unit *unit, nf_error *err)
{
    nf_document_item *item = nf_arena_alloc(model->arena, sizeof *item);
    nf_document *document;
    const nf_unit *up = unit->parent;

    if (!item)
        return nf_error_nomem(err);
    while (up && strcmp(up->type, "Projects$ModuleImpl") != 0)
        up = up->parent;
    document = &item->document;
    for (size_t i = 0; up && i < model->module_count; i++)
        if (model->module_units[i] == up)
            document->module = &model->modules[i];
    document->model = model;
    document->id = unit->id;
    document->type = unit->type;
    document->name = unit->name;
    document->excluded = unit->excluded;
    document->qualified =
        !document->module ? unit->name
        : *unit->name     ? nf_arena_format(model->arena, "%s.%s",
                                            document->module->name, unit->name)
                          : document->module->name;
    item->container = container;
    item->unit = unit;
    if (!document->qualified)
        return nf_error_nomem(err);
    model->documents[model->document_count++] = item;
    return NF_OK;
}

static bool is_folder(const nf_document *document)
{
    return strcmp(document->type, "Projects$Folder") == 0;
}

/* MF-P4, MF-E19: excluded documents have an index of their own; of two live
 * ones of one type and name the first stays. */
static nf_status index_document(nf_model *model, nf_document_item *item,
                                nf_error *err)
{
    const nf_document *d = &item->document;
    nf_map *index = d->excluded ? model->excluded_index : model->document_index;
    const nf_document *other;
    char a[NF_GUID_TEXT_SIZE], b[NF_GUID_TEXT_SIZE];
    char *key;

    if (!*d->name || is_folder(d))
        return NF_OK;
    key = nf_arena_format(model->arena, "%s %s", d->type, d->qualified);
    if (!key)
        return nf_error_nomem(err);
    other = nf_map_get(index, key);
    if (!other)
        return nf_map_set(index, key, item) ? NF_OK : nf_error_nomem(err);
    if (d->excluded)
        return NF_OK;
    nf_guid_text(&other->id, a);
    nf_guid_text(&d->id, b);
    nf_container_warn(model->app,
                      "units %s and %s are both the %s \"%s\"; the first is "
                      "used",
                      a, b, d->type, d->qualified);
    return NF_OK;
}

static bool is_module(const nf_unit *unit)
{
    return strcmp(unit->type, "Projects$ModuleImpl") == 0;
}

static nf_status add_modules(nf_model *model, const nf_container *container,
                             nf_error *err)
{
    for (size_t i = 0; i < container->count; i++) {
        const nf_unit *unit = container->units[i];
        nf_module *module = &model->modules[model->module_count];

        if (!is_module(unit))
            continue;
        if (container != model->builtin && strcmp(unit->name, "System") == 0)
            return nf_error_set(err, NF_INPUT, "bad_model",
                                "\"%s\" has a module \"System\"; that name is "
                                "the platform's (rename the module)",
                                model->app->path);
        for (size_t k = 0; k < model->module_count; k++)
            if (strcmp(model->modules[k].name, unit->name) == 0)
                return nf_error_set(err, NF_INPUT, "bad_model",
                                    "\"%s\" has two modules \"%s\"",
                                    model->app->path, unit->name);
        module->name = unit->name;
        module->system = container == model->builtin;
        model->module_units[model->module_count++] = unit;
    }
    return NF_OK;
}

static nf_status add_documents(nf_model *model, const nf_container *container,
                               nf_error *err)
{
    nf_status status = NF_OK;

    for (size_t i = 0; i < container->count && !status; i++) {
        const nf_unit *unit = container->units[i];

        if (unit->missing || !unit->parent || is_module(unit))
            continue;
        status = add_document(model, container, unit, err);
        if (!status)
            status = index_document(
                model, model->documents[model->document_count - 1], err);
        if (unit->conflict)
            nf_container_warn(model->app,
                              "%s \"%s\" has an unresolved version-control "
                              "conflict and can't be run",
                              unit->type, unit->name);
    }
    return status;
}

static nf_status build_documents(nf_model *model, nf_error *err)
{
    size_t count = model->app->count + model->builtin->count;
    char id[NF_GUID_TEXT_SIZE] = "";
    nf_status status;

    model->modules =
        nf_arena_array(model->arena, count + 1, sizeof *model->modules);
    model->module_units =
        nf_arena_array(model->arena, count + 1, sizeof *model->module_units);
    model->documents =
        nf_arena_array(model->arena, count + 1, sizeof *model->documents);
    if (!model->modules || !model->module_units || !model->documents)
        return nf_error_nomem(err);
    for (size_t i = 0; i < model->app->count; i++)
        if (nf_guid_equal(&model->app->units[i]->id,
                          &model->app->units[i]->container_id))
            nf_guid_text(&model->app->units[i]->id, id);
    model->app_id = nf_arena_strdup(model->arena, id);
    status = model->app_id ? NF_OK : nf_error_nomem(err);
    if (!status)
        status = add_modules(model, model->builtin, err);
    if (!status)
        status = add_modules(model, model->app, err);
    if (!status)
        status = add_documents(model, model->builtin, err);
    if (!status)
        status = add_documents(model, model->app, err);
    return status;
}

nf_status nf_model_open_index(nf_model **out, const char *path, nf_error *err)
{
    nf_model *model = nf_alloc(sizeof *model);
    nf_status status;

    *out = NULL;
    if (!model || pthread_mutex_init(&model->lock, NULL)) {
        nf_free(model);
        return nf_error_nomem(err);
    }
    status = init_model(model, err);
    if (!status)
        status = nf_container_open(&model->app, path, err);
    if (!status)
        status = nf_container_open_builtin(&model->builtin, err);
    if (!status)
        status = build_documents(model, err);
    if (status) {
        nf_model_close(model);
        return status;
    }
    *out = model;
    return NF_OK;
}

const nf_element *nf_build_element(const nf_model *model,
                                   const nf_document_item *item)
{
    nf_error error = {0};
    const nf_element *element =
        nf_unit_element(item->container, item->unit, &error);

    if (!element && error.status == NF_NOMEM)
        nf_arena_fail(model->arena);
    else if (!element)
        nf_container_warn(model->app, "%s \"%s\" is left out: %s",
                          item->document.type, item->document.qualified,
                          error.message);
    return element;
}

const nf_document_item *nf_build_next(const nf_model *model, const char *type,
                                      size_t *cursor)
{
    while (*cursor < model->document_count) {
        const nf_document_item *item = model->documents[(*cursor)++];

        if (!item->document.excluded && strcmp(item->document.type, type) == 0)
            return item;
    }
    return NULL;
}

bool nf_build_strings(const nf_model *model, const char *const **out,
                      size_t *count, const nf_element *element,
                      const char *name)
{
    size_t items = nf_element_count(element, name);
    const char **texts = nf_arena_array(model->arena, items, sizeof *texts);

    *out = texts;
    *count = texts ? items : 0;
    for (size_t i = 0; i < *count; i++)
        texts[i] = nf_element_item_string(element, name, i);
    return texts != NULL;
}

/* ---- the domain model ---------------------------------------------------- */

size_t nf_model_entity_count(const nf_model *model)
{
    return model->entity_count;
}

const nf_entity *nf_model_entity(const nf_model *model, size_t index)
{
    return index < model->entity_count ? &model->entities[index]->entity : NULL;
}

nf_entity_item *nf_build_entity(const nf_model *model, const char *qualified)
{
    if (strcmp(qualified, "System.SynchronizationFailure") == 0)
        qualified = "System.SynchronizationError"; /* design §10.2 */
    return nf_map_get(model->entity_index, qualified);
}

const nf_entity *nf_model_find_entity(const nf_model *model,
                                      const char *qualified)
{
    nf_entity_item *item = nf_build_entity(model, qualified);

    return item ? &item->entity : NULL;
}

size_t nf_model_association_count(const nf_model *model)
{
    return model->association_count;
}

const nf_association *nf_model_association(const nf_model *model, size_t index)
{
    return index < model->association_count ? model->associations[index] : NULL;
}

const nf_association *nf_model_find_association(const nf_model *model,
                                                const char *qualified)
{
    return nf_map_get(model->association_index, qualified);
}

bool nf_entity_is(const nf_entity *entity, const nf_entity *ancestor)
{
    for (; entity; entity = entity->generalization)
        if (entity == ancestor)
            return true;
    return false;
}

/* "M.E.A" where E is the entity or one above it (MF-P9), though not the
 * declaring one; also under E's second name. */
static const nf_member *find_through(const nf_entity *entity, const char *name,
                                     size_t length)
{
    const nf_entity_item *item = (const nf_entity_item *)entity;
    char owner[512];
    size_t dot = length;

    while (dot > 0 && name[dot - 1] != '.')
        dot--;
    if (dot < 2 || dot > sizeof owner || !memchr(name, '.', dot - 1))
        return NULL;
    memcpy(owner, name, dot - 1);
    owner[dot - 1] = '\0';
    if (!nf_entity_is(entity, nf_model_find_entity(entity->model, owner)))
        return NULL;
    return nf_map_get_n(item->members, name + dot, length - dot);
}

const nf_member *nf_entity_find_member_n(const nf_entity *entity,
                                         const char *name, size_t length)
{
    const nf_entity_item *item = (const nf_entity_item *)entity;
    const nf_member *member = nf_map_get_n(item->members, name, length);

    return member ? member : find_through(entity, name, length);
}

const nf_member *nf_entity_find_member(const nf_entity *entity,
                                       const char *name)
{
    return nf_entity_find_member_n(entity, name, strlen(name));
}

nf_kind nf_attribute_kind(const nf_attribute *attribute)
{
    switch (attribute->type) {
    case NF_ATTRIBUTE_STRING:
    case NF_ATTRIBUTE_HASHED:
        return NF_KIND_STRING;
    case NF_ATTRIBUTE_INTEGER:
    case NF_ATTRIBUTE_LONG:
    case NF_ATTRIBUTE_AUTONUMBER:
        return NF_KIND_INTEGER;
    case NF_ATTRIBUTE_DECIMAL:
        return NF_KIND_DECIMAL;
    case NF_ATTRIBUTE_BOOLEAN:
        return NF_KIND_BOOLEAN;
    case NF_ATTRIBUTE_DATETIME:
        return NF_KIND_DATETIME;
    case NF_ATTRIBUTE_ENUMERATION:
        return NF_KIND_ENUMERATION;
    case NF_ATTRIBUTE_BINARY:
        break;
    }
    return NF_KIND_BINARY;
}

size_t nf_model_enumeration_count(const nf_model *model)
{
    return model->enumeration_count;
}

const nf_enumeration *nf_model_enumeration(const nf_model *model, size_t index)
{
    return index < model->enumeration_count ? model->enumerations[index] : NULL;
}

const nf_enumeration *nf_model_find_enumeration(const nf_model *model,
                                                const char *qualified)
{
    return nf_map_get(model->enumeration_index, qualified);
}

const nf_enumeration_value *
nf_enumeration_find(const nf_enumeration *enumeration, const char *key)
{
    for (size_t i = 0; i < enumeration->count; i++)
        if (strcmp(enumeration->values[i].name, key) == 0)
            return &enumeration->values[i];
    return NULL;
}

size_t nf_model_constant_count(const nf_model *model)
{
    return model->constant_count;
}

const nf_constant *nf_model_constant(const nf_model *model, size_t index)
{
    return index < model->constant_count ? model->constants[index] : NULL;
}

const nf_constant *nf_model_find_constant(const nf_model *model,
                                          const char *qualified)
{
    return nf_map_get(model->constant_index, qualified);
}

/* ---- texts --------------------------------------------------------------- */

static const char *translation(const nf_element *text, const char *language)
{
    for (size_t i = 0; i < nf_element_count(text, "Items"); i++) {
        const nf_element *item = nf_element_item(text, "Items", i);
        const char *value = nf_element_string(item, "Text", "");

        if (language ? strcmp(nf_element_string(item, "LanguageCode", ""),
                              language) == 0
                     : *value != '\0')
            return value;
    }
    return NULL;
}

/* MF-T1. */
const char *nf_model_text(const nf_model *model, const nf_element *text,
                          const char *language)
{
    const char *found = language ? translation(text, language) : NULL;

    if (!found || !*found)
        found = translation(text, model->settings.default_language);
    if (!found || !*found)
        found = translation(text, NULL);
    return found ? found : "";
}

bool nf_model_has_language(const nf_model *model, const char *code)
{
    const nf_element *settings = model->settings.languages;
    size_t count = settings ? nf_element_count(settings, "Languages") : 0;

    for (size_t i = 0; i < count; i++)
        if (strcmp(nf_element_string(nf_element_item(settings, "Languages", i),
                                     "Code", ""),
                   code) == 0)
            return true;
    return count == 0;
}

const nf_security *nf_model_security(const nf_model *model)
{
    return &model->security;
}
