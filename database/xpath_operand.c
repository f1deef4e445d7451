/* Operands of constraints: literals, tokens, variables, paths (xpath §3). */
#include "database/xpath_parser.h"

static nf_xnode *text_literal(nf_xparser *p, size_t position, const char *text,
                              size_t length)
{
    nf_xnode *node = nf_xparse_node(p, NF_X_LITERAL, position);
    nf_value value;

    if (!node)
        return NULL;
    if (!nf_value_text(&value, text, length))
        return nf_xparse_no_memory(p);
    node->value = value;
    if (!nf_xpath_own(p->xpath, value))
        return nf_xparse_no_memory(p);
    return node;
}

static nf_xnode *token_node(nf_xparser *p, size_t position, const char *text,
                            size_t length)
{
    nf_xnode *node = nf_xparse_node(p, NF_X_TOKEN, position);

    if (!node ||
        nf_xpath_parse_token(p->xpath, node, text, length, p->err) != NF_OK)
        return NULL;
    return node;
}

/* Q12: the quote is doubled inside; a text with a token is a token (Q110). */
nf_xnode *nf_xparse_string(nf_xparser *p)
{
    size_t start = p->at, length = 0;
    char quote = p->text[p->at++];
    char *text = nf_arena_alloc(p->xpath->arena, p->length - start + 1);

    if (!text)
        return nf_xparse_no_memory(p);
    for (;;) {
        if (p->at >= p->length)
            return nf_xparse_fail(p, start, "the string is not closed");
        if (p->text[p->at] == quote) {
            if (p->at + 1 >= p->length || p->text[p->at + 1] != quote)
                break;
            p->at++;
        }
        text[length++] = p->text[p->at++];
    }
    p->at++;
    text[length] = '\0';
    if (strstr(text, "[%"))
        return token_node(p, start, text, length);
    return text_literal(p, start, text, length);
}

nf_xnode *nf_xparse_token(nf_xparser *p)
{
    size_t start = p->at;
    const char *end = strstr(p->text + p->at, "%]");

    if (!end)
        return nf_xparse_fail(p, start, "the token is not closed");
    p->at = (size_t)(end - p->text) + 2;
    return token_node(p, start, p->text + start, p->at - start);
}

nf_xnode *nf_xparse_number(nf_xparser *p)
{
    size_t start = p->at, end = start;
    nf_xnode *node;
    nf_decimal decimal;

    while (end < p->length && isdigit((unsigned char)p->text[end]))
        end++;
    if (end < p->length && p->text[end] == '.') {
        size_t fraction = ++end;

        while (end < p->length && isdigit((unsigned char)p->text[end]))
            end++;
        if (end == fraction)
            return nf_xparse_fail(p, start,
                                  "a digit is needed after the point");
    }
    node = nf_xparse_node(p, NF_X_LITERAL, start);
    if (!node)
        return NULL;
    if (!nf_decimal_parse(&decimal, p->text + start, end - start, false))
        return nf_xparse_fail(p, start, "the number is too long");
    p->at = end;
    return nf_xparse_set_number(p, node, decimal);
}

size_t nf_xparse_step_length(const nf_xparser *p)
{
    size_t length = nf_xparse_name_length(p, p->at), more;

    if (!length || p->at + length >= p->length ||
        p->text[p->at + length] != '.')
        return length;
    more = nf_xparse_name_length(p, p->at + length + 1);
    return more ? length + 1 + more : length;
}

nf_xnode *nf_xparse_variable(nf_xparser *p)
{
    nf_xnode *node = nf_xparse_node(p, NF_X_VARIABLE, p->at);
    size_t length;

    if (!node)
        return NULL;
    p->at++;
    length = nf_xparse_name_length(p, p->at);
    if (!length)
        return nf_xparse_fail(p, p->at, "the name of a variable is needed");
    node->variable = nf_xparse_take_name(p, length);
    if (!node->variable)
        return NULL;
    if (!nf_xparse_accept(p, '/'))
        return node;
    nf_xparse_space(p);
    length = nf_xparse_step_length(p);
    node->member_position = (long)p->at;
    if (!length)
        return nf_xparse_fail(p, p->at, "the name of a member is needed");
    node->member_name = nf_xparse_take_name(p, length);
    if (!node->member_name)
        return NULL;
    if (nf_xparse_peek(p) == '/') {
        nf_xpath_error("VARIABLE_PATH", p->text, (long)p->at, p->err,
                       "only one member may follow a variable");
        return NULL;
    }
    return node;
}

static bool parse_step_brackets(nf_xparser *p, nf_xstep *step)
{
    nf_xnode *first = NULL, *last = NULL;
    size_t count = 0;

    while (nf_xparse_peek(p) == '[') {
        size_t start = p->at++, mark;
        nf_xnode *node;

        mark = p->at;
        if (nf_xparse_word(p, "reversed") && nf_xparse_accept(p, '(') &&
            nf_xparse_accept(p, ')') && nf_xparse_accept(p, ']')) {
            step->reversed = true;
            continue;
        }
        p->at = mark;
        node = nf_xparse_or(p);
        if (!node)
            return false;
        if (!nf_xparse_accept(p, ']')) {
            nf_xparse_fail(p, p->at < p->length ? p->at : start,
                           "the constraint is not closed");
            return false;
        }
        if (last)
            last->next = node;
        else
            first = node;
        last = node;
        count++;
    }
    if (count)
        step->nested = nf_xparse_balance(p, NF_X_AND, &first, count);
    return !count || step->nested;
}

static bool parse_step(nf_xparser *p, nf_xnode *node)
{
    size_t length;
    nf_xstep *step, *grown;

    nf_xparse_space(p);
    length = nf_xparse_step_length(p);
    if (!length) {
        nf_xparse_fail(p, p->at, "the name of a step is needed");
        return false;
    }
    if (node->step_count == node->step_capacity) {
        size_t capacity = node->step_capacity ? node->step_capacity * 2 : 4;

        grown = nf_arena_array(p->xpath->arena, capacity, sizeof *grown);
        if (!grown) {
            nf_xparse_no_memory(p);
            return false;
        }
        if (node->step_count)
            memcpy(grown, node->steps, node->step_count * sizeof *grown);
        node->steps = grown;
        node->step_capacity = capacity;
    }
    if (p->steps++ == NF_XPATH_STEPS_MAX) {
        nf_xparse_fail(p, p->at, "a path has more than 400 steps");
        return false;
    }
    step = &node->steps[node->step_count++];
    *step = (nf_xstep){.position = (long)p->at};
    step->name = nf_xparse_take_name(p, length);
    return step->name && parse_step_brackets(p, step);
}

nf_xnode *nf_xparse_path(nf_xparser *p)
{
    nf_xnode *node = nf_xparse_node(p, NF_X_PATH, p->at);
    size_t around = p->steps;

    if (!node || !parse_step(p, node))
        return NULL;
    while (nf_xparse_accept(p, '/'))
        if (!parse_step(p, node))
            return NULL;
    p->steps = around;
    return node;
}
