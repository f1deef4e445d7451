/* Activities that the Mendix runtime hands to something else: mappings, web
 * services, workflows, documents, metrics and their kin (activities 1.1, M27).
 * None is built in. The host answers for one, or a mock, under the name
 * "ImportXml Module.Mapping"; else it fails with unsupported_activity when it
 * is reached, and the other ways through its flow work. */
#include "activities/activities.h"
#include "activities/host_call.h"
#include "activities/outside.h"

#include <stdio.h>
#include <string.h>

typedef enum input_kind {
    INPUT_VARIABLE,   /* the property names one; "" none */
    INPUT_EXPRESSION, /* blank: none */
    INPUT_TEMPLATE,
    INPUT_TEXT,
    INPUT_MAPPINGS /* a list of parts, each with a name and an expression */
} input_kind;

typedef struct input {
    const char *name; /* of the argument; of mappings the property with it */
    const char *path; /* to the property, by parts: "ResultHandling.Bind" */
    input_kind kind;
    const char *value; /* of mappings, the property with the expression */
} input;

typedef enum output_kind {
    OUTPUT_NONE,
    OUTPUT_UNKNOWN, /* the model does not say it in the activity */
    OUTPUT_BOOLEAN,
    OUTPUT_STRING,
    OUTPUT_OBJECT, /* of `type`, an entity */
    OUTPUT_LIST,
    OUTPUT_CONTEXT, /* an object of the entity of the workflow */
    OUTPUT_STORED   /* `type` is the path to the data type */
} output_kind;

enum { NAMES = 2, INPUTS = 5 };

typedef struct outside {
    const char *type;         /* stored */
    const char *names[NAMES]; /* properties with what is asked for */
    input inputs[INPUTS];
    output_kind output;
    const char *variable; /* the property that names it … */
    const char *stored;   /* … and the one that says whether it is used */
    const char *result;
} outside;

#define WORKFLOW                                                               \
    {                                                                          \
        "Workflow", "WorkflowVariable", INPUT_VARIABLE, NULL                   \
    }
#define METER                                                                  \
    .names = {"Name"}, .inputs = {{"Value", "Value", INPUT_EXPRESSION, NULL}}
#define LOCK                                                                   \
    .names = {"Workflow", "WorkflowSelection.Workflow"},                       \
    .inputs = {{"Workflow", "WorkflowSelection.WorkflowDefinitionVariable",    \
                INPUT_VARIABLE, NULL},                                         \
               {"Workflow", "WorkflowSelection.WorkflowVariable",              \
                INPUT_VARIABLE, NULL}}

