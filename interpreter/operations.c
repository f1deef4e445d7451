/* Instructions that compute a value: all that the machine's loop has no fast
 * path for. Operands are read with all checks (unset, removed objects); what
 * operators and functions mean is left to operators.h and functions.h. */
#include "interpreter/instructions.h"
#include "interpreter/operands.h"

nf_status nf_operand_unset(const nf_program *program, unsigned number,
                           nf_error *err)
{
    const char *name =
        number < program->variable_count ? program->variables[number].name : "";

    return nf_error_set(err, NF_FAILED, "unset_variable",
                        "The variable \"%s\" has no value yet on this path",
                        name);
}

/* Ends an instruction: its value, unless it failed. */
static inline nf_status put(nf_frame *frame, const nf_instruction *i,
                            nf_status status, const nf_value *value)
{
    if (status == NF_OK)
        nf_register_put(&frame->registers[i->a], nf_value_load(value));
    return status;
}

nf_status nf_execute_move(nf_execution *x, nf_frame *frame,
                          const nf_instruction *i, nf_error *err)
{
    const nf_value *value = nf_operand(frame, i->b, err);

    (void)x;
    if (!value)
        return NF_FAILED;
    nf_register_put(&frame->registers[i->a], nf_value_copy(value));
    return NF_OK;
}

/* ---- operators ----------------------------------------------------------- */

static nf_status apply(nf_evaluator *e, nf_value *out, unsigned op,
                       unsigned mode, const nf_value *a, const nf_value *b,
                       nf_error *err)
{
    switch (op) {
    case NF_EXPR_NEGATE:
        return nf_operator_negate(e, out, a, err);
    case NF_EXPR_ADD:
        return mode == NF_ARITHMETIC_TEXT
                   ? nf_operator_concat(e, out, a, b, err)
                   : nf_operator_add(e, out, a, b, err);
    case NF_EXPR_SUBTRACT:
        return nf_operator_subtract(e, out, a, b, err);
    case NF_EXPR_MULTIPLY:
        return nf_operator_multiply(e, out, a, b, err);
    case NF_EXPR_DIVIDE:
        return nf_operator_divide(e, out, a, b, err);
    case NF_EXPR_MODULO:
        return nf_operator_modulo(e, out, a, b, err);
    default:
        return nf_operator_compare(e, out, (nf_comparison)(op - NF_EXPR_EQUAL),
                                   (nf_compare_mode)mode, a, b, err);
    }
}

static nf_status operate(nf_execution *x, nf_frame *frame,
                         const nf_instruction *i, unsigned op, unsigned mode,
                         nf_error *err)
{
    const nf_value *a = nf_operand(frame, i->b, err);
    const nf_value *b = a ? nf_operand(frame, i->c, err) : NULL;
    nf_value out = nf_empty();

    if (!b)
        return NF_FAILED;
    return put(frame, i, apply(&x->evaluation, &out, op, mode, a, b, err),
               &out);
}

/* `=` and `!=` between two texts or two keys; false if it is not that. */
static inline bool compare_texts(nf_frame *frame, const nf_instruction *i,
                                 const nf_expr *node)
{
    const nf_value *a = &frame->registers[i->b], *b = &frame->registers[i->c];
    bool equal;

    if ((node->mode != NF_COMPARE_TEXT && node->mode != NF_COMPARE_KEY) ||
        (node->op != NF_EXPR_EQUAL && node->op != NF_EXPR_NOT_EQUAL) ||
        a->kind != b->kind ||
        (a->kind != NF_KIND_STRING && a->kind != NF_KIND_ENUMERATION))
        return false;
    equal = nf_string_equal(a->as.string, b->as.string);
    nf_register_put(&frame->registers[i->a],
                    nf_boolean(equal == (node->op == NF_EXPR_EQUAL)));
    return true;
}

nf_status nf_execute_operate(nf_execution *x, nf_frame *frame,
                             const nf_instruction *i, nf_error *err)
{
    const nf_expr *node = frame->program->nodes[i[1].a];

    if (compare_texts(frame, i, node))
        return NF_OK;
    return operate(x, frame, i, node->op, node->mode, err);
}

