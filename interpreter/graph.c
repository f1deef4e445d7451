/* From stored elements to the graph of a flow (activities F1 … F8, F36). The
 * order in which objects and flows are stored has no meaning (F5), so objects
 * are looked up by id in a sorted table. Everything lives in the caller's
 * arena. */
#include "interpreter/graph.h"

#include <stdlib.h>
#include <string.h>

enum {
    MAX_LOOP_DEPTH = 64,
    MAX_NODES = 100000,
};

typedef struct builder {
    nf_graph *graph;
    nf_arena *arena;
    nf_node **sorted; /* by id */
    size_t capacity;
    nf_error *err;
} builder;

static const struct {
    const char *type;
    nf_node_kind kind;
} kinds[] = {
    {"Microflows$StartEvent", NF_NODE_START},
    {"Microflows$EndEvent", NF_NODE_END},
    {"Microflows$ErrorEvent", NF_NODE_ERROR_END},
    {"Microflows$BreakEvent", NF_NODE_BREAK},
    {"Microflows$ContinueEvent", NF_NODE_CONTINUE},
    {"Microflows$ExclusiveMerge", NF_NODE_MERGE},
    {"Microflows$ActionActivity", NF_NODE_ACTIVITY},
    {"Microflows$ExclusiveSplit", NF_NODE_SPLIT},
    {"Microflows$InheritanceSplit", NF_NODE_TYPE_SPLIT},
    {"Microflows$LoopedActivity", NF_NODE_LOOP},
};

/* Remembers a fault. `breaks`: the flow can't be called. */
static nf_status add_fault(builder *b, nf_node *node, bool breaks,
                           const char *message)
{
    nf_graph *graph = b->graph;
    nf_graph_fault *faults;

    if (graph->fault_count == graph->fault_capacity) {
        size_t capacity = graph->fault_capacity ? graph->fault_capacity * 2 : 8;

        faults = nf_arena_array(b->arena, capacity, sizeof *faults);
        if (!faults)
            return nf_error_nomem(b->err);
        if (graph->fault_count)
            memcpy(faults, graph->faults, graph->fault_count * sizeof *faults);
        graph->faults = faults;
        graph->fault_capacity = capacity;
    }
    faults = (nf_graph_fault *)(uintptr_t)graph->faults;
    faults[graph->fault_count++] = (nf_graph_fault){node, message};
    if (breaks && !graph->broken)
        graph->broken = message;
    if (!breaks && node && !node->fault)
        node->fault = message;
    return NF_OK;
}

static bool is_dropped(const char *type)
{
    return strcmp(type, "Microflows$Annotation") == 0 ||
           strcmp(type, "Microflows$MicroflowParameter") == 0 ||
           strcmp(type, "Microflows$MicroflowParameterObject") == 0;
}

static nf_node_kind kind_of(const char *type)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].type, type) == 0)
            return kinds[i].kind;
    return NF_NODE_UNKNOWN;
}

static nf_status add_objects(builder *b, const nf_element *collection,
                             nf_node *loop, int depth);

static nf_status add_node(builder *b, const nf_element *element, nf_node *loop,
                          int depth)
{
    nf_node *node;

    if (b->graph->count >= MAX_NODES)
        return nf_error_set(b->err, NF_FAILED, "bad_flow",
                            "The flow has more than %d objects", MAX_NODES);
    node = nf_arena_alloc(b->arena, sizeof *node);
    if (!node)
        return nf_error_nomem(b->err);
    if (b->graph->count == b->capacity) {
        size_t capacity = b->capacity ? b->capacity * 2 : 32;
        nf_node **nodes = nf_arena_array(b->arena, capacity, sizeof *nodes);

        if (!nodes)
            return nf_error_nomem(b->err);
        if (b->graph->count)
            memcpy(nodes, b->graph->nodes, b->graph->count * sizeof *nodes);
        b->graph->nodes = nodes;
        b->capacity = capacity;
    }
    node->kind = kind_of(element->type);
    node->element = element;
    node->loop = loop;
    node->action = nf_element_part(element, "Action");
    node->disabled = node->kind == NF_NODE_ACTIVITY &&
                     nf_element_bool(element, "Disabled", false);
    node->index = b->graph->count;
    b->graph->nodes[b->graph->count++] = node;
    if (node->kind != NF_NODE_LOOP)
        return NF_OK;
    return add_objects(b, nf_element_part(element, "ObjectCollection"), node,
                       depth + 1);
}

static nf_status add_objects(builder *b, const nf_element *collection,
                             nf_node *loop, int depth)
{
    size_t count = nf_element_count(collection, "Objects");

    if (depth > MAX_LOOP_DEPTH)
        return nf_error_set(b->err, NF_FAILED, "bad_flow",
                            "Loops are nested more than %d deep",
                            MAX_LOOP_DEPTH);
    for (size_t i = 0; i < count; i++) {
        const nf_element *element = nf_element_item(collection, "Objects", i);
        nf_status status;

        if (!element || is_dropped(element->type))
            continue;
        status = add_node(b, element, loop, depth);
        if (status)
            return status;
    }
    return NF_OK;
}

