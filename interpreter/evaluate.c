/* A program of one expression: variables are the bindings, in their order, so
 * that the slots of the scope are registers. Constants of the program live in
 * its arena, so it lives as long as the result. */
#include "interpreter/evaluate.h"

#include "interpreter/execution.h"
#include "interpreter/observe.h"

#include <string.h>

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

/* Compiles to the program's code for activities, as nf_bind_expression. The
 * binder has the variables. */
static nf_status compile(nf_evaluated *e, bool *blank, nf_binder *b,
                         const nf_scope *scope, const char *text, size_t length,
                         nf_error *err)
{
    nf_expression tree;
    nf_status status = nf_expression_compile(&tree, scope, e->program->arena,
                                             text, length, NULL, err);
    *blank = status == NF_OK && tree.blank;
    if (status != NF_OK || *blank)
        return status;
    nf_gen_begin(b, tree.root);
    uint16_t value = nf_temp(b, true, 1);
    nf_gen_into(b, tree.root, value);
    nf_emit(b, NF_OP_RESULT, value, 0, 0, -1);
    return b->fatal ? b->fatal : nf_program_link(b);
}

static nf_status compile_bound(nf_evaluated *e, bool *blank,
                               const nf_bindings *bindings, const char *text,
                               size_t length, nf_error *err)
{
    nf_scope scope = nf_bindings_scope(bindings);
    nf_binder b = {
        .program = e->program, .code = &e->program->expressions, .err = err};
    nf_status status = add_variables(&b, bindings);
    return status ? status : compile(e, blank, &b, &scope, text, length, err);
}

static nf_status new_frame(nf_evaluated *e, nf_error *err)
{
    e->program->entries = nf_alloc_array(1, sizeof *e->program->entries);
    e->frame = nf_frame_new(e->program);
    return e->program->entries && e->frame ? NF_OK : nf_error_nomem(err);
}

static nf_status run(nf_evaluated *e, const nf_bindings *bindings,
                     nf_error *err)
{
    if (new_frame(e, err) != NF_OK)
        return NF_NOMEM;
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
    nf_status status = compile_bound(e, &blank, bindings, text, length, err);
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

/* ---- in a flow that runs ------------------------------------------------- */

/* The last variable of this name has a value: an inner loop's $currentIndex
 * hides the outer one's. */
static bool frame_variable(void *user, const char *name, size_t length,
                           nf_type *type, int32_t *slot)
{
    const nf_frame *frame = user;
    for (size_t i = nf_frame_slot_count(frame); i-- > 0;) {
        const char *known;
        if (!nf_frame_slot(frame, i, &known, type) ||
            strncmp(known, name, length) != 0 || known[length])
            continue;
        *slot = (int32_t)i;
        return true;
    }
    return false;
}

static const char *frame_name(void *user, size_t index)
{
    const nf_frame *frame = user;
    const char *name;
    nf_type type;
    for (size_t i = 0; i < nf_frame_slot_count(frame); i++)
        if (nf_frame_slot(frame, i, &name, &type) && index-- == 0)
            return name;
    return NULL;
}

/* The slots of the frame's variables are those of the expression's. */
static nf_status compile_in_frame(nf_evaluated *e, bool *blank,
                                  const nf_frame *frame, const char *text,
                                  nf_error *err)
{
    const nf_program *program = frame->program;
    nf_scope scope = {.model = program->model,
                      .engine = program->engine,
                      .all_constants = true,
                      .variable = frame_variable,
                      .variable_name = frame_name,
                      .user = (void *)(uintptr_t)frame};
    nf_binder b = {
        .program = e->program, .code = &e->program->expressions, .err = err};
    for (size_t i = 0; i < program->variable_count; i++)
        nf_variable_add(&b, program->variables[i].name,
                        program->variables[i].type, false);
    return b.fatal ? b.fatal
                   : compile(e, blank, &b, &scope, text, strlen(text), err);
}

static nf_status run_in_frame(nf_evaluated *e, const nf_frame *frame,
                              nf_error *err)
{
    if (new_frame(e, err) != NF_OK)
        return NF_NOMEM;
    for (size_t i = 0; i < frame->program->variable_count; i++)
        if (frame->registers[i].kind != NF_KIND_UNSET)
            e->frame->registers[i] = nf_value_copy(&frame->registers[i]);
    nf_evaluator_begin(&e->execution.evaluation);
    return nf_machine_evaluate(&e->execution, e->frame, 0, &e->value, err);
}

nf_status nf_frame_evaluate(nf_evaluated **out, nf_execution *x,
                            const nf_frame *frame, const char *text,
                            nf_error *err)
{
    nf_evaluated *e = nf_alloc(sizeof *e);
    bool blank = false;
    *out = NULL;
    if (!e)
        return nf_error_nomem(err);
    e->program = nf_program_new(frame->program->model, NULL);
    if (!e->program) {
        nf_free(e);
        return nf_error_nomem(err);
    }
    e->program->engine = frame->program->engine;
    e->execution.world = x->world;
    e->execution.step_limit = e->execution.check_at = UINT64_MAX;
    e->execution.evaluation = x->evaluation;
    nf_status status = compile_in_frame(e, &blank, frame, text, err);
    if (status == NF_OK && !blank)
        status = run_in_frame(e, frame, err);
    if (status != NF_OK) {
        nf_error_of_expression(err, text, strlen(text));
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
