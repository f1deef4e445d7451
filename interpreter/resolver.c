/* Names in expressions: variables, members, constants, tokens, enumeration
 * values and functions (expressions S42 … S54). An entity without a model is
 * one that bindings made up; its members are searched one by one, and where
 * not even that is known (`eval` without an app, an empty object) the member
 * is left to be found by name at run time. */
#include "interpreter/checker.h"

#include "interpreter/dates.h"
#include "interpreter/parser.h"

#include <stdio.h>
#include <string.h>

enum { ENTITY_STEP_DONE = 1 };

/* ---- variables ---------------------------------------------------------- */

/* S43: known on the server only. */
static bool is_server_variable(const char *name)
{
    static const char *const names[] = {"latestHttpResponse", "latestSoapFault",
                                        "currentUser", "currentSession",
                                        "currentDeviceType"};
    size_t i;

    for (i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(names[i], name))
            return true;
    return false;
}

nf_status nf_check_variable(nf_checker *c, nf_expr *node)
{
    const nf_scope *scope = c->scope;
    const char *name = node->as.name, *other;
    nf_suggestion suggestion = {.name = name};
    char hint[160];
    int32_t slot = -1;
    size_t i;

    if (scope->variable &&
        scope->variable(scope->user, name, strlen(name), &node->type, &slot)) {
        node->as.variable.name = name;
        node->as.variable.slot = slot;
        return NF_OK;
    }
    if (scope->engine == NF_ENGINE_CLIENT && is_server_variable(name))
        return nf_check_error(c, node, "E-NAME",
                              "Variable $%s is not available in nanoflows",
                              name);
    for (i = 0;
         scope->variable_name && (other = scope->variable_name(scope->user, i));
         i++)
        nf_suggest(&suggestion, other);
    return nf_check_error(
        c, node, "E-NAME", "Unknown variable $%s%s", name,
        nf_suggestion_text(&suggestion, "$", hint, sizeof hint));
}

/* ---- members ------------------------------------------------------------ */

static const nf_member *find_member(const nf_entity *entity, const char *name)
{
    size_t i;

    if (entity->model)
        return nf_entity_find_member(entity, name);
    for (i = 0; i < entity->member_count; i++)
        if (!strcmp(entity->members[i].name, name))
            return &entity->members[i];
    return NULL;
}

/* Whether this is an association (or an unknown dotted member) that no entity
 * step has followed yet. */
static bool takes_entity_step(const nf_expr *object)
{
    const nf_member *member = object->as.member.member;

    if (object->op != NF_EXPR_MEMBER || object->mode == ENTITY_STEP_DONE)
        return false;
    return member ? member->association != NULL
                  : strchr(object->as.member.name, '.') != NULL;
}

/* `/Mod.Entity` after an association: the object itself, typed (S45). */
static bool entity_step(nf_checker *c, nf_expr **node, const char *name)
{
    nf_expr *object = (*node)->operands[0];
    const nf_entity *from = object->type.entity, *to = NULL, *e;

    if (!takes_entity_step(object))
        return false;
    if (c->scope->model)
        to = nf_model_find_entity(c->scope->model, name);
    for (e = from; !to && e; e = e->generalization)
        if (!strcmp(e->qualified, name))
            to = e;
    if (!to && (from || c->scope->model))
        return false;
    if (to && from && !nf_entity_is(from, to) && !nf_entity_is(to, from))
        return false;
    if (to)
        object->type.entity = to;
    object->mode = ENTITY_STEP_DONE;
    *node = object;
    return true;
}

static bool is_system(const char *qualified)
{
    return !strncmp(qualified, "System.", 7);
}

