/* What activities may ask while a flow is compiled (activity.h, `bind`). Their
 * expressions become subroutines in the program's second code; an activity
 * keeps the number of the entry. */
#include "interpreter/program.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const nf_model *nf_bind_model(const nf_binder *binder)
{
    return binder->program->model;
}

nf_arena *nf_bind_arena(nf_binder *binder)
{
    return binder->program->arena;
}

nf_engine nf_bind_engine(const nf_binder *binder)
{
    return binder->program->engine;
}

void *nf_bind_alloc(nf_binder *binder, size_t size)
{
    return nf_arena_alloc(binder->program->arena, size);
}

void nf_bind_error(nf_binder *binder, const char *code, const char *detail,
                   const char *format, ...)
{
    char message[NF_ERROR_MESSAGE_SIZE];
    va_list args;

    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    nf_report(binder, NF_SEVERITY_ERROR, false, code, detail, -1, message);
}

void nf_bind_unsupported(nf_binder *binder, const char *format, ...)
{
    char message[NF_ERROR_MESSAGE_SIZE];
    va_list args;

    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    nf_report(binder, NF_SEVERITY_UNSUPPORTED, true, "unsupported_activity", "",
              -1, message);
}

bool nf_is_system_name(const char *qualified)
{
    return strncmp(qualified, "System.", 7) == 0;
}

void nf_bind_missing(nf_binder *binder, const char *name, const char *format,
                     ...)
{
    char message[NF_ERROR_MESSAGE_SIZE];
    va_list args;

    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    nf_report(binder, nf_severity_of(nf_is_system_name(name)),
              nf_is_system_name(name), "not_found", "", -1, message);
}

void nf_bind_warning(nf_binder *binder, const char *code, const char *format,
                     ...)
{
    char message[NF_ERROR_MESSAGE_SIZE];
    va_list args;

    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    nf_report(binder, NF_SEVERITY_WARNING, false, code, "", -1, message);
}

bool nf_bind_failed(const nf_binder *binder)
{
    return binder->raise || binder->fatal;
}

nf_bound_expression nf_bind_expression(nf_binder *binder, const char *text,
                                       const nf_type *expected,
                                       const char *what)
{
    nf_program *p = binder->program;
    nf_bound_expression bound = {.type = {.kind = NF_KIND_UNKNOWN}};
    uint32_t plain = binder->plain, counted = binder->counted;
    nf_expression e;
    uint32_t *items;
    bool blank;
    uint16_t value;

    if (!nf_gen_parse(binder, &e, text ? text : "", expected, what, &blank)) {
        bound.present = !blank;
        return bound;
    }
    bound.present = true;
    bound.type = e.type;
    items = nf_table_grow(binder, p->entries, p->entry_count,
                          &p->entry_capacity, sizeof *items);
    if (!items)
        return bound;
    p->entries = items;
    bound.entry = (uint32_t)p->entry_count;
    items[p->entry_count++] = nf_here(binder);
    nf_gen_begin(binder, e.root);
    value = nf_temp(binder, true, 1);
    bound.result = value;
    if (expected)
        nf_gen_assign(binder, e.root, expected, value);
    else
        nf_gen_into(binder, e.root, value);
    nf_emit(binder, NF_OP_RESULT, value, 0, 0, -1);
    binder->plain = plain;
    binder->counted = counted;
    binder->left = 0;
    return bound;
}

nf_bound_variable nf_bind_push(nf_binder *binder, const char *name,
                               nf_type type)
{
    int32_t slot = nf_variable_add(binder, name, type, false);

    return (nf_bound_variable){.slot = slot, .type = type, .name = name};
}

void nf_bind_pop(nf_binder *binder)
{
    nf_program *p = binder->program;

    for (size_t i = p->variable_count; i-- > 0;) {
        if (p->variables[i].in_scope) {
            p->variables[i].in_scope = false;
            return;
        }
    }
}

