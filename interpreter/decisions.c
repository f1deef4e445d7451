/* Decisions: exclusive splits by an expression or a rule, and object type
 * decisions (activities F18 … F24). A Boolean one becomes conditional jumps to
 * branches that lie ahead, all others a switch over their cases. */
#include "interpreter/probe.h"

#include <stdio.h>
#include <string.h>

static const nf_edge *case_edge(const nf_node *node, const char *value)
{
    for (size_t i = 0; i < node->edge_count; i++)
        for (size_t k = 0; k < node->edges[i].case_count; k++)
            if (strcmp(node->edges[i].cases[k], value) == 0)
                return &node->edges[i];
    return NULL;
}

static const nf_node *target_of(const nf_binder *b, const nf_edge *edge)
{
    return edge ? nf_node_through_merges(edge->to, &b->graph) : NULL;
}

/* Jump to the branch of a Boolean, or the error that there is none (F19). */
static void emit_case(nf_binder *b, const nf_edge *edge, const char *value)
{
    nf_raise raise = {.code = "no_case", .detail = "", .position = -1};

    if (edge) {
        nf_emit_goto(b, edge);
        return;
    }
    raise.message = nf_arena_format(
        b->program->arena, "The decision \"%s\" has no sequence flow for %s",
        nf_node_caption(b->node), value);
    if (!raise.message)
        nf_binder_fail(b, NULL);
    else
        nf_emit_raise(b, &raise);
}

/* ---- outgoing sequence flows (F18, F19) ---------------------------------- */

static const char *const booleans[] = {"true", "false"};

static bool has_case(const nf_node *node, const char *value)
{
    for (size_t i = 0; i < node->edge_count; i++)
        for (size_t k = 0; k < node->edges[i].case_count; k++)
            if (strcmp(node->edges[i].cases[k], value) == 0)
                return true;
    return false;
}

static void require_case(nf_binder *b, const char *value)
{
    char message[512];

    if (has_case(b->node, value))
        return;
    snprintf(message, sizeof message,
             "The decision has no outgoing sequence flow for \"%s\"", value);
    nf_notice(b, b->node, NF_SEVERITY_ERROR, "no_case", message);
}

static bool is_value(const nf_type *type, const char *key)
{
    const nf_enumeration *enumeration = type->enumeration;

    if (type->kind == NF_KIND_BOOLEAN)
        return strcmp(key, "true") == 0 || strcmp(key, "false") == 0;
    if (strcmp(key, "(empty)") == 0)
        return true;
    for (size_t i = 0; i < enumeration->count; i++)
        if (strcmp(enumeration->values[i].name, key) == 0)
            return true;
    return false;
}

/* A sequence flow for what the decision can never give is never followed. */
static void check_cases(nf_binder *b, const nf_type *type)
{
    const nf_node *node = b->node;
    char message[512];

    for (size_t i = 0; i < node->edge_count; i++)
        for (size_t k = 0; k < node->edges[i].case_count; k++) {
            if (is_value(type, node->edges[i].cases[k]))
                continue;
            snprintf(message, sizeof message,
                     "A sequence flow is for \"%s\", which the decision "
                     "never gives",
                     node->edges[i].cases[k]);
            nf_notice(b, node, NF_SEVERITY_ERROR, "unknown_case", message);
        }
}

/* Every value has its way out; so has an empty one of an enumeration. */
static void check_branches(nf_binder *b, const nf_type *type)
{
    const nf_enumeration *enumeration = type->enumeration;

    if (type->kind == NF_KIND_BOOLEAN) {
        for (size_t i = 0; i < sizeof booleans / sizeof *booleans; i++)
            require_case(b, booleans[i]);
    } else if (type->kind == NF_KIND_ENUMERATION && enumeration &&
               !nf_is_system_name(enumeration->qualified)) {
        for (size_t i = 0; i < enumeration->count; i++)
            require_case(b, enumeration->values[i].name);
        require_case(b, "(empty)");
    } else {
        return;
    }
    check_cases(b, type);
}

/* ---- code ---------------------------------------------------------------- */

static bool lies_ahead(const nf_binder *b, const nf_node *to)
{
    return to && !nf_is_back(b, to);
}

