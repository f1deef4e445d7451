/* Coverage of flows: counts per test, collected from watched programs
 * (interpreter/observe.h), and the points that they make up. */
#include "testing/coverage.h"

#include "activities/activities.h"
#include "analysis/caption.h"
#include "base/map.h"
#include "database/xpath.h"

#include <stdlib.h>
#include <string.h>

enum { LOOP_CLASSES = 3 };

/* Of one program: how many tests ran each part. */
typedef struct counted {
    const nf_program *program;
    uint32_t *nodes, *flows, *loops; /* one allocation; loops: three each */
    size_t tests;
} counted;

struct nf_coverage {
    const nf_app *app;
    nf_arena *arena;
    nf_programs *programs;
    nf_map *counted;         /* by qualified name */
    nf_coverage_flow *flows; /* once they were asked for */
    size_t flow_count, flow_capacity;
    bool failed;
};

static void free_counted(counted *c)
{
    if (c)
        nf_free(c->nodes);
    nf_free(c);
}

static void drop_flows(nf_coverage *coverage)
{
    for (size_t i = 0; i < coverage->flow_count; i++)
        nf_free(coverage->flows[i].points);
    nf_free(coverage->flows);
    coverage->flows = NULL;
    coverage->flow_count = coverage->flow_capacity = 0;
}

void nf_coverage_free(nf_coverage *coverage)
{
    size_t cursor = 0;
    void *value;

    if (!coverage)
        return;
    while (coverage->counted &&
           nf_map_next(coverage->counted, &cursor, NULL, &value))
        free_counted(value);
    nf_map_free(coverage->counted);
    drop_flows(coverage);
    nf_programs_free(coverage->programs);
    nf_arena_free(coverage->arena);
    nf_free(coverage);
}

nf_status nf_coverage_new(nf_coverage **out, const nf_app *app, unsigned allow,
                          nf_error *err)
{
    nf_coverage *coverage = nf_alloc(sizeof *coverage);

    *out = NULL;
    if (!coverage)
        return nf_error_nomem(err);
    coverage->app = app;
    coverage->arena = nf_arena_new();
    coverage->counted = nf_map_new();
    coverage->programs = nf_programs_new(app->model, nf_activities,
                                         &nf_xpath_sql_compiler, allow);
    if (!coverage->arena || !coverage->counted || !coverage->programs) {
        nf_coverage_free(coverage);
        return nf_error_nomem(err);
    }
    nf_programs_watch(coverage->programs, NF_WATCH_COVERAGE);
    *out = coverage;
    return NF_OK;
}

nf_programs *nf_coverage_programs(nf_coverage *coverage)
{
    return coverage->programs;
}

/* ---- collecting ---------------------------------------------------------- */

static counted *counted_of(nf_coverage *coverage, const nf_program *program)
{
    const char *name = nf_program_flow(program)->qualified;
    counted *c = nf_map_get(coverage->counted, name);
    nf_ran ran = nf_program_ran(program);
    size_t nodes = ran.graph->count, flows = ran.graph->flow_count;

    if (c)
        return c;
    c = nf_alloc(sizeof *c);
    if (c)
        c->nodes = nf_alloc_array((1 + LOOP_CLASSES) * nodes + flows + 1,
                                  sizeof *c->nodes);
    if (!c || !c->nodes || !nf_map_set(coverage->counted, name, c)) {
        free_counted(c);
        coverage->failed = true;
        return NULL;
    }
    c->program = program;
    c->loops = c->nodes + nodes;
    c->flows = c->loops + LOOP_CLASSES * nodes;
    return c;
}

/* What one test adds. */
typedef struct collector {
    nf_coverage *coverage;
    const char *const *only;
    size_t count; /* 0: all */
} collector;

static bool is_wanted(const collector *c, const nf_program *program)
{
    const char *name = nf_program_flow(program)->qualified;

    for (size_t i = 0; i < c->count; i++)
        if (strcmp(c->only[i], name) == 0)
            return true;
    return !c->count;
}

static void collect(void *user, const nf_program *program)
{
    const collector *by = user;
    nf_ran ran = nf_program_ran(program);
    bool any = false;
    counted *c;

    for (size_t i = 0; !any && i < ran.graph->count; i++)
        any = ran.nodes[i];
    if (any && !is_wanted(by, program)) {
        nf_program_forget(program); /* or the next test would count it */
        return;
    }
    c = any ? counted_of(by->coverage, program) : NULL;
    if (!c)
        return;
    c->tests++;
    for (size_t i = 0; i < ran.graph->count; i++) {
        c->nodes[i] += ran.nodes[i];
        for (size_t k = 0; k < LOOP_CLASSES; k++)
            c->loops[i * LOOP_CLASSES + k] += ran.loops[i] >> k & 1;
    }
    for (size_t i = 0; i < ran.graph->flow_count; i++)
        c->flows[i] += ran.flows[i];
    nf_program_forget(program);
}

nf_status nf_coverage_collect(nf_coverage *coverage, const char *const *only,
                              size_t count, nf_error *err)
{
    collector by = {coverage, only, count};

    nf_programs_each(coverage->programs, collect, &by);
    return coverage->failed ? nf_error_nomem(err) : NF_OK;
}

