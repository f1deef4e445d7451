/* Entities, associations, enumerations and constants as text. */
#include "analysis/describe.h"

#include <string.h>

const char *nf_describe_attribute_type(nf_attribute_type type)
{
    switch (type) {
    case NF_ATTRIBUTE_STRING:
        return "String";
    case NF_ATTRIBUTE_INTEGER:
        return "Integer";
    case NF_ATTRIBUTE_LONG:
        return "Long";
    case NF_ATTRIBUTE_DECIMAL:
        return "Decimal";
    case NF_ATTRIBUTE_BOOLEAN:
        return "Boolean";
    case NF_ATTRIBUTE_DATETIME:
        return "DateTime";
    case NF_ATTRIBUTE_ENUMERATION:
        return "Enumeration";
    case NF_ATTRIBUTE_AUTONUMBER:
        return "AutoNumber";
    case NF_ATTRIBUTE_BINARY:
        return "Binary";
    case NF_ATTRIBUTE_HASHED:
        return "Hashed string";
    }
    return "Unknown";
}

void nf_describe_value_type(nf_buffer *out, const nf_type *type)
{
    if (type->kind == NF_KIND_LIST)
        nf_buffer_format(out, "list of %s",
                         type->entity ? type->entity->qualified : "objects");
    else if (type->kind == NF_KIND_OBJECT && type->entity)
        nf_buffer_text(out, type->entity->qualified);
    else if (type->kind == NF_KIND_ENUMERATION && type->enumeration)
        nf_buffer_text(out, type->enumeration->qualified);
    else
        nf_buffer_text(out, nf_kind_name(type->kind));
}

static void end(nf_lines *lines, size_t indent)
{
    nf_lines_end(lines, NF_LINE_TEXT, indent, 0);
}

static void describe_attribute(nf_lines *lines, const nf_attribute *attribute)
{
    nf_buffer *out = nf_lines_begin(lines);
    nf_buffer_format(out, "%s: ", attribute->name);
    if (attribute->type == NF_ATTRIBUTE_ENUMERATION && attribute->enumeration)
        nf_buffer_text(out, attribute->enumeration->qualified);
    else
        nf_buffer_text(out, nf_describe_attribute_type(attribute->type));
    if (attribute->type == NF_ATTRIBUTE_STRING && attribute->length > 0)
        nf_buffer_format(out, "(%lld)", (long long)attribute->length);
    if (attribute->calculated)
        nf_buffer_format(out, ", calculated by %s",
                         attribute->calculated_microflow);
    else if (*attribute->default_value)
        nf_buffer_format(out, " = %s", attribute->default_value);
    if (attribute->system)
        nf_buffer_text(out, ", set by the server");
    end(lines, 1);
}

static void describe_member(nf_lines *lines, const nf_member *member)
{
    if (member->attribute) {
        describe_attribute(lines, member->attribute);
        return;
    }
    nf_buffer *out = nf_lines_begin(lines);
    nf_buffer_format(out, "%s -> ", member->name);
    nf_describe_value_type(out, &member->type);
    if (member->association->owner_both)
        nf_buffer_text(out, ", owned by both sides");
    end(lines, 1);
}

static const char *rights_name(nf_rights rights)
{
    return rights == NF_RIGHTS_READ_WRITE ? "read and write"
           : rights == NF_RIGHTS_READ     ? "read"
                                          : "none";
}

/* The rights that most members have, then the exceptions. */
static void describe_rights(nf_lines *lines, const nf_entity *entity,
                            const nf_access_rule *rule)
{
    size_t counts[3] = {0, 0, 0};
    if (!rule->rights)
        return;
    for (size_t i = 0; i < entity->member_count; i++)
        counts[rule->rights[i]]++;
    nf_rights usual = NF_RIGHTS_NONE;
    for (int i = NF_RIGHTS_READ; i <= NF_RIGHTS_READ_WRITE; i++)
        if (counts[i] > counts[usual])
            usual = (nf_rights)i;
    nf_buffer_format(nf_lines_begin(lines), "members: %s", rights_name(usual));
    end(lines, 3);
    for (size_t i = 0; i < entity->member_count; i++) {
        if (rule->rights[i] == usual)
            continue;
        nf_buffer_format(nf_lines_begin(lines), "%s: %s",
                         entity->members[i].name, rights_name(rule->rights[i]));
        end(lines, 3);
    }
}

static void describe_access(nf_lines *lines, const nf_entity *entity)
{
    for (size_t i = 0; i < entity->access_rule_count; i++) {
        const nf_access_rule *rule = &entity->access_rules[i];
        if (!i)
            nf_lines_text(lines, 1, "access rules:");
        nf_buffer *out = nf_lines_begin(lines);
        for (size_t j = 0; j < rule->module_role_count; j++)
            nf_buffer_format(out, "%s%s", j ? ", " : "", rule->module_roles[j]);
        nf_buffer_format(out, "%s%s", rule->allow_create ? ", create" : "",
                         rule->allow_delete ? ", delete" : "");
        end(lines, 2);
        if (*rule->constraint) {
            nf_buffer_format(nf_lines_begin(lines), "where %s",
                             rule->constraint);
            end(lines, 3);
        }
        describe_rights(lines, entity, rule);
    }
}

