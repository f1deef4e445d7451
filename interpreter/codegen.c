/* From checked expression trees to instructions. Typed cases get typed
 * instructions on the variables' own registers; what they can't do (empty,
 * unset, overflow, other kinds) they hand to operators.h when it happens, so
 * meaning is defined there alone. Conditions become jumps: `and`, `or` and
 * `not` cost nothing (S27). Trees are at most NF_EXPR_MAX_HEIGHT high, which
 * bounds the recursion here. */
#include "interpreter/functions_all.h"
#include "interpreter/program.h"

#include <stdio.h>
#include <string.h>

static uint16_t gen_operand(nf_binder *b, const nf_expr *expr);

/* ---- parse -----------------------------------------------------------------
 */

static bool scope_variable(void *user, const char *name, size_t length,
                           nf_type *type, int32_t *slot)
{
    nf_binder *b = user;
    int32_t found = nf_variable_read(b, name, length);

    if (found < 0)
        return false;
    *type = b->program->variables[found].type;
    *slot = found;
    return true;
}

static const char *scope_name(void *user, size_t index)
{
    const nf_binder *b = user;
    const nf_program *p = b->program;

    for (size_t i = 0; !b->no_variables && i < p->variable_count; i++)
        if (p->variables[i].in_scope && p->variables[i].name[0] && index-- == 0)
            return p->variables[i].name;
    return NULL;
}

static void scope_warning(void *user, long position, const char *message)
{
    nf_report(user, NF_SEVERITY_WARNING, false, "expression_error", "",
              position, message);
}

/* The property is named where an activity has several. */
static void report_problem(nf_binder *b, const nf_error *error,
                           bool unsupported)
{
    char message[NF_ERROR_MESSAGE_SIZE + 256];

    if (b->what && b->what[0])
        snprintf(message, sizeof message, "%.200s: %s", b->what,
                 error->message);
    nf_report(b, nf_severity_of(unsupported), unsupported, error->code,
              error->detail, error->position,
              b->what && b->what[0] ? message : error->message);
    b->told = true;
}

static void scope_problem(void *user, const nf_error *error, bool unsupported)
{
    report_problem(user, error, unsupported);
}

bool nf_gen_parse(nf_binder *b, nf_expression *out, const char *text,
                  const nf_type *expected, const char *what, bool *blank)
{
    nf_program *p = b->program;
    nf_scope scope = {
        .model = p->model,
        .engine = p->engine,
        .all_constants = p->allow & NF_ALLOW_ALL_CONSTANTS,
        .variable = scope_variable,
        .variable_name = scope_name,
        .warning = scope_warning,
        .problem = scope_problem,
        .user = b,
    };
    nf_error error;
    nf_status status;

    nf_error_clear(&error);
    *blank = false;
    b->text = text;
    b->what = what;
    b->told = false;
    status = nf_expression_compile(out, &scope, p->arena, text, strlen(text),
                                   expected, &error);
    if (status == NF_OK && out->blank) {
        *blank = true;
        return false;
    }
    p->counts.expressions++;
    p->counts.expressions_parsed += out->parsed || status == NF_OK;
    p->counts.expressions_typed += status == NF_OK;
    if (status == NF_OK)
        return true;
    if (status == NF_NOMEM) {
        nf_binder_fail(b, NULL);
        return false;
    }
    if (!b->told)
        report_problem(b, &error, false);
    return false;
}

/* ---- small helpers ------------------------------------------------------- */

static bool is_integer_literal(const nf_expr *e, int64_t *value)
{
    if (e->op == NF_EXPR_NEGATE && e->mode == NF_ARITHMETIC_INTEGER &&
        is_integer_literal(e->operands[0], value) && *value != INT64_MIN) {
        *value = -*value;
        return true;
    }
    if (e->op != NF_EXPR_LITERAL || e->as.value.kind != NF_KIND_INTEGER)
        return false;
    *value = e->as.value.as.integer;
    return true;
}

static bool fits16(int64_t value)
{
    return value >= INT16_MIN && value <= INT16_MAX;
}

static bool mentions_clock(const nf_expr *e)
{
    if (e->op == NF_EXPR_TOKEN)
        return true;
    for (uint32_t i = 0; i < e->count; i++)
        if (mentions_clock(e->operands[i]))
            return true;
    return false;
}

void nf_gen_begin(nf_binder *b, const nf_expr *expr)
{
    if (mentions_clock(expr))
        nf_emit(b, NF_OP_BEGIN, 0, 0, 0, -1);
}

