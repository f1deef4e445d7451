/* From the graph of a flow to one linear program (design §2). Objects are laid
 * out in reverse postorder, so that every object stands behind what leads to
 * it, variables are declared before they are read, and most sequence flows
 * are a fall-through; the rest are jumps. Merges vanish. A loop is a head,
 * its body and an exit. What is wrong is collected (F43) and becomes a RAISE
 * where it would have been executed. */
#include "interpreter/compile.h"
#include "interpreter/probe.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

typedef struct region {
    nf_node **order; /* reverse postorder */
    size_t count;
    nf_loop_frame *loop; /* NULL: the flow itself */
} region;

/* ---- reports ------------------------------------------------------------- */

static const char *node_type(const nf_binder *b, const nf_node *node)
{
    if (!node)
        return b->program->flow->element->type;
    return node->action ? node->action->type : node->element->type;
}

/* NULL after setting `fatal`. */
static const nf_finding *add_finding(nf_binder *b, const nf_node *node,
                                     nf_finding finding)
{
    nf_program *p = b->program;
    const nf_element *element = node ? node->element : p->flow->element;
    nf_finding *items = nf_table_grow(b, p->findings, p->finding_count,
                                      &p->finding_capacity, sizeof *items);
    char *id = nf_arena_alloc(p->arena, NF_GUID_TEXT_SIZE);

    if (items)
        p->findings = items;
    finding.code = nf_arena_strdup(p->arena, finding.code);
    finding.detail = nf_arena_strdup(p->arena, finding.detail);
    finding.message = nf_arena_strdup(p->arena, finding.message);
    if (!items || !id || !finding.code || !finding.detail || !finding.message) {
        nf_binder_fail(b, NULL);
        return NULL;
    }
    nf_guid_text(&element->id, id);
    finding.type = node_type(b, node);
    finding.element = node ? nf_node_caption(node) : "";
    finding.element_id = id;
    items[p->finding_count] = finding;
    return &items[p->finding_count++];
}

void nf_notice(nf_binder *b, const nf_node *node, nf_severity severity,
               const char *code, const char *message)
{
    add_finding(b, node,
                (nf_finding){.severity = severity,
                             .code = code,
                             .detail = "",
                             .position = -1,
                             .message = message});
}

static void set_raise(nf_binder *b, nf_raise raise)
{
    nf_raise *copy = nf_arena_alloc(b->program->arena, sizeof *copy);

    if (!copy) {
        nf_binder_fail(b, NULL);
        return;
    }
    *copy = raise;
    b->raise = copy;
}

void nf_report(nf_binder *b, nf_severity severity, bool unsupported,
               const char *code, const char *detail, long position,
               const char *message)
{
    const nf_finding *f =
        add_finding(b, b->node,
                    (nf_finding){.severity = severity,
                                 .unsupported = unsupported,
                                 .code = code ? code : "",
                                 .detail = detail ? detail : "",
                                 .position = position,
                                 .text = position < 0 ? NULL : b->text,
                                 .message = message});

    if (f && severity <= NF_SEVERITY_UNSUPPORTED && !b->raise)
        set_raise(b, (nf_raise){f->code, f->detail, f->message, f->position,
                                f->text});
}

void nf_emit_raise(nf_binder *b, const nf_raise *raise)
{
    nf_emit(b, NF_OP_RAISE, nf_raise_add(b, raise), 0, 0, raise->position);
}

/* ---- order --------------------------------------------------------------- */

/* The i-th successor, the last one first in the order; NULL at the end. */
static nf_node *successor(const nf_binder *b, const nf_node *node, size_t i)
{
    if (nf_error_flow_counts(b, node)) {
        if (i == 0)
            return nf_node_through_merges(node->error, &b->graph);
        i--;
    }
    if (node->fault || i >= node->edge_count)
        return NULL;
    return nf_node_through_merges(node->edges[node->edge_count - 1 - i].to,
                                  &b->graph);
}

typedef struct visit {
    nf_node *node;
    size_t next;
} visit;

