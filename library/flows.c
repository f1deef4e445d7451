/* Flows, entities and enumerations of an app as hosts look at them: what to
 * give, and what comes back. */
#include "library/app.h"

#include "base/suggest.h"

#include <string.h>

static const struct kind {
    nf_flow_kind kind;
    const char *text;
} kinds[] = {
    {NF_FLOW_NANOFLOW, "nanoflow"},
    {NF_FLOW_MICROFLOW, "microflow"},
    {NF_FLOW_RULE, "rule"},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

/* The name without "TYPE:"; NULL if that is another type. */
static const char *bare_name(const char *name, const char *type)
{
    const char *colon = strchr(name, ':');
    size_t length = strlen(type);

    if (!colon)
        return name;
    return (size_t)(colon - name) == length && !memcmp(name, type, length)
               ? colon + 1
               : NULL;
}

nf_status nf_app_flow(const nf_flow **out, const nf_app *app, const char *name,
                      nf_error *err)
{
    nf_status status;

    *out = NULL;
    status = nf_app_complete(app, err);
    if (status != NF_OK)
        return status;
    for (size_t i = 0; i < KINDS; i++) {
        nf_error problem = {0};
        const char *bare = bare_name(name, kinds[i].text);

        if (!bare)
            continue;
        status = nf_model_flow(out, app->model, kinds[i].kind, bare, &problem);
        if (status != NF_USAGE || strcmp(problem.code, "not_found") != 0)
            return status == NF_OK ? NF_OK : nf_error_pass(&problem, err);
    }
    return nf_error_set(err, NF_USAGE, "not_found",
                        "the app has no flow \"%s\"", name);
}

const char *nf_flow_name(const nf_flow *flow)
{
    return flow->qualified;
}

const char *nf_flow_kind_text(const nf_flow *flow)
{
    for (size_t i = 0; i < KINDS; i++)
        if (kinds[i].kind == flow->kind)
            return kinds[i].text;
    return "";
}

static nf_declaration declare(const char *name, const nf_type *type)
{
    return (nf_declaration){
        .name = name,
        .kind = nf_kind_name(type->kind),
        .type = type->entity        ? type->entity->qualified
                : type->enumeration ? type->enumeration->qualified
                                    : "",
    };
}

bool nf_flow_parameter(nf_declaration *out, const nf_flow *flow, size_t index)
{
    if (index >= flow->parameter_count)
        return false;
    *out = declare(flow->parameters[index].name, &flow->parameters[index].type);
    out->required = flow->parameters[index].required;
    return true;
}

void nf_flow_result(nf_declaration *out, const nf_flow *flow)
{
    *out = declare("", &flow->result);
}

/* ---- entities ------------------------------------------------------------ */

nf_status nf_no_entity(const nf_model *model, const char *name,
                       nf_status status, const char *code, nf_error *err)
{
    nf_suggestion suggestion = {.name = name, .distance = 1};
    char hint[300];

    for (size_t i = 0; i < nf_model_entity_count(model); i++)
        nf_suggest_qualified(&suggestion, nf_model_entity(model, i)->qualified);
    return nf_error_set(err, status, code, "the app has no entity \"%.200s\"%s",
                        name,
                        nf_suggestion_text(&suggestion, "", hint, sizeof hint));
}

nf_status nf_app_entity(const nf_entity **out, const nf_app *app,
                        const char *name, nf_error *err)
{
    nf_status status = nf_app_complete(app, err);

    *out = NULL;
    if (status != NF_OK)
        return status;
    *out = nf_model_find_entity(app->model, name);
    return *out ? NF_OK
                : nf_no_entity(app->model, name, NF_USAGE, "not_found", err);
}

const char *nf_entity_name(const nf_entity *entity)
{
    return entity->qualified;
}

const char *nf_entity_generalization(const nf_entity *entity)
{
    return entity->generalization ? entity->generalization->qualified : "";
}

bool nf_entity_is_persistable(const nf_entity *entity)
{
    return entity->kind != NF_ENTITY_NON_PERSISTABLE;
}

bool nf_entity_member(nf_declaration *out, const nf_entity *entity,
                      size_t index)
{
    if (index >= entity->member_count)
        return false;
    *out = declare(entity->members[index].name, &entity->members[index].type);
    return true;
}

/* ---- enumerations -------------------------------------------------------- */

nf_status nf_app_enumeration(const nf_enumeration **out, const nf_app *app,
                             const char *name, nf_error *err)
{
    nf_status status = nf_app_complete(app, err);

    *out = NULL;
    if (status != NF_OK)
        return status;
    *out = nf_model_find_enumeration(app->model, name);
    return *out ? NF_OK
                : nf_error_set(err, NF_USAGE, "not_found",
                               "the app has no enumeration \"%s\"", name);
}

const char *nf_enumeration_key(const nf_enumeration *enumeration, size_t index)
{
    return index < enumeration->count ? enumeration->values[index].name : NULL;
}

const char *nf_enumeration_caption(const nf_app *app,
                                   const nf_enumeration *enumeration,
                                   size_t index, const char *language)
{
    return index < enumeration->count
               ? nf_model_text(app->model, enumeration->values[index].caption,
                               language)
               : NULL;
}
