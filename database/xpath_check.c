/* Names, types and the profile of a constraint (xpath §4 … §10), in reading
 * order, so that the first error is the one to report (Q161). Within a path
 * everything is resolved before the offline limits speak. */
#include "database/xpath_checker.h"

bool nf_xcheck_fail(nf_xchecker *c, const char *code, long position,
                    const char *what, const char *name)
{
    nf_xpath_error(code, c->xpath->text, position, c->err, "%s \"%s\"", what,
                   name);
    return false;
}

bool nf_xcheck_fail_near(nf_xchecker *c, const char *code, long position,
                         const char *what, const nf_suggestion *near)
{
    char hint[128];

    nf_xpath_error(code, c->xpath->text, position, c->err, "%s \"%s\"%s", what,
                   near->name, nf_suggestion_text(near, "", hint, sizeof hint));
    return false;
}

bool nf_xcheck_type_error(nf_xchecker *c, const nf_xnode *node,
                          const char *what)
{
    nf_xpath_error("TYPE", c->xpath->text, node->position, c->err, "%s", what);
    return false;
}

bool nf_xcheck_is_strict(const nf_xchecker *c)
{
    return c->xpath->profile == NF_XPATH_STRICT;
}

void nf_xcheck_limit(nf_xchecker *c, const char *code, long position)
{
    if (nf_xcheck_is_strict(c) && !c->limit) {
        c->limit = code;
        c->limit_position = position;
    }
}

bool nf_xcheck_report_limit(nf_xchecker *c)
{
    const char *code = c->limit;

    c->limit = NULL;
    if (!code)
        return true;
    nf_xpath_error(code, c->xpath->text, c->limit_position, c->err,
                   "this is not possible in a constraint of a nanoflow");
    return false;
}

bool nf_xcheck_version(const nf_xchecker *c, int major, int minor, int patch)
{
    nf_version v = nf_model_settings(c->xpath->model)->version;

    if (v.major != major)
        return v.major > major;
    return v.minor != minor ? v.minor > minor : v.patch >= patch;
}

/* ---- operands ------------------------------------------------------------ */

static bool remember_variable(nf_xchecker *c, nf_xnode *node,
                              const nf_type *type)
{
    nf_xpath *x = c->xpath;
    size_t i;

    for (i = 0; i < x->variable_count; i++)
        if (!strcmp(x->variables[i], node->variable)) {
            node->variable_index = i;
            return true;
        }
    if (x->variable_count == x->variable_capacity) {
        size_t capacity = x->variable_capacity ? x->variable_capacity * 2 : 8;
        const char **names = nf_arena_array(x->arena, capacity, sizeof *names);
        nf_type *types = nf_arena_array(x->arena, capacity, sizeof *types);

        if (!names || !types) {
            nf_error_nomem(c->err);
            return false;
        }
        for (i = 0; i < x->variable_count; i++) {
            names[i] = x->variables[i];
            types[i] = x->variable_types[i];
        }
        x->variables = names;
        x->variable_types = types;
        x->variable_capacity = capacity;
    }
    node->variable_index = x->variable_count;
    x->variables[x->variable_count] = node->variable;
    x->variable_types[x->variable_count++] = *type;
    return true;
}

static bool check_variable_member(nf_xchecker *c, nf_xnode *node,
                                  const nf_type *type)
{
    const nf_member *member;

    if (type->kind != NF_KIND_OBJECT)
        return type->kind == NF_KIND_UNKNOWN
                   ? true
                   : nf_xcheck_fail(
                         c, "TYPE", node->member_position,
                         "the variable is not an object:", node->variable);
    if (!strcmp(node->member_name, "id") || !strcmp(node->member_name, "ID")) {
        node->type = *type;
        return true;
    }
    if (!type->entity) {
        node->type.kind = NF_KIND_UNKNOWN;
        return true;
    }
    member = nf_entity_find_member(type->entity, node->member_name);
    if (!member || (member->association && !strchr(node->member_name, '.')))
        return nf_xcheck_fail(c, "UNKNOWN_MEMBER", node->member_position,
                              "the variable has no member", node->member_name);
    if (member->attribute) {
        node->type = member->type;
        node->type.kind = nf_attribute_kind(member->attribute);
        return true;
    }
    if (member->association->set)
        return nf_xcheck_fail(
            c, "TYPE", node->member_position,
            "a reference set is no operand:", node->member_name);
    node->type =
        (nf_type){.kind = NF_KIND_OBJECT,
                  .entity = member->child_end ? member->association->parent
                                              : member->association->child};
    if (!nf_xcheck_version(c, 11, 9, 0) &&
        !(nf_xcheck_version(c, 11, 6, 5) && !nf_xcheck_version(c, 11, 7, 0)))
        nf_xcheck_limit(c, "OFFLINE_ASSOCIATION_PATH", node->member_position);
    return nf_xcheck_report_limit(c);
}