static nf_status unknown_member(nf_checker *c, const nf_expr *node,
                                const nf_entity *entity, const char *name)
{
    nf_suggestion suggestion = {.name = name};
    const nf_association *association = NULL;
    char hint[160];
    size_t i;

    if (c->scope->model && strchr(name, '.'))
        association = nf_model_find_association(c->scope->model, name);
    if (association && association->child &&
        nf_entity_is(entity, association->child))
        return nf_check_error(
            c, node, "E-TYPE",
            "Association '%s' leads to several objects from '%s': retrieve "
            "them by association instead",
            name, entity->qualified);
    for (i = 0; i < entity->member_count; i++)
        nf_suggest(&suggestion, entity->members[i].name);
    if (is_system(entity->qualified) || is_system(name))
        nf_check_foreign(c);
    return nf_check_error(
        c, node, "E-NAME", "Unknown member '%s' of %s%s", name,
        entity->qualified,
        nf_suggestion_text(&suggestion, "", hint, sizeof hint));
}

nf_status nf_check_member(nf_checker *c, nf_expr **node_)
{
    nf_expr *node = *node_, *object = node->operands[0];
    const char *name = node->as.member.name;
    const nf_entity *entity = object->type.entity;
    char type[120];

    if (object->type.kind != NF_KIND_OBJECT &&
        object->type.kind != NF_KIND_EMPTY &&
        object->type.kind != NF_KIND_UNKNOWN)
        return nf_check_error(c, node, "E-TYPE",
                              "Cannot read member '%s' of %s", name,
                              nf_type_text(&object->type, type, sizeof type));
    if (entity)
        node->as.member.member = find_member(entity, name);
    if (node->as.member.member) {
        node->type = node->as.member.member->type;
        return NF_OK;
    }
    if (strchr(name, '.') && entity_step(c, node_, name))
        return NF_OK;
    if (entity)
        return unknown_member(c, node, entity, name);
    node->type.kind = strchr(name, '.') ? NF_KIND_OBJECT : NF_KIND_UNKNOWN;
    return NF_OK;
}

/* ---- constants, enumerations, tokens ------------------------------------ */

nf_status nf_check_constant(nf_checker *c, nf_expr *node)
{
    const nf_scope *scope = c->scope;
    const char *name = node->as.name;
    nf_suggestion suggestion = {.name = name};
    const nf_constant *constant = NULL;
    char hint[160];
    size_t i;

    if (scope->constant)
        constant = scope->constant(scope->user, name);
    if (!constant && scope->model)
        constant = nf_model_find_constant(scope->model, name);
    if (!constant) {
        for (i = 0; scope->model && i < nf_model_constant_count(scope->model);
             i++)
            nf_suggest(&suggestion,
                       nf_model_constant(scope->model, i)->qualified);
        return nf_check_error(
            c, node, "E-NAME", "Unknown constant @%s%s", name,
            nf_suggestion_text(&suggestion, "@", hint, sizeof hint));
    }
    if (scope->engine == NF_ENGINE_CLIENT && !constant->exposed_to_client &&
        !scope->all_constants)
        return nf_check_error(c, node, "E-NAME",
                              "Constant @%s is not exposed to the client",
                              name);
    node->as.constant = constant;
    node->type = constant->type;
    return NF_OK;
}

static const nf_enumeration *find_enumeration(nf_checker *c, const char *name)
{
    const nf_enumeration *enumeration = NULL;

    if (c->scope->enumeration)
        enumeration = c->scope->enumeration(c->scope->user, name);
    if (!enumeration && c->scope->model)
        enumeration = nf_model_find_enumeration(c->scope->model, name);
    return enumeration;
}

static nf_status unknown_enumeration(nf_checker *c, const nf_expr *node,
                                     const char *name)
{
    const nf_model *model = c->scope->model;
    nf_suggestion suggestion = {.name = name};
    char hint[160];
    size_t i;

    for (i = 0; i < nf_model_enumeration_count(model); i++)
        nf_suggest(&suggestion, nf_model_enumeration(model, i)->qualified);
    if (is_system(name))
        nf_check_foreign(c);
    return nf_check_error(
        c, node, "E-NAME", "Unknown enumeration '%s'%s", name,
        nf_suggestion_text(&suggestion, "", hint, sizeof hint));
}

