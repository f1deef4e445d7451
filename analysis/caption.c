/* Captions, where the model has none of its own: a verb and what it is about.
 * An action without a row below is called by its stored type. */
#include "analysis/caption.h"
#include "analysis/describe.h"
#include "analysis/label.h"

#include <string.h>

typedef struct writer {
    nf_arena *arena;
    const nf_model *model;
    const nf_element *action;
    nf_buffer text;
    nf_caption *caption;
} writer;

static const char *string(const nf_element *element, const char *name)
{
    return nf_element_string(element, name, "");
}

static const char *last_name(const char *qualified)
{
    const char *dot = strrchr(qualified, '.');
    return dot ? dot + 1 : qualified;
}

static void result(writer *w, const char *property)
{
    if (nf_element_bool(w->action, "UseReturnVariable", true))
        w->caption->variable = string(w->action, property);
}

static void object_type(writer *w, const char *entity, bool list)
{
    if (!*entity)
        return;
    const char *type =
        list ? nf_arena_format(w->arena, "List of %s", last_name(entity))
             : last_name(entity);
    w->caption->type = type ? type : "";
}

/* ---- objects ----------------------------------------------------------- */

static void members(writer *w)
{
    enum { SHOWN = 3 };
    size_t count = nf_element_count(w->action, "Items");
    for (size_t i = 0; i < count && i < SHOWN; i++) {
        const nf_element *item = nf_element_item(w->action, "Items", i);
        const char *attribute = string(item, "Attribute");
        nf_buffer_format(
            &w->text, "%s%s", i ? ", " : " (",
            last_name(*attribute ? attribute : string(item, "Association")));
    }
    if (count)
        nf_buffer_text(&w->text, count > SHOWN ? ", …)" : ")");
}

static void create_object(writer *w)
{
    const char *entity = string(w->action, "Entity");
    nf_buffer_format(&w->text, "Create %s", last_name(entity));
    members(w);
    result(w, "VariableName");
    object_type(w, entity, false);
}

static void change_object(writer *w)
{
    nf_buffer_format(&w->text, "Change $%s",
                     string(w->action, "ChangeVariableName"));
    members(w);
}

static void retrieve(writer *w)
{
    const nf_element *source = nf_element_part(w->action, "RetrieveSource");
    result(w, "ResultVariableName");
    if (nf_element_is(source, "Microflows$AssociationRetrieveSource")) {
        const char *name = string(source, "AssociationId");
        if (!*name)
            name = string(source, "Association");
        nf_buffer_format(&w->text, "Retrieve by %s", last_name(name));
        return;
    }
    bool first = nf_element_bool(nf_element_part(source, "Range"),
                                 "SingleObject", false);
    const char *entity = string(source, "Entity");
    nf_buffer_format(&w->text, "Retrieve %s%s", first ? "first " : "",
                     last_name(entity));
    object_type(w, entity, !first);
}

static void cast(writer *w)
{
    nf_buffer_text(&w->text, "Cast object");
    result(w, "VariableName");
}

/* ---- lists and variables ----------------------------------------------- */

/* "FilterByExpression" -> "filter by expression" */
static void split_words(nf_buffer *out, const char *name, bool capital)
{
    for (const char *p = name; *p; p++) {
        bool upper = *p >= 'A' && *p <= 'Z';
        bool begins = upper && p != name && !(p[-1] >= 'A' && p[-1] <= 'Z');
        if (begins)
            nf_buffer_char(out, ' ');
        nf_buffer_char(out, upper && (p != name || !capital) &&
                                    !(p[1] >= 'A' && p[1] <= 'Z')
                                ? (char)(*p - 'A' + 'a')
                                : *p);
    }
}

static const char *local_type(const nf_element *element)
{
    const char *mark = element ? strchr(element->type, '$') : NULL;
    return mark ? mark + 1 : "";
}

static void list_operation(writer *w)
{
    const nf_element *operation = nf_element_part(w->action, "NewOperation");
    const char *name = local_type(operation);
    const char *other = string(operation, "SecondListOrObjectName");
    split_words(&w->text, name, true);
    nf_buffer_format(&w->text, " $%s", string(operation, "ListName"));
    if (*other)
        nf_buffer_format(&w->text, ", $%s", other);
    result(w, "ResultVariableName");
    if (!strcmp(name, "Contains") || !strcmp(name, "ListEquals"))
        w->caption->type = "Boolean";
}

