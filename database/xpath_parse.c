/* The grammar of constraints (xpath §3): a recursive descent over UTF-8 bytes
 * with a limit on depth. What a word means (attribute, association, entity) is
 * decided by the check, which knows the model. */
#include "database/xpath_tree.h"

#include <ctype.h>

typedef struct parser {
    nf_xpath *xpath;
    const char *text;
    size_t length, at;
    int depth;
    size_t steps; /* of the path being read and those around it */
    nf_error *err;
} parser;

static nf_xnode *parse_or(parser *p);

static nf_xnode *fail(parser *p, size_t position, const char *what)
{
    nf_xpath_error("SYNTAX", p->text, (long)position, p->err, "%s", what);
    return NULL;
}

static nf_xnode *no_memory(parser *p)
{
    nf_error_nomem(p->err);
    return NULL;
}

static void skip_space(parser *p)
{
    while (p->at < p->length && strchr(" \t\r\n", p->text[p->at]))
        p->at++;
}

static char peek(parser *p)
{
    skip_space(p);
    return p->at < p->length ? p->text[p->at] : '\0';
}

static bool accept(parser *p, char c)
{
    if (peek(p) != c || p->at >= p->length)
        return false;
    p->at++;
    return true;
}

static bool name_start(char c)
{
    return isalpha((unsigned char)c) || c == '_';
}

