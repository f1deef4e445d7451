/* An activity as a line of text and lines below it. The shapes are those of
 * model-format part 4.4; an action that is not in the table is shown with its
 * stored type and its properties, so that nothing is hidden. */
#include "analysis/describe_action.h"

#include <stdio.h>
#include <string.h>

static const char *text_of(const nf_element *element, const char *name)
{
    return nf_element_string(element, name, "");
}

/* The last component of Module.Entity.Attribute, Module.Flow.Parameter. */
static const char *last_name(const char *qualified)
{
    const char *dot = strrchr(qualified, '.');
    return dot ? dot + 1 : qualified;
}

static const char *short_type(const nf_element *element)
{
    const char *mark = element ? strchr(element->type, '$') : NULL;
    return mark ? mark + 1 : element ? element->type : "";
}

void nf_describe_type_of(nf_buffer *out, const nf_element *holder,
                         const char *part, const char *text)
{
    const nf_element *type = nf_element_part(holder, part);
    const char *old = text_of(holder, text);
    size_t length = strlen(old);

    if (type || !*old)
        nf_describe_type(out, type);
    else if (*old == '[' && length > 2)
        nf_buffer_format(out, "list of %.*s", (int)(length - 2), old + 1);
    else
        nf_buffer_text(out, *old == '#' ? old + 1 : old);
}

void nf_describe_type(nf_buffer *out, const nf_element *type)
{
    if (!type) {
        nf_buffer_text(out, "Unknown");
        return;
    }
    const char *name = short_type(type);
    const char *entity = text_of(type, "Entity");
    const char *enumeration = text_of(type, "Enumeration");
    if (!strcmp(name, "ListType"))
        nf_buffer_format(out, "list of %s", *entity ? entity : "objects");
    else if (*entity)
        nf_buffer_text(out, entity);
    else if (*enumeration)
        nf_buffer_text(out, enumeration);
    else {
        size_t length = strlen(name);
        if (length > 4 && !strcmp(name + length - 4, "Type"))
            length -= 4;
        nf_buffer_add(out, name, length);
    }
}

/* ---- pieces ------------------------------------------------------------ */

/* "  = expression", blank expressions shown as what they are. */
void nf_tell_detail(const nf_teller *t, const char *name, const char *sign,
                    const char *value)
{
    nf_buffer *out = nf_lines_begin(t->lines);
    nf_buffer_format(out, "%s %s%s", name, sign,
                     *sign && sign[strlen(sign) - 1] != '$' ? " " : "");
    nf_buffer_text(out, *value ? value : "(nothing)");
    nf_lines_end(t->lines, NF_LINE_TEXT, t->indent + 1, 0);
}

static void items(const nf_teller *t, const nf_element *action)
{
    size_t count = nf_element_count(action, "Items");
    for (size_t i = 0; i < count; i++) {
        const nf_element *item = nf_element_item(action, "Items", i);
        const char *type = nf_element_string(item, "Type", "Set");
        const char *sign = !strcmp(type, "Add")      ? "+="
                           : !strcmp(type, "Remove") ? "-="
                                                     : "=";
        const char *attribute = text_of(item, "Attribute");
        nf_tell_detail(
            t, *attribute ? last_name(attribute) : text_of(item, "Association"),
            sign, text_of(item, "Value"));
    }
}

static void refresh_word(nf_buffer *out, const nf_element *action)
{
    if (nf_element_bool(action, "RefreshInClient", false))
        nf_buffer_text(out, ", refresh in client");
}

static void commit_word(nf_buffer *out, const nf_element *action)
{
    const char *commit = nf_element_string(action, "Commit", "No");
    if (!strcmp(commit, "Yes"))
        nf_buffer_text(out, ", commit");
    else if (strcmp(commit, "No"))
        nf_buffer_text(out, ", commit without events");
    refresh_word(out, action);
}

static void result(nf_buffer *out, const nf_element *action, const char *name)
{
    const char *variable = text_of(action, name);
    if (*variable && nf_element_bool(action, "UseReturnVariable", true))
        nf_buffer_format(out, " -> $%s", variable);
}

/* The value of an argument: an expression, or one of the other kinds of
 * model-format MF-A9. */