static void describe_offline(nf_lines *lines, const nf_entity *entity)
{
    static const char *const modes[] = {[NF_SYNC_ALL] = "all objects",
                                        [NF_SYNC_CONSTRAINED] = "by XPath",
                                        [NF_SYNC_NONE] = "nothing, clear data",
                                        [NF_SYNC_NONE_PRESERVE] =
                                            "nothing, preserve data",
                                        [NF_SYNC_NEVER] = "never",
                                        [NF_SYNC_ONLINE] = "online"};
    if (entity->kind != NF_ENTITY_PERSISTABLE)
        return;
    for (size_t i = 0; i < nf_model_profile_count(entity->model); i++) {
        const nf_profile *profile = nf_model_profile(entity->model, i);
        if (!profile->offline)
            continue;
        nf_offline_config config = nf_profile_config(profile, entity);
        nf_buffer *out = nf_lines_begin(lines);
        nf_buffer_format(out, "synchronization in %s: %s", profile->name,
                         modes[config.mode]);
        if (config.constraint && *config.constraint)
            nf_buffer_format(out, " %s", config.constraint);
        end(lines, 1);
    }
}

static void describe_server_rules(nf_lines *lines, const nf_entity *entity)
{
    static const char *const kinds[] = {
        [NF_RULE_REQUIRED] = "required",
        [NF_RULE_UNIQUE] = "unique",
        [NF_RULE_EQUALS] = "equal to a value",
        [NF_RULE_RANGE] = "in a range",
        [NF_RULE_REGEX] = "matches a regular expression",
        [NF_RULE_MAX_LENGTH] = "limited in length"};
    for (size_t i = 0; i < entity->validation_rule_count; i++) {
        const nf_validation_rule *rule = &entity->validation_rules[i];
        nf_buffer_format(nf_lines_begin(lines), "validation: %s is %s",
                         rule->member ? rule->member->name : "?",
                         kinds[rule->kind]);
        end(lines, 1);
    }
    for (size_t i = 0; i < entity->event_handler_count; i++) {
        const nf_event_handler *handler = &entity->event_handlers[i];
        nf_buffer_format(nf_lines_begin(lines), "%s %s: %s",
                         handler->before ? "before" : "after", handler->event,
                         handler->microflow);
        end(lines, 1);
    }
}

void nf_describe_entity(nf_lines *lines, const nf_entity *entity)
{
    static const char *const kinds[] = {
        [NF_ENTITY_PERSISTABLE] = "entity",
        [NF_ENTITY_NON_PERSISTABLE] = "non-persistable entity",
        [NF_ENTITY_EXTERNAL] = "external entity",
        [NF_ENTITY_VIEW] = "view entity"};
    nf_buffer *out = nf_lines_begin(lines);
    nf_buffer_format(out, "%s %s", kinds[entity->kind], entity->qualified);
    if (entity->generalization)
        nf_buffer_format(out, ", a %s", entity->generalization->qualified);
    end(lines, 0);
    for (size_t i = entity->own_member_start; i < entity->member_count; i++)
        describe_member(lines, &entity->members[i]);
    if (entity->own_member_start) {
        nf_buffer_format(nf_lines_begin(lines), "%zu inherited members",
                         entity->own_member_start);
        end(lines, 1);
    }
    for (size_t i = 0; i < entity->specialization_count; i++) {
        nf_buffer_format(nf_lines_begin(lines), "specialization: %s",
                         entity->specializations[i]->qualified);
        end(lines, 1);
    }
    describe_server_rules(lines, entity);
    describe_access(lines, entity);
    describe_offline(lines, entity);
}

void nf_describe_enumeration(nf_lines *lines, const nf_model *model,
                             const nf_enumeration *enumeration)
{
    nf_buffer_format(nf_lines_begin(lines), "enumeration %s",
                     enumeration->qualified);
    end(lines, 0);
    for (size_t i = 0; i < enumeration->count; i++) {
        const nf_enumeration_value *value = &enumeration->values[i];
        const char *caption = nf_model_text(model, value->caption, NULL);
        nf_buffer *out = nf_lines_begin(lines);
        nf_buffer_text(out, value->name);
        if (*caption && strcmp(caption, value->name) != 0)
            nf_buffer_format(out, ": \"%s\"", caption);
        end(lines, 1);
    }
}

void nf_describe_constant(nf_lines *lines, const nf_constant *constant)
{
    nf_buffer *out = nf_lines_begin(lines);
    nf_buffer_format(out, "constant %s: ", constant->qualified);
    nf_describe_value_type(out, &constant->type);
    nf_buffer_format(out, " = %s", constant->default_value);
    if (constant->exposed_to_client)
        nf_buffer_text(out, ", exposed to the client");
    end(lines, 0);
}

static void describe_delete(nf_lines *lines, const nf_model *model,
                            const nf_entity *entity,
                            nf_delete_behavior behavior,
                            const nf_element *message)
{
    if (!entity || behavior == NF_DELETE_KEEP)
        return;
    nf_buffer *out = nf_lines_begin(lines);
    nf_buffer_format(out, "when a %s is deleted: %s", entity->qualified,
                     behavior == NF_DELETE_CASCADE
                         ? "delete the associated objects too"
                         : "only if no object is associated");
    const char *text = nf_model_text(model, message, NULL);
    if (*text)
        nf_buffer_format(out, ", else \"%s\"", text);
    end(lines, 1);
}

void nf_describe_association(nf_lines *lines, const nf_model *model,
                             const nf_association *association)
{
    nf_buffer *out = nf_lines_begin(lines);
    nf_buffer_format(
        out, "association %s: %s -> %s, %s%s", association->qualified,
        association->parent ? association->parent->qualified : "any object",
        association->child ? association->child->qualified : "?",
        association->set ? "reference set" : "reference",
        association->owner_both ? ", owned by both sides" : "");
    end(lines, 0);
    describe_delete(lines, model, association->parent,
                    association->parent_delete, association->parent_message);
    describe_delete(lines, model, association->child, association->child_delete,
                    association->child_message);
}
