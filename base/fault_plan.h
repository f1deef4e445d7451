/* Inside of a plan: shared by fault.c and fault_plan.c, nobody else. */
#ifndef NF_BASE_FAULT_PLAN_H
#define NF_BASE_FAULT_PLAN_H

#include "base/fault.h"
#include "base/text.h"

enum { NF_FAULT_POINT_MAX = 96, NF_FAULT_RULES_MAX = 64 };

typedef struct nf_fault_point {
    const char *name;
    nf_fault_class kind;
    bool server; /* a step or a write of the server */
} nf_fault_point;
extern const nf_fault_point nf_fault_points[];
extern const size_t nf_fault_point_count;

typedef struct nf_fault_rule {
    size_t point;
    nf_fault fault;
    int64_t nth;   /* from 1: the first time that counts */
    int64_t count; /* how often; 0: always */
    int percent;
    int64_t met, fired;
} nf_fault_rule;

struct nf_faults {
    nf_fault_rule rules[NF_FAULT_RULES_MAX];
    size_t rule_count;
    /* `seed:`: faults anywhere */
    bool random;
    int random_percent;
    int64_t random_left; /* -1: without end */
    nf_random dice;
    nf_clock clock; /* now NULL: none */
    nf_faults *server; /* the plan of the server that is reached; NULL */
    bool in_process, crashed, cut;
    int64_t clock_offset[2]; /* device, server */
    size_t count;
    nf_buffer text;
    struct {
        int64_t hits, bytes;
        int64_t *edges;
        size_t edge_count, edge_capacity;
    } seen[NF_FAULT_POINT_MAX];
};

/* The index of a point by its name; nf_fault_point_count: unknown. */
size_t nf_fault_find(const char *name, size_t length);
/* Whether an action makes sense at a kind of point. */
bool nf_fault_fits(nf_fault_action action, nf_fault_class kind);

#endif
