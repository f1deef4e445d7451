/* Types of operators, and folding. A tree is checked bottom-up in one walk,
 * whose depth NF_EXPR_MAX_HEIGHT bounds. An operator or a pure function of
 * literals is computed here by what computes it at run time; where that gives
 * an error (1 + empty), the node stays and fails when it is reached, as the
 * language demands. Quotients are left alone: they depend on the rounding of
 * the session. */
#include "interpreter/checker.h"

#include "interpreter/parser.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void nf_check_foreign(nf_checker *checker)
{
    checker->foreign = true;
}

nf_status nf_check_failed(nf_checker *checker, const nf_error *error,
                          bool unsupported)
{
    if (!checker->failed && checker->err)
        *checker->err = *error;
    checker->failed = true;
    if (checker->scope->problem)
        checker->scope->problem(checker->scope->user, error, unsupported);
    return NF_FAILED;
}

nf_status nf_check_error(nf_checker *checker, const nf_expr *node,
                         const char *detail, const char *format, ...)
{
    char message[NF_ERROR_MESSAGE_SIZE];
    bool foreign = checker->foreign;
    va_list args;
    nf_error error;

    checker->foreign = false;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    nf_error_clear(&error);
    nf_expression_error(&error, detail, "%s", message);
    nf_error_at_position(&error, (long)node->position);
    return nf_check_failed(checker, &error, foreign);
}

/* Whether the text of attributes follows the old behaviour (V10). */
static bool has_old_text(const nf_checker *c)
{
    return c->scope->engine == NF_ENGINE_CLIENT && c->scope->model &&
           !nf_model_settings(c->scope->model)->new_string_behavior;
}

static const char *operator_name(const nf_expr *node)
{
    static const char *const names[] = {
        [NF_EXPR_IF] = "if",      [NF_EXPR_AND] = "and",
        [NF_EXPR_OR] = "or",      [NF_EXPR_NOT] = "not",
        [NF_EXPR_NEGATE] = "-",   [NF_EXPR_ADD] = "+",
        [NF_EXPR_SUBTRACT] = "-", [NF_EXPR_MULTIPLY] = "*",
        [NF_EXPR_DIVIDE] = "div", [NF_EXPR_MODULO] = "mod",
        [NF_EXPR_EQUAL] = "=",    [NF_EXPR_NOT_EQUAL] = "!=",
        [NF_EXPR_LESS] = "<",     [NF_EXPR_LESS_EQUAL] = "<=",
        [NF_EXPR_GREATER] = ">",  [NF_EXPR_GREATER_EQUAL] = ">=",
    };

    return names[node->op];
}

static nf_status not_supported(nf_checker *c, const nf_expr *node,
                               const nf_expr *operand)
{
    char type[120];

    return nf_check_error(c, node, "E-TYPE", "Operator %s not supported for %s",
                          operator_name(node),
                          nf_type_text(&operand->type, type, sizeof type));
}

/* ---- categories --------------------------------------------------------- */

static bool is_open(const nf_expr *node)
{
    return node->type.kind == NF_KIND_EMPTY ||
           node->type.kind == NF_KIND_UNKNOWN;
}

static bool is_kind(const nf_expr *node, nf_kind kind)
{
    return node->type.kind == kind;
}

static bool is_number(const nf_expr *node)
{
    return is_kind(node, NF_KIND_INTEGER) || is_kind(node, NF_KIND_DECIMAL);
}

static bool is_literal(const nf_expr *node)
{
    return node->op == NF_EXPR_LITERAL;
}

/* ---- folding ------------------------------------------------------------ */

/* A function of literals that is the same everywhere. */
static nf_status compute_call(nf_checker *c, const nf_expr *node, nf_value *out)
{
    nf_value arguments[NF_FUNCTION_PARAMETERS];
    uint32_t i;

    if (node->count > NF_FUNCTION_PARAMETERS)
        return NF_FAILED;
    for (i = 0; i < node->count; i++)
        arguments[i] = node->operands[i]->as.value; /* immortal */
    if (!nf_function_is_pure(node->as.call.function, arguments, (int)i))
        return NF_FAILED;
    return nf_function_call(&c->evaluator, out, &node->as.call, arguments,
                            (int)i, NULL);
}