nf_bound_variable nf_bind_variable(nf_binder *binder, const char *name,
                                   nf_kind kind)
{
    nf_bound_variable bound = {
        .slot = -1, .type = {.kind = NF_KIND_UNKNOWN}, .name = name};
    int32_t slot = nf_variable_read(binder, name, strlen(name));
    nf_type type;

    if (slot < 0) {
        if (name[0])
            nf_bind_error(binder, "not_found", "",
                          "There is no variable \"%s\"", name);
        else
            nf_bind_error(binder, "not_found", "",
                          "The activity names no variable");
        return bound;
    }
    type = binder->program->variables[slot].type;
    if (kind != NF_KIND_UNKNOWN && type.kind != kind &&
        type.kind != NF_KIND_UNKNOWN) {
        char text[256];

        nf_bind_error(binder, "type_mismatch", "",
                      "The variable \"%s\" is %s; the activity needs %s", name,
                      nf_type_text(&type, text, sizeof text),
                      kind == NF_KIND_LIST ? "a list" : "an object");
        return bound;
    }
    bound.slot = slot;
    bound.type = type;
    return bound;
}

nf_bound_variable nf_bind_output(nf_binder *binder, const char *name,
                                 nf_type type)
{
    nf_bound_variable bound = {.slot = -1, .type = type, .name = name};

    if (!name[0] || type.kind == NF_KIND_VOID)
        return bound;
    bound.slot = nf_variable_write(binder, name, type);
    if (bound.slot >= 0)
        bound.type = binder->program->variables[bound.slot].type;
    else if (!binder->fatal)
        nf_bind_error(binder, "type_mismatch", "",
                      "There is already a variable \"%s\" of another type",
                      name);
    return bound;
}

/* ---- constraints ------------------------------------------------------------
 */

static bool xpath_variable(void *user, const char *name, nf_type *type)
{
    nf_binder *b = user;
    int32_t slot = nf_variable_read(b, name, strlen(name));

    if (slot < 0)
        return false;
    *type = b->program->variables[slot].type;
    return true;
}

static void bind_variables(nf_binder *b, nf_bound_xpath *bound)
{
    const nf_xpath_compiler *compiler = b->program->xpath;
    size_t count = compiler->variable_count(bound->xpath);
    nf_bound_variable *variables =
        nf_arena_array(b->program->arena, count + 1, sizeof *variables);

    if (!variables) {
        nf_binder_fail(b, NULL);
        return;
    }
    for (size_t i = 0; i < count; i++)
        variables[i] = nf_bind_variable(
            b, compiler->variable_name(bound->xpath, i), NF_KIND_UNKNOWN);
    bound->variables = variables;
    bound->count = count;
}

static bool keep_xpath(nf_binder *b, nf_xpath *xpath)
{
    nf_program *p = b->program;
    const nf_xpath **items = nf_table_grow(b, p->xpaths, p->xpath_count,
                                           &p->xpath_capacity, sizeof *items);

    if (!items) {
        p->xpath->free(xpath);
        return false;
    }
    p->xpaths = items;
    items[p->xpath_count++] = xpath;
    return true;
}

/* A name of System that is not known may be newer than what is built in. */
static bool is_foreign(const nf_entity *entity, const char *text,
                       const nf_error *error)
{
    return (strcmp(error->detail, "UNKNOWN_MEMBER") == 0 ||
            strcmp(error->detail, "PATH_MISMATCH") == 0) &&
           (entity->module->system || strstr(text, "System."));
}

nf_bound_xpath nf_bind_xpath(nf_binder *binder, const nf_entity *entity,
                             const char *text)
{
    nf_program *p = binder->program;
    nf_bound_xpath bound = {0};
    nf_xpath *xpath = NULL;
    nf_error error;
    nf_status status;

    if (!text || !text[strspn(text, " \t\r\n")])
        return bound;
    p->counts.xpaths++;
    if (!p->xpath) {
        nf_bind_unsupported(binder, "Constraints are not available here");
        return bound;
    }
    nf_error_clear(&error);
    binder->text = text;
    status = p->xpath->compile(&xpath, p->model, entity, text,
                               p->engine == NF_ENGINE_CLIENT ? NF_XPATH_STRICT
                                                             : NF_XPATH_SERVER,
                               xpath_variable, binder, &error);
    if (status == NF_NOMEM) {
        nf_binder_fail(binder, NULL);
        return bound;
    }
    if (status || !xpath) {
        bool foreign = is_foreign(entity, text, &error);

        p->counts.xpaths_parsed += strcmp(error.detail, "SYNTAX") != 0;
        nf_report(binder, nf_severity_of(foreign), foreign, "xpath_error",
                  error.detail, error.position, error.message);
        return bound;
    }
    p->counts.xpaths_parsed++;
    if (!keep_xpath(binder, xpath))
        return bound;
    bound.xpath = xpath;
    bind_variables(binder, &bound);
    return bound;
}