static void aggregate(writer *w)
{
    const char *function =
        nf_element_string(w->action, "AggregateFunction", "Count");
    const char *attribute = string(w->action, "Attribute");
    nf_buffer_format(&w->text, "%s $%s", function,
                     string(w->action, "AggregateVariableName"));
    if (*attribute && !nf_element_bool(w->action, "UseExpression", false))
        nf_buffer_format(&w->text, "/%s", last_name(attribute));
    result(w, "VariableName");
    if (!strcmp(function, "Count"))
        w->caption->type = "Integer/Long";
    else if (!strcmp(function, "All") || !strcmp(function, "Any"))
        w->caption->type = "Boolean";
}

static void create_list(writer *w)
{
    const char *entity = string(w->action, "Entity");
    nf_buffer_format(&w->text, "Create list of %s", last_name(entity));
    result(w, "VariableName");
    object_type(w, entity, true);
}

static void change_list(writer *w)
{
    static const char *const verbs[][2] = {
        {"Clear", "Clear"}, {"Set", "Set"}, {"Remove", "Remove from"}};
    const char *type = nf_element_string(w->action, "Type", "Add");
    const char *verb = "Add to";
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (!strcmp(type, verbs[i][0]))
            verb = verbs[i][1];
    nf_buffer_format(&w->text, "%s $%s", verb,
                     string(w->action, "ChangeVariableName"));
}

static void create_variable(writer *w)
{
    nf_buffer type;
    nf_buffer_init(&type, NF_BUFFER_MAX);
    nf_buffer_text(&w->text, "Create variable");
    result(w, "VariableName");
    nf_describe_type_of(&type, w->action, "VariableType", "VariableDataType");
    w->caption->type = last_name(nf_label_take(w->arena, &type));
}

static void change_variable(writer *w)
{
    nf_buffer_format(&w->text, "Change $%s",
                     string(w->action, "ChangeVariableName"));
}

/* ---- calls ------------------------------------------------------------- */

static void called_type(writer *w, nf_flow_kind kind, const char *name)
{
    const nf_flow *flow = NULL;
    nf_error ignored = {0};
    if (!w->model || !*w->caption->variable ||
        nf_model_flow(&flow, w->model, kind, name, &ignored) != NF_OK ||
        flow->result.kind == NF_KIND_VOID ||
        flow->result.kind == NF_KIND_UNKNOWN)
        return;
    nf_type type = flow->result;
    if ((type.kind == NF_KIND_LIST || type.kind == NF_KIND_OBJECT) &&
        type.entity) {
        object_type(w, type.entity->qualified, type.kind == NF_KIND_LIST);
        return;
    }
    w->caption->type = type.kind == NF_KIND_ENUMERATION && type.enumeration
                           ? type.enumeration->name
                           : nf_kind_name(type.kind);
}

static void call(writer *w)
{
    static const struct {
        const char *action, *part, *name, *result;
        nf_flow_kind kind;
    } rows[] = {
        {"NanoflowCall", "NanoflowCall", "Nanoflow", "OutputVariableName",
         NF_FLOW_NANOFLOW},
        {"MicroflowCall", "MicroflowCall", "Microflow", "ResultVariableName",
         NF_FLOW_MICROFLOW},
        {"JavaScriptActionCall", NULL, "JavaScriptAction", "OutputVariableName",
         NF_FLOW_JAVASCRIPT_ACTION},
        {"JavaActionCall", NULL, "JavaAction", "ResultVariableName",
         NF_FLOW_JAVA_ACTION},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (strcmp(rows[i].action, w->caption->action) != 0)
            continue;
        const nf_element *target =
            rows[i].part ? nf_element_part(w->action, rows[i].part) : w->action;
        const char *name = string(target, rows[i].name);
        nf_buffer_text(&w->text, last_name(name));
        result(w, rows[i].result);
        called_type(w, rows[i].kind, name);
    }
}

