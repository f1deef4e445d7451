/* Recursive descent, one function per level of precedence (expressions §4).
 * Nesting is bounded by NF_EXPR_MAX_DEPTH; long chains such as a+b+c… grow no
 * stack here but a tree to the left, which NF_EXPR_MAX_HEIGHT bounds for
 * everything that walks it. */
#include "interpreter/parser.h"

#include "base/text.h"
#include "interpreter/lexer.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

typedef struct parser {
    nf_lexer lexer;
    nf_lexeme token; /* the next one */
    nf_arena *arena;
    nf_error *err;
    int depth;
    nf_status status; /* the first failure */
} parser;

static nf_expr *parse_expression(parser *p);

/* ---- helpers ------------------------------------------------------------ */

nf_expr *nf_expr_new(nf_arena *arena, nf_expr_op op, size_t position,
                     size_t length, uint32_t operands)
{
    nf_expr *node = nf_arena_alloc(arena, sizeof *node);

    if (!node)
        return NULL;
    node->op = (uint8_t)op;
    node->position = (uint32_t)position;
    node->length = (uint32_t)length;
    node->height = 1;
    node->count = operands;
    if (operands) {
        node->operands =
            nf_arena_array(arena, operands, sizeof *node->operands);
        if (!node->operands)
            return NULL;
    }
    return node;
}

static bool intern_string(nf_value *out, nf_arena *arena, const nf_value *value)
{
    const nf_string *from = value->as.string;
    nf_string *to = nf_arena_alloc(arena, sizeof *to + from->length + 1);

    if (!to)
        return false;
    /* Measured now: an immortal string is never written again. */
    to->utf16_length = nf_string_utf16_length(value->as.string);
    to->flags = from->flags & (NF_STRING_MEASURED | NF_STRING_ASCII);
    to->references = NF_IMMORTAL;
    to->length = from->length;
    memcpy(to->text, from->text, from->length);
    *out = *value;
    out->as.string = to;
    return true;
}

bool nf_expr_intern(nf_value *out, nf_arena *arena, nf_value *value)
{
    bool ok = true;

    *out = nf_empty();
    if (value->kind == NF_KIND_STRING || value->kind == NF_KIND_ENUMERATION) {
        ok = intern_string(out, arena, value);
    } else if (value->kind == NF_KIND_DECIMAL && value->big) {
        void *room = nf_arena_alloc(arena, nf_bignum_bytes(value->as.bignum));

        ok = room != NULL;
        if (ok) {
            *out = *value;
            out->as.bignum = nf_bignum_place(room, value->as.bignum);
        }
    } else {
        *out = *value;
        value->kind = NF_KIND_EMPTY;
    }
    nf_value_release(value);
    return ok;
}

static nf_expr *no_memory(parser *p)
{
    if (p->status == NF_OK)
        p->status = nf_error_nomem(p->err);
    return NULL;
}

static void advance(parser *p)
{
    nf_status status = nf_lexer_next(&p->lexer, &p->token, p->err);

    if (status != NF_OK) {
        if (p->status == NF_OK)
            p->status = status;
        p->token.kind = NF_LEX_END;
    }
}

/* The reserved word (S15) that the next token is, `exactly` or but for its
 * case; NULL. */
static const char *reserved_word(const parser *p, bool exactly)
{
    static const char *const words[] = {"and",   "or",   "not",  "if",
                                        "then",  "else", "true", "false",
                                        "empty", "div",  "mod"};
    const char *text = p->lexer.text + p->token.position;
    size_t i;

    for (i = 0; i < sizeof words / sizeof *words; i++)
        if (p->token.kind == NF_LEX_NAME &&
            p->token.length == strlen(words[i]) &&
            !(exactly ? strncmp : strncasecmp)(text, words[i], p->token.length))
            return words[i];
    return NULL;
}

/* "; did you mean 'and'?" for AND. */
static const char *case_hint(const parser *p, char hint[40])
{
    const char *word = reserved_word(p, false);

    hint[0] = '\0';
    if (word && !reserved_word(p, true))
        snprintf(hint, 40, "; did you mean '%s'?", word);
    return hint;
}