/* Turns the jumps of a chain into jumps to a node that lies ahead. */
static void chain_to_node(nf_binder *b, uint32_t chain, const nf_node *to)
{
    while (!b->fatal && chain != UINT32_MAX) {
        uint16_t next = b->code->items[chain].c;
        nf_fixup *items = nf_table_grow(b, b->fixups, b->fixup_count,
                                        &b->fixup_capacity, sizeof *items);

        if (!items)
            return;
        b->fixups = items;
        items[b->fixup_count++] = (nf_fixup){chain, to};
        chain = next == UINT16_MAX ? UINT32_MAX : next;
    }
}

/* Conditional jumps only go ahead: the way back looks at the budget and is an
 * instruction of its own. */
static void emit_boolean_split(nf_binder *b, const nf_expr *root,
                               const nf_node *next)
{
    const nf_edge *true_edge = case_edge(b->node, "true");
    const nf_edge *false_edge = case_edge(b->node, "false");
    const nf_node *yes = target_of(b, true_edge);
    const nf_node *no = target_of(b, false_edge);
    const nf_edge *jump, *fall;
    bool sense, direct;
    uint32_t chain = UINT32_MAX;

    if (next && no == next && lies_ahead(b, yes))
        sense = true;
    else if (next && yes == next && lies_ahead(b, no))
        sense = false;
    else
        sense = lies_ahead(b, yes) || !lies_ahead(b, no);
    jump = sense ? true_edge : false_edge;
    fall = sense ? false_edge : true_edge;
    direct = lies_ahead(b, sense ? yes : no) && !nf_probe_needs_jump(b, jump);
    nf_gen_begin(b, root);
    nf_gen_branch(b, root, sense, true, &chain);
    b->plain = b->counted = b->left = 0;
    if (!direct || !next || next != (sense ? no : yes) ||
        nf_probe_needs_jump(b, fall))
        emit_case(b, fall, sense ? "false" : "true");
    else if (b->steps)
        nf_emit(b, NF_OP_NOP, 0, 0, 0, -1);
    if (direct) {
        chain_to_node(b, chain, sense ? yes : no);
        return;
    }
    nf_chain_patch(b, chain, nf_here(b));
    emit_case(b, jump, sense ? "true" : "false");
}

/* Entities of an object type decision (F22); "" is the empty object. */
static void check_entities(nf_binder *b)
{
    const nf_node *node = b->node;
    char message[512];

    if (!node->edge_count)
        nf_notice(b, node, NF_SEVERITY_ERROR, "no_case",
                  "The object type decision has no outgoing sequence flow");
    for (size_t i = 0; i < node->edge_count; i++)
        for (size_t k = 0; k < node->edges[i].case_count; k++) {
            const char *name = node->edges[i].cases[k];

            if (!name[0] || nf_is_system_name(name) ||
                nf_model_find_entity(b->program->model, name))
                continue;
            snprintf(message, sizeof message,
                     "A sequence flow is for the entity \"%s\", which does "
                     "not exist",
                     name);
            nf_notice(b, node, NF_SEVERITY_ERROR, "unknown_case", message);
        }
}

static void add_switch(nf_binder *b, nf_opcode op, uint16_t value,
                       bool inheritance)
{
    nf_program *p = b->program;
    const nf_node *node = b->node;
    nf_switch_case *cases;
    nf_switch_site *items;
    size_t count = 0, n = 0, site;

    for (size_t i = 0; i < node->edge_count; i++)
        count += node->edges[i].case_count;
    cases = nf_arena_array(p->arena, count + 1, sizeof *cases);
    items = nf_table_grow(b, p->switches, p->switch_count, &p->switch_capacity,
                          sizeof *items);
    if (items)
        p->switches = items;
    if (!cases || !items) {
        nf_binder_fail(b, NULL);
        return;
    }
    site = p->switch_count++;
    nf_emit(b, op, value, (unsigned)site, 0, -1);
    for (size_t i = 0; i < node->edge_count; i++) {
        const nf_edge *edge = &node->edges[i];
        uint32_t pc = nf_here(b);

        nf_emit_goto(b, edge);
        for (size_t k = 0; k < edge->case_count; k++)
            cases[n++] = (nf_switch_case){
                edge->cases[k],
                inheritance ? nf_model_find_entity(p->model, edge->cases[k])
                            : NULL,
                pc};
    }
    items[site] = (nf_switch_site){cases, n};
}

