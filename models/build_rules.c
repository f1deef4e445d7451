/* Access rules, validation rules, event handlers and indexes of entities
 * (domain D55, D60, D92; model-format 4.6). */
#include <string.h>

#include "models/model_internal.h"

static nf_rights rights(const char *text)
{
    if (strcmp(text, "ReadWrite") == 0)
        return NF_RIGHTS_READ_WRITE;
    return strcmp(text, "ReadOnly") == 0 ? NF_RIGHTS_READ : NF_RIGHTS_NONE;
}

static void member_rights(const nf_model *model, const nf_entity *entity,
                          const nf_element *access, nf_rights *list)
{
    const char *attribute = nf_element_string(access, "Attribute", "");
    const char *association = nf_element_string(access, "Association", "");
    const char *name = *attribute ? attribute : association;
    nf_rights right = rights(nf_element_string(access, "AccessRights", "None"));
    const nf_member *found = nf_entity_find_member(entity, name);

    if (!found) {
        if (*name)
            nf_container_warn(model->app,
                              "an access rule of \"%s\" names \"%s\", which is "
                              "no member",
                              entity->qualified, name);
        return;
    }
    list[found->index] = right;
    /* Both ends of an association with itself share one entry. */
    for (size_t i = 0; i < entity->member_count; i++)
        if (found->association &&
            entity->members[i].association == found->association)
            list[i] = right;
}

static nf_status add_access_rule(nf_model *model, const nf_entity *entity,
                                 nf_access_rule *rule,
                                 const nf_element *element, nf_error *err)
{
    nf_rights fallback =
        rights(nf_element_string(element, "DefaultMemberAccessRights", "None"));
    nf_rights *list =
        nf_arena_array(model->arena, entity->member_count, sizeof *list);

    if (!list ||
        !nf_build_strings(model, &rule->module_roles, &rule->module_role_count,
                          element, "AllowedModuleRoles"))
        return nf_error_nomem(err);
    rule->allow_create = nf_element_bool(element, "AllowCreate", false);
    rule->allow_delete = nf_element_bool(element, "AllowDelete", false);
    rule->constraint = nf_element_string(element, "XPathConstraint", "");
    rule->rights = list;
    for (size_t i = 0; i < entity->member_count; i++)
        list[i] = fallback; /* D92 */
    for (size_t i = 0; i < nf_element_count(element, "MemberAccesses"); i++)
        member_rights(model, entity,
                      nf_element_item(element, "MemberAccesses", i), list);
    return NF_OK;
}

/* Project security holds the rules of System.FileDocument and System.Image
 * (D99). */
static const nf_element *extra_rules(const nf_model *model,
                                     const nf_entity *entity)
{
    if (strcmp(entity->qualified, "System.FileDocument") == 0)
        return model->file_access;
    return strcmp(entity->qualified, "System.Image") == 0 ? model->image_access
                                                          : NULL;
}

static nf_status build_access(nf_model *model, nf_entity_item *item,
                              nf_error *err)
{
    const nf_element *sources[2] = {item->element,
                                    extra_rules(model, &item->entity)};
    nf_entity *entity = &item->entity;
    size_t count = nf_element_count(sources[0], "AccessRules") +
                   nf_element_count(sources[1], "AccessRules");
    nf_access_rule *rules = nf_arena_array(model->arena, count, sizeof *rules);
    size_t at = 0;

    if (!rules)
        return nf_error_nomem(err);
    for (int s = 0; s < 2; s++)
        for (size_t i = 0; i < nf_element_count(sources[s], "AccessRules");
             i++) {
            nf_status status = add_access_rule(
                model, entity, &rules[at++],
                nf_element_item(sources[s], "AccessRules", i), err);

            if (status)
                return status;
        }
    entity->access_rules = rules;
    entity->access_rule_count = count;
    return NF_OK;
}

static bool rule_kind(const nf_element *info, nf_rule_kind *kind)
{
    static const struct {
        const char *type;
        nf_rule_kind kind;
    } kinds[] = {
        {"DomainModels$RequiredRuleInfo", NF_RULE_REQUIRED},
        {"DomainModels$UniqueRuleInfo", NF_RULE_UNIQUE},
        {"DomainModels$EqualsToRuleInfo", NF_RULE_EQUALS},
        {"DomainModels$RangeRuleInfo", NF_RULE_RANGE},
        {"DomainModels$RegExRuleInfo", NF_RULE_REGEX},
        {"DomainModels$MaxLengthRuleInfo", NF_RULE_MAX_LENGTH},
    };

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (nf_element_is(info, kinds[i].type)) {
            *kind = kinds[i].kind;
            return true;
        }
    return false;
}