static nf_status compute(nf_checker *c, const nf_expr *node, nf_value *out)
{
    const nf_value *a = &node->operands[0]->as.value;
    const nf_value *b = node->count > 1 ? &node->operands[1]->as.value : NULL;
    nf_evaluator *e = &c->evaluator;
    bool condition;

    *out = nf_empty();
    switch (node->op) {
    case NF_EXPR_NEGATE:
        return nf_operator_negate(e, out, a, NULL);
    case NF_EXPR_ADD:
        return node->mode == NF_ARITHMETIC_TEXT
                   ? nf_operator_concat(e, out, a, b, NULL)
                   : nf_operator_add(e, out, a, b, NULL);
    case NF_EXPR_SUBTRACT:
        return nf_operator_subtract(e, out, a, b, NULL);
    case NF_EXPR_MULTIPLY:
        return nf_operator_multiply(e, out, a, b, NULL);
    case NF_EXPR_NOT:
        if (nf_operator_condition(&condition, a, NULL) != NF_OK)
            return NF_FAILED;
        *out = nf_boolean(!condition);
        return NF_OK;
    case NF_EXPR_EQUAL:
    case NF_EXPR_NOT_EQUAL:
    case NF_EXPR_LESS:
    case NF_EXPR_LESS_EQUAL:
    case NF_EXPR_GREATER:
    case NF_EXPR_GREATER_EQUAL:
        return nf_operator_compare(e, out,
                                   (nf_comparison)(node->op - NF_EXPR_EQUAL),
                                   (nf_compare_mode)node->mode, a, b, NULL);
    case NF_EXPR_CALL:
        return compute_call(c, node, out);
    default:
        return NF_FAILED;
    }
}

static nf_status fold(nf_checker *c, nf_expr **node)
{
    nf_expr *old = *node, *literal;
    nf_value value, interned;
    uint32_t i;

    for (i = 0; i < old->count; i++)
        if (!is_literal(old->operands[i]))
            return NF_OK;
    if (old->count == 0 || c->failed)
        return NF_OK;
    if (compute(c, old, &value) != NF_OK)
        return NF_OK;
    literal =
        nf_expr_new(c->arena, NF_EXPR_LITERAL, old->position, old->length, 0);
    if (!literal || !nf_expr_intern(&interned, c->arena, &value)) {
        nf_value_release(&value);
        return nf_error_nomem(c->err);
    }
    literal->as.value = interned;
    literal->type = old->type;
    literal->type.kind = interned.kind;
    literal->present = interned.kind != NF_KIND_EMPTY;
    *node = literal;
    return NF_OK;
}

/* ---- operators ---------------------------------------------------------- */

static nf_status check_negate(nf_checker *c, nf_expr *node)
{
    const nf_expr *operand = node->operands[0];

    if (!is_number(operand) && !is_open(operand))
        return not_supported(c, node, operand);
    node->type = operand->type;
    node->mode = is_kind(operand, NF_KIND_INTEGER)   ? NF_ARITHMETIC_INTEGER
                 : is_kind(operand, NF_KIND_DECIMAL) ? NF_ARITHMETIC_NUMBER
                                                     : NF_ARITHMETIC_GENERIC;
    if (is_open(operand))
        node->type.kind = NF_KIND_UNKNOWN;
    node->present = true;
    return NF_OK;
}

static nf_status check_concat(nf_checker *c, nf_expr *node)
{
    uint32_t i;

    for (i = 0; i < 2; i++) {
        const nf_expr *operand = node->operands[i];

        if (!is_kind(operand, NF_KIND_STRING) && !is_number(operand) &&
            !is_open(operand))
            return not_supported(c, node, operand);
    }
    node->mode = NF_ARITHMETIC_TEXT;
    node->type.kind = NF_KIND_STRING;
    return NF_OK;
}