/* ---- the user ---------------------------------------------------------- */

static void template_text(writer *w, const char *part)
{
    const nf_element *template_ = nf_element_part(w->action, part);
    const nf_element *texts = nf_element_part(template_, "Text");
    nf_buffer_text(&w->text, texts && w->model
                                 ? nf_model_text(w->model, texts, NULL)
                                 : string(template_, "Text"));
}

static void show_message(writer *w)
{
    nf_buffer_format(
        &w->text, "%s: ", nf_element_string(w->action, "Type", "Information"));
    template_text(w, "Template");
}

static void log_message(writer *w)
{
    nf_buffer_format(&w->text,
                     "Log %s: ", nf_element_string(w->action, "Level", "Info"));
    template_text(w, "MessageTemplate");
}

static void validation_feedback(writer *w)
{
    const char *attribute = string(w->action, "Attribute");
    nf_buffer_format(
        &w->text, "Feedback on %s: ",
        last_name(*attribute ? attribute : string(w->action, "Association")));
    template_text(w, "FeedbackTemplate");
}

static void show_page(writer *w)
{
    const nf_element *settings = nf_element_part(w->action, "FormSettings");
    nf_buffer_format(&w->text, "Show %s", last_name(string(settings, "Form")));
}

static void synchronize(writer *w)
{
    const char *type = nf_element_string(w->action, "Type", "All");
    if (!strcmp(type, "All")) {
        nf_buffer_text(&w->text, "Synchronize all");
        return;
    }
    nf_buffer_text(&w->text, "Synchronize");
    if (strcmp(type, "Specific") != 0)
        nf_buffer_text(&w->text, " unsynchronized");
    size_t count = nf_element_count(w->action, "VariableNames");
    for (size_t i = 0; i < count && i < 3; i++)
        nf_buffer_format(&w->text, "%s $%s", i ? "," : "",
                         nf_element_item_string(w->action, "VariableNames", i));
    if (count > 3)
        nf_buffer_text(&w->text, ", …");
}

/* ---- integration ------------------------------------------------------- */

static void rest_call(writer *w)
{
    const nf_element *http = nf_element_part(w->action, "HttpConfiguration");
    const nf_element *handling = nf_element_part(w->action, "ResultHandling");
    nf_buffer_text(&w->text, "Call REST ");
    nf_buffer_text(&w->text, nf_element_string(http, "HttpMethod", "Post"));
    if (nf_element_bool(handling, "Bind", false))
        w->caption->variable = string(handling, "ResultVariableName");
}

static void import_mapping(writer *w)
{
    const nf_element *handling = nf_element_part(w->action, "ResultHandling");
    const nf_element *mapping = nf_element_part(handling, "ImportMappingCall");
    nf_buffer_format(&w->text, "Import %s",
                     last_name(string(mapping, "ReturnValueMapping")));
    if (nf_element_bool(handling, "Bind", false))
        w->caption->variable = string(handling, "ResultVariableName");
}

static void export_mapping(writer *w)
{
    const nf_element *handling = nf_element_part(w->action, "ResultHandling");
    nf_buffer_format(&w->text, "Export %s",
                     last_name(string(handling, "MappingId")));
    w->caption->variable = string(nf_element_part(w->action, "OutputMethod"),
                                  "OutputVariableName");
}

/* ---- the table --------------------------------------------------------- */

typedef struct row {
    const char *action; /* stored, without namespace and "Action" */
    nf_family family;
    void (*write)(writer *w); /* NULL: `text`, and the variable named by */
    const char *text, *name;  /* `name` after it */
} row;

