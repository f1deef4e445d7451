/* A flow as text: signature, then the activities in flow order, branches and
 * loop bodies indented. The graph may be anything that can be drawn, so the
 * walk keeps its own stack of work and never recurses.
 *
 * A place where branches come together is written once, at the level of the
 * split whose branches meet there: it waits in a list until every edge that
 * closes no cycle has arrived. `level` counts the open branches; a waiting
 * place belongs to the innermost one that has seen all of its arrivals, and
 * moves one out when that branch ends. Labels are written only where a jump
 * needs one (lines.c). */
#include "analysis/caption.h"
#include "analysis/describe.h"
#include "analysis/picture.h"

#include <stdint.h>
#include <string.h>

typedef enum step_kind {
    STEP_NODE,       /* write a node, then go on */
    STEP_EDGE,       /* arrive at a node */
    STEP_CASE,       /* write the header of a branch */
    STEP_BRANCH_END, /* what waits at `level` now waits one further out */
    STEP_MEET,       /* write what waits at `level` and is complete */
    STEP_MEET_ALL,   /* the same, complete or not */
} step_kind;

typedef struct step {
    step_kind kind;
    size_t indent, level;
    size_t node;      /* NODE, EDGE: where it goes */
    size_t times;     /* EDGE: how many edges go there together */
    bool back;        /* EDGE: closes a cycle */
    const char *text; /* CASE */
} step;

typedef struct walk {
    const nf_model *model;
    const nf_drawing *graph;
    nf_lines *lines;
    nf_arena *arena;
    step *steps;
    size_t step_count, step_capacity;
    size_t *waiting; /* nodes; levels ascend */
    size_t waiting_count;
    size_t *level;   /* by node, while it waits */
    size_t *arrived; /* by node */
    size_t *number;  /* by node: its label, 0 none */
    bool *done;      /* by node: written or scheduled */
    bool *waits;     /* by node */
    size_t labels;
    bool failed;
} walk;

static void push(walk *w, step next)
{
    step *steps = w->failed ? NULL
                            : nf_grow(w->steps, w->step_count,
                                      &w->step_capacity, sizeof *steps);
    if (!steps) {
        w->failed = true;
        return;
    }
    w->steps = steps;
    w->steps[w->step_count++] = next;
}

static void jump(walk *w, size_t node, bool back, size_t indent)
{
    if (!w->number[node])
        w->number[node] = ++w->labels;
    nf_buffer_format(nf_lines_begin(w->lines),
                     back ? "back to M%zu" : "go on at M%zu", w->number[node]);
    nf_lines_end(w->lines, back ? NF_LINE_BACK : NF_LINE_JUMP, indent, node);
}

/* Schedules a node; a place that is reached more than once gets a label. */
static void begin_node(walk *w, size_t node, size_t indent, size_t level)
{
    w->done[node] = true;
    if (w->graph->nodes[node].arrivals > 1) {
        if (!w->number[node])
            w->number[node] = ++w->labels;
        nf_buffer_format(nf_lines_begin(w->lines), "M%zu:", w->number[node]);
        nf_lines_end(w->lines, NF_LINE_LABEL, indent, node);
    }
    push(w, (step){.kind = STEP_NODE,
                   .indent = indent,
                   .level = level,
                   .node = node});
}

static void stop_waiting(walk *w, size_t index)
{
    w->waits[w->waiting[index]] = false;
    memmove(&w->waiting[index], &w->waiting[index + 1],
            (w->waiting_count - index - 1) * sizeof *w->waiting);
    w->waiting_count--;
}

static void arrive(walk *w, const step *s)
{
    const nf_drawing_node *node = &w->graph->nodes[s->node];
    if (!s->back)
        w->arrived[s->node] += s->times;
    if (s->back || w->done[s->node]) {
        jump(w, s->node, true, s->indent);
        return;
    }
    if (w->arrived[s->node] >= node->forward &&
        (!w->waits[s->node] || w->level[s->node] == s->level)) {
        for (size_t i = w->waiting_count; w->waits[s->node] && i-- > 0;)
            if (w->waiting[i] == s->node)
                stop_waiting(w, i);
        begin_node(w, s->node, s->indent, s->level);
        return;
    }
    if (!w->waits[s->node]) {
        w->waits[s->node] = true;
        w->level[s->node] = s->level;
        w->waiting[w->waiting_count++] = s->node;
    }
    jump(w, s->node, false, s->indent);
}

static void end_branch(walk *w, size_t level)
{
    for (size_t i = w->waiting_count; i-- > 0;) {
        if (w->level[w->waiting[i]] < level)
            break;
        w->level[w->waiting[i]] = level - 1;
    }
}