nf_status nf_execute_arithmetic(nf_execution *x, nf_frame *frame,
                                const nf_instruction *i, unsigned op,
                                nf_error *err)
{
    return operate(x, frame, i, op, NF_ARITHMETIC_INTEGER, err);
}

nf_status nf_execute_arithmetic_number(nf_execution *x, nf_frame *frame,
                                       const nf_instruction *i, unsigned op,
                                       nf_error *err)
{
    const nf_value *a = nf_operand(frame, i->b, err);
    nf_value b = nf_integer((int16_t)i->c), out = nf_empty();

    if (!a)
        return NF_FAILED;
    if (op == NF_EXPR_ADD && b.as.integer < 0) {
        op = NF_EXPR_SUBTRACT; /* as it was written */
        b = nf_integer(-b.as.integer);
    }
    return put(
        frame, i,
        apply(&x->evaluation, &out, op, NF_ARITHMETIC_INTEGER, a, &b, err),
        &out);
}

nf_status nf_execute_negate(nf_execution *x, nf_frame *frame,
                            const nf_instruction *i, nf_error *err)
{
    const nf_value *a = nf_operand(frame, i->b, err);
    nf_value out = nf_empty();

    if (!a)
        return NF_FAILED;
    return put(frame, i, nf_operator_negate(&x->evaluation, &out, a, err),
               &out);
}

/* ---- members, functions, texts, tokens ----------------------------------- */

nf_status nf_execute_begin(nf_execution *x, nf_frame *frame,
                           const nf_instruction *i, nf_error *err)
{
    (void)frame;
    (void)i;
    (void)err;
    nf_evaluator_begin(&x->evaluation);
    return NF_OK;
}

nf_status nf_execute_member(nf_execution *x, nf_frame *frame,
                            const nf_instruction *i, nf_error *err)
{
    const nf_expr *node = frame->program->nodes[i->c];
    const nf_value *object = nf_operand(frame, i->b, err);
    nf_value out = nf_empty();

    if (!object)
        return NF_FAILED;
    return put(frame, i,
               nf_expr_member(&x->evaluation, &out, object, node, err), &out);
}

/* What `count` temporaries from b on hold has been used. */
static void release_operands(nf_frame *frame, const nf_instruction *i,
                             uint32_t count)
{
    for (uint32_t k = 0; k < count; k++)
        nf_value_release(&frame->registers[i->b + k]);
}

nf_status nf_execute_function(nf_execution *x, nf_frame *frame,
                              const nf_instruction *i, nf_error *err)
{
    const nf_expr *node = frame->program->nodes[i->c];
    nf_value out = nf_empty();
    nf_status status;

    status = node->as.call.function->call(
        &x->evaluation, &out, &frame->registers[i->b], (int)node->count,
        &node->as.call, err);
    release_operands(frame, i, node->count);
    return put(frame, i, status, &out);
}

nf_status nf_execute_join(nf_execution *x, nf_frame *frame,
                          const nf_instruction *i, nf_error *err)
{
    const nf_value *values[NF_JOIN_MAX];
    nf_value out = nf_empty();
    nf_status status;

    for (unsigned k = 0; k < i->c; k++)
        values[k] = &frame->registers[i->b + k];
    status = nf_operator_join(&x->evaluation, &out, values, i->c, err);
    release_operands(frame, i, i->c);
    return put(frame, i, status, &out);
}

nf_status nf_execute_token(nf_execution *x, nf_frame *frame,
                           const nf_instruction *i, nf_error *err)
{
    const nf_expr *node = frame->program->nodes[i->c];
    nf_value out = nf_empty();

    return put(frame, i,
               nf_operator_token(&x->evaluation, &out, node->as.token.token,
                                 node->as.token.name, err),
               &out);
}

nf_status nf_execute_constant(nf_execution *x, nf_frame *frame,
                              const nf_instruction *i, nf_error *err)
{
    const nf_expr *node = frame->program->nodes[i->c];
    nf_value out = nf_empty();

    return put(
        frame, i,
        nf_operator_constant(&x->evaluation, &out, node->as.constant, err),
        &out);
}
