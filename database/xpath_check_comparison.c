/* Comparisons in constraints: text literals take the type of the other side,
 * and both sides must then fit (xpath Q73 … Q76). */
#include "database/xpath_checker.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

static bool is_text_literal(const nf_xnode *node)
{
    return node->kind == NF_X_LITERAL && node->value.kind == NF_KIND_STRING;
}

static bool no_key(nf_xchecker *c, const nf_xnode *literal,
                   const nf_enumeration *enumeration)
{
    nf_suggestion near = {.name = literal->value.as.string->text};
    size_t i;

    for (i = 0; i < enumeration->count; i++)
        nf_suggest(&near, enumeration->values[i].name);
    return nf_xcheck_fail_near(c, "TYPE", literal->position,
                               "the enumeration has no value", &near);
}

/* 'ID_n' as the id; scripts of the client write 'n'. */
static bool literal_id(nf_xnode *literal)
{
    const char *text = literal->value.as.string->text;
    char *end;
    long long id;

    if (strncmp(text, "ID_", 3) == 0)
        text += 3;
    if (!isdigit((unsigned char)*text))
        return false;
    errno = 0;
    id = strtoll(text, &end, 10);
    if (*end || errno)
        return false;
    literal->value = nf_id_value(id);
    literal->is_id_literal = true;
    literal->type.kind = NF_KIND_OBJECT;
    return true;
}

static bool literal_number(nf_xchecker *c, nf_xnode *literal)
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
static bool convert_literal(nf_xchecker *c, nf_xnode *literal,
                            const nf_xnode *other)
{
    const nf_string *text = literal->value.as.string;
    int64_t time;

    switch (other->type.kind) {
    case NF_KIND_BOOLEAN:
        if (strcmp(text->text, "true") != 0 && strcmp(text->text, "false") != 0)
            return nf_xcheck_type_error(c, literal,
                                        "a Boolean is 'true' or 'false'");
        literal->value = nf_boolean(*text->text == 't');
        literal->type.kind = NF_KIND_BOOLEAN;
        return true;
    case NF_KIND_INTEGER:
    case NF_KIND_DECIMAL:
        return literal_number(c, literal) ||
               nf_xcheck_type_error(c, literal, "the text is not a number");
    case NF_KIND_DATETIME:
        if (!nf_xpath_parse_date(text->text, text->length, &time))
            return nf_xcheck_type_error(c, literal, "the text is not a date");
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
               nf_xcheck_type_error(c, literal, "an object is written 'ID_…'");
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

static bool check_empty(nf_xchecker *c, const nf_xnode *node,
                        const nf_xnode *other)
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
        return nf_xcheck_type_error(c, node, "\"empty\" has no order");
    return true;
}

static bool check_kinds(nf_xchecker *c, nf_xnode *node)
{
    const nf_type *left = &node->left->type, *right = &node->right->type;

    if (left->kind == NF_KIND_UNKNOWN || right->kind == NF_KIND_UNKNOWN)
        return true;
    if (nf_xcheck_is_number(left->kind) && nf_xcheck_is_number(right->kind))
        return true;
    if (left->kind != right->kind)
        return nf_xcheck_type_error(c, node,
                                    "the operands have different types");
    switch (left->kind) {
    case NF_KIND_ENUMERATION:
        if (left->enumeration && right->enumeration &&
            left->enumeration != right->enumeration)
            return nf_xcheck_type_error(c, node, "the enumerations differ");
        break;
    case NF_KIND_OBJECT:
        if (!related(left->entity, right->entity))
            return nf_xcheck_type_error(c, node,
                                        "the entities are not related");
        break;
    case NF_KIND_BOOLEAN:
        break;
    default:
        return true;
    }
    if (is_ordering(node->op))
        return nf_xcheck_type_error(c, node, "these values have no order");
    return true;
}

bool nf_xcheck_comparison(nf_xchecker *c, nf_xnode *node,
                          const nf_entity *context)
{
    if (!nf_xcheck_operand(c, node->left, context) ||
        !nf_xcheck_operand(c, node->right, context))
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