static uint16_t temp_for(nf_binder *b, const nf_expr *e)
{
    return nf_temp(b, !nf_kind_is_plain(e->type.kind), 1);
}

void nf_chain_patch(nf_binder *b, uint32_t chain, uint32_t pc)
{
    while (!b->fatal && chain != UINT32_MAX) {
        uint16_t next = b->code->items[chain].c;

        nf_patch(b, chain, pc);
        chain = next == UINT16_MAX ? UINT32_MAX : next;
    }
}

static void emit_branch(nf_binder *b, nf_opcode op, unsigned x, unsigned y,
                        uint32_t *chain, long position)
{
    uint32_t at = nf_emit(b, op, x, y, (uint16_t)*chain, position);

    if (!b->fatal)
        *chain = at;
}

static uint32_t emit_jump(nf_binder *b)
{
    return nf_emit(b, NF_OP_JUMP, 0, 0, 0, -1);
}

void nf_gen_end(nf_binder *b)
{
    if (b->left)
        nf_emit(b, NF_OP_CLEAR, NF_TEMP_COUNTED, b->left, 0, -1);
    b->plain = b->counted = b->left = 0;
}

/* ---- conditions ---------------------------------------------------------- */

static nf_comparison inverse(nf_comparison c)
{
    static const nf_comparison inverses[] = {
        [NF_EQUAL] = NF_NOT_EQUAL,    [NF_NOT_EQUAL] = NF_EQUAL,
        [NF_LESS] = NF_GREATER_EQUAL, [NF_LESS_EQUAL] = NF_GREATER,
        [NF_GREATER] = NF_LESS_EQUAL, [NF_GREATER_EQUAL] = NF_LESS,
    };

    return inverses[c];
}

static nf_comparison mirrored(nf_comparison c)
{
    static const nf_comparison mirrors[] = {
        [NF_EQUAL] = NF_EQUAL,  [NF_NOT_EQUAL] = NF_NOT_EQUAL,
        [NF_LESS] = NF_GREATER, [NF_LESS_EQUAL] = NF_GREATER_EQUAL,
        [NF_GREATER] = NF_LESS, [NF_GREATER_EQUAL] = NF_LESS_EQUAL,
    };

    return mirrors[c];
}

/* `x mod 3 = 0` with small literals in one instruction. */
static bool gen_modulo_branch(nf_binder *b, const nf_expr *left, int64_t right,
                              nf_comparison comparison, uint32_t *chain)
{
    int64_t divisor;
    uint16_t operand;

    if ((comparison != NF_EQUAL && comparison != NF_NOT_EQUAL) ||
        left->op != NF_EXPR_MODULO || left->mode != NF_ARITHMETIC_INTEGER ||
        !is_integer_literal(left->operands[1], &divisor) || divisor < 1 ||
        divisor > 127 || right < 0 || right > 255)
        return false;
    operand = gen_operand(b, left->operands[0]);
    emit_branch(b, comparison == NF_EQUAL ? NF_OP_BR_MOD_EQ : NF_OP_BR_MOD_NE,
                operand, (unsigned)(divisor << 8 | right), chain,
                left->position);
    return true;
}

static void gen_integer_branch(nf_binder *b, const nf_expr *e, bool sense,
                               uint32_t *chain)
{
    nf_comparison comparison = (nf_comparison)(e->op - NF_EXPR_EQUAL);
    const nf_expr *left = e->operands[0], *right = e->operands[1];
    int64_t number;
    uint16_t x, y;

    if (!sense)
        comparison = inverse(comparison);
    if (is_integer_literal(left, &number) &&
        !is_integer_literal(right, &number)) {
        const nf_expr *swap = left;

        left = right;
        right = swap;
        comparison = mirrored(comparison);
    }
    if (is_integer_literal(right, &number)) {
        if (gen_modulo_branch(b, left, number, comparison, chain))
            return;
        if (fits16(number)) {
            x = gen_operand(b, left);
            emit_branch(b, (nf_opcode)(NF_OP_BR_EQ_RI + comparison), x,
                        (uint16_t)number, chain, e->position);
            return;
        }
        if (comparison >= NF_LESS) {
            nf_value constant = nf_integer(number);

            x = gen_operand(b, left);
            y = nf_constant_add(b, &constant);
            emit_branch(b, (nf_opcode)(NF_OP_BR_LT_RK + (comparison - NF_LESS)),
                        x, y, chain, e->position);
            return;
        }
    }
    x = gen_operand(b, left);
    y = gen_operand(b, right);
    emit_branch(b, (nf_opcode)(NF_OP_BR_EQ_RR + comparison), x, y, chain,
                e->position);
}

