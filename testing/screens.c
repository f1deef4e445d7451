/* Statements about what a user sees: pages, messages, logs (test E14). */
#include "testing/parser.h"

#include "base/text.h"

#include <string.h>

/* A template that is the text of an expression. */
static nf_made *template_of(test_parser *p, const char *expression,
                            const char *at)
{
    nf_made_list arguments = {0};
    nf_made *argument = test_make(p, "Microflows$TemplateParameter", at);
    nf_make_text(argument, "Expression", expression);
    if (!nf_make_item(p->arena, &arguments, argument))
        return NULL;
    nf_made *text = test_make(p, "Microflows$StringTemplate", at);
    nf_make_text(text, "Text", "{1}");
    nf_make_list(text, "Parameters", &arguments);
    return text;
}

nf_status test_log(test_parser *p, const char *at)
{
    static const char *const levels[] = {"Trace",   "Debug", "Info",
                                         "Warning", "Error", "Critical"};
    const char *level = "Info", *text;
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        if (test_take(p, levels[i]))
            level = levels[i];
    nf_status status = test_expression(p, &text, ";", NULL);
    if (status == NF_OK)
        status = test_expect(p, ";");
    if (status != NF_OK)
        return status;
    nf_made *action = test_make(p, "Microflows$LogMessageAction", at);
    nf_make_text(action, "Level", level);
    nf_make_text(action, "Node", "'Test'");
    nf_make_part(action, "MessageTemplate", template_of(p, text, at));
    return test_add_action(p, action, at);
}

/* `show page M.P [(Parameter = $object, …)];`, arguments with or without `$`.
 */
nf_status test_show_page(test_parser *p, const char *at)
{
    nf_made_list mappings = {0};
    nf_status status = test_expect(p, "page");
    const char *page = status == NF_OK ? test_name(p) : NULL;
    if (!page)
        return status == NF_OK ? test_malformed(p, p->at, "expected a page")
                               : status;
    bool more = test_take(p, "(") && !test_take(p, ")");
    while (more && status == NF_OK) {
        const char *value, *start = p->at;
        test_take(p, "$");
        const char *name = test_name(p);
        if (!name)
            return test_malformed(p, start, "expected a parameter");
        status = test_expect(p, "=");
        if (status == NF_OK)
            status = test_expression(p, &value, ",)", NULL);
        if (status != NF_OK)
            return status;
        nf_made *mapping = test_make(p, "Forms$PageParameterMapping", start);
        nf_make_text(mapping, "Parameter",
                     nf_arena_format(p->arena, "%s.%s", page, name));
        nf_make_text(mapping, "Argument", value);
        if (!nf_make_item(p->arena, &mappings, mapping))
            return nf_error_nomem(p->err);
        more = test_take(p, ",");
        if (!more)
            status = test_expect(p, ")");
    }
    if (status == NF_OK)
        status = test_expect(p, ";");
    if (status != NF_OK)
        return status;
    nf_made *settings = test_make(p, "Forms$FormSettings", at);
    nf_made *action = test_make(p, "Microflows$ShowFormAction", at);
    nf_make_text(settings, "Form", page);
    nf_make_list(settings, "ParameterMappings", &mappings);
    nf_make_part(action, "FormSettings", settings);
    return test_add_action(p, action, at);
}

nf_status test_close_page(test_parser *p, const char *at)
{
    nf_status status = test_expect(p, "page");
    if (status == NF_OK)
        status = test_expect(p, ";");
    return status == NF_OK
               ? test_add_action(
                     p, test_make(p, "Microflows$CloseFormAction", at), at)
               : status;
}

/* `validation feedback $o/Attr message E;`. */
nf_status test_feedback(test_parser *p, const char *at)
{
    const char *variable, *member = NULL, *text;
    nf_status status = test_expect(p, "feedback");
    if (status == NF_OK)
        status = test_variable(p, &variable);
    if (status == NF_OK)
        status = test_expect(p, "/");
    if (status == NF_OK && !(member = test_name(p)))
        status = test_malformed(p, p->at, "expected a member");
    if (status == NF_OK)
        status = test_expect(p, "message");
    if (status == NF_OK)
        status = test_expression(p, &text, ";", NULL);
    if (status == NF_OK)
        status = test_expect(p, ";");
    if (status != NF_OK)
        return status;
    nf_made *action = test_make(p, "Microflows$ValidationFeedbackAction", at);
    nf_make_text(action, "ValidationVariableName", variable);
    nf_make_text(action, strchr(member, '.') ? "Association" : "Attribute",
                 member);
    nf_make_part(action, "FeedbackTemplate", template_of(p, text, at));
    return test_add_action(p, action, at);
}
