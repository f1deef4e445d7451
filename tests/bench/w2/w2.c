/* W2 as a nanoflow: the expressions of six activities in a loop. The bench
 * stands in for the JavaScript action that the loop calls: it sums the round's
 * values and sets the variables for the next, as the floor does in C. */
#include "interpreter/flow.h"
#include "workload.h"

#include "interpreter/activity.h"
#include "interpreter/functions.h"

#include <stdlib.h>
#include <string.h>

/* The variables of the flow, by their names. */
enum {
    I,
    NAME,
    CODE,
    PRICE,
    QUANTITY,
    DATE,
    STATUS,
    E1,
    E2,
    E3,
    E4,
    E5,
    E6,
    VARIABLES
};
static const char *const names[VARIABLES] = {
    "i",  "name", "code", "price", "quantity", "date", "status",
    "e1", "e2",   "e3",   "e4",    "e5",       "e6"};

typedef struct bench {
    nf_value names[W2_NAMES], statuses[W2_STATUSES];
    int round;
    int64_t sum;
} bench;

typedef struct round_call {
    nf_bound_variable variables[VARIABLES];
} round_call;

static nf_status bind_round(nf_binder *binder, const nf_element *action,
                            void **bound)
{
    round_call *call = nf_bind_alloc(binder, sizeof *call);

    (void)action;
    if (!call)
        return NF_NOMEM;
    for (int i = 0; i < VARIABLES; i++)
        call->variables[i] =
            nf_bind_variable(binder, names[i], NF_KIND_UNKNOWN);
    *bound = call;
    return NF_OK;
}

static int64_t cents(const nf_value *value)
{
    nf_decimal amount = nf_value_decimal(value);
    int64_t result = amount.as.small;

    for (int scale = amount.scale; scale < 2; scale++)
        result *= 10;
    return result;
}

static int64_t round_sum(nf_call *call, const nf_bound_variable *variables)
{
    const nf_string *code = nf_call_get(call, &variables[E1])->as.string;
    const nf_string *date = nf_call_get(call, &variables[E4])->as.string;
    const nf_string *masked = nf_call_get(call, &variables[E5])->as.string;
    w2_output out = {
        .code = code->text,
        .code_length = code->length,
        .word_length = nf_call_get(call, &variables[E2])->as.string->length,
        .cents = cents(nf_call_get(call, &variables[E3])),
        .date = date->text,
        .date_length = date->length,
        .masked = masked->text,
        .masked_length = masked->length,
        .open = nf_call_get(call, &variables[E6])->as.boolean,
    };

    return w2_sum(&out);
}

static void set_inputs(nf_call *call, const nf_bound_variable *variables,
                       const bench *b)
{
    w2_input in = w2_input_at(b->round);
    nf_decimal price = {.scale = 3, .as.small = in.price};

    nf_call_set(call, &variables[I], nf_integer(b->round));
    nf_call_set(call, &variables[NAME],
                nf_value_copy(&b->names[b->round % W2_NAMES]));
    nf_call_set(call, &variables[CODE], nf_integer(in.code));
    nf_call_set(call, &variables[PRICE], nf_decimal_take(price));
    nf_call_set(call, &variables[QUANTITY], nf_integer(in.quantity));
    nf_call_set(call, &variables[DATE], nf_datetime(in.seconds * 1000));
    nf_call_set(call, &variables[STATUS],
                nf_value_copy(&b->statuses[b->round % W2_STATUSES]));
}

static nf_status execute_round(nf_call *call, const void *bound, void **state,
                               nf_error *err)
{
    const nf_bound_variable *variables = ((const round_call *)bound)->variables;
    bench *b = nf_call_world(call)->environment.user;

    (void)state, (void)err;
    if (b->round > 0)
        b->sum += round_sum(call, variables);
    if (b->round == W2_ROUNDS)
        nf_call_set(call, &variables[I], nf_integer(-1));
    else
        set_inputs(call, variables, b);
    b->round++;
    return NF_OK;
}

static const nf_activity next_round = {
    .type = "Microflows$JavaScriptActionCallAction",
    .caption = "Next round",
    .flags = NF_ACTIVITY_NANOFLOW,
    .bind = bind_round,
    .execute = execute_round,
};
static const nf_activity *const activities[] = {&next_round, NULL};

static int fail(const char *what, const nf_error *err)
{
    fprintf(stderr, "W2: %s: %s\n", what, err->message);
    return 1;
}

static void fill(nf_value *values, const char *const *texts, int count,
                 nf_kind kind)
{
    for (int i = 0; i < count; i++) {
        if (!nf_value_text(&values[i], texts[i], strlen(texts[i])))
            abort();
        values[i].kind = (uint8_t)kind;
    }
}

static int run(nf_world *world, const nf_program *program)
{
    bench *b = world->environment.user;
    nf_execution *execution;
    nf_error err;
    double started;
    int status;

    nf_error_clear(&err);
    if (nf_execution_start(&execution, world, program, NULL, NULL, &err))
        return fail("can't start", &err);
    started = w2_seconds();
    status = nf_execution_run(execution, &err) != NF_OK;
    if (status)
        fail("failed", &err);
    else
        status = w2_report("nanoflow", b->sum, w2_seconds() - started);
    nf_execution_free(execution);
    return status;
}

int main(int argc, char **argv)
{
    bench b = {0};
    nf_world world = {.environment.limits.steps = UINT64_MAX / 2};
    const nf_program *program;
    nf_timezone *zone;
    nf_model *model;
    nf_error err;
    int status;

    nf_error_clear(&err);
    if (argc != 2) {
        fprintf(stderr, "usage: w2 MODEL\n");
        return 2;
    }
    if (nf_model_open(&model, argv[1], &err))
        return fail("can't open the model", &err);
    nf_timezone_open(&zone, "UTC");
    world.model = model;
    world.environment.model = model;
    world.environment.language = "en_US";
    world.environment.zone = zone;
    world.environment.user = &b;
    world.cache = nf_function_cache_new();
    world.programs = nf_programs_new(model, activities, NULL, 0);
    if (!zone || !world.cache || !world.programs ||
        nf_programs_get(&program, world.programs, NF_FLOW_NANOFLOW, "Bench.W2",
                        &err))
        return fail("can't compile", &err);
    fill(b.names, w2_names, W2_NAMES, NF_KIND_STRING);
    fill(b.statuses, w2_statuses, W2_STATUSES, NF_KIND_ENUMERATION);
    status = run(&world, program);
    for (int i = 0; i < W2_NAMES; i++)
        nf_value_release(&b.names[i]);
    for (int i = 0; i < W2_STATUSES; i++)
        nf_value_release(&b.statuses[i]);
    nf_programs_free(world.programs);
    nf_function_cache_free(world.cache);
    nf_timezone_close(zone);
    nf_model_close(model);
    return status;
}
