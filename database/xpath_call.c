/* Calls in constraints: which functions there are, and their arguments. */
#include "database/xpath_parser.h"

static const struct function {
    const char *name;
    nf_xfunction function;
    size_t least, most; /* arguments */
    const char *part;   /* of a date */
} functions[] = {
    {"true", NF_XF_TRUE, 0, 0, NULL},
    {"false", NF_XF_FALSE, 0, 0, NULL},
    {"not", NF_XF_NOT, 1, 1, NULL},
    {"contains", NF_XF_CONTAINS, 2, 2, NULL},
    {"starts-with", NF_XF_STARTS, 2, 2, NULL},
    {"ends-with", NF_XF_ENDS, 2, 2, NULL},
    {"length", NF_XF_LENGTH, 1, 1, NULL},
    {"string-length", NF_XF_LENGTH, 1, 1, NULL},
    {"year-from-dateTime", NF_XF_DATE, 1, 2, "year"},
    {"quarter-from-dateTime", NF_XF_DATE, 1, 2, "quarter"},
    {"month-from-dateTime", NF_XF_DATE, 1, 2, "month"},
    {"week-from-dateTime", NF_XF_DATE, 1, 2, "week"},
    {"day-of-year-from-dateTime", NF_XF_DATE, 1, 2, "day-of-year"},
    {"day-from-dateTime", NF_XF_DATE, 1, 2, "day"},
    {"weekday-from-dateTime", NF_XF_DATE, 1, 2, "weekday"},
    {"hours-from-dateTime", NF_XF_DATE, 1, 2, "hours"},
    {"minutes-from-dateTime", NF_XF_DATE, 1, 2, "minutes"},
    {"seconds-from-dateTime", NF_XF_DATE, 1, 2, "seconds"},
};

enum { FUNCTIONS = sizeof functions / sizeof *functions };

void nf_xpath_suggest_function(nf_suggestion *suggestion)
{
    for (size_t i = 0; i < FUNCTIONS; i++)
        nf_suggest(suggestion, functions[i].name);
}

static const struct function *find_function(const char *name)
{
    for (size_t i = 0; i < FUNCTIONS; i++)
        if (!strcmp(functions[i].name, name))
            return &functions[i];
    return NULL;
}

static bool parse_arguments(nf_xparser *p, nf_xnode *node)
{
    if (nf_xparse_accept(p, ')'))
        return true;
    do {
        nf_xnode *argument = nf_xparse_or(p);

        if (!argument)
            return false;
        if (node->argument_count < 3)
            node->arguments[node->argument_count] = argument;
        node->argument_count++;
    } while (nf_xparse_accept(p, ','));
    if (nf_xparse_accept(p, ')'))
        return true;
    nf_xparse_fail(p, p->at, "the parenthesis is not closed");
    return false;
}

nf_xnode *nf_xparse_call(nf_xparser *p, size_t length)
{
    nf_xnode *node = nf_xparse_node(p, NF_X_CALL, p->at);
    const struct function *function;

    if (!node)
        return NULL;
    node->name = nf_xparse_take_name(p, length);
    if (!node->name || !nf_xparse_accept(p, '(') || !parse_arguments(p, node))
        return NULL;
    function = find_function(node->name);
    if (!function) /* the check says so: SYNTAX wins (Q161) */
        return node;
    if (node->argument_count < function->least ||
        node->argument_count > function->most)
        return nf_xparse_fail(p, (size_t)node->position,
                              "the function has another number of arguments");
    node->function = function->function;
    node->part = function->part;
    if (node->function == NF_XF_TRUE || node->function == NF_XF_FALSE) {
        node->kind = NF_X_LITERAL;
        node->value = nf_boolean(node->function == NF_XF_TRUE);
    }
    return node;
}

size_t nf_xparse_call_length(const nf_xparser *p)
{
    size_t end = p->at, after;

    if (!nf_xparse_name_length(p, end))
        return 0;
    while (end < p->length && (nf_xname_part(p->text[end]) ||
                               (p->text[end] == '-' && end + 1 < p->length &&
                                nf_xname_start(p->text[end + 1]))))
        end++;
    after = end;
    while (after < p->length && strchr(" \t\r\n", p->text[after]))
        after++;
    return after < p->length && p->text[after] == '(' ? end - p->at : 0;
}