/* Writes the first complete place that waits at this level, and comes back
 * for the next one after everything that follows it. */
static void meet(walk *w, const step *s)
{
    size_t first = w->waiting_count;
    while (first > 0 && w->level[w->waiting[first - 1]] >= s->level)
        first--;
    size_t found = w->waiting_count;
    for (size_t i = first; i < w->waiting_count && found == w->waiting_count;
         i++)
        if (w->arrived[w->waiting[i]] >= w->graph->nodes[w->waiting[i]].forward)
            found = i;
    if (found == w->waiting_count && s->kind == STEP_MEET_ALL)
        found = first;
    if (found >= w->waiting_count)
        return;
    size_t node = w->waiting[found];
    stop_waiting(w, found);
    push(w, *s);
    begin_node(w, node, s->indent, s->level);
}

/* ---- what follows a node ----------------------------------------------- */

/* Pushes one branch: header, body, end. Pushed last part first. */
static void push_branch(walk *w, const step *s, const char *header,
                        const nf_drawing_edge *edge, size_t times)
{
    push(w, (step){.kind = STEP_BRANCH_END, .level = s->level + 1});
    if (!edge->flow) /* a loop's body keeps what meets in it */
        push(w, (step){.kind = STEP_MEET_ALL,
                       .indent = s->indent + 1,
                       .level = s->level + 1});
    push(w, (step){.kind = STEP_EDGE,
                   .indent = s->indent + (header ? 2 : 1),
                   .level = s->level + 1,
                   .node = edge->to,
                   .times = times,
                   .back = edge->back});
    if (header)
        push(
            w,
            (step){.kind = STEP_CASE, .indent = s->indent + 1, .text = header});
}

/* The branches of a split; cases that go to the same place share one. */
static void push_cases(walk *w, const step *s, const nf_drawing_edge *edges,
                       size_t count)
{
    enum { SHARED_MAX = 64 };
    push(w, (step){.kind = STEP_MEET, .indent = s->indent, .level = s->level});
    for (size_t i = count; i-- > 0;) {
        bool earlier = false;
        for (size_t j = 0; j < i && count <= SHARED_MAX; j++)
            earlier = earlier || edges[j].to == edges[i].to;
        if (earlier)
            continue;
        size_t times = 1;
        const char *text = nf_drawing_case(w->arena, edges[i].flow);
        for (size_t j = i + 1; j < count && count <= SHARED_MAX; j++) {
            if (edges[j].to != edges[i].to)
                continue;
            times++;
            text =
                text ? nf_arena_format(w->arena, "%s, %s", text,
                                       nf_drawing_case(w->arena, edges[j].flow))
                     : NULL;
        }
        text =
            text ? nf_arena_format(w->arena, "%s:", *text ? text : "(no case)")
                 : NULL;
        if (!text)
            w->failed = true;
        else
            push_branch(w, s, text, &edges[i], times);
    }
}

static void push_next(walk *w, const step *s, const nf_drawing_edge *edge)
{
    push(w, (step){.kind = STEP_EDGE,
                   .indent = s->indent,
                   .level = s->level,
                   .node = edge->to,
                   .times = 1,
                   .back = edge->back});
}

static bool is_split(const nf_element *element)
{
    return nf_element_is(element, "Microflows$ExclusiveSplit") ||
           nf_element_is(element, "Microflows$InheritanceSplit");
}

static bool ends_path(const nf_element *element)
{
    return nf_element_is(element, "Microflows$EndEvent") ||
           nf_element_is(element, "Microflows$ErrorEvent") ||
           nf_element_is(element, "Microflows$BreakEvent") ||
           nf_element_is(element, "Microflows$ContinueEvent");
}

static void write_node(walk *w, const step *s)
{
    const nf_drawing_node *node = &w->graph->nodes[s->node];
    const nf_drawing_edge *edges = &w->graph->edges[node->first_edge];
    size_t body = 0, normal, count = node->edge_count;
    if (!nf_element_is(node->element, "Microflows$ExclusiveMerge") &&
        !nf_element_is(node->element, "Microflows$StartEvent")) {
        size_t line = w->lines->count;
        nf_describe_object(w->lines, w->model, node->element, s->indent);
        if (line < w->lines->count)
            w->lines->items[line].element = node->element;
    }
    if (body < count && !edges[body].flow)
        body++;
    for (normal = body; normal < count && !edges[normal].error;)
        normal++;
    if (normal == body && !ends_path(node->element) && node->parent == SIZE_MAX)
        nf_lines_text(w->lines, s->indent, "end (no sequence flow leads on)");
    /* last first: the stack gives them back in order */
    if (is_split(node->element))
        push_cases(w, s, edges + body, normal - body);
    else
        for (size_t i = normal; i-- > body;)
            push_next(w, s, &edges[i]);
    for (size_t i = count; i-- > normal;)
        push_branch(w, s, "on error:", &edges[i], 1);
    if (body)
        push_branch(w, s, NULL, &edges[0], 1);
}

