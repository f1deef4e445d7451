/* Entities, attributes, associations and generalizations (domain §1-§5;
 * model-format MF-D1 … D6). Members are flattened in build_members.c. */
#include <stdio.h>
#include <string.h>

#include "models/model_internal.h"
#include "models/reader_xml.h"

enum {
    MAX_GENERALIZATIONS = 100,
    SYSTEM_ATTRIBUTES = 3, /* of a root: two dates, the version */
};

typedef struct domain_builder {
    nf_model *model;
    const nf_document_item *item;
    const nf_element *element;
    size_t first_entity; /* of this domain model */
    nf_error *err;
} domain_builder;

/* A stored identity, or one derived from the name where there is none. */
static nf_guid identity(const nf_element *element, const char *qualified)
{
    char text[512];
    nf_guid guid;

    if (nf_element_guid(element, "GUID", &guid))
        return guid;
    snprintf(text, sizeof text, "guid:%s", qualified);
    nf_xml_derive(&guid, text);
    return guid;
}

static nf_entity_kind entity_kind(const nf_element *element)
{
    const nf_element *source = nf_element_part(element, "Source");

    if (nf_element_is(source, "DomainModels$OqlViewEntitySource"))
        return NF_ENTITY_VIEW;
    if (source || nf_element_bool(element, "IsRemote", false))
        return NF_ENTITY_EXTERNAL;
    return NF_ENTITY_PERSISTABLE;
}

static nf_status add_entity(domain_builder *b, const nf_element *element)
{
    nf_model *model = b->model;
    nf_entity_item *item = nf_arena_alloc(model->arena, sizeof *item);
    nf_entity *entity;

    if (!item)
        return nf_error_nomem(b->err);
    entity = &item->entity;
    entity->model = model;
    entity->module = b->item->document.module;
    entity->name = nf_element_string(element, "Name", "");
    entity->qualified = nf_arena_format(model->arena, "%s.%s",
                                        entity->module->name, entity->name);
    if (!entity->qualified)
        return nf_error_nomem(b->err);
    if (!*entity->name || nf_map_get(model->entity_index, entity->qualified)) {
        nf_container_warn(
            model->app, "entity \"%s\" is left out: its name is %s",
            entity->qualified, *entity->name ? "given twice" : "empty");
        return NF_OK;
    }
    entity->id = element->id;
    entity->guid = identity(element, entity->qualified);
    entity->kind = entity_kind(element);
    entity->number = model->entity_count;
    entity->root = entity;
    item->element = element;
    item->unit = b->item->unit;
    model->entities[model->entity_count++] = item;
    return nf_map_set(model->entity_index, entity->qualified, item)
               ? NF_OK
               : nf_error_nomem(b->err);
}

/* ---- attributes ---------------------------------------------------------- */

static nf_attribute_type attribute_type(const domain_builder *b,
                                        const nf_element *type,
                                        const char *qualified)
{
    static const struct {
        const char *name;
        nf_attribute_type type;
    } types[] = {
        {"DomainModels$StringAttributeType", NF_ATTRIBUTE_STRING},
        {"DomainModels$BooleanAttributeType", NF_ATTRIBUTE_BOOLEAN},
        {"DomainModels$IntegerAttributeType", NF_ATTRIBUTE_INTEGER},
        {"DomainModels$LongAttributeType", NF_ATTRIBUTE_LONG},
        {"DomainModels$DecimalAttributeType", NF_ATTRIBUTE_DECIMAL},
        {"DomainModels$AutoNumberAttributeType", NF_ATTRIBUTE_AUTONUMBER},
        {"DomainModels$DateTimeAttributeType", NF_ATTRIBUTE_DATETIME},
        {"DomainModels$EnumerationAttributeType", NF_ATTRIBUTE_ENUMERATION},
        {"DomainModels$HashedStringAttributeType", NF_ATTRIBUTE_HASHED},
        {"DomainModels$BinaryAttributeType", NF_ATTRIBUTE_BINARY},
        {"DomainModels$FloatAttributeType", NF_ATTRIBUTE_DECIMAL},
        {"DomainModels$CurrencyAttributeType", NF_ATTRIBUTE_DECIMAL},
        {"DomainModels$MultiLanguageAttributeType", NF_ATTRIBUTE_STRING},
    };

    for (size_t i = 0; type && i < sizeof types / sizeof *types; i++)
        if (strcmp(types[i].name, type->type) == 0)
            return types[i].type;
    if (type)
        nf_container_warn(b->model->app,
                          "attribute \"%s\" has the unknown type %s, taken as "
                          "String",
                          qualified, type->type);
    return NF_ATTRIBUTE_STRING;
}

