/* Calls in constraints: whether the function exists, works in the profile and
 * takes these arguments. */
#include "database/xpath_checker.h"

static bool unknown_function(nf_xchecker *c, const nf_xnode *node)
{
    static const char *const aggregates[] = {"avg", "sum", "count", "min",
                                             "max"};
    nf_suggestion near = {.name = node->name};
    size_t i;

    if (!strcmp(node->name, "reversed"))
        return nf_xcheck_fail(
            c, "REVERSED", node->position,
            "this stands only behind an association:", node->name);
    for (i = 0; i < sizeof aggregates / sizeof *aggregates; i++)
        if (!strcmp(node->name, aggregates[i]))
            return nf_xcheck_fail(
                c, "JAVA_ONLY", node->position,
                "this works only in queries from Java:", node->name);
    nf_xpath_suggest_function(&near);
    return nf_xcheck_fail_near(c, "UNKNOWN_FUNCTION", node->position,
                               "there is no function", &near);
}

static bool attribute_argument(nf_xchecker *c, nf_xnode *argument, nf_kind kind)
{
    if (argument->kind != NF_X_PATH || !argument->attribute ||
        argument->type.kind != kind)
        return nf_xcheck_type_error(
            c, argument,
            kind == NF_KIND_STRING ? "the function needs a String attribute"
                                   : "the function needs a date attribute");
    return true;
}

static bool check_zone(nf_xchecker *c, nf_xnode *node)
{
    nf_xnode *zone = node->arguments[1];

    if (node->argument_count < 2)
        return true;
    if (zone->kind != NF_X_LITERAL || zone->value.kind != NF_KIND_STRING)
        return nf_xcheck_type_error(c, zone, "a time zone is a text");
    node->zone_name = zone->value.as.string->text;
    if (!strncmp(node->zone_name, "GMT", 3) ||
        !strncmp(node->zone_name, "UTC+", 4) ||
        !strncmp(node->zone_name, "UTC-", 4))
        return nf_xcheck_type_error(c, zone,
                                    "a time zone is a name, not an offset");
    {
        nf_timezone *opened;
        nf_status status = nf_timezone_open(&opened, node->zone_name);

        if (status == NF_NOMEM) {
            nf_error_nomem(c->err);
            return false;
        }
        if (status)
            return nf_xcheck_type_error(c, zone, "there is no such time zone");
        nf_timezone_close(opened);
    }
    return true;
}

bool nf_xcheck_call(nf_xchecker *c, nf_xnode *node, const nf_entity *context)
{
    nf_xnode *first = node->arguments[0], *second = node->arguments[1];

    if (node->function == NF_XF_UNKNOWN)
        return unknown_function(c, node);
    node->type.kind = NF_KIND_BOOLEAN;
    if (node->function == NF_XF_NOT)
        return nf_xcheck_condition(c, first, context);
    if (node->function == NF_XF_DATE && nf_xcheck_is_strict(c)) {
        nf_xpath_error("OFFLINE_DATE_FUNCTION", c->xpath->text, node->position,
                       c->err,
                       "date functions are not possible in a constraint of a "
                       "nanoflow");
        return false;
    }
    if (!nf_xcheck_operand(c, first, context))
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
    if (!nf_xcheck_operand(c, second, context))
        return false;
    if (second->kind == NF_X_PATH || (second->type.kind != NF_KIND_STRING &&
                                      second->type.kind != NF_KIND_UNKNOWN &&
                                      second->type.kind != NF_KIND_EMPTY))
        return nf_xcheck_type_error(c, second,
                                    "the function searches for a String");
    return true;
}
