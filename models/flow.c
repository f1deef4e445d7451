/* Signatures of flows, code actions and pages, and data types (model-format
 * 4.1, 4.5, 4.10). A signature is made when it is first asked for and kept
 * with its document. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/suggest.h"
#include "models/model_internal.h"

const char *nf_flow_kind_type(nf_flow_kind kind)
{
    switch (kind) {
    case NF_FLOW_NANOFLOW:
        return "Microflows$Nanoflow";
    case NF_FLOW_MICROFLOW:
        return "Microflows$Microflow";
    case NF_FLOW_RULE:
        return "Microflows$Rule";
    case NF_FLOW_JAVASCRIPT_ACTION:
        return "JavaScriptActions$JavaScriptAction";
    case NF_FLOW_JAVA_ACTION:
        return "JavaActions$JavaAction";
    case NF_FLOW_ACTIVITY:
        return "Microflows$ActionActivity";
    case NF_FLOW_PAGE:
        break;
    }
    return "Forms$Page";
}

/* ---- data types ---------------------------------------------------------- */

static nf_type entity_type(const nf_model *model, const nf_element *element,
                           nf_kind kind)
{
    const char *name = nf_element_string(element, "Entity", "");
    nf_type type = {.kind = kind};

    type.entity = nf_model_find_entity(model, name);
    if (!type.entity)
        type.kind = NF_KIND_UNKNOWN;
    return type;
}

static nf_type enumeration_type(const nf_model *model,
                                const nf_element *element)
{
    nf_type type = {.kind = NF_KIND_ENUMERATION};

    type.enumeration = nf_model_find_enumeration(
        model, nf_element_string(element, "Enumeration", ""));
    if (!type.enumeration)
        type.kind = NF_KIND_UNKNOWN;
    return type;
}

/* CodeActions$ListType names its entity in a part. */
static nf_type list_type(const nf_model *model, const nf_element *element)
{
    const nf_element *parameter = nf_element_part(element, "Parameter");

    if (parameter)
        element = parameter;
    if (nf_element_is(element, "CodeActions$ParameterizedEntityType"))
        return (nf_type){.kind = NF_KIND_LIST};
    return entity_type(model, element, NF_KIND_LIST);
}

nf_type nf_model_data_type(const nf_model *model, const nf_element *element)
{
    static const struct {
        const char *name;
        nf_kind kind;
    } kinds[] = {
        {"VoidType", NF_KIND_VOID},       {"StringType", NF_KIND_STRING},
        {"BooleanType", NF_KIND_BOOLEAN}, {"IntegerType", NF_KIND_INTEGER},
        {"LongType", NF_KIND_INTEGER},    {"DecimalType", NF_KIND_DECIMAL},
        {"FloatType", NF_KIND_DECIMAL},   {"DateTimeType", NF_KIND_DATETIME},
        {"BinaryType", NF_KIND_BINARY},   {"EmptyType", NF_KIND_EMPTY},
    };
    const char *name = element ? strchr(element->type, '$') : NULL;

    if (!name)
        return (nf_type){.kind = NF_KIND_UNKNOWN};
    name++;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return (nf_type){.kind = kinds[i].kind};
    if (strcmp(name, "ObjectType") == 0 ||
        strcmp(name, "ConcreteEntityType") == 0)
        return entity_type(model, element, NF_KIND_OBJECT);
    if (strcmp(name, "ParameterizedEntityType") == 0)
        return (nf_type){.kind = NF_KIND_OBJECT};
    if (strcmp(name, "ListType") == 0)
        return list_type(model, element);
    if (strcmp(name, "EnumerationType") == 0)
        return enumeration_type(model, element);
    return (nf_type){.kind = NF_KIND_UNKNOWN};
}

/* Before 7.9 a type was a text: a word, the name of an entity, that in brackets
 * for a list, or # and the name of an enumeration. */
