/* DOT: the language of Graphviz. All texts are in quotes, with quotes and
 * backslashes escaped; names of nodes are numbers. */
#include "analysis/diagram.h"
#include "analysis/label.h"
#include "analysis/picture.h"

#include <stdint.h>
#include <string.h>

enum { TEXT_MAX = 200 };

/* Without the outer quotes. `record`: also what shapes of records mean. */
static void escaped(nf_buffer *out, const char *text, bool record)
{
    size_t length = strnlen(text, TEXT_MAX + 1);
    bool cut = length > TEXT_MAX;
    if (cut)
        length = nf_utf8_cut(text, TEXT_MAX);
    for (size_t i = 0; i < length;) {
        char bytes[4];
        uint32_t code = nf_utf8_next(text, length, &i);
        if (code == '\n')
            nf_buffer_text(out, "\\n");
        else if (code < 0x20 || code == 0x7f)
            nf_buffer_char(out, ' ');
        else if (code == '&') /* Graphviz reads entities in labels */
            nf_buffer_text(out, "&amp;");
        else if (code == '"' || code == '\\' ||
                 (record && code < 0x80 && strchr("{}|<> ", (char)code)))
            nf_buffer_format(out, "\\%c", (char)code);
        else
            nf_buffer_add(out, bytes, nf_utf8_put(bytes, code));
    }
    if (cut)
        nf_buffer_text(out, "\xe2\x80\xa6");
}

static void quoted(nf_buffer *out, const char *text)
{
    nf_buffer_char(out, '"');
    escaped(out, text, false);
    nf_buffer_char(out, '"');
}

static void begin(nf_buffer *out, const char *title)
{
    nf_buffer_text(out, "digraph ");
    quoted(out, title);
    nf_buffer_text(out, " {\n  rankdir=LR;\n  compound=true;\n"
                        "  node [fontname=\"Helvetica\", fontsize=11, "
                        "shape=box, style=rounded];\n"
                        "  edge [fontname=\"Helvetica\", fontsize=10];\n");
}

/* ---- flows ------------------------------------------------------------- */

typedef struct writer {
    nf_buffer *out;
    nf_arena *arena;
    const nf_model *model;
    const nf_picture *picture;
} writer;

static void write_node(const writer *w, size_t index)
{
    static const char *const attributes[] = {
        [NF_SHAPE_START] = "shape=circle, style=filled, "
                           "fillcolor=\"#d8f0dd\"",
        [NF_SHAPE_END] = "style=\"rounded,filled\", fillcolor=\"#fbdcdc\"",
        [NF_SHAPE_ERROR_END] = "style=\"rounded,filled\", "
                               "fillcolor=\"#c62f2f\", fontcolor=white",
        [NF_SHAPE_BREAK] = "style=\"rounded,filled\", fillcolor=\"#e8ecf1\"",
        [NF_SHAPE_CONTINUE] = "style=\"rounded,filled\", "
                              "fillcolor=\"#e8ecf1\"",
        [NF_SHAPE_ACTIVITY] = "",
        [NF_SHAPE_DECISION] = "shape=diamond, style=filled, "
                              "fillcolor=\"#fff4e3\"",
        [NF_SHAPE_TYPE_DECISION] = "shape=diamond, style=filled, "
                                   "fillcolor=\"#fff4e3\"",
        [NF_SHAPE_MERGE] = "shape=diamond, style=filled, width=0.3, "
                           "height=0.3, fillcolor=\"#fff4e3\"",
        [NF_SHAPE_LOOP] = "style=\"rounded,filled\", fillcolor=\"#f1f4f8\"",
        [NF_SHAPE_OTHER] = "style=dashed",
        [NF_SHAPE_ANNOTATION] = "shape=note, style=filled, "
                                "fillcolor=\"#fff8d6\"",
        [NF_SHAPE_PARAMETER] = "shape=parallelogram, style=filled, "
                               "fillcolor=\"#e3eefc\"",
    };
    static const char *const own[NF_SHAPE_PARAMETER + 1] = {
        [NF_SHAPE_START] = "start",
        [NF_SHAPE_ERROR_END] = "end with the error",
        [NF_SHAPE_BREAK] = "break",
        [NF_SHAPE_CONTINUE] = "continue"};
    const nf_shape *s = &w->picture->shapes[index];
    const char *text = own[s->kind]
                           ? own[s->kind]
                           : nf_diagram_text(w->arena, w->model, s->element);
    if (s->kind == NF_SHAPE_END)
        text = *text ? nf_arena_format(w->arena, "return %s", text) : "end";
    nf_buffer_format(w->out, "  n%zu [label=", index);
    quoted(w->out, text ? text : "");
    nf_buffer_format(w->out, "%s%s];\n", *attributes[s->kind] ? ", " : "",
                     attributes[s->kind]);
}

/* A loop is a cluster with a node that stands for its beginning. Clusters are
 * written with the names of what is in them, once all nodes have attributes:
 * from the innermost, since a cluster may hold clusters by name only once. */
static void open_cluster(const writer *w, size_t loop)
{
    nf_buffer_format(w->out,
                     "subgraph cluster_%zu { style=rounded; "
                     "color=\"#8996a3\"; n%zu; ",
                     loop, loop);
}

