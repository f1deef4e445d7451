/* What only the whole graph of a flow shows, for `check` (activities F1 … F8,
 * V2, V3): objects that nothing leads to, ways that never end, variables that
 * have no value on some way, and names that are given twice. Nothing here
 * changes what runs. */
#include "interpreter/program.h"

#include <stdio.h>
#include <string.h>

typedef struct review {
    nf_binder *b;
    const nf_graph *graph;
    bool *reached;         /* by index: from the start */
    bool *marked;          /* of the walk at hand */
    bool *closed;          /* what assigns the variable at hand, or is behind */
    const nf_node **stack; /* of a walk: each node at most once */
    const nf_node **from; /* what leads to the objects, one after another … */
    size_t *first;        /* … by index, where that of an object begins */
} review;

static bool is_parameter(const nf_program *program, int32_t slot)
{
    return (uint32_t)slot >= program->first_parameter &&
           (uint32_t)slot <
               program->first_parameter + program->flow->parameter_count;
}

/* Not of an activity that is not known: it need not assign what it names. */
static bool is_known(const review *r, int32_t slot)
{
    return r->b->program->variables[slot].type.kind != NF_KIND_UNKNOWN;
}

static bool walk(review *r, const bool *closed)
{
    if (nf_graph_reach(r->graph, r->graph->start, closed, r->marked))
        return true;
    nf_binder_fail(r->b, NULL);
    return false;
}

/* Turns the ways round: for walks backwards. */
static bool find_predecessors(review *r)
{
    const nf_graph *graph = r->graph;
    size_t total = 0;
    const nf_node *to;

    r->first = nf_alloc_array(graph->count + 2, sizeof *r->first);
    for (size_t i = 0; r->first && i < graph->count; i++)
        for (size_t k = 0; (to = nf_node_successor(graph->nodes[i], k)); k++)
            r->first[to->index + 2]++;
    for (size_t i = 2; r->first && i < graph->count + 2; i++)
        total = r->first[i] += r->first[i - 1];
    r->from = nf_alloc_array(total + 1, sizeof *r->from);
    if (!r->first || !r->from)
        return false;
    for (size_t i = 0; i < graph->count; i++)
        for (size_t k = 0; (to = nf_node_successor(graph->nodes[i], k)); k++)
            r->from[r->first[to->index + 1]++] = graph->nodes[i];
    return true;
}

/* ---- unreachable objects (F5) -------------------------------------------- */

/* What is switched off may lie about (M-f). Of what cannot be reached the
 * first objects are told; a loop stands for its body. */
static bool is_told(const review *r, const nf_node *node)
{
    return !r->reached[node->index] && !node->disabled &&
           !(node->loop && !r->reached[node->loop->index]);
}

static void find_unreachable(review *r)
{
    for (size_t i = 0; i < r->graph->count; i++)
        if (is_told(r, r->graph->nodes[i]))
            nf_notice(r->b, r->graph->nodes[i], NF_SEVERITY_WARNING,
                      "unreachable",
                      "No sequence flow leads here from the start event");
}

/* ---- ways that never end ------------------------------------------------- */

static bool breaks_from(const nf_graph *graph, const nf_node *loop)
{
    for (size_t i = 0; i < graph->count; i++)
        if (graph->nodes[i]->kind == NF_NODE_BREAK &&
            graph->nodes[i]->loop == loop)
            return true;
    return false;
}

/* Whether the flow, or a loop whose condition is always true, may end here. */
static bool is_exit(const nf_node *node)
{
    if (node->kind == NF_NODE_END || node->kind == NF_NODE_ERROR_END ||
        node->kind == NF_NODE_UNKNOWN || node->fault)
        return true;
    return !node->loop && !node->edge_count && !node->forever;
}

/* Whether `node` goes on to `to`; loops whose condition is always true only by
 * a break. */
static bool goes_to(const nf_graph *graph, const nf_node *node,
                    const nf_node *to)
{
    if (node->forever && to != node->body && to != node->error &&
        !breaks_from(graph, node))
        return false;
    for (size_t i = 0; i < node->edge_count; i++)
        if (node->edges[i].to == to)
            return true;
    return to == node->error || to == node->body ||
           (to == node->loop && !node->edge_count);
}

