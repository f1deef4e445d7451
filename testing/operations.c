/* What is assigned with `$name = …` (test E14): list operations and aggregates
 * over a list, a new list, and values of expressions. `find` and `contains` are
 * both: the type of what they look into decides, when the flow is compiled. */
#include "testing/parser.h"

#include "base/text.h"
#include "interpreter/functions.h"

#include <ctype.h>
#include <string.h>

static const char *const on_error[] = {"on", NULL};

nf_status test_end_action(test_parser *p, nf_made *action, const char *at)
{
    nf_status status = test_add_action(p, action, at);
    if (status != NF_OK)
        return status;
    status = test_handler(p, action);
    return status == NF_OK ? test_expect(p, ";") : status;
}

/* ---- list operations ----------------------------------------------------- */

typedef enum operand_kind {
    OPERAND_NONE,
    OPERAND_VARIABLE,
    OPERAND_EXPRESSION,
    OPERAND_SORTING,
    OPERAND_RANGE
} operand_kind;

typedef struct list_function {
    const char *word, *type;
    operand_kind second;
    bool is_expression; /* a function of expressions has the name, too */
} list_function;

static const list_function list_functions[] = {
    {"head", "Microflows$Head", OPERAND_NONE, false},
    {"tail", "Microflows$Tail", OPERAND_NONE, false},
    {"find", "Microflows$FindByExpression", OPERAND_EXPRESSION, true},
    {"filter", "Microflows$FilterByExpression", OPERAND_EXPRESSION, false},
    {"sort", "Microflows$Sort", OPERAND_SORTING, false},
    {"union", "Microflows$Union", OPERAND_VARIABLE, false},
    {"intersect", "Microflows$Intersect", OPERAND_VARIABLE, false},
    {"subtract", "Microflows$Subtract", OPERAND_VARIABLE, false},
    {"contains", "Microflows$Contains", OPERAND_VARIABLE, true},
    {"equals", "Microflows$ListEquals", OPERAND_VARIABLE, false},
    {"range", "Microflows$ListRange", OPERAND_RANGE, false},
};

/* `offset, limit` behind the list; either may be left out from the end. */
static nf_status take_bounds(test_parser *p, nf_made *operation, const char *at)
{
    const char *offset = "", *limit = "";
    nf_status status = test_expression(p, &offset, ",)", NULL);
    if (status == NF_OK && test_take(p, ","))
        status = test_expression(p, &limit, ")", NULL);
    nf_made *range = test_make(p, "Microflows$CustomRange", at);
    nf_make_text(range, "OffsetExpression", offset);
    nf_make_text(range, "LimitExpression", limit);
    nf_make_part(operation, "CustomRange", range);
    return status;
}

static nf_status take_second(test_parser *p, const list_function *f,
                             nf_made *operation, const char *at)
{
    const char *text;
    nf_status status;
    switch (f->second) {
    case OPERAND_VARIABLE:
        status = test_variable(p, &text);
        nf_make_text(operation, "SecondListOrObjectName", text);
        return status;
    case OPERAND_EXPRESSION:
        status = test_expression(p, &text, ")", NULL);
        if (status == NF_OK)
            nf_make_text(operation, "Expression", text);
        return status;
    case OPERAND_SORTING:
        return test_sorting(p, operation, "Sortings", at);
    case OPERAND_RANGE:
        return take_bounds(p, operation, at);
    default:
        return NF_OK;
    }
}

/* From behind the word on. *out: the action, which assigns `output`. */
static nf_status list_operation(test_parser *p, const list_function *f,
                                const char *output, const char *at,
                                nf_made **out)
{
    const char *list;
    nf_made *operation = test_make(p, f->type, at);
    nf_status status = test_expect(p, "(");
    if (status == NF_OK)
        status = test_variable(p, &list);
    if (status != NF_OK)
        return status;
    nf_make_text(operation, "ListName", list);
    if (f->second != OPERAND_NONE &&
        !(f->second == OPERAND_RANGE && test_peek(p, ")"))) {
        status = test_expect(p, ",");
        if (status == NF_OK)
            status = take_second(p, f, operation, at);
    }
    if (status == NF_OK)
        status = test_expect(p, ")");
    *out = test_make(p, "Microflows$ListOperationsAction", at);
    nf_make_part(*out, "NewOperation", operation);
    nf_make_text(*out, "ResultVariableName", output);
    return status;
}

/* ---- aggregates ---------------------------------------------------------- */

