/* The part of `check` that needs no compiler: constraints of access rules and
 * offline configurations, and the model checks of synchronize 2.3 that the
 * stored model answers. What nanoflows do with offline entities is in
 * check_offline.c. */
#include "analysis/check.h"
#include "database/xpath.h"

#include <string.h>

/* A name of System that is not known may be newer than what is built in. */
static bool is_foreign(const nf_error *err, const char *text)
{
    return (!strcmp(err->detail, "UNKNOWN_MEMBER") ||
            !strcmp(err->detail, "PATH_MISMATCH")) &&
           strstr(text, "System.");
}

static void check_xpath(nf_check *check, const nf_entity *entity,
                        const char *text, const char *document,
                        const char *element)
{
    nf_error err = {.position = -1};
    nf_xpath *xpath = NULL;
    if (!text || !text[strspn(text, " \t\r\n")])
        return;
    check->texts.xpaths++;
    nf_status parsed = nf_xpath_parses(text, &err);
    if (parsed == NF_OK)
        check->texts.xpaths_parsed++;
    if (parsed == NF_NOMEM)
        check->failed = true;
    if (entity->kind != NF_ENTITY_PERSISTABLE)
        return; /* no query of ours: a service or a view answers */
    err = (nf_error){.position = -1};
    nf_status status = nf_xpath_compile(&xpath, check->model, entity, text,
                                        NF_XPATH_SERVER, NULL, NULL, &err);
    if (status == NF_NOMEM)
        check->failed = true;
    else if (status != NF_OK)
        nf_check_add(check,
                     is_foreign(&err, text) ? NF_SEVERITY_UNSUPPORTED
                                            : NF_SEVERITY_ERROR,
                     *err.detail ? err.detail : err.code, document, element,
                     err.position, err.message);
    nf_xpath_free(xpath);
}

static void check_access(nf_check *check, const nf_entity *entity)
{
    check->place = &entity->id;
    for (size_t i = 0; i < entity->access_rule_count; i++)
        check_xpath(check, entity, entity->access_rules[i].constraint,
                    entity->qualified, "access rule");
    check->place = NULL;
}

/* ---- one offline profile ------------------------------------------------ */

typedef struct offline {
    nf_check *check;
    const nf_profile *profile;
    bool *listed; /* by entity->number: configured and not online */
} offline;

static bool is_offline(const offline *o, const nf_entity *entity)
{
    return entity && o->listed[entity->number];
}

static nf_sync_mode mode_of(const offline *o, const nf_entity *entity)
{
    return nf_profile_config(o->profile, entity).mode;
}

static void check_never(const offline *o, const nf_entity *entity)
{
    const nf_entity *above = entity->generalization;
    if (entity->is_file)
        nf_check_addf(o->check, NF_SEVERITY_ERROR, "SYNC_CONFIGURATION",
                      entity->qualified, o->profile->name,
                      "File entities cannot have the synchronization mode "
                      "Never");
    else if (above && mode_of(o, above) != NF_SYNC_NEVER)
        nf_check_addf(o->check, NF_SEVERITY_ERROR, "SYNC_CONFIGURATION",
                      entity->qualified, o->profile->name,
                      "'%s' has the synchronization mode Never, its "
                      "generalization '%s' another one",
                      entity->qualified, above->qualified);
}

static bool is_persistable(const nf_entity *entity)
{
    return entity && entity->kind == NF_ENTITY_PERSISTABLE;
}

static void check_association(const offline *o,
                              const nf_association *association)
{
    const nf_entity *parent = association->parent, *child = association->child;
    if (association->system || !is_persistable(parent) ||
        !is_persistable(child))
        return;
    bool never[2] = {
        is_offline(o, parent) && mode_of(o, parent) == NF_SYNC_NEVER,
        is_offline(o, child) && mode_of(o, child) == NF_SYNC_NEVER};
    if (never[0] != never[1])
        nf_check_addf(o->check, NF_SEVERITY_ERROR, "SYNC_CONFIGURATION",
                      association->qualified, o->profile->name,
                      "'%s' has the synchronization mode Never, the "
                      "associated '%s' has not",
                      never[0] ? parent->qualified : child->qualified,
                      never[0] ? child->qualified : parent->qualified);
    if (!is_offline(o, parent) || !is_offline(o, child))
        return;
    if (association->set)
        nf_check_addf(o->check, NF_SEVERITY_WARNING, "SYNC_REFERENCE_SET",
                      association->qualified, o->profile->name,
                      "Mendix does not support reference sets between "
                      "offline entities; they work here");
    if (association->parent_delete != NF_DELETE_KEEP ||
        association->child_delete != NF_DELETE_KEEP)
        nf_check_addf(o->check, NF_SEVERITY_ERROR, "DELETE_BEHAVIOR_OFFLINE",
                      association->qualified, o->profile->name,
                      "Offline entities can only keep associated objects "
                      "when an object is deleted; on the device this "
                      "association keeps them");
}