static const char *argument(const nf_element *mapping)
{
    static const char *const names[] = {
        "Argument", "Nanoflow",      "Microflow",     "Entity",
        "Text",     "ImportMapping", "ExportMapping", "CustomDocument"};
    const nf_element *value = nf_element_part(mapping, "ParameterValue");
    if (!value)
        value = nf_element_part(mapping, "Value");
    if (!value)
        return text_of(mapping, "Argument");
    const nf_element *template_ = nf_element_part(value, "TypedTemplate");
    if (template_)
        value = template_;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *text = text_of(value, names[i]);
        if (*text)
            return text;
    }
    return "";
}

void nf_tell_arguments(const nf_teller *t, const nf_element *call)
{
    size_t count = nf_element_count(call, "ParameterMappings");
    for (size_t i = 0; i < count; i++) {
        const nf_element *mapping =
            nf_element_item(call, "ParameterMappings", i);
        nf_tell_detail(t, last_name(text_of(mapping, "Parameter")), "=",
                       argument(mapping));
    }
}

/* The text of a template: a plain string or a Texts$Text. */
static const char *template_text(const nf_teller *t,
                                 const nf_element *template_)
{
    const nf_element *texts = nf_element_part(template_, "Text");
    return texts ? nf_model_text(t->model, texts, NULL)
                 : text_of(template_, "Text");
}

static void template_arguments(const nf_teller *t, const nf_element *template_)
{
    size_t count = nf_element_count(template_, "Parameters");
    for (size_t i = 0; i < count; i++) {
        char name[32];
        nf_buffer label;
        nf_buffer_init(&label, sizeof name);
        nf_buffer_format(&label, "{%zu}", i + 1);
        const char *text = nf_buffer_string(&label);
        nf_tell_detail(
            t, text ? text : "", "=",
            text_of(nf_element_item(template_, "Parameters", i), "Expression"));
        nf_buffer_dispose(&label);
    }
}

static void lower(nf_buffer *out, const char *word)
{
    for (; *word; word++)
        nf_buffer_char(out, *word >= 'A' && *word <= 'Z'
                                ? (char)(*word - 'A' + 'a')
                                : *word);
}

static void end(const nf_teller *t)
{
    nf_lines_end(t->lines, NF_LINE_TEXT, t->indent, 0);
}

/* ---- actions ----------------------------------------------------------- */

static void create_object(const nf_teller *t, const nf_element *a,
                          nf_buffer *out)
{
    nf_buffer_format(out, "create %s", text_of(a, "Entity"));
    result(out, a, "VariableName");
    commit_word(out, a);
    end(t);
    items(t, a);
}

static void change_object(const nf_teller *t, const nf_element *a,
                          nf_buffer *out)
{
    nf_buffer_format(out, "change $%s", text_of(a, "ChangeVariableName"));
    commit_word(out, a);
    end(t);
    items(t, a);
}

