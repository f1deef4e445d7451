/* Activities that can't run here. Their expressions are judged as all others
 * are, and what they would have assigned is declared, so that what is wrong in
 * a flow does not depend on what this version can do. */
#include "interpreter/program.h"

#include <stdio.h>
#include <string.h>

/* ---- expressions -------------------------------------------------------- */

/* Where stored elements hold expressions (S6). */
static const struct {
    const char *type, *property;
} places[] = {
    {"Microflows$BasicCodeActionParameterValue", "Argument"},
    {"Microflows$BasicJavaActionParameterValue", "Argument"},
    {"Microflows$JavaActionParameterMapping", "Argument"},
    {"Microflows$MicroflowCallParameterMapping", "Argument"},
    {"Microflows$NanoflowCallParameterMapping", "Argument"},
    {"Microflows$RuleCallParameterMapping", "Argument"},
    {"Forms$PageParameterMapping", "Argument"},
    {"Microflows$TemplateParameter", "Expression"},
    {"Microflows$ExpressionSplitCondition", "Expression"},
    {"Microflows$ChangeActionItem", "Value"},
    {"Microflows$ChangeListAction", "Value"},
    {"Microflows$LogMessageAction", "Node"},
    {"Microflows$CustomRange", "LimitExpression"},
    {"Microflows$CustomRange", "OffsetExpression"},
    {"Microflows$HttpHeaderEntry", "Value"},
    {"Microflows$RestCallAction", "TimeOutExpression"},
};

static void check_text(nf_binder *b, const char *text, const char *property)
{
    nf_expression expression;
    bool blank;

    nf_gen_parse(b, &expression, text, NULL, property, &blank);
}

static void check_texts(nf_binder *b, const nf_element *element, int depth)
{
    size_t i, k;

    if (!element || depth > NF_ELEMENT_DEPTH)
        return;
    for (i = 0; i < sizeof places / sizeof *places; i++)
        if (nf_element_is(element, places[i].type))
            check_text(b, nf_element_string(element, places[i].property, ""),
                       places[i].property);
    for (i = 0; i < element->count; i++) {
        const nf_property *p = &element->properties[i];

        if (p->kind == NF_PROPERTY_ELEMENT)
            check_texts(b, p->as.element, depth + 1);
        else if (p->kind == NF_PROPERTY_LIST)
            for (k = 0; k < p->as.list.count; k++)
                if (p->as.list.items[k].kind == NF_PROPERTY_ELEMENT)
                    check_texts(b, p->as.list.items[k].as.element, depth + 1);
    }
}

/* ---- variables ---------------------------------------------------------- */

static void declare(nf_binder *b, const char *name, nf_type type)
{
    if (name[0] && nf_variable_find(b, name, strlen(name)) < 0)
        nf_bind_output(b, name, type);
}

static void declare_variables(nf_binder *b, const nf_element *holder,
                              nf_type type)
{
    static const char *const names[] = {"ResultVariableName",
                                        "OutputVariableName", "VariableName"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        declare(b, nf_element_string(holder, names[i], ""), type);
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), tail = strlen(end);

    return length >= tail && strcmp(text + length - tail, end) == 0;
}

/* Of an activity that is not known, every variable that it names may be its
 * output. */
static void declare_all(nf_binder *b, const nf_element *element, int depth)
{
    const nf_type unknown = {.kind = NF_KIND_UNKNOWN};

    if (!element || depth > NF_ELEMENT_DEPTH)
        return;
    for (size_t i = 0; i < element->count; i++) {
        const nf_property *p = &element->properties[i];

        if (p->kind == NF_PROPERTY_STRING &&
            (ends_with(p->name, "Variable") ||
             ends_with(p->name, "VariableName")))
            declare(b, p->as.string.text, unknown);
        else if (p->kind == NF_PROPERTY_ELEMENT)
            declare_all(b, p->as.element, depth + 1);
        else if (p->kind == NF_PROPERTY_LIST)
            for (size_t k = 0; k < p->as.list.count; k++)
                if (p->as.list.items[k].kind == NF_PROPERTY_ELEMENT)
                    declare_all(b, p->as.list.items[k].as.element, depth + 1);
    }
}

/* What an activity that can't run would have assigned, so that what follows is
 * judged for itself. Calls of services and mappings say it in a part. */
static void declare_output(nf_binder *b, const nf_element *action)
{
    static const char *const parts[] = {"ResultHandling", "NewResultHandling",
                                        "OutputMethod", "OutputVariable"};
    const nf_model *model = b->program->model;
    nf_type type = {.kind = NF_KIND_UNKNOWN};

    /* A name may be left over from what is not stored any more (M-j). */
    if (!nf_element_bool(action, "UseReturnVariable", true))
        return;
    declare_variables(b, action, type);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        const nf_element *part = nf_element_part(action, parts[i]);

        if (!part || !nf_element_bool(part, "Bind", true))
            continue;
        type = (nf_type){.kind = NF_KIND_UNKNOWN};
        if (strcmp(part->type, "ExportXmlAction$StringExport") == 0)
            type.kind = NF_KIND_STRING;
        else
            type = nf_model_type_of(model, part, "VariableType",
                                    "VariableDataType");
        if (type.kind != NF_KIND_VOID)
            declare_variables(b, part, type);
    }
}

void nf_compile_unavailable(nf_binder *b, const nf_element *action)
{
    check_texts(b, action, 0);
    declare_output(b, action);
    if (nf_element_bool(action, "UseReturnVariable", true))
        declare_all(b, action, 0);
}

void nf_compile_outputs(nf_binder *b, const nf_element *action)
{
    if (nf_element_bool(action, "UseReturnVariable", true))
        declare_variables(b, action, (nf_type){.kind = NF_KIND_UNKNOWN});
}

void nf_compile_unsupported(nf_binder *b, const nf_element *action)
{
    char message[512];

    snprintf(message, sizeof message,
             "The activity type \"%s\" is not supported", action->type);
    nf_report(b, nf_severity_of(true), true, "unsupported_activity", "", -1,
              message);
    nf_compile_unavailable(b, action);
}