static bool name_part(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* The length of the name at `at`; 0: none. */
static size_t name_length(const parser *p, size_t at)
{
    size_t end = at;

    if (at >= p->length || !name_start(p->text[at]))
        return 0;
    while (end < p->length && name_part(p->text[end]))
        end++;
    return end - at;
}

/* A whole word, not the beginning of a longer name. */
static bool accept_word(parser *p, const char *word)
{
    size_t length = strlen(word);

    skip_space(p);
    if (name_length(p, p->at) != length ||
        memcmp(p->text + p->at, word, length) != 0)
        return false;
    p->at += length;
    return true;
}

static nf_xnode *new_node(parser *p, nf_xnode_kind kind, size_t position)
{
    nf_xnode *node = nf_arena_alloc(p->xpath->arena, sizeof *node);

    if (!node)
        return no_memory(p);
    node->kind = kind;
    node->position = (long)position;
    return node;
}

static nf_xnode *binary(parser *p, nf_xnode_kind kind, nf_xop op,
                        size_t position, nf_xnode *left, nf_xnode *right)
{
    nf_xnode *node;

    if (!left || !right)
        return NULL;
    node = new_node(p, kind, position);
    if (!node)
        return NULL;
    node->op = op;
    node->left = left;
    node->right = right;
    return node;
}

/* Long chains become trees that are not deep: whoever walks them may recurse.
 * `list` is linked by next. */
static nf_xnode *balance(parser *p, nf_xnode_kind kind, nf_xnode **list,
                         size_t count)
{
    nf_xnode *node = *list, *right;

    if (count == 1) {
        *list = node->next;
        node->next = NULL;
        return node;
    }
    node = balance(p, kind, list, count - count / 2);
    right = node ? balance(p, kind, list, count / 2) : NULL;
    return right ? binary(p, kind, NF_XOP_EQ, (size_t)right->position, node,
                          right)
                 : NULL;
}

/* ---- operands ---------------------------------------------------------------
 */

static nf_xnode *text_literal(parser *p, size_t position, const char *text,
                              size_t length)
{
    nf_xnode *node = new_node(p, NF_X_LITERAL, position);
    nf_value value;

    if (!node)
        return NULL;
    if (!nf_value_text(&value, text, length))
        return no_memory(p);
    node->value = value;
    if (!nf_xpath_own(p->xpath, value))
        return no_memory(p);
    return node;
}

static nf_xnode *token_node(parser *p, size_t position, const char *text,
                            size_t length)
{
    nf_xnode *node = new_node(p, NF_X_TOKEN, position);

    if (!node ||
        nf_xpath_parse_token(p->xpath, node, text, length, p->err) != NF_OK)
        return NULL;
    return node;
}

/* Q12: the quote is doubled inside; a text with a token is a token (Q110). */
static nf_xnode *parse_string(parser *p)
{
    size_t start = p->at, length = 0;
    char quote = p->text[p->at++];
    char *text = nf_arena_alloc(p->xpath->arena, p->length - start + 1);

    if (!text)
        return no_memory(p);
    for (;;) {
        if (p->at >= p->length)
            return fail(p, start, "the string is not closed");
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

static nf_xnode *parse_bare_token(parser *p)
{
    size_t start = p->at;
    const char *end = strstr(p->text + p->at, "%]");

    if (!end)
        return fail(p, start, "the token is not closed");
    p->at = (size_t)(end - p->text) + 2;
    return token_node(p, start, p->text + start, p->at - start);
}

static nf_xnode *parse_number(parser *p)
{
    size_t start = p->at, end = start;
    nf_xnode *node;
    nf_decimal decimal;
    int64_t whole;

    while (end < p->length && isdigit((unsigned char)p->text[end]))
        end++;
    if (end < p->length && p->text[end] == '.') {
        size_t fraction = ++end;

        while (end < p->length && isdigit((unsigned char)p->text[end]))
            end++;
        if (end == fraction)
            return fail(p, start, "a digit is needed after the point");
    }
    node = new_node(p, NF_X_LITERAL, start);
    if (!node)
        return NULL;
    if (!nf_decimal_parse(&decimal, p->text + start, end - start, false))
        return fail(p, start, "the number is too long");
    p->at = end;
    if (nf_decimal_to_int(&whole, &decimal)) {
        node->value = nf_integer(whole);
        nf_decimal_release(&decimal);
        return node;
    }
    node->value = nf_decimal_take(decimal);
    return nf_xpath_own(p->xpath, node->value) ? node : no_memory(p);
}

static const char *take_name(parser *p, size_t length)
{
    const char *name =
        nf_arena_strndup(p->xpath->arena, p->text + p->at, length);

    if (!name)
        nf_error_nomem(p->err);
    p->at += length;
    return name;
}

/* NAME or NAME.NAME; the length in bytes, 0: none. */
static size_t step_length(const parser *p)
{
    size_t length = name_length(p, p->at), more;

    if (!length || p->at + length >= p->length ||
        p->text[p->at + length] != '.')
        return length;
    more = name_length(p, p->at + length + 1);
    return more ? length + 1 + more : length;
}

static nf_xnode *parse_variable(parser *p)
{
    nf_xnode *node = new_node(p, NF_X_VARIABLE, p->at);
    size_t length;

    if (!node)
        return NULL;
    p->at++;
    length = name_length(p, p->at);
    if (!length)
        return fail(p, p->at, "the name of a variable is needed");
    node->variable = take_name(p, length);
    if (!node->variable)
        return NULL;
    if (!accept(p, '/'))
        return node;
    skip_space(p);
    length = step_length(p);
    node->member_position = (long)p->at;
    if (!length)
        return fail(p, p->at, "the name of a member is needed");
    node->member_name = take_name(p, length);
    if (!node->member_name)
        return NULL;
    if (peek(p) == '/') {
        nf_xpath_error("VARIABLE_PATH", p->text, (long)p->at, p->err,
                       "only one member may follow a variable");
        return NULL;
    }
    return node;
}

static bool parse_step_brackets(parser *p, nf_xstep *step)
{
    nf_xnode *first = NULL, *last = NULL;
    size_t count = 0;

    while (peek(p) == '[') {
        size_t start = p->at++, mark;
        nf_xnode *node;

        mark = p->at;
        if (accept_word(p, "reversed") && accept(p, '(') && accept(p, ')') &&
            accept(p, ']')) {
            step->reversed = true;
            continue;
        }
        p->at = mark;
        node = parse_or(p);
        if (!node)
            return false;
        if (!accept(p, ']')) {
            fail(p, p->at < p->length ? p->at : start,
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
        step->nested = balance(p, NF_X_AND, &first, count);
    return !count || step->nested;
}

static bool parse_step(parser *p, nf_xnode *node)
{
    size_t length;
    nf_xstep *step, *grown;

    skip_space(p);
    length = step_length(p);
    if (!length) {
        fail(p, p->at, "the name of a step is needed");
        return false;
    }
    if (node->step_count == node->step_capacity) {
        size_t capacity = node->step_capacity ? node->step_capacity * 2 : 4;

        grown = nf_arena_array(p->xpath->arena, capacity, sizeof *grown);
        if (!grown) {
            no_memory(p);
            return false;
        }
        if (node->step_count)
            memcpy(grown, node->steps, node->step_count * sizeof *grown);
        node->steps = grown;
        node->step_capacity = capacity;
    }
    if (p->steps++ == NF_XPATH_STEPS_MAX) {
        fail(p, p->at, "a path has more than 400 steps");
        return false;
    }
    step = &node->steps[node->step_count++];
    *step = (nf_xstep){.position = (long)p->at};
    step->name = take_name(p, length);
    return step->name && parse_step_brackets(p, step);
}

static nf_xnode *parse_path(parser *p)
{
    nf_xnode *node = new_node(p, NF_X_PATH, p->at);
    size_t around = p->steps;

    if (!node || !parse_step(p, node))
        return NULL;
    while (accept(p, '/'))
        if (!parse_step(p, node))
            return NULL;
    p->steps = around;
    return node;
}

/* ---- calls --------------------------------------------------------------- */

static bool one_of(const char *name, const char *const *names)
{
    for (; *names; names++)
        if (!strcmp(name, *names))
            return true;
    return false;
}

static const struct date_function {
    const char *name, *part;
} date_functions[] = {
    {"year-from-dateTime", "year"},
    {"quarter-from-dateTime", "quarter"},
    {"month-from-dateTime", "month"},
    {"week-from-dateTime", "week"},
    {"day-of-year-from-dateTime", "day-of-year"},
    {"day-from-dateTime", "day"},
    {"weekday-from-dateTime", "weekday"},
    {"hours-from-dateTime", "hours"},
    {"minutes-from-dateTime", "minutes"},
    {"seconds-from-dateTime", "seconds"},
};

void nf_xpath_suggest_function(nf_suggestion *suggestion)
{
    static const char *const others[] = {
        "true",      "false",  "not",           "contains", "starts-with",
        "ends-with", "length", "string-length", NULL};
    size_t i;

    for (i = 0; others[i]; i++)
        nf_suggest(suggestion, others[i]);
    for (i = 0; i < sizeof date_functions / sizeof *date_functions; i++)
        nf_suggest(suggestion, date_functions[i].name);
}

/* The function and how many arguments it takes; false: unknown. */
static bool find_function(nf_xnode *node, size_t *least, size_t *most)
{
    static const char *const lengths[] = {"length", "string-length", NULL};
    size_t i;

    *least = *most = 1;
    if (!strcmp(node->name, "not")) {
        node->function = NF_XF_NOT;
        return true;
    }
    if (one_of(node->name, lengths)) {
        node->function = NF_XF_LENGTH;
        return true;
    }
    for (i = 0; i < sizeof date_functions / sizeof *date_functions; i++)
        if (!strcmp(node->name, date_functions[i].name)) {
            node->function = NF_XF_DATE;
            node->part = date_functions[i].part;
            *most = 2;
            return true;
        }
    *least = *most = 2;
    node->function = NF_XF_CONTAINS;
    if (!strcmp(node->name, "starts-with"))
        node->function = NF_XF_STARTS;
    else if (!strcmp(node->name, "ends-with"))
        node->function = NF_XF_ENDS;
    else
        return !strcmp(node->name, "contains");
    return true;
}

static bool parse_arguments(parser *p, nf_xnode *node)
{
    if (accept(p, ')'))
        return true;
    do {
        nf_xnode *argument = parse_or(p);

        if (!argument)
            return false;
        if (node->argument_count < 3)
            node->arguments[node->argument_count] = argument;
        node->argument_count++;
    } while (accept(p, ','));
    if (accept(p, ')'))
        return true;
    fail(p, p->at, "the parenthesis is not closed");
    return false;
}

static nf_xnode *parse_call(parser *p, size_t length)
{
    nf_xnode *node = new_node(p, NF_X_CALL, p->at);
    size_t least, most;
    bool constant;

    if (!node)
        return NULL;
    node->name = take_name(p, length);
    if (!node->name || !accept(p, '(') || !parse_arguments(p, node))
        return NULL;
    constant = !strcmp(node->name, "true") || !strcmp(node->name, "false");
    if (constant) {
        least = most = 0;
        node->kind = NF_X_LITERAL;
        node->value = nf_boolean(*node->name == 't');
    } else if (!find_function(node, &least, &most)) {
        node->function = NF_XF_NOT;
        node->part = "unknown"; /* the check says so: SYNTAX wins (Q161) */
        return node;
    }
    if (node->argument_count < least || node->argument_count > most)
        return fail(p, (size_t)node->position,
                    "the function has another number of arguments");
    return node;
}

/* A function name may contain '-'; it is one only before a parenthesis
 * (Q11). Its length, 0: none. */
static size_t call_length(const parser *p)
{
    size_t end = p->at, after;

    if (!name_length(p, end))
        return 0;
    while (end < p->length && (name_part(p->text[end]) ||
                               (p->text[end] == '-' && end + 1 < p->length &&
                                name_start(p->text[end + 1]))))
        end++;
    after = end;
    while (after < p->length && strchr(" \t\r\n", p->text[after]))
        after++;
    return after < p->length && p->text[after] == '(' ? end - p->at : 0;
}

/* ---- expressions --------------------------------------------------------- */

static nf_xnode *parse_word(parser *p)
{
    static const char *const reserved[] = {"and", "or", "div", "not", NULL};
    size_t start = p->at, length = call_length(p);
    nf_xnode *node;

    if (length)
        return parse_call(p, length);
    length = name_length(p, p->at);
    if (length == step_length(p)) {
        char word[8] = "";

        if (length < sizeof word)
            memcpy(word, p->text + p->at, length);
        if (one_of(word, reserved))
            return fail(p, start, "an operand is needed");
        if (!strcmp(word, "true") || !strcmp(word, "false") ||
            !strcmp(word, "empty") || !strcmp(word, "NULL")) {
            node = new_node(p, NF_X_LITERAL, start);
            if (!node)
                return NULL;
            p->at += length;
            if (*word == 't' || *word == 'f')
                node->value = nf_boolean(*word == 't');
            return node;
        }
    }
    return parse_path(p);
}

static nf_xnode *parse_primary(parser *p)
{
    size_t start;
    nf_xnode *node;
    char c = peek(p);

    start = p->at;
    if (p->at >= p->length)
        return fail(p, start, "an operand is needed");
    if (c == '(') {
        p->at++;
        node = parse_or(p);
        if (node && !accept(p, ')'))
            return fail(p, start, "the parenthesis is not closed");
        return node;
    }
    if (c == '\'' || c == '"')
        return parse_string(p);
    if (c == '[' && p->at + 1 < p->length && p->text[p->at + 1] == '%')
        return parse_bare_token(p);
    if (c == '$')
        return parse_variable(p);
    if (isdigit((unsigned char)c))
        return parse_number(p);
    if (name_start(c))
        return parse_word(p);
    return fail(p, start, "an operand is needed");
}

static nf_xnode *negate_literal(parser *p, nf_xnode *node)
{
    nf_decimal decimal = nf_value_decimal(&node->value), negative;
    int64_t whole;

    if (!nf_decimal_negate(&negative, &decimal))
        return no_memory(p);
    if (nf_decimal_to_int(&whole, &negative)) {
        node->value = nf_integer(whole);
        nf_decimal_release(&negative);
        return node;
    }
    node->value = nf_decimal_take(negative);
    return nf_xpath_own(p->xpath, node->value) ? node : no_memory(p);
}

static size_t operands(const nf_xnode *node)
{
    if (!node)
        return 0;
    return node->operands ? node->operands : 1;
}

static nf_xnode *parse_unary(parser *p)
{
    size_t start;
    nf_xnode *node, *operand;

    if (peek(p) != '-')
        return parse_primary(p);
    start = p->at++;
    if (++p->depth > NF_XPATH_DEPTH_MAX)
        return fail(p, start, "the constraint is nested more than 100 deep");
    operand = parse_unary(p);
    p->depth--;
    if (!operand)
        return NULL;
    if (operand->kind == NF_X_LITERAL &&
        (operand->value.kind == NF_KIND_INTEGER ||
         operand->value.kind == NF_KIND_DECIMAL))
        return negate_literal(p, operand);
    node = new_node(p, NF_X_NEGATE, start);
    if (!node)
        return NULL;
    node->left = operand;
    node->operands = operands(operand);
    return node;
}

static nf_xnode *arithmetic(parser *p, nf_xop op, size_t position,
                            nf_xnode *left, nf_xnode *right)
{
    size_t count = operands(left) + operands(right);

    if (count > NF_XPATH_OPERANDS_MAX)
        return fail(p, position, "a calculation has more than 100 operands");
    left = binary(p, NF_X_ARITHMETIC, op, position, left, right);
    if (left)
        left->operands = count;
    return left;
}

static nf_xnode *parse_product(parser *p)
{
    nf_xnode *left = parse_unary(p);

    while (left) {
        size_t start;

        skip_space(p);
        start = p->at;
        if (accept(p, '*'))
            left = arithmetic(p, NF_XOP_MULTIPLY, start, left, parse_unary(p));
        else if (accept_word(p, "div"))
            left = arithmetic(p, NF_XOP_DIVIDE, start, left, parse_unary(p));
        else
            break;
    }
    return left;
}

static nf_xnode *parse_sum(parser *p)
{
    nf_xnode *left = parse_product(p);

    while (left && (peek(p) == '+' || peek(p) == '-')) {
        size_t start = p->at++;
        nf_xop op = p->text[start] == '+' ? NF_XOP_ADD : NF_XOP_SUBTRACT;

        left = arithmetic(p, op, start, left, parse_product(p));
    }
    return left;
}

static bool accept_comparison(parser *p, nf_xop *op)
{
    static const struct {
        const char *text;
        nf_xop op;
    } operators[] = {{"!=", NF_XOP_NE}, {"<=", NF_XOP_LE}, {">=", NF_XOP_GE},
                     {"=", NF_XOP_EQ},  {"<", NF_XOP_LT},  {">", NF_XOP_GT}};
    size_t i;

    skip_space(p);
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

static nf_xnode *parse_comparison(parser *p)
{
    nf_xnode *left = parse_sum(p);
    size_t start;
    nf_xop op;

    skip_space(p);
    start = p->at;
    if (!left || !accept_comparison(p, &op))
        return left;
    left = binary(p, NF_X_COMPARE, op, start, left, parse_sum(p));
    skip_space(p);
    start = p->at;
    if (left && accept_comparison(p, &op))
        return fail(p, start, "comparisons do not chain");
    return left;
}

/* Operands with `word` between them. */
static nf_xnode *parse_chain(parser *p, nf_xnode_kind kind, const char *word,
                             nf_xnode *(*operand)(parser *))
{
    nf_xnode *first = operand(p), *last = first;
    size_t count = 1;

    while (last && accept_word(p, word)) {
        last->next = operand(p);
        last = last->next;
        count++;
    }
    return last ? balance(p, kind, &first, count) : NULL;
}

static nf_xnode *parse_and(parser *p)
{
    return parse_chain(p, NF_X_AND, "and", parse_comparison);
}

static nf_xnode *parse_or(parser *p)
{
    nf_xnode *node;

    if (++p->depth > NF_XPATH_DEPTH_MAX)
        return fail(p, p->at, "the constraint is nested more than 100 deep");
    node = parse_chain(p, NF_X_OR, "or", parse_and);
    p->depth--;
    return node;
}

static nf_xnode *parse_group(parser *p)
{
    nf_xnode *node;
    size_t start;

    skip_space(p);
    start = p->at;
    if (!accept(p, '['))
        return fail(p, start, "a group \"[…]\" is needed");
    node = parse_or(p);
    if (node && !accept(p, ']'))
        return fail(p, p->at, "the group is not closed here");
    skip_space(p);
    return node;
}

nf_status nf_xpath_parse(nf_xpath *xpath, nf_error *err)
{
    parser p = {.xpath = xpath,
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
    xpath->root = balance(&p, NF_X_AND, &first, count);
    return xpath->root ? NF_OK : NF_NOMEM;
}