/* Programs of one flow have the same graph, whoever compiled them. */
nf_status nf_coverage_merge(nf_coverage *into, const nf_coverage *from,
                            nf_error *err)
{
    size_t cursor = 0;
    void *value;

    while (nf_map_next(from->counted, &cursor, NULL, &value)) {
        const counted *c = value;
        const nf_flow *flow = nf_program_flow(c->program);
        const nf_program *program;
        size_t count;
        counted *own;
        nf_status status = nf_programs_inspect(
            &program, into->programs, flow->kind, flow->qualified, err);

        if (status)
            return status;
        own = counted_of(into, program);
        if (!own)
            return nf_error_nomem(err);
        count = (1 + LOOP_CLASSES) * nf_program_ran(program).graph->count +
                nf_program_ran(program).graph->flow_count;
        for (size_t i = 0; i < count; i++)
            own->nodes[i] += c->nodes[i];
        own->tests += c->tests;
    }
    return NF_OK;
}

/* ---- points -------------------------------------------------------------- */

typedef struct maker {
    nf_coverage *coverage;
    nf_coverage_flow *flow;
    const nf_graph *graph;
    const bool *reached;
} maker;

static void add_point(maker *m, nf_covered *sum, const nf_element *element,
                      const char *what, const char *text, size_t tests)
{
    nf_coverage_flow *flow = m->flow;
    nf_coverage_point *points = nf_grow(flow->points, flow->point_count,
                                        &flow->point_capacity, sizeof *points);

    sum->total++;
    sum->ran += tests > 0;
    if (!points || !text) {
        m->coverage->failed = true;
        return;
    }
    flow->points = points;
    points[flow->point_count++] =
        (nf_coverage_point){element, what, text, tests};
}

static const char *word_of(const nf_node *node)
{
    switch (node->kind) {
    case NF_NODE_SPLIT:
    case NF_NODE_TYPE_SPLIT:
        return "decision";
    case NF_NODE_LOOP:
        return "loop";
    case NF_NODE_END:
        return "end";
    case NF_NODE_ERROR_END:
        return "error";
    case NF_NODE_BREAK:
        return "break";
    case NF_NODE_CONTINUE:
        return "continue";
    default:
        return "activity";
    }
}

/* What its picture says, so that people find it there. */
static const char *caption_of(const maker *m, const nf_node *node)
{
    nf_caption caption = nf_caption_of(m->coverage->arena,
                                       m->coverage->app->model, node->element);

    if (node->kind == NF_NODE_ACTIVITY &&
        strcmp(nf_element_string(node->element, "Caption", "Activity"),
               "Activity") != 0)
        return nf_node_caption(node);
    return *caption.text ? caption.text : nf_node_caption(node);
}

static bool counts(const maker *m, const nf_node *node)
{
    return m->reached[node->index] && !node->disabled &&
           node->kind != NF_NODE_START && node->kind != NF_NODE_MERGE;
}

static void add_nodes(maker *m, const counted *c)
{
    static const char *const rounds[] = {"no round", "one round",
                                         "many rounds"};
    nf_arena *arena = m->coverage->arena;

    for (size_t i = 0; i < m->graph->count; i++) {
        const nf_node *node = m->graph->nodes[i];
        const char *caption = caption_of(m, node);

        if (!counts(m, node))
            continue;
        add_point(m, &m->flow->sum.elements, node->element, word_of(node),
                  caption, c ? c->nodes[i] : 0);
        for (size_t k = 0; node->kind == NF_NODE_LOOP && k < LOOP_CLASSES; k++)
            add_point(m, &m->flow->sum.loops, node->element, "rounds",
                      nf_arena_format(arena, "%s: %s", caption, rounds[k]),
                      c ? c->loops[i * LOOP_CLASSES + k] : 0);
    }
}

static const nf_edge *edge_of(const nf_graph_flow *flow, size_t number)
{
    for (size_t i = 0; i < flow->from->edge_count; i++)
        if (flow->from->edges[i].flow == number)
            return &flow->from->edges[i];
    return NULL;
}

/* "a or b", the cases of a sequence flow that leaves a decision; NULL. */
static const char *cases_of(nf_arena *arena, const nf_edge *edge)
{
    const char *text = NULL;

    for (size_t i = 0; edge && i < edge->case_count; i++) {
        const char *name = *edge->cases[i] ? edge->cases[i] : "(empty)";

        text = text ? nf_arena_format(arena, "%s or %s", text, name)
                    : nf_arena_strdup(arena, name);
    }
    return text;
}

