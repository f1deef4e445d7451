/* Names, types and the profile of a constraint (xpath §4 … §10), in reading
 * order, so that the first error is the one to report (Q161). Within a path
 * everything is resolved before the offline limits speak. */
#include "database/xpath_tree.h"

#include <stdlib.h>

typedef struct checker {
    nf_xpath *xpath;
    nf_xpath_variable variable;
    void *user;
    nf_error *err;
    /* The first offline limit of the operand being resolved. */
    const char *limit;
    long limit_position;
} checker;

static bool check_condition(checker *c, nf_xnode *node,
                            const nf_entity *context);
static bool check_operand(checker *c, nf_xnode *node, const nf_entity *context);

static bool fail(checker *c, const char *code, long position, const char *what,
                 const char *name)
{
    nf_xpath_error(code, c->xpath->text, position, c->err, "%s \"%s\"", what,
                   name);
    return false;
}

static bool fail_near(checker *c, const char *code, long position,
                      const char *what, const nf_suggestion *near)
{
    char hint[128];

    nf_xpath_error(code, c->xpath->text, position, c->err, "%s \"%s\"%s", what,
                   near->name, nf_suggestion_text(near, "", hint, sizeof hint));
    return false;
}

static bool type_error(checker *c, const nf_xnode *node, const char *what)
{
    nf_xpath_error("TYPE", c->xpath->text, node->position, c->err, "%s", what);
    return false;
}

static bool strict(const checker *c)
{
    return c->xpath->profile == NF_XPATH_STRICT;
}

static void limit(checker *c, const char *code, long position)
{
    if (strict(c) && !c->limit) {
        c->limit = code;
        c->limit_position = position;
    }
}

static bool report_limit(checker *c)
{
    const char *code = c->limit;

    c->limit = NULL;
    if (!code)
        return true;
    nf_xpath_error(code, c->xpath->text, c->limit_position, c->err,
                   "this is not possible in a constraint of a nanoflow");
    return false;
}

static bool version_at_least(const checker *c, int major, int minor, int patch)
{
    nf_version v = nf_model_settings(c->xpath->model)->version;

    if (v.major != major)
        return v.major > major;
    return v.minor != minor ? v.minor > minor : v.patch >= patch;
}

/* ---- paths --------------------------------------------------------------- */

static bool is_system_association(const nf_association *association)
{
    return association->system || !association->parent;
}

/* System.owner exists only where the entity stores it (Q43). */
static bool owns(const nf_entity *entity, const nf_association *association)
{
    return association->parent
               ? nf_entity_is(entity, association->parent)
               : nf_entity_end(entity, association, false) != NULL;
}

/* There is no such association here; one of another module may be meant, too:
 * names carry their module (Q44). */
static bool no_association(checker *c, const nf_xstep *step,
                           const nf_entity *context, const char *what)
{
    const nf_model *model = c->xpath->model;
    nf_suggestion near = {.name = step->name};
    size_t count = nf_model_association_count(model), i;

    for (i = 0; i < count; i++) {
        const nf_association *other = nf_model_association(model, i);

        if (owns(context, other) ||
            (other->child && nf_entity_is(context, other->child)))
            nf_suggest(&near, other->qualified);
    }
    return fail_near(c, "UNKNOWN_MEMBER", step->position, what, &near);
}

static bool resolve_association(checker *c, const nf_xstep *step,
                                const nf_entity *context, nf_xhop *hop)
{
    const nf_association *association =
        nf_model_find_association(c->xpath->model, step->name);
    bool forward, inverse;

    if (!association) {
        if (nf_model_find_entity(c->xpath->model, step->name))
            return fail(c, "PATH_MISMATCH", step->position,
                        "an association is needed before the entity",
                        step->name);
        return no_association(c, step, context, "there is no association");
    }
    forward = owns(context, association);
    inverse = association->child && nf_entity_is(context, association->child);
    if (!forward && !inverse)
        return no_association(c, step, context,
                              "the entity has no association");
    if (step->reversed && !(forward && inverse))
        return fail(c, "REVERSED", step->position,
                    "both ends of the association are not the same entity:",
                    step->name);
    hop->association = association;
    hop->inverse = step->reversed || !forward;
    hop->from = context;
    if (is_system_association(association) && hop->inverse)
        return fail(c, "UNKNOWN_MEMBER", step->position,
                    "the association works only from its owner:", step->name);
    hop->owner = association->parent ? association->parent : context;
    if (is_system_association(association) || association->set)
        limit(c, "OFFLINE_MEMBER", step->position);
    if (step->reversed)
        limit(c, "OFFLINE_ASSOCIATION_PATH", step->position);
    return true;
}