static void run(walk *w, size_t start)
{
    push(w, (step){.kind = STEP_MEET_ALL, .indent = 1});
    push(w, (step){.kind = STEP_NODE, .indent = 1, .node = start});
    w->done[start] = true;
    while (w->step_count && !w->failed) {
        step s = w->steps[--w->step_count];
        switch (s.kind) {
        case STEP_NODE:
            write_node(w, &s);
            break;
        case STEP_EDGE:
            arrive(w, &s);
            break;
        case STEP_CASE:
            nf_buffer_text(nf_lines_begin(w->lines), s.text);
            nf_lines_end(w->lines, NF_LINE_CASE, s.indent, 0);
            break;
        case STEP_BRANCH_END:
            end_branch(w, s.level);
            break;
        case STEP_MEET:
        case STEP_MEET_ALL:
            meet(w, &s);
            break;
        }
    }
}

/* ---- around the walk ---------------------------------------------------- */

/* "nanoflow Shop.Close ($Order: Shop.Order) -> Boolean" */
static void write_signature(nf_lines *lines, const char *kind,
                            const nf_document *document, const nf_element *flow)
{
    const nf_element *objects = nf_element_part(flow, "ObjectCollection");
    const nf_element *type = nf_element_part(flow, "MicroflowReturnType");
    const char *result = nf_element_string(flow, "ReturnType", "");
    size_t count = nf_element_count(objects, "Objects"), written = 0;
    nf_buffer *out = nf_lines_begin(lines);
    nf_buffer_format(out, "%s %s (", kind, document->qualified);
    for (size_t i = 0; i < count; i++) {
        const nf_element *object = nf_element_item(objects, "Objects", i);
        if (!nf_element_is(object, "Microflows$MicroflowParameter"))
            continue;
        bool given = nf_element_part(object, "ParameterType") != NULL;
        nf_buffer_format(out, "%s$%s: ", written++ ? ", " : "",
                         nf_element_string(object, "Name", ""));
        nf_describe_type_of(out, object,
                            given ? "ParameterType" : "VariableType", "Type");
        if (!nf_element_bool(object, "IsRequired", true)) {
            const char *value = nf_element_string(object, "DefaultValue", "");
            nf_buffer_format(out, " = %s", *value ? value : "empty");
        }
    }
    nf_buffer_text(out, ")");
    if (type ? !nf_element_is(type, "DataTypes$VoidType")
             : *result && strcmp(result, "Void") != 0) {
        nf_buffer_text(out, " -> ");
        nf_describe_type_of(out, flow, "MicroflowReturnType", "ReturnType");
    }
    if (document->excluded)
        nf_buffer_text(out, ", excluded");
    nf_lines_end(lines, NF_LINE_TEXT, 0, 0);
}

static void write_heading(nf_lines *lines, const nf_document *document,
                          const nf_element *flow)
{
    write_signature(lines, nf_named_type(document->type), document, flow);
    const char *text = nf_element_string(flow, "Documentation", "");
    if (*text) {
        nf_buffer_format(nf_lines_begin(lines), "documentation: %s", text);
        nf_lines_end(lines, NF_LINE_TEXT, 1, 0);
    }
    size_t count = nf_element_count(flow, "AllowedModuleRoles");
    if (count) {
        nf_buffer *out = nf_lines_begin(lines);
        nf_buffer_text(out, "roles:");
        for (size_t i = 0; i < count; i++)
            nf_buffer_format(
                out, "%s %s", i ? "," : "",
                nf_element_item_string(flow, "AllowedModuleRoles", i));
        nf_lines_end(lines, NF_LINE_TEXT, 1, 0);
    }
    if (nf_element_bool(flow, "ApplyEntityAccess", false))
        nf_lines_text(lines, 1, "applies entity access");
    if (!nf_element_bool(flow, "AllowConcurrentExecution", true))
        nf_lines_text(lines, 1, "one at a time");
}

static bool has_note(const nf_element *owner)
{
    const nf_element *objects = nf_element_part(owner, "ObjectCollection");
    for (size_t i = 0; i < nf_element_count(objects, "Objects"); i++)
        if (nf_element_is(nf_element_item(objects, "Objects", i),
                          "Microflows$Annotation"))
            return true;
    return false;
}

