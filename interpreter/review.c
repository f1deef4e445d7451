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

/* Marks what can be reached while the variable has no value: past an object
 * that assigns it only by its error flow. */
static bool mark_unset(review *r, int32_t slot)
{
    const nf_accesses *written = &r->b->writes;

    memset(r->closed, 0, r->graph->count * sizeof *r->closed);
    for (size_t i = 0; i < written->count; i++)
        if (written->items[i].slot == slot)
            r->closed[written->items[i].node->index] = true;
    return walk(r, r->closed);
}

static bool is_first_read(const nf_accesses *reads, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (reads->items[i].slot == reads->items[index].slot &&
            reads->items[i].node == reads->items[index].node)
            return false;
    return true;
}

static void find_unset(review *r, int32_t slot)
{
    const nf_accesses *reads = &r->b->reads;
    char message[512];
    bool known = false;

    for (size_t i = 0; i < reads->count; i++) {
        const nf_node *node = reads->items[i].node;

        if (reads->items[i].slot != slot)
            continue;
        if (!known && !mark_unset(r, slot))
            return;
        known = true;
        if (!r->marked[node->index] || r->closed[node->index] ||
            !is_first_read(reads, i))
            continue;
        snprintf(message, sizeof message,
                 "The variable \"%s\" has no value on every path that leads "
                 "here",
                 r->b->program->variables[slot].name);
        nf_notice(r->b, node, NF_SEVERITY_ERROR, "unset_variable", message);
    }
}

/* Slots that activities assign; the others always have a value. */
static void find_unset_variables(review *r)
{
    const nf_accesses *written = &r->b->writes;
    size_t count = r->b->program->variable_count;
    bool *seen = nf_alloc_array(count + 1, sizeof *seen);

    if (!seen) {
        nf_binder_fail(r->b, NULL);
        return;
    }
    for (size_t i = 0; i < written->count && !r->b->fatal; i++) {
        int32_t slot = written->items[i].slot;

        if (!seen[slot] && is_known(r, slot) &&
            !is_parameter(r->b->program, slot))
            find_unset(r, slot);
        seen[slot] = true;
    }
    nf_free(seen);
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

static bool is_given_before(review *r, size_t index)
{
    const nf_access *one = &r->b->writes.items[index];
    const nf_variable *variables = r->b->program->variables;

    if (is_parameter(r->b->program, one->slot))
        return true;
    for (size_t i = 0; i < r->b->writes.count; i++) {
        const nf_access *other = &r->b->writes.items[i];

        if (i != index && other->node != one->node &&
            is_known(r, other->slot) &&
            strcmp(variables[other->slot].name, variables[one->slot].name) ==
                0 &&
            dominates(r, other->node, one->node))
            return true;
    }
    return false;
}

static void find_duplicates(review *r)
{
    char message[512];

    for (size_t i = 0; i < r->b->writes.count; i++) {
        const nf_access *one = &r->b->writes.items[i];

        if (!r->reached[one->node->index] || !is_given_before(r, i))
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
