/* Where probes stand, and what happens at one (observe.h). The points of an
 * object and of the sequence flow that alone leads to it share the object's
 * first instruction; every other sequence flow is a jump of its own. */
#include "interpreter/probe.h"

#include "interpreter/execution.h"

#include <stdlib.h>
#include <string.h>

/* ---- compiling ----------------------------------------------------------- */

static void add_point(nf_binder *b, nf_point_kind kind, size_t index,
                      size_t loop, uint32_t pc)
{
    struct nf_probes *probes = b->program->probes;
    nf_point *points;

    if (!probes)
        return;
    points = nf_table_grow(b, probes->points, probes->point_count,
                           &probes->point_capacity, sizeof *points);
    if (!points)
        return;
    probes->points = points;
    points[probes->point_count++] = (nf_point){
        .pc = pc,
        .kind = (uint16_t)kind,
        .loop = (uint16_t)loop,
        .index = (uint32_t)index,
    };
}

/* Where a probe can stay: before the instruction, which is the step. */
static void emit_room(nf_binder *b)
{
    unsigned steps = b->steps;

    b->steps = 0;
    nf_emit(b, NF_OP_NOP, 0, 0, 0, -1);
    b->steps = steps;
}

void nf_probe_node(nf_binder *b, const nf_node *node)
{
    uint32_t pc = nf_here(b);

    if (!b->program->probes)
        return;
    if (b->program->probes->steps || (node->kind == NF_NODE_END && node->loop))
        emit_room(b);
    if (node->incoming == 1 && !b->graph.flows[node->arrival].error)
        add_point(b, NF_POINT_FLOW, node->arrival, 0, pc);
    add_point(b, NF_POINT_NODE, node->index, 0, pc);
}

void nf_probe_edge(nf_binder *b, const nf_edge *edge)
{
    uint32_t pc = nf_here(b);

    if (!nf_probe_needs_jump(b, edge))
        return;
    if (b->program->probes->steps)
        emit_room(b);
    for (size_t i = 0; i <= b->graph.count; i++) {
        const nf_node *to = edge->to;

        add_point(b, NF_POINT_FLOW, edge->flow, 0, pc);
        if (to->kind != NF_NODE_MERGE || to->fault || !to->edge_count)
            return;
        add_point(b, NF_POINT_NODE, to->index, 0, pc);
        edge = &to->edges[0];
    }
}

void nf_probe_loop(nf_binder *b, const nf_node *node, size_t loop)
{
    if (!b->program->probes)
        return;
    add_point(b, NF_POINT_LOOP, node->index, loop, nf_here(b));
    emit_room(b);
}

bool nf_probe_needs_jump(const nf_binder *b, const nf_edge *edge)
{
    return b->program->probes &&
           (edge->to->kind == NF_NODE_MERGE || edge->to->incoming != 1);
}