static int compare_ids(const void *a, const void *b)
{
    const nf_node *const *x = a, *const *y = b;

    return memcmp((*x)->element->id.bytes, (*y)->element->id.bytes,
                  sizeof(nf_guid));
}

static nf_node *find(const builder *b, const nf_guid *id)
{
    size_t low = 0, high = b->graph->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = memcmp(b->sorted[middle]->element->id.bytes, id->bytes,
                           sizeof id->bytes);

        if (order == 0)
            return b->sorted[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static nf_status sort_nodes(builder *b)
{
    nf_graph *graph = b->graph;

    b->sorted = nf_arena_array(b->arena, graph->count + 1, sizeof *b->sorted);
    if (!b->sorted)
        return nf_error_nomem(b->err);
    if (!graph->count)
        return NF_OK;
    memcpy(b->sorted, graph->nodes, graph->count * sizeof *b->sorted);
    qsort(b->sorted, graph->count, sizeof *b->sorted, compare_ids);
    for (size_t i = 1; i < graph->count; i++)
        if (compare_ids(&b->sorted[i - 1], &b->sorted[i]) == 0 &&
            add_fault(b, b->sorted[i], true,
                      "Two objects of the flow have the same id"))
            return NF_NOMEM;
    return NF_OK;
}

/* The values of one case; NULL for no case. */
static const char *case_value(const nf_element *value)
{
    if (!value || nf_element_is(value, "Microflows$NoCase"))
        return NULL;
    return nf_element_string(value, "Value", "");
}

/* MF-F7: the list form, else the single form. */
static nf_status read_cases(builder *b, nf_edge *edge, const nf_element *flow)
{
    size_t count = nf_element_count(flow, "CaseValues");
    const char **cases = nf_arena_array(b->arena, count + 1, sizeof *cases);
    size_t n = 0;

    if (!cases)
        return nf_error_nomem(b->err);
    for (size_t i = 0; i < count; i++) {
        const char *value = case_value(nf_element_item(flow, "CaseValues", i));

        if (value)
            cases[n++] = value;
    }
    if (n == 0) {
        const char *value = case_value(nf_element_part(flow, "NewCaseValue"));

        if (value)
            cases[n++] = value;
    }
    edge->cases = cases;
    edge->case_count = n;
    return NF_OK;
}

static nf_status add_edge(builder *b, nf_node *from, nf_node *to,
                          const nf_element *flow)
{
    if (from->edge_count == from->edge_capacity) {
        size_t capacity = from->edge_capacity ? from->edge_capacity * 2 : 2;
        nf_edge *edges = nf_arena_array(b->arena, capacity, sizeof *edges);

        if (!edges)
            return nf_error_nomem(b->err);
        if (from->edge_count)
            memcpy(edges, from->edges, from->edge_count * sizeof *edges);
        from->edges = edges;
        from->edge_capacity = capacity;
    }
    from->edges[from->edge_count] =
        (nf_edge){.to = to, .flow = b->graph->flow_count - 1};
    return read_cases(b, &from->edges[from->edge_count++], flow);
}

static nf_status add_flow(builder *b, const nf_element *flow)
{
    bool is_error = nf_element_bool(flow, "IsErrorHandler", false);
    nf_guid origin, destination;
    nf_node *from, *to;

    if (!nf_element_guid(flow, "OriginPointer", &origin))
        return NF_OK;
    from = find(b, &origin);
    if (!from)
        return NF_OK;
    to = nf_element_guid(flow, "DestinationPointer", &destination)
             ? find(b, &destination)
             : NULL;
    if (!to)
        return add_fault(
            b, from, false,
            "A sequence flow leads to an object that does not exist");
    if (from->loop != to->loop) {
        const char *message = nf_arena_format(
            b->arena,
            "A sequence flow from \"%s\" to \"%s\" crosses the border of a "
            "loop",
            nf_node_caption(from), nf_node_caption(to));

        return message ? add_fault(b, from, true, message)
                       : nf_error_nomem(b->err);
    }
    to->incoming++;
    b->graph->flows[b->graph->flow_count++] =
        (nf_graph_flow){flow, from, to, is_error};
    to->arrival = b->graph->flow_count - 1;
    if (!is_error)
        return add_edge(b, from, to, flow);
    if (from->error)
        return add_fault(b, from, false, "The object has several error flows");
    from->error = to;
    from->error_flow = b->graph->flow_count - 1;
    return NF_OK;
}

static bool is_split(const nf_node *node)
{
    return node->kind == NF_NODE_SPLIT || node->kind == NF_NODE_TYPE_SPLIT;
}

/* What nobody connected and somebody switched off is left lying there (M-f). */
static bool is_left_over(const nf_node *node)
{
    return node->disabled && !node->edge_count && !node->error;
}

/* F26: the body starts at the only object without an incoming flow. */
static nf_status find_bodies(builder *b)
{
    nf_graph *graph = b->graph;
    nf_status status = NF_OK;

    for (size_t i = 0; !status && i < graph->count; i++) {
        nf_node *node = graph->nodes[i];

        if (!node->loop || node->incoming || is_left_over(node))
            continue;
        if (node->loop->body)
            status = add_fault(b, node->loop, false,
                               "The loop's body has several objects without "
                               "an incoming sequence flow");
        else
            node->loop->body = node;
    }
    return status;
}

static nf_status check_nodes(builder *b)
{
    nf_graph *graph = b->graph;
    nf_status status = NF_OK;

    for (size_t i = 0; !status && i < graph->count; i++) {
        nf_node *node = graph->nodes[i];

        if (node->loop && !node->loop->body && !node->loop->fault &&
            !is_left_over(node))
            status = add_fault(b, node->loop, false,
                               "The loop's body has no object without an "
                               "incoming sequence flow");
        if (!status && !is_split(node) && node->edge_count > 1)
            status = add_fault(b, node, false,
                               "The object has several outgoing sequence "
                               "flows");
    }
    return status;
}

static nf_status find_start(builder *b)
{
    nf_graph *graph = b->graph;
    nf_status status = NF_OK;

    for (size_t i = 0; !status && i < graph->count; i++) {
        nf_node *node = graph->nodes[i];

        if (node->kind != NF_NODE_START)
            continue;
        if (node->loop)
            status = add_fault(b, node, true, "A loop contains a start event");
        else if (graph->start)
            status =
                add_fault(b, node, true, "The flow has several start events");
        else
            graph->start = node;
    }
    if (!status && !graph->start)
        status = add_fault(b, NULL, true, "The flow has no start event");
    return status;
}

nf_status nf_graph_build(nf_graph *graph, nf_arena *arena,
                         const nf_element *flow, nf_error *err)
{
    builder b = {.graph = graph, .arena = arena, .err = err};
    size_t flows = nf_element_count(flow, "Flows");
    nf_status status;

    *graph = (nf_graph){0};
    status =
        add_objects(&b, nf_element_part(flow, "ObjectCollection"), NULL, 0);
    if (!status)
        status = sort_nodes(&b);
    graph->flows = nf_arena_array(arena, flows + 1, sizeof *graph->flows);
    if (!status && !graph->flows)
        status = nf_error_nomem(err);
    for (size_t i = 0; !status && i < flows; i++) {
        const nf_element *item = nf_element_item(flow, "Flows", i);

        if (nf_element_is(item, "Microflows$SequenceFlow"))
            status = add_flow(&b, item);
    }
    if (!status)
        status = find_start(&b);
    if (!status)
        status = find_bodies(&b);
    return status ? status : check_nodes(&b);
}

static const char *short_type(const char *type)
{
    const char *dollar = strchr(type, '$');

    return dollar ? dollar + 1 : type;
}

const char *nf_node_caption(const nf_node *node)
{
    const nf_element *element = node->element;
    const char *caption = nf_element_string(element, "Caption", "");

    if (node->kind == NF_NODE_ACTIVITY) {
        if (caption[0] && strcmp(caption, "Activity") != 0)
            return caption;
        return node->action ? short_type(node->action->type) : "Activity";
    }
    return caption[0] ? caption : short_type(element->type);
}

nf_node *nf_node_through_merges(nf_node *node, const nf_graph *graph)
{
    for (size_t i = 0; i <= graph->count; i++) {
        if (node->kind != NF_NODE_MERGE || node->fault || !node->edge_count)
            return node;
        node = node->edges[0].to;
    }
    return node;
}

nf_node *nf_node_successor(const nf_node *node, size_t index)
{
    if (index < node->edge_count)
        return node->edges[index].to;
    index -= node->edge_count;
    if (node->error && index-- == 0)
        return node->error;
    if (node->body && index-- == 0)
        return node->body;
    return node->loop && index == 0 ? node->loop : NULL;
}

static void visit(const nf_node *node, const nf_node **stack, size_t *depth,
                  bool *reached)
{
    if (!node || reached[node->index])
        return;
    reached[node->index] = true;
    stack[(*depth)++] = node;
}

bool nf_graph_reach(const nf_graph *graph, const nf_node *from,
                    const bool *closed, bool *reached)
{
    const nf_node **stack = nf_alloc_array(graph->count + 1, sizeof *stack);
    size_t depth = 0;

    if (!stack)
        return false;
    memset(reached, 0, graph->count * sizeof *reached);
    visit(from, stack, &depth, reached);
    while (depth) {
        const nf_node *node = stack[--depth], *to;

        if (closed && closed[node->index])
            visit(node->error, stack, &depth, reached);
        else
            for (size_t i = 0; (to = nf_node_successor(node, i)); i++)
                visit(to, stack, &depth, reached);
    }
    nf_free(stack);
    return true;
}