static const nf_entity *hop_end(const nf_xhop *hop)
{
    return hop->inverse ? hop->association->parent : hop->association->child;
}

static bool leads_elsewhere(checker *c, const nf_xstep *step,
                            const nf_entity *end)
{
    nf_xpath_error("PATH_MISMATCH", c->xpath->text, step->position, c->err,
                   "the association does not lead to \"%s\" but to \"%s\"",
                   step->name, end ? end->qualified : "");
    return false;
}

static bool resolve_entity(checker *c, const nf_xstep *step, nf_xhop *hop)
{
    const nf_entity *entity = nf_model_find_entity(c->xpath->model, step->name);
    const nf_entity *end = hop_end(hop);

    if (!entity || !end ||
        (!nf_entity_is(entity, end) && !nf_entity_is(end, entity)))
        return leads_elsewhere(c, step, end);
    if (step->reversed)
        return fail(
            c, "REVERSED", step->position,
            "\"reversed()\" stands only behind an association:", step->name);
    limit(c, "OFFLINE_ASSOCIATION_PATH", step->position);
    hop->entity = entity;
    hop->nested = step->nested;
    if (step->nested) {
        const char *kept = c->limit;
        long position = c->limit_position;

        if (!check_condition(c, step->nested, entity))
            return false;
        c->limit = kept;
        c->limit_position = position;
    }
    return true;
}

/* An association without its module is the usual slip (Q44). */
static bool no_attribute(checker *c, const nf_xstep *step,
                         const nf_entity *context)
{
    nf_suggestion near = {.name = step->name};
    size_t i;

    for (i = 0; i < context->member_count; i++) {
        const nf_member *member = &context->members[i];
        const char *point = strchr(member->name, '.');

        if (member->attribute)
            nf_suggest(&near, member->name);
        else if (point && !strcmp(point + 1, step->name))
            near = (nf_suggestion){.name = step->name, .best = member->name};
    }
    return fail_near(c, "UNKNOWN_MEMBER", step->position,
                     "the entity has no attribute", &near);
}

static bool resolve_attribute(checker *c, nf_xnode *node, const nf_xstep *step,
                              const nf_entity *context)
{
    const nf_member *member;
    const nf_attribute *attribute;

    if (!strcmp(step->name, "id") || !strcmp(step->name, "ID")) {
        node->is_id = true;
        node->type = (nf_type){.kind = NF_KIND_OBJECT, .entity = context};
        return true;
    }
    member = nf_entity_find_member(context, step->name);
    if (!member || !member->attribute)
        return no_attribute(c, step, context);
    attribute = member->attribute;
    if (attribute->type == NF_ATTRIBUTE_HASHED ||
        attribute->type == NF_ATTRIBUTE_BINARY || attribute->calculated)
        return fail(c, "NOT_FILTERABLE", step->position,
                    "constraints cannot use the attribute", step->name);
    if (attribute->system)
        limit(c, "OFFLINE_MEMBER", step->position);
    if (attribute->type == NF_ATTRIBUTE_AUTONUMBER &&
        !version_at_least(c, 11, 13, 0))
        limit(c, "OFFLINE_MEMBER", step->position);
    node->attribute = member;
    node->type = member->type;
    node->type.kind = nf_attribute_kind(attribute);
    return true;
}

