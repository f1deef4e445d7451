#include "interpreter/nested.h"

#include "interpreter/execution.h"

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

nf_status nf_nested_run(nf_value *result, nf_world *world, nf_flow_kind kind,
                        const char *qualified, const nf_value *arguments,
                        size_t count, nf_error *err)
{
    const nf_program *program = NULL;
    size_t parameters;
    nf_value *values;
    bool *given;
    nf_status status;

    *result = nf_empty();
    if (world->nested >= NF_NESTED_MAX)
        return nf_error_set(err, NF_FAILED, "recursion_limit",
                            "Flows that other flows start by events are "
                            "nested more than %d deep",
                            NF_NESTED_MAX);
    status = nf_programs_get(&program, world->programs, kind, qualified, err);
    if (status)
        return status == NF_USAGE ? NF_FAILED : status;
    parameters = program->flow->parameter_count;
    values = nf_alloc_array(parameters + 1, sizeof *values);
    given = nf_alloc_array(parameters + 1, sizeof *given);
    for (size_t i = 0; values && given && i < parameters && i < count; i++) {
        values[i] = arguments[i];
        given[i] = true;
    }
    world->nested++;
    status = values && given ? run(result, world, program, values, given, err)
                             : nf_error_nomem(err);
    world->nested--;
    nf_free(values);
    nf_free(given);
    return status;
}