static void write_clusters(const writer *w)
{
    typedef struct level {
        size_t next, end;
    } level;
    level stack[NF_ELEMENT_DEPTH + 2];
    const nf_drawing *graph = &w->picture->graph;
    size_t depth = 0;
    stack[0] = (level){0, 0};
    while (stack[0].end < graph->node_count &&
           graph->nodes[stack[0].end].parent == SIZE_MAX)
        stack[0].end++;
    for (;;) {
        level *top = &stack[depth];
        if (top->next == top->end) {
            if (!depth)
                return;
            nf_buffer_text(w->out, --depth ? "} " : "}\n");
            continue;
        }
        size_t node = top->next++;
        if (graph->nodes[node].body_count && depth <= NF_ELEMENT_DEPTH) {
            nf_buffer_text(w->out, depth ? "" : "  ");
            open_cluster(w, node);
            stack[++depth] = (level){graph->nodes[node].body,
                                     graph->nodes[node].body +
                                         graph->nodes[node].body_count};
        } else if (depth) {
            nf_buffer_format(w->out, "n%zu; ", node);
        }
    }
}

static void write_connector(const writer *w, const nf_connector *c)
{
    nf_buffer *out = w->out;
    nf_buffer_format(out, "  n%zu -> n%zu", c->from, c->to);
    if (c->kind == NF_CONNECTOR_ERROR) {
        nf_buffer_text(out, " [color=\"#c62f2f\", label=\"on error\"]");
    } else if (c->kind == NF_CONNECTOR_NOTE) {
        nf_buffer_text(out, " [style=dashed, arrowhead=none]");
    } else if (*c->label) {
        nf_buffer_text(out, " [label=");
        quoted(out, c->label);
        nf_buffer_char(out, ']');
    }
    nf_buffer_text(out, ";\n");
}

nf_status nf_dot_flow(nf_buffer *out, const nf_model *model,
                      const nf_document *document, const nf_element *flow,
                      nf_error *err)
{
    nf_picture picture;
    nf_arena *arena = nf_arena_new();
    if (!arena)
        return nf_error_nomem(err);
    writer w = {out, arena, model, &picture};
    nf_status status = nf_picture_build(&picture, arena, flow, err);
    if (status == NF_OK) {
        begin(out, document->qualified);
        for (size_t i = 0; i < picture.shape_count; i++)
            write_node(&w, i);
        write_clusters(&w);
        for (size_t i = 0; i < picture.graph.edge_count; i++)
            if (!picture.graph.edges[i].flow)
                nf_buffer_format(out, "  n%zu -> n%zu [style=dotted];\n",
                                 picture.graph.edges[i].from,
                                 picture.graph.edges[i].to);
        for (size_t i = 0; i < picture.connector_count; i++)
            write_connector(&w, &picture.connectors[i]);
        nf_buffer_text(out, "}\n");
    }
    bool failed = out->failed || nf_arena_failed(arena);
    nf_arena_free(arena);
    return status == NF_OK && failed ? nf_error_nomem(err) : status;
}

/* ---- domain models ----------------------------------------------------- */

static void write_entity(nf_buffer *out, const nf_domain *domain, size_t index)
{
    const nf_domain_entity *item = &domain->entities[index];
    const nf_entity *entity = item->entity;
    nf_buffer_format(out,
                     "  e%zu [shape=record, style=filled, fillcolor=\"%s\", "
                     "label=\"{",
                     index,
                     entity->kind == NF_ENTITY_PERSISTABLE       ? "#d6e4fc"
                     : entity->kind == NF_ENTITY_NON_PERSISTABLE ? "#fde6c8"
                                                                 : "#e7dcf9");
    escaped(out,
            entity->module == domain->module ? entity->name : entity->qualified,
            true);
    bool first = true;
    for (size_t i = entity->own_member_start;
         item->own && i < entity->member_count; i++) {
        const nf_attribute *attribute = entity->members[i].attribute;
        nf_buffer type;
        if (!attribute || attribute->system)
            continue;
        nf_buffer_init(&type, NF_BUFFER_MAX);
        nf_domain_attribute_type(&type, attribute);
        const char *text = nf_buffer_string(&type);
        out->failed = out->failed || !text;
        nf_buffer_text(out, first ? "|" : "");
        escaped(out, attribute->name, true);
        nf_buffer_text(out, ":\\ ");
        escaped(out, text ? text : "", true);
        nf_buffer_text(out, "\\l");
        nf_buffer_dispose(&type);
        first = false;
    }
    nf_buffer_text(out, "}\"];\n");
}

void nf_dot_domain(nf_buffer *out, const nf_domain *domain)
{
    begin(out, domain->module->name);
    for (size_t i = 0; i < domain->count; i++)
        write_entity(out, domain, i);
    for (size_t i = 0; i < domain->line_count; i++) {
        const nf_domain_line *line = &domain->lines[i];
        const nf_association *a = line->association;
        nf_buffer_format(out, "  e%zu -> e%zu [", line->from, line->to);
        if (!a) {
            nf_buffer_text(out, "arrowhead=empty, style=dashed];\n");
            continue;
        }
        nf_buffer_text(out, "label=");
        quoted(out, a->name);
        nf_buffer_format(out, ", taillabel=\"%s\", headlabel=\"%s\"%s];\n",
                         nf_domain_parents(a), nf_domain_children(a),
                         a->owner_both ? ", arrowhead=none" : "");
    }
    nf_buffer_text(out, "}\n");
}
