/* The grammar of constraints (xpath §3): a recursive descent over UTF-8 bytes
 * with a limit on depth, from groups down to operands. */
#include "database/xpath_parser.h"

static bool one_of(const char *name, const char *const *names)
{
    for (; *names; names++)
        if (!strcmp(name, *names))
            return true;
    return false;
}

static nf_xnode *parse_word(nf_xparser *p)
{
    static const char *const reserved[] = {"and", "or", "div", "not", NULL};
    size_t start = p->at, length = nf_xparse_call_length(p);
    nf_xnode *node;

    if (length)
        return nf_xparse_call(p, length);
    length = nf_xparse_name_length(p, p->at);
    if (length == nf_xparse_step_length(p)) {
        char word[8] = "";

        if (length < sizeof word)
            memcpy(word, p->text + p->at, length);
        if (one_of(word, reserved))
            return nf_xparse_fail(p, start, "an operand is needed");
        if (!strcmp(word, "true") || !strcmp(word, "false") ||
            !strcmp(word, "empty") || !strcmp(word, "NULL")) {
            node = nf_xparse_node(p, NF_X_LITERAL, start);
            if (!node)
                return NULL;
            p->at += length;
            if (*word == 't' || *word == 'f')
                node->value = nf_boolean(*word == 't');
            return node;
        }
    }
    return nf_xparse_path(p);
}

static nf_xnode *parse_primary(nf_xparser *p)
{
    size_t start;
    nf_xnode *node;
    char c = nf_xparse_peek(p);

    start = p->at;
    if (p->at >= p->length)
        return nf_xparse_fail(p, start, "an operand is needed");
    if (c == '(') {
        p->at++;
        node = nf_xparse_or(p);
        if (node && !nf_xparse_accept(p, ')'))
            return nf_xparse_fail(p, start, "the parenthesis is not closed");
        return node;
    }
    if (c == '\'' || c == '"')
        return nf_xparse_string(p);
    if (c == '[' && p->at + 1 < p->length && p->text[p->at + 1] == '%')
        return nf_xparse_token(p);
    if (c == '$')
        return nf_xparse_variable(p);
    if (isdigit((unsigned char)c))
        return nf_xparse_number(p);
    if (nf_xname_start(c))
        return parse_word(p);
    return nf_xparse_fail(p, start, "an operand is needed");
}

static nf_xnode *negate_literal(nf_xparser *p, nf_xnode *node)
{
    nf_decimal decimal = nf_value_decimal(&node->value), negative;

    if (!nf_decimal_negate(&negative, &decimal))
        return nf_xparse_no_memory(p);
    return nf_xparse_set_number(p, node, negative);
}

static size_t operands(const nf_xnode *node)
{
    if (!node)
        return 0;
    return node->operands ? node->operands : 1;
}

static nf_xnode *parse_unary(nf_xparser *p)
{
    size_t start;
    nf_xnode *node, *operand;

    if (nf_xparse_peek(p) != '-')
        return parse_primary(p);
    start = p->at++;
    if (++p->depth > NF_XPATH_DEPTH_MAX)
        return nf_xparse_fail(p, start,
                              "the constraint is nested more than 100 deep");
    operand = parse_unary(p);
    p->depth--;
    if (!operand)
        return NULL;
    if (operand->kind == NF_X_LITERAL &&
        (operand->value.kind == NF_KIND_INTEGER ||
         operand->value.kind == NF_KIND_DECIMAL))
        return negate_literal(p, operand);
    node = nf_xparse_node(p, NF_X_NEGATE, start);
    if (!node)
        return NULL;
    node->left = operand;
    node->operands = operands(operand);
    return node;
}

static nf_xnode *arithmetic(nf_xparser *p, nf_xop op, size_t position,
                            nf_xnode *left, nf_xnode *right)
{
    size_t count = operands(left) + operands(right);

    if (count > NF_XPATH_OPERANDS_MAX)
        return nf_xparse_fail(p, position,
                              "a calculation has more than 100 operands");
    left = nf_xparse_binary(p, NF_X_ARITHMETIC, op, position, left, right);
    if (left)
        left->operands = count;
    return left;
}

static nf_xnode *parse_product(nf_xparser *p)
{
    nf_xnode *left = parse_unary(p);

    while (left) {
        size_t start;

        nf_xparse_space(p);
        start = p->at;
        if (nf_xparse_accept(p, '*'))
            left = arithmetic(p, NF_XOP_MULTIPLY, start, left, parse_unary(p));
        else if (nf_xparse_word(p, "div"))
            left = arithmetic(p, NF_XOP_DIVIDE, start, left, parse_unary(p));
        else
            break;
    }
    return left;
}

