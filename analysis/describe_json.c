/* Descriptions as JSON: what docs/describe.md promises, and the stored element
 * under "stored". Readers allow elements to nest 200 deep, so recursion here is
 * bounded. */
#include "analysis/describe_json.h"

#include "base/memory.h"
#include "library/base64.h"

#include <limits.h>
#include <string.h>

/* ---- building ---------------------------------------------------------- */

void nf_json_put(nf_json_writer *w, json_object *object, const char *key,
                 json_object *value)
{
    if (!value || json_object_object_add(object, key, value) < 0)
        w->failed = true;
}

void nf_json_append(nf_json_writer *w, json_object *array, json_object *value)
{
    if (!value || json_object_array_add(array, value) < 0)
        w->failed = true;
}

void nf_json_put_text(nf_json_writer *w, json_object *object, const char *key,
                      const char *text)
{
    nf_json_put(w, object, key, json_object_new_string(text));
}

void nf_json_put_some(nf_json_writer *w, json_object *object, const char *key,
                      const char *text)
{
    if (*text)
        nf_json_put_text(w, object, key, text);
}

void nf_json_put_bool(nf_json_writer *w, json_object *object, const char *key,
                      bool value)
{
    nf_json_put(w, object, key, json_object_new_boolean(value));
}

void nf_json_put_null(nf_json_writer *w, json_object *object, const char *key)
{
    if (!object || json_object_object_add(object, key, NULL) < 0)
        w->failed = true;
}

static void put_buffer(nf_json_writer *w, json_object *object, const char *key,
                       nf_buffer *text)
{
    const char *string = nf_buffer_string(text);
    nf_json_put(w, object, key, string ? json_object_new_string(string) : NULL);
    nf_buffer_dispose(text);
}

void nf_json_put_type(nf_json_writer *w, json_object *object, const char *key,
                      const nf_element *type)
{
    nf_buffer text;
    nf_buffer_init(&text, NF_BUFFER_MAX);
    nf_describe_type(&text, type);
    put_buffer(w, object, key, &text);
}

static void put_value_type(nf_json_writer *w, json_object *object,
                           const char *key, const nf_type *type)
{
    nf_buffer text;
    nf_buffer_init(&text, NF_BUFFER_MAX);
    nf_describe_value_type(&text, type);
    put_buffer(w, object, key, &text);
}

/* ---- stored elements --------------------------------------------------- */

static json_object *stored(nf_json_writer *w, const nf_element *element,
                           const char *const *skipped, size_t depth);

static json_object *new_string(const char *text, size_t length)
{
    return length > INT_MAX ? NULL
                            : json_object_new_string_len(text, (int)length);
}

static json_object *new_guid(const nf_guid *guid)
{
    char text[NF_GUID_TEXT_SIZE];
    nf_guid_text(guid, text);
    return json_object_new_string(text);
}

static json_object *new_binary(const nf_property *p)
{
    char *text = nf_base64_encode(p->as.binary.bytes, p->as.binary.length);
    json_object *value = text ? new_string(text, strlen(text)) : NULL;
    nf_free(text);
    return value;
}

/* Whether json-c's null, which is NULL, is what the property means. */
static bool is_null(const nf_property *p)
{
    return p->kind == NF_PROPERTY_NULL ||
           (p->kind == NF_PROPERTY_ELEMENT && !p->as.element) ||
           /* JSON has no infinities */
           (p->kind == NF_PROPERTY_DOUBLE && p->as.real - p->as.real != 0);
}

static json_object *value_of(nf_json_writer *w, const nf_property *p,
                             size_t depth)
{
    json_object *array;
    switch (p->kind) {
    case NF_PROPERTY_STRING:
        return new_string(p->as.string.text, p->as.string.length);
    case NF_PROPERTY_BOOLEAN:
        return json_object_new_boolean(p->as.boolean);
    case NF_PROPERTY_INT32:
    case NF_PROPERTY_INT64:
    case NF_PROPERTY_DATETIME:
        return json_object_new_int64(p->as.integer);
    case NF_PROPERTY_DOUBLE:
        return json_object_new_double(p->as.real);
    case NF_PROPERTY_GUID:
        return new_guid(&p->as.guid);
    case NF_PROPERTY_BINARY:
        return new_binary(p);
    case NF_PROPERTY_ELEMENT:
        return stored(w, p->as.element, NULL, depth + 1);
    case NF_PROPERTY_LIST:
    case NF_PROPERTY_RAW:
        break;
    case NF_PROPERTY_NULL:
        return NULL;
    }
    array = json_object_new_array();
    for (size_t i = 0; i < p->as.list.count; i++) {
        const nf_property *item = &p->as.list.items[i];
        if (!is_null(item))
            nf_json_append(w, array, value_of(w, item, depth + 1));
        else if (!array || json_object_array_add(array, NULL) < 0)
            w->failed = true;
    }
    return array;
}

