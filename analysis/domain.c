/* Which entities and lines belong to a picture of a domain model. */
#include "analysis/domain.h"
#include "analysis/describe.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define NONE SIZE_MAX

typedef struct builder {
    nf_domain *out;
    const nf_model *model;
    size_t *index; /* by number of entity: its place; NONE */
} builder;

static bool prepare(builder *b, nf_domain *out, nf_arena *arena,
                    const nf_model *model)
{
    size_t entities = nf_model_entity_count(model),
           associations = nf_model_association_count(model);
    *out = (nf_domain){0};
    *b = (builder){.out = out, .model = model};
    out->entities = nf_arena_array(arena, entities + 1, sizeof *out->entities);
    out->lines =
        nf_arena_array(arena, associations + entities + 1, sizeof *out->lines);
    b->index = nf_arena_array(arena, entities + 1, sizeof *b->index);
    if (!out->entities || !out->lines || !b->index)
        return false;
    for (size_t i = 0; i < entities; i++)
        b->index[i] = NONE;
    return true;
}

static size_t place(builder *b, const nf_entity *entity, bool own)
{
    if (b->index[entity->number] == NONE) {
        b->index[entity->number] = b->out->count;
        b->out->entities[b->out->count++] =
            (nf_domain_entity){.entity = entity, .own = own};
    }
    return b->index[entity->number];
}

static void connect(builder *b, const nf_entity *from, const nf_entity *to,
                    const nf_association *association)
{
    size_t a = place(b, from, false), z = place(b, to, false);
    b->out->lines[b->out->line_count++] =
        (nf_domain_line){.association = association, .from = a, .to = z};
}

static const nf_element *domain_model(const nf_model *model,
                                      const nf_module *module)
{
    for (size_t i = 0; i < nf_model_document_count(model); i++) {
        const nf_document *document = nf_model_document(model, i);
        if (document->module == module &&
            !strcmp(document->type, "DomainModels$DomainModel"))
            return nf_document_element(document, NULL);
    }
    return NULL;
}

/* Finds the stored elements of what is in the graph. */
static void add_elements(builder *b, const nf_module *module)
{
    const nf_element *element = domain_model(b->model, module);
    size_t count = nf_element_count(element, "Entities");
    for (size_t i = 0; i < count; i++) {
        const nf_element *item = nf_element_item(element, "Entities", i);
        const char *name = nf_element_string(item, "Name", "");
        for (size_t j = 0; j < b->out->count; j++)
            if (b->out->entities[j].entity->module == module &&
                !strcmp(b->out->entities[j].entity->name, name))
                b->out->entities[j].element = item;
    }
    count = nf_element_count(element, "Associations");
    for (size_t i = 0; i < count; i++) {
        const nf_element *item = nf_element_item(element, "Associations", i);
        const char *name = nf_element_string(item, "Name", "");
        for (size_t j = 0; j < b->out->line_count; j++) {
            nf_domain_line *line = &b->out->lines[j];
            if (line->association && !strcmp(line->association->name, name) &&
                line->association->parent->module == module)
                line->element = item;
        }
    }
    b->out->element = element;
}

static int compare_lines(const void *a, const void *b)
{
    const nf_domain_line *x = a, *y = b;
    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    return x->to < y->to ? -1 : x->to > y->to;
}

static void sort_lines(nf_domain *domain)
{
    if (domain->line_count)
        qsort(domain->lines, domain->line_count, sizeof *domain->lines,
              compare_lines);
}

static bool is_drawn(const nf_association *a)
{
    return a->parent && a->child && !a->system;
}

nf_status nf_domain_of_module(nf_domain *out, nf_arena *arena,
                              const nf_model *model, const nf_module *module,
                              nf_error *err)
{
    builder b;
    if (!prepare(&b, out, arena, model))
        return nf_error_nomem(err);
    for (size_t i = 0; i < nf_model_entity_count(model); i++)
        if (nf_model_entity(model, i)->module == module)
            place(&b, nf_model_entity(model, i), true);
    size_t own = out->count;
    for (size_t i = 0; i < own; i++) {
        const nf_entity *entity = out->entities[i].entity;
        if (entity->generalization && entity->generalization->module == module)
            connect(&b, entity, entity->generalization, NULL);
    }
    for (size_t i = 0; i < nf_model_association_count(model); i++) {
        const nf_association *a = nf_model_association(model, i);
        if (is_drawn(a) && a->parent->module == module)
            connect(&b, a->parent, a->child, a);
    }
    add_elements(&b, module);
    out->module = module;
    sort_lines(out);
    return NF_OK;
}

nf_status nf_domain_of_entity(nf_domain *out, nf_arena *arena,
                              const nf_model *model, const nf_entity *entity,
                              nf_error *err)
{
    builder b;
    if (!prepare(&b, out, arena, model))
        return nf_error_nomem(err);
    out->module = entity->module;
    place(&b, entity, true);
    if (entity->generalization)
        connect(&b, entity, entity->generalization, NULL);
    for (size_t i = 0; i < entity->specialization_count; i++)
        connect(&b, entity->specializations[i], entity, NULL);
    for (size_t i = 0; i < nf_model_association_count(model); i++) {
        const nf_association *a = nf_model_association(model, i);
        if (is_drawn(a) && (a->parent == entity || a->child == entity))
            connect(&b, a->parent, a->child, a);
    }
    sort_lines(out);
    return NF_OK;
}

const char *nf_domain_parents(const nf_association *association)
{
    return association->owner_both && !association->set ? "1" : "*";
}

const char *nf_domain_children(const nf_association *association)
{
    return association->set ? "*" : "1";
}

void nf_domain_attribute_type(nf_buffer *out, const nf_attribute *attribute)
{
    if (attribute->type == NF_ATTRIBUTE_ENUMERATION && attribute->enumeration)
        nf_buffer_text(out, attribute->enumeration->name);
    else
        nf_buffer_text(out, nf_describe_attribute_type(attribute->type));
    if (attribute->type == NF_ATTRIBUTE_STRING && attribute->length > 0)
        nf_buffer_format(out, "(%lld)", (long long)attribute->length);
}

const char *nf_domain_kind(const nf_entity *entity)
{
    static const char *const kinds[] = {[NF_ENTITY_PERSISTABLE] = "persistable",
                                        [NF_ENTITY_NON_PERSISTABLE] =
                                            "non-persistable",
                                        [NF_ENTITY_EXTERNAL] = "external",
                                        [NF_ENTITY_VIEW] = "view"};
    return kinds[entity->kind];
}