static void gen_branch(nf_binder *b, const nf_expr *e, bool sense,
                       bool decision, uint32_t *chain)
{
    uint16_t value;

    switch (e->op) {
    case NF_EXPR_LITERAL:
        if (e->as.value.kind != NF_KIND_BOOLEAN)
            break;
        if (e->as.value.as.boolean == sense)
            emit_branch(b, NF_OP_JUMP, 0, 0, chain, -1);
        return;
    case NF_EXPR_NOT:
        nf_gen_branch(b, e->operands[0], !sense, false, chain);
        return;
    case NF_EXPR_AND:
    case NF_EXPR_OR:
        /* Both operands have the deciding sense, or the first alone ends it. */
        if ((e->op == NF_EXPR_OR) == sense) {
            nf_gen_branch(b, e->operands[0], sense, false, chain);
            nf_gen_branch(b, e->operands[1], sense, false, chain);
        } else {
            uint32_t skip = UINT32_MAX;

            nf_gen_branch(b, e->operands[0], !sense, false, &skip);
            nf_gen_branch(b, e->operands[1], sense, false, chain);
            nf_chain_patch(b, skip, nf_here(b));
        }
        return;
    case NF_EXPR_EQUAL:
    case NF_EXPR_NOT_EQUAL:
    case NF_EXPR_LESS:
    case NF_EXPR_LESS_EQUAL:
    case NF_EXPR_GREATER:
    case NF_EXPR_GREATER_EQUAL:
        if (e->mode == NF_COMPARE_INTEGER) {
            gen_integer_branch(b, e, sense, chain);
            return;
        }
        break;
    default:
        break;
    }
    value = gen_operand(b, e);
    emit_branch(b, sense ? NF_OP_BR_TRUE : NF_OP_BR_FALSE, value, decision,
                chain, e->position);
}

void nf_gen_branch(nf_binder *b, const nf_expr *expr, bool sense, bool decision,
                   uint32_t *chain)
{
    uint32_t plain = b->plain, counted = b->counted;

    gen_branch(b, expr, sense, decision, chain);
    b->plain = plain;
    b->counted = counted;
}

static void gen_condition_value(nf_binder *b, const nf_expr *e, uint16_t target)
{
    const nf_value yes = nf_boolean(true), no = nf_boolean(false);
    uint32_t chain = UINT32_MAX, end;

    nf_gen_branch(b, e, false, false, &chain);
    nf_emit(b, NF_OP_LOADK, target, nf_constant_add(b, &yes), 0, -1);
    end = emit_jump(b);
    nf_chain_patch(b, chain, nf_here(b));
    nf_emit(b, NF_OP_LOADK, target, nf_constant_add(b, &no), 0, -1);
    nf_patch(b, end, nf_here(b));
}

/* ---- values -------------------------------------------------------------- */

static void gen_if(nf_binder *b, const nf_expr *e, uint16_t target)
{
    uint32_t chain = UINT32_MAX, end;

    nf_gen_branch(b, e->operands[0], false, false, &chain);
    nf_gen_into(b, e->operands[1], target);
    end = emit_jump(b);
    nf_chain_patch(b, chain, nf_here(b));
    nf_gen_into(b, e->operands[2], target);
    nf_patch(b, end, nf_here(b));
}

static void gen_call(nf_binder *b, const nf_expr *e, uint16_t target)
{
    uint16_t first = nf_temp(b, true, e->count ? e->count : 1);

    for (uint32_t i = 0; i < e->count; i++)
        nf_gen_into(b, e->operands[i], (uint16_t)(first + i));
    nf_emit(b, NF_OP_FUNCTION, target, first, nf_node_add(b, e), e->position);
}

