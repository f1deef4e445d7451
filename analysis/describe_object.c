/* One flow object as a line of text and lines below it. */
#include "analysis/describe_action.h"

#include <string.h>

static const char *text_of(const nf_element *element, const char *name)
{
    return nf_element_string(element, name, "");
}

static const char *short_type(const nf_element *element)
{
    const char *mark = strchr(element->type, '$');
    return mark ? mark + 1 : element->type;
}

static void end(const nf_teller *t)
{
    nf_lines_end(t->lines, NF_LINE_TEXT, t->indent, 0);
}

static void split(const nf_teller *t, const nf_element *object, nf_buffer *out)
{
    const nf_element *condition = nf_element_part(object, "SplitCondition");
    const nf_element *rule = nf_element_part(condition, "RuleCall");
    const char *caption = text_of(object, "Caption");
    nf_buffer_text(out, "decide");
    if (*caption)
        nf_buffer_format(out, " '%s'", caption);
    if (nf_element_is(object, "Microflows$InheritanceSplit"))
        nf_buffer_format(out, ": type of $%s",
                         text_of(object, "SplitVariableName"));
    else if (rule)
        nf_buffer_format(out, ": rule %s", text_of(rule, "Microflow"));
    else
        nf_buffer_format(out, ": %s", text_of(condition, "Expression"));
    end(t);
    if (rule)
        nf_tell_arguments(t, rule);
}

static void loop(const nf_teller *t, const nf_element *object, nf_buffer *out)
{
    const nf_element *source = nf_element_part(object, "LoopSource");
    if (nf_element_is(source, "Microflows$WhileLoopCondition")) {
        nf_buffer_format(out, "while %s", text_of(source, "WhileExpression"));
    } else {
        const nf_element *from = source ? source : object;
        nf_buffer_format(
            out, "for each $%s in $%s",
            text_of(from, source ? "VariableName" : "IteratorVariableName"),
            text_of(from, "ListVariableName"));
    }
    end(t);
}

/* What is not said by the line itself or by the flow's own branches. */
static void remarks(const nf_teller *t, const nf_element *object)
{
    const nf_element *action = nf_element_part(object, "Action");
    const char *handling =
        text_of(action ? action : object, "ErrorHandlingType");
    const char *documentation = text_of(object, "Documentation");
    if (!strcmp(handling, "Continue"))
        nf_lines_text(t->lines, t->indent + 1, "goes on after an error");
    else if (!strcmp(handling, "Custom"))
        nf_lines_text(t->lines, t->indent + 1, "rolls back on an error");
    if (*documentation)
        nf_tell_detail(t, "documentation:", "", documentation);
}

void nf_describe_object(nf_lines *lines, const nf_model *model,
                        const nf_element *object, size_t indent)
{
    nf_teller t = {lines, model, indent};
    const char *type = short_type(object);
    nf_buffer *out = nf_lines_begin(lines);
    if (!strcmp(type, "ActionActivity")) {
        nf_tell_action(&t, object, out);
    } else if (!strcmp(type, "ExclusiveSplit") ||
               !strcmp(type, "InheritanceSplit")) {
        split(&t, object, out);
    } else if (!strcmp(type, "LoopedActivity")) {
        loop(&t, object, out);
    } else {
        const char *value = text_of(object, "ReturnValue");
        if (!strcmp(type, "StartEvent"))
            nf_buffer_text(out, "start");
        else if (!strcmp(type, "EndEvent") && *value)
            nf_buffer_format(out, "return %s", value);
        else if (!strcmp(type, "EndEvent"))
            nf_buffer_text(out, "end");
        else if (!strcmp(type, "ErrorEvent"))
            nf_buffer_text(out, "end with the error");
        else if (!strcmp(type, "BreakEvent"))
            nf_buffer_text(out, "break");
        else if (!strcmp(type, "ContinueEvent"))
            nf_buffer_text(out, "continue");
        else if (!strcmp(type, "ExclusiveMerge"))
            nf_buffer_text(out, "merge");
        else
            nf_buffer_text(out, object->type);
        end(&t);
    }
    remarks(&t, object);
}
