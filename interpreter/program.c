/* Programs as containers: tables, instructions, registers, findings. What the
 * tables hold lives in the program's arena; the tables themselves grow on the
 * heap and end with the program. Nothing changes after the compiler has
 * returned a program, except the cached targets of calls, which are atomic. */
#include "interpreter/probe.h"

#include <string.h>

static const struct opcode {
    const char *name, *operands;
} opcodes[NF_OP_COUNT] = {
#define X(name, operands) {#name, operands},
    NF_OPCODES(X)
#undef X
};

const char *nf_opcode_name(unsigned op)
{
    return op < NF_OP_COUNT ? opcodes[op].name : "?";
}

const char *nf_opcode_operands(unsigned op)
{
    return op < NF_OP_COUNT ? opcodes[op].operands : "---";
}

nf_program *nf_program_new(const nf_model *model, const nf_flow *flow)
{
    nf_program *program = nf_alloc(sizeof *program);

    if (!program)
        return NULL;
    program->arena = nf_arena_new();
    if (!program->arena) {
        nf_free(program);
        return NULL;
    }
    program->model = model;
    program->flow = flow;
    program->engine = flow && flow->kind != NF_FLOW_NANOFLOW ? NF_ENGINE_SERVER
                                                             : NF_ENGINE_CLIENT;
    return program;
}

void nf_program_free(nf_program *program)
{
    if (!program)
        return;
    for (size_t i = 0; i < program->xpath_count; i++)
        program->xpath->free((nf_xpath *)(uintptr_t)program->xpaths[i]);
    nf_free(program->xpaths);
    nf_free(program->code.items);
    nf_free(program->code.sources);
    nf_free(program->expressions.items);
    nf_free(program->expressions.sources);
    nf_free(program->texts);
    nf_free(program->variables);
    nf_free(program->places);
    nf_free(program->constants);
    nf_free(program->types);
    nf_free(program->activities);
    nf_free(program->calls);
    nf_free(program->switches);
    nf_free(program->loops);
    nf_free(program->nodes);
    nf_free(program->raises);
    nf_free(program->entries);
    nf_free(program->findings);
    nf_probes_free(program->probes);
    nf_arena_free(program->arena);
    nf_free(program);
}

nf_status nf_binder_fail(nf_binder *b, const char *message)
{
    if (b->fatal)
        return b->fatal;
    if (message)
        b->fatal = nf_error_set(b->err, NF_FAILED, "bad_flow", "%s", message);
    else
        b->fatal = nf_error_nomem(b->err);
    return b->fatal;
}

void *nf_table_grow(nf_binder *b, void *items, size_t count, size_t *capacity,
                    size_t size)
{
    void *grown;

    if (b->fatal)
        return NULL;
    if (count >= NF_CODE_MAX) {
        nf_binder_fail(b, "The flow is too large to compile: a table has more "
                          "than 60000 entries");
        return NULL;
    }
    grown = nf_grow(items, count, capacity, size);
    if (!grown)
        nf_binder_fail(b, NULL);
    return grown;
}

uint32_t nf_here(const nf_binder *b)
{
    return (uint32_t)b->code->count;
}

/* The place of the text being compiled among those of the program, where it
 * is usually the last. */
static uint32_t text_index(nf_binder *b)
{
    nf_program *p = b->program;
    const char **items;

    if (p->text_count && p->texts[p->text_count - 1] == b->text)
        return (uint32_t)(p->text_count - 1);
    items = nf_table_grow(b, p->texts, p->text_count, &p->text_capacity,
                          sizeof *items);
    if (!items)
        return 0;
    p->texts = items;
    items[p->text_count] = b->text;
    return (uint32_t)p->text_count++;
}

