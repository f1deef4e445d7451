/* Statements about what a user sees: pages, messages, logs (test E14). */
#include "testing/parser.h"

#include "base/text.h"

#include <stdio.h>
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

static const char *const text_ends[] = {"with",     "type", "objects",
                                        "blocking", "on",   NULL};

/* `({1} = E, …)` behind a text in quotes with such marks. */
static nf_status take_terms(test_parser *p, nf_made *text, const char *at)
{
    nf_made_list arguments = {0};
    nf_status status = test_expect(p, "(");
    while (status == NF_OK) {
        const char *value;
        char mark[16];
        snprintf(mark, sizeof mark, "{%zu}", arguments.count + 1);
        status = test_expect(p, mark);
        if (status == NF_OK)
            status = test_expect(p, "=");
        if (status == NF_OK)
            status = test_expression(p, &value, ",)", NULL);
        if (status != NF_OK)
            return status;
        nf_made *argument = test_make(p, "Microflows$TemplateParameter", at);
        nf_make_text(argument, "Expression", value);
        if (!nf_make_item(p->arena, &arguments, argument))
            return nf_error_nomem(p->err);
        if (!test_take(p, ","))
            break;
    }
    nf_make_list(text, "Parameters", &arguments);
    return status == NF_OK ? test_expect(p, ")") : status;
}

/* An expression, or a text in quotes `with ({1} = E, …)`. */
static nf_status take_template(test_parser *p, nf_made *action,
                               const char *property, const char *at)
{
    const char *text, *start = p->at;
    nf_status status = test_expression(p, &text, ";", text_ends);
    if (status != NF_OK)
        return status;
    if (!test_take(p, "with")) {
        nf_make_part(action, property, template_of(p, text, at));
        return NF_OK;
    }
    size_t length = strlen(text);
    bool quoted = length >= 2 && *text == '\'' && text[length - 1] == '\'' &&
                  !memchr(text + 1, '\'', length - 2);
    if (!quoted)
        return test_malformed(p, start,
                              "\"with\" stands behind a text in quotes");
    nf_made *made = test_make(p, "Microflows$StringTemplate", at);
    nf_make_text(made, "Text",
                 nf_arena_strndup(p->arena, text + 1, length - 2));
    nf_make_part(action, property, made);
    return take_terms(p, made, at);
}

static nf_status take_node(test_parser *p, const char **node)
{
    nf_status status = test_string(p, node);
    if (status == NF_OK)
        *node = nf_arena_format(p->arena, "'%s'", *node);
    return status == NF_OK && !*node ? nf_error_nomem(p->err) : status;
}

nf_status test_log(test_parser *p, const char *at)
{
    static const char *const levels[] = {"Trace",   "Debug", "Info",
                                         "Warning", "Error", "Critical"};
    const char *level = "Info", *node = "'Test'";
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        if (test_take(p, levels[i]))
            level = levels[i];
    nf_status status = NF_OK;
    if (test_take(p, "node")) /* a text, and the message behind it */
        status = take_node(p, &node);
    nf_made *action = test_make(p, "Microflows$LogMessageAction", at);
    if (status == NF_OK)
        status = take_template(p, action, "MessageTemplate", at);
    nf_make_text(action, "Level", level);
    nf_make_text(action, "Node", node);
    return status == NF_OK ? test_end_action(p, action, at) : status;
}

/* `show message E [type Warning] [blocking];` */
static nf_status show_message(test_parser *p, const char *at)
{
    static const char *const types[] = {"Information", "Warning", "Error"};
    const char *type = "Information";
    nf_made *action = test_make(p, "Microflows$ShowMessageAction", at);
    nf_status status = take_template(p, action, "Template", at);
    if (status == NF_OK && test_take(p, "type")) {
        const char *start = p->at;
        type = NULL;
        for (size_t i = 0; i < sizeof types / sizeof *types; i++)
            if (test_take(p, types[i]))
                type = types[i];
        if (!type)
            status = test_malformed(
                p, start, "a message is information, a warning or an error");
    }
    nf_make_text(action, "Type", type);
    nf_make_bool(action, "Blocking", test_take(p, "blocking"));
    return status == NF_OK ? test_end_action(p, action, at) : status;
}

static nf_status show_home_page(test_parser *p, const char *at)
{
    nf_status status = test_expect(p, "page");
    return status == NF_OK
               ? test_end_action(
                     p, test_make(p, "Microflows$ShowHomePageAction", at), at)
               : status;
}

/* `show page M.P [(Parameter = $object, …)];`, arguments with or without `$`.
 */
nf_status test_show_page(test_parser *p, const char *at)
{
    nf_made_list mappings = {0};
    if (test_take(p, "message"))
        return show_message(p, at);
    if (test_take(p, "home"))
        return show_home_page(p, at);
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
    if (status != NF_OK)
        return status;
    nf_made *settings = test_make(p, "Forms$FormSettings", at);
    nf_made *action = test_make(p, "Microflows$ShowFormAction", at);
    nf_make_text(settings, "Form", page);
    nf_make_list(settings, "ParameterMappings", &mappings);
    nf_make_part(action, "FormSettings", settings);
    return test_end_action(p, action, at);
}

nf_status test_throw(test_parser *p, const char *at)
{
    const char *message;
    nf_status status = test_expression(p, &message, ";", NULL);
    nf_made *action = test_make(p, NF_TEST_THROW, at);
    if (status == NF_OK)
        nf_make_text(action, "Value", message);
    return status == NF_OK ? test_end_action(p, action, at) : status;
}

nf_status test_close_page(test_parser *p, const char *at)
{
    nf_status status = test_expect(p, "page");
    return status == NF_OK
               ? test_end_action(
                     p, test_make(p, "Microflows$CloseFormAction", at), at)
               : status;
}

/* `validation feedback $o/Attr message E;`. */
nf_status test_feedback(test_parser *p, const char *at)
{
    const char *variable, *member = NULL;
    nf_status status = test_expect(p, "feedback");
    if (status == NF_OK)
        status = test_variable(p, &variable);
    if (status == NF_OK)
        status = test_expect(p, "/");
    if (status == NF_OK && !(member = test_name(p)))
        status = test_malformed(p, p->at, "expected a member");
    if (status == NF_OK)
        status = test_expect(p, "message");
    if (status != NF_OK)
        return status;
    nf_made *action = test_make(p, "Microflows$ValidationFeedbackAction", at);
    nf_make_text(action, "ValidationVariableName", variable);
    nf_make_text(action, strchr(member, '.') ? "Association" : "Attribute",
                 member);
    status = take_template(p, action, "FeedbackTemplate", at);
    return status == NF_OK ? test_end_action(p, action, at) : status;
}