static const outside outsides[] = {
    {"Microflows$AppServiceCallAction", .names = {"AppServiceAction"},
     .inputs = {{"Parameter", "ParameterMappings", INPUT_MAPPINGS, "Argument"}},
     .output = OUTPUT_UNKNOWN, .variable = "OutputVariableName",
     .stored = "UseVariable"},
    {"Microflows$ApplyJumpToOptionAction",
     .inputs = {{"Details", "WorkflowJumpToDetailsVariable", INPUT_VARIABLE,
                 NULL}},
     .output = OUTPUT_BOOLEAN, .variable = "OutputVariableName"},
    {"Microflows$CallExternalAction", .names = {"ConsumedODataService", "Name"},
     .inputs = {{"ParameterName", "ParameterMappings", INPUT_MAPPINGS,
                 "Argument"}},
     .output = OUTPUT_STORED, .variable = "VariableName",
     .result = "VariableDataType"},
    {"Microflows$CallWebServiceAction",
     .names = {"ImportedService", "OperationName"},
     .inputs = {{"ParameterName", "RequestHeaderHandling.ParameterMappings",
                 INPUT_MAPPINGS, "Argument"},
                {"ParameterName", "RequestBodyHandling.ParameterMappings",
                 INPUT_MAPPINGS, "Argument"},
                {"Object", "RequestBodyHandling.MappingVariableName",
                 INPUT_VARIABLE, NULL},
                {"Header", "RequestHeaderHandling.Template", INPUT_TEMPLATE,
                 NULL},
                {"Body", "RequestBodyHandling.Template", INPUT_TEMPLATE, NULL}},
     .output = OUTPUT_STORED,
     .variable = "NewResultHandling.ResultVariableName",
     .stored = "NewResultHandling.Bind",
     .result = "NewResultHandling.VariableType"},
    {"Microflows$CounterMeterAction", METER},
    {"Microflows$DeleteExternalObject",
     .inputs = {{"Object", "DeleteVariableName", INPUT_VARIABLE, NULL}}},
    {"DatabaseConnector$ExecuteDatabaseQueryAction", .names = {"Query"},
     .inputs = {{"DynamicQuery", "DynamicQuery", INPUT_EXPRESSION, NULL},
                {"ParameterName", "ParameterMappings", INPUT_MAPPINGS, "Value"},
                {"ParameterName", "ConnectionParameterMappings", INPUT_MAPPINGS,
                 "Value"}},
     .output = OUTPUT_UNKNOWN, .variable = "OutputVariableName"},
    {"Microflows$ExportXmlAction", .names = {"ResultHandling.MappingId"},
     .inputs = {{"Object", "ResultHandling.MappingVariableName", INPUT_VARIABLE,
                 NULL},
                {"File", "OutputMethod.TargetDocumentVariableName",
                 INPUT_VARIABLE, NULL}},
     .output = OUTPUT_STRING, .variable = "OutputMethod.OutputVariableName"},
    {"Microflows$GaugeMeterAction", METER},
    {"Microflows$GenerateDocumentAction", .names = {"DocumentTemplate"},
     .inputs = {{"WidgetName", "ParameterMappings", INPUT_MAPPINGS, "Argument"},
                {"File", "FileVariableName", INPUT_VARIABLE, NULL},
                {"Type", "DocumentType", INPUT_TEXT, NULL}}},
    {"Microflows$GenerateJumpToOptionsAction", .inputs = {WORKFLOW},
     .output = OUTPUT_OBJECT, .variable = "OutputVariableName",
     .result = "System.WorkflowJumpToDetails"},
    {"Microflows$GetWorkflowActivityRecordsAction", .inputs = {WORKFLOW},
     .output = OUTPUT_LIST, .variable = "OutputVariableName",
     .result = "System.WorkflowActivityRecord"},
    {"Microflows$GetWorkflowDataAction", .names = {"Workflow"},
     .inputs = {WORKFLOW}, .output = OUTPUT_CONTEXT,
     .variable = "OutputVariableName"},
    {"Microflows$GetWorkflowsAction",
     .inputs = {{"Context", "WorkflowContextVariableName", INPUT_VARIABLE,
                 NULL}},
     .output = OUTPUT_LIST, .variable = "OutputVariableName",
     .result = "System.Workflow"},
    {"Microflows$ImportXmlAction",
     .names = {"ResultHandling.ImportMappingCall.ReturnValueMapping"},
     .inputs = {{"Document", "XmlDocumentVariableName", INPUT_VARIABLE, NULL},
                {"Parameter",
                 "ResultHandling.ImportMappingCall.ParameterVariableName",
                 INPUT_VARIABLE, NULL}},
     .output = OUTPUT_STORED, .variable = "ResultHandling.ResultVariableName",
     .stored = "ResultHandling.Bind", .result = "ResultHandling.VariableType"},
    {"Microflows$IncrementCounterMeterAction", .names = {"Name"}},
    {"Microflows$LockWorkflowAction", LOCK},
    {"Microflows$MLModelCallAction", .names = {"MlMappingDocument"},
     .inputs = {{"Input", "InputVariableName", INPUT_VARIABLE, NULL}},
     .output = OUTPUT_UNKNOWN, .variable = "VariableName"},
    {"Microflows$NotifyWorkflowAction", .names = {"Activity"},
     .inputs = {WORKFLOW}, .output = OUTPUT_BOOLEAN,
     .variable = "OutputVariableName"},
    {"Microflows$OpenUserTaskAction",
     .inputs = {{"UserTask", "UserTaskVariable", INPUT_VARIABLE, NULL}}},
    {"Microflows$OpenWorkflowAction", .inputs = {WORKFLOW}},
    {"Microflows$RestOperationCallAction", .names = {"Operation"},
     .inputs = {{"Parameter", "ParameterMappings", INPUT_MAPPINGS, "Value"},
                {"QueryParameter", "QueryParameterMappings", INPUT_MAPPINGS,
                 "Value"},
                {"BaseUrl", "BaseUrlParameterMapping.Value", INPUT_EXPRESSION,
                 NULL},
                {"Body", "BodyVariable.VariableName", INPUT_VARIABLE, NULL}},
     .output = OUTPUT_UNKNOWN, .variable = "OutputVariable.VariableName"},
    {"Microflows$SendEmailAction",
     .inputs = {{"To", "EmailMessage.To", INPUT_TEXT, NULL},
                {"Cc", "EmailMessage.Cc", INPUT_TEXT, NULL},
                {"Subject", "EmailMessage.Subject", INPUT_TEXT, NULL},
                {"Text", "EmailMessage.MessageBodyPlainText", INPUT_TEXT, NULL},
                {"Html", "EmailMessage.MessageBodyHtml", INPUT_TEXT, NULL}}},
    {"Microflows$SendExternalObject",
     .inputs = {{"Object", "VariableNameToBeSent", INPUT_VARIABLE, NULL}}},
    {"Microflows$SetTaskOutcomeAction",
     .inputs = {{"UserTask", "WorkflowTaskVariable", INPUT_VARIABLE, NULL},
                {"Outcome", "OutcomeValue", INPUT_TEXT, NULL}}},
    {"Microflows$TransformJsonAction", .names = {"Transformation"},
     .inputs = {{"Input", "InputVariableName", INPUT_VARIABLE, NULL}},
     .output = OUTPUT_STRING, .variable = "OutputVariableName"},
    {"Microflows$UnlockWorkflowAction", LOCK},
    {"Microflows$WorkflowCallAction", .names = {"Workflow"},
     .inputs = {{"Context", "WorkflowContextVariable", INPUT_VARIABLE, NULL}},
     .output = OUTPUT_OBJECT, .variable = "OutputVariableName",
     .stored = "UseReturnVariable", .result = "System.Workflow"},
    {"Microflows$WorkflowOperationAction", .names = {"Operation.$Type"},
     .inputs = {{"Workflow", "Operation.WorkflowVariable", INPUT_VARIABLE,
                 NULL},
                {"Reason", "Operation.Reason", INPUT_TEMPLATE, NULL}}},
};