static bool check_path(checker *c, nf_xnode *node, const nf_entity *context)
{
    size_t i = 0;
    bool last;

    node->context = node->target = context;
    node->hops =
        nf_arena_array(c->xpath->arena, node->step_count, sizeof *node->hops);
    if (!node->hops) {
        nf_error_nomem(c->err);
        return false;
    }
    while (i < node->step_count) {
        const nf_xstep *step = &node->steps[i++];
        nf_xhop *hop = &node->hops[node->hop_count];

        last = i == node->step_count;
        if (!strchr(step->name, '.')) {
            if (!last)
                return fail(c, "PATH_MISMATCH", step->position,
                            "an attribute ends the path:", step->name);
            /* The hop before must have had its entity. */
            if (node->hop_count && !node->hops[node->hop_count - 1].entity)
                return fail(c, "PATH_MISMATCH", step->position,
                            "an entity is needed before", step->name);
            if (step->nested || step->reversed)
                return fail(
                    c, step->reversed ? "REVERSED" : "SYNTAX", step->position,
                    "only an entity can have a constraint:", step->name);
            if (!resolve_attribute(c, node, step, node->target))
                return false;
            break;
        }
        if (!resolve_association(c, step, node->target, hop))
            return false;
        if (step->nested)
            return fail(c, "SYNTAX", step->position,
                        "only an entity can have a constraint:", step->name);
        node->hop_count++;
        c->xpath->local = false;
        node->target = hop_end(hop);
        if (last)
            break;
        step = &node->steps[i];
        if (!strchr(step->name, '.'))
            return fail(c, "PATH_MISMATCH", step->position,
                        "an entity is needed before", step->name);
        i++;
        if (!resolve_entity(c, step, hop))
            return false;
        node->target = hop->entity;
    }
    if (!node->attribute && !node->is_id)
        node->type = (nf_type){.kind = NF_KIND_OBJECT, .entity = node->target};
    return report_limit(c);
}

/* ---- other operands ------------------------------------------------------ */

static bool remember_variable(checker *c, nf_xnode *node, const nf_type *type)
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