static nf_status unknown_key(nf_checker *c, const nf_expr *node,
                             const nf_enumeration *enumeration, const char *key)
{
    nf_suggestion suggestion = {.name = key};
    char hint[160];
    size_t i;

    for (i = 0; i < enumeration->count; i++)
        nf_suggest(&suggestion, enumeration->values[i].name);
    if (is_system(enumeration->qualified))
        nf_check_foreign(c);
    return nf_check_error(
        c, node, "E-NAME", "Unknown value '%s' of enumeration '%s'%s", key,
        enumeration->qualified,
        nf_suggestion_text(&suggestion, "", hint, sizeof hint));
}

static const nf_enumeration_value *find_key(const nf_enumeration *enumeration,
                                            const char *key)
{
    size_t i;

    for (i = 0; i < enumeration->count; i++)
        if (!strcmp(enumeration->values[i].name, key))
            return &enumeration->values[i];
    return NULL;
}

nf_status nf_check_enumeration(nf_checker *c, nf_expr *node)
{
    char *name = nf_arena_strdup(c->arena, node->as.name), *key;
    const nf_enumeration *enumeration;
    nf_value value, interned;

    if (!name)
        return nf_error_nomem(c->err);
    key = strrchr(name, '.');
    *key++ = '\0';
    enumeration = find_enumeration(c, name);
    if (!enumeration && c->scope->model)
        return unknown_enumeration(c, node, name);
    /* Without a model and without values nothing is known of it. */
    if (enumeration && (enumeration->count || c->scope->model) &&
        !find_key(enumeration, key))
        return unknown_key(c, node, enumeration, key);
    if (!nf_value_text(&value, key, strlen(key)) ||
        !nf_expr_intern(&interned, c->arena, &value))
        return nf_error_nomem(c->err);
    interned.kind = NF_KIND_ENUMERATION;
    node->mode = 0;
    node->present = true;
    node->as.value = interned;
    node->type =
        (nf_type){.kind = NF_KIND_ENUMERATION, .enumeration = enumeration};
    return NF_OK;
}

static const nf_entity *system_entity(const nf_checker *c, const char *name)
{
    return c->scope->model ? nf_model_find_entity(c->scope->model, name) : NULL;
}

static nf_status unknown_token(nf_checker *c, const nf_expr *node,
                               const char *name)
{
    nf_suggestion suggestion = {.name = name};
    const char *other;
    char hint[160];
    size_t i;

    for (i = 0; (other = nf_token_name(i)); i++)
        nf_suggest(&suggestion, other);
    return nf_check_error(
        c, node, "E-NAME", "Unknown token [%%%s%%]%s", name,
        nf_suggestion_text(&suggestion, "", hint, sizeof hint));
}

nf_status nf_check_token(nf_checker *c, nf_expr *node)
{
    const char *name = node->as.name, *role = NULL;
    nf_token token;

    if (!nf_token_find(&token, &role, name))
        return unknown_token(c, node, name);
    node->as.token.token = token;
    node->as.token.name = role;
    node->type.kind = NF_KIND_OBJECT;
    if (token == NF_TOKEN_CURRENT_USER)
        node->type.entity = system_entity(c, "System.User");
    else if (token == NF_TOKEN_USER_ROLE)
        node->type.entity = system_entity(c, "System.UserRole");
    else if (token != NF_TOKEN_CURRENT_OBJECT)
        node->type.kind = NF_KIND_DATETIME;
    node->present = node->type.kind == NF_KIND_DATETIME;
    return NF_OK;
}

/* ---- calls -------------------------------------------------------------- */

/* What microflows of older versions call: Float was a type, too. */
static const nf_function *find_old_function(const char *name)
{
    static const char *const names[][2] = {{"formatFloat", "formatDecimal"},
                                           {"parseFloat", "parseDecimal"}};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(names[i][0], name))
            return nf_function_find(names[i][1], strlen(names[i][1]));
    return NULL;
}