/* Backwards from all exits. Leaves in `marked` what has a way to one. */
static void mark_ends(review *r)
{
    const nf_graph *graph = r->graph;
    size_t depth = 0;

    memset(r->marked, 0, graph->count * sizeof *r->marked);
    for (size_t i = 0; i < graph->count; i++)
        if (is_exit(graph->nodes[i])) {
            r->marked[i] = true;
            r->stack[depth++] = graph->nodes[i];
        }
    while (depth) {
        const nf_node *to = r->stack[--depth];

        for (size_t i = r->first[to->index]; i < r->first[to->index + 1]; i++) {
            const nf_node *from = r->from[i];

            if (r->marked[from->index] || !goes_to(graph, from, to))
                continue;
            r->marked[from->index] = true;
            r->stack[depth++] = from;
        }
    }
}

/* Whether a way leads back to the node, and one leads here from before. */
static bool is_entry(const review *r, const nf_node *node, const bool *after)
{
    bool entered = node->kind == NF_NODE_START, again = false;

    for (size_t i = r->first[node->index]; i < r->first[node->index + 1]; i++) {
        size_t from = r->from[i]->index;

        again = again || after[from];
        entered = entered || (r->reached[from] && !after[from]);
    }
    return entered && again;
}

/* One finding per ring: where a way leads into it. */
static void find_endless(review *r)
{
    const nf_graph *graph = r->graph;

    mark_ends(r);
    for (size_t i = 0; i < graph->count && !r->b->fatal; i++) {
        const nf_node *node = graph->nodes[i];

        if (!r->reached[i] || r->marked[i])
            continue;
        if (!nf_graph_reach(graph, node, NULL, r->closed))
            nf_binder_fail(r->b, NULL);
        else if (is_entry(r, node, r->closed))
            nf_notice(r->b, node, NF_SEVERITY_WARNING, "endless_loop",
                      "From here no way leads to an end event or out of the "
                      "loop");
    }
}

/* ---- variables without a value (V3) ---------------------------------------
 */

/* Some variables at a time, each a bit: flows may have thousands. */
enum { BATCH = 64 };

typedef struct batch {
    int32_t slots[BATCH];
    size_t count;
    uint64_t *given; /* by node: what it assigns */
    uint64_t *unset; /* by node: what may have no value before it */
} batch;

static void arrive(review *r, batch *some, const nf_node *node, uint64_t unset,
                   size_t *depth)
{
    if (!node || (some->unset[node->index] | unset) == some->unset[node->index])
        return;
    some->unset[node->index] |= unset;
    if (r->marked[node->index]) /* waits in the stack */
        return;
    r->marked[node->index] = true;
    r->stack[(*depth)++] = node;
}

/* Finds what can be reached while variables have no value: past an object that
 * assigns one only by its error flow. */
static void spread_unset(review *r, batch *some)
{
    const size_t size = r->graph->count * sizeof *some->unset;
    const nf_access *writes = r->b->writes.items;
    size_t depth = 0;

    memset(some->given, 0, size);
    memset(some->unset, 0, size);
    memset(r->marked, 0, r->graph->count * sizeof *r->marked);
    for (size_t i = 0; i < some->count; i++)
        for (uint32_t at =
                 r->b->program->variables[some->slots[i]].writes.first;
             at; at = writes[at - 1].next)
            some->given[writes[at - 1].node->index] |= UINT64_C(1) << i;
    arrive(r, some, r->graph->start, UINT64_MAX, &depth);
    while (depth) {
        const nf_node *node = r->stack[--depth], *to;
        uint64_t unset = some->unset[node->index];

        r->marked[node->index] = false;
        arrive(r, some, node->error, unset, &depth);
        unset &= ~some->given[node->index];
        for (size_t i = 0; (to = nf_node_successor(node, i)); i++)
            arrive(r, some, to, unset, &depth);
    }
}

/* By its node. */
static bool is_first_read(const review *r, const nf_access *read)
{
    const nf_access *reads = r->b->reads.items;
    uint32_t at = r->b->program->variables[read->slot].reads.first;

    while (reads[at - 1].node != read->node)
        at = reads[at - 1].next;
    return &reads[at - 1] == read;
}

static void tell_unset(review *r, const batch *some, size_t index)
{
    const nf_variable *variable = &r->b->program->variables[some->slots[index]];
    const nf_access *read;
    char message[512];

    for (uint32_t at = variable->reads.first; at; at = read->next) {
        uint64_t unset;

        read = &r->b->reads.items[at - 1];
        unset =
            some->unset[read->node->index] & ~some->given[read->node->index];
        if (!(unset >> index & 1) || !is_first_read(r, read))
            continue;
        snprintf(message, sizeof message,
                 "The variable \"%s\" has no value on every path that leads "
                 "here",
                 variable->name);
        nf_notice(r->b, read->node, NF_SEVERITY_ERROR, "unset_variable",
                  message);
    }
}