/* Also in loops. */
static bool has_notes(const nf_element *flow, const nf_drawing *graph)
{
    bool found = has_note(flow);
    for (size_t i = 0; i < graph->node_count && !found; i++)
        found = has_note(graph->nodes[i].element);
    return found;
}

/* Annotations, with the caption of what each is about. */
static nf_status write_notes(nf_lines *lines, nf_arena *arena,
                             const nf_model *model, const nf_element *flow,
                             nf_error *err)
{
    nf_picture picture;
    nf_status status = nf_picture_build(&picture, arena, flow, err);
    if (status != NF_OK)
        return status;
    const nf_element **about =
        nf_arena_array(arena, picture.shape_count + 1, sizeof *about);
    if (!about)
        return nf_error_nomem(err);
    for (size_t i = 0; i < picture.connector_count; i++)
        if (picture.connectors[i].kind == NF_CONNECTOR_NOTE)
            about[picture.connectors[i].from] =
                picture.shapes[picture.connectors[i].to].element;
    for (size_t i = picture.graph.node_count; i < picture.shape_count; i++) {
        const nf_element *note = picture.shapes[i].element;
        const char *caption =
            about[i] ? nf_caption_of(arena, model, about[i]).text : "";
        if (picture.shapes[i].kind != NF_SHAPE_ANNOTATION)
            continue;
        nf_buffer *out = nf_lines_begin(lines);
        nf_buffer_text(out, "note");
        if (*caption)
            nf_buffer_format(out, " on '%s'", caption);
        nf_buffer_format(out, ": %s", nf_element_string(note, "Caption", ""));
        nf_lines_end(lines, NF_LINE_TEXT, 1, 0);
    }
    return NF_OK;
}

static void write_rest(nf_lines *lines, const nf_model *model,
                       const nf_drawing *graph)
{
    bool first = true;
    for (size_t i = 0; i < graph->node_count; i++) {
        if (graph->nodes[i].reached)
            continue;
        if (first)
            nf_lines_text(lines, 1, "never reached from the start:");
        first = false;
        nf_describe_object(lines, model, graph->nodes[i].element, 2);
    }
    if (graph->ignored) {
        nf_buffer_format(nf_lines_begin(lines),
                         "%zu sequence flows without both ends in one place",
                         graph->ignored);
        nf_lines_end(lines, NF_LINE_TEXT, 1, 0);
    }
}

static bool prepare(walk *w)
{
    size_t count = w->graph->node_count + 1;
    w->waiting = nf_arena_array(w->arena, count, sizeof *w->waiting);
    w->level = nf_arena_array(w->arena, count, sizeof *w->level);
    w->arrived = nf_arena_array(w->arena, count, sizeof *w->arrived);
    w->number = nf_arena_array(w->arena, count, sizeof *w->number);
    w->done = nf_arena_array(w->arena, count, sizeof *w->done);
    w->waits = nf_arena_array(w->arena, count, sizeof *w->waits);
    return w->waiting && w->level && w->arrived && w->number && w->done &&
           w->waits;
}

nf_status nf_describe_flow(nf_buffer *out, const nf_model *model,
                           const nf_document *document, const nf_element *flow,
                           nf_error *err)
{
    return nf_describe_flow_with(out, model, document, flow, NULL, NULL, err);
}

nf_status nf_describe_flow_with(nf_buffer *out, const nf_model *model,
                                const nf_document *document,
                                const nf_element *flow, nf_margin_fn margin,
                                void *user, nf_error *err)
{
    nf_drawing graph;
    nf_lines lines;
    nf_arena *arena = nf_arena_new();
    if (!arena)
        return nf_error_nomem(err);
    nf_lines_init(&lines, arena);
    lines.margin = margin;
    lines.margin_user = user;
    walk w = {.model = model, .graph = &graph, .lines = &lines, .arena = arena};
    nf_status status = nf_drawing_build(&graph, arena, flow, err);
    if (status == NF_OK && !prepare(&w))
        status = nf_error_nomem(err);
    if (status == NF_OK) {
        write_heading(&lines, document, flow);
        if (graph.start == SIZE_MAX)
            nf_lines_text(&lines, 1, "(no start event)");
        else
            run(&w, graph.start);
        write_rest(&lines, model, &graph);
        if (has_notes(flow, &graph))
            status = write_notes(&lines, arena, model, flow, err);
    }
    if (status == NF_OK) {
        if (w.failed || nf_arena_failed(arena) ||
            !nf_lines_write(&lines, graph.node_count + 1, out))
            status = nf_error_nomem(err);
    }
    nf_free(w.steps);
    nf_lines_dispose(&lines);
    nf_arena_free(arena);
    return status;
}