static bool is_skipped(const char *const *skipped, const char *name)
{
    for (; skipped && *skipped; skipped++)
        if (!strcmp(*skipped, name))
            return true;
    return false;
}

static json_object *stored(nf_json_writer *w, const nf_element *element,
                           const char *const *skipped, size_t depth)
{
    enum { DEPTH_MAX = 2 * NF_ELEMENT_DEPTH + 16 };
    json_object *object = json_object_new_object();
    nf_json_put_text(w, object, "$Type", element->type);
    nf_json_put(w, object, "$ID", new_guid(&element->id));
    if (depth > DEPTH_MAX) /* no reader gives such a tree */
        return object;
    for (size_t i = 0; i < element->count; i++) {
        const nf_property *p = &element->properties[i];
        if (is_skipped(skipped, p->name))
            continue;
        if (is_null(p))
            nf_json_put_null(w, object, p->name);
        else
            nf_json_put(w, object, p->name, value_of(w, p, depth));
    }
    return object;
}

json_object *nf_json_stored(nf_json_writer *w, const nf_element *element,
                            const char *const *skipped)
{
    return stored(w, element, skipped, 0);
}

/* ---- documents --------------------------------------------------------- */

static void put_enumeration(nf_json_writer *w, json_object *object,
                            const nf_enumeration *enumeration)
{
    json_object *values = json_object_new_array();
    for (size_t i = 0; i < enumeration->count; i++) {
        const nf_enumeration_value *value = &enumeration->values[i];
        json_object *item = json_object_new_object();
        nf_json_put_text(w, item, "name", value->name);
        nf_json_put_text(w, item, "caption",
                         nf_model_text(w->model, value->caption, NULL));
        nf_json_append(w, values, item);
    }
    nf_json_put(w, object, "values", values);
}

static void put_constant(nf_json_writer *w, json_object *object,
                         const nf_constant *constant)
{
    put_value_type(w, object, "type", &constant->type);
    nf_json_put_text(w, object, "default", constant->default_value);
    nf_json_put_bool(w, object, "exposedToClient", constant->exposed_to_client);
}

/* Parameters and result of a page or a code action. */
static void put_signature(nf_json_writer *w, json_object *object,
                          nf_flow_kind kind, const char *qualified)
{
    const nf_flow *flow = NULL;
    json_object *parameters = json_object_new_array();
    if (nf_model_flow(&flow, w->model, kind, qualified, NULL) != NF_OK)
        flow = NULL;
    for (size_t i = 0; flow && i < flow->parameter_count; i++) {
        const nf_parameter *p = &flow->parameters[i];
        json_object *item = json_object_new_object();
        nf_json_put_text(w, item, "name", p->name);
        if (*p->special)
            nf_json_put_text(w, item, "type", p->special);
        else
            put_value_type(w, item, "type", &p->type);
        nf_json_put_bool(w, item, "required", p->required);
        nf_json_append(w, parameters, item);
    }
    nf_json_put(w, object, "parameters", parameters);
    if (kind == NF_FLOW_PAGE)
        return;
    if (flow && flow->result.kind != NF_KIND_VOID)
        put_value_type(w, object, "result", &flow->result);
    else
        nf_json_put_null(w, object, "result");
}