/* ---- templates ----------------------------------------------------------- */

nf_bound_template nf_bind_template(nf_binder *binder, const nf_element *element)
{
    nf_bound_template bound = {0};
    const char *list =
        nf_element_get(element, "Parameters") ? "Parameters" : "Arguments";
    size_t count = nf_element_count(element, list);
    nf_bound_expression *arguments =
        nf_arena_array(binder->program->arena, count + 1, sizeof *arguments);
    char what[48];

    if (!arguments) {
        nf_binder_fail(binder, NULL);
        return bound;
    }
    bound.texts = nf_element_part(element, "Text");
    if (!bound.texts)
        bound.text = nf_element_string(element, "Text", "");
    for (size_t i = 0; i < count; i++) {
        snprintf(what, sizeof what, "Parameter {%zu}", i + 1);
        arguments[i] = nf_bind_expression(
            binder,
            nf_element_string(nf_element_item(element, list, i), "Expression",
                              ""),
            NULL, what);
    }
    bound.arguments = arguments;
    bound.count = count;
    return bound;
}

/* ---- object type decisions ----------------------------------------------- */

typedef struct type_case {
    const nf_node *decision;
    const nf_edge *edge; /* of the decision, on the way to the node */
} type_case;

/* The nearest object type decision that leads to a node: backwards over all
 * that comes before it, one step after the other. */
static type_case find_type_case(const nf_graph *graph, const nf_node *node,
                                bool *seen, const nf_node **queue)
{
    size_t head = 0, count = 0;

    queue[count++] = node;
    seen[node->index] = true;
    while (head < count) {
        const nf_node *to = queue[head++];

        for (size_t i = 0; i < graph->count; i++) {
            const nf_node *from = graph->nodes[i], *next;

            for (size_t k = 0; k < from->edge_count; k++)
                if (from->kind == NF_NODE_TYPE_SPLIT &&
                    from->edges[k].to == to && from->edges[k].case_count)
                    return (type_case){from, &from->edges[k]};
            if (seen[i])
                continue;
            for (size_t k = 0; (next = nf_node_successor(from, k)); k++)
                if (next == to) {
                    seen[i] = true;
                    queue[count++] = from;
                    break;
                }
        }
    }
    return (type_case){NULL, NULL};
}

nf_bound_variable nf_bind_type_case(nf_binder *binder, const nf_entity **entity)
{
    const nf_graph *graph = &binder->graph;
    nf_bound_variable none = {.slot = -1, .type = {.kind = NF_KIND_UNKNOWN}};
    bool *seen = nf_alloc_array(graph->count + 1, sizeof *seen);
    const nf_node **queue = nf_alloc_array(graph->count + 1, sizeof *queue);
    type_case found = {NULL, NULL};

    *entity = NULL;
    if (seen && queue)
        found = find_type_case(graph, binder->node, seen, queue);
    else
        nf_binder_fail(binder, NULL);
    nf_free(seen);
    nf_free(queue);
    if (!found.decision) {
        nf_bind_error(binder, "bad_flow", "",
                      "No object type decision leads to the cast");
        return none;
    }
    *entity =
        nf_model_find_entity(binder->program->model, found.edge->cases[0]);
    return nf_bind_variable(
        binder,
        nf_element_string(found.decision->element, "SplitVariableName", ""),
        NF_KIND_OBJECT);
}