static bool check_variable_member(checker *c, nf_xnode *node,
                                  const nf_type *type)
{
    const nf_member *member;

    if (type->kind != NF_KIND_OBJECT)
        return type->kind == NF_KIND_UNKNOWN
                   ? true
                   : fail(c, "TYPE", node->member_position,
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
        return fail(c, "UNKNOWN_MEMBER", node->member_position,
                    "the variable has no member", node->member_name);
    node->member = member;
    if (member->attribute) {
        node->type = member->type;
        node->type.kind = nf_attribute_kind(member->attribute);
        return true;
    }
    if (member->association->set)
        return fail(c, "TYPE", node->member_position,
                    "a reference set is no operand:", node->member_name);
    node->type =
        (nf_type){.kind = NF_KIND_OBJECT,
                  .entity = member->child_end ? member->association->parent
                                              : member->association->child};
    if (!version_at_least(c, 11, 9, 0) &&
        !(version_at_least(c, 11, 6, 5) && !version_at_least(c, 11, 7, 0)))
        limit(c, "OFFLINE_ASSOCIATION_PATH", node->member_position);
    return report_limit(c);
}

static bool check_variable(checker *c, nf_xnode *node)
{
    nf_type type = {.kind = NF_KIND_UNKNOWN};

    if (!c->variable || !c->variable(c->user, node->variable, &type))
        return fail(c, "UNKNOWN_VARIABLE", node->position,
                    "there is no variable", node->variable);
    if (type.kind == NF_KIND_LIST)
        return fail(c, "TYPE", node->position,
                    "a list is no operand:", node->variable);
    c->xpath->local = false;
    node->type = type;
    if (!remember_variable(c, node, &type))
        return false;
    return node->member_name ? check_variable_member(c, node, &type) : true;
}

static bool check_token(checker *c, nf_xnode *node)
{
    c->xpath->local = false;
    if (node->name)
        return fail(c, "UNKNOWN_TOKEN", node->position, "there is no token",
                    node->name);
    if (node->token == NF_XT_ROLE)
        limit(c, "OFFLINE_ROLE_TOKEN", node->position);
    if (node->term_count)
        limit(c, "OFFLINE_TOKEN_ARITHMETIC", node->position);
    if (!report_limit(c))
        return false;
    if (node->term_count && node->type.kind != NF_KIND_DATETIME)
        return type_error(c, node, "only a time can be followed by lengths");
    return true;
}

static bool is_number(nf_kind kind)
{
    return kind == NF_KIND_INTEGER || kind == NF_KIND_DECIMAL ||
           kind == NF_KIND_UNKNOWN;
}

static bool check_arithmetic(checker *c, nf_xnode *node,
                             const nf_entity *context)
{
    nf_xnode *right = node->kind == NF_X_NEGATE ? NULL : node->right;

    if (!check_operand(c, node->left, context) ||
        (right && !check_operand(c, right, context)))
        return false;
    if (strict(c) || !version_at_least(c, 11, 0, 0)) {
        nf_xpath_error("ARITHMETIC", c->xpath->text, node->position, c->err,
                       "arithmetic is not possible here; compute into a "
                       "variable first");
        return false;
    }
    if (!is_number(node->left->type.kind) ||
        (right && !is_number(right->type.kind)))
        return type_error(c, node, "arithmetic needs numbers");
    node->type.kind = NF_KIND_DECIMAL;
    return true;
}

/* ---- functions ----------------------------------------------------------- */

static bool unknown_function(checker *c, const nf_xnode *node)
{
    static const char *const aggregates[] = {"avg", "sum", "count", "min",
                                             "max"};
    nf_suggestion near = {.name = node->name};
    size_t i;

    if (!strcmp(node->name, "reversed"))
        return fail(c, "REVERSED", node->position,
                    "this stands only behind an association:", node->name);
    for (i = 0; i < sizeof aggregates / sizeof *aggregates; i++)
        if (!strcmp(node->name, aggregates[i]))
            return fail(c, "JAVA_ONLY", node->position,
                        "this works only in queries from Java:", node->name);
    nf_xpath_suggest_function(&near);
    return fail_near(c, "UNKNOWN_FUNCTION", node->position,
                     "there is no function", &near);
}

static bool attribute_argument(checker *c, nf_xnode *argument, nf_kind kind)
{
    if (argument->kind != NF_X_PATH || !argument->attribute ||
        argument->type.kind != kind)
        return type_error(c, argument,
                          kind == NF_KIND_STRING
                              ? "the function needs a String attribute"
                              : "the function needs a date attribute");
    return true;
}

static bool check_zone(checker *c, nf_xnode *node)
{
    nf_xnode *zone = node->arguments[1];

    if (node->argument_count < 2)
        return true;
    if (zone->kind != NF_X_LITERAL || zone->value.kind != NF_KIND_STRING)
        return type_error(c, zone, "a time zone is a text");
    node->zone_name = zone->value.as.string->text;
    if (!strncmp(node->zone_name, "GMT", 3) ||
        !strncmp(node->zone_name, "UTC+", 4) ||
        !strncmp(node->zone_name, "UTC-", 4))
        return type_error(c, zone, "a time zone is a name, not an offset");
    {
        nf_timezone *opened = nf_timezone_open(node->zone_name);

        if (!opened)
            return type_error(c, zone, "there is no such time zone");
        nf_timezone_close(opened);
    }
    return true;
}

static bool check_call(checker *c, nf_xnode *node, const nf_entity *context)
{
    nf_xnode *first = node->arguments[0], *second = node->arguments[1];

    if (node->part && !strcmp(node->part, "unknown"))
        return unknown_function(c, node);
    node->type.kind = NF_KIND_BOOLEAN;
    if (node->function == NF_XF_NOT)
        return check_condition(c, first, context);
    if (node->function == NF_XF_DATE && strict(c)) {
        nf_xpath_error("OFFLINE_DATE_FUNCTION", c->xpath->text, node->position,
                       c->err,
                       "date functions are not possible in a constraint of a "
                       "nanoflow");
        return false;
    }
    if (!check_operand(c, first, context))
        return false;
    if (node->function == NF_XF_DATE) {
        node->type.kind = NF_KIND_INTEGER;
        return attribute_argument(c, first, NF_KIND_DATETIME) &&
               check_zone(c, node);
    }
    if (!attribute_argument(c, first, NF_KIND_STRING))
        return false;
    if (node->function == NF_XF_LENGTH) {
        node->type.kind = NF_KIND_INTEGER;
        return true;
    }
    if (!check_operand(c, second, context))
        return false;
    if (second->kind == NF_X_PATH || (second->type.kind != NF_KIND_STRING &&
                                      second->type.kind != NF_KIND_UNKNOWN &&
                                      second->type.kind != NF_KIND_EMPTY))
        return type_error(c, second, "the function searches for a String");
    return true;
}

static bool check_operand(checker *c, nf_xnode *node, const nf_entity *context)
{
    switch (node->kind) {
    case NF_X_PATH:
        return check_path(c, node, context);
    case NF_X_VARIABLE:
        return check_variable(c, node);
    case NF_X_TOKEN:
        return check_token(c, node);
    case NF_X_CALL:
        return check_call(c, node, context);
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
        return check_condition(c, node, context);
    }
    return false;
}

/* ---- comparisons --------------------------------------------------------- */

static bool is_text_literal(const nf_xnode *node)
{
    return node->kind == NF_X_LITERAL && node->value.kind == NF_KIND_STRING;
}

static bool no_key(checker *c, const nf_xnode *literal,
                   const nf_enumeration *enumeration)
{
    nf_suggestion near = {.name = literal->value.as.string->text};
    size_t i;

    for (i = 0; i < enumeration->count; i++)
        nf_suggest(&near, enumeration->values[i].name);
    return fail_near(c, "TYPE", literal->position,
                     "the enumeration has no value", &near);
}

/* 'ID_n' as the id. */
static bool literal_id(nf_xnode *literal)
{
    const char *text = literal->value.as.string->text;
    char *end;
    long long id;

    if (strncmp(text, "ID_", 3) != 0 || !text[3])
        return false;
    id = strtoll(text + 3, &end, 10);
    if (*end || id < 0)
        return false;
    literal->value = nf_id_value(id);
    literal->is_id_literal = true;
    literal->type.kind = NF_KIND_OBJECT;
    return true;
}

static bool literal_number(checker *c, nf_xnode *literal)
{
    nf_decimal decimal;
    int64_t whole;

    if (!nf_decimal_parse(&decimal, literal->value.as.string->text,
                          literal->value.as.string->length, false))
        return false;
    if (nf_decimal_to_int(&whole, &decimal)) {
        literal->value = nf_integer(whole);
        nf_decimal_release(&decimal);
    } else {
        literal->value = nf_decimal_take(decimal);
        if (!nf_xpath_own(c->xpath, literal->value))
            return false;
    }
    literal->type.kind = (nf_kind)literal->value.kind;
    return true;
}

/* A text literal takes the type of what it is compared with (Q73 … Q76). */
static bool convert_literal(checker *c, nf_xnode *literal,
                            const nf_xnode *other)
{
    const nf_string *text = literal->value.as.string;
    int64_t time;

    switch (other->type.kind) {
    case NF_KIND_BOOLEAN:
        if (strcmp(text->text, "true") != 0 && strcmp(text->text, "false") != 0)
            return type_error(c, literal, "a Boolean is 'true' or 'false'");
        literal->value = nf_boolean(*text->text == 't');
        literal->type.kind = NF_KIND_BOOLEAN;
        return true;
    case NF_KIND_INTEGER:
    case NF_KIND_DECIMAL:
        return literal_number(c, literal) ||
               type_error(c, literal, "the text is not a number");
    case NF_KIND_DATETIME:
        if (!nf_xpath_parse_date(text->text, text->length, &time))
            return type_error(c, literal, "the text is not a date");
        literal->value = nf_datetime(time);
        literal->type.kind = NF_KIND_DATETIME;
        return true;
    case NF_KIND_ENUMERATION:
        if (other->type.enumeration &&
            !nf_enumeration_find(other->type.enumeration, text->text))
            return no_key(c, literal, other->type.enumeration);
        literal->type = other->type;
        return true;
    case NF_KIND_OBJECT:
        return literal_id(literal) ||
               type_error(c, literal, "an object is written 'ID_…'");
    default:
        return true;
    }
}

static bool related(const nf_entity *a, const nf_entity *b)
{
    return !a || !b || nf_entity_is(a, b) || nf_entity_is(b, a);
}

static bool is_ordering(nf_xop op)
{
    return op != NF_XOP_EQ && op != NF_XOP_NE;
}

static bool is_empty_literal(const nf_xnode *node)
{
    return node->kind == NF_X_LITERAL && node->value.kind == NF_KIND_EMPTY;
}

static bool check_empty(checker *c, const nf_xnode *node, const nf_xnode *other)
{
    if (other->kind == NF_X_PATH && other->type.kind == NF_KIND_OBJECT &&
        !other->is_id) {
        nf_xpath_error("EMPTY_ON_ASSOCIATION", c->xpath->text, other->position,
                       c->err,
                       "an association is not compared with \"empty\"; use "
                       "not(…)");
        return false;
    }
    if (is_ordering(node->op))
        return type_error(c, node, "\"empty\" has no order");
    return true;
}

static bool check_kinds(checker *c, nf_xnode *node)
{
    const nf_type *left = &node->left->type, *right = &node->right->type;

    if (left->kind == NF_KIND_UNKNOWN || right->kind == NF_KIND_UNKNOWN)
        return true;
    if (is_number(left->kind) && is_number(right->kind))
        return true;
    if (left->kind != right->kind)
        return type_error(c, node, "the operands have different types");
    switch (left->kind) {
    case NF_KIND_ENUMERATION:
        if (left->enumeration && right->enumeration &&
            left->enumeration != right->enumeration)
            return type_error(c, node, "the enumerations differ");
        break;
    case NF_KIND_OBJECT:
        if (!related(left->entity, right->entity))
            return type_error(c, node, "the entities are not related");
        break;
    case NF_KIND_BOOLEAN:
        break;
    default:
        return true;
    }
    if (is_ordering(node->op))
        return type_error(c, node, "these values have no order");
    return true;
}

static bool check_comparison(checker *c, nf_xnode *node,
                             const nf_entity *context)
{
    if (!check_operand(c, node->left, context) ||
        !check_operand(c, node->right, context))
        return false;
    if (is_empty_literal(node->right))
        return check_empty(c, node, node->left);
    if (is_empty_literal(node->left))
        return check_empty(c, node, node->right);
    if (is_text_literal(node->right) && !is_text_literal(node->left) &&
        !convert_literal(c, node->right, node->left))
        return false;
    if (is_text_literal(node->left) && !is_text_literal(node->right) &&
        !convert_literal(c, node->left, node->right))
        return false;
    return check_kinds(c, node);
}

/* A bare operand stands for a truth or for existence (Q55). */
static bool check_bare(checker *c, nf_xnode *node, const nf_entity *context)
{
    if (!check_operand(c, node, context))
        return false;
    if (node->type.kind == NF_KIND_BOOLEAN ||
        (node->type.kind == NF_KIND_UNKNOWN && node->kind == NF_X_VARIABLE))
        return true;
    if (node->kind == NF_X_PATH && node->type.kind == NF_KIND_OBJECT &&
        !node->is_id)
        return true;
    return type_error(c, node, "this is not a condition");
}

static bool check_condition(checker *c, nf_xnode *node,
                            const nf_entity *context)
{
    node->type.kind = NF_KIND_BOOLEAN;
    switch (node->kind) {
    case NF_X_OR:
    case NF_X_AND:
        return check_condition(c, node->left, context) &&
               check_condition(c, node->right, context);
    case NF_X_COMPARE:
        return check_comparison(c, node, context);
    default:
        return check_bare(c, node, context);
    }
}

nf_status nf_xpath_check(nf_xpath *xpath, nf_xpath_variable variable,
                         void *user, nf_error *err)
{
    checker c = {
        .xpath = xpath, .variable = variable, .user = user, .err = err};

    if (check_condition(&c, xpath->root, xpath->entity))
        return NF_OK;
    return err->status ? err->status : NF_FAILED;
}