/* One warning per hierarchy that takes part with several entities. */
static void check_hierarchy(const offline *o, const nf_entity *root)
{
    size_t count = 0;
    const nf_entity *example = NULL;
    for (size_t i = 0; i < nf_model_entity_count(o->check->model); i++) {
        const nf_entity *entity = nf_model_entity(o->check->model, i);
        if (entity->root != root || !is_offline(o, entity))
            continue;
        count++;
        example = entity;
    }
    if (count > 1)
        nf_check_addf(o->check, NF_SEVERITY_WARNING, "SYNC_HIERARCHY",
                      root->qualified, o->profile->name,
                      "%zu entities of one hierarchy are configured for "
                      "offline use, '%s' among them; Mendix allows one",
                      count, example->qualified);
}

static bool has_constraint(const nf_entity *entity)
{
    for (size_t i = 0; i < entity->access_rule_count; i++) {
        const char *text = entity->access_rules[i].constraint;
        if (text && text[strspn(text, " \t\r\n")])
            return true;
    }
    return false;
}

/* Offline the rights of the last download apply (synchronize S166). One note
 * per profile: nearly every secure app has such rules. */
static void check_access_note(const offline *o)
{
    size_t count = 0;
    const nf_entity *example = NULL;
    for (size_t i = 0; i < nf_model_entity_count(o->check->model); i++) {
        const nf_entity *entity = nf_model_entity(o->check->model, i);
        if (entity->module->system || !is_offline(o, entity) ||
            !has_constraint(entity))
            continue;
        count++;
        example = entity;
    }
    if (count)
        nf_check_addf(o->check, NF_SEVERITY_NOTE, "SYNC_ACCESS_XPATH",
                      example->qualified, o->profile->name,
                      "The XPath constraints of access rules are evaluated on "
                      "the server only (%zu offline entities have some)",
                      count);
}

static void check_profile(nf_check *check, const nf_profile *profile)
{
    size_t entities = nf_model_entity_count(check->model);
    offline o = {check, profile, nf_alloc_array(entities + 1, sizeof(bool))};
    if (!o.listed) {
        check->failed = true;
        return;
    }
    for (size_t i = 0; i < profile->config_count; i++) {
        const nf_offline_config *config = &profile->configs[i];
        if (!config->entity)
            continue;
        if (config->mode != NF_SYNC_ONLINE)
            o.listed[config->entity->number] = true;
        check->place = &config->entity->id;
        check_xpath(check, config->entity, config->constraint,
                    config->entity->qualified, profile->name);
        if (config->mode == NF_SYNC_NEVER)
            check_never(&o, config->entity);
        check->place = NULL;
    }
    for (size_t i = 0; i < nf_model_association_count(check->model); i++)
        check_association(&o, nf_model_association(check->model, i));
    for (size_t i = 0; i < entities; i++) {
        const nf_entity *entity = nf_model_entity(check->model, i);
        /* every app has files and users: their roots are not the app's */
        if (!entity->generalization && entity->specialization_count &&
            !entity->module->system)
            check_hierarchy(&o, entity);
    }
    check_access_note(&o);
    nf_free(o.listed);
}

void nf_check_domain(nf_check *check)
{
    for (size_t i = 0; i < nf_model_entity_count(check->model); i++) {
        const nf_entity *entity = nf_model_entity(check->model, i);
        if (entity->module->system)
            continue;
        check_access(check, entity);
        nf_check_entity(check, entity);
    }
    for (size_t i = 0; i < nf_model_profile_count(check->model); i++)
        if (nf_model_profile(check->model, i)->offline)
            check_profile(check, nf_model_profile(check->model, i));
}