static nf_status build_validation(nf_model *model, nf_entity_item *item,
                                  nf_error *err)
{
    nf_entity *entity = &item->entity;
    size_t count = nf_element_count(item->element, "ValidationRules"), at = 0;
    nf_validation_rule *rules =
        nf_arena_array(model->arena, count, sizeof *rules);

    if (!rules)
        return nf_error_nomem(err);
    for (size_t i = 0; i < count; i++) {
        const nf_element *element =
            nf_element_item(item->element, "ValidationRules", i);
        const char *name = nf_element_string(element, "Attribute", "");
        nf_validation_rule *rule = &rules[at];

        rule->member = nf_entity_find_member(entity, name);
        rule->info = nf_element_part(element, "RuleInfo");
        rule->message = nf_element_part(element, "Message");
        if (rule->member && rule->member->attribute &&
            rule_kind(rule->info, &rule->kind))
            at++;
        else
            nf_container_warn(model->app,
                              "a validation rule of \"%s\" on \"%s\" is left "
                              "out: the attribute or the rule is not known",
                              entity->qualified, name);
    }
    entity->validation_rules = rules;
    entity->validation_rule_count = at;
    return NF_OK;
}

static nf_status build_events(nf_model *model, nf_entity_item *item,
                              nf_error *err)
{
    size_t count = nf_element_count(item->element, "Events");
    nf_event_handler *handlers =
        nf_arena_array(model->arena, count, sizeof *handlers);

    if (!handlers)
        return nf_error_nomem(err);
    for (size_t i = 0; i < count; i++) {
        const nf_element *e = nf_element_item(item->element, "Events", i);

        handlers[i].before =
            strcmp(nf_element_string(e, "Moment", "After"), "Before") == 0;
        handlers[i].event = nf_element_string(e, "Type", "Commit");
        handlers[i].microflow = nf_element_string(e, "Microflow", "");
        handlers[i].pass_object =
            nf_element_bool(e, "SendInputParameter", true);
        handlers[i].error_on_false =
            nf_element_bool(e, "RaiseErrorOnFalse", true);
    }
    item->entity.event_handlers = handlers;
    item->entity.event_handler_count = count;
    return NF_OK;
}

/* The attribute with this `$ID` in the domain model, as a member. */
static const nf_member *pointed_member(const nf_entity_item *item,
                                       const nf_element *part)
{
    const char *type = nf_element_string(part, "Type", "Normal");
    const nf_element *target;
    nf_guid id;

    if (strcmp(type, "CreatedDate") == 0)
        return nf_entity_find_member(&item->entity, "createdDate");
    if (strcmp(type, "ChangedDate") == 0)
        return nf_entity_find_member(&item->entity, "changedDate");
    if (!nf_element_guid(part, "AttributePointer", &id) &&
        !nf_element_guid(part, "AssociationPointer", &id))
        return NULL;
    target = nf_element_find(atomic_load(&item->unit->element), &id);
    if (!target)
        return NULL;
    for (size_t i = 0; i < item->entity.member_count; i++) {
        const nf_member *m = &item->entity.members[i];

        if (m->attribute
                ? strcmp(m->name, nf_element_string(target, "Name", "")) == 0
                : strcmp(m->association->name,
                         nf_element_string(target, "Name", "")) == 0)
            return m;
    }
    return NULL;
}

static nf_status build_index(nf_model *model, const nf_entity_item *item,
                             nf_index *index, const nf_element *element,
                             nf_error *err)
{
    size_t count = nf_element_count(element, "Attributes");
    nf_index_part *parts = nf_arena_array(model->arena, count, sizeof *parts);

    if (!parts)
        return nf_error_nomem(err);
    if (!nf_element_guid(element, "GUID", &index->guid))
        index->guid = element->id;
    index->include_offline =
        nf_element_bool(element, "IncludeInOffline", false);
    index->parts = parts;
    for (size_t i = 0; i < count; i++) {
        const nf_element *part = nf_element_item(element, "Attributes", i);
        const nf_member *member = pointed_member(item, part);

        if (!member)
            continue;
        parts[index->count].member = member;
        parts[index->count++].ascending =
            nf_element_bool(part, "Ascending", true);
    }
    return NF_OK;
}

static nf_status build_indexes(nf_model *model, nf_entity_item *item,
                               nf_error *err)
{
    size_t count = nf_element_count(item->element, "Indexes"), at = 0;
    nf_index *indexes = nf_arena_array(model->arena, count, sizeof *indexes);

    if (!indexes)
        return nf_error_nomem(err);
    for (size_t i = 0; i < count; i++) {
        const nf_element *element =
            nf_element_item(item->element, "Indexes", i);
        nf_status status;

        if (!element)
            continue;
        status = build_index(model, item, &indexes[at], element, err);
        if (status)
            return status;
        at += indexes[at].count > 0; /* an index on nothing is none */
    }
    item->entity.indexes = indexes;
    item->entity.index_count = at;
    return NF_OK;
}

nf_status nf_build_rules(nf_model *model, nf_error *err)
{
    nf_status status = NF_OK;

    for (size_t i = 0; i < model->entity_count && !status; i++) {
        nf_entity_item *item = model->entities[i];

        status = build_access(model, item, err);
        if (!status)
            status = build_validation(model, item, err);
        if (!status)
            status = build_events(model, item, err);
        if (!status)
            status = build_indexes(model, item, err);
    }
    return status;
}
