/* The graph of a domain model, for pictures and diagrams: the entities of a
 * module, or one entity with its neighbours, and the lines between them. */
#ifndef NF_ANALYSIS_DOMAIN_H
#define NF_ANALYSIS_DOMAIN_H

#include "base/memory.h"
#include "base/text.h"
#include "models/model.h"

typedef struct nf_domain_entity {
    const nf_entity *entity;
    const nf_element *element; /* NULL: of the built-in module System */
    bool own;                  /* of the module, or the entity itself */
} nf_domain_entity;

typedef struct nf_domain_line {
    const nf_association *association; /* NULL: to a generalization */
    const nf_element *element;         /* of the association; NULL none */
    size_t from, to; /* entities: parent and child, special and general */
} nf_domain_line;

typedef struct nf_domain {
    nf_domain_entity *entities; /* own ones first */
    size_t count;
    nf_domain_line *lines; /* sorted by `from` */
    size_t line_count;
    const nf_module *module;   /* whose names need no prefix */
    const nf_element *element; /* the stored domain model of a module; NULL */
} nf_domain;

/* Builds the graph in `arena`: entities of the module and what its
 * associations lead to. Errors: NF_NOMEM. Any thread. */
nf_status nf_domain_of_module(nf_domain *out, nf_arena *arena,
                              const nf_model *model, const nf_module *module,
                              nf_error *err);
/* The entity, its generalization and specializations, and what is associated
 * with it from either side. */
nf_status nf_domain_of_entity(nf_domain *out, nf_arena *arena,
                              const nf_model *model, const nf_entity *entity,
                              nf_error *err);

/* "*", "1": how many objects of the parent and of the child one object of the
 * other side may have. */
const char *nf_domain_parents(const nf_association *association);
const char *nf_domain_children(const nf_association *association);
/* "String(200)", or the name of the enumeration. */
void nf_domain_attribute_type(nf_buffer *out, const nf_attribute *attribute);
/* "persistable", "non-persistable", "external", "view". */
const char *nf_domain_kind(const nf_entity *entity);

#endif
