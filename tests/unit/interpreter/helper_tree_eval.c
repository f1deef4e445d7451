/* See helper_tree_eval.h. */
#include "helper_tree_eval.h"

#include <stdlib.h>
#include <string.h>

/* The place of an error is that of the condition itself. */
static nf_status take_condition(bool *out, const nf_expr *node,
                                const nf_value *value, nf_error *err)
{
    nf_status status = nf_operator_condition(out, value, err);

    if (status != NF_OK)
        nf_error_at_position(err, (long)node->position);
    return status;
}

static nf_status logic(nf_evaluator *e, const nf_bindings *b,
                       const nf_expr *node, nf_value *out, nf_error *err)
{
    nf_value v;
    bool condition = false;
    uint32_t i;

    for (i = 0; i < node->count; i++) {
        nf_status status = tree_evaluate(e, b, node->operands[i], &v, err);

        if (status == NF_OK)
            status = take_condition(&condition, node->operands[i], &v, err);
        nf_value_release(&v);
        if (status != NF_OK)
            return status;
        if (node->op == NF_EXPR_NOT)
            condition = !condition;
        if (condition == (node->op == NF_EXPR_OR))
            break;
    }
    *out = nf_boolean(condition);
    return NF_OK;
}

static nf_status choose(nf_evaluator *e, const nf_bindings *b,
                        const nf_expr *node, nf_value *out, nf_error *err)
{
    nf_value v;
    bool condition = false;
    nf_status status = tree_evaluate(e, b, node->operands[0], &v, err);

    if (status == NF_OK)
        status = take_condition(&condition, node->operands[0], &v, err);
    nf_value_release(&v);
    if (status != NF_OK)
        return status;
    return tree_evaluate(e, b, node->operands[condition ? 1 : 2], out, err);
}

static nf_status apply(nf_evaluator *e, const nf_expr *node, const nf_value *v,
                       nf_value *out, nf_error *err)
{
    switch (node->op) {
    case NF_EXPR_MEMBER:
        return nf_expr_member(e, out, &v[0], node, err);
    case NF_EXPR_CALL:
        return nf_function_call(e, out, &node->as.call, v, (int)node->count,
                                err);
    case NF_EXPR_NEGATE:
        return nf_operator_negate(e, out, &v[0], err);
    case NF_EXPR_ADD:
        if (node->mode == NF_ARITHMETIC_TEXT)
            return nf_operator_concat(e, out, &v[0], &v[1], err);
        return nf_operator_add(e, out, &v[0], &v[1], err);
    case NF_EXPR_SUBTRACT:
        return nf_operator_subtract(e, out, &v[0], &v[1], err);
    case NF_EXPR_MULTIPLY:
        return nf_operator_multiply(e, out, &v[0], &v[1], err);
    case NF_EXPR_DIVIDE:
        return nf_operator_divide(e, out, &v[0], &v[1], err);
    case NF_EXPR_MODULO:
        return nf_operator_modulo(e, out, &v[0], &v[1], err);
    default:
        return nf_operator_compare(
            e, out, (nf_comparison)(node->op - NF_EXPR_EQUAL),
            (nf_compare_mode)node->mode, &v[0], &v[1], err);
    }
}

nf_status tree_evaluate(nf_evaluator *e, const nf_bindings *b,
                        const nf_expr *node, nf_value *out, nf_error *err)
{
    nf_value *values;
    nf_status status = NF_OK;
    uint32_t i;

    *out = nf_empty();
    switch (node->op) {
    case NF_EXPR_LITERAL:
        *out = nf_value_copy(&node->as.value);
        return NF_OK;
    case NF_EXPR_VARIABLE:
        *out = nf_value_copy(
            &nf_bindings_at(b, (size_t)node->as.variable.slot)->value);
        return NF_OK;
    case NF_EXPR_CONSTANT:
        return nf_operator_constant(e, out, node->as.constant, err);
    case NF_EXPR_TOKEN:
        return nf_operator_token(e, out, node->as.token.token,
                                 node->as.token.name, err);
    case NF_EXPR_AND:
    case NF_EXPR_OR:
    case NF_EXPR_NOT:
        return logic(e, b, node, out, err);
    case NF_EXPR_IF:
        return choose(e, b, node, out, err);
    default:
        break;
    }
    values = calloc(node->count + 1, sizeof *values);
    if (!values)
        return nf_error_nomem(err);
    for (i = 0; i < node->count && status == NF_OK; i++)
        status = tree_evaluate(e, b, node->operands[i], &values[i], err);
    if (status == NF_OK)
        status = apply(e, node, values, out, err);
    if (status != NF_OK)
        nf_error_at_position(err, (long)node->position);
    for (i = 0; i < node->count; i++)
        nf_value_release(&values[i]);
    free(values);
    return status;
}

static nf_status answer(nf_buffer *out, nf_bindings *b, nf_arena *arena,
                        const nf_buffer *text, nf_error *err)
{
    nf_function_cache *cache = nf_function_cache_new();
    nf_evaluator e = {.environment = nf_bindings_environment(b),
                      .objects = nf_bindings_objects(b),
                      .cache = cache};
    nf_scope scope = nf_bindings_scope(b);
    nf_expression expression;
    nf_value value = nf_empty();
    nf_status status = nf_expression_compile(
        &expression, &scope, arena, text->data, text->length, NULL, err);

    if (status == NF_OK && expression.root)
        status = tree_evaluate(&e, b, expression.root, &value, err);
    if (status == NF_OK)
        status = nf_value_answer(&e, out, &value, err);
    nf_value_release(&value);
    nf_function_cache_free(cache);
    return status;
}

void tree_answer(nf_buffer *out, const char *bindings, const char *expression,
                 nf_engine engine)
{
    nf_timezone *utc = NULL;
    nf_timezone_open(&utc, "UTC");
    nf_environment environment = {.engine = engine,
                                  .zone = utc,
                                  .language = "en_US",
                                  .new_string_behavior = true,
                                  .clock = nf_clock_system()};
    nf_bindings *b = nf_bindings_new(&environment, NULL, NULL, NULL);
    nf_arena *arena = nf_arena_new();
    nf_buffer cell, text;
    nf_error err = {0};
    nf_status status;

    nf_buffer_init(&cell, NF_BUFFER_MAX);
    nf_buffer_init(&text, NF_BUFFER_MAX);
    nf_cell_decode(&cell, bindings, strlen(bindings));
    nf_cell_decode(&text, expression, strlen(expression));
    status = nf_bindings_parse(b, nf_buffer_string(&cell), cell.length, &err);
    if (status == NF_OK) {
        size_t start = out->length;

        status = answer(out, b, arena, &text, &err);
        if (status != NF_OK)
            out->length = start;
    }
    if (status != NF_OK)
        nf_error_answer(out, &err);
    nf_bindings_free(b);
    nf_arena_free(arena);
    nf_timezone_close(utc);
    nf_buffer_dispose(&cell);
    nf_buffer_dispose(&text);
}
