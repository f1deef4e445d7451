/* The graph of a stored flow (model-format MF-F1 … MF-F8). Objects of one
 * collection stand together, so that a loop knows its body; edges are sorted
 * by origin. Which edges close a cycle is found by a depth-first search with
 * its own stack. */
#include "analysis/drawing.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define NONE SIZE_MAX

typedef struct place {
    nf_guid guid;
    size_t node;
} place;

static bool is_flow_object(const nf_element *object)
{
    return object && !nf_element_is(object, "Microflows$Annotation") &&
           !nf_element_is(object, "Microflows$MicroflowParameter") &&
           !nf_element_is(object, "Microflows$MicroflowParameterObject");
}

/* Appends the objects of one collection. */
static nf_status add_collection(nf_drawing *graph, size_t *capacity,
                                const nf_element *collection, size_t parent,
                                nf_error *err)
{
    size_t count = nf_element_count(collection, "Objects");
    for (size_t i = 0; i < count; i++) {
        const nf_element *object = nf_element_item(collection, "Objects", i);
        if (!is_flow_object(object))
            continue;
        if (graph->node_count == NF_DRAWING_MAX_NODES)
            return nf_error_set(err, NF_FAILED, "bad_flow",
                                "The flow has more than %d objects",
                                NF_DRAWING_MAX_NODES);
        nf_drawing_node *nodes =
            nf_grow(graph->nodes, graph->node_count, capacity, sizeof *nodes);
        if (!nodes)
            return nf_error_nomem(err);
        graph->nodes = nodes;
        nodes[graph->node_count++] =
            (nf_drawing_node){.element = object, .parent = parent};
    }
    return NF_OK;
}

/* All objects, collection by collection: the nodes are their own queue. */
static nf_status add_nodes(nf_drawing *graph, const nf_element *flow,
                           nf_error *err)
{
    size_t capacity = 0;
    nf_status status = add_collection(
        graph, &capacity, nf_element_part(flow, "ObjectCollection"), NONE, err);
    for (size_t i = 0; status == NF_OK && i < graph->node_count; i++) {
        const nf_element *body =
            nf_element_part(graph->nodes[i].element, "ObjectCollection");
        if (!body)
            continue;
        size_t first = graph->node_count;
        status = add_collection(graph, &capacity, body, i, err);
        graph->nodes[i].body = first;
        graph->nodes[i].body_count = graph->node_count - first;
    }
    return status;
}

static int compare_places(const void *a, const void *b)
{
    return memcmp(&((const place *)a)->guid, &((const place *)b)->guid,
                  sizeof(nf_guid));
}

static size_t find_node(const place *places, size_t count, const nf_guid *guid)
{
    place key = {*guid, 0};
    const place *found =
        bsearch(&key, places, count, sizeof *places, compare_places);
    return found ? found->node : NONE;
}

const char *nf_drawing_case(nf_arena *arena, const nf_element *flow)
{
    const char *text = "";
    size_t count = nf_element_count(flow, "CaseValues");
    for (size_t i = 0; i <= count; i++) {
        const nf_element *value =
            i < count ? nf_element_item(flow, "CaseValues", i)
                      : (count ? NULL : nf_element_part(flow, "NewCaseValue"));
        if (!value || nf_element_is(value, "Microflows$NoCase"))
            continue;
        const char *name = nf_element_string(value, "Value", "");
        if (!*name)
            name = "(empty)";
        text = *text ? nf_arena_format(arena, "%s, %s", text, name) : name;
        if (!text)
            return "";
    }
    return text;
}

static int edge_rank(const nf_drawing_edge *edge)
{
    if (!edge->flow)
        return 0; /* into the body of a loop */
    if (edge->error)
        return 3;
    const nf_element *first = nf_element_item(edge->flow, "CaseValues", 0);
    if (!first)
        first = nf_element_part(edge->flow, "NewCaseValue");
    return strcmp(nf_element_string(first, "Value", ""), "true") ? 2 : 1;
}

static int compare_edges(const void *a, const void *b)
{
    const nf_drawing_edge *x = a, *y = b;
    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    int difference = edge_rank(x) - edge_rank(y);
    if (difference)
        return difference;
    return x->to < y->to ? -1 : x->to > y->to;
}

/* Sequence flows, and one edge into the body of each loop: to the object
 * without incoming flow (MF-F2), else to its first object. */
