/* A program of one expression: variables are the bindings, in their order, so
 * that the slots of the scope are registers. Constants of the program live in
 * its arena, so it lives as long as the result. */
#include "interpreter/evaluate.h"

#include "interpreter/execution.h"

struct nf_evaluated {
    nf_world world;
    nf_program *program;
    nf_frame *frame;
    nf_execution execution;
    nf_value value;
};

static nf_status add_variables(nf_binder *b, const nf_bindings *bindings)
{
    for (size_t i = 0; i < nf_bindings_count(bindings); i++) {
        const nf_binding *binding = nf_bindings_at(bindings, i);
        nf_variable_add(b, binding->name, binding->type, false);
    }
    return b->fatal;
}

/* Compiles to the program's code for activities, as nf_bind_expression. */
static nf_status compile(nf_evaluated *e, bool *blank,
                         const nf_bindings *bindings, const char *text,
                         size_t length, nf_error *err)
{
    nf_scope scope = nf_bindings_scope(bindings);
    nf_binder b = {
        .program = e->program, .code = &e->program->expressions, .err = err};
    nf_expression tree;
    nf_status status = add_variables(&b, bindings);
    if (status == NF_OK)
        status = nf_expression_compile(&tree, &scope, e->program->arena, text,
                                       length, NULL, err);
    *blank = status == NF_OK && tree.blank;
    if (status != NF_OK || *blank)
        return status;
    nf_gen_begin(&b, tree.root);
    uint16_t value = nf_temp(&b, true, 1);
    nf_gen_into(&b, tree.root, value);
    nf_emit(&b, NF_OP_RESULT, value, 0, 0, -1);
    return b.fatal ? b.fatal : nf_program_link(&b);
}

static nf_status run(nf_evaluated *e, const nf_bindings *bindings,
                     nf_error *err)
{
    e->program->entries = nf_alloc_array(1, sizeof *e->program->entries);
    e->frame = nf_frame_new(e->program);
    if (!e->program->entries || !e->frame)
        return nf_error_nomem(err);
    for (size_t i = 0; i < nf_bindings_count(bindings); i++)
        e->frame->registers[i] =
            nf_value_copy(&nf_bindings_at(bindings, i)->value);
    nf_evaluator_begin(&e->execution.evaluation);
    return nf_machine_evaluate(&e->execution, e->frame, 0, &e->value, err);
}

nf_status nf_bindings_evaluate(nf_evaluated **out, const nf_bindings *bindings,
                               nf_function_cache *cache, const char *text,
                               size_t length, nf_error *err)
{
    bool blank = false;
    const nf_environment *environment = nf_bindings_environment(bindings);
    nf_evaluated *e = nf_alloc(sizeof *e);
    *out = NULL;
    if (!e)
        return nf_error_nomem(err);
    e->program = nf_program_new(environment->model, NULL);
    if (!e->program) {
        nf_free(e);
        return nf_error_nomem(err);
    }
    e->program->engine = environment->engine;
    e->world.environment = *environment;
    e->world.model = environment->model;
    e->world.objects = nf_bindings_objects(bindings);
    e->execution.world = &e->world;
    e->execution.step_limit = e->execution.check_at = UINT64_MAX;
    e->execution.evaluation = (nf_evaluator){
        .environment = &e->world.environment,
        .objects = e->world.objects,
        .random = &e->world.random,
        .cache = cache,
    };
    nf_status status = compile(e, &blank, bindings, text, length, err);
    if (status == NF_OK && !blank)
        status = run(e, bindings, err);
    if (status != NF_OK) {
        nf_error_of_expression(err, text, length);
        nf_evaluated_free(e);
        return status;
    }
    *out = e;
    return NF_OK;
}

const nf_value *nf_evaluated_value(const nf_evaluated *evaluated)
{
    return &evaluated->value;
}

nf_evaluator *nf_evaluated_evaluator(nf_evaluated *evaluated)
{
    return &evaluated->execution.evaluation;
}

void nf_evaluated_free(nf_evaluated *evaluated)
{
    if (!evaluated)
        return;
    nf_value_release(&evaluated->value);
    nf_frame_free(evaluated->frame);
    nf_program_free(evaluated->program);
    nf_free(evaluated);
}
