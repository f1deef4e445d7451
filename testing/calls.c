/* Calls of flows, and synchronizations (test E14, E44), with what to do when
 * they fail. */
#include "testing/parser.h"

#include "base/text.h"

#include <string.h>

static nf_status take_arguments(test_parser *p, nf_made_list *mappings,
                                const char *type, const char *flow)
{
    bool code = strstr(type, "Microflows$Java") == type;
    if (!test_take(p, "(") || test_take(p, ")"))
        return NF_OK;
    do {
        const char *value, *at = p->at;
        test_take(p, "$");
        const char *name = test_name(p);
        if (!name)
            return test_malformed(p, at, "expected a parameter");
        nf_status status = test_expect(p, "=");
        if (status == NF_OK)
            status = test_expression(p, &value, ",)", NULL);
        if (status != NF_OK)
            return status;
        nf_made *mapping = test_make(p, type, at);
        nf_make_text(mapping, "Parameter",
                     nf_arena_format(p->arena, "%s.%s", flow, name));
        nf_made *basic = mapping;
        if (code) {
            basic =
                test_make(p, "Microflows$BasicCodeActionParameterValue", at);
            nf_make_part(mapping, "ParameterValue", basic);
        }
        nf_make_text(basic, "Argument", value);
        if (!nf_make_item(p->arena, mappings, mapping))
            return nf_error_nomem(p->err);
    } while (test_take(p, ","));
    return test_expect(p, ")");
}

typedef struct callee {
    const char *words[3];
    const char *action, *part, *part_type, *name, *mapping, *output;
} callee;

static const callee callees[] = {
    {{"microflow", NULL},
     "Microflows$MicroflowCallAction",
     "MicroflowCall",
     "Microflows$MicroflowCall",
     "Microflow",
     "Microflows$MicroflowCallParameterMapping",
     "ResultVariableName"},
    {{"nanoflow", NULL},
     "Microflows$NanoflowCallAction",
     "NanoflowCall",
     "Microflows$NanoflowCall",
     "Nanoflow",
     "Microflows$NanoflowCallParameterMapping",
     "OutputVariableName"},
    {{"javascript", "action", NULL},
     "Microflows$JavaScriptActionCallAction",
     NULL,
     NULL,
     "JavaScriptAction",
     "Microflows$JavaScriptActionParameterMapping",
     "OutputVariableName"},
    {{"java", "action", NULL},
     "Microflows$JavaActionCallAction",
     NULL,
     NULL,
     "JavaAction",
     "Microflows$JavaActionParameterMapping",
     "ResultVariableName"},
};

static const callee *take_callee(test_parser *p)
{
    for (size_t i = 0; i < sizeof callees / sizeof *callees; i++)
        if (test_take(p, callees[i].words[0]) &&
            (!callees[i].words[1] || test_take(p, callees[i].words[1])))
            return &callees[i];
    return NULL;
}

nf_status test_handler(test_parser *p, nf_made *action)
{
    nf_guid from = p->open.items[0].from;
    test_ways after = p->open;
    if (!test_take(p, "on"))
        return NF_OK;
    const char *at = p->at;
    nf_status status = test_expect(p, "error");
    if (status != NF_OK || test_take(p, "rollback"))
        return status;
    if (test_take(p, "continue")) {
        nf_make_text(action, "ErrorHandlingType", "CustomWithoutRollBack");
        return test_open(p, &p->open, &from, NULL, true);
    }
    bool keeps = test_take(p, "without");
    if (keeps)
        status = test_expect(p, "rollback");
    if (status != NF_OK)
        return status;
    nf_make_text(action, "ErrorHandlingType",
                 keeps ? "CustomWithoutRollBack" : "Custom");
    if (!test_take(p, "{"))
        return test_malformed(p, at,
                              "expected \"continue\", \"rollback\" or "
                              "\"{\" after \"on error\"");
    static const char *const until[] = {"}", NULL};
    p->open = (test_ways){0};
    status = test_open(p, &p->open, &from, NULL, true);
    if (status == NF_OK)
        status = test_statements(p, until);
    if (status == NF_OK)
        status = test_expect(p, "}");
    return status == NF_OK ? test_join(p, &p->open, &after) : status;
}

nf_status test_call(test_parser *p, const char *output, const char *at)
{
    nf_made_list mappings = {0};
    const callee *c = take_callee(p);
    if (!c)
        return test_malformed(p, at,
                              "\"microflow\", \"nanoflow\", \"javascript "
                              "action\" or \"java action\" can be called; "
                              "nothing else is supported");
    const char *name = test_name(p);
    if (!name)
        return test_malformed(p, p->at, "expected the name of what to call");
    nf_status status = take_arguments(p, &mappings, c->mapping, name);
    if (status != NF_OK)
        return status;
    if (strcmp(c->name, "Nanoflow") == 0 ||
        strcmp(c->name, "JavaScriptAction") == 0)
        test_needs_device(p);
    nf_made *action = test_make(p, c->action, at), *target = action;
    if (c->part) {
        target = test_make(p, c->part_type, at);
        nf_make_part(action, c->part, target);
    }
    nf_make_text(target, c->name, name);
    nf_make_list(target, "ParameterMappings", &mappings);
    nf_make_bool(action, "UseReturnVariable", output != NULL);
    nf_make_text(action, c->output, output ? output : "");
    return test_end_action(p, action, at);
}

nf_status test_synchronize(test_parser *p, const char *at)
{
    nf_made_list names = {0};
    const char *type = "All";
    nf_status status = NF_OK;
    test_needs_device(p);
    if (test_take(p, "unsynchronized")) {
        type = "Unsynchronized";
    } else if (test_peek(p, "$")) {
        type = "Specific";
        do {
            const char *name;
            status = test_variable(p, &name);
            if (status == NF_OK && !nf_make_item_text(p->arena, &names, name))
                status = nf_error_nomem(p->err);
        } while (status == NF_OK && test_take(p, ","));
    } else {
        test_take(p, "all");
    }
    nf_made *action = test_make(p, "Microflows$SynchronizeAction", at);
    nf_make_text(action, "Type", type);
    nf_make_list(action, "VariableNames", &names);
    return status == NF_OK ? test_end_action(p, action, at) : status;
}