static const row rows[] = {
    {"Aggregate", NF_FAMILY_LIST, aggregate, NULL, NULL},
    {"CallWebService", NF_FAMILY_INTEGRATION, NULL, "Call web service", NULL},
    {"CancelSynchronization", NF_FAMILY_SYNCHRONIZE, NULL,
     "Cancel synchronization", NULL},
    {"Cast", NF_FAMILY_OBJECT, cast, NULL, NULL},
    {"Change", NF_FAMILY_OBJECT, change_object, NULL, NULL},
    {"ChangeList", NF_FAMILY_LIST, change_list, NULL, NULL},
    {"ChangeVariable", NF_FAMILY_VARIABLE, change_variable, NULL, NULL},
    {"ClearFromClient", NF_FAMILY_SYNCHRONIZE, NULL, "Clear from device",
     "Entity"},
    {"CloseForm", NF_FAMILY_CLIENT, NULL, "Close page", NULL},
    {"Commit", NF_FAMILY_OBJECT, NULL, "Commit $", "CommitVariableName"},
    {"CreateChange", NF_FAMILY_OBJECT, create_object, NULL, NULL},
    {"CreateList", NF_FAMILY_LIST, create_list, NULL, NULL},
    {"CreateVariable", NF_FAMILY_VARIABLE, create_variable, NULL, NULL},
    {"Delete", NF_FAMILY_OBJECT, NULL, "Delete $", "DeleteVariableName"},
    {"DeleteExternalObject", NF_FAMILY_INTEGRATION, NULL,
     "Delete external object", NULL},
    {"DownloadFile", NF_FAMILY_CLIENT, NULL, "Download $",
     "FileDocumentVariableName"},
    {"ExportXml", NF_FAMILY_INTEGRATION, export_mapping, NULL, NULL},
    {"GenerateDocument", NF_FAMILY_CLIENT, NULL, "Generate document", NULL},
    {"ImportXml", NF_FAMILY_INTEGRATION, import_mapping, NULL, NULL},
    {"JavaActionCall", NF_FAMILY_CALL, call, NULL, NULL},
    {"JavaScriptActionCall", NF_FAMILY_CALL, call, NULL, NULL},
    {"ListOperations", NF_FAMILY_LIST, list_operation, NULL, NULL},
    {"LogMessage", NF_FAMILY_LOG, log_message, NULL, NULL},
    {"MicroflowCall", NF_FAMILY_CALL, call, NULL, NULL},
    {"NanoflowCall", NF_FAMILY_CALL, call, NULL, NULL},
    {"PushToClient", NF_FAMILY_SYNCHRONIZE, NULL, "Synchronize to device $",
     "DataVariableName"},
    {"RestCall", NF_FAMILY_INTEGRATION, rest_call, NULL, NULL},
    {"RestOperationCall", NF_FAMILY_INTEGRATION, NULL, "Send REST request",
     NULL},
    {"Retrieve", NF_FAMILY_RETRIEVE, retrieve, NULL, NULL},
    {"Rollback", NF_FAMILY_OBJECT, NULL, "Roll back $", "RollbackVariableName"},
    {"SendExternalObject", NF_FAMILY_INTEGRATION, NULL, "Send external object",
     NULL},
    {"ShowForm", NF_FAMILY_CLIENT, show_page, NULL, NULL},
    {"ShowHomePage", NF_FAMILY_CLIENT, NULL, "Show home page", NULL},
    {"ShowMessage", NF_FAMILY_CLIENT, show_message, NULL, NULL},
    {"Synchronize", NF_FAMILY_SYNCHRONIZE, synchronize, NULL, NULL},
    {"ValidationFeedback", NF_FAMILY_CLIENT, validation_feedback, NULL, NULL},
};

const char *nf_family_name(nf_family family)
{
    static const char *const names[NF_FAMILY_COUNT] = {
        "object", "retrieve",    "list",        "variable", "call", "client",
        "log",    "synchronize", "integration", "workflow", "other"};
    return names[family];
}

static void write_action(writer *w)
{
    const row *found = NULL;
    for (size_t i = 0; i < sizeof rows / sizeof *rows && !found; i++)
        if (!strcmp(rows[i].action, w->caption->action))
            found = &rows[i];
    if (!found) {
        bool workflow = strstr(w->caption->action, "Workflow") ||
                        strstr(w->caption->action, "UserTask") ||
                        strstr(w->caption->action, "TaskOutcome");
        w->caption->family = workflow ? NF_FAMILY_WORKFLOW : NF_FAMILY_OTHER;
        split_words(&w->text, w->caption->action, true);
        return;
    }
    w->caption->family = found->family;
    if (found->write) {
        found->write(w);
        return;
    }
    size_t length = strlen(found->text);
    nf_buffer_text(&w->text, found->text);
    if (found->name && found->text[length - 1] != '$')
        nf_buffer_char(&w->text, ' ');
    if (found->name)
        nf_buffer_text(&w->text, last_name(string(w->action, found->name)));
}