static void find_unset(review *r, batch *some)
{
    if (some->count)
        spread_unset(r, some);
    for (size_t i = 0; i < some->count && !r->b->fatal; i++)
        tell_unset(r, some, i);
    some->count = 0;
}

/* Slots that activities assign; the others always have a value. */
static void find_unset_variables(review *r)
{
    const nf_accesses *written = &r->b->writes;
    const nf_variable *variables = r->b->program->variables;
    batch some = {
        .given = nf_alloc_array(r->graph->count + 1, sizeof *some.given),
        .unset = nf_alloc_array(r->graph->count + 1, sizeof *some.unset),
    };

    if (!some.given || !some.unset)
        nf_binder_fail(r->b, NULL);
    for (size_t i = 0; i < written->count && !r->b->fatal; i++) {
        int32_t slot = written->items[i].slot;

        if (variables[slot].writes.first != i + 1 || !is_known(r, slot) ||
            !variables[slot].reads.first || is_parameter(r->b->program, slot))
            continue;
        some.slots[some.count++] = slot;
        if (some.count == BATCH)
            find_unset(r, &some);
    }
    if (!r->b->fatal)
        find_unset(r, &some);
    nf_free(some.given);
    nf_free(some.unset);
}

/* ---- names given twice (V2) ------------------------------------------------
 */

/* Whether every way to `node` passes `first`, other than by its error flow. */
static bool dominates(review *r, const nf_node *first, const nf_node *node)
{
    memset(r->closed, 0, r->graph->count * sizeof *r->closed);
    r->closed[first->index] = true;
    return walk(r, r->closed) && !r->marked[node->index];
}

/* Whether another object that gives `slot` a value comes first for sure. */
static bool is_given_by(review *r, uint32_t slot, const nf_access *one)
{
    const nf_access *other;

    for (uint32_t at = r->b->program->variables[slot].writes.first; at;
         at = other->next) {
        other = &r->b->writes.items[at - 1];
        if (other->node != one->node && dominates(r, other->node, one->node))
            return true;
    }
    return false;
}

static bool is_given_before(review *r, const nf_access *one)
{
    const nf_variable *variables = r->b->program->variables;
    const char *name = variables[one->slot].name;
    uint32_t next = nf_variables_named(r->b, name, strlen(name));

    if (is_parameter(r->b->program, one->slot))
        return true;
    for (; next; next = variables[next - 1].before)
        if (is_known(r, (int32_t)next - 1) &&
            strcmp(variables[next - 1].name, name) == 0 &&
            is_given_by(r, next - 1, one))
            return true;
    return false;
}

static void find_duplicates(review *r)
{
    char message[512];

    for (size_t i = 0; i < r->b->writes.count; i++) {
        const nf_access *one = &r->b->writes.items[i];

        if (!r->reached[one->node->index] || !is_given_before(r, one))
            continue;
        snprintf(message, sizeof message,
                 "There is already a variable \"%s\" on the way here",
                 r->b->program->variables[one->slot].name);
        nf_notice(r->b, one->node, NF_SEVERITY_ERROR, "duplicate_variable",
                  message);
    }
}

/* ---- all -------------------------------------------------------------------
 */

static void review_graph(review *r)
{
    if (!nf_graph_reach(r->graph, r->graph->start, NULL, r->reached) ||
        !find_predecessors(r)) {
        nf_binder_fail(r->b, NULL);
        return;
    }
    find_unreachable(r);
    find_endless(r);
    find_unset_variables(r);
    find_duplicates(r);
}

void nf_review(nf_binder *b)
{
    size_t count = b->graph.count + 1;
    review r = {
        .b = b,
        .graph = &b->graph,
        .reached = nf_alloc_array(count, sizeof(bool)),
        .marked = nf_alloc_array(count, sizeof(bool)),
        .closed = nf_alloc_array(count, sizeof(bool)),
        .stack = nf_alloc_array(count, sizeof *r.stack),
    };

    if (!r.reached || !r.marked || !r.closed || !r.stack)
        nf_binder_fail(b, NULL);
    else if (!b->fatal && b->graph.start)
        review_graph(&r);
    nf_free(r.reached);
    nf_free(r.marked);
    nf_free(r.closed);
    nf_free(r.stack);
    nf_free(r.from);
    nf_free(r.first);
}
