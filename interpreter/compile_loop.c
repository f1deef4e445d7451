/* Loops: a head, its body, and an exit. */
#include "interpreter/compile.h"
#include "interpreter/probe.h"

#include <stdio.h>
#include <string.h>

static bool loop_list(nf_binder *b, nf_loop_site *site, const char **iterator,
                      nf_type *type)
{
    const nf_element *element = b->node->element;
    const nf_element *source = nf_element_part(element, "LoopSource");
    const char *list, *name;
    char message[512];
    int32_t slot;

    if (source) {
        list = nf_element_string(source, "ListVariableName", "");
        name = nf_element_string(source, "VariableName", "");
    } else { /* before 9.0.4 */
        list = nf_element_string(element, "ListVariableName", "");
        name = nf_element_string(element, "IteratorVariableName", "");
    }
    slot = nf_variable_read(b, list, strlen(list));
    if (slot < 0 ||
        (b->program->variables[slot].type.kind != NF_KIND_LIST &&
         b->program->variables[slot].type.kind != NF_KIND_UNKNOWN)) {
        snprintf(message, sizeof message,
                 slot < 0 ? "There is no variable \"%s\" to loop over"
                          : "The variable \"%s\" of the loop is no list",
                 list);
        nf_report(b, NF_SEVERITY_ERROR, false,
                  slot < 0 ? "not_found" : "type_mismatch", "", -1, message);
        return false;
    }
    site->list = (uint16_t)slot;
    *iterator = name;
    *type = (nf_type){.kind = NF_KIND_OBJECT,
                      .entity = b->program->variables[slot].type.entity};
    return true;
}

static void compile_condition(nf_binder *b, nf_loop_frame *frame)
{
    const nf_element *source = nf_element_part(b->node->element, "LoopSource");
    const nf_type boolean = {.kind = NF_KIND_BOOLEAN};
    nf_expression e;
    bool blank;

    if (nf_gen_parse(b, &e, nf_element_string(source, "WhileExpression", ""),
                     &boolean, "", &blank)) {
        nf_node *node = (nf_node *)(uintptr_t)b->node;

        node->forever = e.root->op == NF_EXPR_LITERAL &&
                        e.root->as.value.kind == NF_KIND_BOOLEAN &&
                        e.root->as.value.as.boolean;
        nf_gen_begin(b, e.root);
        nf_gen_branch(b, e.root, false, true, &frame->ends);
        b->plain = b->counted = b->left = 0;
        return;
    }
    if (blank)
        nf_report(b, NF_SEVERITY_ERROR, false, "empty_condition", "", -1,
                  "The loop has no condition");
    if (b->raise)
        nf_emit_raise(b, b->raise);
}

/* Where somebody counts the rounds, one that a break event ends is one more. */
static void emit_broken_round(nf_binder *b, const nf_loop_site *site,
                              nf_loop_frame *frame)
{
    if (!b->program->probes || frame->breaks == UINT32_MAX)
        return;
    nf_chain_patch(b, frame->breaks, nf_here(b));
    nf_emit(b, NF_OP_ADD_RI, site->index, site->index, 1, -1);
    frame->breaks = UINT32_MAX;
}

/* Head, condition, body; ends where the loop's exit is. */
static void compile_rounds(nf_binder *b, nf_loop_site *site, size_t number,
                           const char *iterator, nf_type type)
{
    nf_program *p = b->program;
    nf_node *node = (nf_node *)(uintptr_t)b->node;
    nf_loop_frame frame = {
        .node = node, .breaks = UINT32_MAX, .ends = UINT32_MAX};
    bool each_round = nf_handling_of(b, node) == NF_HANDLING_CONTINUE;
    size_t visible = p->variable_count;
    uint32_t next;
    int32_t slot;

    slot = nf_variable_add(b, "currentIndex",
                           (nf_type){.kind = NF_KIND_INTEGER}, false);
    site->index = (uint16_t)slot;
    if (!site->is_while) {
        slot = nf_variable_add(b, iterator, type, false);
        site->iterator = (uint16_t)slot;
    }
    nf_emit(b, NF_OP_LOOP_START, (unsigned)number, 0, 0, -1);
    node->head = frame.head = nf_here(b);
    if (each_round)
        nf_emit_settle(b, node);
    next = nf_emit(b, NF_OP_LOOP_NEXT, (unsigned)number, 0, 0, -1);
    if (each_round)
        nf_emit_mark(b, node);
    site->first = (uint16_t)p->variable_count;
    if (site->is_while)
        compile_condition(b, &frame);
    if (node->body)
        nf_compile_region(b, node->body, &frame);
    else
        nf_emit(b, NF_OP_JUMP_BACK, 0, 0, frame.head, -1);
    if (b->fatal)
        return;
    emit_broken_round(b, site, &frame);
    site->count = (uint16_t)(p->variable_count - site->first);
    for (size_t i = visible; i < p->variable_count; i++)
        p->variables[i].in_scope = false;
    nf_patch(b, next, nf_here(b));
    nf_chain_patch(b, frame.breaks, nf_here(b));
    nf_chain_patch(b, frame.ends, nf_here(b));
}

void nf_compile_loop(nf_binder *b)
{
    nf_program *p = b->program;
    nf_node *node = (nf_node *)(uintptr_t)b->node;
    const nf_element *source = nf_element_part(node->element, "LoopSource");
    nf_loop_site site = {0}, *items;
    const char *iterator = "";
    nf_type type = {0};
    size_t number;
    uint32_t entry;

    site.is_while = nf_element_is(source, "Microflows$WhileLoopCondition");
    if (!site.is_while && !loop_list(b, &site, &iterator, &type)) {
        nf_emit_raise(b, b->raise);
        return;
    }
    items = nf_table_grow(b, p->loops, p->loop_count, &p->loop_capacity,
                          sizeof *items);
    if (!items)
        return;
    p->loops = items;
    number = p->loop_count++;
    site.snapshot = (uint16_t)nf_hidden_add(b, NF_KIND_LIST);
    site.position = (uint16_t)nf_hidden_add(b, NF_KIND_INTEGER);
    nf_mark_reserve(b, node);
    if (nf_handling_of(b, node) == NF_HANDLING_KEEP)
        nf_emit_mark(b, node);
    compile_rounds(b, &site, number, iterator, type);
    b->node = node;
    if (b->fatal)
        return;
    p->loops[number] = site;
    entry = node->pc;
    nf_place_begin(b, node);
    node->pc = entry;
    nf_probe_loop(b, node, number);
    nf_emit(b, NF_OP_LOOP_END, (unsigned)number, 0, 0, -1);
    nf_emit_settle(b, node);
    node->resume = nf_here(b);
}