static void add_flow(maker *m, const nf_graph_flow *flow, size_t number,
                     size_t tests)
{
    nf_arena *arena = m->coverage->arena;
    const nf_node *from = flow->from;
    const char *caption = caption_of(m, from);
    nf_coverage_sum *sum = &m->flow->sum;
    const char *cases;

    if (flow->error) {
        add_point(m, &sum->handlers, flow->element, "handler",
                  nf_arena_format(arena, "%s: on error", caption), tests);
        return;
    }
    cases = cases_of(arena, edge_of(flow, number));
    if (cases &&
        (from->kind == NF_NODE_SPLIT || from->kind == NF_NODE_TYPE_SPLIT)) {
        sum->flows.total++;
        sum->flows.ran += tests > 0;
        add_point(m, &sum->outcomes, flow->element, "outcome",
                  nf_arena_format(arena, "%s: %s", caption, cases), tests);
        return;
    }
    add_point(
        m, &sum->flows, flow->element, "flow",
        nf_arena_format(arena, "%s to %s", caption, caption_of(m, flow->to)),
        tests);
}

static void make_points(maker *m, const nf_program *program, const counted *c)
{
    bool *reached = nf_alloc_array(m->graph->count + 1, sizeof *reached);

    (void)program;
    if (!reached || !nf_graph_reach(m->graph, m->graph->start, NULL, reached)) {
        nf_free(reached);
        m->coverage->failed = true;
        return;
    }
    m->reached = reached;
    add_nodes(m, c);
    for (size_t i = 0; i < m->graph->flow_count; i++)
        if (reached[m->graph->flows[i].from->index])
            add_flow(m, &m->graph->flows[i], i, c ? c->flows[i] : 0);
    m->reached = NULL;
    nf_free(reached);
}

/* ---- flows --------------------------------------------------------------- */

static void add_program(nf_coverage *coverage, const nf_program *program)
{
    const nf_flow *flow = nf_program_flow(program);
    const counted *c = nf_map_get(coverage->counted, flow->qualified);
    nf_coverage_flow *flows = nf_grow(coverage->flows, coverage->flow_count,
                                      &coverage->flow_capacity, sizeof *flows);
    maker m = {.coverage = coverage, .graph = nf_program_ran(program).graph};

    if (!flows) {
        coverage->failed = true;
        return;
    }
    coverage->flows = flows;
    m.flow = &flows[coverage->flow_count++];
    *m.flow = (nf_coverage_flow){.flow = flow, .tests = c ? c->tests : 0};
    make_points(&m, program, c);
}

/* Whether something of the module ran. */
static bool is_touched(const nf_coverage *coverage, const nf_module *module)
{
    size_t length = strlen(module->name), cursor = 0;
    const char *name;
    void *value;

    while (nf_map_next(coverage->counted, &cursor, &name, &value))
        if (strncmp(name, module->name, length) == 0 && name[length] == '.')
            return true;
    return false;
}

/* Nanoflows that did not run, of modules in which something did. */
static void add_others(nf_coverage *coverage)
{
    const nf_model *model = coverage->app->model;

    for (size_t i = 0; i < nf_model_document_count(model); i++) {
        const nf_document *document = nf_model_document(model, i);
        const nf_program *program;
        nf_error ignored = {0};

        if (document->excluded || !document->module ||
            strcmp(document->type, "Microflows$Nanoflow") != 0 ||
            nf_map_get(coverage->counted, document->qualified) ||
            !is_touched(coverage, document->module))
            continue;
        if (nf_programs_get(&program, coverage->programs, NF_FLOW_NANOFLOW,
                            document->qualified, &ignored) == NF_OK)
            add_program(coverage, program);
    }
}

static int by_name(const void *a, const void *b)
{
    const nf_coverage_flow *x = a, *y = b;

    return strcmp(x->flow->qualified, y->flow->qualified);
}

nf_status nf_coverage_flows(const nf_coverage_flow **out, size_t *count,
                            nf_coverage *coverage, nf_error *err)
{
    size_t cursor = 0;
    void *value;

    drop_flows(coverage);
    *out = NULL;
    *count = 0;
    while (nf_map_next(coverage->counted, &cursor, NULL, &value))
        add_program(coverage, ((const counted *)value)->program);
    add_others(coverage);
    if (coverage->failed)
        return nf_error_nomem(err);
    if (coverage->flow_count)
        qsort(coverage->flows, coverage->flow_count, sizeof *coverage->flows,
              by_name);
    *out = coverage->flows;
    *count = coverage->flow_count;
    return NF_OK;
}

static void add_sum(nf_covered *to, nf_covered part)
{
    to->ran += part.ran;
    to->total += part.total;
}

nf_coverage_sum nf_coverage_total(const nf_coverage_flow *flows, size_t count)
{
    nf_coverage_sum sum = {0};

    for (size_t i = 0; i < count; i++) {
        add_sum(&sum.elements, flows[i].sum.elements);
        add_sum(&sum.flows, flows[i].sum.flows);
        add_sum(&sum.outcomes, flows[i].sum.outcomes);
        add_sum(&sum.handlers, flows[i].sum.handlers);
        add_sum(&sum.loops, flows[i].sum.loops);
    }
    return sum;
}

double nf_coverage_percent(const nf_coverage_sum *sum)
{
    nf_covered all = sum->elements; /* outcomes are among the flows */

    add_sum(&all, sum->flows);
    add_sum(&all, sum->handlers);
    add_sum(&all, sum->loops);
    return all.total ? 100.0 * (double)all.ran / (double)all.total : 100.0;
}