static nf_status check_arithmetic(nf_checker *c, nf_expr *node)
{
    const nf_expr *a = node->operands[0], *b = node->operands[1];

    node->present = true;
    if (node->op == NF_EXPR_ADD &&
        (is_kind(a, NF_KIND_STRING) || is_kind(b, NF_KIND_STRING)))
        return check_concat(c, node);
    if (!is_number(a) && !is_open(a))
        return not_supported(c, node, a);
    if (!is_number(b) && !is_open(b))
        return not_supported(c, node, b);
    if (is_open(a) || is_open(b)) {
        node->mode = NF_ARITHMETIC_GENERIC;
        node->type.kind =
            node->op == NF_EXPR_DIVIDE ? NF_KIND_DECIMAL : NF_KIND_UNKNOWN;
    } else if (is_kind(a, NF_KIND_INTEGER) && is_kind(b, NF_KIND_INTEGER)) {
        node->mode = NF_ARITHMETIC_INTEGER;
        node->type.kind =
            node->op == NF_EXPR_DIVIDE ? NF_KIND_DECIMAL : NF_KIND_INTEGER;
    } else {
        node->mode = NF_ARITHMETIC_NUMBER;
        node->type.kind = NF_KIND_DECIMAL;
    }
    return NF_OK;
}

/* The mode of two comparable operands; -1 if they are not. */
static int compare_mode(const nf_expr *a, const nf_expr *b, bool order)
{
    nf_kind left = a->type.kind, right = b->type.kind;

    if (is_number(a) && is_number(b))
        return left == NF_KIND_INTEGER && right == NF_KIND_INTEGER
                   ? NF_COMPARE_INTEGER
                   : NF_COMPARE_NUMBER;
    if (left == NF_KIND_STRING && right == NF_KIND_STRING)
        return NF_COMPARE_TEXT;
    if (left == NF_KIND_DATETIME && right == NF_KIND_DATETIME)
        return NF_COMPARE_DATE;
    if (order)
        return -1;
    if (left == NF_KIND_BOOLEAN && right == NF_KIND_BOOLEAN)
        return NF_COMPARE_BOOLEAN;
    if (left == NF_KIND_OBJECT && right == NF_KIND_OBJECT)
        return NF_COMPARE_OBJECT;
    if (left == NF_KIND_ENUMERATION && right == NF_KIND_ENUMERATION)
        return a->type.enumeration && b->type.enumeration &&
                       a->type.enumeration != b->type.enumeration
                   ? NF_COMPARE_DIFFERENT
                   : NF_COMPARE_KEY;
    if ((left == NF_KIND_ENUMERATION && right == NF_KIND_STRING) ||
        (left == NF_KIND_STRING && right == NF_KIND_ENUMERATION))
        return NF_COMPARE_KEY;
    return -1;
}

static bool ordered_kind(const nf_expr *node)
{
    return is_number(node) || is_open(node) || is_kind(node, NF_KIND_STRING) ||
           is_kind(node, NF_KIND_DATETIME);
}

static bool is_text_attribute(const nf_expr *node)
{
    return node->op == NF_EXPR_MEMBER && is_kind(node, NF_KIND_STRING);
}

static nf_status check_comparison(nf_checker *c, nf_expr *node)
{
    const nf_expr *a = node->operands[0], *b = node->operands[1];
    bool order = node->op >= NF_EXPR_LESS;
    int mode = compare_mode(a, b, order);
    char left[120], right[120];

    node->type.kind = NF_KIND_BOOLEAN;
    node->present = true;
    if (order && (!ordered_kind(a) || !ordered_kind(b)))
        return not_supported(c, node, ordered_kind(a) ? b : a);
    if (is_open(a) || is_open(b)) {
        bool literal = (is_literal(a) && is_kind(a, NF_KIND_EMPTY)) ||
                       (is_literal(b) && is_kind(b, NF_KIND_EMPTY));

        mode = literal && !order ? NF_COMPARE_EMPTY : NF_COMPARE_GENERIC;
    } else if (mode < 0) {
        return nf_check_error(
            c, node, "E-TYPE", "Operator %s cannot compare %s with %s",
            operator_name(node), nf_type_text(&a->type, left, sizeof left),
            nf_type_text(&b->type, right, sizeof right));
    }
    if (!order && has_old_text(c) &&
        (is_text_attribute(a) || is_text_attribute(b)))
        mode = NF_COMPARE_BLANK;
    node->mode = (uint8_t)mode;
    return NF_OK;
}

static nf_status check_logic(nf_checker *c, nf_expr *node)
{
    uint32_t i;

    for (i = 0; i < node->count; i++)
        if (!is_kind(node->operands[i], NF_KIND_BOOLEAN) &&
            !is_open(node->operands[i]))
            return not_supported(c, node, node->operands[i]);
    node->type.kind = NF_KIND_BOOLEAN;
    node->present = true;
    return NF_OK;
}

