/* What a name means. Entities and associations are no documents: their
 * elements stand in the domain model of their module. */
#include "analysis/names.h"

#include "base/memory.h"
#include "base/suggest.h"

#include <string.h>
#include <strings.h>

/* In the order in which a name without a type is looked up. NULL: not a
 * document. */
static const struct {
    const char *type, *stored;
} types[] = {
    {"nanoflow", "Microflows$Nanoflow"},
    {"microflow", "Microflows$Microflow"},
    {"rule", "Microflows$Rule"},
    {"entity", NULL},
    {"enumeration", "Enumerations$Enumeration"},
    {"constant", "Constants$Constant"},
    {"association", NULL},
    {"javascriptaction", "JavaScriptActions$JavaScriptAction"},
    {"javaaction", "JavaActions$JavaAction"},
    {"page", "Forms$Page"},
    {"folder", "Projects$Folder"},
    {"module", NULL},
};
enum { TYPE_COUNT = sizeof types / sizeof *types };

const char *nf_named_type(const char *stored)
{
    for (size_t i = 0; i < TYPE_COUNT; i++)
        if (types[i].stored && !strcmp(types[i].stored, stored))
            return types[i].type;
    return stored;
}

bool nf_named_is_flow(const char *stored)
{
    enum { FLOWS = 3 };
    for (size_t i = 0; i < FLOWS; i++)
        if (!strcmp(types[i].stored, stored))
            return true;
    return false;
}

/* Also finds excluded documents, which the model does not give by name; one
 * that is not excluded is preferred. NULL `stored` takes any type. */
static const nf_document *find_document(const nf_model *model,
                                        const char *stored, const char *name)
{
    const nf_document *excluded = NULL;
    if (!*name) /* units without a name are called "" */
        return NULL;
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

/* The item called `name` in a list of a module's domain model; NULL. */
static const nf_element *find_in_domain(const nf_model *model,
                                        const char *qualified, const char *list)
{
    const char *dot = strchr(qualified, '.');
    for (size_t i = 0; dot && i < nf_model_document_count(model); i++) {
        const nf_document *document = nf_model_document(model, i);
        size_t length = (size_t)(dot - qualified);
        if (!document->module ||
            strcmp(document->type, "DomainModels$DomainModel") != 0 ||
            strlen(document->module->name) != length ||
            strncmp(document->module->name, qualified, length) != 0)
            continue;
        const nf_element *element = nf_document_element(document, NULL);
        size_t count = nf_element_count(element, list);
        for (size_t j = 0; j < count; j++) {
            const nf_element *item = nf_element_item(element, list, j);
            if (!strcmp(nf_element_string(item, "Name", ""), dot + 1))
                return item;
        }
    }
    return NULL;
}

static void find_module(nf_named *out, const nf_model *model, const char *name)
{
    for (size_t i = 0; i < nf_model_module_count(model); i++)
        if (!strcmp(nf_model_module(model, i)->name, name))
            out->module = nf_model_module(model, i);
}

static bool is_found(const nf_named *named)
{
    return named->module || named->entity || named->association ||
           named->document;
}

static nf_status find_stored(nf_named *out, const nf_model *model,
                             const char *stored, const char *name,
                             nf_error *err)
{
    out->document = find_document(model, stored, name);
    if (!out->document)
        return NF_OK;
    out->element = nf_document_element(out->document, err);
    return out->element
               ? NF_OK
               : nf_error_set(err, NF_INPUT, "", "'%s' can't be read", name);
}

static nf_status find_typed(nf_named *out, const nf_model *model, size_t type,
                            const char *name, nf_error *err)
{
    if (types[type].stored)
        return find_stored(out, model, types[type].stored, name, err);
    if (!strcmp(types[type].type, "entity")) {
        out->entity = nf_model_find_entity(model, name);
        if (out->entity)
            out->element =
                find_in_domain(model, out->entity->qualified, "Entities");
    } else if (!strcmp(types[type].type, "association")) {
        out->association = nf_model_find_association(model, name);
        if (out->association)
            out->element = find_in_domain(model, name, "Associations");
        if (out->association && !out->element)
            out->element = find_in_domain(model, name, "CrossAssociations");
    } else {
        find_module(out, model, name);
    }
    return NF_OK;
}

/* TYPE:NAME, with a short type or a stored one. */
static nf_status find_prefixed(nf_named *out, const nf_model *model,
                               const char *name, size_t length, nf_error *err)
{
    for (size_t i = 0; i < TYPE_COUNT; i++)
        if (strlen(types[i].type) == length &&
            !strncmp(types[i].type, name, length))
            return find_typed(out, model, i, name + length + 1, err);
    char *stored = nf_strndup(name, length);
    if (!stored)
        return nf_error_nomem(err);
    nf_status status = find_stored(out, model, stored, name + length + 1, err);
    nf_free(stored);
    return status;
}

/* ---- names that are not there ------------------------------------------ */

static nf_status not_found(const nf_model *model, const char *name,
                           nf_error *err)
{
    enum { HINT = 300 };
    char hint[HINT];
    const char *colon = strchr(name, ':');
    nf_suggestion suggestion = {.name = colon ? colon + 1 : name,
                                .distance = 1};
    for (size_t i = 0; i < nf_model_document_count(model); i++)
        if (*nf_model_document(model, i)->name)
            nf_suggest_qualified(&suggestion,
                                 nf_model_document(model, i)->qualified);
    for (size_t i = 0; i < nf_model_entity_count(model); i++)
        nf_suggest_qualified(&suggestion, nf_model_entity(model, i)->qualified);
    for (size_t i = 0; i < nf_model_association_count(model); i++)
        nf_suggest_qualified(&suggestion,
                             nf_model_association(model, i)->qualified);
    for (size_t i = 0; i < nf_model_module_count(model); i++)
        nf_suggest_qualified(&suggestion, nf_model_module(model, i)->name);
    return nf_error_set(
        err, NF_USAGE, "not_found", "'%s' is not in this app%s", name,
        suggestion.best ? nf_suggestion_text(&suggestion, "", hint, sizeof hint)
                        : "; 'nanoflow list' shows what is");
}

static bool is_type(const char *name, size_t length)
{
    for (size_t i = 0; i < TYPE_COUNT; i++)
        if (strlen(types[i].type) == length &&
            !strncmp(types[i].type, name, length))
            return true;
    return memchr(name, '$', length);
}

nf_status nf_named_find(nf_named *out, const nf_model *model, const char *name,
                        nf_error *err)
{
    nf_status status = NF_OK;
    const char *colon = strchr(name, ':');
    *out = (nf_named){0};
    if (colon && !is_type(name, (size_t)(colon - name))) {
        status = nf_error_set(err, NF_USAGE, "not_found",
                              "'%.*s' is no type; use module, folder, "
                              "nanoflow, microflow, rule, entity, "
                              "association, enumeration, constant, page, "
                              "javascriptaction, javaaction or a stored type "
                              "such as Forms$Layout",
                              (int)(colon - name), name);
    } else if (colon) {
        status = find_prefixed(out, model, name, (size_t)(colon - name), err);
    } else {
        for (size_t i = 0; i < TYPE_COUNT && status == NF_OK && !is_found(out);
             i++)
            status = find_typed(out, model, i, name, err);
        if (status == NF_OK && !is_found(out))
            status = find_stored(out, model, NULL, name, err);
    }
    if (status == NF_OK && !is_found(out))
        status = not_found(model, name, err);
    if (status != NF_OK)
        *out = (nf_named){0};
    return status;
}