static void one_variable(const nf_teller *t, const nf_element *a,
                         nf_buffer *out)
{
    static const struct {
        const char *type, *verb, *name;
    } rows[] = {
        {"CommitAction", "commit", "CommitVariableName"},
        {"DeleteAction", "delete", "DeleteVariableName"},
        {"RollbackAction", "roll back", "RollbackVariableName"},
        {"CastAction", "cast to", "VariableName"},
        {"DownloadFileAction", "download file", "FileDocumentVariableName"},
        {"PushToClientAction", "synchronize to device", "DataVariableName"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!strcmp(short_type(a), rows[i].type))
            nf_buffer_format(out, "%s $%s", rows[i].verb,
                             text_of(a, rows[i].name));
    if (!nf_element_bool(a, "WithEvents", true))
        nf_buffer_text(out, ", without events");
    refresh_word(out, a);
    end(t);
}

static void sorted_by(const nf_teller *t, const nf_element *sortings)
{
    size_t count = nf_element_count(sortings, "Sortings");
    for (size_t i = 0; i < count; i++) {
        const nf_element *sorting = nf_element_item(sortings, "Sortings", i);
        const nf_element *attribute = nf_element_part(sorting, "AttributeRef");
        nf_buffer *out = nf_lines_begin(t->lines);
        nf_buffer_text(out, "sorted by ");
        const nf_element *path = nf_element_part(attribute, "EntityRef");
        size_t steps = nf_element_count(path, "Steps");
        for (size_t j = 0; j < steps; j++)
            nf_buffer_format(
                out, "%s/",
                text_of(nf_element_item(path, "Steps", j), "Association"));
        nf_buffer_text(out, attribute
                                ? last_name(text_of(attribute, "Attribute"))
                                : text_of(sorting, "AttributePath"));
        if (!strcmp(text_of(sorting, "SortOrder"), "Descending"))
            nf_buffer_text(out, ", descending");
        nf_lines_end(t->lines, NF_LINE_TEXT, t->indent + 1, 0);
    }
}

static void range(const nf_teller *t, const nf_element *custom)
{
    const char *offset = text_of(custom, "OffsetExpression");
    const char *limit = text_of(custom, "LimitExpression");
    if (*offset)
        nf_tell_detail(t, "offset", "=", offset);
    if (*limit)
        nf_tell_detail(t, "amount", "=", limit);
}

static void retrieve(const nf_teller *t, const nf_element *a, nf_buffer *out)
{
    const nf_element *source = nf_element_part(a, "RetrieveSource");
    if (nf_element_is(source, "Microflows$AssociationRetrieveSource")) {
        const char *association = text_of(source, "AssociationId");
        nf_buffer_format(
            out, "retrieve $%s/%s", text_of(source, "StartVariableName"),
            *association ? association : text_of(source, "Association"));
        result(out, a, "ResultVariableName");
        end(t);
        return;
    }
    const nf_element *bounds = nf_element_part(source, "Range");
    bool single = nf_element_bool(bounds, "SingleObject", false);
    const char *xpath = text_of(source, "XpathConstraint");
    if (!*xpath)
        xpath = text_of(source, "XPathConstraint");
    nf_buffer_format(out, "retrieve %s%s", single ? "first " : "",
                     text_of(source, "Entity"));
    result(out, a, "ResultVariableName");
    end(t);
    if (*xpath)
        nf_tell_detail(t, "where", "", xpath);
    sorted_by(t, nf_element_part(source, "NewSortings"));
    range(t, bounds);
}

static void list_operation(const nf_teller *t, const nf_element *a,
                           nf_buffer *out)
{
    const nf_element *operation = nf_element_part(a, "NewOperation");
    const char *other = text_of(operation, "SecondListOrObjectName");
    const char *member = text_of(operation, "Attribute");
    const char *value = text_of(operation, "Expression");
    if (!*member)
        member = text_of(operation, "Association");
    lower(out, short_type(operation));
    nf_buffer_format(out, " $%s", text_of(operation, "ListName"));
    if (*other)
        nf_buffer_format(out, " and $%s", other);
    result(out, a, "ResultVariableName");
    end(t);
    if (*value)
        nf_tell_detail(t, *member ? last_name(member) : "where",
                       *member ? "=" : "", value);
    sorted_by(t, nf_element_part(operation, "Sortings"));
    range(t, nf_element_part(operation, "CustomRange"));
}

static void aggregate(const nf_teller *t, const nf_element *a, nf_buffer *out)
{
    const char *attribute = text_of(a, "Attribute");
    bool expression = nf_element_bool(a, "UseExpression", false);
    lower(out, nf_element_string(a, "AggregateFunction", "Count"));
    nf_buffer_format(out, " $%s", text_of(a, "AggregateVariableName"));
    if (!expression && *attribute)
        nf_buffer_format(out, "/%s", last_name(attribute));
    result(out, a, "VariableName");
    end(t);
    if (*text_of(a, "Expression") && (expression || !*attribute))
        nf_tell_detail(t, "of", "", text_of(a, "Expression"));
    if (*text_of(a, "ReduceInitialValueExpression"))
        nf_tell_detail(t, "beginning with", "",
                       text_of(a, "ReduceInitialValueExpression"));
}

static void create_variable(const nf_teller *t, const nf_element *a,
                            nf_buffer *out)
{
    const char *value = text_of(a, "InitialValue");
    nf_buffer_format(out, "create $%s: ", text_of(a, "VariableName"));
    nf_describe_type_of(out, a, "VariableType", "VariableDataType");
    nf_buffer_format(out, " = %s", *value ? value : "(nothing)");
    end(t);
}

static void change_variable(const nf_teller *t, const nf_element *a,
                            nf_buffer *out)
{
    nf_buffer_format(out, "set $%s = %s", text_of(a, "ChangeVariableName"),
                     text_of(a, "Value"));
    end(t);
}

static void create_list(const nf_teller *t, const nf_element *a, nf_buffer *out)
{
    nf_buffer_format(out, "create list of %s", text_of(a, "Entity"));
    result(out, a, "VariableName");
    end(t);
}

static void change_list(const nf_teller *t, const nf_element *a, nf_buffer *out)
{
    const char *list = text_of(a, "ChangeVariableName");
    const char *type = nf_element_string(a, "Type", "Add");
    const char *value = text_of(a, "Value");
    if (!strcmp(type, "Clear"))
        nf_buffer_format(out, "clear list $%s", list);
    else if (!strcmp(type, "Set"))
        nf_buffer_format(out, "set list $%s = %s", list, value);
    else if (!strcmp(type, "Remove"))
        nf_buffer_format(out, "remove from $%s: %s", list, value);
    else
        nf_buffer_format(out, "add to $%s: %s", list, value);
    end(t);
}

static void call(const nf_teller *t, const nf_element *a, nf_buffer *out)
{
    static const struct {
        const char *type, *word, *part, *name, *result;
    } rows[] = {
        {"NanoflowCallAction", "nanoflow", "NanoflowCall", "Nanoflow",
         "OutputVariableName"},
        {"MicroflowCallAction", "microflow", "MicroflowCall", "Microflow",
         "ResultVariableName"},
        {"JavaScriptActionCallAction", "JavaScript action", NULL,
         "JavaScriptAction", "OutputVariableName"},
        {"JavaActionCallAction", "Java action", NULL, "JavaAction",
         "ResultVariableName"},
    };
    const nf_element *target = a;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (strcmp(short_type(a), rows[i].type))
            continue;
        if (rows[i].part)
            target = nf_element_part(a, rows[i].part);
        nf_buffer_format(out, "call %s %s", rows[i].word,
                         text_of(target, rows[i].name));
        result(out, a, rows[i].result);
    }
    end(t);
    nf_tell_arguments(t, target);
}