/* "Expected X but found 'y'" at the next token. */
static nf_expr *expected(parser *p, const char *what)
{
    char hint[40];

    if (p->status != NF_OK)
        return NULL;
    if (p->token.kind == NF_LEX_END) {
        nf_expression_error(p->err, "E-SYNTAX",
                            "Expected %s but the expression ends", what);
    } else {
        size_t length = p->token.length;
        const char *text = p->lexer.text + p->token.position;

        if (length > 40)
            length = nf_utf8_cut(text, 40);
        nf_expression_error(p->err, "E-SYNTAX",
                            "Expected %s but found '%.*s'%s", what, (int)length,
                            text, case_hint(p, hint));
    }
    nf_error_at_position(p->err, (long)p->token.position);
    p->status = NF_FAILED;
    return NULL;
}

static bool too_deep(parser *p, size_t position)
{
    if (p->status != NF_OK)
        return true;
    nf_expression_error(p->err, "E-SYNTAX",
                        "Expression nested too deeply: the limit is %d levels",
                        NF_EXPR_MAX_DEPTH);
    nf_error_at_position(p->err, (long)position);
    p->status = NF_FAILED;
    return true;
}

static bool is_word(const parser *p, const char *word)
{
    return p->token.kind == NF_LEX_NAME && p->token.dots == 0 &&
           p->token.length == strlen(word) &&
           !memcmp(p->lexer.text + p->token.position, word, p->token.length);
}

/* A node for the next token, which is consumed. */
static nf_expr *token_node(parser *p, nf_expr_op op, uint32_t operands)
{
    nf_expr *node =
        nf_expr_new(p->arena, op, p->token.position, p->token.length, operands);

    if (!node)
        return no_memory(p);
    advance(p);
    return node;
}

/* The same with the token's text, less `skip` bytes at the start and `drop`
 * at the end, as its name. */
static nf_expr *named_node(parser *p, nf_expr_op op, size_t skip, size_t drop)
{
    char *name =
        nf_arena_strndup(p->arena, p->lexer.text + p->token.position + skip,
                         p->token.length - skip - drop);
    nf_expr *node;

    if (!name)
        return no_memory(p);
    node = token_node(p, op, 0);
    if (node)
        node->as.name = name;
    return node;
}

static bool set_operand(parser *p, nf_expr *node, uint32_t index,
                        nf_expr *operand)
{
    if (!operand)
        return false;
    node->operands[index] = operand;
    if (node->height <= operand->height)
        node->height = operand->height + 1;
    return node->height <= NF_EXPR_MAX_HEIGHT || !too_deep(p, node->position);
}

/* ---- primaries ---------------------------------------------------------- */

static nf_expr *literal_node(parser *p, nf_value *value)
{
    nf_expr *node = token_node(p, NF_EXPR_LITERAL, 0);
    nf_value interned;

    if (!node) {
        nf_value_release(value);
        return NULL;
    }
    if (!nf_expr_intern(&interned, p->arena, value))
        return no_memory(p);
    node->as.value = interned;
    return node;
}

static nf_expr *parse_number(parser *p)
{
    nf_decimal decimal;
    nf_value value;
    int64_t integer;

    if (!nf_decimal_parse(&decimal, p->lexer.text + p->token.position,
                          p->token.length, false) ||
        (p->token.kind == NF_LEX_INTEGER &&
         !nf_decimal_to_int(&integer, &decimal))) {
        nf_expression_error(p->err, "E-OVERFLOW",
                            p->token.kind == NF_LEX_INTEGER
                                ? "Integer literal above 9223372036854775807"
                                : "Decimal literal has too many digits");
        nf_error_at_position(p->err, (long)p->token.position);
        nf_decimal_release(&decimal);
        p->status = NF_FAILED;
        return NULL;
    }
    value = p->token.kind == NF_LEX_INTEGER ? nf_integer(integer)
                                            : nf_decimal_take(decimal);
    return literal_node(p, &value);
}

static nf_expr *parse_string(parser *p)
{
    const char *text = p->lexer.text + p->token.position + 1;
    size_t length = p->token.length - 2, from = 0, to = 0;
    nf_string *string = nf_arena_alloc(p->arena, sizeof *string + length + 1);
    nf_expr *node;

    if (!string)
        return no_memory(p);
    string->references = 1; /* so that measuring it is stored */
    for (; from < length; from++) {
        string->text[to++] = text[from];
        if (text[from] == '\'')
            from++; /* doubled */
    }
    string->length = to;
    nf_string_utf16_length(string);
    string->references = NF_IMMORTAL;
    node = token_node(p, NF_EXPR_LITERAL, 0);
    if (node)
        node->as.value = nf_string_take(string);
    return node;
}