/* `count($list)`, `sum($list.Attr)`, `sum($list, expression)`, `all`, `any`. */
static nf_status aggregate(test_parser *p, const char *function,
                           const char *output, const char *at, nf_made **out)
{
    const char *list, *text;
    nf_made *action = test_make(p, "Microflows$AggregateAction", at);
    nf_status status = test_expect(p, "(");
    if (status == NF_OK)
        status = test_variable(p, &list);
    if (status != NF_OK)
        return status;
    const char *dot = strchr(list, '.');
    if (dot) /* `$list.Attr` was read as one name */
        nf_make_text(action, "Attribute", dot + 1);
    else if (test_take(p, "/"))
        nf_make_text(action, "Attribute", test_name(p));
    if (dot)
        list = nf_arena_strndup(p->arena, list, (size_t)(dot - list));
    nf_make_text(action, "AggregateFunction", function);
    nf_make_text(action, "AggregateVariableName", list);
    nf_make_text(action, "VariableName", output);
    if (test_take(p, ",")) {
        status = test_expression(p, &text, ")", NULL);
        if (status != NF_OK)
            return status;
        nf_make_bool(action, "UseExpression", true);
        nf_make_text(action, "Expression", text);
    }
    *out = action;
    return test_expect(p, ")");
}

static const char *aggregate_of(test_parser *p)
{
    static const char *const words[] = {"count",   "sum", "average", "minimum",
                                        "maximum", "all", "any"};
    static const char *const functions[] = {
        "Count", "Sum", "Average", "Minimum", "Maximum", "All", "Any"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (test_take(p, words[i]))
            return functions[i];
    return NULL;
}

/* ---- assignments --------------------------------------------------------- */

/* Statements of other runners of the format that give a value and are none of
 * E14: no expression begins with a word and another one behind it. */
static bool is_other_statement(test_parser *p)
{
    static const char *const words[] = {"cast",   "rest",   "execute",
                                        "import", "export", "send"};
    test_parser behind = *p;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        behind.at = p->at;
        if (!test_take(&behind, words[i]))
            continue;
        test_skip(&behind);
        return isalpha((unsigned char)*behind.at) || *behind.at == '$';
    }
    return false;
}

nf_status test_assign(test_parser *p, const char *variable, nf_made *operation,
                      const char *at)
{
    const char *value;
    test_skip(p);
    if (is_other_statement(p))
        return test_malformed(p, p->at,
                              "the statement \"%.*s\" is not supported",
                              (int)strcspn(p->at, " \t\r\n"), p->at);
    nf_status status = test_expression(p, &value, ";", on_error);
    if (status != NF_OK)
        return status;
    nf_made *action = test_make(p, NF_TEST_SET, at);
    nf_make_text(action, "Variable", variable);
    nf_make_text(action, "Value", value);
    nf_make_part(action, "Operation", operation);
    return test_end_action(p, action, at);
}

/* Whether a word and `(` stand here that begin an operation over a list: behind
 * the closing parenthesis nothing goes on, as it would in an expression. */
static bool is_whole_call(const test_parser *p)
{
    const char *at = p->at;
    int depth = 0;
    while (at < p->end && isalpha((unsigned char)*at))
        at++;
    while (at < p->end && isspace((unsigned char)*at))
        at++;
    if (at == p->end || *at != '(')
        return false;
    for (; at < p->end; at++) {
        if (*at == '\'' &&
            !(at = memchr(at + 1, '\'', (size_t)(p->end - at - 1))))
            return false;
        depth += *at == '(';
        depth -= *at == ')';
        if (!depth)
            break;
    }
    test_parser behind = *p;
    behind.at = at < p->end ? at + 1 : at;
    return test_peek(&behind, ";") || test_peek(&behind, "on");
}

nf_status test_operation(test_parser *p, const char *output, const char *at,
                         bool *taken)
{
    const char *start = p->at;
    nf_made *action = NULL;
    nf_status status = NF_OK;
    *taken = false;
    test_skip(p);
    start = p->at;
    if (!is_whole_call(p))
        return NF_OK;
    *taken = true;
    for (size_t i = 0; i < sizeof list_functions / sizeof *list_functions;
         i++) {
        const list_function *f = &list_functions[i];
        if (!test_take(p, f->word))
            continue;
        nf_error unread = {0}, *err = p->err;
        if (!f->is_expression) {
            status = list_operation(p, f, output, at, &action);
            return status == NF_OK ? test_end_action(p, action, at) : status;
        }
        p->err = &unread; /* as an expression it may be right */
        status = list_operation(p, f, output, at, &action);
        p->err = err;
        p->at = start;
        return test_assign(p, output, status == NF_OK ? action : NULL, at);
    }
    const char *function = aggregate_of(p);
    if (!function) {
        size_t length = 0;
        while (isalpha((unsigned char)p->at[length])) /* then comes `(` */
            length++;
        if (length && !nf_function_find(p->at, length))
            return test_malformed(p, p->at,
                                  "there is no function and no operation over "
                                  "lists \"%.*s\" here",
                                  (int)length, p->at);
        *taken = false;
        return NF_OK;
    }
    status = aggregate(p, function, output, at, &action);
    return status == NF_OK ? test_end_action(p, action, at) : status;
}