/* Depth first with a stack of its own: flows may be long chains. */
static bool order_nodes(nf_binder *b, region *r, nf_node *start)
{
    size_t total = b->graph.count, depth = 0, finished = 0;
    visit *stack = nf_alloc_array(total + 1, sizeof *stack);
    nf_node **done = nf_alloc_array(total + 1, sizeof *done);

    if (!stack || !done) {
        nf_free(stack);
        nf_free(done);
        nf_binder_fail(b, NULL);
        return false;
    }
    start = nf_node_through_merges(start, &b->graph);
    start->visiting = true;
    stack[depth++] = (visit){start, 0};
    while (depth) {
        visit *top = &stack[depth - 1];
        nf_node *to = successor(b, top->node, top->next++);

        if (!to) {
            done[finished++] = top->node;
            depth--;
        } else if (!to->visiting) {
            to->visiting = true;
            stack[depth++] = (visit){to, 0};
        }
    }
    nf_free(stack);
    for (size_t i = 0; i < finished / 2; i++) {
        nf_node *swap = done[i];

        done[i] = done[finished - 1 - i];
        done[finished - 1 - i] = swap;
    }
    for (size_t i = 0; i < finished; i++)
        done[i]->order = (uint32_t)i + 1;
    r->order = done;
    r->count = finished;
    return true;
}

/* ---- jumps --------------------------------------------------------------- */

bool nf_is_back(const nf_binder *b, const nf_node *to)
{
    return to->order <= b->node->order;
}

void nf_emit_goto(nf_binder *b, const nf_edge *edge)
{
    const nf_node *to = nf_node_through_merges(edge->to, &b->graph);
    nf_fixup *items = nf_table_grow(b, b->fixups, b->fixup_count,
                                    &b->fixup_capacity, sizeof *items);
    uint32_t at;

    if (!items)
        return;
    b->fixups = items;
    nf_probe_edge(b, edge);
    at = nf_emit(b, nf_is_back(b, to) ? NF_OP_JUMP_BACK : NF_OP_JUMP, 0, 0, 0,
                 -1);
    items[b->fixup_count++] = (nf_fixup){at, to};
}

/* Where the token leaves an object without an outgoing flow (F7). */
static void emit_dangling(nf_binder *b, const nf_loop_frame *loop)
{
    if (loop) {
        nf_emit(b, NF_OP_JUMP_BACK, 0, 0, loop->head, -1);
        return;
    }
    nf_notice(b, b->node, NF_SEVERITY_ERROR, "dangling_path",
              "The path ends here without an end event");
    nf_emit(b, NF_OP_RETURN_DANGLING, 0, 0, 0, -1);
}

static void emit_next(nf_binder *b, const region *r, const nf_node *next)
{
    const nf_node *node = b->node, *to;

    if (!node->edge_count) {
        emit_dangling(b, r->loop);
        return;
    }
    to = nf_node_through_merges(node->edges[0].to, &b->graph);
    if (to != next || nf_probe_needs_jump(b, &node->edges[0]))
        nf_emit_goto(b, &node->edges[0]);
    else if (b->steps || (b->program->probes && nf_here(b) == node->pc))
        nf_emit(b, NF_OP_NOP, 0, 0, 0, -1);
}

/* ---- places -------------------------------------------------------------- */

int32_t nf_hidden_add(nf_binder *b, nf_kind kind)
{
    return nf_variable_add(b, "", (nf_type){.kind = kind}, false);
}

void nf_place_begin(nf_binder *b, nf_node *node)
{
    nf_program *p = b->program;
    nf_place *items = nf_table_grow(b, p->places, p->place_count,
                                    &p->place_capacity, sizeof *items);

    node->pc = nf_here(b);
    if (!items)
        return;
    p->places = items;
    items[p->place_count++] = (nf_place){
        .start = node->pc,
        .handler = NF_NO_HANDLER,
        .caption = nf_node_caption(node),
        .node = node,
    };
}

/* ---- events and activities ----------------------------------------------- */

static void compile_end(nf_binder *b)
{
    const nf_type *type = &b->program->flow->result;
    nf_expression e;
    bool blank;
    uint16_t value;

    if (type->kind == NF_KIND_VOID) { /* F13 */
        nf_emit(b, NF_OP_RETURN_VOID, 0, 0, 0, -1);
        return;
    }
    if (!nf_gen_parse(b, &e,
                      nf_element_string(b->node->element, "ReturnValue", ""),
                      type, "", &blank)) {
        if (blank && type->kind == NF_KIND_BOOLEAN) /* V11 */
            nf_report(
                b, NF_SEVERITY_ERROR, false, "empty_value", "", -1,
                "A Boolean can't be empty; the end event has to give one");
        if (b->raise)
            nf_emit_raise(b, b->raise);
        else if (blank)
            nf_emit(b, NF_OP_RETURN_VOID, 0, 0, 0, -1);
        return;
    }
    nf_gen_begin(b, e.root);
    value = nf_temp(b, true, 1);
    nf_gen_assign(b, e.root, type, value);
    nf_emit(b, NF_OP_RETURN, value, 0, 0, -1);
    b->plain = b->counted = b->left = 0;
}

