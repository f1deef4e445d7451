/* Mermaid: a flowchart for a flow, a class diagram for a domain model. Names
 * of nodes are numbers, and everything that a model says stands in quotes with
 * its special characters as entities, so that no text can be syntax. */
#include "analysis/caption.h"
#include "analysis/describe.h"
#include "analysis/diagram.h"
#include "analysis/label.h"
#include "analysis/picture.h"

#include <stdint.h>
#include <string.h>

enum { TEXT_MAX = 200 };

/* ---- texts ------------------------------------------------------------- */

/* Letters of all languages, digits, blanks and what no grammar of Mermaid or
 * Markdown cares about, wherever it stands. */
static bool is_plain(uint32_t code)
{
    return code >= 0x80 || (code >= '0' && code <= '9') ||
           (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z') ||
           (code && strchr(" ,?!=/'()", (char)code));
}

static void put(nf_buffer *out, uint32_t code)
{
    char bytes[4];
    if (code == '\n')
        nf_buffer_text(out, "<br/>");
    else if (code < 0x20 || code == 0x7f)
        nf_buffer_char(out, ' ');
    else if (is_plain(code))
        nf_buffer_add(out, bytes, nf_utf8_put(bytes, code));
    else
        nf_buffer_format(out, "#%u;", (unsigned)code);
}

/* Signs that mean something at the beginning of a text (a list) or when they
 * stand together (a formula), and nothing elsewhere. */
static bool is_harmless(const char *text, size_t at, size_t next, uint32_t code)
{
    if (!at || code >= 0x80 || !strchr(".-+:_", (char)code))
        return code == '$' && text[next] != '$' && (!at || text[at - 1] != '$');
    char before = text[at - 1];
    return code == ':' ? text[next] != '/'
                       : !(before >= '0' && before <= '9') && before != '\n' &&
                             before != (char)code && text[next] != (char)code;
}

static void quoted(nf_buffer *out, const char *text)
{
    size_t length = strnlen(text, TEXT_MAX + 1);
    bool cut = length > TEXT_MAX;
    if (cut)
        length = nf_utf8_cut(text, TEXT_MAX);
    nf_buffer_char(out, '"');
    if (!length)
        nf_buffer_char(out, ' ');
    for (size_t i = 0; i < length;) {
        size_t at = i;
        uint32_t code = nf_utf8_next(text, length, &i);
        if (is_harmless(text, at, i, code))
            nf_buffer_char(out, (char)code);
        else
            put(out, code);
    }
    nf_buffer_text(out, cut ? "\xe2\x80\xa6\"" : "\"");
}

const char *nf_diagram_text(nf_arena *arena, const nf_model *model,
                            const nf_element *object)
{
    nf_caption caption = nf_caption_of(arena, model, object);
    const char *text = caption.text;
    if (nf_shape_kind_of(object) == NF_SHAPE_PARAMETER)
        text = nf_arena_format(arena, "$%s", caption.text);
    else if (*caption.variable)
        text =
            nf_arena_format(arena, "%s\n$%s", caption.text, caption.variable);
    if (text && caption.disabled)
        text = nf_arena_format(arena, "(disabled) %s", text);
    return text ? text : "";
}

/* ---- flows ------------------------------------------------------------- */

typedef struct writer {
    nf_buffer *out;
    nf_arena *arena;
    const nf_model *model;
    const nf_picture *picture;
} writer;

static void indent(nf_buffer *out, size_t depth)
{
    enum { DEEPEST = 40 };
    for (size_t i = 0; i <= depth && i < DEEPEST; i++)
        nf_buffer_text(out, "  ");
}

static void write_node(const writer *w, size_t index, size_t depth)
{
    static const char *const shapes[][4] = {
        /* before, after, class, text of its own */
        [NF_SHAPE_START] = {"((", "))", "begin", "start"},
        [NF_SHAPE_END] = {"([", "])", "finish", NULL},
        [NF_SHAPE_ERROR_END] = {"([", "])", "fault", "end with the error"},
        [NF_SHAPE_BREAK] = {"([", "])", "", "break"},
        [NF_SHAPE_CONTINUE] = {"([", "])", "", "continue"},
        [NF_SHAPE_ACTIVITY] = {"(", ")", "", NULL},
        [NF_SHAPE_DECISION] = {"{", "}", "decision", NULL},
        [NF_SHAPE_TYPE_DECISION] = {"{", "}", "decision", NULL},
        [NF_SHAPE_MERGE] = {"{", "}", "decision", " "},
        [NF_SHAPE_LOOP] = {"[[", "]]", "", NULL},
        [NF_SHAPE_OTHER] = {"[", "]", "", NULL},
        [NF_SHAPE_ANNOTATION] = {"[", "]", "note", NULL},
        [NF_SHAPE_PARAMETER] = {"[/", "/]", "parameter", NULL},
    };
    const nf_shape *s = &w->picture->shapes[index];
    const char *const *shape = shapes[s->kind];
    const char *text =
        shape[3] ? shape[3] : nf_diagram_text(w->arena, w->model, s->element);
    if (s->kind == NF_SHAPE_END)
        text = *text ? nf_arena_format(w->arena, "return %s", text) : "end";
    indent(w->out, depth);
    nf_buffer_format(w->out, "n%zu%s", index, shape[0]);
    quoted(w->out, text ? text : "");
    nf_buffer_format(w->out, "%s%s%s\n", shape[1], *shape[2] ? ":::" : "",
                     shape[2]);
}

typedef struct level {
    size_t next, end;       /* nodes */
    size_t beside, besides; /* annotations and parameters: one after last */
} level;

/* What stands beside the nodes of a collection is sorted by its owner. */
static size_t first_beside(const nf_picture *p, size_t owner)
{
    size_t low = p->graph.node_count, high = p->shape_count;
    while (low < high) { /* SIZE_MAX + 1 is 0: the flow itself comes first */
        size_t middle = low + (high - low) / 2;
        if (p->shapes[middle].parent + 1 < owner + 1)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static level open_level(const nf_picture *p, size_t owner)
{
    level l = {.beside = first_beside(p, owner),
               .besides = first_beside(p, owner + 1)};
    if (owner == SIZE_MAX) {
        while (l.end < p->graph.node_count &&
               p->graph.nodes[l.end].parent == SIZE_MAX)
            l.end++;
        return l;
    }
    l.next = p->graph.nodes[owner].body;
    l.end = l.next + p->graph.nodes[owner].body_count;
    return l;
}

static void write_nodes(const writer *w)
{
    level stack[NF_ELEMENT_DEPTH + 2];
    const nf_picture *p = w->picture;
    size_t depth = 0;
    stack[0] = open_level(p, SIZE_MAX);
    for (;;) {
        level *top = &stack[depth];
        if (top->beside < top->besides) {
            write_node(w, top->beside++, depth);
        } else if (top->next == top->end) {
            if (!depth)
                return;
            indent(w->out, --depth);
            nf_buffer_text(w->out, "end\n");
        } else {
            size_t node = top->next++;
            if (!p->graph.nodes[node].body_count || depth > NF_ELEMENT_DEPTH) {
                write_node(w, node, depth);
                continue;
            }
            indent(w->out, depth);
            nf_buffer_format(w->out, "subgraph n%zu[", node);
            quoted(w->out, nf_diagram_text(w->arena, w->model,
                                           p->shapes[node].element));
            nf_buffer_text(w->out, "]\n");
            indent(w->out, depth + 1);
            nf_buffer_text(w->out, "direction LR\n");
            stack[++depth] = open_level(p, node);
        }
    }
}

static void write_connector(const writer *w, const nf_connector *c)
{
    indent(w->out, 0);
    nf_buffer_format(w->out, "n%zu", c->from);
    if (c->kind == NF_CONNECTOR_ERROR) {
        nf_buffer_text(w->out, " -. \"on error\" .-> ");
    } else if (c->kind == NF_CONNECTOR_NOTE) {
        nf_buffer_text(w->out, " -.- ");
    } else if (*c->label) {
        nf_buffer_text(w->out, " -->|");
        quoted(w->out, c->label);
        nf_buffer_text(w->out, "| ");
    } else {
        nf_buffer_text(w->out, " --> ");
    }
    nf_buffer_format(w->out, "n%zu\n", c->to);
}

nf_status nf_mermaid_flow(nf_buffer *out, const nf_model *model,
                          const nf_element *flow, nf_error *err)
{
    nf_picture picture;
    nf_arena *arena = nf_arena_new();
    if (!arena)
        return nf_error_nomem(err);
    writer w = {out, arena, model, &picture};
    nf_status status = nf_picture_build(&picture, arena, flow, err);
    if (status == NF_OK) {
        nf_buffer_text(out, "flowchart LR\n");
        write_nodes(&w);
        for (size_t i = 0; i < picture.connector_count; i++)
            write_connector(&w, &picture.connectors[i]);
        nf_buffer_text(
            out, "  classDef begin fill:#d8f0dd,stroke:#2c8a4b,color:#1d2733\n"
                 "  classDef finish fill:#fbdcdc,stroke:#c62f2f,color:#1d2733\n"
                 "  classDef fault fill:#c62f2f,stroke:#8f1d1d,color:#fff\n"
                 "  classDef decision fill:#fff4e3,stroke:#c9801c,"
                 "color:#1d2733\n"
                 "  classDef note fill:#fff8d6,stroke:#d9c56b,color:#1d2733\n"
                 "  classDef parameter fill:#e3eefc,stroke:#1f5fbf,"
                 "color:#1d2733\n");
    }
    bool failed = out->failed || nf_arena_failed(arena);
    nf_arena_free(arena);
    return status == NF_OK && failed ? nf_error_nomem(err) : status;
}

/* ---- domain models ----------------------------------------------------- */

/* Class diagrams have no quotes for members: what is no letter, digit or
 * underscore becomes an underscore. */
static void name(nf_buffer *out, const char *text)
{
    size_t length = strnlen(text, TEXT_MAX);
    length = text[length] ? nf_utf8_cut(text, length) : length;
    if (!length)
        nf_buffer_char(out, '_');
    for (size_t i = 0; i < length;) {
        char bytes[4];
        uint32_t code = nf_utf8_next(text, length, &i);
        bool letter = code >= 0xc0 || (code >= '0' && code <= '9') ||
                      (code >= 'a' && code <= 'z') ||
                      (code >= 'A' && code <= 'Z');
        nf_buffer_add(out, bytes, nf_utf8_put(bytes, letter ? code : '_'));
    }
}

static void write_class(nf_buffer *out, const nf_domain *domain, size_t index)
{
    const nf_domain_entity *item = &domain->entities[index];
    const nf_entity *entity = item->entity;
    nf_buffer_format(out, "  class e%zu[", index);
    quoted(out,
           entity->module == domain->module ? entity->name : entity->qualified);
    nf_buffer_text(out, "] {\n");
    if (entity->kind != NF_ENTITY_PERSISTABLE)
        nf_buffer_format(out, "    <<%s>>\n", nf_domain_kind(entity));
    for (size_t i = entity->own_member_start;
         item->own && i < entity->member_count; i++) {
        const nf_attribute *attribute = entity->members[i].attribute;
        if (!attribute || attribute->system)
            continue;
        nf_buffer_text(out, "    ");
        name(out, attribute->enumeration
                      ? attribute->enumeration->name
                      : nf_describe_attribute_type(attribute->type));
        nf_buffer_char(out, ' ');
        name(out, attribute->name);
        nf_buffer_char(out, '\n');
    }
    nf_buffer_text(out, "  }\n");
}

void nf_mermaid_domain(nf_buffer *out, const nf_domain *domain)
{
    nf_buffer_text(out, "classDiagram\n  direction LR\n");
    for (size_t i = 0; i < domain->count; i++)
        write_class(out, domain, i);
    for (size_t i = 0; i < domain->line_count; i++) {
        const nf_domain_line *line = &domain->lines[i];
        const nf_association *a = line->association;
        if (!a) {
            nf_buffer_format(out, "  e%zu --|> e%zu\n", line->from, line->to);
            continue;
        }
        nf_buffer_format(out, "  e%zu \"%s\" %s \"%s\" e%zu : ", line->from,
                         nf_domain_parents(a), a->owner_both ? "--" : "-->",
                         nf_domain_children(a), line->to);
        name(out, a->name);
        nf_buffer_char(out, '\n');
    }
}