static void synchronize(const nf_teller *t, const nf_element *a, nf_buffer *out)
{
    const char *type = nf_element_string(a, "Type", "All");
    size_t count = nf_element_count(a, "VariableNames");
    if (!strcmp(type, "Specific")) {
        nf_buffer_text(out, "synchronize selected objects");
        for (size_t i = 0; i < count; i++)
            nf_buffer_format(out, "%s $%s", i ? "," : ":",
                             nf_element_item_string(a, "VariableNames", i));
    } else {
        nf_buffer_text(out, "synchronize ");
        lower(out, type);
        nf_buffer_text(out, " objects");
    }
    end(t);
}

static void show_message(const nf_teller *t, const nf_element *a,
                         nf_buffer *out)
{
    const nf_element *template_ = nf_element_part(a, "Template");
    nf_buffer_text(out, "show ");
    lower(out, nf_element_string(a, "Type", "Information"));
    nf_buffer_format(out, " message \"%s\"", template_text(t, template_));
    end(t);
    template_arguments(t, template_);
}

static void log_message(const nf_teller *t, const nf_element *a, nf_buffer *out)
{
    const nf_element *template_ = nf_element_part(a, "MessageTemplate");
    nf_buffer_text(out, "log ");
    lower(out, nf_element_string(a, "Level", "Info"));
    nf_buffer_format(out, " \"%s\"", template_text(t, template_));
    if (*text_of(a, "Node"))
        nf_buffer_format(out, " to node %s", text_of(a, "Node"));
    if (nf_element_bool(a, "IncludeLatestStackTrace", false))
        nf_buffer_text(out, ", with the latest stack trace");
    end(t);
    template_arguments(t, template_);
}