/* ---- paths ----------------------------------------------------------------
 */

/* The part that holds the property at the end of the path, and its name. NULL:
 * the part is not there. */
static const nf_element *holder_of(const nf_element *action, const char *path,
                                   const char **property)
{
    const char *dot;

    for (; action && (dot = strchr(path, '.')); path = dot + 1) {
        char part[64];

        snprintf(part, sizeof part, "%.*s", (int)(dot - path), path);
        action = nf_element_part(action, part);
    }
    *property = path;
    return action;
}

static const char *after(const char *text, char mark)
{
    const char *at = strrchr(text, mark);

    return at ? at + 1 : text;
}

static const char *text_at(const nf_element *action, const char *path)
{
    const char *property;
    const nf_element *holder = path ? holder_of(action, path, &property) : NULL;

    if (!holder)
        return "";
    return strcmp(property, "$Type") == 0
               ? after(holder->type, '$')
               : nf_element_string(holder, property, "");
}

/* ---- names ----------------------------------------------------------------
 */

/* "WorkflowCall Module.Approve", from the stored type and what it names. */
static const char *name_of(nf_binder *binder, const outside *o,
                           const nf_element *action)
{
    const char *type = after(o->type, '$');
    size_t length = strlen(type);
    nf_buffer name;
    const char *copy;
    char between = ' ';

    if (length > 6 && strcmp(type + length - 6, "Action") == 0)
        length -= 6;
    nf_buffer_init(&name, NF_ERROR_MESSAGE_SIZE);
    nf_buffer_format(&name, "%.*s", (int)length, type);
    for (size_t i = 0; i < NAMES; i++) {
        const char *text = text_at(action, o->names[i]);

        if (!*text)
            continue;
        nf_buffer_format(&name, "%c%s", between, text);
        between = '.';
    }
    copy = name.failed && !name.full ? NULL
                                     : nf_arena_strdup(nf_bind_arena(binder),
                                                       nf_buffer_string(&name));
    nf_buffer_dispose(&name);
    return copy;
}

