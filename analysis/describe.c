/* Finds what a name means and describes it. */
#include "analysis/describe.h"

#include <stdlib.h>
#include <string.h>

/* The types of design §5, in the order in which a name without a type is
 * looked up. NULL: not a document. */
static const struct {
    const char *type, *stored;
} types[] = {
    {"nanoflow", "Microflows$Nanoflow"},
    {"microflow", "Microflows$Microflow"},
    {"rule", "Microflows$Rule"},
    {"entity", NULL},
    {"enumeration", NULL},
    {"constant", NULL},
    {"association", NULL},
    {"javascriptaction", "JavaScriptActions$JavaScriptAction"},
    {"javaaction", "JavaActions$JavaAction"},
    {"page", "Forms$Page"},
    {"folder", "Projects$Folder"},
    {"module", NULL},
};

typedef struct request {
    const nf_model *model;
    const char *name;
    nf_buffer *out;
    bool found;
} request;

static bool is_flow(const char *stored)
{
    return !strcmp(stored, "Microflows$Nanoflow") ||
           !strcmp(stored, "Microflows$Microflow") ||
           !strcmp(stored, "Microflows$Rule");
}

/* Also finds excluded documents, which the model does not give by name. NULL
 * `stored` takes any type. */
static const nf_document *find_document(const nf_model *model,
                                        const char *stored, const char *name)
{
    const nf_document *excluded = NULL;
    for (size_t i = 0; i < nf_model_document_count(model); i++) {
        const nf_document *document = nf_model_document(model, i);
        if ((stored && strcmp(document->type, stored)) ||
            strcmp(document->qualified, name))
            continue;
        if (!document->excluded)
            return document;
        excluded = document;
    }
    return excluded;
}

/* A document of a type without a text form of its own: its type and the plain
 * properties of its outermost element. */
static void describe_other(nf_lines *lines, const nf_document *document,
                           const nf_element *element)
{
    nf_buffer_format(nf_lines_begin(lines), "%s %s%s", document->type,
                     document->qualified,
                     document->excluded ? ", excluded" : "");
    nf_lines_end(lines, NF_LINE_TEXT, 0, 0);
    for (size_t i = 0; i < element->count; i++) {
        const nf_property *property = &element->properties[i];
        nf_buffer *out = nf_lines_begin(lines);
        if (property->kind == NF_PROPERTY_STRING)
            nf_buffer_format(out, "%s = %s", property->name,
                             property->as.string.text);
        else if (property->kind == NF_PROPERTY_BOOLEAN)
            nf_buffer_format(out, "%s = %s", property->name,
                             property->as.boolean ? "true" : "false");
        else if (property->kind == NF_PROPERTY_LIST)
            nf_buffer_format(out, "%s: %zu items", property->name,
                             property->as.list.count);
        else if (property->kind == NF_PROPERTY_ELEMENT)
            nf_buffer_format(out, "%s: %s", property->name,
                             property->as.element->type);
        else
            continue;
        nf_lines_end(lines, NF_LINE_TEXT, 1, 0);
    }
}

static void describe_module(nf_lines *lines, const nf_model *model,
                            const nf_module *module)
{
    nf_buffer_format(nf_lines_begin(lines), "module %s", module->name);
    nf_lines_end(lines, NF_LINE_TEXT, 0, 0);
    for (size_t i = 0; i < nf_model_entity_count(model); i++) {
        const nf_entity *entity = nf_model_entity(model, i);
        if (entity->module != module)
            continue;
        nf_buffer_format(nf_lines_begin(lines), "entity %s", entity->name);
        nf_lines_end(lines, NF_LINE_TEXT, 1, 0);
    }
    for (size_t i = 0; i < nf_model_document_count(model); i++) {
        const nf_document *document = nf_model_document(model, i);
        if (document->module != module || !*document->name)
            continue;
        const char *type = document->type;
        for (size_t j = 0; j < sizeof types / sizeof *types; j++)
            if (types[j].stored && !strcmp(types[j].stored, type))
                type = types[j].type;
        nf_buffer_format(nf_lines_begin(lines), "%s %s%s", type, document->name,
                         document->excluded ? ", excluded" : "");
        nf_lines_end(lines, NF_LINE_TEXT, 1, 0);
    }
}