static void validation_feedback(const nf_teller *t, const nf_element *a,
                                nf_buffer *out)
{
    const nf_element *template_ = nf_element_part(a, "FeedbackTemplate");
    const char *attribute = text_of(a, "Attribute");
    nf_buffer_format(out, "validation feedback on $%s/%s: \"%s\"",
                     text_of(a, "ValidationVariableName"),
                     *attribute ? last_name(attribute)
                                : text_of(a, "Association"),
                     template_text(t, template_));
    end(t);
    template_arguments(t, template_);
}

static void show_page(const nf_teller *t, const nf_element *a, nf_buffer *out)
{
    const nf_element *settings = nf_element_part(a, "FormSettings");
    nf_buffer_format(out, "show page %s", text_of(settings, "Form"));
    end(t);
    nf_tell_arguments(t, settings);
    if (*text_of(a, "NumberOfPagesToClose"))
        nf_tell_detail(t, "pages to close first", "=",
                       text_of(a, "NumberOfPagesToClose"));
}

static void close_page(const nf_teller *t, const nf_element *a, nf_buffer *out)
{
    const char *number = text_of(a, "NumberOfPagesToClose");
    nf_buffer_text(out, "close page");
    if (*number)
        nf_buffer_format(out, "s: %s", number);
    end(t);
}

static void clear_from_device(const nf_teller *t, const nf_element *a,
                              nf_buffer *out)
{
    nf_buffer_format(out, "clear from device: %s", text_of(a, "Entity"));
    end(t);
}

static void plain(const nf_teller *t, const nf_element *a, nf_buffer *out)
{
    nf_buffer_text(out, !strcmp(short_type(a), "ShowHomePageAction")
                            ? "show home page"
                            : "cancel synchronization");
    end(t);
}

/* What becomes of an answer or a text: " -> $Result". */
static void bound_result(nf_buffer *out, const nf_element *handling)
{
    const char *variable = text_of(handling, "ResultVariableName");
    if (*variable && nf_element_bool(handling, "Bind", false))
        nf_buffer_format(out, " -> $%s", variable);
}

static void mapping_call(const nf_teller *t, const nf_element *handling)
{
    const nf_element *mapping = nf_element_part(handling, "ImportMappingCall");
    const char *parameter = text_of(mapping, "ParameterVariableName");
    if (*text_of(mapping, "ReturnValueMapping"))
        nf_tell_detail(t, "import mapping", "=",
                       text_of(mapping, "ReturnValueMapping"));
    if (*parameter)
        nf_tell_detail(t, "mapping parameter", "= $", parameter);
}

static void rest_call(const nf_teller *t, const nf_element *a, nf_buffer *out)
{
    char seconds[24];
    const nf_element *http = nf_element_part(a, "HttpConfiguration");
    const nf_element *location =
        nf_element_part(http, "CustomLocationTemplate");
    const nf_element *handling = nf_element_part(a, "ResultHandling");
    const nf_element *request = nf_element_part(a, "RequestHandling");
    const nf_element *body = nf_element_part(request, "Template");
    size_t headers = nf_element_count(http, "HttpHeaderEntries");
    nf_buffer_format(out, "call REST %s \"%s\"",
                     nf_element_string(http, "HttpMethod", "Post"),
                     location ? template_text(t, location)
                              : text_of(http, "CustomLocation"));
    bound_result(out, handling);
    end(t);
    template_arguments(t, location);
    for (size_t i = 0; i < headers; i++) {
        const nf_element *header =
            nf_element_item(http, "HttpHeaderEntries", i);
        nf_tell_detail(t, text_of(header, "Key"), "=",
                       text_of(header, "Value"));
    }
    if (*text_of(request, "MappingId"))
        nf_tell_detail(t, "export mapping", "=", text_of(request, "MappingId"));
    if (*text_of(request, "MappingVariableName"))
        nf_tell_detail(t, "exported", "= $",
                       text_of(request, "MappingVariableName"));
    if (*template_text(t, body))
        nf_tell_detail(t, "body", "=", template_text(t, body));
    template_arguments(t, body);
    mapping_call(t, handling);
    /* Before Mendix 7.15 it is a number. */
    snprintf(seconds, sizeof seconds, "%lld",
             (long long)nf_element_int(a, "TimeOut", 300));
    if (nf_element_bool(a, "UseRequestTimeOut", true))
        nf_tell_detail(t, "time-out", "=",
                       nf_element_string(a, "TimeOutExpression", seconds));
}