static nf_status add_attribute(domain_builder *b, nf_entity_item *entity,
                               const nf_element *element)
{
    nf_model *model = b->model;
    nf_attribute *a = &entity->attributes[entity->attribute_count];
    const nf_element *type = nf_element_part(element, "NewType");
    const nf_element *value = nf_element_part(element, "Value");
    const char *name;

    a->entity = &entity->entity;
    a->name = nf_element_string(element, "Name", "");
    a->qualified = nf_arena_format(model->arena, "%s.%s",
                                   entity->entity.qualified, a->name);
    if (!a->qualified)
        return nf_error_nomem(b->err);
    for (size_t i = 0; i < entity->attribute_count; i++)
        if (strcmp(entity->attributes[i].name, a->name) == 0) {
            nf_container_warn(model->app, "attribute \"%s\" is given twice",
                              a->qualified);
            return NF_OK;
        }
    a->guid = identity(element, a->qualified);
    a->type = attribute_type(b, type, a->qualified);
    a->length = nf_element_int(type, "Length", 200);
    if (a->length < 0)
        a->length = 0;
    a->localize = nf_element_bool(type, "LocalizeDate", true);
    a->default_value = nf_element_string(value, "DefaultValue", "");
    a->calculated = nf_element_is(value, "DomainModels$CalculatedValue");
    a->calculated_microflow =
        a->calculated ? nf_element_string(value, "Microflow", "") : "";
    a->calculated_pass_entity = nf_element_bool(value, "PassEntity", true);
    if (a->type == NF_ATTRIBUTE_ENUMERATION) {
        name = nf_element_string(type, "Enumeration", "");
        a->enumeration = nf_model_find_enumeration(model, name);
        if (!a->enumeration)
            nf_container_warn(model->app,
                              "attribute \"%s\": enumeration \"%s\" is not in "
                              "the model",
                              a->qualified, name);
    }
    entity->attribute_count++;
    return NF_OK;
}

static nf_status add_system(domain_builder *b, nf_entity_item *entity,
                            const char *name, nf_attribute_type type)
{
    nf_attribute *a = &entity->attributes[entity->attribute_count++];

    a->entity = &entity->entity;
    a->name = name;
    a->qualified = nf_arena_format(b->model->arena, "%s.%s",
                                   entity->entity.qualified, name);
    if (!a->qualified)
        return nf_error_nomem(b->err);
    a->guid = identity(NULL, a->qualified);
    a->type = type;
    a->localize = a->system = true;
    a->default_value = a->calculated_microflow = "";
    return NF_OK;
}

static nf_status add_attributes(domain_builder *b, nf_entity_item *entity)
{
    const nf_element *element = entity->element;
    const nf_element *root = nf_element_part(element, "MaybeGeneralization");
    size_t count = nf_element_count(element, "Attributes");
    nf_status status = NF_OK;

    entity->attributes = nf_arena_array(
        b->model->arena, count + SYSTEM_ATTRIBUTES, sizeof *entity->attributes);
    if (!entity->attributes)
        return nf_error_nomem(b->err);
    for (size_t i = 0; i < count && !status; i++)
        status =
            add_attribute(b, entity, nf_element_item(element, "Attributes", i));
    if (!nf_element_is(root, "DomainModels$NoGeneralization"))
        return status;
    if (!status && nf_element_bool(root, "HasCreatedDateAttr", false))
        status = add_system(b, entity, "createdDate", NF_ATTRIBUTE_DATETIME);
    if (!status && nf_element_bool(root, "HasChangedDateAttr", false))
        status = add_system(b, entity, "changedDate", NF_ATTRIBUTE_DATETIME);
    entity->has_owner = nf_element_bool(root, "HasOwnerAttr", false);
    entity->has_changed_by = nf_element_bool(root, "HasChangedByAttr", false);
    if (entity->entity.kind == NF_ENTITY_PERSISTABLE &&
        !nf_element_bool(root, "Persistable", true))
        entity->entity.kind = NF_ENTITY_NON_PERSISTABLE;
    if (!status && b->model->settings.optimistic_locking &&
        entity->entity.kind == NF_ENTITY_PERSISTABLE) /* D78 */
        status = add_system(b, entity, NF_OBJECT_VERSION, NF_ATTRIBUTE_LONG);
    return status;
}

/* ---- associations -------------------------------------------------------- */

