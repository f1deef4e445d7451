/* See nested.h. */
#include "interpreter/nested.h"

#include "interpreter/execution.h"

#include <string.h>

enum { FEW = 4 }; /* parameters, as handlers have them */

static nf_status run(nf_value *result, nf_world *world,
                     const nf_program *program, const nf_value *arguments,
                     const bool *given, nf_error *err)
{
    nf_execution *x = NULL;
    nf_status status =
        nf_execution_start(&x, world, program, arguments, given, err);

    if (status)
        return status;
    x->nested = true;
    status = nf_execution_run(x, err);
    if (status == NF_PENDING) /* a host that can't answer at once */
        status = nf_error_set(err, NF_FAILED, "host_error",
                              "\"%s\" waits for the host, which can't be "
                              "waited for inside another flow",
                              program->flow->qualified);
    if (!status)
        *result = nf_value_copy(nf_execution_result(x));
    nf_execution_free(x);
    return status;
}

/* Handlers are the same few, thousands of times. */
static nf_status find_program(const nf_program **out, nf_world *world,
                              nf_flow_kind kind, const char *qualified,
                              nf_error *err)
{
    enum { COUNT = sizeof world->recent / sizeof *world->recent };
    nf_status status;

    for (size_t i = 0; i < COUNT && world->recent[i]; i++) {
        const nf_flow *flow = world->recent[i]->flow;

        if (flow->kind == kind && strcmp(flow->qualified, qualified) == 0) {
            *out = world->recent[i];
            return NF_OK;
        }
    }
    status = nf_programs_get(out, world->programs, kind, qualified, err);
    if (!status)
        world->recent[world->next_recent++ % COUNT] = *out;
    return status;
}

nf_status nf_nested_run(nf_value *result, nf_world *world, nf_flow_kind kind,
                        const char *qualified, const nf_value *arguments,
                        size_t count, nf_error *err)
{
    const nf_program *program = NULL;
    size_t parameters;
    nf_value few_values[FEW] = {{0}}, *values = few_values;
    bool few_given[FEW] = {false}, *given = few_given;
    nf_status status;

    *result = nf_empty();
    if (world->nested >= NF_NESTED_MAX)
        return nf_error_set(err, NF_FAILED, "recursion_limit",
                            "Flows that other flows start by events are "
                            "nested more than %d deep",
                            NF_NESTED_MAX);
    status = find_program(&program, world, kind, qualified, err);
    if (status)
        return status == NF_USAGE ? NF_FAILED : status;
    parameters = program->flow->parameter_count;
    if (parameters > FEW) {
        values = nf_alloc_array(parameters, sizeof *values);
        given = nf_alloc_array(parameters, sizeof *given);
    }
    for (size_t i = 0; values && given && i < parameters && i < count; i++) {
        values[i] = arguments[i];
        given[i] = true;
    }
    world->nested++;
    status = values && given ? run(result, world, program, values, given, err)
                             : nf_error_nomem(err);
    world->nested--;
    if (values != few_values)
        nf_free(values);
    if (given != few_given)
        nf_free(given);
    return status;
}