/* Integer arithmetic by its own instruction; false if there is none for it. */
static bool gen_integer(nf_binder *b, const nf_expr *e, uint16_t target)
{
    const nf_expr *left = e->operands[0], *right = e->operands[1];
    nf_opcode op, immediate = NF_OP_NOP;
    int64_t number = 0;
    uint16_t x, y;

    switch (e->op) {
    case NF_EXPR_ADD:
        op = NF_OP_ADD_RR;
        immediate = NF_OP_ADD_RI;
        break;
    case NF_EXPR_SUBTRACT:
        op = NF_OP_SUB_RR;
        /* A negative number in ADD_RI is always a subtraction, for errors. */
        if (is_integer_literal(right, &number) && number > 0 &&
            fits16(-number)) {
            x = gen_operand(b, left);
            nf_emit(b, NF_OP_ADD_RI, target, x, (uint16_t)-number, e->position);
            return true;
        }
        break;
    case NF_EXPR_MULTIPLY:
        op = NF_OP_MUL_RR;
        immediate = NF_OP_MUL_RI;
        break;
    case NF_EXPR_MODULO:
        op = NF_OP_MOD_RR;
        if (is_integer_literal(right, &number) && number > 0)
            immediate = NF_OP_MOD_RI;
        break;
    default:
        return false;
    }
    if (immediate != NF_OP_NOP && e->op != NF_EXPR_MODULO &&
        is_integer_literal(left, &number) &&
        !is_integer_literal(right, &number)) {
        const nf_expr *swap = left; /* + and * commute, and so do errors */

        left = right;
        right = swap;
    }
    if (immediate != NF_OP_NOP && is_integer_literal(right, &number) &&
        fits16(number) && (number >= 0 || e->op == NF_EXPR_MULTIPLY)) {
        x = gen_operand(b, left);
        nf_emit(b, immediate, target, x, (uint16_t)number, e->position);
        return true;
    }
    x = gen_operand(b, left);
    y = gen_operand(b, right);
    nf_emit(b, op, target, x, y, e->position);
    return true;
}

/* The operands of a chain of `+` between texts, from left to right; those of
 * toString() where `+` writes the same. False if there are too many. */
static bool gather_texts(const nf_expr *e, const nf_expr **parts,
                         uint32_t *count)
{
    const nf_expr *only = e->count == 1 ? e->operands[0] : NULL;

    if (e->op == NF_EXPR_ADD && e->mode == NF_ARITHMETIC_TEXT)
        return gather_texts(e->operands[0], parts, count) &&
               gather_texts(e->operands[1], parts, count);
    if (e->op == NF_EXPR_CALL && only &&
        e->as.call.function->call == nf_call_to_string &&
        (only->type.kind == NF_KIND_INTEGER ||
         only->type.kind == NF_KIND_STRING))
        e = only;
    if (*count == NF_JOIN_MAX)
        return false;
    parts[(*count)++] = e;
    return true;
}

/* A chain of `+` between texts in one instruction; false if it is too long. */
static bool gen_join(nf_binder *b, const nf_expr *e, uint16_t target)
{
    const nf_expr *parts[NF_JOIN_MAX];
    uint32_t count = 0;
    uint16_t first;

    if (e->op != NF_EXPR_ADD || e->mode != NF_ARITHMETIC_TEXT ||
        !gather_texts(e, parts, &count))
        return false;
    first = nf_temp(b, true, count);
    for (uint32_t i = 0; i < count; i++)
        nf_gen_into(b, parts[i], (uint16_t)(first + i));
    nf_emit(b, NF_OP_JOIN, target, first, count, e->position);
    return true;
}

/* Whether instructions may write the register without releasing it. */
static bool is_plain_register(const nf_binder *b, uint16_t target)
{
    if (target >= NF_TEMP_PLAIN)
        return target < NF_TEMP_COUNTED;
    return nf_kind_is_plain(b->program->variables[target].type.kind);
}

static void gen_operation(nf_binder *b, const nf_expr *e, uint16_t target)
{
    bool integer = e->op >= NF_EXPR_NEGATE && e->op <= NF_EXPR_MODULO &&
                   e->op != NF_EXPR_DIVIDE && e->mode == NF_ARITHMETIC_INTEGER;
    uint16_t x, y;

    if (integer && !is_plain_register(b, target)) {
        x = nf_temp(b, false, 1);
        gen_operation(b, e, x);
        nf_emit(b, NF_OP_MOVE_PLAIN, target, x, 0, e->position);
        return;
    }
    if (integer && e->op != NF_EXPR_NEGATE && gen_integer(b, e, target))
        return;
    if (gen_join(b, e, target))
        return;
    x = gen_operand(b, e->operands[0]);
    y = e->count > 1 ? gen_operand(b, e->operands[1]) : x;
    if (integer && e->op == NF_EXPR_NEGATE) {
        nf_emit(b, NF_OP_NEGATE, target, x, 0, e->position);
        return;
    }
    nf_emit(b, NF_OP_OPERATE, target, x, y, e->position);
    nf_emit(b, NF_OP_DATA, nf_node_add(b, e), 0, 0, e->position);
}