static nf_entity_item *entity_by_id(const domain_builder *b, const nf_guid *id)
{
    for (size_t i = b->first_entity; i < b->model->entity_count; i++)
        if (nf_guid_equal(&b->model->entities[i]->entity.id, id))
            return b->model->entities[i];
    return NULL;
}

static nf_delete_behavior delete_behavior(const nf_element *element,
                                          const char *name)
{
    const char *text = nf_element_string(element, name, "");

    if (strcmp(text, "DeleteMeAndReferences") == 0)
        return NF_DELETE_CASCADE;
    return strcmp(text, "DeleteMeIfNoReferences") == 0 ? NF_DELETE_PREVENT
                                                       : NF_DELETE_KEEP;
}

static const nf_entity *association_end(const domain_builder *b,
                                        const nf_element *element,
                                        const char *pointer)
{
    const char *child = nf_element_string(element, "Child", "");
    nf_entity_item *item = NULL;
    nf_guid id;

    if (nf_element_guid(element, pointer, &id))
        item = entity_by_id(b, &id);
    else if (*child && strcmp(pointer, "ChildPointer") == 0)
        item = nf_build_entity(b->model, child);
    return item ? &item->entity : NULL;
}

static nf_status add_association(domain_builder *b, const nf_element *element)
{
    nf_model *model = b->model;
    const nf_element *deletion = nf_element_part(element, "DeleteBehavior");
    nf_association *a = nf_arena_alloc(model->arena, sizeof *a);

    if (!a)
        return nf_error_nomem(b->err);
    a->name = nf_element_string(element, "Name", "");
    a->qualified = nf_arena_format(model->arena, "%s.%s",
                                   b->item->document.module->name, a->name);
    if (!a->qualified)
        return nf_error_nomem(b->err);
    a->parent = association_end(b, element, "ParentPointer");
    a->child = association_end(b, element, "ChildPointer");
    if (!a->parent || !a->child ||
        nf_map_get(model->association_index, a->qualified)) {
        nf_container_warn(
            model->app, "association \"%s\" is left out: %s", a->qualified,
            a->parent && a->child ? "its name is given twice"
                                  : "an entity at its end is not in the model");
        return NF_OK;
    }
    a->guid = identity(element, a->qualified);
    a->set = strcmp(nf_element_string(element, "Type", "Reference"),
                    "ReferenceSet") == 0;
    a->owner_both =
        strcmp(nf_element_string(element, "Owner", "Default"), "Both") == 0;
    a->parent_delete = delete_behavior(deletion, "ParentDeleteBehavior");
    a->child_delete = delete_behavior(deletion, "ChildDeleteBehavior");
    a->parent_message = nf_element_part(deletion, "ParentErrorMessage");
    a->child_message = nf_element_part(deletion, "ChildErrorMessage");
    model->associations[model->association_count++] = a;
    return nf_map_set(model->association_index, a->qualified, a)
               ? NF_OK
               : nf_error_nomem(b->err);
}

static nf_status add_associations(domain_builder *b, const char *list)
{
    nf_status status = NF_OK;

    for (size_t i = 0; i < nf_element_count(b->element, list) && !status; i++)
        status = add_association(b, nf_element_item(b->element, list, i));
    return status;
}

static nf_association *system_association(nf_model *model, const char *name)
{
    nf_association *a = nf_arena_alloc(model->arena, sizeof *a);
    nf_entity_item *user = nf_build_entity(model, "System.User");

    if (!a || !user)
        return NULL;
    a->name = name;
    a->qualified = nf_arena_format(model->arena, "System.%s", name);
    if (!a->qualified || !nf_map_set(model->association_index, a->qualified, a))
        return NULL;
    a->guid = identity(NULL, a->qualified);
    a->child = &user->entity;
    a->system = true;
    return a;
}

/* ---- generalizations ----------------------------------------------------- */

static void link_generalization(nf_model *model, nf_entity_item *item)
{
    const nf_element *part =
        nf_element_part(item->element, "MaybeGeneralization");
    const char *name = nf_element_string(part, "Generalization", "");
    const nf_entity_item *above;

    if (!nf_element_is(part, "DomainModels$Generalization"))
        return;
    above = nf_build_entity(model, name);
    if (above)
        item->entity.generalization = &above->entity;
    else
        nf_container_warn(model->app,
                          "entity \"%s\": its generalization \"%s\" is not in "
                          "the model",
                          item->entity.qualified, name);
}

/* Cuts cycles and absurd depths; sets root, depth and what comes from the
 * root (D20, MF-D4). */