static const nf_module *find_module(const nf_model *model, const char *name)
{
    for (size_t i = 0; i < nf_model_module_count(model); i++)
        if (!strcmp(nf_model_module(model, i)->name, name))
            return nf_model_module(model, i);
    return NULL;
}

/* What is not a document. */
static bool describe_domain(nf_lines *lines, const request *r, const char *type)
{
    const nf_entity *entity = nf_model_find_entity(r->model, r->name);
    const nf_enumeration *enumeration =
        nf_model_find_enumeration(r->model, r->name);
    const nf_constant *constant = nf_model_find_constant(r->model, r->name);
    const nf_association *association =
        nf_model_find_association(r->model, r->name);
    const nf_module *module = find_module(r->model, r->name);
    if (!strcmp(type, "entity") && entity)
        nf_describe_entity(lines, entity);
    else if (!strcmp(type, "enumeration") && enumeration)
        nf_describe_enumeration(lines, r->model, enumeration);
    else if (!strcmp(type, "constant") && constant)
        nf_describe_constant(lines, constant);
    else if (!strcmp(type, "association") && association)
        nf_describe_association(lines, r->model, association);
    else if (!strcmp(type, "module") && module)
        describe_module(lines, r->model, module);
    else
        return false;
    return true;
}

/* Runs one describer and writes its lines. */
static nf_status describe_lines(request *r, const char *type,
                                const nf_document *document,
                                const nf_element *element, nf_error *err)
{
    nf_lines lines;
    nf_arena *arena = nf_arena_new();
    if (!arena)
        return nf_error_nomem(err);
    nf_status status = NF_OK;
    nf_lines_init(&lines, arena);
    if (document) {
        describe_other(&lines, document, element);
        r->found = true;
    } else {
        r->found = describe_domain(&lines, r, type);
    }
    if (r->found && !nf_lines_write(&lines, 0, r->out))
        status = nf_error_nomem(err);
    nf_lines_dispose(&lines);
    nf_arena_free(arena);
    return status;
}

static nf_status describe_document(request *r, const char *stored,
                                   nf_error *err)
{
    const nf_document *document = find_document(r->model, stored, r->name);
    if (!document)
        return NF_OK;
    r->found = true;
    const nf_element *element = nf_document_element(document, err);
    if (!element)
        return nf_error_set(err, NF_INPUT, "", "'%s' can't be read",
                            document->qualified);
    if (is_flow(document->type))
        return nf_describe_flow(r->out, r->model, document, element, err);
    return describe_lines(r, NULL, document, element, err);
}

static nf_status try_type(request *r, size_t index, nf_error *err)
{
    if (types[index].stored)
        return describe_document(r, types[index].stored, err);
    return describe_lines(r, types[index].type, NULL, NULL, err);
}

nf_status nf_describe(nf_buffer *out, const nf_model *model, const char *name,
                      nf_error *err)
{
    request r = {model, name, out, false};
    nf_status status = NF_OK;
    const char *colon = strchr(name, ':');
    size_t count = sizeof types / sizeof *types;
    if (colon) {
        size_t length = (size_t)(colon - name), i = 0;
        r.name = colon + 1;
        while (i < count && (strlen(types[i].type) != length ||
                             strncmp(types[i].type, name, length)))
            i++;
        if (i < count) {
            status = try_type(&r, i, err);
        } else {
            char *stored = nf_strndup(name, length);
            status = stored ? describe_document(&r, stored, err)
                            : nf_error_nomem(err);
            nf_free(stored);
        }
    } else {
        for (size_t i = 0; i < count && status == NF_OK && !r.found; i++)
            status = try_type(&r, i, err);
        if (status == NF_OK && !r.found)
            status = describe_document(&r, NULL, err);
    }
    if (status == NF_OK && !r.found)
        return nf_error_set(err, NF_USAGE, "not_found",
                            "'%s' is not in this app; 'nanoflow list' shows "
                            "what is",
                            name);
    return status;
}