uint32_t nf_emit(nf_binder *b, nf_opcode op, unsigned a, unsigned bb,
                 unsigned c, long position)
{
    nf_code *code = b->code;

    if (b->fatal)
        return 0;
    if (code->count >= NF_CODE_MAX) {
        nf_binder_fail(b, "The flow is too large to compile: more than 60000 "
                          "instructions");
        return 0;
    }
    if (code->count == code->capacity) {
        size_t capacity = code->capacity;
        nf_instruction *items =
            nf_grow(code->items, code->count, &capacity, sizeof *items);
        nf_source *sources;

        if (!items) {
            nf_binder_fail(b, NULL);
            return 0;
        }
        code->items = items;
        sources = nf_realloc_array(code->sources, capacity, sizeof *sources);
        if (!sources) {
            nf_binder_fail(b, NULL);
            return 0;
        }
        code->sources = sources;
        code->capacity = capacity;
    }
    code->items[code->count] = (nf_instruction){
        (uint8_t)op, (uint8_t)b->steps, (uint16_t)a, (uint16_t)bb, (uint16_t)c};
    code->sources[code->count] = (nf_source){
        .position =
            position < 0 || position > INT32_MAX ? -1 : (int32_t)position,
        .text = position < 0 ? 0 : text_index(b)};
    b->steps = 0;
    return (uint32_t)code->count++;
}

void nf_patch(nf_binder *b, uint32_t instruction, uint32_t pc)
{
    if (!b->fatal)
        b->code->items[instruction].c = (uint16_t)pc;
}

uint16_t nf_constant_add(nf_binder *b, const nf_value *value)
{
    nf_program *p = b->program;
    nf_value *items = nf_table_grow(b, p->constants, p->constant_count,
                                    &p->constant_capacity, sizeof *items);

    if (!items)
        return 0;
    p->constants = items;
    items[p->constant_count] = *value;
    return (uint16_t)p->constant_count++;
}

uint16_t nf_node_add(nf_binder *b, const nf_expr *node)
{
    nf_program *p = b->program;
    const nf_expr **items = nf_table_grow(b, p->nodes, p->node_count,
                                          &p->node_capacity, sizeof *items);

    if (!items)
        return 0;
    p->nodes = items;
    items[p->node_count] = node;
    return (uint16_t)p->node_count++;
}

uint16_t nf_type_add(nf_binder *b, const nf_type *type)
{
    nf_program *p = b->program;
    nf_type *items;

    for (size_t i = 0; i < p->type_count; i++)
        if (p->types[i].kind == type->kind &&
            p->types[i].entity == type->entity &&
            p->types[i].enumeration == type->enumeration)
            return (uint16_t)i;
    items = nf_table_grow(b, p->types, p->type_count, &p->type_capacity,
                          sizeof *items);
    if (!items)
        return 0;
    p->types = items;
    items[p->type_count] = *type;
    return (uint16_t)p->type_count++;
}

uint16_t nf_raise_add(nf_binder *b, const nf_raise *raise)
{
    nf_program *p = b->program;
    nf_raise *items = nf_table_grow(b, p->raises, p->raise_count,
                                    &p->raise_capacity, sizeof *items);

    if (!items)
        return 0;
    p->raises = items;
    items[p->raise_count] = *raise;
    return (uint16_t)p->raise_count++;
}

static size_t bucket_of(const char *name, size_t length)
{
    uint32_t hash = 2166136261U;

    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (uint8_t)name[i]) * 16777619U;
    return hash % NF_NAME_BUCKETS;
}

uint32_t nf_variables_named(const nf_binder *b, const char *name, size_t length)
{
    return b->buckets[bucket_of(name, length)];
}