static nf_status put_document(nf_json_writer *w, json_object *object,
                              const nf_named *named, nf_error *err)
{
    static const char *const of_flow[] = {"ObjectCollection", "Flows", NULL};
    static const nf_flow_kind kinds[] = {NF_FLOW_JAVASCRIPT_ACTION,
                                         NF_FLOW_JAVA_ACTION, NF_FLOW_PAGE};
    const nf_document *document = named->document;
    const nf_enumeration *enumeration =
        nf_model_find_enumeration(w->model, document->qualified);
    const nf_constant *constant =
        nf_model_find_constant(w->model, document->qualified);
    bool is_flow = nf_named_is_flow(document->type);
    nf_json_put_bool(w, object, "excluded", document->excluded);
    nf_json_put_text(w, object, "documentation",
                     nf_element_string(named->element, "Documentation", ""));
    if (is_flow) {
        nf_status status = nf_json_flow(w, object, named->element, err);
        if (status != NF_OK)
            return status;
    }
    if (enumeration && !strcmp(document->type, "Enumerations$Enumeration"))
        put_enumeration(w, object, enumeration);
    if (constant && !strcmp(document->type, "Constants$Constant"))
        put_constant(w, object, constant);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (!strcmp(document->type, nf_flow_kind_type(kinds[i])))
            put_signature(w, object, kinds[i], document->qualified);
    nf_json_put(w, object, "stored",
                nf_json_stored(w, named->element, is_flow ? of_flow : NULL));
    return NF_OK;
}

static void put_module(nf_json_writer *w, json_object *object,
                       const nf_module *module)
{
    json_object *entities = json_object_new_array(),
                *associations = json_object_new_array(),
                *documents = json_object_new_array();
    for (size_t i = 0; i < nf_model_entity_count(w->model); i++) {
        const nf_entity *entity = nf_model_entity(w->model, i);
        json_object *item = json_object_new_object();
        if (entity->module == module) {
            nf_json_put_text(w, item, "name", entity->qualified);
            nf_json_entity(w, item, entity);
            nf_json_append(w, entities, item);
        } else {
            json_object_put(item);
        }
    }
    for (size_t i = 0; i < nf_model_association_count(w->model); i++) {
        const nf_association *a = nf_model_association(w->model, i);
        if (a->system || !a->parent || a->parent->module != module)
            continue;
        json_object *item = json_object_new_object();
        nf_json_put_text(w, item, "name", a->qualified);
        nf_json_association(w, item, a);
        nf_json_append(w, associations, item);
    }
    for (size_t i = 0; i < nf_model_document_count(w->model); i++) {
        const nf_document *document = nf_model_document(w->model, i);
        if (document->module != module || !*document->name)
            continue;
        json_object *item = json_object_new_object();
        nf_json_put_text(w, item, "type", nf_named_type(document->type));
        nf_json_put_text(w, item, "name", document->qualified);
        nf_json_put_bool(w, item, "excluded", document->excluded);
        nf_json_append(w, documents, item);
    }
    nf_json_put(w, object, "entities", entities);
    nf_json_put(w, object, "associations", associations);
    nf_json_put(w, object, "documents", documents);
}

static nf_status put_named(nf_json_writer *w, json_object *object,
                           const nf_named *named, nf_error *err)
{
    if (named->document) {
        nf_json_put_text(w, object, "kind",
                         nf_named_type(named->document->type));
        nf_json_put_text(w, object, "name", named->document->qualified);
        return put_document(w, object, named, err);
    }
    nf_json_put_text(w, object, "kind",
                     named->entity        ? "entity"
                     : named->association ? "association"
                                          : "module");
    nf_json_put_text(w, object, "name",
                     named->entity        ? named->entity->qualified
                     : named->association ? named->association->qualified
                                          : named->module->name);
    if (named->entity)
        nf_json_entity(w, object, named->entity);
    else if (named->association)
        nf_json_association(w, object, named->association);
    else
        put_module(w, object, named->module);
    if (named->element)
        nf_json_put(w, object, "stored",
                    nf_json_stored(w, named->element, NULL));
    return NF_OK;
}

nf_status nf_describe_json(nf_buffer *out, const nf_model *model,
                           const nf_named *named, nf_error *err)
{
    nf_json_writer w = {.model = model, .arena = nf_arena_new()};
    json_object *object = json_object_new_object();
    nf_status status =
        w.arena ? put_named(&w, object, named, err) : nf_error_nomem(err);
    if (status == NF_OK) {
        char *text = w.failed || nf_arena_failed(w.arena)
                         ? NULL
                         : nf_json_text_of(object, NF_JSON_SPACED);
        if (text)
            nf_buffer_text(out, text);
        nf_buffer_char(out, '\n');
        if (!text || out->failed)
            status = nf_error_nomem(err);
        nf_free(text);
    }
    json_object_put(object);
    nf_arena_free(w.arena);
    return status;
}
