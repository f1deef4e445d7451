/* `list`: the documents of an app (design §5, Names). */
#include "library/app.h"
#include "library/json.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* The documents that `list` shows under one name of a kind: the short names of
 * design §5 and their stored types. NULL at the end. */
static const struct listed {
    const char *name;   /* "nanoflow" */
    const char *stored; /* "Microflows$Nanoflow"; NULL: no document */
} types[] = {
    {"module", NULL},
    {"folder", "Projects$Folder"},
    {"nanoflow", "Microflows$Nanoflow"},
    {"microflow", "Microflows$Microflow"},
    {"rule", "Microflows$Rule"},
    {"entity", NULL},
    {"association", NULL},
    {"enumeration", "Enumerations$Enumeration"},
    {"constant", "Constants$Constant"},
    {"page", "Forms$Page"},
    {"javascriptaction", "JavaScriptActions$JavaScriptAction"},
    {"javaaction", "JavaActions$JavaAction"},
    {NULL, NULL},
};

typedef struct row {
    const char *type;
    const char *name;
    bool excluded;
} row;

typedef struct rows {
    row *items;
    size_t count, capacity;
    const char *type;   /* NULL: all */
    const char *module; /* NULL: all */
    bool failed;        /* out of memory */
} rows;

static bool in_module(const char *qualified, const char *module)
{
    size_t length = strlen(module);
    return strncmp(qualified, module, length) == 0 &&
           (qualified[length] == '.' || qualified[length] == '\0');
}

static void add(rows *r, const char *type, const char *name, bool excluded)
{
    if (r->failed || (r->type && strcmp(r->type, type) != 0) ||
        (r->module && !in_module(name, r->module)) || in_module(name, "System"))
        return;
    row *items = nf_grow(r->items, r->count, &r->capacity, sizeof *items);
    if (!items) {
        r->failed = true;
        return;
    }
    r->items = items;
    items[r->count++] = (row){type, name, excluded};
}

/* The short name of a stored type, or the type itself. */
static const char *short_name(const char *stored)
{
    for (const struct listed *t = types; t->name; t++)
        if (t->stored && strcmp(t->stored, stored) == 0)
            return t->name;
    return stored;
}

static void collect(rows *r, const nf_model *model)
{
    for (size_t i = 0; i < nf_model_module_count(model); i++) {
        const nf_module *module = nf_model_module(model, i);
        if (!module->system)
            add(r, "module", module->name, false);
    }
    for (size_t i = 0; i < nf_model_entity_count(model); i++) {
        const nf_entity *entity = nf_model_entity(model, i);
        if (!entity->module->system)
            add(r, "entity", entity->qualified, false);
    }
    for (size_t i = 0; i < nf_model_association_count(model); i++) {
        const nf_association *a = nf_model_association(model, i);
        if (!a->system)
            add(r, "association", a->qualified, false);
    }
    for (size_t i = 0; i < nf_model_document_count(model); i++) {
        const nf_document *d = nf_model_document(model, i);
        if (*d->name && !(d->module && d->module->system))
            add(r, short_name(d->type), d->qualified, d->excluded);
    }
}

static int compare(const void *a, const void *b)
{
    const row *x = a, *y = b;
    int order = strcmp(x->type, y->type);
    return order ? order : strcmp(x->name, y->name);
}

static nf_status print_json(char **out, const rows *r, nf_error *err)
{
    json_object *array = json_object_new_array();
    for (size_t i = 0; array && i < r->count; i++) {
        json_object *item = json_object_new_object();
        nf_json_text(item, "type", r->items[i].type);
        nf_json_text(item, "name", r->items[i].name);
        json_object_object_add(item, "excluded",
                               json_object_new_boolean(r->items[i].excluded));
        json_object_array_add(array, item);
    }
    *out = nf_json_text_of(array, NF_JSON_PRETTY);
    json_object_put(array);
    return *out ? NF_OK : nf_error_nomem(err);
}

static nf_status print_lines(char **out, const rows *r, nf_error *err)
{
    nf_buffer buffer;
    nf_buffer_init(&buffer, NF_BUFFER_MAX);
    for (size_t i = 0; i < r->count; i++) {
        if (!r->type)
            nf_buffer_format(&buffer, "%s\t", r->items[i].type);
        nf_buffer_text(&buffer, r->items[i].name);
        nf_buffer_text(&buffer, r->items[i].excluded ? "\texcluded\n" : "\n");
    }
    *out = buffer.length ? nf_buffer_take(&buffer) : nf_strdup("");
    nf_buffer_dispose(&buffer);
    return *out ? NF_OK : nf_error_nomem(err);
}

/* The name that rows carry for what the caller asked for: stored types of
 * known kinds become short names. *out NULL: unknown. */
static const char *wanted_type(const char *type)
{
    for (const struct listed *t = types; t->name; t++)
        if (strcmp(t->name, type) == 0)
            return t->name;
    return strchr(type, '$') ? short_name(type) : NULL;
}

/* Whether the rows of a type are modules or documents, which the index of an
 * app knows. */
static bool of_document(const char *type)
{
    return type && strcmp(type, "entity") != 0 &&
           strcmp(type, "association") != 0;
}

static bool has_module(const nf_model *model, const char *name)
{
    for (size_t i = 0; i < nf_model_module_count(model); i++)
        if (strcmp(nf_model_module(model, i)->name, name) == 0)
            return true;
    return false;
}

nf_status nf_app_list(char **out, const nf_app *app, const char *type,
                      const char *module, bool json, nf_error *err)
{
    rows r = {.module = module};
    nf_status status = NF_OK;
    *out = NULL;
    if (type && !(r.type = wanted_type(type)))
        return nf_error_set(err, NF_USAGE, "not_found",
                            "unknown type \"%s\": use module, folder, "
                            "nanoflow, microflow, rule, entity, association, "
                            "enumeration, constant, page, javascriptaction, "
                            "javaaction or a stored type such as "
                            "Microflows$Nanoflow",
                            type);
    if (!of_document(r.type))
        status = nf_app_complete(app, err);
    if (status != NF_OK)
        return status;
    if (module && !has_module(app->model, module))
        return nf_error_set(err, NF_USAGE, "not_found",
                            "the app has no module \"%s\"", module);
    collect(&r, app->model);
    if (r.failed)
        status = nf_error_nomem(err);
    if (r.count)
        qsort(r.items, r.count, sizeof *r.items, compare);
    if (status == NF_OK)
        status = json ? print_json(out, &r, err) : print_lines(out, &r, err);
    nf_free(r.items);
    return status;
}