int32_t nf_variable_add(nf_binder *b, const char *name, nf_type type,
                        bool assignable)
{
    nf_program *p = b->program;
    nf_variable *items;
    uint32_t *bucket = &b->buckets[bucket_of(name, strlen(name))];

    if (p->variable_count >= NF_VARIABLES_MAX) {
        nf_binder_fail(b, "The flow has too many variables to compile");
        return -1;
    }
    items = nf_table_grow(b, p->variables, p->variable_count,
                          &p->variable_capacity, sizeof *items);
    if (!items)
        return -1;
    p->variables = items;
    items[p->variable_count] = (nf_variable){.name = name,
                                             .type = type,
                                             .in_scope = true,
                                             .assignable = assignable,
                                             .before = *bucket};
    *bucket = (uint32_t)++p->variable_count;
    return (int32_t)*bucket - 1;
}

static bool is_named(const nf_variable *variable, const char *name,
                     size_t length)
{
    return variable->in_scope && strncmp(variable->name, name, length) == 0 &&
           !variable->name[length];
}

/* Whether the variable has a value on every way to the node being compiled;
 * parameters and the like always have one. */
static bool is_visible(const nf_binder *b, size_t slot)
{
    const nf_graph *graph = &b->graph;
    const nf_access *writes = b->writes.items;
    uint32_t at = b->program->variables[slot].writes.first;
    bool *closed = nf_alloc_array(graph->count + 1, sizeof *closed);
    bool *reached = nf_alloc_array(graph->count + 1, sizeof *reached);
    bool visible = true, written = false;

    for (; b->node && closed && at; at = writes[at - 1].next)
        written = closed[writes[at - 1].node->index] = true;
    if (written && reached &&
        nf_graph_reach(graph, graph->start, closed, reached))
        visible = closed[b->node->index] || !reached[b->node->index];
    nf_free(closed);
    nf_free(reached);
    return visible;
}

/* Backwards: an inner loop's $currentIndex hides the outer one's (F30). One
 * name may stand for variables of several types in branches that exclude each
 * other. */
int32_t nf_variable_find(const nf_binder *b, const char *name, size_t length)
{
    const nf_program *p = b->program;
    int32_t last = -1;

    if (b->no_variables || !length)
        return -1;
    for (uint32_t next = nf_variables_named(b, name, length); next;
         next = p->variables[next - 1].before) {
        size_t i = next - 1;

        if (!is_named(&p->variables[i], name, length))
            continue;
        if (last < 0) {
            last = (int32_t)i;
            continue;
        }
        if (is_visible(b, (size_t)last))
            return last;
        if (is_visible(b, i))
            return (int32_t)i;
    }
    return last;
}

static void note_access(nf_binder *b, bool write, int32_t slot)
{
    nf_accesses *accesses = write ? &b->writes : &b->reads;
    nf_access_chain *chain;
    nf_access *items;

    if (slot < 0 || !b->node)
        return;
    chain = write ? &b->program->variables[slot].writes
                  : &b->program->variables[slot].reads;
    items = nf_table_grow(b, accesses->items, accesses->count,
                          &accesses->capacity, sizeof *items);
    if (!items)
        return;
    accesses->items = items;
    items[accesses->count++] = (nf_access){slot, b->node, 0};
    if (chain->last)
        items[chain->last - 1].next = (uint32_t)accesses->count;
    else
        chain->first = (uint32_t)accesses->count;
    chain->last = (uint32_t)accesses->count;
}

int32_t nf_variable_read(nf_binder *b, const char *name, size_t length)
{
    int32_t slot = nf_variable_find(b, name, length);

    note_access(b, false, slot);
    return slot;
}

/* A type that is not known fits every other. */
static bool can_share(const nf_variable *variable, const nf_type *type)
{
    return variable->assignable &&
           (variable->type.kind == NF_KIND_UNKNOWN ||
            type->kind == NF_KIND_UNKNOWN ||
            (variable->type.kind == type->kind &&
             variable->type.entity == type->entity &&
             variable->type.enumeration == type->enumeration));
}

