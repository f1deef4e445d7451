/* Probes of a watched program (observe.h); private to interpreter/. */
#ifndef NF_INTERPRETER_PROBE_H
#define NF_INTERPRETER_PROBE_H

#include "interpreter/observe.h"
#include "interpreter/program.h"

typedef enum nf_point_kind {
    NF_POINT_NODE, /* index of the node */
    NF_POINT_FLOW, /* index of the sequence flow */
    NF_POINT_LOOP  /* index of the node: its end */
} nf_point_kind;

/* What is reached with an instruction. */
typedef struct nf_point {
    uint32_t pc;
    uint16_t kind;
    uint16_t loop; /* LOOP: the loop table */
    uint32_t index;
} nf_point;

typedef struct nf_probe {
    uint32_t pc;
    uint32_t first, count; /* its points */
    uint8_t op;            /* what stands there without it */
} nf_probe;

struct nf_probes {
    bool steps; /* stay when they were reached */
    nf_point *points;
    size_t point_count, point_capacity;
    nf_probe *items; /* by pc */
    size_t count;
    uint8_t *nodes, *flows, *loops; /* nf_ran */
};

/* ---- while compiling: nothing happens unless the binder watches ---------- */

void nf_probe_node(nf_binder *b, const nf_node *node);
/* Before the jump is emitted. */
void nf_probe_edge(nf_binder *b, const nf_edge *edge);
void nf_probe_loop(nf_binder *b, const nf_node *node, size_t loop);
/* Whether the edge must be an instruction of its own: what it leads to does not
 * tell that it was followed. */
bool nf_probe_needs_jump(const nf_binder *b, const nf_edge *edge);
/* After linking. */
nf_status nf_probe_arm(nf_binder *b);

/* ---- while running ------------------------------------------------------- */

/* What stands behind the probe at `pc`. */
unsigned nf_probe_op(const struct nf_probes *probes, uint32_t pc);
/* At the probe `pc` of the innermost frame. Puts back what stands behind it, to
 * be executed now, unless the probe stays: then that is a NOP, and the frame's
 * pc moves past it. */
__attribute__((cold)) nf_status nf_probe_reach(nf_execution *x, uint32_t pc,
                                               nf_error *err);
/* The innermost invocation has ended normally, or fails at `pc`. */
void nf_probe_leave(nf_execution *x, const nf_value *value);
void nf_probe_fail(nf_execution *x, uint32_t pc, const nf_error *error);
/* An error flow is followed. */
void nf_probe_handle(nf_execution *x, const nf_place *place);
void nf_probe_enter(nf_execution *x);
/* The innermost invocation ends with an error. */
void nf_probe_abandon(nf_execution *x, const nf_error *error);

#endif