/* ---- inputs ---------------------------------------------------------------
 */

typedef struct signature {
    nf_parameter *parameters;
    nf_host_argument *arguments;
    uint32_t *order;
    size_t count;
} signature;

static nf_host_argument *add(signature *s, const char *name, nf_type type)
{
    s->order[s->count] = (uint32_t)s->count;
    s->parameters[s->count] = (nf_parameter){
        .name = name, .qualified = name, .type = type, .special = ""};
    return &s->arguments[s->count++];
}

static void add_variable(nf_binder *binder, signature *s, const char *name,
                         const char *variable)
{
    nf_bound_variable bound;

    if (!*variable)
        return;
    bound = nf_bind_variable(binder, variable, NF_KIND_UNKNOWN);
    add(s, name, bound.type)->variable = bound;
}

static void add_expression(nf_binder *binder, signature *s, const char *name,
                           const char *text)
{
    nf_bound_expression bound = nf_bind_expression(binder, text, NULL, name);

    if (bound.present)
        add(s, name, bound.type)->expression = bound;
}

/* What is mapped is an expression or, of web services, a variable. */
static void add_mappings(nf_binder *binder, signature *s, const input *in,
                         const nf_element *holder, const char *property)
{
    for (size_t i = 0; i < nf_element_count(holder, property); i++) {
        const nf_element *mapping = nf_element_item(holder, property, i);
        const char *name = after(nf_element_string(mapping, in->name, ""), '.');

        add_expression(binder, s, name,
                       nf_element_string(mapping, in->value, ""));
        add_variable(
            binder, s, name,
            nf_element_string(mapping, "MappingArgumentVariableName", ""));
    }
}

static void add_input(nf_binder *binder, signature *s, const input *in,
                      const nf_element *action)
{
    const nf_type string = {.kind = NF_KIND_STRING};
    const char *property;
    const nf_element *holder = holder_of(action, in->path, &property), *part;
    nf_host_argument *argument;

    switch (in->kind) {
    case INPUT_VARIABLE:
        add_variable(binder, s, in->name, text_at(action, in->path));
        break;
    case INPUT_EXPRESSION:
        add_expression(binder, s, in->name, text_at(action, in->path));
        break;
    case INPUT_TEXT:
        add(s, in->name, string)->text = text_at(action, in->path);
        break;
    case INPUT_TEMPLATE:
        part = nf_element_part(holder, property);
        if (!part)
            break;
        argument = add(s, in->name, string);
        argument->is_template = true;
        argument->text_template = nf_bind_template(binder, part);
        break;
    case INPUT_MAPPINGS:
        add_mappings(binder, s, in, holder, property);
        break;
    }
}

static size_t most_inputs(const outside *o, const nf_element *action)
{
    size_t count = INPUTS;

    for (size_t i = 0; i < INPUTS && o->inputs[i].name; i++) {
        const char *property;
        const nf_element *holder =
            holder_of(action, o->inputs[i].path, &property);

        if (o->inputs[i].kind == INPUT_MAPPINGS)
            count += 2 * nf_element_count(holder, property);
    }
    return count;
}

/* ---- the result -----------------------------------------------------------
 */

static nf_type object_of(nf_binder *binder, nf_kind kind, const char *entity)
{
    return (nf_type){.kind = kind,
                     .entity =
                         nf_model_find_entity(nf_bind_model(binder), entity)};
}

/* The entity of a workflow's parameter. */
static nf_type context_of(nf_binder *binder, const char *workflow)
{
    const nf_document *document = nf_model_find_document(
        nf_bind_model(binder), "Workflows$Workflow", workflow);
    nf_error problem = {0};
    const nf_element *element =
        document ? nf_document_element(document, &problem) : NULL;

    return object_of(
        binder, NF_KIND_OBJECT,
        nf_element_string(nf_element_part(element, "Parameter"), "Entity", ""));
}