static nf_type text_type(const nf_model *model, const char *text)
{
    static const struct {
        const char *word;
        nf_kind kind;
    } words[] = {
        {"", NF_KIND_UNKNOWN},          {"Void", NF_KIND_VOID},
        {"Nothing", NF_KIND_VOID},      {"String", NF_KIND_STRING},
        {"Boolean", NF_KIND_BOOLEAN},   {"Integer", NF_KIND_INTEGER},
        {"Long", NF_KIND_INTEGER},      {"Decimal", NF_KIND_DECIMAL},
        {"Float", NF_KIND_DECIMAL},     {"Currency", NF_KIND_DECIMAL},
        {"DateTime", NF_KIND_DATETIME}, {"Binary", NF_KIND_BINARY},
    };
    nf_type type = {.kind = NF_KIND_OBJECT};
    size_t length = strlen(text);
    char name[512];

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i].word, text) == 0)
            return (nf_type){.kind = words[i].kind};
    if (text[0] == '#') {
        type.kind = NF_KIND_ENUMERATION;
        type.enumeration = nf_model_find_enumeration(model, text + 1);
        return type.enumeration ? type : (nf_type){.kind = NF_KIND_UNKNOWN};
    }
    if (text[0] == '[' && text[length - 1] == ']' && length - 2 < sizeof name) {
        memcpy(name, text + 1, length - 2);
        name[length - 2] = 0;
        text = name;
        type.kind = NF_KIND_LIST;
    }
    type.entity = nf_model_find_entity(model, text);
    return type.entity ? type : (nf_type){.kind = NF_KIND_UNKNOWN};
}

nf_type nf_model_type_of(const nf_model *model, const nf_element *holder,
                         const char *part, const char *text)
{
    const nf_element *type = nf_element_part(holder, part);

    return type ? nf_model_data_type(model, type)
                : text_type(model, nf_element_string(holder, text, ""));
}

/* ---- parameters ---------------------------------------------------------- */

/* What a code action parameter is when it is no value. */
static const char *special_kind(const nf_element *type)
{
    static const struct {
        const char *part, *special;
    } kinds[] = {
        {"EntityTypeParameterType", "entity"},
        {"NanoflowJavaScriptActionParameterType", "nanoflow"},
        {"MicroflowJavaScriptActionParameterType", "microflow"},
        {"MicroflowJavaActionParameterType", "microflow"},
        {"ImportMappingJavaActionParameterType", "import mapping"},
        {"ExportMappingJavaActionParameterType", "export mapping"},
        {"CustomBlobDocumentParameterType", "document"},
    };
    const char *name = type ? strchr(type->type, '$') : NULL;

    for (size_t i = 0; name && i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].part, name + 1) == 0)
            return kinds[i].special;
    return "";
}

static nf_type code_action_type(const nf_model *model, const nf_element *type)
{
    const char *name = type ? strchr(type->type, '$') : NULL;

    if (name && strcmp(name + 1, "BasicParameterType") == 0)
        return nf_model_data_type(model, nf_element_part(type, "Type"));
    if (name && strcmp(name + 1, "StringTemplateParameterType") == 0)
        return (nf_type){.kind = NF_KIND_STRING};
    return (nf_type){.kind = NF_KIND_UNKNOWN};
}

static nf_status add_parameter(nf_model *model, nf_flow *flow,
                               nf_parameter *out, const nf_element *element,
                               nf_error *err)
{
    const nf_element *type = nf_element_part(element, "VariableType");
    bool code_action = flow->kind == NF_FLOW_JAVASCRIPT_ACTION ||
                       flow->kind == NF_FLOW_JAVA_ACTION;

    if (!type)
        type = nf_element_part(element, "ParameterType"); /* MF-F1 */
    if (!type)
        type = nf_element_part(element, "JavaType");
    out->name = nf_element_string(element, "Name", "");
    out->qualified =
        nf_arena_format(model->arena, "%s.%s", flow->qualified, out->name);
    if (!out->qualified)
        return nf_error_nomem(err);
    if (code_action)
        out->type = code_action_type(model, type);
    else
        out->type = type ? nf_model_data_type(model, type)
                         : nf_model_type_of(model, element, "", "Type");
    out->special = code_action ? special_kind(type) : "";
    out->required = nf_element_bool(element, "IsRequired", true);
    out->default_value = nf_element_string(element, "DefaultValue", "");
    out->id = element->id;
    flow->parameter_count++;
    return NF_OK;
}

static nf_status add_parameters(nf_model *model, nf_flow *flow,
                                const nf_element *holder, const char *list,
                                const char *only, nf_error *err)
{
    size_t count = nf_element_count(holder, list);
    nf_parameter *parameters =
        nf_arena_array(model->arena, count, sizeof *parameters);

    if (!parameters)
        return nf_error_nomem(err);
    flow->parameters = parameters;
    for (size_t i = 0; i < count; i++) {
        const nf_element *element = nf_element_item(holder, list, i);
        nf_status status;

        if (!element || (only && !nf_element_is(element, only)))
            continue;
        status = add_parameter(model, flow, &parameters[flow->parameter_count],
                               element, err);
        if (status)
            return status;
    }
    return NF_OK;
}

/* ---- signatures ---------------------------------------------------------- */