static nf_status find_function(nf_checker *c, const nf_expr *node,
                               const nf_function **out)
{
    const char *name = node->as.name;
    nf_suggestion suggestion = {.name = name};
    char hint[160];
    size_t i;

    *out = nf_function_find(name, strlen(name));
    if (!*out && c->scope->engine == NF_ENGINE_SERVER)
        *out = find_old_function(name);
    if (!*out) {
        for (i = 0; i < nf_function_count(); i++)
            nf_suggest(&suggestion, nf_function_at(i)->name);
        return nf_check_error(
            c, node, "E-FUNC", "Unknown function %s()%s", name,
            nf_suggestion_text(&suggestion, "", hint, sizeof hint));
    }
    if (c->scope->engine == NF_ENGINE_CLIENT &&
        !((*out)->engines & NF_ON_CLIENT))
        return nf_check_error(c, node, "E-FUNC",
                              "Function %s() is not available in nanoflows",
                              name);
    if (c->scope->engine == NF_ENGINE_SERVER &&
        !((*out)->engines & NF_ON_SERVER))
        return nf_check_error(c, node, "E-FUNC",
                              "Function %s() is not available in microflows",
                              name);
    return NF_OK;
}

static nf_status check_count(nf_checker *c, const nf_expr *node,
                             const nf_function *function)
{
    int count = (int)node->count;

    if (node->count >= function->min && node->count <= function->max)
        return NF_OK;
    if (function->min == function->max)
        return nf_check_error(c, node, "E-ARITY",
                              "%s() expects %d argument%s, got %d",
                              function->name, function->min,
                              function->min == 1 ? "" : "s", count);
    return nf_check_error(c, node, "E-ARITY",
                          "%s() expects %d to %d arguments, got %d",
                          function->name, function->min, function->max, count);
}

/* S60, S61: forms with a pattern are the server's. */
static nf_status check_engine_forms(nf_checker *c, const nf_expr *node,
                                    const nf_function *function)
{
    if (c->scope->engine == NF_ENGINE_SERVER || node->count < 2)
        return NF_OK;
    if (!strcmp(function->name, "formatDecimal") ||
        (!strcmp(function->name, "parseDecimal") &&
         (node->count > 2 || node->operands[1]->type.kind == NF_KIND_STRING)))
        return nf_check_error(
            c, node, "E-FUNC",
            "%s() with a format is not available in nanoflows", function->name);
    return NF_OK;
}

static bool takes(unsigned mask, const nf_type *type)
{
    static const unsigned anything = NF_TAKES_TEXT | NF_TAKES_BOOLEAN;
    nf_kind kind = type->kind;

    /* toString of an object of which nothing is known may be '' (S78). */
    if (kind == NF_KIND_OBJECT && !type->entity &&
        (mask & anything) == anything)
        return true;
    if (kind == NF_KIND_EMPTY || kind == NF_KIND_UNKNOWN)
        return true;
    if (kind == NF_KIND_INTEGER && (mask & NF_TAKES_DECIMAL))
        return true;
    return kind < 16 && (mask & 1u << kind);
}

static nf_status check_arguments(nf_checker *c, const nf_expr *node,
                                 const nf_function *function)
{
    nf_status status = NF_OK;
    uint32_t i;
    char type[120];

    for (i = 0; i < node->count; i++) {
        const nf_expr *argument = node->operands[i];
        unsigned mask = nf_function_takes(function, (int)i);

        if (takes(mask, &argument->type))
            continue;
        status = nf_check_error(
            c, argument, "E-TYPE",
            "Argument %u of %s() does not take a value of type %s", i + 1,
            function->name, nf_type_text(&argument->type, type, sizeof type));
        if (!c->scope->problem)
            break;
    }
    return status;
}

/* max, min: all numbers or all dates. */
static nf_status widest(nf_checker *c, nf_expr *node)
{
    nf_kind result = NF_KIND_EMPTY;
    uint32_t i;

    for (i = 0; i < node->count; i++) {
        nf_kind kind = node->operands[i]->type.kind;

        if (kind == NF_KIND_EMPTY || result == kind)
            continue;
        if (result == NF_KIND_EMPTY || kind == NF_KIND_UNKNOWN)
            result = kind;
        else if (result == NF_KIND_UNKNOWN)
            continue;
        else if (result == NF_KIND_DATETIME || kind == NF_KIND_DATETIME)
            return nf_check_error(c, node->operands[i], "E-TYPE",
                                  "%s() mixes numbers and dates",
                                  node->as.call.function->name);
        else
            result = NF_KIND_DECIMAL;
    }
    node->type.kind = result == NF_KIND_EMPTY ? NF_KIND_UNKNOWN : result;
    return NF_OK;
}