static nf_expr *parse_path(parser *p)
{
    nf_expr *node = named_node(p, NF_EXPR_VARIABLE, 1, 0);

    while (node && p->token.kind == NF_LEX_SLASH) {
        nf_expr *member;
        char *name;

        advance(p);
        if (p->token.kind != NF_LEX_NAME || p->token.dots > 1)
            return expected(p, "an attribute or association name");
        name = nf_arena_strndup(p->arena, p->lexer.text + p->token.position,
                                p->token.length);
        if (!name)
            return no_memory(p);
        member = token_node(p, NF_EXPR_MEMBER, 1);
        if (!member || !set_operand(p, member, 0, node))
            return NULL;
        member->as.member.name = name;
        node = member;
    }
    return node;
}

static nf_expr *parse_if(parser *p)
{
    static const char *const words[] = {"then", "else"};
    nf_expr *node = token_node(p, NF_EXPR_IF, 3);
    uint32_t i;

    for (i = 0; node && i < 3; i++) {
        if (!set_operand(p, node, i, parse_expression(p)))
            return NULL;
        if (i == 2)
            break;
        if (!is_word(p, words[i]))
            return expected(p, i == 0 ? "'then'" : "'else'");
        advance(p);
    }
    return node;
}

/* Arguments up to and including `)`. They are collected in a block that grows
 * in the arena: there are few. */
static nf_expr *parse_call(parser *p)
{
    nf_expr *node = named_node(p, NF_EXPR_CALL, 0, 0);
    uint32_t capacity = 0;

    if (!node)
        return NULL;
    advance(p); /* `(` */
    if (p->token.kind == NF_LEX_CLOSE) {
        advance(p);
        return node;
    }
    for (;;) {
        if (node->count == capacity) {
            uint32_t larger = capacity ? capacity * 2 : 4;
            nf_expr **operands =
                nf_arena_array(p->arena, larger, sizeof *operands);

            if (!operands)
                return no_memory(p);
            if (capacity)
                memcpy(operands, node->operands, capacity * sizeof *operands);
            node->operands = operands;
            capacity = larger;
        }
        if (!set_operand(p, node, node->count, parse_expression(p)))
            return NULL;
        node->count++;
        if (p->token.kind != NF_LEX_COMMA)
            break;
        advance(p);
    }
    if (p->token.kind != NF_LEX_CLOSE)
        return expected(p, "',' or ')'");
    advance(p);
    return node;
}

static bool call_follows(const parser *p)
{
    nf_lexer ahead = p->lexer;
    nf_lexeme next;

    return nf_lexer_next(&ahead, &next, NULL) == NF_OK &&
           next.kind == NF_LEX_OPEN;
}

static nf_expr *unknown_name(parser *p)
{
    const char *text = p->lexer.text + p->token.position;
    char hint[40];

    nf_expression_error(
        p->err, "E-NAME", "Unknown name '%.*s'%s",
        (int)(p->token.length < 200 ? p->token.length : 200), text,
        *case_hint(p, hint) ? hint
        : nf_function_find(text, p->token.length)
            ? ": a function is called with parentheses"
            : ": a variable begins with '$', text stands in single quotes");
    nf_error_at_position(p->err, (long)p->token.position);
    p->status = NF_FAILED;
    return NULL;
}

static nf_expr *parse_word(parser *p)
{
    nf_value value = nf_empty();
    nf_expr *node;

    if (is_word(p, "true") || is_word(p, "false")) {
        value = nf_boolean(is_word(p, "true"));
        return literal_node(p, &value);
    }
    if (is_word(p, "empty"))
        return literal_node(p, &value);
    if (is_word(p, "if"))
        return parse_if(p);
    if (is_word(p, "not") && !call_follows(p)) {
        advance(p);
        return expected(p, "'(' after 'not'");
    }
    if (!is_word(p, "not") && reserved_word(p, true))
        return expected(p, "a value");
    if (call_follows(p))
        return parse_call(p);
    if (p->token.dots == 2) {
        node = named_node(p, NF_EXPR_LITERAL, 0, 0);
        if (node)
            node->mode = NF_PARSED_ENUMERATION;
        return node;
    }
    return unknown_name(p);
}

static nf_expr *parse_primary(parser *p)
{
    nf_expr *node;

    switch (p->token.kind) {
    case NF_LEX_INTEGER:
    case NF_LEX_DECIMAL:
        return parse_number(p);
    case NF_LEX_STRING:
        return parse_string(p);
    case NF_LEX_VARIABLE:
        return parse_path(p);
    case NF_LEX_CONSTANT:
        return named_node(p, NF_EXPR_CONSTANT, 1, 0);
    case NF_LEX_SYSTEM:
        return named_node(p, NF_EXPR_TOKEN, 2, 2);
    case NF_LEX_NAME:
        return parse_word(p);
    case NF_LEX_OPEN:
        advance(p);
        node = parse_expression(p);
        if (node && p->token.kind != NF_LEX_CLOSE)
            return expected(p, "')'");
        if (node)
            advance(p);
        return node;
    default:
        return expected(p, "a value");
    }
}