static void write_activity(writer *w, const nf_element *activity)
{
    nf_caption *caption = w->caption;
    caption->disabled = nf_element_bool(activity, "Disabled", false);
    w->action = nf_element_part(activity, "Action");
    if (!w->action) {
        nf_buffer_text(&w->text, "Not configured");
        return;
    }
    const char *name = local_type(w->action);
    size_t length = strlen(name);
    if (length > 6 && !strcmp(name + length - 6, "Action"))
        length -= 6;
    const char *action = nf_arena_strndup(w->arena, name, length);
    if (!action)
        return;
    caption->action = action;
    write_action(w);
    const char *own = string(activity, "Caption");
    if (*own && !nf_element_bool(activity, "AutoGenerateCaption", true)) {
        nf_buffer_clear(&w->text);
        nf_buffer_text(&w->text, own);
    }
}

static void write_decision(writer *w, const nf_element *split)
{
    const nf_element *condition = nf_element_part(split, "SplitCondition");
    const nf_element *rule = nf_element_part(condition, "RuleCall");
    const char *caption = string(split, "Caption");
    if (*caption)
        nf_buffer_text(&w->text, caption);
    else if (nf_element_is(split, "Microflows$InheritanceSplit"))
        nf_buffer_format(&w->text, "$%s", string(split, "SplitVariableName"));
    else if (rule)
        nf_buffer_text(&w->text, last_name(string(rule, "Microflow")));
    else
        nf_buffer_text(&w->text, string(condition, "Expression"));
}

static void write_loop(writer *w, const nf_element *loop)
{
    const nf_element *source = nf_element_part(loop, "LoopSource");
    if (nf_element_is(source, "Microflows$WhileLoopCondition")) {
        const char *caption = string(source, "Caption");
        nf_buffer_format(&w->text, "While %s",
                         *caption ? caption
                                  : string(source, "WhileExpression"));
        return;
    }
    const nf_element *from = source ? source : loop;
    nf_buffer_format(
        &w->text, "For each $%s in $%s",
        string(from, source ? "VariableName" : "IteratorVariableName"),
        string(from, "ListVariableName"));
}

nf_caption nf_caption_of(nf_arena *arena, const nf_model *model,
                         const nf_element *object)
{
    nf_caption caption = {.text = "",
                          .variable = "",
                          .type = "",
                          .action = "",
                          .family = NF_FAMILY_OTHER};
    writer w = {.arena = arena, .model = model, .caption = &caption};
    const char *type = local_type(object);
    nf_buffer_init(&w.text, NF_BUFFER_MAX);
    if (!strcmp(type, "ActionActivity"))
        write_activity(&w, object);
    else if (!strcmp(type, "ExclusiveSplit") ||
             !strcmp(type, "InheritanceSplit"))
        write_decision(&w, object);
    else if (!strcmp(type, "LoopedActivity"))
        write_loop(&w, object);
    else if (!strcmp(type, "EndEvent"))
        nf_buffer_text(&w.text, string(object, "ReturnValue"));
    else if (!strcmp(type, "Annotation"))
        nf_buffer_text(&w.text, string(object, "Caption"));
    else if (!strcmp(type, "MicroflowParameter") ||
             !strcmp(type, "MicroflowParameterObject"))
        nf_buffer_text(&w.text, string(object, "Name"));
    else if (strcmp(type, "StartEvent") != 0 &&
             strcmp(type, "ExclusiveMerge") != 0 &&
             strcmp(type, "ErrorEvent") != 0 &&
             strcmp(type, "BreakEvent") != 0 &&
             strcmp(type, "ContinueEvent") != 0)
        split_words(&w.text, type, true);
    caption.text = nf_label_take(arena, &w.text);
    return caption;
}

const char *nf_caption_error_handling(const nf_element *object)
{
    const nf_element *action = nf_element_part(object, "Action");
    return string(action ? action : object, "ErrorHandlingType");
}