void nf_gen_into(nf_binder *b, const nf_expr *e, uint16_t target)
{
    uint32_t plain = b->plain, counted = b->counted;
    uint16_t x;

    if (b->fatal)
        return;
    switch ((nf_expr_op)e->op) {
    case NF_EXPR_LITERAL:
        nf_emit(b, NF_OP_LOADK, target, nf_constant_add(b, &e->as.value), 0,
                e->position);
        break;
    case NF_EXPR_VARIABLE:
        nf_emit(b,
                nf_kind_is_plain(e->type.kind) ? NF_OP_MOVE_PLAIN : NF_OP_MOVE,
                target, (unsigned)e->as.variable.slot, 0, e->position);
        break;
    case NF_EXPR_MEMBER:
        x = gen_operand(b, e->operands[0]);
        nf_emit(b, NF_OP_MEMBER, target, x, nf_node_add(b, e), e->position);
        break;
    case NF_EXPR_CONSTANT:
        nf_emit(b, NF_OP_CONSTANT, target, 0, nf_node_add(b, e), e->position);
        break;
    case NF_EXPR_TOKEN:
        nf_emit(b, NF_OP_TOKEN, target, 0, nf_node_add(b, e), e->position);
        break;
    case NF_EXPR_CALL:
        gen_call(b, e, target);
        break;
    case NF_EXPR_IF:
        gen_if(b, e, target);
        break;
    case NF_EXPR_AND:
    case NF_EXPR_OR:
    case NF_EXPR_NOT:
        gen_condition_value(b, e, target);
        break;
    case NF_EXPR_EQUAL:
    case NF_EXPR_NOT_EQUAL:
    case NF_EXPR_LESS:
    case NF_EXPR_LESS_EQUAL:
    case NF_EXPR_GREATER:
    case NF_EXPR_GREATER_EQUAL:
        if (e->mode == NF_COMPARE_INTEGER)
            gen_condition_value(b, e, target);
        else
            gen_operation(b, e, target);
        break;
    default:
        gen_operation(b, e, target);
        break;
    }
    b->plain = plain;
    b->counted = counted;
}

/* The register that holds the value: a variable's own, which the using
 * instruction checks, or a temporary. The instruction leaves the value there,
 * unlike calls and conversions, which take theirs. */
static uint16_t gen_operand(nf_binder *b, const nf_expr *e)
{
    uint16_t target;

    if (e->op == NF_EXPR_VARIABLE)
        return (uint16_t)e->as.variable.slot;
    target = temp_for(b, e);
    nf_gen_into(b, e, target);
    if (e->op != NF_EXPR_LITERAL && target >= NF_TEMP_COUNTED &&
        (uint32_t)target - NF_TEMP_COUNTED >= b->left)
        b->left = (uint32_t)target - NF_TEMP_COUNTED + 1;
    return target;
}

/* ---- assignment ---------------------------------------------------------- */

/* Whether every value of the tree's static type fits without a look at it. */
static bool fits_statically(const nf_expr *e, const nf_type *type)
{
    const nf_type *from = &e->type;

    if (from->kind != type->kind)
        return from->kind == NF_KIND_EMPTY && type->kind != NF_KIND_BOOLEAN;
    switch (type->kind) {
    case NF_KIND_BOOLEAN:
        return e->present;
    case NF_KIND_DECIMAL:
        return e->op == NF_EXPR_LITERAL && e->as.value.kind == NF_KIND_DECIMAL;
    case NF_KIND_ENUMERATION:
        return !type->enumeration || from->enumeration == type->enumeration;
    case NF_KIND_OBJECT:
    case NF_KIND_LIST:
        return !type->entity ||
               (from->entity && nf_entity_is(from->entity, type->entity));
    case NF_KIND_UNKNOWN:
        return false;
    default:
        return true;
    }
}

void nf_gen_assign(nf_binder *b, const nf_expr *e, const nf_type *type,
                   uint16_t target)
{
    uint32_t counted = b->counted, plain = b->plain;
    uint16_t value;

    if (type->kind == NF_KIND_UNKNOWN || type->kind == NF_KIND_EMPTY ||
        fits_statically(e, type)) {
        nf_gen_into(b, e, target);
        return;
    }
    value = temp_for(b, e);
    nf_gen_into(b, e, value);
    nf_emit(b, NF_OP_CONVERT, target, value, nf_type_add(b, type), e->position);
    b->plain = plain;
    b->counted = counted;
}
