/* Describes what a name means, as text or as JSON. */
#include "analysis/describe.h"

#include <string.h>

/* A document of a type without a text form of its own: its type and the plain
 * properties of its outermost element. */
static void describe_other(nf_lines *lines, const nf_document *document,
                           const nf_element *element)
{
    nf_buffer_format(nf_lines_begin(lines), "%s %s%s",
                     nf_named_type(document->type), document->qualified,
                     document->excluded ? ", excluded" : "");
    nf_lines_end(lines, NF_LINE_TEXT, 0, 0);
    for (size_t i = 0; i < element->count; i++) {
        const nf_property *property = &element->properties[i];
        nf_buffer *out = nf_lines_begin(lines);
        if (property->kind == NF_PROPERTY_STRING)
            nf_buffer_format(out, "%s = %s", property->name,
                             property->as.string.text);
        else if (property->kind == NF_PROPERTY_BOOLEAN)
            nf_buffer_format(out, "%s = %s", property->name,
                             property->as.boolean ? "true" : "false");
        else if (property->kind == NF_PROPERTY_LIST)
            nf_buffer_format(out, "%s: %zu items", property->name,
                             property->as.list.count);
        else if (property->kind == NF_PROPERTY_ELEMENT)
            nf_buffer_format(out, "%s: %s", property->name,
                             property->as.element->type);
        else
            continue;
        nf_lines_end(lines, NF_LINE_TEXT, 1, 0);
    }
}

/* "page Shop.Order_Edit (Order: Shop.Order)" and what an action returns. */
static void describe_signature(nf_lines *lines, const nf_model *model,
                               nf_flow_kind kind, const nf_document *document,
                               const nf_element *element)
{
    const nf_flow *flow = NULL;
    nf_buffer *out = nf_lines_begin(lines);
    nf_buffer_format(out, "%s %s", nf_named_type(document->type),
                     document->qualified);
    if (nf_model_flow(&flow, model, kind, document->qualified, NULL) != NF_OK)
        flow = NULL;
    nf_buffer_text(out, flow ? " (" : "");
    for (size_t i = 0; flow && i < flow->parameter_count; i++) {
        const nf_parameter *p = &flow->parameters[i];
        nf_buffer_format(out, "%s%s: ", i ? ", " : "", p->name);
        if (*p->special)
            nf_buffer_text(out, p->special);
        else
            nf_describe_value_type(out, &p->type);
    }
    nf_buffer_text(out, flow ? ")" : "");
    if (flow && kind != NF_FLOW_PAGE && flow->result.kind != NF_KIND_VOID) {
        nf_buffer_text(out, " -> ");
        nf_describe_value_type(out, &flow->result);
    }
    nf_buffer_text(out, document->excluded ? ", excluded" : "");
    nf_lines_end(lines, NF_LINE_TEXT, 0, 0);
    const char *documentation = nf_element_string(element, "Documentation", "");
    if (*documentation) {
        nf_buffer_format(nf_lines_begin(lines), "documentation: %s",
                         documentation);
        nf_lines_end(lines, NF_LINE_TEXT, 1, 0);
    }
    const nf_element *title = nf_element_part(element, "Title");
    const char *text = nf_model_text(model, title, NULL);
    if (*text) {
        nf_buffer_format(nf_lines_begin(lines), "title: %s", text);
        nf_lines_end(lines, NF_LINE_TEXT, 1, 0);
    }
}

static void describe_module(nf_lines *lines, const nf_model *model,
                            const nf_module *module)
{
    nf_buffer_format(nf_lines_begin(lines), "module %s", module->name);
    nf_lines_end(lines, NF_LINE_TEXT, 0, 0);
    for (size_t i = 0; i < nf_model_entity_count(model); i++) {
        const nf_entity *entity = nf_model_entity(model, i);
        if (entity->module != module)
            continue;
        nf_buffer_format(nf_lines_begin(lines), "entity %s", entity->name);
        nf_lines_end(lines, NF_LINE_TEXT, 1, 0);
    }
    for (size_t i = 0; i < nf_model_association_count(model); i++) {
        const nf_association *a = nf_model_association(model, i);
        if (a->system || !a->parent || a->parent->module != module)
            continue;
        nf_buffer_format(nf_lines_begin(lines), "association %s: %s -> %s",
                         a->name, a->parent->name,
                         a->child ? a->child->qualified : "?");
        nf_lines_end(lines, NF_LINE_TEXT, 1, 0);
    }
    for (size_t i = 0; i < nf_model_document_count(model); i++) {
        const nf_document *document = nf_model_document(model, i);
        if (document->module != module || !*document->name)
            continue;
        nf_buffer_format(nf_lines_begin(lines), "%s %s%s",
                         nf_named_type(document->type), document->name,
                         document->excluded ? ", excluded" : "");
        nf_lines_end(lines, NF_LINE_TEXT, 1, 0);
    }
}

static void describe_document(nf_lines *lines, const nf_model *model,
                              const nf_named *named)
{
    static const nf_flow_kind kinds[] = {NF_FLOW_JAVASCRIPT_ACTION,
                                         NF_FLOW_JAVA_ACTION, NF_FLOW_PAGE};
    const nf_document *document = named->document;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (!strcmp(document->type, nf_flow_kind_type(kinds[i]))) {
            describe_signature(lines, model, kinds[i], document,
                               named->element);
            return;
        }
    const nf_enumeration *enumeration =
        nf_model_find_enumeration(model, document->qualified);
    const nf_constant *constant =
        nf_model_find_constant(model, document->qualified);
    if (enumeration && !strcmp(document->type, "Enumerations$Enumeration"))
        nf_describe_enumeration(lines, model, enumeration);
    else if (constant && !strcmp(document->type, "Constants$Constant"))
        nf_describe_constant(lines, constant);
    else
        describe_other(lines, document, named->element);
}

nf_status nf_describe(nf_buffer *out, const nf_model *model,
                      const nf_named *named, nf_error *err)
{
    if (named->document && nf_named_is_flow(named->document->type))
        return nf_describe_flow(out, model, named->document, named->element,
                                err);
    nf_lines lines;
    nf_arena *arena = nf_arena_new();
    if (!arena)
        return nf_error_nomem(err);
    nf_lines_init(&lines, arena);
    if (named->entity)
        nf_describe_entity(&lines, named->entity);
    else if (named->association)
        nf_describe_association(&lines, model, named->association);
    else if (named->module)
        describe_module(&lines, model, named->module);
    else
        describe_document(&lines, model, named);
    bool written = nf_lines_write(&lines, 0, out);
    nf_lines_dispose(&lines);
    nf_arena_free(arena);
    return written ? NF_OK : nf_error_nomem(err);
}
