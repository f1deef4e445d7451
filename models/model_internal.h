/* The model's inside: what builds it and what looks it up. Internal to
 * models/. Built single-threaded by nf_model_open, constant afterwards but
 * for the flow signatures, which `lock` guards. */
#ifndef NF_MODELS_MODEL_INTERNAL_H
#define NF_MODELS_MODEL_INTERNAL_H

#include <pthread.h>

#include "base/map.h"
#include "base/memory.h"
#include "models/container.h"
#include "models/model.h"

/* What a document knows beyond its public part; `document` stays first. */
typedef struct nf_document_item {
    nf_document document;
    const nf_container *container;
    const nf_unit *unit;
    nf_flow *flow; /* its signature, once asked for */
} nf_document_item;

/* What an entity knows beyond its public part; `entity` stays first. */
typedef struct nf_entity_item {
    nf_entity entity;
    const nf_element *element;
    const nf_unit *unit; /* its domain model */
    int depth;           /* generalizations above it */
    nf_map *members;     /* attribute name, qualified names -> nf_member */
    nf_attribute *attributes;
    size_t attribute_count; /* own, system dates included */
    bool has_owner, has_changed_by;
    const nf_entity **children; /* specializations while building */
    size_t child_count, child_capacity;
} nf_entity_item;

struct nf_model {
    nf_container *app, *builtin;
    nf_arena *arena;
    pthread_mutex_t lock;
    bool built;       /* beyond the index, or it failed: */
    nf_error failure; /* of building */
    nf_settings settings;
    /* Of what the fingerprint is made, and whether it was (fingerprint.c). */
    struct {
        nf_entity_item **entities;
        nf_association **associations;
        nf_enumeration **enumerations;
    } by_name;
    bool fingerprinted;
    uint8_t fingerprint[32];
    const char *app_id;
    nf_module *modules;
    const nf_unit **module_units;
    size_t module_count;
    nf_document_item **documents;
    size_t document_count;
    nf_map *document_index; /* "type qualified" -> item, not excluded */
    nf_map *excluded_index; /* the same for excluded documents */
    nf_entity_item **entities;
    size_t entity_count;
    nf_map *entity_index; /* qualified -> item */
    nf_association **associations;
    size_t association_count;
    nf_map *association_index;
    nf_association *owner, *changed_by; /* System.owner, System.changedBy */
    nf_enumeration **enumerations;
    size_t enumeration_count;
    nf_map *enumeration_index;
    nf_constant **constants;
    size_t constant_count;
    nf_map *constant_index;
    nf_security security;
    const nf_element *file_access, *image_access; /* of project security */
    nf_profile *profiles;
    size_t profile_count;
};

/* Steps of building, in this order. Each adds to the model; errors are
 * NF_NOMEM or NF_INPUT. */
nf_status nf_build_settings(nf_model *model, nf_error *err);
nf_status nf_build_enumerations(nf_model *model, nf_error *err);
nf_status nf_build_domain(nf_model *model, nf_error *err);
nf_status nf_build_members(nf_model *model, nf_error *err);
nf_status nf_build_security(nf_model *model, nf_error *err);
nf_status nf_build_rules(nf_model *model, nf_error *err);
nf_status nf_build_constants(nf_model *model, nf_error *err);
nf_status nf_build_navigation(nf_model *model, nf_error *err);
nf_status nf_build_fingerprint(nf_model *model, nf_error *err);

/* The content of a unit that the build needs; NULL with a warning if it is
 * missing or can't be read. */
const nf_element *nf_build_element(const nf_model *model,
                                   const nf_document_item *item);
/* The next document of a stored type from *cursor on; NULL at the end. */
const nf_document_item *nf_build_next(const nf_model *model, const char *type,
                                      size_t *cursor);
/* A list of strings as an array in the model's arena; false: no memory. */
bool nf_build_strings(const nf_model *model, const char *const **out,
                      size_t *count, const nf_element *element,
                      const char *name);
nf_entity_item *nf_build_entity(const nf_model *model, const char *qualified);

#endif