static nf_type result_of(nf_binder *binder, const outside *o,
                         const nf_element *action)
{
    const char *property;
    const nf_element *holder;

    switch (o->output) {
    case OUTPUT_BOOLEAN:
        return (nf_type){.kind = NF_KIND_BOOLEAN};
    case OUTPUT_STRING:
        return (nf_type){.kind = NF_KIND_STRING};
    case OUTPUT_OBJECT:
        return object_of(binder, NF_KIND_OBJECT, o->result);
    case OUTPUT_LIST:
        return object_of(binder, NF_KIND_LIST, o->result);
    case OUTPUT_CONTEXT:
        return context_of(binder, text_at(action, o->names[0]));
    case OUTPUT_STORED:
        holder = holder_of(action, o->result, &property);
        return nf_model_data_type(nf_bind_model(binder),
                                  nf_element_part(holder, property));
    default:
        return (nf_type){.kind = NF_KIND_UNKNOWN};
    }
}

static bool is_stored(const outside *o, const nf_element *action)
{
    const char *property;
    const nf_element *holder =
        o->stored ? holder_of(action, o->stored, &property) : NULL;

    return !holder || nf_element_bool(holder, property, true);
}

/* ---- bind -----------------------------------------------------------------
 */

static const outside *find(const char *type)
{
    for (size_t i = 0; i < sizeof outsides / sizeof *outsides; i++)
        if (strcmp(outsides[i].type, type) == 0)
            return &outsides[i];
    return NULL;
}

void nf_outside_warn(nf_binder *binder, const char *what)
{
    nf_bind_warning(binder, "unsupported_activity",
                    "%s is not built in: unless the host or a mock answers for "
                    "it, the activity fails when it is reached",
                    what);
}

/* A signature as that of a code action, made from the activity. */
static nf_flow *make_flow(nf_binder *binder, nf_host_call *bound,
                          const outside *o, const nf_element *action)
{
    nf_flow *flow = nf_bind_alloc(binder, sizeof *flow);
    size_t most = most_inputs(o, action);
    signature s = {
        .parameters = nf_bind_alloc(binder, most * sizeof *s.parameters),
        .arguments = nf_bind_alloc(binder, most * sizeof *s.arguments),
        .order = nf_bind_alloc(binder, most * sizeof *s.order)};

    if (!flow || !s.parameters || !s.arguments || !s.order)
        return NULL;
    for (size_t i = 0; i < INPUTS && o->inputs[i].name; i++)
        add_input(binder, &s, &o->inputs[i], action);
    flow->kind = NF_FLOW_ACTIVITY;
    flow->qualified = name_of(binder, o, action);
    flow->parameters = s.parameters;
    flow->parameter_count = s.count;
    flow->result = result_of(binder, o, action);
    bound->arguments = s.arguments;
    bound->order = s.order;
    bound->order_count = s.count;
    return flow->qualified ? flow : NULL;
}

static nf_status bind(nf_binder *binder, const nf_element *action, void **out)
{
    const outside *o = find(action->type);
    nf_host_call *bound = nf_bind_alloc(binder, sizeof *bound);
    nf_flow *flow = bound && o ? make_flow(binder, bound, o, action) : NULL;
    char what[512];

    if (!flow)
        return NF_NOMEM;
    bound->flow = flow;
    bound->output.slot = -1;
    if (o->output != OUTPUT_NONE && is_stored(o, action))
        bound->output =
            nf_bind_output(binder, text_at(action, o->variable), flow->result);
    bound->unanswered = "unsupported_activity";
    bound->bad_result = "type_mismatch";
    snprintf(what, sizeof what, "\"%s\"", flow->qualified);
    nf_outside_warn(binder, what);
    *out = bound;
    return NF_OK;
}

static nf_status execute(nf_call *call, const void *data, void **state,
                         nf_error *err)
{
    return nf_host_call_execute(call, data, NULL, state, err);
}

/* ---- rows -----------------------------------------------------------------
 */

#define OUTSIDE(name, stored, text)                                            \
    const nf_activity nf_activity_##name = {                                   \
        .type = stored,                                                        \
        .caption = text,                                                       \
        .flags = NF_ACTIVITY_MICROFLOW | NF_ACTIVITY_HOST,                     \
        .bind = bind,                                                          \
        .execute = execute,                                                    \
        .cancel = nf_host_call_cancel,                                         \
    };
NF_OUTSIDE_ACTIVITIES(OUTSIDE)