static bool check_variable(nf_xchecker *c, nf_xnode *node)
{
    nf_type type = {.kind = NF_KIND_UNKNOWN};

    if (!c->variable || !c->variable(c->user, node->variable, &type))
        return nf_xcheck_fail(c, "UNKNOWN_VARIABLE", node->position,
                              "there is no variable", node->variable);
    if (type.kind == NF_KIND_LIST)
        return nf_xcheck_fail(c, "TYPE", node->position,
                              "a list is no operand:", node->variable);
    node->type = type;
    if (!remember_variable(c, node, &type))
        return false;
    return node->member_name ? check_variable_member(c, node, &type) : true;
}

static bool check_token(nf_xchecker *c, nf_xnode *node)
{
    if (node->name)
        return nf_xcheck_fail(c, "UNKNOWN_TOKEN", node->position,
                              "there is no token", node->name);
    if (node->token == NF_XT_ROLE)
        nf_xcheck_limit(c, "OFFLINE_ROLE_TOKEN", node->position);
    if (node->term_count)
        nf_xcheck_limit(c, "OFFLINE_TOKEN_ARITHMETIC", node->position);
    if (!nf_xcheck_report_limit(c))
        return false;
    if (node->term_count && node->type.kind != NF_KIND_DATETIME)
        return nf_xcheck_type_error(c, node,
                                    "only a time can be followed by lengths");
    return true;
}

bool nf_xcheck_is_number(nf_kind kind)
{
    return kind == NF_KIND_INTEGER || kind == NF_KIND_DECIMAL ||
           kind == NF_KIND_UNKNOWN;
}

static bool check_arithmetic(nf_xchecker *c, nf_xnode *node,
                             const nf_entity *context)
{
    nf_xnode *right = node->kind == NF_X_NEGATE ? NULL : node->right;

    if (!nf_xcheck_operand(c, node->left, context) ||
        (right && !nf_xcheck_operand(c, right, context)))
        return false;
    if (nf_xcheck_is_strict(c) || !nf_xcheck_version(c, 11, 0, 0)) {
        nf_xpath_error("ARITHMETIC", c->xpath->text, node->position, c->err,
                       "arithmetic is not possible here; compute into a "
                       "variable first");
        return false;
    }
    if (!nf_xcheck_is_number(node->left->type.kind) ||
        (right && !nf_xcheck_is_number(right->type.kind)))
        return nf_xcheck_type_error(c, node, "arithmetic needs numbers");
    node->type.kind = NF_KIND_DECIMAL;
    return true;
}

bool nf_xcheck_operand(nf_xchecker *c, nf_xnode *node, const nf_entity *context)
{
    switch (node->kind) {
    case NF_X_PATH:
        return nf_xcheck_path(c, node, context);
    case NF_X_VARIABLE:
        return check_variable(c, node);
    case NF_X_TOKEN:
        return check_token(c, node);
    case NF_X_CALL:
        return nf_xcheck_call(c, node, context);
    case NF_X_ARITHMETIC:
    case NF_X_NEGATE:
        return check_arithmetic(c, node, context);
    case NF_X_LITERAL:
        node->type.kind = (nf_kind)node->value.kind;
        return true;
    case NF_X_OR:
    case NF_X_AND:
    case NF_X_COMPARE:
        node->type.kind = NF_KIND_BOOLEAN;
        return nf_xcheck_condition(c, node, context);
    }
    return false;
}

/* A bare operand stands for a truth or for existence (Q55). */
static bool check_bare(nf_xchecker *c, nf_xnode *node, const nf_entity *context)
{
    if (!nf_xcheck_operand(c, node, context))
        return false;
    if (node->type.kind == NF_KIND_BOOLEAN ||
        (node->type.kind == NF_KIND_UNKNOWN && node->kind == NF_X_VARIABLE))
        return true;
    if (node->kind == NF_X_PATH && node->type.kind == NF_KIND_OBJECT &&
        !node->is_id)
        return true;
    return nf_xcheck_type_error(c, node, "this is not a condition");
}

bool nf_xcheck_condition(nf_xchecker *c, nf_xnode *node,
                         const nf_entity *context)
{
    node->type.kind = NF_KIND_BOOLEAN;
    switch (node->kind) {
    case NF_X_OR:
    case NF_X_AND:
        return nf_xcheck_condition(c, node->left, context) &&
               nf_xcheck_condition(c, node->right, context);
    case NF_X_COMPARE:
        return nf_xcheck_comparison(c, node, context);
    default:
        return check_bare(c, node, context);
    }
}

nf_status nf_xpath_check(nf_xpath *xpath, nf_xpath_variable variable,
                         void *user, nf_error *err)
{
    nf_xchecker c = {
        .xpath = xpath, .variable = variable, .user = user, .err = err};

    if (nf_xcheck_condition(&c, xpath->root, xpath->entity))
        return NF_OK;
    return err->status ? err->status : NF_FAILED;
}