static void settle_generalization(nf_model *model, nf_entity_item *item)
{
    const nf_entity *up = item->entity.generalization;
    int depth = 0;

    for (; up && up != &item->entity && depth <= MAX_GENERALIZATIONS;
         up = up->generalization)
        depth++;
    if (up) {
        nf_container_warn(model->app,
                          "entity \"%s\": its generalizations go in a circle "
                          "or are more than %d; they are ignored",
                          item->entity.qualified, MAX_GENERALIZATIONS);
        item->entity.generalization = NULL;
    }
}

static void take_from_root(nf_entity_item *item)
{
    nf_entity *entity = &item->entity;
    const nf_entity *root = entity;

    for (; root->generalization; root = root->generalization)
        item->depth++;
    entity->root = root;
    if (entity->kind == NF_ENTITY_PERSISTABLE)
        entity->kind = root->kind;
    for (const nf_entity *e = entity; e; e = e->generalization) {
        entity->is_file |= strcmp(e->qualified, "System.FileDocument") == 0;
        entity->is_image |= strcmp(e->qualified, "System.Image") == 0;
    }
}

static nf_status add_specialization(nf_entity_item *item, nf_error *err)
{
    nf_entity_item *above =
        (nf_entity_item *)(uintptr_t)item->entity.generalization;
    const nf_entity **children;

    if (!above)
        return NF_OK;
    children = nf_grow(above->children, above->child_count,
                       &above->child_capacity, sizeof *children);
    if (!children)
        return nf_error_nomem(err);
    children[above->child_count++] = &item->entity;
    above->children = children;
    above->entity.specializations = children;
    above->entity.specialization_count = above->child_count;
    return NF_OK;
}

static nf_status build_generalizations(nf_model *model, nf_error *err)
{
    nf_status status = NF_OK;

    for (size_t i = 0; i < model->entity_count; i++)
        link_generalization(model, model->entities[i]);
    for (size_t i = 0; i < model->entity_count; i++)
        settle_generalization(model, model->entities[i]);
    for (size_t i = 0; i < model->entity_count && !status; i++) {
        take_from_root(model->entities[i]);
        status = add_specialization(model->entities[i], err);
    }
    return status;
}

/* ---- all domain models --------------------------------------------------- */

static nf_status add_entities(domain_builder *b)
{
    nf_status status = NF_OK;

    b->first_entity = b->model->entity_count;
    for (size_t i = 0; i < nf_element_count(b->element, "Entities"); i++) {
        status = add_entity(b, nf_element_item(b->element, "Entities", i));
        if (status)
            return status;
    }
    for (size_t i = b->first_entity; i < b->model->entity_count && !status; i++)
        status = add_attributes(b, b->model->entities[i]);
    return status;
}

/* Counts first, so that the arrays of the model need not move. */
static nf_status reserve(nf_model *model, nf_error *err)
{
    size_t cursor = 0, entities = 0, associations = 0;
    const nf_document_item *item;

    while ((item = nf_build_next(model, "DomainModels$DomainModel", &cursor))) {
        const nf_element *element = nf_build_element(model, item);

        entities += nf_element_count(element, "Entities");
        associations += nf_element_count(element, "Associations") +
                        nf_element_count(element, "CrossAssociations");
    }
    model->entities =
        nf_arena_array(model->arena, entities, sizeof *model->entities);
    model->associations =
        nf_arena_array(model->arena, associations, sizeof *model->associations);
    return model->entities && model->associations ? NF_OK : nf_error_nomem(err);
}

static bool next_domain(domain_builder *b, size_t *cursor)
{
    do {
        b->item = nf_build_next(b->model, "DomainModels$DomainModel", cursor);
        if (!b->item)
            return false;
        b->element = atomic_load(&b->item->unit->element);
    } while (!b->element || !b->item->document.module);
    return true;
}

nf_status nf_build_domain(nf_model *model, nf_error *err)
{
    domain_builder b = {.model = model, .err = err};
    nf_status status = reserve(model, err);

    for (size_t cursor = 0; !status && next_domain(&b, &cursor);)
        status = add_entities(&b);
    for (size_t cursor = 0; !status && next_domain(&b, &cursor);) {
        b.first_entity = 0;
        while (b.first_entity < model->entity_count &&
               model->entities[b.first_entity]->unit != b.item->unit)
            b.first_entity++;
        status = add_associations(&b, "Associations");
        if (!status)
            status = add_associations(&b, "CrossAssociations");
    }
    if (status)
        return status;
    model->owner = system_association(model, "owner");
    model->changed_by = system_association(model, "changedBy");
    if (!model->owner || !model->changed_by)
        return nf_error_nomem(err);
    return build_generalizations(model, err);
}