static nf_status result_type(nf_checker *c, nf_expr *node)
{
    const nf_function *function = node->as.call.function;
    const nf_expr *precision;

    node->present = function->present;
    switch (function->rule) {
    case NF_RESULT_FIXED:
        node->type.kind = function->result;
        return NF_OK;
    case NF_RESULT_FIRST:
        node->type.kind = node->operands[0]->type.kind;
        if (node->type.kind == NF_KIND_EMPTY)
            node->type.kind = NF_KIND_UNKNOWN;
        return NF_OK;
    case NF_RESULT_WIDEST:
        return widest(c, node);
    default: /* NF_RESULT_ROUND */
        precision = node->count > 1 ? node->operands[1] : NULL;
        node->type.kind =
            !precision || (!c->failed && precision->op == NF_EXPR_LITERAL &&
                           precision->as.value.kind == NF_KIND_INTEGER &&
                           precision->as.value.as.integer == 0)
                ? NF_KIND_INTEGER
                : NF_KIND_DECIMAL;
        return NF_OK;
    }
}

static void warn(const nf_checker *c, const nf_expr *node, const char *message)
{
    if (c->scope->warning)
        c->scope->warning(c->scope->user, (long)node->position, message);
}

/* What is wrong with literal arguments is known now (S62, §11 E-RANGE). */
static nf_status check_literals(nf_checker *c, const nf_expr *node)
{
    const char *name = node->as.call.function->name;
    const nf_expr *second = node->count > 1 ? node->operands[1] : NULL;
    nf_error error;
    uint32_t i;

    if (c->failed) /* literals among the operands may be faulty */
        return NF_OK;
    if (!strcmp(name, "dateTime") || !strcmp(name, "dateTimeUTC")) {
        nf_value values[6];

        for (i = 0; i < node->count && i < 6; i++) {
            if (node->operands[i]->op != NF_EXPR_LITERAL) {
                warn(c, node->operands[i],
                     "dateTime() is meant for fixed values only");
                return NF_OK;
            }
            values[i] = node->operands[i]->as.value;
            if (values[i].kind == NF_KIND_EMPTY)
                return NF_OK; /* an error of the run */
        }
        nf_error_clear(&error);
        if (nf_date_arguments(NULL, name, values, (int)i, &error) != NF_OK) {
            nf_error_at_position(&error, (long)node->position);
            return nf_check_failed(c, &error, false);
        }
    }
    if (c->scope->engine == NF_ENGINE_CLIENT && second &&
        !strncmp(name, "replace", 7) && second->op == NF_EXPR_LITERAL &&
        second->as.value.kind == NF_KIND_STRING &&
        strstr(second->as.value.as.string->text, "\\Q"))
        warn(c, second,
             "\\Q has no special meaning in the client's regular expressions");
    return NF_OK;
}

nf_status nf_check_call(nf_checker *c, nf_expr *node)
{
    const nf_function *function;
    nf_status status = find_function(c, node, &function);

    if (status == NF_OK)
        status = check_count(c, node, function);
    if (status == NF_OK)
        status = check_engine_forms(c, node, function);
    if (status == NF_OK)
        status = check_arguments(c, node, function);
    if (status != NF_OK)
        return status;
    node->as.call = (nf_call_site){.function = function};
    if (node->count)
        node->as.call.enumeration = node->operands[0]->type.enumeration;
    status = result_type(c, node);
    if (status == NF_OK)
        status = check_literals(c, node);
    if (status == NF_OK && !strcmp(function->name, "not"))
        node->op = NF_EXPR_NOT;
    return status;
}