/* ---- operators ---------------------------------------------------------- */

static nf_expr *parse_unary(parser *p)
{
    nf_expr *node;

    if (p->token.kind != NF_LEX_MINUS)
        return parse_primary(p);
    if (p->depth >= NF_EXPR_MAX_DEPTH) {
        too_deep(p, p->token.position);
        return NULL;
    }
    p->depth++;
    node = token_node(p, NF_EXPR_NEGATE, 1);
    if (node && !set_operand(p, node, 0, parse_unary(p)))
        node = NULL;
    p->depth--;
    return node;
}

/* The operator that the next token is at a level, or -1. Levels: 0 or, 1 and,
 * 2 comparison, 3 additive, 4 multiplicative. */
static int operator_at(const parser *p, int level)
{
    switch (level) {
    case 0:
        return is_word(p, "or") ? NF_EXPR_OR : -1;
    case 1:
        return is_word(p, "and") ? NF_EXPR_AND : -1;
    case 2:
        switch (p->token.kind) {
        case NF_LEX_EQUAL:
            return NF_EXPR_EQUAL;
        case NF_LEX_NOT_EQUAL:
            return NF_EXPR_NOT_EQUAL;
        case NF_LEX_LESS:
            return NF_EXPR_LESS;
        case NF_LEX_LESS_EQUAL:
            return NF_EXPR_LESS_EQUAL;
        case NF_LEX_GREATER:
            return NF_EXPR_GREATER;
        case NF_LEX_GREATER_EQUAL:
            return NF_EXPR_GREATER_EQUAL;
        default:
            return -1;
        }
    case 3:
        return p->token.kind == NF_LEX_PLUS    ? NF_EXPR_ADD
               : p->token.kind == NF_LEX_MINUS ? NF_EXPR_SUBTRACT
                                               : -1;
    default:
        if (p->token.kind == NF_LEX_STAR)
            return NF_EXPR_MULTIPLY;
        if (p->token.kind == NF_LEX_COLON || is_word(p, "div"))
            return NF_EXPR_DIVIDE;
        return is_word(p, "mod") ? NF_EXPR_MODULO : -1;
    }
}

static nf_expr *parse_level(parser *p, int level)
{
    nf_expr *left = level == 5 ? parse_unary(p) : parse_level(p, level + 1);
    int op;

    if (level == 5)
        return left;
    while (left && (op = operator_at(p, level)) >= 0) {
        nf_expr *node = token_node(p, (nf_expr_op)op, 2);

        if (!node || !set_operand(p, node, 0, left) ||
            !set_operand(p, node, 1, parse_level(p, level + 1)))
            return NULL;
        left = node;
    }
    return left;
}

static nf_expr *parse_expression(parser *p)
{
    nf_expr *node;

    if (p->status != NF_OK)
        return NULL;
    if (p->depth >= NF_EXPR_MAX_DEPTH) {
        too_deep(p, p->token.position);
        return NULL;
    }
    p->depth++;
    node = parse_level(p, 0);
    p->depth--;
    return p->status == NF_OK ? node : NULL;
}

nf_status nf_expression_parse(nf_expr **out, nf_arena *arena, const char *text,
                              size_t length, nf_error *err)
{
    parser p = {
        .lexer = {.text = text, .length = length}, .arena = arena, .err = err};
    nf_expr *root;

    *out = NULL;
    if (length > NF_EXPR_MAX_LENGTH)
        return nf_expression_error(err, "E-SYNTAX",
                                   "Expression longer than %d bytes",
                                   NF_EXPR_MAX_LENGTH);
    if (!nf_utf8_valid(text, length))
        return nf_expression_error(err, "E-LEX",
                                   "Expression is not valid UTF-8");
    advance(&p);
    if (p.status != NF_OK || p.token.kind == NF_LEX_END)
        return p.status;
    root = parse_expression(&p);
    if (p.status == NF_OK && p.token.kind != NF_LEX_END)
        expected(&p, "the end of the expression");
    if (p.status == NF_OK)
        *out = root;
    return p.status;
}