static void add_edges(nf_drawing *graph, const nf_element *flow,
                      const place *places)
{
    size_t count = nf_element_count(flow, "Flows");
    for (size_t i = 0; i < count; i++) {
        const nf_element *item = nf_element_item(flow, "Flows", i);
        nf_guid from, to;
        if (!nf_element_is(item, "Microflows$SequenceFlow"))
            continue;
        size_t a = NONE, b = NONE;
        if (nf_element_guid(item, "OriginPointer", &from))
            a = find_node(places, graph->node_count, &from);
        if (nf_element_guid(item, "DestinationPointer", &to))
            b = find_node(places, graph->node_count, &to);
        if (a == NONE || b == NONE ||
            graph->nodes[a].parent != graph->nodes[b].parent) {
            graph->ignored++;
            continue;
        }
        graph->nodes[b].incoming++;
        graph->edges[graph->edge_count++] = (nf_drawing_edge){
            .from = a,
            .to = b,
            .flow = item,
            .error = nf_element_bool(item, "IsErrorHandler", false)};
    }
    for (size_t i = 0; i < graph->node_count; i++) {
        const nf_drawing_node *node = &graph->nodes[i];
        if (!node->body_count)
            continue;
        size_t entry = node->body;
        for (size_t j = 0; j < node->body_count; j++)
            if (!graph->nodes[node->body + j].incoming) {
                entry = node->body + j;
                break;
            }
        graph->edges[graph->edge_count++] =
            (nf_drawing_edge){.from = i, .to = entry};
    }
    qsort(graph->edges, graph->edge_count, sizeof *graph->edges, compare_edges);
    for (size_t i = graph->edge_count; i-- > 0;) {
        graph->nodes[graph->edges[i].from].first_edge = i;
        graph->nodes[graph->edges[i].from].edge_count++;
    }
}

/* What the start event reaches, and which edges close a cycle. */
static bool search(nf_drawing *graph)
{
    enum { UNSEEN, OPEN, CLOSED };
    if (graph->start == NONE)
        return true;
    size_t *stack = nf_alloc_array(graph->node_count, sizeof *stack);
    size_t *next = nf_alloc_array(graph->node_count, sizeof *next);
    uint8_t *state = nf_alloc_array(graph->node_count, sizeof *state);
    if (stack && next && state) {
        size_t depth = 0;
        stack[depth++] = graph->start;
        state[graph->start] = OPEN;
        graph->nodes[graph->start].reached = true;
        while (depth) {
            size_t at = stack[depth - 1];
            nf_drawing_node *node = &graph->nodes[at];
            if (next[at] == node->edge_count) {
                state[at] = CLOSED;
                depth--;
                continue;
            }
            nf_drawing_edge *edge =
                &graph->edges[node->first_edge + next[at]++];
            nf_drawing_node *target = &graph->nodes[edge->to];
            target->arrivals++;
            edge->back = state[edge->to] == OPEN;
            if (!edge->back)
                target->forward++;
            if (state[edge->to] == UNSEEN) {
                state[edge->to] = OPEN;
                target->reached = true;
                stack[depth++] = edge->to;
            }
        }
    }
    bool worked = stack && next && state;
    nf_free(stack);
    nf_free(next);
    nf_free(state);
    return worked;
}

/* Moves the growing array into the arena. */
static bool settle_nodes(nf_drawing *graph, nf_arena *arena)
{
    nf_drawing_node *grown = graph->nodes;
    graph->nodes =
        nf_arena_array(arena, graph->node_count + 1, sizeof *graph->nodes);
    if (graph->nodes && graph->node_count)
        memcpy(graph->nodes, grown, graph->node_count * sizeof *grown);
    nf_free(grown);
    return graph->nodes;
}

nf_status nf_drawing_build(nf_drawing *out, nf_arena *arena,
                           const nf_element *flow, nf_error *err)
{
    *out = (nf_drawing){.start = NONE};
    nf_status status = add_nodes(out, flow, err);
    if (!settle_nodes(out, arena) && status == NF_OK)
        status = nf_error_nomem(err);
    if (status != NF_OK)
        return status;
    place *places = nf_arena_array(arena, out->node_count + 1, sizeof *places);
    out->edges = nf_arena_array(
        arena, nf_element_count(flow, "Flows") + out->node_count + 1,
        sizeof *out->edges);
    if (!places || !out->edges)
        return nf_error_nomem(err);
    for (size_t i = 0; i < out->node_count; i++) {
        places[i] = (place){out->nodes[i].element->id, i};
        if (out->start == NONE && out->nodes[i].parent == NONE &&
            nf_element_is(out->nodes[i].element, "Microflows$StartEvent"))
            out->start = i;
    }
    qsort(places, out->node_count, sizeof *places, compare_places);
    add_edges(out, flow, places);
    return search(out) ? NF_OK : nf_error_nomem(err);
}