static void import_mapping(const nf_teller *t, const nf_element *a,
                           nf_buffer *out)
{
    const nf_element *handling = nf_element_part(a, "ResultHandling");
    nf_buffer_format(out, "import from $%s",
                     text_of(a, "XmlDocumentVariableName"));
    bound_result(out, handling);
    end(t);
    mapping_call(t, handling);
}

static void export_mapping(const nf_teller *t, const nf_element *a,
                           nf_buffer *out)
{
    const nf_element *handling = nf_element_part(a, "ResultHandling");
    const nf_element *method = nf_element_part(a, "OutputMethod");
    const char *variable = text_of(method, "OutputVariableName");
    const char *file = text_of(method, "TargetDocumentVariableName");
    nf_buffer_format(out, "export $%s by %s",
                     text_of(handling, "MappingVariableName"),
                     text_of(handling, "MappingId"));
    if (*variable)
        nf_buffer_format(out, " -> $%s", variable);
    if (*file)
        nf_buffer_format(out, " into file $%s", file);
    end(t);
}

/* An action without a row below: its stored type and what is set in it. */
static void other_action(const nf_teller *t, const nf_element *a,
                         nf_buffer *out)
{
    nf_buffer_text(out, a->type);
    end(t);
    for (size_t i = 0; i < a->count; i++) {
        const nf_property *property = &a->properties[i];
        if (property->kind == NF_PROPERTY_STRING &&
            property->as.string.length &&
            strcmp(property->name, "ErrorHandlingType") != 0)
            nf_tell_detail(t, property->name, "=", property->as.string.text);
    }
}

static const struct {
    const char *type; /* without "Microflows$" */
    void (*tell)(const nf_teller *t, const nf_element *action, nf_buffer *out);
} actions[] = {
    {"AggregateAction", aggregate},
    {"CancelSynchronizationAction", plain},
    {"CastAction", one_variable},
    {"ChangeAction", change_object},
    {"ChangeListAction", change_list},
    {"ChangeVariableAction", change_variable},
    {"ClearFromClientAction", clear_from_device},
    {"CloseFormAction", close_page},
    {"CommitAction", one_variable},
    {"CreateChangeAction", create_object},
    {"CreateListAction", create_list},
    {"CreateVariableAction", create_variable},
    {"DeleteAction", one_variable},
    {"DownloadFileAction", one_variable},
    {"ExportXmlAction", export_mapping},
    {"ImportXmlAction", import_mapping},
    {"JavaActionCallAction", call},
    {"JavaScriptActionCallAction", call},
    {"ListOperationsAction", list_operation},
    {"LogMessageAction", log_message},
    {"MicroflowCallAction", call},
    {"NanoflowCallAction", call},
    {"PushToClientAction", one_variable},
    {"RestCallAction", rest_call},
    {"RetrieveAction", retrieve},
    {"RollbackAction", one_variable},
    {"ShowFormAction", show_page},
    {"ShowHomePageAction", plain},
    {"ShowMessageAction", show_message},
    {"SynchronizeAction", synchronize},
    {"ValidationFeedbackAction", validation_feedback},
};

void nf_tell_action(const nf_teller *t, const nf_element *activity,
                    nf_buffer *out)
{
    const nf_element *action = nf_element_part(activity, "Action");
    if (nf_element_bool(activity, "Disabled", false))
        nf_buffer_text(out, "(disabled) ");
    if (!nf_element_bool(activity, "AutoGenerateCaption", true))
        nf_buffer_format(out, "'%s': ", text_of(activity, "Caption"));
    if (!action) {
        nf_buffer_text(out, "activity without an action");
        end(t);
        return;
    }
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
        if (!strcmp(short_type(action), actions[i].type)) {
            actions[i].tell(t, action, out);
            return;
        }
    other_action(t, action, out);
}