int32_t nf_variable_write(nf_binder *b, const char *name, nf_type type)
{
    const nf_program *p = b->program;
    size_t length = strlen(name);
    int32_t slot = -1, seen;

    for (uint32_t next = nf_variables_named(b, name, length); slot < 0 && next;
         next = p->variables[next - 1].before)
        if (is_named(&p->variables[next - 1], name, length) &&
            can_share(&p->variables[next - 1], &type))
            slot = (int32_t)next - 1;
    if (slot < 0) {
        seen = nf_variable_find(b, name, length);
        if (seen >= 0 && is_visible(b, (size_t)seen))
            return -1;
        slot = nf_variable_add(b, name, type, true);
    }
    note_access(b, true, slot);
    return slot;
}

uint16_t nf_temp(nf_binder *b, bool counted, uint32_t count)
{
    uint32_t *used = counted ? &b->counted : &b->plain;
    uint32_t *most = counted ? &b->counted_max : &b->plain_max;
    uint32_t first = *used;

    if (count > NF_TEMP_MAX - first) {
        nf_binder_fail(b, "An expression needs too many temporaries");
        return NF_TEMP_COUNTED;
    }
    *used += count;
    if (*used > *most)
        *most = *used;
    return (uint16_t)((counted ? NF_TEMP_COUNTED : NF_TEMP_PLAIN) + first);
}

static uint16_t final_register(const nf_program *p, uint16_t number)
{
    if (number >= NF_TEMP_COUNTED)
        return (uint16_t)(p->counted_first + (number - NF_TEMP_COUNTED));
    if (number >= NF_TEMP_PLAIN)
        return (uint16_t)(p->plain_first + (number - NF_TEMP_PLAIN));
    return number;
}

static void link_code(const nf_program *p, nf_code *code)
{
    for (size_t i = 0; i < code->count; i++) {
        nf_instruction *item = &code->items[i];
        const char *operands = nf_opcode_operands(item->op);

        if (operands[0] == 'r')
            item->a = final_register(p, item->a);
        if (operands[1] == 'r')
            item->b = final_register(p, item->b);
        if (operands[2] == 'r')
            item->c = final_register(p, item->c);
    }
}

/* A jump back to a comparison compares at once: one instruction less in every
 * round of a loop. What is not plain (the loop's end, empty values, the budget)
 * still goes through the comparison itself. */
static void fuse_loops(nf_code *code)
{
    for (size_t i = 0; i < code->count; i++) {
        nf_instruction *item = &code->items[i];
        const nf_instruction *head = &code->items[item->c];

        if (item->op != NF_OP_JUMP_BACK || head->op < NF_OP_BR_EQ_RR ||
            head->op > NF_OP_BR_GE_RK)
            continue;
        item->op = (uint8_t)(head->op - NF_OP_BR_EQ_RR + NF_OP_BACK_EQ_RR);
        item->a = head->a;
        item->b = head->b;
    }
}

nf_status nf_program_link(nf_binder *b)
{
    nf_program *p = b->program;
    size_t registers =
        p->variable_count + (size_t)b->plain_max + b->counted_max;

    if (registers > NF_REGISTERS_MAX)
        return nf_binder_fail(b, "The flow needs too many registers");
    p->plain_first = (uint32_t)p->variable_count;
    p->counted_first = p->plain_first + b->plain_max;
    p->register_count = (uint32_t)registers;
    for (size_t i = 0; i < p->call_count; i++)
        p->calls[i]->arguments = final_register(p, p->calls[i]->arguments);
    link_code(p, &p->code);
    link_code(p, &p->expressions);
    if (!p->probes || !p->probes->steps) /* else the comparison is a step */
        fuse_loops(&p->code);
    return NF_OK;
}

size_t nf_program_finding_count(const nf_program *program)
{
    return program->finding_count;
}

const nf_finding *nf_program_finding(const nf_program *program, size_t index)
{
    return index < program->finding_count ? &program->findings[index] : NULL;
}

const nf_flow *nf_program_flow(const nf_program *program)
{
    return program->flow;
}

nf_program_counts nf_program_count_texts(const nf_program *program)
{
    return program->counts;
}