static nf_xnode *parse_sum(nf_xparser *p)
{
    nf_xnode *left = parse_product(p);

    while (left && (nf_xparse_peek(p) == '+' || nf_xparse_peek(p) == '-')) {
        size_t start = p->at++;
        nf_xop op = p->text[start] == '+' ? NF_XOP_ADD : NF_XOP_SUBTRACT;

        left = arithmetic(p, op, start, left, parse_product(p));
    }
    return left;
}

static bool accept_comparison(nf_xparser *p, nf_xop *op)
{
    static const struct {
        const char *text;
        nf_xop op;
    } operators[] = {{"!=", NF_XOP_NE}, {"<=", NF_XOP_LE}, {">=", NF_XOP_GE},
                     {"=", NF_XOP_EQ},  {"<", NF_XOP_LT},  {">", NF_XOP_GT}};
    size_t i;

    nf_xparse_space(p);
    for (i = 0; i < sizeof operators / sizeof *operators; i++) {
        size_t length = strlen(operators[i].text);

        if (p->length - p->at >= length &&
            !memcmp(p->text + p->at, operators[i].text, length)) {
            p->at += length;
            *op = operators[i].op;
            return true;
        }
    }
    return false;
}

static nf_xnode *parse_comparison(nf_xparser *p)
{
    nf_xnode *left = parse_sum(p);
    size_t start;
    nf_xop op;

    nf_xparse_space(p);
    start = p->at;
    if (!left || !accept_comparison(p, &op))
        return left;
    left = nf_xparse_binary(p, NF_X_COMPARE, op, start, left, parse_sum(p));
    nf_xparse_space(p);
    start = p->at;
    if (left && accept_comparison(p, &op))
        return nf_xparse_fail(p, start, "comparisons do not chain");
    return left;
}

/* Operands with `word` between them. */
static nf_xnode *parse_chain(nf_xparser *p, nf_xnode_kind kind,
                             const char *word,
                             nf_xnode *(*operand)(nf_xparser *))
{
    nf_xnode *first = operand(p), *last = first;
    size_t count = 1;

    while (last && nf_xparse_word(p, word)) {
        last->next = operand(p);
        last = last->next;
        count++;
    }
    return last ? nf_xparse_balance(p, kind, &first, count) : NULL;
}

static nf_xnode *parse_and(nf_xparser *p)
{
    return parse_chain(p, NF_X_AND, "and", parse_comparison);
}

nf_xnode *nf_xparse_or(nf_xparser *p)
{
    nf_xnode *node;

    if (++p->depth > NF_XPATH_DEPTH_MAX)
        return nf_xparse_fail(p, p->at,
                              "the constraint is nested more than 100 deep");
    node = parse_chain(p, NF_X_OR, "or", parse_and);
    p->depth--;
    return node;
}

static nf_xnode *parse_group(nf_xparser *p)
{
    nf_xnode *node;
    size_t start;

    nf_xparse_space(p);
    start = p->at;
    if (!nf_xparse_accept(p, '['))
        return nf_xparse_fail(p, start, "a group \"[…]\" is needed");
    node = nf_xparse_or(p);
    if (node && !nf_xparse_accept(p, ']'))
        return nf_xparse_fail(p, p->at, "the group is not closed here");
    nf_xparse_space(p);
    return node;
}

nf_status nf_xpath_parse(nf_xpath *xpath, nf_error *err)
{
    nf_xparser p = {.xpath = xpath,
                    .text = xpath->text,
                    .length = strlen(xpath->text),
                    .depth = -1, /* the groups are no nesting */
                    .err = err};
    nf_xnode *first = NULL, *last = NULL;
    size_t count = 0;

    if (p.length > NF_XPATH_TEXT_MAX)
        return nf_xpath_error("SYNTAX", p.text, NF_XPATH_TEXT_MAX, err,
                              "the constraint is longer than %d bytes",
                              (int)NF_XPATH_TEXT_MAX);
    do {
        nf_xnode *node = parse_group(&p);

        if (!node)
            return err && err->status ? err->status : NF_FAILED;
        if (last)
            last->next = node;
        else
            first = node;
        last = node;
        count++;
    } while (p.at < p.length);
    xpath->root = nf_xparse_balance(&p, NF_X_AND, &first, count);
    return xpath->root ? NF_OK : NF_NOMEM;
}