static void split_value(nf_binder *b, const nf_expression *e,
                        const nf_node *next)
{
    char text[256];
    uint16_t value;

    check_branches(b, &e->type);
    if (e->type.kind == NF_KIND_BOOLEAN) {
        emit_boolean_split(b, e->root, next);
        return;
    }
    if (e->type.kind != NF_KIND_ENUMERATION &&
        e->type.kind != NF_KIND_UNKNOWN) {
        char message[512];

        snprintf(message, sizeof message,
                 "The decision's expression gives %s; it must give a Boolean "
                 "or an enumeration value",
                 nf_type_text(&e->type, text, sizeof text));
        nf_report(b, NF_SEVERITY_ERROR, false, "type_mismatch", "", 0, message);
        nf_emit_raise(b, b->raise);
        return;
    }
    nf_gen_begin(b, e->root);
    value = nf_temp(b, true, 1);
    nf_gen_into(b, e->root, value);
    b->plain = b->counted = b->left = 0;
    add_switch(b, NF_OP_SWITCH, value, false);
}

static void compile_rule_split(nf_binder *b, const nf_element *condition,
                               const nf_node *next)
{
    const nf_element *call = nf_element_part(condition, "RuleCall");
    const char *name = nf_element_string(call, "Microflow", "");
    const nf_flow *rule = NULL;
    nf_error error;
    int32_t slot;

    nf_error_clear(&error);
    if (nf_model_flow(&rule, b->program->model, NF_FLOW_RULE, name, &error)) {
        nf_report(b, NF_SEVERITY_ERROR, false, error.code, error.detail, -1,
                  error.message);
        nf_emit_raise(b, b->raise);
        return;
    }
    slot = nf_variable_add(b, "", rule->result, false);
    if (slot < 0)
        return;
    check_branches(b, &rule->result);
    nf_compile_call(b, NF_FLOW_RULE, rule, call, slot);
    if (b->raise) {
        nf_emit_raise(b, b->raise);
    } else if (rule->result.kind == NF_KIND_BOOLEAN) {
        nf_expr root = {.op = NF_EXPR_VARIABLE, .type = rule->result};

        root.as.variable.slot = slot;
        emit_boolean_split(b, &root, next);
    } else {
        add_switch(b, NF_OP_SWITCH, (uint16_t)slot, false);
    }
}

void nf_compile_split(nf_binder *b, const nf_node *next)
{
    const nf_element *condition =
        nf_element_part(b->node->element, "SplitCondition");
    nf_expression e;
    bool blank;

    if (nf_element_is(condition, "Microflows$RuleSplitCondition")) {
        compile_rule_split(b, condition, next);
        return;
    }
    if (nf_gen_parse(b, &e, nf_element_string(condition, "Expression", ""),
                     NULL, "", &blank)) {
        split_value(b, &e, next);
        return;
    }
    if (blank)
        nf_report(b, NF_SEVERITY_ERROR, false, "empty_condition", "", -1,
                  "The decision has no expression");
    if (b->raise)
        nf_emit_raise(b, b->raise);
}

void nf_compile_type_split(nf_binder *b)
{
    const char *name =
        nf_element_string(b->node->element, "SplitVariableName", "");
    int32_t slot = nf_variable_read(b, name, strlen(name));
    char message[512];

    if (slot >= 0 &&
        (b->program->variables[slot].type.kind == NF_KIND_OBJECT ||
         b->program->variables[slot].type.kind == NF_KIND_UNKNOWN)) {
        check_entities(b);
        add_switch(b, NF_OP_TYPE_SWITCH, (uint16_t)slot, true);
        return;
    }
    snprintf(message, sizeof message, "There is no object variable \"%s\"",
             name);
    nf_report(b, NF_SEVERITY_ERROR, false, "not_found", "", -1, message);
    nf_emit_raise(b, b->raise);
}
