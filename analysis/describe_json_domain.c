/* Entities and associations as JSON. */
#include "analysis/describe_json.h"
#include "analysis/domain.h"

#include <string.h>

static const char *rights_name(nf_rights rights)
{
    static const char *const names[] = {[NF_RIGHTS_NONE] = "none",
                                        [NF_RIGHTS_READ] = "read",
                                        [NF_RIGHTS_READ_WRITE] = "write"};
    return names[rights];
}

static void put_attribute(nf_json_writer *w, json_object *array,
                          const nf_attribute *attribute)
{
    json_object *item = json_object_new_object();
    nf_json_put_text(w, item, "name", attribute->name);
    nf_json_put_text(w, item, "type",
                     nf_describe_attribute_type(attribute->type));
    if (attribute->enumeration)
        nf_json_put_text(w, item, "enumeration",
                         attribute->enumeration->qualified);
    if (attribute->type == NF_ATTRIBUTE_STRING)
        nf_json_put(w, item, "length",
                    json_object_new_int64(attribute->length));
    nf_json_put_some(w, item, "default", attribute->default_value);
    if (attribute->calculated)
        nf_json_put_text(w, item, "calculatedBy",
                         attribute->calculated_microflow);
    if (attribute->system)
        nf_json_put_bool(w, item, "system", true);
    nf_json_append(w, array, item);
}

static void put_access(nf_json_writer *w, json_object *object,
                       const nf_entity *entity)
{
    json_object *rules = json_object_new_array();
    for (size_t i = 0; i < entity->access_rule_count; i++) {
        const nf_access_rule *rule = &entity->access_rules[i];
        json_object *item = json_object_new_object(),
                    *roles = json_object_new_array(),
                    *members = json_object_new_object();
        for (size_t j = 0; j < rule->module_role_count; j++)
            nf_json_append(w, roles,
                           json_object_new_string(rule->module_roles[j]));
        nf_json_put(w, item, "roles", roles);
        nf_json_put_bool(w, item, "create", rule->allow_create);
        nf_json_put_bool(w, item, "delete", rule->allow_delete);
        nf_json_put_text(w, item, "constraint", rule->constraint);
        for (size_t j = 0; rule->rights && j < entity->member_count; j++)
            nf_json_put_text(w, members, entity->members[j].name,
                             rights_name(rule->rights[j]));
        nf_json_put(w, item, "members", members);
        nf_json_append(w, rules, item);
    }
    nf_json_put(w, object, "accessRules", rules);
}

void nf_json_entity(nf_json_writer *w, json_object *object,
                    const nf_entity *entity)
{
    json_object *attributes = json_object_new_array(),
                *associations = json_object_new_array(),
                *specializations = json_object_new_array();
    nf_json_put_text(w, object, "persistence", nf_domain_kind(entity));
    if (entity->generalization)
        nf_json_put_text(w, object, "generalization",
                         entity->generalization->qualified);
    else
        nf_json_put_null(w, object, "generalization");
    for (size_t i = entity->own_member_start; i < entity->member_count; i++) {
        const nf_member *member = &entity->members[i];
        if (member->attribute)
            put_attribute(w, attributes, member->attribute);
        else
            nf_json_append(w, associations,
                           json_object_new_string(member->name));
    }
    for (size_t i = 0; i < entity->specialization_count; i++)
        nf_json_append(
            w, specializations,
            json_object_new_string(entity->specializations[i]->qualified));
    nf_json_put(w, object, "attributes", attributes);
    nf_json_put(w, object, "associations", associations);
    nf_json_put(w, object, "specializations", specializations);
    put_access(w, object, entity);
}

static const char *delete_name(nf_delete_behavior behavior)
{
    static const char *const names[] = {[NF_DELETE_KEEP] = "keep",
                                        [NF_DELETE_CASCADE] = "cascade",
                                        [NF_DELETE_PREVENT] = "prevent"};
    return names[behavior];
}

void nf_json_association(nf_json_writer *w, json_object *object,
                         const nf_association *association)
{
    nf_json_put_text(w, object, "parent",
                     association->parent ? association->parent->qualified : "");
    nf_json_put_text(w, object, "child",
                     association->child ? association->child->qualified : "");
    nf_json_put_text(w, object, "type",
                     association->set ? "referenceSet" : "reference");
    nf_json_put_text(w, object, "owner",
                     association->owner_both ? "both" : "parent");
    nf_json_put_text(w, object, "multiplicity",
                     association->set          ? "*-*"
                     : association->owner_both ? "1-1"
                                               : "*-1");
    nf_json_put_text(w, object, "onDeleteParent",
                     delete_name(association->parent_delete));
    nf_json_put_text(w, object, "onDeleteChild",
                     delete_name(association->child_delete));
}