/* The type that takes both branches; false if there is none. */
static bool join_types(nf_type *out, const nf_type *a, const nf_type *b)
{
    const nf_entity *entity;

    *out = nf_type_assignable(a, b) ? *a : *b;
    if (a->kind == NF_KIND_UNKNOWN || b->kind == NF_KIND_UNKNOWN) {
        *out = (nf_type){.kind = NF_KIND_UNKNOWN};
        return true;
    }
    if (a->kind == NF_KIND_EMPTY)
        *out = *b;
    if (nf_type_assignable(out, a) && nf_type_assignable(out, b))
        return true;
    if (a->kind != b->kind || a->kind != NF_KIND_OBJECT)
        return false;
    for (entity = a->entity; entity; entity = entity->generalization)
        if (nf_entity_is(b->entity, entity))
            break;
    out->entity = entity;
    return entity != NULL;
}

static nf_status check_if(nf_checker *c, nf_expr **node_)
{
    nf_expr *node = *node_, *condition = node->operands[0];
    const nf_expr *a = node->operands[1], *b = node->operands[2];
    char left[120], right[120];

    if (!is_kind(condition, NF_KIND_BOOLEAN) && !is_open(condition))
        return not_supported(c, node, condition);
    if (!join_types(&node->type, &a->type, &b->type))
        return nf_check_error(
            c, node, "E-TYPE",
            "The branches of this if have different types: %s and %s",
            nf_type_text(&a->type, left, sizeof left),
            nf_type_text(&b->type, right, sizeof right));
    node->present = a->present && b->present;
    if (!c->failed && is_literal(condition) &&
        condition->as.value.kind == NF_KIND_BOOLEAN)
        *node_ = node->operands[condition->as.value.as.boolean ? 1 : 2];
    return NF_OK;
}

static nf_status check_operator(nf_checker *c, nf_expr **node)
{
    nf_status status;

    switch ((*node)->op) {
    case NF_EXPR_NEGATE:
        status = check_negate(c, *node);
        break;
    case NF_EXPR_ADD:
    case NF_EXPR_SUBTRACT:
    case NF_EXPR_MULTIPLY:
    case NF_EXPR_DIVIDE:
    case NF_EXPR_MODULO:
        status = check_arithmetic(c, *node);
        break;
    case NF_EXPR_AND:
    case NF_EXPR_OR:
        return check_logic(c, *node);
    case NF_EXPR_IF:
        return check_if(c, node);
    default:
        status = check_comparison(c, *node);
        break;
    }
    return status == NF_OK ? fold(c, node) : status;
}

static nf_status check_literal(nf_checker *c, nf_expr *node)
{
    if (node->mode == NF_PARSED_ENUMERATION)
        return nf_check_enumeration(c, node);
    node->type.kind = node->as.value.kind;
    node->present = node->type.kind != NF_KIND_EMPTY;
    return NF_OK;
}

static nf_status check_node(nf_checker *c, nf_expr **node)
{
    nf_status status;

    switch ((*node)->op) {
    case NF_EXPR_LITERAL:
        return check_literal(c, *node);
    case NF_EXPR_VARIABLE:
        return nf_check_variable(c, *node);
    case NF_EXPR_MEMBER:
        return nf_check_member(c, node);
    case NF_EXPR_CONSTANT:
        return nf_check_constant(c, *node);
    case NF_EXPR_TOKEN:
        return nf_check_token(c, *node);
    case NF_EXPR_CALL:
        status = nf_check_call(c, *node);
        return status == NF_OK ? fold(c, node) : status;
    default:
        return check_operator(c, node);
    }
}

/* What is wrong below has an unknown type above, so that one mistake is told
 * once. */
nf_status nf_check(nf_checker *c, nf_expr **node)
{
    nf_status status, result = NF_OK;
    uint32_t i;

    for (i = 0; i < (*node)->count; i++) {
        status = nf_check(c, &(*node)->operands[i]);
        if (status == NF_NOMEM || (status != NF_OK && !c->scope->problem))
            return status;
        if (status != NF_OK)
            result = status;
    }
    status = check_node(c, node);
    if (status == NF_FAILED)
        (*node)->type = (nf_type){.kind = NF_KIND_UNKNOWN};
    return status == NF_OK ? result : status;
}