static nf_status fill_flow(nf_model *model, nf_flow *flow, nf_error *err)
{
    const nf_element *e = flow->element;
    const nf_element *result = nf_element_part(e, "MicroflowReturnType");

    flow->result.kind = NF_KIND_VOID;
    if (!nf_build_strings(model, &flow->allowed_roles,
                          &flow->allowed_role_count, e, "AllowedModuleRoles"))
        return nf_error_nomem(err);
    if (flow->kind == NF_FLOW_PAGE)
        return add_parameters(model, flow, e, "Parameters", NULL, err);
    if (flow->kind == NF_FLOW_JAVASCRIPT_ACTION ||
        flow->kind == NF_FLOW_JAVA_ACTION) {
        result = nf_element_part(e, "JavaReturnType");
        if (result)
            flow->result = nf_model_data_type(model, result);
        return add_parameters(model, flow, e, "Parameters", NULL, err);
    }
    if (result || nf_element_string(e, "ReturnType", "")[0])
        flow->result =
            nf_model_type_of(model, e, "MicroflowReturnType", "ReturnType");
    flow->apply_entity_access = nf_element_bool(e, "ApplyEntityAccess", false);
    flow->list_by_reference =
        nf_element_bool(e, "UseListParameterByReference", false);
    return add_parameters(model, flow, nf_element_part(e, "ObjectCollection"),
                          "Objects", "Microflows$MicroflowParameter", err);
}

static nf_status make_flow(nf_model *model, nf_document_item *item,
                           nf_flow_kind kind, nf_error *err)
{
    nf_flow *flow = nf_arena_alloc(model->arena, sizeof *flow);
    nf_status status;

    if (!flow)
        return nf_error_nomem(err);
    flow->document = &item->document;
    flow->kind = kind;
    flow->qualified = item->document.qualified;
    flow->element = atomic_load(&item->unit->element);
    status = fill_flow(model, flow, err);
    if (!status)
        item->flow = flow;
    return status;
}

static nf_status not_found(const nf_model *model, nf_flow_kind kind,
                           const char *key, const char *qualified,
                           nf_error *err)
{
    if (nf_map_get(model->excluded_index, key))
        return nf_error_set(err, NF_USAGE, "excluded_document",
                            "\"%s\" is excluded from the app", qualified);
    nf_suggestion near = {.name = qualified};
    for (size_t i = 0; i < nf_model_document_count(model); i++) {
        const nf_document *d = nf_model_document(model, i);
        if (strcmp(d->type, nf_flow_kind_type(kind)) == 0)
            nf_suggest(&near, d->qualified);
    }
    char hint[NF_ERROR_NAME_SIZE];
    return nf_error_set(err, NF_USAGE, "not_found",
                        "the model has no %s \"%s\"%s",
                        strchr(nf_flow_kind_type(kind), '$') + 1, qualified,
                        nf_suggestion_text(&near, "", hint, sizeof hint));
}

nf_status nf_model_flow(const nf_flow **out, const nf_model *model,
                        nf_flow_kind kind, const char *qualified, nf_error *err)
{
    nf_model *self = (nf_model *)(uintptr_t)model; /* the cache, locked */
    nf_document_item *item;
    nf_status status = NF_OK;
    nf_error own = {0};
    char key[1024];
    int length =
        snprintf(key, sizeof key, "%s %s", nf_flow_kind_type(kind), qualified);

    *out = NULL;
    item = length >= 0 && (size_t)length < sizeof key
               ? nf_map_get(model->document_index, key)
               : NULL;
    if (!item)
        return not_found(model, kind, key, qualified, err);
    if (item->unit->conflict)
        return nf_error_set(err, NF_INPUT, "bad_model",
                            "\"%s\" has an unresolved version-control "
                            "conflict",
                            qualified);
    if (!nf_document_element(&item->document, err ? err : &own))
        return err ? err->status : own.status;
    NF_IN_MEMORY(NULL); /* the flow outlives the session that asks first */
    pthread_mutex_lock(&self->lock);
    if (!item->flow)
        status = make_flow(self, item, kind, err);
    *out = item->flow;
    pthread_mutex_unlock(&self->lock);
    return status;
}

const nf_parameter *nf_flow_find_parameter(const nf_flow *flow,
                                           const char *name)
{
    for (size_t i = 0; i < flow->parameter_count; i++)
        if (strcmp(flow->parameters[i].name, name) == 0 ||
            strcmp(flow->parameters[i].qualified, name) == 0)
            return &flow->parameters[i];
    return NULL;
}