static int by_pc(const void *a, const void *b)
{
    const nf_point *x = a, *y = b;

    if (x->pc != y->pc)
        return x->pc < y->pc ? -1 : 1;
    if (x->kind != y->kind) /* sequence flows before what they lead to */
        return x->kind == NF_POINT_FLOW ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

static void arm(const nf_program *program)
{
    const struct nf_probes *probes = program->probes;

    for (size_t i = 0; i < probes->count; i++)
        program->code.items[probes->items[i].pc].op = NF_OP_PROBE;
}

nf_status nf_probe_arm(nf_binder *b)
{
    nf_program *p = b->program;
    struct nf_probes *probes = p->probes;
    size_t nodes = b->graph.count, flows = b->graph.flow_count;

    if (!probes)
        return NF_OK;
    p->graph = b->graph;
    probes->items =
        nf_alloc_array(probes->point_count + 1, sizeof *probes->items);
    probes->nodes = nf_alloc(2 * nodes + flows + 1);
    if (!probes->items || !probes->nodes)
        return nf_binder_fail(b, NULL);
    probes->loops = probes->nodes + nodes;
    probes->flows = probes->loops + nodes;
    if (probes->point_count)
        qsort(probes->points, probes->point_count, sizeof *probes->points,
              by_pc);
    for (size_t i = 0; i < probes->point_count; i++) {
        uint32_t pc = probes->points[i].pc;
        nf_probe *last = &probes->items[probes->count];

        if (probes->count && last[-1].pc == pc) {
            last[-1].count++;
            continue;
        }
        *last = (nf_probe){pc, (uint32_t)i, 1, p->code.items[pc].op};
        probes->count++;
    }
    arm(p);
    return NF_OK;
}

void nf_probes_free(struct nf_probes *probes)
{
    if (!probes)
        return;
    nf_free(probes->points);
    nf_free(probes->items);
    nf_free(probes->nodes);
    nf_free(probes);
}

/* ---- coverage ------------------------------------------------------------ */

nf_ran nf_program_ran(const nf_program *program)
{
    const struct nf_probes *probes = program->probes;

    if (!probes)
        return (nf_ran){.graph = &program->graph};
    return (nf_ran){&program->graph, probes->nodes, probes->flows,
                    probes->loops};
}

void nf_program_forget(const nf_program *program)
{
    const struct nf_probes *probes = program->probes;

    if (!probes)
        return;
    memset(probes->nodes, 0,
           2 * program->graph.count + program->graph.flow_count);
    arm(program);
}

static uint8_t rounds_bit(int64_t rounds)
{
    return rounds <= 0   ? NF_LOOP_ZERO
           : rounds == 1 ? NF_LOOP_ONE
                         : NF_LOOP_MANY;
}

/* At a loop's end the hidden index is the number of rounds that began. */
static void mark_loop(const nf_frame *frame, const nf_point *point)
{
    const nf_program *program = frame->program;
    const nf_loop_site *site = &program->loops[point->loop];
    const nf_value *index = &frame->registers[site->index];

    if (index->kind == NF_KIND_INTEGER)
        program->probes->loops[point->index] |= rounds_bit(index->as.integer);
}

/* Loops around a node that end because something in them ends the flow: the
 * round under way counts. */
static void mark_loops_around(const nf_frame *frame, const nf_node *node,
                              const nf_node *outside)
{
    const struct nf_probes *probes = frame->program->probes;

    for (; node && node->loop && node->loop != outside; node = node->loop)
        for (size_t i = 0; i < probes->point_count; i++) {
            const nf_point *point = &probes->points[i];
            const nf_loop_site *site;
            const nf_value *index;

            if (point->kind != NF_POINT_LOOP ||
                point->index != node->loop->index)
                continue;
            site = &frame->program->loops[point->loop];
            index = &frame->registers[site->index];
            if (index->kind == NF_KIND_INTEGER)
                probes->loops[point->index] |=
                    rounds_bit(index->as.integer + 1);
        }
}

static nf_probe *find_probe(const struct nf_probes *probes, uint32_t pc)
{
    size_t low = 0, high = probes->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (probes->items[middle].pc == pc)
            return &probes->items[middle];
        if (probes->items[middle].pc < pc)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

unsigned nf_probe_op(const struct nf_probes *probes, uint32_t pc)
{
    const nf_probe *probe = find_probe(probes, pc);

    return probe ? probe->op : NF_OP_PROBE;
}

/* Marks what is reached; true if it has to be looked at again. */
static bool mark(nf_execution *x, const nf_probe *probe)
{
    nf_frame *frame = x->frame;
    const nf_program *program = frame->program;
    const struct nf_probes *probes = program->probes;
    bool again = false;

    for (uint32_t i = 0; i < probe->count; i++) {
        const nf_point *point = &probes->points[probe->first + i];
        const nf_node *node;

        switch ((nf_point_kind)point->kind) {
        case NF_POINT_FLOW:
            probes->flows[point->index] = 1;
            if (!frame->taken)
                frame->taken = &program->graph.flows[point->index];
            break;
        case NF_POINT_NODE:
            node = program->graph.nodes[point->index];
            probes->nodes[point->index] = 1;
            if (node->kind == NF_NODE_END && node->loop) {
                mark_loops_around(frame, node, NULL);
                again = true;
            }
            break;
        case NF_POINT_LOOP:
            mark_loop(frame, point);
            again = probes->loops[point->index] !=
                    (NF_LOOP_ZERO | NF_LOOP_ONE | NF_LOOP_MANY);
            break;
        }
    }
    return again;
}

/* ---- steps --------------------------------------------------------------- */

static bool is_step(const nf_node *node)
{
    return node->kind != NF_NODE_START && node->kind != NF_NODE_MERGE &&
           !node->disabled;
}

static void end_step(nf_execution *x, const nf_error *error)
{
    const nf_observer *o = x->world->observer;
    nf_frame *frame = x->frame;

    if (o && o->end && frame->at && is_step(frame->at))
        o->end(o->user, x, frame->taken, error);
    frame->at = NULL;
    frame->taken = NULL;
}

/* The object that begins at a probe, or NULL. */
static const nf_node *begins(const nf_program *program, const nf_probe *probe)
{
    const struct nf_probes *probes = program->probes;

    for (uint32_t i = 0; i < probe->count; i++) {
        const nf_point *point = &probes->points[probe->first + i];
        const nf_node *node = point->kind == NF_POINT_NODE
                                  ? program->graph.nodes[point->index]
                                  : NULL;

        if (node && node->kind != NF_NODE_MERGE)
            return node;
    }
    return NULL;
}

static nf_status begin_step(nf_execution *x, const nf_node *node, nf_error *err)
{
    const nf_observer *o = x->world->observer;
    nf_status status = NF_OK;

    end_step(x, NULL);
    x->frame->at = node;
    if (o->begin && is_step(node))
        status = o->begin(o->user, x, err);
    if (status == NF_PENDING)
        x->frame->at = NULL;
    return status;
}

/* A jump that compares at once passes over the comparison that it stands for.
 */
static void mark_head(nf_execution *x, const nf_probe *probe)
{
    const nf_program *program = x->frame->program;
    const nf_probe *head;

    if (probe->op < NF_OP_BACK_EQ_RR || probe->op > NF_OP_BACK_GE_RK)
        return;
    head = find_probe(program->probes, program->code.items[probe->pc].c);
    if (head)
        mark(x, head);
}

nf_status nf_probe_reach(nf_execution *x, uint32_t pc, nf_error *err)
{
    nf_frame *frame = x->frame;
    const nf_program *program = frame->program;
    const struct nf_probes *probes = program->probes;
    const nf_probe *probe = find_probe(probes, pc);
    bool stays = mark(x, probe) || probes->steps;
    const nf_node *node = NULL;
    nf_status status = NF_OK;

    frame->pc = pc;
    if (!probes->steps) {
        mark_head(x, probe);
        frame->taken = NULL;
    } else if (x->world->observer) {
        node = begins(program, probe);
    }
    if (node)
        status = begin_step(x, node, err);
    if (probe->op != NF_OP_NOP || !stays)
        program->code.items[probe->pc].op = probe->op;
    else if (status == NF_OK)
        frame->pc++;
    return status;
}

void nf_probe_enter(nf_execution *x)
{
    const nf_observer *o = x->world->observer;

    if (o && o->enter)
        o->enter(o->user, x);
}

void nf_probe_leave(nf_execution *x, const nf_value *value)
{
    const nf_observer *o = x->world->observer;

    end_step(x, NULL);
    if (o && o->leave)
        o->leave(o->user, x, value, NULL);
}

void nf_probe_fail(nf_execution *x, uint32_t pc, const nf_error *error)
{
    nf_frame *frame = x->frame;
    const nf_place *place = nf_program_place(frame->program, pc);

    if (!frame->program->probes)
        return;
    frame->pc = pc;
    if (place)
        mark_loops_around(frame, place->node,
                          place->handled_by ? place->handled_by->loop : NULL);
    end_step(x, error);
}

void nf_probe_abandon(nf_execution *x, const nf_error *error)
{
    const nf_observer *o = x->world->observer;

    if (o && o->leave)
        o->leave(o->user, x, NULL, error);
}

void nf_probe_handle(nf_execution *x, const nf_place *place)
{
    const nf_program *program = x->frame->program;
    const nf_node *node = place->handled_by, *to;

    if (!program->probes || !node || !node->error)
        return;
    program->probes->flows[node->error_flow] = 1;
    to = node->error;
    for (size_t i = 0; i <= program->graph.count; i++) {
        if (to->kind != NF_NODE_MERGE || to->fault || !to->edge_count)
            return;
        program->probes->nodes[to->index] = 1;
        program->probes->flows[to->edges[0].flow] = 1;
        to = to->edges[0].to;
    }
}

/* ---- what an observer may look at ---------------------------------------- */

void **nf_execution_note(nf_execution *x)
{
    return &x->note;
}

const nf_frame *nf_execution_frame(const nf_execution *x, size_t level)
{
    const nf_frame *frame = x->frame;

    while (frame && level-- > 0)
        frame = frame->caller;
    return frame;
}

const nf_program *nf_frame_program(const nf_frame *frame)
{
    return frame->program;
}

const nf_node *nf_frame_node(const nf_frame *frame)
{
    return frame->at;
}

size_t nf_frame_slot_count(const nf_frame *frame)
{
    return frame->program->variable_count;
}

const nf_value *nf_frame_slot(const nf_frame *frame, size_t slot,
                              const char **name, nf_type *type)
{
    static const nf_value empty = {.kind = NF_KIND_EMPTY};
    const nf_variable *variable = &frame->program->variables[slot];
    const nf_value *value = &frame->registers[slot];

    if (!variable->name[0] || value->kind == NF_KIND_UNSET ||
        (variable->predefined && value->kind == NF_KIND_EMPTY))
        return NULL;
    *name = variable->name;
    *type = variable->type;
    return value->kind == NF_KIND_OBJECT && value->as.object->removed ? &empty
                                                                      : value;
}

bool nf_frame_is_predefined(const nf_frame *frame, size_t slot)
{
    return frame->program->variables[slot].predefined;
}

bool nf_execution_handles(const nf_execution *x, const nf_error *error)
{
    const nf_frame *frame = x->frame;
    uint32_t pc = frame ? frame->pc : 0;

    if (!nf_error_is_catchable(error))
        return false;
    for (; frame; frame = frame->caller) {
        const nf_place *place = nf_program_place(frame->program, pc);

        if (place && place->handler != NF_NO_HANDLER)
            return true;
        pc = frame->caller ? frame->caller->pc - 1 : 0;
    }
    return false;
}