static void compile_break(nf_binder *b, const region *r)
{
    if (!r->loop) {
        nf_report(b, NF_SEVERITY_ERROR, false, "bad_flow", "", -1,
                  "A break or continue event stands outside a loop");
        nf_emit_raise(b, b->raise);
    } else if (b->node->kind == NF_NODE_CONTINUE) {
        nf_emit(b, NF_OP_JUMP_BACK, 0, 0, r->loop->head, -1);
    } else {
        uint32_t at =
            nf_emit(b, NF_OP_JUMP, 0, 0, (uint16_t)r->loop->breaks, -1);

        if (!b->fatal)
            r->loop->breaks = at;
    }
}

static void compile_unknown(nf_binder *b)
{
    nf_compile_unsupported(b, b->node->element);
    if (b->raise)
        nf_emit_raise(b, b->raise);
}

/* X20: a call that failed leaves nothing in its variable. */
static void emit_no_result(nf_binder *b)
{
    const nf_program *p = b->program;
    const nf_value empty = nf_empty();
    const char *name =
        nf_element_string(b->node->action, "ResultVariableName", "");
    int32_t slot = nf_variable_find(b, name, strlen(name));

    if (slot >= 0 && p->call_count &&
        p->calls[p->call_count - 1]->output == slot)
        nf_emit(b, NF_OP_LOADK, (unsigned)slot, nf_constant_add(b, &empty), 0,
                -1);
}

/* The activity between its savepoint and the end of that. */
static void compile_guarded(nf_binder *b)
{
    nf_node *node = (nf_node *)(uintptr_t)b->node;
    uint32_t over;

    nf_mark_reserve(b, node);
    nf_emit_mark(b, node);
    nf_compile_action(b);
    nf_emit_settle(b, node);
    if (nf_handling_of(b, node) != NF_HANDLING_CONTINUE || b->fatal)
        return;
    over = nf_emit(b, NF_OP_JUMP, 0, 0, 0, -1);
    node->resume = nf_here(b);
    emit_no_result(b);
    nf_patch(b, over, nf_here(b));
}

/* X21. */
static void compile_error_event(nf_binder *b)
{
    if (b->program->engine == NF_ENGINE_SERVER) {
        nf_emit(b, NF_OP_RERAISE, 0, 0, 0, -1);
        return;
    }
    nf_report(b, NF_SEVERITY_ERROR, false, "unsupported_activity", "", -1,
              "An error event is not available in nanoflows");
    if (b->raise)
        nf_emit_raise(b, b->raise);
}

static void compile_node(nf_binder *b, const region *r, const nf_node *next)
{
    const nf_node *node = b->node;

    if (node->fault) { /* already reported */
        set_raise(b, (nf_raise){"bad_flow", "", node->fault, -1, NULL});
        if (b->raise)
            nf_emit_raise(b, b->raise);
        return;
    }
    switch (node->kind) {
    case NF_NODE_START:
        b->steps = 0;
        emit_next(b, r, next);
        break;
    case NF_NODE_END:
        compile_end(b);
        break;
    case NF_NODE_BREAK:
    case NF_NODE_CONTINUE:
        compile_break(b, r);
        break;
    case NF_NODE_MERGE: /* one of a ring, or without an outgoing flow */
        emit_next(b, r, next);
        break;
    case NF_NODE_ACTIVITY:
        if (node->disabled)
            b->steps = 0; /* F8 */
        else
            compile_guarded(b);
        nf_compile_check_settings(b);
        emit_next(b, r, next);
        break;
    case NF_NODE_SPLIT:
        nf_compile_split(b, next);
        nf_compile_check_settings(b);
        break;
    case NF_NODE_TYPE_SPLIT:
        nf_compile_type_split(b);
        break;
    case NF_NODE_LOOP:
        nf_compile_loop(b);
        nf_compile_check_settings(b);
        emit_next(b, r, next);
        break;
    case NF_NODE_ERROR_END:
        compile_error_event(b);
        break;
    case NF_NODE_UNKNOWN:
        compile_unknown(b);
        break;
    }
}

void nf_compile_region(nf_binder *b, nf_node *start, nf_loop_frame *loop)
{
    region r = {.loop = loop};

    if (b->fatal || !order_nodes(b, &r, start))
        return;
    for (size_t i = 0; i < r.count && !b->fatal; i++) {
        const nf_node *next = i + 1 < r.count ? r.order[i + 1] : NULL;

        b->node = r.order[i];
        b->raise = NULL;
        b->steps = 1;
        nf_place_begin(b, r.order[i]);
        nf_probe_node(b, b->node);
        compile_node(b, &r, next);
        b->steps = 0;
    }
    nf_free(r.order);
}

/* ---- the whole flow ------------------------------------------------------ */

static void add_predefined_object(nf_binder *b, const char *name,
                                  const char *entity)
{
    nf_variable_add(
        b, name,
        (nf_type){.kind = NF_KIND_OBJECT,
                  .entity = nf_model_find_entity(b->program->model, entity)},
        false);
}

/* Expressions S43. */
static void add_predefined(nf_binder *b)
{
    nf_program *p = b->program;
    const nf_type text = {.kind = NF_KIND_STRING};
    bool server = p->engine == NF_ENGINE_SERVER;

    if (server) {
        add_predefined_object(b, "latestError", "System.Error");
        add_predefined_object(b, "latestHttpResponse", "System.HttpResponse");
        add_predefined_object(b, "latestSoapFault", "System.SoapFault");
    } else {
        nf_variable_add(b, "latestError", text, false);
    }
    p->current_user = -1;
    if (server || (p->allow & NF_ALLOW_CURRENT_USER)) {
        p->current_user = (int32_t)p->variable_count;
        add_predefined_object(b, "currentUser", "System.User");
    }
    if (server) {
        add_predefined_object(b, "currentSession", "System.Session");
        nf_variable_add(b, "currentDeviceType",
                        (nf_type){.kind = NF_KIND_ENUMERATION,
                                  .enumeration = nf_model_find_enumeration(
                                      p->model, "System.DeviceType")},
                        false);
    }
    for (size_t i = 0; !b->fatal && i < p->variable_count; i++)
        p->variables[i].predefined = true;
}

static void add_parameters(nf_binder *b)
{
    const nf_flow *flow = b->program->flow;

    b->program->first_parameter = (uint32_t)b->program->variable_count;
    for (size_t i = 0; i < flow->parameter_count; i++)
        nf_variable_add(b, flow->parameters[i].name, flow->parameters[i].type,
                        true);
}

static void report_faults(nf_binder *b)
{
    for (size_t i = 0; i < b->graph.fault_count; i++)
        nf_notice(b, b->graph.faults[i].node, NF_SEVERITY_ERROR, "bad_flow",
                  b->graph.faults[i].message);
    b->program->broken = b->graph.broken;
}

static void resolve_jumps(nf_binder *b)
{
    nf_program *p = b->program;

    for (size_t i = 0; i < b->fixup_count; i++)
        p->code.items[b->fixups[i].instruction].c =
            (uint16_t)b->fixups[i].target->pc;
    for (size_t i = 0; i < p->place_count; i++)
        nf_handler_resolve(b, &p->places[i]);
}

static nf_status watch_program(nf_program *program, nf_watching watch)
{
    if (watch == NF_WATCH_NOTHING)
        return NF_OK;
    program->probes = nf_alloc(sizeof *program->probes);
    if (!program->probes)
        return NF_NOMEM;
    program->probes->steps = watch == NF_WATCH_STEPS;
    return NF_OK;
}

nf_status nf_compile(nf_program **out, const nf_model *model,
                     const nf_flow *flow, const nf_activity *const *activities,
                     const nf_xpath_compiler *xpath, unsigned allow,
                     nf_error *err)
{
    return nf_compile_watched(out, model, flow, activities, xpath, allow,
                              NF_WATCH_NOTHING, err);
}

nf_status nf_compile_watched(nf_program **out, const nf_model *model,
                             const nf_flow *flow,
                             const nf_activity *const *activities,
                             const nf_xpath_compiler *xpath, unsigned allow,
                             nf_watching watch, nf_error *err)
{
    nf_binder b = {.activities = activities, .err = err};
    nf_status status;

    *out = NULL;
    b.program = nf_program_new(model, flow);
    if (!b.program || watch_program(b.program, watch) != NF_OK) {
        nf_program_free(b.program);
        return nf_error_nomem(err);
    }
    b.program->xpath = xpath;
    b.program->allow = allow;
    b.code = &b.program->code;
    status = nf_graph_build(&b.graph, b.program->arena, flow->element, err);
    if (!status) {
        report_faults(&b);
        add_predefined(&b);
        add_parameters(&b);
        nf_compile_defaults(&b);
        if (b.graph.start)
            nf_compile_region(&b, b.graph.start, NULL);
        b.node = NULL;
        nf_review(&b);
        status = b.fatal;
    }
    if (!status) {
        resolve_jumps(&b);
        status = nf_program_link(&b);
    }
    if (!status)
        status = nf_probe_arm(&b);
    nf_free(b.fixups);
    nf_free(b.writes.items);
    nf_free(b.reads.items);
    if (status) {
        nf_error_in(err, flow->qualified, NULL, NULL);
        nf_program_free(b.program);
        return status;
    }
    *out = b.program;
    return NF_OK;
}
